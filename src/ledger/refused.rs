//! What one poll brought that could not be true: the readings that were refused, and their entry.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::bodies::{in_line, with_bodies};
use super::instant::instant_text;
use super::{Digest, Entry, EntryError, Kind, digest};
use crate::observation::quality::{Flag, Flagged};
use crate::quantity::{Fixed, Unit, Variable};

/// Readings of one feed that were refused at one instant.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The feed's name in the settings.
    pub feed: Arc<str>,
    /// When the first byte came in.
    pub known_at: DateTime<Utc>,
    /// SHA-256 of each body from which they were decoded.
    pub evidence: Vec<Digest>,
    /// Each with its flag and its reason; none that was refused before, the same.
    pub flagged: Vec<Flagged>,
}

/// A reading that was refused, as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The feed's name in the settings.
    pub feed: String,
    /// When it was refused.
    pub known_at: DateTime<Utc>,
    /// Why, in one word.
    pub flag: Flag,
    /// The station's name in the feed.
    pub station: String,
    /// What was said to be measured.
    pub variable: Variable,
    /// In which unit.
    pub unit: Unit,
    /// The interval's beginning, seconds since 1970.
    pub start: i64,
    /// Its end, not included.
    pub end: i64,
    /// The number; of a conflict, one of the two.
    pub value: Option<Fixed>,
    /// Why, in a sentence.
    pub reason: String,
}

/// What such an entry's key begins with.
pub(super) const STEM: &str = "refused/";

impl Refusal {
    /// A line `flag|station|variable|unit|start_s|end_s|value|reason` and a line feed for each, in the order of station,
    /// variable (by name), start and end. It is kept as evidence.
    ///
    /// # Errors
    /// [`EntryError::Member`] for a station with `|` or a control character in its name.
    fn text(&self) -> Result<String, EntryError> {
        let mut rows: Vec<_> = self.flagged.iter().collect();
        rows.sort_by_key(|flagged| {
            let reading = &flagged.reading;
            (reading.station.clone(), reading.variable.name(), reading.start, reading.end, flagged.flag)
        });
        let mut text = String::new();
        for Flagged { reading, flag, reason } in rows {
            let (station, variable, unit) =
                (in_line(&reading.station)?, reading.variable.name(), reading.unit.symbol());
            let (start, end) = (reading.start.timestamp(), reading.end.timestamp());
            let value = reading.value.map_or(String::new(), |value| value.to_string());
            let reason: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            writeln!(text, "{flag}|{station}|{variable}|{unit}|{start}|{end}|{value}|{reason}")
                .expect("a String takes all");
        }
        Ok(text)
    }

    /// The entry `refused/<feed>/<known_at>`, which names the text by its SHA-256; and the text.
    ///
    /// # Errors
    /// [`EntryError::Member`], [`EntryError::Instant`].
    pub(super) fn entry(&self) -> Result<(Entry, String), EntryError> {
        let (known_at, text) = (instant_text(self.known_at)?, self.text()?);
        let entry = Entry::new(Kind::Note, format!("{STEM}{}/{known_at}", self.feed), self.known_at)
            .text("feed", &*self.feed)
            .text("known_at", known_at)
            .integer("rows", i64::try_from(self.flagged.len()).expect("memory holds fewer than 2^63"))
            .text("rows_sha256", digest::hex(&digest::sha256(text.as_bytes())));
        Ok((with_bodies(entry, &self.evidence), text))
    }
}

/// The rows of such a text.
pub(super) fn read(feed: &str, known_at: DateTime<Utc>, text: &str) -> Option<Vec<RefusedRow>> {
    let row = |line: &str| {
        let mut parts = line.splitn(8, '|');
        let mut next = || parts.next();
        Some(RefusedRow {
            feed: feed.to_owned(),
            known_at,
            flag: Flag::from_word(next()?)?,
            station: next()?.to_owned(),
            variable: Variable::from_name(next()?)?,
            unit: Unit::from_symbol(next()?)?,
            start: next()?.parse().ok()?,
            end: next()?.parse().ok()?,
            value: match next()? {
                "" => None,
                value => Some(Fixed::parse(value).ok()?),
            },
            reason: next()?.to_owned(),
        })
    };
    text.lines().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::bodies::long_list;
    use crate::ledger::observed::tests::rain;
    use crate::ledger::store::tests::{at, fresh};
    use crate::ledger::{Batch, Reader};

    fn refusal(flags: &[(&str, i64, &str, Flag)]) -> Refusal {
        let flagged = flags.iter().map(|(station, hour, value, flag)| Flagged {
            reading: rain(station, *hour, Some(value)),
            flag: *flag,
            reason: "401.1 mm | is\nmuch".to_owned(),
        });
        Refusal { feed: "asos".into(), known_at: at(), evidence: Vec::new(), flagged: flagged.collect() }
    }

    #[test]
    fn what_was_refused_is_read_as_it_was_written() {
        let (_folder, mut store) = fresh();
        let mut one = refusal(&[("JFK", 2, "401.1", Flag::Limit), ("ALB", 1, "0.5", Flag::Spike)]);
        let mut batch = Batch::new();
        one.evidence = vec![batch.evidence(*b"the answer")];
        batch.refuse(one.clone()).expect("plain names");
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let rows = reader.refused(None).expect("readable");
        let said: Vec<_> = rows
            .iter()
            .map(|row| format!("{} {} {} {}", row.station, row.start, row.value.expect("a number"), row.flag))
            .collect();
        assert_eq!(said, ["ALB 3600 0.5 spike", "JFK 7200 401.1 limit"]);
        assert_eq!(rows[0].reason, "401.1 mm | is much");
        assert_eq!((rows[0].feed.as_str(), rows[0].known_at), ("asos", at()));
        assert_eq!(reader.refused(Some("asos")).expect("readable").len(), 2);
        assert_eq!(reader.refused(Some("era5")).expect("readable"), []);
        reader.verify().expect("whole");
        let mut again = Batch::new();
        again.refuse(one).expect("plain names");
        assert!(!store.append(again).expect("the same").0[0].new, "a repeat after a crash is not written again");
    }

    #[test]
    fn a_refusal_from_many_bodies_names_their_list() {
        let (_folder, mut store) = fresh();
        let mut one = refusal(&[("JFK", 2, "401.1", Flag::Limit)]);
        let mut batch = Batch::new();
        // Listed, they would make an entry that is longer than one may be.
        one.evidence = (0..2_000).map(|body: u32| batch.evidence(body.to_be_bytes())).collect();
        let list = long_list(&one.evidence).expect("more than are listed");
        let (entry, _) = one.entry().expect("plain names");
        assert_eq!(entry.digest_of("evidence_sha256"), Ok(digest::sha256(list.as_bytes())));
        assert!(entry.member("evidence").is_none());
        batch.refuse(one).expect("plain names");
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        assert_eq!(reader.refused(None).expect("readable").len(), 1);
        assert_eq!(reader.evidence(digest::sha256(list.as_bytes())).expect("readable"), Some(list.into_bytes()));
        reader.verify().expect("whole");
    }

    #[test]
    fn a_name_that_would_break_a_line_is_refused() {
        let bad = refusal(&[("J|K", 2, "401.1", Flag::Limit)]);
        assert!(bad.entry().is_err());
        assert!(Batch::new().refuse(bad).is_err());
    }
}
