//! The periods of a policy that are under way, from nothing but the ledger.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::needed::known_to;
use super::{AuditError, bound_policy, product_of, terms_of};
use crate::calendar::Period;
use crate::contract::{Cover, Policy};
use crate::ledger::{LedgerError, Reader};
use crate::settle::{Paid, Progress, Terms, progress};

/// A cover of a policy in one of its periods.
#[derive(Clone, Debug)]
pub struct Underway {
    /// The policy as it was bound, with this cover and those that are subtracted from it.
    pub policy: Arc<Policy>,
    /// The cover's id.
    pub cover: String,
    /// The period.
    pub period: Period,
    bound_at: DateTime<Utc>,
}

impl Underway {
    /// How far its indices have come, as known at an instant.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn progress(&self, reader: &Reader, as_of: DateTime<Utc>) -> Result<Progress, LedgerError> {
        let knowledge = known_to(reader, &self.policy, as_of)?;
        let cover = self.cover();
        let (policy, period, bound_at) = (&*self.policy, &self.period, self.bound_at);
        Ok(progress(&Terms { policy, cover, period, bound_at, paid: Paid::default() }, &knowledge, as_of))
    }

    fn cover(&self) -> &Cover {
        self.policy.product.cover(&self.cover).expect("it was looked for when the policy was read")
    }
}

/// The covers of a policy, or one of them, each in the period that begins on a day; without a day in the one that has
/// begun last by an instant, or in its first where none has begun.
///
/// # Errors
/// Where the ledger has no such policy, or the policy no such cover or period.
pub fn underway(
    reader: &Reader,
    policy: &str,
    (cover, first_day): (Option<&str>, Option<NaiveDate>),
    at: DateTime<Utc>,
) -> Result<Vec<Underway>, AuditError> {
    let (_, entry) = reader.policy(policy)?.ok_or_else(|| AuditError::Absent(format!("policy {policy}")))?;
    let sheet = terms_of(reader, &entry)?;
    let product = product_of(&format!("term sheet of {policy}"), &sheet)?;
    let ids: Vec<_> = product.covers.iter().map(|cover| cover.id.clone()).collect();
    let no_such =
        |what: String, has: Vec<String>| AuditError::NoSuch { policy: policy.to_owned(), what, has: has.join(", ") };
    if let Some(wanted) = cover.filter(|wanted| !ids.iter().any(|id| id == wanted)) {
        return Err(no_such(format!("cover {wanted}"), ids));
    }
    let (mut found, mut starts) = (Vec::new(), Vec::new());
    for id in ids.iter().filter(|id| cover.is_none_or(|wanted| wanted == id.as_str())) {
        let policy = bound_policy(&entry, (&sheet, &entry.product), id)?;
        let day = &policy.product.day;
        let window = policy.product.cover(id).map(|cover| cover.window);
        let spans = window.and_then(|window| window.periods(policy.cover).ok()).unwrap_or_default();
        let begun = || spans.iter().rfind(|span| day.begin(span.first) <= at).or(spans.first());
        let span = match first_day {
            Some(first) => spans.iter().find(|span| span.first == first),
            None => begun(),
        };
        starts.extend(spans.iter().map(|span| span.first.to_string()));
        if let Some(span) = span {
            let period = Period::new(*span, day);
            found.push(Underway { policy: policy.clone(), cover: id.clone(), period, bound_at: entry.bound_at });
        }
    }
    match first_day.filter(|_| found.is_empty()) {
        Some(first) => Err(no_such(format!("period that begins on {first}"), starts)),
        None => Ok(found),
    }
}
