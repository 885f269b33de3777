//! Reading `[feed.NAME.brightsky]`: the units of the answers.

use super::super::Context;
use super::super::sent::{check_columns, check_no_placeholders, check_stations, chosen};
use super::{BrightSkyForm, MEMBERS, Units};
use crate::document::{Fault, Faults, Fields, Node};

pub(super) fn read_brightsky(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<BrightSkyForm> {
    let mut fields = Fields::of(node, "the Bright Sky form", faults)?;
    let units = fields.required("units", "\"si\"", faults).and_then(|node| {
        let units = chosen(node, "system of units", &[("si", Units::Si), ("dwd", Units::Dwd)], faults)?;
        if units == Units::Dwd && context.url.is_some() {
            let fault = Fault::new(&node.place, "a server is asked for SI units");
            faults.push(fault.hint("write units = \"si\"; \"dwd\" is for recorded answers"));
            return None;
        }
        Some(units)
    });
    fields.finish(faults);
    if let Some(units) = units {
        let sent: Vec<_> = MEMBERS.iter().map(|member| member.of(units).sent()).collect();
        check_columns(context.columns, &sent, "Bright Sky", faults);
    }
    check_no_placeholders(context, "brightsky", "https://api.brightsky.dev/weather", faults);
    let is_station = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    check_stations(context, "the dwd_station_id, five characters, of a station", "01766", is_station, faults)?;
    Some(BrightSkyForm { units: units? })
}
