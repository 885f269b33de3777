//! How a request gets to its server: over the network, or to one who answers instead.

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, Url};

use super::network::network_fault;
use crate::feed::poll::PollError;
use crate::feed::wire::{Told, Unanswered, Wire};

/// The way to a server.
#[derive(Clone)]
pub(super) enum Way {
    Network(Client),
    Told(Wire),
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    Network(reqwest::Error),
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
            Self::Told(Unanswered::Late) => None,
        }
    }
}

impl Way {
    /// Sends a request: with a body as a question, else to get what is there.
    pub async fn send(&self, url: Url, headers: HeaderMap, body: Option<Vec<u8>>) -> Result<Response, NoAnswer> {
        match self {
            Self::Network(client) => {
                let request = match body {
                    Some(body) => client.post(url).body(body),
                    None => client.get(url),
                };
                request.headers(headers).send().await.map_err(NoAnswer::Network)
            }
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
