//! The pages that people read, in English and Chinese, without anything from elsewhere.
//!
//! The language stands in the address, `/en/…` or `/zh/…`: a link that is passed on or printed is read in the language in
//! which it was meant, nothing has to be remembered, and both can be open side by side. An address without one leads to
//! the language that the browser asks for.

mod acts;
mod amiss;
mod assets;
mod certificate;
mod check;
mod downloads;
mod enter;
mod feeds;
mod lines;
mod log;
mod numbers;
mod overview;
mod picture;
mod policy;
mod qr;
mod story;
mod visit;
mod words;

use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};

use super::app::App;
use crate::words::Language;

pub use overview::Memo;

/// All pages.
pub fn routes() -> Router<App> {
    let to_language = get(to_language);
    Router::new()
        .route("/", to_language.clone())
        .route("/check", to_language.clone())
        .route("/certificate/{entry}", to_language)
        .route("/assets/{*name}", get(assets::asset))
        .merge(in_language("/en", Language::English))
        .merge(in_language("/zh", Language::Chinese))
}

fn in_language(prefix: &str, language: Language) -> Router<App> {
    let route = |path: &str| format!("{prefix}{path}");
    Router::new()
        .route(prefix, get(overview::page))
        .route(&route("/"), get(overview::page))
        .route(&route("/policies/{policy}"), get(policy::page))
        .route(&route("/payouts"), get(log::page))
        .route(&route("/payouts.csv"), get(downloads::csv))
        .route(&route("/proof/{entry}"), get(downloads::proof))
        .route(&route("/certificate/{entry}"), get(certificate::page))
        .route(&route("/feeds"), get(feeds::page))
        .route(&route("/acts"), get(acts::page))
        .route(&route("/acts/settlement"), get(acts::settlement))
        .route(&route("/check"), get(check::page))
        .route(&route("/enter"), get(enter::page).post(enter::enter))
        .route(&route("/leave"), post(enter::leave))
        .route(&route("/{*rest}"), get(amiss::nothing))
        .layer(Extension(language))
}

/// From an address without a language to the one that the browser asks for.
async fn to_language(uri: Uri, headers: HeaderMap) -> Response {
    let language = visit::tag(visit::wanted(&headers));
    let path = uri.path().trim_end_matches('/');
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut response = visit::see_other(&format!("/{language}{path}{query}"));
    response.headers_mut().insert("vary", "accept-language".parse().expect("a header"));
    response.into_response()
}
