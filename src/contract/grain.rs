//! What the slots of a flow stand for.

use crate::calendar::Window;

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
