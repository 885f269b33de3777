//! Faults of policies and of their files, L1 to L9 of docs/faults.md: what is refused, where, and what goes on as it was.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/operators.rs"]
mod operators;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::time::Instant;

use fairgauge::ledger::{Ask, Reader, Scope, State};
use operators::House;
use program::{PATIENCE, Program, daemon, fairgauge, query, wait_until};
use rain_days::HEADER;

const SHEET: &str = "products/final.toml";
const FINAL: &str = "Q-1/rain/2024-03-01";

/// Replaces a text that stands in a file.
fn edit(house: &House, file: &str, from: &str, to: &str) {
    let path = house.folder.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "`{from}` in {file}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// What `check` says of the folder.
fn check(house: &House) -> (Option<i32>, String) {
    let output = fairgauge().arg("check").arg(house.folder.path()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// That a house with this change is refused in these words, with file, line and column.
fn refused(file: &str, from: &str, to: &str, says: &str) {
    let house = House::new();
    edit(&house, file, from, to);
    let (status, report) = check(&house);
    assert_eq!(status, Some(78), "{from} -> {to}: {report}");
    assert!(report.contains(says), "{says}: {report}");
    let place = report.lines().find(|line| line.contains(&format!("{file}:"))).unwrap_or_default();
    assert!(place.matches(':').count() >= 2, "a place: {report}");
    assert!(!house.ledger.exists(), "nothing was written");
}

/// A daemon that ran and was stopped.
fn settled() -> House {
    let house = House::new();
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("final: policy Q-1");
    program.stop();
    house
}

/// That the daemon refuses to start, as settings with a fault are refused.
fn stays_down(house: &House, says: &str) {
    let mut program = Program::start(daemon(&house.config));
    let status = program.ended();
    assert_eq!(status.code(), Some(78), "{}", program.log());
    assert!(program.log().contains(says), "{says}: {}", program.log());
}

#[test]
fn l01_a_changed_term_sheet_of_a_bound_policy_is_refused() {
    let house = settled();
    edit(&house, SHEET, "strike = \"50 mm\"", "strike = \"40 mm\"");
    stays_down(&house, "policy Q-1 was bound to final@1 with the term sheet");
    let terms: Vec<i64> =
        query(&house.ledger, "SELECT count(DISTINCT json_extract(body, '$.terms')) FROM ledger WHERE policy = 'Q-1'");
    assert_eq!(terms, [1]);
}

#[test]
fn l01_a_changed_row_of_a_bound_policy_is_refused() {
    let house = settled();
    edit(&house, "book.csv", "B,2024-03-01,2024-03-31,10000 CNY", "B,2024-03-01,2024-03-31,90000 CNY");
    stays_down(&house, "policy Q-1 was bound with sum_insured = `10000 CNY`");
}

#[test]
fn l01_a_change_while_it_runs_leaves_the_old_terms_in_force() {
    let house = House::new();
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("final: policy Q-1");
    edit(&house, "products/contested.toml", "strike = \"50 mm\"", "strike = \"40 mm\"");
    program.signal("HUP");
    program.wait_said("the old book stays in force");
    program.stop();
}

#[test]
fn l01_a_new_version_binds_new_policies_and_leaves_the_old_ones() {
    let house = settled();
    let sheet = std::fs::read_to_string(house.folder.path().join(SHEET)).unwrap();
    let next = sheet.replace("version = 1", "version = 2").replace("strike = \"50 mm\"", "strike = \"40 mm\"");
    std::fs::write(house.folder.path().join("products/final-2.toml"), next).unwrap();
    edit(&house, "book.csv", "Q-1,", "Q-2,final@2,C,2024-03-01,2024-03-31,10000 CNY,s\nQ-1,");
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("final: policy Q-2");
    program.stop();
    let amount = |id: &str| Reader::open(&house.ledger).unwrap().payout(id).unwrap().unwrap().amount;
    assert_eq!((amount(FINAL), amount("Q-2/rain/2024-03-01")), ("1000.00".to_owned(), "2000.00".to_owned()));
}

/// The house's book with a column `book`, in which Q-1 is in one and the others are in none.
fn with_book(house: &House, name: &str) {
    let path = house.folder.path().join("book.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let field = |line: &str| match line.split_once(',').unwrap().0 {
        "policy" => "book".to_owned(),
        "Q-1" => name.to_owned(),
        _ => String::new(),
    };
    let lines: String = text.lines().map(|line| format!("{line},{}\n", field(line))).collect();
    std::fs::write(path, lines).unwrap();
}

#[test]
fn l01_a_policy_that_moves_to_another_book_is_refused() {
    let house = House::new();
    with_book(&house, "QS-2026");
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("final: policy Q-1");
    program.stop();
    let reader = Reader::open(&house.ledger).unwrap();
    let bound = |id: &str| reader.policy(id).unwrap().unwrap().1;
    assert_eq!((bound("Q-1").book.as_deref(), bound("P-1").book.as_deref()), (Some("QS-2026"), None));
    assert!(bound("Q-1").columns.iter().all(|(column, _)| column != "book"), "it is said once");
    let ask = Ask { scope: Scope::Books(["QS-2026".to_owned()].into()), limit: 9, ..Ask::default() };
    let page = reader.page(&ask).unwrap();
    assert!(!page.rows.is_empty() && page.rows.iter().all(|row| row.policy == "Q-1"), "{page:?}");
    edit(&house, "book.csv", "QS-2026", "");
    stays_down(&house, "policy Q-1 was bound with book = `QS-2026`, but the book now says `default`");
}

#[test]
fn l04_a_book_without_a_good_name() {
    for name in [" QS-2026", "\u{7}", &"x".repeat(61)] {
        let house = House::new();
        with_book(&house, name);
        let (status, report) = check(&house);
        assert_eq!(status, Some(78), "{name}: {report}");
        assert!(report.contains("a book has a name of at most 60 characters"), "{name}: {report}");
    }
}

#[test]
fn l02_two_policies_of_one_id() {
    refused("book.csv", "Q-1,", "P-1,final@1,C,2024-03-01,2024-03-31,10000 CNY,s\nQ-1,", "policy P-1 stands at");
}

#[test]
fn l02_two_policies_of_one_id_whose_periods_overlap_in_part() {
    refused("book.csv", "Q-1,", "P-1,final@1,C,2024-03-15,2024-04-15,10000 CNY,s\nQ-1,", "policy P-1 stands at");
}

#[test]
fn l02_two_policies_of_one_id_in_two_files() {
    let house = House::new();
    edit(&house, "fairgauge.toml", "policies = [\"book.csv\"]", "policies = [\"book.csv\", \"more.csv\"]");
    let more = "P-1,final@1,C,2025-03-01,2025-03-31,10000 CNY,s\n";
    std::fs::write(house.folder.path().join("more.csv"), format!("{HEADER}{more}")).unwrap();
    let (status, report) = check(&house);
    assert_eq!(status, Some(78), "{report}");
    assert!(report.contains("policy P-1 stands at") && report.contains("more.csv:2"), "{report}");
}

#[test]
fn l03_a_sum_insured_of_nothing_or_less() {
    refused("book.csv", "10000 CNY", "0 CNY", "`0 CNY` is no sum insured in CNY");
    refused("book.csv", "10000 CNY", "-10000 CNY", "`-10000 CNY` is no sum insured in CNY");
}

#[test]
fn l03_a_limit_below_nothing_or_beyond_all_numbers() {
    refused(SHEET, "limit = \"60 %\"", "limit = \"-1 CNY\"", "an amount is not below zero");
    refused(SHEET, "limit = \"60 %\"", "limit = \"9007199254740993 CNY\"", "is too large");
    refused("book.csv", "10000 CNY", "99999999999999 CNY", "is no sum insured in CNY");
}

#[test]
fn l03_a_limit_of_nothing() {
    refused(SHEET, "limit = \"60 %\"", "limit = \"0 %\"", "a limit of nothing pays nothing");
    refused(SHEET, "limit = \"60 %\"", "limit = \"0 CNY\"", "a limit of nothing pays nothing");
}

#[test]
fn l03_an_exit_on_the_wrong_side_of_the_strike() {
    refused(SHEET, "tick = \"100 CNY/mm\"", "exit = \"40 mm\"", "the exit 40 mm lies on the other side");
}

#[test]
fn l03_what_is_no_number() {
    refused(SHEET, "strike = \"50 mm\"", "strike = \"NaN mm\"", "`NaN` is not a decimal number");
    refused(SHEET, "tick = \"100 CNY/mm\"", "tick = \"0 CNY/mm\"", "a tick is above zero");
}

#[test]
fn l04_an_unknown_key() {
    refused(SHEET, "limit = \"60 %\"", "limit = \"60 %\", pays_late = true", "`pays_late` is not a key of the payout");
}

#[test]
fn l04_a_misspelt_key() {
    refused(SHEET, "rounding = \"half_up\"", "roundin = \"half_up\"", "did you mean `rounding`?");
}

#[test]
fn l04_no_rounding_and_no_comparison() {
    refused(SHEET, "rounding = \"half_up\"\n", "", "`rounding` is missing in [settlement]");
    refused(SHEET, "when = \">\", ", "", "`when` is missing in the payout");
}

#[test]
fn l04_a_correction_that_does_not_say_what_becomes_of_too_much() {
    refused(
        SHEET,
        "lag = \"2 d\"",
        "lag = \"2 d\"\ncorrection = \"180 d\"",
        "`clawback` is missing beside `correction`",
    );
    refused(
        SHEET,
        "lag = \"2 d\"",
        "lag = \"2 d\"\nclawback = true",
        "`clawback` says how a final result is corrected, but none is",
    );
    refused(
        SHEET,
        "lag = \"2 d\"",
        "lag = \"2 d\"\ncontest = \"119 min\"",
        "a result may be contested for two hours at least",
    );
}

#[test]
fn l05_a_strike_in_another_dimension() {
    refused(SHEET, "strike = \"50 mm\"", "strike = \"50 degC\"", "`50 degC` is a temperature");
}

#[test]
fn l05_a_tick_for_another_unit() {
    refused(
        SHEET,
        "tick = \"100 CNY/mm\"",
        "tick = \"100 CNY/degC\"",
        "the tick is for each degC, but the index is in mm",
    );
}

#[test]
fn l05_a_source_in_another_dimension() {
    refused("fairgauge.toml", "unit = \"mm\"", "unit = \"degC\"", "precipitation is not measured in degC");
}

#[test]
fn l05_a_strike_without_a_unit() {
    refused(SHEET, "strike = \"50 mm\"", "strike = \"50\"", "`50` has no unit");
}

#[test]
fn l06_a_feed_that_is_not_in_the_settings() {
    refused(SHEET, "daily/{station}", "dayly/{station}", "no feed is called `dayly`");
}

#[test]
fn l06_a_column_that_is_not_in_the_book() {
    refused(SHEET, "daily/{station}", "daily/{stati}", "the book has no column `stati` of stations");
}

#[test]
fn l06_a_station_that_the_feed_does_not_have() {
    refused("book.csv", "10000 CNY,s", "10000 CNY,t", "feed daily has no station `t`");
}

#[test]
fn l07_a_currency_that_does_not_exist() {
    refused(SHEET, "currency = \"CNY\"", "currency = \"XYZ\"", "`XYZ` is no currency");
}

#[test]
fn l07_amounts_in_another_currency() {
    refused(SHEET, "tick = \"100 CNY/mm\"", "tick = \"100 EUR/mm\"", "this is in EUR, but the product pays in CNY");
    refused("book.csv", "10000 CNY", "10000 EUR", "`10000 EUR` is no sum insured in CNY");
}

#[test]
fn l07_an_amount_without_its_currency() {
    refused("book.csv", "10000 CNY", "10000", "`10000` is no sum insured in CNY");
    refused(
        "fairgauge.toml",
        "above = \"1000 CNY\"",
        "above = \"1000.001 CNY\"",
        "is no amount of a currency, to its minor unit",
    );
}

/// A pipe would not end.
#[test]
fn l08_a_pipe_and_a_folder_are_no_files() {
    for pipe in [true, false] {
        let house = House::new();
        let book = house.folder.path().join("book.csv");
        std::fs::remove_file(&book).unwrap();
        if pipe {
            assert!(std::process::Command::new("mkfifo").arg(&book).status().unwrap().success());
        } else {
            std::fs::create_dir(&book).unwrap();
        }
        let (status, report) = check(&house);
        assert_eq!(status, Some(78), "{report}");
        assert!(report.contains("it is no plain file"), "{report}");
    }
}

#[test]
fn l08_a_term_sheet_of_fifty_megabytes_is_not_read() {
    let house = House::new();
    let path = house.folder.path().join(SHEET);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n# {}\n", "x".repeat(50_000_000))).unwrap();
    let (status, report) = check(&house);
    assert_eq!(status, Some(78), "{report}");
    assert!(report.contains("4194304 are the most"), "{report}");
}

#[test]
fn l08_a_hundred_thousand_policies_are_checked_in_time() {
    let house = House::new();
    let mut book = HEADER.to_owned();
    for policy in 0..100_000 {
        book.push_str(&format!("P-{policy},final@1,A,2024-03-01,2024-03-31,10000 CNY,s\n"));
    }
    std::fs::write(house.folder.path().join("book.csv"), book).unwrap();
    let begun = Instant::now();
    let (status, report) = check(&house);
    assert_eq!(status, Some(0), "{report}");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn l09_a_policy_whose_period_is_known_is_refused_where_the_settings_say_so() {
    let house = House::new();
    edit(&house, "fairgauge.toml", "[book]\n", "[book]\nback_dated = \"refuse\"\n");
    stays_down(&house, "policy P-1 would be bound when its cover had begun, on 2024-03-01");
    let bound: Vec<i64> = query(&house.ledger, "SELECT count(*) FROM ledger WHERE kind = 'policy'");
    assert_eq!(bound, [0]);
}

#[test]
fn l09_a_policy_of_the_future_is_bound_all_the_same() {
    let house = House::new();
    edit(&house, "fairgauge.toml", "[book]\n", "[book]\nback_dated = \"refuse\"\n");
    let row = "Z-1,final@1,C,2099-03-01,2099-03-31,10000 CNY,s\n";
    std::fs::write(house.folder.path().join("book.csv"), format!("{HEADER}{row}")).unwrap();
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("at work: 1 settlements open");
    program.stop();
}

#[test]
fn l09_a_policy_whose_period_is_known_is_held_until_two_let_it_go() {
    let house = House::new();
    edit(&house, "fairgauge.toml", "[book]\n", "[book]\nback_dated = \"hold\"\n");
    let program = Program::start(daemon(&house.config));
    let state = || Reader::open(&house.ledger).ok()?.payout(FINAL).ok()?.map(|row| row.state);
    wait_until("it is held", || state() == Some(State::Held));
    let why: Vec<String> = query(&house.ledger, "SELECT json_extract(body, '$.why') FROM ledger WHERE kind = 'hold'");
    let says = "the policy was bound when its period had begun";
    assert!(!why.is_empty() && why.iter().all(|why| why == says), "{why:?}");
    house.act("release", FINAL, "lin", &[]).unwrap();
    assert_eq!(state(), Some(State::Held));
    house.act("approve", FINAL, "wu", &[]).unwrap();
    wait_until("it is final", || state() == Some(State::Final));
    program.stop();
    house.verify();
}
