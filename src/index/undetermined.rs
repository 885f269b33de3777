//! Why there is no number.

use chrono::{DateTime, Month, Utc};

use crate::quantity::{Exact, Overflow, Variable};

/// Why an index has no value. The code is stable; each tells the calculation agent where to look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undetermined {
    /// The period runs, and what is known of it so far decides nothing.
    #[error("the period runs until {}", until.format("%Y-%m-%d %H:%MZ"))]
    PeriodRunning {
        /// Its end.
        until: DateTime<Utc>,
    },
    /// The period is over, but its readings have not all come.
    #[error("the period is over, but {}; more is waited for until {}", reach(*reached), until.format("%Y-%m-%d %H:%MZ"))]
    DataIncomplete {
        /// The end of the newest reading.
        reached: Option<DateTime<Utc>>,
        /// When the waiting ends.
        until: DateTime<Utc>,
    },
    /// What another cover paid is subtracted, and that is not final.
    #[error("what cover {other} pays for the period is subtracted, and that is not final yet")]
    WaitsForOther {
        /// The other cover.
        other: String,
    },
    /// No reading at all.
    #[error("there is not one of {expected} readings")]
    NoReadings {
        /// Slots of the period.
        expected: usize,
    },
    /// More slots are missing than the terms allow.
    #[error("{missing} of {expected} values are missing ({} %), the terms allow {} %", percent(*missing, *expected), allowed.times(Exact::from(100)).unwrap_or(Exact::ZERO))]
    TooManyMissing {
        /// Missing slots.
        missing: usize,
        /// All slots.
        expected: usize,
        /// The largest share that the terms allow.
        allowed: Exact,
    },
    /// A longer stretch is missing than the terms allow.
    #[error("values are missing for {} on end from {}, the terms allow {}", hours(*seconds), from.format("%Y-%m-%d %H:%MZ"), hours(*allowed))]
    GapTooLong {
        /// Seconds of the longest stretch.
        seconds: i64,
        /// Its beginning.
        from: DateTime<Utc>,
        /// Seconds that the terms allow.
        allowed: i64,
    },
    /// Nothing is left to reduce.
    #[error("no value is left to take the {0} of")]
    NothingLeft(&'static str),
    /// Nothing of what is known is what the terms look at: no run, no listed day, no report. Nothing is due.
    #[error("nothing qualifies to take the {0} of")]
    NothingQualifies(&'static str),
    /// A storm came near, but a value that matters is not given.
    #[error("storm {storm} has no {what} at {}", at.format("%Y-%m-%d %H:%MZ"))]
    StormUnknown {
        /// The storm.
        storm: String,
        /// Wind or pressure.
        what: &'static str,
        /// When.
        at: DateTime<Utc>,
    },
    /// Too few years of the baseline have an index.
    #[error("{years} years of the baseline have an index, {need} are needed")]
    BaselineTooShort {
        /// Years that have one.
        years: usize,
        /// Years that must have one.
        need: usize,
    },
    /// All years of the baseline are alike, so that nothing can be measured by their deviation.
    #[error("the years of the baseline do not deviate from one another")]
    NoDeviation,
    /// A ratio over zero.
    #[error("the index is a ratio over zero")]
    DivisionByZero,
    /// Too much is missing before the first slot that could be the anchor of the window.
    #[error("more is missing than the terms allow before the day on which the window is anchored")]
    AnchorUnknown,
    /// The terms give numbers by month, dekad or phase, but none for this one.
    #[error("the terms give no number for {0}")]
    NoTerm(YearPart),
    /// Nothing was reported, and the terms do not take that for nothing having happened.
    #[error("nothing was reported of {0}")]
    NothingReported(Variable),
    /// The numbers are too large to compute with exactly.
    #[error("the numbers are too large to compute with exactly")]
    Overflow,
}

/// A part of the year for which the terms may give a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YearPart {
    /// A month, January 0.
    Month(usize),
    /// A dekad, the first of January 0.
    Dekad(usize),
    /// A phase by its place, the first 0.
    Phase(usize),
}

impl std::fmt::Display for YearPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let month = |month: usize| {
            Month::try_from(u8::try_from(month + 1).unwrap_or_default()).map_or("", |month| month.name())
        };
        match self {
            Self::Month(place) => f.write_str(month(*place)),
            Self::Dekad(place) => write!(f, "dekad {} of {}", place % 3 + 1, month(place / 3)),
            Self::Phase(place) => write!(f, "phase {}", place + 1),
        }
    }
}

impl Undetermined {
    /// Whether another source may serve: this one has too little. What it has may also be of no use, a ratio over zero;
    /// that is no reason to ask another one.
    pub(super) fn is_lack_of_data(&self) -> bool {
        !matches!(
            self,
            Self::NothingLeft(_)
                | Self::NothingQualifies(_)
                | Self::BaselineTooShort { .. }
                | Self::NoDeviation
                | Self::DivisionByZero
                | Self::Overflow
        )
    }

    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PeriodRunning { .. } => "period_running",
            Self::DataIncomplete { .. } => "data_incomplete",
            Self::WaitsForOther { .. } => "waits_for_other",
            Self::NoReadings { .. } => "no_readings",
            Self::TooManyMissing { .. } => "too_many_missing",
            Self::GapTooLong { .. } => "gap_too_long",
            Self::NothingLeft(_) => "nothing_left",
            Self::NothingQualifies(_) => "nothing_qualifies",
            Self::StormUnknown { .. } => "storm_unknown",
            Self::BaselineTooShort { .. } => "baseline_too_short",
            Self::NoDeviation => "no_deviation",
            Self::DivisionByZero => "division_by_zero",
            Self::AnchorUnknown => "anchor_unknown",
            Self::NoTerm(_) => "no_term",
            Self::NothingReported(_) => "no_readings",
            Self::Overflow => "overflow",
        }
    }
}

impl Undetermined {
    /// Whether it is for the want of readings, so that another source may serve.
    pub(super) fn wants_readings(&self) -> bool {
        use Undetermined::{GapTooLong, NoReadings, NothingReported, TooManyMissing};
        matches!(self, NoReadings { .. } | TooManyMissing { .. } | GapTooLong { .. } | NothingReported(_))
    }
}

impl From<Overflow> for Undetermined {
    fn from(Overflow: Overflow) -> Self {
        Self::Overflow
    }
}

fn reach(reached: Option<DateTime<Utc>>) -> String {
    reached.map_or_else(
        || "no reading has come".to_owned(),
        |instant| format!("the readings reach to {} only", instant.format("%Y-%m-%d %H:%MZ")),
    )
}

/// Two places, rounded down, so that a share above the limit never reads as the limit.
fn percent(part: usize, whole: usize) -> String {
    let hundredths = part * 10_000 / whole.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn hours(seconds: i64) -> String {
    match (seconds % 86_400, seconds % 3_600) {
        (0, _) if seconds >= 172_800 => format!("{} d", seconds / 86_400),
        (_, 0) => format!("{} h", seconds / 3_600),
        _ => format!("{} min", seconds / 60),
    }
}
