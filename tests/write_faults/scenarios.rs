//! What is done to a ledger while it is killed or its disk fails: each scenario makes the same ledger each time, and run
//! again it goes on where it was.

use std::path::Path;

use fairgauge::ledger::{Batch, LedgerError, OpenError, Signing, State, Store};

use crate::signed::{at, determined, key, ledger, note, readings, signing};

/// Something that is done, and the state in which it begins.
pub struct Scenario {
    pub name: &'static str,
    /// Makes what is there before.
    pub prepare: fn(&Path),
    /// Does it, or what is left of it, and says what can be relied on from then on.
    pub act: Act,
}

type Act = fn(&Path, &mut dyn FnMut(Ack)) -> Result<(), String>;

/// What whoever asked for it may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// So many entries are kept.
    Entries(i64),
    /// So many entries are signed.
    Signed(i64),
}

/// All of them.
pub const ALL: &[Scenario] = &[
    Scenario { name: "make", prepare: nothing, act: |folder, ack| steps(folder, ack, vec![]) },
    Scenario { name: "first key", prepare: unsigned, act: |folder, ack| steps(folder, ack, vec![note(9)]) },
    Scenario {
        name: "readings",
        prepare: some,
        act: |folder, ack| steps(folder, ack, (50..56).map(|hour| readings(hour, 3)).collect()),
    },
    Scenario {
        name: "determination",
        prepare: some,
        act: |folder, ack| {
            let said = [(State::Provisional, 0), (State::Provisional, 5), (State::Final, 7)];
            steps(folder, ack, said.map(|(state, minor)| determined("A-1", state, 0, minor, 0)).into())
        },
    },
    Scenario {
        name: "interim",
        prepare: some,
        act: |folder, ack| {
            let said = [(State::Interim, 1, 5, 0), (State::Interim, 2, 4, 5), (State::Final, 0, 20, 9)];
            let said = said.map(|(state, number, minor, advance)| determined("A-1", state, number, minor, advance));
            steps(folder, ack, said.into())
        },
    },
    Scenario { name: "rotation", prepare: some, act: rotate },
    Scenario { name: "migration", prepare: first_form, act: |folder, ack| steps(folder, ack, vec![note(9)]) },
    Scenario {
        name: "publishing",
        prepare: nearly_a_tile,
        act: |folder, ack| steps(folder, ack, (900..906).map(note).collect()),
    },
    Scenario { name: "closing", prepare: some, act: close_much },
    Scenario {
        name: "after a crash",
        prepare: crashed,
        // What the crash left is handed in again, as by who never heard that it was kept.
        act: |folder, ack| steps(folder, ack, vec![note(1), note(9), determined("A-9", State::Final, 0, 3, 0)]),
    },
    Scenario {
        name: "many small ones",
        prepare: nothing,
        act: |folder, ack| {
            let batches = (1..9).flat_map(|n| [readings(n, 1), determined(&format!("A-{n}"), State::Final, 0, n, 0)]);
            steps(folder, ack, batches.collect())
        },
    },
    Scenario {
        name: "a large batch",
        prepare: some,
        act: |folder, ack| {
            let mut batch = readings(90, 200);
            (0..40)
                .for_each(|n| batch.determine(crate::signed::determination(&format!("B-{n}"), State::Final, 0, n, 0)));
            batch.evidence(vec![7; 60_000]);
            steps(folder, ack, vec![batch])
        },
    },
];

/// Opens the ledger, or makes it, as the daemon does.
fn open(folder: &Path, signing: &Signing) -> Result<Store, OpenError> {
    match Store::open_signed(&ledger(folder), at(0), signing) {
        Err(OpenError::Missing(_)) => Store::create_signed(&ledger(folder), at(0), signing),
        opened => opened,
    }
}

/// What the writer's thread does: nobody goes on where the outcome is unknown. What failed otherwise is tried again, as
/// the next poll would.
fn keep(store: &mut Store, ack: &mut dyn FnMut(Ack), batch: &Batch) -> Result<(), String> {
    let mut tried = 0;
    loop {
        match store.append(batch.clone()) {
            Ok(_) => break,
            Err(error @ LedgerError::OutcomeUnknown(_)) => return Err(error.to_string()),
            Err(error) if tried == 2 => return Err(error.to_string()),
            Err(_) => tried += 1,
        }
    }
    ack(Ack::Entries(store.newest().map_err(|error| error.to_string())? + 1));
    Ok(())
}

fn close(store: Store, ack: &mut dyn FnMut(Ack)) -> Result<(), String> {
    let newest = store.newest().map_err(|error| error.to_string())?;
    store.close().map_err(|error| error.to_string())?;
    ack(Ack::Signed(newest + 1));
    Ok(())
}

fn steps(folder: &Path, ack: &mut dyn FnMut(Ack), batches: Vec<Batch>) -> Result<(), String> {
    let mut store = open(folder, &signing(folder)).map_err(|error| error.to_string())?;
    ack(Ack::Entries(store.newest().map_err(|error| error.to_string())? + 1));
    batches.iter().try_for_each(|batch| keep(&mut store, ack, batch))?;
    close(store, ack)
}

fn rotate(folder: &Path, ack: &mut dyn FnMut(Ack)) -> Result<(), String> {
    let second = Signing { key: key(2), ..signing(folder) };
    let mut store = match open(folder, &signing(folder)) {
        Ok(mut store) => {
            store.rotate(key(2), at(70)).map_err(|error| error.to_string())?;
            store
        }
        Err(OpenError::OtherKey { .. }) => open(folder, &second).map_err(|error| error.to_string())?,
        Err(error) => return Err(error.to_string()),
    };
    ack(Ack::Entries(store.newest().map_err(|error| error.to_string())? + 1));
    keep(&mut store, ack, &determined("A-1", State::Final, 0, 5, 0))?;
    close(store, ack)
}

/// Readings wait in a long log, and are signed when the ledger is closed; then again, in two lives.
fn close_much(folder: &Path, ack: &mut dyn FnMut(Ack)) -> Result<(), String> {
    for life in 0..2 {
        steps(folder, ack, (0..4).map(|n| readings(80 + 10 * life + n, 40)).collect())?;
    }
    Ok(())
}

fn nothing(_: &Path) {}

fn unsigned(folder: &Path) {
    let mut store = Store::create(&ledger(folder), "example.org/ledger", at(0)).unwrap();
    store.append(readings(1, 3)).unwrap();
    store.append(determined("A-0", State::Final, 0, 3, 0)).unwrap();
    store.close().unwrap();
}

fn made(folder: &Path, batches: impl IntoIterator<Item = Batch>) -> Store {
    let mut store = Store::create_signed(&ledger(folder), at(0), &signing(folder)).unwrap();
    batches.into_iter().for_each(|batch| drop(store.append(batch).unwrap()));
    store
}

fn some(folder: &Path) {
    made(folder, [readings(1, 3), determined("A-0", State::Final, 0, 3, 0), note(1)]).close().unwrap();
}

fn nearly_a_tile(folder: &Path) {
    let mut all = Batch::new();
    let entry = |n: usize| {
        use fairgauge::ledger::{Entry, Kind};
        Entry::new(Kind::Note, format!("note/{n}"), at(0)).text("text", n.to_string())
    };
    (0..251).for_each(|n| all.entry(entry(n)));
    made(folder, [all]).close().unwrap();
}

/// As a crash leaves it: much in the log, some of it unsigned.
fn crashed(folder: &Path) {
    let alive = tempfile::tempdir().unwrap();
    let before = [readings(1, 3), determined("A-0", State::Final, 0, 3, 0), readings(2, 3), note(1)];
    let store = made(alive.path(), before);
    crate::copy(alive.path(), folder);
    drop(store);
}

/// A ledger of the first form, with enough entries for a tile.
fn first_form(folder: &Path) {
    let newer = tempfile::tempdir().unwrap();
    let mut store = Store::create(&ledger(newer.path()), "example.org/ledger", at(0)).unwrap();
    (0..260).for_each(|n| drop(store.append(note(10 + n)).unwrap()));
    [readings(1, 3), determined("A-0", State::Final, 0, 3, 0)].into_iter().for_each(|b| drop(store.append(b).unwrap()));
    store.close().unwrap();
    let raw = rusqlite::Connection::open(ledger(folder)).unwrap();
    raw.execute_batch(&format!(
        "PRAGMA application_id = 0x4F52434C; PRAGMA journal_mode = WAL; ATTACH '{}' AS newer; BEGIN; {}
         PRAGMA user_version = 1;
         INSERT INTO ledger (seq, body, leaf) SELECT seq, body, leaf FROM newer.ledger ORDER BY seq;
         INSERT INTO evidence SELECT * FROM newer.evidence;
         INSERT INTO series SELECT * FROM newer.series;
         INSERT INTO observation SELECT * FROM newer.observation;
         INSERT INTO poll SELECT feed, at_ms, outcome, detail, rows_new, rows_refused, heard_until_ms FROM newer.poll;
         COMMIT;",
        ledger(newer.path()).display(),
        include_str!("../../src/ledger/migrations/0001_ledger.sql"),
    ))
    .unwrap();
}
