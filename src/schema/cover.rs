//! A cover: its window, its index or its limbs, its payout, its gates, its own rules.

use super::block::INDEX;
use super::kind::{Kind, TIME};
use super::payout::{EVENTS, PAYOUT};
use super::product::{COLUMN_NAME, ID, VINTAGE};
use super::table::{Table, may, must};
use super::window::WINDOW;

/// `[[cover]]`
pub(super) static COVER: Table = Table::new(
    "[[cover]]",
    "A cover: a window, an index and a payout, or several limbs",
    &[
        must("id", ID, "Its name in the ledger"),
        must("window", Kind::Shared("window", &WINDOW), "When it looks"),
        may("index", Kind::Shared("index", &INDEX), "The index, block by block"),
        may("payout", Kind::Shared("payout", &PAYOUT), "What the index pays"),
        may(
            "combine",
            Kind::Words(&["best", "sum", "first"]),
            "How limbs pay together: the one that pays most, all added up, the first that pays",
        ),
        may("limb", Kind::List(1, &LIMBS), "Limbs, in place of index and payout"),
        may("events", Kind::Shared("events", &EVENTS), "What events pay together; needed where the index is of events"),
        may("gates", Kind::Words(&["all", "any"]), "How many of several gates must hold"),
        may("gate", Kind::List(1, &GATES), "On what it hangs whether the cover pays at all"),
        may("limit", Kind::Table(&LIMIT), "The most of a period and of all periods"),
        may("waiting", Kind::Of(TIME, "10 d"), "The first days of the cover period that do not count"),
        may(
            "less",
            Kind::Any(&[ID, Kind::Table(&LESS)]),
            "What is subtracted: the payout for the same period of an earlier cover of this product, or of another policy",
        ),
        may(
            "interim",
            Kind::Amount,
            "While the period runs, what no later reading can take back is paid in advance, so much or more at a time",
        ),
        may("lag", Kind::Of(TIME, "7 d"), "In place of [settlement] lag"),
        may("longest_wait", Kind::Of(TIME, "60 d"), "In place of [settlement] longest_wait"),
        may("vintage", VINTAGE, "In place of [data] vintage"),
    ],
)
.with(
    r#"{ "oneOf": [
        { "required": ["index", "payout"], "properties": { "combine": false, "limb": false } },
        { "required": ["combine", "limb"], "properties": { "index": false, "payout": false } }
    ],
    "allOf": [
        { "if": { "properties": { "combine": { "const": "sum" } }, "required": ["combine"] },
            "then": { "required": ["limit"], "properties": { "limit": { "required": ["period"] } } } },
        { "if": { "properties": { "gate": { "minItems": 2 } }, "required": ["gate"] },
            "then": { "required": ["gates"] },
            "else": { "properties": { "gates": false } } }
    ] }"#,
);

static LESS: Table = Table::new(
    "what is subtracted",
    "A cover of another policy, whose payout for the same period is subtracted",
    &[
        must("cover", ID, "The cover in that policy's product"),
        must("policy", COLUMN_NAME, "The book's column that names the policy"),
    ],
);

static LIMBS: Kind = Kind::Table(&LIMB);

static LIMB: Table = Table::new(
    "[[cover.limb]]",
    "An index and a payout of a cover that has several",
    &[
        must("id", ID, "Its name"),
        must("index", Kind::Shared("index", &INDEX), "The index, block by block"),
        must("payout", Kind::Shared("payout", &PAYOUT), "What the index pays"),
    ],
);

static GATES: Kind = Kind::Table(&GATE);

static GATE: Table = Table::new(
    "[[cover.gate]]",
    "A number that must hold for the cover to pay",
    &[
        must("id", ID, "Its name"),
        must("index", Kind::Shared("index", &INDEX), "Its number, block by block"),
        must("holds", Kind::Comparison("< 100 MWh"), "Where it holds"),
    ],
);

static LIMIT: Table = Table::new(
    "the limit of the cover",
    "The most of a period, and of all periods",
    &[
        may("period", Kind::Amount, "The most of one period"),
        may("cover", Kind::Amount, "The most of all periods; each final payout lessens what is left of it"),
    ],
)
.with(r#"{ "minProperties": 1 }"#);
