//! Reading `[feed.NAME.brightsky]`: the units of the answers.

use super::super::Context;
use super::super::asking::{no_placeholders, stations_are};
use super::super::sent::{Sent, check_columns};
use super::{BrightSkyForm, MEMBERS, Units};
use crate::document::{Fault, Faults, Fields, Node};

pub(super) fn read_brightsky(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<BrightSkyForm> {
    let mut fields = Fields::of(node, "the Bright Sky form", faults)?;
    let units =
        fields.required("units", "\"si\"", faults).and_then(|node| match node.text("\"si\" or \"dwd\"", faults)? {
            "si" => Some(Units::Si),
            "dwd" if context.url.is_some() => {
                let fault = Fault::new(&node.place, "a server is asked for SI units");
                faults.push(fault.hint("write units = \"si\"; \"dwd\" is for recorded answers"));
                None
            }
            "dwd" => Some(Units::Dwd),
            other => {
                let fault = Fault::new(&node.place, format!("`{other}` is no system of units"));
                faults.push(fault.hint("write units = \"si\""));
                None
            }
        });
    fields.finish(faults);
    if let Some(units) = units {
        let sent = MEMBERS.iter().map(|member| Sent {
            name: member.name,
            variable: member.variable,
            unit: member.unit(units),
        });
        let sent: Vec<_> = sent.collect();
        check_columns("Bright Sky", &sent, context.columns, faults);
    }
    no_placeholders(context, "brightsky", "https://api.brightsky.dev/weather", faults);
    let is_station = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    stations_are(context, "the dwd_station_id, five characters, of a station", "01766", is_station, faults)?;
    Some(BrightSkyForm { units: units? })
}
