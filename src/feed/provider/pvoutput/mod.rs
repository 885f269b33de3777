//! PVOutput: the status history of a photovoltaic system, day by day, as its owner uploads it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::lines::is_whole;
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, sent};
use super::time;
use super::told::Told;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Edge, Interval, TimeRule, Zone};
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, number};
use crate::feed::request::{Instead, Request, Wanted};
use crate::feed::settings::{FeedSettings, seconds};
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "pvoutput",
    table: "pvoutput",
    example: "{ zone = \"Australia/Sydney\", every = \"5 min\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| read_pvoutput(node, context, faults).map(|form| Arc::new(form) as _),
};

const ENERGY: &str = "energy";
const AVERAGE: &str = "average_power";

static SENT: [Sent; 2] = [sent(ENERGY, &[Variable::Energy], &["Wh"]), sent(AVERAGE, &[Variable::Power], &["W"])];

/// Fields of a record of the history, without and with the extended ones.
const WIDTHS: [usize; 2] = [11, 17];
const STAMP: &str = "%Y%m%d %H:%M";
/// Requests that a poll may use, of 60 an hour.
const MOST_DAYS: usize = 50;

#[derive(Clone, Debug)]
struct PvOutput {
    time: TimeRule,
    every_s: i64,
}

fn read_pvoutput(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<PvOutput> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the PVOutput form", faults)?;
    let zone = fields.required("zone", "\"Australia/Sydney\"", faults).and_then(|node| {
        let hint = "write the system's zone: an IANA name, or an offset such as \"+10:00\"";
        time::zone(node, "Australia/Sydney", hint, faults)
    });
    let every_s = fields.required("every", "\"5 min\"", faults).and_then(|node| {
        let every_s = seconds(node, 60, faults)?;
        if 3_600 % every_s != 0 {
            faults.push(Fault::new(&node.place, "an hour is no multiple of this").hint("write \"5 min\""));
            return None;
        }
        Some(every_s)
    });
    fields.finish(faults);
    check_columns(context.columns, &SENT, "PVOutput", faults);
    check_no_placeholders(context, "pvoutput", "https://pvoutput.org/service/r2/getstatus.jsp", faults);
    check_stations_apart(context, "the number of a system", "12345", is_whole, faults)?;
    if faults.len() > before {
        return None;
    }
    let every_s = every_s?;
    let time = time::rule(STAMP, zone?, Edge::End, Interval::Fixed(every_s));
    Some(PvOutput { time, every_s })
}

impl Provider for PvOutput {
    fn interval(&self) -> Interval {
        self.time.every.clone()
    }

    fn date_zone(&self) -> Zone {
        self.time.zone.clone()
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = &wanted.station.expect("each station is asked by itself").name;
        let [first, last] = [wanted.from, wanted.to].map(|at| time::date(&self.time.zone, at));
        let ask = |day: NaiveDate| {
            let mut request = wanted.request(self.time.zone.clone());
            let date = day.format("%Y%m%d").to_string();
            request.url.query_pairs_mut().extend_pairs([("d", date.as_str()), ("h", "1"), ("limit", "288")]);
            let request = request.header("X-Pvoutput-SystemId", &**station);
            match wanted.key {
                Some(key) => request.header("X-Pvoutput-Apikey", key.secret.reveal()),
                None => request,
            }
        };
        let days: Vec<_> = first.iter_days().take_while(|day| *day <= last).collect();
        days[days.len().saturating_sub(MOST_DAYS)..].iter().copied().map(ask).collect()
    }

    /// A day without a status is nothing.
    fn instead(&self, _: &Wanted<'_>, _: &Request, status: u16, words: &str) -> Instead {
        match status == 400 && words.contains("No status found") {
            true => Instead::Nothing,
            false => Instead::Fail,
        }
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?.trim_end();
        if !text.bytes().take(8).all(|byte| byte.is_ascii_digit()) {
            return Err(DecodeError::Provider { reason: first_line(text) });
        }
        let mut records = Vec::new();
        for (index, record) in text.trim_end_matches(';').split(';').enumerate() {
            let place = format!("record {}", index + 1);
            let fields: Vec<&str> = record.trim().split(',').collect();
            if !WIDTHS.contains(&fields.len()) {
                let what = format!("a record of the history has 11 or 17 fields, this one {}", fields.len());
                return Err(DecodeError::schema(place, what));
            }
            records.push((place, fields));
        }
        // The newest may come first.
        records.sort_by(|(_, one), (_, other)| one[..2].cmp(&other[..2]));
        if let Some(pair) = records.windows(2).find(|pair| pair[0].1[..2] == pair[1].1[..2]) {
            return Err(DecodeError::schema(&pair[1].0, "its time is there twice"));
        }
        let mut told = Told::new(feed, raw);
        let mut before: Option<Total> = None;
        for (place, fields) in &records {
            let interval = match self.time.interval(&format!("{} {}", fields[0], fields[1])) {
                Ok(interval) => interval,
                Err(reason) => {
                    told.refuse(place, reason);
                    before = None;
                    continue;
                }
            };
            let total = (fields[2] != "NaN").then(|| Total { date: fields[0], at: interval.1, text: fields[2] });
            for column in &feed.columns {
                let value = match column.name.as_str() {
                    AVERAGE if fields[5] == "NaN" => Ok(None),
                    AVERAGE => number(column, fields[5]).map(Some),
                    _ => match self.gain(before.as_ref(), total.as_ref()) {
                        Some(gain) => gain.map(Some),
                        None => continue,
                    },
                };
                told.take(column, interval, value, || place.clone());
            }
            before = total;
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        std::str::from_utf8(body).ok().filter(|text| !text.trim_start().starts_with('<')).map(first_line)
    }
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().chars().take(300).collect()
}

/// The energy of the day up to a status.
struct Total<'t> {
    date: &'t str,
    at: DateTime<Utc>,
    text: &'t str,
}

impl PvOutput {
    /// What was added since the status one interval before; nothing where there is none of the same day.
    fn gain(&self, before: Option<&Total<'_>>, now: Option<&Total<'_>>) -> Option<Result<Fixed, String>> {
        let (before, now) = before.zip(now)?;
        if before.date != now.date || now.at - before.at != TimeDelta::seconds(self.every_s) {
            return None;
        }
        let parse = |text: &str| Fixed::parse(text).map_err(|error| format!("`{ENERGY}`: {error}"));
        let gain = parse(now.text).and_then(|total| {
            let gain =
                total.minus(parse(before.text)?).map_err(|_| format!("`{ENERGY}`: {} is too large", now.text))?;
            if gain < Fixed::ZERO {
                return Err(format!("`{ENERGY}`: the total of the day fell from {} to {}", before.text, now.text));
            }
            Ok(gain)
        });
        Some(gain)
    }
}

#[cfg(test)]
mod tests;
