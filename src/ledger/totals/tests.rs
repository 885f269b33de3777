//! The figures are those of the view, after every entry and however they are counted.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::ledger::determination::tests::{ended, interim, paid, restated, season};
use crate::ledger::merkle::LogKey;
use crate::ledger::store::tests::{at, fresh};
use crate::ledger::{Batch, Determination, Entry, Item, Kind, Life, Signing, Store};

/// Small numbers in a fixed sequence (an LCG of Knuth's).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What the view itself says, asked anew.
fn of_view(reader: &Reader) -> Totals {
    let mut totals = Totals::default();
    let query = "SELECT state, reason_code, outcome, currency, payable_minor FROM payout";
    let rows = reader.rows(query, [], |row| {
        let text = |column| row.get::<_, String>(column);
        let state = State::from_word(&text(0)?).expect("a state");
        Ok((state.stage(&text(1)?), outcome(&text(2)?)?, text(3)?, row.get::<_, i64>(4)?))
    });
    for (stage, outcome, currency, payable) in rows.expect("readable") {
        totals.add(Counted { stage, outcome, currency, payable }, 1);
    }
    totals
}

fn counted(reader: &Reader, totals: &mut Totals) {
    while !reader.count_on(totals).expect("readable") {}
}

/// An act or a hold of the program on the period of a season.
fn on_period(kind: Kind, policy: &str, number: u64, at: DateTime<Utc>) -> Entry {
    Entry::new(kind, format!("{}/{policy}/{number}", kind.word()), at)
        .text("policy", policy)
        .text("cover", season().cover)
        .item("period", Item::object([("start", season().period.start.to_string().into())]))
}

/// Something that may happen to a policy; the ledger may refuse it.
fn drawn(dice: &mut Dice, number: u64) -> Batch {
    let policy = format!("P-{}", dice.below(5));
    let at = at() + TimeDelta::days(200) + TimeDelta::hours(number as i64);
    let minor = dice.below(4) as i64 * 1_000;
    let mut batch = Batch::new();
    let of = |said: Determination| Determination {
        policy: policy.clone(),
        as_of: at,
        determined_at: at,
        reason_code: ["period_running", "paid", "missing"][number as usize % 3].to_owned(),
        ..said
    };
    match dice.below(10) {
        0..=2 => batch.determine(of(Determination { outcome: Outcome::ALL[dice.below(3) as usize], ..season() })),
        3 => {
            let life = Life { contested_until: Some(at + TimeDelta::days(3)), ..Life::default() };
            batch.determine(of(Determination { state: State::Preliminary, life, ..season() }));
        }
        4 => batch.entry(on_period(Kind::Hold, &policy, number, at)),
        5 => batch.entry(on_period(Kind::Release, &policy, number, at)),
        6 if dice.below(3) == 0 => batch.entry(on_period(Kind::Void, &policy, number, at)),
        7 => batch.determine(of(paid(minor))),
        8 => batch.determine(of(interim(number as i64 % 3 + 1, minor + 1, 0))),
        _ => batch.determine(of(restated(minor, dice.below(4) as i64 * 1_000))),
    }
    batch
}

#[test]
fn the_figures_are_those_of_the_view_after_every_entry() {
    let mut seen = BTreeMap::new();
    for seed in 0..12 {
        let (_folder, mut store) = fresh();
        let reader = Reader::open(store.path()).expect("a ledger");
        let (mut dice, mut totals) = (Dice(seed), Totals::default());
        for number in 0..60 {
            let before = store.newest().expect("readable");
            if store.append(drawn(&mut dice, number)).is_err() || store.newest().expect("readable") == before {
                continue;
            }
            // Now and then several at once.
            if dice.below(3) > 0 {
                counted(&reader, &mut totals);
                let view = of_view(&reader);
                assert_eq!(totals.settlements, view.settlements, "seed {seed}, step {number}");
                let payable =
                    |totals: &Totals| totals.payable.clone().into_iter().filter(|row| row.1 != 0).collect::<Vec<_>>();
                assert_eq!(payable(&totals), payable(&view), "seed {seed}, step {number}");
                totals.settlements().for_each(|(stage, ..)| *seen.entry(stage).or_insert(0) += 1);
            }
        }
    }
    let stages: Vec<_> = seen.into_keys().collect();
    assert_eq!(stages, ["complete", "final", "held", "interim", "open", "preliminary", "restated", "void"]);
}

/// What no checkpoint covers is not seen, and so not counted; what waits is known by its instant.
#[test]
fn what_is_payable_is_added_and_what_it_takes_the_place_of_taken_away() {
    let (_folder, mut store) = fresh();
    let reader = Reader::open(store.path()).expect("a ledger");
    let mut totals = Totals::default();
    let mut payable = |determination: Option<Determination>| {
        let mut batch = Batch::new();
        determination.into_iter().for_each(|said| batch.determine(said));
        store.append(batch).expect("written");
        counted(&reader, &mut totals);
        let sums = totals.payable().map(|(currency, minor)| format!("{currency} {minor}"));
        let stages =
            totals.settlements().map(|(stage, outcome, number)| format!("{stage} {} {number}", outcome.word()));
        sums.chain(stages).collect::<Vec<_>>().join(", ")
    };
    let other = |minor| Determination { policy: "P-2".into(), ..paid(minor) };
    assert_eq!(payable(Some(paid(100))), "USD 100, final pays 1");
    assert_eq!(payable(Some(restated(300, 100))), "USD 300, restated pays 1");
    assert_eq!(payable(Some(other(7))), "USD 307, final pays 1, restated pays 1");
    assert_eq!(payable(None), "USD 307, final pays 1, restated pays 1");
}

#[test]
fn a_long_ledger_is_counted_in_steps() {
    let (_folder, mut store) = fresh();
    let mut batch = Batch::new();
    (0..AT_ONCE).for_each(|number| batch.entry(Entry::new(Kind::Note, format!("note/{number}"), at())));
    batch.determine(paid(100));
    store.append(batch).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let mut totals = Totals::default();
    assert!(!reader.count_on(&mut totals).expect("readable"), "there is more");
    assert_eq!(totals.payable().count(), 0);
    assert!(reader.count_on(&mut totals).expect("readable"), "that is all");
    assert_eq!(totals.payable().collect::<Vec<_>>(), [("USD", 100)]);
}

#[test]
fn what_is_not_signed_is_not_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.sqlite");
    let key = LogKey::new("ledger.example.org/f", &[7; 32]).expect("a key");
    let signing = Signing { key, high_water: Signing::beside(&path), publish: None };
    let mut store = Store::create_signed(&path, at(), &signing).expect("new");
    let reader = Reader::open(&path).expect("a ledger");
    let mut batch = Batch::new();
    batch.determine(ended(5_000, 0));
    store.append(batch).expect("written and signed at once");
    let extent = reader.extent().expect("readable");
    let signed = extent.signed.expect("there is a key");
    assert_eq!((signed.entries, signed.waits_since), (extent.entries, None));
    assert_eq!(signed.until, Some(ended(5_000, 0).determined_at));
    let mut note = Batch::new();
    note.entry(Entry::new(Kind::Note, "note/1", at()).text("text", "it waits for a while"));
    store.append(note).expect("written");
    let waiting = reader.extent().expect("readable");
    assert_eq!((waiting.entries, waiting.signed.expect("a key").entries), (extent.entries + 1, extent.entries));
    assert_eq!(waiting.signed.expect("a key").waits_since, Some(at()));
    let mut totals = Totals::default();
    counted(&reader, &mut totals);
    assert_eq!(totals.until, extent.entries, "up to the checkpoint");
    assert_eq!(totals.settlements().map(|(_, _, number)| number).sum::<i64>(), 1);
    store.sign().expect("signed");
    assert_eq!(reader.extent().expect("readable").signed.expect("a key").waits_since, None);
}
