//! The payout log as a file of lines, for shippers of logs: a line a determination, each once, in the order of the ledger.
//!
//! A thread of its own reads what has become visible and appends it; no commit waits. Where it stands is said by the last
//! whole line of the file. Beside it, `.position` behind its name, a small file says which file that was, so that a new
//! one, after the old one was renamed, goes on behind it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::ledger::{LedgerError, Line, OpenError, PayoutRow, Reader, State};
use crate::settings::PayoutLogSettings;

use super::Follow;
use place::Place;

mod place;
#[cfg(test)]
mod tests;

/// How often the ledger is looked at, and whether the file was renamed.
const EVERY: Duration = Duration::from_secs(1);

/// Appends to the file until it is dropped.
#[derive(Debug)]
pub struct PayoutLog {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl PayoutLog {
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(ledger: PathBuf, settings: PayoutLogSettings) -> std::io::Result<Self> {
        let (wake, woken) = mpsc::channel();
        let append = move || {
            let mut told = None;
            loop {
                let wait = |time| woken.recv_timeout(time) != Err(RecvTimeoutError::Disconnected);
                let failed = match append(&ledger, &settings, &mut told, wait) {
                    Ok(()) => return,
                    Err(failed) => failed.to_string(),
                };
                // Once, however long it lasts.
                if told.as_ref() != Some(&failed) {
                    let path = settings.path.display();
                    tracing::warn!(id = "FG0715", "no line is appended to the payout log file {path}: {failed}");
                    told = Some(failed);
                }
                if !wait(EVERY) {
                    return;
                }
            }
        };
        let thread = Builder::new().name("payout-log".to_owned()).spawn(append)?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// Looks at once whether the file was renamed, and for what is new.
    pub fn reopen(&self) {
        // Where the thread is gone the program is about to end.
        _ = self.wake.as_ref().map(|wake| wake.send(()));
    }
}

impl Drop for PayoutLog {
    /// Waits until what is visible stands in the file, or a part of it: the rest follows at the next start.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

/// Why nothing is appended.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    #[error("{0} is no payout log file: name another one in [payout_log], or move it away")]
    Foreign(PathBuf),
    #[error(
        "it ends with entry {seq}, and the ledger has no such determination: it is another ledger's, or the ledger was \
         brought back to an earlier state; move {0} and its .position away, and the file is written anew",
        path.display()
    )]
    OtherLedger { path: PathBuf, seq: i64 },
}

/// Appends what there is, and what comes, until `wait` says that it is enough. It is called between any two looks.
fn append(
    ledger: &Path,
    settings: &PayoutLogSettings,
    told: &mut Option<String>,
    mut wait: impl FnMut(Duration) -> bool,
) -> Result<(), Trouble> {
    let reader = Reader::open(ledger)?;
    let mut place = Place::find(&settings.path)?;
    check_ledger(&place, &reader)?;
    let mut follow = Follow::after(&reader, place.seq());
    let mut goes_on = true;
    loop {
        place.reopen()?;
        let rows = follow.rows()?;
        let last = rows.last().map(|row| row.seq);
        if let Some(last) = last {
            place.append(&lines(rows, &settings.states), last)?;
            follow.passed(last);
        }
        if told.take().is_some() {
            tracing::info!(
                id = "FG0716",
                "lines are appended to the payout log file {} again",
                settings.path.display()
            );
        }
        // Once more behind the end: the daemon closes its ledger first.
        if !goes_on {
            return Ok(());
        }
        goes_on = wait(if last.is_some() { Duration::ZERO } else { EVERY });
    }
}

/// The lines of rows in some states, as they were when they were written.
fn lines(rows: Vec<PayoutRow>, states: &[State]) -> Vec<u8> {
    let mut lines = Vec::new();
    for row in rows.into_iter().map(PayoutRow::as_written).filter(|row| states.contains(&row.state)) {
        serde_json::to_writer(&mut lines, &Line::from(&row)).expect("a row is JSON, and a list of bytes takes it");
        lines.push(b'\n');
    }
    lines
}

/// That the last line is of this ledger.
fn check_ledger(place: &Place, reader: &Reader) -> Result<(), Trouble> {
    let seq = place.seq();
    let same = match place.last() {
        Some(last) => {
            let row = reader.payout(&seq.to_string())?;
            row.is_some_and(|row| {
                let row = serde_json::to_value(Line::from(&row)).expect("a row is JSON");
                // Later programs may say more in a line.
                ["id", "determined_at", "amount"].iter().all(|name| row[name] == last[name])
            })
        }
        None => seq <= reader.last_visible()?,
    };
    if same { Ok(()) } else { Err(Trouble::OtherLedger { path: place.path().to_owned(), seq }) }
}
