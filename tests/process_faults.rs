//! What becomes of the daemon when its process is ended, hangs, cannot start or runs out of descriptors; under a true
//! systemd tests/systemd/real.sh shows the same.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[allow(dead_code, reason = "each test uses its own part of it")]
#[path = "support/season.rs"]
mod season;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use fault_server::{FaultServer, Reply};
use program::{Program, run, wait_until};
use signed_daemon::World;

/// What a signal does that a person, the kernel or systemd sends to a daemon at work; the next start goes on.
fn comes_back_after(signal: &str, number: i32) {
    let world = World::of_file();
    for polls in [0, 1, 3] {
        let before = world.count("poll");
        let mut daemon = world.start();
        wait_until("some polls", || world.count("poll") >= before + polls);
        daemon.signal(signal);
        assert_eq!(daemon.ended().signal(), Some(number), "{}", daemon.log());
    }
    world.run_to_end();
    world.assert_well();
}

#[test]
fn p05_what_aborts_comes_back_with_the_same_payouts() {
    comes_back_after("ABRT", 6);
}

#[test]
fn p07_what_the_kernel_kills_comes_back_with_the_same_payouts() {
    comes_back_after("KILL", 9);
}

/// The most memory that a process has had, in MB.
fn most_memory_mb(program: &Program) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
fn p07_a_hostile_feed_does_not_fill_memory() {
    let server = FaultServer::start(|_| Reply::Endless { bytes: 1 << 32 });
    let world = World::new(&format!("url = \"{}\"\nmax_body = \"4 MiB\"", server.url("/rain")));
    let daemon = world.start();
    wait_until("some polls were too large", || world.polls("<>") >= 3);
    let most = most_memory_mb(&daemon);
    assert!(most < 100, "{most} MB for bodies of 4 GiB");
    daemon.stop();
}

/// With less and less address space a start fails or the process is ended where memory is not given to it; whatever it
/// has written is whole, and with enough it goes on.
#[test]
fn p07_memory_that_is_not_given_ends_the_process_and_loses_nothing() {
    if !tools::there("prlimit") {
        return;
    }
    let world = World::of_file();
    let mut ended = 0;
    for mib in [40, 60, 80, 100, 120] {
        let plain = world.command();
        let mut command = Command::new("prlimit");
        command.arg(format!("--as={}", mib << 20)).arg(plain.get_program()).args(plain.get_args());
        program::clean(&mut command);
        let mut daemon = Program::start(command);
        wait_until("it is at work or ended", || daemon.said("at work: ") > 0 || !daemon.is_running());
        if daemon.is_running() {
            daemon.kill();
        } else {
            assert!(!daemon.ended().success(), "{}", daemon.log());
            ended += 1;
        }
    }
    assert!(ended > 0, "40 MiB are not enough");
    world.run_to_end();
    world.assert_well();
}

/// What systemd hears of a daemon that it watches.
struct Watched {
    socket: UnixDatagram,
    daemon: Program,
    pings: usize,
}

impl Watched {
    /// How long systemd waits for a sign of life.
    const PATIENCE: Duration = Duration::from_millis(900);

    fn start(world: &World, mut command: Command) -> Self {
        let path = world.file("notify");
        _ = fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        let patience = Self::PATIENCE.as_micros().to_string();
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", patience);
        Self { socket, daemon: Program::start(command), pings: 0 }
    }

    /// Whether a sign of life comes in time.
    fn is_alive(&mut self) -> bool {
        let begun = Instant::now();
        let mut bytes = [0; 4_096];
        while let Some(left) = Self::PATIENCE.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
            self.socket.set_read_timeout(Some(left)).unwrap();
            let Ok(length) = self.socket.recv(&mut bytes) else { return false };
            if std::str::from_utf8(&bytes[..length]).unwrap().lines().any(|line| line == "WATCHDOG=1") {
                self.pings += 1;
                return true;
            }
        }
        false
    }

    fn wait_pings(&mut self, more: usize) {
        let before = self.pings;
        wait_until("it gives signs of life", || self.is_alive() && self.pings >= before + more);
    }

    /// Waits until no sign of life comes in time, and does then as systemd does.
    fn wait_hung(mut self) {
        wait_until("no sign of life comes", || !self.is_alive());
        assert!(self.daemon.is_running(), "{}", self.daemon.log());
        self.daemon.kill();
    }
}

#[test]
fn p06_a_process_that_hangs_gives_no_sign_of_life_and_comes_back() {
    let world = World::of_file();
    let mut watched = Watched::start(&world, world.command());
    watched.wait_pings(2);
    watched.daemon.signal("STOP");
    watched.wait_hung();
    world.run_to_end();
    world.assert_well();
}

/// The sign of life is the writer's: it comes behind what it has to write.
#[test]
fn p06_a_writer_that_waits_for_the_disk_gives_no_sign_of_life() {
    if !tools::there("strace") {
        return;
    }
    let world = World::of_file();
    let mut watched = Watched::start(&world, world.command());
    watched.wait_pings(2);
    // From now on the disk does not answer a flush for ten minutes.
    let pid = watched.daemon.pid().to_string();
    let mut slow = Command::new("strace");
    slow.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
    slow.args(["-e", "inject=fsync,fdatasync:delay_enter=600000000", "-p", &pid]);
    let mut slow = Program::start(slow);
    wait_until("no sign of life comes", || !watched.is_alive());
    assert!(watched.daemon.is_running(), "{}", watched.daemon.log());
    // What is traced ends for its parent when nobody traces it any more.
    slow.kill();
    watched.daemon.kill();
    world.run_to_end();
    world.assert_well();
}

#[test]
fn p06_a_server_that_never_answers_is_no_hang() {
    let server = FaultServer::start(|_| Reply::Silent);
    let world = World::new(&format!("url = \"{}\"\ntimeout = \"300 s\"", server.url("/rain")));
    let mut watched = Watched::start(&world, world.command());
    wait_until("it asks", || !server.requests().is_empty());
    watched.wait_pings(5);
    watched.daemon.stop();
}

/// Nobody reads what systemd would, and the daemon goes on for more signs of life than the kernel keeps.
#[test]
fn p06_a_systemd_that_does_not_listen_keeps_nothing_waiting() {
    let world = World::of_file();
    let watched = Watched::start(&world, world.command());
    world.wait_settled();
    let kept: i64 = fs::read_to_string("/proc/sys/net/unix/max_dgram_qlen").unwrap().trim().parse().unwrap();
    // A poll each second, and three signs of life in it.
    wait_until("it polls on", || world.polls("=") > kept.min(20));
    watched.daemon.stop();
    world.assert_well();
}

/// A ledger that cannot be opened, as in a loop of starts.
fn damaged() -> (World, Vec<(PathBuf, Vec<u8>)>) {
    let world = World::of_file();
    world.run_to_end();
    fs::rename(world.file("ledger.sqlite"), world.file("kept")).unwrap();
    fs::write(world.file("ledger.sqlite"), "nonsense").unwrap();
    let files = season::listing(world.folder.path()).into_iter().collect();
    (world, files)
}

#[test]
fn p09_each_start_of_a_loop_fails_alike_and_changes_nothing() {
    let (world, before) = damaged();
    let mut said = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let mut daemon = world.start();
        assert_eq!(daemon.ended().code(), Some(1), "{}", daemon.log());
        said.insert(daemon.log().lines().last().unwrap().to_owned());
        assert_eq!(season::listing(world.folder.path()).into_iter().collect::<Vec<_>>(), before);
    }
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said.first().unwrap().contains("ledger.sqlite"), "{said:?}");
}

#[test]
fn p09_what_was_published_can_be_checked_while_the_daemon_is_down() {
    let (world, _) = damaged();
    let mut daemon = world.start();
    assert_eq!(daemon.ended().code(), Some(1));
    let kept = world.file("kept");
    let (checkpoint, key) = (world.file("public/checkpoint"), world.file("key.pub"));
    let (status, said) = run(&[
        "verify",
        "--ledger",
        kept.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
        "--checkpoint",
        checkpoint.to_str().unwrap(),
    ]);
    assert!(status == 0 && said.contains("the ledger is what it signs, with 0 more"), "{said}");
}

#[test]
fn p09_mended_it_goes_on_where_it_was() {
    let (world, _) = damaged();
    let mut daemon = world.start();
    assert_eq!(daemon.ended().code(), Some(1));
    fs::rename(world.file("kept"), world.file("ledger.sqlite")).unwrap();
    world.goes_on();
    world.assert_well();
}

/// Leaves a running daemon no descriptor more than it has, or as many as before.
fn limit_descriptors(daemon: &Program, to: Option<usize>) {
    let most = to.map_or_else(|| "1024".to_owned(), |most| most.to_string());
    let pid = daemon.pid().to_string();
    let limited = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={most}:")]).status().unwrap();
    assert!(limited.success());
}

/// Runs a daemon out of descriptors in the midst of its work: what it polls fails and is recorded as such, it gives signs of
/// life, and with descriptors it goes on to its end.
fn outlives_without_descriptors(world: &World, most: usize, tell_all: impl FnOnce()) {
    let mut watched = Watched::start(world, world.command());
    wait_until("it has heard of some days", || world.polls("=") >= 1);
    limit_descriptors(&watched.daemon, Some(most));
    tell_all();
    let failed = world.polls("<>");
    wait_until("polls fail, and that is written", || world.polls("<>") > failed);
    watched.wait_pings(3);
    assert_eq!(world.count("payout WHERE state = 'final'"), 0, "what is not known is not settled");
    limit_descriptors(&watched.daemon, None);
    world.wait_settled();
    watched.daemon.stop();
    world.assert_well();
}

#[test]
fn p10_a_file_that_cannot_be_opened_for_want_of_descriptors_is_read_later() {
    if !tools::there("prlimit") {
        return;
    }
    let world = World::new("file = \"daily.csv\"");
    world.tell(5);
    outlives_without_descriptors(&world, 3, || world.tell(10));
}

#[test]
fn p10_a_server_that_cannot_be_asked_for_want_of_descriptors_is_asked_later() {
    if !tools::there("prlimit") {
        return;
    }
    let all = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let told = all.clone();
    let server = FaultServer::start(move |_| {
        let days = if told.load(std::sync::atomic::Ordering::SeqCst) { 10 } else { 5 };
        Reply::csv(rain_days::days(days, &[("03-02", "80")])).header("Connection", "close")
    });
    let world = World::new(&format!("url = \"{}\"", server.url("/rain")));
    outlives_without_descriptors(&world, 3, || all.store(true, std::sync::atomic::Ordering::SeqCst));
}

#[test]
fn p10_where_no_descriptor_is_allowed_at_all_what_is_open_goes_on() {
    if !tools::there("prlimit") {
        return;
    }
    let world = World::new("file = \"daily.csv\"");
    world.tell(5);
    outlives_without_descriptors(&world, 0, || world.tell(10));
}

#[test]
fn p10_a_start_without_descriptors_fails_and_harms_nothing() {
    if !tools::there("prlimit") {
        return;
    }
    let world = World::of_file();
    world.run_to_end();
    for most in [4, 6, 8, 10] {
        let plain = world.command();
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={most}")).arg(plain.get_program()).args(plain.get_args());
        program::clean(&mut command);
        let mut daemon = Program::start(command);
        wait_until("it is at work or ended", || daemon.said("at work: ") > 0 || !daemon.is_running());
        if daemon.is_running() {
            daemon.kill();
        } else {
            assert!(!daemon.ended().success(), "{most} descriptors: {}", daemon.log());
            assert!(!daemon.log().is_empty(), "it says why");
        }
    }
    world.goes_on();
    world.assert_well();
    let rights = fs::metadata(world.file("ledger.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights, 0o600);
}
