//! What flows between two blocks, as far as words depend on it.

use crate::contract::{Block, BlockText, Cover, Grain, MemberTake, Phase};
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

/// Whether it may be that all readings are there and none of them is what an index looks at: outside of runs, of listed
/// days, of the time around something, of what was reported, of what is left behind a waiting.
pub(super) fn may_qualify_nothing(cover: &Cover) -> bool {
    cover.waiting.is_some() || cover.pipelines().any(|pipeline| may_choose_nothing(&pipeline.blocks))
}

/// The same of blocks.
pub(super) fn may_choose_nothing(blocks: &[BlockText]) -> bool {
    blocks.iter().any(|text| match &text.block {
        Block::InRuns { .. } | Block::OnlyOn(_) | Block::OnlyWhere { .. } | Block::Report { .. } => true,
        Block::Combine { branches, .. } => branches.iter().any(|branch| may_choose_nothing(branch)),
        Block::Formula(formula) => formula.inputs.iter().any(|branch| may_choose_nothing(branch)),
        Block::Members { branch, .. } => may_choose_nothing(branch),
        _ => false,
    })
}
