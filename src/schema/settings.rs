//! The settings.

use super::feed::FEEDS;
use super::kind::{Kind, TIME};
use super::table::{Table, may, must};
use crate::ledger::{COLUMNS, Event, State};
use crate::settings::PayoutLogSettings;
use crate::settle::Outcome;

/// The words of all of some kind, as the program that reads them has them.
macro_rules! words {
    ($all:expr, $($word:tt)+) => {{
        let mut words = [""; $all.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = $all[at]$($word)+;
            at += 1;
        }
        words
    }};
}

static TEXT: Kind = Kind::Text;
const PRODUCTS: Kind = Kind::Any(&[Kind::Text, Kind::List(1, &TEXT)]);

pub(super) static SETTINGS: Table = Table::new(
    "the settings",
    "The settings of the daemon",
    &[
        must("ledger", Kind::Table(&LEDGER), "Where everything is recorded"),
        must("book", Kind::Table(&BOOK), "Where the business stands"),
        may("log", Kind::Table(&LOG), "What is logged"),
        may("network", Kind::Table(&NETWORK), "What feeds may do on the network"),
        may(
            "fetcher",
            Kind::Table(&FETCHER),
            "The other process, which asks in place of the daemon: docs/operating.md",
        ),
        may("serve", Kind::Table(&SERVE), "What is served over HTTP, and to whom"),
        may("operators", Kind::Named("^[a-z][a-z0-9_-]*$", &OPERATORS), "Persons who may intervene, by name"),
        may("approval", Kind::Table(&APPROVAL), "Above what two of them are needed"),
        may(
            "webhook",
            Kind::Named("^[a-z][a-z0-9_-]*$", &WEBHOOK),
            "Who is told of payouts, by name: docs/webhooks.md",
        ),
        may(
            "payout_log",
            Kind::Table(&PAYOUT_LOG),
            "A file to which binding determinations are appended: docs/exports.md",
        ),
        may("export", Kind::Named("^[a-z][a-z0-9_-]*$", &EXPORT), "Exports of one's own, by name: docs/exports.md"),
        may("feed", Kind::Named("^[a-z][a-z0-9_-]*$", &FEEDS), "Feeds, by the names that term sheets use"),
    ],
);

static LEDGER: Table = Table::new(
    "[ledger]",
    "Where everything is recorded",
    &[
        must("path", Kind::Text, "The ledger's file"),
        may("sign", Kind::Table(&SIGN), "By what it is signed: docs/integrity.md"),
        may("snapshot", Kind::Table(&SNAPSHOT), "Where a copy of it is published for others"),
    ],
);

static SNAPSHOT: Table = Table::new(
    "[ledger.snapshot]",
    "A copy of the ledger for others",
    &[
        must("path", Kind::Text, "The file; its checkpoint stands beside it"),
        must("every", Kind::Of(TIME, "1 h"), "How often it is made; at least 1 min"),
    ],
);

static SIGN: Table = Table::new(
    "[ledger.sign]",
    "By what the ledger is signed",
    &[
        must("name", Kind::Form("^[^\\s+]+$", "ledger.example.org/fairgauge"), "What the log is called, for ever"),
        must("key", KEY, "Where the private key is kept"),
        may(
            "high_water",
            Kind::Text,
            "The file that says how far the ledger had come; else it stands beside the ledger",
        ),
        may("publish", Kind::Text, "The folder that is kept as the log's static files"),
        may("witness", Kind::List(0, &WITNESS), "Who is asked to cosign that the log only grew"),
        may("timestamp", Kind::Text, "The address of an authority that stamps a checkpoint once a day (RFC 3161)"),
    ],
);

static SERVE: Table = Table::new(
    "[serve]",
    "What is served over HTTP",
    &[
        must("listen", Kind::Text, "The address and the port"),
        may("metrics", Kind::Text, "The address on this machine at which figures are told without a token"),
        may("tokens", Kind::Text, "The file of tokens; else it stands beside the ledger"),
        may("tls", Kind::Table(&TLS), "The certificate, where it speaks TLS itself"),
        may("behind_proxy", Kind::Flag, "Whether a proxy stands before it, whose X-Forwarded-For says who asks"),
        may(
            "without_token",
            Kind::Words(&["auditor", "operator"]),
            "As what one reads who has no token, on this machine alone",
        ),
        may("url", Kind::Text, "The address by which readers know it"),
        may("most_connections", Kind::Whole(1), "Connections at a time; else 512"),
    ],
);

static TLS: Table = Table::new(
    "[serve.tls]",
    "A certificate and its key",
    &[
        must("certificate", Kind::Text, "The file of the certificate and those above it, in PEM"),
        must("key", KEY, "Where its private key is kept, in PEM"),
    ],
);

static WITNESS: Kind = Kind::Table(&WITNESS_TABLE);

static WITNESS_TABLE: Table = Table::new(
    "a witness",
    "Who is asked to cosign",
    &[must("key", Kind::Text, "The public key, of type 4"), must("url", Kind::Text, "The address of add-checkpoint")],
);

const KEY: Kind = Kind::Any(&[Kind::Table(&KEY_FILE), Kind::Table(&KEY_CREDENTIAL)]);

static KEY_FILE: Table = Table::new(
    "the key",
    "A private key in a file",
    &[must("file", Kind::Text, "The path of a file that only the daemon can read")],
);

static KEY_CREDENTIAL: Table = Table::new(
    "the key",
    "A private key that the service manager holds",
    &[must("credential", Kind::Form("^[A-Za-z0-9_-][A-Za-z0-9._-]*$", "ledger-key"), "Its name in LoadCredential")],
);

static BOOK: Table = Table::new(
    "[book]",
    "Where the business stands",
    &[
        must(
            "products",
            PRODUCTS,
            "A folder, in which every *.toml but those of cases is a term sheet; or a list of such files and folders",
        ),
        must("policies", Kind::List(0, &TEXT), "The files of policies"),
        may(
            "back_dated",
            Kind::Words(&["allow", "hold", "refuse"]),
            "What becomes of a policy that is bound when one of its periods has begun",
        ),
        may("strict", Kind::Flag, "Whether products that policies use must have cases that come out as expected"),
    ],
);

static OPERATORS: Kind = Kind::Table(&OPERATOR);

static OPERATOR: Table = Table::new(
    "the operator",
    "A person who may intervene",
    &[must(
        "key",
        Kind::Form(
            r"^[a-z][a-z0-9_-]*\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$",
            "lin+1a2b3c4d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        ),
        "The line that `fairgauge key new FILE --operator NAME` prints",
    )],
);

static APPROVAL: Table = Table::new(
    "[approval]",
    "Above what two persons are needed",
    &[must(
        "above",
        Kind::Any(&[Kind::Money, Kind::List(1, &MONEY)]),
        "An amount, or one of each currency; a currency that is not named always needs two for a restatement",
    )],
);

static MONEY: Kind = Kind::Money;

static WEBHOOK: Kind = Kind::Any(&[Kind::Table(&WEBHOOK_KEY), Kind::Table(&WEBHOOK_SECRET)]);

macro_rules! webhook {
    ($what:literal, $key:ident, $secret:ident) => {
        Table::new(
            "the endpoint",
            $what,
            &[
                must("url", Kind::Text, "Where it is told: https; no key stands in it"),
                $key("key", KEY, "Where the Ed25519 key is kept that signs: v1a"),
                $secret("secret", KEY, "Where the secret whsec_… is kept that both sides have: v1"),
                may("events", Kind::List(1, &EVENT), "What it is told; else everything"),
                may("policies", Kind::List(1, &TEXT), "Of which policies, by id; else of all"),
                may("products", Kind::List(1, &TEXT), "Of which products, rain or rain@1; else of all"),
                may("books", Kind::List(1, &TEXT), "Of the policies of which books; else of all"),
                may("timeout", Kind::Of(TIME, "15 s"), "How long it may take to answer; at most 60 s"),
            ],
        )
    };
}

static WEBHOOK_KEY: Table = webhook!("Who is told of payouts, signed by a key", must, may);
static WEBHOOK_SECRET: Table = webhook!("Who is told of payouts, signed with a secret", may, must);

static EVENT: Kind = Kind::Words(&EVENTS);
static EVENTS: [&str; Event::WORDS.len()] = words!(Event::WORDS, .1);

static PAYOUT_LOG: Table = Table::new(
    "[payout_log]",
    "A file to which determinations are appended, a line each",
    &[
        must("path", Kind::Text, "The file"),
        may("states", Kind::List(1, &WRITTEN), "Of which states; without it of those that bind"),
    ],
);

static WRITTEN: Kind = Kind::Words(&WRITTEN_STATES);
static WRITTEN_STATES: [&str; PayoutLogSettings::ALL.len()] = words!(PayoutLogSettings::ALL, .word());

static EXPORT: Kind = Kind::Table(&EXPORT_TABLE);

static EXPORT_TABLE: Table = Table::new(
    "the export",
    "An export of one's own, such as a bordereau",
    &[
        must("columns", Kind::List(1, &COLUMN), "Its columns, from left to right"),
        may("only", Kind::Table(&ONLY), "Which rows"),
        may(
            "order",
            Kind::Any(&[Kind::Words(&LOG_COLUMNS), Kind::List(1, &LOG_COLUMN)]),
            "Columns of the payout log by which rows are put in order",
        ),
        may("totals", Kind::Flag, "Whether csv and xlsx end with the sums of each currency"),
    ],
);

static COLUMN: Kind = Kind::Any(&[CELLS_FROM, Kind::Table(&COLUMN_FROM), Kind::Table(&COLUMN_IS)]);

static COLUMN_FROM: Table = Table::new(
    "the column",
    "A column of the payout log or of the book under a header of one's own",
    &[
        must("header", Kind::Text, "What stands above it"),
        must("from", CELLS_FROM, "A column of the payout log, or book. and a column of the book"),
    ],
);

static COLUMN_IS: Table = Table::new(
    "the column",
    "A column with the same text in all rows",
    &[must("header", Kind::Text, "What stands above it"), must("is", Kind::Text, "The text")],
);

const CELLS_FROM: Kind = Kind::Any(&[Kind::Words(&LOG_COLUMNS), Kind::Form(r"^book\..+$", "book.area")]);

static LOG_COLUMN: Kind = Kind::Words(&LOG_COLUMNS);

static LOG_COLUMNS: [&str; COLUMNS.len()] = words!(COLUMNS, .name);

static ONLY: Table = Table::new(
    "`only`",
    "Lists of which a row has one each",
    &[
        may(
            "product",
            Kind::Any(&[Kind::Text, Kind::List(1, &TEXT)]),
            "Products with their version, or without for every version",
        ),
        may("state", Kind::Any(&[Kind::Words(&STATES), Kind::List(1, &STATE)]), "States"),
        may("outcome", Kind::Any(&[Kind::Words(&OUTCOMES), Kind::List(1, &OUTCOME)]), "Outcomes"),
        may("currency", Kind::Any(&[Kind::Currency, Kind::List(1, &CURRENCY)]), "Currencies"),
    ],
);

static STATES: [&str; State::ALL.len()] = words!(State::ALL, .word());
static OUTCOMES: [&str; Outcome::ALL.len()] = words!(Outcome::ALL, .word());
static STATE: Kind = Kind::Words(&STATES);
static OUTCOME: Kind = Kind::Words(&OUTCOMES);
static CURRENCY: Kind = Kind::Currency;

static LOG: Table = Table::new(
    "[log]",
    "What is logged",
    &[
        may(
            "level",
            Kind::Any(&[Kind::Words(&["error", "warn", "info", "debug", "trace"]), Kind::Text]),
            "A level, or by module as in fairgauge=debug",
        ),
        may("format", Kind::Words(&["text", "json"]), "How it is written to standard error; else text"),
    ],
);

static FETCHER: Table = Table::new(
    "[fetcher]",
    "The process that asks servers in place of the daemon",
    &[must("socket", Kind::Text, "The Unix socket at which it is asked")],
);

static NETWORK: Table = Table::new(
    "[network]",
    "What feeds may do on the network",
    &[
        may(
            "allow_private",
            Kind::Flag,
            "Feeds and endpoints on loopback and private addresses, and by http without TLS",
        ),
        may("user_agent_contact", Kind::Form("^[!-'*-~]+$", "ops@example.org"), "Whom a provider may write to"),
    ],
);
