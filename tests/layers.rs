//! The rooms of the library build on one another in one order, and the pure ones touch nothing outside.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The rooms in the order of src/lib.rs; those of one line do not use one another.
const FLOORS: [&[&str]; 22] = [
    &["quantity"],
    &["calendar", "document"],
    &["contract", "observation"],
    &["index"],
    &["payout"],
    &["settle"],
    &["counts"],
    &["feed", "ledger"],
    &["operator"],
    &["access", "words"],
    &["settings"],
    &["sheets"],
    &["by_hand"],
    &["cases"],
    &["setup"],
    &["health", "snapshots"],
    &["audit", "webhook"],
    &["publish"],
    &["daemon"],
    &["doctor", "fetcher", "replay", "schema"],
    &["cli"],
    &["main"],
];

/// No clock, no file, no socket, no database: everything comes as an argument.
const PURE: [&str; 10] =
    ["quantity", "calendar", "document", "contract", "observation", "schema", "words", "index", "payout", "settle"];

/// What a pure room may not name.
const OUTSIDE: [&str; 12] = [
    "tokio",
    "rusqlite",
    "reqwest",
    "sd_notify",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Utc::now",
];

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("`{room}` is in no order yet"))
}

/// Every source file with the room that it belongs to and its text without comments.
fn files() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut open) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let room = Path::new(inside.as_os_str()).file_stem().unwrap().to_str().unwrap().to_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
                files.push((room, path, code));
            }
        }
    }
    files
}

/// The rooms that a text reaches by `crate::room` or `crate::{room, …}`; in the program, by `fairgauge::room`.
fn reached(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    let mut rooms = BTreeSet::new();
    for start in ["crate::", "fairgauge::"] {
        for rest in code.split(start).skip(1) {
            let Some(list) = rest.strip_prefix('{') else {
                rooms.insert(word(rest));
                continue;
            };
            // The first words of a list, not those of a list within it.
            let mut depth = 0;
            let mut begins = true;
            for (at, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => begins = true,
                    c if depth == 0 && begins && !c.is_whitespace() => {
                        rooms.insert(word(&list[at..]));
                        begins = false;
                    }
                    _ => {}
                }
            }
        }
    }
    rooms.remove("");
    rooms
}

#[test]
fn no_arrow_points_back() {
    let mut back = Vec::new();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (room, path, code) in files().into_iter().filter(|(room, ..)| room != "lib") {
        for other in reached(&code).into_iter().filter(|other| *other != room) {
            if floor(&other) >= floor(&room) {
                back.push(format!("{} uses {other}", path.display()));
            }
            arrows.entry(room.clone()).or_default().insert(other);
        }
    }
    assert!(back.is_empty(), "{}", back.join("\n"));
    // A reader that finds nothing would find no fault either.
    assert!(arrows["settle"].contains("index") && arrows["cli"].contains("ledger"), "{arrows:?}");
}

#[test]
fn pure_rooms_touch_nothing_outside() {
    let mut seen = BTreeSet::new();
    for (room, path, code) in files().into_iter().filter(|(room, ..)| PURE.contains(&room.as_str())) {
        // Tests may read files.
        let code = code.split("#[cfg(test)]").next().unwrap();
        let named: Vec<_> = OUTSIDE.iter().filter(|name| code.contains(*name)).collect();
        assert!(named.is_empty(), "{} names {named:?}", path.display());
        seen.insert(room);
    }
    assert_eq!(seen.len(), PURE.len(), "{seen:?}");
}

#[test]
fn the_order_is_that_of_the_library() {
    let library = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let rooms: Vec<_> = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    for room in &rooms {
        floor(room);
    }
    // The last ones stand by name.
    for pair in rooms.windows(2).filter(|pair| floor(pair[1]) <= floor("setup")) {
        assert!(floor(pair[0]) <= floor(pair[1]), "{} stands before {}", pair[0], pair[1]);
    }
    assert_eq!(rooms.len() + 2, FLOORS.iter().map(|rooms| rooms.len()).sum::<usize>(), "a room has no order");
}

#[test]
fn lists_of_rooms_are_read() {
    let code = "use crate::{calendar::{Day, Rule}, contract::Book};\nlet x = crate::ledger::hex(1); use crate::Foo;";
    assert_eq!(reached(code).into_iter().collect::<Vec<_>>(), ["calendar", "contract", "ledger"]);
}
