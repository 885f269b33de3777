//! `/v1/determinations/{seq}/proof`: what proves it, without trusting us.

use axum::extract::State;
use axum::response::Response;

use super::accept::{JSON, TEXT};
use super::answer::Wanted;
use super::asked::{Asked, Named, Nothing};
use super::determinations::{found, number};
use crate::access::Caller;
use crate::audit::{Bundle, BundleError, rederive};
use crate::ledger::Reader;
use crate::ledger::merkle::Proof;
use crate::publish::app::App;
use crate::publish::problem::Problem;

/// A proof bundle
///
/// The file that `fairgauge prove` writes: the entry, the policy and the readings with their way to the signed root, and
/// the term sheet. `fairgauge verify bundle.json --key KEY` checks it without a database; take the key from elsewhere than
/// from here.
#[utoipa::path(
    get,
    path = "/determinations/{seq}/proof",
    operation_id = "prove_determination",
    tag = "determinations",
    params(("seq" = i64, Path, description = "The number of the entry", minimum = 0)),
    responses(
        (status = 200, description = "The bundle", body = serde_json::Value),
        (status = 409, description = "No checkpoint signs the entry: the ledger has no key", body = crate::publish::problem::Body, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub async fn bundle(
    State(app): State<App>,
    caller: Caller,
    Named(seq): Named<String>,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let seq = number(&seq)?;
    wanted.form(&[JSON])?;
    let text = move |reader: &Reader, caller: &Caller| {
        let (_, determination) = found(reader, caller, seq)?;
        let again = rederive(reader, &determination)?;
        if !again.differences.is_empty() {
            return Err(BundleError::Differs(again.differences.join("\n")).into());
        }
        Ok(Bundle::of(reader, (seq, &determination), &again)?.text())
    };
    wanted.only(JSON, app.library().ask_long(caller, text).await?)
}

/// A proof that the entry is in the log
///
/// As c2sp.org/tlog-proof has it: any program that knows that form checks it with the log's key. The leaf is the entry's
/// bytes.
#[utoipa::path(
    get,
    path = "/determinations/{seq}/tlog-proof",
    operation_id = "prove_inclusion",
    tag = "determinations",
    params(("seq" = i64, Path, description = "The number of the entry", minimum = 0)),
    responses(
        (status = 200, description = "The proof", body = String, content_type = "text/plain"),
        (status = 409, description = "No checkpoint signs the entry: the ledger has no key", body = crate::publish::problem::Body, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub async fn tlog_proof(
    State(app): State<App>,
    caller: Caller,
    Named(seq): Named<String>,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let seq = number(&seq)?;
    let text = move |reader: &Reader| {
        found(reader, &caller, seq)?;
        let newest = reader.newest_checkpoint()?.filter(|(size, _)| seq < *size);
        let (size, note) = newest.ok_or_else(Problem::unsigned)?;
        let (_, path) = reader.proved(seq, size)?;
        Ok(Proof { index: u64::try_from(seq).expect("a number from zero on"), path, note }.text())
    };
    wanted.only(TEXT, app.library().ask(text).await?)
}
