//! From bytes to readings, whatever the form.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::counter::differences;
use super::settings::{Column, FeedSettings, Station, VintageRule};
use crate::observation::{Reading, Vintage};
use crate::quantity::{Fixed, ParseFixedError, Unit, Variable};

/// What bytes say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// What can be used, in the order of the bytes.
    pub readings: Vec<Reading>,
    /// What cannot, and why.
    pub refused: Vec<Refused>,
}

/// A reading, or a row of them, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands: `line 17`, `hourly.precipitation[4]`.
    pub place: String,
    /// Why it cannot be used.
    pub reason: String,
    /// Which reading it is; none where it is no reading that the source gave: a whole request or file, a time to come.
    pub which: Option<Box<Which>>,
}

/// Which reading cannot be used, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// The station's name in the feed.
    pub station: Option<Arc<str>>,
    /// What was said to be measured, and the unit that its column has.
    pub variable: Option<(Variable, Unit)>,
    /// Of which interval it speaks.
    pub interval: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The value as it was sent.
    pub text: Option<String>,
}

impl Refused {
    /// What is no reading that the source gave.
    pub(super) fn other(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into(), which: None }
    }

    /// A reading, or a row of them, of which nothing is known yet.
    pub(super) fn row(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { which: Some(Box::default()), ..Self::other(place, reason) }
    }

    /// The same, of a station.
    #[must_use]
    pub(super) fn at(mut self, station: &Arc<str>) -> Self {
        self.which.get_or_insert_default().station = Some(station.clone());
        self
    }

    /// The same, of a column.
    #[must_use]
    pub(super) fn of(mut self, column: &Column) -> Self {
        self.which.get_or_insert_default().variable = Some((column.variable, column.unit));
        self
    }

    /// The same, of an interval.
    #[must_use]
    pub(super) fn within(mut self, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        self.which.get_or_insert_default().interval = Some((start, end));
        self
    }

    /// The same, with the value as it was sent.
    #[must_use]
    pub(super) fn sent(mut self, text: &str) -> Self {
        self.which.get_or_insert_default().text = Some(text.chars().take(MOST_SENT).collect());
        self
    }
}

/// The most characters that are kept of a value that cannot be used.
const MOST_SENT: usize = 100;

/// Why bytes cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There is nothing.
    #[error("the body is empty")]
    Empty,
    /// A byte that is no UTF-8.
    #[error("line {line} is not UTF-8: ask for UTF-8, or convert the file")]
    NotUtf8 {
        /// From 1.
        line: usize,
    },
    /// A page for people, where data were wanted.
    #[error("this is a web page, not data: check the address")]
    Html,
    /// JSON that ends in its midst.
    #[error("the answer ends in its midst, after {bytes} bytes")]
    Truncated {
        /// How many there are.
        bytes: usize,
    },
    /// A column that the settings name is not there.
    #[error("there is no column `{column}`; {}", near.as_ref().map_or("the columns have changed".to_owned(), |near| format!("did you mean `{near}`?")))]
    MissingColumn {
        /// As the settings write it.
        column: String,
        /// One that is nearly so.
        near: Option<String>,
    },
    /// A column that the settings name is there twice.
    #[error("the column `{column}` is there twice")]
    DoubleColumn {
        /// As the settings write it.
        column: String,
    },
    /// Another unit than the settings say.
    #[error("`{column}` is in `{got}`, and the settings say `{wanted}`")]
    Unit {
        /// The column.
        column: String,
        /// What the settings lead to.
        wanted: String,
        /// What the answer says.
        got: String,
    },
    /// The provider says that something is wrong.
    #[error("the provider answers: {reason}")]
    Provider {
        /// In its words.
        reason: String,
    },
    /// The provider wants a login, or another one.
    #[error("the provider does not know the login any more")]
    LoggedOut,
    /// The answer is for another place.
    #[error("the answer for `{station}` is for another place: {got}")]
    OtherPlace {
        /// The station that was asked for.
        station: Arc<str>,
        /// Latitude and longitude of the answer.
        got: String,
    },
    /// It is not of the form that the settings say.
    #[error("{what} ({place})")]
    Schema {
        /// Where.
        place: String,
        /// What is wrong.
        what: String,
    },
}

impl DecodeError {
    /// A form that is not as it should be.
    pub(super) fn schema(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Schema { place: place.into(), what: what.into() }
    }
}

/// Bytes of a feed, and what is known of them beside themselves.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    /// Themselves.
    pub bytes: &'a [u8],
    /// The name of their file; of an answer, the last part of its URL's path.
    pub name: &'a str,
    /// The station whose answer this is; `None` for a file or an answer that names its stations.
    pub asked: Option<&'a Station>,
    /// Readings that end more than a minute after it are refused. `None` takes all, and leaves the vintage of readings
    /// that become final to whoever hands them out.
    pub now: Option<DateTime<Utc>>,
}

impl<'a> Raw<'a> {
    /// The bytes as a text without byte order mark that has something in it and is no web page.
    ///
    /// # Errors
    /// Where they are not.
    pub fn text(&self) -> Result<&'a str, DecodeError> {
        text(self.bytes)
    }
}

/// Reads bytes of a feed.
///
/// # Errors
/// Where nothing of it can be used.
pub fn decode(feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
    feed.provider.decode(feed, raw).map(|decoded| differences(feed, decoded))
}

/// The bytes as a text without byte order mark that has something in it and is no web page.
pub(super) fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        DecodeError::NotUtf8 { line: before.iter().filter(|byte| **byte == b'\n').count() + 1 }
    })?;
    checked_text(text)
}

/// A text without byte order mark that has something in it and is no web page.
pub(super) fn checked_text(text: &str) -> Result<&str, DecodeError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start().chars().next() {
        None => Err(DecodeError::Empty),
        Some('<') => Err(DecodeError::Html),
        Some(_) => Ok(text),
    }
}

/// A name as it may stand in a message: without what could steer a terminal.
pub(super) fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// An interval of which something is said.
pub(super) type Key = (Arc<str>, Variable, DateTime<Utc>, DateTime<Utc>);

/// The interval of which a reading says something.
pub(super) fn key(reading: &Reading) -> Key {
    (reading.station.clone(), reading.variable, reading.start, reading.end)
}

/// When something was said, and about which interval.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// When it could be known at the earliest.
    pub told: DateTime<Utc>,
}

/// Whether a value that can be known at `told` at the earliest is a forecast at `now`.
pub(super) fn is_forecast(told: DateTime<Utc>, now: Option<DateTime<Utc>>) -> bool {
    now.is_some_and(|now| told > now + TimeDelta::minutes(1))
}

/// A value's number, or why it is none.
pub(super) fn number(column: &Column, text: &str) -> Result<Fixed, String> {
    let value = Fixed::parse_rounded(text).map_err(|error: ParseFixedError| format!("`{}`: {error}", column.name))?;
    if column.variable.is_never_negative() && value < Fixed::ZERO {
        let reason = format!("`{}`: {} is never below zero, and this is {value}", column.name, column.variable);
        return Err(reason + "; if it stands for no value, name it in missing");
    }
    Ok(value)
}

/// A reading of a column, of the vintage that the settings' rule gives it.
pub(super) fn reading(
    feed: &FeedSettings,
    column: &Column,
    station: &Arc<str>,
    span: Span,
    value: Option<Fixed>,
    now: Option<DateTime<Utc>>,
) -> Reading {
    told_reading(feed, column, station, span, value, now, Vintage::Provisional)
}

/// A reading of a column whose answer says of which vintage it is. The settings' rule goes before, unless it is "as
/// told".
pub(super) fn told_reading(
    feed: &FeedSettings,
    column: &Column,
    station: &Arc<str>,
    span: Span,
    value: Option<Fixed>,
    now: Option<DateTime<Utc>>,
    told: Vintage,
) -> Reading {
    let vintage = match feed.vintage {
        VintageRule::AsTold => told,
        rule => rule.at(span.end, now.unwrap_or(DateTime::<Utc>::MIN_UTC)),
    };
    Reading {
        station: station.clone(),
        variable: column.variable,
        start: span.start,
        end: span.end,
        value,
        unit: column.unit,
        vintage,
    }
}
