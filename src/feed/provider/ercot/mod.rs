//! ERCOT, the grid of Texas: hourly means of its wind and solar power, as its public reports tell them again and again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use reqwest::Url;
use serde_json::value::RawValue;

use super::answer::number_or_null;
use super::query::below;
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations, choice, sent};
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider, lines, login, time, words};
use crate::calendar::{Interval, Zone};
use crate::document::{Faults, Fields, Node};
use crate::feed::address::UrlTemplate;
use crate::feed::decode::{DecodeError, Decoded, Raw};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Instead, Reply, Request, Wanted};
use crate::feed::secret::Secret;
use crate::feed::settings::FeedSettings;
use crate::quantity::Variable;

pub(super) static KIND: Kind = Kind {
    word: "ercot",
    table: "ercot",
    example: "{ report = \"wind\", user = \"ops@park.example\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| read_ercot(node, context, faults).map(|form| Arc::new(form) as _),
};

static SENT: [Sent; 1] = [sent("genSystemWide", &[Variable::Power], &["MW"])];

/// The only station: all of its grid.
const STATION: &str = "ERCOT";
/// Rows of a page; a day has about 1,500.
const PAGE: &str = "5000";
/// How many days after its own an hour is told again.
const TOLD_AGAIN: Days = Days::new(3);
const LOGIN: &str = "https://ercotb2c.b2clogin.com/ercotb2c.onmicrosoft.com/B2C_1_PUBAPI-ROPC-FLOW/oauth2/v2.0/token";
/// The application for which everybody logs in.
const CLIENT: &str = "fec253ea-0d06-4272-a5e6-b478baeecd70";
/// Lines of the key.
const SUBSCRIPTION: &str = "subscription_key";
const PASSWORD: &str = "password";
/// Fields of a row.
const POSTED: &str = "postedDatetime";
const DATE: &str = "deliveryDate";
const HOUR: &str = "hourEnding";
const REPEATED: &str = "DSTFlag";

/// A report, and the field that it has and no other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Report {
    Wind,
    Solar,
}

impl Report {
    fn path(self) -> [&'static str; 2] {
        match self {
            Self::Wind => ["np4-732-cd", "wpp_hrly_avrg_actl_fcast"],
            Self::Solar => ["np4-737-cd", "spp_hrly_avrg_actl_fcast"],
        }
    }

    fn own_field(self) -> &'static str {
        match self {
            Self::Wind => "STWPFSystemWide",
            Self::Solar => "STPPFSystemWide",
        }
    }
}

#[derive(Clone, Debug)]
struct Ercot {
    report: Report,
    user: String,
    zone: Zone,
}

fn read_ercot(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Ercot> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the ERCOT form", faults)?;
    let report = choice(&mut fields, "report", &[("wind", Report::Wind), ("solar", Report::Solar)], faults);
    let user = fields.text("user", "\"ops@park.example\"", faults).map(str::to_owned);
    fields.finish(faults);
    check_columns(context.columns, &SENT, "ERCOT", faults);
    check_no_placeholders(context, "ercot", "https://api.ercot.com/api/public-reports", faults);
    check_stations(context, "ERCOT, the whole grid", STATION, |name| name == STATION, faults)?;
    let zone = Zone::parse("America/Chicago").expect("the zone is known");
    (faults.len() == before).then_some(Ercot { report: report?, user: user?, zone })
}

impl Provider for Ercot {
    fn interval(&self) -> Interval {
        Interval::Fixed(3_600)
    }

    fn check_key(&self, key: &Secret) -> Result<(), String> {
        login::check_lines(key, &[SUBSCRIPTION, PASSWORD], "")
    }

    fn leads_to(&self, _: &UrlTemplate, asked: &Url) -> bool {
        let mut bare = asked.clone();
        bare.set_query(None);
        bare.as_str() == LOGIN
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let part = |name| wanted.key.and_then(|key| key.secret.part(name)).unwrap_or_default();
        let Some(token) = &wanted.token else { return vec![self.login(part(PASSWORD))] };
        let ask = |day: NaiveDate| {
            let mut request = wanted.request(Zone::utc());
            below(&mut request.url, self.report.path());
            let date = day.to_string();
            let again = day.checked_add_days(TOLD_AGAIN).unwrap_or(day);
            request.url.query_pairs_mut().extend_pairs([
                ("deliveryDateFrom", date.as_str()),
                ("deliveryDateTo", &date),
                ("postedDatetimeFrom", &format!("{date}T00:00:00")),
                ("postedDatetimeTo", &format!("{again}T00:00:00")),
                ("size", PAGE),
            ]);
            let request = request.header("Ocp-Apim-Subscription-Key", part(SUBSCRIPTION));
            request.header("authorization", format!("Bearer {}", token.reveal()))
        };
        let [first, last] = [wanted.from, wanted.to].map(|at| time::date(&self.zone, at));
        first.iter_days().take_while(|day| *day <= last).map(ask).collect()
    }

    /// A token lasts an hour.
    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, _: &str) -> Instead {
        login::instead(wanted, request, status)
    }

    fn token(&self, reply: &Reply<'_>) -> Result<Option<Secret>, DecodeError> {
        login::token(reply, "id_token")
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        if let (None, Some(reason)) = (members.get("fields"), reason(&members)) {
            return Err(DecodeError::Provider { reason });
        }
        let pages = members.read::<Members<'_>>("_meta")?.read::<i64>("totalPages")?;
        if pages > 1 {
            let what = format!("there are {pages} pages, and the rows of a day were to be on one");
            return Err(DecodeError::schema("_meta.totalPages", what));
        }
        let fields = members.read::<Vec<Members<'_>>>("fields")?;
        let names = fields.iter().map(|field| field.read("name")).collect::<Result<Vec<Cow<'_, str>>, _>>()?;
        let find = |name: &str| {
            let place = names.iter().position(|known| known == name);
            place.ok_or_else(|| lines::missing(name, names.iter().map(|known| &**known)))
        };
        find(self.report.own_field())?;
        let column = feed.columns.first().expect("the settings have one");
        let places = Places {
            all: names.len(),
            stamp: [find(POSTED)?, find(DATE)?, find(HOUR)?, find(REPEATED)?],
            value: find(&column.name)?,
        };
        let mut told = Told::new(feed, raw);
        let mut newest: BTreeMap<DateTime<Utc>, (NaiveDateTime, usize)> = BTreeMap::new();
        let rows = members.read::<Vec<Vec<&RawValue>>>("data")?;
        for (index, row) in rows.iter().enumerate() {
            let place = format!("data[{index}]");
            let (posted, local, repeated) = places.stamp(row, &place)?;
            // What was posted before an hour was over is its forecast.
            if posted < local + TimeDelta::hours(1) {
                continue;
            }
            match self.start(local, repeated) {
                Ok(start) => match newest.get(&start) {
                    Some((last, _)) if *last >= posted => {}
                    _ => drop(newest.insert(start, (posted, index))),
                },
                Err(reason) => told.refuse(place, reason),
            }
        }
        for (start, (_, index)) in newest {
            let place = || format!("data[{index}].{}", column.name);
            let value = number_or_null(column, rows[index][places.value], place)?;
            told.take(column, (start, start + TimeDelta::hours(1)), value, place);
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        reason(&serde_json::from_slice(body).ok()?)
    }

    /// Thirty requests a minute.
    fn window(&self, words: &str, _: DateTime<Utc>) -> Option<Duration> {
        let words = words.to_ascii_lowercase();
        let is_throttled = words.contains("throttled") || words.contains("rate limit");
        is_throttled.then(|| Duration::from_secs(60))
    }
}

fn reason(members: &Members<'_>) -> Option<String> {
    words::words(members, &["message", "error_description", "error_message", "error", "error_key"])
}

/// Where the fields of a row are.
struct Places {
    all: usize,
    stamp: [usize; 4],
    value: usize,
}

impl Places {
    /// When a row was posted, when its hour begins on the wall, and whether that is the second one of its name.
    fn stamp(&self, row: &[&RawValue], place: &str) -> Result<(NaiveDateTime, NaiveDateTime, bool), DecodeError> {
        if row.len() != self.all {
            let what = format!("the row has {} values, and there are {} fields", row.len(), self.all);
            return Err(DecodeError::schema(place, what));
        }
        let [posted, date, hour, repeated] = self.stamp.map(|place| row[place].get());
        let wrong = |name: &str, got: &str| {
            DecodeError::schema(format!("{place}.{name}"), format!("`{}` is none", got.escape_debug()))
        };
        let posted_at = posted.trim_matches('"').parse::<NaiveDateTime>().map_err(|_| wrong(POSTED, posted))?;
        let date_alone = date.trim_matches('"').trim_end_matches("T00:00:00");
        let day = date_alone.parse::<NaiveDate>().map_err(|_| wrong(DATE, date))?;
        let ending = hour.trim_matches('"').parse::<u32>().ok().filter(|ending| (1..=24).contains(ending));
        let ending = ending.ok_or_else(|| wrong(HOUR, hour))?;
        let repeated = match repeated {
            "true" => true,
            "false" => false,
            other => return Err(wrong(REPEATED, other)),
        };
        let local = day.and_hms_opt(ending - 1, 0, 0).expect("an hour of a day");
        Ok((posted_at, local, repeated))
    }
}

impl Ercot {
    fn login(&self, password: &str) -> Request {
        let mut url: Url = LOGIN.parse().expect("it is a URL");
        url.query_pairs_mut().extend_pairs([
            ("username", self.user.as_str()),
            ("password", password),
            ("grant_type", "password"),
            ("scope", &format!("openid {CLIENT} offline_access")),
            ("client_id", CLIENT),
            ("response_type", "id_token"),
        ]);
        login::post(url)
    }

    /// The instant of a time on the wall; of two of them the flag says which.
    fn start(&self, local: NaiveDateTime, repeated: bool) -> Result<DateTime<Utc>, String> {
        // Five hours behind Greenwich in summer, six in winter.
        let candidates = [5, 6].map(|hours| (local + TimeDelta::hours(hours)).and_utc());
        let fits: Vec<_> = candidates.into_iter().filter(|at| time::wall(&self.zone, *at) == local).collect();
        match (&fits[..], repeated) {
            ([first, _], false) => Ok(*first),
            ([_, second], true) => Ok(*second),
            ([only], false) => Ok(*only),
            ([_], true) => Err(format!("{local} is there once, and the flag says that it is the second one")),
            _ => Err(format!("{local} does not exist in {}, where the clocks change", self.zone.name())),
        }
    }
}

#[cfg(test)]
mod tests;
