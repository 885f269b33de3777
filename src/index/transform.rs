//! Blocks that change each value by itself.

use crate::contract::{Block, Comparison, Round};
use crate::quantity::{Exact, Fixed, Overflow};

use super::slots::{Slot, Slots};

/// Runs a pointwise block; `None` where the block is none.
pub(super) fn transform(block: &Block, slots: &mut Slots) -> Option<Result<(), Overflow>> {
    match block {
        Block::IgnoreBelow(bound) => slots.map(|value| if value < *bound { Fixed::ZERO } else { value }),
        Block::Cap(most) => slots.map(|value| value.min(*most)),
        Block::Floor(least) => slots.map(|value| value.max(*least)),
        Block::Meets(comparisons) => meets(slots, comparisons),
        Block::ExcessOver(base) => return Some(try_map(slots, |value| positive(value.minus(*base)))),
        Block::ShortfallBelow(base) => return Some(try_map(slots, |value| positive(base.minus(value)))),
        Block::Curve { points, outside, round } => {
            return Some(try_map(slots, |value| interpolate(points, *outside, value, *round)));
        }
        _ => return None,
    }
    Some(Ok(()))
}

fn try_map(slots: &mut Slots, change: impl Fn(Fixed) -> Result<Fixed, Overflow>) -> Result<(), Overflow> {
    for slot in &mut slots.values {
        if let Some(value) = slot.value() {
            *slot = Slot::of(change(value)?);
        }
    }
    Ok(())
}

fn positive(difference: Result<Fixed, Overflow>) -> Result<Fixed, Overflow> {
    difference.map(|value| value.max(Fixed::ZERO))
}

fn meets(slots: &mut Slots, comparisons: &[Comparison]) {
    slots.map(
        |value| if comparisons.iter().all(|comparison| comparison.holds(value)) { Fixed::ONE } else { Fixed::ZERO },
    );
}

/// The value of a curve: straight between its points, `outside` beyond the first and the last, which belong to it.
fn interpolate(points: &[(Fixed, Fixed)], outside: Fixed, x: Fixed, round: Round) -> Result<Fixed, Overflow> {
    let right = points.partition_point(|(at, _)| *at <= x);
    if right == 0 {
        return Ok(outside);
    }
    let (x0, y0) = points[right - 1];
    if x == x0 {
        return round.value(Exact::from(y0));
    }
    let Some((x1, y1)) = points.get(right) else { return Ok(outside) };
    let [rise, run, along] = [y1.minus(y0)?, x1.minus(x0)?, x.minus(x0)?].map(|part| i128::from(part.micros()));
    let micros = Exact::new(
        rise.checked_mul(along).ok_or(Overflow)?,
        run.checked_mul(i128::from(Fixed::MICROS)).ok_or(Overflow)?,
    )?;
    round.value(Exact::from(y0).plus(micros)?)
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::Operator;
    use crate::quantity::Rounding;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    #[test]
    fn each_block_on_and_beside_its_boundary() {
        let comparison = |operator| Block::Meets(vec![Comparison { operator, bound: fixed("10") }]);
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
            (comparison(Operator::Below), "9.9 10 10.1 .", "1 0 0 .", "<"),
            (comparison(Operator::AtMost), "9.9 10 10.1", "1 1 0", "<="),
            (comparison(Operator::Above), "9.9 10 10.1", "0 0 1", ">"),
            (comparison(Operator::AtLeast), "9.9 10 10.1 x", "0 1 1 x", ">="),
        ] {
            let mut slots = days(before);
            assert_eq!(transform(&block, &mut slots), Some(Ok(())), "{why}");
            assert_eq!(slots, days(after), "{why}");
        }
    }

    #[test]
    fn a_curve_is_straight_between_its_points() {
        let points = [("3", "0"), ("5", "100"), ("25", "100")].map(|(x, y)| (fixed(x), fixed(y)));
        for (x, y, why) in [
            ("2.999999", "0", "left of the first"),
            ("3", "0", "at the first"),
            ("4", "50", "half-way"),
            ("3.001", "0.1", "0.05 is a tie, up"),
            ("3.000999", "0", "just below the tie"),
            ("5", "100", "at a point"),
            ("25", "100", "the last belongs to the curve"),
            ("25.000001", "0", "right of the last"),
        ] {
            let got = interpolate(
                &points,
                fixed("0"),
                fixed(x),
                Round { step: Exact::new(1, 10).expect("small"), mode: Rounding::HalfUp },
            );
            assert_eq!(got, Ok(fixed(y)), "{why}");
        }
    }
}
