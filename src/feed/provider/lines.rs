//! Texts of lines and columns.

use csv::StringRecord;

use crate::document::did_you_mean;
use crate::feed::decode::DecodeError;
use crate::feed::settings::Column;

/// The names over the columns of lines.
pub(super) struct Names(pub StringRecord);

impl Names {
    /// Where a column is; none where it is not.
    ///
    /// # Errors
    /// Where it is there twice.
    pub fn find(&self, name: &str) -> Result<Option<usize>, DecodeError> {
        let mut found = self.0.iter().enumerate().filter(|(_, known)| *known == name).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(DecodeError::DoubleColumn { column: name.to_owned() }),
            (found, _) => Ok(found),
        }
    }

    /// Where a column is that must be there once.
    ///
    /// # Errors
    /// Where it is not, or twice.
    pub fn need(&self, name: &str) -> Result<usize, DecodeError> {
        self.find(name)?.ok_or_else(|| missing(name, &self.0))
    }

    /// Where the columns of the settings are.
    ///
    /// # Errors
    /// Where one is not, or twice.
    pub fn places<'f>(&self, columns: &'f [Column]) -> Result<Vec<(usize, &'f Column)>, DecodeError> {
        columns.iter().map(|column| Ok((self.need(&column.name)?, column))).collect()
    }
}

/// A column of the settings that an answer does not have.
pub(super) fn missing<'n>(column: &str, names: impl IntoIterator<Item = &'n str>) -> DecodeError {
    DecodeError::MissingColumn { column: column.to_owned(), near: did_you_mean(column, names).map(str::to_owned) }
}

/// Reads the next line; false where there is none.
///
/// # Errors
/// What the reader finds.
pub(super) fn read(lines: &mut csv::Reader<&[u8]>, line: &mut StringRecord) -> Result<bool, DecodeError> {
    lines.read_record(line).map_err(|error| DecodeError::schema("the file", error.to_string()))
}

/// Whether the line that was read last is the last of the text, and no line break ends it: it may be cut off.
pub(super) fn is_cut(text: &str, lines: &csv::Reader<&[u8]>) -> bool {
    !text.ends_with('\n') && usize::try_from(lines.position().byte()) == Ok(text.len())
}

/// Where a line stands.
pub(super) fn place(line: &StringRecord) -> String {
    format!("line {}", line.position().map_or(0, csv::Position::line))
}

/// That a line break ends the last line.
///
/// # Errors
/// Where none does: the text may be cut off.
pub(super) fn check_whole(text: &str) -> Result<(), DecodeError> {
    if text.ends_with('\n') { Ok(()) } else { Err(DecodeError::Truncated { bytes: text.len() }) }
}

/// The lines of a text with their numbers, from 1.
///
/// # Errors
/// Where the last line is cut off.
pub(super) fn whole_lines(text: &str) -> Result<impl Iterator<Item = (usize, &str)>, DecodeError> {
    check_whole(text)?;
    Ok(text.lines().enumerate().map(|(index, line)| (index + 1, line)))
}

/// Whether a text is a whole number: digits, one or more.
pub(super) fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is so many digits.
pub(super) fn is_digits(text: &str, width: usize) -> bool {
    text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is so many capitals and digits.
pub(super) fn is_code(text: &str, width: usize) -> bool {
    text.len() == width && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// A decimal from a whole number of tenths: `87` is 8.7, `-7` is -0.7. Nothing where it is none.
pub(super) fn tenths(text: &str) -> Option<String> {
    let (sign, figures) = text.strip_prefix('-').map_or(("", text), |figures| ("-", figures));
    if !is_whole(figures) {
        return None;
    }
    let padded = format!("{figures:0>2}");
    let (whole, tenth) = padded.split_at(padded.len() - 1);
    Some(format!("{sign}{whole}.{tenth}"))
}

/// A number whose decimal mark is a comma, with a point in its place.
///
/// # Errors
/// Says that it has a point already.
pub(super) fn with_point(column: &Column, text: &str) -> Result<String, String> {
    if text.contains('.') {
        return Err(format!("`{}`: `{text}` has a point, and the decimal mark is a comma", column.name));
    }
    Ok(text.replacen(',', ".", 1))
}

/// As much of a text as a message can use.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_decimals() {
        for (text, value) in
            [("87", "8.7"), ("7", "0.7"), ("0", "0.0"), ("1353", "135.3"), ("-7", "-0.7"), ("-0125", "-012.5")]
        {
            assert_eq!(tenths(text).as_deref(), Some(value));
        }
        assert!(["", "-", "+1", "--1", "1.5", "x"].iter().all(|text| tenths(text).is_none()));
    }
}
