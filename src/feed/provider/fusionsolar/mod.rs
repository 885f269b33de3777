//! FusionSolar, Huawei's interface to the plants of one's own account: energy by the hour and by the day, power of
//! inverters.

mod settings;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use serde_json::value::RawValue;

use super::answer::{check_columns, inside, number_or_null};
use super::pieces::{by_length, floor};
use super::query::below;
use super::{KeyUse, Kind, Provider};
use crate::calendar::{DayRule, Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, reading};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Reply, Request, Role, Wanted};
use crate::feed::secret::Secret;
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::quantity::Fixed;

pub(super) static KIND: Kind = Kind {
    word: "fusionsolar",
    table: "fusionsolar",
    example: "{ interface = \"getKpiStationHour\", user = \"api-user\", zone = \"Asia/Shanghai\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| settings::read_fusionsolar(node, context, faults).map(|form| Arc::new(form) as _),
};

const PLANTS_AT_ONCE: usize = 100;
const DEVICES_AT_ONCE: usize = 10;
/// The longest span of a history of devices.
const DEVICE_SPAN: TimeDelta = TimeDelta::days(3);
/// How far back history reaches.
const HISTORY: TimeDelta = TimeDelta::days(365);
const FIVE_MINUTES_S: i64 = 300;
/// Stamps outside of these years are none, in milliseconds since 1970.
const YEARS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// What is asked of FusionSolar.
#[derive(Clone, Debug)]
struct FusionSolarForm {
    interface: Interface,
    user: String,
    /// Of the plants.
    zone: Zone,
    /// From midnight there.
    day: DayRule,
    /// Of the inverters.
    device_type: u8,
    /// Whether power counts that an inverter may not exceed.
    curtailed: bool,
}

/// What history is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interface {
    /// Hours of a local day.
    StationHour,
    /// Days of a local month.
    StationDay,
    /// Five minutes of inverters.
    DeviceHistory,
}

impl Provider for FusionSolarForm {
    fn interval(&self) -> Interval {
        match self.interface {
            Interface::StationHour => Interval::Fixed(3_600),
            Interface::StationDay => Interval::Day { zone: self.zone.name().clone(), starts_min: 0 },
            Interface::DeviceHistory => Interval::Fixed(FIVE_MINUTES_S),
        }
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let Some(token) = &wanted.token else { return vec![self.login(wanted)] };
        let at_once = if self.interface == Interface::DeviceHistory { DEVICES_AT_ONCE } else { PLANTS_AT_ONCE };
        let mut requests = Vec::new();
        for stations in feed.stations.chunks(at_once) {
            let names: Vec<_> = stations.iter().map(|station| &*station.name).collect();
            let names = names.join(",");
            for body in self.bodies(&names, wanted) {
                let request = self.post(wanted, self.path(), body);
                requests.push(request.header("xsrf-token", token.reveal()));
            }
        }
        requests
    }

    fn token(&self, reply: &Reply<'_>) -> Result<Option<Secret>, DecodeError> {
        let members: Members<'_> = parse(crate::feed::decode::text(reply.bytes)?, "the login")?;
        refuse_error(&members)?;
        let token = reply.headers.get("xsrf-token").and_then(|token| token.to_str().ok());
        let token = token.filter(|token| !token.is_empty());
        let none =
            || DecodeError::schema("xsrf-token", "the login was taken, and its answer has no token in this header");
        token.map(|token| Some(Secret::new(token))).ok_or_else(none)
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        refuse_error(&members)?;
        let rows = members.read::<Vec<Members<'_>>>("data")?;
        let mut answer = Answer { feed, form: self, now: raw.now, seen: HashSet::new(), decoded: Decoded::default() };
        let mut maps = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            maps.push(row.read::<Option<Members<'_>>>("dataItemMap").map_err(|error| in_row(index, error))?);
        }
        check_columns(&feed.columns, maps.iter().flatten())?;
        for (index, (row, map)) in rows.iter().zip(&maps).enumerate() {
            answer.take(index, row, map.as_ref()).map_err(|error| in_row(index, error))?;
        }
        Ok(answer.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        let members: Members<'_> = serde_json::from_slice(body).ok()?;
        match refuse_error(&members) {
            Err(DecodeError::Provider { reason }) => Some(reason),
            Err(DecodeError::LoggedOut) => Some("not logged in".to_owned()),
            _ => None,
        }
    }

    /// An account that is wrong stays so until somebody mends it, and five wrong passwords lock it; a quota is of an
    /// hour or a day.
    fn window(&self, words: &str, _: DateTime<Utc>) -> Option<Duration> {
        const HOUR: Duration = Duration::from_secs(3_600);
        let code = words.strip_prefix(FAIL_CODE)?.split([' ', ':']).next()?;
        match code {
            "407" | "gateway" => Some(HOUR),
            "401" | "20001" | "20002" | "20003" | "20400" | "20403" => Some(24 * HOUR),
            _ => None,
        }
    }
}

impl FusionSolarForm {
    fn path(&self) -> &'static str {
        match self.interface {
            Interface::StationHour => "getKpiStationHour",
            Interface::StationDay => "getKpiStationDay",
            Interface::DeviceHistory => "getDevHistoryKpi",
        }
    }

    fn login(&self, wanted: &Wanted<'_>) -> Request {
        let code = wanted.key.map_or("", |key| key.secret.reveal());
        let body = json!({ "userName": self.user, "systemCode": code }).to_string();
        Request { role: Role::Login, ..self.post(wanted, "login", body) }
    }

    fn post(&self, wanted: &Wanted<'_>, name: &str, body: String) -> Request {
        let mut url = wanted.request(Zone::utc()).url;
        below(&mut url, ["thirdData", name]);
        Request { body: Some(body), ..Request::get(url, None) }
    }

    /// A body for each local day, local month or three days that hold what is wanted.
    fn bodies(&self, names: &str, wanted: &Wanted<'_>) -> Vec<String> {
        let from = wanted.from.max(wanted.now - HISTORY);
        if self.interface == Interface::DeviceHistory {
            let start = floor(from, TimeDelta::seconds(FIVE_MINUTES_S));
            let body = |(start, end): (DateTime<Utc>, DateTime<Utc>)| {
                let [start_ms, end_ms] = [start, end].map(|at| at.timestamp() * 1_000);
                let times = format!(r#""startTime":{start_ms},"endTime":{end_ms}"#);
                format!(r#"{{"devIds":"{names}","devTypeId":{},{times}}}"#, self.device_type)
            };
            return by_length(start, wanted.to, DEVICE_SPAN).into_iter().map(body).collect();
        }
        let [mut date, last] = [from, wanted.to].map(|at| self.day.date_of(at));
        if self.interface == Interface::StationDay {
            date = date.with_day(1).unwrap_or(date);
        }
        let next = |date: NaiveDate| match self.interface {
            Interface::StationDay => date.checked_add_months(Months::new(1)),
            _ => date.checked_add_days(Days::new(1)),
        };
        let dates = std::iter::successors(Some(date), |date| next(*date)).take_while(|date| *date <= last);
        let body = |date| {
            let begins_ms = self.day.begin(date).timestamp() * 1_000;
            format!(r#"{{"stationCodes":"{names}","collectTime":{begins_ms}}}"#)
        };
        dates.map(body).collect()
    }

    /// What a stamp begins.
    fn span(&self, at: DateTime<Utc>) -> Result<Span, String> {
        let seconds = match self.interface {
            Interface::StationHour => 3_600,
            Interface::DeviceHistory => FIVE_MINUTES_S,
            Interface::StationDay => {
                let (start, end) = self.day.interval(self.day.date_of(at));
                if start != at {
                    return Err(format!(
                        "the stamp begins no day in {}: the plant's zone is another",
                        self.zone.name()
                    ));
                }
                return Ok(Span { start, end, told: end });
            }
        };
        // Zones differ by whole quarters of an hour.
        if at.timestamp() % seconds.min(900) != 0 {
            return Err("the stamp begins no interval".to_owned());
        }
        let end = at + TimeDelta::seconds(seconds);
        Ok(Span { start: at, end, told: end })
    }
}

/// How a failure's words begin.
const FAIL_CODE: &str = "failCode ";

/// HTTP says 200 for almost everything: the answer says what it is.
fn refuse_error(members: &Members<'_>) -> Result<(), DecodeError> {
    let provider = |reason: String| DecodeError::Provider { reason: reason.chars().take(300).collect() };
    if let Some(code) = members.get("errorCode") {
        let info = members.read::<Cow<'_, str>>("exceptionInfo").unwrap_or_default();
        return Err(provider(format!("{FAIL_CODE}gateway {}: {info}", code.get().trim_matches('"'))));
    }
    let success = members.read::<bool>("success")?;
    let code = members.read::<i64>("failCode")?;
    if success && code == 0 {
        return Ok(());
    }
    let meaning = match code {
        305..=307 => return Err(DecodeError::LoggedOut),
        401 => "no right to this interface: tell the account's owner",
        407 => "asked too often",
        20_001..=20_003 | 20_400 | 20_403 => "the account: check user and password",
        20_004 | 20_200 => "the server is busy",
        20_009 => "this number is not configured for the plant",
        20_010..=20_017 | 20_026 | 20_027 | 30_032 => "the request is not taken",
        _ => "it failed",
    };
    let word = |name: &str| members.read::<Cow<'_, str>>(name).ok().filter(|text| !text.is_empty());
    let words = word("message").or_else(|| word("data")).map_or(String::new(), |words| format!(" ({words})"));
    Err(provider(format!("{FAIL_CODE}{code}: {meaning}{words}")))
}

fn in_row(index: usize, error: DecodeError) -> DecodeError {
    inside(&format!("data[{index}]"), error)
}

/// An answer while its rows are read: unordered, of all plants.
struct Answer<'a> {
    feed: &'a FeedSettings,
    form: &'a FusionSolarForm,
    now: Option<DateTime<Utc>>,
    seen: HashSet<(Arc<str>, i64)>,
    decoded: Decoded,
}

impl Answer<'_> {
    fn take(&mut self, index: usize, row: &Members<'_>, map: Option<&Members<'_>>) -> Result<(), DecodeError> {
        let code: Cow<'_, str> = match self.form.interface {
            Interface::DeviceHistory => row.read::<i64>("devId")?.to_string().into(),
            _ => row.read("stationCode")?,
        };
        let stamp_ms = row.read::<i64>("collectTime")?;
        let Some(station) = self.feed.stations.iter().find(|station| *station.name == *code) else { return Ok(()) };
        let at = Some(stamp_ms).filter(|stamp| YEARS.contains(stamp) && stamp % 1_000 == 0);
        let at = at.and_then(DateTime::from_timestamp_millis);
        let at = at.ok_or_else(|| DecodeError::schema("collectTime", format!("{stamp_ms} is not a time")))?;
        if !self.seen.insert((station.name.clone(), stamp_ms)) {
            return Err(DecodeError::schema("collectTime", format!("{code} has {stamp_ms} twice")));
        }
        let place = |name: &str| format!("data[{index}].{name}");
        let span = match self.form.span(at) {
            Ok(span) => span,
            Err(reason) => {
                self.decoded.refused.push(Refused::row(place("collectTime"), reason).at(&station.name));
                return Ok(());
            }
        };
        if is_forecast(span.told, self.now) {
            let reason = "its interval is not over: it will be read again";
            self.decoded.refused.push(Refused::other(place("collectTime"), reason));
            return Ok(());
        }
        if let Some(reason) = self.form.refused_state(map)? {
            let refused = Refused::row(place("dataItemMap.inverter_state"), reason).at(&station.name);
            self.decoded.refused.push(refused.within(span.start, span.end));
            return Ok(());
        }
        for column in &self.feed.columns {
            self.value(column, station, span, map, &place("dataItemMap"))?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        column: &Column,
        station: &Station,
        span: Span,
        map: Option<&Members<'_>>,
        place: &str,
    ) -> Result<(), DecodeError> {
        let value = match map.and_then(|map| map.get(&column.name)).filter(|value| value.get() != "\"\"") {
            None => Ok(None),
            Some(value) => number_or_null(column, value, || format!("dataItemMap.{}", column.name))?,
        };
        match value {
            Ok(value) => {
                self.decoded.readings.push(reading(self.feed, column, &station.name, span, value, self.now));
            }
            Err(reason) => {
                let refused = Refused::row(format!("{place}.{}", column.name), reason).at(&station.name).of(column);
                self.decoded.refused.push(refused.within(span.start, span.end));
            }
        }
        Ok(())
    }
}

impl FusionSolarForm {
    /// Why the power of an inverter in its state does not count, if it does not.
    fn refused_state(&self, map: Option<&Members<'_>>) -> Result<Option<String>, DecodeError> {
        if self.interface != Interface::DeviceHistory {
            return Ok(None);
        }
        let text = map.and_then(|map| map.get("inverter_state")).map(RawValue::get);
        let state = match text {
            None | Some("null" | "\"\"") => None,
            Some(text) => {
                let whole = Fixed::parse(text).ok().map(Fixed::micros).filter(|micros| micros % Fixed::MICROS == 0);
                let whole = whole.map(|micros| micros / Fixed::MICROS);
                let none = || DecodeError::schema("dataItemMap.inverter_state", format!("`{text}` is no state"));
                Some(whole.ok_or_else(none)?)
            }
        };
        Ok(match state {
            Some(45_056) => Some("state 45056: there was no connection, so nothing was measured".to_owned()),
            Some(state @ (513 | 514 | 772)) if !self.curtailed => {
                Some(format!("state {state}: the power is limited, and the settings refuse it"))
            }
            None if !self.curtailed => {
                Some("there is no state, so nothing says that the power was not limited".to_owned())
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
