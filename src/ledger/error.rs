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
    /// The log of a ledger whose file is gone: SQLite would play it into the new one.
    #[error("{0} is the log of a ledger that is not there: bring the ledger back, or move the log away")]
    StrayLog(PathBuf),
    /// Another process has it.
    #[error("another fairgauge writes this ledger ({0}): stop it first")]
    Locked(PathBuf),
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
    /// The first entry cannot be written.
    #[error(transparent)]
    Entry(#[from] EntryError),
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
    pub(super) fn entry(key: impl Into<String>) -> impl FnOnce(EntryError) -> Self {
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
