//! Reading `[feed.NAME.fusionsolar]`: what is asked of FusionSolar.

use super::super::sent::{Sent, check_columns, check_no_placeholders, check_stations, choice, chosen, sent};
use super::super::{Context, time};
use super::{FusionSolarForm, Interface};
use crate::calendar::DayRule;
use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::Variable;

const STATION: [Sent; 5] = [
    sent("inverter_power", &[Variable::Energy], &["kWh"]),
    sent("ongrid_power", &[Variable::Energy], &["kWh"]),
    sent("theory_power", &[Variable::Energy], &["kWh"]),
    sent("use_power", &[Variable::Energy], &["kWh"]),
    sent("radiation_intensity", &[Variable::GlobalRadiation], &["kWh/m2"]),
];

const DEVICE: [Sent; 1] = [sent("active_power", &[Variable::Power], &["kW"])];

const INTERFACES: [(&str, Interface); 3] = [
    ("getKpiStationHour", Interface::StationHour),
    ("getKpiStationDay", Interface::StationDay),
    ("getDevHistoryKpi", Interface::DeviceHistory),
];

pub(super) fn read_fusionsolar(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<FusionSolarForm> {
    let mut fields = Fields::of(node, "the FusionSolar form", faults)?;
    let interface = choice(&mut fields, "interface", &INTERFACES, faults);
    let user = fields.text("user", "\"api-user\"", faults).map(str::to_owned);
    let zone = fields.required("zone", "\"Asia/Shanghai\"", faults).and_then(|node| {
        time::zone(node, "Asia/Shanghai", "write the zone of the plants, as \"Asia/Shanghai\"", faults)
    });
    let devices = read_devices(&mut fields, interface, faults);
    fields.finish(faults);
    check_no_placeholders(context, "fusionsolar", "https://intl.fusionsolar.huawei.com", faults);
    let interface = interface?;
    let (all, name) = match interface {
        Interface::DeviceHistory => (&DEVICE[..], "FusionSolar's history of inverters"),
        Interface::StationHour | Interface::StationDay => (&STATION[..], "FusionSolar's plants"),
    };
    check_columns(context.columns, all, name, faults);
    check_codes(interface, context, faults)?;
    let (device_type, curtailed) = devices?;
    let zone = zone?;
    let day = DayRule::new(zone.name(), "00:00").expect("the zone is known");
    Some(FusionSolarForm { interface, user: user?, zone, day, device_type, curtailed })
}

/// The type of the devices, and whether their power counts while it is limited.
fn read_devices(fields: &mut Fields<'_>, interface: Option<Interface>, faults: &mut Faults) -> Option<(u8, bool)> {
    let (device_type, curtailed) = (fields.optional("device_type"), fields.optional("curtailed"));
    match (interface?, device_type, curtailed) {
        (Interface::DeviceHistory, Some(device_type), Some(curtailed)) => {
            let device_type = match &device_type.value {
                Value::Number(text) if text == "1" => Some(1),
                Value::Number(text) if text == "38" => Some(38),
                _ => {
                    let fault = Fault::new(&device_type.place, "this is no type of inverter");
                    faults.push(fault.hint("write 1 (string inverter) or 38 (residential inverter)"));
                    None
                }
            };
            let curtailed = chosen(curtailed, "curtailed", &[("use", true), ("refuse", false)], faults);
            device_type.zip(curtailed)
        }
        (Interface::DeviceHistory, None, _) => {
            let fault = Fault::new(fields.place(), "`device_type` is missing: devices are asked by type");
            faults.push(fault.hint("add device_type = 1 (string inverter) or 38 (residential inverter)"));
            None
        }
        (Interface::DeviceHistory, Some(_), None) => {
            let fault = Fault::new(fields.place(), "`curtailed` is missing: does power count while it is limited?");
            faults.push(fault.hint("add curtailed = \"refuse\" or \"use\""));
            None
        }
        (_, None, None) => Some((0, true)),
        (_, Some(node), _) | (_, None, Some(node)) => {
            let fault = Fault::new(&node.place, "plants have neither a type nor a state");
            faults.push(fault.hint("leave device_type and curtailed out, or read getDevHistoryKpi"));
            None
        }
    }
}

fn check_codes(interface: Interface, context: &Context<'_>, faults: &mut Faults) -> Option<()> {
    let is_device = |name: &str| name.parse::<i64>().is_ok_and(|id| id.to_string() == name);
    let is_plant = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=_-".contains(&byte))
    };
    match interface {
        Interface::DeviceHistory => {
            check_stations(context, "the devId of an inverter", "1000000033", is_device, faults)
        }
        _ => check_stations(context, "the stationCode of a plant", "NE_33543210", is_plant, faults),
    }
}
