//! A policy on top of another one, whose payout for the same days is subtracted: what does not go together is refused
//! with its place, and what does is settled at once, whichever of the two comes first.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::path::Path;

use fairgauge::contract::{Book, BookSources};
use fairgauge::document::{Faults, Source};
use program::fairgauge;
use rain_days::{SETTINGS, assert_computed_again, days, feed, replayed, text};
use serde_json::Value;

const WET: &str = r#"payout = { when = ">", strike = "50 mm", exit = "150 mm", limit = "100 %" }"#;
const SWAP: &str = r#"payout = { swap = "50 mm", tick = "5 CNY/mm", when = ">", most = "500 CNY", least = "400 CNY" }"#;
const LESS: &str = r#"less = { cover = "rain", policy = "{under}" }"#;

/// A product with one cover called `rain`.
fn product(id: &str, currency: &str, besides: &str, payout: &str) -> String {
    let under = if besides.contains("{under}") { "under = \"policy\"" } else { "" };
    format!(
        r#"
[product]
id = "{id}"
version = 1
name = "Layer on layer"
currency = "{currency}"
day = {{ zone = "UTC", starts = "00:00" }}
[exposure]
sum_insured = "policy"
[policy]
station = "station"
{under}
[data]
sources = ["daily/{{station}}"]
missing = {{ at_most = "10 %", longest = "2 d" }}
[settlement]
lag = "1 d"
longest_wait = "10 d"
rounding = "half_up"
[[cover]]
id = "rain"
window = "cover"
{besides}
index = [ {{ read = "precipitation", every = "1 d" }}, {{ reduce = "sum" }} ]
{payout}
"#
    )
}

const HEADER: &str = "policy,product,insured,from,to,sum_insured,station,under\n";

/// The products that the rows may name.
fn products() -> Vec<String> {
    vec![
        product("base", "CNY", "", WET),
        product("swap", "CNY", "", SWAP),
        product("usd", "USD", "", WET),
        product("other", "CNY", "", WET).replace("id = \"rain\"", "id = \"wet\""),
        product("top", "CNY", LESS, WET),
    ]
}

fn faults(rows: &str) -> Vec<(String, String)> {
    let sources = BookSources {
        products: products()
            .into_iter()
            .enumerate()
            .map(|(at, text)| Source::new(format!("{at}.toml"), text))
            .collect(),
        policies: vec![Source::new("book.csv", format!("{HEADER}{rows}"))],
        ..BookSources::default()
    };
    let mut faults = Faults::new();
    Book::read(&sources, &mut faults);
    faults.iter().map(|fault| (fault.position(), fault.message().to_owned())).collect()
}

const BASE: &str = "B,base@1,A,2024-03-01,2024-03-31,1000 CNY,s,\n";

#[test]
fn what_does_not_go_together_is_refused_with_its_place() {
    let top = |under: &str| format!("T,top@1,A,2024-03-01,2024-03-31,2000 CNY,s,{under}\n");
    let other = |row: &str, under: &str| format!("{row}\n{}", top(under));
    let of_days = |product: &str, from: &str, to: &str| format!("O,{product}@1,A,{from},{to},1000 CNY,s,");
    let march = |product: &str| of_days(product, "2024-03-01", "2024-03-31");
    for (rows, says, at, why) in [
        (format!("{BASE}{}", top("B")), None, "", "well"),
        (format!("{}{BASE}", top("B")), None, "", "whichever stands first"),
        (format!("{BASE}{}", top("C")), Some("there is no policy `C` in the book"), "book.csv:3:44", "not in the book"),
        (format!("{BASE}{}", top("")), Some("`under` is empty"), "book.csv:3:44", "it must be named"),
        (top("T"), Some("which waits for this one: neither would ever be final"), "book.csv:2:44", "itself"),
        (other(&march("swap"), "O"), Some("cover rain of policy O is a swap"), "book.csv:3:44", "a swap"),
        (
            other(&march("usd").replace("1000 CNY", "1000 USD"), "O"),
            Some("policy O pays in USD, this one in CNY"),
            "book.csv:3:44",
            "another currency",
        ),
        (
            other(&march("other"), "O"),
            Some("policy O on other@1 has no cover `rain`"),
            "book.csv:3:44",
            "no such cover",
        ),
        (
            other(&of_days("base", "2024-03-01", "2024-03-30"), "O"),
            Some("cover rain of policy O has no period 2024-03-01 to 2024-03-31 to subtract from rain"),
            "book.csv:3:44",
            "a day less",
        ),
        (
            other("O,base@1,A,2024-03-01,2024-03-32,1000 CNY,s,", "O"),
            Some("`2024-03-32` is no day of the calendar"),
            "book.csv:2:23",
            "a row with a fault of its own is told of alone",
        ),
    ] {
        let got = faults(&rows);
        match says {
            None => assert_eq!(got, [], "{why}"),
            Some(says) => {
                assert_eq!(got.len(), 1, "{why}: {got:?}");
                assert!(got[0].1.contains(says) && got[0].0 == at, "{why}: {got:?}");
            }
        }
    }
}

#[test]
fn a_circle_is_told_of_each_that_is_in_it() {
    let top = |id: &str, under: &str| format!("{id},top@1,A,2024-03-01,2024-03-31,2000 CNY,s,{under}\n");
    let got = faults(&format!("{}{}{}{}", top("A", "B"), top("B", "C"), top("C", "A"), top("D", "A")));
    let places: Vec<_> = got.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(places, ["book.csv:2:44", "book.csv:3:44", "book.csv:4:44"], "not of the one that hangs on it: {got:?}");
    assert!(got.iter().all(|(_, message)| message.contains("neither would ever be final")), "{got:?}");
}

#[test]
fn the_columns_of_policies_are_held_against_the_terms() {
    let read = |sheet: &str| {
        let mut faults = Faults::new();
        fairgauge::contract::Product::read(&Source::new("p.toml", sheet), &mut faults);
        faults.iter().map(|fault| fault.message().to_owned()).collect::<Vec<_>>()
    };
    let sheet = product("top", "CNY", LESS, WET);
    assert_eq!(read(&sheet), [] as [String; 0]);
    for (from, to, says) in [
        ("under = \"policy\"", "under = \"date\"", "the book has no column `under` of policies"),
        ("policy = \"{under}\"", "policy = \"{undr}\"", "the book has no column `undr` of policies"),
        ("policy = \"{under}\"", "policy = \"B-1\"", "`B-1` is no column of the book"),
        (", policy = \"{under}\"", "", "`policy` is missing in what is subtracted"),
        ("cover = \"rain\", ", "", "`cover` is missing in what is subtracted"),
        ("cover = \"rain\"", "cover = \"Rain!\"", "`Rain!` is no name"),
        ("under = \"policy\"", "under = \"police\"", "`police` is neither"),
        (WET, SWAP, "a swap stands alone"),
    ] {
        let got = read(&sheet.replace(from, to));
        assert!(got.iter().any(|message| message.contains(says)), "{to}: {got:?}");
    }
}

/// 110 mm in March 2024: a base that is final a week later, two policies on top of one another before it in the alphabet.
fn season(folder: &Path) {
    std::fs::create_dir_all(folder.join("products")).unwrap();
    std::fs::write(folder.join("fairgauge.toml"), format!("{SETTINGS}{}", feed("daily", "1 d"))).unwrap();
    let base = product("base", "CNY", "lag = \"7 d\"", WET);
    std::fs::write(folder.join("products/base.toml"), base).unwrap();
    std::fs::write(folder.join("products/top.toml"), product("top", "CNY", LESS, WET)).unwrap();
    let book = format!(
        "{HEADER}A-1,top@1,A,2024-03-01,2024-03-31,5000 CNY,s,M-1\n\
         M-1,top@1,A,2024-03-01,2024-03-31,2000 CNY,s,Z-1\n\
         Z-1,base@1,A,2024-03-01,2024-03-31,1000 CNY,s,\n"
    );
    std::fs::write(folder.join("book.csv"), book).unwrap();
    let rain = days(60, &[("03-05", "60"), ("03-20", "50")]);
    std::fs::write(folder.join("daily.csv"), rain).unwrap();
}

#[test]
fn what_is_on_top_waits_and_is_final_with_what_it_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let ledger = folder.path().join("kept.sqlite");
    let rows = replayed(folder.path(), &ledger);
    let told: Vec<_> = rows.iter().map(|row| (text(row, "policy"), text(row, "state"), text(row, "amount"))).collect();
    // 60 of the 100 mm from strike to exit: 60 % of each sum insured, in all.
    let expected =
        [("A-1", "3000.00 less 600.00", "2400.00"), ("M-1", "1200.00 less 600.00", "600.00"), ("Z-1", "", "600.00")];
    for ((policy, state, amount), (id, why, pays)) in told.iter().zip(expected) {
        assert_eq!((policy.as_str(), state.as_str(), amount.as_str()), (id, "final", pays), "{id}: {why}");
    }
    assert_eq!(told.len(), 3);
    let instants: Vec<_> = rows.iter().map(|row| text(row, "as_of")).collect();
    assert_eq!(instants, ["2024-04-08T00:00:00.000Z"; 3], "all wait for the base, and for nothing more");
    assert!(text(&rows[0], "reason").contains("less the 600.00 CNY that cover M-1/rain paid"), "{}", rows[0]["reason"]);
    for policy in ["A-1", "M-1", "Z-1"] {
        let id = format!("{policy}/rain/2024-03-01");
        assert_computed_again(&id, &ledger);
    }
    let mut all = fairgauge();
    all.args(["payouts", "list", "--all", "--policy", "M-1", "--format", "json", "--ledger"]).arg(&ledger);
    let all: Vec<Value> = serde_json::from_slice(&all.output().unwrap().stdout).unwrap();
    let waits =
        all.iter().any(|row| text(row, "reason").contains("what cover Z-1/rain pays for the period is subtracted"));
    assert!(waits, "{all:?}");
}
