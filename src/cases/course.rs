//! The course of a case: what the daemon would have said as time went on.

use chrono::{DateTime, Utc};

use crate::by_hand::{Before, Payment, advance, day_ends, payments, terms};
use crate::calendar::Period;
use crate::contract::{Cover, Policy};
use crate::index::Trace;
use crate::observation::Knowledge;
use crate::settle::{Paid, Settlement, settle};

/// The covers of a policy over one period, as time goes on.
pub(super) struct Course<'a> {
    pub policy: &'a Policy,
    pub period: &'a Period,
    /// When readings became known that say it themselves.
    pub late: Vec<DateTime<Utc>>,
    /// What was paid before.
    pub before: Before,
}

impl Course<'_> {
    /// The instants at which the feeds are heard: the turns of a cover and of what it subtracts.
    pub fn heard(&self, cover: &Cover) -> Vec<DateTime<Utc>> {
        let others = self.other(cover).map(|other| self.heard(other)).unwrap_or_default();
        let turns = self.turns(cover);
        let over = *turns.last().expect("there is a last turn");
        // What is paid in advance is looked at as each day ends.
        let days = if cover.interim.is_some() { day_ends(self.policy, self.period, over) } else { Vec::new() };
        [others, days.into_iter().map(|(_, end)| end).collect(), turns].concat()
    }

    /// The payments in advance of a cover by `at`; without it when all waiting is over.
    pub fn payments(&self, known: &Knowledge, cover: &Cover, at: Option<DateTime<Utc>>, trace: &Trace) -> Vec<Payment> {
        let until = at.or_else(|| self.turns(cover).last().copied()).expect("there is a last turn");
        let paid = Paid { total: self.before.eroded, by_cover: self.before.eroded, ..Paid::default() };
        payments((self.policy, cover, self.period), known, &paid, until, trace)
    }

    /// The instants at which a cover may become final: when the lag is over, when a reading comes that is late, when
    /// what is subtracted may become final, and when all waiting is over. In order, at least one.
    fn turns(&self, cover: &Cover) -> Vec<DateTime<Utc>> {
        let terms = terms(self.policy, cover, self.period, Paid::default());
        let (lag_over, over) = (terms.lag_over(), terms.deadline().max(terms.lag_over()));
        let late = self.late.iter().copied().filter(|at| *at < over);
        let others = self.other(cover).map(|other| self.turns(other)).unwrap_or_default();
        let mut turns: Vec<_> = late.chain(others).filter(|at| lag_over < *at).chain([lag_over, over]).collect();
        turns.sort_unstable();
        turns.dedup();
        turns
    }

    /// What is said of a cover at `at`, without it when all waiting is over: the first settlement that may be final
    /// stands; else the one of that instant.
    pub fn said(&self, known: &Knowledge, cover: &Cover, at: Option<DateTime<Utc>>) -> Settlement {
        let last = at.or_else(|| self.turns(cover).last().copied()).expect("there is a last turn");
        let found = self.first_final(known, cover, last, &Trace::on());
        found.unwrap_or_else(|| self.settled(known, cover, last, Trace::on()))
    }

    /// The first settlement by `last` that may be final.
    fn first_final(&self, known: &Knowledge, cover: &Cover, last: DateTime<Utc>, trace: &Trace) -> Option<Settlement> {
        let turns = self.turns(cover).into_iter().filter(|turn| *turn <= last);
        let mut settled = turns.map(|turn| self.settled(known, cover, turn, trace.clone()));
        settled.find(|settlement| settlement.may_be_final)
    }

    fn settled(&self, known: &Knowledge, cover: &Cover, at: DateTime<Utc>, trace: Trace) -> Settlement {
        let paid = self.paid(known, cover, at);
        settle(&terms(self.policy, cover, self.period, paid), known, at, trace)
    }

    /// What was paid by then: so many minor units before, and what the cover that is subtracted paid for this period; one
    /// of the same policy counts for the policy and for the period too.
    fn paid(&self, known: &Knowledge, cover: &Cover, at: DateTime<Utc>) -> Paid {
        let within = self.other(cover).map(|other| {
            let paid = self.first_final(known, other, at, &Trace::off());
            paid.map(|settlement| settlement.paid())
        });
        let in_period = within.flatten().unwrap_or(0);
        let same_period = self.policy.subtracted_key(cover).map(|key| (key, within.unwrap_or(self.before.by_other)));
        Paid {
            total: self.before.eroded + in_period,
            by_cover: self.before.eroded,
            in_period,
            same_period: same_period.into_iter().collect(),
            advance: advance(&self.payments(known, cover, Some(at), &Trace::off()), at),
        }
    }

    /// The cover whose payout is subtracted.
    fn other(&self, cover: &Cover) -> Option<&Cover> {
        let less = cover.less_within()?;
        self.policy.product.covers.iter().find(|other| other.id == less)
    }
}
