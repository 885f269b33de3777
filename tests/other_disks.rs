//! The ledger on a disk in memory and on that of a container (D15): locks hold, and nothing of it is mapped into memory.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::Path;
use std::process::Command;

use program::{Program, clean, run};
use signed_daemon::World;

/// What is mapped of files into a process, without the index that SQLite's connections share.
fn mapped(program: &Program, ledger: &str) -> Vec<String> {
    let maps = fs::read_to_string(format!("/proc/{}/maps", program.pid())).unwrap();
    let lines = maps.lines().filter(|line| line.contains(ledger) && !line.ends_with("-shm"));
    lines.map(str::to_owned).collect()
}

#[test]
fn d15_on_a_disk_in_memory_it_settles_and_the_doctor_warns() {
    let shm = Path::new("/dev/shm");
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    if !tools::left_out(mounts.contains(" /dev/shm ") && shm.is_dir(), "this machine has no /dev/shm") {
        return;
    }
    let world = World::new_in(tempfile::tempdir_in(shm).unwrap(), "file = \"daily.csv\"");
    world.tell(10);
    let mut daemon = world.start();
    daemon.wait_said("at work: ");
    world.wait_settled();
    assert!(mapped(&daemon, "ledger.sqlite").is_empty(), "{:?}", mapped(&daemon, "ledger.sqlite"));
    let mut second = world.start();
    assert_eq!(second.ended().code(), Some(1), "{}", second.log());
    assert_eq!(second.said("another fairgauge writes this ledger"), 1, "{}", second.log());
    assert_eq!(daemon.said("lies on"), 0, "locks hold there: {}", daemon.log());
    daemon.stop();
    world.assert_well();
    let (_, said) = run(&["doctor", "--config", world.file("fairgauge.toml").to_str().unwrap()]);
    assert!(said.contains("lies on tmpfs, which is empty after the next start of the machine"), "{said}");
}

/// A command that sees `folder` as a container does: what it changes goes into `upper`.
fn in_a_container(folder: &Path, upper: &Path, command: &Command) -> Command {
    let mut inside = Command::new("unshare");
    let mount =
        "mount -t overlay overlay -o \"lowerdir=$1,upperdir=$2/up,workdir=$2/work\" \"$1\" && shift 2 && exec \"$@\"";
    inside.args(["--mount", "sh", "-c", mount, "sh"]).arg(folder).arg(upper);
    inside.arg(command.get_program()).args(command.get_args());
    clean(&mut inside);
    inside
}

#[test]
fn d15_on_the_disk_of_a_container_it_settles_and_nothing_is_mapped() {
    let (world, upper) = (World::of_file(), tempfile::tempdir().unwrap());
    for name in ["up", "work"] {
        fs::create_dir(upper.path().join(name)).unwrap();
    }
    let inside = |command: &Command| in_a_container(world.folder.path(), upper.path(), command);
    let can = tools::there("unshare") && inside(&Command::new("true")).status().is_ok_and(|status| status.success());
    if !tools::left_out(can, "this user may not mount an overlay") {
        return;
    }
    let mut daemon = Program::start(inside(&world.command()));
    daemon.wait_said("final: policy P-1 cover rain pays");
    assert!(mapped(&daemon, "ledger.sqlite").is_empty(), "{:?}", mapped(&daemon, "ledger.sqlite"));
    daemon.stop();
    assert!(!world.file("ledger.sqlite").exists(), "it lies in the container");
    for name in ["ledger.sqlite", "ledger.sqlite.high-water"] {
        fs::copy(upper.path().join("up").join(name), world.file(name)).unwrap();
    }
    world.assert_well();
}
