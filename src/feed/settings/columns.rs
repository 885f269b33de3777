//! Columns of a feed and what is asked of each.

use super::quality;
use crate::document::{Fault, Faults, Fields, Node, Place, did_you_mean};
use crate::feed::counter::Counter;
use crate::observation::quality::ColumnRules;
use crate::quantity::{Unit, Variable};

/// A column and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the feed.
    pub name: String,
    /// What it says.
    pub variable: Variable,
    /// The unit in which it says it.
    pub unit: Unit,
    /// Whether it says what a register shows, and how that goes on.
    pub counter: Option<Counter>,
}

/// Columns with their places, and what is asked of each.
pub(super) type Columns = (Vec<(Column, Place)>, Vec<ColumnRules>);

pub(super) fn read_columns(node: &Node, faults: &mut Faults) -> Option<Columns> {
    let entries = node.table("a table of columns", faults)?;
    let before = faults.len();
    let (mut columns, mut rules): (Vec<(Column, Place)>, _) = (Vec::new(), Vec::new());
    for (key, node) in entries {
        let Some((column, rule)) = read_column(&key.name, node, faults) else { continue };
        rules.push(rule);
        if let Some((other, _)) = columns.iter().find(|(other, _)| other.variable == column.variable) {
            let message = format!("`{}` and `{}` are both {}", other.name, column.name, column.variable);
            faults.push(Fault::new(&key.place, message).hint("a feed says a variable once: make it two feeds"));
        }
        columns.push((column, node.place.clone()));
    }
    if entries.is_empty() {
        let hint = "add temp = { variable = \"air_temperature\", unit = \"degC\" }";
        faults.push(Fault::new(&node.place, "no column is described").hint(hint));
    }
    (faults.len() == before).then_some((columns, rules))
}

fn read_column(name: &str, node: &Node, faults: &mut Faults) -> Option<(Column, ColumnRules)> {
    let what = format!("the column `{name}`");
    let mut fields = Fields::of(node, &what, faults)?;
    let variable = fields.required("variable", "\"air_temperature\"", faults);
    let variable = variable.and_then(|node| {
        let word = node.text("the name of a variable", faults)?;
        let known = Variable::from_name(word);
        if known.is_none() {
            faults.push(unknown(&node.place, word, "a variable", Variable::names()));
        }
        known
    });
    let unit_node = fields.required("unit", "\"degC\"", faults);
    let unit = unit_node.and_then(|node| {
        let symbol = node.text("the symbol of a unit", faults)?;
        let known = Unit::from_symbol(symbol);
        if known.is_none() {
            faults.push(unknown(&node.place, symbol, "a unit", Unit::symbols()));
        }
        known
    });
    let rules = variable.zip(unit).map(|(variable, unit)| quality::read_column(&mut fields, variable, unit, faults));
    let counter = fields.optional("counter").map(|node| read_counter(node, variable?, unit?, faults));
    fields.finish(faults);
    let (variable, unit) = (variable?, unit?);
    if !variable.takes(unit) {
        let message = format!("{variable} is not measured in {unit}");
        let place = unit_node.map_or(&node.place, |node| &node.place);
        faults.push(Fault::new(place, message).hint(format!("a unit such as {}", variable.own_unit())));
        return None;
    }
    Some((
        Column {
            name: name.to_owned(),
            variable,
            unit,
            counter: counter.map_or(Some(None), |counter| counter.map(Some))?,
        },
        rules??,
    ))
}

/// A column that counts on: of what is summed.
fn read_counter(node: &Node, variable: Variable, unit: Unit, faults: &mut Faults) -> Option<Counter> {
    let mut fields = Fields::of(node, "the counter", faults)?;
    let end = fields.optional("turns_over_at").map(|node| quality::difference(node, unit, faults));
    fields.finish(faults);
    let sums = [
        Variable::Energy,
        Variable::CurtailedEnergy,
        Variable::Precipitation,
        Variable::Snowfall,
        Variable::GlobalRadiation,
        Variable::Sunshine,
        Variable::Evapotranspiration,
    ];
    if !sums.contains(&variable) {
        let fault = Fault::new(&node.place, format!("{variable} is nothing that a counter adds up"));
        faults.push(fault.hint("leave counter out; energy, precipitation, radiation and sunshine can be counted"));
        return None;
    }
    Some(Counter { turns_over_at: end.map_or(Some(None), |end| end.map(Some))? })
}

/// A word that is not among the known ones.
fn unknown<'c>(place: &Place, word: &str, what: &str, known: impl Iterator<Item = &'c str>) -> Fault {
    let known: Vec<_> = known.collect();
    let fault = Fault::new(place, format!("`{word}` is not {what}"));
    match did_you_mean(word, known.iter().copied()) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint(format!("known are: {}", known.join(", "))),
    }
}
