//! How a request gets to its server: over the network, by the fetcher, or to one who answers instead.

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, Url};

use super::network::network_fault;
use super::split::{Refusal, TOKEN, Through, Why};
use crate::feed::poll::PollError;
use crate::feed::request::Role;
use crate::feed::secret::Secret;
use crate::feed::wire::{Told, Unanswered, Wire};

/// The way to a server.
#[derive(Clone)]
pub(super) enum Way {
    Network(Client),
    Fetcher(Through),
    Told(Wire),
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    Network(reqwest::Error),
    /// By the fetcher's word.
    Refused(Refusal),
    /// It is not there, or says what no fetcher says.
    Fetcher(String),
    /// It has not answered in time.
    Late,
    Told(Unanswered),
}

impl NoAnswer {
    /// As a fault of the poll; none where the time was over.
    pub fn in_a_poll(self, host: String) -> Option<PollError> {
        match self {
            Self::Network(error) => network_fault(&error, host),
            Self::Told(Unanswered::Refused) => {
                Some(PollError::Connect { host, cause: "connection refused".to_owned() })
            }
            Self::Told(Unanswered::Late) | Self::Late => None,
            Self::Fetcher(cause) => Some(PollError::Fetcher { cause }),
            Self::Refused(Refusal { why, says: cause }) => match why {
                Why::Connect => Some(PollError::Connect { host, cause }),
                Why::Tls => Some(PollError::Tls { host, cause }),
                Why::Timeout => None,
                Why::PrivateAddress => Some(PollError::RefusedAddress { host }),
                Why::Key => Some(PollError::Key { cause }),
                Why::LoggedOut => Some(PollError::LoggedOut { name: host }),
                Why::Settings | Why::Outside => Some(PollError::FetcherRefuses { cause }),
                Why::Nonsense => Some(PollError::Fetcher { cause }),
            },
        }
    }
}

impl Way {
    /// The same in a poll at an instant.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        match self {
            Self::Fetcher(through) => Self::Fetcher(through.at(now)),
            Self::Network(_) | Self::Told(_) => self,
        }
    }

    /// The mark of what a login brought, where the fetcher has kept it.
    pub fn token(&self, headers: &HeaderMap) -> Option<Secret> {
        let Self::Fetcher(_) = self else { return None };
        headers.get(TOKEN)?.to_str().ok().map(Secret::new)
    }

    /// Sends a request: with a body as a question, else to get what is there.
    pub async fn send(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
        role: Role,
    ) -> Result<Response, NoAnswer> {
        match self {
            Self::Network(client) => {
                let request = match body {
                    Some(body) => client.post(url).body(body),
                    None => client.get(url),
                };
                request.headers(headers).send().await.map_err(NoAnswer::Network)
            }
            Self::Fetcher(through) => through.send(&url, &headers, body, role).await,
            Self::Told(wire) => {
                // Who answers instead hears text alone.
                let body = body.map(|body| String::from_utf8_lossy(&body).into_owned());
                let told = wire.ask(&url, &headers, body.as_deref()).await.map_err(NoAnswer::Told)?;
                response(told).ok_or(NoAnswer::Told(Unanswered::Refused))
            }
        }
    }
}

/// None where it is no answer of HTTP.
fn response(told: Told) -> Option<Response> {
    let mut response = http::Response::builder().status(told.status);
    for (name, value) in told.headers {
        response = response.header(name, value);
    }
    Some(response.body(told.body).ok()?.into())
}
