//! The best tracks of the China Meteorological Administration: a header and rows for each storm of a year.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use super::lines::is_digits;
use super::sent::{Sent, check_columns, check_no_placeholders, choice, sent};
use super::storm::{self, Fixes};
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::document::{Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw};
use crate::feed::settings::{Column, FeedSettings};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "cma-best-track",
    table: "cma_best_track",
    example: "{ second_centres = \"pass over\" }",
    key: KeyUse::Never,
    tells_vintage: true,
    read: |node, context, faults| read_cma(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How a file of best tracks is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CmaForm {
    /// Whether the second centre of a storm is a storm too.
    second_centres: bool,
}

const COLUMNS: [Sent; 4] = [
    sent("LAT", &[Variable::StormLatitude], &["deg"]),
    sent("LONG", &[Variable::StormLongitude], &["deg"]),
    sent("PRES", &[Variable::StormPressure], &["hPa"]),
    sent("WND", &[Variable::StormWind], &["m/s"]),
];

fn read_cma(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<CmaForm> {
    let mut fields = Fields::of(node, "the CMA form", faults)?;
    let second_centres = choice(&mut fields, "second_centres", &[("pass over", false), ("use", true)], faults);
    fields.finish(faults);
    check_columns(context.columns, &COLUMNS, "a CMA best track", faults);
    check_no_placeholders(context, "cma-best-track", "https://host/CH2025BST.txt", faults);
    Some(CmaForm { second_centres: second_centres? })
}

impl Provider for CmaForm {
    fn interval(&self) -> Interval {
        Interval::Instant
    }

    /// A file is taken whole or not at all: what is wrong in it may be a shift of its columns.
    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        if !text.ends_with('\n') {
            return Err(DecodeError::schema("the last line", "it has no end: the file may be cut off"));
        }
        let mut fixes = Fixes::new(feed, raw.now, |line| format!("line {line}"));
        let mut ids = HashSet::new();
        let mut storm: Option<Storm> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let tokens: Vec<_> = line.split_whitespace().collect();
            let fault = |what: String| DecodeError::schema(format!("line {number}"), what);
            match (&mut storm, &tokens[..]) {
                (_, []) => {}
                (Some(storm), [stamp, rest @ ..]) if storm.left > 0 => {
                    if *stamp == MARK {
                        return Err(storm.too_few());
                    }
                    let at = instant(stamp).map_err(fault)?;
                    if storm.id.is_empty() {
                        storm.id = storm.header.id(at);
                        if !ids.insert(storm.id.clone()) {
                            return Err(fault(format!("the storm {} is there twice", storm.id)));
                        }
                    }
                    storm.left -= 1;
                    let values = feed.columns.iter().map(|column| value(column, rest).map_err(fault));
                    let values = values.collect::<Result<Vec<_>, _>>()?.into_iter().map(Ok).collect();
                    if self.second_centres || storm.header.centre.is_empty() {
                        fixes.take(number, &storm.id, at, values, Vintage::Final);
                    }
                }
                (_, [mark, rest @ ..]) if *mark == MARK => {
                    let header = Header::read(rest).map_err(fault)?;
                    storm = Some(Storm { left: header.rows, id: String::new(), line: number, header });
                }
                (Some(storm), _) => return Err(fault(format!("the storm has more than {} rows", storm.header.rows))),
                (None, _) => {
                    return Err(fault("this is no header of a CMA best track: it begins with 66666".to_owned()));
                }
            }
        }
        match storm {
            Some(storm) if storm.left > 0 => Err(storm.too_few()),
            _ => Ok(fixes.finish(Vec::new())),
        }
    }
}

/// A header begins so.
const MARK: &str = "66666";

/// A storm whose rows are being read.
struct Storm {
    header: Header,
    line: u64,
    /// Known with its first row.
    id: String,
    left: usize,
}

impl Storm {
    fn too_few(&self) -> DecodeError {
        let rows = self.header.rows;
        let what =
            format!("{} of the {rows} rows that this header announces are there: the file is cut", rows - self.left);
        DecodeError::schema(format!("line {}", self.line), what)
    }
}

struct Header {
    rows: usize,
    /// Of the year, depressions counted.
    serial: String,
    /// Year and number within it; `0000` of one without.
    number: String,
    /// `(-1)1` of a secondary centre.
    centre: String,
}

impl Header {
    fn read(tokens: &[&str]) -> Result<Self, String> {
        let [international, rows, serial, number, end, hours, name @ .., made] = tokens else {
            return Err("the header has fewer than eight fields".to_owned());
        };
        if ![*international, *serial, *number].iter().all(|text| is_digits(text, 4)) || !is_digits(end, 1) {
            return Err("the header's numbers are not of four digits, or its end flag is not one digit".to_owned());
        }
        if NaiveDate::parse_from_str(made, "%Y%m%d").is_err() || hours.parse::<u8>().is_err() {
            return Err(format!("the header does not end in the date on which it was made: `{made}`"));
        }
        let rows = rows.parse().ok().filter(|rows| (1..10_000).contains(rows));
        let rows = rows.ok_or_else(|| "the header does not say how many rows there are".to_owned())?;
        let name = name.join(" ");
        let centre = name.find("(-1)").map_or("", |at| &name[at..]);
        let centre = centre.split(' ').next().unwrap_or_default();
        Ok(Self { rows, serial: (*serial).to_owned(), number: (*number).to_owned(), centre: centre.to_owned() })
    }

    /// The year's storm by its serial number. One that is numbered begins at times in the last days of the year before.
    fn id(&self, first: DateTime<Utc>) -> String {
        let two = |year: i32| format!("{:02}", year.rem_euclid(100));
        let next = self.number != "0000" && self.number.starts_with(&two(first.year() + 1));
        format!("{}-{}{}", first.year() + i32::from(next), self.serial, self.centre)
    }
}

fn instant(stamp: &str) -> Result<DateTime<Utc>, String> {
    let read = NaiveDateTime::parse_from_str(&format!("{stamp}00"), "%Y%m%d%H%M").ok().filter(|_| is_digits(stamp, 10));
    read.map(|at| at.and_utc()).ok_or_else(|| format!("`{stamp}` is not a time YYYYMMDDHH"))
}

/// A column of `grade, LAT, LONG, PRES, WND` and, at times, a second wind.
fn value(column: &Column, row: &[&str]) -> Result<Option<Fixed>, String> {
    let ([grade, latitude, longitude, pressure, wind] | [grade, latitude, longitude, pressure, wind, _]) = row else {
        return Err(format!("the row has {} fields, not 6 or 7", row.len() + 1));
    };
    if !matches!(*grade, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "9") {
        return Err(format!("`{grade}` is no grade of a storm"));
    }
    match column.name.as_str() {
        "LAT" => storm::value(column, &storm::tenths(latitude)?),
        "LONG" => storm::value(column, &storm::tenths(longitude)?),
        "PRES" => storm::value(column, pressure),
        _ => storm::value(column, wind),
    }
}

#[cfg(test)]
mod tests;
