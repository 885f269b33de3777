//! Which blocks an index uses.

use super::super::block::{Block, BlockText};
use super::super::grain::Grain;
use super::super::product::SourceName;
use super::super::reduce::{EventTake, Reducer};
use super::Pipeline;

impl Pipeline {
    /// The names of all blocks that it uses, in branches too, by the table of blocks: `read`, `reduce sum`,
    /// `formula hub_wind`. Each once, in the order in which it is first written.
    pub fn block_names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        names_of(&self.blocks, &mut names);
        names
    }
}

impl Pipeline {
    /// Sources that a baseline names for its own years.
    pub fn baseline_sources(&self) -> Vec<&SourceName> {
        let mut sources = Vec::new();
        of_baselines(&self.blocks, &mut sources);
        sources
    }
}

fn of_baselines<'a>(blocks: &'a [BlockText], sources: &mut Vec<&'a SourceName>) {
    for BlockText { block, .. } in blocks {
        if let Block::Compare { baseline, .. } = block {
            sources.extend(&baseline.sources);
        }
        block.branches().into_iter().for_each(|branch| of_baselines(branch, sources));
    }
}

/// Whether blocks, or those of their branches, name insured days by their dates.
pub fn names_dates(blocks: &[BlockText]) -> bool {
    blocks.iter().any(|BlockText { block, .. }| {
        matches!(block, Block::OnlyOn(_)) || block.branches().into_iter().any(names_dates)
    })
}

/// Adds the names of blocks that are not there yet.
pub(in crate::contract) fn names_of(blocks: &[BlockText], names: &mut Vec<&'static str>) {
    for BlockText { block, .. } in blocks {
        let name = block.name();
        if !names.contains(&name) {
            names.push(name);
        }
        block.branches().into_iter().for_each(|branch| names_of(branch, names));
    }
}

impl Block {
    /// The branches inside of it.
    pub(super) fn branches(&self) -> Vec<&[BlockText]> {
        match self {
            Self::OnlyWhere { branch, .. } => vec![branch],
            _ => self.flows_into(),
        }
    }

    /// The branches of which it is made: not that of `only_where`, which just says what counts.
    pub fn flows_into(&self) -> Vec<&[BlockText]> {
        match self {
            Self::Combine { branches, .. } => branches.iter().map(Vec::as_slice).collect(),
            Self::Formula(formula) => formula.inputs.iter().map(Vec::as_slice).collect(),
            Self::Members { branch, .. } => vec![branch],
            _ => Vec::new(),
        }
    }

    /// Its name in the table of blocks.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read { .. } => "read",
            Self::ReadTrack { .. } => "read storm_track",
            Self::Report { .. } => "report",
            Self::Combine { .. } => "combine",
            Self::Members { .. } => "members",
            Self::Formula(formula) => formula.formula.block_name(),
            Self::Per { grain: Grain::Phase, .. } => "per phase",
            Self::Per { .. } => "per",
            Self::PerEvent(EventTake::Run(_)) => "per run",
            Self::PerEvent(EventTake::Slot) => "per value",
            Self::PerStorm { .. } => "per storm",
            Self::OnlyOn(_) => "only_on",
            Self::OnlyWhere { .. } => "only_where",
            Self::Substitute(_) => "substitute",
            Self::IgnoreBelow(_) => "ignore_below",
            Self::Cap(_) => "cap",
            Self::Floor(_) => "floor",
            Self::ExcessOver(_) => "excess_over",
            Self::ShortfallBelow(_) => "shortfall_below",
            Self::Minus(_) => "minus",
            Self::Times { .. } => "times",
            Self::PercentOf { .. } => "percent_of",
            Self::Weigh { .. } => "weigh",
            Self::Curve { .. } => "curve",
            Self::Lookup { .. } => "lookup",
            Self::Meets(_) => "meets",
            Self::InRuns { .. } => "in_runs",
            Self::Rolling { .. } => "rolling",
            Self::Reduce(reducer) => reducer.block_name(),
            Self::Round(_) => "round",
            Self::Compare { .. } => "compare",
            Self::Interpolate { .. } => "interpolate",
            Self::Within { .. } => "within",
            Self::Inside { .. } | Self::InsidePolygon(_) => "inside",
        }
    }
}

impl Reducer {
    fn block_name(self) -> &'static str {
        match self {
            Self::Sum => "reduce sum",
            Self::Mean => "reduce mean",
            Self::Max => "reduce max",
            Self::Min => "reduce min",
            Self::Latest => "reduce latest",
            Self::Energy => "reduce energy",
            Self::Quantile { .. } => "reduce quantile",
            Self::Count => "reduce count",
            Self::Share => "reduce share",
            Self::LongestRun => "reduce longest_run",
            Self::Events(_) => "reduce events",
            Self::First(_) => "reduce first",
            Self::Last(_) => "reduce last",
            Self::LargestRun => "reduce largest_run",
            Self::Runs(_) => "reduce runs",
            Self::RunLength => "reduce run_length",
        }
    }
}
