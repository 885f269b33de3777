//! A signed ledger in a folder of its own, for the tests of this room.

use std::ops::Range;
use std::path::PathBuf;

use rusqlite::Connection;

use super::determination::tests::{paid, season};
use super::merkle::LogKey;
use super::store::tests::{at, poll};
use super::{Batch, Entry, Kind, OpenError, Reader, Signing, Store};

pub(super) const NAME: &str = "ledger.example.org/fairgauge";

pub(super) struct World {
    pub folder: tempfile::TempDir,
    pub signing: Signing,
}

impl World {
    /// The first key, and nothing is published.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let high_water = folder.path().join("high-water");
        Self { signing: Signing { key: key(1), high_water, publish: None }, folder }
    }

    /// The log's files stand in `public`.
    pub fn published() -> Self {
        let mut world = Self::new();
        world.signing.publish = Some(world.at("public"));
        world
    }

    /// The same with five entries, signed at two of them and at all, and closed.
    pub fn signed() -> Self {
        let world = Self::published();
        let mut store = world.create();
        store.append(determined()).expect("a determination");
        store.close().expect("closed");
        world
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn path(&self) -> PathBuf {
        self.at("ledger.db")
    }

    pub fn create(&self) -> Store {
        Store::create_signed(&self.path(), at(), &self.signing).expect("a new ledger")
    }

    pub fn open(&self) -> Result<Store, OpenError> {
        Store::open_signed(&self.path(), at(), &self.signing)
    }

    pub fn refused(&self) -> String {
        self.open().expect_err("refused").to_string()
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.path()).expect("a ledger")
    }

    /// What whoever can write the file can do to its rows; the triggers stand again as they were.
    pub fn forge(&self, sql: &str) {
        let raw = Connection::open(self.path()).expect("a ledger");
        let triggers = "SELECT coalesce(group_concat('DROP TRIGGER ' || name, ';'), ''),
            coalesce(group_concat(sql, ';'), '') FROM sqlite_schema WHERE type = 'trigger'";
        let triggers = raw.query_row(triggers, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let (drop, again): (String, String) = triggers.expect("read");
        raw.execute_batch(&format!("{drop}; {sql}; {again}")).expect("forged");
    }

    /// The same, and what is done to the triggers stays.
    pub fn alter(&self, sql: &str) {
        Connection::open(self.path()).expect("a ledger").execute_batch(sql).expect("done");
    }
}

pub(super) fn key(seed: u8) -> LogKey {
    LogKey::new(NAME, &[seed; 32]).expect("a key")
}

pub(super) fn note(text: &str) -> Batch {
    let mut batch = Batch::new();
    batch.entry(Entry::new(Kind::Note, format!("note/{text}"), at()).text("text", text));
    batch
}

/// So many of them.
pub(super) fn notes(numbers: Range<usize>) -> Batch {
    let mut batch = Batch::new();
    numbers.for_each(|number| batch.entry(Entry::new(Kind::Note, format!("note/{number}"), at())));
    batch
}

/// Readings, a provisional determination and a payout.
pub(super) fn determined() -> Batch {
    let mut batch = poll();
    batch.determine(season());
    batch.determine(paid(113_850));
    batch
}
