//! What one poll brought that could not be true or not be read: the readings that were refused, and their entry.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::bodies::{in_line, with_bodies};
use super::instant::instant_text;
use super::lost::Lost;
use super::reader::{self, nonsense};
use super::{Digest, Entry, EntryError, Kind, LedgerError, Reader, digest};
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
    /// What could not be read, or what its source marks as wrong; the same of it.
    pub unread: Vec<Unread>,
    /// How many more of these there were.
    pub more: usize,
}

/// A reading that could not be read, or that its source marks as wrong, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unread {
    /// The station's name in the feed.
    pub station: Option<Arc<str>>,
    /// The name of what was said to be measured, and the symbol of the unit that its column has.
    pub variable: Option<(&'static str, &'static str)>,
    /// The interval's beginning and end, seconds since 1970.
    pub interval: Option<(i64, i64)>,
    /// The value as it was sent.
    pub text: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
}

impl Unread {
    /// The most that are kept of one answer.
    pub const MOST: usize = 1_000;

    /// Of one that stands in the ledger.
    pub fn recorded(row: &RefusedRow) -> Self {
        Self {
            station: row.station.as_deref().map(Arc::from),
            variable: row.variable.zip(row.unit).map(|(variable, unit)| (variable.name(), unit.symbol())),
            interval: row.interval,
            text: row.value.clone(),
            reason: row.reason.clone(),
        }
    }

    /// What tells it from others, as it stands in the ledger.
    pub fn line(&self) -> String {
        let Self { station, variable, interval, text, reason } = self;
        let (variable, unit) = variable.unwrap_or_default();
        let [start, end] =
            interval.map_or([String::new(), String::new()], |(start, end)| [start.to_string(), end.to_string()]);
        let station = in_cell(station.as_deref().unwrap_or_default(), 200);
        let (text, reason) = (in_cell(text.as_deref().unwrap_or_default(), 100), in_sentence(reason));
        format!("{flag}|{station}|{variable}|{unit}|{start}|{end}|{text}|{reason}", flag = Flag::Source)
    }
}

/// A text of a feed between two `|`: none is in it, nor anything that could steer a terminal.
fn in_cell(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if c == '|' || c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A reason on one line.
fn in_sentence(reason: &str) -> String {
    reason.chars().take(500).map(|c| if c.is_control() { ' ' } else { c }).collect()
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
    /// The station's name in the feed, as far as it is known.
    pub station: Option<String>,
    /// What was said to be measured.
    pub variable: Option<Variable>,
    /// In which unit.
    pub unit: Option<Unit>,
    /// The interval's beginning, and its end, which is not included, seconds since 1970.
    pub interval: Option<(i64, i64)>,
    /// The number; of a conflict, one of the two. Of what could not be read, the text that was sent.
    pub value: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
}

impl RefusedRow {
    /// The number, where it is one.
    pub fn number(&self) -> Option<Fixed> {
        self.value.as_deref().and_then(|value| Fixed::parse(value).ok())
    }
}

/// What such an entry's key begins with.
const STEM: &str = "refused/";

impl Refusal {
    /// A line `flag|station|variable|unit|start_s|end_s|value|reason` and a line feed for each, in the order of station,
    /// variable (by name), start and end; then those that could not be read, in which what is not known is empty, and how
    /// many more there were. It is kept as evidence.
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
            let reason = in_sentence(reason);
            writeln!(text, "{flag}|{station}|{variable}|{unit}|{start}|{end}|{value}|{reason}")
                .expect("a String takes all");
        }
        let mut unread: Vec<_> = self.unread.iter().collect();
        unread.sort();
        let more = Unread { reason: format!("{} more of this answer were refused", self.more), ..Unread::default() };
        for unread in unread.into_iter().chain((self.more > 0).then_some(&more)) {
            writeln!(text, "{}", unread.line()).expect("a String takes all");
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
            .integer("rows", count(self.flagged.len() + self.unread.len() + self.more))
            .text("rows_sha256", digest::hex(&digest::sha256(text.as_bytes())));
        Ok((with_bodies(entry, &self.evidence), text))
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).expect("memory holds fewer than 2^63")
}

/// The rows of such a text.
fn read(feed: &str, known_at: DateTime<Utc>, text: &str) -> Option<Vec<RefusedRow>> {
    let row = |line: &str| {
        let parts: Vec<_> = line.splitn(8, '|').collect();
        let [flag, station, variable, unit, start, end, value, reason] = parts[..] else { return None };
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(RefusedRow {
            feed: feed.to_owned(),
            known_at,
            flag: Flag::from_word(flag)?,
            station: told(station),
            variable: if variable.is_empty() { None } else { Some(Variable::from_name(variable)?) },
            unit: if variable.is_empty() { None } else { Some(Unit::from_symbol(unit)?) },
            interval: if start.is_empty() { None } else { Some((start.parse().ok()?, end.parse().ok()?)) },
            value: told(value),
            reason: reason.to_owned(),
        })
    };
    text.lines().map(row).collect()
}

impl Reader {
    /// The readings that were refused, of one feed or of all, oldest first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn refused(&self, feed: Option<&str>) -> Result<Vec<RefusedRow>, LedgerError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        self.refused_rows(feed)
    }

    pub(super) fn refused_rows(&self, feed: Option<&str>) -> Result<Vec<RefusedRow>, LedgerError> {
        let query = "SELECT body FROM ledger WHERE key >= ?1 AND key < ?2 AND kind = 'note' ORDER BY seq";
        let from = feed.map_or(STEM.to_owned(), |feed| format!("{STEM}{feed}/"));
        // The character behind `/`.
        let to = format!("{}0", &from[..from.len() - 1]);
        let (mut rows, lost_entries) = (Vec::new(), Lost::read(&self.connection)?);
        for body in self.rows(query, [&from, &to], |row| Ok(row.get::<_, String>(0)?))? {
            let (seq, entry) = reader::read(&body)?;
            let lost = || nonsense("a list of refused readings is missing");
            let sha256 = entry.digest_of("rows_sha256").map_err(LedgerError::entry(entry.key()))?;
            let text = self.evidence(sha256)?.and_then(|bytes| String::from_utf8(bytes).ok());
            let text = match text {
                None if lost_entries.has(seq) => continue,
                text => text.ok_or_else(lost)?,
            };
            let feed = entry.key()[STEM.len()..].rsplit_once('/').map_or("", |(feed, _)| feed);
            rows.extend(read(feed, entry.at(), &text).ok_or_else(lost)?);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Batch;
    use crate::ledger::bodies::long_list;
    use crate::ledger::observed::tests::rain;
    use crate::ledger::store::tests::{at, fresh};

    fn refusal(flags: &[(&str, i64, &str, Flag)]) -> Refusal {
        let flagged = flags.iter().map(|(station, hour, value, flag)| Flagged {
            reading: rain(station, *hour, Some(value)),
            flag: *flag,
            reason: "401.1 mm | is\nmuch".to_owned(),
        });
        Refusal {
            feed: "asos".into(),
            known_at: at(),
            evidence: Vec::new(),
            flagged: flagged.collect(),
            unread: Vec::new(),
            more: 0,
        }
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
            .map(|row| {
                let (station, value) = (row.station.as_deref().expect("known"), row.number().expect("a number"));
                format!("{station} {} {value} {}", row.interval.expect("known").0, row.flag)
            })
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

    /// What a decoder passes over, from the whole reading down to a row of which nothing is known, and texts that would
    /// break a line.
    #[test]
    fn what_could_not_be_read_is_kept_as_far_as_it_is_known() {
        let (_folder, mut store) = fresh();
        let whole = Unread {
            station: Some("JFK".into()),
            variable: Some(("precipitation", "mm")),
            interval: Some((0, 3_600)),
            text: Some("1,3|x\n".to_owned()),
            reason: "it is | no\nnumber".to_owned(),
        };
        let nothing = Unread { reason: "the line has 2 columns, the header 3".to_owned(), ..Unread::default() };
        let unread = vec![whole.clone(), nothing.clone()];
        let mut batch = Batch::new();
        let refusal = Refusal { unread, more: 7, ..refusal(&[("ALB", 1, "0.5", Flag::Spike)]) };
        batch.refuse(refusal.clone()).expect("all can be written");
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let rows = reader.refused(None).expect("readable");
        assert_eq!(Unread::recorded(&rows[1]), nothing);
        let recorded = Unread::recorded(&rows[2]);
        assert_eq!(recorded, Unread { text: recorded.text.clone(), reason: recorded.reason.clone(), ..whole });
        let said = rows.iter().map(|row| (row.station.as_deref(), row.value.as_deref(), row.reason.as_str()));
        let said: Vec<_> = said.collect();
        assert_eq!(
            said,
            [
                (Some("ALB"), Some("0.5"), "401.1 mm | is much"),
                (None, None, "the line has 2 columns, the header 3"),
                (Some("JFK"), Some("1,3\u{fffd}x\u{fffd}"), "it is | no number"),
                (None, None, "7 more of this answer were refused"),
            ]
        );
        assert!(rows[1..].iter().all(|row| row.flag == Flag::Source));
        assert_eq!((rows[2].interval, rows[2].variable), (Some((0, 3_600)), Some(Variable::Precipitation)));
        let entry = reader.entry(1).expect("readable").expect("there");
        assert_eq!(entry.integer_of("rows"), Ok(10), "all that were refused");
        reader.verify().expect("whole");
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
