//! METAR reports as the Iowa Environmental Mesonet serves them: lines of commas or tabs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use csv::StringRecord;

use super::lines;
use super::pieces;
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, choice, sent};
use super::station_hours::{check_lengths, interval, stamp, up_to};
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, number};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "iem-asos",
    table: "iem_asos",
    example: "{ reports = \"routine\" }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_iem_asos(node, context, faults).map(|form| Arc::new(form) as _),
};

static SENT: [Sent; 9] = [
    sent("tmpf", &[Variable::AirTemperature], &["degF"]),
    sent("dwpf", &[Variable::DewPoint], &["degF"]),
    sent("relh", &[Variable::RelativeHumidity], &["%"]),
    sent("sknt", &[Variable::WindSpeed], &["kt"]),
    sent("gust", &[Variable::WindGust], &["kt"]),
    sent("peak_wind_gust", &[Variable::WindGust], &["kt"]),
    sent("mslp", &[Variable::AirPressure], &["hPa"]),
    sent("snowdepth", &[Variable::SnowDepth], &["inch"]),
    sent(RAIN, &[Variable::Precipitation], &["inch"]),
];

/// Rain of the hour up to the report.
const RAIN: &str = "p01i";

fn hours(name: &str) -> i64 {
    i64::from(name == RAIN)
}

/// Which reports are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reports {
    Routine,
    All,
}

#[derive(Clone, Debug)]
struct IemAsos {
    reports: Reports,
    hours: i64,
}

fn read_iem_asos(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<IemAsos> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the IEM form", faults)?;
    let words = [("routine", Reports::Routine), ("routine and special", Reports::All)];
    let reports = choice(&mut fields, "reports", &words, faults);
    fields.finish(faults);
    check_columns(context.columns, &SENT, "IEM", faults);
    check_lengths(hours, context, faults);
    check_no_placeholders(context, "iem-asos", "https://mesonet.agron.iastate.edu/cgi-bin/request/asos.py", faults);
    check_stations_apart(context, "IEM's name of a station, without the K of the USA", "ZSPD", is_name, faults)?;
    let rain = context.columns.iter().find(|(column, _)| column.name == RAIN);
    if let Some((_, place)) = rain {
        let abroad = context.stations?.iter().find(|station| !is_in_the_usa(&station.name));
        if let Some(station) = abroad {
            let message = format!("a METAR of `{}` carries no rain, and IEM writes 0.00", station.name);
            let hint = "outside of the USA a zero is no dry hour: take rain from ghcn-daily, or from synoptic reports";
            faults.push(Fault::new(place, message).hint(hint));
        } else if reports == Some(Reports::All) {
            let fault = Fault::new(place, "the rain of special reports is of a part of an hour");
            faults.push(fault.hint("write reports = \"routine\" for rain"));
        }
    }
    let (first, _) = context.columns.first()?;
    (faults.len() == before).then_some(IemAsos { reports: reports?, hours: hours(&first.name) })
}

fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    plain && matches!(name.len(), 3 | 4) && !(name.len() == 4 && name.starts_with('K'))
}

/// Three letters are of the contiguous USA; of the names of four, Alaska, Hawaii and Puerto Rico.
fn is_in_the_usa(name: &str) -> bool {
    name.len() == 3 || ["PA", "PF", "PH", "PO", "PP", "TJ"].iter().any(|begin| name.starts_with(begin))
}

impl Provider for IemAsos {
    fn interval(&self) -> Interval {
        interval(self.hours)
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = &wanted.station.expect("each station is asked by itself").name;
        let ask = |(first, last): (chrono::NaiveDate, chrono::NaiveDate)| {
            // The last day is not included.
            let after = last.succ_opt().unwrap_or(last);
            let mut request = wanted.request(Zone::utc());
            {
                let mut query = request.url.query_pairs_mut();
                query.append_pair("station", station);
                feed.columns.iter().for_each(|column| {
                    query.append_pair("data", &column.name);
                });
                for (end, date) in [("1", first), ("2", after)] {
                    query.append_pair(&format!("year{end}"), &date.year().to_string());
                    query.append_pair(&format!("month{end}"), &date.month().to_string());
                    query.append_pair(&format!("day{end}"), &date.day().to_string());
                }
                query.extend_pairs([("tz", "UTC"), ("format", "onlycomma"), ("latlon", "no")]);
                query.extend_pairs([("missing", "M"), ("trace", "T"), ("report_type", "3")]);
                if self.reports == Reports::All {
                    query.append_pair("report_type", "4");
                }
            }
            request
        };
        pieces::by_month(wanted.from.date_naive(), wanted.to.date_naive()).into_iter().map(ask).collect()
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        if let Some(reason) = error_of(text) {
            return Err(DecodeError::Provider { reason });
        }
        for (number, line) in lines::whole_lines(text)? {
            let zone = line.strip_prefix("#DEBUG: Time Zone").and_then(|rest| rest.split_once("->"));
            if let Some((_, zone)) = zone.filter(|(_, zone)| zone.trim() != "UTC") {
                let what = format!("times are in {}, and they are read in UTC", zone.trim());
                return Err(DecodeError::schema(format!("line {number}"), what));
            }
        }
        let mut told = Told::new(feed, raw);
        for (at, row) in rows(text, told.station, feed)? {
            for (column, value) in feed.columns.iter().zip(&row.values) {
                told.take(column, up_to(at, self.hours), read_value(column, value), || row.place.clone());
            }
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        error_of(std::str::from_utf8(body).ok()?)
    }
}

/// IEM's words where it answers with an error.
fn error_of(text: &str) -> Option<String> {
    let text = text.trim_start();
    text.starts_with("ERROR").then(|| text.lines().next().unwrap_or_default().chars().take(300).collect())
}

struct Row {
    place: String,
    /// In the order of the settings' columns.
    values: Vec<String>,
}

/// The reports by their minute; of several of one minute the last.
fn rows(text: &str, station: &str, feed: &FeedSettings) -> Result<BTreeMap<DateTime<Utc>, Row>, DecodeError> {
    let header = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let delimiter = if header.contains('\t') { b'\t' } else { b',' };
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).comment(Some(b'#')).trim(csv::Trim::All);
    let mut lines = builder.from_reader(text.as_bytes());
    let fault = |error: csv::Error| DecodeError::schema("the rows", error.to_string());
    let names = lines::Names(lines.headers().map_err(fault)?.clone());
    let (station_at, valid_at) = (names.need("station")?, names.need("valid")?);
    let places = feed.columns.iter().map(|column| names.need(&column.name)).collect::<Result<Vec<_>, _>>()?;
    let mut rows = BTreeMap::new();
    let mut record = StringRecord::new();
    while lines.read_record(&mut record).map_err(fault)? {
        let place = lines::place(&record);
        if &record[station_at] != station {
            let what = format!("`{}` is not the station {station}", record[station_at].escape_debug());
            return Err(DecodeError::schema(place, what));
        }
        let at = stamp(&record[valid_at], "%Y-%m-%d %H:%M", &place)?;
        let values = places.iter().map(|index| record[*index].to_owned()).collect();
        rows.insert(at, Row { place, values });
    }
    Ok(rows)
}

/// `M` is missing; `T`, or 0.0001 inch, is a trace: it rained, and less than can be measured.
fn read_value(column: &Column, text: &str) -> Result<Option<Fixed>, String> {
    match text {
        "M" => Ok(None),
        "T" | "0.0001" if column.name == RAIN || column.name == "snowdepth" => Ok(Some(Fixed::ZERO)),
        text => number(column, text).map(Some),
    }
}

#[cfg(test)]
mod tests;
