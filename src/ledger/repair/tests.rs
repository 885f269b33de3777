use std::fs;

use super::*;
use crate::ledger::store::tests::at;
use crate::ledger::world::World;
use crate::ledger::{Batch, Entry, Kind, Store};

/// A closed, signed ledger of 302 entries.
fn closed() -> World {
    let world = World::new();
    let mut store = world.create();
    let mut batch = Batch::new();
    for number in 0..300 {
        batch.entry(Entry::new(Kind::Note, format!("note/{number}"), at()));
    }
    store.append(batch).expect("written");
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
        (LEAF, "the leaf of entry 7 is not that of the entry", Repaired { leaves: vec![7, 300], tiles: false }),
        (TILE, "the hash of tile 1/0 is not that of its entries", Repaired { leaves: vec![], tiles: true }),
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
