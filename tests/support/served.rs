//! Ledgers of seasons that are signed and served, and tokens for them.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fairgauge::access::{Holder, Role, Token, Tokens};
use fairgauge::health::Board;
use fairgauge::ledger::parse_instant;
use fairgauge::publish::{Beside, Server, Watched};
use fairgauge::settings::ServeSettings;

use crate::program::replay;
use crate::season;

/// A season's ledger, served.
pub struct Served {
    pub folder: tempfile::TempDir,
    pub ledger: PathBuf,
    server: Server,
}

/// When everything of the seasons is long over.
pub fn now() -> DateTime<Utc> {
    parse_instant("2026-11-26T12:00:00.000Z").unwrap()
}

/// Replays a season with the policies that are wanted, all where none are named, and signs the ledger.
pub fn replayed(season: &str, policies: &[&str], folder: &Path) -> PathBuf {
    season::copy(season, folder, true);
    let book = folder.join("book.csv");
    let rows = std::fs::read_to_string(&book).unwrap();
    let wanted = |row: &&str| {
        let id = row.split(',').next().unwrap_or_default();
        policies.is_empty() || id == "policy" || policies.contains(&id)
    };
    let rows: Vec<_> = rows.lines().filter(wanted).collect();
    std::fs::write(&book, rows.join("\n") + "\n").unwrap();
    let ledger = folder.join("served.sqlite");
    replay(folder, &ledger);
    let signing = crate::signed::unpublished(&ledger, 1);
    fairgauge::ledger::Store::open_signed(&ledger, now(), &signing).unwrap().close().unwrap();
    ledger
}

impl Served {
    /// A season, to be read by whoever has a token.
    pub fn season(season: &str, policies: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = replayed(season, policies, folder.path());
        let url = Some("https://payouts.example.org".to_owned());
        let settings = ServeSettings { url, ..ServeSettings::at(([127, 0, 0, 1], 0).into()) };
        let server =
            Server::start(&settings, &ledger, Beside { board: Board::default(), watched: Watched::nobody(now()), now })
                .unwrap();
        Self { folder, ledger, server }
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    /// Makes a token; its text.
    pub fn token(&self, name: &str, role: Role, policies: &[&str]) -> String {
        let holder = Holder {
            name: name.to_owned(),
            role,
            books: Vec::new(),
            policies: policies.iter().map(|policy| (*policy).to_owned()).collect(),
        };
        let path = PathBuf::from(format!("{}.tokens", self.ledger.display()));
        let mut tokens = Tokens::read(&path).unwrap();
        // Another one on each server: browsers keep one cookie for all ports of a host.
        let mut random = [u8::try_from(tokens.tokens.len()).unwrap() + 1; Token::RANDOM];
        random[..2].copy_from_slice(&self.server.address().port().to_le_bytes());
        let minted = Token::mint(holder, &random, now(), None);
        tokens.add(minted.token).unwrap();
        std::fs::write(&path, tokens.bytes()).unwrap();
        minted.text
    }
}
