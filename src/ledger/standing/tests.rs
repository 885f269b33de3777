use super::*;
use crate::ledger::determination::tests::{interim, paid, restated, season};
use crate::ledger::observed::tests::{observed, rain};
use crate::ledger::store::tests::{at, fresh};
use crate::ledger::{Batch, Item, Store, parse_instant};

/// What somebody did to the season's rain of a policy, under a mark of its own.
fn act(kind: Kind, mark: &str, policy: &str, effect: &str, determination: i64) -> Entry {
    let stem = if kind == Kind::Note { "act" } else { kind.word() };
    Entry::new(kind, format!("{stem}/{policy}/rain/2013-06-01/{mark}-{determination}-{effect}"), at())
        .text("effect", effect)
        .text("policy", policy)
        .text("cover", "rain")
        .item("period", Item::object([("start", "2013-06-01".into())]))
        .integer("determination", determination)
}

fn proposed(policy: &str, determination: i64) -> Entry {
    act(Kind::Note, "act", policy, "proposed", determination)
}

fn written(store: &mut Store, entries: impl IntoIterator<Item = Entry>) -> Reader {
    let mut batch = Batch::new();
    entries.into_iter().for_each(|entry| batch.entry(entry));
    store.append(batch).expect("written");
    Reader::open(store.path()).expect("a ledger")
}

fn decided(store: &mut Store, all: impl IntoIterator<Item = Determination>) {
    let mut batch = Batch::new();
    all.into_iter().for_each(|said| batch.determine(said));
    store.append(batch).expect("written");
}

fn numbers(entries: Vec<(i64, Entry)>) -> Vec<i64> {
    entries.into_iter().map(|(seq, _)| seq).collect()
}

fn start() -> NaiveDate {
    season().period.start
}

#[test]
fn the_last_of_hold_release_and_void_is_how_a_period_stands() {
    let (_folder, mut store) = fresh();
    let reader = written(
        &mut store,
        [
            act(Kind::Hold, "hold", "A", "held", 1),
            act(Kind::Hold, "hold", "B", "held", 1),
            act(Kind::Release, "release", "A", "released", 1),
            proposed("A", 1),
        ],
    );
    let standings = reader.standings().expect("readable");
    let told: Vec<_> = standings.iter().map(|(id, one)| (id.as_str(), one.seq, one.kind)).collect();
    assert_eq!(told, [("A/rain/2013-06-01", 3, Kind::Release), ("B/rain/2013-06-01", 2, Kind::Hold)]);
    for (policy, stands) in [("A", Some(3)), ("B", Some(2)), ("C", None)] {
        let standing = reader.standing(policy, "rain", start()).expect("readable");
        assert_eq!(standing.as_ref().map(|one| one.seq), stands);
        assert_eq!(standing.as_ref(), standings.get(&format!("{policy}/rain/2013-06-01")));
    }
    assert_eq!(numbers(reader.acts_on("A", "rain", start()).expect("readable")), [1, 3, 4], "in their order");
    assert_eq!(numbers(reader.acts("A/rain/2013-06-01").expect("readable")), [4], "what changed nothing by itself");
    assert_eq!(numbers(reader.acts_on("B", "rain", start()).expect("readable")), [2]);
}

#[test]
fn the_life_of_periods_is_handed_out_with_what_was_determined() {
    let (_folder, mut store) = fresh();
    let advance = Determination { cover: "heat".to_owned(), ..interim(1, 30, 0) };
    decided(&mut store, [season(), advance, paid(100), restated(300, 100)]);
    let who = |key: &str| Entry::new(Kind::Config, key, at());
    let other = |key: &str| Entry::new(Kind::Note, key, at()).text("text", "of something else");
    let reader = written(
        &mut store,
        [
            act(Kind::Hold, "hold", "A", "held", 1),
            who("operators/1"),
            who("settings/1"),
            other("difference/1"),
            proposed("A", 1),
            other("refused-act/1"),
            act(Kind::Void, "void", "A", "voided", 1),
        ],
    );
    let mut told = Vec::new();
    let read = reader.each_of_life::<LedgerError>(|seq, entry, said| {
        told.push((seq, entry.kind(), said.map(|said| said.amount.minor())));
        Ok(())
    });
    read.expect("readable");
    let wanted = [
        (1, Kind::Decision, Some(0)),
        (2, Kind::Interim, Some(30)),
        (3, Kind::Final, Some(100)),
        (4, Kind::Restate, Some(300)),
        (5, Kind::Hold, None),
        (6, Kind::Config, None),
        (9, Kind::Note, None),
        (11, Kind::Void, None),
    ];
    assert_eq!(told, wanted);
    let mut calls = 0;
    let stopped = reader.each_of_life(|seq, _, _| {
        calls += 1;
        if seq == 3 { Err(LedgerError::Nonsense("enough".to_owned())) } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(LedgerError::Nonsense(why)) if why == "enough"));
    assert_eq!(calls, 3, "nothing is taken behind it");
    assert_eq!(numbers(reader.operators().expect("readable")), [6]);
    assert_eq!(reader.differences().expect("readable"), HashSet::from(["difference/1".to_owned()]));
}

#[test]
fn o1_a_proposal_waits_until_something_follows_or_something_else_is_said() {
    let (_folder, mut store) = fresh();
    let of = |policy: &str| Determination { policy: policy.to_owned(), ..season() };
    // Entries 1 to 10.
    let policies = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
    decided(&mut store, policies.map(of));
    let reader = written(
        &mut store,
        [
            act(Kind::Hold, "hold", "A", "held", 1),
            proposed("A", 1), // 12 waits
            act(Kind::Note, "act", "A", "noted", 1),
            proposed("B", 2),
            act(Kind::Hold, "hold", "B", "held", 2),
            proposed("C", 3),
            act(Kind::Release, "release", "C", "released", 3),
            proposed("D", 4),
            act(Kind::Void, "void", "D", "voided", 4),
            proposed("E", 5),
            act(Kind::Note, "act", "E", "restated", 5),
            proposed("F", 5), // of another one
            proposed("G", 7), // 23 waits
            act(Kind::Note, "act", "H", "noted", 8),
            proposed("I", 9), // 25 waits
        ],
    );
    assert_eq!(numbers(reader.proposals().expect("readable")), [12, 23, 25]);
    let reader = written(&mut store, [act(Kind::Note, "again", "I", "proposed", 9)]);
    assert_eq!(numbers(reader.proposals().expect("readable")), [12, 23, 26], "the later one takes its place");
    decided(&mut store, [Determination { policy: "A".to_owned(), ..paid(100) }]);
    let reader = Reader::open(store.path()).expect("a ledger");
    assert_eq!(numbers(reader.proposals().expect("readable")), [23, 26], "something else is said by now");
}

#[test]
fn what_became_known_behind_an_instant_is_told_by_series_and_instant() {
    let (_folder, mut store) = fresh();
    let early = "2013-06-01T06:30:00.000Z";
    let late = "2013-06-01T06:30:00.001Z";
    let mut batch = Batch::new();
    batch
        .observe(observed(early, vec![rain("JFK", 1, Some("0.3")), rain("JFK", 4, Some("0.1")), rain("ALB", 2, None)]));
    batch.observe(observed(late, vec![rain("JFK", 2, Some("0.4"))]));
    store.append(batch).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let told = |instant: DateTime<Utc>| {
        let all = reader.learnt_after(instant).expect("readable");
        let hours = |at: DateTime<Utc>| at.timestamp() / 3_600;
        assert!(all.iter().all(|one| &*one.feed == "asos"));
        let mut all: Vec<_> =
            all.iter().map(|one| (one.station.to_string(), hours(one.start), hours(one.end), one.known_at)).collect();
        all.sort();
        all
    };
    let [early, late] = [early, late].map(|text| parse_instant(text).expect("an instant"));
    let second = ("JFK".to_owned(), 2, 3, late);
    let before = early - chrono::TimeDelta::milliseconds(1);
    assert_eq!(told(before), [("ALB".to_owned(), 2, 3, early), ("JFK".to_owned(), 1, 5, early), second.clone()]);
    assert_eq!(told(early), [second]);
    assert_eq!(told(late), []);
}
