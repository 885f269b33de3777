use super::*;
use crate::index::Disposition;
use crate::ledger::bodies::long_list;
use crate::ledger::determination::tests::{paid, season};
use crate::ledger::merkle::LogKey;
use crate::ledger::observed::tests::{observed, rain};
use crate::ledger::sources::tests::source;
use crate::ledger::store::tests::{at, poll};
use crate::ledger::world::{NAME, World, key, notes};
use crate::ledger::{Appended, Batch, Determination, Filter, Refusal, Signing, Store, Unread, back_up, policy_entry};

const SHEET: &[u8] = b"[product]\nid = \"leafy-greens\"";

impl World {
    fn append(&self, batch: Batch) -> Appended {
        let mut store = self.open().expect("opened");
        let appended = store.append(batch).expect("written");
        store.close().expect("closed");
        appended
    }

    /// A ledger with readings and a provisional determination, and its backup; then a policy, readings, a payout.
    fn with_backup(&self) -> u64 {
        self.create().close().expect("closed");
        let mut batch = poll();
        batch.determine(season());
        self.append(batch);
        let made = back_up(&self.path(), &self.signing.high_water, &self.at("backup.db"), false);
        made.expect("copied").state.size
    }

    fn go_on(&self) {
        let mut batch = Batch::new();
        let terms = batch.evidence(SHEET);
        batch.entry(policy_entry("NY-002", "leafy-greens@1", terms, &[], at()));
        let body = batch.evidence(*b"what the feed said");
        let mut learned = observed("2013-05-02T00:00:00.000Z", vec![rain("LGA", 5, Some("1.5"))]);
        learned.evidence = vec![body];
        batch.observe(learned);
        batch.determine(paid(113_850));
        self.append(batch);
    }

    fn lose(&self) {
        for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
            let _ = fs::remove_file(self.at(name));
        }
    }

    fn restore<T>(&self, run: impl FnOnce(&Restore<'_>) -> T) -> T {
        let (backup, ledger, key) = (self.at("backup.db"), self.path(), key(1).public());
        run(&Restore {
            backup: &backup,
            ledger: &ledger,
            high_water: &self.signing.high_water,
            key: Some(&key),
            checkpoints: &[],
            entries: None,
            evidence: &[],
            nobody_knows_more: false,
            at: at(),
        })
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = fs::read_dir(self.folder.path()).expect("a folder").map(|entry| entry.expect("read").path());
        files.filter(|path| path.is_file()).map(|path| (path.clone(), fs::read(path).expect("read"))).collect()
    }
}

fn refused<T>(result: Result<T, RestoreError>) -> String {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn o5_a_backup_with_nothing_behind_it_is_restored_whole_and_goes_on() {
    let world = World::published();
    let size = world.with_backup();
    let before = world.reader().verify().expect("whole");
    let high_water = fs::read(&world.signing.high_water).expect("there");
    world.lose();
    let files = world.files();
    let checked = world.restore(|restore| restore.check()).expect("it would be restored");
    assert_eq!(world.files(), files, "a drill writes nothing");
    let restored = world.restore(|restore| restore.run()).expect("restored");
    assert_eq!(restored, checked);
    let beside: Vec<_> = restored.witnesses.iter().map(|witness| witness.beside_copy).collect();
    assert_eq!(beside, [false, true], "both high-water files are asked");
    assert_eq!((restored.verified, restored.signed, restored.state.size), (before, Some(size), size));
    assert_eq!(fs::read(&world.signing.high_water).expect("there"), high_water);
    assert_eq!(world.reader().verify().expect("whole"), before);
    world.go_on();
    assert_eq!(world.reader().payouts(&Filter::default()).expect("readable").len(), 1);
}

#[test]
fn o5_a_backup_that_lacks_what_was_signed_is_refused_whoever_knows_of_it() {
    let world = World::published();
    let size = world.with_backup();
    world.go_on();
    let newest = world.at("kept-by-insurer");
    fs::write(&newest, world.reader().newest_checkpoint().expect("read").expect("signed").1).expect("written");
    world.lose();
    let files = world.files();
    for check in [true, false] {
        let error = refused(world.restore(|restore| if check { restore.check() } else { restore.run() }));
        let says = format!("has {size} entries, and {} says that 7 were signed", world.signing.high_water.display());
        assert!(error.contains(&says) && error.contains("entries 4 to 6 are missing"), "{error}");
        assert!(error.contains("--entries") && error.contains("--new-origin"), "it says what to do: {error}");
    }
    let without_lock = || world.files().into_iter().filter(|(path, _)| !path.ends_with("ledger.db.lock")).collect();
    let files: BTreeMap<_, _> = files.into_iter().filter(|(path, _)| !path.ends_with("ledger.db.lock")).collect();
    assert_eq!(files, without_lock(), "nothing was written");
    // The high-water file was lost with the machine: what an insurer kept is enough.
    fs::remove_file(&world.signing.high_water).expect("gone");
    let checkpoints = [newest];
    let with = |restore: &Restore<'_>| Restore { checkpoints: &checkpoints, ..*restore }.run();
    let error = refused(world.restore(with));
    assert!(error.contains("kept-by-insurer says that 7 were signed"), "{error}");
    // A note by somebody else is no checkpoint, and no reason to refuse for ever either.
    let forged = Checkpoint { origin: NAME.to_owned(), size: 9, root: [7; 32] }.sign(&key(9));
    fs::write(&checkpoints[0], forged).expect("written");
    let error = refused(world.restore(with));
    assert!(error.contains("kept-by-insurer: it is not signed by"), "{error}");
}

#[test]
fn o5_without_anything_outside_of_it_a_backup_is_not_believed() {
    let world = World::published();
    let size = world.with_backup();
    world.lose();
    fs::remove_file(&world.signing.high_water).expect("gone");
    let error = refused(world.restore(|restore| restore.run()));
    assert!(error.contains("nothing outside of") && error.contains("--nobody-knows-more"), "{error}");
    let error = refused(world.restore(|restore| Restore { key: None, ..*restore }.run()));
    assert!(error.contains("--key") && error.contains(&key(1).public().to_string()), "{error}");
    let other = key(9).public();
    let error = refused(world.restore(|restore| Restore { key: Some(&other), ..*restore }.run()));
    assert!(error.contains("never by the key that was given"), "{error}");
    let error = refused(world.restore(|restore| restore.begin_anew("ledger.example.org/fairgauge-2", true)));
    assert!(error.contains("nothing outside of"), "nor is anything begun by it: {error}");
    let restored = world.restore(|restore| Restore { nobody_knows_more: true, ..*restore }.run()).expect("restored");
    assert_eq!(restored.signed, Some(size));
    world.go_on();
}

#[test]
fn o5_a_backup_of_other_entries_than_those_that_were_signed_is_refused() {
    let world = World::published();
    world.with_backup();
    world.go_on();
    world.lose();
    // Another ledger of the same name and key, which has gone on further.
    let other = World::published();
    other.with_backup();
    for text in ["a", "b", "c", "d"] {
        let mut batch = Batch::new();
        batch.entry(Entry::new(Kind::Note, format!("note/{text}"), at()));
        other.append(batch);
    }
    let made = back_up(&other.path(), &other.signing.high_water, &world.at("backup.db"), true);
    assert_eq!(made.expect("copied").state.size, 8);
    let error = refused(world.restore(|restore| restore.run()));
    assert!(error.contains("signs other entries than the first 7 of"), "{error}");
}

#[test]
fn o5_missing_entries_come_back_from_the_logs_files_and_it_says_what_does_not() {
    let world = World::published();
    world.with_backup();
    world.go_on();
    let payouts = world.reader().payouts(&Filter::default()).expect("readable");
    world.lose();
    let public = world.at("public");
    let restored = world.restore(|restore| Restore { entries: Some(&public), ..*restore }.run()).expect("restored");
    let missing = restored.missing.expect("bodies alone");
    assert_eq!(missing.entries, 4..=6);
    assert_eq!(missing.readings, [(5, "obs/asos/2013-05-02T00:00:00.000Z".to_owned(), 1)]);
    assert_eq!(missing.evidence.values().collect::<Vec<_>>().len(), 2, "the sheet and the feed's body");
    assert_eq!((restored.copied.size, restored.state.size, restored.signed), (4, 8, Some(7)));
    assert_eq!(world.reader().payouts(&Filter::default()).expect("readable"), payouts, "nothing is settled twice");
    let verified =
        world.reader().verify_against(Some(&key(1).public()), &[]).expect("whole but for what it says is not there");
    assert_eq!((verified.entries, verified.observations), (8, 2));
    assert_eq!(world.reader().bodies_only().expect("read"), [4..=6]);
    // It goes on: the feed is asked again, and the log stays one log.
    let mut batch = Batch::new();
    batch.observe(observed("2013-05-03T00:00:00.000Z", vec![rain("LGA", 5, Some("1.5"))]));
    batch.determine(Determination { cover: "heat".into(), ..season() });
    world.append(batch);
    let newest = world.reader().newest_checkpoint().expect("read").expect("signed");
    assert_eq!(fs::read_to_string(public.join("checkpoint")).expect("there"), newest.1);
    // With the sheet at hand one thing less is missing.
    world.lose();
    fs::write(world.at("sheet.toml"), SHEET).expect("written");
    let sheets = [world.at("sheet.toml")];
    let restored = world
        .restore(|restore| Restore { evidence: &sheets, entries: Some(&public), ..*restore }.run())
        .expect("restored");
    assert_eq!(restored.missing.expect("bodies alone").evidence.len(), 1);
    assert_eq!(world.reader().evidence(digest::sha256(SHEET)).expect("read").as_deref(), Some(SHEET));
}

/// Lists that entries name by their hash alone: of observations, of sources, of what was refused, of bodies.
#[test]
fn o5_entries_whose_lists_are_lost_are_read_without_them_and_others_are_not() {
    let world = World::published();
    world.with_backup();
    let sources: Vec<_> = (0..200).map(|n| source(&format!("S{n}"), Disposition::Used, [1, 0, 0, 0, 0, 0])).collect();
    let said = Determination { observations: "1,3".repeat(2_000), sources: Some(sources), ..paid(113_850) };
    let mut batch = Batch::new();
    let mut learned = observed("2013-05-02T00:00:00.000Z", vec![rain("LGA", 5, Some("1.5"))]);
    learned.evidence = (0..300).map(|body: u32| batch.evidence(body.to_be_bytes())).collect();
    let list = long_list(&learned.evidence).expect("more than are listed");
    batch.observe(learned);
    batch
        .refuse(Refusal {
            feed: "asos".into(),
            known_at: at(),
            evidence: Vec::new(),
            flagged: Vec::new(),
            unread: vec![Unread { reason: "no number".to_owned(), ..Unread::default() }],
            more: 0,
        })
        .expect("plain names");
    batch.determine(said.clone());
    let seq = world.append(batch).0.last().expect("the determination").seq;
    let reader = world.reader();
    assert_eq!(reader.determination_of(seq).expect("readable"), Some(said.clone()));
    assert_eq!(reader.refused(None).expect("readable").len(), 1);
    drop(reader);
    // Gone from a ledger that never lost anything, they are missed.
    let whole = fs::read(world.path()).expect("there");
    world.forge("DELETE FROM evidence");
    let missed = |what: &str, error: LedgerError| assert!(error.to_string().contains(what), "{error}");
    missed("a list of observations is missing", world.reader().determination_of(seq).expect_err("missed"));
    missed("a list of refused readings is missing", world.reader().refused(None).expect_err("missed"));
    fs::write(world.path(), &whole).expect("put back");
    world.forge(&format!("DELETE FROM evidence WHERE CAST(bytes AS TEXT) NOT LIKE '{}%'", &said.observations[..30]));
    missed("a list of sources is missing", world.reader().determination_of(seq).expect_err("missed"));
    // Brought back from the log's files, they are known to be lost.
    world.lose();
    let public = world.at("public");
    fs::write(world.at("bodies"), &list).expect("written");
    let given = [world.at("bodies")];
    let restored = world
        .restore(|restore| Restore { evidence: &given, entries: Some(&public), ..*restore }.run())
        .expect("restored");
    let lost = restored.missing.expect("bodies alone").evidence;
    assert_eq!(lost.len(), 303, "each body that the list names, and three lists");
    let reader = world.reader();
    let found = reader.determination_of(seq).expect("readable").expect("there");
    assert_eq!((found.sources, found.observations.as_str(), found.amount), (None, "", said.amount));
    assert_eq!(reader.refused(None).expect("readable"), []);
}

#[test]
fn o5_files_that_do_not_hold_what_they_sign_are_refused() {
    let world = World::published();
    world.with_backup();
    world.go_on();
    world.lose();
    let (public, file) = (world.at("public"), world.at("public/tile/entries/000.p/7"));
    let (whole, note) = (fs::read(&file).expect("there"), fs::read(public.join("checkpoint")).expect("there"));
    let place = whole.windows(9).position(|window| window == b"113850,\"a").expect("the amount");
    let mut paid_more = whole.clone();
    paid_more[place] = b'9';
    for (bytes, says) in [
        (paid_more, "are not those that its checkpoint signs"),
        (whole[..whole.len() - 1].to_vec(), "it is no bundle of entries"),
        (whole[..2].to_vec(), "it is no bundle of entries"),
        (Vec::new(), "entry 4 is missing"),
    ] {
        fs::write(&file, bytes).expect("written");
        let error = refused(world.restore(|restore| Restore { entries: Some(&public), ..*restore }.run()));
        assert!(error.contains(says), "{error}");
    }
    fs::write(&file, &whole).expect("written");
    let state = Checkpoint { origin: NAME.to_owned(), size: 7, root: [7; 32] };
    for (text, says) in [
        (state.sign(&key(1)), "are not those that its checkpoint signs"),
        (String::from_utf8(note.clone()).expect("text").replace("\n\n", "\n"), "is no signed note"),
        (
            Checkpoint::read(&String::from_utf8_lossy(&note).split_inclusive('\n').take(3).collect::<String>())
                .expect("a state")
                .sign(&key(9)),
            "it is not signed by",
        ),
    ] {
        fs::write(public.join("checkpoint"), text).expect("written");
        let error = refused(world.restore(|restore| Restore { entries: Some(&public), ..*restore }.run()));
        assert!(error.contains(says), "{error}");
    }
    assert!(!world.path().exists() && !world.at("ledger.db.new").exists());
}

#[test]
fn o5_where_the_whole_of_a_bundle_has_taken_its_parts_place_that_is_read_as_far_as_it_is_signed() {
    // In the first bundle, and in the second.
    for (before, behind, signed, bundle) in [(0, 300, 7, "000"), (300, 600, 307, "001")] {
        let world = World::published();
        world.with_backup();
        world.go_on();
        world.append(notes(0..before));
        let (public, high_water) = (world.at("public"), &world.signing.high_water);
        let [note, known] = [&public.join("checkpoint"), high_water].map(|file| fs::read(file).expect("there"));
        world.append(notes(before..behind));
        let [whole, parts] = ["", ".p"].map(|end| public.join(format!("tile/entries/{bundle}{end}")));
        assert!(!parts.exists() && whole.exists());
        // Copied before the checkpoint was.
        fs::write(public.join("checkpoint"), note).expect("written");
        fs::write(high_water, known).expect("written");
        world.lose();
        let part = parts.join((signed % 256).to_string());
        fs::create_dir_all(&part).expect("something else");
        let error = refused(world.restore(|restore| Restore { entries: Some(&public), ..*restore }.run()));
        assert!(error.contains("directory"), "a part that is there and cannot be read is said: {error}");
        fs::remove_dir(&part).expect("out of the way");
        let restored = world.restore(|restore| Restore { entries: Some(&public), ..*restore }.run()).expect("restored");
        assert_eq!(restored.signed, Some(signed));
        world.reader().verify_against(Some(&key(1).public()), &[]).expect("whole");
    }
}

#[test]
fn o1_a_key_that_took_over_in_the_missing_entries_signs_what_comes_back() {
    let mut world = World::published();
    world.with_backup();
    let mut store = world.open().expect("opened");
    store.rotate(key(2), at()).expect("rotated");
    store.close().expect("closed");
    world.signing.key = key(2);
    world.go_on();
    world.lose();
    let public = world.at("public");
    for known in [key(1).public(), key(2).public()] {
        world.lose();
        let with = |restore: &Restore<'_>| Restore { key: Some(&known), entries: Some(&public), ..*restore }.run();
        world.restore(with).expect("restored");
        world.reader().verify_against(Some(&known), &[]).expect("whole");
    }
}

#[test]
fn a_ledger_whose_high_water_file_is_lost_gets_another_where_a_checkpoint_agrees() {
    let world = World::published();
    world.with_backup();
    let checkpoint = [world.at("kept")];
    fs::write(&checkpoint[0], world.reader().newest_checkpoint().expect("read").expect("signed").1).expect("written");
    let lost = fs::read(&world.signing.high_water).expect("there");
    fs::remove_file(&world.signing.high_water).expect("gone");
    let error = world.open().expect_err("refused").to_string();
    assert!(error.contains("fairgauge restore"), "{error}");
    let path = world.path();
    let with = |restore: &Restore<'_>| Restore { backup: &path, checkpoints: &checkpoint, ..*restore }.run();
    let restored = world.restore(with).expect("restored");
    assert!(restored.in_place);
    assert_eq!(fs::read(&world.signing.high_water).expect("there"), lost);
    world.go_on();
}

#[test]
fn a_ledger_that_is_there_or_is_written_is_not_replaced() {
    let world = World::published();
    world.with_backup();
    let error = refused(world.restore(|restore| restore.run()));
    assert!(error.contains("move it away"), "{error}");
    let store = world.open().expect("opened");
    let error = refused(world.restore(|restore| restore.run()));
    assert!(error.contains("another fairgauge writes this ledger"), "{error}");
    drop(store);
    world.lose();
    fs::write(world.at("ledger.db-wal"), b"a log").expect("written");
    let error = refused(world.restore(|restore| restore.run()));
    assert!(error.contains("ledger.db-wal is there"), "{error}");
}

#[test]
fn a_new_log_carries_everything_over_and_pays_nothing_twice() {
    let world = World::published();
    let size = world.with_backup();
    world.go_on();
    // Of what came behind it only the high-water file is left.
    let made = back_up(&world.path(), &world.signing.high_water, &world.at("backup.db"), true);
    assert_eq!(made.expect("copied").state.size, 7);
    let mut batch = Batch::new();
    batch.determine(Determination { cover: "heat".into(), ..season() });
    world.append(batch);
    let (old, payouts) = (world.reader().state_at(8).expect("read"), world.reader().payouts(&Filter::default()));
    let before = payouts.expect("readable");
    world.lose();
    assert!(refused(world.restore(|restore| restore.run())).contains("8 were signed"));
    let error = refused(world.restore(|restore| restore.begin_anew(NAME, true)));
    assert!(error.contains("another name"), "{error}");
    let error = refused(world.restore(|restore| restore.begin_anew("a b", true)));
    assert!(error.contains("cannot be a log's name"), "{error}");
    let origin = "ledger.example.org/fairgauge-2";
    let would = world.restore(|restore| restore.begin_anew(origin, false)).expect("it would be begun");
    assert_eq!((would.state.origin.as_str(), would.state.root), (origin, would.carried.root));
    assert!(!world.path().exists());
    let anew = world.restore(|restore| restore.begin_anew(origin, true)).expect("begun");
    assert_eq!((anew.carried.size, &anew.last), (7, &old));
    assert!(size < 7 && anew.put_aside.as_ref().is_some_and(|path| path.exists()));
    let signing = Signing { key: LogKey::new(origin, &[3; 32]).expect("a key"), ..world.signing.clone() };
    let mut store = Store::open_signed(&world.path(), at(), &signing).expect("it starts");
    store.append(poll()).expect("the same readings are there");
    assert!(
        store
            .append({
                let mut batch = Batch::new();
                batch.determine(paid(5));
                batch
            })
            .is_err(),
        "what is final stays so"
    );
    store.close().expect("closed");
    let reader = world.reader();
    let verified = reader.verify_against(Some(&signing.key.public()), &[]).expect("whole");
    assert_eq!((verified.entries, verified.checkpoints, verified.observations), (8, 1, 3));
    let genesis = reader.entry(0).expect("read").expect("there");
    let old_log = genesis.member("continues").expect("it says what it goes on from");
    assert_eq!(old_log.member("size").and_then(super::super::Item::as_integer), Some(8));
    assert_eq!(old_log.member("root").and_then(super::super::Item::as_text), Some(digest::hex(&old.root).as_str()));
    let after = reader.payouts(&Filter::default()).expect("readable");
    assert_eq!(after, before.into_iter().filter(|row| row.id.contains("/rain/")).collect::<Vec<_>>());
    let raw = Connection::open(world.path()).expect("a ledger");
    for rule in ["UPDATE ledger SET leaf = zeroblob(32)", "DELETE FROM checkpoint"] {
        assert!(raw.execute_batch(rule).is_err(), "the rules are in force again: {rule}");
    }
}

#[test]
fn a_ledger_that_was_never_signed_is_restored_as_it_is() {
    let world = World::published();
    let store = Store::create(&world.path(), "fairgauge", at()).expect("a new ledger");
    store.close().expect("closed");
    let high_water = Signing::beside(&world.path());
    back_up(&world.path(), &high_water, &world.at("backup.db"), false).expect("copied");
    world.lose();
    let restored = world.restore(|restore| Restore { key: None, high_water: &high_water, ..*restore }.run());
    assert_eq!(restored.expect("restored").signed, None);
    assert!(!high_water.exists());
    Store::open(&world.path()).expect("it starts");
}
