//! The file system under a ledger: SQLite's locks, and the memory that its connections share, must hold on it.

use std::path::Path;

use super::{OpenError, file};

/// What a ledger may expect of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Locks hold, and what was flushed stays.
    Well,
    /// Locks hold, and all is gone when the machine stops.
    UntilReboot,
    /// Locks hold, and all is gone with the container.
    WithContainer,
    /// Some program of its own keeps the files: nobody can tell.
    Unsure,
    /// Files of another machine: locks and shared memory do not hold between those who open them.
    Remote,
}

/// By the names that /proc/self/mountinfo has for file systems; what is not listed keeps well.
const KINDS: &[(&str, Keeps)] = &[
    ("nfs", Keeps::Remote),
    ("nfs4", Keeps::Remote),
    ("cifs", Keeps::Remote),
    ("smb3", Keeps::Remote),
    ("smbfs", Keeps::Remote),
    ("9p", Keeps::Remote),
    ("afs", Keeps::Remote),
    ("ceph", Keeps::Remote),
    ("coda", Keeps::Remote),
    ("lustre", Keeps::Remote),
    ("glusterfs", Keeps::Remote),
    ("vboxsf", Keeps::Remote),
    ("fuse.sshfs", Keeps::Remote),
    ("fuse.glusterfs", Keeps::Remote),
    ("fuse.ceph-fuse", Keeps::Remote),
    ("fuse.s3fs", Keeps::Remote),
    ("fuse.rclone", Keeps::Remote),
    ("fuse", Keeps::Unsure),
    ("fuseblk", Keeps::Unsure),
    ("virtiofs", Keeps::Unsure),
    ("tmpfs", Keeps::UntilReboot),
    ("ramfs", Keeps::UntilReboot),
    ("overlay", Keeps::WithContainer),
];

impl Keeps {
    /// What a kind of file system keeps, `ext4` or `fuse.sshfs`.
    pub fn of(kind: &str) -> Self {
        let listed = KINDS.iter().find(|(known, _)| *known == kind).map(|(_, keeps)| *keeps);
        listed.unwrap_or(if kind.starts_with("fuse.") { Self::Unsure } else { Self::Well })
    }
}

/// The kind of file system on which a folder lies; none where that is not told. `mounts`: the text of
/// /proc/self/mountinfo.
pub fn kind_of(folder: &Path, mounts: &str) -> Option<String> {
    let mount = |line: &str| {
        let (mount, kind) = line.split_once(" - ")?;
        let point = mount.split(' ').nth(4)?.replace("\\040", " ");
        folder.starts_with(&point).then(|| (point.len(), kind.split(' ').next().unwrap_or_default().to_owned()))
    };
    // The longest one lies on top of the others; of those that are as long, the last.
    mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

/// What is mounted where, for [`kind_of`]; nothing where there is no /proc.
pub fn mounts() -> String {
    std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()
}

/// # Errors
/// [`OpenError::Remote`].
pub(super) fn check(ledger: &Path) -> Result<(), OpenError> {
    let folder = file::folder(ledger);
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    check_in(ledger, &whole, &mounts())
}

/// `folder`: the ledger's, without links.
fn check_in(ledger: &Path, folder: &Path, mounts: &str) -> Result<(), OpenError> {
    let Some(kind) = kind_of(folder, mounts) else { return Ok(()) };
    match Keeps::of(&kind) {
        Keeps::Remote => Err(OpenError::Remote { path: ledger.to_owned(), kind }),
        Keeps::Unsure => {
            tracing::warn!(
                id = "FG0312",
                "{} lies on {kind}: nobody can tell whether SQLite's locks hold there; keep the ledger on a local disk",
                ledger.display()
            );
            Ok(())
        }
        Keeps::Well | Keeps::UntilReboot | Keeps::WithContainer => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d15_what_each_file_system_keeps() {
        for (kind, keeps) in [
            ("ext4", Keeps::Well),
            ("xfs", Keeps::Well),
            ("btrfs", Keeps::Well),
            ("zfs", Keeps::Well),
            ("overlay", Keeps::WithContainer),
            ("tmpfs", Keeps::UntilReboot),
            ("nfs", Keeps::Remote),
            ("nfs4", Keeps::Remote),
            ("cifs", Keeps::Remote),
            ("smb3", Keeps::Remote),
            ("9p", Keeps::Remote),
            ("ceph", Keeps::Remote),
            ("fuse.sshfs", Keeps::Remote),
            ("fuse.glusterfs", Keeps::Remote),
            ("fuse.anything", Keeps::Unsure),
            ("fuseblk", Keeps::Unsure),
            ("virtiofs", Keeps::Unsure),
            ("", Keeps::Well),
        ] {
            assert_eq!(Keeps::of(kind), keeps, "{kind}");
        }
    }

    #[test]
    fn d15_a_ledger_on_a_file_system_of_another_machine_is_refused() {
        let mounts = "25 1 254:0 / / rw - ext4 /dev/vda rw\n31 25 0:31 / /srv/net\\040work rw - nfs4 host:/x rw\n\
            32 31 254:1 / /srv/net\\040work/disk rw - xfs /dev/vdb rw\n33 25 0:40 / /srv/own rw - fuse.bindfs /x rw";
        for (folder, refused) in [
            ("/srv", None),
            ("/srv/net work", Some("nfs4")),
            ("/srv/net work/deep/er", Some("nfs4")),
            ("/srv/net work/disk", None),
            ("/srv/net works", None),
            ("/srv/own", None),
        ] {
            let ledger = Path::new(folder).join("ledger.sqlite");
            match (check_in(&ledger, Path::new(folder), mounts), refused) {
                (Ok(()), None) => {}
                (Err(error), Some(kind)) => {
                    let says = error.to_string();
                    assert!(says.contains(kind) && says.contains(ledger.to_str().unwrap()), "{says}");
                    assert!(says.contains("local disk"), "it says how to mend it: {says}");
                }
                (found, _) => panic!("{folder}: {found:?}"),
            }
        }
        assert!(check_in(Path::new("x"), Path::new("/"), "").is_ok(), "where there is no /proc nothing is said");
    }

    #[test]
    fn the_machine_says_what_is_mounted() {
        if Path::new("/proc/self/mountinfo").exists() {
            assert_eq!(kind_of(Path::new("/proc/self"), &mounts()).as_deref(), Some("proc"));
        }
    }
}
