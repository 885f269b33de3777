//! A cover: its window, its index or its limbs, its payout.

use super::block::INDEX;
use super::kind::Kind;
use super::payout::{EVENTS, PAYOUT};
use super::product::ID;
use super::table::{Table, may, must};

/// `[[cover]]`
pub(super) static COVER: Table = Table::new(
    "[[cover]]",
    "A cover: a window, an index and a payout, or several limbs of which the best pays",
    &[
        must("id", ID, "Its name in the ledger"),
        must("window", Kind::Shared("window", &WINDOW), "When it looks"),
        may("index", Kind::Shared("index", &INDEX), "The index, block by block"),
        may("payout", Kind::Shared("payout", &PAYOUT), "What the index pays"),
        may("combine", Kind::Words(&["best"]), "How limbs pay together"),
        may("limb", Kind::List(1, &LIMBS), "Limbs, in place of index and payout"),
        may("events", Kind::Shared("events", &EVENTS), "What storms pay together; needed where storms are read"),
    ],
)
.with(
    r#"{ "oneOf": [
        { "required": ["index", "payout"], "properties": { "combine": false, "limb": false } },
        { "required": ["combine", "limb"], "properties": { "index": false, "payout": false } }
    ] }"#,
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

const WINDOW_WHAT: &str = "the window";
pub(super) const MONTH_DAY: Kind = Kind::Form("^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "06-20");

static WINDOW: Kind = Kind::Any(&[Kind::Words(&["cover"]), Kind::Table(&DATES), Kind::Table(&EACH)]);

static DATES: Table = Table::new(
    WINDOW_WHAT,
    "Days of the year, both included; may run over the year's end",
    &[must("from", MONTH_DAY, "The first day"), must("to", MONTH_DAY, "The last day")],
);

static EACH: Table = Table::new(
    WINDOW_WHAT,
    "Every calendar month of the cover period, each settled by itself",
    &[must("each", Kind::Words(&["month"]), "What repeats")],
);
