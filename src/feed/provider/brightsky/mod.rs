//! Bright Sky: the hours of the stations of Deutscher Wetterdienst, as JSON.

mod settings;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use serde_json::value::RawValue;

use super::answer::{inside, names, number_or_null};
use super::lines::missing;
use super::pieces::{ceiling, floor};
use super::stamped::{Stamped, at_stamp, before, known};
use super::told::{Told, station_of};
use super::words::{words, words_of_body};
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, is_forecast};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "brightsky",
    table: "brightsky",
    example: "{ units = \"si\" }",
    key: KeyUse::Never,
    tells_vintage: true,
    read: |node, context, faults| settings::read_brightsky(node, context, faults).map(|form| Arc::new(form) as _),
};

const HOUR: TimeDelta = TimeDelta::hours(1);
/// Where an error says what is wrong: of version 2.1, and since its rewrite.
const WORDS: [&str; 3] = ["description", "detail", "title"];

/// The units of an answer; the answer itself does not say them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Units {
    Si,
    Dwd,
}

impl Units {
    fn word(self) -> &'static str {
        match self {
            Self::Si => "si",
            Self::Dwd => "dwd",
        }
    }
}

/// A member of an hour, in each system of units.
struct Member {
    si: Stamped,
    dwd: Stamped,
}

impl Member {
    fn of(&'static self, units: Units) -> &'static Stamped {
        if units == Units::Si { &self.si } else { &self.dwd }
    }
}

const fn hour(name: &'static str, variable: Variable, dwd: &'static str, si: &'static str) -> Member {
    Member { si: before(name, variable, si), dwd: before(name, variable, dwd) }
}

const fn instant(name: &'static str, variable: Variable, dwd: &'static str, si: &'static str) -> Member {
    Member { si: at_stamp(name, variable, si), dwd: at_stamp(name, variable, dwd) }
}

static MEMBERS: [Member; 9] = [
    hour("precipitation", Variable::Precipitation, "mm", "mm"),
    hour("solar", Variable::GlobalRadiation, "kWh/m2", "J/m2"),
    hour("sunshine", Variable::Sunshine, "min", "s"),
    hour("wind_speed", Variable::WindSpeed, "km/h", "m/s"),
    hour("wind_gust_speed", Variable::WindGust, "km/h", "m/s"),
    instant("temperature", Variable::AirTemperature, "degC", "K"),
    instant("dew_point", Variable::DewPoint, "degC", "K"),
    instant("pressure_msl", Variable::AirPressure, "hPa", "Pa"),
    instant("relative_humidity", Variable::RelativeHumidity, "%", "%"),
];

/// No value in one system of units is one in the other: what an answer was asked in shows.
const TELLING: [(&str, Units, i64, i64); 4] = [
    ("temperature", Units::Si, 170, 340),
    ("temperature", Units::Dwd, -100, 70),
    ("pressure_msl", Units::Si, 80_000, 115_000),
    ("pressure_msl", Units::Dwd, 800, 1_150),
];

/// What is asked of Bright Sky.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BrightSkyForm {
    units: Units,
}

impl Provider for BrightSkyForm {
    fn interval(&self) -> Interval {
        Interval::Fixed(HOUR.num_seconds())
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = wanted.station.expect("each station is asked by itself").name.to_string();
        // The hour that ends after the last instant wanted tells of it.
        let [from, to] = [floor(wanted.from, HOUR), ceiling(wanted.to, HOUR)].map(|at| at.format("%FT%RZ").to_string());
        let request = wanted.request(Zone::utc());
        let request = request.query("dwd_station_id", &station).query("date", &from).query("last_date", &to);
        vec![request.query("tz", "Etc/UTC").query("units", self.units.word())]
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        if let (None, Some(reason)) = (members.get("weather"), words(&members, &WORDS)) {
            return Err(DecodeError::Provider { reason });
        }
        let rows: Vec<&RawValue> = members.read("weather")?;
        let mut sources = HashMap::new();
        for (index, source) in members.read::<Vec<&RawValue>>("sources")?.into_iter().enumerate() {
            let (id, source) = Source::of(&format!("sources[{index}]"), source.get())?;
            sources.insert(id, source);
        }
        let mut told = Told::new(feed, raw);
        let hours = Hours { feed, form: *self, raw, sources: &sources };
        for (index, row) in rows.into_iter().enumerate() {
            let place = format!("weather[{index}]");
            let members = parse(row.get(), &place)?;
            hours.take(&place, &members, &mut told).map_err(|error| inside(&place, error))?;
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words_of_body(body, &WORDS)
    }
}

/// Where hours come from.
struct Source<'a> {
    /// None of a forecast's point.
    station: Option<Cow<'a, str>>,
    kind: SourceKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SourceKind {
    Historical,
    /// Recent and current: checked little, or not.
    Provisional,
    Forecast,
    Synop,
}

impl<'a> Source<'a> {
    fn of(place: &str, text: &'a str) -> Result<(u64, Self), DecodeError> {
        let members: Members<'a> = parse(text, place)?;
        let read = || {
            let kind = match &*members.read::<Cow<'_, str>>("observation_type")? {
                "historical" => SourceKind::Historical,
                "recent" | "current" => SourceKind::Provisional,
                "forecast" => SourceKind::Forecast,
                "synop" => SourceKind::Synop,
                other => {
                    let what = format!("`{other}` is not an observation_type that we know");
                    return Err(DecodeError::schema("observation_type", what));
                }
            };
            let station = members.read::<Option<Cow<'a, str>>>("dwd_station_id")?;
            Ok((members.read("id")?, Self { station, kind }))
        };
        read().map_err(|error| inside(place, error))
    }
}

/// What the hours of an answer are read by.
struct Hours<'a> {
    feed: &'a FeedSettings,
    form: BrightSkyForm,
    raw: &'a Raw<'a>,
    sources: &'a HashMap<u64, Source<'a>>,
}

impl<'a> Hours<'a> {
    fn take(&self, place: &str, members: &Members<'_>, told: &mut Told<'a>) -> Result<(), DecodeError> {
        let id = members.read::<u64>("source_id")?;
        let source = self.sources.get(&id);
        let source = source.ok_or_else(|| DecodeError::schema("source_id", format!("there is no source {id}")))?;
        let stamp = members.read::<Cow<'_, str>>("timestamp")?;
        let stamp = DateTime::parse_from_rfc3339(&stamp)
            .map(|at| at.to_utc())
            .map_err(|_| DecodeError::schema("timestamp", format!("`{stamp}` is not a time with its offset")))?;
        if floor(stamp, HOUR) != stamp {
            return Err(DecodeError::schema("timestamp", format!("{stamp} is no full hour")));
        }
        let chance = members.get("precipitation_probability").map(RawValue::get).is_some_and(|chance| chance != "null");
        if source.kind == SourceKind::Forecast || chance {
            if !is_forecast(stamp, self.raw.now) {
                told.refuse(place, "the hour is filled from a forecast: a forecast is no reading".to_owned());
            }
            return Ok(());
        }
        if source.kind == SourceKind::Synop {
            told.refuse(place, "the hour is of unchecked SYNOP reports, which are no record".to_owned());
            return Ok(());
        }
        let name = source.station.as_deref().unwrap_or("no DWD station");
        let Some(station) = station_of(self.feed, self.raw.asked, name)? else { return Ok(()) };
        self.check_units(members)?;
        told.station = &station.name;
        told.vintage = if source.kind == SourceKind::Historical { Vintage::Final } else { Vintage::Provisional };
        let fallbacks: Option<Members<'_>> = match members.get("fallback_source_ids").map(RawValue::get) {
            None | Some("null") => None,
            Some(text) => Some(parse(text, "fallback_source_ids")?),
        };
        for column in &self.feed.columns {
            let member = known(MEMBERS.iter().map(|member| member.of(self.form.units)), column);
            if let Some(other) = fallbacks.as_ref().and_then(|fallbacks| fallbacks.get(member.name)) {
                let reason =
                    format!("`{}` comes from another source, {}: it is not this station's", member.name, other.get());
                told.refuse(place, reason);
                continue;
            }
            told.take_told(column, member.interval(stamp, HOUR), stamp, value(column, members)?, || place.to_owned());
        }
        Ok(())
    }

    /// Temperature and pressure, wanted or not, show in which units the answer is.
    fn check_units(&self, members: &Members<'_>) -> Result<(), DecodeError> {
        for (name, ..) in TELLING.iter().filter(|(_, units, ..)| *units == self.form.units) {
            let Some(value) = members.get(name).and_then(|value| Fixed::parse_rounded(value.get()).ok()) else {
                continue;
            };
            let fits = |units: Units| {
                let within = |(known, of, low, high): &(&str, Units, i64, i64)| {
                    known == name
                        && *of == units
                        && (low * Fixed::MICROS..=high * Fixed::MICROS).contains(&value.micros())
                };
                TELLING.iter().any(within)
            };
            let other = if self.form.units == Units::Si { Units::Dwd } else { Units::Si };
            if !fits(self.form.units) && fits(other) {
                let column = format!("{name} {value}");
                let [wanted, got] = [self.form.units, other].map(|units| units.word().to_owned());
                return Err(DecodeError::Unit { column, wanted, got });
            }
        }
        Ok(())
    }
}

fn value(column: &Column, members: &Members<'_>) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    let value = members.get(&column.name).ok_or_else(|| missing(&column.name, names(members)))?;
    number_or_null(column, value, || column.name.clone())
}
