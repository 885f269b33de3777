//! Events of a series: each run, or each value.

use super::super::block::Block;
use super::super::reduce::{EventTake, RunTake};
use super::flow::{Drift, Events, Flow, Series};
use super::keys::Keys;
use super::per::{ENERGY, POWERS};
use super::reader::Outcome;
use super::reduce::length_unit;

const WORDS: [(&str, RunTake); 4] =
    [("sum", RunTake::Sum), ("max", RunTake::Max), ("min", RunTake::Min), ("length", RunTake::Length)];

/// `{ per = "run", take = "sum" }`. A run may still become longer, or one with the next.
pub(super) fn per_run(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let node = keys.required("take", "\"sum\"");
    let take = node.and_then(|node| keys.word_of(node, &WORDS, "cannot be taken of a run"));
    if let (Some(node), Some(RunTake::Sum)) = (node, take)
        && series.is_power()
    {
        return keys.wrong(&node.place, POWERS, ENERGY).unwrap_or(Outcome::LOST);
    }
    let Some(take) = take else { return Outcome::LOST };
    let (unit, to_round) = match take {
        RunTake::Length => length_unit(series.grain),
        _ => (series.unit, None),
    };
    let flow = Events { unit, of: None, to_round, drift: Drift::Any };
    Outcome { block: Some(Block::PerEvent(EventTake::Run(take))), flow: Some(Flow::Events(flow)) }
}

/// `{ per = "value" }`: what is there is an event.
pub(super) fn per_value(series: &Series, _: &mut Keys<'_, '_>) -> Outcome {
    let flow = Events { unit: series.unit, of: None, to_round: None, drift: series.drift };
    Outcome { block: Some(Block::PerEvent(EventTake::Slot)), flow: Some(Flow::Events(flow)) }
}
