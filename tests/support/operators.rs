//! A house with two operators, `lin` and `wu`, and one who is none, `eve`; and a month of rain that is over.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::path::PathBuf;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer as _, SigningKey};
use fairgauge::ledger::{PayoutRow, Reader};
use fairgauge::operator::{Act, Answer, Inbox, PublicKey, Request, What};

use crate::program::{Program, daemon, fairgauge, wait_for, wait_until};
use crate::rain_days::{self, DAILY, WET, days, feed_each};

pub struct House {
    pub folder: tempfile::TempDir,
    pub config: PathBuf,
    pub ledger: PathBuf,
}

const PERSONS: [(&str, u8); 3] = [("lin", 1), ("wu", 2), ("eve", 3)];

fn key(name: &str) -> SigningKey {
    let seed = PERSONS.iter().find(|person| person.0 == name).unwrap().1;
    SigningKey::from_bytes(&[seed; 32])
}

/// The line of the settings.
pub fn line(name: &str) -> String {
    PublicKey::new(name, key(name).verifying_key()).unwrap().text()
}

/// The station is read each second.
fn feed(name: &str) -> String {
    feed_each(name, "1 s", "1 h")
}

/// Rain of March 2024: all of it on the fifth.
fn rain(fallen: &str) -> String {
    days(31, &[("03-05", fallen)])
}

/// 100 CNY for each mm above 50.
pub fn product(id: &str, life: &str) -> String {
    rain_days::product(id, DAILY, &format!("lag = \"2 d\"\n{life}"), WET)
}

/// What somebody does to what stands, with nothing beside it.
pub fn act_on(row: &PayoutRow, what: What, by: &str, why: &str) -> Act {
    Act {
        what,
        by: by.to_owned(),
        why: why.to_owned(),
        policy: row.policy.clone(),
        cover: row.cover.clone(),
        start: row.period.start,
        seq: row.seq,
        at: fairgauge::daemon::Clock::System.now(),
        cause: None,
        approves: None,
        alternative: None,
        evidence: Vec::new(),
    }
}

impl House {
    /// P-1 may be contested for two hours, Q-1 is final at once and never corrected by itself.
    pub fn new() -> Self {
        let products = [("contested", product("contested", "contest = \"2 h\"")), ("final", product("final", ""))];
        let book = "P-1,contested@1,A,2024-03-01,2024-03-31,10000 CNY,s\n\
            Q-1,final@1,B,2024-03-01,2024-03-31,10000 CNY,s\n";
        Self::of("1000 CNY", &[("daily", "60")], &products, book)
    }

    /// F-1 rests on three sources of which two have to agree; without one of them nothing would be due.
    pub fn fragile() -> Self {
        let sources = "sources = [\"daily/{station}\", \"second/{station}\", \"third/{station}\"]\nfallback = \"consensus\"\nquorum = 2";
        let cover = WET.replace("every = \"1 d\" }", "every = \"1 d\", agree_within = \"20 mm\" }");
        let product = rain_days::product("fragile", sources, "lag = \"2 d\"\ncontest = \"2 h\"", &cover);
        let book = "F-1,fragile@1,A,2024-03-01,2024-03-31,10000 CNY,s\n";
        let feeds = [("daily", "60"), ("second", "58"), ("third", "49")];
        Self::of("100 CNY", &feeds, &[("fragile", product)], book)
    }

    /// With an amount above which two are needed, and what each feed tells of March.
    fn of(above: &str, feeds: &[(&str, &str)], products: &[(&str, String)], book: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let mut settings = format!("[approval]\nabove = \"{above}\"\n");
        for (name, _) in PERSONS {
            let key = key(name);
            let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
            std::fs::write(path.join(format!("{name}.pem")), pem.as_bytes()).unwrap();
            if name != "eve" {
                let line = PublicKey::new(name, key.verifying_key()).unwrap().text();
                settings.push_str(&format!("[operators.{name}]\nkey = \"{line}\"\n"));
            }
        }
        for (name, fallen) in feeds {
            settings.push_str(&feed(name));
            std::fs::write(path.join(format!("{name}.csv")), rain(fallen)).unwrap();
        }
        rain_days::write(path, &settings, products, book);
        let (config, ledger) = (path.join("fairgauge.toml"), path.join("ledger.sqlite"));
        Self { folder, config, ledger }
    }

    /// A command on the house's settings: what it prints, or what it says where it fails.
    pub fn run(&self, args: &[&str]) -> Result<String, String> {
        let output = fairgauge().args(args).arg("--config").arg(&self.config).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// An act of a person, with the person's own key.
    pub fn act(&self, what: &str, id: &str, by: &str, extra: &[&str]) -> Result<String, String> {
        self.act_with(what, id, by, by, extra)
    }

    /// The same with somebody's key.
    pub fn act_with(&self, what: &str, id: &str, by: &str, key: &str, extra: &[&str]) -> Result<String, String> {
        let key = self.folder.path().join(format!("{key}.pem"));
        let args = [what, id, "--by", by, "--why", "because", "--key", key.to_str().unwrap()];
        self.run(&[&args, extra].concat())
    }

    /// An act with a person's signature.
    pub fn signed(&self, act: &Act, by: &str) -> Request {
        let text = act.text().unwrap();
        let signature = Base64::encode_string(&key(by).sign(text.as_bytes()).to_bytes());
        Request::new(text, signature, &[])
    }

    /// Puts bytes into the folder of a running daemon; its answer.
    pub fn put(&self, bytes: &[u8]) -> Answer {
        let inbox = Inbox::of(&self.ledger);
        let name = inbox.put(bytes).unwrap();
        wait_for("the daemon answers", || inbox.answer(&name).unwrap())
    }

    /// How often anything was learned.
    pub fn learned(&self) -> usize {
        Reader::open(&self.ledger).unwrap().notes(fairgauge::ledger::Kind::Obs).unwrap().len()
    }

    /// The station is read anew.
    pub fn record(&self, fallen: &str) {
        std::fs::write(self.folder.path().join("daily.csv"), rain(fallen)).unwrap();
    }

    /// The station is read anew, and a daemon learns it.
    pub fn revise(&self, fallen: &str) {
        let before = self.learned();
        self.record(fallen);
        let program = Program::start(daemon(&self.config));
        wait_until("the revision is learned", || self.learned() > before);
        program.stop();
    }

    /// Everything in the ledger is as it was written, and follows from it.
    pub fn verify(&self) {
        let reader = Reader::open(&self.ledger).unwrap();
        reader.verify().unwrap();
        let faults = fairgauge::audit::verify_life(&reader).unwrap();
        assert!(faults.is_empty(), "{faults:#?}");
        assert!(self.run(&["verify"]).unwrap().contains("rules        signatures of acts"));
    }
}
