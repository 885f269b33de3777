//! Kinds of feed: one file for each, all by the same few calls. All of them are pure.
//!
//! A new kind is a file here, a row in [`KINDS`] and a table in the schema of the settings.

mod atcf;
mod cma_best_track;
mod columns;
mod csv;
mod fusionsolar;
mod greenbyte_status;
mod ibtracs;
mod nem12;
mod open_meteo;
mod qweather;
#[cfg(test)]
mod spoilt;
mod storm;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::address::UrlTemplate;
use super::decode::{DecodeError, Decoded, Raw};
use super::request::{Reply, Request, Wanted};
use super::secret::Secret;
use super::settings::{Column, FeedSettings, Station};
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

    /// How long the provider's words about too many requests want us to wait.
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
    /// The key of its own table in the feed's.
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
pub(super) static KINDS: [&Kind; 9] = [
    &csv::KIND,
    &open_meteo::KIND,
    &qweather::KIND,
    &ibtracs::KIND,
    &cma_best_track::KIND,
    &atcf::KIND,
    &fusionsolar::KIND,
    &nem12::KIND,
    &greenbyte_status::KIND,
];

/// What the reading of a kind's table needs to know of the rest of the feed.
pub(super) struct Context<'a> {
    /// Of the feed.
    pub place: &'a Place,
    /// Where it is asked; none of a file.
    pub url: Option<&'a UrlTemplate>,
    /// None where they are wrong.
    pub stations: Option<&'a [Station]>,
    /// Those that are right, each with its place.
    pub columns: &'a [(Column, Place)],
}
