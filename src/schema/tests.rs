//! The keys of the schemas are those that the readers of the files ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::block::WHAT as BLOCK;
use super::kind::Kind;
use super::table::Table;
use super::*;
use crate::contract::Product;
use crate::document::asked::{Asked, during};
use crate::document::{Faults, Source};
use crate::settings::Settings;

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

/// Indices with the unit in which they end, that hold each block at least once.
const INDICES: &[(&str, &str)] = &[
    (
        r#"{ read = "air_temperature", every = "1 h", as = "degF", from = ["f/a"] }, { per = "day", take = "mean", need = "90 %", round = "0.1 degF", mode = "half_up" }, { ignore_below = "2 degF" }, { cap = "60 degF" }, { floor = "0 degF" }, { excess_over = "1 degF" }, { shortfall_below = "9 degF" }, { reduce = "max" }"#,
        "degF",
    ),
    (
        r#"{ read = "wind_speed", every = "10 min" }, { curve = [["3 m/s", "0 kW"], ["13 m/s", "2050 kW"]], outside = "0 kW", round = "0.1 kW", mode = "half_up" }, { rolling = "48 h", take = "max" }, { reduce = "max" }, { round = "1 kW", mode = "half_up" }"#,
        "kW",
    ),
    (
        r#"{ read = "precipitation", every = "1 d" }, { in_runs = ">= 40 mm", at_least = "3 d" }, { reduce = "sum" }"#,
        "mm",
    ),
    (r#"{ read = "precipitation", every = "1 d" }, { meets = "< 2 mm" }, { reduce = "count" }"#, "d"),
];

const STORM: &str = r#"{ read = "storm_track", from = ["t"] }, { interpolate = "30 min", longest_gap = "6 h", no_wind = "out" }, { within = "100 km", of = "site" }, { inside = { south = "30 deg", north = "31 deg", west = "121 deg", east = "123 deg" } }"#;

const SHEETS: &[&str] = &[
    include_str!("../../config/products/hot-days.toml"),
    include_str!("../../config/products/two-wet-days.toml"),
    include_str!("../../fixtures/golden-2016/products/solar-monthly.toml"),
    include_str!("../../fixtures/lingang-2024/products/cage-pressure.toml"),
    include_str!("../../fixtures/lingang-2024/products/offshore-wind-typhoon.toml"),
    include_str!("../../fixtures/new-york-2013/products/melon-rain.toml"),
];

/// What readers ask of term sheets that hold everything, none with a fault.
fn asked_of_products() -> Vec<Asked> {
    let numbers = INDICES.iter().map(|(index, unit)| TEMPLATE.replace("INDEX", index) + &PAYS.replace("UNIT", unit));
    let storms = format!("{STORM}, {{ per = \"storm\", take = \"max\", of = \"storm_wind\" }}");
    let storm = TEMPLATE.replace("INDEX", &storms) + &PAYS.replace("UNIT", "kt") + "\nevents = { pay = \"largest\" }";
    let written = SHEETS.iter().map(|sheet| (*sheet).to_owned());
    let sheets: Vec<_> = written.chain(numbers).chain([storm]).collect();
    during(|| {
        for sheet in &sheets {
            let mut faults = Faults::new();
            let product = Product::read(&Source::new("p.toml", sheet.as_str()), &mut faults);
            assert!(product.is_some(), "{}", faults.render(false));
        }
    })
}

fn asked_of_settings() -> Vec<Asked> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    during(|| {
        for folder in ["config", "fixtures/hyderabad-2002", "fixtures/lingang-2024", "fixtures/new-york-2013"] {
            let settings = Settings::load(&root.join(folder).join("fairgauge.toml"), std::iter::empty());
            assert!(settings.is_ok(), "{folder}");
        }
    })
}

/// Every table below a kind, each once.
fn tables(kind: &'static Kind, seen: &mut BTreeSet<&'static str>, found: &mut Vec<&'static Table>) {
    match kind {
        Kind::Table(table) | Kind::WithVariables(table, _) => {
            found.push(table);
            table.keys.iter().for_each(|key| tables(&key.kind, seen, found));
            if let Kind::WithVariables(_, kind) = kind {
                tables(kind, seen, found);
            }
        }
        Kind::Shared(name, kind) if seen.insert(name) => tables(kind, seen, found),
        Kind::List(_, kind) | Kind::Named(_, kind) => tables(kind, seen, found),
        Kind::Pairs(one, two) | Kind::Begun(one, two) => {
            tables(one, seen, found);
            tables(two, seen, found);
        }
        Kind::Any(kinds) => kinds.iter().for_each(|kind| tables(kind, seen, found)),
        _ => {}
    }
}

/// The keys of each table of a file; those of blocks by their first word.
fn keys_of(file: File) -> BTreeMap<String, BTreeSet<&'static str>> {
    let (mut seen, mut found) = (BTreeSet::new(), vec![file.table()]);
    file.table().keys.iter().for_each(|key| tables(&key.kind, &mut seen, &mut found));
    let mut all: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for table in found {
        let what = if table.what == BLOCK { format!("{BLOCK} {}", table.keys[0].name) } else { table.what.to_owned() };
        all.entry(what).or_default().extend(table.keys.iter().map(|key| key.name));
    }
    all
}

/// The same of what readers asked for. A table that is called by its own name, "the feed `asos`", is called by its kind.
fn keys_asked(asked: &[Asked], verbs: &[String]) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut all: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for Asked { what, has, key } in asked {
        let what = what.split(" `").next().expect("split gives one");
        let verb = || verbs.iter().find(|verb| has.contains(verb)).expect("a block has a word of the schema");
        let what = if what == BLOCK { format!("{BLOCK} {}", verb()) } else { what.to_owned() };
        all.entry(what).or_default().insert(key);
    }
    all
}

/// The words of blocks in the order in which a reader looks for them: `curve` and `per` may hold `round`.
fn verbs() -> Vec<String> {
    let of_blocks = keys_of(File::Product).into_keys();
    let mut verbs: Vec<_> = of_blocks.filter_map(|what| Some(what.strip_prefix(BLOCK)?.trim().to_owned())).collect();
    verbs.sort_by_key(|verb| verb == "round");
    verbs
}

#[test]
fn a_product_has_the_keys_that_are_read() {
    assert_eq!(keys_of(File::Product), keys_asked(&asked_of_products(), &verbs()));
}

#[test]
fn settings_have_the_keys_that_are_read() {
    assert_eq!(keys_of(File::Settings), keys_asked(&asked_of_settings(), &[]));
}

/// The reader names all its blocks to whoever writes another.
#[test]
fn the_blocks_are_those_of_the_reader() {
    let sheet = TEMPLATE.replace("INDEX", "{ xylophone = 1 }") + &PAYS.replace("UNIT", "mm");
    let mut faults = Faults::new();
    Product::read(&Source::new("p.toml", sheet), &mut faults);
    let said = faults.render(false);
    let listed = said.split("blocks are: ").nth(1).and_then(|rest| rest.lines().next()).expect(&said);
    let listed: BTreeSet<_> = listed.split(", ").map(|verb| verb.trim().to_owned()).collect();
    assert_eq!(listed, verbs().into_iter().collect());
}
