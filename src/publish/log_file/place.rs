//! Where a payout log file ends, and how it goes on: over crashes, torn lines and renames.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Trouble;
use crate::ledger::{beside, folder, replace_whole};

/// How every line begins.
const BEGINS: &[u8] = b"{\"seq\":";
/// The end of a file is read in pieces of so many bytes.
const PIECE: u64 = 1 << 16;

/// What stands beside the file: how far which file had come.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    inode: u64,
    entry: i64,
}

/// Device and inode.
type Identity = (u64, u64);

/// A file to append to, which it is, and its last line.
type Opened = (File, Identity, Option<Value>);

/// An open file and how far it has come.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    file: File,
    identity: Identity,
    seq: i64,
    last: Option<Value>,
}

impl Place {
    /// Opens the file, makes it where it is not there, takes a torn line away, and finds how far the lines have come.
    pub(super) fn find(path: &Path) -> Result<Self, Trouble> {
        let (file, identity, last) = open(path)?;
        let here = last.as_ref().and_then(seq_of);
        let (last, seq) = match (here, position(path)?) {
            (Some(here), position) => {
                // An older file was put in its place: what is behind its last line stands in another one.
                let elsewhere = position.filter(|position| position.inode != identity.1 && position.entry > here);
                elsewhere.map_or((last, here), |position| (None, position.entry))
            }
            (None, Some(position)) => {
                let last = renamed(path, position.inode)?;
                let seq = last.as_ref().and_then(seq_of).unwrap_or(position.entry);
                (last, seq)
            }
            (None, None) => (None, -1),
        };
        let place = Self { path: path.to_owned(), file, identity, seq, last };
        // Now, so that a first line that is written, and renamed before this is, is found.
        place.mark(seq)?;
        Ok(place)
    }

    /// The entry of the last line, here or in the file before; -1 where there was none.
    pub(super) fn seq(&self) -> i64 {
        self.seq
    }

    /// The last line, where it was found.
    pub(super) fn last(&self) -> Option<&Value> {
        self.last.as_ref()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the file was renamed or is gone, begins another one.
    pub(super) fn reopen(&mut self) -> Result<(), Trouble> {
        let found = fs::metadata(&self.path).ok().map(|found| identity(&found));
        if found != Some(self.identity) {
            (self.file, self.identity, _) = open(&self.path)?;
        }
        Ok(())
    }

    /// Appends lines, whole or not at all, and makes them last; they reach up to entry `seq`.
    pub(super) fn append(&mut self, lines: &[u8], seq: i64) -> Result<(), Trouble> {
        if lines.is_empty() {
            return Ok(());
        }
        let failed = |error| Trouble::File(self.path.clone(), error);
        let before = self.file.metadata().map_err(failed)?.len();
        if let Err(error) = self.file.write_all(lines).and_then(|()| self.file.sync_data()) {
            // Where that fails as well the torn line is found at the next opening.
            _ = self.file.set_len(before);
            return Err(failed(error));
        }
        self.mark(seq)
    }

    /// Writes down how far which file has come.
    fn mark(&self, entry: i64) -> Result<(), Trouble> {
        let position = serde_json::to_vec(&Position { inode: self.identity.1, entry });
        let beside = beside_of(&self.path);
        let written = replace_whole(&beside, &position.expect("two numbers are JSON"), None);
        written.map_err(|error| Trouble::File(beside, error))
    }
}

fn beside_of(path: &Path) -> PathBuf {
    beside(path, ".position")
}

fn identity(found: &fs::Metadata) -> Identity {
    (found.dev(), found.ino())
}

/// Opens a file, makes it where it is not there, and takes a torn line away.
fn open(path: &Path) -> Result<Opened, Trouble> {
    let failed = |error| Trouble::File(path.to_owned(), error);
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(Trouble::Foreign(path.to_owned()));
    }
    if found.len() == 0 {
        File::open(folder(path)).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    let (line, whole) = last_line(&mut file).map_err(failed)?;
    let last = line.map(|line| read(&line).ok_or_else(|| Trouble::Foreign(path.to_owned()))).transpose()?;
    if whole < found.len() {
        if last.is_none() {
            // Nothing says that it is ours but how it begins.
            let mut begins = vec![0; BEGINS.len().min(usize::try_from(found.len()).unwrap_or(BEGINS.len()))];
            file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut begins)).map_err(failed)?;
            if !BEGINS.starts_with(&begins) {
                return Err(Trouble::Foreign(path.to_owned()));
            }
        }
        tracing::warn!(
            id = "FG0717",
            "the last line of the payout log file {} was cut off: it is written again",
            path.display()
        );
        file.set_len(whole).and_then(|()| file.sync_data()).map_err(failed)?;
    }
    Ok((file, identity(&found), last))
}

/// A line of ours.
fn read(line: &[u8]) -> Option<Value> {
    if !line.starts_with(BEGINS) {
        return None;
    }
    serde_json::from_slice(line).ok().filter(|line| seq_of(line).is_some())
}

fn seq_of(line: &Value) -> Option<i64> {
    line.get("seq")?.as_i64()
}

/// The last whole line of a file, and how many bytes there are up to its end.
fn last_line(file: &mut File) -> io::Result<(Option<Vec<u8>>, u64)> {
    let length = file.metadata()?.len();
    let (mut from, mut tail) = (length, Vec::new());
    loop {
        let ends: Vec<_> = (0..tail.len()).rev().filter(|at| tail[*at] == b'\n').take(2).collect();
        let line = match ends[..] {
            [end, before] => Some((before + 1, end)),
            [end] if from == 0 => Some((0, end)),
            _ if from == 0 => return Ok((None, 0)),
            _ => None,
        };
        if let Some((begin, end)) = line {
            let whole = from + u64::try_from(end).expect("a file's length is a u64") + 1;
            return Ok((Some(tail[begin..end].to_vec()), whole));
        }
        let piece = from.min(PIECE);
        from -= piece;
        let mut bytes = vec![0; usize::try_from(piece).expect("a piece is small")];
        file.seek(SeekFrom::Start(from))?;
        file.read_exact(&mut bytes)?;
        bytes.append(&mut tail);
        tail = bytes;
    }
}

fn position(path: &Path) -> Result<Option<Position>, Trouble> {
    let beside = beside_of(path);
    match fs::read(&beside) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| Trouble::Foreign(beside)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Trouble::File(beside, error)),
    }
}

/// The last line of the file before, which was renamed while nobody looked and lies in the same folder.
fn renamed(path: &Path, inode: u64) -> Result<Option<Value>, Trouble> {
    let failed = |error| Trouble::File(path.to_owned(), error);
    for entry in fs::read_dir(folder(path)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path() == path || !entry.metadata().is_ok_and(|found| found.is_file() && found.ino() == inode) {
            continue;
        }
        let mut file = File::open(entry.path()).map_err(failed)?;
        let (line, _) = last_line(&mut file).map_err(failed)?;
        return Ok(line.and_then(|line| read(&line)));
    }
    Ok(None)
}
