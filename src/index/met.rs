//! Comparisons as the numbers that meet them.

use crate::contract::{Comparison, Operator};
use crate::quantity::Fixed;

/// The numbers that meet some comparisons: all from the least one on, so far as they reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Met {
    /// In millionths.
    least: i64,
    /// Millionths from the least one to the last.
    reach: u64,
}

impl Met {
    /// What meets all of these.
    pub fn all(comparisons: &[Comparison]) -> Self {
        let both = |(least, most): (i64, i64), other: &Comparison| {
            let (from, upto) = bounds(*other);
            (least.max(from), most.min(upto))
        };
        let (least, most) = comparisons.iter().fold((i64::MIN, i64::MAX), both);
        if least > most {
            // No number meets them; the lowest is none, but the mark of a slot.
            return Self { least: i64::MIN, reach: 0 };
        }
        Self { least, reach: most.abs_diff(least) }
    }

    /// What meets this one.
    pub fn one(comparison: Comparison) -> Self {
        Self::all(&[comparison])
    }

    /// Whether a number, which is none of the marks of slots, is one of them.
    pub fn holds(self, value: Fixed) -> bool {
        value.micros().wrapping_sub(self.least).cast_unsigned() <= self.reach
    }
}

/// The least and the largest number of millionths that meet a comparison; the one above the other where none does.
fn bounds(Comparison { operator, bound }: Comparison) -> (i64, i64) {
    let bound = bound.micros();
    match operator {
        Operator::Below => bound.checked_sub(1).map_or((i64::MAX, i64::MIN), |most| (i64::MIN, most)),
        Operator::AtMost => (i64::MIN, bound),
        Operator::Above => bound.checked_add(1).map_or((i64::MAX, i64::MIN), |least| (least, i64::MAX)),
        Operator::AtLeast => (bound, i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_meet_comparisons_are_those_of_the_comparisons() {
        let operators = [Operator::Below, Operator::AtMost, Operator::Above, Operator::AtLeast];
        let numbers = [i64::MIN + 2, i64::MIN + 3, -1, 0, 1, 2, 3, i64::MAX - 1, i64::MAX].map(Fixed::from_micros);
        let comparisons: Vec<_> = operators
            .iter()
            .flat_map(|operator| numbers.map(|bound| Comparison { operator: *operator, bound }))
            .collect();
        for one in &comparisons {
            for other in &comparisons {
                for number in numbers {
                    let both = [*one, *other];
                    let expected = both.iter().all(|comparison| comparison.holds(number));
                    assert_eq!(Met::all(&both).holds(number), expected, "{number:?} against {both:?}");
                }
            }
        }
        assert!(Met::all(&[]).holds(Fixed::ZERO), "nothing is asked for");
    }
}
