//! b-decks in the form of the Automated Tropical Cyclone Forecast: one agency's working best track.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};

use super::sent::{Sent, check_columns, check_no_placeholders, sent};
use super::storm::{self, Fixes};
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused};
use crate::feed::settings::{Column, FeedSettings};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "atcf",
    table: "atcf",
    example: "{}",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| read_atcf(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How a b-deck is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AtcfForm {
    /// The stages whose fixes count; all where none is named.
    types: Vec<String>,
}

const COLUMNS: [Sent; 4] = [
    sent("LAT", &[Variable::StormLatitude], &["deg"]),
    sent("LON", &[Variable::StormLongitude], &["deg"]),
    sent("VMAX", &[Variable::StormWind], &["kt"]),
    sent("MSLP", &[Variable::StormPressure], &["mbar", "hPa"]),
];

const TYPES: [&str; 18] =
    ["DB", "TD", "TS", "TY", "ST", "TC", "HU", "SD", "SS", "EX", "PT", "MD", "IN", "DS", "LO", "WV", "ET", "XX"];

/// Rows of one number that lie further apart are of two years.
const SAME_STORM: TimeDelta = TimeDelta::days(30);

fn read_atcf(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<AtcfForm> {
    let mut fields = Fields::of(node, "the ATCF form", faults)?;
    let types = fields.optional("types").map_or(Some(Vec::new()), |node| {
        let items = node.list("a list of types such as [\"TS\", \"TY\"]", faults)?;
        let mut types = Vec::new();
        for item in items {
            let word = item.text("a type such as \"TY\"", faults)?;
            if !TYPES.contains(&word) {
                let near = did_you_mean(word, TYPES).map_or(String::new(), |near| format!("did you mean `{near}`? "));
                let fault = Fault::new(&item.place, format!("`{word}` is no type of a storm"));
                faults.push(fault.hint(format!("{near}types are: {}", TYPES.join(", "))));
                return None;
            }
            types.push(word.to_owned());
        }
        Some(types)
    });
    fields.finish(faults);
    check_columns(context.columns, &COLUMNS, "a b-deck", faults);
    check_no_placeholders(context, "atcf", "https://host/bwp012026.dat", faults);
    Some(AtcfForm { types: types? })
}

impl Provider for AtcfForm {
    fn interval(&self) -> Interval {
        Interval::Instant
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        let mut fixes = Fixes::new(feed, raw.now, |line| format!("line {line}"));
        let mut storms = Storms::default();
        let (mut refused, mut best) = (Vec::new(), false);
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            if line.trim().is_empty() {
                continue;
            }
            let taken = match Row::read(line) {
                Ok(row) => {
                    best = true;
                    self.take(feed, number, &row, &mut storms, &mut fixes)
                }
                Err(reason) => Err(reason),
            };
            if let Err(reason) = taken {
                refused.push(Refused::row(format!("line {number}"), reason));
            }
        }
        if !best {
            let reason = refused.first().map_or("it is empty", |refused| &refused.reason);
            return Err(DecodeError::schema("the file", format!("no line is of a best track; of the first: {reason}")));
        }
        Ok(fixes.finish(refused))
    }
}

impl AtcfForm {
    fn take(
        &self,
        feed: &FeedSettings,
        number: u64,
        row: &Row<'_>,
        storms: &mut Storms,
        fixes: &mut Fixes<'_>,
    ) -> Result<(), String> {
        let id = storms.id(row);
        if !self.types.is_empty() && !self.types.iter().any(|known| known == row.stage) {
            return Ok(());
        }
        let values = feed.columns.iter().map(|column| row.value(column)).collect();
        fixes.take(number, &id, row.at, values, Vintage::Provisional);
        Ok(())
    }
}

/// A row of a best track. Of one instant there are up to three, one for each threshold of wind.
struct Row<'a> {
    basin: &'a str,
    number: &'a str,
    at: DateTime<Utc>,
    fields: Vec<&'a str>,
    stage: &'a str,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Result<Self, String> {
        if !line.ends_with('\n') {
            return Err("the line has no end: the file may be cut off".to_owned());
        }
        let fields: Vec<_> = line.split(',').map(str::trim).collect();
        let [basin, number, stamp, minute, technique, hours, _, _, _, ..] = fields[..] else {
            return Err(format!("the line has {} fields, fewer than 9", fields.len()));
        };
        if technique != "BEST" || hours.parse() != Ok(0) {
            return Err(format!("`{technique}` at {hours} h is a forecast, and a forecast is no reading"));
        }
        let plain = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain(basin) || !plain(number) {
            return Err(format!("`{basin}{number}` is no storm"));
        }
        let minute = match minute {
            "" => "00",
            minute if minute.len() == 2 => minute,
            _ => return Err(format!("`{minute}` is no minute")),
        };
        let digits = stamp.len() == 10 && stamp.bytes().chain(minute.bytes()).all(|byte| byte.is_ascii_digit());
        let at = NaiveDateTime::parse_from_str(&format!("{stamp}{minute}"), "%Y%m%d%H%M").ok().filter(|_| digits);
        let at = at.ok_or_else(|| format!("`{stamp}` and {minute} min is no time"))?.and_utc();
        let stage = fields.get(10).copied().unwrap_or_default();
        Ok(Self { basin, number, at, fields, stage })
    }

    fn value(&self, column: &Column) -> Result<Option<Fixed>, String> {
        let at = ["LAT", "LON", "VMAX", "MSLP"].iter().position(|name| *name == column.name);
        let text = at.and_then(|at| self.fields.get(6 + at)).copied().unwrap_or_default();
        if text.is_empty() {
            return Ok(None);
        }
        let side = |plus: &str, minus: &str| {
            let north = text.strip_suffix(plus).map(storm::tenths);
            let south = || text.strip_suffix(minus).map(|text| storm::tenths(text).map(|text| format!("-{text}")));
            north.or_else(south).unwrap_or_else(|| Err(format!("`{}`: `{text}` is no position", column.name)))
        };
        match column.variable {
            Variable::StormLatitude => storm::value(column, &side("N", "S")?),
            Variable::StormLongitude => storm::value(column, &side("E", "W")?),
            _ => storm::value(column, text),
        }
    }
}

/// The names of storms, `WP092026`: rows say basin and number, and the year is that of the season of the first.
#[derive(Default)]
struct Storms(HashMap<(String, String), (DateTime<Utc>, String)>);

impl Storms {
    fn id(&mut self, row: &Row<'_>) -> String {
        let key = (row.basin.to_owned(), row.number.to_owned());
        if let Some((last, id)) = self.0.get_mut(&key)
            && (row.at - *last).abs() <= SAME_STORM
        {
            *last = row.at;
            return id.clone();
        }
        // South of the equator a season begins in July.
        let south = row.basin == "SH" && row.at.month() >= 7;
        let id = format!("{}{}{}", row.basin, row.number, row.at.year() + i32::from(south));
        self.0.insert(key, (row.at, id.clone()));
        id
    }
}

#[cfg(test)]
mod tests;
