//! The way of a number, for people: what each block made of what flowed into it.

use chrono::{DateTime, Utc};

use super::flow::{Event, Flow, Holds};
use super::slots::{Slots, instant};
use crate::quantity::{Exact, Fixed, Unit};

/// What one block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The block as the term sheet has it, two spaces further in for each branch in which it stands.
    pub block: String,
    /// What came out.
    pub result: String,
    /// The values of the series or the events behind the block with where they begin, where they were asked for: `None`
    /// of a slot that is missing; slots that are out are left out.
    pub values: Option<Vec<(DateTime<Utc>, Option<Exact>)>>,
}

/// Steps, where somebody wants them.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    steps: Option<Vec<Step>>,
    with_values: bool,
    /// Branches around the block.
    depth: usize,
}

impl Trace {
    /// Keeps the steps.
    pub fn on() -> Self {
        Self { steps: Some(Vec::new()), ..Self::default() }
    }

    /// Keeps the steps, and with them the values of each series.
    pub fn with_values() -> Self {
        Self { with_values: true, ..Self::on() }
    }

    /// Keeps nothing; the texts are not even made.
    pub fn off() -> Self {
        Self::default()
    }

    /// Adds a step.
    pub fn add(&mut self, block: &str, result: impl FnOnce() -> String) {
        self.push(block, result, || None);
    }

    /// Adds a step behind which a series flows.
    pub(super) fn add_series(&mut self, block: &str, flow: &Flow, result: impl FnOnce() -> String) {
        self.push(block, result, || Some(values_of(&flow.slots)));
    }

    /// Adds a step behind which events flow.
    pub(super) fn add_events(&mut self, block: &str, events: &[Event], result: impl FnOnce() -> String) {
        self.push(block, result, || Some(events.iter().map(|event| (instant(event.at), Some(event.value))).collect()));
    }

    fn push(
        &mut self,
        block: &str,
        result: impl FnOnce() -> String,
        values: impl FnOnce() -> Option<Vec<(DateTime<Utc>, Option<Exact>)>>,
    ) {
        if let Some(steps) = &mut self.steps {
            let block = format!("{}{block}", "  ".repeat(self.depth));
            let values = if self.with_values { values() } else { None };
            steps.push(Step { block, result: result(), values });
        }
    }

    /// What follows stands in a branch.
    pub(super) fn enter(&mut self) {
        self.depth += 1;
    }

    /// The branch ends.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The steps so far.
    pub fn steps(self) -> Vec<Step> {
        self.steps.unwrap_or_default()
    }
}

fn values_of(slots: &Slots) -> Vec<(DateTime<Utc>, Option<Exact>)> {
    let counted = slots.values.iter().enumerate().filter(|(_, slot)| !slot.is_out());
    counted.map(|(place, slot)| (slots.bounds.instant(place), slot.value().map(Exact::from))).collect()
}

/// `92 values of 1 d, 1 missing; 0 to 41.2 mm, in all 310.5 mm`.
pub(super) fn of_series(flow: &Flow) -> String {
    if flow.holds == Holds::Flags {
        return of_flags(&flow.slots);
    }
    let (slots, unit) = (&flow.slots, flow.unit);
    let numbers: Vec<_> = slots.numbers().collect();
    let mut text = format!("{} values of {}", numbers.len(), slots.bounds.grain());
    if slots.missing() > 0 {
        text += &format!(", {} missing", slots.missing());
    }
    let out = slots.values.len() - slots.expected();
    if out > 0 {
        text +=
            &format!(", {out} {}", if flow.holds == Holds::Runs { "outside of a run" } else { "out of what counts" });
    }
    if let (Some(least), Some(most)) = (numbers.iter().min(), numbers.iter().max()) {
        text += &format!("; {least} to {most} {unit}");
        let sum = numbers.iter().try_fold(Fixed::ZERO, |sum, value| sum.plus(*value));
        if let Ok(sum) = sum {
            text += &format!(", in all {sum} {unit}");
        }
    }
    text
}

/// `76 of 108 values of 1 d meet it`.
fn of_flags(slots: &Slots) -> String {
    let (met, all) = (slots.numbers().filter(|value| *value > Fixed::ZERO).count(), slots.numbers().count());
    let missing = if slots.missing() > 0 { format!(", {} missing", slots.missing()) } else { String::new() };
    format!("{met} of {all} values of {} meet it{missing}", slots.bounds.grain())
}

/// `310.5 mm`.
pub(super) fn of_number(value: Exact, unit: Unit) -> String {
    format!("{value} {unit}")
}

/// More events than these are counted, not listed: each hour may be one.
const MOST_LISTED: usize = 20;

/// `2024-06-03: 41.2 mm, 2024-06-19: 12 mm`; of many `2208 events; 0 to 520 mm`.
pub(super) fn of_events(events: &[Event], unit: Unit) -> String {
    let of = |event: &Event| format!("{}: {} {unit}", event.name, event.value);
    let values = || events.iter().map(|event| event.value);
    match (events.len(), values().min(), values().max()) {
        (many, Some(least), Some(most)) if many > MOST_LISTED => format!("{many} events; {least} to {most} {unit}"),
        (0, ..) => "none".to_owned(),
        _ => events.iter().map(of).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::slots::tests::days;
    use super::*;

    #[test]
    fn many_events_are_counted() {
        let day = NaiveDate::MIN;
        let event = |at: i64| Event { name: at.to_string(), at, day, value: Exact::from(at) };
        let mm = Unit::from_symbol("mm").expect("known");
        for (events, text, why) in [
            (0, "none", "nothing happened"),
            (2, "0: 0 mm, 1: 1 mm", "few are listed"),
            (21, "21 events; 0 to 20 mm", "each day is one"),
        ] {
            assert_eq!(of_events(&(0..events).map(event).collect::<Vec<_>>(), mm), text, "{why}");
        }
    }

    #[test]
    fn steps_are_kept_where_they_are_wanted() {
        let flow = Flow::of(days("1 . x 2.5"), Unit::from_symbol("mm").expect("known"));
        let add = |mut trace: Trace| {
            trace.add("read", || "first".to_owned());
            trace.enter();
            trace.add_series("cap", &flow, || of_series(&flow));
            trace.leave();
            trace.add("reduce", || "last".to_owned());
            trace.steps()
        };
        assert_eq!(add(Trace::off()), []);
        let steps = add(Trace::on());
        let blocks: Vec<_> = steps.iter().map(|step| step.block.as_str()).collect();
        assert_eq!(blocks, ["read", "  cap", "reduce"], "a branch stands further in");
        assert_eq!(steps[1].result, "2 values of 1 d, 1 missing, 1 out of what counts; 1 to 2.5 mm, in all 3.5 mm");
        assert!(steps.iter().all(|step| step.values.is_none()));
        let values = add(Trace::with_values()).swap_remove(1).values.expect("asked for");
        let values: Vec<_> = values.iter().map(|(at, value)| (at.timestamp() / 86_400, value.is_some())).collect();
        assert_eq!(values, [(0, true), (1, false), (3, true)], "what is out is left out");
    }
}
