//! Small slots joined into larger ones: hours to insured days, days to dekads, months and phases.

use crate::contract::Take;
use crate::quantity::{Exact, Fixed, Overflow};

use super::slots::{Bounds, Slot, Slots, largest, many, plain_sum, smallest};

/// Joins the slots of `small` that begin inside each slot of `large`. A slot of which less than `need` is there is
/// missing; one of which nothing counts is out.
///
/// # Errors
/// [`Overflow`] where a sum does not fit.
pub(super) fn group(small: &Slots, large: Bounds, take: Take, need: Exact) -> Result<Slots, Overflow> {
    let mut values = Vec::with_capacity(large.count());
    let mut passed = (i64::MIN, 0);
    for slot in 0..large.count() {
        let (start, stop) = (large.start(slot), large.stop(slot));
        // Most begin where the one before ends.
        let from = if start == passed.0 { passed.1 } else { small.bounds.first_from(start) };
        let to = small.bounds.first_from(stop).max(from);
        passed = (stop, to);
        values.push(join(&small.values[from..to], take, need)?);
    }
    Ok(Slots { bounds: large, values })
}

fn join(slots: &[Slot], take: Take, need: Exact) -> Result<Slot, Overflow> {
    let all_there = |sum: i64| (i128::from(sum), slots.len(), 0);
    let (sum, there, out) = plain_sum(slots).map_or_else(|| counted(slots), all_there);
    if out > 0 && out == slots.len() {
        return Ok(Slot::OUT);
    }
    if there == 0 || !is_enough(there, slots.len() - out, need)? {
        return Ok(Slot::MISSING);
    }
    let value = match take {
        Take::Sum | Take::Mean(_) => added(sum, there, take)?,
        Take::Max => largest(slots),
        Take::Min => smallest(slots),
    };
    Ok(value.map_or(Slot::MISSING, Slot::of))
}

/// The sum of the numbers in millionths, how many they are, and how many slots are out.
fn counted(slots: &[Slot]) -> (i128, usize, usize) {
    let (mut sum, mut there, mut out) = (0, 0, 0);
    for slot in slots {
        match slot.value() {
            Some(value) => (sum, there) = (sum + i128::from(value.micros()), there + 1),
            None => out += usize::from(slot.is_out()),
        }
    }
    (sum, there, out)
}

/// Whether so many of those that count are as large a share as is needed.
fn is_enough(there: usize, counting: usize, need: Exact) -> Result<bool, Overflow> {
    let (numerator, denominator) = need.parts();
    if there == counting && numerator <= denominator {
        return Ok(true);
    }
    let (has, needs) = (many(there).checked_mul(denominator), many(counting).checked_mul(numerator));
    Ok(has.ok_or(Overflow)? >= needs.ok_or(Overflow)?)
}

/// The sum or the mean of so many numbers that add up to `sum` millionths; `None` of none.
pub(super) fn added(sum: i128, there: usize, take: Take) -> Result<Option<Fixed>, Overflow> {
    if there == 0 {
        return Ok(None);
    }
    match take {
        Take::Mean(round) => round.value(Exact::new(sum, many(there) * i128::from(Fixed::MICROS))?).map(Some),
        _ => i64::try_from(sum).map(|sum| Some(Fixed::from_micros(sum))).map_err(|_| Overflow),
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::{Grain, Round};
    use crate::quantity::Rounding;

    #[test]
    fn a_slot_is_missing_below_the_share_that_is_needed() {
        let need = |percent| Exact::new(percent, 100).expect("small");
        let mean = Take::Mean(Round { step: Exact::new(1, 10).expect("a step"), mode: Rounding::HalfUp });
        for (slots, take, need, joined, why) in [
            ("1 2 3 4", Take::Sum, need(100), "10", "all there"),
            ("1 2 3 .", Take::Sum, need(100), ".", "one missing of all"),
            ("1 2 3 .", Take::Sum, need(75), "6", "exactly the share"),
            ("1 2 3 .", Take::Sum, need(76), ".", "just below it"),
            ("1 2 . x", Take::Sum, need(66), "3", "what is out is not asked for: two of three"),
            ("1 2 . x", Take::Sum, need(67), ".", "two of three are below it"),
            ("x x", Take::Sum, need(1), "x", "nothing counts"),
            ("x .", Take::Sum, need(1), ".", "what counts is missing"),
            ("", Take::Sum, need(1), ".", "no small slot at all"),
            (". . . .", Take::Max, need(1), ".", "nothing is no maximum"),
            ("-1 -2 . -4", Take::Max, need(50), "-1", "max"),
            ("-1 -2 . -4", Take::Min, need(50), "-4", "min"),
            ("1 2 2", mean, need(100), "1.7", "5/3 rounded"),
            ("0 0 0", Take::Sum, need(100), "0", "zero is a value"),
        ] {
            let got = join(&days(slots).values, take, need).expect("small");
            assert_eq!(got, days(joined).values[0], "{why}");
        }
    }

    #[test]
    fn days_of_23_and_25_hours_take_their_own_hours() {
        let hours = Slots {
            bounds: Bounds::Even { grain: Grain::Step(3_600), from: 0, step: 3_600, count: 48 },
            values: vec![Slot::of(Fixed::ONE); 48],
        };
        let days = Bounds::Days(vec![0, 23 * 3_600, 48 * 3_600]);
        let joined = group(&hours, days, Take::Sum, Exact::from(1)).expect("small");
        let sums: Vec<_> = joined.numbers().map(|value| value.to_string()).collect();
        assert_eq!(sums, ["23", "25"]);
    }

    #[test]
    fn days_between_phases_count_for_none() {
        let phases = Bounds::Spans { grain: Grain::Phase, spans: vec![(86_400, 172_800), (259_200, 432_000)] };
        let joined = group(&days("1 2 4 8 16 32"), phases, Take::Sum, Exact::from(1)).expect("small");
        assert_eq!(joined.values, days("2 24").values);
    }

    #[test]
    fn a_sum_that_does_not_fit_is_no_sum() {
        let most = Slot::of(Fixed::from_micros(i64::MAX));
        let sum = |slots: &[Slot]| join(slots, Take::Sum, Exact::from(1));
        assert_eq!(sum(&[most, most]), Err(Overflow));
        let minus = Slot::of(Fixed::from_micros(-i64::MAX + 1));
        assert!(sum(&[most, most, minus, minus]).is_ok(), "what fits in the end fits");
    }
}
