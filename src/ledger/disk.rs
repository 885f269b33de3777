//! What the ledger and the folder of acts beside it ask of the machine, but for SQLite: the system, or one who stands in
//! for it.

use std::fmt::Debug;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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

    /// Brings to the disk what anybody has written into a file.
    ///
    /// # Errors
    /// What the system says, [`io::ErrorKind::NotFound`] where nothing is there.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Brings the names in a folder to the disk.
    ///
    /// # Errors
    /// What the system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a folder that its owner alone may use; one that is there stays as it is.
    ///
    /// # Errors
    /// What the system says.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// What lies in a folder, in the order of the names.
    ///
    /// # Errors
    /// What the system says, [`io::ErrorKind::NotFound`] where there is none.
    fn names(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// The bytes of a plain file; none of a link, of anything else, and of one that has more than `most`.
    ///
    /// # Errors
    /// What the system says, [`io::ErrorKind::NotFound`] where nothing is there.
    fn read_plain(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>>;

    /// When a file was written.
    ///
    /// # Errors
    /// What the system says, [`io::ErrorKind::NotFound`] where nothing is there.
    fn modified(&self, path: &Path) -> io::Result<SystemTime>;

    /// Removes a folder with all that lies in it.
    ///
    /// # Errors
    /// What the system says.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
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

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path).and_then(|file| file.sync_all())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder).and_then(|folder| folder.sync_all())
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths: Vec<_> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        paths.sort();
        Ok(paths)
    }

    fn read_plain(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        if !std::fs::symlink_metadata(path)?.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= most).then_some(bytes))
    }

    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        std::fs::metadata(path)?.modified()
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        std::fs::remove_dir_all(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_there_stays_and_a_file_is_none() {
        let top = tempfile::tempdir().expect("a folder");
        let (folder, file) = (top.path().join("folder"), top.path().join("file"));
        SystemDisk.make_folder(&folder).expect("made");
        assert_eq!(SystemDisk.rights(&folder).expect("there"), 0o700);
        std::fs::write(folder.join("kept"), "1").expect("written");
        SystemDisk.make_folder(&folder).expect("it is there");
        assert_eq!(SystemDisk.names(&folder).expect("read"), [folder.join("kept")]);
        std::fs::write(&file, "1").expect("written");
        assert!(SystemDisk.make_folder(&file.join("within")).is_err(), "a file has no folders");
        assert!(SystemDisk.sync_folder(&folder.join("gone")).is_err(), "what is not there is on no disk");
    }

    #[test]
    fn a_plain_file_is_read_up_to_its_most_and_nothing_else_is() {
        let top = tempfile::tempdir().expect("a folder");
        let (file, link) = (top.path().join("file"), top.path().join("link"));
        std::fs::write(&file, "1234").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("made");
        let read = |path: &Path, most| SystemDisk.read_plain(path, most).expect("looked at");
        for (path, most, found, why) in [
            (file.as_path(), 5, Some(&b"1234"[..]), "less than the most"),
            (&file, 4, Some(b"1234"), "the most"),
            (&file, 3, None, "one more"),
            (&link, 5, None, "a link"),
            (top.path(), 5, None, "a folder"),
        ] {
            assert_eq!(read(path, most).as_deref(), found, "{why}");
        }
        let gone = SystemDisk.read_plain(&top.path().join("gone"), 5);
        assert_eq!(gone.map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
    }
}
