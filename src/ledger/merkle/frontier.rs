//! The right edge of the tree: all that is needed to add a leaf and to know the root.

use sha2::{Digest as _, Sha256};

use super::super::Digest;

/// How many hashes a tile has, and how many of a level one hash of the level above stands for.
pub const TILE: u64 = 256;

/// How many levels of the tree a tile spans.
const TILE_LEVELS: u32 = TILE.trailing_zeros();

/// The hash of a full tile: `256^level` entries from `index · 256^level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileHash {
    /// From 1 on; the leaves themselves are level 0.
    pub level: u32,
    /// The how-manieth of its level, from 0 on.
    pub index: u64,
    /// The root of that part of the tree.
    pub hash: Digest,
}

/// A tree of which only the right edge is kept: one hash for each bit of its size.
///
/// Source: RFC 6962, section 2.1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The roots of the full parts from left to right, each smaller than the one before it.
    parts: Vec<Digest>,
}

/// SHA-256 of a one byte and two hashes.
fn node(left: &Digest, right: &Digest) -> Digest {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

impl Frontier {
    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; each tile that it fills is given to `filled`, the smallest first.
    pub fn push(&mut self, leaf: Digest, mut filled: impl FnMut(TileHash)) {
        let mut hash = leaf;
        // Each one bit at the end of the size is a full part that this leaf completes to one twice as large.
        for level in 1..=self.size.trailing_ones() {
            let left = self.parts.pop().expect("there is a part for each bit of the size");
            hash = node(&left, &hash);
            if level % TILE_LEVELS == 0 {
                filled(TileHash { level: level / TILE_LEVELS, index: self.size >> level, hash });
            }
        }
        self.parts.push(hash);
        self.size += 1;
    }

    /// The root; of no leaf the hash of nothing.
    pub fn root(&self) -> Digest {
        let whole = self.parts.iter().copied().rev().reduce(|right, left| node(&left, &right));
        whole.unwrap_or_else(|| Sha256::digest([]).into())
    }
}
