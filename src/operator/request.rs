//! What a person hands over: the act, the signature, and what is attached.

use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ledger::{parse_instant, sha256};

/// No request has more bytes.
pub const MOST_REQUEST: u64 = 48 * 1_024 * 1_024;

/// An act with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What was signed, byte for byte.
    pub act: String,
    /// The signature in base64.
    pub signature: String,
    /// What is attached, in base64, in the order of the act's hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<String>,
}

impl Request {
    /// A request with these attachments.
    pub fn new(act: String, signature: String, attached: &[Vec<u8>]) -> Self {
        Self { act, signature, attached: attached.iter().map(|bytes| Base64::encode_string(bytes)).collect() }
    }

    /// Its bytes for the folder.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts can be written")
    }

    /// Reads one; none where the bytes are no request.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// What is attached, where it is just what the hashes name.
    pub fn attached(&self, hashes: &[[u8; 32]]) -> Option<Vec<Vec<u8>>> {
        let attached: Vec<_> = self.attached.iter().map(|text| Base64::decode_vec(text).ok()).collect::<Option<_>>()?;
        let found: Vec<_> = attached.iter().map(|bytes| sha256(bytes)).collect();
        (found == hashes).then_some(attached)
    }
}

/// Under what else a period is settled, for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// As known at another instant.
    AsOf(DateTime<Utc>),
    /// Without what a feed told.
    Without(String),
    /// Under the term sheet that is attached last.
    Terms(String),
}

impl Alternative {
    /// Reads `as-of=2024-04-01T00:00:00Z`, `without=asos`, `terms=rain.toml`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        match name {
            "as-of" => {
                let instant = parse_instant(value).or_else(|| Some(value.parse::<DateTime<Utc>>().ok()?.to_utc()))?;
                Some(Self::AsOf(instant))
            }
            "without" if !value.is_empty() => Some(Self::Without(value.to_owned())),
            "terms" if !value.is_empty() => Some(Self::Terms(value.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_back_and_its_attachments_are_those_that_were_signed() {
        let request = Request::new("act".to_owned(), "sig".to_owned(), &[b"a".to_vec(), b"b".to_vec()]);
        assert_eq!(Request::parse(&request.bytes()), Some(request.clone()));
        let (a, b) = (sha256(b"a"), sha256(b"b"));
        assert_eq!(request.attached(&[a, b]), Some(vec![b"a".to_vec(), b"b".to_vec()]));
        for hashes in [&[b, a][..], &[a], &[], &[a, b, b]] {
            assert_eq!(request.attached(hashes), None);
        }
        for broken in [&b"{}"[..], b"", b"{\"act\":\"a\",\"signature\":\"b\",\"x\":1}", b"[1]"] {
            assert_eq!(Request::parse(broken), None);
        }
    }

    #[test]
    fn alternatives_are_named() {
        let at = parse_instant("2024-04-01T00:00:00.000Z").unwrap();
        for (text, alternative) in [
            ("as-of=2024-04-01T00:00:00.000Z", Some(Alternative::AsOf(at))),
            ("as-of=2024-04-01T00:00:00Z", Some(Alternative::AsOf(at))),
            ("without=asos", Some(Alternative::Without("asos".to_owned()))),
            ("terms=a=b.toml", Some(Alternative::Terms("a=b.toml".to_owned()))),
            ("as-of=yesterday", None),
            ("without=", None),
            ("with=asos", None),
            ("asos", None),
        ] {
            assert_eq!(Alternative::parse(text), alternative, "{text}");
        }
    }
}
