//! What goes wrong with the file and its folder, and with its form: the cases of docs/faults.md.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::determination::tests::{ended, interim, paid, restated, season};
use super::log_size::LogSize;
use super::observed::tests::{observed, rain};
use super::store::tests::{at, poll};
use super::world::{World, determined, note};
use super::{
    Batch, Determination, Entry, Filter, Kind, Reader, Restore, Signing, Store, back_up, file, policy_entry, repair,
};

/// The file and its log as a power cut leaves them, while the store goes on in memory.
fn cut(world: &World) -> (Vec<u8>, Vec<u8>) {
    (fs::read(world.path()).expect("there"), fs::read(world.at("ledger.db-wal")).expect("there"))
}

#[test]
fn d11_a_log_that_was_removed_takes_signed_entries_with_it() {
    let world = World::new();
    let mut store = world.create();
    store.append(determined()).expect("written");
    let (file, log) = cut(&world);
    drop(store);
    fs::write(world.path(), &file).expect("put back");
    let _ = fs::remove_file(world.at("ledger.db-wal"));
    let error = world.refused();
    assert!(error.contains("5 were signed") && error.contains("old copy"), "{error}");
    for rest in ["ledger.db-wal", "ledger.db-shm"] {
        let _ = fs::remove_file(world.at(rest));
    }
    fs::write(world.path(), &file).expect("put back");
    fs::write(world.at("ledger.db-wal"), &log).expect("put back");
    let store = world.open().expect("with its log it is whole");
    assert_eq!(store.newest().expect("readable"), 4);
}

#[test]
fn d11_a_log_alone_is_not_played_into_a_new_ledger() {
    let world = World::new();
    let mut store = world.create();
    store.append(determined()).expect("written");
    let (_, log) = cut(&world);
    drop(store);
    fs::remove_file(world.path()).expect("gone");
    fs::write(world.at("ledger.db-wal"), &log).expect("put back");
    fs::remove_file(&world.signing.high_water).expect("gone");
    let error = Store::create_signed(&world.path(), at(), &world.signing).expect_err("refused").to_string();
    assert!(error.contains("ledger.db-wal is the log of a ledger that is not there"), "{error}");
    assert!(fs::read(world.at("ledger.db-wal")).expect("there") == log, "it is kept");
}

#[test]
fn d11_a_log_of_an_earlier_day_leaves_the_file_as_it_is_or_is_refused() {
    let world = World::new();
    let mut store = world.create();
    store.append(note("one")).expect("written");
    let (_, log) = cut(&world);
    store.close().expect("closed");
    let mut store = world.open().expect("opened");
    store.append(determined()).expect("written");
    store.close().expect("closed");
    fs::write(world.at("ledger.db-wal"), &log).expect("put back alone");
    match world.open() {
        Ok(store) => {
            assert_eq!(store.newest().expect("readable"), 5, "its frames are not those of the file");
            drop(store);
            world.reader().verify().expect("whole");
        }
        Err(error) => {
            let error = error.to_string();
            assert!(error.contains("were signed") || error.contains("damaged") || error.contains("altered"), "{error}");
        }
    }
}

#[test]
fn d13_a_folder_into_which_everybody_writes_is_refused_with_its_mode() {
    let world = World::new();
    world.create().close().expect("closed");
    let folder = world.folder.path();
    for (mode, is_refused) in [(0o777, true), (0o702, true), (0o1777, false), (0o755, false), (0o700, false)] {
        fs::set_permissions(folder, Permissions::from_mode(mode)).expect("set");
        match world.open() {
            Ok(_) => assert!(!is_refused, "{mode:o}"),
            Err(error) => {
                let error = error.to_string();
                let says = format!("everybody can write into {} (mode {mode:04o})", folder.display());
                assert!(is_refused && error.contains(&says) && error.contains("0700"), "{mode:o}: {error}");
            }
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(0o777)).expect("set");
    let other = Signing { high_water: world.at("other"), ..world.signing.clone() };
    assert!(Store::create_signed(&world.at("new.db"), at(), &other).is_err() && !world.at("new.db").exists());
    Store::create(&world.at("unsigned.db"), "replay", at()).expect("what is not signed may stand anywhere");
}

#[test]
fn d13_a_high_water_file_that_cannot_be_written_is_told_at_the_start() {
    let world = World::new();
    world.create().close().expect("closed");
    let moved = |path: PathBuf| Signing { high_water: path, ..world.signing.clone() };
    // No file can be made in this folder, not even by root.
    let error = Store::open_signed(&world.path(), at(), &moved("/proc/self/high-water".into())).expect_err("refused");
    let error = error.to_string();
    assert!(error.contains("/proc/self/high-water cannot be written"), "{error}");
    let error = Store::open_signed(&world.path(), at(), &moved(world.at("nowhere/high-water"))).expect_err("refused");
    let error = error.to_string();
    assert!(error.contains("the folder of") && error.contains("nowhere/high-water"), "{error}");
}

#[test]
fn d13_a_ledger_that_may_not_be_written_is_told_with_its_path() {
    let world = World::new();
    world.create().close().expect("closed");
    let lock = world.at("ledger.db.lock");
    let _ = fs::remove_file(&lock);
    fs::create_dir(&lock).expect("in the way");
    let error = world.refused();
    assert!(error.contains("ledger.db.lock cannot be written") && error.contains("its folder"), "{error}");
}

fn with_evidence() -> (World, i64) {
    let world = World::new();
    let mut store = world.create();
    let mut batch = poll();
    let terms = batch.evidence(*b"[product]");
    batch.entry(policy_entry("NY-001", "leafy-greens@1", terms, &[], at()));
    batch.determine(season());
    let seq = store.append(batch).expect("written").0.last().expect("a determination").seq;
    store.close().expect("closed");
    (world, seq)
}

/// What is said of a ledger whose evidence was forged.
fn forged(world: &World, sql: &str) -> String {
    world.forge(sql);
    world.reader().verify().expect_err("found").to_string()
}

#[test]
fn d14_a_feeds_body_that_is_missing_is_named_and_the_determination_is_proved_all_the_same() {
    let (world, seq) = with_evidence();
    let error = forged(&world, "DELETE FROM evidence WHERE bytes <> CAST('[product]' AS BLOB)");
    assert!(error.contains("the evidence ") && error.contains(" of entry 2 is missing"), "{error}");
    let reader = world.reader();
    let (size, note) = reader.newest_checkpoint().expect("read").expect("signed");
    let (body, path) = reader.proved(seq, size).expect("proved");
    let proof = super::merkle::Proof { index: u64::try_from(seq).expect("small"), path, note };
    proof.verify(&super::leaf(&body), &world.signing.key.public()).expect("it is in the log");
    world.open().expect("and the daemon goes on");
}

#[test]
fn d14_a_term_sheet_that_is_missing_is_named_with_its_policy() {
    let (world, _) = with_evidence();
    let error = forged(&world, "DELETE FROM evidence WHERE bytes = CAST('[product]' AS BLOB)");
    assert!(error.contains(" of entry 3 is missing"), "{error}");
}

#[test]
fn d14_evidence_that_was_altered_is_named() {
    let (world, _) = with_evidence();
    let name = super::hex(&super::sha256(b"[product]"));
    let error =
        forged(&world, "UPDATE evidence SET bytes = CAST('[forged]' AS BLOB) WHERE bytes = CAST('[product]' AS BLOB)");
    assert!(error.contains(&format!("the evidence {name} was altered")), "{error}");
    let (high_water, copy) = (&world.signing.high_water, world.at("copy.db"));
    assert!(back_up(&world.path(), high_water, &copy, false).is_err() && !copy.exists(), "it gives no backup either");
}

/// Readings that fill some pages.
fn pages(day: i64) -> Batch {
    let mut batch = Batch::new();
    batch.evidence(day.to_be_bytes().repeat(1_000));
    batch
}

#[test]
fn d17_a_reader_of_an_old_state_lets_the_log_grow_and_that_is_said() {
    let world = World::new();
    let store = Store::create(&world.path(), "fairgauge", at()).expect("a new ledger");
    store.close().expect("closed");
    let writer = Connection::open(world.path()).expect("a ledger");
    let mut size = LogSize::at_most(64 << 10, &world.path(), &writer).expect("set");
    let reader = Connection::open(world.path()).expect("a ledger");
    reader.execute_batch("BEGIN; SELECT count(*) FROM ledger").expect("a state is read");
    let mut said = Vec::new();
    let mut fill = |from: i64, writer: &Connection, size: &mut LogSize| {
        for day in from..from + 80 {
            let insert = "INSERT INTO evidence (sha256, bytes) VALUES (?1, ?2)";
            let bytes = day.to_be_bytes().repeat(1_000);
            writer.execute(insert, rusqlite::params![super::sha256(&bytes), bytes]).expect("written");
            size.look(writer);
            said.push(size.said());
        }
    };
    fill(0, &writer, &mut size);
    assert!(size.said().is_some(), "it is said");
    let large = fs::metadata(world.at("ledger.db-wal")).expect("there").len();
    reader.execute_batch("COMMIT").expect("the reader is done");
    fill(100, &writer, &mut size);
    let small = fs::metadata(world.at("ledger.db-wal")).expect("there").len();
    assert!(small < large, "it was begun anew: {large}, {small}");
    assert_eq!(size.said(), None, "it is well again");
    said.dedup();
    let told: Vec<u64> = said.into_iter().flatten().collect();
    assert!(told.len() > 2 && told[0] > 64 << 10, "{told:?}");
    assert!(told.windows(2).all(|pair| pair[1] >= 2 * pair[0]), "again when it has doubled: {told:?}");
    assert!(large < 2 * told[told.len() - 1], "and each time: {told:?}, {large}");
}

#[test]
fn d17_without_a_reader_the_log_stays_small_and_nothing_is_said() {
    let world = World::new();
    Store::create(&world.path(), "fairgauge", at()).expect("a new ledger").close().expect("closed");
    let writer = Connection::open(world.path()).expect("a ledger");
    LogSize::of(&world.path(), &writer).expect("set");
    let limit: i64 = writer.pragma_query_value(None, "journal_size_limit", |row| row.get(0)).expect("read");
    assert_eq!(limit, 67_108_864, "64 MiB, where nothing else is said");
    let most = 256 << 10;
    let mut size = LogSize::at_most(most, &world.path(), &writer).expect("set");
    for day in 0..200_i64 {
        let bytes = day.to_be_bytes().repeat(1_000);
        let insert = "INSERT INTO evidence (sha256, bytes) VALUES (?1, ?2)";
        writer.execute(insert, rusqlite::params![super::sha256(&bytes), bytes]).expect("written");
        size.look(&writer);
        assert_eq!(size.said(), None);
    }
    assert!(fs::metadata(world.at("ledger.db-wal")).expect("there").len() < 2 * most, "1.6 MB were written");
}

#[test]
fn d17_commits_do_not_wait_for_a_reader_nor_for_a_backup() {
    let world = World::new();
    let mut store = world.create();
    let reader = Connection::open(world.path()).expect("a ledger");
    reader.execute_batch("BEGIN; SELECT count(*) FROM ledger").expect("a state is read");
    for day in 0..50 {
        store.append(pages(day)).expect("written");
    }
    store.append(determined()).expect("written");
    let made = back_up(&world.path(), &world.signing.high_water, &world.at("copy.db"), false).expect("copied");
    assert_eq!(made.state.size, 5);
    let seen: i64 = reader.query_row("SELECT count(*) FROM ledger", [], |row| row.get(0)).expect("read");
    assert_eq!(seen, 2, "the reader sees what it saw");
}

/// A ledger of a newer program, whose pages a reader or writer must not touch.
fn newer() -> (World, Vec<u8>) {
    let world = World::new();
    world.create().close().expect("closed");
    let raw = Connection::open(world.path()).expect("a ledger");
    raw.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99").expect("set");
    drop(raw);
    let bytes = fs::read(world.path()).expect("there");
    (world, bytes)
}

fn stays(world: &World, before: &[u8], error: &str) {
    assert!(error.contains("has form 99") && error.contains("use the newer program"), "{error}");
    assert!(fs::read(world.path()).expect("there") == before, "no byte was written");
    for rest in ["-wal", "-shm", "-journal", ".new"] {
        assert!(!file::beside(&world.path(), rest).exists(), "{rest}");
    }
}

#[test]
fn p12_a_newer_ledger_is_not_opened_by_the_daemon_nor_by_a_reader() {
    let (world, before) = newer();
    stays(&world, &before, &world.refused());
    stays(&world, &before, &Store::open(&world.path()).expect_err("refused").to_string());
    stays(&world, &before, &Reader::open(&world.path()).expect_err("refused").to_string());
}

#[test]
fn p12_a_newer_ledger_gives_no_backup_and_is_not_repaired() {
    let (world, before) = newer();
    let copy = world.at("copy.db");
    let error = back_up(&world.path(), &world.signing.high_water, &copy, false).expect_err("refused").to_string();
    stays(&world, &before, &error);
    stays(&world, &before, &repair(&world.path(), &world.signing.high_water).expect_err("refused").to_string());
    assert!(!copy.exists());
}

#[test]
fn p12_a_newer_backup_is_not_restored() {
    let (world, before) = newer();
    let (ledger, key) = (world.at("restored.db"), world.signing.key.public());
    let restore = Restore {
        backup: &world.path(),
        ledger: &ledger,
        high_water: &world.signing.high_water,
        key: Some(&key),
        checkpoints: &[],
        entries: None,
        evidence: &[],
        nobody_knows_more: false,
        at: at(),
    };
    stays(&world, &before, &restore.run().expect_err("refused").to_string());
    stays(&world, &before, &restore.begin_anew("other.example/log", true).expect_err("refused").to_string());
    assert!(!ledger.exists());
}

/// An entry of every kind that people and programs write, with readings, evidence, polls and what was spent.
fn of_every_kind(path: &Path) -> i64 {
    let mut store = Store::create(path, "example.org/ledger", at()).expect("a new ledger");
    let mut batch = poll();
    batch.observe(observed("2013-05-02T00:00:00.000Z", vec![rain("LGA", 5, Some("1.5")), rain("LGA", 6, None)]));
    let terms = batch.evidence(*b"[product]");
    batch.entry(policy_entry("NY-001", "leafy-greens@1", terms, &[("acres".into(), "3".into())], at()));
    batch.spend("host.example", at());
    batch.determine(season());
    batch.determine(paid(113_850));
    batch.determine(restated(100_000, 113_850));
    for kind in [Kind::Source, Kind::Hold, Kind::Release, Kind::Void, Kind::Config, Kind::Note] {
        batch.entry(Entry::new(kind, format!("{}/1", kind.word()), at()).text("policy", "NY-001"));
    }
    store.append(batch).expect("written");
    let mut batch = Batch::new();
    let other = |determination: Determination| Determination { policy: "NY-002".into(), ..determination };
    batch.determine(other(interim(1, 5_000, 0)));
    batch.determine(other(ended(113_850, 5_000)));
    let last = store.append(batch).expect("written").0.last().expect("an end").seq;
    // A full tile.
    let mut batch = Batch::new();
    for number in 0..300 {
        batch.entry(Entry::new(Kind::Note, format!("note/more/{number}"), at()));
    }
    store.append(batch).expect("written");
    store.close().expect("closed");
    last
}

/// The same rows in a ledger of an earlier form: what that form could hold.
fn of_form(form: i64, newest: &Path, path: &Path) {
    let raw = Connection::open(path).expect("made");
    raw.pragma_update(None, "application_id", 0x4F52_434C).expect("set");
    file::migrate_to(&raw, path, 0, form).expect("migrated");
    raw.execute("ATTACH ?1 AS newest", [newest.to_str().expect("text")]).expect("attached");
    // Payments in advance came with form 2, hashes of tiles with form 4. Numbers have no gaps: the entries end before.
    let upto = if form < 2 { "WHERE seq < (SELECT min(seq) FROM newest.ledger WHERE kind = 'interim')" } else { "" };
    raw.execute_batch(&format!(
        "INSERT INTO ledger (seq, body, leaf) SELECT seq, body, leaf FROM newest.ledger {upto} ORDER BY seq"
    ))
    .expect("copied");
    let columns = |schema: &str, table: &str| -> Vec<String> {
        let query = format!("SELECT name FROM {schema}.pragma_table_info('{table}')");
        let query = query.replace(&format!("{schema}.pragma"), "pragma").replace("')", &format!("', '{schema}')"));
        let mut statement = raw.prepare(&query).expect("read");
        statement.query_map([], |row| row.get(0)).expect("read").collect::<Result<_, _>>().expect("read")
    };
    for table in ["evidence", "series", "observation", "poll", "spent", "tile"] {
        let here = columns("main", table);
        let shared: Vec<_> = columns("newest", table).into_iter().filter(|column| here.contains(column)).collect();
        if !shared.is_empty() {
            let shared = shared.join(", ");
            raw.execute_batch(&format!("INSERT INTO main.{table} ({shared}) SELECT {shared} FROM newest.{table}"))
                .expect("copied");
        }
    }
}

#[test]
fn a_ledger_of_every_earlier_form_is_copied_brought_up_to_date_signed_and_whole() {
    let world = World::new();
    let newest = world.at("newest.db");
    let last = of_every_kind(&newest);
    let payouts = |path: &Path| Reader::open(path).expect("a ledger").payouts(&Filter::default()).expect("readable");
    for form in 1..=file::newest_form() {
        let path = world.at(&format!("form-{form}.db"));
        of_form(form, &newest, &path);
        let high_water = world.at(&format!("high-water-{form}"));
        let before = fs::read(&path).expect("there");
        let made = back_up(&path, &high_water, &world.at(&format!("copy-{form}.db")), false).expect("copied as it is");
        let reader = Reader::open(&path);
        if form < file::newest_form() {
            let error = reader.expect_err("a reader changes nothing").to_string();
            assert!(error.contains(&format!("has form {form}")), "{error}");
        }
        assert!(fs::read(&path).expect("there") == before, "form {form}: no byte was written");
        let signing = Signing { high_water, ..world.signing.clone() };
        let now: DateTime<Utc> = at() + TimeDelta::days(1);
        Store::open_signed(&path, now, &signing).expect("brought up to date").close().expect("closed");
        let reader = Reader::open(&path).expect("a ledger");
        let verified = reader.verify_against(Some(&signing.key.public()), &[&made.state]).expect("whole");
        let entries = i64::try_from(made.state.size).expect("few");
        assert_eq!((verified.entries, verified.checkpoints), (entries + 1, 1), "form {form}: the key came");
        assert_eq!((verified.observations, verified.evidence), (4, 2), "form {form}");
        assert!(if form < 2 { entries < last } else { entries > last + 300 });
        let mut wanted = payouts(&newest);
        wanted.retain(|row| form >= 2 || row.policy == "NY-001");
        assert_eq!(payouts(&path), wanted, "form {form}");
        // And its copy, restored, is the same ledger.
        let (restored, copy) = (world.at(&format!("restored-{form}.db")), world.at(&format!("copy-{form}.db")));
        let restore = Restore {
            backup: &copy,
            ledger: &restored,
            high_water: &world.at(&format!("other-{form}")),
            key: None,
            checkpoints: &[],
            entries: None,
            evidence: &[],
            nobody_knows_more: false,
            at: at(),
        };
        restore.run().expect("restored");
        assert_eq!(payouts(&restored), wanted, "form {form}");
    }
}
