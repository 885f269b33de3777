//! Times in the settings of feeds: zones, when a day begins, where a stamp stands and how it is read.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::Context;
use super::lines::is_whole;
use crate::calendar::{Carries, Edge, Interval, TimeRule, Zone, carries, time_of_day_min};
use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::feed::settings::{DAY_S, seconds};

/// Milliseconds since 1970, which no `strftime` form reads.
const EPOCH_MS: &str = "epoch ms";

/// Where a stamp stands, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The columns or pointers whose texts, with a space between, are the stamp.
    pub from: Vec<String>,
    rule: TimeRule,
    /// Whether it counts milliseconds since 1970.
    millis: bool,
}

impl Stamp {
    /// How long a stamp speaks for.
    pub fn every(&self) -> &Interval {
        self.rule.every()
    }

    /// The zone in which the provider counts its days.
    pub fn zone(&self) -> &Zone {
        self.rule.zone()
    }

    /// Begin and end of what a stamp speaks about.
    ///
    /// # Errors
    /// Says why the stamp names no interval.
    pub fn interval(&self, text: &str) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
        if !self.millis {
            return self.rule.interval(text);
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !is_whole(digits) {
            return Err(format!("`{text}` is not a number of milliseconds since 1970"));
        }
        match text.strip_suffix("000") {
            Some(seconds) if !matches!(seconds, "" | "-") => self.rule.interval(seconds),
            _ if digits.bytes().all(|byte| byte == b'0') => self.rule.interval("0"),
            _ => Err(format!("`{text}` has a fraction of a second")),
        }
    }
}

/// Reads the table `time`. `key` names where the stamp stands: `column`, or `at`.
pub(super) fn read(node: &Node, key: &'static str, faults: &mut Faults) -> Option<Stamp> {
    let mut fields = Fields::of(node, "the time", faults)?;
    let from = fields.required(key, "\"time\"", faults).and_then(|node| match &node.value {
        Value::Text(name) => Some(vec![name.clone()]),
        _ => texts(node, faults).filter(|names| !names.is_empty()),
    });
    let format = fields.required("format", "\"%Y-%m-%d %H:%M\"", faults).and_then(|node| {
        let written = node.text("a form such as \"%Y-%m-%d %H:%M\"", faults)?;
        let millis = written == EPOCH_MS;
        let format = if millis { "%s" } else { written };
        let carries = carries(format).map_err(|reason| {
            let fault = Fault::new(&node.place, format!("`{format}` is not a form of a time: {reason}"));
            faults.push(fault.hint("write it as \"%Y-%m-%d %H:%M\", %:z for an offset, %s or \"epoch ms\""));
        });
        Some((format.to_owned(), millis, carries.ok()?, node))
    });
    let zone = read_zone(&mut fields, format.as_ref().map(|(_, _, carries, _)| carries.offset), faults);
    let every = fields.required("every", "\"1 h\"", faults);
    let every = every.and_then(|node| read_every(node, &mut fields, zone.as_ref(), faults));
    let stamp = read_edge(&mut fields, every.as_ref(), faults);
    fields.finish(faults);
    let (format, millis, carries, format_node) = format?;
    let every = every?;
    check_format(&every, carries, format_node, faults)?;
    let rule = TimeRule { format, carries, zone: zone?, stamp: stamp?, every };
    Some(Stamp { from: from?, rule, millis })
}

/// A rule for stamps of a form that is right.
pub(super) fn rule(format: &str, zone: Zone, stamp: Edge, every: Interval) -> TimeRule {
    let carries = carries(format).expect("the form is right");
    TimeRule { format: format.to_owned(), carries, zone, stamp, every }
}

/// The date on a wall of a zone.
pub(super) fn date(zone: &Zone, at: DateTime<Utc>) -> NaiveDate {
    zone.date(at).parse().expect("it is a date")
}

/// Date and time on a wall of a zone.
pub(super) fn wall(zone: &Zone, at: DateTime<Utc>) -> NaiveDateTime {
    zone.wall(at).parse().expect("it is a date and a time")
}

/// A time zone.
pub(super) fn zone(node: &Node, example: &str, hint: &str, faults: &mut Faults) -> Option<Zone> {
    let text = node.text(&format!("a zone such as \"{example}\""), faults)?;
    let zone = Zone::parse(text);
    if zone.is_none() {
        faults.push(Fault::new(&node.place, format!("`{text}` is not a time zone")).hint(hint));
    }
    zone
}

/// The offset at which the times of a recorded answer stand: a server is asked in UTC.
pub(super) fn recorded_zone(
    node: &Node,
    example: &str,
    hint: &str,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<Zone> {
    let text = node.text(&format!("\"UTC\" or an offset such as \"{example}\""), faults)?;
    if context.url.is_some() {
        let fault = Fault::new(&node.place, "a server is asked in UTC");
        faults.push(fault.hint("leave zone out; it is for recorded answers"));
        return None;
    }
    let zone = Zone::parse(text).filter(|zone| zone.fixed_s().is_some());
    if zone.is_none() {
        faults.push(Fault::new(&node.place, format!("`{text}` is neither UTC nor an offset")).hint(hint));
    }
    zone
}

/// When a day begins, minutes after midnight. `more` says which day, behind how to write it.
pub(super) fn starts(node: &Node, example: &str, more: &str, faults: &mut Faults) -> Option<u16> {
    let text = node.text(&format!("a time of day such as \"{example}\""), faults)?;
    let starts_min = time_of_day_min(text);
    if starts_min.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is not a time of day"));
        faults.push(fault.hint(format!("write it as \"{example}\"{more}")));
    }
    starts_min
}

/// A list of texts; from the environment, one text with commas.
pub(super) fn texts(node: &Node, faults: &mut Faults) -> Option<Vec<String>> {
    if let (Value::Text(text), crate::document::Place::Environment(_)) = (&node.value, &node.place) {
        return Some(text.split(',').map(str::to_owned).collect());
    }
    let items = node.list("a list of texts", faults)?;
    let texts: Vec<_> = items.iter().filter_map(|item| item.text("a text", faults).map(str::to_owned)).collect();
    (texts.len() == items.len()).then_some(texts)
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
            let hint = "write \"UTC\", an IANA name such as \"Asia/Shanghai\", or an offset such as \"+08:00\"";
            zone(node, "UTC", hint, faults)
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
        let starts_min = self::starts(starts, "20:00", "", faults)?;
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

fn read_edge(fields: &mut Fields<'_>, every: Option<&Interval>, faults: &mut Faults) -> Option<Edge> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    fn stamp(text: &str) -> Result<Stamp, String> {
        let mut faults = Faults::new();
        let node = Node::parse(&Source::new("f.toml", text), &mut faults);
        read(&node, "at", &mut faults).filter(|_| faults.is_empty()).ok_or_else(|| faults.render(false))
    }

    #[test]
    fn milliseconds_since_1970_are_whole_seconds() {
        let stamp = stamp("at = \"ts\"\nformat = \"epoch ms\"\nstamp = \"end\"\nevery = \"10 min\"").unwrap();
        let told = |text| stamp.interval(text).map(|(start, end)| (start.timestamp(), end.timestamp()));
        for (text, end) in [("1700000000000", 1_700_000_000), ("-1000", -1), ("0", 0), ("000", 0), ("1000", 1)] {
            assert_eq!(told(text), Ok((end - 600, end)), "{text}");
        }
        for (text, reason) in [
            ("1700000000001", "fraction of a second"),
            ("1", "fraction of a second"),
            ("-000", "0"),
            ("1.7e12", "not a number of milliseconds"),
            ("", "not a number of milliseconds"),
            ("-", "not a number of milliseconds"),
            ("99999999999999999999000", "not a time"),
        ] {
            match told(text) {
                Err(told) => assert!(told.contains(reason), "{text}: {told}"),
                Ok((_, end)) => assert_eq!((text, end), ("-000", 0)),
            }
        }
    }

    #[test]
    fn a_count_of_time_has_no_zone() {
        let zone = "at = \"ts\"\nformat = \"epoch ms\"\nzone = \"UTC\"\nstamp = \"end\"\nevery = \"10 min\"";
        assert!(stamp(zone).is_err_and(|faults| faults.contains("the form carries the offset")));
        let two =
            stamp("at = [\"day\", \"hour\"]\nformat = \"%F %H\"\nzone = \"UTC\"\nstamp = \"end\"\nevery = \"1 h\"");
        assert_eq!(two.unwrap().from, ["day", "hour"]);
    }
}
