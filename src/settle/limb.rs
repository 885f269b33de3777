//! What one limb comes to: its index, and what its payout makes of it.

use super::events::{Event, events_result};
use super::reason::{Part, Reason, Stands};
use super::terms::Terms;
use super::trigger::Trigger;
use crate::contract::{Limb, Shape};
use crate::index::{Index, Storm, Trace, Undetermined};
use crate::payout::{By, Modified, arithmetic, band_of, modify, pay, pay_event, pay_storm, shown_of_storm};
use crate::quantity::{Exact, Overflow, Unit};

/// What a limb or a cover comes to, before the limits of the cover and the policy.
#[derive(Clone, Debug)]
pub(super) struct CoverResult {
    pub index: Option<(Exact, Unit)>,
    /// In units of the currency.
    pub amount: Exact,
    pub reason_code: &'static str,
    pub reason: Reason,
}

impl CoverResult {
    /// Nothing qualifies: there is no index, and nothing is due.
    pub(super) fn nothing(reason: &Undetermined) -> Self {
        let (reason_code, reason) = (reason.code(), Part::Undetermined(reason.clone()).into());
        Self { index: None, amount: Exact::ZERO, reason_code, reason }
    }

    /// The same, of a period that runs: no later reading can take the amount back.
    pub(super) fn so_far(self) -> Self {
        Self { reason_code: "pays_so_far", reason: self.reason.and(Part::SoFar), ..self }
    }
}

/// What a limb pays for its index.
///
/// # Errors
/// Where a storm's point lacks a number that decides, or an amount does not fit.
pub(super) fn limb_result(
    terms: &Terms<'_>,
    limb: &Limb,
    index: &Index,
    trace: &mut Trace,
) -> Result<CoverResult, Undetermined> {
    let unit = limb.pipeline.unit();
    let currency = terms.policy.product.currency;
    let first_day = terms.period.span.first;
    match index {
        Index::Number(value) => {
            let whole = pay(&limb.shape, terms.policy, first_day, *value)?;
            let steps = modify(&limb.modifiers, terms.policy, first_day, whole)?;
            trace.add(&limb.payout_text, || {
                let way = arithmetic(&limb.shape, terms.policy, first_day, *value, unit);
                let steps = steps.iter().map(|step| format!("; {}", step.words(currency)));
                format!("{way} = {whole} {currency}{}", steps.collect::<String>())
            });
            Ok(number_result(terms, limb, *value, unit, whole, &steps))
        }
        Index::Events(_) | Index::Points(_) => {
            let events = events(terms, limb, index)?;
            let result = events_result(terms, limb, events, trace)?;
            trace.add(&limb.payout_text, || format!("{} = {} {currency}", result.reason, result.amount));
            Ok(result)
        }
    }
}

/// Every event with what it pays by itself.
pub(super) fn events(terms: &Terms<'_>, limb: &Limb, index: &Index) -> Result<Vec<Event>, Undetermined> {
    let modified = |begins: i64, whole: Exact| {
        let day = terms.policy.day_of(begins);
        let steps = modify(&limb.modifiers, terms.policy, day, whole)?;
        let taken = taken(whole, &steps).copied();
        Ok::<_, Overflow>((steps.last().map_or(whole, |step| step.amount), taken))
    };
    match (index, &limb.shape) {
        (Index::Events(events), shape) => {
            let events = events.iter().map(|event| {
                let day = terms.policy.day_of(event.at);
                let whole = match shape {
                    Shape::Grid(grid) => pay_event(grid, terms.policy, event.value, day)?,
                    shape => pay(shape, terms.policy, terms.period.span.first, event.value)?,
                };
                let (name, begins, at) = (event.name.clone(), event.at, event.at);
                let (paid, taken) = modified(begins, whole)?;
                Ok(Event { name, index: event.value, paid, taken, begins, at })
            });
            events.collect()
        }
        (Index::Points(storms), Shape::Grid(grid)) => {
            let event = |storm: &Storm| {
                let (whole, at) = pay_storm(grid, terms.policy, storm)?;
                let (begins, index) = (storm.points[0].at, shown_of_storm(grid, storm)?);
                let (paid, taken) = modified(begins, whole)?;
                Ok(Event { name: storm.id.clone(), index, paid, taken, begins, at })
            };
            storms.iter().map(event).collect()
        }
        _ => unreachable!("points are paid by a grid, which was checked when it was read"),
    }
}

fn number_result(
    terms: &Terms<'_>,
    limb: &Limb,
    value: Exact,
    unit: Unit,
    whole: Exact,
    steps: &[Modified],
) -> CoverResult {
    let amount = steps.last().map_or(whole, |step| step.amount);
    let is = match &limb.shape {
        Shape::Bands { closed, bands } => Stands::InBand(*closed, *band_of(*closed, bands, value)),
        Shape::Swap { .. } => Stands::Owed(amount.cmp(&Exact::ZERO)),
        _ if whole.is_positive() => Stands::Met,
        _ => Stands::NotMet,
    };
    let trigger = Trigger::of(&limb.shape, terms.period.span.first, unit);
    let reason = Reason::from(Part::Number { value, unit, trigger, is });
    let (reason_code, reason) = match taken(whole, steps) {
        Some(step) => (taken_by(step.by), reason.and(Part::Taken(*step, terms.policy.product.currency))),
        _ if amount.is_positive() => ("strike_reached", reason),
        _ if amount < Exact::ZERO => ("insured_owes", reason),
        _ => ("strike_not_reached", reason),
    };
    CoverResult { index: Some((value, unit)), amount, reason_code, reason }
}

/// The modifier that left nothing of an amount.
fn taken(whole: Exact, steps: &[Modified]) -> Option<&Modified> {
    steps.iter().find(|step| whole.is_positive() && step.amount.is_zero())
}

/// The reason where a modifier left nothing.
pub(super) fn taken_by(by: By) -> &'static str {
    match by {
        By::Date(_) => "outside_dates",
        By::Deductible(_) => "below_deductible",
        By::Franchise(_) | By::Minimum(_) => "below_franchise",
    }
}
