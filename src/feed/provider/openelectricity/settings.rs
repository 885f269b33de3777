//! Reading `[feed.NAME.openelectricity]`: what is asked of OpenElectricity.

use super::super::Context;
use super::super::sent::{Sent, check_columns, check_no_placeholders, check_stations, choice, sent};
use super::{Every, Network, Of, OpenElectricityForm};
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::Variable;

const SENT: [Sent; 2] = [sent("power", &[Variable::Power], &["MW"]), sent("energy", &[Variable::Energy], &["MWh"])];

pub(super) fn read_openelectricity(
    node: &Node,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<OpenElectricityForm> {
    let mut fields = Fields::of(node, "the OpenElectricity form", faults)?;
    let network = choice(&mut fields, "network", &Network::ALL.map(|network| (network.word(), network)), faults);
    let every = choice(&mut fields, "interval", &Every::ALL.map(|every| (every.word(), every)), faults);
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
    check_columns(context.columns, &SENT, "OpenElectricity", faults);
    check_no_placeholders(context, "openelectricity", "https://api.openelectricity.org.au/v4", faults);
    let (what, example) = match of {
        Some(Of::Fueltech(_)) => ("the code of a region", "TAS1"),
        _ => ("the code of a unit", "BAYSW1"),
    };
    let is_code = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    check_stations(context, what, example, is_code, faults)?;
    Some(OpenElectricityForm { network: network?, of: of?, every: every? })
}
