//! Whether a signed ledger stands where others can put another file in its place.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::disk::SystemDisk;
use super::{OpenError, Signing, file};

/// Everybody may write.
const BY_ALL: u32 = 0o002;
/// But only its owner takes a file away, as in /tmp.
const STICKY: u32 = 0o1000;

/// The folders of the ledger and of its high-water file: that not everybody can write into them, and that we can.
///
/// # Errors
/// [`OpenError::Exposed`], [`OpenError::ReadOnly`], [`OpenError::MissingFolder`].
pub(super) fn check(ledger: &Path, signing: &Signing) -> Result<(), OpenError> {
    for path in [ledger, &signing.high_water] {
        file::check_folder(&SystemDisk, path)?;
        let folder = file::folder(path);
        let mode = fs::metadata(folder).map_err(file::system(folder))?.mode() & 0o7777;
        if mode & BY_ALL != 0 && mode & STICKY == 0 {
            return Err(OpenError::Exposed { path: folder.to_owned(), mode });
        }
    }
    let trial = file::beside(&signing.high_water, ".trial");
    let tried = File::create(&trial).and_then(|_| fs::remove_file(&trial));
    tried.map_err(|error| OpenError::ReadOnly { path: signing.high_water.clone(), reason: error.to_string() })
}
