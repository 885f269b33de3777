//! On which day a window is anchored.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::calendar::Period;
use crate::contract::{Branch, Grain};

use super::evaluate::Run;
use super::flow::Flow;
use super::frame::{Frame, Inputs};
use super::missing;
use super::run::is_met;
use super::slots::Slots;
use super::source_use::SourceUse;
use super::trace::Trace;
use super::undetermined::Undetermined;
use super::years::Baselines;

/// Where a branch was first met, and what was looked at.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The insured day of the first slot that meets the branch's comparison; none where no slot up to the end of the
    /// looking does.
    pub day: Result<Option<NaiveDate>, Undetermined>,
    /// What each source gave.
    pub uses: Vec<SourceUse>,
    /// The ledger entries that hold the readings used.
    pub recorded_by: BTreeSet<i64>,
}

/// The insured day of the first slot of a branch that meets its comparison, looked for in `search` in place of the
/// inputs' period.
///
/// # Errors
/// [`Undetermined::AnchorUnknown`] where more is missing up to that slot, or of the whole search where there is none, than
/// the missing rule allows: an earlier slot might have met it. And why the branch has no series.
pub fn first_met(branch: &Branch, inputs: &Inputs<'_>, search: &Period) -> Result<Option<NaiveDate>, Undetermined> {
    find_anchor(branch, inputs, search, &mut Trace::off()).day
}

/// The same with what was looked at.
pub fn find_anchor(branch: &Branch, inputs: &Inputs<'_>, search: &Period, trace: &mut Trace) -> Anchor {
    let inputs = Inputs { period: search, until: inputs.until.min(search.ends.timestamp()), ..*inputs };
    let frame = Frame::new(&inputs);
    let mut baselines = Baselines::default();
    let mut run = Run::new(&mut baselines, trace);
    let mut failure = None;
    for attempt in frame.attempts(branch) {
        run.uses.take_recorded();
        let frame = Frame { attempt, ..frame };
        match run.branch(branch, &frame).and_then(|flow| first_day(&flow, &frame)) {
            Ok(day) => return Anchor { day: Ok(day), uses: run.uses.sources, recorded_by: run.uses.recorded_by },
            Err(reason) => failure = failure.or(Some(reason)),
        }
    }
    let day = Err(failure.expect("a product has a source"));
    Anchor { day, uses: run.uses.sources, recorded_by: BTreeSet::new() }
}

fn first_day(flow: &Flow, frame: &Frame<'_>) -> Result<Option<NaiveDate>, Undetermined> {
    let slots = &flow.slots;
    let met = slots.values.iter().position(is_met);
    let looked_at = met.map_or(slots.values.len(), |met| met + 1);
    if slots.bounds.grain() != Grain::Report && looked_at > 0 {
        let before = Slots { bounds: slots.bounds.front(looked_at), values: slots.values[..looked_at].to_vec() };
        let rule = frame.product().data.missing.as_ref().expect("a product that reads a series has a missing rule");
        missing::check(&before, rule).map_err(|_| Undetermined::AnchorUnknown)?;
    }
    Ok(met.map(|met| frame.day_of(&slots.bounds, met)))
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, at, date, wet};
    use super::*;
    use crate::calendar::Span;

    fn found(world: &World, inputs: &Inputs<'_>) -> Result<Option<String>, &'static str> {
        let search = Span { first: date("2024-04-03"), last: date("2024-04-08") };
        let search = Period::new(search, &world.policy.product.day);
        let day = first_met(&wet(&[], "20"), inputs, &search).map_err(|reason| reason.code())?;
        Ok(day.map(|day| day.to_string()))
    }

    #[test]
    fn the_first_slot_that_meets_it_is_the_anchor() {
        for (fallback, a, b, day, why) in [
            ("reading", "0 19.9 20 0 30 0", "", Ok(Some("2024-04-05")), "at the bound"),
            ("reading", "20 0 0 0 0 0", "", Ok(Some("2024-04-03")), "on the first day"),
            ("reading", "0 0 0 0 0 20", "", Ok(Some("2024-04-08")), "on the last day"),
            ("reading", "0 0 0 0 0 0 20", "", Ok(None), "a day too late"),
            ("reading", "0 . 20 . . .", "", Ok(Some("2024-04-05")), "one of three before it, more behind it"),
            ("reading", ". 0 . 20", "", Ok(Some("2024-04-06")), "exactly half"),
            ("reading", ". . 20 0 0 0", "", Err("anchor_unknown"), "two of three"),
            ("reading", ". . 0 0 20 .", "", Ok(Some("2024-04-07")), "two days on end are allowed"),
            ("reading", "0 0 0 . . . 0", "", Err("anchor_unknown"), "none, and three days on end are not known"),
            ("reading", "", "", Err("anchor_unknown"), "nothing at all"),
            ("reading", ". . 20 0 0 0", "0 20", Ok(Some("2024-04-04")), "a gap is filled"),
            ("window", ". . 20 0 0 0", "0 0 0 20", Ok(Some("2024-04-06")), "the next source serves the whole search"),
            ("window", "0 0 20", "20", Ok(Some("2024-04-05")), "the first one serves"),
        ] {
            let mut world = World::new(fallback, "2024-04-01", "2024-04-30");
            world.rain("feed/a", "2024-04-02", &format!("99 {a}"));
            world.rain("feed/b", "2024-04-03", b);
            assert_eq!(found(&world, &world.inputs()), day.map(|day: Option<&str>| day.map(str::to_owned)), "{why}");
        }
    }

    #[test]
    fn a_search_that_runs_has_no_anchor_yet() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-30");
        world.rain("feed/a", "2024-04-03", "0 0 20 0 0 0");
        let until = |text| Inputs { until: at(text).timestamp(), ..world.inputs() };
        assert_eq!(found(&world, &until("2024-04-01T00:00:00Z")), Ok(None), "it has not begun");
        assert_eq!(found(&world, &until("2024-04-05T23:00:00Z")), Ok(None), "the day is not over");
        assert_eq!(found(&world, &until("2024-04-06T00:00:00Z")), Ok(Some("2024-04-05".to_owned())));
        let waiting = Inputs { counts_from: Some(at("2024-04-06T00:00:00Z").timestamp()), ..world.inputs() };
        assert_eq!(found(&world, &waiting), Ok(None), "days of waiting do not count");
    }

    #[test]
    fn what_was_looked_at_is_noted() {
        let mut world = World::new("window", "2024-04-01", "2024-04-30");
        world.rain("feed/a", "2024-04-03", "1");
        world.rain("feed/b", "2024-04-03", "0 0 20 0 0 0");
        let search =
            Period::new(Span { first: date("2024-04-03"), last: date("2024-04-08") }, &world.policy.product.day);
        let anchor = find_anchor(&wet(&[], "20"), &world.inputs(), &search, &mut Trace::off());
        assert_eq!(anchor.day, Ok(Some(date("2024-04-05"))));
        let used: Vec<_> = anchor.uses.iter().map(|used| (&*used.series.station, used.used)).collect();
        assert_eq!(used, [("a", 1), ("b", 6)]);
        assert_eq!(anchor.recorded_by, BTreeSet::from([2, 3]), "only what served, and not entry 1");
    }
}
