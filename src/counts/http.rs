//! What is asked over HTTP, and what is turned away.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{Reason, by_reason};

/// From a page out of memory to a question that is broken off.
const REQUEST_S: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Statuses by their number are few; routes are told by their template.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// There was no good token.
    Token,
    /// They asked too often.
    TooOften,
    /// Their role has no such right.
    Right,
    /// There were as many connections as may be, in all or from one address.
    Full,
}

impl Turned {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Token, "token"), (Self::TooOften, "too_often"), (Self::Right, "right"), (Self::Full, "full")];

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(turned, _)| *turned == self).expect("all are listed").1
    }
}

type Durations = Family<Route, Histogram, fn() -> Histogram>;

/// The servers.
#[derive(Clone, Debug)]
pub struct HttpCounts {
    requests: Family<Answered, Counter>,
    duration: Durations,
    connections: Gauge,
    turned: Family<Reason, Counter>,
}

impl Default for HttpCounts {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(REQUEST_S)),
            connections: Gauge::default(),
            turned: by_reason(Turned::ALL.map(|(_, reason)| reason)),
        }
    }
}

/// A connection that is counted.
#[derive(Debug)]
pub struct Connection(Gauge);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl HttpCounts {
    /// A request of a route, by its template, was answered; none: there is no such route.
    pub fn answered(&self, route: Option<&str>, status: u16, took: Duration) {
        let route = route.unwrap_or("none").to_owned();
        self.requests.get_or_create(&Answered { route: route.clone(), status }).inc();
        self.duration.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }

    /// A connection is open, until what this returns is dropped.
    pub fn connection(&self) -> Connection {
        self.connections.inc();
        Connection(self.connections.clone())
    }

    /// Somebody was turned away.
    pub fn turned_away(&self, why: Turned) {
        self.turned.get_or_create(&Reason { reason: why.word() }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests that were answered, by the route's template (none: there is no such route) and status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "How long answers took until they began",
            Unit::Seconds,
            self.duration.clone(),
        );
        registry.register("http_connections", "Connections that are open", self.connections.clone());
        registry.register(
            "http_refused",
            "Who was turned away: no good token, too often, no such right, as many connections as may be",
            self.turned.clone(),
        );
    }
}
