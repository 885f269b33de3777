//! Readings into the slots of a period, from the sources that the term sheet names.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contract::{Fallback, Grain, NoReport, Policy, SourceName, column_of};
use crate::observation::{OnEnd, Row, Series, SeriesKey};
use crate::quantity::{Conversion, Fixed, Overflow, Unit, Variable};

use super::consensus::agreed;
use super::frame::Frame;
use super::slots::{Bounds, Slot, Slots, instant};
use super::source_use::SourceUse;
use super::undetermined::Undetermined;

/// What is read of the sources of an index: how much each gave, and where it is recorded.
#[derive(Debug)]
pub(super) struct Uses {
    /// What each source gave, in the order of the reading.
    pub sources: Vec<SourceUse>,
    /// The ledger entries that hold the readings used.
    pub recorded_by: BTreeSet<i64>,
    /// Whether every slot that counts had a reading.
    pub full: bool,
    /// The entry noted last: a source's readings often stand in one.
    last: Option<i64>,
}

impl Uses {
    /// Nothing was read.
    pub fn none() -> Self {
        Self { sources: Vec::new(), recorded_by: BTreeSet::new(), full: true, last: None }
    }

    fn note(&mut self, recorded_by: i64) {
        if self.last.replace(recorded_by) != Some(recorded_by) {
            self.recorded_by.insert(recorded_by);
        }
    }

    /// Takes the entries noted so far away, to be put back or dropped.
    pub fn take_recorded(&mut self) -> BTreeSet<i64> {
        self.last = None;
        std::mem::take(&mut self.recorded_by)
    }
}

/// The series that a source name means for a policy; none for a whole feed.
pub fn series_of(source: &SourceName, policy: &Policy, variable: Variable) -> Option<SeriesKey> {
    let name = source.station.as_deref()?;
    let station = match column_of(name) {
        Some(column) => policy.stations.get(column)?.clone(),
        None => Arc::from(name),
    };
    Some(SeriesKey { feed: source.feed.clone(), station, variable })
}

/// What is read.
#[derive(Clone, Copy)]
pub(super) struct What<'a> {
    /// The variable.
    pub variable: Variable,
    /// The unit in which it is read.
    pub unit: Unit,
    /// The sources that the block names; none where those around it serve.
    pub own: &'a [SourceName],
    /// How far apart sources may be that agree, under a consensus.
    pub agree_within: Option<Fixed>,
}

impl Frame<'_> {
    /// The series of what is read, in order of preference.
    fn series_of<'s>(&'s self, what: What<'s>) -> impl Iterator<Item = SeriesKey> + 's {
        let sources = self.sources_of(what.own).iter();
        sources.filter_map(move |source| series_of(source, self.inputs.policy, what.variable))
    }

    /// The slots of the frame, filled from the sources in their order: each fills what the ones before left open; under
    /// a consensus, with what enough of them agree on. Slots before the end of a waiting are out.
    ///
    /// # Errors
    /// [`Overflow`] where a reading does not fit in the unit in which it is read.
    pub fn read(&self, what: What<'_>, grain: Grain, uses: &mut Uses) -> Result<Slots, Overflow> {
        if let (Some(tolerance), Fallback::Consensus { quorum }) = (what.agree_within, self.product().data.fallback) {
            return self.read_agreed(what, grain, (tolerance, quorum), uses);
        }
        let mut slots = Slots::empty(self.stretch.bounds(grain, &[]));
        let mut open = slots.values.len();
        for series in self.series_of(what) {
            let source = self.ask(&mut slots, open, series, what.unit, uses)?;
            open -= source.used;
            uses.sources.push(source);
        }
        self.cut_waiting(&mut slots);
        uses.full &= open == 0 || slots.missing() == 0;
        Ok(slots)
    }

    /// The slots of the frame with what enough of the sources agree on. It is full only where each source has every
    /// slot: one that is late may still turn the median.
    ///
    /// # Errors
    /// [`Overflow`] where a reading does not fit in the unit in which it is read.
    fn read_agreed(
        &self,
        what: What<'_>,
        grain: Grain,
        (tolerance, quorum): (Fixed, usize),
        uses: &mut Uses,
    ) -> Result<Slots, Overflow> {
        let empty = Slots::empty(self.stretch.bounds(grain, &[]));
        let (mut each, mut members) = (Vec::new(), Vec::new());
        let series: Vec<_> = self.series_of(what).collect();
        let mut families = self.product().data.families_of(&series, |series| &series.feed);
        if families.len() > quorum {
            let left_out = |series: &SeriesKey| {
                self.inputs.without.iter().any(|(feed, station)| *feed == series.feed && *station == series.station)
            };
            families.retain(|family| !family.iter().any(|series| left_out(series)));
        }
        for family in families {
            // Within a family the later one fills what the one before left open.
            let (mut slots, mut open) = (empty.clone(), empty.values.len());
            let mut filled = Vec::new();
            for series in family {
                let before = (open < slots.values.len()).then(|| slots.values.clone());
                let source = self.ask(&mut slots, open, series.clone(), what.unit, uses)?;
                open -= source.used;
                filled.push((uses.sources.len(), before));
                uses.sources.push(source);
            }
            members.push(filled);
            self.cut_waiting(&mut slots);
            uses.full &= slots.missing() == 0;
            each.push(slots);
        }
        // One family alone, such as a member's, has nobody to agree with.
        let quorum = if each.len() == 1 { 1 } else { quorum };
        let (agreed, apart) = agreed(empty, &each, tolerance, quorum);
        for (members, mut apart) in members.into_iter().zip(apart) {
            // What the last one found open, it filled itself.
            for (source, open_before) in members.into_iter().rev() {
                let own = |slot: &usize| open_before.as_ref().is_none_or(|before| before[*slot].is_missing());
                uses.sources[source].apart = apart.iter().filter(|slot| own(slot)).count();
                apart.retain(|slot| !own(slot));
            }
        }
        Ok(agreed)
    }

    /// Has a series' readings fill the slots that are empty, which are `open` many, and says what became of them.
    fn ask(
        &self,
        slots: &mut Slots,
        open: usize,
        series: SeriesKey,
        unit: Unit,
        uses: &mut Uses,
    ) -> Result<SourceUse, Overflow> {
        let used = self.fill(slots, open, &series, unit, uses)?;
        let mut source = SourceUse::new(series, used, open);
        source.family = self.product().data.family_of(&source.series.feed).map(|family| family.name.clone());
        if used < open {
            self.why_open(slots, &mut source);
        }
        if let ([slot], 1) = (slots.values.as_slice(), used) {
            source.value = slot.value().map(|value| (value, unit));
        }
        Ok(source)
    }

    /// Why a source left slots open: what it said does not count yet or was refused, or it has said nothing since.
    #[inline(never)]
    fn why_open(&self, slots: &Slots, source: &mut SourceUse) {
        let readings = self.inputs.known.series(&source.series);
        let Slots { bounds, values } = slots;
        let as_of = self.inputs.as_of;
        // One that was never heard of has not fallen silent.
        let silent_from = readings.and_then(|readings| readings.watermark(as_of));
        let silent_from = silent_from.map_or(values.len(), |end| bounds.first_from(end));
        source.stale = values[silent_from..].iter().filter(|slot| slot.is_missing()).count();
        let is_open = |start: i64, end: i64| bounds.slot_of(start, end).filter(|slot| values[*slot].is_missing());
        if let Some(readings) = readings.filter(|_| self.inputs.final_only && !values.is_empty()) {
            let known = readings.known(bounds.start(0), bounds.end(), as_of);
            source.not_final = known.iter().filter(|row| is_open(row.start, row.end).is_some()).count();
        }
        for (start, end) in self.inputs.known.refused(&source.series, as_of) {
            let Some(slot) = is_open(start, end) else { continue };
            // What was said of it beside that, and only does not count yet.
            if readings.is_some_and(|readings| readings.known(start, start + 1, as_of).iter().any(|row| row.end == end))
            {
                continue;
            }
            source.refused += 1;
            source.stale -= usize::from(slot >= silent_from);
        }
    }

    /// Puts a series' readings, as known at `as_of`, into those slots that are empty, which are `open` many. Returns how
    /// many were used.
    #[inline(never)]
    fn fill(
        &self,
        slots: &mut Slots,
        open: usize,
        series: &SeriesKey,
        unit: Unit,
        uses: &mut Uses,
    ) -> Result<usize, Overflow> {
        let Some(readings) = self.inputs.known.series(series) else { return Ok(0) };
        if slots.bounds.count() == 0 {
            return Ok(0);
        }
        let how = Filling { conversion: readings.unit().conversion(unit)?, all_empty: open == slots.values.len() };
        let (start, end) = (slots.bounds.start(0), slots.bounds.end());
        let (mut used, mut next) = (0, 0);
        for on_end in readings.on_end(start, end, self.inputs.as_of) {
            let mut row = 0;
            while row < on_end.count() {
                let start = on_end.start + on_end.length * i64::try_from(row).expect("few");
                // Readings come in the order of the slots: the next one is the likeliest.
                let slot = slots.bounds.slot_near(next, start, start + on_end.length);
                let Some(slot) = slot else {
                    row += 1;
                    continue;
                };
                let fitting = slots.bounds.slots_on_end(slot, on_end.length, on_end.count() - row);
                used += self.fill_on_end(&mut slots.values[slot..slot + fitting], (&on_end, row), how, uses)?;
                (row, next) = (row + fitting, slot + fitting);
            }
        }
        Ok(used)
    }

    /// Puts as many rows as there are slots, from one on, into those of the slots that are empty. Returns how many were
    /// used.
    fn fill_on_end(
        &self,
        slots: &mut [Slot],
        (on_end, from): (&OnEnd<'_>, usize),
        how: Filling,
        uses: &mut Uses,
    ) -> Result<usize, Overflow> {
        let mut used = 0;
        on_end.each_known(from..from + slots.len(), |rows| {
            if self.inputs.counts(rows.vintage) {
                let first = rows.first - from;
                let filled = how.fill(&mut slots[first..first + rows.values.len()], rows.values)?;
                if filled > 0 {
                    uses.note(rows.recorded_by);
                }
                used += filled;
            }
            Ok(())
        })?;
        Ok(used)
    }

    /// Every reading that begins in the frame, whatever its interval, of the first source that has any. One that was first
    /// told later than `told_within` seconds behind its end is none; whole days of these are insured days.
    ///
    /// # Errors
    /// [`Undetermined::NothingReported`] where there is none and the terms do not take that for nothing having happened;
    /// [`Undetermined::Overflow`] where a reading does not fit in the unit in which it is read.
    pub fn reports(
        &self,
        what: What<'_>,
        (none, told_within): (NoReport, Option<i64>),
        uses: &mut Uses,
    ) -> Result<Slots, Undetermined> {
        // Another report may always still come.
        uses.full = false;
        let (mut spans, mut values) = (Vec::new(), Vec::new());
        for series in self.series_of(what) {
            if let Some(readings) = self.inputs.known.series(&series) {
                let conversion = readings.unit().conversion(what.unit)?;
                for row in self.reported(readings) {
                    let Some(value) = row.value else { continue };
                    if told_within.is_some_and(|within| !self.is_told_in_time(readings, &row, within)) {
                        continue;
                    }
                    spans.push((row.start, row.end));
                    values.push(Slot::of(conversion.apply(value)?));
                    uses.note(row.recorded_by);
                }
            }
            uses.sources.push(SourceUse::of_reports(series, spans.len()));
            if !spans.is_empty() {
                break;
            }
        }
        if spans.is_empty() && none == NoReport::Undetermined {
            return Err(Undetermined::NothingReported(what.variable));
        }
        let mut slots = Slots { bounds: Bounds::Spans { grain: Grain::Report, spans }, values };
        self.cut_waiting(&mut slots);
        Ok(slots)
    }

    /// Whether anything was told of a report's interval by so many seconds behind its end.
    fn is_told_in_time(&self, readings: &Series, report: &Row, within: i64) -> bool {
        let latest = self.product().day.behind(report.end, within);
        readings.first_told(report.start, report.end).is_some_and(|told| told <= instant(latest))
    }

    fn reported(&self, readings: &Series) -> impl Iterator<Item = Row> {
        let known = readings.known(self.stretch.begins, self.stretch.until, self.inputs.as_of);
        known.into_iter().filter(|row| self.inputs.counts(row.vintage))
    }
}

/// How slots are filled with readings.
#[derive(Clone, Copy)]
struct Filling {
    conversion: Conversion,
    /// Whether no slot had a reading before.
    all_empty: bool,
}

impl Filling {
    /// Puts numbers into those of as many slots that are empty. Returns how many were used.
    #[inline]
    fn fill(self, slots: &mut [Slot], numbers: &[Fixed]) -> Result<usize, Overflow> {
        if self.all_empty && self.conversion.is_same() {
            Slot::copy(slots, numbers);
            return Ok(numbers.len());
        }
        let mut used = 0;
        for (slot, number) in slots.iter_mut().zip(numbers) {
            if slot.is_missing() {
                *slot = Slot::of(self.conversion.apply(*number)?);
                used += 1;
            }
        }
        Ok(used)
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Inputs;
    use super::super::trace::Trace;
    use super::super::world::{World, at, block, rain};
    use super::*;
    use crate::contract::{Block, Reducer};
    use crate::index::Disposition;

    /// What became of each source of a sum of daily rain, with the slots of each disposition.
    fn given(world: &World, inputs: &Inputs<'_>) -> Vec<(&'static str, [usize; 6])> {
        let blocks = vec![rain(), block(Block::Reduce(Reducer::Sum))];
        let uses = world.evaluate_with(blocks, inputs, &mut Trace::off()).uses;
        uses.iter().map(|used| (used.disposition().word(), used.slots())).collect()
    }

    /// Something that was refused of a day, known when the day was over.
    fn refuse(world: &mut World, name: &str, day: &str) {
        let (feed, station) = name.split_once('/').expect("feed/station");
        let start = at(&format!("{day}T00:00:00Z"));
        let (start, end) = (start.timestamp(), start.timestamp() + 86_400);
        let series = SeriesKey { feed: feed.into(), station: station.into(), variable: Variable::Precipitation };
        world.known.refuse(series, (start, end), instant(end));
    }

    #[test]
    fn it_is_said_why_a_source_left_a_slot_open() {
        let mut world = World::new("reading", "2024-03-30", "2024-04-04");
        world.rain("feed/a", "2024-03-30", "1 . 3? . . .");
        world.rain("feed/b", "2024-03-30", ". 2 . . 5 .");
        refuse(&mut world, "feed/a", "2024-04-02");
        refuse(&mut world, "feed/a", "2024-03-30");
        refuse(&mut world, "feed/a", "2024-04-01");
        let final_only = Inputs { final_only: true, ..world.inputs() };
        let [used, missing, stale, not_final, refused, apart] = [1, 1, 2, 1, 1, 0];
        let a = ("stale", [used, missing, stale, not_final, refused, apart]);
        let of_a = &given(&world, &final_only)[0];
        assert_eq!(*of_a, a, "what became known beside a refusal goes before it");
        let of_b = &given(&world, &final_only)[1];
        assert_eq!(*of_b, ("missing", [2, 2, 1, 0, 0, 0]), "asked for five: one behind its last reading");
        let before = Inputs { as_of: at("2024-04-02T12:00:00Z"), ..world.inputs() };
        assert_eq!(given(&world, &before)[0].1, [2, 1, 3, 0, 0, 0], "the refusal was not known then");
    }

    #[test]
    fn a_source_that_is_not_needed_or_was_never_heard_of_says_so() {
        let mut world = World::new("reading", "2024-03-30", "2024-04-02");
        world.rain("feed/a", "2024-03-30", "1 2 3 4");
        assert_eq!(given(&world, &world.inputs()), [("used", [4, 0, 0, 0, 0, 0]), ("spare", [0; 6])]);
        let mut world = World::new("reading", "2024-03-30", "2024-04-02");
        world.rain("feed/b", "2024-03-30", "1 2 3 4");
        assert_eq!(given(&world, &world.inputs())[0], ("missing", [0, 4, 0, 0, 0, 0]), "nothing was ever said");
    }

    #[test]
    fn a_source_that_does_not_serve_the_window_is_passed_over() {
        let mut world = World::new("window", "2024-03-30", "2024-04-02");
        world.rain("feed/a", "2024-03-30", "1 . . .");
        world.rain("feed/b", "2024-03-30", "10 20 30 40");
        let given = given(&world, &world.inputs());
        assert_eq!(given, [("passed_over", [1, 0, 3, 0, 0, 0]), ("used", [4, 0, 0, 0, 0, 0])]);
        let mut world = World::new("window", "2024-03-30", "2024-04-02");
        world.rain("feed/a", "2024-03-30", "1 . . .");
        let words: Vec<_> = super::tests::given(&world, &world.inputs()).into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["passed_over", "missing"], "behind the last one there is no other");
    }

    #[test]
    fn of_one_slot_its_number_is_said() {
        let mut world = World::new("reading", "2024-03-30", "2024-03-30");
        world.rain("feed/a", "2024-03-30", "12.5");
        let blocks = vec![rain(), block(Block::Reduce(Reducer::Sum))];
        let uses = world.evaluate_with(blocks, &world.inputs(), &mut Trace::off()).uses;
        let said: Vec<_> = uses.iter().map(|used| used.value.map(|(value, _)| value.to_string())).collect();
        assert_eq!(said, [Some("12.5".to_owned()), None], "the other one was not asked");
        assert_eq!(uses[0].disposition(), Disposition::Used);
    }
}
