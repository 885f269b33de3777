//! Which slots count: those of some days, those near something else.

use chrono::NaiveDate;

use super::labels::DayWalk;
use super::slots::{Slot, Slots};

/// Takes out the slots that begin on other insured days than these.
pub(super) fn only_on(slots: &mut Slots, dates: &[NaiveDate], days: &mut DayWalk<'_>) {
    let mut last = None;
    for place in 0..slots.values.len() {
        let date = days.date(slots.bounds.start(place));
        let counts = match last {
            Some((before, counts)) if before == date => counts,
            _ => dates.contains(&date),
        };
        last = Some((date, counts));
        if !counts {
            slots.values[place] = Slot::OUT;
        }
    }
}

/// Stretches of time, ends included, that lie in their order and apart from one another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Near(Vec<(i64, i64)>);

impl Near {
    /// From `before` seconds in front of each interval to `after` seconds behind it. An interval without length is an
    /// instant, of which the ends of the stretch are part; of any other the end is not.
    pub fn around(intervals: impl Iterator<Item = (i64, i64)>, before: i64, after: i64) -> Self {
        let stretch = |(start, end): (i64, i64)| {
            let last = if end > start { end - 1 } else { end };
            (start - before, last + after)
        };
        let mut stretches: Vec<_> = intervals.map(stretch).collect();
        stretches.sort_unstable();
        let mut apart: Vec<(i64, i64)> = Vec::with_capacity(stretches.len());
        for (from, to) in stretches {
            match apart.last_mut() {
                Some(before) if from <= before.1 => before.1 = before.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        Self(apart)
    }

    /// Whether an interval, its end not included, lies in one of them with a second at least.
    pub fn touches(&self, start: i64, end: i64) -> bool {
        let last = if end > start { end - 1 } else { end };
        let first = self.0.partition_point(|stretch| stretch.1 < start);
        self.0.get(first).is_some_and(|stretch| stretch.0 <= last)
    }
}

/// Takes out the slots that are near nothing. A slot that is near something is kept as it is; one that is not, but near
/// something of which nothing is known, is missing.
pub(super) fn only_near(slots: &mut Slots, near: &Near, unknown: &Near) {
    for place in 0..slots.values.len() {
        let (start, end) = (slots.bounds.start(place), slots.bounds.stop(place));
        let slot = &mut slots.values[place];
        if slot.is_out() || near.touches(start, end) {
            continue;
        }
        *slot = if unknown.touches(start, end) { Slot::MISSING } else { Slot::OUT };
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::calendar::DayRule;

    const DAY: i64 = 86_400;
    const HOUR: i64 = 3_600;

    #[test]
    fn only_slots_of_the_days_count() {
        let rule = DayRule::new("UTC", "00:00").expect("a rule");
        let dates: Vec<NaiveDate> = ["1970-01-03", "1970-01-01"].map(|date| date.parse().expect(date)).to_vec();
        let mut slots = days("1 2 . 4 .");
        only_on(&mut slots, &dates, &mut DayWalk::new(&rule));
        assert_eq!(slots, days("1 x . x x"), "in any order; a missing slot of another day is out too");
    }

    #[test]
    fn only_slots_near_something_count() {
        for (met, before, after, expected, why) in [
            (vec![(2 * DAY, 3 * DAY)], 0, 0, "x x 3 x x", "the same slot"),
            (vec![(2 * DAY, 3 * DAY)], 1, 0, "x 2 3 x x", "a second before"),
            (vec![(2 * DAY, 3 * DAY)], 0, 1, "x x 3 4 x", "a second behind"),
            (vec![(2 * DAY, 3 * DAY)], DAY, DAY, "x 2 3 4 x", "a whole day, and no second of the next"),
            (vec![(2 * DAY, 3 * DAY)], DAY + 1, 0, "1 2 3 x x", "a second more"),
            (vec![(2 * DAY, 2 * DAY + HOUR)], 0, 0, "x x 3 x x", "an hour inside of the day"),
            (vec![(2 * DAY, 2 * DAY)], 0, 0, "x x 3 x x", "an instant at the day's beginning"),
            (vec![(2 * DAY, 2 * DAY)], 0, DAY, "x x 3 4 x", "an instant to another, both included"),
            (vec![(4 * DAY, 5 * DAY), (0, DAY)], 0, 0, "1 x x x 5", "two, in any order"),
            (vec![(0, 4 * DAY), (DAY, 2 * DAY)], 0, 0, "1 2 3 4 x", "one inside of the other"),
            (vec![], DAY, DAY, "x x x x x", "nothing"),
        ] {
            let mut slots = days("1 2 3 4 5");
            let near = Near::around(met.into_iter(), before, after);
            only_near(&mut slots, &near, &Near::around(std::iter::empty(), 0, 0));
            assert_eq!(slots, days(expected), "{why}");
        }
    }

    #[test]
    fn near_what_is_unknown_a_slot_is_missing() {
        let near = Near::around([(0, DAY)].into_iter(), 0, 0);
        let unknown = Near::around([(0, DAY), (DAY, 2 * DAY)].into_iter(), 0, 0);
        let mut slots = days("1 2 3 .");
        only_near(&mut slots, &near, &unknown);
        assert_eq!(slots, days("1 . x x"), "what is known to be near goes before; nothing is out without missing");
        let mut slots = days("x x");
        only_near(&mut slots, &near, &unknown);
        assert_eq!(slots, days("x x"), "what is out stays out");
    }
}
