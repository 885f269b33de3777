//! Files of Deutscher Wetterdienst: the last day of a station (POI), and its checked hours and ten minutes (CDC).

mod cdc;
mod poi;
mod settings;
#[cfg(test)]
mod tests;

use std::slice;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::folder;
use super::sent::{Sent, sent};
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, told_reading};
use crate::feed::request::{Reply, Request, Role, Wanted};
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "dwd",
    table: "dwd",
    example: "{ files = \"hourly\" }",
    key: KeyUse::Never,
    tells_vintage: true,
    read: |node, context, faults| settings::read_dwd(node, context, faults).map(|form| Arc::new(form) as _),
};

/// The role of a page of a folder.
const FOLDER: Role = Role::Step("folder");

/// Which files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    /// The last day, by hour, of `weather_reports/poi`.
    Poi,
    /// CDC by hour.
    Hourly,
    /// CDC by ten minutes.
    TenMinutes,
}

impl Files {
    const ALL: [Self; 3] = [Self::Poi, Self::Hourly, Self::TenMinutes];

    fn word(self) -> &'static str {
        match self {
            Self::Poi => "poi",
            Self::Hourly => "hourly",
            Self::TenMinutes => "10_minutes",
        }
    }

    fn step(self) -> TimeDelta {
        match self {
            Self::Poi | Self::Hourly => TimeDelta::hours(1),
            Self::TenMinutes => TimeDelta::minutes(10),
        }
    }

    fn columns(self) -> &'static [Known] {
        match self {
            Self::Poi => &poi::COLUMNS,
            Self::Hourly => &cdc::HOURLY,
            Self::TenMinutes => &cdc::TEN_MINUTES,
        }
    }
}

/// A column that the files have.
struct Known {
    name: &'static str,
    variable: Variable,
    unit: &'static str,
    /// The unit as the file writes it, where it does.
    theirs: &'static str,
    /// Of the interval before its stamp; else at the stamp, and it stands for the interval that begins there.
    before: bool,
}

impl Known {
    fn sent(&'static self) -> Sent {
        sent(self.name, slice::from_ref(&self.variable), slice::from_ref(&self.unit))
    }
}

const fn before(name: &'static str, variable: Variable, unit: &'static str, theirs: &'static str) -> Known {
    Known { name, variable, unit, theirs, before: true }
}

const fn at_stamp(name: &'static str, variable: Variable, unit: &'static str, theirs: &'static str) -> Known {
    Known { name, variable, unit, theirs, before: false }
}

/// What is read of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DwdForm {
    files: Files,
}

impl Provider for DwdForm {
    fn interval(&self) -> Interval {
        Interval::Fixed(self.files.step().num_seconds())
    }

    fn asks_by_station(&self) -> bool {
        self.files == Files::Poi
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let mut request = wanted.request(Zone::utc());
        folder::with_slash(&mut request.url);
        match wanted.station {
            Some(station) => {
                let name = format!("{:_<5}-BEOB.csv", station.name);
                if let Ok(mut path) = request.url.path_segments_mut() {
                    path.pop_if_empty().push(&name);
                }
            }
            None => request.role = FOLDER,
        }
        vec![request]
    }

    fn next(&self, feed: &FeedSettings, wanted: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        if reply.request.role != FOLDER {
            return Ok(Vec::new());
        }
        let listed = folder::files(&reply.request.url, reply.bytes)?;
        let mut requests = Vec::new();
        for station in &feed.stations {
            let mut found = false;
            for (name, url) in &listed {
                let Some((first, last)) = self.covers(name, &station.name) else { continue };
                found = true;
                if first < wanted.to && last > wanted.from {
                    requests.push(Request::get(url.clone(), Some(station.clone())));
                }
            }
            if !found {
                let what = format!("no file of the station {} is listed", station.name);
                return Err(DecodeError::schema("the folder", what));
            }
        }
        Ok(requests)
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        match self.files {
            Files::Poi => poi::decode(feed, raw),
            Files::Hourly | Files::TenMinutes => cdc::decode(feed, self.files, raw),
        }
    }
}

impl DwdForm {
    /// What a file of CDC covers, where it is one of the station: those of other folders than `historical` have no dates.
    fn covers(&self, name: &str, station: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let prefix = if self.files == Files::Hourly { "stundenwerte_" } else { "10minutenwerte_" };
        let rest = name.strip_prefix(prefix)?.strip_suffix(".zip")?;
        let (_, rest) = rest.split_once(&format!("_{station}_"))?;
        if rest == "akt" || rest == "now" {
            return Some((DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC));
        }
        let (first, last) = rest.strip_suffix("_hist")?.split_once('_')?;
        let day = |text: &str| {
            let date = NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(|_| text.len() == 8)?;
            Some(date.and_time(chrono::NaiveTime::MIN).and_utc())
        };
        Some((day(first)?, day(last)?.checked_add_signed(TimeDelta::hours(25))?))
    }
}

/// A value with its place in the file.
struct Value<'a> {
    feed: &'a FeedSettings,
    files: Files,
    now: Option<DateTime<Utc>>,
    station: &'a Station,
    vintage: Vintage,
    place: &'a str,
    stamp: DateTime<Utc>,
}

impl Value<'_> {
    /// Hands out a column's value, or why there is none.
    fn take(&self, column: &Column, value: Result<Option<Fixed>, String>, decoded: &mut Decoded) {
        let known = self.files.columns().iter().find(|known| known.name == column.name);
        let known = known.expect("the settings were checked");
        let (stamp, step) = (self.stamp, self.files.step());
        let span = match known.before {
            true => Span { start: stamp - step, end: stamp, told: stamp },
            false => Span { start: stamp, end: stamp + step, told: stamp },
        };
        let value = match value {
            Ok(None) if is_forecast(span.told, self.now) => return,
            Ok(Some(_)) if is_forecast(span.told, self.now) => {
                Err(format!("`{}` is after now: a forecast is no reading", column.name))
            }
            value => value,
        };
        match value {
            Ok(value) => {
                let name = &self.station.name;
                decoded.readings.push(told_reading(self.feed, column, name, span, value, self.now, self.vintage));
            }
            Err(reason) => decoded.refused.push(Refused { place: self.place.to_owned(), reason }),
        }
    }
}

/// The station of an answer: the one that was asked for, or one that the settings list; none where it is another.
fn station_of<'a>(feed: &'a FeedSettings, raw: &Raw<'_>, id: &str) -> Result<Option<&'a Station>, DecodeError> {
    if let Some(asked) = raw.asked.filter(|asked| *asked.name != *id) {
        let got = id.chars().take(40).collect();
        return Err(DecodeError::OtherPlace { station: asked.name.clone(), got });
    }
    Ok(feed.stations.iter().find(|station| *station.name == *id))
}
