//! The way to a server: whom it trusts, where names lead, what went wrong on it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, redirect};

use super::fetch::TRIES;
use crate::feed::address::{Network, PrivateAddress, lookup};
use crate::feed::poll::PollError;
use crate::feed::settings::FeedSettings;
/// Of a name with several addresses each has its part of it, and those of the other family are tried meanwhile.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Polls are minutes apart: a connection that nobody used for longer may be half open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes ring the process's TLS provider. May be called again.
pub fn install_tls() {
    // An error says that one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub(super) fn builder(feed: &FeedSettings, network: &Network) -> ClientBuilder {
    strict(network).read_timeout(feed.timeout / TRIES)
}

/// A client that follows no redirect, trusts no wrong certificate, and reaches no private address unless that is allowed.
pub(super) fn strict(network: &Network) -> ClientBuilder {
    install_tls();
    let contact = network.user_agent_contact.as_ref().map_or(String::new(), |contact| format!(" ({contact})"));
    Client::builder()
        .user_agent(format!("fairgauge/{}{contact}", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .gzip(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .dns_resolver(Arc::new(Resolver { allow_private: network.allow_private }))
}

/// Why no answer came, in one of our classes; none where the time was over.
pub(super) fn network_fault(error: &reqwest::Error, host: String) -> Option<PollError> {
    if find::<PrivateAddress>(error).is_some() {
        return Some(PollError::RefusedAddress { host });
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return Some(PollError::Tls { host, cause: tls.to_string() });
    }
    if error.is_timeout() && !error.is_connect() {
        return None;
    }
    Some(PollError::Connect { host, cause: innermost(error) })
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
pub(super) fn innermost(error: &reqwest::Error) -> String {
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

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = lookup((name.as_str(), 0), allow_private).await?;
            Ok::<Addrs, Box<dyn Error + Send + Sync>>(Box::new(found.into_iter()))
        })
    }
}
