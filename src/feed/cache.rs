//! What servers said, kept so that they can be asked whether it still holds.
//!
//! An answer that has not changed is decoded again from the bytes that are kept: what becomes of it is the same as if
//! the server had sent them once more.

use std::collections::HashMap;

use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};

/// Bytes of bodies that one feed keeps; what was asked for longest ago goes first.
const MOST: usize = 32 << 20;

/// Answers by their URL.
#[derive(Default)]
pub(super) struct Cache {
    kept: HashMap<String, Kept>,
    bytes: usize,
    /// Counts what was asked.
    clock: u64,
}

struct Kept {
    headers: HeaderMap,
    body: Vec<u8>,
    used: u64,
}

impl Cache {
    /// The headers with which to ask whether an answer still holds, as the server named it, byte for byte; none where it
    /// is not kept.
    pub(super) fn conditions(&self, url: &str) -> Vec<(HeaderName, HeaderValue)> {
        let Some(kept) = self.kept.get(url) else { return Vec::new() };
        let pairs = [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)];
        pairs.into_iter().filter_map(|(said, asks)| Some((asks, kept.headers.get(said)?.clone()))).collect()
    }

    /// Keeps an answer that can be asked about; any other makes the one before forgotten.
    pub(super) fn keep(&mut self, url: &str, headers: &HeaderMap, body: &[u8]) {
        self.forget(url);
        let named = headers.contains_key(ETAG) || headers.contains_key(LAST_MODIFIED);
        if !named || body.len() > MOST {
            return;
        }
        self.bytes += body.len();
        self.clock += 1;
        let kept = Kept { headers: headers.clone(), body: body.to_vec(), used: self.clock };
        self.kept.insert(url.to_owned(), kept);
        while self.bytes > MOST {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(url, _)| url.clone());
            self.forget(&oldest.expect("bytes are kept"));
        }
    }

    /// The answer that still holds, with what the server now says of it; none where it is not kept.
    pub(super) fn still_holds(&mut self, url: &str, now: &HeaderMap) -> Option<(Vec<u8>, HeaderMap)> {
        self.clock += 1;
        let kept = self.kept.get_mut(url)?;
        kept.used = self.clock;
        for (name, value) in now {
            kept.headers.insert(name.clone(), value.clone());
        }
        Some((kept.body.clone(), kept.headers.clone()))
    }

    fn forget(&mut self, url: &str) {
        if let Some(kept) = self.kept.remove(url) {
            self.bytes -= kept.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(tag: &str) -> HeaderMap {
        [(ETAG, HeaderValue::from_bytes(tag.as_bytes()).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_tag_goes_back_byte_for_byte() {
        let mut cache = Cache::default();
        for tag in ["\"33a64df5\"", "W/\"0815\"", "not-quoted", "\"a, b\"", "\"\u{e9}\""] {
            cache.keep("a", &tagged(tag), b"body");
            assert_eq!(cache.conditions("a"), [(IF_NONE_MATCH, HeaderValue::from_bytes(tag.as_bytes()).unwrap())]);
        }
        assert!(cache.conditions("b").is_empty());
        cache.keep("a", &HeaderMap::new(), b"body");
        assert!(cache.conditions("a").is_empty(), "an answer without a name makes the one before forgotten");
        assert_eq!(cache.bytes, 0);
    }

    #[test]
    fn what_was_asked_for_longest_ago_goes_first() {
        let mut cache = Cache::default();
        let third = vec![0; MOST / 3];
        for url in ["a", "b", "c"] {
            cache.keep(url, &tagged("\"1\""), &third);
        }
        assert!(cache.still_holds("a", &tagged("\"2\"")).is_some());
        cache.keep("d", &tagged("\"1\""), &third);
        let kept = ["a", "b", "c", "d"].map(|url| !cache.conditions(url).is_empty());
        assert_eq!(kept, [true, false, true, true]);
        assert_eq!(cache.conditions("a")[0].1, "\"2\"", "the newest name");
        cache.keep("e", &tagged("\"1\""), &vec![0; MOST + 1]);
        assert!(cache.conditions("e").is_empty() && cache.bytes == 3 * (MOST / 3), "too large to keep");
    }
}
