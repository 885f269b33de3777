//! Somebody mends a payout by a SQLite tool (O6): `verify` names it, and the daemon signs nothing over it.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;

use std::fs;

use forge::{forge, rewrite};
use program::{run, wait_until};
use rusqlite::Connection;
use signed_daemon::World;

/// What the log has signed: its newest checkpoint in the ledger, beside it, and as it is published.
fn signed(world: &World) -> (Vec<String>, Vec<Vec<u8>>) {
    let notes = program::query(&world.file("ledger.sqlite"), "SELECT note FROM checkpoint ORDER BY size");
    let files = ["ledger.sqlite.high-water", "public/checkpoint"];
    (notes, files.iter().map(|name| fs::read(world.file(name)).unwrap()).collect())
}

/// Has a ledger with a payout mended. `verify` names what `says`; the daemon does not start, says the same where
/// `at_start`, and signs nothing.
fn is_named(mend: impl FnOnce(&World), says: &str, at_start: bool) {
    let world = World::of_file();
    world.run_to_end();
    world.assert_well();
    let before = signed(&world);
    mend(&world);
    let (status, said) = world.verify();
    assert!(status == 1 && said.contains(says) && said.contains("ledger.sqlite"), "{status}: {said}");
    if at_start {
        let mut daemon = world.start();
        assert_eq!(daemon.ended().code(), Some(1), "{}", daemon.log());
        assert!(daemon.log().contains(says), "{}", daemon.log());
    }
    assert_eq!(signed(&world), before, "nothing is signed");
}

/// SQL on the file, with the triggers dropped and made again.
fn sql(statements: &str) -> impl FnOnce(&World) {
    move |world| forge(&world.file("ledger.sqlite"), |connection| connection.execute_batch(statements).unwrap())
}

/// The number of the entry of the payout.
fn number(world: &World) -> i64 {
    program::query(&world.file("ledger.sqlite"), "SELECT seq FROM ledger WHERE kind = 'final'")[0]
}

#[test]
fn o06_an_amount_is_mended() {
    let mend = |world: &World| {
        let number = number(world);
        sql("UPDATE ledger SET body = replace(body, '3000.00', '4000.00') WHERE kind = 'final'")(world);
        let (_, said) = world.verify();
        assert!(said.contains(&format!("entry {number} ")), "the entry is named: {said}");
    };
    is_named(mend, "was altered: entry ", true);
}

#[test]
fn o06_an_amount_is_mended_with_its_hash() {
    let mend = |world: &World| {
        rewrite(&world.file("ledger.sqlite"), "kind = 'final'", |body| {
            body.replace("3000.00", "4000.00").replace("300000", "400000")
        });
    };
    is_named(mend, "has not the root of the entries", true);
}

#[test]
fn o06_a_state_is_mended() {
    let mend = |world: &World| {
        rewrite(&world.file("ledger.sqlite"), "kind = 'final'", |body| {
            body.replace("\"kind\":\"final\"", "\"kind\":\"note\"").replace("\"pays\"", "\"nothing_due\"")
        });
    };
    is_named(mend, "has not the root of the entries", true);
}

#[test]
fn o06_a_payout_is_deleted() {
    is_named(sql("DELETE FROM ledger WHERE kind = 'final'"), "stands for entries that are not there", true);
}

#[test]
fn o06_a_payout_is_deleted_and_what_signed_it_as_well() {
    let world = World::of_file();
    world.run_to_end();
    let (before, number) = (signed(&world), number(&world));
    sql(&format!("DELETE FROM checkpoint WHERE size > {number}; DELETE FROM ledger WHERE seq >= {number}"))(&world);
    // The file agrees with itself now; what stands outside of it knows more.
    let mut daemon = world.start();
    assert_eq!(daemon.ended().code(), Some(1), "{}", daemon.log());
    let says = format!("has {number} entries, and");
    assert!(daemon.log().contains(&says) && daemon.log().contains("this is an old copy"), "{}", daemon.log());
    let (_, after) = signed(&world);
    assert_eq!(after, before.1, "nothing is signed");
    let (ledger, key, kept) = (world.file("ledger.sqlite"), world.file("key.pub"), world.file("public/checkpoint"));
    let [ledger, key, kept] = [&ledger, &key, &kept].map(|path| path.to_str().unwrap());
    let (status, said) = run(&["verify", "--ledger", ledger, "--key", key, "--checkpoint", kept]);
    assert!(status == 1 && said.contains("ledger.sqlite"), "{said}");
}

#[test]
fn o06_a_reading_is_mended() {
    is_named(
        sql("UPDATE observation SET value_micro = 90000000 WHERE value_micro = 80000000"),
        "the readings of entry",
        false,
    );
}

#[test]
fn o06_triggers_are_left_dropped() {
    let mend = |world: &World| {
        let raw = Connection::open(world.file("ledger.sqlite")).unwrap();
        raw.execute_batch("DROP TRIGGER ledger_update; DROP TRIGGER ledger_delete").unwrap();
    };
    is_named(mend, "the trigger ledger_delete is missing", true);
}

#[test]
fn o06_an_entry_is_mended_while_the_daemon_runs() {
    let world = World::new("file = \"daily.csv\"");
    world.tell(5);
    let daemon = world.start();
    wait_until("it has heard of some days", || world.polls("=") >= 2);
    let mend = |from: &str, to: &str| {
        format!("UPDATE ledger SET body = replace(body, '{from}0000 CNY', '{to}0000 CNY') WHERE kind = 'policy'")
    };
    forge(&world.file("ledger.sqlite"), |connection| connection.execute_batch(&mend("1", "9")).unwrap());
    world.tell(10);
    world.wait_settled();
    daemon.stop();
    let (status, said) = world.verify();
    assert!(status == 1 && said.contains("was altered: entry 2 "), "{said}");
    let mut again = world.start();
    assert_eq!(again.ended().code(), Some(1), "{}", again.log());
    assert!(again.log().contains("was altered: entry 2 "), "{}", again.log());
    // What was signed meanwhile is of the entries as they were written.
    forge(&world.file("ledger.sqlite"), |connection| connection.execute_batch(&mend("9", "1")).unwrap());
    world.assert_well();
}
