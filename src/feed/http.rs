//! Asking a server: bounded in time and size, patient with what passes, plain about what does not.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::address::{Network, UrlTemplate, is_private};
use super::decode::decode;
use super::open_meteo;
use super::poll::{Answer, Ask, Body, PollError};
use super::settings::{FeedSettings, Form, Station};
use super::time::Zone;

/// Tries inside one poll.
const TRIES: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
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
}

impl Http {
    pub(super) fn new(url: UrlTemplate, network: Network) -> Self {
        Self { url, network, client: None }
    }

    /// Asks for each station, in one request where the URL does not name it.
    pub(super) async fn poll(&mut self, feed: &FeedSettings, ask: Ask<'_>) -> Result<Answer, PollError> {
        let client = self.client(feed)?;
        let heard_until = ask.now - feed.delay;
        let mut answer = Answer { bodies: Vec::new(), readings: Vec::new(), refused: Vec::new(), heard_until };
        for (station, from) in self.requests(feed, ask) {
            let url = self.address(feed, station, from, ask.now);
            let request = Request { url: &self.url, feed, now: ask.now, address: url, station };
            let bytes = request.send(&client).await?;
            let body = Body::new(request.name(), bytes);
            let decoded =
                decode(feed, &body.bytes, station, Some(ask.now)).map_err(|cause| {
                    match PollError::decode(&body.name, cause) {
                        PollError::Provider { name, reason } => {
                            PollError::Provider { name, reason: self.url.scrub(&reason) }
                        }
                        other => other,
                    }
                })?;
            answer.readings.extend(decoded.readings);
            answer.refused.extend(decoded.refused);
            answer.bodies.push(body);
        }
        Ok(answer)
    }

    /// The client, made at the first poll.
    fn client(&mut self, feed: &FeedSettings) -> Result<Client, PollError> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        install_tls();
        let contact = self.network.user_agent_contact.as_ref().map_or(String::new(), |contact| format!(" ({contact})"));
        let builder = Client::builder()
            .user_agent(format!("fairgauge/{}{contact}", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .gzip(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(feed.timeout / TRIES)
            .dns_resolver(Arc::new(Resolver { allow_private: self.network.allow_private }));
        let client = builder
            .build()
            .map_err(|error| PollError::Tls { host: "any server".to_owned(), cause: innermost(&error) })?;
        Ok(self.client.insert(client).clone())
    }

    /// What is asked for: stations with the instant from which.
    fn requests<'f>(&self, feed: &'f FeedSettings, ask: Ask<'_>) -> Vec<(Option<&'f Station>, DateTime<Utc>)> {
        let from = |known: Option<&DateTime<Utc>>| {
            known.map_or(ask.from, |known| ask.from.max(*known - feed.look_back)).min(ask.now)
        };
        let by_station = matches!(feed.form, Form::OpenMeteo(_))
            || ["station", "latitude", "longitude"].iter().any(|name| self.url.has(name));
        if by_station {
            return feed
                .stations
                .iter()
                .map(|station| (Some(station), from(ask.known_until.get(&station.name))))
                .collect();
        }
        // One request for all: from where the one that is furthest behind needs it.
        let earliest = if feed.stations.is_empty() {
            from(ask.known_until.values().min())
        } else {
            let each = feed.stations.iter().map(|station| from(ask.known_until.get(&station.name)));
            each.min().expect("there is one")
        };
        vec![(None, earliest)]
    }

    fn address(&self, feed: &FeedSettings, station: Option<&Station>, from: DateTime<Utc>, to: DateTime<Utc>) -> Url {
        let utc = Zone::utc();
        let zone = match &feed.form {
            Form::Csv(form) => form.time.zone(),
            Form::OpenMeteo(_) => &utc,
        };
        let [from, to] = [from, to].map(|at| zone.date(at));
        let position = |pick: fn((crate::quantity::Fixed, crate::quantity::Fixed)) -> crate::quantity::Fixed| {
            station.and_then(|station| station.position).map_or(String::new(), |position| pick(position).to_string())
        };
        let value = |name: &str| match name {
            "station" => station.map_or(String::new(), |station| station.name.to_string()),
            "from" => from.clone(),
            "to" => to.clone(),
            "latitude" => position(|position| position.0),
            _ => position(|position| position.1),
        };
        let mut url = self.url.fill(&value).expect("the settings were checked");
        if let (Form::OpenMeteo(form), Some(station)) = (&feed.form, station) {
            url.query_pairs_mut().extend_pairs(open_meteo::query(feed, form, station, &from, &to));
        }
        url
    }
}

/// One request with its repetitions.
struct Request<'a> {
    url: &'a UrlTemplate,
    feed: &'a FeedSettings,
    now: DateTime<Utc>,
    address: Url,
    station: Option<&'a Station>,
}

impl Request<'_> {
    fn host(&self) -> String {
        self.address.host_str().unwrap_or_default().to_owned()
    }

    /// The URL as it may be shown.
    fn name(&self) -> String {
        self.url.shown(self.address.as_str())
    }

    /// The body, within the feed's time.
    async fn send(&self, client: &Client) -> Result<Vec<u8>, PollError> {
        let deadline = Instant::now() + self.feed.timeout;
        let mut number = 0;
        loop {
            number += 1;
            let fault = match tokio::time::timeout_at(deadline, self.try_once(client)).await {
                Ok(Ok(bytes)) => return Ok(bytes),
                Ok(Err(fault)) => fault,
                Err(_) => return Err(self.timeout()),
            };
            let wait = self.back_off(number).max(fault.retry_after().unwrap_or_default());
            if number == TRIES || !passes(&fault) || Instant::now() + wait >= deadline {
                return Err(fault);
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
        let station = self.station.map_or("", |station| &station.name);
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

    async fn try_once(&self, client: &Client) -> Result<Vec<u8>, PollError> {
        let sent = client.get(self.address.clone()).send().await;
        let mut response = sent.map_err(|error| self.network_fault(&error))?;
        let status = response.status();
        if status.is_redirection() && response.headers().contains_key(LOCATION) {
            return Err(PollError::Redirect { host: self.host(), to: self.redirected_to(response.headers()) });
        }
        if !status.is_success() {
            let retry_after = retry_after(response.headers(), self.now);
            let body = self.body(&mut response, ERROR_BODY).await.unwrap_or_default();
            let reason = open_meteo::error_reason(&body).map(|reason| self.url.scrub(&reason));
            let window = reason.as_deref().filter(|_| status.as_u16() == 429).and_then(|words| window(words, self.now));
            let retry_after = retry_after.max(window);
            return Err(PollError::Status { host: self.host(), status: status.as_u16(), reason, retry_after });
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.trim_start().to_ascii_lowercase().starts_with("text/html") {
            return Err(PollError::Html { name: self.name() });
        }
        self.body(&mut response, self.feed.max_body).await
    }

    /// The body, unpacked, as long as it has no more than `most` bytes.
    async fn body(&self, response: &mut Response, most: usize) -> Result<Vec<u8>, PollError> {
        let too_large = || PollError::TooLarge { most };
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |announced| announced > most) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() > most => return Err(too_large()),
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
        let url = self.address.join(location).ok();
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

/// How long a `Retry-After`, in seconds or as a date, wants us to wait.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let there = headers.get(DATE).and_then(|sent| date(sent.to_str().ok()?)).unwrap_or_else(|| SystemTime::from(now));
    Some(date(text)?.duration_since(there).unwrap_or_default())
}

/// How long it is to the end of the window that Open-Meteo's words name.
fn window(words: &str, now: DateTime<Utc>) -> Option<Duration> {
    let words = words.to_ascii_lowercase();
    let until = if words.starts_with("minutely") {
        now + TimeDelta::minutes(1)
    } else if words.starts_with("hourly") {
        now.with_minute(0)?.with_second(0)? + TimeDelta::hours(1)
    } else if words.starts_with("daily") {
        now.date_naive().with_day(now.day())?.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc()
    } else {
        return None;
    };
    (until - now).to_std().ok()
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
