//! The settings on the pages of docs/feeds are settings that are read.

use std::path::Path;

use fairgauge::settings::Settings;

#[test]
fn the_settings_of_each_page_are_read() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/feeds");
    let mut ran = 0;
    for page in std::fs::read_dir(pages).unwrap().map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("fairgauge.toml");
            let rest = "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n";
            std::fs::write(&path, format!("{rest}{block}")).unwrap();
            let settings = Settings::load(&path, std::iter::empty());
            let settings = settings.unwrap_or_else(|faults| panic!("{}: {}", page.display(), faults.render(false)));
            assert!(!settings.feeds.is_empty(), "{}", page.display());
            ran += 1;
        }
    }
    println!("ran {ran} cases");
    assert!(ran >= 2, "{ran}");
}
