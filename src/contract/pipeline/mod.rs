//! Reading an index: block by block, with the unit and the kind of what flows between them.

mod branch;
mod combine;
mod compare;
mod curve;
mod events;
mod fits;
mod flow;
mod formula;
mod keys;
mod labels;
mod members;
mod only;
mod per;
mod phases;
mod places;
mod pointwise;
mod reader;
mod reduce;
mod round;
mod sources;
mod stretch;
#[cfg(test)]
mod tests;
mod tracks;
mod used;

use crate::document::{Fault, Faults, Node, Place};
use crate::quantity::Unit;

use super::block::{BlockText, Branch};
use super::blocks::VERBS;
use super::literal::Scope;
use super::track::PointValue;
use flow::{Events, Flow, Number};
use reader::{Blocks, Reader};
pub use used::names_dates;
pub(super) use used::names_of;

/// An index that was read without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// The blocks in order.
    pub blocks: Vec<BlockText>,
    /// What comes out.
    pub kind: IndexKind,
}

impl Pipeline {
    /// The unit of what comes out.
    pub fn unit(&self) -> Unit {
        self.blocks.last().expect("an index has a block").unit
    }
}

/// What an index comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// One number.
    Number {
        /// Its unit.
        unit: Unit,
        /// It cannot fall while more readings come in.
        rising: bool,
        /// It cannot rise while more readings come in.
        falling: bool,
    },
    /// One number for each event.
    Events {
        /// Its unit.
        unit: Unit,
        /// What it is of a storm; none where events are no storms.
        of: Option<PointValue>,
        /// None of them can fall while more readings come in.
        rising: bool,
        /// None of them can rise while more readings come in.
        falling: bool,
    },
    /// The points of each storm, for a grid.
    Points {
        /// Whether their distance from a place is known.
        near: bool,
    },
}

/// Reads `index = [ … ]`.
pub(super) fn read_index(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Pipeline> {
    let nodes = node.list("a list of blocks", faults)?;
    let before = faults.len();
    let Blocks { blocks, flow } = Reader::new(scope).blocks(nodes, faults);
    let kind = match (&flow, nodes.is_empty()) {
        (None, false) => None,
        _ => end_of(node, flow, faults),
    };
    let (blocks, kind) = (blocks?, kind?);
    (faults.len() == before).then_some(Pipeline { blocks, kind })
}

/// Reads an index that ends in a number, as a gate's.
pub(super) fn read_number_index(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Pipeline> {
    let pipeline = read_index(node, scope, faults)?;
    if matches!(pipeline.kind, IndexKind::Number { .. }) {
        return Some(pipeline);
    }
    let last = node.list("a list of blocks", faults)?.last().unwrap_or(node);
    let fault = Fault::new(&last.place, "events flow here, and one number is wanted");
    faults.push(fault.hint("end the index with { reduce = \"sum\" } or the like"));
    None
}

/// Reads a branch that says when something holds: one that ends in a comparison, or the tracks of storms in an area.
pub(super) fn read_branch_flags(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Branch> {
    let before = faults.len();
    let branch = branch::read_flags(node, Reader::new(scope), faults)?;
    branch.blocks.filter(|_| faults.len() == before)
}

/// What the last flow comes to, or why an index cannot end there.
fn end_of(node: &Node, flow: Option<Flow>, faults: &mut Faults) -> Option<IndexKind> {
    let last = node.list("a list of blocks", faults)?.last().unwrap_or(node);
    let fault = match flow {
        Some(
            Flow::Number(Number { unit, to_round: Some(what), .. })
            | Flow::Events(Events { unit, to_round: Some(what), .. }),
        ) => Fault::new(&last.place, format!("{what} is rounded, and it is open how"))
            .hint(format!("put {{ round = \"0.1 {unit}\", mode = \"half_up\" }} behind it, as the contract says")),
        Some(Flow::Number(Number { unit, drift, .. })) => {
            return Some(IndexKind::Number { unit, rising: drift.is_rising(), falling: drift.is_falling() });
        }
        Some(Flow::Events(Events { unit, of, drift, .. })) => {
            return Some(IndexKind::Events { unit, of, rising: drift.is_rising(), falling: drift.is_falling() });
        }
        Some(Flow::Track(track)) => return Some(IndexKind::Points { near: track.near }),
        Some(Flow::Series(_)) => Fault::new(&last.place, "the index ends in a series")
            .hint("put { reduce = \"sum\" } or the like behind it, so that one number comes out"),
        None => Fault::new(&node.place, "the index is empty").hint(format!("begin it with {}", VERBS[0].example)),
    };
    faults.push(fault);
    None
}

pub(super) fn source_text(place: &Place) -> String {
    match place {
        Place::Text(source, span) => source.text()[span.clone()].split_whitespace().collect::<Vec<_>>().join(" "),
        Place::Environment(name) | Place::File(name) => name.clone(),
    }
}
