//! One request with its repetitions, and what of it may be shown.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::way::Way;
use crate::feed::address::UrlTemplate;
use crate::feed::decode::DecodeError;
use crate::feed::pace::Pace;
use crate::feed::poll::PollError;
use crate::feed::quota::{Permit, Permits};
use crate::feed::request::{Request, Role};
use crate::feed::secret::{Key, Secret};
use crate::feed::settings::FeedSettings;
use crate::feed::traffic::{Exchange, Traffic};
use crate::feed::wait::{fresh_for, retry_after};
/// Tries inside one poll.
pub(super) const TRIES: u32 = 3;
/// Of an error's body as much as a message can use.
const ERROR_BODY: usize = 4 << 10;

/// What may not be shown of a request, an answer or an error.
pub(super) struct Hidden<'a> {
    pub url: &'a UrlTemplate,
    pub key: Option<&'a Key>,
    pub token: Option<&'a Secret>,
    /// Headers: what opens the server may be made anew for each request.
    pub sent: &'a [(String, String)],
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
    pub fn scrub(&self, error: PollError) -> PollError {
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
pub(super) struct Fetch<'a> {
    pub feed: &'a FeedSettings,
    pub now: DateTime<Utc>,
    pub request: &'a Request,
    pub hidden: &'a Hidden<'a>,
    pub tries: u32,
    pub traffic: &'a Traffic,
    pub door: Option<&'a (Arc<str>, Permits)>,
    pub slot_ends: Instant,
}

impl Fetch<'_> {
    fn host(&self) -> String {
        self.request.url.host_str().unwrap_or_default().to_owned()
    }

    /// The URL as it may be shown.
    pub fn name(&self) -> String {
        self.hidden.hide(&self.hidden.url.shown(self.request.url.as_str()))
    }

    /// The body, within the feed's time.
    pub async fn send(&self, way: &Way) -> Result<(Vec<u8>, HeaderMap), PollError> {
        let mut deadline = Instant::now() + self.feed.timeout;
        let mut number = 0;
        loop {
            number += 1;
            deadline += self.leave().await?;
            let fault = match tokio::time::timeout_at(deadline, self.try_once(way)).await {
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

    async fn try_once(&self, way: &Way) -> Result<(Vec<u8>, HeaderMap), PollError> {
        let url = self.request.url.clone();
        // Logins and questions with a body are asked anew each time.
        let kept_as = (self.request.body.is_none() && self.request.role != Role::Login).then(|| url.to_string());
        let mut headers = HeaderMap::new();
        if self.request.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &self.request.headers {
            let no_header =
                |what| PollError::Key { cause: format!("the {what} of the header {name} holds what no header can") };
            let mut value = HeaderValue::from_str(value).map_err(|_| no_header("value"))?;
            value.set_sensitive(true);
            let name: HeaderName = name.parse().map_err(|_| no_header("name"))?;
            headers.append(name, value);
        }
        headers.extend(kept_as.iter().flat_map(|url| self.traffic.conditions(url)));
        self.traffic.count();
        let sent = way.send(url, headers, self.request.body.clone().map(String::into_bytes), self.request.role).await;
        let mut response = sent.map_err(|error| error.in_a_poll(self.host()).unwrap_or_else(|| self.timeout()))?;
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

    fn redirected_to(&self, headers: &HeaderMap) -> String {
        let location = headers.get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
        let url = self.request.url.join(location).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "an unknown place".to_owned())
    }
}

/// Whether a fault may have passed a moment later.
pub(super) fn passes(fault: &PollError) -> bool {
    match fault {
        PollError::Connect { .. } | PollError::Timeout { .. } | PollError::Truncated { .. } => true,
        PollError::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
        _ => false,
    }
}
