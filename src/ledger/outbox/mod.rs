//! What is to be told to others, kept with the entry that it tells of, and what became of it.

mod read;
mod write;

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};

pub use read::{Due, EndpointStatus, Told};
pub(super) use write::{deliver, replay, tell};

use super::{Digest, Entry, Kind, State};

/// What an endpoint may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A payment in advance, while a period runs.
    PayoutInterim,
    /// The binding determination of a period.
    PayoutFinal,
    /// A correction of it.
    PayoutRestated,
    /// A determination is held back.
    DecisionHeld,
    /// And is let go.
    DecisionReleased,
    /// Or given up.
    DecisionVoid,
    /// The index of a running period came close to its strike.
    IndexNearTrigger,
    /// A feed stopped answering.
    FeedSilent,
}

impl Event {
    /// All, with their words.
    pub(crate) const WORDS: [(Self, &str); 8] = [
        (Self::PayoutInterim, "payout.interim"),
        (Self::PayoutFinal, "payout.final"),
        (Self::PayoutRestated, "payout.restated"),
        (Self::DecisionHeld, "decision.held"),
        (Self::DecisionReleased, "decision.released"),
        (Self::DecisionVoid, "decision.void"),
        (Self::IndexNearTrigger, "index.near_trigger"),
        (Self::FeedSilent, "feed.silent"),
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.into_iter().map(|(event, _)| event)
    }

    /// Its word: `payout.final`.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|row| row.0 == self).expect("each has a row").1
    }

    /// The event that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|row| row.1 == word).map(|row| row.0)
    }

    /// What an entry is told as; of most there is nothing to tell.
    pub fn of(entry: &Entry) -> Option<Self> {
        match entry.kind() {
            Kind::Interim => Some(Self::PayoutInterim),
            Kind::Final => Some(Self::PayoutFinal),
            Kind::Restate => Some(Self::PayoutRestated),
            Kind::Hold => Some(Self::DecisionHeld),
            Kind::Release => Some(Self::DecisionReleased),
            Kind::Void => Some(Self::DecisionVoid),
            Kind::Note if entry.key().starts_with(NEAR_TRIGGER) => Some(Self::IndexNearTrigger),
            Kind::Note if entry.key().starts_with(FEED_SILENT) => Some(Self::FeedSilent),
            _ => None,
        }
    }

    /// How the period stands of which it tells, where that is not what the determination itself says.
    fn state(self) -> Option<State> {
        match self {
            Self::DecisionHeld => Some(State::Held),
            Self::DecisionVoid => Some(State::Void),
            _ => None,
        }
    }
}

/// How the key of the note begins that an index came close to its strike; a period's id follows.
pub const NEAR_TRIGGER: &str = "near-trigger/";
/// How the key of the note begins that a feed is silent; its name and its last answer follow.
pub const FEED_SILENT: &str = "feed-silent/";

/// The name by which a receiver knows a message, in every attempt: `msg_` and the first 26 characters of the leaf's base32.
pub fn message_id(leaf: &Digest) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const LENGTH: usize = 26;
    let bit = |at: usize| leaf[at / 8] >> (7 - at % 8) & 1;
    let letter = |letter: usize| (0..5).fold(0, |value, at| value << 1 | usize::from(bit(letter * 5 + at)));
    let text: String = (0..LENGTH).map(|at| char::from(ALPHABET[letter(at)])).collect();
    format!("msg_{text}")
}

/// What an endpoint wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The endpoint's name in the settings.
    pub endpoint: String,
    /// Which events.
    pub events: BTreeSet<Event>,
    /// Of which policies; none: of all.
    pub policies: Option<BTreeSet<String>>,
    /// Of which products, `rain` or `rain@1`; none: of all.
    pub products: Option<BTreeSet<String>>,
    /// Of the policies of which books; none: of all.
    pub books: Option<BTreeSet<String>>,
    /// Whether it is told of feeds: where only some policies are wanted, only if the settings name that event.
    pub feeds: bool,
}

/// What an entry is about: a policy, its product, `rain@1`, and its book; none of what is about none.
#[derive(Clone, Copy, Debug, Default)]
struct About<'e> {
    policy: Option<&'e str>,
    product: Option<&'e str>,
    book: Option<&'e str>,
}

impl Subscription {
    /// Whether it wants an event of an entry.
    fn wants(&self, event: Event, about: About<'_>) -> bool {
        let About { policy, product, book } = about;
        let among = |wanted: &Option<BTreeSet<String>>, found: bool| wanted.is_none() || found;
        let listed = |wanted: &Option<BTreeSet<String>>, name: Option<&str>| {
            wanted.as_ref().zip(name).is_some_and(|(wanted, name)| wanted.contains(name))
        };
        let bare = product.and_then(|product| product.split_once('@')).map(|(bare, _)| bare);
        let of_product = listed(&self.products, product) || listed(&self.products, bare);
        self.events.contains(&event)
            && if event == Event::FeedSilent {
                self.feeds
            } else {
                among(&self.policies, listed(&self.policies, policy))
                    && among(&self.products, of_product)
                    && among(&self.books, listed(&self.books, book))
            }
    }
}

/// Who wants to be told, shared by who reads the settings and who writes the ledger.
#[derive(Clone, Debug, Default)]
pub struct Subscribers(Arc<RwLock<Arc<[Subscription]>>>);

impl Subscribers {
    /// These.
    pub fn new(all: Vec<Subscription>) -> Self {
        Self(Arc::new(RwLock::new(all.into())))
    }

    /// From now on others.
    ///
    /// # Panics
    /// Never: nothing panics while it is held.
    pub fn change(&self, all: Vec<Subscription>) {
        *self.0.write().expect("nothing panics while it is held") = all.into();
    }

    /// Those of now.
    pub(super) fn now(&self) -> Arc<[Subscription]> {
        self.0.read().expect("nothing panics while it is held").clone()
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Delivered,
    /// It was not, and is tried again at this instant.
    Failed(DateTime<Utc>),
    /// It was not, and is not tried again by itself.
    Parked,
    /// The endpoint wants nothing any more (410): it is told nothing until a person has something sent again.
    Gone,
}

impl Outcome {
    /// The word in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed(_) => "failed",
            Self::Parked => "parked",
            Self::Gone => "gone",
        }
    }
}

/// An attempt to tell an endpoint of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The endpoint.
    pub endpoint: String,
    /// The entry.
    pub seq: i64,
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub outcome: Outcome,
    /// The status of the answer; none where there was none.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// More about it; only the first 300 characters are kept.
    pub detail: String,
}

/// What a person has sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// To which endpoint, which is told again from now on.
    pub endpoint: String,
    /// When that was said.
    pub at: DateTime<Utc>,
    /// What.
    pub what: ReplayOf,
}

/// What is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOf {
    /// What was parked.
    Parked,
    /// Of the entries with these numbers, both included, what the endpoint wants by now: delivered, parked, or never put
    /// there.
    Range(i64, i64),
}

impl ReplayOf {
    fn words(self) -> String {
        match self {
            Self::Parked => "what was parked".to_owned(),
            Self::Range(from, to) => format!("entries {from} to {to}"),
        }
    }
}

/// An attempt or an order as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// When.
    pub at: DateTime<Utc>,
    /// The endpoint.
    pub endpoint: String,
    /// The entry; none of a person's order.
    pub seq: Option<i64>,
    /// What it was told as.
    pub event: Option<String>,
    /// The message's name.
    pub msg_id: Option<String>,
    /// The how-manieth attempt.
    pub attempt: i64,
    /// `delivered`, `failed`, `parked`, `gone`, `replay`.
    pub outcome: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// More about it.
    pub detail: String,
}

#[cfg(test)]
mod tests;
