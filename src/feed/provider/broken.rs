//! What is broken must not be misread.

use crate::feed::decode::{Decoded, Raw, decode};
use crate::feed::settings::FeedSettings;

fn read(feed: &FeedSettings, bytes: &[u8]) -> Option<Decoded> {
    decode(feed, &Raw { bytes, name: "", asked: None, now: None }).ok()
}

/// Cuts the bytes at each place: what is read then is part of what the whole says. Changes each byte:
/// nothing panics.
pub(crate) fn never_misread(feed: &FeedSettings, whole: &[u8]) {
    let told = read(feed, whole).expect("the whole is right").readings;
    assert!(!told.is_empty());
    for length in 0..whole.len() {
        for reading in read(feed, &whole[..length]).map(|decoded| decoded.readings).unwrap_or_default() {
            assert!(told.contains(&reading), "cut after {length} bytes: {reading:?}");
        }
    }
    let mut seed: u64 = 20_260_601;
    for at in 0..whole.len() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut changed = whole.to_vec();
        changed[at] = seed.to_be_bytes()[0];
        let _ = read(feed, &changed);
    }
}
