//! Storms: fixes, the points between them, and where they lie.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::contract::{Block, FixTake, PointValue, WindRule};
use crate::observation::{Knowledge, Series, SeriesKey};
use crate::quantity::{Exact, Fixed, Overflow, Variable};

use super::undetermined::Undetermined;

/// Mean radius of the Earth in km (IUGG).
const EARTH_KM: f64 = 6_371.008_8;

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

/// What the blocks of an index say about points.
#[derive(Clone, Debug, Default)]
pub(super) struct Area {
    step: Option<i64>,
    longest_gap: i64,
    wind_may_be_unknown: bool,
    circle: Option<(f64, f64, Fixed)>,
    boxes: Vec<[Fixed; 4]>,
}

impl Area {
    /// Takes in a block; false where it is none of a track's.
    pub(super) fn take(&mut self, block: &Block, site: Option<(Fixed, Fixed)>) -> bool {
        match block {
            Block::Interpolate { step, longest_gap, no_wind } => {
                self.step = Some(*step);
                self.longest_gap = *longest_gap;
                self.wind_may_be_unknown = *no_wind == WindRule::Undetermined;
            }
            Block::Within { radius, .. } => {
                let (latitude, longitude) = site.expect("a product with a circle asks the book for the site");
                self.circle = Some((degrees(latitude), degrees(longitude), *radius));
            }
            Block::Inside { south, north, west, east } => self.boxes.push([*south, *north, *west, *east]),
            _ => return false,
        }
        true
    }

    /// The point with its distance, if it lies in the area.
    fn keep(&self, mut point: Point) -> Option<Point> {
        if let Some((latitude, longitude, radius)) = self.circle {
            let distance = round(distance_km((latitude, longitude), (point.latitude, point.longitude)), 1_000);
            if distance > radius {
                return None;
            }
            point.distance = Some(distance);
        }
        let [latitude, longitude] = [point.latitude, point.longitude].map(|angle| round(angle, 1_000_000));
        let inside = |[south, north, west, east]: &[Fixed; 4]| {
            let east_west = if west <= east {
                (*west..=*east).contains(&longitude)
            } else {
                longitude >= *west || longitude <= *east
            };
            (*south..=*north).contains(&latitude) && east_west
        };
        self.boxes.iter().all(inside).then_some(point)
    }

    /// Whether no point between two fixes can lie in the circle: the site is further from the one than the radius and
    /// the whole way to the other.
    fn far_from(&self, a: &Point, b: &Point) -> bool {
        let Some((latitude, longitude, radius)) = self.circle else { return false };
        let radius = degrees(radius);
        // A degree of latitude is 111.2 km: a cheap look before the exact one.
        let ends = [a, b].map(|end| (end.latitude - latitude).abs() * 111.0);
        let apart = (a.latitude - b.latitude).abs().max((a.longitude - b.longitude).abs()) * 112.0 * 1.5;
        if ends.iter().all(|end| *end > radius + apart + 50.0) {
            return true;
        }
        let way = distance_km((a.latitude, a.longitude), (b.latitude, b.longitude));
        distance_km((latitude, longitude), (a.latitude, a.longitude)) > radius + way + 1.0
    }
}

/// All storms of a feed that have a point in the area and in `[from, until)`, in the order of their first such point.
///
/// # Errors
/// [`Overflow`] where an interpolated value does not fit.
pub(super) fn storms(
    known: &Knowledge,
    feed: &str,
    area: &Area,
    from: i64,
    until: i64,
    as_of: DateTime<Utc>,
    recorded_by: &mut BTreeSet<i64>,
) -> Result<Vec<Storm>, Overflow> {
    let mut found = Vec::new();
    for (key, latitudes) in known.of_feed(feed).filter(|(key, _)| key.variable == Variable::StormLatitude) {
        let fixes = fixes(known, key, latitudes, from - area.longest_gap, until + area.longest_gap, as_of);
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
fn fixes(
    known: &Knowledge,
    key: &SeriesKey,
    latitudes: &Series,
    from: i64,
    until: i64,
    as_of: DateTime<Utc>,
) -> Vec<Fix> {
    let series = |variable| known.series(&SeriesKey { variable, ..key.clone() });
    let at = |series: Option<&Series>, instant| {
        series?.known(instant, instant + 1, as_of).next().and_then(|row| Some((row.value?, row.recorded_by)))
    };
    let [longitudes, winds, pressures] =
        [Variable::StormLongitude, Variable::StormWind, Variable::StormPressure].map(series);
    let fix = |row: &crate::observation::Row| {
        let latitude = row.value?;
        let (longitude, longitude_by) = at(longitudes, row.start)?;
        let (wind, pressure) = (at(winds, row.start), at(pressures, row.start));
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
    latitudes.known(from, until, as_of).filter_map(fix).collect()
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
    value.ok_or_else(|| Undetermined::StormUnknown {
        storm: storm.id.clone(),
        what,
        at: DateTime::from_timestamp(point.at, 0).expect("a fix lies inside the calendar"),
    })
}

/// A term's degrees or kilometres as a float.
fn degrees(value: Fixed) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "geometry is computed in floats and rounded once")]
    let micros = value.micros() as f64;
    micros / 1e6
}

/// Geometry's one rounding: to `parts` of one, half away from zero.
fn round(value: f64, parts: i64) -> Fixed {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "distances and degrees are small")]
    let rounded = (value * parts as f64).round() as i64;
    Fixed::from_micros(rounded * (Fixed::MICROS / parts))
}

/// Great-circle distance in km between two places in degrees.
///
/// # Source
/// The haversine formula; Sinnott (1984), Virtues of the haversine, Sky and Telescope 68:159.
fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let [a, b] = [a, b].map(|(latitude, longitude)| (latitude.to_radians(), longitude.to_radians()));
    let half = |from: f64, to: f64| {
        let sine = libm::sin((to - from) / 2.0);
        sine * sine
    };
    let haversine = half(a.0, b.0) + libm::cos(a.0) * libm::cos(b.0) * half(a.1, b.1);
    2.0 * EARTH_KM * libm::asin(haversine.sqrt().min(1.0))
}

/// The place at `share` of the great circle from `a` to `b`, in degrees; longitude in [-180, 180).
///
/// # Source
/// Spherical linear interpolation; Shoemake (1985), SIGGRAPH 19(3):245-254.
fn along(a: (f64, f64), b: (f64, f64), share: f64) -> (f64, f64) {
    let vector = |(latitude, longitude): (f64, f64)| {
        let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
        let flat = libm::cos(latitude);
        [flat * libm::cos(longitude), flat * libm::sin(longitude), libm::sin(latitude)]
    };
    let (from, to) = (vector(a), vector(b));
    let angle = distance_km(a, b) / EARTH_KM;
    if angle < 1e-12 {
        return a;
    }
    let sine = libm::sin(angle);
    let (near, far) = (libm::sin((1.0 - share) * angle) / sine, libm::sin(share * angle) / sine);
    let mut place = [0.0; 3];
    for (axis, value) in place.iter_mut().enumerate() {
        *value = near * from[axis] + far * to[axis];
    }
    let [x, y, z] = place;
    (libm::atan2(z, (x * x + y * y).sqrt()).to_degrees(), libm::atan2(y, x).to_degrees())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Target;

    #[test]
    fn distances_on_the_sphere() {
        for (a, b, km, why) in [
            ((0.0, 0.0), (0.0, 1.0), "111.195", "a degree of the equator"),
            ((0.0, 179.5), (0.0, -179.5), "111.195", "over the date line"),
            ((90.0, 0.0), (-90.0, 77.0), "20015.114", "pole to pole"),
            ((30.87, 121.95), (30.87, 121.95), "0", "no way at all"),
            ((30.87, 121.95), (30.9, 121.8), "14.698", "Bebinca's fix of 16 September 2024, 00 UTC, from Lin-gang"),
        ] {
            assert_eq!(round(distance_km(a, b), 1_000), Fixed::parse(km).expect(km), "{why}");
        }
    }

    #[test]
    fn points_lie_on_the_great_circle() {
        let (latitude, longitude) = along((0.0, 170.0), (0.0, -170.0), 0.75);
        assert_eq!(round(latitude, 1_000_000), Fixed::ZERO);
        assert_eq!(round(longitude, 1_000_000), Fixed::parse("-175").expect("a number"), "over the date line");
        let (latitude, _) = along((60.0, 0.0), (60.0, 90.0), 0.5);
        assert!(latitude > 60.0, "a great circle runs north of the parallel");
        assert_eq!(along((30.0, 120.0), (30.0, 120.0), 0.5), (30.0, 120.0), "a storm that stands still");
    }

    #[test]
    fn a_segment_is_left_out_only_where_no_point_of_it_can_be_near() {
        let site = (Fixed::parse("30.87").expect("a number"), Fixed::parse("121.95").expect("a number"));
        let mut area = Area::default();
        area.take(&Block::Interpolate { step: 600, longest_gap: 21_600, no_wind: WindRule::Out }, None);
        area.take(&Block::Within { radius: Fixed::parse("100").expect("a number"), of: Target::Site }, Some(site));
        let point =
            |latitude, longitude| Point { at: 0, latitude, longitude, wind: None, pressure: None, distance: None };
        let mut checked = 0;
        for tenth in -400..400 {
            let (a, b) = (point(30.0 + f64::from(tenth) / 20.0, 118.0), point(28.0 + f64::from(tenth) / 23.0, 126.5));
            if area.far_from(&a, &b) {
                checked += 1;
                for share in 0..=36 {
                    let place = along((a.latitude, a.longitude), (b.latitude, b.longitude), f64::from(share) / 36.0);
                    assert!(distance_km((30.87, 121.95), place) > 100.0, "{a:?} {b:?} {share}");
                }
            }
        }
        assert!(checked > 100, "{checked} segments were left out");
    }
}
