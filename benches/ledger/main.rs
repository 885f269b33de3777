//! What the ledger costs. `cargo bench --bench ledger`: a line of JSON for each figure.
//!
//! - determinations a second, one by one and in batches, beside bare `rusqlite` that writes the same rows with the same
//!   durability (`journal_mode=WAL`, `synchronous=FULL`), in one run and one folder: once into the ledger's own tables, with
//!   their indexes, rules and triggers, and once into a table that has none of them. The bodies are those of the ledger; to
//!   make them, to look up what stands, to hash and to sign is the ledger's part alone;
//! - pages of the payout log;
//! - opening and verifying a ledger of so many entries, and its size. `-- verify 1000000` for another number.
//!
//! The folder is that of the system for temporary files; `TMPDIR` names another one.

mod pages;

use std::path::Path;
use std::time::Instant;

use fairgauge::ledger::merkle::LogKey;
use fairgauge::ledger::{Batch, Determination, Life, PeriodSpan, Reader, Signing, State, Store, leaf, parse_instant};
use fairgauge::quantity::{Currency, Money, Rounding};
use fairgauge::settle::{Outcome, Paid};
use rusqlite::{Connection, params};

/// How many are written one by one.
const SINGLY: usize = 500;
/// And in batches of a thousand.
const BATCHES: usize = 20;
const A_BATCH: usize = 1_000;

fn policy_id(number: usize) -> String {
    format!("NY-{number:07}")
}

/// The binding determination of a policy.
fn determination(number: usize) -> Determination {
    let at = |text: &str| parse_instant(text).expect("an instant");
    let currency = Currency::from_code("USD").expect("known");
    Determination {
        policy: policy_id(number),
        product: "leafy-greens@1".into(),
        terms: [0xab; 32],
        cover: "rain".into(),
        period: PeriodSpan {
            start: "2013-06-01".parse().expect("a day"),
            end: "2013-08-31".parse().expect("a day"),
            from: at("2013-06-01T04:00:00.000Z"),
            to: at("2013-09-01T04:00:00.000Z"),
        },
        state: State::Final,
        number: 0,
        outcome: Outcome::Pays,
        index: Some(("229.9".into(), "mm".into())),
        trigger: "< 230 mm".into(),
        amount: Money::from_minor(113_850, currency).expect("small"),
        rounding: Rounding::HalfUp,
        paid: Paid::default(),
        reason_code: "paid".into(),
        reason: "229.9 mm is below 230 mm".into(),
        as_of: at("2013-09-09T00:00:00.000Z"),
        determined_at: at("2013-09-09T00:00:00.000Z"),
        observations: "3-17,19".into(),
        sources: None,
        tzdb: "2026b".into(),
        engine: "fairgauge 0.1.0".into(),
        life: Life::default(),
    }
}

fn batch(from: usize, count: usize) -> Batch {
    let mut batch = Batch::new();
    (from..from + count).for_each(|number| batch.determine(determination(number)));
    batch
}

fn signing(path: &Path) -> Signing {
    let key = LogKey::new("ledger.example.org/bench", &[5; 32]).expect("a key");
    Signing { key, high_water: Signing::beside(path), publish: None }
}

fn new_store(path: &Path, signed: bool) -> Store {
    let at = parse_instant("2013-05-01T00:00:00.000Z").expect("an instant");
    let made = if signed { Store::create_signed(path, at, &signing(path)) } else { Store::create(path, "bench", at) };
    made.expect("a new ledger")
}

/// Rows a second: one by one, then in batches.
fn rates(mut write: impl FnMut(usize, usize)) -> [f64; 2] {
    let begun = Instant::now();
    (0..SINGLY).for_each(|number| write(number, 1));
    let singly = SINGLY as f64 / begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    (0..BATCHES).for_each(|number| write(SINGLY + number * A_BATCH, A_BATCH));
    [singly, (BATCHES * A_BATCH) as f64 / begun.elapsed().as_secs_f64()]
}

/// A row that the ledger wrote.
type Row = (i64, String, [u8; 32]);

/// All of them, in their order.
fn written(path: &Path) -> Vec<Row> {
    let ledger = Connection::open(path).expect("a ledger");
    let query = "SELECT seq, body, leaf FROM ledger WHERE kind = 'final' ORDER BY seq";
    let mut statement = ledger.prepare(query).expect("a query");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("texts")
}

/// Bare `rusqlite`, into a table of a name that is there.
fn bare(connection: &Connection, table: &str, rows: &[Row]) -> [f64; 2] {
    connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON").expect("set");
    let insert = format!("INSERT INTO {table} (seq, body, leaf) VALUES (?1, ?2, ?3)");
    rates(|from, count| {
        connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for (seq, body, leaf) in &rows[from..from + count] {
            let row = params![seq, body, leaf];
            connection.prepare_cached(&insert).expect("good").execute(row).expect("written");
        }
        connection.execute_batch("COMMIT").expect("kept");
    })
}

fn commits(folder: &Path) {
    let mut found = Vec::new();
    for signed in [false, true] {
        let path = folder.join(format!("{signed}.db"));
        let mut store = new_store(&path, signed);
        found.push(rates(|from, count| drop(store.append(batch(from, count)).expect("written"))));
        store.close().expect("closed");
    }
    let rows = written(&folder.join("false.db"));
    new_store(&folder.join("same.db"), false).close().expect("closed");
    let same = bare(&Connection::open(folder.join("same.db")).expect("a ledger"), "ledger", &rows);
    let table = Connection::open(folder.join("bare.db")).expect("made");
    let plain = "CREATE TABLE row (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, leaf BLOB NOT NULL) STRICT";
    table.execute_batch(plain).expect("made");
    let plain = bare(&table, "row", &rows);
    let all = [
        ("unsigned", found[0]),
        ("signed", found[1]),
        ("bare rusqlite, the ledger's tables", same),
        ("bare rusqlite, a table alone", plain),
    ];
    for (what, rates) in all {
        for (number, how) in ["one by one", "by the thousand"].into_iter().enumerate() {
            let [of_same, of_plain] = [same, plain].map(|bare| rates[number] / bare[number]);
            println!(
                r#"{{"what":"{what}","how":"{how}","determinations_a_second":{:.0},"share_of_the_same_tables":{of_same:.2},"share_of_a_table_alone":{of_plain:.2}}}"#,
                rates[number]
            );
        }
    }
}

/// What nobody can do without: reading each entry and hashing it, on one thread, in seconds.
fn read_and_hash(path: &Path) -> f64 {
    let begun = Instant::now();
    let ledger = Connection::open(path).expect("a ledger");
    let mut statement = ledger.prepare("SELECT body FROM ledger ORDER BY seq").expect("a query");
    let mut rows = statement.query([]).expect("rows");
    while let Some(row) = rows.next().expect("readable") {
        std::hint::black_box(leaf(row.get_ref(0).expect("a body").as_str().expect("a text")));
    }
    begun.elapsed().as_secs_f64()
}

fn verify(folder: &Path, entries: usize) {
    let path = folder.join("large.db");
    let mut store = new_store(&path, true);
    for from in (0..entries).step_by(A_BATCH) {
        store.append(batch(from, A_BATCH.min(entries - from))).expect("written");
    }
    store.close().expect("closed");
    let bytes = std::fs::metadata(&path).expect("a file").len();
    println!(r#"{{"entries":{entries},"bytes_an_entry":{:.0}}}"#, bytes as f64 / entries as f64);
    let begun = Instant::now();
    let store = Store::open_signed(&path, parse_instant("2014-01-01T00:00:00.000Z").expect("one"), &signing(&path));
    store.expect("whole").close().expect("closed");
    println!(r#"{{"entries":{entries},"open_s":{:.2}}}"#, begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    Reader::open(&path).expect("a ledger").verify().expect("whole");
    let verified = begun.elapsed().as_secs_f64();
    let floor = read_and_hash(&path);
    println!(
        r#"{{"entries":{entries},"verify_s":{verified:.2},"read_and_hash_s":{floor:.2},"ratio":{:.1}}}"#,
        verified / floor
    );
}

fn main() {
    let asked: Vec<_> = std::env::args().skip(1).collect();
    // Cargo's own tests run every bench target with `--test`; there is nothing to measure here.
    if asked.iter().any(|argument| argument == "--test") {
        return;
    }
    let number = asked.iter().find_map(|argument| argument.parse().ok());
    let wants =
        |name: &str| asked.iter().all(|argument| argument.starts_with('-')) || asked.iter().any(|asked| asked == name);
    let folder = tempfile::tempdir().expect("a folder");
    if wants("commits") {
        commits(folder.path());
    }
    if wants("verify") {
        verify(folder.path(), number.unwrap_or(100_000));
    }
    if wants("pages") {
        pages::run(folder.path(), number.unwrap_or(100_000));
    }
}
