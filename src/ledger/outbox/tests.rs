use super::*;
use crate::ledger::determination::tests::{interim, paid, restated, season};
use crate::ledger::in_book;
use crate::ledger::merkle::LogKey;
use crate::ledger::store::tests::{at, fresh};
use crate::ledger::{Batch, Determination, Item, Reader, Signing, Store, digest};

fn everything(endpoint: &str) -> Subscription {
    let (policies, products, books) = (None, None, None);
    Subscription { endpoint: endpoint.into(), events: Event::all().collect(), policies, products, books, feeds: true }
}

fn names(names: &[&str]) -> Option<BTreeSet<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

/// An entry about the period of [`season`].
fn on_period(kind: Kind, key: &str) -> Entry {
    Entry::new(kind, key, at())
        .text("policy", "NY-001")
        .text("cover", "rain")
        .item("period", Item::object([("start", "2013-06-01".into())]))
}

fn silence() -> Entry {
    Entry::new(Kind::Note, format!("{FEED_SILENT}asos/never"), at()).text("feed", "asos")
}

fn batch(entries: impl IntoIterator<Item = Entry>) -> Batch {
    let mut batch = Batch::new();
    entries.into_iter().for_each(|entry| batch.entry(entry));
    batch
}

/// A ledger that tells `acme` everything.
fn telling() -> (tempfile::TempDir, Store) {
    let (folder, store) = fresh();
    (folder, store.telling(&Subscribers::new(vec![everything("acme")])))
}

fn due(reader: &Reader) -> Vec<i64> {
    reader.due("acme", at(), 100).expect("readable").into_iter().map(|due| due.seq).collect()
}

fn delivery(seq: i64, outcome: Outcome) -> Batch {
    let mut batch = Batch::new();
    let (endpoint, detail) = ("acme".to_owned(), "as the test says".to_owned());
    batch.deliver(Delivery { endpoint, seq, at: at(), outcome, status: Some(500), took_ms: 3, detail });
    batch
}

/// By Python: `base64.b32encode(bytes(range(32)))[:26]`.
#[test]
fn a_message_is_called_by_its_leaf() {
    let leaf: Digest = std::array::from_fn(|n| u8::try_from(n).expect("small"));
    assert_eq!(message_id(&leaf), "msg_AAAQEAYEAUDAOCAJBIFQYDIOB4");
    assert_eq!(message_id(&[0xff; 32]), "msg_77777777777777777777777777");
    assert_eq!(message_id(&[0; 32]), "msg_AAAAAAAAAAAAAAAAAAAAAAAAAA");
}

#[test]
fn every_word_names_its_event() {
    for event in Event::all() {
        assert_eq!(Event::from_word(event.word()), Some(event));
    }
    assert_eq!(Event::from_word("payout.finale"), None);
}

#[test]
fn an_endpoint_is_told_what_it_wants() {
    let policies = |list| Subscription { policies: names(list), feeds: false, ..everything("a") };
    let products = |list| Subscription { products: names(list), feeds: false, ..everything("a") };
    let books = |list| Subscription { books: names(list), feeds: false, ..everything("a") };
    let only = Subscription { events: [Event::PayoutFinal].into(), ..everything("a") };
    let (one, other) = (Some("NY-001"), Some("leafy-greens@1"));
    for (who, event, policy, product, wants, why) in [
        (everything("a"), Event::PayoutFinal, one, other, true, "everything"),
        (everything("a"), Event::FeedSilent, None, None, true, "feeds too"),
        (only.clone(), Event::PayoutRestated, one, other, false, "another event"),
        (only, Event::PayoutFinal, one, other, true, "that event"),
        (policies(&["NY-001"]), Event::DecisionHeld, one, None, true, "its policy"),
        (policies(&["NY-002"]), Event::DecisionHeld, one, None, false, "another policy"),
        (policies(&["NY-001"]), Event::FeedSilent, None, None, false, "feeds are of no policy"),
        (products(&["leafy-greens"]), Event::PayoutFinal, one, other, true, "every version"),
        (products(&["leafy-greens@1"]), Event::PayoutFinal, one, other, true, "this version"),
        (products(&["leafy-greens@2"]), Event::PayoutFinal, one, other, false, "another version"),
        (products(&["leafy"]), Event::PayoutFinal, one, other, false, "a beginning is no name"),
        (products(&["leafy-greens"]), Event::DecisionHeld, one, None, false, "of a policy nobody knows"),
        (books(&["north", "south"]), Event::PayoutFinal, one, other, true, "its book"),
        (books(&["south"]), Event::PayoutFinal, one, other, false, "another book"),
        (books(&["north"]), Event::FeedSilent, None, None, false, "feeds are of no book"),
        (
            Subscription { policies: names(&["NY-002"]), ..books(&["north"]) },
            Event::PayoutFinal,
            one,
            other,
            false,
            "both must fit",
        ),
    ] {
        let about = About { policy, product, book: policy.map(|_| "north") };
        assert_eq!(who.wants(event, about), wants, "{why}");
    }
    let nobody_knows = About { policy: one, ..About::default() };
    assert!(!books(&["north"]).wants(Event::DecisionHeld, nobody_knows), "of no book that is known");
}

#[test]
fn what_is_written_is_put_before_who_wants_it_in_the_same_transaction() {
    let (_folder, mut store) = telling();
    let mut all = Batch::new();
    all.determine(season());
    all.determine(paid(100));
    all.determine(restated(200, 100));
    all.determine(Determination { cover: "heat".into(), ..interim(1, 300, 0) });
    for (kind, key) in [(Kind::Hold, "hold/x"), (Kind::Release, "release/x"), (Kind::Void, "void/x")] {
        all.entry(on_period(kind, key));
    }
    all.entry(on_period(Kind::Note, &format!("{NEAR_TRIGGER}NY-001/rain/2013-06-01")));
    all.entry(silence());
    all.entry(Entry::new(Kind::Note, "other", at()));
    let written = store.append(all.clone()).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    assert_eq!(due(&reader), [2, 3, 4, 5, 6, 7, 8, 9], "all but the decision and the other note");
    let told: Vec<_> = due(&reader).into_iter().map(|seq| reader.told(seq).expect("told").event).collect();
    use Event::*;
    let wanted = [
        PayoutFinal,
        PayoutRestated,
        PayoutInterim,
        DecisionHeld,
        DecisionReleased,
        DecisionVoid,
        IndexNearTrigger,
        FeedSilent,
    ];
    assert_eq!(told, wanted);
    for due in reader.due("acme", at(), 100).expect("readable") {
        let leaf = digest::leaf(&reader.told(due.seq).expect("told").body);
        assert_eq!(due.msg_id, message_id(&leaf), "by its leaf");
    }
    // The same again, as after a crash: nothing is put there twice.
    assert!(store.append(all).expect("there already").0.iter().all(|written| !written.new));
    assert_eq!(due(&reader).len() + 2, written.0.len());
    assert_eq!(reader.endpoints().expect("readable"), ["acme"]);
    assert!(reader.due("other", at(), 100).expect("readable").is_empty());
}

#[test]
fn a_batch_that_fails_puts_nothing_there() {
    let (_folder, mut store) = telling();
    let mut half = Batch::new();
    half.determine(paid(100));
    half.determine(Determination { cover: "heat".into(), ..restated(3, 1) });
    store.append(half).expect_err("there is nothing to restate");
    assert!(due(&Reader::open(store.path()).expect("a ledger")).is_empty());
}

#[test]
fn the_policy_says_of_which_product_and_book_an_act_is() {
    let (_folder, store) = fresh();
    let some = Subscription { products: names(&["leafy-greens"]), ..everything("acme") };
    let others = Subscription { products: names(&["rice"]), ..everything("others") };
    let north = Subscription { books: names(&["north"]), ..everything("north") };
    let south = Subscription { books: names(&["south", "default"]), ..everything("south") };
    let mut store = store.telling(&Subscribers::new(vec![some, others, north, south]));
    let mut bound = Batch::new();
    let terms = bound.evidence("terms");
    let entry = Entry::new(Kind::Policy, "policy/NY-001", at())
        .text("policy", "NY-001")
        .text("product", "leafy-greens@1")
        .text("terms", digest::hex(&terms));
    bound.entry(in_book(entry, "north"));
    bound.entry(on_period(Kind::Hold, "hold/x"));
    store.append(bound).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    assert_eq!(due(&reader), [2]);
    let told = ["others", "north", "south"].map(|who| reader.due(who, at(), 100).expect("readable").len());
    assert_eq!(told, [0, 1, 0]);
}

#[test]
fn attempts_are_counted_and_each_is_kept() {
    let (_folder, mut store) = telling();
    store.append(batch([silence(), on_period(Kind::Hold, "hold/x")])).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let status = || reader.endpoint("acme").expect("readable");
    assert_eq!((status().waiting, status().last_at, status().failures), (2, None, 0));
    let later = at() + chrono::TimeDelta::seconds(5);
    store.append(delivery(1, Outcome::Failed(later))).expect("written");
    assert_eq!(due(&reader), [2], "the first one is not due yet");
    assert_eq!(reader.next_due("acme").expect("readable"), DateTime::from_timestamp_millis(0));
    assert_eq!(reader.due("acme", later, 100).expect("readable").last().map(|due| due.attempts), Some(1));
    assert_eq!((status().failures, status().failing_since, status().last_status), (1, Some(at()), Some(500)));
    assert_eq!(status().endpoint, "acme");
    assert_eq!((status().last_at, status().last_detail.as_deref()), (Some(at()), Some("as the test says")));
    store.append(delivery(2, Outcome::Delivered)).expect("written");
    assert_eq!((status().waiting, status().delivered, status().failures), (1, 1, 0));
    assert_eq!(reader.next_due("acme").expect("readable"), Some(later));
    store.append(delivery(1, Outcome::Parked)).expect("written");
    assert_eq!((status().waiting, status().parked), (0, 1));
    assert_eq!(reader.next_due("acme").expect("readable"), None);
    let log = reader.deliveries(Some("acme"), false, None).expect("readable");
    let rows: Vec<_> = log.iter().map(|row| (row.seq, row.attempt, row.outcome.as_str())).collect();
    assert_eq!(rows, [(Some(1), 1, "failed"), (Some(2), 1, "delivered"), (Some(1), 2, "parked")]);
    assert_eq!(log[0].event.as_deref(), Some("feed.silent"));
    assert_eq!(reader.deliveries(None, true, Some(1)).expect("readable"), log[2..], "the newest that failed");
}

/// A clock that was years ahead put it off for years.
#[test]
fn what_a_wrong_clock_put_off_is_due_when_it_is_right() {
    let (_folder, mut store) = telling();
    store.append(batch([silence()])).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    for (hours, is_due, why) in
        [(27, false, "a wait may be so long"), (28, true, "none is"), (87_600, true, "ten years")]
    {
        let next = at() + chrono::TimeDelta::hours(hours);
        store.append(delivery(1, Outcome::Failed(next))).expect("written");
        assert_eq!(!due(&reader).is_empty(), is_due, "{why}");
    }
}

#[test]
fn a07_an_endpoint_that_is_gone_is_so_until_a_person_says_otherwise() {
    let (_folder, mut store) = telling();
    store.append(batch([silence(), on_period(Kind::Hold, "hold/x")])).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let status = || reader.endpoint("acme").expect("readable");
    store.append(delivery(1, Outcome::Gone)).expect("written");
    assert!(status().gone);
    store.append(delivery(2, Outcome::Delivered)).expect("one that was on its way");
    assert!(status().gone, "all the same");
    assert_eq!(status().waiting, 1, "nothing is lost");
    let mut again = Batch::new();
    again.replay(Replay { endpoint: "acme".into(), at: at(), what: ReplayOf::Parked });
    store.append(again).expect("written");
    assert!(!status().gone && status().failures == 0);
    assert_eq!(due(&reader), [1]);
}

#[test]
fn what_is_sent_again_has_its_old_name_and_what_was_never_there_comes_in() {
    let (_folder, store) = fresh();
    let subscribers = Subscribers::default();
    let mut store = store.telling(&subscribers);
    store.append(batch([silence(), Entry::new(Kind::Note, "other", at())])).expect("nobody wants it");
    let reader = Reader::open(store.path()).expect("a ledger");
    assert!(due(&reader).is_empty());
    subscribers.change(vec![everything("acme")]);
    store.append(batch([on_period(Kind::Hold, "hold/x"), on_period(Kind::Release, "release/x")])).expect("written");
    for (seq, outcome) in [(3, Outcome::Delivered), (4, Outcome::Parked)] {
        store.append(delivery(seq, outcome)).expect("written");
    }
    let mut again = |what| {
        let mut batch = Batch::new();
        batch.replay(Replay { endpoint: "acme".into(), at: at(), what });
        store.append(batch).expect("written");
        reader.due("acme", at(), 100).expect("readable")
    };
    let names = |all: &[Due]| all.iter().map(|due| (due.seq, due.attempts)).collect::<Vec<_>>();
    assert_eq!(names(&again(ReplayOf::Parked)), [(4, 0)], "from its first attempt on");
    let all = again(ReplayOf::Range(0, 3));
    assert_eq!(names(&all), [(1, 0), (3, 0), (4, 0)], "the silence of before, the hold that was taken");
    assert_eq!(names(&again(ReplayOf::Range(10, 20))), names(&all), "there is nothing");
    for due in &all {
        assert_eq!(due.msg_id, message_id(&digest::leaf(&reader.told(due.seq).expect("told").body)));
    }
    let orders = reader.deliveries(None, false, None).expect("readable");
    let orders: Vec<_> = orders.iter().filter(|row| row.outcome == "replay").map(|row| row.detail.as_str()).collect();
    assert_eq!(orders, ["what was parked", "entries 0 to 3", "entries 10 to 20"]);
}

#[test]
fn of_a_signed_ledger_only_what_a_checkpoint_covers_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let key = LogKey::new("ledger.example.org/a", &[3; 32]).expect("a key");
    let signing = Signing { key, high_water: folder.path().join("high"), publish: None };
    let store = Store::create_signed(&path, at(), &signing).expect("made");
    let mut store = store.telling(&Subscribers::new(vec![everything("acme")]));
    let mut noted = batch([silence()]);
    store.append(noted.clone()).expect("written");
    let reader = Reader::open(&path).expect("a ledger");
    assert!(due(&reader).is_empty(), "a note waits for its signature");
    assert_eq!(reader.next_due("acme").expect("readable"), None);
    assert_eq!(reader.told(2).expect("told").proof, None);
    store.sign().expect("signed");
    assert_eq!(due(&reader), [2]);
    let told = reader.told(2).expect("told");
    let proof = crate::ledger::merkle::Proof::read(&told.proof.expect("a proof")).expect("one");
    proof.verify(&digest::leaf(&told.body), &signing.key.public()).expect("it proves the entry");
    noted = Batch::new();
    noted.determine(paid(100));
    store.append(noted).expect("written");
    assert_eq!(due(&reader), [2, 3], "a payout is signed at once");
}

/// What is told of a hold stays the same when it is let go.
#[test]
fn a_row_says_how_the_period_stood_then() {
    let (_folder, mut store) = telling();
    let mut all = Batch::new();
    all.determine(season());
    all.entry(on_period(Kind::Hold, "hold/x"));
    store.append(all).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let row = |seq| reader.told(seq).expect("told").row.expect("of a period");
    let held = row(2);
    assert_eq!((held.state, held.seq), (State::Held, 1));
    let mut all = batch([on_period(Kind::Release, "release/x"), on_period(Kind::Void, "void/x")]);
    all.determine(paid(100));
    store.append(all).expect("written");
    assert_eq!(row(2), held, "the same as before");
    assert_eq!(row(3).state, State::Provisional, "let go");
    assert_eq!(row(4).state, State::Void, "given up");
    assert_eq!((row(5).state, row(5).payable_minor), (State::Final, 100));
}

#[test]
fn the_file_refuses_what_would_change_a_message() {
    let (_folder, mut store) = telling();
    store.append(batch([silence()])).expect("written");
    store.append(delivery(1, Outcome::Delivered)).expect("written");
    for bad in [
        "DELETE FROM outbox",
        "UPDATE outbox SET msg_id = 'msg_AAAAAAAAAAAAAAAAAAAAAAAAAA'",
        "UPDATE outbox SET seq = 0",
        "UPDATE outbox SET event = 'payout.final'",
        "UPDATE outbox SET endpoint = 'b'",
        "UPDATE outbox SET state = 'lost'",
        "UPDATE outbox SET attempts = -1",
        "REPLACE INTO outbox SELECT * FROM outbox",
        "INSERT INTO outbox SELECT 'b', 99, msg_id, event, state, attempts, next_ms FROM outbox",
        "INSERT INTO outbox SELECT 'b', seq, 'msg_short', event, state, attempts, next_ms FROM outbox",
        "DELETE FROM delivery",
        "UPDATE delivery SET outcome = 'failed'",
        "REPLACE INTO delivery SELECT * FROM delivery",
        "INSERT INTO delivery SELECT 9, endpoint, seq, at_ms, attempt, 'lost', status, took_ms, detail FROM delivery",
    ] {
        assert!(store.connection().execute_batch(bad).is_err(), "{bad}");
    }
}
