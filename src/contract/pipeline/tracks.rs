//! Blocks behind the tracks of storms.

use crate::document::{Fields, Node, Value};
use crate::quantity::{Fixed, Variable};

use super::super::block::Block;
use super::super::track::{FixTake, PointValue, Target, WindRule};
use super::flow::{Drift, Events, Flow, Track};
use super::keys::Keys;
use super::places::{Outline, read_corners};
use super::reader::Outcome;

/// A block behind tracks; `None` where the word is none.
pub(super) fn track_block(word: &str, track: Track, keys: &mut Keys<'_, '_>) -> Option<Outcome> {
    Some(match word {
        "interpolate" if !track.interpolated && !track.cut => interpolate(track, keys),
        "within" => within(track, keys),
        "inside" => inside(track, keys),
        "per" => Outcome::whole(per_storm(track, keys)),
        _ => return None,
    })
}

fn behind(block: Option<Block>, track: Track) -> Outcome {
    Outcome { block, flow: Some(Flow::Track(track)) }
}

/// `{ interpolate = "30 min", longest_gap = "6 h", no_wind = "out" }`
fn interpolate(track: Track, keys: &mut Keys<'_, '_>) -> Outcome {
    let node = keys.required("interpolate", "\"30 min\"");
    let mut step = node.and_then(|node| keys.reader.scope.seconds(node, "\"30 min\"", keys.faults));
    let longest_gap = keys.seconds("longest_gap", "\"6 h\"");
    let no_wind = keys.required("no_wind", "\"out\"").and_then(|node| {
        match node.text("\"out\" or \"undetermined\"", keys.faults)? {
            "out" => Some(WindRule::Out),
            "undetermined" => Some(WindRule::Undetermined),
            word => {
                let message = format!("`{word}` does not say what a fix without wind means");
                keys.wrong(&node.place, message, "\"out\" (below the agency's scale) or \"undetermined\"")
            }
        }
    });
    if let (Some(node), Some(..60)) = (node, step)
        && !matches!(&node.value, Value::Text(text) if text.starts_with('{'))
    {
        step = keys.wrong(&node.place, "points lie at least a minute apart", "as in \"30 min\"");
    }
    let block = (|| Some(Block::Interpolate { step: step?, longest_gap: longest_gap?, no_wind: no_wind? }))();
    behind(block, Track { interpolated: true, ..track })
}

/// `{ within = "100 km", of = "site" }`, or of a polygon, of a line.
fn within(track: Track, keys: &mut Keys<'_, '_>) -> Outcome {
    let node = keys.required("within", "\"100 km\"");
    let of = keys.required("of", "\"site\"").and_then(|node| read_target(node, keys));
    let radius = node.and_then(|node| keys.quantity_of(node, PointValue::Distance.unit()));
    let interpolated = node.and_then(|node| must_be_interpolated(track, node, keys));
    let radius = radius.and_then(|radius| {
        if radius.quantity.value >= Fixed::ZERO {
            return Some(radius.quantity.value);
        }
        let place = node.map_or_else(|| keys.node.place.clone(), |node| node.place.clone());
        keys.wrong(&place, "a distance is not below zero", "leave out the minus")
    });
    let block = (|| {
        interpolated?;
        Some(Block::Within { radius: radius?, of: of? })
    })();
    behind(block, Track { interpolated: true, near: true, cut: true })
}

fn read_target(node: &Node, keys: &mut Keys<'_, '_>) -> Option<Target> {
    if let Value::Table(_) = node.value {
        let mut fields = Fields::of(node, "the place", keys.faults)?;
        let (polygon, line) = (fields.optional("polygon"), fields.optional("line"));
        fields.finish(keys.faults);
        return match (polygon, line) {
            (Some(node), None) => read_corners(node, Outline::Polygon, keys).map(Target::Polygon),
            (None, Some(node)) => read_corners(node, Outline::Line, keys).map(Target::Line),
            _ => {
                let hint = "of = { polygon = [[\"30 deg\", \"121 deg\"], …] } or { line = [ … ] }";
                keys.wrong(&node.place, "a place is one polygon or one line", hint)
            }
        };
    }
    if node.text("\"site\"", keys.faults)? != "site" {
        let hint = "write of = \"site\", or of = { polygon = [ … ] }, { line = [ … ] }";
        return keys.wrong(&node.place, "a circle is around the policy's site", hint);
    }
    for symbol in ["latitude", "longitude"] {
        if keys.reader.scope.given.term(symbol).is_none() {
            let message = format!("the book gives no {symbol} of the site");
            let hint = "add latitude = \"deg\" and longitude = \"deg\" to [policy]";
            let _: Option<()> = keys.wrong(&node.place, message, hint);
        }
    }
    Some(Target::Site)
}

fn must_be_interpolated(track: Track, node: &Node, keys: &mut Keys<'_, '_>) -> Option<()> {
    if track.interpolated {
        return Some(());
    }
    let hint = "put { interpolate = \"30 min\", longest_gap = \"6 h\", no_wind = \"out\" } before it";
    keys.wrong(&node.place, "it is open what lies between two fixes", hint)
}

/// `{ inside = { south = "30 deg", … } }` or `{ inside = { polygon = [ … ] } }`
fn inside(track: Track, keys: &mut Keys<'_, '_>) -> Outcome {
    let example = "{ south = \"30 deg\", north = \"31 deg\", west = \"121 deg\", east = \"123 deg\" }";
    let node = keys.required("inside", example);
    let interpolated = node.and_then(|node| must_be_interpolated(track, node, keys));
    let block = node.and_then(|node| {
        let mut fields = Fields::of(node, "the box", keys.faults)?;
        if let Some(polygon) = fields.optional("polygon") {
            fields.finish(keys.faults);
            return read_corners(polygon, Outline::Polygon, keys).map(Block::InsidePolygon);
        }
        read_box(node, fields, keys)
    });
    let block = block.zip(interpolated).map(|(block, ())| block);
    behind(block, Track { interpolated: true, cut: true, ..track })
}

fn read_box(node: &Node, mut fields: Fields<'_>, keys: &mut Keys<'_, '_>) -> Option<Block> {
    let degree = Variable::StormLatitude.own_unit();
    let scope = keys.reader.scope;
    let mut edge = |key| {
        let node = fields.required(key, "\"30 deg\"", keys.faults)?;
        scope.in_unit(node, degree, "\"30 deg\"", keys.faults)
    };
    let (south, north, west, east) = (edge("south"), edge("north"), edge("west"), edge("east"));
    fields.finish(keys.faults);
    let (south, north, west, east) = (south?, north?, west?, east?);
    let known = !south.placeholder && !north.placeholder;
    let [south, north, west, east] = [south, north, west, east].map(|edge| edge.quantity.value);
    if known && south >= north {
        return keys.wrong(&node.place, "the box's south is not south of its north", "exchange them");
    }
    Some(Block::Inside { south, north, west, east })
}

/// `{ per = "storm", take = "max", of = "storm_wind" }`
fn per_storm(track: Track, keys: &mut Keys<'_, '_>) -> Option<(Block, Flow)> {
    let example = "as in { per = \"storm\", take = \"max\", of = \"storm_wind\" }";
    let per = keys.required("per", "\"storm\"")?;
    let take = keys.required("take", "\"max\"");
    let of = keys.required("of", "\"storm_wind\"");
    if per.text("\"storm\"", keys.faults)? != "storm" {
        return keys.wrong(&per.place, "a track is taken for each storm", example);
    }
    let (take_node, of_node) = (take?, of?);
    let take = match take_node.text("\"max\" or \"min\"", keys.faults)? {
        "max" => FixTake::Max,
        "min" => FixTake::Min,
        _ => {
            return keys.wrong(
                &take_node.place,
                "of a storm's points the max or the min is taken",
                "as in take = \"max\"",
            );
        }
    };
    let Some(of) = PointValue::from_word(of_node.text("what is taken", keys.faults)?) else {
        let message = "a storm's point has storm_wind, storm_pressure and distance";
        return keys.wrong(&of_node.place, message, "as in of = \"storm_wind\"");
    };
    if of == PointValue::Distance && !track.near {
        let place = keys.node.place.clone();
        return keys.wrong(&place, "no distance is known here", "as in { within = \"100 km\", of = \"site\" }");
    }
    let drift = if take == FixTake::Max { Drift::Up } else { Drift::Down };
    let flow = Events { unit: of.unit(), of: Some(of), to_round: None, drift };
    Some((Block::PerStorm { take, of }, Flow::Events(flow)))
}
