//! Comparisons as the numbers that meet them.

use crate::contract::{Comparison, Operator};
use crate::quantity::Fixed;

/// The millionths that meet some comparisons: all from the least to the most; none where those cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Met {
    least: i64,
    most: i64,
}

impl Met {
    /// What meets no number.
    const NOTHING: Self = Self { least: i64::MAX, most: i64::MIN };

    /// What meets all of these.
    pub fn all(comparisons: &[Comparison]) -> Self {
        let both = |met: Self, other: &Comparison| {
            let other = Self::one(*other);
            Self { least: met.least.max(other.least), most: met.most.min(other.most) }
        };
        comparisons.iter().fold(Self { least: i64::MIN, most: i64::MAX }, both)
    }

    /// What meets this one.
    pub fn one(Comparison { operator, bound }: Comparison) -> Self {
        let bound = bound.micros();
        let upto = |most| Self { least: i64::MIN, most };
        let from = |least| Self { least, most: i64::MAX };
        match operator {
            Operator::Below => bound.checked_sub(1).map_or(Self::NOTHING, upto),
            Operator::AtMost => upto(bound),
            Operator::Above => bound.checked_add(1).map_or(Self::NOTHING, from),
            Operator::AtLeast => from(bound),
        }
    }

    /// Whether a number is one of them.
    pub fn holds(self, value: Fixed) -> bool {
        // Both, without a branch: readings on either side of a bound alternate as the weather does.
        (self.least <= value.micros()) & (value.micros() <= self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_meet_comparisons_are_those_of_the_comparisons() {
        let operators = [Operator::Below, Operator::AtMost, Operator::Above, Operator::AtLeast];
        let numbers = [i64::MIN, i64::MIN + 1, -1, 0, 1, 2, 3, i64::MAX - 1, i64::MAX].map(Fixed::from_micros);
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
