//! What only a policy can show: whether its product's windows, levels and limits fit its row.

use crate::calendar::Span;
use crate::quantity::Exact;

use super::anchor::AnchorOf;
use super::cover::Cover;
use super::payout::{AT_ODDS, Amount};
use super::policy::Policy;

/// What is wrong with a row: the column, the fault, the mend.
pub(super) type RowFault = (&'static str, String, &'static str);

const CHANGE_PERIOD: &str = "change the cover period, or the product's window";

impl Policy {
    /// Every cover has its periods and its levels, and all together stay within the sum insured. With `only` none but
    /// the cover of this name matters.
    pub(super) fn check(&self, only: Option<&str>) -> Result<(), RowFault> {
        let wanted = |cover: &&Cover| only.is_none_or(|only| cover.id == only);
        for cover in self.product.covers.iter().filter(wanted) {
            let periods = cover.window.periods(self.cover);
            let periods = periods.map_err(|error| ("from", format!("cover {}: {error}", cover.id), CHANGE_PERIOD))?;
            self.check_levels(cover, &periods)?;
            self.check_anchor(cover)?;
            self.check_waiting(cover)?;
            self.check_less(cover, &periods)?;
            self.check_modifiers(cover)?;
            self.check_interim(cover)?;
        }
        self.check_most(only)
    }

    fn check_levels(&self, cover: &Cover, periods: &[Span]) -> Result<(), RowFault> {
        for period in periods {
            if !cover.limbs.iter().all(|limb| limb.shape.level_on(period.first)) {
                let message = format!("cover {} has no strike or exit for {}", cover.id, period.first.format("%B"));
                return Err(("from", message, "add the month to the product, or change the cover period"));
            }
            if let Some(misfit) = cover.pipelines().find_map(|pipeline| pipeline.misfit(*period)) {
                let message = format!("cover {}: {misfit}", cover.id);
                return Err(("from", message, "change the cover period, or the product's index"));
            }
        }
        Ok(())
    }

    /// The days around the anchor meet the cover period, wherever the anchor may be found.
    fn check_anchor(&self, cover: &Cover) -> Result<(), RowFault> {
        let Some(anchor) = &cover.anchor else { return Ok(()) };
        let Span { first, last } = self.cover;
        let days = match &anchor.of {
            AnchorOf::Column(name) => vec![self.dates[name]],
            AnchorOf::Search(search) => {
                let Some(searched) = search.span(self.cover) else {
                    let message = format!(
                        "cover {}: the search from {} to {} does not lie inside the cover period {first} to {last}",
                        cover.id, search.from, search.to
                    );
                    return Err(("from", message, CHANGE_PERIOD));
                };
                let Some(fallback) = search.fallback_day(searched) else {
                    let message = format!("cover {}: there is no {} in {}", cover.id, search.fallback, searched.first);
                    return Err(("from", message, "choose a fallback that every year has"));
                };
                vec![searched.first, searched.last, fallback]
            }
        };
        for day in days {
            if anchor.days(day, self.cover).is_none() {
                let message = format!(
                    "cover {}: no day from {} to {} d of {day} lies inside the cover period {first} to {last}",
                    cover.id, anchor.from, anchor.to
                );
                return Err(("from", message, "correct the day of the anchor, or the cover period"));
            }
        }
        Ok(())
    }

    /// Some day is left behind the waiting.
    fn check_waiting(&self, cover: &Cover) -> Result<(), RowFault> {
        let days = (self.cover.last - self.cover.first).num_days() + 1;
        match cover.waiting {
            Some(waiting) if i64::from(waiting) >= days => {
                let message = format!("cover {} waits for {waiting} d, but the cover period has {days} d", cover.id);
                Err(("to", message, "make the cover period longer"))
            }
            _ => Ok(()),
        }
    }

    /// What is subtracted was paid for the same days.
    fn check_less(&self, cover: &Cover, periods: &[Span]) -> Result<(), RowFault> {
        let Some(less) = cover.less_within() else { return Ok(()) };
        let other = self.product.covers.iter().find(|other| other.id == less);
        let other = other.expect("the product names a cover of its own").window.periods(self.cover);
        let others = other.map_err(|error| ("from", format!("cover {less}: {error}"), CHANGE_PERIOD))?;
        match periods.iter().find(|period| !others.contains(period)) {
            Some(Span { first, last }) => {
                let message = format!("cover {less} has no period {first} to {last} to subtract from {}", cover.id);
                Err(("product", message, "give both covers the same window in the product"))
            }
            None => Ok(()),
        }
    }

    /// Deductible, franchise, minimum against the most of the shape, where one is a share and the other money.
    fn check_modifiers(&self, cover: &Cover) -> Result<(), RowFault> {
        for limb in &cover.limbs {
            let most = limb.shape.most().into_iter().filter_map(|most| self.amount(most)).max();
            let compare = |amount: Amount| Some(self.amount(amount)?.cmp(&most?));
            if let Some(what) = limb.modifiers.at_odds(compare) {
                return Err(("product", format!("cover {}: {what}", cover.id), AT_ODDS));
            }
        }
        Ok(())
    }

    /// What is paid while the period runs is above nothing, and no more than the cover can pay.
    fn check_interim(&self, cover: &Cover) -> Result<(), RowFault> {
        let Some(least) = cover.interim.and_then(|least| self.amount(least)) else { return Ok(()) };
        let currency = self.product.currency;
        if !least.is_positive() {
            let message = format!("cover {}: a payment of nothing while the period runs", cover.id);
            return Err(("product", message, "give the column of `interim` an amount above zero"));
        }
        match self.most_of(cover) {
            Some(most) if least > most => {
                let message = format!(
                    "cover {}: {least} {currency} are the least that is paid while the period runs, but a period pays \
                     at most {most} {currency}",
                    cover.id
                );
                Err(("product", message, "lower `interim`, or leave it out"))
            }
            _ => Ok(()),
        }
    }

    fn check_most(&self, only: Option<&str>) -> Result<(), RowFault> {
        let product = &self.product;
        let covers = product.covers.iter().filter(|cover| only.is_none_or(|only| cover.id == only));
        let most = covers.filter(|cover| !cover.is_swap()).try_fold(Exact::ZERO, |sum, cover| {
            let periods = cover.window.periods(self.cover).ok()?.len();
            sum.plus(cover.most_of(periods, &|amount| self.amount(amount))?).ok()
        });
        if let (None, Some(sum), Some(most)) = (product.aggregate, self.sum_insured, most)
            && most > sum
        {
            let message =
                format!("the covers could pay {most} {0} in all, the sum insured is {sum} {0}", product.currency);
            let hint = "add [limit] with aggregate = \"100 %\" to the product, or lower the covers' limits";
            return Err(("product", message, hint));
        }
        Ok(())
    }

    /// An amount in units of the currency; none where it does not fit.
    pub fn amount(&self, amount: Amount) -> Option<Exact> {
        match amount {
            Amount::Share(share) => self.sum_insured?.times(share).ok(),
            Amount::Money(money) => money.times(self.units).ok(),
        }
    }

    /// The most that one period of a cover can pay, in units of the currency; none where it does not fit.
    pub fn most_of(&self, cover: &Cover) -> Option<Exact> {
        cover.most_of_period(&|amount| self.amount(amount))
    }
}
