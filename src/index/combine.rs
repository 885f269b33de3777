//! Several branches to one: series slot by slot, or numbers.

use crate::contract::{Combine, Round};
use crate::quantity::{Exact, Fixed, Overflow};

use super::slots::{Slot, Slots, many};
use super::undetermined::Undetermined;

/// One series of several that have the same slots. A slot is out where one of them is out, missing where one of them is
/// missing or a ratio is over zero.
///
/// # Errors
/// [`Overflow`] where a value does not fit.
pub(super) fn of_series(
    how: Combine,
    mut series: Vec<Slots>,
    factor: Exact,
    round: Option<Round>,
) -> Result<Slots, Overflow> {
    let rest = series.split_off(1);
    let mut first = series.pop().expect("a combination has a branch");
    for place in 0..first.values.len() {
        let all = || std::iter::once(&first).chain(&rest).map(|slots| slots.values[place]);
        first.values[place] = if all().any(Slot::is_out) {
            Slot::OUT
        } else if all().any(Slot::is_missing) {
            Slot::MISSING
        } else {
            one(how, all().filter_map(Slot::value), factor, round)?.map_or(Slot::MISSING, Slot::of)
        };
    }
    Ok(first)
}

fn one(
    how: Combine,
    mut values: impl Iterator<Item = Fixed>,
    factor: Exact,
    round: Option<Round>,
) -> Result<Option<Fixed>, Overflow> {
    let rounded = |value: Exact| {
        round.expect("a mean, a product, a ratio says how it rounds, which was checked when it was read").value(value)
    };
    let mut pair = || (values.next(), values.next());
    match how {
        Combine::Sum => values.try_fold(Fixed::ZERO, Fixed::plus).map(Some),
        Combine::Max => Ok(values.max()),
        Combine::Min => Ok(values.min()),
        Combine::Mean => {
            let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + i128::from(value.micros()), count + 1));
            rounded(Exact::new(sum, many(count) * i128::from(Fixed::MICROS))?).map(Some)
        }
        Combine::Difference | Combine::Product | Combine::Ratio => {
            let (Some(a), Some(b)) = pair() else {
                unreachable!("of two branches, which was checked when it was read")
            };
            match how {
                Combine::Difference => a.minus(b).map(Some),
                Combine::Product => rounded(Exact::from(a).times(Exact::from(b))?.times(factor)?).map(Some),
                _ if b == Fixed::ZERO => Ok(None),
                _ => rounded(Exact::new(a.micros().into(), b.micros().into())?.times(factor)?).map(Some),
            }
        }
    }
}

/// One number of several, exactly, but for the rounding that the block writes out.
///
/// # Errors
/// [`Undetermined::DivisionByZero`] of a ratio over zero, and where a number does not fit.
pub(super) fn of_numbers(
    how: Combine,
    numbers: &[Exact],
    factor: Exact,
    round: Option<Round>,
) -> Result<Exact, Undetermined> {
    let sum = || numbers.iter().try_fold(Exact::ZERO, |sum, number| sum.plus(*number));
    let result = match (how, numbers) {
        (Combine::Sum, _) => sum()?,
        (Combine::Mean, _) => sum()?.over(Exact::new(many(numbers.len()), 1)?)?,
        (Combine::Max, _) => numbers.iter().copied().max().expect("a combination has a branch"),
        (Combine::Min, _) => numbers.iter().copied().min().expect("a combination has a branch"),
        (Combine::Difference, [a, b]) => a.minus(*b)?,
        (Combine::Product, [a, b]) => a.times(*b)?.times(factor)?,
        (Combine::Ratio, [_, b]) if b.is_zero() => return Err(Undetermined::DivisionByZero),
        (Combine::Ratio, [a, b]) => a.over(*b)?.times(factor)?,
        _ => unreachable!("of two branches, which was checked when it was read"),
    };
    Ok(round.map_or(Ok(result), |round| round.number(result))?)
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::quantity::Rounding;

    fn ratio(numerator: i128, denominator: i128) -> Exact {
        Exact::new(numerator, denominator).expect("a ratio")
    }

    fn tenth() -> Option<Round> {
        Some(Round { step: ratio(1, 10), mode: Rounding::HalfUp })
    }

    #[test]
    fn series_are_combined_slot_by_slot() {
        for (how, branches, factor, round, expected, why) in [
            (
                Combine::Sum,
                vec!["1 . 3 x .", "10 20 . 40 x"],
                ratio(1, 1),
                None,
                "11 . . x x",
                "marks go before values",
            ),
            (Combine::Sum, vec!["1", "2", "4"], ratio(1, 1), None, "7", "three"),
            (Combine::Max, vec!["1 5 .", "2 -1 9"], ratio(1, 1), None, "2 5 .", "max"),
            (Combine::Min, vec!["1 5 .", "2 -1 9"], ratio(1, 1), None, "1 -1 .", "min"),
            (Combine::Mean, vec!["1 2", "1.1 2"], ratio(1, 1), tenth(), "1.1 2", "1.05 is a tie"),
            (Combine::Difference, vec!["1 5 .", "2 -1 9"], ratio(1, 1), None, "-1 6 .", "the first less the second"),
            (Combine::Product, vec!["3 0.5 .", "0.5 0.5 9"], ratio(1, 1), tenth(), "1.5 0.3 .", "0.25 is a tie"),
            (Combine::Product, vec!["3", "2"], ratio(1, 1_000), tenth(), "0", "with its factor, 0.006"),
            (Combine::Ratio, vec!["1 1 0 .", "3 0 5 1"], ratio(1, 1), tenth(), "0.3 . 0 .", "over zero it is missing"),
            (Combine::Ratio, vec!["1", "-3"], ratio(100, 1), tenth(), "-33.3", "with its factor, below zero"),
        ] {
            let series = branches.into_iter().map(days).collect();
            assert_eq!(of_series(how, series, factor, round).expect("small").values, days(expected).values, "{why}");
        }
    }

    #[test]
    fn numbers_are_combined_exactly() {
        let (third, half) = (ratio(1, 3), ratio(1, 2));
        for (how, numbers, factor, round, expected, why) in [
            (Combine::Sum, vec![third, half], 1, None, Ok(ratio(5, 6)), "sum"),
            (Combine::Mean, vec![third, half], 1, None, Ok(ratio(5, 12)), "not rounded"),
            (Combine::Mean, vec![third, half], 1, tenth(), Ok(ratio(4, 10)), "rounded where it is written out"),
            (Combine::Max, vec![third, half], 1, None, Ok(half), "max"),
            (Combine::Min, vec![third, half], 1, None, Ok(third), "min"),
            (Combine::Difference, vec![third, half], 1, None, Ok(ratio(-1, 6)), "the first less the second"),
            (Combine::Product, vec![third, half], 6, None, Ok(ratio(1, 1)), "with its factor"),
            (Combine::Ratio, vec![third, half], 100, None, Ok(ratio(200, 3)), "with its factor"),
            (Combine::Ratio, vec![third, Exact::ZERO], 1, None, Err(Undetermined::DivisionByZero), "over zero"),
        ] {
            assert_eq!(of_numbers(how, &numbers, Exact::from(factor), round), expected, "{why}");
        }
    }
}
