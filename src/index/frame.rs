//! From whom and over which time the blocks of an index are read.

use std::sync::Arc;

use std::borrow::Cow;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::calendar::Period;
use crate::contract::{Block, BlockText, Fallback, Grain, Policy, Product, SourceName};
use crate::observation::{Knowledge, Vintage};

use super::bounds::Stretch;
use super::labels::DayWalk;
use super::slots::{Bounds, Slots};

/// What an index is computed from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Everything that was learned.
    pub known: &'a Knowledge,
    /// The knowledge that counts: nothing learned later.
    pub as_of: DateTime<Utc>,
    /// The policy.
    pub policy: &'a Policy,
    /// The period.
    pub period: &'a Period,
    /// Where the looking ends, seconds since 1970: the period's end, or while it runs the end of what was read.
    pub until: i64,
    /// Where the counting begins, seconds since 1970: slots that begin before are out, events before are passed over.
    pub counts_from: Option<i64>,
    /// Whether only readings count that their source changes no more.
    pub final_only: bool,
    /// The month, dekad or year of the calendar that the period is, where the window is each of them: then it is that of
    /// another year too, with the days that it has there.
    pub each: Option<Grain>,
    /// Sources, as feed and station, that are not asked where sources agree and enough are left to.
    pub without: &'a [Voice],
}

/// A source of an agreement: feed and station.
pub type Voice = (Arc<str>, Arc<str>);

impl<'a> Inputs<'a> {
    /// What is known at `as_of` of a policy's period up to `until`; all of the period counts, and every reading.
    pub fn new(
        known: &'a Knowledge,
        as_of: DateTime<Utc>,
        policy: &'a Policy,
        period: &'a Period,
        until: DateTime<Utc>,
    ) -> Self {
        Self {
            known,
            as_of,
            policy,
            period,
            until: until.timestamp(),
            counts_from: None,
            final_only: false,
            each: None,
            without: &[],
        }
    }

    /// Whether a reading of this vintage counts.
    pub(super) fn counts(&self, vintage: Vintage) -> bool {
        !self.final_only || vintage == Vintage::Final
    }

    /// Whether something that happens at an instant is behind the waiting.
    pub(super) fn is_past_waiting(&self, at: i64) -> bool {
        self.counts_from.is_none_or(|from| at >= from)
    }
}

/// From whom and over which time some blocks are read: the inputs, and what the blocks around them change.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// What the whole index is computed from.
    pub inputs: &'a Inputs<'a>,
    /// The time that is cut into slots; it begins before the period where a stretch reaches back.
    pub stretch: Stretch<'a>,
    /// Sources in place of those that reads name: a member's, a baseline's.
    pub sources: Option<&'a [SourceName]>,
    /// Which source serves the whole window, where one does.
    pub attempt: Option<usize>,
    /// Years from those of the term sheet's dates to those that are read: of a baseline not zero.
    pub years: i32,
}

impl<'a> Frame<'a> {
    /// The whole period.
    pub fn new(inputs: &'a Inputs<'a>) -> Self {
        let (period, product) = (inputs.period, &inputs.policy.product);
        let stretch = Stretch {
            day: &product.day,
            span: period.span,
            begins: period.begins.timestamp(),
            ends: period.ends.timestamp(),
            until: inputs.until,
        };
        Self { inputs, stretch, sources: None, attempt: None, years: 0 }
    }

    /// The product.
    pub fn product(&self) -> &'a Product {
        &self.inputs.policy.product
    }

    /// The sources of a read that names `own`, in order of preference.
    pub fn sources_of<'s>(&self, own: &'s [SourceName]) -> &'s [SourceName]
    where
        'a: 's,
    {
        let all = match self.sources {
            Some(sources) => sources,
            None if own.is_empty() => &self.product().data.sources,
            None => own,
        };
        match self.attempt {
            Some(attempt) => std::slice::from_ref(&all[attempt.min(all.len() - 1)]),
            None => all,
        }
    }

    /// What is tried one after the other: all sources together, or one source for the whole window after the other.
    pub fn attempts(&self, blocks: &[BlockText]) -> impl Iterator<Item = Option<usize>> + use<> {
        let (together, own) = (self.product().data.fallback != Fallback::Window, self.attempt);
        let one = together || own.is_some();
        let count = if one { 1 } else { self.most_sources(blocks).max(1) };
        (0..count).map(move |source| if one { own } else { Some(source) })
    }

    /// How many sources there are to try: the product's, if a read uses them, else as many as a read names at most.
    fn most_sources(&self, blocks: &[BlockText]) -> usize {
        let several = |branches: &[Vec<BlockText>]| branches.iter().map(|branch| self.most_sources(branch)).max();
        let of = |block: &BlockText| match &block.block {
            Block::Read { sources, .. } | Block::Report { sources, .. } => Some(self.sources_of(sources).len()),
            Block::Combine { branches, .. } => several(branches),
            Block::Formula(formula) => several(&formula.inputs),
            Block::OnlyWhere { branch, .. } => Some(self.most_sources(branch)),
            _ => None,
        };
        blocks.iter().filter_map(of).max().unwrap_or(0)
    }

    /// Takes the slots out that begin before the counting does.
    pub fn cut_waiting(&self, slots: &mut Slots) {
        if let Some(from) = self.inputs.counts_from {
            slots.take_out_before(from);
        }
    }

    /// The insured days of slots.
    pub fn days(&self) -> DayWalk<'a> {
        DayWalk::new(self.stretch.day)
    }

    /// The insured day on which a slot begins.
    pub fn day_of(&self, bounds: &Bounds, slot: usize) -> NaiveDate {
        self.stretch.day.date_of(bounds.instant(slot))
    }

    /// The time in which slots can be joined to larger ones: as far as they reach; reports may leave its end open.
    pub fn within(&self, small: &Bounds) -> Stretch<'a> {
        match small {
            Bounds::Spans { .. } => self.stretch,
            _ => Stretch { until: small.end(), ..self.stretch },
        }
    }

    /// Dates of the term sheet as they are in the years that are read.
    pub fn moved_dates<'d>(&self, dates: &'d [NaiveDate]) -> Cow<'d, [NaiveDate]> {
        match self.years {
            0 => Cow::Borrowed(dates),
            years => Cow::Owned(dates.iter().map(|date| moved(*date, years)).collect()),
        }
    }
}

/// The same day of another year; of 29 February the 28th where that year has none.
pub(super) fn moved(date: NaiveDate, years: i32) -> NaiveDate {
    let year = date.year() + years;
    date.with_year(year)
        .or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
        .expect("years of contracts lie inside the calendar")
}

/// The frame of each block of an index or a branch.
pub(super) struct Frames<'a> {
    plain: Frame<'a>,
    /// Those of the blocks up to the last `rolling` that may begin before the period: they are read from before it.
    reaching: Vec<Frame<'a>>,
}

impl<'a> Frames<'a> {
    /// Those of some blocks inside a frame.
    pub fn new(plain: Frame<'a>, blocks: &[BlockText]) -> Self {
        let reaches = |block: &BlockText| matches!(block.block, Block::Rolling { reach_before: true, .. });
        let Some(last) = blocks.iter().rposition(reaches) else { return Self { plain, reaching: Vec::new() } };
        let mut frame = plain;
        let back = |place: usize| {
            if let Block::Rolling { reach_before: true, slots, .. } = blocks[place].block {
                let stretch = frame.stretch.reaching_back(grain_of(&blocks[..place]), slots - 1);
                frame = Frame { stretch, ..frame };
            }
            frame
        };
        let mut reaching: Vec<_> = (0..=last).rev().map(back).collect();
        reaching.reverse();
        Self { plain, reaching }
    }

    /// That of the block at a place.
    pub fn at(&self, place: usize) -> &Frame<'a> {
        self.reaching.get(place).unwrap_or(&self.plain)
    }
}

/// What a slot stands for behind some blocks.
pub(super) fn grain_of(blocks: &[BlockText]) -> Grain {
    let of = |block: &BlockText| match &block.block {
        Block::Per { grain, .. } | Block::Read { grain, .. } => Some(*grain),
        Block::Report { .. } => Some(Grain::Report),
        Block::Combine { branches, .. } => branches.first().map(|branch| grain_of(branch)),
        Block::Members { branch, .. } => Some(grain_of(branch)),
        Block::Formula(formula) => formula.inputs.first().map(|branch| grain_of(branch)),
        _ => None,
    };
    blocks.iter().rev().find_map(of).expect("a series begins with a source")
}
