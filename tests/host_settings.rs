//! The zone, the language and the locale of the machine (O7) change no byte: the program runs as a child under each of
//! them.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/client.rs"]
mod client;
#[path = "support/program.rs"]
mod program;
#[allow(dead_code, reason = "each test uses a part of it")]
#[path = "support/season.rs"]
mod season;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use program::{Program, contents, daemon, fairgauge};

/// Machines: one that says nothing, zones far from UTC by name and by rule, and languages whose letters, decimal commas and
/// days differ.
const MACHINES: &[&[(&str, &str)]] = &[
    &[],
    &[("TZ", "America/St_Johns")],
    &[("TZ", "XXX-13:45YYY,M4.1.0,M10.5.0")],
    &[("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8"), ("LANGUAGE", "tr")],
    &[("LC_ALL", "de_DE.ISO-8859-1"), ("LC_NUMERIC", "de_DE"), ("LC_TIME", "ar_SA"), ("TZ", ":/nowhere")],
    &[("LC_ALL", "C"), ("LANG", "zh_CN.GB18030"), ("TZ", "Asia/Shanghai")],
];

/// A command on such a machine.
fn on(machine: &[(&str, &str)], mut command: Command) -> Command {
    for name in ["TZ", "LANG", "LANGUAGE", "LC_ALL", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES"] {
        command.env_remove(name);
    }
    command.envs(machine.iter().copied());
    command
}

fn said(machine: &[(&str, &str)], arguments: &[&str]) -> Vec<u8> {
    let mut command = on(machine, fairgauge());
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{machine:?} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.is_empty(), "{arguments:?} says something");
    output.stdout
}

/// That something is the same on all machines.
fn is_the_same<T: PartialEq>(make: impl Fn(&[(&str, &str)]) -> BTreeMap<String, T>) {
    let first = make(MACHINES[0]);
    assert!(!first.is_empty());
    for machine in &MACHINES[1..] {
        let other = make(machine);
        let differ: Vec<_> = first.iter().filter(|(name, bytes)| other.get(*name) != Some(bytes)).collect();
        let names: Vec<_> = differ.iter().map(|(name, _)| name).collect();
        assert!(names.is_empty() && first.len() == other.len(), "{machine:?}: other bytes of {names:?}");
    }
}

/// A season and where its ledger is to be.
fn replayed(machine: &[(&str, &str)], name: &str, folder: &Path) -> (String, Vec<u8>) {
    let (season, ledger) = (season::fixture(name), folder.join("ledger.sqlite"));
    let ledger = ledger.to_str().unwrap().to_owned();
    let json = said(machine, &["replay", season.to_str().unwrap(), "--ledger", &ledger, "--format", "json"]);
    (ledger, json)
}

fn replays_the_same(name: &str) {
    is_the_same(|machine| {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, json) = replayed(machine, name, folder.path());
        let rows = contents(Path::new(&ledger)).join("\n").into_bytes();
        BTreeMap::from([("what is printed".to_owned(), json), ("what the ledger holds".to_owned(), rows)])
    });
}

#[test]
fn o07_quarters_of_an_hour_of_colorado_are_replayed_the_same() {
    replays_the_same("golden-2016");
}

#[test]
fn o07_nights_of_india_are_replayed_the_same() {
    replays_the_same("hyderabad-2002");
}

#[test]
fn o07_what_is_printed_and_exported_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, _) = replayed(&[], "hyderabad-2002", folder.path());
    is_the_same(|machine| {
        let mut all = BTreeMap::new();
        let list = ["payouts", "list", "--all", "--ledger", &ledger];
        for format in ["table", "csv", "json"] {
            all.insert(format!("list as {format}"), said(machine, &[&list[..], &["--format", format]].concat()));
        }
        let rows: serde_json::Value = serde_json::from_slice(&all["list as json"]).unwrap();
        let id = rows[0]["id"].as_str().unwrap();
        all.insert("explain".to_owned(), said(machine, &["explain", id, "--ledger", &ledger]));
        all.insert("show".to_owned(), said(machine, &["payouts", "show", id, "--ledger", &ledger]));
        for ending in ["csv", "jsonl", "json", "parquet", "xlsx"] {
            let file = folder.path().join(format!("payouts.{ending}"));
            let mut export = on(machine, fairgauge());
            export.args(["payouts", "export", "--output", file.to_str().unwrap(), "--force", "--ledger", &ledger]);
            let done = export.output().unwrap();
            assert!(done.status.success(), "{ending}: {}", String::from_utf8_lossy(&done.stderr));
            all.insert(format!("export as {ending}"), fs::read(&file).unwrap());
        }
        all
    });
}

#[test]
fn o07_what_is_served_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    season::copy("hyderabad-2002", folder.path(), true);
    let settings = folder.path().join("fairgauge.toml");
    let serve = "\n[serve]\nlisten = \"127.0.0.1:0\"\nwithout_token = \"auditor\"\n";
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + serve).unwrap();
    program::replay(folder.path(), &folder.path().join("ledger.sqlite"));
    is_the_same(|machine| {
        let mut daemon = Program::start(on(machine, daemon(&settings)));
        let address = daemon.address();
        let get = |(path, kind): (&str, &str)| {
            let answer = client::send(address, &client::request("GET", path, &[("accept", kind)], &[]));
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            (format!("{path} as {kind}"), answer.body)
        };
        let json = "application/json";
        let all = [("/v1/policies", json), ("/v1/payouts?history=true", json), ("/v1/payouts", "text/csv")].map(get);
        daemon.stop();
        BTreeMap::from(all)
    });
}

#[test]
fn o07_settings_with_a_fault_are_refused_in_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    season::copy("golden-2016", folder.path(), false);
    let settings = folder.path().join("fairgauge.toml");
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + "\nINFO = \"I\"\n").unwrap();
    is_the_same(|machine| {
        let output = on(machine, fairgauge()).arg("check").arg(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(78));
        BTreeMap::from([("the report".to_owned(), [output.stdout, output.stderr].concat())])
    });
}
