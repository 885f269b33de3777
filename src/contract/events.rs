//! Reading which of a period's events pay, and how much together.

use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::{Fixed, Unit};

use super::literal::Scope;
use super::payout::Amount;

/// Which of a period's events pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPay {
    /// Each, up to the limit, which they erode in their order.
    Each {
        /// The most that they pay together.
        limit: Amount,
    },
    /// Only the one that pays most.
    Largest,
}

/// How the events of a period pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventRule {
    /// Which of them.
    pub pay: EventPay,
    /// No more than so many.
    pub at_most: Option<usize>,
    /// Seconds from the beginning of one that paid before which the next one is passed over; whole days of it are insured
    /// days.
    pub spacing: Option<i64>,
    /// So many that would pay bear nothing first.
    pub skip: usize,
}

impl EventRule {
    /// The most that all events pay together, where each pays.
    pub(super) fn limit(self) -> Option<Amount> {
        if let EventPay::Each { limit } = self.pay { Some(limit) } else { None }
    }

    /// Whether it does not matter for an event which ones came before.
    pub(super) fn is_free_of_order(self) -> bool {
        self.at_most.is_none() && self.spacing.is_none() && self.skip == 0
    }
}

/// Reads `events = { … }`.
pub(super) fn read_events(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<EventRule> {
    let mut fields = Fields::of(node, "the events", faults)?;
    let pay = fields.required("pay", "\"each\"", faults)?;
    let kind = match pay.text("\"each\" or \"largest\"", faults)? {
        "each" => {
            let limit = fields.required("limit", "\"100 %\"", faults).and_then(|node| scope.amount(node, faults));
            limit.map(|limit| EventPay::Each { limit })
        }
        "largest" => Some(EventPay::Largest),
        word => {
            let fault = Fault::new(&pay.place, format!("`{word}` does not say which events pay"));
            faults.push(fault.hint("\"each\" with a limit, or \"largest\""));
            None
        }
    };
    let (most, spacing) = (fields.optional("at_most"), fields.optional("spacing"));
    if kind == Some(EventPay::Largest)
        && let Some(other) = most.or(spacing)
    {
        let fault = Fault::new(&other.place, "only the largest event pays: there is no second one");
        faults.push(fault.hint("leave it out, or write pay = \"each\" with a limit"));
        return None;
    }
    let at_most = most.map_or(Some(None), |node| read_count(node, "at_most = 2", faults).map(Some));
    let skip = fields.optional("skip").map_or(Some(0), |node| read_count(node, "skip = 1", faults));
    let spacing = spacing.map_or(Some(None), |node| read_spacing(node, scope, faults).map(Some));
    fields.finish(faults);
    Some(EventRule { pay: kind?, at_most: at_most?, spacing: spacing?, skip: skip? })
}

/// A whole number from 1 on.
pub(super) fn read_count(node: &Node, example: &str, faults: &mut Faults) -> Option<usize> {
    let count = match &node.value {
        Value::Number(text) => text.parse::<usize>().ok().filter(|count| (1..=10_000).contains(count)),
        _ => None,
    };
    if count.is_none() {
        let fault = Fault::new(&node.place, "this is a whole number from 1 on");
        faults.push(fault.hint(format!("write {example}")));
    }
    count
}

fn read_spacing(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<i64> {
    let seconds = scope.seconds(node, "\"10 d\"", faults)?;
    if seconds == 0 {
        faults.push(Fault::new(&node.place, "a spacing of nothing").hint("leave it out"));
        return None;
    }
    Some(seconds)
}

/// A number of whole days, above zero.
pub(super) fn read_days(node: &Node, scope: &Scope<'_>, example: &str, faults: &mut Faults) -> Option<u32> {
    let day = Unit::from_symbol("d").expect("the table has d");
    let micros = scope.in_unit(node, day, example, faults)?.quantity.value.micros();
    let days = u32::try_from(micros / Fixed::MICROS).ok().filter(|days| (1..=36_500).contains(days));
    if days.is_none() || micros % Fixed::MICROS != 0 {
        let fault = Fault::new(&node.place, "this is a number of whole days, above zero");
        faults.push(fault.hint(format!("write it as {example}")));
        return None;
    }
    days
}
