//! Blocks behind the tracks of storms.

use super::*;
use crate::contract::track::{FixTake, PointValue, Target};

#[test]
fn areas() {
    let corner = |latitude, longitude| (fixed(latitude), fixed(longitude));
    let triangle = r#"[["30 deg", "121 deg"], ["31 deg", "121 deg"], ["31 deg", "122.5 deg"]]"#;
    let corners = vec![corner("30", "121"), corner("31", "121"), corner("31", "122.5")];
    for (text, block, near) in [
        (
            r#"{ within = "100 km", of = "site" }"#.to_owned(),
            Block::Within { radius: fixed("100"), of: Target::Site },
            true,
        ),
        (
            format!(r#"{{ within = "100 km", of = {{ polygon = {triangle} }} }}"#),
            Block::Within { radius: fixed("100"), of: Target::Polygon(corners.clone()) },
            true,
        ),
        (
            format!(r#"{{ within = "54 nmi", of = {{ line = {triangle} }} }}"#),
            Block::Within { radius: fixed("100.008"), of: Target::Line(corners.clone()) },
            true,
        ),
        (format!(r#"{{ inside = {{ polygon = {triangle} }} }}"#), Block::InsidePolygon(corners.clone()), false),
        (
            r#"{ inside = { south = "30 deg", north = "31 deg", west = "179 deg", east = "-179 deg" } }"#.to_owned(),
            Block::Inside { south: fixed("30"), north: fixed("31"), west: fixed("179"), east: fixed("-179") },
            false,
        ),
    ] {
        let text = format!("{STORMS}, {text}");
        assert_eq!(last(&text).0, block, "{text}");
        assert_eq!(index(&text).kind, IndexKind::Points { near }, "{text}");
    }
}

#[test]
fn one_number_for_each_storm() {
    for (take, of, block, rising, falling) in [
        ("max", "storm_wind", (FixTake::Max, PointValue::Wind), true, false),
        ("min", "storm_pressure", (FixTake::Min, PointValue::Pressure), false, true),
        ("min", "distance", (FixTake::Min, PointValue::Distance), false, true),
    ] {
        let text = format!(
            r#"{STORMS}, {{ within = "100 km", of = "site" }}, {{ per = "storm", take = "{take}", of = "{of}" }}"#
        );
        let (take, of) = block;
        assert_eq!(last(&text).0, Block::PerStorm { take, of });
        assert_eq!(index(&text).kind, IndexKind::Events { unit: of.unit(), of: Some(of), rising, falling });
    }
}

#[test]
fn tracks_are_refused() {
    let at = |text: &str| format!("{STORMS}, {text}");
    for (text, says, help) in [
        (
            r#"{ read = "storm_track" }, { within = «"100 km", of = "site" }"#.to_owned(),
            "what lies between two fixes",
            "put { interpolate",
        ),
        (at(r#"{ within = "100 km", of = «"sight" }"#), "a circle is around the policy's site", "write of = \"site\""),
        (
            at(
                r#"{ within = "100 km", of = «{ polygon = [["1 deg", "1 deg"], ["2 deg", "1 deg"], ["2 deg", "2 deg"]], line = [] } }"#,
            ),
            "a place is one polygon or one line",
            "of = { polygon",
        ),
        (at(r#"{ within = «"-1 km", of = "site" }"#), "a distance is not below zero", "leave out the minus"),
        (
            at(r#"{ within = «"100 h", of = "site" }"#),
            "is a time, but the number here is a length in km",
            "write it in km",
        ),
        (
            at(r#"{ inside = { polygon = «[["30 deg", "121 deg"], ["31 deg", "121 deg"]] } }"#),
            "at least three corners",
            "as in [[",
        ),
        (
            at(
                r#"{ inside = { polygon = [["30 deg", "121 deg"], ["31 deg", "121 deg"], ["31 deg", "122 deg"], «["30 deg", "121 deg"]] } }"#,
            ),
            "closed by itself",
            "leave out the last corner",
        ),
        (
            at(r#"{ inside = { polygon = [["30 deg", "121 deg"], «["30 deg", "121 deg"], ["31 deg", "122 deg"]] } }"#),
            "this corner is the one before",
            "leave it out",
        ),
        (
            at(r#"{ inside = { polygon = [[«"121 deg", "30 deg"], ["31 deg", "121 deg"], ["31 deg", "122 deg"]] } }"#),
            "a latitude lies between -90 and 90 deg",
            "latitude stands first",
        ),
        (
            at(r#"{ inside = { polygon = [«["30 deg"], ["31 deg", "121 deg"], ["31 deg", "122 deg"]] } }"#),
            "a corner is a pair",
            "as in [",
        ),
        (
            at(r#"{ within = "100 km", of = { line = «[["30 deg", "121 deg"]] } }"#),
            "a line has at least two points",
            "as in [[",
        ),
        (
            at(r#"{ inside = «{ south = "31 deg", north = "30 deg", west = "121 deg", east = "122 deg" } }"#),
            "south is not south",
            "exchange them",
        ),
        (
            at(r#"«{ per = "storm", take = "min", of = "distance" }"#),
            "no distance is known here",
            "{ within = \"100 km\"",
        ),
        (
            at(r#"{ per = "storm", take = «"mean", of = "storm_wind" }"#),
            "the max or the min is taken",
            "take = \"max\"",
        ),
        (
            at(r#"{ per = "storm", take = "max", of = «"wind" }"#),
            "storm_wind, storm_pressure and distance",
            "of = \"storm_wind\"",
        ),
        (
            at(r#"{ per = «"day", take = "max", of = "storm_wind" }"#),
            "a track is taken for each storm",
            "{ per = \"storm\"",
        ),
        (at(r#"«{ cap = "9 km" }"#), "`cap` cannot stand here: what flows here are storms' tracks", "as in { cap"),
        (
            r#"{ read = "storm_track" }, { interpolate = «"30 s", longest_gap = "6 h", no_wind = "out" }"#.to_owned(),
            "at least a minute apart",
            "\"30 min\"",
        ),
        (
            r#"{ read = "storm_track" }, { interpolate = "30 min", longest_gap = "6 h", no_wind = «"zero" }"#
                .to_owned(),
            "what a fix without wind means",
            "\"out\"",
        ),
    ] {
        refuses(&text, says, help);
    }
    let faults = faults_of(&at(r#"{ within = "100 km", of = "site" }"#), false);
    assert_eq!(faults.len(), 2, "neither latitude nor longitude is given\n{}", faults.render(false));
}
