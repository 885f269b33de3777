//! Rows of the payout log for whoever hands them out: one after the other, from an entry on, with the rows of the book.

use std::cell::RefCell;

use super::{Filter, LedgerError, PayoutRow, PolicyEntry, Reader, State};

/// A row of the payout log as one object, as exports in JSON, the payout log file and `follow` write it.
#[derive(Debug, serde::Serialize)]
pub struct Line<'r> {
    /// The entry's number.
    pub seq: i64,
    /// The row.
    #[serde(flatten)]
    pub row: &'r PayoutRow,
    /// Why, in one word.
    pub reason_code: &'r str,
    /// The amount in minor units.
    pub amount_minor: i64,
    /// What it makes payable, in minor units.
    pub payable_minor: i64,
    /// SHA-256 of the term sheet.
    pub terms: &'r str,
}

impl<'r> From<&'r PayoutRow> for Line<'r> {
    fn from(row: &'r PayoutRow) -> Self {
        Self {
            seq: row.seq,
            row,
            reason_code: &row.reason_code,
            amount_minor: row.amount_minor,
            payable_minor: row.payable_minor,
            terms: &row.terms,
        }
    }
}

impl PayoutRow {
    /// The row as it was when it was written: whether a person held it or gave it up later is another entry's to say.
    pub fn as_written(self) -> Self {
        match self.state {
            State::Held | State::Void => self.with_hold(None),
            _ => self,
        }
    }

    /// The row of a decision as it stands where the latest act on its period is `held`.
    pub(super) fn with_hold(self, held: Option<&str>) -> Self {
        Self { state: State::of_decision(self.life.contested_until.is_some(), held), ..self }
    }
}

impl Reader {
    /// Hands out the rows of a filter one after the other: however many there are, one is in memory. All are of one state
    /// of the ledger; until `take` returns, what is written meanwhile stays in the write-ahead log.
    ///
    /// # Errors
    /// Where the file cannot be read at all; what goes wrong later is among the rows.
    pub fn stream<T>(
        &self,
        filter: &Filter,
        take: impl FnOnce(&mut dyn Iterator<Item = Result<PayoutRow, LedgerError>>) -> T,
    ) -> Result<T, LedgerError> {
        let (query, values) = filter.query();
        let mut statement = self.connection.prepare_cached(&query)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        let mut next = || rows.next()?.map(PayoutRow::from_row).transpose();
        Ok(take(&mut std::iter::from_fn(|| next().transpose())))
    }

    /// The number of the last entry that readers may see; -1 where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn last_visible(&self) -> Result<i64, LedgerError> {
        Ok(self.seen()? - 1)
    }

    /// The columns that any bound policy has in the book, by name.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn book_columns(&self) -> Result<Vec<String>, LedgerError> {
        let query = "SELECT DISTINCT json_extract(value, '$.column') FROM ledger, json_each(body, '$.columns')
            WHERE kind = 'policy' ORDER BY 1";
        self.rows(query, [], |row| Ok(row.get(0)?))
    }

    /// The rows of the book, as they were bound.
    pub fn book_rows(&self) -> BookRows<'_> {
        BookRows { reader: self, last: RefCell::new(None) }
    }

    /// A number that changes whenever another connection writes the ledger. It costs a look at the file's log.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn data_version(&self) -> Result<i64, LedgerError> {
        self.number("PRAGMA data_version", [])
    }
}

/// Rows of the book. Of policies that are asked for one after the other each is read once.
#[derive(Debug)]
pub struct BookRows<'r> {
    reader: &'r Reader,
    last: RefCell<Option<(String, Option<PolicyEntry>)>>,
}

impl BookRows<'_> {
    /// What a policy has in a column of the book; `None` where it has no such column.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn of(&self, policy: &str, column: &str) -> Result<Option<String>, LedgerError> {
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|(known, _)| known != policy) {
            let entry = self.reader.policy(policy)?.map(|(_, entry)| entry);
            *last = Some((policy.to_owned(), entry));
        }
        let columns = last.iter().filter_map(|(_, entry)| entry.as_ref()).flat_map(|entry| &entry.columns);
        Ok(columns.filter(|(name, _)| name == column).map(|(_, value)| value.clone()).next())
    }
}
