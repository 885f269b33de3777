//! The course of a case: what the daemon would have said as time went on.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::by_hand::{Before, Payment, advance, day_ends, payments, terms};
use crate::calendar::Period;
use crate::contract::{Cover, Policy};
use crate::index::Trace;
use crate::ledger::State;
use crate::observation::Knowledge;
use crate::quantity::Money;
use crate::settle::{Difference, Paid, Said, Settlement, contest, difference, settle};

/// What is said of a cover at an instant.
pub(super) struct Told {
    pub settlement: Settlement,
    pub state: State,
    /// Of a correction, by how much it changes the amount.
    pub delta: Option<Money>,
}

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

    /// What is said of a cover at `at`; without it what is final first.
    pub fn told(&self, known: &Knowledge, cover: &Cover, at: Option<DateTime<Utc>>) -> Told {
        match self.bound(known, cover, at, &Trace::on()) {
            Some(told) => told,
            None => {
                let last = at.or_else(|| self.turns(cover).last().copied()).expect("there is a last turn");
                let settlement = self.settled(known, cover, last, Trace::on());
                Told { settlement, state: State::Provisional, delta: None }
            }
        }
    }

    /// What binds by `last`, or may be contested then; without it what binds first.
    fn bound(&self, known: &Knowledge, cover: &Cover, last: Option<DateTime<Utc>>, trace: &Trace) -> Option<Told> {
        let terms = terms(self.policy, cover, self.period, Paid::default());
        let late = self.late.iter().copied().filter(|at| *at > terms.lag_over());
        let mut turns: BTreeSet<DateTime<Utc>> = self.turns(cover).into_iter().chain(late).collect();
        let mut contested: Option<(Settlement, DateTime<Utc>, DateTime<Utc>)> = None;
        while let Some(turn) = turns.pop_first().filter(|turn| last.is_none_or(|last| *turn <= last)) {
            let settlement = self.settled(known, cover, turn, trace.clone());
            if !settlement.may_be_final {
                contested = None;
                continue;
            }
            let Some(window) = contest(&terms, &settlement) else {
                return Some(self.corrected(known, cover, (settlement, turn), last, trace));
            };
            let same = |before: &Settlement| {
                Said::of(before) == Said::of(&settlement) && before.reason_code == settlement.reason_code
            };
            match &contested {
                Some((before, from, until)) if same(before) && *until - *from >= window => {
                    if turn >= *until {
                        return Some(self.corrected(known, cover, (settlement, turn), last, trace));
                    }
                }
                _ => {
                    turns.insert(turn + window);
                    contested = Some((settlement, turn, turn + window));
                }
            }
        }
        contested.map(|(settlement, ..)| Told { settlement, state: State::Preliminary, delta: None })
    }

    /// What became by `last` of what was final at an instant; without `last` it stands as it was.
    fn corrected(
        &self,
        known: &Knowledge,
        cover: &Cover,
        (settlement, at): (Settlement, DateTime<Utc>),
        last: Option<DateTime<Utc>>,
        trace: &Trace,
    ) -> Told {
        let mut told = Told { settlement, state: State::Final, delta: None };
        let (Some(last), Some(correction)) = (last, self.policy.product.settlement.correction) else { return told };
        let until = last.min(at + TimeDelta::seconds(correction.within));
        let late: BTreeSet<_> = self.late.iter().copied().filter(|late| at < *late && *late <= until).collect();
        for late in late {
            let settlement = self.settled(known, cover, late, trace.clone());
            let (before, now) = (Said::of(&told.settlement), Said::of(&settlement));
            if difference(&correction, &before, &now) == Difference::Booked {
                let delta = Money::from_minor(now.amount.minor() - before.amount.minor(), now.amount.currency()).ok();
                told = Told { settlement, state: State::Restated, delta };
            }
        }
        told
    }

    fn settled(&self, known: &Knowledge, cover: &Cover, at: DateTime<Utc>, trace: Trace) -> Settlement {
        let paid = self.paid(known, cover, at);
        settle(&terms(self.policy, cover, self.period, paid), known, at, trace)
    }

    /// What was paid by then: so many minor units before, and what the cover that is subtracted paid for this period; one
    /// of the same policy counts for the policy and for the period too.
    fn paid(&self, known: &Knowledge, cover: &Cover, at: DateTime<Utc>) -> Paid {
        let within = self.other(cover).map(|other| {
            let told = self.bound(known, other, Some(at), &Trace::off());
            told.filter(|told| told.state.ends()).map(|told| told.settlement.paid())
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
