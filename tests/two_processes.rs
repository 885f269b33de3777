//! The daemon in two processes: a settler without a network and without keys of providers, and a fetcher with both.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/feeds.rs"]
mod feeds;
#[path = "support/fetching.rs"]
mod fetching;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[allow(dead_code, reason = "each test uses its own part of it")]
#[path = "support/season.rs"]
mod season;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;
#[path = "support/tools.rs"]
mod tools;

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fairgauge::daemon::{Clock, Daemon, Service};
use fairgauge::ledger::{Store, Writer, parse_instant};
use fairgauge::setup::Setup;
use fault_server::{FaultServer, Reply, Request};
use fetching::Fetching;
use program::{Program, contents, fairgauge, query, run, wait_until};
use signed_daemon::World;

// The same ledger.

/// Settings of a season whose feeds are asked at a server for what is there by a day.
fn of_server(season: &str, folder: &Path, server: &FaultServer) -> String {
    season::copy(season, folder, false);
    let text = std::fs::read_to_string(folder.join("fairgauge.toml")).unwrap();
    let line = |line: &str| match line.strip_prefix("file = \"") {
        Some(file) => format!("url = \"{}?to={{to}}\"\n", server.url(&format!("/{}", file.trim_end_matches('"')))),
        None => format!("{line}\n"),
    };
    let text: String = text.lines().map(line).collect();
    text + "[network]\nallow_private = true\n"
}

/// The rows of a recorded file that begin before the end of a day.
fn recorded(season: &str, request: &Request) -> Reply {
    let file = request.target.trim_start_matches('/').split('?').next().unwrap();
    let text = std::fs::read_to_string(season::fixture(season).join(file)).unwrap();
    let (head, rows) = text.split_once('\n').unwrap();
    let to = request.parameter("to").unwrap();
    let is_then =
        |row: &&str| row.split(',').any(|cell| cell.len() >= 10 && cell.starts_with("20") && &cell[..10] <= to);
    let rows: Vec<_> = rows.lines().filter(is_then).collect();
    Reply::csv(format!("{head}\n{}\n", rows.join("\n")))
}

/// What the ledger of such a season holds, and its bytes.
async fn settled(text: &str, folder: &Path, begins: &str) -> (Vec<String>, Vec<u8>) {
    let config = folder.join("fairgauge.toml");
    std::fs::write(&config, text).unwrap();
    let setup = Setup::load(&config, std::iter::empty()).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let path = setup.settings.ledger.clone();
    let begins = parse_instant(begins).unwrap();
    let store = Store::create(&path, "a season of a server", begins).unwrap();
    let clock = Clock::at(begins);
    let mut daemon = Daemon::start(setup, Writer::spawn(store).unwrap(), &clock).await.unwrap();
    daemon.run(&clock, &mut Service::alone(|_, _| ())).await.unwrap();
    daemon.close().await.unwrap();
    (contents(&path), std::fs::read(&path).unwrap())
}

#[tokio::test]
async fn a_recorded_season_gives_the_same_ledger_through_a_fetcher_and_without() {
    let season = "rain-revised-2024";
    let server = FaultServer::start(move |request| recorded(season, request));
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let begins = "2024-03-01T00:00:00.000Z";
    let text = of_server(season, one.path(), &server);
    let (straight, bytes) = settled(&text, one.path(), begins).await;
    let finals = straight.iter().filter(|line| line.contains("\"final\"")).count();
    assert!(finals > 0 && straight.len() > 100, "{straight:#?}");
    let asked = server.requests().len();
    assert!(asked > 10, "{asked}");

    let text = of_server(season, two.path(), &server);
    let feeds = text.split_once("[feed.").map(|(_, feeds)| format!("[feed.{feeds}")).unwrap();
    let fetcher = Fetching::start(two.path(), &feeds.replace("[network]\nallow_private = true\n", ""));
    let text = format!("{text}[fetcher]\nsocket = \"{}\"\n", fetcher.socket.display());
    let (through, bytes_through) = settled(&text, two.path(), begins).await;
    assert_eq!(through, straight);
    assert!(bytes_through == bytes, "the same file, byte for byte");
    assert_eq!(server.requests().len(), 2 * asked, "the same questions");
}

// Two processes.

/// A command on the same settings, with a socket in their folder.
fn beside(world: &World, command: &mut Command) {
    command.env("FAIRGAUGE__FETCHER__SOCKET", world.file("socket"));
}

fn settler(world: &World) -> Command {
    let mut command = world.command();
    beside(world, &mut command);
    command
}

/// The fetcher, listening; keys are credentials of it alone.
fn fetcher(world: &World) -> Program {
    let mut command = fairgauge();
    command.arg("fetch").arg("--config").arg(world.file("fairgauge.toml"));
    command.env("CREDENTIALS_DIRECTORY", world.folder.path().join("credentials"));
    // What signs is not there for it.
    command.env("FAIRGAUGE__LEDGER__SIGN__KEY__FILE", "/nowhere/key");
    beside(world, &mut command);
    let mut program = Program::start(command);
    program.wait_said("the fetcher listens at");
    program
}

/// A server of rain that opens to a key; how many days it tells.
fn rain(days: &Arc<AtomicUsize>) -> FaultServer {
    let days = days.clone();
    FaultServer::start(move |request| match request.header("x-key") {
        Some("opens-it") => Reply::csv(rain_days::days(days.load(Ordering::SeqCst), &[("03-02", "80")])),
        _ => Reply::status(403),
    })
}

fn world(server: &FaultServer) -> World {
    let origin = format!("url = \"{}\"\nkey = {{ credential = \"rain\", header = \"X-Key\" }}", server.url("/rain"));
    let world = World::new(&origin);
    std::fs::create_dir(world.file("credentials")).unwrap();
    std::fs::write(world.file("credentials/rain"), "opens-it\n").unwrap();
    world
}

/// The outcomes of polls so far, each once.
fn outcomes(world: &World) -> Vec<String> {
    query(&world.file("ledger.sqlite"), "SELECT DISTINCT outcome FROM poll ORDER BY 1")
}

#[test]
fn a_settler_without_the_key_settles_what_the_fetcher_asks_for() {
    let days = Arc::new(AtomicUsize::new(10));
    let server = rain(&days);
    let world = world(&server);
    let fetcher = fetcher(&world);
    let mut settler = Program::start(settler(&world));
    settler.wait_said("at work: ");
    world.wait_settled();
    let log = settler.stop();
    assert!(!log.contains("opens-it"), "{log}");
    assert_eq!(outcomes(&world), ["ok"]);
    world.assert_well();
    let ledger = std::fs::read(world.file("ledger.sqlite")).unwrap();
    assert!(!ledger.windows(8).any(|bytes| bytes == b"opens-it"));
    let log = fetcher.stop();
    assert!(log.contains("the fetcher stopped as asked") && !log.contains("opens-it"), "{log}");
    assert!(!world.file("socket").exists());
}

#[test]
fn a_fetcher_that_is_killed_is_missed_and_nothing_is_lost() {
    let days = Arc::new(AtomicUsize::new(4));
    let server = rain(&days);
    let world = world(&server);
    let mut settler = Program::start(settler(&world));
    wait_until("there is none yet", || outcomes(&world) == ["fetcher"]);
    let mut first = fetcher(&world);
    wait_until("it is asked", || outcomes(&world) == ["fetcher", "ok"]);
    assert!(first.kill());
    let failed = world.polls("<>");
    wait_until("it is missed", || world.polls("<>") > failed);
    days.store(10, Ordering::SeqCst);
    let second = fetcher(&world);
    world.wait_settled();
    settler.wait_said("the fetcher cannot be asked at");
    settler.stop();
    second.stop();
    assert_eq!(outcomes(&world), ["fetcher", "ok"]);
    world.assert_well();
}

#[test]
fn a_fetcher_with_other_settings_refuses_until_it_reads_them_again() {
    let days = Arc::new(AtomicUsize::new(10));
    let server = rain(&days);
    let world = world(&server);
    let config = world.file("fairgauge.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("/rain\"", "/snow\"")).unwrap();
    let mut fetcher = fetcher(&world);
    std::fs::write(&config, text).unwrap();
    let settler = Program::start(settler(&world));
    wait_until("it is refused", || outcomes(&world) == ["fetcher_refuses"]);
    fetcher.wait_said("nothing was asked: `daily` has another kind or URL here");
    assert!(server.requests().is_empty());
    fetcher.signal("HUP");
    fetcher.wait_said("the fetcher has read the settings again");
    world.wait_settled();
    std::fs::write(&config, "nonsense").unwrap();
    fetcher.signal("HUP");
    fetcher.wait_said("the fetcher's old settings stay in force");
    settler.stop();
    fetcher.stop();
}

#[test]
fn messages_to_endpoints_go_by_the_fetcher() {
    let days = Arc::new(AtomicUsize::new(10));
    let (server, endpoint) = (rain(&days), FaultServer::start(|_| Reply::status(204)));
    let world = world(&server);
    let mut settings = std::fs::OpenOptions::new().append(true).open(world.file("fairgauge.toml")).unwrap();
    let url = endpoint.url("/in");
    write!(settings, "[webhook.acme]\nurl = \"{url}\"\nsecret = {{ file = \"hook\" }}\nevents = [\"payout.final\"]\n")
        .unwrap();
    let hook = world.file("hook");
    std::fs::write(&hook, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o600)).unwrap();
    let settler = Program::start(settler(&world));
    wait_until("a poll fails without a fetcher", || world.polls("<>") > 0);
    let fetcher = fetcher(&world);
    wait_until("the endpoint is told", || !endpoint.requests().is_empty());
    let request = endpoint.requests().remove(0);
    assert_eq!(request.target, "/in");
    assert!(["webhook-id", "webhook-timestamp", "webhook-signature"].iter().all(|name| request.header(name).is_some()));
    assert!(request.body.contains("payout.final"), "{}", request.body);
    settler.stop();
    fetcher.stop();
}

#[test]
fn a_settler_makes_no_socket_of_the_network() {
    if !tools::there("strace") {
        return;
    }
    let days = Arc::new(AtomicUsize::new(10));
    let server = rain(&days);
    let world = world(&server);
    let fetcher = fetcher(&world);
    let calls = world.file("calls");
    let mut traced = Command::new("strace");
    let daemon = settler(&world);
    traced.args(["-f", "-qq", "-e", "trace=socket,connect", "-o"]).arg(&calls);
    // Its number is written down: what is traced is ended by itself.
    let number = world.file("number");
    traced.args(["sh", "-c", "echo $$ > \"$0\"; exec \"$@\""]).arg(&number);
    traced.arg(daemon.get_program()).args(daemon.get_args());
    traced.env("FAIRGAUGE__FETCHER__SOCKET", world.file("socket"));
    let mut traced = Program::start(traced);
    traced.wait_said("at work: ");
    world.wait_settled();
    let number = std::fs::read_to_string(number).unwrap();
    assert!(Command::new("kill").arg(number.trim()).status().unwrap().success());
    assert!(traced.ended().success(), "{}", traced.log());
    let calls = std::fs::read_to_string(&calls).unwrap();
    assert!(calls.contains("socket(AF_UNIX") && calls.contains("connect("), "{calls}");
    let others: Vec<_> = calls.lines().filter(|line| line.contains("socket(") && !line.contains("AF_UNIX")).collect();
    assert!(others.is_empty(), "{others:#?}");
    fetcher.stop();
}

#[test]
fn a_fetcher_without_a_socket_and_a_broker_beside_one_are_faults_of_the_settings() {
    let world = World::of_file();
    let config = world.file("fairgauge.toml");
    let (status, said) = run(&["fetch", "--config", config.to_str().unwrap()]);
    assert_eq!(status, 78, "{said}");
    assert!(said.contains("there is no [fetcher]") && said.contains("add it with socket = "), "{said}");
    let text = std::fs::read_to_string(&config).unwrap();
    let broker = text.replace(
        "file = \"daily.csv\"",
        "mqtt = { url = \"mqtts://broker.example\", topic = \"rain\", client = \"fairgauge\" }",
    );
    for (text, says) in [
        (
            format!("{broker}[fetcher]\nsocket = \"socket\"\n"),
            "hears a broker, and with [fetcher] the daemon has no network",
        ),
        (format!("{text}[fetcher]\n"), "`socket` is missing"),
        (format!("{text}[fetcher]\nsocket = \"{}\"\n", "s".repeat(108)), "107 bytes at most"),
        (format!("{text}[fetcher]\nsocket = \"socket\"\nmode = 3\n"), "mode"),
    ] {
        std::fs::write(&config, text).unwrap();
        let (status, said) = run(&["check", world.folder.path().to_str().unwrap()]);
        assert_eq!(status, 78, "{said}");
        assert!(said.contains(says), "{said}");
    }
}
