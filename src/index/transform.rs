//! Blocks that change each value of a series by itself.

use std::hint::select_unpredictable;

use crate::calendar::DayRule;
use crate::contract::{Block, Comparison, Round};
use crate::quantity::{Exact, Fixed, Overflow};

use super::curve::{interpolate_value, look_up};
use super::labels::by_label;
use super::met::Met;
use super::slots::{Slot, Slots};
use super::undetermined::Undetermined;

/// Runs a pointwise block; `None` where the block is none. `day` is the insured day, by which a slot has its label.
pub(super) fn transform(block: &Block, slots: &mut Slots, day: &DayRule) -> Option<Result<(), Undetermined>> {
    match block {
        Block::IgnoreBelow(bound) => slots.map(|value| if value < *bound { Fixed::ZERO } else { value }),
        Block::Cap(most) => slots.map(|value| value.min(*most)),
        Block::Floor(least) => slots.map(|value| value.max(*least)),
        Block::Meets(comparisons) => meets(slots, comparisons),
        Block::Substitute(value) => substitute(slots, *value),
        Block::Lookup { closed, steps } => slots.map(|value| look_up(steps, *closed, Exact::from(value))),
        other => return may_fail(other, slots, day),
    }
    Some(Ok(()))
}

/// Those of the pointwise blocks whose result may not fit, or that look at a slot's label.
fn may_fail(block: &Block, slots: &mut Slots, day: &DayRule) -> Option<Result<(), Undetermined>> {
    let done = match block {
        Block::ExcessOver(base) => slots.try_map(|value| positive(value.minus(*base))),
        Block::ShortfallBelow(base) => slots.try_map(|value| positive(base.minus(value))),
        Block::Curve { points, outside, round } => {
            slots.try_map(|value| interpolate_value(points, value)?.map_or(Ok(*outside), |y| round.value(y)))
        }
        Block::Times { factor, round } => {
            let round = of_series(*round);
            slots.try_map(|value| round.value(Exact::from(value).times(*factor)?))
        }
        Block::Minus(labelled) => return Some(by_label(slots, labelled, day, Fixed::minus)),
        Block::PercentOf { normal, round } => {
            let round = of_series(*round);
            return Some(by_label(slots, normal, day, |value, normal| round.value(percent(value, normal)?)));
        }
        Block::Weigh { weights, round } => {
            let weigh = |value, weight| round.value(Exact::from(value).times(Exact::from(weight))?);
            return Some(by_label(slots, weights, day, weigh));
        }
        _ => return None,
    };
    Some(done.map_err(Undetermined::from))
}

/// The rounding of a block that rounds on a series.
fn of_series(round: Option<Round>) -> Round {
    round.expect("a block on a series says how it rounds, which was checked when it was read")
}

/// `100 x / normal`.
fn percent(value: Fixed, normal: Fixed) -> Result<Exact, Overflow> {
    Exact::new(100 * i128::from(value.micros()), i128::from(normal.micros()))
}

fn positive(difference: Result<Fixed, Overflow>) -> Result<Fixed, Overflow> {
    difference.map(|value| value.max(Fixed::ZERO))
}

fn substitute(slots: &mut Slots, value: Fixed) {
    for slot in slots.values.iter_mut().filter(|slot| slot.is_missing()) {
        *slot = Slot::of(value);
    }
}

fn meets(slots: &mut Slots, comparisons: &[Comparison]) {
    let met = Met::all(comparisons);
    let [yes, no] = [Fixed::ONE, Fixed::ZERO].map(Slot::of);
    for slot in &mut slots.values {
        if let Some(value) = slot.value() {
            // Readings on either side of a bound alternate as the weather does.
            *slot = select_unpredictable(met.holds(value), yes, no);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::{Closed, Labelled, LookupStep, Operator};
    use crate::quantity::Rounding;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    fn to(step: i128) -> Round {
        Round { step: Exact::new(1, step).expect("a step"), mode: Rounding::HalfUp }
    }

    #[test]
    fn each_block_on_and_beside_its_boundary() {
        let comparison = |operator, bound| Comparison { operator, bound: fixed(bound) };
        let meets = |operator| Block::Meets(vec![comparison(operator, "10")]);
        let ratio = |numerator, denominator| Exact::new(numerator, denominator).expect("small");
        let curve = Block::Curve {
            points: vec![(fixed("3"), fixed("0")), (fixed("5"), fixed("100"))],
            outside: fixed("0.05"),
            round: to(10),
        };
        let lookup = Block::Lookup {
            closed: Closed::Below,
            steps: vec![LookupStep { to: Some(fixed("5")), is: fixed("0") }, LookupStep { to: None, is: fixed("1") }],
        };
        for (block, before, after, why) in [
            (
                Block::IgnoreBelow(fixed("2")),
                "1.999999 2 2.000001 . x",
                "0 2 2.000001 . x",
                "a value at the bound stays",
            ),
            (Block::Cap(fixed("60")), "59.9 60 60.1", "59.9 60 60", "no more than"),
            (Block::Floor(fixed("0")), "-0.1 0 0.1", "0 0 0.1", "no less than"),
            (Block::ExcessOver(fixed("35")), "34.9 35 35.1 .", "0 0 0.1 .", "missing stays missing"),
            (Block::ShortfallBelow(fixed("18")), "17.9 18 18.1", "0.1 0 0", "the other side"),
            (meets(Operator::Below), "9.9 10 10.1 .", "1 0 0 .", "<"),
            (meets(Operator::AtMost), "9.9 10 10.1", "1 1 0", "<="),
            (meets(Operator::Above), "9.9 10 10.1", "0 0 1", ">"),
            (meets(Operator::AtLeast), "9.9 10 10.1 x", "0 1 1 x", ">="),
            (
                Block::Meets(vec![comparison(Operator::AtLeast, "10"), comparison(Operator::Below, "30")]),
                "9.999999 10 29.999999 30 .",
                "0 1 1 0 .",
                "all must hold",
            ),
            (Block::Substitute(fixed("0.5")), "1 . x", "1 0.5 x", "only what is missing"),
            (Block::Minus(Labelled::Same(fixed("18"))), "17 18 19 . x", "-1 0 1 . x", "also below zero"),
            (
                Block::Times { factor: ratio(17, 20), round: Some(to(10)) },
                "1 3 -1 . x",
                "0.9 2.6 -0.9 . x",
                "0.85 and 2.55 are ties, away from zero",
            ),
            (
                Block::PercentOf { normal: Labelled::Same(fixed("45")), round: Some(to(100)) },
                "45 15 0 . x",
                "100 33.33 0 . x",
                "in percent",
            ),
            (
                Block::Weigh { weights: Labelled::Same(fixed("0.3")), round: to(100) },
                "33.33 0 . x",
                "10 0 . x",
                "9.999 rounded",
            ),
            (curve, "2.9 3 3.001 3.000999 5 5.1 .", "0.05 0 0.1 0 100 0.05 .", "rounded between its points only"),
            (lookup, "4.999999 5 . x", "0 1 . x", "the step above begins at its bound"),
        ] {
            let rule = DayRule::new("UTC", "00:00").expect("a rule");
            let mut slots = days(before);
            assert_eq!(transform(&block, &mut slots, &rule), Some(Ok(())), "{why}");
            assert_eq!(slots, days(after), "{why}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let rule = DayRule::new("UTC", "00:00").expect("a rule");
        let mut slots = days("-9200000000000");
        let minus = Block::Minus(Labelled::Same(fixed("100000000000")));
        assert_eq!(transform(&minus, &mut slots, &rule), Some(Err(Undetermined::Overflow)));
    }
}
