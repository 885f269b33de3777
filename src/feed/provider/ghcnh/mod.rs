//! GHCNh: station reports of the archive that follows ISD, as files by year or from the data service.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use csv::StringRecord;
use serde_json::value::RawValue;

use super::lines;
use super::pieces;
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, choice, is_ghcn_id, sent};
use super::station_hours::{check_lengths, instead_of_year, interval, passed, read_reports, stamp, up_to, year_files};
use super::told::Told;
use super::words;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::document::{Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, number};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Instead, Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "ghcnh",
    table: "ghcnh",
    example: "{ form = \"psv\", reports = [\"FM12\"] }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_ghcnh(node, context, faults).map(|form| Arc::new(form) as _),
};

const RAIN: &[Variable] = &[Variable::Precipitation];

static SENT: [Sent; 12] = [
    sent("temperature", &[Variable::AirTemperature], &["degC"]),
    sent("dew_point_temperature", &[Variable::DewPoint], &["degC"]),
    sent("station_level_pressure", &[Variable::AirPressure], &["hPa"]),
    sent("sea_level_pressure", &[Variable::AirPressure], &["hPa"]),
    sent("wind_speed", &[Variable::WindSpeed], &["m/s"]),
    sent("wind_gust", &[Variable::WindGust], &["m/s"]),
    sent("relative_humidity", &[Variable::RelativeHumidity], &["%"]),
    sent("precipitation", RAIN, &["mm"]),
    sent("precipitation_3_hour", RAIN, &["mm"]),
    sent("precipitation_6_hour", RAIN, &["mm"]),
    sent("precipitation_12_hour", RAIN, &["mm"]),
    sent("precipitation_24_hour", RAIN, &["mm"]),
];

/// For how many hours before the report a column speaks; none for an instant.
fn hours(name: &str) -> i64 {
    match name {
        "precipitation" => 1,
        name => name.strip_prefix("precipitation_").and_then(|rest| rest.split('_').next()?.parse().ok()).unwrap_or(0),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Psv,
    Service,
}

#[derive(Clone, Debug)]
struct Ghcnh {
    form: Form,
    reports: Vec<String>,
    hours: i64,
}

fn read_ghcnh(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Ghcnh> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the GHCNh form", faults)?;
    let form = choice(&mut fields, "form", &[("psv", Form::Psv), ("service", Form::Service)], faults);
    let reports = read_reports(&mut fields, "FM12", faults);
    fields.finish(faults);
    check_columns(context.columns, &SENT, "GHCNh", faults);
    check_lengths(hours, context, faults);
    let url = match form? {
        Form::Psv => "https://www.ncei.noaa.gov/oa/global-historical-climatology-network/hourly/access",
        Form::Service => "https://www.ncei.noaa.gov/access/services/data/v1",
    };
    check_no_placeholders(context, "ghcnh", url, faults);
    check_stations_apart(context, "a GHCN id of 11 characters", "CHM00058362", is_ghcn_id, faults)?;
    let (first, _) = context.columns.first()?;
    (faults.len() == before).then_some(Ghcnh { form: form?, reports: reports?, hours: hours(&first.name) })
}

/// What stands beside a value, by the ends of their names.
const QUALITY: &str = "_Quality_Code";
const MEASUREMENT: &str = "_Measurement_Code";
const REPORT: &str = "_Report_Type";

/// Where the file of a year is.
fn path(station: &str, year: i32) -> String {
    format!("by-year/{year}/psv/GHCNh_{station}_{year}.psv")
}

impl Provider for Ghcnh {
    fn interval(&self) -> Interval {
        interval(self.hours)
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = &wanted.station.expect("each station is asked by itself").name;
        if self.form == Form::Psv {
            return year_files(wanted, path);
        }
        let names = feed
            .columns
            .iter()
            .flat_map(|column| ["", MEASUREMENT, QUALITY, REPORT].map(|end| format!("{}{end}", column.name)));
        let names = std::iter::once("DATE".to_owned()).chain(names).collect::<Vec<_>>().join(",");
        let ask = |(first, last): (chrono::NaiveDate, chrono::NaiveDate)| {
            let mut request = wanted.request(Zone::utc());
            request.url.query_pairs_mut().extend_pairs([
                ("dataset", "global-historical-climatology-network-hourly"),
                ("stations", station),
                ("startDate", &format!("{first}T00:00:00Z")),
                ("endDate", &format!("{last}T23:59:59Z")),
                ("dataTypes", &names),
                ("units", "metric"),
                ("format", "json"),
            ]);
            request
        };
        pieces::by_month(wanted.from.date_naive(), wanted.to.date_naive()).into_iter().map(ask).collect()
    }

    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, _: &str) -> Instead {
        match self.form {
            Form::Psv => instead_of_year(wanted, request, status, path),
            Form::Service => Instead::Fail,
        }
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let mut told = Told::new(feed, raw);
        let mut latest = vec![BTreeMap::new(); feed.columns.len()];
        let mut rows = Rows { feed, form: self, station: told.station, latest: &mut latest };
        match (self.form, raw.text()) {
            // The service has said so of a stretch without data.
            (Form::Service, Err(DecodeError::Empty)) if raw.asked.is_some() => {}
            (Form::Service, text) => rows.take_json(text?)?,
            (Form::Psv, text) => rows.take_psv(text?)?,
        }
        for (column, rows) in feed.columns.iter().zip(latest) {
            for (at, (value, place)) in rows {
                told.take(column, up_to(at, self.hours), value, || format!("{place}, {}", column.name));
            }
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words::ncei_words(&serde_json::from_slice(body).ok()?)
    }
}

/// What each column said of a minute, the last of several.
type Latest = BTreeMap<DateTime<Utc>, (Result<Option<Fixed>, String>, String)>;

struct Rows<'a> {
    feed: &'a FeedSettings,
    form: &'a Ghcnh,
    station: &'a str,
    latest: &'a mut [Latest],
}

impl Rows<'_> {
    fn take_psv(&mut self, text: &str) -> Result<(), DecodeError> {
        lines::check_whole(text)?;
        let mut builder = csv::ReaderBuilder::new();
        let mut lines = builder.delimiter(b'|').quoting(false).trim(csv::Trim::All).from_reader(text.as_bytes());
        let fault = |error: csv::Error| DecodeError::schema("the rows", error.to_string());
        let names = lines::Names(lines.headers().map_err(fault)?.clone());
        let station_at = match names.find("STATION")? {
            Some(index) => index,
            None => names.need("Station_ID")?,
        };
        let date_at = names.find("DATE")?;
        let parts_at = match date_at {
            Some(_) => [0; 5],
            None => [
                names.need("Year")?,
                names.need("Month")?,
                names.need("Day")?,
                names.need("Hour")?,
                names.need("Minute")?,
            ],
        };
        let columns = self.feed.columns.iter().map(|column| {
            let beside = |end: &str| names.need(&format!("{}{end}", column.name));
            Ok([names.need(&column.name)?, beside(QUALITY)?, beside(MEASUREMENT)?, beside(REPORT)?])
        });
        let columns = columns.collect::<Result<Vec<_>, DecodeError>>()?;
        let mut record = StringRecord::new();
        while lines.read_record(&mut record).map_err(fault)? {
            let place = lines::place(&record);
            self.check_station(&record[station_at], &place)?;
            let at = match date_at {
                Some(index) => date(&record[index], &place)?,
                None => {
                    let [year, month, day, hour, minute] = parts_at.map(|index| &record[index]);
                    stamp(&format!("{year}-{month}-{day} {hour}:{minute}"), "%Y-%m-%d %H:%M", &place)?
                }
            };
            for (index, places) in columns.iter().enumerate() {
                self.take(index, at, places.map(|place| &record[place]), &place);
            }
        }
        Ok(())
    }

    fn take_json(&mut self, text: &str) -> Result<(), DecodeError> {
        if !text.trim_start().starts_with('[') {
            return Err(words::ncei_error(&parse(text, "the answer")?));
        }
        let rows: Vec<&RawValue> = parse(text, "the answer")?;
        for (index, row) in rows.into_iter().enumerate() {
            let place = format!("[{index}]");
            let row: Members<'_> = parse(row.get(), &place)?;
            self.check_station(&row.read::<Cow<'_, str>>("STATION")?, &place)?;
            let at = date(&row.read::<Cow<'_, str>>("DATE")?, &place)?;
            for index in 0..self.feed.columns.len() {
                let name = &self.feed.columns[index].name;
                // An absent member is an absent value; one without its quality is none.
                if row.get(name).is_none() {
                    continue;
                }
                let beside = |end: &str| match row.get(&format!("{name}{end}")) {
                    Some(value) => parse::<Cow<'_, str>>(value.get(), &format!("{place}.{name}{end}")),
                    None => Ok("".into()),
                };
                let (value, report) = (beside("")?, beside(REPORT)?);
                let (quality, measurement) = (beside(QUALITY)?, beside(MEASUREMENT)?);
                let texts = [&value, &quality, &measurement, &report].map(|text| text.trim());
                self.take(index, at, texts, &place);
            }
        }
        Ok(())
    }

    fn check_station(&self, got: &str, place: &str) -> Result<(), DecodeError> {
        if got == self.station {
            return Ok(());
        }
        Err(DecodeError::schema(place, format!("`{}` is not the station {}", got.escape_debug(), self.station)))
    }

    /// Takes a value of one of the reports that are read; nothing where it has none.
    fn take(&mut self, index: usize, at: DateTime<Utc>, [value, quality, measurement, report]: [&str; 4], place: &str) {
        if value.is_empty() || !self.form.reports.iter().any(|known| known == report) {
            return;
        }
        let value = read_value(&self.feed.columns[index], value, quality, measurement);
        self.latest[index].insert(at, (value, place.to_owned()));
    }
}

fn date(text: &str, place: &str) -> Result<DateTime<Utc>, DecodeError> {
    stamp(text.strip_suffix('Z').unwrap_or(text), "%Y-%m-%dT%H:%M:%S", place)
}

/// No code at all has passed every check; the codes of the older archive stand beside it.
fn read_value(column: &Column, text: &str, quality: &str, measurement: &str) -> Result<Option<Fixed>, String> {
    let name = &column.name;
    if !quality.is_empty() && !passed(name, text, quality)? {
        return Ok(None);
    }
    let value = number(column, text)?;
    if column.variable != Variable::Precipitation {
        return Ok(Some(value));
    }
    match measurement {
        "" => Ok(Some(value)),
        // A trace: it rained, and less than can be measured.
        "T" if value == Fixed::ZERO => Ok(Some(value)),
        "T" => Err(format!("`{name}`: {text} is said to be a trace")),
        other => Err(format!("`{name}`: {text} is marked `{}`, which is no plain amount", other.escape_debug())),
    }
}

#[cfg(test)]
mod tests;
