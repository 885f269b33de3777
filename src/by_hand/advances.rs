//! The payments in advance of a period, as time goes on.

use chrono::{DateTime, NaiveDate, Utc};

use super::terms;
use crate::calendar::Period;
use crate::contract::{Cover, Policy};
use crate::index::Trace;
use crate::observation::Knowledge;
use crate::settle::{Paid, Settlement, in_advance, settle};

/// One of them.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The insured day at whose end it is due.
    pub on: NaiveDate,
    /// The instant.
    pub at: DateTime<Utc>,
    /// What is paid, with the index so far and the way of the number.
    pub settlement: Settlement,
}

/// The ends of the insured days from a period's first one on, up to `until`.
pub(crate) fn day_ends(policy: &Policy, period: &Period, until: DateTime<Utc>) -> Vec<(NaiveDate, DateTime<Utc>)> {
    let day = &policy.product.day;
    let ends = period.span.first.iter_days().map(|date| (date, day.interval(date).1));
    ends.take_while(|(_, end)| *end <= until).collect()
}

/// What is paid in advance by `until`, looked at as each insured day ends, until the period may be final; `paid` before,
/// by others.
pub(crate) fn payments(
    (policy, cover, period): (&Policy, &Cover, &Period),
    known: &Knowledge,
    paid: &Paid,
    until: DateTime<Utc>,
    trace: &Trace,
) -> Vec<Payment> {
    let mut payments: Vec<Payment> = Vec::new();
    if cover.interim.is_none() {
        return payments;
    }
    let lag_over = terms(policy, cover, period, Paid::default()).lag_over();
    for (on, at) in day_ends(policy, period, until) {
        let terms = terms(policy, cover, period, Paid { advance: advance(&payments, at), ..paid.clone() });
        if at >= lag_over && settle(&terms, known, at, Trace::off()).may_be_final {
            break;
        }
        let payment = in_advance(&terms, known, at, trace.clone());
        payments.extend(payment.map(|settlement| Payment { on, at, settlement }));
    }
    payments
}

/// What payments up to an instant add up to, in minor units.
pub(crate) fn advance(payments: &[Payment], until: DateTime<Utc>) -> i64 {
    payments.iter().filter(|payment| payment.at <= until).map(|payment| payment.settlement.amount.minor()).sum()
}
