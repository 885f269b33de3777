//! GHCN-Daily: station days of the US archive, from its data service as JSON, or from its files.

mod settings;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDate;
use csv::StringRecord;
use serde_json::value::RawValue;

use super::lines;
use super::pieces;
use super::query::{parameter, with};
use super::sent::{Sent, sent};
use super::time::date;
use super::told::Told;
use super::words;
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Edge, Interval, TimeRule};
use crate::feed::decode::{DecodeError, Decoded, Raw, number, text};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Reply, Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::feed::unpack::gunzip;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "ghcn-daily",
    table: "ghcn_daily",
    example: "{ form = \"service\", zone = \"Asia/Shanghai\", starts = \"08:00\", stamp = \"end\", presumed_zero = \"missing\" }",
    key: KeyUse::Never,
    tells_vintage: false,
    read: |node, context, faults| settings::read_ghcn_daily(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How station days are had and read.
#[derive(Clone, Debug)]
struct GhcnDaily {
    form: Form,
    /// When the station's day is.
    day: TimeRule,
    /// When it begins, minutes after midnight.
    starts_min: u16,
    /// Whether a date names the day that begins or that ends on it.
    stamp: Edge,
    /// Whether a value that is "missing presumed zero" is zero.
    presumed_zero: bool,
}

/// The form of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The data service's JSON, in metric units.
    Service,
    /// Months of fixed width.
    Dly,
    /// One line a value.
    Csv,
}

/// The elements that are read. Fresh snow by its depth is none: it is no amount of water.
static SENT: [Sent; 11] = [
    sent("PRCP", &[Variable::Precipitation], &["mm"]),
    sent("TMAX", &[Variable::AirTemperatureMax], &["degC"]),
    sent("TMIN", &[Variable::AirTemperatureMin], &["degC"]),
    sent("TAVG", &[Variable::AirTemperatureMean], &["degC"]),
    sent("AWND", &[Variable::WindSpeed], &["m/s"]),
    sent("WSF5", &[Variable::WindGust], &["m/s"]),
    sent("WSFG", &[Variable::WindGust], &["m/s"]),
    sent("WESF", &[Variable::Snowfall], &["mm"]),
    sent("SNWD", &[Variable::SnowDepth], &["mm"]),
    sent("TSUN", &[Variable::Sunshine], &["min"]),
    sent("RHAV", &[Variable::RelativeHumidity], &["%"]),
];

/// Those that files hold in whole units; the others are in tenths.
const WHOLE: [&str; 3] = ["SNWD", "TSUN", "RHAV"];

/// Marks of a measurement with which its value stands as it is.
const HARMLESS: &str = "BDHKOTW";

const DLY_WIDTH: usize = 269;

impl Provider for GhcnDaily {
    fn interval(&self) -> Interval {
        self.day.every.clone()
    }

    fn date_zone(&self) -> crate::calendar::Zone {
        self.day.zone.clone()
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        if self.form != Form::Service {
            return vec![wanted.request(self.day.zone.clone())];
        }
        let station = wanted.station.expect("each station is asked by itself");
        let names: Vec<_> = feed.columns.iter().map(|column| column.name.as_str()).collect();
        let ask = |(first, last): (NaiveDate, NaiveDate)| {
            let mut request = wanted.request(self.day.zone.clone());
            request.url.query_pairs_mut().extend_pairs([
                ("dataset", "daily-summaries"),
                ("stations", &station.name),
                (FIRST, &first.to_string()),
                (LAST, &last.to_string()),
                ("dataTypes", &names.join(",")),
                ("includeAttributes", "true"),
                ("units", "metric"),
                ("format", "json"),
            ]);
            request
        };
        pieces::by_year(date(&self.day.zone, wanted.from), date(&self.day.zone, wanted.to))
            .into_iter()
            .map(ask)
            .collect()
    }

    /// A wide question has been answered with nothing although there was something: it is asked again by months.
    fn next(&self, _: &FeedSettings, _: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        if self.form != Form::Service || !reply.bytes.trim_ascii().is_empty() {
            return Ok(Vec::new());
        }
        let date = |name| NaiveDate::parse_from_str(&parameter(reply.request, name)?, settings::DATE).ok();
        let months = date(FIRST).zip(date(LAST)).map(|(first, last)| pieces::by_month(first, last)).unwrap_or_default();
        if months.len() < 2 {
            return Ok(Vec::new());
        }
        let ask = |(first, last): (NaiveDate, NaiveDate)| {
            with(reply.request, &[(FIRST, first.to_string()), (LAST, last.to_string())])
        };
        Ok(months.into_iter().map(ask).collect())
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let mut days = Days { feed, form: self, seen: HashSet::new(), told: Told::new(feed, raw) };
        if self.form == Form::Service {
            match raw.text() {
                // The service has said so of a stretch without data.
                Err(DecodeError::Empty) if raw.asked.is_some() => {}
                text => days.take_json(text?)?,
            }
        } else {
            let bytes = gunzip(raw.bytes, feed.max_body)?;
            match self.form {
                Form::Csv => days.take_csv(text(&bytes)?)?,
                _ => days.take_dly(text(&bytes)?)?,
            }
        }
        Ok(days.told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words::ncei_words(&serde_json::from_slice(body).ok()?)
    }
}

const FIRST: &str = "startDate";
const LAST: &str = "endDate";

/// What is known of a value beside itself.
#[derive(Clone, Copy, Default)]
struct Flags<'t> {
    measurement: &'t str,
    quality: &'t str,
    /// Local, HHMM; empty where it is not told.
    observed: &'t str,
}

struct Days<'a> {
    feed: &'a FeedSettings,
    form: &'a GhcnDaily,
    seen: HashSet<(usize, NaiveDate)>,
    told: Told<'a>,
}

impl Days<'_> {
    fn take_json(&mut self, text: &str) -> Result<(), DecodeError> {
        if !text.trim_start().starts_with('[') {
            return Err(words::ncei_error(&parse(text, "the answer")?));
        }
        let rows: Vec<&RawValue> = parse(text, "the answer")?;
        for (index, row) in rows.into_iter().enumerate() {
            let place = format!("[{index}]");
            let row: Members<'_> = parse(row.get(), &place)?;
            self.check_station(&row.read::<Cow<'_, str>>("STATION")?, &place)?;
            let date = row.read::<Cow<'_, str>>("DATE")?;
            let date = NaiveDate::parse_from_str(&date, settings::DATE)
                .map_err(|_| DecodeError::schema(&place, format!("`{date}` is no date")))?;
            for (number, column) in self.feed.columns.iter().enumerate() {
                let place = format!("{place}.{}", column.name);
                // An absent member is an absent day.
                let Some(value) = row.get(&column.name) else { continue };
                let value = parse::<Cow<'_, str>>(value.get(), &place)?;
                let flags = row.read::<Cow<'_, str>>(&format!("{}_ATTRIBUTES", column.name))?;
                let mut parts = flags.split(',');
                let [measurement, quality, source] = [(); 3].map(|()| parts.next().map(str::trim));
                let (Some(measurement), Some(quality), Some(_)) = (measurement, quality, source) else {
                    return Err(DecodeError::schema(place, format!("`{flags}` are no three flags")));
                };
                let flags = Flags { measurement, quality, observed: parts.next().unwrap_or_default().trim() };
                let value = value.trim();
                self.take(number, date, known_text(value, "-9999"), flags, &place)?;
            }
        }
        Ok(())
    }

    fn take_dly(&mut self, text: &str) -> Result<(), DecodeError> {
        for (line_number, line) in lines::whole_lines(text)? {
            let place = || format!("line {line_number}");
            if !line.is_ascii() || line.len() != DLY_WIDTH {
                let what = format!("it has {} bytes, and a month of a station has {DLY_WIDTH}", line.len());
                return Err(DecodeError::schema(place(), what));
            }
            self.check_station(&line[..11], &place())?;
            let first = NaiveDate::parse_from_str(&format!("{}01", &line[11..17]), "%Y%m%d");
            let first = first.map_err(|_| DecodeError::schema(place(), format!("`{}` is no month", &line[11..17])))?;
            let Some(column) = self.column(&line[17..21]) else { continue };
            for day in 0..31 {
                let group = &line[21 + day * 8..29 + day * 8];
                let (value, [measurement, quality]) = (group[..5].trim(), [5, 6].map(|at| group[at..=at].trim()));
                let place = format!("{}, day {}", place(), day + 1);
                let date = u32::try_from(day + 1).ok().and_then(|day| chrono::Datelike::with_day(&first, day));
                match date {
                    None if value == "-9999" => {}
                    None => return Err(DecodeError::schema(place, "there is a value on a day that the month has not")),
                    Some(date) => {
                        let flags = Flags { measurement, quality, observed: "" };
                        self.take(column, date, self.whole(column, value), flags, &place)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// With or without a header; the station's column, the first, may have been left out.
    fn take_csv(&mut self, text: &str) -> Result<(), DecodeError> {
        lines::check_whole(text)?;
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).trim(csv::Trim::All);
        let mut reader = builder.from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        let mut width = None;
        while lines::read(&mut reader, &mut record)? {
            let place = lines::place(&record);
            let is_first = width.is_none();
            let width = *width.get_or_insert(record.len());
            if record.len() != width || !matches!(width, 7 | 8) {
                let what = format!(
                    "it has {} columns, and a value has 8: id, date, element, value, three flags, time",
                    record.len()
                );
                return Err(DecodeError::schema(place, what));
            }
            let from = width - 7;
            if is_first && record[from].eq_ignore_ascii_case("date") {
                continue;
            }
            if from == 1 {
                self.check_station(&record[0], &place)?;
            }
            let date = NaiveDate::parse_from_str(&record[from], "%Y%m%d");
            let date = date.map_err(|_| DecodeError::schema(&place, format!("`{}` is no date", &record[from])))?;
            let Some(column) = self.column(&record[from + 1]) else { continue };
            let flags =
                Flags { measurement: &record[from + 3], quality: &record[from + 4], observed: &record[from + 6] };
            self.take(column, date, self.whole(column, &record[from + 2]), flags, &place)?;
        }
        Ok(())
    }

    fn check_station(&self, got: &str, place: &str) -> Result<(), DecodeError> {
        if got == &**self.told.station {
            return Ok(());
        }
        let what = format!("`{}` is not the station {}", got.escape_debug(), self.told.station);
        Err(DecodeError::schema(place, what))
    }

    fn column(&self, element: &str) -> Option<usize> {
        self.feed.columns.iter().position(|column| column.name == element)
    }

    /// A whole number of a file as its decimal: most are in tenths.
    fn whole(&self, column: usize, value: &str) -> Option<String> {
        let digits = known_text(value, "-9999")?;
        if WHOLE.contains(&&*self.feed.columns[column].name) {
            return Some(digits);
        }
        // What is no number is refused as it stands.
        Some(lines::tenths(&digits).unwrap_or(digits))
    }

    /// Takes a value, `None` where it is missing.
    fn take(
        &mut self,
        column: usize,
        date: NaiveDate,
        value: Option<String>,
        flags: Flags<'_>,
        place: &str,
    ) -> Result<(), DecodeError> {
        let settings = &self.feed.columns[column];
        if !self.seen.insert((column, date)) {
            return Err(DecodeError::schema(place, format!("`{}` of {date} is there twice", settings.name)));
        }
        let interval = self.form.day.interval(&date.to_string());
        let interval = interval.map_err(|reason| DecodeError::schema(place, reason))?;
        let value = value.map_or(Ok(None), |value| self.value(settings, &value, flags));
        self.told.take(settings, interval, value, || place.to_owned());
        Ok(())
    }

    /// What a value with its flags says, or why it says nothing.
    fn value(&self, column: &Column, text: &str, flags: Flags<'_>) -> Result<Option<Fixed>, String> {
        let name = &column.name;
        if !flags.quality.is_empty() {
            let (flag, check) = (flags.quality.escape_debug(), check_of(flags.quality));
            return Err(format!("`{name}`: {text} failed the quality check {flag} ({check})"));
        }
        self.check_observed(name, flags.observed)?;
        let value = number(column, text)?;
        match flags.measurement {
            "" => Ok(Some(value)),
            "A" => Err(format!("`{name}`: {text} is a total of several days")),
            "L" => Err(format!("`{name}`: {text} seems to belong to another time of observation")),
            "P" if value == Fixed::ZERO => Ok(self.form.presumed_zero.then_some(value)),
            "P" => Err(format!("`{name}`: {text} is said to be presumed zero")),
            "T" if value != Fixed::ZERO => Err(format!("`{name}`: {text} is said to be a trace")),
            mark if mark.len() == 1 && HARMLESS.contains(mark) => Ok(Some(value)),
            other => Err(format!("`{name}`: the mark `{}` of {text} is not known", other.escape_debug())),
        }
    }

    /// The time of observation, where it is told, is when the settings' day ends.
    fn check_observed(&self, name: &str, observed: &str) -> Result<(), String> {
        let starts = format!("{:02}{:02}", self.form.starts_min / 60, self.form.starts_min % 60);
        let is_right = match (observed, self.form.stamp) {
            ("", _) => true,
            ("2400", Edge::Begin) => starts == "0000",
            (time, Edge::End) => time == starts,
            (_, Edge::Begin) => false,
        };
        if is_right {
            return Ok(());
        }
        let edge = if self.form.stamp == Edge::Begin { "begin" } else { "end" };
        Err(format!(
            "`{name}`: it was observed at {}, and the settings say starts = \"{}:{}\", stamp = \"{edge}\"",
            observed.escape_debug(),
            &starts[..2],
            &starts[2..]
        ))
    }
}

/// A value's text; none where it is the one that stands for no value.
fn known_text(value: &str, missing: &str) -> Option<String> {
    (value != missing).then(|| value.to_owned())
}

/// The check that a quality flag names.
fn check_of(flag: &str) -> &'static str {
    match flag {
        "D" => "duplicates",
        "G" => "gaps",
        "I" => "internal consistency",
        "K" => "streaks",
        "L" => "length of a period of several days",
        "M" => "consistency over the record",
        "N" => "naught",
        "O" => "climatological outliers",
        "R" => "lagged range",
        "S" => "spatial consistency",
        "T" => "temporal consistency",
        "W" => "too warm for snow",
        "X" => "bounds",
        "Z" => "an official inquiry",
        _ => "a check that is not known",
    }
}

#[cfg(test)]
mod tests;
