//! Computing a determination again from nothing but the ledger: term sheet, row of the book, readings as they were
//! known, and the same `settle`.

mod again;
mod bundle;
mod life;
mod needed;
mod retrace;
mod underway;
mod whole;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use again::Again;
pub use bundle::{Bundle, BundleError, Proved};
pub use life::verify_life;
pub use retrace::Retraced;
pub use underway::{Underway, underway};
pub use whole::{Faulty, recompute};

use needed::known_to;

use crate::calendar::{Period, Span};
use crate::contract::{Book, BookSources, Cover, Policy, Product};
use crate::document::{Faults, Source};
use crate::index::{Disposition, Trace};
use crate::ledger::{Determination, LedgerError, PolicyEntry, Reader, State, hex, leaf_ranges};
use crate::observation::Knowledge;
use crate::operator::Alternative;
use crate::settle::{Given, Paid, Settlement, Terms, in_advance, settle};

/// Why a determination cannot be computed again.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger does not hold what it rests on.
    #[error("the ledger holds no {0}")]
    Absent(String),
    /// Its term sheet or row does not read any more.
    #[error("the term sheet or the row that the ledger holds cannot be read:\n{0}")]
    Unreadable(String),
    /// The policy has no such cover or period.
    #[error("policy {policy} has no {what}: it has {has}")]
    NoSuch {
        /// The policy.
        policy: String,
        /// What was asked for.
        what: String,
        /// What there is.
        has: String,
    },
    /// The row cannot be written as CSV.
    #[error("the row that the ledger holds is no row: {0}")]
    Row(#[from] csv::Error),
}

/// A policy as it was bound, for one of its covers.
#[derive(Clone, Debug)]
pub struct Bound {
    /// It.
    pub policy: Arc<Policy>,
    /// When it was bound.
    pub bound_at: DateTime<Utc>,
}

impl Bound {
    /// The policy of a determination, as the ledger keeps it.
    ///
    /// # Errors
    /// Where the ledger lacks it.
    pub fn of(reader: &Reader, determination: &Determination) -> Result<Self, AuditError> {
        Self::under(reader, determination, None)
    }

    /// The same under another term sheet.
    fn under(reader: &Reader, determination: &Determination, terms: Option<&str>) -> Result<Self, AuditError> {
        let (_, entry) = entry_of(reader, determination)?;
        let Some(other) = terms else { return Self::of_entry(reader, &entry, &determination.cover) };
        let product = product_of("the other terms", other)?;
        let policy = bound_policy(&entry, (other, &product.reference()), &determination.cover)?;
        Ok(Self { policy, bound_at: entry.bound_at })
    }

    /// The policy of an entry.
    fn of_entry(reader: &Reader, entry: &PolicyEntry, cover: &str) -> Result<Self, AuditError> {
        let policy = bound_policy(entry, (&terms_of(reader, entry)?, &entry.product), cover)?;
        Ok(Self { policy, bound_at: entry.bound_at })
    }

    /// Settles the period of a determination as known at an instant.
    ///
    /// # Errors
    /// Where the terms have no such cover.
    fn settle(
        &self,
        determination: &Determination,
        paid: Paid,
        knowledge: &Knowledge,
        as_of: DateTime<Utc>,
    ) -> Result<Settlement, AuditError> {
        let (cover, period) = place(&self.policy, determination)?;
        let terms = Terms { policy: &self.policy, cover, period: &period, bound_at: self.bound_at, paid };
        Ok(settle(&terms, knowledge, as_of, Trace::off()))
    }
}

/// Settles the period of a determination again, with what is known at an instant and what others were paid.
///
/// # Errors
/// Where the ledger lacks what it rests on.
pub fn settled_again(
    reader: &Reader,
    determination: &Determination,
    bound: &Bound,
    paid: Paid,
    as_of: DateTime<Utc>,
) -> Result<Settlement, AuditError> {
    bound.settle(determination, paid, &known_to(reader, &bound.policy, as_of)?, as_of)
}

/// Settles the period of a determination under something else, for comparison: as known at another instant, without a
/// feed, or under `terms`. What others had been paid is what the determination says.
///
/// # Errors
/// Where the ledger lacks what it rests on, or the other terms do not fit the policy.
pub fn settled_under(
    reader: &Reader,
    determination: &Determination,
    alternative: &Alternative,
    terms: Option<&str>,
) -> Result<Settlement, AuditError> {
    let terms = matches!(alternative, Alternative::Terms(_)).then_some(terms).flatten();
    let bound = Bound::under(reader, determination, terms)?;
    let as_of = if let Alternative::AsOf(at) = alternative { *at } else { determination.as_of };
    let knowledge = known_to(reader, &bound.policy, as_of)?;
    let knowledge = match alternative {
        Alternative::Without(feed) => {
            let cover = bound.policy.product.cover(&determination.cover);
            let reads = cover.map(|cover| bound.policy.product.reads_behind(cover)).unwrap_or_default();
            let named = reads.iter().flat_map(|read| read.sources(&bound.policy.product));
            if !named.into_iter().any(|source| *source.feed == **feed) {
                return Err(AuditError::Absent(format!("feed `{feed}` among the sources of {}", determination.id())));
            }
            knowledge.without(feed)
        }
        _ => knowledge,
    };
    bound.settle(determination, determination.paid.clone(), &knowledge, as_of)
}

/// A determination computed again.
#[derive(Debug)]
pub struct Rederived {
    /// The policy as it was bound.
    pub policy: Arc<Policy>,
    /// What comes out, with the way of the number.
    pub settlement: Settlement,
    /// What each source gave.
    pub sources: Vec<Given>,
    /// Where it says other than the ledger: a line for each difference.
    pub differences: Vec<String>,
}

/// Computes a determination again.
///
/// # Errors
/// Where the ledger lacks what it rests on.
pub fn rederive(reader: &Reader, determination: &Determination) -> Result<Rederived, AuditError> {
    Ok(Retraced::of(reader, determination.clone())?.rederived())
}

/// What bound the policy of a determination, with its entry's number.
fn entry_of(reader: &Reader, determination: &Determination) -> Result<(i64, PolicyEntry), AuditError> {
    let entry = reader.policy(&determination.policy)?;
    entry.ok_or_else(|| AuditError::Absent(format!("policy {}", determination.policy)))
}

/// The term sheet to which a policy was bound.
fn terms_of(reader: &Reader, entry: &PolicyEntry) -> Result<String, AuditError> {
    let text = reader.evidence(entry.terms)?.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| AuditError::Absent(format!("term sheet {}", hex(&entry.terms))))
}

/// Computes a determination again from a policy as it was bound, its term sheet, and what was known, be it only what it
/// rests on.
///
/// # Errors
/// Where term sheet and row do not read, or have no such cover.
fn rederive_from(
    entry: &PolicyEntry,
    text: &str,
    knowledge: &Knowledge,
    determination: &Determination,
) -> Result<Rederived, AuditError> {
    let policy = bound_policy(entry, (text, &entry.product), &determination.cover)?;
    let (cover, period) = place(&policy, determination)?;
    let (bound_at, paid) = (entry.bound_at, determination.paid.clone());
    let terms = Terms { policy: &policy, cover, period: &period, bound_at, paid };
    Ok(rederive_under(policy.clone(), &terms, knowledge, determination))
}

/// The same of a policy that was read already, and of what of it is settled.
fn rederive_under(
    policy: Arc<Policy>,
    terms: &Terms<'_>,
    knowledge: &Knowledge,
    determination: &Determination,
) -> Rederived {
    let settlement = match determination.state {
        State::Interim => in_advance(terms, knowledge, determination.as_of, Trace::on()),
        _ => None,
    };
    let settlement = settlement.unwrap_or_else(|| settle(terms, knowledge, determination.as_of, Trace::on()));
    let differences = differences(determination, &settlement, terms.period);
    let sources = settlement.sources();
    Rederived { policy, settlement, sources, differences }
}

/// What a determination is of, in the terms of its policy: the cover and the period. Where the calendar of zones is another
/// than then, the period lies between the instants that the ledger has.
fn place<'p>(policy: &'p Policy, said: &Determination) -> Result<(&'p Cover, Period), AuditError> {
    let cover = policy.product.cover(&said.cover);
    let cover = cover.ok_or_else(|| AuditError::Absent(format!("cover of {}", said.id())))?;
    let computed = Period::new(Span { first: said.period.start, last: said.period.end }, &policy.product.day);
    let same = said.tzdb == crate::calendar::tzdb_version();
    let (begins, ends) = (said.period.from, said.period.to);
    Ok((cover, if same { computed } else { Period { begins, ends, ..computed } }))
}

/// A policy as it was bound, with all its covers.
///
/// # Errors
/// Where the ledger lacks its term sheet, or it does not read any more.
pub fn bound(reader: &Reader, entry: &PolicyEntry) -> Result<Arc<Policy>, AuditError> {
    let text = terms_of(reader, entry)?;
    let product = product_of(&format!("term sheet of {}", entry.policy), &text)?;
    let cover = product.covers.first().expect("a product has at least one cover");
    bound_policy(entry, (&text, &entry.product), &cover.id)
}

/// The product of a term sheet, which is called so in its faults.
fn product_of(called: &str, text: &str) -> Result<Product, AuditError> {
    let mut faults = Faults::new();
    let product = Product::read(&Source::new(called, text), &mut faults);
    product.ok_or_else(|| AuditError::Unreadable(faults.render(false)))
}

/// The policy of an entry, read again from a term sheet, which is called so, and the row that the ledger keeps, for one
/// cover: whatever else the book holds stands elsewhere.
fn bound_policy(entry: &PolicyEntry, (text, reference): (&str, &str), cover: &str) -> Result<Arc<Policy>, AuditError> {
    let value = |(column, value): &(String, String)| match column.as_str() {
        "product" => reference.to_owned(),
        _ => value.clone(),
    };
    let mut row = csv::Writer::from_writer(Vec::new());
    row.write_record(entry.columns.iter().map(|(column, _)| column.as_str()).chain(["insured"]))?;
    row.write_record(entry.columns.iter().map(value).chain(["stands in the book".to_owned()]))?;
    let row = row.into_inner().map_err(|error| AuditError::Row(error.into_error().into()))?;
    let row = String::from_utf8(row).expect("it was made of text");
    let sources = BookSources {
        products: vec![Source::new(format!("term sheet of {}", entry.policy), text)],
        policies: vec![Source::new(format!("row of {}", entry.policy), row)],
        only_cover: Some(cover.to_owned()),
    };
    let mut faults = Faults::new();
    let book = Book::read(&sources, &mut faults);
    match book.policies.into_iter().next().filter(|_| faults.is_empty()) {
        Some(policy) => Ok(policy),
        None => Err(AuditError::Unreadable(faults.render(false))),
    }
}

fn differences(said: &Determination, again: &Settlement, period: &Period) -> Vec<String> {
    let index = again.index.as_ref().map(|(value, unit)| (value.clone(), unit.symbol().to_owned()));
    let words = |index: &Option<(String, String)>| match index {
        Some((value, unit)) => format!("{value} {unit}"),
        None => "none".to_owned(),
    };
    let pairs = [
        ("outcome", said.outcome.word().to_owned(), again.outcome.word().to_owned()),
        ("index", words(&said.index), words(&index)),
        ("amount", said.amount.to_string(), again.amount.to_string()),
        ("reason", said.reason_code.clone(), again.reason_code.to_owned()),
        ("entries of readings", said.observations.clone(), leaf_ranges(again.recorded_by.iter().copied())),
        ("period begins", said.period.from.to_rfc3339(), period.begins.to_rfc3339()),
        ("period ends", said.period.to.to_rfc3339(), period.ends.to_rfc3339()),
    ];
    let differs = pairs.into_iter().filter(|(_, said, again)| said != again);
    differs.map(|(what, said, again)| format!("{what}: the ledger says {said}, computed again it is {again}")).collect()
}

/// The first source of which the ledger says something else than comes out from all that was known.
fn sources_differ(said: &Determination, again: &[Given]) -> Option<String> {
    let said = said.sources.as_deref()?;
    let words = |source: Option<&Given>| {
        let Some(source) = source else { return "nothing".to_owned() };
        let of = |(disposition, slots): (Disposition, i64)| format!("{slots} {}", disposition.word());
        let slots = Disposition::OF_SLOTS.into_iter().zip(source.slots).filter(|(_, slots)| *slots != 0).map(of);
        let value = source.value.iter().map(|(value, unit)| format!("{value} {unit}"));
        let parts: Vec<_> = [source.disposition.word().to_owned()].into_iter().chain(slots).chain(value).collect();
        format!("{}/{} {}: {}", source.feed, source.station, source.variable, parts.join(", "))
    };
    let place = (0..said.len().max(again.len())).find(|place| said.get(*place) != again.get(*place))?;
    let [said, again] = [said, again].map(|sources| words(sources.get(place)));
    Some(format!("sources: the ledger says {said}, computed again it is {again}"))
}
