//! The feeds of a running daemon: when each is asked, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use sha2::{Digest, Sha256};

use super::parts::{PartsIn, SoFar};
use super::quotas::Quotas;
use super::servers::Servers;
use crate::feed::patience::{ENOUGH, counted, interval, wait_after};
use crate::feed::{Answer, Ask, Feed, FeedSettings, PollError, Scope};
use crate::ledger::FeedStatus;
use crate::settings::Settings;

/// Feeds that were asked less than this ago are not asked at once by a program that starts again and again.
const AFTER_START: TimeDelta = TimeDelta::minutes(1);
/// The first polls after a start are spread over so long.
const FIRST_SPREAD: TimeDelta = TimeDelta::seconds(10);
/// No feed is asked so shortly before or after a full minute, when everybody asks.
const OFF_THE_MINUTE_S: u32 = 3;

/// A feed and where it stands.
pub(super) struct FeedState {
    pub settings: Arc<FeedSettings>,
    /// Away while it is being asked.
    feed: Option<Feed>,
    next_poll: DateTime<Utc>,
    /// The class of the failure that it is in, said once.
    pub failing: Option<&'static str>,
    pub failures: u32,
    /// When it answered last.
    pub last_ok: Option<DateTime<Utc>>,
    /// When it was asked last, by the ledger's account.
    pub last_at: Option<DateTime<Utc>>,
    /// When it told something last, in the ledger: nothing else of it has that instant.
    pub last_told: Option<DateTime<Utc>>,
    /// What the poll that is under way has brought already.
    pub so_far: SoFar,
    /// What the last poll took: requests, and until when the server wants to be left alone.
    pub took: (u32, Option<DateTime<Utc>>),
    /// When it was asked last for everything that is missing or may still change, with success.
    pub swept: Option<DateTime<Utc>>,
    /// The same of the poll that is under way.
    pub sweeps: Option<DateTime<Utc>>,
}

/// A feed on its way back, with what it said.
pub(super) struct Polled {
    pub name: Arc<str>,
    pub generation: u64,
    pub feed: Feed,
    pub result: Result<Answer, PollError>,
}

impl FeedState {
    /// All feeds of the settings.
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
                last_told: None,
                so_far: SoFar::default(),
                took: (0, None),
                swept: None,
                sweeps: None,
            };
            state.next_poll = if clock_jumps { state.slot_from(now) } else { state.first(now) };
            (settings.name.clone(), state)
        });
        states.collect()
    }

    /// Has it ask leave for its requests, where its quota has limits.
    pub(super) fn bind(&mut self, quotas: &Quotas) {
        if let Some(feed) = &mut self.feed {
            quotas.bind(feed);
        }
    }

    /// Has it hand out what its server says of single stations. The ledger holds nothing later than `now`.
    pub(super) fn hand_out(&mut self, parts: &PartsIn, now: DateTime<Utc>) {
        self.last_told = Some(now);
        if let Some(feed) = &mut self.feed {
            parts.bind(feed);
        }
    }

    /// Takes over what the ledger says. Under a clock that jumps an instant at which it was asked is not asked at again;
    /// under the system's a feed that was asked just now waits, and one whose server wants to be left alone is.
    pub(super) fn recall(&mut self, known: &FeedStatus, clock_jumps: bool) {
        (self.last_at, self.last_ok) = (known.last_at, known.last_ok);
        let Some(last_at) = known.last_at else { return };
        if clock_jumps {
            if self.next_poll <= last_at {
                self.next_poll = self.slot_from(last_at + TimeDelta::milliseconds(1));
            }
            return;
        }
        self.failures = known.failures;
        let soonest = last_at + interval(self.settings.poll).min(AFTER_START);
        // What another server wanted, before the settings named this one, holds no more.
        let host = self.settings.host().and_then(|host| host.split(':').next()).unwrap_or_default();
        let same =
            known.last_ok == known.last_at || known.last_detail.as_deref().is_some_and(|detail| detail.contains(host));
        let left_alone = known.not_before.filter(|_| same).map(|until| until.min(last_at + TimeDelta::days(1)));
        self.next_poll = self.next_poll.max(soonest).max(left_alone.unwrap_or(soonest));
    }

    /// The first instant from `from` on that is a multiple of the poll interval: under a clock that jumps, a run that
    /// was cut off polls at the same instants as one that was not.
    fn slot_from(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        let interval = i64::try_from(self.settings.poll.as_millis()).unwrap_or(i64::MAX).max(1);
        let slot = from.timestamp_millis().div_euclid(interval) + i64::from(from.timestamp_millis() % interval != 0);
        DateTime::from_timestamp_millis(slot * interval).unwrap_or(from)
    }

    /// The first poll after a start: feeds do not all ask at once, and files need not wait.
    fn first(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        if self.settings.host().is_none() {
            return now;
        }
        let spread = (interval(self.settings.poll) / 10).min(FIRST_SPREAD);
        now + TimeDelta::milliseconds(self.share_of(spread.num_milliseconds(), DateTime::UNIX_EPOCH))
    }

    /// When it is to be asked next; none while it is being asked.
    pub(super) fn next_poll(&self) -> Option<DateTime<Utc>> {
        self.feed.as_ref().map(|_| self.next_poll)
    }

    /// The feed, if it is due, to be asked; and whether by one request, because it has failed for long.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Option<(Feed, bool)> {
        let feed = if self.next_poll <= now { self.feed.take() } else { None };
        feed.map(|feed| (feed, self.is_open()))
    }

    /// The feed, due or not.
    pub(super) fn take(&mut self) -> Option<Feed> {
        self.feed.take()
    }

    /// Whether it has failed so often that it is asked by one request at growing intervals.
    pub(super) fn is_open(&self) -> bool {
        self.failures >= ENOUGH && self.settings.host().is_some()
    }

    /// Its server is well again: what failed because of it is asked soon.
    pub(super) fn ask_soon(&mut self, now: DateTime<Utc>) {
        if self.failures > 0 {
            (self.failures, self.next_poll) = (0, self.first(now));
        }
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

    /// Puts the feed back and decides when it is asked again: at its interval; sooner after a failure, with a growing,
    /// spread wait; less often after many; not before the provider wants it.
    pub(super) fn put_back(&mut self, feed: Feed, now: DateTime<Utc>, clock_jumps: bool, error: Option<&PollError>) {
        self.took = (feed.requests(), None);
        let left_alone = match error {
            None => feed.fresh_for(),
            Some(error) => error.retry_after(),
        };
        self.feed = Some(feed);
        if clock_jumps {
            self.next_poll = self.slot_from(now + TimeDelta::milliseconds(1));
            return;
        }
        let left_alone =
            left_alone.and_then(|wait| TimeDelta::from_std(wait).ok()).map(|wait| wait.min(TimeDelta::days(1)));
        self.took.1 = left_alone.filter(|wait| *wait > TimeDelta::zero()).map(|wait| now + wait);
        let is_file = self.settings.host().is_none();
        let wait = match error {
            // Nothing has failed.
            Some(PollError::Quota { .. }) => left_alone.unwrap_or_default(),
            None => {
                self.failures = 0;
                let interval = interval(self.settings.poll);
                // Up to a tenth later, so that many daemons do not ask in the same second; files are not spread.
                let spread = if is_file { 0 } else { interval.num_milliseconds() / 10 };
                interval + TimeDelta::milliseconds(self.share_of(spread, now))
            }
            Some(error) => {
                self.failures = counted(self.failures.saturating_add(1), error.class());
                let waited = wait_after(self.failures, &self.settings).num_milliseconds() / 2;
                TimeDelta::milliseconds(waited + self.share_of(waited, now))
            }
        };
        self.next_poll = now + wait.max(left_alone.unwrap_or_default());
        if !is_file && wait >= TimeDelta::minutes(1) {
            self.next_poll = off_the_minute(self.next_poll);
        }
    }

    /// A part of a wait that differs from feed to feed and from time to time, and is the same in every run.
    fn share_of(&self, most_ms: i64, now: DateTime<Utc>) -> i64 {
        let hash = Sha256::digest(format!("{} {}", self.settings.name, now.timestamp_millis()).as_bytes());
        let part = hash.iter().take(4).fold(0, |sum, byte| sum * 256 + i64::from(*byte));
        i64::try_from(i128::from(most_ms) * i128::from(part) / (1 << 32)).unwrap_or(0)
    }
}

/// The instant, or one a few seconds later that is not near a full minute.
fn off_the_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    let second = at.second().min(59);
    let later = match second {
        0..OFF_THE_MINUTE_S => OFF_THE_MINUTE_S - second,
        _ if second >= 60 - OFF_THE_MINUTE_S => 60 + OFF_THE_MINUTE_S - second,
        _ => 0,
    };
    at + TimeDelta::seconds(later.into())
}

/// When any feed is to be asked next, those of a server that is left alone not before.
pub(super) fn next_poll(feeds: &BTreeMap<Arc<str>, FeedState>, servers: &Servers) -> Option<DateTime<Utc>> {
    let next = feeds.values().filter_map(|state| {
        let own = state.next_poll()?;
        servers.may_be_asked(state.settings.host(), own)
    });
    next.min()
}

/// Asks a feed for what is not known of it.
pub(super) async fn ask(
    mut feed: Feed,
    generation: u64,
    now: DateTime<Utc>,
    known_until: BTreeMap<Arc<str>, DateTime<Utc>>,
    from: DateTime<Utc>,
    scope: Scope,
) -> Polled {
    let result = feed.poll_in(Ask { now, known_until: &known_until, from }, &scope).await;
    Polled { name: feed.settings().name.clone(), generation, feed, result }
}
