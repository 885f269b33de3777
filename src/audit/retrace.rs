//! A determination once more for whoever looks at it: what was known, and what each block made of it, value by value.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::needed::known_to;
use super::{AuditError, Bound, Rederived, place, rederive_under, sources_differ};
use crate::calendar::Period;
use crate::contract::{Cover, Fallback, Policy, Product, SourceName};
use crate::index::{Disposition, Trace, series_of};
use crate::ledger::{Determination, Reader};
use crate::observation::{Knowledge, SeriesKey};
use crate::quantity::Exact;
use crate::settle::{Settlement, Terms, settle};

/// What a determination rests on.
pub struct Retraced {
    /// The policy as it was bound.
    pub policy: Arc<Policy>,
    /// When it was bound.
    pub bound_at: DateTime<Utc>,
    /// The period.
    pub period: Period,
    /// What was known.
    pub knowledge: Arc<Knowledge>,
    determination: Determination,
}

impl Retraced {
    /// What a determination rests on, from the ledger alone.
    ///
    /// # Errors
    /// Where the ledger lacks it.
    pub fn of(reader: &Reader, determination: Determination) -> Result<Self, AuditError> {
        let Bound { policy, bound_at } = Bound::of(reader, &determination)?;
        let (_, period) = place(&policy, &determination)?;
        let knowledge = Arc::new(known_to(reader, &policy, determination.as_of)?);
        Ok(Self { policy, bound_at, period, knowledge, determination })
    }

    /// The cover.
    pub fn cover(&self) -> &Cover {
        self.policy.product.cover(&self.determination.cover).expect("it was looked for when the policy was read")
    }

    /// What is settled.
    pub fn terms(&self) -> Terms<'_> {
        Terms {
            policy: &self.policy,
            cover: self.cover(),
            period: &self.period,
            bound_at: self.bound_at,
            paid: self.determination.paid.clone(),
        }
    }

    /// The determination computed again from it.
    pub fn rederived(&self) -> Rederived {
        let mut again = rederive_under(self.policy.clone(), &self.terms(), &self.knowledge, &self.determination);
        again.differences.extend(sources_differ(&self.determination, &again.sources));
        again
    }

    /// The settlement as known at an instant, with the values of each series.
    pub fn settled(&self, as_of: DateTime<Utc>) -> Settlement {
        settle(&self.terms(), &self.knowledge, as_of, Trace::with_values())
    }

    /// The same policy under which any number of readings may be missing, so that a stretch with few of them has an index
    /// too, and of sources that serve the whole window only those are asked that `settlement` rests on. It is for drawing,
    /// and pays nothing.
    #[must_use]
    pub fn lenient(&self, settlement: &Settlement) -> Self {
        let mut policy = Policy::clone(&self.policy);
        let mut product = Product::clone(&policy.product);
        if let Some(missing) = &mut product.data.missing {
            missing.at_most = Exact::from(1);
            missing.longest = i64::MAX;
        }
        if product.data.fallback == Fallback::Window {
            let is_used = |series: &SeriesKey| {
                let mut uses = settlement.uses.iter();
                uses.any(|one| one.series == *series && one.disposition() == Disposition::Used)
            };
            let reads = self.cover().reads();
            let serves = |source: &SourceName| {
                reads.iter().any(|read| series_of(source, &self.policy, read.variable).is_some_and(|key| is_used(&key)))
            };
            if product.data.sources.iter().any(serves) {
                product.data.sources.retain(serves);
            }
        }
        policy.product = Arc::new(product);
        let Self { bound_at, knowledge, determination, period, .. } = self;
        Self {
            policy: Arc::new(policy),
            bound_at: *bound_at,
            period: *period,
            knowledge: knowledge.clone(),
            determination: determination.clone(),
        }
    }

    /// The determination.
    pub fn determination(&self) -> &Determination {
        &self.determination
    }
}
