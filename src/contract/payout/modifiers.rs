//! What is done to the amount of a shape: by date, deductible, franchise, minimum, in this order.

use chrono::NaiveDate;

use crate::calendar::MonthDay;
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::Exact;

use super::super::literal::Scope;
use super::super::window::read_month_day;
use super::amount::Amount;
use super::shape::Shape;

/// The modifiers of a payout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// From which day of the year on which share is paid; before the first nothing. The days rise. Empty: all of it.
    pub by_date: Vec<(MonthDay, Exact)>,
    /// It is subtracted.
    pub deductible: Option<Amount>,
    /// Below it nothing is paid, from it on everything.
    pub franchise: Option<Amount>,
    /// What is above zero pays at least this.
    pub minimum: Option<Amount>,
}

impl Modifiers {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The share that is paid for an insured day.
    pub fn share_on(&self, day: NaiveDate) -> Exact {
        if self.by_date.is_empty() {
            return Exact::from(1);
        }
        let day = MonthDay::of(day);
        self.by_date.iter().rfind(|(from, _)| *from <= day).map_or(Exact::ZERO, |(_, share)| *share)
    }

    /// All amounts.
    pub fn amounts(&self) -> impl Iterator<Item = Amount> {
        [self.deductible, self.franchise, self.minimum].into_iter().flatten()
    }

    /// Why nothing, or more than the shape, could be paid: the deductible, the franchise, the minimum against the most
    /// that the shape pays. `above(a, b)` says how two amounts compare, where that is known.
    pub(in crate::contract) fn at_odds(
        &self,
        compare: impl Fn(Amount) -> Option<std::cmp::Ordering>,
    ) -> Option<&'static str> {
        let against = |amount: Option<Amount>| amount.and_then(&compare);
        if against(self.deductible).is_some_and(std::cmp::Ordering::is_ge) {
            return Some("the deductible takes all that could be paid");
        }
        if against(self.franchise).is_some_and(std::cmp::Ordering::is_gt) {
            return Some("the franchise lies above all that could be paid");
        }
        against(self.minimum)
            .is_some_and(std::cmp::Ordering::is_gt)
            .then_some("the minimum lies above all that could be paid")
    }
}

/// The hint that goes with [`Modifiers::at_odds`].
pub(in crate::contract) const AT_ODDS: &str = "put it below the limit";

/// Reads the modifiers' keys out of the table of a payout.
pub(super) fn read_modifiers(fields: &mut Fields<'_>, scope: &Scope<'_>, faults: &mut Faults) -> Option<Modifiers> {
    let by_date = fields.optional("by_date").map_or(Some(Vec::new()), |node| read_by_date(node, scope, faults));
    let mut amount = |key| match fields.optional(key) {
        None => Some(None),
        Some(node) => {
            let amount = scope.amount(node, faults)?;
            if amount.is_zero() {
                faults.push(Fault::new(&node.place, format!("a {key} of nothing")).hint("leave it out"));
                return None;
            }
            Some(Some(amount))
        }
    };
    let (deductible, franchise, minimum) = (amount("deductible"), amount("franchise"), amount("minimum"));
    Some(Modifiers { by_date: by_date?, deductible: deductible?, franchise: franchise?, minimum: minimum? })
}

fn read_by_date(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Vec<(MonthDay, Exact)>> {
    const EXAMPLE: &str = "as in by_date = [ { from = \"06-01\", times = \"40 %\" } ]";
    let mut shares: Vec<(MonthDay, Exact)> = Vec::new();
    for item in node.list("a list of days with shares", faults)? {
        let mut fields = Fields::of(item, "the share by date", faults)?;
        let from = fields.required("from", "\"06-01\"", faults).and_then(|node| read_month_day(node, faults));
        let times = fields.required("times", "\"40 %\"", faults).and_then(|node| scope.share(node, "\"40 %\"", faults));
        fields.finish(faults);
        let (from, times) = (from?, times?);
        if shares.last().is_some_and(|(before, _)| *before >= from) {
            let fault = Fault::new(&item.place, "the days do not rise");
            faults.push(fault.hint("put them in the order of the calendar year, none twice"));
            return None;
        }
        shares.push((from, times));
    }
    if shares.is_empty() {
        faults.push(Fault::new(&node.place, "there is no day, so nothing would ever be paid").hint(EXAMPLE));
        return None;
    }
    Some(shares)
}

/// What can be said before there is a policy: amounts of one kind against the most of the shape.
pub(super) fn check_modifiers(
    modifiers: &Modifiers,
    shape: &Shape,
    node: &Node,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<()> {
    if scope.any_open(node) {
        return Some(());
    }
    let most = shape.most();
    // Above (at) the largest of them: above (at) each of them.
    let compare = |amount: Amount| {
        let orders: Option<Vec<_>> = most.iter().map(|most| amount.compared(*most)).collect();
        orders.and_then(|orders| orders.into_iter().min())
    };
    if let Some(what) = modifiers.at_odds(compare) {
        faults.push(Fault::new(&node.place, what).hint(AT_ODDS));
        return None;
    }
    Some(())
}
