//! Storms: fixes, the points between them, and where they lie.

use std::collections::BTreeSet;

use crate::contract::{FixTake, PointValue};
use crate::observation::{Row, Series, SeriesKey};
use crate::quantity::{Exact, Fixed, Overflow, Variable};

use super::area::Area;
use super::frame::Inputs;
use super::geometry::{along, degrees};
use super::slots::instant;
use super::undetermined::Undetermined;

/// A storm's centre at an instant, and what is known of the storm there.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Seconds since 1970.
    pub at: i64,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Its wind, in kt, linear in time between two fixes.
    pub wind: Option<Exact>,
    /// Its central pressure, in hPa, linear in time between two fixes.
    pub pressure: Option<Exact>,
    /// Its distance from the site, in km to 0.001, where a circle asked for it.
    pub distance: Option<Fixed>,
}

/// A storm and its points inside the area and the period, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Storm {
    /// The source's name of it.
    pub id: String,
    /// Never empty.
    pub points: Vec<Point>,
}

/// All storms of a feed that have a point in the area and in `[from, until)`, in the order of their first such point.
///
/// # Errors
/// [`Overflow`] where an interpolated value does not fit.
pub(super) fn storms(
    inputs: &Inputs<'_>,
    feed: &str,
    area: &Area,
    (from, until): (i64, i64),
    recorded_by: &mut BTreeSet<i64>,
) -> Result<Vec<Storm>, Overflow> {
    let mut found = Vec::new();
    for (key, latitudes) in inputs.known.of_feed(feed).filter(|(key, _)| key.variable == Variable::StormLatitude) {
        let fixes = fixes(inputs, key, latitudes, (from - area.longest_gap, until + area.longest_gap));
        let points = points(&fixes, area)?;
        let points: Vec<_> = points.into_iter().filter(|point| (from..until).contains(&point.at)).collect();
        if !points.is_empty() {
            recorded_by.extend(fixes.iter().flat_map(|fix| fix.recorded_by.iter().copied()));
            found.push(Storm { id: key.station.to_string(), points });
        }
    }
    found.sort_by(|a, b| (a.points[0].at, &a.id).cmp(&(b.points[0].at, &b.id)));
    Ok(found)
}

struct Fix {
    point: Point,
    recorded_by: Vec<i64>,
}

/// The fixes of one storm whose position is known.
fn fixes(inputs: &Inputs<'_>, key: &SeriesKey, latitudes: &Series, (from, until): (i64, i64)) -> Vec<Fix> {
    let rows = |series: &Series| -> Vec<Row> {
        let known = series.known(from, until, inputs.as_of).into_iter();
        known.filter(|row| inputs.counts(row.vintage)).collect()
    };
    let beside = |variable| inputs.known.series(&SeriesKey { variable, ..key.clone() }).map(rows).unwrap_or_default();
    let [longitudes, winds, pressures] =
        [Variable::StormLongitude, Variable::StormWind, Variable::StormPressure].map(beside);
    let mut next = [0; 3];
    let mut fix = |row: &Row| {
        let mut at = |which: usize, rows: &[Row]| found_at(rows, &mut next[which], row.start);
        let (longitude, wind, pressure) = (at(0, &longitudes), at(1, &winds), at(2, &pressures));
        let (latitude, (longitude, longitude_by)) = (row.value?, longitude?);
        let value = |found: Option<(Fixed, i64)>| found.map(|(value, _)| Exact::from(value));
        let recorded_by = [Some(row.recorded_by), Some(longitude_by), wind.map(|w| w.1), pressure.map(|p| p.1)];
        let point = Point {
            at: row.start,
            latitude: degrees(latitude),
            longitude: degrees(longitude),
            wind: value(wind),
            pressure: value(pressure),
            distance: None,
        };
        Some(Fix { point, recorded_by: recorded_by.into_iter().flatten().collect() })
    };
    rows(latitudes).iter().filter_map(&mut fix).collect()
}

/// What a series says of an instant, and where that is recorded: rows are in order, and `next` is the first that may
/// matter for a later instant.
fn found_at(rows: &[Row], next: &mut usize, instant: i64) -> Option<(Fixed, i64)> {
    *next += rows[*next..].iter().take_while(|row| row.start < instant).count();
    let row = rows.get(*next).filter(|row| row.start == instant)?;
    Some((row.value?, row.recorded_by))
}

/// Fixes and the points between them that lie in the area.
fn points(fixes: &[Fix], area: &Area) -> Result<Vec<Point>, Overflow> {
    let usable = |point: &Point| point.wind.is_some() || area.wind_may_be_unknown;
    let mut found = Vec::new();
    for (place, fix) in fixes.iter().enumerate() {
        if usable(&fix.point) {
            found.extend(area.keep(fix.point.clone()));
        }
        let Some(next) = fixes.get(place + 1) else { continue };
        let gap = next.point.at - fix.point.at;
        let Some(step) = area.step.filter(|_| gap <= area.longest_gap) else { continue };
        if !usable(&fix.point) || !usable(&next.point) || area.far_from(&fix.point, &next.point) {
            continue;
        }
        let mut passed = step;
        while passed < gap {
            found.extend(area.keep(between(&fix.point, &next.point, passed, gap)?));
            passed += step;
        }
    }
    Ok(found)
}

/// The point `passed` of `gap` seconds along the great circle from one fix to the next.
fn between(a: &Point, b: &Point, passed: i64, gap: i64) -> Result<Point, Overflow> {
    let linear = |a: Option<Exact>, b: Option<Exact>| {
        let (Some(a), Some(b)) = (a, b) else { return Ok(None) };
        b.minus(a)?.times(Exact::new(i128::from(passed), i128::from(gap))?)?.plus(a).map(Some)
    };
    // Both are below 2³¹ seconds: exact in a float.
    #[expect(clippy::cast_precision_loss, reason = "a gap of hours in seconds is exact in a float")]
    let share = passed as f64 / gap as f64;
    let (latitude, longitude) = along((a.latitude, a.longitude), (b.latitude, b.longitude), share);
    let (wind, pressure) = (linear(a.wind, b.wind)?, linear(a.pressure, b.pressure)?);
    Ok(Point { at: a.at + passed, latitude, longitude, wind, pressure, distance: None })
}

/// One number of a storm's points.
///
/// # Errors
/// [`Undetermined::StormUnknown`] where a point lacks it.
pub(super) fn take(storm: &Storm, take: FixTake, of: PointValue) -> Result<Exact, Undetermined> {
    let values: Result<Vec<_>, _> = storm.points.iter().map(|point| point_value(storm, point, of)).collect();
    let values = values?.into_iter();
    let value = match take {
        FixTake::Max => values.max(),
        FixTake::Min => values.min(),
    };
    Ok(value.expect("a storm has a point"))
}

/// A number of one point.
///
/// # Errors
/// [`Undetermined::StormUnknown`] where it is not given.
pub fn point_value(storm: &Storm, point: &Point, of: PointValue) -> Result<Exact, Undetermined> {
    let (value, what) = match of {
        PointValue::Wind => (point.wind, "wind"),
        PointValue::Pressure => (point.pressure, "pressure"),
        PointValue::Distance => (point.distance.map(Exact::from), "distance"),
    };
    value.ok_or_else(|| Undetermined::StormUnknown { storm: storm.id.clone(), what, at: instant(point.at) })
}
