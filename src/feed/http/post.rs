//! A single POST to somebody who is no feed: a witness, a time-stamping authority.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use super::network::{innermost, network_fault, strict};
use crate::feed::address::{Network, UrlTemplate};

/// How long it may take, from the first byte to the last.
const DEADLINE: Duration = Duration::from_secs(20);

/// Sends a body and gives status and body of the answer, of at most `most` bytes. No redirect is followed, no private
/// address reached unless the settings allow it.
///
/// # Errors
/// Where there is no whole answer, in words that name the host.
pub async fn post(
    network: &Network,
    url: &UrlTemplate,
    (kind, body): (&str, Vec<u8>),
    most: usize,
) -> Result<(u16, Vec<u8>), String> {
    let host = url.host().to_owned();
    let client = strict(network).read_timeout(DEADLINE).build().map_err(|error| innermost(&error))?;
    let address = url.fill(&|_| String::new()).map_err(|()| format!("{host}: the address has a placeholder"))?;
    let exchange = async {
        let words = |error: reqwest::Error| match network_fault(&error, host.clone()) {
            Some(fault) => fault.to_string(),
            None => format!("{host} did not answer in time"),
        };
        let mut response = client.post(address).header(CONTENT_TYPE, kind).body(body).send().await.map_err(words)?;
        let (status, mut bytes) = (response.status().as_u16(), Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(words)? {
            if bytes.len() + chunk.len() > most {
                return Err(format!("{host} answered with more than {most} bytes"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((status, bytes))
    };
    let in_time = tokio::time::timeout(DEADLINE, exchange).await;
    in_time.unwrap_or_else(|_| Err(format!("{host} did not answer in {} s", DEADLINE.as_secs())))
}
