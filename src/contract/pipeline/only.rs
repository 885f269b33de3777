//! Blocks that leave only some slots: of a list of days, or around what a branch meets.

use chrono::NaiveDate;

use crate::document::Node;

use super::super::block::Block;
use super::branch::read_flags;
use super::flow::{Drift, Flow, Series};
use super::keys::Keys;
use super::reader::Outcome;

/// `{ only_on = ["2021-10-06", "2021-10-07"] }`
pub(super) fn only_on(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let node = keys.required("only_on", "[\"2021-10-06\", \"2021-10-07\"]");
    let dates = node.and_then(|node| read_dates(node, keys));
    Outcome::series(dates.map(Block::OnlyOn), series.clone())
}

fn read_dates(node: &Node, keys: &mut Keys<'_, '_>) -> Option<Vec<NaiveDate>> {
    let items = node.list("a list of days such as \"2021-10-06\"", keys.faults)?;
    let mut dates: Vec<NaiveDate> = Vec::new();
    let mut complete = true;
    for item in items {
        let text = item.text("a day such as \"2021-10-06\"", keys.faults)?;
        let date = text.parse::<NaiveDate>().ok().filter(|_| text.len() == 10);
        let Some(date) = date else {
            let hint = "write year, month and day, as in 2024-06-01";
            let _: Option<()> = keys.wrong(&item.place, format!("`{text}` is no day of the calendar"), hint);
            complete = false;
            continue;
        };
        if dates.last().is_some_and(|before| *before >= date) {
            return keys.wrong(&item.place, "the days do not rise", "put them in order, none twice");
        }
        dates.push(date);
    }
    if items.is_empty() {
        return keys.wrong(&node.place, "there is no day", "as in only_on = [\"2021-10-06\"]");
    }
    complete.then_some(dates)
}

/// `{ only_where = [ … ], before = "12 h", after = "24 h" }`
pub(super) fn only_where(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let before = keys.seconds_or_none("before", "\"12 h\"");
    let after = keys.seconds_or_none("after", "\"24 h\"");
    let reader = keys.reader;
    let node = keys.required("only_where", "[ { read = … }, { meets = \">= 10 mm\" } ]");
    let branch = node.and_then(|node| read_flags(node, reader, keys.faults));
    // Where the branch is met stays so, or no certainty: a late fix may move a storm away.
    let certain = match branch.as_ref().map(|branch| &branch.flow) {
        Some(Flow::Series(flags)) => flags.drift.is_rising(),
        _ => false,
    };
    let drift = if certain { series.drift } else { Drift::Any };
    let flow = Series { drift, open: true, ..series.clone() };
    let block = (|| Some(Block::OnlyWhere { branch: branch?.blocks?, before: before?, after: after? }))();
    Outcome::series(block, flow)
}
