//! Correcting what is final: settled again where later readings touch it, and the difference booked by a further entry.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{AT_ONCE, Daemon, DaemonError, determination, log};
use crate::contract::Correction;
use crate::index::Trace;
use crate::ledger::{
    Batch, Cause, Corrects, Determination, Entry, EntryError, Item, Kind, LedgerError, Life, State, hex, sha256,
};
use crate::settle::{Difference, Said, Settlement, difference, settle};

impl Daemon {
    /// Settles again what is final and was touched by readings, or by the correction of another one, until nothing
    /// changes any more; then lets go of what can be corrected no more.
    pub(super) async fn restate_due(&mut self, now: DateTime<Utc>) -> Result<(), DaemonError> {
        if self.settled.is_empty() || self.clock_was_back {
            return Ok(());
        }
        let as_of = self.knowledge_now(now);
        loop {
            let touched = self.settled.take_touched();
            if touched.is_empty() {
                break;
            }
            self.restate(touched, as_of).await?;
        }
        self.settled.close(now);
        Ok(())
    }

    /// One turn: each of them once, in order; those that depend on them are for the next turn.
    async fn restate(&mut self, touched: Vec<(usize, Cause)>, as_of: DateTime<Utc>) -> Result<(), DaemonError> {
        let (mut batch, mut said, mut written) = (Batch::new(), Vec::new(), 0);
        let mut reader = None;
        for (id, cause) in touched {
            let settled = self.settled.get(id);
            let (item, as_of) = (&settled.item, as_of.min(settled.until));
            let Some(correction) = item.policy.product.settlement.correction else { continue };
            let paid = self.paid.paid(&item.policy, item.cover(), item.period.span);
            let settlement = settle(&item.terms(paid.clone()), &self.knowledge, as_of, Trace::off());
            let (before, now) = (item.said().cloned(), Said::of(&settlement));
            if before.as_ref() == Some(&now) {
                continue;
            }
            if reader.is_none() {
                reader = Some(self.writer.reader()?);
            }
            let reader = reader.as_ref().expect("it was just opened");
            let span = item.period.span;
            let Some((seq, latest)) = reader.latest_entry(&item.policy.id, &item.cover().id, span.first)? else {
                continue;
            };
            match difference(&correction, &latest.said(), &now) {
                Difference::None => {}
                Difference::Noted => {
                    let note = note(seq, &latest, &settlement, as_of).map_err(LedgerError::entry(latest.id()))?;
                    if self.settled.noted.insert(note.key().to_owned()) {
                        batch.entry(note);
                    }
                }
                Difference::Booked => {
                    let next = determination(item, &settlement, (State::Restated, 0), paid, as_of);
                    let next = correcting(next, &latest, cause, &correction);
                    self.settled.get_mut(id).item.recall(&next);
                    self.paid.note(&next);
                    self.decided = self.decided.max(Some(as_of));
                    self.settled.corrected(&next, cause);
                    said.push(next.clone());
                    batch.determine(next);
                }
            }
            if said.len() - written >= AT_ONCE {
                self.writer.append(std::mem::take(&mut batch)).await?;
                written = said.len();
            }
        }
        if !batch.is_empty() {
            self.writer.append(batch).await?;
        }
        said.iter().for_each(log);
        self.reopen(&said);
        Ok(())
    }

    /// What is not final and depends on what was corrected is looked at again.
    pub(super) fn reopen(&mut self, corrected: &[Determination]) {
        if corrected.is_empty() {
            return;
        }
        let policies: BTreeSet<&str> = corrected.iter().map(|said| said.policy.as_str()).collect();
        for item in &mut self.items {
            if policies.contains(&*item.policy.id) || corrected.iter().any(|said| item.waits_for(said)) {
                item.look_again();
            }
        }
    }
}

/// The determination as one that corrects what stands.
pub(super) fn correcting(
    next: Determination,
    latest: &Determination,
    cause: Cause,
    correction: &Correction,
) -> Determination {
    let corrects = Corrects::of(cause, &latest.said(), latest.payable(), correction.clawback);
    let life = Life { corrects: Some(corrects), correctable_until: latest.life.correctable_until, ..Life::default() };
    Determination { life, ..next }
}

/// That something else would come out now, and that nothing is booked for it.
fn note(seq: i64, latest: &Determination, settlement: &Settlement, as_of: DateTime<Utc>) -> Result<Entry, EntryError> {
    let now = Said::of(settlement);
    let index = now.index.as_ref().map_or_else(|| "none".to_owned(), |(value, unit)| format!("{value} {unit}"));
    let same = format!("{seq} {} {} {index}", now.outcome.word(), now.amount.minor());
    let key = format!("difference/{}/{}", latest.period_id(), &hex(&sha256(same.as_bytes()))[..16]);
    let entry = Entry::new(Kind::Note, key, as_of)
        .text("policy", &latest.policy)
        .text("cover", &latest.cover)
        .item("period", Item::object([("start", latest.period.start.to_string().into())]))
        .integer("corrects", seq)
        .text("cause", Cause::SourceRevision.word())
        .text("outcome", now.outcome.word())
        .text("amount", now.amount.decimal())
        .text("currency", now.amount.currency().code())
        .integer("delta_minor", now.amount.minor() - latest.amount.minor())
        .text("reason", &settlement.reason)
        .text("text", "settled again it comes out otherwise; the difference is recorded and not booked")
        .instant("as_of", as_of)?;
    Ok(match &now.index {
        Some((value, unit)) => {
            entry.item("index", Item::object([("value", value.as_str().into()), ("unit", unit.as_str().into())]))
        }
        None => entry,
    })
}
