//! What one would write instead for the reading side alone: axum over plain tables, four connections, rows as JSON.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get as on_get;
use axum::serve::ListenerExt as _;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

/// Questions at a time, as the server has.
const AT_ONCE: usize = 4;

/// The members of a row, as the server writes them.
const PAYOUT: &[&str] = &[
    "id",
    "policy",
    "product",
    "cover",
    "period_start",
    "period_end",
    "outcome",
    "state",
    "index_value",
    "index_unit",
    "amount",
    "currency",
    "reason",
    "as_of",
    "determined_at",
    "payable",
    "seq",
];
const READING: &[&str] = &[
    "feed", "station", "variable", "unit", "start", "end", "value", "vintage", "known_at", "revised", "refused", "seq",
];
const POLICY: &[&str] = &["id", "product", "terms", "bound_at", "seq", "columns"];

/// Copies what the ledger's views say into plain tables with the indexes that the questions want.
pub fn make(ledger: &Path, plain: &Path) {
    let connection = Connection::open(plain).expect("made");
    let ledger = ledger.display();
    connection
        .execute_batch(&format!(
            "ATTACH 'file:{ledger}?mode=ro' AS l;
             CREATE TABLE payout AS
                 SELECT id, policy, product, cover, period_start, period_end, outcome, state, index_value, index_unit, amount,
                        currency, reason, as_of, determined_at, amount AS payable, seq FROM l.payout;
             CREATE INDEX newest ON payout (determined_at, seq);
             CREATE INDEX by_policy ON payout (policy, cover, period_start, seq);
             CREATE TABLE policy AS
                 SELECT policy AS id, json_extract(body, '$.product') AS product, json_extract(body, '$.terms') AS terms,
                        at AS bound_at, seq, json_extract(body, '$.columns') AS columns FROM l.ledger WHERE kind = 'policy';
             CREATE UNIQUE INDEX policy_id ON policy (id);
             CREATE TABLE reading AS
                 SELECT feed, station, variable, unit, strftime('%FT%TZ', start_s, 'unixepoch') AS start,
                        strftime('%FT%TZ', end_s, 'unixepoch') AS \"end\", CAST(value_micro / 1000000.0 AS TEXT) AS value,
                        vintage, strftime('%FT%TZ', known_at_ms / 1000, 'unixepoch') AS known_at, 0 AS revised, 0 AS refused,
                        entry AS seq
                 FROM l.observation JOIN l.series ON series.id = observation.series;
             CREATE INDEX reading_of ON reading (feed, station, start);
             DETACH l; PRAGMA journal_mode = WAL;"
        ))
        .expect("copied");
}

#[derive(Clone)]
struct Plain {
    path: Arc<PathBuf>,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Plain {
    fn open(&self) -> Connection {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| {
            Connection::open_with_flags(&*self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it is there")
        })
    }

    fn rows(&self, query: &str, values: &[&str], names: &[&'static str]) -> Vec<Value> {
        let connection = self.open();
        let rows = {
            let mut statement = connection.prepare_cached(query).expect("a query");
            let rows = statement.query_map(rusqlite::params_from_iter(values), |row| Ok(object(row, names)));
            rows.expect("rows").collect::<Result<Vec<_>, _>>().expect("readable")
        };
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        rows
    }
}

fn object(row: &Row<'_>, names: &[&'static str]) -> Value {
    let cell = |(column, name): (usize, &&'static str)| {
        let value = match row.get_ref(column).expect("a column") {
            rusqlite::types::ValueRef::Integer(number) => number.into(),
            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
            _ => Value::Null,
        };
        ((*name).to_owned(), value)
    };
    Value::Object(names.iter().enumerate().map(cell).collect::<Map<_, _>>())
}

/// Serves the plain tables on threads of its own, as many as the server has.
pub fn serve(plain: &Path) -> SocketAddr {
    let plain =
        Plain { path: Arc::new(plain.to_owned()), turns: Arc::new(Semaphore::new(AT_ONCE)), idle: Arc::default() };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let address = listener.local_addr().expect("an address");
    let router = Router::new()
        .route("/v1/payouts", on_get(payouts))
        .route("/v1/policies/{id}", on_get(policy))
        .route("/v1/policies/{id}/series", on_get(series))
        .with_state(plain);
    std::thread::spawn(move || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).max_blocking_threads(8).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
            axum::serve(listener, router).await.expect("it serves");
        });
    });
    address
}

async fn answer(plain: Plain, ask: impl FnOnce(&Plain) -> Value + Send + 'static) -> Response {
    let turn = plain.turns.clone().acquire_owned().await;
    let text = tokio::task::spawn_blocking(move || {
        let text = ask(&plain).to_string();
        drop(turn);
        text
    });
    match text.await {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn payouts(State(plain): State<Plain>, uri: Uri) -> Response {
    let middle = uri.query().is_some_and(|query| query.contains("cursor="));
    answer(plain, move |plain| {
        // One more than is given says whether there is a next page.
        let newest = "SELECT * FROM payout ORDER BY determined_at DESC, seq DESC LIMIT 101";
        let page =
            "SELECT * FROM payout WHERE policy > 'LG-000099' ORDER BY policy, cover, period_start, seq LIMIT 101";
        let mut items = plain.rows(if middle { page } else { newest }, &[], PAYOUT);
        items.truncate(100);
        let next = items.last().map(|row| row["seq"].clone());
        serde_json::json!({ "items": items, "next": next })
    })
    .await
}

async fn policy(State(plain): State<Plain>, axum::extract::Path(id): axum::extract::Path<String>) -> Response {
    answer(plain, move |plain| {
        let mut found = plain.rows("SELECT * FROM policy WHERE id = ?1", &[&id], POLICY);
        let payouts =
            plain.rows("SELECT * FROM payout WHERE policy = ?1 ORDER BY cover, period_start, seq", &[&id], PAYOUT);
        let mut policy = found.pop().unwrap_or_default();
        policy["payouts"] = payouts.into();
        policy
    })
    .await
}

async fn series(State(plain): State<Plain>) -> Response {
    answer(plain, |plain| {
        let items = plain.rows(
            "SELECT * FROM reading WHERE feed = ?1 AND station = ?2 ORDER BY start",
            &["daily", "s"],
            READING,
        );
        serde_json::json!({ "items": items, "next": null })
    })
    .await
}

/// The body of an answer.
pub fn get(address: SocketAddr, question: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {question} HTTP/1.1\r\nhost: l\r\nconnection: close\r\n\r\n").expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("answered");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{question}: {text}");
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{question} comes whole");
    body.to_owned()
}
