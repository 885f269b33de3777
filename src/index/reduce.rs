//! All slots to one number.

use crate::contract::{Grain, Reducer};
use crate::quantity::{Exact, Fixed, Overflow, Unit};

use super::run::{largest_run, longest_run};
use super::slots::Slots;
use super::undetermined::Undetermined;

/// The number of a series whose values are in `unit`: sums and extremes in that unit, energy in kWh, counts and runs
/// in days where a slot is a day, else in hours. Missing slots are no part of it.
///
/// # Errors
/// [`Undetermined`] where nothing is left to take a mean or an extreme of, and where a sum does not fit.
pub(super) fn reduce(reducer: Reducer, slots: &Slots, unit: Unit) -> Result<Exact, Undetermined> {
    let count = |slots: usize| Exact::from(i64::try_from(slots).expect("a period has few slots"));
    match reducer {
        Reducer::Sum => Ok(sum(slots)?),
        Reducer::Max => slots.numbers().max().map(Exact::from).ok_or(Undetermined::NothingLeft("maximum")),
        Reducer::Min => slots.numbers().min().map(Exact::from).ok_or(Undetermined::NothingLeft("minimum")),
        Reducer::Mean => match slots.numbers().count() {
            0 => Err(Undetermined::NothingLeft("mean")),
            many => Ok(sum(slots)?.over(count(many))?),
        },
        Reducer::Energy => {
            let kilowatt = Unit::from_symbol("kW").expect("the table has kW");
            let seconds = slots.bounds.length(1);
            let hours = Exact::new(i128::from(seconds), 3_600)?;
            Ok(unit.convert(sum(slots)?, kilowatt)?.times(hours)?)
        }
        Reducer::Count => {
            let met = slots.numbers().filter(|value| *value == Fixed::ONE).count();
            Ok(lasting(met, slots)?)
        }
        Reducer::LongestRun => Ok(lasting(longest_run(slots), slots)?),
        Reducer::LargestRun => Ok(Exact::from(largest_run(slots)?)),
        _ => unreachable!("a pipeline was checked when it was read"),
    }
}

fn sum(slots: &Slots) -> Result<Exact, Overflow> {
    let micros: i128 = slots.numbers().map(|value| i128::from(value.micros())).sum();
    Exact::new(micros, i128::from(Fixed::MICROS))
}

/// How long so many slots last: days, or hours.
fn lasting(many: usize, slots: &Slots) -> Result<Exact, Overflow> {
    let many = i128::try_from(many).expect("a period has few slots");
    match slots.bounds.grain() {
        Grain::Step(seconds) => Exact::new(many * i128::from(seconds), 3_600),
        _ => Exact::new(many, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::super::slots::{Bounds, Slot};
    use super::*;

    #[test]
    fn each_reducer() {
        let mm = Unit::from_symbol("mm").expect("known");
        for (reducer, slots, number) in [
            (Reducer::Sum, "0.1 0.2 . 0.3", "0.6"),
            (Reducer::Sum, ". .", "0"),
            (Reducer::Mean, "1 2 .", "1.5"),
            (Reducer::Max, "-3 -1 . x", "-1"),
            (Reducer::Min, "-3 -1 . x", "-3"),
            (Reducer::Count, "1 0 1 . 1", "3"),
            (Reducer::LongestRun, "1 0 1 1", "2"),
            (Reducer::LargestRun, "1 x 2 3", "5"),
        ] {
            let expected = Exact::from(Fixed::parse(number).expect(number));
            assert_eq!(reduce(reducer, &days(slots), mm), Ok(expected), "{reducer:?} of {slots}");
        }
        for (reducer, word) in [(Reducer::Mean, "mean"), (Reducer::Max, "maximum"), (Reducer::Min, "minimum")] {
            assert_eq!(reduce(reducer, &days(". ."), mm), Err(Undetermined::NothingLeft(word)));
        }
    }

    #[test]
    fn energy_is_power_times_time() {
        let ten_minutes = Slots {
            bounds: Bounds::Even { from: 0, step: 600, count: 3 },
            values: vec![
                Slot::of(Fixed::parse("600").expect("a number")),
                Slot::MISSING,
                Slot::of(Fixed::parse("100").expect("a number")),
            ],
        };
        let kilowatt = Unit::from_symbol("kW").expect("known");
        let watt = Unit::from_symbol("W").expect("known");
        assert_eq!(reduce(Reducer::Energy, &ten_minutes, kilowatt), Ok(Exact::new(700, 6).expect("small")));
        assert_eq!(reduce(Reducer::Energy, &ten_minutes, watt), Ok(Exact::new(7, 60).expect("small")));
    }

    #[test]
    fn steps_below_an_hour_last_parts_of_it() {
        let flags =
            Slots { bounds: Bounds::Even { from: 0, step: 600, count: 5 }, values: vec![Slot::of(Fixed::ONE); 5] };
        let unit = Unit::from_symbol("1").expect("known");
        assert_eq!(reduce(Reducer::Count, &flags, unit), Ok(Exact::new(5, 6).expect("small")));
    }
}
