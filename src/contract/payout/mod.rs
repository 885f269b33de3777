//! Reading a payout: its shape, its levels in the unit of the index, its amounts, what modifies them.

mod amount;
mod bands;
mod grid;
mod level;
mod line;
mod modifiers;
mod shape;
mod swap;

use crate::document::{Fault, Faults, Fields, Node};

use super::literal::Scope;
use super::pipeline::IndexKind;

pub use amount::Amount;
pub use bands::{Band, Closed};
pub use grid::{Axis, AxisOf, Bounds, Coordinate, Grid};
pub use level::Level;
pub(super) use modifiers::AT_ODDS;
pub use modifiers::Modifiers;
pub use shape::Shape;

/// Reads `payout = { … }` for an index of this kind.
pub(super) fn read_payout(
    node: &Node,
    kind: IndexKind,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<(Shape, Modifiers)> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the payout", faults)?;
    let shape = read_shape(&mut fields, node, kind, monthly, scope, faults);
    let modifiers = modifiers::read_modifiers(&mut fields, scope, faults);
    fields.finish(faults);
    let (shape, modifiers) = (shape?, modifiers?);
    if matches!(shape, Shape::Swap { .. }) && !modifiers.is_none() {
        let fault = Fault::new(&node.place, "a swap pays in both directions and has no modifiers");
        faults.push(fault.hint("leave out by_date, deductible, franchise and minimum"));
    }
    modifiers::check_modifiers(&modifiers, &shape, node, scope, faults)?;
    (faults.len() == before).then_some((shape, modifiers))
}

fn read_shape(
    fields: &mut Fields<'_>,
    node: &Node,
    kind: IndexKind,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Shape> {
    let unit = match kind {
        IndexKind::Number { unit, .. } | IndexKind::Events { unit, .. } if !fields.has("rows") => unit,
        _ => return grid::read_grid(fields, node, kind, scope, faults).map(Shape::Grid),
    };
    if fields.has("bands") {
        bands::read_bands(fields, unit, scope, faults)
    } else if fields.has("swap") {
        swap::read_swap(fields, unit, monthly, scope, faults)
    } else if fields.has("attachment") || fields.has("exhaustion") {
        swap::read_layer(fields, node, unit, scope, faults)
    } else {
        line::read_line(fields, node, unit, monthly, scope, faults)
    }
}
