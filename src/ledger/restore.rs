//! Bringing a ledger back from a copy, where that forks no log: what was signed is never signed again with other entries.

mod anew;
mod mirror;
mod witness;

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, params};

use super::backup::Draft;
use super::disk::{Disk as _, SystemDisk};
use super::merkle::{Checkpoint, CheckpointError, PublicKey};
use super::verify::Whole;
use super::{
    Digest, Entry, Kind, LedgerError, OpenError, Reader, Verified, digest, each, file, high_water, lost, tree, verify,
};
pub use anew::Anew;
use mirror::Returning;
pub use witness::Witness;

/// Why a ledger is not brought back. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The copy, or what it is held against, is not as it was written.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is a ledger where it should go.
    #[error(
        "{0} is there: stop the daemon and move it away with its -wal and -shm; keep them, they may hold what the copy lacks"
    )]
    InTheWay(PathBuf),
    /// More was signed than the copy has.
    #[error(
        "{backup} has {size} entries, and {witness} says that {signed} were signed: entries {size} to {last} are missing, and \
         others in their place would be a second truth. Bring them back from the log's static files, a copy of the folder \
         `publish` of [ledger.sign], by --entries FOLDER; or restore a newer backup; or, where nobody has them, begin a new \
         log by --new-origin NAME (docs/operating.md, Restore)",
        last = .signed.saturating_sub(1)
    )]
    Ahead {
        /// The copy.
        backup: PathBuf,
        /// How many entries it has, with those that come back.
        size: u64,
        /// What knows of more.
        witness: PathBuf,
        /// How many were signed.
        signed: u64,
    },
    /// What was signed has other entries than the copy.
    #[error(
        "{witness} signs other entries than the first {size} of {backup}: the one is not a copy of the other. Find out \
         which of them was altered before anything is restored"
    )]
    Forked {
        /// The copy.
        backup: PathBuf,
        /// What signs something else.
        witness: PathBuf,
        /// How many entries it signs.
        size: u64,
    },
    /// Only the copy itself says how far the ledger had come.
    #[error(
        "nothing outside of {backup} says how far its log had come: there is no {high_water}, and no --checkpoint. Ask those \
         who hold one, insurers, mirrors or a witness, for their newest checkpoint; only where nobody can hold a newer one, \
         say --nobody-knows-more"
    )]
    NoWitness {
        /// The copy.
        backup: PathBuf,
        /// The file that is not there.
        high_water: PathBuf,
    },
    /// It is signed, and no key was given.
    #[error("{backup} is signed by {key}: give the key that you trust by --key, and see that it is the same")]
    KeyWanted {
        /// The copy.
        backup: PathBuf,
        /// What it says of itself.
        key: String,
    },
    /// A checkpoint that is none of this log.
    #[error("{0}: {1}")]
    Checkpoint(PathBuf, CheckpointError),
    /// The static files do not hold what their checkpoint signs.
    #[error("{0}: {1}")]
    Mirror(PathBuf, String),
    /// A new log needs a name of its own.
    #[error("{0} is what the log was called before: a new one has another name, and another key")]
    SameOrigin(String),
    /// No log has this name.
    #[error("`{0}` cannot be a log's name: write it like ledger.example.org/fairgauge-2")]
    Origin(String),
    /// A copy that was never signed needs no new origin.
    #[error("{0} is not signed: it is restored as it is, without --new-origin")]
    NotSigned(PathBuf),
}

impl From<LedgerError> for RestoreError {
    fn from(error: LedgerError) -> Self {
        Self::Open(error.into())
    }
}

/// What is to be brought back, and what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct Restore<'r> {
    /// The copy; it is not written.
    pub backup: &'r Path,
    /// Where the ledger goes. Where that is the copy itself, only its high-water file is made.
    pub ledger: &'r Path,
    /// The file that says how far the ledger had come.
    pub high_water: &'r Path,
    /// A key that is known to be the log's.
    pub key: Option<&'r PublicKey>,
    /// Checkpoints that others kept.
    pub checkpoints: &'r [PathBuf],
    /// A folder of the log's static files, from which missing entries come back.
    pub entries: Option<&'r Path>,
    /// Files on which entries that come back may rest: term sheets.
    pub evidence: &'r [PathBuf],
    /// Whether the copy alone is believed.
    pub nobody_knows_more: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// Entries that came back as bodies alone, and what of them did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Their numbers.
    pub entries: RangeInclusive<i64>,
    /// Those of readings: number, key, rows.
    pub readings: Vec<(i64, String, i64)>,
    /// Evidence by its SHA-256, with the first entry that names it.
    pub evidence: BTreeMap<Digest, i64>,
}

/// What was brought back, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What was found in the copy.
    pub verified: Verified,
    /// The state of all entries of the copy.
    pub copied: Checkpoint,
    /// The state of all entries with those that come back.
    pub state: Checkpoint,
    /// What the ledger was held against.
    pub witnesses: Vec<Witness>,
    /// How far it had come, as its high-water file says; none where it is not signed.
    pub signed: Option<u64>,
    /// What comes back from the log's files.
    pub missing: Option<Missing>,
    /// Whether the copy is the ledger itself.
    pub in_place: bool,
}

/// All that is known before anything is written.
struct Plan {
    reader: Reader,
    returning: Option<Returning>,
    restored: Restored,
    /// What the high-water file will say.
    furthest: Option<Checkpoint>,
}

impl Restore<'_> {
    /// Says what would happen; writes nothing.
    ///
    /// # Errors
    /// As [`Self::run`], but that there may be a ledger.
    pub fn check(&self) -> Result<Restored, RestoreError> {
        Ok(self.plan()?.restored)
    }

    /// Brings it back: whole, and checked from its first page to its last, or not at all.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub fn run(&self) -> Result<Restored, RestoreError> {
        file::check_folder(&SystemDisk, self.ledger)?;
        let _lock = SystemDisk.lock(self.ledger)?;
        let plan = self.plan()?;
        if !plan.restored.in_place {
            self.check_free()?;
            let draft = Draft::of(&plan.reader, self.ledger)?;
            let restored = self.complete(&draft, &plan)?;
            // Before the ledger is there: from here on nobody begins another one in its place.
            self.keep_high_water(plan.furthest.as_ref())?;
            draft.put(0o600)?;
            return Ok(restored);
        }
        self.keep_high_water(plan.furthest.as_ref())?;
        Ok(plan.restored)
    }

    fn keep_high_water(&self, furthest: Option<&Checkpoint>) -> Result<(), RestoreError> {
        let Some(state) = furthest else { return Ok(()) };
        Ok(high_water::write(&SystemDisk, self.high_water, state).map_err(file::system(self.high_water))?)
    }

    fn check_free(&self) -> Result<(), RestoreError> {
        for path in ["", "-wal"].map(|suffix| file::beside(self.ledger, suffix)) {
            if path.try_exists().map_err(file::system(&path))? {
                return Err(RestoreError::InTheWay(path));
            }
        }
        Ok(())
    }

    fn is_in_place(&self) -> bool {
        let same = |path: &Path| fs::canonicalize(path).ok();
        same(self.backup).is_some_and(|backup| same(self.ledger) == Some(backup))
    }

    fn plan(&self) -> Result<Plan, RestoreError> {
        file::check_library()?;
        let reader = Reader::open_any(&SystemDisk, self.backup)?;
        let mut whole = reader.verify_whole(None, &[])?;
        let copied = whole.state.clone();
        let returning = self.entries.map(|folder| Returning::read(folder, &mut whole)).transpose()?;
        self.check_key(&whole)?;
        let witnesses = self.witnesses(&whole, returning.as_ref())?;
        self.hold(&reader, &whole, returning.as_ref(), &witnesses)?;
        let signed = whole.signed.iter().chain(witnesses.iter().map(|witness| &witness.state));
        let furthest = signed.max_by_key(|state| state.size).cloned();
        let missing = match &returning {
            Some(returning) => returning.missing(&reader, self.evidence)?,
            None => None,
        };
        let restored = Restored {
            verified: whole.verified,
            copied,
            state: whole.state,
            witnesses,
            signed: furthest.as_ref().map(|state| state.size),
            missing,
            in_place: self.is_in_place(),
        };
        Ok(Plan { reader, returning, restored, furthest })
    }

    /// That the key that was given is one of the log's.
    fn check_key(&self, whole: &Whole) -> Result<(), OpenError> {
        let Some(key) = self.key.filter(|key| whole.keys.iter().all(|(_, known)| known != *key)) else { return Ok(()) };
        let wanted = whole.keys.last().map_or("no key".to_owned(), |(_, known)| known.to_string());
        Err(OpenError::UnknownKey { path: self.backup.to_owned(), wanted, found: key.to_string() })
    }

    /// Whether the copy, with what comes back, is what was signed.
    fn hold(
        &self,
        reader: &Reader,
        whole: &Whole,
        returning: Option<&Returning>,
        witnesses: &[Witness],
    ) -> Result<(), RestoreError> {
        let backup = || self.backup.to_owned();
        match (whole.keys.last(), self.key) {
            (None, _) => {}
            (Some((_, key)), None) => {
                return Err(RestoreError::KeyWanted { backup: backup(), key: key.to_string() });
            }
            (Some(_), Some(_)) => {
                let outside = witnesses.iter().any(|witness| !witness.beside_copy);
                if !outside && !self.nobody_knows_more {
                    let high_water = self.high_water.to_owned();
                    return Err(RestoreError::NoWitness { backup: backup(), high_water });
                }
            }
        }
        let size = whole.state.size;
        for witness in witnesses {
            let state = &witness.state;
            if state.size > size {
                let (witness, signed) = (witness.path.clone(), state.size);
                return Err(RestoreError::Ahead { backup: backup(), size, witness, signed });
            }
            let here = match returning.and_then(|returning| returning.root_at(state.size)) {
                Some(root) => root,
                None => reader.root_of_bodies(state.size)?,
            };
            if here != state.root || state.origin != whole.state.origin {
                let (witness, size) = (witness.path.clone(), state.size);
                return Err(RestoreError::Forked { backup: backup(), witness, size });
            }
        }
        Ok(())
    }

    /// Brings the copy to the newest form, puts in what comes back, and checks all of it.
    fn complete(&self, draft: &Draft, plan: &Plan) -> Result<Restored, RestoreError> {
        let connection = up_to_date(draft)?;
        if let (Some(returning), Some(missing)) = (&plan.returning, &plan.restored.missing) {
            let put = |connection: &Connection| -> Result<(), LedgerError> {
                returning.put(connection)?;
                let mut grown = returning.frontier.clone();
                let note = lost::entry(&missing.entries, self.at);
                let seq = as_integer(grown.size());
                let body = note.body(seq).map_err(LedgerError::entry(note.key()))?;
                put_entry(connection, seq, &body)?;
                let mut tiles = Vec::new();
                grown.push(digest::leaf(&body), |tile| tiles.push(tile));
                tiles.iter().try_for_each(|tile| tree::insert(connection, tile))?;
                self.put_evidence(connection)
            };
            let all = connection.unchecked_transaction().map_err(file::sort(&draft.path))?;
            put(&all)?;
            all.commit().map_err(file::sort(&draft.path))?;
        }
        connection.close().map_err(|(_, error)| file::sort(&draft.path)(error))?;
        let states: Vec<_> = plan.restored.witnesses.iter().map(|witness| &witness.state).collect();
        let reader = Reader::open(&draft.path)?;
        let whole = reader.verify_whole(self.key.filter(|_| plan.furthest.is_some()), &states)?;
        let missing = plan.restored.missing.clone().map(|missing| Missing { evidence: whole.missing, ..missing });
        Ok(Restored { state: whole.state, missing, ..plan.restored.clone() })
    }

    /// Keeps those of the given files on which entries rest that came back.
    fn put_evidence(&self, connection: &Connection) -> Result<(), LedgerError> {
        let mut missing = lost::missing_evidence(connection)?;
        for path in self.evidence {
            let bytes =
                fs::read(path).map_err(|error| LedgerError::Nonsense(format!("{}: {error}", path.display())))?;
            if missing.remove(&digest::sha256(&bytes)).is_some() {
                let insert = "INSERT INTO evidence (sha256, bytes) VALUES (?1, ?2)";
                connection.execute(insert, params![digest::sha256(&bytes), bytes])?;
            }
        }
        Ok(())
    }
}

/// A draft of the newest form, with the hashes of its tiles.
fn up_to_date(draft: &Draft) -> Result<Connection, OpenError> {
    let path = draft.path.as_path();
    let connection = file::connect(&SystemDisk, path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let form = file::form(&connection, path)?;
    file::migrate(&connection, path, form)?;
    let grown = each::entries(&connection, path, verify::signed_sizes(&connection, path)?)?;
    grown.check_tiles(&connection, path)?;
    Ok(connection)
}

fn put_entry(connection: &Connection, seq: i64, body: &str) -> rusqlite::Result<()> {
    let insert = "INSERT INTO ledger (seq, body, leaf) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(insert)?.execute(params![seq, body, digest::leaf(body)]).map(|_| ())
}

fn as_integer(size: u64) -> i64 {
    i64::try_from(size).expect("an entry's number is an i64")
}

/// The number, key and rows of an entry of readings.
fn readings_of(seq: i64, entry: &Entry) -> Option<(i64, String, i64)> {
    let rows = entry.integer_of("rows").unwrap_or_default();
    (entry.kind() == Kind::Obs).then(|| (seq, entry.key().to_owned(), rows))
}

#[cfg(test)]
mod tests;
