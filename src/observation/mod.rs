//! What was said about the weather and the power, by whom, and when we learned it.

mod knowledge;
pub mod quality;
mod reading;
mod series;

pub use knowledge::{Knowledge, SeriesKey};
pub use reading::{Reading, Vintage};
pub use series::{Learned, OnEnd, Row, Rows, Series};
