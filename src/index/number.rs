//! Blocks behind a reducer: what becomes of the one number, exactly.

use crate::contract::{Block, Labelled, Round};
use crate::quantity::{Exact, Overflow, Unit};

use super::curve::{interpolate, look_up};
use super::undetermined::Undetermined;

/// What a block makes of a number in `unit`; it comes out in `target`.
///
/// # Errors
/// [`Undetermined::Overflow`] where a number does not fit.
pub(super) fn change(block: &Block, value: Exact, unit: Unit, target: Unit) -> Result<Exact, Undetermined> {
    let at_least_zero = |difference: Result<Exact, Overflow>| difference.map(|value| value.max(Exact::ZERO));
    let changed = match block {
        Block::Minus(Labelled::Same(number)) => value.minus(Exact::from(*number)),
        Block::Times { factor, round } => value.times(*factor).and_then(|value| maybe_rounded(value, *round)),
        Block::PercentOf { normal: Labelled::Same(normal), round } => {
            let share = value.over(Exact::from(*normal)).and_then(|share| share.times(Exact::from(100)));
            share.and_then(|share| maybe_rounded(share, *round))
        }
        Block::ExcessOver(base) => at_least_zero(value.minus(Exact::from(*base))),
        Block::ShortfallBelow(base) => at_least_zero(Exact::from(*base).minus(value)),
        Block::IgnoreBelow(bound) if value < Exact::from(*bound) => Ok(Exact::ZERO),
        Block::IgnoreBelow(_) => Ok(value),
        Block::Cap(most) => Ok(value.min(Exact::from(*most))),
        Block::Floor(least) => Ok(value.max(Exact::from(*least))),
        Block::Curve { points, outside, round } => match interpolate(points, value)? {
            Some(y) => round.number(y),
            None => Ok(Exact::from(*outside)),
        },
        Block::Lookup { closed, steps } => Ok(Exact::from(look_up(steps, *closed, value))),
        Block::Round(round) => round.number(value).and_then(|value| unit.convert(value, target)),
        _ => unreachable!("a pipeline was checked when it was read"),
    };
    Ok(changed?)
}

fn maybe_rounded(value: Exact, round: Option<Round>) -> Result<Exact, Overflow> {
    round.map_or(Ok(value), |round| round.number(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Closed, LookupStep};
    use crate::quantity::{Fixed, Rounding};

    fn unit(symbol: &str) -> Unit {
        Unit::from_symbol(symbol).expect(symbol)
    }

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    fn ratio(numerator: i128, denominator: i128) -> Exact {
        Exact::new(numerator, denominator).expect("a ratio")
    }

    fn to(step: i128) -> Round {
        Round { step: ratio(1, step), mode: Rounding::HalfUp }
    }

    #[test]
    fn each_block_on_and_beside_its_boundary() {
        let same = |text| Labelled::Same(fixed(text));
        let curve = Block::Curve {
            points: vec![(fixed("0"), fixed("0")), (fixed("3"), fixed("1"))],
            outside: fixed("0.25"),
            round: to(10),
        };
        let lookup = Block::Lookup {
            closed: Closed::Above,
            steps: vec![LookupStep { to: Some(fixed("5")), is: fixed("0") }, LookupStep { to: None, is: fixed("7") }],
        };
        for (block, before, after, why) in [
            (Block::Minus(same("0.5")), ratio(1, 3), ratio(-1, 6), "exact, also below zero"),
            (Block::Times { factor: ratio(3, 7), round: None }, ratio(1, 3), ratio(1, 7), "exact"),
            (Block::Times { factor: ratio(1, 2), round: Some(to(10)) }, ratio(3, 10), ratio(2, 10), "0.15 is a tie"),
            (Block::PercentOf { normal: same("45"), round: None }, ratio(15, 1), ratio(100, 3), "exact"),
            (Block::ExcessOver(fixed("35")), ratio(106, 3), ratio(1, 3), "above"),
            (Block::ExcessOver(fixed("35")), ratio(35, 1), Exact::ZERO, "at it"),
            (Block::ShortfallBelow(fixed("35")), ratio(104, 3), ratio(1, 3), "below"),
            (Block::ShortfallBelow(fixed("35")), ratio(106, 3), Exact::ZERO, "above"),
            (Block::IgnoreBelow(fixed("2")), ratio(5, 3), Exact::ZERO, "below"),
            (Block::IgnoreBelow(fixed("2")), ratio(2, 1), ratio(2, 1), "at it"),
            (Block::Cap(fixed("2")), ratio(7, 3), ratio(2, 1), "no more than"),
            (Block::Floor(fixed("2")), ratio(5, 3), ratio(2, 1), "no less than"),
            (curve.clone(), ratio(1, 2), ratio(2, 10), "1/6 rounded"),
            (curve.clone(), ratio(3, 1), ratio(1, 1), "the last point"),
            (curve, ratio(10, 3), ratio(1, 4), "outside, as it is written"),
            (lookup.clone(), ratio(5, 1), Exact::ZERO, "the end belongs to the step below"),
            (lookup, ratio(16, 3), ratio(7, 1), "just above"),
            (Block::Round(to(10)), ratio(2, 3), ratio(7, 10), "to a tenth"),
            (Block::Round(to(1_000_000_000)), ratio(1, 3), ratio(333_333_333, 1_000_000_000), "to nine places"),
        ] {
            assert_eq!(change(&block, before, unit("1"), unit("1")), Ok(after), "{why}: {block:?}");
        }
    }

    #[test]
    fn a_step_in_another_unit_makes_it_the_unit() {
        let hundred_kwh = Block::Round(Round { step: Exact::from(100), mode: Rounding::HalfUp });
        let got = change(&hundred_kwh, Exact::from(1_250), unit("kWh"), unit("MWh"));
        assert_eq!(got, Ok(ratio(13, 10)));
    }
}
