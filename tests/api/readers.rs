//! A05: readers that hold a connection of the ledger for long are broken off, and what is written does not wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fairgauge::ledger::Batch;

use crate::client::{connect, request};
use crate::program::wait_until;
use crate::serving::{NORTH, Season, serve};

/// Writes to the ledger, signs it and closes it, and says how long the write-ahead log is then.
fn append(season: &Season, number: i64) -> u64 {
    let mut next = season.advance();
    next.number = number;
    next.paid.advance = 12_345 * (number - 1);
    let mut batch = Batch::new();
    batch.determine(next);
    season.append(batch);
    std::fs::metadata(season.ledger.with_extension("sqlite-wal")).map_or(0, |log| log.len())
}

/// Clients that ask for much and take nothing of it: their answers are made, and no connection to the ledger is held.
#[test]
fn a05_who_takes_nothing_of_an_answer_holds_no_state_of_the_ledger() {
    let season = Season::new();
    let served = serve(&season.ledger);
    let bearer = format!("Bearer {}", served.tokens["auditor"]);
    let stalled: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = connect(served.address);
            let request = request("GET", "/v1/payouts?history=true&limit=1000", &[("authorization", &bearer)], b"");
            std::io::Write::write_all(&mut stream, &request).unwrap();
            stream
        })
        .collect();
    let answer = served.get("insured", &format!("/v1/policies/{NORTH}"));
    assert_eq!(answer.status, 200, "others are answered");
    // One that is being answered right now holds a state until it is.
    let mut numbers = 2..;
    for _ in 0..4 {
        wait_until("the log is emptied: no reader holds an old state", || {
            append(&season, numbers.next().unwrap()) == 0
        });
    }
    drop(stalled);
}

/// Whoever listens reads a little at a time: between two looks nothing is held.
#[test]
fn a05_who_listens_holds_no_state_of_the_ledger() {
    let season = Season::new();
    let served = serve(&season.ledger);
    let bearer = format!("Bearer {}", served.tokens["auditor"]);
    let listeners: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = connect(served.address);
            let request = request("GET", "/v1/events?after=0", &[("authorization", &bearer)], b"");
            std::io::Write::write_all(&mut stream, &request).unwrap();
            crate::client::head(stream)
        })
        .collect();
    let mut numbers = 2..;
    for _ in 0..4 {
        wait_until("the log is emptied: nobody holds an old state", || append(&season, numbers.next().unwrap()) == 0);
    }
    drop(listeners);
}

/// Another program may hold a state of the file as long as it likes: readers are answered from the newest one, and what is
/// written is committed.
#[test]
fn a05_a_program_that_holds_a_state_for_long_delays_neither_readers_nor_commits() {
    let season = Season::new();
    let served = serve(&season.ledger);
    let held =
        rusqlite::Connection::open_with_flags(&season.ledger, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    held.execute_batch("BEGIN").unwrap();
    let before: i64 = held.query_row("SELECT count(*) FROM payout", [], |row| row.get(0)).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let asking = {
        let (stop, address, token) = (stop.clone(), served.address, served.tokens["auditor"].clone());
        std::thread::spawn(move || {
            let bearer = format!("Bearer {token}");
            let mut worst = 0;
            while !stop.load(Ordering::Relaxed) {
                let request = request("GET", "/v1/payouts?limit=10", &[("authorization", &bearer)], b"");
                worst = worst.max(crate::client::send(address, &request).status);
                std::thread::park_timeout(std::time::Duration::from_millis(25));
            }
            worst
        })
    };
    for number in 2..12 {
        append(&season, number);
        let page = served.get("insured", &format!("/v1/payouts?policy={NORTH}&state=interim&limit=1000")).json();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(usize::try_from(number).unwrap()), "the newest state");
    }
    stop.store(true, Ordering::Relaxed);
    assert_eq!(asking.join().unwrap(), 200);
    let still: i64 = held.query_row("SELECT count(*) FROM payout", [], |row| row.get(0)).unwrap();
    assert_eq!(still, before, "its own state stays");
}
