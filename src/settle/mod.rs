//! One pure call from what was known to what is owed. The daemon, `replay` and `explain` all come through here.

mod anchor;
mod combine;
mod conclude;
mod evaluated;
mod event_reason;
mod events;
mod fragile;
mod gate;
mod indices;
mod interim;
mod levels;
mod life;
mod limb;
mod limits;
mod outcome;
mod pass;
mod progress;
mod reach;
mod reason;
mod sources;
mod terms;
mod trigger;
mod until;
mod words;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::index::{Anchor, Inputs, Trace, Undetermined, Voice};
use crate::observation::Knowledge;
use anchor::Days;
use combine::combine;
use conclude::conclude;
use evaluated::Evaluated;
use fragile::fragile;
use indices::Indices;
use limb::CoverResult;
use reach::{Reach, Stage};

pub use event_reason::{Became, EventsReason, OneEvent, Passed};
pub use interim::in_advance;
pub use levels::{Distance, IndexLevel, LevelRole, levels};
pub use life::{Difference, Said, contest, difference, payable_after};
pub use outcome::{Outcome, Settlement, balance};
pub use pass::Pass;
pub use progress::{Curve, EventSoFar, NoCourse, Progress, SoFar, progress};
pub use reason::{Cut, GateReason, Part, Reason, Stands, Without};
pub use sources::Given;
pub use terms::{Paid, Terms};
pub use trigger::Trigger;
pub use until::index_until;
pub use words::shown;

/// Settles a cover over a period as known at `as_of`.
///
/// While the period runs, and while readings are late, only a cover whose amount no later reading can take back has an
/// outcome; it is never final.
pub fn settle(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>, trace: Trace) -> Settlement {
    settle_with(terms, known, as_of, trace, &mut Indices::anew())
}

fn settle_with(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    mut trace: Trace,
    indices: &mut Indices,
) -> Settlement {
    let reach = Reach::of(terms, known, as_of);
    let stage = Stage::of(terms, known, &reach, as_of, indices);
    let Settled { evaluated, anchor, result } = if stage.is_over() {
        whole(terms, known, as_of, &[], &mut trace, indices)
    } else {
        so_far(terms, known, &reach, stage, as_of, &mut trace, indices)
    };
    let waits_for_other = result.is_ok() && terms.waits_for_other();
    let settlement = conclude(terms, &evaluated, anchor, result, trace);
    // What is undetermined may still be mended by late readings, as long as they are waited for.
    let over = as_of >= terms.deadline();
    let undetermined = settlement.outcome == Outcome::Undetermined;
    let may_be_final = stage.is_over() && as_of >= terms.lag_over() && (over || !undetermined) && !waits_for_other;
    let waited_out = over && (undetermined || stage == Stage::WaitedOut);
    let settlement = Settlement { may_be_final, waited_out, ..settlement };
    let without = if may_be_final { fragile(terms, known, as_of, &settlement, indices) } else { None };
    match without {
        Some(without) => {
            let why = settlement.why.clone().and(Part::Fragile(without));
            Settlement { reason: why.to_string(), why, fragile: true, ..settlement }
        }
        None => settlement,
    }
}

/// What a cover comes to, and what was looked at.
struct Settled {
    evaluated: Arc<Evaluated>,
    /// Where the anchor was searched.
    anchor: Option<Anchor>,
    result: Result<CoverResult, Undetermined>,
}

/// What the whole period comes to, without some of the sources that agree.
fn whole(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    without: &[Voice],
    trace: &mut Trace,
    indices: &mut Indices,
) -> Settled {
    let Days { period, looked_at: anchor } = Days::of(terms, known, as_of, without, trace);
    let period = match period {
        Ok(period) => period,
        Err(reason) => return Settled { evaluated: Arc::default(), anchor, result: Err(reason) },
    };
    let narrowed = terms.over(&period);
    let inputs = Inputs { without, ..narrowed.inputs(known, as_of, period.ends) };
    let evaluated = indices.of(terms.cover, &inputs, trace);
    let result = combine(&narrowed, &evaluated, trace);
    Settled { evaluated, anchor, result }
}

/// What no later reading can take back, where there is such; of an anchored cover there is not.
fn so_far(
    terms: &Terms<'_>,
    known: &Knowledge,
    reach: &Reach,
    stage: Stage,
    as_of: DateTime<Utc>,
    trace: &mut Trace,
    indices: &mut Indices,
) -> Settled {
    let open = match stage {
        Stage::Running => Undetermined::PeriodRunning { until: terms.period.ends },
        _ => Undetermined::DataIncomplete { reached: reach.first, until: terms.deadline() },
    };
    if terms.cover.anchor.is_some() {
        return Settled { evaluated: Arc::default(), anchor: None, result: Err(open) };
    }
    let read_to = reach.read_to(terms, as_of);
    let evaluated = indices.of(terms.cover, &terms.inputs(known, as_of, read_to), trace);
    let so_far = if terms.cover.ratchets() { combine(terms, &evaluated, trace) } else { Err(open.clone()) };
    let sure = so_far.ok().filter(|result| result.amount.is_positive());
    Settled { evaluated, anchor: None, result: sure.map(CoverResult::so_far).ok_or(open) }
}
