//! How far the ledger had come, outside of its file: a ledger that has less is an old copy.

use std::io;
use std::path::Path;

use super::disk::Disk;
use super::file;
use super::merkle::Checkpoint;

/// A high-water file is longer than this by no means.
const MOST: u64 = 4_096;

/// The state that was last signed or about to be; none where there is no file.
///
/// # Errors
/// Where it cannot be read, or holds something else.
pub(super) fn read(disk: &dyn Disk, path: &Path) -> io::Result<Option<Checkpoint>> {
    let size = match disk.size(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        size => size?,
    };
    let strange = || io::Error::other("it does not hold the three lines of origin, size and root");
    if size.is_none_or(|size| size > MOST) {
        return Err(strange());
    }
    let text = String::from_utf8(disk.read(path)?).map_err(|_| strange())?;
    Checkpoint::read(&text).map(Some).ok_or_else(strange)
}

/// Writes it whole, on the disk when this returns.
///
/// # Errors
/// Where that failed: what stood there before stands there still.
pub(super) fn write(disk: &dyn Disk, path: &Path, state: &Checkpoint) -> io::Result<()> {
    let draft = file::beside(path, ".new");
    disk.write(&draft, state.text().as_bytes())?;
    disk.rename(&draft, path)?;
    disk.sync_folder(file::folder(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SystemDisk;

    #[test]
    fn d10_only_where_nothing_lies_there_nothing_was_signed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("high-water");
        assert_eq!(read(&SystemDisk, &path).expect("nothing there"), None);
        let state = Checkpoint { origin: "example.org/log".to_owned(), size: 3, root: [7; 32] };
        write(&SystemDisk, &path, &state).expect("written");
        assert_eq!(read(&SystemDisk, &path).expect("there"), Some(state.clone()));
        let within = path.join("high-water");
        assert!(read(&SystemDisk, &within).is_err(), "what cannot be looked for is not nothing");
        assert!(read(&SystemDisk, folder.path()).is_err(), "a folder");
        let other = Checkpoint { origin: "example.org/other".to_owned(), ..state.clone() };
        std::fs::write(&path, other.text()).expect("written");
        assert_eq!(read(&SystemDisk, &path).expect("whosever it is"), Some(other));
        let most = usize::try_from(MOST).expect("small");
        let filled = |length: usize| {
            let short = state.text().len() - state.origin.len();
            Checkpoint { origin: "o".repeat(length - short), ..state.clone() }
        };
        write(&SystemDisk, &path, &filled(most)).expect("written");
        assert_eq!(read(&SystemDisk, &path).expect("as long as it may be"), Some(filled(most)));
        write(&SystemDisk, &path, &filled(most + 1)).expect("written");
        assert!(read(&SystemDisk, &path).is_err(), "one byte more");
        let long = format!("{}{}", state.text(), " ".repeat(most));
        for strange in ["", "example.org/log\n3\n", &long] {
            std::fs::write(&path, strange).expect("written");
            assert!(read(&SystemDisk, &path).is_err(), "{strange:?}");
        }
    }
}
