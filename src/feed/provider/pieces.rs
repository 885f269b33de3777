//! Long stretches of time, cut where a provider wants them cut.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// First and last day of the pieces, each in one month, of a stretch of days.
pub(super) fn by_month(from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    pieces(from, to, |day| day.with_day(1)?.checked_add_months(chrono::Months::new(1)))
}

/// First and last day of the pieces, each in one year, of a stretch of days.
pub(super) fn by_year(from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    pieces(from, to, |day| NaiveDate::from_ymd_opt(day.year() + 1, 1, 1))
}

fn pieces(from: NaiveDate, to: NaiveDate, next: fn(NaiveDate) -> Option<NaiveDate>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut pieces = Vec::new();
    let mut first = from;
    while first <= to {
        let after = next(first).filter(|after| *after <= to);
        pieces.push((first, after.and_then(|after| after.pred_opt()).unwrap_or(to)));
        match after {
            Some(after) => first = after,
            None => break,
        }
    }
    pieces
}

/// Cuts a stretch into as few as possible, none longer than `most`; of nothing there is none.
pub(super) fn by_length(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    most: TimeDelta,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut pieces = Vec::new();
    let mut start = from;
    while start < to {
        let end = start.checked_add_signed(most).map_or(to, |end| end.min(to));
        pieces.push((start, end));
        start = end;
    }
    pieces
}

/// The last instant at or before one that is a whole number of steps after 1970.
pub(super) fn floor(at: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    let over = at.timestamp().rem_euclid(step.num_seconds());
    DateTime::from_timestamp(at.timestamp() - over, 0).unwrap_or(at)
}

/// The first at or after one.
pub(super) fn ceiling(at: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    let floor = floor(at, step);
    if floor == at { at } else { floor + step }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_stretch_is_cut_no_more_than_needed() {
        let cut = |from, to| by_length(at(from), at(to), TimeDelta::seconds(10));
        assert_eq!(cut(0, 10), [(at(0), at(10))]);
        assert_eq!(cut(0, 11), [(at(0), at(10)), (at(10), at(11))]);
        assert_eq!(cut(5, 5), []);
        assert_eq!(cut(5, 4), []);
    }

    #[test]
    fn instants_are_rounded_to_steps() {
        let hour = TimeDelta::hours(1);
        for (given, below, above) in [(7_200, 7_200, 7_200), (7_201, 7_200, 10_800), (-1, -3_600, 0)] {
            assert_eq!((floor(at(given), hour), ceiling(at(given), hour)), (at(below), at(above)), "{given}");
        }
    }

    #[test]
    fn stretches_are_cut_at_months_and_years_and_nowhere_else() {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%F").unwrap();
        let shown = |pieces: Vec<(NaiveDate, NaiveDate)>| {
            pieces.iter().map(|(from, to)| format!("{from}..{to}")).collect::<Vec<_>>().join(" ")
        };
        for (from, to, months, years) in [
            ("2026-06-05", "2026-06-05", "2026-06-05..2026-06-05", "2026-06-05..2026-06-05"),
            ("2026-06-30", "2026-07-01", "2026-06-30..2026-06-30 2026-07-01..2026-07-01", "2026-06-30..2026-07-01"),
            (
                "2025-12-31",
                "2026-01-31",
                "2025-12-31..2025-12-31 2026-01-01..2026-01-31",
                "2025-12-31..2025-12-31 2026-01-01..2026-01-31",
            ),
            ("2026-06-06", "2026-06-05", "", ""),
        ] {
            assert_eq!(shown(by_month(day(from), day(to))), months);
            assert_eq!(shown(by_year(day(from), day(to))), years);
        }
    }
}
