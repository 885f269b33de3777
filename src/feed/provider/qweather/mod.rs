//! QWeather: the last days by the hour, the current weather, tracks of storms. Forecasts are no readings.

mod settings;
mod token;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Timelike, Utc};
use serde_json::value::RawValue;

use super::answer::{check_columns, check_unit, number_or_null};
use super::query::below;
use super::storm::{Fixes, Values};
use super::time::{date, rule};
use super::told::Told;
use super::{KeyUse, Kind, Provider, storm};
use crate::calendar::{Edge, Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, number};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Reply, Request, Role, Wanted};
use crate::feed::secret::Secret;
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};
use token::{Credential, private_key, token};

pub(super) static KIND: Kind = Kind {
    word: "qweather",
    table: "qweather",
    example: "{ api = \"history\", zone = \"Asia/Shanghai\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| settings::read_qweather(node, context, faults).map(|form| Arc::new(form) as _),
};

/// Days that can be read again, today not among them.
const HISTORY_DAYS: u64 = 10;
const LIST: Role = Role::Step("the list of storms");

/// What is asked of QWeather.
#[derive(Clone, Debug, PartialEq, Eq)]
struct QWeatherForm {
    api: Api,
    /// Of the places whose history is asked.
    zone: Zone,
    /// Whose private key the key is; none where the key is an API key.
    credential: Option<Credential>,
    /// Whether stations are listed: of storms, those are asked and no others.
    listed: bool,
}

/// A part of QWeather.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    /// One day by the hour, of the last ten.
    History,
    /// What is now.
    Current,
    /// Tracks of storms of this year and the last.
    Storms,
}

impl Provider for QWeatherForm {
    fn interval(&self) -> Interval {
        match self.api {
            Api::History => Interval::Fixed(3_600),
            Api::Current | Api::Storms => Interval::Instant,
        }
    }

    fn asks_by_station(&self) -> bool {
        self.listed
    }

    fn check_key(&self, key: &Secret) -> Result<(), String> {
        match self.credential {
            Some(_) => private_key(key).map(|_| ()),
            None if key.reveal().starts_with("-----BEGIN") => {
                Err("the key is a private key: add jwt = { credential = …, project = … } to the feed".to_owned())
            }
            None => Ok(()),
        }
    }

    /// With a credential a token, which the private key signs.
    fn opens_with(&self, key: &Secret, now: DateTime<Utc>) -> Option<Secret> {
        let credential = self.credential.as_ref()?;
        private_key(key).ok().map(|private| Secret::new(token(credential, &private, now)))
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let get = |path: &[&str]| self.get(wanted, path, wanted.station.cloned());
        match (self.api, wanted.station) {
            (Api::History, Some(station)) => {
                let days = self.days(wanted).into_iter();
                let day = |day: NaiveDate| {
                    let request = get(&["v7", "historical", "weather"]).query("location", &station.name);
                    request.query("date", &day.format("%Y%m%d").to_string()).query("lang", "en").query("unit", "m")
                };
                days.map(day).collect()
            }
            (Api::Current, Some(station)) => {
                let (latitude, longitude) = station.position.expect("the settings demand it");
                vec![get(&["weather", "v1", "current", &latitude.to_string(), &longitude.to_string()])]
            }
            (Api::Storms, Some(station)) => vec![get(TRACK).query("stormid", &station.name)],
            (Api::Storms, None) => {
                let this = wanted.now.year();
                let [first, last] = [wanted.from, wanted.to].map(|at| at.year().clamp(this - 1, this));
                let list = |year: i32| {
                    let request = get(&["v7", "tropical", "storm-list"]).query("basin", "NP");
                    Request { role: LIST, ..request.query("year", &year.to_string()) }
                };
                (first..=last).map(list).collect()
            }
            (Api::History | Api::Current, None) => unreachable!("the settings demand stations"),
        }
    }

    fn next(&self, _: &FeedSettings, wanted: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        if reply.request.role != LIST {
            return Ok(Vec::new());
        }
        let members = answer(crate::feed::decode::text(reply.bytes)?)?;
        let mut requests = Vec::new();
        for (index, storm) in members.read::<Vec<Members<'_>>>("storm")?.iter().enumerate() {
            let id = storm.read::<Cow<'_, str>>("id")?;
            if !settings::is_storm(&id) {
                return Err(DecodeError::schema(format!("storm[{index}].id"), format!("`{id}` is no storm's id")));
            }
            let station = Station { name: id.as_ref().into(), position: None };
            requests.push(self.get(wanted, TRACK, Some(station)).query("stormid", &id));
        }
        Ok(requests)
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members = answer(raw.text()?)?;
        let of_file = || feed.stations.first().filter(|_| feed.stations.len() == 1);
        let station = raw.asked.or_else(of_file);
        let station = station.ok_or_else(|| DecodeError::schema("the answer", "nothing says whose it is"))?;
        let answer = Answer { feed, form: self, station, now: raw.now };
        match self.api {
            Api::History => answer.history(&members),
            Api::Current => answer.current(&members),
            Api::Storms => answer.track(&members),
        }
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        let members: Members<'_> = serde_json::from_slice(body).ok()?;
        match refuse_error(&members) {
            Err(DecodeError::Provider { reason }) => Some(reason),
            _ => None,
        }
    }

    fn window(&self, words: &str, now: DateTime<Utc>) -> Option<Duration> {
        // Other limits are of a minute and double with every try: that is how a feed waits anyway.
        if !words.to_ascii_lowercase().contains("monthly") {
            return None;
        }
        let (year, month) = if now.month() == 12 { (now.year() + 1, 1) } else { (now.year(), now.month() + 1) };
        (Utc.with_ymd_and_hms(year, month, 1, 0, 0, 0).single()? - now).to_std().ok()
    }
}

const TRACK: &[&str] = &["v7", "tropical", "storm-track"];

impl QWeatherForm {
    fn get(&self, wanted: &Wanted<'_>, path: &[&str], station: Option<Station>) -> Request {
        let mut url = wanted.request(Zone::utc()).url;
        below(&mut url, path.iter().copied());
        let request = Request::get(url, station);
        let Some(key) = wanted.key else { return request };
        match &self.credential {
            None => request.header("X-QW-Api-Key", key.secret.reveal()),
            Some(_) => request.header("authorization", format!("Bearer {}", key.secret.reveal())),
        }
    }

    /// The local days that are wanted and can be had.
    fn days(&self, wanted: &Wanted<'_>) -> Vec<NaiveDate> {
        let [from, to, today] = [wanted.from, wanted.to, wanted.now].map(|at| date(&self.zone, at));
        let oldest = today.checked_sub_days(Days::new(HISTORY_DAYS)).unwrap_or(today);
        from.max(oldest).iter_days().take_while(|day| *day < today && *day <= to).collect()
    }
}

/// An answer that is no error and no forecast.
fn answer(text: &str) -> Result<Members<'_>, DecodeError> {
    let members: Members<'_> = parse(text, "the answer")?;
    refuse_error(&members)?;
    for name in ["forecast", "forecasts", "hourly", "hours", "daily", "days", "minutely"] {
        if members.get(name).is_some() {
            return Err(DecodeError::schema(name, "this is a forecast, and a forecast is no reading"));
        }
    }
    Ok(members)
}

/// Errors come as an object with any status, or, of older parts, as a code with status 200.
fn refuse_error(members: &Members<'_>) -> Result<(), DecodeError> {
    let provider = |reason: String| DecodeError::Provider { reason: reason.chars().take(300).collect() };
    if let Some(error) = members.get("error") {
        let error: Members<'_> = parse(error.get(), "error")?;
        let word = |name: &str| error.read::<Cow<'_, str>>(name).ok();
        let mut reason = word("title").unwrap_or(Cow::Borrowed("an error without a title")).into_owned();
        if let Some(detail) = word("detail") {
            reason += &format!(": {detail}");
        }
        if let Ok(names) = error.read::<Vec<Cow<'_, str>>>("invalidParams") {
            reason += &format!(" ({})", names.join(", "));
        }
        return Err(provider(reason));
    }
    match members.get("code").map(RawValue::get) {
        None | Some("\"200\"" | "200") => Ok(()),
        Some(code) => Err(provider(format!("code {}", code.trim_matches('"')))),
    }
}

/// A text of the older parts: `null`, an empty one and an absent one are none.
fn text<'a>(row: &Members<'a>, name: &str, place: impl Fn() -> String) -> Result<Option<Cow<'a, str>>, DecodeError> {
    let Some(value) = row.get(name) else { return Ok(None) };
    let text: Option<Cow<'_, str>> = serde_json::from_str(value.get())
        .map_err(|_| DecodeError::schema(format!("{}.{name}", place()), "this is neither a text nor null"))?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// The answer for one station or storm.
struct Answer<'a> {
    feed: &'a FeedSettings,
    form: &'a QWeatherForm,
    station: &'a Station,
    now: Option<DateTime<Utc>>,
}

impl Answer<'_> {
    /// One local day by the hour. A stamp begins its hour.
    fn history(&self, members: &Members<'_>) -> Result<Decoded, DecodeError> {
        let day: Members<'_> = members.read("weatherDaily")?;
        let date = day.read::<Cow<'_, str>>("date")?;
        if NaiveDate::parse_from_str(&date, "%Y-%m-%d").is_err() {
            return Err(DecodeError::schema("weatherDaily.date", format!("`{date}` is not a date")));
        }
        let rule = rule("%Y-%m-%d %H:%M", self.form.zone.clone(), Edge::Begin, Interval::Fixed(3_600));
        let mut told = Told::of(self.feed, self.station, self.now);
        let mut seen = HashSet::new();
        let rows = members.read::<Vec<Members<'_>>>("weatherHourly")?;
        check_columns(&self.feed.columns, rows.iter())?;
        for (index, row) in rows.iter().enumerate() {
            let place = || format!("weatherHourly[{index}]");
            let stamp = row.read::<Cow<'_, str>>("time")?;
            if !stamp.starts_with(&*date) {
                return Err(DecodeError::schema(format!("{}.time", place()), format!("`{stamp}` is not of {date}")));
            }
            let interval = match rule.interval(&stamp) {
                Ok(interval) => interval,
                Err(reason) => {
                    told.refuse(place(), reason);
                    continue;
                }
            };
            if !seen.insert(interval.0) {
                return Err(DecodeError::schema(format!("{}.time", place()), format!("`{stamp}` is there twice")));
            }
            for column in &self.feed.columns {
                let value = text(row, &column.name, place)?;
                let value = value.map(|text| number(column, &text)).transpose();
                told.take(column, interval, value, || format!("{}.{}", place(), column.name));
            }
        }
        self.compare_rain(&day, &rows, &mut told)?;
        Ok(told.decoded)
    }

    /// The rain of the day is said to be that of its hours: where it is not, somebody should know.
    fn compare_rain(&self, day: &Members<'_>, rows: &[Members<'_>], told: &mut Told<'_>) -> Result<(), DecodeError> {
        let Some(column) = self.feed.columns.iter().find(|column| column.variable == Variable::Precipitation) else {
            return Ok(());
        };
        let Some(total) = text(day, "precip", || "weatherDaily".to_owned())? else { return Ok(()) };
        let mut sum = Fixed::ZERO;
        for row in rows {
            let Some(text) = text(row, "precip", || "weatherHourly".to_owned())? else { return Ok(()) };
            let Ok(hour) = number(column, &text) else { return Ok(()) };
            sum = sum.plus(hour).unwrap_or(sum);
        }
        if number(column, &total) != Ok(sum) {
            let reason = format!("the day has {total} mm, its hours have {sum} mm: the hours are used");
            told.refuse("weatherDaily.precip", reason);
        }
        Ok(())
    }

    /// What is now. The answer carries no time: it is of the instant at which it came.
    fn current(&self, members: &Members<'_>) -> Result<Decoded, DecodeError> {
        let now = self.now.and_then(|now| now.with_nanosecond(0));
        let now = now.ok_or_else(|| DecodeError::schema("the answer", "the current weather carries no time"))?;
        let outer = |column: &Column| members.get(column.name.split('.').next().unwrap_or_default());
        if self.feed.columns.iter().all(|column| outer(column).is_none()) {
            return Err(DecodeError::schema("the answer", "this is no current weather: it has none of the columns"));
        }
        let mut told = Told::of(self.feed, self.station, self.now);
        for column in &self.feed.columns {
            let path: Vec<_> = column.name.split('.').collect();
            let value = match path[..] {
                ["humidity"] => fraction(members, column)?,
                [outer, inner] => match members.get(outer).filter(|value| value.get() != "null") {
                    Some(outer) => measured(&parse(outer.get(), &column.name)?, inner, column)?,
                    None => Ok(None),
                },
                _ => measured(members, &column.name, column)?,
            };
            told.take(column, (now, now), value, || column.name.clone());
        }
        Ok(told.decoded)
    }

    /// The fixes of one storm, that of now among them while it lives.
    fn track(&self, members: &Members<'_>) -> Result<Decoded, DecodeError> {
        let rule = rule("%Y-%m-%dT%H:%M%:z", Zone::utc(), Edge::Begin, Interval::Instant);
        let track = members.read::<Vec<Members<'_>>>("track")?;
        let last = members.read::<Option<Members<'_>>>("now")?;
        let rows = track.iter().map(|row| ("time", row)).chain(last.iter().map(|row| ("pubTime", row)));
        check_columns(&self.feed.columns, track.iter().chain(&last))?;
        let count = track.len();
        let place = |row: u64| if row == u64::MAX { "now".to_owned() } else { format!("track[{row}]") };
        let mut fixes = Fixes::new(self.feed, self.now, place);
        for (index, (stamp, row)) in rows.enumerate() {
            let number = if index < count { u64::try_from(index).unwrap_or(0) } else { u64::MAX };
            let stamp = row.read::<Cow<'_, str>>(stamp)?;
            let (at, _) = rule.interval(&stamp).map_err(|what| DecodeError::schema(place(number), what))?;
            let values: Result<Values, DecodeError> = self
                .feed
                .columns
                .iter()
                .map(|column| {
                    let text = text(row, &column.name, || place(number))?;
                    Ok(text.map_or(Ok(None), |text| storm::value(column, &text)))
                })
                .collect();
            fixes.take(number, &self.station.name, at, values?, Vintage::Provisional);
        }
        Ok(fixes.finish(Vec::new()))
    }
}

/// `{"value": 31.71, "unit": "°C"}`; null or absent is none.
fn measured(members: &Members<'_>, name: &str, column: &Column) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    let Some(found) = members.get(name).filter(|value| value.get() != "null") else { return Ok(Ok(None)) };
    let found: Members<'_> = parse(found.get(), &column.name)?;
    let wanted = if column.unit.symbol() == "degC" { "°C" } else { column.unit.symbol() };
    check_unit(column, wanted, &found.read::<Cow<'_, str>>("unit")?)?;
    plain(found.get("value"), column)
}

/// A humidity of 0.69: not a percentage.
fn fraction(members: &Members<'_>, column: &Column) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    let value = plain(members.get("humidity"), column)?;
    Ok(value.and_then(|value| match value {
        Some(share) if share > Fixed::ONE => Err(format!("`humidity`: {share} is no fraction of 1")),
        value => Ok(value),
    }))
}

/// A number that is written as one.
fn plain(value: Option<&RawValue>, column: &Column) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    value.map_or(Ok(Ok(None)), |value| number_or_null(column, value, || column.name.clone()))
}

#[cfg(test)]
mod tests;
