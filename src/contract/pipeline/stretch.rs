//! Comparisons, runs that meet one, and stretches that slide over the period.

use crate::document::{Node, Value};
use crate::quantity::{Fixed, Unit};

use super::super::block::Block;
use super::super::comparison::Comparison;
use super::super::grain::Grain;
use super::flow::{Drift, Series, Slots};
use super::keys::Keys;
use super::per::{joined, read_take};
use super::reader::Outcome;

/// `{ meets = "< 10 degC" }` or `{ meets = [">= 10 mm", "< 30 mm"] }`
pub(super) fn meets(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let node = keys.required("meets", "\"< 10 degC\"");
    let comparisons = node.and_then(|node| read_comparisons(node, series.unit, keys));
    let drift = comparisons.as_ref().map_or(Drift::Any, |all| flags_drift(series.drift, all));
    let flow = Series { slots: Slots::Flags, positive: true, drift, ..series.clone() };
    Outcome::series(comparisons.map(Block::Meets), flow)
}

/// A comparison that is met stays so where the value can only move further to its side.
fn flags_drift(values: Drift, comparisons: &[Comparison]) -> Drift {
    let upward = |comparison: &Comparison| comparison.operator.is_upward();
    match values {
        Drift::Still => Drift::Still,
        drift if comparisons.iter().all(upward) => drift,
        drift if !comparisons.iter().any(upward) => drift.turned(),
        _ => Drift::Any,
    }
}

fn read_comparisons(node: &Node, unit: Unit, keys: &mut Keys<'_, '_>) -> Option<Vec<Comparison>> {
    let Value::List(items) = &node.value else {
        return keys.comparison_of(node, unit, "< 10").map(|comparison| vec![comparison]);
    };
    let read: Vec<_> = items.iter().map(|item| keys.comparison_of(item, unit, ">= 10")).collect();
    let comparisons = read.into_iter().collect::<Option<Vec<_>>>()?;
    if comparisons.is_empty() {
        return keys.wrong(&node.place, "there is no comparison", "as in meets = [\">= 10 mm\", \"< 30 mm\"]");
    }
    let open = |item: &Node| matches!(&item.value, Value::Text(text) if text.contains('{'));
    if !items.iter().any(open) && never(&comparisons) {
        return keys.wrong(&node.place, "no number meets all of these", "correct one of the comparisons");
    }
    Some(comparisons)
}

/// Whether the comparisons exclude one another.
fn never(comparisons: &[Comparison]) -> bool {
    let upward = || comparisons.iter().filter(|comparison| comparison.operator.is_upward());
    let downward = || comparisons.iter().filter(|comparison| !comparison.operator.is_upward());
    upward().any(|low| {
        downward().any(|high| {
            low.bound > high.bound || (low.bound == high.bound && !(low.holds(low.bound) && high.holds(low.bound)))
        })
    })
}

/// `{ in_runs = ">= 40 mm", at_least = "3 d" }`
pub(super) fn in_runs(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let node = keys.required("in_runs", "\">= 40 mm\"");
    let comparison = node.and_then(|node| keys.comparison_of(node, series.unit, ">= 40"));
    let at_least = keys.required("at_least", "\"3 d\"").and_then(|node| slots_of(node, series, keys));
    let drift = match (series.drift, comparison) {
        (Drift::Still, _) => Drift::Still,
        (Drift::Up, Some(comparison)) if comparison.operator.is_upward() => Drift::Up,
        (Drift::Down, Some(comparison)) if !comparison.operator.is_upward() => Drift::Down,
        _ => Drift::Any,
    };
    let flow = Series { slots: Slots::Runs, drift, open: true, ..series.clone() };
    let block = comparison.zip(at_least).map(|(comparison, at_least)| Block::InRuns { comparison, at_least });
    Outcome::series(block, flow)
}

/// `{ rolling = "48 h", take = "sum", step = "48 h", reach_before = true }`
pub(super) fn rolling(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let slots = keys.required("rolling", "\"48 h\"").and_then(|node| slots_of(node, series, keys));
    let take = read_take(series, keys);
    let step = read_step(slots, series, keys);
    let reach_before = keys.flag("reach_before");
    let drift = take.map_or(Drift::Any, |take| joined(series, take, !series.open));
    let apart = step.is_none_or(|step| step > 1);
    let flow = Series { drift, apart, ..series.clone() };
    let block = (|| Some(Block::Rolling { slots: slots?, take: take?, step: step?, reach_before: reach_before? }))();
    Outcome::series(block, flow)
}

/// From the beginning of one stretch to that of the next; a slot where nothing else is written.
fn read_step(slots: Option<usize>, series: &Series, keys: &mut Keys<'_, '_>) -> Option<usize> {
    let Some(node) = keys.optional("step") else { return Some(1) };
    let step = slots_of(node, series, keys)?;
    if slots.is_some_and(|slots| step > slots) {
        let message = "between two stretches slots would count for nothing";
        return keys.wrong(&node.place, message, "let `step` be no longer than the stretch");
    }
    Some(step)
}

/// How many slots a duration is: at least one. Of months and dekads `"3 months"`, `"3 dekads"`.
pub(super) fn slots_of(node: &Node, series: &Series, keys: &mut Keys<'_, '_>) -> Option<usize> {
    let (step, grain) = match series.grain {
        Grain::Step(seconds) => (seconds, series.grain),
        Grain::Day => (86_400, series.grain),
        Grain::Days(days) => (86_400 * i64::from(days), series.grain),
        Grain::Month => return calendar_slots(node, "month", keys),
        Grain::Dekad => return calendar_slots(node, "dekad", keys),
        Grain::Year | Grain::Phase | Grain::Report => {
            let message = format!("slots of {} have no common length", series.grain);
            return keys.wrong(&node.place, message, "put the block before the slots become so");
        }
    };
    if series.apart {
        let message = "stretches that are apart have no length that counts";
        return keys.wrong(&node.place, message, "leave out `step` of { rolling = … }");
    }
    let second = Unit::from_symbol("s").expect("the table has s");
    let literal = keys.reader.scope.in_unit(node, second, "\"3 d\"", keys.faults)?;
    if literal.placeholder {
        return Some(1);
    }
    let micros = literal.quantity.value.micros();
    let seconds = micros / Fixed::MICROS;
    if micros % Fixed::MICROS != 0 || seconds <= 0 || seconds % step != 0 {
        let message = format!("this is no whole number of steps of {grain}");
        return keys.wrong(&node.place, message, format!("write a multiple of {grain}"));
    }
    usize::try_from(seconds / step).ok()
}

fn calendar_slots(node: &Node, slot: &str, keys: &mut Keys<'_, '_>) -> Option<usize> {
    let text = node.text(&format!("a number of slots such as \"3 {slot}s\""), keys.faults)?;
    let number = text.strip_suffix(&format!(" {slot}s")).or_else(|| text.strip_suffix(&format!(" {slot}")));
    let slots = number.and_then(|number| number.parse::<usize>().ok()).filter(|slots| (1..=1_000).contains(slots));
    if slots.is_none() {
        let message = format!("`{text}` is no whole number of {slot}s, and one value here is for a {slot}");
        return keys.wrong(&node.place, message, format!("write it as \"3 {slot}s\""));
    }
    slots
}
