//! What a provider sends, by its own names, and what the settings may want of it: columns, words, stations, a plain URL.

use super::Context;
use crate::document::{Fault, Faults, Fields, Node, Place, did_you_mean};
use crate::feed::settings::Column;
use crate::quantity::Variable;

/// Something that a provider sends.
#[derive(Debug)]
pub(super) struct Sent {
    /// Its own name.
    pub name: &'static str,
    /// What it can be read as.
    pub variables: &'static [Variable],
    /// The units in which it comes, by our symbols.
    pub units: &'static [&'static str],
}

/// A row of what is sent.
pub(super) const fn sent(name: &'static str, variables: &'static [Variable], units: &'static [&'static str]) -> Sent {
    Sent { name, variables, units }
}

/// Every column is one that the provider sends, read as what it is, in the unit in which it comes.
pub(super) fn check_columns(columns: &[(Column, Place)], all: &[Sent], provider: &str, faults: &mut Faults) {
    check_columns_but(columns, all, &[], provider, faults);
}

/// The same where some of what is sent is never read: its name, and the reason.
pub(super) fn check_columns_but(
    columns: &[(Column, Place)],
    all: &[Sent],
    never: &[(&str, &str)],
    provider: &str,
    faults: &mut Faults,
) {
    for (column, place) in columns {
        if let Some((name, why)) = never.iter().find(|(name, _)| *name == column.name) {
            let fault = Fault::new(place, format!("`{name}` of {provider} is never read: {why}"));
            let known: Vec<_> = all.iter().map(|row| row.name).collect();
            faults.push(fault.hint(format!("what is read: {}", known.join(", "))));
            continue;
        }
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
    check_no_counter(column, place, provider, faults);
    if !units.contains(&column.unit.symbol()) {
        let came = units.join(" or ");
        let fault = Fault::new(place, format!("{provider} sends `{}` in {came}, not in {}", column.name, column.unit));
        faults.push(fault.hint(format!("write unit = \"{}\"", units.join("\" or \""))));
    }
}

/// A column is no register that counts on.
pub(super) fn check_no_counter(column: &Column, place: &Place, provider: &str, faults: &mut Faults) {
    if column.counter.is_some() {
        let fault = Fault::new(place, format!("`{}` of {provider} is no counter", column.name));
        faults.push(fault.hint("leave counter out: it is of each interval or instant already"));
    }
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

/// Stations are listed, each by a name of the provider's form. `what` says in a word what a station is there: `the EIC
/// of a zone`.
pub(super) fn check_stations(
    context: &Context<'_>,
    what: &str,
    example: &str,
    is: fn(&str) -> bool,
    faults: &mut Faults,
) -> Option<()> {
    let stations = context.stations?;
    if stations.is_empty() {
        let fault = Fault::new(context.place, format!("no station is listed: a station is {what}"));
        faults.push(fault.hint(format!("add [feed.NAME.station.{example}]")));
        return None;
    }
    let mut wrong = stations.iter().filter(|station| !is(&station.name)).peekable();
    let right = wrong.peek().is_none();
    for station in wrong {
        let fault = Fault::new(context.place, format!("the station `{}` is not {what}", station.name));
        faults.push(fault.hint(format!("name it as in [feed.NAME.station.{example}]")));
    }
    right.then_some(())
}

/// The same of a provider whose answers and files are about one station each, and do not say which.
pub(super) fn check_stations_apart(
    context: &Context<'_>,
    what: &str,
    example: &str,
    is: fn(&str) -> bool,
    faults: &mut Faults,
) -> Option<()> {
    let checked = check_stations(context, what, example, is, faults);
    let listed = context.stations?.len();
    if context.url.is_none() && listed > 1 {
        let fault = Fault::new(context.place, format!("{listed} stations are listed for one file"));
        faults.push(fault.hint("a file is about one station: make each a feed"));
        return None;
    }
    checked
}

/// Each station has a position.
pub(super) fn check_positions(context: &Context<'_>, faults: &mut Faults) -> Option<()> {
    let mut homeless = context.stations?.iter().filter(|station| station.position.is_none()).peekable();
    let right = homeless.peek().is_none();
    for station in homeless {
        let fault = Fault::new(context.place, format!("the station `{}` has no position", station.name));
        faults.push(fault.hint("give it latitude = \"30.87 deg\" and longitude = \"121.93 deg\""));
    }
    right.then_some(())
}

/// Whether a name is a station's id in the GHCN, country, network and number: `CHM00058362`.
pub(super) fn is_ghcn_id(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    name.len() == 11 && name.bytes().all(plain)
}
