//! Files that are there whole or not at all, whatever ends the program.

use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::anyhow;

/// Writes a file that must not be there yet, by these rights.
///
/// # Errors
/// Where it is there, or cannot be written.
pub fn write_new(path: &Path, text: &[u8], rights: u32) -> anyhow::Result<()> {
    let written = draft(path, text, rights).and_then(|draft| {
        draft.persist_noclobber(path).map_err(|error| error.error)?;
        sync_folder(path)
    });
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("{} exists: name a file that does not", path.display()),
        _ => anyhow!("{}: {error}", path.display()),
    })
}

/// Writes a file in the place of what is there.
///
/// # Errors
/// Where it cannot be written: then what was there is there still.
pub fn replace(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    let written = draft(path, text, 0o666).and_then(|draft| {
        draft.persist(path).map_err(|error| error.error)?;
        sync_folder(path)
    });
    written.map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn draft(path: &Path, text: &[u8], rights: u32) -> io::Result<tempfile::NamedTempFile> {
    let rights = std::fs::Permissions::from_mode(rights);
    let mut draft = tempfile::Builder::new().prefix(".fairgauge-").permissions(rights).tempfile_in(folder(path))?;
    draft.write_all(text)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    std::fs::File::open(folder(path))?.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        write_new(&path, b"secret", 0o600).expect("written");
        let rights = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(rights & 0o777, 0o600);
        let error = write_new(&path, b"other", 0o600).expect_err("it is there").to_string();
        assert!(error.contains("key exists: name a file that does not"), "{error}");
        assert_eq!(std::fs::read(&path).expect("there"), b"secret");
        replace(&path, b"newer").expect("replaced");
        assert_eq!(std::fs::read(&path).expect("there"), b"newer");
        assert!(replace(&folder.path().join("no/folder"), b"").is_err());
        assert_eq!(folder.path().read_dir().expect("there").count(), 1);
    }
}
