//! The full hourly archive (ISD): global-hourly CSV with its composite fields, and the records of fixed width.

mod record;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use csv::StringRecord;

use super::isd_lite::is_usaf_wban;
use super::lines;
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, choice, sent};
use super::station_hours::{
    check_lengths, instead_of_year, interval, passed, read_reports, stamp, tenths, up_to, year_files,
};
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, text};
use crate::feed::request::{Instead, Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::feed::unpack::gunzip;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "global-hourly",
    table: "global_hourly",
    example: "{ form = \"csv\", reports = [\"FM-12\"] }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_global_hourly(node, context, faults).map(|form| Arc::new(form) as _),
};

const RAIN: &[Variable] = &[Variable::Precipitation];

/// The archive's fields; of rain, `AA` with its hours, whichever of AA1 to AA4 has them.
static SENT: [Sent; 11] = [
    sent("TMP", &[Variable::AirTemperature], &["degC"]),
    sent("DEW", &[Variable::DewPoint], &["degC"]),
    sent("SLP", &[Variable::AirPressure], &["hPa"]),
    sent("WND", &[Variable::WindSpeed], &["m/s"]),
    sent("MA1", &[Variable::AirPressure], &["hPa"]),
    sent("OC1", &[Variable::WindGust], &["m/s"]),
    sent("AA_01", RAIN, &["mm"]),
    sent("AA_03", RAIN, &["mm"]),
    sent("AA_06", RAIN, &["mm"]),
    sent("AA_12", RAIN, &["mm"]),
    sent("AA_24", RAIN, &["mm"]),
];

/// Fields that every report has.
const MANDATORY: [&str; 4] = ["WND", "TMP", "DEW", "SLP"];
const RAIN_FIELDS: [&str; 4] = ["AA1", "AA2", "AA3", "AA4"];

/// The hours of rain as the archive writes them.
fn rain_hours(name: &str) -> Option<&str> {
    name.strip_prefix("AA_")
}

fn hours(name: &str) -> i64 {
    rain_hours(name).map_or(0, |hours| hours.parse().expect("the table has numbers"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    Record,
}

#[derive(Clone, Debug)]
struct GlobalHourly {
    form: Form,
    /// The types of reports that are read: `FM-12`.
    reports: Vec<String>,
    hours: i64,
}

fn read_global_hourly(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<GlobalHourly> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the global-hourly form", faults)?;
    let form = choice(&mut fields, "form", &[("csv", Form::Csv), ("record", Form::Record)], faults);
    let reports = read_reports(&mut fields, "FM-12", faults);
    fields.finish(faults);
    check_columns(context.columns, &SENT, "global-hourly", faults);
    check_lengths(hours, context, faults);
    let (url, what, example, is_right): (_, _, _, fn(&str) -> bool) = match form? {
        Form::Csv => (
            "https://www.ncei.noaa.gov/data/global-hourly/access",
            "a USAF and a WBAN number in one",
            "58362099999",
            |name| lines::is_code(name, 11),
        ),
        Form::Record => ("https://www.ncei.noaa.gov/pub/data/noaa", "a USAF-WBAN number", "583620-99999", is_usaf_wban),
    };
    check_no_placeholders(context, "global-hourly", url, faults);
    check_stations_apart(context, what, example, is_right, faults)?;
    if form == Some(Form::Record) {
        for (column, place) in context.columns.iter().filter(|(column, _)| matches!(&*column.name, "MA1" | "OC1")) {
            let fault = Fault::new(place, format!("`{}` is not read of records", column.name));
            faults.push(fault.hint("write form = \"csv\""));
        }
    }
    let (first, _) = context.columns.first()?;
    (faults.len() == before).then_some(GlobalHourly { form: form?, reports: reports?, hours: hours(&first.name) })
}

impl Provider for GlobalHourly {
    fn interval(&self) -> Interval {
        interval(self.hours)
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        year_files(wanted, |station, year| self.path(station, year))
    }

    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, _: &str) -> Instead {
        instead_of_year(wanted, request, status, |station, year| self.path(station, year))
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let bytes = gunzip(raw.bytes, feed.max_body)?;
        let text = text(&bytes)?;
        let mut told = Told::new(feed, raw);
        let reports = match self.form {
            Form::Csv => self.csv_reports(text, told.station)?,
            Form::Record => record::reports(text, told.station, &self.reports)?,
        };
        for (at, report) in reports {
            for column in &feed.columns {
                let Some(value) = report.value(column) else { continue };
                told.take(column, up_to(at, self.hours), value, || format!("{}, {}", report.place, column.name));
            }
        }
        Ok(told.decoded)
    }
}

/// One report.
struct Report {
    place: String,
    /// Names and texts of the fields that it has.
    fields: Vec<(&'static str, String)>,
}

/// The reports by their minute; of several of one minute the last that was received.
type Reports = BTreeMap<DateTime<Utc>, Report>;

impl GlobalHourly {
    /// Where the file of a year is.
    fn path(&self, station: &str, year: i32) -> String {
        match self.form {
            Form::Csv => format!("{year}/{station}.csv"),
            Form::Record => format!("{year}/{station}-{year}.gz"),
        }
    }

    fn csv_reports(&self, text: &str, station: &str) -> Result<Reports, DecodeError> {
        lines::check_whole(text)?;
        let mut lines = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let fault = |error: csv::Error| DecodeError::schema("the rows", error.to_string());
        let names = lines::Names(lines.headers().map_err(fault)?.clone());
        let (station_at, date_at, type_at) = (names.need("STATION")?, names.need("DATE")?, names.need("REPORT_TYPE")?);
        let mut places: Vec<(&'static str, usize)> = Vec::new();
        for name in MANDATORY {
            places.push((name, names.need(name)?));
        }
        for name in RAIN_FIELDS.into_iter().chain(["MA1", "OC1"]) {
            places.extend(names.find(name)?.map(|index| (name, index)));
        }
        let mut reports = Reports::new();
        let mut record = StringRecord::new();
        while lines.read_record(&mut record).map_err(fault)? {
            let place = lines::place(&record);
            if &record[station_at] != station {
                let what = format!("`{}` is not the station {station}", record[station_at].escape_debug());
                return Err(DecodeError::schema(place, what));
            }
            let at = stamp(&record[date_at], "%Y-%m-%dT%H:%M:%S", &place)?;
            if self.reports.iter().any(|known| known == record[type_at].trim()) {
                let fields = places.iter().map(|(name, index)| (*name, record[*index].to_owned()));
                let fields = fields.filter(|(_, text)| !text.is_empty()).collect();
                reports.insert(at, Report { place, fields });
            }
        }
        Ok(reports)
    }
}

impl Report {
    fn field(&self, name: &str) -> Option<Vec<&str>> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, text)| text.split(',').collect())
    }

    /// What it says of a column; nothing where it does not have the field.
    fn value(&self, column: &Column) -> Option<Result<Option<Fixed>, String>> {
        if let Some(hours) = rain_hours(&column.name) {
            return self.rain(column, hours);
        }
        let parts = self.field(&column.name)?;
        let (value, code) = match (&*column.name, &parts[..]) {
            ("WND", [_, _, _, value, code])
            | ("MA1", [_, _, value, code])
            | ("TMP" | "DEW" | "SLP" | "OC1", [value, code]) => (*value, *code),
            _ => return Some(Err(format!("`{}`: `{}` has another form", column.name, parts.join(",").escape_debug()))),
        };
        let missing = match &*column.name {
            "TMP" | "DEW" => "+9999",
            "WND" | "OC1" => "9999",
            _ => "99999",
        };
        Some(read_value(column, value, code, missing))
    }

    /// The amount of rain over the hours before the report, from whichever field has them.
    fn rain(&self, column: &Column, hours: &str) -> Option<Result<Option<Fixed>, String>> {
        let groups = RAIN_FIELDS.iter().filter_map(|name| self.field(name));
        let of_hours: Vec<_> = groups.filter(|parts| parts.first() == Some(&hours)).collect();
        match &of_hours[..] {
            [] => None,
            [parts] => {
                let [_, depth, condition, code] = parts[..] else {
                    return Some(Err(format!(
                        "`{}`: `{}` has another form",
                        column.name,
                        parts.join(",").escape_debug()
                    )));
                };
                Some(match condition {
                    "9" => read_value(column, depth, code, "9999"),
                    // A trace: it rained, and less than can be measured.
                    "2" if depth == "0000" => {
                        passed(&column.name, "a trace", code).map(|passed| passed.then_some(Fixed::ZERO))
                    }
                    other => Err(format!(
                        "`{}`: {depth} tenths have the condition `{}`, which is no plain amount",
                        column.name,
                        other.escape_debug()
                    )),
                })
            }
            _ => Some(Err(format!("`{}`: there are {} amounts over these hours", column.name, of_hours.len()))),
        }
    }
}

fn read_value(column: &Column, value: &str, code: &str, missing: &str) -> Result<Option<Fixed>, String> {
    if value == missing || !passed(&column.name, value, code)? {
        return Ok(None);
    }
    tenths(column, value).map(Some)
}

#[cfg(test)]
mod tests;
