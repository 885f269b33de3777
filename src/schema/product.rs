//! A term sheet.

use super::cover::COVER;
use super::kind::{Kind, SHARE, TIME};
use super::table::{Table, may, must};

/// A name that may stand in keys of the ledger.
pub(super) const ID: Kind = Kind::Form("^[a-z0-9-]{1,60}$", "leafy-greens");
pub(super) const ZONE: Kind = Kind::Form("^(UTC|[+-][0-9]{2}:[0-9]{2}|[A-Za-z_]+/[A-Za-z0-9_+/-]+)$", "Asia/Shanghai");
pub(super) const TIME_OF_DAY: Kind = Kind::Form("^([01][0-9]|2[0-3]):[0-5][0-9]$", "20:00");
const SOURCE: Kind = Kind::Form("^[^/]+(/[^/]+)?$", "asos/{station}");
/// Sources in order of preference.
pub(super) const SOURCES: Kind = Kind::List(1, &SOURCE);

pub(super) static PRODUCT: Table = Table::new(
    "the term sheet",
    "A product: what is insured, on which data, what it pays and when",
    &[
        must("product", Kind::Table(&HEAD), "What it is called, what it pays in, and its insured day"),
        must("exposure", Kind::Table(&EXPOSURE), "What amounts are for"),
        may(
            "policy",
            Kind::Named("^(?!(policy|product|insured|from|to|sum_insured|units)$)", &COLUMN),
            "What else the book gives for each policy, a column each",
        ),
        may("purchase", Kind::Table(&PURCHASE), "Until when a policy may be bought"),
        must("data", Kind::Table(&DATA), "Where readings come from, and how many may be missing"),
        must("settlement", Kind::Table(&SETTLEMENT), "When a result is final, and how money is rounded"),
        may("limit", Kind::Table(&LIMIT), "The most of all covers and periods together"),
        must("cover", Kind::List(1, &COVERS), "The covers"),
    ],
);

static COVERS: Kind = Kind::Table(&COVER);
static COLUMN: Kind = Kind::UnitOr(&["station", "date", "policy"]);

static HEAD: Table = Table::new(
    "[product]",
    "What it is called, what it pays in, and its insured day",
    &[
        must("id", ID, "Small letters, digits and hyphens"),
        must("version", Kind::Whole(1), "Policies name the product as id@version; a changed sheet is the next one"),
        must("name", Kind::Text, "The title that people read"),
        must("currency", Kind::Currency, "What it pays in"),
        must("day", Kind::Table(&DAY), "The insured day"),
    ],
);

static DAY: Table = Table::new(
    "the insured day",
    "Where it starts at noon or later, a day bears the date on which it ends",
    &[
        must("zone", ZONE, "An IANA zone, UTC, or an offset"),
        must("starts", TIME_OF_DAY, "The hour at which a day begins"),
    ],
);

static EXPOSURE: Table = Table::new(
    "[exposure]",
    "Each policy has its sum insured, or amounts are for each of its units",
    &[
        may("per", Kind::Unit, "The unit that the book's column `units` counts"),
        may(
            "sum_insured",
            Kind::Any(&[Kind::Words(&["policy"]), Kind::Money, COLUMN_NAME]),
            "\"policy\": the book's column; with per: the sum insured of one unit",
        ),
        may("factors", Kind::List(1, &FACTOR), "By what the sum insured is multiplied"),
        may("round_sum", Kind::Money, "The step to which the product is rounded"),
        may("mode", Kind::Mode, "What becomes of a sum between two steps"),
    ],
)
.with(
    r#"{ "if": { "required": ["per"] },
        "then": {
            "properties": { "sum_insured": { "not": { "const": "policy" } } },
            "dependentRequired": { "factors": ["sum_insured"], "round_sum": ["sum_insured"] }
        },
        "else": { "properties": { "sum_insured": { "const": "policy" } }, "required": ["sum_insured"] },
        "dependentRequired": { "round_sum": ["mode"], "mode": ["round_sum"] } }"#,
);

static FACTOR: Kind = Kind::Of(SHARE, "90 %");
/// A column of the book.
pub(super) const COLUMN_NAME: Kind = Kind::Form(r"^\{[^{}]+\}$", "{opening_day}");
/// Which readings count.
pub(super) const VINTAGE: Kind = Kind::Words(&["any", "final"]);

static PURCHASE: Table = Table::new(
    "[purchase]",
    "Until when a policy may be bought",
    &[
        must("bought", COLUMN_NAME, "The book's column of the day on which the policy was bought"),
        must(
            "latest",
            Kind::Any(&[Kind::Form("^[0-9]{2}-[0-9]{2}$", "12-01"), Kind::Form("^[0-9]+ d$", "15 d")]),
            "The last day: the last one of that name that is not after the first insured day, or so many days before it",
        ),
    ],
);

static DATA: Table = Table::new(
    "[data]",
    "Where readings come from, and how many may be missing",
    &[
        must("sources", SOURCES, "feed/station, in order of preference; storms from a whole feed"),
        may(
            "fallback",
            Kind::Words(&["reading", "window", "consensus"]),
            "With several sources: each gap from the next, the next for the whole window, or what enough of them agree on",
        ),
        may("quorum", Kind::Whole(2), "With a consensus: how many sources must agree"),
        may("families", Kind::Named("", &FEEDS), "With a consensus: feeds of one model or instrument, which count once"),
        may("vintage", VINTAGE, "Which readings count: any as they are known, or final ones only"),
        may("cut_off", Kind::Of(TIME, "60 d"), "What is learned so long after the period's end does not count"),
        may("missing", Kind::Table(&MISSING), "More is undetermined; left out where only storms are read"),
    ],
)
.with(
    r#"{ "allOf": [
        { "if": { "properties": { "sources": { "minItems": 2 } } },
            "then": { "required": ["fallback"] },
            "else": { "properties": { "fallback": false } } },
        { "if": { "properties": { "fallback": { "const": "consensus" } }, "required": ["fallback"] },
            "then": { "required": ["quorum"] },
            "else": { "properties": { "quorum": false } } }
    ] }"#,
);

static FEEDS: Kind = Kind::List(2, &FEED);
static FEED: Kind = Kind::Text;

static MISSING: Table = Table::new(
    "the missing rule",
    "More than this is undetermined; exactly as much is not",
    &[
        must("at_most", Kind::Of(SHARE, "5 %"), "The largest share of the slots"),
        must("longest", Kind::Of(TIME, "6 h"), "The longest stretch"),
    ],
);

static SETTLEMENT: Table = Table::new(
    "[settlement]",
    "When a result is final, and how money is rounded",
    &[
        must("lag", Kind::Of(TIME, "7 d"), "Final not before the period's end and this long after it"),
        must("longest_wait", Kind::Of(TIME, "60 d"), "Then it is final as it stands"),
        must("rounding", Kind::Mode, "Of money, to the minor unit"),
        may("agent", Kind::Text, "The calculation agent"),
        may("contest", Kind::Of(TIME, "72 h"), "So long a result is public and may be contested before it binds, 2 h at least"),
        may("correction", Kind::Of(TIME, "180 d"), "So long behind the final result later readings correct it"),
        may("restate_from", Kind::Money, "A smaller difference is recorded and not paid"),
        may("clawback", Kind::Flag, "With correction: whether what was paid too much is claimed back"),
    ],
)
.with(
    r#"{ "dependentRequired": { "correction": ["clawback"], "clawback": ["correction"], "restate_from": ["correction"] } }"#,
);

static LIMIT: Table = Table::new(
    "[limit]",
    "The most of all covers and periods together",
    &[
        must("aggregate", Kind::Amount, "Each final payout lessens what is left of it"),
        may("reinstatements", Kind::Whole(1), "Then the aggregate is of one period, and so often there once more"),
    ],
);
