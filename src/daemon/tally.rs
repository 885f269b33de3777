//! What binding determinations paid, and what of it a settlement takes into account.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::Span;
use crate::contract::{Cover, Policy};
use crate::ledger::{Determination, Kind, LedgerError, Reader, State};
use crate::settle::Paid;

/// What was paid of each period for which anything binds, by policy.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<Arc<str>, Vec<Bound>>);

#[derive(Debug)]
struct Bound {
    cover: String,
    span: Span,
    /// In advance, in so many payments.
    advance: i64,
    payments: i64,
    /// In all, once that is final.
    whole: Option<i64>,
}

impl Bound {
    /// What was paid so far. What was paid in advance is not paid back.
    fn paid(&self) -> i64 {
        self.advance.max(self.whole.unwrap_or(0))
    }

    fn is_of(&self, cover: &str, span: Span) -> bool {
        self.cover == cover && self.span == span
    }
}

impl Tally {
    /// Of everything that a ledger holds.
    pub(super) fn of_ledger(reader: &Reader) -> Result<Self, LedgerError> {
        let mut tally = Self::default();
        reader.advances()?.iter().for_each(|payment| tally.note(payment));
        let latest: BTreeMap<_, _> = reader.latest_of_all()?.into_iter().map(|(_, said)| (said.id(), said)).collect();
        latest.values().for_each(|said| tally.note(said));
        for (id, standing) in reader.standings()? {
            if let Some(said) = latest.get(&id).filter(|said| standing.kind == Kind::Void && !said.state.ends()) {
                let span = Span { first: said.period.start, last: said.period.end };
                tally.give_up(&said.policy, &said.cover, span);
            }
        }
        Ok(tally)
    }

    /// Takes in a determination; what does not bind changes nothing.
    pub(super) fn note(&mut self, said: &Determination) {
        if said.state != State::Interim && !said.state.ends() {
            return;
        }
        let span = Span { first: said.period.start, last: said.period.end };
        let bound = self.bound(&said.policy, &said.cover, span);
        if said.state == State::Interim {
            bound.advance += said.amount.minor();
            bound.payments = said.number;
        } else {
            // What the insured owes under a swap was not paid to them.
            bound.whole = Some((said.paid.advance + said.payable()).max(0));
        }
    }

    /// Notes that a period was given up: nothing of it is paid, and nobody waits for it.
    pub(super) fn give_up(&mut self, policy: &str, cover: &str, span: Span) {
        let bound = self.bound(policy, cover, span);
        bound.whole = Some(bound.advance);
    }

    fn bound(&mut self, policy: &str, cover: &str, span: Span) -> &mut Bound {
        let policy = self.0.entry(policy.into()).or_default();
        let place = policy.iter().position(|bound| bound.is_of(cover, span)).unwrap_or_else(|| {
            policy.push(Bound { cover: cover.to_owned(), span, advance: 0, payments: 0, whole: None });
            policy.len() - 1
        });
        &mut policy[place]
    }

    /// What a settlement of a cover over a period takes into account.
    pub(super) fn paid(&self, policy: &Policy, cover: &Cover, span: Span) -> Paid {
        let all = self.of(policy);
        // What this period was paid in advance is part of what it comes to.
        let others = || all.iter().filter(|bound| !bound.is_of(&cover.id, span));
        let sum = |counts: &dyn Fn(&Bound) -> bool| others().filter(|bound| counts(bound)).map(Bound::paid).sum();
        let reinstated = policy.product.aggregate.is_some_and(|limit| limit.reinstatements.is_some());
        let less = policy.subtracted_key(cover).zip(policy.subtracted(cover)).map(|(key, other)| {
            let all = self.0.get(other.policy).map_or(&[][..], Vec::as_slice);
            let bound = all.iter().find(|bound| bound.is_of(other.cover, span) && bound.whole.is_some());
            (key, bound.map(Bound::paid))
        });
        Paid {
            total: sum(&|_| true),
            by_cover: if cover.limit.cover.is_some() { sum(&|bound| bound.cover == cover.id) } else { 0 },
            in_period: if reinstated { sum(&|bound| bound.span == span) } else { 0 },
            same_period: less.into_iter().collect(),
            advance: self.period(policy, cover, span).map_or(0, |bound| bound.advance),
        }
    }

    /// How many payments in advance there were for a period of a cover.
    pub(super) fn payments(&self, policy: &Policy, cover: &Cover, span: Span) -> i64 {
        self.period(policy, cover, span).map_or(0, |bound| bound.payments)
    }

    fn of(&self, policy: &Policy) -> &[Bound] {
        self.0.get(&policy.id).map_or(&[], Vec::as_slice)
    }

    fn period(&self, policy: &Policy, cover: &Cover, span: Span) -> Option<&Bound> {
        self.of(policy).iter().find(|bound| bound.is_of(&cover.id, span))
    }
}
