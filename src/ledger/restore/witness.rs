//! What says how far a log had come.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::disk::SystemDisk;
use super::super::merkle::{Checkpoint, CheckpointError, PublicKey};
use super::super::verify::Whole;
use super::super::{Signing, high_water};
use super::{OpenError, Restore, RestoreError, Returning, file};

/// A state that was signed, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The file.
    pub path: PathBuf,
    /// What it says.
    pub state: Checkpoint,
    /// Whether it was made with the copy, and so knows no more than it.
    pub beside_copy: bool,
}

impl Restore<'_> {
    /// All that is said of the log: by the high-water file, by the one beside the copy, by checkpoints, by a mirror.
    pub(super) fn witnesses(&self, whole: &Whole, returning: Option<&Returning>) -> Result<Vec<Witness>, RestoreError> {
        let mut all = Vec::new();
        let beside = Signing::beside(self.backup);
        for (path, beside_copy) in [(self.high_water, false), (beside.as_path(), true)] {
            let known = high_water::read(&SystemDisk, path).map_err(file::system(path))?;
            let is_new = all.iter().all(|witness: &Witness| witness.path != path);
            if let Some(state) = known.filter(|_| is_new) {
                if whole.state.origin != state.origin {
                    return Err(OpenError::OtherHighWater { file: path.to_owned(), origin: state.origin }.into());
                }
                all.push(Witness { path: path.to_owned(), state, beside_copy });
            }
        }
        for path in self.checkpoints {
            let text = fs::read_to_string(path).map_err(file::system(path))?;
            let state = self.open(whole, path, &text)?;
            all.push(Witness { path: path.clone(), state, beside_copy: false });
        }
        if let Some(returning) = returning {
            let path = returning.folder.join("checkpoint");
            let state = self.open(whole, &path, &returning.note)?;
            all.push(Witness { path, state, beside_copy: false });
        }
        Ok(all)
    }

    /// A checkpoint that a key of the log has signed: the one that was given, or another of its ledger, each of which the
    /// one before it names.
    pub(super) fn open(&self, whole: &Whole, path: &Path, note: &str) -> Result<Checkpoint, RestoreError> {
        open(whole.keys.iter().map(|(_, key)| key).chain(self.key), note)
            .map_err(|error| RestoreError::Checkpoint(path.to_owned(), error))
    }
}

fn open<'k>(keys: impl Iterator<Item = &'k PublicKey>, note: &str) -> Result<Checkpoint, CheckpointError> {
    let mut error = CheckpointError::NotSigned("any key of the ledger".to_owned());
    for key in keys {
        match Checkpoint::open(note, key) {
            Ok(state) => return Ok(state),
            Err(found @ CheckpointError::NotSigned(_)) => error = found,
            Err(found) => return Err(found),
        }
    }
    Err(error)
}
