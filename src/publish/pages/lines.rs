//! A row of the payout log as a line of a table.

use chrono::{DateTime, Utc};

use super::numbers::{self, date, instant, machine, money, quantity, span, trigger};
use super::visit::{Look, segment};
use crate::index::Disposition;
use crate::ledger::PayoutRow;
use crate::settle::Given;
use crate::words::{Language, reason_in_chinese, variable};

/// What a table shows of a row.
pub struct Line {
    /// The entry's number.
    pub seq: i64,
    /// `policy/cover/first day`.
    pub id: String,
    /// The policy.
    pub policy: String,
    /// Where the page of this settlement stands.
    pub href: String,
    /// The cover.
    pub cover: String,
    /// The product.
    pub product: String,
    /// The period.
    pub period: String,
    /// The state, as a word for the style and in the reader's language.
    pub state: (&'static str, String),
    /// The outcome, the same.
    pub outcome: (&'static str, &'static str),
    /// The index.
    pub index: String,
    /// Where it pays.
    pub trigger: String,
    /// What is due, or a dash.
    pub amount: String,
    /// Why, in a sentence.
    pub reason: String,
    /// When it was determined, for programs and for people.
    pub at: (String, String),
}

impl Line {
    /// Of a row.
    pub fn of(row: &PayoutRow, look: &Look) -> Self {
        let (w, language) = (look.words(), look.language);
        let policy_href = format!("{}/policies/{}", look.base(), segment(&row.policy));
        let href = format!("{policy_href}?of={}", segment(&format!("{}/{}", row.cover, row.period.start)));
        Self {
            seq: row.seq,
            id: row.id.clone(),
            policy: row.policy.clone(),
            href,
            cover: row.cover.clone(),
            product: row.product.clone(),
            period: span(row.period.start, row.period.end, language),
            state: (row.state.word(), row.state_as(w.state_word(row.state))),
            outcome: (row.outcome.word(), w.outcome_word(row.outcome)),
            index: row.index.as_ref().map_or_else(dash, |index| quantity(&index.value, &index.unit, language)),
            trigger: trigger(&row.trigger, language),
            amount: if row.amount_minor == 0 { dash() } else { money(row.amount_minor, &row.currency, language) },
            reason: why(row, language),
            at: (machine(row.determined_at), date(row.determined_at.date_naive(), language)),
        }
    }

    /// Of many.
    pub fn all(rows: &[PayoutRow], look: &Look) -> Vec<Self> {
        rows.iter().map(|row| Self::of(row, look)).collect()
    }
}

/// What a source gave.
pub struct Source {
    /// `feed/station`.
    pub name: String,
    /// What it measures.
    pub variable: String,
    /// Readings that were used.
    pub used: i64,
    /// Those that were asked for beside.
    pub missing: i64,
    /// Whether it serves.
    pub is_good: bool,
}

impl Source {
    /// Of what the ledger says of it.
    pub fn of(given: &Given, language: Language) -> Self {
        let used = given.of(Disposition::Used);
        Self {
            name: format!("{}/{}", given.feed, given.station),
            variable: variable(&given.variable, language).to_owned(),
            used,
            missing: given.asked() - used,
            is_good: given.disposition == Disposition::Used,
        }
    }
}

/// Where there is nothing to show.
pub fn dash() -> String {
    "–".to_owned()
}

/// An instant for programs and for people.
pub fn stamp(at: DateTime<Utc>, language: Language) -> (String, String) {
    (machine(at), instant(at, language))
}

/// Why, in a sentence: in English the ledger's own.
pub fn why(row: &PayoutRow, language: Language) -> String {
    match language {
        Language::English => row.reason.clone(),
        Language::Chinese => reason_in_chinese(&row.reason_code).unwrap_or(&row.reason).to_owned(),
    }
}

/// What a number of the row is as money, with its sign where it is a difference.
pub fn difference(minor: i64, row: &PayoutRow, language: Language) -> String {
    numbers::signed(minor, &row.currency, language)
}
