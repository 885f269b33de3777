//! The daemon in two processes. The settler has the ledger and the key that signs it, and no network: it says over a
//! Unix socket what it wants to ask. The fetcher has the network and the keys of providers, and no ledger: it asks, where
//! the settings name the address, and gives the answer back as it comes. Retries, waits, quotas and what is kept are the
//! settler's, as without it.
//!
//! What both say is HTTP/1.1 with JSON: `POST /1/greet` at the beginning of a poll, `POST /1/ask` for each request.

mod marks;
mod relay;
mod through;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderName;
use serde::{Deserialize, Serialize};

pub use relay::{Broken, Given, Passed, Relay};
pub(super) use through::Through;

/// What to do about settings that differ.
const SAME_SETTINGS: &str = "give daemon and fetcher the same settings, and reload both";

/// Where a poll is begun.
pub const GREET: &str = "/1/greet";
/// Where a request is passed on.
pub const ASK: &str = "/1/ask";
/// The header of an answer that is a server's; without it, it is the fetcher's own.
pub const ANSWER: HeaderName = HeaderName::from_static("fairgauge-answer");
/// The header that has the mark of what a login brought.
pub const TOKEN: HeaderName = HeaderName::from_static("fairgauge-token");

/// The beginning of a poll: whether both have the same settings of a feed, and what its key looks like.
#[derive(Serialize, Deserialize)]
struct Greeting {
    feed: String,
    kind: String,
    /// The SHA-256 of the URL in the settings.
    url: String,
    opening: Opening,
}

/// By what the secrets of a feed are called in a poll.
#[derive(Clone, Serialize, Deserialize)]
struct Opening {
    /// What nobody but these two knows: what stands for a secret holds it.
    nonce: String,
    /// The time of day of the poll.
    now: DateTime<Utc>,
}

/// The answer to it.
#[derive(Serialize, Deserialize)]
struct Welcome {
    feed: String,
    /// The key with a mark for each secret in it; none where the feed has no key.
    key: Option<String>,
}

/// A request that is to be passed on.
#[derive(Serialize, Deserialize)]
struct Asked {
    who: Who,
    url: String,
    /// Each byte of a value is a character.
    headers: Vec<(String, String)>,
    /// Base64; none of a GET.
    body: Option<String>,
}

/// In whose name is asked.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    /// A feed of the settings.
    Feed { name: String, opening: Opening, login: bool },
    /// Whoever posts to an endpoint, a witness or an authority that the settings name.
    Post,
}

/// Why the fetcher has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of reason it is.
    pub why: Why,
    /// In words, which name no secret.
    pub says: String,
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No connection to the server.
    Connect,
    /// No trust in it.
    Tls,
    /// It did not answer in time.
    Timeout,
    /// Its name leads into a private network.
    PrivateAddress,
    /// The key is not to be had, or fits into no request.
    Key,
    /// What a login had brought is not known here.
    LoggedOut,
    /// The settings here are other ones.
    Settings,
    /// It is no address that the settings name.
    Outside,
    /// It is not understood.
    Nonsense,
}

impl Refusal {
    /// For a reason, in words.
    pub fn new(why: Why, says: impl Into<String>) -> Self {
        Self { why, says: says.into() }
    }

    /// As it is sent.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("it is texts")
    }
}
