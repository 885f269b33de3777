//! Faults of clocks, C1 to C7 of docs/faults.md: a daemon that is started again while its clock shows another time than the
//! one before. C8 stands with the clock itself, src/daemon/clock.rs.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fairgauge::calendar::DayRule;
use fairgauge::daemon::{Clock, Daemon, Service};
use fairgauge::ledger::{Reader, Store, Writer, parse_instant};
use fairgauge::setup::Setup;
use forge::{forge, rewrite};
use program::query;
use rain_days::{DAILY, WET, days, feed, product};

/// A wet March of 60 mm, for which 1,000 CNY are due from 2 April on.
struct Season {
    folder: tempfile::TempDir,
}

impl Season {
    /// With so many days from 1 March on in the recorded file.
    fn new(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wet = product("wet", DAILY, "lag = \"2 d\"\ncontest = \"24 h\"", WET);
        let book = "W-1,wet@1,A,2024-03-01,2024-03-31,10000 CNY,s\n";
        rain_days::write(folder.path(), &feed("daily", "1 h"), &[("wet", wet)], book);
        let season = Self { folder };
        season.record(count);
        season
    }

    /// Puts so many days into the recorded file.
    fn record(&self, count: usize) {
        std::fs::write(self.folder.path().join("daily.csv"), days(count, &[("03-05", "40"), ("03-20", "20")])).unwrap();
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    /// A ledger that begins at an instant.
    fn begin(&self, at: &str) {
        drop(Store::create(&self.ledger(), "clocks", instant(at)).unwrap());
    }

    /// Starts the daemon with a clock that shows this, and lets it run until everything is final.
    fn run(&self, shows: &str) {
        let mut setup = Setup::load(&self.folder.path().join("fairgauge.toml"), std::iter::empty()).unwrap();
        setup.settings.ledger = self.ledger();
        let clock = Clock::at(instant(shows));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let writer = Writer::spawn(Store::open(&self.ledger()).unwrap()).unwrap();
            let mut daemon = Daemon::start(setup, writer, &clock).await.unwrap();
            daemon.run(&clock, &mut Service::alone(|_, _| ())).await.unwrap();
            daemon.close().await.unwrap();
        });
        Reader::open(&self.ledger()).unwrap().verify().unwrap();
    }

    /// A ledger that was written up to an instant: the rest of it was never written.
    fn run_until(&self, last: &str) {
        self.begin("2024-03-01T00:00:00.000Z");
        self.run("2024-03-01T00:00:00.000Z");
        cut_behind(&self.ledger(), instant(last));
    }

    /// What is final: when, and what.
    fn final_at(&self) -> (String, String) {
        let query = |column: &str| -> String {
            let text = format!("SELECT {column} FROM determination WHERE state = 'final'");
            let mut rows: Vec<String> = program::query(&self.ledger(), &text);
            assert_eq!(rows.len(), 1, "one final determination");
            rows.remove(0)
        };
        (query("substr(determined_at, 1, 16)"), query("outcome || ' ' || amount"))
    }

    /// The instants of all entries never run backwards, nor does what was known.
    fn assert_in_order(&self) {
        let backwards: Vec<i64> = query(
            &self.ledger(),
            "SELECT count(*) FROM ledger AS a JOIN ledger AS b ON b.seq = a.seq + 1 WHERE b.at < a.at",
        );
        assert_eq!(backwards, [0]);
        let ahead: Vec<i64> = query(
            &self.ledger(),
            "SELECT count(*) FROM observation JOIN ledger ON seq = entry
             WHERE known_at_ms <> CAST(round((julianday(at) - 2440587.5) * 86400000) AS INTEGER)",
        );
        assert_eq!(ahead, [0], "what was learned was known from the instant of its entry on");
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    parse_instant(text).unwrap()
}

fn cut_behind(ledger: &Path, last: DateTime<Utc>) {
    let (text, millis) = (fairgauge::ledger::instant_text(last).unwrap(), last.timestamp_millis());
    let delete = format!(
        "DELETE FROM observation WHERE known_at_ms > {millis}; DELETE FROM poll WHERE at_ms > {millis};
         DELETE FROM listed WHERE at > '{text}'; DELETE FROM ledger WHERE at > '{text}';"
    );
    forge(ledger, |connection| connection.execute_batch(&delete).unwrap());
}

/// What a daemon says whose clock was right all along.
fn undisturbed() -> (String, String) {
    let season = Season::new(60);
    season.begin("2024-03-01T00:00:00.000Z");
    season.run("2024-03-01T00:00:00.000Z");
    season.assert_in_order();
    season.final_at()
}

#[test]
fn c01_a_clock_that_goes_back_by_an_hour_changes_nothing() {
    let season = Season::new(60);
    season.run_until("2024-04-02T12:00:00.000Z");
    season.run("2024-04-02T11:00:00.000Z");
    season.assert_in_order();
    assert_eq!(season.final_at(), undisturbed());
}

#[test]
fn c01_a_clock_that_goes_back_by_a_year_holds_all_until_it_is_right() {
    let season = Season::new(60);
    season.run_until("2024-04-02T12:00:00.000Z");
    season.run("2023-04-02T12:00:00.000Z");
    season.assert_in_order();
    assert_eq!(season.final_at(), undisturbed());
}

#[test]
fn c01_a_clock_that_goes_back_while_a_result_is_contested_shortens_nothing() {
    let season = Season::new(60);
    season.run_until("2024-04-03T12:00:00.000Z");
    season.run("2024-03-20T00:00:00.000Z");
    season.assert_in_order();
    assert_eq!(season.final_at(), undisturbed());
}

/// The file has no reading of those years: nothing is closed on the clock's word before readings were waited for again.
#[test]
fn c02_a_clock_that_goes_ahead_by_ten_years_closes_nothing_by_itself() {
    let season = Season::new(20);
    season.run_until("2024-03-20T12:00:00.000Z");
    season.run("2034-03-20T12:00:00.000Z");
    season.assert_in_order();
    let (at, said) = season.final_at();
    assert!(at.as_str() >= "2034-03-30T12:00", "{at}");
    assert_eq!(said, "undetermined 0.00");
}

/// All of the period is there, and nothing of the time that the clock shows.
#[test]
fn c02_nor_what_is_complete_before_a_feed_tells_of_that_time() {
    let season = Season::new(40);
    season.run_until("2024-03-20T12:00:00.000Z");
    season.run("2034-03-20T12:00:00.000Z");
    let (at, said) = season.final_at();
    assert!(at.as_str() >= "2034-03-30T12:00", "{at}");
    assert_eq!(said, "pays 1000.00");
}

#[test]
fn c02_what_a_feed_bears_out_is_closed_at_once() {
    let season = Season::new(60);
    season.run_until("2024-03-20T12:00:00.000Z");
    // It was off for forty days, and the feed tells of them.
    season.run("2024-04-29T12:00:00.000Z");
    let (at, said) = season.final_at();
    assert!(
        at.as_str() >= "2024-04-30T12:00" && at.as_str() <= "2024-05-01T00:00",
        "a day for contesting and a poll: {at}"
    );
    assert_eq!(said, "pays 1000.00");
}

#[test]
fn c03_a_clock_of_1970_settles_nothing_and_signs_nothing() {
    let season = Season::new(60);
    season.run_until("2024-04-02T12:00:00.000Z");
    let before: Vec<i64> = query(&season.ledger(), "SELECT max(seq) FROM ledger");
    let reader = Reader::open(&season.ledger()).unwrap();
    season.run("1970-01-01T00:00:00.000Z");
    drop(reader);
    season.assert_in_order();
    let early: Vec<i64> = query(&season.ledger(), "SELECT count(*) FROM ledger WHERE at < '2024' AND seq > 0");
    assert_eq!(early, [0], "no entry bears the instant of a dead clock");
    assert!(before[0] > 0);
    assert_eq!(season.final_at(), undisturbed());
}

#[test]
fn c03_no_poll_bears_an_instant_of_it_either() {
    let season = Season::new(60);
    season.run_until("2024-04-02T12:00:00.000Z");
    let last: Vec<i64> = query(&season.ledger(), "SELECT max(at_ms) FROM poll");
    season.run("1970-01-01T00:00:00.000Z");
    let since: Vec<i64> = query(&season.ledger(), &format!("SELECT count(*) FROM poll WHERE at_ms > {}", last[0]));
    assert!(since[0] > 0, "it is polled again once the clock is right");
    let early: Vec<i64> = query(&season.ledger(), "SELECT count(*) FROM poll WHERE at_ms < 1709251200000");
    assert_eq!(early, [0], "none before the ledger began");
}

#[test]
fn c03_a_new_ledger_of_a_dead_clock_has_nothing_to_settle_yet() {
    let season = Season::new(60);
    season.begin("1970-01-01T00:00:00.000Z");
    season.run("2024-03-01T00:00:00.000Z");
    season.assert_in_order();
    assert_eq!(season.final_at(), undisturbed());
}

fn day(zone: &str, starts: &str, date: &str) -> (String, i64) {
    let (begin, end) = DayRule::new(zone, starts).unwrap().interval(date.parse().unwrap());
    (begin.format("%FT%R").to_string(), (end - begin).num_minutes())
}

#[test]
fn c05_a_day_that_lacks_an_hour_and_one_that_has_one_more() {
    assert_eq!(day("Europe/Berlin", "00:00", "2024-03-31"), ("2024-03-30T23:00".to_owned(), 23 * 60));
    assert_eq!(day("Europe/Berlin", "00:00", "2024-10-27"), ("2024-10-26T22:00".to_owned(), 25 * 60));
}

#[test]
fn c05_a_day_that_begins_at_one_o_clock() {
    assert_eq!(day("America/Sao_Paulo", "00:00", "2018-11-04"), ("2018-11-04T03:00".to_owned(), 23 * 60));
}

#[test]
fn c05_a_day_of_twenty_four_hours_and_a_half() {
    assert_eq!(day("Australia/Lord_Howe", "00:00", "2024-04-07"), ("2024-04-06T13:00".to_owned(), 24 * 60 + 30));
}

/// 30 December 2011 does not exist in Apia: it has no length, and the days beside it are as ever.
#[test]
fn c05_a_day_that_does_not_exist() {
    assert_eq!(day("Pacific/Apia", "00:00", "2011-12-29").1, 24 * 60);
    assert_eq!(day("Pacific/Apia", "00:00", "2011-12-31").1, 24 * 60);
    assert_eq!(day("Pacific/Apia", "00:00", "2011-12-30").1, 0);
}

/// What another calendar of zones would have written: the period an hour later.
fn moved(season: &Season) {
    rewrite(&season.ledger(), "kind = 'decision'", |body| {
        let value: serde_json::Value = serde_json::from_str(body).unwrap();
        let tzdb = value["tzdb"].as_str().unwrap();
        body.replace("\"from\":\"2024-03-01T00:00:00.000Z\"", "\"from\":\"2024-03-01T01:00:00.000Z\"")
            .replace("\"to\":\"2024-04-01T00:00:00.000Z\"", "\"to\":\"2024-04-01T01:00:00.000Z\"")
            .replace(&format!("\"tzdb\":\"{tzdb}\""), "\"tzdb\":\"2001a\"")
    });
}

#[test]
fn c06_a_newer_calendar_of_zones_moves_no_boundary() {
    let season = Season::new(60);
    season.run_until("2024-03-20T12:00:00.000Z");
    moved(&season);
    season.run("2024-03-20T12:00:00.000Z");
    let span: Vec<String> = query(
        &season.ledger(),
        "SELECT json_extract(body, '$.period.from') || ' ' || json_extract(body, '$.period.to') FROM ledger WHERE kind = 'final'",
    );
    assert_eq!(span, ["2024-03-01T01:00:00.000Z 2024-04-01T01:00:00.000Z"]);
}

#[test]
fn c06_it_is_told_once_in_the_ledger() {
    let season = Season::new(60);
    season.run_until("2024-03-20T12:00:00.000Z");
    moved(&season);
    for _ in 0..2 {
        season.run("2024-03-20T12:00:00.000Z");
        cut_behind(&season.ledger(), instant("2024-03-20T12:00:00.000Z"));
    }
    let notes: Vec<String> =
        query(&season.ledger(), "SELECT json_extract(body, '$.text') FROM ledger WHERE key LIKE 'zone/W-1/%'");
    assert!(notes.len() == 1 && notes[0].contains("the rules of UTC changed"), "{notes:?}");
}

#[test]
fn c06_the_same_calendar_says_nothing() {
    let season = Season::new(60);
    season.run_until("2024-03-20T12:00:00.000Z");
    season.run("2024-03-20T12:00:00.000Z");
    let notes: Vec<i64> = query(&season.ledger(), "SELECT count(*) FROM ledger WHERE key LIKE 'zone/%'");
    assert_eq!(notes, [0]);
}

/// A machine that slept from one instant to another.
fn slept(from: &str, to: &str) -> Season {
    let season = Season::new(60);
    season.run_until(from);
    season.run(to);
    season.assert_in_order();
    // What was missed is filled in, known from when it was fetched on.
    let earlier: Vec<i64> = query(
        &season.ledger(),
        &format!(
            "SELECT count(*) FROM observation WHERE known_at_ms > {} AND known_at_ms < {}",
            instant(from).timestamp_millis(),
            instant(to).timestamp_millis()
        ),
    );
    assert_eq!(earlier, [0], "nothing was known while it slept");
    let days: Vec<i64> =
        query(&season.ledger(), "SELECT count(DISTINCT start_s) FROM observation WHERE start_s < 1711929600");
    assert_eq!(days, [31], "every day of March is there");
    season
}

#[test]
fn c07_a_day_asleep_within_the_period_is_filled_in() {
    assert_eq!(slept("2024-03-10T12:00:00.000Z", "2024-03-11T12:00:00.000Z").final_at(), undisturbed());
}

#[test]
fn c07_a_week_asleep_within_the_period_is_filled_in() {
    assert_eq!(slept("2024-03-10T12:00:00.000Z", "2024-03-17T12:00:00.000Z").final_at(), undisturbed());
}

#[test]
fn c07_a_day_asleep_over_the_end_of_the_period_delays_and_changes_nothing_else() {
    let season = slept("2024-03-31T12:00:00.000Z", "2024-04-02T12:00:00.000Z");
    assert_eq!(season.final_at().1, undisturbed().1);
}
