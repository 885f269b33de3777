//! Stamps of feeds: from a text in a provider's form to an interval in UTC.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jiff::civil;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::Zone;

/// How long a stamp of a feed speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interval {
    /// So many seconds.
    Fixed(i64),
    /// From a time of day to the same time on the next day; 23 or 25 hours where the clocks change.
    Day {
        /// The zone as the settings write it: `Asia/Shanghai`, `UTC`, `+08:00`.
        zone: Arc<str>,
        /// When the day begins, minutes after midnight.
        starts_min: u16,
    },
    /// No time at all: begin and end are the same.
    Instant,
}

/// Which end of its interval a stamp names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its beginning.
    Begin,
    /// Its end.
    End,
}

/// What a `strftime` form carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carries {
    /// An offset from UTC, or seconds since 1970.
    pub offset: bool,
    /// The hour.
    pub hour: bool,
    /// The minute.
    pub minute: bool,
}

/// Tries a form on a sample: says what it carries.
///
/// # Errors
/// Says what is wrong with it.
pub fn carries(format: &str) -> Result<Carries, String> {
    let sample = civil::date(2001, 11, 22).at(13, 14, 15, 0);
    let zoned = TimeZone::UTC.to_zoned_datetime(sample).map_err(|error| error.to_string())?;
    let text = strtime::format(format, &zoned).map_err(|error| error.to_string())?;
    let parts = strtime::parse(format, &text).map_err(|error| error.to_string())?;
    let offset = parts.offset().is_some() || parts.timestamp().is_some();
    let read = match parts.timestamp() {
        Some(at) => TimeZone::UTC.to_datetime(at),
        None => parts.to_datetime().map_err(|error| error.to_string())?,
    };
    if read.date() != sample.date() {
        return Err("it does not carry the date".to_owned());
    }
    Ok(Carries { offset, hour: read.hour() == 13, minute: read.minute() == 14 })
}

/// How a feed's stamps are to be read. Built from settings that were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeRule {
    /// The `strftime` form.
    pub format: String,
    /// What the form carries.
    pub carries: Carries,
    /// The zone of local stamps; UTC where the form carries the offset.
    pub zone: Zone,
    /// Which end a stamp names.
    pub stamp: Edge,
    /// How long it speaks for.
    pub every: Interval,
}

impl TimeRule {
    /// How long a stamp speaks for.
    pub fn every(&self) -> &Interval {
        &self.every
    }

    /// The zone in which the provider counts its days.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Begin and end of what a stamp speaks about.
    ///
    /// # Errors
    /// Says why the stamp names no interval.
    ///
    /// A leap second, `23:59:60`, is the second behind it.
    pub fn interval(&self, text: &str) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
        let Some(at) = leap_second(text) else { return self.interval_of(text) };
        let before = format!("{}59{}", &text[..at], &text[at + 2..]);
        let (start, end) = self.interval_of(&before)?;
        let second = TimeDelta::seconds(1);
        Ok((start + second, end + second))
    }

    fn interval_of(&self, text: &str) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
        let parts = strtime::parse(&self.format, text)
            .map_err(|_| format!("`{text}` is not a time of the form {}", self.format))?;
        let (start, end) = match self.every {
            Interval::Day { starts_min, .. } => self.day(&parts, text, starts_min)?,
            Interval::Instant => {
                let at = self.instant(&parts, text)?;
                (at, at)
            }
            Interval::Fixed(seconds) => {
                let at = self.instant(&parts, text)?;
                let other = |seconds| at.checked_add(Span::new().seconds(seconds)).map_err(|error| error.to_string());
                match self.stamp {
                    Edge::Begin => (at, other(seconds)?),
                    Edge::End => (other(-seconds)?, at),
                }
            }
        };
        Ok((utc(start)?, utc(end)?))
    }

    fn instant(&self, parts: &BrokenDownTime, text: &str) -> Result<Timestamp, String> {
        let at = if self.carries.offset {
            parts.to_timestamp().map_err(|_| format!("`{text}` is not a time"))?
        } else {
            self.zone.instant(parts.to_datetime().map_err(|_| format!("`{text}` is not a time"))?)?
        };
        if at.subsec_nanosecond() != 0 {
            return Err(format!("`{text}` has a fraction of a second"));
        }
        Ok(at)
    }

    fn day(&self, parts: &BrokenDownTime, text: &str, starts_min: u16) -> Result<(Timestamp, Timestamp), String> {
        let local = parts.to_datetime().map_err(|_| format!("`{text}` is not a date"))?;
        let [hour, minute] = [starts_min / 60, starts_min % 60].map(|part| i8::try_from(part).expect("below 60"));
        let starts = civil::time(hour, minute, 0, 0);
        if self.carries.hour && local.time() != starts {
            return Err(format!("`{text}` is not at {starts}, when the day begins"));
        }
        let first = match self.stamp {
            Edge::Begin => Ok(local.date()),
            Edge::End => local.date().yesterday(),
        };
        let next = first.as_ref().ok().and_then(|date| date.tomorrow().ok());
        let (Ok(first), Some(next)) = (first, next) else { return Err(format!("`{text}` is out of range")) };
        Ok((self.zone.day_start(first, starts)?, self.zone.day_start(next, starts)?))
    }
}

/// Where in a text the 60 of `:59:60` stands; of a zone with half an hour that of `:29:60`.
fn leap_second(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let at = bytes.windows(6).position(|part| {
        part[0] == b':' && part[1].is_ascii_digit() && part[2] == b'9' && &part[3..] == b":60"
            || part[0] == b':' && &part[1..] == b"44:60"
    })?;
    Some(at + 4)
}

fn utc(at: Timestamp) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp(at.as_second(), 0).ok_or_else(|| format!("{at} is out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(format: &str, zone: &str, stamp: Edge, every: Interval) -> TimeRule {
        let carries = carries(format).unwrap();
        TimeRule { format: format.to_owned(), carries, zone: Zone::parse(zone).unwrap(), stamp, every }
    }

    fn day(zone: &str, starts_min: u16) -> Interval {
        Interval::Day { zone: zone.into(), starts_min }
    }

    /// The leap second behind 2016 is the first second of 2017, which is there once.
    #[test]
    fn c04_a_leap_second_is_the_second_behind_it() {
        for (zone, text, wanted) in [
            ("UTC", "2016-12-31 23:59:60", "2017-01-01 00:00:00 UTC"),
            ("UTC", "2016-12-31 23:59:59", "2016-12-31 23:59:59 UTC"),
            ("UTC", "2017-01-01 00:00:00", "2017-01-01 00:00:00 UTC"),
            ("Asia/Shanghai", "2017-01-01 07:59:60", "2017-01-01 00:00:00 UTC"),
            ("Asia/Kolkata", "2017-01-01 05:29:60", "2017-01-01 00:00:00 UTC"),
        ] {
            let rule = rule("%Y-%m-%d %H:%M:%S", zone, Edge::Begin, Interval::Fixed(3_600));
            assert_eq!(rule.interval(text).map(|(start, _)| start.to_string()), Ok(wanted.to_owned()), "{zone} {text}");
        }
    }

    #[test]
    fn c04_an_hour_that_ends_with_a_leap_second_is_the_hour_before_and_no_second_one() {
        let rule = rule("%Y-%m-%d %H:%M:%S", "UTC", Edge::End, Interval::Fixed(3_600));
        let hours = ["2016-12-31 23:00:00", "2016-12-31 23:59:60", "2017-01-01 01:00:00"]
            .map(|text| rule.interval(text).unwrap());
        assert!(hours.windows(2).all(|pair| pair[0].1 == pair[1].0), "one behind the other: {hours:?}");
    }

    #[test]
    fn c04_what_is_no_leap_second_stays_no_time() {
        let rule = rule("%Y-%m-%d %H:%M:%S", "UTC", Edge::Begin, Interval::Fixed(3_600));
        for text in ["2016-12-31 23:58:61", "2016-12-31 23:60:00", "2016-12-31 24:59:60", "2016-12-31 23:59:61"] {
            assert!(rule.interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn stamps_become_intervals() {
        let local = "%Y-%m-%d %H:%M:%S";
        for (format, zone, stamp, every, text, interval) in [
            (
                "%Y-%m-%dT%H:%M:%SZ",
                "UTC",
                Edge::Begin,
                Interval::Fixed(3_600),
                "2013-01-01T06:00:00Z",
                "2013-01-01 06:00, 2013-01-01 07:00",
            ),
            (
                local,
                "UTC",
                Edge::End,
                Interval::Fixed(600),
                "2016-06-06 18:20:00",
                "2016-06-06 18:10, 2016-06-06 18:20",
            ),
            (
                local,
                "+08:00",
                Edge::Begin,
                Interval::Fixed(3_600),
                "2016-06-06 00:00:00",
                "2016-06-05 16:00, 2016-06-05 17:00",
            ),
            (
                local,
                "Asia/Shanghai",
                Edge::Begin,
                Interval::Instant,
                "1988-07-01 00:00:00",
                "1988-06-30 15:00, 1988-06-30 15:00",
            ),
            (
                "%Y-%m-%d %H:%M:%S%:z",
                "UTC",
                Edge::Begin,
                Interval::Fixed(900),
                "2016-07-01 00:00:00-07:00",
                "2016-07-01 07:00, 2016-07-01 07:15",
            ),
            ("%s", "UTC", Edge::Begin, Interval::Fixed(300), "1700000000", "2023-11-14 22:13, 2023-11-14 22:18"),
            (
                "%Y-%m-%d",
                "Asia/Shanghai",
                Edge::Begin,
                day("Asia/Shanghai", 1_200),
                "2026-06-01",
                "2026-06-01 12:00, 2026-06-02 12:00",
            ),
            (
                "%Y-%m-%d",
                "Asia/Shanghai",
                Edge::End,
                day("Asia/Shanghai", 1_200),
                "2026-06-01",
                "2026-05-31 12:00, 2026-06-01 12:00",
            ),
            (
                "%Y-%m-%d",
                "Europe/Berlin",
                Edge::Begin,
                day("Europe/Berlin", 0),
                "2026-03-29",
                "2026-03-28 23:00, 2026-03-29 22:00",
            ),
            (
                "%Y-%m-%d",
                "Europe/Berlin",
                Edge::Begin,
                day("Europe/Berlin", 0),
                "2026-10-25",
                "2026-10-24 22:00, 2026-10-25 23:00",
            ),
            ("%Y %m %d %H", "UTC", Edge::Begin, Interval::Instant, "2017 8 20 6", "2017-08-20 06:00, 2017-08-20 06:00"),
        ] {
            let (start, end) = rule(format, zone, stamp, every).interval(text).expect(text);
            assert_eq!(format!("{}, {}", start.format("%F %R"), end.format("%F %R")), interval, "{text}");
        }
    }

    #[test]
    fn stamps_that_name_no_interval_are_refused() {
        let local = "%Y-%m-%d %H:%M:%S";
        for (format, zone, every, text, reason) in [
            (local, "Europe/Berlin", Interval::Fixed(3_600), "2026-03-29 02:30:00", "does not exist"),
            (local, "Europe/Berlin", Interval::Fixed(3_600), "2026-10-25 02:00:00", "occurs twice"),
            (local, "UTC", Interval::Fixed(3_600), "2026-02-29 00:00:00", "not a time"),
            (local, "UTC", Interval::Fixed(3_600), "2026-02-28 00:00:00Z", "not a time of the form"),
            (local, "UTC", Interval::Fixed(3_600), "", "not a time of the form"),
            ("%Y-%m-%d %H:%M:%S%.f", "UTC", Interval::Instant, "2026-02-28 00:00:00.5", "fraction"),
            ("%Y-%m-%d %H:%M", "UTC", day("UTC", 0), "2026-02-28 01:00", "not at 00:00:00"),
        ] {
            let refused = rule(format, zone, Edge::Begin, every).interval(text).expect_err(text);
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }

    #[test]
    fn forms_say_what_they_carry() {
        assert_eq!(carries("%Y-%m-%d"), Ok(Carries { offset: false, hour: false, minute: false }));
        assert_eq!(carries("%Y-%m-%d %H"), Ok(Carries { offset: false, hour: true, minute: false }));
        assert_eq!(carries("%Y-%m-%dT%H:%M%:z"), Ok(Carries { offset: true, hour: true, minute: true }));
        assert!(carries("%s").is_ok_and(|carries| carries.offset));
        for format in ["%H:%M", "%m-%d %H:%M", "%Q!", "%"] {
            assert!(carries(format).is_err(), "{format}");
        }
    }

    #[test]
    fn zones_are_names_or_offsets() {
        for (name, seconds) in [("UTC", Some(0)), ("+08:00", Some(28_800)), ("-03:30", Some(-12_600))] {
            assert_eq!(Zone::parse(name).unwrap().fixed_s(), seconds, "{name}");
        }
        assert_eq!(Zone::parse("Europe/Berlin").unwrap().fixed_s(), None);
        for name in ["Mars/Olympus", "", "+8", "+08:60", "+15:00", "+-8:00"] {
            assert_eq!(Zone::parse(name), None, "{name}");
        }
    }
}
