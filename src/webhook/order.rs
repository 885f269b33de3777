//! A person's order to tell an endpoint again, on its way into the ledger: written by the command that the person calls,
//! or, where a daemon writes the ledger, put into the folder beside it.
//!
//! It changes nothing that is owed and needs no signature: who can put something into the folder could change the file.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ledger::{Batch, LedgerError, Reader, Replay, ReplayOf};
use crate::operator::{Answer, Outcome};
use crate::settings::Settings;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// To which endpoint.
    pub webhook_replay: String,
    /// From which entry on; with `to`, else what was parked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Up to which entry, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

/// Why an order leads to nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The settings have no such endpoint.
    #[error(
        "there is no endpoint `{0}` in the settings that are in force: where it is new, have the daemon read them (SIGHUP)"
    )]
    Unknown(String),
    /// One end is missing, or they are the wrong way round.
    #[error("a range of entries has a first and a last, the first not behind the last")]
    Range,
}

impl Order {
    /// Its bytes for the folder.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts can be written")
    }

    /// Reads one; none where the bytes are something else, such as an act.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// What is to be written.
    ///
    /// # Errors
    /// Where the settings have no such endpoint, or the range is none.
    pub fn batch(&self, settings: &Settings, now: DateTime<Utc>) -> Result<Batch, OrderError> {
        let endpoint = self.webhook_replay.clone();
        if !settings.webhooks.contains_key(&endpoint) {
            return Err(OrderError::Unknown(endpoint));
        }
        let what = match (self.from, self.to) {
            (None, None) => ReplayOf::Parked,
            (Some(from), Some(to)) if from <= to => ReplayOf::Range(from, to),
            _ => return Err(OrderError::Range),
        };
        let mut batch = Batch::new();
        batch.replay(Replay { endpoint, at: now, what });
        Ok(batch)
    }

    /// What is answered once it is written.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn answer(&self, reader: &Reader) -> Result<Answer, LedgerError> {
        let name = &self.webhook_replay;
        let waiting = reader.endpoint(name)?.waiting;
        let messages = if waiting == 1 { "message waits" } else { "messages wait" };
        Ok(Answer { outcome: Outcome::Done, text: format!("{waiting} {messages} for {name}"), entry: None })
    }
}

/// What is to be written for bytes out of the folder, or the answer where that is nothing; none where they are no order.
pub fn judge_order(
    bytes: Option<&[u8]>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Option<(Order, Result<Batch, Answer>)> {
    let order = bytes.and_then(Order::parse)?;
    let refused = |error: OrderError| Answer { outcome: Outcome::Refused, text: error.to_string(), entry: None };
    let batch = order.batch(settings, now).map_err(refused);
    Some((order, batch))
}
