//! The way of a number, for people: what each block made of what flowed into it.

use super::slots::Slots;
use crate::quantity::{Exact, Fixed, Unit};

/// What one block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The block as the term sheet has it.
    pub block: String,
    /// What came out.
    pub result: String,
}

/// Steps, where somebody wants them.
#[derive(Clone, Debug, Default)]
pub struct Trace(Option<Vec<Step>>);

impl Trace {
    /// Keeps the steps.
    pub fn on() -> Self {
        Self(Some(Vec::new()))
    }

    /// Keeps nothing; the texts are not even made.
    pub fn off() -> Self {
        Self(None)
    }

    /// Adds a step.
    pub fn add(&mut self, block: &str, result: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.0 {
            steps.push(Step { block: block.to_owned(), result: result() });
        }
    }

    /// The steps so far.
    pub fn steps(self) -> Vec<Step> {
        self.0.unwrap_or_default()
    }
}

/// `92 values of 1 d, 1 missing; 0 to 41.2 mm, in all 310.5 mm`.
pub(super) fn of_slots(slots: &Slots, unit: Unit) -> String {
    let numbers: Vec<_> = slots.numbers().collect();
    let mut text = format!("{} values of {}", numbers.len(), slots.bounds.grain());
    if slots.missing() > 0 {
        text += &format!(", {} missing", slots.missing());
    }
    let out = slots.values.len() - numbers.len() - slots.missing();
    if out > 0 {
        text += &format!(", {out} outside of a run");
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
pub(super) fn of_flags(slots: &Slots) -> String {
    let (met, all) = (slots.numbers().filter(|value| *value > Fixed::ZERO).count(), slots.numbers().count());
    let missing = if slots.missing() > 0 { format!(", {} missing", slots.missing()) } else { String::new() };
    format!("{met} of {all} values of {} meet it{missing}", slots.bounds.grain())
}

/// `310.5 mm`.
pub(super) fn of_number(value: Exact, unit: Unit) -> String {
    format!("{value} {unit}")
}
