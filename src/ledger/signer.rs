//! Signing the state of the ledger, in steps of which each may be the last before a crash: the entries are committed;
//! they are read again over another connection and hashed anew; the state is written to the high-water file; it is
//! signed, always to the same bytes; the checkpoint is kept.

use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::disk::Disk;
use super::merkle::{Checkpoint, Frontier, LogKey, PublicKey};
use super::tree::Grown;
use super::{Digest, Entry, Kind, LedgerError, OpenError, exposed, file, high_water, published};

/// Readings wait for a signature no longer than this.
pub const SIGN_EVERY: TimeDelta = TimeDelta::minutes(10);

/// By what a ledger is signed.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The key; its name is what the log is called.
    pub key: LogKey,
    /// The file that says how far the ledger had come.
    pub high_water: PathBuf,
    /// The folder that is kept as the log's static files.
    pub publish: Option<PathBuf>,
}

impl Signing {
    /// The high-water file of a ledger, where the settings name no other.
    pub fn beside(ledger: &Path) -> PathBuf {
        file::beside(ledger, ".high-water")
    }
}

/// How far a ledger has come.
pub(super) struct Came<'a> {
    /// What its log is called.
    pub name: &'a str,
    /// How many entries it has.
    pub size: u64,
    /// How many the newest checkpoint covers; none where there is none.
    pub signed: Option<u64>,
    /// The root of as many entries as the high-water file says were signed; none where there are not so many.
    pub root: Option<Digest>,
}

impl Came<'_> {
    /// # Errors
    /// Where it has come less far than the high-water file says, or elsewhere, or that file is not its own.
    pub fn hold_against(&self, state: Option<&Checkpoint>, path: &Path, high_water: &Path) -> Result<(), OpenError> {
        let (path, file) = (path.to_owned(), high_water.to_owned());
        match (state, self.signed) {
            (None, Some(_)) => Err(OpenError::NoHighWater { path, file }),
            (Some(state), _) if state.origin != self.name => {
                Err(OpenError::OtherHighWater { file, origin: state.origin.clone() })
            }
            (Some(state), _) if state.size > self.size => {
                Err(OpenError::Behind { path, size: self.size, signed: state.size, high_water: file })
            }
            (Some(state), _) if self.root != Some(state.root) => Err(OpenError::Forked { path, size: state.size }),
            (Some(state), Some(signed)) if state.size < signed => {
                Err(OpenError::OldHighWater { file, size: state.size, signed })
            }
            _ => Ok(()),
        }
    }
}

/// What signs an open ledger.
#[derive(Debug)]
pub(super) struct Signer {
    disk: &'static dyn Disk,
    signing: Signing,
    /// Reads what the other connection wrote.
    reader: Connection,
    /// The tree over the entries as they were read again.
    seen: Frontier,
    /// How many entries the last checkpoint covers.
    signed: u64,
    /// Whether the log's files may be behind it: a crash may have come in between.
    unpublished: bool,
}

impl Signer {
    /// # Errors
    /// Where the ledger has another key, its checkpoints are not of its entries, or it holds less than it once did.
    pub fn open(
        disk: &'static dyn Disk,
        path: &Path,
        connection: &Connection,
        signing: &Signing,
        grown: &Grown,
    ) -> Result<Self, OpenError> {
        exposed::check(disk, path, signing)?;
        if let Some((_, key)) = keys(connection, path)?.pop()
            && key != signing.key.public()
        {
            return Err(OpenError::OtherKey { wanted: key.to_string(), found: signing.key.public().to_string() });
        }
        let last = last_checkpoint(connection, path)?;
        let state = read_high_water(disk, &signing.high_water)?;
        let key = signing.key.public();
        let came = Came {
            name: key.name(),
            size: grown.frontier.size(),
            signed: last.map(|(size, _)| size),
            root: state.as_ref().and_then(|state| grown.roots.get(&state.size)).copied(),
        };
        came.hold_against(state.as_ref(), path, &signing.high_water)?;
        let reader = file::connect(disk, path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let signed = last.map_or(0, |(size, _)| size);
        Ok(Self { disk, signing: signing.clone(), reader, seen: grown.frontier.clone(), signed, unpublished: true })
    }

    /// The key's entry, for a ledger that has none yet.
    pub fn first_key(&self, at: DateTime<Utc>) -> Entry {
        key_entry(1, &self.signing.key.public(), at)
    }

    /// The entry by which another key takes over, signed by the one that signs now.
    pub fn next_key(&self, number: i64, next: &PublicKey, at: DateTime<Utc>) -> Entry {
        let (by, next_text) = (self.signing.key.public().to_string(), next.to_string());
        let signature = self.signing.key.sign(rotation(&by, &next_text).as_bytes());
        key_entry(number, next, at).text("by", by).text("signature", Base64::encode_string(&signature))
    }

    /// From here on another key signs, whose entry was written.
    pub fn take(&mut self, key: LogKey) {
        self.signing.key = key;
    }

    /// Signs the state, where there is anything new in it, and brings the log's files there. `written` is the tree as it
    /// was written.
    ///
    /// # Errors
    /// [`LedgerError::OutcomeUnknown`] where the entries in the file are not those that were written; else the state is
    /// unsigned and may be signed later.
    pub fn sign(&mut self, connection: &Connection, written: &Frontier) -> Result<Option<Checkpoint>, LedgerError> {
        if written.size() == self.signed {
            self.publish();
            return Ok(None);
        }
        self.read_again()?;
        if self.seen != *written {
            let (found, expected) = (self.seen.size(), written.size());
            return Err(LedgerError::OutcomeUnknown(format!(
                "{found} entries were read back where {expected} were written, or other ones; nothing is signed"
            )));
        }
        let key = &self.signing.key;
        let state = Checkpoint { origin: key.public().name().to_owned(), size: written.size(), root: written.root() };
        let unsigned =
            |error: std::io::Error| LedgerError::Unsigned(self.signing.high_water.clone(), error.to_string());
        high_water::write(self.disk, &self.signing.high_water, &state).map_err(unsigned)?;
        let note = state.sign(key);
        let insert = "INSERT INTO checkpoint (size, root, note) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(insert)?.execute(params![as_integer(state.size), state.root, note])?;
        (self.signed, self.unpublished) = (state.size, true);
        self.publish();
        Ok(Some(state))
    }

    /// Brings the log's files to the last checkpoint. Where that fails it is tried again with the next one, and when the
    /// ledger is closed or opened.
    fn publish(&mut self) {
        let Some(folder) = self.signing.publish.as_ref().filter(|_| self.unpublished && self.signed > 0) else {
            return;
        };
        let query = "SELECT root, note FROM checkpoint WHERE size = ?1";
        let last = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?));
        let last = self.reader.prepare_cached(query).and_then(|mut one| one.query_row([as_integer(self.signed)], last));
        let published = last.map_err(published::PublishError::from).and_then(|(root, note)| {
            let origin = self.signing.key.public().name().to_owned();
            published::publish(folder, &self.reader, &Checkpoint { origin, size: self.signed, root }, &note)
        });
        match published {
            Ok(()) => self.unpublished = false,
            Err(error) => {
                tracing::warn!(id = "FG0305", %error, "the log's files are not up to date, it is tried again: {error}")
            }
        }
    }

    /// Reads the entries that were added since, as they stand in the file, and hashes them by another program.
    fn read_again(&mut self) -> Result<(), LedgerError> {
        let query = "SELECT body FROM ledger WHERE seq >= ?1 ORDER BY seq";
        let mut statement = self.reader.prepare_cached(query)?;
        let mut rows = statement.query([as_integer(self.seen.size())])?;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_bytes().unwrap_or_default();
            self.seen.push(tlog_tiles::record_hash(body).0, |_| ());
        }
        Ok(())
    }
}

fn as_integer(size: u64) -> i64 {
    i64::try_from(size).expect("an entry's number is an i64")
}

/// The entry that says by which key the ledger is signed from here on.
fn key_entry(number: i64, key: &PublicKey, at: DateTime<Utc>) -> Entry {
    Entry::new(Kind::Key, format!("key/{number}"), at).text("origin", key.name()).text("vkey", key.to_string())
}

/// What the old key signs when another takes over.
fn rotation(by: &str, next: &str) -> String {
    format!("fairgauge: another key signs from here on\n{by}\n{next}\n")
}

/// Whether a binding determination, an act of a person or a key is among the kinds: signed at once. Readings wait a while.
pub(super) fn is_signed_at_once(mut kinds: impl Iterator<Item = Kind>) -> bool {
    kinds.any(|kind| !matches!(kind, Kind::Obs | Kind::Source | Kind::Config | Kind::Note))
}

/// The keys with the entries from which on they sign, each signed by the one before it.
///
/// # Errors
/// [`OpenError::Damaged`] with the first that is not.
pub(super) fn keys(connection: &Connection, path: &Path) -> Result<Vec<(i64, PublicKey)>, OpenError> {
    let mut statement =
        connection.prepare("SELECT seq, body FROM ledger WHERE kind = 'key' ORDER BY seq").map_err(file::sort(path))?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .map_err(file::sort(path))?;
    let mut keys: Vec<(i64, PublicKey)> = Vec::new();
    for row in rows {
        let (seq, body) = row.map_err(file::sort(path))?;
        let key = key_of(&body, keys.last().map(|(_, key)| key));
        let detail = format!("entry {seq} is no key, or not signed by the key before it");
        keys.push((seq, key.ok_or_else(|| file::damaged(path, detail))?));
    }
    Ok(keys)
}

pub(super) fn key_of(body: &str, before: Option<&PublicKey>) -> Option<PublicKey> {
    let (_, entry) = Entry::read(body).ok()?;
    let key: PublicKey = entry.text_of("vkey").ok()?.parse().ok()?;
    let named = entry.text_of("origin").ok()? == key.name();
    let taken_over = match before {
        None => entry.member("by").is_none(),
        Some(before) => {
            let signature = Base64::decode_vec(entry.text_of("signature").ok()?).ok()?;
            let by = before.to_string();
            entry.text_of("by").ok()? == by
                && before.name() == key.name()
                && before.verifies(rotation(&by, &key.to_string()).as_bytes(), &signature)
        }
    };
    (named && taken_over).then_some(key)
}

/// Size and root of the newest checkpoint.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn last_checkpoint(connection: &Connection, path: &Path) -> Result<Option<(u64, Digest)>, OpenError> {
    let query = "SELECT size, root FROM checkpoint ORDER BY size DESC LIMIT 1";
    let found: Option<(i64, Digest)> =
        connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(file::sort(path))?;
    Ok(found.map(|(size, root)| (u64::try_from(size).unwrap_or_default(), root)))
}

/// # Errors
/// Where the file holds something else.
pub(super) fn read_high_water(disk: &dyn Disk, path: &Path) -> Result<Option<Checkpoint>, OpenError> {
    high_water::read(disk, path).map_err(|source| OpenError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
