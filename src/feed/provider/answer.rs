//! Parts of JSON answers: numbers, columns, and where they stand.

use serde_json::value::RawValue;

use super::lines::missing;
use crate::feed::decode::{DecodeError, number};
use crate::feed::json::Members;
use crate::feed::settings::Column;
use crate::quantity::Fixed;

/// Whether a JSON value is a number.
pub(super) fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// The number of a column, none where it is null; or why it cannot be used.
///
/// # Errors
/// Where it is neither a number nor null.
pub(super) fn number_or_null(
    column: &Column,
    value: &RawValue,
    place: impl FnOnce() -> String,
) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    match value.get() {
        "null" => Ok(Ok(None)),
        text if is_number(text) => Ok(number(column, text).map(Some)),
        _ => Err(DecodeError::schema(place(), "this is neither a number nor null")),
    }
}

/// A column may be absent from a row; one that is absent from all of them has changed its name, or was never sent.
///
/// # Errors
/// Where there are rows, and one is absent from all.
pub(super) fn check_columns<'r>(
    columns: &[Column],
    rows: impl Iterator<Item = &'r Members<'r>> + Clone,
) -> Result<(), DecodeError> {
    let absent = |column: &&Column| rows.clone().all(|row| row.get(&column.name).is_none());
    match columns.iter().find(absent).filter(|_| rows.clone().next().is_some()) {
        Some(column) => Err(missing(&column.name, rows.clone().flat_map(names))),
        None => Ok(()),
    }
}

/// The names of an object's members.
pub(super) fn names<'r>(members: &'r Members<'r>) -> impl Iterator<Item = &'r str> {
    members.0.iter().map(|(name, _)| &**name)
}

/// An error of a part, with the place of the whole before its own.
pub(super) fn inside(place: &str, error: DecodeError) -> DecodeError {
    match error {
        DecodeError::Schema { place: part, what } => DecodeError::schema(format!("{place}.{part}"), what),
        error => error,
    }
}
