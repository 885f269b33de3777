//! The keys of the schemas are those that the readers of the files ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use super::block::shapes;
use super::kind::Kind;
use super::table::Table;
use super::*;
use crate::cases::Suite;
use crate::contract::{BLOCKS, FORMULAS, FormulaRow, Product, Steps};
use crate::document::asked::{Asked, during};
use crate::document::{Faults, Source};
use crate::quantity::Variable;
use crate::settings::Settings;

/// What the reader's messages call a block.
const BLOCK: &str = "the block";

/// A term sheet with an index and what stands behind it, for keys that no shipped one has.
const TEMPLATE: &str = r#"
[product]
id = "p"
version = 1
name = "P"
currency = "CNY"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[policy]
station = "station"
latitude = "deg"
longitude = "deg"
[data]
sources = ["f/{station}"]
missing = { at_most = "5 %", longest = "1 d" }
[settlement]
lag = "1 d"
longest_wait = "2 d"
rounding = "half_up"
[limit]
aggregate = "100 %"
[[cover]]
id = "c"
window = "cover"
index = [ INDEX ]
"#;

const PAYS: &str = r#"payout = { when = "<", strike = "1 UNIT", pays = "10 %" }"#;

/// Indices with the unit in which they end, that together ask for every key of every block.
const INDICES: &[(&str, &str)] = &[
    (
        r#"{ read = "air_temperature", every = "1 h", as = "degF", from = ["f/a"] }, { per = "day", take = "mean", need = "90 %", round = "0.1 degF", mode = "half_up" }, { ignore_below = "2 degF" }, { cap = "60 degF" }, { floor = "0 degF" }, { excess_over = "1 degF" }, { shortfall_below = "9 degF" }, { substitute = "1 degF" }, { minus = "1 degF" }, { reduce = "quantile", at = "90 %", method = "linear" }, { round = "0.1 degF", mode = "half_up" }"#,
        "degF",
    ),
    (
        r#"{ read = "wind_speed", every = "10 min" }, { curve = [["3 m/s", "0 kW"], ["13 m/s", "2050 kW"]], outside = "0 kW", round = "0.1 kW", mode = "half_up" }, { rolling = "48 h", take = "max", step = "24 h", reach_before = true }, { reduce = "max" }, { round = "1 kW", mode = "half_up" }"#,
        "kW",
    ),
    (
        r#"{ read = "precipitation", every = "1 d" }, { in_runs = ">= 40 mm", at_least = "3 d" }, { reduce = "runs", gap = "2 d" }"#,
        "1",
    ),
    (
        r#"{ read = "precipitation", every = "1 d" }, { only_on = ["2021-10-06"] }, { only_where = [ { read = "precipitation", every = "1 d" }, { meets = [">= 1 mm", "< 9 mm"] } ], before = "12 h", after = "24 h" }, { meets = "< 2 mm" }, { reduce = "first", days_from = "window", never = "0 d" }"#,
        "d",
    ),
    (
        r#"{ report = "yield", as = "t/ha", from = ["f/a"], none = "undetermined" }, { lookup = [ { to = "5 t/ha", is = "0 mm" }, { is = "1 mm" } ], closed = "below" }, { reduce = "sum" }"#,
        "mm",
    ),
    (
        r#"{ combine = "mean", of = [ [ { read = "precipitation", every = "1 d" } ], [ { read = "precipitation", every = "1 d" } ] ], round = "0.1 mm", mode = "half_up" }, { per = "phase", phases = [ { id = "sowing", from = "04-01", to = "05-15" } ], take = "sum", need = "90 %" }, { percent_of = { sowing = "45 mm" }, round = "0.1 %", mode = "half_up" }, { weigh = { sowing = "100 %" }, round = "0.1 %", mode = "half_up" }, { times = "0.85 1", round = "0.1 %", mode = "half_up" }, { reduce = "sum" }, { compare = "anomaly", baseline = { from = 1981, to = 2010, need = 25, sources = ["f/a"] }, round = "0.1 %", mode = "half_up" }"#,
        "%",
    ),
    (
        r#"{ members = ["f/a", "f/b"], take = "mean", of = [ { read = "precipitation", every = "1 d" } ], need = "80 %", weights = ["60 %", "40 %"], round = "0.01 mm", mode = "half_up" }, { reduce = "sum" }"#,
        "mm",
    ),
    (r#"{ read = "precipitation", every = "1 d" }, { meets = "< 2 mm" }, { reduce = "events", gap = "5 d" }"#, "1"),
];

/// Indices on events, each with the unit of its numbers.
const EVENTS: &[(&str, &str)] = &[
    (
        r#"{ read = "storm_track", from = ["t"] }, { interpolate = "30 min", longest_gap = "6 h", no_wind = "out" }, { within = "100 km", of = "site" }, { within = "9 km", of = { polygon = [["30 deg", "121 deg"], ["31 deg", "121 deg"], ["31 deg", "122 deg"]] } }, { within = "9 km", of = { line = [["30 deg", "121 deg"], ["31 deg", "121 deg"]] } }, { inside = { south = "30 deg", north = "31 deg", west = "121 deg", east = "123 deg" } }, { inside = { polygon = [["30 deg", "121 deg"], ["31 deg", "121 deg"], ["31 deg", "122 deg"]] } }, { per = "storm", take = "max", of = "storm_wind" }"#,
        "kt",
    ),
    (
        r#"{ read = "precipitation", every = "1 d" }, { in_runs = ">= 40 mm", at_least = "3 d" }, { per = "run", take = "sum" }"#,
        "mm",
    ),
    (r#"{ read = "precipitation", every = "1 d" }, { per = "value" }"#, "mm"),
];

const SHEETS: &[&str] = &[
    include_str!("../../config/products/hot-days.toml"),
    include_str!("../../config/products/two-wet-days.toml"),
    include_str!("../../fixtures/golden-2016/products/solar-monthly.toml"),
    include_str!("../../fixtures/lingang-2024/products/cage-pressure.toml"),
    include_str!("../../fixtures/lingang-2024/products/offshore-wind-typhoon.toml"),
    include_str!("../../fixtures/new-york-2013/products/melon-rain.toml"),
    include_str!("../../tests/sheets/limbs.toml"),
    include_str!("../../tests/sheets/events.toml"),
];

/// Every formula with what it takes.
fn formulas() -> Vec<(String, &'static str)> {
    let formula = |row: &FormulaRow| {
        let every = if matches!(row.steps, Steps::Hours) { "1 h" } else { "1 d" };
        let read = |symbol| format!(r#"[ {{ read = "published_index", every = "{every}", as = "{symbol}" }} ]"#);
        let inputs = row.inputs.iter().map(|slot| format!("{} = {}, ", slot.name, read(slot.unit)));
        let parameters = row.parameters.iter().map(|slot| format!("{} = \"10 {}\", ", slot.name, slot.unit));
        let curve = row.curve.map(|(key, x, y)| format!(r#"{key} = [["1 {x}", "0.4 {y}"], ["2 {x}", "1 {y}"]], "#));
        let keys: String = inputs.chain(parameters).chain(curve).collect();
        let round = format!(r#"round = "0.1 {}", mode = "half_up""#, row.result);
        (format!(r#"{{ formula = "{}", {keys}{round} }}, {{ reduce = "max" }}"#, row.name), row.result)
    };
    FORMULAS.iter().map(formula).collect()
}

/// What readers ask of term sheets that hold everything, none with a fault.
fn asked_of_products() -> Vec<Asked> {
    let sheet = |index: &str, unit: &str| TEMPLATE.replace("INDEX", index) + &PAYS.replace("UNIT", unit);
    let numbers = INDICES.iter().map(|(index, unit)| sheet(index, unit));
    let formulas = formulas().into_iter().map(|(index, unit)| sheet(&index, unit));
    let events = EVENTS.iter().map(|(index, unit)| sheet(index, unit) + "\nevents = { pay = \"largest\" }");
    let written = SHEETS.iter().map(|sheet| (*sheet).to_owned());
    let listed = r#"{ read = "precipitation", every = "1 d" }, { only_on = { file = "d.csv" } }, { reduce = "sum" }"#;
    let agreeing = sheet(r#"{ read = "precipitation", every = "1 d", agree_within = "2 mm" }, { reduce = "sum" }"#, "mm").replace(
        r#"sources = ["f/{station}"]"#,
        "sources = [\"f/{station}\", \"g/{station}\", \"h/{station}\"]\nfallback = \"consensus\"\nquorum = 2\nfamilies = { one = [\"f\", \"g\"] }",
    );
    let carrying = sheet(listed, "mm") + "\n#:file d.csv\n#:| date\n#:| 2021-10-06\n";
    let sheets: Vec<_> = written.chain([carrying, agreeing]).chain(numbers).chain(formulas).chain(events).collect();
    during(|| {
        for sheet in &sheets {
            let mut faults = Faults::new();
            let product = Product::read(&Source::new("p.toml", sheet.as_str()), &mut faults);
            assert!(product.is_some(), "{sheet}\n{}", faults.render(false));
        }
    })
}

fn asked_of_settings() -> Vec<Asked> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    during(|| {
        for file in [
            "config/fairgauge",
            "fixtures/hyderabad-2002/fairgauge",
            "fixtures/lingang-2024/fairgauge",
            "fixtures/new-york-2013/fairgauge",
            "tests/settings/feeds",
            "tests/settings/providers",
        ] {
            let settings = Settings::load(&root.join(format!("{file}.toml")), std::iter::empty());
            assert!(
                settings.is_ok(),
                "{file}: {}",
                settings.err().map_or(String::new(), |faults| faults.render(false))
            );
        }
        for text in PAGES.iter().flat_map(|page| feeds_of(page)) {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let rest = "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n";
            file.write_all(format!("{rest}{text}").as_bytes()).unwrap();
            if let Err(faults) = Settings::load(file.path(), std::iter::empty()) {
                panic!("{text}\n{}", faults.render(false));
            }
        }
    })
}

/// The page of each kind of feed.
const PAGES: [&str; 6] = [
    include_str!("../../docs/feeds/aemo.md"),
    include_str!("../../docs/feeds/brightsky.md"),
    include_str!("../../docs/feeds/dwd.md"),
    include_str!("../../docs/feeds/elexon.md"),
    include_str!("../../docs/feeds/entsoe.md"),
    include_str!("../../docs/feeds/openelectricity.md"),
];

/// The feeds that a page shows.
fn feeds_of(page: &str) -> impl Iterator<Item = &str> {
    page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().expect("split gives one"))
}

/// The keys of every table, by what messages call it; those of blocks by their first word.
type Keys = BTreeMap<String, BTreeSet<&'static str>>;

/// The keys of every table below a kind.
fn collect(kind: &Kind, seen: &mut BTreeSet<&'static str>, all: &mut Keys) {
    match kind {
        Kind::Table(table) => collect_table(table, seen, all),
        Kind::WithVariables(table, kind) => {
            all.entry(table.what.to_owned()).or_default().extend(Variable::names());
            collect_table(table, seen, all);
            collect(kind, seen, all);
        }
        Kind::Shared(name, kind) if seen.insert(name) => collect(kind, seen, all),
        Kind::List(_, kind) | Kind::Points(_, kind) | Kind::Named(_, kind) | Kind::Alone(kind) => {
            collect(kind, seen, all)
        }
        Kind::Pairs(one, two) | Kind::Begun(one, two) => {
            collect(one, seen, all);
            collect(two, seen, all);
        }
        Kind::Any(kinds) => kinds.iter().for_each(|kind| collect(kind, seen, all)),
        Kind::Blocks(first) => {
            for shape in shapes(*first) {
                let what = format!("{BLOCK} {}", shape.row.word);
                all.entry(what).or_default().extend(shape.keys.iter().map(|key| key.name));
                shape.keys.iter().for_each(|key| collect(&key.kind, seen, all));
            }
        }
        _ => {}
    }
}

fn collect_table(table: &'static Table, seen: &mut BTreeSet<&'static str>, all: &mut Keys) {
    all.entry(table.what.to_owned()).or_default().extend(table.keys.iter().map(|key| key.name));
    table.keys.iter().for_each(|key| collect(&key.kind, seen, all));
}

fn keys_of(file: File) -> Keys {
    let mut all = Keys::new();
    collect_table(file.table(), &mut BTreeSet::new(), &mut all);
    all
}

/// The same of what readers asked for. A table that is called by its own name, "the feed `asos`", is called by its kind.
fn keys_asked(asked: &[Asked]) -> Keys {
    let mut all = Keys::new();
    for Asked { what, has, key } in asked {
        let what = what.split(" `").next().expect("split gives one");
        // In the order in which the reader looks for them: `curve` and `per` may hold `round`.
        let row = || BLOCKS.iter().find(|row| has.iter().any(|key| key == row.word)).expect("a block has its word");
        let what = if what == BLOCK { format!("{BLOCK} {}", row().word) } else { what.to_owned() };
        all.entry(what).or_default().insert(key);
    }
    all
}

#[test]
fn a_product_has_the_keys_that_are_read() {
    assert_eq!(keys_of(File::Product), keys_asked(&asked_of_products()));
}

#[test]
fn settings_have_the_keys_that_are_read() {
    assert_eq!(keys_of(File::Settings), keys_asked(&asked_of_settings()));
}

/// The reader asks for the values of a variable by the variable's name.
#[test]
fn cases_have_the_keys_that_are_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sheets/told.toml");
    let mut faults = Faults::new();
    let asked = during(|| {
        Suite::load(&path, &mut faults);
    });
    assert!(faults.is_empty(), "{}", faults.render(false));
    let cases = asked.into_iter().skip_while(|asked| asked.what != File::Cases.table().what).collect::<Vec<_>>();
    let mut asked = keys_asked(&cases);
    let values = asked.remove("precipitation").expect("values were read");
    asked.insert("the values".to_owned(), values);
    assert_eq!(keys_of(File::Cases), asked);
}
