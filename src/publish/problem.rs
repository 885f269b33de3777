//! Why a request has no answer, as problem details (RFC 9457).

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::access::Refusal;
use crate::ledger::{LedgerError, OpenError};

/// Why a request has no answer. Its words never say whether something exists that the caller may not see.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    /// One word that stays the same.
    code: &'static str,
    detail: String,
    wait: Option<Duration>,
}

/// Its members.
#[derive(Serialize)]
struct Body<'p> {
    /// A name of the kind of problem.
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'p str,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), wait: None }
    }

    /// There is nothing of this name, or nothing that the caller may see.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing of this name that you may see")
    }

    /// The request is not understood.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    /// The caller's role has no such right.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "your token is not of a role that may do this")
    }

    /// There is no good token.
    pub fn no_token() -> Self {
        let detail = "send `Authorization: Bearer TOKEN` with a token that is neither revoked nor expired";
        Self::new(StatusCode::UNAUTHORIZED, "no-token", detail)
    }

    /// The answer would take too long now.
    pub fn busy() -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "this takes too long at present: ask for less, or later",
        );
        Self { wait: Some(Duration::from_secs(5)), ..problem }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Token => Self::no_token(),
            Refusal::TooOften { wait } => {
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-often", "you ask too often: wait a little");
                Self { wait: Some(wait), ..problem }
            }
            Refusal::Unreadable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "tokens-unreadable",
                "the server cannot read its tokens: its operator must look at the log",
            ),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        tracing::error!(%error, "a reader got no answer: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ledger",
            "the ledger cannot be read: its operator must look at the log",
        )
    }
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        tracing::error!(%error, "a reader got no answer: {error}");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ledger",
            "the ledger cannot be opened: its operator must look at the log",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = Body {
            r#type: format!("urn:fairgauge:problem:{}", self.code),
            title,
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.wait {
            // Rounded up: a second too early would be refused again.
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_millis().div_ceil(1_000).max(1) as u64));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"fairgauge\""));
        }
        response
    }
}
