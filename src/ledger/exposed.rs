//! Whether a signed ledger stands where others can put another file in its place.

use std::path::Path;

use super::disk::Disk;
use super::{OpenError, Signing, file};

/// Everybody may write.
const BY_ALL: u32 = 0o002;
/// But only its owner takes a file away, as in /tmp.
const STICKY: u32 = 0o1000;

/// The folders of the ledger and of its high-water file: that not everybody can write into them, and that we can.
///
/// # Errors
/// [`OpenError::Exposed`], [`OpenError::ReadOnly`], [`OpenError::MissingFolder`].
pub(super) fn check(disk: &dyn Disk, ledger: &Path, signing: &Signing) -> Result<(), OpenError> {
    for path in [ledger, &signing.high_water] {
        file::check_folder(disk, path)?;
        let folder = file::folder(path);
        let mode = disk.rights(folder).map_err(file::system(folder))?;
        if mode & BY_ALL != 0 && mode & STICKY == 0 {
            return Err(OpenError::Exposed { path: folder.to_owned(), mode });
        }
    }
    let trial = file::beside(&signing.high_water, ".trial");
    let tried = disk.write(&trial, &[]).and_then(|()| disk.remove(&trial));
    tried.map_err(|error| OpenError::ReadOnly { path: signing.high_water.clone(), reason: error.to_string() })
}
