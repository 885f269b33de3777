//! Files that are there whole or not at all, whatever ends the program.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::anyhow;
use tempfile::NamedTempFile;

use super::Failure;

/// Writes a file that must not be there yet, by these rights.
///
/// # Errors
/// Where it is there, or cannot be written.
pub fn write_new(path: &Path, text: &[u8], rights: u32) -> anyhow::Result<()> {
    let written = new_draft(path, rights).and_then(|mut draft| {
        draft.write_all(text)?;
        finish(draft, path, false)
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
    let written = new_draft(path, 0o666).and_then(|mut draft| {
        draft.write_all(text)?;
        finish(draft, path, true)
    });
    written.map_err(|error| anyhow!("{}: {error}", path.display()))
}

/// Writes a file by what `write` puts into it, however long that takes: only when all of it is there it gets its name. It
/// must not be there yet, unless with `force`.
///
/// # Errors
/// Where it is there, or cannot be written, or what `write` returns; then nothing is left.
pub fn write_long<T>(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut File) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("{} exists: name a file that does not, or use --force", path.display()),
        _ => anyhow!("{}: {error}", path.display()),
    };
    // Before the work; what comes into being meanwhile is found at its end.
    if !force && path.symlink_metadata().is_ok() {
        return Err(failed(ErrorKind::AlreadyExists.into()).into());
    }
    let mut draft = new_draft(path, 0o666).map_err(failed)?;
    let written = write(draft.as_file_mut())?;
    finish(draft, path, force).map_err(failed)?;
    Ok(written)
}

/// Gives what was written its name, behind a flush; `over`: also where a file has it.
fn finish(draft: NamedTempFile, path: &Path, over: bool) -> io::Result<()> {
    draft.as_file().sync_all()?;
    let named = if over { draft.persist(path) } else { draft.persist_noclobber(path) };
    named.map_err(|error| error.error)?;
    File::open(folder(path))?.sync_all()
}

fn new_draft(path: &Path, rights: u32) -> io::Result<NamedTempFile> {
    let rights = std::fs::Permissions::from_mode(rights);
    tempfile::Builder::new().prefix(".fairgauge-").permissions(rights).tempfile_in(folder(path))
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

    #[test]
    fn what_is_long_to_write_gets_its_name_at_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("payouts.csv");
        let there = || std::fs::read_to_string(&path).ok();
        let write = |force: bool, text: &str, fails: bool| {
            write_long(&path, force, |file| {
                file.write_all(text.as_bytes())?;
                assert_ne!(there().as_deref(), Some(text), "not before its end");
                if fails { Err(anyhow!("no more").into()) } else { Ok(()) }
            })
        };
        assert!(write(false, "half", true).is_err());
        assert_eq!(there(), None);
        assert!(write(false, "whole", false).is_ok());
        assert!(write(false, "other", false).is_err(), "it is there");
        assert!(write(true, "half", true).is_err());
        assert_eq!(there().as_deref(), Some("whole"));
        assert!(write(true, "newer", false).is_ok());
        assert_eq!(there().as_deref(), Some("newer"));
        let meanwhile = write_long(&folder.path().join("late"), false, |_| {
            std::fs::write(folder.path().join("late"), "another's")?;
            Ok(())
        });
        assert!(meanwhile.is_err());
        assert_eq!(std::fs::read(folder.path().join("late")).expect("there"), b"another's");
        assert_eq!(folder.path().read_dir().expect("there").count(), 2);
    }
}
