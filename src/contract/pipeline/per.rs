//! `per`: slots joined into larger ones.

use crate::document::{Node, Value};
use crate::quantity::Exact;

use super::super::block::Block;
use super::super::grain::Grain;
use super::super::literal::Places;
use super::super::reduce::Take;
use super::flow::{Drift, Series};
use super::keys::Keys;
use super::phases::read_phases;
use super::reader::Outcome;
use super::sources::grain_of;

/// Of power only energy is a sum.
pub(super) const POWERS: &str = "powers are not added up over time";
/// What is written instead.
pub(super) const ENERGY: &str = "end the index with { reduce = \"energy\" } for kWh";

/// `{ per = "day", take = "sum", need = "90 %" }`
pub(super) fn per(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let Some(node) = keys.required("per", "\"day\"") else { return Outcome::LOST };
    let grain = larger(node, keys);
    let phases = if grain == Some(Grain::Phase) {
        let example = "[ { id = \"sowing\", from = \"04-01\", to = \"05-15\" } ]";
        keys.required("phases", example).and_then(|node| read_phases(node, keys.faults))
    } else {
        Some(Vec::new())
    };
    let take = read_take(series, keys);
    let need = keys.need();
    let Some(grain) = grain.filter(|grain| fits(series, *grain, node, keys)) else { return Outcome::LOST };
    let Some(phases) = phases else { return Outcome::LOST };
    let whole = need.is_none_or(|need| need == Exact::from(1)) && !series.open;
    let drift = take.map_or(Drift::Any, |take| joined(series, take, whole));
    let flow = Series { grain, drift, apart: false, phases: phases.clone(), ..series.clone() };
    let block = take.zip(need).map(|(take, need)| Block::Per { grain, phases, take, need });
    Outcome::series(block, flow)
}

/// How a number of several slots may change; `whole`: it is there only where all of them are.
pub(super) fn joined(series: &Series, take: Take, whole: bool) -> Drift {
    match take {
        _ if whole => series.drift,
        Take::Sum => series.drift.growing(series.positive),
        Take::Max => series.drift.growing(true),
        Take::Min => series.drift.shrinking(true),
        Take::Mean(_) => Drift::Any,
    }
}

/// The larger slot that a word or a duration names.
fn larger(node: &Node, keys: &mut Keys<'_, '_>) -> Option<Grain> {
    let text = node.text("\"day\" or a duration such as \"1 h\"", keys.faults)?;
    match text {
        "day" => return Some(Grain::Day),
        "dekad" => return Some(Grain::Dekad),
        "month" => return Some(Grain::Month),
        "year" => return Some(Grain::Year),
        "phase" => return Some(Grain::Phase),
        _ => {}
    }
    if !text.contains(' ') && !text.starts_with('{') {
        let words = ["day", "dekad", "month", "year", "phase", "storm", "run", "value"];
        let hint = crate::document::did_you_mean(text, words).map_or_else(
            || "\"day\", \"dekad\", \"month\", \"year\", \"phase\", or \"1 h\", \"10 d\"".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return keys.wrong(&node.place, format!("`{text}` is no slot"), hint);
    }
    days(node).map_or_else(|| grain_of(node, keys), Some)
}

/// `"10 d"`: more insured days than one.
fn days(node: &Node) -> Option<Grain> {
    let Value::Text(text) = &node.value else { return None };
    let days = text.strip_suffix(" d")?.parse::<u32>().ok()?;
    (2..=366).contains(&days).then_some(Grain::Days(days))
}

fn fits(series: &Series, grain: Grain, node: &Node, keys: &mut Keys<'_, '_>) -> bool {
    let (message, hint) = match (series.grain, grain) {
        (Grain::Report, _) => (
            "a report stands for whatever it says, and is joined into no slot".to_owned(),
            "reduce the reports, as in { reduce = \"sum\" }".to_owned(),
        ),
        _ if series.apart => (
            "stretches that are apart are joined into no slot".to_owned(),
            "join the slots before { rolling = … }".to_owned(),
        ),
        (from, to) if nests(from, to) => return true,
        (from @ (Grain::Step(_) | Grain::Days(_)), to) => {
            (format!("a slot of {to} is not made of slots of {from}"), format!("write a multiple of {from}"))
        }
        (from, to) => (
            format!("a slot of {to} is not made of slots of {from}"),
            "leave out the block, or make larger slots".to_owned(),
        ),
    };
    let _: Option<()> = keys.wrong(&node.place, message, hint);
    false
}

/// Whether larger slots are made of whole smaller ones.
fn nests(from: Grain, to: Grain) -> bool {
    match (from, to) {
        (Grain::Step(from), Grain::Step(to)) => to > from && to % from == 0,
        (Grain::Days(from), Grain::Days(to)) => to > from && to % from == 0,
        (Grain::Step(_), to) => to != Grain::Report,
        (Grain::Day, to) => !matches!(to, Grain::Step(_) | Grain::Day | Grain::Report),
        (Grain::Dekad, to) => matches!(to, Grain::Month | Grain::Year),
        (Grain::Month, to) => to == Grain::Year,
        _ => false,
    }
}

/// `take`, with `round` and `mode` where it is a mean.
pub(super) fn read_take(series: &Series, keys: &mut Keys<'_, '_>) -> Option<Take> {
    #[derive(Clone, Copy)]
    enum Word {
        Sum,
        Mean,
        Max,
        Min,
    }
    let words = [("sum", Word::Sum), ("mean", Word::Mean), ("max", Word::Max), ("min", Word::Min)];
    let node = keys.required("take", "\"sum\"")?;
    let word = keys.word_of(node, &words, "cannot be taken here")?;
    if let Word::Mean = word {
        return keys.rounding(series.unit, Places::Series).map(Take::Mean);
    }
    keys.no_rounding("only a mean is rounded here", "leave out `round` and `mode`");
    match word {
        Word::Sum if series.is_power() => keys.wrong(&node.place, POWERS, ENERGY),
        Word::Sum => Some(Take::Sum),
        Word::Max => Some(Take::Max),
        Word::Min | Word::Mean => Some(Take::Min),
    }
}
