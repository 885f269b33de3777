//! Time zones.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

/// A time zone: an IANA name, `UTC`, or a fixed offset such as `+08:00`.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Arc<str>,
    zone: TimeZone,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: TimeZone::UTC }
    }

    /// The zone of a name or of an offset `±HH:MM`; `None` where there is none.
    pub fn parse(text: &str) -> Option<Self> {
        let zone = if text.starts_with(['+', '-']) {
            TimeZone::fixed(Offset::from_seconds(offset_s(text)?).ok()?)
        } else if text == "UTC" {
            TimeZone::UTC
        } else {
            TimeZoneDatabase::bundled().get(text).ok()?
        };
        Some(Self { name: text.into(), zone })
    }

    /// The name as the settings write it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The date on a wall there, `2026-06-01`.
    pub fn date(&self, at: DateTime<Utc>) -> String {
        let at = Timestamp::from_second(at.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(at).date().to_string()
    }

    /// Date and time on a wall there, `2026-06-01T12:00:00`.
    pub fn wall(&self, at: DateTime<Utc>) -> String {
        let at = Timestamp::from_second(at.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(at).to_string()
    }

    /// Seconds east of Greenwich of a zone that never changes.
    pub fn fixed_s(&self) -> Option<i32> {
        self.zone.to_fixed_offset().ok().map(Offset::seconds)
    }

    /// The instant of a local time. One that the clocks jump over or show twice has none.
    pub(super) fn instant(&self, local: civil::DateTime) -> Result<Timestamp, String> {
        let instant = self.zone.to_ambiguous_timestamp(local);
        let fault = match instant.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                return instant.unambiguous().map_err(|_| format!("{local} is out of range"));
            }
            AmbiguousOffset::Gap { .. } => "does not exist",
            AmbiguousOffset::Fold { .. } => "occurs twice",
        };
        Err(format!("{local} {fault} in {}, where the clocks change", self.name))
    }

    /// The next instant behind another at which the clocks change, both in seconds since 1970; none where they never do
    /// again.
    pub(super) fn next_change(&self, after: i64) -> Option<i64> {
        let after = Timestamp::from_second(after).ok()?;
        self.zone.following(after).next().map(|change| change.timestamp().as_second())
    }

    /// The first instant of the day that begins at a local time; behind a gap, the first of two.
    pub(super) fn day_start(&self, date: civil::Date, starts: civil::Time) -> Result<Timestamp, String> {
        let local = date.to_datetime(starts);
        self.zone.to_ambiguous_timestamp(local).compatible().map_err(|_| format!("{local} is out of range"))
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

/// Seconds of `+08:00`, up to 14 hours.
fn offset_s(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let two = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse::<i32>().ok())?
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Minutes after midnight of `08:00`.
pub fn time_of_day_min(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse::<u16>().ok())?
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_shows_one_hour_twice() {
        let wall = |zone: &str, at: &str| Zone::parse(zone).unwrap().wall(at.parse().unwrap());
        assert_eq!(wall("America/Chicago", "2026-11-01T06:30:00Z"), "2026-11-01T01:30:00");
        assert_eq!(wall("America/Chicago", "2026-11-01T07:30:00Z"), "2026-11-01T01:30:00");
        assert_eq!(wall("+08:00", "2026-06-01T16:00:00Z"), "2026-06-02T00:00:00");
    }
}
