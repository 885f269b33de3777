//! Stations that the settings list, and what is known of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::quality;
use crate::document::{Fault, Faults, Fields, Node};
use crate::observation::quality::StationFacts;
use crate::quantity::{Fixed, Quantity, Unit};

/// A station that the settings list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Its name.
    pub name: Arc<str>,
    /// Degrees, north positive, and degrees, east positive.
    pub position: Option<(Fixed, Fixed)>,
}

pub(super) type Facts = BTreeMap<Arc<str>, StationFacts>;

/// Stations, and what is known of each.
pub(super) fn read_stations(node: &Node, faults: &mut Faults) -> Option<(Vec<Station>, Facts)> {
    let before = faults.len();
    let (mut stations, mut facts) = (Vec::new(), Facts::new());
    for (key, node) in node.table("a table of stations", faults)? {
        let what = format!("the station `{}`", key.name);
        let Some(mut fields) = Fields::of(node, &what, faults) else { continue };
        let latitude = fields.optional("latitude");
        let longitude = fields.optional("longitude");
        let position = match (latitude, longitude) {
            (Some(latitude), Some(longitude)) => {
                let latitude = degrees(latitude, 90, faults);
                let longitude = degrees(longitude, 180, faults);
                latitude.zip(longitude)
            }
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                let fault = Fault::new(&one.place, format!("{what} has a latitude or a longitude, not both"));
                faults.push(fault.hint("give both, as \"30.87 deg\""));
                None
            }
        };
        let nameplate = fields.optional("nameplate").and_then(|node| quality::read_nameplate(node, faults));
        fields.finish(faults);
        let name: Arc<str> = key.name.as_str().into();
        facts.insert(name.clone(), StationFacts { nameplate, position });
        stations.push(Station { name, position });
    }
    (faults.len() == before).then_some((stations, facts))
}

fn degrees(node: &Node, most: i64, faults: &mut Faults) -> Option<Fixed> {
    let text = node.text("an angle such as \"30.87 deg\"", faults)?;
    let degree = Unit::from_symbol("deg").expect("the table has it");
    let quantity = Quantity::parse(text).ok().filter(|quantity| quantity.unit == degree);
    let within = quantity.filter(|quantity| quantity.value.micros().abs() <= most * Fixed::MICROS);
    if within.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is not an angle from -{most} deg to {most} deg"));
        faults.push(fault.hint("write it as \"30.87 deg\""));
    }
    within.map(|quantity| quantity.value)
}
