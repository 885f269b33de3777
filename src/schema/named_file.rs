//! A file that stands in place of what it holds.

use super::kind::Kind;
use super::table::{Table, must};

/// `{ file = "e82.csv" }`
pub(super) const FILE: Kind = Kind::Table(&NAMED);

static NAMED: Table = Table::new(
    "the named file",
    "A CSV file beside the product; the term sheet carries what it holds",
    &[must(
        "file",
        Kind::Form(r"^[^\\]+\.csv$", "curves/e82.csv"),
        "Its path, relative to the product's folder, inside of it",
    )],
);
