//! The time of a reading as somebody writes it down, and the interval that it stands for.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use crate::calendar::{DayRule, Span};
use crate::contract::Grain;

/// A date is an insured day, an instant begins a step; or both ends are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// An insured day.
    Date(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Insured days, both included.
    Days(Span),
    /// From an instant to another, which is not included.
    Between(DateTime<Utc>, DateTime<Utc>),
}

/// Why a time is none of the steps in which a product reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// What is wrong.
    pub message: &'static str,
    /// How it is mended.
    pub hint: &'static str,
}

const INSTANTS: &str = "write instants, 2024-06-01T00:00:00Z";

impl Time {
    /// A date or an RFC 3339 instant, of the years that the book knows too.
    pub fn read(text: &str) -> Option<Self> {
        let years = 1900..2200;
        if text.len() == 10 {
            return text.parse().ok().filter(|date: &NaiveDate| years.contains(&date.year())).map(Self::Date);
        }
        let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        let whole = instant.timestamp_subsec_nanos() == 0;
        (whole && years.contains(&instant.year())).then_some(Self::Instant(instant))
    }

    /// The instant at which it is over: of a date the end of the insured day.
    pub fn over(self, day: &DayRule) -> DateTime<Utc> {
        match self {
            Self::Date(date) => day.interval(date).1,
            Self::Days(span) => day.interval(span.last).1,
            Self::Instant(at) | Self::Between(_, at) => at,
        }
    }

    /// The insured days that it touches.
    pub(crate) fn days(self, day: &DayRule) -> Span {
        match self {
            Self::Date(date) => Span { first: date, last: date },
            Self::Days(span) => span,
            Self::Instant(at) => Span { first: day.date_of(at), last: day.date_of(at) },
            Self::Between(from, to) => {
                Span { first: day.date_of(from), last: day.date_of((to - TimeDelta::seconds(1)).max(from)) }
            }
        }
    }

    /// Begin and end of what a reading of this time speaks for, in the steps in which a product reads it. Without a
    /// grain it is a fix of a storm, an instant; a report stands for what is written.
    ///
    /// # Errors
    /// [`Misfit`] where it is none of those steps.
    pub(crate) fn interval(
        self,
        grain: Option<Grain>,
        day: &DayRule,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), Misfit> {
        let misfit = |message, hint| Err(Misfit { message, hint });
        match (self, grain) {
            (Self::Instant(at), None) => Ok((at, at)),
            (_, None) => misfit("storms are read from fixes at instants, and this is a date", INSTANTS),
            (Self::Instant(at), Some(Grain::Step(seconds))) => Ok((at, at + TimeDelta::seconds(seconds))),
            (Self::Between(from, to), Some(Grain::Step(seconds))) if to - from == TimeDelta::seconds(seconds) => {
                Ok((from, to))
            }
            (Self::Between(..), Some(Grain::Step(_))) => {
                misfit("this is longer or shorter than the steps that the product reads", "write the end of the step")
            }
            (_, Some(Grain::Step(_))) => misfit("the product reads steps of a day, and this is a date", INSTANTS),
            (_, Some(Grain::Day)) => {
                let date = self.days(day).first;
                let (from, to) = day.interval(date);
                let is_it = match self {
                    Self::Date(_) => true,
                    Self::Instant(at) => at == from,
                    Self::Days(span) => span.last == date,
                    Self::Between(begins, ends) => (begins, ends) == (from, to),
                };
                if is_it {
                    return Ok((from, to));
                }
                misfit("the product reads insured days, and no insured day begins at this instant", "write dates")
            }
            (Self::Instant(at), Some(_)) => Ok((at, at)),
            (Self::Between(from, to), Some(_)) => Ok((from, to)),
            (_, Some(_)) => {
                let span = self.days(day);
                Ok((day.begin(span.first), day.interval(span.last).1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time::read(text).expect(text)
    }

    #[test]
    fn dates_and_instants_are_told_apart() {
        for (text, read) in [
            ("2024-06-01", true),
            ("2024-06-31", false),
            ("2024-6-1", false),
            ("2024-06-01T20:00:00+08:00", true),
            ("2024-06-01T20:00:00", false),
            ("2024-06-01T20:00:00.5Z", false),
            ("1899-12-31", false),
            ("2200-01-01", false),
            ("2199-12-31", true),
            ("", false),
        ] {
            assert_eq!(Time::read(text).is_some(), read, "{text}");
        }
    }

    /// Insured days from 20:00 in Shanghai: that of 2 June begins on 1 June at 12:00 UTC.
    #[test]
    fn a_time_stands_for_the_step_that_is_read() {
        let day = DayRule::new("Asia/Shanghai", "20:00").expect("a rule");
        let span = |first: &str, last: &str| {
            Time::Days(Span { first: first.parse().expect(first), last: last.parse().expect(last) })
        };
        let between = |from: &str, to: &str| Time::Between(time(from).over(&day), time(to).over(&day));
        let hour = Some(Grain::Step(3_600));
        for (time, grain, interval, why) in [
            (time("2024-06-02"), Some(Grain::Day), Some("01 12:00 02 12:00"), "a date is the insured day"),
            (time("2024-06-01T12:00:00Z"), Some(Grain::Day), Some("01 12:00 02 12:00"), "so is where it begins"),
            (time("2024-06-01T12:00:01Z"), Some(Grain::Day), None, "a second later none begins"),
            (span("2024-06-02", "2024-06-02"), Some(Grain::Day), Some("01 12:00 02 12:00"), "one day"),
            (span("2024-06-02", "2024-06-03"), Some(Grain::Day), None, "two days are no day"),
            (
                between("2024-06-01T12:00:00Z", "2024-06-02T12:00:00Z"),
                Some(Grain::Day),
                Some("01 12:00 02 12:00"),
                "both ends of the insured day",
            ),
            (between("2024-06-01T12:00:00Z", "2024-06-02T11:00:00Z"), Some(Grain::Day), None, "an hour too short"),
            (time("2024-06-02"), hour, None, "a date is no hour"),
            (time("2024-06-02T00:30:00Z"), hour, Some("02 00:30 02 01:30"), "an hour from the instant"),
            (
                between("2024-06-02T00:00:00Z", "2024-06-02T01:00:00Z"),
                hour,
                Some("02 00:00 02 01:00"),
                "an hour with both ends",
            ),
            (between("2024-06-02T00:00:00Z", "2024-06-02T00:59:59Z"), hour, None, "a second too short"),
            (time("2024-06-02T00:30:00Z"), None, Some("02 00:30 02 00:30"), "a fix"),
            (time("2024-06-02"), None, None, "a date is no fix"),
            (time("2024-06-02"), Some(Grain::Report), Some("01 12:00 02 12:00"), "a report of a day"),
            (time("2024-06-02T00:30:00Z"), Some(Grain::Report), Some("02 00:30 02 00:30"), "a report of an instant"),
            (span("2024-06-02", "2024-06-04"), Some(Grain::Report), Some("01 12:00 04 12:00"), "of three days"),
        ] {
            let got = time.interval(grain, &day).ok();
            let got = got.map(|(start, end)| format!("{} {}", start.format("%d %R"), end.format("%d %R")));
            assert_eq!(got.as_deref(), interval, "{why}");
        }
    }
}
