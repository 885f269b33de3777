//! A feed as the settings describe it.

mod columns;
mod folder;
mod mqtt;
mod quality;
mod stations;
mod vintage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;

pub use columns::Column;
use columns::read_columns;
pub use folder::DropFolder;
pub(super) use folder::NAME;
pub use mqtt::{Broker, Topic};
pub use stations::Station;
use stations::read_stations;
pub use vintage::VintageRule;
use vintage::{check_vintage, read_look_back, read_vintage};

use super::address::{Network, UrlTemplate};
use super::provider::{Context, FORECASTS, KINDS, KeyUse, Kind, Provider};
use super::quota::{self, Limit, read_limits};
use super::secret::{Key, KeySettings};
use crate::calendar::Interval;
use crate::document::{Fault, Faults, Fields, Node, Place, did_you_mean};
use crate::observation::quality::Rules;
use crate::quantity::{Fixed, Quantity, Unit, Variable};

/// One feed, checked.
#[derive(Clone)]
pub struct FeedSettings {
    /// Its name, which term sheets use.
    pub name: Arc<str>,
    /// Its kind, as the settings call it.
    pub kind: &'static str,
    /// Where it is described.
    pub place: Place,
    /// Where its bytes come from.
    pub origin: Origin,
    /// How often it is asked.
    pub poll: Duration,
    /// How long after the end of its interval a reading is published.
    pub delay: TimeDelta,
    /// When a reading is final.
    pub vintage: VintageRule,
    /// How long one request may take, its repetitions included.
    pub timeout: Duration,
    /// How many bytes a body may have, unpacked.
    pub max_body: usize,
    /// How far behind the newest known reading each poll asks again.
    pub look_back: TimeDelta,
    /// How long after the end of its interval a reading is late; by its rhythm where the settings say nothing.
    pub late_after: Option<TimeDelta>,
    /// What its columns say.
    pub columns: Vec<Column>,
    /// What a reading must be like to be taken.
    pub quality: Rules,
    /// Its stations, where the settings list them; else they are known when it was read.
    pub stations: Vec<Station>,
    /// What opens its server.
    pub key: Option<KeySettings>,
    /// How many requests its provider allows.
    pub limits: Vec<Limit>,
    /// How it is asked and how its bytes are to be read.
    pub provider: Arc<dyn Provider>,
}

impl std::fmt::Debug for FeedSettings {
    /// Without its place, which holds the whole file: there may be keys in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedSettings").field("name", &self.name).field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file that somebody else writes.
    File(PathBuf),
    /// A folder into which others put files.
    Folder(DropFolder),
    /// Messages of an MQTT broker.
    Mqtt(Broker),
    /// A server.
    Url(UrlTemplate),
}

const DEFAULT_TIMEOUT_S: i64 = 30;
const DEFAULT_MAX_BODY: usize = 16 << 20;
pub(super) const DAY_S: i64 = 86_400;

impl FeedSettings {
    /// What it tells, and in which unit.
    pub fn variables(&self) -> impl Iterator<Item = (Variable, Unit)> {
        self.columns.iter().map(|column| (column.variable, column.unit))
    }

    /// Whether it tells the variable of the station; `None` where its stations are unknown until it was read.
    pub fn provides(&self, station: &str, variable: Variable) -> Option<bool> {
        if !self.columns.iter().any(|column| column.variable == variable) {
            return Some(false);
        }
        if self.stations.is_empty() {
            return None;
        }
        Some(self.stations.iter().any(|known| &*known.name == station))
    }

    /// The server that it asks, with its port where that is not the usual one; none of a file.
    pub fn host(&self) -> Option<&str> {
        url_of(Some(&self.origin)).map(UrlTemplate::host)
    }

    /// The name of the quota from which its requests go: its server, and where its key is kept; none of a file.
    pub fn quota(&self) -> Option<String> {
        self.host().map(|host| quota::name(host, self.key.as_ref()))
    }

    /// Whether its requests may lead to a URL: to the address of the settings, below it, or where its kind says.
    pub(super) fn may_ask(&self, asked: &Url) -> bool {
        let home = url_of(Some(&self.origin));
        home.is_some_and(|home| home.covers(asked) || self.provider.leads_to(home, asked))
    }

    /// Its key, read and looked at, as it stands in the requests of a poll; none where it has none.
    ///
    /// # Errors
    /// Where it cannot be read or used, in words that do not repeat it.
    pub(super) fn opened(&self, now: DateTime<Utc>) -> Result<Option<Key>, String> {
        let Some(key) = &self.key else { return Ok(None) };
        let Key { secret, goes } = key.read()?;
        self.provider.check_key(&secret)?;
        let secret = self.provider.opens_with(&secret, now).unwrap_or(secret);
        Ok(Some(Key { secret, goes }))
    }

    /// How long one of its readings speaks for.
    pub fn interval(&self) -> Interval {
        self.provider.interval()
    }

    /// Reads `[feed.NAME]`. Relative paths are relative to `folder`.
    pub(crate) fn read(name: &str, node: &Node, folder: &Path, network: &Network, faults: &mut Faults) -> Option<Self> {
        let what = format!("the feed `{name}`");
        let mut fields = Fields::of(node, &what, faults)?;
        let kind = fields.required("kind", "\"csv\"", faults).and_then(|node| read_kind(node, faults));
        let origin = read_origin(&mut fields, folder, network, faults);
        let poll = fields.required("poll", "\"6 h\"", faults).and_then(|node| seconds(node, 1, faults));
        let delay = fields.required("delay", "\"1 h\"", faults).and_then(|node| seconds(node, 0, faults));
        let vintage_node = fields.required("vintage", "\"provisional\"", faults);
        let vintage = vintage_node.and_then(|node| read_vintage(node, faults));
        let timeout = fields.optional("timeout").map_or(Some(DEFAULT_TIMEOUT_S), |node| seconds(node, 1, faults));
        let max_body = fields.optional("max_body").map_or(Some(DEFAULT_MAX_BODY), |node| read_bytes(node, faults));
        let look_back = read_look_back(&mut fields, vintage, origin.as_ref(), faults);
        let limits = fields.optional("limit").map_or(Some(Vec::new()), |node| read_limits(node, faults));
        let late_after = fields.optional("late_after").map_or(Some(None), |node| seconds(node, 1, faults).map(Some));
        let columns =
            fields.required("columns", "{ temp = { variable = \"air_temperature\", unit = \"degC\" } }", faults);
        let columns = columns.and_then(|node| read_columns(node, faults));
        let stations =
            fields.optional("station").map_or(Some((Vec::new(), BTreeMap::new())), |node| read_stations(node, faults));
        let (stations, facts) = stations.unzip();
        if let (Some(vintage), Some(delay), Some(node)) = (vintage, delay, vintage_node) {
            check_vintage(vintage, delay, node, faults);
        }

        let kind = kind?;
        if let (Some(VintageRule::AsTold), Some(node)) = (vintage, vintage_node)
            && !kind.tells_vintage
        {
            let fault = Fault::new(&node.place, format!("the answers of {} say nothing of what is final", kind.word));
            faults.push(fault.hint("write \"final\", \"provisional\" or { final_after = \"90 d\" }"));
        }
        let key = read_key(&mut fields, kind, origin.as_ref(), folder, faults);
        check_messages(kind, origin.as_ref(), vintage, &mut fields, faults);
        let context = Context {
            place: fields.place(),
            url: url_of(origin.as_ref()),
            topic_names_station: matches!(&origin, Some(Origin::Mqtt(broker)) if broker.topic.names_station()),
            stations: stations.as_deref(),
            vintage,
            columns: columns.as_ref().map_or(&[], |(columns, _)| columns.as_slice()),
        };
        let table = match kind.table {
            "" => Some(node),
            table => fields.required(table, kind.example, faults),
        };
        let provider = table.and_then(|node| (kind.read)(node, &context, faults));
        fields.finish(faults);

        let (provider, mut stations) = (provider?, stations?);
        let (columns, rules) = columns?;
        if let Some(only) = provider.only_station() {
            stations = vec![Station { name: only.clone(), position: stations.first().and_then(|only| only.position) }];
        }
        Some(Self {
            name: name.into(),
            kind: kind.word,
            place: node.place.clone(),
            origin: origin?,
            poll: Duration::from_secs(poll?.unsigned_abs()),
            delay: TimeDelta::seconds(delay?),
            vintage: vintage?,
            timeout: Duration::from_secs(timeout?.unsigned_abs()),
            max_body: max_body?,
            look_back: TimeDelta::seconds(look_back?),
            late_after: late_after?.map(TimeDelta::seconds),
            quality: Rules { columns: rules, stations: facts? },
            columns: columns.into_iter().map(|(column, _)| column).collect(),
            stations,
            key: key?,
            limits: limits?,
            provider,
        })
    }
}

fn read_kind(node: &Node, faults: &mut Faults) -> Option<&'static Kind> {
    let word = node.text("a kind of feed", faults)?;
    let found = KINDS.iter().find(|kind| kind.word == word).copied();
    if let Some((_, why)) = FORECASTS.iter().find(|(forecast, _)| *forecast == word) {
        let fault = Fault::new(&node.place, format!("`{word}` is no source of readings: {why}"));
        faults.push(fault.hint("nothing is settled on a forecast: name a feed of measurements or of a reanalysis"));
    } else if found.is_none() {
        let words: Vec<_> = KINDS.iter().map(|kind| kind.word).collect();
        let fault = Fault::new(&node.place, format!("`{word}` is not a kind of feed"));
        let near =
            did_you_mean(word, words.iter().copied()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        faults.push(fault.hint(format!("{near}kinds are: {}", words.join(", "))));
    }
    found
}

/// The key, where there is one: `Some(None)` where there is none and need not be.
fn read_key(
    fields: &mut Fields<'_>,
    kind: &Kind,
    origin: Option<&Origin>,
    folder: &Path,
    faults: &mut Faults,
) -> Option<Option<KeySettings>> {
    match (fields.optional("key"), kind.key) {
        // It is the password of a user.
        (Some(node), _) if matches!(origin, Some(Origin::Mqtt(_))) => {
            KeySettings::parse(node, folder, true, faults).map(Some)
        }
        (Some(node), KeyUse::Never) => {
            let fault = Fault::new(&node.place, format!("{} asks for no key", kind.word));
            faults.push(fault.hint("leave key out"));
            None
        }
        (Some(node), use_of) => KeySettings::parse(node, folder, use_of != KeyUse::Anywhere, faults).map(Some),
        (None, KeyUse::Required) if fields.optional("url").is_some() => {
            let fault =
                Fault::new(fields.place(), format!("{} answers nobody without a key, and `key` is missing", kind.word));
            faults.push(fault.hint("add key = { file = \"/etc/fairgauge/keys/…\" } or key = { credential = \"…\" }"));
            None
        }
        (None, _) => Some(None),
    }
}

/// Messages are read by the kinds whose bytes the settings describe.
fn check_messages(
    kind: &Kind,
    origin: Option<&Origin>,
    vintage: Option<VintageRule>,
    fields: &mut Fields<'_>,
    faults: &mut Faults,
) {
    let Some(Origin::Mqtt(broker)) = origin else { return };
    let (node, key, final_after) = (fields.optional("mqtt"), fields.optional("key"), fields.optional("vintage"));
    if let (Some(VintageRule::FinalAfter(_)), Some(node)) = (vintage, final_after) {
        let fault = Fault::new(&node.place, "a message comes once, so its readings would never be heard to be final");
        faults.push(fault.hint("write \"provisional\", \"final\", or \"as told\" with flags"));
    }
    if let Some(node) = node.filter(|_| !["csv", "json"].contains(&kind.word)) {
        let fault = Fault::new(&node.place, format!("{} does not come in messages", kind.word));
        faults.push(fault.hint("messages are of kind = \"json\" or kind = \"csv\""));
    }
    if let Some(node) = key.filter(|_| broker.user.is_none()) {
        let fault = Fault::new(&node.place, "the key is the password of a user, and there is none");
        faults.push(fault.hint("add user = \"…\" to mqtt"));
    }
}

fn url_of(origin: Option<&Origin>) -> Option<&UrlTemplate> {
    match origin {
        Some(Origin::Url(url)) => Some(url),
        _ => None,
    }
}

fn read_origin(fields: &mut Fields<'_>, folder: &Path, network: &Network, faults: &mut Faults) -> Option<Origin> {
    let origins = ["file", "folder", "mqtt", "url"].map(|key| fields.optional(key));
    match origins {
        [Some(file), None, None, None] => Some(Origin::File(folder.join(file.text("the path of a file", faults)?))),
        [None, Some(node), None, None] => folder::read(node, folder, faults).map(Origin::Folder),
        [None, None, Some(node), None] => mqtt::read(node, folder, network, faults).map(Origin::Mqtt),
        [None, None, None, Some(url)] => {
            let text = url.text("a URL", faults)?;
            let parsed = UrlTemplate::parse(text, network);
            parsed
                .map(Origin::Url)
                .map_err(|(message, hint)| faults.push(Fault::new(&url.place, message).hint(hint)))
                .ok()
        }
        [None, None, None, None] => {
            let message = "`file`, `folder`, `mqtt` or `url` is missing: nothing says where the bytes come from";
            let hint = "add file = \"feeds/asos.csv\", folder = \"/srv/drop/park\" or url = \"https://host/path\"";
            faults.push(Fault::new(fields.place(), message).hint(hint));
            None
        }
        _ => {
            let last = origins.into_iter().flatten().last().expect("there are two");
            let fault = Fault::new(&last.place, "a feed has one of `file`, `folder`, `mqtt` and `url`");
            faults.push(fault.hint("keep one of them"));
            None
        }
    }
}

/// Whole seconds of a quantity of time, at least `least` of them.
pub fn seconds(node: &Node, least: i64, faults: &mut Faults) -> Option<i64> {
    let text = node.text("a time such as \"6 h\"", faults)?;
    let fault = |message: String| Fault::new(&node.place, message).hint("write it as \"6 h\": s, min, h or d");
    let second = Unit::from_symbol("s").expect("the table has it");
    let quantity = Quantity::parse(text).map_err(|error| faults.push(fault(error.to_string()))).ok()?;
    if quantity.unit.dimension() != second.dimension() {
        faults.push(fault(format!("`{text}` is not a time")));
        return None;
    }
    let micros = quantity.in_unit(second).ok().and_then(|exact| exact.as_fixed()).map(Fixed::micros);
    let whole = micros.filter(|micros| micros % Fixed::MICROS == 0).map(|micros| micros / Fixed::MICROS);
    match whole {
        Some(seconds) if (least..=100 * 366 * DAY_S).contains(&seconds) => Some(seconds),
        _ => {
            faults
                .push(fault(format!("`{text}` is not a number of whole seconds, at least {least}, at most 100 years")));
            None
        }
    }
}

/// Bytes of `16 MiB`.
fn read_bytes(node: &Node, faults: &mut Faults) -> Option<usize> {
    let text = node.text("a size such as \"16 MiB\"", faults)?;
    let bytes = text.split_once(' ').and_then(|(number, unit)| {
        let shift = ["B", "KiB", "MiB", "GiB"].iter().position(|known| *known == unit)? * 10;
        number.parse::<usize>().ok()?.checked_mul(1 << shift).filter(|bytes| (1..=1 << 30).contains(bytes))
    });
    if bytes.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is not a size from 1 B to 1 GiB"));
        faults.push(fault.hint("write it as \"16 MiB\": B, KiB, MiB or GiB"));
    }
    bytes
}

#[cfg(test)]
pub(crate) mod tests;
