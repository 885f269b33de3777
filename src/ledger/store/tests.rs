use super::*;
use crate::ledger::determination::tests::{ended, interim, paid, restated, season};
use crate::ledger::life::{Corrects, Life};
use crate::ledger::observed::tests::{observed, rain};
use crate::ledger::{Determination, Poll, Reader, State, parse_instant, policy_entry};
use crate::observation::{Reading, SeriesKey};
use crate::quantity::Variable;

pub(crate) fn at() -> DateTime<Utc> {
    parse_instant("2013-05-01T00:00:00.000Z").expect("an instant")
}

pub(crate) fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::create(&folder.path().join("ledger.db"), "example.org/ledger", at()).expect("a new ledger");
    (folder, store)
}

/// Nothing is made anew, and nothing is said to be missing, where it cannot be looked for.
#[test]
fn what_cannot_be_looked_for_is_not_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().join("n".repeat(300));
    assert!(matches!(Store::open(&name), Err(OpenError::File { .. })), "the system knows no such name");
    assert!(matches!(exists(&SystemDisk, &name), Err(OpenError::File { .. })));
    assert!(!exists(&SystemDisk, &folder.path().join("gone")).expect("looked for"));
    assert!(matches!(Store::open(&folder.path().join("gone")), Err(OpenError::Missing(_))));
}

fn one(determination: Determination) -> Batch {
    let mut batch = Batch::new();
    batch.determine(determination);
    batch
}

fn note(key: &str, text: &str) -> Batch {
    let mut batch = Batch::new();
    batch.entry(Entry::new(Kind::Note, key, at()).text("text", text));
    batch
}

/// What one poll of a feed brings to the ledger.
pub(crate) fn poll() -> Batch {
    let mut batch = Batch::new();
    let body = batch.evidence(*b"station,valid,p01m\nJFK,1970-01-01 01:00,0.3\n");
    let mut learned = observed("2013-06-01T06:30:00.000Z", vec![rain("JFK", 1, Some("0.3")), rain("ALB", 1, None)]);
    learned.evidence = vec![body];
    let at = learned.known_at;
    batch.observe(learned);
    let (outcome, detail) = (Poll::OK.to_owned(), String::new());
    batch.poll(Poll {
        feed: "asos".into(),
        at,
        outcome,
        detail,
        rows_new: 2,
        rows_refused: 0,
        heard_until: Some(at),
        requests: 1,
        not_before: None,
    });
    batch
}

#[test]
fn a_new_ledger_begins_with_its_genesis_and_is_opened_again() {
    let (folder, store) = fresh();
    let path = store.path().to_owned();
    assert_eq!(store.newest().expect("readable"), 0);
    store.close().expect("closed");
    let mut left: Vec<_> =
        folder.path().read_dir().expect("a folder").map(|f| f.expect("a file").file_name()).collect();
    left.sort();
    assert_eq!(left, ["ledger.db", "ledger.db.lock"], "one file and its lock, no log beside it");
    let genesis = Reader::open(&path).expect("a ledger").genesis().expect("readable");
    assert_eq!((genesis.origin.as_str(), genesis.at), ("example.org/ledger", at()));
    Store::open(&path).expect("opened again");
    assert!(matches!(Store::create(&path, "x", at()), Err(OpenError::Exists(_))));
}

#[test]
fn what_is_no_ledger_is_refused_with_a_word_on_it() {
    let (folder, store) = fresh();
    let (ledger, path) = (store.path().to_owned(), |name: &str| folder.path().join(name));
    store.close().expect("closed");
    std::fs::write(path("text"), "no database at all, whatever it is ".repeat(40)).expect("written");
    std::fs::write(path("empty"), "").expect("written");
    std::fs::create_dir(path("folder")).expect("made");
    let other = Connection::open(path("other")).expect("made");
    other.execute_batch("CREATE TABLE t(x)").expect("made");
    std::fs::copy(&ledger, path("newer")).expect("copied");
    let newer = Connection::open(path("newer")).expect("a ledger");
    let newest = file::newest_form() + 1;
    newer.execute_batch(&format!("PRAGMA user_version = {newest}; PRAGMA journal_mode = DELETE")).expect("set");
    std::fs::copy(&ledger, path("older")).expect("copied");
    Connection::open(path("older")).expect("a ledger").pragma_update(None, "user_version", 0).expect("set");
    drop((other, newer));
    for (name, says) in [
        ("missing", "there is no ledger"),
        ("no/where", "folder"),
        ("folder", "not a file"),
        ("text", "not an SQLite database"),
        ("empty", "not an SQLite database"),
        ("other", "not a ledger"),
        ("newer", "use the newer program"),
    ] {
        let before = std::fs::read(path(name)).ok();
        let [by_store, by_reader] = [Store::open(&path(name)).err(), Reader::open(&path(name)).err()];
        for error in [by_store, by_reader] {
            let error = error.expect(name).to_string();
            assert!(error.contains(says) && error.contains(name), "{name}: {error}");
        }
        assert_eq!(std::fs::read(path(name)).ok(), before, "{name}: no byte is written");
    }
    assert!(matches!(Reader::open(&path("older")), Err(OpenError::Older { .. })), "a reader does not migrate");
    assert!(matches!(Store::create(&path("no/where"), "x", at()), Err(OpenError::MissingFolder(_))));
    std::fs::write(path("gone-wal"), "of another ledger").expect("written");
    assert!(matches!(Store::create(&path("gone"), "x", at()), Err(OpenError::StrayLog(_))));
    std::fs::write(path("half.new"), "of a crash").expect("written");
    Store::create(&path("half"), "x", at()).expect("a draft that a crash left is replaced");
}

#[test]
fn a_read_only_file_is_refused() {
    let (_folder, store) = fresh();
    let path = store.path().to_owned();
    store.close().expect("closed");
    let mut rights = std::fs::metadata(&path).expect("a file").permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&path, rights).expect("set");
    if std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("not shown: this user may write read-only files");
        return;
    }
    assert!(matches!(Store::open(&path), Err(OpenError::ReadOnly { .. })));
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let (_folder, store) = fresh();
    let path = store.path().to_owned();
    let error = Store::open(&path).expect_err("locked").to_string();
    assert!(error.contains("another fairgauge writes this ledger"), "{error}");
    Reader::open(&path).expect("readers are welcome");
    drop(store);
    Store::open(&path).expect("the lock went with the store");
}

#[test]
fn d07_an_altered_body_is_named() {
    let (_folder, mut store) = fresh();
    let path = store.path().to_owned();
    for text in ["one", "two", "three"] {
        store.append(note(&format!("note/{text}"), text)).expect("written");
    }
    store.close().expect("closed");
    let raw = Connection::open(&path).expect("a ledger");
    let forge =
        "DROP TRIGGER ledger_update; UPDATE ledger SET body = replace(body, '\"two\"', '\"six\"') WHERE seq = 2";
    raw.execute_batch(forge).expect("whoever can write the file can do this");
    drop(raw);
    let error = Store::open(&path).expect_err("altered");
    assert!(matches!(error, OpenError::Altered { seq: 2, .. }), "{error}");
    let raw = Connection::open(&path).expect("a ledger");
    raw.execute_batch("DROP TRIGGER ledger_delete; DELETE FROM ledger WHERE seq = 2").expect("done");
    drop(raw);
    let error = Store::open(&path).expect_err("a gap").to_string();
    assert!(error.contains("entry 2 is missing"), "{error}");
}

#[test]
fn d07_altered_readings_and_evidence_are_found_by_verify() {
    for (forge, says) in [
        ("DROP TRIGGER observation_update; UPDATE observation SET value_micro = 1", "readings of entry 1 were"),
        (
            "DROP TRIGGER observation_update; UPDATE observation SET known_at_ms = known_at_ms - 1",
            "readings of entry 1 were",
        ),
        ("DROP TRIGGER observation_delete; DELETE FROM observation", "readings of entry 1 are missing"),
        ("DROP TRIGGER evidence_update; UPDATE evidence SET bytes = x'00'", "evidence"),
    ] {
        let (_folder, mut store) = fresh();
        store.append(poll()).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let good = reader.verify().expect("as written");
        assert_eq!((good.entries, good.observations, good.evidence), (2, 2, 1));
        Connection::open(store.path()).expect("a ledger").execute_batch(forge).expect("done");
        let error = reader.verify().expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_batch_may_be_repeated_and_a_key_says_one_thing() {
    let (_folder, mut store) = fresh();
    let mut batch = poll();
    let terms = batch.evidence(*b"[product]");
    batch.entry(policy_entry("NY-001", "leafy-greens@1", terms, &[], at()));
    batch.determine(season());
    batch.determine(paid(113_850));
    let first = store.append(batch.clone()).expect("written");
    assert_eq!(first.0.iter().map(|w| (w.seq, w.new)).collect::<Vec<_>>(), [1, 2, 3, 4].map(|seq| (seq, true)));
    let again = store.append(batch).expect("the same again");
    assert_eq!(again.0.iter().map(|w| (w.seq, w.new)).collect::<Vec<_>>(), [1, 2, 3, 4].map(|seq| (seq, false)));
    assert_eq!(store.newest().expect("readable"), 4);
    assert!(store.append(note("note/1", "a")).is_ok());
    assert!(matches!(store.append(note("note/1", "b")), Err(LedgerError::Conflict { seq: 5, .. })));
    let mut other = poll();
    other.polls[0].rows_new = 3;
    assert!(matches!(store.append(other), Err(LedgerError::TwoPolls { .. })));
    let mut unknown = Batch::new();
    unknown.entry(policy_entry("NY-002", "leafy-greens@1", [0; 32], &[], at()));
    assert!(matches!(store.append(unknown), Err(LedgerError::NoTermSheet { .. })));
}

#[test]
fn nothing_of_a_refused_batch_is_kept() {
    let (_folder, mut store) = fresh();
    store.append(note("note/1", "a")).expect("written");
    let mut batch = poll();
    batch.entry(Entry::new(Kind::Note, "note/2", at()));
    batch.entry(Entry::new(Kind::Note, "note/1", at()).text("text", "something else"));
    assert!(matches!(store.append(batch), Err(LedgerError::Conflict { .. })));
    let rows =
        "SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM observation) + (SELECT count(*) FROM series)
        + (SELECT count(*) FROM evidence) + (SELECT count(*) FROM poll)";
    assert_eq!(store.connection.query_row(rows, [], |row| row.get(0)), Ok(2));
    store.append(poll()).expect("the store is usable");
}

#[test]
fn decisions_are_numbered_and_end_with_a_final_one() {
    let (_folder, mut store) = fresh();
    let later = |n: i64| {
        let determined_at = season().determined_at + chrono::TimeDelta::hours(n);
        Determination { determined_at, as_of: determined_at, ..season() }
    };
    let key = |appended: Appended| appended.0[0].key.rsplit_once('/').map(|(_, n)| n.to_owned());
    for n in 0..12 {
        assert_eq!(key(store.append(one(later(n))).expect("written")), Some(n.to_string()));
    }
    let mut pair = one(later(9));
    pair.determine(later(11));
    let again = store.append(pair).expect("both are there").0;
    assert_eq!(again.iter().map(|w| (w.seq, w.new)).collect::<Vec<_>>(), [(10, false), (12, false)]);
    let restated = |minor, before, hours| {
        let determined_at = paid(1).determined_at + chrono::TimeDelta::hours(hours);
        Determination { determined_at, ..restated(minor, before) }
    };
    assert!(matches!(store.append(one(restated(1, 0, 1))), Err(LedgerError::NothingToRestate(_))));
    assert_eq!(store.append(one(paid(1_000))).expect("binding").0[0].seq, 13);
    assert!(matches!(store.append(one(later(20))), Err(LedgerError::Settled { seq: 13, .. })));
    assert!(!store.append(one(later(3))).expect("a repeat is no new decision").0[0].new);
    assert!(matches!(store.append(one(paid(999))), Err(LedgerError::Conflict { seq: 13, .. })));
    let other_terms = Determination { terms: [1; 32], ..paid(1_000) };
    assert!(matches!(store.append(one(other_terms)), Err(LedgerError::Conflict { seq: 13, .. })), "one final");
    assert_eq!(key(store.append(one(restated(1_500, 1_000, 1))).expect("more")), Some("0".into()));
    assert!(store.append(one(restated(700, 1_000, 2))).is_err(), "1,500 stand there now");
    assert_eq!(key(store.append(one(restated(700, 1_500, 2))).expect("less")), Some("1".into()));
    assert_eq!(store.append(one(restated(1_500, 1_000, 1))).expect("a repeat").0[0].seq, 14);
    let reader = Reader::open(store.path()).expect("a ledger");
    let last = reader.entry(15).expect("readable").expect("there");
    assert_eq!((last.integer_of("corrects"), last.integer_of("delta_minor")), (Ok(14), Ok(-800)));
    assert_eq!(reader.finals("NY-001").expect("readable"), [restated(700, 1_500, 2)]);
}

#[test]
fn payments_in_advance_are_written_once_and_the_final_one_names_them() {
    let (_folder, mut store) = fresh();
    let contradicts = |result: Result<Appended, LedgerError>| matches!(result, Err(LedgerError::Entry { .. }));
    assert!(contradicts(store.append(one(interim(2, 100, 0)))), "the first one is number 1");
    assert!(contradicts(store.append(one(interim(1, 100, 50)))), "nothing was paid before it");
    let first = store.append(one(interim(1, 300, 0))).expect("written").0.remove(0);
    assert_eq!(first.key, "interim/NY-001/abababab/rain/2013-06-01/1");
    assert!(!store.append(one(interim(1, 300, 0))).expect("a repeat").0[0].new);
    assert!(matches!(store.append(one(interim(1, 301, 0))), Err(LedgerError::Conflict { seq: 1, .. })), "one first");
    let other_terms = Determination { terms: [1; 32], ..interim(1, 300, 0) };
    assert!(matches!(store.append(one(other_terms)), Err(LedgerError::Conflict { seq: 1, .. })));
    assert!(store.append(one(season())).expect("what is provisional goes on").0[0].new);
    assert!(contradicts(store.append(one(interim(2, 100, 0)))), "300 were paid before it");
    assert!(store.append(one(interim(2, 100, 300))).expect("the next one").0[0].new);
    assert!(contradicts(store.append(one(ended(500, 300)))), "400 were paid in advance");
    let of_another = Determination { cover: "heat".into(), ..interim(1, 7, 0) };
    assert!(store.append(one(of_another)).expect("of another cover").0[0].new);
    let last = store.append(one(ended(500, 400))).expect("binding").0[0].seq;
    assert!(matches!(store.append(one(interim(3, 50, 400))), Err(LedgerError::Settled { seq, .. }) if seq == last));
    assert!(!store.append(one(interim(2, 100, 300))).expect("a repeat is no new payment").0[0].new);
    let corrects = Corrects { amount: 500, payable: 100, ..restated(350, 0).life.corrects.expect("it corrects") };
    let life = Life { corrects: Some(corrects), ..Life::default() };
    let restated = Determination { state: State::Restated, life, ..ended(350, 400) };
    let seq = store.append(one(restated)).expect("less than was paid in advance").0[0].seq;
    let reader = Reader::open(store.path()).expect("a ledger");
    let entry = reader.entry(seq).expect("readable").expect("there");
    assert_eq!((entry.integer_of("delta_minor"), entry.integer_of("booked_minor")), (Ok(-150), Ok(-100)));
    assert_eq!(entry.integer_of("overpaid_minor"), Ok(50));
    let rows = reader.payouts(&crate::ledger::Filter::default()).expect("readable");
    let rows: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.amount_minor, row.payable_minor)).collect();
    let expected = [
        ("NY-001/heat/2013-06-01/1", 7, 7),
        ("NY-001/rain/2013-06-01/1", 300, 300),
        ("NY-001/rain/2013-06-01/2", 100, 100),
        ("NY-001/rain/2013-06-01", 350, 0),
    ];
    assert_eq!(rows, expected, "what is payable adds up to what was paid");
    let found = |id: &str| reader.payout(id).expect("readable").map(|row| row.seq);
    assert_eq!(found("NY-001/rain/2013-06-01/1"), Some(1));
    assert_eq!((found("NY-001/rain/2013-06-01"), found("NY-001/rain/2013-06-01/3")), (Some(seq), None));
    reader.verify().expect("as written");
    let advances = reader.advances().expect("readable");
    assert_eq!(advances.iter().map(Determination::id).collect::<Vec<_>>()[1], "NY-001/rain/2013-06-01/2");
}

#[test]
fn payments_in_advance_that_do_not_add_up_are_found_by_verify() {
    for (forged, why) in [
        (interim(2, 300, 0), "the first one is missing"),
        (interim(1, 300, 1), "nothing was paid before"),
        (ended(300, 300), "no payment was recorded"),
    ] {
        let (_folder, store) = fresh();
        let path = store.path().to_owned();
        let body = forged.entry(forged.number, None).expect("good by itself").body(1).expect("small");
        let insert = "INSERT INTO ledger (seq, body, leaf) VALUES (1, ?1, ?2)";
        store.connection.execute(insert, rusqlite::params![body, super::super::digest::leaf(&body)]).expect("put in");
        assert!(Reader::open(&path).expect("a ledger").verify().is_err(), "{why}");
    }
}

/// A ledger as the first form wrote it.
#[test]
fn a_ledger_of_the_form_before_is_brought_up_to_date() {
    let (folder, store) = fresh();
    let path = folder.path().join("old.db");
    let (genesis, leaf): (String, Vec<u8>) = store
        .connection
        .query_row("SELECT body, leaf FROM ledger", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a genesis");
    let old = file::connect(&SystemDisk, &path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE);
    let old = old.expect("made");
    old.execute_batch(include_str!("../migrations/0001_ledger.sql")).expect("the first form");
    old.execute_batch("PRAGMA application_id = 0x4F52434C; PRAGMA user_version = 1").expect("set");
    let put = |seq: i64, body: &str, leaf: &[u8]| {
        let insert = "INSERT INTO ledger (seq, body, leaf) VALUES (?1, ?2, ?3)";
        old.execute(insert, rusqlite::params![seq, body, leaf]).map(|_| ())
    };
    put(0, &genesis, &leaf).expect("put in");
    for (seq, said) in [(1, season()), (2, paid(113_850))] {
        let body = said.entry(0, None).expect("good").body(seq).expect("small");
        put(seq, &body, &super::super::digest::leaf(&body)).expect("put in");
    }
    let body = interim(1, 300, 0).entry(1, None).expect("good").body(3).expect("small");
    put(3, &body, &super::super::digest::leaf(&body)).expect_err("the first form knows no payments in advance");
    drop(old);
    assert!(matches!(Reader::open(&path), Err(OpenError::Older { found: 1, .. })));
    let mut store = Store::open(&path).expect("brought up to date");
    let other = Determination { cover: "heat".into(), ..interim(1, 300, 0) };
    store.append(one(other)).expect("now it does");
    let check: String = store.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("readable");
    assert_eq!(check, "ok");
    store.connection.execute_batch("REPLACE INTO ledger (seq, body, leaf) VALUES (1, '{}', x'00')").expect_err("kept");
    let unknown = Entry::new(Kind::Note, "x", at()).body(4).expect("small").replace("\"note\"", "\"nota\"");
    let leaf = super::super::digest::leaf(&unknown);
    let insert = "INSERT INTO ledger (seq, body, leaf) VALUES (4, ?1, ?2)";
    store.connection.execute(insert, rusqlite::params![unknown, leaf]).expect_err("kinds are still listed");
    store.close().expect("closed");
    let reader = Reader::open(&path).expect("a ledger");
    reader.verify().expect("whole");
    let rows = reader.payouts(&crate::ledger::Filter::default()).expect("readable");
    let rows: Vec<_> = rows.iter().map(|row| (row.state, row.payable_minor)).collect();
    assert_eq!(rows, [(State::Interim, 300), (State::Final, 113_850)]);
}

#[test]
fn a_series_keeps_its_unit() {
    let (_folder, mut store) = fresh();
    store.append(poll()).expect("written");
    let mut reading = rain("JFK", 2, Some("1"));
    reading.unit = crate::quantity::Unit::from_symbol("inch").expect("known");
    let mut batch = Batch::new();
    batch.observe(observed("2013-06-01T07:30:00.000Z", vec![reading]));
    assert!(matches!(store.append(batch), Err(LedgerError::UnitChanged { .. })));
}

/// What one poll brings of one station is of several series; rows beside each other may be of the same.
#[test]
fn readings_of_one_poll_go_to_the_series_of_their_variable_in_its_unit() {
    let (_folder, mut store) = fresh();
    let of = |variable: Variable, station: &str, hour: i64, value: &str| {
        let unit = variable.own_unit();
        Reading { variable, unit, ..rain(station, hour, Some(value)) }
    };
    let [wet, warm, most] = [Variable::Precipitation, Variable::AirTemperature, Variable::AirTemperatureMax];
    let mut batch = Batch::new();
    let rows = [
        of(wet, "JFK", 1, "1"),
        of(wet, "JFK", 2, "2"),
        of(warm, "JFK", 1, "3"),
        of(most, "JFK", 1, "7"),
        of(warm, "ALB", 1, "4"),
        of(wet, "ALB", 1, "5"),
        of(wet, "JFK", 3, "6"),
    ];
    batch.observe(observed("2013-06-01T07:30:00.000Z", rows.to_vec()));
    store.append(batch).expect("written");
    let knowledge = Reader::open(store.path()).expect("a ledger").knowledge(None).expect("readable");
    for (station, variable, values) in [
        ("JFK", wet, &["1", "2", "6"][..]),
        ("JFK", warm, &["3"]),
        ("JFK", most, &["7"]),
        ("ALB", warm, &["4"]),
        ("ALB", wet, &["5"]),
    ] {
        let key = SeriesKey { feed: "asos".into(), station: station.into(), variable };
        let rows = knowledge.series(&key).expect("learned of").rows();
        let found: Vec<_> = rows.map(|row| row.value.expect("a value").to_string()).collect();
        assert_eq!(found, values, "{station} {variable:?}");
    }
    let inch = crate::quantity::Unit::from_symbol("inch").expect("known");
    let mut batch = Batch::new();
    let two = vec![rain("EWR", 1, Some("1")), Reading { unit: inch, ..rain("EWR", 2, Some("1")) }];
    batch.observe(observed("2013-06-01T08:30:00.000Z", two));
    assert!(matches!(store.append(batch), Err(LedgerError::UnitChanged { .. })), "two units of one series");
}

#[test]
fn a_repeat_is_found_behind_another_decision_of_the_same_instant() {
    let (_folder, mut store) = fresh();
    let other = Determination { index: Some(("232.5".into(), "mm".into())), ..season() };
    let earlier = season().determined_at - chrono::TimeDelta::hours(1);
    store.append(one(Determination { determined_at: earlier, as_of: earlier, ..season() })).expect("written");
    for (said, number) in [(season(), 2), (other.clone(), 3)] {
        let written = store.append(one(said)).expect("written").0[0].clone();
        assert_eq!((written.seq, written.new), (number, true));
    }
    for (said, number) in [(season(), 2), (other, 3)] {
        let written = store.append(one(said)).expect("a repeat").0[0].clone();
        assert_eq!((written.seq, written.new), (number, false));
    }
}

#[test]
fn a_full_disk_is_rolled_back_and_the_store_goes_on() {
    let (_folder, mut store) = fresh();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a number");
    let most = |pages: i64| {
        let text = format!("PRAGMA max_page_count = {pages}");
        store.connection.query_row(&text, [], |row| row.get::<_, i64>(0)).expect("a number")
    };
    assert_eq!(most(pages + 2), pages + 2);
    let mut large = note("note/1", "before the evidence does not fit");
    large.evidence(vec![7; 100_000]);
    assert!(matches!(store.append(large.clone()), Err(LedgerError::DiskFull)));
    store.append(note("note/2", "small")).expect("what fits is written");
    assert_eq!(store.newest().expect("readable"), 1);
    store.connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).expect("set");
    store.append(large).expect("there is room again");
    Reader::open(store.path()).expect("a ledger").verify().expect("whole");
}

#[test]
fn after_a_failed_commit_the_store_refuses_all_work() {
    let (_folder, mut store) = fresh();
    store.connection.commit_hook(Some(|| true)).expect("set");
    assert!(matches!(store.append(note("note/1", "a")), Err(LedgerError::OutcomeUnknown(_))));
    store.connection.commit_hook(None::<fn() -> bool>).expect("set");
    assert!(matches!(store.append(note("note/1", "a")), Err(LedgerError::OutcomeUnknown(_))));
    let path = store.path().to_owned();
    drop(store);
    let mut store = Store::open(&path).expect("opened again");
    assert!(store.append(note("note/1", "a")).expect("by its key it is not there").0[0].new);
}

#[test]
fn somebody_elses_lock_is_waited_for_and_then_reported() {
    let (_folder, mut store) = fresh();
    store.connection.busy_timeout(std::time::Duration::from_millis(1)).expect("set");
    let other = Connection::open(store.path()).expect("a ledger");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    assert!(matches!(store.append(note("note/1", "a")), Err(LedgerError::Busy)));
    drop(other);
    store.append(note("note/1", "a")).expect("free again");
}
