//! What an integrator's receiver says of our messages: the library `standardwebhooks` for Python takes each of them and
//! none that was altered, also where it is down for two days and both sides are started anew.
//!
//! The interpreter is that which FAIRGAUGE_PYTHON names; `.ci/run` makes one.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/office.rs"]
mod office;
#[path = "support/signed.rs"]
mod signed;
#[path = "support/tools.rs"]
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::TimeDelta;
use fairgauge::ledger::{Batch, Entry, Filter, Item, Kind, State, leaf, message_id};
use fairgauge::webhook::public_key;
use office::{Office, endpoint, secret};
use serde_json::Value;
use signed::{at, determination};

/// The interpreter, where there is one.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("FAIRGAUGE_PYTHON").map(PathBuf::from);
    let there = named.as_ref().is_some_and(|path| path.is_file());
    let why = "FAIRGAUGE_PYTHON names no Python with standardwebhooks and cryptography";
    tools::left_out(there, why).then_some(named).flatten()
}

/// A running receiver.
struct Receiver {
    child: Child,
    port: u16,
}

impl Receiver {
    fn start(python: &Path, port: u16, public: &str, office: &Office) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/receiver.py");
        let mut child = Command::new(python)
            .arg("-B")
            .arg(script)
            .args([&port.to_string(), &secret(), public])
            .args([office.folder.path().join("clock"), office.folder.path().join("log")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { port: line.trim().parse().expect("it says its port"), child }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells the receiver what time it is.
fn tell_time(office: &Office) {
    let (draft, file) = (office.folder.path().join("clock.new"), office.folder.path().join("clock"));
    std::fs::write(&draft, office.now().timestamp().to_string()).unwrap();
    std::fs::rename(draft, file).unwrap();
}

/// What the receiver says of each request.
fn came(office: &Office) -> Vec<Value> {
    let text = std::fs::read_to_string(office.folder.path().join("log")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// That each message was taken, by the secret and by the key, and none that was altered.
fn assert_taken(came: &[Value]) {
    for one in came {
        assert_eq!(one["good"], serde_json::json!([true, true]), "{one}");
        assert_eq!(one["kind"], "application/json");
        assert!(one["altered"].as_u64().unwrap() >= 15, "{one}");
        assert_eq!(one["taken"], 0, "what was altered was taken: {one}");
    }
}

/// What an insurer owes by the messages alone: of each row the last one counts. In minor units.
fn owed(came: &[Value]) -> BTreeMap<String, i64> {
    let mut rows: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for one in came {
        let body: Value = serde_json::from_str(one["body"].as_str().unwrap()).unwrap();
        let data = &body["data"];
        let Some(payable) = data["payable_minor"].as_i64() else { continue };
        let (id, seq) = (data["row"]["id"].as_str().unwrap().to_owned(), data["seq"].as_i64().unwrap());
        let row = rows.entry(id).or_insert((seq, payable));
        *row = (*row).max((seq, payable));
    }
    rows.into_iter().map(|(id, (_, payable))| (id, payable)).collect()
}

/// The same by the ledger: of what binds.
fn owed_by_the_ledger(office: &Office) -> BTreeMap<String, i64> {
    let rows = office.reader().payouts(&Filter::default()).unwrap();
    let binding = rows.into_iter().filter(|row| matches!(row.state, State::Interim | State::Final | State::Restated));
    binding.map(|row| (row.id, row.payable_minor)).collect()
}

/// Every message that the ledger has for anybody, by name.
fn all_ids(office: &Office) -> BTreeSet<String> {
    let reader = office.reader();
    let told = (0..reader.count().unwrap()).filter_map(|seq| reader.told(seq).ok());
    told.map(|told| message_id(&leaf(&told.body))).collect()
}

fn restated(policy: &str, minor: i64, before: i64) -> fairgauge::ledger::Determination {
    use fairgauge::ledger::{Cause, Corrects, Life};
    let index = Some(("229.9".into(), "mm".into()));
    let corrects = Corrects { index, amount: before, payable: before, cause: Cause::SourceRevision, clawback: true };
    let life = Life { corrects: Some(corrects), ..Life::default() };
    fairgauge::ledger::Determination { life, ..determination(policy, State::Restated, 0, minor, 0) }
}

#[tokio::test]
async fn a_receiver_of_python_takes_every_kind_of_message_and_none_that_was_altered() {
    let Some(python) = python() else { return };
    let mut office = Office::new(&endpoint("acme", "http://127.0.0.1:9/in", ""));
    tell_time(&office);
    let public = public_key(&office.settings.webhooks["acme"]).unwrap();
    let receiver = Receiver::start(&python, 0, &public, &office);
    let url = format!("http://127.0.0.1:{}/in", receiver.port);
    office.settings.webhooks.get_mut("acme").unwrap().url =
        fairgauge::feed::UrlTemplate::parse(&url, &office.settings.network).unwrap();
    let mut program = office.start();
    let mut all = Batch::new();
    all.determine(determination("P-1", State::Interim, 1, 1_000, 0));
    all.determine(determination("P-1", State::Final, 0, 3_000, 1_000));
    all.determine(determination("P-2", State::Final, 0, 500, 0));
    all.determine(restated("P-2", 700, 500));
    all.determine(determination("保单-三/é", State::Final, 0, 9, 0));
    let on_period = |kind, key: &str| {
        Entry::new(kind, key, at(0))
            .text("policy", "P-1")
            .text("cover", "rain")
            .text("why", "\"quotes\", \\ and 逗号")
            .item("period", Item::object([("start", "2013-06-01".into())]))
    };
    for kind in [Kind::Hold, Kind::Release, Kind::Void] {
        all.entry(on_period(kind, &format!("{}/x", kind.word())));
    }
    all.entry(on_period(Kind::Note, "near-trigger/P-1/rain/2013-06-01"));
    all.entry(Entry::new(Kind::Note, "feed-silent/asos/never", at(0)).text("feed", "asos"));
    program.write(all).await;
    program.writer.sign().await.unwrap();
    assert_eq!(program.send().await, 10);
    let came = came(&office);
    assert_taken(&came);
    let kinds: BTreeSet<String> = came
        .iter()
        .map(|one| {
            serde_json::from_str::<Value>(one["body"].as_str().unwrap()).unwrap()["type"].as_str().unwrap().to_owned()
        })
        .collect();
    let wanted: BTreeSet<String> = fairgauge::ledger::Event::all().map(|event| event.word().to_owned()).collect();
    assert_eq!(kinds, wanted);
    assert_eq!(owed(&came), owed_by_the_ledger(&office));
    program.stop().await;
}

#[tokio::test]
async fn a_receiver_that_is_down_for_two_days_is_told_everything_also_where_both_sides_start_anew() {
    let Some(python) = python() else { return };
    let mut office = Office::new(&endpoint("acme", "http://127.0.0.1:9/in", ""));
    tell_time(&office);
    let public = public_key(&office.settings.webhooks["acme"]).unwrap();
    let mut receiver = Some(Receiver::start(&python, 0, &public, &office));
    let port = receiver.as_ref().unwrap().port;
    let url = format!("http://127.0.0.1:{port}/in");
    office.settings.webhooks.get_mut("acme").unwrap().url =
        fairgauge::feed::UrlTemplate::parse(&url, &office.settings.network).unwrap();
    let mut program = office.start();
    let (mut number, mut failed) = (0, 0);
    // Six virtual days by quarters of an hour: from hour 10 to 58 there is nobody.
    for quarter in 0..6 * 96 {
        let hour = quarter / 4;
        let up = !(10..58).contains(&hour);
        if !up {
            drop(receiver.take());
        } else if receiver.is_none() || quarter % 41 == 40 {
            // Started anew, and once more now and then.
            drop(receiver.take());
            receiver = Some(Receiver::start(&python, port, &public, &office));
        }
        if quarter % 53 == 52 {
            program.stop().await;
            program = office.start();
        }
        // For two days something is determined every two hours.
        if quarter % 8 == 0 && hour < 48 {
            number += 1;
            let mut batch = Batch::new();
            let policy = format!("P-{number}");
            batch.determine(determination(&policy, State::Interim, 1, 100 + number, 0));
            batch.determine(determination(&format!("F-{number}"), State::Final, 0, 1_000 * number, 0));
            if number % 3 == 0 {
                let before = 1_000 * (number - 1);
                batch.determine(restated(&format!("F-{}", number - 1), before + 7 * number, before));
            }
            program.write(batch).await;
        }
        failed += program.turn().await;
        office.wait(TimeDelta::minutes(15));
        tell_time(&office);
    }
    program.send().await;
    program.stop().await;
    let came = came(&office);
    assert_taken(&came);
    let ids: BTreeSet<String> = came.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, all_ids(&office), "each arrived, under its name");
    assert_eq!((number, ids.len()), (24, 24 + 24 + 8));
    assert_eq!(owed(&came), owed_by_the_ledger(&office));
    let status = office.reader().endpoint("acme").unwrap();
    assert_eq!((status.waiting, status.parked, status.delivered), (0, 0, 56));
    assert!(failed > 100, "there was nobody for two days: {failed} attempts");
}

/// What the page for integrators says of checking a message, run as it stands there.
#[tokio::test]
async fn the_page_for_integrators_checks_a_message() {
    let Some(python) = python() else { return };
    if !tools::there("openssl") {
        return;
    }
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/webhooks.md")).unwrap();
    let blocks = |kind: &str| -> Vec<String> {
        let parts = page.split(&format!("```{kind}\n")).skip(1).collect::<Vec<_>>();
        parts.into_iter().map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
    };
    let kept = std::sync::Arc::new(std::sync::Mutex::new(None));
    let keep = kept.clone();
    let wire = fairgauge::feed::Wire::new(move |_, headers, body| {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let names = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
        *keep.lock().unwrap() = Some((names, body.unwrap().to_owned()));
        Box::pin(async { Ok(fairgauge::feed::Told { status: 204, headers: Vec::new(), body: Vec::new() }) })
    });
    let office = Office::new(&endpoint("acme", "https://hooks.example.org/in", "")).told_by(wire);
    let mut program = office.start();
    let mut batch = Batch::new();
    batch.determine(determination("P-1", State::Final, 0, 1_000, 0));
    program.write(batch).await;
    program.send().await;
    program.stop().await;
    let ([id, time, signatures], body) = kept.lock().unwrap().take().unwrap();
    let public = public_key(&office.settings.webhooks["acme"]).unwrap();
    let folder = office.folder.path();
    std::fs::write(folder.join("body"), &body).unwrap();
    // Both blocks of Python, with the time of the message as the present.
    let headers = serde_json::json!({"webhook-id": id, "webhook-timestamp": time, "webhook-signature": signatures});
    let of_python = blocks("python");
    assert_eq!(of_python.len(), 2);
    let before = format!(
        "import json, time, datetime\nfrom standardwebhooks import webhooks\nnow = {time}\ntime.time = lambda: now\n\
         class Told(datetime.datetime):\n    @classmethod\n    def now(cls, tz=None): return cls.fromtimestamp(now, tz=tz)\n\
         webhooks.datetime = Told\nheaders = json.loads('''{headers}''')\nbody = open('body', 'rb').read()\n"
    );
    let told = of_python.concat().replace("whsec_…", &secret()).replace("whpk_…", &public);
    let name = "\nimport hashlib\nentry = json.loads(body)['data']['entry'].encode()\nsha256 = lambda b: hashlib.sha256(b).digest()\n";
    let shown = page.split("The name is made of the leaf too: `").nth(1).unwrap().split('`').next().unwrap();
    let script = format!("{before}{told}{name}assert {shown} == headers['webhook-id']\nprint(message['type'])\n");
    let ran = Command::new(&python).arg("-c").arg(script).current_dir(folder).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(out.trim(), "payout.final", "{err}");
    // And that for the shell, which prints the first signature and says that the other is good.
    let shell = blocks("sh").into_iter().find(|block| block.contains("openssl dgst")).unwrap();
    let signature = |version: &str| signatures.split(' ').find_map(|one| one.strip_prefix(version)).unwrap().to_owned();
    let ran = Command::new("sh")
        .arg("-ec")
        .arg(&shell)
        .current_dir(folder)
        .envs([("id", &id), ("time", &time), ("whsec", &secret()), ("whpk", &public), ("v1a", &signature("v1a,"))])
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{out}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(out.lines().next(), Some(signature("v1,").as_str()));
    assert!(out.contains("Signature Verified Successfully"), "{out}");
}
