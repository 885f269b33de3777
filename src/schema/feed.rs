//! Feeds in the settings: what every feed has, and a table for each kind.

use super::kind::{DEGREES, Kind};
use super::product::{TIME_OF_DAY, ZONE};
use super::table::{Key, Table, may, must};

/// Settings know no policy: a time is a number and its unit.
pub(super) const DURATION: Kind = Kind::Form(r"^[0-9]+(\.[0-9]+)? (s|min|h|d)$", "6 h");
const CHARACTER: Kind = Kind::Form(r#"^[^A-Za-z0-9"\r\n.-]$"#, ",");
const QUANTITY: Kind = Kind::Form(r"^-?[0-9]+(\.[0-9]+)? [^ ]+$", "5 degC");
const LIMIT_FORM: &str = "^[1-9][0-9]* per (min|hour|day|month)$";
static LIMIT: Kind = Kind::Form(LIMIT_FORM, "10 per min");
static TEXT: Kind = Kind::Text;

/// In the order of the alphabet, as the providers' own table.
const KINDS: &[&str] = &[
    "aemo",
    "atcf",
    "brightsky",
    "cma-best-track",
    "csv",
    "dwd",
    "eia",
    "elexon",
    "entsoe",
    "fusionsolar",
    "ghcn-daily",
    "ghcnh",
    "global-hourly",
    "greenbyte-status",
    "ibtracs",
    "iem-asos",
    "isd-lite",
    "json",
    "nasa-power",
    "nem12",
    "open-meteo",
    "openelectricity",
    "pvoutput",
    "qweather",
];

pub(super) static FEEDS: Kind = Kind::Table(&FEED);

static FEED: Table = Table::new(
    "the feed",
    "A feed",
    &[
        must("kind", Kind::Words(KINDS), "How it is asked and its bytes are read"),
        may("file", Kind::Text, "The path of its file"),
        may(
            "folder",
            Kind::Any(&[Kind::Text, Kind::Table(&FOLDER)]),
            "The path of a folder into which others put files, or more about it",
        ),
        may("mqtt", Kind::Table(&BROKER), "The broker whose messages it hears"),
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
        may("json", Kind::Table(&JSON), "The form of a JSON answer"),
        may("eia", Kind::Table(&EIA), "What is asked of EIA"),
        may("ghcn_daily", Kind::Table(&GHCN_DAILY), "How GHCN-Daily is read"),
        may("ghcnh", Kind::Table(&GHCNH), "How GHCNh is read"),
        may("global_hourly", Kind::Table(&GLOBAL_HOURLY), "How global-hourly is read"),
        may("iem_asos", Kind::Table(&IEM_ASOS), "What is asked of IEM"),
        may("nasa_power", Kind::Table(&NASA_POWER), "What is asked of NASA POWER"),
        may("open_meteo", Kind::Table(&OPEN_METEO), "What is asked of Open-Meteo"),
        may("qweather", Kind::Table(&QWEATHER), "What is asked of QWeather"),
        may("ibtracs", Kind::Table(&IBTRACS), "How an IBTrACS file is read"),
        may("cma_best_track", Kind::Table(&CMA_BEST_TRACK), "How a CMA best track is read"),
        may("atcf", Kind::Table(&ATCF), "How a b-deck is read"),
        may("fusionsolar", Kind::Table(&FUSIONSOLAR), "What is asked of FusionSolar"),
        may("nem12", Kind::Table(&NEM12), "How a meter file is read"),
        may("greenbyte_status", Kind::Table(&GREENBYTE_STATUS), "How a status log is read"),
        may("pvoutput", Kind::Table(&PVOUTPUT), "How PVOutput is read"),
        may("entsoe", Kind::Table(&ENTSOE), "What is asked of ENTSO-E"),
        may("openelectricity", Kind::Table(&OPENELECTRICITY), "What is asked of OpenElectricity"),
        may("brightsky", Kind::Table(&BRIGHTSKY), "What is asked of Bright Sky"),
        may("dwd", Kind::Table(&DWD), "Which files of DWD are read"),
        may("aemo", Kind::Table(&AEMO), "Which table of AEMO's files is read"),
        may("elexon", Kind::Table(&ELEXON), "Which settlement run of Elexon's counts"),
    ],
)
// A kind has its own table and no other's.
.with(
    r#"{ "oneOf": [{ "required": ["file"] }, { "required": ["folder"] }, { "required": ["mqtt"] }, { "required": ["url"] }], "allOf": [
        { "if": { "properties": { "kind": { "const": "csv" } } }, "then": { "required": ["csv"] }, "else": { "properties": { "csv": false } } },
        { "if": { "properties": { "kind": { "const": "json" } } }, "then": { "required": ["json"] }, "else": { "properties": { "json": false } } },
        { "if": { "properties": { "kind": { "const": "eia" } } }, "then": { "required": ["eia"] }, "else": { "properties": { "eia": false } } },
        { "if": { "properties": { "kind": { "const": "ghcn-daily" } } }, "then": { "required": ["ghcn_daily"] }, "else": { "properties": { "ghcn_daily": false } } },
        { "if": { "properties": { "kind": { "const": "ghcnh" } } }, "then": { "required": ["ghcnh"] }, "else": { "properties": { "ghcnh": false } } },
        { "if": { "properties": { "kind": { "const": "global-hourly" } } }, "then": { "required": ["global_hourly"] }, "else": { "properties": { "global_hourly": false } } },
        { "if": { "properties": { "kind": { "const": "iem-asos" } } }, "then": { "required": ["iem_asos"] }, "else": { "properties": { "iem_asos": false } } },
        { "if": { "properties": { "kind": { "const": "nasa-power" } } }, "then": { "required": ["nasa_power"] }, "else": { "properties": { "nasa_power": false } } },
        { "if": { "properties": { "kind": { "const": "pvoutput" } } }, "then": { "required": ["pvoutput"] }, "else": { "properties": { "pvoutput": false } } },
        { "if": { "properties": { "kind": { "const": "open-meteo" } } }, "then": { "required": ["open_meteo"] }, "else": { "properties": { "open_meteo": false } } },
        { "if": { "properties": { "kind": { "const": "entsoe" } } }, "then": { "required": ["entsoe"] }, "else": { "properties": { "entsoe": false } } },
        { "if": { "properties": { "kind": { "const": "elexon" } } }, "then": { "required": ["elexon"] }, "else": { "properties": { "elexon": false } } },
        { "if": { "properties": { "kind": { "const": "aemo" } } }, "then": { "required": ["aemo"] }, "else": { "properties": { "aemo": false } } },
        { "if": { "properties": { "kind": { "const": "openelectricity" } } }, "then": { "required": ["openelectricity"] }, "else": { "properties": { "openelectricity": false } } },
        { "if": { "properties": { "kind": { "const": "brightsky" } } }, "then": { "required": ["brightsky"] }, "else": { "properties": { "brightsky": false } } },
        { "if": { "properties": { "kind": { "const": "dwd" } } }, "then": { "required": ["dwd"] }, "else": { "properties": { "dwd": false } } },
        { "if": { "properties": { "kind": { "const": "qweather" } } }, "then": { "required": ["qweather"] }, "else": { "properties": { "qweather": false } } },
        { "if": { "properties": { "kind": { "const": "ibtracs" } } }, "then": { "required": ["ibtracs"] }, "else": { "properties": { "ibtracs": false } } },
        { "if": { "properties": { "kind": { "const": "cma-best-track" } } }, "then": { "required": ["cma_best_track"] }, "else": { "properties": { "cma_best_track": false } } },
        { "if": { "properties": { "kind": { "const": "atcf" } } }, "then": { "required": ["atcf"] }, "else": { "properties": { "atcf": false } } },
        { "if": { "properties": { "kind": { "const": "fusionsolar" } } }, "then": { "required": ["fusionsolar"] }, "else": { "properties": { "fusionsolar": false } } },
        { "if": { "properties": { "kind": { "const": "nem12" } } }, "then": { "required": ["nem12"] }, "else": { "properties": { "nem12": false } } },
        { "if": { "properties": { "kind": { "const": "greenbyte-status" } } }, "then": { "required": ["greenbyte_status"] }, "else": { "properties": { "greenbyte_status": false } } }
    ] }"#,
);

static FOLDER: Table = Table::new(
    "the folder",
    "A folder into which others put files",
    &[
        must("path", Kind::Text, "Where it is"),
        may("names", Kind::Form("^[^/]+$", "*.csv"), "The names that are read: * is any text, ? any character"),
        may("complete", Kind::Form(r"\{name\}", "{name}.ok"), "The file that says that another is complete"),
        may("quarantine", Kind::Text, "Where files go that cannot be read"),
    ],
);

static BROKER: Table = Table::new(
    "the broker",
    "An MQTT broker, and what is heard of it",
    &[
        must("url", Kind::Form("^mqtts?://[^/@]+/?$", "mqtts://broker.example:8883"), "Its address"),
        must("topic", Kind::Text, "The topics that are heard; one level may be {station}"),
        must("client", Kind::Form("^[A-Za-z0-9._-]{1,64}$", "fairgauge-park"), "What the daemon calls itself"),
        may("user", Kind::Text, "The user whose password is the feed's key"),
        may("ca", Kind::Text, "The certificates that are trusted instead of the machine's"),
    ],
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
        may(
            "header",
            Kind::Any(&[Kind::Words(&["first line", "last comment line"]), Kind::List(1, &TEXT)]),
            "Where the columns' names stand, or the names themselves where the file has none",
        ),
        may("encoding", Kind::Text, "How its bytes are characters; UTF-8 where it is left out"),
        must("missing", Kind::List(0, &TEXT), "Texts and numbers that stand for no value"),
        may(
            "station",
            Kind::Any(&[Kind::Table(&STATION_COLUMN), Kind::Table(&STATION_IS), Kind::Table(&STATION_FILE_NAME)]),
            "Where the station's name stands; left out where the URL names it",
        ),
        must("time", Kind::Table(&TIME_COLUMN), "How a time is written, and what it stands for"),
        may("flags", Kind::List(0, &FLAGS_COLUMN), "Flags of quality"),
        may("open_end", Kind::Flag, "Whether the last line never has its end; else such a line is refused"),
    ],
);

static JSON: Table = Table::new(
    "the json form",
    "The form of a JSON answer",
    &[
        may("rows", Kind::Text, "Where a list of rows stands"),
        may("lists", Kind::Text, "Where an object with a list for each column stands"),
        may("row", Kind::Text, "Where one row stands"),
        must("missing", Kind::List(0, &TEXT), "Texts and numbers that stand for no value, beside null"),
        may("absent", Kind::Words(&["refused", "missing"]), "What a row means that does not have a column"),
        may(
            "station",
            Kind::Any(&[
                Kind::Table(&STATION_AT),
                Kind::Table(&STATION_ANSWER),
                Kind::Table(&STATION_IS),
                Kind::Table(&STATION_FILE_NAME),
            ]),
            "Where the station's name stands; left out where the URL names it",
        ),
        must("time", Kind::Table(&TIME_AT), "How a time is written, and what it stands for"),
        may("units", Kind::Named("", &UNITS), "Where the answer states the unit of a column"),
        may("flags", Kind::List(0, &FLAGS_AT), "Flags of quality"),
        may("error", Kind::Text, "Where the answer says that something is wrong"),
        may("expect", Kind::Named("", &TEXT), "What must stand where in the answer"),
        may("next", Kind::Text, "Where the address of the next page stands"),
    ],
)
.with(r#"{ "oneOf": [{ "required": ["rows"] }, { "required": ["lists"] }, { "required": ["row"] }] }"#);

static STATION_COLUMN: Table =
    Table::new("the station", "The station's name stands in a column", &[must("column", Kind::Text, "The column")]);

static STATION_AT: Table =
    Table::new("the station", "The station's name stands in each row", &[must("at", Kind::Text, "Where")]);

static STATION_ANSWER: Table = Table::new(
    "the station",
    "The station's name stands in the answer, once",
    &[must("in_answer", Kind::Text, "Where")],
);

static STATION_IS: Table =
    Table::new("the station", "The file is about one station", &[must("is", Kind::Text, "The station")]);

static STATION_FILE_NAME: Table = Table::new(
    "the station",
    "The station's name stands in the file's",
    &[must("file_name", Kind::Form(r"\{station\}", "park_{station}_*.csv"), "* is any text, ? any character")],
);

static UNITS: Kind = Kind::Any(&[Kind::Table(&UNIT_AT), Kind::Table(&UNIT_ANSWER)]);

static UNIT_AT: Table = Table::new(
    "the stated unit",
    "Each row states the unit",
    &[must("at", Kind::Text, "Where in the row"), must("is", Kind::Text, "The provider's word for it")],
);

static UNIT_ANSWER: Table = Table::new(
    "the stated unit",
    "The answer states the unit once",
    &[must("in_answer", Kind::Text, "Where in the answer"), must("is", Kind::Text, "The provider's word for it")],
);

static FLAGS_COLUMN: Kind = Kind::Table(&FLAG_COLUMN);
static FLAGS_AT: Kind = Kind::Table(&FLAG_AT);

static FLAG_COLUMN: Table = flag(&[must("column", Kind::Text, "The column where it stands"), OF, GOOD, FINAL]);
static FLAG_AT: Table = flag(&[must("at", Kind::Text, "Where in the row it stands"), OF, GOOD, FINAL]);

const fn flag(keys: &'static [Key]) -> Table {
    Table::new("the flag", "A flag of quality", keys)
}

const OF: Key = may("of", Kind::List(1, &TEXT), "The columns of which it speaks; left out, all");
const GOOD: Key = must("good", Kind::List(1, &TEXT), "Flags with which a value counts; with others it is refused");
const FINAL: Key = may("final", Kind::List(0, &TEXT), "Those with which a value is final");

static TIME_COLUMN: Table = time(&[
    must("column", Kind::Any(&[Kind::Text, Kind::List(1, &TEXT)]), "A column, or several put together with spaces"),
    FORMAT,
    ZONE_OF_TIME,
    EVERY,
    STARTS,
    STAMP,
]);

static TIME_AT: Table = time(&[
    must(
        "at",
        Kind::Any(&[Kind::Text, Kind::List(1, &TEXT)]),
        "Where in the row; several are put together with spaces",
    ),
    FORMAT,
    ZONE_OF_TIME,
    EVERY,
    STARTS,
    STAMP,
]);

const FORMAT: Key = must(
    "format",
    Kind::Any(&[Kind::Words(&["epoch ms"]), Kind::Form("%", "%Y-%m-%d %H:%M")]),
    "An strftime form, or milliseconds since 1970",
);
const ZONE_OF_TIME: Key = may("zone", ZONE, "Left out where the form carries the offset");
const EVERY: Key = must("every", Kind::Any(&[Kind::Words(&["instant"]), DURATION]), "What one reading stands for");
const STARTS: Key = may("starts", TIME_OF_DAY, "When a day begins; only with every = \"1 d\", and needed there");
const STAMP: Key =
    may("stamp", Kind::Words(&["begin", "end"]), "Which end of its interval a stamp names; not with instants");

const fn time(keys: &'static [Key]) -> Table {
    Table::new("the time", "How a time is written, and what it stands for", keys).with(
        r#"{ "if": { "properties": { "every": { "const": "1 d" } } },
            "then": { "required": ["starts"] },
            "else": { "properties": { "starts": false } },
            "oneOf": [
                { "properties": { "every": { "const": "instant" }, "stamp": false } },
                { "properties": { "every": { "not": { "const": "instant" } } }, "required": ["stamp"] }
            ] }"#,
    )
}

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

static EIA: Table = Table::new(
    "the EIA form",
    "What is asked of EIA",
    &[
        must("data", Kind::Words(&["fuel-type-data", "region-data", "interchange-data"]), "Which of its grid data"),
        must("of", Kind::Form("^[A-Z0-9]+$", "WND"), "The fuel, the type, or the other balancing authority"),
    ],
);

static PVOUTPUT: Table = Table::new(
    "the PVOutput form",
    "How PVOutput is read",
    &[must("zone", ZONE, "The system's zone"), must("every", DURATION, "From one status to the next")],
);

static GHCN_DAILY: Table = Table::new(
    "the GHCN-Daily form",
    "How GHCN-Daily is read",
    &[
        must("form", Kind::Words(&["service", "dly", "csv"]), "The data service's JSON, a .dly file, a by_station CSV"),
        must("zone", ZONE, "The station's zone"),
        must("starts", TIME_OF_DAY, "When the station's day begins"),
        must("stamp", Kind::Words(&["begin", "end"]), "Whether a date names the day that begins or ends on it"),
        must("presumed_zero", Kind::Words(&["missing", "zero"]), "What \"missing presumed zero\" is"),
    ],
);

const REPORT_TYPE: Kind = Kind::Form("^[A-Za-z0-9-]+$", "FM-12");
static REPORT_TYPES: Kind = REPORT_TYPE;

static GHCNH: Table = Table::new(
    "the GHCNh form",
    "How GHCNh is read",
    &[
        must("form", Kind::Words(&["psv", "service"]), "Files by year, or the data service's JSON"),
        must("reports", Kind::List(1, &REPORT_TYPES), "The types of reports that are read"),
    ],
);

static GLOBAL_HOURLY: Table = Table::new(
    "the global-hourly form",
    "How global-hourly is read",
    &[
        must("form", Kind::Words(&["csv", "record"]), "CSV files by year, or records of fixed width"),
        must("reports", Kind::List(1, &REPORT_TYPES), "The types of reports that are read"),
    ],
);

static IEM_ASOS: Table = Table::new(
    "the IEM form",
    "What is asked of IEM",
    &[must("reports", Kind::Words(&["routine", "routine and special"]), "Which reports are asked for")],
);

static NASA_POWER: Table = Table::new(
    "the NASA POWER form",
    "What is asked of NASA POWER",
    &[
        must("resolution", Kind::Words(&["hourly", "daily"]), "Hours or days"),
        must("community", Kind::Words(&["AG", "SB", "RE"]), "It decides the units of radiation"),
        may("zone", Kind::Form("^(UTC|[+-][0-9]{2}:[0-9]{2})$", "-03:12"), "The offset of a recorded answer"),
    ],
);

const EIC: &str = "^[A-Z0-9-]{16}$";
const PSR_TYPE: Kind = Kind::Form("^B[0-9]{2}$", "B19");
const ENTSOE_EVERY: Kind = Kind::Form("^(15|30|60) min$|^1 h$", "15 min");

static ENTSOE: Table = Table::new(
    "the ENTSO-E form",
    "What is asked of ENTSO-E",
    &[
        must("document", Kind::Words(&["A75", "A73", "A65"]), "Generation by type, generation by unit, load"),
        may("psr_type", PSR_TYPE, "The type of production; needed with A75"),
        may("domain", Kind::Form(EIC, "10YBE----------2"), "The control area of the units; needed with A73"),
        may("direction", Kind::Words(&["generation", "consumption"]), "Which way the power goes; not with A65"),
        must("every", ENTSOE_EVERY, "What one reading stands for"),
    ],
)
.with(
    r#"{ "oneOf": [
            { "properties": { "document": { "const": "A75" }, "domain": false }, "required": ["psr_type", "direction"] },
            { "properties": { "document": { "const": "A73" } }, "required": ["domain", "direction"] },
            { "properties": { "document": { "const": "A65" }, "psr_type": false, "domain": false, "direction": false } }
        ] }"#,
);

const RUN: Kind = Kind::Words(&["II", "SF", "R1", "R2", "R3", "RF", "DF"]);

static ELEXON: Table = Table::new(
    "the Elexon form",
    "Which settlement run of Elexon's counts",
    &[may("final_from", RUN, "Every run, final from this one on"), may("only", RUN, "This run and no other")],
)
.with(r#"{ "oneOf": [{ "required": ["final_from"] }, { "required": ["only"] }] }"#);

static AEMO: Table = Table::new(
    "the AEMO form",
    "Which table of AEMO's files is read",
    &[
        must("table", Kind::Words(&["DISPATCH.UNIT_SCADA", "DEMAND.INTERMITTENT_GEN_SCADA"]), "The table"),
        may("files", Kind::Words(&["folder", "months"]), "Files that a page lists, or the archive by month"),
    ],
)
.with(
    r#"{ "if": { "properties": { "table": { "const": "DEMAND.INTERMITTENT_GEN_SCADA" } } },
        "then": { "properties": { "files": { "const": "folder" } } } }"#,
);

const CODE: Kind = Kind::Form("^[A-Za-z0-9_./#-]+$", "BAYSW");

static OPENELECTRICITY: Table = Table::new(
    "the OpenElectricity form",
    "What is asked of OpenElectricity",
    &[
        must("network", Kind::Words(&["NEM", "WEM"]), "The market"),
        must("interval", Kind::Words(&["5m", "1h", "1d"]), "What one reading stands for"),
        may("facility", CODE, "A facility, whose units are the stations"),
        may("fueltech", CODE, "A fuel; the stations are regions"),
    ],
)
.with(r#"{ "oneOf": [{ "required": ["facility"] }, { "required": ["fueltech"] }] }"#);

static BRIGHTSKY: Table = Table::new(
    "the Bright Sky form",
    "What is asked of Bright Sky",
    &[must("units", Kind::Words(&["si", "dwd"]), "The units of its answers: si of a server")],
);

static DWD: Table = Table::new(
    "the DWD form",
    "Which files of DWD are read",
    &[must("files", Kind::Words(&["poi", "hourly", "10_minutes"]), "The last day of a station, or its CDC products")],
);
