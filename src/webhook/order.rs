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
    /// It would keep who writes the ledger from it for long.
    #[error("a range has at most {MOST_RANGE} entries: send it in parts")]
    Long,
}

/// So many entries are gone through in one transaction.
const MOST_RANGE: i64 = 100_000;

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
            (Some(from), Some(to)) if 0 <= from && from <= to => {
                if to - from >= MOST_RANGE {
                    return Err(OrderError::Long);
                }
                ReplayOf::Range(from, to)
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("fairgauge.toml");
        let text = "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n[webhook.acme]\n\
            url = \"https://hooks.example.org/\"\nkey = { file = \"k\" }\n";
        std::fs::write(&file, text).expect("written");
        Settings::load(&file, std::iter::empty()).expect("good")
    }

    #[test]
    fn an_order_is_read_back_and_an_act_is_none() {
        let order = Order { webhook_replay: "acme".into(), from: Some(3), to: Some(9) };
        assert_eq!(Order::parse(&order.bytes()), Some(order));
        for other in ["{\"act\":\"a\",\"signature\":\"b\"}", "{\"webhook_replay\":\"a\",\"x\":1}", "", "[]"] {
            assert_eq!(Order::parse(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn ranges_have_two_ends_in_their_order_and_are_not_too_long() {
        let settings = settings();
        for (name, from, to, error) in [
            ("acme", None, None, None),
            ("acme", Some(0), Some(0), None),
            ("acme", Some(1), Some(100_000), None),
            ("acme", Some(0), Some(100_000), Some(OrderError::Long)),
            ("acme", Some(0), Some(i64::MAX), Some(OrderError::Long)),
            ("acme", Some(2), Some(1), Some(OrderError::Range)),
            ("acme", Some(-1), Some(1), Some(OrderError::Range)),
            ("acme", Some(2), None, Some(OrderError::Range)),
            ("acme", None, Some(2), Some(OrderError::Range)),
            ("bee", None, None, Some(OrderError::Unknown("bee".into()))),
        ] {
            let order = Order { webhook_replay: name.into(), from, to };
            let now = DateTime::from_timestamp(0, 0).expect("an instant");
            assert_eq!(order.batch(&settings, now).err(), error, "{name} {from:?} {to:?}");
        }
    }
}
