//! What is paid while the period runs: what no later reading can take back, as far as it was not paid before.

use chrono::{DateTime, TimeDelta, Utc};

use super::combine::combine;
use super::conclude::conclude;
use super::indices::Indices;
use super::limb::CoverResult;
use super::outcome::{Outcome, Settlement};
use super::reach::heard_until;
use super::reason::Part;
use super::terms::Terms;
use crate::contract::Grain;
use crate::index::{Trace, complete_until};
use crate::observation::Knowledge;
use crate::quantity::Money;

/// The payment that is due in advance as known at `as_of`; none where the cover pays at the end only, or where what is
/// sure exceeds what was paid in advance before by less than the terms ask for.
///
/// What counts are the insured days behind which the lag has passed and before whose end no reading is lacking. The
/// amount is the payment; the index is that of these days. The payment binds: whatever comes, it is not paid back.
pub fn in_advance(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>, trace: Trace) -> Option<Settlement> {
    in_advance_with(terms, known, as_of, trace, &mut Indices::anew())
}

pub(super) fn in_advance_with(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    mut trace: Trace,
    indices: &mut Indices,
) -> Option<Settlement> {
    let least = terms.policy.amount(terms.cover.interim?)?;
    let until = sure_until(terms, known, as_of, indices)?;
    trace.add("paid in advance", || {
        let last = terms.policy.product.day.date_of(until - TimeDelta::seconds(1));
        format!("what the readings up to the end of {last} make sure")
    });
    let evaluated = indices.of(terms.cover, &terms.inputs(known, as_of, until), &mut trace);
    let result = combine(terms, &evaluated, &mut trace).ok()?;
    let result = CoverResult { reason_code: "paid_in_advance", ..result };
    let whole = conclude(terms, &evaluated, None, Ok(result), trace);
    if whole.outcome != Outcome::Pays {
        return None;
    }
    let owed = whole.amount.minor() - whole.advance.minor();
    let payment = Money::from_minor(owed, whole.amount.currency()).ok()?;
    (owed > 0 && payment.units() >= least).then(|| {
        let why = whole.why.clone().and(Part::Sure);
        Settlement { amount: payment, reason: why.to_string(), why, ..whole }
    })
}

/// The end of the last insured day of the period that counts; none where there is none yet.
fn sure_until(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    indices: &mut Indices,
) -> Option<DateTime<Utc>> {
    let day = &terms.policy.product.day;
    let whole_days =
        |until: DateTime<Utc>| Some(day.begin(day.date_of(until))).filter(|end| *end > terms.period.begins);
    let lag = TimeDelta::seconds(terms.policy.product.lag_of(terms.cover));
    let settled = whole_days(terms.period.ends.min(as_of - lag))?;
    let inputs = terms.inputs(known, as_of, settled);
    let complete = indices.complete(terms.cover, &inputs, || complete(terms, known, as_of, settled))?;
    whole_days(settled.min(complete))
}

/// Up to where nothing is lacking of what the cover reads, `until` at most; none where something of it was never heard.
fn complete(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut complete = until;
    for read in terms.cover.reads() {
        let known_until = match read.grain {
            Some(grain) if grain != Grain::Report => {
                complete_until(&read, &terms.inputs(known, as_of, complete)).ok()?
            }
            _ => heard_until(terms, known, &read, read.sources(&terms.policy.product).first()?, as_of)?,
        };
        complete = complete.min(known_until);
    }
    Some(complete)
}

#[cfg(test)]
mod tests {
    use super::super::outcome::balance;

    #[test]
    fn the_balance_is_what_is_left_and_never_below_nothing() {
        for (amount, advance, left, why) in [
            (500, 0, 500, "nothing was paid in advance"),
            (-500, 0, -500, "the insured owes under a swap"),
            (500, 499, 1, "a minor unit is left"),
            (500, 500, 0, "all was paid in advance"),
            (500, 501, 0, "a minor unit too much is not paid back"),
            (0, 300, 0, "a revision left nothing due"),
        ] {
            assert_eq!(balance(amount, advance), left, "{why}");
        }
    }
}
