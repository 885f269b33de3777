//! Whole copies of a ledger: backups, and what insurers read.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::disk::SystemDisk;
use super::merkle::Checkpoint;
use super::{OpenError, Reader, Signing, Verified, file, high_water, signer, whole};

/// Only its owner reads a backup.
const PRIVATE: u32 = 0o600;

/// What is published is for all that reach its folder.
const PUBLIC: u32 = 0o644;

/// What a copy holds. It was read again from its first page to its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// What was found in it.
    pub verified: Verified,
    /// The state of all its entries, signed or not.
    pub state: Checkpoint,
    /// How many of them its newest checkpoint covers; none where it is not signed.
    pub signed: Option<u64>,
}

/// Copies a ledger while it may be written: as it stood when the copy began, with what stands in the write-ahead log. The
/// copy comes into being whole, and only when everything in it was found to be as it was written.
///
/// Beside a signed one is written how far its log had come: `<to>.high-water`. That file is read before the copy begins,
/// so that the copy never knows of more entries than it has.
///
/// # Errors
/// [`OpenError::Taken`] where there is a file and it is not to be replaced; what is wrong with the ledger; what the
/// system says. A file that was there stays as it was.
pub fn back_up(ledger: &Path, high_water: &Path, to: &Path, replace: bool) -> Result<Backup, OpenError> {
    let reader = Reader::open_any(&SystemDisk, ledger)?;
    if !replace && to.try_exists().map_err(file::system(to))? {
        return Err(OpenError::Taken(to.to_owned()));
    }
    let known = signer::read_high_water(&SystemDisk, high_water)?;
    let draft = Draft::of(&reader, to)?;
    let made = draft.look(known.as_ref())?;
    draft.put(PRIVATE)?;
    let beside = Signing::beside(to);
    match known.or_else(|| made.1.clone()).filter(|_| made.0.signed.is_some()) {
        Some(state) => high_water::write(&SystemDisk, &beside, &state).map_err(file::system(&beside))?,
        None => remove(&beside)?,
    }
    Ok(made.0)
}

/// Publishes a copy for those who read it with tools of their own, and its newest checkpoint beside it, as
/// `<to>.checkpoint`.
///
/// # Errors
/// As [`back_up`]; what was published before stays.
pub fn publish_copy(ledger: &Path, to: &Path) -> Result<Backup, OpenError> {
    let draft = Draft::of(&Reader::open(ledger)?, to)?;
    let (made, _) = draft.look(None)?;
    let note = Reader::open(&draft.path)?.newest_checkpoint()?;
    draft.put(PUBLIC)?;
    let beside = file::beside(to, ".checkpoint");
    match note {
        Some((_, note)) => whole::replace(&beside, note.as_bytes(), Some(PUBLIC)).map_err(file::system(&beside))?,
        None => remove(&beside)?,
    }
    Ok(made)
}

fn remove(path: &Path) -> Result<(), OpenError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file::system(path)(error)),
        _ => Ok(()),
    }
}

/// A copy that is not in its place yet. It goes where it is not put there.
pub(super) struct Draft {
    /// Where it stands meanwhile: beside its place.
    pub path: PathBuf,
    to: PathBuf,
    /// One copy at a time is written into a folder: each would take the other's draft for its own.
    folder: File,
}

impl Draft {
    /// Copies all that the reader sees.
    ///
    /// # Errors
    /// Where there is no folder, a database in use at its place, or no room.
    pub fn of(reader: &Reader, to: &Path) -> Result<Self, OpenError> {
        file::check_folder(&SystemDisk, to)?;
        for rest in ["-wal", "-journal"].map(|suffix| file::beside(to, suffix)) {
            if rest.try_exists().map_err(file::system(&rest))? {
                return Err(OpenError::InUse { path: to.to_owned(), rest });
            }
        }
        let folder = File::open(file::folder(to)).map_err(file::system(to))?;
        if folder.try_lock().is_err() {
            return Err(OpenError::Copying(file::folder(to).to_owned()));
        }
        let draft = Self { path: file::beside(to, ".new"), to: to.to_owned(), folder };
        draft.clear()?;
        reader.copy_to(&draft.path)?;
        Ok(draft)
    }

    /// Reads it from its first page to its last, and holds it against a state that was known when the copy began. Gives
    /// the state of its newest checkpoint with it.
    ///
    /// # Errors
    /// With what is not as it was written.
    pub fn look(&self, known: Option<&Checkpoint>) -> Result<(Backup, Option<Checkpoint>), OpenError> {
        let reader = Reader::open_any(&SystemDisk, &self.path)?;
        let whole = reader.verify_whole(None, &known.into_iter().collect::<Vec<_>>())?;
        let signed = whole.signed.as_ref().map(|signed| signed.size);
        Ok((Backup { verified: whole.verified, state: whole.state, signed }, whole.signed))
    }

    /// Puts it in its place, on the disk when this returns.
    ///
    /// # Errors
    /// What the system says.
    pub fn put(&self, mode: u32) -> Result<(), OpenError> {
        let put = || {
            let file = File::options().read(true).write(true).open(&self.path)?;
            file.set_permissions(Permissions::from_mode(mode))?;
            file.sync_all()?;
            fs::rename(&self.path, &self.to)?;
            self.folder.sync_all()
        };
        put().map_err(file::system(&self.to))
    }

    fn clear(&self) -> Result<(), OpenError> {
        ["", "-wal", "-shm", "-journal"].iter().try_for_each(|suffix| remove(&file::beside(&self.path, suffix)))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!(id = "FG0310", %error, "a copy that is not whole was left: {error}");
        }
    }
}

#[cfg(test)]
mod tests;
