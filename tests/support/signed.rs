//! Signed ledgers for tests: a key, and batches that are the same each time.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::ledger::merkle::LogKey;
use fairgauge::ledger::{
    Batch, Determination, Entry, Kind, Observed, PeriodSpan, Poll, Signing, State, Store, parse_instant,
};
use fairgauge::observation::{Reading, Vintage};
use fairgauge::quantity::{Currency, Fixed, Money, Rounding, Variable};
use fairgauge::settle::{Outcome, Paid};

pub const NAME: &str = "ledger.example.org/fairgauge";

pub fn key(seed: u8) -> LogKey {
    LogKey::new(NAME, &[seed; 32]).unwrap()
}

/// An instant of the ledger's life, by its hour.
pub fn at(hour: i64) -> DateTime<Utc> {
    parse_instant("2013-06-01T00:00:00.000Z").unwrap() + TimeDelta::hours(hour)
}

pub fn ledger(folder: &Path) -> PathBuf {
    folder.join("ledger.sqlite")
}

pub fn public(folder: &Path) -> PathBuf {
    folder.join("public")
}

/// The first key, and the log's files in a folder of their own.
pub fn signing(folder: &Path) -> Signing {
    Signing { publish: Some(public(folder)), ..unpublished(&ledger(folder), 1) }
}

/// A key by its number; the high-water file beside the ledger.
pub fn unpublished(ledger: &Path, seed: u8) -> Signing {
    Signing { key: key(seed), high_water: Signing::beside(ledger), publish: None }
}

/// Signs what a ledger holds, as a daemon does that starts and stops.
pub fn sign(ledger: &Path, seed: u8, hour: i64) {
    Store::open_signed(ledger, at(hour), &unpublished(ledger, seed)).unwrap().close().unwrap();
}

pub fn note(number: usize) -> Batch {
    let mut batch = Batch::new();
    batch.entry(Entry::new(Kind::Note, format!("note/{number}"), at(0)).text("text", format!("note {number}")));
    batch
}

/// What a poll in that hour taught: its hours of rain, with the body that they came from.
pub fn readings(hour: i64, hours: i64) -> Batch {
    let mut batch = Batch::new();
    let evidence = vec![batch.evidence(format!("{hour}: 0.3 mm").repeat(100))];
    let reading = |back: i64| Reading {
        station: "JFK".into(),
        variable: Variable::Precipitation,
        start: at(hour - back - 1),
        end: at(hour - back),
        value: Some(Fixed::from_micros(300_000 + back)),
        unit: Variable::Precipitation.own_unit(),
        vintage: Vintage::Final,
    };
    let readings: Vec<_> = (0..hours).map(reading).collect();
    batch.observe(Observed { feed: "asos".into(), known_at: at(hour), evidence, readings, revisions: 0 });
    batch.poll(Poll {
        feed: "asos".to_owned(),
        at: at(hour),
        outcome: Poll::OK.to_owned(),
        detail: String::new(),
        rows_new: hours,
        rows_refused: 0,
        heard_until: Some(at(hour)),
        requests: 1,
        not_before: None,
    });
    batch
}

/// A determination of so many cents; `advance` were paid before it.
pub fn determination(policy: &str, state: State, number: i64, minor: i64, advance: i64) -> Determination {
    let currency = Currency::from_code("USD").unwrap();
    Determination {
        policy: policy.into(),
        product: "leafy-greens@1".into(),
        terms: [0xab; 32],
        cover: "rain".into(),
        period: PeriodSpan {
            start: "2013-06-01".parse().unwrap(),
            end: "2013-08-31".parse().unwrap(),
            from: at(4),
            to: at(4 + 92 * 24),
        },
        state,
        number,
        outcome: if minor > 0 { Outcome::Pays } else { Outcome::NothingDue },
        index: Some(("229.9".into(), "mm".into())),
        trigger: "< 230 mm".into(),
        amount: Money::from_minor(minor, currency).unwrap(),
        rounding: Rounding::HalfUp,
        paid: Paid { advance, ..Paid::default() },
        reason_code: "paid".into(),
        reason: "229.9 mm is below 230 mm".into(),
        as_of: at(95 * 24),
        determined_at: at(95 * 24),
        observations: "2".into(),
        sources: None,
        tzdb: "2026b".into(),
        engine: "fairgauge 0.1.0".into(),
        life: fairgauge::ledger::Life::default(),
    }
}

/// A batch of one determination.
pub fn determined(policy: &str, state: State, number: i64, minor: i64, advance: i64) -> Batch {
    let mut batch = Batch::new();
    batch.determine(determination(policy, state, number, minor, advance));
    batch
}
