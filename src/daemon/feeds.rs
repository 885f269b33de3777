//! The feeds of a running daemon: when each is asked, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::feed::{Answer, Ask, Feed, FeedSettings, PollError};
use crate::observation::Knowledge;
use crate::settings::Settings;

/// A feed and where it stands.
pub(super) struct FeedState {
    pub settings: Arc<FeedSettings>,
    /// Away while it is being asked.
    feed: Option<Feed>,
    next_poll: DateTime<Utc>,
    /// The class of the failure that it is in, said once.
    pub failing: Option<&'static str>,
    failures: u32,
    /// When it answered last.
    pub last_ok: Option<DateTime<Utc>>,
    /// When it was asked last, by the ledger's account.
    pub last_at: Option<DateTime<Utc>>,
}

/// A feed on its way back, with what it said.
pub(super) struct Polled {
    pub name: Arc<str>,
    pub generation: u64,
    pub feed: Feed,
    pub result: Result<Answer, PollError>,
}

impl FeedState {
    /// All feeds of the settings that a policy reads; `asked` gives when each was asked last.
    pub(super) fn all(settings: &Settings, now: DateTime<Utc>, clock_jumps: bool) -> BTreeMap<Arc<str>, Self> {
        let states = settings.feeds.values().map(|feed| {
            let feed = Feed::new(feed.clone(), &settings.network);
            let settings = feed.settings().clone();
            let mut state = Self {
                settings: settings.clone(),
                feed: Some(feed),
                next_poll: now,
                failing: None,
                failures: 0,
                last_ok: None,
                last_at: None,
            };
            if clock_jumps {
                state.next_poll = state.slot_from(now);
            }
            (settings.name.clone(), state)
        });
        states.collect()
    }

    /// Takes over what the ledger says: an instant at which it was asked is not asked at again.
    pub(super) fn recall(&mut self, last_at: Option<DateTime<Utc>>, last_ok: Option<DateTime<Utc>>, clock_jumps: bool) {
        (self.last_at, self.last_ok) = (last_at, last_ok);
        if let Some(last_at) = last_at.filter(|last_at| clock_jumps && self.next_poll <= *last_at) {
            self.next_poll = self.slot_from(last_at + TimeDelta::milliseconds(1));
        }
    }

    /// The first instant from `from` on that is a multiple of the poll interval: under a clock that jumps, a run that
    /// was cut off polls at the same instants as one that was not.
    fn slot_from(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        let interval = i64::try_from(self.settings.poll.as_millis()).unwrap_or(i64::MAX).max(1);
        let slot = from.timestamp_millis().div_euclid(interval) + i64::from(from.timestamp_millis() % interval != 0);
        DateTime::from_timestamp_millis(slot * interval).unwrap_or(from)
    }

    /// When it is to be asked next; none while it is being asked.
    pub(super) fn next_poll(&self) -> Option<DateTime<Utc>> {
        self.feed.as_ref().map(|_| self.next_poll)
    }

    /// The feed, if it is due, to be asked.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Option<Feed> {
        if self.next_poll <= now { self.feed.take() } else { None }
    }

    /// Whether the feed has more to say than it said last.
    pub(super) fn has_more(&self) -> bool {
        self.feed.as_ref().is_some_and(Feed::has_more)
    }

    /// What it said last is in the ledger. Where it has more to say, it is asked again at once.
    pub(super) fn recorded(&mut self, now: DateTime<Utc>) {
        if let Some(feed) = &mut self.feed {
            feed.recorded();
        }
        if self.has_more() {
            self.next_poll = now;
        }
    }

    /// Puts the feed back and decides when it is asked again: at its interval; sooner after a failure, with a
    /// growing, spread wait; not before the provider wants it.
    pub(super) fn put_back(&mut self, feed: Feed, now: DateTime<Utc>, clock_jumps: bool, error: Option<&PollError>) {
        self.feed = Some(feed);
        let interval = TimeDelta::from_std(self.settings.poll).unwrap_or(TimeDelta::days(1));
        if clock_jumps {
            self.next_poll = self.slot_from(now + TimeDelta::milliseconds(1));
            return;
        }
        let Some(error) = error else {
            self.failures = 0;
            // Up to a tenth later, so that many daemons do not ask in the same second; files are not spread.
            let spread =
                if self.feed.as_ref().is_some_and(Feed::is_file) { 0 } else { interval.num_milliseconds() / 10 };
            self.next_poll = now + interval + TimeDelta::milliseconds(self.share_of(spread, now));
            return;
        };
        self.failures = self.failures.saturating_add(1);
        let grown = TimeDelta::seconds(10 * (1 << self.failures.min(8))).min(interval);
        let waited = grown.num_milliseconds() / 2;
        let wait = TimeDelta::milliseconds(waited + self.share_of(waited, now));
        let asked = error.retry_after().and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or(TimeDelta::zero());
        self.next_poll = now + wait.max(asked.min(TimeDelta::days(1)));
    }

    /// A part of a wait that differs from feed to feed and from time to time, and is the same in every run.
    fn share_of(&self, most_ms: i64, now: DateTime<Utc>) -> i64 {
        let hash = Sha256::digest(format!("{} {}", self.settings.name, now.timestamp_millis()).as_bytes());
        let part = hash.iter().take(4).fold(0, |sum, byte| sum * 256 + i64::from(*byte));
        i64::try_from(i128::from(most_ms) * i128::from(part) / (1 << 32)).unwrap_or(0)
    }
}

/// Asks a feed for what is not known of it.
pub(super) async fn ask(
    mut feed: Feed,
    generation: u64,
    now: DateTime<Utc>,
    known_until: BTreeMap<Arc<str>, DateTime<Utc>>,
    from: DateTime<Utc>,
) -> Polled {
    let result = feed.poll(Ask { now, known_until: &known_until, from }).await;
    Polled { name: feed.settings().name.clone(), generation, feed, result }
}

/// The end of the newest interval known of each station of a feed; of a station with several variables, the oldest.
pub(super) fn known_until(
    knowledge: &Knowledge,
    feed: &FeedSettings,
    now: DateTime<Utc>,
) -> BTreeMap<Arc<str>, DateTime<Utc>> {
    let mut ends: BTreeMap<Arc<str>, (usize, DateTime<Utc>)> = BTreeMap::new();
    for (key, series) in knowledge.of_feed(&feed.name) {
        let Some(end) = series.watermark(now).and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
            continue;
        };
        let known = ends.entry(key.station.clone()).or_insert((0, end));
        *known = (known.0 + 1, known.1.min(end));
    }
    let variables = feed.variables().count();
    // A variable of which nothing is known yet needs the whole stretch.
    ends.into_iter().filter(|(_, (known, _))| *known >= variables).map(|(station, (_, end))| (station, end)).collect()
}
