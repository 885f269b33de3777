//! Contracts that really ran, each with an input and what it pays (fixtures/reference/term-sheets), through the term
//! sheets of config/products: a case is told in the notation of the cases files, what is to come out is read from the
//! contract's own file.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use fairgauge::cases::Cases;
use fairgauge::contract::Product;
use fairgauge::document::{Faults, Source};
use fairgauge::settle::Settlement;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn contracts() -> PathBuf {
    root().join("fixtures/reference/term-sheets")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn product(id: &str) -> Product {
    let path = root().join("config/products").join(format!("{id}.toml"));
    let mut faults = Faults::new();
    let product = Product::read(&Source::new(path.to_str().unwrap(), text(&path)), &mut faults);
    product.unwrap_or_else(|| panic!("{}", faults.render(false)))
}

/// The line of runs.toml as a file of one case. A case has to expect something: here only that something comes out.
fn cases_text(run: &toml::Table) -> String {
    let mut case = run["told"].as_table().unwrap().clone();
    case.insert("id".to_owned(), run["case"].clone());
    case.insert("expect".to_owned(), toml::toml! { trace_contains = "" }.into());
    toml::to_string(&toml::toml! { case = [case] }).unwrap()
}

fn settlement(run: &toml::Table, folder: &Path) -> Settlement {
    let id = run["case"].as_str().unwrap();
    let product = product(run["product"].as_str().unwrap());
    let path = folder.join(format!("{id}.cases.toml"));
    std::fs::write(&path, cases_text(run)).unwrap();
    let mut faults = Faults::new();
    let cases = Cases::load(&product, &path, &mut faults).unwrap_or_else(|| panic!("{id}: {}", faults.render(false)));
    let result = cases.cases[0].run(&product, &mut faults).unwrap_or_else(|| panic!("{id}: {}", faults.render(false)));
    result.looks.into_iter().next().unwrap().settlement
}

/// A decimal, as a text or as a number.
fn decimal(value: &Value) -> f64 {
    value.as_str().map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
}

/// What came out, as the case's key says it: `payout`, `triggered`, `index`, `rate`, `rate_pct`.
fn got(settlement: &Settlement, map: &str, run: &toml::Table) -> Value {
    let amount = || settlement.amount.decimal().parse::<f64>().unwrap();
    let share = || {
        let sum = run["told"]["sum_insured"].as_str().unwrap().split_once(' ').unwrap().0.parse::<f64>().unwrap();
        amount() / sum
    };
    match map {
        "amount" => amount().into(),
        "pays" => (settlement.outcome.word() == "pays").into(),
        "index" => settlement.index.as_ref().unwrap().0.parse::<f64>().unwrap().into(),
        "share" => share().into(),
        "percent" => (share() * 100.0).into(),
        _ => panic!("`{map}` is no way to read a settlement"),
    }
}

fn agrees(got: &Value, expected: &Value, tolerance: f64) -> bool {
    match got {
        Value::Bool(got) => expected.as_bool() == Some(*got),
        got => (decimal(got) - decimal(expected)).abs() <= tolerance,
    }
}

#[test]
fn contracts_pay_what_they_paid() {
    let runs: toml::Table = toml::from_str(&text(&contracts().join("runs.toml"))).unwrap();
    let (folder, mut table, mut wrong) = (tempfile::tempdir().unwrap(), String::new(), 0);
    for run in runs["run"].as_array().unwrap() {
        let run = run.as_table().unwrap();
        let id = run["case"].as_str().unwrap();
        let case: Value = serde_json::from_str(&text(&contracts().join(format!("{id}.json")))).unwrap();
        let tolerance = case["expected"].get("tolerance").map_or(1e-9, decimal);
        let settlement = settlement(run, folder.path());
        assert_ne!(settlement.outcome.word(), "undetermined", "{id}: {}", settlement.reason);
        for (key, map) in run["maps"].as_table().unwrap() {
            let (got, expected) = (got(&settlement, map.as_str().unwrap(), run), &case["expected"][key]);
            let good = agrees(&got, expected, tolerance);
            wrong += usize::from(!good);
            let mark = if good { "" } else { "  <- differs" };
            let [got, expected] = [&got, expected].map(ToString::to_string);
            writeln!(table, "{id:32} {key:10} {got:>22} {expected:>22}{mark}").unwrap();
        }
    }
    println!("{table}");
    assert_eq!(wrong, 0, "\n{table}");
}

/// Each case has its line, each line its case, and every number that a case expects is compared.
#[test]
fn every_case_is_run() {
    let runs: toml::Table = toml::from_str(&text(&contracts().join("runs.toml"))).unwrap();
    let mut run = BTreeSet::new();
    for line in runs["run"].as_array().unwrap() {
        let id = line["case"].as_str().unwrap();
        let case: Value = serde_json::from_str(&text(&contracts().join(format!("{id}.json")))).unwrap();
        let expected: BTreeSet<_> = case["expected"].as_object().unwrap().keys().map(String::as_str).collect();
        let beside = BTreeSet::from(["basis", "tolerance"]);
        let maps: BTreeSet<_> = line["maps"].as_table().unwrap().keys().map(String::as_str).collect();
        assert_eq!(maps, expected.difference(&beside).copied().collect(), "{id}");
        assert!(run.insert(id.to_owned()), "{id} stands there twice");
    }
    let files = std::fs::read_dir(contracts()).unwrap().map(|entry| entry.unwrap().path());
    let cases = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    assert_eq!(run, cases.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect());
}
