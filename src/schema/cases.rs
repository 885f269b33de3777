//! The actuary's own cases, a file beside a term sheet.

use super::book::DATE;
use super::kind::{Kind, TIME};
use super::table::{Table, may, must};

const NAME: Kind = Kind::Form("^[A-Za-z0-9._-]+$", "dry-july");
const QUANTITY: Kind = Kind::Form(r"^-?[0-9]+(\.[0-9]+)? \S+$", "33.5 degC");
const MONEY: Kind = Kind::Form(r"^-?[0-9]+(\.[0-9]+)?( [A-Z]{3})?$", "1234.50");
/// A date stands for an insured day, or for its beginning.
const AT: Kind = Kind::Form("^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$", "2023-07-01");
const VINTAGE: Kind = Kind::Words(&["provisional", "final"]);
const STATE: Kind = Kind::Words(&["provisional", "preliminary", "final", "restated"]);
const OUTCOME: Kind = Kind::Words(&["pays", "nothing_due", "undetermined"]);
const INDEX: Kind = Kind::Form(r"^(undetermined|none|-?[0-9]+(\.[0-9]+)? \S+)$", "131.2 mm");
static TEXT: Kind = Kind::Text;
const TEXTS: Kind = Kind::Any(&[Kind::Text, Kind::List(1, &TEXT)]);
static GIVEN: Kind = Kind::Text;

pub(super) static CASES: Table = Table::new(
    "the file of cases",
    "Cases of a product: readings, a policy, and what is to come out",
    &[must("case", Kind::List(1, &EACH_CASE), "The cases")],
);

static EACH_CASE: Kind = Kind::Table(&CASE);

static CASE: Table = Table::new(
    "[[case]]",
    "A case",
    &[
        must("id", NAME, "Its name, once in the file"),
        may("why", Kind::Text, "What it shows, in a sentence"),
        may("cover", Kind::Text, "The cover that it is about; left out where the product has one"),
        may("from", DATE, "The first insured day; without it the series' first"),
        may("to", DATE, "The last insured day; without it the series' last"),
        may("given", Kind::Named("", &GIVEN), "What the book would give, by its columns"),
        may("sum_insured", QUANTITY, "Where each policy has its sum insured"),
        may("units", QUANTITY, "Where amounts are for each unit"),
        may("paid_before", QUANTITY, "What earlier determinations of the policy paid"),
        may(
            "paid_by_other",
            QUANTITY,
            "What the other policy paid whose payout is subtracted; without it that is not final",
        ),
        may("series", Kind::Any(&[SERIES, Kind::List(1, &SERIES_ITEM)]), "Readings that follow one another"),
        may("reading", Kind::List(1, &READINGS), "Single readings: reports, fixes of storms"),
        may("expect", Kind::Table(&EXPECT), "What comes out when all waiting is over"),
        may("expect_on", Kind::List(1, &EXPECT_ON_ITEM), "What is known at the end of a day"),
        may("expect_interim", Kind::List(0, &EXPECT_INTERIM_ITEM), "Every payment in advance, in their order"),
    ],
)
.with(
    r#"{ "anyOf": [{ "required": ["expect"] }, { "required": ["expect_on"] }, { "required": ["expect_interim"] }] }"#,
);

const SERIES: Kind = Kind::Any(&[Kind::Table(&SERIES_FILE), Kind::WithVariables(&SERIES_VALUES, &VALUES)]);
static SERIES_ITEM: Kind = SERIES;
const SERIES_WHAT: &str = "[case.series]";

static SERIES_FILE: Table = Table::new(
    SERIES_WHAT,
    "Readings in a file, in the form of fairgauge index --series",
    &[
        must("file", Kind::Text, "A file beside the cases"),
        may("feed", Kind::Text, "The feed that tells them"),
        may("station", Kind::Text, "The station that they are of"),
    ],
);

static SERIES_VALUES: Table = Table::new(
    SERIES_WHAT,
    "Readings in short notation: values that follow one another from `begins` on, a variable each",
    &[
        must("begins", AT, "A date for days, an instant for steps"),
        must("every", Kind::Of(TIME, "1 d"), "What one reading stands for"),
        may("feed", Kind::Text, "The feed that tells them"),
        may("station", Kind::Text, "The station that they are of"),
        may("vintage", VINTAGE, "Their vintage"),
        may("known_at", AT, "When they became known"),
    ],
);

static VALUES: Kind = Kind::Table(&COLUMN);

static COLUMN: Table = Table::new(
    "the values",
    "The values of one variable",
    &[
        must("unit", Kind::Unit, "Their unit"),
        must("values", Kind::Form(r"^\s*(\S+\s*)+$", "0*20 12.4 . 3"), "`.` is missing, `0*20` is twenty zeros"),
    ],
);

static READINGS: Kind = Kind::Table(&READING);

static READING: Table = Table::new(
    "[[case.reading]]",
    "A single reading",
    &[
        must("variable", Kind::Measured, "What is read"),
        must("value", Kind::Text, "A number with its unit, or `.`"),
        may("at", AT, "An instant, or a date for the whole day"),
        may("from", AT, "The beginning, in place of `at`"),
        may("to", AT, "The end"),
        may("feed", Kind::Text, "The feed that tells it"),
        may("station", Kind::Text, "The station that it is of"),
        may("vintage", VINTAGE, "Its vintage"),
        may("known_at", AT, "When it became known"),
    ],
)
.with(
    r#"{ "oneOf": [
        { "required": ["at"], "properties": { "from": false, "to": false } },
        { "required": ["from", "to"], "properties": { "at": false } }
    ] }"#,
);

static EXPECT: Table = Table::new(
    "[case.expect]",
    "What comes out when all waiting is over; what is left out may be anything",
    &[
        may("index", INDEX, "A number with its unit, undetermined, or none where no storm came"),
        may("outcome", OUTCOME, "What is recorded"),
        may("reason", Kind::Text, "The code of the reason"),
        may("amount", MONEY, "To the minor unit"),
        may("trace_contains", TEXTS, "A text that the way of the number holds, or several"),
    ],
)
.with(r#"{ "minProperties": 1 }"#);

static EXPECT_ON_ITEM: Kind = Kind::Table(&EXPECT_ON);

static EXPECT_ON: Table = Table::new(
    "[[case.expect_on]]",
    "What is known at the end of a date's insured day",
    &[
        must("date", DATE, "The date"),
        may("index", INDEX, "A number with its unit, undetermined, or none where no storm came"),
        may("outcome", OUTCOME, "What is recorded"),
        may("reason", Kind::Text, "The code of the reason"),
        may("amount", MONEY, "To the minor unit"),
        may("state", STATE, "How binding it is"),
        may("delta", MONEY, "Of a correction, by how much it changes the amount"),
        may("trace_contains", TEXTS, "A text that the way of the number holds, or several"),
    ],
)
.with(r#"{ "minProperties": 2 }"#);

static EXPECT_INTERIM_ITEM: Kind = Kind::Table(&EXPECT_INTERIM);

static EXPECT_INTERIM: Table = Table::new(
    "[[case.expect_interim]]",
    "A payment in advance",
    &[
        must("date", DATE, "The insured day at whose end it is due"),
        must("amount", MONEY, "To the minor unit"),
        may("index", INDEX, "The index so far"),
    ],
);
