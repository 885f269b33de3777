//! The forms of files and answers that the settings describe: `csv` and `json`.

use super::feed::DURATION;
use super::kind::Kind;
use super::product::{TIME_OF_DAY, ZONE};
use super::table::{Key, Table, may, must};

const CHARACTER: Kind = Kind::Form(r#"^[^A-Za-z0-9"\r\n.-]$"#, ",");
static TEXT: Kind = Kind::Text;

pub(super) static CSV: Table = Table::new(
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

pub(super) static JSON: Table = Table::new(
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
