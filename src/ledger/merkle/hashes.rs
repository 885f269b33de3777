//! Proofs, made by crate `tlog_tiles` from the hashes that are kept.

use tlog_tiles::{Error, Hash, HashReader};

use super::super::Digest;
use super::TILE;

/// What is kept of a tree: the leaves, and the hashes of full tiles.
pub trait TileHashes {
    /// Why a hash cannot be read.
    type Error;

    /// `count` hashes of a level from number `first` on, in order: level 0 the leaves, level 1 and above those of
    /// [`super::TileHash`].
    ///
    /// # Errors
    /// Where one of them is not there.
    fn hashes(&self, level: u32, first: u64, count: u64) -> Result<Vec<Digest>, Self::Error>;
}

/// What is kept, as `tlog_tiles` asks for it: by level of the tree.
struct Kept<'k, K: TileHashes>(&'k K, std::cell::RefCell<Option<K::Error>>);

impl<K: TileHashes> HashReader for Kept<'_, K> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let one = |index: &u64| {
            let (level, n) = tlog_tiles::split_stored_hash_index(*index);
            let (below, above) = (u32::from(level) / TILE.trailing_zeros(), u32::from(level) % TILE.trailing_zeros());
            let hashes = self.0.hashes(below, n << above, 1 << above)?;
            let mut hashes: Vec<_> = hashes.into_iter().map(Hash).collect();
            while hashes.len() > 1 {
                hashes = hashes.chunks(2).map(|pair| tlog_tiles::node_hash(pair[0], pair[1])).collect();
            }
            Ok(hashes[0])
        };
        indexes.iter().map(one).collect::<Result<_, K::Error>>().map_err(|error| {
            self.1.replace(Some(error));
            Error::IndexesNotInTree
        })
    }
}

/// Runs something of `tlog_tiles`; where a hash could not be read, that is the error.
fn with<K: TileHashes, T>(kept: &K, run: impl FnOnce(&Kept<'_, K>) -> Result<T, Error>) -> Result<T, K::Error> {
    let reader = Kept(kept, std::cell::RefCell::new(None));
    match run(&reader) {
        Ok(found) => Ok(found),
        Err(error) => Err(reader.1.into_inner().unwrap_or_else(|| panic!("numbers within the tree: {error}"))),
    }
}

/// The root of the first `size` leaves.
///
/// # Errors
/// Where a hash cannot be read.
pub fn root_of<K: TileHashes>(kept: &K, size: u64) -> Result<Digest, K::Error> {
    with(kept, |reader| tlog_tiles::tree_hash(size, reader)).map(|root| root.0)
}

/// What proves leaf `index` to be in the tree of `size` leaves: its sibling, then the siblings above it.
///
/// # Panics
/// Where `index` is not below `size`.
///
/// # Errors
/// Where a hash cannot be read.
pub fn inclusion<K: TileHashes>(kept: &K, index: u64, size: u64) -> Result<Vec<Digest>, K::Error> {
    with(kept, |reader| tlog_tiles::prove_record(size, index, reader))
        .map(|proof| proof.into_iter().map(|hash| hash.0).collect())
}

/// What proves that the tree of `old` leaves is the beginning of the tree of `new`; nothing where `old` is 0.
///
/// # Panics
/// Where `old` is above `new`.
///
/// # Errors
/// Where a hash cannot be read.
pub fn consistency<K: TileHashes>(kept: &K, old: u64, new: u64) -> Result<Vec<Digest>, K::Error> {
    if old == 0 {
        return Ok(Vec::new());
    }
    with(kept, |reader| tlog_tiles::prove_tree(new, old, reader))
        .map(|proof| proof.into_iter().map(|hash| hash.0).collect())
}
