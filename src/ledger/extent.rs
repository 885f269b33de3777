//! How much of the ledger is signed, and since when something waits for it.

use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension as _;

use super::instant::parse_instant;
use super::reader::nonsense;
use super::{LedgerError, Reader};

/// How far the ledger has come, and how far its newest checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Entries.
    pub entries: i64,
    /// None where no key signs it.
    pub signed: Option<SignedExtent>,
}

/// How far the newest checkpoint has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedExtent {
    /// Entries that it covers; 0 where there is none yet.
    pub entries: i64,
    /// When the newest of them was written.
    pub until: Option<DateTime<Utc>>,
    /// When the oldest entry was written that it does not cover; none where all are covered.
    pub waits_since: Option<DateTime<Utc>>,
}

impl Reader {
    /// How far the ledger and its newest checkpoint have come.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn extent(&self) -> Result<Extent, LedgerError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        let entries = self.count()?;
        let has_key = "SELECT EXISTS (SELECT 1 FROM ledger WHERE kind = 'key')";
        if !self.connection.prepare_cached(has_key)?.query_row([], |row| row.get::<_, bool>(0))? {
            return Ok(Extent { entries, signed: None });
        }
        let covered = self.number("SELECT coalesce(max(size), 0) FROM checkpoint", [])?;
        let signed = SignedExtent { entries: covered, until: self.at(covered - 1)?, waits_since: self.at(covered)? };
        Ok(Extent { entries, signed: Some(signed) })
    }

    /// When an entry was written; none where there is no such entry.
    fn at(&self, seq: i64) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let query = "SELECT at FROM ledger WHERE seq = ?1";
        let at = self.connection.prepare_cached(query)?.query_row([seq], |row| row.get::<_, String>(0)).optional()?;
        at.map(|at| parse_instant(&at).ok_or_else(|| nonsense("instant"))).transpose()
    }
}
