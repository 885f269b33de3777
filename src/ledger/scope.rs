//! Whose rows of the payout log may be seen.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::{LedgerError, PolicyEntry};

/// Whose rows may be seen. What lies outside is as if it were not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// Those of policies of these books.
    Books(BTreeSet<String>),
    /// Those of these policies.
    Policies(BTreeSet<String>),
    /// Those of policies of these books, and those of these policies.
    Either(BTreeSet<String>, BTreeSet<String>),
}

pub(super) const NEXT_BOOK: &str = "SELECT min(book) FROM listed WHERE book > ?1";
/// The book and the product of a policy, as it was bound.
pub(super) const BOUND_IN: &str =
    "SELECT coalesce(json_extract(body, '$.book'), 'default'), json_extract(body, '$.product') FROM ledger
    WHERE key = 'policy/' || ?1 AND kind = 'policy'";

/// A book, with a policy of it where that alone is seen.
pub(super) type Part = (String, Option<String>);

impl Scope {
    /// Whether a policy of a book is seen.
    pub fn sees(&self, policy: &str, book: &str) -> bool {
        match self {
            Self::All => true,
            Self::Books(books) => books.contains(book),
            Self::Policies(policies) => policies.contains(policy),
            Self::Either(books, policies) => books.contains(book) || policies.contains(policy),
        }
    }

    /// The books, or the policies with their books, that may be seen, by name; where one policy is asked for, that alone. A
    /// policy of a book that is seen whole is not among them.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn parts(&self, connection: &Connection, policy: Option<&String>) -> Result<Vec<Part>, LedgerError> {
        let mut parts: Vec<Part> = match (policy, self) {
            (Some(_), _) | (None, Self::Policies(_)) => Vec::new(),
            (None, Self::Books(seen) | Self::Either(seen, _)) => seen.iter().map(|book| (book.clone(), None)).collect(),
            (None, Self::All) => books(connection)?.into_iter().map(|book| (book, None)).collect(),
        };
        let whole_books = parts.len();
        let policies: Vec<&String> = match (policy, self) {
            (Some(policy), _) => vec![policy],
            (None, Self::Policies(seen) | Self::Either(_, seen)) => seen.iter().collect(),
            (None, Self::Books(_) | Self::All) => Vec::new(),
        };
        let mut book_of = connection.prepare_cached(BOUND_IN)?;
        for policy in policies {
            let book = book_of.query_row([policy], |row| row.get(0)).optional()?;
            let book: String = book.unwrap_or_else(|| PolicyEntry::DEFAULT_BOOK.to_owned());
            let there = parts[..whole_books].iter().any(|(whole, _)| *whole == book);
            if !there && self.sees(policy, &book) {
                parts.push((book, Some(policy.clone())));
            }
        }
        Ok(parts)
    }
}

/// The books that have determinations, by name.
pub(super) fn books(connection: &Connection) -> Result<Vec<String>, LedgerError> {
    let (mut books, mut next) = (Vec::<String>::new(), connection.prepare_cached(NEXT_BOOK)?);
    while let Some(book) = next.query_row([books.last().map_or("", String::as_str)], |row| row.get(0))? {
        books.push(book);
    }
    Ok(books)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sees_what() {
        let set = |name: &str| BTreeSet::from([name.to_owned()]);
        for (scope, sees) in [
            (Scope::All, [true; 4]),
            (Scope::Books(set("north")), [true, true, false, false]),
            (Scope::Policies(set("P")), [true, false, true, false]),
            (Scope::Either(set("north"), set("P")), [true, true, true, false]),
        ] {
            let asked = [("P", "north"), ("Q", "north"), ("P", "south"), ("Q", "south")];
            assert_eq!(asked.map(|(policy, book)| scope.sees(policy, book)), sees, "{scope:?}");
        }
    }
}
