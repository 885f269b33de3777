//! Bytes that were cut off or changed on their way, for the tests of every provider.

use chrono::{DateTime, Utc};

use crate::feed::settings::{FeedSettings, Station};
use crate::feed::{Raw, decode};

/// However bytes are cut, nothing comes of them that did not come of the whole; however one of them is changed, nothing
/// panics.
pub(super) fn never_worse(feed: &FeedSettings, bytes: &[u8], asked: Option<&Station>, now: Option<DateTime<Utc>>) {
    let read = |bytes: &[u8]| decode(feed, &Raw { bytes, name: "", asked, now });
    let whole = read(bytes).unwrap().readings;
    assert!(!whole.is_empty());
    for length in 0..bytes.len() {
        let Ok(decoded) = read(&bytes[..length]) else { continue };
        for reading in decoded.readings {
            assert!(whole.contains(&reading), "{length} bytes: {reading:?}");
        }
    }
    let mut random = 20_260_601_u64;
    let mut changed = bytes.to_vec();
    for place in 0..bytes.len() {
        for _ in 0..3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            changed[place] = random.to_be_bytes()[0];
            let _ = read(&changed);
        }
        for byte in [b'0', b'-', b',', b'\n', 0xff] {
            changed[place] = byte;
            let _ = read(&changed);
        }
        changed[place] = bytes[place];
    }
}
