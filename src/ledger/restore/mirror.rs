//! Entries that come back from the log's static files, as [`super::super::published`] writes them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::super::merkle::{Checkpoint, Frontier, PublicKey, TILE, TileHash};
use super::super::published::bundle_paths;
use super::super::verify::Whole;
use super::super::{Digest, Entry, Kind, LedgerError, Reader, digest, lost, signer, tree};
use super::{Missing, RestoreError, as_integer, put_entry, readings_of};

/// What the static files hold behind the last entry of a copy.
pub(super) struct Returning {
    pub folder: PathBuf,
    pub note: String,
    /// The tree over the copy's entries and these.
    pub frontier: Frontier,
    first: i64,
    bodies: Vec<String>,
    entries: Vec<Entry>,
    tiles: Vec<TileHash>,
    roots: BTreeMap<u64, Digest>,
    state: Checkpoint,
}

impl Returning {
    /// Reads the missing entries and adds them to the copy's tree and keys. That the checkpoint is signed is for the caller
    /// to see, who then knows all keys.
    pub fn read(folder: &Path, whole: &mut Whole) -> Result<Self, RestoreError> {
        let failed = |what: String| RestoreError::Mirror(folder.to_owned(), what);
        let path = folder.join("checkpoint");
        let note = fs::read_to_string(&path).map_err(|error| RestoreError::Mirror(path.clone(), error.to_string()))?;
        let text = note.split_once("\n\n").and_then(|(text, _)| Checkpoint::read(&format!("{text}\n")));
        let state = text.ok_or_else(|| failed("its checkpoint is no signed note".to_owned()))?;
        let mut returning = Self {
            folder: folder.to_owned(),
            note,
            frontier: whole.grown.frontier.clone(),
            first: as_integer(whole.state.size),
            bodies: Vec::new(),
            entries: Vec::new(),
            tiles: Vec::new(),
            roots: BTreeMap::new(),
            state,
        };
        returning.take_in(&mut whole.keys)?;
        if !returning.bodies.is_empty() {
            if returning.frontier.root() != returning.state.root {
                return Err(failed(
                    "its entries behind those of the copy are not those that its checkpoint signs".to_owned(),
                ));
            }
            whole.state.size = returning.frontier.size();
            whole.state.root = returning.frontier.root();
        }
        Ok(returning)
    }

    fn take_in(&mut self, keys: &mut Vec<(i64, PublicKey)>) -> Result<(), RestoreError> {
        let (from, to) = (self.frontier.size(), self.state.size);
        let mut seq = from;
        for (path, first) in bundle_paths(from, to) {
            let path = self.folder.join(path);
            let failed = |what: String| RestoreError::Mirror(path.clone(), what);
            let bytes = read_bundle(&path).map_err(|error| failed(error.to_string()))?;
            let [skip, signed] = [from.saturating_sub(first), (to - first).min(TILE)]
                .map(|count| usize::try_from(count).expect("at most a tile"));
            let bodies = bodies(&bytes).ok_or_else(|| failed("it is no bundle of entries".to_owned()))?;
            for body in bodies.into_iter().take(signed).skip(skip) {
                let number = as_integer(seq);
                let nonsense = || failed(format!("entry {number} makes no sense"));
                let (written, entry) = Entry::read(body).map_err(|_| nonsense())?;
                if written != number {
                    return Err(nonsense());
                }
                if entry.kind() == Kind::Key {
                    let key = signer::key_of(body, keys.last().map(|(_, key)| key)).ok_or_else(nonsense)?;
                    keys.push((number, key));
                }
                self.frontier.push(digest::leaf(body), |tile| self.tiles.push(tile));
                self.roots.insert(self.frontier.size(), self.frontier.root());
                self.bodies.push(body.to_owned());
                self.entries.push(entry);
                seq += 1;
            }
        }
        if seq < to {
            return Err(RestoreError::Mirror(self.folder.clone(), format!("entry {seq} is missing")));
        }
        Ok(())
    }

    /// The root of some first entries, where the last of them comes back.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        self.roots.get(&size).copied()
    }

    /// Writes entries, hashes of tiles and the checkpoint.
    pub fn put(&self, connection: &Connection) -> Result<(), LedgerError> {
        for (seq, body) in (self.first..).zip(&self.bodies) {
            put_entry(connection, seq, body)?;
        }
        self.tiles.iter().try_for_each(|tile| tree::insert(connection, tile))?;
        let insert = "INSERT INTO checkpoint (size, root, note) VALUES (?1, ?2, ?3)";
        connection.execute(insert, params![as_integer(self.state.size), self.state.root, self.note])?;
        Ok(())
    }

    /// What does not come back with the bodies; none where nothing comes back.
    pub fn missing(&self, copy: &Reader, given: &[PathBuf]) -> Result<Option<Missing>, RestoreError> {
        if self.bodies.is_empty() {
            return Ok(None);
        }
        let mut evidence = BTreeMap::new();
        let numbered = || (self.first..).zip(&self.entries);
        for (seq, entry) in numbered() {
            for sha256 in lost::named(entry) {
                if copy.evidence(sha256)?.is_none() {
                    evidence.entry(sha256).or_insert(seq);
                }
            }
        }
        for path in given {
            let bytes = fs::read(path).map_err(super::file::system(path))?;
            evidence.remove(&digest::sha256(&bytes));
        }
        let readings = numbered().filter_map(|(seq, entry)| readings_of(seq, entry)).collect();
        let last = self.first + i64::try_from(self.bodies.len()).expect("few") - 1;
        Ok(Some(Missing { entries: self.first..=last, readings, evidence }))
    }
}

/// The bytes of a bundle. Where a part of one is asked for and the whole has taken its place, while the folder was copied or
/// before its checkpoint was written, those of the whole.
fn read_bundle(path: &Path) -> io::Result<Vec<u8>> {
    let whole = path.to_str().and_then(|path| path.rsplit_once(".p/")).map(|(whole, _)| whole);
    match (fs::read(path), whole) {
        (Err(error), Some(whole)) if error.kind() == io::ErrorKind::NotFound => fs::read(whole).map_err(|_| error),
        (read, _) => read,
    }
}

/// The entries of a bundle, each behind its length in two bytes; none where it is cut short.
fn bodies(bytes: &[u8]) -> Option<Vec<&str>> {
    let (mut rest, mut all) = (bytes, Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (body, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        all.push(std::str::from_utf8(body).ok()?);
        rest = behind;
    }
    rest.is_empty().then_some(all)
}
