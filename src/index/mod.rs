//! From readings to an index: the blocks of a term sheet, run one after the other.

#[allow(dead_code, reason = "the evaluator calls it as soon as it knows the new blocks")]
mod baseline;
#[allow(dead_code, reason = "the evaluator calls it as soon as it knows the new blocks")]
mod double;
mod evaluate;
#[allow(dead_code, reason = "the evaluator calls it as soon as it knows the new blocks")]
mod formula;
mod group;
#[allow(dead_code, reason = "the evaluator calls it as soon as it knows the new blocks")]
mod quantile;
mod read;
mod reduce;
mod rolling;
mod run;
mod slots;
mod storm;
mod trace;
mod transform;
mod undetermined;

pub use evaluate::{Evaluation, Event, Index, Inputs, evaluate};
pub use read::{SourceUse, series_of};
pub use slots::{Bounds, Slot, Slots};
pub use storm::{Point, Storm, point_value};
pub use trace::{Step, Trace};
pub use undetermined::Undetermined;
