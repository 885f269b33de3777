//! From readings to an index: the blocks of a term sheet, run one after the other.

mod evaluate;
mod group;
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
