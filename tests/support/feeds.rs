//! Feeds by settings as people write them, on a network where everything is allowed.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use chrono::{DateTime, NaiveDateTime, Utc};
use fairgauge::document::Faults;
use fairgauge::feed::{Feed, FeedSettings, Network};
use fairgauge::settings::Settings;

/// What all settings have beside feeds.
pub const REST: &str =
    "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n[network]\nallow_private = true\n";

/// Whole settings.
pub fn load(text: &str) -> Result<Settings, Faults> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairgauge.toml");
    std::fs::write(&path, text).unwrap();
    Settings::load(&path, std::iter::empty())
}

/// The feed `it`, of which the text has the keys, and then its tables.
pub fn settings(text: &str) -> Result<FeedSettings, String> {
    let settings = load(&format!("{REST}[feed.it]\n{text}")).map_err(|faults| faults.render(false))?;
    Ok(settings.feeds["it"].clone())
}

/// The same of good settings.
pub fn feed(text: &str) -> FeedSettings {
    settings(text).unwrap_or_else(|faults| panic!("{faults}"))
}

/// To be asked.
pub fn asked(feed: FeedSettings) -> Feed {
    Feed::new(feed, &Network { allow_private: true, ..Network::default() })
}

pub fn at(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%F %R").unwrap().and_utc()
}
