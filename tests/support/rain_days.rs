//! Rain by days at station `s` from 1 March 2024 on, as settings and recorded files; and its replay.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::program::{fairgauge, replay};

/// Settings without feeds: products in `products/`, policies in `book.csv`.
pub const SETTINGS: &str = r#"
[ledger]
path = "ledger.sqlite"
[book]
products = "products"
policies = ["book.csv"]
"#;

/// The first line of a book.
pub const HEADER: &str = "policy,product,insured,from,to,sum_insured,station\n";

/// The sources of a term sheet: the feed `daily` alone.
pub const DAILY: &str = r#"sources = ["daily/{station}"]"#;

/// A cover that pays 100 CNY for each mm above 50.
pub const WET: &str = r#"
[[cover]]
id = "rain"
window = "cover"
index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
payout = { when = ">", strike = "50 mm", tick = "100 CNY/mm", limit = "60 %" }
"#;

/// A term sheet in CNY: its sources, what its settlement has beside the longest wait, its covers and their limits.
pub fn product(id: &str, sources: &str, settlement: &str, covers: &str) -> String {
    format!(
        r#"
[product]
id = "{id}"
version = 1
name = "Rain by days"
currency = "CNY"
day = {{ zone = "UTC", starts = "00:00" }}
[exposure]
sum_insured = "policy"
[policy]
station = "station"
[data]
{sources}
missing = {{ at_most = "10 %", longest = "2 d" }}
[settlement]
longest_wait = "10 d"
rounding = "half_up"
{settlement}
{covers}
"#
    )
}

/// Writes settings with these feeds, products by their names, and the rows of the book; the recorded files are left.
pub fn write(folder: &Path, feeds: &str, products: &[(&str, String)], policies: &str) {
    std::fs::create_dir_all(folder.join("products")).unwrap();
    std::fs::write(folder.join("fairgauge.toml"), format!("{SETTINGS}{feeds}")).unwrap();
    for (name, product) in products {
        std::fs::write(folder.join(format!("products/{name}.toml")), product).unwrap();
    }
    std::fs::write(folder.join("book.csv"), format!("{HEADER}{policies}")).unwrap();
}

/// The settings of a feed that reads `<name>.csv` each day and knows a day after `delay`.
pub fn feed(name: &str, delay: &str) -> String {
    feed_each(name, "1 d", delay)
}

/// The same of one that is read as often as `poll` says.
pub fn feed_each(name: &str, poll: &str, delay: &str) -> String {
    format!(
        r#"
[feed.{name}]
kind = "csv"
file = "{name}.csv"
poll = "{poll}"
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
    serde_json::from_slice(&replay(folder, ledger)).unwrap()
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
