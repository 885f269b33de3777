use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::super::settings::tests::{at, feed};
use super::*;

const HEADER: &str = "time,rain\n";

/// When files are written, seconds since 1970.
const WRITTEN: u64 = 1_780_000_000;

/// A folder, what is known of it, and the feed that reads it.
struct Case {
    folder: tempfile::TempDir,
    feed: FeedSettings,
    dropped: Dropped,
}

impl Case {
    /// `more` stands among the keys of the folder.
    fn new(more: &str, vintage: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let feed = feed(&format!(
            r#"
            kind = "csv"
            folder = {{ path = "{path}"{more} }}
            poll = "1 min"
            delay = "1 h"
            vintage = {vintage}
            max_body = "200 B"
            columns.rain = {{ variable = "precipitation", unit = "mm" }}
            [csv]
            delimiter = ","
            decimal = "."
            missing = [""]
            station = {{ is = "here" }}
            time = {{ column = "time", format = "%F %H", zone = "UTC", stamp = "begin", every = "1 h" }}
        "#
        ));
        Self { folder, feed, dropped: Dropped::new() }
    }

    fn plain() -> Self {
        Self::new("", "\"provisional\"")
    }

    /// The same folder, seen by a program that starts anew.
    fn again(&mut self) {
        self.dropped = Dropped::new();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of hours of 1 June 2026 and their rain, last written so many seconds after the same instant.
    fn put(&self, name: &str, written_s: u64, rows: &[(u32, &str)]) {
        let rows: String = rows.iter().map(|(hour, rain)| format!("2026-06-01 {hour:02},{rain}\n")).collect();
        self.put_text(name, written_s, &format!("{HEADER}{rows}"));
    }

    fn put_text(&self, name: &str, written_s: u64, text: &str) {
        fs::write(self.path(name), text).unwrap();
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN + written_s);
        fs::File::options().write(true).open(self.path(name)).unwrap().set_modified(written).unwrap();
    }

    fn poll(&mut self, now: &str) -> Answer {
        let ask = Ask { now: at(now), known_until: &BTreeMap::new(), from: at("2026-01-01 00:00") };
        let super::super::Origin::Folder(folder) = &self.feed.origin else { panic!("it reads a folder") };
        self.dropped.poll(&self.feed, folder, ask).unwrap()
    }

    /// What a poll says, which is then recorded.
    fn told(&mut self, now: &str) -> Vec<String> {
        let answer = self.poll(now);
        self.dropped.recorded();
        told(&answer)
    }

    /// What the first two polls say: a file without a mark is read at the second.
    fn told_twice(&mut self) -> Vec<String> {
        let mut first = self.told("2026-07-01 00:00");
        first.extend(self.told("2026-07-01 00:01"));
        first
    }
}

fn told(answer: &Answer) -> Vec<String> {
    let value = |reading: &Reading| reading.value.map_or("none".to_owned(), |value| value.to_string());
    let line =
        |reading: &Reading| format!("{} {} {}", reading.start.format("%H"), value(reading), reading.vintage.word());
    answer.readings.iter().map(line).collect()
}

#[test]
fn a_file_is_read_when_it_has_not_changed_between_two_polls() {
    let mut case = Case::plain();
    case.put("a.csv", 0, &[(1, "5")]);
    assert_eq!(case.told("2026-07-01 00:00"), [""; 0]);
    case.put("a.csv", 60, &[(1, "5"), (2, "6")]);
    let waiting = case.poll("2026-07-01 00:01");
    assert_eq!(told(&waiting), [""; 0], "it still grows");
    let written = DateTime::from_timestamp(1_780_000_060, 0).unwrap();
    assert_eq!(waiting.heard_until, written - TimeDelta::hours(1), "what waits may have been in time");
    let read = case.poll("2026-07-01 00:02");
    assert_eq!(told(&read), ["01 5 provisional", "02 6 provisional"]);
    assert_eq!((read.bodies.len(), read.bodies[0].name.as_str()), (1, "a.csv"));
    assert_eq!(read.heard_until, at("2026-06-30 23:02"));
    case.dropped.recorded();
    assert_eq!(case.told("2026-07-01 00:03"), [""; 0], "once");
}

#[test]
fn only_finished_plain_files_of_the_right_name_are_read() {
    let mut case = Case::new(", names = \"*.csv\"", "\"final\"");
    for name in [".a.csv", "a.csv.part", "b.tmp", "c.csv.filepart", "d.txt"] {
        case.put(name, 0, &[(1, "5")]);
    }
    fs::create_dir(case.path("e.csv")).unwrap();
    case.put("outside", 0, &[(1, "5")]);
    std::os::unix::fs::symlink(case.path("outside"), case.path("f.csv")).unwrap();
    case.put("g\u{7}.csv", 0, &[(2, "6")]);
    let first = case.poll("2026-07-01 00:00");
    let [refused] = &first.refused[..] else { panic!("{:?}", first.refused) };
    assert_eq!(refused.place, "f.csv");
    assert!(refused.reason.contains("a link"), "{}", refused.reason);
    let second = case.poll("2026-07-01 00:01");
    assert_eq!(second.refused, [], "it is said once");
    assert_eq!(told(&second), ["02 6 final"]);
    assert_eq!(second.bodies[0].name, "g\u{fffd}.csv", "a name is shown without what could steer a terminal");
}

#[test]
fn a_mark_beside_a_file_says_that_it_is_complete() {
    let mut case = Case::new(", complete = \"{name}.ok\"", "\"final\"");
    case.put("a.csv", 0, &[(1, "5")]);
    for minute in 0..3 {
        assert_eq!(case.told(&format!("2026-07-01 00:0{minute}")), [""; 0]);
    }
    fs::write(case.path("a.csv.ok"), "").unwrap();
    assert_eq!(case.told("2026-07-01 00:03"), ["01 5 final"], "at once");
    assert_eq!(case.poll("2026-07-01 00:04").refused, [], "the mark is no file of readings");
    let marked = fs::metadata(case.path("a.csv.ok")).unwrap().modified().unwrap();
    let marked = marked.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    case.put("a.csv", marked + 1 - WRITTEN, &[(1, "6")]);
    assert_eq!(case.told("2026-07-01 00:05"), [""; 0], "the mark is that of the file before");
}

#[test]
fn a_mark_may_hold_the_digest() {
    let mut case = Case::new(", complete = \"{name}.sha256\"", "\"final\"");
    case.put("a.csv", 0, &[(1, "5")]);
    let digest = |name: &str| {
        let body = Body::new(String::new(), fs::read(case.path(name)).unwrap());
        body.sha256.iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    };
    fs::write(case.path("a.csv.sha256"), format!("{}  a.csv\n", digest("a.csv"))).unwrap();
    case.put("b.csv", 0, &[(2, "6")]);
    fs::write(case.path("b.csv.sha256"), digest("a.csv")).unwrap();
    let answer = case.poll("2026-07-01 00:00");
    assert_eq!(told(&answer), ["01 5 final"]);
    assert_eq!(answer.refused[0].place, "b.csv");
    assert!(answer.refused[0].reason.contains("its SHA-256 is not the one in b.csv.sha256"));
    assert!(case.path("quarantine/b.csv.sha256").exists() && !case.path("b.csv.sha256").exists(), "it goes along");
}

#[test]
fn what_cannot_be_read_is_moved_away_and_holds_up_nothing() {
    let mut case = Case::plain();
    case.put_text("a.csv", 3, "no such columns\n");
    case.put_text("b.csv", 2, "");
    case.put_text("c.csv", 1, &format!("{HEADER}{}", " ".repeat(200)));
    case.put("d.csv", 0, &[(1, "5")]);
    case.poll("2026-07-01 00:00");
    let answer = case.poll("2026-07-01 00:01");
    case.dropped.recorded();
    assert_eq!(told(&answer), ["01 5 provisional"]);
    let places: Vec<_> = answer.refused.iter().map(|refused| refused.place.as_str()).collect();
    assert_eq!(places, ["a.csv", "b.csv", "c.csv"]);
    assert!(answer.refused.iter().all(|refused| refused.reason.contains("it was moved to ")), "{:?}", answer.refused);
    let why = fs::read_to_string(case.path("quarantine/reasons.txt")).unwrap();
    let lines: Vec<_> = why.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("2026-07-01T00:01:00Z a.csv: there is no column `time`"), "{}", lines[0]);
    assert!(lines[1].contains("b.csv: the body is empty") && lines[2].contains("more than 200 bytes"), "{why}");
    assert!(!case.path("a.csv").exists() && case.path("quarantine/a.csv").exists() && case.path("d.csv").exists());

    case.put_text("a.csv", 4, "nor these\n");
    case.told_twice();
    assert_eq!(fs::read_to_string(case.path("quarantine/a.csv")).unwrap(), "no such columns\n");
    assert_eq!(fs::read_to_string(case.path("quarantine/a.csv.2")).unwrap(), "nor these\n", "nothing is written over");
}

#[test]
fn what_cannot_be_moved_is_noted_once() {
    let mut case = Case::plain();
    fs::write(case.path("quarantine"), "a file where the folder should be").unwrap();
    case.put_text("a.csv", 0, "no such columns\n");
    case.poll("2026-07-01 00:00");
    let answer = case.poll("2026-07-01 00:01");
    let reasons: Vec<_> = answer.refused.iter().map(|refused| &refused.reason).collect();
    assert!(
        reasons.iter().all(|reason| reason.contains("it stays where it is, as it cannot be moved: ")),
        "{reasons:?}"
    );
    case.dropped.recorded();
    assert_eq!(case.poll("2026-07-01 00:02").refused, [], "it is not read again");
    case.put("a.csv", 60, &[(1, "5")]);
    assert_eq!(case.told_twice(), ["01 5 provisional"], "until it is another");
}

#[test]
fn of_two_files_the_one_that_was_written_last_counts() {
    // Names and the order of arrival do not matter, and a program that starts anew finds the same.
    for (old, new) in [("a.csv", "b.csv"), ("b.csv", "a.csv")] {
        let mut case = Case::plain();
        case.put(old, 0, &[(1, "5"), (2, "6")]);
        assert_eq!(case.told_twice(), ["01 5 provisional", "02 6 provisional"]);
        case.put(new, 10, &[(2, "7"), (3, "8")]);
        assert_eq!(case.told_twice(), ["02 7 provisional", "03 8 provisional"], "a correction");
        case.again();
        let all = ["01 5 provisional", "02 7 provisional", "03 8 provisional"];
        assert_eq!(case.told_twice(), all);

        let mut late = Case::plain();
        late.put(new, 10, &[(2, "7"), (3, "8")]);
        assert_eq!(late.told_twice(), ["02 7 provisional", "03 8 provisional"]);
        late.put(old, 0, &[(1, "5"), (2, "6")]);
        assert_eq!(late.told_twice(), ["01 5 provisional"], "what is older takes nothing back");
        late.again();
        assert_eq!(late.told_twice(), all);
    }
    let mut same = Case::plain();
    same.put("a.csv", 0, &[(1, "5")]);
    same.put("a_r2.csv", 0, &[(1, "6")]);
    assert_eq!(same.told_twice(), ["01 6 provisional"], "written in the same instant: the name decides");
}

#[test]
fn a_known_name_with_other_bytes_is_read_again() {
    let mut case = Case::plain();
    case.put("a.csv", 0, &[(1, "5")]);
    assert_eq!(case.told_twice(), ["01 5 provisional"]);
    case.put("a.csv", 1, &[(1, "6")]);
    assert_eq!(case.told("2026-07-01 00:02"), [""; 0]);
    assert_eq!(case.told("2026-07-01 00:03"), ["01 6 provisional"], "a restatement");
}

#[test]
fn what_was_not_recorded_comes_again() {
    let mut case = Case::plain();
    case.put("a.csv", 0, &[(1, "5")]);
    case.poll("2026-07-01 00:00");
    for minute in 1..3 {
        let answer = case.poll(&format!("2026-07-01 00:0{minute}"));
        assert_eq!(told(&answer), ["01 5 provisional"]);
    }
    case.dropped.recorded();
    assert_eq!(told(&case.poll("2026-07-01 00:03")), [""; 0]);
}

#[test]
fn much_is_read_in_parts_and_heard_when_all_of_it_was() {
    let mut case = Case::plain();
    for hour in 0..10 {
        case.put(&format!("{hour}.csv"), hour.into(), &[(hour, "5"), (23, &hour.to_string())]);
    }
    case.dropped.at_once = 60;
    case.poll("2026-07-01 00:00");
    let (mut all, mut polls) = (Vec::new(), 0);
    loop {
        let answer = case.poll("2026-07-01 00:01");
        polls += 1;
        let more = case.dropped.has_more();
        assert_eq!(answer.heard_until == at("2026-06-30 23:01"), !more);
        case.dropped.recorded();
        all.extend(told(&answer));
        if !more {
            break;
        }
    }
    all.sort();
    let wanted = (0..10).map(|hour| format!("{hour:02} 5 provisional")).chain(["23 9 provisional".to_owned()]);
    assert_eq!(all, wanted.collect::<Vec<_>>(), "the one that was written last counts in all parts");
    assert_eq!(polls, 5);
}

#[test]
fn readings_become_final() {
    let mut case = Case::new("", "{ final_after = \"30 d\" }");
    case.put("a.csv", 0, &[(1, "5"), (3, "6")]);
    case.put("b.csv", 1, &[(3, "7")]);
    assert_eq!(case.told("2026-06-02 00:00"), [""; 0]);
    assert_eq!(case.told("2026-06-02 00:01"), ["01 5 provisional", "03 7 provisional"]);
    assert_eq!(case.told("2026-07-01 03:59"), [""; 0]);
    assert_eq!(case.told("2026-07-01 04:00"), ["01 5 final", "03 7 final"], "all of a file, and of none twice");
    assert_eq!(case.told("2026-08-01 00:00"), [""; 0]);
}

#[test]
fn forecasts_and_faulty_rows_are_refused_with_their_file() {
    let mut case = Case::plain();
    case.put("a.csv", 0, &[(1, "x"), (2, "5"), (3, "6"), (4, "")]);
    case.poll("2026-06-01 03:00");
    let answer = case.poll("2026-06-01 03:01");
    assert_eq!(told(&answer), ["02 5 provisional"]);
    let places: Vec<_> = answer.refused.iter().map(|refused| refused.place.as_str()).collect();
    assert_eq!(places, ["a.csv: line 2", "a.csv: line 4"]);
}

#[test]
fn thousands_of_files_are_read_once() {
    let mut case = Case::plain();
    for number in 0..3_000 {
        case.put(&format!("{number}.csv"), number, &[(u32::try_from(number % 24).unwrap(), "5")]);
    }
    case.poll("2026-07-01 00:00");
    let begun = std::time::Instant::now();
    let answer = case.poll("2026-07-01 00:01");
    case.dropped.recorded();
    assert_eq!((answer.readings.len(), answer.bodies.len()), (24, 24), "those that were written last");
    let read = begun.elapsed();
    // Read files would be handed out again: their bytes are looked at by nobody.
    let looked = std::time::Instant::now();
    for minute in 2..12 {
        let answer = case.poll(&format!("2026-07-01 00:{minute:02}"));
        assert_eq!((answer.readings.len(), answer.bodies.len(), answer.refused.len()), (0, 0, 0));
    }
    println!("read 3000 files in {read:?}, looked through them ten times in {:?}", looked.elapsed());
}

#[test]
fn a_folder_that_is_not_there_is_a_failure() {
    let mut case = Case::plain();
    let super::super::Origin::Folder(folder) = case.feed.origin.clone() else { panic!("it reads a folder") };
    let gone = DropFolder { path: folder.path.join("gone"), ..folder };
    let ask = Ask { now: at("2026-07-01 00:00"), known_until: &BTreeMap::new(), from: at("2026-01-01 00:00") };
    assert_eq!(case.dropped.poll(&case.feed, &gone, ask).unwrap_err().class(), "file");
}

#[test]
fn settings_of_a_folder() {
    let text = |folder: &str| crate::feed::settings::tests::CSV.replace("file = \"asos.csv\"", folder);
    let plain = feed(&text("folder = \"drop\""));
    let super::super::Origin::Folder(folder) = &plain.origin else { panic!("it reads a folder") };
    assert_eq!(
        (folder.path.to_str(), folder.quarantine.to_str()),
        (Some("/folder/drop"), Some("/folder/drop/quarantine"))
    );
    for (folder, message) in [
        ("folder = { names = \"*\" }", "`path` is missing in the folder"),
        ("folder = { path = \"d\", names = \"a/*\" }", "`a/*` is not a form of names"),
        ("folder = { path = \"d\", complete = \"ok\" }", "`ok` does not name a file beside another"),
        ("folder = { path = \"d\", complete = \"{name}\" }", "`{name}` does not name a file beside another"),
        ("folder = { path = \"d\", quarantine = \"d\" }", "files that cannot be read would stay where they are"),
        ("folder = { path = \"d\", quaranteen = \"d\" }", "`quaranteen` is not a key of the folder"),
        ("folder = \"d\"\nfile = \"a.csv\"", "a feed has one of `file`, `folder`, `mqtt` and `url`"),
        ("", "`file`, `folder`, `mqtt` or `url` is missing"),
    ] {
        let messages = crate::feed::settings::tests::read_faults(&text(folder));
        assert!(messages.iter().any(|found| found.contains(message)), "{folder}: {messages:?}");
    }
}
