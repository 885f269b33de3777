//! Long stretches of days, cut where a provider wants them cut.

use chrono::{Datelike, NaiveDate};

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

#[cfg(test)]
mod tests {
    use super::*;

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
