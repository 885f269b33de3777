//! ISD-Lite: one line an hour of a station's year, in twelve columns.

use std::sync::Arc;

use super::lines;
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, sent};
use super::station_hours::{check_lengths, instead_of_year, interval, stamp, tenths, up_to, year_files};
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::document::Faults;
use crate::feed::decode::{DecodeError, Decoded, Raw, text};
use crate::feed::request::{Instead, Request, Wanted};
use crate::feed::settings::FeedSettings;
use crate::feed::unpack::gunzip;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "isd-lite",
    table: "",
    example: "",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |_, context, faults| read_isd_lite(context, faults).map(|form| Arc::new(form) as _),
};

/// Each column, behind year, month, day and hour, in its order. Direction and sky are passed over.
const PLACES: [&str; 8] = [
    "air_temperature",
    "dew_point",
    "sea_level_pressure",
    "",
    "wind_speed",
    "",
    "precipitation_1h",
    "precipitation_6h",
];

static SENT: [Sent; 6] = [
    sent("air_temperature", &[Variable::AirTemperature], &["degC"]),
    sent("dew_point", &[Variable::DewPoint], &["degC"]),
    sent("sea_level_pressure", &[Variable::AirPressure], &["hPa"]),
    sent("wind_speed", &[Variable::WindSpeed], &["m/s"]),
    sent("precipitation_1h", &[Variable::Precipitation], &["mm"]),
    sent("precipitation_6h", &[Variable::Precipitation], &["mm"]),
];

/// For how long a column speaks: rain for the hours before its stamp, the rest for the hour that begins with it.
fn hours(name: &str) -> i64 {
    if name == "precipitation_6h" { 6 } else { 1 }
}

#[derive(Clone, Debug)]
struct IsdLite {
    hours: i64,
}

fn read_isd_lite(context: &Context<'_>, faults: &mut Faults) -> Option<IsdLite> {
    let before = faults.len();
    check_columns(context.columns, &SENT, "ISD-Lite", faults);
    check_lengths(hours, context, faults);
    check_no_placeholders(context, "isd-lite", "https://www.ncei.noaa.gov/pub/data/noaa/isd-lite", faults);
    check_stations_apart(context, "a USAF-WBAN number", "583620-99999", is_usaf_wban, faults)?;
    let (first, _) = context.columns.first()?;
    (faults.len() == before).then(|| IsdLite { hours: hours(&first.name) })
}

/// `583620-99999`
pub(super) fn is_usaf_wban(name: &str) -> bool {
    name.split_once('-').is_some_and(|(usaf, wban)| lines::is_code(usaf, 6) && lines::is_code(wban, 5))
}

/// Where the file of a year is.
fn path(station: &str, year: i32) -> String {
    format!("{year}/{station}-{year}.gz")
}

impl Provider for IsdLite {
    fn interval(&self) -> Interval {
        interval(self.hours)
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
        let mut told = Told::new(feed, raw);
        let mut last = None;
        for (number, line) in lines::whole_lines(text(&bytes)?)? {
            let place = format!("line {number}");
            let fields: Vec<_> = line.split_ascii_whitespace().collect();
            let [year, month, day, hour, values @ ..] = &fields[..] else {
                return Err(DecodeError::schema(place, "an hour has 12 columns"));
            };
            if values.len() != PLACES.len() {
                return Err(DecodeError::schema(place, format!("an hour has 12 columns, this is {}", fields.len())));
            }
            let at = stamp(&format!("{year} {month} {day} {hour}:00"), "%Y %m %d %H:%M", &place)?;
            if last.is_some_and(|last| at <= last) {
                return Err(DecodeError::schema(place, "it is not after the hour before it"));
            }
            last = Some(at);
            for column in &feed.columns {
                let index = PLACES.iter().position(|name| *name == column.name).expect("the settings were checked");
                let is_rain = column.variable == Variable::Precipitation;
                let value = match values[index] {
                    "-9999" => Ok(None),
                    // A trace: it rained, and less than a tenth of a millimetre.
                    "-1" if is_rain => Ok(Some(Fixed::ZERO)),
                    value => tenths(column, value).map(Some),
                };
                let interval = match is_rain {
                    true => up_to(at, self.hours),
                    false => (at, at + chrono::TimeDelta::hours(1)),
                };
                let told_at = if is_rain { interval.1 } else { at };
                told.take_told(column, interval, told_at, value, || format!("{place}, {}", column.name));
            }
        }
        Ok(told.decoded)
    }
}

#[cfg(test)]
mod tests;
