//! The routes, and what all of them share.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::api::{self, Listeners};
use super::library::Library;
use super::monitor::{Monitor, Watched};
use super::pages;
use super::problem::Problem;
use super::server::Peer;
use crate::access::{Caller, Guard, Refusal, Right};
use crate::counts::Turned;
use crate::health::Board;
use crate::operator::Inbox;
use crate::settings::ServeSettings;

/// What a request may bring, where a route says nothing else.
const MOST_BODY: usize = 64 << 10;
/// Acts that are handed in at a time, each with its body in memory.
const ACTS_AT_ONCE: usize = 4;
/// The cookie in which a browser keeps a token.
pub(super) const COOKIE: &str = "fairgauge";

/// Nothing from elsewhere, no script in a page, no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; require-trusted-types-for 'script'";

/// What every route has at hand.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    guard: Guard,
    library: Library,
    behind_proxy: bool,
    is_tls: bool,
    url: Option<String>,
    memo: pages::Memo,
    board: Board,
    inbox: Inbox,
    acts: Arc<Semaphore>,
    listeners: Listeners,
    monitor: Monitor,
    stop: CancellationToken,
    now: Now,
}

/// What a server is made of beside its settings.
#[derive(Debug)]
pub struct Beside {
    /// What the daemon finds worth a look.
    pub board: Board,
    /// The daemon that runs beside it.
    pub watched: Watched,
    /// The clock.
    pub now: Now,
}

/// The clock.
pub type Now = fn() -> DateTime<Utc>;

impl App {
    pub(super) fn new(settings: &ServeSettings, ledger: &Path, beside: Beside, stop: CancellationToken) -> Self {
        let Beside { board, watched, now } = beside;
        Self(Arc::new(Shared {
            guard: Guard::new(settings.tokens_of(ledger), settings.without_token),
            library: Library::new(ledger.to_owned()),
            behind_proxy: settings.behind_proxy,
            is_tls: settings.tls.is_some(),
            url: settings.url.clone(),
            memo: pages::Memo::default(),
            board,
            inbox: Inbox::of(ledger),
            acts: Arc::new(Semaphore::new(ACTS_AT_ONCE)),
            listeners: api::listeners(),
            monitor: Monitor::new(watched, ledger, now),
            stop,
            now,
        }))
    }

    /// All routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/metrics", get(figures))
            .merge(self.monitor().health().with_state(()))
            .merge(api::router())
            .merge(pages::routes())
            .fallback(|| async { Problem::not_found() })
            .method_not_allowed_fallback(|| async { Problem::no_method() })
            .layer(DefaultBodyLimit::max(MOST_BODY))
            .layer(middleware::from_fn_with_state(self.clone(), guard_headers))
            .layer(middleware::from_fn_with_state(self.clone(), count))
            .with_state(self.clone())
    }

    /// The ledger, to be asked.
    pub fn library(&self) -> &Library {
        &self.0.library
    }

    /// What the daemon finds worth a look.
    pub fn board(&self) -> &Board {
        &self.0.board
    }

    /// Where acts are handed in.
    pub fn inbox(&self) -> &Inbox {
        &self.0.inbox
    }

    /// The right to hand in an act, until it is dropped; none where too many do.
    pub fn act_turn(&self) -> Option<OwnedSemaphorePermit> {
        self.0.acts.clone().try_acquire_owned().ok()
    }

    /// Who listens to what comes.
    pub fn listeners(&self) -> &Listeners {
        &self.0.listeners
    }

    /// Waits for the end of the server.
    pub async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0.now)()
    }

    /// What operators' programs are told.
    pub(super) fn monitor(&self) -> &Monitor {
        &self.0.monitor
    }

    fn turned_away(&self, why: Turned) {
        self.monitor().counts().http.turned_away(why);
    }

    /// The address by which readers know it.
    pub(super) fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// Whether what browsers send travels in clear nowhere but on this machine.
    pub(super) fn is_private(&self) -> bool {
        self.0.is_tls || self.0.behind_proxy
    }

    /// What the overview has added up.
    pub(super) fn memo(&self) -> &pages::Memo {
        &self.0.memo
    }

    /// Whoever sent a request.
    pub(super) fn caller(&self, parts: &Parts) -> Result<Caller, Problem> {
        self.admit(parts, token(&parts.headers))
    }

    /// Whoever comes without a token, where that is allowed.
    pub(super) fn without_token(&self) -> Option<Caller> {
        self.0.guard.without_token()
    }

    /// Whoever has this token and sent a request.
    pub(super) fn admit(&self, parts: &Parts, token: Option<&str>) -> Result<Caller, Problem> {
        let peer = parts.extensions.get::<Peer>().ok_or_else(Problem::no_token)?;
        let from = self.forwarded(&parts.headers).unwrap_or(peer.0);
        self.0.guard.caller(token, from, self.now()).map_err(|refusal| {
            self.turned_away(match refusal {
                Refusal::TooOften { .. } => Turned::TooOften,
                Refusal::Token | Refusal::Unreadable => Turned::Token,
            });
            refusal.into()
        })
    }

    /// Who asks by the word of a proxy: the last address, which the proxy itself has added.
    fn forwarded(&self, headers: &HeaderMap) -> Option<std::net::IpAddr> {
        let text = headers.get_all("x-forwarded-for").iter().next_back().filter(|_| self.0.behind_proxy)?;
        text.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
    }

    /// Refuses what a caller has no right to.
    pub fn need(&self, caller: &Caller, right: Right) -> Result<(), Problem> {
        if caller.role.may(right) {
            return Ok(());
        }
        self.turned_away(Turned::Right);
        Err(Problem::forbidden())
    }
}

/// The token of a request: that of its header, else that of a browser's cookie.
fn token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        // One that is no text is a wrong one, not none.
        let text = value.to_str().unwrap_or_default();
        let (scheme, token) = text.split_once(' ').unwrap_or_default();
        return Some(if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" });
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token)
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        app.caller(parts)
    }
}

/// What browsers are told with every answer.
async fn guard_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    // What one reader may see is nothing for a cache that others share.
    set(header::CACHE_CONTROL, "private, no-cache");
    if app.0.is_tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// Counts requests by the template of their route, never by what somebody wrote into an address.
async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map(MatchedPath::as_str);
    app.monitor().counts().http.answered(route, response.status().as_u16(), begun.elapsed());
    response
}

/// The figures, for who may see how feeds do.
async fn figures(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    app.need(&caller, Right::Health)?;
    Ok(app.monitor().figures().await)
}
