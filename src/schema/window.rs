//! When a cover looks.

use super::block::INDEX;
use super::kind::{Kind, TIME};
use super::product::COLUMN_NAME;
use super::table::{Table, may, must};

pub(super) const MONTH_DAY: Kind = Kind::Form("^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "06-20");
const WHAT: &str = "the window";

/// `window = …`
pub(super) static WINDOW: Kind =
    Kind::Any(&[Kind::Words(&["cover"]), Kind::Table(&DATES), Kind::Table(&EACH), Kind::Table(&ANCHORED)]);

static DATES: Table = Table::new(
    WHAT,
    "Days of the year, both included; may run over the year's end",
    &[must("from", MONTH_DAY, "The first day"), must("to", MONTH_DAY, "The last day")],
);

static EACH: Table = Table::new(
    WHAT,
    "Every month, dekad or year of the cover period, each settled by itself",
    &[must("each", Kind::Words(&["month", "dekad", "year"]), "What repeats")],
);

static ANCHORED: Table = Table::new(
    WHAT,
    "Days around one that no calendar knows",
    &[
        must(
            "anchor",
            Kind::Any(&[COLUMN_NAME, Kind::Shared("index", &INDEX)]),
            "A column of days, or blocks that end in a comparison: the first day on which it is met",
        ),
        must("from", Kind::Of(TIME, "-10 d"), "Insured days from the anchor to the first day"),
        must("to", Kind::Of(TIME, "21 d"), "Insured days from the anchor to the last day"),
        may("search", Kind::Table(&SEARCH), "Where a series is searched: when"),
        may("fallback", MONTH_DAY, "Where a series is searched: the anchor if no day meets it"),
    ],
)
.with(
    r#"{ "if": { "properties": { "anchor": { "type": "array" } } },
        "then": { "required": ["search", "fallback"] },
        "else": { "properties": { "search": false, "fallback": false } } }"#,
);

static SEARCH: Table = Table::new(
    "the search",
    "Days of the year, both included",
    &[must("from", MONTH_DAY, "The first day"), must("to", MONTH_DAY, "The last day")],
);
