//! A server that is asked for one station after another: what is written before the last one has answered, what waits for
//! the end of the poll, and what of answers that cannot be read is kept.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/program.rs"]
mod program;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use fairgauge::ledger::Reader;
use fault_server::{FaultServer, Reply};
use program::{PATIENCE, Program, daemon, fairgauge, query, wait_for, wait_until};

/// What the server says of the last station: nothing yet, or this.
type Last = Arc<(Mutex<Option<Reply>>, Condvar)>;

struct World {
    folder: tempfile::TempDir,
    /// Kept while the daemon asks it.
    _server: FaultServer,
}

impl World {
    /// A feed of three stations, the last of which is answered when `last` says what; `quality` is behind the unit of its
    /// column.
    fn new(rows: &'static str, last: Last, quality: &str) -> Self {
        let server = FaultServer::start(move |request| {
            let station = request.target.trim_start_matches('/').split('?').next().unwrap();
            if station != "c" {
                return Reply::csv(rows);
            }
            let (said, told) = &*last;
            let said = said.lock().unwrap();
            let (said, _) = told.wait_timeout_while(said, PATIENCE, |said| said.is_none()).unwrap();
            said.clone().expect("the test says what")
        });
        let world = Self { folder: tempfile::tempdir().unwrap(), _server: server };
        let url = world._server.url("/{station}?from={from}&to={to}");
        let mut settings = format!(
            "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"products\"\npolicies = [\"book.csv\"]\n[network]\nallow_private = true\n\
             [feed.rain]\nkind = \"csv\"\nurl = \"{url}\"\npoll = \"1 s\"\ntimeout = \"60 s\"\ndelay = \"0 s\"\nvintage = \"final\"\n\
             columns.rain = {{ variable = \"precipitation\", unit = \"mm\"{quality} }}\n\
             [feed.rain.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\n\
             time = {{ column = \"date\", format = \"%Y-%m-%d\", zone = \"UTC\", stamp = \"begin\", every = \"1 d\", starts = \"00:00\" }}\n"
        );
        for station in ["a", "b", "c"] {
            writeln!(settings, "[feed.rain.station.{station}]").unwrap();
        }
        let product = "[product]\nid = \"wet\"\nversion = 1\nname = \"Wet\"\ncurrency = \"USD\"\nday = { zone = \"UTC\", starts = \"00:00\" }\n\
            [exposure]\nsum_insured = \"policy\"\n[policy]\nstation = \"station\"\n[data]\nsources = [\"rain/{station}\"]\n\
            missing = { at_most = \"50 %\", longest = \"9 d\" }\n[settlement]\nlag = \"0 s\"\nlongest_wait = \"90000 d\"\nrounding = \"half_up\"\n\
            [[cover]]\nid = \"c\"\nwindow = \"cover\"\nindex = [ { read = \"precipitation\", every = \"1 d\" }, { reduce = \"sum\" } ]\n\
            payout = { when = \">\", strike = \"1 mm\", pays = \"10 %\" }\n";
        std::fs::create_dir(world.file("products")).unwrap();
        std::fs::write(world.file("products/wet.toml"), product).unwrap();
        std::fs::write(world.file("fairgauge.toml"), settings).unwrap();
        let book =
            "policy,product,insured,from,to,sum_insured,station\nP,wet@1,Somebody,2024-06-01,2024-06-02,1000 USD,a\n";
        std::fs::write(world.file("book.csv"), book).unwrap();
        world
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ledger(&self) -> PathBuf {
        self.file("ledger.sqlite")
    }

    fn start(&self) -> Program {
        Program::start(daemon(&self.file("fairgauge.toml")))
    }

    fn stations(&self) -> Vec<String> {
        query(
            &self.ledger(),
            "SELECT DISTINCT station FROM observation JOIN series ON series.id = series ORDER BY station",
        )
    }

    fn outcomes(&self) -> Vec<String> {
        query(
            &self.ledger(),
            "SELECT outcome || ' ' || rows_new || ' ' || (heard_until_ms IS NOT NULL) FROM poll ORDER BY at_ms",
        )
    }
}

fn nothing_yet() -> Last {
    Arc::new((Mutex::new(None), Condvar::new()))
}

fn say(last: &Last, reply: Reply) {
    *last.0.lock().unwrap() = Some(reply);
    last.1.notify_all();
}

const ROWS: &str = "date,rain\n2024-06-01,1.5\n2024-06-02,2.5\n";

#[test]
fn a_reading_does_not_wait_for_the_last_station() {
    let last = nothing_yet();
    let world = World::new(ROWS, last.clone(), "");
    let program = world.start();
    wait_until("two stations are in the ledger", || world.stations() == ["a", "b"]);
    assert!(world.outcomes().is_empty(), "the poll has not ended, and nothing is heard");
    let settled = "SELECT count(*) FROM ledger WHERE kind = 'final'";
    assert_eq!(query::<i64>(&world.ledger(), settled), [0], "what belongs to the whole poll waits for it");
    say(&last, Reply::csv(ROWS));
    let outcomes = wait_for("the poll ends", || Some(world.outcomes()).filter(|outcomes| !outcomes.is_empty()));
    assert_eq!(outcomes[0], "ok 6 1", "its account counts what came before");
    assert_eq!(world.stations(), ["a", "b", "c"]);
    wait_until("it is settled", || query::<i64>(&world.ledger(), settled) == [1]);
    program.stop();
    let bodies: Vec<i64> = query(
        &world.ledger(),
        "SELECT json_array_length(body, '$.evidence') FROM ledger WHERE kind = 'obs' ORDER BY seq",
    );
    assert_eq!(bodies.iter().sum::<i64>(), 3, "each answer is named once: {bodies:?}");
    Reader::open(&world.ledger()).unwrap().verify().unwrap();
    explain(&world.ledger());
}

#[test]
fn what_came_before_a_failure_is_kept_and_nothing_is_heard() {
    let last = nothing_yet();
    say(&last, Reply::status(404));
    let world = World::new(ROWS, last.clone(), "");
    let program = world.start();
    let outcomes = wait_for("a poll fails", || Some(world.outcomes()).filter(|outcomes| !outcomes.is_empty()));
    assert_eq!(outcomes[0], "status 4 0");
    assert_eq!(world.stations(), ["a", "b"]);
    say(&last, Reply::csv(ROWS));
    let ends = || world.outcomes().into_iter().find(|outcome| outcome.starts_with("ok"));
    assert_eq!(wait_for("a poll ends well", ends), "ok 2 1", "what was known is not recorded again");
    program.stop();
    Reader::open(&world.ledger()).unwrap().verify().unwrap();
}

#[test]
fn stations_that_are_held_against_one_another_are_judged_together() {
    let last = nothing_yet();
    say(&last, Reply::csv("date,rain\n2024-06-01,90\n2024-06-02,2.5\n"));
    let near = ", near = { of = [\"rain/a\", \"rain/b\"], within = \"5 mm\" }";
    let world = World::new(ROWS, last, near);
    let program = world.start();
    wait_until("the poll ends", || !world.outcomes().is_empty());
    program.stop();
    let refused = Reader::open(&world.ledger()).unwrap().refused(None).unwrap();
    let said: Vec<_> = refused.iter().map(|row| format!("{} {}", row.station.as_deref().unwrap(), row.flag)).collect();
    assert_eq!(said, ["c neighbour"]);
    let kept = "SELECT count(*) FROM ledger WHERE kind = 'obs'";
    assert_eq!(query::<i64>(&world.ledger(), kept), [1], "in one transaction");
}

/// A text for a number, a stamp that is none and a line that is too short, in each answer of two stations.
#[test]
fn what_cannot_be_read_is_kept_once_however_often_it_is_sent() {
    let last = nothing_yet();
    say(&last, Reply::csv(ROWS));
    let world = World::new("date,rain\n2024-06-01,wet\nyesterday,1\n2024-06-02\n2024-06-03,2.5\n", last, "");
    for _ in 0..2 {
        let before = world.outcomes().len();
        let program = world.start();
        wait_until("some polls end", || world.outcomes().len() >= before + 2);
        program.stop();
    }
    let reader = Reader::open(&world.ledger()).unwrap();
    reader.verify().unwrap();
    let rows = reader.refused(Some("rain")).unwrap();
    let known = |row: &fairgauge::ledger::RefusedRow| {
        let (station, value) = (row.station.clone().unwrap_or_default(), row.value.clone().unwrap_or_default());
        format!("{} {station} {} {value} {}", row.flag, row.interval.is_some(), row.reason)
    };
    let mut said: Vec<_> = rows.iter().map(known).collect();
    said.sort();
    assert_eq!(
        said,
        [
            "source a false  `yesterday` is not a time of the form %Y-%m-%d",
            "source a false  the line has 1 columns, the header 2",
            "source a true wet `rain`: `wet` is not a decimal number such as 12.5",
            "source b false  `yesterday` is not a time of the form %Y-%m-%d",
            "source b false  the line has 1 columns, the header 2",
            "source b true wet `rain`: `wet` is not a decimal number such as 12.5",
        ]
    );
    let entries = reader.notes(fairgauge::ledger::Kind::Note).unwrap();
    let bodies = entries.iter().filter_map(|(_, entry)| entry.member("evidence")?.as_list().map(<[_]>::len));
    assert!(bodies.clone().count() >= 1 && bodies.sum::<usize>() >= 2, "each names the bytes");
    let output =
        fairgauge().args(["feed", "refused", "rain", "--format", "csv", "--ledger"]).arg(world.ledger()).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(
        text.contains("rain,a,precipitation,2024-06-01T00:00:00.000Z,2024-06-02T00:00:00.000Z,wet,mm,source,"),
        "{text}"
    );
    explain(&world.ledger());
    let sources = "SELECT json_extract(body, '$.sources[0].refused') FROM ledger WHERE kind IN ('decision', 'final') ORDER BY seq DESC LIMIT 1";
    assert_eq!(query::<i64>(&world.ledger(), sources), [1], "the day of which only a refused value was said");
}

#[test]
fn a_body_full_of_what_cannot_be_read_does_not_fill_the_disk() {
    let mut rows = "date,rain\n".to_owned();
    for row in 0..200_000 {
        writeln!(rows, "2024-06-01,x{row}").unwrap();
    }
    let last = nothing_yet();
    say(&last, Reply::csv(rows));
    let world = World::new(ROWS, last, "");
    let program = world.start();
    wait_until("some polls end", || world.outcomes().len() >= 3);
    program.stop();
    let rows = Reader::open(&world.ledger()).unwrap().refused(None).unwrap();
    assert_eq!(rows.len(), 1_001, "as many as are kept, and how many more");
    assert!(rows.iter().any(|row| row.reason == "199000 more of this answer were refused"));
    let size = std::fs::metadata(world.ledger()).unwrap().len();
    assert!(size < 1_000_000, "{size} bytes of a body of millions");
}

/// Whatever was determined comes out again.
fn explain(ledger: &Path) {
    let ids: Vec<i64> = query(ledger, "SELECT seq FROM determination");
    assert!(!ids.is_empty());
    for id in ids {
        let output = fairgauge().args(["explain", &id.to_string(), "--ledger"]).arg(ledger).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.ends_with("computed again from the readings in the ledger: the same\n"), "{text}");
    }
}
