//! Binding policies: what the ledger says of a policy holds, and a book that says otherwise is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::contract::{Book, Policy};
use crate::ledger::{Entry, LedgerError, PolicyEntry, Reader, hex, in_book, policy_entry};
use crate::settings::BackDated;

/// Why a book does not go with a ledger.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The term sheet of a bound policy is another.
    #[error(
        "policy {policy} was bound to {product} with the term sheet {bound}, but the file is now {found}: bring the old \
         file back, and give the changed one a new version"
    )]
    TermsChanged {
        /// The policy.
        policy: String,
        /// Its product.
        product: String,
        /// SHA-256 in the ledger.
        bound: String,
        /// SHA-256 of the file.
        found: String,
    },
    /// A policy is bound too late, by the settings.
    #[error(
        "policy {policy} would be bound when its cover had begun, on {begins}, and the settings refuse that: take the row \
         out, or write back_dated = \"hold\" in [book], so that two persons let go what it pays"
    )]
    BackDated {
        /// The policy.
        policy: String,
        /// Its first insured day.
        begins: chrono::NaiveDate,
    },
    /// The row of a bound policy is another.
    #[error(
        "policy {policy} was bound with {column} = `{bound}`, but the book now says `{found}`: bring the old row back"
    )]
    RowChanged {
        /// The policy.
        policy: String,
        /// The column.
        column: String,
        /// In the ledger.
        bound: String,
        /// In the book.
        found: String,
    },
}

/// A book held against a ledger.
pub struct Bound {
    /// Policies that the ledger does not know.
    pub new: Vec<Arc<Policy>>,
    /// Policies that the ledger knows and the book does not.
    pub absent: Vec<String>,
    known: BTreeMap<String, DateTime<Utc>>,
}

impl Bound {
    /// When a policy was bound; `now` where it is being bound.
    pub fn bound_at(&self, policy: &str, now: DateTime<Utc>) -> DateTime<Utc> {
        self.known.get(policy).copied().unwrap_or(now)
    }
}

/// Holds a book against the ledger; nothing is written.
///
/// # Errors
/// Where a bound policy's terms or row have changed.
pub fn bind(book: &Book, reader: &Reader) -> Result<Bound, BindError> {
    let entries = reader.policies()?;
    let by_id: BTreeMap<_, _> = entries.iter().map(|entry| (entry.policy.as_str(), entry)).collect();
    let mut new = Vec::new();
    for policy in &book.policies {
        match by_id.get(&*policy.id) {
            Some(entry) => unchanged(policy, entry)?,
            None => new.push(policy.clone()),
        }
    }
    let in_book: BTreeSet<_> = book.policies.iter().map(|policy| &*policy.id).collect();
    let absent =
        entries.iter().map(|entry| &entry.policy).filter(|id| !in_book.contains(id.as_str())).cloned().collect();
    let known = entries.iter().map(|entry| (entry.policy.clone(), entry.bound_at)).collect();
    Ok(Bound { new, absent, known })
}

fn unchanged(policy: &Policy, entry: &PolicyEntry) -> Result<(), BindError> {
    let id = || policy.id.to_string();
    let mut row: Vec<_> = policy.row.clone();
    row.sort();
    let value = |row: &[(String, String)], column: &str| {
        row.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    for (column, _) in row.iter().chain(&entry.columns) {
        let (found, bound) = (value(&row, column), value(&entry.columns, column));
        if found != bound {
            return Err(BindError::RowChanged { policy: id(), column: column.clone(), bound, found });
        }
    }
    let found = policy.book.as_deref().unwrap_or(PolicyEntry::DEFAULT_BOOK);
    if found != entry.book() {
        let (bound, found) = (entry.book().to_owned(), found.to_owned());
        return Err(BindError::RowChanged { policy: id(), column: "book".to_owned(), bound, found });
    }
    if policy.product.terms != entry.terms {
        let (bound, found) = (hex(&entry.terms), hex(&policy.product.terms));
        return Err(BindError::TermsChanged { policy: id(), product: entry.product.clone(), bound, found });
    }
    Ok(())
}

impl Bound {
    /// Refuses new policies whose cover has begun by `now`, where the settings do.
    ///
    /// # Errors
    /// [`BindError::BackDated`] with the first of them.
    pub fn refuse_begun(&self, rule: BackDated, now: DateTime<Utc>) -> Result<(), BindError> {
        let begun = |policy: &&Arc<Policy>| policy.product.day.begin(policy.cover.first) < now;
        match self.new.iter().find(begun).filter(|_| rule == BackDated::Refuse) {
            Some(policy) => Err(BindError::BackDated { policy: policy.id.to_string(), begins: policy.cover.first }),
            None => Ok(()),
        }
    }
}

/// The ledger's entry of a policy that is being bound. The insured's name stays in the book.
pub(super) fn entry(policy: &Policy, now: DateTime<Utc>) -> Entry {
    let entry = policy_entry(&policy.id, &policy.product.reference(), policy.product.terms, &policy.row, now);
    match &policy.book {
        Some(book) => in_book(entry, book),
        None => entry,
    }
}
