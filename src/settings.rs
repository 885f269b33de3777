//! The daemon's settings: one TOML file, and environment variables that take precedence over it.

mod environment;
mod export;
mod log;
mod network;
mod payout_log;
mod serve;
mod sign;
mod snapshot;
mod webhook;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{Fault, Faults, Fields, Key, Node, Place, Source, Value};
use crate::feed::{FeedSettings, Network};
use crate::ledger::Signing;
use crate::operator::{Operators, read_operators};

use environment::overlay_environment;
use network::{read_fetcher, read_network, refuse_brokers};

pub use export::{CellsFrom, ExportColumn, ExportSettings};
pub use log::{LogFormat, LogSettings};
pub use payout_log::PayoutLogSettings;
pub use serve::{ServeSettings, TlsSettings};
pub use sign::{SignSettings, WitnessSettings};
pub use snapshot::SnapshotSettings;
pub use webhook::WebhookSettings;

/// No text has more bytes: a book of a few million policies fits.
const MOST_TEXT: u64 = 1 << 30;

/// The settings, checked. Paths are complete.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// By what it is signed; none: by nothing.
    pub sign: Option<SignSettings>,
    /// Where a copy of it is published for others; none: nowhere.
    pub snapshot: Option<SnapshotSettings>,
    /// What is served over HTTP; none: nothing.
    pub serve: Option<ServeSettings>,
    /// The file to which binding determinations are appended, a line each; none: no file.
    pub payout_log: Option<PayoutLogSettings>,
    /// Exports of one's own, by name.
    pub exports: BTreeMap<Arc<str>, ExportSettings>,
    /// Where the business stands.
    pub book: BookSettings,
    /// What is logged, and how it is written.
    pub log: LogSettings,
    /// What feeds may do on the network.
    pub network: Network,
    /// The feeds by name.
    pub feeds: BTreeMap<Arc<str>, FeedSettings>,
    /// Who may hold, release, void, dispute, approve and restate, and above what two of them are needed.
    pub operators: Operators,
    /// Who is told of payouts, by name.
    pub webhooks: BTreeMap<String, WebhookSettings>,
}

/// Where the business stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookSettings {
    /// Term sheets, and folders of them, `*.toml`.
    pub products: Vec<PathBuf>,
    /// The files of policies.
    pub policies: Vec<PathBuf>,
    /// Whether a product that policies use must have cases, and all of them come out as expected.
    pub strict: bool,
    /// What becomes of a policy that is bound when one of its periods has begun.
    pub back_dated: BackDated,
}

/// What becomes of a policy that is bound when one of its periods has begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackDated {
    /// It is bound as any other.
    #[default]
    Allow,
    /// It is bound, and two persons let go what would become final of it.
    Hold,
    /// It is not bound.
    Refuse,
}

impl BackDated {
    const WORDS: [(Self, &str); 3] = [(Self::Allow, "allow"), (Self::Hold, "hold"), (Self::Refuse, "refuse")];

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let text = node.text("\"allow\", \"hold\" or \"refuse\"", faults)?;
        let found = Self::WORDS.iter().find(|(_, word)| *word == text).map(|(what, _)| *what);
        if found.is_none() {
            let fault = Fault::new(&node.place, format!("`{text}` is none of allow, hold, refuse"));
            faults.push(fault.hint("hold: two persons let go what would become final of such a policy"));
        }
        found
    }
}

impl Settings {
    /// Reads the file at `path`, overlaid with the variables `FAIRGAUGE__A__B` of `environment`. Relative paths, also
    /// those from the environment, are relative to the file's folder.
    ///
    /// # Errors
    /// All faults, each with its place.
    pub fn load(path: &Path, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let Some(source) = read_text(path, "name the settings with --config FILE", &mut faults) else {
            return Err(faults);
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::read(&source, folder, environment)
    }

    /// The ledger's high-water file, which stands beside it where nothing says otherwise, also where nobody signs it.
    pub fn high_water(&self) -> PathBuf {
        let named = self.sign.as_ref().map(|sign| sign.high_water_of(&self.ledger));
        named.unwrap_or_else(|| Signing::beside(&self.ledger))
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
        let network = fields.optional("network").map_or(Some(Network::default()), |node| read_network(node, faults));
        let fetcher = fields.optional("fetcher");
        let fetcher = fetcher.map_or(Some(None), |node| read_fetcher(node, folder, faults).map(Some));
        let network = network.zip(fetcher).map(|(network, fetcher)| Network { fetcher, ..network });
        // With a network that is not understood, only what does not depend on it can be checked.
        let lenient = Network { allow_private: true, ..Network::default() };
        let known = network.as_ref().unwrap_or(&lenient);
        let ledger = fields.required("ledger", "{ path = \"ledger.sqlite\" }", faults);
        let ledger = ledger.and_then(|node| read_ledger(node, folder, known, faults));
        let book = fields.required("book", "{ products = \"products\", policies = [\"book.csv\"] }", faults);
        let book = book.and_then(|node| read_book(node, folder, faults));
        let log = fields.optional("log").map_or(Some(LogSettings::default()), |node| LogSettings::parse(node, faults));
        let feeds = fields.optional("feed");
        let feeds = feeds.map_or(Some(BTreeMap::new()), |node| read_feeds(node, folder, known, faults));
        if let (Some(Network { fetcher: Some(_), .. }), Some(feeds)) = (&network, &feeds) {
            refuse_brokers(feeds, faults);
        }
        let serve = fields.optional("serve");
        let serve = serve.map_or(Some(None), |node| ServeSettings::parse(node, folder, faults).map(Some));
        let operators = read_operators(&mut fields, faults);
        let webhooks = fields.optional("webhook");
        let webhooks =
            webhooks.map_or(Some(BTreeMap::new()), |node| webhook::read_webhooks(node, folder, known, faults));
        let exports = fields.optional("export");
        let exports = exports.map_or(Some(BTreeMap::new()), |node| read_exports(node, faults));
        let payout_log = fields.optional("payout_log");
        let path = ledger.as_ref().map(|(path, ..)| path.as_path());
        let payout_log =
            payout_log.map_or(Some(None), |node| PayoutLogSettings::parse(node, folder, path, faults).map(Some));
        fields.finish(faults);
        let (ledger, sign, snapshot) = ledger?;
        Some(Self {
            ledger,
            sign,
            snapshot,
            serve: serve?,
            payout_log: payout_log?,
            exports: exports?,
            book: book?,
            log: log?,
            network: network?,
            feeds: feeds?,
            operators: operators?,
            webhooks: webhooks?,
        })
    }
}

/// A text file: a plain file in UTF-8, nothing else. `hint` says how its path is corrected.
pub fn read_text(file: &Path, hint: &str, faults: &mut Faults) -> Option<Arc<Source>> {
    read_text_up_to(MOST_TEXT, file, hint, faults)
}

/// The same of a file of so many bytes at most.
pub fn read_text_up_to(most: u64, file: &Path, hint: &str, faults: &mut Faults) -> Option<Arc<Source>> {
    let name = file.display().to_string();
    let mut fail = |message: String| faults.push(Fault::new(&Place::File(name.clone()), message).hint(hint));
    // Looked at first: a pipe would not end.
    let read = std::fs::metadata(file).and_then(|found| {
        if !found.is_file() {
            return Err(std::io::Error::other("it is no plain file"));
        }
        if found.len() > most {
            let words = format!("it has {} bytes, {most} are the most", found.len());
            return Err(std::io::Error::other(words));
        }
        std::fs::read(file)
    });
    let bytes = read.map_err(|error| fail(format!("the file cannot be read: {error}"))).ok()?;
    match String::from_utf8(bytes) {
        Ok(text) => Some(Source::new(name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let shown = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
            let fault = Fault::new(&Place::Text(shown, at..at + 1), "this is not UTF-8");
            faults.push(fault.hint("save the file as UTF-8"));
            None
        }
    }
}

/// The ledger's file, by what it is signed, where copies of it are published.
type LedgerSettings = (PathBuf, Option<SignSettings>, Option<SnapshotSettings>);

fn read_ledger(node: &Node, folder: &Path, network: &Network, faults: &mut Faults) -> Option<LedgerSettings> {
    let mut fields = Fields::of(node, "[ledger]", faults)?;
    let path = fields.text("path", "\"ledger.sqlite\"", faults).map(|path| folder.join(path));
    let sign = match fields.optional("sign") {
        None => Some(None),
        Some(node) => SignSettings::parse(node, folder, network, faults).map(Some),
    };
    let snapshot = match fields.optional("snapshot") {
        None => Some(None),
        Some(node) => SnapshotSettings::parse(node, folder, path.as_deref(), faults).map(Some),
    };
    fields.finish(faults);
    Some((path?, sign?, snapshot?))
}

fn read_book(node: &Node, folder: &Path, faults: &mut Faults) -> Option<BookSettings> {
    let mut fields = Fields::of(node, "[book]", faults)?;
    let products = fields.required("products", "\"products\"", faults);
    let products = products.and_then(|node| read_products(node, folder, faults));
    let policies = fields.required("policies", "[\"book.csv\"]", faults);
    let policies = policies.and_then(|node| read_paths(node, folder, faults));
    let strict = fields.optional("strict").map_or(Some(false), |node| flag(node, faults));
    let back_dated = fields.optional("back_dated").map_or(Some(BackDated::Allow), |node| BackDated::read(node, faults));
    fields.finish(faults);
    Some(BookSettings { products: products?, policies: policies?, strict: strict?, back_dated: back_dated? })
}

/// A folder, or a list of paths.
fn read_products(node: &Node, folder: &Path, faults: &mut Faults) -> Option<Vec<PathBuf>> {
    match (&node.value, &node.place) {
        (Value::Text(path), Place::Text(..)) => Some(vec![folder.join(path)]),
        (Value::Text(_), _) => read_paths(node, folder, faults),
        (Value::List(items), _) if items.is_empty() => {
            let fault = Fault::new(&node.place, "there is no product");
            faults.push(fault.hint("name a folder, or product files and folders"));
            None
        }
        (Value::List(_), _) => read_paths(node, folder, faults),
        _ => {
            let fault = Fault::new(&node.place, format!("this is {}", node.kind()));
            faults.push(fault.hint("wanted is a folder such as \"products\", or a list of product files and folders"));
            None
        }
    }
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

/// A path that may be left out.
fn optional_path(node: Option<&Node>, folder: &Path, faults: &mut Faults) -> Option<Option<PathBuf>> {
    node.map_or(Some(None), |node| node.text("a path", faults).map(|path| Some(folder.join(path))))
}

/// The path of a file that is written beside the ledger, and is not the ledger; `hint` says what it is for.
fn path_but(ledger: Option<&Path>, node: &Node, folder: &Path, hint: &str, faults: &mut Faults) -> Option<PathBuf> {
    let path = folder.join(node.text("a path", faults)?);
    if ledger == Some(path.as_path()) {
        faults.push(Fault::new(&node.place, "this is the ledger itself").hint(hint));
        return None;
    }
    Some(path)
}

/// `true` or `false`; from the environment also as a text.
fn flag(node: &Node, faults: &mut Faults) -> Option<bool> {
    match (&node.value, &node.place) {
        (Value::Flag(flag), _) => return Some(*flag),
        (Value::Text(text), Place::Environment(_)) if text.eq_ignore_ascii_case("true") => return Some(true),
        (Value::Text(text), Place::Environment(_)) if text.eq_ignore_ascii_case("false") => return Some(false),
        _ => faults.push(Fault::new(&node.place, format!("this is {}", node.kind())).hint("wanted is true or false")),
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
        if !is_name(key, "a feed", faults) {
            continue;
        }
        if let Some(feed) = FeedSettings::read(&key.name, node, folder, network, faults) {
            feeds.insert(feed.name.clone(), feed);
        }
    }
    if faults.is_empty() {
        check_neighbours(&feeds, faults);
    }
    Some(feeds)
}

/// Whether the name of a table `[feed.NAME]` or the like is one.
fn is_name(key: &Key, of: &str, faults: &mut Faults) -> bool {
    let mut bytes = key.name.bytes();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let good = bytes.next().is_some_and(|first| first.is_ascii_lowercase()) && bytes.all(plain);
    if !good {
        let fault = Fault::new(&key.place, format!("`{}` is not a name of {of}", key.name));
        faults.push(fault.hint("names begin with a small letter, then small letters, digits, _ and -"));
    }
    good
}

fn read_exports(node: &Node, faults: &mut Faults) -> Option<BTreeMap<Arc<str>, ExportSettings>> {
    let mut exports = BTreeMap::new();
    for (key, node) in node.table("tables [export.NAME]", faults)? {
        if !is_name(key, "an export", faults) {
            continue;
        }
        if let Some(export) = ExportSettings::parse(&key.name, node, faults) {
            exports.insert(export.name.clone(), export);
        }
    }
    Some(exports)
}

/// Neighbours are stations of feeds that say the same.
fn check_neighbours(feeds: &BTreeMap<Arc<str>, FeedSettings>, faults: &mut Faults) {
    for feed in feeds.values() {
        for column in &feed.quality.columns {
            for (name, station) in column.near.iter().flat_map(|near| &near.of) {
                let variable = column.variable;
                let says = feeds.get(name).map(|other| other.provides(station, variable) != Some(false));
                let message = match says {
                    Some(true) => continue,
                    Some(false) => format!("the neighbour `{name}/{station}` says nothing of {variable}"),
                    None => format!("the neighbour `{name}/{station}` is of a feed that is not in the settings"),
                };
                let fault = Fault::new(&feed.place, message);
                faults.push(fault.hint(format!("mend `near` of {variable} in [feed.{}]", feed.name)));
            }
        }
    }
}

#[cfg(test)]
mod tests;
