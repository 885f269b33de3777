//! What the thread that writes the ledger does.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{Reason, by_reason};

/// From a write into the cache of a disk to one that hangs.
const COMMIT_S: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Batches that were written, and what was not.
#[derive(Clone, Debug)]
pub struct LedgerCounts {
    commit: Histogram,
    failures: Family<Reason, Counter>,
}

impl Default for LedgerCounts {
    fn default() -> Self {
        let failures = by_reason(["disk_full", "busy", "unsigned", "conflict", "settled", "sqlite"]);
        Self { commit: Histogram::new(COMMIT_S), failures }
    }
}

impl LedgerCounts {
    /// A batch is on the disk, and signed where it is signed at once.
    pub fn committed(&self, took: Duration) {
        self.commit.observe(took.as_secs_f64());
    }

    /// A batch or a signature was not written.
    pub fn failed(&self, reason: &'static str) {
        self.failures.get_or_create(&Reason { reason }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "ledger_commit_duration",
            "How long batches took until they were on the disk, with their signature where it is written at once",
            Unit::Seconds,
            self.commit.clone(),
        );
        registry.register(
            "ledger_failures",
            "Batches and signatures that were not written, by reason",
            self.failures.clone(),
        );
    }
}
