//! China's weather service (CMA), data.cma.cn: hours of surface stations, as JSON.

mod settings;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::answer::{check_columns, inside, written};
use super::lines::is_whole;
use super::pieces::{ceiling, floor};
use super::station_hours::{interval, up_to};
use super::told::Told;
use super::{KeyUse, Kind, Provider, words};
use crate::calendar::{Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, number};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "cma",
    table: "cma",
    example: "{ data = \"SURF_CHN_MUL_HOR\", user = \"600123456789abcDE\", tunnel = true }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| settings::read_cma(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How far back its interface reaches.
const HISTORY: TimeDelta = TimeDelta::days(7);
/// Stations of a request.
const AT_ONCE: usize = 30;
/// Names of a row's station and stamp.
const STATION: &str = "Station_Id_C";
const STAMP: [&str; 4] = ["Year", "Mon", "Day", "Hour"];
/// What stands for no value.
const MISSING: [i64; 3] = [999_999, 999_998, 32_766];
/// Rain that was too little to be measured.
const TRACE: i64 = 32_700;
/// Nothing that is measured here is so much; what is, is a mark.
const MARKS_FROM: i64 = 9_999;

#[derive(Clone, Debug)]
struct Cma {
    set: Set,
    user: String,
    /// Of all its columns.
    hours: i64,
}

/// A set of data by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Hourly,
    ThreeHourly,
}

impl Set {
    const ALL: [Self; 2] = [Self::Hourly, Self::ThreeHourly];

    fn word(self) -> &'static str {
        match self {
            Self::Hourly => "SURF_CHN_MUL_HOR",
            Self::ThreeHourly => "SURF_CHN_MUL_HOR_3H",
        }
    }

    fn every(self) -> TimeDelta {
        TimeDelta::hours(if self == Self::Hourly { 1 } else { 3 })
    }
}

/// How many hours before its stamp an element speaks for; none of an instant.
fn hours(element: &str) -> i64 {
    match element {
        "PRE_1h" | "TEM_Max" | "TEM_Min" | "WIN_S_Inst_Max" => 1,
        "PRE_3h" => 3,
        _ => 0,
    }
}

impl Provider for Cma {
    fn interval(&self) -> Interval {
        interval(self.hours)
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let every = self.set.every();
        let from = floor(wanted.from, every).max(ceiling(wanted.now - HISTORY, every));
        let to = floor(wanted.to, every);
        if from > to {
            return Vec::new();
        }
        let range = [from, to].map(|at| at.format("%Y%m%d%H%M%S").to_string()).join(",");
        let names = feed.columns.iter().map(|column| column.name.as_str());
        let elements = [STATION].into_iter().chain(STAMP).chain(names).collect::<Vec<_>>().join(",");
        let ask = |stations: &[Station]| {
            let mut request = wanted.request(Zone::utc());
            let stations = stations.iter().map(|station| &*station.name).collect::<Vec<_>>().join(",");
            request.url.query_pairs_mut().extend_pairs([
                ("userId", self.user.as_str()),
                ("pwd", wanted.key.map_or("", |key| key.secret.reveal())),
                ("dataFormat", "json"),
                ("interfaceId", "getSurfEleByTimeRangeAndStaID"),
                ("dataCode", self.set.word()),
                ("timeRange", &format!("[{range}]")),
                ("staIDs", &stations),
                ("elements", &elements),
            ]);
            request
        };
        feed.stations.chunks(AT_ONCE).map(ask).collect()
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        if let Some(reason) = refusal(&members)? {
            return Err(DecodeError::Provider { reason });
        }
        let rows = members.read::<Vec<Members<'_>>>("DS")?;
        check_columns(&feed.columns, rows.iter())?;
        let mut seen = HashSet::new();
        let stations: HashMap<_, _> = feed.stations.iter().map(|station| (&*station.name, station)).collect();
        let mut told = Told::new(feed, raw);
        for (index, row) in rows.iter().enumerate() {
            let place = format!("DS[{index}]");
            let name: Cow<'_, str> = row.read(STATION).map_err(|error| inside(&place, error))?;
            let Some(station) = stations.get(&*name) else { continue };
            let stamp = stamp(row, &place)?;
            if !seen.insert((station.name.clone(), stamp)) {
                return Err(DecodeError::schema(place, format!("{name} has {} twice", stamp.format("%F %R"))));
            }
            told.station = &station.name;
            for column in &feed.columns {
                let place = || format!("{place}.{}", column.name);
                let value = row.get(&column.name).map_or(Ok(Ok(None)), |value| read_value(column, value, place))?;
                told.take(column, up_to(stamp, hours(&column.name)), value, place);
            }
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        refusal(&serde_json::from_slice(body).ok()?).ok().flatten()
    }
}

/// Code and words of an answer that is no success.
fn refusal(members: &Members<'_>) -> Result<Option<String>, DecodeError> {
    let code = members.read::<&RawValue>("returnCode")?.get().trim_matches('"');
    if code == "0" {
        return Ok(None);
    }
    let told = words::words(members, &["returnMessage"]).unwrap_or_else(|| "without words".to_owned());
    Ok(Some(format!("returnCode {}: {told}", code.chars().take(20).collect::<String>().escape_debug())))
}

/// The hour of a row, UTC.
fn stamp(row: &Members<'_>, place: &str) -> Result<DateTime<Utc>, DecodeError> {
    let mut parts = [0_u32; 4];
    for (part, name) in parts.iter_mut().zip(STAMP) {
        let written = row.read::<&RawValue>(name).map_err(|error| inside(place, error))?.get().trim_matches('"');
        let figures = is_whole(written).then(|| written.parse());
        let none = || DecodeError::schema(format!("{place}.{name}"), format!("`{}` is none", written.escape_debug()));
        *part = figures.and_then(Result::ok).ok_or_else(none)?;
    }
    let [year, month, day, hour] = parts;
    let year = i32::try_from(year).ok().filter(|year| (1900..=2200).contains(year));
    let date = year.and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    let at = date.and_then(|date| date.and_hms_opt(hour, 0, 0)).map(|at| at.and_utc());
    at.ok_or_else(|| DecodeError::schema(place, format!("{parts:?} is no hour")))
}

/// A number, as a text; null, nothing and the marks are missing.
fn read_value(
    column: &Column,
    value: &RawValue,
    place: impl FnOnce() -> String,
) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    let Some(text) = written(value, place)?.filter(|text| !text.is_empty()) else { return Ok(Ok(None)) };
    let micros = Fixed::parse_rounded(&text).ok().map(Fixed::micros);
    let is = |mark: i64| micros == Some(mark * Fixed::MICROS);
    if MISSING.into_iter().any(is) {
        return Ok(Ok(None));
    }
    if is(TRACE) && column.variable == Variable::Precipitation {
        return Ok(Ok(Some(Fixed::ZERO)));
    }
    if micros.is_some_and(|micros| micros.abs() >= MARKS_FROM * Fixed::MICROS) {
        return Ok(Err(format!("`{}`: {text} is a mark, and what it stands for is not known", column.name)));
    }
    Ok(number(column, &text).map(Some))
}

#[cfg(test)]
mod tests;
