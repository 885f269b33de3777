//! What the program counts while it works, for its operators: passed in by whoever starts it, never global. Who wants no
//! figures passes none, and nothing is read out of what is counted then.
//!
//! Labels are names of the settings, words of the program and templates of routes: there are as many series as those, and
//! never one for each policy, station, person or address.

mod course;
mod feeds;
mod http;
mod ledger;

use prometheus_client::registry::Registry;

pub use course::CourseCounts;
pub use feeds::{FeedCounts, QuotaLeft};
pub use http::{Connection, HttpCounts, Turned};
pub use ledger::LedgerCounts;

/// All of them; a clone counts into the same.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// The thread that writes.
    pub ledger: LedgerCounts,
    /// The feeds and their quotas.
    pub feeds: FeedCounts,
    /// The loop: the clock, settlements that are not final, alerts.
    pub course: CourseCounts,
    /// What is served.
    pub http: HttpCounts,
}

impl Counts {
    /// Gives all of them their names.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("fairgauge");
        self.ledger.register(registry);
        self.feeds.register(registry);
        self.course.register(registry);
        self.http.register(registry);
    }
}
