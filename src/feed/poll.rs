//! Asking a feed, whatever its origin.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::address::Network;
use super::decode::{DecodeError, Refused};
use super::file::Recorded;
use super::folder::Dropped;
use super::http::Http;
#[cfg(feature = "mqtt")]
use super::mqtt::Mqtt;
use super::quota::Permits;
use super::settings::{FeedSettings, Origin};
use super::traffic::{Exchange, Traffic};
use crate::observation::Reading;

/// A feed that can be asked. It keeps what it has handed out (files) and its connections (servers), so it is asked
/// by one task at a time: move it into the task, and give it back with the answer.
pub struct Feed {
    settings: Arc<FeedSettings>,
    access: Access,
}

enum Access {
    File(Box<Recorded>),
    Folder(Box<Dropped>),
    #[cfg(feature = "mqtt")]
    Mqtt(Box<Mqtt>),
    Http(Box<Http>),
}

/// What is wanted of a feed.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The time of day.
    pub now: DateTime<Utc>,
    /// The end of the newest interval known of each station.
    pub known_until: &'a BTreeMap<Arc<str>, DateTime<Utc>>,
    /// The oldest instant that any policy needs.
    pub from: DateTime<Utc>,
}

/// How an asking differs from the usual one. A file is read as always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Nothing later is asked for.
    pub until: Option<DateTime<Utc>>,
    /// Only this station, of those that are asked for one by one.
    pub station: Option<Arc<str>>,
    /// Instead of the feed's own.
    pub look_back: Option<TimeDelta>,
    /// Where the oldest gap of a station begins; it is asked for again from there.
    pub missing_from: BTreeMap<Arc<str>, DateTime<Utc>>,
    /// The server has failed for long: one request, and the others only if that is answered.
    pub is_trial: bool,
}

/// Bytes as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Themselves, unpacked.
    pub bytes: Arc<[u8]>,
    /// The file's name, or the URL without user, password and what may be a key.
    pub name: String,
}

impl Body {
    pub(super) fn new(name: String, bytes: Vec<u8>) -> Self {
        Self { sha256: Sha256::digest(&bytes).into(), bytes: bytes.into(), name }
    }
}

/// What a feed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The bytes it was decoded from; of a file the same again while it does not change.
    pub bodies: Vec<Body>,
    /// What can be used. A server may say again what was known already.
    pub readings: Vec<Reading>,
    /// What cannot, and why; of a file once, after it was read.
    pub refused: Vec<Refused>,
    /// Everything that ends before has been published, so what is absent is missing.
    pub heard_until: DateTime<Utc>,
}

impl Answer {
    /// Takes in what belongs to it.
    pub(crate) fn add(&mut self, more: Self) {
        self.bodies.extend(more.bodies);
        self.readings.extend(more.readings);
        self.refused.extend(more.refused);
    }

    /// Nothing, up to an instant.
    pub(super) fn empty(heard_until: DateTime<Utc>) -> Self {
        Self { bodies: Vec::new(), readings: Vec::new(), refused: Vec::new(), heard_until }
    }
}

/// What a server has said of one of its stations, before it was asked for the others.
#[derive(Debug)]
pub struct Part {
    /// The feed's name in the settings.
    pub feed: Arc<str>,
    /// What was said of the station; it does not say what was heard.
    pub answer: Answer,
}

/// Where parts are handed out as they come.
pub type Parts = mpsc::Sender<Part>;

/// Why a feed gave no answer. Of a failed poll nothing is handed out but parts that came before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// No connection, or it broke before an answer.
    #[error("cannot connect to {host}: {cause}; check the network and the address")]
    Connect {
        /// The server.
        host: String,
        /// What the network says.
        cause: String,
    },
    /// The server's certificate is not trusted, or there is no TLS.
    #[error("no trust in {host}: {cause}; check the address, the clock and the machine's root certificates")]
    Tls {
        /// The server.
        host: String,
        /// What TLS says.
        cause: String,
    },
    /// Nothing, or not all, within the time.
    #[error("no answer from {host} within {timeout_s} s; it is asked again at the next poll")]
    Timeout {
        /// The server.
        host: String,
        /// How long it had.
        timeout_s: u64,
    },
    /// A status that is no success.
    #[error("{host} answers with status {status}{}; {}", reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})")), remedy(*status))]
    Status {
        /// The server.
        host: String,
        /// The status.
        status: u16,
        /// The provider's words.
        reason: Option<String>,
        /// How long the provider wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server sends elsewhere; we do not follow.
    #[error("{host} sends to {to}; if that is right, put the new address into the settings")]
    Redirect {
        /// The server.
        host: String,
        /// The host to which it sends.
        to: String,
    },
    /// More bytes than the settings allow.
    #[error("the body has more than {most} bytes; if that is right, raise max_body")]
    TooLarge {
        /// How many are allowed.
        most: usize,
    },
    /// A page for people.
    #[error("{name} is a web page, not data: check the address")]
    Html {
        /// The body.
        name: String,
    },
    /// The body is not complete.
    #[error("{name} ends in its midst; it is asked again at the next poll")]
    Truncated {
        /// The body.
        name: String,
    },
    /// The bytes are not as the settings say.
    #[error("{name} cannot be read: {cause}")]
    Decode {
        /// The body.
        name: String,
        /// Why.
        cause: DecodeError,
    },
    /// The provider says that something is wrong.
    #[error("{name}: the provider answers: {reason}")]
    Provider {
        /// The body.
        name: String,
        /// In its words.
        reason: String,
        /// How long the provider wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The key is not to be had.
    #[error("{cause}")]
    Key {
        /// Why; without the key.
        cause: String,
    },
    /// What a login had brought is no longer taken.
    #[error("{name}: the provider does not know the login any more; check user and password")]
    LoggedOut {
        /// The body.
        name: String,
    },
    /// A provider whose answers lead on for ever.
    #[error("the answers lead to more than {most} requests in one poll; ask for a shorter time or fewer stations")]
    TooManyRequests {
        /// How many are allowed.
        most: usize,
    },
    /// Nothing is left of what the provider allows.
    #[error("what {quota} allows is spent: it is asked again in {wait_s} s; raise `limit` if the provider allows more")]
    Quota {
        /// The quota: the server, and where the key is kept.
        quota: String,
        /// When something is left again.
        wait_s: u64,
    },
    /// The fetcher, which asks in our place, is not there, or not one of ours.
    #[error("the fetcher {cause}")]
    Fetcher {
        /// Where it should be, and what is wrong.
        cause: String,
    },
    /// The fetcher has other settings, or does not ask for this.
    #[error("the fetcher refuses: {cause}")]
    FetcherRefuses {
        /// Why.
        cause: String,
    },
    /// A name that leads into a private network.
    #[error("{host} is a loopback or private address; if that is right, set allow_private = true in [network]")]
    RefusedAddress {
        /// The server.
        host: String,
    },
}

/// What to do about a status.
fn remedy(status: u16) -> &'static str {
    match status {
        401 | 403 => "check the key and the plan",
        404 | 405 | 410 => "check the address",
        408 | 425 | 500..=599 => "it is asked again at the next poll",
        429 => "too many requests: it is asked again when the provider allows it",
        _ => "check the feed's settings",
    }
}

impl PollError {
    /// One word for what went wrong; a log says it when it changes.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Status { .. } => "status",
            Self::Redirect { .. } => "redirect",
            Self::TooLarge { .. } => "too_large",
            Self::Html { .. } => "html",
            Self::Truncated { .. } => "truncated",
            Self::Decode { .. } => "decode",
            Self::Provider { .. } => "provider",
            Self::File { .. } => "file",
            Self::Key { .. } => "key",
            Self::LoggedOut { .. } => "logged_out",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Quota { .. } => "quota",
            Self::Fetcher { .. } => "fetcher",
            Self::FetcherRefuses { .. } => "fetcher_refuses",
            Self::RefusedAddress { .. } => "refused_address",
        }
    }

    /// How long the provider wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } | Self::Provider { retry_after, .. } => *retry_after,
            Self::Quota { wait_s, .. } => Some(Duration::from_secs(*wait_s)),
            _ => None,
        }
    }

    /// The classes that say nothing of the server.
    pub const OF_FETCHER: [&str; 2] = ["fetcher", "fetcher_refuses"];

    /// Whether it says nothing of the server, but of what asks in our place.
    pub fn is_of_fetcher(&self) -> bool {
        Self::OF_FETCHER.contains(&self.class())
    }

    /// Of a body that was read but not understood.
    pub(super) fn decode(name: &str, cause: DecodeError) -> Self {
        let name = name.to_owned();
        match cause {
            DecodeError::Html => Self::Html { name },
            DecodeError::Truncated { .. } => Self::Truncated { name },
            DecodeError::Provider { reason } => Self::Provider { name, reason, retry_after: None },
            DecodeError::LoggedOut => Self::LoggedOut { name },
            cause => Self::Decode { name, cause },
        }
    }
}

impl Feed {
    /// A feed that has handed out nothing yet. Nothing is opened before the first poll.
    pub fn new(settings: FeedSettings, network: &Network) -> Self {
        let access = match &settings.origin {
            Origin::File(_) => Access::File(Box::default()),
            Origin::Folder(_) => Access::Folder(Box::new(Dropped::new())),
            #[cfg(feature = "mqtt")]
            Origin::Mqtt(_) => Access::Mqtt(Box::new(Mqtt::new(network.clone()))),
            #[cfg(not(feature = "mqtt"))]
            Origin::Mqtt(_) => unreachable!("the settings are refused"),
            Origin::Url(url) => Access::Http(Box::new(Http::new(url.clone(), network.clone()))),
        };
        Self { settings: Arc::new(settings), access }
    }

    /// What the settings say of it.
    pub fn settings(&self) -> &Arc<FeedSettings> {
        &self.settings
    }

    /// Whether it reads files; such a feed never waits, needs no runtime and depends on nothing but `now`.
    pub fn is_file(&self) -> bool {
        matches!(self.access, Access::File(_) | Access::Folder(_))
    }

    /// Whether more is there already than the last poll handed out: then it is asked again at once, and what it said
    /// is not everything yet.
    pub fn has_more(&self) -> bool {
        match &self.access {
            Access::File(_) | Access::Http(_) => false,
            Access::Folder(dropped) => dropped.has_more(),
            #[cfg(feature = "mqtt")]
            Access::Mqtt(mqtt) => mqtt.has_more(),
        }
    }

    /// What the last poll handed out is in the ledger. Without it, a feed that hands out everything once hands it out
    /// again.
    pub fn recorded(&mut self) {
        match &mut self.access {
            Access::File(_) | Access::Http(_) => {}
            Access::Folder(dropped) => dropped.recorded(),
            #[cfg(feature = "mqtt")]
            Access::Mqtt(mqtt) => mqtt.recorded(),
        }
    }

    /// How many requests the last poll has sent.
    pub fn requests(&self) -> u32 {
        self.traffic().map_or(0, Traffic::requests)
    }

    /// For how long nothing of the last answer will change, by the server's own account; at most a day.
    pub fn fresh_for(&self) -> Option<Duration> {
        self.traffic().and_then(Traffic::fresh_for)
    }

    /// From now on hands out what a server says of each of several stations when it is there, and with the answer only
    /// what is left.
    pub fn hand_out(&mut self, parts: Parts) {
        if let Access::Http(http) = &mut self.access {
            http.hand_out(parts);
        }
    }

    /// From now on asks leave for each request.
    pub fn ask_leave(&mut self, door: Permits) {
        let quota = self.settings.quota();
        if let (Access::Http(http), Some(quota)) = (&mut self.access, quota) {
            http.ask_leave(quota.into(), door);
        }
    }

    /// From now on keeps what passes in a poll until the next one.
    pub fn record(&self) {
        self.traffic().inspect(|traffic| traffic.record());
    }

    /// What passed in the last poll of a server, where it was kept.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.traffic().map_or(Vec::new(), Traffic::exchanges)
    }

    fn traffic(&self) -> Option<&Traffic> {
        match &self.access {
            Access::Http(http) => Some(http.traffic()),
            _ => None,
        }
    }

    /// Asks once.
    ///
    /// A file's readings come out when their interval has ended and the delay has passed, once, and again when they
    /// become final. A folder hands out what its files say that are complete and new; a broker the messages that have
    /// come; both again what was not [recorded](Self::recorded). A server is asked, for each station in one request,
    /// from `look_back` before what is known.
    ///
    /// # Errors
    /// Where any part of the answer is not to be had; nothing is handed out then, but the [parts](Self::hand_out) that
    /// came before.
    pub async fn poll(&mut self, ask: Ask<'_>) -> Result<Answer, PollError> {
        self.poll_in(ask, &Scope::default()).await
    }

    /// The same, not as usual.
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub async fn poll_in(&mut self, ask: Ask<'_>, scope: &Scope) -> Result<Answer, PollError> {
        match (&mut self.access, &self.settings.origin) {
            (Access::Http(http), _) => http.poll(&self.settings, ask, scope).await,
            (Access::File(recorded), Origin::File(path)) => recorded.poll(&self.settings, path, ask.now),
            (Access::Folder(dropped), Origin::Folder(folder)) => dropped.poll(&self.settings, folder, ask),
            #[cfg(feature = "mqtt")]
            (Access::Mqtt(mqtt), Origin::Mqtt(broker)) => mqtt.poll(&self.settings, broker, ask).await,
            (_, _) => unreachable!("the access was made for the origin"),
        }
    }
}
