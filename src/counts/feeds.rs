//! How feeds do, and what is left of their quotas.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    feed: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    feed: Arc<str>,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    feed: Arc<str>,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    quota: Arc<str>,
    limit: String,
}

/// What is left of one limit of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaLeft {
    /// The quota: its server, and where its key is kept.
    pub quota: Arc<str>,
    /// `10 per min`.
    pub limit: String,
    /// Requests.
    pub left: usize,
}

/// The feeds of the settings.
#[derive(Clone, Debug, Default)]
pub struct FeedCounts {
    polls: Family<Outcome, Counter>,
    stored: Family<Of, Counter>,
    revised: Family<Of, Counter>,
    refused: Family<Reason, Counter>,
    /// Seconds since 1970.
    last_answer: Family<Of, Gauge>,
    newest_reading: Family<Of, Gauge>,
    failures: Family<Of, Gauge>,
    left: Family<Limit, Gauge>,
}

impl FeedCounts {
    /// How a poll ended: `ok`, or the class of its failure.
    pub fn polled(&self, feed: &Arc<str>, outcome: &'static str) {
        self.polls.get_or_create(&Outcome { feed: feed.clone(), outcome }).inc();
    }

    /// Readings that were recorded, and how many of them revise.
    pub fn stored(&self, feed: &Arc<str>, readings: usize, revisions: usize) {
        let of = Of { feed: feed.clone() };
        self.stored.get_or_create(&of).inc_by(readings as u64);
        self.revised.get_or_create(&of).inc_by(revisions as u64);
    }

    /// Readings that were refused for one reason.
    pub fn refused(&self, feed: &Arc<str>, reason: &'static str, readings: usize) {
        if readings > 0 {
            self.refused.get_or_create(&Reason { feed: feed.clone(), reason }).inc_by(readings as u64);
        }
    }

    /// When it answered last, where the newest of its readings ends, and how often it has failed since.
    pub fn stands(
        &self,
        feed: &Arc<str>,
        last_answer: Option<DateTime<Utc>>,
        newest_reading: Option<DateTime<Utc>>,
        failures: u32,
    ) {
        let of = Of { feed: feed.clone() };
        // What never was has no instant: the series is not there.
        for (family, at) in [(&self.last_answer, last_answer), (&self.newest_reading, newest_reading)] {
            if let Some(at) = at {
                family.get_or_create(&of).set(at.timestamp());
            }
        }
        self.failures.get_or_create(&of).set(failures.into());
    }

    /// Forgets how feeds and quotas stood: the settings may name others. Counters stay.
    pub fn begin(&self) {
        for family in [&self.last_answer, &self.newest_reading, &self.failures] {
            family.clear();
        }
        self.left.clear();
    }

    /// What is left of a limit.
    pub fn left(&self, QuotaLeft { quota, limit, left }: QuotaLeft) {
        self.left.get_or_create(&Limit { quota, limit }).set(left.try_into().unwrap_or(i64::MAX));
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let counters = [
            ("feed_readings_stored", "Readings that were recorded", &self.stored),
            ("feed_revisions", "Recorded readings that revise one", &self.revised),
        ];
        for (name, help, family) in counters {
            registry.register(name, help, family.clone());
        }
        registry.register("feed_polls", "Polls by how they ended: ok, or the class of the failure", self.polls.clone());
        registry.register(
            "feed_readings_refused",
            "Readings that were refused, by the flag of docs/quality.md; unread: could not be read, as often as it is sent",
            self.refused.clone(),
        );
        let instants = [
            ("feed_last_answer_timestamp", "When it answered well last", &self.last_answer),
            ("feed_newest_reading_timestamp", "Where the newest of its readings ends", &self.newest_reading),
        ];
        for (name, help, family) in instants {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
        registry.register("feed_failures", "Failures in a row; 0 where the last poll went well", self.failures.clone());
        registry.register("quota_requests_left", "Requests that are left of a limit now", self.left.clone());
    }
}
