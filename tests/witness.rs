//! Witnesses and time stamps: a witness that checks as the protocol says, and others that do not.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/signed.rs"]
mod signed;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use fairgauge::daemon::{CosignError, Cosigner};
use fairgauge::ledger::merkle::{Checkpoint, WitnessKey, cosigned_text};
use fairgauge::ledger::{Reader, Store, Writer};
use fairgauge::settings::Settings;
use fault_server::{FaultServer, Reply, Request};
use signed::{NAME, at, ledger, note, unpublished};
use tlog_tiles::Hash;

const WITNESS: &str = "witness.example/w1";

/// What a witness has seen of the log: size and root.
type Seen = Arc<Mutex<(u64, [u8; 32])>>;

/// Answers as c2sp.org/tlog-witness says.
fn answer(request: &Request, seen: &Seen, key: &SigningKey) -> Reply {
    let text = |status, body: String| Reply::ok("text/plain", body).with_status(status);
    let (head, note) = request.body.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
    let proof: Vec<_> = lines.map(|line| Hash(Base64::decode_vec(line).unwrap().try_into().unwrap())).collect();
    let Ok(state) = Checkpoint::open(note, &signed::key(1).public()) else { return text(403, String::new()) };
    let mut seen = seen.lock().unwrap();
    if old != seen.0 {
        return text(409, format!("{}\n", seen.0)).header("content-type", "text/x.tlog.size");
    }
    if old > 0 && tlog_tiles::check_tree(&proof, state.size, Hash(state.root), old, Hash(seen.1)).is_err() {
        return text(422, String::new());
    }
    *seen = (state.size, state.root);
    let time = 1_700_000_000_u64;
    let signature = key.sign(cosigned_text(&state, time).as_bytes()).to_bytes();
    let typed = [&[4][..], key.verifying_key().as_bytes()].concat();
    let number = signed_note::key_id(WITNESS, &typed).to_be_bytes();
    let bytes = [&number[..], &time.to_be_bytes(), &signature].concat();
    text(200, format!("— {WITNESS} {}\n", Base64::encode_string(&bytes)))
}

struct World {
    folder: tempfile::TempDir,
    writer: Writer,
    settings: Settings,
    written: usize,
}

impl World {
    fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        let writer = Writer::spawn(Store::create_signed(&path, at(0), &unpublished(&path, 1)).unwrap()).unwrap();
        let text = format!(
            "[ledger]\npath = \"ledger.sqlite\"\n[ledger.sign]\nname = \"{NAME}\"\nkey = {{ file = \"key\" }}\n{more}\n
            [book]\nproducts = [\"x\"]\npolicies = []\n[network]\nallow_private = true\n"
        );
        std::fs::write(folder.path().join("fairgauge.toml"), text).unwrap();
        let settings = Settings::load(&folder.path().join("fairgauge.toml"), std::iter::empty());
        let settings = settings.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        Self { folder, writer, settings, written: 0 }
    }

    fn with_witness(key: &SigningKey, server: &FaultServer) -> Self {
        let witness = WitnessKey::new(WITNESS, key.verifying_key().as_bytes()).unwrap();
        let url = server.url("/add-checkpoint");
        Self::new(&format!("witness = [{{ key = \"{witness}\", url = \"{url}\" }}]"))
    }

    fn cosigner(&self) -> Cosigner {
        Cosigner::new(&self.settings, self.writer.scribe().unwrap()).unwrap()
    }

    fn path(&self) -> PathBuf {
        ledger(self.folder.path())
    }

    /// Adds a few entries, and has them signed.
    async fn grow(&mut self, count: usize) {
        for _ in 0..count {
            self.written += 1;
            self.writer.append(note(self.written)).await.unwrap();
        }
        self.writer.sign().await.unwrap();
    }

    fn cosigned(&self) -> i64 {
        Reader::open(&self.path()).unwrap().cosigned_by(WITNESS).unwrap()
    }
}

fn witness(seen: &Seen) -> (SigningKey, FaultServer) {
    let key = SigningKey::from_bytes(&[8; 32]);
    let (asked, signs) = (seen.clone(), key.clone());
    (key, FaultServer::start(move |request| answer(request, &asked, &signs)))
}

#[tokio::test]
async fn o8_a_witness_cosigns_as_the_log_grows_and_the_line_stands_in_the_note() {
    let seen = Seen::default();
    let (key, server) = witness(&seen);
    let mut world = World::with_witness(&key, &server);
    let mut cosigner = world.cosigner();
    for growth in [0, 1, 5, 300] {
        world.grow(growth).await;
        cosigner.turn().await.unwrap();
        let (size, note) = Reader::open(&world.path()).unwrap().newest_checkpoint().unwrap().unwrap();
        assert_eq!((world.cosigned(), seen.lock().unwrap().0), (size, u64::try_from(size).unwrap()));
        let state = Checkpoint::open(&note, &signed::key(1).public()).unwrap();
        let cosigner = WitnessKey::new(WITNESS, key.verifying_key().as_bytes()).unwrap();
        assert!(cosigner.cosigned(&state, &note).is_some(), "{note}");
    }
    let asked = server.requests().len();
    cosigner.turn().await.unwrap();
    assert_eq!(server.requests().len(), asked, "nothing new, nobody asked");
    Reader::open(&world.path()).unwrap().verify().unwrap();
}

#[tokio::test]
async fn o8_a_witness_that_has_seen_less_than_was_known_is_told_the_rest() {
    let seen = Seen::default();
    let (key, server) = witness(&seen);
    let mut world = World::with_witness(&key, &server);
    world.grow(4).await;
    world.cosigner().turn().await.unwrap();
    *seen.lock().unwrap() = (0, [0; 32]);
    world.grow(1).await;
    world.cosigner().turn().await.unwrap();
    assert_eq!(world.cosigned(), 7);
}

#[tokio::test]
async fn o8_a_witness_that_has_seen_more_stops_the_daemon() {
    let seen = Seen::new(Mutex::new((1_000, [7; 32])));
    let (key, server) = witness(&seen);
    let mut world = World::with_witness(&key, &server);
    world.grow(4).await;
    let error = world.cosigner().turn().await.unwrap_err();
    assert!(matches!(error, CosignError::Behind { theirs: 1_000, ours: 6, .. }), "{error}");
    assert!(error.to_string().contains("old copy"), "{error}");
}

/// Whoever has the log's key can sign another history; a witness of the true one signs no line of it.
#[tokio::test]
async fn o02_a_witness_does_not_cosign_what_a_leaked_key_signs_beside_the_log() {
    let seen = Seen::default();
    let (key, server) = witness(&seen);
    let mut real = World::with_witness(&key, &server);
    real.grow(4).await;
    real.cosigner().turn().await.unwrap();
    let known = *seen.lock().unwrap();
    let mut forged = World::with_witness(&key, &server);
    forged.written = 1_000;
    for growth in [5, 300] {
        forged.grow(growth).await;
        forged.cosigner().turn().await.unwrap();
        assert_eq!(forged.cosigned(), 0);
        assert_eq!(*seen.lock().unwrap(), known, "the witness holds to what it saw");
    }
    real.grow(2).await;
    real.cosigner().turn().await.unwrap();
    assert_eq!(real.cosigned(), 8, "the true log goes on");
}

#[tokio::test]
async fn o8_whatever_else_a_witness_does_delays_nothing_and_counts_as_nothing() {
    let key = SigningKey::from_bytes(&[8; 32]);
    for reply in [
        Reply::status(404),
        Reply::status(403),
        Reply::status(422),
        Reply::status(500),
        Reply::Reset,
        Reply::ok("text/plain", "— witness.example/w1 AAAA\n"),
        Reply::ok("text/plain", vec![b'x'; 200_000]),
        Reply::ok("text/plain", "soon").with_status(409),
        Reply::ok("text/plain", "0\n").with_status(409),
        Reply::status(302).header("location", "/elsewhere"),
    ] {
        let server = FaultServer::in_turn(vec![reply]);
        let mut world = World::with_witness(&key, &server);
        world.grow(2).await;
        let mut cosigner = world.cosigner();
        cosigner.turn().await.unwrap();
        let asked = server.requests().len();
        assert!((1..=2).contains(&asked), "{asked}");
        cosigner.turn().await.unwrap();
        assert_eq!(server.requests().len(), asked, "it is left alone for a while");
        assert_eq!(world.cosigned(), 0);
        world.grow(1).await;
    }
}

#[tokio::test]
async fn o8_a_stamp_is_kept_where_it_is_one_of_the_checkpoint() {
    let granted = Arc::new(Mutex::new(false));
    let grants = granted.clone();
    let server = FaultServer::start(move |request| {
        assert_eq!(request.header("content-type"), Some("application/timestamp-query"));
        // The digest stands in the request, and in a token that grants it.
        let digest: Vec<u8> = if *grants.lock().unwrap() { request.bytes[24..56].to_vec() } else { vec![1; 32] };
        let token = [&[0x30, 0x27, 0x30, 0x03, 0x02, 0x01, 0x00, 0x04, 0x20][..], &digest].concat();
        Reply::ok("application/timestamp-reply", token)
    });
    let mut world = World::new(&format!("timestamp = \"{}\"", server.url("/tsa")));
    world.grow(2).await;
    world.cosigner().turn().await.unwrap();
    let stamps = || {
        let raw = rusqlite::Connection::open(world.path()).unwrap();
        raw.query_row("SELECT count(*) FROM timestamp", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(stamps(), 0, "of something else");
    *granted.lock().unwrap() = true;
    world.cosigner().turn().await.unwrap();
    assert_eq!(stamps(), 1);
}
