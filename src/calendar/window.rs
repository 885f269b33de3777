//! Windows of a cover, and the periods that they cut out of a policy's cover period.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::DayRule;

/// A day of any year, `06-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// Reads `06-20`; `02-29` is one, `02-30` is not.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        if month.len() != 2 || day.len() != 2 {
            return None;
        }
        let [month, day] = [month, day].map(|part| part.parse::<u32>().ok());
        let (month, day) = (month?, day?);
        NaiveDate::from_ymd_opt(2024, month, day).map(|_| Self { month, day })
    }

    /// The day of the year on which a date lies.
    pub fn of(date: NaiveDate) -> Self {
        Self { month: date.month(), day: date.day() }
    }

    /// That day of a year; none for 29 February of most.
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
    }
}

impl std::fmt::Display for MonthDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

/// First and last insured day, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl Span {
    /// Every date, in order.
    pub fn dates(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |date| *date <= self.last)
    }

    /// How many days; none or fewer where the last one lies before the first.
    pub fn days(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// Whether the other lies inside.
    pub fn holds(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// The days that both have; none where they have none in common.
    pub fn common(self, other: Self) -> Option<Self> {
        let both = Self { first: self.first.max(other.first), last: self.last.min(other.last) };
        (both.first <= both.last).then_some(both)
    }
}

/// A span of insured days as instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The days.
    pub span: Span,
    /// Where the first begins.
    pub begins: DateTime<Utc>,
    /// Where the last ends, not included.
    pub ends: DateTime<Utc>,
}

impl Period {
    /// The span under a day rule.
    pub fn new(span: Span, day: &DayRule) -> Self {
        Self { span, begins: day.begin(span.first), ends: day.interval(span.last).1 }
    }
}

/// When a cover looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The whole cover period.
    Cover,
    /// From one day of the year to another, both included; over the year's end where the second is the earlier.
    Dates(MonthDay, MonthDay),
    /// Each calendar month of the cover period, by itself.
    EachMonth,
    /// Each third of a calendar month, by itself: 1-10, 11-20, 21 to the end.
    EachDekad,
    /// Each calendar year of the cover period, by itself.
    EachYear,
}

/// Why a window has no period in a policy's cover period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The days do not lie inside the cover period.
    #[error("the window {from} to {to} does not lie inside the cover period {} to {}", cover.first, cover.last)]
    Outside {
        /// The window's first day.
        from: MonthDay,
        /// The window's last day.
        to: MonthDay,
        /// The policy's cover period.
        cover: Span,
    },
    /// A turn of the window lies inside the cover period in part.
    #[error(
        "the window from {} to {} lies only in part inside the cover period {} to {}",
        window.first, window.last, cover.first, cover.last
    )]
    Cut {
        /// The turn.
        window: Span,
        /// The policy's cover period.
        cover: Span,
    },
    /// 29 February of a year that has none.
    #[error("the window {from} to {to} begins or ends on a day that {year} does not have")]
    NoSuchDay {
        /// The window's first day.
        from: MonthDay,
        /// The window's last day.
        to: MonthDay,
        /// The year.
        year: i32,
    },
    /// The cover period cuts a month, a dekad, a year.
    #[error("the cover period {} to {} does not begin and end with a {part}", cover.first, cover.last)]
    CutPart {
        /// Which of them.
        part: &'static str,
        /// The policy's cover period.
        cover: Span,
    },
}

impl Window {
    /// The periods inside a policy's cover period, in order.
    ///
    /// # Errors
    /// Where the window does not lie inside it.
    pub fn periods(self, cover: Span) -> Result<Vec<Span>, WindowError> {
        match self {
            Self::Cover => Ok(vec![cover]),
            Self::Dates(from, to) => {
                let (mut inside, mut cut) = (Vec::new(), None);
                for year in cover.first.year() - 1..=cover.last.year() {
                    let ends = if to < from { year + 1 } else { year };
                    let window = match (from.in_year(year), to.in_year(ends)) {
                        (Some(first), Some(last)) => Span { first, last },
                        (Some(day), None) if cover.holds(Span { first: day, last: day }) => {
                            return Err(WindowError::NoSuchDay { from, to, year: ends });
                        }
                        (None, Some(day)) if cover.holds(Span { first: day, last: day }) => {
                            return Err(WindowError::NoSuchDay { from, to, year });
                        }
                        _ => continue,
                    };
                    if cover.holds(window) {
                        inside.push(window);
                    } else if window.first <= cover.last && cover.first <= window.last {
                        // Such a policy would be covered for less than its product says.
                        cut.get_or_insert(window);
                    }
                }
                match cut {
                    _ if inside.is_empty() => Err(WindowError::Outside { from, to, cover }),
                    Some(window) => Err(WindowError::Cut { window, cover }),
                    None => Ok(inside),
                }
            }
            Self::EachMonth => parts(cover, "month", |date| date.day() == 1),
            Self::EachDekad => parts(cover, "dekad", |date| matches!(date.day(), 1 | 11 | 21)),
            Self::EachYear => parts(cover, "year", |date| date.ordinal() == 1),
        }
    }
}

/// The cover period cut before each day that begins a part.
fn parts(cover: Span, part: &'static str, begins: impl Fn(NaiveDate) -> bool) -> Result<Vec<Span>, WindowError> {
    let behind = cover.last.succ_opt().filter(|next| begins(*next));
    let Some(behind) = behind.filter(|_| begins(cover.first)) else {
        return Err(WindowError::CutPart { part, cover });
    };
    let edges: Vec<_> = cover.dates().filter(|date| begins(*date)).chain([behind]).collect();
    let last = |next: NaiveDate| next.pred_opt().expect("a part has a day");
    Ok(edges.windows(2).map(|pair| Span { first: pair[0], last: last(pair[1]) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: &str, last: &str) -> Span {
        Span { first: first.parse().expect(first), last: last.parse().expect(last) }
    }

    fn dates(from: &str, to: &str) -> Window {
        Window::Dates(MonthDay::parse(from).expect(from), MonthDay::parse(to).expect(to))
    }

    #[test]
    fn windows_cut_periods() {
        let year = span("2024-01-01", "2024-12-31");
        for (window, cover, periods, why) in [
            (Window::Cover, year, Ok(vec![year]), "the whole"),
            (dates("06-20", "07-31"), year, Ok(vec![span("2024-06-20", "2024-07-31")]), "days of the year"),
            (
                dates("12-01", "02-29"),
                span("2023-06-01", "2024-05-31"),
                Ok(vec![span("2023-12-01", "2024-02-29")]),
                "over the year's end",
            ),
            (
                dates("06-20", "07-31"),
                span("2023-01-01", "2024-12-31"),
                Ok(vec![span("2023-06-20", "2023-07-31"), span("2024-06-20", "2024-07-31")]),
                "once in each year",
            ),
            (
                dates("06-20", "06-20"),
                span("2024-06-20", "2024-06-20"),
                Ok(vec![span("2024-06-20", "2024-06-20")]),
                "one day",
            ),
            (
                dates("06-20", "07-31"),
                span("2024-06-21", "2024-12-31"),
                Err(WindowError::Outside {
                    from: MonthDay::parse("06-20").expect("a day"),
                    to: MonthDay::parse("07-31").expect("a day"),
                    cover: span("2024-06-21", "2024-12-31"),
                }),
                "a day too early",
            ),
            (
                dates("06-20", "07-31"),
                span("2023-01-01", "2024-07-30"),
                Err(WindowError::Cut {
                    window: span("2024-06-20", "2024-07-31"),
                    cover: span("2023-01-01", "2024-07-30"),
                }),
                "the second year lacks a day",
            ),
            (
                dates("12-01", "02-28"),
                span("2023-02-28", "2024-05-31"),
                Err(WindowError::Cut {
                    window: span("2022-12-01", "2023-02-28"),
                    cover: span("2023-02-28", "2024-05-31"),
                }),
                "one day of the winter before",
            ),
            (
                dates("12-01", "02-28"),
                span("2023-03-01", "2024-05-31"),
                Ok(vec![span("2023-12-01", "2024-02-28")]),
                "beside it",
            ),
            (
                dates("12-01", "02-29"),
                span("2022-06-01", "2023-05-31"),
                Err(WindowError::NoSuchDay {
                    from: MonthDay::parse("12-01").expect("a day"),
                    to: MonthDay::parse("02-29").expect("a day"),
                    year: 2023,
                }),
                "29 February in a year without",
            ),
            (
                Window::EachMonth,
                span("2024-01-01", "2024-03-31"),
                Ok(vec![
                    span("2024-01-01", "2024-01-31"),
                    span("2024-02-01", "2024-02-29"),
                    span("2024-03-01", "2024-03-31"),
                ]),
                "months",
            ),
            (
                Window::EachMonth,
                span("2024-01-01", "2024-03-30"),
                Err(WindowError::CutPart { part: "month", cover: span("2024-01-01", "2024-03-30") }),
                "a cut month",
            ),
            (
                Window::EachDekad,
                span("2024-02-11", "2024-03-10"),
                Ok(vec![
                    span("2024-02-11", "2024-02-20"),
                    span("2024-02-21", "2024-02-29"),
                    span("2024-03-01", "2024-03-10"),
                ]),
                "dekads; the third ends with the month",
            ),
            (
                Window::EachDekad,
                span("2023-02-21", "2023-02-28"),
                Ok(vec![span("2023-02-21", "2023-02-28")]),
                "one dekad of eight days",
            ),
            (
                Window::EachDekad,
                span("2024-02-11", "2024-02-28"),
                Err(WindowError::CutPart { part: "dekad", cover: span("2024-02-11", "2024-02-28") }),
                "29 February is left out",
            ),
            (
                Window::EachDekad,
                span("2024-02-10", "2024-02-29"),
                Err(WindowError::CutPart { part: "dekad", cover: span("2024-02-10", "2024-02-29") }),
                "it begins a day before a dekad",
            ),
            (
                Window::EachYear,
                span("2023-01-01", "2024-12-31"),
                Ok(vec![span("2023-01-01", "2023-12-31"), span("2024-01-01", "2024-12-31")]),
                "calendar years",
            ),
            (
                Window::EachYear,
                span("2023-07-01", "2024-06-30"),
                Err(WindowError::CutPart { part: "year", cover: span("2023-07-01", "2024-06-30") }),
                "twelve months are no calendar year",
            ),
        ] {
            assert_eq!(window.periods(cover), periods, "{why}");
        }
    }

    #[test]
    fn spans_have_days_in_common_or_none() {
        let june = span("2024-06-01", "2024-06-30");
        for (other, common, why) in [
            (span("2024-05-20", "2024-06-01"), Some(span("2024-06-01", "2024-06-01")), "the first day"),
            (span("2024-05-20", "2024-05-31"), None, "beside it"),
            (span("2024-06-30", "2024-07-31"), Some(span("2024-06-30", "2024-06-30")), "the last day"),
            (span("2024-06-10", "2024-06-12"), Some(span("2024-06-10", "2024-06-12")), "inside"),
        ] {
            assert_eq!(june.common(other), common, "{why}");
        }
    }

    #[test]
    fn days_that_do_not_exist_are_none() {
        for text in ["02-30", "13-01", "6-20", "06-31", "0620", "00-10"] {
            assert_eq!(MonthDay::parse(text), None, "{text}");
        }
    }
}
