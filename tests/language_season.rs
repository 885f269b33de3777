//! A season of two policies with the newer parts of the language, replayed from files: gates, a window around a day that
//! is searched, what another cover paid, limits of a cover, months, a swap. Whatever shows the outcome shows the same.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use program::fairgauge;
use serde_json::Value;

const SETTINGS: &str = r#"
[ledger]
path = "ledger.sqlite"
[book]
products = ["products", "park.toml"]
policies = ["book.csv"]
[feed.daily]
kind = "csv"
file = "daily.csv"
poll = "1 d"
delay = "1 d"
vintage = "final"
[feed.daily.csv]
delimiter = ","
decimal = "."
missing = [""]
station = { is = "s" }
time = { column = "date", format = "%Y-%m-%d", zone = "UTC", stamp = "begin", every = "1 d", starts = "00:00" }
[feed.daily.columns]
rain = { variable = "precipitation", unit = "mm" }
temperature = { variable = "air_temperature", unit = "degC" }
energy = { variable = "energy", unit = "kWh" }
"#;

const REST: &str = r#"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[data]
sources = ["daily/s"]
missing = { at_most = "10 %", longest = "2 d" }
[settlement]
lag = "1 d"
longest_wait = "10 d"
rounding = "half_up"
"#;

/// Frost within 5 to 24 days of the first warm day, where the weather was dry; rain of each month, an advance and its
/// balance.
fn orchard() -> String {
    let frost = |id: &str, gates: &str| {
        format!(
            r#"
[[cover]]
id = "{id}"
window = {{ anchor = [ {{ read = "air_temperature", every = "1 d" }}, {{ meets = ">= 15 degC" }} ], search = {{ from = "04-05", to = "04-30" }}, from = "5 d", to = "24 d", fallback = "05-01" }}
index = [ {{ read = "air_temperature", every = "1 d" }}, {{ meets = "< 4 degC" }}, {{ reduce = "count" }} ]
payout = {{ closed = "below", bands = [ {{ to = "1 d", pays = "0 %" }}, {{ from = "1 d", to = "3 d", pays = "20 %" }}, {{ from = "3 d", pays = "50 %" }} ] }}
{gates}
"#
        )
    };
    let rain = r#"index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]"#;
    let gate = |id: &str, index: &str, holds: &str| {
        format!("[[cover.gate]]\nid = \"{id}\"\nindex = {index}\nholds = \"{holds}\"\n")
    };
    let dry = gate("dry", &rain["index = ".len()..], "< 50 mm");
    let wet = gate("wet", &rain["index = ".len()..], ">= 50 mm");
    let warmest = r#"[ { read = "air_temperature", every = "1 d" }, { reduce = "max" } ]"#;
    let warm = gate("warm", warmest, ">= 15 degC");
    // The keys of a cover stand before its gates.
    let two = |rule: &str, a: &str, b: &str| format!("gates = \"{rule}\"\n{a}{b}");
    format!(
        r#"
[product]
id = "orchard"
version = 1
name = "Orchard: frost after the first warm day, rain by month"
currency = "CNY"
{REST}
[limit]
aggregate = "100 %"
{}{}{}
[[cover]]
id = "advance"
window = {{ each = "month" }}
{rain}
payout = {{ when = "<", strike = "50 mm", pays = "5 %" }}
[[cover]]
id = "balance"
window = {{ each = "month" }}
less = "advance"
limit = {{ cover = "50 %" }}
{rain}
payout = {{ when = "<", strike = "100 mm", exit = "0 mm", limit = "30 %" }}
"#,
        frost("frost-dry", &two("all", &dry, &warm)),
        frost("frost-wet", &two("all", &wet, &warm)),
        frost("frost-either", &two("any", &wet, &warm)),
    )
}

fn park() -> String {
    format!(
        r#"
[product]
id = "park"
version = 1
name = "Park: energy for a fixed price"
currency = "EUR"
{REST}
[[cover]]
id = "swap"
window = {{ each = "month" }}
index = [ {{ read = "energy", every = "1 d" }}, {{ reduce = "sum" }} ]
payout = {{ swap = "1000 kWh", tick = "0.05 EUR/kWh", when = "<", most = "50 EUR", least = "1000 EUR" }}
"#
    )
}

fn season(folder: &Path) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    std::fs::create_dir_all(folder.join("products")).unwrap();
    write("fairgauge.toml", SETTINGS);
    write("products/orchard.toml", &orchard());
    write("park.toml", &park());
    write(
        "book.csv",
        "policy,product,insured,from,to,sum_insured\n\
         O-1,orchard@1,A,2024-04-01,2024-09-30,10000 CNY\n\
         W-1,park@1,B,2024-04-01,2024-09-30,100000 EUR\n",
    );
    write("daily.csv", &daily());
}

/// Rain and energy of a month fall on its fifth day. 12 April is the first warm day: 17 April to 6 May count for frost.
fn daily() -> String {
    let at = |text: &str| text.parse::<NaiveDate>().unwrap();
    let months =
        [("04", 60, 1010), ("05", 20, 400), ("06", 100, 1000), ("07", 0, 2500), ("08", 150, 90_000), ("09", 30, 0)];
    let fifth = |month: &str| at(&format!("2024-{month}-05"));
    let wet: BTreeMap<_, _> = months.iter().map(|(month, rain, energy)| (fifth(month), (*rain, *energy))).collect();
    let cold = BTreeMap::from([("2024-04-16", 1), ("2024-04-17", 3), ("2024-05-06", 2), ("2024-05-07", 0)]);
    let cold: BTreeMap<_, _> = cold.into_iter().map(|(day, degrees)| (at(day), degrees)).collect();
    let days = at("2024-04-01").iter_days().take_while(|day| *day <= at("2024-10-20"));
    let rows = days.map(|day| {
        let (rain, energy) = wet.get(&day).copied().unwrap_or_default();
        let usual = if day < at("2024-04-12") { 10 } else { 16 };
        let temperature = if day == at("2024-04-12") { 15 } else { cold.get(&day).copied().unwrap_or(usual) };
        // One day of May has no rain reading, which the terms allow.
        let rain = if day == at("2024-05-20") { String::new() } else { rain.to_string() };
        format!("{day},{rain},{temperature},{energy}\n")
    });
    format!("date,rain,temperature,energy\n{}", rows.collect::<String>())
}

/// Each determination: id, outcome, amount, minor units, how people are shown it, code, why it is so.
const EXPECTED: [(&str, &str, &str, i64, &str, &str, &str); 21] = [
    ("O-1/frost-dry/2024-04-01", "pays", "2000.00", 200_000, "2,000.00 CNY", "strike_reached", "17 April and 6 May"),
    ("O-1/frost-either/2024-04-01", "pays", "2000.00", 200_000, "2,000.00 CNY", "strike_reached", "it was warm"),
    ("O-1/frost-wet/2024-04-01", "nothing_due", "0.00", 0, "-", "gate_closed", "20 mm in those days"),
    ("O-1/advance/2024-04-01", "nothing_due", "0.00", 0, "-", "strike_not_reached", "60 mm"),
    ("O-1/balance/2024-04-01", "pays", "1200.00", 120_000, "1,200.00 CNY", "strike_reached", "12 %"),
    ("O-1/advance/2024-05-01", "pays", "500.00", 50_000, "500.00 CNY", "strike_reached", "20 mm"),
    ("O-1/balance/2024-05-01", "pays", "1900.00", 190_000, "1,900.00 CNY", "strike_reached", "24 % less 5 %"),
    ("O-1/advance/2024-06-01", "nothing_due", "0.00", 0, "-", "strike_not_reached", "100 mm"),
    ("O-1/balance/2024-06-01", "nothing_due", "0.00", 0, "-", "strike_not_reached", "at the strike"),
    ("O-1/advance/2024-07-01", "pays", "500.00", 50_000, "500.00 CNY", "strike_reached", "0 mm"),
    (
        "O-1/balance/2024-07-01",
        "pays",
        "1900.00",
        190_000,
        "1,900.00 CNY",
        "strike_reached",
        "30 % less 5 %; 19 % are left",
    ),
    ("O-1/advance/2024-08-01", "nothing_due", "0.00", 0, "-", "strike_not_reached", "150 mm"),
    ("O-1/balance/2024-08-01", "nothing_due", "0.00", 0, "-", "strike_not_reached", "150 mm"),
    ("O-1/advance/2024-09-01", "nothing_due", "0.00", 0, "-", "limit_used_up", "100 % are paid: frost stands first"),
    ("O-1/balance/2024-09-01", "nothing_due", "0.00", 0, "-", "limit_used_up", "50 % are paid"),
    ("W-1/swap/2024-04-01", "pays", "-0.50", -50, "-0.50 EUR", "insured_owes", "10 kWh above: the insured owes"),
    ("W-1/swap/2024-05-01", "pays", "30.00", 3_000, "30.00 EUR", "strike_reached", "600 kWh below"),
    ("W-1/swap/2024-06-01", "nothing_due", "0.00", 0, "-", "strike_not_reached", "at the level"),
    ("W-1/swap/2024-07-01", "pays", "-75.00", -7_500, "-75.00 EUR", "insured_owes", "1500 kWh above"),
    ("W-1/swap/2024-08-01", "pays", "-1000.00", -100_000, "-1,000.00 EUR", "insured_owes", "at most 1000 EUR"),
    ("W-1/swap/2024-09-01", "pays", "50.00", 5_000, "50.00 EUR", "strike_reached", "at most 50 EUR"),
];

fn printed(arguments: &[&str]) -> String {
    let output = fairgauge().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

#[test]
fn whatever_shows_the_outcome_shows_the_same() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let (season, ledger) = (folder.path().to_str().unwrap(), folder.path().join("kept.sqlite"));
    let ledger = ledger.to_str().unwrap();
    let replayed: Vec<Value> =
        serde_json::from_value(json(&["replay", season, "--ledger", ledger, "--format", "json"])).unwrap();
    let listed: Vec<Value> =
        serde_json::from_value(json(&["payouts", "list", "--ledger", ledger, "--format", "json"])).unwrap();
    let by_id = |rows: &[Value]| {
        rows.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row.clone())).collect::<BTreeMap<_, _>>()
    };
    let (replayed, listed) = (by_id(&replayed), by_id(&listed));
    assert_eq!((replayed.len(), listed.len()), (EXPECTED.len(), EXPECTED.len()));
    for (id, outcome, amount, .., why) in EXPECTED {
        for row in [&replayed[id], &listed[id]] {
            assert_eq!((&row["outcome"], &row["amount"]), (&outcome.into(), &amount.into()), "{id}, {why}: {row}");
            assert_eq!(row["state"], "final", "{row}");
        }
    }
    in_tables(ledger);
    in_csv(ledger);
    in_sql(ledger);
}

fn in_tables(ledger: &str) {
    let list = printed(&["payouts", "list", "--ledger", ledger]);
    for (id, _, _, _, people, ..) in EXPECTED {
        let parts: Vec<_> = id.split('/').collect();
        let row = list.lines().find(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            words.get(..3) == Some(&parts[..])
        });
        let row = row.unwrap_or_else(|| panic!("{id}: {list}"));
        assert!(row.contains(&format!("  {people}  ")), "{id}: {row}");
    }
    let show = printed(&["payouts", "show", "W-1/swap/2024-08-01", "--ledger", ledger]);
    assert!(show.contains("amount         -1000.00 EUR"), "{show}");
}

fn in_csv(ledger: &str) {
    let csv = printed(&["payouts", "list", "--format", "csv", "--ledger", ledger]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    let rows: BTreeMap<_, _> = rows.map(|row| (row[0].to_owned(), (row[6].to_owned(), row[10].to_owned()))).collect();
    for (id, outcome, amount, ..) in EXPECTED {
        assert_eq!(rows[id], (outcome.to_owned(), amount.to_owned()), "{id}");
    }
}

/// The view, as an insurer's own tool reads it; what one side owes the other sums up by sign.
fn in_sql(ledger: &str) {
    let connection = rusqlite::Connection::open_with_flags(ledger, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    for (id, outcome, amount, minor, _, code, why) in EXPECTED {
        let row: (String, String, i64, String) = connection
            .query_row("SELECT outcome, amount, amount_minor, reason_code FROM payout WHERE id = ?", [id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap();
        assert_eq!(row, (outcome.to_owned(), amount.to_owned(), minor, code.to_owned()), "{id}, {why}");
    }
    let sums = "SELECT sum(max(amount_minor, 0)), sum(min(amount_minor, 0)) FROM payout WHERE currency = 'EUR'";
    let sums: (i64, i64) = connection.query_row(sums, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(sums, (8_000, -107_550));
}

/// Every determination that there ever was, provisional ones too, comes out again of the ledger alone.
#[test]
fn everything_is_computed_again_from_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let ledger = folder.path().join("kept.sqlite");
    let ledger = ledger.to_str().unwrap();
    printed(&["replay", folder.path().to_str().unwrap(), "--ledger", ledger]);
    for name in ["products/orchard.toml", "park.toml", "book.csv", "daily.csv"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let connection = rusqlite::Connection::open_with_flags(ledger, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    // One of each kind; those of a kind differ in nothing but the day.
    let query = "SELECT min(seq) FROM determination GROUP BY id, outcome, state, amount_minor, reason_code";
    let mut statement = connection.prepare(query).unwrap();
    let entries: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(entries.len() > 2 * EXPECTED.len(), "provisional ones are among them: {}", entries.len());
    for entry in entries {
        let explained = printed(&["explain", &entry.to_string(), "--ledger", ledger]);
        assert!(explained.ends_with("computed again from the readings in the ledger: the same\n"), "{explained}");
    }
    let of = |id: &str| printed(&["explain", id, "--ledger", ledger]);
    let frost = of("O-1/frost-dry/2024-04-01");
    for words in [
        "2024-04-12",
        "2024-04-17 to 2024-05-06 are looked at",
        "gate dry: 20 mm is < 50 mm",
        "gate warm: 16 degC is >= 15 degC",
    ] {
        assert!(frost.contains(words), "{words}: {frost}");
    }
    let swap = of("W-1/swap/2024-04-01");
    assert!(swap.contains("the insured owes") && swap.contains("-0.50 EUR"), "{swap}");
    let balance = of("O-1/balance/2024-07-01");
    assert!(balance.contains("less advance") && balance.contains("limit of the cover"), "{balance}");
}
