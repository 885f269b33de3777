//! Who may read and write what: the ledger's folder, the settings and the book.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Finding;
use super::unit::Unit;
use crate::ledger::folder;
use crate::settings::Settings;

/// Others may write.
const BY_ALL: u32 = 0o002;
/// Others may read.
const TO_ALL: u32 = 0o004;
/// But only its owner takes a file away, as in /tmp.
const STICKY: u32 = 0o1000;

pub(super) fn look(config: &Path, settings: &Settings, unit: Option<&Unit>) -> Vec<Finding> {
    let mut findings = vec![state(&settings.ledger)];
    let book = settings.book.products.iter().chain(&settings.book.policies);
    let files: Vec<PathBuf> = std::iter::once(config.to_owned()).chain(book.cloned()).collect();
    findings.push(written_by_all(&files));
    if unit.is_some_and(|unit| unit.has_own_user() && unit.runs(config)) {
        findings.push(read_by_the_daemon(&files));
    }
    findings
}

/// Who may do what with a file; none where it cannot be looked at.
pub(super) fn mode(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|found| found.mode() & 0o7777)
}

/// The ledger's folder, and what is in it.
fn state(ledger: &Path) -> Finding {
    let folder = folder(ledger);
    let Some(of_folder) = mode(folder) else {
        let says = format!("{} cannot be looked at", folder.display());
        return Finding::fail("rights", says, "run this as root or as the daemon's user");
    };
    if of_folder & BY_ALL != 0 && of_folder & STICKY == 0 {
        let says = format!("everybody can write into {} (mode {of_folder:04o})", folder.display());
        return Finding::fail("rights", says, format!("chmod 700 {}", folder.display()));
    }
    match mode(ledger) {
        Some(of_file) if of_file & BY_ALL != 0 => {
            let says = format!("everybody can write {} (mode {of_file:04o})", ledger.display());
            Finding::fail("rights", says, format!("chmod 600 {}", ledger.display()))
        }
        Some(of_file) => {
            let says = format!("the ledger has mode {of_file:04o}, its folder {of_folder:04o}: nobody else writes it");
            Finding::ok("rights", says)
        }
        None => Finding::ok("rights", format!("the ledger's folder has mode {of_folder:04o}: nobody else writes it")),
    }
}

/// Term sheets and policies are money: who writes them decides what is paid.
fn written_by_all(files: &[PathBuf]) -> Finding {
    match files.iter().find(|file| mode(file).is_some_and(|mode| mode & BY_ALL != 0)) {
        Some(file) => {
            let says = format!("everybody can write {}", file.display());
            Finding::fail("rights", says, format!("chmod o-w {}", file.display()))
        }
        None => Finding::ok("rights", "nobody else writes settings, products and book"),
    }
}

/// The daemon's user is made when it starts: it owns no file, and is in no group.
fn read_by_the_daemon(files: &[PathBuf]) -> Finding {
    let may = |file: &Path, wanted: u32| mode(file).is_none_or(|mode| mode & wanted != 0);
    let reads = |file: &Path| {
        let mut folders = file.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        may(file, TO_ALL) && folders.all(|folder| may(folder, 0o001))
    };
    match files.iter().find(|file| !reads(file)) {
        Some(file) => {
            let says = format!("the daemon, whose user owns nothing, cannot read {}", file.display());
            Finding::fail("rights", says, format!("chmod o+rX {}, and the folders above it", file.display()))
        }
        None => Finding::ok("rights", "the daemon can read settings, products and book"),
    }
}
