//! Rows of the payout log that are asked for by their entries, superseded or not.

use rusqlite::params;

use super::{LedgerError, PayoutRow, Reader};

/// The entry's number; policy, cover and first day of its period.
pub(super) type Place = (i64, [String; 3]);

/// The row of an entry. With its period: by the number alone every payment in advance would be looked at.
pub(super) fn query() -> String {
    let columns = PayoutRow::COLUMNS;
    format!("SELECT {columns} FROM determination WHERE seq = ?1 AND policy = ?2 AND cover = ?3 AND period_start = ?4")
}

impl Reader {
    /// The row of an id, `NY-001/rain/2013-06-01` or `NY-001/rain/2013-06-01/1` of the first payment in advance, or of an
    /// entry's number, superseded or not.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn payout(&self, id: &str) -> Result<Option<PayoutRow>, LedgerError> {
        if let Ok(seq) = id.parse::<i64>() {
            return self.row(seq);
        }
        let [start, cover, policy] = period_of(id).rsplitn(3, '/').collect::<Vec<_>>()[..] else { return Ok(None) };
        let columns = PayoutRow::COLUMNS;
        let query =
            format!("SELECT {columns} FROM payout WHERE policy = ?1 AND cover = ?2 AND period_start = ?3 AND id = ?4");
        Ok(self.rows(&query, [policy, cover, start, id], PayoutRow::from_row)?.pop())
    }

    /// The row of an entry's number, superseded or not; none where readers see no such determination.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn row(&self, seq: i64) -> Result<Option<PayoutRow>, LedgerError> {
        Ok(self.determined_between(seq, seq.saturating_add(1))?.pop())
    }

    /// Determinations and payments in advance from entry `from` on and before entry `before` that readers see, superseded or
    /// not, in their order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn determined_between(&self, from: i64, before: i64) -> Result<Vec<PayoutRow>, LedgerError> {
        // By number and not by kind: of a few entries each is looked at.
        let entries = "SELECT seq, policy, cover, period_start FROM ledger
            WHERE seq >= ?1 AND seq < ?2 AND +kind IN ('decision', 'interim', 'final', 'restate') ORDER BY seq";
        let found = self.rows(entries, [from, before.min(self.seen()?)], place)?;
        self.rows_of_entries(found)
    }

    /// Determinations behind an entry that readers may see, at most `most`, in the order of their entries, whether a later
    /// one took their place or not.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn determined_after(&self, seq: i64, most: i64) -> Result<Vec<PayoutRow>, LedgerError> {
        // By kind: behind the last determination there may be many other entries. And first their numbers alone.
        let entries = "SELECT seq, policy, cover, period_start FROM ledger WHERE seq IN (
                SELECT seq FROM ledger WHERE kind IN ('decision', 'interim', 'final', 'restate')
                    AND seq > ?1 AND seq < (SELECT size FROM covered) ORDER BY seq LIMIT ?2)
            ORDER BY seq";
        let found = self.rows(entries, [seq, most], place)?;
        self.rows_of_entries(found)
    }

    /// The rows of entries, in the order in which these are given.
    pub(super) fn rows_of_entries(
        &self,
        entries: impl IntoIterator<Item = Place>,
    ) -> Result<Vec<PayoutRow>, LedgerError> {
        let (query, entries) = (query(), entries.into_iter());
        let mut rows = Vec::with_capacity(entries.size_hint().0);
        for (seq, [policy, cover, start]) in entries {
            rows.extend(self.rows(&query, params![seq, policy, cover, start], PayoutRow::from_row)?);
        }
        Ok(rows)
    }
}

fn place(row: &rusqlite::Row<'_>) -> Result<Place, LedgerError> {
    Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?]))
}

/// An id without the number of a payment in advance.
fn period_of(id: &str) -> &str {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    id.rsplit_once('/').filter(|(_, last)| number(last)).map_or(id, |(period, _)| period)
}
