//! Numbers and terms as readers of the ledger see them.

use chrono::NaiveDate;

use crate::contract::{Level, Shape};
use crate::quantity::{Exact, Fixed, Rounding, Unit};

/// An index for people and for the ledger: a decimal of at most twelve places where they hold it, else of six.
pub(super) fn shown(value: Exact) -> String {
    let six = || value.round_to(Fixed::from_micros(1), Rounding::HalfUp).ok();
    value.decimal(12).or_else(|| six().map(|six| six.to_string())).unwrap_or_else(|| value.to_string())
}

/// Where a shape begins to pay: `< 230 mm`.
pub fn trigger(shape: &Shape, first_day: NaiveDate, unit: Unit) -> String {
    let at = |sign: &str, level: &Level| match level.on(first_day) {
        Some(level) => format!("{sign} {level} {unit}"),
        None => sign.to_owned(),
    };
    match shape {
        Shape::Tick { when, strike, .. } | Shape::Linear { when, strike, .. } | Shape::Digital { when, strike, .. } => {
            at(when.sign(), strike)
        }
        Shape::Bands { bands, .. } => format!("in {} bands", bands.len()),
        Shape::Grid(grid) => format!("in a grid of {} by {}", grid.rows.of.word(), grid.columns.of.word()),
        Shape::Swap { level, .. } => at("swap at", level),
        Shape::Layer { attachment, .. } => format!("> {attachment} {unit}"),
    }
}
