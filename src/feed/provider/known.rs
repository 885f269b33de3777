//! What a provider sends, by its own names, and what settings may want of it.

use super::Context;
use crate::document::{Fault, Faults, Fields, did_you_mean};
use crate::quantity::Variable;

/// One column that a provider sends.
#[derive(Debug)]
pub(super) struct Sent {
    /// The provider's name.
    pub name: &'static str,
    /// What it may stand for.
    pub variables: &'static [Variable],
    /// The units in which it is to be had.
    pub units: &'static [&'static str],
}

/// One column, of one variable in one unit.
pub(super) const fn sent(name: &'static str, variables: &'static [Variable], units: &'static [&'static str]) -> Sent {
    Sent { name, variables, units }
}

/// The row of a name.
pub(super) fn find<'s>(all: &'s [Sent], name: &str) -> Option<&'s Sent> {
    all.iter().find(|sent| sent.name == name)
}

/// Each column is one that the provider, `who`, sends, stands for what it says, and has its unit.
pub(super) fn check_columns(who: &str, all: &[Sent], context: &Context<'_>, faults: &mut Faults) {
    for (column, place) in context.columns {
        if column.counter.is_some() {
            let fault = Fault::new(place, format!("`{}` of {who} is no register that counts on", column.name));
            faults.push(fault.hint("leave counter out"));
        }
        let Some(sent) = find(all, &column.name) else {
            let names = || all.iter().map(|sent| sent.name);
            let near = did_you_mean(&column.name, names());
            let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
            let fault = Fault::new(place, format!("{who} has no column `{}` that is read here", column.name));
            faults.push(fault.hint(format!("{near}columns are: {}", names().collect::<Vec<_>>().join(", "))));
            continue;
        };
        if !sent.variables.contains(&column.variable) {
            let names: Vec<_> = sent.variables.iter().map(|variable| variable.name()).collect();
            let message = format!("`{}` of {who} is not {}", sent.name, column.variable);
            faults.push(Fault::new(place, message).hint(format!("it is {}", names.join(" or "))));
        } else if !sent.units.contains(&column.unit.symbol()) {
            let message = format!("{who} does not send `{}` in {}", sent.name, column.unit);
            faults.push(Fault::new(place, message).hint(format!("it sends: {}", sent.units.join(", "))));
        }
    }
}

/// One of a few words of a kind's table.
pub(super) fn word<T: Copy>(
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &[(&'static str, T)],
    faults: &mut Faults,
) -> Option<T> {
    let node = fields.required(key, &format!("\"{}\"", words[0].0), faults)?;
    let all = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
    let text = node.text(&all, faults)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        faults.push(Fault::new(&node.place, format!("`{text}` is not a word for {key}")).hint(format!("write {all}")));
    }
    found
}

/// The URL is a plain one: the kind adds what is asked.
pub(super) fn check_url(kind: &str, example: &str, context: &Context<'_>, faults: &mut Faults) {
    let Some(url) = context.url else { return };
    if crate::feed::address::PLACEHOLDERS.iter().any(|name| url.has(name)) {
        let fault = Fault::new(context.place, format!("the URL of a feed of kind {kind} has no placeholders"));
        faults.push(fault.hint(format!("write url = \"{example}\": what is asked is made from the settings")));
    }
}

/// The stations, which must be listed, one where the origin is a file; each name is right for the provider.
pub(super) fn check_stations(
    what: &str,
    example: &str,
    is_right: fn(&str) -> bool,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<()> {
    let before = faults.len();
    let stations = context.stations?;
    if stations.is_empty() {
        let fault = Fault::new(context.place, "no station is listed");
        faults.push(fault.hint(format!("add [feed.NAME.station.{example}]: a station is named by {what}")));
    } else if context.url.is_none() && stations.len() > 1 {
        let fault = Fault::new(context.place, format!("{} stations are listed for one file", stations.len()));
        faults.push(fault.hint("a file is about one station: make each a feed"));
    }
    for station in stations.iter().filter(|station| !is_right(&station.name)) {
        let fault = Fault::new(context.place, format!("the station `{}` is not named by {what}", station.name));
        faults.push(fault.hint(format!("write it as {example}")));
    }
    (faults.len() == before).then_some(())
}

/// Whether a name is a station's id in the GHCN, country, network and number: `CHM00058362`.
pub(super) fn is_ghcn_id(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    name.len() == 11 && name.bytes().all(plain)
}
