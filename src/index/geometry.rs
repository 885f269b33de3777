//! Geometry on the Earth, taken for a sphere: distances along great circles, places between two places, and whether a
//! place lies in a polygon. Floats of `libm` alone, so that every machine finds the same digits; rounded once.
//!
//! Distances from a line or a polygon's edge are those from its nearest place, each piece of it being the shorter great
//! circle between its two corners. Whether a place lies in a polygon is asked on the plate carrée, where a piece is
//! straight in degrees, as in the maps of contracts; that is done in whole millionths of a degree and is exact.

use crate::contract::Corner;
use crate::quantity::Fixed;

/// Mean radius of the Earth in km (IUGG).
pub(super) const EARTH_KM: f64 = 6_371.008_8;

/// Latitude and longitude in degrees.
pub(super) type Place = (f64, f64);

/// A term's degrees or kilometres as a float.
pub(super) fn degrees(value: Fixed) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "geometry is computed in floats and rounded once")]
    let micros = value.micros() as f64;
    micros / 1e6
}

/// Geometry's one rounding: to `parts` of one, half away from zero.
pub(super) fn round(value: f64, parts: i64) -> Fixed {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "distances and degrees are small")]
    let rounded = (value * parts as f64).round() as i64;
    Fixed::from_micros(rounded * (Fixed::MICROS / parts))
}

/// Great-circle distance in km between two places in degrees.
///
/// # Source
/// The haversine formula; Sinnott (1984), Virtues of the haversine, Sky and Telescope 68:159.
pub(super) fn distance_km(a: Place, b: Place) -> f64 {
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
pub(super) fn along(a: Place, b: Place, share: f64) -> (f64, f64) {
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

/// The unit vector from the Earth's centre to a place.
fn vector((latitude, longitude): Place) -> [f64; 3] {
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    let flat = libm::cos(latitude);
    [flat * libm::cos(longitude), flat * libm::sin(longitude), libm::sin(latitude)]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Distance in km from a place to the nearest place of the great circle's piece from `a` to `b`.
///
/// # Source
/// Cross-track distance where the foot of the perpendicular lies on the piece, else the distance of the nearer end.
fn distance_to_piece_km(place: Place, a: Place, b: Place) -> f64 {
    let (at, from, to) = (vector(place), vector(a), vector(b));
    let normal = cross(from, to);
    let length = dot(normal, normal).sqrt();
    let beside = dot(cross(normal, from), at) > 0.0 && dot(cross(to, normal), at) > 0.0;
    if length > 1e-12 && beside {
        // Behind the Earth the foot of the perpendicular is the far one.
        return EARTH_KM * libm::asin((dot(normal, at) / length).abs().min(1.0));
    }
    distance_km(place, a).min(distance_km(place, b))
}

/// Distance in km from a place to a line of pieces; `closed`: the last corner is joined to the first.
pub(super) fn distance_to_line_km(place: Place, corners: &[Place], closed: bool) -> f64 {
    let back = corners.last().zip(corners.first()).filter(|_| closed);
    let pieces = corners.iter().zip(corners.iter().skip(1)).chain(back);
    pieces.map(|(a, b)| distance_to_piece_km(place, *a, *b)).fold(f64::INFINITY, f64::min)
}

/// A polygon on the plate carrée, its edges included. It may cross 180°; it does not hold a pole.
#[derive(Clone, Debug)]
pub(super) struct Polygon {
    /// Latitude and longitude in millionths of a degree; longitudes run on over 180°.
    corners: Vec<(i64, i64)>,
}

const TURN: i64 = 360 * Fixed::MICROS;

impl Polygon {
    /// From its corners in order; from one to the next it goes the shorter way round.
    pub fn new(corners: &[Corner]) -> Self {
        let mut before = corners.first().map_or(0, |corner| corner.1.micros());
        let run_on = |corner: &Corner| {
            let step = (corner.1.micros() - before + TURN / 2).rem_euclid(TURN) - TURN / 2;
            before += step;
            (corner.0.micros(), before)
        };
        Self { corners: corners.iter().map(run_on).collect() }
    }

    /// Whether a place lies inside or on an edge.
    pub fn holds(&self, latitude: Fixed, longitude: Fixed) -> bool {
        let turns = [-2, -1, 0, 1, 2].map(|turns| longitude.micros() + turns * TURN);
        turns.into_iter().any(|longitude| self.holds_micros((latitude.micros(), longitude)))
    }

    fn holds_micros(&self, (y, x): (i64, i64)) -> bool {
        let ends = self.corners.iter().skip(1).chain(self.corners.first());
        let mut inside = false;
        for (&(y0, x0), &(y1, x1)) in self.corners.iter().zip(ends) {
            let difference = |a: i64, b: i64| i128::from(a) - i128::from(b);
            // Above zero left of the edge, below zero right of it.
            let side = difference(x1, x0) * difference(y, y0) - difference(x, x0) * difference(y1, y0);
            let between = (x0.min(x1)..=x0.max(x1)).contains(&x) && (y0.min(y1)..=y0.max(y1)).contains(&y);
            if side == 0 && between {
                return true;
            }
            // A ray to the east crosses the edges that go over its latitude.
            if (y0 <= y) != (y1 <= y) && (side > 0) == (y1 > y0) {
                inside = !inside;
            }
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

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
    fn distances_from_lines_are_those_of_their_nearest_place() {
        let equator = [(0.0, 0.0), (0.0, 10.0)];
        let bent = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0)];
        for (place, corners, closed, km, why) in [
            ((1.0, 5.0), &equator[..], false, "111.195", "beside the piece"),
            ((0.0, 5.0), &equator[..], false, "0", "on it"),
            ((0.0, 11.0), &equator[..], false, "111.195", "behind its end"),
            ((0.0, -1.0), &equator[..], false, "111.195", "before its beginning"),
            ((0.0, 185.0), &equator[..], false, "19459.139", "on the far side of the Earth: the nearer end"),
            ((5.0, 11.0), &bent[..], false, "110.772", "beside the second piece"),
            ((5.0, 5.0), &bent[..], true, "4.505", "the way back closes the line, north of the parallel's middle"),
            ((1.0, 179.5), &[(0.0, 179.0), (0.0, -179.0)][..], false, "111.195", "over 180°"),
            ((1.0, 5.0), &[(0.0, 5.0), (0.0, 5.0)][..], false, "111.195", "a piece without length"),
        ] {
            assert_eq!(round(distance_to_line_km(place, corners, closed), 1_000), fixed(km), "{why}");
        }
    }

    #[test]
    fn a_polygon_holds_its_edges() {
        let polygon = |corners: &[(&str, &str)]| {
            Polygon::new(
                &corners.iter().map(|(latitude, longitude)| (fixed(latitude), fixed(longitude))).collect::<Vec<_>>(),
            )
        };
        let square = polygon(&[("0", "0"), ("0", "10"), ("10", "10"), ("10", "0")]);
        let arrow = polygon(&[("0", "0"), ("10", "5"), ("0", "10"), ("3", "5")]);
        let pacific = polygon(&[("-10", "170"), ("-10", "-170"), ("10", "-170"), ("10", "170")]);
        let turned = polygon(&[("10", "-190"), ("10", "-170"), ("-10", "-170"), ("-10", "170")]);
        for (polygon, latitude, longitude, inside, why) in [
            (&square, "5", "5", true, "in the middle"),
            (&square, "0", "5", true, "on an edge"),
            (&square, "10", "10", true, "on a corner"),
            (&square, "10.000001", "5", false, "just beside an edge"),
            (&square, "5", "-0.000001", false, "just beside the other"),
            (&square, "5", "365", true, "a turn further on"),
            (&square, "10", "11", false, "on an edge's latitude, outside"),
            (&square, "0", "-1", false, "west of an edge, on its latitude"),
            (&arrow, "2", "5", false, "in the notch"),
            (&arrow, "3", "5", true, "on the notch's corner"),
            (&arrow, "4", "5", true, "above the notch"),
            (&arrow, "0", "5", false, "between the feet"),
            (&pacific, "0", "175", true, "west of 180°"),
            (&pacific, "0", "-175", true, "east of it"),
            (&pacific, "0", "180", true, "on it"),
            (&pacific, "0", "0", false, "on the other side of the Earth"),
            (&pacific, "0", "169.999999", false, "just outside"),
            (&turned, "0", "-175", true, "clockwise, and written beyond 180°"),
            (&turned, "0", "175", true, "clockwise, on the other side"),
        ] {
            assert_eq!(polygon.holds(fixed(latitude), fixed(longitude)), inside, "{why}");
        }
    }
}
