//! From a result that may bind to one that does, and from one that binds to its correction.

use chrono::TimeDelta;

use super::outcome::{Outcome, Settlement};
use super::terms::Terms;
use crate::contract::Correction;
use crate::index::series_of;
use crate::observation::SeriesKey;
use crate::quantity::Money;

/// For how long a result may be contested before it binds; none where it binds at once.
///
/// Twice as long as the terms say where it is fragile, and where one family of sources alone gave what it rests on,
/// though the terms name several.
pub fn contest(terms: &Terms<'_>, settlement: &Settlement) -> Option<TimeDelta> {
    let window = TimeDelta::seconds(terms.policy.product.settlement.contest?);
    Some(if settlement.fragile || rests_on_one(terms, settlement) { window * 2 } else { window })
}

/// Whether of any of its series one family alone gave readings, of several that are named.
fn rests_on_one(terms: &Terms<'_>, settlement: &Settlement) -> bool {
    let product = &terms.policy.product;
    terms.cover.reads().iter().any(|read| {
        let named = read.sources(product).iter().filter_map(|source| series_of(source, terms.policy, read.variable));
        let named: Vec<_> = named.collect();
        let families = product.data.families_of(&named, |series| &series.feed);
        let gave = |series: &SeriesKey| settlement.uses.iter().any(|used| used.series == *series && used.used > 0);
        let giving = families.iter().filter(|family| family.iter().any(|series| gave(series))).count();
        families.len() > 1 && giving == 1
    })
}

/// What is compared of a result with what was said before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What comes out.
    pub outcome: Outcome,
    /// What is due in all.
    pub amount: Money,
    /// The index as a decimal, and its unit.
    pub index: Option<(String, String)>,
}

impl Said {
    /// Of a settlement.
    pub fn of(settlement: &Settlement) -> Self {
        let index = settlement.index.as_ref().map(|(value, unit)| (value.clone(), unit.symbol().to_owned()));
        Self { outcome: settlement.outcome, amount: settlement.amount, index }
    }
}

/// What becomes of a difference between what is final and what comes out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// There is none.
    None,
    /// It is recorded and changes nothing: it is too small, it changes no amount, or readings were taken back so that
    /// nothing comes out any more.
    Noted,
    /// It is booked.
    Booked,
}

/// Holds what comes out now against what is final. What was undetermined is corrected by whatever is determined;
/// nothing is ever corrected by what is undetermined.
pub fn difference(correction: &Correction, before: &Said, now: &Said) -> Difference {
    if before == now {
        return Difference::None;
    }
    let apart = Money::from_minor((now.amount.minor() - before.amount.minor()).abs(), now.amount.currency());
    let enough = apart.is_ok_and(|apart| apart.minor() > 0 && apart.units() >= correction.least);
    match (before.outcome, now.outcome) {
        (_, Outcome::Undetermined) => Difference::Noted,
        (Outcome::Undetermined, _) => Difference::Booked,
        _ if enough => Difference::Booked,
        _ => Difference::Noted,
    }
}

/// What is payable in all of a corrected amount: what is left of it beside what was paid in advance, `left`, and where
/// nothing is claimed back not less than what was payable `before`. In minor units.
pub fn payable_after(left: i64, before: i64, clawback: bool) -> i64 {
    if clawback { left } else { left.max(before) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Currency, Exact};

    fn said(outcome: Outcome, minor: i64, index: &str) -> Said {
        let amount = Money::from_minor(minor, Currency::from_code("CNY").unwrap()).unwrap();
        Said { outcome, amount, index: Some((index.to_owned(), "mm".to_owned())) }
    }

    #[test]
    fn a_difference_is_booked_from_the_amount_of_the_terms_on() {
        use Outcome::{NothingDue, Pays, Undetermined};
        let correction = |least| Correction { within: 1, least: Exact::from(least), clawback: true };
        for (least, before, now, expected, why) in [
            (100, (Pays, 50_000, "1"), (Pays, 50_000, "1"), Difference::None, "the same"),
            (100, (Pays, 50_000, "1"), (Pays, 60_000, "2"), Difference::Booked, "exactly as much as it takes"),
            (100, (Pays, 50_000, "1"), (Pays, 59_999, "2"), Difference::Noted, "a minor unit less"),
            (100, (Pays, 50_000, "1"), (Pays, 40_000, "2"), Difference::Booked, "downwards alike"),
            (100, (Pays, 9_999, "1"), (NothingDue, 0, "2"), Difference::Noted, "a small payout that was none"),
            (0, (Pays, 50_000, "1"), (Pays, 50_001, "2"), Difference::Booked, "a minor unit where none is too small"),
            (0, (Pays, 50_000, "1"), (Pays, 50_000, "2"), Difference::Noted, "another index alone moves no money"),
            (0, (NothingDue, 0, "1"), (NothingDue, 0, "2"), Difference::Noted, "nor beside the strike"),
            (100, (Undetermined, 0, "1"), (Pays, 1, "2"), Difference::Booked, "nobody knew, now one does"),
            (100, (Undetermined, 0, "1"), (NothingDue, 0, "2"), Difference::Booked, "also that nothing is due"),
            (0, (Pays, 50_000, "1"), (Undetermined, 0, "2"), Difference::Noted, "absence takes nothing back"),
            (0, (NothingDue, 0, "1"), (Undetermined, 0, "2"), Difference::Noted, "nor does it open anything"),
        ] {
            let [before, now] = [before, now].map(|(outcome, minor, index)| said(outcome, minor, index));
            assert_eq!(difference(&correction(least), &before, &now), expected, "{why}");
        }
    }

    #[test]
    fn without_clawback_nothing_that_was_payable_is_taken_away() {
        for (left, before, clawback, payable, why) in [
            (700, 1_000, true, 700, "claimed back"),
            (700, 1_000, false, 1_000, "recorded only"),
            (1_001, 1_000, false, 1_001, "what is more is paid"),
            (-700, -500, true, -700, "under a swap the insured owes more"),
            (-700, -500, false, -500, "which without clawback is recorded only"),
            (-300, -500, false, -300, "and less is less"),
        ] {
            assert_eq!(payable_after(left, before, clawback), payable, "{why}");
        }
    }
}
