//! What an index reads, wherever in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::anchor::{Anchor, AnchorOf};
use super::block::{Block, Branch};
use super::cover::Cover;
use super::grain::Grain;
use super::limb::Limb;
use super::pipeline::Pipeline;
use super::product::{Product, SourceName};
use crate::quantity::{Fixed, Unit, Variable};

/// A series that an index reads, or the storms of a whole feed.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// What is read; of storms, their latitude.
    pub variable: Variable,
    /// The unit in which it is read.
    pub unit: Unit,
    /// What one reading stands for; none of storms, which are fixes at instants.
    pub grain: Option<Grain>,
    /// How far from the median of the sources one of them may be, under a consensus.
    pub agree_within: Option<Fixed>,
    /// Seconds within which a report must have been told, if it must.
    pub told_within: Option<i64>,
    /// The sources that the index names; none where the product's serve.
    own: &'a [SourceName],
}

impl<'a> Read<'a> {
    /// Its sources, in order of preference.
    pub fn sources(&self, product: &'a Product) -> &'a [SourceName] {
        if self.own.is_empty() { &product.data.sources } else { self.own }
    }

    /// The sources that the index itself names; none where the product's serve.
    pub fn own_sources(&self) -> &'a [SourceName] {
        self.own
    }

    /// Whether it is the storms of a whole feed.
    pub fn is_storms(&self) -> bool {
        self.grain.is_none()
    }
}

impl Pipeline {
    /// Everything that it reads, in the order in which it is written.
    pub fn reads(&self) -> Vec<Read<'_>> {
        let mut reads = Vec::new();
        collect(self.blocks.iter().map(|block| &block.block), &mut reads);
        reads
    }
}

fn collect<'a>(blocks: impl Iterator<Item = &'a Block>, reads: &mut Vec<Read<'a>>) {
    for block in blocks {
        match block {
            Block::Read { variable, unit, grain, sources, agree_within } => {
                let (grain, agree_within) = (Some(*grain), *agree_within);
                let (variable, unit, told_within) = (*variable, *unit, None);
                reads.push(Read { variable, unit, grain, agree_within, told_within, own: sources });
            }
            Block::Report { variable, unit, sources, told_within, .. } => {
                let (variable, unit, grain, told_within) = (*variable, *unit, Some(Grain::Report), *told_within);
                reads.push(Read { variable, unit, grain, agree_within: None, told_within, own: sources });
            }
            Block::ReadTrack { sources } => {
                let variable = Variable::StormLatitude;
                let unit = variable.own_unit();
                reads.push(Read { variable, unit, grain: None, agree_within: None, told_within: None, own: sources });
            }
            Block::Combine { branches, .. } => branches.iter().for_each(|branch| of_branch(branch, reads)),
            Block::Formula(formula) => formula.inputs.iter().for_each(|branch| of_branch(branch, reads)),
            Block::OnlyWhere { branch, .. } => of_branch(branch, reads),
            Block::Members { members, branch, .. } => {
                let (before, mut inside) = (reads.len(), Vec::new());
                of_branch(branch, &mut inside);
                for member in members {
                    let own = std::slice::from_ref(member);
                    reads.extend(inside.iter().map(|read| Read { own, ..*read }));
                }
                debug_assert!(reads.len() > before, "a branch reads something");
            }
            _ => {}
        }
    }
}

fn of_branch<'a>(branch: &'a Branch, reads: &mut Vec<Read<'a>>) {
    collect(branch.iter().map(|block| &block.block), reads);
}

impl Cover {
    /// Every index that decides about it: of its limbs and of its gates.
    pub fn pipelines(&self) -> impl Iterator<Item = &Pipeline> {
        let gates = self.gates.list.iter().map(|gate| &gate.pipeline);
        self.limbs.iter().map(|limb| &limb.pipeline).chain(gates)
    }

    /// Everything that it reads, for its anchor too.
    pub fn reads(&self) -> Vec<Read<'_>> {
        let mut reads = Vec::new();
        if let Some(Anchor { of: AnchorOf::Search(search), .. }) = &self.anchor {
            of_branch(&search.branch, &mut reads);
        }
        reads.extend(self.pipelines().flat_map(Pipeline::reads));
        reads
    }
}

impl Pipeline {
    /// What it reads of the years that it compares with, from sources of their own.
    fn reads_of_baselines(&self) -> Vec<Read<'_>> {
        let own = self.blocks.iter().filter_map(|block| match &block.block {
            Block::Compare { baseline, .. } if !baseline.sources.is_empty() => Some(&baseline.sources[..]),
            _ => None,
        });
        own.flat_map(|own| self.reads().into_iter().map(move |read| Read { own, ..read })).collect()
    }
}

impl Product {
    /// Everything that decides about a cover: what it reads itself, of other years too, and what those covers read that
    /// are subtracted from it.
    pub fn reads_behind(&self, cover: &Cover) -> Vec<Read<'_>> {
        let behind = self.covers_behind(&cover.id);
        let baselines = behind.iter().flat_map(|cover| cover.pipelines()).flat_map(Pipeline::reads_of_baselines);
        behind.iter().flat_map(|cover| cover.reads()).chain(baselines).collect()
    }

    /// The feeds that decide about a cover, by name.
    pub fn feeds_behind(&self, cover: &Cover) -> BTreeSet<Arc<str>> {
        let reads = self.reads_behind(cover);
        reads.iter().flat_map(|read| read.sources(self)).map(|source| source.feed.clone()).collect()
    }
}

impl Limb {
    /// Whether it is about storms.
    pub fn is_on_storms(&self) -> bool {
        self.pipeline.reads().first().is_some_and(Read::is_storms)
    }
}
