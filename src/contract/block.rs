//! The blocks of an index, as they were read: each with its numbers in the unit of the flow.

use chrono::NaiveDate;

use crate::calendar::MonthDay;
use crate::quantity::{Exact, Fixed, Unit, Variable};

use super::SourceName;
use super::comparison::Comparison;
use super::formula::Formula;
use super::grain::Grain;
use super::payout::Closed;
use super::reduce::{Combine, EventTake, MemberTake, Reducer, Round, Take};
use super::track::{Corner, FixTake, PointValue, Target, WindRule};

/// What the absence of reports means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReport {
    /// Nothing happened.
    Nothing,
    /// It is not known what happened.
    Undetermined,
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
