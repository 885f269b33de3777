//! POI files: the last day of a station by hour, the newest first; names in English, units, names in German.

use chrono::{NaiveDateTime, TimeDelta};
use csv::StringRecord;

use super::super::answer::check_unit;
use super::super::lines::{Names, check_whole, place, read, short, with_point};
use super::super::pieces::floor;
use super::super::stamped::{Stamped, at_stamp, before, known};
use super::super::told::{Told, station_of};
use super::Files;
use crate::feed::decode::{DecodeError, Decoded, Raw, number};
use crate::feed::settings::{Column, FeedSettings};
use crate::quantity::{Fixed, Variable};

/// Columns that speak of an hour or of an instant; those of six hours or a day are not here.
pub(super) static COLUMNS: [Stamped; 10] = [
    before("precipitation_amount_last_hour", Variable::Precipitation, "mm"),
    before("global_radiation_last_hour", Variable::Irradiance, "W/m2"),
    before("total_time_of_sunshine_during_last_hour", Variable::Sunshine, "min"),
    before("maximum_wind_speed_last_hour", Variable::WindGust, "km/h"),
    at_stamp("mean_wind_speed_during last_10_min_at_10_meters_above_ground", Variable::WindSpeed, "km/h"),
    at_stamp("dry_bulb_temperature_at_2_meter_above_ground", Variable::AirTemperature, "degC"),
    at_stamp("dew_point_temperature_at_2_meter_above_ground", Variable::DewPoint, "degC"),
    at_stamp("pressure_reduced_to_mean_sea_level", Variable::AirPressure, "hPa"),
    at_stamp("relative_humidity", Variable::RelativeHumidity, "%"),
    at_stamp("total_snow_depth", Variable::SnowDepth, "cm"),
];

pub(super) fn decode(feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
    let text = raw.text()?;
    let mut lines = csv::ReaderBuilder::new()
        .delimiter(b';')
        .quoting(false)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut heads = [StringRecord::new(), StringRecord::new(), StringRecord::new()];
    for head in &mut heads {
        if !read(&mut lines, head)? {
            return Err(DecodeError::Truncated { bytes: text.len() });
        }
    }
    let [names, units, german] = heads;
    let names = Names(names);
    if german.get(1) != Some("Uhrzeit (UTC)") {
        return Err(DecodeError::schema("line 3", "the second column is not `Uhrzeit (UTC)`"));
    }
    let id = units.get(0).unwrap_or_default().trim_end_matches('_');
    let columns = columns(feed, &names, &units)?;
    let Some(station) = station_of(feed, raw.asked, id)? else { return Ok(Decoded::default()) };
    let mut told = Told::of(feed, station, raw.now);
    let mut line = StringRecord::new();
    while read(&mut lines, &mut line)? {
        let place = place(&line);
        if line.len() != names.0.len() {
            told.refuse(place, format!("the line has {} columns, the header {}", line.len(), names.0.len()));
            continue;
        }
        let stamp = format!("{} {}", &line[0], &line[1]);
        let at = NaiveDateTime::parse_from_str(&stamp, "%d.%m.%y %H:%M").map(|at| at.and_utc());
        let Some(stamp) = at.ok().filter(|at| floor(*at, TimeDelta::hours(1)) == *at) else {
            told.refuse(place, format!("`{stamp}` is not a full hour such as 06.04.20 08:00"));
            continue;
        };
        for (index, column) in &columns {
            let value = value(column, &line[*index]);
            told.take_told(column, Files::Poi.interval(column, stamp), stamp, value, || place.clone());
        }
    }
    // A row that is cut off has too few columns, or, cut in its last one, another value.
    check_whole(text)?;
    Ok(told.decoded)
}

/// Where the columns of the settings are, each in the unit that the file should have.
fn columns<'f>(
    feed: &'f FeedSettings,
    names: &Names,
    units: &StringRecord,
) -> Result<Vec<(usize, &'f Column)>, DecodeError> {
    let places = names.places(&feed.columns)?;
    for (index, column) in &places {
        let ours = known(&COLUMNS, column).unit;
        let theirs = if ours == "degC" { "Grad C" } else { ours };
        check_unit(column, theirs, &short(units.get(*index).unwrap_or_default()))?;
    }
    Ok(places)
}

/// A number with a decimal comma; `---` is none.
fn value(column: &Column, text: &str) -> Result<Option<Fixed>, String> {
    if text == "---" {
        return Ok(None);
    }
    number(column, &with_point(column, text)?).map(Some)
}
