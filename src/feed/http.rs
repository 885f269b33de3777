//! Asking a server: bounded in time and size, patient with what passes, plain about what does not.

mod fetch;
mod network;
mod post;
pub mod split;
mod way;

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use fetch::{Fetch, Hidden, TRIES};
pub use network::install_tls;
use network::{builder, innermost};
pub use post::{Post, Receipt, post};
use split::Through;
use way::Way;

use super::address::{Network, UrlTemplate};
use super::decode::{DecodeError, Raw, Refused, decode};
use super::poll::{Answer, Ask, Body, Part, Parts, PollError, Scope};
use super::quota::Permits;
use super::request::{Instead, Reply, Request, Role, Wanted};
use super::secret::{Key, Secret};
use super::settings::{FeedSettings, Station};
use super::traffic::Traffic;

#[cfg(test)]
#[path = "../../tests/support/fault_server.rs"]
pub(super) mod fault_server;

/// In one poll: a folder, a list of pages or a list of stations has an end.
const MOST_REQUESTS: usize = 20_000;

/// The way to one server.
pub(super) struct Http {
    url: UrlTemplate,
    network: Network,
    way: Option<Way>,
    /// What the last login brought.
    token: Option<Secret>,
    traffic: Traffic,
    /// Where leave is asked for each request, and of which quota.
    door: Option<(Arc<str>, Permits)>,
    /// Where what is said of a station is handed out before the others are asked for.
    parts: Option<Parts>,
}

/// How far a poll has come.
struct Progress {
    /// Stretches that have been answered.
    answered: usize,
    /// What they said, as far as it was not handed out.
    answer: Answer,
}

impl Http {
    pub(super) fn new(url: UrlTemplate, network: Network) -> Self {
        Self { url, network, way: None, token: None, traffic: Traffic::default(), door: None, parts: None }
    }

    /// From now on asks leave for each request of a quota.
    pub(super) fn ask_leave(&mut self, quota: Arc<str>, door: Permits) {
        self.door = Some((quota, door));
    }

    /// From now on hands out what is said of each of several stations when it is there.
    pub(super) fn hand_out(&mut self, parts: Parts) {
        self.parts = Some(parts);
    }

    /// What passed in the last poll.
    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Asks for each station, in one request where the URL does not name it, and for what an answer leads to.
    pub(super) async fn poll(&mut self, feed: &FeedSettings, ask: Ask<'_>, scope: &Scope) -> Result<Answer, PollError> {
        self.traffic.begin();
        let way = self.way(feed)?.at(ask.now);
        let key = match &way {
            // The key is there; here are marks in its place.
            Way::Fetcher(through) => through.greet(feed).await?,
            Way::Network(_) | Way::Told(_) => feed.opened(ask.now).map_err(|cause| PollError::Key { cause })?,
        };
        let to = scope.until.unwrap_or(ask.now).min(ask.now);
        let mut progress = Progress { answered: 0, answer: Answer::empty(to.min(ask.now - feed.delay)) };
        let mut result = self.poll_with(feed, ask, scope, (&way, key.as_ref()), &mut progress).await;
        if matches!(result, Err(PollError::LoggedOut { .. })) && self.token.take().is_some() {
            // A token that ran out: once more with a new one, for what is not answered yet.
            result = self.poll_with(feed, ask, scope, (&way, key.as_ref()), &mut progress).await;
        }
        result.map(|()| progress.answer)
    }

    async fn poll_with(
        &mut self,
        feed: &FeedSettings,
        ask: Ask<'_>,
        scope: &Scope,
        (way, key): (&Way, Option<&Key>),
        progress: &mut Progress,
    ) -> Result<(), PollError> {
        let to = scope.until.unwrap_or(ask.now).min(ask.now);
        // Leave may be waited for until the next poll would be due.
        let slot_ends = Instant::now() + feed.poll;
        let mut sent = 0;
        let stretches = self.stretches(feed, ask, scope);
        let last = stretches.len().saturating_sub(1);
        for (station, from) in stretches.into_iter().skip(progress.answered) {
            // All pages of a station belong together.
            let mut answer = Answer::empty(progress.answer.heard_until);
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
                let (mut bytes, headers) = match fetch.send(way).await {
                    Ok(answer) => answer,
                    Err(fault) => {
                        let PollError::Status { status, reason, .. } = &fault else { return Err(fault) };
                        let words = reason.as_deref().unwrap_or_default();
                        let instead = feed.provider.instead(&wanted, &request, *status, words);
                        queue.extend(carry_out(instead, fault, name, &mut answer.refused)?);
                        continue;
                    }
                };
                if let Some(Key { secret, .. }) = key.filter(|key| key.secret.is_in(&bytes)) {
                    bytes = secret.hide_in(&String::from_utf8_lossy(&bytes)).into_bytes();
                    name += " (the key in the answer is replaced by …)";
                }
                let fault = |cause| hidden.scrub(with_wait(feed, ask.now, PollError::decode(&name, cause)));
                let reply = Reply { request: &request, bytes: &bytes, headers: &headers };
                if request.role == Role::Login {
                    wanted.token = match way.token(&headers) {
                        Some(mark) => Some(mark),
                        None => feed.provider.token(&reply).map_err(fault)?,
                    };
                    self.token.clone_from(&wanted.token);
                    queue = VecDeque::from(feed.provider.requests(feed, &wanted));
                    continue;
                }
                queue.extend(feed.provider.next(feed, &wanted, &reply).map_err(fault)?);
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
            // The last one comes with the end of the poll.
            let kept = if progress.answered == last { Some(answer) } else { self.hand_out_part(feed, answer).await };
            kept.into_iter().for_each(|kept| progress.answer.add(kept));
            progress.answered += 1;
        }
        Ok(())
    }

    /// Hands out what was said of a station; gives it back where nobody takes it.
    async fn hand_out_part(&self, feed: &FeedSettings, answer: Answer) -> Option<Answer> {
        let Some(parts) = &self.parts else { return Some(answer) };
        if answer.readings.is_empty() && answer.refused.is_empty() {
            return None;
        }
        parts.send(Part { feed: feed.name.clone(), answer }).await.err().map(|back| back.0.answer)
    }

    /// The way to the server, made at the first poll.
    fn way(&mut self, feed: &FeedSettings) -> Result<Way, PollError> {
        if let Some(way) = &self.way {
            return Ok(way.clone());
        }
        let way = match (&self.network.wire, &self.network.fetcher) {
            (Some(wire), _) => Way::Told(wire.clone()),
            (None, Some(socket)) => {
                Way::Fetcher(Through::of_feed(socket, feed).map_err(|cause| PollError::Fetcher { cause })?)
            }
            (None, None) => Way::Network(
                builder(feed, &self.network)
                    .build()
                    .map_err(|error| PollError::Tls { host: "any server".to_owned(), cause: innermost(&error) })?,
            ),
        };
        Ok(self.way.insert(way).clone())
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
        Instead::LogIn => return Err(PollError::LoggedOut { name: place }),
        Instead::Ask(requests) => return Ok(requests),
        Instead::Nothing => {}
        Instead::DoWithout => refused.push(Refused::other(place, refusal.to_string())),
    }
    Ok(Vec::new())
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

#[cfg(test)]
mod connection;
#[cfg(test)]
mod tests;
