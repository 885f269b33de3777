//! The disk under the ledger: what kind it is, how much is free, whether it keeps what it is told to.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Finding, bytes, said};
use crate::ledger::folder;
use crate::ledger::mount::{self, Keeps};

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
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let size = std::fs::metadata(ledger).map_or(0, |ledger| ledger.len());
    let mut findings = Vec::new();
    findings.extend(kind(&whole, &mount::mounts()));
    findings.extend(free(said("df", &["-Pk", &whole.display().to_string()]).as_deref(), size));
    findings.push(flush(folder));
    findings
}

/// `mounts`: the text of /proc/self/mountinfo.
pub(super) fn kind(folder: &Path, mounts: &str) -> Option<Finding> {
    let kind = mount::kind_of(folder, mounts)?;
    let lies = format!("{} lies on {kind}", folder.display());
    Some(match Keeps::of(&kind) {
        Keeps::Well => Finding::ok("disk", lies),
        Keeps::UntilReboot => {
            let says = format!("{lies}, which is empty after the next start of the machine");
            Finding::warn("disk", says, "keep the ledger on a disk")
        }
        Keeps::WithContainer => {
            let says = format!("{lies}, which goes with its container where this is one");
            Finding::warn("disk", says, "keep the ledger on a volume of the container")
        }
        Keeps::Unsure => {
            let says = format!("{lies}: nobody can tell whether SQLite's locks hold there");
            Finding::warn("disk", says, "keep the ledger on a local disk")
        }
        Keeps::Remote => Finding::fail(
            "disk",
            format!("{lies}, a file system of another machine"),
            "keep the ledger on a local disk: SQLite's locks do not hold over a network, and the daemon refuses it",
        ),
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
