//! How the period stands on which somebody acts, as the ledger says.

use chrono::{DateTime, Utc};

use super::Fail;
use crate::audit::{Bound, settled_again};
use crate::calendar::Span;
use crate::contract::Correction;
use crate::daemon::restate::correcting;
use crate::daemon::tally::Tally;
use crate::ledger::{Cause, Determination, ENGINE, Entry, Kind, Life, Reader, State, leaf_ranges};
use crate::operator::{Act, Operators, Period, Proposal, Refusal, Stands, What};
use crate::quantity::Exact;
use crate::settle::{Outcome, Said};

/// What a restatement would come to.
pub(super) struct Change {
    /// The determination that corrects.
    pub next: Determination,
    /// By how much the amount changes, in minor units.
    delta: i64,
}

/// Everything that decides, and what is needed for what follows.
pub(super) struct Scene {
    pub period: Period,
    /// The determination that stands.
    pub stood: Option<Determination>,
    pub change: Option<Change>,
}

impl Scene {
    pub(super) fn of(reader: &Reader, operators: &Operators, act: &Act, now: DateTime<Utc>) -> Result<Self, Fail> {
        let latest = reader.latest_entry(&act.policy, &act.cover, act.start)?;
        let Some((seq, stood)) = latest else {
            let period = Period { stands: Stands::Open, seq: None, proposal: None, change: None, above: None };
            return Ok(Self { period, stood: None, change: None });
        };
        let standing = reader.standing(&act.policy, &act.cover, act.start)?;
        let stands = match standing.map(|standing| (standing.kind, standing.seq)) {
            _ if stood.state.ends() => Stands::Final,
            Some((Kind::Hold, since)) => Stands::Held(since),
            Some((Kind::Void, _)) => Stands::Void,
            _ => Stands::Open,
        };
        let proposed = reader.acts(&act.period_id())?;
        let proposed = proposed.iter().rev().find(|(_, entry)| entry.text_of("effect") == Ok("proposed"));
        let proposal = proposed.and_then(|(seq, entry)| proposal(*seq, entry));
        let restates = act.what == What::Restate
            || (act.what == What::Approve && proposal.as_ref().is_some_and(|proposal| proposal.what == What::Restate));
        let change = if restates && stands == Stands::Final && act.seq == seq {
            let cause = act.cause.or_else(|| {
                let (_, entry) = proposed?;
                Cause::from_word(entry.text_of("cause").ok()?)
            });
            change(reader, &stood, cause.unwrap_or(Cause::Operator), now)?
        } else {
            None
        };
        let period = Period {
            stands,
            seq: Some(seq),
            proposal,
            change: change.as_ref().map(|change| change.delta),
            above: operators.above(stood.amount.currency()),
        };
        Ok(Self { period, stood: Some(stood), change })
    }
}

fn proposal(seq: i64, entry: &Entry) -> Option<Proposal> {
    Some(Proposal {
        entry: seq,
        what: What::from_word(entry.text_of("act").ok()?)?,
        by: entry.text_of("by").ok()?.to_owned(),
        seq: entry.integer_of("determination").ok()?,
    })
}

/// The period settled again with all that is known now; none where it comes out the same.
fn change(reader: &Reader, stood: &Determination, cause: Cause, now: DateTime<Utc>) -> Result<Option<Change>, Fail> {
    let bound = Bound::of(reader, stood)?;
    let product = &bound.policy.product;
    let cover = product.cover(&stood.cover).ok_or(Refusal::Nothing)?;
    let span = Span { first: stood.period.start, last: stood.period.end };
    let paid = Tally::of_ledger(reader)?.paid(&bound.policy, cover, span);
    let again = settled_again(reader, stood, &bound, paid.clone(), now)?;
    if again.outcome == Outcome::Undetermined && stood.outcome != Outcome::Undetermined {
        let why = format!("settled again it is undetermined, and absence takes nothing back: {}", again.reason);
        return Err(Refusal::Settlement(why).into());
    }
    if Said::of(&again) == stood.said() {
        return Ok(None);
    }
    // Terms that never correct say nothing of claiming back: then nothing is.
    let correction =
        product.settlement.correction.unwrap_or(Correction { within: 0, least: Exact::ZERO, clawback: false });
    let next = Determination {
        state: State::Restated,
        outcome: again.outcome,
        index: again.index.as_ref().map(|(value, unit)| (value.clone(), unit.symbol().to_owned())),
        trigger: again.trigger.clone(),
        amount: again.amount,
        paid,
        reason_code: again.reason_code.to_owned(),
        reason: again.reason.clone(),
        as_of: now,
        determined_at: now,
        observations: leaf_ranges(again.recorded_by.iter().copied()),
        tzdb: crate::calendar::tzdb_version().to_owned(),
        engine: ENGINE.to_owned(),
        sources: Some(again.sources()),
        life: Life::default(),
        ..stood.clone()
    };
    let delta = next.amount.minor() - stood.amount.minor();
    Ok(Some(Change { next: correcting(next, stood, cause, &correction), delta }))
}
