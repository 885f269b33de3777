//! SolarEdge: energy of one's own sites by the quarter hour, from the monitoring interface.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::{check_unit, check_word, inside, number_or_null};
use super::lines::is_whole;
use super::pieces::{by_length, floor};
use super::query::below;
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, choice, sent};
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider, time, words};
use crate::calendar::{Edge, Interval, TimeRule, Zone};
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::FeedSettings;
use crate::feed::wait::LONGEST;
use crate::quantity::Variable;

pub(super) static KIND: Kind = Kind {
    word: "solaredge",
    table: "solaredge",
    example: "{ api = \"v2\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| read_solaredge(node, context, faults).map(|form| Arc::new(form) as _),
};

static SENT: [Sent; 1] = [sent("energy", &[Variable::Energy], &["Wh"])];

const QUARTER_S: i64 = 900;
/// The longest span of quarter hours that one request may want.
const SPAN: TimeDelta = TimeDelta::hours(12);
/// The line of a key that is a token of the owner's, and no application's key.
const TOKEN: &str = "access_token";
/// Where an error says what is wrong.
const WORDS: [&str; 3] = ["detail", "title", "message"];

/// The version of the interface.
#[derive(Clone, Debug)]
enum SolarEdge {
    /// Its stamps carry their offset.
    V2,
    /// It was closed in November 2026; answers that were kept have stamps on the wall of the site.
    V1(Box<TimeRule>),
}

fn read_solaredge(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<SolarEdge> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the SolarEdge form", faults)?;
    let is_old = choice(&mut fields, "api", &[("v2", false), ("v1", true)], faults);
    let zone_node = fields.optional("zone");
    let zone = zone_node.and_then(|node| {
        let hint = "write the site's zone: an IANA name such as \"Europe/Berlin\"";
        time::zone(node, "Europe/Berlin", hint, faults)
    });
    match (is_old?, zone_node) {
        (true, None) => {
            let fault = Fault::new(fields.place(), "`zone` is missing: stamps of version 1 carry no offset");
            faults.push(fault.hint("add zone = \"Europe/Berlin\", the site's own"));
        }
        (false, Some(node)) => {
            let fault = Fault::new(&node.place, "stamps of version 2 carry their offset");
            faults.push(fault.hint("leave zone out; it is for kept answers of version 1"));
        }
        _ => {}
    }
    if is_old? && context.url.is_some() {
        let fault = Fault::new(context.place, "version 1 of SolarEdge's interface was closed in November 2026");
        faults.push(
            fault.hint("write api = \"v2\" and url = \"https://monitoringapi.solaredge.com/v2\"; it wants a new key"),
        );
    }
    fields.finish(faults);
    check_columns(context.columns, &SENT, "SolarEdge", faults);
    check_no_placeholders(context, "solaredge", "https://monitoringapi.solaredge.com/v2", faults);
    check_stations_apart(context, "the number of a site", "1234567", is_whole, faults)?;
    if faults.len() > before {
        return None;
    }
    Some(match zone {
        None => SolarEdge::V2,
        Some(zone) => {
            let rule = time::rule("%Y-%m-%d %H:%M:%S", zone, Edge::Begin, Interval::Fixed(QUARTER_S));
            SolarEdge::V1(Box::new(rule))
        }
    })
}

impl Provider for SolarEdge {
    fn interval(&self) -> Interval {
        Interval::Fixed(QUARTER_S)
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let site = &wanted.station.expect("each station is asked by itself").name;
        let quarter = TimeDelta::seconds(QUARTER_S);
        let ask = |(start, end): (DateTime<Utc>, DateTime<Utc>)| {
            let mut request = wanted.request(Zone::utc());
            below(&mut request.url, ["sites", site, "energy"]);
            let written = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            request.url.query_pairs_mut().extend_pairs([
                ("resolution", "QUARTER_HOUR"),
                ("unit", "WH"),
                ("from", &written(start)),
                // A quarter hour in which the span ends is told whole.
                ("to", &written(end - TimeDelta::seconds(1))),
            ]);
            match wanted.key.map(|key| (key.secret.part(TOKEN), key.secret.reveal())) {
                Some((Some(token), _)) => request.header("authorization", format!("Bearer {token}")),
                Some((None, key)) => request.header("X-API-Key", key),
                None => request,
            }
        };
        by_length(floor(wanted.from, quarter), floor(wanted.to, quarter), SPAN).into_iter().map(ask).collect()
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        let (series, form) = match self {
            Self::V2 => (members, ["resolution", "QUARTER_HOUR", "WH", "timestamp"]),
            Self::V1(_) => (members.read("energy")?, ["timeUnit", "QUARTER_OF_AN_HOUR", "Wh", "date"]),
        };
        let [resolution, quarter_hours, watt_hours, stamp] = form;
        if let (None, Some(reason)) = (series.get("values"), words::words(&series, &WORDS)) {
            return Err(DecodeError::Provider { reason });
        }
        let column = feed.columns.first().expect("the settings have one");
        check_unit(column, watt_hours, &series.read::<Cow<'_, str>>("unit")?)?;
        check_word(&series, resolution, quarter_hours)?;
        let mut told = Told::new(feed, raw);
        let mut last = None;
        for (index, row) in series.read::<Vec<Members<'_>>>("values")?.iter().enumerate() {
            let place = format!("values[{index}]");
            let text: Cow<'_, str> = row.read(stamp).map_err(|error| inside(&place, error))?;
            let start = match self.start(&text, &place)? {
                Ok(start) => start,
                Err(reason) => {
                    told.refuse(place, reason);
                    continue;
                }
            };
            if last.is_some_and(|last| start <= last) {
                return Err(DecodeError::schema(place, "its stamp is not after the one before"));
            }
            last = Some(start);
            let value = row.read("value").map_err(|error| inside(&place, error))?;
            let value = number_or_null(column, value, || format!("{place}.value"))?;
            told.take(column, (start, start + TimeDelta::seconds(QUARTER_S)), value, || place);
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words::words_of_body(body, &WORDS)
    }

    /// With the month's credits spent nothing helps but the next month; the day of a cycle is not told.
    fn window(&self, words: &str, _: DateTime<Utc>) -> Option<Duration> {
        let words = words.to_ascii_lowercase();
        let is_spent = ["credit", "month"].iter().any(|word| words.contains(word));
        is_spent.then_some(LONGEST)
    }
}

impl SolarEdge {
    /// When the quarter hour of a stamp begins, or why nothing does that can be told.
    ///
    /// # Errors
    /// Where it is no such stamp.
    fn start(&self, text: &str, place: &str) -> Result<Result<DateTime<Utc>, String>, DecodeError> {
        let start = match self {
            Self::V1(rule) => match rule.interval(text) {
                Ok((start, _)) => start,
                Err(reason) => return Ok(Err(reason)),
            },
            Self::V2 => {
                let at = DateTime::parse_from_rfc3339(text).ok().filter(|at| at.timestamp_subsec_nanos() == 0);
                let none = || DecodeError::schema(place, format!("`{}` is no time with offset", text.escape_debug()));
                at.ok_or_else(none)?.to_utc()
            }
        };
        if start.timestamp() % QUARTER_S != 0 {
            return Err(DecodeError::schema(place, format!("`{}` begins no quarter hour", text.escape_debug())));
        }
        Ok(Ok(start))
    }
}

#[cfg(test)]
mod tests;
