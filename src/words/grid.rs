//! Two-way tables, cell by cell.

use crate::calendar::MonthDay;
use crate::contract::{Axis, AxisOf, Bounds, Closed, Grid};

use super::label::range;
use super::speech::Speech;
use super::{catalogue, say};

/// The lines of a table: every row with its cells, then what lies outside.
pub(super) fn lines(s: &Speech<'_>, grid: &Grid) -> Vec<String> {
    let [rows, columns] = [&grid.rows, &grid.columns].map(|axis| name(s, axis.of));
    let of_points = [&grid.rows, &grid.columns].iter().any(|axis| matches!(axis.of, AxisOf::Point(_)));
    let mut lines = vec![if of_points {
        say!(
            s,
            "Of all points of a storm the one counts whose cell pays most. Cells by {rows} and {columns}:",
            "以每个风暴各点所在格中赔付最高者为准。按{rows}与{columns}分格："
        )
    } else {
        say!(
            s,
            "An event pays what the cell says in which it lies. Cells by {rows} and {columns}:",
            "每次事件按其所在格赔付。按{rows}与{columns}分格："
        )
    }];
    for (row, cells) in grid.pays.iter().enumerate() {
        let row = line(s, &grid.rows, row);
        let cells: Vec<_> = cells
            .iter()
            .enumerate()
            .map(|(column, pays)| {
                let (column, pays) = (line(s, &grid.columns, column), s.amount(*pays));
                say!(s, "{column}: {pays}", "{column}：{pays}")
            })
            .collect();
        let cells = cells.join(&say!(s, "; ", "；"));
        lines.push(say!(s, "- {rows} {row} and {columns} {cells}", "- {rows}{row}，{columns}{cells}"));
    }
    let [row, column] = [&grid.rows, &grid.columns].map(|axis| beyond(s, axis));
    let it = if of_points { say!(s, "a point", "该点") } else { say!(s, "it", "该事件") };
    lines.push(say!(
        s,
        "Where {rows} is {row}, or {columns} is {column}, {it} pays nothing.",
        "{rows}{row}，或{columns}{column}的，{it}不赔付。"
    ));
    lines
}

fn name(s: &Speech<'_>, of: AxisOf) -> String {
    match of {
        AxisOf::Point(value) => catalogue::point_value(value.word(), s.language).to_owned(),
        AxisOf::Value(_) => say!(s, "the event's number", "事件指数"),
        AxisOf::Date => say!(s, "the insured day", "所在保险日"),
    }
}

/// A row or a column between its bounds.
fn line(s: &Speech<'_>, axis: &Axis, place: usize) -> String {
    let (own, before, next) = (place, place.checked_sub(1), place + 1);
    match &axis.bounds {
        Bounds::AtLeast(bounds) => range(s, Some(bounds[own]), bounds.get(next).copied(), Closed::Below, unit(axis)),
        Bounds::AtMost(bounds) => {
            range(s, before.map(|before| bounds[before]), Some(bounds[own]), Closed::Above, unit(axis))
        }
        Bounds::From(days) => from_day(s, days[own], days.get(next).copied()),
    }
}

/// From a day of the year to the day before the next, or to the year's end.
fn from_day(s: &Speech<'_>, from: MonthDay, next: Option<MonthDay>) -> String {
    let from = s.month_day(from);
    match next.map(|next| s.month_day(next)) {
        Some(next) => say!(s, "from {from} to before {next}", "自{from}起至{next}之前"),
        None => say!(s, "from {from} to the end of the year", "自{from}起至年末"),
    }
}

/// Where an axis has no row or column.
fn beyond(s: &Speech<'_>, axis: &Axis) -> String {
    match &axis.bounds {
        Bounds::AtLeast(bounds) => {
            let least = s.quantity(bounds[0], unit(axis));
            say!(s, "below {least}", "低于{least}")
        }
        Bounds::AtMost(bounds) => {
            let most = s.quantity(*bounds.last().expect("an axis has a bound"), unit(axis));
            say!(s, "above {most}", "超过{most}")
        }
        Bounds::From(days) => {
            let first = s.month_day(days[0]);
            say!(s, "before {first} of its year", "早于当年{first}")
        }
    }
}

fn unit(axis: &Axis) -> crate::quantity::Unit {
    axis.unit().expect("only days have no unit, and they have bounds of their own")
}
