//! `fairgauge test`: an author's cases, and strict mode.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::path::Path;

use serde_json::Value;

const RAIN: &str = r#"
[product]
id = "rain"
version = 1
name = "Too much rain"
currency = "CNY"
day = { zone = "Asia/Shanghai", starts = "20:00" }

[exposure]
sum_insured = "policy"

[policy]
station = "station"
most = "mm"

[data]
sources = ["gauge/{station}", "cells/near"]
fallback = "reading"
missing = { at_most = "25 %", longest = "1 d" }

[settlement]
lag = "2 d"
longest_wait = "10 d"
rounding = "half_up"

[limit]
aggregate = "100 %"

[[cover]]
id = "wet"
window = "cover"
index = [ { read = "precipitation", every = "1 d" }, { cap = "{most}" }, { reduce = "sum" } ]
payout = { when = ">", strike = "10 mm", exit = "20 mm", limit = "100 %" }
"#;

/// The head of a case: four days of June.
const HEAD: &str = "[[case]]\nid = \"june\"\nto = \"2024-06-04\"\ngiven = { most = \"10 mm\" }\n";

const FOUR_DAYS: &str = "[case.series]\nbegins = \"2024-06-01\"\nevery = \"1 d\"\nprecipitation = { unit = \"mm\", values = \"3.2 12.4 0 .\" }\n";

const FIVE_DAYS: &str = "[case.series]\nbegins = \"2024-06-01\"\nevery = \"1 d\"\n\
                         precipitation = { unit = \"mm\", values = \"3.2 12.4 0 . 7\" }\n";

/// What the command said.
struct Said {
    status: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str]) -> Said {
    let output = program::fairgauge().args(args).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder with the product and its cases.
fn folder(cases: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rain.toml"), RAIN).unwrap();
    std::fs::write(folder.path().join("rain.cases.toml"), cases).unwrap();
    folder
}

fn test(cases: &str, args: &[&str]) -> Said {
    run(folder(cases).path(), &[&["test", "rain.toml"], args].concat())
}

/// One case of June, with these tables behind its head.
fn june(tables: &[&str]) -> String {
    format!("{HEAD}{}", tables.concat())
}

/// A case that is as expected.
fn good(tables: &[&str]) {
    let cases = june(tables);
    let said = test(&cases, &[]);
    assert_eq!((said.status, &*said.err), (0, ""), "{cases}\n{}\n{}", said.out, said.err);
    assert!(said.out.ends_with("1 case: 1 good, 0 failed\n"), "{}", said.out);
}

/// What differs: `amount on 2024-06-02`, each with what was expected and what came out.
fn differences(tables: &[&str]) -> Vec<String> {
    let said = test(&june(tables), &["--format", "json"]);
    let rows: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}", said.err));
    let looks = rows[0]["looks"].as_array().unwrap().clone();
    let of_look = |look: &Value| {
        let on = look["on"].as_str().map_or(String::new(), |date| format!(" on {date}"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let one =
            |one: &Value| format!("{}{on}: {} / {}", text(&one["what"]), text(&one["expected"]), text(&one["got"]));
        look["differences"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    looks.iter().flat_map(of_look).collect()
}

#[test]
fn the_shipped_cases_are_good() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for args in
        [["test", "config"].as_slice(), &["test", "config/products"], &["test", "--config", "config/fairgauge.toml"]]
    {
        let said = run(root, &[args, &["--strict"]].concat());
        assert_eq!((said.status, &*said.err), (0, ""), "{}", said.out);
        assert!(said.out.contains("hot-days@1") && said.out.contains(" 0 failed\n"), "{}", said.out);
    }
    let quiet = run(root, &["test", "config/products", "--strict", "--quiet"]);
    assert_eq!((quiet.status, &*quiet.out, &*quiet.err), (0, "", ""));
}

#[test]
fn everything_that_can_be_expected() {
    good(&[
        FOUR_DAYS,
        "[case.expect]\nindex = \"13.20 mm\"\noutcome = \"pays\"\nreason = \"strike_reached\"\namount = \"32.00\"\n",
        "trace_contains = [\"in all 15.6 mm\", \"1 of 4: within the terms\"]\n",
    ]);
    good(&[FOUR_DAYS, "[case.expect]\namount = \"32 CNY\"\n"]);
    let all = "[case.expect]\nindex = \"13.3 mm\"\noutcome = \"nothing_due\"\nreason = \"strike_not_reached\"\n\
               amount = \"31.99\"\ntrace_contains = \"in all 15.7 mm\"\n";
    let expected = [
        "index: 13.3 mm / 13.2 mm",
        "outcome: nothing_due / pays",
        "reason: strike_not_reached / strike_reached",
        "amount: 31.99 CNY / 32.00 CNY",
        "trace_contains: in all 15.7 mm / a way of the number without it",
    ];
    assert_eq!(differences(&[FOUR_DAYS, all]), expected);
    let unit = "[case.expect]\nindex = \"1.32 cm\"\n";
    assert_eq!(differences(&[FOUR_DAYS, unit]), ["index: 1.32 cm / 13.2 mm"], "a unit is part of the index");
    let open = FOUR_DAYS.replace("0 .", ". .");
    good(&[&open, "[case.expect]\nindex = \"undetermined\"\nreason = \"too_many_missing\"\n"]);
    assert_eq!(
        differences(&[&open, "[case.expect]\nindex = \"3 mm\"\n"]),
        ["index: 3 mm / undetermined"],
        "it is not zero"
    );
}

/// The state on each day, with a reading that comes late and one that is corrected.
#[test]
fn what_is_said_on_each_day() {
    let on = |date: &str, rest: &str| format!("[[case.expect_on]]\ndate = \"{date}\"\n{rest}\n");
    let running = "outcome = \"undetermined\"\nreason = \"period_running\"\nstate = \"provisional\"";
    let so_far = "outcome = \"pays\"\nreason = \"pays_so_far\"\nstate = \"provisional\"\namount = \"32.00\"";
    let paid = "outcome = \"pays\"\nstate = \"final\"\namount = \"32.00\"";
    good(&[
        FIVE_DAYS,
        &on("2024-06-01", running),
        &on("2024-06-02", so_far),
        &on("2024-06-04", so_far),
        // A reading behind the period has come, the lag is not over.
        &on("2024-06-05", "outcome = \"pays\"\nreason = \"strike_reached\"\nstate = \"provisional\""),
        &on("2024-06-06", paid),
    ]);
    // Without one it is waited for, to the end.
    good(&[FOUR_DAYS, &on("2024-06-13", so_far), &on("2024-06-14", paid)]);
    let reading = |known_at: &str| {
        format!(
            "[[case.reading]]\nat = \"2024-06-04\"\nvariable = \"precipitation\"\nvalue = \"4 mm\"\nknown_at = \"{known_at}\"\n"
        )
    };
    let late = reading("2024-06-09");
    good(&[FOUR_DAYS, &late, &on("2024-06-08", so_far), &on("2024-06-09", "state = \"final\"\nindex = \"17.2 mm\"")]);
    // What becomes known behind the final determination changes nothing any more.
    let too_late = reading("2024-06-09").replace("at = \"2024-06-04\"", "at = \"2024-06-03\"");
    good(&[FIVE_DAYS, &too_late, "[case.expect]\nindex = \"13.2 mm\"\n", &on("2024-06-12", paid)]);
    let in_time = too_late.replace("2024-06-09", "2024-06-06T11:59:00Z");
    good(&[FIVE_DAYS, &in_time, "[case.expect]\nindex = \"17.2 mm\"\n"]);
    assert_eq!(
        differences(&[FIVE_DAYS, &on("2024-06-05", "state = \"final\"\namount = \"32.00\"")]),
        ["state on 2024-06-05: final / provisional"]
    );
}

/// A balance is paid less what the advance paid when that was final, whatever has become known since.
#[test]
fn what_another_cover_paid_stands() {
    let balance = "\n[[cover]]\nid = \"balance\"\nless = \"wet\"\nlag = \"6 d\"\nwindow = \"cover\"\n\
                   index = [ { read = \"precipitation\", every = \"1 d\" }, { reduce = \"sum\" } ]\n\
                   payout = { when = \">\", strike = \"10 mm\", exit = \"20 mm\", limit = \"100 %\" }\n";
    let late = "[[case.reading]]\nat = \"2024-06-03\"\nvariable = \"precipitation\"\nvalue = \"1.6 mm\"\n\
                known_at = \"2024-06-08\"\n";
    let expect = "[case.expect]\nindex = \"17.2 mm\"\namount = \"40.00\"\n\
                  [[case.expect_on]]\ndate = \"2024-06-05\"\nreason = \"waits_for_other\"\n\
                  [[case.expect_on]]\ndate = \"2024-06-06\"\namount = \"24.00\"\nstate = \"provisional\"\n";
    let cases = june(&["cover = \"balance\"\n", FIVE_DAYS, late, expect]);
    let folder = folder(&cases);
    std::fs::write(folder.path().join("rain.toml"), format!("{RAIN}{balance}")).unwrap();
    let said = run(folder.path(), &["test", "rain.toml"]);
    assert_eq!((said.status, &*said.err), (0, ""), "{}", said.out);
}

#[test]
fn readings_in_all_their_forms() {
    let expect = "[case.expect]\nindex = \"13.2 mm\"\n";
    // A day by its date, by its beginning, by both ends.
    let single = |when: &str, value: &str| {
        format!("[[case.reading]]\n{when}\nvariable = \"precipitation\"\nvalue = \"{value}\"\n")
    };
    good(&[
        "from = \"2024-06-01\"\n",
        &single("at = \"2024-06-01\"", "3.2 mm"),
        &single("at = \"2024-06-01T20:00:00+08:00\"", "10 mm"),
        &single("from = \"2024-06-03\"\nto = \"2024-06-03\"", "0 mm"),
        &single("from = \"2024-06-03T12:00:00Z\"\nto = \"2024-06-04T12:00:00Z\"", ". mm"),
        expect,
    ]);
    // Each source its own: a gap is filled from the second, whose unit is another.
    let gap = FOUR_DAYS.replace("[case.series]", "[[case.series]]\nfeed = \"gauge\"").replace("12.4", ".");
    let cells = "[[case.series]]\nfeed = \"cells\"\nstation = \"near\"\nbegins = \"2024-06-01\"\nevery = \"1 d\"\n\
                 precipitation = { unit = \"cm\", values = \"9 1.8 9 .\" }\n";
    good(&[&gap, cells, expect, "trace_contains = \"1 of 2 from cells/near\"\n"]);
    // A file beside the cases.
    let folder = folder(&june(&["[case.series]\nfile = \"june.csv\"\n", expect]));
    let rows = "time,precipitation[mm]\n2024-06-01,3.2\n2024-06-02,12.4\n2024-06-03,0\n";
    std::fs::write(folder.path().join("june.csv"), rows).unwrap();
    let cases = folder.path().join("rain.cases.toml");
    let said = run(Path::new("/"), &["test", cases.to_str().unwrap()]);
    assert_eq!((said.status, &*said.err), (0, ""), "{}", said.out);
}

#[test]
fn what_the_policy_gives() {
    let expect = |amount: &str| format!("[case.expect]\namount = \"{amount}\"\n");
    good(&["sum_insured = \"50000 CNY\"\n", FOUR_DAYS, &expect("16000")]);
    good(&["paid_before = \"90.50 CNY\"\n", FOUR_DAYS, &expect("9.50")]);
    let given =
        HEAD.replace("10 mm", "1.1 cm") + "from = \"2024-06-02\"\n" + &FOUR_DAYS.replace("0 .", "0 0") + &expect("10");
    let said = test(&given, &[]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
}

#[test]
fn a_failing_case_as_people_see_it() {
    let cases = june(&[
        "why = \"The cap holds on each day\"\n",
        FIVE_DAYS,
        "[case.expect]\nindex = \"15.6 mm\"\namount = \"56.00\"\n",
        "[[case.expect_on]]\ndate = \"2024-06-02\"\nstate = \"final\"\n",
    ]);
    let passing = june(&[FOUR_DAYS, "[case.expect]\noutcome = \"pays\"\n"]).replace("\"june\"", "\"also-june\"");
    let said = test(&format!("{cases}{passing}"), &[]);
    assert_eq!((said.status, &*said.err), (1, "fairgauge: 1 of 2 cases failed\n"));
    insta::assert_snapshot!("failing_case", said.out);
    let quiet = test(&format!("{cases}{passing}"), &["--quiet"]);
    assert_eq!(quiet.status, 1);
    assert!(!quiet.out.contains("also-june") && quiet.out.contains("expected  15.6 mm"), "{}", quiet.out);
}

#[test]
fn programs_are_told_the_same() {
    let cases = june(&[FOUR_DAYS, "[case.expect]\noutcome = \"pays\"\n"]);
    let said = test(&cases, &["--format", "json"]);
    let rows: Value = serde_json::from_str(&said.out).unwrap();
    let row = &rows[0];
    for (key, value) in [("product", "rain@1"), ("file", "rain.cases.toml"), ("case", "june"), ("cover", "wet")] {
        assert_eq!(row[key], value);
    }
    assert_eq!((&row["good"], &row["period"]["to"]), (&Value::from(true), &"2024-06-04T12:00:00.000Z".into()));
    let look = &row["looks"][0];
    assert_eq!((&look["on"], &look["state"], &look["amount"]), (&Value::Null, &"final".into(), &"32.00".into()));
    assert_eq!(look["steps"].as_array().unwrap().last().unwrap()["block"], "outcome");
    let lines = test(&cases, &["--format", "jsonl"]);
    assert_eq!(lines.out.lines().count(), 1);
    assert_eq!(&serde_json::from_str::<Value>(&lines.out).unwrap(), row);
    assert_eq!(test(&cases, &["--format", "json", "--quiet"]).out, "[]\n");
    assert_eq!(test(&cases, &["--format", "csv"]).status, 1);
}

#[test]
fn a_product_without_cases_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rain.toml"), RAIN).unwrap();
    let said = run(folder.path(), &["test", "."]);
    assert_eq!((said.status, &*said.err), (0, ""));
    assert!(said.out.contains("rain@1   -     no cases") && said.out.ends_with("\nno cases\n"), "{}", said.out);
    let strict = run(folder.path(), &["test", ".", "--strict"]);
    assert_eq!(strict.status, 1);
    assert!(strict.err.contains("1 product without cases: ./rain.cases.toml is looked for"), "{}", strict.err);
    std::fs::write(folder.path().join("rian.cases.toml"), "").unwrap();
    let alone = run(folder.path(), &["test", "."]);
    assert_eq!(alone.status, 78);
    assert!(alone.err.contains("there is no ./rian.toml beside it"), "{}", alone.err);
}

/// Every fault names file, line and column, and how to mend it.
#[test]
fn faults_of_the_cases() {
    let expect = "[case.expect]\noutcome = \"pays\"\n";
    let reading = |text: &str| format!("{FOUR_DAYS}[[case.reading]]\n{text}\n{expect}");
    let series = |from: &str, to: &str| format!("{}{expect}", FOUR_DAYS.replace(from, to));
    for (tables, position, message, hint) in [
        (String::new(), "2:6", "the case expects nothing", "add [case.expect]"),
        (FOUR_DAYS.to_owned() + "[case.expect]\n", "9:1", "nothing is expected here", "outcome = \"pays\""),
        (FOUR_DAYS.to_owned() + expect + "amuont = \"3\"\n", "11:1", "`amuont` is not a key", "did you mean `amount`?"),
        (FOUR_DAYS.to_owned() + "[case.expect]\noutcome = \"pay\"\n", "10:11", "`pay` is no outcome", "`pays`?"),
        (FOUR_DAYS.to_owned() + "[case.expect]\namount = \"1.234\"\n", "10:10", "no amount in CNY", "\"1234.50\""),
        (FOUR_DAYS.to_owned() + "[case.expect]\namount = 32\n", "10:10", "a number without a unit", "\"1234.50\""),
        (FOUR_DAYS.to_owned() + "[case.expect]\nindex = \"13.2\"\n", "10:9", "`13.2` has no unit", "\"131.2 mm\""),
        (FOUR_DAYS.to_owned() + "[case.expect]\nindex = \"13.2 mn\"\n", "10:9", "`mn` is not a unit", "did you mean"),
        (
            FOUR_DAYS.to_owned() + "[[case.expect_on]]\ndate = \"2024-06-01\"\nstate = \"finl\"\n",
            "11:9",
            "`finl` is no state",
            "did you mean `final`?",
        ),
        (
            FOUR_DAYS.to_owned() + "[[case.expect_on]]\ndate = \"2024-05-31\"\nstate = \"final\"\n",
            "2:6",
            "on 2024-05-31 nothing is said yet: the period begins on 2024-06-01",
            "a later date",
        ),
        (format!("{expect}[case.seires]\n"), "7:7", "`seires` is not a key of [[case]]", "did you mean `series`?"),
        (series("precipitation", "precipitatoin"), "8:1", "`precipitatoin` is not a key", "`precipitation`?"),
        (series("\"mm\"", "\"degC\""), "8:26", "`degC` is no unit here", "its own unit is mm"),
        (series("12.4", "12,4"), "8:46", "`12,4` is not a decimal number", "`0*20` for twenty zeros"),
        (series("\"1 d\"", "\"1 mm\""), "7:9", "`1 mm` is no step of a series", "\"1 d\" for insured days"),
        (series("\"2024-06-01\"", "\"2024-06-31\""), "6:10", "`2024-06-31` is no time", "a date or an instant"),
        (
            series("\"2024-06-01\"", "\"2024-06-01T12:00:00Z\""),
            "6:10",
            "a series of days begins with a date",
            "every = \"24 h\"",
        ),
        (series("\"1 d\"", "\"6 h\""), "5:1", "no insured day begins at this instant", "write dates"),
        (
            FOUR_DAYS.to_owned() + "wind_speed = { unit = \"m/s\", values = \"1 2\" }\n" + expect,
            "9:39",
            "these are 2 values, those of precipitation are 4",
            "a missing value is written `.`",
        ),
        (
            FOUR_DAYS.to_owned() + "wind_speed = { unit = \"m/s\", values = \"1 2 3 4\" }\n" + expect,
            "5:1",
            "cover wet reads no wind_speed",
            "leave it out",
        ),
        (
            series("precipitation = ", "wind_speed = ").replace("mm", "m/s"),
            "5:1",
            "reads no wind_speed",
            "leave it out",
        ),
        (
            "from = \"2024-06-01\"\n".to_owned() + expect,
            "2:6",
            "the case says nothing of precipitation",
            "add precipitation = { unit = \"mm\"",
        ),
        (expect.to_owned(), "2:6", "the case has no reading, and no cover period", "add [case.series]"),
        (
            series("[case.series]", "[case.series]\nfile = \"absent.csv\""),
            "7:1",
            "`begins` is not a key of [case.series]",
            "it has: feed, file, station",
        ),
        (series("[case.series]", "[case.series]\nfeed = \"guage\""), "5:1", "reads no feed `guage`", "`gauge`?"),
        (reading("variable = \"precipitation\"\nvalue = \"1 mm\""), "9:1", "`at` is missing", "2024-06-01"),
        (
            reading("from = \"2024-06-04\"\nvariable = \"precipitation\"\nvalue = \"1 mm\""),
            "10:8",
            "`from` and `to` go together",
            "add the other one",
        ),
        (
            reading("at = \"2024-06-04\"\nvariable = \"precipitation\"\nvalue = \"1 degC\""),
            "12:9",
            "`1 degC` is no precipitation",
            "its own unit is mm",
        ),
        (
            reading("at = \"2024-06-04\"\nvariable = \"precipitation\"\nvalue = \"-1 mm\""),
            "12:9",
            "-1 mm of precipitation is below zero",
            "\". mm\"",
        ),
        (
            reading("at = \"2024-06-04\"\nvariable = \"precipitation\"\nvalue = \"1 mm\"\nvintage = \"last\""),
            "13:11",
            "`last` is no vintage",
            "\"provisional\" or \"final\"",
        ),
        (
            reading("at = \"2024-06-04\"\nvariable = \"precipitation\"\nvalue = \"1 mm\"\nknown_at = \"2024-06-03\""),
            "9:1",
            "this would be known before it is over",
            "make known_at later",
        ),
        (
            reading("at = \"2024-06-05\"\nvariable = \"precipitation\"\nvalue = \"1 cm\""),
            "9:1",
            "precipitation of one station is told in mm and in cm",
            "write it in mm",
        ),
    ] {
        let said = test(&june(&[&tables]), &[]);
        assert_eq!((said.status, &*said.out), (78, ""), "{tables}\n{}", said.err);
        for part in [format!("--> rain.cases.toml:{position}\n"), message.to_owned(), hint.to_owned()] {
            assert!(said.err.contains(&part), "`{part}` is not in\n{}\n{tables}", said.err);
        }
    }
}

/// What the policy would give is read as the book is; a fault stands where the case says it.
#[test]
fn faults_of_what_is_given() {
    let end = format!("{FOUR_DAYS}[case.expect]\noutcome = \"pays\"\n");
    for (from, to, position, message, hint) in [
        ("10 mm", "10 degC", "4:18", "`10 degC` is a temperature", "write it as 12.5 mm"),
        ("most =", "msot =", "4:9", "the product asks the book for `most`", "add most = \"1 mm\" to given"),
        ("most =", "more = \"1 mm\", most =", "4:18", "does not ask the book for `more`", "leave out more of given"),
        ("given", "units = \"3 ha\"\ngiven", "4:9", "not for each unit of exposure", "leave out units"),
        ("given", "sum_insured = \"3 EUR\"\ngiven", "4:15", "`3 EUR` is no sum insured in CNY", "50000 CNY"),
        ("given", "paid_before = \"3\"\ngiven", "4:15", "`3` is no amount in CNY", "1200 CNY"),
        ("2024-06-04", "2024-05-04", "3:6", "the cover period ends on 2024-05-04", "both days"),
        ("2024-06-04", "2024-06-04T00:00:00Z", "3:6", "a cover period is one of days", "write a date"),
        ("id = \"june\"", "id = \"in june\"", "2:6", "`in june` is no name of a case", "dry-july"),
        ("id = \"june\"", "id = \"june\"\ncover = \"wte\"", "3:9", "the product has no cover `wte`", "`wet`?"),
    ] {
        let said = test(&format!("{}{end}", HEAD.replace(from, to)), &[]);
        assert_eq!((said.status, &*said.out), (78, ""), "{to}\n{}", said.err);
        for part in [format!("--> rain.cases.toml:{position}\n"), message.to_owned(), hint.to_owned()] {
            assert!(said.err.contains(&part), "`{part}` is not in\n{}", said.err);
        }
    }
    let station = format!("{}{end}", HEAD.replace("given = { ", "given = { station = \"y\", "));
    let said = test(&station.replace("[case.series]", "[case.series]\nstation = \"x\""), &[]);
    assert!(said.err.contains("the series has rows of x, and the cover reads `y`"), "{}", said.err);
    let twice = test(&format!("{HEAD}{end}{HEAD}{end}"), &[]);
    assert!(twice.err.contains("two cases are called `june`"), "{}", twice.err);
    let none = test("", &[]);
    assert!(none.err.contains("`case` is missing in the file of cases"), "{}", none.err);
}

/// Settings, a book of one policy, and the product with its cases.
fn house(strict: &str, cases: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("products")).unwrap();
    write("products/rain.toml", RAIN);
    write("products/idle.toml", &RAIN.replace("id = \"rain\"", "id = \"idle\""));
    if let Some(cases) = cases {
        write("products/rain.cases.toml", cases);
    }
    write(
        "book.csv",
        "policy,product,insured,from,to,sum_insured,station,most\n\
         A-1,rain@1,Meadow Farm,2024-06-01,2024-06-04,1000 CNY,farm,10 mm\n\
         A-2,rain@1,Hill Farm,2024-06-01,2024-06-04,1000 CNY,farm,20 mm\n",
    );
    write("gauge.csv", "time,station,rain\n2024-06-01,farm,1\n2024-06-01,near,1\n");
    let feed = |name: &str| {
        format!(
            "[feed.{name}]\nkind = \"csv\"\nfile = \"gauge.csv\"\npoll = \"6 h\"\ndelay = \"1 h\"\nvintage = \"final\"\n\
             [feed.{name}.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\nstation = {{ column = \"station\" }}\n\
             time = {{ column = \"time\", format = \"%Y-%m-%d\", zone = \"Asia/Shanghai\", stamp = \"end\", every = \"1 d\", starts = \"20:00\" }}\n\
             [feed.{name}.columns]\nrain = {{ variable = \"precipitation\", unit = \"mm\" }}\n"
        )
    };
    write(
        "fairgauge.toml",
        &format!(
            "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"products\"\npolicies = [\"book.csv\"]\n{strict}\n{}{}",
            feed("gauge"),
            feed("cells")
        ),
    );
    folder
}

#[test]
fn strict_mode_refuses_products_without_good_cases() {
    let passing = june(&[FOUR_DAYS, "[case.expect]\noutcome = \"pays\"\n"]);
    let failing = passing.replace("\"pays\"", "\"nothing_due\"");
    let faulty = passing.replace("outcome", "outcmoe");
    let strict = "strict = true";
    for (setting, cases, status, message) in [
        ("", None, 0, "2 policies: no fault"),
        ("", Some(&*failing), 0, "2 policies: no fault"),
        ("strict = false", None, 0, "2 policies: no fault"),
        (strict, Some(&*passing), 0, "2 policies: no fault"),
        (strict, None, 78, "policies use rain@1, and it has no cases"),
        (strict, Some(&*failing), 78, "the case fails: outcome: expected nothing_due, got pays"),
        (strict, Some(&*faulty), 78, "`outcmoe` is not a key"),
        ("strict = \"yes\"", None, 78, "wanted is true or false"),
    ] {
        let house = house(setting, cases);
        let said = run(house.path(), &["check", "."]);
        assert_eq!(said.status, status, "{setting}: {}{}", said.out, said.err);
        assert!(said.out.contains(message) || said.err.contains(message), "{message}: {}{}", said.out, said.err);
        assert!(!said.err.contains("idle@1"), "no policy uses it: {}", said.err);
    }
    let house = house(strict, None);
    for args in [["run", "--config", "fairgauge.toml"].as_slice(), &["replay", "."]] {
        let said = run(house.path(), args);
        assert_eq!((said.status, &*said.out), (78, ""), "{}", said.err);
        assert!(
            said.err.contains("write ./products/rain.cases.toml")
                || said.err.contains("write products/rain.cases.toml"),
            "{}",
            said.err
        );
    }
    assert!(!house.path().join("ledger.sqlite").exists(), "nothing was begun");
}

/// Fixes of a storm by their instants, of another one by one, and a season without any.
#[test]
fn storms_come_as_they_come() {
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lingang-2024/products/fishery-box.toml");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(season, folder.path().join("box.toml")).unwrap();
    let cases = |tail: &str| std::fs::write(folder.path().join("box.cases.toml"), STORMS.to_owned() + tail).unwrap();
    cases("");
    let said = run(folder.path(), &["test", "box.toml"]);
    assert_eq!((said.status, &*said.err), (0, ""), "{}", said.out);
    assert!(said.out.ends_with("2 cases: 2 good, 0 failed\n"), "{}", said.out);
    // A storm of which nobody says where it is would come nowhere near.
    let reading = "[[case.reading]]\nstation = \"X\"\nat = \"2024-08-01T00:00:00Z\"\n\
                   variable = \"storm_wind\"\nvalue = \"90 kt\"\n";
    cases(reading);
    let said = run(folder.path(), &["test", "box.cases.toml", "box.toml"]);
    assert_eq!(said.status, 78, "{}", said.out);
    assert!(said.err.contains("the case says nothing of storm_latitude"), "{}", said.err);
}

const STORMS: &str = r#"
[[case]]
id = "into-the-box"
from = "2024-06-01"
to = "2024-11-30"
[[case.series]]
station = "A"
begins = "2024-07-20T00:00:00Z"
every = "3 h"
storm_latitude = { unit = "deg", values = "30 30.5 31" }
storm_longitude = { unit = "deg", values = "123.5 122.5 121.5" }
storm_wind = { unit = "kt", values = "90*3" }
[[case.reading]]
station = "B"
at = "2024-08-01T00:00:00Z"
variable = "storm_latitude"
value = "10 deg"
[[case.reading]]
station = "B"
at = "2024-08-01T00:00:00Z"
variable = "storm_longitude"
value = "130 deg"
[[case.reading]]
station = "B"
at = "2024-08-01T00:00:00Z"
variable = "storm_wind"
value = "100 kt"
[case.expect]
index = "90 kt"
outcome = "pays"
trace_contains = "storm A"
[[case.expect_on]]
date = "2024-07-19"
outcome = "undetermined"
[[case.expect_on]]
date = "2024-07-21"
outcome = "pays"
state = "provisional"

[[case]]
id = "a-quiet-season"
from = "2024-06-01"
to = "2024-11-30"
[case.expect]
index = "none"
outcome = "nothing_due"
reason = "no_event"
"#;

/// The page's example, as it stands there, with the product of the other page.
#[test]
fn the_page_is_true() {
    let block = |page: &'static str, language: &str| {
        let begins = page.find(&format!("```{language}")).unwrap_or_else(|| panic!("no {language} in the page"));
        // The name of the file or what the command does may follow the language.
        let (_, rest) = page[begins..].split_once('\n').unwrap();
        &rest[..rest.find("```").unwrap()]
    };
    let (page, product) = (include_str!("../docs/testing-a-product.md"), include_str!("../docs/index-by-hand.md"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rain.toml"), block(product, "toml")).unwrap();
    std::fs::write(folder.path().join("rain.cases.toml"), block(page, "toml")).unwrap();
    let args: Vec<_> = block(page, "sh").trim().split(' ').skip(1).collect();
    let said = run(folder.path(), &args);
    assert_eq!((said.status, said.out.trim()), (1, block(page, "text").trim()), "{}", said.err);
}
