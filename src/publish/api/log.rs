//! `/v1/log`: the log as c2sp.org/tlog-tiles has it. What is kept here can be kept elsewhere, and compared.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use utoipa::ToSchema;

use super::accept::{BYTES, TEXT};
use super::answer::Wanted;
use super::asked::{Asked, Named, Nothing};
use crate::access::{Caller, Right};
use crate::publish::app::App;
use crate::publish::problem::Problem;

/// The bytes of a tile.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "it describes what is given")]
pub struct Tile(Vec<u8>);

/// The newest checkpoint
///
/// A signed note: the name of the log, how many entries it has, and their root, with the signatures of the log and of its
/// witnesses.
#[utoipa::path(
    get,
    path = "/log/checkpoint",
    operation_id = "get_checkpoint",
    tag = "log",
    responses(
        (status = 200, description = "The note", body = String, content_type = "text/plain"),
        (status = 404, description = "The ledger has no key, so nothing is signed", body = crate::publish::problem::Body, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub async fn checkpoint(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    app.need(&caller, Right::Log)?;
    let note = app.library().ask(|reader| Ok(reader.newest_checkpoint()?)).await?;
    wanted.only(TEXT, note.ok_or_else(Problem::not_found)?.1)
}

/// The log's key
///
/// As `fairgauge verify --key` takes it. It proves something only where it came to you another way.
#[utoipa::path(
    get,
    path = "/log/vkey",
    operation_id = "get_log_key",
    tag = "log",
    responses(
        (status = 200, description = "The key", body = String, content_type = "text/plain"),
        (status = 404, description = "The ledger has no key, so nothing is signed", body = crate::publish::problem::Body, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub async fn vkey(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    app.need(&caller, Right::Log)?;
    let key = app.library().ask(|reader| Ok(reader.log_key()?)).await?;
    wanted.only(TEXT, key.ok_or_else(Problem::not_found)? + "\n")
}

/// A tile
///
/// 256 hashes of a level, `0/x001/234`, or what there are of them, `0/x001/234.p/5`; or as many entries, `entries/000`, each
/// behind its length in two bytes. Entries are everybody's: only who sees everything reads them.
#[utoipa::path(
    get,
    path = "/log/tile/{*path}",
    operation_id = "get_tile",
    tag = "log",
    params(("path" = String, Path, description = "The level or `entries`, and the number; its slashes may stand as they are", example = "0/000.p/1")),
    responses((status = 200, description = "The tile", body = Tile, content_type = "application/octet-stream")),
    security(("token" = ["entries"]))
)]
pub async fn tile(
    State(app): State<App>,
    caller: Caller,
    Named(path): Named<String>,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let entries = path.starts_with("entries/");
    app.need(&caller, if entries { Right::Entries } else { Right::Log })?;
    let tile = app.library().ask(move |reader| Ok(reader.tile(&format!("tile/{path}"))?)).await?;
    let mut response = wanted.only(BYTES, tile.ok_or_else(Problem::not_found)?)?;
    // A tile of a path is the same for ever.
    let kept = HeaderValue::from_static("private, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, kept);
    Ok(response)
}
