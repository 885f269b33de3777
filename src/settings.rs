//! The daemon's settings: one TOML file, and environment variables that take precedence over it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::{Config, FileFormat, Source as _, ValueKind};

use crate::document::{Fault, Faults, Fields, Key, Node, Place, Source, Value};
use crate::feed::{FeedSettings, Network};

/// What an environment variable begins with to set a key: `FAIRGAUGE__LEDGER__PATH`.
const PREFIX: &str = "FAIRGAUGE__";
/// What crate `config` calls the origin of a value from the environment.
const ENVIRONMENT: &str = "the environment";

/// The settings, checked. Paths are complete.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// Where the business stands.
    pub book: BookSettings,
    /// What is logged: a directive such as `info` or `fairgauge=debug`.
    pub log_level: String,
    /// What feeds may do on the network.
    pub network: Network,
    /// The feeds by name.
    pub feeds: BTreeMap<Arc<str>, FeedSettings>,
}

/// Where the business stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookSettings {
    /// The folder of term sheets, `*.toml`.
    pub products: PathBuf,
    /// The files of policies.
    pub policies: Vec<PathBuf>,
}

impl Settings {
    /// Reads the file at `path`, overlaid with the variables `FAIRGAUGE__A__B` of `environment`. Relative paths, also
    /// those from the environment, are relative to the file's folder.
    ///
    /// # Errors
    /// All faults, each with its place.
    pub fn load(path: &Path, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Faults> {
        let name = path.display().to_string();
        let mut faults = Faults::new();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let fault = Fault::new(&Place::File(name), format!("the settings cannot be read: {error}"));
                faults.push(fault.hint("name the file with --config FILE"));
                return Err(faults);
            }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::read(&Source::new(name, text), folder, environment)
    }

    fn read(
        source: &Arc<Source>,
        folder: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut node = Node::parse(source, &mut faults);
        if faults.is_empty() {
            overlay_environment(&mut node, source, environment, &mut faults);
        }
        // Of a file that is no TOML, or of half an environment, the rest would be faults that are none.
        let settings = if faults.is_empty() { Self::of(&node, folder, &mut faults) } else { None };
        settings.filter(|_| faults.is_empty()).ok_or(faults)
    }

    fn of(node: &Node, folder: &Path, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "the settings", faults)?;
        let ledger = fields.required("ledger", "{ path = \"ledger.sqlite\" }", faults);
        let ledger = ledger.and_then(|node| read_ledger(node, folder, faults));
        let book = fields.required("book", "{ products = \"products\", policies = [\"book.csv\"] }", faults);
        let book = book.and_then(|node| read_book(node, folder, faults));
        let log_level = fields.optional("log").map_or(Some("info".to_owned()), |node| read_log(node, faults));
        let network = fields.optional("network").map_or(Some(Network::default()), |node| read_network(node, faults));
        let feeds = fields.optional("feed");
        let feeds = feeds.map_or(Some(BTreeMap::new()), |node| {
            // With a network that is not understood, only what does not depend on it can be checked.
            let lenient = Network { allow_private: true, ..Network::default() };
            read_feeds(node, folder, network.as_ref().unwrap_or(&lenient), faults)
        });
        fields.finish(faults);
        Some(Self { ledger: ledger?, book: book?, log_level: log_level?, network: network?, feeds: feeds? })
    }
}

fn read_ledger(node: &Node, folder: &Path, faults: &mut Faults) -> Option<PathBuf> {
    let mut fields = Fields::of(node, "[ledger]", faults)?;
    let path = fields.text("path", "\"ledger.sqlite\"", faults).map(|path| folder.join(path));
    fields.finish(faults);
    path
}

fn read_book(node: &Node, folder: &Path, faults: &mut Faults) -> Option<BookSettings> {
    let mut fields = Fields::of(node, "[book]", faults)?;
    let products = fields.text("products", "\"products\"", faults).map(|path| folder.join(path));
    let policies = fields.required("policies", "[\"book.csv\"]", faults);
    let policies = policies.and_then(|node| read_paths(node, folder, faults));
    fields.finish(faults);
    Some(BookSettings { products: products?, policies: policies? })
}

/// A list of paths; from the environment, one text with commas.
fn read_paths(node: &Node, folder: &Path, faults: &mut Faults) -> Option<Vec<PathBuf>> {
    if let (Value::Text(text), Place::Environment(_)) = (&node.value, &node.place) {
        return Some(text.split(',').map(|path| folder.join(path.trim())).collect());
    }
    let items = node.list("a list of paths such as [\"book.csv\"]", faults)?;
    let paths = items.iter().filter_map(|item| item.text("a path", faults)).map(|path| folder.join(path));
    let paths: Vec<_> = paths.collect();
    (paths.len() == items.len()).then_some(paths)
}

fn read_log(node: &Node, faults: &mut Faults) -> Option<String> {
    let mut fields = Fields::of(node, "[log]", faults)?;
    let level = fields.optional("level").map_or(Some("info".to_owned()), |node| {
        let level = node.text("a level such as \"info\"", faults)?;
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(level) {
            let fault = Fault::new(&node.place, format!("`{level}` is not a log level: {error}"));
            faults.push(fault.hint("write \"error\", \"warn\", \"info\", \"debug\", \"trace\" or \"fairgauge=debug\""));
            return None;
        }
        Some(level.to_owned())
    });
    fields.finish(faults);
    level
}

fn read_network(node: &Node, faults: &mut Faults) -> Option<Network> {
    let mut fields = Fields::of(node, "[network]", faults)?;
    let allow_private = fields.optional("allow_private").map_or(Some(false), |node| flag(node, faults));
    let contact = fields.optional("user_agent_contact").map(|node| {
        let contact = node.text("an address such as \"ops@example.org\"", faults)?;
        if contact.is_empty() || !contact.bytes().all(|byte| byte.is_ascii_graphic() && !b"()".contains(&byte)) {
            let fault = Fault::new(&node.place, format!("`{contact}` is not an address that a header can hold"));
            faults.push(fault.hint("write \"ops@example.org\" or \"https://example.org/contact\""));
            return None;
        }
        Some(contact.to_owned())
    });
    fields.finish(faults);
    let user_agent_contact = contact.map_or(Some(None), |contact| contact.map(Some));
    Some(Network { allow_private: allow_private?, user_agent_contact: user_agent_contact? })
}

/// `true` or `false`; from the environment also as a text.
fn flag(node: &Node, faults: &mut Faults) -> Option<bool> {
    match (&node.value, &node.place) {
        (Value::Flag(flag), _) => return Some(*flag),
        (Value::Text(text), Place::Environment(_)) if text.eq_ignore_ascii_case("true") => return Some(true),
        (Value::Text(text), Place::Environment(_)) if text.eq_ignore_ascii_case("false") => return Some(false),
        _ => faults.push(Fault::new(&node.place, format!("this is {}, wanted is true or false", node.kind()))),
    }
    None
}

fn read_feeds(
    node: &Node,
    folder: &Path,
    network: &Network,
    faults: &mut Faults,
) -> Option<BTreeMap<Arc<str>, FeedSettings>> {
    let mut feeds = BTreeMap::new();
    for (key, node) in node.table("tables [feed.NAME]", faults)? {
        let mut bytes = key.name.bytes();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if !bytes.next().is_some_and(|first| first.is_ascii_lowercase()) || !bytes.all(plain) {
            let fault = Fault::new(&key.place, format!("`{}` is not a name of a feed", key.name));
            faults.push(fault.hint("names begin with a small letter, then small letters, digits, _ and -"));
            continue;
        }
        if let Some(feed) = FeedSettings::read(&key.name, node, folder, network, faults) {
            feeds.insert(feed.name.clone(), feed);
        }
    }
    Some(feeds)
}

/// Puts the variables of the environment into the tree of the file, by way of crate `config`, whose rules for names
/// and precedence hold. What comes from the file keeps its place in the file.
fn overlay_environment(
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
            faults.push(Fault::new(&place, format!("the environment does not fit the settings: {error}")));
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
