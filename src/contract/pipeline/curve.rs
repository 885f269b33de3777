//! `curve`, straight lines between points, and `lookup`, a table of steps.

use crate::document::{Fields, Node};
use crate::quantity::{Fixed, Unit};

use super::super::block::{Block, LookupStep};
use super::super::literal::{Literal, Places};
use super::super::payout::Closed;
use super::super::product::Product;
use super::flow::{Drift, Number, Series};
use super::keys::Keys;
use super::reader::Outcome;

/// What a curve or a table makes of a value.
struct Read {
    block: Option<Block>,
    unit: Unit,
    positive: bool,
    /// Whether a larger value never gives less; whether it never gives more.
    rises: bool,
    falls: bool,
}

impl Read {
    fn drift(&self, drift: Drift) -> Drift {
        match drift {
            Drift::Still => Drift::Still,
            drift if self.rises => drift,
            drift if self.falls => drift.turned(),
            _ => Drift::Any,
        }
    }
}

/// Behind a series.
pub(super) fn of_series(word: &str, series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let Some(read) = either(word, series.unit, Places::Series, keys) else { return Outcome::LOST };
    let drift = read.drift(series.drift);
    let flow = Series { unit: read.unit, positive: read.positive, drift, ..series.clone() };
    Outcome::series(read.block, flow)
}

/// Behind a number.
pub(super) fn of_number(word: &str, number: Number, keys: &mut Keys<'_, '_>) -> Outcome {
    let Some(read) = either(word, number.unit, Places::Number, keys) else { return Outcome::LOST };
    let drift = read.drift(number.drift);
    let flow = Number { unit: read.unit, to_round: None, positive: read.positive, drift, ..number };
    Outcome::number(read.block, flow)
}

fn either(word: &str, unit: Unit, places: Places, keys: &mut Keys<'_, '_>) -> Option<Read> {
    if word == "curve" { curve(unit, places, keys) } else { lookup(unit, keys) }
}

/// `{ curve = [["3 m/s", "0 kW"], …], outside = "0 kW", round = "0.1 kW", mode = "half_up" }`
fn curve(unit: Unit, places: Places, keys: &mut Keys<'_, '_>) -> Option<Read> {
    let node = keys.required("curve", "[[\"3 m/s\", \"0 kW\"], [\"13 m/s\", \"2050 kW\"]]");
    let outside = keys.required("outside", "\"0 kW\"");
    let outside = outside.and_then(|node| keys.reader.scope.literal(node, "\"0 kW\"", keys.faults));
    let Some(Literal { quantity: outside, .. }) = outside else {
        keys.optional("round");
        keys.optional("mode");
        return None;
    };
    let points = node.and_then(|node| read_points(node, unit, outside.unit, 2, keys));
    let round = keys.rounding(outside.unit, places);
    let ys = || points.iter().flatten().map(|(_, y)| *y).chain([outside.value]);
    let flat = ys().all(|y| y == outside.value);
    let positive = ys().all(|y| y >= Fixed::ZERO);
    let block = points.clone().zip(round).map(|(points, round)| Block::Curve { points, outside: outside.value, round });
    // On both sides it comes back to what lies outside, so it rises throughout only where it is flat.
    Some(Read { block, unit: outside.unit, positive, rises: flat, falls: flat })
}

/// Points in the order of their first number.
pub(super) fn read_points(
    node: &Node,
    x_unit: Unit,
    y_unit: Unit,
    least: usize,
    keys: &mut Keys<'_, '_>,
) -> Option<Vec<(Fixed, Fixed)>> {
    let mut points = Some(Vec::new());
    let mut before: Option<Literal> = None;
    let pairs = node.list("a list of pairs", keys.faults)?;
    for pair in pairs {
        let [x, y] = pair.list("a pair", keys.faults)? else {
            return keys.wrong(&pair.place, "a point of a curve is a pair", "as in [\"3 m/s\", \"0 kW\"]");
        };
        let (x, y) = (keys.quantity_of(x, x_unit), keys.quantity_of(y, y_unit));
        let (Some(x), Some(y)) = (x, y) else {
            points = None;
            continue;
        };
        let falls =
            |before: Literal| !before.placeholder && !x.placeholder && before.quantity.value >= x.quantity.value;
        if before.is_some_and(falls) {
            return keys.wrong(&pair.place, "the points of a curve do not rise", "put them in order, none twice");
        }
        before = Some(x);
        if let Some(points) = &mut points {
            points.push((x.quantity.value, y.quantity.value));
        }
    }
    if pairs.len() < least {
        let many = if least == 1 { "one point" } else { "two points" };
        return keys.wrong(&node.place, format!("a curve has at least {many}"), "add a point");
    }
    points
}

/// `{ lookup = [ { to = "5 degC", is = "0 1" }, { is = "1 1" } ], closed = "below" }`
fn lookup(unit: Unit, keys: &mut Keys<'_, '_>) -> Option<Read> {
    let words = [("below", Closed::Below), ("above", Closed::Above)];
    let node = keys.required("lookup", "[ { to = \"5 degC\", is = \"0 1\" }, { is = \"1 1\" } ]");
    let closed = keys.word("closed", &words, "does not say which end belongs to a step");
    let node = node?;
    let items = node.list("a list of steps", keys.faults)?;
    let mut steps: Vec<LookupStep> = Vec::new();
    let (mut result, mut complete, mut before): (Option<Unit>, bool, Option<Literal>) = (None, true, None);
    for (at, item) in items.iter().enumerate() {
        let Some((to, is)) = read_step(item, unit, &mut result, keys) else {
            complete = false;
            continue;
        };
        complete &= check_end(item, at + 1 == items.len(), before, to, keys).is_some();
        before = to.or(before);
        steps.push(LookupStep { to: to.map(|to| to.quantity.value), is: is.quantity.value });
    }
    if items.len() < 2 {
        return keys.wrong(&node.place, "a table has at least two steps", "add a step, as in { is = \"1 1\" }");
    }
    let result = result?;
    let positive = steps.iter().all(|step| step.is >= Fixed::ZERO);
    let (rises, falls) = (steps.is_sorted_by(|a, b| a.is <= b.is), steps.is_sorted_by(|a, b| a.is >= b.is));
    let block = closed.filter(|_| complete).map(|closed| Block::Lookup { closed, steps });
    Some(Read { block, unit: result, positive, rises, falls })
}

/// One step: its upper end, if any, and what it gives, in the unit of the first.
fn read_step(
    item: &Node,
    unit: Unit,
    result: &mut Option<Unit>,
    keys: &mut Keys<'_, '_>,
) -> Option<(Option<Literal>, Literal)> {
    let mut fields = Fields::of(item, "a step of the table", keys.faults)?;
    let to = fields.optional("to");
    let is = fields.required("is", "\"1 1\"", keys.faults);
    fields.finish(keys.faults);
    let to = match to {
        Some(node) => keys.reader.scope.in_unit(node, unit, &Product::example_in(unit), keys.faults).map(Some),
        None => Some(None),
    };
    let is = match *result {
        Some(unit) => is.and_then(|node| keys.quantity_of(node, unit)),
        None => is.and_then(|node| keys.reader.scope.literal(node, "\"1 1\"", keys.faults)),
    };
    *result = result.or(is.map(|is| is.quantity.unit));
    to.zip(is)
}

/// Ends rise from step to step, and only the last has none: together they are the whole line.
fn check_end(
    item: &Node,
    last: bool,
    before: Option<Literal>,
    to: Option<Literal>,
    keys: &mut Keys<'_, '_>,
) -> Option<()> {
    match (to, last) {
        (None, false) => keys.wrong(
            &item.place,
            "this step reaches over all that follow: they overlap",
            "give it an end `to`; only the last step has none",
        ),
        (Some(to), true) => keys.wrong(
            &item.place,
            format!("nothing is said of values above {}: the table leaves a gap", to.quantity),
            "the last step has no `to`",
        ),
        (Some(to), false) => {
            let known = |before: Literal| !before.placeholder && !to.placeholder;
            match before.filter(|before| known(*before) && before.quantity.value >= to.quantity.value) {
                Some(before) => {
                    let message = format!("the step to {} ends before it begins, at {}", to.quantity, before.quantity);
                    keys.wrong(&item.place, message, "put the steps in order, none twice")
                }
                None => Some(()),
            }
        }
        (None, true) => Some(()),
    }
}
