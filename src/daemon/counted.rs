//! What is counted for whoever runs the daemon.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Clock, Daemon};
use crate::counts::{Counts, QuotaLeft};
use crate::feed::Quota;

/// What is left of each limit of a quota.
pub(super) fn left_of(name: &Arc<str>, quota: &Quota, now: DateTime<Utc>) -> Vec<QuotaLeft> {
    let left = quota.limits().iter().map(|limit| {
        let left = (limit.requests as usize).saturating_sub(quota.spent(*limit, now));
        QuotaLeft { quota: name.clone(), limit: limit.to_string(), left }
    });
    left.collect()
}

impl Daemon {
    /// The same, which counts into `counts`.
    #[must_use]
    pub fn with_counts(mut self, counts: Counts, clock: &Clock) -> Self {
        self.counts = counts;
        self.count_feeds();
        self.count(clock.now());
        self
    }

    /// How a feed stands.
    pub(super) fn count_feed(&self, name: &Arc<str>) {
        let Some(state) = self.feeds.get(name) else { return };
        let ends = self.knowledge.of_feed(name).filter_map(|(_, series)| series.watermark(self.latest));
        let newest = ends.max().and_then(|end| DateTime::from_timestamp(end, 0));
        self.counts.feeds.stands(name, state.last_ok, newest, state.failures);
    }

    /// How all feeds stand, by the settings in force.
    pub(super) fn count_feeds(&self) {
        self.counts.feeds.begin();
        self.feeds.keys().for_each(|name| self.count_feed(name));
    }

    /// What changes with time alone.
    pub(super) fn count(&self, now: DateTime<Utc>) {
        let held = self.items.iter().filter(|item| item.held).count();
        let overdue = self.items.iter().filter(|item| item.times().deadline() < now).count();
        self.counts.course.settlements(self.items.len(), held, overdue, self.settled.count());
        self.counts.course.alerts(self.watch.active.clone());
        self.counts.course.clock(self.clock_was_back, self.ahead.is_ahead());
        for (name, quota) in self.quotas.all() {
            left_of(name, quota, now).into_iter().for_each(|left| self.counts.feeds.left(left));
        }
    }
}
