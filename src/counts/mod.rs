//! What the program counts while it works, for its operators: passed in by whoever starts it, never global. Who wants no
//! figures passes none, and nothing is read out of what is counted then.
//!
//! Labels are names of the settings, words of the program and templates of routes: there are as many series as those, and
//! never one for each policy, station, person or address.

mod course;
mod feeds;
mod http;
mod ledger;
mod webhooks;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

pub use course::CourseCounts;
pub use feeds::{FeedCounts, QuotaLeft};
pub use http::{Connection, HttpCounts, Turned};
pub use ledger::LedgerCounts;
pub use webhooks::WebhookCounts;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// Counters by reason. These are there from the start, so that the first one is an increase.
fn by_reason(reasons: impl IntoIterator<Item = &'static str>) -> Family<Reason, Counter> {
    let family = Family::default();
    for reason in reasons {
        _ = family.get_or_create_owned(&Reason { reason });
    }
    family
}

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
    /// Who is told by webhooks.
    pub webhooks: WebhookCounts,
}

impl Counts {
    /// Gives all of them their names.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("fairgauge");
        self.ledger.register(registry);
        self.feeds.register(registry);
        self.course.register(registry);
        self.http.register(registry);
        self.webhooks.register(registry);
    }
}
