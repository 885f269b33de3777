//! Where a payout begins.

use std::fmt;

use chrono::NaiveDate;

use crate::contract::{AxisOf, Operator, Shape};
use crate::quantity::{Fixed, Unit};

/// Where a shape begins to pay, in the period that begins on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// On one side of a strike.
    Strike {
        /// Which side.
        when: Operator,
        /// The strike; none where the terms have none for the month.
        strike: Option<Fixed>,
        /// Its unit.
        unit: Unit,
    },
    /// By bands, so many.
    Bands(usize),
    /// By the cells of a table.
    Grid {
        /// What decides on the row.
        rows: AxisOf,
        /// What decides on the column.
        columns: AxisOf,
    },
    /// A swap, which pays in both directions.
    Swap {
        /// Where nothing is owed; none where the terms have none for the month.
        level: Option<Fixed>,
        /// Its unit.
        unit: Unit,
    },
    /// Above the attachment of a layer.
    Layer {
        /// Where the layer begins.
        attachment: Fixed,
        /// Its unit.
        unit: Unit,
    },
}

impl Trigger {
    /// Of a shape whose index is in `unit`.
    pub fn of(shape: &Shape, first_day: NaiveDate, unit: Unit) -> Self {
        match shape {
            Shape::Tick { when, strike, .. }
            | Shape::Linear { when, strike, .. }
            | Shape::Digital { when, strike, .. } => Self::Strike { when: *when, strike: strike.on(first_day), unit },
            Shape::Bands { bands, .. } => Self::Bands(bands.len()),
            Shape::Grid(grid) => Self::Grid { rows: grid.rows.of, columns: grid.columns.of },
            Shape::Swap { level, .. } => Self::Swap { level: level.on(first_day), unit },
            Shape::Layer { attachment, .. } => Self::Layer { attachment: *attachment, unit },
        }
    }
}

impl fmt::Display for Trigger {
    /// `< 230 mm`, as the ledger has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |f: &mut fmt::Formatter<'_>, sign: &str, level: &Option<Fixed>, unit: &Unit| match level {
            Some(level) => write!(f, "{sign} {level} {unit}"),
            None => f.write_str(sign),
        };
        match self {
            Self::Strike { when, strike, unit } => at(f, when.sign(), strike, unit),
            Self::Bands(bands) => write!(f, "in {bands} bands"),
            Self::Grid { rows, columns } => write!(f, "in a grid of {} by {}", rows.word(), columns.word()),
            Self::Swap { level, unit } => at(f, "swap at", level, unit),
            Self::Layer { attachment, unit } => write!(f, "> {attachment} {unit}"),
        }
    }
}
