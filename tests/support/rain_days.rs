//! Rain by days at station `s` from 1 March 2024 on, as settings and recorded files; and its replay.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::program::fairgauge;

/// Settings without feeds: products in `products/`, policies in `book.csv`.
pub const SETTINGS: &str = r#"
[ledger]
path = "ledger.sqlite"
[book]
products = "products"
policies = ["book.csv"]
"#;

/// The settings of a feed that reads `<name>.csv` each day and knows a day after `delay`.
pub fn feed(name: &str, delay: &str) -> String {
    format!(
        r#"
[feed.{name}]
kind = "csv"
file = "{name}.csv"
poll = "1 d"
delay = "{delay}"
vintage = "final"
[feed.{name}.csv]
delimiter = ","
decimal = "."
missing = [""]
station = {{ is = "s" }}
time = {{ column = "date", format = "%Y-%m-%d", zone = "UTC", stamp = "begin", every = "1 d", starts = "00:00" }}
[feed.{name}.columns]
rain = {{ variable = "precipitation", unit = "mm" }}
"#
    )
}

/// So many days with what falls, in millimetres, on days `MM-DD`; on all others none.
pub fn days(count: usize, falls: &[(&str, &str)]) -> String {
    let falls: BTreeMap<_, _> = falls.iter().copied().collect();
    let first: chrono::NaiveDate = "2024-03-01".parse().unwrap();
    let days = first.iter_days().take(count).map(|day| day.to_string());
    let row = |day: String| format!("{day},{}\n", falls.get(&day[5..]).unwrap_or(&"0"));
    format!("date,rain\n{}", days.map(row).collect::<String>())
}

/// The determinations of a replay, which `ledger` keeps.
pub fn replayed(folder: &Path, ledger: &Path) -> Vec<Value> {
    let run = fairgauge().arg("replay").arg(folder).arg("--ledger").arg(ledger).args(["--format", "json"]).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

/// The text of a member.
pub fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap().to_owned()
}

/// That a determination follows from what the ledger keeps.
pub fn assert_computed_again(id: &str, ledger: &Path) {
    let explained = fairgauge().args(["explain", id]).arg("--ledger").arg(ledger).output().unwrap();
    let text = String::from_utf8_lossy(&explained.stdout);
    assert!(explained.status.success() && text.contains("computed again"), "{id}: {text}");
}
