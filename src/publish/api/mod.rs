//! The HTTP API, `/v1`: what programs read, and the acts that operators hand in. One file for each noun.

mod accept;
mod acts;
mod alerts;
mod answer;
mod asked;
mod determinations;
mod document;
mod events;
mod feeds;
mod log;
mod payout;
mod payouts;
mod policies;
mod progress;
mod proofs;
mod series;
mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::app::App;
use crate::operator::MOST_REQUEST;

pub use document::document;
pub use events::{Listeners, listeners};

/// Where it is.
const ROOT: &str = "/v1";
/// What a signed act may have, as in the folder of acts.
const MOST_ACT: usize = MOST_REQUEST as usize;

/// The routes with what the document says of them.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(policies::list))
        .routes(routes!(policies::one))
        .routes(routes!(progress::get))
        .routes(routes!(series::list))
        .routes(routes!(payouts::list))
        .routes(routes!(payouts::one))
        .routes(routes!(payouts::advance))
        .routes(routes!(determinations::one))
        .routes(routes!(determinations::explain))
        .routes(routes!(proofs::bundle))
        .routes(routes!(proofs::tlog_proof))
        .routes(routes!(feeds::list))
        .routes(routes!(alerts::list))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::vkey))
        .routes(routes!(log::tile))
        .routes(routes!(events::listen))
        .routes(routes!(acts::hand_in).layer(DefaultBodyLimit::max(MOST_ACT)))
}

/// The routes.
pub fn router() -> Router<App> {
    let (routes, _) = described().split_for_parts();
    Router::new().nest(ROOT, routes.route("/openapi.json", get(document::get)))
}
