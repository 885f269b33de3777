//! Texts of lines and columns.

use crate::document::did_you_mean;
use crate::feed::decode::DecodeError;

/// The names over the columns of lines.
pub(super) struct Names(pub csv::StringRecord);

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
}

/// A column of the settings that an answer does not have.
pub(super) fn missing<'n>(column: &str, names: impl IntoIterator<Item = &'n str>) -> DecodeError {
    DecodeError::MissingColumn { column: column.to_owned(), near: did_you_mean(column, names).map(str::to_owned) }
}

/// The lines of a text with their numbers, from 1; a last one that no line break ends is cut off.
///
/// # Errors
/// Where the last line is cut off.
pub(super) fn whole_lines(text: &str) -> Result<impl Iterator<Item = (usize, &str)>, DecodeError> {
    if !text.ends_with('\n') {
        return Err(DecodeError::Truncated { bytes: text.len() });
    }
    Ok(text.lines().enumerate().map(|(index, line)| (index + 1, line)))
}
