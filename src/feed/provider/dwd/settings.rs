//! Reading `[feed.NAME.dwd]`: which files are read.

use super::super::Context;
use super::super::lines::is_digits;
use super::super::sent::{check_columns, check_no_placeholders, check_stations, choice};
use super::super::stamped::Stamped;
use super::{DwdForm, Files};
use crate::document::{Faults, Fields, Node};

pub(super) fn read_dwd(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<DwdForm> {
    let mut fields = Fields::of(node, "the DWD form", faults)?;
    let files = choice(&mut fields, "files", &Files::ALL.map(|files| (files.word(), files)), faults);
    fields.finish(faults);
    let files = files?;
    let sent: Vec<_> = files.columns().iter().map(Stamped::sent).collect();
    check_columns(context.columns, &sent, "DWD", faults);
    check_no_placeholders(context, "dwd", "https://opendata.dwd.de/weather/weather_reports/poi/", faults);
    let is_poi = |text: &str| (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_cdc = |text: &str| is_digits(text, 5);
    match files {
        Files::Poi => check_stations(context, "the name of a POI file before `-BEOB`", "01049", is_poi, faults)?,
        Files::Hourly | Files::TenMinutes => {
            check_stations(context, "the number, five digits, of a station", "04911", is_cdc, faults)?;
        }
    }
    Some(DwdForm { files })
}
