//! What is known of a feed's stations, and where something is missing between.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::feed::FeedSettings;
use crate::observation::{Knowledge, Series};

/// How often a server is asked for everything that is missing or may still change.
pub(super) const SWEEP: TimeDelta = TimeDelta::days(1);
/// How far behind the newest reading it is asked otherwise, at most.
pub(super) const SHORT: TimeDelta = TimeDelta::days(2);

/// The end of the newest interval known of each station of a feed; of a station with several variables, the oldest.
/// With `all`, a station of which a variable is not known at all is left out: it needs the whole stretch.
pub(super) fn known_until(
    knowledge: &Knowledge,
    feed: &FeedSettings,
    now: DateTime<Utc>,
    all: bool,
) -> BTreeMap<Arc<str>, DateTime<Utc>> {
    let mut ends: BTreeMap<Arc<str>, (usize, DateTime<Utc>)> = BTreeMap::new();
    for (key, series) in knowledge.of_feed(&feed.name) {
        let Some(end) = series.watermark(now).and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
            continue;
        };
        let known = ends.entry(key.station.clone()).or_insert((0, end));
        *known = (known.0 + 1, known.1.min(end));
    }
    let variables = if all { feed.variables().count() } else { 1 };
    ends.into_iter().filter(|(_, (known, _))| *known >= variables).map(|(station, (_, end))| (station, end)).collect()
}

/// Where the oldest gap of each station begins, from `from` on; stations without one are left out. Between instants, such
/// as fixes of storms, there are no gaps, but one may have lost its value.
pub(super) fn missing_from(
    knowledge: &Knowledge,
    feed: &FeedSettings,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> BTreeMap<Arc<str>, DateTime<Utc>> {
    let mut oldest: BTreeMap<Arc<str>, DateTime<Utc>> = BTreeMap::new();
    for (key, series) in knowledge.of_feed(&feed.name) {
        let Some(gap) = first_gap(series, from, now) else { continue };
        let known = oldest.entry(key.station.clone()).or_insert(gap);
        *known = gap.min(*known);
    }
    oldest
}

fn first_gap(series: &Series, from: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = series.watermark(now)?;
    let mut covered = from.timestamp();
    for on_end in series.on_end(from.timestamp(), until, now) {
        let number = |rows: usize| i64::try_from(rows).expect("memory holds fewer than 2^63");
        // A value that was taken back is as missing as one that never came.
        let mut there = 0;
        let gap = on_end.each_known(0..on_end.count(), |rows| {
            let begins = on_end.start + on_end.length * number(rows.first);
            if begins > covered && on_end.length > 0 {
                return Err(covered);
            }
            there += rows.values.len();
            covered = covered.max(begins + on_end.length * number(rows.values.len()));
            Ok(())
        });
        if let Err(gap) = gap {
            return DateTime::from_timestamp(gap, 0);
        }
        if on_end.length == 0 && there < on_end.count() {
            return DateTime::from_timestamp(on_end.start, 0);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::of_text;
    use crate::observation::{Reading, Vintage};
    use crate::quantity::{Fixed, Unit, Variable};

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(hour * 3_600, 0).unwrap()
    }

    fn feed() -> FeedSettings {
        of_text(
            r#"
            kind = "csv"
            url = "https://host.example/"
            poll = "6 h"
            delay = "1 h"
            vintage = "final"
            columns.rain = { variable = "precipitation", unit = "mm" }
            columns.temp = { variable = "air_temperature", unit = "degC" }
            [csv]
            delimiter = ","
            decimal = "."
            missing = [""]
            station = { column = "station" }
            time = { column = "time", format = "%Y-%m-%d %H:%M", zone = "UTC", stamp = "begin", every = "1 h" }
        "#,
        )
    }

    fn knowledge(rows: &[(&str, Variable, &str, std::ops::Range<i64>)]) -> Knowledge {
        let mut knowledge = Knowledge::new();
        for (station, variable, unit, hours) in rows {
            for hour in hours.clone() {
                let reading = Reading {
                    station: Arc::from(*station),
                    variable: *variable,
                    start: at(hour),
                    end: at(hour + 1),
                    value: Some(Fixed::ZERO),
                    unit: Unit::from_symbol(unit).unwrap(),
                    vintage: Vintage::Final,
                };
                knowledge.learn(&Arc::from("asos"), &reading, at(0), 1);
            }
        }
        knowledge
    }

    #[test]
    fn a_gap_is_found_where_it_begins() {
        let (rain, temp) = (Variable::Precipitation, Variable::AirTemperature);
        for (rows, from, gap, why) in [
            (vec![("JFK", rain, "mm", 0..48)], 0, None, "all of it is known"),
            (vec![("JFK", rain, "mm", 0..48)], -1, Some(-1), "an hour before the first one"),
            (vec![("JFK", rain, "mm", 0..10), ("JFK", rain, "mm", 11..48)], 0, Some(10), "one hour between"),
            (vec![("JFK", rain, "mm", 0..10), ("JFK", rain, "mm", 11..48)], 11, None, "nobody needs it"),
            (vec![("JFK", rain, "mm", 0..10), ("JFK", rain, "mm", 11..48)], 10, Some(10), "it is needed just so"),
            (
                vec![("JFK", rain, "mm", 0..48), ("JFK", temp, "degC", 0..5), ("JFK", temp, "degC", 9..48)],
                0,
                Some(5),
                "of another variable",
            ),
            (
                vec![("JFK", rain, "mm", 0..5), ("JFK", rain, "mm", 9..12), ("JFK", rain, "mm", 20..48)],
                0,
                Some(5),
                "the oldest",
            ),
            (
                vec![("JFK", rain, "mm", 0..5), ("JFK", rain, "mm", 9..12), ("JFK", rain, "mm", 20..48)],
                10,
                Some(12),
                "from there on",
            ),
        ] {
            let found = missing_from(&knowledge(&rows), &feed(), at(from), at(100));
            assert_eq!(found.get("JFK").copied(), gap.map(at), "{why}");
        }
    }

    #[test]
    fn what_was_taken_back_is_a_gap() {
        let mut known = knowledge(&[("JFK", Variable::Precipitation, "mm", 0..48)]);
        let mut say = |value: Option<Fixed>, told: i64| {
            let (station, unit) = (Arc::from("JFK"), Unit::from_symbol("mm").unwrap());
            let (start, end, variable, vintage) = (at(20), at(21), Variable::Precipitation, Vintage::Final);
            let reading = Reading { station, variable, start, end, value, unit, vintage };
            known.learn(&Arc::from("asos"), &reading, at(told), 2);
            missing_from(&known, &feed(), at(0), at(100)).get("JFK").copied()
        };
        assert_eq!(say(None, 60), Some(at(20)), "it is asked for again");
        assert_eq!(say(Some(Fixed::ZERO), 70), None, "until it is there again");
    }

    #[test]
    fn an_instant_that_was_taken_back_is_a_gap() {
        let mut known = Knowledge::new();
        let mut say = |hour: i64, value: Option<Fixed>, told: i64| {
            let (station, unit) = (Arc::from("JFK"), Unit::from_symbol("mm").unwrap());
            let (start, end, variable, vintage) = (at(hour), at(hour), Variable::Precipitation, Vintage::Final);
            let reading = Reading { station, variable, start, end, value, unit, vintage };
            known.learn(&Arc::from("asos"), &reading, at(told), 2);
            missing_from(&known, &feed(), at(0), at(100)).get("JFK").copied()
        };
        let zero = Some(Fixed::ZERO);
        assert_eq!([say(3, zero, 50), say(20, zero, 50), say(31, zero, 50)], [None; 3], "between them is nothing");
        assert_eq!(say(20, None, 60), Some(at(20)));
        assert_eq!(say(20, zero, 70), None);
    }

    #[test]
    fn a_station_is_known_until_where_its_slowest_variable_is() {
        let (rain, temp) = (Variable::Precipitation, Variable::AirTemperature);
        let rows = [("JFK", rain, "mm", 0..48), ("JFK", temp, "degC", 0..40), ("LGA", rain, "mm", 0..7)];
        let knowledge = knowledge(&rows);
        let known = |all| known_until(&knowledge, &feed(), at(100), all).into_iter().collect::<Vec<_>>();
        assert_eq!(known(true), [(Arc::from("JFK"), at(40))], "of LGA nothing is known of one variable");
        assert_eq!(known(false), [(Arc::from("JFK"), at(40)), (Arc::from("LGA"), at(7))]);
    }
}
