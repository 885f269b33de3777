//! Small slots joined into larger ones: hours to insured days, ten minutes to hours.

use crate::contract::Take;
use crate::quantity::{Exact, Fixed, Overflow};

use super::slots::{Bounds, Slot, Slots};

/// Joins the slots of `small` that begin inside each slot of `large`. A slot of which less than `need` is there is
/// missing.
///
/// # Errors
/// [`Overflow`] where a sum does not fit.
pub(super) fn group(small: &Slots, large: Bounds, take: Take, need: Exact) -> Result<Slots, Overflow> {
    let count = small.bounds.count();
    let mut values = Vec::with_capacity(large.count());
    let mut next = 0;
    for slot in 0..large.count() {
        let end = if slot + 1 < large.count() { large.start(slot + 1) } else { large.end() };
        let from = next;
        while next < count && small.bounds.start(next) < end {
            next += 1;
        }
        values.push(join(&small.values[from..next], take, need)?);
    }
    Ok(Slots { bounds: large, values })
}

fn join(slots: &[Slot], take: Take, need: Exact) -> Result<Slot, Overflow> {
    let there = slots.iter().filter(|slot| slot.value().is_some()).count();
    let (numerator, denominator) = need.parts();
    let enough = count(there).checked_mul(denominator).ok_or(Overflow)?
        >= count(slots.len()).checked_mul(numerator).ok_or(Overflow)?;
    if there == 0 || !enough {
        return Ok(Slot::MISSING);
    }
    over(slots, take).map(|value| value.map_or(Slot::MISSING, Slot::of))
}

/// One number of several slots, marks left out; `None` where there is none.
pub(super) fn over(slots: &[Slot], take: Take) -> Result<Option<Fixed>, Overflow> {
    let numbers = || slots.iter().filter_map(|slot| slot.value());
    match take {
        Take::Max => Ok(numbers().max()),
        Take::Min => Ok(numbers().min()),
        Take::Sum if numbers().next().is_none() => Ok(None),
        Take::Sum => numbers().try_fold(Fixed::ZERO, Fixed::plus).map(Some),
        Take::Mean(round) => {
            let sum: i128 = numbers().map(|value| i128::from(value.micros())).sum();
            let many = count(numbers().count());
            if many == 0 {
                return Ok(None);
            }
            round.value(Exact::new(sum, many * i128::from(Fixed::MICROS))?).map(Some)
        }
    }
}

fn count(slots: usize) -> i128 {
    i128::try_from(slots).expect("a period has few slots")
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::Round;
    use crate::quantity::Rounding;

    #[test]
    fn a_slot_is_missing_below_the_share_that_is_needed() {
        let need = |percent| Exact::new(percent, 100).expect("small");
        let mean = Take::Mean(Round { step: Exact::new(1, 10).expect("a step"), mode: Rounding::HalfUp });
        for (slots, take, need, joined, why) in [
            ("1 2 3 4", Take::Sum, need(100), Some("10"), "all there"),
            ("1 2 3 .", Take::Sum, need(100), None, "one missing of all"),
            ("1 2 3 .", Take::Sum, need(75), Some("6"), "exactly the share"),
            ("1 2 3 .", Take::Sum, need(76), None, "just below it"),
            (". . . .", Take::Max, need(1), None, "nothing is no maximum"),
            ("-1 -2 . -4", Take::Max, need(50), Some("-1"), "max"),
            ("-1 -2 . -4", Take::Min, need(50), Some("-4"), "min"),
            ("1 2 2", mean, need(100), Some("1.7"), "5/3 rounded"),
            ("0 0 0", Take::Sum, need(100), Some("0"), "zero is a value"),
        ] {
            let got = join(&days(slots).values, take, need).expect("small");
            assert_eq!(got.value(), joined.map(|text| Fixed::parse(text).expect(text)), "{why}");
        }
    }

    #[test]
    fn days_of_23_and_25_hours_take_their_own_hours() {
        let hours =
            Slots { bounds: Bounds::Even { from: 0, step: 3_600, count: 48 }, values: vec![Slot::of(Fixed::ONE); 48] };
        let days = Bounds::Days(vec![0, 23 * 3_600, 48 * 3_600]);
        let joined = group(&hours, days, Take::Sum, Exact::from(1)).expect("small");
        let sums: Vec<_> = joined.numbers().map(|value| value.to_string()).collect();
        assert_eq!(sums, ["23", "25"]);
    }
}
