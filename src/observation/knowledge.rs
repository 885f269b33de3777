//! Everything that was learned, so that what was known at an instant can be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Reading;
use super::series::{Learned, Row, Series};
use crate::quantity::{Unit, Variable};

/// Whose series of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The feed's name in the settings.
    pub feed: Arc<str>,
    /// The station's name in the feed.
    pub station: Arc<str>,
    /// What is measured.
    pub variable: Variable,
}

/// At `known_at` a feed had told everything up to `until`.
#[derive(Clone, Copy, Debug)]
struct Heard {
    known_at: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// All series, and until when the feeds have been heard.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    series: BTreeMap<SeriesKey, Series>,
    heard: BTreeMap<Arc<str>, Vec<Heard>>,
    /// Of which intervals something was said that could not be true, and when that was first known.
    refused: BTreeMap<SeriesKey, BTreeMap<(i64, i64), DateTime<Utc>>>,
}

impl Knowledge {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a reading of `feed` that became known at `known_at` and stands in the ledger entry `recorded_by`.
    ///
    /// # Panics
    /// Where the series was kept in another unit: a feed refuses such an answer as a whole, before this. And where the
    /// value is one of the two lowest numbers.
    pub fn learn(&mut self, feed: &Arc<str>, reading: &Reading, known_at: DateTime<Utc>, recorded_by: i64) -> Learned {
        let key = SeriesKey { feed: feed.clone(), station: reading.station.clone(), variable: reading.variable };
        let row = Row::of(reading, known_at, recorded_by);
        let series = self.series.entry(key).or_insert_with(|| Series::new(reading.unit));
        assert_eq!(series.unit(), reading.unit, "a series keeps its unit");
        series.learn(&row)
    }

    /// The unit in which a series is kept, if any of it is.
    pub fn unit_of(&self, feed: &Arc<str>, station: &Arc<str>, variable: Variable) -> Option<Unit> {
        let key = SeriesKey { feed: feed.clone(), station: station.clone(), variable };
        self.series.get(&key).map(Series::unit)
    }

    /// What `learn` would say, changing nothing.
    pub fn would_learn(&self, feed: &Arc<str>, reading: &Reading, known_at: DateTime<Utc>) -> Learned {
        let key = SeriesKey { feed: feed.clone(), station: reading.station.clone(), variable: reading.variable };
        match self.series.get(&key) {
            Some(series) => series.judge(&Row::of(reading, known_at, -1)),
            None if reading.value.is_some() => Learned::New,
            None => Learned::Nothing,
        }
    }

    /// Notes that at `known_at` the feed had told everything up to `until`, also where that was nothing.
    pub fn hear(&mut self, feed: &Arc<str>, known_at: DateTime<Utc>, until: DateTime<Utc>) {
        let heard = self.heard.entry(feed.clone()).or_default();
        if heard.last().is_none_or(|before| before.until < until) {
            heard.push(Heard { known_at, until });
        }
    }

    /// Notes that at `known_at` something was said of an interval (its beginning and end, seconds since 1970) that was
    /// refused. It is no reading; it says why there is none.
    pub fn refuse(&mut self, series: SeriesKey, interval: (i64, i64), known_at: DateTime<Utc>) {
        let first = self.refused.entry(series).or_default().entry(interval).or_insert(known_at);
        *first = known_at.min(*first);
    }

    /// The intervals of which something was refused by `as_of`.
    pub fn refused(&self, series: &SeriesKey, as_of: DateTime<Utc>) -> impl Iterator<Item = (i64, i64)> {
        let of_series = self.refused.get(series).into_iter().flatten();
        of_series.filter(move |(_, known_at)| **known_at <= as_of).map(|(interval, _)| *interval)
    }

    /// Until when the feed had told everything, as known at `as_of`.
    pub fn heard_until(&self, feed: &str, as_of: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let heard = self.heard.get(feed)?;
        heard.iter().rev().find(|heard| heard.known_at <= as_of).map(|heard| heard.until)
    }

    /// One series.
    pub fn series(&self, key: &SeriesKey) -> Option<&Series> {
        self.series.get(key)
    }

    /// The end of the newest interval of which any feed has told a value, as known at `as_of`.
    pub fn newest_end(&self, as_of: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let newest = self.series.values().filter_map(|series| series.watermark(as_of)).max()?;
        DateTime::from_timestamp(newest, 0)
    }

    /// The same without what a feed told, and without that it was heard.
    #[must_use]
    pub fn without(mut self, feed: &str) -> Self {
        self.series.retain(|key, _| &*key.feed != feed);
        self.heard.remove(feed);
        self
    }

    /// All series of a feed, in the order of their stations.
    pub fn of_feed<'k>(&'k self, feed: &'k str) -> impl Iterator<Item = (&'k SeriesKey, &'k Series)> {
        self.series.iter().filter(move |(key, _)| &*key.feed == feed)
    }
}
