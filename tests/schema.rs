//! The schemas accept every file that is shipped and every spelling of the documentation, and refuse what the readers
//! refuse.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use fairgauge::contract::{BLOCKS, Product};
use fairgauge::document::{Faults, Source};
use fairgauge::schema::{File, schema};
use fairgauge::settings::Settings;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

const FILES: [File; 4] = [File::Settings, File::Product, File::Book, File::Cases];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator(file: File) -> Validator {
    jsonschema::validator_for(&schema(file)).unwrap()
}

/// The folders with settings, a book and products.
fn folders() -> Vec<PathBuf> {
    let seasons = std::fs::read_dir(root().join("fixtures")).unwrap().map(|entry| entry.unwrap().path());
    seasons.chain([root().join("config")]).filter(|folder| folder.join("fairgauge.toml").is_file()).collect()
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")).collect()
}

fn is_cases(file: &Path) -> bool {
    file.to_str().unwrap().ends_with(".cases.toml")
}

fn parsed(text: &str) -> Value {
    toml::from_str(text).unwrap()
}

/// What a schema finds wrong, if anything.
fn objections(validator: &Validator, value: &Value) -> String {
    validator.iter_errors(value).map(|error| format!("{}: {error}\n", error.instance_path())).collect()
}

#[test]
fn they_are_schemas() {
    for file in FILES {
        let schema = schema(file);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(jsonschema::meta::is_valid(&schema), "{file:?}");
    }
}

#[test]
fn what_is_shipped_is_accepted() {
    let [settings, products, rows, cases] = FILES.map(validator);
    let mut seen = 0;
    for folder in folders() {
        let text = std::fs::read_to_string(folder.join("fairgauge.toml")).unwrap();
        assert_eq!(objections(&settings, &parsed(&text)), "", "{}", folder.display());
        for file in toml_files(&folder.join("products")) {
            let validator = if is_cases(&file) { &cases } else { &products };
            let value = parsed(&std::fs::read_to_string(&file).unwrap());
            assert_eq!(objections(validator, &value), "", "{}", file.display());
            seen += 1;
        }
        let mut book =
            csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_path(folder.join("book.csv")).unwrap();
        let header = book.headers().unwrap().clone();
        for record in book.records() {
            let record = record.unwrap();
            let fields = header.iter().zip(record.iter()).filter(|(_, text)| !text.is_empty());
            let row: Value = fields.map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
            assert_eq!(objections(&rows, &row), "", "{row}");
            seen += 1;
        }
    }
    for file in toml_files(&root().join("tests/sheets")) {
        let validator = if is_cases(&file) { &cases } else { &products };
        assert_eq!(objections(validator, &parsed(&std::fs::read_to_string(&file).unwrap())), "", "{}", file.display());
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn feeds_of_the_documentation_are_accepted() {
    let settings = validator(File::Settings);
    let pages = std::fs::read_dir(root().join("docs/feeds")).unwrap().map(|entry| entry.unwrap().path());
    let mut seen = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for shown in text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let rest = "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n";
            assert_eq!(objections(&settings, &parsed(&format!("{rest}{shown}"))), "", "{}", page.display());
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// A case as the documentation of cases has it.
#[test]
fn cases_are_accepted() {
    let text = r#"
[[case]]
id = "dry-july"
why = "No rain at all"
cover = "deficit"
from = "2023-07-01"
to = "2023-08-31"
given = { threshold = "33.5 degC", opening_day = "2015-03-27" }
sum_insured = "10000 CNY"
paid_before = "0 CNY"
[case.series]
begins = "2023-07-01"
every = "1 d"
precipitation = { unit = "mm", values = "0*20 12.4 . 3 0*8" }
[[case.reading]]
variable = "storm_wind"
at = "2023-09-01T06:00:00Z"
value = "64 kt"
[case.expect]
index = "131.2 mm"
outcome = "pays"
reason = "strike_reached"
amount = "1234.50"
[[case.expect_on]]
date = "2023-07-20"
outcome = "undetermined"
state = "provisional"
"#;
    let validator = validator(File::Cases);
    assert_eq!(objections(&validator, &parsed(text)), "");
    for (from, to, why) in [
        ("id = \"dry-july\"\n", "", "a case has a name"),
        ("outcome = \"pays\"", "outcome = \"pay\"", "no outcome"),
        ("precipitation =", "rain =", "no variable"),
        ("[[case.expect_on]]\ndate = \"2023-07-20\"", "[[case.expect_on]]", "a look has a date"),
        ("at = \"2023-09-01T06:00:00Z\"\n", "", "a reading has a time"),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(!validator.is_valid(&parsed(&text.replacen(from, to, 1))), "{why}");
    }
}

/// Settings to copy are settings.
#[test]
fn what_the_pages_of_feeds_show_is_accepted_and_read() {
    let validator = validator(File::Settings);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairgauge.toml");
    let mut ran = 0;
    for page in std::fs::read_dir(root().join("docs/feeds")).unwrap().map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&page).unwrap();
        for shown in text.split("```toml\n").skip(1).map(|part| part.split("```").next().unwrap()) {
            let settings = format!("[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n{shown}");
            assert_eq!(objections(&validator, &parsed(&settings)), "", "{}", page.display());
            std::fs::write(&path, settings).unwrap();
            let read = Settings::load(&path, std::iter::empty());
            assert!(read.is_ok(), "{}: {}", page.display(), read.err().unwrap().render(false));
            ran += 1;
        }
    }
    assert!(ran >= 7, "{ran}");
}

#[test]
fn settings_with_every_key_are_accepted() {
    let validator = validator(File::Settings);
    let files = toml_files(&root().join("tests/settings"));
    assert_eq!(files.len(), 2);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(objections(&validator, &parsed(&text)), "", "{}", file.display());
        let spoiled = match file.file_stem().unwrap().to_str().unwrap() {
            "feeds" => [
                ("kind = \"csv\"", "kind = \"cvs\"", "no such kind"),
                ("file = \"key\", ", "", "a key that is kept nowhere"),
                ("least = \"-10 kW\"", "least = -10", "a number without a unit"),
            ],
            _ => [
                ("kind = \"eia\"", "kind = \"isd-lite\"", "a table of another kind"),
                ("reports = [\"FM-12\"]", "reports = []", "no type of report"),
                ("presumed_zero = \"missing\"", "presumed_zero = \"dry\"", "no such word"),
            ],
        };
        for (from, to, why) in spoiled {
            assert!(text.contains(from), "{from}");
            assert!(!validator.is_valid(&parsed(&text.replacen(from, to, 1))), "{why}");
        }
    }
}

/// Every block that the documentation writes out in a table.
#[test]
fn blocks_of_the_documentation_are_accepted() {
    let schema = schema(File::Product);
    let validators = ["source_block", "block"].map(|kind| {
        let one = json!({ "$ref": format!("#/$defs/{kind}"), "$defs": schema["$defs"] });
        jsonschema::validator_for(&one).unwrap()
    });
    let mut seen = 0;
    for page in ["term-sheets", "index-recipes", "blocks"] {
        let page = std::fs::read_to_string(root().join(format!("docs/{page}.md"))).unwrap();
        // Every second piece between backticks is code.
        let first_cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
        let codes = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
        for code in codes.filter(|code| code.starts_with('{') && !code.contains('…')) {
            // What is no TOML only names keys, or shows how a block begins.
            let Ok(blocks) = toml::from_str::<Value>(&format!("blocks = [ {code} ]")) else { continue };
            for block in blocks["blocks"].as_array().unwrap() {
                let Some(row) = BLOCKS.iter().find(|row| block.get(row.word).is_some()) else { continue };
                let [source, behind] = &validators;
                let validator = if row.is_source() { source } else { behind };
                assert_eq!(objections(validator, block), "", "{code}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 20, "{seen}");
}

/// Every table of a term sheet and every file of cases that the documentation shows.
#[test]
fn tables_of_the_documentation_are_accepted() {
    let mut product = schema(File::Product);
    product.as_object_mut().unwrap().remove("required");
    let (products, cases) = (jsonschema::validator_for(&product).unwrap(), validator(File::Cases));
    let is_of_product = |table: &Map<String, Value>| table.keys().all(|key| product["properties"].get(key).is_some());
    let mut seen = 0;
    for page in ["term-sheets", "index-recipes", "testing-a-product"] {
        let text = std::fs::read_to_string(root().join(format!("docs/{page}.md"))).unwrap();
        let fences = text.split("\n```toml").skip(1).filter_map(|rest| rest.split("```").next()?.split_once('\n'));
        // What cannot be read by itself goes on elsewhere.
        for value in fences.filter_map(|(_, code)| toml::from_str::<Value>(code).ok()) {
            let validator = match value.as_object().unwrap() {
                table if table.contains_key("case") => &cases,
                table if is_of_product(table) => &products,
                _ => continue,
            };
            assert_eq!(objections(validator, &value), "", "{page}:\n{value:#}");
            seen += 1;
        }
    }
    assert!(seen >= 50, "{seen}");
}

/// Every block as the reader's table shows it; where something is left out of an example, it shows no whole block.
#[test]
fn examples_of_the_table_are_accepted() {
    let schema = schema(File::Product);
    for row in BLOCKS.iter().filter(|row| !row.example.contains('…')) {
        let block = &parsed(&format!("block = {}", row.example))["block"];
        let kind = if row.is_source() { "source_block" } else { "block" };
        let one = json!({ "$ref": format!("#/$defs/{kind}"), "$defs": schema["$defs"] });
        assert_eq!(objections(&jsonschema::validator_for(&one).unwrap(), block), "", "{}", row.name);
    }
}

const PRODUCT: &str = "config/products/summer-rain-deficit.toml";
const MELON: &str = "fixtures/new-york-2013/products/melon-rain.toml";
const STORM: &str = "fixtures/lingang-2024/products/fishery-box.toml";
const OFFSHORE: &str = "fixtures/lingang-2024/products/offshore-wind-typhoon.toml";
const LIMBS: &str = "tests/sheets/limbs.toml";
const EVENTS: &str = "tests/sheets/events.toml";
const SETTINGS: &str = "fixtures/new-york-2013/fairgauge.toml";
const ERA5: &str = "config/fairgauge.toml";

/// File, what is replaced, by what, why it is refused by both.
#[rustfmt::skip]
const SPOILT: &[(&str, &str, &str, &str)] = &[
    // unknown keys
    (PRODUCT, "version = 1", "version = 1\ncolour = \"red\"", "an unknown key of [product]"),
    (PRODUCT, "[settlement]", "[colour]\nred = 1\n[settlement]", "an unknown table"),
    (PRODUCT, "starts = \"20:00\" }", "starts = \"20:00\", ends = \"20:00\" }", "an unknown key of the day"),
    (PRODUCT, "lag = \"100 d\"", "lag = \"100 d\"\ngrace = \"1 d\"", "an unknown key of [settlement]"),
    (PRODUCT, "longest = \"1 d\" }", "longest = \"1 d\", often = \"2\" }", "an unknown key of the missing rule"),
    (PRODUCT, "{ cap = \"50 mm\" }", "{ cap = \"50 mm\", floor = \"0 mm\" }", "two words in a block"),
    (PRODUCT, "{ cap = \"50 mm\" }", "{ cup = \"50 mm\" }", "no block"),
    (PRODUCT, "exit = \"60 mm\"", "exit = \"60 mm\", tick = \"1 CNY/mm\"", "exit and tick"),
    (PRODUCT, "id = \"deficit\"", "id = \"deficit\"\ncolour = \"red\"", "an unknown key of a cover"),
    (MELON, "{ to = \"80 mm\", pays = \"0 %\" }", "{ to = \"80 mm\", pays = \"0 %\", why = \"dry\" }", "an unknown key of a band"),
    (STORM, "{ pay = \"largest\" }", "{ pay = \"largest\", limit = \"100 %\" }", "a limit of the largest"),
    (LIMBS, "waiting = \"10 d\"", "wait = \"10 d\"", "an unknown rule of a cover"),
    (LIMBS, "reinstatements = 1", "reinstated = 1", "an unknown key of [limit]"),
    (LIMBS, "at_exit = \"30 %\"", "jump = \"30 %\"", "an unknown key of a payout"),
    (EVENTS, "least = \"80000 USD\" }", "least = \"80000 USD\", minimum = \"1 USD\" }", "a swap with a modifier"),
    (EVENTS, "spacing = \"10 d\", skip = 1", "spacing = \"10 d\", jump = 1", "an unknown key of the events"),
    (EVENTS, "{ pay = \"largest\", skip = 2 }", "{ pay = \"largest\", at_most = 2 }", "a second largest"),
    (SETTINGS, "[book]", "[books]\nx = 1\n[book]", "an unknown table"),
    (SETTINGS, "delay = \"1 h\"", "delay = \"1 h\"\ndelays = \"1 h\"", "an unknown key of a feed"),
    (SETTINGS, "unit = \"degF\" }", "unit = \"degF\", scale = \"2\" }", "an unknown key of a column"),
    // missing ones
    (PRODUCT, "version = 1", "", "no version"),
    (PRODUCT, "currency = \"CNY\"\n", "", "no currency"),
    (PRODUCT, "zone = \"Asia/Shanghai\", ", "", "no zone"),
    (PRODUCT, "rounding = \"half_up\"\n", "", "no rounding"),
    (PRODUCT, ", every = \"1 h\"", "", "a read without its step"),
    (PRODUCT, ", need = \"100 %\"", "", "a day without its need"),
    (PRODUCT, ", mode = \"half_up\" }", " }", "a rounding without its mode"),
    (PRODUCT, "when = \"<\", ", "", "a strike without its side"),
    (PRODUCT, ", limit = \"100 %\"", "", "an exit without a limit"),
    (PRODUCT, "window = { from = \"07-10\", to = \"08-31\" }\n", "", "no window"),
    (PRODUCT, "{ from = \"07-10\", to = \"08-31\" }", "{ from = \"07-10\" }", "half a window"),
    (PRODUCT, "sum_insured = \"policy\"", "", "an exposure that says nothing"),
    (MELON, "fallback = \"reading\"\n", "", "two sources without a fallback"),
    (MELON, "combine = \"best\"\n", "", "limbs that are not combined"),
    (MELON, "closed = \"below\", bands = [ { to = \"80 mm\"", "bands = [ { to = \"80 mm\"", "bands without their ends"),
    (OFFSHORE, "columns = { of = \"distance\", at_most = [\"30 km\", \"60 km\", \"100 km\"] }, ", "", "a grid without columns"),
    (STORM, "no_wind = \"out\" }, { inside", "nowind = \"out\" }, { inside", "what no wind means"),
    (LIMBS, "quorum = 2\n", "", "a consensus of nobody knows how many"),
    (LIMBS, "fallback = \"consensus\"\n", "", "a quorum of what does not agree"),
    (LIMBS, "mode = \"half_up\"\n", "", "a sum that is rounded nobody knows how"),
    (LIMBS, "gates = \"any\"\n", "", "several gates, and it is open how many must hold"),
    (LIMBS, "limit = { period = \"50 %\" }\n", "", "a sum of limbs without an end"),
    (LIMBS, "limit = { period = \"50 %\", cover = \"{most}\" }", "limit = {}", "a limit of nothing"),
    (LIMBS, "holds = \"< 5 mm\"\n", "", "a gate that is open or closed nobody knows when"),
    (LIMBS, ", to = \"21 d\"", "", "days around an anchor without an end"),
    (EVENTS, ", fallback = \"04-01\"", "", "a search without a fallback"),
    (EVENTS, ", search = { from = \"03-01\", to = \"04-15\" }", "", "a search without its days"),
    (EVENTS, ", as = \"USD\"", "", "a loss in no unit"),
    (EVENTS, ", none = \"nothing\"", "", "no report, and what that means"),
    (EVENTS, ", cession = \"30 %\"", "", "a layer without a share"),
    (EVENTS, ", least = \"80000 USD\"", "", "a swap without an end on one side"),
    (SETTINGS, "poll = \"12 h\"\n", "", "a feed that is never asked"),
    (SETTINGS, "file = \"feeds/asos-2013.csv\"\n", "", "neither file nor url"),
    (SETTINGS, ", stamp = \"begin\"", "", "a time without its end"),
    (SETTINGS, ", unit = \"degF\"", "", "a column without its unit"),
    (SETTINGS, "[ledger]\npath = \"ledger.sqlite\"\n", "", "no ledger"),
    (ERA5, "block = \"hourly\"\n", "", "no block of Open-Meteo"),
    (ERA5, "latitude = \"30.87 deg\"\n", "", "half a position"),
    // wrong kinds
    (PRODUCT, "version = 1", "version = \"1\"", "a version in quotes"),
    (PRODUCT, "version = 1", "version = 0", "no version has the number 0"),
    (PRODUCT, "id = \"summer-rain-deficit\"", "id = \"Summer Rain\"", "no name"),
    (PRODUCT, "currency = \"CNY\"", "currency = \"RMB\"", "no currency"),
    (PRODUCT, "starts = \"20:00\"", "starts = \"24:00\"", "no time of day"),
    (PRODUCT, "station = \"station\"", "station = \"place\"", "neither a station nor a unit"),
    (PRODUCT, "station = \"station\"", "insured = \"station\"", "a column that every book has"),
    (PRODUCT, "sources = [\"era5/{station}\"]", "sources = \"era5/{station}\"", "one source that is no list"),
    (PRODUCT, "sources = [\"era5/{station}\"]", "sources = [\"era5/{station}/x\"]", "no source"),
    (PRODUCT, "lag = \"100 d\"", "lag = 100", "a time without its unit"),
    (PRODUCT, "lag = \"100 d\"", "lag = \"100 mm\"", "a length for a time"),
    (PRODUCT, "rounding = \"half_up\"", "rounding = \"nearest\"", "no mode"),
    (PRODUCT, "read = \"precipitation\"", "read = \"rain\"", "no variable"),
    (PRODUCT, "take = \"sum\"", "take = \"total\"", "nothing that can be taken"),
    (PRODUCT, "{ cap = \"50 mm\" }", "{ cap = 50 }", "a number without its unit"),
    (PRODUCT, "{ cap = \"50 mm\" }", "{ cap = \"50mm\" }", "no space before the unit"),
    (PRODUCT, "{ read = \"precipitation\", every = \"1 h\" }, ", "", "an index that begins with nothing read"),
    (PRODUCT, "{ cap = \"50 mm\" }", "{ read = \"precipitation\", every = \"1 h\" }", "a read in the middle"),
    (PRODUCT, "reduce = \"sum\"", "reduce = \"total\"", "no reducer"),
    (PRODUCT, "when = \"<\"", "when = \"under\"", "no comparison"),
    (PRODUCT, "limit = \"100 %\"", "limit = \"-100 %\"", "an amount below zero"),
    (PRODUCT, "limit = \"100 %\"", "limit = \"100\"", "an amount of nothing"),
    (PRODUCT, "from = \"07-10\"", "from = \"7-10\"", "no day of the year"),
    (PRODUCT, "window = { from = \"07-10\", to = \"08-31\" }", "window = { each = \"fortnight\" }", "no window"),
    (MELON, "combine = \"best\"", "combine = \"add\"", "no way of combining"),
    (MELON, "in_runs = \">= 10 mm\"", "in_runs = \"10 mm\"", "a comparison left out"),
    (OFFSHORE, "of = \"site\"", "of = \"port\"", "a circle around something else"),
    (OFFSHORE, "of = \"distance\"", "of = \"depth\"", "nothing that a point has"),
    (LIMBS, "combine = \"first\"", "combine = \"last\"", "no way of combining"),
    (LIMBS, "each = \"dekad\"", "each = \"week\"", "a window that repeats by the week"),
    (LIMBS, "vintage = \"final\"", "vintage = \"provisional\"", "no rule of readings"),
    (LIMBS, "opening_day = \"date\"", "opening_day = \"day\"", "no kind of a column"),
    (LIMBS, "reinstatements = 1", "reinstatements = 0", "never is no number of times"),
    (LIMBS, "times = \"40 %\"", "times = \"40 mm\"", "a share that is a length"),
    (EVENTS, "of = \"value\", at_most", "of = \"value\", at_best", "an axis without a side"),
    (EVENTS, "of = \"date\", from = [\"03-17\", \"04-01\"]", "of = \"date\", at_least = [\"1 d\", \"2 d\"]", "days that are numbers"),
    (EVENTS, "skip = 1", "skip = 0", "none is no number of events"),
    (EVENTS, "when = \"<\", most", "when = \"<=\", most", "a swap at its level"),
    (EVENTS, "report = \"modelled_loss\"", "report = \"storm_latitude\"", "a position is no report"),
    (EVENTS, "{ per = \"value\" }", "{ per = \"slot\" }", "no slot"),
    (SETTINGS, "kind = \"csv\"", "kind = \"xml\"", "no kind of feed"),
    (SETTINGS, "policies = [\"book.csv\"]", "policies = \"book.csv\"", "one path that is no list"),
    (SETTINGS, "poll = \"12 h\"", "poll = \"12 hours\"", "no unit of time"),
    (SETTINGS, "vintage = \"final\"", "vintage = \"finished\"", "no vintage"),
    (SETTINGS, "decimal = \".\"", "decimal = \"·\"", "no decimal mark"),
    (SETTINGS, "delimiter = \",\"", "delimiter = \"ab\"", "more than one character"),
    (SETTINGS, "every = \"1 h\"", "every = \"1 d\"", "a day without the hour at which it starts"),
    (SETTINGS, "[feed.asos]\n", "[feed.Asos]\n", "no name of a feed"),
    (ERA5, "allow_private = false", "allow_private = \"no\"", "no flag"),
    (ERA5, "model = \"era5\"", "model = \"best_match\"", "not one model"),
];

#[test]
fn what_is_spoilt_is_refused_by_both() {
    let [settings, products, ..] = FILES.map(validator);
    let folder = tempfile::tempdir().unwrap();
    for (file, from, to, why) in SPOILT {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains(from), "`{from}` in {file}");
        let text = text.replacen(from, to, 1);
        let is_product = file.contains("/products/") || file.contains("/sheets/");
        let validator = if is_product { &products } else { &settings };
        assert!(!validator.is_valid(&parsed(&text)), "the schema accepts {why}: {file}");
        let read = if is_product {
            Product::read(&Source::new("p.toml", text), &mut Faults::new()).is_some()
        } else {
            let path = folder.path().join("fairgauge.toml");
            std::fs::write(&path, text).unwrap();
            Settings::load(&path, std::iter::empty()).is_ok()
        };
        assert!(!read, "the reader accepts {why}: {file}");
    }
}

#[test]
fn rows_are_refused() {
    let validator = validator(File::Book);
    let row =
        json!({ "policy": "NY-1", "product": "rain@1", "insured": "A", "from": "2026-06-01", "to": "2026-08-31" });
    assert!(validator.is_valid(&row));
    for (key, value) in [
        ("policy", "NY 1"),
        ("product", "rain"),
        ("insured", ""),
        ("from", "1.6.2026"),
        ("sum_insured", "50000"),
        ("units", "12"),
    ] {
        let mut spoilt = row.clone();
        spoilt[key] = value.into();
        assert!(!validator.is_valid(&spoilt), "{key} = {value}");
    }
}

#[test]
fn the_command_prints_them() {
    for (argument, file) in [("settings", 0), ("product", 1), ("book", 2), ("cases", 3)] {
        let output = Command::cargo_bin("fairgauge").unwrap().args(["schema", argument]).output().unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), schema(FILES[file]), "{argument}");
    }
    let output = Command::cargo_bin("fairgauge").unwrap().arg("schema").output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), schema(File::Product));
}
