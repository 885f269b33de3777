//! What flows between two blocks, as far as words depend on it.

use crate::contract::{Block, BlockText, Cover, Grain, MemberTake, Phase, Reducer};
use crate::quantity::Unit;

use super::speech::unit;

/// What kind of flow it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing yet.
    Start,
    /// A number for each slot.
    Values,
    /// Whether a comparison is met, for each slot.
    Flags,
    /// Numbers inside runs.
    Runs,
    /// One number.
    Number,
    /// One number for each event.
    Events,
    /// Points of storms.
    Tracks,
}

/// What flows.
#[derive(Clone, Debug)]
pub(super) struct Flow<'p> {
    pub kind: Kind,
    /// The unit of its numbers.
    pub unit: Unit,
    /// What a slot stands for.
    pub grain: Grain,
    /// The phases, where a slot is one.
    pub phases: &'p [Phase],
}

impl<'p> Flow<'p> {
    pub fn start() -> Self {
        Self { kind: Kind::Start, unit: unit("1"), grain: Grain::Day, phases: &[] }
    }

    /// What flows behind a whole series.
    pub fn behind_all(blocks: &'p [BlockText]) -> Self {
        blocks.iter().fold(Self::start(), |flow, block| flow.behind(block))
    }

    /// What flows behind a block.
    pub fn behind(&self, text: &'p BlockText) -> Self {
        let same = |kind| Self { kind, unit: text.unit, grain: self.grain, phases: self.phases };
        let like = |branch: &'p [BlockText]| Self { unit: text.unit, ..Self::behind_all(branch) };
        match &text.block {
            Block::Read { grain, .. } => Self { grain: *grain, ..same(Kind::Values) },
            Block::Report { .. } => Self { grain: Grain::Report, ..same(Kind::Values) },
            Block::Combine { branches, .. } => branches.first().map_or_else(Self::start, |branch| like(branch)),
            Block::Members { branch, take: MemberTake::Share, .. } => Self { kind: Kind::Values, ..like(branch) },
            Block::Members { branch, .. } => like(branch),
            Block::Formula(formula) => formula.inputs.first().map_or_else(Self::start, |branch| like(branch)),
            Block::Per { grain, phases, .. } => Self { grain: *grain, phases, ..same(Kind::Values) },
            Block::Meets(_) => same(Kind::Flags),
            Block::InRuns { .. } => same(Kind::Runs),
            Block::Reduce(_) => same(Kind::Number),
            Block::PerEvent(_) | Block::PerStorm { .. } => same(Kind::Events),
            Block::ReadTrack { .. } => same(Kind::Tracks),
            Block::OnlyOn(_)
            | Block::OnlyWhere { .. }
            | Block::Substitute(_)
            | Block::IgnoreBelow(_)
            | Block::Cap(_)
            | Block::Floor(_)
            | Block::ExcessOver(_)
            | Block::ShortfallBelow(_)
            | Block::Minus(_)
            | Block::Times { .. }
            | Block::PercentOf { .. }
            | Block::Weigh { .. }
            | Block::Curve { .. }
            | Block::Lookup { .. }
            | Block::Rolling { .. }
            | Block::Round(_)
            | Block::Compare { .. }
            | Block::Interpolate { .. }
            | Block::Within { .. }
            | Block::Inside { .. }
            | Block::InsidePolygon(_) => same(self.kind),
        }
    }

    /// Whether one number flows, not one for each slot.
    pub fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number)
    }
}

/// Whether it may be that all readings are there and nothing is left of them to take a number of.
pub(super) fn may_qualify_nothing(cover: &Cover) -> bool {
    let waits = cover.waiting.is_some();
    cover.pipelines().any(|pipeline| {
        let blocks = &pipeline.blocks;
        (waits || holds_any(blocks, &chooses)) && holds_any(blocks, &takes_of_some)
    })
}

/// The same of one index.
pub(super) fn may_have_nothing(blocks: &[BlockText]) -> bool {
    holds_any(blocks, &chooses) && holds_any(blocks, &takes_of_some)
}

/// Whether it leaves only some slots, perhaps none: those in runs, of listed days, around something, of reports.
fn chooses(block: &Block) -> bool {
    matches!(block, Block::InRuns { .. } | Block::OnlyOn(_) | Block::OnlyWhere { .. } | Block::Report { .. })
}

/// Whether of nothing it makes no number.
fn takes_of_some(block: &Block) -> bool {
    use Reducer::{Latest, Max, Mean, Min, Quantile, Share};
    matches!(block, Block::Reduce(Mean | Max | Min | Latest | Share | Quantile { .. }))
}

/// Whether any block is such a one, those of branches too.
fn holds_any(blocks: &[BlockText], is: &dyn Fn(&Block) -> bool) -> bool {
    blocks
        .iter()
        .any(|BlockText { block, .. }| is(block) || block.flows_into().into_iter().any(|branch| holds_any(branch, is)))
}
