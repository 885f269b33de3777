//! Feeds in the settings: what every feed has, and which table each kind adds.

use super::feed_form::{CSV, JSON};
use super::feed_kind::{
    AEMO, ATCF, BRIGHTSKY, CMA, CMA_BEST_TRACK, DWD, EIA, ELEXON, ENPHASE, ENTSOE, ERCOT, FUSIONSOLAR, GHCN_DAILY,
    GHCNH, GLOBAL_HOURLY, GREENBYTE_STATUS, IBTRACS, IEM_ASOS, JMA, METAR, METEOSTAT, NASA_POWER, NEM12, OPEN_METEO,
    OPENELECTRICITY, PVOUTPUT, QWEATHER, SMARD, SOLAREDGE, SUNGROW,
};
use super::kind::{DEGREES, Kind};
use super::table::{Key, Table, may, must};

/// Settings know no policy: a time is a number and its unit.
pub(super) const DURATION: Kind = Kind::Form(r"^[0-9]+(\.[0-9]+)? (s|min|h|d)$", "6 h");
const QUANTITY: Kind = Kind::Form(r"^-?[0-9]+(\.[0-9]+)? [^ ]+$", "5 degC");
const LIMIT_FORM: &str = "^[1-9][0-9]* per (min|hour|day|month)$";
static LIMIT: Kind = Kind::Form(LIMIT_FORM, "10 per min");

pub(super) static FEEDS: Kind = Kind::Table(&FEED);

/// The table of a feed: the keys of every feed and, for each kind, its name and the table that it has and no other kind.
macro_rules! feed {
    (keys: [$($key:expr,)*], kinds: [$($word:literal $(: $name:literal = $table:ident, $about:literal)?;)*]) => {
        static FEED: Table = Table::new(
            "the feed",
            "A feed",
            &[
                must("kind", Kind::Words(&[$($word),*]), "How it is asked and its bytes are read"),
                $($key,)*
                $($(may($name, Kind::Table(&$table), $about),)?)*
            ],
        )
        .with(concat!(
            r#"{ "allOf": [
                { "oneOf": [{ "required": ["file"] }, { "required": ["folder"] }, { "required": ["mqtt"] }, { "required": ["url"] }] }"#,
            $($(
                r#", { "if": { "properties": { "kind": { "const": ""#, $word, r#"" } } },
                    "then": { "required": [""#, $name, r#""] }, "else": { "properties": { ""#, $name, r#"": false } } }"#,
            )?)*
            "] }",
        ));
    };
}

feed! {
    keys: [
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
        may(
            "limit",
            Kind::Any(&[Kind::Form(LIMIT_FORM, "10 per min"), Kind::List(1, &LIMIT)]),
            "How many requests its provider allows",
        ),
        may("late_after", DURATION, "How long after the end of its interval a reading is late"),
        must("columns", Kind::Named("", &COLUMNS), "Its columns and what they say"),
        may("station", Kind::Named("", &STATIONS), "Its stations"),
    ],
    // In the order of the providers' own table.
    kinds: [
        "aemo": "aemo" = AEMO, "Which table of AEMO's files is read";
        "atcf": "atcf" = ATCF, "How a b-deck is read";
        "brightsky": "brightsky" = BRIGHTSKY, "What is asked of Bright Sky";
        "cma": "cma" = CMA, "What is asked of China's weather service";
        "cma-best-track": "cma_best_track" = CMA_BEST_TRACK, "How a CMA best track is read";
        "csv": "csv" = CSV, "The form of a CSV file";
        "dwd": "dwd" = DWD, "Which files of DWD are read";
        "eia": "eia" = EIA, "What is asked of EIA";
        "elexon": "elexon" = ELEXON, "Which settlement run of Elexon's counts";
        "enphase": "enphase" = ENPHASE, "What is asked of Enphase";
        "entsoe": "entsoe" = ENTSOE, "What is asked of ENTSO-E";
        "ercot": "ercot" = ERCOT, "What is asked of ERCOT";
        "fusionsolar": "fusionsolar" = FUSIONSOLAR, "What is asked of FusionSolar";
        "ghcn-daily": "ghcn_daily" = GHCN_DAILY, "How GHCN-Daily is read";
        "ghcnh": "ghcnh" = GHCNH, "How GHCNh is read";
        "global-hourly": "global_hourly" = GLOBAL_HOURLY, "How global-hourly is read";
        "greenbyte-status": "greenbyte_status" = GREENBYTE_STATUS, "How a status log is read";
        "ibtracs": "ibtracs" = IBTRACS, "How an IBTrACS file is read";
        "iem-asos": "iem_asos" = IEM_ASOS, "What is asked of IEM";
        "isd-lite";
        "jma": "jma" = JMA, "Which rows of AMeDAS are read";
        "json": "json" = JSON, "The form of a JSON answer";
        "metar": "metar" = METAR, "How METAR reports are read";
        "meteostat": "meteostat" = METEOSTAT, "Whose values are read of Meteostat";
        "nasa-power": "nasa_power" = NASA_POWER, "What is asked of NASA POWER";
        "nem12": "nem12" = NEM12, "How a meter file is read";
        "open-meteo": "open_meteo" = OPEN_METEO, "What is asked of Open-Meteo";
        "openelectricity": "openelectricity" = OPENELECTRICITY, "What is asked of OpenElectricity";
        "pvoutput": "pvoutput" = PVOUTPUT, "How PVOutput is read";
        "qweather": "qweather" = QWEATHER, "What is asked of QWeather";
        "smard": "smard" = SMARD, "What is asked of SMARD";
        "solaredge": "solaredge" = SOLAREDGE, "Which version of SolarEdge's interface is read";
        "sungrow": "sungrow" = SUNGROW, "What is asked of iSolarCloud";
    ]
}

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
    &[must("file", Kind::Text, "The path of the file"), HEADER, QUERY, BEARER],
);

static KEY_CREDENTIAL: Table = Table::new(
    "the key",
    "A key that the service manager holds; where it goes, if the kind of feed does not know it",
    &[
        must("credential", Kind::Form("^[A-Za-z0-9_-][A-Za-z0-9._-]*$", "eia"), "Its name in LoadCredential"),
        HEADER,
        QUERY,
        BEARER,
    ],
);

const HEADER: Key = may("header", Kind::Text, "The header that carries it");
const QUERY: Key = may("query", Kind::Text, "The query parameter that carries it");
const BEARER: Key = may("bearer", Kind::Flag, "Whether Authorization carries it");

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
