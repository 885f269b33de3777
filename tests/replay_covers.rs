//! Covers that hang on what was paid before, replayed: an advance and its balance, a limit over all months, a limit
//! that is reinstated, and a swap under which the insured owes. Every determination is computed again from the ledger.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::collections::BTreeMap;
use std::path::Path;

use program::fairgauge;
use rain_days::{DAILY, assert_computed_again, days, feed, product, replayed, text};

const RAIN: &str = r#"index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]"#;

fn season(folder: &Path) {
    let months = "window = { each = \"month\" }";
    let balance = format!(
        r#"
[limit]
aggregate = "40 %"
reinstatements = 1
[[cover]]
id = "advance"
{months}
{RAIN}
payout = {{ when = "<", strike = "100 mm", pays = "10 %" }}
[[cover]]
id = "balance"
{months}
lag = "3 d"
less = "advance"
limit = {{ cover = "45 %" }}
{RAIN}
payout = {{ when = "<", strike = "100 mm", exit = "0 mm", limit = "50 %" }}
"#
    );
    let swap = format!(
        r#"
[[cover]]
id = "swap"
{months}
{RAIN}
payout = {{ swap = "60 mm", tick = "10 CNY/mm", when = "<", most = "500 CNY", least = "250 CNY" }}
"#
    );
    let settlement = "lag = \"1 d\"\nagent = \"Nobody in particular\"";
    let products =
        [("balance", balance), ("swap", swap)].map(|(id, covers)| (id, product(id, DAILY, settlement, &covers)));
    let book = "B-1,balance@1,A,2024-03-01,2024-07-31,10000 CNY,s\n\
        S-1,swap@1,B,2024-03-01,2024-07-31,10000 CNY,s\n";
    rain_days::write(folder, &feed("daily", "1 d"), &products, book);
    // March 60 mm, April 20, May 100, June 0, July 0; each month's rain falls on its fifth day.
    let rain = days(173, &[("03-05", "60"), ("04-05", "20"), ("05-05", "100")]);
    std::fs::write(folder.join("daily.csv"), rain).unwrap();
}

#[test]
fn what_was_paid_before_decides_and_is_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let ledger = folder.path().join("kept.sqlite");
    let rows = replayed(folder.path(), &ledger);
    let told: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            assert_eq!(text(row, "state"), "final", "{row}");
            (text(row, "id"), (text(row, "outcome"), text(row, "amount"), text(row, "reason")))
        })
        .collect();
    for (id, outcome, amount, says, why) in [
        ("B-1/advance/2024-03-01", "pays", "1000.00", "60 mm is < 100 mm", "10 % of 10000 CNY"),
        (
            "B-1/balance/2024-03-01",
            "pays",
            "1000.00",
            "less the 1,000.00 CNY that cover advance paid",
            "20 % less 10 %",
        ),
        ("B-1/advance/2024-04-01", "pays", "1000.00", "20 mm is < 100 mm", "10 %"),
        ("B-1/balance/2024-04-01", "pays", "3000.00", "less the 1,000.00 CNY", "40 % less 10 %: April's 40 % in all"),
        ("B-1/advance/2024-05-01", "nothing_due", "0.00", "100 mm is not < 100 mm", "at the strike"),
        ("B-1/balance/2024-05-01", "nothing_due", "0.00", "100 mm is not < 100 mm", "nothing to subtract from"),
        ("B-1/advance/2024-06-01", "pays", "1000.00", "0 mm is < 100 mm", "10 %"),
        (
            "B-1/balance/2024-06-01",
            "pays",
            "500.00",
            "cut to what was left of the cover's limit",
            "50 % less 10 %, of the cover's 45 % are 5 % left",
        ),
        ("B-1/advance/2024-07-01", "pays", "500.00", "what was left of the policy's limit", "80 % in all, 75 % paid"),
        ("B-1/balance/2024-07-01", "nothing_due", "0.00", "nothing is left of the cover's limit", "45 % are paid"),
        ("S-1/swap/2024-03-01", "nothing_due", "0.00", "nobody owes", "at the level"),
        ("S-1/swap/2024-04-01", "pays", "400.00", "the insured receives", "40 mm below it"),
        ("S-1/swap/2024-05-01", "pays", "-250.00", "the insured owes", "40 mm above it, at most 250 CNY"),
        ("S-1/swap/2024-06-01", "pays", "500.00", "the insured receives", "60 mm below it, at most 500 CNY"),
    ] {
        let (got, paid, reason) = &told[id];
        assert_eq!((got.as_str(), paid.as_str()), (outcome, amount), "{id}, {why}: {reason}");
        assert!(reason.contains(says), "{id}, {why}: {reason}");
    }
    for id in told.keys() {
        assert_computed_again(id, &ledger);
    }
    let list = fairgauge().args(["payouts", "list", "--cover", "swap", "--ledger"]).arg(&ledger).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.contains("-250.00 CNY") && list.contains("400.00 CNY"), "{list}");
    let export = fairgauge().args(["payouts", "export", "--cover", "swap", "--ledger"]).arg(&ledger).output().unwrap();
    let export = String::from_utf8(export.stdout).unwrap();
    assert!(export.contains(",pays,final,100,mm,-250.00,CNY,"), "{export}");
}
