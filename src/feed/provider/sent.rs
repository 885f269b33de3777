//! What a provider sends, by its own names: the settings' columns are held against it, and a few more things that the
//! settings of several providers share.

use super::Context;
use crate::document::{Fault, Faults, Fields, Node, Place, did_you_mean};
use crate::feed::settings::Column;
use crate::quantity::{Unit, Variable};

/// Something that a provider sends.
pub(super) struct Sent {
    /// Its own name.
    pub name: &'static str,
    /// What it can be read as.
    pub variables: &'static [Variable],
    /// The units in which it comes, by our symbols: one, or names of the same.
    pub units: &'static [&'static str],
}

/// A row of what is sent.
pub(super) const fn sent(name: &'static str, variables: &'static [Variable], units: &'static [&'static str]) -> Sent {
    Sent { name, variables, units }
}

/// Every column is one that the provider sends, read as what it is, in the unit in which it comes.
pub(super) fn check_columns(columns: &[(Column, Place)], all: &[Sent], provider: &str, faults: &mut Faults) {
    for (column, place) in columns {
        let Some(row) = all.iter().find(|row| row.name == column.name) else {
            faults.push(unknown_column(&column.name, place, all.iter().map(|row| row.name), provider));
            continue;
        };
        check_column(column, place, row.variables, row.units, provider, faults);
    }
}

/// A column that the provider does not send.
pub(super) fn unknown_column<'n>(
    name: &str,
    place: &Place,
    known: impl Iterator<Item = &'n str>,
    provider: &str,
) -> Fault {
    let known: Vec<_> = known.collect();
    let fault = Fault::new(place, format!("{provider} does not send `{name}`"));
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint(format!("it sends: {}", known.join(", "))),
    }
}

/// A column that is sent is read as what it is, in its unit.
pub(super) fn check_column(
    column: &Column,
    place: &Place,
    variables: &[Variable],
    units: &[&str],
    provider: &str,
    faults: &mut Faults,
) {
    if !variables.contains(&column.variable) {
        let names: Vec<_> = variables.iter().map(|variable| variable.name()).collect();
        let fault = Fault::new(place, format!("`{}` of {provider} is not {}", column.name, column.variable));
        faults.push(fault.hint(format!("write variable = \"{}\"", names.join("\" or \""))));
    }
    if !is_in(column.unit, units) {
        let fault =
            Fault::new(place, format!("{provider} sends `{}` in {}, not in {}", column.name, units[0], column.unit));
        faults.push(fault.hint(format!("write unit = \"{}\"", units.join("\" or \""))));
    }
}

/// Whether a unit is one of these, by our symbols.
pub(super) fn is_in(unit: Unit, symbols: &[&str]) -> bool {
    symbols.contains(&unit.symbol())
}

/// The value of a word that a key must have.
pub(super) fn choice<T: Copy>(
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &[(&str, T)],
    faults: &mut Faults,
) -> Option<T> {
    let node = fields.required(key, &format!("\"{}\"", words[0].0), faults)?;
    chosen(node, key, words, faults)
}

/// The value of a word.
pub(super) fn chosen<T: Copy>(node: &Node, key: &str, words: &[(&str, T)], faults: &mut Faults) -> Option<T> {
    let all = || format!("\"{}\"", words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join("\" or \""));
    let text = node.text(&all(), faults)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        faults.push(Fault::new(&node.place, format!("`{text}` is no {key}")).hint(format!("write {}", all())));
    }
    found
}

/// The URL of such a feed says where its server is and nothing else.
pub(super) fn check_no_placeholders(context: &Context<'_>, kind: &str, example: &str, faults: &mut Faults) {
    let Some(url) = context.url else { return };
    if crate::feed::address::PLACEHOLDERS.iter().any(|name| url.has(name)) {
        let fault = Fault::new(context.place, format!("the URL of a feed of the kind {kind} has no placeholders"));
        faults.push(fault.hint(format!("write url = \"{example}\": the rest is made from the settings")));
    }
}
