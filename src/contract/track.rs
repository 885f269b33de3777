//! Words for the tracks of storms: places, and what is known of their points.

use crate::quantity::{Fixed, Unit, Variable};

/// A place on the Earth in degrees: latitude, longitude.
pub type Corner = (Fixed, Fixed);

/// Of what a distance is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The policy's latitude and longitude.
    Site,
    /// A polygon; inside of it the distance is zero.
    Polygon(Vec<Corner>),
    /// A line of straight pieces.
    Line(Vec<Corner>),
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
