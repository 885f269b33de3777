//! What flows between two blocks: its unit, its slots, and how it may change while more readings come in.

use crate::quantity::{Unit, Variable};

use super::super::block::Phase;
use super::super::grain::Grain;
use super::super::track::PointValue;

/// What the slots of a series hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slots {
    /// Numbers in the unit of the flow.
    Values,
    /// Whether a comparison is met.
    Flags,
    /// Numbers inside runs.
    Runs,
}

/// How a number that is there may change while more readings come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drift {
    /// Not at all.
    Still,
    /// It may rise.
    Up,
    /// It may fall.
    Down,
    /// It may do either.
    Any,
}

impl Drift {
    /// That of a number which rises with both.
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Still, drift) | (drift, Self::Still) => drift,
            (a, b) if a == b => a,
            _ => Self::Any,
        }
    }

    /// That of a number which falls where this one rises.
    pub fn turned(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
            same => same,
        }
    }

    /// Whether it cannot fall.
    pub fn is_rising(self) -> bool {
        matches!(self, Self::Still | Self::Up)
    }

    /// Whether it cannot rise.
    pub fn is_falling(self) -> bool {
        matches!(self, Self::Still | Self::Down)
    }

    /// Itself where it cannot fall and `certain` holds, else anything: that of a number which grows with its parts.
    pub fn growing(self, certain: bool) -> Self {
        if certain && self.is_rising() { Self::Up } else { Self::Any }
    }

    /// The same for a number which shrinks as parts are added.
    pub fn shrinking(self, certain: bool) -> Self {
        if certain && self.is_falling() { Self::Down } else { Self::Any }
    }
}

/// A number of each slot.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// Its unit.
    pub unit: Unit,
    /// What a slot stands for.
    pub grain: Grain,
    /// What it holds.
    pub slots: Slots,
    /// Whether it is never below zero.
    pub positive: bool,
    /// How a slot that is there may change.
    pub drift: Drift,
    /// Whether slots that are out may come in while readings come in.
    pub open: bool,
    /// Whether slots do not follow one another: stretches further apart than a slot.
    pub apart: bool,
    /// The phases where the grain is one.
    pub phases: Vec<Phase>,
}

impl Series {
    /// A series as it is read: what is there stays.
    pub fn read(unit: Unit, grain: Grain, positive: bool) -> Self {
        Self {
            unit,
            grain,
            slots: Slots::Values,
            positive,
            drift: Drift::Still,
            open: false,
            apart: false,
            phases: Vec::new(),
        }
    }

    /// Whether it is power, which is not added up over time.
    pub fn is_power(&self) -> bool {
        self.unit.dimension() == Variable::Power.own_unit().dimension()
    }

    /// Whether its slots have no length that counts: reports, and stretches that are apart.
    pub fn has_no_length(&self) -> bool {
        self.apart || self.grain == Grain::Report
    }
}

/// One number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    /// Its unit.
    pub unit: Unit,
    /// What it is where it still has to be rounded.
    pub to_round: Option<&'static str>,
    /// Whether it is never below zero.
    pub positive: bool,
    /// How it may change.
    pub drift: Drift,
    /// Whether it was held against other years.
    pub compared: bool,
}

/// One number for each event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Events {
    /// Its unit.
    pub unit: Unit,
    /// What it is of a storm; none where events are no storms.
    pub of: Option<PointValue>,
    /// What it is where it still has to be rounded.
    pub to_round: Option<&'static str>,
    /// How each may change.
    pub drift: Drift,
}

/// The points of storms.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Track {
    /// Whether points lie between fixes.
    pub interpolated: bool,
    /// Whether the distance from a place is known.
    pub near: bool,
    /// Whether points outside of an area are left out.
    pub cut: bool,
}

/// What flows out of a block.
#[derive(Clone, Debug)]
pub(super) enum Flow {
    /// Slots.
    Series(Series),
    /// A number.
    Number(Number),
    /// Events.
    Events(Events),
    /// Storms.
    Track(Track),
}

impl Flow {
    /// The unit behind the block.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Series(series) => series.unit,
            Self::Number(number) => number.unit,
            Self::Events(events) => events.unit,
            Self::Track(_) => Variable::StormWind.own_unit(),
        }
    }

    /// What flows, for messages.
    pub fn described(&self) -> String {
        let what = match self {
            Self::Series(Series { slots: Slots::Flags, .. }) => "whether a comparison is met".to_owned(),
            Self::Series(Series { grain: Grain::Report, unit, .. }) => format!("reports in {unit}"),
            Self::Series(Series { slots: Slots::Runs, grain, unit, .. }) => {
                format!("the runs of a series in {unit}, one value for each {}", grain.one())
            }
            Self::Series(Series { grain, unit, .. }) => {
                format!("a series in {unit}, one value for each {}", grain.one())
            }
            Self::Track(_) => return "what flows here are storms' tracks".to_owned(),
            Self::Events(Events { of: Some(of), .. }) => format!("one {} for each storm", of.word()),
            Self::Events(Events { unit, .. }) => format!("one number in {unit} for each event"),
            Self::Number(number) => format!("one number in {}", number.unit),
        };
        format!("what flows here is {what}")
    }
}

impl Grain {
    /// One of them, for messages: `1 d`, `month`.
    pub(super) fn one(self) -> String {
        let text = self.to_string();
        text.strip_prefix("a ").map(str::to_owned).unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drifts_add_up() {
        use Drift::{Any, Down, Still, Up};
        for (a, b, both) in [(Still, Up, Up), (Up, Up, Up), (Down, Still, Down), (Up, Down, Any), (Any, Up, Any)] {
            assert_eq!((a.with(b), b.with(a)), (both, both), "{a:?} {b:?}");
        }
        assert_eq!((Up.turned(), Still.turned(), Any.turned()), (Down, Still, Any));
        assert_eq!((Still.growing(true), Up.growing(true), Down.growing(true), Up.growing(false)), (Up, Up, Any, Any));
        assert_eq!((Still.shrinking(true), Down.shrinking(true), Up.shrinking(true)), (Down, Down, Any));
    }
}
