//! Exact numbers: decimals, ratios, units and money. Nothing in here is a float.

mod exact;
mod fixed;
mod money;
mod rounding;
mod unit;
mod unit_algebra;
mod unit_table;
mod variable;
mod wide;

pub use exact::{Exact, lowest_common};
pub use fixed::{Fixed, ParseFixedError};
pub use money::{Currency, Money};
pub use rounding::Rounding;
pub use unit::{Conversion, Quantity, QuantityError, Unit};
pub use unit_table::Dimension;
pub use variable::Variable;

/// A computation left the range of its integers. It is reported, never wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number is too large to compute with exactly")]
pub struct Overflow;
