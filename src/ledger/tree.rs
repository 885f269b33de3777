//! The Merkle tree as the file keeps it: a leaf beside each entry, and the hashes of full tiles in a table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, params};

use super::file::sort;
use super::merkle::{Frontier, TileHash, TileHashes};
use super::reader::nonsense;
use super::{Digest, LedgerError, OpenError};

/// The tree that grows while all entries are read.
#[derive(Debug, Default)]
pub(super) struct Grown {
    /// Its right edge.
    pub frontier: Frontier,
    /// The full tiles, each after those that it is made of.
    pub tiles: Vec<TileHash>,
    /// The roots at the sizes that were asked for.
    pub roots: BTreeMap<u64, Digest>,
    wanted: BTreeSet<u64>,
}

impl Grown {
    /// Nothing yet; the roots at these sizes will be asked for.
    pub fn new(wanted: BTreeSet<u64>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Digest) {
        self.frontier.push(leaf, |tile| self.tiles.push(tile));
        let size = self.frontier.size();
        if self.wanted.contains(&size) {
            self.roots.insert(size, self.frontier.root());
        }
    }

    /// Compares the hashes of tiles that the file keeps with those of the entries.
    ///
    /// # Errors
    /// [`OpenError::Made`] with the first that differs.
    pub fn check_tiles(&self, connection: &Connection, path: &Path) -> Result<(), OpenError> {
        let damaged = |level: u32, index: u64, what: &str| {
            let detail = format!("the hash of tile {level}/{index} {what}");
            Err(OpenError::Made { path: path.to_owned(), detail })
        };
        let mut expected: Vec<_> = self.tiles.clone();
        expected.sort_by_key(|tile| (tile.level, tile.index));
        let mut expected = expected.into_iter();
        let mut statement =
            connection.prepare("SELECT level, idx, hash FROM tile ORDER BY level, idx").map_err(sort(path))?;
        let mut rows = statement.query([]).map_err(sort(path))?;
        while let Some(row) = rows.next().map_err(sort(path))? {
            let read = || Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?, row.get::<_, Digest>(2)?));
            let (level, index, hash) = read().map_err(sort(path))?;
            let index = u64::try_from(index).unwrap_or(u64::MAX);
            match expected.next() {
                Some(tile) if (tile.level, tile.index) != (level, index) => {
                    return damaged(tile.level, tile.index, "is missing");
                }
                Some(tile) if tile.hash != hash => return damaged(level, index, "is not that of its entries"),
                Some(_) => {}
                None => return damaged(level, index, "stands for entries that are not there"),
            }
        }
        expected.next().map_or(Ok(()), |tile| damaged(tile.level, tile.index, "is missing"))
    }
}

/// Keeps the hashes of all full tiles, in a ledger of a form that had none: by its leaves, which are checked later.
pub(super) fn make(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT leaf FROM ledger ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let (mut frontier, mut tiles) = (Frontier::default(), Vec::new());
    while let Some(row) = rows.next()? {
        frontier.push(row.get(0)?, |tile| tiles.push(tile));
    }
    tiles.iter().try_for_each(|tile| insert(connection, tile))
}

/// Keeps the hash of a full tile.
pub(super) fn insert(connection: &Connection, tile: &TileHash) -> rusqlite::Result<()> {
    let index = i64::try_from(tile.index).expect("an entry's number is an i64, so is a tile's");
    let insert = "INSERT INTO tile (level, idx, hash) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(insert)?.execute(params![tile.level, index, tile.hash]).map(|_| ())
}

/// The hashes of a ledger's file.
pub(super) struct Kept<'c>(pub &'c Connection);

impl TileHashes for Kept<'_> {
    type Error = LedgerError;

    fn hashes(&self, level: u32, first: u64, count: u64) -> Result<Vec<Digest>, LedgerError> {
        let query = if level == 0 {
            "SELECT leaf FROM ledger WHERE ?1 = 0 AND seq >= ?2 AND seq < ?3 ORDER BY seq"
        } else {
            "SELECT hash FROM tile WHERE level = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx"
        };
        let number = |number: u64| i64::try_from(number).map_err(|_| nonsense("an entry's number"));
        let mut statement = self.0.prepare_cached(query)?;
        let rows = statement.query_map(params![level, number(first)?, number(first + count)?], |row| row.get(0))?;
        let hashes: Vec<Digest> = rows.collect::<Result<_, _>>()?;
        let whole = u64::try_from(hashes.len()) == Ok(count);
        if whole { Ok(hashes) } else { Err(nonsense("a hash of the tree is missing")) }
    }
}
