//! The most that covers can pay, in whatever measure amounts are compared.

use crate::quantity::Exact;

use super::cover::Cover;
use super::events::EventPay;
use super::limb::{Limb, Together};
use super::payout::Amount;

/// Brings an amount to the measure: money of one policy, or a share of the sum insured; none where that is open.
pub(super) type Measure<'m> = &'m dyn Fn(Amount) -> Option<Exact>;

impl Limb {
    /// The most of one number or one event.
    pub(super) fn most(&self, measure: Measure<'_>) -> Option<Exact> {
        let mut most = Exact::ZERO;
        for amount in self.shape.most() {
            most = most.max(measure(amount)?);
        }
        let modifiers = &self.modifiers;
        if let Some(share) = modifiers.by_date.iter().map(|(_, share)| *share).max() {
            most = most.times(share).ok()?;
        }
        if let Some(deductible) = modifiers.deductible {
            most = most.minus(measure(deductible)?).ok()?.max(Exact::ZERO);
        }
        if let Some(minimum) = modifiers.minimum.filter(|_| most.is_positive()) {
            most = most.max(measure(minimum)?);
        }
        Some(most)
    }
}

impl Cover {
    /// The most of one period.
    pub(super) fn most_of_period(&self, measure: Measure<'_>) -> Option<Exact> {
        let limit = match self.events.map(|events| (events.pay, events.at_most)) {
            Some((EventPay::Each { limit }, None)) => Some(measure(limit)?),
            Some((EventPay::Each { limit }, Some(at_most))) => {
                let count = Exact::from(i64::try_from(at_most).ok()?);
                let most = self.limbs[0].most(measure).and_then(|most| most.times(count).ok());
                let limit = measure(limit)?;
                Some(most.map_or(limit, |most| most.min(limit)))
            }
            _ => None,
        };
        let most = match limit {
            Some(limit) => limit,
            None => self.most_of_limbs(measure)?,
        };
        self.limit.amounts().try_fold(most, |most, limit| Some(most.min(measure(limit)?)))
    }

    /// The most of `periods` of them.
    pub(super) fn most_of(&self, periods: usize, measure: Measure<'_>) -> Option<Exact> {
        let count = Exact::from(i64::try_from(periods).ok()?);
        let all = self.most_of_period(measure)?.times(count).ok()?;
        self.limit.cover.map_or(Some(all), |limit| Some(all.min(measure(limit)?)))
    }

    fn most_of_limbs(&self, measure: Measure<'_>) -> Option<Exact> {
        let each = self.limbs.iter().map(|limb| limb.most(measure));
        match self.together {
            Together::Best | Together::First => each.collect::<Option<Vec<_>>>()?.into_iter().max(),
            Together::Sum => each.into_iter().try_fold(Exact::ZERO, |sum, most| sum.plus(most?).ok()),
        }
    }
}
