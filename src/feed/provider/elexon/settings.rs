//! Reading `[feed.NAME.elexon]`: which settlement run counts.

use super::super::Context;
use super::super::sent::{Sent, check_columns, check_no_placeholders, check_stations, chosen, sent};
use super::{ElexonForm, Run, RunRule};
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::Variable;

const SENT: [Sent; 1] = [sent("quantity", &[Variable::Energy], &["MWh"])];

pub(super) fn read_elexon(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<ElexonForm> {
    let mut fields = Fields::of(node, "the Elexon form", faults)?;
    let (final_from, only) = (fields.optional("final_from"), fields.optional("only"));
    let rule = match (final_from, only) {
        (Some(node), None) => read_run(node, faults).map(RunRule::FinalFrom),
        (None, Some(node)) => read_run(node, faults).map(RunRule::Only),
        _ => {
            let fault = Fault::new(&node.place, "the form has `final_from` or `only`: one of them");
            faults.push(fault.hint(
                "write { final_from = \"RF\" } to take each run as it comes, or { only = \"R1\" } to take none but that",
            ));
            None
        }
    };
    fields.finish(faults);
    check_columns(context.columns, &SENT, "Elexon", faults);
    check_no_placeholders(context, "elexon", "https://data.elexon.co.uk/bmrs/api/v1/datasets/B1610/stream", faults);
    let is_unit = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    check_stations(context, "the name of a BM unit", "T_EXAMPLE-1", is_unit, faults)?;
    Some(ElexonForm { rule: rule? })
}

fn read_run(node: &Node, faults: &mut Faults) -> Option<Run> {
    chosen(node, "settlement run", &Run::ALL.map(|run| (run.word(), run)), faults)
}
