//! What of an act is allowed, as the period stands.

use chrono::{DateTime, TimeDelta, Utc};

use super::act::{Act, What};

/// For how long a signed act may lie before it reaches the ledger.
const FRESH: TimeDelta = TimeDelta::hours(24);
/// How far clocks may be apart.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// How a period stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Nothing binds yet.
    Open,
    /// It is held, since the entry of this number.
    Held(i64),
    /// It binds.
    Final,
    /// It was given up.
    Void,
}

/// What one person proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The entry's number.
    pub entry: i64,
    /// What.
    pub what: What,
    /// Who.
    pub by: String,
    /// The determination that stood then.
    pub seq: i64,
}

/// Everything that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// How it stands.
    pub stands: Stands,
    /// The entry's number of the determination that stands; none where nothing is said yet.
    pub seq: Option<i64>,
    /// What was proposed last.
    pub proposal: Option<Proposal>,
    /// Of a restatement, or the approval of one: what it would change, in minor units; none where nothing.
    pub change: Option<i64>,
    /// Above what two persons are needed, in minor units; none: always.
    pub above: Option<i64>,
}

/// What follows from an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The period is held.
    Held,
    /// It is let go.
    Released,
    /// It is given up.
    Voided,
    /// The difference is booked.
    Restated,
    /// It is recorded and changes nothing.
    Noted,
    /// It waits for a second person.
    Proposed,
}

/// Why an act is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was handed over is none.
    #[error("this is no signed act")]
    Unreadable,
    /// Nobody of that name stands in the settings.
    #[error("there is no operator `{0}` in the settings: add [operators.{0}] with the public key")]
    Unknown(String),
    /// The signature is another's, or of something else.
    #[error(
        "the signature is not that of `{0}` over this act: sign it with the key whose public one stands in the settings"
    )]
    Signature(String),
    /// What is attached is not what was signed.
    #[error("what is attached is not what was signed")]
    Attachments,
    /// It stands in the ledger.
    #[error("this act stands in the ledger already, as entry {0}: nothing is done twice")]
    Replayed(i64),
    /// It was signed too long ago, or will be.
    #[error("it was signed at {0}, which is more than a day ago or ahead of the clock: sign it again")]
    NotNow(DateTime<Utc>),
    /// There is no such period.
    #[error("nothing is said of this period yet: `fairgauge payouts list` shows what there is")]
    Nothing,
    /// Another determination stands there.
    #[error("it was signed when entry {signed} stood, now entry {now} does: look at it and sign again")]
    Stale {
        /// When it was signed.
        signed: i64,
        /// Now.
        now: i64,
    },
    /// How it stands does not allow it.
    #[error("{0}")]
    Standing(&'static str),
    /// A second person is needed.
    #[error("`{0}` proposed it: a second person has to approve it")]
    SamePerson(String),
    /// The approval names another proposal than the one that waits.
    #[error("another proposal waits now, entry {0}: look at it and sign again")]
    OtherProposal(i64),
    /// It cannot be settled so.
    #[error("{0}")]
    Settlement(String),
}

/// What follows from an act whose signature is good.
///
/// # Errors
/// Why it is refused.
pub fn judge(act: &Act, period: &Period, now: DateTime<Utc>) -> Result<Effect, Refusal> {
    if act.at > now + AHEAD || act.at < now - FRESH {
        return Err(Refusal::NotNow(act.at));
    }
    let stood = period.seq.ok_or(Refusal::Nothing)?;
    if act.seq != stood {
        return Err(Refusal::Stale { signed: act.seq, now: stood });
    }
    let wrong = |why| Err(Refusal::Standing(why));
    match (act.what, period.stands) {
        (_, Stands::Void) => wrong("the period was given up: nothing follows"),
        (What::Hold, Stands::Open) | (What::Dispute, Stands::Open) => Ok(Effect::Held),
        (What::Hold, Stands::Held(_)) => wrong("it is held already"),
        (What::Hold, Stands::Final) => wrong("it binds already: dispute it, or restate it"),
        (What::Dispute, Stands::Held(_) | Stands::Final) => Ok(Effect::Noted),
        (What::Release, Stands::Held(_)) | (What::Void, Stands::Held(_)) => Ok(Effect::Proposed),
        (What::Release, _) => wrong("it is not held: there is nothing to let go"),
        (What::Void, Stands::Open) => wrong("hold it first: what is not held is not given up"),
        (What::Void, Stands::Final) => wrong("it binds already: restate it"),
        (What::Restate, Stands::Final) => restated(period),
        (What::Restate, _) => wrong("only what is final is restated"),
        (What::Approve, stands) => approved(act, period, stands),
    }
}

fn restated(period: &Period) -> Result<Effect, Refusal> {
    let change =
        period.change.ok_or(Refusal::Standing("settled again it comes out the same: nothing is to be booked"))?;
    let alone = period.above.is_some_and(|above| change.abs() <= above);
    Ok(if alone { Effect::Restated } else { Effect::Proposed })
}

fn approved(act: &Act, period: &Period, stands: Stands) -> Result<Effect, Refusal> {
    let nothing = Err(Refusal::Standing("nothing waits for a second person"));
    let Some(proposal) = &period.proposal else { return nothing };
    let holds = match (proposal.what, stands) {
        // One of an earlier hold is over.
        (What::Release | What::Void, Stands::Held(since)) => proposal.entry > since,
        (What::Restate, Stands::Final) => true,
        _ => false,
    };
    if !holds {
        return nothing;
    }
    if Some(proposal.seq) != period.seq {
        return Err(Refusal::Stale { signed: proposal.seq, now: period.seq.unwrap_or(-1) });
    }
    if act.approves != Some(proposal.entry) {
        return Err(Refusal::OtherProposal(proposal.entry));
    }
    if act.by == proposal.by {
        return Err(Refusal::SamePerson(proposal.by.clone()));
    }
    match proposal.what {
        What::Release => Ok(Effect::Released),
        What::Void => Ok(Effect::Voided),
        _ if period.change.is_none() => Err(Refusal::Standing("settled again it comes out the same by now")),
        _ => Ok(Effect::Restated),
    }
}

#[cfg(test)]
mod tests {
    use super::super::act::tests::act;
    use super::*;

    fn period(stands: Stands) -> Period {
        Period { stands, seq: Some(9), proposal: None, change: None, above: Some(1_000) }
    }

    fn proposed(what: What, by: &str, entry: i64, stands: Stands) -> Period {
        let proposal = Proposal { entry, what, by: by.to_owned(), seq: 9 };
        Period { proposal: Some(proposal), ..period(stands) }
    }

    fn judged(act: &Act, period: &Period) -> Result<Effect, Refusal> {
        judge(act, period, act.at)
    }

    #[test]
    fn what_one_person_does_alone_depends_on_how_it_stands() {
        use Stands::{Final, Held, Open, Void};
        let refused = None;
        for (what, stands, effect) in [
            (What::Hold, Open, Some(Effect::Held)),
            (What::Hold, Held(3), refused),
            (What::Hold, Final, refused),
            (What::Hold, Void, refused),
            (What::Dispute, Open, Some(Effect::Held)),
            (What::Dispute, Held(3), Some(Effect::Noted)),
            (What::Dispute, Final, Some(Effect::Noted)),
            (What::Dispute, Void, refused),
            (What::Release, Open, refused),
            (What::Release, Held(3), Some(Effect::Proposed)),
            (What::Release, Final, refused),
            (What::Release, Void, refused),
            (What::Void, Open, refused),
            (What::Void, Held(3), Some(Effect::Proposed)),
            (What::Void, Final, refused),
            (What::Void, Void, refused),
            (What::Restate, Open, refused),
            (What::Restate, Held(3), refused),
            (What::Restate, Final, refused),
            (What::Approve, Open, refused),
            (What::Approve, Held(3), refused),
            (What::Approve, Final, refused),
        ] {
            assert_eq!(judged(&act(what, "lin"), &period(stands)).ok(), effect, "{what:?} {stands:?}");
        }
    }

    #[test]
    fn a_restatement_above_the_amount_waits_for_a_second_person() {
        for (change, above, effect, why) in [
            (Some(1_000), Some(1_000), Some(Effect::Restated), "exactly the amount"),
            (Some(1_001), Some(1_000), Some(Effect::Proposed), "a minor unit more"),
            (Some(-1_001), Some(1_000), Some(Effect::Proposed), "downwards alike"),
            (Some(1), None, Some(Effect::Proposed), "no amount of this currency: always two"),
            (None, Some(1_000), None, "nothing to book"),
        ] {
            let period = Period { change, above, ..period(Stands::Final) };
            assert_eq!(judged(&act(What::Restate, "lin"), &period).ok(), effect, "{why}");
        }
    }

    #[test]
    fn o04_the_one_who_proposed_cannot_approve() {
        let period = proposed(What::Release, "lin", 11, Stands::Held(10));
        let approve = |by: &str| Act { approves: Some(11), ..act(What::Approve, by) };
        assert_eq!(judged(&approve("lin"), &period), Err(Refusal::SamePerson("lin".to_owned())));
        assert_eq!(judged(&approve("wu"), &period), Ok(Effect::Released));
    }

    #[test]
    fn o04_a_release_of_ones_own_hold_alone_is_a_proposal_only() {
        assert_eq!(judged(&act(What::Release, "lin"), &period(Stands::Held(10))), Ok(Effect::Proposed));
    }

    #[test]
    fn o04_a_proposal_of_an_earlier_hold_is_over() {
        let approve = Act { approves: Some(11), ..act(What::Approve, "wu") };
        for (stands, effect, why) in [
            (Stands::Held(10), Some(Effect::Voided), "of this hold"),
            (Stands::Held(12), None, "held again since"),
            (Stands::Open, None, "let go since"),
            (Stands::Final, None, "final since"),
        ] {
            assert_eq!(judged(&approve, &proposed(What::Void, "lin", 11, stands)).ok(), effect, "{why}");
        }
    }

    #[test]
    fn a06_an_act_on_what_stood_before_is_stale() {
        for (seq, why) in [(8, "an older one"), (10, "one that is not there")] {
            let act = Act { seq, ..act(What::Hold, "lin") };
            assert_eq!(judged(&act, &period(Stands::Open)), Err(Refusal::Stale { signed: seq, now: 9 }), "{why}");
        }
        let other = Act { approves: Some(7), ..act(What::Approve, "wu") };
        let waiting = proposed(What::Release, "lin", 11, Stands::Held(10));
        assert_eq!(judged(&other, &waiting), Err(Refusal::OtherProposal(11)));
        let mut moved = waiting;
        moved.proposal.as_mut().unwrap().seq = 8;
        let approve = Act { approves: Some(11), ..act(What::Approve, "wu") };
        assert_eq!(judged(&approve, &moved), Err(Refusal::Stale { signed: 8, now: 9 }));
    }

    #[test]
    fn a06_an_act_that_lay_for_long_is_not_taken() {
        let held = act(What::Hold, "lin");
        for (now, taken, why) in [
            (held.at + FRESH, true, "just a day"),
            (held.at + FRESH + TimeDelta::milliseconds(1), false, "more than a day"),
            (held.at - AHEAD, true, "clocks are five minutes apart"),
            (held.at - AHEAD - TimeDelta::milliseconds(1), false, "of the future"),
        ] {
            assert_eq!(judge(&held, &period(Stands::Open), now).is_ok(), taken, "{why}");
        }
        let nothing = Period { seq: None, ..period(Stands::Open) };
        assert_eq!(judged(&held, &nothing), Err(Refusal::Nothing));
    }

    #[test]
    fn an_approved_restatement_is_computed_again() {
        let approve = Act { approves: Some(11), ..act(What::Approve, "wu") };
        let period = |change| Period { change, ..proposed(What::Restate, "lin", 11, Stands::Final) };
        assert_eq!(judged(&approve, &period(Some(5_000))), Ok(Effect::Restated));
        assert!(judged(&approve, &period(None)).is_err(), "it comes out the same by now");
    }
}
