//! Enphase, version 4: energy of one's own systems, from their meters by the quarter hour, from their microinverters by
//! five minutes.

mod settings;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;
use serde_json::value::RawValue;

use super::answer::{check_columns, check_word, inside, number_or_null};
use super::pieces::{by_length, ceiling, floor};
use super::query::below;
use super::told::Told;
use super::{KeyUse, Kind, Provider, login, words};
use crate::calendar::{Interval, Zone};
use crate::feed::address::UrlTemplate;
use crate::feed::decode::{DecodeError, Decoded, Raw};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Instead, Reply, Request, Wanted};
use crate::feed::secret::Secret;
use crate::feed::settings::FeedSettings;
use crate::feed::wait::LONGEST;

pub(super) static KIND: Kind = Kind {
    word: "enphase",
    table: "enphase",
    example: "{ telemetry = \"production_meter\", partial = \"refuse\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| settings::read_enphase(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How far back history reaches.
const HISTORY: TimeDelta = TimeDelta::days(730);
/// Lines of the key.
const API_KEY: &str = "api_key";
const TOKEN: &str = "access_token";
/// Where a login is asked for, on the server.
const LOGIN: &str = "/oauth/token";
const CLIENT_SECRET: &str = "client_secret";
const PASSWORD: &str = "password";

#[derive(Clone, Debug)]
struct Enphase {
    telemetry: Telemetry,
    /// Whether a sum counts to which not every device has added.
    uses_partial: bool,
    /// None where the key has a token.
    log_in: Option<LogIn>,
}

/// Who logs in; the rest is in the key.
#[derive(Clone, Debug)]
struct LogIn {
    user: String,
    client: String,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telemetry {
    /// All production meters together.
    Meters,
    /// All microinverters together.
    Micros,
    /// The revenue-grade meters together.
    RevenueGrade,
}

impl Telemetry {
    const ALL: [Self; 3] = [Self::Meters, Self::Micros, Self::RevenueGrade];

    fn word(self) -> &'static str {
        match self {
            Self::Meters => "production_meter",
            Self::Micros => "production_micro",
            Self::RevenueGrade => "rgm_stats",
        }
    }

    /// The length of its intervals.
    fn every_s(self) -> i64 {
        if self == Self::Micros { 300 } else { 900 }
    }

    /// The longest span of a request.
    fn span(self) -> TimeDelta {
        TimeDelta::days(if self == Self::Micros { 1 } else { 7 })
    }

    /// How a request and its answer name that span; the revenue-grade meters are asked for an end instead.
    fn granularity(self) -> Option<&'static str> {
        match self {
            Self::Meters => Some("week"),
            Self::Micros => Some("day"),
            Self::RevenueGrade => None,
        }
    }
}

impl Provider for Enphase {
    fn interval(&self) -> Interval {
        Interval::Fixed(self.telemetry.every_s())
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn check_key(&self, key: &Secret) -> Result<(), String> {
        login::check_lines(key, &[API_KEY], ", the application's key")?;
        match (key.part(TOKEN), &self.log_in) {
            (Some(_), _) => Ok(()),
            (None, None) => Err(format!(
                "the key has no line `{TOKEN} = …`; to log in instead, the settings need `user` and `client`"
            )),
            (None, Some(_)) => login::check_lines(key, &[CLIENT_SECRET, PASSWORD], ", and a login needs it"),
        }
    }

    fn leads_to(&self, home: &UrlTemplate, asked: &Url) -> bool {
        self.log_in.is_some() && asked.path() == LOGIN && home.is_server_of(asked)
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let secret = wanted.key.map(|key| &key.secret);
        let own = secret.and_then(|secret| secret.part(TOKEN));
        let Some(token) = own.or(wanted.token.as_ref().map(Secret::reveal)) else {
            return self.login(wanted).into_iter().collect();
        };
        let system = &wanted.station.expect("each station is asked by itself").name;
        let step = TimeDelta::seconds(self.telemetry.every_s());
        let ask = |(start, end): (DateTime<Utc>, DateTime<Utc>)| {
            let mut request = wanted.request(Zone::utc());
            let part = (self.telemetry != Telemetry::RevenueGrade).then_some("telemetry");
            below(&mut request.url, ["systems", system].into_iter().chain(part).chain([self.telemetry.word()]));
            let request = request.query("start_at", &start.timestamp().to_string());
            let request = match self.telemetry.granularity() {
                Some(granularity) => request.query("granularity", granularity),
                None => request.query("end_at", &end.timestamp().to_string()),
            };
            let key = secret.and_then(|secret| secret.part(API_KEY)).unwrap_or_default();
            request.query("key", key).header("authorization", format!("Bearer {token}"))
        };
        let from = floor(wanted.from, step).max(ceiling(wanted.now - HISTORY, step));
        by_length(from, floor(wanted.to, step), self.telemetry.span()).into_iter().map(ask).collect()
    }

    /// A span in which the system did not report is refused.
    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, words: &str) -> Instead {
        match status {
            422 if words.contains("date range is invalid") => Instead::DoWithout,
            _ => login::instead(wanted, request, status),
        }
    }

    fn token(&self, reply: &Reply<'_>) -> Result<Option<Secret>, DecodeError> {
        login::token(reply, TOKEN)
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        if let (None, Some(reason)) = (members.get("intervals"), reason(&members)) {
            return Err(DecodeError::Provider { reason });
        }
        let mut told = Told::new(feed, raw);
        let system = members.read::<i64>("system_id")?.to_string();
        if system != **told.station {
            return Err(DecodeError::OtherPlace { station: told.station.clone(), got: system });
        }
        if let Some(granularity) = self.telemetry.granularity() {
            check_word(&members, "granularity", granularity)?;
        }
        let devices = members.read::<i64>("total_devices")?;
        let rows = members.read::<Vec<Members<'_>>>("intervals")?;
        check_columns(&feed.columns, rows.iter())?;
        let mut last = None;
        for (index, row) in rows.iter().enumerate() {
            let place = format!("intervals[{index}]");
            let end = self.end(row, &place)?;
            if last.is_some_and(|last| end <= last) {
                return Err(DecodeError::schema(place, "its end is not after the one before"));
            }
            last = Some(end);
            let reporting = row.read::<i64>("devices_reporting").map_err(|error| inside(&place, error))?;
            for column in &feed.columns {
                let place = || format!("{place}.{}", column.name);
                let value = row.get(&column.name).map_or(Ok(Ok(None)), |value| number_or_null(column, value, place))?;
                let value = match value {
                    Ok(Some(_)) if reporting < devices && !self.uses_partial => {
                        Err(format!("`{}`: {reporting} of {devices} devices reported, so it is not whole", column.name))
                    }
                    value => value,
                };
                let interval = (end - TimeDelta::seconds(self.telemetry.every_s()), end);
                told.take(column, interval, value, place);
            }
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        reason(&serde_json::from_slice(body).ok()?)
    }

    /// Until the minute or the month ends; a day at most, then it is asked again.
    fn window(&self, words: &str, now: DateTime<Utc>) -> Option<Duration> {
        let ends = words.rsplit_once(UNTIL)?.1.parse().ok().and_then(|at| DateTime::from_timestamp(at, 0))?;
        Some((ends - now).to_std().unwrap_or_default().min(LONGEST))
    }
}

/// What stands before the instant at which a quota is there again.
const UNTIL: &str = ", spent until ";

/// The provider's own words about what is wrong.
fn reason(members: &Members<'_>) -> Option<String> {
    let told = ["message", "details", "error", "error_description", "errorMessages"];
    let told: Vec<_> = told.iter().filter_map(|name| words::words(members, &[name])).collect();
    let mut reason = (!told.is_empty()).then(|| told.join(": "))?;
    if let (Ok(period), Ok(end)) = (members.read::<Cow<'_, str>>("period"), members.read::<i64>("period_end")) {
        reason += &format!(", by the {period}{UNTIL}{end}");
    }
    Some(reason)
}

impl Enphase {
    /// The account's name and password for a token, as partners log in.
    fn login(&self, wanted: &Wanted<'_>) -> Option<Request> {
        let (LogIn { user, client }, secret) = (self.log_in.as_ref()?, &wanted.key?.secret);
        let part = |name| secret.part(name).unwrap_or_default();
        let mut url = wanted.request(Zone::utc()).url;
        url.set_path(LOGIN);
        url.query_pairs_mut().clear().extend_pairs([
            ("grant_type", "password"),
            ("username", user),
            ("password", part(PASSWORD)),
        ]);
        let who = Base64::encode_string(format!("{client}:{}", part(CLIENT_SECRET)).as_bytes());
        Some(login::post(url).header("authorization", format!("Basic {who}")))
    }

    /// When the interval of a row ends.
    fn end(&self, row: &Members<'_>, place: &str) -> Result<DateTime<Utc>, DecodeError> {
        let written: &RawValue = row.read("end_at").map_err(|error| inside(place, error))?;
        let seconds = written.get().parse::<i64>().ok().filter(|seconds| seconds % self.telemetry.every_s() == 0);
        let end = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let end = end.filter(|end| YEARS.contains(&end.timestamp()));
        end.ok_or_else(|| DecodeError::schema(format!("{place}.end_at"), "this is the end of no interval"))
    }
}

/// Ends outside of these years are none, in seconds since 1970.
const YEARS: std::ops::Range<i64> = 946_684_800..4_102_444_800;

#[cfg(test)]
mod tests;
