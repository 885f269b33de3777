//! Reading the covers of a product and their limbs.

use crate::calendar::Window;
use crate::document::{Fault, Faults, Fields, Node, Place};

use super::literal::Scope;
use super::payout::{read_events, read_payout};
use super::pipeline::{IndexKind, read_index};
use super::product::{Cover, Limb};
use super::term_sheet::{entry_place, read_id};
use super::window::read_window;

pub(super) fn read_covers(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Vec<Cover>> {
    let items = node.list("tables [[cover]]", faults)?;
    let mut covers: Vec<Cover> = Vec::new();
    let mut complete = true;
    for item in items {
        let Some(cover) = read_cover(item, scope, faults) else {
            complete = false;
            continue;
        };
        if covers.iter().any(|other| other.id == cover.id) {
            let fault = Fault::new(id_place(item), format!("two covers are called `{}`", cover.id));
            faults.push(fault.hint("give this one another id"));
            complete = false;
        }
        covers.push(cover);
    }
    if items.is_empty() {
        faults.push(Fault::new(&node.place, "a product has at least one cover").hint("add [[cover]]"));
    }
    (complete && !covers.is_empty()).then_some(covers)
}

/// Where the id of a cover or a limb stands.
fn id_place(node: &Node) -> &Place {
    entry_place(node, "id")
}

fn read_cover(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Cover> {
    let mut fields = Fields::of(node, "[[cover]]", faults)?;
    let id = fields.required("id", "\"rain\"", faults).and_then(|node| read_id(node, faults));
    let window = fields
        .required("window", "{ from = \"06-20\", to = \"07-31\" }", faults)
        .and_then(|node| read_window(node, faults));
    let monthly = window == Some(Window::EachMonth);
    let limbs = if fields.has("limb") {
        read_limbs(&mut fields, monthly, scope, faults)
    } else {
        let limb = read_limb(&mut fields, id.clone().unwrap_or_default(), monthly, scope, faults);
        limb.map(|limb| vec![limb])
    };
    let events_node = fields.optional("events");
    let events = events_node.map(|node| read_events(node, scope, faults));
    fields.finish(faults);
    let (id, window, limbs) = (id?, window?, limbs?);
    let storms = limbs.iter().filter(|limb| !matches!(limb.pipeline.kind, IndexKind::Number { .. })).count();
    let fault = match (storms, &events) {
        (0, Some(_)) => Some(("only a cover on storms has events", "leave out `events`")),
        (0, None) => None,
        (1, None) if limbs.len() == 1 => Some((
            "it is open which storms of a period pay",
            "add events = { pay = \"each\", limit = \"100 %\" } or { pay = \"largest\" }",
        )),
        (1, Some(_)) if limbs.len() == 1 => None,
        _ => Some(("storms have no limbs", "write a cover for each")),
    };
    if let Some((message, hint)) = fault {
        let place = events_node.map_or(&node.place, |node| &node.place);
        faults.push(Fault::new(place, message).hint(hint));
        return None;
    }
    let events = match events {
        None => None,
        Some(events) => Some(events?),
    };
    Some(Cover { id, window, limbs, events, place: node.place.clone() })
}

fn read_limbs(fields: &mut Fields<'_>, monthly: bool, scope: &Scope<'_>, faults: &mut Faults) -> Option<Vec<Limb>> {
    let combine = fields.required("combine", "\"best\"", faults)?;
    if combine.text("\"best\"", faults)? != "best" {
        let fault = Fault::new(&combine.place, "it is open how the limbs are combined");
        faults.push(fault.hint("write \"best\": the one that pays most"));
    }
    let mut limbs: Vec<Limb> = Vec::new();
    let mut complete = true;
    for node in fields.optional("limb")?.list("tables [[cover.limb]]", faults)? {
        let mut limb_fields = Fields::of(node, "[[cover.limb]]", faults)?;
        let id = limb_fields.required("id", "\"one-day\"", faults).and_then(|node| read_id(node, faults));
        let limb = read_limb(&mut limb_fields, id.clone().unwrap_or_default(), monthly, scope, faults);
        limb_fields.finish(faults);
        match limb.filter(|_| id.is_some()) {
            Some(limb) if limbs.iter().any(|other| other.id == limb.id) => {
                let fault = Fault::new(id_place(node), format!("two limbs are called `{}`", limb.id));
                faults.push(fault.hint("give this one another id"));
                complete = false;
            }
            Some(limb) => limbs.push(limb),
            None => complete = false,
        }
    }
    complete.then_some(limbs)
}

fn read_limb(
    fields: &mut Fields<'_>,
    id: String,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Limb> {
    let pipeline =
        fields.required("index", "[ { read = … }, … ]", faults).and_then(|node| read_index(node, scope, faults));
    let payout = fields.required("payout", "{ when = \"<\", strike = …, … }", faults)?;
    let pipeline = pipeline?;
    let shape = read_payout(payout, pipeline.kind, monthly, scope, faults)?;
    Some(Limb { id, pipeline, shape, payout_text: super::pipeline::source_text(&payout.place) })
}
