//! The shapes of a payout with what is done to their amounts, and what events pay together.

use super::kind::{Kind, SHARE, TIME};
use super::named_file::FILE;
use super::table::{Key, Table, may, must};
use super::window::MONTH_DAY;

const WHAT: &str = "the payout";

/// `payout = { … }`
pub(super) static PAYOUT: Kind = Kind::Any(&[
    Kind::Table(&TICK),
    Kind::Table(&LINEAR),
    Kind::Table(&DIGITAL),
    Kind::Table(&BANDS),
    Kind::Table(&GRID),
    Kind::Table(&SWAP),
    Kind::Table(&LAYER),
]);

const fn shape(about: &'static str, keys: &'static [Key]) -> Table {
    Table::new(WHAT, about, keys)
}

static WHEN: Kind = Kind::Words(&["<", "<=", ">", ">="]);

/// One level, or one for each month.
static LEVEL: Kind = Kind::Any(&[Kind::Number("230 mm"), Kind::Table(&MONTHS), FILE]);

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

static BY_DATE: Kind = Kind::List(1, &Kind::Table(&DATE_SHARE));

static DATE_SHARE: Table = Table::new(
    "the share by date",
    "From a day of the year on",
    &[must("from", MONTH_DAY, "The day; days rise"), must("times", Kind::Of(SHARE, "40 %"), "The share that is paid")],
);

/// The modifiers, in the order in which they act; each shape but a swap has them.
const fn by_date() -> Key {
    may(
        "by_date",
        Kind::Shared("by_date", &BY_DATE),
        "A share of it, by the day of the event or the first of the period; nothing before the first",
    )
}

const fn deductible() -> Key {
    may("deductible", Kind::Amount, "It is subtracted")
}

const fn franchise() -> Key {
    may("franchise", Kind::Amount, "Below it nothing is paid, from it on everything")
}

const fn minimum() -> Key {
    may("minimum", Kind::Amount, "What is above nothing pays at least this")
}

static TICK: Table = shape(
    "So much for each unit beyond the strike, to the limit",
    &[
        when(),
        strike(),
        must("tick", Kind::Tick, "Money for each unit of the index"),
        limit(),
        by_date(),
        deductible(),
        franchise(),
        minimum(),
    ],
);

static LINEAR: Table = shape(
    "Nothing at the strike, the limit at the exit, straight between",
    &[
        when(),
        strike(),
        must("exit", Kind::Shared("level", &LEVEL), "Where the limit is reached"),
        limit(),
        may("at_exit", Kind::Amount, "What is paid from the exit on in place of the limit"),
        by_date(),
        deductible(),
        franchise(),
        minimum(),
    ],
);

static DIGITAL: Table = shape(
    "All or nothing",
    &[when(), strike(), must("pays", Kind::Amount, "What it pays"), by_date(), deductible(), franchise(), minimum()],
);

static SWAP: Table = shape(
    "So much for each unit away from the level: to the insured on one side, from the insured on the other",
    &[
        must("swap", Kind::Shared("level", &LEVEL), "The level"),
        must("tick", Kind::Tick, "Money for each unit of the index"),
        must("when", Kind::Words(&["<", ">"]), "On which side of the level the insured receives"),
        must("most", Kind::Amount, "The most that the insured receives"),
        must("least", Kind::Amount, "The most that the insured owes"),
    ],
);

static LAYER: Table = shape(
    "A share of what a loss in the product's currency is above the attachment, up to the exhaustion",
    &[
        must("attachment", Kind::Number("10000000 USD"), "Where it begins"),
        must("exhaustion", Kind::Number("40000000 USD"), "Where it ends"),
        must("cession", Kind::Of(SHARE, "30 %"), "The share that is paid"),
        by_date(),
        deductible(),
        franchise(),
        minimum(),
    ],
);

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
        by_date(),
        deductible(),
        franchise(),
        minimum(),
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
    "The best cell that a point of a storm reaches, or the cell of an event",
    &[
        must("rows", Kind::Shared("axis", &AXIS), "What decides on the row"),
        must("columns", Kind::Shared("axis", &AXIS), "What decides on the column"),
        must("pays", Kind::List(1, &AMOUNTS), "A list of amounts for each row, an amount for each column"),
        by_date(),
        deductible(),
        franchise(),
        minimum(),
    ],
);

static AXIS: Kind = Kind::Any(&[Kind::Table(&AT_LEAST), Kind::Table(&AT_MOST), Kind::Table(&FROM)]);

const AXIS_WHAT: &str = "the axis of the grid";
const fn of_number() -> Key {
    must("of", Kind::Words(&["storm_wind", "storm_pressure", "distance", "value"]), "What is bounded")
}

static AT_LEAST: Table = Table::new(
    AXIS_WHAT,
    "The last bound that is reached",
    &[of_number(), must("at_least", Kind::List(1, &BOUND), "Bounds that rise")],
);

static AT_MOST: Table = Table::new(
    AXIS_WHAT,
    "The first bound that is not passed",
    &[of_number(), must("at_most", Kind::List(1, &BOUND), "Bounds that rise")],
);

static FROM: Table = Table::new(
    AXIS_WHAT,
    "The last day that is not after the event's",
    &[
        must("of", Kind::Words(&["date"]), "The insured day"),
        must("from", Kind::List(1, &DAY), "Days of the year that rise"),
    ],
);

static DAY: Kind = MONTH_DAY;

/// `events = { … }`
pub(super) static EVENTS: Kind = Kind::Any(&[Kind::Table(&EACH), Kind::Table(&LARGEST)]);

static EACH: Table = Table::new(
    "the events",
    "Each event pays, in order, until the limit is used up",
    &[
        must("pay", Kind::Words(&["each"]), "Which events pay"),
        must("limit", Kind::Amount, "The most of all events of one period"),
        may("at_most", Kind::Whole(1), "No more than so many are paid"),
        may("spacing", Kind::Of(TIME, "10 d"), "One that begins sooner behind the last that was paid is passed over"),
        skip(),
    ],
);

static LARGEST: Table = Table::new(
    "the events",
    "Only the event that pays most",
    &[must("pay", Kind::Words(&["largest"]), "Which events pay"), skip()],
);

const fn skip() -> Key {
    may("skip", Kind::Whole(1), "The first so many that would pay bear nothing")
}
