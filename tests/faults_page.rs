//! docs/faults.md: its table of faults is made of the tests' names, `f07_…`, `n03_…`, `d11_…` or `o5_…`, and each fault has
//! three cases or more.

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
    (
        "f18",
        "a revision behind the final payout",
        "recorded; booked as a correction where the terms say so, else what was paid stays",
    ),
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
    (
        "p03",
        "SIGKILL between the outbox and the answer of an endpoint",
        "sent again under the same name and with the same bytes",
    ),
    ("p04", "SIGTERM at any time", "ends well; everything is in its files"),
    ("p05", "a task or thread that panics", "the process ends by SIGABRT, and is started again"),
    (
        "p06",
        "a writer that is blocked, a process that hangs",
        "no sign of life: the watchdog ends it, and the next start goes on",
    ),
    ("p07", "the kernel ends it for its memory", "as any SIGKILL; what feeds send does not fill memory"),
    ("p08", "two writers of one ledger", "the second is refused and writes nothing"),
    (
        "p09",
        "a start that fails again and again",
        "alike each time, nothing is changed; the unit stays down and calls the alarm; what was published can be checked",
    ),
    (
        "p10",
        "no descriptors left",
        "polls fail and are recorded as such; it lives, commits, and goes on when there are some",
    ),
    (
        "p11",
        "another version of the program in the midst of a period",
        "each determination names its own; what is final stays, and is computed again the same",
    ),
    ("p12", "an older program on a newer ledger", "refused, and no byte is written"),
    ("d01", "a full disk", "nothing is half written; what was not kept is not acknowledged, and is tried again"),
    ("d02", "the disk fails while it is written or flushed", "the process ends; the ledger says what was kept"),
    ("d03", "the disk fails while it is read", "an error, and never `there is no such row`"),
    ("d04", "a write that ends in its midst", "the half is passed over"),
    ("d05", "a disk that loses what it had flushed", "missed by the high-water file: not opened"),
    ("d06", "a power cut", "nothing acknowledged is lost; what is published is whole"),
    ("d07", "a bit of an entry, a reading, an index", "named; nothing more is signed"),
    ("d08", "a bit of a leaf, a tile, a root", "named; repaired where the entries are those that were signed"),
    ("d09", "rows, triggers, views changed by a SQLite tool", "named by `verify`, or by what somebody kept"),
    (
        "d10",
        "an older copy, or another ledger, in its place",
        "missed by the high-water file: not opened; `fairgauge restore`",
    ),
    ("d11", "the write-ahead log removed, or there alone", "refused, or without effect"),
    ("d12", "the file copied while it is written", "`fairgauge backup` copies one state and checks it"),
    ("d13", "a folder or key with wrong rights", "refused at the start with the path and the mode"),
    ("d14", "evidence that is missing or altered", "named; what is signed is proved all the same"),
    (
        "d15",
        "a file system without locks, of another machine, or mapped into memory",
        "refused, or warned of where nobody can tell; `mmap_size` is 0",
    ),
    (
        "d16",
        "a disk on which each flush takes seconds",
        "signs of life come, no more is asked than is written, the figures say it; nothing is lost",
    ),
    ("d17", "a write-ahead log that grows", "told, with how to find the reader; commits do not wait"),
    (
        "c01",
        "the clock goes back by an hour, by a year",
        "nothing is settled until it is right; no instant runs backwards",
    ),
    (
        "c02",
        "the clock goes ahead by ten years",
        "nothing binds before a feed has told of that time, or readings were waited for again",
    ),
    ("c03", "the clock shows 1970 at boot", "nothing is settled until it is right; no entry bears that instant"),
    ("c04", "a leap second, `23:59:60`", "the second behind it, and no second hour"),
    ("c05", "days of 23, 24.5, 25 hours, a day that does not exist", "as the zone has them"),
    ("c06", "a zone's rules change behind the beginning of a period", "the period stays where it was; a note says so"),
    ("c07", "the machine slept for a day", "what was missed is filled in, known from when it was fetched on"),
    ("c08", "timers on the wrong clock", "waits run on the monotonic one; the clock only labels"),
    ("l01", "a term sheet or a row changed behind the binding", "refused; a new version binds new policies"),
    ("l02", "two policies of one id", "the second is refused, with both places"),
    (
        "l03",
        "limits of nothing, below it, beyond all numbers; exits on the wrong side",
        "refused when the sheet is read",
    ),
    ("l04", "unknown and misspelt keys, no rounding, no comparison", "refused: money has no silent default"),
    ("l05", "units that do not go together", "refused by their dimensions"),
    ("l06", "a source that nobody provides", "refused, and named"),
    ("l07", "unknown and mixed currencies, parts of a minor unit", "refused"),
    ("l08", "pipes, folders, huge files, a hundred thousand policies", "plain files only, in bounded time and memory"),
    (
        "l09",
        "a policy that is bound when its period is known",
        "refused, or held until two let it go, as the settings say",
    ),
    ("a01", "an act that is handed in again", "the same answer, byte for byte; it is done once"),
    ("a02", "another act under the same key", "refused, and nothing is done"),
    ("a03", "acts under one key at once", "one is done; all are answered"),
    (
        "a04",
        "slow, half, huge and broken requests, thousands at once",
        "limits; payouts are committed, others are answered",
    ),
    ("a05", "a reader that holds the ledger for long", "broken off; nothing that is written waits for it"),
    ("a06", "forged, stale and replayed acts of persons", "refused, and recorded once as a note"),
    (
        "a07",
        "an endpoint that answers 3xx, 410, not at all, without end",
        "as the standard says; each by itself, the others are not delayed",
    ),
    ("o01", "a key that is lost or another one", "refused; changed only by the key before it"),
    (
        "o02",
        "a key that was leaked",
        "changed; what the old one signs from then on is refused, what it signed before stands",
    ),
    (
        "o03",
        "a typo in what is read again",
        "named with its place, told to systemd; the old settings stay in force until a good reload",
    ),
    ("o04", "who held lets go alone", "a second person is needed"),
    ("o05", "a backup that is put back", "only where nothing that was signed is missing"),
    ("o06", "somebody mends a payout by SQL", "`verify` names it; nothing is signed over it"),
    ("o07", "another zone, language or locale of the machine", "the same bytes"),
    (
        "o08",
        "a witness that is down, slow, or knows more",
        "nothing waits for it; one that knows more stops the daemon",
    ),
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

/// The fault with two digits that a test's name begins with: `d8` and `d08` are the same.
fn fault(id: &str) -> Option<String> {
    let (kind, number) = id.split_at_checked(1)?;
    let plain = "fnpdcola".contains(kind) && (1..=2).contains(&number.len());
    (plain && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("{kind}{number:0>2}"))
}

/// The names of tests by the fault that they begin with.
fn cases() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    ["src", "tests"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    let mut cases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.ends_with("faults_page.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let mut before = "";
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()) {
            let case = word.split_once('_').and_then(|(id, case)| Some((fault(id)?, case)));
            // Those of feeds are also made by macros; other letters begin names of files as well.
            if let Some((fault, case)) = case
                && (before == "fn" || fault.starts_with(['f', 'n']))
            {
                cases.entry(fault).or_default().insert(case.replace('_', " "));
            }
            before = word;
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
