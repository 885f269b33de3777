//! `/v1/events`: determinations as they are recorded and signed, for whoever listens.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use utoipa::IntoParams;

use super::accept::EVENTS;
use super::answer::Wanted;
use super::asked::{Asked, FromPairs, Pairs};
use super::payout::Payout;
use crate::access::Caller;
use crate::ledger::{LedgerError, PayoutRow, Reader, Scope};
use crate::publish::app::App;
use crate::publish::doors::Doors;
use crate::publish::problem::Problem;

/// Listeners at a time, and those of one token.
const MOST: usize = 64;
const MOST_OF_ONE: usize = 8;
/// How often it is looked for something new.
const LOOK: Duration = Duration::from_secs(1);
/// How long there is silence at most.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long one stream lasts. Whoever listens comes again, and shows the token again.
const LONGEST: Duration = Duration::from_secs(300);
/// How many entries are read at a time.
const PIECE: i64 = 2_000;

/// Who listens, by what the token is called.
pub type Listeners = Doors<Option<Arc<str>>>;

/// Nobody yet.
pub fn listeners() -> Listeners {
    Doors::new(MOST, MOST_OF_ONE)
}

/// From where on.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The entry behind which it begins, where there is no `Last-Event-ID`; where nothing is said, what comes from now on.
    #[param(value_type = Option<i64>, minimum = 0)]
    after: Option<i64>,
}

impl FromPairs for From {
    fn read(pairs: &Pairs) -> Result<Self, Problem> {
        Ok(Self { after: pairs.read("after", "the number of an entry", number)? })
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|seq| (0..i64::MAX).contains(seq))
}

/// New determinations
///
/// A stream of server-sent events. Each is called `determination`, its id is the number of the entry, its data a payout as
/// under `/v1/payouts`. Whoever comes again with `Last-Event-ID` misses none. A comment is sent where there is nothing for
/// 15 s; after five minutes the stream ends and is asked for again, as browsers do by themselves.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "listen",
    tag = "events",
    params(
        From,
        ("Last-Event-ID" = Option<i64>, Header, description = "The number of the entry that was heard last", minimum = 0)
    ),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream")),
    security(("token" = []))
)]
pub async fn listen(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(from): Asked<From>,
) -> Result<Response, Problem> {
    wanted.form(&[EVENTS])?;
    let last = match wanted.header(HeaderName::from_static("last-event-id")) {
        None => from.after,
        Some(text) => Some(number(text).ok_or_else(|| Problem::bad("`Last-Event-ID` is no number of an entry"))?),
    };
    let seat = app.listeners().enter(caller.name.clone()).ok_or_else(Problem::busy)?;
    let next = match last {
        Some(last) => last + 1,
        None => app.library().ask(|reader| Ok(reader.seen()?)).await?,
    };
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        tell(&app, caller.scope(), next, &sender).await;
        drop(seat);
    });
    let mut response = Body::new(Told(receiver)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENTS));
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// Tells what comes, until nobody listens, time is over, or the server ends.
async fn tell(app: &App, scope: Scope, mut next: i64, sender: &mpsc::Sender<Bytes>) {
    let ends = Instant::now() + LONGEST;
    let mut said = Instant::now();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    if sender.send(Bytes::from_static(b"retry: 2000\n\n")).await.is_err() {
        return;
    }
    while Instant::now() < ends {
        tokio::select! {
            () = app.stopped() => return,
            () = sender.closed() => return,
            _ = look.tick() => {}
        }
        loop {
            let (asked, from, now) = (scope.clone(), next, app.now());
            // What cannot be read now is read at the next look.
            let Ok(piece) = app.library().ask(move |reader| Ok(piece(reader, &asked, from, now)?)).await else { break };
            next = piece.next;
            if !piece.events.is_empty() {
                said = Instant::now();
                if sender.send(piece.events.into()).await.is_err() {
                    return;
                }
            }
            if !piece.more {
                break;
            }
        }
        if said.elapsed() >= HEARTBEAT {
            said = Instant::now();
            if sender.send(Bytes::from_static(b": nothing new\n\n")).await.is_err() {
                return;
            }
        }
    }
}

/// Some entries further.
struct Piece {
    events: String,
    next: i64,
    more: bool,
}

fn piece(reader: &Reader, scope: &Scope, from: i64, now: DateTime<Utc>) -> Result<Piece, LedgerError> {
    let seen = reader.seen()?;
    if from >= seen {
        return Ok(Piece { events: String::new(), next: from, more: false });
    }
    let next = from.saturating_add(PIECE).min(seen);
    let mut events = String::new();
    for row in reader.determined_between(from, next)? {
        if is_seen(reader, scope, &row)? {
            let data = serde_json::to_string(&Payout::of(&row, now)).expect("texts and numbers can be written");
            events.push_str(&format!("id: {}\nevent: determination\ndata: {data}\n\n", row.seq));
        }
    }
    Ok(Piece { events, next, more: next < seen })
}

fn is_seen(reader: &Reader, scope: &Scope, row: &PayoutRow) -> Result<bool, LedgerError> {
    if *scope == Scope::All {
        return Ok(true);
    }
    Ok(reader.policy(&row.policy)?.is_some_and(|(_, policy)| scope.sees(&row.policy, policy.book())))
}

/// A body of what is told.
struct Told(mpsc::Receiver<Bytes>);

impl HttpBody for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_the_seats() {
        let listeners = listeners();
        let name = |number: usize| Some(Arc::from(format!("t{number}")));
        let seats: Vec<_> = (0..MOST_OF_ONE).map(|_| listeners.enter(name(0)).expect("one of eight")).collect();
        assert!(listeners.enter(name(0)).is_none(), "a ninth");
        let others: Vec<_> = (MOST_OF_ONE..MOST).map(|other| listeners.enter(name(other)).expect("another")).collect();
        assert!(listeners.enter(name(999)).is_none(), "full");
        drop(seats);
        assert!(listeners.enter(name(0)).is_some(), "they left");
        drop(others);
        assert!(listeners.are_as_new(), "nothing is remembered of who left");
    }
}
