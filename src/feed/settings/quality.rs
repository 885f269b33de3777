//! What the settings ask of readings before they are taken.

use std::sync::Arc;

use super::seconds;
use crate::document::{Fault, Faults, Fields, Node};
use crate::observation::quality::{ColumnRules, Near};
use crate::quantity::{Fixed, Quantity, Unit, Variable};

/// Reads `least`, `most`, `step`, `stuck` and `near` of a column.
pub(super) fn read_column(
    fields: &mut Fields<'_>,
    variable: Variable,
    unit: Unit,
    faults: &mut Faults,
) -> Option<ColumnRules> {
    let before = faults.len();
    let mut rules = ColumnRules::of(variable, unit);
    rules.least = fields.optional("least").and_then(|node| in_unit(node, unit, faults));
    let most_node = fields.optional("most");
    rules.most = most_node.and_then(|node| in_unit(node, unit, faults));
    if let (Some(least), Some(most), Some(node)) = (rules.least, rules.most, most_node)
        && least > most
    {
        let fault = Fault::new(&node.place, format!("no number is at least {least} and at most {most} {unit}"));
        faults.push(fault.hint("exchange least and most"));
    }
    rules.step = fields.optional("step").and_then(|node| difference(node, unit, faults));
    rules.stuck_s = fields.optional("stuck").and_then(|node| seconds(node, 1, faults));
    rules.near = fields.optional("near").and_then(|node| read_near(node, unit, faults));
    (faults.len() == before).then_some(rules)
}

/// A number in the unit of its column.
fn in_unit(node: &Node, unit: Unit, faults: &mut Faults) -> Option<Fixed> {
    let text = node.text("a number with its unit", faults)?;
    match Quantity::parse(text) {
        Ok(quantity) if quantity.unit == unit => Some(quantity.value),
        Ok(_) => {
            let fault = Fault::new(&node.place, format!("`{text}` is in another unit than its column"));
            faults.push(fault.hint(format!("write it in {unit}")));
            None
        }
        Err(error) => {
            faults.push(Fault::new(&node.place, error.to_string()).hint(format!("write it as \"5 {unit}\"")));
            None
        }
    }
}

/// The same above zero: how far two numbers may be apart.
pub(super) fn difference(node: &Node, unit: Unit, faults: &mut Faults) -> Option<Fixed> {
    let value = in_unit(node, unit, faults)?;
    if value > Fixed::ZERO {
        return Some(value);
    }
    let fault = Fault::new(&node.place, format!("{value} {unit} is no distance"));
    faults.push(fault.hint(format!("write how far two numbers may be apart, as \"5 {unit}\"")));
    None
}

fn read_near(node: &Node, unit: Unit, faults: &mut Faults) -> Option<Near> {
    let mut fields = Fields::of(node, "the neighbours", faults)?;
    let of = fields.required("of", "[\"metar/ZSPD\"]", faults).and_then(|node| {
        let items = node.list("a list of feeds and stations", faults)?;
        if items.is_empty() {
            faults.push(Fault::new(&node.place, "there is no neighbour").hint("write of = [\"metar/ZSPD\"]"));
        }
        items.iter().map(|item| read_neighbour(item, faults)).collect::<Option<Vec<_>>>()
    });
    let within = fields.required("within", "\"5 degC\"", faults).and_then(|node| difference(node, unit, faults));
    fields.finish(faults);
    Some(Near { of: of.filter(|of| !of.is_empty())?, within: within? })
}

fn read_neighbour(node: &Node, faults: &mut Faults) -> Option<(Arc<str>, Arc<str>)> {
    let text = node.text("a feed and a station", faults)?;
    match text.split_once('/') {
        Some((feed, station)) if !feed.is_empty() && !station.is_empty() => Some((feed.into(), station.into())),
        _ => {
            let fault = Fault::new(&node.place, format!("`{text}` is no feed and station"));
            faults.push(fault.hint("write it as \"metar/ZSPD\": the feed's name in the settings, `/`, the station"));
            None
        }
    }
}

/// The nameplate of a station's plant.
pub(super) fn read_nameplate(node: &Node, faults: &mut Faults) -> Option<Quantity> {
    let text = node.text("a power such as \"2.05 MW\"", faults)?;
    let kilowatt = Unit::from_symbol("kW").expect("the table has it");
    let power = Quantity::parse(text).ok().filter(|power| power.unit.dimension() == kilowatt.dimension());
    let power = power.filter(|power| power.value > Fixed::ZERO);
    if power.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is not the power of a plant"));
        faults.push(fault.hint("write it as \"2050 kW\" or \"2.05 MW\""));
    }
    power
}
