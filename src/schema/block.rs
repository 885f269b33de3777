//! The blocks of an index. A block has a form for each way in which its keys go together.

use super::kind::{DEGREES, Kind, LENGTH, SHARE, TIME};
use super::product::SOURCES;
use super::table::{Key, Table, may, must};

/// What the reader's messages call a block.
pub(super) const WHAT: &str = "the block";

/// `index = [ … ]`
pub(super) static INDEX: Kind = Kind::Begun(&Kind::Shared("source_block", &SOURCE), &Kind::Shared("block", &BLOCK));

/// The blocks with which an index begins.
static SOURCE: Kind = Kind::Any(&[Kind::Table(&READ), Kind::Table(&READ_TRACK)]);

/// The blocks that follow.
static BLOCK: Kind = Kind::Any(&[
    Kind::Table(&PER),
    Kind::Table(&PER_MEAN),
    Kind::Table(&PER_STORM),
    Kind::Table(&IGNORE_BELOW),
    Kind::Table(&CAP),
    Kind::Table(&FLOOR),
    Kind::Table(&EXCESS_OVER),
    Kind::Table(&SHORTFALL_BELOW),
    Kind::Table(&CURVE),
    Kind::Table(&MEETS),
    Kind::Table(&IN_RUNS),
    Kind::Table(&ROLLING),
    Kind::Table(&REDUCE),
    Kind::Table(&ROUND),
    Kind::Table(&INTERPOLATE),
    Kind::Table(&WITHIN),
    Kind::Table(&INSIDE),
]);

const ROUND_KEY: &str = "The step, in the unit that flows from here on";
const MODE_KEY: &str = "What becomes of a number between two steps";

const fn block(about: &'static str, keys: &'static [Key]) -> Table {
    Table::new(WHAT, about, keys)
}

static READ: Table = block(
    "The readings of a variable, one slot for each step of the window",
    &[
        must("read", Kind::Variable, "The variable"),
        must("every", Kind::Of(TIME, "1 h"), "What one reading stands for"),
        may("as", Kind::Unit, "The unit in which it is read; without it the variable's own"),
        may("from", SOURCES, "Other sources than the product's"),
    ],
);

static READ_TRACK: Table = block(
    "The fixes of every storm that the source holds",
    &[
        must("read", Kind::Words(&["storm_track"]), "The fixes of storms"),
        may("from", SOURCES, "Another source than the product's"),
    ],
);

static GRAIN: Kind = Kind::Any(&[Kind::Words(&["day"]), Kind::Of(TIME, "1 h")]);

static PER: Table = block(
    "Slots joined into larger ones",
    &[
        must("per", Kind::Shared("grain", &GRAIN), "The larger slot"),
        must("take", Kind::Words(&["sum", "max", "min"]), "How they are joined"),
        must("need", Kind::Of(SHARE, "90 %"), "The share of the small slots that must be there"),
    ],
);

static PER_MEAN: Table = block(
    "Slots joined into larger ones by their mean",
    &[
        must("per", Kind::Shared("grain", &GRAIN), "The larger slot"),
        must("take", Kind::Words(&["mean"]), "Their mean"),
        must("need", Kind::Of(SHARE, "90 %"), "The share of the small slots that must be there"),
        must("round", Kind::Number("0.1 degC"), ROUND_KEY),
        must("mode", Kind::Mode, MODE_KEY),
    ],
);

static PER_STORM: Table = block(
    "One number for each storm that has a point left",
    &[
        must("per", Kind::Words(&["storm"]), "Each storm"),
        must("take", Kind::Words(&["max", "min"]), "The largest or the smallest of its points"),
        must("of", Kind::Words(&["storm_wind", "storm_pressure", "distance"]), "Of what"),
    ],
);

static IGNORE_BELOW: Table =
    block("A value below becomes 0", &[must("ignore_below", Kind::Number("2 mm"), "The least that counts")]);

static CAP: Table = block("No more than", &[must("cap", Kind::Number("60 mm"), "The most")]);

static FLOOR: Table = block("No less than", &[must("floor", Kind::Number("0 kW"), "The least")]);

static EXCESS_OVER: Table = block("max(0, x - base)", &[must("excess_over", Kind::Number("35 degC"), "The base")]);

static SHORTFALL_BELOW: Table =
    block("max(0, base - x)", &[must("shortfall_below", Kind::Number("18 degC"), "The base")]);

static POINT: Kind = Kind::Number("3 m/s");

static CURVE: Table = block(
    "Straight lines between points, such as those of a power curve",
    &[
        must("curve", Kind::Pairs(&POINT, &POINT), "Pairs, the first numbers rising"),
        must("outside", Kind::Number("0 kW"), "The value outside of the first and the last point"),
        must("round", Kind::Number("0.1 kW"), ROUND_KEY),
        must("mode", Kind::Mode, MODE_KEY),
    ],
);

static MEETS: Table =
    block("Whether the value meets the comparison", &[must("meets", Kind::Comparison("< 10 degC"), "The comparison")]);

static IN_RUNS: Table = block(
    "Only the values inside runs that meet the comparison for so long",
    &[
        must("in_runs", Kind::Comparison(">= 40 mm"), "The comparison"),
        must("at_least", Kind::Of(TIME, "3 d"), "The shortest run that counts"),
    ],
);

static ROLLING: Table = block(
    "Sums (largest, smallest) over each stretch of so long in the window",
    &[
        must("rolling", Kind::Of(TIME, "48 h"), "The length of a stretch"),
        must("take", Kind::Words(&["sum", "max", "min"]), "What is taken of a stretch"),
    ],
);

static REDUCE: Table = block(
    "All slots to one number",
    &[must(
        "reduce",
        Kind::Words(&["sum", "mean", "max", "min", "energy", "count", "longest_run", "largest_run"]),
        "How: count and longest_run behind meets, largest_run behind in_runs, energy of power",
    )],
);

static ROUND: Table = block(
    "The number to a step",
    &[must("round", Kind::Number("0.1 mm"), ROUND_KEY), must("mode", Kind::Mode, MODE_KEY)],
);

static INTERPOLATE: Table = block(
    "Points between the fixes of a storm",
    &[
        must("interpolate", Kind::Of(TIME, "30 min"), "From one point to the next"),
        must("longest_gap", Kind::Of(TIME, "6 h"), "Between fixes further apart than this there is no point"),
        must("no_wind", Kind::Words(&["out", "undetermined"]), "What a fix without wind means"),
    ],
);

static WITHIN: Table = block(
    "Only points so near to the policy's latitude and longitude",
    &[
        must("within", Kind::Of(LENGTH, "100 km"), "The largest distance, itself included"),
        must("of", Kind::Words(&["site"]), "The policy's site"),
    ],
);

static INSIDE: Table =
    block("Only points in a box, its edges included", &[must("inside", Kind::Table(&BOX), "The box")]);

static BOX: Table = Table::new(
    "the box",
    "A box in degrees; where it crosses 180 degrees, its west is greater than its east",
    &[
        must("south", Kind::Of(DEGREES, "30 deg"), "Southern edge"),
        must("north", Kind::Of(DEGREES, "31.5 deg"), "Northern edge"),
        must("west", Kind::Of(DEGREES, "121 deg"), "Western edge"),
        must("east", Kind::Of(DEGREES, "123 deg"), "Eastern edge"),
    ],
);
