//! How large the write-ahead log has become. It is written into the file, and begun anew, whenever nobody reads an earlier
//! state; somebody who does so for long makes it grow without end.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::file;

/// From this many bytes on the log is too large: 64 MiB.
const MOST: u64 = 64 << 20;

/// Watches the log of one ledger.
#[derive(Debug)]
pub(super) struct LogSize {
    log: PathBuf,
    most: u64,
    /// The size at which it was said, or will be said again.
    said: Option<u64>,
}

impl LogSize {
    /// # Errors
    /// Where SQLite does not take the limit to which it cuts the log when it begins anew.
    pub fn of(ledger: &Path, connection: &Connection) -> rusqlite::Result<Self> {
        Self::at_most(MOST, ledger, connection)
    }

    pub fn at_most(most: u64, ledger: &Path, connection: &Connection) -> rusqlite::Result<Self> {
        let limit = i64::try_from(most).expect("small");
        connection.pragma_update_and_check(None, "journal_size_limit", limit, |_| Ok(()))?;
        Ok(Self { log: file::beside(ledger, "-wal"), most, said: None })
    }

    /// Looks after a commit; says once that the log is too large, again when it has doubled, and once that it is well.
    pub fn look(&mut self, connection: &Connection) {
        let size = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        if size <= self.most {
            if self.said.take().is_some() {
                tracing::info!(id = "FG0307", log_bytes = size, "the ledger's write-ahead log is small again");
            }
            return;
        }
        // Never waits for readers; where there are none in the way the next commit begins the log anew.
        let written = connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok(row.get::<_, i64>(1)? == row.get::<_, i64>(2)?));
        if !written.unwrap_or(false) && self.said.is_none_or(|said| size >= said.saturating_mul(2)) {
            self.said = Some(size);
            tracing::warn!(
                id = "FG0306",
                log_bytes = size,
                "the ledger's write-ahead log has {} MiB, because somebody has been reading an old state of it for long: end \
                 that program (`fuser {}` names it)",
                size >> 20,
                self.log.display()
            );
        }
    }

    /// The size of which it was said last that it is too large; none where it is well.
    #[cfg(test)]
    pub fn said(&self) -> Option<u64> {
        self.said
    }
}
