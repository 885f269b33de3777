//! Reading `[feed.NAME.cma]`: what is asked of China's weather service.

use super::super::Context;
use super::super::sent::{Sent, check_columns, check_no_placeholders, check_stations, choice, sent};
use super::super::station_hours::check_lengths;
use super::{Cma, Set, hours};
use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::Variable;

/// Elements of a set by the hour. Those of the three-hourly one are the same, with other rain.
static HOURLY: [Sent; 9] = [
    sent("PRE_1h", &[Variable::Precipitation], &["mm"]),
    sent("TEM", &[Variable::AirTemperature], &["degC"]),
    sent("TEM_Max", &[Variable::AirTemperatureMax], &["degC"]),
    sent("TEM_Min", &[Variable::AirTemperatureMin], &["degC"]),
    sent("RHU", &[Variable::RelativeHumidity], &["%"]),
    sent("PRS", &[Variable::AirPressure], &["hPa"]),
    sent("PRS_Sea", &[Variable::AirPressure], &["hPa"]),
    sent("WIN_S_Avg_2mi", &[Variable::WindSpeed], &["m/s"]),
    sent("WIN_S_Inst_Max", &[Variable::WindGust], &["m/s"]),
];

static THREE_HOURLY: [Sent; 6] = [
    sent("PRE_3h", &[Variable::Precipitation], &["mm"]),
    sent("TEM", &[Variable::AirTemperature], &["degC"]),
    sent("RHU", &[Variable::RelativeHumidity], &["%"]),
    sent("PRS", &[Variable::AirPressure], &["hPa"]),
    sent("PRS_Sea", &[Variable::AirPressure], &["hPa"]),
    sent("WIN_S_Avg_2mi", &[Variable::WindSpeed], &["m/s"]),
];

pub(super) fn read_cma(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Cma> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the CMA form", faults)?;
    let set = choice(&mut fields, "data", &Set::ALL.map(|set| (set.word(), set)), faults);
    let user = fields.text("user", "\"600123456789abcDE\"", faults).map(str::to_owned);
    let tunnel = fields.optional("tunnel");
    fields.finish(faults);
    check_tunnel(tunnel, context, faults);
    check_no_placeholders(context, "cma", "http://127.0.0.1:8090/api", faults);
    let is_station = |name: &str| name.len() == 5 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    check_stations(context, "the number of a station", "58362", is_station, faults)?;
    let all = if set? == Set::Hourly { &HOURLY[..] } else { &THREE_HOURLY[..] };
    check_columns(context.columns, all, &format!("CMA's {}", set?.word()), faults);
    check_lengths(hours, context, faults);
    let column = &context.columns.first()?.0;
    (faults.len() == before).then_some(Cma { set: set?, user: user?, hours: hours(&column.name) })
}

/// The password stands in the URL: over http without TLS it goes through something else that hides it.
fn check_tunnel(tunnel: Option<&Node>, context: &Context<'_>, faults: &mut Faults) {
    let says = match tunnel.map(|node| (&node.value, node)) {
        None => false,
        Some((Value::Flag(true), _)) => true,
        Some((_, node)) => {
            faults.push(Fault::new(&node.place, "tunnel is true or left out").hint("write tunnel = true"));
            return;
        }
    };
    let url = context.url.and_then(|url| url.fill(&|_| "0".to_owned()).ok());
    let is_plain = url.is_some_and(|url| url.scheme() == "http");
    if is_plain && !says {
        let fault = Fault::new(context.place, "user and password would go over the network as everybody can read them");
        faults.push(fault.hint("lead it through a tunnel (ssh, stunnel, a VPN), and say so: tunnel = true"));
    }
    if let Some(node) = tunnel.filter(|_| says && !is_plain) {
        let fault = Fault::new(&node.place, "nothing here goes over plain http");
        faults.push(fault.hint("leave tunnel out"));
    }
}
