//! From readings to an index: the blocks of a term sheet, run one after the other.

mod align;
mod anchor;
mod area;
mod baseline;
mod bounds;
mod branch;
mod combine;
mod consensus;
mod curve;
mod double;
mod evaluate;
mod events;
mod flow;
mod formula;
mod frame;
mod geometry;
mod group;
mod labels;
mod members;
mod missing;
mod number;
mod only;
mod quantile;
mod read;
mod reduce;
mod rolling;
mod run;
mod slots;
mod storm;
mod trace;
mod track;
mod transform;
mod undetermined;
#[cfg(test)]
mod world;
mod years;

pub use anchor::{Anchor, find_anchor, first_met};
pub use consensus::consensus;
pub use evaluate::{Evaluation, Index, evaluate};
pub use flow::Event;
pub use frame::Inputs;
pub use read::{SourceUse, series_of};
pub use slots::{Bounds, Slot, Slots};
pub use storm::{Point, Storm, point_value};
pub use trace::{Step, Trace};
pub use undetermined::Undetermined;
