//! A single POST to somebody who is no feed: a witness, a time-stamping authority, whoever wants to be told of payouts.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Response, Url};
use tokio::time::{Instant, timeout_at};

use super::network::{innermost, strict};
use super::split::Through;
use super::way::{NoAnswer, Way};
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::request::Role;
use crate::feed::wait::retry_after;

/// How long it may take, from the first byte to the last.
const DEADLINE: Duration = Duration::from_secs(20);

/// The way to those whom somebody posts to. No redirect is followed, no private address reached unless the settings allow
/// it.
#[derive(Clone)]
pub struct Post {
    way: Way,
    deadline: Duration,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The status.
    pub status: u16,
    /// The host to which it would send us on.
    pub redirected_to: Option<String>,
    /// The body, as much of it as was wanted and came in time.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
    headers: HeaderMap,
}

impl Receipt {
    /// How long the server wants to be left alone, at most a day; dates in it count from `now` on.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        retry_after(&self.headers, now)
    }
}

impl Post {
    /// Whatever is posted takes no longer than `deadline`, from the first byte to the last.
    ///
    /// # Errors
    /// Where there is no TLS.
    pub fn new(network: &Network, deadline: Duration) -> Result<Self, String> {
        let way = match (&network.wire, &network.fetcher) {
            (Some(wire), _) => Way::Told(wire.clone()),
            (None, Some(socket)) => Way::Fetcher(Through::of_posts(socket, deadline)?),
            (None, None) => {
                let client = strict(network).read_timeout(deadline).build();
                Way::Network(client.map_err(|error| innermost(&error))?)
            }
        };
        Ok(Self { way, deadline })
    }

    /// Sends a body with its headers; of the answer's body at most `most` bytes are read. An answer whose body does not
    /// come in time is an answer all the same.
    ///
    /// # Errors
    /// Where there is no answer, in words that name the host.
    pub async fn send(
        &self,
        url: &UrlTemplate,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        most: usize,
    ) -> Result<Receipt, String> {
        let host = url.host();
        let address = url.fill(&|_| String::new()).map_err(|()| format!("{host}: this is not a URL"))?;
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| format!("{host}: {name} holds what no header can"))?;
            map.insert(HeaderName::from_static(name), value);
        }
        let end = Instant::now() + self.deadline;
        let late = || format!("{host} did not answer in {} s", self.deadline.as_secs());
        let sent =
            timeout_at(end, self.way.send(address.clone(), map, Some(body), Role::Data)).await.map_err(|_| late())?;
        let mut response = sent
            .map_err(|error: NoAnswer| error.in_a_poll(host.to_owned()).map_or_else(late, |fault| fault.to_string()))?;
        let status = response.status();
        let redirected_to = status.is_redirection().then(|| redirected_to(&address, response.headers())).flatten();
        let headers = response.headers().clone();
        let (body, is_whole) = read(&mut response, most, end).await;
        Ok(Receipt { status: status.as_u16(), redirected_to, body, is_whole, headers })
    }
}

/// As much of a body as is wanted and comes in time, and whether that is all.
async fn read(response: &mut Response, most: usize, end: Instant) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    loop {
        match timeout_at(end, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let left = most - bytes.len();
                bytes.extend_from_slice(&chunk[..chunk.len().min(left)]);
                if chunk.len() > left {
                    return (bytes, false);
                }
            }
            Ok(Ok(None)) => return (bytes, true),
            Ok(Err(_)) | Err(_) => return (bytes, false),
        }
    }
}

fn redirected_to(url: &Url, headers: &HeaderMap) -> Option<String> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    url.join(location).ok()?.host_str().map(str::to_owned)
}

/// Sends a body and gives status and body of the answer, of at most `most` bytes.
///
/// # Errors
/// Where there is no whole answer, in words that name the host.
pub async fn post(
    network: &Network,
    url: &UrlTemplate,
    (kind, body): (&str, Vec<u8>),
    most: usize,
) -> Result<(u16, Vec<u8>), String> {
    let headers = [("content-type", kind.to_owned())];
    let receipt = Post::new(network, DEADLINE)?.send(url, &headers, body, most).await?;
    if receipt.is_whole {
        return Ok((receipt.status, receipt.body));
    }
    let (host, seconds) = (url.host(), DEADLINE.as_secs());
    Err(format!("{host} answered with more than {most} bytes, or not all of it came in {seconds} s"))
}
