//! SMARD of the Bundesnetzagentur: German generation by kind and load, as the charts of its page fetch it: a list of
//! blocks, and the blocks.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::answer::number_or_null;
use super::sent::{Sent, check_columns_but, check_no_placeholders, check_stations, choice, sent};
use super::time;
use super::told::{Told, station_of};
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Edge, Interval, TimeRule, Zone};
use crate::document::{Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, text};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Reply, Request, Role, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::quantity::Variable;

pub(super) static KIND: Kind = Kind {
    word: "smard",
    table: "smard",
    example: "{ resolution = \"quarterhour\" }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_smard(node, context, faults).map(|form| Arc::new(form) as _),
};

const INDEX: Role = Role::Step("list of blocks");
const BERLIN: &str = "Europe/Berlin";
/// The newest block is half empty, and is written again as the one before it is.
const READ_AGAIN: usize = 2;

/// What was generated, by kind, and what was used.
const FILTERS: [&str; 13] =
    ["410", "1223", "1224", "1225", "1226", "1227", "1228", "4066", "4067", "4068", "4069", "4070", "4071"];
const FORECAST: &str = "it is a forecast, and nothing is settled on a forecast";
static NEVER: [(&str, &str); 8] = [
    ("122", FORECAST),
    ("123", FORECAST),
    ("125", FORECAST),
    ("715", FORECAST),
    ("3791", FORECAST),
    ("5097", FORECAST),
    ("4359", "it is worked out from the load and the generation, not measured"),
    ("4169", "it is a price"),
];
const REGIONS: [&str; 5] = ["DE", "50Hertz", "Amprion", "TenneT", "TransnetBW"];

/// How long a value speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    QuarterHour,
    Hour,
    Day,
}

impl Resolution {
    const WORDS: [(&str, Self); 3] = [("quarterhour", Self::QuarterHour), ("hour", Self::Hour), ("day", Self::Day)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, known)| *known == self).expect("all are listed").0
    }
}

#[derive(Clone, Debug)]
struct Smard {
    resolution: Resolution,
    /// Of dates, where the resolution is days.
    time: TimeRule,
}

fn read_smard(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Smard> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the SMARD form", faults)?;
    let resolution = choice(&mut fields, "resolution", &Resolution::WORDS, faults);
    fields.finish(faults);
    let all: Vec<Sent> = FILTERS.iter().map(|name| sent(name, &[Variable::Energy], &["MWh"])).collect();
    check_columns_but(context.columns, &all, &NEVER, "SMARD", faults);
    check_no_placeholders(context, "smard", "https://www.smard.de/app/chart_data", faults);
    let is_region = |name: &str| REGIONS.contains(&name);
    check_stations(context, "a region: DE, 50Hertz, Amprion, TenneT or TransnetBW", "DE", is_region, faults)?;
    let resolution = resolution?;
    let every = match resolution {
        Resolution::QuarterHour => Interval::Fixed(900),
        Resolution::Hour => Interval::Fixed(3_600),
        Resolution::Day => Interval::Day { zone: BERLIN.into(), starts_min: 0 },
    };
    let (format, zone) = match resolution {
        Resolution::Day => ("%F", Zone::parse(BERLIN).expect("it is a zone")),
        _ => ("%s", Zone::utc()),
    };
    (faults.len() == before).then(|| Smard { resolution, time: time::rule(format, zone, Edge::Begin, every) })
}

impl Provider for Smard {
    fn interval(&self) -> Interval {
        self.time.every.clone()
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let region = &wanted.station.expect("each station is asked by itself").name;
        let mut request = wanted.request(Zone::utc());
        let (path, filter) = (request.url.path().trim_end_matches('/').to_owned(), &column(feed).name);
        request.url.set_path(&format!("{path}/{filter}/{region}/index_{}.json", self.resolution.word()));
        request.role = INDEX;
        vec![request]
    }

    /// The blocks that reach into what is wanted, and the last two where the newest is wanted.
    fn next(&self, feed: &FeedSettings, wanted: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        if reply.request.role != INDEX {
            return Ok(Vec::new());
        }
        let index: Members<'_> = parse(text(reply.bytes)?, "the list of blocks")?;
        let stamps: Vec<i64> = index.read("timestamps")?;
        if stamps.is_empty() || !stamps.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err(DecodeError::schema("timestamps", "this is no list of times, each after the one before"));
        }
        let (from, to) = (wanted.from.timestamp_millis(), wanted.to.timestamp_millis());
        let begun = stamps.partition_point(|begin| *begin < to);
        let first = stamps.partition_point(|begin| *begin <= from).saturating_sub(1);
        let first = if begun == stamps.len() { first.min(begun.saturating_sub(READ_AGAIN)) } else { first };
        let blocks = stamps.get(first..begun).unwrap_or_default();
        let region = &wanted.station.expect("each station is asked by itself").name;
        let ask = |begin: &i64| {
            let mut request = Request { role: Role::Data, ..reply.request.clone() };
            let name = format!("{}_{region}_{}_{begin}.json", column(feed).name, self.resolution.word());
            if let Ok(mut path) = request.url.path_segments_mut() {
                path.pop().push(&name);
            }
            request
        };
        Ok(blocks.iter().map(ask).collect())
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let answer: Members<'_> = parse(raw.text()?, "the answer")?;
        let column = column(feed);
        let (region, begin) = self.of_name(column, raw.name)?;
        let Some(station) = station_of(feed, raw.asked, region)? else { return Ok(Decoded::default()) };
        let mut told = Told::of(feed, station, raw.now);
        let mut next = None;
        for (index, row) in answer.read::<Vec<&RawValue>>("series")?.into_iter().enumerate() {
            let place = format!("series[{index}]");
            let items: Vec<&RawValue> = parse(row.get(), &place)?;
            let [stamp, value] = items[..] else {
                return Err(DecodeError::schema(place, "this is no pair of a time and a value"));
            };
            let stamp: i64 = parse(stamp.get(), &place)?;
            if next.is_none() && stamp != begin {
                let what = format!("it begins at {stamp}, and the name of the block says {begin}");
                return Err(DecodeError::schema(place, what));
            }
            let interval = self.interval_of(stamp).map_err(|what| DecodeError::schema(&place, what))?;
            if next.is_some_and(|next| next != interval.0) {
                return Err(DecodeError::schema(place, "its time is not the end of the interval before"));
            }
            next = Some(interval.1);
            let value = number_or_null(column, value, || place.clone())?;
            told.take(column, interval, value, || place);
        }
        Ok(told.decoded)
    }
}

impl Smard {
    /// Region and begin of a block by its name: nothing in it says of what it is.
    fn of_name<'n>(&self, column: &Column, name: &'n str) -> Result<(&'n str, i64), DecodeError> {
        let parts = name.strip_suffix(".json").map(|name| name.split('_').collect::<Vec<_>>()).unwrap_or_default();
        let begin = parts.last().and_then(|begin| begin.parse::<i64>().ok());
        let ([filter, region, resolution, _], Some(begin)) = (&parts[..], begin) else {
            let what = "the name of a block is FILTER_REGION_RESOLUTION_TIME.json: nothing else says of what it is";
            return Err(DecodeError::schema(name, what));
        };
        if (*filter, *resolution) != (&column.name, self.resolution.word()) {
            let what = format!("it was to be of {} by {}", column.name, self.resolution.word());
            return Err(DecodeError::schema(name, what));
        }
        Ok((region, begin))
    }

    /// The interval that begins at so many milliseconds after 1970.
    fn interval_of(&self, stamp: i64) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
        let none = || format!("{stamp} is not the begin of {}", self.resolution.word());
        let at = DateTime::from_timestamp_millis(stamp).ok_or_else(none)?;
        let text = match &self.time.every {
            Interval::Day { .. } => self.time.zone.date(at),
            _ => at.timestamp().to_string(),
        };
        let interval = self.time.interval(&text)?;
        let is_whole = match &self.time.every {
            Interval::Fixed(seconds) => stamp.rem_euclid(TimeDelta::seconds(*seconds).num_milliseconds()) == 0,
            _ => true,
        };
        Some(interval).filter(|(begin, _)| *begin == at && is_whole).ok_or_else(none)
    }
}

/// The only series: a feed says a variable once.
fn column(feed: &FeedSettings) -> &Column {
    feed.columns.first().expect("the settings have one")
}

#[cfg(test)]
mod tests;
