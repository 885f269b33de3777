//! The settings that the pages on feeds show are read as they stand, and the schema accepts them.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/feeds.rs"]
mod feeds;

use std::path::Path;

use fairgauge::schema::{File, schema};
use feeds::REST;

const PAGES: [&str; 4] = ["docs/feeds.md", "docs/feeds/folder.md", "docs/feeds/json.md", "docs/feeds/mqtt.md"];

#[test]
fn settings_on_the_pages_are_good() {
    let validator = jsonschema::validator_for(&schema(File::Settings)).unwrap();
    let mut ran = 0;
    for page in PAGES {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
        let fences = text.split("\n```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next());
        for fence in fences.filter(|fence| fence.contains("[feed.")) {
            let settings = format!("{REST}{fence}\n");
            let value: serde_json::Value = toml::from_str(&settings).unwrap();
            let objections: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(objections.is_empty(), "{page}:\n{fence}\n{objections:#?}");
            if let Err(faults) = feeds::load(&settings) {
                panic!("{page}:\n{}", faults.render(false));
            }
            ran += 1;
        }
    }
    assert!(ran >= 5, "{ran}");
    println!("ran {ran} cases");
}
