//! The insured day: which 24 hours, more or less, a date stands for.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use jiff::civil;

use super::window::Span;
use super::zone::{Zone, time_of_day_min};

/// A zone and the hour at which its insured day begins. Beijing's 20-20 day that is dated 2 June runs from
/// 1 June 20:00 to 2 June 20:00: where the day begins at noon or later, it bears the date on which it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct DayRule {
    zone: Zone,
    /// Minutes after midnight.
    starts: u16,
}

/// Why a day rule cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayRuleError {
    /// Neither an IANA zone nor a fixed offset.
    #[error("`{0}` is no time zone")]
    UnknownZone(String),
    /// Not of the form `20:00`.
    #[error("`{0}` is no time of day")]
    NotATime(String),
}

const NOON: u16 = 12 * 60;
const DAY_S: i64 = 86_400;

impl DayRule {
    /// A rule from a zone (`Asia/Shanghai`, `UTC`, `-07:00`) and a time of day (`20:00`).
    ///
    /// # Errors
    /// Says which of the two is wrong.
    pub fn new(zone: &str, starts: &str) -> Result<Self, DayRuleError> {
        let zone = Zone::parse(zone).ok_or_else(|| DayRuleError::UnknownZone(zone.to_owned()))?;
        let starts = time_of_day_min(starts).ok_or_else(|| DayRuleError::NotATime(starts.to_owned()))?;
        Ok(Self { zone, starts })
    }

    /// The zone as it was written.
    pub fn zone_name(&self) -> &str {
        self.zone.name()
    }

    /// The hour at which the day begins, `20:00`.
    pub fn starts(&self) -> String {
        format!("{:02}:{:02}", self.starts / 60, self.starts % 60)
    }

    /// Date and time on a wall in the zone.
    pub fn wall(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        self.zone.wall(instant).parse().unwrap_or_else(|_| instant.naive_utc())
    }

    /// The instant at which the insured day of this date begins. An hour that the zone skips begins later; one that
    /// it repeats, at its first turn.
    pub fn begin(&self, date: NaiveDate) -> DateTime<Utc> {
        DateTime::from_timestamp(self.begin_s(date), 0).expect("an instant inside the calendar")
    }

    /// The same in seconds since 1970.
    pub fn begin_s(&self, date: NaiveDate) -> i64 {
        let date =
            if self.starts >= NOON { date.pred_opt().expect("dates of contracts have a day before") } else { date };
        if let Some(east) = self.zone.fixed_s() {
            return i64::from(date.to_epoch_days()) * DAY_S + i64::from(self.starts) * 60 - i64::from(east);
        }
        let [month, day] =
            [date.month(), date.day()].map(|part| i8::try_from(part).expect("a month and a day are small"));
        let year = i16::try_from(date.year()).expect("years of contracts have four digits");
        let [hour, minute] =
            [self.starts / 60, self.starts % 60].map(|part| i8::try_from(part).expect("a time of day"));
        let starts = civil::time(hour, minute, 0, 0);
        let instant = self.zone.day_start(civil::date(year, month, day), starts);
        instant.expect("years of contracts lie inside the calendar").as_second()
    }

    /// The insured day of this date, the end not included.
    pub fn interval(&self, date: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.begin(date), self.begin(date.succ_opt().expect("dates of contracts have a day after")))
    }

    /// Where each day of a span begins and, at the end, where the last one ends, in seconds since 1970.
    ///
    /// The zone is asked around changes of the clocks only: between two of them every day has 24 hours.
    pub fn edges(&self, span: Span) -> Vec<i64> {
        let days = usize::try_from(span.days()).unwrap_or(0);
        let mut edges = Vec::with_capacity(days + 1);
        while edges.len() <= days {
            let passed = chrono::Days::new(u64::try_from(edges.len()).expect("a span has few days"));
            let at = self.begin_s(span.first + passed);
            let even = self.even_days(at).map_or(days, |even| usize::try_from(even).expect("not before this day"));
            let upto = even.min(days - edges.len());
            edges.extend((0..).map(|day| at + day * DAY_S).take(upto + 1));
        }
        edges
    }

    /// How many days from one on that begins at an instant, in seconds since 1970, have 24 hours; none where all have.
    pub fn even_days(&self, begins: i64) -> Option<i64> {
        // A day whose first hour is skipped begins with the change, and says nothing of where the next one begins.
        if self.zone.next_change(begins - 1) == Some(begins) {
            return Some(0);
        }
        self.zone.next_change(begins).map(|change| (change - begins - 1) / DAY_S)
    }

    /// The date of the insured day in which an instant lies.
    pub fn date_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        let mut date = instant.date_naive();
        while self.begin(date) > instant {
            date = date.pred_opt().expect("dates of contracts have a day before");
        }
        while self.interval(date).1 <= instant {
            date = date.succ_opt().expect("dates of contracts have a day after");
        }
        date
    }

    /// The instant so long behind another, both in seconds since 1970. Whole days of it are insured days, whatever the
    /// clocks do in between: a day later is as long behind the next day's beginning.
    pub fn behind(&self, at: i64, seconds: i64) -> i64 {
        let date =
            self.date_of(DateTime::from_timestamp(at, 0).expect("instants of contracts lie inside the calendar"));
        let later = date + TimeDelta::days(seconds.div_euclid(DAY_S));
        self.begin_s(later) + (at - self.begin_s(date)) + seconds.rem_euclid(DAY_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(zone: &str, starts: &str, date: &str) -> (String, i64) {
        let rule = DayRule::new(zone, starts).expect("a rule");
        let (begin, end) = rule.interval(date.parse().expect("a date"));
        (begin.format("%Y-%m-%dT%H:%MZ").to_string(), (end - begin).num_minutes())
    }

    #[test]
    fn days_begin_where_the_contract_says() {
        for (zone, starts, date, begin, minutes, why) in [
            ("UTC", "00:00", "2024-06-02", "2024-06-02T00:00Z", 1440, "a plain day"),
            (
                "Asia/Shanghai",
                "20:00",
                "2024-06-02",
                "2024-06-01T12:00Z",
                1440,
                "20-20 Beijing time bears its end's date",
            ),
            ("Asia/Shanghai", "08:00", "2024-06-02", "2024-06-02T00:00Z", 1440, "08-08 bears its beginning's date"),
            ("-07:00", "00:00", "2016-07-01", "2016-07-01T07:00Z", 1440, "a fixed offset"),
            ("Europe/Berlin", "00:00", "2026-03-29", "2026-03-28T23:00Z", 1380, "an hour is skipped"),
            ("Europe/Berlin", "00:00", "2026-10-25", "2026-10-24T22:00Z", 1500, "an hour is repeated"),
            ("America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04T03:00Z", 1380, "midnight itself is skipped"),
            ("Australia/Lord_Howe", "00:00", "2024-04-07", "2024-04-06T13:00Z", 1470, "half an hour is repeated"),
            ("Pacific/Apia", "00:00", "2011-12-30", "2011-12-30T10:00Z", 0, "a day that never was"),
            ("Asia/Shanghai", "00:00", "1986-05-04", "1986-05-03T16:00Z", 1380, "China had daylight saving"),
        ] {
            assert_eq!(day(zone, starts, date), (begin.to_owned(), minutes), "{why}");
        }
    }

    #[test]
    fn a_day_later_is_a_day_later_when_the_clocks_change() {
        for (starts, at, seconds, later, why) in [
            ("00:00", "2026-03-24T23:00:00Z", 5 * DAY_S, "2026-03-29T22:00:00Z", "five days, one of 23 hours"),
            (
                "00:00",
                "2026-03-27T11:00:00Z",
                2 * DAY_S,
                "2026-03-29T11:00:00Z",
                "twelve hours behind its day's beginning",
            ),
            ("00:00", "2026-10-24T22:00:00Z", DAY_S, "2026-10-25T23:00:00Z", "a day of 25 hours"),
            ("00:00", "2026-10-24T22:00:00Z", DAY_S - 1, "2026-10-25T21:59:59Z", "less than a day is time that passes"),
            ("00:00", "2026-06-01T22:00:00Z", 10 * DAY_S, "2026-06-11T22:00:00Z", "no change at all"),
            ("20:00", "2026-06-01T18:00:00Z", 36 * 3_600, "2026-06-03T06:00:00Z", "a day and a half"),
        ] {
            let rule = DayRule::new("Europe/Berlin", starts).expect("a rule");
            let [at, later] = [at, later].map(|text| text.parse::<DateTime<Utc>>().expect(text).timestamp());
            assert_eq!(rule.behind(at, seconds), later, "{why}");
        }
    }

    /// The quick way over a span gives what asking for every day gives.
    #[test]
    fn edges_are_the_beginnings_of_all_days() {
        for (zone, starts, first, last, why) in [
            ("UTC", "00:00", "2024-02-27", "2024-03-02", "no change at all"),
            ("-07:00", "20:00", "2016-12-30", "2017-01-03", "a fixed offset"),
            ("Europe/Berlin", "00:00", "1975-01-01", "2030-12-31", "an hour in spring and in autumn"),
            ("Europe/Berlin", "02:00", "2010-01-01", "2030-12-31", "the skipped and the repeated hour itself"),
            ("America/Sao_Paulo", "00:00", "2000-01-01", "2019-12-31", "midnight itself is skipped"),
            ("Australia/Lord_Howe", "00:00", "2000-01-01", "2025-12-31", "half an hour"),
            ("Africa/Casablanca", "00:00", "2010-01-01", "2030-12-31", "four changes a year"),
            ("Pacific/Apia", "00:00", "2011-12-01", "2012-01-31", "a day that never was"),
            ("Asia/Shanghai", "20:00", "1985-01-01", "1992-12-31", "China had daylight saving"),
            ("America/New_York", "23:30", "2023-01-01", "2026-12-31", "a day that begins in the evening"),
            ("Asia/Tehran", "00:00", "2015-01-01", "2023-12-31", "midnight of a changing date is skipped"),
        ] {
            let rule = DayRule::new(zone, starts).expect("a rule");
            let date = |text: &str| text.parse().expect(text);
            let span = Span { first: date(first), last: date(last) };
            let mut expected: Vec<i64> = span.dates().map(|date| rule.begin(date).timestamp()).collect();
            expected.push(rule.interval(span.last).1.timestamp());
            assert!(rule.edges(span) == expected, "{zone} {starts}: {why}");
            // A span may begin on any day, also on one of a change.
            for (place, date) in span.dates().enumerate().take(800) {
                let two = Span { first: date, last: (date + chrono::Days::new(1)).min(span.last) };
                assert_eq!(rule.edges(two)[..], expected[place..(place + 3).min(expected.len())], "{zone} {date}");
            }
        }
    }

    #[test]
    fn an_instant_belongs_to_one_day() {
        let rule = DayRule::new("Asia/Shanghai", "20:00").expect("a rule");
        for (instant, date) in [
            ("2024-06-01T11:59:59Z", "2024-06-01"),
            ("2024-06-01T12:00:00Z", "2024-06-02"),
            ("2024-06-02T11:59:59Z", "2024-06-02"),
        ] {
            let instant: DateTime<Utc> = instant.parse().expect("an instant");
            assert_eq!(rule.date_of(instant).to_string(), date);
        }
    }

    #[test]
    fn refuses_zones_and_hours_that_do_not_exist() {
        for zone in ["Asia/Shangai", "", "+8", "+08:60", "CST"] {
            assert!(matches!(DayRule::new(zone, "00:00"), Err(DayRuleError::UnknownZone(_))), "{zone}");
        }
        for starts in ["24:00", "8:00", "20", "20:60", "20-20"] {
            assert!(matches!(DayRule::new("UTC", starts), Err(DayRuleError::NotATime(_))), "{starts}");
        }
    }
}
