//! Places on the Earth: corners of polygons and lines.

use crate::document::Node;
use crate::quantity::{Fixed, Variable};

use super::super::literal::Literal;
use super::super::track::Corner;
use super::keys::Keys;

/// What corners are of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outline {
    /// Closed by itself: the last corner is joined to the first.
    Polygon,
    /// Open.
    Line,
}

/// Reads `[["30 deg", "121 deg"], …]`: latitude, longitude.
pub(super) fn read_corners(node: &Node, outline: Outline, keys: &mut Keys<'_, '_>) -> Option<Vec<Corner>> {
    let items = node.list("a list of pairs of latitude and longitude", keys.faults)?;
    let (least, what) = match outline {
        Outline::Polygon => (3, "a polygon has at least three corners"),
        Outline::Line => (2, "a line has at least two points"),
    };
    if items.len() < least {
        return keys.wrong(&node.place, what, "as in [[\"30 deg\", \"121 deg\"], [\"31 deg\", \"122 deg\"], …]");
    }
    let mut complete = true;
    let mut corners: Vec<(Literal, Literal)> = Vec::new();
    for item in items {
        let Some(corner) = read_corner(item, keys) else {
            complete = false;
            continue;
        };
        if corners.last().is_some_and(|before| same(*before, corner)) {
            return keys.wrong(&item.place, "this corner is the one before", "leave it out");
        }
        corners.push(corner);
    }
    if !complete {
        return None;
    }
    if outline == Outline::Polygon && same(corners[0], corners[corners.len() - 1]) {
        let place = &items[items.len() - 1].place;
        return keys.wrong(place, "a polygon is closed by itself", "leave out the last corner, which is the first");
    }
    Some(corners.into_iter().map(|(latitude, longitude)| (latitude.quantity.value, longitude.quantity.value)).collect())
}

fn same(a: (Literal, Literal), b: (Literal, Literal)) -> bool {
    let known = |a: Literal, b: Literal| !a.placeholder && !b.placeholder && a.quantity.value == b.quantity.value;
    known(a.0, b.0) && known(a.1, b.1)
}

fn read_corner(item: &Node, keys: &mut Keys<'_, '_>) -> Option<(Literal, Literal)> {
    let [latitude, longitude] = item.list("a pair of latitude and longitude", keys.faults)? else {
        let hint = "as in [\"30 deg\", \"121 deg\"]";
        return keys.wrong(&item.place, "a corner is a pair: latitude, longitude", hint);
    };
    let latitude = read_degrees(latitude, 90, "a latitude", keys);
    let longitude = read_degrees(longitude, 180, "a longitude", keys);
    latitude.zip(longitude)
}

fn read_degrees(node: &Node, most: i64, what: &str, keys: &mut Keys<'_, '_>) -> Option<Literal> {
    let literal = keys.quantity_of(node, Variable::StormLatitude.own_unit())?;
    let most_micros = most * Fixed::MICROS;
    if literal.quantity.value.micros().abs() > most_micros {
        let message = format!("{what} lies between -{most} and {most} deg");
        return keys.wrong(&node.place, message, "latitude stands first, longitude second");
    }
    Some(literal)
}
