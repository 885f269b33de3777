//! The shapes of a payout, and what events pay together.

use super::kind::Kind;
use super::table::{Key, Table, may, must};

const WHAT: &str = "the payout";

/// `payout = { … }`
pub(super) static PAYOUT: Kind = Kind::Any(&[
    Kind::Table(&TICK),
    Kind::Table(&LINEAR),
    Kind::Table(&DIGITAL),
    Kind::Table(&BANDS),
    Kind::Table(&GRID),
]);

const fn shape(about: &'static str, keys: &'static [Key]) -> Table {
    Table::new(WHAT, about, keys)
}

static WHEN: Kind = Kind::Words(&["<", "<=", ">", ">="]);

/// One level, or one for each month.
static LEVEL: Kind = Kind::Any(&[Kind::Number("230 mm"), Kind::Table(&MONTHS)]);

static MONTH: Kind = Kind::Number("480 MWh");

const fn month(name: &'static str) -> Key {
    may(name, Kind::Shared("month_level", &MONTH), "")
}

static MONTHS: Table = Table::new(
    "the levels by month",
    "A level for each month of a monthly cover; months that no policy covers may be left out",
    &[
        month("jan"),
        month("feb"),
        month("mar"),
        month("apr"),
        month("may"),
        month("jun"),
        month("jul"),
        month("aug"),
        month("sep"),
        month("oct"),
        month("nov"),
        month("dec"),
    ],
);

const fn when() -> Key {
    must("when", Kind::Shared("when", &WHEN), "On which side of the strike it pays")
}

const fn strike() -> Key {
    must("strike", Kind::Shared("level", &LEVEL), "Where it begins")
}

const fn limit() -> Key {
    must("limit", Kind::Amount, "The most that it pays")
}

static TICK: Table = shape(
    "So much for each unit beyond the strike, to the limit",
    &[when(), strike(), must("tick", Kind::Tick, "Money for each unit of the index"), limit()],
);

static LINEAR: Table = shape(
    "Nothing at the strike, the limit at the exit, straight between",
    &[when(), strike(), must("exit", Kind::Shared("level", &LEVEL), "Where the limit is reached"), limit()],
);

static DIGITAL: Table = shape("All or nothing", &[when(), strike(), must("pays", Kind::Amount, "What it pays")]);

static BANDS: Table = shape(
    "A table over the whole line of numbers",
    &[
        must(
            "closed",
            Kind::Words(&["below", "above"]),
            "Which end belongs to a band: below, its `from`; above, its `to`",
        ),
        must(
            "bands",
            Kind::List(1, &Kind::Table(&BAND)),
            "Each begins where the one before ends; the first has no `from`, the last no `to`",
        ),
    ],
);

static BAND: Table = Table::new(
    "the band",
    "A band and what it pays",
    &[
        may("from", Kind::Number("6 d"), "Its lower end; the first band has none"),
        may("to", Kind::Number("9 d"), "Its upper end; the last band has none"),
        must("pays", Kind::Amount, "What it pays"),
    ],
);

static AMOUNT: Kind = Kind::Amount;
static AMOUNTS: Kind = Kind::List(1, &AMOUNT);
static BOUND: Kind = Kind::Number("34 kt");

static GRID: Table = shape(
    "The best cell that a point of the storm reaches",
    &[
        must("rows", Kind::Table(&ROWS), "What decides on the row"),
        must("columns", Kind::Table(&COLUMNS), "What decides on the column"),
        must("pays", Kind::List(1, &AMOUNTS), "A list of amounts for each row, an amount for each column"),
    ],
);

static POINT: Kind = Kind::Words(&["storm_wind", "storm_pressure", "distance"]);

static ROWS: Table = Table::new(
    "the axis of the grid",
    "A row begins at its bound",
    &[
        must("of", Kind::Shared("point", &POINT), "What is bounded"),
        must("at_least", Kind::List(1, &BOUND), "Bounds that rise"),
    ],
);

static COLUMNS: Table = Table::new(
    "the axis of the grid",
    "A column ends at its bound",
    &[
        must("of", Kind::Shared("point", &POINT), "What is bounded"),
        must("at_most", Kind::List(1, &BOUND), "Bounds that rise"),
    ],
);

/// `events = { … }`
pub(super) static EVENTS: Kind = Kind::Any(&[Kind::Table(&EACH), Kind::Table(&LARGEST)]);

static EACH: Table = Table::new(
    "the events",
    "Each storm pays, in order, until the limit is used up",
    &[
        must("pay", Kind::Words(&["each"]), "Which storms pay"),
        must("limit", Kind::Amount, "The most of all storms of one period"),
    ],
);

static LARGEST: Table = Table::new(
    "the events",
    "Only the storm that pays most",
    &[must("pay", Kind::Words(&["largest"]), "Which storms pay")],
);
