//! Reading how long a result may be contested before it binds, and how later readings correct it.

use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::Exact;

use super::literal::Scope;

/// The shortest time for which a result may be contested, in seconds.
const SHORTEST: i64 = 2 * 3_600;

/// How later readings correct what is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Seconds behind the final determination within which they must become known.
    pub within: i64,
    /// Units of the currency: a difference below is recorded and not paid. Zero: none is.
    pub least: Exact,
    /// Whether what was paid too much is claimed back; else it is recorded, and nothing is payable.
    pub clawback: bool,
}

/// `contest = "72 h"`, in seconds.
pub(super) fn read_contest(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<i64> {
    let seconds = scope.seconds(node, "\"72 h\"", faults)?;
    if seconds < SHORTEST {
        let fault = Fault::new(&node.place, "a result may be contested for two hours at least");
        faults.push(fault.hint("write \"2 h\" or more, or leave it out: then a result binds at once"));
        return None;
    }
    Some(seconds)
}

/// `correction`, `restate_from`, `clawback`: none where the terms do not correct what is final.
pub(super) fn read_correction(
    fields: &mut Fields<'_>,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Option<Correction>> {
    let (least, clawback) = (fields.optional("restate_from"), fields.optional("clawback"));
    let Some(node) = fields.optional("correction") else {
        let stray = [("restate_from", least), ("clawback", clawback)];
        let stray: Vec<_> = stray.into_iter().filter_map(|(key, node)| Some((key, node?))).collect();
        for (key, node) in &stray {
            let fault = Fault::new(&node.place, format!("`{key}` says how a final result is corrected, but none is"));
            faults.push(fault.hint("add correction = \"180 d\", or leave it out"));
        }
        return stray.is_empty().then_some(None);
    };
    let within = scope.seconds(node, "\"180 d\"", faults);
    if within == Some(0) {
        let fault = Fault::new(&node.place, "a correction of no time corrects nothing");
        faults.push(fault.hint("write it as \"180 d\", or leave it out"));
    }
    let least = match least {
        None => Some(Exact::ZERO),
        Some(node) => {
            let text = node.text("an amount such as \"100 CNY\"", faults);
            let amount = text.and_then(|text| scope.money(node, text, faults));
            amount.and_then(|amount| scope.not_negative(amount, node, faults))
        }
    };
    let clawback = match clawback {
        Some(Node { value: Value::Flag(flag), .. }) => Some(*flag),
        Some(node) => {
            faults.push(Fault::new(&node.place, format!("this is {}", node.kind())).hint("wanted is true or false"));
            None
        }
        None => {
            let fault = Fault::new(&node.place, "`clawback` is missing beside `correction`");
            faults.push(fault.hint(
                "add clawback = true: what was paid too much is claimed back; or false: it is recorded, and nothing is payable",
            ));
            None
        }
    };
    let within = within.filter(|within| *within > 0)?;
    Some(Some(Correction { within, least: least?, clawback: clawback? }))
}
