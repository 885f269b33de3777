//! What is written together: all of it or nothing.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::bodies::long_list;
use super::{Delivery, Determination, Digest, Entry, EntryError, Kind, Observed, Refusal, Replay, digest, sources};

/// That a feed was asked, and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The feed's name in the settings.
    pub feed: String,
    /// When; of a poll that taught something, the `known_at` of what it taught.
    pub at: DateTime<Utc>,
    /// `ok`, or the class of the error in one word.
    pub outcome: String,
    /// More about it; only the first 1,000 characters are kept.
    pub detail: String,
    /// Readings that were recorded.
    pub rows_new: i64,
    /// Readings that were refused.
    pub rows_refused: i64,
    /// Up to here the feed had told everything, also where that was nothing.
    pub heard_until: Option<DateTime<Utc>>,
    /// How many requests it took.
    pub requests: i64,
    /// Until when the server wants to be left alone.
    pub not_before: Option<DateTime<Utc>>,
}

impl Poll {
    /// The outcome of a poll that went well. Only such a poll is heard.
    pub const OK: &'static str = "ok";
}

/// One entry, before its number is known.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Entry(Entry),
    Observed(Observed),
    Determination(Box<Determination>),
}

/// What another said of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// How many entries the checkpoint covers.
    pub size: i64,
    /// Who said it.
    pub witness: String,
    /// The line of signature.
    pub line: String,
}

/// That an authority saw a checkpoint by a certain time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// How many entries the checkpoint covers.
    pub size: i64,
    /// Whose stamp it is.
    pub authority: String,
    /// The answer of RFC 3161, as it came.
    pub token: Vec<u8>,
}

/// What one transaction writes. Evidence comes first, then records in the order in which they were added, then polls.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(super) evidence: Vec<(Digest, Arc<[u8]>)>,
    pub(super) records: Vec<Record>,
    pub(super) polls: Vec<Poll>,
    pub(super) spent: Vec<(String, DateTime<Utc>)>,
    pub(super) cosigned: Vec<Cosignature>,
    pub(super) stamps: Vec<Stamp>,
    pub(super) delivered: Vec<Delivery>,
    pub(super) replays: Vec<Replay>,
}

impl Batch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let Self { evidence, records, polls, spent, cosigned, stamps, delivered, replays } = self;
        let told = delivered.is_empty() && replays.is_empty();
        let of_others = cosigned.is_empty() && stamps.is_empty() && told;
        evidence.is_empty() && records.is_empty() && polls.is_empty() && spent.is_empty() && of_others
    }

    /// The kinds of its entries.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.records.iter().map(|record| match record {
            Record::Entry(entry) => entry.kind(),
            Record::Observed(_) => Kind::Obs,
            Record::Determination(determination) => determination.state.kind(),
        })
    }

    /// Keeps bytes under their SHA-256, which it returns. What is kept already is not kept twice.
    pub fn evidence(&mut self, bytes: impl Into<Vec<u8>>) -> Digest {
        let bytes = bytes.into();
        let sha256 = digest::sha256(&bytes);
        self.keep(sha256, bytes.into());
        sha256
    }

    /// Keeps bytes whose SHA-256 is known: what a feed answered was hashed when it came, and a file that stays the same
    /// is not hashed at each poll.
    pub fn keep(&mut self, sha256: Digest, bytes: Arc<[u8]>) {
        if !self.evidence.iter().any(|(known, _)| *known == sha256) {
            self.evidence.push((sha256, bytes));
        }
    }

    /// Adds an entry. Readings and determinations come in through their own doors.
    pub fn entry(&mut self, entry: Entry) {
        self.records.push(Record::Entry(entry));
    }

    /// Adds readings with their `obs` entry. The bodies from which they came are added by [`Batch::evidence`].
    pub fn observe(&mut self, observed: Observed) {
        self.bodies(&observed.evidence);
        self.records.push(Record::Observed(observed));
    }

    /// Adds readings that were refused with their entry. The bodies from which they came are added by
    /// [`Batch::evidence`].
    ///
    /// # Errors
    /// Where a station's name cannot stand in a line.
    pub fn refuse(&mut self, refusal: Refusal) -> Result<(), EntryError> {
        let (entry, text) = refusal.entry()?;
        self.bodies(&refusal.evidence);
        self.evidence(text);
        self.entry(entry);
        Ok(())
    }

    /// Keeps the list of bodies that is too long for an entry.
    fn bodies(&mut self, bodies: &[Digest]) {
        if let Some(list) = long_list(bodies) {
            self.evidence(list);
        }
    }

    /// Adds a determination. Its number is found when it is written: one that is recorded exactly so already, from
    /// before a crash, is not recorded again.
    pub fn determine(&mut self, determination: Determination) {
        if let Some(text) = determination.long_observations() {
            self.evidence(text);
        }
        if let Some(list) = determination.sources.as_deref().and_then(sources::long_list) {
            self.evidence(list);
        }
        self.records.push(Record::Determination(Box::new(determination)));
    }

    /// Adds a request of a quota, at an instant at which none was sent before.
    pub fn spend(&mut self, quota: &str, at: DateTime<Utc>) {
        self.spent.push((quota.to_owned(), at));
    }

    /// Adds a cosignature; one that is kept already is not kept twice.
    pub fn cosign(&mut self, cosignature: Cosignature) {
        self.cosigned.push(cosignature);
    }

    /// Adds a time stamp; of one checkpoint one of each authority.
    pub fn stamp(&mut self, stamp: Stamp) {
        self.stamps.push(stamp);
    }

    /// Adds an attempt to tell an endpoint of something.
    pub fn deliver(&mut self, delivery: Delivery) {
        self.delivered.push(delivery);
    }

    /// Adds a person's order to tell an endpoint again.
    pub fn replay(&mut self, replay: Replay) {
        self.replays.push(replay);
    }

    /// The polls in it.
    pub fn polls(&self) -> &[Poll] {
        &self.polls
    }

    /// Adds a poll.
    pub fn poll(&mut self, poll: Poll) {
        self.polls.push(poll);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{DeliveryOutcome, ReplayOf};

    /// Puts something in.
    type Filling<'f> = &'f dyn Fn(&mut Batch);

    #[test]
    fn whatever_stands_in_it_there_is_something_to_write() {
        assert!(Batch::new().is_empty());
        let at = DateTime::UNIX_EPOCH;
        let poll = || Poll {
            feed: "gauge".into(),
            at,
            outcome: Poll::OK.into(),
            detail: String::new(),
            rows_new: 0,
            rows_refused: 0,
            heard_until: None,
            requests: 1,
            not_before: None,
        };
        let fillings: [(&str, Filling<'_>); 8] = [
            ("evidence", &|batch| {
                batch.evidence("bytes");
            }),
            ("an entry", &|batch| batch.entry(Entry::new(Kind::Note, "note/1", at))),
            ("a poll", &|batch| batch.poll(poll())),
            ("a request of a quota", &|batch| batch.spend("server", at)),
            ("a cosignature", &|batch| {
                batch.cosign(Cosignature { size: 1, witness: "w".into(), line: "— w …".into() });
            }),
            ("a stamp", &|batch| batch.stamp(Stamp { size: 1, authority: "a".into(), token: vec![1] })),
            ("a delivery", &|batch| {
                let (endpoint, detail) = ("e".into(), String::new());
                let outcome = DeliveryOutcome::Delivered;
                batch.deliver(Delivery { endpoint, seq: 1, at, outcome, status: Some(200), took_ms: 1, detail });
            }),
            ("an order to tell again", &|batch| {
                batch.replay(Replay { endpoint: "e".into(), at, what: ReplayOf::Parked });
            }),
        ];
        for (what, fill) in fillings {
            let mut batch = Batch::new();
            fill(&mut batch);
            assert!(!batch.is_empty(), "{what}");
            assert_eq!(batch.polls().len(), usize::from(what == "a poll"), "{what}");
        }
    }

    #[test]
    fn a_list_of_bodies_that_is_too_long_for_an_entry_is_kept_as_evidence() {
        for (count, kept) in [(256_u64, 0), (257, 1)] {
            let bodies: Vec<_> = (0..count).map(|number| digest::sha256(&number.to_le_bytes())).collect();
            let mut batch = Batch::new();
            let (feed, known_at) = ("gauge".into(), DateTime::UNIX_EPOCH);
            batch.observe(Observed { feed, known_at, evidence: bodies.clone(), readings: Vec::new(), revisions: 0 });
            let lists = long_list(&bodies).map(|list| digest::sha256(list.as_bytes()));
            let found: Vec<_> = batch.evidence.iter().map(|(name, _)| *name).collect();
            assert_eq!((found.len(), found), (kept, lists.into_iter().collect()), "{count} bodies");
        }
    }
}
