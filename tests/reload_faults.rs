//! A typo in what a running daemon reads again (O3): it is named with its place, systemd is told, and polls and settlements
//! go on by what was read before.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;

use std::fs;
use std::os::unix::net::UnixDatagram;

use program::{Program, wait_until};
use signed_daemon::World;

/// One that has heard of five days of ten.
fn world() -> World {
    let world = World::new("file = \"daily.csv\"");
    world.tell(5);
    world
}

/// Replaces a text of a file, which must be there once; says on which line it stands.
fn edit(world: &World, name: &str, from: &str, to: &str) -> usize {
    let text = fs::read_to_string(world.file(name)).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{text}");
    fs::write(world.file(name), text.replace(from, to)).unwrap();
    1 + text[..text.find(from).unwrap()].matches('\n').count()
}

fn start(world: &World) -> Program {
    let mut program = world.start();
    program.wait_said("at work: ");
    program
}

fn wait_polls(world: &World, more: i64) {
    let before = world.count("poll");
    wait_until("it polls on", || world.polls("=") >= before + more);
}

/// Has the feed tell the rest; P-1 is settled once, for what was due before.
fn is_settled(world: &World) {
    world.tell(10);
    world.wait_settled();
    let due: Vec<String> =
        program::query(&world.file("ledger.sqlite"), "SELECT amount FROM payout WHERE state = 'final'");
    assert_eq!(due, ["3000.00"]);
}

/// A typo in one of the files: its place is said, nothing of it is taken, and what is open is settled by the old words.
fn a_typo_in(name: &str, from: &str, to: &str) {
    let world = world();
    let mut daemon = start(&world);
    let line = edit(&world, name, from, to);
    daemon.signal("HUP");
    daemon.wait_said("the old ones stay in force");
    daemon.wait_said(&format!("{name}:{line}:"));
    wait_polls(&world, 2);
    is_settled(&world);
    assert_eq!(daemon.said("were read again"), 0, "{}", daemon.log());
    daemon.stop();
}

#[test]
fn o03_a_typo_in_the_settings_is_named_with_its_place() {
    a_typo_in("fairgauge.toml", "poll = \"1 s\"", "pol = \"1 s\"");
}

#[test]
fn o03_a_typo_in_the_book_is_named_with_its_place() {
    a_typo_in("book.csv", "P-1,wet@1,", "P-1,wte@1,");
}

#[test]
fn o03_a_typo_in_a_term_sheet_is_named_with_its_place() {
    a_typo_in("products/wet.toml", "strike = \"50 mm\"", "strike = \"50 nm2\"");
}

#[test]
fn o03_settings_that_are_gone_or_no_settings_leave_the_old_ones_in_force() {
    let world = world();
    let mut daemon = start(&world);
    let good = fs::read(world.file("fairgauge.toml")).unwrap();
    for (number, bad) in
        [None, Some(&b""[..]), Some(&good[..good.len() / 2]), Some(&[0xff; 40])].into_iter().enumerate()
    {
        fs::remove_file(world.file("fairgauge.toml")).unwrap_or(());
        if let Some(bad) = bad {
            fs::write(world.file("fairgauge.toml"), bad).unwrap();
        }
        daemon.signal("HUP");
        wait_until("it is refused", || daemon.said("the old ones stay in force") == number + 1);
        wait_polls(&world, 1);
        assert!(daemon.is_running(), "{}", daemon.log());
    }
    is_settled(&world);
    daemon.stop();
}

#[test]
fn o03_systemd_hears_that_it_is_ready_and_that_the_reload_was_refused_until_one_is_taken() {
    let world = world();
    let socket = UnixDatagram::bind(world.file("notify")).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut command = world.command();
    command.env("NOTIFY_SOCKET", world.file("notify")).env("WATCHDOG_USEC", "600000");
    let mut daemon = Program::start(command);
    let mut told = Vec::<String>::new();
    let mut bytes = [0; 4096];
    let mut wait_told = |state: &str, status: &str, times: usize| {
        wait_until(&format!("systemd hears {state} and {status} {times} times"), || {
            while let Ok(length) = socket.recv(&mut bytes) {
                told.push(String::from_utf8(bytes[..length].to_vec()).unwrap());
            }
            told.iter().filter(|one| one.contains(state) && one.contains(status)).count() >= times
        });
        let place = |state: &str| told.iter().rposition(|one| one.contains(state));
        (place("RELOADING=1"), place("READY=1"))
    };
    let well = "1 settlements open, 1 feeds, all feeds well\n";
    let refused = "1 settlements open, 1 feeds, all feeds well, the new settings were refused: see the log\n";
    wait_told("READY=1", well, 1);
    edit(&world, "fairgauge.toml", "poll = \"1 s\"", "pol = \"1 s\"");
    daemon.signal("HUP");
    let (reloading, ready) = wait_told("READY=1", refused, 1);
    assert!(reloading.is_some() && reloading < ready, "ready again behind the reload");
    wait_told("WATCHDOG=1", "", 4);
    edit(&world, "fairgauge.toml", "pol = \"1 s\"", "poll = \"2 s\"");
    daemon.signal("HUP");
    wait_told("READY=1", well, 2);
    daemon.wait_said("settings and book were read again");
    is_settled(&world);
    wait_told("STATUS=0 settlements open", "well\n", 1);
    daemon.stop();
}
