//! The ledger: what was learned and what was determined, written once and never changed.
//!
//! One process writes, on one thread ([`Writer`] owns the only [`Store`]); anybody reads ([`Reader`], or any
//! SQLite tool on the view `payout`). An [`Entry`] is a canonical JSON text; its hash is what counts, and the
//! columns that readers see are computed from it.
//!
//! Instants are kept to the millisecond. One that is finer is refused, so that what was known before a restart is
//! what is known after it.

mod backup;
mod batch;
mod bodies;
mod booked;
mod checked;
mod column;
mod determination;
mod digest;
mod disk;
#[cfg(test)]
mod disk_faults;
mod each;
mod entry;
mod error;
mod exposed;
mod extent;
mod file;
mod high_water;
mod instant;
mod item;
mod knowledge;
mod leaves;
mod life;
mod listed;
mod log_size;
mod lost;
pub mod merkle;
pub(crate) mod mount;
mod observed;
mod outbox;
mod outgoing;
mod page;
mod payout;
mod pending;
mod policy;
mod polls;
mod published;
mod reader;
mod record;
mod refused;
mod repair;
mod restore;
mod row;
mod scope;
mod seen;
mod signer;
mod sources;
mod standing;
mod state;
mod store;
mod totals;
mod tree;
mod unlocked;
mod verify;
mod walk;
mod whole;
#[cfg(test)]
mod world;
mod writer;

/// What the program calls itself in the ledger: its version, and the digest of its source that `build.rs` makes.
pub const ENGINE: &str = concat!("fairgauge ", env!("CARGO_PKG_VERSION"), "+", env!("FAIRGAUGE_SOURCE"));

pub use backup::{Backup, back_up, publish_copy};
pub use batch::{Batch, Cosignature, Poll, Stamp};
pub use booked::{Booked, Sum};
pub use column::{COLUMNS, Cell, Column, Holds, decimal};
pub use determination::{Determination, PeriodSpan};
pub use digest::{Digest, from_hex, hex, leaf, sha256};
pub use disk::{Disk, Held, SystemDisk};
pub use entry::{Entry, EntryError, Kind};
pub use error::{LedgerError, OpenError};
pub use extent::{Extent, SignedExtent};
pub(crate) use file::{beside, folder};
pub use instant::{instant_text, parse_instant, to_millisecond};
pub use item::Item;
pub use leaves::{leaf_ranges, leaves_of};
pub use life::{Cause, Corrects, Life};
pub use observed::{Observed, observed_rows};
pub use outbox::{
    Delivery, DeliveryRow, Due, EndpointStatus, Event, FEED_SILENT, NEAR_TRIGGER, Outcome as DeliveryOutcome, Replay,
    ReplayOf, Subscribers, Subscription, Told, message_id,
};
pub use outgoing::{BookRows, Line};
pub use page::{Ask, Cursor, CursorError, Order, Page};
pub use payout::{Filter, IndexValue, Only, PayoutRow, Period, RowLife};
pub use policy::{PolicyEntry, in_book, policy_entry};
pub use polls::FeedStatus;
pub use reader::{Genesis, Reader};
pub use refused::{Refusal, RefusedRow, Unread};
pub use repair::{Repaired, repair};
pub use restore::{Anew, Missing, Restore, RestoreError, Restored, Witness};
pub use scope::Scope;
pub use seen::{Known, Stretch};
pub use signer::{SIGN_EVERY, Signing};
pub use standing::{Learnt, Standing};
pub use state::State;
pub use store::{Appended, Store, Written};
pub use totals::Totals;
pub use verify::Verified;
pub(crate) use whole::replace as replace_whole;
pub use writer::{Keeper, Scribe, Writer};
#[cfg(test)]
pub(crate) use {determination::tests as determined, store::tests as stored};
