//! How far the ledger had come, outside of its file: a ledger that has less is an old copy.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::merkle::Checkpoint;
use super::{file, whole};

/// A high-water file is longer than this by no means.
const MOST: u64 = 4_096;

/// The state that was last signed or about to be; none where there is no file.
///
/// # Errors
/// Where it cannot be read, or holds something else.
pub(super) fn read(path: &Path) -> io::Result<Option<Checkpoint>> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    let strange = || io::Error::other("it does not hold the three lines of origin, size and root");
    if !found.is_file() || found.len() > MOST {
        return Err(strange());
    }
    Checkpoint::read(&fs::read_to_string(path)?).map(Some).ok_or_else(strange)
}

/// Writes it whole, on the disk when this returns.
///
/// # Errors
/// Where that failed: what stood there before stands there still.
pub(super) fn write(path: &Path, state: &Checkpoint) -> io::Result<()> {
    whole::replace(path, state.text().as_bytes(), None)?;
    File::open(file::folder(path))?.sync_all()
}
