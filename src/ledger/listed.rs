//! The rows by which pages of the payout log are found, held against the entries that they were made of.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::file::sort;
use super::{Entry, Kind, OpenError, PolicyEntry, instant_text};

const ROW: &str = "SELECT kind, policy, product, cover, period_start, period_end, outcome FROM listed
    WHERE book = ?1 AND at = ?2 AND seq = ?3";

const INSERT: &str =
    "INSERT INTO listed (book, at, seq, kind, policy, product, cover, period_start, period_end, outcome)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// The row of an entry as it should be: its key, and the columns of [`ROW`].
struct Wanted<'e> {
    book: &'e str,
    at: String,
    columns: [Option<&'e str>; 7],
}

/// The rows of entries, one after another: held against them, or made of them.
pub(super) struct Listed<'c> {
    connection: &'c Connection,
    path: &'c Path,
    /// The books of policies that name one.
    books: HashMap<String, String>,
    /// How many rows there should be.
    count: i64,
}

impl<'c> Listed<'c> {
    pub fn new(connection: &'c Connection, path: &'c Path) -> Self {
        Self { connection, path, books: HashMap::new(), count: 0 }
    }

    /// The row of an entry; none where it has none.
    fn wanted<'e>(&'e mut self, entry: &'e Entry) -> Result<Option<Wanted<'e>>, OpenError> {
        let text = |name: &str| entry.text_of(name).ok();
        match entry.kind() {
            Kind::Policy => {
                // Nothing else than its key says whose entry it is.
                let policy = entry.key().strip_prefix("policy/").unwrap_or_default();
                self.books.extend(text("book").map(|book| (policy.to_owned(), book.to_owned())));
                return Ok(None);
            }
            Kind::Decision | Kind::Interim | Kind::Final | Kind::Restate => self.count += 1,
            _ => return Ok(None),
        }
        let [policy, product, cover, outcome] = ["policy", "product", "cover", "outcome"].map(text);
        let columns = [
            Some(entry.kind().word()),
            policy,
            product,
            cover,
            entry.of_period("start"),
            entry.of_period("end"),
            outcome,
        ];
        let book = policy.and_then(|policy| self.books.get(policy)).map_or(PolicyEntry::DEFAULT_BOOK, String::as_str);
        Ok(Some(Wanted { book, at: instant_text(entry.at())?, columns }))
    }

    /// Whether the row of an entry says what that says.
    ///
    /// # Errors
    /// [`OpenError::Made`] where it does not.
    pub fn look(&mut self, seq: i64, entry: &Entry) -> Result<(), OpenError> {
        let (connection, path) = (self.connection, self.path);
        let Some(Wanted { book, at, columns }) = self.wanted(entry)? else { return Ok(()) };
        let same = |row: &rusqlite::Row<'_>| {
            for (column, wanted) in columns.iter().enumerate() {
                if row.get_ref(column)?.as_str_or_null().ok() != Some(*wanted) {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let found = connection.prepare_cached(ROW).and_then(|mut row| {
            let found = row.query_row(params![book, at, seq], same);
            found.optional()
        });
        match found.map_err(sort(path))? {
            Some(true) => Ok(()),
            _ => {
                let detail = format!("the row of `listed` of entry {seq} is missing or says something else");
                Err(OpenError::Made { path: path.to_owned(), detail })
            }
        }
    }

    /// Makes the row of an entry.
    ///
    /// # Errors
    /// Where the file cannot be written, or there is such a row.
    pub fn make(&mut self, seq: i64, entry: &Entry) -> Result<(), OpenError> {
        let (connection, path) = (self.connection, self.path);
        let Some(Wanted { book, at, columns }) = self.wanted(entry)? else { return Ok(()) };
        let [kind, policy, product, cover, start, end, outcome] = columns;
        let row = params![book, at, seq, kind, policy, product, cover, start, end, outcome];
        connection.prepare_cached(INSERT).and_then(|mut insert| insert.execute(row)).map(|_| ()).map_err(sort(path))
    }

    /// Whether there are no more rows than entries.
    ///
    /// # Errors
    /// [`OpenError::Made`] where there are.
    pub fn end(self) -> Result<(), OpenError> {
        let count = "SELECT count(*) FROM listed";
        let found: i64 = self.connection.query_row(count, [], |row| row.get(0)).map_err(sort(self.path))?;
        if found == self.count {
            return Ok(());
        }
        let detail = "`listed` has rows of determinations that are not there".to_owned();
        Err(OpenError::Made { path: self.path.to_owned(), detail })
    }
}
