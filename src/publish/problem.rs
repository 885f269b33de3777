//! Why a request has no answer, as problem details (RFC 9457).

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Refusal;
use crate::audit::{AuditError, BundleError};
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

/// Why there is no answer (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// A name of the kind of problem, which stays the same.
    #[schema(example = "urn:fairgauge:problem:not-found")]
    r#type: String,
    /// The status in words.
    title: &'static str,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), wait: None }
    }

    /// There is no answer now, and may be one in a few seconds.
    fn later(code: &'static str, detail: &str) -> Self {
        Self { wait: Some(Duration::from_secs(5)), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail) }
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
        Self::later("busy", "this takes too long at present: ask for less, or later")
    }

    /// The ledger says what it should not, and the log says what.
    pub fn ledger() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ledger",
            "the ledger cannot be read: its operator must look at the log",
        )
    }

    /// The form that is asked for is none of those that there are.
    pub fn not_acceptable(forms: &[&str]) -> Self {
        let detail = format!("there is this as {} only: say so in `Accept`, or leave it out", forms.join(" or as "));
        Self::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", detail)
    }

    /// The route has no such method.
    pub fn no_method() -> Self {
        let detail = "this cannot be done here: `Allow` says what can";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
    }

    /// The body is of another form.
    pub fn unsupported(detail: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-form", detail)
    }

    /// The body is too slow.
    pub fn slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the body did not come in time: send it again")
    }

    /// No checkpoint signs an entry.
    pub fn unsigned() -> Self {
        let detail = "the entry is not signed: a ledger is signed by a key under [ledger.sign]";
        Self::new(StatusCode::CONFLICT, "unsigned", detail)
    }

    /// A key was used for another act.
    pub fn another() -> Self {
        let detail = "this `Idempotency-Key` was used for another act: nothing was done; choose another key";
        Self::new(StatusCode::CONFLICT, "key-used", detail)
    }

    /// An act was refused.
    pub fn refused(why: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "act-refused", why)
    }

    /// An act was handed in, and is not answered yet.
    pub fn not_answered() -> Self {
        let detail = "the daemon has not answered yet: the act lies in its folder, and the same request again is given its answer";
        Self::later("not-answered", detail)
    }

    /// The folder of acts cannot be used.
    pub fn inbox() -> Self {
        let detail = "the folder of acts cannot be used: its operator must look at the log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "acts", detail)
    }

    /// What is wrong, in a sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether it may be asked again in a while.
    pub fn is_busy(&self) -> bool {
        self.code == "busy"
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
        tracing::error!(id = "FG0709", %error, "a reader got no answer: {error}");
        Self::ledger()
    }
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        tracing::error!(id = "FG0710", %error, "a reader got no answer: {error}");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ledger",
            "the ledger cannot be opened: its operator must look at the log",
        )
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        if let AuditError::Ledger(error) = error {
            return error.into();
        }
        tracing::error!(id = "FG0713", %error, "a reader got no answer: {error}");
        let detail = "it cannot be computed again from the ledger: its operator must look at the log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "not-computed", detail)
    }
}

impl From<BundleError> for Problem {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Unsigned(_) => Self::unsigned(),
            BundleError::Audit(error) => error.into(),
            other => {
                tracing::error!(id = "FG0714", error = %other, "a reader got no proof: {other}");
                let detail = "it comes out otherwise than the ledger says: its operator must run `fairgauge verify`";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "differs", detail)
            }
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the body is larger than it may be here");
        }
        Self::bad("the body did not come whole")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = Body {
            r#type: format!("urn:fairgauge:problem:{}", self.code),
            title,
            status: self.status.as_u16(),
            detail: self.detail,
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
