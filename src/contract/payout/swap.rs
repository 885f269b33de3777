//! The shapes without a strike: a swap, which pays in both directions, and a layer of a loss.

use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::{Exact, Unit};

use super::super::Operator;
use super::super::literal::{Scope, both_known};
use super::super::product::Product;
use super::level::read_level;
use super::line::read_when;
use super::shape::Shape;

/// Reads `{ swap = "100 MWh", tick = "50 EUR/MWh", when = "<", most = "100000 EUR", least = "100000 EUR" }`.
pub(super) fn read_swap(
    fields: &mut Fields<'_>,
    unit: Unit,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Shape> {
    let level = fields
        .required("swap", &Product::example_in(unit), faults)
        .and_then(|node| read_level(node, unit, monthly, scope, faults));
    let tick =
        fields.required("tick", &format!("\"50 EUR/{unit}\""), faults).and_then(|node| scope.tick(node, unit, faults));
    let when = fields.required("when", "\"<\"", faults).and_then(|node| read_side(node, faults));
    let amount = |key: &'static str, fields: &mut Fields<'_>, faults: &mut Faults| {
        let node = fields.required(key, "\"100000 EUR\"", faults)?;
        scope.amount(node, faults)
    };
    let (most, least) = (amount("most", fields, faults), amount("least", fields, faults));
    Some(Shape::Swap { when: when?, level: level?.level, tick: tick?, most: most?, least: least? })
}

/// On which side of the level the insured receives. The level itself pays nothing to either, so `<=` says no more.
fn read_side(node: &Node, faults: &mut Faults) -> Option<Operator> {
    let when = read_when(node, faults)?;
    if matches!(when, Operator::AtMost | Operator::AtLeast) {
        let message = format!("a swap pays on both sides of its level, `{}` is no side", when.sign());
        faults.push(Fault::new(&node.place, message).hint("write \"<\" or \">\": where the insured receives"));
        return None;
    }
    Some(when)
}

/// Reads `{ attachment = "10000000 USD", exhaustion = "40000000 USD", cession = "30 %" }`.
pub(super) fn read_layer(
    fields: &mut Fields<'_>,
    node: &Node,
    unit: Unit,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Shape> {
    let _asked = ["attachment", "exhaustion", "cession"].map(|key| fields.has(key));
    if scope.currency.is_some_and(|currency| currency.code() != unit.symbol()) {
        let currency = scope.currency.map_or_else(String::new, |currency| currency.to_string());
        let fault = Fault::new(&node.place, format!("a layer is of a loss in {currency}, but the index is in {unit}"));
        faults.push(fault.hint("write a strike, an exit and a limit"));
        return None;
    }
    let example = Product::example_in(unit);
    let attachment = fields.required("attachment", &example, faults);
    let attachment = attachment.and_then(|node| scope.in_unit(node, unit, &example, faults));
    let exhaustion_node = fields.required("exhaustion", &example, faults);
    let exhaustion = exhaustion_node.and_then(|node| scope.in_unit(node, unit, &example, faults));
    let cession = fields.required("cession", "\"30 %\"", faults).and_then(|node| scope.share(node, "\"30 %\"", faults));
    let (attachment, exhaustion, cession) = (attachment?, exhaustion?, cession?);
    if both_known(attachment, exhaustion) && exhaustion.quantity.value <= attachment.quantity.value {
        let (from, to) = (attachment.quantity, exhaustion.quantity);
        let message = format!("the layer ends at {to}, which is not above its attachment {from}");
        let place = exhaustion_node.map_or(&node.place, |node| &node.place);
        faults.push(Fault::new(place, message).hint("put the exhaustion above the attachment"));
        return None;
    }
    let (attachment, exhaustion) = (attachment.quantity.value, exhaustion.quantity.value);
    // Where the book gives both, they are held against one another for each policy.
    let width = Exact::from(exhaustion).minus(Exact::from(attachment)).ok()?;
    Some(Shape::Layer { attachment, width, cession })
}
