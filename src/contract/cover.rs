//! A cover of a term sheet.

use crate::calendar::Window;
use crate::document::Place;

use super::anchor::Anchor;
use super::events::EventRule;
use super::gate::Gates;
use super::limb::{Limb, Together};
use super::limit::CoverLimit;
use super::payout::Amount;
use super::product::VintageRule;

/// A cover: a window, indices and what they pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Its name.
    pub id: String,
    /// The periods in which it is settled.
    pub window: Window,
    /// The day around which it looks inside its period, where it has one.
    pub anchor: Option<Anchor>,
    /// At least one.
    pub limbs: Vec<Limb>,
    /// How they are combined.
    pub together: Together,
    /// Which events pay, where it is about events.
    pub events: Option<EventRule>,
    /// On what it hangs whether it pays at all.
    pub gates: Gates,
    /// The most of a period and of all periods.
    pub limit: CoverLimit,
    /// The first insured days of the policy's cover period that do not count.
    pub waiting: Option<u32>,
    /// The cover of the same product whose payout for the same period is subtracted.
    pub less: Option<String>,
    /// Other than the product's: seconds behind the period's end before which nothing is final.
    pub lag: Option<i64>,
    /// Other than the product's: seconds behind the period's end after which it is final as it stands.
    pub longest_wait: Option<i64>,
    /// Other than the product's: which readings count.
    pub vintage: Option<VintageRule>,
    /// Where it begins in the file.
    pub place: Place,
    /// Whether the book gives an amount of it, and the product is read for no policy.
    pub(super) open: bool,
}

impl Cover {
    /// Whether it is a swap, which pays in both directions.
    pub fn is_swap(&self) -> bool {
        self.limbs.iter().any(Limb::is_swap)
    }

    /// Every amount that its terms name.
    pub(super) fn amounts(&self) -> Vec<Amount> {
        let limbs = self
            .limbs
            .iter()
            .flat_map(|limb| limb.shape.most().into_iter().chain(limb.shape.least()).chain(limb.modifiers.amounts()));
        limbs.chain(self.events.and_then(EventRule::limit)).chain(self.limit.amounts()).collect()
    }

    /// Whether an amount that is due while the period runs cannot be taken back by later readings. Where that is not
    /// certain, it is not.
    pub fn ratchets(&self) -> bool {
        let simple = self.anchor.is_none() && self.gates.list.is_empty() && self.less.is_none();
        simple
            && self.together != Together::First
            && self.events.is_none_or(EventRule::is_free_of_order)
            && self.limbs.iter().all(Limb::ratchets)
    }
}
