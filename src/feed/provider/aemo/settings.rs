//! Reading `[feed.NAME.aemo]`: which table of which files is read.

use super::super::Context;
use super::super::sent::{Sent, check_columns, check_no_placeholders, check_stations, choice, chosen, sent};
use super::{AemoForm, Files, Table};
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::Variable;

const SCADA: [Sent; 1] = [sent("SCADAVALUE", &[Variable::Power], &["MW"])];
/// By the word in SCADA_TYPE: turbines or inverters that are available, the limit that the plant itself has set.
const INTERMITTENT: [Sent; 2] =
    [sent("ELAV", &[Variable::PublishedIndex], &["1"]), sent("LOCL", &[Variable::PublishedIndex], &["MW"])];

pub(super) fn read_aemo(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<AemoForm> {
    let mut fields = Fields::of(node, "the AEMO form", faults)?;
    let table = choice(&mut fields, "table", &Table::ALL.map(|table| (table.word(), table)), faults);
    let files = fields.optional("files").map_or(Some(Files::Folder), |node| {
        let files = chosen(node, "files", &[("folder", Files::Folder), ("months", Files::Months)], faults)?;
        if (files, table) == (Files::Months, Some(Table::Intermittent)) {
            let fault = Fault::new(&node.place, "the archive by month has DISPATCH.UNIT_SCADA only");
            faults.push(fault.hint("write files = \"folder\""));
            return None;
        }
        Some(files)
    });
    fields.finish(faults);
    let sent: &[Sent] = if table == Some(Table::Intermittent) { &INTERMITTENT } else { &SCADA };
    check_columns(context.columns, sent, "AEMO", faults);
    check_no_placeholders(context, "aemo", "https://nemweb.com.au/Reports/CURRENT/Dispatch_SCADA/", faults);
    let is_unit = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    check_stations(context, "the DUID of a unit", "HDWF2", is_unit, faults)?;
    Some(AemoForm { table: table?, files: files? })
}
