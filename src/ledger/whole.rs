//! Files beside the ledger that are there whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::file::beside;

/// Writes a file whole: whoever reads it sees the one before or this one, also behind a power cut. With other rights than
/// usual where `mode` says so.
///
/// # Errors
/// Where that failed: what stood there before stands there still.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: Option<u32>) -> io::Result<()> {
    let draft = beside(path, ".new");
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    if let Some(mode) = mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(&draft, path)
}
