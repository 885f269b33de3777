//! Feeds in the settings: what every feed has, and a table for each kind.

use super::kind::{DEGREES, Kind};
use super::product::{TIME_OF_DAY, ZONE};
use super::table::{Table, may, must};

/// Settings know no policy: a time is a number and its unit.
pub(super) const DURATION: Kind = Kind::Form(r"^[0-9]+(\.[0-9]+)? (s|min|h|d)$", "6 h");
const CHARACTER: Kind = Kind::Form(r#"^[^A-Za-z0-9"\r\n.-]$"#, ",");
const QUANTITY: Kind = Kind::Form(r"^-?[0-9]+(\.[0-9]+)? [^ ]+$", "5 degC");
const LIMIT_FORM: &str = "^[1-9][0-9]* per (min|hour|day|month)$";
static LIMIT: Kind = Kind::Form(LIMIT_FORM, "10 per min");
static TEXT: Kind = Kind::Text;

/// In the order of the providers' own table.
const KINDS: &[&str] =
    &["csv", "open-meteo", "qweather", "ibtracs", "cma-best-track", "atcf", "fusionsolar", "nem12", "greenbyte-status"];

pub(super) static FEEDS: Kind = Kind::Table(&FEED);

static FEED: Table = Table::new(
    "the feed",
    "A feed",
    &[
        must("kind", Kind::Words(KINDS), "How it is asked and its bytes are read"),
        may("file", Kind::Text, "The path of its file"),
        may("url", Kind::Text, "The address of its server"),
        must("poll", DURATION, "How often it is asked"),
        must("delay", DURATION, "From the end of a reading's interval to its publication"),
        must("vintage", Kind::Shared("vintage", &VINTAGE), "When a reading is final"),
        may("key", Kind::Any(&[Kind::Table(&KEY_FILE), Kind::Table(&KEY_CREDENTIAL)]), "What opens its server"),
        may("timeout", DURATION, "For one request with its repetitions"),
        may("max_body", Kind::Form("^[0-9]+ (B|KiB|MiB|GiB)$", "16 MiB"), "The size of a body, unpacked"),
        may("look_back", DURATION, "How far behind the newest known reading each poll asks again"),
        may("limit", Kind::Any(&[Kind::Form(LIMIT_FORM, "10 per min"), Kind::List(1, &LIMIT)]), "How many requests its provider allows"),
        may("late_after", DURATION, "How long after the end of its interval a reading is late"),
        must("columns", Kind::Named("", &COLUMNS), "Its columns and what they say"),
        may("station", Kind::Named("", &STATIONS), "Its stations"),
        may("csv", Kind::Table(&CSV), "The form of a CSV file"),
        may("open_meteo", Kind::Table(&OPEN_METEO), "What is asked of Open-Meteo"),
        may("qweather", Kind::Table(&QWEATHER), "What is asked of QWeather"),
        may("ibtracs", Kind::Table(&IBTRACS), "How an IBTrACS file is read"),
        may("cma_best_track", Kind::Table(&CMA_BEST_TRACK), "How a CMA best track is read"),
        may("atcf", Kind::Table(&ATCF), "How a b-deck is read"),
        may("fusionsolar", Kind::Table(&FUSIONSOLAR), "What is asked of FusionSolar"),
        may("nem12", Kind::Table(&NEM12), "How a meter file is read"),
        may("greenbyte_status", Kind::Table(&GREENBYTE_STATUS), "How a status log is read"),
    ],
)
// A kind has its own table and no other's.
.with(
    r#"{ "oneOf": [{ "required": ["file"] }, { "required": ["url"] }], "allOf": [
        { "if": { "properties": { "kind": { "const": "csv" } } }, "then": { "required": ["csv"] }, "else": { "properties": { "csv": false } } },
        { "if": { "properties": { "kind": { "const": "open-meteo" } } }, "then": { "required": ["open_meteo"] }, "else": { "properties": { "open_meteo": false } } },
        { "if": { "properties": { "kind": { "const": "qweather" } } }, "then": { "required": ["qweather"] }, "else": { "properties": { "qweather": false } } },
        { "if": { "properties": { "kind": { "const": "ibtracs" } } }, "then": { "required": ["ibtracs"] }, "else": { "properties": { "ibtracs": false } } },
        { "if": { "properties": { "kind": { "const": "cma-best-track" } } }, "then": { "required": ["cma_best_track"] }, "else": { "properties": { "cma_best_track": false } } },
        { "if": { "properties": { "kind": { "const": "atcf" } } }, "then": { "required": ["atcf"] }, "else": { "properties": { "atcf": false } } },
        { "if": { "properties": { "kind": { "const": "fusionsolar" } } }, "then": { "required": ["fusionsolar"] }, "else": { "properties": { "fusionsolar": false } } },
        { "if": { "properties": { "kind": { "const": "nem12" } } }, "then": { "required": ["nem12"] }, "else": { "properties": { "nem12": false } } },
        { "if": { "properties": { "kind": { "const": "greenbyte-status" } } }, "then": { "required": ["greenbyte_status"] }, "else": { "properties": { "greenbyte_status": false } } }
    ] }"#,
);

static KEY_FILE: Table = Table::new(
    "the key",
    "A key in a file; where it goes, if the kind of feed does not know it",
    &[
        must("file", Kind::Text, "The path of the file"),
        may("header", Kind::Text, "The header that carries it"),
        may("query", Kind::Text, "The query parameter that carries it"),
        may("bearer", Kind::Flag, "Whether Authorization carries it"),
    ],
);

static KEY_CREDENTIAL: Table = Table::new(
    "the key",
    "A key that the service manager holds; where it goes, if the kind of feed does not know it",
    &[
        must("credential", Kind::Form("^[A-Za-z0-9_-][A-Za-z0-9._-]*$", "eia"), "Its name in LoadCredential"),
        may("header", Kind::Text, "The header that carries it"),
        may("query", Kind::Text, "The query parameter that carries it"),
        may("bearer", Kind::Flag, "Whether Authorization carries it"),
    ],
);

static VINTAGE: Kind = Kind::Any(&[Kind::Words(&["provisional", "final", "as told"]), Kind::Table(&FINAL_AFTER)]);

static FINAL_AFTER: Table = Table::new(
    "the vintage",
    "Final so long after the end of its interval",
    &[must("final_after", DURATION, "How long")],
);

static COLUMNS: Kind = Kind::Table(&COLUMN);

static COLUMN: Table = Table::new(
    "the column",
    "A column and what it says",
    &[
        must("variable", Kind::Measured, "What it says"),
        must("unit", Kind::Unit, "The unit in which it says it"),
        may("least", QUANTITY, "Less is refused; in the column's unit, as the next ones"),
        may("most", QUANTITY, "More is refused"),
        may("step", QUANTITY, "The greatest change from one interval to the next that needs no confirmation"),
        may("stuck", DURATION, "How long one number may stay"),
        may("counter", Kind::Table(&COUNTER), "It says what a register shows, which counts on"),
        may("near", Kind::Table(&NEAR), "Whose numbers are near"),
    ],
);

static COUNTER: Table = Table::new(
    "the counter",
    "How a register goes on",
    &[may("turns_over_at", QUANTITY, "Behind this stands zero again; left out, it never turns over")],
);

static NEAR: Table = Table::new(
    "the neighbours",
    "Neighbours and how near they are",
    &[
        must("of", Kind::List(1, &NEIGHBOUR), "Feeds and stations"),
        must("within", QUANTITY, "How far a number may be from the lower median of theirs, in the column's unit"),
    ],
);

static NEIGHBOUR: Kind = Kind::Form("^[^/]+/.+$", "metar/ZSPD");

static STATIONS: Kind = Kind::Table(&STATION);

static STATION: Table = Table::new(
    "the station",
    "A station; the position may be left out where nothing needs it",
    &[
        may("latitude", Kind::Of(DEGREES, "30.87 deg"), "North positive"),
        may("longitude", Kind::Of(DEGREES, "121.93 deg"), "East positive"),
        may("nameplate", QUANTITY, "What its plant can make"),
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
        may("open_end", Kind::Flag, "Whether the last line never has its end; else such a line is refused"),
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

static QWEATHER: Table = Table::new(
    "the QWeather form",
    "What is asked of QWeather",
    &[
        must("api", Kind::Words(&["history", "current", "storms"]), "The part of QWeather"),
        may("zone", ZONE, "The zone of the places whose history is asked"),
        may("jwt", Kind::Table(&QWEATHER_JWT), "Whose private key the key is; left out where it is an API key"),
    ],
)
.with(
    r#"{ "if": { "properties": { "api": { "const": "history" } } },
        "then": { "required": ["zone"] }, "else": { "properties": { "zone": false } } }"#,
);

static QWEATHER_JWT: Table = Table::new(
    "the jwt",
    "Whose private key the key is",
    &[
        must("credential", Kind::Form("^[A-Za-z0-9]+$", "ABCD1234EF"), "The credential's id"),
        must("project", Kind::Form("^[A-Za-z0-9]+$", "AB12CD34EF"), "The project's id"),
    ],
);

const KEPT: Kind = Kind::Words(&["use", "pass over"]);

static IBTRACS: Table = Table::new(
    "the IBTrACS form",
    "How an IBTrACS file is read",
    &[
        must("version", Kind::Words(&["v4", "v3"]), "The form of the file"),
        must("spurs", KEPT, "Whether short tracks beside a storm's own count"),
        must("interpolated", KEPT, "Whether fixes count that the archive put between those of the agency"),
    ],
);

static CMA_BEST_TRACK: Table = Table::new(
    "the CMA form",
    "How a CMA best track is read",
    &[must("second_centres", KEPT, "Whether the second centre of a storm counts")],
);

static STAGE: Kind = Kind::Words(&[
    "DB", "TD", "TS", "TY", "ST", "TC", "HU", "SD", "SS", "EX", "PT", "MD", "IN", "DS", "LO", "WV", "ET", "XX",
]);

static ATCF: Table = Table::new(
    "the ATCF form",
    "How a b-deck is read",
    &[may("types", Kind::List(0, &STAGE), "The stages whose fixes count; left out, all")],
);

static FUSIONSOLAR: Table = Table::new(
    "the FusionSolar form",
    "What is asked of FusionSolar",
    &[
        must("interface", Kind::Words(&["getKpiStationHour", "getKpiStationDay", "getDevHistoryKpi"]), "What is asked"),
        must("user", Kind::Text, "Who asks; the key is the user's code"),
        must("zone", ZONE, "The zone of the plants"),
        may("device_type", Kind::Whole(1), "1 string inverters, 38 residential ones"),
        may(
            "curtailed",
            Kind::Words(&["use", "refuse"]),
            "Whether the power of an inverter counts while it is limited",
        ),
    ],
)
.with(
    r#"{ "if": { "properties": { "interface": { "const": "getDevHistoryKpi" } } },
        "then": { "required": ["device_type", "curtailed"], "properties": { "device_type": { "enum": [1, 38] } } },
        "else": { "properties": { "device_type": false, "curtailed": false } } }"#,
);

static NEM12: Table = Table::new(
    "the NEM12 form",
    "How a meter file is read",
    &[must("every", Kind::Words(&["30 min", "15 min", "5 min"]), "The length of the intervals")],
);

static GREENBYTE_STATUS: Table = Table::new(
    "the status log",
    "How a status log is read",
    &[
        must("turbine", Kind::Text, "The turbine as the preamble names it"),
        must("station", Kind::Text, "The station as term sheets name it"),
        must("every", Kind::Words(&["10 min", "15 min", "30 min", "1 h"]), "The length of a slot"),
        may("passed_over", Kind::List(0, &TEXT), "IEC categories whose stops do not count"),
    ],
);
