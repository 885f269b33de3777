//! The limits, the one rounding, and everything that the ledger and the reader need.

use std::cmp::Ordering;
use std::sync::Arc;

use super::evaluated::Evaluated;
use super::limb::CoverResult;
use super::limits::limited;
use super::outcome::{Outcome, Settlement};
use super::terms::Terms;
use super::words::{shown, trigger};
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
            let (reason_code, reason) = (reason.code(), format!("{reason}{}", beside(None, advance)));
            Settlement { reason_code, reason, trace: trace.steps(), ..settlement }
        }
        Ok((amount, CoverResult { index, reason_code, reason, .. })) => {
            let outcome = if amount.minor() == 0 { Outcome::NothingDue } else { Outcome::Pays };
            trace.add("outcome", || format!("{}: {amount}{}", outcome.word(), beside(Some(amount), advance)));
            let index = index.map(|(value, unit)| (shown(value), unit));
            let reason = format!("{reason}{}", beside(Some(amount), advance));
            Settlement { outcome, reason_code, reason, index, amount, trace: trace.steps(), ..settlement }
        }
    }
}

/// What was paid in advance beside what is due in all, in words; nothing where nothing was.
fn beside(due: Option<Money>, advance: Money) -> String {
    let (Some(due), true) = (due, advance.minor() > 0) else {
        return if advance.minor() > 0 { format!("; {advance} were paid in advance") } else { String::new() };
    };
    let difference = Money::from_minor((due.minor() - advance.minor()).abs(), due.currency());
    let difference = difference.map_or_else(|error| error.to_string(), |money| money.to_string());
    match due.minor().cmp(&advance.minor()) {
        Ordering::Greater => format!("; {advance} of it were paid in advance, {difference} are left to pay"),
        Ordering::Equal => format!("; all of it was paid in advance, {advance}"),
        Ordering::Less => format!("; {advance} were paid in advance, {difference} more than is due"),
    }
}

/// Where the limbs begin to pay, in words.
fn triggers(terms: &Terms<'_>) -> String {
    let of_limb = |limb: &crate::contract::Limb| {
        let unit = limb.pipeline.blocks.last().expect("an index has a block").unit;
        trigger(&limb.shape, terms.period.span.first, unit)
    };
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
        Some(cut) if amount.minor() == 0 => (cut.code, cut.wholly),
        Some(cut) if whole.is_ok_and(|whole| whole != amount) => (result.reason_code, cut.in_part),
        None if amount.minor() == 0 && !result.amount.is_zero() => {
            ("rounds_to_nothing", "; that rounds to nothing".to_owned())
        }
        _ => (result.reason_code, String::new()),
    };
    Ok((amount, CoverResult { reason_code, reason: format!("{}{behind}", result.reason), ..result }))
}
