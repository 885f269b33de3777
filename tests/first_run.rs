//! The first minutes with the program: a set-up that works as it was written, and a doctor that says what is wrong and
//! how to mend it.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[allow(dead_code, reason = "each test uses its own part of it")]
#[path = "support/season.rs"]
mod season;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use program::{Program, daemon, fairgauge, run, wait_until};
use serde_json::Value;

/// A folder with a set-up in it, just written.
struct Fresh {
    _top: tempfile::TempDir,
    dir: PathBuf,
}

impl Fresh {
    fn new() -> Self {
        let top = tempfile::tempdir().unwrap();
        let dir = top.path().join("season");
        let (status, said) = run(&["init", dir.to_str().unwrap()]);
        assert_eq!(status, 0, "{said}");
        Self { _top: top, dir }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn config(&self) -> String {
        self.file("fairgauge.toml").to_str().unwrap().to_owned()
    }

    /// Changes a file.
    fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        fs::write(self.file(name), text.replacen(from, to, 1)).unwrap();
    }

    fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.file(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Has it run until all is settled, and ends it.
    fn settle(&self) {
        let mut command = daemon(&self.file("fairgauge.toml"));
        // Tests beside this one settle, too.
        command.env("FAIRGAUGE__SERVE__LISTEN", "127.0.0.1:0");
        let mut running = Program::start(command);
        let ledger = self.file("ledger.sqlite");
        let finals = || program::query::<i64>(&ledger, "SELECT count(*) FROM payout WHERE state = 'final'");
        wait_until("ten policies are settled", || finals() == [10] || !running.is_running());
        running.stop();
    }

    /// Adds an endpoint with this secret.
    fn hook(&self, secret: &str) {
        let endpoint = "[webhook.acme]\nurl = \"https://hooks.example.org/\"\nsecret = { file = \"acme\" }\n\n[log]";
        self.change("fairgauge.toml", "[log]", endpoint);
        fs::write(self.file("acme"), secret).unwrap();
        self.mode("acme", 0o600);
    }

    /// The doctor's status and findings, and what it complains of.
    fn doctor(&self, more: &[&str]) -> (i32, Vec<Value>, String) {
        let mut command = fairgauge();
        command.args(["doctor", "--format", "json", "--config", &self.config()]).args(more);
        let output = command.output().unwrap();
        let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), findings.as_array().unwrap().clone(), complaint)
    }
}

/// Id, outcome, amount and reason of every payout of a ledger.
fn payouts(ledger: &Path) -> BTreeSet<String> {
    let query = "SELECT id || ' ' || outcome || ' ' || amount || ' ' || reason FROM payout WHERE state = 'final'";
    program::query(ledger, query).into_iter().collect()
}

#[test]
fn what_init_writes_is_well_runs_at_once_and_settles_as_the_season_does() {
    let fresh = Fresh::new();
    let (status, said) = run(&["check", fresh.dir.to_str().unwrap()]);
    assert!(status == 0 && said.ends_with("1 feed, 3 products, 10 policies: no fault\n"), "{said}");
    fresh.settle();
    let replayed = fresh.file("replayed");
    let (status, said) =
        run(&["replay", season::fixture("lingang-2024").to_str().unwrap(), "--ledger", replayed.to_str().unwrap()]);
    assert_eq!(status, 0, "{said}");
    let settled = payouts(&fresh.file("ledger.sqlite"));
    assert_eq!(settled.len(), 10);
    assert_eq!(settled, payouts(&replayed));
    let (status, said) = run(&["verify", "--config", &fresh.config()]);
    assert!(status == 0 && said.contains("computed again: the same"), "{said}");
    let (status, findings, complaint) = fresh.doctor(&["--feeds"]);
    assert_eq!((status, complaint.as_str()), (0, ""), "{findings:#?}");
}

#[test]
fn the_commands_that_init_shows_are_those_that_work() {
    let fresh = Fresh::new();
    let top = tempfile::tempdir().unwrap();
    let other = top.path().join("other");
    let (_, said) = run(&["init", other.to_str().unwrap()]);
    let shown: Vec<Vec<&str>> = said
        .lines()
        .filter_map(|line| Some(line.strip_prefix("  fairgauge ")?.split_once('#')?.0.split_whitespace().collect()))
        .collect();
    assert_eq!(shown.iter().map(|words| words[0]).collect::<Vec<_>>(), ["check", "run", "payouts", "doctor"]);
    fresh.settle();
    for words in shown.iter().filter(|words| words[0] != "run") {
        let here: Vec<String> =
            words.iter().map(|word| word.replace(other.to_str().unwrap(), fresh.dir.to_str().unwrap())).collect();
        let (status, said) = run(&here.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(status, 0, "{words:?}: {said}");
    }
    for (name, _) in season::listing(&other) {
        assert!(said.contains(name.to_str().unwrap()) || name.is_dir(), "{} is not named", name.display());
    }
    let quiet = run(&["init", top.path().join("quiet").to_str().unwrap(), "--quiet"]).1;
    assert!(quiet.lines().count() == 8 && !quiet.contains("It works"), "{quiet}");
}

#[test]
fn init_writes_nothing_over() {
    let top = tempfile::tempdir().unwrap();
    let (full, file) = (top.path().join("full"), top.path().join("file"));
    fs::create_dir(&full).unwrap();
    fs::write(full.join(".hidden"), "mine").unwrap();
    fs::write(&file, "mine").unwrap();
    let before = season::listing(top.path());
    for (path, says) in [
        (full.as_path(), "is not empty, and nothing is written over: name a new folder"),
        (&file, "is no folder that can be read"),
        (&file.join("below"), "is no folder that can be read"),
    ] {
        let (status, said) = run(&["init", path.to_str().unwrap()]);
        assert_eq!(status, 1, "{said}");
        assert!(said.contains(says), "{said}");
    }
    assert_eq!(season::listing(top.path()), before);
    let empty = top.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(run(&["init", empty.to_str().unwrap()]).0, 0, "an empty folder is as good as none");
}

/// One that is signed, and has settled.
fn signed() -> Fresh {
    let fresh = Fresh::new();
    let key = fresh.file("ledger.key");
    let (status, said) = run(&["key", "new", key.to_str().unwrap(), "--name", "ledger.example.org/first"]);
    assert_eq!(status, 0, "{said}");
    let sign = "[ledger.sign]\nname = \"ledger.example.org/first\"\nkey = { file = \"ledger.key\" }\n\n[book]";
    fresh.change("fairgauge.toml", "[book]", sign);
    fresh.settle();
    fresh
}

/// A finding of this grade about this, which says this.
fn has(findings: &[Value], about: &str, grade: &str, says: &str) -> bool {
    findings.iter().any(|finding| {
        finding["about"] == about && finding["grade"] == grade && finding["says"].as_str().unwrap().contains(says)
    })
}

/// What is spoilt and how; the doctor's further arguments and its status; about what it says what, and how bad that is.
type Case<'c> = (&'c str, fn(&Fresh), &'c [&'c str], i32, &'c str, &'c str, &'c str);

#[test]
fn the_doctor_finds_what_is_wrong_and_changes_nothing() {
    let cases: [Case<'_>; 20] = [
        ("nothing", |_| (), &["--feeds"], 0, "feed besttrack", "ok", "3880 readings, 0 refused"),
        (
            "a typo",
            |it| it.change("fairgauge.toml", "[book]", "[bok]"),
            &[],
            78,
            "settings",
            "fail",
            "`bok` is not a key",
        ),
        (
            "no policy",
            |it| fs::write(it.file("book.csv"), "policy,product,insured,from,to\n").unwrap(),
            &[],
            0,
            "settings",
            "warn",
            "policies: 0",
        ),
        (
            "no folder",
            |it| it.change("fairgauge.toml", "path = \"ledger", "path = \"state/ledger"),
            &[],
            1,
            "disk",
            "fail",
            "is not there",
        ),
        ("an open folder", |it| it.mode(".", 0o777), &[], 1, "rights", "fail", "everybody can write into"),
        ("a ledger for all", |it| it.mode("ledger.sqlite", 0o666), &[], 1, "rights", "fail", "everybody can write"),
        ("a book for all", |it| it.mode("book.csv", 0o666), &[], 1, "rights", "fail", "book.csv"),
        (
            "no ledger",
            |it| fs::write(it.file("ledger.sqlite"), "x").unwrap(),
            &[],
            1,
            "ledger",
            "fail",
            "but not a ledger",
        ),
        (
            "a lost ledger",
            |it| fs::remove_file(it.file("ledger.sqlite")).unwrap(),
            &[],
            1,
            "ledger",
            "fail",
            "says that one was signed",
        ),
        (
            "no high water",
            |it| fs::remove_file(it.file("ledger.sqlite.high-water")).unwrap(),
            &[],
            1,
            "ledger",
            "fail",
            "which says how far it had come",
        ),
        (
            "a forked ledger",
            |it| {
                let text = fs::read_to_string(it.file("ledger.sqlite.high-water")).unwrap();
                let mut lines: Vec<&str> = text.lines().collect();
                lines[2] = "PqnEmsDSoFVMOwF451v4gIRcnUjGd7QiF4Z1DlIotWg=";
                fs::write(it.file("ledger.sqlite.high-water"), lines.join("\n") + "\n").unwrap();
            },
            &[],
            1,
            "ledger",
            "fail",
            "are not those that were signed",
        ),
        ("a key for all", |it| it.mode("ledger.key", 0o644), &[], 1, "ledger's key", "fail", "everybody can reach"),
        (
            "a port of the system's",
            |it| it.change("fairgauge.toml", "listen = \"127.0.0.1:8473", "listen = \"127.0.0.1:443"),
            &[],
            1,
            "address of [serve]",
            "fail",
            "no right to those",
        ),
        (
            "an address of others",
            |it| {
                let tls = "listen = \"192.0.2.1:8473\"\nbehind_proxy = true\nurl = \"https://payouts.example.org";
                it.change("fairgauge.toml", "listen = \"127.0.0.1:8473", tls);
                it.change("fairgauge.toml", "without_token = \"auditor\"\n", "");
            },
            &[],
            1,
            "address of [serve]",
            "fail",
            "nobody can listen at 192.0.2.1:8473",
        ),
        (
            "nobody may read",
            |it| it.change("fairgauge.toml", "without_token = \"auditor\"\n", ""),
            &[],
            0,
            "tokens",
            "warn",
            "nobody has a token",
        ),
        (
            "no tokens",
            |it| fs::write(it.file("ledger.sqlite.tokens"), "x").unwrap(),
            &[],
            1,
            "tokens",
            "fail",
            "ledger.sqlite.tokens",
        ),
        (
            "no certificate",
            |it| {
                let tls = "listen = \"127.0.0.1:8473\"\ntls = { certificate = \"book.csv\", key = { file = \"ledger.key\" } }\n# \"";
                it.change("fairgauge.toml", "listen = \"127.0.0.1:8473\"", tls);
            },
            &[],
            1,
            "certificate of [serve]",
            "fail",
            "book.csv",
        ),
        (
            "a hook",
            |it| it.hook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            &[],
            0,
            "webhook acme",
            "ok",
            "hooks.example.org",
        ),
        ("a hook that signs nothing", |it| it.hook("secret"), &[], 1, "webhook acme", "fail", "is not whsec_"),
        (
            "no file of a feed",
            |it| fs::remove_file(it.file("feeds/tracks-2024.csv")).unwrap(),
            &["--feeds"],
            1,
            "feed besttrack",
            "fail",
            "tracks-2024.csv",
        ),
    ];
    let whole = signed();
    let files = season::listing(&whole.dir);
    for (what, spoil, more, status, about, grade, says) in cases {
        let top = tempfile::tempdir().unwrap();
        let copy = Fresh { dir: top.path().join("season"), _top: top };
        for (path, bytes) in &files {
            let to = copy.dir.join(path.strip_prefix(&whole.dir).unwrap());
            if path.is_dir() {
                fs::create_dir_all(to).unwrap();
                continue;
            }
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(&to, bytes).unwrap();
            fs::set_permissions(&to, fs::metadata(path).unwrap().permissions()).unwrap();
        }
        spoil(&copy);
        let before = season::listing(&copy.dir);
        let (found, findings, complaint) = copy.doctor(more);
        assert_eq!(found, status, "{what}: {complaint}\n{findings:#?}");
        assert!(has(&findings, about, grade, says), "{what}: {findings:#?}");
        let faulty = findings.iter().filter(|finding| finding["grade"] != "ok");
        assert!(faulty.into_iter().all(|finding| finding["mend"].is_string()), "{what}: {findings:#?}");
        let failed = findings.iter().filter(|finding| finding["grade"] == "fail").count();
        assert_eq!(failed > 0, status != 0, "{what}");
        assert_eq!(complaint.is_empty(), status == 0, "{what}: {complaint}");
        let after: BTreeSet<_> = season::listing(&copy.dir).into_iter().filter(not_shared).collect();
        assert!(before.into_iter().filter(not_shared).eq(after), "{what}: something was changed");
    }
}

/// SQLite's memory that readers share is made anew by each of them.
fn not_shared((path, _): &(PathBuf, Vec<u8>)) -> bool {
    !path.to_str().unwrap().ends_with("-shm") && !path.to_str().unwrap().ends_with("-wal")
}

#[test]
fn keys_of_feeds_are_looked_for() {
    let fresh = Fresh::new();
    let feed = |key: &str| {
        format!(
            "[feed.far]\nkind = \"csv\"\nurl = \"https://127.0.0.1:9/x\"\npoll = \"1 h\"\ndelay = \"1 h\"\ntimeout = \"1 s\"\nvintage = \"final\"\n{key}\n\
             columns.rain = {{ variable = \"precipitation\", unit = \"mm\" }}\n\
             [feed.far.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\nstation = {{ is = \"here\" }}\n\
             time = {{ column = \"t\", format = \"%Y-%m-%d\", zone = \"UTC\", stamp = \"begin\", every = \"1 d\", starts = \"00:00\" }}\n\
             [network]\nallow_private = true\n"
        )
    };
    let settings = fs::read_to_string(fresh.file("fairgauge.toml")).unwrap();
    fs::write(fresh.file("good.key"), "abcdefgh").unwrap();
    fresh.mode("good.key", 0o600);
    fs::write(fresh.file("open.key"), "abcdefgh").unwrap();
    fresh.mode("open.key", 0o644);
    for (key, grade, says) in [
        ("{ file = \"good.key\", query = \"k\" }", "ok", "nobody else reads it"),
        ("{ file = \"open.key\", query = \"k\" }", "fail", "everybody can reach"),
        ("{ file = \"none.key\", query = \"k\" }", "fail", "cannot read the key"),
    ] {
        fs::write(fresh.file("fairgauge.toml"), format!("{settings}\n{}", feed(&format!("key = {key}")))).unwrap();
        let (_, findings, complaint) = fresh.doctor(&[]);
        assert!(has(&findings, "key of far", grade, says), "{key}: {findings:#?}\n{complaint}");
        assert!(!format!("{findings:?}{complaint}").contains("abcdefgh"), "the key is not shown");
    }
    fs::write(fresh.file("fairgauge.toml"), format!("{settings}\n{}", feed(""))).unwrap();
    let (status, findings, _) = fresh.doctor(&["--feeds"]);
    assert_eq!(status, 1);
    assert!(has(&findings, "feed far", "fail", "connect"), "nobody listens there: {findings:#?}");
}

/// The words for people are those for programs, each with how to mend it below; `--quiet` leaves out what is well.
#[test]
fn the_doctor_speaks_to_people_too() {
    let fresh = Fresh::new();
    fresh.mode("book.csv", 0o666);
    let (status, findings, _) = fresh.doctor(&[]);
    let (same, said) = run(&["doctor", "--config", &fresh.config()]);
    assert_eq!((status, same), (1, 1));
    for finding in findings.iter().filter(|finding| finding["about"] != "clock" && finding["about"] != "disk") {
        let of = |key: &str| finding[key].as_str().unwrap();
        assert!(said.contains(&format!("{:<5} {}: {}\n", of("grade"), of("about"), of("says"))), "{finding}\n{said}");
    }
    assert!(
        said.contains("\n      -> chmod o-w ") && said.contains(" to mend\nfairgauge: 1 thing has to be mended\n"),
        "{said}"
    );
    let quiet = run(&["doctor", "--quiet", "--config", &fresh.config()]).1;
    assert!(!quiet.contains("ok    ") && quiet.contains("fail  rights"), "{quiet}");
}
