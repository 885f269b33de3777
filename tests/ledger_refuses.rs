//! Bad writes, through a connection of somebody else: each is refused and leaves every row as it was. And what an
//! insurer's own SQLite tool shows is what the program shows.

use std::path::PathBuf;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::ledger::{
    Batch, Determination, Entry, Filter, Kind, Observed, PeriodSpan, Poll, Reader, State, Store, parse_instant,
};
use fairgauge::observation::{Reading, Vintage};
use fairgauge::quantity::{Currency, Fixed, Money, Rounding, Variable};
use fairgauge::settle::{Outcome, Paid};
use rusqlite::Connection;

fn at() -> DateTime<Utc> {
    parse_instant("2013-06-01T06:30:00.000Z").expect("an instant")
}

fn determination(policy: &str, currency: &str, minor: i64) -> Determination {
    let currency = Currency::from_code(currency).expect("known");
    Determination {
        policy: policy.into(),
        product: "leafy-greens@1".into(),
        terms: [0xab; 32],
        cover: "rain".into(),
        period: PeriodSpan {
            start: "2013-06-01".parse().expect("a day"),
            end: "2013-08-31".parse().expect("a day"),
            from: at(),
            to: at() + TimeDelta::days(92),
        },
        state: State::Final,
        number: 0,
        outcome: if minor > 0 { Outcome::Pays } else { Outcome::NothingDue },
        index: (minor > 0).then(|| ("229.9".into(), "mm".into())),
        trigger: "< 230 mm".into(),
        amount: Money::from_minor(minor, currency).expect("small"),
        rounding: Rounding::HalfUp,
        paid: Paid::default(),
        reason_code: "paid".into(),
        reason: "229.9 mm is below 230 mm, it's due: 干旱 | \"x\"".into(),
        as_of: at() + TimeDelta::days(99),
        determined_at: at() + TimeDelta::days(99),
        observations: "1".into(),
        sources: None,
        tzdb: "2026b".into(),
        engine: "fairgauge 0.1.0".into(),
        life: fairgauge::ledger::Life::default(),
    }
}

/// A ledger with two notes (1, 2), readings of one poll (3) and the determinations given.
fn ledger(determinations: Vec<Determination>) -> (tempfile::TempDir, PathBuf, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let mut store = Store::create(&path, "example.org/ledger", at()).expect("a new ledger");
    let mut batch = Batch::new();
    batch.entry(Entry::new(Kind::Note, "note/1", at()));
    batch.entry(Entry::new(Kind::Note, "note/2", at()).integer("amount_minor", 5));
    let evidence = vec![batch.evidence(*b"0.3")];
    let reading = Reading {
        station: "JFK".into(),
        variable: Variable::Precipitation,
        start: at() - TimeDelta::hours(1),
        end: at(),
        value: Some(Fixed::from_micros(300_000)),
        unit: Variable::Precipitation.own_unit(),
        vintage: Vintage::Final,
    };
    let (feed, known_at) = ("asos".into(), at());
    batch.observe(Observed { feed, known_at, evidence, readings: vec![reading], revisions: 0 });
    let (feed, outcome, detail) = ("asos".to_owned(), Poll::OK.to_owned(), String::new());
    batch.poll(Poll {
        feed,
        at: at(),
        outcome,
        detail,
        rows_new: 1,
        rows_refused: 0,
        heard_until: None,
        requests: 1,
        not_before: None,
    });
    determinations.into_iter().for_each(|determination| batch.determine(determination));
    store.append(batch).expect("written");
    (folder, path, store)
}

/// Every row of every table, as one text.
fn rows(connection: &Connection) -> String {
    let mut all = String::new();
    for table in ["ledger", "evidence", "series", "observation", "poll"] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("readable");
        while let Some(row) = rows.next().expect("readable") {
            (0..columns).for_each(|column| all += &format!("{:?}|", row.get_ref(column).expect("a column")));
            all += "\n";
        }
    }
    all
}

/// An INSERT of a body, all else being right.
fn insert(how: &str, seq: &str, body: &str) -> String {
    format!("{how} INTO ledger (seq, body, leaf) VALUES ({seq}, '{body}', zeroblob(32))")
}

fn body(seq: i64, key: &str, more: &str) -> String {
    format!(r#"{{{more}"at":"2013-06-01T06:30:00.000Z","key":"{key}","kind":"note","seq":{seq},"v":1}}"#)
}

fn bad_writes() -> Vec<(&'static str, String)> {
    let good = body(4, "note/4", "");
    let observation = |how: &str, values: &str| {
        format!(
            "{how} INTO observation (series, start_s, end_s, value_micro, vintage, known_at_ms, entry) VALUES ({values})"
        )
    };
    let (start, end, known) = (at().timestamp() - 3_600, at().timestamp(), at().timestamp_millis());
    let same = format!("1, {start}, {end}, 1, 'final', {known}, 3");
    vec![
        ("a row replaced by its number", insert("REPLACE", "1", &body(1, "note/9", ""))),
        ("a row replaced by its number, long form", insert("INSERT OR REPLACE", "2", &body(2, "note/2", ""))),
        ("a row replaced by its key", insert("REPLACE", "4", &body(4, "note/1", ""))),
        ("the same key, ignored or not", insert("INSERT", "4", &body(4, "note/1", ""))),
        ("the same number", insert("INSERT", "3", &body(3, "note/9", ""))),
        ("a gap", insert("INSERT", "5", &body(5, "note/5", ""))),
        ("a number below zero", insert("INSERT", "-1", &body(-1, "note/5", ""))),
        ("an automatic number", insert("INSERT", "NULL", &good)),
        ("no number", format!("INSERT INTO ledger (body, leaf) VALUES ('{good}', zeroblob(32))")),
        ("another number than the body says", insert("INSERT", "4", &body(5, "note/5", ""))),
        ("no key", insert("INSERT", "4", &good.replace(r#""key":"note/4","#, ""))),
        ("a key that is no text", insert("INSERT", "4", &good.replace(r#""note/4""#, "4"))),
        ("no instant", insert("INSERT", "4", &good.replace(r#""at":"2013-06-01T06:30:00.000Z","#, ""))),
        ("no kind", insert("INSERT", "4", &good.replace(r#""kind":"note","#, ""))),
        ("an unknown kind", insert("INSERT", "4", &good.replace(r#""kind":"note""#, r#""kind":"gift""#))),
        ("another version", insert("INSERT", "4", &good.replace(r#""v":1"#, r#""v":2"#))),
        ("no JSON", insert("INSERT", "4", "note")),
        ("JSON with a comma too many", insert("INSERT", "4", &good.replace('}', ",}"))),
        ("no object", insert("INSERT", "4", "[]")),
        ("bytes for a body", "INSERT INTO ledger (seq, body, leaf) VALUES (4, x'00', zeroblob(32))".into()),
        ("a body of 70 kB", insert("INSERT", "4", &body(4, "note/4", &format!(r#""a":"{}","#, "x".repeat(70_000))))),
        ("a fraction of a cent", insert("INSERT", "4", &body(4, "note/4", r#""amount_minor":10.5,"#))),
        ("a whole amount as a fraction", insert("INSERT", "4", &body(4, "note/4", r#""amount_minor":10.0,"#))),
        ("an amount as a text", insert("INSERT", "4", &body(4, "note/4", r#""amount_minor":"10","#))),
        ("a hash of 31 bytes", insert("INSERT", "4", &good).replace("(32)", "(31)")),
        ("a hash as a text", insert("INSERT", "4", &good).replace("zeroblob(32)", &format!("'{}'", "a".repeat(32)))),
        ("no hash", insert("INSERT", "4", &good).replace("zeroblob(32)", "NULL")),
        ("a changed body", format!("UPDATE ledger SET body = '{}' WHERE seq = 1", body(1, "note/1", r#""a":1,"#))),
        ("a changed number", "UPDATE ledger SET seq = 9 WHERE seq = 2".into()),
        ("a changed row, replacing another", "UPDATE OR REPLACE ledger SET seq = 1 WHERE seq = 2".into()),
        (
            "a change by way of an insert",
            insert("INSERT", "1", &body(1, "note/1", "")) + " ON CONFLICT (seq) DO UPDATE SET body = excluded.body",
        ),
        ("a deleted entry", "DELETE FROM ledger WHERE seq = 2".into()),
        ("all entries deleted", "DELETE FROM ledger".into()),
        ("an amount written into the view", "UPDATE payout SET amount_minor = 1".into()),
        ("a row deleted from the view", "DELETE FROM payout".into()),
        ("a second value for one interval and instant", observation("INSERT", &same)),
        ("a value replaced", observation("REPLACE", &same)),
        ("a value replaced, long form", observation("INSERT OR REPLACE", &same)),
        ("a reading of no entry", observation("INSERT", &format!("1, 0, 60, 1, 'final', {known}, 99"))),
        ("a reading of a note", observation("INSERT", &format!("1, 0, 60, 1, 'final', {known}, 1"))),
        ("a reading of no series", observation("INSERT", &format!("7, 0, 60, 1, 'final', {known}, 3"))),
        ("a value with a fraction", observation("INSERT", &format!("1, 0, 60, 1.5, 'final', {known}, 3"))),
        ("a value as a text", observation("INSERT", &format!("1, 0, 60, 'wet', 'final', {known}, 3"))),
        ("an unknown vintage", observation("INSERT", &format!("1, 0, 60, 1, 'guess', {known}, 3"))),
        ("an interval that ends before it begins", observation("INSERT", &format!("1, 60, 0, 1, 'final', {known}, 3"))),
        ("a changed value", "UPDATE observation SET value_micro = 1".into()),
        ("a deleted value", "DELETE FROM observation".into()),
        ("a series twice", "INSERT INTO series VALUES (2, 'asos', 'JFK', 'precipitation', 'inch')".into()),
        ("a series replaced", "REPLACE INTO series VALUES (1, 'asos', 'LGA', 'precipitation', 'mm')".into()),
        (
            "a series replaced by its name",
            "REPLACE INTO series VALUES (5, 'asos', 'JFK', 'precipitation', 'inch')".into(),
        ),
        ("a changed unit", "UPDATE series SET unit = 'inch'".into()),
        ("a deleted series", "DELETE FROM series".into()),
        ("changed evidence", "UPDATE evidence SET bytes = x'00'".into()),
        ("replaced evidence", "REPLACE INTO evidence SELECT sha256, x'00' FROM evidence LIMIT 1".into()),
        ("evidence without a name", "INSERT INTO evidence VALUES (x'00', x'00')".into()),
        ("deleted evidence", "DELETE FROM evidence".into()),
        ("a poll twice", format!("INSERT INTO poll VALUES ('asos', {known}, 'ok', '', 0, 0, NULL)")),
        ("a poll replaced", format!("REPLACE INTO poll VALUES ('asos', {known}, 'ok', '', 0, 0, NULL)")),
        ("a changed poll", "UPDATE poll SET outcome = 'timeout'".into()),
        ("a deleted poll", "DELETE FROM poll".into()),
    ]
}

#[test]
fn bad_writes_are_refused_and_change_nothing() {
    let (_folder, path, store) = ledger(vec![]);
    let connection = Connection::open(&path).expect("a database");
    let before = rows(&connection);
    assert_eq!(before.lines().count(), 4 + 1 + 1 + 1 + 1, "all tables have rows");
    for settings in ["", "PRAGMA recursive_triggers = ON; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"] {
        connection.execute_batch(settings).expect("set");
        for (why, statement) in bad_writes() {
            assert!(connection.execute_batch(&statement).is_err(), "{why}: {statement:.200}");
            assert_eq!(rows(&connection), before, "{why}");
        }
    }
    let good = insert("INSERT", "4", &body(4, "note/4", r#""amount_minor":10,"#));
    connection.execute_batch(&good).expect("what all of them differ from is taken");
    drop(store);
    let error = Store::open(&path).expect_err("but its hash is wrong, and that is found").to_string();
    assert!(error.contains("entry 4"), "{error}");
}

#[test]
fn any_sqlite_tool_shows_what_the_program_shows() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        eprintln!("not shown: there is no sqlite3 here");
        return;
    }
    let (_folder, path, store) = ledger(vec![
        determination("NY-001", "USD", 113_850),
        determination("NY-001b", "USD", 5),
        determination("JP-001", "JPY", 20_000),
        determination("KW-001", "KWD", 1_234_567),
        determination("东-001", "CNY", 0),
    ]);
    let reader = Reader::open(&path).expect("a ledger");
    let ours: Vec<serde_json::Value> = reader
        .payouts(&Filter::default())
        .expect("readable")
        .iter()
        .map(|row| serde_json::to_value(row).expect("it can be written"))
        .collect();
    let query = "SELECT json_object('id', id, 'policy', policy, 'product', product, 'cover', cover,
        'period', json_object('start', period_start, 'end', period_end), 'outcome', outcome, 'state', state,
        'index', CASE WHEN index_value IS NULL THEN NULL ELSE json_object('value', index_value, 'unit', index_unit) END,
        'amount', amount, 'currency', currency, 'reason', reason, 'as_of', as_of, 'determined_at', determined_at)
        FROM payout ORDER BY policy, cover, period_start";
    let shell = |query: &str| {
        let answer =
            Command::new("sqlite3").args(["-batch", "-readonly"]).arg(&path).arg(query).output().expect("it runs");
        assert!(answer.status.success() && answer.stderr.is_empty(), "{}", String::from_utf8_lossy(&answer.stderr));
        String::from_utf8(answer.stdout).expect("UTF-8")
    };
    let read = || {
        let lines = shell(query);
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<serde_json::Value>>()
    };
    assert_eq!(ours.len(), 5);
    assert_eq!(read(), ours, "while the daemon runs");
    let copy = path.with_file_name("copy.db");
    shell(&format!(".backup {}", copy.display()));
    let verified = Reader::open(&copy).expect("a ledger").verify().expect("the copy is whole");
    assert_eq!((verified.entries, verified.observations), (9, 1), "with what stood in the log only");
    store.close().expect("closed");
    assert_eq!(read(), ours, "and when it does not");
    assert_eq!(
        shell(
            "SELECT amount, amount_minor, \"trigger\", reason_code, length(terms), seq FROM payout WHERE policy = 'KW-001'"
        ),
        "1234.567|1234567|< 230 mm|paid|64|7\n"
    );
    assert_eq!(shell("SELECT count(*), sum(superseded) FROM determination"), "5|0\n");
    let columns = "id policy product cover period_start period_end outcome state index_value index_unit amount currency \
        reason as_of determined_at reason_code trigger amount_minor terms seq payable_minor advance_minor overpaid_minor \
        contested_until correctable_until corrects cause delta_minor booked_minor";
    let documented = std::fs::read_to_string("docs/payout-log.md").expect("the page is there");
    for column in columns.split_whitespace() {
        assert!(documented.contains(&format!("| `{column}` ")), "the page does not explain `{column}`");
    }
    let named = shell("SELECT group_concat(name, ' ') FROM pragma_table_info('payout')");
    assert_eq!(named.trim(), columns.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn determinations_are_found_by_an_index() {
    let (_folder, path, _store) = ledger(vec![]);
    let connection = Connection::open(&path).expect("a database");
    for query in
        ["SELECT * FROM payout WHERE policy = 'x'", "SELECT * FROM determination WHERE policy = 'x' AND cover = 'y'"]
    {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).expect("a query");
        let plan = statement.query_map([], |row| row.get::<_, String>(3)).expect("readable");
        let plan: Vec<String> = plan.collect::<Result<_, _>>().expect("readable");
        // The rows, what takes their place, and payments in advance.
        for by in [
            "SEARCH ledger USING INDEX ledger_determination",
            "SEARCH later USING INDEX ledger_determination",
            "SEARCH ledger USING INDEX ledger_interim",
        ] {
            assert!(plan.iter().any(|step| step.starts_with(by)), "{by}: {plan:?}");
        }
        assert!(!plan.iter().any(|step| step.starts_with("SCAN ledger")), "{plan:?}");
    }
}
