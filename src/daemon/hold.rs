//! What the program holds back by itself: a result above a set amount that hangs on one source.

use chrono::{DateTime, TimeDelta, Utc};

use super::Daemon;
use super::due::Item;
use crate::ledger::{self, Determination, Entry, Kind, Life};
use crate::settings::BackDated;
use crate::settle::{Said, Settlement};

/// Whom the ledger names where the program holds.
pub(super) const PROGRAM: &str = "fairgauge";

impl Daemon {
    /// Why the program holds this settlement before it binds, if it does: it is fragile and above the amount for which two
    /// persons are needed; or its policy was bound when its period had begun, and the settings want a look at such. What
    /// persons have let go is not held again.
    pub(super) fn holds(&self, item: &Item, settlement: &Settlement) -> Option<Why> {
        if item.held {
            return None;
        }
        let amount = settlement.amount;
        let above = self.settings.operators.above(amount.currency());
        let fragile = settlement.fragile
            && above.is_some_and(|above| amount.minor().abs() > above)
            && item.let_go.as_ref() != Some(&Said::of(settlement));
        let back_dated = self.settings.book.back_dated == BackDated::Hold
            && item.bound_at > item.period.begins
            && item.let_go.is_none();
        if fragile { Some(Why::Fragile) } else { back_dated.then_some(Why::BackDated) }
    }

    /// Until when what becomes final at `as_of` may be corrected.
    pub(super) fn correctable(&self, item: &Item, as_of: DateTime<Utc>) -> Life {
        let correction = item.policy.product.settlement.correction;
        let until = correction.map(|correction| as_of + TimeDelta::seconds(correction.within));
        Life { correctable_until: until, ..Life::default() }
    }
}

/// Why the program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Fragile,
    BackDated,
}

/// The entry that says so, behind the determination that is held.
pub(super) fn entry(said: &Determination, why: Why) -> Entry {
    let why = match why {
        Why::Fragile => format!("above the amount for which two are needed, and {}", said.reason),
        Why::BackDated => "the policy was bound when its period had begun".to_owned(),
    };
    let key = format!("hold/{}/{}", said.period_id(), said.as_of.timestamp_millis());
    Entry::new(Kind::Hold, key, said.as_of)
        .text("act", "hold")
        .text("by", PROGRAM)
        .text("why", why)
        .text("policy", &said.policy)
        .text("cover", &said.cover)
        .item("period", ledger::Item::object([("start", said.period.start.to_string().into())]))
}
