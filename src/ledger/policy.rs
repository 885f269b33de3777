//! Policies as they were bound.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::reader::{nonsense, read};
use super::{Digest, Entry, EntryError, Item, Kind, LedgerError, Reader, digest};

/// A bound policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEntry {
    /// Its id in the book.
    pub policy: String,
    /// The product with its version: `leafy-greens@1`.
    pub product: String,
    /// SHA-256 of the term sheet's bytes, which are among the evidence.
    pub terms: Digest,
    /// The row of the book, column and text, in the order of the columns' names.
    pub columns: Vec<(String, String)>,
    /// The insurer's book or treaty, where the row names one.
    pub book: Option<String>,
    /// When it was bound.
    pub bound_at: DateTime<Utc>,
}

/// The entry `policy/<id>` of a policy: with the term sheet's bytes as evidence in the same batch.
pub fn policy_entry(
    policy: &str,
    product: &str,
    terms: Digest,
    columns: &[(String, String)],
    at: DateTime<Utc>,
) -> Entry {
    let mut sorted: Vec<_> = columns.iter().collect();
    sorted.sort();
    let columns = sorted
        .into_iter()
        .map(|(column, value)| Item::object([("column", column.as_str().into()), ("value", value.as_str().into())]))
        .collect();
    Entry::new(Kind::Policy, format!("policy/{policy}"), at)
        .text("policy", policy)
        .text("product", product)
        .text("terms", digest::hex(&terms))
        .list("columns", columns)
}

/// The same of a policy whose row names its book.
#[must_use]
pub fn in_book(policy: Entry, book: &str) -> Entry {
    policy.text(BOOK, book)
}

const BOOK: &str = "book";

impl PolicyEntry {
    /// The book of policies that name none.
    pub const DEFAULT_BOOK: &'static str = "default";

    /// The policy's book.
    pub fn book(&self) -> &str {
        self.book.as_deref().unwrap_or(Self::DEFAULT_BOOK)
    }

    /// The policy of an entry that [`policy_entry`] made.
    ///
    /// # Errors
    /// [`EntryError::Member`] where it is none.
    pub fn from_entry(entry: &Entry) -> Result<Self, EntryError> {
        let absent = || EntryError::Member("columns".to_owned());
        let listed = entry.member("columns").and_then(Item::as_list).ok_or_else(absent)?;
        let columns = listed.iter().map(|item| {
            let text = |name| item.member(name).and_then(Item::as_text).map(str::to_owned).ok_or_else(absent);
            Ok((text("column")?, text("value")?))
        });
        Ok(Self {
            policy: entry.text_of("policy")?.to_owned(),
            product: entry.text_of("product")?.to_owned(),
            terms: entry.digest_of("terms")?,
            columns: columns.collect::<Result<_, _>>()?,
            book: entry.member(BOOK).map(|_| entry.text_of(BOOK).map(str::to_owned)).transpose()?,
            bound_at: entry.at(),
        })
    }
}

/// Of a book behind an entry, in their order.
pub(super) const OF_BOOK: &str = "SELECT body FROM ledger INDEXED BY ledger_book
    WHERE kind = 'policy' AND coalesce(json_extract(body, '$.book'), 'default') = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

fn bound((seq, entry): (i64, Entry)) -> Result<(i64, PolicyEntry), LedgerError> {
    Ok((seq, PolicyEntry::from_entry(&entry).map_err(LedgerError::entry(entry.key()))?))
}

fn of_row(row: &rusqlite::Row<'_>) -> Result<(i64, PolicyEntry), LedgerError> {
    bound(read(row.get_ref(0)?.as_str().map_err(|_| nonsense("a policy"))?)?)
}

impl Reader {
    /// The bound policies, in the order in which they were bound.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn policies(&self) -> Result<Vec<PolicyEntry>, LedgerError> {
        let policies = self.rows("SELECT body FROM ledger WHERE kind = 'policy' ORDER BY seq", [], of_row)?;
        Ok(policies.into_iter().map(|(_, policy)| policy).collect())
    }

    /// The policy of an id, as it was bound, with its entry's number.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn policy(&self, id: &str) -> Result<Option<(i64, PolicyEntry)>, LedgerError> {
        self.entry_of_key(&format!("policy/{id}"))?.map(bound).transpose()
    }

    /// Policies in the order in which they were bound, behind entry `after` and before entry `before`, at most `most`,
    /// with their entries' numbers. -1 lies before the first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn policies_after(&self, after: i64, before: i64, most: i64) -> Result<Vec<(i64, PolicyEntry)>, LedgerError> {
        let query = "SELECT body FROM ledger WHERE kind = 'policy' AND seq > ?1 AND seq < ?2 ORDER BY seq LIMIT ?3";
        self.rows(query, [after, before, most], of_row)
    }

    /// Policies of a book in the order in which they were bound, behind entry `after`, at most `most`, with their entries'
    /// numbers. -1 lies before the first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn policies_of(&self, book: &str, after: i64, most: i64) -> Result<Vec<(i64, PolicyEntry)>, LedgerError> {
        self.rows(OF_BOOK, params![book, after, most], of_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_back_with_its_columns_sorted() {
        let columns = [("station".to_owned(), "JFK".to_owned()), ("area".to_owned(), "12.5 ha".to_owned())];
        let at = DateTime::from_timestamp(1_370_000_000, 0).expect("in range");
        let entry = policy_entry("NY-001", "leafy-greens@1", [9; 32], &columns, at);
        let policy = PolicyEntry::from_entry(&Entry::parse(&entry.body(1).expect("good")).expect("ours").1);
        let [station, area] = columns;
        let expected = PolicyEntry {
            policy: "NY-001".into(),
            product: "leafy-greens@1".into(),
            terms: [9; 32],
            columns: vec![area, station],
            book: None,
            bound_at: at,
        };
        assert_eq!(expected.book(), "default");
        assert_eq!(policy, Ok(expected.clone()));
        let treaty = in_book(entry.clone(), "QS-2026").body(1).expect("good");
        assert!(treaty.contains(r#""book":"QS-2026","#) && !entry.body(1).expect("good").contains("book\":"));
        let policy = PolicyEntry::from_entry(&Entry::parse(&treaty).expect("ours").1);
        assert_eq!(policy, Ok(PolicyEntry { book: Some("QS-2026".into()), ..expected }));
        let number = PolicyEntry::from_entry(&entry.integer("book", 1));
        assert_eq!(number, Err(EntryError::Member("book".into())), "a book has a name");
    }
}
