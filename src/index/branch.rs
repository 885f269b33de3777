//! Blocks with which a series begins: readings, reports, and other series inside of the index.

use crate::contract::{Block, BlockText, Branch, Combine, FormulaBlock, Grain, NoReport, Round, SourceName};
use crate::quantity::{Exact, Unit};

use super::align::{common, united};
use super::combine;
use super::double::{Doubles, doubles};
use super::evaluate::Run;
use super::flow::{Flow, Value};
use super::formula;
use super::frame::Frame;
use super::members::{Together, together};
use super::only::{Near, only_near};
use super::read::What;
use super::run::is_met;
use super::slots::{Bounds, Slots};
use super::source_use::SourceUse;
use super::trace;
use super::undetermined::Undetermined;

impl Run<'_> {
    /// What the first block of an index or a branch gives.
    ///
    /// # Errors
    /// Why it gives nothing.
    pub(super) fn source(&mut self, block: &BlockText, frame: &Frame<'_>) -> Result<Value, Undetermined> {
        let flow = match &block.block {
            Block::Read { variable, unit, grain, sources, agree_within } => {
                let what = What { variable: *variable, unit: *unit, own: sources, agree_within: *agree_within };
                return self.read(block, what, *grain, frame);
            }
            Block::Report { variable, unit, sources, none, told_within } => {
                let what = What { variable: *variable, unit: *unit, own: sources, agree_within: None };
                return self.reports(block, what, (*none, *told_within), frame);
            }
            Block::Combine { how, branches, factor, round } if branches.iter().all(ends_in_number) => {
                let number = self.combined_numbers(*how, branches, *factor, *round, frame)?;
                self.trace.add(&block.text, || trace::of_number(number, block.unit));
                return Ok(Value::Number(number, block.unit));
            }
            Block::Combine { how, branches, factor, round } => {
                let series: Result<Vec<_>, Undetermined> =
                    branches.iter().map(|branch| Ok(self.branch(branch, frame)?.slots)).collect();
                Flow::of(combine::of_series(*how, common(series?), *factor, *round)?, block.unit)
            }
            Block::Members { members, take, branch, need, weights, round } => {
                let how = Together { take: *take, need: *need, weights, round: *round };
                Flow::of(self.members(members, branch, how, frame)?, block.unit)
            }
            Block::Formula(formula) => Flow::of(self.formula(formula, block.unit, frame)?, block.unit),
            _ => unreachable!("an index and a branch begin with a source, which was checked when they were read"),
        };
        self.trace.add_series(&block.text, &flow, || trace::of_series(&flow));
        Ok(Value::Series(flow))
    }

    fn read(
        &mut self,
        block: &BlockText,
        what: What<'_>,
        grain: Grain,
        frame: &Frame<'_>,
    ) -> Result<Value, Undetermined> {
        let before = self.uses.sources.len();
        let flow = Flow::of(frame.read(what, grain, &mut self.uses)?, what.unit);
        let uses = &self.uses.sources[before..];
        self.trace.add_series(&block.text, &flow, || {
            let of = |used: &SourceUse| format!("{} of {} from {}", used.used, used.asked, series_name(used));
            format!("{}; {}", uses.iter().map(of).collect::<Vec<_>>().join(", "), trace::of_series(&flow))
        });
        Ok(Value::Series(flow))
    }

    fn reports(
        &mut self,
        block: &BlockText,
        what: What<'_>,
        (none, told_within): (NoReport, Option<i64>),
        frame: &Frame<'_>,
    ) -> Result<Value, Undetermined> {
        let before = self.uses.sources.len();
        let slots = frame.reports(what, (none, told_within), &mut self.uses)?;
        let nothing_is_zero = none == NoReport::Nothing && what.variable.is_never_negative();
        let flow = Flow { nothing_is_zero, ..Flow::of(slots, what.unit) };
        let uses = &self.uses.sources[before..];
        self.trace.add_series(&block.text, &flow, || {
            let of = |used: &SourceUse| format!("{} from {}", used.used, series_name(used));
            format!("{}; {}", uses.iter().map(of).collect::<Vec<_>>().join(", "), trace::of_series(&flow))
        });
        Ok(Value::Series(flow))
    }

    fn combined_numbers(
        &mut self,
        how: Combine,
        branches: &[Branch],
        factor: Exact,
        round: Option<Round>,
        frame: &Frame<'_>,
    ) -> Result<Exact, Undetermined> {
        let mut numbers = Vec::with_capacity(branches.len());
        for branch in branches {
            self.trace.enter();
            let value = self.whole(branch, frame);
            self.trace.leave();
            let Value::Number(number, _) = value? else {
                unreachable!("such a branch ends in a number, which was checked when it was read")
            };
            numbers.push(number);
        }
        combine::of_numbers(how, &numbers, factor, round)
    }

    /// The branch of each member; a member that reported nothing is missing, unless none did.
    fn members(
        &mut self,
        members: &[SourceName],
        branch: &Branch,
        how: Together<'_>,
        frame: &Frame<'_>,
    ) -> Result<Slots, Undetermined> {
        let mut series = Vec::with_capacity(members.len());
        let mut unreported = None;
        for member in members {
            self.trace.add(&format!("member {}", source_name(member)), String::new);
            let frame = Frame { sources: Some(std::slice::from_ref(member)), ..*frame };
            match self.branch(branch, &frame) {
                Ok(flow) => series.push(flow.slots),
                Err(reason @ Undetermined::NothingReported(_)) => {
                    unreported = Some(reason);
                    series.push(Slots::empty(Bounds::Spans { grain: Grain::Report, spans: Vec::new() }));
                }
                Err(reason) => return Err(reason),
            }
        }
        match unreported {
            Some(reason) if series.iter().all(|slots| slots.values.is_empty()) => Err(reason),
            _ => Ok(together(united(series), how)?),
        }
    }

    fn formula(&mut self, block: &FormulaBlock, unit: Unit, frame: &Frame<'_>) -> Result<Slots, Undetermined> {
        let results = self.results(block, frame)?;
        let round = block.round.expect("a formula that flows says how it rounds, which was checked when it was read");
        Ok(formula::flowing(block.formula, results, unit, round)?)
    }

    /// What a formula gives before it is rounded, in the unit of its table.
    fn results(&mut self, block: &FormulaBlock, frame: &Frame<'_>) -> Result<Doubles, Undetermined> {
        let mut inputs = Vec::with_capacity(block.inputs.len());
        for (branch, input) in block.inputs.iter().zip(block.formula.row().inputs) {
            inputs.push(self.input(branch, input.unit(), frame)?);
        }
        let inputs = common(inputs);
        let bounds = &inputs[0].bounds;
        Ok(formula::compute(block, &inputs, &|slot| frame.day_of(bounds, slot)))
    }

    /// An input of a formula, in its unit: a series, or what another formula gives, unrounded.
    fn input(&mut self, branch: &Branch, unit: Unit, frame: &Frame<'_>) -> Result<Doubles, Undetermined> {
        if let [BlockText { block: Block::Formula(inner), text, .. }] = branch.as_slice()
            && inner.round.is_none()
        {
            self.trace.enter();
            let results = self.results(inner, frame);
            if let Ok(results) = &results {
                self.trace.add(text, || of_results(results));
            }
            self.trace.leave();
            return Ok(formula::handed_on(inner.formula, results?, unit)?);
        }
        let mut flow = self.branch(branch, frame)?;
        flow.convert(unit)?;
        Ok(doubles(flow.slots))
    }

    /// Takes out the slots that are not near what a branch finds.
    pub(super) fn only_where(
        &mut self,
        slots: &mut Slots,
        branch: &Branch,
        (before, after): (i64, i64),
        frame: &Frame<'_>,
    ) -> Result<(), Undetermined> {
        let around = |intervals: &mut dyn Iterator<Item = (i64, i64)>| Near::around(intervals, before, after);
        if matches!(branch[0].block, Block::ReadTrack { .. }) {
            self.trace.enter();
            let storms = self.points(branch, frame);
            self.trace.leave();
            let storms = storms?;
            let points = &mut storms.iter().flat_map(|storm| &storm.points).map(|point| (point.at, point.at));
            only_near(slots, &around(points), &Near::around(std::iter::empty(), 0, 0));
            return Ok(());
        }
        let found = self.branch(branch, frame)?.slots;
        let which = |is: fn(&super::slots::Slot) -> bool| {
            let bounds = &found.bounds;
            let places = found.values.iter().enumerate().filter(move |(_, slot)| is(slot));
            places.map(move |(place, _)| (bounds.start(place), bounds.stop(place)))
        };
        only_near(slots, &around(&mut which(is_met)), &around(&mut which(|slot| slot.is_missing())));
        Ok(())
    }
}

/// Whether a branch ends in a number.
fn ends_in_number(branch: &Branch) -> bool {
    branch.iter().any(|block| match &block.block {
        Block::Reduce(_) => true,
        Block::Combine { branches, .. } => branches.iter().all(ends_in_number),
        _ => false,
    })
}

/// `743 values of 1 h, 1 missing; computed on with as they are`.
fn of_results(results: &Doubles) -> String {
    let missing = results.values.iter().filter(|result| result.is_missing()).count();
    let there = results.values.iter().filter(|result| result.value().is_some()).count();
    let missing = if missing > 0 { format!(", {missing} missing") } else { String::new() };
    format!("{there} values of {}{missing}; computed on with as they are", results.bounds.grain())
}

fn series_name(used: &SourceUse) -> String {
    format!("{}/{}", used.series.feed, used.series.station)
}

fn source_name(source: &SourceName) -> String {
    match &source.station {
        Some(station) => format!("{}/{station}", source.feed),
        None => source.feed.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::super::world::{World, block, fixed, in_unit, per, rain, rain_of, ratio, source, unit, wet};
    use super::*;
    use crate::contract::{MemberTake, Reducer, Take, Target, WindRule};
    use crate::quantity::{Rounding, Variable};

    fn tenth() -> Option<Round> {
        Some(Round { step: ratio(1, 10), mode: Rounding::HalfUp })
    }

    fn combine(how: Combine, branches: Vec<Branch>) -> BlockText {
        let round = matches!(how, Combine::Mean | Combine::Product | Combine::Ratio).then(tenth).flatten();
        block(Block::Combine { how, branches, factor: Exact::from(1), round })
    }

    fn sum() -> BlockText {
        block(Block::Reduce(Reducer::Sum))
    }

    fn rolling(slots: usize, reach_before: bool) -> BlockText {
        block(Block::Rolling { slots, take: Take::Sum, step: 1, reach_before })
    }

    fn three() -> World {
        let mut world = World::new("reading", "2024-04-01", "2024-04-04");
        world.rain("feed/x", "2024-03-31", "50 1 2 . 4");
        world.rain("feed/y", "2024-03-31", "60 10 . 30 40");
        world.rain("feed/z", "2024-03-31", "70 0 5 6 7");
        world
    }

    #[test]
    fn series_are_combined_within_branches_within_branches() {
        let (x, y, z) = (vec![rain_of(&["feed/x"])], vec![rain_of(&["feed/y"])], vec![rain_of(&["feed/z"])]);
        let sum_of = |branches| combine(Combine::Sum, branches);
        let world = three();
        for (first, series, why) in [
            (sum_of(vec![x.clone(), y.clone()]), "11 . . 44", "missing where one is"),
            (combine(Combine::Mean, vec![x.clone(), z.clone()]), "0.5 3.5 . 5.5", "mean"),
            (combine(Combine::Ratio, vec![x.clone(), z.clone()]), ". 0.4 . 0.6", "over zero"),
            (sum_of(vec![vec![sum_of(vec![x.clone(), y.clone()])], z.clone()]), "11 . . 51", "a sum in a sum"),
            (
                sum_of(vec![x.clone(), vec![rain_of(&["feed/z"]), rolling(2, false)]]),
                "7 . 17",
                "a stretch takes the first day away from both",
            ),
            (
                sum_of(vec![x.clone(), vec![rain_of(&["feed/z"]), rolling(2, true)]]),
                "71 7 . 17",
                "unless it reaches back",
            ),
        ] {
            assert_eq!(world.series(vec![first]), series, "{why}");
        }
        assert_eq!(
            world.series(vec![sum_of(vec![x, z]), rolling(2, true)]),
            "121 8 . .",
            "behind a combination all branches reach back"
        );
    }

    #[test]
    fn what_branches_read_is_noted() {
        let world = three();
        let branches = vec![vec![rain_of(&["feed/x"])], vec![rain_of(&["feed/z"])]];
        let mut trace = Trace::on();
        let evaluation = world.evaluate_with(vec![combine(Combine::Sum, branches), sum()], &world.inputs(), &mut trace);
        let used: Vec<_> = evaluation.uses.iter().map(|used| (&*used.series.station, used.used, used.asked)).collect();
        assert_eq!(used, [("x", 3, 4), ("z", 4, 4)]);
        assert!(!evaluation.full, "one of them has a gap");
        let blocks: Vec<_> = trace.steps().into_iter().map(|step| step.block).collect();
        assert_eq!(blocks, ["  Read", "  Read", "Combine", "missing", "Reduce"]);
    }

    #[test]
    fn one_source_serves_the_whole_window_in_every_branch() {
        let mut world = World::new("window", "2024-04-01", "2024-04-04");
        world.rain("feed/a", "2024-04-01", "1 . . 4");
        world.rain("feed/b", "2024-04-01", "10 20 30 40");
        world.rain("feed/own", "2024-04-01", "100 . 300 400");
        let twice = combine(Combine::Sum, vec![vec![rain()], vec![rain()]]);
        assert_eq!(world.series(vec![twice]), "2 . . 8", "the first is complete enough");
        let mixed = combine(Combine::Sum, vec![vec![rain()], vec![rain_of(&["feed/own"])]]);
        assert_eq!(world.series(vec![mixed]), "101 . . 404", "a read with a source of its own keeps it");
        let mut dry = World::new("window", "2024-04-01", "2024-04-04");
        dry.rain("feed/a", "2024-04-01", "1 . . .");
        dry.rain("feed/b", "2024-04-01", "10 20 . 40");
        let numbers = combine(Combine::Difference, vec![vec![rain(), sum()], vec![rain(), per(Grain::Month), sum()]]);
        assert_eq!(
            dry.number(vec![numbers]),
            "0",
            "the second source serves both: the first is too incomplete for one"
        );
        let mut none = World::new("window", "2024-04-01", "2024-04-04");
        none.rain("feed/a", "2024-04-01", "1 . . .");
        none.rain("feed/b", "2024-04-01", "0 0 0 0");
        let ratio = combine(Combine::Ratio, vec![vec![rain(), sum()], vec![rain(), sum()]]);
        assert_eq!(none.number(vec![ratio]), "division_by_zero", "the second source serves, and is zero");
    }

    #[test]
    fn numbers_are_combined_each_under_the_missing_rule() {
        let world = three();
        let of = |name: &str| vec![rain_of(&[name]), sum()];
        for (how, branches, number, why) in [
            (Combine::Sum, vec![of("feed/x"), of("feed/z")], "25", "sum"),
            (Combine::Difference, vec![of("feed/x"), of("feed/z")], "-11", "difference"),
            (Combine::Ratio, vec![of("feed/z"), of("feed/x")], "2.6", "18 over 7, rounded where it is written out"),
            (Combine::Sum, vec![of("feed/x"), of("feed/none")], "no_readings", "one of them is undetermined"),
        ] {
            assert_eq!(world.number(vec![combine(how, branches)]), number, "{why}");
        }
        let exact = Block::Combine {
            how: Combine::Ratio,
            branches: vec![of("feed/z"), of("feed/x")],
            factor: Exact::from(7),
            round: None,
        };
        assert_eq!(world.number(vec![block(exact.clone())]), "18", "exact");
        assert_eq!(world.number(vec![block(exact), block(Block::Cap(fixed("17")))]), "17", "number blocks follow");
        let mut zero = three();
        zero.rain("feed/zero", "2024-04-01", "0 0 0 0");
        let ratio = combine(Combine::Ratio, vec![of("feed/x"), of("feed/zero")]);
        assert_eq!(zero.number(vec![ratio]), "division_by_zero");
    }

    fn members(take: MemberTake, names: &[&str], branch: Branch, need: i128) -> BlockText {
        let members = names.iter().map(|name| source(name)).collect();
        let round = matches!(take, MemberTake::Mean | MemberTake::Share).then(tenth).flatten();
        block(Block::Members { members, take, branch, need: ratio(need, 100), weights: Vec::new(), round })
    }

    #[test]
    fn each_member_is_the_source_of_every_read_in_its_branch() {
        let world = three();
        let names = ["feed/x", "feed/y", "feed/z"];
        let twice = vec![combine(Combine::Sum, vec![vec![rain()], vec![rain_of(&["feed/none"])]])];
        for (first, series, why) in [
            (members(MemberTake::Mean, &names, vec![rain()], 60), "3.7 3.5 18 17", "two of three are enough"),
            (members(MemberTake::Sum, &names, vec![rain()], 100), "11 . . 51", "all are needed"),
            (members(MemberTake::Max, &names, twice, 60), "20 10 60 80", "also of a read that names another one"),
            (members(MemberTake::Share, &names, wet(&[], "5"), 60), "33.3 50 100 66.7", "of those that are there"),
            (members(MemberTake::Min, &["feed/x", "feed/none"], vec![rain()], 50), "1 2 . 4", "one of two"),
        ] {
            assert_eq!(world.series(vec![first]), series, "{why}");
        }
        let mut trace = Trace::on();
        let block = members(MemberTake::Min, &names[..2], vec![rain()], 50);
        world.evaluate_with(vec![block, sum()], &world.inputs(), &mut trace);
        let blocks: Vec<_> = trace.steps().into_iter().map(|step| step.block).collect();
        assert_eq!(blocks, ["member feed/x", "  Read", "member feed/y", "  Read", "Members", "missing", "Reduce"]);
    }

    #[test]
    fn a_member_that_reported_nothing_is_missing() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-30");
        let report = |none| {
            let (variable, unit) = (Variable::Precipitation, unit("mm"));
            block(Block::Report { variable, unit, sources: Vec::new(), none, told_within: None })
        };
        let branch = vec![report(NoReport::Undetermined)];
        let (day, later) =
            (("2024-04-03T00:00:00Z", "2024-04-04T00:00:00Z"), ("2024-04-09T00:00:00Z", "2024-04-09T00:00:00Z"));
        let of = |need| members(MemberTake::Sum, &["feed/x", "feed/y", "feed/z"], branch.clone(), need);
        assert_eq!(world.number(vec![of(30), sum()]), "no_readings", "none did");
        world.learn("feed/x", Variable::Precipitation, day, "1");
        world.learn("feed/y", Variable::Precipitation, day, "2");
        world.learn("feed/y", Variable::Precipitation, later, "7");
        assert_eq!(world.series(vec![of(60)]), "3 .", "two of three on one day, one on the other");
        assert_eq!(world.series(vec![of(30)]), "3 7");
    }

    #[test]
    fn only_slots_near_a_storm_count() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-05");
        world.rain("feed/a", "2024-04-01", "1 2 3 4 5");
        let mut fix = |at: &str, latitude: &str| {
            for (variable, value) in
                [(Variable::StormLatitude, latitude), (Variable::StormLongitude, "0"), (Variable::StormWind, "40")]
            {
                world.learn("tracks/one", variable, (at, at), value);
            }
        };
        fix("2024-04-02T23:00:00Z", "2");
        fix("2024-04-03T01:00:00Z", "0.5");
        let track = |radius| {
            vec![
                block(Block::ReadTrack { sources: vec![source("tracks")] }),
                block(Block::Interpolate { step: 3_600, longest_gap: 7_200, no_wind: WindRule::Out }),
                block(Block::Within { radius: fixed(radius), of: Target::Site }),
            ]
        };
        let near = |radius, before, after| block(Block::OnlyWhere { branch: track(radius), before, after });
        for (only, series, why) in [
            (near("60", 0, 0), "3", "the day of its only point in the area"),
            (near("140", 0, 0), "3", "another one at midnight"),
            (near("140", 1, 0), "2 3", "and a second before it"),
            (near("300", 0, 0), "2 3", "a point on the evening before"),
            (near("10", 86_400, 86_400), "", "no point"),
            (near("60", 0, 23 * 3_600), "3 4", "to midnight, which is part of the next day"),
            (near("60", 0, 23 * 3_600 - 1), "3", "a second less"),
        ] {
            assert_eq!(world.series(vec![rain(), only]), series, "{why}");
        }
        let evaluation = world.evaluate_with(vec![rain(), near("60", 0, 0), sum()], &world.inputs(), &mut Trace::off());
        assert!(!evaluation.full, "a storm may still be heard of");
        assert_eq!(evaluation.recorded_by.len(), 4, "rain and the storm's three variables");
    }

    #[test]
    fn a_formula_takes_its_inputs_in_the_units_of_its_table() {
        use crate::contract::{Formula, FormulaBlock};
        let mut world = World::new("reading", "2024-04-01", "2024-04-02");
        world.steps("feed/a", Variable::WindSpeed, "2024-04-01T00:00:00Z", 24, "5 10");
        let mph = unit("mph");
        let wind = Block::Read {
            variable: Variable::WindSpeed,
            unit: mph,
            grain: Grain::Day,
            sources: Vec::new(),
            agree_within: None,
        };
        let formula = FormulaBlock {
            formula: Formula::HubWind,
            inputs: vec![vec![in_unit(wind, "mph")]],
            parameters: ["10", "10", "0.2"].map(fixed).to_vec(),
            curve: Vec::new(),
            round: Some(Round { step: ratio(1, 1_000), mode: Rounding::HalfUp }),
        };
        let mut got = world.series(vec![in_unit(Block::Formula(formula), "m/s")]);
        got.truncate(1);
        assert_eq!(got, "5", "at the height at which it is measured: 11.184681 mph are 5 m/s again");
    }

    /// Up from 10 m to 98 m and down again.
    #[test]
    fn an_inner_formula_is_rounded_only_where_it_says_so() {
        use crate::contract::{Formula, FormulaBlock};
        let mut world = World::new("reading", "2024-04-01", "2024-04-03");
        let wind = Block::Read {
            variable: Variable::WindSpeed,
            unit: unit("m/s"),
            grain: Grain::Day,
            sources: Vec::new(),
            agree_within: None,
        };
        for (date, value) in [("2024-04-01", "5"), ("2024-04-02", "."), ("2024-04-03", "5")] {
            world.steps("feed/a", Variable::WindSpeed, &format!("{date}T00:00:00Z"), 24, value);
        }
        let hub = |inputs, heights: [&str; 2], round: Option<(i128, i128)>| {
            let formula = FormulaBlock {
                formula: Formula::HubWind,
                inputs: vec![inputs],
                parameters: [heights[0], heights[1], "0.2"].map(fixed).to_vec(),
                curve: Vec::new(),
                round: round.map(|(step, parts)| Round { step: ratio(step, parts), mode: Rounding::HalfUp }),
            };
            in_unit(Block::Formula(formula), "m/s")
        };
        let wind = || vec![in_unit(wind.clone(), "m/s")];
        for (inner, got, why) in [
            (None, "5 . 5", "nothing is lost, a missing day stays missing"),
            (Some((1, 1)), "5.068095 . 5.068095", "7.89 m/s rounded to 8"),
        ] {
            let up = hub(wind(), ["10", "98"], inner);
            let down = hub(vec![up], ["98", "10"], Some((1, 1_000_000)));
            assert_eq!(world.series(vec![down]), got, "{why}");
        }
        let (up, mut trace) = (hub(wind(), ["10", "98"], None), Trace::on());
        let down = hub(vec![up], ["98", "10"], Some((1, 1_000_000)));
        world.evaluate_with(vec![down, block(Block::Reduce(Reducer::Max))], &world.inputs(), &mut trace);
        let steps = trace.steps();
        let inner = &steps[1];
        assert_eq!(inner.result, "2 values of 1 d, 1 missing; computed on with as they are");
    }
}
