//! What two-way tables pay: the best cell of a storm's points, the cell of an event.

use chrono::NaiveDate;

use crate::contract::{AxisOf, Coordinate, Grid, Policy};
use crate::index::{Storm, Undetermined, point_value};
use crate::quantity::{Exact, Overflow};

/// The best cell that a point of the storm reaches: its amount, and where the point lies in time.
///
/// # Errors
/// [`Undetermined`] where a point lacks a number that decides, or an amount does not fit.
pub fn pay_storm(grid: &Grid, policy: &Policy, storm: &Storm) -> Result<(Exact, i64), Undetermined> {
    let mut best = (Exact::ZERO, storm.points[0].at);
    for point in &storm.points {
        let at = |of: AxisOf| match of {
            AxisOf::Point(value) => point_value(storm, point, value).map(Coordinate::Number),
            AxisOf::Date => Ok(Coordinate::Day(policy.day_of(point.at))),
            AxisOf::Value(_) => unreachable!("points have no one value, which was checked when it was read"),
        };
        let (row, column) = (at(grid.rows.of)?, at(grid.columns.of)?);
        let Some(amount) = grid.cell(row, column) else { continue };
        let amount = policy.amount(amount).ok_or(Undetermined::Overflow)?;
        if amount > best.0 {
            best = (amount, point.at);
        }
    }
    Ok(best)
}

/// The cell of an event with this number on this insured day.
///
/// # Errors
/// [`Overflow`] where the amount does not fit.
pub fn pay_event(grid: &Grid, policy: &Policy, value: Exact, day: NaiveDate) -> Result<Exact, Overflow> {
    let at = |of: AxisOf| match of {
        AxisOf::Value(_) => Coordinate::Number(value),
        AxisOf::Date => Coordinate::Day(day),
        AxisOf::Point(_) => unreachable!("an event has no points, which was checked when it was read"),
    };
    match grid.cell(at(grid.rows.of), at(grid.columns.of)) {
        Some(amount) => policy.amount(amount).ok_or(Overflow),
        None => Ok(Exact::ZERO),
    }
}

/// The number of a storm that readers see: the most extreme one among its points on the grid's first axis of numbers.
///
/// # Errors
/// [`Undetermined`] where a point lacks it.
pub fn shown_of_storm(grid: &Grid, storm: &Storm) -> Result<Exact, Undetermined> {
    let AxisOf::Point(of) = grid.shown().of else { unreachable!("one axis of a storm's grid is of its points") };
    let values: Result<Vec<_>, _> = storm.points.iter().map(|point| point_value(storm, point, of)).collect();
    let values = values?.into_iter();
    let value = if grid.shown().rises() { values.max() } else { values.min() };
    Ok(value.expect("a storm has a point"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{number, policy};
    use super::*;
    use crate::calendar::MonthDay;
    use crate::contract::{Amount, Axis, Bounds};
    use crate::index::Point;
    use crate::quantity::{Fixed, Unit};

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    fn grid(rows: Bounds) -> Grid {
        let unit = Unit::from_symbol("degC").expect("known");
        let days = ["03-17", "04-01"].map(|day| MonthDay::parse(day).expect(day)).to_vec();
        let money = |row: [&str; 2]| row.map(|amount| Amount::Money(number(amount))).to_vec();
        Grid {
            rows: Axis { of: AxisOf::Value(unit), bounds: rows },
            columns: Axis { of: AxisOf::Date, bounds: Bounds::From(days) },
            pays: vec![money(["30", "40"]), money(["10", "20"])],
        }
    }

    #[test]
    fn an_event_pays_its_cell() {
        let frost = grid(Bounds::AtMost(vec![fixed("-2"), fixed("0")]));
        let heat = grid(Bounds::AtLeast(vec![fixed("30"), fixed("35")]));
        for (grid, value, day, paid, why) in [
            (&frost, "-2", "2024-03-17", "30", "at most: on the first bound, on the first day"),
            (&frost, "-1.99", "2024-03-17", "10", "above it the second row"),
            (&frost, "0", "2024-03-31", "10", "on the last bound, the day before the second column"),
            (&frost, "0.01", "2024-03-31", "0", "above the last bound nothing"),
            (&frost, "-9", "2024-03-16", "0", "before the first day nothing"),
            (&frost, "-9", "2024-04-01", "40", "the second column"),
            (&frost, "-9", "2024-12-31", "40", "to the end of the year"),
            (&heat, "29.99", "2024-04-01", "0", "at least: below the first bound nothing"),
            (&heat, "30", "2024-04-01", "40", "on the first bound"),
            (&heat, "34.99", "2024-04-01", "40", "up to the second"),
            (&heat, "35", "2024-04-01", "20", "the last that is reached"),
        ] {
            let got = pay_event(grid, &policy(), number(value), day.parse().expect(day));
            assert_eq!(got, Ok(number(paid)), "{why}");
        }
    }

    #[test]
    fn a_storm_pays_the_best_cell_of_its_points() {
        let axis = |value, bounds| Axis { of: AxisOf::Point(value), bounds };
        let money = |row: [&str; 2]| row.map(|amount| Amount::Money(number(amount))).to_vec();
        let by_pressure = Grid {
            rows: axis(crate::contract::PointValue::Pressure, Bounds::AtMost(vec![fixed("940"), fixed("960")])),
            columns: axis(crate::contract::PointValue::Distance, Bounds::AtMost(vec![fixed("30"), fixed("100")])),
            pays: vec![money(["100", "50"]), money(["40", "20"])],
        };
        let storm = |points: &[(&str, &str)]| {
            let point = |(place, (pressure, distance)): (usize, &(&str, &str))| Point {
                at: i64::try_from(place).expect("few") * 3_600,
                latitude: 30.0,
                longitude: 122.0,
                wind: None,
                pressure: Some(number(pressure)),
                distance: Some(fixed(distance)),
            };
            Storm { id: "S".to_owned(), points: points.iter().enumerate().map(point).collect() }
        };
        for (points, paid, at, shown, why) in [
            (vec![("940", "30")], "100", 0, "940", "on both bounds"),
            (vec![("940.01", "30")], "40", 0, "940.01", "beside the first row"),
            (vec![("940", "30.001")], "50", 0, "940", "beside the first column"),
            (vec![("960.01", "10")], "0", 0, "960.01", "above the last row"),
            (vec![("955", "20"), ("940", "90")], "50", 3_600, "940", "the better of two"),
            (vec![("940", "90"), ("935", "90")], "50", 0, "935", "of two that pay alike the earlier one"),
        ] {
            let storm = storm(&points);
            assert_eq!(pay_storm(&by_pressure, &policy(), &storm), Ok((number(paid), at)), "{why}");
            assert_eq!(shown_of_storm(&by_pressure, &storm), Ok(number(shown)), "{why}");
        }
    }
}
