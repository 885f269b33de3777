//! Runs: slots on end that meet a comparison. A missing slot ends a run.

use crate::contract::Comparison;
use crate::quantity::{Fixed, Overflow};

use super::slots::{Slot, Slots};

/// Takes every value out that is not inside a run of at least `at_least` slots that meet the comparison.
pub(super) fn in_runs(slots: &mut Slots, comparison: Comparison, at_least: usize) {
    let meets = |slot: &Slot| slot.value().is_some_and(|value| comparison.holds(value));
    for run in slots.values.chunk_by_mut(|a, b| meets(a) == meets(b)) {
        if run.len() < at_least || !run.first().is_some_and(meets) {
            for slot in run.iter_mut().filter(|slot| !slot.is_missing()) {
                *slot = Slot::OUT;
            }
        }
    }
}

/// Slots of the longest run of ones. Runs do not reach across the ends of the period.
///
/// # Source
/// ETCCDI CDD and CWD (Zhang et al. 2011, WIREs Climate Change 2:851-870), with a missing day ending the spell.
pub(super) fn longest_run(slots: &Slots) -> usize {
    let one = |slot: &Slot| slot.value() == Some(Fixed::ONE);
    slots
        .values
        .chunk_by(|a, b| one(a) == one(b))
        .filter(|run| run.first().is_some_and(one))
        .map(<[_]>::len)
        .max()
        .unwrap_or(0)
}

/// The largest sum of one run of numbers; zero where there is none.
///
/// # Errors
/// [`Overflow`] where a sum does not fit.
pub(super) fn largest_run(slots: &Slots) -> Result<Fixed, Overflow> {
    let number = |slot: &Slot| slot.value().is_some();
    let sums = slots.values.chunk_by(|a, b| number(a) == number(b)).filter(|run| run.first().is_some_and(number));
    let sums = sums.map(|run| run.iter().filter_map(|slot| slot.value()).try_fold(Fixed::ZERO, Fixed::plus));
    sums.collect::<Result<Vec<_>, _>>().map(|sums| sums.into_iter().max().unwrap_or(Fixed::ZERO))
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
            ("40 40 40 . 40 40 40 41", "40 40 40 . 40 40 40 41", "two runs"),
        ] {
            let mut slots = days(before);
            in_runs(&mut slots, at_least_40, 3);
            assert_eq!(slots, days(after), "{why}");
        }
    }

    #[test]
    fn the_longest_run_of_ones() {
        for (slots, longest) in [("1 1 0 1 1 1", 3), ("1 1 . 1", 2), ("0 0", 0), (". .", 0), ("", 0), ("1", 1)] {
            assert_eq!(longest_run(&days(slots)), longest, "{slots}");
        }
    }

    #[test]
    fn the_largest_sum_of_one_run() {
        for (slots, largest) in
            [("3 4 x 8 x 5 2", "8"), ("3 4 . 8", "8"), ("5 4 x 8", "9"), ("x x", "0"), ("x 0 0", "0")]
        {
            assert_eq!(largest_run(&days(slots)), Ok(Fixed::parse(largest).expect(largest)), "{slots}");
        }
    }
}
