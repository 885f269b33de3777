//! The file of the payout log beside a daemon: killed, renamed, read again; and `payouts follow`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use dice::Dice;
use program::{Program, daemon, fairgauge, query, wait_until};

/// A daemon whose policies are final as soon as they are bound: the rain of a spring that is long over.
struct House {
    folder: tempfile::TempDir,
    policies: usize,
}

impl House {
    fn new(is_signed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let product = rain_days::product("rain", rain_days::DAILY, "lag = \"5 d\"", rain_days::WET);
        let mut more = rain_days::feed("daily", "1 d") + "[payout_log]\npath = \"payouts.jsonl\"\n";
        if is_signed {
            let key = folder.path().join("ledger-key");
            let made = fairgauge().args(["key", "new"]).arg(key).args(["--name", "example.org/log"]).output().unwrap();
            assert!(made.status.success());
            more += "[ledger.sign]\nname = \"example.org/log\"\nkey = { file = \"ledger-key\" }\n";
        }
        rain_days::write(folder.path(), &more, &[("rain", product)], "");
        std::fs::write(folder.path().join("daily.csv"), rain_days::days(60, &[("03-07", "80")])).unwrap();
        let mut house = Self { folder, policies: 0 };
        house.sell(1);
        house
    }

    /// So many more policies stand in the book.
    fn sell(&mut self, more: usize) {
        self.policies += more;
        let row = |number| format!("P-{number:04},rain@1,somebody,2024-03-01,2024-03-31,10000 CNY,s\n");
        let rows: String = (0..self.policies).map(row).collect();
        std::fs::write(self.at("book.csv"), format!("{}{rows}", rain_days::HEADER)).unwrap();
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self) -> Program {
        Program::start(daemon(&self.at("fairgauge.toml")))
    }

    /// The entries that bind, in their order.
    fn binding(&self) -> Vec<i64> {
        let binding = "SELECT seq FROM determination WHERE state IN ('interim', 'final', 'restated') ORDER BY seq";
        query(&self.at("ledger.sqlite"), binding)
    }

    /// The entries of the lines of a file; none where it is not there.
    fn lines(&self, name: &str) -> Vec<i64> {
        let text = std::fs::read_to_string(self.at(name)).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        whole
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_i64().unwrap())
            .collect()
    }

    fn length(&self) -> u64 {
        std::fs::metadata(self.at("payouts.jsonl")).map_or(0, |found| found.len())
    }
}

/// Killed at many points, and its file renamed between some of its lives, the files hold each line once, in order.
#[test]
fn after_kills_at_many_points_each_line_stands_once() {
    let mut house = House::new(true);
    let mut dice = Dice(11);
    let (mut kills, mut renamed) = (0, Vec::new());
    while kills < 40 {
        house.sell(5 + dice.below(30));
        let before = house.length();
        let (by_length, until) = (dice.below(3) > 0, dice.below(12_000));
        let (mut looks, most) = (0, dice.below(20_000));
        let mut program = house.start();
        while program.is_running() && if by_length { house.length() <= before + until } else { looks < most } {
            looks += 1;
            // What is there is there: nothing more will come.
            if by_length && house.lines("payouts.jsonl").len() + renamed.len() == house.policies {
                break;
            }
            std::thread::yield_now();
        }
        assert!(program.kill(), "{}", program.log());
        kills += 1;
        if dice.below(6) == 0 && house.at("payouts.jsonl").exists() {
            let text = std::fs::read_to_string(house.at("payouts.jsonl")).unwrap();
            // A torn line goes with the file that is renamed, and is written again in the next one.
            let name = format!("payouts.jsonl.{kills}");
            std::fs::rename(house.at("payouts.jsonl"), house.at(&name)).unwrap();
            renamed.extend(house.lines(&name));
            assert!(text.is_empty() || text.starts_with("{\"seq\":"));
        }
    }
    let mut program = house.start();
    program.wait_said("at work");
    wait_until("all is final", || house.binding().len() == house.policies);
    program.stop();
    let all = [renamed.clone(), house.lines("payouts.jsonl")].concat();
    assert_eq!(all, house.binding(), "{kills} kills");
    println!("{} lines after {kills} kills, {} of them in files that were renamed", all.len(), renamed.len());
    assert!(!renamed.is_empty());
}

/// As logrotate does it: the file is renamed, and the daemon told.
#[test]
fn a_renamed_file_is_left_and_another_one_begun() {
    let mut house = House::new(false);
    let mut program = house.start();
    wait_until("the first line", || house.lines("payouts.jsonl").len() == 1);
    std::fs::rename(house.at("payouts.jsonl"), house.at("payouts.jsonl.1")).unwrap();
    program.signal("HUP");
    wait_until("another file", || house.at("payouts.jsonl").exists());
    house.sell(1);
    program.signal("HUP");
    wait_until("the second line", || house.lines("payouts.jsonl").len() == 1);
    assert_eq!([house.lines("payouts.jsonl.1"), house.lines("payouts.jsonl")].concat(), house.binding());
    // A stranger in its place is left alone, and said once; then the lines go on.
    std::fs::rename(house.at("payouts.jsonl"), house.at("payouts.jsonl.2")).unwrap();
    std::fs::write(house.at("strange"), "notes of mine\n").unwrap();
    std::fs::rename(house.at("strange"), house.at("payouts.jsonl")).unwrap();
    house.sell(1);
    program.signal("HUP");
    program.wait_said("payouts.jsonl is no payout log file: name another one");
    std::fs::remove_file(house.at("payouts.jsonl")).unwrap();
    program.wait_said("lines are appended to the payout log file");
    wait_until("the third line", || house.lines("payouts.jsonl").len() == 1);
    assert_eq!(program.said("is no payout log file"), 1);
    let all = ["payouts.jsonl.1", "payouts.jsonl.2", "payouts.jsonl"].map(|name| house.lines(name)).concat();
    assert_eq!(all, house.binding());
    program.stop();
}

/// What stops the file does not stop the daemon, and what was missed is made good.
#[test]
fn a_folder_that_is_not_there_stops_no_commit() {
    let house = House::new(false);
    let settings = std::fs::read_to_string(house.at("fairgauge.toml")).unwrap();
    std::fs::write(house.at("fairgauge.toml"), settings.replace("\"payouts.jsonl\"", "\"logs/payouts.jsonl\""))
        .unwrap();
    let mut program = house.start();
    program.wait_said("no line is appended to the payout log file");
    wait_until("it is final", || house.binding().len() == 1);
    std::fs::create_dir(house.at("logs")).unwrap();
    wait_until("the line", || house.lines("logs/payouts.jsonl").len() == 1);
    program.stop();
    assert_eq!(house.lines("logs/payouts.jsonl"), house.binding());
}

/// `payouts follow` prints what is there from an entry on, and what comes.
#[test]
fn follow_prints_what_comes() {
    let mut house = House::new(false);
    let program = house.start();
    wait_until("it is final", || house.binding().len() == 1);
    let ledger = house.at("ledger.sqlite");
    let follow = |more: &[&str]| {
        let mut command = fairgauge();
        command.args(["payouts", "follow", "--ledger"]).arg(&ledger).args(more).stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let (mut lines, mut table) = (follow(&["--from", "0"]), follow(&["--from", "0", "--format", "table"]));
    let mut read = BufReader::new(lines.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut rows = BufReader::new(table.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut until_final = || {
        let row = read.find(|line| line.contains("\"state\":\"final\"")).unwrap();
        serde_json::from_str::<serde_json::Value>(&row).unwrap()["seq"].as_i64().unwrap()
    };
    let first = until_final();
    house.sell(1);
    program.signal("HUP");
    let second = until_final();
    assert_eq!([first, second].to_vec(), house.binding());
    let row = rows.find(|row| row.contains("  final  ")).unwrap();
    assert!(row.contains("P-0000/rain/2024-03-01") && row.contains("3,000.00 CNY"), "{row}");
    for mut child in [lines, table] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    program.stop();
    let output = fairgauge().args(["payouts", "follow", "--from", "-1", "--ledger"]).arg(&ledger).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(Path::new(&ledger).exists());
}
