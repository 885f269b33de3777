//! A feed as the settings describe it.

mod folder;
mod mqtt;
mod quality;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

pub use folder::DropFolder;
pub(super) use folder::NAME;
pub use mqtt::{Broker, Topic};

use super::address::{Network, UrlTemplate};
use super::counter::Counter;
use super::provider::{Context, FORECASTS, KINDS, KeyUse, Kind, Provider};
use super::quota::{self, Limit, read_limits};
use super::secret::KeySettings;
use crate::calendar::Interval;
use crate::document::{Fault, Faults, Fields, Node, Place, Value, did_you_mean};
use crate::observation::Vintage;
use crate::observation::quality::{ColumnRules, Rules, StationFacts};
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

/// A column and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the feed.
    pub name: String,
    /// What it says.
    pub variable: Variable,
    /// The unit in which it says it.
    pub unit: Unit,
    /// Whether it says what a register shows, and how that goes on.
    pub counter: Option<Counter>,
}

/// A station that the settings list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Its name.
    pub name: Arc<str>,
    /// Degrees, north positive, and degrees, east positive.
    pub position: Option<(Fixed, Fixed)>,
}

/// When a reading is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VintageRule {
    /// Never.
    Provisional,
    /// At once.
    Final,
    /// So long after the end of its interval.
    FinalAfter(TimeDelta),
    /// As the answers say of each reading.
    AsTold,
}

impl VintageRule {
    /// The vintage at `now` of a reading whose interval ends at `end`, of which nothing is told.
    pub fn at(self, end: DateTime<Utc>, now: DateTime<Utc>) -> Vintage {
        match self {
            Self::Provisional | Self::AsTold => Vintage::Provisional,
            Self::Final => Vintage::Final,
            Self::FinalAfter(wait) if now.signed_duration_since(end) >= wait => Vintage::Final,
            Self::FinalAfter(_) => Vintage::Provisional,
        }
    }
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
        let vintage = fields.required("vintage", "\"provisional\"", faults).and_then(|node| read_vintage(node, faults));
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
        if let (Some(vintage), Some(delay), Some(node)) = (vintage, delay, fields.optional("vintage")) {
            check_vintage(vintage, delay, node, faults);
        }

        let kind = kind?;
        if let (Some(VintageRule::AsTold), Some(node)) = (vintage, fields.optional("vintage"))
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
pub(super) fn seconds(node: &Node, least: i64, faults: &mut Faults) -> Option<i64> {
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

fn read_vintage(node: &Node, faults: &mut Faults) -> Option<VintageRule> {
    if let Value::Text(text) = &node.value {
        let rule = match Vintage::from_word(text) {
            Some(Vintage::Provisional) => Some(VintageRule::Provisional),
            Some(Vintage::Final) => Some(VintageRule::Final),
            None if text == "as told" => Some(VintageRule::AsTold),
            None => None,
        };
        if rule.is_none() {
            let fault = Fault::new(&node.place, format!("`{text}` is not a vintage"));
            faults.push(fault.hint("write \"final\", \"provisional\", \"as told\" or { final_after = \"90 d\" }"));
        }
        return rule;
    }
    let mut fields = Fields::of(node, "the vintage", faults)?;
    let after = fields.required("final_after", "\"90 d\"", faults).and_then(|node| seconds(node, 1, faults));
    fields.finish(faults);
    after.map(|after| VintageRule::FinalAfter(TimeDelta::seconds(after)))
}

fn check_vintage(vintage: VintageRule, delay: i64, node: &Node, faults: &mut Faults) {
    if let VintageRule::FinalAfter(after) = vintage
        && after.num_seconds() < delay
    {
        let fault = Fault::new(&node.place, "readings would be final before they are published");
        faults.push(fault.hint("final_after is at least as long as delay"));
    }
}

fn read_look_back(
    fields: &mut Fields<'_>,
    vintage: Option<VintageRule>,
    origin: Option<&Origin>,
    faults: &mut Faults,
) -> Option<i64> {
    let least = match vintage {
        Some(VintageRule::FinalAfter(after)) => after.num_seconds(),
        _ => 0,
    };
    let Some(node) = fields.optional("look_back") else { return Some(least + 2 * DAY_S) };
    let given = seconds(node, 0, faults)?;
    if given < least && matches!(origin, Some(Origin::Url(_))) {
        let fault = Fault::new(&node.place, "readings are never asked for again when they have become final");
        faults.push(fault.hint("look_back is at least as long as final_after"));
        return None;
    }
    Some(given)
}

/// Columns with their places, and what is asked of each.
type Columns = (Vec<(Column, Place)>, Vec<ColumnRules>);

fn read_columns(node: &Node, faults: &mut Faults) -> Option<Columns> {
    let entries = node.table("a table of columns", faults)?;
    let before = faults.len();
    let (mut columns, mut rules): (Vec<(Column, Place)>, _) = (Vec::new(), Vec::new());
    for (key, node) in entries {
        let Some((column, rule)) = read_column(&key.name, node, faults) else { continue };
        rules.push(rule);
        if let Some((other, _)) = columns.iter().find(|(other, _)| other.variable == column.variable) {
            let message = format!("`{}` and `{}` are both {}", other.name, column.name, column.variable);
            faults.push(Fault::new(&key.place, message).hint("a feed says a variable once: make it two feeds"));
        }
        columns.push((column, node.place.clone()));
    }
    if entries.is_empty() {
        let hint = "add temp = { variable = \"air_temperature\", unit = \"degC\" }";
        faults.push(Fault::new(&node.place, "no column is described").hint(hint));
    }
    (faults.len() == before).then_some((columns, rules))
}

fn read_column(name: &str, node: &Node, faults: &mut Faults) -> Option<(Column, ColumnRules)> {
    let what = format!("the column `{name}`");
    let mut fields = Fields::of(node, &what, faults)?;
    let variable = fields.required("variable", "\"air_temperature\"", faults);
    let variable = variable.and_then(|node| {
        let word = node.text("the name of a variable", faults)?;
        let known = Variable::from_name(word);
        if known.is_none() {
            faults.push(unknown(&node.place, word, "a variable", Variable::names()));
        }
        known
    });
    let unit_node = fields.required("unit", "\"degC\"", faults);
    let unit = unit_node.and_then(|node| {
        let symbol = node.text("the symbol of a unit", faults)?;
        let known = Unit::from_symbol(symbol);
        if known.is_none() {
            faults.push(unknown(&node.place, symbol, "a unit", Unit::symbols()));
        }
        known
    });
    let rules = variable.zip(unit).map(|(variable, unit)| quality::read_column(&mut fields, variable, unit, faults));
    let counter = fields.optional("counter").map(|node| read_counter(node, variable?, unit?, faults));
    fields.finish(faults);
    let (variable, unit) = (variable?, unit?);
    if !variable.takes(unit) {
        let message = format!("{variable} is not measured in {unit}");
        let place = unit_node.map_or(&node.place, |node| &node.place);
        faults.push(Fault::new(place, message).hint(format!("a unit such as {}", variable.own_unit())));
        return None;
    }
    Some((
        Column {
            name: name.to_owned(),
            variable,
            unit,
            counter: counter.map_or(Some(None), |counter| counter.map(Some))?,
        },
        rules??,
    ))
}

/// A column that counts on: of what is summed.
fn read_counter(node: &Node, variable: Variable, unit: Unit, faults: &mut Faults) -> Option<Counter> {
    let mut fields = Fields::of(node, "the counter", faults)?;
    let end = fields.optional("turns_over_at").map(|node| quality::difference(node, unit, faults));
    fields.finish(faults);
    let sums = [
        Variable::Energy,
        Variable::CurtailedEnergy,
        Variable::Precipitation,
        Variable::Snowfall,
        Variable::GlobalRadiation,
        Variable::Sunshine,
        Variable::Evapotranspiration,
    ];
    if !sums.contains(&variable) {
        let fault = Fault::new(&node.place, format!("{variable} is nothing that a counter adds up"));
        faults.push(fault.hint("leave counter out; energy, precipitation, radiation and sunshine can be counted"));
        return None;
    }
    Some(Counter { turns_over_at: end.map_or(Some(None), |end| end.map(Some))? })
}

/// A word that is not among the known ones.
fn unknown<'c>(place: &Place, word: &str, what: &str, known: impl Iterator<Item = &'c str>) -> Fault {
    let known: Vec<_> = known.collect();
    let fault = Fault::new(place, format!("`{word}` is not {what}"));
    match did_you_mean(word, known.iter().copied()) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint(format!("known are: {}", known.join(", "))),
    }
}

type Facts = BTreeMap<Arc<str>, StationFacts>;

/// Stations, and what is known of each.
fn read_stations(node: &Node, faults: &mut Faults) -> Option<(Vec<Station>, Facts)> {
    let before = faults.len();
    let (mut stations, mut facts) = (Vec::new(), Facts::new());
    for (key, node) in node.table("a table of stations", faults)? {
        let what = format!("the station `{}`", key.name);
        let Some(mut fields) = Fields::of(node, &what, faults) else { continue };
        let latitude = fields.optional("latitude");
        let longitude = fields.optional("longitude");
        let position = match (latitude, longitude) {
            (Some(latitude), Some(longitude)) => {
                let latitude = degrees(latitude, 90, faults);
                let longitude = degrees(longitude, 180, faults);
                latitude.zip(longitude)
            }
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                let fault = Fault::new(&one.place, format!("{what} has a latitude or a longitude, not both"));
                faults.push(fault.hint("give both, as \"30.87 deg\""));
                None
            }
        };
        let nameplate = fields.optional("nameplate").and_then(|node| quality::read_nameplate(node, faults));
        fields.finish(faults);
        let name: Arc<str> = key.name.as_str().into();
        facts.insert(name.clone(), StationFacts { nameplate, position });
        stations.push(Station { name, position });
    }
    (faults.len() == before).then_some((stations, facts))
}

fn degrees(node: &Node, most: i64, faults: &mut Faults) -> Option<Fixed> {
    let text = node.text("an angle such as \"30.87 deg\"", faults)?;
    let degree = Unit::from_symbol("deg").expect("the table has it");
    let quantity = Quantity::parse(text).ok().filter(|quantity| quantity.unit == degree);
    let within = quantity.filter(|quantity| quantity.value.micros().abs() <= most * Fixed::MICROS);
    if within.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is not an angle from -{most} deg to {most} deg"));
        faults.push(fault.hint("write it as \"30.87 deg\""));
    }
    within.map(|quantity| quantity.value)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::document::Source;

    /// The feed `asos` of a text, on a network where everything is allowed.
    pub(crate) fn feed(text: &str) -> FeedSettings {
        read(text).unwrap_or_else(|faults| panic!("{}", faults.render(false)))
    }

    /// What is wrong with a feed, as it is shown.
    pub(crate) fn faults(text: &str) -> String {
        read(text).expect_err("the settings have a fault").render(false)
    }

    pub(crate) fn read(text: &str) -> Result<FeedSettings, Faults> {
        let network = Network { allow_private: true, ..Network::default() };
        let mut faults = Faults::new();
        let node = Node::parse(&Source::new("f.toml", text), &mut faults);
        let feed = FeedSettings::read("asos", &node, Path::new("/folder"), &network, &mut faults);
        feed.filter(|_| faults.is_empty()).ok_or(faults)
    }

    /// What is wrong with a feed that is.
    pub(crate) fn read_faults(text: &str) -> Vec<String> {
        let faults = read(text).err().unwrap_or_default();
        faults.iter().map(|fault| fault.message().to_owned()).collect()
    }

    pub(crate) const CSV: &str = r#"
        kind = "csv"
        file = "asos.csv"
        poll = "6 h"
        delay = "1 h"
        vintage = "final"
        columns = { temp = { variable = "air_temperature", unit = "degF" }, precip = { variable = "precipitation", unit = "inch" } }
        [csv]
        delimiter = ","
        decimal = "."
        missing = ["", "NaN"]
        station = { column = "origin" }
        time = { column = "time_hour", format = "%Y-%m-%dT%H:%M:%SZ", zone = "UTC", stamp = "begin", every = "1 h" }
    "#;

    #[test]
    fn a_feed_says_what_it_provides() {
        let asos = feed(CSV);
        assert_eq!(asos.origin, Origin::File("/folder/asos.csv".into()));
        assert_eq!(asos.interval(), Interval::Fixed(3_600));
        assert_eq!((asos.timeout, asos.max_body), (Duration::from_secs(30), 16 << 20));
        assert_eq!(asos.look_back, TimeDelta::days(2));
        assert_eq!(asos.provides("JFK", Variable::AirTemperature), None, "it was not read yet");
        assert_eq!(asos.provides("JFK", Variable::Power), Some(false));
        let one = feed(&CSV.replace("column = \"origin\"", "is = \"JFK\""));
        assert_eq!(one.provides("JFK", Variable::AirTemperature), Some(true));
        assert_eq!(one.provides("LGA", Variable::AirTemperature), Some(false));
        let listed = feed(&CSV.replace("[csv]", "station.JFK = {}\n[csv]"));
        assert_eq!(listed.provides("JFK", Variable::AirTemperature), Some(true));
        assert_eq!(listed.provides("LGA", Variable::AirTemperature), Some(false));
    }

    #[test]
    fn vintage_turns_on_the_second() {
        let rule = VintageRule::FinalAfter(TimeDelta::days(90));
        let end = DateTime::from_timestamp(0, 0).unwrap();
        assert_eq!(rule.at(end, end + TimeDelta::days(90) - TimeDelta::seconds(1)), Vintage::Provisional);
        assert_eq!(rule.at(end, end + TimeDelta::days(90)), Vintage::Final);
    }

    #[test]
    fn faults_say_what_is_wrong() {
        for (replace, by, message) in [
            ("kind = \"csv\"", "kind = \"cvs\"", "`cvs` is not a kind of feed"),
            ("kind = \"csv\"", "", "`kind` is missing in the feed `asos`"),
            ("poll = \"6 h\"", "pol = \"6 h\"", "`pol` is not a key of the feed `asos`"),
            ("poll = \"6 h\"\n", "", "`poll` is missing in the feed `asos`"),
            ("\"6 h\"", "\"6 mm\"", "`6 mm` is not a time"),
            ("\"6 h\"", "\"0 h\"", "`0 h` is not a number of whole seconds"),
            ("\"6 h\"", "\"0.0001 h\"", "`0.0001 h` is not a number of whole seconds"),
            ("\"6 h\"", "6", "this is a number without a unit"),
            ("\"final\"", "\"last\"", "`last` is not a vintage"),
            ("\"final\"", "{ final_after = \"59 min\" }", "readings would be final before they are published"),
            ("file = \"asos.csv\"", "", "`file`, `folder`, `mqtt` or `url` is missing"),
            (
                "file = \"asos.csv\"",
                "file = \"a\"\nurl = \"https://host.example/\"",
                "a feed has one of `file`, `folder`, `mqtt` and `url`",
            ),
            (
                "file = \"asos.csv\"",
                "url = \"https://host.example/{station}\"",
                "the URL names a station, but no station is listed",
            ),
            ("[csv]", "max_body = \"16 MB\"\n[csv]", "`16 MB` is not a size"),
            ("[csv]", "max_body = \"2 GiB\"\n[csv]", "`2 GiB` is not a size"),
            (
                "[csv]",
                "station.JFK = { latitude = \"91 deg\", longitude = \"0 deg\" }\n[csv]",
                "`91 deg` is not an angle",
            ),
            ("[csv]", "station.JFK = { latitude = \"40 deg\" }\n[csv]", "has a latitude or a longitude, not both"),
            ("\"air_temperature\"", "\"air_temprature\"", "`air_temprature` is not a variable"),
            ("\"degF\"", "\"F\"", "`F` is not a unit"),
            ("\"degF\"", "\"degF\", least = \"5 degC\"", "`5 degC` is in another unit than its column"),
            ("\"degF\"", "\"degF\", least = \"5\"", "`5` has no unit"),
            (
                "\"degF\"",
                "\"degF\", least = \"5 degF\", most = \"4 degF\"",
                "no number is at least 5 and at most 4 degF",
            ),
            ("\"degF\"", "\"degF\", step = \"0 degF\"", "0 degF is no distance"),
            ("\"degF\"", "\"degF\", counter = {}", "air_temperature is nothing that a counter adds up"),
            (
                "\"inch\"",
                "\"inch\", counter = { turns_over_at = \"5 mm\" }",
                "`5 mm` is in another unit than its column",
            ),
            ("\"inch\"", "\"inch\", counter = { turns_over_at = \"10 inch\" }", ""),
            ("\"degF\"", "\"degF\", stuck = \"5 degF\"", "`5 degF` is not a time"),
            ("\"degF\"", "\"degF\", near = { of = [], within = \"5 degF\" }", "there is no neighbour"),
            ("\"degF\"", "\"degF\", near = { of = [\"JFK\"], within = \"5 degF\" }", "`JFK` is no feed and station"),
            ("\"degF\"", "\"degF\", near = { of = [\"a/JFK\"] }", "`within` is missing"),
            ("[csv]", "station.JFK = { nameplate = \"2 m\" }\n[csv]", "`2 m` is not the power of a plant"),
            ("[csv]", "station.JFK = { nameplate = \"0 MW\" }\n[csv]", "`0 MW` is not the power of a plant"),
            ("\"degF\"", "\"degF\", least = \"5 degF\", most = \"5 degF\", step = \"1 degF\", stuck = \"1 d\"", ""),
            ("\"degF\"", "\"mm\"", "air_temperature is not measured in mm"),
            ("\"air_temperature\", unit = \"degF\"", "\"precipitation\", unit = \"mm\"", "are both precipitation"),
            ("delimiter = \",\"", "delimiter = \",,\"", "`,,` is not one character"),
            ("decimal = \".\"", "decimal = \";\"", "`;` is not a decimal mark"),
            ("decimal = \".\"", "", "`decimal` is missing"),
            ("missing =", "mising =", "`mising` is not a key of the csv form"),
            (
                "decimal = \".\"",
                "decimal = \".\"\nheader = \"last comment line\"",
                "the header is in a comment, but `comment` is missing",
            ),
            (
                "{ column = \"origin\" }",
                "{ column = \"a\", is = \"b\" }",
                "a station has `column`, `is` or `file_name`",
            ),
            ("station = { column = \"origin\" }", "", "`station` is missing"),
            ("zone = \"UTC\", ", "", "`zone` is missing in the time"),
            ("zone = \"UTC\"", "zone = \"Mars\"", "`Mars` is not a time zone"),
            ("%SZ", "%S%:z", "the form carries the offset"),
            ("%Y-%m-%dT%H:%M:%SZ", "%m-%dT%H:%M:%SZ", "is not a form of a time"),
            ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "the stamp does not carry the hour"),
            ("\"1 h\" }", "\"10 min\" }\n#", ""),
            ("every = \"1 h\"", "every = \"2 d\"", "`2 d` is longer than a day"),
            ("every = \"1 h\"", "every = \"1 d\"", "a day has an hour at which it begins"),
            ("every = \"1 h\"", "every = \"1 h\", starts = \"00:00\"", "only a day begins at an hour"),
            ("every = \"1 h\"", "every = \"1 d\", starts = \"24:00\"", "`24:00` is not a time of day"),
            ("stamp = \"begin\", ", "", "`stamp` is missing"),
            ("stamp = \"begin\"", "stamp = \"middle\"", "`middle` is no end of an interval"),
            ("every = \"1 h\"", "every = \"instant\"", "an instant has no begin"),
        ] {
            assert!(CSV.contains(replace), "{replace}");
            match read(&CSV.replacen(replace, by, 1)) {
                Ok(_) => assert_eq!(message, "", "{by}"),
                Err(faults) => {
                    let messages: Vec<_> = faults.iter().map(Fault::message).collect();
                    let found = messages.iter().any(|found| !message.is_empty() && found.contains(message));
                    assert!(found, "{by}: {messages:?}");
                }
            }
        }
    }

    #[test]
    fn a_forecast_is_no_source_of_readings() {
        for word in ["met-norway", "caiyun", "openweather"] {
            let faults = read(&CSV.replace("kind = \"csv\"", &format!("kind = \"{word}\""))).expect_err(word);
            let message = format!("`{word}` is no source of readings: ");
            assert!(faults.iter().any(|fault| fault.message().starts_with(&message)), "{}", faults.render(false));
        }
    }

    #[test]
    fn what_became_final_is_asked_for_again() {
        let url = "url = \"https://host.example/all.csv\"";
        let text = CSV.replace("file = \"asos.csv\"", url).replace("\"final\"", "{ final_after = \"90 d\" }");
        assert_eq!(feed(&text).look_back, TimeDelta::days(92));
        let short = text.replace("[csv]", "look_back = \"89 d\"\n[csv]");
        assert!(read(&short).is_err_and(|faults| faults.render(false).contains("final_after")));
    }

    #[test]
    fn open_meteo_wants_stations_and_units_that_it_sends() {
        let good = r#"
            kind = "open-meteo"
            url = "https://archive-api.open-meteo.com/v1/archive"
            poll = "6 h"
            delay = "5 d"
            vintage = "provisional"
            open_meteo = { model = "era5", block = "daily" }
            columns = { rain = { variable = "precipitation", unit = "mm" } }
            station.here = { latitude = "30.87 deg", longitude = "121.93 deg" }
        "#;
        assert_eq!(feed(good).interval(), Interval::Day { zone: "UTC".into(), starts_min: 0 });
        for (replace, by, message) in [
            ("\"era5\"", "\"best_match\"", "is not the name of one model"),
            ("\"era5\"", "\"era5,ecmwf_ifs\"", "is not the name of one model"),
            ("\"daily\"", "\"weekly\"", "`weekly` is no block"),
            ("\"daily\"", "\"daily\", zone = \"+08:00\"", "a server is asked in UTC"),
            ("\"mm\" } }", "\"km\" } }", "Open-Meteo does not send km"),
            ("\"mm\" } }", "\"mm\", counter = {} } }", "`rain` of Open-Meteo is no counter"),
            (
                "\"mm\" } }",
                "\"mm\" }, et = { variable = \"evapotranspiration\", unit = \"inch\" } }",
                "one request has one unit",
            ),
            ("station.here = { latitude = \"30.87 deg\", longitude = \"121.93 deg\" }", "", "no station is listed"),
            ("{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }", "{}", "the station `here` has no position"),
            ("/v1/archive", "/v1/{station}", "has no placeholders"),
        ] {
            assert!(good.contains(replace), "{replace}");
            let faults = read(&good.replacen(replace, by, 1)).expect_err(by);
            assert!(faults.iter().any(|fault| fault.message().contains(message)), "{by}: {}", faults.render(false));
        }
    }
}
