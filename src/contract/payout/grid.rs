//! Two-way tables: for the points of storms, and for events with a number and a day.

use chrono::NaiveDate;

use crate::calendar::MonthDay;
use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::quantity::{Exact, Fixed, Unit};

use super::super::literal::Scope;
use super::super::pipeline::IndexKind;
use super::super::product::Product;
use super::super::track::PointValue;
use super::amount::Amount;

/// What decides on the row or the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisOf {
    /// A number of a storm's point.
    Point(PointValue),
    /// The event's own number, in this unit.
    Value(Unit),
    /// The insured day.
    Date,
}

impl AxisOf {
    /// The word in a term sheet.
    pub fn word(self) -> &'static str {
        match self {
            Self::Point(value) => value.word(),
            Self::Value(_) => "value",
            Self::Date => "date",
        }
    }
}

/// The bounds of an axis; they rise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// The last one that is reached.
    AtLeast(Vec<Fixed>),
    /// The first one that is not passed.
    AtMost(Vec<Fixed>),
    /// The last one that is not after the day, by the calendar of the day's own year.
    From(Vec<MonthDay>),
}

/// Rows or columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// What decides.
    pub of: AxisOf,
    /// Between what.
    pub bounds: Bounds,
}

/// Where something lies on an axis.
#[derive(Clone, Copy, Debug)]
pub enum Coordinate {
    /// A number in the unit of the axis.
    Number(Exact),
    /// An insured day.
    Day(NaiveDate),
}

impl Axis {
    /// How many rows or columns there are.
    pub fn count(&self) -> usize {
        match &self.bounds {
            Bounds::AtLeast(bounds) | Bounds::AtMost(bounds) => bounds.len(),
            Bounds::From(days) => days.len(),
        }
    }

    /// The row or column of a coordinate; none where no bound is reached, or all are passed.
    pub fn line(&self, at: Coordinate) -> Option<usize> {
        match (&self.bounds, at) {
            (Bounds::AtLeast(bounds), Coordinate::Number(value)) => {
                bounds.iter().rposition(|bound| value >= Exact::from(*bound))
            }
            (Bounds::AtMost(bounds), Coordinate::Number(value)) => {
                bounds.iter().position(|bound| value <= Exact::from(*bound))
            }
            (Bounds::From(days), Coordinate::Day(day)) => days.iter().rposition(|from| *from <= MonthDay::of(day)),
            _ => unreachable!("an axis of dates has dates, which was checked when it was read"),
        }
    }

    /// The unit of its numbers; none of dates.
    pub fn unit(&self) -> Option<Unit> {
        match self.of {
            AxisOf::Point(value) => Some(value.unit()),
            AxisOf::Value(unit) => Some(unit),
            AxisOf::Date => None,
        }
    }

    /// Whether the larger of two numbers is the more extreme.
    pub fn rises(&self) -> bool {
        !matches!(self.bounds, Bounds::AtMost(_))
    }
}

/// A two-way table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// What decides on the row.
    pub rows: Axis,
    /// What decides on the column.
    pub columns: Axis,
    /// Rows of amounts.
    pub pays: Vec<Vec<Amount>>,
}

impl Grid {
    /// The axis whose number is the index that readers see: the rows, unless they are of dates.
    pub fn shown(&self) -> &Axis {
        if self.rows.of == AxisOf::Date { &self.columns } else { &self.rows }
    }

    /// The amount of a cell; none outside of the table.
    pub fn cell(&self, row: Coordinate, column: Coordinate) -> Option<Amount> {
        Some(self.pays[self.rows.line(row)?][self.columns.line(column)?])
    }
}

/// Reads `rows`, `columns` and `pays` for an index of this kind.
pub(super) fn read_grid(
    fields: &mut Fields<'_>,
    node: &Node,
    kind: IndexKind,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Grid> {
    if let IndexKind::Number { .. } = kind {
        let _asked = ["rows", "columns", "pays"].map(|key| fields.has(key));
        let fault = Fault::new(&node.place, "a grid pays for events, but the index is one number");
        faults.push(fault.hint("end the index in events, as in { per = \"run\", take = \"max\" }, or write bands"));
        return None;
    }
    let rows_node = fields.required("rows", "{ of = \"storm_wind\", at_least = [\"34 kt\", \"64 kt\"] }", faults);
    let rows = rows_node.and_then(|node| read_axis(node, kind, scope, faults));
    let columns_node = fields.required("columns", "{ of = \"distance\", at_most = [\"30 km\", \"100 km\"] }", faults);
    let columns = columns_node.and_then(|node| read_axis(node, kind, scope, faults));
    let pays_node = fields.required("pays", "[[\"10 %\", \"5 %\"], [\"60 %\", \"30 %\"]]", faults)?;
    let (rows, columns) = (rows?, columns?);
    if rows.of == columns.of {
        let place = columns_node.map_or(&node.place, |node| &node.place);
        let fault = Fault::new(place, format!("rows and columns are both of the {}", rows.of.word()));
        faults.push(fault.hint("let one of them be of something else, or write bands"));
        return None;
    }
    let distance = AxisOf::Point(PointValue::Distance);
    if matches!(kind, IndexKind::Points { near: false }) && (rows.of == distance || columns.of == distance) {
        let place = columns_node.map_or(&node.place, |node| &node.place);
        let fault = Fault::new(place, "no distance is known: the index has no circle around the site");
        faults.push(fault.hint("add { within = \"100 km\", of = \"site\" } to the index"));
        return None;
    }
    let mut pays = Vec::new();
    for row in pays_node.list("a list of rows of amounts", faults)? {
        let cells = row.list("a row of amounts", faults)?;
        if cells.len() != columns.count() {
            let message = format!("the row has {} amounts for {} columns", cells.len(), columns.count());
            faults.push(Fault::new(&row.place, message).hint("write one amount for each bound of `columns`"));
            return None;
        }
        pays.push(cells.iter().map(|cell| scope.amount(cell, faults)).collect::<Option<Vec<_>>>()?);
    }
    if pays.len() != rows.count() {
        let message = format!("the grid has {} rows of amounts for {} rows", pays.len(), rows.count());
        faults.push(Fault::new(&pays_node.place, message).hint("write one row of amounts for each bound of `rows`"));
        return None;
    }
    Some(Grid { rows, columns, pays })
}

fn read_axis(node: &Node, kind: IndexKind, scope: &Scope<'_>, faults: &mut Faults) -> Option<Axis> {
    let mut fields = Fields::of(node, "the axis of the grid", faults)?;
    let of_node = fields.required("of", "\"storm_wind\"", faults)?;
    let of = read_axis_of(of_node, kind, faults)?;
    let unit = match of {
        AxisOf::Point(value) => value.unit(),
        AxisOf::Value(unit) => unit,
        AxisOf::Date => {
            let days = fields.required("from", "[\"03-17\", \"04-01\"]", faults);
            fields.finish(faults);
            let days = rising(days?, "a list of days of the year", faults, |node, faults| {
                super::super::window::read_month_day(node, faults)
            })?;
            return Some(Axis { of, bounds: Bounds::From(days) });
        }
    };
    let example = Product::example_in(unit);
    let (at_least, at_most) = (fields.optional("at_least"), fields.optional("at_most"));
    fields.finish(faults);
    let number = |node: &Node, faults: &mut Faults| {
        scope.in_unit(node, unit, &example, faults).map(|literal| literal.quantity.value)
    };
    let bounds = match (at_least, at_most) {
        (Some(node), None) => Bounds::AtLeast(rising(node, "a list of bounds", faults, number)?),
        (None, Some(node)) => Bounds::AtMost(rising(node, "a list of bounds", faults, number)?),
        _ => {
            let message = "it is open on which side of its bounds the axis looks";
            let hint = format!("write either at_least = [{example}, …] or at_most = [{example}, …]");
            faults.push(Fault::new(&node.place, message).hint(hint));
            return None;
        }
    };
    Some(Axis { of, bounds })
}

/// What an axis is of, and whether the index has it.
fn read_axis_of(node: &Node, kind: IndexKind, faults: &mut Faults) -> Option<AxisOf> {
    const WORDS: [&str; 5] = ["storm_wind", "storm_pressure", "distance", "value", "date"];
    let word = node.text("storm_wind, storm_pressure, distance, value or date", faults)?;
    let fault = match (word, PointValue::from_word(word), kind) {
        ("date", ..) => return Some(AxisOf::Date),
        ("value", _, IndexKind::Events { unit, .. }) => return Some(AxisOf::Value(unit)),
        (_, Some(value), IndexKind::Points { .. }) => return Some(AxisOf::Point(value)),
        ("value", ..) => Fault::new(&node.place, "a storm's points have no one value")
            .hint("of storm_wind, storm_pressure or distance; or end the index in { per = \"storm\", … }"),
        (_, Some(_), _) => Fault::new(
            &node.place,
            "a grid of this needs the points of a storm, but the index is one number for each event",
        )
        .hint("leave out the block { per = \"storm\", … }, or let the axis be of \"value\""),
        (_, None, _) => {
            let near = did_you_mean(word, WORDS);
            let hint = near.map_or_else(
                || "storm_wind, storm_pressure, distance, value or date".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            Fault::new(&node.place, format!("a storm's point has no `{word}`")).hint(hint)
        }
    };
    faults.push(fault);
    None
}

/// A list that rises from item to item and is not empty.
pub(super) fn rising<T: Ord>(
    node: &Node,
    wanted: &str,
    faults: &mut Faults,
    mut read: impl FnMut(&Node, &mut Faults) -> Option<T>,
) -> Option<Vec<T>> {
    let mut values: Vec<T> = Vec::new();
    for item in node.list(wanted, faults)? {
        let value = read(item, faults)?;
        if values.last().is_some_and(|before| *before >= value) {
            let fault = Fault::new(&item.place, "the bounds of an axis do not rise");
            faults.push(fault.hint("put them in order, none twice"));
            return None;
        }
        values.push(value);
    }
    if values.is_empty() {
        faults.push(Fault::new(&node.place, "an axis has at least one bound").hint(format!("write {wanted}")));
        return None;
    }
    Some(values)
}
