mod keys;

use std::fs;

use super::*;
use crate::ledger::SystemDisk;
use crate::ledger::determination::tests::season;
use crate::ledger::merkle::{Proof, inclusion};
use crate::ledger::store::tests::{at, poll};
use crate::ledger::tree::Kept;
use crate::ledger::world::{NAME, World, determined, key, note, notes};
use crate::ledger::{Batch, Determination, Filter, Reader, Store, digest};

impl World {
    /// The notes of all checkpoints.
    fn notes(&self) -> Vec<String> {
        let raw = Connection::open(self.path()).expect("a ledger");
        let mut statement = raw.prepare("SELECT note FROM checkpoint ORDER BY size").expect("read");
        statement.query_map([], |row| row.get(0)).expect("read").collect::<Result<_, _>>().expect("read")
    }
}

fn decided() -> Batch {
    let mut batch = Batch::new();
    batch.determine(season());
    batch
}

fn seen(path: &Path) -> usize {
    Reader::open(path).expect("a ledger").payouts(&Filter::default()).expect("readable").len()
}

#[test]
fn a_ledger_is_signed_from_its_first_entries_on() {
    let world = World::published();
    let mut store = world.create();
    assert_eq!(world.notes().len(), 1, "genesis and key");
    store.append(poll()).expect("readings");
    assert_eq!(world.notes().len(), 1, "readings alone wait");
    store.append(determined()).expect("a determination");
    let notes = world.notes();
    let state = Checkpoint::open(&notes[1], &key(1).public()).expect("signed");
    assert_eq!((state.origin.as_str(), state.size), (NAME, 5));
    assert_eq!(fs::read_to_string(&world.signing.high_water).expect("there"), state.text());
    assert_eq!(fs::read_to_string(world.at("public/checkpoint")).expect("there"), notes[1]);
    store.append(note("more")).expect("a note");
    store.close().expect("closed");
    assert!(!file::beside(&world.path(), "-wal").exists(), "one file, no log beside it");
    assert_eq!(world.notes().len(), 3, "closing signs the rest");
    let reader = world.reader();
    assert_eq!(reader.verify().expect("whole").checkpoints, 3);
    assert_eq!(reader.genesis().expect("readable").origin, NAME);
    world.open().expect("opened again").close().expect("closed");
    assert_eq!(world.notes().len(), 3, "nothing new, nothing signed");
}

#[test]
fn d09_what_is_missing_from_the_schema_or_added_to_it_is_named() {
    for (sql, says) in [
        ("DROP TRIGGER ledger_update", "the trigger ledger_update is missing"),
        ("DROP INDEX ledger_at", "the index ledger_at is missing"),
        (
            "DROP VIEW payout; CREATE VIEW payout AS SELECT * FROM determination",
            "the view payout is not as a ledger has it",
        ),
        ("CREATE TRIGGER t AFTER INSERT ON poll BEGIN SELECT 1; END", "the trigger t is no part of a ledger"),
        ("CREATE TABLE more (a)", "the table more is no part of a ledger"),
    ] {
        let world = World::published();
        world.create().close().expect("closed");
        world.alter(sql);
        let found = world.reader().verify().expect_err("named").to_string();
        assert!(found.contains(says), "{found}");
        assert!(world.refused().contains(says), "{found}");
    }
}

#[test]
fn d08_a_tile_that_is_missing_or_too_many_or_another_is_named() {
    for (sql, says) in [
        ("DELETE FROM tile", "the hash of tile 1/0 is missing"),
        ("INSERT INTO tile VALUES (1, 1, zeroblob(32))", "stands for entries that are not there"),
        ("UPDATE tile SET hash = zeroblob(32)", "is not that of its entries"),
    ] {
        let world = World::published();
        let mut store = world.create();
        store.append(notes(0..255)).expect("written");
        store.close().expect("closed");
        world.forge(sql);
        assert!(world.refused().contains(says), "{}", world.refused());
    }
}

#[test]
fn d08_of_two_tiles_the_one_that_is_missing_is_named() {
    let world = World::published();
    let mut store = world.create();
    store.append(notes(0..512)).expect("written");
    store.close().expect("closed");
    world.forge("DELETE FROM tile WHERE idx = 0");
    assert!(world.refused().contains("the hash of tile 1/0 is missing"), "{}", world.refused());
}

/// Opening looks at the newest signature; `verify` at each.
#[test]
fn d09_an_earlier_checkpoint_that_another_key_signed_is_named_by_verify() {
    let world = World::published();
    let mut store = world.create();
    store.append(determined()).expect("written");
    store.append(note("more")).expect("written");
    store.close().expect("closed");
    let sizes = [2, 5, 6];
    assert_eq!(world.reader().verify().expect("whole").checkpoints, 3);
    for size in sizes {
        let state = world.reader().state_at(size).expect("a state");
        let note = |seed: u8| state.sign(&key(seed)).replace('\'', "''");
        world.forge(&format!("UPDATE checkpoint SET note = '{}' WHERE size = {size}", note(2)));
        let found = world.reader().verify().expect_err("named").to_string();
        let says = format!("the checkpoint of {size} entries is not signed as it should be");
        assert!(found.contains(&says), "{found}");
        assert_eq!(world.open().is_err(), size == 6, "the newest one");
        world.forge(&format!("UPDATE checkpoint SET note = '{}' WHERE size = {size}", note(1)));
    }
    assert_eq!(world.reader().verify().expect("whole").checkpoints, 3);
}

#[test]
fn d08_a_root_of_a_checkpoint_alone_is_named() {
    let world = World::published();
    world.create().close().expect("closed");
    world.forge("UPDATE checkpoint SET root = zeroblob(32)");
    assert!(
        world.refused().contains("the checkpoint of 2 entries has not the root of the entries"),
        "{}",
        world.refused()
    );
}

#[test]
fn d05_a_ledger_that_is_gone_is_not_begun_anew() {
    let world = World::published();
    world.create().close().expect("closed");
    fs::remove_file(world.path()).expect("removed");
    assert!(matches!(world.open(), Err(OpenError::Missing(_))));
    let error = Store::create_signed(&world.path(), at(), &world.signing).expect_err("refused").to_string();
    assert!(error.contains("high-water") && !world.path().exists(), "{error}");
}

#[test]
fn d05_a_write_ahead_log_that_is_gone_is_missed() {
    let world = World::published();
    world.create().close().expect("closed");
    let mut store = world.open().expect("opened");
    store.append(determined()).expect("a determination");
    let file = fs::read(world.path()).expect("there");
    store.close().expect("closed");
    // As if what was written into the log never came to the disk.
    fs::write(world.path(), file).expect("written");
    let error = world.open().expect_err("refused");
    assert!(matches!(error, OpenError::Behind { size: 2, signed: 5, .. }), "{error}");
}

#[test]
fn d10_an_old_copy_of_another_log_is_refused() {
    let world = World::published();
    world.create().close().expect("closed");
    let other = World::published();
    let signing = Signing { key: key(3), ..other.signing.clone() };
    let mut store = Store::create_signed(&other.path(), at(), &signing).expect("made");
    store.append(note("other")).expect("a note");
    store.close().expect("closed");
    fs::copy(other.path(), world.path()).expect("copied");
    assert!(matches!(world.open(), Err(OpenError::OtherKey { .. })));
    let signing = Signing { key: key(3), ..world.signing.clone() };
    let error = Store::open_signed(&world.path(), at(), &signing).expect_err("another root").to_string();
    assert!(error.contains(world.folder.path().to_str().expect("text")), "{error}");
}

#[test]
fn d07_an_index_that_is_not_of_its_table_is_named() {
    let world = World::signed();
    let mut bytes = fs::read(world.path()).expect("there");
    // The kind as the index keeps it, a page of its own: the entry's text has quotes around it.
    let kept = |place: &usize| bytes[*place..].starts_with(b"genesis") && !b"\"'".contains(&bytes[place - 1]);
    let place = (1..bytes.len()).find(kept).expect("in an index");
    bytes[place] = b'G';
    fs::write(world.path(), bytes).expect("written");
    let found = world.reader().verify().expect_err("named").to_string();
    assert!(found.contains("missing from index"), "{found}");
}

/// Opening looks at pages, also at those that nothing else reads; each index against its table is `verify`'s.
#[test]
fn d07_a_page_of_an_index_that_makes_no_sense_is_named_when_it_is_opened() {
    let world = World::signed();
    let raw = Connection::open(world.path()).expect("a ledger");
    let query = "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'ledger_at'";
    let place: (i64, i64) = raw.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("an index");
    let [page, size] = [place.0, place.1].map(|number| usize::try_from(number).expect("small"));
    drop(raw);
    let mut bytes = fs::read(world.path()).expect("there");
    bytes[(page - 1) * size..page * size].fill(0xff);
    fs::write(world.path(), bytes).expect("written");
    for found in [world.open().err(), world.reader().verify().err()] {
        assert!(matches!(found, Some(OpenError::Damaged { .. })), "{found:?}");
    }
}

#[test]
fn files_that_a_crash_left_behind_are_brought_up_to_date_when_it_is_opened() {
    let world = World::published();
    let mut store = world.create();
    let checkpoint = world.at("public/checkpoint");
    let before = fs::read(&checkpoint).expect("there");
    store.append(determined()).expect("a determination");
    store.close().expect("closed");
    let after = fs::read(&checkpoint).expect("there");
    fs::remove_dir_all(world.at("public")).expect("removed");
    for left in [Some(&before), None] {
        if let Some(left) = left {
            fs::create_dir(world.at("public")).expect("made");
            fs::write(&checkpoint, left).expect("written");
        }
        drop(world.open().expect("opened"));
        assert_eq!(fs::read(&checkpoint).expect("there"), after);
        assert!(world.at("public/tile/0/000.p/5").exists());
        fs::remove_dir_all(world.at("public")).expect("removed");
    }
    // What could not be written is tried again when it is closed.
    fs::write(world.at("public"), "in the way").expect("written");
    let store = world.open().expect("opened all the same");
    fs::remove_file(world.at("public")).expect("removed");
    store.close().expect("closed");
    assert_eq!(fs::read(&checkpoint).expect("there"), after);
    assert_eq!(world.notes().len(), 2, "nothing new was signed");
}

#[test]
fn every_entry_is_proved_by_the_checkpoint_and_by_the_files() {
    let world = World::published();
    let mut store = world.create();
    for number in 0..600 {
        store.append(note(&number.to_string())).expect("a note");
        if number % 100 == 0 {
            store.sign().expect("signed");
        }
    }
    store.append(determined()).expect("a determination");
    store.close().expect("closed");
    let raw = Connection::open(world.path()).expect("a ledger");
    let note = world.notes().pop().expect("signed");
    let size = Checkpoint::open(&note, &key(1).public()).expect("signed").size;
    assert_eq!(size, 605);
    let mut bodies = raw.prepare("SELECT body FROM ledger ORDER BY seq").expect("read");
    let bodies = bodies.query_map([], |row| row.get::<_, String>(0)).expect("read");
    let public = world.at("public");
    let bundle = |path: &str| {
        let (mut bytes, mut entries) = (fs::read(public.join(path)).expect("there"), Vec::new());
        while !bytes.is_empty() {
            let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
            entries.push(String::from_utf8(bytes[2..2 + length].to_vec()).expect("text"));
            bytes.drain(..2 + length);
        }
        entries
    };
    let entries = ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/93"].map(bundle).concat();
    let leaves =
        ["tile/0/000", "tile/0/001", "tile/0/002.p/93"].map(|path| fs::read(public.join(path)).expect("there"));
    let leaves = leaves.concat();
    for (index, (body, entry)) in bodies.zip(entries).enumerate() {
        let (body, index) = (body.expect("read"), u64::try_from(index).expect("few"));
        assert_eq!(body, entry);
        let leaf = digest::leaf(&body);
        let path = inclusion(&Kept(&raw), index, size).expect("kept");
        Proof { index, path, note: note.clone() }.verify(&leaf, &key(1).public()).expect("in the log");
        let place = 32 * usize::try_from(index).expect("few");
        assert_eq!(leaf[..], leaves[place..place + 32]);
    }
    assert!(
        !public.join("tile/0/000.p").exists() && !public.join("tile/entries/001.p").exists(),
        "full tiles replace parts"
    );
    assert_eq!(fs::read(public.join("tile/1/000.p/2")).expect("there").len(), 64);
}

/// What the server gives out is what stands in the folder.
#[test]
fn every_file_of_the_log_is_given_out_as_it_stands_in_its_folder() {
    let world = World::published();
    let mut store = world.create();
    for size in [3, 254, 256, 300] {
        let from = usize::try_from(world.reader().count().expect("readable")).expect("small");
        let mut batch = notes(from..size);
        batch.determine(Determination { cover: format!("c{size}"), ..season() });
        store.append(batch).expect("written");
    }
    store.close().expect("closed");
    let (root, reader) = (world.at("public"), world.reader());
    let (mut folders, mut files) = (vec![root.join("tile")], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let name = path.strip_prefix(&root).expect("below it").to_str().expect("plain").to_owned();
            let found = reader.tile(&name).expect("readable");
            assert_eq!(found.as_deref(), Some(&fs::read(&path).expect("read")[..]), "{name}");
        }
    }
    assert!(files >= 6, "{files}: of leaves, of tiles above them, of entries");
    for name in ["tile/64/000", "tile/64/000.p/1", "tile/0/001.p/255", "tile/2/000.p/1"] {
        assert_eq!(reader.tile(name).expect("readable"), None, "{name}");
    }
}

#[test]
fn p02_what_was_committed_and_not_signed_is_seen_when_it_is_signed_and_the_bytes_are_the_same() {
    let world = World::published();
    let mut store = world.create();
    store.append(determined()).expect("a determination");
    assert_eq!(seen(&world.path()), 1);
    let (notes, state) = (world.notes(), fs::read(&world.signing.high_water).expect("there"));
    drop(store);
    // As a crash between the commit and the checkpoint leaves it.
    for high_water in [&state, &fs::read(&world.signing.high_water).expect("there")] {
        world.forge("DELETE FROM checkpoint WHERE size = 5");
        fs::write(&world.signing.high_water, high_water).expect("written");
        assert_eq!(seen(&world.path()), 0, "not seen before it is signed");
        world.open().expect("opened").close().expect("closed");
        assert_eq!(seen(&world.path()), 1);
        assert_eq!(world.notes(), notes);
    }
}

#[test]
fn p02_before_the_first_checkpoint() {
    let world = World::published();
    drop(world.create());
    let notes = world.notes();
    world.forge("DELETE FROM checkpoint");
    fs::remove_file(&world.signing.high_water).expect("gone");
    world.open().expect("opened").close().expect("closed");
    assert_eq!(world.notes(), notes);
}

#[test]
fn a_ledger_that_was_not_signed_is_signed_from_now_on() {
    let world = World::published();
    let mut store = Store::create(&world.path(), "fairgauge", at()).expect("a new ledger");
    store.append(determined()).expect("a determination");
    store.close().expect("closed");
    assert_eq!(seen(&world.path()), 1, "without a key everything is seen");
    let mut store = world.open().expect("opened");
    assert_eq!((world.notes().len(), seen(&world.path())), (1, 1));
    let mut batch = Batch::new();
    batch.determine(crate::ledger::Determination { cover: "heat".into(), ..season() });
    store.append(batch).expect("a determination");
    assert_eq!(seen(&world.path()), 2);
    drop(store);
    let error = Store::open(&world.path()).expect_err("its key is wanted").to_string();
    assert!(error.contains("is signed by ledger.example.org/fairgauge+") && error.contains("[ledger.sign]"), "{error}");
}

/// A copy of the closed ledger, and the ledger with more behind it.
fn copied(world: &World) -> Vec<u8> {
    let mut store = world.create();
    store.append(note("one")).expect("written");
    store.close().expect("closed");
    let copy = fs::read(world.path()).expect("there");
    let mut store = world.open().expect("opened");
    store.append(determined()).expect("written");
    store.close().expect("closed");
    copy
}

#[test]
fn d10_an_old_copy_is_refused() {
    let world = World::published();
    let copy = copied(&world);
    fs::write(world.path(), copy).expect("put back");
    let error = world.refused();
    assert!(
        error.contains("has 3 entries") && error.contains("6 were signed") && error.contains("old copy"),
        "{error}"
    );
}

#[test]
fn d10_an_old_copy_that_went_on_is_refused() {
    let world = World::published();
    let copy = copied(&world);
    let kept = fs::read(&world.signing.high_water).expect("there");
    fs::write(world.path(), copy).expect("put back");
    fs::remove_file(&world.signing.high_water).expect("gone");
    assert!(world.refused().contains("fairgauge restore"), "{}", world.refused());
    let first = Checkpoint::open(&world.notes()[0], &key(1).public()).expect("signed");
    high_water::write(&SystemDisk, &world.signing.high_water, &first).expect("a forged one");
    assert!(world.refused().contains("is an old copy"), "older than the ledger's own checkpoint: {}", world.refused());
    let second = Checkpoint::open(&world.notes()[1], &key(1).public()).expect("signed");
    high_water::write(&SystemDisk, &world.signing.high_water, &second).expect("a forged one");
    let mut store = world.open().expect("nothing else tells that it is old");
    for text in ["two", "three", "four"] {
        store.append(note(text)).expect("written");
    }
    store.close().expect("closed");
    fs::write(&world.signing.high_water, kept).expect("the true one comes back");
    let error = world.refused();
    assert!(error.contains("first 6 entries") && error.contains("not those that were signed"), "{error}");
}

#[test]
fn d05_a_disk_that_lost_the_last_commits_is_found() {
    let world = World::signed();
    world.forge("DELETE FROM checkpoint WHERE size = 5; DELETE FROM ledger WHERE seq > 2");
    assert!(world.refused().contains("old copy"), "{}", world.refused());
}

#[test]
fn d08_a_bit_in_a_leaf_or_a_tile_is_found() {
    let world = World::published();
    let mut store = world.create();
    for number in 0..300 {
        store.append(note(&number.to_string())).expect("written");
    }
    store.close().expect("closed");
    let whole = fs::read(world.path()).expect("there");
    for (forge, says) in [
        ("UPDATE ledger SET leaf = zeroblob(32) WHERE seq = 7", "the leaf of entry 7 is not that"),
        ("UPDATE tile SET hash = zeroblob(32)", "tile 1/0 is not that of its entries"),
        ("DELETE FROM tile", "tile 1/0 is missing"),
        ("INSERT INTO tile VALUES (1, 1, zeroblob(32))", "tile 1/1 stands for entries that are not there"),
    ] {
        fs::write(world.path(), &whole).expect("put back");
        world.forge(forge);
        assert!(world.refused().contains(says), "{}", world.refused());
    }
}

#[test]
fn d09_a_checkpoint_that_is_not_of_its_entries_or_its_key_is_found() {
    let world = World::signed();
    let whole = fs::read(world.path()).expect("there");
    let state = Checkpoint { origin: NAME.to_owned(), size: 5, root: [7; 32] };
    let forged = [
        (
            format!("UPDATE checkpoint SET root = x'{}' WHERE size = 5", "07".repeat(32)),
            "has not the root of the entries",
        ),
        (format!("UPDATE checkpoint SET note = '{}' WHERE size = 5", state.sign(&key(1))), "says something else"),
        (
            format!("UPDATE checkpoint SET note = '{}' WHERE size = 5", state.sign(&key(2))),
            "is not signed as it should be",
        ),
        ("UPDATE checkpoint SET size = 6 WHERE size = 5".to_owned(), "stands for entries that are not there"),
    ];
    for (forge, says) in forged {
        fs::write(world.path(), &whole).expect("put back");
        world.forge(&forge);
        assert!(world.refused().contains(says), "{}", world.refused());
    }
}

#[test]
fn a_high_water_file_of_something_else_is_refused() {
    let world = World::published();
    drop(world.create());
    for (text, says) in [
        ("", "three lines"),
        (
            "other.example/log\n1\nPqnEmsDSoFVMOwF451v4gIRcnUjGd7QiF4Z1DlIotWg=\n",
            "is of another log, other.example/log",
        ),
    ] {
        fs::write(&world.signing.high_water, text).expect("written");
        assert!(world.refused().contains(says), "{}", world.refused());
    }
    let error = Store::create_signed(&world.at("new.db"), at(), &world.signing).err();
    assert!(error.is_some(), "a new ledger does not take the place of one that was signed");
}

#[test]
fn d01_a_high_water_file_that_cannot_be_written_leaves_the_entries_unsigned_until_it_can() {
    let world = World::published();
    let mut store = world.create();
    let draft = file::beside(&world.signing.high_water, ".new");
    fs::create_dir(&draft).expect("in the way");
    store.append(determined()).expect("the entries are kept");
    assert_eq!((world.notes().len(), seen(&world.path())), (1, 0), "and not seen");
    fs::remove_dir(&draft).expect("out of the way");
    store.sign().expect("now it can");
    assert_eq!((world.notes().len(), seen(&world.path())), (2, 1));
}

#[test]
fn d07_entries_that_changed_behind_the_writers_back_are_not_signed() {
    let world = World::published();
    let mut store = world.create();
    store.append(poll()).expect("readings");
    world.forge("UPDATE ledger SET body = replace(body, 'asos', 'asoz') WHERE seq = 2");
    assert!(matches!(store.append(decided()), Err(LedgerError::OutcomeUnknown(_))));
    assert!(matches!(store.append(note("more")), Err(LedgerError::OutcomeUnknown(_))), "and nothing more is written");
    assert_eq!(world.notes().len(), 1);
}
