//! Pages beside the lists that they are parts of.

use chrono::{NaiveDate, TimeDelta};
use rusqlite::Connection;

use super::*;
use crate::ledger::determination::tests::{ended, interim, paid, restated, season};
use crate::ledger::store::tests::{at, fresh};
use crate::ledger::world::World;
use crate::ledger::{Batch, Determination, Entry, Item, Kind, PeriodSpan, State, in_book, policy_entry};
use crate::ledger::{policy, row, walk};
use crate::settle::Outcome;

#[test]
fn cursors_are_read_as_they_are_written_and_nothing_else_is() {
    let policy = Key::Policy { policy: "a/b é".into(), cover: "rain".into(), start: "2013-06-01".into(), seq: 7 };
    let newest = Key::Newest { at: "2013-06-01T06:30:00.001Z".into(), seq: 0 };
    for (key, order) in [(policy, Order::Policy), (newest, Order::Newest)] {
        let cursor = Cursor(key);
        let text = cursor.to_string();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
        assert_eq!(text.parse(), Ok(cursor.clone()));
        assert_eq!(cursor.clone().of(order), Ok(cursor.clone()));
        let other = if order == Order::Newest { Order::Policy } else { Order::Newest };
        assert_eq!(cursor.of(other), Err(CursorError));
        assert_eq!(text[..text.len() - 1].parse::<Cursor>(), Err(CursorError), "cut off");
    }
    for plain in ["", "n", "n/2013/1", "n/2013-06-01T06:30:00.001Z/-1", "n/2013-06-01T06:30:00.001Z/01", "p/a/b/1"] {
        let text = Base64UrlUnpadded::encode_string(plain.as_bytes());
        assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{plain}");
    }
    assert_eq!("no base64!".parse::<Cursor>(), Err(CursorError));
}

/// The book of a policy: of the last two none is named.
fn book_of(policy: &str) -> &'static str {
    match policy {
        "P-0" | "P-1" | "P-2" => "QS-2026",
        "P-3" | "P/4" => "alpha",
        _ => "default",
    }
}

const POLICIES: [&str; 8] = ["P-0", "P-1", "P-2", "P-3", "P/4", "P-5", "P-6", "never bound"];

/// A season of a policy's cover that begins in a year.
fn of(policy: &str, cover: &str, year: i32, said: Determination) -> Determination {
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a day");
    let period = PeriodSpan { start: day(6, 1), end: day(8, 31), ..said.period };
    let product = if cover == "heat" { "rice@2" } else { "leafy-greens@1" };
    Determination { policy: policy.into(), product: product.into(), cover: cover.into(), period, ..said }
}

/// Determinations of three books in every state, some at the same instant, some superseded.
fn filled() -> (tempfile::TempDir, Reader) {
    let (folder, mut store) = fresh();
    let mut batch = Batch::new();
    let terms = batch.evidence(*b"[product]");
    for policy in &POLICIES[..7] {
        let entry = policy_entry(policy, "leafy-greens@1", terms, &[], at());
        batch.entry(if book_of(policy) == "default" { entry } else { in_book(entry, book_of(policy)) });
    }
    let mut count = 0;
    for year in [2013, 2014, 2015] {
        for cover in ["rain", "heat"] {
            for policy in POLICIES {
                let mut add = |said: Determination| {
                    count += 1;
                    let later = said.determined_at + TimeDelta::hours(count / 3);
                    let one = of(policy, cover, year, Determination { determined_at: later, as_of: later, ..said });
                    batch.determine(one);
                };
                match (POLICIES.iter().position(|one| *one == policy).expect("there") + cover.len()) % 6 {
                    0 => add(season()),
                    1 => [season(), paid(100)].into_iter().for_each(add),
                    2 => [interim(1, 30, 0), interim(2, 20, 30), ended(100, 50)].into_iter().for_each(add),
                    3 => [season(), paid(100), restated(300, 100)].into_iter().for_each(add),
                    4 => add(Determination { outcome: Outcome::Undetermined, index: None, ..season() }),
                    _ => {
                        let period = Item::object([("start", format!("{year}-06-01").into())]);
                        add(season());
                        let hold = Entry::new(Kind::Hold, format!("hold/{policy}/{cover}/{year}"), at());
                        batch.entry(hold.text("policy", policy).text("cover", cover).item("period", period));
                    }
                }
            }
        }
    }
    store.append(batch).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    (folder, reader)
}

/// What pages should hold, from the list of all rows.
fn expected(reader: &Reader, ask: &Ask) -> Vec<i64> {
    let bounds =
        Filter { ends_from: None, ends_to: None, determined_from: None, determined_before: None, ..ask.filter.clone() };
    let mut rows = reader.payouts(&bounds).expect("readable");
    let Filter { ends_from, ends_to, determined_from, determined_before, .. } = ask.filter;
    rows.retain(|row| {
        ask.scope.sees(&row.policy, book_of(&row.policy))
            && ends_from.is_none_or(|from| row.period.end >= from)
            && ends_to.is_none_or(|to| row.period.end <= to)
            && determined_from.is_none_or(|from| row.determined_at >= from)
            && determined_before.is_none_or(|to| row.determined_at < to)
    });
    if ask.order == Order::Newest {
        rows.sort_by_key(|row| std::cmp::Reverse((row.determined_at, row.seq)));
    }
    rows.iter().map(|row| row.seq).collect()
}

/// All pages, one after another, by way of their cursors' texts.
fn paged(reader: &Reader, ask: &Ask, most_looked_at: usize) -> Vec<i64> {
    let (mut ask, mut seqs) = (ask.clone(), Vec::new());
    for _ in 0..1_000 {
        let page = reader.page_within(&ask, most_looked_at).expect("readable");
        assert!(page.rows.len() <= ask.limit);
        seqs.extend(page.rows.iter().map(|row| row.seq));
        let Some(next) = page.next else { return seqs };
        ask.after = Some(next.to_string().parse().expect("a cursor"));
    }
    panic!("{ask:?} comes to no end")
}

/// Every kind of question, in both orders.
fn asks() -> Vec<Ask> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let some = |text: &str| Some(text.to_owned());
    let day = |year| NaiveDate::from_ymd_opt(year, 8, 31);
    let instant = |text: &str| parse_instant(text);
    let filters = [
        Filter::default(),
        Filter { all: true, ..Filter::default() },
        Filter { policy: some("P-1"), ..Filter::default() },
        Filter { policy: some("P/4"), all: true, ..Filter::default() },
        Filter { product: some("rice@2"), ..Filter::default() },
        Filter { cover: some("rain"), outcome: Some(Outcome::Pays), ..Filter::default() },
        Filter { outcome: Some(Outcome::Undetermined), ..Filter::default() },
        Filter { product: some("none@1"), ..Filter::default() },
    ];
    let states = State::ALL.map(|state| Filter { state: Some(state), ..Filter::default() });
    let scopes = [
        Scope::All,
        Scope::Books(set(&["default"])),
        Scope::Books(set(&["alpha", "QS-2026", "of nobody"])),
        Scope::Books(set(&[])),
        Scope::Policies(set(&["P-0", "P-3", "P/4", "never bound", "P-9"])),
        Scope::Either(set(&["alpha", "of nobody"]), set(&["P-0", "P-3", "P-5", "P-9"])),
        Scope::Either(set(&[]), set(&["P-6"])),
    ];
    let mut asks = Vec::new();
    for filter in filters.into_iter().chain(states) {
        for scope in &scopes {
            for order in [Order::Newest, Order::Policy] {
                let by_period = Filter { ends_from: day(2014), ends_to: day(2014), ..filter.clone() };
                let [from, to] = ["2013-09-09T05:00:00.000Z", "2013-09-10T01:00:00.000Z"].map(instant);
                let by_instant = Filter { determined_from: from, determined_before: to, ..filter.clone() };
                let of = |filter| Ask { filter, scope: scope.clone(), order, ..Ask::default() };
                asks.extend([by_instant, by_period, filter.clone()].map(of));
            }
        }
    }
    asks
}

#[test]
fn pages_one_after_another_hold_the_rows_of_the_list() {
    let (_folder, reader) = filled();
    assert_eq!(reader.books().expect("readable"), ["QS-2026", "alpha", "default"]);
    let mut found = 0;
    for ask in asks() {
        let wanted = expected(&reader, &ask);
        found += wanted.len();
        // One by one, in the usual way, all at once; and where a page is broken off early.
        for (limit, most_looked_at) in [(1, MOST_LOOKED_AT), (7, MOST_LOOKED_AT), (Page::MOST, MOST_LOOKED_AT), (3, 1)]
        {
            let ask = Ask { limit, ..ask.clone() };
            assert_eq!(paged(&reader, &ask, most_looked_at), wanted, "{ask:?}, {most_looked_at} looked at");
        }
        let total = reader.page(&Ask { total: true, limit: 1, ..ask.clone() }).expect("readable").total;
        assert_eq!(total, u64::try_from(wanted.len()).ok(), "{ask:?}");
    }
    assert!(found > 1_000, "{found} rows are much to compare");
}

#[test]
fn rows_that_come_while_one_pages_change_nothing_of_what_follows() {
    let (_folder, mut store) = fresh();
    let determine = |store: &mut crate::ledger::Store, policies: &[&str]| {
        let mut batch = Batch::new();
        policies.iter().for_each(|policy| batch.determine(of(policy, "rain", 2013, paid(100))));
        store.append(batch).expect("written");
    };
    determine(&mut store, &["B", "D", "F", "H"]);
    let reader = Reader::open(store.path()).expect("a ledger");
    let ask = Ask { limit: 2, order: Order::Policy, ..Ask::default() };
    let first = reader.page(&ask).expect("readable");
    let policies = |page: &Page| page.rows.iter().map(|row| row.policy.clone()).collect::<Vec<_>>();
    assert_eq!((policies(&first), first.total), (vec!["B".to_owned(), "D".to_owned()], None));
    let all = reader.page(&Ask { limit: 4, ..ask.clone() }).expect("readable");
    assert_eq!((all.rows.len(), all.next), (4, None), "nothing follows a page that has the last row");
    determine(&mut store, &["A", "G"]);
    let second = reader.page(&Ask { after: first.next, limit: 9, ..ask }).expect("readable");
    assert_eq!((policies(&second).join(" "), second.next), ("F G H".to_owned(), None));
}

/// However little of the log a question is after, what a page looks at is bounded: 300 rows, none of which is wanted.
#[test]
fn a_page_ends_where_so_many_rows_were_looked_at() {
    let (_folder, mut store) = fresh();
    let mut batch = Batch::new();
    (1700..1900).for_each(|year| batch.determine(of("P", "rain", year, paid(100))));
    (0..100).for_each(|number| batch.determine(of(&format!("Q-{number:02}"), "rain", 2013, paid(100))));
    store.append(batch).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let pages = |ask: &Ask, most_looked_at| {
        let mut ask = ask.clone();
        (1..).find(|_| {
            let page = reader.page_within(&ask, most_looked_at).expect("readable");
            assert!(page.rows.is_empty());
            ask.after = page.next;
            ask.after.is_none()
        })
    };
    let none = Filter { outcome: Some(Outcome::Undetermined), ..Filter::default() };
    for order in [Order::Newest, Order::Policy] {
        // Pieces of 16, 64, 256 rows, until it is enough.
        let ask = Ask { filter: none.clone(), order, ..Ask::default() };
        for (most, expected) in [(1, 19), (16, 19), (17, 4), (80, 4), (81, 1)] {
            assert_eq!(pages(&ask, most), Some(expected), "{most}, {order:?}");
        }
    }
    // Policies one after the other, all rows of one at once; one without a row is looked at, too, and the last one of a page
    // again by the next page.
    let policies = (0..110).map(|number| format!("Q-{number:02}")).chain(["P".to_owned()]).collect();
    let ask = Ask { filter: none, order: Order::Policy, scope: Scope::Policies(policies), ..Ask::default() };
    for (most, expected) in [(1, 111), (3, 57), (200, 3), (1_000, 1)] {
        assert_eq!(pages(&ask, most), Some(expected), "{most}");
    }
}

/// Looking whether something took the place of a row is looking at a row.
#[test]
fn a_page_ends_where_so_many_rows_were_superseded() {
    let (_folder, mut store) = fresh();
    let mut batch = Batch::new();
    for number in 0..100 {
        let at = season().determined_at + TimeDelta::hours(number);
        let reason = format!("231.5 mm, {number}");
        batch.determine(Determination { as_of: at, determined_at: at, reason, ..season() });
    }
    store.append(batch).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    let ask = Ask { limit: 50, ..Ask::default() };
    let first = |most| reader.page_within(&ask, most).expect("readable");
    // The newest stands, the fifteen before it do not; then it looked at 32 rows.
    assert_eq!(first(32).next.map(|next| next.to_string()), first(17).next.map(|next| next.to_string()));
    assert_ne!(first(33).next.map(|next| next.to_string()), first(32).next.map(|next| next.to_string()));
    assert_eq!(first(32).rows.len(), 1);
}

#[test]
fn a_page_shows_what_is_signed_and_refuses_a_cursor_of_another_order() {
    let world = World::new();
    let mut store = world.create();
    let mut batch = Batch::new();
    batch.determine(paid(100));
    store.append(batch).expect("written and signed");
    // Written, and not signed: as after a crash.
    let mut later = of("NY-002", "rain", 2013, paid(200)).entry(0, None).expect("good");
    let seq = store.newest().expect("readable") + 1;
    later = later.text("tzdb", "2026c");
    let body = later.body(seq).expect("good");
    let insert = "INSERT INTO ledger (seq, body, leaf) VALUES (?1, ?2, zeroblob(32))";
    store.connection().execute(insert, rusqlite::params![seq, body]).expect("written");
    let reader = world.reader();
    let ask = Ask { limit: 9, total: true, ..Ask::default() };
    let page = reader.page(&ask).expect("readable");
    assert_eq!((page.rows.len(), page.total, page.rows[0].policy.as_str()), (1, Some(1), "NY-001"));
    let key = Key::Policy { policy: "NY-001".into(), cover: "rain".into(), start: "2013-06-01".into(), seq: 1 };
    let refused = reader.page(&Ask { after: Some(Cursor(key)), ..ask }).expect_err("another order").to_string();
    assert!(refused.contains("another order"), "{refused}");
}

#[test]
fn policies_of_a_book_are_listed_from_a_place_on() {
    let (_folder, reader) = filled();
    let ids = |book, after, most| {
        let found = reader.policies_of(book, after, most).expect("readable");
        found.iter().map(|(_, policy)| policy.policy.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids("QS-2026", -1, 9), "P-0 P-1 P-2");
    let (second, _) = reader.policies_of("QS-2026", -1, 2).expect("readable").pop().expect("two");
    assert_eq!((ids("QS-2026", -1, 2), ids("QS-2026", second, 2)), ("P-0 P-1".to_owned(), "P-2".to_owned()));
    assert_eq!((ids("default", -1, 9), ids("beta", -1, 9)), ("P-5 P-6".to_owned(), String::new()));
}

#[test]
fn d07_a_row_that_a_page_would_miss_is_named_by_verify() {
    for (sql, says) in [
        (
            "UPDATE listed SET outcome = 'pays' WHERE seq = (SELECT max(seq) FROM listed)",
            "is missing or says something else",
        ),
        (
            "UPDATE listed SET book = 'alpha' WHERE seq = (SELECT max(seq) FROM listed)",
            "is missing or says something else",
        ),
        (
            "UPDATE listed SET period_end = NULL WHERE seq = (SELECT max(seq) FROM listed)",
            "is missing or says something else",
        ),
        ("DELETE FROM listed WHERE seq = (SELECT max(seq) FROM listed)", "is missing or says something else"),
        (
            "INSERT INTO listed SELECT 'beta', at, seq, kind, policy, product, cover, period_start, period_end, outcome
            FROM listed WHERE seq = (SELECT max(seq) FROM listed)",
            "of determinations that are not there",
        ),
    ] {
        let (_folder, reader) = filled();
        reader.verify().expect("whole");
        let raw = Connection::open(&reader.path).expect("a ledger");
        let triggers = ["insert", "update", "delete"].map(|on| format!("DROP TRIGGER listed_{on};")).concat();
        if !sql.starts_with("INSERT") {
            let error = raw.execute_batch(sql).expect_err("a trigger refuses it").to_string();
            assert!(error.contains("listed: append only"), "{sql}: {error}");
        }
        raw.execute_batch(&format!("{triggers} {sql}")).expect("forged");
        let found = reader.verify().expect_err(sql).to_string();
        assert!(found.contains(says), "{sql}: {found}");
    }
}

/// Each question of a page goes through an index, in its order.
#[test]
fn nothing_is_scanned_and_nothing_is_sorted() {
    let (_folder, store) = fresh();
    let connection = Connection::open(store.path()).expect("a ledger");
    for query in walk::QUERIES.into_iter().chain([policy::OF_BOOK, &row::query()]) {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).expect("a query");
        let nulls = rusqlite::params_from_iter(vec![rusqlite::types::Null; statement.parameter_count()]);
        let plan = statement.query_map(nulls, |row| row.get::<_, String>(3)).expect("readable");
        let plan: Vec<String> = plan.collect::<Result<_, _>>().expect("readable");
        assert!(plan.iter().any(|step| step.starts_with("SEARCH")), "{query}: {plan:?}");
        let slow =
            |step: &String| step.contains("TEMP B-TREE") || ["SCAN l", "SCAN held"].iter().any(|s| step.starts_with(s));
        assert!(!plan.iter().any(slow), "{query}: {plan:?}");
    }
}
