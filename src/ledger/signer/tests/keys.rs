//! One key takes over from another.

use super::*;

/// What the old key signs is written down: a log of before is checked by programs to come.
#[test]
fn o1_a_key_takes_over_by_what_the_one_before_it_signed_and_by_nothing_else() {
    let [old, new, other] = [1, 2, 3].map(key);
    let [by, next] = [&old, &new].map(|key| key.public().to_string());
    assert_eq!(rotation(&by, &next), format!("fairgauge: another key signs from here on\n{by}\n{next}\n"));
    let body = |named_by: &str, signed_by: &LogKey| {
        let signature = Base64::encode_string(&signed_by.sign(rotation(&by, &next).as_bytes()));
        let entry = key_entry(7, &new.public(), at()).text("by", named_by).text("signature", signature);
        entry.body(7).expect("good")
    };
    let taken = |body: &str| key_of(body, Some(&old.public()));
    assert_eq!(taken(&body(&by, &old)), Some(new.public()));
    assert_eq!(taken(&body(&by, &other)), None, "signed by another");
    assert_eq!(taken(&body(&other.public().to_string(), &old)), None, "another is named");
    assert_eq!(key_of(&body(&by, &old), None), None, "the first key takes over from nobody");
    let first = key_entry(1, &new.public(), at()).body(1).expect("good");
    assert_eq!(key_of(&first, None), Some(new.public()));
    let elsewhere = LogKey::new("elsewhere.example/log", &[1; 32]).expect("a key");
    assert_eq!(key_of(&body(&by, &old), Some(&elsewhere.public())), None, "of another log");
}

#[test]
fn o1_another_key_is_refused_and_a_rotated_one_taken() {
    let world = World::signed();
    let other =
        World { signing: Signing { key: key(2), ..world.signing.clone() }, folder: tempfile::tempdir().expect("one") };
    let error = Store::open_signed(&world.path(), at(), &other.signing).expect_err("refused").to_string();
    assert!(error.contains("fairgauge key rotate"), "{error}");
    let mut store = world.open().expect("opened");
    store.rotate(key(2), at()).expect("rotated");
    store.close().expect("closed");
    assert!(world.open().is_err(), "the old key signs no more");
    let mut store = Store::open_signed(&world.path(), at(), &other.signing).expect("the new one does");
    store.append(note("by the new key")).expect("written");
    store.close().expect("closed");
    let notes = world.notes();
    assert!(
        Checkpoint::open(&notes[1], &key(1).public()).is_ok() && Checkpoint::open(&notes[2], &key(2).public()).is_ok()
    );
    world.reader().verify().expect("whole");
}

#[test]
fn o1_keys_follow_one_another_each_signed_by_the_one_before() {
    let world = World::published();
    let mut store = world.create();
    for next in [2, 3, 4] {
        store.rotate(key(next), at()).expect("rotated");
    }
    store.append(note("by the last key")).expect("written");
    store.close().expect("closed");
    assert!(Checkpoint::open(world.notes().last().expect("one"), &key(4).public()).is_ok());
    world.reader().verify().expect("whole");
}

#[test]
fn o1_a_key_that_the_old_one_did_not_sign_is_found() {
    for forged in [
        Entry::new(Kind::Key, "key/2", at()).text("origin", NAME).text("vkey", key(2).public().to_string()),
        key_entry(2, &key(2).public(), at()).text("by", key(1).public().to_string()).text("signature", "AAAA"),
        key_entry(2, &LogKey::new("another", &[2; 32]).expect("a key").public(), at()),
    ] {
        let world = World::published();
        drop(world.create());
        let body = forged.body(2).expect("small");
        let raw = Connection::open(world.path()).expect("a ledger");
        let insert = "INSERT INTO ledger (seq, body, leaf) VALUES (2, ?1, ?2)";
        raw.execute(insert, params![body, digest::leaf(&body)]).expect("put in");
        drop(raw);
        assert!(
            world.refused().contains("entry 2 is no key, or not signed by the key before it"),
            "{}",
            world.refused()
        );
    }
}

#[test]
fn o1_without_a_key_there_is_none_to_change() {
    let world = World::published();
    let mut store = Store::create(&world.path(), "fairgauge", at()).expect("a new ledger");
    assert!(matches!(store.rotate(key(2), at()), Err(LedgerError::NotSigned)));
}

#[test]
fn p02_a_key_that_took_over_and_was_not_signed_yet_signs_the_same() {
    let world = World::published();
    let mut store = world.create();
    store.rotate(key(2), at()).expect("another key");
    store.close().expect("closed");
    let notes = world.notes();
    world.forge("DELETE FROM checkpoint WHERE size = 3");
    let second = Signing { key: key(2), ..world.signing.clone() };
    Store::open_signed(&world.path(), at(), &second).expect("opened").close().expect("closed");
    assert_eq!(world.notes(), notes);
}
