//! Reading `[feed.NAME.csv]`: the form of a CSV file.

use encoding_rs::Encoding;

use super::super::{Context, flag, missing::Missing, station, time};
use super::{CsvForm, Header};
use crate::document::{Fault, Faults, Fields, Node, Value};

pub(super) fn read_csv(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<CsvForm> {
    let mut fields = Fields::of(node, "the csv form", faults)?;
    let delimiter = fields.required("delimiter", "\",\"", faults).and_then(|node| character(node, faults));
    let decimal = fields.required("decimal", "\".\"", faults).and_then(|node| {
        let text = node.text("\".\" or \",\"", faults)?;
        match text {
            "." => Some('.'),
            "," => Some(','),
            _ => {
                let fault = Fault::new(&node.place, format!("`{text}` is not a decimal mark"));
                faults.push(fault.hint("write \".\" or \",\""));
                None
            }
        }
    });
    let comment = fields.optional("comment").map(|node| character(node, faults));
    let header = read_header(&mut fields, comment.is_some(), faults);
    let encoding = fields.optional("encoding").map_or(Some(encoding_rs::UTF_8), |node| read_encoding(node, faults));
    let missing = fields.required("missing", "[\"\"]", faults).and_then(|node| Missing::read(node, faults));
    let station = station::read(&mut fields, "column", false, context, faults);
    let time = fields.required("time", TIME_EXAMPLE, faults).and_then(|node| time::read(node, "column", faults));
    let flags = flag::read(&mut fields, "column", context, faults);
    let open_end = fields.optional("open_end").map_or(Some(false), |node| match &node.value {
        Value::Flag(flag) => Some(*flag),
        _ => {
            faults.push(Fault::new(&node.place, format!("this is {}", node.kind())).hint("open_end is true or false"));
            None
        }
    });
    fields.finish(faults);
    let comment = comment.map_or(Some(None), |comment| comment.map(Some));
    Some(CsvForm {
        encoding: encoding?,
        delimiter: delimiter?,
        decimal: decimal?,
        comment: comment?,
        header: header?,
        missing: missing?,
        station: station?,
        time: time?,
        flags: flags?,
        open_end: open_end?,
    })
}

const TIME_EXAMPLE: &str =
    "{ column = \"time\", format = \"%Y-%m-%d %H:%M\", zone = \"UTC\", stamp = \"begin\", every = \"1 h\" }";

fn read_header(fields: &mut Fields<'_>, comments: bool, faults: &mut Faults) -> Option<Header> {
    let Some(node) = fields.optional("header") else { return Some(Header::FirstLine) };
    if let Value::List(items) = &node.value {
        if items.is_empty() {
            let fault = Fault::new(&node.place, "there is no column");
            faults.push(fault.hint("name the columns in their order; \"\" for one that is passed over"));
            return None;
        }
        return time::texts(node, faults).map(Header::Names);
    }
    match node.text("\"first line\" or \"last comment line\"", faults)? {
        "first line" => Some(Header::FirstLine),
        "last comment line" if comments => Some(Header::LastCommentLine),
        "last comment line" => {
            let fault = Fault::new(&node.place, "the header is in a comment, but `comment` is missing");
            faults.push(fault.hint("add comment = \"#\""));
            None
        }
        other => {
            let fault = Fault::new(&node.place, format!("`{other}` is not a place for a header"));
            faults.push(fault.hint("write \"first line\", \"last comment line\" or a list of names"));
            None
        }
    }
}

fn read_encoding(node: &Node, faults: &mut Faults) -> Option<&'static Encoding> {
    let label = node.text("the name of an encoding such as \"gb18030\"", faults)?;
    let known = Encoding::for_label_no_replacement(label.as_bytes());
    if known.is_none() {
        let fault = Fault::new(&node.place, format!("`{label}` is not an encoding"));
        faults.push(
            fault.hint("write \"utf-8\", \"gb18030\", \"big5\", \"shift_jis\", \"utf-16le\" or \"windows-1252\""),
        );
    }
    known
}

/// One ASCII character that can stand between columns or before a comment.
fn character(node: &Node, faults: &mut Faults) -> Option<u8> {
    let text = node.text("one character", faults)?;
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n.-".contains(byte) => Some(*byte),
        _ => {
            let fault = Fault::new(&node.place, format!("`{text}` is not one character that can be used here"));
            faults.push(fault.hint("write \",\", \";\", \"\\t\", \"|\" or \"#\""));
            None
        }
    }
}
