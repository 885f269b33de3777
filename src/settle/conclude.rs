//! The limits, the one rounding, and everything that the ledger and the reader need.

use std::sync::Arc;

use super::evaluated::Evaluated;
use super::limb::CoverResult;
use super::limits::limited;
use super::outcome::{Outcome, Settlement};
use super::reason::{Part, Reason};
use super::terms::Terms;
use super::trigger::Trigger;
use super::words::shown;
use crate::contract::Limb;
use crate::index::{Anchor, Trace, Undetermined};
use crate::quantity::Money;

/// The settlement of what a cover comes to; `anchor` is what was looked at to find its days, where they were searched.
pub(super) fn conclude(
    terms: &Terms<'_>,
    evaluated: &Evaluated,
    anchor: Option<Anchor>,
    result: Result<CoverResult, Undetermined>,
    mut trace: Trace,
) -> Settlement {
    let concluded = result.and_then(|result| owed(terms, result, &mut trace));
    let (uses, recorded_by) = match anchor {
        None => (evaluated.uses.clone(), evaluated.recorded_by.clone()),
        Some(Anchor { uses, recorded_by, .. }) => (
            uses.iter().chain(&*evaluated.uses).cloned().collect(),
            Arc::new(recorded_by.union(&evaluated.recorded_by).copied().collect()),
        ),
    };
    let currency = terms.policy.product.currency;
    let advance = Money::from_minor(terms.paid.advance, currency).expect("what was paid in advance was money before");
    let settlement = Settlement {
        outcome: Outcome::Undetermined,
        reason_code: "",
        reason: String::new(),
        why: Reason::default(),
        index: None,
        trigger: triggers(terms),
        amount: Money::zero(currency),
        advance,
        may_be_final: false,
        fragile: false,
        waited_out: false,
        uses,
        recorded_by,
        trace: Vec::new(),
    };
    match concluded {
        Err(reason) => {
            trace.add("outcome", || format!("undetermined: {reason}"));
            let (reason_code, why) = (reason.code(), Part::Undetermined(reason).into());
            let why = with_advance(why, None, advance);
            Settlement { reason_code, reason: why.to_string(), why, trace: trace.steps(), ..settlement }
        }
        Ok((amount, CoverResult { index, reason_code, reason, .. })) => {
            let outcome = if amount.minor() == 0 { Outcome::NothingDue } else { Outcome::Pays };
            trace.add("outcome", || {
                let advance = with_advance(Reason::default(), Some(amount), advance);
                format!("{}: {amount}{advance}", outcome.word())
            });
            let index = index.map(|(value, unit)| (shown(value), unit));
            let why = with_advance(reason, Some(amount), advance);
            let (reason, trace) = (why.to_string(), trace.steps());
            Settlement { outcome, reason_code, reason, why, index, amount, trace, ..settlement }
        }
    }
}

/// The same with what was paid in advance, where anything was.
fn with_advance(reason: Reason, due: Option<Money>, advance: Money) -> Reason {
    if advance.minor() > 0 { reason.and(Part::Advance { due, advance }) } else { reason }
}

/// Where the limbs begin to pay, in words.
fn triggers(terms: &Terms<'_>) -> String {
    let of_limb = |limb: &Limb| Trigger::of(&limb.shape, terms.period.span.first, limb.pipeline.unit()).to_string();
    terms.cover.limbs.iter().map(of_limb).collect::<Vec<_>>().join(", or ")
}

/// What is owed, to the minor unit, with a reason that says what cut it.
fn owed(terms: &Terms<'_>, result: CoverResult, trace: &mut Trace) -> Result<(Money, CoverResult), Undetermined> {
    let product = &terms.policy.product;
    let round = |units| Money::round(units, product.currency, product.settlement.rounding);
    let limited = limited(terms, result.amount, trace)?;
    let amount = round(limited.amount)?;
    let whole = round(result.amount);
    let (reason_code, behind) = match limited.cut {
        Some(cut) if amount.minor() == 0 => (cut.code(), Some(Part::Cut { cut, wholly: true })),
        Some(cut) if whole.is_ok_and(|whole| whole != amount) => {
            (result.reason_code, Some(Part::Cut { cut, wholly: false }))
        }
        None if amount.minor() == 0 && !result.amount.is_zero() => ("rounds_to_nothing", Some(Part::RoundsToNothing)),
        _ => (result.reason_code, None),
    };
    let CoverResult { index, amount: exact, mut reason, .. } = result;
    reason.0.extend(behind);
    Ok((amount, CoverResult { index, amount: exact, reason_code, reason }))
}
