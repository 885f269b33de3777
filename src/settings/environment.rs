//! Environment variables that take precedence over the file of the settings.

use std::collections::{BTreeMap, HashMap};

use config::{Config, FileFormat, Source as _, ValueKind};

use crate::document::{Fault, Faults, Key, Node, Place, Source, Value};

/// What an environment variable begins with to set a key: `FAIRGAUGE__LEDGER__PATH`.
const PREFIX: &str = "FAIRGAUGE__";
/// What crate `config` calls the origin of a value from the environment.
const ENVIRONMENT: &str = "the environment";

/// Puts the variables of the environment into the tree of the file, by way of crate `config`, whose rules for names
/// and precedence hold. What comes from the file keeps its place in the file.
pub(super) fn overlay_environment(
    node: &mut Node,
    source: &Source,
    environment: impl Iterator<Item = (String, String)>,
    faults: &mut Faults,
) {
    let ours: BTreeMap<_, _> = environment.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    let names = variable_names(&ours, faults);
    if names.is_empty() || !faults.is_empty() {
        return;
    }
    let variables = config::Environment::with_prefix("FAIRGAUGE")
        .prefix_separator("__")
        .separator("__")
        .source(Some(ours.into_iter().collect()));
    let merged = Config::builder()
        .add_source(config::File::from_str(source.text(), FileFormat::Toml))
        .add_source(variables)
        .build()
        .and_then(|merged| merged.collect());
    match merged {
        Ok(tree) => overlay(node, &tree, "", &names),
        Err(error) => {
            let place = Place::Environment(format!("{PREFIX}…"));
            faults.push(
                Fault::new(&place, format!("the environment does not fit the settings: {error}"))
                    .hint("unset the variables FAIRGAUGE__… one by one"),
            );
        }
    }
}

/// The variables by the path that they set, in small letters: `ledger.path`.
fn variable_names(ours: &BTreeMap<String, String>, faults: &mut Faults) -> HashMap<String, String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for name in ours.keys() {
        let segments: Vec<_> = name[PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        let plain = |segment: &String| {
            !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let place = Place::Environment(name.clone());
        if !segments.iter().all(plain) {
            faults.push(Fault::new(&place, "this names no setting").hint("name it as FAIRGAUGE__LEDGER__PATH"));
            continue;
        }
        if let Some(other) = names.insert(segments.join("."), name.clone()) {
            faults.push(Fault::new(&place, format!("{other} sets the same")).hint("unset one of them"));
        }
    }
    for (path, name) in &names {
        let above = path.match_indices('.').find_map(|(at, _)| names.get(&path[..at]));
        if let Some(above) = above {
            let place = Place::Environment(name.clone());
            faults.push(Fault::new(&place, format!("{above} sets the whole of it")).hint("unset one of them"));
        }
    }
    names.into_iter().collect()
}

fn overlay(node: &mut Node, tree: &config::Map<String, config::Value>, path: &str, names: &HashMap<String, String>) {
    let mut keys: Vec<_> = tree.iter().collect();
    keys.sort_by_key(|(key, _)| *key);
    for (key, value) in keys {
        let path = if path.is_empty() { key.to_lowercase() } else { format!("{path}.{}", key.to_lowercase()) };
        let Some(variable) = variable_below(&path, names) else { continue };
        match &value.kind {
            ValueKind::Table(table) => overlay(child(node, key, variable), table, &path, names),
            _ if value.origin() == Some(ENVIRONMENT) => {
                *child(node, key, variable) = Node::from_environment(variable, value.to_string());
            }
            _ => {}
        }
    }
}

/// A variable that sets the path or something under it.
fn variable_below<'n>(path: &str, names: &'n HashMap<String, String>) -> Option<&'n str> {
    let under = |set: &str| set == path || set.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    names.iter().filter(|(set, _)| under(set)).map(|(_, variable)| variable.as_str()).min()
}

/// The entry of a table, made where it is not; names differ in more than case.
fn child<'n>(node: &'n mut Node, key: &str, variable: &str) -> &'n mut Node {
    let place = Place::Environment(variable.to_owned());
    if !matches!(node.value, Value::Table(_)) {
        *node = Node { value: Value::Table(Vec::new()), place: place.clone() };
    }
    let Value::Table(entries) = &mut node.value else { unreachable!("it was just made one") };
    let known = entries.iter().position(|(entry, _)| entry.name.eq_ignore_ascii_case(key));
    let index = known.unwrap_or_else(|| {
        let empty = Node { value: Value::Table(Vec::new()), place: place.clone() };
        entries.push((Key { name: key.to_owned(), place }, empty));
        entries.len() - 1
    });
    &mut entries[index].1
}
