//! What can go wrong with the file, and what to do about it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use rusqlite::ErrorCode;

use super::EntryError;

/// Why a ledger cannot be opened or made. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No such file.
    #[error("there is no ledger at {0}: correct the path, or make a new one")]
    Missing(PathBuf),
    /// No such folder.
    #[error("the folder of {0} does not exist: make it, or correct the path")]
    MissingFolder(PathBuf),
    /// A folder, a pipe, a device.
    #[error("{0} is not a file: give the path of the ledger's file")]
    NotAFile(PathBuf),
    /// A file of another kind, or nothing at all.
    #[error("{0} is not an SQLite database: correct the path, or restore the ledger from its backup")]
    NotADatabase(PathBuf),
    /// A database of somebody else.
    #[error("{0} is an SQLite database, but not a ledger: correct the path")]
    OtherApplication(PathBuf),
    /// Made by a newer program.
    #[error("{path} has form {found}, this program knows forms up to {known}: use the newer program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Made by an older program: a reader does not change it.
    #[error(
        "{path} has form {found}, this program reads form {known}: start the daemon once, it brings the file up to date"
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// We may not write it, or not beside it.
    #[error("{path} cannot be written: give this user the right to write the file and its folder ({reason})")]
    ReadOnly {
        /// The file or the one beside it.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// We may not read it.
    #[error("{path} cannot be opened: give this user the right to read the file ({reason})")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// There is a file already.
    #[error("{0} exists already: a new ledger does not replace another")]
    Exists(PathBuf),
    /// There is a file where a copy should go.
    #[error("{0} exists already: name another file, or say --replace")]
    Taken(PathBuf),
    /// There is a database in use where a copy should go.
    #[error("{path} is in use, {rest} stands beside it: a copy does not take its place; name another file")]
    InUse {
        /// The file.
        path: PathBuf,
        /// Its log.
        rest: PathBuf,
    },
    /// Another copy is being written there.
    #[error("another copy is just being written into {0}: try again when it is done")]
    Copying(PathBuf),
    /// The log of a ledger whose file is gone: SQLite would play it into the new one.
    #[error("{0} is the log of a ledger that is not there: bring the ledger back, or move the log away")]
    StrayLog(PathBuf),
    /// Another process has it.
    #[error("another fairgauge writes this ledger ({0}): stop it first")]
    Locked(PathBuf),
    /// Locks do not hold there.
    #[error(
        "{path} lies on {kind}, a file system of another machine: SQLite's locks do not hold there, and two daemons could \
         write one ledger; keep it on a local disk"
    )]
    Remote {
        /// The ledger.
        path: PathBuf,
        /// What the system calls the file system.
        kind: String,
    },
    /// A library with a known fault that damages files.
    #[error("SQLite {found} may damage the ledger: {wanted} or newer is needed")]
    OldSqlite {
        /// `sqlite3_libversion_number()`.
        found: i32,
        /// The first without the fault.
        wanted: i32,
    },
    /// SQLite did not take a setting, on a file system without shared memory, say.
    #[error("{path}: SQLite keeps {name} at `{found}` where `{wanted}` is needed; use a local file system")]
    Setting {
        /// The file.
        path: PathBuf,
        /// The pragma.
        name: &'static str,
        /// What it stays at.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// SQLite's own check, or one of ours, found a fault.
    #[error("{path} is damaged: {detail}; restore it from its backup, nothing was changed")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// An entry's text is not the one that was hashed.
    #[error("{path} was altered: entry {seq} hashes to {found}, recorded is {recorded}; restore it from its backup")]
    Altered {
        /// The file.
        path: PathBuf,
        /// The entry.
        seq: i64,
        /// SHA-256 of the body as it stands.
        found: String,
        /// As it was recorded.
        recorded: String,
    },
    /// A hash of a tile, or a row by which pages are found, is not that of its entries.
    #[error("{path} is damaged: {detail}; restore it from its backup, nothing was changed")]
    Made {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// What is made of the entries is something else, while they are those that were signed.
    #[error(
        "{path} is damaged: {detail}, and the entries are those that were signed: stop the daemon, `fairgauge repair` makes \
         anew what is made of them"
    )]
    Derived {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// Nothing was signed, so nothing shows that the entries are the true ones.
    #[error("{0} has no checkpoint: nothing shows that its entries are the true ones; restore it from its backup")]
    NotSigned(PathBuf),
    /// An entry that no checkpoint covers has another leaf.
    #[error(
        "entry {seq} of {path} hashes to something else than its leaf, and only {size} entries were signed: nothing shows \
         which of the two is true; restore the ledger from its backup"
    )]
    Beyond {
        /// The file.
        path: PathBuf,
        /// The entry.
        seq: i64,
        /// How many were signed.
        size: u64,
    },
    /// Anybody can put another file in its place.
    #[error("everybody can write into {path} (mode {mode:04o}): a signed ledger wants a folder of mode 0700, or 0750")]
    Exposed {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is signed by a key, and none was given.
    #[error("{path} is signed by {key}: name the private key under [ledger.sign] in the settings")]
    KeyWanted {
        /// The file.
        path: PathBuf,
        /// The public key.
        key: String,
    },
    /// Another key than the one by which it is signed.
    #[error(
        "the ledger is signed by {wanted}, and the settings name the key {found}: a key is changed by `fairgauge key rotate`"
    )]
    OtherKey {
        /// The public key in the ledger.
        wanted: String,
        /// The one of the settings.
        found: String,
    },
    /// It is signed by a key that a verifier does not know.
    #[error("{path} is signed by {wanted}, never by the key that was given, {found}")]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The public key in the ledger.
        wanted: String,
        /// The one that was given.
        found: String,
    },
    /// It has fewer entries than a checkpoint that somebody kept.
    #[error(
        "{path} has {size} entries, and the checkpoint that was kept signs {signed}: entries were taken away, or this is an old copy"
    )]
    Shorter {
        /// The file.
        path: PathBuf,
        /// How many entries it has.
        size: u64,
        /// How many were signed.
        signed: u64,
    },
    /// It has fewer entries than it once had.
    #[error(
        "{path} has {size} entries, and {high_water} says that {signed} were signed: this is an old copy. Bring back the \
         newest one; what was signed must not be signed again with other entries. `fairgauge restore` says what can be done"
    )]
    Behind {
        /// The file.
        path: PathBuf,
        /// How many entries it has.
        size: u64,
        /// How many it had.
        signed: u64,
        /// The file that says so.
        high_water: PathBuf,
    },
    /// Its first entries are not those that were signed.
    #[error(
        "the first {size} entries of {path} are not those that were signed: it was altered, or another ledger took its place"
    )]
    Forked {
        /// The file.
        path: PathBuf,
        /// How many entries were signed.
        size: u64,
    },
    /// It is signed, and nothing says how far it had come.
    #[error(
        "{path} is signed, but {file} is not there, which says how far it had come: bring it back, or have the ledger \
         checked against a checkpoint by `fairgauge restore`"
    )]
    NoHighWater {
        /// The ledger.
        path: PathBuf,
        /// The high-water file.
        file: PathBuf,
    },
    /// The high-water file is of another log.
    #[error("{file} is of another log, {origin}: name another file under [ledger.sign], or bring the right one back")]
    OtherHighWater {
        /// The high-water file.
        file: PathBuf,
        /// What it names.
        origin: String,
    },
    /// The high-water file is older than the ledger's newest checkpoint.
    #[error(
        "{file} says that {size} entries were signed, the ledger holds a checkpoint of {signed}: the file is an old copy"
    )]
    OldHighWater {
        /// The high-water file.
        file: PathBuf,
        /// Its size.
        size: u64,
        /// The ledger's.
        signed: u64,
    },
    /// The first entry cannot be written.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// What has to be written when it is opened cannot be.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The system said no.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// SQLite said no.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        source: rusqlite::Error,
    },
}

/// Why something was not written or not read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Something cannot be an entry. Nothing of the batch was kept.
    #[error("`{key}` cannot be recorded: {source}")]
    Entry {
        /// The entry's key, or what it is about.
        key: String,
        /// Why.
        source: EntryError,
    },
    /// The key is there already and says something else: the same question was answered in two ways. An alarm,
    /// nothing to repeat. Nothing of the batch was kept.
    #[error("`{key}` is recorded already as entry {seq}, and says something else")]
    Conflict {
        /// The key.
        key: String,
        /// The entry that has it.
        seq: i64,
    },
    /// A provisional determination of a period that has a binding one. Nothing of the batch was kept.
    #[error("`{id}` is final since entry {seq}: it can be restated, not decided again")]
    Settled {
        /// Policy, cover and period.
        id: String,
        /// The binding determination.
        seq: i64,
    },
    /// A restatement of what is not final. Nothing of the batch was kept.
    #[error("`{0}` is not final: there is nothing to restate")]
    NothingToRestate(String),
    /// A series was sent in another unit than before. Nothing of the batch was kept.
    #[error("{series} is kept in {kept}, and was sent in {sent}")]
    UnitChanged {
        /// feed/station/variable.
        series: String,
        /// The unit in the ledger.
        kept: String,
        /// The unit of the reading.
        sent: String,
    },
    /// A policy's term sheet is not among the evidence. Nothing of the batch was kept.
    #[error("the term sheet {sha256} of `{key}` is neither in the ledger nor in the batch")]
    NoTermSheet {
        /// The policy entry's key.
        key: String,
        /// The digest that it names.
        sha256: String,
    },
    /// A feed was polled once at an instant, and this says something else about it. Nothing of the batch was kept.
    #[error("another poll of {feed} at {at} is recorded already")]
    TwoPolls {
        /// The feed.
        feed: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// The disk is full. Nothing of the batch was kept; the store can be used again once there is room.
    #[error("the disk is full: nothing was recorded; make room and start again, nothing is lost")]
    DiskFull,
    /// Another program holds the file's write lock. Nothing of the batch was kept; try again.
    #[error("another program holds the ledger's write lock: nothing was recorded; close it")]
    Busy,
    /// The disk failed at a write, and nobody can know whether the batch was kept: a failed COMMIT may be durable.
    ///
    /// The process must abort, open the ledger again and look: every key is there once or not at all. It must not
    /// go on with this store, which refuses all further work, and never write the batch again without a look.
    #[error(
        "the ledger's file failed: {0}; whether the last batch was kept shows when it is opened again; where that fails \
         too, restore it from its backup"
    )]
    OutcomeUnknown(String),
    /// The entries are kept, but their state could not be signed: readers do not see them yet.
    #[error("{0} cannot be written, so the ledger's state is not signed, and readers do not see what is new: {1}")]
    Unsigned(PathBuf, String),
    /// There is no key that could be changed.
    #[error("the ledger is not signed: name its first key under [ledger.sign] in the settings")]
    NotSigned,
    /// The writer's thread has ended.
    #[error("the ledger is closed")]
    Closed,
    /// What stands in the file makes no sense.
    #[error("the ledger holds something it cannot hold: {0}")]
    Nonsense(String),
    /// SQLite said no.
    #[error("the ledger: {0}")]
    Sqlite(rusqlite::Error),
}

impl LedgerError {
    /// One word that stays the same, for figures.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Entry { .. } => "entry",
            Self::Conflict { .. } => "conflict",
            Self::Settled { .. } => "settled",
            Self::NothingToRestate(_) => "nothing_to_restate",
            Self::UnitChanged { .. } => "unit_changed",
            Self::NoTermSheet { .. } => "no_term_sheet",
            Self::TwoPolls { .. } => "two_polls",
            Self::DiskFull => "disk_full",
            Self::Busy => "busy",
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::Unsigned(..) => "unsigned",
            Self::NotSigned => "not_signed",
            Self::Closed => "closed",
            Self::Nonsense(_) => "nonsense",
            Self::Sqlite(_) => "sqlite",
        }
    }

    pub(crate) fn entry(key: impl Into<String>) -> impl FnOnce(EntryError) -> Self {
        move |source| Self::Entry { key: key.into(), source }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::OutcomeUnknown(error.to_string())
            }
            _ => Self::Sqlite(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    /// What dashboards count by.
    #[test]
    fn words_of_errors_stay() {
        let sqlite = |code| LedgerError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        for (code, word) in [
            (ffi::SQLITE_FULL, "disk_full"),
            (ffi::SQLITE_BUSY, "busy"),
            (ffi::SQLITE_LOCKED, "busy"),
            (ffi::SQLITE_IOERR, "outcome_unknown"),
            (ffi::SQLITE_IOERR_FSYNC, "outcome_unknown"),
            (ffi::SQLITE_CORRUPT, "outcome_unknown"),
            (ffi::SQLITE_NOTADB, "outcome_unknown"),
            (ffi::SQLITE_CONSTRAINT, "sqlite"),
        ] {
            assert_eq!(sqlite(code).word(), word, "{code}");
        }
        assert_eq!(LedgerError::Closed.word(), "closed");
        assert_eq!(LedgerError::Nonsense("unit".to_owned()).word(), "nonsense");
    }
}
