//! The status log of a turbine as Greenbyte exports it: the share of the time in which it was not stopped.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};
use csv::StringRecord;

use super::lines::{Names, is_cut, read};
use super::sent::{Sent, check_columns, check_no_placeholders, choice, sent};
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, reading};
use crate::feed::settings::FeedSettings;
use crate::quantity::{Exact, Fixed, Rounding, Variable};

pub(super) static KIND: Kind = Kind {
    word: "greenbyte-status",
    table: "greenbyte_status",
    example: "{ turbine = \"Penmanshiel 01\", station = \"penmanshiel-01\", every = \"10 min\" }",
    key: KeyUse::Anywhere,
    tells_vintage: false,
    read: |node, context, faults| read_status(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How a status log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct StatusForm {
    /// As the preamble names it.
    turbine: String,
    station: Arc<str>,
    every_s: i64,
    /// IEC categories whose stops do not count.
    passed_over: Vec<String>,
}

const COLUMNS: [Sent; 1] = [sent("Stop", &[Variable::Availability], &["%", "1"])];
/// A log of more days is none: a stamp is wrong.
const MOST_DAYS: i64 = 3_700;

fn read_status(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<StatusForm> {
    let mut fields = Fields::of(node, "the status log", faults)?;
    let turbine = fields.text("turbine", "\"Penmanshiel 01\"", faults).map(str::to_owned);
    let station = fields.text("station", "\"penmanshiel-01\"", faults).map(Arc::from);
    let words = [("10 min", 600), ("15 min", 900), ("30 min", 1_800), ("1 h", 3_600)];
    let every_s = choice(&mut fields, "every", &words, faults);
    let passed_over = fields.optional("passed_over").map_or(Some(Vec::new()), |node| {
        let items = node.list("a list of IEC categories", faults)?;
        let texts: Vec<_> = items.iter().filter_map(|item| item.text("an IEC category", faults)).collect();
        (texts.len() == items.len()).then(|| texts.into_iter().map(str::to_owned).collect())
    });
    fields.finish(faults);
    check_columns(context.columns, &COLUMNS, "a status log", faults);
    check_no_placeholders(context, "greenbyte-status", "https://host/status.csv", faults);
    let station: Arc<str> = station?;
    if let Some(other) = context.stations?.iter().find(|listed| listed.name != station) {
        let fault = Fault::new(&node.place, format!("the station is `{station}`, but `{}` is listed", other.name));
        faults.push(fault.hint("list this station only, or none"));
        return None;
    }
    Some(StatusForm { turbine: turbine?, station, every_s: every_s?, passed_over: passed_over? })
}

impl Provider for StatusForm {
    fn interval(&self) -> Interval {
        Interval::Fixed(self.every_s)
    }

    fn only_station(&self) -> Option<&Arc<str>> {
        Some(&self.station)
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        self.check_preamble(text)?;
        let mut decoded = Decoded::default();
        let log = self.log(text, raw.now, &mut decoded)?;
        if let Some((first, last)) = log.known {
            self.shares(feed, first, last, log.stops, raw.now, &mut decoded)?;
        }
        Ok(decoded)
    }
}

/// What a log says.
struct Log {
    /// From the beginning of the first event to that of the last: what begins later is not known.
    known: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Stops that count, by their beginning; they may overlap.
    stops: VecDeque<(DateTime<Utc>, DateTime<Utc>)>,
}

impl StatusForm {
    /// The preamble is data: it says whose log this is, and in which zone.
    fn check_preamble(&self, text: &str) -> Result<(), DecodeError> {
        let said = |what: &str| {
            let lines = text.lines().take_while(|line| line.starts_with('#'));
            let mut values = lines.filter_map(|line| line.trim_start_matches('#').trim().strip_prefix(what));
            values.next().map(str::trim)
        };
        for (what, wanted) in [("Turbine:", self.turbine.as_str()), ("Time zone:", "UTC")] {
            match said(what) {
                Some(got) if got == wanted => {}
                Some(got) => {
                    return Err(DecodeError::schema("the preamble", format!("`{what} {got}` is not `{wanted}`")));
                }
                None => return Err(DecodeError::schema("the preamble", format!("nothing says `{what}`"))),
            }
        }
        Ok(())
    }

    /// A file with a row that cannot be read is refused: that row may be a stop.
    fn log(&self, text: &str, now: Option<DateTime<Utc>>, decoded: &mut Decoded) -> Result<Log, DecodeError> {
        let mut lines = csv::ReaderBuilder::new();
        let lines = lines.comment(Some(b'#')).has_headers(false).flexible(true).trim(csv::Trim::All);
        let mut lines = lines.from_reader(text.as_bytes());
        let mut line = StringRecord::new();
        read(&mut lines, &mut line)?;
        let header = Header::new(Names(line.clone()))?;
        let mut log = Log { known: None, stops: VecDeque::new() };
        let mut number = text.lines().take_while(|line| line.starts_with('#')).count() + 1;
        while read(&mut lines, &mut line)? {
            number += 1;
            let place = format!("line {number}");
            if is_cut(text, &lines) {
                let reason = "the line has no end: the file is cut off, and is read up to the line before".to_owned();
                decoded.refused.push(Refused::other(place, reason));
                break;
            }
            let event = header.event(&line).map_err(|what| DecodeError::schema(&place, what))?;
            if is_forecast(event.start, now) {
                let reason = "the event begins after now".to_owned();
                decoded.refused.push(Refused::other(place, reason));
                break;
            }
            let first = match log.known {
                Some((_, last)) if event.start < last => {
                    return Err(DecodeError::schema(place, "the event begins before the one above it"));
                }
                Some((first, _)) => first,
                None => event.start,
            };
            log.known = Some((first, event.start));
            if event.stop && !self.passed_over.contains(&event.category) {
                log.stops.push_back((event.start, event.end));
            }
        }
        Ok(log)
    }

    /// A share for each whole slot that is known.
    fn shares(
        &self,
        feed: &FeedSettings,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
        stops: VecDeque<(DateTime<Utc>, DateTime<Utc>)>,
        now: Option<DateTime<Utc>>,
        decoded: &mut Decoded,
    ) -> Result<(), DecodeError> {
        if (last - first).num_days() > MOST_DAYS {
            let what = format!("the log goes from {first} to {last}: that is more than {MOST_DAYS} days");
            return Err(DecodeError::schema("the file", what));
        }
        let every = TimeDelta::seconds(self.every_s);
        let mut stops = union(stops);
        let mut start = first + TimeDelta::seconds((-first.timestamp()).rem_euclid(self.every_s));
        while start + every <= last {
            let end = start + every;
            while stops.front().is_some_and(|(_, until)| *until <= start) {
                stops.pop_front();
            }
            let inside = stops.iter().take_while(|(from, _)| *from < end);
            let stopped: i64 = inside.map(|(from, until)| (*until.min(&end) - *from.max(&start)).num_seconds()).sum();
            for column in &feed.columns {
                let whole = if column.unit.symbol() == "%" { 100 } else { 1 };
                let value = share(whole * (self.every_s - stopped), self.every_s);
                let span = Span { start, end, told: end };
                decoded.readings.push(reading(feed, column, &self.station, span, Some(value), now));
            }
            start = end;
        }
        Ok(())
    }
}

/// Of two whole numbers, rounded once to six decimals.
fn share(part: i64, whole: i64) -> Fixed {
    let exact =
        Exact::new(part.into(), whole.into()).and_then(|exact| exact.round_to(Fixed::from_micros(1), Rounding::HalfUp));
    exact.expect("a share of a slot is small")
}

/// Stretches that neither touch nor overlap, of such as are in the order of their beginnings.
fn union(stops: VecDeque<(DateTime<Utc>, DateTime<Utc>)>) -> VecDeque<(DateTime<Utc>, DateTime<Utc>)> {
    let mut whole: VecDeque<(DateTime<Utc>, DateTime<Utc>)> = VecDeque::new();
    for (start, end) in stops {
        match whole.back_mut() {
            Some((_, until)) if start <= *until => *until = end.max(*until),
            _ => whole.push_back((start, end)),
        }
    }
    whole
}

/// Where the columns of the log stand.
struct Header {
    width: usize,
    columns: [usize; 5],
}

struct Event {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    stop: bool,
    category: String,
}

impl Header {
    fn new(names: Names) -> Result<Self, DecodeError> {
        let mut columns = [0; 5];
        let wanted = ["Timestamp start", "Timestamp end", "Duration", "Status", "IEC category"];
        for (column, name) in columns.iter_mut().zip(wanted) {
            *column = names.need(name)?;
        }
        Ok(Self { width: names.0.len(), columns })
    }

    fn event(&self, line: &StringRecord) -> Result<Event, String> {
        if line.len() != self.width {
            return Err(format!("the line has {} columns, the header {}", line.len(), self.width));
        }
        let [start, end, duration, status, category] = self.columns.map(|index| &line[index]);
        let stop = match status {
            "Stop" => true,
            "Warning" | "Informational" => false,
            _ => return Err(format!("`{status}` is no status that is known: Stop, Warning, Informational")),
        };
        let at = |text: &str| {
            let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok();
            let read = read.filter(|at| (1970..2200).contains(&at.year()));
            read.map(|at| at.and_utc()).ok_or_else(|| format!("`{text}` is not a time of the form %Y-%m-%d %H:%M:%S"))
        };
        let start = at(start)?;
        // An event that lasts has no end yet.
        let end = if end.is_empty() { DateTime::<Utc>::MAX_UTC } else { at(end)? };
        if end < start {
            return Err("the event ends before it begins".to_owned());
        }
        if end != DateTime::<Utc>::MAX_UTC && seconds(duration) != Some((end - start).num_seconds()) {
            return Err(format!("the event lasts {} s, and its duration is {duration}", (end - start).num_seconds()));
        }
        Ok(Event { start, end, stop, category: category.to_owned() })
    }
}

/// Seconds of `211:08:29`.
fn seconds(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let mut part = |most: usize| {
        let text = parts.next().filter(|text| (2..=most).contains(&text.len()))?;
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok())?
    };
    let (hours, minutes, seconds) = (part(6)?, part(2)?, part(2)?);
    (parts.next().is_none() && minutes < 60 && seconds < 60).then_some(hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests;
