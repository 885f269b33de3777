//! What operators' own programs ask: figures in OpenMetrics text, whether the program lives, whether it is ready.

mod figures;
mod pen;
mod process;
mod ready;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::app::Now;
use crate::counts::Counts;
use crate::ledger::Scribe;
use figures::Figures;
use ready::Readiness;

/// How long somebody waits for the ledger to be read; then it is told what was read before.
const PATIENCE: Duration = Duration::from_secs(2);
/// The form of the text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is watched of a daemon that runs beside the server.
#[derive(Debug)]
pub struct Watched {
    /// What it counts.
    pub counts: Counts,
    /// Its writer; none where there is no daemon.
    pub scribe: Option<Scribe>,
    /// When the program was started.
    pub started: DateTime<Utc>,
}

impl Watched {
    /// Of a server beside which no daemon runs.
    pub fn nobody(started: DateTime<Utc>) -> Self {
        Self { counts: Counts::default(), scribe: None, started }
    }
}

/// Answers operators' programs; a clone answers the same.
#[derive(Clone, Debug)]
pub struct Monitor(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    counts: Counts,
    registry: Registry,
    figures: Figures,
    readiness: Readiness,
}

impl Monitor {
    pub(super) fn new(watched: Watched, ledger: &Path, now: Now) -> Self {
        let Watched { counts, scribe, started } = watched;
        let mut registry = Registry::default();
        let build = vec![
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("tzdb", crate::calendar::tzdb_version().to_owned()),
            ("sqlite", rusqlite::version().to_owned()),
        ];
        let named = registry.sub_registry_with_prefix("fairgauge");
        named.register("build", "The program, its calendar of zones and its SQLite", Info::new(build));
        let figures = Figures::new(ledger, scribe.clone(), now);
        named.register_collector(Box::new(figures.clone()));
        registry.register_collector(Box::new(process::Process { started }));
        counts.register(&mut registry);
        let readiness = Readiness::new(ledger, scribe, counts.course.clone(), now);
        Self(Arc::new(Inner { counts, registry, figures, readiness }))
    }

    /// What is counted.
    pub(super) fn counts(&self) -> &Counts {
        &self.0.counts
    }

    /// All figures as they stand now.
    pub(super) async fn figures(&self) -> Response {
        self.0.figures.refresh().await;
        let mut text = String::new();
        encode(&mut text, &self.0.registry).expect("a string takes everything");
        ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response()
    }

    /// The routes that need no token.
    pub(super) fn health(&self) -> Router {
        Router::new()
            .route("/healthz", get(|headers: HeaderMap| async move { ready::alive(&headers) }))
            .route("/readyz", get(ready))
            .with_state(self.clone())
    }

    /// All that is answered at an address of its own, on this machine alone.
    pub(super) fn router(&self) -> Router {
        let figures = |State(monitor): State<Self>| async move { monitor.figures().await };
        Router::new().route("/metrics", get(figures)).with_state(self.clone()).merge(self.health())
    }
}

async fn ready(State(monitor): State<Monitor>, headers: HeaderMap) -> Response {
    let checks = monitor.0.readiness.checks().await;
    ready::answer(&checks, &headers)
}
