//! What is to be settled, and when it is next worth a look.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::Period;
use crate::contract::{Cover, Policy};
use crate::ledger::{Determination, Entry, Kind, State};
use crate::settle::{Paid, Said, Settlement, Terms};

/// One cover of one policy over one period, until it is final.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub policy: Arc<Policy>,
    /// Which of the product's covers.
    cover: usize,
    pub period: Period,
    pub bound_at: DateTime<Utc>,
    /// Feeds that it reads.
    pub feeds: BTreeSet<Arc<str>>,
    /// What was recorded last: enough to see whether anything changed.
    recorded: Option<Recorded>,
    /// Whether it is held: then nothing of it binds.
    pub held: bool,
    /// What was let go though it had been held: the program does not hold it again.
    pub let_go: Option<Said>,
    /// Whether a note says that its index came close to its strike, or none is needed.
    pub was_near: bool,
    /// Readings came that it has not seen.
    pub dirty: bool,
    /// When time alone makes it due, since it was looked at: of many policies only few instants pass.
    next: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Recorded {
    said: Said,
    reason_code: String,
    as_of: DateTime<Utc>,
    /// Until when it may be contested.
    contested_until: Option<DateTime<Utc>>,
}

impl Recorded {
    fn of(said: &Determination) -> Self {
        Self {
            said: said.said(),
            reason_code: said.reason_code.clone(),
            as_of: said.as_of,
            contested_until: said.life.contested_until,
        }
    }
}

/// What becomes of a settlement that may bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is held, and may not be contested in between.
    Held,
    /// It may be contested until then.
    Preliminary(DateTime<Utc>),
    /// It binds.
    Final,
}

impl Item {
    /// Every settlement of a policy.
    pub(super) fn of_policy(policy: &Arc<Policy>, bound_at: DateTime<Utc>) -> Vec<Self> {
        let mut items = Vec::new();
        for (place, cover) in policy.product.covers.iter().enumerate() {
            let spans = cover.window.periods(policy.cover).expect("a policy was bound only where its windows fit");
            for span in spans {
                let period = Period::new(span, &policy.product.day);
                items.push(Self {
                    policy: policy.clone(),
                    cover: place,
                    period,
                    bound_at,
                    feeds: policy.product.feeds_behind(cover),
                    recorded: None,
                    held: false,
                    let_go: None,
                    was_near: false,
                    dirty: true,
                    next: Some(period.begins),
                });
            }
        }
        items
    }

    /// The order of settlement where several are due: the earlier period first, then the order of the covers.
    pub(super) fn order(&self) -> (DateTime<Utc>, &str, usize) {
        (self.period.ends, &self.policy.id, self.cover)
    }

    /// What readers call it: `NY-001/rain/2013-06-01`.
    pub(super) fn id(&self) -> String {
        format!("{}/{}/{}", self.policy.id, self.cover().id, self.period.span.first)
    }

    /// The latest instant at which there may be anything to do for it, if nothing changes.
    pub(super) fn last_look(&self) -> DateTime<Utc> {
        let settlement = &self.policy.product.settlement;
        let behind = settlement.contest.unwrap_or(0) + settlement.correction.map_or(0, |correction| correction.within);
        self.times().deadline() + TimeDelta::seconds(behind)
    }

    pub(super) fn cover(&self) -> &Cover {
        &self.policy.product.covers[self.cover]
    }

    pub(super) fn terms(&self, paid: Paid) -> Terms<'_> {
        Terms { policy: &self.policy, cover: self.cover(), period: &self.period, bound_at: self.bound_at, paid }
    }

    /// The same for what no payment changes: when it is settled.
    pub(super) fn times(&self) -> Terms<'_> {
        self.terms(Paid::default())
    }

    /// Whether what another one pays is subtracted from it.
    pub(super) fn waits_for(&self, other: &Determination) -> bool {
        let span = self.period.span;
        let wanted = self.policy.subtracted(self.cover());
        wanted.is_some_and(|wanted| (wanted.policy, wanted.cover) == (&*other.policy, &*other.cover))
            && (span.first, span.last) == (other.period.start, other.period.end)
    }

    /// Takes over what the ledger says of it.
    pub(super) fn recall(&mut self, latest: &Determination) {
        self.recorded = Some(Recorded::of(latest));
    }

    /// Keeps to the instants between which the ledger says that the period lies, where a newer calendar of zones would
    /// move them: a note of it, if so.
    pub(super) fn keep_boundaries(&mut self, latest: &Determination, now: DateTime<Utc>) -> Option<Entry> {
        let recorded = (latest.period.from, latest.period.to);
        if recorded == (self.period.begins, self.period.ends) {
            return None;
        }
        let (id, zone) = (self.id(), self.policy.product.day.zone_name());
        let (from, to) = (self.period.begins, self.period.ends);
        (self.period.begins, self.period.ends) = recorded;
        let text = format!(
            "the rules of {zone} changed: the period would lie from {from} to {to}; it stays from {} to {}",
            recorded.0, recorded.1
        );
        tracing::warn!(id = "FG0204", policy.id = %self.policy.id, "{id}: {text}");
        let tzdb = crate::calendar::tzdb_version();
        Some(Entry::new(Kind::Note, format!("zone/{id}/{tzdb}"), now).text("text", text).text("tzdb", tzdb))
    }

    /// What was recorded last, as it is compared.
    pub(super) fn said(&self) -> Option<&Said> {
        self.recorded.as_ref().map(|recorded| &recorded.said)
    }

    /// Whether a determination would say anything new: what comes out, why, how much; of what may be contested also the
    /// index, and until when.
    pub(super) fn differs(&self, next: &Determination) -> bool {
        let Some(before) = self.recorded.as_ref().filter(|_| next.state != State::Final) else { return true };
        let next = Recorded::of(next);
        let other = |recorded: &Recorded| {
            let Recorded { said, reason_code, contested_until, .. } = recorded;
            let index = said.index.clone().filter(|_| contested_until.is_some());
            (said.outcome, said.amount, reason_code.clone(), *contested_until, index)
        };
        other(before) != other(&next)
    }

    /// What becomes of a settlement that may bind and, where there is a `window`, may be contested for so long. One that
    /// says something else than what is contested already, or would have to be contested for longer, begins anew.
    pub(super) fn verdict(&self, settlement: &Settlement, window: Option<TimeDelta>, as_of: DateTime<Utc>) -> Verdict {
        let Some(window) = window else { return if self.held { Verdict::Held } else { Verdict::Final } };
        let contested = self.recorded.as_ref().and_then(|recorded| {
            let same = recorded.said == Said::of(settlement) && recorded.reason_code == settlement.reason_code;
            recorded.contested_until.filter(|until| same && *until - recorded.as_of >= window)
        });
        match contested {
            Some(until) if as_of >= until && !self.held => Verdict::Final,
            Some(until) => Verdict::Preliminary(until),
            None => Verdict::Preliminary(as_of + window),
        }
    }

    /// Until when what was recorded last may be contested, and for how long in all.
    pub(super) fn contested(&self) -> Option<(DateTime<Utc>, TimeDelta)> {
        let recorded = self.recorded.as_ref()?;
        recorded.contested_until.map(|until| (until, until - recorded.as_of))
    }

    /// Lets go what was held, as it stands; what may be contested is so for the whole time again.
    pub(super) fn release(&mut self) {
        self.held = false;
        self.let_go = self.said().cloned();
        if let Some(recorded) = &mut self.recorded {
            recorded.contested_until = None;
        }
        self.look_again();
        self.next = Some(self.period.begins);
    }

    /// Whether it is worth settling now: time has passed one of its instants, or readings came that may count.
    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        if now < self.period.begins {
            return false;
        }
        let passed = self.next.is_some_and(|next| next <= now);
        let counts = now >= self.period.ends || self.cover().ratchets();
        passed || (self.dirty && counts)
    }

    /// The next instant at which time alone makes it due.
    pub(super) fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.next.is_none_or(|next| next > now) { self.next } else { self.next_instant(now) }
    }

    /// Notes that it was looked at.
    pub(super) fn looked(&mut self, now: DateTime<Utc>) {
        self.next = self.next_instant(now);
        self.dirty = false;
    }

    /// A look that must be repeated as soon as a feed answers.
    pub(super) fn look_again(&mut self) {
        self.dirty = true;
    }

    /// Whether one of its instants lies behind `since`, and not behind `now`.
    pub(super) fn has_passed(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.next_instant(since).is_some_and(|instant| instant <= now)
    }

    /// The first instant after one at which something changes by time alone.
    fn next_instant(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let terms = self.times();
        let instants = [self.period.begins, self.period.ends, terms.lag_over(), terms.deadline()];
        let contested = self.recorded.as_ref().and_then(|recorded| recorded.contested_until);
        instants
            .into_iter()
            .chain(contested)
            .chain(self.next_day_counts(after))
            .filter(|instant| *instant > after)
            .min()
    }

    /// The next instant at which the lag behind an insured day of the period is over, so that what it made sure may be
    /// paid in advance.
    fn next_day_counts(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cover().interim?;
        let (product, lag) = (&self.policy.product, TimeDelta::seconds(self.policy.product.lag_of(self.cover())));
        let settled = (from - lag).clamp(self.period.begins, self.period.ends);
        let next = product.day.interval(product.day.date_of(settled)).1;
        (next <= self.period.ends).then_some(next + lag)
    }

    /// The oldest instant of which readings are needed: a day before the period, for storms under way.
    pub(super) fn needs_from(&self) -> DateTime<Utc> {
        self.period.begins - TimeDelta::days(1)
    }
}
