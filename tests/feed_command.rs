//! `fairgauge feed` and what `fairgauge status` says of feeds, against a server on this machine.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};

use fault_server::{FaultServer, Reply, Request};
use program::{Program, daemon, fairgauge, wait_until};

const KEY: &str = "s3cret-key-of-the-provider";

/// What the server says.
type Told = Arc<Mutex<Box<dyn Fn(&Request) -> Reply + Send>>>;

/// Settings, a product and a policy in a folder, and the server that they name.
struct World {
    folder: tempfile::TempDir,
    server: FaultServer,
    answer: Told,
}

/// Three days of rain at a station, as the server tells them; the key stands in the answer.
fn days(request: &Request) -> Reply {
    let station = request.parameter("station").unwrap_or("here");
    Reply::csv(format!(
        "# for {KEY}\ndate,rain\n2024-06-01,5.5\n2024-06-02,\n2024-06-03,{}\n2024-06-04,wet\n",
        station.len()
    ))
    .header("etag", "\"1\"")
    .header("set-cookie", "session=private")
}

impl World {
    fn new() -> Self {
        let answer: Told = Arc::new(Mutex::new(Box::new(days)));
        let told = answer.clone();
        let server = FaultServer::start(move |request| told.lock().unwrap()(request));
        let world = Self { folder: tempfile::tempdir().unwrap(), server, answer };
        std::fs::create_dir(world.file("products")).unwrap();
        std::fs::write(world.file("key"), KEY).unwrap();
        let settings = format!(
            "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"products\"\npolicies = [\"book.csv\"]\n\
             [network]\nallow_private = true\n\
             [feed.rain]\nkind = \"csv\"\nurl = \"{}\"\npoll = \"1 s\"\ntimeout = \"3 s\"\ndelay = \"0 s\"\n\
             vintage = \"provisional\"\nkey = {{ file = \"key\", query = \"api_key\" }}\n\
             columns.rain = {{ variable = \"precipitation\", unit = \"mm\" }}\nstation.here = {{}}\nstation.there = {{}}\n\
             [feed.rain.csv]\ndelimiter = \",\"\ndecimal = \".\"\ncomment = \"#\"\nmissing = [\"\"]\n\
             time = {{ column = \"date\", format = \"%Y-%m-%d\", zone = \"UTC\", stamp = \"begin\", every = \"1 d\", starts = \"00:00\" }}\n",
            world.server.url("/{station}.csv?station={station}&from={from}&to={to}")
        );
        std::fs::write(world.file("fairgauge.toml"), settings).unwrap();
        std::fs::write(
            world.file("products/rain.toml"),
            "[product]\nid = \"rain\"\nversion = 1\nname = \"Rain\"\ncurrency = \"USD\"\n\
             day = { zone = \"UTC\", starts = \"00:00\" }\n[exposure]\nsum_insured = \"policy\"\n[policy]\nstation = \"station\"\n\
             [data]\nsources = [\"rain/{station}\"]\nmissing = { at_most = \"0 %\", longest = \"0 d\" }\n\
             [settlement]\nlag = \"0 s\"\nlongest_wait = \"60 d\"\nrounding = \"half_up\"\n\
             [[cover]]\nid = \"much\"\nwindow = \"cover\"\n\
             index = [ { read = \"precipitation\", every = \"1 d\" }, { reduce = \"sum\" } ]\n\
             payout = { when = \">\", strike = \"10 mm\", exit = \"60 mm\", limit = \"60 %\" }\n",
        )
        .unwrap();
        let book = "policy,product,insured,from,to,sum_insured,station\nP-1,rain@1,Somebody,2024-06-01,2024-06-10,1000 USD,here\n";
        std::fs::write(world.file("book.csv"), book).unwrap();
        world
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tell(&self, answer: impl Fn(&Request) -> Reply + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file("fairgauge.toml")).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(self.file("fairgauge.toml"), text.replace(from, to)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(arguments, &self.file("fairgauge.toml"))
    }

    /// What a command prints that ends well.
    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.printed(&[arguments, &["--format", "json"]].concat())).unwrap()
    }

    /// What a command says that ends with a status.
    fn refused(&self, status: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        said
    }

    fn daemon(&self) -> Program {
        Program::start(daemon(&self.file("fairgauge.toml")))
    }

    /// Lets a daemon poll until the ledger has so many polls with an outcome.
    fn poll(&self, outcome: &str, polls: i64) {
        let daemon = self.daemon();
        let query = format!("SELECT count(*) FROM poll WHERE outcome = '{outcome}'");
        wait_until(&query, || self.number(&query) >= polls);
        daemon.stop();
    }

    fn number(&self, query: &str) -> i64 {
        program::query(&self.file("ledger.sqlite"), query).first().copied().unwrap_or(0)
    }
}

fn run(arguments: &[&str], config: &Path) -> Output {
    fairgauge().args(arguments).arg("--config").arg(config).output().unwrap()
}

#[test]
fn the_list_says_what_each_feed_tells_and_how_it_does() {
    let world = World::new();
    let table = world.printed(&["feed", "list"]);
    for text in ["rain", "csv", "127.0.0.1", "here, there", "precipitation in mm", "not asked yet"] {
        assert!(table.contains(text), "{text}: {table}");
    }
    world.poll("ok", 1);
    let list = world.json(&["feed", "list"]);
    assert_eq!(
        (&list[0]["feed"], &list[0]["state"], &list[0]["circuit"]),
        (&"rain".into(), &"answers".into(), &"closed".into())
    );
    assert_eq!(list[0]["newest_reading_ends"], "2024-06-04T00:00:00.000Z");
    assert!(list[0]["requests_of_day"].as_i64().unwrap() >= 2, "one for each station: {list}");
    let (asked, next) = (list[0]["last_asked"].as_str().unwrap(), list[0]["next_poll"].as_str().unwrap());
    assert!(next > asked, "{list}");
    assert!(world.printed(&["feed", "list", "--format", "csv"]).starts_with("feed,kind,from,"));
}

#[test]
fn the_log_says_who_was_asked_what_came_and_what_failed() {
    let world = World::new();
    world.poll("ok", 2);
    world.tell(|_| Reply::status(503).header("retry-after", "100000"));
    world.poll("status", 1);
    let log = world.json(&["feed", "log", "rain"]);
    let log = log.as_array().unwrap();
    let (first, last) = (&log[0], log.last().unwrap());
    assert_eq!((&first["outcome"], &first["new"], &first["refused"]), (&"ok".into(), &4.into(), &2.into()));
    assert_eq!(first["requests"], 2);
    assert!(first["detail"].as_str().unwrap().contains("wet"), "{first}");
    assert_eq!((&last["outcome"], &last["new"], &last["requests"]), (&"status".into(), &0.into(), &1.into()));
    let [at, until] = ["at", "not_before"]
        .map(|name| chrono::DateTime::parse_from_rfc3339(last[name].as_str().unwrap()).unwrap().timestamp());
    assert!((86_399..=86_401).contains(&(until - at)), "a day at most, whatever the server says: {last}");
    assert!(world.printed(&["feed", "log", "--failed"]).contains("status 503"));
    assert_eq!(world.json(&["feed", "log", "--failed", "--last", "1"]).as_array().unwrap().len(), 1);
    assert_eq!(world.json(&["feed", "log", "--since", "2999-01-01"]).as_array().unwrap().len(), 0);
    assert!(world.printed(&["feed", "log", "--format", "csv"]).starts_with("at,feed,outcome,new,refused,requests,"));
    assert!(world.refused(1, &["feed", "log", "rian"]).contains("did you mean `rain`?"));
    assert!(world.refused(2, &["feed", "log", "--since", "yesterday"]).contains("write 2026-06-01"));

    // Who starts again at once leaves the server alone all the same.
    let asked = world.server.requests().len();
    let mut daemon = world.daemon();
    daemon.wait_said("at work: ");
    daemon.stop();
    assert_eq!(world.server.requests().len(), asked);
}

#[test]
fn a_try_shows_the_answer_beside_what_was_read_and_records_nothing() {
    let world = World::new();
    let stretch = ["--from", "2024-06-01", "--to", "2024-06-10"];
    let shown = world.printed(&[&["feed", "try", "rain", "--station", "there"], &stretch[..]].concat());
    for text in [
        "/there.csv?station=there&from=2024-06-01&to=2024-06-10",
        "status 200",
        "etag: \"1\"",
        "| 2024-06-01,5.5",
        "2024-06-01T00:00:00.000Z",
        "missing",
        "3 readings, 1 refused",
        "line 6",
        "wet",
    ] {
        assert!(shown.contains(text), "{text}:\n{shown}");
    }
    assert!(!shown.contains(KEY) && !shown.contains("cookie"), "{shown}");
    assert_eq!(world.server.requests().len(), 1, "only that station");
    assert_eq!(world.server.requests()[0].parameter("api_key"), Some(KEY));

    let told = world.json(&[&["feed", "try", "rain", "--head", "10"], &stretch[..]].concat());
    assert_eq!((&told["outcome"], told["readings"].as_array().unwrap().len()), (&"ok".into(), 6));
    assert_eq!(told["readings"][1]["value"], serde_json::Value::Null);
    assert_eq!(told["answers"][0]["head"].as_str().unwrap().len(), 10);
    let csv = world.printed(&[&["feed", "try", "rain", "--format", "csv"], &stretch[..]].concat());
    assert!(
        csv.contains("here,precipitation,2024-06-02T00:00:00.000Z,2024-06-03T00:00:00.000Z,,mm,provisional"),
        "{csv}"
    );

    world.tell(|_| Reply::csv("date;rain\n2024-06-01;5.5\n"));
    let output = world.run(&["feed", "try", "rain"]);
    assert_eq!(output.status.code(), Some(1));
    let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("| date;rain") && said.contains("there is no column"), "{shown}{said}");
    world.tell(|_| Reply::html());
    let output = world.run(&["feed", "try", "rain"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("Sign in"), "what the page says");
    for (arguments, says) in [
        (&["feed", "try", "rian"][..], "did you mean `rain`?"),
        (&["feed", "try", "rain", "--station", "her"], "did you mean `here`?"),
        (&["feed", "try", "rain", "--from", "2024-06-02", "--to", "2024-06-01"], "nothing lies between"),
    ] {
        let said = world.refused(1, arguments);
        assert!(said.contains(says), "{said}");
    }
    std::fs::remove_file(world.file("key")).unwrap();
    assert!(world.refused(1, &["feed", "try", "rain"]).contains("cannot read the key"));
    assert!(!world.file("ledger.sqlite").exists(), "nothing was recorded");
}

/// A poll of these would take something from the daemon.
#[test]
fn folders_and_brokers_are_not_tried() {
    for (origin, says) in [
        ("folder = \"drop\"", "reads a folder, out of which it moves what it cannot read"),
        (
            "mqtt = { url = \"mqtt://127.0.0.1\", topic = \"{station}\", client = \"me\", user = \"me\" }",
            "hears a broker under the daemon's name",
        ),
    ] {
        let world = World::new();
        let url = format!("url = \"{}\"", world.server.url("/{station}.csv?station={station}&from={from}&to={to}"));
        world.edit(&url, origin);
        if origin.starts_with("mqtt") {
            world.edit("file = \"key\", query = \"api_key\"", "file = \"key\"");
        }
        if origin.starts_with("folder") {
            world.edit("comment = \"#\"", "comment = \"#\"\nstation = { column = \"station\" }");
            std::fs::create_dir(world.file("drop")).unwrap();
            std::fs::write(world.file("drop/a.csv"), "nothing of that\n").unwrap();
        }
        for command in ["try", "backfill", "sample"] {
            let out = world.file("out");
            let stretch = ["--from", "2024-06-01", "--to", "2024-06-10"];
            let more = if command == "sample" { vec!["--out", out.to_str().unwrap()] } else { Vec::new() };
            let said = world.refused(1, &[&["feed", command, "rain"], &stretch[..], &more].concat());
            assert!(said.contains(says), "{command}: {said}");
        }
        assert!(!origin.starts_with("folder") || world.file("drop/a.csv").exists());
        assert!(world.printed(&["feed", "list"]).contains("rain"));
    }
}

#[test]
fn a_sample_is_read_again_and_holds_no_key() {
    let world = World::new();
    let out = world.file("kept");
    let arguments =
        ["feed", "sample", "rain", "--from", "2024-06-01", "--to", "2024-06-10", "--out", out.to_str().unwrap()];
    let said = world.printed(&arguments);
    for text in
        ["2 answers of rain", "read from the server  6 readings", "3 readings, feed rain\n", "3 readings, feed rain-2"]
    {
        assert!(said.contains(text), "{text}: {said}");
    }
    let mut names: Vec<_> =
        out.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["fairgauge.toml", "rain-2.csv", "rain-2.headers", "rain.csv", "rain.headers"]);
    for name in &names {
        let text = std::fs::read_to_string(out.join(name)).unwrap();
        assert!(!text.contains(KEY) && !text.contains("cookie") && !text.contains("private"), "{name}: {text}");
    }
    assert!(std::fs::read_to_string(out.join("rain.headers")).unwrap().contains("etag: \"1\""));
    let tried = run(&["feed", "try", "rain-2", "--from", "2024-06-01"], &out.join("fairgauge.toml"));
    let shown = String::from_utf8_lossy(&tried.stdout);
    assert!(tried.status.success() && shown.contains("there") && !shown.contains(" here "), "{shown}");
    assert!(world.refused(1, &arguments).contains("name another folder"), "nothing is written over");
    world.tell(|_| Reply::status(404));
    let said = world.refused(1, &["feed", "sample", "rain", "--out", world.file("other").to_str().unwrap()]);
    assert!(said.contains("nothing was kept") && !world.file("other").exists(), "{said}");
}

#[test]
fn a_stretch_of_the_past_is_recorded_while_no_daemon_runs() {
    let world = World::new();
    let arguments = ["feed", "backfill", "rain", "--from", "2024-06-01", "--to", "2024-06-10"];
    assert!(world.refused(1, &arguments).contains("there is no ledger"));
    world.tell(|_| Reply::csv("date,rain\n2024-06-01,5.5\n"));
    world.poll("ok", 1);
    world.tell(days);
    let asked = world.server.requests().len();
    let said = world.printed(&arguments);
    assert!(said.contains("2 readings recorded, 2 refused"), "a reading of two stations was not known: {said}");
    assert!(world.server.requests()[asked].target.contains("from=2024-06-01&to=2024-06-10"));
    let said = world.printed(&arguments);
    assert!(said.contains("0 readings recorded"), "again nothing is new: {said}");
    let known = world.number("SELECT count(*) FROM observation WHERE known_at_ms > (SELECT min(at_ms) FROM poll)");
    assert_eq!(known, 2, "with the time at which they became known");
    let verified = fairgauge::ledger::Reader::open(&world.file("ledger.sqlite")).unwrap().verify().unwrap();
    assert_eq!(verified.observations, 4);

    world.tell(|_| Reply::status(500));
    assert!(world.refused(1, &arguments).contains("status 500"));
    let mut daemon = world.daemon();
    daemon.wait_said("at work: ");
    let said = world.refused(1, &arguments);
    assert!(said.contains("systemctl stop fairgauge"), "{said}");
    daemon.stop();
}

#[test]
fn a_stretch_of_the_past_is_recorded_and_signed_in_a_signed_ledger() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let key = fairgauge::ledger::merkle::LogKey::new("ledger.example.org/a", &[5; 32]).unwrap();
    std::fs::write(world.file("key"), key.to_pem().as_ref()).unwrap();
    std::fs::set_permissions(world.file("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let settings = std::fs::read_to_string(world.file("fairgauge.toml")).unwrap();
    let sign = "[ledger]\nsign = { name = \"ledger.example.org/a\", key = { file = \"key\" } }\n";
    std::fs::write(world.file("fairgauge.toml"), settings.replacen("[ledger]\n", sign, 1)).unwrap();
    world.tell(|_| Reply::csv("date,rain\n2024-06-01,5.5\n"));
    world.poll("ok", 1);
    world.tell(days);
    let said = world.printed(&["feed", "backfill", "rain", "--from", "2024-06-01", "--to", "2024-06-10"]);
    assert!(said.contains("2 readings recorded"), "{said}");
    let reader = fairgauge::ledger::Reader::open(&world.file("ledger.sqlite")).unwrap();
    let (signed, _) = reader.newest_checkpoint().unwrap().unwrap();
    assert_eq!(signed, reader.count().unwrap(), "what it brought is signed too");
    reader.verify().unwrap();
}

#[test]
fn the_status_tells_what_is_late_silent_and_near() {
    let world = World::new();
    world.poll("ok", 1);
    let status = world.json(&["status", "--watermarks"]);
    let alerts = status["alerts"].as_array().unwrap();
    let of = |kind: &str| alerts.iter().find(|alert| alert["alert"] == kind);
    let late = of("late").expect("the rain of 2024 ends on the third day, and ten are needed");
    assert_eq!((&late["station"], &late["expected_until"]), (&"here".into(), &"2024-06-11T00:00:00Z".into()));
    assert_eq!(late["newest_reading_ends"], "2024-06-04T00:00:00Z");
    let near = of("near_trigger").map(|alert| alert["index"].clone());
    assert_eq!(near, None, "with a day missing there is no index");
    assert_eq!(status["watermarks"]["policies"][0]["known_until"], "2024-06-04T00:00:00.000Z");
    assert_eq!(status["watermarks"]["sources"].as_array().unwrap().len(), 2);
    let feed = &status["feeds"][0];
    assert_eq!((&feed["circuit"], &feed["failures_in_a_row"]), (&"closed".into(), &0.into()));

    world.tell(|_| Reply::status(500));
    world.poll("status", 5);
    let table = world.printed(&["status", "--watermarks"]);
    assert!(table.contains("fails: status, "), "{table}");
    assert!(table.contains("feed rain is late") && table.contains("KNOWN UNTIL"), "{table}");
    assert_eq!(world.json(&["status"])["feeds"][0]["circuit"], "open");
    world.edit("poll = \"1 s\"", "poll = \"1 s\"\nlate_after = \"36500 d\"");
    assert!(!world.printed(&["status"]).contains("is late"), "as the settings say");
    world.edit("late_after", "lat_after");
    let table = world.printed(&["status", "--ledger", world.file("ledger.sqlite").to_str().unwrap()]);
    assert!(!table.contains("alert"), "a ledger by itself says nothing of what is expected: {table}");
}

#[test]
fn a_server_that_fails_long_is_tried_by_one_request_and_the_log_says_so() {
    let world = World::new();
    world.tell(|_| Reply::status(500));
    let mut daemon = world.daemon();
    daemon.wait_said("has failed 5 times in a row: from now on one request tries it");
    let polls = |outcome: &str| world.number(&format!("SELECT count(*) FROM poll WHERE outcome = '{outcome}'"));
    wait_until("trials", || polls("status") >= 7);
    let taken = "SELECT group_concat(requests) FROM (SELECT requests FROM poll WHERE outcome = 'status' ORDER BY at_ms LIMIT 7)";
    let text = |query: &str| program::query::<String>(&world.file("ledger.sqlite"), query).remove(0);
    assert_eq!(text(taken), "3,3,3,3,3,1,1", "three tries, then trials");
    let waits = "SELECT group_concat(wait) FROM (SELECT at_ms - lag(at_ms) OVER (ORDER BY at_ms) AS wait FROM poll)";
    let waits: Vec<i64> = text(waits).split(',').map(|wait| wait.parse().unwrap()).collect();
    assert!(waits[4] >= 1_000 && waits[5] >= 2_000, "two seconds and more, then four: {waits:?}");
    world.tell(days);
    daemon.wait_said("is asked as usual again");
    wait_until("it is well again", || polls("ok") >= 2);
    daemon.stop();
}

#[test]
fn a_quota_is_kept_by_who_starts_again_and_again() {
    let world = World::new();
    world.edit("vintage = \"provisional\"", "vintage = \"provisional\"\nlimit = [\"3 per hour\", \"1000 per day\"]");
    // Killed in the midst of a poll, of which nothing is in the ledger then but what it spends.
    world.tell(|_| Reply::Silent);
    for sent in 1..=3 {
        let mut daemon = world.daemon();
        wait_until("it asks", || world.server.requests().len() == sent);
        assert!(daemon.kill());
    }
    let mut daemon = world.daemon();
    daemon.wait_said("what 127.0.0.1");
    daemon.stop();
    let sent = world.server.requests().len();
    assert_eq!((sent, world.number("SELECT sum(requests) FROM spent")), (3, 3), "what is sent is written down before");
    let status = world.json(&["status"]);
    let quotas = status["quotas"].as_array().unwrap();
    assert_eq!(quotas.len(), 2);
    assert_eq!(
        (&quotas[0]["limit"], &quotas[0]["sent"], &quotas[0]["left"]),
        (&"3 per hour".into(), &3.into(), &0.into())
    );
    assert_eq!(quotas[1]["left"], 997);
    assert!(quotas[0]["quota"].as_str().unwrap().ends_with("/key"), "where the key is, not the key: {status}");
    assert!(!status.to_string().contains(KEY));
    let said = world.refused(1, &["feed", "backfill", "rain", "--from", "2024-06-01", "--to", "2024-06-02"]);
    assert!(said.contains("allows is spent: it is asked again in") && said.contains("raise `limit`"), "{said}");
    assert_eq!(world.server.requests().len(), 3, "a back-fill goes from the same quota");
}
