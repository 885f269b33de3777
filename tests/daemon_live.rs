//! The whole program against a server on this machine: a season that plays forward, feeds that fail, signals, and
//! what systemd is told.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fairgauge::ledger::{Filter, PayoutRow, Reader, State};
use fairgauge::settle::Outcome;
use fault_server::{FaultServer, Reply, Request};
use program::{PATIENCE, Program, contents, daemon, wait_for, wait_until};

/// How a feed is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A row for each of the ten days of the cover.
    Csv,
    /// A value for each of the 48 hours of the cover.
    OpenMeteo,
}

/// What a feed's server has to say.
#[derive(Clone)]
struct Play {
    form: Form,
    /// One for each row of the cover, as it is written in the body; `None` is written as missing.
    rows: Vec<Option<&'static str>>,
    /// How many of them are told.
    told: usize,
    /// How many more at each request.
    step: usize,
    /// What is answered instead.
    fault: Option<Reply>,
    requests: usize,
    /// The feed's keys `poll` and `timeout`.
    poll: &'static str,
    timeout: &'static str,
    /// The product's longest wait.
    longest_wait: &'static str,
}

impl Play {
    /// 55 mm in ten days, or 48 mm in 48 hours.
    fn new(form: Form, told: usize, step: usize) -> Self {
        let rows = match form {
            Form::Csv => vec![Some("5.5"); 10],
            Form::OpenMeteo => vec![Some("1.0"); 48],
        };
        let (poll, timeout, longest_wait) = ("1 s", "6 s", "60 d");
        Self { form, rows, told, step, fault: None, requests: 0, poll, timeout, longest_wait }
    }

    fn answer(&mut self) -> Reply {
        self.requests += 1;
        if let Some(fault) = &self.fault {
            return fault.clone();
        }
        self.told = (self.told + self.step).min(self.rows.len());
        self.whole()
    }

    fn is_all_told(&self) -> bool {
        self.told == self.rows.len()
    }

    fn whole(&self) -> Reply {
        let rows = self.rows.iter().take(self.told);
        match self.form {
            Form::Csv => {
                let rows = rows.zip(1..).map(|(value, day)| format!("2024-06-{day:02},{}\n", value.unwrap_or("")));
                Reply::csv(format!("date,rain\n{}", rows.collect::<String>()))
            }
            Form::OpenMeteo => {
                // The stamp is the end of its hour.
                let stamp = |hour: usize| format!("\"2024-06-{:02}T{:02}:00\"", 1 + hour / 24, hour % 24);
                let times: Vec<_> = (1..=self.told).map(stamp).collect();
                let values: Vec<_> = rows.map(|value| value.unwrap_or("null")).collect();
                Reply::json(format!(
                    r#"{{"latitude":31.0,"longitude":122.0,"utc_offset_seconds":0,
                    "hourly_units":{{"time":"iso8601","precipitation":"mm"}},
                    "hourly":{{"time":[{}],"precipitation":[{}]}}}}"#,
                    times.join(","),
                    values.join(",")
                ))
            }
        }
    }

    fn settings(&self, name: &str, server: SocketAddr) -> String {
        let (poll, timeout) = (self.poll, self.timeout);
        let all = format!("poll = \"{poll}\"\ntimeout = \"{timeout}\"\ndelay = \"0 s\"\nvintage = \"provisional\"\n");
        let variable = "{ variable = \"precipitation\", unit = \"mm\" }";
        match self.form {
            Form::Csv => format!(
                "[feed.{name}]\nkind = \"csv\"\nurl = \"http://{server}/{name}?from={{from}}&to={{to}}\"\n{all}\
                 columns.rain = {variable}\n\
                 [feed.{name}.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\nstation = {{ is = \"here\" }}\n\
                 time = {{ column = \"date\", format = \"%Y-%m-%d\", zone = \"UTC\", stamp = \"begin\", every = \"1 d\", starts = \"00:00\" }}\n"
            ),
            Form::OpenMeteo => format!(
                "[feed.{name}]\nkind = \"open-meteo\"\nurl = \"http://{server}/{name}\"\n{all}\
                 open_meteo = {{ model = \"era5\", block = \"hourly\" }}\ncolumns.precipitation = {variable}\n\
                 station.here = {{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }}\n"
            ),
        }
    }

    /// A product with a cover for too little and one for too much, of which the second pays while the period runs.
    fn product(&self, name: &str) -> String {
        let every = if self.form == Form::Csv { "1 d" } else { "1 h" };
        let cover = |id: &str, payout: &str| {
            format!(
                "[[cover]]\nid = \"{id}\"\nwindow = \"cover\"\n\
                 index = [ {{ read = \"precipitation\", every = \"{every}\" }}, {{ reduce = \"sum\" }} ]\npayout = {payout}\n"
            )
        };
        format!(
            "[product]\nid = \"{name}\"\nversion = 1\nname = \"Rain\"\ncurrency = \"USD\"\n\
             day = {{ zone = \"UTC\", starts = \"00:00\" }}\n\
             [exposure]\nsum_insured = \"policy\"\n[policy]\nstation = \"station\"\n\
             [data]\nsources = [\"{name}/{{station}}\"]\nmissing = {{ at_most = \"0 %\", longest = \"0 d\" }}\n\
             [settlement]\nlag = \"0 s\"\nlongest_wait = \"{}\"\nrounding = \"half_up\"\n{}{}",
            self.longest_wait,
            cover("little", "{ when = \"<\", strike = \"50 mm\", exit = \"10 mm\", limit = \"40 %\" }"),
            cover("much", "{ when = \">\", strike = \"20 mm\", exit = \"60 mm\", limit = \"60 %\" }"),
        )
    }

    fn policy(&self, id: &str, name: &str) -> String {
        let last = if self.form == Form::Csv { "2024-06-10" } else { "2024-06-02" };
        format!("{id},{name}@1,Somebody,2024-06-01,{last},1000 USD,here\n")
    }

    /// What is due in the end, for too little and for too much.
    fn due(&self) -> [&'static str; 2] {
        if self.form == Form::Csv { ["0.00", "525.00"] } else { ["20.00", "420.00"] }
    }
}

/// Settings, products and a book in a folder, and the server that they name. Feed, product and policy go by one name.
struct World {
    folder: tempfile::TempDir,
    plays: Arc<Mutex<BTreeMap<String, Play>>>,
    server: FaultServer,
    address: SocketAddr,
}

impl World {
    fn new<const N: usize>(plays: [(&str, Play); N]) -> Self {
        let plays: BTreeMap<_, _> = plays.into_iter().map(|(name, play)| (name.to_owned(), play)).collect();
        let plays = Arc::new(Mutex::new(plays));
        let server = FaultServer::start(answers(&plays));
        let address = server.url("").strip_prefix("http://").unwrap().parse().unwrap();
        let world = Self { folder: tempfile::tempdir().unwrap(), plays, server, address };
        std::fs::create_dir(world.file("products")).unwrap();
        world.write();
        world
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ledger(&self) -> PathBuf {
        self.file("ledger.sqlite")
    }

    /// Writes everything that people write.
    fn write(&self) {
        let plays = self.plays.lock().unwrap().clone();
        let mut settings = "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"products\"\n\
            policies = [\"book.csv\"]\n[network]\nallow_private = true\n"
            .to_owned();
        let mut book = "policy,product,insured,from,to,sum_insured,station\n".to_owned();
        for (name, play) in &plays {
            settings += &play.settings(name, self.address);
            book += &play.policy(name, name);
            std::fs::write(self.file(&format!("products/{name}.toml")), play.product(name)).unwrap();
        }
        std::fs::write(self.file("fairgauge.toml"), settings).unwrap();
        std::fs::write(self.file("book.csv"), book).unwrap();
    }

    /// Replaces a text of a file, which must be there.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(self.file(name), text.replace(from, to)).unwrap();
    }

    fn command(&self) -> std::process::Command {
        daemon(&self.file("fairgauge.toml"))
    }

    fn start(&self) -> Program {
        Program::start(self.command())
    }

    fn play<T>(&self, name: &str, act: impl FnOnce(&mut Play) -> T) -> T {
        act(self.plays.lock().unwrap().get_mut(name).unwrap())
    }

    fn query<T: rusqlite::types::FromSql>(&self, query: &str) -> Vec<T> {
        program::query(&self.ledger(), query)
    }

    fn count(&self, query: &str) -> i64 {
        self.query::<i64>(&format!("SELECT count(*) FROM {query}")).first().copied().unwrap_or(0)
    }

    /// Polls of a feed that went so.
    fn polls(&self, feed: &str, outcome: &str) -> i64 {
        self.count(&format!("poll WHERE feed = '{feed}' AND outcome = '{outcome}'"))
    }

    fn wait_polls(&self, feed: &str, outcome: &str, more: i64) {
        let before = self.polls(feed, outcome);
        wait_until(&format!("{more} polls of {feed} end with {outcome}"), || {
            self.polls(feed, outcome) >= before + more
        });
    }

    fn finals(&self, policy: &str) -> i64 {
        self.count(&format!("ledger WHERE kind = 'final' AND policy = '{policy}'"))
    }

    /// Waits until both covers of a policy are final.
    fn wait_final(&self, policy: &str) {
        wait_until(&format!("{policy} is final"), || self.finals(policy) == 2);
    }

    /// Every determination of a policy's cover, in their order.
    fn said(&self, policy: &str, cover: &str) -> Vec<PayoutRow> {
        let filter =
            Filter { policy: Some(policy.to_owned()), cover: Some(cover.to_owned()), all: true, ..Filter::default() };
        Reader::open(&self.ledger()).unwrap().payouts(&filter).unwrap()
    }

    /// That a policy was settled once, for what is due, and that nothing came after it.
    fn assert_settled(&self, policy: &str) {
        let due = self.play(policy, |play| play.due());
        for (cover, due) in ["little", "much"].into_iter().zip(due) {
            let said = self.said(policy, cover);
            let (last, before) = said.split_last().unwrap();
            assert_eq!((last.state, &*last.amount), (State::Final, due), "{policy} {cover}");
            assert!(before.iter().all(|row| row.state == State::Provisional && row.seq < last.seq), "{policy} {cover}");
        }
        assert_eq!(self.finals(policy), 2, "{policy}");
    }

    /// That the ledger is whole and that everything is in its one file.
    fn assert_closed(&self) {
        let log = std::fs::metadata(self.file("ledger.sqlite-wal"));
        assert_eq!(log.map_or(0, |log| log.len()), 0, "the write-ahead log has nothing that the file has not");
        Reader::open(&self.ledger()).unwrap().verify().unwrap();
    }

    /// Entries, readings and evidence: everything but polls.
    fn facts(&self) -> Vec<String> {
        contents(&self.ledger()).into_iter().filter(|line| !line.starts_with("poll ")).collect()
    }
}

fn answers(plays: &Arc<Mutex<BTreeMap<String, Play>>>) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let plays = plays.clone();
    move |request| {
        let name = request.target.trim_start_matches('/').split('?').next().unwrap();
        plays.lock().unwrap().get_mut(name).unwrap().answer()
    }
}

/// The most memory that a process has had, in MB.
fn most_memory_mb(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn plays_a_season_forward(form: Form) {
    let step = if form == Form::Csv { 3 } else { 13 };
    let world = World::new([("rain", Play::new(form, 1, step))]);
    let daemon = world.start();
    let told_all = wait_for("the server tells the last reading", || {
        world.play("rain", |play| play.is_all_told().then_some(play.requests))
    });
    world.wait_final("rain");
    let asked = world.play("rain", |play| play.requests);
    world.assert_settled("rain");
    assert!(asked <= told_all + 2, "final after {} further polls", asked - told_all);
    // By the ledger's own account no poll lies between the last reading and the final payout.
    let [learned, settled] = ["obs", "final"]
        .map(|kind| world.query::<String>(&format!("SELECT max(at) FROM ledger WHERE kind = '{kind}'")).pop().unwrap());
    let at_ms = |at: &str| format!("CAST(round(1000 * unixepoch('{at}', 'subsec')) AS INTEGER)");
    let between = format!("poll WHERE at_ms > {} AND at_ms <= {}", at_ms(&learned), at_ms(&settled));
    assert_eq!(world.count(&between), 0, "{learned} {settled}");
    // While it was open: too little could not be said, too much was.
    let little = world.said("rain", "little");
    assert_eq!((little[0].state, little[0].outcome), (State::Provisional, Outcome::Undetermined));
    let much: Vec<_> = world.said("rain", "much").iter().map(|row| row.amount_minor).collect();
    assert!(much.is_sorted() && much.len() > 2, "{much:?}");

    let log = daemon.stop();
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    world.assert_closed();
    let before = world.facts();
    let again = world.start();
    world.wait_polls("rain", "ok", 2);
    again.stop();
    assert_eq!(world.facts(), before, "a restart adds nothing");
}

#[test]
fn a_season_of_a_csv_feed_plays_forward() {
    plays_a_season_forward(Form::Csv);
}

#[test]
fn a_season_of_an_open_meteo_feed_plays_forward() {
    plays_a_season_forward(Form::OpenMeteo);
}

/// What a source says of a day once it was paid for stands in the ledger and changes nothing that was paid.
fn is_recorded_behind_the_payout(form: Form, value: Option<&'static str>) {
    let world = World::new([("rain", Play::new(form, 48, 0)), ("open", Play::new(form, 2, 0))]);
    let daemon = world.start();
    world.wait_final("rain");
    let of_rain = "observation JOIN series ON series.id = series AND feed = 'rain'";
    let before = world.count(of_rain);
    world.play("rain", |play| play.rows[2] = value);
    wait_until("the revision is recorded", || world.count(of_rain) == before + 1);
    world.wait_polls("rain", "ok", 2);
    daemon.stop();
    world.assert_settled("rain");
    world.assert_closed();
}

#[test]
fn f18_a_revision_behind_the_payout_of_a_csv_feed() {
    is_recorded_behind_the_payout(Form::Csv, Some("99.5"));
}

#[test]
fn f18_a_revision_behind_the_payout_of_an_open_meteo_feed() {
    is_recorded_behind_the_payout(Form::OpenMeteo, Some("9.5"));
}

#[test]
fn f18_what_is_taken_back_behind_the_payout() {
    is_recorded_behind_the_payout(Form::Csv, None);
}

fn keeps_every_version(form: Form) {
    let world = World::new([("rain", Play::new(form, 5, 0))]);
    let daemon = world.start();
    let readings = || world.count("observation");
    let value = |nth: usize| {
        let rows = "SELECT coalesce(value_micro, 'nothing') || '' FROM observation
            WHERE start_s = (SELECT DISTINCT start_s FROM observation ORDER BY start_s LIMIT 1 OFFSET NTH)
            ORDER BY known_at_ms";
        world.query::<String>(&rows.replace("NTH", &nth.to_string()))
    };
    world.wait_polls("rain", "ok", 3);
    assert_eq!(readings(), 5, "the same body again is nothing new");
    world.play("rain", |play| play.rows[2] = Some("7.25"));
    wait_until("the revision is recorded", || readings() == 6);
    world.play("rain", |play| play.rows[3] = None);
    wait_until("what was taken back is recorded", || readings() == 7);
    world.play("rain", |play| play.rows[4] = Some("-3"));
    wait_until("a value that cannot be is refused", || world.count("poll WHERE rows_refused = 1") > 0);
    world.play("rain", |play| play.rows[4] = play.rows[0]);
    world.wait_polls("rain", "ok", 2);
    let first = value(0).pop().unwrap();
    assert_eq!(value(2), [&*first, "7250000"], "both are kept, in their order");
    assert_eq!(value(3), [&*first, "nothing"], "missing is missing, not zero");
    assert_eq!(value(4), [&*first], "what was refused changed nothing");
    // And back again: a third version, not the first one brought to life.
    world.play("rain", |play| play.rows[2] = play.rows[0]);
    wait_until("the revision is revised", || value(2).len() == 3);
    assert_eq!(value(2), [&*first, "7250000", &*first]);
    world.play("rain", |play| (play.rows[3], play.step) = (play.rows[0], 48));
    world.wait_final("rain");
    let log = daemon.stop();
    assert_eq!(log.matches("feed rain revises readings: 1 ").count(), 4, "{log}");
    world.assert_settled("rain");
    world.assert_closed();
}

#[test]
fn f07_revisions_of_a_csv_feed_are_new_rows() {
    keeps_every_version(Form::Csv);
}

#[test]
fn f07_revisions_of_an_open_meteo_feed_are_new_rows() {
    keeps_every_version(Form::OpenMeteo);
}

/// A feed that answered fails for a while. The daemon stays up and says so once; the other feed's policy is settled
/// meanwhile; when the feed is well again, it catches up and its policy is settled too.
fn outlives(form: Form, fault: Reply, class: &str, polls: i64) {
    let told = if form == Form::Csv { 3 } else { 30 };
    let world = World::new([("bad", Play::new(form, told, 0)), ("good", Play::new(Form::Csv, 0, 3))]);
    let mut daemon = world.start();
    world.wait_polls("bad", "ok", 1);
    world.play("bad", |play| play.fault = Some(fault));
    world.wait_polls("bad", class, polls);
    world.wait_final("good");
    assert!(daemon.is_running());
    assert_eq!(world.finals("bad"), 0, "absence is neither rain nor drought");
    let said = |text: &str| daemon.said(text);
    assert_eq!((said("feed bad fails: "), said("answers again")), (1, 0), "{}", daemon.log());
    world.play("bad", |play| (play.fault, play.step) = (None, 48));
    world.wait_final("bad");
    wait_until("the log says that it is well", || said("feed bad answers again") == 1);
    world.wait_polls("bad", "ok", 1);
    assert_eq!((said("fails: "), said("answers again")), (1, 1), "{}", daemon.log());
    assert!(most_memory_mb(&daemon) < 150, "{} MB", most_memory_mb(&daemon));
    let classes = world.query::<String>("SELECT DISTINCT outcome FROM poll WHERE outcome <> 'ok'");
    assert_eq!(classes, [class]);
    daemon.stop();
    world.assert_settled("good");
    world.assert_settled("bad");
    world.assert_closed();
}

#[test]
fn outlives_a_reset_connection() {
    outlives(Form::Csv, Reply::Reset, "connect", 3);
}

#[test]
fn outlives_a_silent_server() {
    outlives(Form::Csv, Reply::Silent, "timeout", 2);
}

#[test]
fn outlives_a_slow_server() {
    let slow = Reply::Slow { body: vec![b'x'; 10_000], pause: Duration::from_millis(50) };
    outlives(Form::OpenMeteo, slow, "timeout", 2);
}

#[test]
fn outlives_status_500() {
    outlives(Form::Csv, Reply::status(500), "status", 3);
}

#[test]
fn outlives_a_web_page() {
    outlives(Form::Csv, Reply::html(), "html", 3);
}

#[test]
fn outlives_a_cut_body() {
    outlives(Form::Csv, Reply::Cut { announced: 5_000, body: b"date,rain\n2024-06-01,0.1\n".to_vec() }, "truncated", 3);
}

#[test]
fn outlives_cut_json() {
    let cut = br#"{"latitude":31.0,"longitude":122.0,"utc_offset_seconds":0,"hourly_units":{"time":"iso8601","#;
    outlives(Form::OpenMeteo, Reply::json(cut.to_vec()), "truncated", 3);
}

#[test]
fn outlives_an_endless_body() {
    outlives(Form::Csv, Reply::Endless { bytes: 1 << 30 }, "too_large", 3);
}

#[test]
fn outlives_garbage_for_csv() {
    let garbage: Vec<u8> =
        (0..40_000_u32).map(|at| u8::try_from(at.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect();
    outlives(Form::Csv, Reply::csv(garbage), "decode", 3);
}

#[test]
fn outlives_other_columns() {
    outlives(Form::Csv, Reply::csv("day;rain\n2024-06-01;0.1\n"), "decode", 3);
}

#[test]
fn outlives_garbage_for_json() {
    outlives(Form::OpenMeteo, Reply::json("{\"latitude\": [}]}"), "decode", 3);
}

#[test]
fn outlives_an_error_in_the_providers_words() {
    outlives(Form::OpenMeteo, Reply::json("{\"error\":true,\"reason\":\"we are closed\"}"), "provider", 3);
}

#[test]
fn leaves_a_server_alone_as_long_as_it_wants() {
    let fault = Reply::status(503).header("retry-after", "7");
    let world = World::new([("bad", Play::new(Form::Csv, 1, 0)), ("good", Play::new(Form::Csv, 0, 3))]);
    world.play("bad", |play| play.fault = Some(fault));
    let daemon = world.start();
    world.wait_polls("bad", "status", 2);
    let asked = world.query::<i64>("SELECT at_ms FROM poll WHERE feed = 'bad' ORDER BY at_ms");
    assert!(asked[1] - asked[0] >= 7_000, "{asked:?}");
    world.wait_final("good");
    world.play("bad", |play| (play.fault, play.step) = (None, 10));
    world.wait_final("bad");
    assert_eq!((daemon.said("fails: "), daemon.said("answers again")), (1, 1), "{}", daemon.log());
    let asked = world.polls("bad", "status") + world.polls("bad", "ok");
    let requests = world.play("bad", |play| play.requests);
    assert!(i64::try_from(requests).unwrap() <= asked + 1, "one request for each poll: {requests} for {asked}");
    daemon.stop();
}

#[test]
fn outlives_a_server_that_is_not_there() {
    let mut world = World::new([("bad", Play::new(Form::Csv, 0, 5)), ("good", Play::new(Form::Csv, 0, 3))]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.edit("fairgauge.toml", &format!("{}/bad", world.address), &format!("{nobody}/bad"));
    let daemon = world.start();
    world.wait_polls("bad", "connect", 3);
    world.wait_final("good");
    assert_eq!((daemon.said("feed bad fails: "), daemon.said("answers again")), (1, 0), "{}", daemon.log());
    let good = std::mem::replace(&mut world.server, FaultServer::start_on(nobody, answers(&world.plays)));
    world.wait_final("bad");
    drop(good);
    world.wait_polls("good", "connect", 1);
    // A poll is in the ledger a moment before it is in the log.
    wait_until("the log says that the other one fails", || daemon.said("fails: ") == 2);
    assert_eq!((daemon.said("fails: "), daemon.said("answers again")), (2, 1), "{}", daemon.log());
    daemon.stop();
    world.assert_settled("bad");
    world.assert_closed();
}

#[test]
fn a_failure_of_another_kind_is_said_too() {
    let world = World::new([("bad", Play::new(Form::Csv, 3, 0))]);
    let daemon = world.start();
    for (fault, class) in [
        (Some(Reply::status(500)), "status"),
        (Some(Reply::html()), "html"),
        (Some(Reply::status(500)), "status"),
        (None, "ok"),
        (Some(Reply::html()), "html"),
    ] {
        world.play("bad", |play| play.fault = fault);
        world.wait_polls("bad", class, 2);
    }
    world.play("bad", |play| (play.fault, play.step) = (None, 10));
    world.wait_final("bad");
    wait_until("the log says that it is well", || daemon.said("answers again") == 2);
    assert_eq!(daemon.said("feed bad fails: "), 4, "{}", daemon.log());
    daemon.stop();
}

#[test]
fn f17_what_never_comes_is_waited_for_and_then_undetermined() {
    let mut play = Play::new(Form::Csv, 8, 0);
    play.longest_wait = "4 s";
    let world = World::new([("rain", play)]);
    let daemon = world.start();
    world.wait_final("rain");
    daemon.stop();
    let bound = Reader::open(&world.ledger()).unwrap().policies().unwrap()[0].bound_at;
    for cover in ["little", "much"] {
        let said = world.said("rain", cover);
        let last = said.last().unwrap();
        assert_eq!((last.state, last.outcome, last.amount_minor), (State::Final, Outcome::Undetermined, 0));
        assert!((last.as_of - bound).num_seconds() >= 4, "the wait begins when the policy is bound");
        let asked = "SELECT max(at_ms) FROM poll WHERE outcome = 'ok' AND at_ms <=";
        let heard = world.query::<i64>(&format!("{asked} {}", last.as_of.timestamp_millis()))[0];
        assert!(heard - bound.timestamp_millis() >= 4_000, "and ends only when the feed has answered once more");
    }
}

#[test]
fn a_file_is_waited_for_and_read_again_when_it_is_another() {
    let world = World::new([("rain", Play::new(Form::Csv, 0, 0))]);
    let url = format!("url = \"http://{}/rain?from={{from}}&to={{to}}\"", world.address);
    world.edit("fairgauge.toml", &url, "file = \"rain.csv\"");
    let put = |rows: &[&str]| {
        let rows = rows.iter().zip(1..).map(|(value, day)| format!("2024-06-{day:02},{value}\n"));
        std::fs::write(world.file("draft"), format!("date,rain\n{}", rows.collect::<String>())).unwrap();
        std::fs::rename(world.file("draft"), world.file("rain.csv")).unwrap();
    };
    let daemon = world.start();
    world.wait_polls("rain", "file", 2);
    put(&["5.5"; 6]);
    wait_until("the file is read", || world.count("observation") == 6);
    world.wait_polls("rain", "ok", 2);
    assert_eq!(world.count("ledger WHERE kind = 'obs'"), 1, "a file that stays the same says nothing new");
    put(&["5.5", "6.5", "5.5", "5.5", "5.5", "5.5", "5.5", "5.5", "5.5", "4.5"]);
    world.wait_final("rain");
    assert_eq!((daemon.said("feed rain fails: "), daemon.said("answers again")), (1, 1), "{}", daemon.log());
    daemon.stop();
    assert_eq!(world.count("observation"), 11, "four new ones, and one revised");
    world.assert_settled("rain");
    world.assert_closed();
}

#[test]
fn f08_what_was_missed_while_down_is_fetched_when_it_is_back() {
    let world = World::new([("rain", Play::new(Form::Csv, 2, 0))]);
    let mut daemon = world.start();
    world.wait_polls("rain", "ok", 1);
    assert!(daemon.kill());
    world.play("rain", |play| play.step = 10);
    let daemon = world.start();
    world.wait_final("rain");
    daemon.stop();
    world.assert_settled("rain");
    assert_eq!(world.count("observation"), 10);
    world.assert_closed();
}

#[test]
fn killed_at_several_points_it_settles_once() {
    let world = World::new([("rain", Play::new(Form::Csv, 0, 1)), ("snow", Play::new(Form::OpenMeteo, 0, 4))]);
    for polls in 0..8 {
        let before = world.count("poll");
        let mut daemon = world.start();
        wait_until("some polls", || world.count("poll") >= before + polls);
        assert!(daemon.kill());
    }
    let mut daemon = world.start();
    daemon.wait_said("at work: ");
    world.wait_final("rain");
    world.wait_final("snow");
    daemon.stop();
    let before = world.facts();
    let mut daemon = world.start();
    world.wait_polls("rain", "ok", 2);
    world.wait_polls("snow", "ok", 1);
    assert!(daemon.kill());
    world.assert_settled("rain");
    world.assert_settled("snow");
    assert_eq!(world.count("observation"), 10 + 48);
    assert_eq!(world.facts(), before);
}

#[test]
fn p04_sigterm_ends_it_idle_and_in_the_midst_of_a_poll() {
    let mut idle = Play::new(Form::Csv, 3, 0);
    idle.poll = "1 h";
    let mut slow = idle.clone();
    (slow.timeout, slow.fault) = ("300 s", Some(Reply::Silent));
    for (play, what) in [(idle, "idle"), (slow, "a poll is under way")] {
        let in_poll = play.fault.is_some();
        let world = World::new([("rain", play)]);
        let mut daemon = world.start();
        if in_poll {
            wait_until("it asks", || world.play("rain", |play| play.requests) > 0);
        } else {
            wait_until("it has heard", || world.polls("rain", "ok") == 1);
        }
        for signal in ["TERM", "INT"] {
            let asked = Instant::now();
            daemon.signal(signal);
            let status = daemon.ended();
            assert!(status.success(), "{what}, SIG{signal}: {status}\n{}", daemon.log());
            assert!(asked.elapsed() < PATIENCE / 6, "{what}: {:?}", asked.elapsed());
            assert_eq!(daemon.said("stopped as asked"), 1, "{what}: {}", daemon.log());
            world.assert_closed();
            assert_eq!(world.count("observation"), if in_poll { 0 } else { 3 }, "{what}");
            daemon = world.start();
            daemon.wait_said("at work: ");
        }
    }
}

#[test]
fn p04_sigterm_while_it_starts_is_obeyed_when_it_has_started() {
    let world = World::new([("rain", Play::new(Form::Csv, 3, 0))]);
    let mut daemon = world.start();
    daemon.wait_said("a new one is begun");
    let log = daemon.stop();
    assert!(log.contains("stopped as asked"), "{log}");
    world.assert_closed();
}

#[test]
fn o03_a_fault_in_settings_or_book_leaves_the_old_in_force_until_a_good_reload() {
    let world = World::new([("rain", Play::new(Form::Csv, 3, 0))]);
    let mut daemon = world.start();
    world.wait_polls("rain", "ok", 1);

    // A key that there is not, on line 9.
    world.edit("fairgauge.toml", "poll = \"1 s\"", "poll = \"1 s\"\npol = \"1 s\"");
    let settings = std::fs::read_to_string(world.file("fairgauge.toml")).unwrap();
    let line = 1 + settings.lines().position(|line| line.starts_with("pol =")).unwrap();
    daemon.signal("HUP");
    daemon.wait_said(&format!("fairgauge.toml:{line}:1"));
    assert_eq!(daemon.said("the old ones stay in force"), 1, "{}", daemon.log());
    world.wait_polls("rain", "ok", 2);

    // A changed term sheet of a policy that is bound.
    world.write();
    world.edit("products/rain.toml", "strike = \"20 mm\"", "strike = \"21 mm\"");
    daemon.signal("HUP");
    daemon.wait_said("the old book stays in force: policy rain was bound to rain@1");
    world.wait_polls("rain", "ok", 2);

    // A policy more, and the feed tells the rest.
    world.write();
    let policy = world.play("rain", |play| play.policy("second", "rain"));
    let book = std::fs::read_to_string(world.file("book.csv")).unwrap();
    std::fs::write(world.file("book.csv"), book + &policy).unwrap();
    daemon.signal("HUP");
    daemon.wait_said("settings and book were read again");
    assert_eq!(world.count("ledger WHERE kind = 'policy'"), 2);
    world.play("rain", |play| play.step = 10);
    world.wait_final("rain");
    world.wait_final("second");
    let strike = world.said("second", "much").pop().unwrap().trigger;
    assert_eq!(strike, "> 20 mm");
    daemon.stop();
    world.assert_settled("rain");
    world.assert_closed();
}

#[test]
fn p08_a_second_daemon_on_the_same_ledger_is_refused() {
    let world = World::new([("rain", Play::new(Form::Csv, 3, 0))]);
    let mut first = world.start();
    world.wait_polls("rain", "ok", 1);
    let mut second = world.start();
    let status = second.ended();
    assert_eq!(status.code(), Some(1), "{}", second.log());
    assert_eq!(second.said("another fairgauge writes this ledger"), 1, "{}", second.log());
    world.wait_polls("rain", "ok", 2);
    assert!(first.is_running());
    first.stop();
}

#[test]
fn a_book_that_contradicts_the_ledger_is_a_fault_of_settings() {
    let world = World::new([("rain", Play::new(Form::Csv, 3, 0))]);
    let daemon = world.start();
    world.wait_polls("rain", "ok", 1);
    daemon.stop();
    let before = contents(&world.ledger());
    let hash = |text: &str| {
        use sha2::Digest as _;
        fairgauge::ledger::hex(&sha2::Sha256::digest(text.as_bytes()))
    };
    let sheet = std::fs::read_to_string(world.file("products/rain.toml")).unwrap();
    let changed = sheet.replace("\"Rain\"", "\"Rain!\"");
    std::fs::write(world.file("products/rain.toml"), &changed).unwrap();
    let mut refused = world.start();
    assert_eq!(refused.ended().code(), Some(78), "{}", refused.log());
    for text in ["policy rain", "rain@1", &hash(&sheet), &hash(&changed), "bring the old file back"] {
        assert!(refused.log().contains(text), "{text}: {}", refused.log());
    }

    std::fs::write(world.file("products/rain.toml"), &sheet).unwrap();
    world.edit("book.csv", "1000 USD", "2000 USD");
    let mut refused = world.start();
    assert_eq!(refused.ended().code(), Some(78), "{}", refused.log());
    for text in ["policy rain", "sum_insured", "`1000 USD`", "`2000 USD`", "bring the old row back"] {
        assert!(refused.log().contains(text), "{text}: {}", refused.log());
    }
    assert_eq!(contents(&world.ledger()), before, "nothing was written");

    // The insured's name is not in the ledger: a correction of it is no change of the contract.
    assert!(
        before.iter().any(|line| line.contains("1000 USD")) && !before.iter().any(|line| line.contains("Somebody"))
    );
    world.edit("book.csv", "2000 USD", "1000 USD");
    world.edit("book.csv", "Somebody", "Somebody Ltd");
    let mut daemon = world.start();
    daemon.wait_said("at work: ");
    daemon.stop();
}

#[test]
fn systemd_is_told() {
    let world = World::new([("bad", Play::new(Form::Csv, 3, 0))]);
    let socket = UnixDatagram::bind(world.file("notify")).unwrap();
    socket.set_nonblocking(true).unwrap();
    let told = Mutex::new(Vec::<String>::new());
    let count = |what: &str| {
        let mut told = told.lock().unwrap();
        let mut bytes = [0; 4096];
        while let Ok(length) = socket.recv(&mut bytes) {
            told.extend(std::str::from_utf8(&bytes[..length]).unwrap().lines().map(str::to_owned));
        }
        told.iter().filter(|line| line.starts_with(what)).count()
    };
    let mut command = world.command();
    command.env("NOTIFY_SOCKET", world.file("notify")).env("WATCHDOG_USEC", "600000");
    let daemon = Program::start(command);
    wait_until("it is ready", || count("READY=1") == 1);
    assert!(world.ledger().exists(), "ready means that it works");
    wait_until("it says how it stands", || count("STATUS=2 settlements open, 1 feeds, all feeds well") > 0);
    wait_until("it feeds the watchdog", || count("WATCHDOG=1") >= 4);
    world.play("bad", |play| play.fault = Some(Reply::status(500)));
    wait_until("it says what fails", || count("STATUS=2 settlements open, 1 feeds, failing: bad") > 0);
    daemon.signal("HUP");
    wait_until("it is ready again", || count("READY=1") == 2);
    assert_eq!((count("RELOADING=1"), count("MONOTONIC_USEC=")), (1, 1));
    world.play("bad", |play| (play.fault, play.step) = (None, 10));
    wait_until("it says that all is settled", || count("STATUS=0 settlements open, 1 feeds, all feeds well") > 0);
    assert_eq!(count("STOPPING=1"), 0);
    daemon.stop();
    assert_eq!((count("STOPPING=1"), count("READY=1")), (1, 2));
    let told = told.lock().unwrap();
    let place = |what: &str| told.iter().position(|line| line.starts_with(what)).unwrap();
    assert!(place("READY=1") < place("RELOADING=1") && place("RELOADING=1") < place("STOPPING=1"), "{told:?}");
}
