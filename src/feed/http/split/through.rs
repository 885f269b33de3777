//! The settler's side: the way to a server through the fetcher's socket.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, Response, Url, redirect};
use serde::Serialize;

use super::super::fetch::TRIES;
use super::super::network::{innermost, install_tls};
use super::super::way::NoAnswer;
use super::{ANSWER, ASK, Asked, GREET, Greeting, Opening, Refusal, Welcome, Who};
use crate::feed::hex::hex;
use crate::feed::poll::PollError;
use crate::feed::request::Role;
use crate::feed::secret::{Key, Secret};
use crate::feed::settings::{FeedSettings, Origin};

/// A fetcher that is alive says so within this.
const GREETING: Duration = Duration::from_secs(5);
/// What the fetcher says itself is no longer.
const MOST_SAID: usize = 256 << 10;

/// The way to servers through the fetcher.
#[derive(Clone)]
pub(in super::super) struct Through {
    socket: Arc<Path>,
    who: Who,
    greets: Client,
    asks: Client,
}

impl Through {
    /// Of a feed.
    ///
    /// # Errors
    /// Where the system gives no random bytes, or there is no client.
    pub fn of_feed(socket: &Path, feed: &FeedSettings) -> Result<Self, String> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| format!("cannot be asked: {error}"))?;
        let opening = Opening { nonce: hex(&random), now: DateTime::UNIX_EPOCH };
        let who = Who::Feed { name: feed.name.to_string(), opening, login: false };
        Self::new(socket, who, feed.timeout / TRIES)
    }

    /// Of those whom somebody posts to.
    ///
    /// # Errors
    /// Where there is no client.
    pub fn of_posts(socket: &Path, deadline: Duration) -> Result<Self, String> {
        Self::new(socket, Who::Post, deadline)
    }

    /// `patience`: between one piece of an answer and the next.
    fn new(socket: &Path, who: Who, patience: Duration) -> Result<Self, String> {
        let built = |builder: ClientBuilder| builder.build().map_err(|error| innermost(&error));
        let greets = built(client(socket).timeout(GREETING))?;
        Ok(Self { socket: socket.into(), who, greets, asks: built(client(socket).read_timeout(patience))? })
    }

    /// The same in a poll at an instant.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        if let Who::Feed { opening, .. } = &mut self.who {
            opening.now = now;
        }
        self
    }

    /// Begins a poll: that the fetcher is there and has the same settings of the feed. The key comes with marks in place of
    /// what is secret in it.
    ///
    /// # Errors
    /// Where it is not there, has others, or cannot read the key.
    pub async fn greet(&self, feed: &FeedSettings) -> Result<Option<Key>, PollError> {
        let (Who::Feed { name, opening, .. }, Origin::Url(url)) = (&self.who, &feed.origin) else {
            unreachable!("it is the way of a feed with a URL")
        };
        let greeting =
            Greeting { feed: name.clone(), kind: feed.kind.to_owned(), url: url.digest(), opening: opening.clone() };
        let host = url.host().to_owned();
        let silent = || PollError::Fetcher {
            cause: format!("at {} does not answer within {} s: restart it", self.shown(), GREETING.as_secs()),
        };
        let fault = |error: NoAnswer| error.in_a_poll(host.clone()).unwrap_or_else(silent);
        let mut response = self.say(&self.greets, GREET, &greeting).await.map_err(fault)?;
        let strange =
            || NoAnswer::Fetcher(format!("at {} says what is no greeting: is it of this version?", self.shown()));
        if !response.status().is_success() {
            return Err(fault(self.refusal(&mut response).await));
        }
        let said = read(&mut response).await.and_then(|bytes| serde_json::from_slice::<Welcome>(&bytes).ok());
        let welcome = said.filter(|said| said.feed == *name).ok_or_else(|| fault(strange()))?;
        let goes = feed.key.as_ref().and_then(|key| key.goes.clone());
        match (welcome.key, &feed.key) {
            (Some(marked), Some(_)) => Ok(Some(Key { secret: Secret::new(marked), goes })),
            (None, None) => Ok(None),
            _ => Err(PollError::FetcherRefuses {
                cause: format!("one of us has a key of {name}, and the other none: {}", super::SAME_SETTINGS),
            }),
        }
    }

    /// Has a request passed on.
    pub async fn send(
        &self,
        url: &Url,
        headers: &HeaderMap,
        body: Option<Vec<u8>>,
        role: Role,
    ) -> Result<Response, NoAnswer> {
        let mut who = self.who.clone();
        if let Who::Feed { login, .. } = &mut who {
            *login = role == Role::Login;
        }
        // A tag of a server may hold any byte.
        let value = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
        let headers = headers.iter().map(|(name, text)| (name.to_string(), value(text.as_bytes()))).collect();
        let body = body.map(|body| Base64::encode_string(&body));
        let asked = Asked { who, url: url.to_string(), headers, body };
        let mut response = self.say(&self.asks, ASK, &asked).await?;
        if response.headers_mut().remove(ANSWER).is_none() {
            return Err(self.refusal(&mut response).await);
        }
        Ok(response)
    }

    /// Says something, and hears the head of an answer.
    async fn say(&self, client: &Client, path: &str, what: &impl Serialize) -> Result<Response, NoAnswer> {
        let body = serde_json::to_vec(what).expect("it is texts and instants");
        let sent = client.post(format!("http://fetcher{path}")).body(body).send().await;
        sent.map_err(|error| match error.is_timeout() && !error.is_connect() {
            true => NoAnswer::Late,
            false => {
                let (socket, cause) = (self.shown(), innermost(&error));
                NoAnswer::Fetcher(format!(
                    "cannot be asked at {socket}: {cause}; does it run? `systemctl status fairgauge-fetch`"
                ))
            }
        })
    }

    /// Why the fetcher has no answer, by its own word.
    async fn refusal(&self, response: &mut Response) -> NoAnswer {
        let status = response.status().as_u16();
        match read(response).await.and_then(|bytes| serde_json::from_slice::<Refusal>(&bytes).ok()) {
            Some(refusal) => NoAnswer::Refused(refusal),
            None => NoAnswer::Fetcher(format!(
                "at {} answers with status {status} and no reason: is it a fetcher, and of this version?",
                self.shown()
            )),
        }
    }

    fn shown(&self) -> std::path::Display<'_> {
        self.socket.display()
    }
}

/// What is said there never leaves the machine: no names are looked up, no certificates read.
fn client(socket: &Path) -> ClientBuilder {
    install_tls();
    Client::builder()
        .unix_socket(socket)
        .http1_only()
        .gzip(false)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .tls_certs_only([])
        // It may have been started anew meanwhile.
        .pool_max_idle_per_host(0)
}

/// What the fetcher says itself, as long as it is not too long.
async fn read(response: &mut Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_SAID {
            return None;
        }
    }
    Some(bytes)
}
