//! Asking a server: bounded in time and size, patient with what passes, plain about what does not.

use std::collections::VecDeque;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, ClientBuilder, Response, StatusCode, redirect};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::address::{Network, UrlTemplate, is_private};
use super::decode::{DecodeError, Raw, Refused, decode};
use super::pace::Pace;
use super::poll::{Answer, Ask, Body, PollError, Scope};
use super::quota::{Permit, Permits};
use super::request::{Instead, Reply, Request, Role, Wanted};
use super::secret::{Key, KeySettings, Secret};
use super::settings::{FeedSettings, Station};
use super::traffic::{Exchange, Traffic};
use super::wait::{fresh_for, retry_after};

#[cfg(test)]
#[path = "../../tests/support/fault_server.rs"]
pub(super) mod fault_server;

/// Tries inside one poll.
const TRIES: u32 = 3;
/// Of a name with several addresses each has its part of it, and those of the other family are tried meanwhile.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Polls are minutes apart: a connection that nobody used for longer may be half open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// In one poll: a folder, a list of pages or a list of stations has an end.
const MOST_REQUESTS: usize = 20_000;
/// Of an error's body as much as a message can use.
const ERROR_BODY: usize = 4 << 10;

/// Makes ring the process's TLS provider. May be called again.
pub fn install_tls() {
    // An error says that one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The way to one server.
pub(super) struct Http {
    url: UrlTemplate,
    network: Network,
    client: Option<Client>,
    /// What the last login brought.
    token: Option<Secret>,
    traffic: Traffic,
    /// Where leave is asked for each request, and of which quota.
    door: Option<(Arc<str>, Permits)>,
}

impl Http {
    pub(super) fn new(url: UrlTemplate, network: Network) -> Self {
        Self { url, network, client: None, token: None, traffic: Traffic::default(), door: None }
    }

    /// From now on asks leave for each request of a quota.
    pub(super) fn ask_leave(&mut self, quota: Arc<str>, door: Permits) {
        self.door = Some((quota, door));
    }

    /// What passed in the last poll.
    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Asks for each station, in one request where the URL does not name it, and for what an answer leads to.
    pub(super) async fn poll(&mut self, feed: &FeedSettings, ask: Ask<'_>, scope: &Scope) -> Result<Answer, PollError> {
        self.traffic.begin();
        let key = feed.key.as_ref().map(KeySettings::read).transpose();
        let key = key.and_then(|key| match key {
            Some(key) => feed.provider.check_key(&key.secret).map(|()| Some(key)),
            None => Ok(None),
        });
        let key = key.map_err(|cause| PollError::Key { cause })?;
        let result = self.poll_with(feed, ask, scope, key.as_ref()).await;
        match result {
            // A token that ran out: once more with a new one.
            Err(PollError::LoggedOut { .. }) if self.token.take().is_some() => {
                self.poll_with(feed, ask, scope, key.as_ref()).await
            }
            result => result,
        }
    }

    async fn poll_with(
        &mut self,
        feed: &FeedSettings,
        ask: Ask<'_>,
        scope: &Scope,
        key: Option<&Key>,
    ) -> Result<Answer, PollError> {
        let client = self.client(feed)?;
        let to = scope.until.unwrap_or(ask.now).min(ask.now);
        let heard_until = to.min(ask.now - feed.delay);
        // Leave may be waited for until the next poll would be due.
        let slot_ends = Instant::now() + feed.poll;
        let mut answer = Answer { bodies: Vec::new(), readings: Vec::new(), refused: Vec::new(), heard_until };
        let mut sent = 0;
        for (station, from) in self.stretches(feed, ask, scope) {
            let (url, now, token) = (&self.url, ask.now, self.token.clone());
            let mut wanted = Wanted { url, station, from, to, now, key, token };
            let mut queue = VecDeque::from(feed.provider.requests(feed, &wanted));
            while let Some(request) = queue.pop_front() {
                sent += 1;
                if sent > MOST_REQUESTS {
                    return Err(PollError::TooManyRequests { most: MOST_REQUESTS });
                }
                let hidden = Hidden { url: &self.url, key, token: wanted.token.as_ref(), sent: &request.headers };
                // Of a server that has failed for long a first answer is wanted, by one request.
                let tries = if scope.is_trial && sent == 1 { 1 } else { TRIES };
                let (traffic, door, now) = (&self.traffic, self.door.as_ref(), ask.now);
                let fetch = Fetch { feed, now, request: &request, hidden: &hidden, tries, traffic, door, slot_ends };
                let mut name = fetch.name();
                let (mut bytes, headers) = match fetch.send(&client).await {
                    Ok(answer) => answer,
                    Err(fault) => {
                        let PollError::Status { status, reason, .. } = &fault else { return Err(fault) };
                        let words = reason.as_deref().unwrap_or_default();
                        let instead = feed.provider.instead(&wanted, &request, *status, words);
                        queue.extend(carry_out(instead, fault, name, &mut answer.refused)?);
                        continue;
                    }
                };
                if key.is_some_and(|key| key.secret.is_in(&bytes)) {
                    bytes = key.expect("there is one").secret.hide_in(&String::from_utf8_lossy(&bytes)).into_bytes();
                    name += " (the key in the answer is replaced by …)";
                }
                let fault = |cause| hidden.scrub(with_wait(feed, ask.now, PollError::decode(&name, cause)));
                let reply = Reply { request: &request, bytes: &bytes, headers: &headers };
                let next = feed.provider.next(feed, &wanted, &reply).map_err(fault)?;
                if request.role == Role::Login {
                    wanted.token = feed.provider.token(&reply).map_err(fault)?;
                    self.token.clone_from(&wanted.token);
                    queue = VecDeque::from(feed.provider.requests(feed, &wanted));
                    continue;
                }
                queue.extend(next);
                if request.role != Role::Data {
                    continue;
                }
                let file = request.url.path_segments().and_then(Iterator::last).unwrap_or_default();
                let raw = Raw { bytes: &bytes, name: file, asked: request.station.as_ref(), now: Some(ask.now) };
                let decoded = match decode(feed, &raw) {
                    Err(DecodeError::Provider { reason }) => {
                        let instead = feed.provider.instead(&wanted, &request, 200, &reason);
                        let fault = fault(DecodeError::Provider { reason });
                        queue.extend(carry_out(instead, fault, name, &mut answer.refused)?);
                        continue;
                    }
                    decoded => decoded.map_err(fault)?,
                };
                answer.readings.extend(decoded.readings);
                answer.refused.extend(decoded.refused);
                answer.bodies.push(Body::new(name, bytes));
            }
        }
        Ok(answer)
    }

    /// The client, made at the first poll.
    fn client(&mut self, feed: &FeedSettings) -> Result<Client, PollError> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let client = builder(feed, &self.network)
            .build()
            .map_err(|error| PollError::Tls { host: "any server".to_owned(), cause: innermost(&error) })?;
        Ok(self.client.insert(client).clone())
    }

    /// What is asked for: stations with the instant from which.
    fn stretches<'f>(
        &self,
        feed: &'f FeedSettings,
        ask: Ask<'_>,
        scope: &Scope,
    ) -> Vec<(Option<&'f Station>, DateTime<Utc>)> {
        let look_back = scope.look_back.unwrap_or(feed.look_back);
        let from = |station: &Arc<str>, known: Option<&DateTime<Utc>>| {
            let from = known.map_or(ask.from, |known| ask.from.max(*known - look_back));
            let missing = scope.missing_from.get(station).map(|missing| ask.from.max(*missing));
            from.min(missing.unwrap_or(from)).min(ask.now)
        };
        let wanted = |station: &&Station| scope.station.as_ref().is_none_or(|only| *only == station.name);
        let stations = feed.stations.iter().filter(wanted);
        let each = stations.map(|station| (station, from(&station.name, ask.known_until.get(&station.name))));
        let by_station = feed.provider.asks_by_station()
            || ["station", "latitude", "longitude"].iter().any(|name| self.url.has(name));
        if by_station {
            return each.map(|(station, from)| (Some(station), from)).collect();
        }
        // One request for all: from where the one that is furthest behind needs it.
        let earliest = if feed.stations.is_empty() {
            let known = ask.known_until.iter().map(|(station, known)| from(station, Some(known)));
            known.min().unwrap_or(ask.from.min(ask.now))
        } else {
            each.map(|(_, from)| from).min().unwrap_or(ask.from.min(ask.now))
        };
        vec![(None, earliest)]
    }
}

/// What is asked now that a request was refused.
///
/// # Errors
/// The refusal, where the poll cannot do without.
fn carry_out(
    instead: Instead,
    refusal: PollError,
    place: String,
    refused: &mut Vec<Refused>,
) -> Result<Vec<Request>, PollError> {
    match instead {
        Instead::Fail => return Err(refusal),
        Instead::Ask(requests) => return Ok(requests),
        Instead::Nothing => {}
        Instead::DoWithout => refused.push(Refused { place, reason: refusal.to_string() }),
    }
    Ok(Vec::new())
}

fn builder(feed: &FeedSettings, network: &Network) -> ClientBuilder {
    install_tls();
    let contact = network.user_agent_contact.as_ref().map_or(String::new(), |contact| format!(" ({contact})"));
    Client::builder()
        .user_agent(format!("fairgauge/{}{contact}", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .gzip(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(feed.timeout / TRIES)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .dns_resolver(Arc::new(Resolver { allow_private: network.allow_private }))
}

/// An error with the wait that its provider's words name, whatever its status.
fn with_wait(feed: &FeedSettings, now: DateTime<Utc>, error: PollError) -> PollError {
    match error {
        PollError::Provider { name, reason, .. } => {
            let retry_after = feed.provider.window(&reason, now);
            PollError::Provider { name, reason, retry_after }
        }
        other => other,
    }
}

/// What may not be shown of a request, an answer or an error.
struct Hidden<'a> {
    url: &'a UrlTemplate,
    key: Option<&'a Key>,
    token: Option<&'a Secret>,
    /// Headers: what opens the server may be made anew for each request.
    sent: &'a [(String, String)],
}

impl Hidden<'_> {
    fn hide(&self, text: &str) -> String {
        let shown = self.hide_secrets(&self.url.scrub(text));
        let sent = self.sent.iter().map(|(_, value)| Secret::new(value.trim_start_matches("Bearer ")));
        sent.fold(shown, |text, secret| secret.hide_in(&text))
    }

    /// Only what is secret for certain: of a body nothing else is changed.
    fn hide_secrets(&self, text: &str) -> String {
        let secrets = self.key.map(|key| &key.secret).into_iter().chain(self.token);
        secrets.fold(text.to_owned(), |text, secret| secret.hide_in(&text))
    }

    /// An error without what its provider may have repeated.
    fn scrub(&self, error: PollError) -> PollError {
        match error {
            PollError::Provider { name, reason, retry_after } => {
                PollError::Provider { name, reason: self.hide(&reason), retry_after }
            }
            PollError::Decode { name, cause: DecodeError::Schema { place, what } } => {
                PollError::Decode { name, cause: DecodeError::Schema { place, what: self.hide(&what) } }
            }
            other => other,
        }
    }
}

/// One request with its repetitions.
struct Fetch<'a> {
    feed: &'a FeedSettings,
    now: DateTime<Utc>,
    request: &'a Request,
    hidden: &'a Hidden<'a>,
    tries: u32,
    traffic: &'a Traffic,
    door: Option<&'a (Arc<str>, Permits)>,
    slot_ends: Instant,
}

impl Fetch<'_> {
    fn host(&self) -> String {
        self.request.url.host_str().unwrap_or_default().to_owned()
    }

    /// The URL as it may be shown.
    fn name(&self) -> String {
        self.hidden.hide(&self.hidden.url.shown(self.request.url.as_str()))
    }

    /// The body, within the feed's time.
    async fn send(&self, client: &Client) -> Result<(Vec<u8>, HeaderMap), PollError> {
        let mut deadline = Instant::now() + self.feed.timeout;
        let mut number = 0;
        loop {
            number += 1;
            deadline += self.leave().await?;
            let fault = match tokio::time::timeout_at(deadline, self.try_once(client)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(fault)) => fault,
                Err(_) => return Err(self.timeout()),
            };
            let wait = self.back_off(number).max(fault.retry_after().unwrap_or_default());
            if number >= self.tries || !passes(&fault) || Instant::now() + wait >= deadline {
                return Err(fault);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits for leave to send a request; says how long that took.
    async fn leave(&self) -> Result<Duration, PollError> {
        let Some((quota, door)) = self.door else { return Ok(Duration::ZERO) };
        let begun = Instant::now();
        loop {
            let (answer, answered) = oneshot::channel();
            // Nobody is at the door where the program ends.
            let asked = door.send(Permit { quota: quota.clone(), answer });
            let told = if asked.is_ok() { answered.await.unwrap_or(Err(Duration::ZERO)) } else { Err(Duration::ZERO) };
            let Err(wait) = told else { return Ok(begun.elapsed()) };
            if wait.is_zero() || Instant::now() + wait >= self.slot_ends {
                let wait_s = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                return Err(PollError::Quota { quota: quota.to_string(), wait_s });
            }
            tokio::time::sleep(wait).await;
        }
    }

    fn timeout(&self) -> PollError {
        PollError::Timeout { host: self.host(), timeout_s: self.feed.timeout.as_secs() }
    }

    /// Full jitter: between nothing and a thirtieth of the time, twice that after the second try, and so on. It
    /// comes from a hash, so that feeds spread and a test repeats.
    fn back_off(&self, number: u32) -> Duration {
        let mut hash = Sha256::new();
        let station = self.request.station.as_ref().map_or("", |station| &station.name);
        for part in [self.feed.name.as_bytes(), station.as_bytes()] {
            hash.update(part);
            hash.update([0]);
        }
        hash.update(self.now.timestamp().to_be_bytes());
        hash.update(number.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let share = u32::from(u16::from_be_bytes([digest[0], digest[1]]));
        let most = (self.feed.timeout / 30) * 2u32.pow(number - 1);
        most * share / u32::from(u16::MAX)
    }

    async fn try_once(&self, client: &Client) -> Result<(Vec<u8>, HeaderMap), PollError> {
        let url = self.request.url.clone();
        // Logins and questions with a body are asked anew each time.
        let kept_as = (self.request.body.is_none() && self.request.role != Role::Login).then(|| url.to_string());
        let mut builder = match &self.request.body {
            Some(body) => client.post(url).header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => client.get(url),
        };
        for (name, value) in &self.request.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| PollError::Key {
                cause: format!("the value of the header {name} holds what no header can"),
            })?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        for (name, value) in kept_as.iter().flat_map(|url| self.traffic.conditions(url)) {
            builder = builder.header(name, value);
        }
        self.traffic.count();
        let sent = builder.send().await;
        let mut response = sent.map_err(|error| self.network_fault(&error))?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED
            && let Some((bytes, headers)) =
                kept_as.as_ref().and_then(|url| self.traffic.still_holds(url, response.headers()))
        {
            self.take_note(status, &headers, &bytes);
            return Ok((bytes, headers));
        }
        if status.is_redirection() && response.headers().contains_key(LOCATION) {
            return Err(PollError::Redirect { host: self.host(), to: self.redirected_to(response.headers()) });
        }
        if !status.is_success() {
            let retry_after = retry_after(response.headers(), self.now);
            let headers = response.headers().clone();
            let body = self.body(&mut response, ERROR_BODY).await.unwrap_or_default();
            self.tell(status, &headers, &body);
            let reason = self.feed.provider.error_reason(&body).map(|reason| self.hidden.hide(&reason));
            let words = (status.as_u16() == 429).then(|| reason.as_deref().unwrap_or_default());
            let window = words.and_then(|words| self.feed.provider.window(words, self.now));
            let retry_after = retry_after.max(window);
            return Err(PollError::Status { host: self.host(), status: status.as_u16(), reason, retry_after });
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if self.request.role == Role::Data && kind.trim_start().to_ascii_lowercase().starts_with("text/html") {
            let headers = response.headers().clone();
            let body = self.body(&mut response, ERROR_BODY).await.unwrap_or_default();
            self.tell(status, &headers, &body);
            return Err(PollError::Html { name: self.name() });
        }
        let headers = response.headers().clone();
        let bytes = self.body(&mut response, self.feed.max_body).await?;
        if let Some(url) = kept_as {
            self.traffic.keep(&url, &headers, &bytes);
        }
        self.take_note(status, &headers, &bytes);
        Ok((bytes, headers))
    }

    /// Of an answer that can be used.
    fn take_note(&self, status: StatusCode, headers: &HeaderMap, bytes: &[u8]) {
        if self.request.role != Role::Login {
            self.traffic.stays(fresh_for(headers, self.now));
            self.tell(status, headers, bytes);
        }
    }

    /// For whoever wants to see what passed.
    fn tell(&self, status: StatusCode, headers: &HeaderMap, bytes: &[u8]) {
        self.traffic.told(|| Exchange {
            name: self.name(),
            status: status.as_u16(),
            headers: Exchange::matter(headers, &|text| self.hidden.hide(text)),
            bytes: match std::str::from_utf8(bytes) {
                Ok(text) => self.hidden.hide_secrets(text).into_bytes(),
                Err(_) => bytes.to_vec(),
            },
            station: self.request.station.as_ref().map(|station| station.name.to_string()),
            is_data: self.request.role == Role::Data,
        });
    }

    /// The body, unpacked, as long as it has no more than `most` bytes.
    async fn body(&self, response: &mut Response, most: usize) -> Result<Vec<u8>, PollError> {
        let too_large = || PollError::TooLarge { most };
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |announced| announced > most) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let mut pace = Pace::new(self.feed.timeout, Instant::now());
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() > most => return Err(too_large()),
                Ok(Some(chunk)) if pace.is_too_slow(chunk.len(), Instant::now()) => return Err(self.timeout()),
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(bytes),
                Err(error) if error.is_timeout() => return Err(self.timeout()),
                Err(_) => return Err(PollError::Truncated { name: self.name() }),
            }
        }
    }

    fn network_fault(&self, error: &reqwest::Error) -> PollError {
        let host = self.host();
        if find::<PrivateAddress>(error).is_some() {
            return PollError::RefusedAddress { host };
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return PollError::Tls { host, cause: tls.to_string() };
        }
        if error.is_timeout() && !error.is_connect() {
            return self.timeout();
        }
        PollError::Connect { host, cause: innermost(error) }
    }

    fn redirected_to(&self, headers: &HeaderMap) -> String {
        let location = headers.get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
        let url = self.request.url.join(location).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "an unknown place".to_owned())
    }
}

/// Whether a fault may have passed a moment later.
fn passes(fault: &PollError) -> bool {
    match fault {
        PollError::Connect { .. } | PollError::Timeout { .. } | PollError::Truncated { .. } => true,
        PollError::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
        _ => false,
    }
}

/// An error of a type among the causes of another.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        // An io::Error hides the error that it was made of from `source`.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// The words of the last cause, which name no URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    if last.is::<reqwest::Error>() { "the request failed".to_owned() } else { last.to_string() }
}

/// Asks the machine's resolver and refuses names that lead into a private network.
struct Resolver {
    allow_private: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads to a loopback or private address")]
struct PrivateAddress;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !allow_private && found.iter().any(|address| is_private(address.ip())) {
                return Err(PrivateAddress.into());
            }
            Ok::<Addrs, Box<dyn Error + Send + Sync>>(Box::new(found.into_iter()))
        })
    }
}

#[cfg(test)]
mod connection;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::settings::tests::{CSV, feed};
    use super::super::{Feed, FeedSettings};
    use super::fault_server::{FaultServer, Reply};
    use super::*;

    pub(super) const GOOD: &str = "origin,time_hour,temp,precip\nJFK,2013-01-01T06:00:00Z,1,0\n";

    pub(super) fn at(text: &str) -> DateTime<Utc> {
        chrono::NaiveDateTime::parse_from_str(text, "%F %R").unwrap().and_utc()
    }

    pub(super) fn private() -> Network {
        Network { allow_private: true, user_agent_contact: Some("ops@example.org".to_owned()) }
    }

    pub(super) fn settings(url: &str, more: &str) -> FeedSettings {
        let more = format!("{more}\ntimeout = \"1 s\"\nmax_body = \"16 KiB\"\n[csv]");
        feed(&CSV.replace("file = \"asos.csv\"", &format!("url = \"{url}\"")).replace("[csv]", &more))
    }

    async fn poll(settings: FeedSettings, known: &[(&str, &str)]) -> Result<Answer, PollError> {
        let known_until =
            known.iter().map(|(station, until)| (Arc::from(*station), at(until))).collect::<BTreeMap<_, _>>();
        let ask = Ask { now: at("2013-02-01 12:00"), known_until: &known_until, from: at("2013-01-01 00:00") };
        Feed::new(settings, &private()).poll(ask).await
    }

    /// Asks a server whose answers are given in turn, the last for ever; says what came and how often was asked.
    async fn told(replies: Vec<Reply>) -> (Result<Answer, PollError>, usize) {
        let server = FaultServer::start(move |request| replies[request.number.min(replies.len() - 1)].clone());
        let answer = poll(settings(&server.url("/all.csv"), ""), &[]).await;
        (answer, server.requests().len())
    }

    #[tokio::test]
    async fn an_answer_is_bytes_and_readings() {
        let server = FaultServer::start(|_| Reply::csv(GOOD));
        let answer =
            poll(settings(&server.url("/all.csv?plan=secret-key&from={from}&to={to}"), ""), &[]).await.unwrap();
        assert_eq!(answer.readings.len(), 2);
        assert_eq!(answer.heard_until, at("2013-02-01 11:00"));
        assert_eq!(&*answer.bodies[0].bytes, GOOD.as_bytes());
        assert_eq!(answer.bodies[0].sha256, <[u8; 32]>::from(Sha256::digest(GOOD)));
        assert!(
            answer.bodies[0].name.ends_with("/all.csv?plan=…&from=2013-01-01&to=2013-02-01"),
            "{}",
            answer.bodies[0].name
        );
        let requests = server.requests();
        assert_eq!(requests[0].parameter("plan"), Some("secret-key"));
        assert!(requests[0].header("user-agent").is_some_and(|agent| agent.ends_with("(ops@example.org)")));
        assert_eq!(requests[0].header("accept-encoding"), Some("gzip"));
    }

    #[tokio::test]
    async fn each_station_is_asked_from_where_it_is_known() {
        let server =
            FaultServer::start(|request| Reply::csv(GOOD.replace("JFK", request.parameter("station").unwrap())));
        let url = server.url("/?station={station}&from={from}");
        let known = [("JFK", "2013-01-20 00:00"), ("EWR", "2013-01-02 00:00")];
        let stations = "station.JFK = {}\nstation.LGA = {}\nstation.EWR = {}";
        let answer = poll(settings(&url, stations), &known).await.unwrap();
        assert_eq!(answer.readings.len(), 6);
        let asked: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
        let wanted =
            ["/?station=JFK&from=2013-01-18", "/?station=LGA&from=2013-01-01", "/?station=EWR&from=2013-01-01"];
        assert_eq!(asked, wanted, "two days back, nothing known, not before what is needed");

        let server = FaultServer::start(|_| Reply::csv(GOOD));
        let url = server.url("/?from={from}");
        poll(settings(&url, ""), &known).await.unwrap();
        poll(settings(&url, ""), &known[..1]).await.unwrap();
        poll(settings(&url, "station.JFK = {}\nstation.LGA = {}"), &known[..1]).await.unwrap();
        let asked: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
        assert_eq!(asked, ["/?from=2013-01-01", "/?from=2013-01-18", "/?from=2013-01-01"]);
    }

    #[tokio::test]
    async fn what_passes_is_tried_again() {
        for fault in [
            Reply::Reset,
            Reply::Silent,
            Reply::Cut { announced: 1_000, body: GOOD.into() },
            Reply::status(408),
            Reply::status(425),
            Reply::status(429),
            Reply::status(500),
            Reply::status(502),
            Reply::status(503).header("retry-after", "0"),
            Reply::status(504),
        ] {
            let (answer, tries) = told(vec![fault.clone(), Reply::csv(GOOD)]).await;
            assert_eq!(answer.map(|answer| answer.readings.len()), Ok(2), "{fault:?}");
            assert_eq!(tries, 2, "{fault:?}");
        }
    }

    #[tokio::test]
    async fn tries_end() {
        for (fault, class) in [
            (Reply::Reset, "connect"),
            (Reply::Cut { announced: 1_000, body: GOOD.into() }, "truncated"),
            (Reply::status(503), "status"),
        ] {
            let (answer, tries) = told(vec![fault.clone()]).await;
            assert_eq!((answer.unwrap_err().class(), tries), (class, 3), "{fault:?}");
        }
    }

    #[tokio::test]
    async fn what_does_not_pass_is_told_at_once() {
        let huge = vec![b'0'; (16 << 10) + 1];
        // 64 KiB of blanks.
        let packed = "1f8b0800000000000203edc18100000000802095fd2917a90a";
        let mut bomb: Vec<u8> =
            (0..packed.len() / 2).map(|at| u8::from_str_radix(&packed[at * 2..at * 2 + 2], 16).unwrap()).collect();
        bomb.resize(bomb.len() + 63, 0);
        bomb.extend([0x6a, 0x94, 0x19, 0x2c, 0xb4, 0x00, 0x00, 0x01, 0x00]);
        for (fault, class) in [
            (Reply::status(400), "status"),
            (Reply::status(401), "status"),
            (Reply::status(403), "status"),
            (Reply::status(404), "status"),
            (Reply::status(405), "status"),
            (Reply::status(410), "status"),
            (Reply::status(422), "status"),
            (Reply::status(302).header("location", "https://elsewhere.example/?key=secret"), "redirect"),
            (Reply::html(), "html"),
            (Reply::csv("<html>"), "html"),
            (Reply::csv("\u{0}\u{1}"), "decode"),
            (Reply::csv(""), "decode"),
            (Reply::csv(huge), "too_large"),
            (Reply::csv(bomb).header("content-encoding", "gzip"), "too_large"),
            (Reply::Endless { bytes: 1 << 30 }, "too_large"),
            (Reply::status(503).header("retry-after", "120"), "status"),
            (Reply::status(503).header("retry-after", "Fri, 01 Feb 2013 12:02:00 GMT"), "status"),
        ] {
            let (answer, tries) = told(vec![fault.clone()]).await;
            let error = answer.unwrap_err();
            let shown = error.to_string();
            assert_eq!((error.class(), tries), (class, 1), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
            if shown.contains("status 503") {
                assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
            }
        }
        let (answer, _) = told(vec![Reply::csv(vec![b' '; 16 << 10])]).await;
        assert_eq!(answer.unwrap_err().class(), "decode", "as large as may be, and empty");
    }

    #[tokio::test]
    async fn time_is_bounded() {
        let silent = told(vec![Reply::Silent]).await;
        assert_eq!(silent.0.unwrap_err().class(), "timeout");
        let slow = Reply::Slow { body: vec![b'x'; 1_000], pause: Duration::from_millis(20) };
        assert_eq!(told(vec![slow]).await.0.unwrap_err().class(), "timeout", "each byte is in time, the whole is not");
    }

    #[tokio::test]
    async fn a_private_network_is_not_asked() {
        let name = settings("http://localhost:1/", "");
        let ask = Ask { now: at("2013-02-01 12:00"), known_until: &BTreeMap::new(), from: at("2013-01-01 00:00") };
        let error = Feed::new(name, &Network::default()).poll(ask).await.unwrap_err();
        assert_eq!(error.class(), "refused_address", "{error}");
    }

    #[tokio::test]
    async fn an_open_meteo_error_is_told_in_its_words() {
        let text = |url: &str| {
            format!(
                "kind = \"open-meteo\"\nurl = \"{url}\"\npoll = \"6 h\"\ndelay = \"5 d\"\nvintage = \"provisional\"\ntimeout = \"1 s\"\n\
             open_meteo = {{ model = \"era5\", block = \"hourly\" }}\ncolumns.precipitation = {{ variable = \"precipitation\", unit = \"mm\" }}\n\
             station.here = {{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }}"
            )
        };
        for (status, reason, class, wait) in [
            (400, "Parameter 'end_date' is out of allowed range", "status", None),
            (429, "Minutely API request limit exceeded. Please try again in one minute.", "status", Some(60)),
            (429, "Hourly API request limit exceeded. Please try again in the next hour.", "status", Some(3_600)),
            (429, "Daily API request limit exceeded. Please try again tomorrow.", "status", Some(43_200)),
            (200, "The key secret-key is bad", "provider", None),
        ] {
            let body = format!("{{\"error\":true,\"reason\":\"{reason}\"}}");
            let server = FaultServer::start(move |_| match Reply::json(body.clone()) {
                Reply::Full { headers, body, .. } => Reply::Full { status, headers, body },
                other => other,
            });
            let error = poll(feed(&text(&server.url("/v1/archive?plan=secret-key"))), &[]).await.unwrap_err();
            assert_eq!((error.class(), error.retry_after()), (class, wait.map(Duration::from_secs)), "{error}");
            assert!(error.to_string().contains(&reason.replace("secret-key", "…")), "{error}");
            let target = &server.requests()[0].target;
            assert!(target.starts_with("/v1/archive?plan=secret-key&latitude=30.87&longitude=121.93&start_date=2013-01-01&end_date=2013-02-01&"), "{target}");
        }
    }

    const ROOFS: &str = r#"
        kind = "fusionsolar"
        poll = "1 h"
        delay = "2 h"
        vintage = "provisional"
        timeout = "1 s"
        fusionsolar = { interface = "getKpiStationHour", user = "api", zone = "+08:00" }
        columns.inverter_power = { variable = "energy", unit = "kWh" }
        station.A1 = {}
    "#;

    /// A feed of one's own plants at a server, with a key of this text.
    fn roofs(server: &FaultServer, folder: &std::path::Path) -> FeedSettings {
        let key = folder.join("key");
        std::fs::write(&key, "system-code\n").unwrap();
        feed(&format!("{ROOFS}\nurl = \"{}\"\nkey = {{ file = \"{}\" }}", server.url(""), key.display()))
    }

    async fn poll_roofs(feed: &mut Feed) -> Result<Answer, PollError> {
        let known_until = BTreeMap::from([(Arc::from("A1"), at("2013-02-01 10:00"))]);
        let from = at("2013-02-01 08:00");
        feed.poll(Ask { now: at("2013-02-01 12:00"), known_until: &known_until, from }).await
    }

    const HOURS: &str = r#"{"success":true,"failCode":0,"data":[{"stationCode":"A1","collectTime":1359709200000,
        "dataItemMap":{"inverter_power":1.5}}]}"#;

    /// A login, its token, and another login when the token is not known any more.
    #[tokio::test]
    async fn a_login_is_kept_until_it_is_not_known_any_more() {
        let server = FaultServer::start(|request| match (request.target.as_str(), request.header("xsrf-token")) {
            ("/thirdData/login", _) => Reply::json(r#"{"success":true,"failCode":0,"data":null}"#)
                .header("xsrf-token", &format!("token-{}", request.number)),
            // The token of the first login runs out before the fourth request.
            (_, Some("token-0")) if request.number >= 3 => Reply::json(r#"{"success":false,"failCode":305}"#),
            (_, Some(token)) if token.starts_with("token-") => Reply::json(HOURS),
            _ => Reply::status(500),
        });
        let folder = tempfile::tempdir().unwrap();
        let mut feed = Feed::new(roofs(&server, folder.path()), &private());
        for _ in 0..3 {
            let answer = poll_roofs(&mut feed).await.unwrap();
            assert_eq!(answer.readings.len(), 1);
            assert!(answer.bodies[0].name.ends_with("/thirdData/getKpiStationHour"));
        }
        let asked: Vec<_> = server.requests().iter().map(|request| request.target.replace("/thirdData/", "")).collect();
        let hours = "getKpiStationHour";
        assert_eq!(asked, ["login", hours, hours, hours, "login", hours], "one login more, not one for each poll");
        let requests = server.requests();
        assert_eq!(requests[0].body, r#"{"systemCode":"system-code","userName":"api"}"#);
        assert_eq!(requests[1].body, r#"{"stationCodes":"A1","collectTime":1359648000000}"#);
        assert_eq!(requests[1].header("content-type"), Some("application/json"));
        assert_eq!(requests[5].header("xsrf-token"), Some("token-4"));
    }

    #[tokio::test]
    async fn a_login_that_is_refused_and_an_answer_without_one_are_told_once() {
        for (login, data, class, asked, wait) in [
            (r#"{"success":false,"failCode":20001,"message":"system-code is wrong"}"#, "", "provider", 1, Some(86_400)),
            (r#"{"success":true,"failCode":0}"#, "", "decode", 1, None),
            (
                r#"{"success":true,"failCode":0,"token":1}"#,
                r#"{"success":false,"failCode":305}"#,
                "logged_out",
                4,
                None,
            ),
            (
                r#"{"success":true,"failCode":0,"token":1}"#,
                r#"{"success":false,"failCode":407,"data":"ACCESS_FREQUENCY_IS_TOO_HIGH"}"#,
                "provider",
                2,
                Some(3_600),
            ),
        ] {
            let server = FaultServer::start(move |request| {
                let is_login = request.target.ends_with("login");
                let reply = Reply::json(if is_login { login } else { data });
                if login.contains("token") { reply.header("xsrf-token", "a-token") } else { reply }
            });
            let folder = tempfile::tempdir().unwrap();
            let mut feed = Feed::new(roofs(&server, folder.path()), &private());
            let error = poll_roofs(&mut feed).await.unwrap_err();
            assert_eq!((error.class(), server.requests().len()), (class, asked), "{error}");
            assert_eq!(error.retry_after(), wait.map(Duration::from_secs), "{error}");
            assert!(!error.to_string().contains("system-code"), "{error}");
        }
    }

    /// The current weather of QWeather at a server, with a key of this text.
    fn weather(server: &FaultServer, folder: &std::path::Path, key_text: &str, jwt: &str) -> FeedSettings {
        let key = folder.join("key");
        std::fs::write(&key, key_text).unwrap();
        feed(&format!(
            "kind = \"qweather\"\nurl = \"{}\"\nkey = {{ file = \"{}\" }}\npoll = \"6 h\"\ndelay = \"30 h\"\n\
             vintage = \"provisional\"\nqweather = {{ api = \"current\"{jwt} }}\n\
             columns.temperature = {{ variable = \"air_temperature\", unit = \"degC\" }}\n\
             station.here = {{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }}",
            server.url(""),
            key.display()
        ))
    }

    #[tokio::test]
    async fn a_token_that_the_provider_repeats_is_not_shown() {
        let server = FaultServer::start(|request| {
            let detail = format!("not for {}", request.header("authorization").unwrap());
            let body = format!(r#"{{"error":{{"title":"Unauthorized","detail":"{detail}"}}}}"#);
            match Reply::json(body) {
                Reply::Full { headers, body, .. } => Reply::Full { status: 401, headers, body },
                other => other,
            }
        });
        let folder = tempfile::tempdir().unwrap();
        // The example key of RFC 8037, appendix A.
        let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                   -----END PRIVATE KEY-----\n";
        let jwt = ", jwt = { credential = \"ABCD\", project = \"EFGH\" }";
        let error = poll(weather(&server, folder.path(), key, jwt), &[]).await.unwrap_err();
        assert!(error.to_string().contains("(Unauthorized: not for Bearer …)"), "{error}");
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_used_asks_nobody() {
        let server = FaultServer::start(|_| Reply::status(500));
        let folder = tempfile::tempdir().unwrap();
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA";
        let error = poll(weather(&server, folder.path(), key, ""), &[]).await.unwrap_err();
        assert_eq!((error.class(), server.requests().len()), ("key", 0), "{error}");
        assert!(error.to_string().contains("add jwt") && !error.to_string().contains("AAAA"), "{error}");
    }

    #[test]
    fn a_poll_can_be_spawned() {
        fn is_send<T: Send>(value: T) -> T {
            value
        }
        let known = BTreeMap::new();
        let ask = Ask { now: at("2013-02-01 12:00"), known_until: &known, from: at("2013-01-01 00:00") };
        let mut feed = is_send(Feed::new(settings("https://host.example/", ""), &private()));
        drop(is_send(feed.poll(ask)));
    }
}
