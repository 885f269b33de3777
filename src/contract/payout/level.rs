//! Strikes, exits, swap levels: one number, or one for each calendar month.

use chrono::{Datelike, NaiveDate};

use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::{Fixed, Unit};

use super::super::literal::{Literal, Scope};
use super::super::product::Product;

/// A strike or an exit, in the unit of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// The same in every period.
    Same(Fixed),
    /// By calendar month, January first; `None` where the term sheet says nothing.
    ByMonth([Option<Fixed>; 12]),
}

impl Level {
    /// The level of the period that begins on this day.
    pub fn on(&self, first_day: NaiveDate) -> Option<Fixed> {
        match self {
            Self::Same(level) => Some(*level),
            Self::ByMonth(levels) => levels[usize::try_from(first_day.month0()).expect("a month is small")],
        }
    }
}

/// A level with what is needed to compare two of them.
pub(super) struct ReadLevel {
    pub level: Level,
    pub literals: Vec<Option<Literal>>,
}

/// Reads a level; by month only where the cover is settled by month.
pub(super) fn read_level(
    node: &Node,
    unit: Unit,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<ReadLevel> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let example = Product::example_in(unit);
    if !matches!(node.value, Value::Table(_)) {
        let literal = scope.in_unit(node, unit, &example, faults)?;
        return Some(ReadLevel { level: Level::Same(literal.quantity.value), literals: vec![Some(literal)] });
    }
    if !monthly {
        let fault = Fault::new(&node.place, "a level by month needs a cover that is settled by month");
        faults.push(fault.hint("write window = { each = \"month\" }, or one level"));
        return None;
    }
    let mut months = Fields::of(node, "the levels by month", faults)?;
    let literals: Vec<_> = MONTHS
        .iter()
        .map(|month| months.optional(month).and_then(|node| scope.in_unit(node, unit, &example, faults)))
        .collect();
    months.finish(faults);
    let mut levels = [None; 12];
    for (level, literal) in levels.iter_mut().zip(&literals) {
        *level = literal.map(|literal| literal.quantity.value);
    }
    Some(ReadLevel { level: Level::ByMonth(levels), literals })
}
