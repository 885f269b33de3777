//! Reading `[feed.NAME.sungrow]`: what is asked of iSolarCloud.

use super::super::lines::is_whole;
use super::super::sent::{Sent, check_column, check_no_placeholders, check_stations, choice, sent, unknown_column};
use super::super::{Context, time};
use super::{EVERY_S, Family, STAMP, Sungrow};
use crate::calendar::{Edge, Interval};
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::settings::Column;
use crate::quantity::Variable;

/// Points of plants.
static PLANTS: [Sent; 9] = [
    sent("p83033", &[Variable::Power], &["W"]),
    sent("p83002", &[Variable::Power], &["W"]),
    sent("p83067", &[Variable::Power], &["W"]),
    sent("p83032", &[Variable::Power], &["W"]),
    sent("p83024", &[Variable::Energy], &["Wh"]),
    sent("p83004", &[Variable::Energy], &["Wh"]),
    sent("p83020", &[Variable::Energy], &["Wh"]),
    sent("p83012", &[Variable::Irradiance], &["W/m2"]),
    sent("p83016", &[Variable::AirTemperature], &["degC"]),
];

/// Points of inverters.
static INVERTERS: [Sent; 1] = [sent("p24", &[Variable::Power], &["W"])];

pub(super) fn read_sungrow(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Sungrow> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the iSolarCloud form", faults)?;
    let families = [("openapi", Family::OpenApi), ("platform", Family::Platform)];
    let family = choice(&mut fields, "family", &families, faults);
    let zone = fields.required("zone", "\"Asia/Shanghai\"", faults).and_then(|node| {
        time::zone(node, "Asia/Shanghai", "write the zone of the plants, as \"Asia/Shanghai\"", faults)
    });
    let user = fields.optional("user").and_then(|node| node.text("the name of an account", faults).map(str::to_owned));
    fields.finish(faults);
    check_no_placeholders(context, "sungrow", "https://gateway.isolarcloud.com.hk", faults);
    let family = family?;
    match family {
        Family::OpenApi => {
            check_stations(context, "the ps_key of a plant or a device", "5123456_11_0_0", is_key, faults)?
        }
        Family::Platform => check_stations(context, "the ps_id of a plant", "5123456", is_whole, faults)?,
    }
    check_points(context, faults);
    if faults.len() > before {
        return None;
    }
    let time = time::rule(STAMP, zone?, Edge::Begin, Interval::Fixed(EVERY_S));
    Some(Sungrow { family, user, time })
}

fn is_key(name: &str) -> bool {
    let parts: Vec<_> = name.split('_').collect();
    parts.len() == 4 && parts.iter().all(|part| is_whole(part))
}

/// Points are those of what the stations are; totals count on.
fn check_points(context: &Context<'_>, faults: &mut Faults) {
    let is_inverter = |name: &str| is_key(name) && !name.ends_with("_11_0_0");
    let (all, whose) = match context.stations.unwrap_or_default() {
        stations if stations.iter().all(|station| is_inverter(&station.name)) => {
            (&INVERTERS[..], "an inverter of Sungrow's")
        }
        stations if stations.iter().any(|station| is_inverter(&station.name)) => {
            let fault = Fault::new(context.place, "plants and inverters have other points");
            return faults.push(fault.hint("make them two feeds"));
        }
        _ => (&PLANTS[..], "a plant of Sungrow's"),
    };
    for (column, place) in context.columns {
        let Some(row) = all.iter().find(|row| row.name == column.name) else {
            faults.push(unknown_column(&column.name, place, all.iter().map(|row| row.name), whose));
            continue;
        };
        let is_total = row.variables == [Variable::Energy];
        if is_total && column.counter.is_none() {
            let fault = Fault::new(place, format!("`{}` is a total that counts on", column.name));
            faults.push(fault.hint("add counter = {}: what was added in each interval is taken"));
        }
        // Of what is no energy here, a counter is a fault already.
        check_column(&Column { counter: None, ..column.clone() }, place, row.variables, row.units, whose, faults);
    }
}
