//! NEM12, the Australian market's file of metered energy: a row for each meter, register and day.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::lines::missing;
use super::sent::{check_column, check_no_placeholders, choice};
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, number, told_reading};
use crate::feed::settings::{Column, FeedSettings};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Unit, Variable};

pub(super) static KIND: Kind = Kind {
    word: "nem12",
    table: "nem12",
    example: "{ every = \"30 min\" }",
    key: KeyUse::Anywhere,
    tells_vintage: true,
    read: |node, context, faults| read_nem12(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How a meter file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Nem12Form {
    /// The length of the intervals that are read.
    every_min: i64,
}

const DAY_MIN: i64 = 1_440;
/// The market's time, all year.
const AHEAD_OF_UTC: TimeDelta = TimeDelta::hours(10);
/// Energy that a meter counts; others (Q, K) count reactive energy.
const ENERGY: [&str; 2] = ["E", "B"];

fn read_nem12(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Nem12Form> {
    let mut fields = Fields::of(node, "the NEM12 form", faults)?;
    let every = choice(&mut fields, "every", &[("30 min", 30), ("15 min", 15), ("5 min", 5)], faults);
    fields.finish(faults);
    check_no_placeholders(context, "nem12", "https://host/meters.csv", faults);
    for (column, place) in context.columns {
        let (direction, number) = column.name.split_at_checked(1).unwrap_or_default();
        if !ENERGY.contains(&direction) || !is_plain(number, 1) {
            let fault = Fault::new(place, format!("`{}` is no suffix of metered energy", column.name));
            faults.push(fault.hint("write E1 (taken from the grid), B1 (fed into it), or with another number"));
            continue;
        }
        check_column(column, place, &[Variable::Energy], &["kWh", "Wh", "MWh"], "NEM12", faults);
    }
    Some(Nem12Form { every_min: every? })
}

fn is_plain(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Provider for Nem12Form {
    fn interval(&self) -> Interval {
        Interval::Fixed(self.every_min * 60)
    }

    /// A file is taken whole or not at all: a value that is missing shifts those behind it.
    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        let mut file = Reader::new(feed, self, raw.now);
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let fields: Vec<_> = text.split(',').map(str::trim).collect();
            file.take(line, &fields)?;
        }
        file.finish()
    }
}

/// A file while it is read.
struct Reader<'a> {
    feed: &'a FeedSettings,
    form: &'a Nem12Form,
    now: Option<DateTime<Utc>>,
    begun: bool,
    ended: bool,
    block: Option<Block<'a>>,
    day: Option<Day>,
    days: HashSet<(Arc<str>, String, NaiveDate)>,
    /// Suffixes of the meters that are read.
    suffixes: BTreeSet<String>,
    decoded: Decoded,
}

/// A register of a meter.
struct Block<'a> {
    meter: Arc<str>,
    suffix: String,
    interval_min: i64,
    /// How many values a day has.
    values: usize,
    /// None where it is not read.
    read: Option<(&'a Column, Unit)>,
}

/// A day of a register, until its qualities are known.
struct Day {
    line: usize,
    date: NaiveDate,
    values: Vec<String>,
    quality: Quality,
    /// Of one value after the other, where rows behind the day say it.
    qualities: Vec<Quality>,
}

/// How a value came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quality {
    Actual,
    Final,
    Substituted,
    Estimated,
    Null,
    /// The rows behind the day say it.
    Variable,
}

impl Quality {
    /// `F14`: the letter, and a method that is not needed.
    fn read(text: &str) -> Option<Self> {
        let (letter, method) = text.split_at_checked(1)?;
        if method.len() > 2 || !method.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(match letter {
            "A" => Self::Actual,
            "F" => Self::Final,
            "S" => Self::Substituted,
            "E" => Self::Estimated,
            "N" => Self::Null,
            "V" => Self::Variable,
            _ => return None,
        })
    }

    fn vintage(self) -> Vintage {
        match self {
            Self::Actual | Self::Final => Vintage::Final,
            Self::Substituted | Self::Estimated | Self::Null | Self::Variable => Vintage::Provisional,
        }
    }
}

impl<'a> Reader<'a> {
    fn new(feed: &'a FeedSettings, form: &'a Nem12Form, now: Option<DateTime<Utc>>) -> Self {
        let (days, suffixes, decoded) = (HashSet::new(), BTreeSet::new(), Decoded::default());
        Self { feed, form, now, begun: false, ended: false, block: None, day: None, days, suffixes, decoded }
    }

    fn take(&mut self, line: usize, fields: &[&str]) -> Result<(), DecodeError> {
        let fault = |what: String| DecodeError::schema(format!("line {line}"), what);
        let kind = fields[0];
        if !self.begun {
            if kind != "100" || fields.get(1) != Some(&"NEM12") {
                return Err(fault("this is no NEM12 file: it begins with 100,NEM12".to_owned()));
            }
            self.begun = true;
            return Ok(());
        }
        if self.ended {
            return Err(fault("there is more behind the end of the file, 900".to_owned()));
        }
        if kind == "400" {
            return self.qualities(fields).map_err(fault);
        }
        self.end_of_day()?;
        match kind {
            "200" => {
                self.block = Some(self.block(line, fields)?);
            }
            "300" => {
                self.day = Some(self.day(line, fields).map_err(fault)?);
            }
            "500" if self.block.is_some() => {}
            "900" => self.ended = true,
            _ => return Err(fault(format!("`{kind}` is no row of a NEM12 file here"))),
        }
        Ok(())
    }

    fn block(&mut self, line: usize, fields: &[&str]) -> Result<Block<'a>, DecodeError> {
        let fault = |what: String| DecodeError::schema(format!("line {line}"), what);
        let [_, meter, _, _, suffix, _, _, unit, interval, ..] = *fields else {
            return Err(fault(format!("the row has {} fields, fewer than 9", fields.len())));
        };
        if !(10..=11).any(|length| is_plain(meter, length)) || !is_plain(suffix, 2) {
            return Err(fault(format!("`{meter}` with `{suffix}` is no meter with its suffix")));
        }
        let interval_min = interval.parse().ok().filter(|minutes| (1..=60).contains(minutes) && DAY_MIN % minutes == 0);
        let interval_min: i64 =
            interval_min.ok_or_else(|| fault(format!("`{interval}` is no length of an interval")))?;
        let values = usize::try_from(DAY_MIN / interval_min).expect("a day has intervals");
        let listed = &self.feed.stations;
        let known = listed.iter().find(|station| *station.name == *meter).map(|station| station.name.clone());
        let wanted = listed.is_empty() || known.is_some();
        let column = self.feed.columns.iter().find(|column| wanted && column.name == suffix);
        if wanted {
            self.suffixes.insert(suffix.to_owned());
        }
        let read = column.map(|column| {
            self.readable(column, unit, interval_min).map_err(|error| match error {
                Ok(other) => other,
                Err(what) => fault(what),
            })
        });
        let meter = known.unwrap_or_else(|| meter.into());
        Ok(Block { meter, suffix: suffix.to_owned(), interval_min, values, read: read.transpose()? })
    }

    /// A column in the unit and the steps in which a block has it.
    fn readable(
        &self,
        column: &'a Column,
        unit: &str,
        interval_min: i64,
    ) -> Result<(&'a Column, Unit), Result<DecodeError, String>> {
        let symbol = ["Wh", "kWh", "MWh"].into_iter().find(|symbol| symbol.eq_ignore_ascii_case(unit));
        let Some(unit) = symbol.and_then(Unit::from_symbol) else {
            let (column, wanted) = (column.name.clone(), column.unit.to_string());
            return Err(Ok(DecodeError::Unit { column, wanted, got: unit.to_owned() }));
        };
        if interval_min != self.form.every_min {
            let wanted = self.form.every_min;
            return Err(Err(format!("its intervals have {interval_min} min, and the settings say {wanted} min")));
        }
        Ok((column, unit))
    }

    fn day(&mut self, line: usize, fields: &[&str]) -> Result<Day, String> {
        let block = self.block.as_ref().ok_or("a day stands before any meter")?;
        let date = fields.get(1).filter(|date| is_plain(date, 8));
        let date = date.and_then(|date| NaiveDate::parse_from_str(date, "%Y%m%d").ok());
        let date = date.ok_or_else(|| format!("`{}` is not a date YYYYMMDD", fields.get(1).unwrap_or(&"")))?;
        let values = block.values;
        let quality = fields.get(2 + values).and_then(|text| Quality::read(text));
        let quality = quality.filter(|_| (3 + values..=7 + values).contains(&fields.len()));
        let quality = quality.ok_or_else(|| format!("the day has not {values} values and a quality behind them"))?;
        if !self.days.insert((block.meter.clone(), block.suffix.clone(), date)) {
            return Err(format!("{} of {} has {date} twice", block.suffix, block.meter));
        }
        let kept = if block.read.is_some() { &fields[2..2 + values] } else { &[] };
        let values = kept.iter().map(|text| (*text).to_owned()).collect();
        Ok(Day { line, date, values, quality, qualities: Vec::new() })
    }

    /// The qualities of a run of values, in their order, without gap or overlap.
    fn qualities(&mut self, fields: &[&str]) -> Result<(), String> {
        let (Some(block), Some(day)) = (&self.block, &mut self.day) else {
            return Err("qualities stand behind no day".to_owned());
        };
        let [_, first, last, quality, ..] = *fields else {
            return Err(format!("the row has {} fields, fewer than 4", fields.len()));
        };
        let place = |text: &str| text.parse::<usize>().ok().filter(|place| (1..=block.values).contains(place));
        let (Some(first), Some(last)) = (place(first), place(last)) else {
            return Err(format!("`{first}` to `{last}` are no intervals of a day of {}", block.values));
        };
        if first != day.qualities.len() + 1 || last < first {
            return Err(format!("{first} to {last} does not follow on {}", day.qualities.len()));
        }
        let quality = Quality::read(quality).filter(|quality| *quality != Quality::Variable);
        let quality = quality.ok_or("this is no quality of a run of intervals")?;
        if day.quality != Quality::Variable && day.quality != quality {
            return Err("the day has one quality, and this is another".to_owned());
        }
        day.qualities.resize(last, quality);
        Ok(())
    }

    /// Readings of the day, now that its qualities are known.
    fn end_of_day(&mut self) -> Result<(), DecodeError> {
        let (Some(day), Some(block)) = (self.day.take(), &self.block) else { return Ok(()) };
        let known = day.qualities.len();
        if known != block.values && (known > 0 || day.quality == Quality::Variable) {
            let what = format!("the rows behind the day say the quality of {known} of {} intervals", block.values);
            return Err(DecodeError::schema(format!("line {}", day.line), what));
        }
        let Some((column, unit)) = block.read else { return Ok(()) };
        let midnight = day.date.and_time(NaiveTime::MIN).and_utc() - AHEAD_OF_UTC;
        let interval = TimeDelta::minutes(block.interval_min);
        let mut start = midnight;
        for (index, text) in day.values.iter().enumerate() {
            let end = start + interval;
            let span = Span { start, end, told: end };
            let quality = day.qualities.get(index).copied().unwrap_or(day.quality);
            let place = || format!("line {}, interval {}", day.line, index + 1);
            match value(column, unit, text, quality) {
                Err(reason) => {
                    let refused = Refused::row(place(), reason).at(&block.meter).of(column);
                    self.decoded.refused.push(refused.within(start, end).sent(text));
                }
                Ok(_) if is_forecast(end, self.now) => {
                    let reason = "this is after now: a forecast is no reading";
                    self.decoded.refused.push(Refused::other(place(), reason));
                }
                Ok(value) => self.decoded.readings.push(told_reading(
                    self.feed,
                    column,
                    &block.meter,
                    span,
                    value,
                    self.now,
                    quality.vintage(),
                )),
            }
            start = end;
        }
        Ok(())
    }

    fn finish(self) -> Result<Decoded, DecodeError> {
        if !self.ended {
            return Err(DecodeError::schema("the end", "there is no row 900: the file is cut"));
        }
        let absent = |column: &&Column| !self.suffixes.contains(&column.name);
        match self.feed.columns.iter().find(absent).filter(|_| !self.suffixes.is_empty()) {
            Some(column) => Err(missing(&column.name, self.suffixes.iter().map(String::as_str))),
            None => Ok(self.decoded),
        }
    }
}

/// A value in the column's unit; one of quality N is none, whatever stands there.
fn value(column: &Column, unit: Unit, text: &str, quality: Quality) -> Result<Option<Fixed>, String> {
    if quality == Quality::Null {
        return Ok(None);
    }
    // Some write .5 for 0.5.
    let value = if text.starts_with('.') { number(column, &format!("0{text}"))? } else { number(column, text)? };
    let places = || format!("`{}`: {value} {unit} has more than six decimals in {}", column.name, column.unit);
    let [there, back] = [(unit, column.unit), (column.unit, unit)].map(|(one, two)| one.conversion(two));
    let (Ok(there), Ok(back)) = (there, back) else { return Err(places()) };
    let converted = there.apply(value).map_err(|_| places())?;
    if back.apply(converted) == Ok(value) { Ok(Some(converted)) } else { Err(places()) }
}

#[cfg(test)]
mod tests;
