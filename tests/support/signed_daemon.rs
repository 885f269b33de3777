//! A daemon that signs: rain at a station, settings, key and ledger in a folder.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::program::{self, Program, daemon, run, wait_until};
use crate::rain_days;

/// Ten days of rain at a station, 30 mm above the strike; a policy on them; a ledger that is signed and published.
pub struct World {
    pub folder: tempfile::TempDir,
}

impl World {
    /// `origin`: the key `file` or `url` of the feed.
    pub fn new(origin: &str) -> Self {
        Self::new_in(tempfile::tempdir().unwrap(), origin)
    }

    /// The same in this folder.
    pub fn new_in(folder: tempfile::TempDir, origin: &str) -> Self {
        Self::of(folder, origin, "lag = \"0 s\"", 1)
    }

    /// One that reads a file, with so many policies, of which each new word about a day corrects all payouts.
    pub fn corrected(policies: usize) -> Self {
        let settlement = "lag = \"0 s\"\ncorrection = \"180 d\"\nclawback = true";
        Self::of(tempfile::tempdir().unwrap(), "file = \"daily.csv\"", settlement, policies)
    }

    fn of(folder: tempfile::TempDir, origin: &str, settlement: &str, policies: usize) -> Self {
        let world = Self { folder };
        let feed = rain_days::feed_each("daily", "1 s", "0 s").replace("file = \"daily.csv\"", origin);
        let product = rain_days::product("wet", rain_days::DAILY, settlement, rain_days::WET);
        let policy = |number| format!("P-{number},wet@1,Somebody,2024-03-01,2024-03-10,10000 CNY,s\n");
        let sign = "\n[ledger.sign]\nname = \"ledger.example.org/faults\"\nkey = { file = \"ledger.key\" }\npublish = \"public\"\n\
                    [network]\nallow_private = true\n";
        let book: String = (1..=policies).map(policy).collect();
        rain_days::write(world.folder.path(), &format!("{sign}{feed}"), &[("wet", product)], &book);
        let (status, said) =
            run(&["key", "new", world.file("ledger.key").to_str().unwrap(), "--name", "ledger.example.org/faults"]);
        assert_eq!(status, 0, "{said}");
        fs::write(world.file("key.pub"), said).unwrap();
        world
    }

    /// One that reads a file, which is there.
    pub fn of_file() -> Self {
        let world = Self::new("file = \"daily.csv\"");
        world.tell(10);
        world
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Has the file say so many days.
    pub fn tell(&self, days: usize) {
        self.tell_fall(days, "80");
    }

    /// The same, with so many millimetres on one of them.
    pub fn tell_fall(&self, days: usize, fall_mm: &str) {
        fs::write(self.file("new"), rain_days::days(days, &[("03-02", fall_mm)])).unwrap();
        fs::rename(self.file("new"), self.file("daily.csv")).unwrap();
    }

    pub fn command(&self) -> Command {
        daemon(&self.file("fairgauge.toml"))
    }

    pub fn start(&self) -> Program {
        Program::start(self.command())
    }

    pub fn count(&self, what: &str) -> i64 {
        let query = format!("SELECT count(*) FROM {what}");
        program::query(&self.file("ledger.sqlite"), &query).first().copied().unwrap_or(0)
    }

    pub fn polls(&self, outcome: &str) -> i64 {
        self.count(&format!("poll WHERE outcome {outcome} 'ok'"))
    }

    pub fn wait_settled(&self) {
        wait_until("the policy is settled", || self.count("payout WHERE state = 'final'") == 1);
    }

    /// Starts it, has it settle, and ends it.
    pub fn run_to_end(&self) {
        let mut daemon = self.start();
        daemon.wait_said("at work: ");
        self.wait_settled();
        daemon.stop();
    }

    /// Starts it, and ends it after a poll.
    pub fn goes_on(&self) {
        let before = self.count("poll");
        let mut daemon = self.start();
        daemon.wait_said("at work: ");
        wait_until("it polls", || self.count("poll") > before);
        daemon.stop();
    }

    /// That it was settled once for what is due, that all is signed, and that nothing is damaged.
    pub fn assert_well(&self) {
        let due: Vec<String> =
            program::query(&self.file("ledger.sqlite"), "SELECT amount FROM payout WHERE state = 'final'");
        assert_eq!(due, ["3000.00"]);
        assert_eq!(self.count("ledger WHERE kind = 'final'"), 1);
        let (status, said) = self.verify();
        assert_eq!(status, 0, "{said}");
    }

    /// `fairgauge verify` by the public key: its status, and what it says.
    pub fn verify(&self) -> (i32, String) {
        let (config, key) = (self.file("fairgauge.toml"), self.file("key.pub"));
        run(&["verify", "--config", config.to_str().unwrap(), "--key", key.to_str().unwrap()])
    }
}
