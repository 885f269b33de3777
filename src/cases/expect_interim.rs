//! The payments in advance that a case expects: `[[case.expect_interim]]`.

use chrono::NaiveDate;

use super::expect::{Difference, ExpectedIndex, read_amount, read_date, read_index, shown_index};
use crate::by_hand::Payment;
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::{Currency, Money};

/// One payment in advance.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ExpectedPayment {
    /// The insured day at whose end it is due.
    on: NaiveDate,
    amount: Money,
    /// The index so far; where it is left out it may be any.
    index: Option<ExpectedIndex>,
}

/// `[[case.expect_interim]]`.
pub(super) fn read_payment(node: &Node, currency: Currency, faults: &mut Faults) -> Option<ExpectedPayment> {
    let mut fields = Fields::of(node, "[[case.expect_interim]]", faults)?;
    let on = read_date(&mut fields, faults);
    let amount_node = fields.required("amount", "\"1234.50\"", faults);
    let amount = amount_node.and_then(|node| read_amount(node, currency, faults));
    let index = match fields.optional("index") {
        None => Some(None),
        Some(node) => read_index(node, faults).map(Some),
    };
    fields.finish(faults);
    let (amount, place) = (amount?, &amount_node?.place);
    if amount.minor() <= 0 {
        faults.push(Fault::new(place, "a payment in advance is above nothing").hint("leave the table out"));
        return None;
    }
    Some(ExpectedPayment { on: on?, amount, index: index? })
}

/// What differs, payment by payment in their order.
pub(super) fn payments_differ(expected: &[ExpectedPayment], payments: &[Payment]) -> Vec<Difference> {
    let most = expected.len().max(payments.len());
    let pairs = (0..most).map(|place| (expected.get(place), payments.get(place)));
    pairs.filter_map(|(expected, paid)| difference(expected, paid)).collect()
}

fn difference(expected: Option<&ExpectedPayment>, paid: Option<&Payment>) -> Option<Difference> {
    let index = expected.and_then(|expected| expected.index.as_ref());
    let words = |on: NaiveDate, amount: Money, index: Option<String>| match index {
        Some(index) => format!("{amount} on {on}, index {index}"),
        None => format!("{amount} on {on}"),
    };
    let none = || "none".to_owned();
    let got = paid.map_or_else(none, |payment| {
        let settlement = &payment.settlement;
        words(payment.on, settlement.amount, index.map(|_| shown_index(settlement)))
    });
    let expected = expected.map_or_else(none, |payment| {
        words(payment.on, payment.amount, payment.index.as_ref().map(ExpectedIndex::shown))
    });
    (expected != got).then_some(Difference { what: "interim", expected, got })
}
