//! Webhooks of the whole program: a daemon that is killed, acts of persons, commands, settings that are read again; and
//! the notes of which others are told beforehand.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/office.rs"]
mod office;
#[path = "support/operators.rs"]
mod operators;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed.rs"]
mod signed;

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::daemon::{Clock, Daemon, Service, Signal, Time};
use fairgauge::ledger::{Reader, Store, Writer, leaf, message_id, parse_instant};
use fairgauge::setup::Setup;
use fault_server::{FaultServer, Reply, Request};
use office::{endpoint, write_keys};
use operators::House;
use program::{Program, daemon, query, wait_until};
use rain_days::{DAILY, WET, days, feed_each, product};
use serde_json::Value;

const CONTESTED: &str = "P-1/rain/2024-03-01";

/// A house that tells one endpoint.
fn house(server: &FaultServer, more: &str) -> House {
    let house = House::new();
    write_keys(house.folder.path());
    let mut settings = std::fs::OpenOptions::new().append(true).open(&house.config).unwrap();
    write!(settings, "[network]\nallow_private = true\n{}", endpoint("acme", &server.url("/in"), more)).unwrap();
    house
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

/// Types of what came, in its order.
fn kinds(server: &FaultServer) -> Vec<String> {
    server.requests().iter().map(|request| body(request)["type"].as_str().unwrap().to_owned()).collect()
}

fn delivered(house: &House) -> i64 {
    Reader::open(&house.ledger).unwrap().endpoint("acme").unwrap().delivered
}

#[test]
fn p03_a_daemon_that_is_killed_before_the_answer_sends_the_same_again() {
    let server = FaultServer::in_turn(vec![Reply::Silent, Reply::status(204)]);
    let house = house(&server, "events = [\"payout.final\"]\ntimeout = \"60 s\"");
    let mut program = Program::start(daemon(&house.config));
    wait_until("the message is there", || !server.requests().is_empty());
    assert!(program.kill(), "it was running");
    assert!(query::<i64>(&house.ledger, "SELECT count(*) FROM delivery") == [0], "what became of it was not learned");
    let program = Program::start(daemon(&house.config));
    wait_until("it is told again", || server.requests().len() == 2 && delivered(&house) == 1);
    program.stop();
    let came = server.requests();
    let entry = body(&came[0])["data"]["entry"].as_str().unwrap().to_owned();
    for request in &came {
        assert_eq!(request.header("webhook-id"), Some(message_id(&leaf(&entry)).as_str()));
        assert_eq!(body(request), body(&came[0]), "the same bytes");
    }
    house.verify();
}

#[test]
fn acts_of_persons_are_told_whether_a_daemon_writes_them_or_the_command() {
    let server = FaultServer::start(|_| Reply::status(200));
    let house = house(&server, "");
    let program = Program::start(daemon(&house.config));
    wait_until("the payout is told", || kinds(&server) == ["payout.final"]);
    house.act("hold", CONTESTED, "lin", &[]).unwrap();
    wait_until("the hold is told", || kinds(&server) == ["payout.final", "decision.held"]);
    program.stop();
    house.act("void", CONTESTED, "lin", &[]).unwrap();
    house.act("approve", CONTESTED, "wu", &[]).unwrap();
    assert_eq!(server.requests().len(), 2, "nobody sends");
    let listed = house.run(&["webhook", "list"]).unwrap();
    assert!(listed.contains("acme") && listed.contains("127.0.0.1"), "{listed}");
    let program = Program::start(daemon(&house.config));
    wait_until("what the command wrote is told", || kinds(&server).last().unwrap() == "decision.void");
    program.stop();
    let states: Vec<_> =
        server.requests().iter().map(|request| body(request)["data"]["row"]["state"].clone()).collect();
    assert_eq!(states, ["final", "held", "void"]);
    house.verify();
}

#[test]
fn commands_tell_how_it_goes_and_send_again() {
    let answers = Arc::new(Mutex::new(Reply::status(500)));
    let now = answers.clone();
    let server = FaultServer::start(move |_| now.lock().unwrap().clone());
    let house = house(&server, "");
    let run = |args: &[&str]| house.run(args);
    let listed = run(&["webhook", "list", "--format", "json"]).unwrap();
    assert!(listed.contains("\"not tried yet\""), "before there is a ledger: {listed}");
    assert!(run(&["webhook", "key", "acme"]).unwrap().starts_with("whpk_"));
    assert!(run(&["webhook", "key", "acem"]).unwrap_err().contains("did you mean `acme`"));
    let error = run(&["webhook", "test", "acme"]).unwrap_err();
    assert!(error.contains("did not take msg_") && error.contains("status 500"), "{error}");
    let program = Program::start(daemon(&house.config));
    wait_until("an attempt failed", || !query::<i64>(&house.ledger, "SELECT id FROM delivery").is_empty());
    let log = run(&["webhook", "log", "acme", "--failed", "--format", "jsonl"]).unwrap();
    let first: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["event"], &first["status"], &first["attempt"]),
        (&"payout.final".into(), &500.into(), &1.into())
    );
    let status: Value = serde_json::from_str(&run(&["status", "--format", "json"]).unwrap()).unwrap();
    assert_eq!((&status["webhooks"][0]["endpoint"], &status["webhooks"][0]["waiting"]), (&"acme".into(), &1.into()));
    assert!(run(&["status"]).unwrap().contains("ENDPOINT"));
    *answers.lock().unwrap() = Reply::status(204);
    assert!(run(&["webhook", "test", "acme"]).unwrap().contains("took msg_"));
    assert_eq!(kinds(&server).last().unwrap(), "webhook.test");
    let seq = first["entry"].to_string();
    let range = ["webhook", "replay", "acme", "--from", seq.as_str(), "--to", seq.as_str()];
    assert!(run(&range).unwrap().contains("for acme"), "the daemon does it");
    wait_until("it is told", || delivered(&house) == 1);
    program.stop();
    assert!(run(&range).unwrap().contains("1 message waits for acme"), "and without it the command");
    assert!(
        run(&["webhook", "replay", "acme", "--from", "9", "--to", "3"]).unwrap_err().contains("the first not behind")
    );
    assert!(run(&["webhook", "replay", "nobody"]).unwrap_err().contains("there is no endpoint `nobody`"));
    let listed = run(&["webhook", "list"]).unwrap();
    assert!(listed.contains("everything") && listed.contains("all policies"), "{listed}");
    let names: Vec<_> = server
        .requests()
        .iter()
        .filter(|one| body(one)["type"] == "payout.final")
        .map(|one| one.header("webhook-id").unwrap().to_owned())
        .collect();
    assert!(names.len() >= 2 && names.windows(2).all(|pair| pair[0] == pair[1]), "{names:?}");
}

#[test]
fn a_daemon_that_reads_its_settings_again_tells_who_is_new() {
    let server = FaultServer::start(|_| Reply::status(204));
    let house = House::new();
    write_keys(house.folder.path());
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("final: policy Q-1");
    let mut settings = std::fs::OpenOptions::new().append(true).open(&house.config).unwrap();
    write!(settings, "[network]\nallow_private = true\n{}", endpoint("acme", &server.url("/in"), "")).unwrap();
    program.signal("HUP");
    program.wait_said("were read again");
    house.act("hold", CONTESTED, "lin", &[]).unwrap();
    wait_until("the hold is told", || kinds(&server) == ["decision.held"]);
    house.run(&["webhook", "replay", "acme", "--from", "0", "--to", "1000"]).unwrap();
    wait_until("what was before too", || kinds(&server).contains(&"payout.final".to_owned()));
    program.stop();
}

/// A clock that goes by up to five minutes whenever somebody waits.
#[derive(Clone, Debug)]
struct Hurried(Arc<Mutex<DateTime<Utc>>>);

impl Time for Hurried {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn until(&self, instant: DateTime<Utc>) -> Duration {
        let mut now = self.0.lock().unwrap();
        let latest = *now + TimeDelta::minutes(5);
        *now = (*now).max(instant.min(latest));
        Duration::from_millis(1)
    }
}

/// A wet March with so much rain in its file, on a clock that hurries from an instant on.
struct March {
    folder: tempfile::TempDir,
}

impl March {
    fn new(rain: &str, begins: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wet = product("wet", DAILY, "lag = \"2 d\"", WET);
        let feed = feed_each("daily", "1 h", "1 h").replace("delay", "timeout = \"1 s\"\ndelay");
        let book = "W-1,wet@1,A,2024-03-01,2024-03-31,10000 CNY,s\n";
        rain_days::write(folder.path(), &feed, &[("wet", wet)], book);
        std::fs::write(folder.path().join("daily.csv"), days(31, &[("03-05", rain)])).unwrap();
        let march = Self { folder };
        drop(Store::create(&march.ledger(), "march", parse_instant(begins).unwrap()).unwrap());
        march
    }

    fn ledger(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    /// Runs a daemon from an instant to another one, or until it says so.
    fn run(&self, from: &str, to: &str) {
        let setup = Setup::load(&self.folder.path().join("fairgauge.toml"), std::iter::empty()).unwrap();
        let now = Arc::new(Mutex::new(parse_instant(from).unwrap()));
        let clock = Clock::Told(Box::new(Hurried(now.clone())));
        let to = parse_instant(to).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let writer = Writer::spawn(Store::open(&self.ledger()).unwrap()).unwrap();
            let mut daemon = Daemon::start(setup, writer, &clock).await.unwrap();
            let (stop, signals) = tokio::sync::mpsc::channel(1);
            let service = Service::new(signals, || Err("nothing is read again".to_owned()), None);
            let mut service = service.telling(move |now, _| {
                if now >= to {
                    let _ = stop.try_send(Signal::Stop);
                }
            });
            daemon.run(&clock, &mut service).await.unwrap();
            daemon.close().await.unwrap();
        });
        Reader::open(&self.ledger()).unwrap().verify().unwrap();
    }

    fn keys(&self, begin: &str) -> Vec<String> {
        query(&self.ledger(), &format!("SELECT key FROM ledger WHERE key LIKE '{begin}%' ORDER BY seq"))
    }
}

#[test]
fn an_index_that_comes_close_to_its_strike_is_noted_once_for_its_period() {
    for (rain, noted, why) in [
        ("54", vec!["near-trigger/W-1/rain/2024-03-01"], "it pays so far"),
        ("46", vec!["near-trigger/W-1/rain/2024-03-01"], "it nearly pays"),
        ("60", vec![], "well beyond the strike"),
        ("30", vec![], "well below it"),
    ] {
        let march = March::new(rain, "2024-04-01T03:00:00.000Z");
        // Started anew in between, before anything binds.
        march.run("2024-04-01T03:00:00.000Z", "2024-04-01T12:00:00.000Z");
        march.run("2024-04-01T12:00:00.000Z", "2024-04-04T12:00:00.000Z");
        assert_eq!(march.keys("near-trigger/"), noted, "{why}");
        assert_eq!(march.keys("final/").len(), 1, "{why}");
    }
}

#[test]
fn a_silence_is_noted_once_and_the_next_one_again() {
    let march = March::new("30", "2024-03-20T00:00:00.000Z");
    let file = march.folder.path().join("daily.csv");
    march.run("2024-03-20T00:00:00.000Z", "2024-03-20T04:00:00.000Z");
    assert!(march.keys("feed-silent/").is_empty(), "it answers");
    let kept = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    march.run("2024-03-20T04:00:00.000Z", "2024-03-20T10:00:00.000Z");
    let first = march.keys("feed-silent/");
    assert_eq!(first.len(), 1, "{first:?}");
    march.run("2024-03-20T10:00:00.000Z", "2024-03-21T00:00:00.000Z");
    assert_eq!(march.keys("feed-silent/"), first, "the same silence behind a start anew");
    std::fs::write(&file, kept).unwrap();
    march.run("2024-03-21T00:00:00.000Z", "2024-03-21T04:00:00.000Z");
    std::fs::remove_file(&file).unwrap();
    march.run("2024-03-21T04:00:00.000Z", "2024-03-21T12:00:00.000Z");
    assert_eq!(march.keys("feed-silent/").len(), 2, "another silence");
}
