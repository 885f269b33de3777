//! The five seasons, from recorded feeds to payouts, against what an independent evaluator in Python expects
//! (`tests/reference_model/seasons.py`, written from the documentation and not from this program).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const SEASONS: [&str; 5] = ["lingang-2024", "new-york-2013", "hyderabad-2002", "la-haute-borne-2014", "golden-2016"];

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}

fn replay(season: &str) -> Vec<Value> {
    let run = Command::new(env!("CARGO_BIN_EXE_fairgauge"))
        .args(["replay", "--format", "json"])
        .arg(fixtures().join(season))
        .output()
        .expect("the program starts");
    assert!(run.status.success(), "{season}: {}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).expect("an array of determinations")
}

/// What matters to the insured: outcome, amount with currency, index. A decimal's trailing zeros do not.
fn told(row: &Value) -> (String, String, Option<(String, String)>) {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let index = row["index"].as_object().map(|index| {
        let value = text(&index["value"]);
        let value =
            if value.contains('.') { value.trim_end_matches('0').trim_end_matches('.').to_owned() } else { value };
        (value, text(&index["unit"]))
    });
    (text(&row["outcome"]), format!("{} {}", text(&row["amount"]), text(&row["currency"])), index)
}

/// By policy and cover, in the order of the periods.
fn by_cover(rows: &[Value]) -> BTreeMap<(String, String), Vec<&Value>> {
    let mut covers: BTreeMap<_, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        let name = |key: &str| row[key].as_str().expect("a text").to_owned();
        covers.entry((name("policy"), name("cover"))).or_default().push(row);
    }
    for rows in covers.values_mut() {
        rows.sort_by_key(|row| row["period"]["start"].as_str().map(str::to_owned));
    }
    covers
}

#[test]
fn every_season_comes_out_as_the_independent_evaluator_says() {
    let replays = SEASONS.map(|season| std::thread::spawn(move || replay(season)));
    let mut outcomes: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut compared = 0;
    for (season, rows) in SEASONS.into_iter().zip(replays) {
        let rows = rows.join().expect("the replay");
        let file = std::fs::read(fixtures().join(season).join("expected.json")).expect("the expectation");
        let expected: Vec<Value> = serde_json::from_slice(&file).expect("JSON");
        let (got, expected) = (by_cover(&rows), by_cover(&expected));
        assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{season}");
        for (cover, expected) in expected {
            let got = &got[&cover];
            assert_eq!(got.len(), expected.len(), "{season} {cover:?}");
            for (got, expected) in got.iter().zip(expected) {
                assert_eq!(told(got), told(expected), "{season} {cover:?} {}", got["reason"]);
                assert_eq!(got["state"], "final", "{season} {cover:?}");
                *outcomes.entry((season, told(got).0)).or_default() += 1;
                compared += 1;
            }
        }
    }
    println!("{compared} determinations compared");
    assert!(compared >= 70, "{compared}");
    for outcome in ["pays", "nothing_due", "undetermined"] {
        assert!(outcomes.contains_key(&("new-york-2013", outcome.to_owned())), "new-york-2013 has one that {outcome}");
    }
}
