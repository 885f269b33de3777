//! Reading `[feed.NAME.nasa_power]`: what is asked of NASA POWER.

use super::super::Context;
use super::super::sent::{check_columns, check_no_placeholders, check_positions, check_stations_apart, choice};
use super::super::time::recorded_zone;
use super::{PowerForm, Resolution, SENT, unit_names};
use crate::document::{Fault, Faults, Fields, Node};

const WHO: &str = "NASA POWER";

pub(super) fn read_nasa_power(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<PowerForm> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the NASA POWER form", faults)?;
    let words = [Resolution::Hourly, Resolution::Daily].map(|known| (known.word(), known));
    let resolution = choice(&mut fields, "resolution", &words, faults);
    let community = fields.required("community", "\"AG\"", faults).and_then(|node| {
        let word = node.text("\"AG\", \"SB\" or \"RE\"", faults)?;
        let known = ["AG", "SB", "RE"].into_iter().find(|known| *known == word);
        if known.is_none() {
            let fault = Fault::new(&node.place, format!("`{word}` is not a community of {WHO}"));
            faults.push(fault.hint("write \"AG\", \"SB\" or \"RE\": it decides the units of radiation"));
        }
        known
    });
    let zone = fields.optional("zone").map_or(Some(None), |node| {
        let hint = "local solar time has one offset all year, a minute for each quarter degree: \"-03:12\"";
        recorded_zone(node, "-03:12", hint, context, faults).map(Some)
    });
    fields.finish(faults);
    check_columns(context.columns, &SENT, WHO, faults);
    if let (Some(resolution), Some(community)) = (resolution, community) {
        check_units(resolution, community, context, faults);
    }
    check_no_placeholders(context, "nasa-power", "https://power.larc.nasa.gov/api/temporal", faults);
    check_stations_apart(context, "a name of your own", "lingang", |_| true, faults)?;
    check_positions(context, faults)?;
    if faults.len() > before {
        return None;
    }
    Some(PowerForm { resolution: resolution?, community: community?, zone: zone? })
}

/// What only days have, what a community has in other units, and what is not asked for.
fn check_units(resolution: Resolution, community: &'static str, context: &Context<'_>, faults: &mut Faults) {
    for (column, place) in context.columns {
        if !SENT.iter().any(|sent| sent.name == column.name && sent.units.contains(&column.unit.symbol())) {
            continue;
        }
        let of_days = matches!(column.name.as_str(), "T2M_MAX" | "T2M_MIN" | "WS10M_MAX");
        if of_days && resolution == Resolution::Hourly {
            let fault = Fault::new(place, format!("`{}` is of days only", column.name));
            faults.push(fault.hint("write resolution = \"daily\", or read the hours and take their highest or lowest"));
        } else if unit_names(resolution, community, column.unit).is_empty() {
            let message =
                format!("{} answers for the community {community} are not in {}", resolution.word(), column.unit);
            faults.push(Fault::new(place, message).hint("radiation: AG sends MJ/m2, SB and RE kWh/m2 (hours: Wh/m2)"));
        } else if context.url.is_some() && matches!(column.name.as_str(), "PSC" | "WSC") {
            let message = format!("`{}` depends on a height that is not asked for", column.name);
            faults.push(Fault::new(place, message).hint("ask for `PS` or `WS50M`; a recorded answer may have it"));
        }
    }
}
