//! A signed ledger, endpoints that are told of it, and a clock that stands until it is moved.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::feed::Wire;
use fairgauge::ledger::{Batch, DeliveryRow, Reader, Store, Writer};
use fairgauge::settings::Settings;
use fairgauge::webhook::{Courier, Hooks, Now};

use crate::signed::{at, ledger, unpublished};

/// The secret that both sides have: 32 bytes.
pub fn secret() -> String {
    format!("whsec_{}", Base64::encode_string(&[9; 32]))
}

/// The key of the endpoint.
pub fn pem() -> String {
    use ed25519_dalek::pkcs8::EncodePrivateKey as _;
    use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}

/// Puts key and secret into a folder, as files that only their owner reads.
pub fn write_keys(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for (name, text) in [("hook.pem", pem()), ("hook.secret", secret())] {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// The table of an endpoint, with what else it says.
pub fn endpoint(name: &str, url: &str, more: &str) -> String {
    format!(
        "[webhook.{name}]\nurl = \"{url}\"\nkey = {{ file = \"hook.pem\" }}\nsecret = {{ file = \"hook.secret\" }}\n{more}\n"
    )
}

/// What stays while programs come and go.
pub struct Office {
    pub folder: tempfile::TempDir,
    pub settings: Settings,
    signed: bool,
    clock: Arc<Mutex<DateTime<Utc>>>,
}

impl Office {
    /// With the tables of endpoints.
    pub fn new(endpoints: &str) -> Self {
        let office = Self::without_ledger(tempfile::tempdir().unwrap(), endpoints, true);
        drop(Store::create_signed(&office.ledger(), at(0), &unpublished(&office.ledger(), 1)).unwrap());
        office
    }

    /// The same on a ledger that nobody signs, in memory where the machine has a disk of it: thousands of flushes cost
    /// nothing there.
    pub fn unsigned(endpoints: &str) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let office = Self::without_ledger(folder, endpoints, false);
        drop(Store::create(&office.ledger(), "example.org/ledger", at(0)).unwrap());
        office
    }

    fn without_ledger(folder: tempfile::TempDir, endpoints: &str, signed: bool) -> Self {
        write_keys(folder.path());
        let text = format!(
            "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"p\"\npolicies = []\n[network]\nallow_private = true\n{endpoints}"
        );
        let file = folder.path().join("fairgauge.toml");
        std::fs::write(&file, text).unwrap();
        let settings = Settings::load(&file, std::iter::empty());
        let settings = settings.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        Self { folder, settings, signed, clock: Arc::new(Mutex::new(at(100 * 24))) }
    }

    /// With somebody who answers instead of all endpoints.
    pub fn told_by(mut self, wire: Wire) -> Self {
        self.settings.network.wire = Some(wire);
        self
    }

    pub fn ledger(&self) -> PathBuf {
        ledger(self.folder.path())
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.ledger()).unwrap()
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.clock.lock().unwrap()
    }

    pub fn wait(&self, time: TimeDelta) {
        *self.clock.lock().unwrap() += time;
    }

    /// Starts a program that writes the ledger and sends.
    pub fn start(&self) -> Program {
        let hooks = Hooks::of(&self.settings);
        let path = self.ledger();
        let store = match self.signed {
            true => Store::open_signed(&path, self.now(), &unpublished(&path, 1)),
            false => Store::open(&path),
        };
        let writer = Writer::spawn(store.unwrap().telling(hooks.subscribers())).unwrap();
        let couriers = self.settings.webhooks.values().map(|settings| {
            let scribe = writer.scribe().unwrap();
            Courier::new(settings.clone(), &self.settings.network, &path, scribe, self.clock()).unwrap()
        });
        Program { couriers: couriers.collect(), writer, hooks }
    }

    pub fn clock(&self) -> Now {
        let clock = self.clock.clone();
        Arc::new(move || *clock.lock().unwrap())
    }

    /// Every attempt, the oldest first.
    pub fn log(&self) -> Vec<DeliveryRow> {
        self.reader().deliveries(None, false, None).unwrap()
    }

    /// Endpoint, entry and outcome of every attempt.
    pub fn outcomes(&self) -> Vec<(String, i64, String)> {
        self.log().into_iter().map(|row| (row.endpoint, row.seq.unwrap_or(-1), row.outcome)).collect()
    }
}

/// A program between start and end, however it ends.
pub struct Program {
    pub couriers: Vec<Courier>,
    pub writer: Writer,
    pub hooks: Hooks,
}

impl Program {
    pub async fn write(&self, batch: Batch) {
        self.writer.append(batch).await.unwrap();
    }

    /// Sends what is due, until nothing is.
    pub async fn send(&mut self) -> usize {
        let mut all = 0;
        for courier in &mut self.couriers {
            loop {
                let sent = courier.turn().await.unwrap().sent;
                all += sent;
                if sent == 0 {
                    break;
                }
            }
        }
        all
    }

    /// One turn of each.
    pub async fn turn(&mut self) -> usize {
        let mut all = 0;
        for courier in &mut self.couriers {
            all += courier.turn().await.unwrap().sent;
        }
        all
    }

    pub async fn stop(self) {
        drop(self.couriers);
        self.writer.close().await.unwrap();
    }
}
