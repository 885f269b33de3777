//! Reading `[feed.NAME.ghcn_daily]`: how the station days are had, and when a day is.

use super::super::sent::{check_columns, check_no_placeholders, check_stations_apart, choice, is_ghcn_id};
use super::super::{Context, time};
use super::{Form, GhcnDaily, SENT};
use crate::calendar::{Edge, Interval};
use crate::document::{Fault, Faults, Fields, Node};

pub(super) const DATE: &str = "%Y-%m-%d";

pub(super) fn read_ghcn_daily(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<GhcnDaily> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the GHCN-Daily form", faults)?;
    let form = choice(&mut fields, "form", &FORMS, faults);
    let zone = fields.required("zone", "\"America/New_York\"", faults).and_then(|node| {
        let hint = "write an IANA name such as \"Asia/Shanghai\", or an offset such as \"+08:00\"";
        time::zone(node, "America/New_York", hint, faults)
    });
    let starts_min = fields
        .required("starts", "\"07:00\"", faults)
        .and_then(|node| time::starts(node, "07:00", ": when the station's observer reads the gauge", faults));
    let stamp = choice(&mut fields, "stamp", &[("begin", Edge::Begin), ("end", Edge::End)], faults);
    let presumed_zero = choice(&mut fields, "presumed_zero", &[("missing", false), ("zero", true)], faults);
    fields.finish(faults);
    check_columns(context.columns, &SENT, "GHCN-Daily", faults);
    check_stations_apart(context, "a GHCN id of 11 characters", "CHM00058362", is_ghcn_id, faults)?;
    match form {
        Some(Form::Service) => {
            check_no_placeholders(context, "ghcn-daily", "https://www.ncei.noaa.gov/access/services/data/v1", faults);
        }
        Some(_) if context.url.is_some_and(|url| !url.has("station")) => {
            let fault = Fault::new(context.place, "the URL does not name the station");
            let hint = "write url = \"https://www.ncei.noaa.gov/pub/data/ghcn/daily/all/{station}.dly\"";
            faults.push(fault.hint(hint));
        }
        _ => {}
    }
    if faults.len() > before {
        return None;
    }
    let (zone, starts_min, stamp) = (zone?, starts_min?, stamp?);
    let every = Interval::Day { zone: zone.name().clone(), starts_min };
    let day = time::rule(DATE, zone, stamp, every);
    Some(GhcnDaily { form: form?, day, starts_min, stamp, presumed_zero: presumed_zero? })
}

const FORMS: [(&str, Form); 3] = [("service", Form::Service), ("dly", Form::Dly), ("csv", Form::Csv)];
