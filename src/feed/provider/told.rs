//! Readings of one station as they are told.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::feed::decode::{Decoded, Raw, Refused, Span, is_forecast, reading};
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::quantity::Fixed;

/// The station whose answer or file this is; the settings list at least one, and one alone for a file.
pub(super) fn station<'a>(feed: &'a FeedSettings, raw: &Raw<'a>) -> &'a Station {
    raw.asked.unwrap_or_else(|| feed.stations.first().expect("the settings demand a station"))
}

/// Readings of one station as they are told, and what is refused.
pub(super) struct Told<'a> {
    pub feed: &'a FeedSettings,
    pub station: &'a Arc<str>,
    pub now: Option<DateTime<Utc>>,
    pub decoded: Decoded,
}

impl<'a> Told<'a> {
    /// Nothing yet.
    pub fn new(feed: &'a FeedSettings, raw: &Raw<'a>) -> Self {
        Self { feed, station: &station(feed, raw).name, now: raw.now, decoded: Decoded::default() }
    }

    /// What cannot be used.
    pub fn refuse(&mut self, place: impl Into<String>, reason: String) {
        self.decoded.refused.push(Refused { place: place.into(), reason });
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
                let reading = reading(self.feed, column, self.station, span, value, self.now);
                return self.decoded.readings.push(reading);
            }
            (Ok(Some(_)), true) => format!("`{}` is after now: a forecast is no reading", column.name),
            (Err(reason), _) => reason,
        };
        self.refuse(place(), reason);
    }
}
