//! Files that a term sheet names: where a table of pairs, numbers by label, days or corners stands, `{ file = "e82.csv" }`
//! may stand instead. The sheet carries them behind its own lines, so that it is one text with one hash.

mod table;

use std::collections::BTreeSet;
use std::path::{Component, Path};
use std::sync::Arc;

use crate::document::{Carried, Fault, Faults, Fields, Node, Place, Source, Value, carried};

use super::formula::FORMULAS;
use table::Table;

/// What a named file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `wind_speed[m/s],power[kW]`: pairs, the first number first.
    Pairs,
    /// `label,value[mm]`
    Labels,
    /// `date`
    Dates,
    /// `latitude[deg],longitude[deg]`
    Corners,
}

impl Form {
    /// What may be named in place of the value of a key.
    fn of_key(key: &str) -> Option<Self> {
        match key {
            "curve" => Some(Self::Pairs),
            "minus" | "percent_of" | "weigh" | "strike" | "exit" | "swap" => Some(Self::Labels),
            "only_on" => Some(Self::Dates),
            "polygon" | "line" => Some(Self::Corners),
            _ => FORMULAS.iter().any(|row| row.curve.is_some_and(|(name, ..)| name == key)).then_some(Self::Pairs),
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Pairs => "wind_speed[m/s],power[kW]",
            Self::Labels => "label,value[mm]",
            Self::Dates => "date",
            Self::Corners => "latitude[deg],longitude[deg]",
        }
    }
}

/// Whether it is a path that stays inside the folder of the product, on one line, as it is written everywhere.
fn is_file_name(name: &str) -> bool {
    let parts: Option<Vec<_>> = Path::new(name)
        .components()
        .map(|part| if let Component::Normal(part) = part { part.to_str() } else { None })
        .collect();
    let plain = !name.contains(|c: char| c.is_control() || c == '\\') && name.trim() == name;
    plain && name.ends_with(".csv") && parts.is_some_and(|parts| parts.join("/") == name)
}

/// The files that a term sheet names and does not carry yet, in the order in which they are first named. What is no name
/// of a file is left out: reading the sheet tells of it.
pub fn files_to_carry(sheet: &Arc<Source>) -> Vec<String> {
    let mut unheard = Faults::new();
    let mut root = Node::parse(sheet, &mut unheard);
    let mut names: Vec<(usize, String)> = Vec::new();
    for_each_file(&mut root, &mut |node, _| {
        if let Value::Table(entries) = &node.value {
            for (_, value) in entries.iter().filter(|(key, _)| key.name == "file") {
                if let (Value::Text(name), Place::Text(_, span)) = (&value.value, &value.place) {
                    names.push((span.start, name.clone()));
                }
            }
        }
    });
    names.sort();
    let there: Vec<_> = carried(sheet).into_iter().map(|file| file.name).collect();
    let mut wanted: Vec<String> = Vec::new();
    for (_, name) in names {
        if is_file_name(&name) && !there.contains(&name) && !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    wanted
}

/// Puts what the named files hold where they are named. Returns where that could not be done: what else is said of those
/// places is no fault of its own.
pub(super) fn put_in_files(root: &mut Node, sheet: &Arc<Source>, faults: &mut Faults) -> Vec<Place> {
    let files = carried(sheet);
    let (mut used, mut lost) = (BTreeSet::new(), Vec::new());
    for (at, file) in files.iter().enumerate() {
        if files[..at].iter().any(|other| other.name == file.name) {
            let fault = Fault::new(&file.place, format!("`{}` stands here a second time", file.name));
            faults.push(fault.hint("leave one of them out"));
        }
    }
    for_each_file(root, &mut |node, form| match read_named(node, form, &files, &mut used, faults) {
        Some(read) => *node = read,
        None => lost.push(node.place.clone()),
    });
    for file in files.iter().filter(|file| !used.contains(&file.name)) {
        let fault = Fault::new(&file.place, format!("nothing names the file `{}`", file.name));
        faults.push(fault.hint("leave it out, or name it as in curve = { file = \"e82.csv\" }"));
    }
    lost
}

/// Every place of a term sheet's covers at which a file is named.
fn for_each_file(root: &mut Node, found: &mut dyn FnMut(&mut Node, Form)) {
    let Value::Table(entries) = &mut root.value else { return };
    for (_, node) in entries.iter_mut().filter(|(key, _)| key.name == "cover") {
        walk(node, found);
    }
}

fn walk(node: &mut Node, found: &mut dyn FnMut(&mut Node, Form)) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| walk(item, found)),
        Value::Table(entries) => {
            for (key, value) in entries {
                match Form::of_key(&key.name) {
                    Some(form) if names_file(value) => found(value, form),
                    _ => walk(value, found),
                }
            }
        }
        _ => {}
    }
}

fn names_file(node: &Node) -> bool {
    matches!(&node.value, Value::Table(entries) if entries.iter().any(|(key, _)| key.name == "file"))
}

/// Reads `{ file = "e82.csv" }`.
fn read_named(
    node: &Node,
    form: Form,
    files: &[Carried],
    used: &mut BTreeSet<String>,
    faults: &mut Faults,
) -> Option<Node> {
    let mut fields = Fields::of(node, "the named file", faults)?;
    let place = fields.required("file", "\"e82.csv\"", faults).map(|node| &node.place);
    let name = fields.text("file", "\"e82.csv\"", faults);
    fields.finish(faults);
    let (name, place) = (name?, place?);
    if !is_file_name(name) {
        let fault = Fault::new(place, format!("`{name}` is no CSV file beside the product"));
        faults.push(fault.hint("its path is relative to the product's folder and stays inside: \"curves/e82.csv\""));
        return None;
    }
    let Some(file) = files.iter().find(|file| file.name == name) else {
        let fault = Fault::new(place, format!("the file `{name}` is not there"));
        faults.push(fault.hint("put it beside the product; its path is relative to the product's folder"));
        return None;
    };
    used.insert(name.to_owned());
    Table::read(&file.source, faults)?.into_node(form, faults)
}
