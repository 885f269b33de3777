//! `fairgauge index`: one index by hand, its numbers, its words and its exit status.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

const RAIN: &str = r#"
[product]
id = "rain"
version = 1
name = "Too much rain"
currency = "CNY"
day = { zone = "UTC", starts = "00:00" }

[exposure]
sum_insured = "policy"

[policy]
station = "station"

[data]
sources = ["gauge/{station}"]
missing = { at_most = "25 %", longest = "1 d" }

[settlement]
lag = "1 d"
longest_wait = "10 d"
rounding = "half_up"

[[cover]]
id = "wet"
window = "cover"
index = [ { read = "precipitation", every = "1 d" }, { cap = "10 mm" }, { reduce = "sum" } ]
payout = { when = ">", strike = "10 mm", exit = "20 mm", limit = "100 %" }
"#;

const SERIES: &str =
    "# A gauge.\ntime,precipitation[mm]\n2024-06-01,3.2\n2024-06-02,12.4\n\n2024-06-03,0\n2024-06-04,\n";

/// What the command said.
struct Said {
    status: i32,
    out: String,
    err: String,
}

impl Said {
    /// The determinations of a run without fault.
    fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }

    /// `start end index unit amount` of each, or the reason's code where there is no index.
    fn numbers(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let one = |row: &Value| {
            let index = match &row["index"] {
                Value::Null => text(&row["reason_code"]),
                index => format!("{} {}", text(&index["value"]), text(&index["unit"])),
            };
            let period = &row["period"];
            format!("{} {} {index} {}", text(&period["start"]), text(&period["end"]), text(&row["amount"]))
        };
        self.rows().iter().map(one).collect()
    }
}

/// Runs it in a folder of its own, so that messages name the files as they are called there.
fn index(product: &str, series: &str, args: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("product.toml"), product).unwrap();
    std::fs::write(folder.path().join("series.csv"), series).unwrap();
    run(folder.path(), &[&["product.toml", "--series", "series.csv"], args].concat())
}

fn run(folder: &Path, args: &[&str]) -> Said {
    let output = program::fairgauge().arg("index").args(args).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn json(product: &str, series: &str, args: &[&str]) -> Said {
    index(product, series, &[&["--format", "json"], args].concat())
}

/// A day's readings, `1 mm` each, from and to a date.
fn days(from: &str, to: &str) -> String {
    let [from, to]: [chrono::NaiveDate; 2] = [from, to].map(|date| date.parse().unwrap());
    let dates = from.iter_days().take_while(|date| *date <= to);
    dates.fold("time,precipitation[mm]\n".to_owned(), |mut text, date| {
        writeln!(text, "{date},1").unwrap();
        text
    })
}

/// The product with another window and without its cap.
fn window(window: &str) -> String {
    RAIN.replace("window = \"cover\"", &format!("window = {window}")).replace("{ cap = \"10 mm\" }, ", "")
}

#[test]
fn what_is_paid_in_advance_is_shown_by_date() {
    let product = RAIN.replace("window = \"cover\"", "window = \"cover\"\ninterim = \"10 CNY\"");
    let series = SERIES.replace("2024-06-04,\n", "2024-06-04,1\n");
    for (args, payments, amount, says, why) in [
        (&["--as-of", "2024-06-02"][..], vec![], "32.00", "more may be due, less cannot", "the lag is a day"),
        (
            &["--as-of", "2024-06-03"],
            vec!["32.00 on 2024-06-03"],
            "32.00",
            "all of it was paid in advance",
            "then it is paid",
        ),
        (
            &[],
            vec!["32.00 on 2024-06-03"],
            "42.00",
            "32.00 CNY of it were paid in advance, 10.00 CNY are left",
            "in the end",
        ),
    ] {
        let rows = json(&product, &series, args).rows();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let paid = rows[0].get("interim").map(|list| list.as_array().unwrap().clone()).unwrap_or_default();
        let paid: Vec<_> =
            paid.iter().map(|one| format!("{} on {}", text(&one["amount"]), text(&one["date"]))).collect();
        assert_eq!(paid, payments, "{why}");
        assert_eq!(rows[0]["amount"], amount, "{why}");
        assert!(text(&rows[0]["reason"]).contains(says), "{why}: {}", rows[0]["reason"]);
    }
    let table = index(&product, &series, &[]);
    assert!(
        table.out.contains("  paid in advance on 2024-06-03: 32.00 CNY, 13.2 mm is > 10 mm; no later"),
        "{}",
        table.out
    );
}

#[test]
fn the_object_of_a_period() {
    let rows = json(RAIN, SERIES, &[]).rows();
    let expected = json!([{
        "product": "rain@1",
        "cover": "wet",
        "period": {
            "start": "2024-06-01",
            "end": "2024-06-04",
            "from": "2024-06-01T00:00:00.000Z",
            "to": "2024-06-05T00:00:00.000Z",
        },
        "state": "final",
        "outcome": "pays",
        "index": { "value": "13.2", "unit": "mm" },
        "trigger": "> 10 mm",
        "amount": "32.00",
        "currency": "CNY",
        "reason": "13.2 mm is > 10 mm",
        "reason_code": "strike_reached",
        "sources": [{ "feed": "gauge", "station": "series", "variable": "precipitation", "disposition": "used", "asked": 4, "used": 3,
            "missing": 0, "stale": 1, "not_final": 0, "refused": 0, "apart": 0 }],
        "steps": [
            {
                "block": "{ read = \"precipitation\", every = \"1 d\" }",
                "result": "3 of 4 from gauge/series; 3 values of 1 d, 1 missing; 0 to 12.4 mm, in all 15.6 mm",
            },
            { "block": "missing", "result": "1 of 4: within the terms" },
            { "block": "{ cap = \"10 mm\" }", "result": "3 values of 1 d, 1 missing; 0 to 10 mm, in all 13.2 mm" },
            { "block": "{ reduce = \"sum\" }", "result": "13.2 mm" },
            {
                "block": "{ when = \">\", strike = \"10 mm\", exit = \"20 mm\", limit = \"100 %\" }",
                "result": "3.2 mm of the 10 mm from strike 10 to exit 20, at most all of it, \
                           x 100 % of the sum insured, 100 CNY: 100 CNY = 32 CNY",
            },
            { "block": "outcome", "result": "pays: 32.00 CNY" },
        ],
    }]);
    assert_eq!(Value::from(rows), expected);
}

#[test]
fn the_values_of_each_series_can_be_shown() {
    let row = json(RAIN, SERIES, &["--values"]).rows().remove(0);
    let of = |step: usize| row["steps"][step]["values"].clone();
    let at = |day: u32, value: Option<&str>| json!([format!("2024-06-0{day}T00:00:00.000Z"), value]);
    let readings = [at(1, Some("3.2")), at(2, Some("12.4")), at(3, Some("0")), at(4, None)];
    assert_eq!(of(0), json!(readings), "as read, a missing day is null");
    assert_eq!(of(1), Value::Null, "the missing rule has none");
    assert_eq!(of(2)[1], at(2, Some("10")), "as capped");
    assert_eq!(of(3), Value::Null, "a number is no series");
    let table = index(RAIN, SERIES, &["--values"]).out;
    assert!(table.contains("        2024-06-02T00:00:00.000Z  10\n"), "{table}");
    assert!(table.contains("        2024-06-04T00:00:00.000Z  missing\n"), "{table}");
    assert!(json(RAIN, SERIES, &[]).rows()[0]["steps"][0]["values"].is_null(), "only where they are asked for");
    let csv = index(RAIN, SERIES, &["--values", "--format", "csv"]);
    assert_eq!((csv.status, csv.err.contains("leave out --values")), (1, true), "{}", csv.err);
}

#[test]
fn values_stand_behind_each_block_of_a_series() {
    let rows = json(RAIN, SERIES, &["--values"]).rows();
    let steps = rows[0]["steps"].as_array().unwrap();
    let values = json!([
        ["2024-06-01T00:00:00.000Z", "3.2"],
        ["2024-06-02T00:00:00.000Z", "10"],
        ["2024-06-03T00:00:00.000Z", "0"],
        ["2024-06-04T00:00:00.000Z", null],
    ]);
    assert_eq!(steps[2]["values"], values, "capped; what is missing is null");
    assert_eq!(steps[0]["values"][1], json!(["2024-06-02T00:00:00.000Z", "12.4"]));
    for step in [1, 3, 4, 5] {
        assert_eq!(steps[step].get("values"), None, "there is no series: {}", steps[step]);
    }
    let met = RAIN.replace("{ reduce = \"sum\" }", "{ meets = \"> 1 mm\" }, { reduce = \"count\" }");
    let met = met.replace(
        "{ when = \">\", strike = \"10 mm\", exit = \"20 mm\"",
        "{ when = \">\", strike = \"1 d\", exit = \"2 d\"",
    );
    let rows = json(&met, SERIES, &["--values"]).rows();
    let flags: Vec<_> = rows[0]["steps"][3]["values"].as_array().unwrap().iter().map(|pair| pair[1].clone()).collect();
    assert_eq!(flags, [json!("1"), json!("1"), json!("0"), Value::Null]);
}

/// The values that the page shows are those of its example.
#[test]
fn the_documented_values_are_those_of_the_example() {
    let page = include_str!("../docs/index-by-hand.md");
    let block = |fence: &str, place: usize| page.split(fence).nth(place).unwrap().split("```").next().unwrap();
    let rows = json(
        block("```toml rain.toml\n", 1),
        block("```csv rain.csv\n", 1),
        &["--values", "--sum-insured", "50000 CNY"],
    )
    .rows();
    let documented: Value = serde_json::from_str(block("```json\n", 2)).unwrap();
    assert_eq!(rows[0]["steps"][2], documented);
}

#[test]
fn where_there_is_no_index_there_is_a_reason() {
    let said = json(RAIN, &SERIES.replace("2024-06-03,0\n", ""), &[]);
    let rows = said.rows();
    assert_eq!(rows[0]["index"], Value::Null);
    assert_eq!(rows[0]["outcome"], "undetermined");
    assert_eq!(rows[0]["amount"], "0.00");
    assert_eq!(rows[0]["reason_code"], "too_many_missing");
    assert_eq!(rows[0]["reason"], "2 of 4 values are missing (50.00 %), the terms allow 25 %");
    assert_eq!(json(RAIN, SERIES, &["--to", "2024-06-03", "--from", "2024-06-03"]).rows()[0]["outcome"], "nothing_due");
}

#[test]
fn people_and_pipes_are_told_the_same() {
    let table = index(RAIN, SERIES, &[]);
    assert_eq!(table.status, 0);
    assert!(table.out.starts_with("rain@1 wet, 2024-06-01 to 2024-06-04\n"), "{}", table.out);
    assert!(table.out.contains("  { reduce = \"sum\" }\n      = 13.2 mm\n"), "{}", table.out);
    assert!(table.out.ends_with("  pays: 13.2 mm is > 10 mm\n\n"), "{}", table.out);
    let lines = index(RAIN, SERIES, &["--format", "jsonl"]);
    assert_eq!(lines.out.lines().count(), 1);
    let line: Value = serde_json::from_str(&lines.out).unwrap();
    assert_eq!(vec![line], json(RAIN, SERIES, &[]).rows());
    let rows = index(RAIN, SERIES, &["--format", "csv"]);
    assert_eq!(rows.status, 0);
    let expected = "product,cover,start,end,outcome,index,unit,amount,currency,reason_code\n\
                    rain@1,wet,2024-06-01,2024-06-04,pays,13.2,mm,32.00,CNY,strike_reached\n";
    assert_eq!(rows.out, expected);
    let none = index(RAIN, &SERIES.replace("2024-06-03,0\n", ""), &["--format", "csv"]);
    assert!(none.out.ends_with("undetermined,,,0.00,CNY,too_many_missing\n"), "{}", none.out);
}

#[test]
fn each_calendar_year_has_its_own_policy() {
    let said = json(&window("{ from = \"06-01\", to = \"06-20\" }"), &days("2023-05-01", "2025-06-10"), &[]);
    let expected = [
        "2023-06-01 2023-06-20 20 mm 100.00",
        "2024-06-01 2024-06-20 20 mm 100.00",
        "2025-06-01 2025-06-20 too_many_missing 0.00",
    ];
    assert_eq!(said.numbers(), expected, "the last window is told of in part");

    let said = json(&window("{ from = \"12-25\", to = \"01-05\" }"), &days("2022-12-20", "2024-01-31"), &[]);
    assert_eq!(said.numbers(), ["2022-12-25 2023-01-05 12 mm 20.00", "2023-12-25 2024-01-05 12 mm 20.00"]);

    let each_month = window("{ each = \"month\" }").replace("[[cover]]", "[limit]\naggregate = \"100 %\"\n[[cover]]");
    let said = json(&each_month, &days("2023-12-01", "2024-02-29"), &[]);
    let expected = [
        "2023-12-01 2023-12-31 31 mm 100.00",
        "2024-01-01 2024-01-31 31 mm 100.00",
        "2024-02-01 2024-02-29 29 mm 100.00",
    ];
    assert_eq!(said.numbers(), expected, "months over the year's end, only those that are told of");
}

/// A window from 20 June to 19 June is a day longer where a 29 February lies in it.
#[test]
fn a_whole_year_over_the_years_end_may_have_a_29_february() {
    let said = json(&window("{ from = \"06-20\", to = \"06-19\" }"), &days("2023-06-20", "2025-06-19"), &[]);
    assert_eq!(said.numbers(), ["2023-06-20 2024-06-19 366 mm 100.00", "2024-06-20 2025-06-19 365 mm 100.00"]);
}

#[test]
fn a_cover_period_can_be_given() {
    let series = days("2024-06-01", "2024-06-30");
    let numbers = |product: &str, args: &[&str]| json(product, &series, args).numbers();
    let whole = window("\"cover\"");
    assert_eq!(numbers(&whole, &[]), ["2024-06-01 2024-06-30 30 mm 100.00"]);
    assert_eq!(numbers(&whole, &["--from", "2024-06-20"]), ["2024-06-20 2024-06-30 11 mm 10.00"]);
    assert_eq!(numbers(&whole, &["--to", "2024-06-12"]), ["2024-06-01 2024-06-12 12 mm 20.00"]);
    let both = ["--from", "2024-06-03", "--to", "2024-06-15"];
    assert_eq!(numbers(&whole, &both), ["2024-06-03 2024-06-15 13 mm 30.00"]);
    let cut = json(&window("{ from = \"06-01\", to = \"06-20\" }"), &series, &both);
    assert_eq!(cut.status, 78);
    assert!(cut.err.contains("the window 06-01 to 06-20 does not lie inside the cover period"), "{}", cut.err);
}

#[test]
fn what_a_policy_gives_can_be_given() {
    assert_eq!(json(RAIN, SERIES, &["--sum-insured", "50000 CNY"]).rows()[0]["amount"], "16000.00");

    let per_hectare = RAIN
        .replace("sum_insured = \"policy\"", "per = \"ha\"")
        .replace("exit = \"20 mm\", limit = \"100 %\"", "tick = \"1.2 CNY/mm\", limit = \"150 CNY\"");
    assert_eq!(json(&per_hectare, SERIES, &[]).rows()[0]["amount"], "3.84", "one hectare: 3.2 mm x 1.2 CNY/mm");
    assert_eq!(json(&per_hectare, SERIES, &["--units", "12.5 ha"]).rows()[0]["amount"], "48.00");

    let term = RAIN
        .replace("station = \"station\"", "station = \"station\"\nmost = \"mm\"")
        .replace("{ cap = \"10 mm\" }", "{ cap = \"{most}\" }");
    assert_eq!(json(&term, SERIES, &["--given", "most=12 mm"]).numbers(), ["2024-06-01 2024-06-04 15.2 mm 52.00"]);
}

#[test]
fn of_several_stations_one_is_read() {
    let series = "time,station,precipitation[mm]\n\
                  2024-06-01,JFK,11\n2024-06-01,LGA,1\n2024-06-02,JFK,1\n2024-06-02,LGA,4\n";
    let of = |station: &str| json(RAIN, series, &["--given", &format!("station={station}")]).numbers();
    assert_eq!(of("JFK"), ["2024-06-01 2024-06-02 11 mm 10.00"], "10 mm, capped, and 1 mm");
    assert_eq!(of("LGA"), ["2024-06-01 2024-06-02 5 mm 0.00"]);
    let one = "time,station,precipitation[mm]\n2024-06-01,JFK,11\n";
    assert_eq!(json(RAIN, one, &[]).numbers(), ["2024-06-01 2024-06-01 10 mm 0.00"], "one station needs no name");
}

/// The product with a second station, from which each gap is filled, and the least that may be missing.
fn with_neighbour() -> String {
    RAIN.replace("station = \"station\"", "station = \"station\"\nneighbour = \"station\"")
        .replace("[\"gauge/{station}\"]", "[\"gauge/{station}\", \"cells/{neighbour}\"]\nfallback = \"reading\"")
        .replace("{ cap = \"10 mm\" }, ", "")
        .replace("25 %", "50 %")
}

/// Runs a product over files of these names and texts.
fn over(product: &str, files: &[(&str, &str)], args: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("product.toml"), product).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    run(folder.path(), &[&["product.toml", "--format", "json"], args].concat())
}

#[test]
fn every_source_is_served() {
    let gauge = "time,precipitation[mm]\n2024-06-01,1\n2024-06-02,\n2024-06-03,4\n";
    let cells = "time,precipitation[mm]\n2024-06-01,100\n2024-06-02,20\n2024-06-03,400\n";
    let both = "time,station,precipitation[mm]\n2024-06-01,JFK,1\n2024-06-02,JFK,\n2024-06-03,JFK,4\n\
                2024-06-01,LGA,100\n2024-06-02,LGA,30\n2024-06-03,LGA,400\n";
    let files = [("gauge.csv", gauge), ("cells.csv", cells), ("both.csv", both)];
    let product = with_neighbour();
    let given = ["--given", "station=JFK", "--given", "neighbour=LGA"];
    for (args, number, why) in [
        (["--series", "gauge.csv"].as_slice(), "5 mm", "one file for all: the same gap in both sources"),
        (&["--series", "gauge.csv", "--series", "cells=cells.csv"], "25 mm", "the second source has its own"),
        (&["--series", "cells=cells.csv", "--series", "gauge=gauge.csv"], "25 mm", "each has its own"),
        (&["--series", "both.csv"], "35 mm", "each its rows, by the name of its station"),
        (&["--series", "both.csv", "--series", "cells/LGA=cells.csv"], "25 mm", "the file that is meant goes before"),
        (&["--series", "both.csv", "--series", "cells=cells.csv"], "25 mm", "also without the station's name"),
        (&["--series", "./gauge.csv", "--series", "cells/LGA=both.csv"], "35 mm", "only the station's rows of it"),
    ] {
        let said = over(&product, &files, &[args, &given[..]].concat());
        assert_eq!(said.status, 0, "{why}: {}", said.err);
        assert!(said.numbers()[0].starts_with(&format!("2024-06-01 2024-06-03 {number} ")), "{why}: {}", said.out);
    }
    for (args, message, hint) in [
        (
            ["--series", "cells=cells.csv"].as_slice(),
            "no series is meant for `gauge/JFK`, whose precipitation the cover reads",
            "add one for it, or one for all sources",
        ),
        (
            &["--series", "gauge.csv", "--series", "cels=cells.csv"],
            "the product reads no feed `cels`",
            "did you mean `cells`?",
        ),
        (
            &["--series", "gauge.csv", "--series", "cells/LGB=cells.csv"],
            "nothing reads a station `LGB`",
            "did you mean `LGA`?",
        ),
        (
            &["--series", "gauge.csv", "--series", "cells/EWR=both.csv"],
            "the series has no row of `EWR`",
            "name another station",
        ),
        (
            &["--series", "gauge.csv", "--series", "gauge.csv"],
            "this time stands in the series twice",
            "leave one of the two rows",
        ),
        (&["--series", "gauge.csv", "--series", "absent.csv"], "the file cannot be read", "--series FILE"),
    ] {
        let said = over(&product, &files, &[args, &given[..]].concat());
        assert_eq!((said.status, &*said.out), (78, ""), "{args:?}");
        assert!(said.err.contains(message) && said.err.contains(hint), "{message}\n{}", said.err);
    }
    let named = over(&product, &files, &["--series", "both.csv", "--given", "station=JKF", "--given", "neighbour=LGA"]);
    assert!(named.err.contains("rows of JFK, LGA, and the cover reads `JKF`"), "{}", named.err);
    let inches = [files[0], ("inches.csv", "time,precipitation[inch]\n2024-06-04,1\n")];
    let said = over(&product, &inches, &[&["--series", "gauge.csv", "--series", "inches.csv"], &given[..]].concat());
    assert!(said.err.contains("precipitation of one station is told in mm and in inch"), "{}", said.err);
}

/// As known on a day: what is over by then is known, and what the daemon would say.
#[test]
fn what_is_reported_and_read_by_steps_is_learned_once() {
    let steps = r#"{ read = "precipitation", every = "1 d" }"#;
    let both = RAIN.replace(steps, r#"{ report = "precipitation", none = "nothing" }"#)
        + r#"
            [[cover.gate]]
            id = "no-cloudburst"
            index = [ { read = "precipitation", every = "1 h" }, { reduce = "max" } ]
            holds = "< 50 mm"
        "#;
    let mut series = "time,precipitation[mm]\n".to_owned();
    for hour in 0..24 {
        writeln!(series, "2024-06-01T{hour:02}:00:00Z,{}", hour % 2).unwrap();
    }
    let said = json(&both, &series, &[]);
    assert_eq!(said.numbers(), ["2024-06-01 2024-06-01 12 mm 20.00"], "not 24 mm");
}

#[test]
fn as_known_on_a_day() {
    // The season's four days, and one behind them: then all readings are there.
    let series = "time,precipitation[mm]\n2024-06-01,3.2\n2024-06-02,12.4\n2024-06-03,0\n2024-06-04,\n2024-06-05,0\n";
    let told = |as_of: &str| {
        let args = ["--from", "2024-06-01", "--to", "2024-06-04", "--as-of", as_of];
        let row = json(RAIN, series, &args).rows().remove(0);
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        format!("{} {} {}", text("state"), text("reason_code"), text("amount"))
    };
    for (as_of, expected, why) in [
        ("2024-06-01", "provisional period_running 0.00", "3.2 mm so far"),
        ("2024-06-02T23:59:59Z", "provisional period_running 0.00", "the second day is not over"),
        ("2024-06-02", "provisional pays_so_far 32.00", "at its end it is: more may be due, less cannot"),
        ("2024-06-04", "provisional pays_so_far 32.00", "the last day has not come yet"),
        ("2024-06-05", "final strike_reached 32.00", "a later day has, and the lag is over"),
        ("2024-06-05T23:59:59Z", "provisional pays_so_far 32.00", "a second before"),
    ] {
        assert_eq!(told(as_of), expected, "{as_of}: {why}");
    }
    let table = index(RAIN, series, &["--to", "2024-06-04", "--as-of", "2024-06-02"]);
    assert!(
        table.out.ends_with("  pays, provisional: 13.2 mm is > 10 mm; more may be due, less cannot\n\n"),
        "{}",
        table.out
    );
    assert_eq!(index(RAIN, series, &["--as-of", "June"]).status, 2);
}

#[test]
fn an_aggregate_is_eroded_by_what_was_paid_before() {
    let limited = RAIN.replace("[[cover]]", "[limit]\naggregate = \"100 %\"\n[[cover]]");
    let paid = |before: &str| json(&limited, SERIES, &["--paid-before", before]);
    for (before, amount, code) in [
        ("68 CNY", "32.00", "strike_reached"),
        ("68.01 CNY", "31.99", "strike_reached"),
        ("100 CNY", "0.00", "limit_used_up"),
    ] {
        let row = paid(before).rows().remove(0);
        assert_eq!((&row["amount"], &row["reason_code"]), (&json!(amount), &json!(code)), "{before}");
    }
    for before in ["68", "68 EUR", "0.001 CNY", "all"] {
        let said = paid(before);
        assert_eq!(said.status, 78);
        assert!(said.err.contains("is no amount in CNY, to its minor unit"), "{}", said.err);
    }
}

/// Every fault names file, line and column, and how to mend it.
#[test]
fn faults_of_the_series() {
    let hourly = RAIN.replace("every = \"1 d\"", "every = \"1 h\"");
    let fixed = RAIN.replace("[policy]\nstation = \"station\"\n", "").replace("gauge/{station}", "gauge/farm");
    for (product, series, position, message, hint) in [
        (RAIN, "date,precipitation[mm]\n2024-06-01,1\n", "1:1", "the first column is not `time`", "name it so"),
        (
            RAIN,
            "time,precipitation\n2024-06-01,1\n",
            "1:6",
            "`precipitation` is no column of a series",
            "write variable[unit], as in precipitation[mm]",
        ),
        (
            RAIN,
            "# gauge\n\ntime,wind_speed[m/s],precipitatoin[mm]\n2024-06-01,1,1\n",
            "3:22",
            "`precipitatoin[mm]` is no column of a series",
            "did you mean `precipitation`?",
        ),
        (
            RAIN,
            "time,precipitation[degC]\n2024-06-01,1\n",
            "1:6",
            "`precipitation[degC]` is no column of a series",
            "precipitation is not measured in degC; its own unit is mm",
        ),
        (
            RAIN,
            "time,precipitation[mn]\n2024-06-01,1\n",
            "1:6",
            "`precipitation[mn]` is no column of a series",
            "did you mean",
        ),
        (
            RAIN,
            "time,precipitation[mm],precipitation[inch]\n2024-06-01,1,1\n",
            "1:24",
            "two columns hold precipitation",
            "leave one of them out",
        ),
        (RAIN, "time,wind_speed[m/s]\n2024-06-01,1\n", "1:1", "no column of precipitation", "add precipitation[mm]"),
        (RAIN, "time,precipitation[mm]\n", "1:1", "the series has no reading", "begin it with"),
        (
            RAIN,
            "time,precipitation[mm]\r\n# a comma\r\n2024-06-01,\"1,5\"\r\n",
            "3:12",
            "`1,5` is not a decimal number",
            "a missing value is an empty field",
        ),
        (
            RAIN,
            "\u{feff}time,wind_speed[m/s],precipitation[mm]\n2024-06-01,1,NaN\n",
            "2:14",
            "`NaN` is not a decimal number",
            "a missing value is an empty field",
        ),
        (
            RAIN,
            "time,precipitation[mm]\n2024-06-01,-0.1\n",
            "2:12",
            "-0.1 mm of precipitation is below zero",
            "a missing value is an empty field",
        ),
        (
            RAIN,
            "time,precipitation[mm]\n2024-06-31,1\n",
            "2:1",
            "`2024-06-31` is no time",
            "write a date, 2024-06-01, or an instant with its offset",
        ),
        (RAIN, "time,precipitation[mm]\n2024-06-01T00:00:00,1\n", "2:1", "is no time", "with its offset"),
        (RAIN, "time,precipitation[mm]\n9999-12-31,1\n", "2:1", "`9999-12-31` is no time", "write a date"),
        (
            RAIN,
            "time,precipitation[mm]\n2024-06-01\n",
            "2:1",
            "the row has 1 fields, the header has 2",
            "double quotes",
        ),
        (
            RAIN,
            "time,precipitation[mm]\n2024-06-01T05:00:00Z,1\n",
            "2:1",
            "the product reads insured days, and no insured day begins at this instant",
            "write dates",
        ),
        (
            &hourly,
            "time,precipitation[mm]\n2024-06-01,1\n",
            "2:1",
            "the product reads steps of a day, and this is a date",
            "write instants",
        ),
        (
            &hourly,
            "time,precipitation[mm]\n2024-06-01T00:00:00Z,1\n2024-06-01T00:10:00Z,1\n",
            "3:1",
            "this step begins before the one before it is over: the product reads steps of 1 h",
            "write one row for each 1 h",
        ),
        (
            RAIN,
            "time,precipitation[mm]\n2024-06-01,1\n2024-06-02,1\n2024-06-01,2\n",
            "4:1",
            "this time stands in the series twice",
            "leave one of the two rows",
        ),
        (
            RAIN,
            "time,station,precipitation[mm]\n2024-06-01,JFK,1\n2024-06-01,LGA,2\n",
            "1:1",
            "the series has rows of JFK, LGA, and it is open which is `station`",
            "add --given station=JFK",
        ),
        (
            &fixed,
            "time,station,precipitation[mm]\n2024-06-01,JFK,1\n2024-06-01,LGA,2\n",
            "1:1",
            "the series has rows of JFK, LGA, and the cover reads `farm`",
            "name the rows of one of them `farm`",
        ),
    ] {
        let said = json(product, series, &[]);
        assert_eq!((said.status, &*said.out), (78, ""), "{series}\n{}", said.err);
        for part in [format!("--> series.csv:{position}\n"), message.to_owned(), hint.to_owned()] {
            assert!(said.err.contains(&part), "`{part}` is not in\n{}", said.err);
        }
        assert!(said.err.contains("1 fault in all; nothing was written"), "{}", said.err);
    }
}

#[test]
fn a_file_of_nonsense_is_not_told_of_row_by_row() {
    let series = days("2023-01-01", "2024-12-31").replace(",1\n", ",one\n");
    let said = json(RAIN, &series, &[]);
    assert_eq!(said.status, 78);
    assert!(said.err.contains("20 faults in all"), "{}", said.err);
}

#[test]
fn faults_of_what_was_assumed() {
    let term = RAIN
        .replace("station = \"station\"", "station = \"station\"\nlevel = \"mm\"")
        .replace("strike = \"10 mm\"", "strike = \"{level}\"");
    let per_hectare = RAIN
        .replace("sum_insured = \"policy\"", "per = \"ha\"")
        .replace("exit = \"20 mm\", limit = \"100 %\"", "tick = \"1.2 CNY/mm\", limit = \"150 CNY\"");
    let two_covers =
        format!("{RAIN}\n[limit]\naggregate = \"100 %\"\n{}", RAIN.split_at(RAIN.find("[[cover]]").unwrap()).1)
            .replacen("id = \"wet\"", "id = \"drenched\"", 1);
    for (product, args, message, hint) in [
        (RAIN, ["--cover", "wte"].as_slice(), "the product has no cover `wte`", "did you mean `wet`?"),
        (&two_covers, &["--cover", "hail"], "the product has no cover `hail`", "it has: drenched, wet"),
        (&term, &[], "the product asks the book for `level`", "add --given level=\"1 mm\""),
        (&term, &["--given", "level=3 degC"], "`3 degC`", "mm"),
        (RAIN, &["--given", "level=3 mm"], "does not ask the book for `level`", "leave out --given level=…"),
        (RAIN, &["--units", "3 ha"], "amounts are not for each unit of exposure", "leave out --units"),
        (&per_hectare, &["--sum-insured", "5 CNY"], "amounts are for each ha", "leave out --sum-insured"),
        (&per_hectare, &["--units", "3 mm"], "`3 mm`", "ha"),
        (RAIN, &["--sum-insured", "5 EUR"], "EUR", "CNY"),
        (RAIN, &["--from", "2024-06-03", "--to", "2024-06-01"], "before it begins", "both days are included"),
        (RAIN, &["--from", "2031-01-01", "--to", "2031-01-31"], "no period of the cover", "2024-06-01 to 2024-06-04"),
        (&RAIN.replace("reduce = \"sum\"", "reduce = \"smu\""), &[], "`smu` does not reduce", "did you mean `sum`?"),
    ] {
        let said = json(product, SERIES, args);
        assert_eq!((said.status, &*said.out), (78, ""), "{args:?}\n{}", said.err);
        for part in [message, hint] {
            assert!(said.err.contains(part), "`{part}` is not in\n{}", said.err);
        }
    }
    for (args, status, message) in [
        (["--from", "2024-02-30"].as_slice(), 2, "--from"),
        (&["--given", "level"], 2, "write it as name=value"),
        (&["--given", "a=1", "--given", "a=2"], 1, "--given a=… stands there twice"),
    ] {
        let said = json(RAIN, SERIES, args);
        assert_eq!(said.status, status, "{args:?}");
        assert!(said.err.contains(message), "{}", said.err);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("product.toml"), RAIN).unwrap();
    let said = run(folder.path(), &["product.toml", "--series", "absent.csv"]);
    assert_eq!(said.status, 78);
    assert!(said.err.contains("absent.csv") && said.err.contains("with --series FILE"), "{}", said.err);
    assert_eq!(run(folder.path(), &["product.toml"]).status, 2, "a series is needed");
}

/// In New York 10 March 2013 has 23 hours and 3 November 25: each is a whole day.
#[test]
fn days_on_which_clocks_change() {
    let hourly = RAIN
        .replace("zone = \"UTC\"", "zone = \"America/New_York\"")
        .replace("at_most = \"25 %\", longest = \"1 d\"", "at_most = \"0 %\", longest = \"0 h\"")
        .replace(
            "{ read = \"precipitation\", every = \"1 d\" }, { cap = \"10 mm\" }",
            "{ read = \"precipitation\", every = \"1 h\" }, { per = \"day\", take = \"sum\", need = \"100 %\" }",
        );
    // Midnight of the day as an instant, its hours, and how many the day has.
    for (day, midnight, hours) in [
        ("2013-03-09", "2013-03-09T05:00:00Z", 24),
        ("2013-03-10", "2013-03-10T05:00:00Z", 23),
        ("2013-03-11", "2013-03-11T04:00:00Z", 24),
        ("2013-11-03", "2013-11-03T04:00:00Z", 25),
    ] {
        let begins: chrono::DateTime<chrono::Utc> = midnight.parse().unwrap();
        let rows = (0..hours).map(|hour| {
            // Written in summer time, in winter time by turns: an instant is an instant.
            let offset = chrono::FixedOffset::west_opt(if hour % 2 == 0 { 4 } else { 5 } * 3_600).unwrap();
            let at = (begins + chrono::TimeDelta::hours(hour)).with_timezone(&offset);
            format!("{},1\n", at.to_rfc3339())
        });
        let rows: Vec<_> = rows.collect();
        let series = |rows: &[String]| format!("time,precipitation[mm]\n{}", rows.concat());
        let amount = format!("{hours} mm 100.00");
        assert_eq!(json(&hourly, &series(&rows), &[]).numbers(), [format!("{day} {day} {amount}")]);
        let short = &rows[..rows.len() - 1];
        assert_eq!(
            json(&hourly, &series(short), &[]).numbers(),
            [format!("{day} {day} no_readings 0.00")],
            "an hour less"
        );
    }
}

/// The season's tracks as a series: what the daemon settles for LG-101, settled by hand.
#[test]
fn storms_are_those_of_the_season() {
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lingang-2024");
    let tracks = std::fs::read_to_string(season.join("feeds/tracks-2024.csv")).unwrap();
    let mut series =
        "time,station,storm_longitude[deg],storm_latitude[deg],storm_wind[kt],storm_pressure[hPa]\n".to_owned();
    for row in csv::Reader::from_reader(tracks.as_bytes()).records().map(Result::unwrap) {
        let time = row[1].replace(' ', "T");
        writeln!(series, "{time}Z,{},{},{},{},{}", &row[0], &row[2], &row[3], &row[4], &row[5]).unwrap();
    }
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(season.join("expected.json")).unwrap()).unwrap();
    let told = |row: &Value| {
        let number = |value: &Value| value.as_str().map(|value| value.parse::<f64>().unwrap());
        (row["outcome"].clone(), number(&row["index"]["value"]), row["index"]["unit"].clone(), row["amount"].clone())
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("series.csv"), &series).unwrap();
    for (policy, product, from, args) in [
        ("LG-101", "fishery-box", "2024-06-01", ["--sum-insured", "3200000 CNY"].as_slice()),
        ("LG-102", "fishery-box", "2024-09-16", &["--sum-insured", "4500000 CNY"]),
        (
            "LG-001",
            "offshore-wind-typhoon",
            "2024-06-01",
            &["--sum-insured", "60000000 CNY", "--given", "latitude=30.77 deg", "--given", "longitude=121.98 deg"],
        ),
        (
            "LG-202",
            "cage-pressure",
            "2024-06-01",
            &["--sum-insured", "2600000 CNY", "--given", "latitude=21.03 deg", "--given", "longitude=109.11 deg"],
        ),
    ] {
        let wanted = expected.as_array().unwrap().iter().find(|row| row["policy"] == policy).unwrap();
        let sheet = season.join(format!("products/{product}.toml"));
        let period = ["--from", from, "--to", "2024-11-30", "--format", "json", "--series", "series.csv"];
        let said = run(folder.path(), &[&[sheet.to_str().unwrap()], &period[..], args].concat());
        assert_eq!(told(&said.rows()[0]), told(wanted), "{policy}");
    }

    // Without positions no storm would come near, and nothing would be due.
    let blind = series.replace("storm_latitude[deg]", "air_pressure[hPa]");
    let sheet = std::fs::read_to_string(season.join("products/fishery-box.toml")).unwrap();
    let said = json(&sheet, &blind, &[]);
    assert_eq!(said.status, 78, "{}", said.out);
    assert!(said.err.contains("the series has no column of storm_latitude"), "{}", said.err);
}

/// The page's example, as it stands there.
#[test]
fn the_page_is_true() {
    let page = include_str!("../docs/index-by-hand.md");
    let block = |language: &str| {
        let begins = page.find(&format!("```{language}")).unwrap_or_else(|| panic!("no {language} in the page"));
        // The name of the file or what the command does may follow the language.
        let (_, rest) = page[begins..].split_once('\n').unwrap();
        &rest[..rest.find("```").unwrap()]
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rain.toml"), block("toml")).unwrap();
    std::fs::write(folder.path().join("rain.csv"), block("csv")).unwrap();
    let line = block("sh").trim().strip_prefix("fairgauge index ").unwrap();
    let (line, sum_insured) = line.split_once(" --sum-insured ").unwrap();
    let args: Vec<_> = line.split(' ').chain(["--sum-insured", sum_insured.trim_matches('"')]).collect();
    let said = run(folder.path(), &args);
    assert_eq!((said.status, said.out.trim()), (0, block("text").trim()), "{}", said.err);
    let object: Value = serde_json::from_str(block("json")).unwrap();
    let said = run(folder.path(), &[&args[..], &["--format", "json"]].concat());
    let mut row = said.rows().remove(0);
    row.as_object_mut().unwrap().remove("steps").unwrap();
    assert_eq!(row, object);
}
