//! Running an index: block after block, with what is needed to explain it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::calendar::Period;
use crate::contract::{Block, Fallback, Grain, IndexKind, MissingRule, Pipeline, Policy, Round, SourceName};
use crate::observation::{Knowledge, SeriesKey};
use crate::quantity::{Exact, Overflow, Unit, Variable};

use super::group::group;
use super::read::{SourceUse, bounds, empty, fill, series_of};
use super::reduce::reduce;
use super::rolling::rolling;
use super::run::in_runs;
use super::slots::Slots;
use super::storm::{Area, Storm, storms, take};
use super::trace::{self, Trace};
use super::transform::transform;
use super::undetermined::Undetermined;

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
}

/// One event: a storm, a run, a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The storm's name; else when it began.
    pub name: String,
    /// When it began, seconds since 1970; a storm, when it first came into the area.
    pub at: i64,
    /// Its number.
    pub value: Exact,
}

/// What an index came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    /// One number in the unit of the pipeline.
    Number(Exact),
    /// One for each event, in their order.
    Events(Vec<Event>),
    /// The points of each storm, in the order of the storms.
    Points(Vec<Storm>),
}

/// An index, or why there is none, and what was looked at.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The index.
    pub index: Result<Index, Undetermined>,
    /// What each source gave.
    pub uses: Vec<SourceUse>,
    /// The ledger entries that hold the readings used.
    pub recorded_by: BTreeSet<i64>,
    /// Whether every slot has a reading, so that nothing is waited for.
    pub full: bool,
}

impl<'a> Inputs<'a> {
    /// What is known at `as_of` of a policy's period up to `until`.
    pub fn new(
        known: &'a Knowledge,
        as_of: DateTime<Utc>,
        policy: &'a Policy,
        period: &'a Period,
        until: DateTime<Utc>,
    ) -> Self {
        Self { known, as_of, policy, period, until: until.timestamp() }
    }
}

/// Computes an index.
pub fn evaluate(pipeline: &Pipeline, inputs: &Inputs<'_>, trace: &mut Trace) -> Evaluation {
    let mut run = Run { inputs, trace, uses: Vec::new(), recorded_by: BTreeSet::new(), full: true };
    let index = match pipeline.kind {
        IndexKind::Number { .. } => run.number(pipeline),
        IndexKind::Events { .. } | IndexKind::Points { .. } => run.storms(pipeline),
    };
    Evaluation { index, uses: run.uses, recorded_by: run.recorded_by, full: run.full }
}

struct Run<'r, 'i> {
    inputs: &'r Inputs<'i>,
    trace: &'r mut Trace,
    uses: Vec<SourceUse>,
    recorded_by: BTreeSet<i64>,
    full: bool,
}

impl Run<'_, '_> {
    fn number(&mut self, pipeline: &Pipeline) -> Result<Index, Undetermined> {
        // Blocks up to the last `per` make the slots at which the missing rule looks.
        let grouped = pipeline.blocks.iter().rposition(|block| matches!(block.block, Block::Per { .. })).unwrap_or(0);
        let mut slots = self.slots(pipeline, grouped)?;
        let mut unit = pipeline.blocks[grouped].unit;
        let mut number = None;
        for block in &pipeline.blocks[grouped + 1..] {
            match (&block.block, number) {
                (Block::Reduce(reducer), None) => number = Some(reduce(*reducer, &slots, unit)?),
                (Block::Round(round), Some(value)) => number = Some(rounded(value, *round, unit, block.unit)?),
                (other, None) => apply(other, &mut slots, self.inputs)?,
                (_, Some(_)) => unreachable!("a pipeline was checked when it was read"),
            }
            unit = block.unit;
            self.trace.add(&block.text, || match number {
                Some(value) => trace::of_number(value, unit),
                None if matches!(block.block, Block::Meets(_)) => trace::of_flags(&slots),
                None => trace::of_slots(&slots, unit),
            });
        }
        Ok(Index::Number(number.expect("a pipeline of this kind ends in a number")))
    }

    /// Reads, runs the blocks up to `grouped`, and holds the result against the missing rule.
    fn slots(&mut self, pipeline: &Pipeline, grouped: usize) -> Result<Slots, Undetermined> {
        let Block::Read { variable, unit, grain, ref sources, .. } = pipeline.blocks[0].block else {
            unreachable!("a pipeline of this kind begins with a read")
        };
        let policy = self.inputs.policy;
        let data = &policy.product.data;
        let rule = data.missing.as_ref().expect("a product that reads a series has a missing rule");
        let sources: Vec<_> = if sources.is_empty() { &data.sources } else { sources }
            .iter()
            .filter_map(|source| series_of(source, policy, variable))
            .collect();
        let groups = match data.fallback {
            Fallback::Reading => vec![sources],
            Fallback::Window => sources.into_iter().map(|source| vec![source]).collect(),
            Fallback::Consensus { .. } => unreachable!("no block says yet how far apart the sources may be"),
        };
        let mut failure = None;
        for group in groups {
            match self.attempt(pipeline, grouped, &group, (unit, grain), rule) {
                Ok(slots) => return Ok(slots),
                Err(reason) => failure = failure.or(Some(reason)),
            }
        }
        Err(failure.expect("a product has a source"))
    }

    /// One attempt, with sources of which each fills what the ones before left open.
    fn attempt(
        &mut self,
        pipeline: &Pipeline,
        grouped: usize,
        sources: &[SeriesKey],
        (unit, grain): (Unit, Grain),
        rule: &MissingRule,
    ) -> Result<Slots, Undetermined> {
        let mut slots = empty(bounds(grain, self.inputs));
        let mut recorded_by = BTreeSet::new();
        for series in sources {
            let asked = slots.missing();
            let used = fill(&mut slots, series, unit, self.inputs, &mut recorded_by)?;
            self.uses.push(SourceUse { series: series.clone(), used, asked });
        }
        self.full = slots.missing() == 0;
        let uses: Vec<_> = self.uses[self.uses.len() - sources.len()..].to_vec();
        self.trace.add(&pipeline.blocks[0].text, || {
            let of = |used: &SourceUse| {
                format!("{} of {} from {}/{}", used.used, used.asked, used.series.feed, used.series.station)
            };
            format!("{}; {}", uses.iter().map(of).collect::<Vec<_>>().join(", "), trace::of_slots(&slots, unit))
        });
        for block in &pipeline.blocks[1..=grouped] {
            apply(&block.block, &mut slots, self.inputs)?;
            self.trace.add(&block.text, || trace::of_slots(&slots, block.unit));
        }
        let checked = check_missing(&slots, rule);
        self.trace.add("missing", || match &checked {
            Ok(()) => format!("{} of {}: within the terms", slots.missing(), slots.values.len()),
            Err(reason) => reason.to_string(),
        });
        checked?;
        self.recorded_by.extend(recorded_by);
        Ok(slots)
    }

    fn storms(&mut self, pipeline: &Pipeline) -> Result<Index, Undetermined> {
        let policy = self.inputs.policy;
        let Block::ReadTrack { ref sources } = pipeline.blocks[0].block else {
            unreachable!("a pipeline of this kind begins with a track")
        };
        let source: &SourceName = sources.first().unwrap_or(&policy.product.data.sources[0]);
        let site = policy.terms.get("latitude").zip(policy.terms.get("longitude"));
        let site = site.map(|(latitude, longitude)| (latitude.value, longitude.value));
        let mut area = Area::default();
        let rest = pipeline.blocks[1..].iter().position(|block| !area.take(&block.block, site));
        let rest = &pipeline.blocks[rest.map_or(pipeline.blocks.len(), |at| at + 1)..];
        let from = self.inputs.period.begins.timestamp();
        let (known, as_of, until) = (self.inputs.known, self.inputs.as_of, self.inputs.until);
        let found = storms(known, &source.feed, &area, from, until, as_of, &mut self.recorded_by)?;
        let points = found.iter().map(|storm| storm.points.len()).sum();
        let series = SeriesKey { feed: source.feed.clone(), station: "*".into(), variable: Variable::StormLatitude };
        self.uses.push(SourceUse { series, used: points, asked: points });
        for block in &pipeline.blocks[..pipeline.blocks.len() - rest.len()] {
            self.trace.add(&block.text, String::new);
        }
        self.trace.add("storms", || {
            let of = |storm: &Storm| format!("{} ({} points)", storm.id, storm.points.len());
            if found.is_empty() {
                "none came into the area".to_owned()
            } else {
                found.iter().map(of).collect::<Vec<_>>().join(", ")
            }
        });
        let Some((first, others)) = rest.split_first() else { return Ok(Index::Points(found)) };
        let Block::PerStorm { take: which, of } = first.block else {
            unreachable!("a pipeline was checked when it was read")
        };
        let taken = |storm: Storm| {
            let mut value = take(&storm, which, of)?;
            let mut unit = first.unit;
            for block in others {
                if let Block::Round(round) = block.block {
                    value = rounded(value, round, unit, block.unit)?;
                    unit = block.unit;
                }
            }
            Ok(Event { name: storm.id, at: storm.points[0].at, value })
        };
        let values: Vec<Event> = found.into_iter().map(taken).collect::<Result<_, Undetermined>>()?;
        let unit = pipeline.blocks.last().expect("not empty").unit;
        for block in rest {
            self.trace.add(&block.text, || {
                let of = |index: &Event| format!("{}: {} {unit}", index.name, index.value);
                values.iter().map(of).collect::<Vec<_>>().join(", ")
            });
        }
        Ok(Index::Events(values))
    }
}

/// A number to a step that is given in `unit`; it comes out in `target`.
fn rounded(value: Exact, round: Round, unit: Unit, target: Unit) -> Result<Exact, Overflow> {
    unit.convert(round.number(value)?, target)
}

/// A block that makes slots of slots.
fn apply(block: &Block, slots: &mut Slots, inputs: &Inputs<'_>) -> Result<(), Undetermined> {
    if let Some(done) = transform(block, slots) {
        return Ok(done?);
    }
    match block {
        Block::Per { grain, take, need, .. } => {
            let large = bounds(*grain, &Inputs { until: slots.bounds.end(), ..*inputs });
            *slots = group(slots, large, *take, *need)?;
        }
        Block::InRuns { comparison, at_least } => in_runs(slots, *comparison, *at_least),
        Block::Rolling { slots: length, take, .. } => *slots = rolling(slots, *length, *take)?,
        _ => unreachable!("a pipeline was checked when it was read"),
    }
    Ok(())
}

/// Whether no more is missing than the terms allow. Exactly as much is allowed.
fn check_missing(slots: &Slots, rule: &MissingRule) -> Result<(), Undetermined> {
    let (missing, expected) = (slots.missing(), slots.values.len());
    if missing == expected {
        return Err(Undetermined::NoReadings { expected });
    }
    let count = |slots: usize| i128::try_from(slots).expect("a period has few slots");
    if Exact::new(count(missing), count(expected))? > rule.at_most {
        return Err(Undetermined::TooManyMissing { missing, expected, allowed: rule.at_most });
    }
    let (first, length) = slots.longest_gap();
    let seconds = slots.bounds.length(length);
    if seconds > rule.longest {
        return Err(Undetermined::GapTooLong { seconds, from: slots.bounds.instant(first), allowed: rule.longest });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;

    #[test]
    fn as_much_as_the_terms_allow_may_be_missing_and_no_more() {
        let rule = |percent, longest_days: i64| MissingRule {
            at_most: Exact::new(percent, 100).expect("small"),
            longest: longest_days * 86_400,
        };
        for (slots, rule, code, why) in [
            ("1 . 1 1 1 1 1 1 1 1", rule(10, 1), None, "exactly the share"),
            ("1 . 1 . 1 1 1 1 1 1", rule(10, 1), Some("too_many_missing"), "one more"),
            ("1 . . 1 1 1 1 1 1 1", rule(20, 1), Some("gap_too_long"), "two on end"),
            ("1 . . 1 1 1 1 1 1 1", rule(20, 2), None, "exactly the stretch"),
            (". . .", rule(100, 9), Some("no_readings"), "nothing at all is never enough"),
            ("1 x x", rule(0, 0), None, "what is out is not missing"),
        ] {
            let got = check_missing(&days(slots), &rule).map_err(|reason| reason.code());
            assert_eq!(got.err(), code, "{why}");
        }
    }
}
