//! Every decoder on the kept corpus of the fuzzer, and on every small answer of every other kind: none panics.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/decoders.rs"]
mod decoders;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn no_decoder_panics_on_what_the_fuzzer_kept() {
    let feeds = decoders::feeds();
    let kinds: BTreeSet<_> = feeds
        .iter()
        .map(|feed| format!("{:?}", feed.provider).chars().take_while(|c| c.is_alphanumeric()).collect::<String>())
        .collect();
    assert!(kinds.len() >= 20, "the pages show {} kinds: {kinds:?}", kinds.len());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut kept, mut small) = (Vec::new(), Vec::new());
    files(&root.join("fuzz/corpus/decode"), &mut kept);
    files(&root.join("fixtures/feeds"), &mut small);
    for file in &kept {
        decoders::read(&feeds, &std::fs::read(file).unwrap());
    }
    for file in &small {
        let bytes = std::fs::read(file).unwrap();
        for feed in 0..feeds.len() {
            let mut picked = vec![u8::try_from(feed).unwrap()];
            picked.extend_from_slice(&bytes);
            decoders::read(&feeds, &picked);
        }
    }
    println!(
        "ran {} cases of the corpus, {} small answers through {} feeds each",
        kept.len(),
        small.len(),
        feeds.len()
    );
    assert!(kept.len() >= 100 && small.len() >= 20, "{} {}", kept.len(), small.len());
}
