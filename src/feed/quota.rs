//! Quotas of providers: so many requests a minute, an hour, a day, a month. Time is passed in.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot};

use super::secret::{KeySettings, KeySource};
use crate::document::{Fault, Faults, Node, Value};

/// In any stretch of this length at most so many requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit {
    /// How many.
    pub requests: u32,
    /// The stretch; a month has 31 days.
    pub per: Stretch,
}

/// A stretch of time for which providers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stretch {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 31 days.
    Month,
}

const STRETCHES: [(&str, Stretch, TimeDelta); 4] = [
    ("min", Stretch::Minute, TimeDelta::minutes(1)),
    ("hour", Stretch::Hour, TimeDelta::hours(1)),
    ("day", Stretch::Day, TimeDelta::days(1)),
    ("month", Stretch::Month, TimeDelta::days(31)),
];

impl Stretch {
    fn row(self) -> &'static (&'static str, Stretch, TimeDelta) {
        STRETCHES.iter().find(|row| row.1 == self).expect("all are listed")
    }

    /// How long it is.
    pub fn length(self) -> TimeDelta {
        self.row().2
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.requests, self.per.row().0)
    }
}

/// Reads `limit = "10 per min"`, or a list of such.
pub(super) fn read_limits(node: &Node, faults: &mut Faults) -> Option<Vec<Limit>> {
    let read = |node: &Node, faults: &mut Faults| {
        let text = node.text("a limit such as \"10 per min\"", faults)?;
        let limit = text.split_once(" per ").and_then(|(number, per)| {
            let requests = number.parse().ok().filter(|number| (1..=1_000_000).contains(number))?;
            let row = STRETCHES.iter().find(|row| row.0 == per)?;
            Some(Limit { requests, per: row.1 })
        });
        if limit.is_none() {
            let fault = Fault::new(&node.place, format!("`{text}` is not a limit of requests"));
            faults.push(fault.hint("write \"10 per min\": a number up to 1000000, per min, hour, day or month"));
        }
        limit
    };
    match &node.value {
        Value::List(items) if !items.is_empty() => {
            let limits: Vec<_> = items.iter().filter_map(|item| read(item, faults)).collect();
            (limits.len() == items.len()).then_some(limits)
        }
        _ => read(node, faults).map(|limit| vec![limit]),
    }
}

/// The name of the quota from which a feed's requests go: the server, and where its key is kept. Never the key.
pub(super) fn name(host: &str, key: Option<&KeySettings>) -> String {
    match key.map(|key| &key.source) {
        None => host.to_owned(),
        Some(KeySource::File(path)) => format!("{host} with {}", path.display()),
        Some(KeySource::Credential(name)) => format!("{host} with {name}"),
    }
}

/// What was sent of a quota.
#[derive(Clone, Debug, Default)]
pub struct Quota {
    limits: Vec<Limit>,
    /// When, oldest first.
    sent: VecDeque<DateTime<Utc>>,
}

impl Quota {
    /// With limits, of which all hold.
    pub fn new(limits: Vec<Limit>) -> Self {
        Self { limits, sent: VecDeque::new() }
    }

    /// Its limits.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// For so long what was sent counts.
    pub fn longest(&self) -> TimeDelta {
        self.limits.iter().map(|limit| limit.per.length()).max().unwrap_or_default()
    }

    /// Takes one request. Its instant is `now`, or a millisecond after the one before, so that each has its own.
    ///
    /// # Errors
    /// How long to wait where a limit is reached; never longer than its stretch, whatever the clock has done.
    pub fn take(&mut self, now: DateTime<Utc>) -> Result<DateTime<Utc>, TimeDelta> {
        let wait = self.limits.iter().filter_map(|limit| self.wait(*limit, now)).max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        let at = self.sent.back().map_or(now, |last| now.max(*last + TimeDelta::milliseconds(1)));
        self.note(at);
        let oldest = at - self.longest();
        while self.sent.front().is_some_and(|first| *first <= oldest) {
            self.sent.pop_front();
        }
        Ok(at)
    }

    /// A request that was sent, not before any that was noted.
    pub fn note(&mut self, at: DateTime<Utc>) {
        self.sent.push_back(at);
    }

    /// How many requests were sent in the stretch of a limit that ends now.
    pub fn spent(&self, limit: Limit, now: DateTime<Utc>) -> usize {
        let since = now - limit.per.length();
        self.sent.len() - self.sent.partition_point(|at| *at <= since)
    }

    fn wait(&self, limit: Limit, now: DateTime<Utc>) -> Option<TimeDelta> {
        let most = usize::try_from(limit.requests).unwrap_or(usize::MAX);
        if self.spent(limit, now) < most {
            return None;
        }
        let frees = self.sent[self.sent.len() - most] + limit.per.length();
        Some((frees - now).min(limit.per.length()))
    }
}

/// A feed asks leave to send one request.
#[derive(Debug)]
pub struct Permit {
    /// The quota from which it goes.
    pub quota: Arc<str>,
    /// Leave, or how long to wait.
    pub answer: oneshot::Sender<Result<(), Duration>>,
}

/// Where leave is asked.
pub type Permits = mpsc::UnboundedSender<Permit>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn limit(requests: u32, per: Stretch) -> Limit {
        Limit { requests, per }
    }

    #[test]
    fn in_no_stretch_there_are_more_than_allowed() {
        let mut quota = Quota::new(vec![limit(3, Stretch::Minute), limit(5, Stretch::Hour)]);
        for (second, wait, why) in [
            (0, None, "the first"),
            (0, None, "at the same instant"),
            (30, None, "the third"),
            (31, Some(29), "when the first is a minute old, and not before"),
            (59, Some(1), "a second before"),
            (60, None, "a minute after the first"),
            (60, Some(0), "a millisecond, which was added to the second"),
            (61, None, "the fifth of the hour"),
            (95, Some(3_505), "until the first is an hour old"),
            (3_599, Some(1), "a second before"),
            (3_600, None, "an hour after the first"),
        ] {
            let told = quota.take(at(second)).err();
            assert_eq!(told.map(|wait| wait.num_seconds()), wait, "{second}: {why}");
        }
        let sent: Vec<_> = quota.sent.iter().copied().collect();
        assert!(sent.windows(4).all(|four| four[3] - four[0] >= TimeDelta::minutes(1)), "{sent:?}");
        assert_eq!(quota.spent(limit(5, Stretch::Hour), at(3_601)), 5 - 1, "of the hour up to then");
    }

    #[test]
    fn a_clock_that_was_set_back_delays_nothing_for_longer_than_the_stretch() {
        let mut quota = Quota::new(vec![limit(1, Stretch::Hour)]);
        quota.take(at(1_000_000)).unwrap();
        assert_eq!(quota.take(at(0)), Err(TimeDelta::hours(1)));
    }

    #[test]
    fn limits_are_read_and_written_alike() {
        let read = |text: &str| {
            let mut faults = Faults::new();
            let node = Node::parse(&Source::new("f.toml", format!("limit = {text}")), &mut faults);
            let Value::Table(entries) = &node.value else { panic!("a table") };
            let limits = read_limits(&entries[0].1, &mut faults);
            limits.filter(|_| faults.is_empty()).ok_or_else(|| faults.render(false))
        };
        for text in ["10 per min", "1 per hour", "1000000 per day", "500 per month"] {
            let limits = read(&format!("\"{text}\"")).unwrap();
            assert_eq!(limits.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
        }
        assert_eq!(read("[\"10 per min\", \"500 per day\"]").unwrap().len(), 2);
        for text in
            ["\"0 per min\"", "\"-1 per min\"", "\"10/min\"", "\"10 per week\"", "\"1000001 per day\"", "[]", "10"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
