//! NASA POWER: weather and sunshine of a grid, by hours or days, as JSON; as CSV in recorded files.

mod settings;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::answer::{is_number, names};
use super::lines;
use super::sent::{Sent, sent};
use super::told;
use super::words;
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, number, reading};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::quantity::{Exact, Fixed, Rounding, Unit, Variable};

pub(super) static KIND: Kind = Kind {
    word: "nasa-power",
    table: "nasa_power",
    example: "{ resolution = \"hourly\", community = \"AG\" }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| settings::read_nasa_power(node, context, faults).map(|form| Arc::new(form) as _),
};

/// What is asked of NASA POWER.
#[derive(Clone, Debug)]
struct PowerForm {
    resolution: Resolution,
    /// `AG`, `SB` or `RE`.
    community: &'static str,
    /// Where the times of a recorded answer stand, if the settings say so; else the answer must be in UTC.
    zone: Option<Zone>,
}

/// How long a value speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    Hourly,
    Daily,
}

impl Resolution {
    /// Its name in requests.
    fn word(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
        }
    }

    fn step(self) -> TimeDelta {
        match self {
            Self::Hourly => TimeDelta::hours(1),
            Self::Daily => TimeDelta::hours(24),
        }
    }
}

const TEMPERATURE: &[Variable] = &[Variable::AirTemperature, Variable::AirTemperatureMean];
const RAIN: &[Variable] = &[Variable::Precipitation];
const WIND: &[Variable] = &[Variable::WindSpeed];
const PRESSURE: &[Variable] = &[Variable::AirPressure];
const RADIATION: &[Variable] = &[Variable::GlobalRadiation];
const RADIATION_UNITS: &[&str] = &["MJ/m2", "kWh/m2", "Wh/m2"];

/// The parameters that are read.
static SENT: [Sent; 16] = [
    sent("T2M", TEMPERATURE, &["degC"]),
    sent("T2M_MAX", &[Variable::AirTemperatureMax], &["degC"]),
    sent("T2M_MIN", &[Variable::AirTemperatureMin], &["degC"]),
    sent("T2MDEW", &[Variable::DewPoint], &["degC"]),
    sent("RH2M", &[Variable::RelativeHumidity], &["%"]),
    sent("PRECTOTCORR", RAIN, &["mm"]),
    sent("WS2M", WIND, &["m/s"]),
    sent("WS10M", WIND, &["m/s"]),
    sent("WS50M", WIND, &["m/s"]),
    sent("WSC", WIND, &["m/s"]),
    sent("WS10M_MAX", &[Variable::WindGust], &["m/s"]),
    sent("PS", PRESSURE, &["kPa"]),
    sent("PSC", PRESSURE, &["kPa"]),
    sent("ALLSKY_SFC_SW_DWN", RADIATION, RADIATION_UNITS),
    sent("CLRSKY_SFC_SW_DWN", RADIATION, RADIATION_UNITS),
    sent("SNODP", &[Variable::SnowDepth], &["cm"]),
];

/// How the answers name a unit, and by what the value is divided for the amount of its interval: rain of hours has
/// come as a rate by the day.
fn unit_names(resolution: Resolution, community: &str, unit: Unit) -> &'static [(&'static str, i64)] {
    match (unit.symbol(), resolution, community) {
        ("degC", ..) => &[("C", 1)],
        ("%", ..) => &[("%", 1)],
        ("m/s", ..) => &[("m/s", 1)],
        ("kPa", ..) => &[("kPa", 1)],
        ("cm", ..) => &[("cm", 1)],
        ("mm", Resolution::Hourly, _) => &[("mm/hour", 1), ("mm/day", 24)],
        ("mm", Resolution::Daily, _) => &[("mm/day", 1), ("mm", 1)],
        ("MJ/m2", Resolution::Daily, "AG") => &[("MJ/m^2/day", 1)],
        ("MJ/m2", Resolution::Hourly, "AG") => &[("MJ/hr", 1), ("MJ/m^2/hr", 1)],
        ("kWh/m2", Resolution::Daily, "SB" | "RE") => &[("kW-hr/m^2/day", 1), ("kWh/m^2/day", 1)],
        ("Wh/m2", Resolution::Hourly, "SB" | "RE") => &[("Wh/m^2", 1)],
        _ => &[],
    }
}

impl Provider for PowerForm {
    fn interval(&self) -> Interval {
        let zone = self.zone.as_ref().map_or("UTC".into(), |zone| zone.name().clone());
        match self.resolution {
            Resolution::Hourly => Interval::Fixed(3_600),
            Resolution::Daily => Interval::Day { zone, starts_min: 0 },
        }
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = wanted.station.expect("each station is asked by itself");
        let (latitude, longitude) = station.position.expect("the settings demand it");
        let mut request = wanted.request(Zone::utc());
        let path = format!("{}/{}/point", request.url.path().trim_end_matches('/'), self.resolution.word());
        request.url.set_path(&path);
        let names: Vec<_> = feed.columns.iter().map(|column| column.name.as_str()).collect();
        let [from, to] = [wanted.from, wanted.to].map(|at| at.format("%Y%m%d").to_string());
        request.url.query_pairs_mut().extend_pairs([
            ("parameters", names.join(",")),
            ("community", self.community.to_owned()),
            ("latitude", latitude.to_string()),
            ("longitude", longitude.to_string()),
            ("start", from),
            ("end", to),
            ("format", "JSON".to_owned()),
            ("time-standard", "UTC".to_owned()),
        ]);
        vec![request]
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?.trim_start();
        let answer = Answer { feed, form: self, station: told::station(feed, raw), now: raw.now };
        let table = if text::is_csv(text) { answer.csv_table(text)? } else { answer.json_table(text)? };
        answer.readings(&table)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words::words_of_body(body, &["messages"])
    }
}

/// Which day or hour a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    date: NaiveDate,
    /// None of days.
    hour: Option<u32>,
}

/// An answer whose units, place and length are right.
struct Table<'t> {
    keys: Vec<Key>,
    /// For each column of the settings, what its values are divided by, and the values.
    columns: Vec<(i64, Vec<Cow<'t, str>>)>,
    /// What stands for no value.
    fill: Fixed,
}

struct Answer<'a> {
    feed: &'a FeedSettings,
    form: &'a PowerForm,
    station: &'a Station,
    now: Option<DateTime<Utc>>,
}

impl Answer<'_> {
    fn json_table<'t>(&self, text: &'t str) -> Result<Table<'t>, DecodeError> {
        let members: Members<'_> = parse(text, "the answer")?;
        if members.get("properties").is_none()
            && let Some(reason) = words::words(&members, &["messages"])
        {
            return Err(DecodeError::Provider { reason });
        }
        if let Some(what) = words::forecast(&members) {
            return Err(DecodeError::schema("the answer", what));
        }
        let header: Members<'_> = members.read("header")?;
        self.check_zone(Some(&*header.read::<Cow<'_, str>>("time_standard")?))?;
        let position: Members<'_> = members.read("geometry")?;
        let position: Vec<&RawValue> = position.read("coordinates")?;
        let degrees = |at: usize| Fixed::parse_rounded(position.get(at)?.get()).ok();
        let position = degrees(1).zip(degrees(0));
        self.check_position(position.ok_or_else(|| DecodeError::schema("geometry", "this is no position"))?)?;
        let fill = Fixed::parse_rounded(header.read::<&RawValue>("fill_value")?.get());
        let fill = fill.map_err(|error| DecodeError::schema("header.fill_value", error.to_string()))?;
        let (units, properties): (Members<'_>, Members<'_>) =
            (members.read("parameters")?, members.read("properties")?);
        let series: Members<'_> = properties.read("parameter")?;
        let mut table = Table { keys: Vec::new(), columns: Vec::new(), fill };
        for (index, column) in self.feed.columns.iter().enumerate() {
            let name = &column.name;
            let values = series.get(name);
            let values = values.ok_or_else(|| lines::missing(name, names(&series)))?;
            let values: Members<'_> = parse(values.get(), name)?;
            let unit: Members<'_> = units.read(name)?;
            let divisor = self.divisor(column, &unit.read::<Cow<'_, str>>("units")?)?;
            let keys = values.0.iter().map(|(key, _)| {
                let date = key.get(..8).and_then(|date| NaiveDate::parse_from_str(date, "%Y%m%d").ok());
                let hour = key
                    .get(8..)
                    .filter(|hour| !hour.is_empty())
                    .map(|hour| hour.parse().ok().filter(|hour| *hour < 24));
                let hour = hour.map_or(Some(None), |hour| hour.map(Some));
                let key_of = date.zip(hour).map(|(date, hour)| Key { date, hour });
                key_of.ok_or_else(|| DecodeError::schema(name, format!("`{key}` is no day or hour")))
            });
            let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
            if index == 0 {
                table.keys = keys;
            } else if table.keys != keys {
                return Err(DecodeError::schema(name, "it has other times than the parameters before it"));
            }
            let texts = values.0.iter().map(|(_, value)| match value.get() {
                text if is_number(text) => Ok(text.into()),
                _ => Err(DecodeError::schema(name, "there is a value that is no number")),
            });
            table.columns.push((divisor, texts.collect::<Result<_, _>>()?));
        }
        let day = |name: &str| {
            let text = header.read::<Cow<'_, str>>(name)?;
            let day = NaiveDate::parse_from_str(&text, "%Y%m%d");
            day.map_err(|error| DecodeError::schema(format!("header.{name}"), error.to_string()))
        };
        self.check_ends(&table.keys, (day("start")?, day("end")?))?;
        Ok(table)
    }

    /// What the answer says of its times must be what the settings say, or UTC.
    fn check_zone(&self, told: Option<&str>) -> Result<(), DecodeError> {
        let zone = self.form.zone.as_ref();
        let is_utc = zone.is_none_or(|zone| zone.fixed_s() == Some(0));
        let what = match told {
            Some("UTC") if is_utc => return Ok(()),
            Some("LST") if zone.is_some() && !is_utc => return Ok(()),
            None if zone.is_some() => return Ok(()),
            Some("UTC") => "times are in UTC, and the settings have another zone".to_owned(),
            Some("LST") => {
                "times are local solar time, of which no civil day can be cut: ask for UTC, or say in zone at \
                            which offset a recorded answer stands"
                    .to_owned()
            }
            Some(other) => format!("`{other}` is neither UTC nor LST"),
            None => "nothing says at which offset the times stand: say it in zone".to_owned(),
        };
        Err(DecodeError::schema("the header", what))
    }

    /// The coordinates come back as they were asked for.
    fn check_position(&self, (latitude, longitude): (Fixed, Fixed)) -> Result<(), DecodeError> {
        let Some(asked) = self.station.position else { return Ok(()) };
        let apart = |a: Fixed, b: Fixed| i128::from(a.micros()).abs_diff(i128::from(b.micros()));
        // Written with three places or more.
        let most = 1_000;
        if apart(asked.0, latitude) > most || apart(asked.1, longitude) > most {
            let got = format!("{latitude}, {longitude}");
            return Err(DecodeError::OtherPlace { station: self.station.name.clone(), got });
        }
        Ok(())
    }

    /// What a column's values are divided by, where its unit is one that leads to the settings' unit.
    fn divisor(&self, column: &Column, got: &str) -> Result<i64, DecodeError> {
        let names = unit_names(self.form.resolution, self.form.community, column.unit);
        let found = names.iter().find(|(name, _)| *name == got).map(|(_, divisor)| *divisor);
        found.ok_or_else(|| DecodeError::Unit {
            column: column.name.clone(),
            wanted: names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("` or `"),
            got: got.to_owned(),
        })
    }

    /// The series begins and ends with the days that the header names, in the steps of the settings.
    fn check_ends(&self, keys: &[Key], days: (NaiveDate, NaiveDate)) -> Result<(), DecodeError> {
        let [Some(first), Some(last)] = [keys.first(), keys.last()] else {
            return Err(DecodeError::schema("the answer", "there are no times"));
        };
        let what = match (last.hour, self.form.resolution) {
            (None, Resolution::Hourly) => "it is a day, and the settings say hours".to_owned(),
            (Some(_), Resolution::Daily) => "it is an hour, and the settings say days".to_owned(),
            (hour, _) if (first.date, last.date) != days || hour.is_some_and(|hour| hour != 23) => {
                format!("times are from {} to {}, and the header says {} to {}", first.date, last.date, days.0, days.1)
            }
            _ => return Ok(()),
        };
        Err(DecodeError::schema("the last time", what))
    }

    fn readings(&self, table: &Table<'_>) -> Result<Decoded, DecodeError> {
        let spans = self.spans(&table.keys)?;
        let mut decoded = Decoded::default();
        for (column, (divisor, texts)) in self.feed.columns.iter().zip(&table.columns) {
            let mut forecasts = Vec::new();
            for (index, (span, text)) in spans.iter().zip(texts).enumerate() {
                let value = match Fixed::parse_rounded(text) {
                    Ok(value) if value == table.fill => Ok(None),
                    _ => number(column, text).map(|value| Some(divided(value, *divisor))),
                };
                match (is_forecast(span.told, self.now), value) {
                    // No value for a time to come: the answer is filled up to the end of its last day.
                    (true, Ok(None)) => {}
                    (true, Ok(Some(_))) => forecasts.push(index),
                    (false, Ok(value)) => {
                        decoded.readings.push(reading(self.feed, column, &self.station.name, *span, value, self.now));
                    }
                    (_, Err(reason)) => {
                        let refused = Refused::row(format!("{}[{index}]", column.name), reason).at(&self.station.name);
                        decoded.refused.push(refused.of(column).within(span.start, span.end).sent(text));
                    }
                }
            }
            if let [first, ..] = forecasts[..] {
                let reason = format!("{} values are after now: a forecast is no reading", forecasts.len());
                decoded.refused.push(Refused::other(format!("{}[{first}]", column.name), reason));
            }
        }
        Ok(decoded)
    }

    /// Each key is the beginning of its hour or day, one step after the one before.
    fn spans(&self, keys: &[Key]) -> Result<Vec<Span>, DecodeError> {
        let offset = self.form.zone.as_ref().and_then(Zone::fixed_s).map_or(0, i64::from);
        let step = self.form.resolution.step();
        let mut spans: Vec<Span> = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let place = || format!("time {index}");
            if key.hour.is_some() != (self.form.resolution == Resolution::Hourly) {
                return Err(DecodeError::schema(place(), "days and hours are mixed"));
            }
            let start = key.date.and_hms_opt(key.hour.unwrap_or(0), 0, 0).map(|local| local.and_utc());
            let start = start.and_then(|start| start.checked_sub_signed(TimeDelta::seconds(offset)));
            let end = start.and_then(|start| start.checked_add_signed(step));
            let (start, end) = start.zip(end).ok_or_else(|| DecodeError::schema(place(), "it is out of range"))?;
            if spans.last().is_some_and(|last| last.end != start) {
                return Err(DecodeError::schema(place(), "it is not one step after the time before it"));
            }
            spans.push(Span { start, end, told: end });
        }
        Ok(spans)
    }
}

/// A share of a value, rounded once to six places.
fn divided(value: Fixed, divisor: i64) -> Fixed {
    if divisor == 1 {
        return value;
    }
    let exact = Exact::from(value).over(Exact::from(divisor)).expect("the divisor is small and not zero");
    exact.round_to(Fixed::from_micros(1), Rounding::HalfUp).expect("it is smaller than the value")
}

#[cfg(test)]
mod tests;
