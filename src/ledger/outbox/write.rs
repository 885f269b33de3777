//! Putting messages into the outbox, and what became of them, inside of a transaction that the store ends.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::instant::millis;
use super::super::reader::read;
use super::super::scope::BOUND_IN;
use super::super::{Digest, Entry, LedgerError};
use super::{About, Delivery, Event, Outcome, Replay, ReplayOf, Subscription, message_id};

/// Only so much of what was said is kept.
const MOST_DETAIL: usize = 300;

/// Puts an entry that has just been written before each endpoint that wants it.
pub fn tell(
    connection: &Connection,
    subscriptions: &[Subscription],
    event: Event,
    (seq, entry, leaf): (i64, &Entry, &Digest),
) -> Result<(), LedgerError> {
    for subscription in wanting(connection, subscriptions, event, entry)? {
        put(connection, &subscription.endpoint, event, (seq, leaf))?;
    }
    Ok(())
}

fn put(connection: &Connection, endpoint: &str, event: Event, (seq, leaf): (i64, &Digest)) -> Result<(), LedgerError> {
    let insert = "INSERT INTO outbox (endpoint, seq, msg_id, event, state, attempts, next_ms)
        VALUES (?1, ?2, ?3, ?4, 'waiting', 0, 0)";
    let mut insert = connection.prepare_cached(insert)?;
    insert.execute(params![endpoint, seq, message_id(leaf), event.word()])?;
    Ok(())
}

/// Who wants to be told of an entry.
fn wanting<'s>(
    connection: &Connection,
    subscriptions: &'s [Subscription],
    event: Event,
    entry: &Entry,
) -> Result<Vec<&'s Subscription>, LedgerError> {
    if subscriptions.is_empty() {
        return Ok(Vec::new());
    }
    let policy = entry.text_of("policy").ok();
    let bound = policy.map_or(Ok(None), |policy| bound_in(connection, policy))?;
    let (book, product) = bound.unzip();
    let product = product.flatten();
    let product = entry.text_of("product").ok().or(product.as_deref());
    let about = About { policy, product, book: book.as_deref() };
    Ok(subscriptions.iter().filter(|one| one.wants(event, about)).collect())
}

/// The book and the product of a policy, as it was bound.
fn bound_in(connection: &Connection, policy: &str) -> Result<Option<(String, Option<String>)>, LedgerError> {
    let mut query = connection.prepare_cached(BOUND_IN)?;
    Ok(query.query_row([policy], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Records an attempt. One of what is not there, or not waiting any more, is recorded all the same.
pub fn deliver(connection: &Connection, delivery: &Delivery) -> Result<(), LedgerError> {
    let Delivery { endpoint, seq, at, outcome, status, took_ms, detail } = delivery;
    let exact = |at| millis(at).map_err(LedgerError::entry(format!("delivery/{endpoint}/{seq}")));
    let (state, next_ms) = match outcome {
        Outcome::Delivered => ("delivered", 0),
        Outcome::Failed(next) => ("waiting", exact(*next)?),
        Outcome::Gone => ("waiting", exact(*at)?),
        Outcome::Parked => ("parked", 0),
    };
    let update = "UPDATE outbox SET attempts = attempts + 1, state = ?3, next_ms = ?4 WHERE endpoint = ?1 AND seq = ?2";
    connection.prepare_cached(update)?.execute(params![endpoint, seq, state, next_ms])?;
    let detail: String = detail.chars().take(MOST_DETAIL).collect();
    let insert =
        "INSERT INTO delivery (endpoint, seq, at_ms, attempt, outcome, status, took_ms, detail) VALUES (?1, ?2, ?3,
        coalesce((SELECT attempts FROM outbox WHERE endpoint = ?1 AND seq = ?2), 0), ?4, ?5, ?6, ?7)";
    let row = params![endpoint, seq, exact(*at)?, outcome.word(), status, took_ms, detail];
    connection.prepare_cached(insert)?.execute(row)?;
    Ok(())
}

/// Has messages wait again, from their first attempt on.
pub fn replay(connection: &Connection, subscriptions: &[Subscription], replay: &Replay) -> Result<(), LedgerError> {
    let Replay { endpoint, at, what } = replay;
    let again = "UPDATE outbox SET state = 'waiting', attempts = 0, next_ms = 0 WHERE endpoint = ?1";
    match what {
        ReplayOf::Parked => {
            connection.prepare_cached(&format!("{again} AND state = 'parked'"))?.execute([endpoint])?;
        }
        ReplayOf::Range(from, to) => {
            let one = subscriptions.iter().filter(|one| one.endpoint == *endpoint);
            let one: Vec<_> = one.cloned().collect();
            let told = "SELECT body, leaf FROM ledger WHERE seq >= ?1 AND seq <= ?2
                AND kind IN ('interim', 'final', 'restate', 'hold', 'release', 'void', 'note') ORDER BY seq";
            let mut told = connection.prepare(told)?;
            let mut rows = told.query([from, to])?;
            while let Some(row) = rows.next()? {
                let (seq, entry) = read(&row.get::<_, String>(0)?)?;
                let Some(event) = Event::of(&entry) else { continue };
                if wanting(connection, &one, event, &entry)?.is_empty() {
                    continue;
                }
                let mut again = connection.prepare_cached(&format!("{again} AND seq = ?2"))?;
                if again.execute(params![endpoint, seq])? == 0 {
                    put(connection, endpoint, event, (seq, &row.get(1)?))?;
                }
            }
        }
    }
    let at_ms = millis(*at).map_err(LedgerError::entry(format!("replay/{endpoint}")))?;
    let insert = "INSERT INTO delivery (endpoint, seq, at_ms, attempt, outcome, status, took_ms, detail)
        VALUES (?1, NULL, ?2, 0, 'replay', NULL, 0, ?3)";
    connection.prepare_cached(insert)?.execute(params![endpoint, at_ms, what.words()])?;
    Ok(())
}
