//! The blocks of an index, as they were read: each with its numbers in the unit of the flow.

use crate::quantity::{Exact, Fixed, Rounding, Unit, Variable};

use super::SourceName;

/// `<`, `<=`, `>` or `>=`: always written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

impl Operator {
    /// The operator that a term sheet's sign names.
    pub fn from_sign(sign: &str) -> Option<Self> {
        match sign {
            "<" => Some(Self::Below),
            "<=" => Some(Self::AtMost),
            ">" => Some(Self::Above),
            ">=" => Some(Self::AtLeast),
            _ => None,
        }
    }

    /// The sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether `value sign bound` holds.
    pub fn holds<T: Ord>(self, value: &T, bound: &T) -> bool {
        match self {
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
        }
    }

    /// Whether larger values meet it.
    pub fn is_upward(self) -> bool {
        matches!(self, Self::Above | Self::AtLeast)
    }
}

/// A comparison with a number in the unit of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The sign.
    pub operator: Operator,
    /// The number that is compared with.
    pub bound: Fixed,
}

impl Comparison {
    /// Whether a value meets it.
    pub fn holds(self, value: Fixed) -> bool {
        self.operator.holds(&value, &self.bound)
    }
}

/// What one slot of a flow stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// So many seconds.
    Step(i64),
    /// An insured day.
    Day,
}

impl std::fmt::Display for Grain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day => f.write_str("1 d"),
            Self::Step(seconds) if seconds % 3_600 == 0 => write!(f, "{} h", seconds / 3_600),
            Self::Step(seconds) if seconds % 60 == 0 => write!(f, "{} min", seconds / 60),
            Self::Step(seconds) => write!(f, "{seconds} s"),
        }
    }
}

/// How several slots become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Their sum.
    Sum,
    /// Their mean, rounded as written.
    Mean {
        /// The step, in the unit of the flow.
        step: Fixed,
        /// The mode.
        mode: Rounding,
    },
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
    /// Power times time, in kWh.
    Energy,
    /// How long the comparison is met.
    Count,
    /// How long the longest unbroken stretch is that meets it.
    LongestRun,
    /// The largest sum of one run.
    LargestRun,
}

/// What a fix without wind means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindRule {
    /// Below the agency's scale: there is no point.
    Out,
    /// Unknown: a storm that may matter is undetermined.
    Undetermined,
}

/// What is known of a point of a storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointValue {
    /// The storm's wind there.
    Wind,
    /// The storm's central pressure there.
    Pressure,
    /// The distance of the point from the site, in km.
    Distance,
}

impl PointValue {
    /// The value that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "storm_wind" => Some(Self::Wind),
            "storm_pressure" => Some(Self::Pressure),
            "distance" => Some(Self::Distance),
            _ => None,
        }
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wind => "storm_wind",
            Self::Pressure => "storm_pressure",
            Self::Distance => "distance",
        }
    }

    /// Its unit.
    pub fn unit(self) -> Unit {
        match self {
            Self::Wind => Variable::StormWind.own_unit(),
            Self::Pressure => Variable::StormPressure.own_unit(),
            Self::Distance => Unit::from_symbol("km").expect("the table has km"),
        }
    }
}

/// The largest or the smallest of a storm's points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixTake {
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

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
    },
    /// Slots joined into larger ones.
    Per {
        /// The larger slot.
        grain: Grain,
        /// How.
        take: Take,
        /// The share of the small slots that must be there.
        need: Exact,
    },
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
    /// Straight lines between points.
    Curve {
        /// Points in the order of their first number, which is in the unit of the flow.
        points: Vec<(Fixed, Fixed)>,
        /// The value left of the first point and right of the last.
        outside: Fixed,
        /// The step to which the result is rounded.
        step: Fixed,
        /// The mode.
        mode: Rounding,
    },
    /// One where the comparison is met, zero where not.
    Meets(Comparison),
    /// Only the values inside runs that meet the comparison.
    InRuns {
        /// The comparison.
        comparison: Comparison,
        /// Slots of the shortest run that counts.
        at_least: usize,
    },
    /// Sums (largest, smallest) of so many slots that follow one another.
    Rolling {
        /// How many.
        slots: usize,
        /// How.
        take: Take,
    },
    /// All slots to one number.
    Reduce(Reducer),
    /// The number to a step.
    Round {
        /// The step, in the unit of the flow.
        step: Fixed,
        /// The mode.
        mode: Rounding,
    },
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
    /// Points near the site, in km.
    Within(Fixed),
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
    /// One number for each storm.
    PerStorm {
        /// Largest or smallest.
        take: FixTake,
        /// Of what.
        of: PointValue,
    },
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
