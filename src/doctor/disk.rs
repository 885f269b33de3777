//! The disk under the ledger: what kind it is, how much is free, whether it keeps what it is told to.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Finding, bytes, said};
use crate::ledger::folder;

/// File systems of other machines: SQLite's locks and shared memory do not hold on them.
const REMOTE: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "fuse.sshfs", "afs"];
/// Gone when the machine stops.
const FLEETING: [&str; 2] = ["tmpfs", "ramfs"];
/// Below this nothing may be begun.
const LEAST: u64 = 64 << 20;
/// Below this it should be looked at.
const FEW: u64 = 1 << 30;
/// A flush that takes longer holds every payout up.
const SLOW: Duration = Duration::from_millis(200);
/// How often a flush is tried.
const FLUSHES: usize = 5;

pub(super) fn look(ledger: &Path) -> Vec<Finding> {
    let folder = folder(ledger);
    if !folder.is_dir() {
        let mend = format!("make it: mkdir -p {}; under systemd StateDirectory= does", folder.display());
        return vec![Finding::fail("disk", format!("the ledger's folder {} is not there", folder.display()), mend)];
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let size = std::fs::metadata(ledger).map_or(0, |ledger| ledger.len());
    let mut findings = Vec::new();
    findings.extend(kind(&whole, &mounts));
    findings.extend(free(said("df", &["-Pk", &whole.display().to_string()]).as_deref(), size));
    findings.push(flush(folder));
    findings
}

/// `mounts`: the text of /proc/self/mountinfo.
pub(super) fn kind(folder: &Path, mounts: &str) -> Option<Finding> {
    let mount = |line: &str| {
        let (mount, kind) = line.split_once(" - ")?;
        let point = mount.split(' ').nth(4)?.replace("\\040", " ");
        folder.starts_with(&point).then(|| (point.len(), kind.split(' ').next().unwrap_or_default().to_owned()))
    };
    // The longest one lies on top of the others; of those that are as long, the last.
    let (_, kind) = mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length)?;
    let shown = folder.display();
    Some(match kind.as_str() {
        kind if REMOTE.contains(&kind) => Finding::fail(
            "disk",
            format!("{shown} lies on {kind}, a file system of another machine"),
            "keep the ledger on a local disk: SQLite's locks do not hold over a network",
        ),
        kind if FLEETING.contains(&kind) => Finding::warn(
            "disk",
            format!("{shown} lies on {kind}, which is empty after the next start of the machine"),
            "keep the ledger on a disk",
        ),
        kind => Finding::ok("disk", format!("{shown} lies on {kind}")),
    })
}

/// `told`: what `df -Pk` prints. `ledger`: how large the ledger is, in bytes.
pub(super) fn free(told: Option<&str>, ledger: u64) -> Option<Finding> {
    let fields: Vec<&str> = told?.lines().nth(1)?.split_whitespace().collect();
    let left = fields.get(3)?.parse::<u64>().ok()? * 1_024;
    let says = format!("{} are free, the ledger has {}", bytes(left), bytes(ledger));
    Some(if left < LEAST {
        Finding::fail("disk", says, "make room: on a full disk polls pause and nothing is settled")
    } else if left < FEW {
        Finding::warn("disk", says, "make room, or put the ledger on a larger disk")
    } else if left < ledger * 2 {
        Finding::warn("disk", says, "make room: a copy of the ledger, for a backup, needs as much again")
    } else {
        Finding::ok("disk", says)
    })
}

/// Writes a small file and has it flushed, a few times.
fn flush(folder: &Path) -> Finding {
    let tried = || -> std::io::Result<Duration> {
        let mut file = tempfile::Builder::new().prefix(".fairgauge-doctor-").tempfile_in(folder)?;
        let mut took = Vec::with_capacity(FLUSHES);
        for _ in 0..FLUSHES {
            let begun = Instant::now();
            file.write_all(&[0; 4_096])?;
            file.as_file().sync_all()?;
            took.push(begun.elapsed());
        }
        took.sort();
        Ok(took[FLUSHES / 2])
    };
    let shown = folder.display();
    match tried() {
        Ok(took) if took > SLOW => Finding::warn(
            "disk",
            format!("a flush takes {} ms", took.as_millis()),
            "find out what else writes to this disk: every payout waits for a flush",
        ),
        Ok(took) => {
            Finding::ok("disk", format!("a flush takes {}.{:03} ms", took.as_millis(), took.as_micros() % 1_000))
        }
        Err(error) => Finding::fail(
            "disk",
            format!("nothing can be written into {shown}: {error}"),
            "run this as root or as the daemon's user; else give that user the folder",
        ),
    }
}
