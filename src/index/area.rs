//! Where a storm matters, and what lies between its fixes: what the blocks of a track say.

use crate::contract::{Block, Corner, Target, WindRule};
use crate::quantity::Fixed;

use super::geometry::{Place, Polygon, degrees, distance_km, distance_to_line_km, round};
use super::storm::Point;

/// Of what a distance is measured.
#[derive(Clone, Debug)]
enum From {
    Site(Place),
    Polygon(Polygon, Vec<Place>),
    Line(Vec<Place>),
}

/// In what a point lies.
#[derive(Clone, Debug)]
enum Inside {
    /// South, north, west, east.
    Box([Fixed; 4]),
    Polygon(Polygon),
}

/// What the blocks of an index say about points.
#[derive(Clone, Debug, Default)]
pub(super) struct Area {
    /// Seconds from one point to the next; none: only fixes are points.
    pub step: Option<i64>,
    /// Seconds between fixes beyond which nothing is put between them.
    pub longest_gap: i64,
    /// Whether a fix without wind is a point.
    pub wind_may_be_unknown: bool,
    circles: Vec<(From, Fixed)>,
    insides: Vec<Inside>,
}

impl Area {
    /// Takes in a block; false where it is none of a track's.
    pub fn take(&mut self, block: &Block, site: Option<(Fixed, Fixed)>) -> bool {
        match block {
            Block::Interpolate { step, longest_gap, no_wind } => {
                self.step = Some(*step);
                self.longest_gap = *longest_gap;
                self.wind_may_be_unknown = *no_wind == WindRule::Undetermined;
            }
            Block::Within { radius, of } => {
                let from = match of {
                    Target::Site => {
                        From::Site(place(&site.expect("a product with a circle asks the book for the site")))
                    }
                    Target::Polygon(corners) => {
                        From::Polygon(Polygon::new(corners), corners.iter().map(place).collect())
                    }
                    Target::Line(corners) => From::Line(corners.iter().map(place).collect()),
                };
                self.circles.push((from, *radius));
            }
            Block::Inside { south, north, west, east } => {
                self.insides.push(Inside::Box([*south, *north, *west, *east]));
            }
            Block::InsidePolygon(corners) => self.insides.push(Inside::Polygon(Polygon::new(corners))),
            _ => return false,
        }
        true
    }

    /// The point with its distance, if it lies in the area. Of several distances the last block's is kept.
    pub fn keep(&self, mut point: Point) -> Option<Point> {
        for (from, radius) in &self.circles {
            let distance = round(from.distance_km(&point), 1_000);
            if distance > *radius {
                return None;
            }
            point.distance = Some(distance);
        }
        let [latitude, longitude] = [point.latitude, point.longitude].map(|angle| round(angle, 1_000_000));
        self.insides.iter().all(|inside| inside.holds(latitude, longitude)).then_some(point)
    }

    /// Whether no point between two fixes can lie in the area: what a distance is measured of is further from the one
    /// than the distance and the whole way to the other.
    pub fn far_from(&self, a: &Point, b: &Point) -> bool {
        self.circles.iter().any(|(from, radius)| from.is_far(a, b, degrees(*radius)))
    }
}

impl From {
    fn distance_km(&self, point: &Point) -> f64 {
        let at = (point.latitude, point.longitude);
        match self {
            Self::Site(site) => distance_km(*site, at),
            Self::Line(corners) => distance_to_line_km(at, corners, false),
            Self::Polygon(polygon, corners) => {
                let [latitude, longitude] = [point.latitude, point.longitude].map(|angle| round(angle, 1_000_000));
                if polygon.holds(latitude, longitude) { 0.0 } else { distance_to_line_km(at, corners, true) }
            }
        }
    }

    fn is_far(&self, a: &Point, b: &Point, radius: f64) -> bool {
        if let Self::Site((latitude, _)) = self {
            // A degree of latitude is 111.2 km: a cheap look before the exact one.
            let ends = [a, b].map(|end| (end.latitude - latitude).abs() * 111.0);
            let apart = (a.latitude - b.latitude).abs().max((a.longitude - b.longitude).abs()) * 112.0 * 1.5;
            if ends.iter().all(|end| *end > radius + apart + 50.0) {
                return true;
            }
        }
        let way = distance_km((a.latitude, a.longitude), (b.latitude, b.longitude));
        self.distance_km(a) > radius + way + 1.0
    }
}

impl Inside {
    fn holds(&self, latitude: Fixed, longitude: Fixed) -> bool {
        match self {
            Self::Polygon(polygon) => polygon.holds(latitude, longitude),
            Self::Box([south, north, west, east]) => {
                let east_west = if west <= east {
                    (*west..=*east).contains(&longitude)
                } else {
                    longitude >= *west || longitude <= *east
                };
                (*south..=*north).contains(&latitude) && east_west
            }
        }
    }
}

fn place(corner: &Corner) -> Place {
    (degrees(corner.0), degrees(corner.1))
}

#[cfg(test)]
mod tests {
    use super::super::geometry::along;
    use super::*;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    fn corners(corners: &[(&str, &str)]) -> Vec<Corner> {
        corners.iter().map(|(latitude, longitude)| (fixed(latitude), fixed(longitude))).collect()
    }

    fn point(latitude: f64, longitude: f64) -> Point {
        Point { at: 0, latitude, longitude, wind: None, pressure: None, distance: None }
    }

    fn area(blocks: &[Block]) -> Area {
        let mut area = Area::default();
        assert!(blocks.iter().all(|block| area.take(block, None)), "blocks of a track");
        area
    }

    #[test]
    fn an_area_keeps_its_edges() {
        let square = corners(&[("0", "0"), ("0", "10"), ("10", "10"), ("10", "0")]);
        let within = |km: &str, of| Block::Within { radius: fixed(km), of };
        for (blocks, at, distance, why) in [
            (vec![Block::InsidePolygon(square.clone())], (10.0, 5.0), Some(None), "on an edge; no distance is known"),
            (vec![Block::InsidePolygon(square.clone())], (10.000001, 5.0), None, "just outside"),
            (vec![Block::InsidePolygon(square.clone())], (10.0000004, 5.0), Some(None), "rounded to the edge"),
            (vec![within("10", Target::Polygon(square.clone()))], (5.0, 5.0), Some(Some("0")), "inside"),
            (vec![within("111.195", Target::Polygon(square.clone()))], (-1.0, 5.0), Some(Some("111.195")), "so far"),
            (vec![within("111.194", Target::Polygon(square.clone()))], (-1.0, 5.0), None, "a metre too far"),
            (
                vec![within("111.195", Target::Polygon(square.clone()))],
                (5.0, -1.0),
                Some(Some("110.772")),
                "the last edge closes it",
            ),
            (
                vec![within("200", Target::Line(corners(&[("0", "0"), ("0", "10")])))],
                (1.0, 5.0),
                Some(Some("111.195")),
                "a line",
            ),
            (vec![within("200", Target::Line(square.clone()))], (5.0, 1.0), None, "a line is not closed"),
            (
                vec![
                    within("200", Target::Line(corners(&[("0", "0"), ("0", "10")]))),
                    Block::InsidePolygon(square.clone()),
                ],
                (-1.0, 5.0),
                None,
                "near enough, but not inside",
            ),
        ] {
            let kept = area(&blocks).keep(point(at.0, at.1)).map(|point| point.distance);
            assert_eq!(kept, distance.map(|distance| distance.map(fixed)), "{why}");
        }
    }

    #[test]
    fn a_segment_is_left_out_only_where_no_point_of_it_can_be_near() {
        let site = (Fixed::parse("30.87").expect("a number"), Fixed::parse("121.95").expect("a number"));
        let mut area = Area::default();
        area.take(&Block::Interpolate { step: 600, longest_gap: 21_600, no_wind: WindRule::Out }, None);
        area.take(&Block::Within { radius: Fixed::parse("100").expect("a number"), of: Target::Site }, Some(site));
        let mut checked = 0;
        for tenth in -400..400 {
            let (a, b) = (point(30.0 + f64::from(tenth) / 20.0, 118.0), point(28.0 + f64::from(tenth) / 23.0, 126.5));
            if area.far_from(&a, &b) {
                checked += 1;
                for share in 0..=36 {
                    let place = along((a.latitude, a.longitude), (b.latitude, b.longitude), f64::from(share) / 36.0);
                    assert!(area.keep(point(place.0, place.1)).is_none(), "{a:?} {b:?} {share}");
                }
            }
        }
        assert!(checked > 100, "{checked} segments were left out");
    }
}
