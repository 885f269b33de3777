//! The words of a case's readings: times, steps, values, variables, addresses.

use std::sync::Arc;

use crate::by_hand::{Address, Time, unit_of};
use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Quantity, Unit, Variable};

/// One step of a series.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// So many insured days.
    Days(u32),
    /// So many seconds.
    Seconds(i64),
}

pub(super) const AT: &str = "\"2024-06-01\" or \"2024-06-01T20:00:00+08:00\"";

pub(super) fn read_address(fields: &mut Fields<'_>, faults: &mut Faults) -> Address {
    let mut name = |key| -> Option<Arc<str>> {
        let node: &Node = fields.optional(key)?;
        let name = node.text("a name", faults)?;
        if name.is_empty() {
            faults.push(Fault::new(&node.place, format!("`{key}` is empty")).hint("leave it out"));
        }
        Some(name.into())
    };
    Address { feed: name("feed"), station: name("station") }
}

pub(super) fn read_variable(node: &Node, faults: &mut Faults) -> Option<Variable> {
    let name = node.text("a variable such as \"precipitation\"", faults)?;
    let variable = Variable::from_name(name);
    if variable.is_none() {
        let hint = did_you_mean(name, Variable::names()).map_or_else(
            || format!("it is one of {}", Variable::names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        faults.push(Fault::new(&node.place, format!("`{name}` is no variable")).hint(hint));
    }
    variable
}

/// `"1.2 t/ha"`, or `". t/ha"` where the source says that it has none.
pub(super) fn read_value(node: &Node, variable: Variable, faults: &mut Faults) -> Option<(Option<Fixed>, Unit)> {
    let text = node.text("a value with its unit, such as \"1.2 mm\"", faults)?;
    let mut fail = |message: String, hint: String| {
        faults.push(Fault::new(&node.place, message).hint(hint));
        None
    };
    if let Some(symbol) = text.strip_prefix(". ") {
        return match unit_of(variable, symbol) {
            Ok(unit) => Some((None, unit)),
            Err(hint) => fail(format!("`{symbol}` is no unit here"), hint),
        };
    }
    match Quantity::parse(text) {
        Ok(Quantity { value, unit }) => match unit_of(variable, unit.symbol()) {
            Err(hint) => fail(format!("`{text}` is no {variable}"), hint),
            Ok(_) if value < Fixed::ZERO && variable.is_never_negative() => {
                fail(format!("{text} of {variable} is below zero"), "a missing value is \". mm\"".to_owned())
            }
            Ok(unit) => Some((Some(value), unit)),
        },
        Err(error) => fail(error.to_string(), "write it as \"1.2 mm\"".to_owned()),
    }
}

pub(super) fn read_vintage(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Vintage> {
    let Some(node) = fields.optional("vintage") else { return Some(Vintage::Final) };
    let word = node.text("\"provisional\" or \"final\"", faults)?;
    let vintage = Vintage::from_word(word);
    if vintage.is_none() {
        let fault = Fault::new(&node.place, format!("`{word}` is no vintage"));
        faults.push(fault.hint("\"provisional\" or \"final\""));
    }
    vintage
}

pub(super) fn read_time(node: &Node, faults: &mut Faults) -> Option<Time> {
    let text = node.text(AT, faults)?;
    let time = Time::read(text);
    if time.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is no time"));
        faults.push(fault.hint(format!("write a date or an instant with its offset: {AT}")));
    }
    time
}

pub(super) fn read_step(node: &Node, faults: &mut Faults) -> Option<Step> {
    let text = node.text("a time such as \"1 d\" or \"1 h\"", faults)?;
    let quantity = Quantity::parse(text);
    let second = Unit::from_symbol("s").expect("the table has it");
    let step = quantity.ok().filter(|step| step.unit.dimension() == second.dimension()).and_then(|step| {
        let whole = |value: Fixed| (value.micros() % Fixed::MICROS == 0).then_some(value.micros() / Fixed::MICROS);
        if step.unit.symbol() == "d" {
            return u32::try_from(whole(step.value)?).ok().filter(|days| (1..=366).contains(days)).map(Step::Days);
        }
        let seconds = whole(step.in_unit(second).ok()?.as_fixed()?)?;
        (1..=31_622_400).contains(&seconds).then_some(Step::Seconds(seconds))
    });
    if step.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is no step of a series"));
        faults.push(fault.hint("write \"1 d\" for insured days, \"1 h\" or \"10 min\" for steps of a day"));
    }
    step
}
