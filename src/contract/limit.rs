//! Reading limits beyond those of a payout: of a cover, and of the whole policy.

use crate::document::{Fault, Faults, Fields, Node};

use super::events::read_count;
use super::literal::Scope;
use super::payout::Amount;

/// The limits of one cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoverLimit {
    /// The most of one period.
    pub period: Option<Amount>,
    /// The most of all periods together.
    pub cover: Option<Amount>,
}

impl CoverLimit {
    /// Those that there are.
    pub fn amounts(self) -> impl Iterator<Item = Amount> {
        [self.period, self.cover].into_iter().flatten()
    }
}

/// The limit of the policy over all covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// The most that is paid; with reinstatements the most of one period.
    pub amount: Amount,
    /// How often it is there once more for later periods.
    pub reinstatements: Option<u32>,
}

/// Reads `limit = { period = "50 %", cover = "100 %" }`.
pub(super) fn read_cover_limit(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<CoverLimit> {
    let mut fields = Fields::of(node, "the limit of the cover", faults)?;
    let (period_node, cover_node) = (fields.optional("period"), fields.optional("cover"));
    fields.finish(faults);
    if period_node.is_none() && cover_node.is_none() {
        let fault = Fault::new(&node.place, "the limit limits nothing");
        faults.push(fault.hint("write period = \"50 %\" for one period, cover = \"100 %\" for all of them"));
        return None;
    }
    let amount = |node: Option<&Node>, faults: &mut Faults| match node {
        None => Some(None),
        Some(node) => scope.amount(node, faults).map(Some),
    };
    let (period, cover) = (amount(period_node, faults), amount(cover_node, faults));
    let limit = CoverLimit { period: period?, cover: cover? };
    if let (Some(period), Some(cover), Some(node)) = (limit.period, limit.cover, period_node)
        && !scope.any_open(node)
        && cover_node.is_none_or(|node| !scope.any_open(node))
        && period.compared(cover).is_some_and(std::cmp::Ordering::is_gt)
    {
        let fault = Fault::new(&node.place, "the most of one period is above the most of all of them");
        faults.push(fault.hint("lower it, or leave it out"));
        return None;
    }
    Some(limit)
}

/// Reads `[limit]`.
pub(super) fn read_aggregate(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Aggregate> {
    let mut fields = Fields::of(node, "[limit]", faults)?;
    let aggregate = fields.required("aggregate", "\"100 %\"", faults).and_then(|node| scope.amount(node, faults));
    let reinstatements = match fields.optional("reinstatements") {
        None => Some(None),
        Some(node) => read_count(node, "reinstatements = 1", faults).map(Some),
    };
    fields.finish(faults);
    let reinstatements = reinstatements?.map(|count| u32::try_from(count).expect("a count is small"));
    Some(Aggregate { amount: aggregate?, reinstatements })
}
