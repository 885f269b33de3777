//! The blocks of an index, as they were read: each with its numbers in the unit of the flow.

use chrono::NaiveDate;

use crate::calendar::{MonthDay, Window};
use crate::quantity::{Exact, Fixed, Overflow, Rounding, Unit, Variable};

use super::SourceName;
use super::comparison::Comparison;
use super::formula::{Formula, QuantileMethod};
use super::payout::Closed;
use super::track::{Corner, FixTake, PointValue, Target, WindRule};

/// What one slot of a flow stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// So many seconds.
    Step(i64),
    /// An insured day.
    Day,
    /// So many insured days.
    Days(u32),
    /// A third of a calendar month of insured days: 1-10, 11-20, 21 to the end.
    Dekad,
    /// A calendar month of insured days.
    Month,
    /// A calendar year of insured days.
    Year,
    /// A phase of the term sheet.
    Phase,
    /// Whatever each report stands for.
    Report,
}

impl Grain {
    /// The part of the calendar that each period of a window is, where the window is each of them.
    pub fn of_each(window: Window) -> Option<Self> {
        match window {
            Window::EachMonth => Some(Self::Month),
            Window::EachDekad => Some(Self::Dekad),
            Window::EachYear => Some(Self::Year),
            Window::Cover | Window::Dates(..) => None,
        }
    }
}

impl std::fmt::Display for Grain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day => f.write_str("1 d"),
            Self::Days(days) => write!(f, "{days} d"),
            Self::Dekad => f.write_str("a dekad"),
            Self::Month => f.write_str("a month"),
            Self::Year => f.write_str("a year"),
            Self::Phase => f.write_str("a phase"),
            Self::Report => f.write_str("a report"),
            Self::Step(seconds) if seconds % 3_600 == 0 => write!(f, "{} h", seconds / 3_600),
            Self::Step(seconds) if seconds % 60 == 0 => write!(f, "{} min", seconds / 60),
            Self::Step(seconds) => write!(f, "{seconds} s"),
        }
    }
}

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

/// What the absence of reports means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReport {
    /// Nothing happened.
    Nothing,
    /// It is not known what happened.
    Undetermined,
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

/// One phase of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub id: String,
    /// Its first day.
    pub from: MonthDay,
    /// Its last day.
    pub to: MonthDay,
}

/// A number for each label of a slot, or one for all.
#[allow(clippy::large_enum_variant, reason = "an index has few of them, and they are read in place")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labelled {
    /// For all.
    Same(Fixed),
    /// By calendar month, January first.
    Months([Option<Fixed>; 12]),
    /// By dekad, the first of January first.
    Dekads([Option<Fixed>; 36]),
    /// By phase, in the order of the phases.
    Phases(Vec<Fixed>),
}

/// A step of a lookup: the value of inputs up to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookupStep {
    /// Its upper end; none: open.
    pub to: Option<Fixed>,
    /// What it gives.
    pub is: Fixed,
}

/// A number of this period against the same number of other years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// 100 x / mean, in %.
    PercentOfMean,
    /// The mean itself.
    Mean,
    /// x - mean.
    Anomaly,
    /// (x - mean) / deviation, divided by n - 1.
    ZScoreSample,
    /// The same, divided by n.
    ZScorePopulation,
    /// Standardised precipitation index.
    Spi,
    /// Standardised precipitation evapotranspiration index.
    Spei,
    /// The share of years below, ties half, in %.
    Percentile,
}

/// The years that a number is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The first.
    pub first: i32,
    /// The last.
    pub last: i32,
    /// Years that must have an index.
    pub need: usize,
    /// Other sources than those of this year, if any.
    pub sources: Vec<SourceName>,
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

/// A flow of its own inside an index, from a source block on. It ends in a series; in a [`Block::Combine`] all of them
/// may end in a number; in a [`Block::OnlyWhere`] it may be a track.
pub type Branch = Vec<BlockText>;

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Readings of a variable, a slot for each step of the period.
    Read {
        /// What is read.
        variable: Variable,
        /// The unit in which it is read.
        unit: Unit,
        /// What one reading stands for.
        grain: Grain,
        /// Other sources than the product's, if any.
        sources: Vec<SourceName>,
        /// How far from the median of the sources one of them may be, under a consensus.
        agree_within: Option<Fixed>,
    },
    /// Every reading of a variable that begins in the period.
    Report {
        /// What is reported.
        variable: Variable,
        /// The unit in which it is read.
        unit: Unit,
        /// Other sources than the product's, if any.
        sources: Vec<SourceName>,
        /// What no report means.
        none: NoReport,
        /// Seconds from its end within which a report must have been told to count, if it must.
        told_within: Option<i64>,
    },
    /// Several series slot by slot.
    Combine {
        /// How.
        how: Combine,
        /// The series.
        branches: Vec<Branch>,
        /// By what a product or a quotient is multiplied to be in the unit of the flow.
        factor: Exact,
        /// For a mean, a product, a ratio.
        round: Option<Round>,
    },
    /// The same series of several stations or cells, slot by slot.
    Members {
        /// Each with its series.
        members: Vec<SourceName>,
        /// How.
        take: MemberTake,
        /// The series of each.
        branch: Branch,
        /// The share of the members, or of their weight, that must be there.
        need: Exact,
        /// One for each member; they add up to 1. Empty: all the same.
        weights: Vec<Exact>,
        /// For a mean, a share.
        round: Option<Round>,
    },
    /// A formula over one series or several.
    Formula(FormulaBlock),
    /// Slots joined into larger ones.
    Per {
        /// The larger slot.
        grain: Grain,
        /// The phases, where it is one.
        phases: Vec<Phase>,
        /// How.
        take: Take,
        /// The share of the small slots that must be there.
        need: Exact,
    },
    /// Only slots of these insured days; the rest is out.
    OnlyOn(Vec<NaiveDate>),
    /// Only slots around those of a branch that meet its comparison; the rest is out.
    OnlyWhere {
        /// Ends in a comparison.
        branch: Branch,
        /// Seconds before the beginning of a slot that meets it.
        before: i64,
        /// Seconds behind its end.
        after: i64,
    },
    /// Missing slots get this value.
    Substitute(Fixed),
    /// A value below becomes zero.
    IgnoreBelow(Fixed),
    /// No more than.
    Cap(Fixed),
    /// No less than.
    Floor(Fixed),
    /// `max(0, x - base)`
    ExcessOver(Fixed),
    /// `max(0, base - x)`
    ShortfallBelow(Fixed),
    /// `x - that`
    Minus(Labelled),
    /// `x × factor`; a series is rounded, a number stays exact.
    Times {
        /// The factor, which brings it to the unit of the flow.
        factor: Exact,
        /// For a series.
        round: Option<Round>,
    },
    /// `100 x / that`, in %; a series is rounded, a number stays exact.
    PercentOf {
        /// In the unit of the flow; none of them zero.
        normal: Labelled,
        /// For a series.
        round: Option<Round>,
    },
    /// Each slot by the weight of its label. Weights add up to 1.
    Weigh {
        /// The weights.
        weights: Labelled,
        /// The rounding of each.
        round: Round,
    },
    /// Straight lines between points.
    Curve {
        /// Points in the order of their first number, which is in the unit of the flow.
        points: Vec<(Fixed, Fixed)>,
        /// The value left of the first point and right of the last.
        outside: Fixed,
        /// The rounding of the result.
        round: Round,
    },
    /// A table of steps over the whole line.
    Lookup {
        /// Which end belongs to a step.
        closed: Closed,
        /// From the lowest to the highest.
        steps: Vec<LookupStep>,
    },
    /// One where all comparisons are met, zero where not.
    Meets(Vec<Comparison>),
    /// Only the values inside runs that meet the comparison.
    InRuns {
        /// The comparison.
        comparison: Comparison,
        /// Slots of the shortest run that counts.
        at_least: usize,
    },
    /// Sums (largest, smallest, means) of so many slots that follow one another.
    Rolling {
        /// How many.
        slots: usize,
        /// How.
        take: Take,
        /// Slots from the beginning of one stretch to that of the next.
        step: usize,
        /// Whether stretches may begin before the period.
        reach_before: bool,
    },
    /// All slots to one number.
    Reduce(Reducer),
    /// A value or the number to a step.
    Round(Round),
    /// The number against that of other years.
    Compare {
        /// How.
        compare: Compare,
        /// The years.
        baseline: Baseline,
        /// The rounding of the result.
        round: Round,
    },
    /// Events of a series.
    PerEvent(EventTake),
    /// The fixes of all storms of the source.
    ReadTrack {
        /// Other sources than the product's, if any.
        sources: Vec<SourceName>,
    },
    /// Points between fixes.
    Interpolate {
        /// Seconds between points.
        step: i64,
        /// Seconds between two fixes beyond which nothing is put between them.
        longest_gap: i64,
        /// What a fix without wind means.
        no_wind: WindRule,
    },
    /// Points no further away than so many km.
    Within {
        /// The distance, in km.
        radius: Fixed,
        /// From what.
        of: Target,
    },
    /// Points in a box, in degrees, edges included.
    Inside {
        /// Southern edge.
        south: Fixed,
        /// Northern edge.
        north: Fixed,
        /// Western edge.
        west: Fixed,
        /// Eastern edge; below the western one where the box crosses 180°.
        east: Fixed,
    },
    /// Points in a polygon, its edges included.
    InsidePolygon(Vec<Corner>),
    /// One number for each storm.
    PerStorm {
        /// Largest or smallest.
        take: FixTake,
        /// Of what.
        of: PointValue,
    },
}

/// A formula with what it is computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaBlock {
    /// Which.
    pub formula: Formula,
    /// Its inputs in the order of the formula's table; each in the unit of its last block, which has the dimension of
    /// that table's unit and is converted to it exactly.
    pub inputs: Vec<Branch>,
    /// Its parameters in the order of the table, in the units of the table.
    pub parameters: Vec<Fixed>,
    /// Its curve, where it has one.
    pub curve: Vec<(Fixed, Fixed)>,
    /// The rounding of the result, in the unit of the flow behind, into which the table's result is converted. None only
    /// where it is the whole branch of another formula, which computes on with the unrounded result.
    pub round: Option<Round>,
}

/// A block and the words in which it was written, which `explain` shows again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockText {
    /// The block.
    pub block: Block,
    /// As written.
    pub text: String,
    /// The unit of the flow behind it.
    pub unit: Unit,
}
