//! A replay that is killed at any point and run again ends as one that was left alone; and a ledger that is not its
//! own is not touched.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dice::Dice;
use program::{Program, contents, fairgauge};
use rusqlite::{Connection, OpenFlags};

/// Kills of running processes in each of the two seasons; the issue asks for 200 in all.
const KILLS_PER_SEASON: usize = 200;

/// When a replay is killed.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// After so many looks at nothing.
    Looks(i64),
    /// When a file with the ledger's name and this behind it is there, or, where it was gone again before anybody
    /// looked, the ledger.
    There(&'static str),
    /// When the ledger has so many more entries and polls.
    Rows(i64),
    /// When the write-ahead log has so many bytes more; at the latest when the ledger has some more rows: the log is
    /// written over from its beginning when it was long.
    Logged(u64, i64),
}

impl Until {
    /// The beginning of a ledger's life first, then anywhere.
    fn next(kill: usize, dice: &mut Dice) -> Self {
        match kill {
            0 => Self::Looks(dice.below(400)),
            1 => Self::There(".lock"),
            2 => Self::There(".new"),
            3 => Self::There(".new-wal"),
            4 => Self::There(""),
            5 => Self::There("-wal"),
            6 => Self::Rows(1 + dice.below(12)),
            _ => match dice.below(8) {
                0 => Self::Looks(dice.below(20_000)),
                1 | 2 => Self::Logged(4096 * dice.below(200), 60),
                _ => Self::Rows(dice.below(80)),
            },
        }
    }
}

fn beside(ledger: &Path, suffix: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn open(ledger: &Path) -> Option<Connection> {
    Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()
}

fn rows(connection: &Connection) -> Option<i64> {
    let rows = "SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM poll)";
    connection.prepare_cached(rows).ok()?.query_row([], |row| row.get(0)).ok()
}

fn logged(ledger: &Path) -> u64 {
    std::fs::metadata(beside(ledger, "-wal")).map_or(0, |log| log.len())
}

fn replay(season: &Path, ledger: &Path) -> std::process::Command {
    let mut command = fairgauge();
    command.arg("replay").arg(season).arg("--ledger").arg(ledger);
    command
}

/// Starts a replay and kills it there. Returns whether it was still running.
fn replay_until(season: &Path, ledger: &Path, until: Until) -> (bool, Program) {
    let (rows_before, logged_before) = (open(ledger).and_then(|one| rows(&one)).unwrap_or(0), logged(ledger));
    let mut child = Program::start(replay(season, ledger));
    let mut connection = None;
    let mut has_rows = |more: i64| {
        if connection.is_none() && ledger.exists() {
            connection = open(ledger);
        }
        connection.as_ref().and_then(rows).is_some_and(|rows| rows >= rows_before + more)
    };
    let mut looks = 0;
    while child.is_running() {
        let reached = match until {
            Until::Looks(most) => looks >= most,
            Until::There(suffix) => beside(ledger, suffix).exists() || ledger.exists(),
            Until::Rows(more) => has_rows(more),
            Until::Logged(more, rows) => logged(ledger) >= logged_before + more || has_rows(rows),
        };
        if reached {
            break;
        }
        looks += 1;
        std::thread::yield_now();
    }
    drop(connection);
    let hit = child.kill();
    (hit, child)
}

fn payouts(ledger: &Path) -> String {
    let output =
        fairgauge().args(["payouts", "list", "--all", "--format", "json", "--ledger"]).arg(ledger).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Replays a season again and again, each life killed many times, until enough processes were killed. It has so many
/// payments in advance, or more.
fn kill_a_season(season: &Path, seed: u64, advances: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let undisturbed = folder.path().join("undisturbed.sqlite");
    let output = replay(season, &undisturbed).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let (wanted, wanted_payouts) = (contents(&undisturbed), payouts(&undisturbed));
    let keys: Vec<_> = wanted.iter().filter(|line| line.starts_with("entry ")).collect();
    assert!(keys.len() > 100 && wanted_payouts.contains("\"provisional\""), "there is something to lose");
    let interim = wanted_payouts.matches("\"interim\"").count();
    assert!(interim >= advances, "{interim} payments in advance");
    if advances > 0 {
        let instants: BTreeSet<_> = wanted.iter().filter_map(|line| final_of(line, &["A-1", "B-1", "R-1"])).collect();
        assert_eq!(instants.len(), 1, "what is stacked is final at once: {instants:?}");
    }
    let mut dice = Dice(seed);
    let (mut hits, mut life) = (0, 0);
    while hits < KILLS_PER_SEASON {
        let ledger = folder.path().join(format!("killed-{life}.sqlite"));
        let (mut kills, mut points) = (0, Vec::new());
        let ended_well = loop {
            let until = Until::next(kills, &mut dice);
            let (hit, mut child) = replay_until(season, &ledger, until);
            points.push(until);
            if !hit {
                let (status, log) = (child.ended(), child.log());
                // Killed between its last entry and its end, it is finished already when it is run again.
                let finished = status.code() == Some(1) && log.contains("this very replay already, finished");
                assert!(status.success() || (finished && kills > 0), "{status} after {points:?}:\n{log}");
                break status.success();
            }
            kills += 1;
        };
        hits += kills;
        let got = contents(&ledger);
        let differs = got.iter().zip(&wanted).find(|(got, wanted)| got != wanted);
        assert_eq!(differs, None, "life {life}, killed at {points:?}");
        assert_eq!(got.len(), wanted.len(), "life {life}, killed at {points:?}");
        assert_eq!(payouts(&ledger), wanted_payouts, "life {life}");
        assert!(unique_keys(&ledger), "life {life}");
        assert!(!beside(&ledger, ".new").exists(), "life {life}: the draft is gone");
        assert!(!ended_well || logged(&ledger) == 0, "life {life}: everything is in the file");
        println!("{}: life {life} was killed {kills} times", season.display());
        life += 1;
    }
    hits
}

/// When the cover of a whole season of one of these policies became final, where a line of the ledger says so.
fn final_of<'l>(line: &'l str, policies: &[&str]) -> Option<&'l str> {
    let is_of = |policy: &&str| line.contains(&format!("\"key\":\"final/{policy}/")) && line.contains("/season/");
    policies.iter().any(is_of).then(|| line.split_once("\"at\":\"").unwrap().1.get(..24).unwrap())
}

fn unique_keys(ledger: &Path) -> bool {
    let connection = open(ledger).unwrap();
    let mut statement = connection.prepare("SELECT json_extract(body, '$.key') FROM ledger").unwrap();
    let keys: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    keys.iter().collect::<BTreeSet<_>>().len() == keys.len()
}

/// Two feeds of one gauge, the first with gaps and revised by becoming final, the second its fallback; a cover that
/// is paid in advance while it runs, one for each month, one that is undetermined.
fn two_feeds(folder: &Path) {
    const SETTINGS: &str = r#"
        ledger.path = "ledger.sqlite"
        book = { products = "products", policies = ["book.csv"] }
        [feed.gauge]
        kind = "csv"
        file = "gauge.csv"
        poll = "1 d"
        delay = "2 d"
        vintage = { final_after = "9 d" }
        [feed.gauge.csv]
        delimiter = ","
        decimal = "."
        missing = [""]
        station = { is = "hyderabad" }
        time = { column = "date", format = "%Y-%m-%d", zone = "Asia/Kolkata", stamp = "begin", every = "1 d", starts = "00:00" }
        [feed.gauge.columns]
        prcp_mm = { variable = "precipitation", unit = "mm" }
    "#;
    const PRODUCT: &str = r#"
        [product]
        id = "rain"
        version = 1
        name = "Too much rain"
        currency = "INR"
        day = { zone = "Asia/Kolkata", starts = "00:00" }
        [exposure]
        sum_insured = "policy"
        [policy]
        station = "station"
        [data]
        sources = ["gauge/{station}", "grid/{station}"]
        fallback = "reading"
        missing = { at_most = "5 %", longest = "3 d" }
        [settlement]
        lag = "5 d"
        longest_wait = "20 d"
        rounding = "half_up"
        [limit]
        aggregate = "100 %"
        [[cover]]
        id = "season"
        window = "cover"
        interim = "2000 INR"
        index = [ { read = "precipitation", every = "1 d" }, { cap = "60 mm" }, { reduce = "sum" } ]
        payout = { when = ">", strike = "100 mm", exit = "900 mm", limit = "60 %" }
        [[cover]]
        id = "month"
        window = { each = "month" }
        index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
        payout = { when = ">", strike = "150 mm", exit = "400 mm", limit = "8 %" }
    "#;
    const TOP: &str = r#"
        [[cover]]
        id = "season"
        window = "cover"
        lag = "1 d"
        less = { cover = "season", policy = "{under}" }
        index = [ { read = "precipitation", every = "1 d" }, { cap = "60 mm" }, { reduce = "sum" } ]
        payout = { when = ">", strike = "100 mm", exit = "400 mm", limit = "90 %" }
    "#;
    std::fs::create_dir(folder.join("products")).unwrap();
    std::fs::write(folder.join("products/rain.toml"), PRODUCT).unwrap();
    // One on top of another policy, whose number comes behind its own.
    let (head, _) = PRODUCT.split_once("[limit]").unwrap();
    let head = head.replace("id = \"rain\"", "id = \"top\"").replace("[data]", "under = \"policy\"\n[data]");
    let top = head + TOP;
    std::fs::write(folder.join("products/top.toml"), top).unwrap();
    let grid = SETTINGS.split_once("[feed.gauge]").unwrap().1.replace("gauge", "grid").replace("\"2 d\"", "\"3 d\"");
    std::fs::write(folder.join("fairgauge.toml"), format!("{SETTINGS}\n[feed.grid]{grid}")).unwrap();
    let book = "policy,product,insured,from,to,sum_insured,station,under\n\
        A-1,top@1,One,2002-05-01,2002-10-31,900000 INR,hyderabad,B-1\n\
        B-1,top@1,One,2002-05-01,2002-10-31,700000 INR,hyderabad,R-1\n\
        R-1,rain@1,One,2002-05-01,2002-10-31,900000 INR,hyderabad,\n\
        R-2,rain@1,Two,2002-07-01,2002-07-31,500000 INR,hyderabad,\n\
        R-3,rain@1,Three,2002-11-01,2003-01-31,500000 INR,hyderabad,\n";
    std::fs::write(folder.join("book.csv"), book).unwrap();
    let year = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hyderabad-2002/feeds/daily-2002.csv");
    let year = std::fs::read_to_string(year).unwrap();
    std::fs::write(folder.join("grid.csv"), &year).unwrap();
    let gaps = year.lines().enumerate().filter(|(line, _)| line % 9 != 4);
    let gaps: String = gaps.map(|(_, line)| format!("{line}\n")).collect();
    std::fs::write(folder.join("gauge.csv"), gaps).unwrap();
}

#[test]
fn killed_anywhere_and_run_again_nothing_is_lost_and_nothing_is_twice() {
    let written = tempfile::tempdir().unwrap();
    two_feeds(written.path());
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hyderabad-2002");
    let hits = std::thread::scope(|scope| {
        let both = [(season.as_path(), 20020615, 0), (written.path(), 19930311, 12)];
        let both = both.map(|(season, seed, advances)| scope.spawn(move || kill_a_season(season, seed, advances)));
        both.into_iter().map(|one| one.join().unwrap()).sum::<usize>()
    });
    println!("{hits} running replays were killed");
    assert!(hits >= 200, "{hits}");
}

/// Runs a replay that must be refused; returns what it says. The file and its neighbours stay as they are.
fn refused(season: &Path, ledger: &Path) -> String {
    let state = || {
        let mut files: Vec<_> = ledger.parent().unwrap().read_dir().unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        // What holds nothing: the lock and a write-ahead log without an entry are empty, and any reader makes the
        // log's index anew.
        files.retain(|file| !file.to_string_lossy().ends_with("-shm") && file.metadata().unwrap().len() > 0);
        files.into_iter().map(|file| (file.clone(), std::fs::read(&file).unwrap())).collect::<Vec<_>>()
    };
    let before = state();
    let output = replay(season, ledger).output().unwrap();
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{says}");
    assert!(output.stdout.is_empty() && says.contains(ledger.to_str().unwrap()), "{says}");
    assert!(state() == before, "a byte was changed: {says}");
    says
}

#[test]
fn a_ledger_that_is_not_its_own_or_is_finished_is_not_touched() {
    let written = tempfile::tempdir().unwrap();
    two_feeds(written.path());
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hyderabad-2002");
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.sqlite");
    assert!(replay(written.path(), &ledger).output().unwrap().status.success());
    let says = refused(written.path(), &ledger);
    assert!(says.contains("finished") && says.contains("payouts list --ledger"), "{says}");
    let says = refused(&other, &ledger);
    assert!(says.contains("holds a ledger already") && says.contains("does not exist yet"), "{says}");

    // The same season with another reading is another season, also where the replay is not finished.
    let half = folder.path().join("half.sqlite");
    let (hit, _) = replay_until(written.path(), &half, Until::Rows(100));
    assert!(hit);
    let feed = written.path().join("grid.csv");
    let year = std::fs::read_to_string(&feed).unwrap();
    std::fs::write(&feed, year.replace("2002-12-31,", "2002-12-31,1")).unwrap();
    assert!(refused(written.path(), &half).contains("holds a ledger already"));
    std::fs::write(&feed, year).unwrap();

    // And so is one that is read in another way.
    let settings = written.path().join("fairgauge.toml");
    let as_it_is = std::fs::read_to_string(&settings).unwrap();
    for (from, to) in [
        ("unit = \"mm\"", "unit = \"inch\""),
        ("unit = \"mm\"", "unit = \"mm\", most = \"90 mm\""),
        ("vintage = {", "look_back = \"9 d\"\nvintage = {"),
    ] {
        assert!(as_it_is.contains(from), "{from}");
        std::fs::write(&settings, as_it_is.replace(from, to)).unwrap();
        assert!(refused(written.path(), &half).contains("holds a ledger already"), "{to}");
    }
    std::fs::write(&settings, as_it_is).unwrap();
    assert!(replay(written.path(), &half).output().unwrap().status.success(), "with its own files it goes on");
    assert!(contents(&half) == contents(&ledger));

    for (name, bytes, says) in [
        ("text", "no database at all, whatever it is ".repeat(40), "not an SQLite database"),
        ("empty", String::new(), "not an SQLite database"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let said = refused(&other, &file);
        assert!(said.contains(says), "{said}");
    }
    let foreign = folder.path().join("foreign");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    assert!(refused(&other, &foreign).contains("not a ledger"));
    let output = replay(&other, &folder.path().join("no/where")).output().unwrap();
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && says.contains("folder"), "{says}");
}
