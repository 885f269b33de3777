//! Numbers as readers of the ledger see them.

use crate::quantity::{Exact, Fixed, Rounding};

/// An index for people and for the ledger: a decimal of at most twelve places where they hold it, else of six.
pub fn shown(value: Exact) -> String {
    let six = || value.round_to(Fixed::from_micros(1), Rounding::HalfUp).ok();
    value.decimal(12).or_else(|| six().map(|six| six.to_string())).unwrap_or_else(|| value.to_string())
}
