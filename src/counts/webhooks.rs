//! How endpoints take what they are told.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    endpoint: String,
    outcome: &'static str,
}

/// Attempts to tell endpoints.
#[derive(Clone, Debug, Default)]
pub struct WebhookCounts {
    attempts: Family<Outcome, Counter>,
}

impl WebhookCounts {
    /// An attempt was recorded: `delivered`, `failed`, `parked`, `gone`.
    pub fn attempted(&self, endpoint: &str, outcome: &'static str) {
        self.attempts.get_or_create_owned(&Outcome { endpoint: endpoint.to_owned(), outcome }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Attempts to tell an endpoint, by what became of them";
        registry.register("webhook_attempts", help, self.attempts.clone());
    }
}
