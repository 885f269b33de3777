//! `POST /v1/acts`: what a person has signed, handed to the daemon.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderName, header};
use axum::response::Response;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::accept::JSON;
use super::answer::Wanted;
use super::asked::{Asked, Nothing};
use crate::access::{Caller, Right};
use crate::ledger::{hex, sha256};
use crate::operator::{Act, Answer, HandedIn, Inbox, Outcome, Request as Signed};
use crate::publish::app::App;
use crate::publish::problem::Problem;

/// How long a body may take.
const BODY: Duration = Duration::from_secs(60);
/// How long the daemon is waited for. It looks several times a second; what takes longer is a large ledger.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for the answer.
const LOOK: Duration = Duration::from_millis(50);
/// What a key may have.
const MOST_KEY: usize = 255;

/// A signed act, as `fairgauge hold` makes it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes what the folder of acts takes")]
pub struct SignedAct {
    /// What was signed, byte for byte: canonical JSON.
    act: String,
    /// The signature, Ed25519 in base64.
    signature: String,
    /// What is attached, in base64, in the order of the act's hashes.
    attached: Option<Vec<String>>,
}

/// What became of an act.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// `done`, or `proposed`: it waits for a second person.
    #[schema(example = "done")]
    outcome: &'static str,
    /// In words.
    text: String,
    /// The number of the entry that records it.
    entry: Option<i64>,
}

/// Hands in an act
///
/// An act that a person has signed with a key of their own: hold, release, void, dispute, approve, restate. The token only
/// carries it; what counts is the signature. The same act handed in again is answered the same, byte for byte, and done
/// once; so is one under the same `Idempotency-Key`, where the key is not used for another one.
#[utoipa::path(
    post,
    path = "/acts",
    operation_id = "hand_in_act",
    tag = "acts",
    params(("Idempotency-Key" = Option<String>, Header, description = "A name of this act that the client chooses, at most 255 signs. Without it the act itself is its name", max_length = 255)),
    request_body(content = SignedAct, content_type = "application/json"),
    responses(
        (status = 200, description = "It is done, or waits for a second person", body = Done),
        (status = 408, description = "The body took too long", body = crate::publish::problem::Body, content_type = "application/problem+json"),
        (status = 409, description = "The key was used for another act: nothing was done", body = crate::publish::problem::Body, content_type = "application/problem+json"),
        (status = 413, description = "It has more than 48 MiB", body = crate::publish::problem::Body, content_type = "application/problem+json"),
        (status = 415, description = "It is not called JSON", body = crate::publish::problem::Body, content_type = "application/problem+json"),
        (status = 422, description = "It was refused, and is recorded as such: the signature, or how the period stands", body = crate::publish::problem::Body, content_type = "application/problem+json")
    ),
    security(("token" = ["acts"]))
)]
pub async fn hand_in(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
    request: Request,
) -> Result<Response, Problem> {
    app.need(&caller, Right::Acts)?;
    wanted.form(&[JSON])?;
    let kind = wanted.header(header::CONTENT_TYPE).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON) {
        return Err(Problem::unsupported("send it as `Content-Type: application/json`"));
    }
    let named = match request.headers().get(HeaderName::from_static("idempotency-key")) {
        None => None,
        Some(key) => Some(
            key.to_str()
                .ok()
                .filter(|key| (1..=MOST_KEY).contains(&key.len()))
                .map(str::to_owned)
                .ok_or_else(|| Problem::bad(format!("`Idempotency-Key` is no text of at most {MOST_KEY} signs")))?,
        ),
    };
    let _turn = app.act_turn().ok_or_else(Problem::busy)?;
    let body = tokio::time::timeout(BODY, Bytes::from_request(request, &app)).await.map_err(|_| Problem::slow())??;
    let signed = Signed::parse(&body).filter(|signed| Act::parse(&signed.act).is_ok()).ok_or_else(|| {
        Problem::bad("this is no signed act: wanted is an object with `act`, `signature` and perhaps `attached`, as docs/api.md has it")
    })?;
    // Spaces between its members are nothing that was signed.
    let bytes = signed.bytes();
    let key = match named {
        // A token's name is never empty.
        Some(key) => format!("named/{}/{key}", caller.name.as_deref().unwrap_or_default()),
        None => format!("itself/{}", hex(&sha256(&bytes))),
    };
    let answer = deliver(app.inbox(), key, bytes).await?;
    let outcome = match answer.outcome {
        Outcome::Done => "done",
        Outcome::Proposed => "proposed",
        Outcome::Refused => return Err(Problem::refused(answer.text)),
    };
    wanted.object(&Done { outcome, text: answer.text, entry: answer.entry })
}

/// Hands it to the daemon, and waits for the answer.
async fn deliver(inbox: &Inbox, key: String, bytes: Vec<u8>) -> Result<Answer, Problem> {
    let begun = Instant::now();
    let hand_in = {
        let inbox = inbox.clone();
        move || inbox.hand_in(&key, &bytes)
    };
    let name = match blocking(hand_in).await? {
        HandedIn::Answered(answer) => return Ok(answer),
        HandedIn::Another => return Err(Problem::another()),
        HandedIn::Waits(name) => name,
    };
    while begun.elapsed() < PATIENCE {
        let (inbox, name) = (inbox.clone(), name.clone());
        if let Some(answer) = blocking(move || inbox.kept_answer(&name)).await? {
            return Ok(answer);
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(Problem::not_answered())
}

async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    run: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem> {
    let ran = tokio::task::spawn_blocking(run).await.map_err(|_| Problem::busy())?;
    ran.map_err(|error| {
        tracing::error!(id = "FG0605", %error, "an act cannot be handed over: {error}");
        Problem::inbox()
    })
}
