//! What a check sees beside the reading that it judges.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::observation::{Knowledge, Reading, SeriesKey};
use crate::quantity::{Fixed, Unit, Variable};

/// Values by the seconds at which their intervals begin and end; `None` hides what was known.
type Values = BTreeMap<(i64, i64), Option<Fixed>>;

/// The answer itself, and behind it what was known before.
pub(super) struct Sight<'a> {
    feed: &'a Arc<str>,
    known: &'a Knowledge,
    as_of: DateTime<Utc>,
    answer: BTreeMap<(Arc<str>, Variable), (Unit, Values)>,
}

impl<'a> Sight<'a> {
    pub fn new(feed: &'a Arc<str>, answer: &[Reading], known: &'a Knowledge, as_of: DateTime<Utc>) -> Self {
        let mut seen: BTreeMap<_, (Unit, Values)> = BTreeMap::new();
        for reading in answer {
            let key = (reading.station.clone(), reading.variable);
            seen.entry(key).or_insert((reading.unit, Values::new())).1.insert(interval(reading), reading.value);
        }
        Self { feed, known, as_of, answer: seen }
    }

    /// A reading that was refused: what was known before it, if anything, is seen in its place.
    pub fn hide(&mut self, reading: &Reading) {
        if let Some((_, values)) = self.answer.get_mut(&(reading.station.clone(), reading.variable)) {
            values.remove(&interval(reading));
        }
    }

    /// The value of an interval of this feed.
    pub fn value(&self, station: &Arc<str>, variable: Variable, at: (i64, i64)) -> Option<(Fixed, Unit)> {
        if let Some((unit, values)) = self.answer.get(&(station.clone(), variable))
            && let Some(value) = values.get(&at)
        {
            return value.map(|value| (value, *unit));
        }
        self.known_value(self.feed, station, variable, at)
    }

    /// The same, as it was known before the answer.
    pub fn before(&self, reading: &Reading) -> Option<Fixed> {
        let known = self.known_value(self.feed, &reading.station, reading.variable, interval(reading));
        known.map(|(value, _)| value)
    }

    /// The value of an interval of any feed.
    pub fn of_feed(
        &self,
        feed: &Arc<str>,
        station: &Arc<str>,
        variable: Variable,
        at: (i64, i64),
    ) -> Option<(Fixed, Unit)> {
        if feed == self.feed {
            self.value(station, variable, at)
        } else {
            self.known_value(feed, station, variable, at)
        }
    }

    /// The values of the same series that begin from `from` on and before the reading, newest first.
    pub fn values_before(&self, reading: &Reading, from: i64) -> Vec<((i64, i64), Fixed)> {
        let start = interval(reading).0;
        let key = SeriesKey { feed: self.feed.clone(), station: reading.station.clone(), variable: reading.variable };
        let known = self.known.series(&key).map(|series| series.known(from, start, self.as_of)).unwrap_or_default();
        let mut values: Values = known.into_iter().map(|row| ((row.start, row.end), row.value)).collect();
        if let Some((_, answer)) = self.answer.get(&(reading.station.clone(), reading.variable)) {
            values.extend(answer.range((from, i64::MIN)..(start, i64::MIN)).map(|(at, value)| (*at, *value)));
        }
        values.into_iter().rev().filter_map(|(at, value)| Some((at, value?))).collect()
    }

    fn known_value(
        &self,
        feed: &Arc<str>,
        station: &Arc<str>,
        variable: Variable,
        (start, end): (i64, i64),
    ) -> Option<(Fixed, Unit)> {
        let key = SeriesKey { feed: feed.clone(), station: station.clone(), variable };
        let series = self.known.series(&key)?;
        let row =
            series.known(start, start + 1, self.as_of).into_iter().find(|row| (row.start, row.end) == (start, end))?;
        row.value.map(|value| (value, series.unit()))
    }
}

/// The seconds at which a reading's interval begins and ends.
pub(super) fn interval(reading: &Reading) -> (i64, i64) {
    (reading.start.timestamp(), reading.end.timestamp())
}
