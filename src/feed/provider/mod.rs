//! Kinds of feed: one file for each, all by the same few calls. All of them are pure.
//!
//! A new kind is a file here, a row in [`KINDS`] and a table in the schema of the settings.

mod aemo;
mod answer;
mod atcf;
mod brightsky;
mod cma;
mod cma_best_track;
mod csv;
mod dwd;
mod eia;
mod elexon;
mod enphase;
mod entsoe;
mod ercot;
mod flag;
mod folder;
mod fusionsolar;
mod ghcn_daily;
mod ghcnh;
mod global_hourly;
mod greenbyte_status;
mod ibtracs;
mod iem_asos;
mod isd_lite;
mod jma;
mod json;
mod lines;
mod login;
mod metar;
mod meteostat;
mod missing;
mod nasa_power;
mod nem12;
mod open_meteo;
mod openelectricity;
mod pieces;
mod pvoutput;
mod query;
mod qweather;
mod sent;
mod smard;
mod solaredge;
mod stamped;
mod station;
mod station_hours;
mod storm;
mod sungrow;
mod time;
mod told;
#[cfg(test)]
mod trial;
mod words;

pub(super) use station::fits;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;

use super::address::UrlTemplate;
use super::decode::{DecodeError, Decoded, Raw};
use super::request::{Instead, Reply, Request, Wanted};
use super::secret::Secret;
use super::settings::{Column, FeedSettings, Station, VintageRule};
use crate::calendar::{Interval, Zone};
use crate::document::{Faults, Node, Place};

/// How a kind of feed is asked, and how its answers are read.
pub trait Provider: fmt::Debug + Send + Sync {
    /// How long one of its readings speaks for.
    fn interval(&self) -> Interval;

    /// The zone in which `{from}` and `{to}` of the URL are dates.
    fn date_zone(&self) -> Zone {
        Zone::utc()
    }

    /// The station whose readings an answer holds, where the settings say it once for all.
    fn only_station(&self) -> Option<&Arc<str>> {
        None
    }

    /// Whether each station is asked for by itself, though the URL does not name it.
    fn asks_by_station(&self) -> bool {
        false
    }

    /// Looks at a key before it is used. By default any will do.
    ///
    /// # Errors
    /// Where it cannot be used, in words that do not repeat it.
    fn check_key(&self, key: &Secret) -> Result<(), String> {
        let _ = key;
        Ok(())
    }

    /// What stands in requests instead of a key, where it is made of the key for each poll.
    fn opens_with(&self, key: &Secret, now: DateTime<Utc>) -> Option<Secret> {
        let _ = (key, now);
        None
    }

    /// Whether its requests lead there, too: not to the address of the settings, nor below it.
    fn leads_to(&self, home: &UrlTemplate, asked: &Url) -> bool {
        let _ = (home, asked);
        false
    }

    /// What is asked for one stretch of time, of one station or of all. By default the URL of the settings, once.
    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let _ = feed;
        vec![wanted.request(self.date_zone())]
    }

    /// What is asked next, now that an answer is there: another page, the files of a folder, the data behind a
    /// login. By default nothing.
    ///
    /// # Errors
    /// Where the answer, which is not read as data then, is not as it should be.
    fn next(&self, feed: &FeedSettings, wanted: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        let _ = (feed, wanted, reply);
        Ok(Vec::new())
    }

    /// What is done where the provider refuses a request in these words, with whatever status. By default the poll
    /// fails.
    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, words: &str) -> Instead {
        let _ = (wanted, request, status, words);
        Instead::Fail
    }

    /// What a login brought.
    ///
    /// # Errors
    /// Where it was refused.
    fn token(&self, reply: &Reply<'_>) -> Result<Option<Secret>, DecodeError> {
        let _ = reply;
        Ok(None)
    }

    /// Reads an answer or a file.
    ///
    /// # Errors
    /// Where nothing of it can be used.
    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError>;

    /// The provider's own words in the body of an error.
    fn error_reason(&self, body: &[u8]) -> Option<String> {
        let _ = body;
        None
    }

    /// How long the provider's words about too many requests, or none, want us to wait.
    fn window(&self, words: &str, now: DateTime<Utc>) -> Option<Duration> {
        let _ = (words, now);
        None
    }
}

/// Whether a kind of feed has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyUse {
    /// It may, and the settings say where it goes.
    Anywhere,
    /// The provider has no keys.
    Never,
    /// It may have one, and the kind knows where it goes.
    Known,
    /// It has one always.
    Required,
}

/// One kind of feed.
pub(super) struct Kind {
    /// Its name in the settings.
    pub word: &'static str,
    /// The key of its own table in the feed's; empty where it needs none.
    pub table: &'static str,
    /// What such a table looks like.
    pub example: &'static str,
    /// Whether it has a key.
    pub key: KeyUse,
    /// Whether its answers say which readings are final.
    pub tells_vintage: bool,
    /// Reads its table.
    pub read: fn(&Node, &Context<'_>, &mut Faults) -> Option<Arc<dyn Provider>>,
}

/// All kinds, in the order of a hint.
pub(super) static KINDS: [&Kind; 33] = [
    &aemo::KIND,
    &atcf::KIND,
    &brightsky::KIND,
    &cma::KIND,
    &cma_best_track::KIND,
    &csv::KIND,
    &dwd::KIND,
    &eia::KIND,
    &elexon::KIND,
    &enphase::KIND,
    &entsoe::KIND,
    &ercot::KIND,
    &fusionsolar::KIND,
    &ghcn_daily::KIND,
    &ghcnh::KIND,
    &global_hourly::KIND,
    &greenbyte_status::KIND,
    &ibtracs::KIND,
    &iem_asos::KIND,
    &isd_lite::KIND,
    &jma::KIND,
    &json::KIND,
    &metar::KIND,
    &meteostat::KIND,
    &nasa_power::KIND,
    &nem12::KIND,
    &open_meteo::KIND,
    &openelectricity::KIND,
    &pvoutput::KIND,
    &qweather::KIND,
    &smard::KIND,
    &solaredge::KIND,
    &sungrow::KIND,
];

/// Providers whose answers are forecasts or run over into them, so that nothing of them is a reading; and why.
pub(super) static FORECASTS: [(&str, &str); 3] = [
    ("met-norway", "MET Norway's locationforecast is a forecast"),
    ("caiyun", "Caiyun has no history: its hours are a forecast, its rain a picture of the radar"),
    ("openweather", "OpenWeather runs over from its own model's past into its forecast without a word"),
];

/// What the reading of a kind's table needs to know of the rest of the feed.
pub(super) struct Context<'a> {
    /// Of the feed.
    pub place: &'a Place,
    /// Where it is asked; none of a file.
    pub url: Option<&'a UrlTemplate>,
    /// Whether the topic of a message names the station.
    pub topic_names_station: bool,
    /// None where they are wrong.
    pub stations: Option<&'a [Station]>,
    /// None where it is wrong.
    pub vintage: Option<VintageRule>,
    /// Those that are right, each with its place.
    pub columns: &'a [(Column, Place)],
}
