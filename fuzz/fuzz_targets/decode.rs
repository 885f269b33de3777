//! Every decoder on whatever bytes: `cargo fuzz run decode`. The first byte picks the feed, in the order of its name.
#![no_main]

#[path = "../../tests/support/decoders.rs"]
mod decoders;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static FEEDS: LazyLock<Vec<fairgauge::feed::FeedSettings>> = LazyLock::new(decoders::feeds);

fuzz_target!(|bytes: &[u8]| {
    decoders::read(&FEEDS, bytes);
});
