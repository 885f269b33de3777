//! Blocks that change each value of a series by itself, or a number.

use crate::document::{Node, Value};
use crate::quantity::{Exact, Fixed, Unit};

use super::super::block::{Block, Labelled};
use super::super::grain::Grain;
use super::super::literal::Places;
use super::curve;
use super::flow::{Drift, Flow, Number, Series};
use super::keys::Keys;
use super::labels::{ReadLabels, read_labelled, read_labels};
use super::reader::Outcome;

/// What a pointwise block does to a value, besides its number.
#[derive(Clone, Copy)]
struct Shape {
    unit: Unit,
    positive: bool,
    drift: Drift,
}

/// A pointwise block behind a series; `None` where the word is none.
pub(super) fn of_series(word: &str, series: &Series, keys: &mut Keys<'_, '_>) -> Option<Outcome> {
    let shape = Shape { unit: series.unit, positive: series.positive, drift: series.drift };
    let (block, after) = match word {
        "minus" => minus(series, keys),
        "percent_of" => {
            let normal = read_labelled("percent_of", series, series.unit, keys);
            let percent = percent();
            let round = keys.rounding(percent, Places::Series);
            let normal = normal.and_then(|normal| no_zero(normal, keys));
            let after = normal.as_ref().map_or(Shape { drift: Drift::Any, ..shape }, |normal| over(shape, normal));
            let normal = normal.map(|normal| normal.labelled);
            let block = normal.zip(round).map(|(normal, round)| Block::PercentOf { normal, round: Some(round) });
            (block, Shape { unit: percent, ..after })
        }
        "times" => {
            let Some((factor, product, drift)) = factor(shape, keys) else { return Some(Outcome::LOST) };
            let round = keys.rounding_by_factor(product);
            let unit = round.map_or(product, |(_, unit)| unit);
            let factor = product.convert(Exact::from(1), unit).and_then(|scale| scale.times(factor)).ok();
            let block = factor.zip(round).map(|(factor, (round, _))| Block::Times { factor, round: Some(round) });
            (block, Shape { unit, positive: shape.positive && factor.is_some_and(not_negative), drift })
        }
        _ => plain(word, shape, keys)?,
    };
    let Shape { unit, positive, drift } = after;
    Some(Outcome::series(block, Series { unit, positive, drift, ..series.clone() }))
}

/// A pointwise block behind a number; `None` where the word is none.
pub(super) fn of_number(word: &str, number: Number, keys: &mut Keys<'_, '_>) -> Option<Outcome> {
    let shape = Shape { unit: number.unit, positive: number.positive, drift: number.drift };
    let exact = ("a number stays exact here", "put { round = …, mode = … } behind the block instead");
    let mut to_round = number.to_round;
    let (block, after) = match word {
        "curve" | "lookup" => return Some(curve::of_number(word, number, keys)),
        "minus" => {
            let base = one("minus", number.unit, keys);
            (base.map(|base| Block::Minus(Labelled::Same(base))), Shape { positive: false, ..shape })
        }
        "percent_of" => {
            let normal = one_labelled("percent_of", number.unit, keys);
            keys.no_rounding(exact.0, exact.1);
            let normal = normal.and_then(|normal| no_zero(normal, keys));
            let after = normal.as_ref().map_or(Shape { drift: Drift::Any, ..shape }, |normal| over(shape, normal));
            to_round = Some("a percentage");
            let block = normal.map(|normal| Block::PercentOf { normal: normal.labelled, round: None });
            (block, Shape { unit: percent(), ..after })
        }
        "times" => {
            let Some((factor, unit, drift)) = factor(shape, keys) else { return Some(Outcome::LOST) };
            keys.no_rounding(exact.0, exact.1);
            if factor.decimal(12).is_none() {
                to_round = Some("a product in another unit");
            }
            let positive = shape.positive && not_negative(factor);
            (Some(Block::Times { factor, round: None }), Shape { unit, positive, drift })
        }
        "ignore_below" => return None,
        _ => plain(word, shape, keys)?,
    };
    let Shape { unit, positive, drift } = after;
    Some(Outcome::number(block, Number { unit, to_round, positive, drift, ..number }))
}

/// Blocks with one number in the unit of the flow.
fn plain(word: &str, shape: Shape, keys: &mut Keys<'_, '_>) -> Option<(Option<Block>, Shape)> {
    let unit = shape.unit;
    Some(match word {
        "ignore_below" => {
            let bound = keys.number("ignore_below", unit);
            // Below zero, where a small value becomes a larger zero, more is not always more.
            let drift = if shape.positive || shape.drift == Drift::Still { shape.drift } else { Drift::Any };
            (bound.map(Block::IgnoreBelow), Shape { drift, ..shape })
        }
        "cap" => {
            let most = keys.number("cap", unit);
            let positive = shape.positive && most.is_none_or(|most| most >= Fixed::ZERO);
            (most.map(Block::Cap), Shape { positive, ..shape })
        }
        "floor" => {
            let least = keys.number("floor", unit);
            let positive = shape.positive || least.is_some_and(|least| least >= Fixed::ZERO);
            (least.map(Block::Floor), Shape { positive, ..shape })
        }
        "excess_over" => {
            let base = keys.number("excess_over", unit);
            (base.map(Block::ExcessOver), Shape { positive: true, ..shape })
        }
        "shortfall_below" => {
            let base = keys.number("shortfall_below", unit);
            (base.map(Block::ShortfallBelow), Shape { positive: true, drift: shape.drift.turned(), ..shape })
        }
        _ => return None,
    })
}

fn minus(series: &Series, keys: &mut Keys<'_, '_>) -> (Option<Block>, Shape) {
    let base = read_labelled("minus", series, series.unit, keys);
    let shape = Shape { unit: series.unit, positive: false, drift: series.drift };
    (base.map(|base| Block::Minus(base.labelled)), shape)
}

/// The factor of `times` in the unit of the product, and how the product may change.
fn factor(shape: Shape, keys: &mut Keys<'_, '_>) -> Option<(Exact, Unit, Drift)> {
    let node = keys.required("times", "\"0.85 1\"")?;
    let literal = keys.reader.scope.literal(node, "\"0.85 1\"", keys.faults)?;
    let Some((unit, scale)) = shape.unit.times(literal.quantity.unit) else {
        let message = format!("{} times {} is in no unit that Fairgauge knows", shape.unit, literal.quantity.unit);
        return keys.wrong(&node.place, message, "write a plain number, as in times = \"0.85 1\", or a price");
    };
    let factor = Exact::from(literal.quantity.value).times(scale).ok()?;
    let drift = if not_negative(factor) { shape.drift } else { shape.drift.turned() };
    Some((factor, unit, drift))
}

fn not_negative(number: Exact) -> bool {
    number >= Exact::ZERO
}

/// `100 x / normal`: falls where the normal is below zero.
fn over(shape: Shape, normal: &ReadLabels) -> Shape {
    let numbers = normal.numbers();
    let drift = match shape.drift {
        drift if numbers.iter().all(|number| *number > Fixed::ZERO) => drift,
        drift if numbers.iter().all(|number| *number < Fixed::ZERO) => drift.turned(),
        Drift::Still => Drift::Still,
        _ => Drift::Any,
    };
    Shape { positive: shape.positive && numbers.iter().all(|number| *number > Fixed::ZERO), drift, ..shape }
}

/// Nothing is a percentage of zero.
fn no_zero(normal: ReadLabels, keys: &mut Keys<'_, '_>) -> Option<ReadLabels> {
    if !normal.known || normal.numbers().iter().all(|number| *number != Fixed::ZERO) {
        return Some(normal);
    }
    let place = keys.optional("percent_of").map_or_else(|| keys.node.place.clone(), |node| node.place.clone());
    keys.wrong(&place, "nothing is a percentage of zero", "write a normal other than 0")
}

/// The number of a block behind a number, which has no labels.
fn one(key: &'static str, unit: Unit, keys: &mut Keys<'_, '_>) -> Option<Fixed> {
    let Labelled::Same(number) = one_labelled(key, unit, keys)?.labelled else { return None };
    Some(number)
}

fn one_labelled(key: &'static str, unit: Unit, keys: &mut Keys<'_, '_>) -> Option<ReadLabels> {
    let node = keys.required(key, &super::super::product::Product::example_in(unit))?;
    if let Node { value: Value::Table(_), .. } = node {
        let hint = "write one number, or put the block before { reduce = … }";
        return keys.wrong(&node.place, "one number has no labels", hint);
    }
    let literal = keys.quantity_of(node, unit)?;
    Some(ReadLabels { labelled: Labelled::Same(literal.quantity.value), known: !literal.placeholder })
}

/// `{ substitute = "0.5 mm" }`. A reading that comes in later takes the place of the substitute.
pub(super) fn substitute(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    if series.grain == Grain::Report {
        return keys
            .wrong(
                &keys.node.place.clone(),
                format!("nothing is missing here: {}", Flow::Series(series.clone()).described()),
                "leave out the block",
            )
            .unwrap_or(Outcome::LOST);
    }
    let value = keys.quantity("substitute", series.unit);
    let number = value.map(|value| value.quantity.value);
    let positive = series.positive && number.is_some_and(|number| number >= Fixed::ZERO);
    let flow = Series { positive, drift: Drift::Any, ..series.clone() };
    Outcome::series(number.map(Block::Substitute), flow)
}

/// `{ weigh = { apr = "30 %", … }, round, mode }`
pub(super) fn weigh(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let node = keys.required("weigh", "{ apr = \"30 %\", may = \"70 %\" }");
    let one = Unit::from_symbol("1").expect("the table has 1");
    let weights = node.and_then(|node| {
        let weights = read_labels(node, series, one, keys)?;
        if weights.numbers().iter().any(|weight| *weight < Fixed::ZERO) {
            return keys.wrong(&node.place, "a weight is not below zero", "leave out the minus");
        }
        if weights.known && weights.sum() != Exact::from(1) {
            let percent = weights.sum().times(Exact::from(100)).unwrap_or(weights.sum());
            let message = format!("the weights add up to {percent} %");
            return keys.wrong(&node.place, message, "make them add up to 100 %");
        }
        Some(weights.labelled)
    });
    let round = keys.rounding(series.unit, Places::Series);
    let block = weights.zip(round).map(|(weights, round)| Block::Weigh { weights, round });
    Outcome::series(block, series.clone())
}

fn percent() -> Unit {
    Unit::from_symbol("%").expect("the table has %")
}
