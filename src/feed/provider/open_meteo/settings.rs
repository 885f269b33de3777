//! Reading `[feed.NAME.open_meteo]`: what is asked of Open-Meteo.

use super::super::Context;
use super::super::sent::{check_no_counter, check_no_placeholders, check_positions, check_stations, choice};
use super::super::time::recorded_zone;
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
    let block = choice(&mut fields, "block", &[Block::Hourly, Block::Daily].map(|block| (block.word(), block)), faults);
    let zone = fields.optional("zone").map_or(Some(Zone::utc()), |node| {
        let hint = "an answer stands at one offset all year: write it as \"-03:00\"";
        recorded_zone(node, "-03:00", hint, context, faults)
    });
    fields.finish(faults);
    check_columns(context.columns, faults);
    check_no_placeholders(context, "open-meteo", "https://archive-api.open-meteo.com/v1/archive", faults);
    check_stations(context, "a name of your own", "lingang", |_| true, faults)?;
    check_positions(context, faults)?;
    Some(OpenMeteoForm { model: model?, block: block?, zone: zone? })
}

/// Units must be such as Open-Meteo sends, and one request has one unit of each kind.
fn check_columns(columns: &[(Column, Place)], faults: &mut Faults) {
    for (index, (column, place)) in columns.iter().enumerate() {
        check_no_counter(column, place, "Open-Meteo", faults);
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
