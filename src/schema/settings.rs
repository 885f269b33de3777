//! The settings.

use super::kind::{DEGREES, Kind};
use super::product::{TIME_OF_DAY, ZONE};
use super::table::{Table, may, must};

/// Settings know no policy: a time is a number and its unit.
const DURATION: Kind = Kind::Form(r"^[0-9]+(\.[0-9]+)? (s|min|h|d)$", "6 h");
const CHARACTER: Kind = Kind::Form(r#"^[^A-Za-z0-9"\r\n.-]$"#, ",");
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
        may("feed", Kind::Named("^[a-z][a-z0-9_-]*$", &FEEDS), "Feeds, by the names that term sheets use"),
    ],
);

static LEDGER: Table =
    Table::new("[ledger]", "Where everything is recorded", &[must("path", Kind::Text, "The ledger's file")]);

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
        may("strict", Kind::Flag, "Whether products that policies use must have cases that come out as expected"),
    ],
);

static LOG: Table = Table::new(
    "[log]",
    "What is logged",
    &[may(
        "level",
        Kind::Any(&[Kind::Words(&["error", "warn", "info", "debug", "trace"]), Kind::Text]),
        "A level, or by module as in fairgauge=debug",
    )],
);

static NETWORK: Table = Table::new(
    "[network]",
    "What feeds may do on the network",
    &[
        may("allow_private", Kind::Flag, "Feeds on loopback and private addresses, and by http without TLS"),
        may("user_agent_contact", Kind::Form("^[!-'*-~]+$", "ops@example.org"), "Whom a provider may write to"),
    ],
);

static FEEDS: Kind = Kind::Table(&FEED);

static FEED: Table = Table::new(
    "the feed",
    "A feed",
    &[
        must("kind", Kind::Words(&["csv", "open-meteo"]), "How its bytes are to be read"),
        may("file", Kind::Text, "The path of its file"),
        may("url", Kind::Text, "The address of its server"),
        must("poll", DURATION, "How often it is asked"),
        must("delay", DURATION, "From the end of a reading's interval to its publication"),
        must("vintage", Kind::Shared("vintage", &VINTAGE), "When a reading is final"),
        may("timeout", DURATION, "For one request with its repetitions"),
        may("max_body", Kind::Form("^[0-9]+ (B|KiB|MiB|GiB)$", "16 MiB"), "The size of a body, unpacked"),
        may("look_back", DURATION, "How far behind the newest known reading each poll asks again"),
        must("columns", Kind::Named("", &COLUMNS), "Its columns and what they say"),
        may("station", Kind::Named("", &STATIONS), "Its stations"),
        may("csv", Kind::Table(&CSV), "The form of a CSV file"),
        may("open_meteo", Kind::Table(&OPEN_METEO), "What is asked of Open-Meteo"),
    ],
)
.with(
    r#"{ "oneOf": [{ "required": ["file"] }, { "required": ["url"] }],
        "if": { "properties": { "kind": { "const": "csv" } } },
        "then": { "required": ["csv"], "properties": { "open_meteo": false } },
        "else": { "required": ["open_meteo"], "properties": { "csv": false } } }"#,
);

static VINTAGE: Kind = Kind::Any(&[Kind::Words(&["provisional", "final"]), Kind::Table(&FINAL_AFTER)]);

static FINAL_AFTER: Table = Table::new(
    "the vintage",
    "Final so long after the end of its interval",
    &[must("final_after", DURATION, "How long")],
);

static COLUMNS: Kind = Kind::Table(&COLUMN);

static COLUMN: Table = Table::new(
    "the column",
    "A column and what it says",
    &[must("variable", Kind::Measured, "What it says"), must("unit", Kind::Unit, "The unit in which it says it")],
);

static STATIONS: Kind = Kind::Table(&STATION);

static STATION: Table = Table::new(
    "the station",
    "A station; the position may be left out where nothing needs it",
    &[
        may("latitude", Kind::Of(DEGREES, "30.87 deg"), "North positive"),
        may("longitude", Kind::Of(DEGREES, "121.93 deg"), "East positive"),
    ],
)
.with(r#"{ "dependentRequired": { "latitude": ["longitude"], "longitude": ["latitude"] } }"#);

static CSV: Table = Table::new(
    "the csv form",
    "The form of a CSV file",
    &[
        must("delimiter", CHARACTER, "What stands between columns"),
        must("decimal", Kind::Words(&[".", ","]), "The decimal mark"),
        may("comment", CHARACTER, "Lines that begin so are passed over"),
        may("header", Kind::Words(&["first line", "last comment line"]), "Where the columns' names stand"),
        must("missing", Kind::List(0, &TEXT), "Texts that stand for no value"),
        may(
            "station",
            Kind::Any(&[Kind::Table(&STATION_COLUMN), Kind::Table(&STATION_IS)]),
            "Where the station's name stands; left out where the URL names it",
        ),
        must("time", Kind::Table(&TIME), "How a time is written, and what it stands for"),
    ],
);

static STATION_COLUMN: Table =
    Table::new("the station", "The station's name stands in a column", &[must("column", Kind::Text, "The column")]);

static STATION_IS: Table =
    Table::new("the station", "The file is about one station", &[must("is", Kind::Text, "The station")]);

static TIME: Table = Table::new(
    "the time",
    "How a time is written, and what it stands for",
    &[
        must("column", Kind::Any(&[Kind::Text, Kind::List(1, &TEXT)]), "A column, or several put together with spaces"),
        must("format", Kind::Form("%", "%Y-%m-%d %H:%M"), "An strftime form"),
        may("zone", ZONE, "Left out where the form carries the offset"),
        must("every", Kind::Any(&[Kind::Words(&["instant"]), DURATION]), "What one reading stands for"),
        may("starts", TIME_OF_DAY, "When a day begins; only with every = \"1 d\", and needed there"),
        may("stamp", Kind::Words(&["begin", "end"]), "Which end of its interval a stamp names; not with instants"),
    ],
)
.with(
    r#"{ "if": { "properties": { "every": { "const": "1 d" } } },
        "then": { "required": ["starts"] },
        "else": { "properties": { "starts": false } },
        "oneOf": [
            { "properties": { "every": { "const": "instant" }, "stamp": false } },
            { "properties": { "every": { "not": { "const": "instant" } } }, "required": ["stamp"] }
        ] }"#,
);

static OPEN_METEO: Table = Table::new(
    "the Open-Meteo form",
    "What is asked of Open-Meteo",
    &[
        must("model", Kind::Form("^(?!best_match$)[A-Za-z0-9_]+$", "era5"), "One weather model"),
        must("block", Kind::Words(&["hourly", "daily"]), "Hours or days"),
        may("zone", Kind::Form("^(UTC|[+-][0-9]{2}:[0-9]{2})$", "-03:00"), "The offset of a recorded answer"),
    ],
);
