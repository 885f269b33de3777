//! Reading `[feed.NAME.csv]`: the form of a CSV file.

use super::super::Context;
use super::{CsvForm, Header, StationRule};
use crate::calendar::{Carries, Edge, Interval, TimeRule, Zone, carries, time_of_day_min};
use crate::document::{Fault, Faults, Fields, Node, Place, Value};
use crate::feed::settings::{DAY_S, Station, seconds};

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
    let missing = fields.required("missing", "[\"\"]", faults).and_then(|node| texts(node, faults));
    let station = read_station_rule(&mut fields, context, faults);
    let time = fields.required("time", TIME_EXAMPLE, faults).and_then(|node| read_time(node, faults));
    let open_end = fields.optional("open_end").map_or(Some(false), |node| match &node.value {
        Value::Flag(flag) => Some(*flag),
        _ => {
            faults.push(Fault::new(&node.place, format!("this is {}", node.kind())).hint("open_end is true or false"));
            None
        }
    });
    fields.finish(faults);
    let comment = comment.map_or(Some(None), |comment| comment.map(Some));
    let (time_columns, time) = time?;
    Some(CsvForm {
        delimiter: delimiter?,
        decimal: decimal?,
        comment: comment?,
        header: header?,
        missing: missing?,
        station: station?,
        time_columns,
        time,
        open_end: open_end?,
    })
}

const TIME_EXAMPLE: &str =
    "{ column = \"time\", format = \"%Y-%m-%d %H:%M\", zone = \"UTC\", stamp = \"begin\", every = \"1 h\" }";

fn read_header(fields: &mut Fields<'_>, comments: bool, faults: &mut Faults) -> Option<Header> {
    let Some(node) = fields.optional("header") else { return Some(Header::FirstLine) };
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
            faults.push(fault.hint("write \"first line\" or \"last comment line\""));
            None
        }
    }
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

/// A list of texts; from the environment, one text with commas.
fn texts(node: &Node, faults: &mut Faults) -> Option<Vec<String>> {
    if let (Value::Text(text), Place::Environment(_)) = (&node.value, &node.place) {
        return Some(text.split(',').map(str::to_owned).collect());
    }
    let items = node.list("a list of texts", faults)?;
    let texts: Vec<_> = items.iter().filter_map(|item| item.text("a text", faults).map(str::to_owned)).collect();
    (texts.len() == items.len()).then_some(texts)
}

fn read_station_rule(fields: &mut Fields<'_>, context: &Context<'_>, faults: &mut Faults) -> Option<StationRule> {
    let asked = context.url.is_some_and(|url| ["station", "latitude", "longitude"].iter().any(|name| url.has(name)));
    let listed = context.stations?;
    let Some(node) = fields.optional("station") else {
        if !asked {
            let fault = Fault::new(fields.place(), "`station` is missing: nothing says whose readings these are");
            faults.push(fault.hint("add station = { column = \"station\" } or station = { is = \"R80711\" }"));
            return None;
        }
        check_asked(context, listed, faults)?;
        return Some(StationRule::Asked);
    };
    let mut table = Fields::of(node, "the station", faults)?;
    let (column, is) = (table.optional("column"), table.optional("is"));
    table.finish(faults);
    match (column, is) {
        (Some(column), None) => {
            if asked {
                check_asked(context, listed, faults)?;
            }
            column.text("the name of a column", faults).map(|name| StationRule::Column(name.to_owned()))
        }
        (None, Some(is)) => {
            let name = is.text("the name of a station", faults)?;
            let other = listed.iter().find(|station| &*station.name != name);
            if let Some(other) = other {
                let message = format!("the station is `{name}`, but `{}` is listed", other.name);
                faults.push(
                    Fault::new(&is.place, message).hint("list this station only, or take station = { column = … }"),
                );
                return None;
            }
            check_positions(context, listed, faults)?;
            Some(StationRule::Is(name.into()))
        }
        _ => {
            let fault = Fault::new(&node.place, "a station has `column` or `is`: one of them");
            faults.push(fault.hint("write { column = \"station\" } or { is = \"R80711\" }"));
            None
        }
    }
}

/// A URL that names the station can be asked only for stations that are listed.
fn check_asked(context: &Context<'_>, listed: &[Station], faults: &mut Faults) -> Option<()> {
    if listed.is_empty() {
        let fault = Fault::new(context.place, "the URL names a station, but no station is listed");
        faults.push(fault.hint("add a table [feed.NAME.station.STATION] for each"));
        return None;
    }
    check_positions(context, listed, faults)
}

fn check_positions(context: &Context<'_>, listed: &[Station], faults: &mut Faults) -> Option<()> {
    let wanted = context.url.is_some_and(|url| url.has("latitude") || url.has("longitude"));
    let homeless = listed.iter().find(|station| station.position.is_none());
    if let Some(station) = homeless.filter(|_| wanted) {
        let message = format!("the URL wants a position, and the station `{}` has none", station.name);
        faults.push(Fault::new(context.place, message).hint("give it latitude and longitude, as \"30.87 deg\""));
        return None;
    }
    if wanted && listed.is_empty() {
        let fault = Fault::new(context.place, "the URL wants a position, and no station is listed");
        faults.push(fault.hint("add a table [feed.NAME.station.STATION] with latitude and longitude"));
        return None;
    }
    Some(())
}

fn read_time(node: &Node, faults: &mut Faults) -> Option<(Vec<String>, TimeRule)> {
    let mut fields = Fields::of(node, "the time", faults)?;
    let columns = fields.required("column", "\"time\"", faults).and_then(|node| match &node.value {
        Value::Text(name) => Some(vec![name.clone()]),
        _ => texts(node, faults).filter(|names| !names.is_empty()),
    });
    let format = fields.required("format", "\"%Y-%m-%d %H:%M\"", faults).and_then(|node| {
        let format = node.text("a form such as \"%Y-%m-%d %H:%M\"", faults)?;
        let carries = carries(format).map_err(|reason| {
            let fault = Fault::new(&node.place, format!("`{format}` is not a form of a time: {reason}"));
            faults.push(fault.hint("write it as \"%Y-%m-%d %H:%M\", %:z for an offset"));
        });
        Some((format.to_owned(), carries.ok()?, node))
    });
    let zone = read_zone(&mut fields, format.as_ref().map(|(_, carries, _)| carries.offset), faults);
    let every = fields.required("every", "\"1 h\"", faults);
    let every = every.and_then(|node| read_every(node, &mut fields, zone.as_ref(), faults));
    let stamp = read_stamp(&mut fields, every.as_ref(), faults);
    fields.finish(faults);
    let (format, carries, format_node) = format?;
    let every = every?;
    check_format(&every, carries, format_node, faults)?;
    Some((columns?, TimeRule { format, carries, zone: zone?, stamp: stamp?, every }))
}

/// A form must carry what the interval needs.
fn check_format(every: &Interval, carries: Carries, node: &Node, faults: &mut Faults) -> Option<()> {
    let fault = match every {
        Interval::Day { .. } if carries.offset => "a day is counted in a zone: its stamp carries no offset",
        Interval::Fixed(_) | Interval::Instant if !carries.hour => "the stamp does not carry the hour",
        Interval::Fixed(seconds) if seconds % 3_600 != 0 && !carries.minute => "the stamp does not carry the minute",
        _ => return Some(()),
    };
    faults.push(Fault::new(&node.place, fault).hint("write it as \"%Y-%m-%d %H:%M\"; of a day, \"%Y-%m-%d\""));
    None
}

fn read_zone(fields: &mut Fields<'_>, offset: Option<bool>, faults: &mut Faults) -> Option<Zone> {
    match (fields.optional("zone"), offset?) {
        (Some(node), true) => {
            let fault = Fault::new(&node.place, "the form carries the offset, so there is no other zone");
            faults.push(fault.hint("leave zone out"));
            None
        }
        (None, true) => Some(Zone::utc()),
        (None, false) => {
            let fault = Fault::new(fields.place(), "`zone` is missing in the time");
            faults.push(fault.hint("add zone = \"UTC\", an IANA name or an offset such as \"+08:00\""));
            None
        }
        (Some(node), false) => {
            let text = node.text("a zone such as \"UTC\"", faults)?;
            let zone = Zone::parse(text);
            if zone.is_none() {
                let fault = Fault::new(&node.place, format!("`{text}` is not a time zone"));
                faults
                    .push(fault.hint(
                        "write \"UTC\", an IANA name such as \"Asia/Shanghai\", or an offset such as \"+08:00\"",
                    ));
            }
            zone
        }
    }
}

fn read_every(node: &Node, fields: &mut Fields<'_>, zone: Option<&Zone>, faults: &mut Faults) -> Option<Interval> {
    let text = node.text("a time such as \"1 h\", or \"instant\"", faults)?;
    let starts = fields.optional("starts");
    if text == "1 d" {
        let Some(starts) = starts else {
            let fault = Fault::new(&node.place, "a day has an hour at which it begins");
            faults.push(fault.hint("add starts = \"00:00\""));
            return None;
        };
        let time = starts.text("a time of day such as \"20:00\"", faults)?;
        let Some(starts_min) = time_of_day_min(time) else {
            let fault = Fault::new(&starts.place, format!("`{time}` is not a time of day"));
            faults.push(fault.hint("write it as \"20:00\""));
            return None;
        };
        return Some(Interval::Day { zone: zone?.name().clone(), starts_min });
    }
    if let Some(starts) = starts {
        faults.push(
            Fault::new(&starts.place, "only a day begins at an hour").hint("leave starts out, or say every = \"1 d\""),
        );
        return None;
    }
    if text == "instant" {
        return Some(Interval::Instant);
    }
    let seconds = seconds(node, 1, faults)?;
    if seconds > DAY_S {
        let fault = Fault::new(&node.place, format!("`{text}` is longer than a day"));
        faults.push(fault.hint("write \"1 h\", \"10 min\", \"1 d\" or \"instant\""));
        return None;
    }
    Some(Interval::Fixed(seconds))
}

fn read_stamp(fields: &mut Fields<'_>, every: Option<&Interval>, faults: &mut Faults) -> Option<Edge> {
    let node = fields.optional("stamp");
    if let Interval::Instant = every? {
        if let Some(node) = node {
            faults.push(Fault::new(&node.place, "an instant has no begin and no end").hint("leave stamp out"));
            return None;
        }
        return Some(Edge::Begin);
    }
    let Some(node) = node else {
        let fault = Fault::new(fields.place(), "`stamp` is missing in the time: which end of its interval it names");
        faults.push(fault.hint("add stamp = \"begin\" or stamp = \"end\""));
        return None;
    };
    match node.text("\"begin\" or \"end\"", faults)? {
        "begin" => Some(Edge::Begin),
        "end" => Some(Edge::End),
        other => {
            faults.push(
                Fault::new(&node.place, format!("`{other}` is no end of an interval"))
                    .hint("write \"begin\" or \"end\""),
            );
            None
        }
    }
}
