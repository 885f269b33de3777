//! What the program holds back by itself: a result above a set amount that hangs on one source.

use chrono::{DateTime, TimeDelta, Utc};

use super::Daemon;
use super::due::Item;
use crate::ledger::{self, Determination, Entry, Kind, Life};
use crate::settle::{Said, Settlement};

/// Whom the ledger names where the program holds.
pub(super) const PROGRAM: &str = "fairgauge";

impl Daemon {
    /// Whether the program holds this settlement before it binds: it is fragile, above the amount for which two persons
    /// are needed, and nobody has let just this go.
    pub(super) fn holds(&self, item: &Item, settlement: &Settlement) -> bool {
        let amount = settlement.amount;
        let above = self.settings.operators.above(amount.currency());
        settlement.fragile
            && !item.held
            && above.is_some_and(|above| amount.minor().abs() > above)
            && item.let_go.as_ref() != Some(&Said::of(settlement))
    }

    /// Until when what becomes final at `as_of` may be corrected.
    pub(super) fn correctable(&self, item: &Item, as_of: DateTime<Utc>) -> Life {
        let correction = item.policy.product.settlement.correction;
        let until = correction.map(|correction| as_of + TimeDelta::seconds(correction.within));
        Life { correctable_until: until, ..Life::default() }
    }
}

/// The entry that says so, behind the determination that is held.
pub(super) fn fragile(said: &Determination) -> Entry {
    let key = format!("hold/{}/{}", said.period_id(), said.as_of.timestamp_millis());
    Entry::new(Kind::Hold, key, said.as_of)
        .text("act", "hold")
        .text("by", PROGRAM)
        .text("why", format!("above the amount for which two are needed, and {}", said.reason))
        .text("policy", &said.policy)
        .text("cover", &said.cover)
        .item("period", ledger::Item::object([("start", said.period.start.to_string().into())]))
}
