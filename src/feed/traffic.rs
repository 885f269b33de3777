//! What passes between a feed and its server: how many requests, what is kept of the answers, how long they stay.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::cache::Cache;

/// Headers that say something of an answer, and nothing of who asked.
const TOLD: [&str; 8] =
    ["age", "cache-control", "content-type", "date", "etag", "expires", "last-modified", "retry-after"];

/// A request and its answer, as they may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The URL without what may be a key.
    pub name: String,
    /// The status of the answer.
    pub status: u16,
    /// Those of its headers that matter.
    pub headers: Vec<(String, String)>,
    /// Its body, unpacked, without the key; of an error its beginning.
    pub bytes: Vec<u8>,
    /// The station that was asked for, where the request names one.
    pub station: Option<String>,
    /// Whether it holds readings, and does not only lead to them.
    pub is_data: bool,
}

/// What passed; shared by all requests of a poll.
#[derive(Default)]
pub(super) struct Traffic(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    cache: Cache,
    requests: u32,
    /// How long the answers of this poll stay as they are; the inner `None` is an answer that may change at once.
    fresh: Option<Option<Duration>>,
    exchanges: Option<Vec<Exchange>>,
}

impl Traffic {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nothing panics while it is held")
    }

    /// A new poll begins.
    pub(super) fn begin(&self) {
        let mut inner = self.inner();
        (inner.requests, inner.fresh) = (0, None);
        if let Some(exchanges) = &mut inner.exchanges {
            exchanges.clear();
        }
    }

    /// From now on what passes in a poll is kept until the next one.
    pub(super) fn record(&self) {
        self.inner().exchanges = Some(Vec::new());
    }

    /// What passed in the last poll, where it was kept.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.inner().exchanges.clone().unwrap_or_default()
    }

    /// How many requests the last poll has sent.
    pub(super) fn requests(&self) -> u32 {
        self.inner().requests
    }

    /// For how long none of the last poll's answers will change, by their own account.
    pub(super) fn fresh_for(&self) -> Option<Duration> {
        self.inner().fresh.flatten()
    }

    /// A request goes out.
    pub(super) fn count(&self) {
        self.inner().requests += 1;
    }

    /// The headers with which to ask whether the answer that is kept still holds.
    pub(super) fn conditions(&self, url: &str) -> Vec<(HeaderName, HeaderValue)> {
        self.inner().cache.conditions(url)
    }

    /// The kept answer, which the server says still holds.
    pub(super) fn still_holds(&self, url: &str, headers: &HeaderMap) -> Option<(Vec<u8>, HeaderMap)> {
        self.inner().cache.still_holds(url, headers)
    }

    /// Keeps an answer, to be asked about.
    pub(super) fn keep(&self, url: &str, headers: &HeaderMap, body: &[u8]) {
        self.inner().cache.keep(url, headers, body);
    }

    /// Takes note of how long an answer stays.
    pub(super) fn stays(&self, fresh: Option<Duration>) {
        let mut inner = self.inner();
        inner.fresh = Some(match inner.fresh {
            None => fresh,
            Some(others) => others.zip(fresh).map(|(others, this)| others.min(this)),
        });
    }

    /// Keeps an exchange, where they are kept.
    pub(super) fn told(&self, exchange: impl FnOnce() -> Exchange) {
        let mut inner = self.inner();
        if let Some(exchanges) = &mut inner.exchanges {
            exchanges.push(exchange());
        }
    }
}

impl Exchange {
    /// Those headers that matter; `hide` takes out of a text what may not be shown.
    pub(super) fn matter(headers: &HeaderMap, hide: &dyn Fn(&str) -> String) -> Vec<(String, String)> {
        let all = TOLD.iter().flat_map(|name| headers.get_all(*name).iter().map(move |value| (*name, value)));
        all.map(|(name, value)| (name.to_owned(), hide(&String::from_utf8_lossy(value.as_bytes())))).collect()
    }
}
