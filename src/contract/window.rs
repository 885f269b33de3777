//! Reading the window of a cover.

use crate::calendar::{MonthDay, Window};
use crate::document::{Fault, Faults, Fields, Node, Value};

pub(super) fn read_window(node: &Node, faults: &mut Faults) -> Option<Window> {
    const HINT: &str = "\"cover\", { from = \"06-20\", to = \"07-31\" } or { each = \"month\" }";
    if let Value::Text(text) = &node.value {
        if text == "cover" {
            return Some(Window::Cover);
        }
        faults.push(Fault::new(&node.place, format!("`{text}` is no window")).hint(HINT));
        return None;
    }
    let mut fields = Fields::of(node, "the window", faults)?;
    let (each, from, to) = (fields.optional("each"), fields.optional("from"), fields.optional("to"));
    fields.finish(faults);
    match (each, from, to) {
        (Some(each), None, None) => {
            if each.text("\"month\"", faults)? == "month" {
                return Some(Window::EachMonth);
            }
            faults.push(Fault::new(&each.place, "a window repeats by the month only").hint("write each = \"month\""));
            None
        }
        (None, Some(from), Some(to)) => {
            let (from, to) = (read_month_day(from, faults), read_month_day(to, faults));
            Some(Window::Dates(from?, to?))
        }
        _ => {
            faults.push(Fault::new(&node.place, "the window is not complete").hint(HINT));
            None
        }
    }
}

fn read_month_day(node: &Node, faults: &mut Faults) -> Option<MonthDay> {
    let text = node.text("a day of the year, such as \"06-20\"", faults)?;
    let day = MonthDay::parse(text);
    if day.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is no day of the year"));
        faults.push(fault.hint("write month and day with two digits each, as in \"06-20\""));
    }
    day
}
