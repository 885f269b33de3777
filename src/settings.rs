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
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::feed::{Origin, VintageRule};
    use crate::quantity::Variable;

    const FILE: &str = r##"
[ledger]
path = "ledger.sqlite"
[book]
products = "products"
policies = ["book.csv"]
[feed.asos]
kind = "csv"
file = "asos.csv"
poll = "6 h"
delay = "1 h"
vintage = "final"
[feed.asos.csv]
delimiter = ","
decimal = "."
missing = [""]
station = { column = "origin" }
time = { column = "time_hour", format = "%Y-%m-%dT%H:%M:%SZ", zone = "UTC", stamp = "begin", every = "1 h" }
[feed.asos.columns]
Temp = { variable = "air_temperature", unit = "degF" }
"##;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Faults> {
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read(&Source::new("f.toml", text), Path::new("/etc/fairgauge"), environment)
    }

    fn faults(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let faults = read(text, variables).expect_err("faults");
        faults.iter().map(|fault| format!("{}: {}", fault.position(), fault.message())).collect()
    }

    #[test]
    fn a_file_alone_is_enough() {
        let settings = read(FILE, &[("PATH", "/bin"), ("FAIRGAUGE_CONFIG", "f.toml")]).unwrap();
        assert_eq!(settings.ledger, Path::new("/etc/fairgauge/ledger.sqlite"));
        assert_eq!(settings.book.products, [Path::new("/etc/fairgauge/products")]);
        assert_eq!(settings.book.policies, [Path::new("/etc/fairgauge/book.csv")]);
        assert_eq!((settings.log.level.as_str(), &settings.network), ("info", &Network::default()));
        assert_eq!(settings.feeds["asos"].poll, Duration::from_secs(6 * 3_600));
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let settings = read(
            FILE,
            &[
                ("FAIRGAUGE__LEDGER__PATH", "/var/lib/l.sqlite"),
                ("FAIRGAUGE__BOOK__POLICIES", "a.csv, b.csv"),
                ("FAIRGAUGE__LOG__LEVEL", "fairgauge=debug"),
                ("FAIRGAUGE__NETWORK__ALLOW_PRIVATE", "true"),
                ("FAIRGAUGE__FEED__ASOS__FILE", "http://not/a/url/but/a/path"),
                ("FAIRGAUGE__FEED__ASOS__POLL", "10 min"),
                ("FAIRGAUGE__FEED__ASOS__VINTAGE__FINAL_AFTER", "90 d"),
                ("FAIRGAUGE__FEED__ASOS__CSV__MISSING", ",NaN"),
                ("FAIRGAUGE__FEED__ASOS__COLUMNS__TEMP__UNIT", "degC"),
            ],
        );
        let settings = settings.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        assert_eq!(settings.ledger, Path::new("/var/lib/l.sqlite"));
        let policies = [Path::new("/etc/fairgauge/a.csv"), Path::new("/etc/fairgauge/b.csv")];
        assert_eq!(settings.book.policies, policies);
        assert_eq!(settings.log.level, "fairgauge=debug");
        assert!(settings.network.allow_private);
        let asos = &settings.feeds["asos"];
        assert!(matches!(&asos.origin, Origin::File(path) if path.starts_with("/etc/fairgauge")));
        assert_eq!(asos.poll, Duration::from_secs(600));
        assert_eq!(asos.vintage, VintageRule::FinalAfter(chrono::TimeDelta::days(90)));
        assert_eq!(asos.columns[0].name, "Temp", "the file keeps its capitals");
        assert_eq!(
            asos.variables().map(|(variable, unit)| (variable, unit.symbol())).collect::<Vec<_>>(),
            [(Variable::AirTemperature, "degC")]
        );
    }

    #[test]
    fn a_feed_can_come_from_the_environment_alone() {
        let file = FILE.replace("kind = \"csv\"\n", "").replace("[feed.asos", "[feed.asos-2");
        let settings = read(&file, &[("FAIRGAUGE__FEED__ASOS-2__KIND", "csv")]).unwrap();
        assert!(settings.feeds.contains_key("asos-2"));
    }

    #[test]
    fn all_faults_are_told_with_their_places() {
        let file = FILE.replace("path =", "pth =").replace("poll = \"6 h\"", "poll = \"6 mm\"");
        let variables = [
            ("FAIRGAUGE__FEED__ASOS__DELAY", "soon"),
            ("FAIRGAUGE__NETWORK__ALLOW_PRIVATE", "perhaps"),
            ("FAIRGAUGE__NETWORK__PROXY", "x"),
            ("FAIRGAUGE__LOG__LEVEL", "fairgauge=loud"),
            ("FAIRGAUGE__FEED__Z9__KIND", "csv"),
        ];
        let all = faults(&file, &variables);
        for fault in [
            "f.toml:3:1: `pth` is not a key of [ledger]",
            "f.toml:10:8: `6 mm` is not a time",
            "environment variable FAIRGAUGE__FEED__ASOS__DELAY: `soon` is not a decimal number such as 12.5",
            "environment variable FAIRGAUGE__NETWORK__ALLOW_PRIVATE: this is a text",
            "environment variable FAIRGAUGE__NETWORK__PROXY: `proxy` is not a key of [network]",
            "environment variable FAIRGAUGE__FEED__Z9__KIND: `poll` is missing in the feed `z9`",
        ] {
            assert!(all.iter().any(|found| found == fault), "{fault}: {all:#?}");
        }
        assert!(
            all.iter().any(|found| found.starts_with("environment variable FAIRGAUGE__LOG__LEVEL: `fairgauge=loud`"))
        );
    }

    #[test]
    fn variables_that_name_nothing_or_the_same_are_faults() {
        for (variables, message) in [
            (&[("FAIRGAUGE__", "x")][..], "this names no setting"),
            (&[("FAIRGAUGE__LEDGER____PATH", "x")], "this names no setting"),
            (&[("FAIRGAUGE__BOOK__POLICIES[0]", "x")], "this names no setting"),
            (&[("FAIRGAUGE__LEDGER__PATH", "x"), ("FAIRGAUGE__LEDGER__path", "y")], "sets the same"),
            (&[("FAIRGAUGE__LEDGER", "x"), ("FAIRGAUGE__LEDGER__PATH", "y")], "sets the whole of it"),
            (&[("FAIRGAUGE__LEDGER", "x")], "this is a text"),
        ] {
            let all = faults(FILE, variables);
            assert!(all.iter().any(|found| found.contains(message)), "{message}: {all:#?}");
        }
    }

    #[test]
    fn products_are_a_folder_or_a_list() {
        let of = |written: &str, variables: &[(&str, &str)]| {
            read(&FILE.replace("products = \"products\"", &format!("products = {written}")), variables)
        };
        let at = |paths: &[&str]| paths.iter().map(|path| Path::new("/etc/fairgauge").join(path)).collect::<Vec<_>>();
        let variable = [("FAIRGAUGE__BOOK__PRODUCTS", "a.toml, more")];
        for (written, variables, paths, why) in [
            ("\"products\"", &[][..], &["products"][..], "a folder"),
            ("\"a, b\"", &[], &["a, b"], "a folder with a comma in its name"),
            ("[\"a.toml\", \"more\"]", &[], &["a.toml", "more"], "a file and a folder"),
            ("\"products\"", &variable, &["a.toml", "more"], "from the environment, with commas"),
            ("[\"a.toml\"]", &variable, &["a.toml", "more"], "also before a list"),
        ] {
            assert_eq!(of(written, variables).expect(why).book.products, at(paths), "{why}");
        }
        for (written, message) in [
            ("[]", "f.toml:5:12: there is no product"),
            ("[1]", "f.toml:5:13: this is a number without a unit"),
            ("{ folder = \"a\" }", "f.toml:5:12: this is a table"),
        ] {
            let all = of(written, &[]).expect_err(message);
            let all: Vec<_> = all.iter().map(|fault| format!("{}: {}", fault.position(), fault.message())).collect();
            assert_eq!(all, [message], "{written}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_or_is_not_there_is_a_fault() {
        assert!(faults("[ledger\n", &[])[0].starts_with("f.toml:1:"));
        assert!(Settings::load(Path::new("/nowhere/f.toml"), std::iter::empty()).is_err());
        for name in ["Asos", "9a", "a.b"] {
            let all = faults(&FILE.replace("[feed.asos", &format!("[feed.\"{name}\"")), &[]);
            assert!(all.iter().any(|found| found.contains("is not a name of a feed")), "{all:#?}");
        }
    }

    #[test]
    fn the_shipped_settings_and_the_documented_feeds_are_valid() {
        let shipped = include_str!("../config/fairgauge.toml");
        assert!(read(shipped, &[]).is_ok_and(|settings| settings.feeds.len() == 1));
        let all: String = shipped
            .lines()
            .map(|line| {
                // A commented line of settings has one blank behind its mark, and a key or a table.
                let bare = line.strip_prefix("# ").filter(|bare| bare.starts_with('[') || bare.contains(" = "));
                format!("{}\n", bare.unwrap_or(line))
            })
            .collect();
        let settings = read(&all, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        assert_eq!(settings.feeds.len(), 2);
        assert_eq!(settings.network.user_agent_contact.as_deref(), Some("ops@example.org"));
        assert_eq!(settings.webhooks.len(), 1);
        let documented = [include_str!("../docs/feeds.md"), include_str!("../docs/webhooks.md")];
        let documented = documented.iter().flat_map(|page| page.split("```toml").skip(1));
        for block in documented.filter_map(|rest| rest.split("```").next()) {
            let file = format!("[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n{block}");
            read(&file, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        }
    }

    #[test]
    fn the_fetchers_socket_stands_in_the_file_or_in_the_environment() {
        let in_file = read(&format!("{FILE}[fetcher]\nsocket = \"run/socket\"\n"), &[]).unwrap();
        assert_eq!(in_file.network.fetcher.as_deref(), Some(Path::new("/etc/fairgauge/run/socket")));
        let variable = ("FAIRGAUGE__FETCHER__SOCKET", "/run/fairgauge-fetch/socket");
        let in_environment = read(FILE, &[variable]).unwrap();
        assert_eq!(in_environment.network.fetcher.as_deref(), Some(Path::new(variable.1)));
        assert!(faults(&format!("{FILE}[fetcher]\n"), &[])[0].contains("`socket` is missing"));
    }

    #[test]
    fn a_private_address_needs_leave() {
        let file = FILE.replace("file = \"asos.csv\"", "url = \"http://127.0.0.1:8080/\"");
        assert!(faults(&file, &[])[0].contains("loopback or private address"));
        assert!(read(&file, &[("FAIRGAUGE__NETWORK__ALLOW_PRIVATE", "True")]).is_ok());
    }

    #[test]
    fn keys_in_urls_are_not_printed() {
        let file = FILE.replace("file = \"asos.csv\"", "url = \"https://host.example/?plan=s3cret-key\"");
        assert!(!format!("{:?}", read(&file, &[]).unwrap()).contains("s3cret"));
        for broken in [
            "https://{x}.example/?key=s3cret-key",
            "nonsense?key=s3cret-key",
            "https://[::1/?key=s3cret-key",
            "https://host.example/?key=s3cret-key",
        ] {
            let file = FILE.replace("file = \"asos.csv\"", &format!("url = \"{broken}\""));
            assert!(!faults(&file, &[]).concat().contains("s3cret"), "{broken}");
        }
    }
}
