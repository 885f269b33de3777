//! What a chart of a settlement shows: the values day by day, the index as it grew, the levels that decide, and what was
//! missing or revised. A table of the same is what the chart is drawn from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::audit::Retraced;
use crate::contract::{AxisOf, Block, BlockText, Limb, Shape};
use crate::index::{Event, Index, Point, Step, Storm, point_value, series_of};
use crate::quantity::{Exact, Unit};
use crate::settle::{self, IndexLevel, Terms, index_until};

/// How often the index so far is computed for one chart.
const MOST_POINTS: usize = 130;
/// How many earlier states are looked at for revisions.
const MOST_STATES: usize = 8;

/// The chart of one limb.
pub struct Picture {
    /// The limb's name.
    pub limb: String,
    /// The unit of the index.
    pub unit: Unit,
    /// The unit of the values.
    pub value_unit: Unit,
    /// What a value is compared with to count, as in `> 90`.
    pub threshold: Option<(&'static str, Exact)>,
    /// By day, or by what is larger.
    pub slots: Vec<Slot>,
    /// Where it begins to pay, and what else is marked.
    pub levels: Vec<IndexLevel>,
    /// Of storms and events, each with its number.
    pub events: Vec<Dot>,
}

/// A day, or what is larger.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Its first day.
    pub day: NaiveDate,
    /// Where it ends.
    pub ends: DateTime<Utc>,
    /// The least and the most of its values; none where there are none.
    pub values: Option<(Exact, Exact)>,
    /// How many values are missing, of how many.
    pub missing: (usize, usize),
    /// The index as far as this slot reaches.
    pub so_far: Option<Exact>,
    /// The values that were said before the last revision.
    pub before: Option<(Exact, Exact)>,
}

/// An event, or a point of a storm.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// What it belongs to.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Its number.
    pub value: Exact,
}

/// The pictures of a settlement, one for each limb that can be drawn. `corrected`: the knowledge of the determinations that
/// it corrects.
pub fn pictures(traced: &Retraced, corrected: &[DateTime<Utc>]) -> Vec<Picture> {
    let now = traced.settled(traced.determination().as_of);
    let states: Vec<_> = earlier(traced, corrected).into_iter().map(|at| (at, traced.settled(at).trace)).collect();
    let lenient = traced.lenient(&now);
    let of = |limb: &Limb| {
        let mut picture = picture(traced, limb, &now.trace, &states);
        grow(traced, &lenient, limb, &mut picture);
        picture
    };
    let mut pictures: Vec<_> = traced.cover().limbs.iter().map(of).collect();
    pictures.retain(|picture| !picture.slots.is_empty() || !picture.events.is_empty() || !picture.levels.is_empty());
    pictures
}

/// The picture of one limb without the index as it grew, from the steps of the settlement and those of earlier states.
fn picture(traced: &Retraced, limb: &Limb, steps: &[Step], states: &[(DateTime<Utc>, Vec<Step>)]) -> Picture {
    let several = traced.cover().limbs.len() > 1;
    let unit = limb.shown_unit();
    let mut picture = Picture {
        limb: limb.id.clone(),
        unit,
        value_unit: unit,
        threshold: threshold(limb),
        slots: Vec::new(),
        levels: levels(limb, traced),
        events: Vec::new(),
    };
    if let Some((value_unit, step)) = drawn(of_limb(steps, limb, several), limb) {
        picture.value_unit = value_unit;
        picture.slots = slots(traced, step);
        let of_state = |(at, steps): &(DateTime<Utc>, Vec<Step>)| {
            let (_, step) = drawn(of_limb(steps, limb, several), limb)?;
            Some((*at, slots(traced, step)))
        };
        let states: Vec<_> = states.iter().filter_map(of_state).collect();
        mark_revised(&mut picture.slots, &states);
    }
    picture
}

/// The steps of one limb: behind its heading, where there are several.
fn of_limb<'t>(steps: &'t [Step], limb: &Limb, several: bool) -> &'t [Step] {
    if !several {
        return steps;
    }
    let heading = format!("limb {}", limb.id);
    let Some(from) = steps.iter().position(|step| step.block == heading) else { return &[] };
    let rest = &steps[from + 1..];
    let ends = rest.iter().position(|step| step.block.starts_with("limb ") || step.block.starts_with("gate "));
    &rest[..ends.unwrap_or(rest.len())]
}

/// The last series before the index that holds numbers and not only whether something is met, with its unit.
fn drawn<'t>(steps: &'t [Step], limb: &Limb) -> Option<(Unit, &'t Step)> {
    // Behind these stand events, which are no series.
    let events = |block: &BlockText| matches!(block.block, Block::PerEvent(_) | Block::ReadTrack { .. });
    let blocks = &limb.pipeline.blocks;
    let series = &blocks[..blocks.iter().position(events).unwrap_or(blocks.len())];
    let whole = |block: &Block| !matches!(block, Block::Meets(_) | Block::InRuns { .. });
    let blocks = series.iter().rev().filter(|block| whole(&block.block));
    let find = |text: &str| steps.iter().rev().find(|step| step.block == text && step.values.is_some());
    blocks.into_iter().find_map(|block| Some((block.unit, find(&block.text)?)))
}

fn threshold(limb: &Limb) -> Option<(&'static str, Exact)> {
    limb.pipeline.blocks.iter().rev().find_map(|block| match &block.block {
        Block::Meets(comparisons) => {
            let comparison = comparisons.first()?;
            Some((comparison.operator.sign(), Exact::from(comparison.bound)))
        }
        Block::InRuns { comparison, .. } => Some((comparison.operator.sign(), Exact::from(comparison.bound))),
        _ => None,
    })
}

/// Values by day; where one value stands for more than a day, by value.
fn slots(traced: &Retraced, step: &Step) -> Vec<Slot> {
    let Some(values) = &step.values else { return Vec::new() };
    let rule = &traced.policy.product.day;
    let mut days: BTreeMap<NaiveDate, Slot> = BTreeMap::new();
    for (at, value) in values {
        let day = rule.date_of(*at);
        let slot = days.entry(day).or_insert_with(|| Slot {
            day,
            ends: rule.interval(day).1,
            values: None,
            missing: (0, 0),
            so_far: None,
            before: None,
        });
        slot.missing.1 += 1;
        match value {
            None => slot.missing.0 += 1,
            Some(value) => {
                let (low, high) = slot.values.unwrap_or((*value, *value));
                slot.values = Some((low.min(*value), high.max(*value)));
            }
        }
    }
    let mut slots: Vec<_> = days.into_values().collect();
    // One that stands for more than a day ends where the next begins.
    let begins: Vec<_> = slots.iter().skip(1).map(|slot| rule.begin(slot.day)).collect();
    for (place, slot) in slots.iter_mut().enumerate() {
        slot.ends = begins.get(place).copied().unwrap_or(traced.period.ends).max(slot.ends);
    }
    slots
}

/// Instants just before something that had been told was told otherwise, and those of determinations that were
/// corrected; the newest ones.
fn earlier(traced: &Retraced, corrected: &[DateTime<Utc>]) -> Vec<DateTime<Utc>> {
    let Retraced { policy, period, knowledge, .. } = traced;
    let as_of = traced.determination().as_of;
    let mut states = BTreeSet::new();
    for read in traced.cover().reads() {
        let keys = read.sources(&policy.product).iter().filter_map(|source| series_of(source, policy, read.variable));
        for series in keys.filter_map(|key| knowledge.series(&key)) {
            let mut said: BTreeMap<(i64, i64), _> = BTreeMap::new();
            let within = (period.begins.timestamp(), period.ends.timestamp());
            let mut rows: Vec<_> = series
                .rows()
                .filter(|row| row.start < within.1 && row.end > within.0 && row.known_at <= as_of)
                .collect();
            rows.sort_by_key(|row| row.known_at);
            for row in rows {
                let before = said.insert((row.start, row.end), row.value);
                if before.is_some_and(|before| before != row.value) {
                    states.insert(row.known_at - TimeDelta::milliseconds(1));
                }
            }
        }
    }
    states.extend(corrected);
    let newest = states.into_iter().rev().filter(|at| *at < as_of).take(MOST_STATES);
    newest.collect()
}

/// Marks what was said otherwise in one of the earlier states, newest first.
fn mark_revised(slots: &mut [Slot], states: &[(DateTime<Utc>, Vec<Slot>)]) {
    for slot in slots {
        let said = states.iter().filter_map(|(at, old)| {
            let old = old.iter().find(|old| old.day == slot.day && old.ends <= *at && old.missing.0 == 0)?;
            old.values
        });
        let mut other = said.filter(|old| Some(*old) != slot.values);
        slot.before = other.next();
    }
}

/// Computes the index as it grew.
fn grow(traced: &Retraced, lenient: &Retraced, limb: &Limb, picture: &mut Picture) {
    let said = traced.determination();
    let known: Vec<usize> = (0..picture.slots.len()).filter(|slot| picture.slots[*slot].ends <= said.as_of).collect();
    let each = known.len().div_ceil(MOST_POINTS).max(1);
    let chosen: Vec<usize> = known.iter().rev().step_by(each).copied().collect();
    let mut ends: Vec<_> = chosen.iter().map(|slot| picture.slots[*slot].ends).collect();
    ends.push(traced.period.ends.min(said.as_of));
    let under = |terms: &Terms<'_>| {
        index_until(terms, &limb.pipeline, &traced.knowledge, said.as_of, &ends).unwrap_or_default()
    };
    let mut grown = under(&lenient.terms());
    // Which source serves may hang on what is missing: then nothing is drawn that the terms would not say.
    let single = traced.cover().limbs.len() == 1;
    let last = grown.last().and_then(|last| last.as_ref().ok());
    if single && said.state.ends() && !is(last, said.index.as_ref()) {
        grown = under(&traced.terms());
    }
    if let Some(Ok(whole)) = grown.last() {
        picture.events = dots(whole, limb);
    }
    for (slot, index) in chosen.iter().zip(&grown) {
        if let Ok(Index::Number(number)) = index {
            picture.slots[*slot].so_far = Some(*number);
        }
    }
}

fn is(index: Option<&Index>, said: Option<&(String, String)>) -> bool {
    match (index, said) {
        (Some(Index::Number(number)), Some((value, _))) => number.to_string() == *value,
        (Some(_), _) => true,
        _ => false,
    }
}

fn dots(index: &Index, limb: &Limb) -> Vec<Dot> {
    let instant = |at: i64| DateTime::from_timestamp(at, 0).unwrap_or_default();
    match index {
        Index::Number(_) => Vec::new(),
        Index::Events(events) => {
            let dot = |event: &Event| Dot { name: event.name.clone(), at: instant(event.at), value: event.value };
            events.iter().map(dot).collect()
        }
        Index::Points(storms) => {
            let Shape::Grid(grid) = &limb.shape else { unreachable!("points are paid by a grid") };
            let AxisOf::Point(of) = grid.shown().of else {
                unreachable!("one axis of a storm's grid is of its points")
            };
            let points = storms.iter().flat_map(|storm| storm.points.iter().map(move |point| (storm, point)));
            let dot = |(storm, point): (&Storm, &Point)| {
                let value = point_value(storm, point, of).ok()?;
                Some(Dot { name: storm.id.clone(), at: instant(point.at), value })
            };
            points.filter_map(dot).collect()
        }
    }
}

/// Its levels from where it begins to pay on, whichever way that lies.
fn levels(limb: &Limb, traced: &Retraced) -> Vec<IndexLevel> {
    let mut levels = settle::levels(&traced.terms(), limb);
    levels.sort_by_key(|level| level.role);
    levels
}
