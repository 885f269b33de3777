//! What is settled: one cover of one policy over one period, and what earlier settlements paid.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::Period;
use crate::contract::{Cover, Grain, Policy, VintageRule};
use crate::index::Inputs;
use crate::observation::Knowledge;

/// What the policy's binding determinations paid to the insured so far, in minor units, payments in advance among them;
/// what the insured owed under a swap does not count. Only what the terms ask for need be there; the rest is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// Of all covers and periods.
    pub total: i64,
    /// Of this cover, where all its periods have a limit.
    pub by_cover: i64,
    /// Of all covers for a period of the same days, where there are reinstatements.
    pub in_period: i64,
    /// Of the cover that is subtracted, for a period of the same days; `None`: that is not final yet. A cover of another
    /// policy is called `P-1/base`.
    pub same_period: BTreeMap<String, Option<i64>>,
    /// In advance, of this very period; it is in none of the others.
    pub advance: i64,
}

/// One cover of one policy over one period: what is settled once.
#[derive(Clone)]
pub struct Terms<'a> {
    /// The policy with its product.
    pub policy: &'a Policy,
    /// The cover, one of the product's.
    pub cover: &'a Cover,
    /// The period, one of the cover's window.
    pub period: &'a Period,
    /// When the policy was bound: the longest wait does not begin before.
    pub bound_at: DateTime<Utc>,
    /// What was paid before.
    pub paid: Paid,
}

impl<'a> Terms<'a> {
    /// The instant after which the settlement is final as it stands: readings are waited for no longer, or count no
    /// longer.
    pub fn deadline(&self) -> DateTime<Utc> {
        let wait = self.waited_from() + TimeDelta::seconds(self.longest_wait());
        self.cut_off().map_or(wait, |cut_off| wait.min(cut_off))
    }

    /// Seconds for which readings are waited for.
    pub fn longest_wait(&self) -> i64 {
        self.policy.product.longest_wait_of(self.cover)
    }

    /// The instant before which nothing is final.
    pub fn lag_over(&self) -> DateTime<Utc> {
        self.period.ends + TimeDelta::seconds(self.policy.product.lag_of(self.cover))
    }

    /// The instant of the last reading that counts, where there is one.
    fn cut_off(&self) -> Option<DateTime<Utc>> {
        self.policy.product.data.cut_off.map(|seconds| self.waited_from() + TimeDelta::seconds(seconds))
    }

    fn waited_from(&self) -> DateTime<Utc> {
        self.period.ends.max(self.bound_at)
    }

    /// The knowledge that counts at `as_of`: what was learned behind the cut-off does not.
    pub(super) fn counted(&self, as_of: DateTime<Utc>) -> DateTime<Utc> {
        self.cut_off().map_or(as_of, |cut_off| as_of.min(cut_off))
    }

    /// The instant from which readings and events count, seconds since 1970; none where there is no waiting.
    pub(super) fn counts_from(&self) -> Option<i64> {
        let waiting = self.cover.waiting?;
        let first = self.policy.cover.first + TimeDelta::days(i64::from(waiting));
        Some(self.policy.product.day.begin_s(first))
    }

    /// Whether another cover's payout is subtracted that is not final yet.
    pub(super) fn waits_for_other(&self) -> bool {
        let other = self.policy.subtracted_key(self.cover);
        other.is_some_and(|other| self.paid.same_period.get(&other).copied().flatten().is_none())
    }

    /// The same, looking at other days.
    pub(super) fn over<'p>(&self, period: &'p Period) -> Terms<'p>
    where
        'a: 'p,
    {
        Terms { period, ..self.clone() }
    }

    /// What an index of this cover is computed from: the one place where waiting, vintage and the calendar of its window
    /// come in.
    pub(super) fn inputs<'k>(&'k self, known: &'k Knowledge, as_of: DateTime<Utc>, until: DateTime<Utc>) -> Inputs<'k> {
        Inputs {
            counts_from: self.counts_from(),
            each: Grain::of_each(self.cover.window),
            final_only: self.policy.product.vintage_of(self.cover) == VintageRule::Final,
            ..Inputs::new(known, self.counted(as_of), self.policy, self.period, until)
        }
    }
}
