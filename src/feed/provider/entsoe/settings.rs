//! Reading `[feed.NAME.entsoe]`: what is asked of the Transparency Platform.

use super::super::Context;
use super::super::sent::{Sent, check_columns, check_no_placeholders, check_stations, chosen, sent};
use super::document::Direction;
use super::{EntsoeForm, What};
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::Variable;

const SENT: [Sent; 1] = [sent("quantity", &[Variable::Power], &["MW"])];
/// What a zone is called in the settings' hints.
const ZONE: &str = "10Y1001A1001A82H";

pub(super) fn read_entsoe(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<EntsoeForm> {
    let mut fields = Fields::of(node, "the ENTSO-E form", faults)?;
    let document = fields.required("document", "\"A75\"", faults).and_then(|node| {
        let word = node.text("\"A75\", \"A73\" or \"A65\"", faults)?;
        let known = ["A75", "A73", "A65"].into_iter().find(|known| *known == word);
        if known.is_none() {
            let fault = Fault::new(&node.place, format!("`{word}` is not a document that can be read"));
            faults.push(fault.hint(
                "write \"A75\" (generation by type), \"A73\" (generation by unit) or \"A65\" (load): forecasts are never read",
            ));
        }
        known
    });
    let needs = |has: &[&str]| document.is_some_and(|document| has.contains(&document));
    let psr_type = fields.optional("psr_type");
    let psr_type = read_if(psr_type, "psr_type", "\"B19\"", (needs(&["A75"]), needs(&["A65"])), &fields, faults)
        .map(|node| node.and_then(|node| coded(node, "a type of production such as \"B19\"", is_psr_type, faults)));
    let domain = fields.optional("domain");
    let domain =
        read_if(domain, "domain", &format!("\"{ZONE}\""), (needs(&["A73"]), needs(&["A75", "A65"])), &fields, faults)
            .map(|node| node.and_then(|node| coded(node, "the EIC of a control area", is_eic, faults)));
    let direction = fields.optional("direction");
    let both = needs(&["A75", "A73"]);
    let direction = read_if(direction, "direction", "\"generation\"", (both, needs(&["A65"])), &fields, faults)
        .map(|node| node.and_then(|node| read_direction(node, faults)));
    let every = fields.required("every", "\"15 min\"", faults).and_then(|node| {
        let every = crate::feed::settings::seconds(node, 1, faults)?;
        if ![900, 1_800, 3_600].contains(&every) {
            let fault = Fault::new(&node.place, "the platform knows intervals of 15 min, 30 min and 1 h");
            faults.push(fault.hint("write the resolution of the zone's answers: every = \"15 min\""));
            return None;
        }
        Some(every)
    });
    fields.finish(faults);
    check_columns(context.columns, &SENT, "ENTSO-E", faults);
    check_no_placeholders(context, "entsoe", "https://web-api.tp.entsoe.eu/api", faults);
    let what = if document == Some("A73") { "the EIC of a unit" } else { "the EIC of a zone" };
    check_stations(context, what, ZONE, is_eic, faults)?;
    let what = match document? {
        "A75" => What::ByType { psr_type: psr_type??, direction: direction?? },
        "A73" => What::ByUnit { domain: domain??, psr_type: psr_type?, direction: direction?? },
        _ => What::Load,
    };
    Some(EntsoeForm { what, every: every?, alone: context.stations?.len() == 1 })
}

/// A key that a document needs, or must not have; `Some(None)` where it may be left out and is.
fn read_if<'n>(
    node: Option<&'n Node>,
    key: &str,
    example: &str,
    (needed, refused): (bool, bool),
    fields: &Fields<'_>,
    faults: &mut Faults,
) -> Option<Option<&'n Node>> {
    match node {
        None if needed => {
            let fault = Fault::new(fields.place(), format!("`{key}` is missing in the ENTSO-E form"));
            faults.push(fault.hint(format!("add {key} = {example}")));
            None
        }
        Some(node) if refused => {
            let fault = Fault::new(&node.place, format!("this document has no {key}"));
            faults.push(fault.hint("leave it out; where the stations are zones, they say which"));
            None
        }
        node => Some(node),
    }
}

fn coded(node: &Node, what: &str, is: fn(&str) -> bool, faults: &mut Faults) -> Option<String> {
    let text = node.text(what, faults)?;
    if !is(text) {
        let fault = Fault::new(&node.place, format!("`{text}` is not {what}"));
        faults.push(fault.hint("the platform's code lists have them all"));
        return None;
    }
    Some(text.to_owned())
}

fn read_direction(node: &Node, faults: &mut Faults) -> Option<Direction> {
    let words = [Direction::Generation, Direction::Consumption].map(|known| (known.word(), known));
    chosen(node, "direction", &words, faults)
}

fn is_eic(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_psr_type(text: &str) -> bool {
    text.len() == 3 && text.starts_with('B') && text.bytes().skip(1).all(|byte| byte.is_ascii_digit())
}
