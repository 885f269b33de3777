//! What the ledger asks of the machine beside SQLite: the system, or one who stands in for it.

use std::fmt::Debug;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{OpenError, file, mount};

/// A lock that goes when this is dropped.
pub type Held = Box<dyn Debug + Send>;

/// Where ledgers lie.
pub trait Disk: Debug + Send + Sync {
    /// The name under which SQLite knows it; none: its own way to files.
    fn vfs(&self) -> Option<&str>;

    /// Whether there is such a folder.
    fn is_folder(&self, path: &Path) -> bool;

    /// The rights of a folder.
    ///
    /// # Errors
    /// What the system says.
    fn rights(&self, folder: &Path) -> io::Result<u32>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// What the system says, [`io::ErrorKind::NotFound`] where nothing is there.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Makes a file anew with these bytes, which are on the disk when this returns; its name need not be.
    ///
    /// # Errors
    /// What the system says: then it holds some of them, or none.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// How many bytes a file has; none where something else is there.
    ///
    /// # Errors
    /// What the system says, [`io::ErrorKind::NotFound`] where nothing is there.
    fn size(&self, path: &Path) -> io::Result<Option<u64>>;

    /// Takes the lock beside a ledger.
    ///
    /// # Errors
    /// [`OpenError::Locked`] where another one holds it, [`OpenError::Remote`] where locks do not hold; else what is wrong with the file.
    fn lock(&self, ledger: &Path) -> Result<Held, OpenError>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name; one of that name goes.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Brings the names in a folder to the disk.
    ///
    /// # Errors
    /// What the system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The system's.
#[derive(Debug)]
pub struct SystemDisk;

/// The lock on the file beside the ledger, which itself stays. Whatever ends the process, the lock goes with it.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    /// Closing alone would leave it with a child that is just being started and still has all handles.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(id = "FG0309", %error, "the ledger's lock goes with the process");
        }
    }
}

impl Disk for SystemDisk {
    fn vfs(&self) -> Option<&str> {
        None
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn rights(&self, folder: &Path) -> io::Result<u32> {
        Ok(std::fs::metadata(folder)?.mode() & 0o7777)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn size(&self, path: &Path) -> io::Result<Option<u64>> {
        let found = std::fs::metadata(path)?;
        Ok(found.is_file().then_some(found.len()))
    }

    fn lock(&self, ledger: &Path) -> Result<Held, OpenError> {
        mount::check(ledger)?;
        let beside = file::beside(ledger, ".lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&beside);
        let lock = lock.map_err(|error| OpenError::ReadOnly { path: beside.clone(), reason: error.to_string() })?;
        match lock.try_lock() {
            Ok(()) => Ok(Box::new(Lock(lock))),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked(ledger.to_owned())),
            Err(TryLockError::Error(source)) => Err(OpenError::File { path: beside, source }),
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder).and_then(|folder| folder.sync_all())
    }
}
