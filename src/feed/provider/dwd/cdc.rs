//! CDC files: a product of a station, one text in a zip file beside others that describe it.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use csv::StringRecord;

use super::super::lines::{Names, is_digits, place, read, short};
use super::super::pieces::floor;
use super::super::stamped::{Stamped, at_stamp, before};
use super::super::told::{Told, station_of};
use super::Files;
use crate::feed::decode::{DecodeError, Decoded, Raw, number};
use crate::feed::settings::{Column, FeedSettings};
use crate::feed::unpack::unzip;
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};

pub(super) static HOURLY: [Stamped; 7] = [
    before("F", Variable::WindSpeed, "m/s"),
    before("R1", Variable::Precipitation, "mm"),
    before("SD_SO", Variable::Sunshine, "min"),
    at_stamp("TT_TU", Variable::AirTemperature, "degC"),
    at_stamp("RF_TU", Variable::RelativeHumidity, "%"),
    at_stamp("TD", Variable::DewPoint, "degC"),
    at_stamp("P", Variable::AirPressure, "hPa"),
];

pub(super) static TEN_MINUTES: [Stamped; 8] = [
    before("FF_10", Variable::WindSpeed, "m/s"),
    before("FX_10", Variable::WindGust, "m/s"),
    before("RWS_10", Variable::Precipitation, "mm"),
    before("GS_10", Variable::GlobalRadiation, "J/cm2"),
    before("SD_10", Variable::Sunshine, "h"),
    at_stamp("TT_10", Variable::AirTemperature, "degC"),
    at_stamp("RF_10", Variable::RelativeHumidity, "%"),
    at_stamp("TD_10", Variable::DewPoint, "degC"),
];

pub(super) fn decode(feed: &FeedSettings, files: Files, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
    if !raw.bytes.starts_with(b"PK") {
        return product(feed, files, raw, raw.name);
    }
    let mut products = unzip(raw.bytes, feed.max_body)?.into_iter().filter(|(name, _)| name.starts_with("produkt_"));
    match (products.next(), products.next()) {
        (Some((_, bytes)), None) => product(feed, files, &Raw { bytes: &bytes, ..*raw }, raw.name),
        (None, _) => Err(DecodeError::schema("the zip file", "it holds no file whose name begins with produkt_")),
        (Some(_), Some(_)) => Err(DecodeError::schema("the zip file", "it holds more than one product")),
    }
}

/// The columns of a product.
struct Columns<'f> {
    width: usize,
    station: usize,
    stamp: usize,
    values: Vec<(usize, &'f Column)>,
}

fn product(feed: &FeedSettings, files: Files, raw: &Raw<'_>, name: &str) -> Result<Decoded, DecodeError> {
    let text = raw.text()?;
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(b';').quoting(false).has_headers(false).flexible(true).trim(csv::Trim::All);
    let mut lines = builder.from_reader(text.as_bytes());
    let mut line = StringRecord::new();
    read(&mut lines, &mut line)?;
    let columns = columns(feed, Names(line.clone()))?;
    let mut told = Told::new(feed, raw);
    told.vintage = if name.ends_with("_hist.zip") { Vintage::Final } else { Vintage::Provisional };
    while read(&mut lines, &mut line)? {
        let place = place(&line);
        if line.len() != columns.width || &line[columns.width - 1] != "eor" {
            let reason =
                format!("the line has {} columns, the header {} and `eor` at its end", line.len(), columns.width);
            told.refuse(place, reason);
            continue;
        }
        let id = format!("{:0>5}", &line[columns.station]);
        let Some(station) = station_of(feed, raw.asked, &id)? else { continue };
        let stamp = match stamp(files, &line[columns.stamp]) {
            Ok(stamp) => stamp,
            Err(reason) => {
                told.refuse(place, reason);
                continue;
            }
        };
        told.station = &station.name;
        for (index, column) in &columns.values {
            let value = value(column, &line[*index]);
            told.take_told(column, files.interval(column, stamp), stamp, value, || place.clone());
        }
    }
    Ok(told.decoded)
}

fn columns(feed: &FeedSettings, names: Names) -> Result<Columns<'_>, DecodeError> {
    let (station, stamp) = (names.need("STATIONS_ID")?, names.need("MESS_DATUM")?);
    if names.0.iter().next_back() != Some("eor") {
        return Err(DecodeError::schema("line 1", "the last column is not `eor`"));
    }
    Ok(Columns { width: names.0.len(), station, stamp, values: names.places(&feed.columns)? })
}

/// `2018091500`, or `201809150010`: UTC. Before 2000 the stamps of ten minutes are not.
fn stamp(files: Files, text: &str) -> Result<DateTime<Utc>, String> {
    let (length, example) = if files == Files::Hourly { (10, "2018091500") } else { (12, "201809150010") };
    let read = || {
        let number = |range: std::ops::Range<usize>| text.get(range).map_or(Some(0), |part| part.parse::<u32>().ok());
        let date = NaiveDate::parse_from_str(&text[..8], "%Y%m%d").ok()?;
        let minute = if length == 12 { number(10..12)? } else { 0 };
        let at = date.and_hms_opt(number(8..10)?, minute, 0)?.and_utc();
        (floor(at, files.step()) == at).then_some(at)
    };
    let at = if is_digits(text, length) { read() } else { None };
    let at = at.ok_or_else(|| format!("`{}` is not a time such as {example}", short(text)))?;
    if files == Files::TenMinutes && at.year() < 2000 {
        return Err(format!("{text}: before 2000 these stamps are not UTC"));
    }
    Ok(at)
}

/// `-999` is none, however it is written.
fn value(column: &Column, text: &str) -> Result<Option<Fixed>, String> {
    let missing = Fixed::from_micros(-999 * Fixed::MICROS);
    if Fixed::parse_rounded(text).is_ok_and(|value| value == missing) {
        return Ok(None);
    }
    number(column, text).map(Some)
}
