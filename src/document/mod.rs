//! Reading what people write: TOML and CSV with the place of every word, and all faults of a file at once.

mod carried;
mod csv_row;
mod fault;
mod fields;
mod node;
mod source;

pub use carried::{Carried, carried, carry};
pub use csv_row::{CsvRow, CsvRows};
pub use fault::{Fault, Faults};
#[cfg(test)]
pub(crate) use fields::asked;
pub use fields::{Fields, did_you_mean};
pub use node::{Key, Node, Value};
pub use source::{Place, Source};
