//! Settling what is due: whether it binds by now, and what is written of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::due::{Item, Verdict};
use super::hold::{self, Why};
use super::settled::Settled;
use super::{AT_ONCE, Daemon, DaemonError, notices};
use crate::ledger::{Batch, Determination, ENGINE, Life, PeriodSpan, State, leaf_ranges};
use crate::settle::{Paid, Pass, Settlement, contest};

/// What a settlement comes to now.
struct Decided {
    next: Determination,
    /// A payment in advance of it.
    advance: Option<Determination>,
    /// Why the program holds it back.
    hold: Option<Why>,
    /// Whether by its terms it may be final.
    may_be_final: bool,
}

impl Daemon {
    /// Settles what is due, and once more what waited for a policy that comes behind it.
    pub(super) async fn settle_due(&mut self, now: DateTime<Utc>, replayed: bool) -> Result<(), DaemonError> {
        if !self.clock_is_back(now) {
            while self.settle_in_order(now, replayed).await? {}
        }
        Ok(())
    }

    /// Settles what is due, in its order, and writes what is new in one transaction; in several where it is very much.
    /// What is missing where the program ends between two of them is settled when it starts again. Returns whether
    /// something became final for which an earlier one waits. Of a season that is `replayed` nobody is told beforehand.
    async fn settle_in_order(&mut self, now: DateTime<Utc>, replayed: bool) -> Result<bool, DaemonError> {
        let as_of = self.knowledge_now(now);
        let (mut batch, mut said, mut done) = (Batch::new(), Vec::new(), BTreeSet::new());
        let (mut reader, mut noted, mut passed) = (None, false, false);
        self.ahead.look(&self.knowledge, now);
        let mut pass = Pass::new(&self.knowledge, as_of);
        for place in 0..self.items.len() {
            if !self.items[place].is_due(now) {
                continue;
            }
            let Decided { next, advance, hold, may_be_final } = self.decide(&self.items[place], &mut pass, now, as_of);
            let is_final = next.state == State::Final;
            let item = &mut self.items[place];
            let differs = item.differs(&next);
            if differs {
                item.recall(&next);
            }
            item.looked(now);
            if may_be_final && !is_final {
                item.look_again();
            }
            let mut note = None;
            if !replayed && !item.was_near && notices::near(&next).is_some() {
                item.was_near = true;
                if reader.is_none() {
                    reader = Some(self.writer.reader()?);
                }
                note = notices::near_note(reader.as_ref().expect("it was just opened"), &next)?;
                noted |= note.is_some();
            }
            item.held |= hold.is_some();
            let hold = hold.map(|why| hold::entry(&next, why));
            if is_final {
                done.insert(place);
                if let Some(until) = next.life.correctable_until {
                    self.settled.add(Settled::new(item.clone(), until));
                }
                if self.waited_for.contains(&(next.policy.clone(), next.cover.clone())) {
                    for (waiting, item) in self.items.iter_mut().enumerate().filter(|(_, item)| item.waits_for(&next)) {
                        item.look_again();
                        passed |= waiting < place;
                    }
                }
            }
            for next in [differs.then_some(next), advance].into_iter().flatten() {
                self.paid.note(&next);
                self.decided = self.decided.max(Some(as_of));
                said.push(next.clone());
                batch.determine(next);
            }
            note.into_iter().chain(hold).for_each(|entry| batch.entry(entry));
            if said.len() >= AT_ONCE {
                self.writer.append(std::mem::take(&mut batch)).await?;
                said.drain(..).for_each(|said| log(&said));
            }
        }
        if !batch.is_empty() {
            self.writer.append(batch).await?;
            said.iter().for_each(log);
        }
        if noted {
            self.sign_now().await?;
        }
        if done.is_empty() {
            return Ok(false);
        }
        let mut place = 0;
        self.items.retain(|_| {
            place += 1;
            !done.contains(&(place - 1))
        });
        self.count(now);
        Ok(passed)
    }

    /// What the settlement of an item comes to.
    fn decide(&self, item: &Item, pass: &mut Pass<'_>, now: DateTime<Utc>, as_of: DateTime<Utc>) -> Decided {
        let paid = self.paid.paid(&item.policy, item.cover(), item.period.span);
        let terms = item.terms(paid.clone());
        let settlement = pass.settle(&terms);
        let (verdict, hold) = self.verdict(item, &settlement, contest(&terms, &settlement), (now, as_of));
        let (state, life) = match verdict {
            Some(Verdict::Final) => (State::Final, self.correctable(item, as_of)),
            Some(Verdict::Preliminary(until)) => {
                (State::Preliminary, Life { contested_until: Some(until), ..Life::default() })
            }
            Some(Verdict::Held) | None => (State::Provisional, Life::default()),
        };
        let running = verdict.is_none() && !item.held;
        let advance = if running { pass.in_advance(&terms) } else { None };
        let advance = advance.map(|payment| {
            let number = self.paid.payments(&item.policy, item.cover(), item.period.span) + 1;
            determination(item, &payment, (State::Interim, number), paid.clone(), as_of)
        });
        let next = Determination { life, ..determination(item, &settlement, (state, 0), paid, as_of) };
        Decided { next, advance, hold, may_be_final: settlement.may_be_final }
    }

    /// What becomes of a settlement that binds now, none where it does not; and why the program holds it back. It may be
    /// contested for a while where there is a `window`.
    fn verdict(
        &self,
        item: &Item,
        settlement: &Settlement,
        window: Option<TimeDelta>,
        (now, as_of): (DateTime<Utc>, DateTime<Utc>),
    ) -> (Option<Verdict>, Option<Why>) {
        // Time alone ends no waiting: the feeds must have answered since, or been silent as long again.
        let (deadline, wait) = (item.times().deadline(), TimeDelta::seconds(item.times().longest_wait()));
        let waited = || !settlement.waited_out || self.all_heard_since(item, deadline) || now >= deadline + wait;
        if !settlement.may_be_final || self.ahead.holds(now, wait) || !waited() {
            return (None, None);
        }
        let mut verdict = item.verdict(settlement, window, as_of);
        // Nor does time alone end the time in which it may be contested.
        let asked_since = |(until, window): (DateTime<Utc>, TimeDelta)| {
            now >= until + window || item.feeds.iter().any(|feed| self.heard_since(feed, until))
        };
        if let Some(contested) = item.contested().filter(|_| window.is_some() && verdict == Verdict::Final)
            && !asked_since(contested)
        {
            verdict = Verdict::Preliminary(contested.0);
        }
        let hold = self.holds(item, settlement);
        if hold.is_some() && verdict == Verdict::Final {
            verdict = Verdict::Held;
        }
        (Some(verdict), hold)
    }

    /// Whether all feeds of an item have answered since an instant.
    pub(super) fn all_heard_since(&self, item: &Item, instant: DateTime<Utc>) -> bool {
        item.feeds.iter().all(|feed| self.heard_since(feed, instant))
    }

    fn heard_since(&self, feed: &Arc<str>, instant: DateTime<Utc>) -> bool {
        self.feeds.get(feed).is_some_and(|state| state.last_ok.is_some_and(|last| last >= instant))
    }
}

/// What the ledger says of a settlement.
pub(super) fn determination(
    item: &Item,
    settlement: &Settlement,
    (state, number): (State, i64),
    paid: Paid,
    as_of: DateTime<Utc>,
) -> Determination {
    let product = &item.policy.product;
    Determination {
        policy: item.policy.id.to_string(),
        product: product.reference(),
        terms: product.terms,
        cover: item.cover().id.clone(),
        period: PeriodSpan {
            start: item.period.span.first,
            end: item.period.span.last,
            from: item.period.begins,
            to: item.period.ends,
        },
        state,
        number,
        outcome: settlement.outcome,
        index: settlement.index.as_ref().map(|(value, unit)| (value.clone(), unit.symbol().to_owned())),
        trigger: settlement.trigger.clone(),
        amount: settlement.amount,
        rounding: product.settlement.rounding,
        paid,
        reason_code: settlement.reason_code.to_owned(),
        reason: settlement.reason.clone(),
        as_of,
        determined_at: as_of,
        observations: leaf_ranges(settlement.recorded_by.iter().copied()),
        sources: Some(settlement.sources()),
        tzdb: crate::calendar::tzdb_version().to_owned(),
        engine: ENGINE.to_owned(),
        life: Life::default(),
    }
}

pub(super) fn log(said: &Determination) {
    let state = said.state.word();
    tracing::info!(id = "FG0201",
        policy.id = %said.policy,
        cover = %said.cover,
        period.start = %said.period.start,
        state,
        outcome = said.outcome.word(),
        amount_minor = said.amount.minor(),
        currency = %said.amount.currency(),
        "{state}: policy {} cover {} {}: {}",
        said.policy,
        said.cover,
        said.outcome.word(),
        said.reason
    );
    if let Some((value, unit)) = notices::near(said) {
        tracing::info!(id = "FG0202", policy.id = %said.policy, "near its trigger: policy {}: {value} {unit}, {}", said.policy, said.trigger);
    }
}
