//! The limits beyond a payout's own, in their order: of the period, less what another cover paid, of the cover, of
//! the policy.

use super::reason::Cut;
use super::terms::Terms;
use crate::index::{Trace, Undetermined};
use crate::quantity::{Exact, Money};

/// What is left of an amount, in units of the currency, and what cut it last.
pub(super) struct Limited {
    pub amount: Exact,
    pub cut: Option<Cut>,
}

impl Limited {
    fn at_most(&mut self, most: Exact, cut: impl FnOnce() -> Cut) {
        if self.amount > most {
            self.amount = most;
            self.cut = Some(cut());
        }
    }
}

/// Cuts an amount by the limits of its cover and its policy.
///
/// # Errors
/// Where another cover's payout is subtracted and not final yet, or an amount does not fit.
pub(super) fn limited(terms: &Terms<'_>, amount: Exact, trace: &mut Trace) -> Result<Limited, Undetermined> {
    let mut limited = Limited { amount, cut: None };
    of_period(terms, &mut limited, trace)?;
    less(terms, &mut limited, trace)?;
    of_cover(terms, &mut limited, trace)?;
    of_policy(terms, &mut limited, trace)?;
    Ok(limited)
}

fn of_period(terms: &Terms<'_>, limited: &mut Limited, trace: &mut Trace) -> Result<(), Undetermined> {
    let Some(limit) = terms.cover.limit.period else { return Ok(()) };
    let limit = terms.policy.amount(limit).ok_or(Undetermined::Overflow)?;
    limited.at_most(limit, || Cut::Period);
    let currency = terms.policy.product.currency;
    trace.add("limit of the period", || format!("{limit} {currency}: {} {currency}", limited.amount));
    Ok(())
}

/// What another cover paid for the same days is subtracted.
fn less(terms: &Terms<'_>, limited: &mut Limited, trace: &mut Trace) -> Result<(), Undetermined> {
    let Some(other) = terms.policy.subtracted_key(terms.cover) else { return Ok(()) };
    let Some(paid) = terms.paid.same_period.get(&other).copied().flatten() else {
        return Err(Undetermined::WaitsForOther { other });
    };
    let currency = terms.policy.product.currency;
    let paid = Money::from_minor(paid, currency)?;
    let left = limited.amount.minus(paid.units())?.max(Exact::ZERO);
    limited.at_most(left, || Cut::Less { other: other.clone(), paid });
    trace.add(&format!("less {other}"), || format!("{paid} paid by it: {} {currency}", limited.amount));
    Ok(())
}

fn of_cover(terms: &Terms<'_>, limited: &mut Limited, trace: &mut Trace) -> Result<(), Undetermined> {
    let Some(limit) = terms.cover.limit.cover else { return Ok(()) };
    let limit = terms.policy.amount(limit).ok_or(Undetermined::Overflow)?;
    let (left, before) = left(terms, limit, terms.paid.by_cover)?;
    limited.at_most(left, || Cut::Cover);
    let currency = terms.policy.product.currency;
    trace.add("limit of the cover", || {
        format!("{limit} {currency} for all periods, {before} paid before, {left} {currency} left")
    });
    Ok(())
}

/// The aggregate; with reinstatements once for the period, and so often more for all.
fn of_policy(terms: &Terms<'_>, limited: &mut Limited, trace: &mut Trace) -> Result<(), Undetermined> {
    let product = &terms.policy.product;
    let Some(aggregate) = product.aggregate else { return Ok(()) };
    let mut limit = terms.policy.amount(aggregate.amount).ok_or(Undetermined::Overflow)?;
    let currency = product.currency;
    if let Some(reinstatements) = aggregate.reinstatements {
        let (left, before) = left(terms, limit, terms.paid.in_period)?;
        limited.at_most(left, || Cut::Policy);
        trace.add("aggregate of the period", || {
            format!("{limit} {currency} for one period, {before} paid for it before, {left} {currency} left")
        });
        limit = limit.times(Exact::from(i64::from(reinstatements) + 1))?;
    }
    let (left, before) = left(terms, limit, terms.paid.total)?;
    limited.at_most(left, || Cut::Policy);
    trace.add("aggregate", || format!("{limit} {currency} for all, {before} paid before, {left} {currency} left"));
    Ok(())
}

/// What is left of a limit of which so many minor units were paid before.
fn left(terms: &Terms<'_>, limit: Exact, before: i64) -> Result<(Exact, Money), Undetermined> {
    let before = Money::from_minor(before, terms.policy.product.currency)?;
    Ok((limit.minus(before.units())?.max(Exact::ZERO), before))
}
