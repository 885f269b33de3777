//! A payout with all that proves it, in one file that is checked without a database: the entry, the policy and the
//! readings with their way to the root, the signed checkpoint, and the term sheet.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AuditError, Rederived, entry_of, rederive_from, terms_of};
use crate::ledger::merkle::{Checkpoint, Proof, ProofError, PublicKey};
use crate::ledger::{
    Determination, Digest, Entry, EntryError, Kind, PolicyEntry, Reader, hex, instant_text, leaf, leaves_of,
    observed_rows, parse_instant, sha256,
};
use crate::observation::Knowledge;

/// The form of such a file.
const FORM: &str = "fairgauge-proof@1";

/// Why a bundle cannot be made, or proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is no bundle.
    #[error("this is no proof bundle: {0}")]
    Form(String),
    /// No checkpoint covers the entry yet.
    #[error(
        "entry {0} is not signed yet: the next checkpoint covers it; a ledger is signed by a key under [ledger.sign]"
    )]
    Unsigned(i64),
    /// An entry is not in the log.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// An entry is in the log, but the bundle does not fit it.
    #[error("the bundle does not fit entry {entry}: {what}")]
    Unfit {
        /// The entry.
        entry: i64,
        /// What does not fit.
        what: String,
    },
    /// An entry of the log makes no sense.
    #[error("entry {0} makes no sense: {1}")]
    Entry(i64, EntryError),
    /// Computed again, it comes out otherwise.
    #[error("computed again from the bundle's readings, it comes out otherwise:\n{0}")]
    Differs(String),
    /// The ledger cannot be read, or lacks something.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// An entry's text with the way from its leaf to the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    /// The entry's number, which is that of its leaf.
    index: u64,
    /// The hashed bytes.
    body: String,
    /// Hashes in base64, the leaf's sibling first.
    path: Vec<String>,
}

/// An entry of readings with its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Observations {
    #[serde(flatten)]
    entry: Member,
    /// The lines that the entry's `rows_sha256` is the hash of.
    rows: String,
}

/// Up to when a feed had told everything. Not in the log: that a feed was silent is our word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heard {
    feed: String,
    until: String,
}

/// A determination with all that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    form: String,
    determination: Member,
    policy: Member,
    /// The term sheet, as bytes: its SHA-256 is `terms` of both entries.
    terms: String,
    readings: Vec<Observations>,
    heard: Vec<Heard>,
    /// The list of entries of readings, where it is too long for the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    observations: Option<String>,
    /// What the index went through, for whoever reads this; it is computed anew.
    steps: serde_json::Value,
    /// The signed note.
    checkpoint: String,
}

/// What a bundle proves.
#[derive(Debug)]
pub struct Proved {
    /// The state of the log that holds it.
    pub checkpoint: Checkpoint,
    /// The entry's number.
    pub seq: i64,
    /// What was determined.
    pub determination: Determination,
    /// Computed again from the bundle alone.
    pub rederived: Rederived,
}

impl Member {
    /// What the entry says, when the log holds it.
    fn open(&self, note: &str, key: &PublicKey) -> Result<(i64, Entry, Checkpoint), BundleError> {
        let hash = |text: &String| Base64::decode_vec(text).ok().and_then(|bytes| Digest::try_from(bytes).ok());
        let form = || BundleError::Form(format!("the path of entry {} is no list of hashes", self.index));
        let path = self.path.iter().map(hash).collect::<Option<_>>().ok_or_else(form)?;
        let proof = Proof { index: self.index, path, note: note.to_owned() };
        let checkpoint = proof.verify(&leaf(&self.body), key)?;
        let (seq, entry) = self.parse()?;
        Ok((seq, entry, checkpoint))
    }

    /// What the entry says, whoever wrote it.
    fn parse(&self) -> Result<(i64, Entry), BundleError> {
        let seq = i64::try_from(self.index).map_err(|_| ProofError::NotIncluded(self.index))?;
        let (written, entry) = Entry::parse(&self.body).map_err(|error| BundleError::Entry(seq, error))?;
        if written == seq { Ok((seq, entry)) } else { Err(unfit(seq, "it says that it is another entry")) }
    }
}

fn unfit(entry: i64, what: impl Into<String>) -> BundleError {
    BundleError::Unfit { entry, what: what.into() }
}

impl Bundle {
    /// The bundle of a determination's entry, computed again just now, under the newest checkpoint.
    ///
    /// # Errors
    /// [`BundleError::Unsigned`]; [`BundleError::Audit`] where the ledger lacks something.
    pub fn of(
        reader: &Reader,
        (seq, determination): (i64, &Determination),
        rederived: &Rederived,
    ) -> Result<Self, BundleError> {
        let note = reader.newest_checkpoint().map_err(AuditError::from)?.filter(|(size, _)| seq < *size);
        let (size, checkpoint) = note.ok_or(BundleError::Unsigned(seq))?;
        let member = |seq: i64| -> Result<Member, BundleError> {
            let (body, path) = reader.proved(seq, size).map_err(AuditError::from)?;
            let path = path.iter().map(|hash| Base64::encode_string(hash)).collect();
            Ok(Member { index: u64::try_from(seq).unwrap_or_default(), body, path })
        };
        let (bound, policy) = entry_of(reader, determination)?;
        let terms = terms_of(reader, &policy)?;
        let product = &rederived.policy.product;
        let cover = product.cover(&determination.cover);
        let feeds = cover.map(|cover| product.feeds_behind(cover)).unwrap_or_default();
        let mut heard = Vec::new();
        for feed in &feeds {
            let until = reader.heard_until(feed, determination.as_of).map_err(AuditError::from)?;
            let until = until.map(|until| instant_text(until).map_err(|error| BundleError::Entry(seq, error)));
            heard.extend(until.transpose()?.map(|until| Heard { feed: feed.to_string(), until }));
        }
        let readings = |leaves: &BTreeSet<i64>| {
            let mut rows = reader.rows_of(leaves).map_err(AuditError::from)?;
            let one =
                |leaf: &i64| Ok(Observations { entry: member(*leaf)?, rows: rows.remove(leaf).unwrap_or_default() });
            leaves.iter().map(one).collect::<Result<_, BundleError>>()
        };
        let determined = member(seq)?;
        let long = Entry::parse(&determined.body).is_ok_and(|(_, entry)| entry.member("observations_sha256").is_some());
        let leaves = leaves_of(&determination.observations).unwrap_or_default();
        let steps = rederived.settlement.trace.iter();
        let steps = steps.map(|step| serde_json::json!({ "block": step.block, "result": step.result })).collect();
        let mut bundle = Self {
            form: FORM.to_owned(),
            determination: determined,
            policy: member(bound)?,
            terms,
            readings: readings(&leaves)?,
            heard,
            observations: long.then(|| determination.observations.clone()),
            steps,
            checkpoint,
        };
        // What stood apart, or is too little, is not among what the index rests on, and may decide all the same.
        if !bundle.recompute(seq, determination, Member::parse)?.differences.is_empty() {
            let feeds: Vec<_> = feeds.iter().map(|feed| &**feed).collect();
            let all = reader.observed_by(&feeds, determination.as_of).map_err(AuditError::from)?;
            bundle.readings = readings(&all)?;
        }
        Ok(bundle)
    }

    /// As the text of a file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers are always written") + "\n"
    }

    /// Reads such a text.
    ///
    /// # Errors
    /// [`BundleError::Form`].
    pub fn read(text: &str) -> Result<Self, BundleError> {
        let read: Self = serde_json::from_str(text).map_err(|error| BundleError::Form(error.to_string()))?;
        if read.form == FORM {
            Ok(read)
        } else {
            Err(BundleError::Form(format!("its form is `{}`, this program reads {FORM}", read.form)))
        }
    }

    /// Checks everything by the log's public key: that the log holds the determination, the policy and the readings, that
    /// the term sheet and the rows are those that were hashed, and that the same comes out of them again.
    ///
    /// # Errors
    /// [`BundleError`], with the first thing that is not so.
    pub fn verify(&self, key: &PublicKey) -> Result<Proved, BundleError> {
        let (seq, entry, checkpoint) = self.determination.open(&self.checkpoint, key)?;
        let long = match entry.digest_of("observations_sha256") {
            Err(_) => None,
            Ok(sha) => match &self.observations {
                Some(text) if sha256(text.as_bytes()) == sha => Some(text.clone()),
                _ => return Err(unfit(seq, "the list of entries of readings is not the one that was hashed")),
            },
        };
        let determination = Determination::from_entry(&entry, long).map_err(|error| BundleError::Entry(seq, error))?;
        let open = |member: &Member| member.open(&self.checkpoint, key).map(|(seq, entry, _)| (seq, entry));
        let rederived = self.recompute(seq, &determination, open)?;
        if rederived.differences.is_empty() {
            Ok(Proved { checkpoint, seq, determination, rederived })
        } else {
            Err(BundleError::Differs(rederived.differences.join("\n")))
        }
    }

    /// Computes the determination again from what the bundle holds, as far as `open` lets it in.
    fn recompute(
        &self,
        seq: i64,
        said: &Determination,
        open: impl Fn(&Member) -> Result<(i64, Entry), BundleError>,
    ) -> Result<Rederived, BundleError> {
        let (bound, policy) = open(&self.policy)?;
        let policy = PolicyEntry::from_entry(&policy).map_err(|error| BundleError::Entry(bound, error))?;
        if policy.policy != said.policy || policy.terms != said.terms {
            return Err(unfit(bound, "it binds another policy, or to another term sheet"));
        }
        if sha256(self.terms.as_bytes()) != policy.terms {
            return Err(unfit(bound, "the term sheet is not the one that was hashed"));
        }
        let mut wanted = leaves_of(&said.observations).ok_or_else(|| unfit(seq, "it names no entries of readings"))?;
        let (mut knowledge, mut before) = (Knowledge::new(), -1);
        for observed in &self.readings {
            let (seq, entry) = open(&observed.entry)?;
            if entry.kind() != Kind::Obs || seq <= before {
                return Err(unfit(seq, "it is no entry of readings, or not behind the one before it"));
            }
            before = seq;
            wanted.remove(&seq);
            learn(&mut knowledge, seq, &entry, &observed.rows)?;
        }
        if let Some(missing) = wanted.first() {
            return Err(unfit(seq, format!("it rests on entry {missing}, which is not in the bundle")));
        }
        for heard in &self.heard {
            let until: Option<DateTime<Utc>> = parse_instant(&heard.until);
            let until = until.ok_or_else(|| BundleError::Form(format!("`{}` is no instant", heard.until)))?;
            knowledge.hear(&Arc::from(heard.feed.as_str()), said.as_of, until);
        }
        Ok(rederive_from(&policy, &self.terms, &knowledge, said)?)
    }
}

/// Takes in the rows of an entry of readings, where they are those that it is the hash of.
fn learn(knowledge: &mut Knowledge, seq: i64, entry: &Entry, lines: &str) -> Result<(), BundleError> {
    let text = |name: &str| entry.text_of(name).map_err(|error| BundleError::Entry(seq, error));
    if hex(&sha256(lines.as_bytes())) != text("rows_sha256")? {
        return Err(unfit(seq, "its rows are not those that were hashed"));
    }
    let feed: Arc<str> = text("feed")?.into();
    for reading in observed_rows(lines).ok_or_else(|| unfit(seq, "its rows are no readings"))? {
        let unit = knowledge.unit_of(&feed, &reading.station, reading.variable);
        if unit.is_some_and(|unit| unit != reading.unit) {
            return Err(unfit(seq, format!("{} is there in two units", reading.variable)));
        }
        knowledge.learn(&feed, &reading, entry.at(), seq);
    }
    Ok(())
}
