//! Persons intervene: hold, release, void, dispute, approve, restate; with a daemon that writes the ledger and without
//! one, to the same effect.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/operators.rs"]
mod operators;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::daemon::{Clock, Daemon, Service, Signal, Time};
use fairgauge::ledger::{PayoutRow, Reader, State, Store, Writer};
use fairgauge::operator::{Act, Inbox, Outcome, Request, What};
use fairgauge::setup::Setup;
use forge::rewrite;
use operators::{House, act_on};
use program::{Program, daemon, query, wait_until};

const CONTESTED: &str = "P-1/rain/2024-03-01";
const FINAL: &str = "Q-1/rain/2024-03-01";

/// What is said of a period.
fn row(house: &House, id: &str) -> PayoutRow {
    Reader::open(&house.ledger).unwrap().payout(id).unwrap().unwrap()
}

fn state(house: &House, id: &str) -> State {
    row(house, id).state
}

fn started(house: &House) -> Program {
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("preliminary: policy P-1");
    program.wait_said("final: policy Q-1");
    program
}

/// The ledger of a daemon that ran and was stopped.
fn settled() -> House {
    let house = House::new();
    started(&house).stop();
    house
}

/// Waits until what may be contested is so for the whole time again.
fn wait_contested_anew(house: &House, before: chrono::DateTime<chrono::Utc>) {
    wait_until("the time for contesting begins anew", || {
        let row = row(house, CONTESTED);
        row.state == State::Preliminary && row.life.contested_until.is_some_and(|until| until > before)
    });
}

#[test]
fn o04_one_holds_and_two_let_go_while_the_daemon_runs() {
    let house = House::new();
    let mut program = started(&house);
    let before = row(&house, CONTESTED).life.contested_until.unwrap();
    assert!(house.act("hold", CONTESTED, "lin", &[]).unwrap().contains("is held"));
    program.wait_said("P-1/rain/2024-03-01 is held");
    house.act("release", CONTESTED, "lin", &[]).unwrap();
    assert!(house.act("approve", CONTESTED, "lin", &[]).unwrap_err().contains("second person"));
    house.act("approve", CONTESTED, "wu", &[]).unwrap();
    wait_contested_anew(&house, before);
    assert_eq!(
        std::fs::read_dir(Inbox::of(&house.ledger).folder()).unwrap().count(),
        0,
        "nothing is left in the folder"
    );
    program.stop();
    house.verify();
}

#[test]
fn the_same_without_a_daemon() {
    let house = settled();
    let before = row(&house, CONTESTED).life.contested_until.unwrap();
    assert!(house.act("hold", CONTESTED, "lin", &[]).unwrap().contains("is held"));
    assert_eq!(state(&house, CONTESTED), State::Held);
    assert!(house.act("hold", CONTESTED, "wu", &[]).unwrap_err().contains("it is held already"));
    let proposed = house.act("release", CONTESTED, "lin", &[]).unwrap();
    assert!(proposed.contains("waits for a second person: fairgauge approve P-1/rain/2024-03-01"), "{proposed}");
    assert_eq!(state(&house, CONTESTED), State::Held, "one alone lets nothing go");
    let status = house.run(&["status"]).unwrap();
    assert!(status.contains("P-1/rain/2024-03-01: hold by lin: because (entry "), "{status}");
    assert!(status.contains("P-1/rain/2024-03-01: release by lin, waits for a second person: because"), "{status}");
    let shown = house.run(&["payouts", "show", CONTESTED, "--format", "json"]).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["state"], &shown["acts"][1]["effect"]), (&"held".into(), &"proposed".into()));
    assert!(house.act("approve", CONTESTED, "lin", &[]).unwrap_err().contains("a second person has to approve it"));
    assert!(house.act("approve", CONTESTED, "wu", &[]).unwrap().contains("is let go"));
    let program = Program::start(daemon(&house.config));
    wait_contested_anew(&house, before);
    program.stop();
    let status = house.run(&["status"]).unwrap();
    assert!(!status.contains("waits for a second person"), "{status}");
    house.verify();
}

/// A hold outlives the daemon, and a killed one as well.
#[test]
fn what_is_held_stays_held_over_a_restart() {
    let house = settled();
    house.act("hold", CONTESTED, "lin", &[]).unwrap();
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("at work");
    program.kill();
    assert_eq!(state(&house, CONTESTED), State::Held);
    let status = house.run(&["status"]).unwrap();
    assert!(status.lines().any(|line| line.starts_with("held")), "{status}");
}

#[test]
fn two_give_a_period_up() {
    let house = settled();
    assert!(house.act("void", CONTESTED, "lin", &[]).unwrap_err().contains("hold it first"));
    house.act("hold", CONTESTED, "lin", &[]).unwrap();
    house.act("void", CONTESTED, "wu", &[]).unwrap();
    assert_eq!(state(&house, CONTESTED), State::Held);
    house.act("approve", CONTESTED, "lin", &[]).unwrap();
    assert_eq!(state(&house, CONTESTED), State::Void);
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("at work: 0 settlements open");
    assert!(house.act("hold", CONTESTED, "wu", &[]).unwrap_err().contains("given up"));
    program.stop();
    assert_eq!(state(&house, CONTESTED), State::Void);
    house.verify();
}

#[test]
fn a_dispute_keeps_its_evidence_and_is_settled_under_something_else_for_comparison() {
    let house = settled();
    let letter = house.folder.path().join("letter.txt");
    std::fs::write(&letter, "the gauge stood under a tree").unwrap();
    let letter = letter.to_str().unwrap();
    let without = ["--evidence", letter, "--alternative", "without=daily"];
    let said = house.act("dispute", CONTESTED, "lin", &without).unwrap();
    assert!(said.contains("is held") && said.contains("under without=daily it would be: undetermined"), "{said}");
    assert_eq!(state(&house, CONTESTED), State::Held, "what is not final is held by it");
    let as_of = ["--alternative", "as-of=2024-03-02T00:00:00Z"];
    let said = house.act("dispute", FINAL, "wu", &as_of).unwrap();
    assert!(said.contains("nothing changes by it") && said.contains("undetermined"), "{said}");
    assert_eq!(state(&house, FINAL), State::Final);
    let terms = house.folder.path().join("other.toml");
    let other = operators::product("final", "")
        .replace("strike = \"50 mm\"", "strike = \"40 mm\"")
        .replace("version = 1", "version = 2");
    std::fs::write(&terms, other).unwrap();
    let said = house.act("dispute", FINAL, "lin", &["--alternative", &format!("terms={}", terms.display())]).unwrap();
    assert!(said.contains("it would be: pays, index 60 mm, 2,000.00 CNY"), "{said}");
    let shown = house.run(&["payouts", "show", FINAL]).unwrap();
    assert!(
        shown.contains("dispute by wu: because; under as-of=2024-03-02T00:00:00Z it would be: undetermined"),
        "{shown}"
    );
    let kept: Vec<i64> = query(
        &house.ledger,
        "SELECT count(*) FROM evidence WHERE CAST(bytes AS TEXT) = 'the gauge stood under a tree'
            OR CAST(bytes AS TEXT) LIKE '%strike = \"40 mm\"%'",
    );
    assert_eq!(kept, [2]);
    let rerun: Vec<i64> = query(
        &house.ledger,
        "SELECT json_extract(body, '$.rerun.amount_minor') FROM ledger WHERE json_extract(body, '$.alternative') LIKE 'terms=%'",
    );
    assert_eq!(rerun, [200_000]);
    for (what, extra, why) in [
        ("dispute", &["--alternative", "without=nosuch"][..], "feed `nosuch` among the sources"),
        ("dispute", &["--alternative", "yesterday"], "is no alternative"),
        ("dispute", &["--evidence", "/nowhere"], "/nowhere"),
    ] {
        let refused = house.act(what, FINAL, "lin", extra).unwrap_err();
        assert!(refused.contains(why), "{why}: {refused}");
    }
    house.verify();
}

/// The station was read anew after the final result: 62 mm were 60, then 75.
#[test]
fn a_restatement_needs_one_up_to_the_amount_and_two_above_it() {
    let house = settled();
    assert!(house.act("restate", FINAL, "lin", &[]).unwrap_err().contains("it comes out the same"));
    assert!(house.act("restate", CONTESTED, "lin", &[]).unwrap_err().contains("only what is final"));
    for (fallen, one, amount) in [("70", true, 200_000), ("95", false, 450_000), ("80", false, 450_000)] {
        house.revise(fallen);
        let said = house.act("restate", FINAL, "lin", &["--cause", "policy_error"]).unwrap();
        if one {
            assert!(said.contains("is restated: 2,000.00 CNY in all, 1,000.00 CNY are booked"), "{said}");
        } else {
            assert!(said.contains("waits for a second person"), "{said}");
            house.act("approve", FINAL, "wu", &[]).unwrap();
        }
        let row = row(&house, FINAL);
        assert_eq!((row.state, row.payable_minor), (State::Restated, amount), "{fallen}");
        assert_eq!(row.life.cause.as_deref(), Some("policy_error"), "{fallen}");
    }
    let row = row(&house, FINAL);
    assert_eq!(
        (row.amount_minor, row.life.delta_minor, row.life.booked_minor),
        (300_000, -150_000, 0),
        "these terms claim nothing back"
    );
    house.verify();
    assert!(
        house.run(&["explain", FINAL]).unwrap().contains("computed again from the readings in the ledger: the same")
    );
}

/// What was refused, by the notes of the ledger.
/// A clock that stands still.
#[derive(Debug)]
struct Still(DateTime<Utc>);

impl Time for Still {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }

    fn until(&self, instant: DateTime<Utc>) -> Duration {
        (instant - self.0).to_std().unwrap_or_default()
    }
}

/// What a feed says in the same instant was not known to the restatement.
#[test]
fn what_is_learned_in_the_instant_of_a_restatement_is_known_after_it() {
    let house = settled();
    house.revise("70");
    let now = Reader::open(&house.ledger).unwrap().last_instant().unwrap().unwrap() + TimeDelta::seconds(10);
    let act = house.signed(&Act { at: now, ..act_on(&row(&house, FINAL), What::Restate, "lin", "70 mm") }, "lin");
    house.record("80");
    let inbox = Inbox::of(&house.ledger);
    let name = inbox.put(&act.bytes()).unwrap();
    let mut setup = Setup::load(&house.config, std::iter::empty()).unwrap();
    setup.settings.ledger.clone_from(&house.ledger);
    let writer = Writer::spawn(Store::open(&house.ledger).unwrap()).unwrap();
    let (signals, asked) = tokio::sync::mpsc::channel(1);
    let before = house.learned();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_until("80 mm are learned", || house.learned() > before);
            signals.blocking_send(Signal::Stop).unwrap();
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clock = Clock::Told(Box::new(Still(now)));
            let mut daemon = Daemon::start(setup, writer, &clock).await.unwrap();
            let service = Service::new(asked, || Err("nothing is read again".to_owned()), None);
            let mut service = service.with_inbox(inbox.clone(), Duration::from_millis(1));
            daemon.run(&clock, &mut service).await.unwrap();
            daemon.close().await.unwrap();
        });
    });
    assert_eq!(inbox.answer(&name).unwrap().unwrap().outcome, Outcome::Done);
    let reader = Reader::open(&house.ledger).unwrap();
    let said = reader.determination_of(row(&house, FINAL).seq).unwrap().unwrap();
    assert_eq!((said.state, said.as_of, said.amount.minor()), (State::Restated, now, 200_000));
    let again = fairgauge::audit::rederive(&reader, &said).unwrap();
    assert!(again.differences.is_empty(), "{:?}", again.differences);
    house.verify();
}

fn notes(house: &House) -> Vec<String> {
    query(
        &house.ledger,
        "SELECT json_extract(body, '$.reason') || '|' || coalesce(json_extract(body, '$.claimed_by'), '-')
         FROM ledger WHERE key LIKE 'refused-act/%' ORDER BY seq",
    )
}

#[test]
fn a06_who_is_not_in_the_settings_is_refused_and_logged() {
    let house = settled();
    let refused = house.act("hold", CONTESTED, "eve", &[]).unwrap_err();
    assert!(refused.contains("there is no operator `eve` in the settings"), "{refused}");
    assert_eq!(state(&house, CONTESTED), State::Preliminary);
    let notes = notes(&house);
    assert!(notes.len() == 1 && notes[0].ends_with("|eve") && notes[0].contains("no operator"), "{notes:?}");
}

#[test]
fn a06_a_signature_of_another_key_is_refused_and_logged() {
    let house = settled();
    let refused = house.act_with("hold", CONTESTED, "lin", "eve", &[]).unwrap_err();
    assert!(refused.contains("the signature is not that of `lin`"), "{refused}");
    assert_eq!(state(&house, CONTESTED), State::Preliminary);
    let notes = notes(&house);
    assert!(notes.len() == 1 && notes[0].ends_with("|lin"), "{notes:?}");
}

/// Put into the folder by somebody who has seen it: the very same act, an act of which a letter was changed, what is no
/// act at all, a signature over something else.
#[test]
fn a06_what_is_replayed_changed_or_no_act_is_refused_and_logged_once() {
    let house = House::new();
    let program = started(&house);
    let row = row(&house, CONTESTED);
    let act = act_on(&row, What::Hold, "lin", "first");
    let good = house.signed(&act, "lin");
    let changed = Request { act: good.act.replace("first", "other"), ..good.clone() };
    let other = Request {
        signature: house.signed(&Act { why: "x".to_owned(), ..act.clone() }, "lin").signature,
        ..good.clone()
    };
    let stale = house.signed(&Act { seq: row.seq - 1, why: "stale".to_owned(), ..act.clone() }, "lin");
    let attached = Request { attached: vec!["AAAA".to_owned()], ..good.clone() };
    for (bytes, done, why) in [
        (changed.bytes(), false, "signature is not that"),
        (other.bytes(), false, "signature is not that"),
        (attached.bytes(), false, "what is attached is not what was signed"),
        (stale.bytes(), false, "it was signed when entry"),
        (b"no act".to_vec(), false, "this is no signed act"),
        (good.bytes(), true, "is held"),
        (good.bytes(), false, "stands in the ledger already, as entry"),
        (good.bytes(), false, "stands in the ledger already, as entry"),
        (b"no act".to_vec(), false, "this is no signed act"),
    ] {
        let answer = house.put(&bytes);
        assert_eq!(answer.outcome == fairgauge::operator::Outcome::Done, done, "{why}: {answer:?}");
        assert!(answer.text.contains(why), "{why}: {answer:?}");
    }
    assert_eq!(state(&house, CONTESTED), State::Held);
    assert_eq!(notes(&house).len(), 6, "each of them once: {:?}", notes(&house));
    program.stop();
    house.verify();
}

/// The program itself holds what hangs on one source, above the amount for which two are needed.
#[test]
fn what_is_fragile_and_above_the_amount_is_held_by_the_program() {
    let house = House::fragile();
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("preliminary: policy F-1");
    let id = "F-1/rain/2024-03-01";
    wait_until("it is held", || state(&house, id) == State::Held);
    let why: Vec<String> = query(&house.ledger, "SELECT json_extract(body, '$.why') FROM ledger WHERE kind = 'hold'");
    assert!(why.len() == 1 && why[0].contains("above the amount") && why[0].contains("fragile: without"), "{why:?}");
    house.act("release", id, "lin", &[]).unwrap();
    house.act("approve", id, "wu", &[]).unwrap();
    wait_until("the time for contesting begins anew", || state(&house, id) == State::Preliminary);
    let held: Vec<i64> = query(&house.ledger, "SELECT count(*) FROM ledger WHERE kind = 'hold'");
    assert_eq!(held, [1], "what was let go is not held again");
    program.stop();
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("at work");
    program.stop();
    let held: Vec<i64> = query(&house.ledger, "SELECT count(*) FROM ledger WHERE kind = 'hold'");
    assert_eq!(held, [1], "nor after a restart");
    house.verify();
}

/// What somebody makes of a body.
type Change<'h> = Box<dyn Fn(&str) -> String + 'h>;

#[test]
fn what_breaks_a_rule_is_found_in_the_ledger() {
    let house = settled();
    house.act("hold", CONTESTED, "lin", &[]).unwrap();
    house.act("release", CONTESTED, "lin", &[]).unwrap();
    house.act("approve", CONTESTED, "wu", &[]).unwrap();
    house.revise("95");
    house.act("restate", FINAL, "lin", &[]).unwrap();
    house.act("approve", FINAL, "wu", &[]).unwrap();
    house.verify();
    // `lin` signs both.
    let both = |body: &str| {
        let value: serde_json::Value = serde_json::from_str(body).unwrap();
        let text = |name: &str| value[name].as_str().unwrap().to_owned();
        let act = Act { by: "lin".to_owned(), ..Act::parse(&text("signed")).unwrap() };
        let (request, line) = (house.signed(&act, "lin"), operators::line("lin"));
        let json = |text: &str| serde_json::to_string(text).unwrap();
        body.replace(&json(&text("signed")), &json(&request.act))
            .replace(&text("signature"), &request.signature)
            .replace(&text("vkey"), &line)
            .replace("\"by\":\"wu\"", "\"by\":\"lin\"")
            .replace(&Act::mark(&text("signed")), &Act::mark(&request.act))
    };
    let value = |name: &'static str, to: &'static str| {
        move |body: &str| {
            let value: serde_json::Value = serde_json::from_str(body).unwrap();
            body.replace(&format!("\"{name}\":{}", value[name]), &format!("\"{name}\":{to}"))
        }
    };
    let path = house.ledger.clone();
    let kept = house.folder.path().join("kept.sqlite");
    rusqlite::Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [kept.to_str().unwrap()]).unwrap();
    let changes: Vec<(&str, Change<'_>, &str)> = vec![
        ("kind = 'hold'", Box::new(value("why", "\"another reason\"")), "other than what was signed"),
        ("kind = 'hold'", Box::new(value("determination", "1")), "other than what was signed"),
        ("kind = 'release'", Box::new(both), "`lin` approved what `lin` proposed"),
        ("kind = 'release'", Box::new(value("effect", "\"voided\"")), "it approves no proposal to void"),
        (
            "kind = 'config'",
            Box::new(|body: &str| body.replace(&operators::line("wu"), &operators::line("eve"))),
            "in no settings then",
        ),
        (
            "kind = 'restate'",
            Box::new(|body: &str| body.replace("\"cr\":350000", "\"cr\":350001")),
            "its lines add up to -1",
        ),
        (
            "kind = 'final'",
            Box::new(|body: &str| {
                body.replace("\"cr\":100000", "\"cr\":99999").replace("\"dr\":100000", "\"dr\":99999")
            }),
            "its lines book 99999",
        ),
        ("key LIKE 'act/Q-1/%'", Box::new(both), "`lin` approved what `lin` proposed"),
        (
            "kind = 'restate'",
            Box::new(|body: &str| body.replace("\"value\":\"95\"", "\"value\":\"96\"")),
            "index: the ledger says 96 mm",
        ),
    ];
    for (which, change, fault) in changes {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        std::fs::copy(&kept, &path).unwrap();
        rewrite(&path, &format!("{which} ORDER BY seq DESC LIMIT 1"), change);
        let reader = Reader::open(&path).unwrap();
        let mut faults = fairgauge::audit::verify_life(&reader).unwrap();
        faults.extend(fairgauge::audit::recompute(&reader, 0, |_, _| ()).unwrap().map(|faulty| faulty.why));
        assert!(faults.iter().any(|found| found.contains(fault)), "{fault}: {faults:?}");
    }
}

#[test]
fn a_new_key_is_its_owners_alone_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lin.pem");
    let new = |person: &str, path: &std::path::Path| {
        program::fairgauge().args(["key", "new", "--operator", person]).arg(path).output().unwrap()
    };
    let made = new("lin", &path);
    let line = String::from_utf8(made.stdout).unwrap();
    let key = fairgauge::operator::read_key(&path).unwrap().verifying_key();
    assert_eq!(line.trim(), fairgauge::operator::PublicKey::new("lin", key).unwrap().text());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&path).unwrap();
    assert!(!new("lin", &path).status.success());
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let said = new("Lin", &folder.path().join("x"));
    assert!(String::from_utf8(said.stderr).unwrap().contains("cannot be a person's name"));
    assert!(!folder.path().join("x").exists());
}
