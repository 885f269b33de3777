//! Reading `[feed.NAME.open_meteo]`: what is asked of Open-Meteo.

use super::super::Context;
use super::{Block, OpenMeteoForm, unit_name, unit_parameter, unit_symbols};
use crate::calendar::Zone;
use crate::document::{Fault, Faults, Fields, Node, Place};
use crate::feed::settings::Column;

pub(super) fn read_open_meteo(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<OpenMeteoForm> {
    let mut fields = Fields::of(node, "the Open-Meteo form", faults)?;
    let model = fields.required("model", "\"era5\"", faults).and_then(|node| {
        let model = node.text("the name of a model", faults)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if model.is_empty() || !model.bytes().all(plain) || model == "best_match" {
            let fault = Fault::new(&node.place, format!("`{model}` is not the name of one model"));
            faults.push(fault.hint("write \"era5\", \"era5_land\", \"ecmwf_ifs\" or another single model"));
            return None;
        }
        Some(model.to_owned())
    });
    let block = fields.required("block", "\"hourly\"", faults).and_then(|node| {
        match node.text("\"hourly\" or \"daily\"", faults)? {
            "hourly" => Some(Block::Hourly),
            "daily" => Some(Block::Daily),
            other => {
                let fault = Fault::new(&node.place, format!("`{other}` is not a block of an answer"));
                faults.push(fault.hint("write \"hourly\" or \"daily\""));
                None
            }
        }
    });
    let zone = fields.optional("zone").map_or(Some(Zone::utc()), |node| read_answer_zone(node, context, faults));
    fields.finish(faults);
    check_columns(context.columns, faults);
    if let Some(url) = context.url
        && crate::feed::address::PLACEHOLDERS.iter().any(|name| url.has(name))
    {
        let fault = Fault::new(context.place, "the URL of an open-meteo feed has no placeholders");
        faults.push(fault.hint(
            "write url = \"https://archive-api.open-meteo.com/v1/archive\": the query is made from the settings",
        ));
    }
    let stations = context.stations?;
    let homeless = stations.iter().find(|station| station.position.is_none());
    if stations.is_empty() || homeless.is_some() {
        let message = match homeless {
            Some(station) => format!("the station `{}` has no position", station.name),
            None => "no station is listed".to_owned(),
        };
        let hint = "add [feed.NAME.station.STATION] with latitude = \"30.87 deg\" and longitude = \"121.93 deg\"";
        faults.push(Fault::new(context.place, message).hint(hint));
        return None;
    }
    Some(OpenMeteoForm { model: model?, block: block?, zone: zone? })
}

fn read_answer_zone(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Zone> {
    let text = node.text("an offset such as \"-03:00\"", faults)?;
    if context.url.is_some() {
        faults.push(
            Fault::new(&node.place, "a server is asked in UTC").hint("leave zone out; it is for recorded answers"),
        );
        return None;
    }
    let zone = Zone::parse(text).filter(|zone| zone.fixed_s().is_some());
    if zone.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is not an offset"));
        faults.push(fault.hint("an answer stands at one offset all year: write it as \"-03:00\""));
    }
    zone
}

/// Units must be such as Open-Meteo sends, and one request has one unit of each kind.
fn check_columns(columns: &[(Column, Place)], faults: &mut Faults) {
    for (index, (column, place)) in columns.iter().enumerate() {
        let Some(sent) = unit_name(column.unit) else {
            let message = format!("Open-Meteo does not send {}", column.unit);
            faults.push(Fault::new(place, message).hint(format!("it sends: {}", unit_symbols())));
            continue;
        };
        let rivals = columns[..index].iter().map(|(other, _)| other).find(|other| {
            other.unit != column.unit
                && unit_parameter(other.unit)
                    .zip(unit_parameter(column.unit))
                    .is_some_and(|((one, _), (two, _))| one == two)
        });
        if let Some(other) = rivals {
            let message =
                format!("`{}` is in {}, `{}` in {sent}: one request has one unit", other.name, other.unit, column.name);
            faults.push(Fault::new(place, message).hint("write the same unit, or make it two feeds"));
        }
    }
}
