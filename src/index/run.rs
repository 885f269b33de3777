//! Runs: slots on end that meet a comparison. A missing slot ends a run.

use std::ops::Range;

use crate::contract::Comparison;
use crate::quantity::Fixed;

use super::met::Met;
use super::slots::{Slot, Slots};

/// Takes every value out that is not inside a run of at least `at_least` slots that meet the comparison.
pub(super) fn in_runs(slots: &mut Slots, comparison: Comparison, at_least: usize) {
    let met = Met::one(comparison);
    let meets = |slot: &Slot| slot.value().is_some_and(|value| met.holds(value));
    for run in slots.values.chunk_by_mut(|a, b| meets(a) == meets(b)) {
        if run.len() < at_least || !run.first().is_some_and(meets) {
            for slot in run.iter_mut().filter(|slot| !slot.is_missing()) {
                *slot = Slot::OUT;
            }
        }
    }
}

/// Whether a slot behind a comparison meets it.
pub(super) fn is_met(slot: &Slot) -> bool {
    slot.value() == Some(Fixed::ONE)
}

/// Whether a slot behind `in_runs` lies in a run.
pub(super) fn is_number(slot: &Slot) -> bool {
    slot.value().is_some()
}

/// Stretches of slots on end that are `inside`, in their order. They do not reach across the ends of the period.
///
/// # Source
/// ETCCDI CDD and CWD (Zhang et al. 2011, WIREs Climate Change 2:851-870), with a missing day ending the spell.
pub(super) fn stretches<'s>(
    slots: &'s [Slot],
    inside: impl Fn(&Slot) -> bool + Copy + 's,
) -> impl Iterator<Item = Range<usize>> + 's {
    let mut place = 0;
    let chunks = slots.chunk_by(move |a, b| inside(a) == inside(b)).map(move |chunk| {
        let from = place;
        place += chunk.len();
        (from..place, chunk.first().is_some_and(inside))
    });
    chunks.filter_map(|(stretch, inside)| inside.then_some(stretch))
}

/// The most slots on end that are `inside`.
pub(super) fn longest(slots: &[Slot], inside: impl Fn(&Slot) -> bool) -> usize {
    let (mut longest, mut run) = (0, 0);
    for slot in slots {
        run = if inside(slot) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// How many runs there are, where those with fewer than `gap` slots between them are one.
pub(super) fn count_runs(slots: &[Slot], gap: usize) -> usize {
    let (mut runs, mut end) = (0, None);
    for run in stretches(slots, is_number) {
        if end.is_none_or(|end| run.start - end >= gap) {
            runs += 1;
        }
        end = Some(run.end);
    }
    runs
}

/// How many slots meet a comparison, counted from the first, each at least `gap` slots behind the one counted before.
pub(super) fn count_events(slots: &[Slot], gap: usize) -> usize {
    let (mut events, mut free_from) = (0, 0);
    for (place, slot) in slots.iter().enumerate() {
        if place >= free_from && is_met(slot) {
            events += 1;
            free_from = place + gap.max(1);
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::Operator;

    #[test]
    fn only_long_enough_runs_stay() {
        let at_least_40 = Comparison { operator: Operator::AtLeast, bound: Fixed::parse("40").expect("a number") };
        for (before, after, why) in [
            ("40 150 150 0", "40 150 150 x", "three days from the bound on"),
            ("39.9 150 150 0", "x x x x", "two days are no run of three"),
            ("40 40 . 40 40", "x x . x x", "a missing day ends a run"),
            ("40 40 x 40 40 40", "x x x 40 40 40", "so does one that is out"),
            ("40 40 40 . 40 40 40 41", "40 40 40 . 40 40 40 41", "two runs"),
        ] {
            let mut slots = days(before);
            in_runs(&mut slots, at_least_40, 3);
            assert_eq!(slots, days(after), "{why}");
        }
    }

    #[test]
    fn stretches_end_at_every_slot_that_is_not_inside() {
        for (slots, met, why) in [
            ("1 1 0 1 1 1", vec![0..2, 3..6], "at a zero"),
            ("1 1 . 1", vec![0..2, 3..4], "at a missing slot"),
            ("1 x 1", vec![0..1, 2..3], "at one that is out"),
            ("0 0", vec![], "none"),
            ("", vec![], "nothing"),
        ] {
            assert_eq!(stretches(&days(slots).values, is_met).collect::<Vec<_>>(), met, "{why}");
        }
    }

    #[test]
    fn runs_that_are_near_are_one() {
        for (slots, gap, runs, why) in [
            ("1 x 1 x x 1", 0, 3, "each by itself"),
            ("1 x 1 x x 1", 1, 3, "one slot between is not closer than one"),
            ("1 x 1 x x 1", 2, 2, "one slot between is closer than two"),
            ("1 x 1 x x 1", 3, 1, "all are near"),
            ("1 . 1", 2, 1, "a missing slot between"),
            ("1 1 1", 5, 1, "one run"),
            ("x .", 5, 0, "none"),
        ] {
            assert_eq!(count_runs(&days(slots).values, gap), runs, "{why}");
        }
    }

    #[test]
    fn events_are_counted_greedily_from_the_first() {
        for (slots, gap, events, why) in [
            ("1 1 1 1 1", 1, 5, "each"),
            ("1 1 1 1 1", 2, 3, "every second"),
            ("1 0 0 1", 3, 2, "exactly so far behind"),
            ("1 0 1 1", 3, 2, "the one between does not count, nor does it push the next one away"),
            ("1 0 0 1", 4, 1, "one slot too near"),
            (". 1 x 1", 2, 2, "marks are slots of their time"),
            ("0 . x", 1, 0, "none"),
            ("1 1", 0, 2, "no distance at all"),
        ] {
            assert_eq!(count_events(&days(slots).values, gap), events, "{why}");
        }
    }
}
