//! What operators' programs are told by the whole daemon: figures that are the ledger's, in a text that Prometheus takes;
//! readiness; a log with numbers. And the pages of docs/ops: each name that they use is told.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/client.rs"]
mod client;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/tools.rs"]
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use client::{Answer, send};
use program::{Program, daemon, fairgauge, query, wait_for, wait_until};
use rain_days::{DAILY, WET, days, feed, product};

/// A signed ledger, one feed with an unreadable row, so many policies of March 2024, a server.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new(policies: usize, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self { folder };
        let key = world.file("key");
        let made =
            fairgauge().args(["key", "new"]).arg(&key).args(["--name", "ledger.example.org/f"]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let rows: String = (0..policies)
            .map(|number| format!("P-{number},wet@1,Somebody,2024-03-01,2024-03-20,1000 CNY,s\n"))
            .collect();
        rain_days::write(world.folder.path(), "", &[("wet", product("wet", DAILY, "lag = \"1 d\"", WET))], &rows);
        let settings = format!(
            "[ledger]\npath = \"ledger.sqlite\"\n[ledger.sign]\nname = \"ledger.example.org/f\"\nkey = {{ file = \"key\" }}\n\
             [book]\nproducts = \"products\"\npolicies = [\"book.csv\"]\n[log]\nformat = \"json\"\n\
             [serve]\nlisten = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n{more}\n{}",
            feed("daily", "1 d")
        );
        std::fs::write(world.file("fairgauge.toml"), settings).unwrap();
        let rain = days(31, &[("03-05", "40"), ("03-06", "20.5")]).replace("2024-03-09,0", "2024-03-09,much");
        std::fs::write(world.file("daily.csv"), rain).unwrap();
        world
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ledger(&self) -> PathBuf {
        self.file("ledger.sqlite")
    }

    /// The running daemon, when so many policies are final and signed.
    fn settled(&self, policies: usize) -> Running {
        let program = Program::start(daemon(&self.file("fairgauge.toml")));
        let mut running = Running { program };
        running.program.wait_said("FG0501");
        let finals = "SELECT count(*) FROM payout WHERE state = 'final'";
        wait_until("all are final", || query::<i64>(&self.ledger(), finals).first() == Some(&(policies as i64)));
        wait_until("the loop has counted it", || {
            samples(&running.scrape().text())["fairgauge_settlements_open"] == 0.0
        });
        running
    }

    fn token(&self, name: &str, more: &[&str]) -> String {
        let mut command = fairgauge();
        command.args(["token", "new", name]).args(more).arg("--config").arg(self.file("fairgauge.toml"));
        let made = command.output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let text = String::from_utf8(made.stdout).unwrap();
        let token = text.split_whitespace().find(|word| word.starts_with("fg_"));
        format!("Authorization: Bearer {}", token.unwrap_or_else(|| panic!("no token in {text}")))
    }
}

struct Running {
    program: Program,
}

impl Running {
    /// The address in the message of a number.
    fn address(&mut self, id: &str) -> SocketAddr {
        self.program.wait_said(id);
        let log = self.program.log();
        let line = log.lines().find(|line| line.contains(id)).unwrap();
        let message = serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].as_str().unwrap().to_owned();
        message.split("://").nth(1).unwrap().trim_end_matches("/metrics").parse().unwrap()
    }

    fn scrape(&mut self) -> Answer {
        let address = self.address("FG0711");
        let answer = get(address, "/metrics", &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }
}

/// GET with these headers, each `Name: value`, so that the answer comes whole and not in chunks.
fn get(address: SocketAddr, path: &str, headers: &[&str]) -> Answer {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    send(address, format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n{headers}\r\n").as_bytes())
}

/// Samples by name and labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// The names of samples, without labels and without what a histogram adds.
fn names(text: &str) -> BTreeSet<String> {
    let plain = |name: &str| {
        let name = name.split('{').next().unwrap();
        ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    samples(text).keys().map(|name| plain(name)).collect()
}

#[test]
fn figures_are_those_of_the_ledger() {
    let world = World::new(7, "");
    let mut running = world.settled(7);
    let answer = running.scrape();
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let text = &answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let told = samples(text);
    let one = |query_text: &str| query::<i64>(&world.ledger(), query_text)[0] as f64;
    // Nothing is written between the two, since the feed is asked once a day and all is signed.
    for (name, wanted) in [
        ("fairgauge_ledger_entries", "SELECT count(*) FROM ledger"),
        ("fairgauge_ledger_checkpoint_entries", "SELECT max(size) FROM checkpoint"),
        (
            "fairgauge_settlements{stage=\"final\",outcome=\"pays\"}",
            "SELECT count(*) FROM payout WHERE state = 'final' AND outcome = 'pays'",
        ),
        ("fairgauge_payable_minor{currency=\"CNY\"}", "SELECT sum(payable_minor) FROM payout"),
        ("fairgauge_feed_readings_stored_total{feed=\"daily\"}", "SELECT count(*) FROM observation"),
        ("fairgauge_feed_polls_total{feed=\"daily\",outcome=\"ok\"}", "SELECT count(*) FROM poll WHERE outcome = 'ok'"),
        ("fairgauge_feed_newest_reading_timestamp_seconds{feed=\"daily\"}", "SELECT max(end_s) FROM observation"),
        ("fairgauge_feed_last_answer_timestamp_seconds{feed=\"daily\"}", "SELECT max(at_ms) / 1000 FROM poll"),
    ] {
        assert_eq!(told.get(name), Some(&one(wanted)), "{name}\n{text}");
    }
    // 60.5 mm less 50 mm at 100 CNY, 600 CNY at most, of seven policies.
    assert_eq!(told["fairgauge_payable_minor{currency=\"CNY\"}"], 7.0 * 60_000.0);
    for (name, value) in [
        ("fairgauge_currency_minor_per_unit{currency=\"CNY\"}", 100.0),
        ("fairgauge_feed_readings_refused_total{feed=\"daily\",reason=\"unread\"}", 1.0),
        ("fairgauge_feed_failures{feed=\"daily\"}", 0.0),
        ("fairgauge_settlements_open", 0.0),
        ("fairgauge_settlements_overdue", 0.0),
        ("fairgauge_ledger_unsigned_age_seconds", 0.0),
        ("fairgauge_ledger_readable", 1.0),
        ("fairgauge_ledger_queue", 0.0),
        ("fairgauge_at_work", 1.0),
        ("fairgauge_clock_wrong{way=\"back\"}", 0.0),
    ] {
        assert_eq!(told.get(name), Some(&value), "{name}\n{text}");
    }
    let commits = told["fairgauge_ledger_commit_duration_seconds_count"];
    assert!(
        commits >= 3.0 && told["fairgauge_ledger_commit_duration_seconds_bucket{le=\"+Inf\"}"] == commits,
        "{text}"
    );
    assert!(told["process_resident_memory_bytes"] > 1e6 && told["fairgauge_ledger_disk_free_bytes"] > 1e6, "{text}");
    let log = running.program.stop();
    // Each line is an object with a number.
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["id"].as_str().is_some_and(|id| id.starts_with("FG")), "{line}");
    }
}

/// As many series with many policies as with one.
#[test]
fn a_large_book_adds_no_series() {
    let series = |policies: usize| {
        let world = World::new(policies, "");
        let mut running = world.settled(policies);
        let names: BTreeSet<_> = samples(&running.scrape().text()).into_keys().collect();
        running.program.stop();
        names
    };
    assert_eq!(series(1), series(150));
}

#[test]
fn figures_at_the_address_of_readers_need_a_token_that_may() {
    let world = World::new(1, "");
    let [auditor, insurer] = [
        world.token("prometheus", &["--role", "auditor"]),
        world.token("picc", &["--role", "insurer", "--policy", "P-0"]),
    ];
    let mut running = world.settled(1);
    let address = running.address("FG0703");
    for (header, status) in [(None, 401), (Some(insurer.as_str()), 403), (Some(auditor.as_str()), 200)] {
        let headers: Vec<_> = header.into_iter().collect();
        assert_eq!(get(address, "/metrics", &headers).status, status, "{header:?}");
    }
    assert_eq!(get(address, "/no/such/route", &[auditor.as_str()]).status, 404);
    let told = samples(&running.scrape().text());
    for (name, value) in [
        ("fairgauge_http_refused_total{reason=\"token\"}", 1.0),
        ("fairgauge_http_refused_total{reason=\"right\"}", 1.0),
        ("fairgauge_http_requests_total{route=\"/metrics\",status=\"200\"}", 1.0),
        ("fairgauge_http_requests_total{route=\"/metrics\",status=\"401\"}", 1.0),
        ("fairgauge_http_requests_total{route=\"none\",status=\"404\"}", 1.0),
        ("fairgauge_http_request_duration_seconds_count{route=\"/metrics\"}", 3.0),
    ] {
        assert_eq!(told.get(name), Some(&value), "{name}: {told:?}");
    }
    // A reader who stays connected is seen; the monitors' own connections are not.
    let open = std::net::TcpStream::connect(address).unwrap();
    wait_until("one connection is open", || {
        samples(&get(running.address("FG0711"), "/metrics", &[]).text())["fairgauge_http_connections"] == 1.0
    });
    drop(open);
    running.program.stop();
}

#[test]
fn it_is_ready_when_it_is_at_work() {
    let world = World::new(1, "");
    let mut running = world.settled(1);
    for id in ["FG0703", "FG0711"] {
        let address = running.address(id);
        assert_eq!(get(address, "/healthz", &[]).text(), "alive\n");
        assert_eq!(get(address, "/healthz", &["Accept: application/json"]).json()["status"], "alive");
        let ready = get(address, "/readyz", &[]);
        assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));
        let ready = get(address, "/readyz", &["Accept: application/json"]).json();
        let names: Vec<_> =
            ready["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["loop", "ledger", "writer", "checkpoint", "clock"]);
        assert!(ready["checks"].as_array().unwrap().iter().all(|check| check["ok"] == true), "{ready}");
    }
    assert_eq!(running.program.said("FG0701"), 1, "said once");
    running.program.stop();
}

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ops").join(name)).unwrap()
}

/// Names of figures that a text uses, without what a histogram adds.
fn used(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let figures = words.filter(|word| {
        let process = word.starts_with("process_") && word.matches('_').count() >= 1;
        (word.starts_with("fairgauge_") || process) && !word.ends_with('_')
    });
    let plain = |name: &str| {
        ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    figures.map(plain).collect()
}

/// The table of figures: each name, and whether it is there only once there was any of it.
fn listed() -> BTreeMap<String, bool> {
    let page = page("README.md");
    let (_, section) = page.split_once("\n## Figures\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| row.split(" | ").next().unwrap());
    let names = rows.flat_map(|cell| {
        let sometimes = cell.contains('°');
        cell.split(['`', ',', ' ', '°'])
            .filter(|name| !name.is_empty())
            .map(move |name| (name.to_owned(), sometimes))
            .collect::<Vec<_>>()
    });
    names.collect()
}

/// The page lists every figure that is told, and none that is not; the rules and the dashboard use no other.
#[test]
fn the_pages_of_operators_name_what_is_told() {
    let listed = listed();
    let known: BTreeSet<_> = listed.keys().cloned().collect();
    for file in ["alerts.yml", "grafana.json", "alerts.test.yml"] {
        let others: Vec<_> = used(&page(file)).into_iter().filter(|name| !known.contains(name)).collect();
        assert!(others.is_empty(), "{file} uses {others:?}, which README.md does not list");
    }
    // Nobody listens at the endpoint.
    let endpoint = "[network]\nallow_private = true\n[webhook.acme]\nurl = \"http://127.0.0.1:1/\"\n\
                    secret = { file = \"secret\" }\nevents = [\"payout.final\"]\n";
    let world = World::new(2, endpoint);
    std::fs::write(world.file("secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    std::fs::set_permissions(world.file("secret"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut running = world.settled(2);
    _ = get(running.address("FG0703"), "/readyz", &[]);
    let failed = "fairgauge_webhook_attempts_total{endpoint=\"acme\",outcome=\"failed\"}";
    wait_until("the endpoint was tried", || samples(&running.scrape().text()).contains_key(failed));
    let text = running.scrape().text();
    for (name, value) in [("waiting", 2.0), ("parked", 0.0)] {
        let name = format!("fairgauge_webhook_{name}{{endpoint=\"acme\"}}");
        assert_eq!(samples(&text).get(&name), Some(&value), "{text}");
    }
    let told = names(&text);
    running.program.stop();
    let more: Vec<_> = told.difference(&known).collect();
    assert!(more.is_empty(), "README.md does not list {more:?}");
    let missing: Vec<_> = listed.iter().filter(|(name, sometimes)| !**sometimes && !told.contains(*name)).collect();
    assert!(missing.is_empty(), "nothing tells {missing:?}");
    let never = ["fairgauge_alerts", "fairgauge_quota_requests_left"].map(str::to_owned);
    let missing: BTreeSet<_> = known.difference(&told).filter(|name| !never.contains(name)).collect();
    assert!(missing.is_empty(), "nothing tells {missing:?}");
}

/// Every alert has its part of the page, and every part its alert.
#[test]
fn every_alert_says_what_to_do() {
    let rules = page("alerts.yml");
    let alerts: BTreeSet<_> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let readme = page("README.md");
    let headings: BTreeSet<_> = readme.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert_eq!(alerts, headings);
    let tests = page("alerts.test.yml");
    for alert in alerts {
        assert!(rules.contains(&format!("runbook: docs/ops/README.md#{}\n", alert.to_lowercase())), "{alert}");
        assert!(tests.matches(&format!("alertname: {alert}")).count() >= 2, "{alert} is tried: quiet, then firing");
    }
}

/// Panels have an identity, a place, questions; rows hold them.
#[test]
fn the_dashboard_is_whole() {
    let board: serde_json::Value = serde_json::from_str(&page("grafana.json")).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "an identity each");
    let mut places = BTreeSet::new();
    for panel in panels {
        let place = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_i64().unwrap());
        assert!(place[0] + place[2] <= 24 && places.insert((place[0], place[1])), "{panel}");
        assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()), "{panel}");
        if panel["type"] != "row" {
            let targets = panel["targets"].as_array().unwrap();
            assert!(!targets.is_empty() && targets.iter().all(|target| target["expr"].as_str().is_some()), "{panel}");
        }
    }
    // All groups of figures of the page are shown.
    let shown = used(&board.to_string());
    let hidden: Vec<_> = listed().into_keys().filter(|name| !shown.contains(name)).collect();
    assert!(hidden.is_empty(), "no panel shows {hidden:?}");
}

/// Prometheus' own tool finds no fault in the rules, and they fire when they should.
#[test]
fn promtool_tries_the_rules() {
    if !tools::there("promtool") {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ops");
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]] {
        let run = Command::new("promtool").args(arguments).current_dir(&folder).output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && said.contains("SUCCESS"), "{arguments:?}: {said}");
    }
}

/// The text in the form that promtool's linter reads, which knows no OpenMetrics: counters by the name of their samples,
/// no units, no information.
fn of_prometheus(text: &str) -> String {
    let mut plain = String::new();
    let counters: BTreeSet<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    for line in text.lines().filter(|line| !line.starts_with("# UNIT") && !line.starts_with("# EOF")) {
        let name = line.split(' ').nth(2).unwrap_or_default();
        let named = if line.starts_with("# ") && counters.contains(name) {
            line.replacen(name, &format!("{name}_total"), 1)
        } else {
            line.replace("fairgauge_build info", "fairgauge_build_info gauge")
                .replace("HELP fairgauge_build ", "HELP fairgauge_build_info ")
        };
        writeln!(plain, "{named}").unwrap();
    }
    plain
}

/// A Prometheus scrapes the daemon, takes every sample, loads the rules, and answers each question of the dashboard.
#[test]
fn prometheus_takes_the_text_and_answers_the_dashboard() {
    if !tools::there("prometheus") || !tools::there("promtool") {
        return;
    }
    let world = World::new(3, "");
    let mut running = world.settled(3);
    let text = running.scrape().text();
    let lint = world.file("text");
    std::fs::write(&lint, of_prometheus(&text)).unwrap();
    let checked = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(std::fs::File::open(&lint).unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && said.trim().is_empty(), "{said}");

    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ops/alerts.yml");
    let target = running.address("FG0711");
    let config = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [{}]\n\
         scrape_configs: [{{ job_name: fairgauge, static_configs: [{{ targets: [\"{target}\"] }}] }}]\n",
        rules.display()
    );
    std::fs::write(world.file("prometheus.yml"), config).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = Command::new("prometheus");
    command
        .arg(format!("--config.file={}", world.file("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", world.file("tsdb").display()))
        .arg(format!("--web.listen-address={address}"))
        .stdin(Stdio::null());
    let mut prometheus = Program::start(command);
    let ask =
        |path: &str| std::panic::catch_unwind(|| get(address, path, &[])).ok().filter(|answer| answer.status == 200);
    wait_until("Prometheus answers", || {
        assert!(prometheus.is_running(), "{}", prometheus.log());
        std::net::TcpStream::connect(address).is_ok() && ask("/-/ready").is_some()
    });
    let target = wait_for("it has scraped", || {
        let targets = ask("/api/v1/targets")?.json();
        let target = targets["data"]["activeTargets"][0].clone();
        target["health"].as_str().is_some_and(|health| health != "unknown").then_some(target)
    });
    assert_eq!((target["health"].as_str(), target["lastError"].as_str()), (Some("up"), Some("")), "{target}");
    let asked = |expression: &str| {
        let encoded: String = expression.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = get(address, &format!("/api/v1/query?query={encoded}"), &[]);
        assert_eq!(answer.status, 200, "{expression}: {}", answer.text());
        answer.json()["data"]["result"].as_array().unwrap().clone()
    };
    let owed = asked("fairgauge_payable_minor / on(instance, currency) fairgauge_currency_minor_per_unit");
    assert_eq!(owed[0]["value"][1], "1800", "three times 600 CNY");
    let board: serde_json::Value = serde_json::from_str(&page("grafana.json")).unwrap();
    let mut empty = BTreeSet::new();
    for target in
        board["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
    {
        let expression = target["expr"].as_str().unwrap().replace("$instance", ".*").replace("$__rate_interval", "1m");
        if asked(&expression).is_empty() {
            empty.extend(used(&expression));
        }
    }
    // Rates want two scrapes, and nobody has asked the server yet.
    let plain: Vec<_> = empty.iter().filter(|name| !name.contains("_http_") && !name.contains("_webhook_")).collect();
    let late = ["fairgauge_alerts", "fairgauge_quota_requests_left"];
    let plain: Vec<_> = plain
        .into_iter()
        .filter(|name| !late.contains(&name.as_str()) && !name.ends_with("_total") && !name.contains("duration"))
        .collect();
    assert!(plain.is_empty(), "no answer for {plain:?}");
    let rules = ask("/api/v1/rules").unwrap().json();
    let rules: Vec<_> = rules["data"]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap())
        .collect();
    assert!(rules.len() > 20 && rules.iter().all(|rule| rule["health"] != "err"), "{rules:?}");
    running.program.stop();
}
