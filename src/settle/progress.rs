//! How an index comes about while its period runs: what it is after each insured day, how far from where it pays, what it
//! is made of.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::indices::Indices;
use super::levels::{Distance, IndexLevel, begins_at, levels, of_gate};
use super::limb::{events, limb_result};
use super::reach::{Reach, Stage};
use super::terms::Terms;
use super::trigger::Trigger;
use crate::calendar::Period;
use crate::contract::{Block, BlockText, Comparison, Gate, Grain, Limb, Pipeline, Reducer};
use crate::index::{
    Baselines, Evaluation, Index, Input, InputPoint, Inputs, Quality, Trace, Undetermined, evaluate, evaluate_each,
    input,
};
use crate::observation::{Knowledge, SeriesKey};
use crate::quantity::{Exact, Money, Overflow, Unit};

/// A cover's indices over one period, as known at an instant.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The period.
    pub period: Period,
    /// The knowledge that was used.
    pub as_of: DateTime<Utc>,
    /// Up to where was looked: the end of the period, or while readings are waited for the end of the newest ones.
    pub read_to: DateTime<Utc>,
    /// Whether nothing is waited for any more.
    pub over: bool,
    /// Of the limbs in their order, then of the gates.
    pub curves: Vec<Curve>,
}

/// One index on its way.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The limb's or the gate's name.
    pub id: String,
    /// Whether it is a gate's, on which it hangs whether the cover pays at all.
    pub gate: Option<Comparison>,
    /// The unit of the index.
    pub unit: Unit,
    /// Where it begins to pay; of a gate none.
    pub trigger: Option<Trigger>,
    /// Its levels from the lowest on.
    pub levels: Vec<IndexLevel>,
    /// The index after each insured day up to `read_to`, or why there is no such thing.
    pub course: Result<Vec<SoFar>, NoCourse>,
    /// Of an index of events, those up to `read_to` in their order.
    pub events: Vec<EventSoFar>,
    /// What it reads.
    pub inputs: Vec<Input>,
}

impl Curve {
    /// Of what it is, the word for programs.
    pub fn part(&self) -> &'static str {
        if self.gate.is_some() { "gate" } else { "limb" }
    }
}

/// Why the index of a part of a period says nothing about that of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCourse {
    /// The days that it looks at are known only when their anchor is.
    Anchored,
    /// It is held against the whole period of other years.
    Baseline,
    /// A quantile is one of all values.
    Quantile,
    /// It is one slot, or weights make a whole of its slots.
    Whole,
}

impl NoCourse {
    /// All.
    pub const ALL: [Self; 4] = [Self::Anchored, Self::Baseline, Self::Quantile, Self::Whole];

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Anchored => "anchored",
            Self::Baseline => "baseline",
            Self::Quantile => "quantile",
            Self::Whole => "whole_window",
        }
    }
}

/// An index up to an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoFar {
    /// The insured day.
    pub on: NaiveDate,
    /// Its end; of the last day how far it was read.
    pub until: DateTime<Utc>,
    /// The index; of events that of the one that pays most, or comes nearest to it.
    pub value: Option<Exact>,
    /// Why there is none; also where events have none, as there was no event.
    pub none: Option<&'static str>,
    /// Whether it would pay if the period ended here, or hold as a gate.
    pub pays: bool,
    /// Whether it pays and no later reading can take that back.
    pub sure: bool,
    /// What the limb alone would pay, before what limits and other covers take; of a gate none.
    pub amount: Option<Money>,
    /// How far it is from where it begins to pay.
    pub distance: Option<Distance>,
    /// How many slots or reports of what it reads are lacking up to here.
    pub missing: usize,
    /// How many of them were revised.
    pub revised: usize,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSoFar {
    /// The storm's name; else when it began.
    pub name: String,
    /// When it began.
    pub begins: DateTime<Utc>,
    /// When it was as it pays.
    pub at: DateTime<Utc>,
    /// Its number.
    pub value: Exact,
    /// What it would pay by itself.
    pub amount: Money,
}

/// The progress of a cover over a period, as known at `as_of`.
///
/// Each value is what [`settle`](super::settle) makes of the readings up to there, so that the last one of a period that is
/// over is the index of its settlement.
pub fn progress(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>) -> Progress {
    let reach = Reach::of(terms, known, as_of);
    let stage = Stage::of(terms, known, &reach, as_of, &mut Indices::anew());
    let period = terms.period;
    let read_to = if stage.is_over() { period.ends } else { reach.read_to(terms, as_of) };
    let look = Look { terms, known, as_of, read_to, over: stage.is_over() };
    let limbs = terms.cover.limbs.iter().map(|limb| look.limb(limb));
    let gates = terms.cover.gates.list.iter().map(|gate| look.gate(gate));
    Progress { period: *period, as_of, read_to, over: stage.is_over(), curves: limbs.chain(gates).collect() }
}

/// What is looked at.
struct Look<'a> {
    terms: &'a Terms<'a>,
    known: &'a Knowledge,
    as_of: DateTime<Utc>,
    read_to: DateTime<Utc>,
    over: bool,
}

impl Look<'_> {
    fn limb(&self, limb: &Limb) -> Curve {
        let (terms, unit) = (self.terms, limb.shown_unit());
        let levels = levels(terms, limb);
        let judge = |index: &Index| {
            let result = limb_result(terms, limb, index, &mut Trace::off())?;
            let value = result.index.map(|(value, _)| value);
            let distance = value.and_then(|value| {
                begins_at(terms, &levels, limb, value).and_then(|level| Distance::between(value, level))
            });
            let amount = self.money(result.amount)?;
            let none = if value.is_none() { Some(result.reason_code) } else { None };
            Ok(Judged { value, none, pays: amount.minor() != 0, amount: Some(amount), distance })
        };
        let (course, inputs, whole) = self.course(&limb.pipeline, &judge);
        Curve {
            id: limb.id.clone(),
            gate: None,
            unit,
            trigger: Some(Trigger::of(&limb.shape, terms.period.span.first, unit)),
            levels,
            course,
            events: whole.map(|whole| self.events(limb, &whole)).unwrap_or_default(),
            inputs,
        }
    }

    fn gate(&self, gate: &Gate) -> Curve {
        let level = of_gate(gate);
        let judge = |index: &Index| {
            let Index::Number(value) = index else { unreachable!("a gate's index is one number") };
            Ok(Judged {
                value: Some(*value),
                none: None,
                pays: gate.holds.operator.holds(value, &level.value),
                amount: None,
                distance: Distance::between(*value, level.value),
            })
        };
        let (course, inputs, _) = self.course(&gate.pipeline, &judge);
        let unit = gate.pipeline.unit();
        let (id, gate) = (gate.id.clone(), Some(gate.holds));
        Curve { id, gate, unit, trigger: None, levels: vec![level], course, events: Vec::new(), inputs }
    }

    /// The course of an index, what it reads, and the index up to where was read.
    fn course(
        &self,
        pipeline: &Pipeline,
        judge: &dyn Fn(&Index) -> Result<Judged, Undetermined>,
    ) -> (Result<Vec<SoFar>, NoCourse>, Vec<Input>, Option<Index>) {
        let mut baselines = Baselines::default();
        let looked = self.terms.inputs(self.known, self.as_of, self.read_to);
        let whole = evaluate(pipeline, &looked, &mut baselines, &mut Trace::off());
        let inputs = inputs(pipeline, &looked, &whole);
        if let Some(why) = no_course(self.terms, pipeline) {
            return (Err(why), inputs, None);
        }
        let tally = Tally::of(&inputs);
        let mut course = Vec::new();
        let days = self.days();
        let before: Vec<_> =
            days.iter().map(|(_, until)| until.timestamp()).filter(|until| *until < looked.until).collect();
        let indices = evaluate_each(pipeline, &looked, &before, &mut baselines);
        for ((on, until), index) in days.into_iter().zip(indices.into_iter().chain([whole.index.clone()])) {
            let judged = index.and_then(|index| judge(&index)).unwrap_or_else(|why| Judged::none(why.code()));
            let Judged { value, none, pays, amount, distance } = judged;
            let (missing, revised) = tally.up_to(until);
            let sure = pays && self.is_sure(until);
            course.push(SoFar { on, until, value, none, pays, sure, amount, distance, missing, revised });
        }
        (Ok(course), inputs, whole.index.ok())
    }

    /// Whether what pays up to an instant cannot be taken back by what is read behind it.
    fn is_sure(&self, until: DateTime<Utc>) -> bool {
        self.terms.cover.ratchets() || (self.over && until == self.terms.period.ends)
    }

    /// The insured days up to where was read, each with its end.
    fn days(&self) -> Vec<(NaiveDate, DateTime<Utc>)> {
        let day = &self.terms.policy.product.day;
        let begun = self.terms.period.span.dates().take_while(|date| day.begin(*date) < self.read_to);
        // A day that a zone never had has no length.
        let there = begun.map(|date| (date, day.interval(date))).filter(|(_, (begins, ends))| begins < ends);
        there.map(|(date, (_, ends))| (date, ends.min(self.read_to))).collect()
    }

    fn events(&self, limb: &Limb, index: &Index) -> Vec<EventSoFar> {
        if matches!(index, Index::Number(_)) {
            return Vec::new();
        }
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        let events = events(self.terms, limb, index).unwrap_or_default();
        let of = |event: super::events::Event| {
            let (begins, at) = (instant(event.begins), instant(event.at));
            let amount = self.money(event.paid).ok()?;
            Some(EventSoFar { name: event.name, begins, at, value: event.index, amount })
        };
        events.into_iter().filter_map(of).collect()
    }

    fn money(&self, units: Exact) -> Result<Money, Overflow> {
        let product = &self.terms.policy.product;
        Money::round(units, product.currency, product.settlement.rounding)
    }
}

/// What an index reads, each series once, from the sources that served.
fn inputs(pipeline: &Pipeline, looked: &Inputs<'_>, whole: &Evaluation) -> Vec<Input> {
    let passed_over: Vec<SeriesKey> =
        whole.uses.iter().filter(|used| used.passed_over).map(|used| used.series.clone()).collect();
    let mut all: Vec<Input> = Vec::new();
    for read in pipeline.reads() {
        match input(&read, looked, &passed_over) {
            Ok(one) if !all.contains(&one) => all.push(one),
            Ok(_) | Err(Overflow) => {}
        }
    }
    all
}

/// What an index comes to.
struct Judged {
    value: Option<Exact>,
    none: Option<&'static str>,
    pays: bool,
    amount: Option<Money>,
    distance: Option<Distance>,
}

impl Judged {
    fn none(code: &'static str) -> Self {
        Self { value: None, none: Some(code), pays: false, amount: None, distance: None }
    }
}

/// How many slots are lacking and how many were revised, by where they end.
struct Tally(BTreeMap<DateTime<Utc>, (usize, usize)>);

impl Tally {
    fn of(inputs: &[Input]) -> Self {
        let mut ends: BTreeMap<DateTime<Utc>, (usize, usize)> = BTreeMap::new();
        for InputPoint { ends: end, quality, revised, .. } in inputs.iter().flat_map(|input| &input.points) {
            let (missing, changed) = ends.entry(*end).or_default();
            *missing += usize::from(Quality::is_lacking(*quality));
            *changed += usize::from(revised.is_some());
        }
        let (mut missing, mut revised) = (0, 0);
        for tally in ends.values_mut() {
            missing += tally.0;
            revised += tally.1;
            *tally = (missing, revised);
        }
        Self(ends)
    }

    fn up_to(&self, until: DateTime<Utc>) -> (usize, usize) {
        self.0.range(..=until).next_back().map_or((0, 0), |(_, tally)| *tally)
    }
}

/// Why an index has no course.
fn no_course(terms: &Terms<'_>, pipeline: &Pipeline) -> Option<NoCourse> {
    if terms.cover.anchor.is_some() {
        return Some(NoCourse::Anchored);
    }
    let each = Grain::of_each(terms.cover.window);
    let of = |block: &Block| match block {
        Block::Compare { .. } => Some(NoCourse::Baseline),
        Block::Reduce(Reducer::Quantile { .. }) => Some(NoCourse::Quantile),
        Block::Weigh { .. } => Some(NoCourse::Whole),
        Block::Per { grain, .. } if each == Some(*grain) => Some(NoCourse::Whole),
        _ => None,
    };
    first_of(&pipeline.blocks, &of)
}

fn first_of(blocks: &[BlockText], of: &dyn Fn(&Block) -> Option<NoCourse>) -> Option<NoCourse> {
    blocks.iter().find_map(|BlockText { block, .. }| {
        of(block).or_else(|| block.flows_into().into_iter().find_map(|branch| first_of(branch, of)))
    })
}
