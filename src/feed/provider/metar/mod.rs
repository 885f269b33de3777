//! METAR reports: as aviationweather.gov decodes them into JSON, and as they are sent, in plain text.

mod report;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::answer::{inside, number_or_null};
use super::lines::is_code;
use super::pieces::{by_length, floor};
use super::sent::{Sent, check_columns_but, check_no_placeholders, check_stations, choice, sent};
use super::told::{Told, station_of};
use super::words::{words, words_of_body};
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::document::{Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::{FeedSettings, Station};
use crate::quantity::{Fixed, Variable};
use report::Report;

pub(super) static KIND: Kind = Kind {
    word: "metar",
    table: "metar",
    example: "{ form = \"json\", reports = \"routine\" }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_metar(node, context, faults).map(|form| Arc::new(form) as _),
};

const PROVIDER: &str = "aviationweather.gov";

/// Wind of the JSON is in knots whatever the report says; the text has the unit of the report.
static JSON: [Sent; 6] = [
    sent("temp", &[Variable::AirTemperature], &["degC"]),
    sent("dewp", &[Variable::DewPoint], &["degC"]),
    sent("wspd", &[Variable::WindSpeed], &["kt"]),
    sent("wgst", &[Variable::WindGust], &["kt"]),
    sent("slp", &[Variable::AirPressure], &["hPa"]),
    sent("altim", &[Variable::AirPressure], &["hPa"]),
];
static TEXT: [Sent; 6] = [
    sent("temp", &[Variable::AirTemperature], &["degC"]),
    sent("dewp", &[Variable::DewPoint], &["degC"]),
    sent("wspd", &[Variable::WindSpeed], &["kt", "m/s", "km/h"]),
    sent("wgst", &[Variable::WindGust], &["kt", "m/s", "km/h"]),
    sent("slp", &[Variable::AirPressure], &["hPa"]),
    sent("altim", &[Variable::AirPressure], &["hPa"]),
];

const NO_RAIN: &str = "outside of the USA a METAR has no amounts, and in the USA none where it was dry";
const NOT_ALWAYS: &str = "it is of the hours before, in some reports only";
static NEVER: [(&str, &str); 9] = [
    ("precip", NO_RAIN),
    ("pcp3hr", NO_RAIN),
    ("pcp6hr", NO_RAIN),
    ("pcp24hr", NO_RAIN),
    ("snow", NO_RAIN),
    ("maxT", NOT_ALWAYS),
    ("minT", NOT_ALWAYS),
    ("maxT24", NOT_ALWAYS),
    ("minT24", NOT_ALWAYS),
];

/// What the service keeps.
const KEPT: TimeDelta = TimeDelta::days(15);
/// What one request asks for: fewer reports than are sent at most, also at a station that reports every ten minutes.
const ASKED: TimeDelta = TimeDelta::days(2);
/// The most that are sent.
const MOST_REPORTS: usize = 400;
const ERROR_WORDS: [&str; 3] = ["error", "message", "detail"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Text,
}

/// Which reports count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reports {
    Routine,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Metar {
    form: Form,
    reports: Reports,
}

fn read_metar(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Metar> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the METAR form", faults)?;
    let form = choice(&mut fields, "form", &[("json", Form::Json), ("text", Form::Text)], faults);
    let words = [("routine", Reports::Routine), ("routine and special", Reports::All)];
    let reports = choice(&mut fields, "reports", &words, faults);
    fields.finish(faults);
    let all = if form == Some(Form::Text) { &TEXT } else { &JSON };
    check_columns_but(context.columns, all, &NEVER, PROVIDER, faults);
    check_no_placeholders(context, "metar", "https://aviationweather.gov/api/data/metar", faults);
    check_stations(context, "the ICAO code of an airport", "ZSPD", is_icao, faults)?;
    (faults.len() == before).then_some(Metar { form: form?, reports: reports? })
}

fn is_icao(name: &str) -> bool {
    is_code(name, 4) && !name.starts_with(|first: char| first.is_ascii_digit())
}

impl Provider for Metar {
    fn interval(&self) -> Interval {
        Interval::Instant
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = &wanted.station.expect("each station is asked by itself").name;
        let format = if self.form == Form::Json { "json" } else { "raw" };
        let kept = wanted.from.max(wanted.now - KEPT);
        let ask = |(from, to): (DateTime<Utc>, DateTime<Utc>)| {
            // So many hours back from the end, which is a minute that has passed.
            let end = floor(to, TimeDelta::minutes(1));
            let hours = (end - from).num_seconds().div_euclid(3_600) + 1;
            let end = end.to_rfc3339_opts(SecondsFormat::Secs, true);
            let request = wanted.request(Zone::utc()).query("ids", station).query("format", format);
            request.query("hours", &hours.to_string()).query("date", &end)
        };
        by_length(kept, wanted.to, ASKED).into_iter().map(ask).collect()
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = match raw.text() {
            // Of a station that has not reported there is nothing, not even an empty list.
            Err(DecodeError::Empty) if raw.asked.is_some() => return Ok(Decoded::default()),
            text => text?,
        };
        let mut read = Read { form: *self, feed, raw, decoded: Decoded::default(), rows: BTreeMap::new(), reports: 0 };
        match self.form {
            Form::Json => read.json(text)?,
            Form::Text => read.text(text)?,
        }
        if raw.asked.is_some() && read.reports >= MOST_REPORTS {
            let what = format!("it has {} reports, and more are never sent: some may be missing", read.reports);
            return Err(DecodeError::schema("the answer", what));
        }
        Ok(read.told())
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words_of_body(body, &ERROR_WORDS)
    }
}

/// What a column says, or why it says nothing.
type Value = Result<Option<Fixed>, String>;

/// A report of which each column is read.
struct Row<'a> {
    station: &'a Station,
    place: String,
    /// Of several of one minute the one with the last of these counts.
    rank: String,
    /// In the order of the settings' columns; none where two of one minute differ.
    values: Option<Vec<Value>>,
}

/// The reports of an answer.
struct Read<'a> {
    form: Metar,
    feed: &'a FeedSettings,
    raw: &'a Raw<'a>,
    decoded: Decoded,
    rows: BTreeMap<(Arc<str>, DateTime<Utc>), Row<'a>>,
    reports: usize,
}

impl<'a> Read<'a> {
    fn json(&mut self, text: &str) -> Result<(), DecodeError> {
        if let Ok(members) = parse::<Members<'_>>(text, "the answer") {
            return Err(match words(&members, &ERROR_WORDS) {
                Some(reason) => DecodeError::Provider { reason },
                None => DecodeError::schema("the answer", "this is no list of reports"),
            });
        }
        for (index, row) in parse::<Vec<&RawValue>>(text, "the answer")?.into_iter().enumerate() {
            self.reports += 1;
            let place = format!("[{index}]");
            let members = parse(row.get(), &place)?;
            self.row(&place, &members).map_err(|error| inside(&place, error))?;
        }
        Ok(())
    }

    fn row(&mut self, place: &str, members: &Members<'_>) -> Result<(), DecodeError> {
        let name: Cow<'_, str> = members.read("icaoId")?;
        let Some(station) = station_of(self.feed, self.raw.asked, &name)? else { return Ok(()) };
        let kind: Cow<'_, str> = members.read("metarType")?;
        if !self.counts(Some(&kind)) {
            return Ok(());
        }
        let stamp: i64 = members.read("obsTime")?;
        let at = DateTime::from_timestamp(stamp, 0).filter(|_| stamp % 60 == 0);
        let at = at.ok_or_else(|| DecodeError::schema("obsTime", format!("{stamp} is no minute")))?;
        let text: Cow<'_, str> = members.read("rawOb")?;
        let report = match Report::read(&text).and_then(|report| report.check(&name, at).map(|()| report)) {
            Ok(report) => report,
            Err(reason) => {
                self.refuse(place.to_owned(), reason);
                return Ok(());
            }
        };
        let mut values = Vec::new();
        for column in &self.feed.columns {
            let Some(value) = members.get(&column.name) else {
                values.push(Ok(None));
                continue;
            };
            values.push(match number_or_null(column, value, || column.name.clone())? {
                Ok(Some(value)) if !report.tells(column) => {
                    Err(format!("`{}` is {value}, and the report itself does not tell it", column.name))
                }
                value => value,
            });
        }
        let rank: Cow<'_, str> = members.read("receiptTime")?;
        self.take(at, Row { station, place: place.to_owned(), rank: rank.into_owned(), values: Some(values) });
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), DecodeError> {
        let mut none = None;
        let mut found = false;
        for told in report::all(text) {
            self.reports += 1;
            let read = match &told.fault {
                Some(fault) => Err(fault.clone()),
                None => Report::read(&told.text),
            };
            let report = match read {
                Ok(report) => report,
                Err(reason) => {
                    none.get_or_insert_with(|| DecodeError::schema(&told.place, reason.clone()));
                    self.refuse(told.place, reason);
                    continue;
                }
            };
            found = true;
            let Some(station) = station_of(self.feed, self.raw.asked, report.station)? else { continue };
            match (report.kind, self.form.reports) {
                (None, Reports::Routine) => {
                    self.refuse(told.place, "it does not say whether it is routine or special".to_owned());
                    continue;
                }
                (Some(kind), _) if !self.counts(Some(kind)) => continue,
                _ => {}
            }
            let at = match told.stamp {
                Some(at) => report.check(report.station, at).map(|()| at),
                // A file may be read long after it was written.
                None => report.at(self.raw.now.filter(|_| self.raw.asked.is_some())),
            };
            match at {
                Ok(at) => {
                    let values = self.feed.columns.iter().map(|column| report.value(column)).collect();
                    let rank = u8::from(report.is_corrected).to_string();
                    self.take(at, Row { station, place: told.place, rank, values: Some(values) });
                }
                Err(reason) => self.refuse(told.place, reason),
            }
        }
        none.filter(|_| !found).map_or(Ok(()), Err)
    }

    fn counts(&self, kind: Option<&str>) -> bool {
        match kind {
            Some("METAR") => true,
            Some("SPECI") => self.form.reports == Reports::All,
            _ => false,
        }
    }

    fn refuse(&mut self, place: String, reason: String) {
        self.decoded.refused.push(Refused::row(place, reason));
    }

    fn take(&mut self, at: DateTime<Utc>, row: Row<'a>) {
        let key = (row.station.name.clone(), at);
        match self.rows.get_mut(&key) {
            Some(known) if known.rank > row.rank => {}
            Some(known) if known.rank == row.rank => {
                if known.values != row.values {
                    known.values = None;
                }
            }
            _ => {
                self.rows.insert(key, row);
            }
        }
    }

    fn told(self) -> Decoded {
        let mut told = Told { decoded: self.decoded, ..Told::new(self.feed, self.raw) };
        for ((_, at), row) in self.rows {
            told.station = &row.station.name;
            let Some(values) = row.values else {
                told.refuse(
                    row.place,
                    format!("another report of {} at {} differs", row.station.name, at.format("%F %RZ")),
                );
                continue;
            };
            for (column, value) in self.feed.columns.iter().zip(values) {
                told.take(column, (at, at), value, || row.place.clone());
            }
        }
        told.decoded
    }
}

#[cfg(test)]
mod tests;
