//! What an index reads, slot by slot, with what became of each: for charts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::contract::{Fallback, Grain, NoReport, Read, SourceName};
use crate::observation::{Row, SeriesKey, Vintage};
use crate::quantity::{Exact, Fixed, Overflow, Unit, Variable};

use super::frame::{Frame, Inputs};
use super::read::{Uses, What, series_of};
use super::slots::{Slot, Slots, instant};

/// Why a slot has its value, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// There is a reading.
    There,
    /// There is none.
    Missing,
    /// There is none that counts: its source may still change what it said.
    NotFinal,
    /// What was said could not be true, or could not be read.
    Refused,
    /// The sources do not agree.
    Apart,
    /// It lies in the waiting and does not count.
    Waiting,
}

impl Quality {
    /// All.
    pub const ALL: [Self; 6] = [Self::There, Self::Missing, Self::NotFinal, Self::Refused, Self::Apart, Self::Waiting];

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Missing => "missing",
            Self::NotFinal => "not_final",
            Self::Refused => "refused",
            Self::Apart => "apart",
            Self::Waiting => "waiting",
        }
    }

    /// Whether the index lacks it.
    pub fn is_lacking(self) -> bool {
        !matches!(self, Self::There | Self::Waiting)
    }
}

/// What a source said of a slot before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revised {
    /// The value before; none where it had been taken back.
    pub was: Option<Fixed>,
    /// The value now; none where it was taken back.
    pub is: Option<Fixed>,
    /// When that became known.
    pub known_at: DateTime<Utc>,
}

/// A slot, or a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputPoint {
    /// Where it begins.
    pub begins: DateTime<Utc>,
    /// Where it ends.
    pub ends: DateTime<Utc>,
    /// The value, in the unit in which it is read.
    pub value: Option<Fixed>,
    /// Why it has it, or none.
    pub quality: Quality,
    /// Which of the sources gave it; of what several agree on none.
    pub source: Option<usize>,
    /// Whether its source may still change it.
    pub provisional: bool,
    /// What its source said before, in the unit in which it is read.
    pub revised: Option<Revised>,
}

/// A series that an index reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What is read; of storms, their latitude.
    pub variable: Variable,
    /// The unit in which it is read.
    pub unit: Unit,
    /// What one slot stands for; none of storms, which have no slots.
    pub grain: Option<Grain>,
    /// The sources, in order of preference; of storms their feed, with `*` for all.
    pub sources: Vec<SeriesKey>,
    /// The slots up to where was looked, in their order.
    pub points: Vec<InputPoint>,
}

/// The slots of what is read, from the sources as they serve but those that were passed over for the whole window.
///
/// # Errors
/// [`Overflow`] where a reading does not fit in the unit in which it is read.
pub fn input(read: &Read<'_>, inputs: &Inputs<'_>, passed_over: &[SeriesKey]) -> Result<Input, Overflow> {
    let product = &inputs.policy.product;
    let key = |source: &SourceName| series_of(source, inputs.policy, read.variable);
    let named = read.sources(product);
    let serves = |source: &&SourceName| key(source).is_none_or(|key| !passed_over.contains(&key));
    let mut own: Vec<SourceName> = named.iter().filter(serves).cloned().collect();
    if own.is_empty() {
        own = named.to_vec();
    }
    let Read { variable, unit, grain, .. } = *read;
    let Some(of) = grain else {
        let storms = |source: &SourceName| SeriesKey { feed: source.feed.clone(), station: "*".into(), variable };
        let sources = named.first().map(storms).into_iter().collect();
        return Ok(Input { variable, unit, grain, sources, points: Vec::new() });
    };
    let sources: Vec<_> = own.iter().filter_map(key).collect();
    let what = What { variable, unit, own: &own, agree_within: read.agree_within };
    let frame = Frame::new(inputs);
    let slots = match of {
        // What a report means that was not told is said elsewhere: here there is just none.
        Grain::Report => {
            frame.reports(what, (NoReport::Nothing, read.told_within), &mut Uses::none()).map_err(|_| Overflow)?
        }
        _ => frame.read(what, of, &mut Uses::none())?,
    };
    let mut points: Vec<_> = (0..slots.values.len()).map(|place| plain(&slots, place)).collect();
    for (source, series) in sources.iter().enumerate() {
        let agrees = read.agree_within.is_some() && matches!(product.data.fallback, Fallback::Consensus { .. });
        let about = About { inputs, slots: &slots, source: (source, series), agrees, unit };
        about.tell(&mut points)?;
    }
    Ok(Input { variable, unit, grain, sources, points })
}

fn plain(slots: &Slots, place: usize) -> InputPoint {
    let slot: Slot = slots.values[place];
    let quality = match slot {
        Slot::MISSING => Quality::Missing,
        Slot::OUT => Quality::Waiting,
        _ => Quality::There,
    };
    InputPoint {
        begins: slots.bounds.instant(place),
        ends: instant(slots.bounds.stop(place)),
        value: slot.value(),
        quality,
        source: None,
        provisional: false,
        revised: None,
    }
}

/// What one source has to do with the slots.
struct About<'a> {
    inputs: &'a Inputs<'a>,
    slots: &'a Slots,
    source: (usize, &'a SeriesKey),
    /// Whether the value is one that several agree on.
    agrees: bool,
    unit: Unit,
}

impl About<'_> {
    fn tell(&self, points: &mut [InputPoint]) -> Result<(), Overflow> {
        let (bounds, as_of) = (&self.slots.bounds, self.inputs.as_of);
        if points.is_empty() {
            return Ok(());
        }
        let (place, key) = self.source;
        let lies = |start: i64, end: i64| bounds.slot_of(start, end);
        if let Some(readings) = self.inputs.known.series(key) {
            let conversion = readings.unit().conversion(self.unit)?;
            let mut versions: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
            for row in readings.told(bounds.start(0), bounds.end().max(bounds.start(0) + 1), as_of) {
                if let Some(slot) = lies(row.start, row.end) {
                    versions.entry(slot).or_default().push(row);
                }
            }
            for (slot, versions) in versions {
                let newest = versions.last().expect("each has one");
                let point = &mut points[slot];
                let convert = |value: Option<Fixed>| value.map(|value| conversion.apply(value)).transpose();
                let before = versions.iter().rev().find(|row| row.value != newest.value);
                let counts = newest.value.is_some() && self.inputs.counts(newest.vintage);
                let gives = counts && point.source.is_none() && point.quality == Quality::There && !self.agrees;
                if gives {
                    point.source = Some(place);
                }
                point.provisional |= counts && (gives || self.agrees) && newest.vintage == Vintage::Provisional;
                if let Some(before) = before.filter(|_| gives || point.revised.is_none() && point.source.is_none()) {
                    let (was, is) = (convert(before.value)?, convert(newest.value)?);
                    point.revised = Some(Revised { was, is, known_at: newest.known_at });
                }
                if point.quality == Quality::Missing && counts && self.agrees {
                    point.quality = Quality::Apart;
                } else if point.quality == Quality::Missing && newest.value.is_some() && !counts {
                    point.quality = Quality::NotFinal;
                }
            }
        }
        for (start, end) in self.inputs.known.refused(key, as_of) {
            if let Some(point) =
                lies(start, end).map(|slot| &mut points[slot]).filter(|point| point.quality == Quality::Missing)
            {
                point.quality = Quality::Refused;
            }
        }
        Ok(())
    }
}

impl InputPoint {
    /// The value as it is compared.
    pub fn number(&self) -> Option<Exact> {
        self.value.map(Exact::from)
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, at, block, rain};
    use super::*;
    use crate::contract::{Block, IndexKind, Pipeline, Reducer};

    fn told(inputs: &Inputs<'_>, passed_over: &[SeriesKey]) -> Input {
        let blocks = vec![rain(), block(Block::Reduce(Reducer::Sum))];
        let unit = blocks[1].unit;
        let pipeline = Pipeline { blocks, kind: IndexKind::Number { unit, rising: true, falling: false } };
        input(&pipeline.reads()[0], inputs, passed_over).expect("small numbers")
    }

    fn words(input: &Input) -> String {
        let word = |point: &InputPoint| {
            let value = point.value.map_or_else(|| point.quality.word().to_owned(), |value| value.to_string());
            let source =
                point.source.map_or_else(String::new, |source| format!("@{}", &*input.sources[source].station));
            format!("{value}{source}{}", if point.provisional { "?" } else { "" })
        };
        input.points.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_slot_says_who_gave_it_or_why_there_is_none() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-04");
        world.rain("feed/a", "2024-04-01", "1 . 3? .");
        world.rain("feed/b", "2024-04-01", "10 20 30 .");
        let series = |station: &str| SeriesKey {
            feed: "feed".into(),
            station: station.into(),
            variable: Variable::Precipitation,
        };
        world.known.refuse(
            series("a"),
            (at("2024-04-04T00:00:00Z").timestamp(), at("2024-04-05T00:00:00Z").timestamp()),
            at("2024-04-05T00:00:00Z"),
        );
        assert_eq!(words(&told(&world.inputs(), &[])), "1@a 20@b 3@a? refused");
        assert_eq!(words(&told(&world.inputs(), &[series("a")])), "10@b 20@b 30@b missing", "a was passed over");
        let final_only = Inputs { final_only: true, ..world.inputs() };
        assert_eq!(words(&told(&final_only, &[series("b")])), "1@a missing not_final refused");
        let waiting = Inputs { counts_from: Some(at("2024-04-02T00:00:00Z").timestamp()), ..world.inputs() };
        assert_eq!(words(&told(&waiting, &[])), "waiting 20@b 3@a? refused");
        let until = Inputs { until: at("2024-04-03T00:00:00Z").timestamp(), ..world.inputs() };
        assert_eq!(words(&told(&until, &[])), "1@a 20@b", "as far as was looked");
    }

    #[test]
    fn a_revision_has_what_was_said_before() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-02");
        world.rain("feed/a", "2024-04-01", "1 2");
        let feed = "feed".into();
        let reading = |value: Option<&str>| crate::observation::Reading {
            station: "a".into(),
            variable: Variable::Precipitation,
            start: at("2024-04-01T00:00:00Z"),
            end: at("2024-04-02T00:00:00Z"),
            value: value.map(super::super::world::fixed),
            unit: Variable::Precipitation.own_unit(),
            vintage: Vintage::Final,
        };
        world.known.learn(&feed, &reading(Some("5")), at("2024-04-05T00:00:00Z"), 9);
        let revised = |world: &World, as_of: &str| {
            let inputs = Inputs { as_of: at(as_of), ..world.inputs() };
            let point = told(&inputs, &[]).points[0];
            let text = |value: Option<Fixed>| value.map_or_else(|| ".".to_owned(), |value| value.to_string());
            (text(point.value), point.revised.map(|revised| (text(revised.was), text(revised.is))))
        };
        let pair = |was: &str, is: &str| Some((was.to_owned(), is.to_owned()));
        assert_eq!(revised(&world, "2024-04-04T00:00:00Z"), ("1".to_owned(), None), "not known yet");
        assert_eq!(revised(&world, "2024-04-05T00:00:00Z"), ("5".to_owned(), pair("1", "5")));
        world.known.learn(&feed, &reading(None), at("2024-04-06T00:00:00Z"), 10);
        assert_eq!(revised(&world, "2024-04-06T00:00:00Z"), (".".to_owned(), pair("5", ".")), "taken back");
    }
}
