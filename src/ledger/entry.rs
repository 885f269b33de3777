//! Entries: restricted JSON in canonical form, so that everybody hashes the same bytes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::instant::{instant_text, parse_instant};
use super::item::{Item, check_name, check_text};
use super::{Digest, digest};

/// What an entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The ledger's beginning.
    Genesis,
    /// A policy was bound.
    Policy,
    /// A source was declared, or declared absent.
    Source,
    /// Readings became known.
    Obs,
    /// A provisional determination.
    Decision,
    /// A determination is held back.
    Hold,
    /// And is let go.
    Release,
    /// A payment in advance, while a period runs.
    Interim,
    /// The binding determination of a period.
    Final,
    /// A correction of a binding determination.
    Restate,
    /// A determination that was held is given up.
    Void,
    /// A signing key.
    Key,
    /// The settings changed.
    Config,
    /// Anything else worth keeping.
    Note,
}

/// Kind and word.
const KINDS: [(Kind, &str); 14] = [
    (Kind::Genesis, "genesis"),
    (Kind::Policy, "policy"),
    (Kind::Source, "source"),
    (Kind::Obs, "obs"),
    (Kind::Decision, "decision"),
    (Kind::Hold, "hold"),
    (Kind::Release, "release"),
    (Kind::Interim, "interim"),
    (Kind::Final, "final"),
    (Kind::Restate, "restate"),
    (Kind::Void, "void"),
    (Kind::Key, "key"),
    (Kind::Config, "config"),
    (Kind::Note, "note"),
];

impl Kind {
    /// The word in an entry.
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|row| row.0 == self).expect("every kind has a row").1
    }

    /// The kind that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.1 == word).map(|row| row.0)
    }
}

/// Why something is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A name that is not of the form `[a-z][a-z0-9_]*`.
    #[error("`{0}` cannot be a name in an entry: small letters, digits and `_` only")]
    Name(String),
    /// A member that every entry has already.
    #[error("`{0}` is set by the ledger")]
    Reserved(String),
    /// A text with a control character.
    #[error("the text `{0}` has a control character")]
    Control(String),
    /// A text beyond 4,096 bytes.
    #[error("the text `{name}` has {bytes} bytes, {most} are the most", most = Entry::MOST_TEXT)]
    LongText {
        /// The member.
        name: String,
        /// Its length.
        bytes: usize,
    },
    /// A number that some JSON readers would round.
    #[error("the number {number} of `{name}` is beyond 2^53 - 1")]
    Integer {
        /// The member.
        name: String,
        /// The number.
        number: i64,
    },
    /// A body beyond 65,535 bytes.
    #[error("the entry has {0} bytes, {most} are the most", most = Entry::MOST_BODY)]
    LongBody(usize),
    /// An instant that the ledger cannot keep exactly.
    #[error("the instant {0} is finer than a millisecond or outside the years 0 to 9999")]
    Instant(String),
    /// Not JSON at all.
    #[error("the entry is not JSON: {0}")]
    NotJson(String),
    /// A null, a fraction, a truth value, a number beyond 64 bits.
    #[error("`{0}` holds something other than texts and whole numbers")]
    NotAllowed(String),
    /// Right in content, but other bytes than ours.
    #[error("the entry is not in canonical form")]
    NotCanonical,
    /// A member is absent or of another type, or says what it cannot say.
    #[error("the entry's `{0}` is absent or makes no sense")]
    Member(String),
    /// Two readings of one poll about one interval.
    #[error("two readings of {station} say what {variable} was in the interval from {start}")]
    TwoReadings {
        /// The station.
        station: String,
        /// What was measured.
        variable: String,
        /// The interval's beginning.
        start: String,
    },
    /// A poll without readings has no entry.
    #[error("there is nothing to record: no reading")]
    NoReadings,
    /// A determination that contradicts itself.
    #[error("the determination contradicts itself: {0}")]
    Contradiction(&'static str),
}

/// What is written once: a kind, a key that nothing else has, an instant, and named items.
///
/// It has no number before it is appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    kind: Kind,
    key: String,
    at: DateTime<Utc>,
    members: BTreeMap<String, Item>,
}

impl Entry {
    /// The most bytes of a body: tlog tiles carry its length in 16 bits.
    pub const MOST_BODY: usize = 65_535;
    /// The most bytes of a text. What is longer is kept as evidence, and named by its SHA-256.
    pub const MOST_TEXT: usize = 4_096;
    const VERSION: i64 = 1;
    const RESERVED: [&'static str; 5] = ["v", "kind", "seq", "key", "at"];

    /// An entry without items.
    pub fn new(kind: Kind, key: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { kind, key: key.into(), at, members: BTreeMap::new() }
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &str, text: impl Into<String>) -> Self {
        self.item(name, Item::Text(text.into()))
    }

    /// Adds a whole number.
    #[must_use]
    pub fn integer(self, name: &str, number: i64) -> Self {
        self.item(name, Item::Integer(number))
    }

    /// Adds a list.
    #[must_use]
    pub fn list(self, name: &str, items: Vec<Item>) -> Self {
        self.item(name, Item::List(items))
    }

    /// Adds any item; of two with one name the last one stays.
    #[must_use]
    pub fn item(mut self, name: &str, item: Item) -> Self {
        self.members.insert(name.to_owned(), item);
        self
    }

    /// Adds an instant.
    ///
    /// # Errors
    /// [`EntryError::Instant`] for one that is finer than a millisecond.
    pub fn instant(self, name: &str, at: DateTime<Utc>) -> Result<Self, EntryError> {
        Ok(self.text(name, instant_text(at)?))
    }

    /// What it records.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What no other entry is called.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// When it was made.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// An item.
    pub fn member(&self, name: &str) -> Option<&Item> {
        self.members.get(name)
    }

    /// The names of its items, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`EntryError::Member`] where it is not.
    pub fn text_of(&self, name: &str) -> Result<&str, EntryError> {
        self.member(name).and_then(Item::as_text).ok_or_else(|| EntryError::Member(name.to_owned()))
    }

    /// A number that must be there.
    ///
    /// # Errors
    /// [`EntryError::Member`] where it is not.
    pub fn integer_of(&self, name: &str) -> Result<i64, EntryError> {
        self.member(name).and_then(Item::as_integer).ok_or_else(|| EntryError::Member(name.to_owned()))
    }

    /// An instant that must be there.
    ///
    /// # Errors
    /// [`EntryError::Member`] where it is not.
    pub fn instant_of(&self, name: &str) -> Result<DateTime<Utc>, EntryError> {
        parse_instant(self.text_of(name)?).ok_or_else(|| EntryError::Member(name.to_owned()))
    }

    /// A text of the period that it is about: `start`, `end`, `from`, `to`.
    pub fn of_period(&self, name: &str) -> Option<&str> {
        self.member("period")?.member(name)?.as_text()
    }

    /// The period that it is about: `NY-001/rain/2013-06-01`; of an entry about none, with parts left out.
    pub fn period_id(&self) -> String {
        let text = |name: &str| self.text_of(name).unwrap_or_default();
        format!("{}/{}/{}", text("policy"), text("cover"), self.of_period("start").unwrap_or_default())
    }

    /// A digest that must be there, as hexadecimal digits.
    ///
    /// # Errors
    /// [`EntryError::Member`] where it is not.
    pub fn digest_of(&self, name: &str) -> Result<Digest, EntryError> {
        digest::from_hex(self.text_of(name)?).ok_or_else(|| EntryError::Member(name.to_owned()))
    }

    /// The bytes that are hashed and kept, as entry number `seq`: RFC 8785 with the restrictions of [`Item`].
    ///
    /// # Errors
    /// Says which restriction is not kept.
    ///
    /// # Panics
    /// When the body does not read back as this entry: then nothing may be hashed.
    pub fn body(&self, seq: i64) -> Result<String, EntryError> {
        let body = self.render(seq)?;
        let again = Self::read(&body);
        assert!(again.is_ok_and(|(number, entry)| number == seq && entry == *self), "a body reads back as its entry");
        Ok(body)
    }

    /// Reads a body: its number and the entry. What is not exactly as we would write it is refused.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(body: &str) -> Result<(i64, Self), EntryError> {
        let (seq, entry) = Self::read(body)?;
        if entry.render(seq)? == body { Ok((seq, entry)) } else { Err(EntryError::NotCanonical) }
    }

    /// The content of a body whose form is known to be right.
    pub(super) fn read(body: &str) -> Result<(i64, Self), EntryError> {
        let item = serde_json::from_str(body).or_else(|_| {
            // What exactly is wrong is only looked for where something is.
            let value = serde_json::from_str(body).map_err(|error| EntryError::NotJson(error.to_string()))?;
            Item::from_json("entry", value)
        });
        let Item::Object(mut members) = item? else {
            return Err(EntryError::NotJson("not an object".to_owned()));
        };
        let absent = |name: &str| EntryError::Member(name.to_owned());
        let mut take = |name: &str| members.remove(name).ok_or_else(|| absent(name));
        if take("v")?.as_integer() != Some(Self::VERSION) {
            return Err(absent("v"));
        }
        let kind = take("kind")?.as_text().and_then(Kind::from_word).ok_or_else(|| absent("kind"))?;
        let seq = take("seq")?.as_integer().filter(|seq| *seq >= 0).ok_or_else(|| absent("seq"))?;
        let Item::Text(key) = take("key")? else { return Err(absent("key")) };
        let at = take("at")?.as_text().and_then(parse_instant).ok_or_else(|| absent("at"))?;
        Ok((seq, Self { kind, key, at, members }))
    }

    fn render(&self, seq: i64) -> Result<String, EntryError> {
        if let Some(name) = Self::RESERVED.iter().find(|name| self.members.contains_key(**name)) {
            return Err(EntryError::Reserved((*name).to_owned()));
        }
        for (name, item) in &self.members {
            check_name(name)?;
            item.check(name)?;
        }
        check_text("key", &self.key)?;
        let reserved: [(&str, Item); 5] = [
            ("v", Self::VERSION.into()),
            ("kind", self.kind.word().into()),
            ("seq", seq.into()),
            ("key", self.key.as_str().into()),
            ("at", instant_text(self.at)?.into()),
        ];
        // Names are plain and texts without control characters: sorted, what serde_json writes is RFC 8785.
        let members = self.members.iter().map(|(name, item)| (name.as_str(), item));
        let members: BTreeMap<&str, &Item> = members.chain(reserved.iter().map(|(name, item)| (*name, item))).collect();
        let body = serde_json::to_string(&members).expect("texts and small integers can be written");
        if body.len() > Self::MOST_BODY { Err(EntryError::LongBody(body.len())) } else { Ok(body) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantity::Money;

    fn at() -> DateTime<Utc> {
        parse_instant("2013-06-01T06:30:00.001Z").expect("an instant")
    }

    fn note() -> Entry {
        Entry::new(Kind::Note, "note/1", at())
    }

    #[test]
    fn a_body_is_canonical() {
        let entry = note()
            .text("zone", "é \"x\"")
            .integer("amount_minor", -5)
            .list("lines", vec![Item::object([("acct", "a".into()), ("dr", 5.into())])]);
        let body = r#"{"amount_minor":-5,"at":"2013-06-01T06:30:00.001Z","key":"note/1","kind":"note","lines":[{"acct":"a","dr":5}],"seq":7,"v":1,"zone":"é \"x\""}"#;
        assert_eq!(entry.body(7).as_deref(), Ok(body));
        assert_eq!(Entry::parse(body), Ok((7, entry)));
    }

    #[test]
    fn restrictions_are_kept_at_and_beside_their_boundary() {
        let most = Money::MOST;
        for (entry, error, why) in [
            (note().integer("n", most), None, "2^53 - 1 is kept by every reader"),
            (note().integer("n", most + 1), Some(EntryError::Integer { name: "n".into(), number: most + 1 }), "2^53"),
            (note().integer("n", i64::MIN), Some(EntryError::Integer { name: "n".into(), number: i64::MIN }), "least"),
            (note().text("t", "x".repeat(4_096)), None, "the longest text"),
            (note().text("t", "x".repeat(4_097)), Some(EntryError::LongText { name: "t".into(), bytes: 4_097 }), "+1"),
            (note().text("t", "a\nb"), Some(EntryError::Control("t".into())), "a new line"),
            (note().text("t", "\u{7f}"), Some(EntryError::Control("t".into())), "delete"),
            (note().text("T", ""), Some(EntryError::Name("T".into())), "a capital"),
            (note().text("", ""), Some(EntryError::Name(String::new())), "no name"),
            (note().text("1a", ""), Some(EntryError::Name("1a".into())), "a digit first"),
            (note().text("seq", ""), Some(EntryError::Reserved("seq".into())), "ours"),
            (
                note().item("o", Item::object([("B", 1.into())])),
                Some(EntryError::Name("B".into())),
                "names inside are checked too",
            ),
            (
                note().list("l", vec![Item::Text("\0".into())]),
                Some(EntryError::Control("l".into())),
                "and texts inside",
            ),
        ] {
            assert_eq!(entry.body(0).err(), error, "{why}");
        }
    }

    #[test]
    fn a_body_ends_at_65_535_bytes() {
        let filled = |last: usize| {
            let mut items = vec![Item::Text("x".repeat(4_096)); 15];
            items.push(Item::Text("x".repeat(last)));
            note().list("l", items)
        };
        let spare = Entry::MOST_BODY - filled(0).body(0).expect("short").len();
        assert_eq!(filled(spare).body(0).map(|body| body.len()), Ok(65_535));
        assert_eq!(filled(spare + 1).body(0), Err(EntryError::LongBody(65_536)));
        assert_eq!(filled(spare).body(10), Err(EntryError::LongBody(65_536)), "a longer number does not fit either");
    }

    #[test]
    fn bodies_that_we_would_not_write_are_refused() {
        let good = note().integer("n", 1).body(0).expect("small");
        assert!(Entry::parse(&good).is_ok());
        for (from, to, why) in [
            ("\"n\":1", "\"n\":1.0", "a fraction"),
            ("\"n\":1", "\"n\":1e0", "an exponent"),
            ("\"n\":1", "\"n\":-0", "minus zero"),
            ("\"n\":1", "\"n\":null", "null"),
            ("\"n\":1", "\"n\":true", "a truth value"),
            ("\"n\":1", "\"n\":9007199254740992", "2^53"),
            ("\"n\":1", "\"n\":99999999999999999999", "beyond 64 bits"),
            ("\"n\":1", "\"n\":1,\"n\":1", "a name twice"),
            ("\"n\":1", "\"n\": 1", "a blank"),
            ("\"note\"", "\"nota\"", "an unknown kind"),
            ("note/1", "note\\u002f1", "an escape that is not needed"),
            ("\"seq\":0", "\"seq\":-1", "a number below zero"),
            ("\"v\":1", "\"v\":2", "another version"),
            (".001Z", ".0010Z", "another form of instant"),
            ("\"key\":\"note/1\",", "", "no key"),
            ("}", "} ", "a blank behind"),
        ] {
            assert!(good.contains(from), "{from}");
            assert!(Entry::parse(&good.replace(from, to)).is_err(), "{why}");
        }
        assert!(Entry::parse("[]").is_err() && Entry::parse("").is_err());
    }

    fn item() -> impl Strategy<Value = Item> {
        let leaf =
            prop_oneof!["[^\\p{Cc}]{0,40}".prop_map(Item::Text), (-Money::MOST..=Money::MOST).prop_map(Item::Integer),];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Item::List),
                proptest::collection::btree_map("[a-z][a-z0-9_]{0,8}", inner, 0..4).prop_map(Item::Object),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 512,
            rng_seed: proptest::test_runner::RngSeed::Fixed(20_130_601),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]
        #[test]
        fn entries_round_trip(
            kind in 0_usize..KINDS.len(),
            key in "[^\\p{Cc}]{0,60}",
            millis in -62_167_219_200_000_i64..=253_402_300_799_999,
            seq in 0..=Money::MOST,
            members in proptest::collection::btree_map("x[a-z0-9_]{0,8}", item(), 0..6),
        ) {
            let at = DateTime::from_timestamp_millis(millis).expect("in range");
            let entry = Entry { kind: KINDS[kind].0, key, at, members };
            let body = entry.body(seq).expect("restricted");
            let value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            let canonical = serde_json_canonicalizer::to_string(&value).expect("small numbers");
            prop_assert_eq!(&canonical, &body, "another program writes the same");
            prop_assert_eq!(Entry::parse(&body), Ok((seq, entry)));
        }
    }
}
