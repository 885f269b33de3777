//! The season in fixtures/rain-revised-2024: results that may be contested, and a climate service that says something else
//! a month behind what was final. Replayed whole, killed in between, and computed again from the ledger.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[allow(dead_code, reason = "each test uses its own part of it")]
#[path = "support/season.rs"]
mod season;

use std::collections::BTreeMap;
use std::path::Path;

use forge::forge;
use program::{contents, fairgauge, query};
use rain_days::{assert_computed_again, replayed, text};
use rusqlite::Connection;

const SEASON: &str = "rain-revised-2024";

/// Everything binding, in the order of the ledger: id, state, outcome, amount, what it adds.
fn binding(ledger: &Path) -> Vec<String> {
    query(
        ledger,
        "SELECT id || ' ' || state || ' ' || outcome || ' ' || amount || ' ' || coalesce(booked_minor, payable_minor)
         FROM determination WHERE state IN ('final', 'restated') ORDER BY policy, cover, seq",
    )
}

#[test]
fn f18_a_revision_behind_what_is_final_is_booked_as_the_terms_say() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("kept.sqlite");
    let rows = replayed(&season::fixture(SEASON), &ledger);
    let expected = [
        // Wetter than was reported: 1,500 more.
        "A-1/rain/2024-03-01 final pays 1000.00 100000",
        "A-1/rain/2024-03-01 restated pays 2500.00 150000",
        // Drier: 1,000 are claimed back.
        "A-2/rain/2024-03-01 final pays 3000.00 300000",
        "A-2/rain/2024-03-01 restated pays 2000.00 -100000",
        // 50 CNY are below the 100 of the terms.
        "A-3/rain/2024-03-01 final pays 1000.00 100000",
        // Nobody knew what fell; then somebody did.
        "A-4/rain/2024-03-01 final undetermined 0.00 0",
        "A-4/rain/2024-03-01 restated nothing_due 0.00 0",
        "B-1/rain/2024-03-01 final pays 1000.00 100000",
        "B-1/rain/2024-03-01 restated pays 2500.00 150000",
        // Recorded, and not claimed back.
        "B-2/rain/2024-03-01 final pays 3000.00 300000",
        "B-2/rain/2024-03-01 restated pays 2000.00 0",
        // The smallest difference counts where the terms name no least.
        "B-3/rain/2024-03-01 final pays 1000.00 100000",
        "B-3/rain/2024-03-01 restated pays 1050.00 5000",
        // These terms never correct.
        "C-1/rain/2024-03-01 final pays 3000.00 300000",
        // One limit of 4,000: the wet days got 2,000 of their 3,000, and none of them are left.
        "D-1/rain/2024-03-01 final pays 2000.00 200000",
        "D-1/rain/2024-03-01 restated pays 840.00 -116000",
        "D-1/wet-days/2024-03-01 final pays 2000.00 200000",
        "D-1/wet-days/2024-03-01 restated nothing_due 0.00 -200000",
        // What is on top follows what it subtracts.
        "E-1/rain/2024-03-01 final pays 3000.00 300000",
        "E-1/rain/2024-03-01 restated pays 2000.00 -100000",
        "E-1/top-up/2024-03-01 final pays 2250.00 225000",
        "E-1/top-up/2024-03-01 restated pays 1750.00 -50000",
    ];
    assert_eq!(binding(&ledger), expected);
    let payable: Vec<i64> = query(&ledger, "SELECT sum(payable_minor) FROM payout GROUP BY policy ORDER BY policy");
    let booked = "SELECT coalesce(sum(coalesce(booked_minor, payable_minor)), 0) FROM determination GROUP BY policy ORDER BY policy";
    assert_eq!(payable, query::<i64>(&ledger, booked), "what was booked adds up to what is payable");
    assert_eq!(payable, [250_000, 200_000, 100_000, 0, 250_000, 300_000, 105_000, 300_000, 84_000, 375_000]);
    for row in rows {
        assert_computed_again(&text(&row, "id"), &ledger);
    }
    shown(&ledger);
    let reader = fairgauge::ledger::Reader::open(&ledger).unwrap();
    let faults = fairgauge::audit::verify_life(&reader).unwrap();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A result is preliminary for the time of its terms, twice as long where the observers alone had told.
#[test]
fn a_result_may_be_contested_before_it_binds() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("kept.sqlite");
    replayed(&season::fixture(SEASON), &ledger);
    let told: Vec<String> = query(
        &ledger,
        "SELECT state || ' ' || substr(as_of, 1, 10) || ' ' || coalesce(substr(contested_until, 1, 10), '-') || ' '
            || coalesce(substr(correctable_until, 1, 10), '-') || ' ' || payable_minor
         FROM determination WHERE policy = 'A-1' AND as_of > '2024-04-03' ORDER BY seq",
    );
    assert_eq!(
        told,
        [
            "preliminary 2024-04-03 2024-04-05 - 0",
            "final 2024-04-05 - 2024-07-04 100000",
            "restated 2024-04-12 - 2024-07-04 250000",
        ]
    );
    let notes: Vec<String> = query(
        &ledger,
        "SELECT json_extract(body, '$.delta_minor') || ' ' || json_extract(body, '$.index.value') || ' ' || policy
         FROM ledger WHERE key LIKE 'difference/%' ORDER BY seq",
    );
    assert_eq!(notes, ["5000 60.5 A-3"], "what is too small is recorded once");
}

/// One that was cut off anywhere goes on to the very same ledger.
#[test]
fn f18_a_revision_is_booked_once_wherever_a_replay_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.sqlite");
    replayed(&season::fixture(SEASON), &whole);
    let all: i64 = query(&whole, "SELECT max(seq) FROM ledger")[0];
    for cut in [all / 3, all / 2, all - 20, all - 8, all - 4, all - 1] {
        let part = folder.path().join(format!("part-{cut}.sqlite"));
        cut_off(&whole, &part, cut);
        replayed(&season::fixture(SEASON), &part);
        assert_eq!(binding(&part), binding(&whole), "cut off behind entry {cut}");
        let first = |ledger| contents(ledger).into_iter().filter(|line| line.contains("\"kind\":\"restate\"")).count();
        assert_eq!(first(&part), first(&whole), "cut off behind entry {cut}");
    }
}

/// The ledger as it was behind an entry: a copy of which the rest was never written.
fn cut_off(whole: &Path, part: &Path, last: i64) {
    Connection::open(whole).unwrap().execute("VACUUM INTO ?1", [part.to_str().unwrap()]).unwrap();
    forge(part, |part| {
        let at = "SELECT at FROM ledger WHERE seq = ?1";
        let at: String = part.query_row(at, [last], |row| row.get(0)).unwrap();
        let at = fairgauge::ledger::parse_instant(&at).unwrap().timestamp_millis();
        let delete = format!(
            "DELETE FROM observation WHERE entry > {last}; DELETE FROM poll WHERE at_ms > {at};
             DELETE FROM listed WHERE seq > {last}; DELETE FROM ledger WHERE seq > {last};"
        );
        part.execute_batch(&delete).unwrap();
    });
}

fn shown(ledger: &Path) {
    let output = |args: &[&str]| {
        let output = fairgauge().args(args).arg("--ledger").arg(ledger).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = output(&["payouts", "show", "B-2/rain/2024-03-01"]);
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for says in [
        "state restated",
        "difference -1,000.00 CNY to entry",
        "source_revision",
        "booked -",
        "payable 3,000.00 CNY",
        "corrected until 2024-07-02T00:00:00.000Z",
    ] {
        assert!(shown.contains(says), "{says}: {shown}");
    }
    let list: Vec<serde_json::Value> =
        serde_json::from_str(&output(&["payouts", "list", "--state", "restated", "--format", "json"])).unwrap();
    let by_id: BTreeMap<_, _> = list.iter().map(|row| (text(row, "id"), row)).collect();
    let row = by_id["A-2/rain/2024-03-01"];
    assert_eq!(
        (text(row, "delta"), text(row, "booked"), text(row, "cause")),
        ("-1000.00".to_owned(), "-1000.00".to_owned(), "source_revision".to_owned())
    );
    assert_eq!(text(row, "payable"), "2000.00");
    let csv = output(&["payouts", "list", "--format", "csv"]);
    assert!(csv.lines().next().unwrap().contains(",contested_until,correctable_until,delta,booked,cause,"), "{csv}");
    let explained = output(&["explain", "A-2/rain/2024-03-01"]);
    assert!(explained.contains("corrects  entry") && explained.contains("difference -1,000.00 CNY"), "{explained}");
    let status = output(&["status"]);
    assert!(status.lines().any(|line| line.starts_with("restated") && line.ends_with(" 8")), "{status}");
    assert!(status.contains("stages    12 closed"), "{status}");
}
