//! Every kind of feed, by the settings that its page shows, to be given any bytes.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::path::Path;

use chrono::DateTime;
use fairgauge::feed::{FeedSettings, Origin, Raw, Station, decode};
use fairgauge::settings::Settings;

/// The feeds of docs/feeds and docs/feeds.md, in the order of their kinds and names.
pub fn feeds() -> Vec<FeedSettings> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = [root.join("docs"), root.join("../docs")].into_iter().find(|docs| docs.join("feeds.md").is_file());
    let docs = docs.expect("the pages are there");
    let mut pages: Vec<_> = std::fs::read_dir(docs.join("feeds")).unwrap().map(|page| page.unwrap().path()).collect();
    pages.push(docs.join("feeds.md"));
    pages.sort();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairgauge.toml");
    let mut feeds = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in text.split("\n```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next()) {
            let rest =
                "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n[network]\nallow_private = true\n";
            std::fs::write(&path, format!("{rest}{block}\n")).unwrap();
            // What is no whole feed shows a part of one.
            if let Ok(settings) = Settings::load(&path, std::iter::empty()) {
                feeds.extend(settings.feeds.into_values().map(|feed| FeedSettings { max_body: 1 << 20, ..feed }));
            }
        }
    }
    feeds
}

/// Gives all but the first byte to the feed that the first byte picks. What is read is what a reading can be.
pub fn read(feeds: &[FeedSettings], bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let feed = &feeds[usize::from(*first) % feeds.len()];
    // The topic of a message names its station.
    let of_topic = Station { name: "here".into(), position: None };
    let asked = match &feed.origin {
        Origin::Mqtt(_) => Some(&of_topic),
        _ => feed.stations.first(),
    };
    let now = DateTime::from_timestamp(1_782_864_000, 0);
    for now in [None, now] {
        if let Ok(decoded) = decode(feed, &Raw { bytes, name: "name.csv", asked, now }) {
            for reading in decoded.readings {
                assert!(reading.end >= reading.start, "{reading:?}");
                assert!(now.is_none_or(|now| reading.end <= now + chrono::TimeDelta::hours(25)), "{reading:?}");
                assert!(
                    feed.columns
                        .iter()
                        .any(|column| (column.variable, column.unit) == (reading.variable, reading.unit)),
                    "{reading:?}"
                );
            }
        }
    }
}
