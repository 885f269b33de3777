//! The unit as systemd itself reads it. tests/systemd/real.sh runs it under a systemd of its own.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/tools.rs"]
mod tools;

use std::path::Path;
use std::process::Command;

fn unit() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/fairgauge.service")).unwrap()
}

/// The values of a key, in order.
fn values<'u>(unit: &'u str, key: &str) -> Vec<&'u str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// The unit in a folder of its own, with the program that was just built in place of the installed one.
fn unit_file() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fairgauge.service");
    let program = assert_cmd::cargo::cargo_bin("fairgauge");
    std::fs::write(&file, unit().replace("/usr/bin/fairgauge", program.to_str().unwrap())).unwrap();
    (folder, file)
}

#[test]
fn systemd_finds_no_fault() {
    if !tools::there("systemd-analyze") {
        return;
    }
    let (_folder, file) = unit_file();
    let output =
        Command::new("systemd-analyze").args(["verify", "--man=no", "--recursive-errors=no"]).arg(file).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[test]
fn exposure_is_low() {
    if !tools::there("systemd-analyze") {
        return;
    }
    let (_folder, file) = unit_file();
    // The threshold is in tenths.
    let arguments = ["security", "--offline=yes", "--threshold=12", "--no-pager"];
    let output = Command::new("systemd-analyze").args(arguments).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Overall exposure level"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
}

#[test]
fn what_the_program_relies_on_stands_in_it() {
    let unit = unit();
    assert_eq!(values(&unit, "Type"), ["notify"], "252 does not know notify-reload");
    assert_eq!(values(&unit, "ExecStart"), ["/usr/bin/fairgauge run --config /etc/fairgauge/fairgauge.toml"]);
    assert_eq!(values(&unit, "Environment"), ["FAIRGAUGE__LEDGER__PATH=/var/lib/fairgauge/ledger.sqlite"]);
    assert_eq!(values(&unit, "RestartPreventExitStatus"), ["2 78"], "the statuses that a person has to mend");
    for (key, value) in
        [("Restart", "on-failure"), ("StateDirectory", "fairgauge"), ("StateDirectoryMode", "0700"), ("UMask", "0077")]
    {
        assert_eq!(values(&unit, key), [value], "{key}");
    }
    assert!(!values(&unit, "WatchdogSec").is_empty() && !values(&unit, "StartLimitBurst").is_empty());
}
