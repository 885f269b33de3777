//! Reading the covers of a product, and whether the parts of one go together.

use crate::calendar::Window;
use crate::document::{Fault, Faults, Fields, Node};

use super::cover::Cover;
use super::data_rules::read_vintage;
use super::events::{read_days, read_events};
use super::gate::read_gates;
use super::less::{Less, read_less};
use super::limb::{Limb, Together, read_limb, read_limbs, read_together};
use super::limit::{CoverLimit, read_cover_limit};
use super::literal::Scope;
use super::payout::Amount;
use super::pipeline::IndexKind;
use super::product::{Column, VintageRule};
use super::term_sheet::{entry_place, read_id};
use super::window::{CoverWindow, read_window};

/// Reads the tables `[[cover]]`.
pub(super) fn read_covers(
    node: &Node,
    columns: &[Column],
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Vec<Cover>> {
    let items = node.list("tables [[cover]]", faults)?;
    let mut covers: Vec<Cover> = Vec::new();
    let mut complete = true;
    for item in items {
        let Some(cover) = read_cover(item, columns, scope, faults) else {
            complete = false;
            continue;
        };
        if covers.iter().any(|other| other.id == cover.id) {
            let fault = Fault::new(entry_place(item, "id"), format!("two covers are called `{}`", cover.id));
            faults.push(fault.hint("give this one another id"));
            complete = false;
        }
        covers.push(cover);
    }
    if items.is_empty() {
        faults.push(Fault::new(&node.place, "a product has at least one cover").hint("add [[cover]]"));
    }
    if complete {
        items.iter().enumerate().for_each(|(place, item)| check_less(&covers, place, item, faults));
    }
    (complete && !covers.is_empty()).then_some(covers)
}

/// What is subtracted was settled before: it is the payout of an earlier cover.
fn check_less(covers: &[Cover], place: usize, node: &Node, faults: &mut Faults) {
    let Some(less) = covers[place].less_within() else { return };
    let fault = match covers.iter().position(|other| other.id == less) {
        None => Some((format!("there is no cover `{less}`"), "name an earlier [[cover]] of this product")),
        Some(other) if other == place => {
            Some(("a cover cannot be subtracted from itself".to_owned(), "name an earlier [[cover]]"))
        }
        Some(other) if other > place => {
            Some((format!("cover {less} stands further down"), "put that cover before this one"))
        }
        Some(other) if covers[other].is_swap() => {
            Some((format!("cover {less} is a swap"), "only what is paid to the insured is subtracted"))
        }
        Some(_) => None,
    };
    if let Some((message, hint)) = fault {
        faults.push(Fault::new(entry_place(node, "less"), message).hint(hint));
    }
}

fn read_cover(node: &Node, columns: &[Column], scope: &Scope<'_>, faults: &mut Faults) -> Option<Cover> {
    let mut fields = Fields::of(node, "[[cover]]", faults)?;
    let id = fields.required("id", "\"rain\"", faults).and_then(|node| read_id(node, faults));
    let window = fields
        .required("window", "{ from = \"06-20\", to = \"07-31\" }", faults)
        .and_then(|node| read_window(node, columns, scope, faults));
    let monthly = window.as_ref().is_some_and(|window| window.window == Window::EachMonth);
    let limit_node = fields.optional("limit");
    let limit = limit_node.map_or(Some(CoverLimit::default()), |node| read_cover_limit(node, scope, faults));
    let (together, limbs) = if fields.has("limb") {
        let together = read_together(&mut fields, limit, faults);
        (together, read_limbs(&mut fields, monthly, scope, faults))
    } else {
        let limb = read_limb(&mut fields, id.clone().unwrap_or_default(), monthly, scope, faults);
        (Some(Together::Best), limb.map(|limb| vec![limb]))
    };
    let events_node = fields.optional("events");
    let events = match events_node {
        None => Some(None),
        Some(node) => read_events(node, scope, faults).map(Some),
    };
    let gates = read_gates(&mut fields, node, scope, faults);
    let own = read_own_rules(&mut fields, columns, scope, faults);
    fields.finish(faults);
    let open = scope.any_open_amount(node);
    let (id, CoverWindow { window, anchor }, limbs) = (id?, window?, limbs?);
    check_events(node, events_node, &limbs, faults)?;
    let own = own?;
    let cover = Cover {
        id,
        window,
        anchor,
        limbs,
        together: together?,
        events: events?,
        gates: gates?,
        limit: limit?,
        waiting: own.waiting,
        less: own.less,
        interim: own.interim,
        lag: own.lag,
        longest_wait: own.longest_wait,
        vintage: own.vintage,
        place: node.place.clone(),
        open,
    };
    check_swap(&cover, node, faults)?;
    check_interim(&cover, node, faults)?;
    Some(cover)
}

/// Events have a rule, and stand alone.
fn check_events(node: &Node, events: Option<&Node>, limbs: &[Limb], faults: &mut Faults) -> Option<()> {
    let is_number = |limb: &&Limb| matches!(limb.pipeline.kind, IndexKind::Number { .. });
    let numbers = limbs.iter().filter(is_number).count();
    let fault = match (limbs.len() - numbers, events) {
        (0, Some(_)) => Some(("only a cover on events has `events`", "leave out `events`")),
        (0, None) => None,
        (1, None) if limbs.len() == 1 => Some((
            if limbs[0].is_on_storms() {
                "it is open which storms of a period pay"
            } else {
                "it is open which events of a period pay"
            },
            "add events = { pay = \"each\", limit = \"100 %\" } or { pay = \"largest\" }",
        )),
        (1, Some(_)) if limbs.len() == 1 => None,
        _ => Some(("a cover on events has no limbs", "write a cover for each")),
    };
    let Some((message, hint)) = fault else { return Some(()) };
    let place = events.map_or(&node.place, |node| &node.place);
    faults.push(Fault::new(place, message).hint(hint));
    None
}

/// A swap stands alone: what one side owes is not limited, split or subtracted.
fn check_swap(cover: &Cover, node: &Node, faults: &mut Faults) -> Option<()> {
    if !cover.is_swap() {
        return Some(());
    }
    let with = [
        (entry_place(node, "limb") != &node.place, "limb", "limbs"),
        (cover.events.is_some(), "events", "events"),
        (!cover.gates.list.is_empty(), "gate", "gates"),
        (cover.limit != CoverLimit::default(), "limit", "a limit beside its own"),
        (cover.less.is_some(), "less", "another cover that is subtracted"),
    ];
    let Some((_, key, what)) = with.into_iter().find(|(there, ..)| *there) else { return Some(()) };
    let fault = Fault::new(entry_place(node, key), format!("a swap stands alone in its cover, without {what}"));
    faults.push(fault.hint("write a [[cover]] of its own for the swap"));
    None
}

/// What is paid while the period runs binds: no later reading may take it back.
fn check_interim(cover: &Cover, node: &Node, faults: &mut Faults) -> Option<()> {
    if cover.interim.is_none() {
        return Some(());
    }
    let place = entry_place(node, "interim");
    let Some(way) = cover.taken_back_by() else { return Some(()) };
    let fault = Fault::new(place, format!("nothing can be paid while the period runs: {way}"));
    faults.push(fault.hint("leave out `interim`: what is due is paid at the end of the period"));
    None
}

/// What a cover rules for itself.
struct OwnRules {
    waiting: Option<u32>,
    less: Option<Less>,
    interim: Option<Amount>,
    lag: Option<i64>,
    longest_wait: Option<i64>,
    vintage: Option<VintageRule>,
}

fn read_own_rules(
    fields: &mut Fields<'_>,
    columns: &[Column],
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<OwnRules> {
    let mut seconds = |key, example| match fields.optional(key) {
        None => Some(None),
        Some(node) => scope.seconds(node, example, faults).map(Some),
    };
    let (lag, longest_wait) = (seconds("lag", "\"7 d\""), seconds("longest_wait", "\"60 d\""));
    let waiting = match fields.optional("waiting") {
        None => Some(None),
        Some(node) => read_days(node, scope, "\"10 d\"", faults).map(Some),
    };
    let less = match fields.optional("less") {
        None => Some(None),
        Some(node) => read_less(node, columns, faults).map(Some),
    };
    let interim = match fields.optional("interim") {
        None => Some(None),
        Some(node) => read_interim(node, scope, faults).map(Some),
    };
    let vintage = match fields.optional("vintage") {
        None => Some(None),
        Some(node) => read_vintage(node, faults).map(Some),
    };
    let (lag, longest_wait, vintage) = (lag?, longest_wait?, vintage?);
    Some(OwnRules { waiting: waiting?, less: less?, interim: interim?, lag, longest_wait, vintage })
}

/// The least amount that is paid while the period runs.
fn read_interim(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Amount> {
    let least = scope.amount(node, faults)?;
    if least.is_zero() && !scope.is_open(node) {
        let fault = Fault::new(&node.place, "a payment of nothing while the period runs");
        faults.push(fault.hint("write the least amount that is paid in advance, such as \"1000 CNY\" or \"5 %\""));
        return None;
    }
    Some(least)
}
