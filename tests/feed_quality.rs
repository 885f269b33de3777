//! What cannot be true is refused with a flag, kept with its reason, and missing for every index.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[allow(dead_code, reason = "each test uses a part of it")]
#[path = "support/season.rs"]
mod season;

use std::path::Path;

use fairgauge::ledger::{Filter, Reader, RefusedRow};
use program::fairgauge;

/// Replays the folder into its own ledger.
fn replay(folder: &Path) -> Reader {
    let ledger = folder.join("ledger.sqlite");
    program::replay(folder, &ledger);
    Reader::open(&ledger).unwrap()
}

/// Hyderabad with rows of its feed written anew, and something more said of a column.
fn spoiled(rows: &[(&str, &str)], column: (&str, &str)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    season::copy("hyderabad-2002", folder.path(), true);
    let feed = folder.path().join("feeds/daily-2002.csv");
    let mut text = std::fs::read_to_string(&feed).unwrap();
    for (day, row) in rows {
        let line = text.lines().find(|line| line.starts_with(day)).unwrap().to_owned();
        text = text.replacen(&line, row, 1);
    }
    std::fs::write(&feed, text).unwrap();
    let settings = folder.path().join("fairgauge.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains(column.0));
    std::fs::write(&settings, text.replace(column.0, column.1)).unwrap();
    folder
}

fn said(rows: &[RefusedRow]) -> Vec<String> {
    let day = |row: &RefusedRow| {
        (chrono::DateTime::from_timestamp(row.interval.unwrap().0 + 19_800, 0).unwrap()).format("%F").to_string()
    };
    let one = |row: &RefusedRow| {
        let (variable, value) = (row.variable.unwrap(), row.value.as_deref().unwrap());
        format!("{} {variable} {} {value}", row.flag, day(row))
    };
    rows.iter().map(one).collect()
}

const NOTHING: (&str, &str) = ("unit = \"mm\"", "unit = \"mm\"");

#[test]
fn what_cannot_be_true_is_refused_once_and_counts_as_missing() {
    let rows = [
        // More rain than ever fell in a day; two rows for one day; a minimum above the maximum.
        ("2002-06-20", "2002-06-20,22.0,30.0,2000.0"),
        ("2002-06-25", "2002-06-25,22.0,30.0,1.0\n2002-06-25,22.0,30.0,9.0"),
        ("2002-06-27", "2002-06-27,32.0,30.0,0.0"),
    ];
    let folder = spoiled(&rows, NOTHING);
    let reader = replay(folder.path());
    assert_eq!(
        said(&reader.refused(None).unwrap()),
        [
            "limit precipitation 2002-06-20 2000",
            "conflict precipitation 2002-06-25 1",
            "inconsistent air_temperature_max 2002-06-27 30",
            "inconsistent air_temperature_min 2002-06-27 32",
        ]
    );
    reader.verify().unwrap();
    let payout = reader.payout("HY-101/sowing/2002-06-15").unwrap().unwrap();
    assert!(payout.reason.contains("2 of 31 values are missing"), "{}", payout.reason);
}

#[test]
fn what_was_refused_is_listed() {
    let folder = spoiled(&[("2002-06-20", "2002-06-20,22.0,30.0,2000.0")], NOTHING);
    replay(folder.path());
    let ledger = folder.path().join("ledger.sqlite");
    let list = |args: &[&str]| {
        let output = fairgauge().args(["feed", "refused"]).args(args).arg("--ledger").arg(&ledger).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (good, out, _) = list(&["daily", "--format", "csv"]);
    let lines: Vec<_> = out.lines().collect();
    assert!(good && lines.len() == 2, "{out}");
    assert!(
        lines[1].contains("precipitation")
            && lines[1].contains(",2000,mm,limit,2000 mm is beyond what was ever measured"),
        "{out}"
    );
    let (good, out, _) = list(&[]);
    assert!(good && out.contains("limit"), "{out}");
    let (good, _, errors) = list(&["dayly"]);
    assert!(!good && errors.contains("did you mean `daily`?"), "{errors}");
}

/// Of an answer of more than 64 KiB that teaches nothing else, what could not be read is kept and its bytes are not: no
/// entry names them, and the ledger is whole.
#[test]
fn a_large_answer_of_which_nothing_could_be_read_leaves_a_whole_ledger() {
    let folder = spoiled(&[], NOTHING);
    let feed = folder.path().join("feeds/daily-2002.csv");
    let rows = (0..5_000).map(|number| format!("2002-06-01,{number}x,hot,wet\n"));
    std::fs::write(&feed, format!("date,tmin_c,tmax_c,prcp_mm\n{}", rows.collect::<String>())).unwrap();
    assert!(std::fs::metadata(&feed).unwrap().len() > 65_536);
    let reader = replay(folder.path());
    let refused = reader.refused(Some("daily")).unwrap();
    assert!(refused.iter().any(|row| row.value.as_deref() == Some("0x")), "{:?}", &refused[..2]);
    assert!(refused.last().unwrap().reason.ends_with("more of this answer were refused"), "{:?}", refused.last());
    reader.verify().unwrap();
    let ledger = folder.path().join("ledger.sqlite");
    let copy = folder.path().join("copy.sqlite");
    let (status, said) = program::run(&["backup", copy.to_str().unwrap(), "--ledger", ledger.to_str().unwrap()]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn f07_two_values_for_one_day_in_one_answer_are_a_conflict() {
    let rows = [("2002-06-25", "2002-06-25,22.0,30.0,1.0\n2002-06-25,22.0,30.0,9.0")];
    let reader = replay(spoiled(&rows, NOTHING).path());
    let refused = reader.refused(Some("daily")).unwrap();
    assert_eq!(said(&refused), ["conflict precipitation 2002-06-25 1"]);
    let payout = reader.payout("HY-101/sowing/2002-06-15").unwrap().unwrap();
    assert_eq!(payout.index.unwrap().value, "57.3", "70.9 mm without that day: neither 1 mm nor 9 mm stand for it");
}

#[test]
fn of_real_seasons_only_a_known_error_is_refused() {
    // What the file of New York's airports says of one hour in Newark is known as an error of it.
    for (season, refused) in [
        ("hyderabad-2002", &[][..]),
        ("la-haute-borne-2014", &[]),
        ("new-york-2013", &["limit wind_speed 2013-02-12 1048.36058"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        season::copy(season, folder.path(), true);
        assert_eq!(said(&replay(folder.path()).refused(None).unwrap()), refused, "{season}");
    }
}

#[test]
fn a_spike_is_refused_and_the_day_after_it_is_not() {
    let rows = [("2002-07-20", "2002-07-20,22.0,49.0,0.0")];
    let column = (
        "tmax_c = { variable = \"air_temperature_max\", unit = \"degC\" }",
        "tmax_c = { variable = \"air_temperature_max\", unit = \"degC\", step = \"12 degC\" }",
    );
    let reader = replay(spoiled(&rows, column).path());
    assert_eq!(said(&reader.refused(None).unwrap()), ["step air_temperature_max 2002-07-20 49"]);
    let all = reader.payouts(&Filter::default()).unwrap();
    assert!(!all.is_empty());
}
