use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::ledger::Store;
use crate::ledger::store::tests::at;
use crate::ledger::world::{NAME, World, determined, note};

impl World {
    fn back_up(&self, to: &str, replace: bool) -> Result<Backup, OpenError> {
        back_up(&self.path(), &self.signing.high_water, &self.at(to), replace)
    }

    /// The names of all files.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder");
        names.map(|entry| entry.expect("read").file_name().into_string().expect("text")).collect()
    }
}

#[test]
fn d12_a_backup_has_what_stands_in_the_log_only_where_cp_has_not() {
    let world = World::new();
    let mut store = world.create();
    store.append(determined()).expect("written");
    store.append(note("not signed yet")).expect("written");
    let made = world.back_up("copy.db", false).expect("copied");
    assert_eq!((made.state.size, made.signed, made.verified.observations), (6, Some(5), 2));
    assert_eq!(made.state.origin, NAME);
    assert_eq!(Reader::open(&world.at("copy.db")).expect("a ledger").verify().expect("whole"), made.verified);
    let state = signer::read_high_water(&SystemDisk, &world.at("copy.db.high-water")).expect("read").expect("there");
    assert_eq!(
        (state.size, signer::read_high_water(&SystemDisk, &world.signing.high_water).expect("read")),
        (5, Some(state))
    );
    assert_eq!(fs::metadata(world.at("copy.db")).expect("there").permissions().mode() & 0o777, 0o600);
    // What `cp` takes of a live ledger is the file without its log.
    fs::copy(world.path(), world.at("cp.db")).expect("copied");
    let cp = Reader::open(&world.at("cp.db")).and_then(|reader| reader.verify());
    assert!(cp.is_err() || cp.is_ok_and(|verified| verified.entries < 6), "cp has not the newest entries");
}

#[test]
fn d12_a_backup_under_load_is_one_state_of_the_ledger() {
    let world = World::new();
    let store = world.create();
    let (done, path) = (AtomicBool::new(false), world.path());
    let sizes = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut store, mut count) = (store, 0_u32);
            while !done.load(Ordering::Relaxed) || count < 50 {
                store.append(note(&count.to_string())).expect("written");
                if count % 8 == 0 {
                    store.sign().expect("signed");
                }
                count += 1;
            }
            store.close().expect("closed");
        });
        let sizes: Vec<_> = (0..6)
            .map(|_| {
                let made = world.back_up("copy.db", true).expect("copied while it is written");
                assert!(made.signed.is_some_and(|signed| signed <= made.state.size));
                let state = signer::read_high_water(&SystemDisk, &world.at("copy.db.high-water"))
                    .expect("read")
                    .expect("there");
                assert!(state.size <= made.state.size, "it never says of more than the copy has");
                made.state.size
            })
            .collect();
        done.store(true, Ordering::Relaxed);
        writer.join().expect("it wrote");
        sizes
    });
    assert!(sizes.is_sorted(), "{sizes:?}");
    Reader::open(&path).expect("a ledger").verify().expect("whole");
}

#[test]
fn d12_a_damaged_ledger_gives_no_backup_and_takes_none_away() {
    let world = World::new();
    let mut store = world.create();
    store.append(determined()).expect("written");
    world.back_up("copy.db", false).expect("copied");
    store.close().expect("closed");
    let before = fs::read(world.at("copy.db")).expect("there");
    world.forge("UPDATE observation SET value_micro = 1");
    let error = world.back_up("copy.db", true).expect_err("refused").to_string();
    assert!(error.contains("the readings of entry 2 were altered"), "{error}");
    assert!(fs::read(world.at("copy.db")).expect("there") == before, "the good one stays");
    assert!(world.names().iter().all(|name| !name.contains(".new")), "{:?}", world.names());
}

#[test]
fn what_is_there_is_replaced_only_on_request_and_never_where_it_is_in_use() {
    let world = World::new();
    let mut store = world.create();
    world.back_up("copy.db", false).expect("copied");
    let error = world.back_up("copy.db", false).expect_err("refused").to_string();
    assert!(error.contains("--replace"), "{error}");
    store.append(note("more")).expect("written");
    assert_eq!(world.back_up("copy.db", true).expect("copied").state.size, 3);
    let error = world.back_up("ledger.db", true).expect_err("refused").to_string();
    assert!(error.contains("is in use"), "the ledger itself: {error}");
    let error = world.back_up("nowhere/copy.db", false).expect_err("refused").to_string();
    assert!(error.contains("folder"), "{error}");
    let held = File::open(world.folder.path()).expect("a folder");
    held.lock().expect("locked");
    let error = world.back_up("other.db", false).expect_err("refused").to_string();
    assert!(error.contains("another copy is just being written"), "{error}");
}

#[test]
fn a_ledger_that_is_not_signed_is_copied_without_a_high_water_file() {
    let world = World::new();
    let store = Store::create(&world.path(), "fairgauge", at()).expect("a new ledger");
    let made = world.back_up("copy.db", false).expect("copied");
    assert_eq!((made.state.size, made.signed), (1, None));
    assert!(!world.at("copy.db.high-water").exists());
    drop(store);
}

#[test]
fn a_published_copy_is_read_without_a_log_and_has_its_checkpoint_beside_it() {
    let world = World::new();
    let mut store = world.create();
    for more in [determined(), note("more")] {
        store.append(more).expect("written");
        let made = publish_copy(&world.path(), &world.at("public.db")).expect("published");
        let reader = Reader::open(&world.at("public.db")).expect("a ledger");
        let (size, newest) = reader.newest_checkpoint().expect("read").expect("signed");
        assert_eq!(fs::read_to_string(world.at("public.db.checkpoint")).expect("there"), newest);
        let kept = Checkpoint::open(&newest, &world.signing.key.public()).expect("signed");
        reader.verify_against(Some(&world.signing.key.public()), &[&kept]).expect("what it signs");
        assert_eq!(made.signed, u64::try_from(size).ok());
        assert_eq!(fs::metadata(world.at("public.db")).expect("there").permissions().mode() & 0o777, 0o644);
        let mode: String = rusqlite::Connection::open(world.at("public.db"))
            .and_then(|raw| raw.query_row("PRAGMA journal_mode", [], |row| row.get(0)))
            .expect("read");
        assert_eq!(mode, "delete", "readers write nothing beside it");
    }
    assert!(world.names().iter().all(|name| !name.starts_with("public.db-")), "{:?}", world.names());
}

#[test]
fn what_is_not_there_is_removed_and_what_cannot_be_removed_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(remove(&folder.path().join("gone")).is_ok());
    assert!(matches!(remove(folder.path()), Err(OpenError::File { .. })), "a folder is no file");
}
