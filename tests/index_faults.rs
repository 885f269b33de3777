//! What missing, late, equal and curtailed readings come to (faults F10, F17, F22 and F23 of the catalogue in
//! docs/faults.md), through the call that settles. Each case is a test of its own whose name begins with the fault.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};

use program::fairgauge;
use serde_json::Value;

/// A test for each name: product, series, further arguments, and what is said: outcome and index or reason.
macro_rules! faults {
    ($($name:ident $product:expr, $series:expr, $args:expr => $said:expr;)*) => {
        $(#[test] fn $name() { said($product, &$series, $args, $said); })*
    };
}

const PRODUCT: &str = r#"
[product]
id = "p"
version = 1
name = "P"
currency = "EUR"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[policy]
station = "station"
[data]
sources = ["f/{station}"]
missing = { at_most = "10 %", longest = "1 d" }
[settlement]
lag = "0 d"
longest_wait = "5 d"
rounding = "half_up"
[[cover]]
id = "c"
window = "cover"
index = [ INDEX ]
payout = { when = "WHEN", strike = "10 UNIT", pays = "10 %" }
"#;

fn product(index: &str, when: &str, unit: &str) -> String {
    PRODUCT.replace("INDEX", index).replace("WHEN", when).replace("UNIT", unit)
}

/// Hours of rain made into days of which so much must be there, and their sum.
fn days_of_hours(need: &str) -> String {
    let index = r#"{ read = "precipitation", every = "1 h" }, { per = "day", take = "sum", need = "NEED" }, { reduce = "sum" }"#;
    product(&index.replace("NEED", need), "<", "mm")
}

/// The sum of daily rain, compared so.
fn rain(when: &str) -> String {
    product(r#"{ read = "precipitation", every = "1 d" }, { reduce = "sum" }"#, when, "mm")
}

/// Two days of hours of 1 mm; those that are named are left out.
fn hours(out: &[u32]) -> String {
    let hour = |hour: &u32| format!("2026-06-{:02}T{:02}:00:00Z,1\n", 1 + hour / 24, hour % 24);
    let rows: String = (0..48).filter(|hour| !out.contains(hour)).map(|at| hour(&at)).collect();
    format!("time,precipitation[mm]\n{rows}")
}

/// Ten days of rain; `.` is missing, `-` is no row.
fn days(values: &str) -> String {
    let rows = values.split_whitespace().zip(1..).filter(|(value, _)| *value != "-");
    let rows = rows.map(|(value, day)| format!("2026-06-{day:02},{}\n", value.trim_end_matches('.')));
    format!("time,precipitation[mm]\n{}", rows.collect::<String>())
}

fn said(product: impl AsRef<str>, series: &str, args: &[&str], wanted: &str) {
    let folder = tempfile::tempdir().unwrap();
    let text = product.as_ref();
    let file: PathBuf = if text.contains('\n') {
        let file = folder.path().join("p.toml");
        std::fs::write(&file, text).unwrap();
        file
    } else {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("config/products").join(text)
    };
    let csv = folder.path().join("s.csv");
    std::fs::write(&csv, series).unwrap();
    let output =
        fairgauge().arg("index").arg(&file).arg("--series").arg(&csv).args(["--format", "json"]).args(args).output();
    let output = output.unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let row = &rows[0];
    let index = row["index"]["value"].as_str().or(row["reason_code"].as_str()).unwrap();
    assert_eq!(format!("{} {index}", row["outcome"].as_str().unwrap()), wanted, "{row:#}");
}

/// A quarter of a wind park: energy a day, what the grid took away, and how many of the machines could run.
fn park(energy: &str, curtailed: &str, availability: &str) -> String {
    let day = |day: i64| chrono::NaiveDate::from_ymd_opt(2023, 1, 1).unwrap() + chrono::TimeDelta::days(day);
    let rows = (0..90).map(|number| format!("{},{energy},{curtailed},{availability}\n", day(number)));
    let head = "time,energy[MWh],curtailed_energy[MWh],availability[%]";
    format!("{head}\n{}", rows.collect::<String>())
}

const PERIOD: &[&str] = &["--from", "2026-06-01", "--to", "2026-06-10"];
const QUARTER: &[&str] = &["--from", "2023-01-01", "--to", "2023-03-31", "--sum-insured", "900000 EUR"];
const PARK: &str = "wind-availability-adjusted.toml";

faults! {
    f10_an_hour_of_a_day_where_every_hour_must_be_there days_of_hours("100 %"), hours(&[5]), &[] => "undetermined too_many_missing";
    f10_an_hour_of_a_day_where_nine_of_ten_are_enough days_of_hours("90 %"), hours(&[5]), &[] => "nothing_due 47";
    f10_three_hours_of_a_day_where_nine_of_ten_are_enough days_of_hours("90 %"), hours(&[5, 6, 7]), &[] => "undetermined too_many_missing";
    f10_a_day_of_ten_is_as_much_as_may_be_missing rain("<"), days("1 1 . 1 1 1 1 1 1 1"), PERIOD => "pays 9";
    f10_two_days_of_ten_are_more rain("<"), days("1 1 . 1 1 . 1 1 1 1"), PERIOD => "undetermined too_many_missing";
    f10_nothing_at_all_is_not_zero rain("<"), days("1 - - - - - - - - -"), PERIOD => "undetermined too_many_missing";

    f17_silent_from_the_last_day_on_counts_as_missing rain("<"), days("1 1 1 1 1 1 1 1 1 -"), PERIOD => "pays 9";
    f17_silent_for_the_last_two_days_is_no_dry_spell rain("<"), days("1 1 1 1 1 1 1 1 - -"), PERIOD => "undetermined too_many_missing";
    f17_silent_where_much_is_insured_is_no_calm rain(">"), days("1 1 1 - - - - - - -"), PERIOD => "undetermined too_many_missing";

    f22_exactly_the_strike_is_not_below_it rain("<"), days("1 1 1 1 1 1 1 1 1 1"), PERIOD => "nothing_due 10";
    f22_exactly_the_strike_is_not_above_it rain(">"), days("1 1 1 1 1 1 1 1 1 1"), PERIOD => "nothing_due 10";
    f22_a_millionth_below_the_strike_is_below_it rain("<"), days("1 1 1 1 1 1 1 1 1 0.999999"), PERIOD => "pays 9.999999";
    f22_a_millionth_above_the_strike_is_above_it rain(">"), days("1 1 1 1 1 1 1 1 1 1.000001"), PERIOD => "pays 10.000001";
    f22_ten_tenths_are_one rain(">="), days("0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 9.1"), PERIOD => "pays 10";
    f22_at_most_the_strike rain("<="), days("1 1 1 1 1 1 1 1 1 1"), PERIOD => "pays 10";

    f23_what_the_grid_took_away_is_no_calm PARK, park("225", "100", "95"), QUARTER => "nothing_due 30789.5";
    f23_machines_that_stand_are_no_calm PARK, park("170", "0", "50"), QUARTER => "nothing_due 30600";
    f23_a_calm_quarter_is PARK, park("225", "5", "90"), QUARTER => "pays 23000";
    f23_without_the_account_of_the_grid_nothing_is_said PARK, park("225", "", "90"), QUARTER => "undetermined no_readings";
    f23_without_the_account_of_the_machines_nothing_is_said PARK, park("225", "5", ""), QUARTER => "undetermined no_readings";
}
