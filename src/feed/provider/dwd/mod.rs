//! Files of Deutscher Wetterdienst: the last day of a station (POI), and its checked hours and ten minutes (CDC).

mod cdc;
mod poi;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use reqwest::Url;

use super::folder::{self, FOLDER};
use super::query::below;
use super::stamped::{Stamped, known};
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::address::UrlTemplate;
use crate::feed::decode::{DecodeError, Decoded, Raw};
use crate::feed::request::{Reply, Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};

pub(super) static KIND: Kind = Kind {
    word: "dwd",
    table: "dwd",
    example: "{ files = \"hourly\" }",
    key: KeyUse::Never,
    tells_vintage: true,
    read: |node, context, faults| settings::read_dwd(node, context, faults).map(|form| Arc::new(form) as _),
};

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

    fn columns(self) -> &'static [Stamped] {
        match self {
            Self::Poi => &poi::COLUMNS,
            Self::Hourly => &cdc::HOURLY,
            Self::TenMinutes => &cdc::TEN_MINUTES,
        }
    }

    /// What a column speaks about at a stamp.
    fn interval(self, column: &Column, stamp: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        known(self.columns(), column).interval(stamp, self.step())
    }
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
                below(&mut request.url, [name.as_str()]);
            }
            None => request.role = FOLDER,
        }
        vec![request]
    }

    /// A page links to files anywhere on the server.
    fn leads_to(&self, home: &UrlTemplate, asked: &Url) -> bool {
        self.files != Files::Poi && home.is_server_of(asked)
    }

    fn next(&self, feed: &FeedSettings, wanted: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        if reply.request.role != FOLDER {
            return Ok(Vec::new());
        }
        let listed = folder::files(&reply.request.url, reply.bytes)?;
        let mut files: HashMap<_, Vec<_>> = HashMap::new();
        for (name, url) in &listed {
            if let Some((station, first, last)) = self.covers(name) {
                files.entry(station).or_default().push((first < wanted.to && last > wanted.from, url));
            }
        }
        let mut requests = Vec::new();
        for station in &feed.stations {
            let none =
                || DecodeError::schema("the folder", format!("no file of the station {} is listed", station.name));
            let files = files.get(&*station.name).ok_or_else(none)?.iter().filter(|(is_wanted, _)| *is_wanted);
            requests.extend(files.map(|(_, url)| Request::get((*url).clone(), Some(station.clone()))));
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
    /// The station of a file of CDC, and what it covers: those of other folders than `historical` have no dates.
    fn covers<'n>(&self, name: &'n str) -> Option<(&'n str, DateTime<Utc>, DateTime<Utc>)> {
        let prefix = if self.files == Files::Hourly { "stundenwerte_" } else { "10minutenwerte_" };
        let rest = name.strip_prefix(prefix)?.strip_suffix(".zip")?;
        let station = |rest: &'n str| rest.rsplit_once('_').map(|(_, station)| station);
        if let Some(rest) = rest.strip_suffix("_akt").or_else(|| rest.strip_suffix("_now")) {
            return Some((station(rest)?, DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC));
        }
        let (rest, last) = rest.strip_suffix("_hist")?.rsplit_once('_')?;
        let (rest, first) = rest.rsplit_once('_')?;
        let day = |text: &str| {
            let date = NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(|_| text.len() == 8)?;
            Some(date.and_time(chrono::NaiveTime::MIN).and_utc())
        };
        Some((station(rest)?, day(first)?, day(last)?.checked_add_signed(TimeDelta::hours(25))?))
    }
}
