//! Reading the window of a cover.

use crate::calendar::{MonthDay, Window};
use crate::document::{Fault, Faults, Fields, Node, Value, did_you_mean};

use super::anchor::{Anchor, read_anchor};
use super::literal::Scope;
use super::product::Column;

/// When a cover looks.
pub(super) struct CoverWindow {
    /// The periods; of an anchored cover the whole cover period.
    pub window: Window,
    /// The day around which it looks inside its period, if it has one.
    pub anchor: Option<Anchor>,
}

impl CoverWindow {
    fn plain(window: Window) -> Self {
        Self { window, anchor: None }
    }
}

pub(super) fn read_window(
    node: &Node,
    columns: &[Column],
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<CoverWindow> {
    const HINT: &str = "\"cover\", { from = \"06-20\", to = \"07-31\" } or { each = \"month\" }";
    if let Value::Text(text) = &node.value {
        if text == "cover" {
            return Some(CoverWindow::plain(Window::Cover));
        }
        faults.push(Fault::new(&node.place, format!("`{text}` is no window")).hint(HINT));
        return None;
    }
    let mut fields = Fields::of(node, "the window", faults)?;
    if fields.has("anchor") {
        let anchor = read_anchor(&mut fields, columns, scope, faults);
        fields.finish(faults);
        return Some(CoverWindow { window: Window::Cover, anchor: Some(anchor?) });
    }
    let (each, from, to) = (fields.optional("each"), fields.optional("from"), fields.optional("to"));
    fields.finish(faults);
    match (each, from, to) {
        (Some(each), None, None) => read_each(each, faults).map(CoverWindow::plain),
        (None, Some(from), Some(to)) => {
            let (from, to) = (read_month_day(from, faults), read_month_day(to, faults));
            Some(CoverWindow::plain(Window::Dates(from?, to?)))
        }
        _ => {
            faults.push(Fault::new(&node.place, "the window is not complete").hint(HINT));
            None
        }
    }
}

fn read_each(node: &Node, faults: &mut Faults) -> Option<Window> {
    match node.text("\"month\", \"dekad\" or \"year\"", faults)? {
        "month" => Some(Window::EachMonth),
        "dekad" => Some(Window::EachDekad),
        "year" => Some(Window::EachYear),
        word => {
            let hint = did_you_mean(word, ["month", "dekad", "year"]).map_or_else(
                || "write each = \"month\", \"dekad\" or \"year\"".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            faults.push(Fault::new(&node.place, "a window repeats by the month, the dekad or the year").hint(hint));
            None
        }
    }
}

/// `"06-20"`
pub(super) fn read_month_day(node: &Node, faults: &mut Faults) -> Option<MonthDay> {
    let text = node.text("a day of the year, such as \"06-20\"", faults)?;
    let day = MonthDay::parse(text);
    if day.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is no day of the year"));
        faults.push(fault.hint("write month and day with two digits each, as in \"06-20\""));
    }
    day
}
