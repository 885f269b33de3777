//! Whose readings an answer of a provider holds, and readings as they are told.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::lines::short;
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, told_reading};
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::observation::Vintage;
use crate::quantity::Fixed;

/// The station whose answer or file this is; the settings list at least one, and one alone for a file.
pub(super) fn station<'a>(feed: &'a FeedSettings, raw: &Raw<'a>) -> &'a Station {
    raw.asked.unwrap_or_else(|| feed.stations.first().expect("the settings demand a station"))
}

/// The station that an answer names: the one that was asked for, or one that the settings list. `None` where they do
/// not list it.
///
/// # Errors
/// Where it is another one than was asked for.
pub(super) fn station_of<'a>(
    feed: &'a FeedSettings,
    asked: Option<&'a Station>,
    name: &str,
) -> Result<Option<&'a Station>, DecodeError> {
    match asked {
        Some(asked) if *asked.name == *name => Ok(Some(asked)),
        Some(asked) => Err(DecodeError::OtherPlace { station: asked.name.clone(), got: short(name) }),
        None => Ok(feed.stations.iter().find(|station| *station.name == *name)),
    }
}

/// Readings of a station as they are told, and what is refused.
pub(super) struct Told<'a> {
    pub feed: &'a FeedSettings,
    pub station: &'a Arc<str>,
    /// What the answer says of the vintage, if it does.
    pub vintage: Vintage,
    pub now: Option<DateTime<Utc>>,
    pub decoded: Decoded,
}

impl<'a> Told<'a> {
    /// Nothing yet.
    pub fn new(feed: &'a FeedSettings, raw: &Raw<'a>) -> Self {
        Self::of(feed, station(feed, raw), raw.now)
    }

    /// Nothing yet of a station.
    pub fn of(feed: &'a FeedSettings, station: &'a Station, now: Option<DateTime<Utc>>) -> Self {
        Self { feed, station: &station.name, vintage: Vintage::Provisional, now, decoded: Decoded::default() }
    }

    /// What cannot be used.
    pub fn refuse(&mut self, place: impl Into<String>, reason: String) {
        self.decoded.refused.push(Refused::row(place.into(), reason));
    }

    /// Takes what a column says of an interval when it has ended, or why it says nothing.
    pub fn take(
        &mut self,
        column: &Column,
        interval: (DateTime<Utc>, DateTime<Utc>),
        value: Result<Option<Fixed>, String>,
        place: impl FnOnce() -> String,
    ) {
        self.take_told(column, interval, interval.1, value, place);
    }

    /// The same of what can be known at `told` already. No value for a time to come is nothing.
    pub fn take_told(
        &mut self,
        column: &Column,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        told: DateTime<Utc>,
        value: Result<Option<Fixed>, String>,
        place: impl FnOnce() -> String,
    ) {
        let reason = match (value, is_forecast(told, self.now)) {
            (Ok(None), true) => return,
            (Ok(value), false) => {
                let span = Span { start, end, told };
                let (feed, station, now) = (self.feed, self.station, self.now);
                let reading = told_reading(feed, column, station, span, value, now, self.vintage);
                return self.decoded.readings.push(reading);
            }
            (Ok(Some(_)), true) => {
                let reason = format!("`{}` is after now: a forecast is no reading", column.name);
                return self.decoded.refused.push(Refused::other(place(), reason));
            }
            (Err(reason), _) => reason,
        };
        let refused = Refused::row(place(), reason).at(self.station).of(column).within(start, end);
        self.decoded.refused.push(refused);
    }
}
