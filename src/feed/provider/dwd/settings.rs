//! Reading `[feed.NAME.dwd]`: which files are read.

use super::super::Context;
use super::super::asking::{no_placeholders, stations_are};
use super::super::sent::{Sent, check_columns};
use super::{DwdForm, Files};
use crate::document::{Fault, Faults, Fields, Node, did_you_mean};

pub(super) fn read_dwd(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<DwdForm> {
    let mut fields = Fields::of(node, "the DWD form", faults)?;
    let files = fields.required("files", "\"hourly\"", faults).and_then(|node| {
        let word = node.text("\"poi\", \"hourly\" or \"10_minutes\"", faults)?;
        let found = Files::ALL.into_iter().find(|files| files.word() == word);
        if found.is_none() {
            let words = Files::ALL.map(Files::word);
            let near = did_you_mean(word, words).map_or(String::new(), |near| format!("did you mean `{near}`? "));
            let fault = Fault::new(&node.place, format!("`{word}` is not a kind of DWD's files that can be read"));
            faults.push(fault.hint(format!("{near}kinds are: {}", words.join(", "))));
        }
        found
    });
    fields.finish(faults);
    if let Some(files) = files {
        let sent =
            files.columns().iter().map(|known| Sent { name: known.name, variable: known.variable, unit: known.unit });
        check_columns("DWD", &sent.collect::<Vec<_>>(), context.columns, faults);
    }
    no_placeholders(context, "dwd", "https://opendata.dwd.de/weather/weather_reports/poi/", faults);
    let is_poi = |text: &str| (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_cdc = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    match files? {
        Files::Poi => stations_are(context, "the name of a POI file before `-BEOB`", "01049", is_poi, faults)?,
        _ => stations_are(context, "the number, five digits, of a station", "04911", is_cdc, faults)?,
    }
    Some(DwdForm { files: files? })
}
