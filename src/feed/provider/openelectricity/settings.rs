//! Reading `[feed.NAME.openelectricity]`: what is asked of OpenElectricity.

use super::super::Context;
use super::super::asking::{no_placeholders, stations_are};
use super::super::sent::{Sent, check_columns, sent};
use super::{Every, Network, Of, OpenElectricityForm};
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::Variable;

const SENT: [Sent; 2] = [sent("power", Variable::Power, "MW"), sent("energy", Variable::Energy, "MWh")];

pub(super) fn read_openelectricity(
    node: &Node,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<OpenElectricityForm> {
    let mut fields = Fields::of(node, "the OpenElectricity form", faults)?;
    let network = fields.required("network", "\"NEM\"", faults);
    let network = network.and_then(|node| one_of(node, "a network", &Network::ALL, Network::word, faults));
    let every = fields.required("interval", "\"1h\"", faults);
    let every = every.and_then(|node| one_of(node, "an interval", &Every::ALL, Every::word, faults));
    let (facility, fueltech) = (fields.optional("facility"), fields.optional("fueltech"));
    let mut code = |node: &Node| {
        let text = node.text("a code", faults)?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./#".contains(&byte)) {
            faults.push(Fault::new(&node.place, format!("`{text}` is not a code")).hint("write \"WIND\" or \"BAYSW\""));
            return None;
        }
        Some(text.to_owned())
    };
    let of = match (facility, fueltech) {
        (Some(node), None) => code(node).map(Of::Facility),
        (None, Some(node)) => code(node).map(Of::Fueltech),
        _ => {
            let fault = Fault::new(&node.place, "the form has `facility` or `fueltech`: one of them");
            faults.push(fault.hint(
                "write facility = \"BAYSW\" where stations are its units, fueltech = \"WIND\" where they are regions",
            ));
            None
        }
    };
    fields.finish(faults);
    check_columns("OpenElectricity", &SENT, context.columns, faults);
    no_placeholders(context, "openelectricity", "https://api.openelectricity.org.au/v4", faults);
    let (what, example) = match of {
        Some(Of::Fueltech(_)) => ("the code of a region", "TAS1"),
        _ => ("the code of a unit", "BAYSW1"),
    };
    let is_code = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    stations_are(context, what, example, is_code, faults)?;
    Some(OpenElectricityForm { network: network?, of: of?, every: every? })
}

fn one_of<T: Copy>(
    node: &Node,
    what: &str,
    known: &[T],
    word: fn(T) -> &'static str,
    faults: &mut Faults,
) -> Option<T> {
    let text = node.text(what, faults)?;
    let found = known.iter().copied().find(|known| word(*known) == text);
    if found.is_none() {
        let words: Vec<_> = known.iter().map(|known| format!("\"{}\"", word(*known))).collect();
        let fault = Fault::new(&node.place, format!("`{text}` is not {what}"));
        faults.push(fault.hint(format!("write {}", words.join(" or "))));
    }
    found
}
