//! Acts of persons on their way into the ledger: judged by the ledger alone, whether a daemon writes it or the command
//! that the person calls.

mod entries;
mod scene;

use chrono::{DateTime, Utc};

use super::{Clock, Daemon, DaemonError, log};
use crate::audit::{AuditError, settled_under};
use crate::ledger::{Appended, Batch, Cause, Determination, LedgerError, Reader};
use crate::operator::{Act, Alternative, Answer, Effect, Inbox, Operators, Outcome, Refusal, Request, What, judge};
use crate::settle::Settlement;
use crate::webhook::judge_order;
use scene::{Change, Scene};

/// What becomes of a request: what is to be written, and what is answered once it is.
#[derive(Debug)]
pub struct Judged {
    /// What is to be written; whoever writes it takes it.
    pub batch: Batch,
    outcome: Outcome,
    text: String,
    /// The key of the entry that records it.
    key: Option<String>,
    follows: Option<Follows>,
}

/// What an act changes.
#[derive(Debug)]
struct Follows {
    effect: Effect,
    /// The determination that stood.
    stood: Determination,
    /// The one that corrects it.
    restated: Option<Determination>,
}

impl Judged {
    /// The answer, once the batch is written.
    pub fn answer(&self, written: &Appended) -> Answer {
        let entry = written.0.iter().find(|written| Some(&written.key) == self.key.as_ref()).map(|written| written.seq);
        Answer { outcome: self.outcome, text: self.text.clone(), entry }
    }
}

/// Why a request leads to nothing.
enum Fail {
    Refused(Refusal),
    Ledger(LedgerError),
}

impl From<LedgerError> for Fail {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<Refusal> for Fail {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<AuditError> for Fail {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Ledger(error) => Self::Ledger(error),
            other => Self::Refused(Refusal::Settlement(format!("it cannot be settled so: {other}"))),
        }
    }
}

/// What becomes of a request; `bytes` is none where what was handed over is no plain file. What is refused is recorded
/// as a note, once for the same bytes.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn judge_request(
    reader: &Reader,
    operators: &Operators,
    bytes: Option<&[u8]>,
    now: DateTime<Utc>,
) -> Result<Judged, LedgerError> {
    let request = bytes.and_then(Request::parse);
    let (refusal, request) = match request {
        None => (Refusal::Unreadable, None),
        Some(request) => match judged(reader, operators, &request, now) {
            Ok(judged) => return Ok(judged),
            Err(Fail::Ledger(error)) => return Err(error),
            Err(Fail::Refused(refusal)) => (refusal, Some(request)),
        },
    };
    let note = entries::refused(bytes.unwrap_or_default(), request.as_ref(), &refusal, now);
    let known = reader.entry_of_key(note.key())?.is_some();
    let mut batch = Batch::new();
    let key = Some(note.key().to_owned());
    if !known {
        batch.entry(note);
    }
    Ok(Judged { batch, outcome: Outcome::Refused, text: refusal.to_string(), key, follows: None })
}

fn judged(reader: &Reader, operators: &Operators, request: &Request, now: DateTime<Utc>) -> Result<Judged, Fail> {
    let act = Act::parse(&request.act).map_err(|_| Refusal::Unreadable)?;
    let key = operators.key(&act.by).ok_or_else(|| Refusal::Unknown(act.by.clone()))?;
    if !key.signed(request.act.as_bytes(), &request.signature) {
        return Err(Refusal::Signature(act.by).into());
    }
    let attached = request.attached(&act.evidence).ok_or(Refusal::Attachments)?;
    let mark = Act::mark(&request.act);
    for stem in entries::STEMS {
        if let Some((seq, _)) = reader.entry_of_key(&entries::key(stem, &act, &mark))? {
            return Err(Refusal::Replayed(seq).into());
        }
    }
    let scene = Scene::of(reader, operators, &act, now)?;
    let effect = judge(&act, &scene.period, now)?;
    let Some(stood) = scene.stood else { return Err(Refusal::Nothing.into()) };
    let rerun = match &act.alternative {
        Some(text) if act.what == What::Dispute => Some(rerun(reader, &stood, text, &attached)?),
        Some(_) => return Err(Refusal::Standing("only a dispute names an alternative").into()),
        None => None,
    };
    let mut batch = Batch::new();
    entries::operators(reader, operators, now)?.into_iter().for_each(|entry| batch.entry(entry));
    attached.into_iter().for_each(|bytes| _ = batch.evidence(bytes));
    let entry = entries::act(&act, request, key, effect, (&mark, rerun.as_ref()), now);
    let recorded = Some(entry.key().to_owned());
    batch.entry(entry);
    let restated = match (effect, scene.change) {
        (Effect::Restated, Some(Change { next, .. })) => {
            batch.determine(next.clone());
            Some(next)
        }
        _ => None,
    };
    let outcome = if effect == Effect::Proposed { Outcome::Proposed } else { Outcome::Done };
    let text = words(&act, effect, restated.as_ref(), rerun.as_ref());
    Ok(Judged { batch, outcome, text, key: recorded, follows: Some(Follows { effect, stood, restated }) })
}

/// What a dispute's alternative comes to.
fn rerun(reader: &Reader, stood: &Determination, text: &str, attached: &[Vec<u8>]) -> Result<Settlement, Fail> {
    let alternative = Alternative::parse(text).ok_or_else(|| {
        Refusal::Settlement(format!("`{text}` is no alternative: write as-of=INSTANT, without=FEED or terms=FILE"))
    })?;
    let terms = match &alternative {
        Alternative::Terms(_) => {
            let terms = attached.last().and_then(|bytes| std::str::from_utf8(bytes).ok());
            Some(terms.ok_or_else(|| Refusal::Settlement("the other terms are not attached as text".to_owned()))?)
        }
        _ => None,
    };
    Ok(settled_under(reader, stood, &alternative, terms)?)
}

fn words(act: &Act, effect: Effect, restated: Option<&Determination>, rerun: Option<&Settlement>) -> String {
    let id = act.period_id();
    let said = match effect {
        Effect::Held => format!("{id} is held: nothing of it becomes final until two persons let it go"),
        Effect::Released => format!("{id} is let go; what may be contested is so for the whole time again"),
        Effect::Voided => format!("{id} is given up: nothing of it is paid"),
        Effect::Noted => format!("{id}: the {} is recorded; nothing changes by it", act.what.word()),
        Effect::Proposed => {
            format!("{id}: the {} is proposed and waits for a second person: fairgauge approve {id}", act.what.word())
        }
        Effect::Restated => {
            let difference = restated.map(|next| (next.amount, next.booked()));
            let difference = difference.map(|(amount, booked)| {
                let booked = crate::quantity::Money::from_minor(booked, amount.currency());
                format!(
                    ": {amount} in all, {} are booked",
                    booked.map_or_else(|error| error.to_string(), |it| it.to_string())
                )
            });
            format!("{id} is restated{}", difference.unwrap_or_default())
        }
    };
    match (rerun, &act.alternative) {
        (Some(rerun), Some(alternative)) => {
            let index =
                rerun.index.as_ref().map_or_else(|| "none".to_owned(), |(value, unit)| format!("{value} {unit}"));
            let outcome = rerun.outcome.word().replace('_', " ");
            format!("{said}; under {alternative} it would be: {outcome}, index {index}, {}", rerun.amount)
        }
        _ => said,
    }
}

fn reply(inbox: &Inbox, name: &str, answer: &Answer) {
    if let Err(error) = inbox.reply(name, answer) {
        tracing::error!(id = "FG0604", "an act cannot be answered: {error}");
    }
}

impl Daemon {
    /// Takes what persons put into the folder, writes what follows, and answers.
    pub(super) async fn take_acts(&mut self, inbox: &Inbox, clock: &Clock) -> Result<(), DaemonError> {
        let taken = match inbox.take() {
            Ok(taken) => taken,
            Err(error) => {
                tracing::error!(id = "FG0603", "the folder of acts cannot be read: {error}");
                return Ok(());
            }
        };
        for taken in taken {
            // What is not read now is not refused: it is taken when it is.
            let taken = match taken {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::error!(id = "FG0607", "an act cannot be read and stays: {error}");
                    continue;
                }
            };
            let now = self.knowledge_now(clock.now());
            let reader = self.writer.reader()?;
            if let Some((order, batch)) = judge_order(taken.bytes.as_deref(), &self.settings, now) {
                let answer = match batch {
                    Ok(batch) => {
                        self.writer.append(batch).await?;
                        order.answer(&reader)?
                    }
                    Err(refused) => refused,
                };
                tracing::info!(id = "FG0606", "webhooks: {}", answer.text);
                reply(inbox, &taken.name, &answer);
                continue;
            }
            let mut judged = judge_request(&reader, &self.settings.operators, taken.bytes.as_deref(), now)?;
            let written = self.writer.append(std::mem::take(&mut judged.batch)).await?;
            let answer = judged.answer(&written);
            match answer.outcome {
                Outcome::Refused => tracing::warn!(id = "FG0602", "an act was refused: {}", answer.text),
                _ => tracing::info!(id = "FG0601", "{}", answer.text),
            }
            if let Some(follows) = &judged.follows {
                self.follow(follows);
                self.count(now);
            }
            reply(inbox, &taken.name, &answer);
        }
        Ok(())
    }

    /// Brings what is in memory to what the ledger says by now.
    fn follow(&mut self, follows: &Follows) {
        let Follows { effect, stood, restated } = follows;
        let id = stood.period_id();
        let place = self.items.iter().position(|item| item.id() == id);
        match (effect, place) {
            (Effect::Held, Some(place)) => self.items[place].held = true,
            (Effect::Released, Some(place)) => self.items[place].release(),
            (Effect::Voided, Some(place)) => {
                let item = self.items.remove(place);
                self.paid.give_up(&stood.policy, &stood.cover, item.period.span);
                self.reopen(std::slice::from_ref(stood));
            }
            (Effect::Restated, _) => {
                let Some(next) = restated else { return };
                let cause = next.life.corrects.as_ref().map_or(Cause::Operator, |corrects| corrects.cause);
                self.decided = self.decided.max(Some(next.as_of));
                self.paid.note(next);
                self.settled.recall(next);
                self.settled.corrected(next, cause);
                self.reopen(std::slice::from_ref(next));
                log(next);
            }
            _ => {}
        }
    }
}
