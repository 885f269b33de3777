use chrono::TimeDelta;

use super::*;
use crate::ledger::determination::tests::{ended, interim, season};
use crate::ledger::observed::tests::{observed, rain};
use crate::ledger::store::tests::{at, fresh};
use crate::ledger::world::{World, determined, key};
use crate::ledger::{Batch, Determination, Entry, Item, Kind, Store, parse_instant};
use crate::quantity::Variable;

fn instant(text: &str) -> DateTime<Utc> {
    parse_instant(text).expect("an instant")
}

#[test]
fn readers_see_what_is_signed_as_far_as_it_was_there() {
    let world = World::published();
    let mut store = world.create();
    store.append(determined()).expect("written");
    let reader = world.reader();
    // Genesis and key at the first instant, then readings, what was provisional and what is final.
    let dates = ["2013-06-01T06:30:00.000Z", "2013-09-02T00:00:01.000Z", "2013-09-09T00:00:00.000Z"].map(instant);
    let moment = TimeDelta::milliseconds(1);
    for (when, size) in [(at() - moment, 0), (at(), 2), (dates[0] - moment, 2), (dates[0], 3), (dates[1] - moment, 3)] {
        assert_eq!(reader.seen_at(when).expect("readable"), size, "{when}");
    }
    for (when, size) in [(dates[1], 4), (dates[2] - moment, 4), (dates[2], 5), (dates[2] + TimeDelta::days(900), 5)] {
        assert_eq!(reader.seen_at(when).expect("readable"), size, "{when}");
    }
    assert_eq!(reader.seen().expect("readable"), 5);
    store.close().expect("closed");
    world.forge("DELETE FROM checkpoint WHERE size = 5");
    let reader = world.reader();
    assert_eq!(reader.seen().expect("readable"), 2);
    assert_eq!(reader.seen_at(dates[2]).expect("readable"), 2, "what is not signed is not seen");
}

#[test]
fn o1_the_key_that_is_told_is_the_newest() {
    let world = World::new();
    let mut store = world.create();
    assert_eq!(world.reader().log_key().expect("readable"), Some(key(1).public().to_string()));
    store.rotate(key(2), at()).expect("another key");
    assert_eq!(world.reader().log_key().expect("readable"), Some(key(2).public().to_string()));
    let (_folder, unsigned) = fresh();
    assert_eq!(Reader::open(unsigned.path()).expect("a ledger").log_key().expect("readable"), None);
}

fn entry(kind: Kind, number: usize) -> Entry {
    let said = season();
    Entry::new(kind, format!("{}/{number}", kind.word()), at())
        .text("policy", said.policy)
        .text("cover", said.cover)
        .item("period", Item::object([("start", said.period.start.to_string().into())]))
}

/// The states of what was said of one period, by number, as they were read when there were so many entries.
fn states(store: &Store, seq: i64) -> Vec<Option<State>> {
    let reader = Reader::open(store.path()).expect("a ledger");
    let row = reader.payout(&seq.to_string()).expect("readable").expect("there");
    let sizes = 0..=reader.count().expect("readable");
    let state = |size| reader.said_at(row.clone(), size).expect("readable").map(|row| row.state);
    sizes.map(state).collect()
}

#[test]
fn a_determination_is_told_as_it_was_read_then() {
    let (_folder, mut store) = fresh();
    let mut batch = Batch::new();
    batch.determine(interim(1, 30, 0)); // 1
    batch.determine(season()); // 2
    batch.entry(entry(Kind::Hold, 1)); // 3
    batch.determine(Determination { cover: "heat".into(), ..season() }); // 4
    batch.entry(entry(Kind::Release, 1)); // 5
    batch.determine(ended(100, 30)); // 6
    store.append(batch).expect("written");
    let [none, provisional, held] = [None, Some(State::Provisional), Some(State::Held)];
    let [binding, advance] = [Some(State::Final), Some(State::Interim)];
    assert_eq!(states(&store, 1), [none, none, advance, advance, advance, advance, advance, advance]);
    assert_eq!(states(&store, 2), [none, none, none, provisional, held, held, provisional, none]);
    assert_eq!(states(&store, 4), [none, none, none, none, none, provisional, provisional, provisional]);
    assert_eq!(states(&store, 6), [none, none, none, none, none, none, none, binding]);
}

#[test]
fn what_was_given_up_was_not_always_so() {
    let (_folder, mut store) = fresh();
    let mut batch = Batch::new();
    batch.determine(season());
    batch.entry(entry(Kind::Void, 1));
    store.append(batch).expect("written");
    assert_eq!(states(&store, 1), [None, None, Some(State::Provisional), Some(State::Void)]);
}

#[test]
fn a_series_is_told_as_it_was_known_with_what_was_revised() {
    let (_folder, mut store) = fresh();
    let days = ["2013-06-01T06:30:00.000Z", "2013-06-02T06:30:00.000Z"];
    let mut batch = Batch::new();
    batch.observe(observed(
        days[0],
        vec![rain("JFK", 1, Some("0.3")), rain("JFK", 2, Some("0.1")), rain("JFK", 3, None)],
    ));
    batch.observe(observed(days[1], vec![rain("JFK", 1, Some("0.5")), rain("ALB", 1, Some("9"))]));
    store.append(batch).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let key =
        |station: &str| SeriesKey { feed: "asos".into(), station: station.into(), variable: Variable::Precipitation };
    let whole = Stretch { from_s: 0, to_s: i64::MAX, after: (i64::MIN, 0), as_of: instant(days[1]), most: 10 };
    let told = |stretch: Stretch| {
        let (unit, known) = reader.history(&key("JFK"), &stretch).expect("readable").expect("learned of");
        assert_eq!(unit, Variable::Precipitation.own_unit());
        let told = |one: &Known| {
            assert_eq!((one.end_s - one.start_s, one.vintage), (3_600, Vintage::Final));
            (one.start_s / 3_600, one.value.map(|value| value.to_string()), one.entry, one.revised)
        };
        known.iter().map(told).collect::<Vec<_>>()
    };
    let text = |value: &str| Some(value.to_owned());
    let all = [(1, text("0.5"), 2, true), (2, text("0.1"), 1, false), (3, None, 1, false)];
    assert_eq!(told(whole), all);
    let first = (1, text("0.3"), 1, false);
    let day_before = Stretch { as_of: instant(days[1]) - TimeDelta::milliseconds(1), ..whole };
    assert_eq!(told(day_before), [first, all[1].clone(), all[2].clone()]);
    assert_eq!(told(Stretch { as_of: instant(days[0]) - TimeDelta::milliseconds(1), ..whole }), []);
    assert_eq!(told(Stretch { most: 2, ..whole }), all[..2]);
    assert_eq!(told(Stretch { after: (3_600, 7_200), ..whole }), all[1..]);
    assert_eq!(told(Stretch { from_s: 7_200, to_s: 10_800, ..whole }), all[1..2]);
    assert_eq!(told(Stretch { from_s: 7_199, to_s: 10_801, ..whole }), all);
    assert!(reader.history(&key("EWR"), &whole).expect("readable").is_none(), "nothing was ever learned of it");
}
