//! The only connection that writes.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::batch::Record;
use super::disk::{Disk, Held, SystemDisk};
use super::file::system;
use super::log_size::LogSize;
use super::merkle::{Frontier, LogKey};
use super::record::Pen;
use super::signer::{self, Signer};
use super::verify::Signatures;
use super::{Batch, Entry, Kind, LedgerError, OpenError, Signing, Subscribers, each, exposed, file, repair, verify};

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number.
    pub seq: i64,
    /// Its key.
    pub key: String,
    /// Whether it was written now; else it was there already, the same.
    pub new: bool,
}

/// What a batch became: for each of its records, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended(pub Vec<Written>);

/// The ledger's file, open for writing. There is one in one process; a lock on `<path>.lock` sees to that.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    disk: &'static dyn Disk,
    path: PathBuf,
    /// The tree over the entries.
    tree: Frontier,
    /// What signs it, where it is signed.
    signer: Option<Signer>,
    log_size: LogSize,
    /// Who wants to be told of what is written.
    subscribers: Subscribers,
    /// Why nothing more may be written.
    failed: Option<String>,
    /// Held while the store lives, and dropped after the connection.
    _lock: Held,
}

impl Store {
    /// Makes a new ledger whose first entry names its `origin`. It comes into being whole or not at all.
    ///
    /// # Errors
    /// [`OpenError::Exists`] where there is a file; else what is wrong with the path, the folder or the library.
    pub fn create(path: &Path, origin: &str, at: DateTime<Utc>) -> Result<Self, OpenError> {
        Self::create_on(&SystemDisk, path, origin, at)
    }

    /// The same on another disk than the system's.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_on(disk: &'static dyn Disk, path: &Path, origin: &str, at: DateTime<Utc>) -> Result<Self, OpenError> {
        Self::found(disk, path, origin, at, None)
    }

    /// As [`Self::create`], signed from its first entries on, and called by the name of its key.
    ///
    /// # Errors
    /// As [`Self::create`]; [`OpenError::Behind`] where the high-water file knows of a ledger of this name.
    pub fn create_signed(path: &Path, at: DateTime<Utc>, signing: &Signing) -> Result<Self, OpenError> {
        Self::create_signed_on(&SystemDisk, path, at, signing)
    }

    /// The same on another disk than the system's.
    ///
    /// # Errors
    /// As [`Self::create_signed`].
    pub fn create_signed_on(
        disk: &'static dyn Disk,
        path: &Path,
        at: DateTime<Utc>,
        signing: &Signing,
    ) -> Result<Self, OpenError> {
        Self::found(disk, path, signing.key.public().name(), at, Some(signing))
    }

    fn found(
        disk: &'static dyn Disk,
        path: &Path,
        origin: &str,
        at: DateTime<Utc>,
        signing: Option<&Signing>,
    ) -> Result<Self, OpenError> {
        if let Some(signing) = signing {
            exposed::check(disk, path, signing)?;
        }
        if let Some(signing) = signing
            && let Some(state) = signer::read_high_water(disk, &signing.high_water)?
        {
            return Err(OpenError::Behind {
                path: path.to_owned(),
                size: 0,
                signed: state.size,
                high_water: signing.high_water.clone(),
            });
        }
        file::check_library()?;
        file::check_folder(disk, path)?;
        let lock = disk.lock(path)?;
        if exists(disk, path)? {
            return Err(OpenError::Exists(path.to_owned()));
        }
        let log = file::beside(path, "-wal");
        if exists(disk, &log)? {
            return Err(OpenError::StrayLog(log));
        }
        let draft = file::beside(path, ".new");
        for rest in [draft.clone(), file::beside(&draft, "-wal"), file::beside(&draft, "-shm")] {
            if exists(disk, &rest)? {
                disk.remove(&rest).map_err(system(&rest))?;
            }
        }
        write_first(disk, &draft, origin, at)?;
        disk.rename(&draft, path).map_err(system(path))?;
        disk.sync_folder(file::folder(path)).map_err(system(path))?;
        Self::open_locked(disk, path, lock, signing.map(|signing| (signing, at)))
    }

    /// Opens a ledger, brings it to the newest form, and checks its pages, every entry, the root of every checkpoint and the
    /// newest signature. All signatures, indexes, readings and evidence are checked by [`super::Reader::verify`].
    ///
    /// # Errors
    /// What is wrong and what to do. A file that is not ours, or newer than this program, is not touched; one that is
    /// signed is not opened without its key.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_on(&SystemDisk, path)
    }

    /// The same on another disk than the system's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: &'static dyn Disk, path: &Path) -> Result<Self, OpenError> {
        Self::open_locked(disk, path, lock_of(disk, path)?, None)
    }

    /// As [`Self::open`], for one that is signed, or that is to be signed from `now` on. What a crash left unsigned is
    /// signed.
    ///
    /// # Errors
    /// As [`Self::open`]; an old copy of a signed ledger, or one whose entries are not those that were signed, is not
    /// opened.
    pub fn open_signed(path: &Path, now: DateTime<Utc>, signing: &Signing) -> Result<Self, OpenError> {
        Self::open_signed_on(&SystemDisk, path, now, signing)
    }

    /// The same on another disk than the system's.
    ///
    /// # Errors
    /// As [`Self::open_signed`].
    pub fn open_signed_on(
        disk: &'static dyn Disk,
        path: &Path,
        now: DateTime<Utc>,
        signing: &Signing,
    ) -> Result<Self, OpenError> {
        Self::open_locked(disk, path, lock_of(disk, path)?, Some((signing, now)))
    }

    fn open_locked(
        disk: &'static dyn Disk,
        path: &Path,
        lock: Held,
        signing: Option<(&Signing, DateTime<Utc>)>,
    ) -> Result<Self, OpenError> {
        let connection = file::connect(disk, path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Until we know that it is ours, closing the connection must not write either.
        let keep_as_is = |on| connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on);
        keep_as_is(true).map_err(file::sort(path))?;
        let form = file::form(&connection, path)?;
        if connection.is_readonly("main").map_err(file::sort(path))? {
            return Err(OpenError::ReadOnly { path: path.to_owned(), reason: "the file is read-only".to_owned() });
        }
        file::configure(&connection, path)?;
        flush_log(disk, path)?;
        verify::pages(&connection, path)?;
        file::migrate(&connection, path, form)?;
        let mut wanted = verify::signed_sizes(&connection, path)?;
        if let Some((signing, _)) = signing {
            wanted.extend(signer::read_high_water(disk, &signing.high_water)?.map(|state| state.size));
        }
        let mend = |error| repair::explain(&connection, path, error);
        let grown = each::entries(&connection, path, wanted).map_err(mend)?;
        grown.check_tiles(&connection, path).map_err(mend)?;
        verify::checkpoints(&connection, path, &grown, Signatures::Newest)?;
        verify::schema(&connection, path)?;
        let key = signer::keys(&connection, path)?.pop().map(|(_, key)| key);
        let signer = match (signing, &key) {
            (Some((signing, _)), _) => Some(Signer::open(disk, path, &connection, signing, &grown)?),
            (None, Some(key)) => {
                return Err(OpenError::KeyWanted { path: path.to_owned(), key: key.to_string() });
            }
            (None, None) => None,
        };
        keep_as_is(false).map_err(file::sort(path))?;
        let tree = grown.frontier;
        let log_size = LogSize::of(path, &connection).map_err(file::sort(path))?;
        let path = path.to_owned();
        let subscribers = Subscribers::default();
        let mut store = Self { connection, disk, path, tree, signer, log_size, subscribers, failed: None, _lock: lock };
        if let (Some((_, now)), None) = (signing, key) {
            store.first_key(now)?;
        }
        store.sign()?;
        Ok(store)
    }

    /// Records the key by which the ledger is signed from here on.
    fn first_key(&mut self, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let mut batch = Batch::new();
        batch.records.extend(self.signer.iter().map(|signer| Record::Entry(signer.first_key(now))));
        self.transact(&batch).map(|_| ())
    }

    /// From now on puts what it writes before those who want to be told of it, as they are then.
    #[must_use]
    pub fn telling(self, subscribers: &Subscribers) -> Self {
        Self { subscribers: subscribers.clone(), ..self }
    }

    /// The ledger's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    #[cfg(test)]
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Where that lies.
    pub fn disk(&self) -> &'static dyn Disk {
        self.disk
    }

    /// Writes a batch in one transaction: all of it, on the disk when this returns, or nothing.
    ///
    /// What is recorded already, the same but for its number, is not written again, so that a batch may be repeated
    /// after a crash.
    ///
    /// # Errors
    /// [`LedgerError::OutcomeUnknown`]: the process must abort and open the ledger again; the store refuses all
    /// further work. After every other error nothing of the batch was kept, and the store can be used.
    pub fn append(&mut self, batch: Batch) -> Result<Appended, LedgerError> {
        if let Some(reason) = &self.failed {
            return Err(LedgerError::OutcomeUnknown(reason.clone()));
        }
        let result = self.transact(&batch);
        let due = result.is_ok() && signer::is_signed_at_once(batch.kinds());
        let signed = if due { self.sign() } else { Ok(()) };
        match signed {
            // The entries are kept all the same, and are signed with what comes next.
            Err(error @ (LedgerError::Unsigned(..) | LedgerError::DiskFull | LedgerError::Busy)) => {
                tracing::error!(id = "FG0303", %error, "the ledger's state is not signed yet: {error}");
            }
            Err(error) => return Err(self.fail(error)),
            Ok(()) => {}
        }
        self.log_size.look(&self.connection);
        result.map_err(|error| self.fail(error))
    }

    /// Signs what is not signed yet, where the ledger is signed at all.
    ///
    /// # Errors
    /// [`LedgerError::Unsigned`], where that can be tried again; [`LedgerError::OutcomeUnknown`] as of [`Self::append`].
    pub fn sign(&mut self) -> Result<(), LedgerError> {
        let Some(signer) = &mut self.signer else { return Ok(()) };
        signer.sign(&self.connection, &self.tree).map(|_| ())
    }

    /// Has another key sign from here on; the one that signs now says so in the ledger.
    ///
    /// # Errors
    /// [`LedgerError::NotSigned`] where no key signs; else as [`Self::append`].
    pub fn rotate(&mut self, next: LogKey, at: DateTime<Utc>) -> Result<(), LedgerError> {
        let Some(signer) = &self.signer else { return Err(LedgerError::NotSigned) };
        let keys = "SELECT count(*) FROM ledger WHERE kind = 'key'";
        let known: i64 = self.connection.query_row(keys, [], |row| row.get(0))?;
        let mut batch = Batch::new();
        batch.entry(signer.next_key(known + 1, &next.public(), at));
        self.transact(&batch)?;
        self.signer.iter_mut().for_each(|signer| signer.take(next.clone()));
        self.sign()
    }

    /// After an error of which nobody knows what it left, nothing more is written.
    fn fail(&mut self, error: LedgerError) -> LedgerError {
        if let LedgerError::OutcomeUnknown(reason) = &error {
            self.failed = Some(reason.clone());
        }
        error
    }

    fn transact(&mut self, batch: &Batch) -> Result<Appended, LedgerError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        match Pen::new(&self.connection, self.tree.clone(), &self.subscribers.now()).write(batch) {
            Ok((written, tree)) => self.commit().map(|()| {
                self.tree = tree;
                Appended(written)
            }),
            Err(error) => self.roll_back().and(Err(error)),
        }
    }

    fn commit(&self) -> Result<(), LedgerError> {
        let Err(error) = self.connection.execute_batch("COMMIT") else { return Ok(()) };
        let harmless = matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy));
        if harmless { self.roll_back().and(Err(error.into())) } else { Err(unknown(&error)) }
    }

    /// Some errors end the transaction themselves.
    fn roll_back(&self) -> Result<(), LedgerError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection.execute_batch("ROLLBACK").map_err(|error| unknown(&error))
    }

    /// Reads the newest entry's number from the file: that it can be read at all is the point.
    ///
    /// # Errors
    /// [`LedgerError::OutcomeUnknown`] where the disk failed.
    pub fn newest(&self) -> Result<i64, LedgerError> {
        let newest = "SELECT max(seq) FROM ledger";
        Ok(self.connection.prepare_cached(newest)?.query_row([], |row| row.get(0))?)
    }

    /// Brings everything from the write-ahead log into the file and closes it.
    ///
    /// # Errors
    /// Where that failed; nothing that was acknowledged is lost, it is still in the log.
    pub fn close(mut self) -> Result<(), LedgerError> {
        if self.failed.is_none() {
            self.sign()?;
        }
        // The connection that writes closes last: it takes the write-ahead log with it.
        self.signer = None;
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

fn unknown(error: &rusqlite::Error) -> LedgerError {
    LedgerError::OutcomeUnknown(error.to_string())
}

/// The lock of a ledger that is there.
pub(super) fn lock_of(disk: &dyn Disk, path: &Path) -> Result<Held, OpenError> {
    file::check_library()?;
    file::check_path(disk, path)?;
    disk.lock(path)
}

fn exists(disk: &dyn Disk, path: &Path) -> Result<bool, OpenError> {
    match disk.size(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(OpenError::File { path: path.to_owned(), source }),
    }
}

/// Brings to the disk what stands in the log: a process that was killed may have written it and never flushed it. What is
/// read from here on is believed, and a batch that is there already is acknowledged without another write.
fn flush_log(disk: &dyn Disk, path: &Path) -> Result<(), OpenError> {
    let log = file::beside(path, "-wal");
    if exists(disk, &log)? {
        disk.sync(&log).and_then(|()| disk.sync_folder(file::folder(path))).map_err(system(&log))?;
    }
    Ok(())
}

/// A whole ledger with its first entry, in one file when this returns.
fn write_first(disk: &dyn Disk, path: &Path, origin: &str, at: DateTime<Utc>) -> Result<(), OpenError> {
    let entry = Entry::new(Kind::Genesis, "genesis", at).text("origin", origin).text("engine", super::ENGINE);
    let body = entry.body(0)?;
    let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = file::connect(disk, path, access)?;
    file::configure(&connection, path)?;
    file::found(&connection, path)?;
    let insert = "INSERT INTO ledger (seq, body, leaf) VALUES (0, ?1, ?2)";
    connection.execute(insert, rusqlite::params![body, super::digest::leaf(&body)]).map_err(file::sort(path))?;
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    connection.query_row(checkpoint, [], |_| Ok(())).map_err(file::sort(path))?;
    connection.close().map_err(|(_, error)| file::sort(path)(error))
}

#[cfg(test)]
pub(crate) mod tests;
