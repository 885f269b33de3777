//! What readers get, and how fast. `cargo bench --bench serve`: a line of JSON for each figure.
//!
//! A ledger of 1,000,000 determinations is made in a folder (that of the system for temporary files; `-- --folder PATH`
//! keeps it there for the next run, `-- 50000` makes a smaller one). The server answers over loopback to `wrk`, another
//! process; beside it, in one run, a bare handler of axum and rusqlite that has the same rows in a plain table of its own
//! and writes the same members: no token, no header, no limit, nobody's scope. Each is asked in turns, so that what else
//! the machine does falls on both.

mod bare;
mod ledger;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use fairgauge::access::Role;
use fairgauge::daemon::Clock;
use fairgauge::health::Board;
use fairgauge::publish::{Beside, Server, Watched};
use fairgauge::settings::ServeSettings;

/// Determinations, unless another number is asked for.
const DETERMINATIONS: usize = 1_000_000;
/// How long each is asked, in each of so many turns.
const SECONDS: u32 = 10;
const TURNS: usize = 3;
/// How often all of it is asked again, to see what memory does.
const ROUNDS: usize = 4;
/// Connections of `wrk`, on one thread: more than the questions that are read at a time.
const CONNECTIONS: u32 = 16;

fn main() {
    let asked: Vec<_> = std::env::args().skip(1).collect();
    // Cargo's own tests run every bench target with `--test`; there is nothing to measure here.
    if asked.iter().any(|argument| argument == "--test") {
        return;
    }
    if Command::new("wrk").arg("--version").output().is_err() {
        println!("left out: wrk is not installed");
        return;
    }
    let kept = asked.iter().skip_while(|argument| *argument != "--folder").nth(1).map(PathBuf::from);
    let determinations = asked.iter().find_map(|argument| argument.parse().ok()).unwrap_or(DETERMINATIONS);
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let path = folder.join("ledger.sqlite");
    if !path.exists() {
        let begun = Instant::now();
        ledger::make(&path, determinations);
        println!(r#"{{"made":{determinations},"seconds":{:.0}}}"#, begun.elapsed().as_secs_f64());
    }
    let plain = folder.join("plain.sqlite");
    if !plain.exists() {
        bare::make(&path, &plain);
    }
    let server = serve(&path);
    let (own, other) = (server.address(), bare::serve(&plain));
    println!(r#"{{"memory_mb_before":{}}}"#, resident_mb());
    let questions = [
        ("payouts, the newest 100", "/v1/payouts".to_owned()),
        ("payouts, a page of 100 in the middle", middle(own)),
        ("one policy with its payouts", format!("/v1/policies/{}", ledger::policy(determinations / 20))),
        ("a year of days of its series", format!("/v1/policies/{}/series?limit=366", ledger::policy(7))),
    ];
    for (what, question) in &questions {
        compare(what, own, other, question);
    }
    // Whether it grows: all of it again, of this server alone.
    for round in 0..=ROUNDS {
        println!(r#"{{"round":{round},"memory_mb":{}}}"#, resident_mb());
        if round < ROUNDS {
            for (_, question) in &questions {
                ask(own, question);
            }
        }
    }
}

/// The server of the daemon, on loopback without a token: one token may ask fifty times a second.
fn serve(ledger: &Path) -> Server {
    let own = ServeSettings::at(([127, 0, 0, 1], 0).into());
    let settings = ServeSettings { without_token: Some(Role::Auditor), ..own };
    let watched = Watched::nobody(Clock::System.now());
    let beside = Beside { board: Board::default(), watched, now: || Clock::System.now() };
    Server::start(&settings, ledger, beside).expect("it listens")
}

/// A page that is not the first one, by the cursor of the one before.
fn middle(address: SocketAddr) -> String {
    let first = bare::get(address, "/v1/payouts?order=policy&limit=1000");
    let page: serde_json::Value = serde_json::from_str(&first).expect("a page");
    format!("/v1/payouts?order=policy&cursor={}", page["next"].as_str().expect("there are more"))
}

/// What was answered in one turn: requests a second, and the slowest of a hundred in milliseconds.
#[derive(Clone, Copy)]
struct Rate {
    requests: f64,
    p99_ms: f64,
}

fn compare(what: &str, own: SocketAddr, other: SocketAddr, question: &str) {
    let (mine, theirs) = (bare::get(own, question), bare::get(other, question));
    let items = |text: &str| {
        let page: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        page["items"].as_array().or(page["payouts"].as_array()).map_or(0, Vec::len)
    };
    assert_eq!(items(&mine), items(&theirs), "the same number of rows: {question}");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(ask(own, question));
        bare.push(ask(other, question));
    }
    let [ours, bare] = [ours, bare].map(best);
    println!(
        r#"{{"what":"{what}","rows":{},"bytes":{},"requests_a_second":{:.0},"p99_ms":{:.1},"bare_requests_a_second":{:.0},"bare_p99_ms":{:.1},"bare_bytes":{},"share_of_bare":{:.2}}}"#,
        items(&mine),
        mine.len(),
        ours.requests,
        ours.p99_ms,
        bare.requests,
        bare.p99_ms,
        theirs.len(),
        ours.requests / bare.requests
    );
}

/// The best turn: what else the machine does makes the others worse.
fn best(turns: Vec<Rate>) -> Rate {
    turns.into_iter().max_by(|a, b| a.requests.total_cmp(&b.requests)).expect("there are turns")
}

fn ask(address: SocketAddr, question: &str) -> Rate {
    let url = format!("http://{address}{question}");
    let (connections, seconds) = (CONNECTIONS.to_string(), format!("{SECONDS}s"));
    let run = Command::new("wrk").args(["-t1", "-c", &connections, "-d", &seconds, "--latency", &url]).output();
    let run = run.expect("wrk runs");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && !said.contains("Non-2xx") && !said.contains("Socket errors"), "{question}: {said}");
    let value =
        |name: &str| said.lines().find_map(|line| line.trim().strip_prefix(name)).expect("told").trim().to_owned();
    Rate { requests: value("Requests/sec:").parse().expect("a number"), p99_ms: milliseconds(&value("99%")) }
}

/// A time as `wrk` writes it.
fn milliseconds(text: &str) -> f64 {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1_000.0)];
    let found = units.into_iter().find_map(|(unit, scale)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * scale));
    found.unwrap_or_else(|| panic!("`{text}` is no time"))
}

/// Memory of this process, both servers in it.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("told");
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).expect("a number") / 1024
}
