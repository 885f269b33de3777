use std::fs;

use super::*;
use crate::ledger::determined::paid;
use crate::ledger::store::tests::at;
use crate::ledger::world::{World, notes};
use crate::ledger::{Batch, Store, policy_entry};

/// A closed, signed ledger of 302 entries.
fn closed() -> World {
    let world = World::new();
    let mut store = world.create();
    store.append(notes(0..300)).expect("written");
    store.close().expect("closed");
    world
}

impl World {
    fn repair(&self) -> Result<Repaired, OpenError> {
        repair(&self.path(), &self.signing.high_water)
    }
}

const LEAF: &str = "UPDATE ledger SET leaf = zeroblob(32) WHERE seq IN (7, 300)";
const TILE: &str = "UPDATE tile SET hash = zeroblob(32)";
const BODY: &str = "UPDATE ledger SET body = replace(body, 'note/5\"', 'note/x\"') WHERE seq = 7";

#[test]
fn d8_leaves_and_tiles_are_made_anew_from_signed_entries() {
    for (forge, says, repaired) in [
        (
            LEAF,
            "the leaf of entry 7 is not that of the entry",
            Repaired { leaves: vec![7, 300], ..Repaired::default() },
        ),
        (TILE, "the hash of tile 1/0 is not that of its entries", Repaired { tiles: true, ..Repaired::default() }),
    ] {
        let world = closed();
        world.forge(forge);
        let verify = world.reader().verify().expect_err("damaged").to_string();
        let start = world.open().expect_err("damaged").to_string();
        for error in [verify, start] {
            assert!(error.contains(says) && error.contains("fairgauge repair"), "{error}");
        }
        assert_eq!(world.repair().expect("mended"), repaired);
        world.reader().verify().expect("whole");
        world.open().expect("it starts").close().expect("closed");
        assert_eq!(world.repair().expect("nothing to do"), Repaired::default());
        let raw = Connection::open(world.path()).expect("a ledger");
        for rule in ["UPDATE ledger SET leaf = zeroblob(32)", "DELETE FROM tile", "UPDATE tile SET idx = 9"] {
            assert!(raw.execute_batch(rule).is_err(), "the rules are in force again: {rule}");
        }
    }
}

/// Pages are found by them; what the entries say they say, too.
#[test]
fn d8_rows_by_which_pages_are_found_are_made_anew_from_signed_entries() {
    for (forge, says) in [
        (
            "UPDATE listed SET outcome = 'nothing_due'",
            "the row of `listed` of entry 3 is missing or says something else",
        ),
        ("UPDATE listed SET book = 'alpha'", "the row of `listed` of entry 3 is missing or says something else"),
        ("DELETE FROM listed", "the row of `listed` of entry 3 is missing or says something else"),
        (
            "INSERT INTO listed SELECT 'beta', at, seq, kind, policy, product, cover, period_start, period_end, outcome
            FROM listed",
            "`listed` has rows of determinations that are not there",
        ),
    ] {
        let world = World::new();
        let mut store = world.create();
        let mut batch = Batch::new();
        let terms = batch.evidence(*b"[product]");
        let said = paid(100_000);
        let columns = [("book".to_owned(), "QS-2026".to_owned())];
        batch.entry(policy_entry(&said.policy, &said.product, terms, &columns, at()));
        batch.determine(said);
        store.append(batch).expect("written");
        store.close().expect("closed");
        let rows = || {
            let raw = Connection::open(world.path()).expect("a ledger");
            let row = "SELECT book || ' ' || seq || ' ' || outcome FROM listed ORDER BY book";
            let mut rows = raw.prepare(row).expect("a query");
            let rows = rows.query_map([], |row| row.get::<_, String>(0)).expect("readable");
            rows.collect::<Result<Vec<_>, _>>().expect("readable")
        };
        let before = rows();
        assert_eq!(before.len(), 1, "{before:?}");
        world.forge(forge);
        let error = world.reader().verify().expect_err("damaged").to_string();
        assert!(error.contains(says) && error.contains("fairgauge repair"), "{forge}: {error}");
        assert_eq!(world.repair().expect("mended"), Repaired { listed: true, ..Repaired::default() }, "{forge}");
        world.reader().verify().expect("whole");
        assert_eq!(rows(), before, "{forge}");
        assert_eq!(world.repair().expect("nothing to do"), Repaired::default());
        let raw = Connection::open(world.path()).expect("a ledger");
        assert!(raw.execute_batch("DELETE FROM listed").is_err(), "the rules are in force again");
    }
}

#[test]
fn d8_nothing_is_mended_where_an_entry_is_not_the_one_that_was_signed() {
    let world = closed();
    world.forge(&format!("{BODY};{TILE}"));
    let before = fs::read(world.path()).expect("there");
    let error = world.repair().expect_err("refused").to_string();
    assert!(error.contains("are not those that were signed"), "{error}");
    let error = world.reader().verify().expect_err("damaged").to_string();
    assert!(error.contains("entry 7 hashes to") && !error.contains("fairgauge repair"), "{error}");
    assert!(fs::read(world.path()).expect("there") == before, "no byte was written");
}

/// A ledger of an older program is brought up to date by the daemon, with a copy; not here.
#[test]
fn p12_a_ledger_of_an_older_form_is_not_repaired() {
    let world = closed();
    let newest = file::newest_form();
    world.alter(&format!("PRAGMA user_version = {}", newest - 1));
    let error = world.repair().expect_err("refused");
    assert!(
        matches!(error, OpenError::Older { found, known, .. } if (found, known) == (newest - 1, newest)),
        "{error}"
    );
}

#[test]
fn d8_nothing_is_mended_that_no_checkpoint_covers() {
    let world = closed();
    let unsigned = world.at("unsigned.db");
    drop(Store::create(&unsigned, "fairgauge", at()).expect("a new ledger"));
    let error = repair(&unsigned, &world.signing.high_water).expect_err("refused").to_string();
    assert!(error.contains("has no checkpoint"), "{error}");
    world.forge(
        "INSERT INTO ledger (seq, body, leaf) VALUES
        (302, '{\"at\":\"2013-06-01T06:30:00.000Z\",\"key\":\"note/x\",\"kind\":\"note\",\"seq\":302,\"v\":1}', zeroblob(32))",
    );
    let error = world.repair().expect_err("refused").to_string();
    assert!(error.contains("entry 302") && error.contains("only 302 entries were signed"), "{error}");
}
