//! Tables inside a block: phases, steps, years, places.

use super::kind::{DEGREES, Kind};
use super::named_file::FILE;
use super::product::{ID, SOURCES};
use super::table::{Table, may, must};
use super::window::MONTH_DAY;

pub(super) static PHASES: Kind = Kind::Table(&PHASE);

static PHASE: Table = Table::new(
    "a phase",
    "Days of the year, both included",
    &[
        must("id", ID, "Its name, by which it is a label"),
        must("from", MONTH_DAY, "The first day"),
        must("to", MONTH_DAY, "The last day"),
    ],
);

pub(super) static STEPS: Kind = Kind::Table(&STEP);

static STEP: Table = Table::new(
    "a step of the table",
    "Begins where the one before ends",
    &[
        may("to", Kind::Number("5 degC"), "Its end; the last step has none"),
        must("is", Kind::Number("0.5 1"), "What it gives"),
    ],
);

pub(super) static BASELINE: Table = Table::new(
    "the baseline",
    "The years with which the number is compared",
    &[
        must("from", Kind::Whole(1800), "The first year"),
        must("to", Kind::Whole(1800), "The last year"),
        must("need", Kind::Whole(1), "Years that must have a number"),
        may("sources", SOURCES, "Other sources than those of this year"),
    ],
);

const DEGREE: Kind = Kind::Of(DEGREES, "30.87 deg");
static CORNERS: Kind = Kind::Any(&[Kind::Points(3, &DEGREE), FILE]);
static PIECES: Kind = Kind::Any(&[Kind::Points(2, &DEGREE), FILE]);
const CORNERS_ABOUT: &str = "Corners, each its latitude and its longitude; the last is joined to the first";

pub(super) static POLYGON: Table = Table::new(
    "the place",
    "An area; the distance is zero inside of it",
    &[must("polygon", Kind::Shared("corners", &CORNERS), CORNERS_ABOUT)],
);

pub(super) static LINE: Table = Table::new(
    "the place",
    "A line of straight pieces",
    &[must("line", Kind::Shared("pieces", &PIECES), "Points, each its latitude and its longitude")],
);

pub(super) static INSIDE: Table = Table::new(
    "the box",
    "An area, its edges included",
    &[must("polygon", Kind::Shared("corners", &CORNERS), CORNERS_ABOUT)],
);

pub(super) static BOX: Table = Table::new(
    "the box",
    "A box in degrees; where it crosses 180 degrees, its west is greater than its east",
    &[
        must("south", DEGREE, "Southern edge"),
        must("north", DEGREE, "Northern edge"),
        must("west", DEGREE, "Western edge"),
        must("east", DEGREE, "Eastern edge"),
    ],
);
