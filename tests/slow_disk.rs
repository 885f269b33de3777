//! A disk on which each flush takes seconds (D16): the daemon gives signs of life, asks no more than it can write down,
//! says how slow it is, and loses nothing. Times are a tenth of those of the unit: half a second for a flush of five, a
//! watchdog of twelve seconds for one of two minutes.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/client.rs"]
mod client;
#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fault_server::{FaultServer, Reply};
use program::{Program, wait_until};
use signed_daemon::World;

/// How long a flush takes.
const FLUSH: Duration = Duration::from_millis(500);
/// How long systemd waits for a sign of life.
const WATCHDOG: Duration = Duration::from_secs(12);

/// From here on each flush of a running program takes so long.
fn slow_down(program: &Program, flush: Duration) -> Program {
    let pid = program.pid().to_string();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
    strace.args(["-e", &format!("inject=fsync,fdatasync:delay_enter={}", flush.as_micros()), "-p", &pid]);
    let strace = Program::start(strace);
    wait_until("its disk is slow", || {
        // Each thread is traced, the one that writes among them.
        let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|thread| thread.unwrap().path());
        threads.map(|thread| fs::read_to_string(thread.join("status")).unwrap_or_default()).all(|status| {
            status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|pid| pid.trim() != "0"))
        })
    });
    strace
}

/// Hears signs of life until the daemon stops; gives the longest time without one, from the first one on.
fn listen(socket: UnixDatagram) -> JoinHandle<Duration> {
    socket.set_read_timeout(Some(WATCHDOG * 2)).unwrap();
    std::thread::spawn(move || {
        let (mut last, mut longest, mut bytes) = (None::<Instant>, Duration::ZERO, [0; 4_096]);
        loop {
            let Ok(length) = socket.recv(&mut bytes) else { return WATCHDOG * 2 };
            let told = std::str::from_utf8(&bytes[..length]).unwrap();
            let is_alive = told.contains("WATCHDOG=1");
            if let Some(last) = last.filter(|_| is_alive || told.contains("STOPPING=1")) {
                longest = longest.max(last.elapsed());
            }
            if told.contains("STOPPING=1") {
                return longest;
            }
            if is_alive {
                last = Some(Instant::now());
            }
        }
    })
}

#[test]
fn d16_while_each_flush_takes_long_signs_of_life_come_and_payouts_are_settled_once() {
    if !tools::there("strace") {
        return;
    }
    let world = World::new("file = \"daily.csv\"");
    world.tell(5);
    let socket = UnixDatagram::bind(world.file("notify")).unwrap();
    let mut command = world.command();
    command.env("NOTIFY_SOCKET", world.file("notify")).env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
    let heard = listen(socket);
    let daemon = Program::start(command);
    wait_until("it has heard of some days", || world.polls("=") >= 1);
    let _slow = slow_down(&daemon, FLUSH);
    world.tell(10);
    world.wait_settled();
    let before = world.count("poll");
    wait_until("it polls on", || world.count("poll") >= before + 3);
    daemon.stop();
    let longest = heard.join().unwrap();
    println!("{} s without a sign of life at most", longest.as_secs_f64());
    assert!(longest < WATCHDOG, "the watchdog would have ended it: {longest:?}");
    world.assert_well();
}

#[test]
fn d16_no_more_is_asked_than_can_be_written_down() {
    if !tools::there("strace") {
        return;
    }
    let server = FaultServer::start(|_| Reply::csv(rain_days::days(5, &[("03-02", "80")])));
    let world = World::new(&format!("url = \"{}\"", server.url("/rain")));
    let daemon = world.start();
    wait_until("it has heard of some days", || world.polls("=") >= 1);
    // Three polls of a second each would be due while one of them is written.
    let _slow = slow_down(&daemon, FLUSH * 6);
    let before = world.count("poll");
    wait_until("some polls are written", || {
        let written = usize::try_from(world.count("poll")).unwrap();
        let asked = server.requests().len();
        // One that is under way; and one that was written while we looked.
        assert!(asked <= written + 2, "{asked} were asked and {written} written");
        world.count("poll") >= before + 4
    });
    daemon.stop();
    let (status, said) = world.verify();
    assert_eq!(status, 0, "{said}");
}

#[test]
fn d16_the_figures_say_how_long_a_commit_takes() {
    if !tools::there("strace") {
        return;
    }
    let world = World::of_file();
    let settings = fs::read_to_string(world.file("fairgauge.toml")).unwrap();
    let serve = "\n[serve]\nlisten = \"127.0.0.1:0\"\nwithout_token = \"auditor\"\n";
    fs::write(world.file("fairgauge.toml"), settings + serve).unwrap();
    let mut daemon = world.start();
    let address = daemon.address();
    world.wait_settled();
    let commits = |le: &str| {
        let name = format!("fairgauge_ledger_commit_duration_seconds_bucket{{le=\"{le}\"}} ");
        let answer = client::send(address, &client::request("GET", "/metrics", &[], &[]));
        let text = answer.text();
        let line = text.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or_else(|| panic!("{text}"));
        line.parse::<f64>().unwrap()
    };
    let _slow = slow_down(&daemon, FLUSH);
    // One may have been under way.
    let polls = world.count("poll");
    wait_until("it polls", || world.count("poll") > polls);
    let (fast, all) = (commits("0.25"), commits("+Inf"));
    wait_until("some commits are slow", || commits("+Inf") >= all + 3.0);
    assert_eq!(commits("0.25"), fast, "none was faster than a flush");
    daemon.stop();
    world.assert_well();
}

#[test]
fn d16_ended_in_the_midst_of_a_flush_it_goes_on_where_it_was() {
    if !tools::there("strace") {
        return;
    }
    let world = World::new("file = \"daily.csv\"");
    world.tell(5);
    let mut daemon = world.start();
    wait_until("it has heard of some days", || world.polls("=") >= 1);
    let mut slow = slow_down(&daemon, FLUSH);
    let readings = world.count("observation");
    world.tell(10);
    wait_until("it has read the rest", || world.count("observation") > readings);
    assert!(daemon.kill(), "what follows from it is being written");
    slow.kill();
    world.run_to_end();
    world.assert_well();
}
