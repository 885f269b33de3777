//! Reading `[feed.NAME.aemo]`: which table of which files is read.

use super::super::Context;
use super::super::asking::{no_placeholders, stations_are};
use super::super::sent::{Sent, check_columns, sent};
use super::{AemoForm, Files, Table};
use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::quantity::Variable;

const SCADA: [Sent; 1] = [sent("SCADAVALUE", Variable::Power, "MW")];
/// By the word in SCADA_TYPE: turbines or inverters that are available, the limit that the plant itself has set.
const INTERMITTENT: [Sent; 2] =
    [sent("ELAV", Variable::PublishedIndex, "1"), sent("LOCL", Variable::PublishedIndex, "MW")];

pub(super) fn read_aemo(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<AemoForm> {
    let mut fields = Fields::of(node, "the AEMO form", faults)?;
    let table = fields.required("table", "\"DISPATCH.UNIT_SCADA\"", faults).and_then(|node| {
        let word = node.text("the name of a table", faults)?;
        let found = Table::ALL.into_iter().find(|table| table.word() == word);
        if found.is_none() {
            let words = Table::ALL.map(Table::word);
            let near = did_you_mean(word, words).map_or(String::new(), |near| format!("did you mean `{near}`? "));
            let fault = Fault::new(&node.place, format!("`{word}` is not a table that can be read"));
            faults.push(fault.hint(format!("{near}tables are: {}", words.join(", "))));
        }
        found
    });
    let files = fields.optional("files").map_or(Some(Files::Folder), |node| {
        match node.text("\"folder\" or \"months\"", faults)? {
            "folder" => Some(Files::Folder),
            "months" if table == Some(Table::Intermittent) => {
                let fault = Fault::new(&node.place, "the archive by month has DISPATCH.UNIT_SCADA only");
                faults.push(fault.hint("write files = \"folder\""));
                None
            }
            "months" => Some(Files::Months),
            other => {
                let fault = Fault::new(&node.place, format!("`{other}` is not where files stand"));
                faults.push(
                    fault.hint("write \"folder\" for a page that lists them, \"months\" for the archive by month"),
                );
                None
            }
        }
    });
    fields.finish(faults);
    let sent: &[Sent] = if table == Some(Table::Intermittent) { &INTERMITTENT } else { &SCADA };
    check_columns("AEMO", sent, context.columns, faults);
    no_placeholders(context, "aemo", "https://nemweb.com.au/Reports/CURRENT/Dispatch_SCADA/", faults);
    let is_unit = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    stations_are(context, "the DUID of a unit", "HDWF2", is_unit, faults)?;
    Some(AemoForm { table: table?, files: files? })
}
