//! Running an index: block after block, with what is needed to explain it.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::contract::{Block, BlockText, Grain, Pipeline};
use crate::quantity::Exact;

use super::events::events;
use super::flow::{Event, Flow, Holds, Value};
use super::frame::{Frame, Frames, Inputs};
use super::group::group;
use super::missing;
use super::number;
use super::only::only_on;
use super::read::Uses;
use super::reduce::reduce;
use super::rolling::rolling;
use super::run::in_runs;
use super::slots::Slots;
use super::source_use::SourceUse;
use super::storm::Storm;
use super::trace::{self, Trace};
use super::transform::transform;
use super::undetermined::Undetermined;
use super::years::Baselines;

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
    /// Whether every slot has a reading, so that nothing is waited for. Reports and storms may always still come.
    pub full: bool,
}

/// Computes an index. What other years come to is looked up among `baselines`, and kept there.
pub fn evaluate(pipeline: &Pipeline, inputs: &Inputs<'_>, baselines: &mut Baselines, trace: &mut Trace) -> Evaluation {
    let mut run = Run::new(baselines, trace);
    let frame = Frame::new(inputs);
    let index = match pipeline.blocks[0].block {
        Block::ReadTrack { .. } => run.track(&pipeline.blocks, &frame),
        _ => run.whole(&pipeline.blocks, &frame).map(Index::of),
    };
    Evaluation { index, uses: run.uses.sources, recorded_by: run.uses.recorded_by, full: run.uses.full }
}

impl Index {
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Number(number, _) => Self::Number(number),
            Value::Events(events, _) => Self::Events(events),
            Value::Series(_) => unreachable!("an index ends in a number or in events, which was checked"),
        }
    }
}

/// Behind which block slots are held against the missing rule: the last one that makes other slots or takes some out of
/// what counts, else the first.
pub(super) fn ruled_at(blocks: &[BlockText]) -> usize {
    let ruled =
        |block: &BlockText| matches!(block.block, Block::Per { .. } | Block::OnlyOn(_) | Block::OnlyWhere { .. });
    blocks.iter().rposition(ruled).unwrap_or(0)
}

/// An evaluation under way.
pub(super) struct Run<'t> {
    /// What is told of it.
    pub trace: &'t mut Trace,
    /// What other years come to.
    pub baselines: &'t mut Baselines,
    /// What was read.
    pub uses: Uses,
}

impl<'t> Run<'t> {
    /// Nothing read yet.
    pub fn new(baselines: &'t mut Baselines, trace: &'t mut Trace) -> Self {
        Self { trace, baselines, uses: Uses::none() }
    }

    /// Runs blocks that begin with a source, and holds their slots against the missing rule. With one source for the whole
    /// window, the next one serves where that fails.
    ///
    /// # Errors
    /// Why there is no value; of several sources, why the first gives none.
    pub fn whole(&mut self, blocks: &[BlockText], frame: &Frame<'_>) -> Result<Value, Undetermined> {
        let ruled = ruled_at(blocks);
        let (before, full) = (self.uses.take_recorded(), self.uses.full);
        let mut failure = None;
        let mut attempts = frame.attempts(blocks).peekable();
        while let Some(attempt) = attempts.next() {
            self.uses.full = full;
            let asked_before = self.uses.sources.len();
            let frames = Frames::new(Frame { attempt, ..*frame }, blocks);
            match self.ruled(blocks, ruled, &frames) {
                Ok(value) => {
                    self.uses.recorded_by.extend(before);
                    return self.follow(blocks, ruled + 1..blocks.len(), value, &frames);
                }
                Err(reason) if reason.wants_readings() => {
                    self.uses.take_recorded();
                    if !reason.is_lack_of_data() {
                        failure = Some(reason);
                        break;
                    }
                    if attempts.peek().is_some() {
                        let left = &mut self.uses.sources[asked_before..];
                        left.iter_mut().for_each(|source| source.passed_over = true);
                    }
                    failure = failure.or(Some(reason));
                }
                // This source serves, whatever comes of it.
                Err(reason) => {
                    self.uses.recorded_by.extend(before);
                    return Err(reason);
                }
            }
        }
        self.uses.recorded_by = before;
        Err(failure.expect("a product has a source"))
    }

    /// The blocks up to the missing rule, and the rule.
    fn ruled(&mut self, blocks: &[BlockText], ruled: usize, frames: &Frames<'_>) -> Result<Value, Undetermined> {
        let first = self.source(&blocks[0], frames.at(0))?;
        let value = self.follow(blocks, 1..ruled + 1, first, frames)?;
        self.ruled_value(value, frames.at(ruled))
    }

    /// The blocks behind one of which its series is known, `source` being that of the first one.
    ///
    /// # Errors
    /// Why there is no value.
    pub fn behind(
        &mut self,
        blocks: &[BlockText],
        (place, flow): (usize, Flow),
        source: &Slots,
        frame: &Frame<'_>,
    ) -> Result<Value, Undetermined> {
        let (ruled, frames) = (ruled_at(blocks), Frames::new(*frame, blocks));
        if place > ruled {
            self.rule(source, frames.at(ruled))?;
            return self.follow(blocks, place + 1..blocks.len(), Value::Series(flow), &frames);
        }
        let value = self.follow(blocks, place + 1..ruled + 1, Value::Series(flow), &frames)?;
        let value = self.ruled_value(value, frames.at(ruled))?;
        self.follow(blocks, ruled + 1..blocks.len(), value, &frames)
    }

    /// A value whose slots are held against the missing rule; reports have none.
    fn ruled_value(&mut self, value: Value, frame: &Frame<'_>) -> Result<Value, Undetermined> {
        if let Value::Series(flow) = &value {
            self.rule(&flow.slots, frame)?;
        }
        Ok(value)
    }

    fn rule(&mut self, slots: &Slots, frame: &Frame<'_>) -> Result<(), Undetermined> {
        if slots.bounds.grain() == Grain::Report {
            return Ok(());
        }
        let rule = frame.product().data.missing.as_ref();
        let rule = rule.expect("a product that reads a series has a missing rule");
        let checked = missing::check(slots, rule);
        self.trace.add("missing", || match &checked {
            Ok(()) => format!("{} of {}: within the terms", slots.missing(), slots.expected()),
            Err(reason) => reason.to_string(),
        });
        checked
    }

    /// Runs a branch that ends in a series; the missing rule does not look at it.
    ///
    /// # Errors
    /// Why there is none.
    pub fn branch(&mut self, blocks: &[BlockText], frame: &Frame<'_>) -> Result<Flow, Undetermined> {
        self.trace.enter();
        let frames = Frames::new(*frame, blocks);
        let first = self.source(&blocks[0], frames.at(0));
        let value = first.and_then(|first| self.follow(blocks, 1..blocks.len(), first, &frames));
        self.trace.leave();
        let Value::Series(flow) = value? else {
            unreachable!("such a branch ends in a series, which was checked when it was read")
        };
        Ok(flow)
    }

    /// Runs the blocks at these places.
    fn follow(
        &mut self,
        blocks: &[BlockText],
        places: Range<usize>,
        mut value: Value,
        frames: &Frames<'_>,
    ) -> Result<Value, Undetermined> {
        for place in places {
            value = self.block(blocks, place, value, frames.at(place))?;
            self.trace_value(&blocks[place].text, &value);
        }
        Ok(value)
    }

    fn block(
        &mut self,
        blocks: &[BlockText],
        place: usize,
        value: Value,
        frame: &Frame<'_>,
    ) -> Result<Value, Undetermined> {
        let block = &blocks[place];
        match value {
            Value::Series(flow) => self.on_series(block, flow, frame),
            Value::Number(number, unit) => {
                let number = match &block.block {
                    Block::Compare { compare, baseline, round } => {
                        let years = self.years(&blocks[..place], *compare, baseline, frame)?;
                        let count = years.count;
                        self.trace.add(&block.text, || format!("{count} years of the baseline have an index"));
                        years.fit.as_ref().map_err(Clone::clone)?.compared(number, *round)?
                    }
                    other => number::change(other, number, unit, block.unit)?,
                };
                Ok(Value::Number(number, block.unit))
            }
            Value::Events(mut events, unit) => {
                for event in &mut events {
                    event.value = number::change(&block.block, event.value, unit, block.unit)?;
                }
                Ok(Value::Events(events, block.unit))
            }
        }
    }

    pub fn on_series(&mut self, block: &BlockText, mut flow: Flow, frame: &Frame<'_>) -> Result<Value, Undetermined> {
        match &block.block {
            Block::Reduce(reducer) => {
                let number = reduce(*reducer, &flow, frame.inputs.period.span.first, &mut frame.days())?;
                return Ok(Value::Number(number, block.unit));
            }
            Block::PerEvent(take) => {
                let events = events(&flow.slots, *take, &mut frame.days())?;
                return Ok(Value::Events(events, block.unit));
            }
            Block::Per { grain, phases, take, need } => {
                let large = frame.within(&flow.slots.bounds).bounds(*grain, phases);
                flow.slots = group(&flow.slots, large, *take, *need)?;
            }
            Block::Rolling { slots, take, step, .. } => flow.slots = rolling(&flow.slots, *slots, *take, *step)?,
            Block::InRuns { comparison, at_least } => {
                in_runs(&mut flow.slots, *comparison, *at_least);
                flow.holds = Holds::Runs;
            }
            Block::OnlyOn(dates) => only_on(&mut flow.slots, &frame.moved_dates(dates), &mut frame.days()),
            Block::OnlyWhere { branch, before, after } => {
                self.only_where(&mut flow.slots, branch, (*before, *after), frame)?;
            }
            Block::Round(round) => {
                flow.slots.try_map(|value| round.value(Exact::from(value)))?;
                flow.convert(block.unit)?;
            }
            other => {
                let done = transform(other, &mut flow.slots, frame.stretch.day);
                done.expect("a pipeline was checked when it was read")?;
                if matches!(other, Block::Meets(_)) {
                    flow.holds = Holds::Flags;
                }
            }
        }
        flow.unit = block.unit;
        Ok(Value::Series(flow))
    }

    fn trace_value(&mut self, text: &str, value: &Value) {
        match value {
            Value::Series(flow) => self.trace.add_series(text, flow, || trace::of_series(flow)),
            Value::Number(number, unit) => self.trace.add(text, || trace::of_number(*number, *unit)),
            Value::Events(events, unit) => self.trace.add_events(text, events, || trace::of_events(events, *unit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, at, block, date, fixed, in_unit, per, rain, rain_of, ratio, wet};
    use super::*;
    use crate::contract::{Comparison, EventTake, Operator, Phase, Reducer, Round, RunTake, Take};
    use crate::quantity::{Rounding, Variable};

    fn sum() -> BlockText {
        block(Block::Reduce(Reducer::Sum))
    }

    fn rolling(slots: usize, reach_before: bool) -> BlockText {
        block(Block::Rolling { slots, take: Take::Sum, step: 1, reach_before })
    }

    #[test]
    fn the_missing_rule_looks_behind_the_last_per() {
        let mut world = World::new("reading", "2024-03-30", "2024-04-02");
        world.rain("feed/a", "2024-03-30", "1 . 3 .");
        for (blocks, number, why) in [
            (vec![rain(), sum()], "4", "half of the days is missing, which is allowed"),
            (vec![rain(), per(Grain::Month), sum()], "4", "no month is missing"),
            (vec![rain(), rolling(2, false), sum()], "0", "what is missing behind the rule is no matter"),
            (
                vec![rain(), rolling(2, false), per(Grain::Month), sum()],
                "no_readings",
                "a per behind it takes the rule along",
            ),
            (vec![rain(), block(Block::Substitute(fixed("5"))), sum()], "14", "behind the rule"),
        ] {
            assert_eq!(world.number(blocks), number, "{why}");
        }
        world = World::new("reading", "2024-03-30", "2024-04-02");
        world.rain("feed/a", "2024-03-30", "1 . . .");
        assert_eq!(world.number(vec![rain(), block(Block::Substitute(fixed("5"))), sum()]), "too_many_missing");
    }

    #[test]
    fn a_gap_is_filled_or_the_next_source_serves_the_whole_window() {
        for (fallback, a, b, number, full, why) in [
            ("reading", "1 . 3 4", "10 20 30 40", "28", true, "a gap is filled"),
            ("reading", "1 . 3 4", "10 . 30 40", "8", false, "a gap in both"),
            ("window", "1 . 3 4", "10 20 30 40", "8", false, "the first is complete enough"),
            ("window", "1 . . .", "10 . 30 40", "80", false, "it is not"),
            ("window", "1 . . .", "10 20 30 40", "100", true, "the next is complete"),
            ("window", "1 . . .", ". . . .", "too_many_missing", false, "neither: why the first does not serve"),
        ] {
            let mut world = World::new(fallback, "2024-03-30", "2024-04-02");
            world.rain("feed/a", "2024-03-30", a);
            world.rain("feed/b", "2024-03-30", b);
            assert_eq!(world.number(vec![rain(), sum()]), number, "{why}");
            let evaluation = world.evaluate_with(vec![rain(), sum()], &world.inputs(), &mut Trace::off());
            assert_eq!(evaluation.full, full, "{why}");
        }
    }

    #[test]
    fn only_what_served_is_recorded() {
        let mut world = World::new("window", "2024-03-30", "2024-04-02");
        world.rain("feed/a", "2024-03-30", "1 . . .");
        world.rain("feed/b", "2024-03-30", "10 20 30 40");
        let evaluation = world.evaluate_with(vec![rain(), sum()], &world.inputs(), &mut Trace::off());
        let used: Vec<_> = evaluation.uses.iter().map(|used| (used.used, used.asked)).collect();
        assert_eq!((used, evaluation.recorded_by.len()), (vec![(1, 4), (4, 4)], 2), "entries 2 and 3, not 1");
        assert!(!evaluation.recorded_by.contains(&1));
    }

    #[test]
    fn a_stretch_may_reach_back_before_the_period() {
        let mut world = World::new("reading", "2024-04-02", "2024-04-04");
        world.rain("feed/a", "2024-03-30", "100 10 20 1 2 3 50");
        let months =
            block(Block::Per { grain: Grain::Month, phases: Vec::new(), take: Take::Sum, need: ratio(1, 100) });
        for (blocks, series, why) in [
            (vec![rain(), rolling(3, false)], "6", "inside of the period"),
            (vec![rain(), rolling(3, true)], "31 23 6", "each day has its stretch"),
            (vec![rain(), rolling(2, true), rolling(2, true)], "51 24 8", "both reach back"),
            (vec![rain(), rolling(2, true), rolling(2, false)], "24 8", "only the first does"),
            (vec![rain(), months, rolling(2, true)], "136", "the month before, and this month whole"),
        ] {
            assert_eq!(world.series(blocks), series, "{why}");
        }
    }

    #[test]
    fn days_of_waiting_do_not_count() {
        let mut world = World::new("reading", "2024-04-02", "2024-04-05");
        world.rain("feed/a", "2024-04-01", "100 10 20 30 40");
        let inputs = Inputs { counts_from: Some(at("2024-04-04T00:00:00Z").timestamp()), ..world.inputs() };
        for (blocks, series, why) in [
            (vec![rain()], "30 40", "slots that begin before are out"),
            (vec![rain(), per(Grain::Month)], "70", "and no part of larger ones"),
            (vec![rain(), rolling(2, false)], "30 70", "nor of stretches"),
            (vec![rain(), rolling(2, true)], "30 70", "also where they may begin before the period"),
        ] {
            assert_eq!(world.series_with(blocks, &inputs), series, "{why}");
        }
        let mut late = World::new("reading", "2024-04-02", "2024-04-05");
        late.rain("feed/a", "2024-04-04", "30 .");
        let inputs = Inputs { counts_from: Some(at("2024-04-04T00:00:00Z").timestamp()), ..late.inputs() };
        assert_eq!(late.number_with(vec![rain(), sum()], &inputs), "30", "half of what counts is there");
        let events = vec![rain(), block(Block::PerEvent(EventTake::Slot))];
        let got = late.evaluate_with(events, &inputs, &mut Trace::off()).index;
        let Ok(Index::Events(events)) = got else { panic!("{got:?}") };
        assert_eq!(events.iter().map(|event| event.day).collect::<Vec<_>>(), [date("2024-04-04")]);
    }

    #[test]
    fn only_final_readings_count_where_the_terms_say_so() {
        let mut world = World::new("reading", "2024-04-02", "2024-04-04");
        world.rain("feed/a", "2024-04-02", "1? 2 3?");
        world.rain("feed/b", "2024-04-02", "10 20 30?");
        assert_eq!(world.number(vec![rain(), sum()]), "6");
        let inputs = Inputs { final_only: true, ..world.inputs() };
        assert_eq!(world.series_with(vec![rain()], &inputs), "10 2 .");
    }

    #[test]
    fn a_period_that_runs_has_the_slots_that_are_over() {
        let mut world = World::new("reading", "2024-03-30", "2024-04-10");
        world.rain("feed/a", "2024-03-30", "1 2 3 4 5 6 7 8 9 10 11 12");
        let inputs = Inputs { until: at("2024-04-05T12:00:00Z").timestamp(), ..world.inputs() };
        assert_eq!(world.series_with(vec![rain()], &inputs), "1 2 3 4 5 6");
        assert_eq!(world.series_with(vec![rain(), per(Grain::Month)], &inputs), "3", "April is not over");
        assert_eq!(world.series(vec![rain(), per(Grain::Month)]), "3 75");
    }

    #[test]
    fn slots_are_joined_to_days_dekads_phases() {
        let mut world = World::new("reading", "2024-04-09", "2024-04-12");
        world.rain("feed/a", "2024-04-09", "1 2 3 4");
        let phase = |from, to| Phase {
            id: String::new(),
            from: crate::calendar::MonthDay::parse(from).expect(from),
            to: crate::calendar::MonthDay::parse(to).expect(to),
        };
        let phases = block(Block::Per {
            grain: Grain::Phase,
            phases: vec![phase("04-09", "04-09"), phase("04-11", "04-12")],
            take: Take::Max,
            need: ratio(1, 1),
        });
        for (larger, series, why) in [
            (per(Grain::Dekad), "3 7", "dekads"),
            (per(Grain::Days(3)), "6 4", "three days, the last slot cut"),
            (per(Grain::Year), "10", "a year"),
            (phases, "1 4", "phases"),
        ] {
            assert_eq!(world.series(vec![rain(), larger]), series, "{why}");
        }
    }

    #[test]
    fn only_slots_of_dates_or_near_a_branch_count() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-05");
        world.rain("feed/a", "2024-04-01", "1 2 3 4 5");
        world.rain("feed/warning", "2024-04-01", "0 9 0 . 0");
        let near = |before, after| block(Block::OnlyWhere { branch: wet(&["feed/warning"], "9"), before, after });
        for (blocks, series, why) in [
            (vec![rain(), block(Block::OnlyOn(vec![date("2024-04-04"), date("2024-04-01")]))], "1 4", "dates"),
            (vec![rain(), near(0, 0)], "2 .", "the day itself; the day of which nothing is known"),
            (vec![rain(), near(0, 86_400)], "2 3 . .", "and a day behind"),
            (vec![rain(), near(86_400, 0)], "1 2 . .", "and a day before, also before what is unknown"),
        ] {
            assert_eq!(world.series(blocks), series, "{why}");
        }
    }

    #[test]
    fn a_series_may_be_rounded_into_another_unit() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-03");
        world.rain("feed/a", "2024-04-01", "1.25 12 .");
        let tenth = Round { step: ratio(1, 10), mode: Rounding::HalfUp };
        assert_eq!(world.series(vec![rain(), block(Block::Round(tenth))]), "1.3 12 .");
        assert_eq!(world.series(vec![rain(), in_unit(Block::Round(tenth), "cm")]), "0.13 1.2 .");
    }

    #[test]
    fn runs_are_events() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-06");
        world.rain("feed/a", "2024-04-01", "9 9 1 9 1 1");
        let comparison = Comparison { operator: Operator::AtLeast, bound: fixed("5") };
        let blocks = vec![
            rain_of(&["feed/a"]),
            block(Block::InRuns { comparison, at_least: 1 }),
            in_unit(Block::PerEvent(EventTake::Run(RunTake::Length)), "d"),
            in_unit(Block::Round(Round { step: ratio(2, 1), mode: Rounding::Up }), "d"),
        ];
        let evaluation = world.evaluate_with(blocks, &world.inputs(), &mut Trace::off());
        let Ok(Index::Events(events)) = evaluation.index else { panic!("{:?}", evaluation.index) };
        let got: Vec<_> = events.iter().map(|event| (event.name.as_str(), event.value.to_string())).collect();
        assert_eq!(got, [("2024-04-01", "2".to_owned()), ("2024-04-04", "2".to_owned())]);
    }

    #[test]
    fn reports_have_no_missing_rule() {
        use crate::contract::NoReport::{Nothing, Undetermined};
        let report = |none| {
            let (variable, unit) = (Variable::Precipitation, super::super::world::unit("mm"));
            block(Block::Report { variable, unit, sources: Vec::new(), none, told_within: None })
        };
        let reduce = |reducer| block(Block::Reduce(reducer));
        let empty = World::new("reading", "2024-04-01", "2024-04-30");
        for (none, reducer, number, why) in [
            (Undetermined, Reducer::Sum, "no_readings", "nothing is known"),
            (Nothing, Reducer::Sum, "0", "nothing happened"),
            (Nothing, Reducer::Max, "0", "never below zero"),
            (Nothing, Reducer::Latest, "0", "never below zero"),
            (Nothing, Reducer::Min, "nothing_qualifies", "of nothing"),
            (Nothing, Reducer::Mean, "nothing_qualifies", "of nothing"),
        ] {
            assert_eq!(empty.number(vec![report(none), reduce(reducer)]), number, "{why}");
        }
        let mut world = World::new("reading", "2024-04-01", "2024-04-30");
        let reported = [
            ("2024-03-31T23:59:59Z", "2024-04-02T00:00:00Z", "1000"),
            ("2024-04-01T00:00:00Z", "2024-04-01T00:00:00Z", "1"),
            ("2024-04-03T00:00:00Z", "2024-05-05T00:00:00Z", "20"),
            ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", "1000"),
        ];
        for (start, end, value) in reported {
            world.learn("feed/b", Variable::Precipitation, (start, end), value);
        }
        for (reducer, number, why) in [
            (Reducer::Sum, "21", "those that begin in the period, whatever their interval"),
            (Reducer::Latest, "20", "the last"),
            (Reducer::Mean, "10.5", "of two"),
        ] {
            assert_eq!(world.number(vec![report(Undetermined), reduce(reducer)]), number, "{why}");
        }
        let late = Inputs { counts_from: Some(at("2024-04-02T00:00:00Z").timestamp()), ..world.inputs() };
        assert_eq!(world.number_with(vec![report(Nothing), reduce(Reducer::Sum)], &late), "20", "waiting");
        let evaluation = world.evaluate_with(vec![report(Nothing), sum()], &world.inputs(), &mut Trace::off());
        assert!(!evaluation.full, "another may come");
        assert_eq!(evaluation.uses.iter().map(|used| used.used).collect::<Vec<_>>(), [0, 2]);
    }
    /// An event of 3 April and its notice; days of the notice are insured days.
    #[test]
    fn a_report_counts_where_it_was_first_told_in_time() {
        let (variable, none) = (Variable::Precipitation, crate::contract::NoReport::Nothing);
        let blocks = |within: i64| {
            let (unit, told_within) = (super::super::world::unit("mm"), Some(within));
            vec![block(Block::Report { variable, unit, sources: Vec::new(), none, told_within }), sum()]
        };
        let (start, end) = (at("2024-04-03T00:00:00Z"), at("2024-04-04T00:00:00Z"));
        let told = |told: &[(&str, &str)]| {
            let mut world = World::new("reading", "2024-04-01", "2024-04-30");
            for (known_at, value) in told {
                let reading = crate::observation::Reading {
                    station: "a".into(),
                    variable,
                    start,
                    end,
                    value: Some(super::super::world::fixed(value)),
                    unit: variable.own_unit(),
                    vintage: crate::observation::Vintage::Final,
                };
                world.known.learn(&"feed".into(), &reading, at(known_at), 1);
            }
            world
        };
        let day = 86_400;
        for (reports, within, counted, why) in [
            (&[("2024-04-09T00:00:00Z", "7")][..], 5 * day, "7", "exactly five days behind its end"),
            (&[("2024-04-09T00:00:01Z", "7")], 5 * day, "0", "a second later"),
            (&[("2024-04-04T00:00:00Z", "7")], 0, "7", "at once"),
            (&[("2024-04-04T12:00:01Z", "7")], day / 2, "0", "a second behind half a day"),
            (
                &[("2024-04-09T00:00:00Z", "7"), ("2024-04-20T00:00:00Z", "9")],
                5 * day,
                "9",
                "revised later, told in time",
            ),
            (&[("2024-04-10T00:00:00Z", "7"), ("2024-04-11T00:00:00Z", "9")], 5 * day, "0", "too late at first"),
        ] {
            assert_eq!(told(reports).number(blocks(within)), counted, "{why}");
        }
    }
}
