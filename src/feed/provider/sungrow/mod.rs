//! iSolarCloud, Sungrow's interface to the plants of one's own account: points of plants and inverters every five minutes.

mod settings;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::json;
use serde_json::value::RawValue;

use super::answer::{check_columns, inside, written};
use super::pieces::floor;
use super::query::below;
use super::told::Told;
use super::{KeyUse, Kind, Provider, login, time, words};
use crate::calendar::{Interval, TimeRule, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, number, text};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Reply, Request, Role, Wanted};
use crate::feed::secret::Secret;
use crate::feed::settings::{Column, FeedSettings};
use crate::feed::wait::LONGEST;
use crate::quantity::Fixed;

pub(super) static KIND: Kind = Kind {
    word: "sungrow",
    table: "sungrow",
    example: "{ family = \"openapi\", zone = \"Asia/Shanghai\", user = \"api-user\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| settings::read_sungrow(node, context, faults).map(|form| Arc::new(form) as _),
};

const EVERY_S: i64 = 300;
const STAMP: &str = "%Y%m%d%H%M%S";
/// The longest span of a request, on the wall of the plant.
const SPAN: TimeDelta = TimeDelta::hours(3);
/// A span begins before the one before it ends: totals need the state before, and the first stamp may be left out.
const LEAD: TimeDelta = TimeDelta::minutes(10);
/// Plants or devices of a request.
const AT_ONCE: usize = 10;

/// Lines of the key.
const APP_KEY: &str = "appkey";
const SECRET_KEY: &str = "secret_key";
const PASSWORD: &str = "password";
const TOKEN: &str = "access_token";

/// Which of its interfaces the application may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// By plant or device; the token in a header of its own and in the body.
    OpenApi,
    /// By plant; a bearer.
    Platform,
}

#[derive(Clone, Debug)]
struct Sungrow {
    family: Family,
    /// Who logs in; none where the key has a token.
    user: Option<String>,
    time: TimeRule,
}

impl Provider for Sungrow {
    fn interval(&self) -> Interval {
        Interval::Fixed(EVERY_S)
    }

    fn check_key(&self, key: &Secret) -> Result<(), String> {
        login::check_lines(key, &[APP_KEY, SECRET_KEY], ": it is shown for the application in the portal")?;
        match (key.part(TOKEN), key.part(PASSWORD), &self.user) {
            (Some(_), _, _) | (None, Some(_), Some(_)) => Ok(()),
            (None, Some(_), None) => Err(format!("the key has a `{PASSWORD}`, and the settings have no `user`")),
            (None, None, _) => Err(format!("the key has neither a line `{PASSWORD} = …` nor `{TOKEN} = …`")),
        }
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let part = |name| wanted.key.and_then(|key| key.secret.part(name));
        let Some(token) = part(TOKEN).or(wanted.token.as_ref().map(Secret::reveal)) else {
            return vec![self.login(wanted)];
        };
        let points: Vec<_> = feed.columns.iter().map(|column| column.name.as_str()).collect();
        let app = part(APP_KEY).unwrap_or_default();
        let mut requests = Vec::new();
        for stations in feed.stations.chunks(AT_ONCE) {
            let names: Vec<_> = stations.iter().map(|station| &*station.name).collect();
            for (start, end) in self.spans(wanted) {
                let mut body = json!({
                    "appkey": app, "lang": "_en_US", "points": points.join(","),
                    "start_time_stamp": start.format(STAMP).to_string(), "end_time_stamp": end.format(STAMP).to_string(),
                });
                let (path, request_token) = match self.family {
                    Family::OpenApi => {
                        body["ps_key_list"] = json!(names);
                        body["minute_interval"] = json!(5);
                        body["token"] = json!(token);
                        ("getDevicePointMinuteDataList", ("token", token.to_owned()))
                    }
                    Family::Platform => {
                        body["ps_id_list"] = json!(names);
                        body["minute_interval"] = json!("5");
                        body["is_get_point_dict"] = json!("1");
                        let bearer = ("authorization", format!("Bearer {token}"));
                        ("platform/getPowerStationPointMinuteDataList", bearer)
                    }
                };
                requests.push(post(wanted, path, body.to_string()).header(request_token.0, request_token.1));
            }
        }
        requests
    }

    fn token(&self, reply: &Reply<'_>) -> Result<Option<Secret>, DecodeError> {
        let members: Members<'_> = parse(text(reply.bytes)?, "the login")?;
        let refused = |why: &str| DecodeError::Provider { reason: format!("{NO_LOGIN}: {why}") };
        if let Err(words) = success(&members)? {
            return Err(refused(&words.to_string()));
        }
        let data: Members<'_> = members.read("result_data")?;
        match data.get("login_state").map(|state| state.get().trim_matches('"')) {
            None | Some("1") => data.read::<Cow<'_, str>>("token").map(|token| Some(Secret::new(token))),
            Some(state) => {
                let words = words::words(&data, &["msg"]).unwrap_or_else(|| "check user and password".to_owned());
                Err(refused(&format!("login_state {} ({words})", state.escape_debug())))
            }
        }
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        if let Err(refusal) = success(&members)? {
            return Err(refusal.into_error());
        }
        let data = members.read::<Option<Members<'_>>>("result_data")?.unwrap_or(Members(Vec::new()));
        let mut all = Vec::new();
        for (name, value) in &data.0 {
            let Some(station) = feed.stations.iter().find(|station| *station.name == **name) else { continue };
            all.push((station, parse::<Vec<Members<'_>>>(value.get(), &format!("result_data.{name}"))?));
        }
        check_columns(&feed.columns, all.iter().flat_map(|(_, rows)| rows))?;
        if self.family == Family::Platform && all.iter().any(|(_, rows)| !rows.is_empty()) {
            check_units(&feed.columns, &data)?;
        }
        let mut told = Told::new(feed, raw);
        for (station, rows) in &all {
            told.station = &station.name;
            self.take(rows, &mut told)?;
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        let members: Members<'_> = serde_json::from_slice(body).ok()?;
        match success(&members) {
            Ok(Err(refusal)) => Some(refusal.to_string()),
            _ => words::words(&members, &["result_msg", "message"]),
        }
    }

    /// A login that is refused stays so until somebody mends it.
    fn window(&self, words: &str, _: DateTime<Utc>) -> Option<Duration> {
        words.starts_with(NO_LOGIN).then_some(LONGEST)
    }
}

const NO_LOGIN: &str = "the login is refused";

/// What the service says where it does not say success.
struct Refusal {
    code: String,
    words: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.words)?;
        match self.code.as_str() {
            "E900" => f.write_str("; the application may use the other `family` alone, or an encrypted one"),
            _ => Ok(()),
        }
    }
}

impl Refusal {
    /// A token that is not known any more, or the words. 010 is said of tokens, of other parameters and of spans that are
    /// too long.
    fn into_error(self) -> DecodeError {
        let is_limit = self.words.contains("limit") || self.words.contains("exceed");
        let is_token = match self.code.as_str() {
            "E00003" | "E904" | "401" | "er_token_login_invalid" | "er_invalid_token" | "invalid_token" => true,
            "010" => !is_limit,
            _ => self.words.contains("er_token_login_invalid"),
        };
        if is_token {
            return DecodeError::LoggedOut;
        }
        DecodeError::Provider { reason: self.to_string() }
    }
}

/// HTTP says 200 always: the answer says what it is.
fn success(members: &Members<'_>) -> Result<Result<(), Refusal>, DecodeError> {
    let word = |name: &str| members.read::<Cow<'_, str>>(name).map(|text| text.chars().take(300).collect::<String>());
    if let (None, Ok(code)) = (members.get("result_code"), word("error")) {
        return Ok(Err(Refusal { code, words: word("error_description").unwrap_or_default() }));
    }
    let code = word("result_code")?;
    Ok(if code == "1" { Ok(()) } else { Err(Refusal { code, words: word("result_msg").unwrap_or_default() }) })
}

fn post(wanted: &Wanted<'_>, path: &str, body: String) -> Request {
    let mut url = wanted.request(Zone::utc()).url;
    below(&mut url, ["openapi"].into_iter().chain(path.split('/')));
    let secret = wanted.key.and_then(|key| key.secret.part(SECRET_KEY)).unwrap_or_default();
    let request = Request { body: Some(body), ..Request::get(url, None) };
    request.header("x-access-key", secret).header("sys_code", "901")
}

/// The answer names the unit of each point.
fn check_units(columns: &[Column], data: &Members<'_>) -> Result<(), DecodeError> {
    let points = data.read::<Vec<Members<'_>>>("point_dict")?;
    for column in columns {
        let is_it = |point: &&Members<'_>| {
            let id = point.get("point_id").map(|id| id.get().trim_matches('"'));
            id.is_some_and(|id| column.name.strip_prefix('p') == Some(id))
        };
        let none = || DecodeError::schema("point_dict", format!("`{}` is not among the points", column.name));
        let got = points.iter().find(is_it).ok_or_else(none)?.read::<Cow<'_, str>>("point_unit")?;
        let written: &[&str] = match column.unit.symbol() {
            "W/m2" => &["W/m2", "W/m²", "W/㎡"],
            "degC" => &["℃", "°C"],
            "Wh" => &["Wh"],
            _ => &["W"],
        };
        if !written.contains(&&*got) {
            let (column, wanted, got) = (column.name.clone(), written[0].to_owned(), got.into_owned());
            return Err(DecodeError::Unit { column, wanted, got });
        }
    }
    Ok(())
}

impl Sungrow {
    fn login(&self, wanted: &Wanted<'_>) -> Request {
        let part = |name| wanted.key.and_then(|key| key.secret.part(name)).unwrap_or_default();
        let body = json!({
            "appkey": part(APP_KEY), "lang": "_en_US", "login_type": "1",
            "user_account": self.user, "user_password": part(PASSWORD),
        });
        Request { role: Role::Login, ..post(wanted, "login", body.to_string()) }
    }

    /// Times on the wall of the plant, as few stretches as possible. A stretch inside of the hour that the clocks show
    /// twice begins an hour earlier.
    fn spans(&self, wanted: &Wanted<'_>) -> Vec<(NaiveDateTime, NaiveDateTime)> {
        let step = TimeDelta::seconds(EVERY_S);
        // A stamp begins its five minutes.
        let (from, to) = (floor(wanted.from, step), floor(wanted.to, step) - step);
        if from > to {
            return Vec::new();
        }
        let [mut start, end] = [from - LEAD, to].map(|at| time::wall(&self.time.zone, at));
        if start >= end {
            start = end - TimeDelta::hours(1);
        }
        let mut spans = Vec::new();
        loop {
            let stop = end.min(start + SPAN);
            spans.push((start, stop));
            if stop == end {
                return spans;
            }
            start = stop - LEAD;
        }
    }

    /// The rows of a station.
    fn take(&self, rows: &[Members<'_>], told: &mut Told<'_>) -> Result<(), DecodeError> {
        let mut seen = HashSet::new();
        for (index, row) in rows.iter().enumerate() {
            let place = format!("result_data.{}[{index}]", told.station);
            let stamp: Cow<'_, str> = row.read("time_stamp").map_err(|error| inside(&place, error))?;
            let (start, end) = match self.time.interval(&stamp) {
                Ok(interval) => interval,
                Err(reason) => {
                    told.refuse(place, reason);
                    continue;
                }
            };
            if start.timestamp() % EVERY_S != 0 {
                told.refuse(place, format!("`{}` begins no five minutes", stamp.escape_debug()));
                continue;
            }
            if !seen.insert(start) {
                return Err(DecodeError::schema(place, format!("{stamp} is there twice")));
            }
            for column in &told.feed.columns {
                let place = || format!("{place}.{}", column.name);
                let value = row.get(&column.name).map_or(Ok(Ok(None)), |value| read_value(column, value, place))?;
                // The state of a total is that at the end of its five minutes.
                let interval = match column.counter {
                    Some(_) => (start - TimeDelta::seconds(EVERY_S), start),
                    None => (start, end),
                };
                told.take(column, interval, value, place);
            }
        }
        Ok(())
    }
}

/// A number, as a text; null, nothing and `--` are missing.
fn read_value(
    column: &Column,
    value: &RawValue,
    place: impl FnOnce() -> String,
) -> Result<Result<Option<Fixed>, String>, DecodeError> {
    Ok(match written(value, place)?.as_deref() {
        None | Some("" | "--") => Ok(None),
        Some(text) => number(column, text).map(Some),
    })
}

#[cfg(test)]
mod tests;
