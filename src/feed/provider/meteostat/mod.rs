//! Meteostat: the hours of a station, a CSV file a year, merged of measurements and forecasts; each value says whose it
//! is.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::TimeDelta;
use csv::StringRecord;

use super::lines::{self, Names, is_code};
use super::sent::{Sent, check_columns_but, check_no_placeholders, check_stations_apart};
use super::stamped::{Stamped, at_stamp, before, known};
use super::station_hours::{instead_of_year, stamp, year_files};
use super::time::texts;
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::feed::decode::{DecodeError, Decoded, Raw, is_forecast, number, text};
use crate::feed::request::{Instead, Request, Wanted};
use crate::feed::settings::FeedSettings;
use crate::feed::unpack::gunzip;
use crate::quantity::Variable;

pub(super) static KIND: Kind = Kind {
    word: "meteostat",
    table: "meteostat",
    example: "{ sources = [\"isd_lite\"] }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_meteostat(node, context, faults).map(|form| Arc::new(form) as _),
};

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The columns of the files.
static KNOWN: [Stamped; 9] = [
    at_stamp("temp", Variable::AirTemperature, "degC"),
    at_stamp("dwpt", Variable::DewPoint, "degC"),
    at_stamp("rhum", Variable::RelativeHumidity, "%"),
    before("prcp", Variable::Precipitation, "mm"),
    at_stamp("snwd", Variable::SnowDepth, "cm"),
    at_stamp("wspd", Variable::WindSpeed, "km/h"),
    before("wpgt", Variable::WindGust, "km/h"),
    at_stamp("pres", Variable::AirPressure, "hPa"),
    before("tsun", Variable::Sunshine, "min"),
];
static NEVER: [(&str, &str); 1] = [("snow", "it was the depth of snow, and is fresh snow in later files; take snwd")];

/// Sources that are measurements, by the words of the columns `…_source`.
const MEASURED: [&str; 9] =
    ["dwd_hourly", "dwd_poi", "eccc_hourly", "gsa_hourly", "gsa_synop", "isd_lite", "metar", "metar_legacy", "synop"];
const FORECASTS: [&str; 3] = ["dwd_mosmix", "metno_forecast", "model"];

/// How the files are read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meteostat {
    /// The sources whose values count.
    sources: Vec<String>,
}

fn read_meteostat(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Meteostat> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the Meteostat form", faults)?;
    let sources = fields.required("sources", "[\"isd_lite\"]", faults);
    let sources = sources.and_then(|node| read_sources(node, faults));
    fields.finish(faults);
    let all: Vec<Sent> = KNOWN.iter().map(Stamped::sent).collect();
    check_columns_but(context.columns, &all, &NEVER, "Meteostat", faults);
    check_no_placeholders(context, "meteostat", "https://data.meteostat.net/hourly", faults);
    check_stations_apart(context, "Meteostat's id of a station", "10637", |name| is_code(name, 5), faults)?;
    let sources = sources?;
    (faults.len() == before).then_some(Meteostat { sources })
}

fn read_sources(node: &Node, faults: &mut Faults) -> Option<Vec<String>> {
    let sources = texts(node, faults)?;
    let wrong = sources.iter().find(|source| !MEASURED.contains(&source.as_str()));
    let fault = match wrong {
        None if !sources.is_empty() => return Some(sources),
        None => Fault::new(&node.place, "no source counts, so no value would"),
        Some(source) if FORECASTS.contains(&source.as_str()) => {
            Fault::new(&node.place, format!("`{source}` is a forecast: nothing is settled on a forecast"))
        }
        Some(source) => {
            let fault = Fault::new(&node.place, format!("`{source}` is no source of measured hours that we know"));
            match did_you_mean(source, MEASURED) {
                Some(near) => {
                    faults.push(fault.hint(format!("did you mean `{near}`?")));
                    return None;
                }
                None => fault,
            }
        }
    };
    faults.push(fault.hint(format!("measured are: {}", MEASURED.join(", "))));
    None
}

/// Where the file of a year is.
fn path(station: &str, year: i32) -> String {
    format!("{year}/{station}.csv.gz")
}

impl Provider for Meteostat {
    fn interval(&self) -> Interval {
        Interval::Fixed(HOUR.num_seconds())
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        year_files(wanted, path)
    }

    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, _: &str) -> Instead {
        instead_of_year(wanted, request, status, path)
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let bytes = gunzip(raw.bytes, feed.max_body)?;
        let text = text(&bytes)?;
        lines::check_whole(text)?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| DecodeError::schema("the header", error.to_string()))?.clone();
        let names = Names(header);
        let time = ["year", "month", "day", "hour"];
        let time = [names.need(time[0])?, names.need(time[1])?, names.need(time[2])?, names.need(time[3])?];
        let mut places = Vec::new();
        for (index, column) in names.places(&feed.columns)? {
            places.push((column, known(&KNOWN, column), index, names.need(&format!("{}_source", column.name))?));
        }
        let mut told = Told::new(feed, raw);
        let (mut seen, mut others) = (HashSet::new(), Others::default());
        let mut line = StringRecord::new();
        while lines::read(&mut reader, &mut line)? {
            let place = lines::place(&line);
            let [year, month, day, hour] = time.map(|index| &line[index]);
            let at = stamp(&format!("{year} {month} {day} {hour}:00"), "%Y %m %d %H:%M", &place)?;
            if !seen.insert(at) {
                return Err(DecodeError::schema(place, "its hour is there twice"));
            }
            for &(column, known, value, source) in &places {
                let (value, source) = (&line[value], &line[source]);
                let value = match value {
                    "" => Ok(None),
                    _ if self.sources.iter().any(|known| known == source) => number(column, value).map(Some),
                    // What is filled from a forecast for a time to come is nothing new.
                    _ if is_forecast(at, raw.now) => continue,
                    _ => {
                        others.add(known.name, source, &place);
                        continue;
                    }
                };
                told.take_told(column, known.interval(at, HOUR), at, value, || format!("{place}, {}", column.name));
            }
        }
        others.refuse(&mut told);
        Ok(told.decoded)
    }
}

/// Values whose source does not count: by column and source, how many there are and where the first stands.
#[derive(Default)]
struct Others(BTreeMap<(&'static str, String), (String, usize)>);

impl Others {
    fn add(&mut self, column: &'static str, source: &str, place: &str) {
        let (_, count) = self.0.entry((column, lines::short(source))).or_insert_with(|| (place.to_owned(), 0));
        *count += 1;
    }

    fn refuse(self, told: &mut Told<'_>) {
        for ((column, source), (place, count)) in self.0 {
            let why = match source.as_str() {
                "" => "no source is named".to_owned(),
                source if FORECASTS.contains(&source) => format!("they are of {source}, a forecast"),
                source if MEASURED.contains(&source) => format!("they are of {source}, which is not among the sources"),
                source => format!("`{}` is no source that we know", source.escape_debug()),
            };
            told.refuse(place, format!("`{column}`: {count} values from here on are no readings: {why}"));
        }
    }
}

#[cfg(test)]
mod tests;
