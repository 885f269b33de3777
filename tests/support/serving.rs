//! A season of fixtures/ in a signed ledger of two books, and a server on it with a token for everybody.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use fairgauge::access::{Holder, Role, Token, Tokens};
use fairgauge::health::Board;
use fairgauge::ledger::{Batch, Determination, Filter, Reader, Signing, State, Store, parse_instant};
use fairgauge::publish::{Beside, Server, Watched};
use fairgauge::quantity::Money;
use fairgauge::settings::ServeSettings;

use crate::client::{Answer, request, send};
use crate::program::replay;
use crate::season;
use crate::signed::{NAME, key, unpublished};

/// Whose key the log has.
const SEED: u8 = 7;
/// A policy of each book.
pub const NORTH: &str = "NY-101";
pub const SOUTH: &str = "NY-102";

/// The clock of every server.
pub fn now() -> DateTime<Utc> {
    parse_instant("2026-11-26T12:00:00.000Z").unwrap()
}

/// The season with its ledger.
pub struct Season {
    pub folder: tempfile::TempDir,
    pub ledger: PathBuf,
    /// The log's static files.
    pub public: PathBuf,
}

impl Season {
    /// New York's summer: policies with an odd number are in book `north`, the others in book `south`; and a payment in
    /// advance that a person made up.
    pub fn new() -> Self {
        // A replay takes seconds: once is enough for all of them.
        static MADE: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
            let made = Season::replayed();
            let root = made.folder.path();
            let files = season::listing(root).into_iter().filter(|(path, _)| path.is_file());
            files.map(|(path, bytes)| (path.strip_prefix(root).unwrap().to_owned(), bytes)).collect()
        });
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &*MADE {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
        Self::within(folder)
    }

    fn within(folder: tempfile::TempDir) -> Self {
        let (ledger, public) = (folder.path().join("ledger.sqlite"), folder.path().join("public"));
        std::fs::set_permissions(folder.path().join("log.pem"), std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { folder, ledger, public }
    }

    fn replayed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        season::copy("new-york-2013", path, true);
        let book = std::fs::read_to_string(path.join("book.csv")).unwrap();
        std::fs::write(path.join("book.csv"), with_books(&book)).unwrap();
        std::fs::write(path.join("log.pem"), key(SEED).to_pem().as_ref()).unwrap();
        let settings = std::fs::read_to_string(path.join("fairgauge.toml")).unwrap();
        let sign = format!(
            "\n[ledger.sign]\nname = \"{NAME}\"\nkey = {{ file = \"log.pem\" }}\npublish = \"public\"\n\n[book]"
        );
        std::fs::write(path.join("fairgauge.toml"), settings.replacen("\n[book]", &sign, 1)).unwrap();
        let season = Self::within(folder);
        replay(season.folder.path(), &season.ledger);
        season.pay_in_advance();
        season
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.ledger).unwrap()
    }

    /// Adds to the ledger, and signs it.
    pub fn append(&self, batch: Batch) {
        let signing = Signing { publish: Some(self.public.clone()), ..unpublished(&self.ledger, SEED) };
        let mut store = Store::open_signed(&self.ledger, now(), &signing).unwrap();
        store.append(batch).unwrap();
        store.close().unwrap();
    }

    /// The first payment in advance of a period.
    pub fn advance(&self) -> Determination {
        let reader = self.reader();
        let row = reader.payouts(&Filter { policy: Some(NORTH.to_owned()), ..Filter::default() }).unwrap().remove(0);
        let said = reader.determination_of(row.seq).unwrap().unwrap();
        let amount = Money::from_minor(12_345, said.amount.currency()).unwrap();
        let at = now();
        Determination {
            state: State::Interim,
            number: 1,
            outcome: fairgauge::settle::Outcome::Pays,
            amount,
            paid: fairgauge::settle::Paid::default(),
            as_of: at,
            determined_at: at,
            life: fairgauge::ledger::Life::default(),
            period: fairgauge::ledger::PeriodSpan { start: said.period.start + chrono::Days::new(1), ..said.period },
            ..said
        }
    }

    fn pay_in_advance(&self) {
        let mut batch = Batch::new();
        batch.determine(self.advance());
        self.append(batch);
    }
}

fn with_books(book: &str) -> String {
    let mut lines = Vec::new();
    for line in book.lines() {
        let column = match line.split(',').next().unwrap_or_default() {
            "policy" => ",book",
            id if id.starts_with("NY-") => {
                if id.ends_with(['1', '3', '5', '7', '9']) {
                    ",north"
                } else {
                    ",south"
                }
            }
            _ => "",
        };
        lines.push(format!("{line}{column}\n"));
    }
    lines.concat()
}

/// A server, and what its tokens are called.
pub struct Served {
    pub address: SocketAddr,
    pub tokens: BTreeMap<&'static str, String>,
    _server: Server,
}

/// Who comes, as what, with which books and policies.
const HOLDERS: [(&str, Role, &[&str], &[&str]); 9] = [
    ("insurer", Role::Insurer, &["north"], &[]),
    ("insurer of another book", Role::Insurer, &["south"], &[]),
    ("insurer of one and a policy", Role::Insurer, &["of nobody"], &[NORTH]),
    ("insured", Role::Insured, &[], &[NORTH]),
    ("insured of another policy", Role::Insured, &[], &[SOUTH]),
    ("operator", Role::Operator, &[], &[]),
    ("auditor", Role::Auditor, &[], &[]),
    ("revoked", Role::Auditor, &[], &[]),
    ("expired", Role::Auditor, &[], &[]),
];

/// Serves a ledger behind what says who asks, so that wrong tokens of one test are none of another's.
pub fn serve(ledger: &Path) -> Served {
    let settings = ServeSettings { behind_proxy: true, ..ServeSettings::at(([127, 0, 0, 1], 0).into()) };
    let (mut kept, mut tokens) = (Tokens::default(), BTreeMap::new());
    for (number, (name, role, books, policies)) in HOLDERS.into_iter().enumerate() {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let holder = Holder { name: name.replace(' ', "-"), role, books: owned(books), policies: owned(policies) };
        let expires = (name == "expired").then(now);
        let random = [u8::try_from(number).unwrap() + 1; Token::RANDOM];
        let minted = Token::mint(holder, &random, parse_instant("2026-01-01T00:00:00.000Z").unwrap(), expires);
        kept.add(minted.token).unwrap();
        tokens.insert(name, minted.text);
    }
    kept.revoke("revoked", now()).unwrap();
    std::fs::write(settings.tokens_of(ledger), kept.bytes()).unwrap();
    let server =
        Server::start(&settings, ledger, Beside { board: Board::default(), watched: Watched::nobody(now()), now })
            .unwrap();
    Served { address: server.address(), tokens, _server: server }
}

impl Served {
    /// Asks as somebody who has a token.
    pub fn get(&self, who: &str, target: &str) -> Answer {
        self.ask(who, "GET", target, &[])
    }

    /// The same with other headers.
    pub fn ask(&self, who: &str, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        let bearer = format!("Bearer {}", self.tokens[who]);
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        patiently(|| send(self.address, &request(method, target, &headers, b"")))
    }
}

/// Asks again where a slow machine takes too long, as the answer says.
pub fn patiently(ask: impl Fn() -> Answer) -> Answer {
    crate::program::wait_for("an answer in time", || {
        let answer = ask();
        let busy = answer.status == 503 && answer.json()["detail"].as_str().is_some_and(|why| why.contains("too long"));
        (!busy).then_some(answer)
    })
}
