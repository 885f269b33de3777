use std::fs;

use super::*;
use crate::ledger::store::tests::at;
use crate::ledger::world::{NAME, World, key};
use crate::ledger::{Batch, Cosignature, Store};

#[test]
fn a_reader_knows_the_key_that_signs_now() {
    let world = World::signed();
    assert_eq!(world.reader().signing_key().expect("keys"), Some(key(1).public()));
    let mut store = world.open().expect("open");
    store.rotate(key(2), at()).expect("another key");
    store.close().expect("closed");
    assert_eq!(world.reader().signing_key().expect("keys"), Some(key(2).public()));
    let unsigned = World::new();
    Store::create(&unsigned.path(), NAME, at()).expect("a ledger").close().expect("closed");
    assert_eq!(unsigned.reader().signing_key().expect("keys"), None);
}

#[test]
fn d10_a_reader_holds_a_ledger_against_its_high_water_file() {
    let world = World::signed();
    let file = world.signing.high_water.clone();
    let whole = fs::read_to_string(&file).expect("there");
    let reader = world.reader();
    assert_eq!(reader.check_high_water(&file).expect("as far as it says"), Some(5));
    assert!(matches!(reader.check_high_water(&world.at("none")), Err(OpenError::NoHighWater { .. })));
    let state = reader.state_at(5).expect("a state");
    assert_eq!(state.text(), whole);
    for (state, says) in [
        (reader.state_at(2).expect("a state"), "OldHighWater"),
        (Checkpoint { size: 6, ..state.clone() }, "Behind"),
        (Checkpoint { root: [7; 32], ..state.clone() }, "Forked"),
        (Checkpoint { origin: "other.example/log".to_owned(), ..state }, "OtherHighWater"),
    ] {
        fs::write(&file, state.text()).expect("written");
        let found = format!("{:?}", reader.check_high_water(&file).expect_err("held against it"));
        assert!(found.starts_with(says), "{found}");
    }
}

#[test]
fn o8_a_reader_tells_who_has_cosigned_and_how_far() {
    let world = World::signed();
    let mut store = world.open().expect("open");
    assert_eq!(world.reader().witnesses().expect("none yet"), []);
    let mut batch = Batch::new();
    for (size, witness) in [(2, "b.example"), (5, "a.example"), (5, "b.example")] {
        batch.cosign(Cosignature { size, witness: witness.to_owned(), line: format!("— {witness} {size}") });
    }
    store.append(batch).expect("written");
    let reader = world.reader();
    let told = [("a.example".to_owned(), 5), ("b.example".to_owned(), 5)];
    assert_eq!(reader.witnesses().expect("readable"), told);
    assert_eq!(
        ["a.example", "b.example", "c.example"].map(|name| reader.cosigned_by(name).expect("readable")),
        [5, 5, 0]
    );
}

#[test]
fn d10_a_state_that_was_kept_elsewhere_has_to_be_its_beginning() {
    let world = World::signed();
    let reader = world.reader();
    let kept = |size: i64| reader.state_at(size).expect("a state");
    for size in 1..=5 {
        reader.verify_against(Some(&key(1).public()), &[&kept(size)]).expect("its beginning");
        let other = Checkpoint { root: [7; 32], ..kept(size) };
        let found = reader.verify_against(None, &[&other]).expect_err("another history");
        assert!(
            matches!(found, OpenError::Forked { size: at, .. } if at == u64::try_from(size).expect("small")),
            "{found}"
        );
    }
    let longer = Checkpoint { size: 6, ..kept(5) };
    let found = reader.verify_against(None, &[&longer]).expect_err("shorter than it was");
    assert!(matches!(found, OpenError::Shorter { size: 5, signed: 6, .. }), "{found}");
}

#[test]
fn what_proves_an_entry_is_asked_of_a_size_that_holds_it() {
    let world = World::signed();
    let reader = world.reader();
    let (body, path) = reader.proved(4, 5).expect("the last of five");
    assert_eq!(Some(body), reader.body(4).expect("readable"));
    assert_eq!(path, [reader.state_at(4).expect("a state").root], "the first four are the other half");
    for (seq, size) in [(4, 4), (5, 5), (5, 6)] {
        assert!(reader.proved(seq, size).is_err(), "{seq} of {size}");
    }
}

#[test]
fn what_proves_that_a_ledger_grew_is_what_was_added() {
    let world = World::signed();
    let reader = world.reader();
    let last = reader.body(4).expect("readable").expect("there");
    assert_eq!(reader.consistency(4, 5).expect("readable"), [digest::leaf(&last)]);
    assert_eq!(reader.consistency(5, 5).expect("readable"), [[0; 32]; 0]);
}
