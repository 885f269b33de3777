//! Everything that was learned, so that what was known at an instant can be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Reading, Vintage};
use crate::quantity::{Fixed, Unit, Variable};

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

/// One fact: what was said about an interval, and when we learned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The interval's beginning, seconds since 1970.
    pub start: i64,
    /// The interval's end, not included, seconds since 1970.
    pub end: i64,
    /// The number; `None`: the source took it back.
    pub value: Option<Fixed>,
    /// Whether the source may still change it.
    pub vintage: Vintage,
    /// When it became known.
    pub known_at: DateTime<Utc>,
    /// The ledger entry (its `seq`) that recorded it.
    pub recorded_by: i64,
}

/// What a reading changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// Nothing was known about the interval.
    New,
    /// The source had said otherwise.
    Revision,
    /// Known already, or still missing: nothing to keep.
    Nothing,
}

/// All that is known of one series, ordered by interval, then by when it became known.
#[derive(Clone, Debug)]
pub struct Series {
    unit: Unit,
    rows: Vec<Row>,
}

impl Series {
    /// The unit in which the source sends it.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Every row, revisions beside what they revise.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Rows as known at `as_of`: of each interval that begins in `[start, end)` the newest, taken-back ones left out.
    pub fn known(&self, start: i64, end: i64, as_of: DateTime<Utc>) -> impl Iterator<Item = &Row> {
        let from = self.rows.partition_point(|row| row.start < start);
        let to = self.rows.partition_point(|row| row.start < end);
        self.rows[from..to]
            .chunk_by(|a, b| (a.start, a.end) == (b.start, b.end))
            .filter_map(move |versions| versions.iter().rev().find(|row| row.known_at <= as_of))
            .filter(|row| row.value.is_some())
    }

    /// The end of the newest interval that has a value as known at `as_of`, seconds since 1970.
    pub fn watermark(&self, as_of: DateTime<Utc>) -> Option<i64> {
        self.rows.iter().rev().filter(|row| row.known_at <= as_of && row.value.is_some()).map(|row| row.end).next()
    }

    /// What a row would change, and where it would stand.
    fn judge(&self, row: &Row) -> (Learned, usize) {
        let order = |known: &Row| (known.start, known.end, known.known_at);
        let at = self.rows.partition_point(|known| order(known) <= order(row));
        let before = at.checked_sub(1).map(|index| self.rows[index]);
        let learned = match before.filter(|known| (known.start, known.end) == (row.start, row.end)) {
            None if row.value.is_none() => Learned::Nothing,
            None => Learned::New,
            Some(known) if (known.value, known.vintage) == (row.value, row.vintage) => Learned::Nothing,
            Some(known) if known.value.is_none() && row.value.is_none() => Learned::Nothing,
            Some(_) => Learned::Revision,
        };
        (learned, at)
    }
}

impl Row {
    fn of(reading: &Reading, known_at: DateTime<Utc>, recorded_by: i64) -> Self {
        Self {
            start: reading.start.timestamp(),
            end: reading.end.timestamp(),
            value: reading.value,
            vintage: reading.vintage,
            known_at,
            recorded_by,
        }
    }
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
}

impl Knowledge {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a reading of `feed` that became known at `known_at` and stands in the ledger entry `recorded_by`.
    ///
    /// # Panics
    /// When the series was kept in another unit: a feed refuses such an answer as a whole, before this.
    pub fn learn(&mut self, feed: &Arc<str>, reading: &Reading, known_at: DateTime<Utc>, recorded_by: i64) -> Learned {
        let key = SeriesKey { feed: feed.clone(), station: reading.station.clone(), variable: reading.variable };
        let row = Row::of(reading, known_at, recorded_by);
        let series = self.series.entry(key).or_insert_with(|| Series { unit: reading.unit, rows: Vec::new() });
        assert_eq!(series.unit, reading.unit, "a series keeps its unit");
        let (learned, at) = series.judge(&row);
        if learned != Learned::Nothing {
            series.rows.insert(at, row);
        }
        learned
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
            Some(series) => series.judge(&Row::of(reading, known_at, -1)).0,
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

    /// Until when the feed had told everything, as known at `as_of`.
    pub fn heard_until(&self, feed: &str, as_of: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let heard = self.heard.get(feed)?;
        heard.iter().rev().find(|heard| heard.known_at <= as_of).map(|heard| heard.until)
    }

    /// One series.
    pub fn series(&self, key: &SeriesKey) -> Option<&Series> {
        self.series.get(key)
    }

    /// All series of a feed, in the order of their stations.
    pub fn of_feed<'k>(&'k self, feed: &'k str) -> impl Iterator<Item = (&'k SeriesKey, &'k Series)> {
        self.series.iter().filter(move |(key, _)| &*key.feed == feed)
    }
}
