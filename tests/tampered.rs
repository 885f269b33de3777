//! A signed ledger whose file was changed by whoever can write it: each change is named, or it is shown that nothing that
//! is read has changed. docs/integrity.md has the figures of 10,000.
//!
//! `cargo test` makes some hundred changes; `FAIRGAUGE_TAMPER=10000` as many.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/forge.rs"]
mod forge;
#[path = "support/signed.rs"]
mod signed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use dice::Dice;
use fairgauge::ledger::merkle::Checkpoint;
use fairgauge::ledger::{OpenError, Reader, State, Store};
use forge::forge;
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use signed::{at, determined, key, ledger, note, readings, signing, unpublished};

/// How many changes `cargo test` makes.
const FEW: usize = 200;

/// A ledger of all kinds of rows, as it was after each of its lives, and the checkpoint that somebody kept.
struct World {
    folder: tempfile::TempDir,
    /// The file's bytes: the oldest first, the ledger itself last.
    lives: Vec<Vec<u8>>,
    kept: Checkpoint,
    high_water: Vec<u8>,
    read: BTreeMap<String, Vec<String>>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        let signing = signing(folder.path());
        let mut lives = Vec::new();
        for life in 0..3 {
            let mut store = if life == 0 {
                Store::create_signed(&path, at(0), &signing).unwrap()
            } else {
                Store::open_signed(&path, at(0), &signing).unwrap()
            };
            for n in 0..70 {
                store.append(note(1_000 * life + n)).unwrap();
            }
            for n in 0..12 {
                let hour = i64::try_from(50 * life + n).unwrap();
                store.append(readings(1 + hour, 1)).unwrap();
                let said = [(State::Interim, 1, 5, 0), (State::Provisional, 0, 9, 0), (State::Final, 0, 20, 5)];
                let (state, number, minor, advance) = said[n % 3];
                store.append(determined(&format!("P-{life}-{}", n / 3), state, number, minor, advance)).unwrap();
            }
            store.close().unwrap();
            lives.push(std::fs::read(&path).unwrap());
        }
        let high_water = std::fs::read(&signing.high_water).unwrap();
        let kept = Checkpoint::read(std::str::from_utf8(&high_water).unwrap()).unwrap();
        assert!(kept.size > 256, "there is a tile");
        let read = everything(&path).unwrap();
        Self { folder, lives, kept, high_water, read }
    }

    fn bytes(&self) -> &[u8] {
        self.lives.last().unwrap()
    }
}

/// Everything that SQLite reads of a file: the settings in its header, the schema, each row of each table in its order.
fn everything(path: &Path) -> rusqlite::Result<BTreeMap<String, Vec<String>>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let list = |query: &str| -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(query)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let value = |column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => "-".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => format!("{number:?}"),
                    ValueRef::Text(text) | ValueRef::Blob(text) => format!("{text:?}"),
                })
            };
            let values: Vec<_> = (0..columns).map(value).collect::<rusqlite::Result<_>>()?;
            lines.push(values.join("|"));
        }
        Ok(lines)
    };
    let mut all = BTreeMap::new();
    for pragma in ["application_id", "user_version", "encoding", "journal_mode", "integrity_check"] {
        all.insert(pragma.to_owned(), list(&format!("PRAGMA {pragma}"))?);
    }
    all.insert("schema".to_owned(), list("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?);
    for table in list("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")? {
        let bytes: Vec<u8> = table.trim_matches(['[', ']']).split(", ").map(|byte| byte.parse().unwrap()).collect();
        let name = String::from_utf8(bytes).unwrap();
        let rows = list(&format!("SELECT * FROM {name}"))?;
        all.insert(name, rows);
    }
    Ok(all)
}

/// Somebody's change of a file.
#[derive(Debug)]
enum Edit {
    Bit(usize, u8),
    Bytes(usize, Vec<u8>),
    /// Two pages change places.
    Pages(usize, usize),
    /// The file ends there.
    Cut(usize),
    /// By a SQLite tool, the triggers dropped and made again.
    Sql(String),
    /// An older file, with and without the high-water file of its time.
    Older(usize),
}

const PAGE: usize = 4096;

fn edit(world: &World, dice: &mut Dice) -> Edit {
    let length = world.bytes().len();
    match dice.below(10) {
        0..4 => Edit::Bit(dice.below(length), 1 << dice.below(8)),
        4 | 5 => {
            let bytes = (0..1 + dice.below(16)).map(|_| u8::try_from(dice.below(256)).unwrap()).collect::<Vec<_>>();
            Edit::Bytes(dice.below(length - bytes.len()), bytes)
        }
        6 => match dice.below(4) {
            0 => Edit::Pages(dice.below(length / PAGE), dice.below(length / PAGE)),
            1 => Edit::Cut(1 + dice.below(length - 1)),
            _ => Edit::Older(dice.below(world.lives.len() - 1)),
        },
        _ => Edit::Sql(sql(world, dice)),
    }
}

/// What a person with a SQLite tool may do.
fn sql(world: &World, dice: &mut Dice) -> String {
    let entries = usize::try_from(world.kept.size).unwrap();
    let (seq, other) = (dice.below(entries), dice.below(entries));
    let of = |table: &str, dice: &mut Dice| format!("(SELECT rowid FROM {table} LIMIT 1 OFFSET {})", dice.below(60));
    let listed = |dice: &mut Dice| format!("(SELECT seq FROM listed LIMIT 1 OFFSET {})", dice.below(60));
    let objects: Vec<_> = world.read["schema"].iter().map(|line| text(line.split('|').nth(1).unwrap())).collect();
    match dice.below(25) {
        0 => format!("UPDATE ledger SET body = replace(body, '\"amount_minor\":', '\"amount_minor\":1') WHERE seq = {seq} AND body LIKE '%amount_minor%'; UPDATE ledger SET body = body || ' ' WHERE seq = {seq} AND body NOT LIKE '%amount_minor%'"),
        1 => format!("UPDATE ledger SET leaf = zeroblob(32) WHERE seq = {seq}"),
        2 => format!("DELETE FROM ledger WHERE seq = {seq}"),
        3 => format!("DELETE FROM ledger WHERE seq >= {}", 1 + seq.min(entries - 2)),
        4 => format!(
            "PRAGMA ignore_check_constraints = ON; CREATE TEMP TABLE one AS SELECT body, leaf FROM ledger WHERE seq = {seq};
             CREATE TEMP TABLE two AS SELECT body, leaf FROM ledger WHERE seq = {other};
             DROP INDEX ledger_key;
             UPDATE ledger SET (body, leaf) = (SELECT * FROM two) WHERE seq = {seq};
             UPDATE ledger SET (body, leaf) = (SELECT * FROM one) WHERE seq = {other};
             CREATE UNIQUE INDEX ledger_key ON ledger (key)"
        ),
        5 => format!(
            "INSERT INTO ledger (seq, body, leaf) SELECT {entries}, json_set(body, '$.seq', {entries}, '$.key', 'note/forged'), leaf FROM ledger WHERE seq = {seq}"
        ),
        6 => format!("UPDATE observation SET value_micro = value_micro + 1 WHERE entry = (SELECT entry FROM observation LIMIT 1 OFFSET {})", dice.below(100)),
        7 => format!("DELETE FROM observation WHERE entry = (SELECT entry FROM observation LIMIT 1 OFFSET {})", dice.below(100)),
        8 => format!("UPDATE observation SET start_s = start_s - 1 WHERE entry = (SELECT entry FROM observation LIMIT 1 OFFSET {})", dice.below(100)),
        9 => format!("UPDATE evidence SET bytes = CAST('other' AS BLOB) WHERE rowid = {}", of("evidence", dice)),
        10 => "UPDATE series SET station = 'LGA'".to_owned(),
        11 => format!("UPDATE tile SET hash = zeroblob(32) WHERE level = {}", 1 + dice.below(1)),
        12 => "DELETE FROM tile".to_owned(),
        13 => format!("UPDATE checkpoint SET root = zeroblob(32) WHERE rowid = {}", of("checkpoint", dice)),
        14 => format!("UPDATE checkpoint SET note = replace(note, 'w', 'v') WHERE rowid = {}", of("checkpoint", dice)),
        15 => format!("DELETE FROM checkpoint WHERE size >= {}", 3 + dice.below(60)),
        16 | 17 => {
            let name = dice.of(&objects);
            let kind = world.read["schema"].iter().find(|line| text(line.split('|').nth(1).unwrap()) == *name).unwrap();
            format!("PRAGMA foreign_keys = OFF; -- for good\nDROP {} \"{name}\"", text(kind.split('|').next().unwrap()))
        }
        18 => "CREATE TABLE more (a)".to_owned(),
        19 => "-- for good\nDROP VIEW payout; CREATE VIEW payout AS SELECT * FROM determination".to_owned(),
        20 => format!("UPDATE poll SET heard_until_ms = heard_until_ms + 1000 WHERE at_ms = (SELECT at_ms FROM poll LIMIT 1 OFFSET {})", dice.below(100)),
        21 => format!("UPDATE listed SET {} WHERE seq = {}", dice.of(&["outcome = 'other'", "book = 'other'", "policy = 'other'", "period_end = '1999-01-01'", "seq = seq + 100000"]), listed(dice)),
        22 => format!("DELETE FROM listed WHERE seq = {}", listed(dice)),
        23 => format!(
            "INSERT INTO listed SELECT 'other', at, seq, kind, policy, product, cover, period_start, period_end, outcome FROM listed WHERE seq = {}",
            listed(dice)
        ),
        _ => format!("-- for good\nDROP TRIGGER {}", dice.of(&["ledger_update", "ledger_delete", "checkpoint_delete", "evidence_update"])),
    }
}

/// The text of a value in [`everything`].
fn text(bytes: &str) -> String {
    let bytes: Vec<u8> = bytes.trim_matches(['[', ']']).split(", ").map(|byte| byte.parse().unwrap()).collect();
    String::from_utf8(bytes).unwrap()
}

fn apply(world: &World, edit: &Edit, path: &Path) {
    let mut bytes = world.bytes().to_vec();
    match edit {
        Edit::Bit(place, bit) => bytes[*place] ^= bit,
        Edit::Bytes(place, new) => bytes[*place..place + new.len()].copy_from_slice(new),
        Edit::Pages(one, other) => (0..PAGE).for_each(|byte| bytes.swap(one * PAGE + byte, other * PAGE + byte)),
        Edit::Cut(length) => bytes.truncate(*length),
        Edit::Older(life) => bytes.clone_from(&world.lives[*life]),
        Edit::Sql(_) => {}
    }
    std::fs::write(path, bytes).unwrap();
    if let Edit::Sql(sql) = edit {
        if sql.contains("-- for good") {
            let _ = Connection::open(path).unwrap().execute_batch(sql);
            return;
        }
        // What the tables' own rules refuse is refused: then nothing is changed.
        forge(path, |connection| drop(connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}"))));
    }
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// `verify` names it.
    Named,
    /// It is named by a checkpoint that somebody kept, or by the high-water file.
    NamedByWhatWasKept,
    /// SQLite reads from the file what it read before: a free part of a page, or a count that nobody uses.
    NothingRead,
    /// The change was refused by the rules of the tables, and nothing is changed.
    Refused,
    /// Checkpoints were taken away, and whoever opens the ledger signs its state again, to the same bytes.
    SignedAgain,
    /// Something changed for which the ledger does not vouch: polls, and what was spent of quotas.
    Outside,
}

/// What does not go into the log: our own word of how feeds did.
const OUTSIDE: [&str; 2] = ["poll", "spent"];

fn judge(world: &World, edit: &Edit, path: &Path) -> Result<Found, String> {
    apply(world, edit, path);
    let vkey = key(1).public();
    let verified = Reader::open(path).and_then(|reader| reader.verify_against(Some(&vkey), &[]));
    if let Err(error) = verified {
        return names(world, edit, path, &error).map(|()| Found::Named);
    }
    let kept = Reader::open(path).and_then(|reader| reader.verify_against(Some(&vkey), &[&world.kept]));
    let signing = unpublished(path, 1);
    std::fs::write(&signing.high_water, &world.high_water).unwrap();
    let read = everything(path).map_err(|error| format!("verified, and not readable: {error}"))?;
    let opened = Store::open_signed(path, at(0), &signing).map(drop);
    match (kept, opened) {
        (Err(_), Err(_)) => return Ok(Found::NamedByWhatWasKept),
        (Ok(_), Ok(())) => {}
        (kept, opened) => return Err(format!("one names it, one does not: {kept:?}, {opened:?}")),
    }
    let changed: Vec<_> = world.read.iter().filter(|(name, rows)| read.get(*name) != Some(rows)).collect();
    if read["checkpoint"].len() < world.read["checkpoint"].len() {
        let again = everything(path).map_err(|error| error.to_string())?;
        let same = |what: &str| again[what] == world.read[what];
        let last = again["checkpoint"].last() == world.read["checkpoint"].last();
        let whole = last && same("payout") && same("ledger") && same("schema");
        return if whole { Ok(Found::SignedAgain) } else { Err("not signed again as it was".to_owned()) };
    }
    let extra = read.keys().any(|name| !world.read.contains_key(name));
    if extra || changed.iter().any(|(name, _)| !OUTSIDE.contains(&name.as_str())) {
        let names: Vec<_> = changed.iter().map(|(name, _)| name).collect();
        return Err(format!("not named, and changed: {names:?}"));
    }
    Ok(match (changed.is_empty(), edit) {
        (false, _) => Found::Outside,
        (true, Edit::Sql(_)) => Found::Refused,
        (true, _) => Found::NothingRead,
    })
}

/// Where an entry's bytes were changed, its number is named.
fn names(world: &World, edit: &Edit, path: &Path, error: &OpenError) -> Result<(), String> {
    let says = error.to_string();
    if !says.contains(path.to_str().unwrap()) {
        return Err(format!("it does not say where: {says}"));
    }
    let OpenError::Altered { seq, .. } = error else { return Ok(()) };
    let now = rows(path);
    let before = &world.read["ledger"];
    let first = before.iter().zip(&now).position(|(before, now)| before != now);
    let first = first.or((now.len() > before.len()).then_some(before.len()));
    if first.and_then(|first| i64::try_from(first).ok()) == Some(*seq) {
        return Ok(());
    }
    Err(format!("{edit:?}: entry {first:?} is the first that changed, {seq} was named"))
}

fn rows(path: &Path) -> Vec<String> {
    everything(path).map(|mut all| all.remove("ledger").unwrap_or_default()).unwrap_or_default()
}

#[test]
fn d09_each_change_of_the_file_is_named_or_changes_nothing_that_is_read() {
    let world = World::new();
    let count = std::env::var("FAIRGAUGE_TAMPER").map_or(FEW, |count| count.parse().unwrap());
    let mut dice = Dice(19_130_401);
    // What once went unnamed comes first.
    let unnamed = [(47_894, 128), (48_731, 8), (48_388, 128), (49_027, 2), (49_001, 32)];
    let unnamed = unnamed.into_iter().map(|(place, bit)| Edit::Bit(place, bit));
    let edits: Vec<_> = unnamed.chain((0..count).map(|_| edit(&world, &mut dice))).collect();
    let (found, wrong) = (Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        for (worker, edits) in edits.chunks(edits.len().div_ceil(workers)).enumerate() {
            let (world, found, wrong) = (&world, &found, &wrong);
            scope.spawn(move || {
                for (number, edit) in edits.iter().enumerate() {
                    let path: PathBuf = world.folder.path().join(format!("edit-{worker}-{number}.sqlite"));
                    match judge(world, edit, &path) {
                        Ok(what) => *found.lock().unwrap().entry(what).or_insert(0) += 1,
                        Err(error) => wrong.lock().unwrap().push(format!("{edit:?}: {error}")),
                    }
                    for rest in ["", "-wal", "-shm", ".lock"] {
                        let _ = std::fs::remove_file(format!("{}{rest}", path.display()));
                    }
                }
            });
        }
    });
    let (found, wrong) = (found.into_inner().unwrap(), wrong.into_inner().unwrap());
    println!("{count} changes: {found:?}");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(
        found[&Found::Named] > count / 2
            && found[&Found::NothingRead] < count / 3
            && found[&Found::NamedByWhatWasKept] > 0,
        "{found:?}"
    );
}
