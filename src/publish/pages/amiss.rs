//! Faults as pages.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};

use super::visit::{Look, Visit, html};
use super::words::Words;
use crate::publish::problem::Problem;

/// A request that has no page for an answer: how the page that says so looks, and why.
pub struct Amiss(Box<(Look, Problem)>);

impl Amiss {
    /// Of a problem, in the reader's language.
    pub fn new(look: Look, problem: Problem) -> Self {
        Self(Box::new((look, problem)))
    }
}

#[derive(Template)]
#[template(path = "amiss.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    title: &'static str,
    text: String,
}

/// There is no such page.
pub async fn nothing(visit: Visit) -> Amiss {
    visit.look.amiss(Problem::not_found())
}

impl IntoResponse for Amiss {
    fn into_response(self) -> Response {
        let (look, problem) = *self.0;
        let w = look.words();
        let (title, text) = match problem.status() {
            StatusCode::NOT_FOUND => (w.fault_missing, w.fault_missing_text.to_owned()),
            StatusCode::FORBIDDEN => (w.fault_forbidden, w.fault_forbidden_text.to_owned()),
            StatusCode::BAD_REQUEST => (w.fault_bad, problem.detail().to_owned()),
            StatusCode::TOO_MANY_REQUESTS => (w.fault_busy, w.too_often.to_owned()),
            StatusCode::SERVICE_UNAVAILABLE if problem.is_busy() => (w.fault_busy, w.fault_busy_text.to_owned()),
            _ => (w.fault_ledger, w.fault_ledger_text.to_owned()),
        };
        let Ok(mut page) = html(problem.status(), &Page { look: &look, w, title, text }) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        // How long to wait is said as to programs.
        if let Some(wait) = problem.into_response().headers_mut().remove(RETRY_AFTER) {
            page.headers_mut().insert(RETRY_AFTER, wait);
        }
        page
    }
}
