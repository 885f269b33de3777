use std::fs;
use std::path::PathBuf;

use super::*;
use crate::ledger::merkle::LogKey;
use crate::ledger::store::tests::at;
use crate::ledger::{Batch, Entry, Kind, Reader, Signing, Store};

struct World {
    folder: tempfile::TempDir,
    signing: Signing,
}

impl World {
    /// A closed, signed ledger of 302 entries.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = LogKey::new("ledger.example.org/fairgauge", &[1; 32]).expect("a key");
        let high_water = folder.path().join("high-water");
        let world = Self { signing: Signing { key, high_water, publish: None }, folder };
        let mut store = Store::create_signed(&world.path(), at(), &world.signing).expect("a new ledger");
        let mut batch = Batch::new();
        for number in 0..300 {
            batch.entry(Entry::new(Kind::Note, format!("note/{number}"), at()));
        }
        store.append(batch).expect("written");
        store.close().expect("closed");
        world
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    fn forge(&self, sql: &str) {
        let raw = Connection::open(self.path()).expect("a ledger");
        raw.execute_batch("PRAGMA recursive_triggers = ON").expect("set");
        raw.execute_batch(sql).expect("forged");
    }

    fn repair(&self) -> Result<Repaired, OpenError> {
        repair(&self.path(), &self.signing.high_water)
    }

    fn open(&self) -> Result<Store, OpenError> {
        Store::open_signed(&self.path(), at(), &self.signing)
    }
}

const LEAF: &str = "CREATE TEMP TABLE rule AS SELECT sql FROM sqlite_schema WHERE name = 'ledger_update';
    DROP TRIGGER ledger_update; UPDATE ledger SET leaf = zeroblob(32) WHERE seq IN (7, 300);
    CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger: append only'); END";
const TILE: &str = "DROP TRIGGER tile_update; UPDATE tile SET hash = zeroblob(32);
    CREATE TRIGGER tile_update BEFORE UPDATE ON tile BEGIN SELECT RAISE(ABORT, 'tile: append only'); END";
const BODY: &str =
    "DROP TRIGGER ledger_update; UPDATE ledger SET body = replace(body, 'note/5\"', 'note/x\"') WHERE seq = 7;
    CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger: append only'); END";

#[test]
fn d8_leaves_and_tiles_are_made_anew_from_signed_entries() {
    for (forge, says, repaired) in [
        (LEAF, "the leaf of entry 7 is not that of the entry", Repaired { leaves: vec![7, 300], tiles: false }),
        (TILE, "the hash of tile 1/0 is not that of its entries", Repaired { leaves: vec![], tiles: true }),
    ] {
        let world = World::new();
        world.forge(forge);
        let verify = Reader::open(&world.path()).expect("a ledger").verify().expect_err("damaged").to_string();
        let start = world.open().expect_err("damaged").to_string();
        for error in [verify, start] {
            assert!(error.contains(says) && error.contains("fairgauge repair"), "{error}");
        }
        assert_eq!(world.repair().expect("mended"), repaired);
        Reader::open(&world.path()).expect("a ledger").verify().expect("whole");
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
    let world = World::new();
    world.forge(&format!("{BODY};{TILE}"));
    let before = fs::read(world.path()).expect("there");
    let error = world.repair().expect_err("refused").to_string();
    assert!(error.contains("are not those that were signed"), "{error}");
    let error = Reader::open(&world.path()).expect("a ledger").verify().expect_err("damaged").to_string();
    assert!(error.contains("entry 7 hashes to") && !error.contains("fairgauge repair"), "{error}");
    assert!(fs::read(world.path()).expect("there") == before, "no byte was written");
}

#[test]
fn d8_nothing_is_mended_that_no_checkpoint_covers() {
    let world = World::new();
    let unsigned = world.folder.path().join("unsigned.db");
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
