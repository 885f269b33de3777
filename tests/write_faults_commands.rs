//! Commands and the daemon, killed at each call that writes: what they write is whole or not there, and run again they do
//! what was asked. `FAIRGAUGE_POINTS=all` takes all points.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed.rs"]
mod signed;
#[path = "support/tools.rs"]
mod tools;
#[path = "write_faults/trace.rs"]
mod trace;

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use fairgauge::audit::Bundle;
use fairgauge::ledger::merkle::LogKey;
use fairgauge::ledger::{Filter, Reader, State, Store};
use program::{Program, contents, fairgauge, replay, wait_until};
use rain_days::{HEADER, feed};
use signed::{at, key, ledger, sign, unpublished};
use trace::{CALLS, Point, killed, points, points_of, watched};

const SIGN: &str = r#"
[ledger.sign]
name = "ledger.example.org/fairgauge"
key = { file = "key" }
publish = "public"
"#;

const PRODUCT: &str = r#"
[product]
id = "rain"
version = 1
name = "Rain"
currency = "USD"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[policy]
station = "station"
[data]
sources = ["gauge/{station}"]
missing = { at_most = "0 %", longest = "0 d" }
[settlement]
lag = "0 s"
longest_wait = "60 d"
rounding = "half_up"
[[cover]]
id = "much"
window = "cover"
index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
payout = { when = ">", strike = "20 mm", exit = "60 mm", limit = "60 %" }
"#;

const POLICY: &str = "A-1,rain@1,One,2024-06-01,2024-06-04,1000 USD,s\n";

fn season(folder: &Path) {
    let settings = SIGN.to_owned() + &feed("gauge", "0 s");
    rain_days::write(folder, &settings, &[("rain", PRODUCT.to_owned())], POLICY);
    let days: String = (1..=8).map(|day| format!("2024-06-{day:02},10.5\n")).collect();
    std::fs::write(folder.join("gauge.csv"), format!("date,rain\n{days}")).unwrap();
    for (name, seed) in [("key", 1), ("key-2", 2)] {
        let path = folder.join(name);
        std::fs::write(&path, key(seed).to_pem().as_ref()).unwrap();
        let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, only_owner).unwrap();
    }
}

/// A season that was replayed and then signed.
fn settled(folder: &Path) {
    season(folder);
    replay(folder, &ledger(folder));
    sign(&ledger(folder), 1, 100_000);
}

/// Points of which each `step`-th is taken, so that there are about so many.
fn sample(points: &[Point], about: usize) -> Vec<&Point> {
    let all = std::env::var_os("FAIRGAUGE_POINTS").is_some_and(|value| value == "all");
    let step = if all { 1 } else { points.len().div_ceil(about) };
    points.iter().step_by(step).collect()
}

/// Kills a command at its points; `after` says whether all is well, and runs what is left.
fn sweep(name: &str, prepare: fn(&Path), command: impl Fn(&Path) -> Command, after: impl Fn(&Path)) {
    if !tools::there("strace") {
        return;
    }
    let all = tempfile::tempdir().unwrap();
    let (folder, log) = (all.path().join("undisturbed"), all.path().join("log"));
    prepare(&folder);
    let (points, output) = points(&command(&folder), &folder, &log, CALLS);
    assert!(output.status.success(), "{output:?}");
    after(&folder);
    let chosen = sample(&points, 12);
    for (number, point) in chosen.iter().enumerate() {
        let folder = all.path().join(format!("{number}"));
        prepare(&folder);
        let status = killed(&command(&folder), point, &log).output().unwrap().status;
        assert_eq!(status.signal(), Some(9), "{name}, {point:?}");
        println!("{name}: killed at {point:?}");
        after(&folder);
    }
    println!("{name}: {} points, {} runs; nothing was lost", points.len(), chosen.len());
    assert!(!points.is_empty());
}

fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn is_whole(folder: &Path) {
    Reader::open(&ledger(folder)).unwrap().verify().unwrap();
}

#[test]
fn p01_a_replay_killed_at_each_write_goes_on() {
    let replay = |folder: &Path| {
        let mut command = fairgauge();
        command.arg("replay").arg(folder).arg("--ledger").arg(folder.join("replayed"));
        command
    };
    let wanted = tempfile::tempdir().unwrap();
    season(wanted.path());
    ran(&mut replay(wanted.path()));
    let wanted = contents(&wanted.path().join("replayed"));
    sweep("replay", season, replay, |folder| {
        let again = replay(folder).output().unwrap();
        let said = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(again.status.success() || said.contains("finished"), "{said}");
        assert_eq!(contents(&folder.join("replayed")), wanted);
    });
}

#[test]
fn p01_a_bundle_is_whole_or_not_there() {
    let prove = |folder: &Path| {
        let mut command = fairgauge();
        command.args(["prove", "A-1/much/2024-06-01", "--ledger"]).arg(ledger(folder));
        command.arg("--output").arg(folder.join("bundle.json"));
        command
    };
    sweep("prove", settled, prove, |folder| {
        if !folder.join("bundle.json").exists() {
            ran(&mut prove(folder));
        }
        let text = std::fs::read_to_string(folder.join("bundle.json")).unwrap();
        Bundle::read(&text).unwrap().verify(&key(1).public()).unwrap();
    });
}

#[test]
fn p01_a_key_is_whole_or_not_there() {
    let new = |folder: &Path| {
        let mut command = fairgauge();
        command.args(["key", "new", "--name", signed::NAME]).arg(folder.join("new"));
        command
    };
    sweep("key new", season, new, |folder| {
        if !folder.join("new").exists() {
            ran(&mut new(folder));
        }
        LogKey::from_pem(signed::NAME, &std::fs::read_to_string(folder.join("new")).unwrap()).unwrap();
    });
}

#[test]
fn p01_how_far_a_check_came_is_whole_or_as_it_was() {
    let verify = |folder: &Path| {
        let mut command = fairgauge();
        command.args(["verify", "--ledger"]).arg(ledger(folder)).arg("--state").arg(folder.join("state"));
        command
    };
    sweep("verify", settled, verify, |folder| {
        assert!(ran(&mut verify(folder)).contains("computed again: the same"));
    });
}

#[test]
fn p01_another_key_takes_over_or_does_not() {
    let rotate = |folder: &Path| {
        let mut command = fairgauge();
        command.args(["key", "rotate"]).arg(folder.join("key-2")).arg("--config").arg(folder.join("fairgauge.toml"));
        command
    };
    sweep("key rotate", settled, rotate, |folder| {
        is_whole(folder);
        let keys: Vec<String> =
            program::query(&ledger(folder), "SELECT json_extract(body, '$.vkey') FROM ledger WHERE kind = 'key'");
        if keys.len() == 1 {
            ran(&mut rotate(folder));
        }
        // As the page says: the new file in the old one's place.
        sign(&ledger(folder), 2, 200_000);
        is_whole(folder);
        let unsigned = "SELECT count(*) FROM ledger WHERE seq >= (SELECT max(size) FROM checkpoint)";
        assert_eq!(program::query::<i64>(&ledger(folder), unsigned), [0]);
    });
}

/// The daemon, its process's number in a file: strace is its parent.
fn daemon(folder: &Path) -> Command {
    let mut command = Command::new("sh");
    program::clean(&mut command);
    let run = "echo $$ > \"$1/pid\"; exec \"$0\" run --config \"$1/fairgauge.toml\"";
    command.args(["-c", run, env!("CARGO_BIN_EXE_fairgauge")]).arg(folder);
    command
}

fn finals(folder: &Path) -> i64 {
    program::query(&ledger(folder), "SELECT count(*) FROM payout WHERE state = 'final'").pop().unwrap_or(0)
}

fn signal(folder: &Path, name: &str) {
    let kill = format!("kill -{name} $(cat '{}')", folder.join("pid").display());
    // One that was killed does not hear it.
    Command::new("sh").args(["-c", &kill]).stderr(std::process::Stdio::null()).status().unwrap();
}

/// Lets the daemon settle, read its book again, settle what is new there, and stop; whether it came so far.
fn lives(folder: &Path, command: Command) -> Program {
    let write = |more: &str| std::fs::write(folder.join("book.csv"), format!("{HEADER}{POLICY}{more}")).unwrap();
    write("");
    let mut daemon = Program::start(command);
    wait_until("the daemon is at work", || daemon.said("at work") > 0 || !daemon.is_running());
    let wait = |daemon: &mut Program, what: &str, finished: i64| {
        wait_until(what, || finals(folder) >= finished || !daemon.is_running());
    };
    wait(&mut daemon, "the first policy is final", 1);
    write(&POLICY.replace("A-1", "A-2").replace("06-04", "06-05"));
    signal(folder, "HUP");
    wait(&mut daemon, "the second policy is final", 2);
    signal(folder, "TERM");
    daemon.ended();
    daemon
}

#[test]
fn p01_a_daemon_killed_at_each_write_of_its_life() {
    if !tools::there("strace") {
        return;
    }
    let all = tempfile::tempdir().unwrap();
    let (folder, log) = (all.path().join("undisturbed"), all.path().join("log"));
    season(&folder);
    lives(&folder, watched(&daemon(&folder), &log));
    let points = points_of(&folder, &log);
    assert_eq!(finals(&folder), 2);
    let chosen = sample(&points, 20);
    let mut hits = 0;
    for (number, point) in chosen.iter().enumerate() {
        let folder = all.path().join(format!("{number}"));
        season(&folder);
        let first = lives(&folder, killed(&daemon(&folder), point, &log));
        let bodies = "SELECT body FROM ledger ORDER BY seq";
        let (before, seen) = (program::query::<String>(&ledger(&folder), bodies), finals(&folder));
        let log = first.log();
        let stopped = log.contains("stopped as asked");
        hits += usize::from(!stopped);
        let again = lives(&folder, daemon(&folder)).log();
        let after = program::query::<String>(&ledger(&folder), bodies);
        assert!(after.starts_with(&before) && finals(&folder) >= seen, "{point:?}: {log}\n{again}");
        is_whole(&folder);
        let reader = Reader::open(&ledger(&folder)).unwrap();
        let paid: Vec<_> = reader.payouts(&Filter::default()).unwrap();
        let paid: Vec<_> = paid.iter().map(|row| (row.policy.as_str(), row.state, row.amount.as_str())).collect();
        assert_eq!(paid, [("A-1", State::Final, "330.00"), ("A-2", State::Final, "487.50")], "{point:?}\n{again}");
        let finals = after.iter().filter(|body| body.contains("\"kind\":\"final\"")).count();
        assert_eq!(finals, 2, "{point:?}");
        let published = std::fs::read_to_string(folder.join("public/checkpoint")).unwrap();
        assert_eq!(reader.newest_checkpoint().unwrap().unwrap().1, published, "{point:?}");
    }
    println!("daemon: {} points, {} runs, {hits} of them killed; nothing was lost", points.len(), chosen.len());
    assert!(hits > 0 && points.len() > 100);
}

#[test]
fn p04_sigterm_behind_a_payout_leaves_everything_in_its_files() {
    let folder = tempfile::tempdir().unwrap();
    season(folder.path());
    let log = lives(folder.path(), daemon(folder.path())).log();
    assert!(log.contains("stopped as asked"), "{log}");
    let rest = std::fs::metadata(folder.path().join("ledger.sqlite-wal")).map_or(0, |log| log.len());
    assert_eq!((finals(folder.path()), rest), (2, 0));
    let newest = Reader::open(&ledger(folder.path())).unwrap().newest_checkpoint().unwrap().unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("public/checkpoint")).unwrap(), newest.1);
    is_whole(folder.path());
}

/// A ledger that another process writes is not touched.
fn is_refused_while_another_writes(command: impl Fn(&Path) -> Command) {
    let folder = tempfile::tempdir().unwrap();
    settled(folder.path());
    let ledger = ledger(folder.path());
    let store = Store::open_signed(&ledger, at(200_000), &unpublished(&ledger, 1)).unwrap();
    let before = std::fs::read(&ledger).unwrap();
    let output = command(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("another fairgauge writes this ledger"), "{said}");
    assert_eq!(std::fs::read(&ledger).unwrap(), before);
    store.close().unwrap();
}

#[test]
fn p08_a_daemon_beside_another_writer_is_refused() {
    is_refused_while_another_writes(|folder| program::daemon(&folder.join("fairgauge.toml")));
}

#[test]
fn p08_a_key_is_not_changed_beside_another_writer() {
    is_refused_while_another_writes(|folder| {
        let mut command = fairgauge();
        command.args(["key", "rotate"]).arg(folder.join("key-2")).arg("--config").arg(folder.join("fairgauge.toml"));
        command
    });
}
