//! Every message of level info and above has a number of its own, and docs/ops/messages.md says of each what to do.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/ops/messages.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(PathBuf, String)> {
    let (mut files, mut open) = (Vec::new(), vec![root().join("src")]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files
}

/// Level and number of every message in a text; the number is none where it does not come first.
fn messages(text: &str) -> Vec<(&'static str, Option<String>)> {
    let mut found = Vec::new();
    for (opening, level) in [("tracing::info!(", "info"), ("tracing::warn!(", "warn"), ("tracing::error!(", "error")] {
        for rest in text.split(opening).skip(1) {
            let id = rest.trim_start().strip_prefix("id = \"").and_then(|rest| rest.split_once('"')).map(|(id, _)| id);
            found.push((level, id.map(str::to_owned)));
        }
    }
    found
}

fn is_number(id: &str) -> bool {
    id.strip_prefix("FG").is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[test]
fn every_message_has_a_number_of_its_own_and_a_line_in_the_page() {
    let mut told: BTreeMap<String, &str> = BTreeMap::new();
    for (path, text) in sources() {
        // Other ways to write a message would not be found.
        for other in ["use tracing::", "tracing::event!", "log::info!", "log::warn!", "log::error!"] {
            assert!(!text.contains(other), "{}: write tracing::info!(…) in full, not `{other}`", path.display());
        }
        for (level, id) in messages(&text) {
            let id = id.unwrap_or_else(|| panic!("{}: a message of level {level} has no number", path.display()));
            assert!(is_number(&id), "{}: {id}", path.display());
            assert_eq!(told.insert(id.clone(), level), None, "{}: {id} is given twice", path.display());
        }
    }
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let mut listed = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| FG")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, level, says, what_to_do] = cells[..] else { panic!("{PAGE}: {line}") };
        assert!(!says.is_empty() && !what_to_do.is_empty(), "{PAGE}: {id}");
        assert_eq!(listed.insert(id.to_owned(), level), None, "{PAGE}: {id} stands there twice");
    }
    assert_eq!(told, listed, "{PAGE} lists what the sources say, with its level");
    let order: Vec<_> = page.lines().filter(|line| line.starts_with("| FG")).collect();
    assert!(order.is_sorted(), "{PAGE}: by number");
    assert!(told.len() > 50, "{} messages", told.len());
}

/// The numbers are looked for, and what has none is found.
#[test]
fn a_message_without_a_number_is_found() {
    let text = "tracing::warn!(id = \"FG0001\", \"a\"); tracing::info!(\n    id = \"FG0002\",\n    \"b\"); tracing::error!(%x, \"c\");";
    let found: BTreeSet<_> = messages(text).into_iter().collect();
    let wanted = [("error", None), ("info", Some("FG0002".to_owned())), ("warn", Some("FG0001".to_owned()))];
    assert_eq!(found, wanted.into());
    assert!(is_number("FG0001") && !is_number("FG01") && !is_number("XX0001") && !is_number("FG00a1"));
}
