//! The settings on the pages of docs/feeds are settings that are read, and that the schema accepts.

use std::path::Path;

use fairgauge::schema::{File, schema};
use fairgauge::settings::Settings;
use serde_json::Value;

#[test]
fn the_settings_of_each_page_are_read() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/feeds");
    let validator = jsonschema::validator_for(&schema(File::Settings)).unwrap();
    let mut ran = 0;
    for page in std::fs::read_dir(pages).unwrap().map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("fairgauge.toml");
            let rest = "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n";
            let text = format!("{rest}{block}");
            std::fs::write(&path, &text).unwrap();
            let value: Value = toml::from_str(&text).unwrap();
            let objections = validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path()));
            assert_eq!(objections.collect::<Vec<_>>(), [""; 0], "{}", page.display());
            let settings = Settings::load(&path, std::iter::empty());
            let settings = settings.unwrap_or_else(|faults| panic!("{}: {}", page.display(), faults.render(false)));
            assert!(!settings.feeds.is_empty(), "{}", page.display());
            ran += 1;
        }
    }
    println!("ran {ran} cases");
    assert!(ran >= 2, "{ran}");
}
