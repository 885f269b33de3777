//! Payments in advance, replayed: a sum with a tick that pays while it runs, an aggregate that another cover erodes in
//! between, and a revision that leaves less than was paid. Every determination is computed again from the ledger.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::path::Path;

use program::fairgauge;
use rain_days::{DAILY, assert_computed_again, days, feed, product, replayed, text};
use rusqlite::{Connection, OpenFlags};

const LIMIT: &str = "[limit]\naggregate = \"50 %\"\n";

const RAIN: &str = r#"
[[cover]]
id = "rain"
window = "cover"
interim = "500 CNY"
index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
payout = { when = ">", strike = "50 mm", tick = "100 CNY/mm", limit = "40 %" }
"#;

const WET_DAYS: &str = r#"
[[cover]]
id = "wet-days"
window = { from = "03-01", to = "03-15" }
index = [ { read = "precipitation", every = "1 d" }, { meets = ">= 1 mm" }, { reduce = "count" } ]
payout = { when = ">=", strike = "3 d", pays = "20 %" }
"#;

fn season(folder: &Path) {
    let feeds = feed("daily", "1 d") + &feed("late", "6 d");
    let both = "sources = [\"late/{station}\", \"daily/{station}\"]\nfallback = \"reading\"";
    let products = [("plain", DAILY, ""), ("eroded", DAILY, WET_DAYS), ("revised", both, "")]
        .map(|(id, sources, more)| (id, product(id, sources, "lag = \"2 d\"", &format!("{LIMIT}{RAIN}{more}"))));
    let book = "P-1,plain@1,A,2024-03-01,2024-03-31,10000 CNY,s\n\
        E-1,eroded@1,B,2024-03-01,2024-03-31,10000 CNY,s\n\
        R-1,revised@1,C,2024-03-01,2024-03-31,10000 CNY,s\n";
    rain_days::write(folder, &feeds, &products, book);
    let falls = [("03-05", "60"), ("03-10", "3"), ("03-12", "2"), ("03-20", "20"), ("03-31", "3")];
    std::fs::write(folder.join("daily.csv"), days(60, &falls)).unwrap();
    let revised = [("03-05", "10"), ("03-10", "3"), ("03-12", "2"), ("03-20", "20"), ("03-31", "3")];
    std::fs::write(folder.join("late.csv"), days(60, &revised)).unwrap();
}

#[test]
fn what_is_sure_is_paid_while_the_period_runs_and_the_rest_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let ledger = folder.path().join("kept.sqlite");
    let rows = replayed(folder.path(), &ledger);
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let day = text(row, "as_of")[..10].to_owned();
            let payable = if row["id"].as_str().unwrap().contains("wet-days") {
                assert!(row.get("payable").is_none(), "nothing of it is paid in advance");
                text(row, "amount")
            } else {
                text(row, "payable")
            };
            (text(row, "id"), day, text(row, "state"), text(row, "amount"), payable)
        })
        .collect();
    let expected = [
        ("E-1/rain/2024-03-01/1", "2024-03-08", "interim", "1000.00", "1000.00"),
        ("E-1/rain/2024-03-01/2", "2024-03-15", "interim", "500.00", "500.00"),
        // The aggregate is 5,000, of which the wet days took 2,000.
        ("E-1/rain/2024-03-01/3", "2024-03-23", "interim", "1500.00", "1500.00"),
        ("E-1/rain/2024-03-01", "2024-04-03", "final", "3000.00", "0.00"),
        ("E-1/wet-days/2024-03-01", "2024-03-18", "final", "2000.00", "2000.00"),
        // 60 mm by 5 March, and two days of lag behind it; the 300 of 10 March are too little, with the 200 of 12 March
        // they are exactly enough.
        ("P-1/rain/2024-03-01/1", "2024-03-08", "interim", "1000.00", "1000.00"),
        ("P-1/rain/2024-03-01/2", "2024-03-15", "interim", "500.00", "500.00"),
        ("P-1/rain/2024-03-01/3", "2024-03-23", "interim", "2000.00", "2000.00"),
        ("P-1/rain/2024-03-01", "2024-04-03", "final", "3800.00", "300.00"),
        // 50 mm of 5 March were taken back by the source that is preferred, when it told.
        ("R-1/rain/2024-03-01/1", "2024-03-08", "interim", "1000.00", "1000.00"),
        ("R-1/rain/2024-03-01", "2024-04-03", "final", "0.00", "0.00"),
    ];
    let expected =
        expected.map(|(a, b, c, d, e)| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned(), e.to_owned()));
    assert_eq!(told, expected);
    let reason = |id: &str| text(rows.iter().find(|row| row["id"] == id).unwrap(), "reason");
    for (id, says) in [
        ("P-1/rain/2024-03-01/1", "60 mm is > 50 mm; no later reading can take it back"),
        ("P-1/rain/2024-03-01/2", "1,000.00 CNY of it were paid in advance, 500.00 CNY are left to pay"),
        ("P-1/rain/2024-03-01", "3,500.00 CNY of it were paid in advance, 300.00 CNY are left to pay"),
        ("E-1/rain/2024-03-01", "all of it was paid in advance, 3,000.00 CNY"),
        ("R-1/rain/2024-03-01", "1,000.00 CNY were paid in advance, 1,000.00 CNY more than is due"),
    ] {
        assert!(reason(id).contains(says), "{id}: {}", reason(id));
    }
    for (id, ..) in &told {
        assert_computed_again(id, &ledger);
    }
    by_sql(&ledger);
    shown(&ledger);
}

/// What is payable adds up, is never above the aggregate, and the over-payment is said.
fn by_sql(ledger: &Path) {
    let connection = Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let query = "SELECT policy, sum(payable_minor), sum(overpaid_minor) FROM payout GROUP BY policy ORDER BY policy";
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let rows: Vec<(String, i64, i64)> = rows.map(Result::unwrap).collect();
    let expected = [("E-1", 500_000, 0), ("P-1", 380_000, 0), ("R-1", 100_000, 100_000)];
    assert_eq!(rows, expected.map(|(policy, payable, over)| (policy.to_owned(), payable, over)));
    let superseded = "SELECT count(*) FROM determination WHERE state = 'interim' AND superseded";
    assert_eq!(connection.query_row(superseded, [], |row| row.get(0)), Ok(0));
}

fn shown(ledger: &Path) {
    let output = |args: &[&str]| {
        let output = fairgauge().args(args).arg("--ledger").arg(ledger).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let list = output(&["payouts", "list", "--policy", "P-1"]);
    assert!(list.contains("interim 3") && list.contains("2,000.00 CNY") && list.contains("3,800.00 CNY"), "{list}");
    let list = output(&["payouts", "list", "--state", "interim", "--format", "csv"]);
    assert_eq!(list.lines().count(), 1 + 7, "{list}");
    let shown = output(&["payouts", "show", "P-1/rain/2024-03-01"]);
    assert!(
        shown.contains("paid in advance  3,500.00 CNY") && shown.contains("payable          300.00 CNY"),
        "{shown}"
    );
    let shown = output(&["payouts", "show", "P-1/rain/2024-03-01/2"]);
    assert!(shown.contains("interim 2") && shown.contains("500.00 CNY"), "{shown}");
    let status = output(&["status"]);
    assert!(status.lines().any(|line| line.starts_with("interim") && line.ends_with(" 7")), "{status}");
    let explained = output(&["explain", "P-1/rain/2024-03-01"]);
    assert!(explained.contains("payable   300.00 CNY"), "{explained}");
}
