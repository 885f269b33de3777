//! What final determinations paid, and what of it a settlement takes into account.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::Span;
use crate::contract::{Cover, Policy};
use crate::ledger::{Determination, State};
use crate::settle::Paid;

/// Every determination that binds, by policy.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<Arc<str>, Vec<Bound>>);

#[derive(Debug)]
struct Bound {
    cover: String,
    span: Span,
    minor: i64,
}

impl Tally {
    /// Takes in a determination; what does not bind changes nothing.
    pub(super) fn note(&mut self, said: &Determination) {
        if said.state == State::Provisional {
            return;
        }
        // What the insured owes under a swap was not paid to them.
        let minor = said.amount.minor().max(0);
        let span = Span { first: said.period.start, last: said.period.end };
        let policy = self.0.entry(said.policy.as_str().into()).or_default();
        policy.push(Bound { cover: said.cover.clone(), span, minor });
    }

    /// What a settlement of a cover over a period takes into account.
    pub(super) fn paid(&self, policy: &Policy, cover: &Cover, span: Span) -> Paid {
        let all = self.0.get(&policy.id).map_or(&[][..], Vec::as_slice);
        let sum = |counts: &dyn Fn(&Bound) -> bool| all.iter().filter(|bound| counts(bound)).map(|one| one.minor).sum();
        let reinstated = policy.product.aggregate.is_some_and(|limit| limit.reinstatements.is_some());
        let less = cover.less.iter().map(|other| {
            let bound = all.iter().find(|bound| bound.cover == *other && bound.span == span);
            (other.clone(), bound.map(|bound| bound.minor))
        });
        Paid {
            total: sum(&|_| true),
            by_cover: if cover.limit.cover.is_some() { sum(&|bound| bound.cover == cover.id) } else { 0 },
            in_period: if reinstated { sum(&|bound| bound.span == span) } else { 0 },
            same_period: less.collect(),
        }
    }
}
