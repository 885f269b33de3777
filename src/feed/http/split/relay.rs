//! The fetcher's side: what may be asked is asked, with the secrets that belong there; answers go back without them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use hyper::body::{Body, Bytes, Frame};
use reqwest::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::super::network::{innermost, network_fault, strict};
use super::marks::{Hider, Marks, Unknown};
use super::{ANSWER, Asked, Greeting, Opening, Refusal, SAME_SETTINGS, TOKEN, Welcome, Who, Why};
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::poll::PollError;
use crate::feed::request::{Reply, Request, Role};
use crate::feed::secret::Secret;
use crate::feed::settings::{FeedSettings, Origin};

/// Whoever is posted to has no longer; who posts waits no longer.
const LONGEST_POST: Duration = Duration::from_secs(60);
/// So many logins of a feed are known at a time: of the daemon, and of who tries the feed meanwhile.
const MOST_LOGINS: usize = 8;
/// What is said of a connection, and not of an answer. Its length is another one where secrets are taken out.
const OF_CONNECTION: [HeaderName; 6] = [CONNECTION, CONTENT_LENGTH, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// What asks for whoever has no network.
pub struct Relay {
    feeds: BTreeMap<Arc<str>, FeedSettings>,
    /// Where may be posted.
    posts: BTreeSet<String>,
    client: Client,
    logins: Mutex<Logins>,
}

/// What logins brought, by feed and nonce, under their numbers; the newest last.
#[derive(Default)]
struct Logins {
    last: u64,
    of: BTreeMap<String, VecDeque<(String, u64, Secret)>>,
}

/// An answer that is passed on as it comes.
pub struct Given {
    /// The server's.
    pub status: StatusCode,
    /// Without what is said of the connection.
    pub headers: HeaderMap,
    /// Its pieces.
    pub body: Passed,
}

/// The pieces of an answer.
pub struct Passed(mpsc::Receiver<Result<Bytes, Broken>>);

/// An answer that does not end as it should.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub struct Broken;

impl Body for Passed {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

impl Passed {
    /// A whole.
    pub fn whole(bytes: Vec<u8>) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        sender.try_send(Ok(bytes.into())).expect("there is room for one");
        Self(receiver)
    }
}

impl Relay {
    /// Of these feeds, and of those whom is posted to.
    ///
    /// # Errors
    /// Where there is no TLS.
    pub fn new<'p>(
        feeds: impl IntoIterator<Item = FeedSettings>,
        posts: impl IntoIterator<Item = &'p UrlTemplate>,
        network: &Network,
    ) -> Result<Self, String> {
        let posts = posts.into_iter().filter_map(|url| url.fill(&|_| String::new()).ok());
        Ok(Self {
            feeds: feeds.into_iter().map(|feed| (feed.name.clone(), feed)).collect(),
            posts: posts.map(String::from).collect(),
            client: strict(network).build().map_err(|error| innermost(&error))?,
            logins: Mutex::default(),
        })
    }

    /// The beginning of a poll.
    ///
    /// # Errors
    /// Where the settings differ, or the key is not to be had.
    pub fn greet(&self, said: &[u8]) -> Result<Vec<u8>, Refusal> {
        let greeting: Greeting = read(said)?;
        let feed = self.feed(&greeting.feed)?;
        let Origin::Url(url) = &feed.origin else {
            return Err(Refusal::new(Why::Settings, format!("`{}` has no URL here: {SAME_SETTINGS}", feed.name)));
        };
        if greeting.kind != feed.kind || greeting.url != url.digest() {
            let says = format!("`{}` has another kind or URL here: {SAME_SETTINGS}", feed.name);
            return Err(Refusal::new(Why::Settings, says));
        }
        let (_, key) = self.marks(feed, &greeting.opening)?;
        Ok(serde_json::to_vec(&Welcome { feed: greeting.feed, key }).expect("it is texts"))
    }

    /// Asks in somebody's name.
    ///
    /// # Errors
    /// Where that may not be asked, or there is no answer.
    pub async fn ask(&self, said: &[u8]) -> Result<Given, Refusal> {
        let Asked { who, url, headers, body } = read(said)?;
        let mut url = Url::parse(&url).map_err(|_| nonsense("the URL is none"))?;
        let body =
            body.map(|body| Base64::decode_vec(&body)).transpose().map_err(|_| nonsense("the body is no base64"))?;
        let (name, opening, login) = match who {
            Who::Feed { name, opening, login } => (name, opening, login),
            Who::Post if body.is_some() && self.posts.contains(url.as_str()) => {
                let ends = Instant::now() + LONGEST_POST;
                let response = self.send(url, header_map(&headers, Ok)?, body, ends).await?;
                return Ok(pass(response, Hider::default(), ends));
            }
            Who::Post => return Err(outside(&url, "no endpoint, witness or authority of its settings")),
        };
        let feed = self.feed(&name)?;
        if !feed.may_ask(&url) {
            return Err(outside(&url, &format!("not where the feed `{name}` of its settings is asked")));
        }
        let (mut marks, _) = self.marks(feed, &opening)?;
        self.put_in_logins(&mut marks, &name, &opening.nonce);
        let logged_out = |_: Unknown| Refusal::new(Why::LoggedOut, "a login is not known here any more");
        marks.fill_url(&mut url).map_err(logged_out)?;
        let headers = header_map(&headers, |value| marks.fill_header(&value).map_err(logged_out))?;
        let body = match body.map(String::from_utf8).transpose().map_err(|_| nonsense("the body is no text"))? {
            Some(body) => Some(marks.fill_json(&body).map_err(logged_out)?.into_bytes()),
            None => None,
        };
        let ends = Instant::now() + feed.timeout;
        let response = self.send(url.clone(), headers, body, ends).await?;
        if login && response.status().is_success() {
            return self.log_in(feed, url, response, &mut marks, &opening, ends).await;
        }
        Ok(pass(response, marks.hider(), ends))
    }

    /// What a login brought stays here, and its mark goes back; nothing else of the answer does. One that brought
    /// nothing goes back whole, for its words.
    async fn log_in(
        &self,
        feed: &FeedSettings,
        url: Url,
        response: Response,
        marks: &mut Marks,
        opening: &Opening,
        ends: Instant,
    ) -> Result<Given, Refusal> {
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = whole(response, feed.max_body, ends).await?;
        let request = Request { role: Role::Login, body: Some(String::new()), ..Request::get(url, None) };
        let token = feed.provider.token(&Reply { request: &request, bytes: &bytes, headers: &headers });
        let mut hider = marks.hider();
        let Ok(Some(token)) = token else {
            let headers = passed_on(&headers, &mut hider);
            return Ok(Given { status, headers, body: Passed::whole(hider.hide(&bytes)) });
        };
        let number = {
            let mut logins = self.logins.lock().expect("nothing panics while it is held");
            logins.last += 1;
            let number = logins.last;
            let of_feed = logins.of.entry(feed.name.to_string()).or_default();
            of_feed.push_back((opening.nonce.clone(), number, token.clone()));
            if of_feed.len() > MOST_LOGINS {
                of_feed.pop_front();
            }
            number
        };
        let mark = marks.token(number, token);
        let mark = HeaderValue::from_str(&mark).expect("it is letters and digits");
        let headers = [(TOKEN, mark), (ANSWER, HeaderValue::from_static("login"))].into_iter().collect();
        Ok(Given { status, headers, body: Passed::whole(Vec::new()) })
    }

    fn feed(&self, name: &str) -> Result<&FeedSettings, Refusal> {
        let unknown = || Refusal::new(Why::Settings, format!("no feed `{name}` is known here: {SAME_SETTINGS}"));
        self.feeds.get(name).ok_or_else(unknown)
    }

    /// The secrets of a feed's key with their marks, and the key with marks in it.
    fn marks(&self, feed: &FeedSettings, opening: &Opening) -> Result<(Marks, Option<String>), Refusal> {
        let mut marks = Marks::new(&opening.nonce).ok_or_else(|| nonsense("the nonce is none"))?;
        let key = feed.opened(opening.now).map_err(|cause| Refusal::new(Why::Key, cause))?;
        let key = key.map(|key| marks.key(&key.secret));
        Ok((marks, key))
    }

    fn put_in_logins(&self, marks: &mut Marks, feed: &str, nonce: &str) {
        let logins = self.logins.lock().expect("nothing panics while it is held");
        for (_, number, token) in logins.of.get(feed).into_iter().flatten().filter(|(of, ..)| of == nonce) {
            marks.token(*number, token.clone());
        }
    }

    /// The head of an answer.
    async fn send(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
        ends: Instant,
    ) -> Result<Response, Refusal> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = match body {
            Some(body) => self.client.post(url).body(body),
            None => self.client.get(url),
        };
        let late = || Refusal::new(Why::Timeout, format!("no answer from {host} in time"));
        let sent = timeout_at(ends, request.headers(headers).send()).await.map_err(|_| late())?;
        sent.map_err(|error| match network_fault(&error, host.clone()) {
            None => late(),
            Some(PollError::Tls { cause, .. }) => Refusal::new(Why::Tls, cause),
            Some(PollError::Connect { cause, .. }) => Refusal::new(Why::Connect, cause),
            Some(fault) => Refusal::new(Why::PrivateAddress, fault.to_string()),
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(said: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(said).map_err(|error| nonsense(&error.to_string()))
}

fn nonsense(what: &str) -> Refusal {
    Refusal::new(Why::Nonsense, format!("does not understand what it is asked ({what}): is it of this version?"))
}

fn outside(url: &Url, what: &str) -> Refusal {
    Refusal::new(Why::Outside, format!("{}{} is {what}", url.origin().ascii_serialization(), url.path()))
}

/// The headers of a request. Each character of a value is a byte.
fn header_map(
    headers: &[(String, String)],
    fill: impl Fn(String) -> Result<String, Refusal>,
) -> Result<HeaderMap, Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let no_header =
            |what| Refusal::new(Why::Key, format!("the {what} of the header {name} holds what no header can"));
        let bytes: Option<Vec<u8>> = value.chars().map(|char| u8::try_from(char).ok()).collect();
        // What has no mark in it goes as it came.
        let filled = fill(value.clone())?;
        let value = match bytes.filter(|_| filled == *value) {
            Some(bytes) => HeaderValue::from_bytes(&bytes),
            None => HeaderValue::from_str(&filled),
        };
        let mut value = value.map_err(|_| no_header("value"))?;
        value.set_sensitive(true);
        map.append(name.parse::<HeaderName>().map_err(|_| no_header("name"))?, value);
    }
    Ok(map)
}

/// The headers of an answer, without secrets, and without what is said of the connection or in our name.
fn passed_on(headers: &HeaderMap, hider: &mut Hider) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| !OF_CONNECTION.contains(name) && *name != TOKEN) {
        let hidden = HeaderValue::from_bytes(&hider.hide(value.as_bytes()));
        passed.append(name.clone(), hidden.expect("a mark is letters and digits"));
    }
    passed.insert(ANSWER, HeaderValue::from_static("server"));
    passed
}

/// Passes an answer on, piece by piece, until `ends`.
fn pass(mut response: Response, mut hider: Hider, ends: Instant) -> Given {
    let (status, headers) = (response.status(), passed_on(response.headers(), &mut hider));
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let piece = tokio::select! {
                piece = timeout_at(ends, response.chunk()) => piece,
                // Nobody wants the rest.
                () = sender.closed() => return,
            };
            let (bytes, is_last) = match piece {
                Ok(Ok(Some(bytes))) => (hider.push(&bytes), false),
                Ok(Ok(None)) => (hider.finish(), true),
                Ok(Err(_)) | Err(_) => {
                    // Who is gone does not hear it.
                    _ = sender.send(Err(Broken)).await;
                    return;
                }
            };
            if (!bytes.is_empty() && sender.send(Ok(bytes.into())).await.is_err()) || is_last {
                return;
            }
        }
    });
    Given { status, headers, body: Passed(receiver) }
}

/// A whole answer, as long as it has no more than `most` bytes.
async fn whole(mut response: Response, most: usize, ends: Instant) -> Result<Vec<u8>, Refusal> {
    let broken = |what| Refusal::new(Why::Connect, format!("the answer to the login {what}"));
    let mut bytes = Vec::new();
    loop {
        match timeout_at(ends, response.chunk()).await {
            Ok(Ok(Some(chunk))) if bytes.len() + chunk.len() > most => return Err(broken("is too long")),
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Ok(bytes),
            Ok(Err(_)) => return Err(broken("broke off")),
            Err(_) => return Err(Refusal::new(Why::Timeout, "the answer to the login did not come in time")),
        }
    }
}
