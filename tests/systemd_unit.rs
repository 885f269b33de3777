//! The unit as systemd itself reads it. tests/systemd/real.sh runs it under a systemd of its own.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/tools.rs"]
mod tools;

use std::path::Path;
use std::process::Command;

/// The daemon, what keeps copies and checks them, whom a failure calls, what asks for a daemon without a network.
const SERVICES: [&str; 5] =
    ["fairgauge.service", "fairgauge-backup.service", "fairgauge-verify.service", "fairgauge-alarm@.service", FETCHER];
const FETCHER: &str = "fairgauge-fetch.service";
/// What makes the daemon such a one.
const DROP_IN: &str = "fairgauge-split.conf";
const TIMERS: [&str; 2] = ["fairgauge-backup.timer", "fairgauge-verify.timer"];

fn text(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name)).unwrap()
}

fn unit() -> String {
    text("fairgauge.service")
}

/// The values of a key, in order.
fn values<'u>(unit: &'u str, key: &str) -> Vec<&'u str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// All units in a folder of their own, with the program that was just built in place of the installed one.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin("fairgauge");
    for name in SERVICES.iter().chain(&TIMERS) {
        let text = text(name).replace("/usr/bin/fairgauge", program.to_str().unwrap());
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn every_unit_is_looked_at() {
    let found = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")).unwrap();
    let found: std::collections::BTreeSet<_> =
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, SERVICES.iter().chain(&TIMERS).chain([&DROP_IN]).map(|name| (*name).to_owned()).collect());
}

#[test]
fn systemd_finds_no_fault() {
    if !tools::there("systemd-analyze") {
        return;
    }
    let folder = folder();
    for name in SERVICES.iter().chain(&TIMERS) {
        assert_no_fault(&folder.path().join(name));
    }
}

/// That systemd has nothing to say of a unit.
fn assert_no_fault(unit: &Path) {
    let arguments = ["verify", "--man=no", "--recursive-errors=no"];
    let output = Command::new("systemd-analyze").args(arguments).arg(unit).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{}: {said}", unit.display());
}

/// Whether systemd rates a unit at no more than this, in tenths, and what it says.
fn rated(file: &Path, most: u32) -> (bool, String) {
    let most = format!("--threshold={most}");
    let arguments = ["security", "--offline=yes", &most, "--no-pager"];
    let output = Command::new("systemd-analyze").args(arguments).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Overall exposure level"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

/// That a unit in a folder is exposed no more than this, in tenths.
fn assert_exposure(folder: &Path, name: &str, most: u32) {
    let (is_low, said) = rated(&folder.join(name), most);
    assert!(is_low, "{name}: {said}");
    println!("{name}: {}", said.lines().last().unwrap_or_default());
}

#[test]
fn exposure_is_low() {
    if !tools::there("systemd-analyze") {
        return;
    }
    let folder = folder();
    for name in SERVICES {
        assert_exposure(folder.path(), name, 12);
    }
}

/// The unit with its drop-in in it, as systemd puts the one behind the other.
#[test]
fn a_daemon_without_a_network_is_exposed_less() {
    if !tools::there("systemd-analyze") {
        return;
    }
    let folder = folder();
    let unit = folder.path().join("fairgauge.service");
    let whole = std::fs::read_to_string(&unit).unwrap() + "\n" + &text(DROP_IN);
    std::fs::write(&unit, whole).unwrap();
    assert_exposure(folder.path(), "fairgauge.service", 4);
    assert_no_fault(&unit);
}

/// The fetcher has the network and no state; the daemon has neither the network nor more than the fetcher's socket.
#[test]
fn what_is_split_is_apart() {
    let (fetcher, settler) = (text(FETCHER), text(DROP_IN));
    for key in ["StateDirectory", "LoadCredential", "PrivateNetwork", "SupplementaryGroups"] {
        assert_eq!(values(&fetcher, key), [""; 0], "{key}");
    }
    assert_ne!(values(&fetcher, "User"), values(&unit(), "User"));
    assert_eq!(values(&fetcher, "ExecStart"), ["/usr/bin/fairgauge fetch --config /etc/fairgauge/fairgauge.toml"]);
    assert_eq!(values(&fetcher, "Group"), values(&settler, "SupplementaryGroups"), "who may ask");
    assert_eq!(values(&fetcher, "Environment")[..1], values(&settler, "Environment"), "the same socket");
    assert_eq!(values(&fetcher, "Environment")[1..], values(&unit(), "Environment")[1..], "the same allocator");
    let folder = format!("/run/{}/", values(&fetcher, "RuntimeDirectory")[0]);
    assert!(
        values(&fetcher, "Environment")[0].contains(&folder) && values(&fetcher, "RuntimeDirectoryMode") == ["0750"]
    );
    assert_eq!(values(&settler, "PrivateNetwork"), ["yes"]);
    assert_eq!(values(&settler, "IPAddressDeny"), ["any"]);
    assert_eq!(values(&settler, "RestrictAddressFamilies"), ["", "AF_UNIX"]);
    for key in ["Type", "ExecReload", "OnFailure", "RestartPreventExitStatus", "DynamicUser", "UMask"] {
        assert_eq!(values(&fetcher, key), values(&unit(), key), "{key}");
    }
}

/// What systemd finds to be open in a unit, in tenths; everything that is closed counts nothing.
fn open(file: &Path) -> u64 {
    let arguments = ["security", "--offline=yes", "--json=short", "--no-pager"];
    let output = Command::new("systemd-analyze").args(arguments).arg(file).output().unwrap();
    let found: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let tenths = |exposure: &str| exposure.replace('.', "").parse::<u64>().unwrap();
    found.iter().filter_map(|one| one["exposure"].as_str()).map(tenths).sum()
}

/// Each line that closes something is needed for it: without it systemd finds more that is open.
#[test]
fn a_line_less_is_noticed() {
    // What `DynamicUser` brings with it, and what systemd does not rate.
    const IMPLIED: [&str; 5] = ["NoNewPrivileges", "PrivateTmp", "ProtectSystem", "RemoveIPC", "RestrictSUIDSGID"];
    const UNRATED: [&str; 2] = ["AmbientCapabilities", "SystemCallErrorNumber"];
    if !tools::there("systemd-analyze") {
        return;
    }
    let folder = folder();
    for name in SERVICES {
        let (file, unit) = (folder.path().join(name), text(name));
        let whole = open(&file);
        let hardening = unit.lines().skip_while(|line| !line.starts_with("NoNewPrivileges"));
        let lines: Vec<_> =
            hardening.take_while(|line| !line.starts_with('[')).filter(|line| line.contains('=')).collect();
        assert!(lines.len() > 25, "{name}: {lines:?}");
        for line in lines {
            let key = line.split('=').next().unwrap();
            if IMPLIED.contains(&key) || UNRATED.contains(&key) || line.starts_with('#') {
                continue;
            }
            let less: String = unit.lines().filter(|one| *one != line).map(|one| format!("{one}\n")).collect();
            std::fs::write(&file, less).unwrap();
            assert!(open(&file) > whole, "{name}: without {line} nothing more is open");
        }
    }
}

/// The threshold is one: without the line that matters most it is passed.
#[test]
fn a_unit_with_capabilities_is_too_exposed() {
    if !tools::there("systemd-analyze") {
        return;
    }
    let folder = folder();
    for name in SERVICES {
        let file = folder.path().join(name);
        std::fs::write(&file, text(name).replace("CapabilityBoundingSet=\n", "")).unwrap();
        assert!(!rated(&file, 12).0, "{name}");
    }
}

#[test]
fn what_the_program_relies_on_stands_in_it() {
    let unit = unit();
    assert_eq!(values(&unit, "Type"), ["notify"], "252 does not know notify-reload");
    assert_eq!(values(&unit, "ExecStart"), ["/usr/bin/fairgauge run --config /etc/fairgauge/fairgauge.toml"]);
    let memory = "MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072";
    assert_eq!(values(&unit, "Environment"), ["FAIRGAUGE__LEDGER__PATH=/var/lib/fairgauge/ledger.sqlite", memory]);
    assert_eq!(values(&unit, "RestartPreventExitStatus"), ["2 78"], "the statuses that a person has to mend");
    for (key, value) in [
        ("Restart", "on-failure"),
        ("StateDirectory", "fairgauge"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("DynamicUser", "yes"),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
        ("OnFailure", "fairgauge-alarm@%N.service"),
        ("LoadCredential", "ledger-key:fairgauge.ledger-key"),
        ("CapabilityBoundingSet", ""),
    ] {
        assert_eq!(values(&unit, key), [value], "{key}");
    }
    assert!(["WatchdogSec", "StartLimitBurst", "MemoryMax"].iter().all(|key| !values(&unit, key).is_empty()));
}

/// What runs beside the daemon is its user, reads its ledger and calls the same alarm.
#[test]
fn copies_and_checks_are_those_of_the_daemons_user() {
    let daemon = unit();
    for name in &SERVICES[1..3] {
        let unit = text(name);
        assert_eq!(values(&unit, "Environment"), values(&daemon, "Environment")[..1], "{name}: where the ledger lies");
        for key in ["User", "DynamicUser", "EnvironmentFile", "OnFailure", "UMask", "StateDirectoryMode"] {
            assert_eq!(values(&unit, key), values(&daemon, key), "{name}: {key}");
        }
        assert!(
            values(&unit, "StateDirectory")[0].split(' ').any(|folder| folder == values(&daemon, "StateDirectory")[0])
        );
        assert!(values(&unit, "ExecStart")[0].contains("/usr/bin/fairgauge "), "{name}");
        assert_eq!(values(&unit, "PrivateNetwork"), ["yes"], "{name}: nothing of it goes out");
    }
    for name in TIMERS {
        assert!(SERVICES.contains(&name.replace(".timer", ".service").as_str()), "{name} starts something");
    }
}
