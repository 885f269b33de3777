//! The tables of kinds of feed whose provider is known: what is asked of it, and what its files leave open.

use super::feed::DURATION;
use super::kind::Kind;
use super::product::{TIME_OF_DAY, ZONE};
use super::table::{Table, may, must};

static TEXT: Kind = Kind::Text;

pub(super) static OPEN_METEO: Table = Table::new(
    "the Open-Meteo form",
    "What is asked of Open-Meteo",
    &[
        must("model", Kind::Form("^(?!best_match$)[A-Za-z0-9_]+$", "era5"), "One weather model"),
        must("block", Kind::Words(&["hourly", "daily"]), "Hours or days"),
        may("zone", Kind::Form("^(UTC|[+-][0-9]{2}:[0-9]{2})$", "-03:00"), "The offset of a recorded answer"),
    ],
);

pub(super) static EIA: Table = Table::new(
    "the EIA form",
    "What is asked of EIA",
    &[
        must("data", Kind::Words(&["fuel-type-data", "region-data", "interchange-data"]), "Which of its grid data"),
        must("of", Kind::Form("^[A-Z0-9]+$", "WND"), "The fuel, the type, or the other balancing authority"),
    ],
);

pub(super) static PVOUTPUT: Table = Table::new(
    "the PVOutput form",
    "How PVOutput is read",
    &[must("zone", ZONE, "The system's zone"), must("every", DURATION, "From one status to the next")],
);

pub(super) static GHCN_DAILY: Table = Table::new(
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

pub(super) static GHCNH: Table = Table::new(
    "the GHCNh form",
    "How GHCNh is read",
    &[
        must("form", Kind::Words(&["psv", "service"]), "Files by year, or the data service's JSON"),
        must("reports", Kind::List(1, &REPORT_TYPES), "The types of reports that are read"),
    ],
);

pub(super) static GLOBAL_HOURLY: Table = Table::new(
    "the global-hourly form",
    "How global-hourly is read",
    &[
        must("form", Kind::Words(&["csv", "record"]), "CSV files by year, or records of fixed width"),
        must("reports", Kind::List(1, &REPORT_TYPES), "The types of reports that are read"),
    ],
);

pub(super) static IEM_ASOS: Table = Table::new(
    "the IEM form",
    "What is asked of IEM",
    &[must("reports", Kind::Words(&["routine", "routine and special"]), "Which reports are asked for")],
);

pub(super) static JMA: Table = Table::new(
    "the JMA form",
    "Which rows of AMeDAS are read",
    &[must("every", Kind::Words(&["10 min", "1 h"]), "All rows, or those of full hours")],
);

pub(super) static METAR: Table = Table::new(
    "the METAR form",
    "How METAR reports are read",
    &[
        must("form", Kind::Words(&["json", "text"]), "Decoded by the service, or as they were sent"),
        must("reports", Kind::Words(&["routine", "routine and special"]), "Which reports are read"),
    ],
);

static MEASURED_SOURCE: Kind = Kind::Words(&[
    "dwd_hourly",
    "dwd_poi",
    "eccc_hourly",
    "gsa_hourly",
    "gsa_synop",
    "isd_lite",
    "metar",
    "metar_legacy",
    "synop",
]);

pub(super) static METEOSTAT: Table = Table::new(
    "the Meteostat form",
    "Whose values are read of Meteostat",
    &[must("sources", Kind::List(1, &MEASURED_SOURCE), "Sources that are measurements")],
);

pub(super) static NASA_POWER: Table = Table::new(
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

pub(super) static ENTSOE: Table = Table::new(
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

pub(super) static ELEXON: Table = Table::new(
    "the Elexon form",
    "Which settlement run of Elexon's counts",
    &[may("final_from", RUN, "Every run, final from this one on"), may("only", RUN, "This run and no other")],
)
.with(r#"{ "oneOf": [{ "required": ["final_from"] }, { "required": ["only"] }] }"#);

pub(super) static AEMO: Table = Table::new(
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

pub(super) static OPENELECTRICITY: Table = Table::new(
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

pub(super) static BRIGHTSKY: Table = Table::new(
    "the Bright Sky form",
    "What is asked of Bright Sky",
    &[must("units", Kind::Words(&["si", "dwd"]), "The units of its answers: si of a server")],
);

pub(super) static DWD: Table = Table::new(
    "the DWD form",
    "Which files of DWD are read",
    &[must("files", Kind::Words(&["poi", "hourly", "10_minutes"]), "The last day of a station, or its CDC products")],
);

pub(super) static QWEATHER: Table = Table::new(
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

pub(super) static SMARD: Table = Table::new(
    "the SMARD form",
    "What is asked of SMARD",
    &[must("resolution", Kind::Words(&["quarterhour", "hour", "day"]), "What one reading stands for")],
);

const KEPT: Kind = Kind::Words(&["use", "pass over"]);

pub(super) static IBTRACS: Table = Table::new(
    "the IBTrACS form",
    "How an IBTrACS file is read",
    &[
        must("version", Kind::Words(&["v4", "v3"]), "The form of the file"),
        must("spurs", KEPT, "Whether short tracks beside a storm's own count"),
        must("interpolated", KEPT, "Whether fixes count that the archive put between those of the agency"),
    ],
);

pub(super) static CMA: Table = Table::new(
    "the CMA form",
    "What is asked of China's weather service",
    &[
        must("data", Kind::Words(&["SURF_CHN_MUL_HOR", "SURF_CHN_MUL_HOR_3H"]), "The set of data by its code"),
        must("user", Kind::Text, "Who asks; the key is the password"),
        may("tunnel", Kind::Flag, "Whether its plain http goes through a tunnel"),
    ],
);

pub(super) static CMA_BEST_TRACK: Table = Table::new(
    "the CMA form",
    "How a CMA best track is read",
    &[must("second_centres", KEPT, "Whether the second centre of a storm counts")],
);

static STAGE: Kind = Kind::Words(&[
    "DB", "TD", "TS", "TY", "ST", "TC", "HU", "SD", "SS", "EX", "PT", "MD", "IN", "DS", "LO", "WV", "ET", "XX",
]);

pub(super) static ATCF: Table = Table::new(
    "the ATCF form",
    "How a b-deck is read",
    &[may("types", Kind::List(0, &STAGE), "The stages whose fixes count; left out, all")],
);

pub(super) static ENPHASE: Table = Table::new(
    "the Enphase form",
    "What is asked of Enphase",
    &[
        must("telemetry", Kind::Words(&["production_meter", "production_micro", "rgm_stats"]), "What is asked for"),
        must("partial", Kind::Words(&["refuse", "use"]), "Whether a sum counts to which not every device has added"),
        may("user", Kind::Text, "Who logs in; left out where the key has an access_token"),
        may("client", Kind::Text, "The client id of the application that logs in"),
    ],
)
.with(r#"{ "dependentRequired": { "user": ["client"], "client": ["user"] } }"#);

pub(super) static ERCOT: Table = Table::new(
    "the ERCOT form",
    "What is asked of ERCOT",
    &[
        must("report", Kind::Words(&["wind", "solar"]), "NP4-732-CD or NP4-737-CD"),
        must("user", Kind::Text, "Who logs in; the rest is in the key"),
    ],
);

pub(super) static FUSIONSOLAR: Table = Table::new(
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

pub(super) static SOLAREDGE: Table = Table::new(
    "the SolarEdge form",
    "Which version of SolarEdge's interface is read",
    &[
        must("api", Kind::Words(&["v2", "v1"]), "The version; v1 of kept answers alone"),
        may("zone", ZONE, "The site's zone; needed with v1"),
    ],
)
.with(
    r#"{ "if": { "properties": { "api": { "const": "v1" } } },
        "then": { "required": ["zone"] }, "else": { "properties": { "zone": false } } }"#,
);

pub(super) static SUNGROW: Table = Table::new(
    "the iSolarCloud form",
    "What is asked of iSolarCloud",
    &[
        must("family", Kind::Words(&["openapi", "platform"]), "The interfaces that the application may use"),
        must("zone", ZONE, "The zone of the plants"),
        may("user", Kind::Text, "Who logs in; left out where the key has an access_token"),
    ],
);

pub(super) static NEM12: Table = Table::new(
    "the NEM12 form",
    "How a meter file is read",
    &[must("every", Kind::Words(&["30 min", "15 min", "5 min"]), "The length of the intervals")],
);

pub(super) static GREENBYTE_STATUS: Table = Table::new(
    "the status log",
    "How a status log is read",
    &[
        must("turbine", Kind::Text, "The turbine as the preamble names it"),
        must("station", Kind::Text, "The station as term sheets name it"),
        must("every", Kind::Words(&["10 min", "15 min", "30 min", "1 h"]), "The length of a slot"),
        may("passed_over", Kind::List(0, &TEXT), "IEC categories whose stops do not count"),
    ],
);
