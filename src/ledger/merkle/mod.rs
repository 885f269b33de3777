//! The Merkle tree over the entries, what is signed of it, and what proves an entry: RFC 6962, and the C2SP formats
//! signed-note, tlog-checkpoint, tlog-proof and tlog-tiles. Pure: bytes in, bytes out.
//!
//! Two programs that share nothing must agree on a root before it is signed: [`Frontier`] adds up leaves with the
//! digest of this program, crate `tlog_tiles` makes proofs and tiles with its own.

mod checkpoint;
mod frontier;
mod hashes;
mod key;
mod proof;
mod stamp;
mod witness;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use frontier::{Frontier, TILE, TileHash};
pub use hashes::{TileHashes, consistency, inclusion, root_of};
pub use key::{KeyError, LogKey, PublicKey};
pub use proof::{Proof, ProofError};
pub use stamp::{stamp_request, stamped};
pub use witness::{WitnessKey, add_checkpoint, cosigned_text};

#[cfg(test)]
mod tests;
