//! Parts of JSON answers: numbers, units, words, columns, and where they stand.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::lines::missing;
use crate::feed::decode::{DecodeError, number};
use crate::feed::json::{Members, parse};
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

/// A number as it is written, also as a text; none where it is null.
///
/// # Errors
/// Where it is neither a number, a text nor null.
pub(super) fn written<'v>(
    value: &'v RawValue,
    place: impl FnOnce() -> String,
) -> Result<Option<Cow<'v, str>>, DecodeError> {
    match value.get() {
        "null" => Ok(None),
        text if text.starts_with('"') => parse(text, &place()).map(Some),
        text if is_number(text) => Ok(Some(text.into())),
        _ => Err(DecodeError::schema(place(), "this is neither a number nor null")),
    }
}

/// That a member says what was asked for.
///
/// # Errors
/// Where it says something else.
pub(super) fn check_word(members: &Members<'_>, name: &str, wanted: &str) -> Result<(), DecodeError> {
    let got: Cow<'_, str> = members.read(name)?;
    if got == wanted {
        return Ok(());
    }
    Err(DecodeError::schema(name, format!("it is `{}`, and was to be `{wanted}`", got.escape_debug())))
}

/// That a column comes in the unit that was to be expected, by the provider's own words.
///
/// # Errors
/// Where it comes in another one.
pub(super) fn check_unit(column: &Column, wanted: &str, got: &str) -> Result<(), DecodeError> {
    if got == wanted {
        return Ok(());
    }
    let (column, wanted, got) = (column.name.clone(), wanted.to_owned(), got.to_owned());
    Err(DecodeError::Unit { column, wanted, got })
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
