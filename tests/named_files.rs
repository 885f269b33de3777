//! A product that names a power curve in a file: the file is part of the terms, the ledger keeps it, and nothing else is
//! needed to compute a payout again.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::path::Path;
use std::process::Output;

use program::fairgauge;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const SETTINGS: &str = r#"
[ledger]
path = "ledger.sqlite"
[book]
products = ["products/park.toml"]
policies = ["book.csv"]
[feed.mast]
kind = "csv"
file = "wind.csv"
poll = "1 d"
delay = "1 d"
vintage = "final"
[feed.mast.csv]
delimiter = ","
decimal = "."
missing = [""]
station = { is = "m" }
time = { column = "date", format = "%Y-%m-%d", zone = "UTC", stamp = "begin", every = "1 d", starts = "00:00" }
[feed.mast.columns]
wind = { variable = "wind_speed", unit = "m/s" }
"#;

const PRODUCT: &str = r#"[product]
id = "park"
version = 1
name = "Wind park: what its curve gives"
currency = "EUR"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[data]
sources = ["mast/m"]
missing = { at_most = "10 %", longest = "2 d" }
[settlement]
lag = "1 d"
longest_wait = "10 d"
rounding = "half_up"
[[cover]]
id = "yield"
window = "cover"
index = [ { read = "wind_speed", every = "1 d" }, { only_on = { file = "days.csv" } }, { curve = { file = "curves/e82.csv" }, outside = "0 kW", round = "0.1 kW", mode = "half_up" }, { reduce = "energy" }, { round = "1 kWh", mode = "half_up" } ]
payout = { when = "<", strike = "100 MWh", tick = "10 EUR/MWh", limit = "100 %" }
"#;

const CURVE: &str = "# From the data sheet.\nwind_speed[m/s],power[kW]\n3,0\n13,2000\n";
const DAYS: &str = "date\n2024-03-01\n2024-03-02\n2024-03-03";

fn season(folder: &Path) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    std::fs::create_dir_all(folder.join("products/curves")).unwrap();
    write("fairgauge.toml", SETTINGS);
    write("products/park.toml", PRODUCT);
    write("products/curves/e82.csv", CURVE);
    write("products/days.csv", DAYS);
    write("book.csv", "policy,product,insured,from,to,sum_insured\nP-1,park@1,A,2024-03-01,2024-03-04,5000 EUR\n");
    // 3 m/s is nothing, 8 m/s half of 2000 kW, 13 m/s all of it; the fourth day does not count.
    let wind = ["3", "8", "13", "13", "9", "9", "9", "9", "9", "9"];
    let days = wind.iter().enumerate().map(|(at, wind)| format!("2024-03-{:02},{wind}\n", at + 1));
    write("wind.csv", &format!("date,wind\n{}", days.collect::<String>()));
}

fn run(arguments: &[&str]) -> Output {
    fairgauge().args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(78), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_ledger_keeps_the_files_of_a_product() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (season, ledger, product) = (at(""), at("kept.sqlite"), at("products/park.toml"));
    assert!(printed(&["check", &season]).ends_with("1 feed, 1 product, 1 policy: no fault\n"));

    let whole = printed(&["check", "--terms", &product]);
    let row = |line: &str| format!("#:| {line}\n");
    let carried = |name: &str, text: &str| format!("#:file {name}\n{}", text.lines().map(row).collect::<String>());
    assert_eq!(whole, format!("{PRODUCT}{}{}", carried("days.csv", DAYS), carried("curves/e82.csv", CURVE)));

    // 0 + 24 h x 1000 kW + 24 h x 2000 kW = 72 MWh; 28 MWh below the strike.
    let rows: Vec<Value> =
        serde_json::from_str(&printed(&["replay", &season, "--ledger", &ledger, "--format", "json"])).unwrap();
    assert_eq!((rows[0]["index"]["value"].as_str(), rows[0]["amount"].as_str()), (Some("72000"), Some("280.00")));
    let id = rows[0]["id"].as_str().unwrap();
    let hash: String = Sha256::digest(whole.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let explained: Value =
        serde_json::from_str(&printed(&["explain", id, "--ledger", &ledger, "--format", "json"])).unwrap();
    assert!(explained.to_string().contains(&hash), "{explained}");

    // Another number in the curve is another product.
    std::fs::write(at("products/curves/e82.csv"), CURVE.replace("2000", "2001")).unwrap();
    let other = at("other.sqlite");
    printed(&["replay", &season, "--ledger", &other]);
    let changed = printed(&["explain", id, "--ledger", &other, "--format", "json"]);
    assert!(!changed.contains(&hash), "{changed}");

    // The ledger alone is enough.
    std::fs::remove_dir_all(at("products")).unwrap();
    let explained = printed(&["explain", id, "--ledger", &ledger]);
    assert!(explained.contains("curve = { file = \"curves/e82.csv\" }"), "{explained}");
    assert!(explained.ends_with("computed again from the readings in the ledger: the same\n"), "{explained}");
}

#[test]
fn every_command_reads_the_files_of_a_product() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let product = at("products/park.toml");
    let case = "[[case]]\nid = \"half\"\nfrom = \"2024-03-01\"\nto = \"2024-03-04\"\nsum_insured = \"5000 EUR\"\n\
                [case.series]\nbegins = \"2024-03-01\"\nevery = \"1 d\"\n\
                wind_speed = { unit = \"m/s\", values = \"3 8 13 13\" }\n\
                [case.expect]\nindex = \"72000 kWh\"\namount = \"280.00\"\noutcome = \"pays\"\n";
    std::fs::write(at("products/park.cases.toml"), case).unwrap();
    std::fs::write(
        at("series.csv"),
        "time,wind_speed[m/s]\n2024-03-01,3\n2024-03-02,8\n2024-03-03,13\n2024-03-04,13\n",
    )
    .unwrap();
    printed(&["test", &product]);
    let by_hand = printed(&["index", &product, "--series", &at("series.csv"), "--sum-insured", "5000 EUR"]);
    assert!(by_hand.contains("pays: 280.00 EUR"), "{by_hand}");
    assert!(printed(&["check", &at("products")]).contains("1 product, 1 with cases: no fault"));

    // The text that the ledger keeps is itself a product, wherever it lies.
    std::fs::write(at("whole.toml"), printed(&["check", "--terms", &product])).unwrap();
    assert!(printed(&["check", &at("whole.toml")]).contains("1 product, 0 with cases: no fault"));

    std::fs::remove_file(at("products/curves/e82.csv")).unwrap();
    std::fs::write(at("products/days.csv"), "date\n2024-03-32\n").unwrap();
    for arguments in [
        &["check", &at("")][..],
        &["check", &at("products")],
        &["check", "--terms", &product],
        &["test", &product],
        &["index", &product, "--series", &at("series.csv")],
    ] {
        let said = refused(arguments);
        for fault in [
            "the file `curves/e82.csv` is not there",
            "products/park.toml:19:107",
            "`2024-03-32` is no day of the calendar",
            "products/days.csv:2:1",
        ] {
            assert!(said.contains(fault), "{arguments:?} {fault}: {said}");
        }
    }
}
