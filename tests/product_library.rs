//! The library of term sheets (config/products): every case of every product comes out as it says, and together the
//! products use the whole language.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fairgauge::cases::Suite;
use fairgauge::contract::FEATURES;
use fairgauge::document::Faults;

/// As many as there are today: a product or a case that is lost on the way is noticed.
const PRODUCTS: usize = 78;
const CASES: usize = 547;

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/products")
}

fn suites() -> Vec<Suite> {
    let mut faults = Faults::new();
    let files = Suite::products_of(&library(), &mut faults);
    let suites = files.iter().filter_map(|file| Suite::load(file, &mut faults)).collect();
    assert!(faults.is_empty(), "{}", faults.render(false));
    suites
}

#[test]
fn every_case_comes_out_as_it_says() {
    let suites = suites();
    let (mut ran, mut wrong) = (0, Vec::new());
    for Suite { product, path, cases } in &suites {
        let cases = cases.as_ref().unwrap_or_else(|| panic!("{} is missing", path.display()));
        for case in &cases.cases {
            let mut faults = Faults::new();
            let result = case.run(product, &mut faults).unwrap_or_else(|| panic!("{}", faults.render(false)));
            let differences = result.looks.iter().flat_map(|look| &look.differences).chain(&result.payments_differ);
            wrong.extend(differences.map(|one| format!("{} {}: {one}", product.reference(), case.id)));
            ran += 1;
        }
    }
    println!("{ran} cases of {} products", suites.len());
    assert!(wrong.is_empty(), "{} of {ran} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(suites.len() >= PRODUCTS, "{} products, there were {PRODUCTS}", suites.len());
    assert!(ran >= CASES, "{ran} cases, there were {CASES}");
}

#[test]
fn the_products_use_the_whole_language() {
    let used: BTreeSet<_> = suites().iter().flat_map(|suite| suite.product.features()).collect();
    let unused: Vec<_> = FEATURES.iter().filter(|feature| !used.contains(feature)).map(ToString::to_string).collect();
    assert!(unused.is_empty(), "no product of the library uses: {}", unused.join(", "));
}

/// Whoever reads a case sees why nothing came out.
#[test]
fn what_stays_undetermined_says_why() {
    for entry in std::fs::read_dir(library()).unwrap() {
        let path = entry.unwrap().path();
        if !fairgauge::cases::is_cases(&path) {
            continue;
        }
        let cases: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in cases["case"].as_array().unwrap() {
            let on = case.get("expect_on").and_then(toml::Value::as_array).into_iter().flatten();
            for expected in case.get("expect").into_iter().chain(on) {
                let is = |key: &str| expected.get(key).and_then(toml::Value::as_str) == Some("undetermined");
                let open = is("outcome") || is("index");
                assert!(!open || expected.get("reason").is_some(), "{}: {}", path.display(), case["id"]);
            }
        }
    }
}

/// The page names every product, with a link, and no other.
#[test]
fn the_readme_names_every_product() {
    let page = std::fs::read_to_string(library().join("README.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ["));
    let named: BTreeSet<_> = rows.map(|line| line[3..].split(']').next().unwrap().to_owned()).collect();
    let example = ["hot-days", "summer-rain-deficit", "two-wet-days"];
    let files = Suite::products_of(&library(), &mut Faults::new());
    let ids = files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    assert_eq!(named, ids.filter(|id| !example.contains(&id.as_str())).collect());
    assert!(page.contains(&format!("{} products in the form", named.len())), "it says how many");
}
