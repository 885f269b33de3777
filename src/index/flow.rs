//! What flows from block to block.

use chrono::NaiveDate;

use crate::quantity::{Exact, Overflow, Unit};

use super::slots::Slots;

/// What the slots of a series hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Numbers in the unit of the flow.
    Values,
    /// One where a comparison is met, zero where not.
    Flags,
    /// Numbers inside runs; all else is out.
    Runs,
}

/// A series on its way.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// Its slots.
    pub slots: Slots,
    /// Their unit.
    pub unit: Unit,
    /// What they hold.
    pub holds: Holds,
    /// Whether the largest of no values is zero: reports of something that is never below zero, of which none came.
    pub nothing_is_zero: bool,
}

impl Flow {
    /// A series of values.
    pub fn of(slots: Slots, unit: Unit) -> Self {
        Self { slots, unit, holds: Holds::Values, nothing_is_zero: false }
    }

    /// The same series in another unit of its dimension: converted exactly, then rounded once to six places.
    ///
    /// # Errors
    /// [`Overflow`] where a value does not fit.
    pub fn convert(&mut self, unit: Unit) -> Result<(), Overflow> {
        if self.unit != unit {
            let conversion = self.unit.conversion(unit)?;
            self.slots.try_map(|value| conversion.apply(value))?;
            self.unit = unit;
        }
        Ok(())
    }
}

/// One event: a storm, a run, a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The storm's name; else when it began.
    pub name: String,
    /// When it began, seconds since 1970; a storm, when it first came into the area.
    pub at: i64,
    /// The insured day on which it began.
    pub day: NaiveDate,
    /// Its number.
    pub value: Exact,
}

/// What comes out of a block that is no branch of a track.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A series.
    Series(Flow),
    /// One number.
    Number(Exact, Unit),
    /// One number for each event.
    Events(Vec<Event>, Unit),
}
