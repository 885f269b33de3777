//! Why a settlement pays or not, sentence by sentence.

use super::lines::{difference, why};
use super::numbers::{date, instant, money, quantity, trigger};
use super::words::{fill, words};
use crate::audit::Rederived;
use crate::ledger::{Cause, Determination, PayoutRow, State};
use crate::settle::Outcome;
use crate::words::{self as speech, Language, Told};

/// The sentences, in the order in which somebody asks. They are made of the determination computed again; where that
/// cannot be, or says otherwise than the ledger, of what the ledger's row says alone.
pub fn story(
    row: &PayoutRow,
    determination: &Determination,
    again: Option<&Rederived>,
    language: Language,
) -> Vec<String> {
    let Some(again) = again.filter(|again| again.differences.is_empty()) else { return of_row(row, language) };
    let told = Told { policy: &again.policy, determination, state: row.state, settlement: &again.settlement };
    speech::story(&told, language).sentences.into_iter().map(|sentence| sentence.text).collect()
}

fn of_row(row: &PayoutRow, language: Language) -> Vec<String> {
    let w = words(language);
    let mut said = Vec::new();
    let (from, to) = (date(row.period.start, language), date(row.period.end, language));
    let pays_where = trigger(&row.trigger, language);
    let compared = row.trigger.starts_with(['<', '>']);
    let rule = if compared { w.story_rule } else { w.story_rule_other };
    if !row.trigger.is_empty() {
        said.push(fill(rule, &[&row.cover, &from, &to, &pays_where]));
    }
    let open = row.state.is_open();
    let reason = why(row, language);
    // Where the reason begins with the index, it is not said twice.
    let has_index = row.index.as_ref().is_some_and(|index| reason.starts_with(&format!("{} ", index.value)));
    let index = match &row.index {
        _ if has_index => None,
        Some(index) if open => Some(fill(w.story_index_so_far, &[&quantity(&index.value, &index.unit, language)])),
        Some(index) => Some(fill(w.story_index, &[&quantity(&index.value, &index.unit, language)])),
        None => Some(w.story_no_index.to_owned()),
    };
    said.extend(index);
    let ends = reason.ends_with(['.', '。']);
    said.push(if ends { reason } else { format!("{}.", speech::capital(&reason)) });
    let amount = money(row.amount_minor.abs(), &row.currency, language);
    said.push(match row.outcome {
        Outcome::Pays if row.amount_minor < 0 => fill(w.story_owes, &[&amount]),
        Outcome::Pays => fill(w.story_pays, &[&amount]),
        Outcome::NothingDue => w.story_nothing.to_owned(),
        Outcome::Undetermined if open => w.story_undetermined.to_owned(),
        Outcome::Undetermined => w.story_undetermined_final.to_owned(),
    });
    if row.advance_minor != 0 && row.state != State::Interim {
        said.push(fill(w.story_advance, &[&money(row.advance_minor, &row.currency, language)]));
    }
    if let (Some(_), Some(cause)) = (row.life.corrects, &row.life.cause) {
        let cause = w.cause_word(Cause::from_word(cause).unwrap_or(Cause::Operator));
        said.push(fill(w.story_corrects, &[&difference(row.life.delta_minor, row, language), cause]));
    }
    if row.state == State::Held {
        said.push(w.story_held.to_owned());
    }
    if let Some(until) = row.life.contested_until {
        said.push(fill(w.story_contest, &[&instant(until, language)]));
    }
    if let Some(until) = row.life.correctable_until {
        said.push(fill(w.story_correct, &[&instant(until, language)]));
    }
    said
}
