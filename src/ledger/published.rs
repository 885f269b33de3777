//! The log as static files, which any web server serves and any C2SP client checks.
//!
//! Source: c2sp.org/tlog-tiles.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tlog_tiles::Tile;

use super::merkle::{Checkpoint, TILE, TileHashes as _};
use super::tree::Kept;
use super::{LedgerError, Reader, file, whole};

/// A tile has 2⁸ hashes.
const HEIGHT: u8 = 8;

/// Why the files are not up to date.
#[derive(Debug, thiserror::Error)]
pub(super) enum PublishError {
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<rusqlite::Error> for PublishError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ledger(error.into())
    }
}

/// Brings the files in `folder` to the state that `note` signs: tiles and entries first, the checkpoint last, so that
/// whoever reads it finds what it speaks of.
///
/// # Errors
/// Where a file cannot be written or an entry not be read; the same call later mends it.
pub(super) fn publish(
    folder: &Path,
    connection: &Connection,
    state: &Checkpoint,
    note: &str,
) -> Result<(), PublishError> {
    let checkpoint = folder.join("checkpoint");
    let before = published(&checkpoint, state);
    for mut tile in Tile::new_tiles(HEIGHT, before, state.size) {
        let (first, count) = (tile.level_index() * TILE, u64::from(tile.width()));
        let hashes = Kept(connection).hashes(tile.level().into(), first, count)?.concat();
        write_tile(&folder.join(path(&tile)), &hashes, count)?;
        if tile.level() == 0 {
            tile.set_is_data();
            write_tile(&folder.join(path(&tile)), &entries(connection, first, count)?, count)?;
        }
    }
    write(&checkpoint, note.as_bytes())
}

/// How many entries the files hold already, as far as they are of this log.
fn published(checkpoint: &Path, state: &Checkpoint) -> u64 {
    let text = fs::read_to_string(checkpoint).unwrap_or_default();
    let known = text.split_once("\n\n").and_then(|(text, _)| Checkpoint::read(&format!("{text}\n")));
    known.filter(|known| known.origin == state.origin && known.size <= state.size).map_or(0, |known| known.size)
}

/// `tile/0/x001/234.p/5`, `tile/entries/000`: without the height, which `tlog_tiles` writes into it.
fn path(tile: &Tile) -> String {
    let path = tile.path();
    let rest = path.strip_prefix("tile/8/").expect("a tile of our height");
    let rest = rest.strip_prefix("data/").map_or(rest.to_owned(), |rest| format!("entries/{rest}"));
    format!("tile/{rest}")
}

/// The files of entries in which those from number `from` up to `to` stand, each with the number of its first entry.
pub(super) fn bundle_paths(from: u64, to: u64) -> Vec<(String, u64)> {
    let whole = from - from % TILE;
    let tiles = if from < to { Tile::new_tiles(HEIGHT, whole, to) } else { Vec::new() };
    let bundles = tiles.into_iter().filter(|tile| tile.level() == 0).map(|mut tile| {
        tile.set_is_data();
        (path(&tile), tile.level_index() * TILE)
    });
    bundles.collect()
}

impl Reader {
    /// A file of the log by its path, `tile/0/x001/234.p/5` or `tile/entries/000`, as it stands in the folder into which
    /// the log is published; none where the path is no such file's, or where what readers see does not reach so far.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn tile(&self, named: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        // `tlog_tiles` panics at a level from 64 on and at a width of nothing.
        let (level, rest) = named.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).unwrap_or_default();
        let is_level = level == "entries" || level.parse().is_ok_and(|level: u8| level < 64);
        let is_empty =
            rest.rsplit_once(".p/").is_some_and(|(_, width)| !width.starts_with(|c| ('1'..='9').contains(&c)));
        let with_height = (is_level && !is_empty).then(|| match level {
            "entries" => format!("tile/{HEIGHT}/data/{rest}"),
            level => format!("tile/{HEIGHT}/{level}/{rest}"),
        });
        let tile = with_height.and_then(|named| Tile::from_path(&named).ok());
        let Some(tile) = tile.filter(|tile| path(tile) == named) else { return Ok(None) };
        let (first, count) = (tile.level_index().checked_mul(TILE), u64::from(tile.width()));
        let end = first.and_then(|first| first.checked_add(count));
        let reaches = end.and_then(|end| end.checked_mul(TILE.checked_pow(tile.level().into())?));
        let (Some(first), Some(reaches)) = (first, reaches) else { return Ok(None) };
        if u64::try_from(self.seen()?).unwrap_or_default() < reaches {
            return Ok(None);
        }
        if !tile.is_data() {
            return Ok(Some(Kept(&self.connection).hashes(tile.level().into(), first, count)?.concat()));
        }
        entries(&self.connection, first, count).map(Some)
    }
}

/// Entries, each behind its length in two bytes.
fn entries(connection: &Connection, first: u64, count: u64) -> Result<Vec<u8>, LedgerError> {
    let number = |number: u64| i64::try_from(number).expect("an entry's number is an i64");
    let query = "SELECT body FROM ledger WHERE seq >= ?1 AND seq < ?2 ORDER BY seq";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([number(first), number(first + count)])?;
    let mut bundle = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(0)?.as_bytes().unwrap_or_default();
        let length = u16::try_from(body.len()).expect("an entry has at most 65,535 bytes");
        bundle.extend(length.to_be_bytes());
        bundle.extend(body);
    }
    Ok(bundle)
}

/// Writes a tile; a full one takes the place of its parts.
fn write_tile(path: &Path, bytes: &[u8], count: u64) -> Result<(), PublishError> {
    write(path, bytes)?;
    let parts = file::beside(path, ".p");
    if count == TILE && parts.exists() {
        fs::remove_dir_all(&parts).map_err(|error| PublishError::File(parts, error))?;
    }
    Ok(())
}

/// Writes a file whole, with the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    let written = fs::create_dir_all(file::folder(path)).and_then(|()| whole::replace(path, bytes, None));
    written.map_err(|error| PublishError::File(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::store::tests::fresh;

    #[test]
    fn only_the_beginning_of_this_log_is_published_already() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("checkpoint");
        let state = |origin: &str, size| Checkpoint { origin: origin.to_owned(), size, root: [7; 32] };
        assert_eq!(published(&path, &state("a", 9)), 0, "there is nothing");
        for (there, known, why) in [
            (state("a", 5), 5, "an earlier state"),
            (state("a", 9), 9, "this one"),
            (state("a", 10), 0, "a later one"),
            (state("b", 5), 0, "of another log"),
        ] {
            std::fs::write(&path, format!("{}\n— a signature\n", there.text())).expect("written");
            assert_eq!(published(&path, &state("a", 9)), known, "{why}");
        }
        std::fs::write(&path, state("a", 5).text()).expect("written");
        assert_eq!(published(&path, &state("a", 9)), 0, "without a signature");
    }

    #[test]
    fn a_whole_tile_takes_the_place_of_its_parts_and_a_part_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let [tile, parts] = ["tile/0/000", "tile/0/000.p"].map(|name| folder.path().join(name));
        write_tile(&tile, b"whole", TILE).expect("there were no parts");
        write_tile(&parts.join("5"), b"five", 5).expect("written");
        write_tile(&parts.join("7"), b"seven", 7).expect("written");
        assert_eq!(fs::read(parts.join("5")).expect("it stays"), b"five");
        write_tile(&tile, b"whole", TILE).expect("written");
        assert!(!parts.exists());
        assert_eq!(fs::read(tile).expect("there"), b"whole");
    }

    #[test]
    fn bundles_are_those_in_which_entries_stand() {
        for (from, to, wanted) in [
            (0, 0, &[][..]),
            (7, 7, &[]),
            (0, 1, &[("000.p/1", 0)]),
            (0, 256, &[("000", 0)]),
            (255, 257, &[("000", 0), ("001.p/1", 256)]),
            (256, 257, &[("001.p/1", 256)]),
            (300, 600, &[("001", 256), ("002.p/88", 512)]),
        ] {
            let wanted: Vec<_> = wanted.iter().map(|(path, first)| (format!("tile/entries/{path}"), *first)).collect();
            assert_eq!(bundle_paths(from, to), wanted, "{from} to {to}");
        }
    }

    /// Whatever a path is made of, it is answered.
    #[test]
    fn paths_that_are_none_name_nothing() {
        let (_folder, store) = fresh();
        let reader = Reader::open(store.path()).expect("a ledger");
        let parts =
            ["0", "1", "63", "255", "entries", "data", "000", "000.p", "x000", "256", ".p", "", "8", "-1", "é", "tile"];
        let mut found = Vec::new();
        for one in parts {
            for two in parts {
                for three in parts {
                    for named in [format!("tile/{one}/{two}"), format!("tile/{one}/{two}/{three}")] {
                        found.extend(reader.tile(&named).expect("readable").map(|_| named));
                    }
                }
            }
        }
        // One entry, which is the beginning.
        assert_eq!(found, ["tile/0/000.p/1", "tile/entries/000.p/1"]);
        let long = "x999/".repeat(20);
        for named in
            ["", "tile", "tile/", "checkpoint", "tile/0/000.p/0", "tile/0/000.p/01", &format!("tile/0/{long}999")]
        {
            assert_eq!(reader.tile(named).expect("readable"), None, "{named}");
        }
    }
}
