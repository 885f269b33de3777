//! How servers are asked: what the settings must say for it, and how a long stretch of time is cut.

use chrono::{DateTime, TimeDelta, Utc};

/// Cuts a stretch into as few as possible, none longer than `most`; of nothing there is none.
pub(super) fn pieces(from: DateTime<Utc>, to: DateTime<Utc>, most: TimeDelta) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
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
        let cut = |from, to| pieces(at(from), at(to), TimeDelta::seconds(10));
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
}
