//! What was determined for one period of one cover.

mod entry;

use chrono::{DateTime, NaiveDate, Utc};

use super::life::Life;
use super::{Digest, Entry, EntryError, State, digest};
use crate::quantity::{Money, Rounding};
use crate::settle::{Given, Outcome, Paid, Said, balance, payable_after};

/// A period: in insured days, both included, and as instants, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodSpan {
    /// The first insured day.
    pub start: NaiveDate,
    /// The last insured day.
    pub end: NaiveDate,
    /// Where the first day begins.
    pub from: DateTime<Utc>,
    /// Where the last day has ended.
    pub to: DateTime<Utc>,
}

/// What was determined for one period of one cover of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Determination {
    /// The policy's id.
    pub policy: String,
    /// The product with its version: `leafy-greens@1`.
    pub product: String,
    /// SHA-256 of the term sheet's bytes.
    pub terms: Digest,
    /// The cover's id; without `/`.
    pub cover: String,
    /// The period.
    pub period: PeriodSpan,
    /// How binding it is.
    pub state: State,
    /// Of payments in advance the how-manieth of its period, from 1 on; of all else 0.
    pub number: i64,
    /// What follows from it.
    pub outcome: Outcome,
    /// The index, a decimal in shortest form, and its unit; `None` where there is none.
    pub index: Option<(String, String)>,
    /// What the index is compared with, in words: `< 230 mm`.
    pub trigger: String,
    /// What is due for the period in all, below zero where the insured owes it; zero unless the outcome is
    /// [`Outcome::Pays`]. Of a payment in advance that payment alone.
    pub amount: Money,
    /// How the amount was rounded.
    pub rounding: Rounding,
    /// What earlier determinations had paid, as far as the settlement took it into account.
    pub paid: Paid,
    /// The reason in one word that stays the same: `strike_not_reached`.
    pub reason_code: String,
    /// The reason in a sentence.
    pub reason: String,
    /// The knowledge that was used.
    pub as_of: DateTime<Utc>,
    /// When it was determined.
    pub determined_at: DateTime<Utc>,
    /// The `obs` entries it rests on, as [`super::leaf_ranges`] writes them.
    pub observations: String,
    /// What each source gave, in their order; none where the program that wrote the entry did not say it.
    pub sources: Option<Vec<Given>>,
    /// The release of the time-zone data.
    pub tzdb: String,
    /// The program and its version.
    pub engine: String,
    /// Until when it may be contested or corrected, and what it corrects.
    pub life: Life,
}

impl Determination {
    /// What readers call it: `NY-001/rain/2013-06-01`; of a payment in advance with its number behind it.
    pub fn id(&self) -> String {
        let period = self.period_id();
        if self.state == State::Interim { format!("{period}/{}", self.number) } else { period }
    }

    /// The name of what is settled: `NY-001/rain/2013-06-01`.
    pub fn period_id(&self) -> String {
        format!("{}/{}/{}", self.policy, self.cover, self.period.start)
    }

    /// What it makes payable, in minor units, beside the payments in advance: of a provisional one nothing, of such a
    /// payment its amount, else what is left of the amount.
    pub fn payable(&self) -> i64 {
        let left = balance(self.amount.minor(), self.paid.advance);
        match (self.state, &self.life.corrects) {
            (State::Interim, _) => self.amount.minor(),
            (State::Final | State::Restated, None) => left,
            (State::Final | State::Restated, Some(before)) => payable_after(left, before.payable, before.clawback),
            _ => 0,
        }
    }

    /// What it adds to what was payable before it, in minor units.
    pub fn booked(&self) -> i64 {
        self.payable() - self.life.corrects.as_ref().map_or(0, |before| before.payable)
    }

    /// Whether a restatement corrects exactly this one.
    pub(super) fn corrects(&self, before: &Self) -> bool {
        self.amount.currency() == before.amount.currency()
            && self.life.corrects.as_ref().is_some_and(|corrects| {
                let (amount, payable) = (before.amount.minor(), before.payable());
                (corrects.amount, corrects.payable, &corrects.index) == (amount, payable, &before.index)
            })
    }

    /// What is compared with what comes out later.
    pub fn said(&self) -> Said {
        Said { outcome: self.outcome, amount: self.amount, index: self.index.clone() }
    }

    /// How much more was paid in advance than is due; of what is undetermined nobody knows.
    pub fn overpaid(&self) -> i64 {
        let known = self.state.ends() && self.outcome != Outcome::Undetermined;
        if known && self.paid.advance > 0 { (self.paid.advance - self.amount.minor()).max(0) } else { 0 }
    }

    /// The keys of its entries, up to the number: `final/NY-001/0a1b2c3d/rain/2013-06-01/`.
    pub(super) fn key_stem(&self) -> String {
        let (terms, start) = (&digest::hex(&self.terms)[..8], self.period.start);
        format!("{}/{}/{terms}/{}/{start}/", self.state.kind().word(), self.policy, self.cover)
    }

    /// Whether another determination of the period says the same to the insured: state, outcome, index, amount and
    /// reason, whatever later knowledge it used and whatever each source gave to it. Such a one need not be recorded.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let said = |one: &Self| {
            let Self { policy, terms, cover, index, reason_code, reason, trigger, .. } = one.clone();
            (policy, terms, cover, index, reason_code, reason, trigger, one.paid.clone())
        };
        let fixed = |one: &Self| (one.period, one.state, one.number, one.outcome, one.amount);
        said(self) == said(other) && fixed(self) == fixed(other)
    }

    /// The text of `observations` where the entry only names it.
    pub(super) fn long_observations(&self) -> Option<&str> {
        (self.observations.len() > Entry::MOST_TEXT).then_some(self.observations.as_str())
    }

    /// What a final one leaves to pay behind payments in advance; none where there were none.
    fn balance(&self) -> Option<i64> {
        (self.state.ends() && self.paid.advance > 0).then(|| self.payable())
    }

    fn check(&self) -> Result<(), EntryError> {
        let paying = self.outcome == Outcome::Pays;
        let interim = self.state == State::Interim;
        let faults = [
            (self.cover.contains('/'), "a cover's id has no `/`"),
            (self.period.end < self.period.start, "its last day lies before its first"),
            (self.period.to <= self.period.from, "its period has no length"),
            (paying && self.amount.minor() == 0, "it pays, and the amount is zero"),
            (!paying && self.amount.minor() != 0, "it does not pay, and there is an amount"),
            (self.paid.total.min(self.paid.by_cover).min(self.paid.in_period) < 0, "less than nothing was paid before"),
            (self.paid.advance < 0, "less than nothing was paid in advance"),
            (interim && self.amount.minor() <= 0, "a payment in advance is above nothing"),
            (matches!(self.state, State::Held | State::Void), "a determination is not held, its period is"),
            (
                (self.state == State::Preliminary) != self.life.contested_until.is_some(),
                "what is preliminary says until when, and nothing else does",
            ),
            (
                (self.state == State::Restated) != self.life.corrects.is_some(),
                "a restatement corrects something, and nothing else does",
            ),
            (self.life.correctable_until.is_some() && !self.state.ends(), "only what binds is corrected"),
            (interim != (self.number >= 1) || self.number < 0, "payments in advance alone are numbered, from 1 on"),
            (self.index.as_ref().is_some_and(|(value, _)| !is_decimal(value)), "its index is no shortest decimal"),
        ];
        match faults.into_iter().find(|(fault, _)| *fault) {
            Some((_, what)) => Err(EntryError::Contradiction(what)),
            None => Ok(()),
        }
    }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?`, and not `-0`.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').map_or((digits, None), |(whole, places)| (whole, Some(places)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && places.is_none_or(|places| all_digits(places) && !places.ends_with('0'))
        && text != "-0"
}

#[cfg(test)]
pub(crate) mod tests;
