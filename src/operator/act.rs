//! What a person does, and the bytes that the person signs.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use crate::ledger::{Cause, Digest, Item, hex, instant_text, parse_instant, sha256};

/// The things that a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Hold a result back before it binds. One person is enough.
    Hold,
    /// Let it go. Two persons.
    Release,
    /// Give a held period up: nothing of it is paid. Two persons.
    Void,
    /// Say that something is wrong, with evidence; what is not final is held by it.
    Dispute,
    /// Agree, as the second person, with what was proposed.
    Approve,
    /// Settle again what is final, and book the difference. Above a set amount two persons.
    Restate,
}

/// What and word.
const WORDS: [(What, &str); 6] = [
    (What::Hold, "hold"),
    (What::Release, "release"),
    (What::Void, "void"),
    (What::Dispute, "dispute"),
    (What::Approve, "approve"),
    (What::Restate, "restate"),
];

impl What {
    /// Its word.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|row| row.0 == self).expect("each has a row").1
    }

    /// What a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|row| row.1 == word).map(|row| row.0)
    }
}

/// One act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What.
    pub what: What,
    /// Who.
    pub by: String,
    /// Why, in the person's words.
    pub why: String,
    /// On the period of this policy,
    pub policy: String,
    /// of this cover,
    pub cover: String,
    /// with this first day,
    pub start: NaiveDate,
    /// as the determination with this entry's number says.
    pub seq: i64,
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// Of a restatement, why it is needed.
    pub cause: Option<Cause>,
    /// Of an approval, the entry's number of the proposal.
    pub approves: Option<i64>,
    /// Of a dispute, under what else it is settled for comparison: `without=asos`.
    pub alternative: Option<String>,
    /// SHA-256 of what is attached.
    pub evidence: Vec<Digest>,
}

/// Why bytes are no act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// It is too long, or has a control character.
    #[error("{0} is empty, longer than {1} bytes, or has a control character")]
    Text(&'static str, usize),
    /// Too much is attached.
    #[error("{0} files are attached, {most} are the most", most = Act::MOST_EVIDENCE)]
    Evidence(usize),
    /// An instant that cannot be written.
    #[error("its instant cannot be written")]
    Instant,
    /// It is not what we would write.
    #[error("it is no act in canonical form")]
    Form,
}

impl Act {
    /// The most files that are attached.
    pub const MOST_EVIDENCE: usize = 16;
    const MOST_WHY: usize = 1_000;
    const MOST_NAME: usize = 200;

    /// The period: `NY-001/rain/2013-06-01`.
    pub fn period_id(&self) -> String {
        format!("{}/{}/{}", self.policy, self.cover, self.start)
    }

    /// What is signed: canonical JSON (RFC 8785) of texts and whole numbers.
    ///
    /// # Errors
    /// Where something cannot be said so.
    pub fn text(&self) -> Result<String, ActError> {
        let texts = [
            ("who", &self.by, Self::MOST_NAME),
            ("why", &self.why, Self::MOST_WHY),
            ("the policy", &self.policy, Self::MOST_NAME),
            ("the cover", &self.cover, Self::MOST_NAME),
        ];
        let alternative = self.alternative.as_ref().map(|text| ("the alternative", text, Self::MOST_NAME));
        for (what, text, most) in texts.into_iter().chain(alternative) {
            if text.is_empty() || text.len() > most || text.chars().any(char::is_control) {
                return Err(ActError::Text(what, most));
            }
        }
        if self.evidence.len() > Self::MOST_EVIDENCE {
            return Err(ActError::Evidence(self.evidence.len()));
        }
        let mut members: Vec<(&str, Item)> = vec![
            ("fairgauge_act", 1.into()),
            ("act", self.what.word().into()),
            ("by", self.by.as_str().into()),
            ("why", self.why.as_str().into()),
            ("policy", self.policy.as_str().into()),
            ("cover", self.cover.as_str().into()),
            ("period_start", self.start.to_string().into()),
            ("seq", self.seq.into()),
            ("at", instant_text(self.at).map_err(|_| ActError::Instant)?.into()),
        ];
        members.extend(self.cause.map(|cause| ("cause", cause.word().into())));
        members.extend(self.approves.map(|seq| ("approves", seq.into())));
        members.extend(self.alternative.as_ref().map(|text| ("alternative", text.as_str().into())));
        if !self.evidence.is_empty() {
            members.push(("evidence", Item::List(self.evidence.iter().map(|sha256| hex(sha256).into()).collect())));
        }
        let members: std::collections::BTreeMap<_, _> = members.into_iter().collect();
        Ok(serde_json_canonicalizer::to_string(&members).expect("texts and small integers can be written"))
    }

    /// Reads what was signed. What is not exactly as we would write it is none.
    ///
    /// # Errors
    /// [`ActError::Form`], or what else is wrong.
    pub fn parse(text: &str) -> Result<Self, ActError> {
        let value: Value = serde_json::from_str(text).map_err(|_| ActError::Form)?;
        let found = |name: &str| value.get(name);
        let word = |name: &str| found(name).and_then(Value::as_str).ok_or(ActError::Form);
        let number = |name: &str| found(name).map(|value| value.as_i64().ok_or(ActError::Form)).transpose();
        let evidence = found("evidence").map_or(Ok(Vec::new()), |list| {
            let list = list.as_array().ok_or(ActError::Form)?;
            let digest = |item: &Value| item.as_str().and_then(crate::ledger::from_hex).ok_or(ActError::Form);
            list.iter().map(digest).collect()
        });
        let cause = found("cause").map(|cause| cause.as_str().and_then(Cause::from_word).ok_or(ActError::Form));
        let alternative = found("alternative").map(|text| text.as_str().map(str::to_owned).ok_or(ActError::Form));
        let act = Self {
            what: What::from_word(word("act")?).ok_or(ActError::Form)?,
            by: word("by")?.to_owned(),
            why: word("why")?.to_owned(),
            policy: word("policy")?.to_owned(),
            cover: word("cover")?.to_owned(),
            start: word("period_start")?.parse().map_err(|_| ActError::Form)?,
            seq: number("seq")?.ok_or(ActError::Form)?,
            at: parse_instant(word("at")?).ok_or(ActError::Form)?,
            cause: cause.transpose()?,
            approves: number("approves")?,
            alternative: alternative.transpose()?,
            evidence: evidence?,
        };
        if act.text()? == text { Ok(act) } else { Err(ActError::Form) }
    }

    /// What tells this act from every other: the first half of the hash of what is signed.
    pub fn mark(text: &str) -> String {
        hex(&sha256(text.as_bytes()))[..32].to_owned()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn act(what: What, by: &str) -> Act {
        Act {
            what,
            by: by.to_owned(),
            why: "the gauge was moved".to_owned(),
            policy: "P-1".to_owned(),
            cover: "rain".to_owned(),
            start: "2024-03-01".parse().unwrap(),
            seq: 9,
            at: parse_instant("2024-04-03T00:00:00.000Z").unwrap(),
            cause: None,
            approves: None,
            alternative: None,
            evidence: Vec::new(),
        }
    }

    #[test]
    fn an_act_is_read_back_as_it_was_signed() {
        let whole = Act {
            cause: Some(Cause::EngineError),
            approves: Some(7),
            alternative: Some("without=asos".to_owned()),
            evidence: vec![[1; 32], [2; 32]],
            ..act(What::Dispute, "lin")
        };
        for act in [act(What::Hold, "lin"), whole] {
            assert_eq!(Act::parse(&act.text().unwrap()), Ok(act));
        }
        let text = act(What::Hold, "lin").text().unwrap();
        let signed = r#"{"act":"hold","at":"2024-04-03T00:00:00.000Z","by":"lin","cover":"rain","fairgauge_act":1,"period_start":"2024-03-01","policy":"P-1","seq":9,"why":"the gauge was moved"}"#;
        assert_eq!(text, signed);
    }

    #[test]
    fn what_we_would_not_write_is_no_act() {
        let text = act(What::Hold, "lin").text().unwrap();
        for (changed, why) in [
            (text.replace(":9", ": 9"), "a blank"),
            (text.replace("hold", "pay"), "no such act"),
            (text.replace("\"seq\":9", "\"seq\":9.0"), "a fraction"),
            (text.replace("{\"act\"", "{\"a\":1,\"act\""), "a member more"),
            (text.replace("2024-03-01", "2024-3-1"), "another form of day"),
            (text.replace("the gauge was moved", ""), "no reason"),
            (text.replace("the gauge was moved", &"x".repeat(1_001)), "too long a reason"),
            (text.replace("\"fairgauge_act\":1,", ""), "no mark of its kind"),
            (String::new(), "nothing"),
            ("[]".to_owned(), "a list"),
        ] {
            assert!(Act::parse(&changed).is_err(), "{why}");
        }
    }
}
