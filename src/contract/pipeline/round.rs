//! `round` as a block of its own.

use super::super::block::Block;
use super::super::literal::Places;
use super::flow::{Events, Flow, Number, Series};
use super::keys::Keys;
use super::reader::Outcome;
use crate::quantity::Unit;

/// Each value of a series, to six places at most.
pub(super) fn of_series(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let round = keys.rounding(series.unit, Places::Series);
    Outcome::series(round.map(Block::Round), series.clone())
}

/// A number. The step's own unit is the unit of the index from here on: `"0.1 MWh"` makes megawatt-hours.
pub(super) fn of_number(number: Number, keys: &mut Keys<'_, '_>) -> Outcome {
    let (block, unit) = to_written(number.unit, keys);
    Outcome::number(block, Number { unit, to_round: None, ..number })
}

/// The number of each event, as any number.
pub(super) fn of_events(events: Events, keys: &mut Keys<'_, '_>) -> Outcome {
    let (block, unit) = to_written(events.unit, keys);
    Outcome { block, flow: Some(Flow::Events(Events { unit, to_round: None, ..events })) }
}

fn to_written(unit: Unit, keys: &mut Keys<'_, '_>) -> (Option<Block>, Unit) {
    let step = keys.required("round", &format!("\"0.1 {unit}\""));
    let mode = keys.required("mode", "\"half_up\"");
    let written = step.map_or(unit, |step| keys.reader.scope.step_unit(step, unit));
    let round = step
        .zip(mode)
        .and_then(|(step, mode)| keys.reader.scope.rounding(step, mode, unit, Places::Number, keys.faults));
    let target = if written.dimension() == unit.dimension() { written } else { unit };
    (round.map(Block::Round), target)
}
