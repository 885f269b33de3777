//! The same season gives the same bytes: what is printed, and what the ledger holds.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::path::Path;

use program::{contents, fairgauge};

/// Replays a season into a ledger of a folder of its own; gives what was printed and what the ledger holds.
fn replay(season: &Path, format: &str) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = fairgauge();
    command.current_dir(folder.path()).arg("replay").arg(season).args([
        "--ledger",
        "ledger.sqlite",
        "--format",
        format,
    ]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), contents(&folder.path().join("ledger.sqlite")))
}

fn the_same_again(season: &str) {
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(season);
    let (table, ledger) = replay(&season, "table");
    let (json, ledger_of_json) = replay(&season, "json");
    assert!(table.contains("PRODUCT") && json.starts_with('['), "{table}\n{json}");
    for (format, before) in [("table", &table), ("json", &json)] {
        let (now, held) = replay(&season, format);
        assert!(now == *before, "printed as {format}:\n{before}\nand then\n{now}");
        let differs = held.iter().zip(&ledger).find(|(now, before)| now != before);
        assert_eq!(differs, None);
        assert_eq!(held.len(), ledger.len());
    }
    assert!(ledger_of_json == ledger, "how it is printed changes nothing");
}

#[test]
fn golden_2016() {
    the_same_again("golden-2016");
}

#[test]
fn hyderabad_2002() {
    the_same_again("hyderabad-2002");
}

#[test]
fn la_haute_borne_2014() {
    the_same_again("la-haute-borne-2014");
}

#[test]
fn lingang_2024() {
    the_same_again("lingang-2024");
}

#[test]
fn new_york_2013() {
    the_same_again("new-york-2013");
}
