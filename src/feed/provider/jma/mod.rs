//! AMeDAS of the Japan Meteorological Agency: blocks of three hours of one station, by ten minutes, each value with its
//! flag.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde_json::value::RawValue;

use super::answer::number_or_null;
use super::lines::is_digits;
use super::pieces::floor;
use super::sent::{Sent, check_columns_but, check_no_placeholders, check_stations_apart, choice};
use super::stamped::{Stamped, at_stamp, before, known};
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::document::{Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Instead, Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "jma",
    table: "jma",
    example: "{ every = \"10 min\" }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_jma(node, context, faults).map(|form| Arc::new(form) as _),
};

/// Japan has no daylight saving.
const JST: TimeDelta = TimeDelta::hours(9);
/// A block begins at 00, 03, 06 … of Japan, which are whole multiples of three hours of UTC too.
const BLOCK: TimeDelta = TimeDelta::hours(3);
/// For how long blocks are asked for: users say that they are kept for a week to ten days.
const ASKED: TimeDelta = TimeDelta::days(10);
/// A block that is younger must be there.
const KEPT: TimeDelta = TimeDelta::days(7);

/// What a block tells.
static TEN_MINUTES: [Stamped; 7] = [
    before("precipitation10m", Variable::Precipitation, "mm"),
    before("sun10m", Variable::Sunshine, "min"),
    before("wind", Variable::WindSpeed, "m/s"),
    at_stamp("temp", Variable::AirTemperature, "degC"),
    at_stamp("humidity", Variable::RelativeHumidity, "%"),
    at_stamp("pressure", Variable::AirPressure, "hPa"),
    at_stamp("normalPressure", Variable::AirPressure, "hPa"),
];
static HOUR: [Stamped; 6] = [
    before("precipitation1h", Variable::Precipitation, "mm"),
    before("sun1h", Variable::Sunshine, "h"),
    at_stamp("temp", Variable::AirTemperature, "degC"),
    at_stamp("humidity", Variable::RelativeHumidity, "%"),
    at_stamp("pressure", Variable::AirPressure, "hPa"),
    at_stamp("normalPressure", Variable::AirPressure, "hPa"),
];

const SO_FAR: &str = "it is the day's so far, and not of an interval";
const OVERLAP: &str =
    "its hours overlap with those of the row before; sums are made of precipitation10m or precipitation1h";
static NEVER: [(&str, &str); 5] = [
    ("gust", SO_FAR),
    ("maxTemp", SO_FAR),
    ("minTemp", SO_FAR),
    ("precipitation3h", OVERLAP),
    ("precipitation24h", OVERLAP),
];

/// Which rows of a block are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    TenMinutes,
    Hour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Jma {
    every: Every,
}

fn read_jma(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Jma> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the JMA form", faults)?;
    let words = [("10 min", Every::TenMinutes), ("1 h", Every::Hour)];
    let every = choice(&mut fields, "every", &words, faults);
    fields.finish(faults);
    if let Some(every) = every {
        let form = Jma { every };
        let all: Vec<Sent> = form.all().iter().map(Stamped::sent).collect();
        let provider = if every == Every::Hour { "JMA by the hour" } else { "JMA by ten minutes" };
        check_columns_but(context.columns, &all, &NEVER, provider, faults);
    }
    check_no_placeholders(context, "jma", "https://www.jma.go.jp/bosai/amedas/data/point", faults);
    check_stations_apart(context, "the number of an AMeDAS station", "44132", |name| is_digits(name, 5), faults)?;
    (faults.len() == before).then_some(Jma { every: every? })
}

impl Provider for Jma {
    fn interval(&self) -> Interval {
        Interval::Fixed(self.step().num_seconds())
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = &wanted.station.expect("each station is asked by itself").name;
        let from = wanted.from.max(wanted.now - ASKED);
        let mut requests = Vec::new();
        let mut block = floor(from, BLOCK);
        while block <= wanted.to {
            let mut request = wanted.request(Zone::utc());
            let path = request.url.path().trim_end_matches('/').to_owned();
            request.url.set_path(&format!("{path}/{station}/{}", name(block)));
            requests.push(request);
            block += BLOCK;
        }
        requests
    }

    /// The newest block may not have been begun, and old ones are taken away.
    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, _: &str) -> Instead {
        let is = |block: DateTime<Utc>| request.url.path().ends_with(&format!("/{}", name(block)));
        let blocks = (0..).map(|index| floor(wanted.now, BLOCK) - BLOCK * index);
        let mut young = blocks.take_while(|block| wanted.now - *block <= KEPT);
        match status {
            404 if is(floor(wanted.now, BLOCK)) => Instead::Nothing,
            404 if !young.any(is) => Instead::DoWithout,
            _ => Instead::Fail,
        }
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let block: Members<'_> = parse(raw.text()?, "the answer")?;
        let mut told = Told::new(feed, raw);
        for (stamp, row) in &block.0 {
            let at = self.stamp(stamp)?;
            let row: Members<'_> = parse(row.get(), stamp)?;
            let number = format!("{:02}{:03}", row.read::<u32>("prefNumber")?, row.read::<u32>("observationNumber")?);
            if number != **told.station {
                return Err(DecodeError::OtherPlace { station: told.station.clone(), got: number });
            }
            let Some(at) = at else { continue };
            for column in &feed.columns {
                let place = || format!("{stamp}.{}", column.name);
                // A value that is missing may not be sent at all.
                let value = match row.get(&column.name) {
                    Some(pair) => read_pair(column, pair, place)?,
                    None => Ok(None),
                };
                let interval = known(self.all(), column).interval(at, self.step());
                told.take_told(column, interval, at, value, place);
            }
        }
        Ok(told.decoded)
    }
}

impl Jma {
    fn step(self) -> TimeDelta {
        match self.every {
            Every::TenMinutes => TimeDelta::minutes(10),
            Every::Hour => TimeDelta::hours(1),
        }
    }

    fn all(self) -> &'static [Stamped] {
        match self.every {
            Every::TenMinutes => &TEN_MINUTES,
            Every::Hour => &HOUR,
        }
    }

    /// The time of a row, in Japan; none where it is not read.
    fn stamp(self, text: &str) -> Result<Option<DateTime<Utc>>, DecodeError> {
        let none = || DecodeError::schema("the answer", format!("`{}` is no time by ten minutes", text.escape_debug()));
        let local = Some(text).filter(|text| text.len() == 14);
        let local = local.and_then(|text| NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok()).ok_or_else(none)?;
        let at = local.and_utc().checked_sub_signed(JST).filter(|at| at.timestamp() % 600 == 0).ok_or_else(none)?;
        Ok(Some(at).filter(|at| self.every == Every::TenMinutes || at.minute() == 0))
    }
}

/// The file of a block.
fn name(block: DateTime<Utc>) -> String {
    (block + JST).format("%Y%m%d_%H.json").to_string()
}

/// A value and its flag: 0 is good, 5 and 6 say that there is no value, whatever stands there; any other is doubtful.
fn read_pair(
    column: &Column,
    pair: &RawValue,
    place: impl Fn() -> String,
) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    let items: Vec<&RawValue> = parse(pair.get(), &place())?;
    let [value, flag] = items[..] else {
        return Err(DecodeError::schema(place(), "this is no pair of a value and its flag"));
    };
    let value = number_or_null(column, value, &place)?;
    match flag.get() {
        "0" => Ok(value),
        "5" | "6" => Ok(Ok(None)),
        "null" => Ok(Err(format!("`{}`: there is no flag of quality", column.name))),
        flag if flag.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Err(format!("`{}`: the flag {flag} says that it is doubtful", column.name)))
        }
        _ => Err(DecodeError::schema(place(), "the flag is neither a number nor null")),
    }
}

#[cfg(test)]
mod tests;
