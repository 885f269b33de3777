//! The ledger: its form, its size, its log, and whether it is as far as it once was.

use std::path::Path;

use super::keys::from_here;
use super::unit::Unit;
use super::{Finding, bytes};
use crate::ledger::{LedgerError, OpenError, Reader, beside};
use crate::settings::{Settings, SignSettings};

/// From this many bytes on the write-ahead log is too large: some reader keeps it from being written back.
const MOST_LOG: u64 = 64 << 20;
/// A daemon that writes meanwhile may have its high-water file ahead of what is read: how often it is looked at again.
const TRIES: usize = 5;

pub(super) fn look(settings: &Settings, unit: Option<&Unit>) -> Vec<Finding> {
    let high_water = settings.high_water();
    let reader = match Reader::open(&settings.ledger) {
        Ok(reader) => reader,
        Err(OpenError::Missing(path)) => return vec![missing(&path, &high_water)],
        Err(error) => return vec![from(&error)],
    };
    let mut findings = vec![
        holds(&reader, &settings.ledger).unwrap_or_else(|error| from(&error.into())),
        log(&settings.ledger),
        came_so_far(&reader, &high_water),
    ];
    findings.extend(settings.sign.as_ref().map(|sign| key(sign, settings, &reader, unit)));
    findings
}

/// The words of an error say what to do behind the last colon, or in the whole of them.
fn from(error: &OpenError) -> Finding {
    let text = error.to_string();
    match text.rsplit_once(": ") {
        Some((says, mend)) => Finding::fail("ledger", says, mend),
        None => Finding::fail("ledger", text, "docs/operating.md, Restore, says what can be done"),
    }
}

fn missing(path: &Path, high_water: &Path) -> Finding {
    if high_water.exists() {
        let says =
            format!("there is none at {}, but {} says that one was signed", path.display(), high_water.display());
        return Finding::fail("ledger", says, "bring it back: `fairgauge restore BACKUP --key KEY --check` says how");
    }
    Finding::ok("ledger", format!("there is none at {} yet: the daemon begins one when it starts", path.display()))
}

fn holds(reader: &Reader, path: &Path) -> Result<Finding, LedgerError> {
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let (entries, policies) = (reader.count()?, reader.policies()?.len());
    let begun = reader.genesis()?.at.format("%Y-%m-%d");
    let says = format!(
        "{entries} entries since {begun}, {policies} policies, {}; `fairgauge verify` checks every hash",
        bytes(size)
    );
    Ok(Finding::ok("ledger", says))
}

/// The write-ahead log beside it.
pub(super) fn log(ledger: &Path) -> Finding {
    let size = std::fs::metadata(beside(ledger, "-wal")).map_or(0, |file| file.len());
    if size > MOST_LOG {
        let says = format!("its write-ahead log has {}: some program reads an old state of it", bytes(size));
        return Finding::warn("ledger", says, format!("`fuser {}-wal` names the reader: end it", ledger.display()));
    }
    Finding::ok("ledger", format!("its write-ahead log has {}", bytes(size)))
}

fn came_so_far(reader: &Reader, high_water: &Path) -> Finding {
    let mut found = reader.check_high_water(high_water);
    for _ in 1..TRIES {
        if !matches!(found, Err(OpenError::Behind { .. })) {
            break;
        }
        found = reader.check_high_water(high_water);
    }
    match found {
        Ok(Some(signed)) => {
            Finding::ok("ledger", format!("it has the {signed} entries that were signed, by their root"))
        }
        Ok(None) => Finding::ok("ledger", "it is not signed"),
        Err(error) => from(&error),
    }
}

/// The key by which it is signed: that it can be read, is one, and is the ledger's.
fn key(sign: &SignSettings, settings: &Settings, reader: &Reader, unit: Option<&Unit>) -> Finding {
    let own = match from_here("ledger's key", &sign.key, unit) {
        Ok(key) => SignSettings { key, ..sign.clone() },
        Err(finding) => return finding,
    };
    match own.signing(&settings.ledger) {
        Err(error) => {
            let mend = "`fairgauge key show FILE --name NAME` shows whether a file holds a key; a lost one is in docs/operating.md";
            Finding::fail("ledger's key", error, mend)
        }
        Ok(signing) => {
            let (public, signs) = (signing.key.public(), reader.signing_key().ok().flatten());
            match signs {
                Some(signs) if signs != public => Finding::fail(
                    "ledger's key",
                    format!("the settings name the key {public}, the ledger is signed by {signs}"),
                    "put the ledger's key back; a key is changed by `fairgauge key rotate`",
                ),
                _ => Finding::ok("ledger's key", format!("{public}, kept where nobody else reads it")),
            }
        }
    }
}
