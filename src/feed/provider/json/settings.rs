//! Reading `[feed.NAME.json]`: the form of a JSON answer.

use super::super::{Context, flag, missing::Missing, station, station::StationRule, time};
use super::{Cells, JsonForm, Pointer, Rows, StatedUnit};
use crate::document::{Fault, Faults, Fields, Node, Place};

pub(super) fn read_json(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<JsonForm> {
    let mut fields = Fields::of(node, "the json form", faults)?;
    let rows = read_rows(&mut fields, faults);
    let missing = fields.required("missing", "[]", faults).and_then(|node| Missing::read(node, faults));
    let absent = fields.optional("absent").map_or(Some(false), |node| read_absent(node, faults));
    let station_place = fields.optional("station").map_or(fields.place(), |node| &node.place);
    let station = station::read(&mut fields, "at", true, context, faults);
    let time_node = fields.required("time", TIME_EXAMPLE, faults);
    let time = time_node.and_then(|node| time::read(node, "at", faults));
    let units = fields.optional("units").map_or(Some(Vec::new()), |node| read_units(node, context, faults));
    let flags_place = fields.optional("flags").map_or(fields.place(), |node| &node.place);
    let flags = flag::read(&mut fields, "at", context, faults);
    let error = fields.optional("error").map(|node| pointer_of(node, faults));
    let expect = fields.optional("expect").map_or(Some(Vec::new()), |node| read_expect(node, faults));
    let next = fields.optional("next").map(|node| pointer_of(node, faults));
    fields.finish(faults);

    let columns = context.columns.iter().map(|(column, place)| pointer(&column.name, place, faults));
    let columns = columns.collect::<Option<Vec<_>>>();
    let (time, station, flags) = (time?, station?, flags?);
    let time_place = &time_node?.place;
    let times = time.from.iter().map(|at| pointer(at, time_place, faults)).collect::<Option<Vec<_>>>();
    let flagged = flags.iter().map(|flag| pointer(&flag.from, flags_place, faults)).collect::<Option<Vec<_>>>();
    let named = match &station {
        StationRule::Row(at) | StationRule::Answer(at) => Some(pointer(at, station_place, faults)?),
        StationRule::Is(_) | StationRule::FileName(_) | StationRule::Asked => None,
    };
    Some(JsonForm {
        rows: rows?,
        missing: missing?,
        absent_is_missing: absent?,
        station,
        time,
        cells: Cells { station: named, time: times?, columns: columns?, flags: flagged? },
        units: units?,
        flags,
        error: error.map_or(Some(None), |error| error.map(Some))?,
        expect: expect?,
        next: next.map_or(Some(None), |next| next.map(Some))?,
    })
}

const TIME_EXAMPLE: &str = "{ at = \"time\", format = \"%Y-%m-%dT%H:%M:%S%:z\", stamp = \"begin\", every = \"1 h\" }";

fn read_rows(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Rows> {
    let (rows, lists, row) = (fields.optional("rows"), fields.optional("lists"), fields.optional("row"));
    match (rows, lists, row) {
        (Some(node), None, None) => pointer_of(node, faults).map(Rows::List),
        (None, Some(node), None) => pointer_of(node, faults).map(Rows::Columns),
        (None, None, Some(node)) => pointer_of(node, faults).map(Rows::One),
        _ => {
            let fault = Fault::new(fields.place(), "the readings stand in `rows`, `lists` or `row`: one of them");
            let hint = "write rows = \"/data\" for a list of rows, lists = \"/hourly\" for a list for each column, \
                        row = \"\" for an answer that is one row";
            faults.push(fault.hint(hint));
            None
        }
    }
}

fn read_absent(node: &Node, faults: &mut Faults) -> Option<bool> {
    match node.text("\"missing\" or \"refused\"", faults)? {
        "missing" => Some(true),
        "refused" => Some(false),
        other => {
            let fault = Fault::new(&node.place, format!("`{other}` is not what becomes of an absent column"));
            faults.push(fault.hint("write \"missing\", or \"refused\" for an answer that is refused"));
            None
        }
    }
}

fn pointer_of(node: &Node, faults: &mut Faults) -> Option<Pointer> {
    let text = node.text("a pointer such as \"/data\"", faults)?;
    pointer(text, &node.place, faults)
}

fn pointer(text: &str, place: &Place, faults: &mut Faults) -> Option<Pointer> {
    let read = Pointer::parse(text);
    read.map_err(|reason| {
        let fault = Fault::new(place, format!("`{text}` is not a pointer: {reason}"));
        faults.push(fault.hint("write it as \"/data/0/temp\""));
    })
    .ok()
}

fn read_units(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Vec<StatedUnit>> {
    let entries = node.table("a table with a unit for each column", faults)?;
    let mut units = Vec::new();
    for (key, node) in entries {
        let column = flag::column(&key.name, &key.place, context, faults);
        let mut fields = Fields::of(node, "the stated unit", faults)?;
        let (at, in_answer) = (fields.optional("at"), fields.optional("in_answer"));
        let is = fields.text("is", "\"°C\"", faults).map(str::to_owned);
        fields.finish(faults);
        let (node, in_row) = match (at, in_answer) {
            (Some(node), None) => (node, true),
            (None, Some(node)) => (node, false),
            _ => {
                let fault = Fault::new(&node.place, "a unit stands `at` a pointer in the row, or `in_answer`");
                faults.push(fault.hint("write { in_answer = \"/hourly_units/temperature\", is = \"°C\" }"));
                return None;
            }
        };
        units.push(StatedUnit { column: column?, at: pointer_of(node, faults)?, in_row, is: is? });
    }
    Some(units)
}

fn read_expect(node: &Node, faults: &mut Faults) -> Option<Vec<(Pointer, String)>> {
    let mut expect = Vec::new();
    for (key, node) in node.table("a table of pointers and texts", faults)? {
        let at = pointer(&key.name, &key.place, faults)?;
        expect.push((at, node.text("the text that must stand there", faults)?.to_owned()));
    }
    Some(expect)
}
