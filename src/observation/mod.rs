//! What was said about the weather and the power, by whom, and when we learned it.

mod knowledge;
mod reading;
mod series;

pub use knowledge::{Knowledge, SeriesKey};
pub use reading::{Reading, Vintage};
pub use series::{Learned, Row, Rows, Series};
