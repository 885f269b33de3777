//! What is counted for whoever runs the daemon.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::due::Item;
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

/// What is past its deadline is asked for once more, which a feed that is asked once a day may take so long to answer.
const PATIENCE: TimeDelta = TimeDelta::days(1);

/// Where a settlement stands that is not final.
struct Standing {
    deadline: DateTime<Utc>,
    held: bool,
    contested_until: Option<DateTime<Utc>>,
    /// Whether all its feeds have answered since the deadline.
    heard: bool,
}

impl Standing {
    /// Whether nothing is waited for any more by the terms, and it is not final all the same.
    fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        let contested = self.contested_until.is_some_and(|until| now < until + PATIENCE);
        let asked = self.heard || self.deadline + PATIENCE < now;
        self.deadline < now && asked && !self.held && !contested
    }
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

    fn standing(&self, item: &Item) -> Standing {
        let deadline = item.times().deadline();
        let heard = self.all_heard_since(item, deadline);
        let contested_until = item.contested().map(|(until, _)| until);
        Standing { deadline, held: item.held, contested_until, heard }
    }

    /// What changes with time alone.
    pub(super) fn count(&self, now: DateTime<Utc>) {
        let held = self.items.iter().filter(|item| item.held).count();
        let passed = self.items.iter().filter(|item| item.times().deadline() < now);
        let overdue = passed.filter(|item| self.standing(item).is_overdue(now)).count();
        self.counts.course.settlements(self.items.len(), held, overdue, self.settled.count());
        self.counts.course.alerts(self.watch.active());
        self.counts.course.clock(self.clock_was_back, self.ahead.is_ahead());
        for (name, quota) in self.quotas.all() {
            left_of(name, quota, now).into_iter().for_each(|left| self.counts.feeds.left(left));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wait that is over, and none of what is waited for by the terms.
    #[test]
    fn overdue_is_what_nothing_is_waited_for_any_more() {
        let at = |hour: i64| DateTime::from_timestamp(hour * 3_600, 0).unwrap();
        for (now, heard, held, contested, overdue, why) in [
            (100, true, false, None, false, "the deadline itself"),
            (101, true, false, None, true, "all feeds have answered since"),
            (101, false, false, None, false, "a feed has not answered since"),
            (124, false, false, None, false, "it has a day for it"),
            (125, false, false, None, true, "and no more"),
            (125, true, true, None, false, "it is held: others count that"),
            (125, true, false, Some(130), false, "it may be contested"),
            (153, true, false, Some(130), false, "its feeds are asked once more behind that"),
            (154, true, false, Some(130), true, "and not for longer than a day"),
        ] {
            let standing = Standing { deadline: at(100), held, contested_until: contested.map(at), heard };
            assert_eq!(standing.is_overdue(at(now)), overdue, "{why}");
        }
    }
}
