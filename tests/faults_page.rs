//! docs/faults.md: its table of faults is made of the tests' names, `f07_…` and `n03_…`, and each fault has three cases
//! or more.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A fault: its number, what goes wrong, and what is done.
const FAULTS: &[(&str, &str, &str)] = &[
    ("n01", "a name is not resolved, or to a wrong address", "tried again with jitter; the source ages"),
    ("n02", "a connection without a byte", "a deadline for the whole"),
    ("n03", "a body of a byte a second", "a deadline for the whole, a wait for each part"),
    ("n04", "a body without end, 10 GB, a gzip bomb", "caps on what is sent and on what is unpacked"),
    ("n05", "a cut body with status 200", "a typed error, or its whole rows alone; nothing of the rest is a value"),
    ("n06", "a certificate that ran out, of another host, of nobody", "refused; nothing turns the check off"),
    ("n07", "a redirect to another host, to http, to 169.254", "not followed"),
    ("n08", "429 or 503 with an absurd Retry-After", "honoured up to a day"),
    ("n09", "a captive portal: 200 and a web page", "refused by its type and by its form"),
    ("n10", "the same body for days", "old by its own time stamps"),
    ("n11", "two answers mixed by a proxy", "station, variable and interval are checked"),
    ("n12", "an address that swallows everything", "a deadline for each address; the pool is renewed"),
    ("f01", "NaN, Infinity, 1e400, -0, \"1,5\", \" 12\"", "the value is refused with its reason"),
    ("f02", "a mark that stands for nothing: -9999, 999.9", "missing where it is declared, refused where it cannot be"),
    ("f03", "null, an absent member, an empty list", "missing is not zero, and zero is a value"),
    ("f04", "another unit", "the unit is compared; what changes alike is refused"),
    ("f05", "a scale that slipped", "refused by what it repeats, by limits, by neighbours"),
    ("f06", "the same row twice", "once"),
    ("f07", "two values for one interval", "a revision where it comes later, a conflict within one answer"),
    ("f08", "rows out of order, or filled in later", "taken, with the time at which they were learned"),
    ("f09", "rows of the future, a forecast as a measurement", "refused from a minute ahead on"),
    ("f10", "an hour of a day is missing", "the day is missing below what the terms need"),
    ("f11", "a stamp that begins or ends its interval", "declared for each feed"),
    ("f12", "a counter; a reset of it", "differences; what goes back is refused"),
    ("f13", "local time without its offset, the hour that is there twice", "refused unless the zone is declared"),
    ("f14", "another station, another cell", "refused"),
    (
        "f15",
        "a spike of a sensor that was tampered with",
        "refused by what stands before and behind, and by neighbours",
    ),
    ("f16", "two sources agree because one copies the other", "one family, one voice"),
    ("f17", "a source is silent when it matters", "missing; undetermined, and nothing is paid or refused"),
    ("f18", "a revision behind the final payout", "recorded; what was paid stays"),
    ("f19", "renamed keys, texts for numbers, one level deeper", "the answer is refused"),
    ("f20", "bytes that are no text, a name twice, 100,000 levels, a byte order mark", "a typed error, bounded"),
    ("f21", "a key that is wrong or ran out", "no answer, and the source ages; the key is shown nowhere"),
    ("f22", "exactly the threshold", "as the comparison of the terms says, exactly"),
    ("f23", "output that was curtailed, or machines that stood", "a series of its own; without it nothing is said"),
    (
        "p01",
        "SIGKILL at any call that writes",
        "all of a batch or nothing; nothing acknowledged is lost; the same is signed",
    ),
    (
        "p02",
        "SIGKILL between the commit and its checkpoint",
        "not seen until it is signed at the next start, by the same bytes",
    ),
    ("p04", "SIGTERM at any time", "ends well; everything is in its files"),
    ("p08", "two writers of one ledger", "the second is refused and writes nothing"),
    ("d01", "a full disk", "nothing is half written; what was not kept is not acknowledged, and is tried again"),
    ("d02", "the disk fails while it is written or flushed", "the process ends; the ledger says what was kept"),
    ("d03", "the disk fails while it is read", "an error, and never `there is no such row`"),
    ("d04", "a write that ends in its midst", "the half is passed over"),
    ("d05", "a disk that loses what it had flushed", "missed by the high-water file: not opened"),
    ("d06", "a power cut", "nothing acknowledged is lost; what is published is whole"),
    ("d07", "a bit of an entry, a reading, an index", "named; nothing more is signed"),
    ("d08", "a bit of a leaf, a tile, a root", "named"),
    ("d09", "rows, triggers, views changed by a SQLite tool", "named by `verify`, or by what somebody kept"),
    ("d10", "an older copy, or another ledger, in its place", "missed by the high-water file: not opened"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of tests by the fault that they begin with.
fn cases() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    ["src", "tests"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    let mut cases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.ends_with("faults_page.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let number = word.as_bytes();
            let is_case = number.len() > 4
                && matches!(number[0], b'f' | b'n' | b'p' | b'd')
                && number[1].is_ascii_digit()
                && number[2].is_ascii_digit()
                && number[3] == b'_';
            if is_case {
                cases.entry(word[..3].to_owned()).or_default().insert(word[4..].replace('_', " "));
            }
        }
    }
    cases
}

fn table(cases: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut table = "| fault | what goes wrong | what is done | cases |\n|---|---|---|---|\n".to_owned();
    for (fault, wrong, done) in FAULTS {
        let names: Vec<_> = cases.get(*fault).into_iter().flatten().map(String::as_str).collect();
        let shown = format!("{}{}", fault[..1].to_ascii_uppercase(), fault[1..].trim_start_matches('0'));
        writeln!(table, "| {shown} | {wrong} | {done} | {} |", names.join("; ")).unwrap();
    }
    table
}

#[test]
fn every_fault_has_three_cases_and_the_page_tells_them() {
    let cases = cases();
    for (fault, ..) in FAULTS {
        let count = cases.get(*fault).map_or(0, BTreeSet::len);
        assert!(count >= 3, "{fault} has {count} cases");
    }
    let known: BTreeSet<_> = FAULTS.iter().map(|(fault, ..)| *fault).collect();
    let stray: Vec<_> = cases.keys().filter(|fault| !known.contains(fault.as_str())).collect();
    assert!(stray.is_empty(), "no such faults: {stray:?}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once("<!-- table -->\n").expect("a place for the table");
    let (shown, after) = rest.split_once("<!-- end of table -->").expect("an end of the table");
    let wanted = table(&cases);
    if shown != wanted {
        if std::env::var_os("FAULTS_PAGE").is_some_and(|value| value == "write") {
            std::fs::write(&page, format!("{before}<!-- table -->\n{wanted}<!-- end of table -->{after}")).unwrap();
            return;
        }
        panic!("docs/faults.md is not as the tests are: run FAULTS_PAGE=write cargo test --test faults_page");
    }
}
