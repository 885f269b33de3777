//! The same index in other years.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Datelike, TimeDelta};

use crate::calendar::{MonthDay, Period, Span};
use crate::contract::{Baseline, BlockText, Compare, SourceName, names_dates};

use super::baseline::Fit;
use super::bounds::part_end;
use super::evaluate::Run;
use super::flow::Value;
use super::frame::{Frame, Inputs, moved};
use super::read::Uses;
use super::source_use::SourceUse;
use super::trace::Trace;
use super::undetermined::Undetermined;

/// What the years of baselines came to, kept for all periods over the same days of the year.
///
/// Their inputs have in common what is known and as of when, whether only last words count, the part of the calendar that
/// each period is, the product, where it lies in memory, and of the policy all that an index may look at.
#[derive(Default)]
pub struct Baselines {
    kept: HashMap<Asked, Arc<Years>>,
}

/// Everything else on which the numbers of other years depend.
#[derive(PartialEq, Eq, Hash)]
struct Asked {
    /// Where the baseline lies in memory.
    baseline: usize,
    /// Where the sources do that serve in place of the product's; an address and how many.
    sources: Option<(usize, usize)>,
    /// The first and the last day of the window.
    days: [MonthDay; 2],
    /// Turns of the year between them.
    turns: i32,
    /// Where the counting begins: insured days behind the window's first one, seconds behind the beginning of that day.
    waiting: Option<(i64, i64)>,
    /// The year of the window's first day, where the terms name dates: those are moved by the years in between.
    year: Option<i32>,
}

/// What the years of a baseline came to.
pub(super) struct Years {
    /// How many have a number.
    pub count: usize,
    /// What a number is compared with, or why it cannot be.
    pub fit: Result<Fit, Undetermined>,
    uses: Vec<SourceUse>,
    recorded_by: BTreeSet<i64>,
}

impl Run<'_> {
    /// What the number of these blocks comes to in the years of a baseline: over the same window moved to each, by which
    /// the year of the window's first day is meant. A year whose index is undetermined, or that is not over, has none.
    ///
    /// # Errors
    /// [`Undetermined::BaselineTooShort`] where fewer years have one than are needed.
    pub(super) fn years(
        &mut self,
        blocks: &[BlockText],
        compare: Compare,
        baseline: &Baseline,
        frame: &Frame<'_>,
    ) -> Result<Arc<Years>, Undetermined> {
        let compute = || Arc::new(Years::of(blocks, compare, baseline, frame));
        let years = self.baselines.kept.entry(Asked::of(blocks, baseline, frame)).or_insert_with(compute).clone();
        self.uses.recorded_by.extend(&years.recorded_by);
        self.uses.sources.extend_from_slice(&years.uses);
        if years.count < baseline.need {
            return Err(Undetermined::BaselineTooShort { years: years.count, need: baseline.need });
        }
        Ok(years)
    }
}

impl Years {
    fn of(blocks: &[BlockText], compare: Compare, baseline: &Baseline, frame: &Frame<'_>) -> Self {
        let this_year = frame.inputs.period.span.first.year();
        let (mut found, mut uses) = (Vec::new(), Uses::none());
        // A number is compared once: there is no baseline inside of a baseline.
        let (mut quiet, mut none) = (Trace::off(), Baselines::default());
        for year in baseline.first..=baseline.last {
            let years = year - this_year;
            let period = moved_period(frame, years);
            if period.ends > frame.inputs.as_of {
                continue;
            }
            let inputs = Inputs {
                period: &period,
                until: period.ends.timestamp(),
                counts_from: waiting(frame).map(|waiting| moved_instant(frame, &period, waiting)),
                ..*frame.inputs
            };
            let there = Frame { sources: sources(baseline, frame), years, ..Frame::new(&inputs) };
            let mut run = Run { trace: &mut quiet, baselines: &mut none, uses };
            if let Ok(Value::Number(number, _)) = run.whole(blocks, &there) {
                found.push(number);
            }
            uses = run.uses;
        }
        let fit = Fit::of(compare, &found);
        Self { count: found.len(), fit, uses: each_once(uses.sources), recorded_by: uses.recorded_by }
    }
}

impl Asked {
    fn of(blocks: &[BlockText], baseline: &Baseline, frame: &Frame<'_>) -> Self {
        let Span { first, last } = frame.inputs.period.span;
        Self {
            baseline: std::ptr::from_ref(baseline).addr(),
            sources: sources(baseline, frame).map(|sources| (sources.as_ptr().addr(), sources.len())),
            days: [first, last].map(MonthDay::of),
            turns: last.year() - first.year(),
            waiting: waiting(frame),
            year: names_dates(blocks).then(|| first.year()),
        }
    }
}

/// The sources of the other years that are not the product's.
fn sources<'f>(baseline: &'f Baseline, frame: &Frame<'f>) -> Option<&'f [SourceName]> {
    if baseline.sources.is_empty() { frame.sources } else { Some(&baseline.sources) }
}

fn moved_period(frame: &Frame<'_>, years: i32) -> Period {
    let span = frame.inputs.period.span;
    let first = moved(span.first, years);
    let last = match frame.inputs.each {
        Some(grain) => part_end(grain, first),
        None => moved(span.last, years),
    };
    Period::new(Span { first, last }, frame.stretch.day)
}

/// Where the counting begins: so many insured days behind the window's first one, and so many seconds behind the
/// beginning of that day.
fn waiting(frame: &Frame<'_>) -> Option<(i64, i64)> {
    let from = frame.inputs.counts_from?;
    let day = frame.stretch.day;
    let date = day.date_of(super::slots::instant(from));
    let passed = date - frame.inputs.period.span.first;
    Some((passed.num_days(), from - day.begin_s(date)))
}

/// The same in a moved window.
fn moved_instant(frame: &Frame<'_>, period: &Period, (days, seconds): (i64, i64)) -> i64 {
    let moved = period.span.first + TimeDelta::days(days);
    frame.stretch.day.begin_s(moved) + seconds
}

/// Sources that serve in every year, once each with all that they gave.
fn each_once(uses: Vec<SourceUse>) -> Vec<SourceUse> {
    let mut once: Vec<SourceUse> = Vec::new();
    for more in uses {
        match once.iter_mut().find(|used| used.series == more.series) {
            Some(used) => used.add(&more),
            None => once.push(more),
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, at, block, date, fixed, in_unit, rain, ratio, source};
    use super::*;
    use crate::contract::{Block, Compare, Reducer, Round};
    use crate::quantity::Rounding;

    fn blocks(first: i32, last: i32, need: usize, sources: &[&str]) -> Vec<BlockText> {
        let sources = sources.iter().map(|name| source(name)).collect();
        let round = Round { step: ratio(1, 10), mode: Rounding::HalfUp };
        let baseline = Baseline { first, last, need, sources };
        vec![
            rain(),
            block(Block::Reduce(Reducer::Sum)),
            in_unit(Block::Compare { compare: Compare::PercentOfMean, baseline, round }, "%"),
        ]
    }

    #[test]
    fn the_same_window_of_other_years_is_the_baseline() {
        let mut world = World::new("reading", "2024-02-28", "2024-03-01");
        world.rain("feed/a", "2024-02-28", "1 2 3");
        world.rain("feed/a", "2023-02-28", "10 2");
        world.rain("feed/a", "2022-02-28", "5 .");
        world.rain("feed/a", "2021-02-28", ". .");
        world.rain("feed/a", "2020-02-28", "1 1 16");
        world.rain("feed/old", "2023-02-28", "3 3");
        for (blocks, number, why) in [
            (blocks(2023, 2023, 1, &[]), "50", "without 29 February: 6 of 12"),
            (blocks(2020, 2020, 1, &[]), "33.3", "with it: 6 of 18"),
            (blocks(2022, 2023, 2, &[]), "70.6", "half of a year is enough: 6 of 8.5"),
            (blocks(2021, 2023, 2, &[]), "70.6", "a year that is undetermined does not count"),
            (blocks(2021, 2023, 3, &[]), "baseline_too_short", "but then it is one too few"),
            (blocks(2024, 2024, 1, &[]), "100", "this year may be one of them"),
            (blocks(2024, 2025, 2, &[]), "baseline_too_short", "a year that is not over is none"),
            (blocks(2023, 2023, 1, &["feed/old"]), "100", "sources of its own: 6 of 6"),
        ] {
            assert_eq!(world.number(blocks), number, "{why}");
        }
        let evaluation = world.evaluate_with(blocks(2020, 2023, 1, &[]), &world.inputs(), &mut Trace::off());
        assert!(evaluation.full, "gaps of other years are not waited for");
        let used: Vec<_> = evaluation.uses.iter().map(|used| (&*used.series.station, used.used, used.asked)).collect();
        assert_eq!(used, [("a", 3, 3), ("b", 0, 0), ("a", 6, 9), ("b", 0, 3)], "the years together");
    }

    #[test]
    fn dates_and_the_waiting_move_along() {
        let mut world = World::new("reading", "2024-02-28", "2024-03-01");
        world.rain("feed/a", "2024-02-28", "1 2 3");
        world.rain("feed/a", "2023-02-28", "10 4");
        let mut only = blocks(2023, 2023, 1, &[]);
        only.insert(1, block(Block::OnlyOn(vec![date("2024-03-01")])));
        assert_eq!(world.number(only), "75", "1 March of either year");
        let waiting =
            super::super::frame::Inputs { counts_from: Some(at("2024-02-29T00:00:00Z").timestamp()), ..world.inputs() };
        assert_eq!(world.number_with(blocks(2023, 2023, 1, &[]), &waiting), "125", "from the second day on: 5 of 4");
        let cap = block(Block::Cap(fixed("2")));
        let mut capped = blocks(2023, 2023, 1, &[]);
        capped.insert(1, cap);
        assert_eq!(world.number(capped), "125", "each year by the same blocks: 5 of 4");
    }

    #[test]
    fn a_month_of_the_calendar_is_a_month_in_other_years_too() {
        use crate::contract::Grain;
        let mut world = World::new("reading", "2023-02-01", "2023-02-28");
        world.rain("feed/a", "2023-02-01", &"1 ".repeat(28));
        world.rain("feed/a", "2020-02-01", &"1 ".repeat(29));
        assert_eq!(world.number(blocks(2020, 2020, 1, &[])), "100", "the same days");
        let each = super::super::frame::Inputs { each: Some(Grain::Month), ..world.inputs() };
        assert_eq!(world.number_with(blocks(2020, 2020, 1, &[]), &each), "96.6", "28 of 29");
    }
}
