//! Branches: flows of their own inside a block.

use crate::document::{Fault, Faults, Node, Value};

use super::super::block::Branch;
use super::super::grain::Grain;
use super::flow::{Flow, Number, Series, Slots};
use super::reader::{Blocks, Reader};

/// A branch with what flows out of it; no blocks where one of them could not be read.
pub(super) struct ReadBranch<'a> {
    pub node: &'a Node,
    pub blocks: Option<Branch>,
    pub flow: Flow,
}

/// Reads a branch. `None` where it is not known what flows out of it, which is told.
pub(super) fn read_branch<'a>(node: &'a Node, reader: Reader<'_>, faults: &mut Faults) -> Option<ReadBranch<'a>> {
    read_in(node, reader.inside(node, faults)?, faults)
}

/// Reads a branch of which a formula is computed: where it is another formula and nothing else, that one need not round.
pub(super) fn read_input<'a>(node: &'a Node, reader: Reader<'_>, faults: &mut Faults) -> Option<ReadBranch<'a>> {
    let alone = matches!(&node.value, Value::List(nodes) if nodes.len() == 1);
    read_in(node, Reader { of_formula: alone, ..reader.inside(node, faults)? }, faults)
}

fn read_in<'a>(node: &'a Node, reader: Reader<'_>, faults: &mut Faults) -> Option<ReadBranch<'a>> {
    let nodes = node.list("a branch: a list of blocks such as [ { read = … }, … ]", faults)?;
    if nodes.is_empty() {
        let fault = Fault::new(&node.place, "the branch is empty");
        faults.push(fault.hint("begin it with { read = \"precipitation\", every = \"1 h\" }"));
        return None;
    }
    let Blocks { blocks, flow } = reader.blocks(nodes, faults);
    Some(ReadBranch { node, blocks, flow: flow? })
}

impl ReadBranch<'_> {
    /// The series that flows out of it, if it is one of values.
    pub fn values(&self) -> Option<&Series> {
        match &self.flow {
            Flow::Series(series) if series.slots == Slots::Values => Some(series),
            _ => None,
        }
    }

    /// The series of flags that flows out of it, if it is one.
    pub fn flags(&self) -> Option<&Series> {
        match &self.flow {
            Flow::Series(series) if series.slots == Slots::Flags => Some(series),
            _ => None,
        }
    }

    /// The number that flows out of it, if it is one.
    pub fn number(&self) -> Option<&Number> {
        match &self.flow {
            Flow::Number(number) => Some(number),
            _ => None,
        }
    }

    /// A fault at its last block.
    pub fn wrong<T>(&self, message: String, hint: &str, faults: &mut Faults) -> Option<T> {
        let last = self.node.list("a branch", faults).and_then(<[Node]>::last).unwrap_or(self.node);
        faults.push(Fault::new(&last.place, message).hint(hint));
        None
    }
}

/// Whether all series have slots that can be put side by side; else a fault at the first that differs.
pub(super) fn same_slots(branches: &[(&ReadBranch<'_>, &Series)], faults: &mut Faults) -> Option<()> {
    let (_, first) = branches.first()?;
    let mut same = Some(());
    for (branch, series) in &branches[1..] {
        if series.grain != first.grain || series.apart != first.apart {
            let message = format!(
                "this branch has one value for each {}, the first has one for each {}",
                series.grain.one(),
                first.grain.one()
            );
            same = branch.wrong(message, "join the smaller slots with { per = …, take = … }", faults);
        } else if series.grain == Grain::Phase && series.phases != first.phases {
            let message = "this branch has other phases than the first".to_owned();
            same = branch.wrong(message, "write the same phases in all branches", faults);
        }
    }
    same
}

/// Reads a branch that ends in a comparison, or the track of storms in an area.
pub(super) fn read_flags<'a>(node: &'a Node, reader: Reader<'_>, faults: &mut Faults) -> Option<ReadBranch<'a>> {
    let branch = read_branch(node, reader, faults)?;
    match &branch.flow {
        Flow::Series(Series { slots: Slots::Flags, .. }) => Some(branch),
        Flow::Track(track) if track.cut => Some(branch),
        Flow::Track(_) => {
            let message = "the tracks are not narrowed to an area".to_owned();
            branch.wrong(message, "put { within = \"100 km\", of = \"site\" } or { inside = … } behind it", faults)
        }
        flow => {
            let message = format!("it is open when this branch is met: {}", flow.described());
            branch.wrong(message, "end it with { meets = \">= 10 mm\" } or the like", faults)
        }
    }
}
