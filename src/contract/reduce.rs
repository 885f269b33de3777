//! How several values become one, and how they are rounded.

use crate::quantity::{Exact, Fixed, Overflow, Rounding};

use super::formula::QuantileMethod;

/// A rounding that a term sheet writes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// The step, above zero, in the unit of the flow; of a series a multiple of a millionth.
    pub step: Exact,
    /// The mode.
    pub mode: Rounding,
}

impl Round {
    /// A number rounded.
    ///
    /// # Errors
    /// [`Overflow`] where it does not fit.
    pub fn number(self, value: Exact) -> Result<Exact, Overflow> {
        value.to_multiple(self.step, self.mode)
    }

    /// A value of a series rounded.
    ///
    /// # Errors
    /// [`Overflow`] where it does not fit.
    pub fn value(self, value: Exact) -> Result<Fixed, Overflow> {
        self.number(value)?.as_fixed().ok_or(Overflow)
    }
}

/// How several slots become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Their sum.
    Sum,
    /// Their mean, rounded as written.
    Mean(Round),
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// How all slots become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reducer {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The last that is there.
    Latest,
    /// Power times time, in kWh.
    Energy,
    /// The value below which a share of them lies.
    Quantile {
        /// The share, 0 to 1.
        at: Exact,
        /// Which of the definitions.
        method: QuantileMethod,
    },
    /// How long the comparison is met.
    Count,
    /// The share of the slots that meet it, in %.
    Share,
    /// How long the longest unbroken stretch is that meets it.
    LongestRun,
    /// How many slots meet it, each at least so many slots behind the one counted before.
    Events(usize),
    /// The first slot that meets it, as a number of days.
    First(DayCount),
    /// The last slot that meets it, as a number of days.
    Last(DayCount),
    /// The largest sum of one run.
    LargestRun,
    /// How many runs there are; runs that are closer than so many slots are one.
    Runs(usize),
    /// How long all runs together are.
    RunLength,
}

/// From when days are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The period's first day is 1; else the first of January is.
    pub from_window: bool,
    /// The number where there is no such day.
    pub never: Fixed,
}

/// How branches become one series, slot by slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
    /// The first less the second.
    Difference,
    /// The first times the second.
    Product,
    /// The first over the second.
    Ratio,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// How members become one series, slot by slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberTake {
    /// Their mean, by weight where weights are given.
    Mean,
    /// Their sum.
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The share of those there that meet the branch's comparison, in %.
    Share,
}

/// What makes events of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTake {
    /// Each run; one number of its values.
    Run(RunTake),
    /// Each slot that is there.
    Slot,
}

/// One number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunTake {
    /// Of its values.
    Sum,
    /// Of its values.
    Max,
    /// Of its values.
    Min,
    /// How long it is, in days or hours.
    Length,
}
