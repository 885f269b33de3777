//! A cover of a term sheet.

use crate::calendar::Window;
use crate::document::Place;

use super::anchor::Anchor;
use super::events::EventRule;
use super::gate::Gates;
use super::less::Less;
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
    /// Whose payout for the same period is subtracted.
    pub less: Option<Less>,
    /// From what amount on it is paid while the period runs what no later reading can take back; none where it is paid at
    /// the end only.
    pub interim: Option<Amount>,
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
        let limits = self.events.and_then(EventRule::limit).into_iter().chain(self.limit.amounts());
        limbs.chain(limits).chain(self.interim).collect()
    }

    /// Whether an amount that is due while the period runs cannot be taken back by later readings. Where that is not
    /// certain, it is not.
    pub fn ratchets(&self) -> bool {
        self.taken_back_by().is_none()
    }

    /// What later readings may do to take back an amount that is due while the period runs; none where they cannot.
    pub(super) fn taken_back_by(&self) -> Option<&'static str> {
        let ways = [
            (self.is_swap(), "what is due under a swap may turn to the other side"),
            (self.anchor.is_some(), "the day around which it looks may still be another one"),
            (!self.gates.list.is_empty(), "a gate may still close"),
            (self.less.is_some(), "what is subtracted is known at the end only"),
            (self.together == Together::First, "a limb that stands before may still pay in place of another"),
            (
                !self.events.is_none_or(EventRule::is_free_of_order),
                "an event that comes to be known later may still take the place of another",
            ),
            (!self.limbs.iter().all(Limb::ratchets), "later readings may still lower what the index pays"),
        ];
        ways.into_iter().find_map(|(there, way)| there.then_some(way))
    }
}
