//! What was said about the weather and the power, by whom, and when we learned it.

mod knowledge;
mod reading;

pub use knowledge::{Knowledge, Learned, Row, Series, SeriesKey};
pub use reading::{Reading, Vintage};
