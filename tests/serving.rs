//! The server of `fairgauge run`, and `fairgauge token`, as a reader and an operator meet them.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[allow(dead_code, reason = "each test uses a part of it")]
#[path = "support/season.rs"]
mod season;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use program::{PATIENCE, Program, daemon, run, wait_for, wait_until};
use rcgen::{CertifiedKey, generate_simple_self_signed};

/// The typhoon season, served.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new(serve: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        season::copy("lingang-2024", folder.path(), true);
        let world = Self { folder };
        let settings = std::fs::read_to_string(world.config()).unwrap();
        std::fs::write(world.config(), format!("{settings}\n[serve]\nlisten = \"127.0.0.1:0\"\n{serve}\n")).unwrap();
        world
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> PathBuf {
        self.file("fairgauge.toml")
    }

    fn start(&self) -> (Program, SocketAddr) {
        let mut program = Program::start(daemon(&self.config()));
        program.wait_said("at work");
        let address = program.address();
        (program, address)
    }

    fn token(&self, arguments: &[&str]) -> (i32, String) {
        let config = self.config();
        run(&[&["token"], arguments, &["--config", config.to_str().unwrap()]].concat())
    }
}

/// What is answered to a request: head and body.
fn ask(stream: impl std::io::Read + std::io::Write, path: &str) -> (String, String) {
    let mut stream = stream;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head.to_lowercase(), body.to_owned())
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn a_running_daemon_says_that_it_lives_and_is_ready_and_browsers_are_told_what_they_may() {
    let world = World::new("");
    let (program, address) = world.start();
    let (head, body) = ask(connect(address), "/healthz");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, "alive\n");
    assert!(ask(connect(address), "/readyz").0.starts_with("http/1.1 200"));
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self';",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cache-control: private, no-cache",
        "cross-origin-opener-policy: same-origin",
    ] {
        assert!(head.contains(header), "{header}\n{head}");
    }
    let (head, body) = ask(connect(address), "/nothing/here");
    assert!(head.starts_with("http/1.1 404") && head.contains("application/problem+json"), "{head}");
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["type"], "urn:fairgauge:problem:not-found");
    assert_eq!(problem["status"], 404);
    program.stop();
}

#[test]
fn a_connection_that_is_open_does_not_keep_the_daemon_from_stopping() {
    let world = World::new("");
    let (program, address) = world.start();
    let idle = connect(address);
    let mut half = connect(address);
    half.write_all(b"GET /healthz HTTP/1.1\r\nhost: loc").unwrap();
    let begun = std::time::Instant::now();
    program.stop();
    assert!(begun.elapsed() < PATIENCE / 4);
    drop((idle, half));
}

/// One address has a quarter of the connections; when one of them ends, the next is let in.
#[test]
fn who_has_too_many_connections_is_turned_away_until_one_ends() {
    let world = World::new("most_connections = 8");
    let (program, address) = world.start();
    let first = connect(address);
    let second = connect(address);
    // A connection is taken in the order in which it came: behind the answer to a third nobody waits before it.
    let turned_away = || {
        let mut third = connect(address);
        _ = third.write_all(b"GET /healthz HTTP/1.1\r\nhost: l\r\nconnection: close\r\n\r\n");
        let mut text = Vec::new();
        !matches!(third.read_to_end(&mut text), Ok(read) if read > 0)
    };
    assert!(turned_away());
    drop(first);
    wait_until("there is room", || !turned_away());
    drop(second);
    program.stop();
}

#[test]
fn a_port_that_is_taken_ends_the_start_and_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let world = World::new("");
    let settings = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), settings.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"))).unwrap();
    let mut program = Program::start(daemon(&world.config()));
    assert_eq!(program.ended().code(), Some(1));
    program.wait_said(&format!("cannot listen on 127.0.0.1:{port}"));
}

fn write_certificate(folder: &Path) -> CertifiedKey<rcgen::KeyPair> {
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("tls.pem"), made.cert.pem()).unwrap();
    made
}

/// Asks over TLS, trusting this certificate alone.
fn ask_tls(address: SocketAddr, made: &CertifiedKey<rcgen::KeyPair>, path: &str) -> Result<String, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let client = rustls::ClientConnection::new(std::sync::Arc::new(config), name).map_err(|error| error.to_string())?;
    let mut stream = rustls::StreamOwned::new(client, connect(address));
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text.to_lowercase())
}

#[test]
fn with_a_certificate_it_speaks_tls_and_takes_the_renewed_one() {
    _ = rustls::crypto::ring::default_provider().install_default();
    let world = World::new("tls = { certificate = \"tls.pem\", key = { file = \"tls.key\" } }");
    let old = write_certificate(world.folder.path());
    let (mut program, address) = world.start();
    let answer = ask_tls(address, &old, "/healthz").unwrap();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("strict-transport-security"), "{answer}");
    // One who does not speak it gets no answer in clear.
    let mut clear = connect(address);
    clear.write_all(b"GET /healthz HTTP/1.1\r\nhost: l\r\n\r\n").unwrap();
    let mut text = Vec::new();
    _ = clear.read_to_end(&mut text);
    assert!(!String::from_utf8_lossy(&text).contains("alive"));
    let new = write_certificate(world.folder.path());
    wait_for("the renewed certificate", || ask_tls(address, &new, "/healthz").ok());
    assert!(ask_tls(address, &old, "/healthz").is_err(), "the old one is not shown any more");
    std::fs::write(world.file("tls.pem"), "nonsense").unwrap();
    ask_tls(address, &new, "/healthz").expect("the one before stays");
    program.wait_said("the certificate before stays");
    program.stop();
}

#[test]
fn a_certificate_that_cannot_be_used_ends_the_start_and_says_why() {
    let world = World::new("tls = { certificate = \"tls.pem\", key = { file = \"tls.key\" } }");
    for (certificate, key, why) in [
        (None, None, "tls.pem"),
        (Some("nonsense"), None, "there is no certificate in it"),
        (Some(""), Some("nonsense"), "there is no certificate in it"),
    ] {
        for (name, text) in [("tls.pem", certificate), ("tls.key", key)] {
            if let Some(text) = text {
                std::fs::write(world.file(name), text).unwrap();
            }
        }
        let mut program = Program::start(daemon(&world.config()));
        assert_eq!(program.ended().code(), Some(1));
        assert!(program.log().contains("[serve.tls]") && program.log().contains(why), "{}", program.log());
    }
    let made = write_certificate(world.folder.path());
    std::fs::write(world.file("tls.key"), made.cert.pem()).unwrap();
    let mut program = Program::start(daemon(&world.config()));
    assert_eq!(program.ended().code(), Some(1));
    assert!(program.log().contains("the key is no private key in PEM"), "{}", program.log());
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let world = World::new("");
    let (status, text) = world.token(&["new", "picc", "--role", "insurer", "--book", "lingang", "--expires", "90 d"]);
    assert_eq!(status, 0, "{text}");
    assert!(text.starts_with("fg_") && text.trim().len() == 55, "{text}");
    let kept = std::fs::read_to_string(world.file("ledger.sqlite.tokens")).unwrap();
    let secret = text.trim().splitn(3, '_').nth(2).unwrap();
    assert!(!kept.contains(secret) && kept.contains("\"sha256\""), "{kept}");
    let (_, second) = world.token(&["new", "farm", "--role", "insured", "--policy", "LG-001"]);
    assert_ne!(text[..11], second[..11]);
    let (_, table) = world.token(&["list"]);
    for part in ["picc", "book lingang", "farm", "LG-001", "good", "never"] {
        assert!(table.contains(part), "{part}\n{table}");
    }
    assert_eq!(world.token(&["revoke", "picc"]), (0, "`picc` is refused from now on\n".to_owned()));
    let (_, listed) = world.token(&["list", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&listed[0]["state"], &listed[1]["state"]), (&"revoked".into(), &"good".into()));
    assert!(listed[0].get("sha256").is_none(), "not even the hash is printed");
}

#[test]
fn a_token_that_makes_no_sense_is_not_made() {
    let world = World::new("");
    world.token(&["new", "taken", "--role", "auditor"]);
    for (arguments, why) in [
        (&["new", "a", "--role", "insured"][..], "say which policies the insured has"),
        (&["new", "a", "--role", "insured", "--book", "b"], "say which policies the insured has"),
        (&["new", "a", "--role", "insurer"], "say which books the insurer has"),
        (&["new", "a", "--role", "auditor", "--book", "b"], "an auditor sees everything"),
        (&["new", "a b", "--role", "auditor"], "is no name of a token"),
        (&["new", "a", "--role", "king"], "one of insurer, insured, operator, auditor"),
        (&["new", "a", "--role", "auditor", "--expires", "soon"], "write a day such as"),
        (&["new", "a", "--role", "auditor", "--expires", "2020-01-01"], "it would be refused already"),
        (&["new", "taken", "--role", "auditor"], "there is a token `taken` already"),
        (&["revoke", "nobody"], "there is no token `nobody`"),
    ] {
        let (status, text) = world.token(arguments);
        assert!(status != 0 && text.contains(why), "{arguments:?}: {text}");
    }
    let (_, listed) = world.token(&["list", "--format", "jsonl"]);
    assert_eq!(listed.lines().count(), 1, "none of them was made");
    let settings = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), settings.split("[serve]").next().unwrap()).unwrap();
    let (status, text) = world.token(&["list"]);
    assert!(status == 1 && text.contains("has no [serve]"), "{text}");
}
