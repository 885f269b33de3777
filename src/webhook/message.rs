//! What a message says. Pure but for the ledger, which is read.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::ledger::{EntryError, Event, LedgerError, PayoutRow, Reader, Told, instant_text, leaf, message_id, sha256};

/// The type of a message that is only a try.
const TEST: &str = "webhook.test";

/// A message: its name, and the bytes that are signed and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// By what the receiver knows it, in every attempt.
    pub id: String,
    /// JSON.
    pub body: String,
}

#[derive(Serialize)]
struct Envelope<'m, D> {
    r#type: &'m str,
    timestamp: String,
    data: D,
}

/// What is told of an entry. Only what there is.
#[derive(Serialize)]
struct Data<'m> {
    /// The entry's number.
    seq: i64,
    /// The entry, byte for byte as it was hashed.
    entry: &'m str,
    /// Of what is about a period, its row of the payout log.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<&'m PayoutRow>,
    /// Of a payout, what the row makes payable, in minor units of its currency: of the rows of one `id` only the one with
    /// the highest `seq` counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    payable_minor: Option<i64>,
    /// Of a feed that is silent, its name,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<&'m str>,
    /// and when it answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_answer: Option<&'m str>,
    /// That the entry is in the log that the key of the ledger signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'m str>,
}

#[derive(Serialize)]
struct Test<'m> {
    endpoint: &'m str,
    text: &'m str,
}

impl Message {
    /// What is told of an entry.
    ///
    /// # Errors
    /// Where the ledger cannot be read, or there is nothing to tell of it.
    pub fn of(reader: &Reader, seq: i64) -> Result<Self, LedgerError> {
        let Told { event, body, entry, row, proof } = &reader.told(seq)?;
        let payout = matches!(event, Event::PayoutInterim | Event::PayoutFinal | Event::PayoutRestated);
        let of_feed = |name: &str| entry.text_of(name).ok().filter(|_| *event == Event::FeedSilent);
        let data = Data {
            seq,
            entry: body,
            row: row.as_ref(),
            payable_minor: row.as_ref().filter(|_| payout).map(|row| row.payable_minor),
            feed: of_feed("feed"),
            last_answer: of_feed("last_answer"),
            proof: proof.as_deref(),
        };
        let id = message_id(&leaf(body));
        let body = json(event.word(), entry.at(), data).map_err(LedgerError::entry(id.as_str()))?;
        Ok(Self { id, body })
    }
}

/// A message that is only a try, under a name of its own.
///
/// # Errors
/// For an instant that the ledger could not keep.
pub fn test_message(endpoint: &str, id: String, now: DateTime<Utc>) -> Result<Message, EntryError> {
    let text = "a try: nothing has happened, and nothing is owed by it";
    Ok(Message { id, body: json(TEST, now, Test { endpoint, text })? })
}

/// A name for a message that tells of no entry, made of random bytes.
pub fn random_id(random: &[u8; 32]) -> String {
    message_id(&sha256(random))
}

fn json(kind: &str, at: DateTime<Utc>, data: impl Serialize) -> Result<String, EntryError> {
    let envelope = Envelope { r#type: kind, timestamp: instant_text(at)?, data };
    Ok(serde_json::to_string(&envelope).expect("texts and numbers can be written"))
}
