//! The shapes with a strike: tick, strike to exit, all or nothing.

use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::Unit;

use super::super::Operator;
use super::super::literal::{Scope, both_known};
use super::super::product::Product;
use super::amount::Amount;
use super::level::{ReadLevel, read_level};
use super::shape::Shape;

/// Reads a payout that has `when` and `strike`.
pub(super) fn read_line(
    fields: &mut Fields<'_>,
    node: &Node,
    unit: Unit,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Shape> {
    let when = fields.required("when", "\"<\"", faults).and_then(|node| read_when(node, faults));
    let strike_node = fields.required("strike", &Product::example_in(unit), faults);
    let strike = strike_node.and_then(|node| read_level(node, unit, monthly, scope, faults));
    let (tick, exit, pays) = (fields.optional("tick"), fields.optional("exit"), fields.optional("pays"));
    let (at_exit, _) = (fields.optional("at_exit"), fields.has("limit"));
    if let Some(at_exit) = at_exit.filter(|_| exit.is_none()) {
        faults.push(Fault::new(&at_exit.place, "there is no exit at which this is paid").hint("leave out `at_exit`"));
        return None;
    }
    if let Some(pays) = pays {
        if let Some(other) = tick.or(exit) {
            let fault = Fault::new(&other.place, "a payout with `pays` is all or nothing: it has no tick and no exit");
            faults.push(fault.hint("leave out `pays`, or this"));
        }
        let pays = scope.amount(pays, faults);
        return Some(Shape::Digital { when: when?, strike: strike?.level, pays: pays? });
    }
    let limit_node = fields.required("limit", "\"100 %\"", faults);
    let limit = limit_node.and_then(|node| scope.amount(node, faults));
    if let (Some(Amount::Money(value) | Amount::Share(value)), Some(node)) = (limit, limit_node)
        && value.is_zero()
        // What a policy gives may be nothing: then this cover of it pays nothing.
        && !matches!(&node.value, Value::Text(text) if text.starts_with('{'))
    {
        faults.push(Fault::new(&node.place, "a limit of nothing pays nothing").hint("write what it pays at most"));
        return None;
    }
    match (tick, exit) {
        (Some(tick), None) => {
            let tick = scope.tick(tick, unit, faults);
            Some(Shape::Tick { when: when?, strike: strike?.level, tick: tick?, limit: limit? })
        }
        (None, Some(exit_node)) => {
            let exit = read_level(exit_node, unit, monthly, scope, faults);
            let at_exit = match at_exit {
                None => Some(None),
                Some(node) => read_at_exit(node, limit.zip(limit_node), scope, faults).map(Some),
            };
            let (when, strike, exit) = (when?, strike?, exit?);
            check_exit(when, &strike, &exit, exit_node, faults)?;
            Some(Shape::Linear { when, strike: strike.level, exit: exit.level, limit: limit?, at_exit: at_exit? })
        }
        (Some(tick), Some(_)) => {
            let fault = Fault::new(&tick.place, "both a tick and an exit: they can contradict one another");
            faults.push(fault.hint("keep one of them; the limit belongs to either"));
            None
        }
        (None, None) => {
            let fault =
                Fault::new(&node.place, "neither a tick nor an exit: it is open how much is paid beyond the strike");
            faults.push(fault.hint("add tick = \"1.2 CNY/mm\", or exit = \"100 mm\", or pays = \"30 %\""));
            None
        }
    }
}

/// A comparison by its sign.
pub(super) fn read_when(node: &Node, faults: &mut Faults) -> Option<Operator> {
    let sign = node.text("one of <, <=, >, >=", faults)?;
    let operator = Operator::from_sign(sign);
    if operator.is_none() {
        faults.push(Fault::new(&node.place, format!("`{sign}` is no comparison")).hint("one of <, <=, >, >="));
    }
    operator
}

/// What is paid from the exit on: no less than just before it.
fn read_at_exit(node: &Node, limit: Option<(Amount, &Node)>, scope: &Scope<'_>, faults: &mut Faults) -> Option<Amount> {
    let at_exit = scope.amount(node, faults)?;
    if let Some((limit, limit_node)) = limit
        && !scope.is_open(node)
        && !scope.is_open(limit_node)
        && at_exit.compared(limit).is_some_and(std::cmp::Ordering::is_le)
    {
        let fault = Fault::new(&node.place, "from the exit on no more is paid than just before it");
        faults.push(fault.hint("leave out `at_exit`: the limit is what is paid from the exit on"));
        return None;
    }
    Some(at_exit)
}

fn check_exit(when: Operator, strike: &ReadLevel, exit: &ReadLevel, node: &Node, faults: &mut Faults) -> Option<()> {
    let pairs: Vec<_> = match (strike.literals.as_slice(), exit.literals.as_slice()) {
        ([strike], exits) => exits.iter().map(|exit| (*strike, *exit)).collect(),
        (strikes, [exit]) => strikes.iter().map(|strike| (*strike, *exit)).collect(),
        (strikes, exits) => strikes.iter().copied().zip(exits.iter().copied()).collect(),
    };
    for (strike, exit) in pairs.into_iter().filter_map(|(strike, exit)| Some((strike?, exit?))) {
        if !both_known(strike, exit) {
            continue;
        }
        let (strike, exit) = (strike.quantity, exit.quantity);
        if strike.value == exit.value {
            faults.push(
                Fault::new(&node.place, format!("strike and exit are equal, {exit}"))
                    .hint("for all or nothing write pays = … in place of exit and limit"),
            );
            return None;
        }
        if (exit.value > strike.value) != when.is_upward() {
            let message = format!(
                "it pays where the index is {} {strike}, but the exit {exit} lies on the other side",
                when.sign()
            );
            faults.push(Fault::new(&node.place, message).hint("turn `when` round, or exchange strike and exit"));
            return None;
        }
    }
    Some(())
}
