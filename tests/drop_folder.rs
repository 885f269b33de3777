//! The whole program on a folder into which files are put while it runs, is killed and starts again.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use program::{Program, contents, daemon, wait_until};

fn start(folder: &Path) -> Program {
    Program::start(daemon(&folder.join("fairgauge.toml")))
}

/// Puts a file there as a good sender does: under another name first.
fn put(folder: &Path, name: &str, text: &str) {
    let part = folder.join("drop").join(format!("{name}.part"));
    fs::write(&part, text).unwrap();
    fs::rename(part, folder.join("drop").join(name)).unwrap();
}

/// How many lines of the ledger begin so.
fn count(ledger: &Path, what: &str) -> usize {
    if ledger.exists() { contents(ledger).iter().filter(|line| line.starts_with(what)).count() } else { 0 }
}

#[test]
fn what_was_read_before_a_crash_changes_nothing_after_it() {
    let season = tempfile::tempdir().unwrap();
    let folder = season.path();
    let ledger = folder.join("ledger.sqlite");
    fs::create_dir(folder.join("drop")).unwrap();
    fs::create_dir(folder.join("products")).unwrap();
    fs::write(folder.join("book.csv"), "policy,product,insured,from,to\n").unwrap();
    let settings = r#"
[ledger]
path = "ledger.sqlite"
[book]
products = "products"
policies = ["book.csv"]
[feed.park]
kind = "csv"
folder = "drop"
poll = "1 s"
delay = "0 s"
vintage = "provisional"
columns.power = { variable = "power", unit = "kW" }
[feed.park.csv]
delimiter = ","
decimal = "."
missing = [""]
station = { file_name = "{station}_*" }
time = { column = "time", format = "%F %R", zone = "UTC", stamp = "begin", every = "10 min" }
"#;
    fs::write(folder.join("fairgauge.toml"), settings).unwrap();

    let mut program = start(folder);
    put(folder, "T01_1.csv", "time,power\n2026-06-01 00:00,5\n2026-06-01 00:10,6\n");
    put(folder, "T02_1.csv", "time,power\n2026-06-01 00:00,5\n2026-06-01 00:10,6\n");
    put(folder, "T03_1.csv", "nothing of that\n");
    wait_until("two files are read", || count(&ledger, "observation") == 4);
    program.wait_said("T03_1.csv");
    assert_eq!(count(&ledger, "evidence"), 1, "two files of the same bytes are one");
    assert!(program.kill());

    put(folder, "T01_2.csv", "time,power\n2026-06-01 00:10,7\n2026-06-01 00:20,8\n");
    let mut program = start(folder);
    wait_until("the correction is read", || count(&ledger, "observation") == 6);
    assert!(program.kill());
    let known: Vec<_> = contents(&ledger).into_iter().filter(|line| !line.starts_with("poll")).collect();

    let program = start(folder);
    let polls = count(&ledger, "poll");
    wait_until("it has asked again", || count(&ledger, "poll") >= polls + 4);
    program.stop();
    let after: Vec<_> = contents(&ledger).into_iter().filter(|line| !line.starts_with("poll")).collect();
    assert_eq!(after, known, "reading a file again changes nothing");
    let why = fs::read_to_string(folder.join("drop/quarantine/reasons.txt")).unwrap();
    assert_eq!(why.lines().count(), 1, "{why}");
}
