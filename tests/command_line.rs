//! The program as people and scripts meet it: help, statuses, formats, and what it says where a ledger is none.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/season.rs"]
mod season;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;

const SEASONS: [&str; 5] = ["golden-2016", "hyderabad-2002", "la-haute-borne-2014", "lingang-2024", "new-york-2013"];

/// `fairgauge`, without any variable of ours.
fn fairgauge() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("fairgauge"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FAIRGAUGE_")) {
        command.env_remove(name);
    }
    command.env_remove("COLUMNS").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    fairgauge().args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a command that ends well prints; it says nothing else.
fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    text(&output.stdout)
}

/// What a command that ends with this status says; it prints nothing.
fn refused(status: i32, arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    text(&output.stderr)
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

/// The ledgers of all seasons, replayed once.
static LEDGERS: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for name in SEASONS {
            let path = folder.path().join(name);
            scope.spawn(move || {
                let season = season::fixture(name);
                printed(&["replay", season.to_str().unwrap(), "--ledger", path.to_str().unwrap()]);
            });
        }
    });
    folder
});

fn ledger(season: &str) -> String {
    LEDGERS.path().join(season).to_str().unwrap().to_owned()
}

#[test]
fn help_says_what_each_command_does() {
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help_run", &["run", "--help"]),
        ("help_replay", &["replay", "--help"]),
        ("help_check", &["check", "--help"]),
        ("help_payouts", &["payouts", "--help"]),
        ("help_payouts_list", &["payouts", "list", "--help"]),
        ("help_payouts_show", &["payouts", "show", "--help"]),
        ("help_payouts_export", &["payouts", "export", "--help"]),
        ("help_payouts_follow", &["payouts", "follow", "--help"]),
        ("help_explain", &["explain", "--help"]),
        ("help_index", &["index", "--help"]),
        ("help_test", &["test", "--help"]),
        ("help_feed", &["feed", "--help"]),
        ("help_feed_list", &["feed", "list", "--help"]),
        ("help_feed_log", &["feed", "log", "--help"]),
        ("help_feed_try", &["feed", "try", "--help"]),
        ("help_feed_sample", &["feed", "sample", "--help"]),
        ("help_feed_backfill", &["feed", "backfill", "--help"]),
        ("help_status", &["status", "--help"]),
        ("help_webhook", &["webhook", "--help"]),
        ("help_webhook_replay", &["webhook", "replay", "--help"]),
        ("help_schema", &["schema", "--help"]),
        ("help_init", &["init", "--help"]),
        ("help_doctor", &["doctor", "--help"]),
        ("help_completions", &["completions", "--help"]),
        ("help_man", &["man", "--help"]),
    ] {
        insta::assert_snapshot!(name, printed(arguments));
    }
    assert_eq!(printed(&["--version"]), format!("{}\n", fairgauge::ledger::ENGINE));
}

#[test]
fn statuses_are_0_1_2_and_78() {
    let ledger = ledger("hyderabad-2002");
    let well = season::fixture("hyderabad-2002");
    assert!(printed(&["check", well.to_str().unwrap()]).ends_with("1 feed, 5 products, 7 policies: no fault\n"));
    for (status, arguments, says) in [
        (
            1,
            &["payouts", "show", "HY-000/rain/2002-06-01", "--ledger", &ledger][..],
            "`fairgauge payouts list` shows which there are",
        ),
        (
            1,
            &["explain", "HY-000/rain/2002-06-01", "--ledger", &ledger],
            "`fairgauge payouts list` shows which there are",
        ),
        (1, &["payouts", "show", "0", "--ledger", &ledger], "there is no determination `0`"),
        (1, &["explain", "HY-101/sowing/2002-06-15", "--format", "csv", "--ledger", &ledger], "use --format json"),
        (1, &["status", "--format", "csv", "--ledger", &ledger], "use --format json"),
        (2, &["bogus"], "unrecognized subcommand"),
        (2, &["replay"], "<DIR>"),
        (2, &["payouts", "list", "--outcome", "paid", "--ledger", &ledger], "one of pays, nothing_due, undetermined"),
        (
            2,
            &["payouts", "list", "--state", "done", "--ledger", &ledger],
            "one of provisional, preliminary, held, void, interim, final, restated",
        ),
        (78, &["check", "/nowhere"], "name the settings with --config FILE"),
        (78, &["run", "--config", "/nowhere/fairgauge.toml"], "name the settings with --config FILE"),
        (78, &["replay", "/nowhere"], "name the settings with --config FILE"),
        (78, &["status", "--config", "/nowhere/fairgauge.toml"], "name the settings with --config FILE"),
    ] {
        let said = refused(status, arguments);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

/// Whoever mistypes is told what is nearest.
#[test]
fn what_was_meant_is_asked() {
    for (arguments, near) in [
        (&["payout"][..], "a similar subcommand exists: 'payouts'"),
        (&["feed", "lst"], "a similar subcommand exists: 'list'"),
        (&["status", "--fromat", "json"], "a similar argument exists: '--format'"),
        (&["status", "--format", "jsno"], "a similar value exists: 'json'"),
        (&["completions", "bahs"], "a similar value exists: 'bash'"),
        (&["schema", "produkt"], "a similar value exists: 'product'"),
    ] {
        let said = refused(2, arguments);
        assert!(said.contains(near) && said.contains("--help"), "{arguments:?}: {said}");
    }
}

/// Each shell reads what is made for it; bash completes by it.
#[test]
fn four_shells_read_their_completions() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, check) in [
        ("bash", &["bash", "-n"][..]),
        ("zsh", &["zsh", "-n"]),
        ("fish", &["fish", "-n"]),
        ("elvish", &["elvish", "-compileonly"]),
    ] {
        let script = printed(&["completions", shell]);
        assert!(["doctor", "init", "payouts"].iter().all(|name| script.contains(name)), "{shell}: {script}");
        let file = folder.path().join(shell);
        // What is there at Elvish's prompt only.
        let around = if shell == "elvish" { "var edit: = (ns [&completion:=(ns [&arg-completer=[&]])])\n" } else { "" };
        std::fs::write(&file, format!("{around}{script}")).unwrap();
        if tools::there(check[0]) {
            let output = Command::new(check[0]).args(&check[1..]).arg(&file).output().unwrap();
            assert!(output.status.success(), "{shell}: {}", text(&output.stderr));
        }
    }
    let ask = "source \"$0\"; COMP_WORDS=(fairgauge payouts l); COMP_CWORD=2; _fairgauge fairgauge l payouts; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash").args(["-c", ask]).arg(folder.path().join("bash")).output().unwrap();
    assert_eq!(text(&output.stdout), "list\n", "{}", text(&output.stderr));
}

/// A page of each command, of the same words as its help, without a fault by the strict reader of manual pages.
#[test]
fn manual_pages_are_those_of_the_help() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(printed(&["man", folder.path().to_str().unwrap()]), "");
    let pages: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 35, "{} pages", pages.len());
    let first = std::fs::read(folder.path().join("fairgauge.1")).unwrap();
    assert_eq!(printed(&["man"]).as_bytes(), first);
    let page = std::fs::read_to_string(folder.path().join("fairgauge-payouts-list.1")).unwrap();
    assert!(page.contains(r"fairgauge payouts list \-\-outcome pays \-\-format json"), "{page}");
    if tools::there("mandoc") {
        let output = Command::new("mandoc").args(["-T", "lint", "-W", "error"]).args(&pages).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stdout));
    }
}

#[test]
fn seasons_and_the_shipped_settings_are_well() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    for folder in SEASONS.map(season::fixture).into_iter().chain([config]) {
        assert!(printed(&["check", folder.to_str().unwrap()]).ends_with(": no fault\n"));
    }
}

/// Products without settings are checked alone, with what they use of the language.
#[test]
fn a_library_of_products_is_checked_without_feeds_and_book() {
    let library = season::fixture("hyderabad-2002").join("products");
    let library = library.to_str().unwrap();
    let checked = printed(&["check", library]);
    assert!(checked.starts_with(&format!("{library}: 5 products, 0 with cases: no fault\n\n PRODUCT")), "{checked}");
    let row = checked.lines().find(|line| line.starts_with(" mango-heat@1 ")).unwrap();
    assert!(row.ends_with(" -  read, excess_over, in_runs, reduce largest_run, window dates, payout tick"), "{row}");
    let object = json(&["check", library, "--format", "json"]);
    let of = |key: &str| object[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>();
    let (used, unused) = (of("used"), of("unused"));
    let last = format!(
        "5 products use {} of {} blocks of the language; unused: {}\n",
        used.len(),
        used.len() + unused.len(),
        unused.join(", ")
    );
    assert!(checked.ends_with(&last), "{checked}\n{last}");
    assert!(used.contains(&"payout bands") && unused.contains(&"payout swap"), "{used:?} {unused:?}");
    assert_eq!(object["products"].as_array().unwrap().len(), 5);
    assert_eq!(object["products"][0]["cases"], Value::Null);
}

#[test]
fn one_product_or_its_cases_are_checked_alone() {
    let products = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/products");
    for name in ["hot-days.toml", "hot-days.cases.toml"] {
        let checked = printed(&["check", products.join(name).to_str().unwrap()]);
        let first = checked.lines().next().unwrap();
        assert!(first.ends_with(&format!("{name}: 1 product, 1 with cases: no fault")), "{first}");
        assert!(checked.contains("\n1 product uses "), "{checked}");
    }
    let said = refused(1, &["check", products.to_str().unwrap(), "--format", "csv"]);
    assert!(said.contains("use --format json"), "{said}");
}

#[test]
fn every_fault_of_a_library_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let product = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/products/hot-days.toml"));
    let product = product.unwrap();
    for (name, text) in [
        ("a.toml", product.clone()),
        ("b.toml", product.clone()),
        ("c.toml", product.replace("version = 1", "verison = 1")),
        ("d.cases.toml", String::new()),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let said = refused(78, &["check", folder.path().to_str().unwrap()]);
    for fault in [
        "`hot-days@1` is also the product in",
        "`verison` is not a key of [product]",
        "there is no",
        "3 faults in all; nothing was written",
    ] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
}

/// The rows that stand in comments in the shipped book are such as an operator can take the # from.
#[test]
fn the_shipped_book_shows_rows_that_are_well() {
    let folder = tempfile::tempdir().unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let book = std::fs::read_to_string(config.join("book.csv")).unwrap().replace("\n# LG-", "\nLG-");
    let path = folder.path().join("book.csv");
    std::fs::write(&path, book).unwrap();
    let output = fairgauge().env("FAIRGAUGE__BOOK__POLICIES", path).arg("check").arg(config).output().unwrap();
    assert!(text(&output.stdout).ends_with("1 feed, 3 products, 3 policies: no fault\n"), "{}", text(&output.stderr));
}

#[test]
fn a_payout_as_json_has_these_keys_and_no_other() {
    let rows = json(&["payouts", "list", "--format", "json", "--ledger", &ledger("hyderabad-2002")]);
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 11);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    for row in rows {
        let wanted = "id policy product cover period outcome state index amount currency reason as_of determined_at";
        let sorted = |keys: &str| keys.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(sorted(&keys(row)), sorted(wanted));
        assert_eq!(keys(&row["period"]).split(' ').collect::<BTreeSet<_>>(), BTreeSet::from(["start", "end"]));
        if row["outcome"] == "undetermined" {
            assert_eq!(row["index"], Value::Null);
        } else {
            assert_eq!(keys(&row["index"]).split(' ').collect::<BTreeSet<_>>(), BTreeSet::from(["value", "unit"]));
        }
        let (whole, cents) = row["amount"].as_str().unwrap().split_once('.').unwrap();
        assert!(cents.len() == 2 && (whole.to_owned() + cents).bytes().all(|byte| byte.is_ascii_digit()), "{row}");
        for instant in ["as_of", "determined_at"] {
            assert!(row[instant].as_str().unwrap().ends_with("000Z"), "{row}");
        }
        let id = ["policy", "cover"].map(|key| row[key].as_str().unwrap()).join("/");
        assert_eq!(row["id"], format!("{id}/{}", row["period"]["start"].as_str().unwrap()));
    }
}

/// What an insurer's own tool sees is what the program shows.
#[test]
fn the_sqlite_shell_sees_the_same_rows() {
    if !tools::there("sqlite3") {
        return;
    }
    for season in SEASONS {
        let ledger = ledger(season);
        let query = "SELECT * FROM payout ORDER BY policy, cover, period_start";
        let shell = Command::new("sqlite3").args(["-readonly", "-json", &ledger, query]).output().unwrap();
        assert!(shell.status.success() && shell.stderr.is_empty(), "{}", text(&shell.stderr));
        let shell: Value = serde_json::from_slice(&shell.stdout).unwrap();
        let ours = json(&["payouts", "list", "--format", "json", "--ledger", &ledger]);
        let (shell, ours) = (shell.as_array().unwrap(), ours.as_array().unwrap());
        assert_eq!(shell.len(), ours.len(), "{season}");
        for (shell, ours) in shell.iter().zip(ours) {
            for key in [
                "id",
                "policy",
                "product",
                "cover",
                "outcome",
                "state",
                "amount",
                "currency",
                "reason",
                "as_of",
                "determined_at",
            ] {
                assert_eq!(shell[key], ours[key], "{season}: {key}");
            }
            assert_eq!(
                (&shell["period_start"], &shell["period_end"]),
                (&ours["period"]["start"], &ours["period"]["end"])
            );
            assert_eq!(
                (&shell["index_value"], &shell["index_unit"]),
                (&ours["index"]["value"], &ours["index"]["unit"])
            );
        }
    }
}

#[test]
fn filters_choose_rows() {
    let ledger = ledger("hyderabad-2002");
    let count = |filter: &[&str]| {
        let arguments = [&["payouts", "list", "--format", "json", "--ledger", &ledger], filter].concat();
        json(&arguments).as_array().unwrap().len()
    };
    for (filter, rows) in [
        (&[][..], 11),
        (&["--outcome", "pays"], 7),
        (&["--outcome", "nothing_due"], 3),
        (&["--outcome", "undetermined"], 1),
        (&["--state", "final"], 11),
        (&["--state", "provisional"], 0),
        (&["--policy", "HY-101"], 3),
        (&["--product", "monsoon-phases@1"], 6),
        (&["--cover", "sowing", "--policy", "HY-102"], 1),
        (&["--policy", "nobody"], 0),
    ] {
        assert_eq!(count(filter), rows, "{filter:?}");
    }
    assert!(count(&["--all"]) > 11);
    assert_eq!(count(&["--all", "--state", "final"]), 11);
}

#[test]
fn csv_jsonl_and_files_hold_the_same() {
    let ledger = ledger("hyderabad-2002");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payouts.csv");
    let name = file.to_str().unwrap();
    let list = |format: &str| printed(&["payouts", "list", "--format", format, "--ledger", &ledger]);
    let rows = json(&["payouts", "list", "--format", "json", "--ledger", &ledger]);
    let lines: Vec<Value> = list("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(lines), rows);
    assert_eq!(printed(&["payouts", "export", "--ledger", &ledger]), list("csv"), "csv, to standard output");
    assert_eq!(printed(&["payouts", "export", "--output", name, "--ledger", &ledger]), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), list("csv"));
    let said = refused(1, &["payouts", "export", "--output", name, "--ledger", &ledger]);
    assert!(said.contains("payouts.csv exists: name a file that does not"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), list("csv"), "and is left alone");
    let mut csv = csv::Reader::from_path(&file).unwrap();
    for (row, other) in csv.records().map(Result::unwrap).zip(rows.as_array().unwrap()) {
        for (field, key) in [(0, "id"), (6, "outcome"), (10, "amount"), (12, "reason")] {
            assert_eq!(row[field], *other[key].as_str().unwrap());
        }
    }
}

#[test]
fn tables_read_well() {
    let ledger = ledger("hyderabad-2002");
    insta::assert_snapshot!("payouts_list", printed(&["payouts", "list", "--ledger", &ledger]));
    let policy = ["payouts", "list", "--all", "--policy", "HY-301", "--ledger", &ledger];
    insta::assert_snapshot!("payouts_list_all", printed(&policy));
    let show = printed(&["payouts", "show", "HY-101/sowing/2002-06-15", "--ledger", &ledger]);
    insta::assert_snapshot!("payouts_show", without_hashes(&show));
    insta::assert_snapshot!("status", without_hashes(&printed(&["status", "--ledger", &ledger])));
    let explain = printed(&["explain", "HY-101/filling/2002-08-21", "--ledger", &ledger]);
    insta::assert_snapshot!("explain", without_hashes(&explain));
}

/// The files of a fixture may come to differ in their bytes; their hashes are no matter of wording.
fn without_hashes(text: &str) -> String {
    let hash = |word: &str| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| {
        line.split(' ')
            .map(|word| match word.split_once('+') {
                Some((version, source)) if hash(source) => format!("{version}+…"),
                _ if hash(word.trim_end_matches(',')) => "…".to_owned(),
                _ => word.to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn status_as_json() {
    let status = json(&["status", "--format", "json", "--ledger", &ledger("new-york-2013")]);
    assert_eq!(status["policies"], 22);
    assert_eq!((&status["feeds"][0]["feed"], &status["feeds"][0]["state"]), (&"asos".into(), &"ok".into()));
    assert_eq!(status["feeds"][0]["newest_reading_ends"], "2013-12-31T00:00:00.000Z");
    let count: u64 = status["settlements"].as_array().unwrap().iter().map(|line| line["count"].as_u64().unwrap()).sum();
    let rows = json(&["payouts", "list", "--format", "json", "--ledger", &ledger("new-york-2013")]);
    assert_eq!(count, u64::try_from(rows.as_array().unwrap().len()).unwrap());
}

/// Every determination that there ever was of a season comes out again; of the others one of each kind.
#[test]
fn what_is_explained_is_computed_again() {
    for season in SEASONS {
        let ledger = ledger(season);
        let connection =
            rusqlite::Connection::open_with_flags(&ledger, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let kinds = if season == "hyderabad-2002" { "seq" } else { "outcome, state" };
        let query = format!("SELECT min(seq), id, superseded FROM determination GROUP BY {kinds}");
        let mut statement = connection.prepare(&query).unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?)));
        let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        assert!(rows.iter().any(|(.., superseded)| *superseded), "{season}: provisional ones are among them");
        for (seq, id, superseded) in rows {
            let names = if superseded { vec![seq.to_string()] } else { vec![seq.to_string(), id] };
            for name in names {
                let explained = printed(&["explain", &name, "--ledger", &ledger]);
                assert!(
                    explained.ends_with("computed again from the readings in the ledger: the same\n"),
                    "{explained}"
                );
                let mut shown = json(&["payouts", "show", &name, "--format", "json", "--ledger", &ledger]);
                let object = json(&["explain", &name, "--format", "json", "--ledger", &ledger]);
                let sources = shown.as_object_mut().unwrap().remove("sources").unwrap();
                assert_eq!(object["sources"], sources, "the entry's, and those that come out again");
                assert!(!sources.as_array().unwrap().is_empty() && sources[0]["disposition"].is_string());
                assert_eq!((&object["entry"], &object["determination"]), (&seq.into(), &shown));
                assert_eq!(object["differences"].as_array().unwrap().len(), 0);
            }
        }
    }
}

#[test]
fn what_is_no_ledger_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let old = ledger("hyderabad-2002");
    std::fs::write(path("text"), "policy,amount\n").unwrap();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    rusqlite::Connection::open(path("other")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    std::fs::copy(&old, path("newer")).unwrap();
    rusqlite::Connection::open(path("newer")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let mut damaged = std::fs::read(&old).unwrap();
    let middle = damaged.len() / 2;
    damaged[4_096..middle].fill(0x55);
    std::fs::write(path("damaged"), damaged).unwrap();
    let before = season::listing(folder.path());
    for (name, says) in [
        ("missing", "there is no ledger at"),
        ("nowhere/ledger", "does not exist: make it, or correct the path"),
        ("text", "is not an SQLite database: correct the path, or restore"),
        ("empty", "is not an SQLite database: correct the path, or restore"),
        ("folder", "is not a file: give the path of the ledger's file"),
        ("pipe", "is not a file: give the path of the ledger's file"),
        ("other", "is an SQLite database, but not a ledger: correct the path"),
        ("newer", "has form 99, this program knows forms up to "),
        ("damaged", "database disk image is malformed"),
    ] {
        let file = path(name);
        for command in [&["status"][..], &["payouts", "list"], &["explain", "1"]] {
            let said = refused(1, &[command, &["--ledger", file.to_str().unwrap()]].concat());
            assert!(said.starts_with("fairgauge: ") && said.contains(says) && said.lines().count() == 1, "{said}");
        }
    }
    let after = season::listing(folder.path());
    for (name, bytes) in &before {
        assert!(after.get(name) == Some(bytes), "{} was changed", name.display());
    }
}

#[test]
fn a_replay_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let season = season::fixture("golden-2016");
    let season = season.to_str().unwrap();
    std::fs::write(folder.path().join("notes"), "mine").unwrap();
    let notes = folder.path().join("notes");
    let said = refused(1, &["replay", season, "--ledger", notes.to_str().unwrap()]);
    assert!(said.contains("is not an SQLite database"), "{said}");
    assert_eq!(std::fs::read(notes).unwrap(), b"mine");
    let other = ledger("hyderabad-2002");
    let before = std::fs::read(&other).unwrap();
    let said = refused(1, &["replay", season, "--ledger", &other]);
    assert!(said.contains("holds a ledger already") && said.contains("name a file that does not exist yet"), "{said}");
    let said = refused(1, &["replay", season, "--ledger", &ledger("golden-2016")]);
    assert!(said.contains("this very replay already, finished"), "{said}");
    assert!(std::fs::read(other).unwrap() == before);
}

/// Whoever reads our output may stop at any line.
#[test]
fn a_closed_pipe_is_no_failure() {
    let ledger = ledger("new-york-2013");
    let season = season::fixture("golden-2016");
    for arguments in [
        &["payouts", "list", "--ledger", &ledger][..],
        &["payouts", "list", "--all", "--format", "csv", "--ledger", &ledger],
        &["payouts", "list", "--all", "--format", "json", "--ledger", &ledger],
        &["payouts", "list", "--all", "--format", "jsonl", "--ledger", &ledger],
        &["explain", "NY-101/rain/2013-06-01", "--ledger", &ledger],
        &["status", "--ledger", &ledger],
        &["check", season.to_str().unwrap()],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = fairgauge().args(arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
    // The same for what it has to complain of: the status says it.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = fairgauge().args(["check", "/nowhere"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(78));
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("season");
    season::copy("golden-2016", &copy, false);
    std::fs::write(copy.join("book.csv"), "policy\n").unwrap();
    let arguments = ["check", copy.to_str().unwrap()];
    assert!(!refused(78, &arguments).contains('\u{1b}'), "not in a pipe");
    if !tools::there("script") {
        return;
    }
    let program = assert_cmd::cargo::cargo_bin("fairgauge");
    let line = format!("'{}' check '{}'", program.display(), copy.display());
    let at_terminal = |no_color: Option<&str>| {
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR").stdin(Stdio::null());
        let output = script.envs(no_color.map(|value| ("NO_COLOR", value))).output().unwrap();
        assert_eq!(output.status.code(), Some(78));
        text(&output.stdout)
    };
    assert!(at_terminal(None).contains("\u{1b}["), "at a terminal");
    assert!(!at_terminal(Some("1")).contains("\u{1b}["), "NO_COLOR");
}

/// A file system of its own, gone when the test ends.
struct Mount(PathBuf);

impl Mount {
    /// None where this process may not mount.
    fn new(folder: &Path, options: &str) -> Option<Self> {
        std::fs::create_dir(folder).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder).output();
        let mounted = mount.is_ok_and(|mount| mount.status.success());
        if !mounted {
            println!("left out: this process may not mount a file system");
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        _ = Command::new("umount").arg(&self.0).status();
    }
}

/// A disk that fills up in the middle of a season, at several places: nothing that was recorded is lost, and with room
/// the same command carries on to the same end.
#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let season = season::fixture("hyderabad-2002");
    let mut stopped_with_entries = 0;
    for kib in [64, 256, 700, 2000, 3500] {
        let Some(disk) = Mount::new(&folder.path().join(format!("disk-{kib}")), &format!("size={kib}k")) else {
            return;
        };
        let path = disk.0.join("ledger");
        let arguments = ["replay", season.to_str().unwrap(), "--ledger", path.to_str().unwrap(), "--format", "csv"];
        let said = refused(1, &arguments);
        assert!(said.contains("full"), "{kib} KiB: {said}");
        if path.exists() {
            let reader = fairgauge::ledger::Reader::open(&path).unwrap();
            let verified = reader.verify().unwrap();
            stopped_with_entries += usize::from(verified.entries > 20);
        }
        disk.remount("size=64m");
        let list = ["payouts", "list", "--format", "csv", "--ledger", &ledger("hyderabad-2002")];
        assert_eq!(printed(&arguments), printed(&list), "{kib} KiB");
    }
    assert!(stopped_with_entries >= 2, "the season was well under way");
}

#[test]
fn a_read_only_folder_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let season = season::fixture("hyderabad-2002");
    let Some(disk) = Mount::new(&folder.path().join("disk"), "size=8m") else { return };
    let path = disk.0.join("ledger");
    let arguments = ["replay", season.to_str().unwrap(), "--ledger", path.to_str().unwrap(), "--format", "csv"];
    disk.remount("ro");
    let said = refused(1, &arguments);
    assert!(said.contains("cannot be written: give this user the right to write the file and its folder"), "{said}");
    disk.remount("rw");
    let first = printed(&arguments);
    disk.remount("ro");
    let said = refused(1, &arguments);
    assert!(said.contains("finished") || said.contains("cannot be"), "{said}");
    disk.remount("rw");
    assert_eq!(printed(&["payouts", "list", "--format", "csv", "--ledger", path.to_str().unwrap()]), first);
}

/// A file that this user may not read: only where there is another user to be.
#[test]
fn an_unreadable_ledger_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("fairgauge");
    let file = folder.path().join("ledger");
    std::fs::copy(assert_cmd::cargo::cargo_bin("fairgauge"), &program).unwrap();
    std::fs::copy(ledger("hyderabad-2002"), &file).unwrap();
    let mode = |path: &Path, mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(path, mode).unwrap();
    };
    mode(folder.path(), 0o755);
    mode(&file, 0o600);
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let output = Command::new("setpriv").args(nobody).arg(program).arg("status").arg("--ledger").arg(&file).output();
    match output {
        Ok(output) if !text(&output.stderr).starts_with("setpriv:") => {
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("cannot be opened: give this user the right to read the file"), "{said}");
        }
        _ => println!("left out: this process may not become another user"),
    }
}

/// A daemon with a book that has no policy yet: it is ready, and ends when it is asked to.
#[test]
fn an_empty_book_idles() {
    let folder = tempfile::tempdir().unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    std::fs::create_dir(folder.path().join("products")).unwrap();
    for file in
        ["book.csv", "products/hot-days.toml", "products/summer-rain-deficit.toml", "products/two-wet-days.toml"]
    {
        std::fs::copy(config.join(file), folder.path().join(file)).unwrap();
    }
    // The shipped feed, but from a file that is not there yet: nothing leaves the machine.
    let settings = std::fs::read_to_string(config.join("fairgauge.toml")).unwrap();
    let url = "url = \"https://archive-api.open-meteo.com/v1/archive\"";
    assert!(settings.contains(url));
    let file = folder.path().join("fairgauge.toml");
    std::fs::write(&file, settings.replace(url, "file = \"era5.json\"")).unwrap();
    let notify = folder.path().join("notify");
    let socket = UnixDatagram::bind(&notify).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut daemon = fairgauge();
    daemon.args(["run", "--config", file.to_str().unwrap()]).env("NOTIFY_SOCKET", &notify).env_remove("JOURNAL_STREAM");
    let daemon = daemon.stderr(Stdio::piped()).spawn().unwrap();
    let mut told = [0; 1024];
    let length = socket.recv(&mut told).unwrap();
    assert!(text(&told[..length]).contains("READY=1"), "{}", text(&told[..length]));
    assert!(Command::new("kill").args(["-TERM", &daemon.id().to_string()]).status().unwrap().success());
    let output = daemon.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let ledger = folder.path().join("ledger.sqlite");
    let status = json(&["status", "--format", "json", "--ledger", ledger.to_str().unwrap()]);
    assert_eq!((&status["policies"], &status["settlements"]), (&0.into(), &Value::Array(Vec::new())));
}
