//! What one poll taught: the readings that were new, and their entry.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::bodies::{in_line, with_bodies};
use super::instant::instant_text;
use super::{Digest, Entry, EntryError, Kind, digest};
use crate::observation::{Reading, Vintage};
use crate::quantity::{Fixed, Unit, Variable};

/// Readings of one feed that became known at one instant.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The feed's name in the settings.
    pub feed: Arc<str>,
    /// When the first byte came in; later than that of the feed's poll before it.
    pub known_at: DateTime<Utc>,
    /// SHA-256 of each body from which the readings were decoded.
    pub evidence: Vec<Digest>,
    /// What is new: intervals not heard of before, and revisions. At most one for each interval of a series.
    pub readings: Vec<Reading>,
    /// How many of them are revisions.
    pub revisions: i64,
}

impl Observed {
    /// The entry `obs/<feed>/<known_at>`.
    ///
    /// `rows_sha256` is the SHA-256 of a line `station|variable|unit|start_s|end_s|value|vintage` and a line feed
    /// for each reading, in the order of station, variable (by name), start and end, so that it can be computed
    /// again from the rows. The value is the shortest decimal, or nothing where the source took it back.
    ///
    /// # Errors
    /// [`EntryError::NoReadings`], [`EntryError::TwoReadings`] for one interval, [`EntryError::Member`] for a
    /// station with `|` or a control character in its name, [`EntryError::Instant`].
    pub fn entry(&self) -> Result<Entry, EntryError> {
        let lines = lines(&self.readings)?;
        let first = self.readings.iter().map(|reading| reading.start).min().ok_or(EntryError::NoReadings)?;
        let last = self.readings.iter().map(|reading| reading.end).max().ok_or(EntryError::NoReadings)?;
        let known_at = instant_text(self.known_at)?;
        let entry = Entry::new(Kind::Obs, format!("obs/{}/{known_at}", self.feed), self.known_at)
            .text("feed", &*self.feed)
            .text("known_at", known_at)
            .integer("rows", i64::try_from(self.readings.len()).expect("memory holds fewer than 2^63"))
            .integer("revisions", self.revisions)
            .text("rows_sha256", digest::hex(&digest::sha256(lines.as_bytes())))
            .instant("first", whole_second(first))?
            .instant("last", whole_second(last))?;
        Ok(with_bodies(entry, &self.evidence))
    }
}

fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).expect("it was one before")
}

/// The lines that are hashed.
fn lines(readings: &[Reading]) -> Result<String, EntryError> {
    let place = |reading: &Reading| (reading.start.timestamp(), reading.end.timestamp());
    let mut sorted: Vec<&Reading> = readings.iter().collect();
    sorted.sort_by(|a, b| {
        let names = a.station.cmp(&b.station).then_with(|| a.variable.name().cmp(b.variable.name()));
        names.then_with(|| place(a).cmp(&place(b)))
    });
    if let Some(pair) = sorted.windows(2).find(|pair| {
        pair[0].station == pair[1].station && pair[0].variable == pair[1].variable && place(pair[0]) == place(pair[1])
    }) {
        return Err(EntryError::TwoReadings {
            station: pair[0].station.to_string(),
            variable: pair[0].variable.to_string(),
            start: pair[0].start.to_string(),
        });
    }
    let mut text = String::new();
    for reading in sorted {
        let value = reading.value.map(|value| value.to_string());
        let (start, end) = place(reading);
        push_line(
            &mut text,
            (in_line(&reading.station)?, reading.variable.name(), reading.unit.symbol()),
            (start, end),
            value.as_deref(),
            reading.vintage.word(),
        );
    }
    Ok(text)
}

/// One line, from a reading or from a row.
pub(super) fn push_line(
    text: &mut String,
    (station, variable, unit): (&str, &str, &str),
    (start, end): (i64, i64),
    value: Option<&str>,
    vintage: &str,
) {
    use std::fmt::Write as _;
    let value = value.unwrap_or("");
    writeln!(text, "{station}|{variable}|{unit}|{start}|{end}|{value}|{vintage}").expect("a String takes all");
}

/// The readings of the lines that an `obs` entry's `rows_sha256` is the hash of; none where they are no such lines.
pub fn observed_rows(lines: &str) -> Option<Vec<Reading>> {
    let second = |text: &str| DateTime::from_timestamp(text.parse().ok()?, 0);
    let one = |line: &str| {
        let [station, variable, unit, start, end, value, vintage] = line.split('|').collect::<Vec<_>>()[..] else {
            return None;
        };
        let value = if value.is_empty() { None } else { Some(Fixed::parse(value).ok()?) };
        Some(Reading {
            station: station.into(),
            variable: Variable::from_name(variable)?,
            start: second(start)?,
            end: second(end)?,
            value,
            unit: Unit::from_symbol(unit)?,
            vintage: Vintage::from_word(vintage)?,
        })
    };
    lines.lines().map(one).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ledger::bodies::long_list;
    use crate::ledger::parse_instant;
    use crate::observation::Vintage;
    use crate::quantity::{Fixed, Variable};

    /// An hour of rain, in millimetres.
    pub(crate) fn rain(station: &str, start_h: i64, value: Option<&str>) -> Reading {
        let start = DateTime::from_timestamp(start_h * 3_600, 0).expect("in range");
        Reading {
            station: station.into(),
            variable: Variable::Precipitation,
            start,
            end: start + chrono::TimeDelta::hours(1),
            value: value.map(|value| Fixed::parse(value).expect("a number")),
            unit: Variable::Precipitation.own_unit(),
            vintage: Vintage::Final,
        }
    }

    pub(crate) fn observed(known_at: &str, readings: Vec<Reading>) -> Observed {
        let known_at = parse_instant(known_at).expect("an instant");
        Observed { feed: "asos".into(), known_at, evidence: Vec::new(), readings, revisions: 0 }
    }

    #[test]
    fn the_entry_does_not_depend_on_the_order_of_the_readings() {
        let known_at = "2013-06-01T06:30:00.000Z";
        let [a, b, c] = [rain("JFK", 1, Some("0.3")), rain("JFK", 0, None), rain("ALB", 5, Some("-0.000001"))];
        let entry = observed(known_at, vec![a.clone(), b.clone(), c.clone()]).entry().expect("good");
        assert_eq!(observed(known_at, vec![c, b, a]).entry().as_ref(), Ok(&entry));
        let text = "ALB|precipitation|mm|18000|21600|-0.000001|final\nJFK|precipitation|mm|0|3600||final\n\
                    JFK|precipitation|mm|3600|7200|0.3|final\n";
        assert_eq!(entry.digest_of("rows_sha256"), Ok(digest::sha256(text.as_bytes())));
        assert_eq!(entry.key(), "obs/asos/2013-06-01T06:30:00.000Z");
        assert_eq!(entry.text_of("first"), Ok("1970-01-01T00:00:00.000Z"));
        assert_eq!(entry.text_of("last"), Ok("1970-01-01T06:00:00.000Z"));
        assert!(entry.body(1).is_ok());
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let known_at = "2013-06-01T06:30:00.000Z";
        let entry = |readings| observed(known_at, readings).entry();
        assert_eq!(entry(vec![]), Err(EntryError::NoReadings));
        let two = vec![rain("JFK", 1, Some("0.3")), rain("JFK", 1, Some("0.4"))];
        assert!(matches!(entry(two), Err(EntryError::TwoReadings { .. })));
        assert_eq!(entry(vec![rain("J|K", 1, None)]), Err(EntryError::Member("station".into())));
        assert_eq!(entry(vec![rain("J\nK", 1, None)]), Err(EntryError::Member("station".into())));
    }

    #[test]
    fn a_long_list_of_bodies_is_named() {
        let mut poll = observed("2013-06-01T06:30:00.000Z", vec![rain("JFK", 1, None)]);
        poll.evidence = vec![[1; 32]; 256];
        assert!(long_list(&poll.evidence).is_none() && poll.entry().expect("good").member("evidence").is_some());
        poll.evidence.push([2; 32]);
        let list = long_list(&poll.evidence).expect("one more than is listed");
        let entry = poll.entry().expect("good");
        assert_eq!(entry.digest_of("evidence_sha256"), Ok(digest::sha256(list.as_bytes())));
        assert!(entry.member("evidence").is_none());
    }
}
