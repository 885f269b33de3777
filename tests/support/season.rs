//! Copies of the seasons in fixtures/, to spoil and to replay.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of a season.
pub fn fixture(season: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(season)
}

/// Copies settings, book and term sheets of a season into `folder`, and its recorded feeds where they are wanted.
pub fn copy(season: &str, folder: &Path, with_feeds: bool) {
    let from = fixture(season);
    std::fs::create_dir_all(folder.join("products")).unwrap();
    for file in ["fairgauge.toml", "book.csv"] {
        std::fs::copy(from.join(file), folder.join(file)).unwrap();
    }
    let folders: &[&str] = if with_feeds { &["products", "feeds"] } else { &["products"] };
    for name in folders {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        for entry in std::fs::read_dir(from.join(name)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(name).join(entry.file_name())).unwrap();
        }
    }
}

/// Every file below a folder with its bytes; of what is no plain file, the name alone.
pub fn listing(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                open.push(entry.path());
            }
            let bytes = if kind.is_file() { std::fs::read(entry.path()).unwrap() } else { Vec::new() };
            found.insert(entry.path(), bytes);
        }
    }
    found
}
