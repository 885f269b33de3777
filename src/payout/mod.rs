//! From an index to an amount: exact, before its one rounding.

mod arithmetic;
mod slope;

use chrono::NaiveDate;

use crate::contract::{Amount, Band, Closed, Grid, Policy, Shape};
use crate::index::{Storm, Undetermined, point_value};
use crate::quantity::{Exact, Fixed, Overflow};

pub use arithmetic::{arithmetic, band_words};
pub use slope::{Slope, SlopeTerms};

/// What a shape pays for an index, in units of the policy's currency. `index` is in the unit of the pipeline;
/// `first_day` is the period's first day, for levels by month.
///
/// # Errors
/// [`Overflow`] where the amount does not fit.
pub fn pay(shape: &Shape, policy: &Policy, first_day: NaiveDate, index: Exact) -> Result<Exact, Overflow> {
    let amount = |amount: &Amount| policy.amount(*amount).ok_or(Overflow);
    let level = |level: &crate::contract::Level| level.on(first_day).map(Exact::from);
    match shape {
        Shape::Tick { when, strike, tick, limit } => {
            let strike = level(strike).expect("a policy was bound only where every month has its level");
            if !when.holds(&index, &strike) {
                return Ok(Exact::ZERO);
            }
            let distance = if when.is_upward() { index.minus(strike)? } else { strike.minus(index)? };
            Ok(distance.times(*tick)?.times(policy.units)?.min(amount(limit)?))
        }
        Shape::Linear { when, strike, exit, limit } => {
            let strike = level(strike).expect("a policy was bound only where every month has its level");
            let exit = level(exit).expect("a policy was bound only where every month has its level");
            if !when.holds(&index, &strike) {
                return Ok(Exact::ZERO);
            }
            let share = index.minus(strike)?.over(exit.minus(strike)?)?;
            share.min(Exact::from(1)).times(amount(limit)?)
        }
        Shape::Digital { when, strike, pays } => {
            let strike = level(strike).expect("a policy was bound only where every month has its level");
            if when.holds(&index, &strike) { amount(pays) } else { Ok(Exact::ZERO) }
        }
        Shape::Bands { closed, bands } => amount(&band_of(*closed, bands, index).pays),
        Shape::Grid(_) => unreachable!("a grid pays for points, which was checked when it was read"),
    }
}

/// The band in which a number lies. Bands cover the whole line.
pub fn band_of(closed: Closed, bands: &[Band], index: Exact) -> &Band {
    let beyond = |band: &&Band| match (band.to.map(Exact::from), closed) {
        (None, _) => false,
        (Some(to), Closed::Below) => index >= to,
        (Some(to), Closed::Above) => index > to,
    };
    bands.iter().find(|band| !beyond(band)).expect("the last band is open above")
}

/// The best cell that a point of the storm reaches: its amount, and where the point lies in time.
///
/// # Errors
/// [`Undetermined`] where a point lacks a number that decides, or an amount does not fit.
pub fn pay_grid(grid: &Grid, policy: &Policy, storm: &Storm) -> Result<(Exact, i64), Undetermined> {
    let mut best = (Exact::ZERO, storm.points[0].at);
    for point in &storm.points {
        let row_value = point_value(storm, point, grid.rows)?;
        let column_value = point_value(storm, point, grid.columns)?;
        let reaches = |bound: &&Fixed| row_value >= Exact::from(**bound);
        let row = grid.at_least.iter().take_while(reaches).count();
        let column = grid.at_most.iter().position(|bound| column_value <= Exact::from(*bound));
        let (Some(row), Some(column)) = (row.checked_sub(1), column) else { continue };
        let amount = policy.amount(grid.pays[row][column]).ok_or(Undetermined::Overflow)?;
        if amount > best.0 {
            best = (amount, point.at);
        }
    }
    Ok(best)
}
