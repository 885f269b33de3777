//! Open-Meteo's JSON: the request, the units, the answer.

mod settings;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use serde_json::value::RawValue;

use super::answer::{check_unit, names, number_or_null};
use super::lines;
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, reading};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::quantity::{Fixed, Unit, Variable};

pub(super) static KIND: Kind = Kind {
    word: "open-meteo",
    table: "open_meteo",
    example: "{ model = \"era5\", block = \"hourly\" }",
    key: KeyUse::Known,
    tells_vintage: false,
    read: |node, context, faults| settings::read_open_meteo(node, context, faults).map(|form| Arc::new(form) as _),
};

/// What is asked of Open-Meteo.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OpenMeteoForm {
    /// The weather model, never left to the provider.
    model: String,
    /// Hours or days.
    block: Block,
    /// The offset at which the answer's times stand: UTC, unless a recorded answer has another.
    zone: Zone,
}

/// A block of an Open-Meteo answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// `hourly`
    Hourly,
    /// `daily`
    Daily,
}

impl Block {
    /// Its name in requests and answers.
    fn word(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
        }
    }
}

impl Provider for OpenMeteoForm {
    fn interval(&self) -> Interval {
        match self.block {
            Block::Hourly => Interval::Fixed(3_600),
            Block::Daily => Interval::Day { zone: self.zone.name().clone(), starts_min: 0 },
        }
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = wanted.station.expect("each station is asked by itself");
        let [from, to] = [wanted.from, wanted.to].map(|at| Zone::utc().date(at));
        let mut request = wanted.request(Zone::utc());
        request.url.query_pairs_mut().extend_pairs(query(feed, self, station, &from, &to));
        match wanted.key {
            Some(key) => vec![request.query("apikey", key.secret.reveal())],
            None => vec![request],
        }
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        decode(feed, self, raw)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        error_reason(body)
    }

    fn window(&self, words: &str, now: DateTime<Utc>) -> Option<Duration> {
        window(words, now)
    }
}

/// A unit that it sends.
struct UnitRow {
    ours: &'static str,
    theirs: &'static str,
    /// The parameter and the word that ask for it, where there is a choice.
    parameter: Option<(&'static str, &'static str)>,
}

const fn unit(ours: &'static str, theirs: &'static str) -> UnitRow {
    UnitRow { ours, theirs, parameter: None }
}

const fn choice(ours: &'static str, theirs: &'static str, parameter: &'static str, word: &'static str) -> UnitRow {
    UnitRow { ours, theirs, parameter: Some((parameter, word)) }
}

const UNITS: [UnitRow; 17] = [
    choice("degC", "°C", "temperature_unit", "celsius"),
    choice("degF", "°F", "temperature_unit", "fahrenheit"),
    choice("mm", "mm", "precipitation_unit", "mm"),
    choice("inch", "inch", "precipitation_unit", "inch"),
    choice("m/s", "m/s", "wind_speed_unit", "ms"),
    choice("km/h", "km/h", "wind_speed_unit", "kmh"),
    choice("mph", "mp/h", "wind_speed_unit", "mph"),
    choice("kt", "kn", "wind_speed_unit", "kn"),
    unit("%", "%"),
    unit("hPa", "hPa"),
    unit("W/m2", "W/m²"),
    unit("MJ/m2", "MJ/m²"),
    unit("s", "s"),
    unit("h", "h"),
    unit("cm", "cm"),
    unit("m", "m"),
    unit("deg", "°"),
];

fn unit_row(unit: Unit) -> Option<&'static UnitRow> {
    UNITS.iter().find(|row| row.ours == unit.symbol())
}

/// Open-Meteo's name of a unit.
fn unit_name(unit: Unit) -> Option<&'static str> {
    unit_row(unit).map(|row| row.theirs)
}

/// The parameter and its word that ask for a unit.
fn unit_parameter(unit: Unit) -> Option<(&'static str, &'static str)> {
    unit_row(unit).and_then(|row| row.parameter)
}

/// Our symbols of the units that it sends.
fn unit_symbols() -> String {
    UNITS.iter().map(|row| row.ours).collect::<Vec<_>>().join(", ")
}

/// The query for one station, from one date to another, both included.
fn query(
    feed: &FeedSettings,
    form: &OpenMeteoForm,
    station: &Station,
    from: &str,
    to: &str,
) -> Vec<(&'static str, String)> {
    let (latitude, longitude) = station.position.expect("the settings demand it");
    let names: Vec<_> = feed.columns.iter().map(|column| column.name.as_str()).collect();
    let mut query = vec![
        ("latitude", latitude.to_string()),
        ("longitude", longitude.to_string()),
        ("start_date", from.to_owned()),
        ("end_date", to.to_owned()),
        (form.block.word(), names.join(",")),
        ("models", form.model.clone()),
        ("timezone", "GMT".to_owned()),
        ("elevation", "nan".to_owned()),
        ("cell_selection", "nearest".to_owned()),
    ];
    for (parameter, word) in feed.columns.iter().filter_map(|column| unit_parameter(column.unit)) {
        if !query.iter().any(|(known, _)| *known == parameter) {
            query.push((parameter, word.to_owned()));
        }
    }
    query
}

fn decode(feed: &FeedSettings, form: &OpenMeteoForm, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
    let Raw { asked, now, .. } = *raw;
    let text = raw.text()?;
    let stations = asked.map_or(&feed.stations[..], std::slice::from_ref);
    let answers: Vec<&RawValue> =
        if text.trim_start().starts_with('[') { parse(text, "the answer")? } else { vec![parse(text, "the answer")?] };
    if answers.len() != stations.len() {
        // An error comes alone, however many stations were asked for.
        if let [only] = answers[..] {
            refuse_error(&parse(only.get(), "the answer")?)?;
        }
        let what = format!("there are {} answers for {} stations", answers.len(), stations.len());
        return Err(DecodeError::schema("the answer", what));
    }
    let mut decoded = Decoded::default();
    for (answer, station) in answers.into_iter().zip(stations) {
        Answer { feed, form, station, now }.take(&parse(answer.get(), "the answer")?, &mut decoded)?;
    }
    Ok(decoded)
}

/// The provider's own words, where it says that something is wrong, with whatever status.
fn error_reason(bytes: &[u8]) -> Option<String> {
    let members: Members<'_> = serde_json::from_slice(bytes).ok()?;
    match refuse_error(&members) {
        Err(DecodeError::Provider { reason }) => Some(reason),
        _ => None,
    }
}

fn refuse_error(members: &Members<'_>) -> Result<(), DecodeError> {
    match members.get("error").map(RawValue::get) {
        None | Some("false" | "null") => Ok(()),
        Some(_) => {
            let reason = members.read::<String>("reason").unwrap_or_else(|_| "an error without a reason".to_owned());
            Err(DecodeError::Provider { reason: reason.chars().take(300).collect() })
        }
    }
}

/// The answer for one station.
struct Answer<'a> {
    feed: &'a FeedSettings,
    form: &'a OpenMeteoForm,
    station: &'a Station,
    now: Option<DateTime<Utc>>,
}

impl Answer<'_> {
    fn take(&self, members: &Members<'_>, decoded: &mut Decoded) -> Result<(), DecodeError> {
        refuse_error(members)?;
        self.check_offset(members)?;
        self.check_position(members)?;
        let block = self.form.block.word();
        let units: Members<'_> = members.read(&format!("{block}_units"))?;
        let columns: Members<'_> = members.read(block)?;
        if units.read::<Cow<'_, str>>("time")? != "iso8601" {
            return Err(DecodeError::schema(format!("{block}_units.time"), "times are not iso8601"));
        }
        let stamps = self.stamps(&columns.read::<Vec<Cow<'_, str>>>("time")?)?;
        for column in &self.feed.columns {
            self.take_column(column, &stamps, &units, &columns, decoded)?;
        }
        Ok(())
    }

    fn check_offset(&self, members: &Members<'_>) -> Result<(), DecodeError> {
        let got = members.read::<i32>("utc_offset_seconds")?;
        if Some(got) != self.form.zone.fixed_s() {
            let what = format!("times are {got} s from UTC, and the settings say {}", self.form.zone.name());
            return Err(DecodeError::schema("utc_offset_seconds", what));
        }
        Ok(())
    }

    /// The cell's centre lies at most a degree from the station; no model's cells are wider.
    fn check_position(&self, members: &Members<'_>) -> Result<(), DecodeError> {
        let Some((latitude, longitude)) = self.station.position else { return Ok(()) };
        let [got_latitude, got_longitude] = ["latitude", "longitude"].map(|name| {
            let text = members.read::<&RawValue>(name)?.get();
            Fixed::parse_rounded(text).map_err(|error| DecodeError::schema(name, error.to_string()))
        });
        let (got_latitude, got_longitude) = (got_latitude?, got_longitude?);
        let apart = |a: Fixed, b: Fixed| i128::from(a.micros()).abs_diff(i128::from(b.micros()));
        let [degree, circle] = [1, 360].map(|degrees| degrees * u128::from(Fixed::MICROS.unsigned_abs()));
        let east = apart(longitude, got_longitude) % circle;
        if apart(latitude, got_latitude) > degree || east.min(circle - east) > degree {
            let got = format!("{got_latitude}, {got_longitude}");
            return Err(DecodeError::OtherPlace { station: self.station.name.clone(), got });
        }
        Ok(())
    }

    /// The instants of the stamps, one step apart.
    fn stamps(&self, texts: &[Cow<'_, str>]) -> Result<Vec<DateTime<Utc>>, DecodeError> {
        let place = |index: usize| format!("{}.time[{index}]", self.form.block.word());
        let offset = TimeDelta::seconds(self.form.zone.fixed_s().map_or(0, i64::from));
        let mut stamps: Vec<DateTime<Utc>> = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let local = match self.form.block {
                Block::Hourly => minute(text),
                Block::Daily => {
                    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN))
                }
            };
            let stamp = local.and_then(|local| local.and_utc().checked_sub_signed(offset));
            let stamp = stamp.ok_or_else(|| DecodeError::schema(place(index), format!("`{text}` is not a time")))?;
            if stamps.last().is_some_and(|last| stamp - *last != self.step()) {
                let what = format!("`{text}` is not one step after the time before it");
                return Err(DecodeError::schema(place(index), what));
            }
            stamps.push(stamp);
        }
        Ok(stamps)
    }

    fn step(&self) -> TimeDelta {
        match self.form.block {
            Block::Hourly => TimeDelta::hours(1),
            Block::Daily => TimeDelta::hours(24),
        }
    }

    /// What a stamp speaks about. A value at an instant stands for the hour that begins with it.
    fn span(&self, column: &Column, stamp: DateTime<Utc>) -> Span {
        let step = self.step();
        match self.form.block {
            Block::Daily => Span { start: stamp, end: stamp + step, told: stamp + step },
            Block::Hourly if is_of_hour_before(column) => Span { start: stamp - step, end: stamp, told: stamp },
            Block::Hourly => Span { start: stamp, end: stamp + step, told: stamp },
        }
    }

    fn take_column(
        &self,
        column: &Column,
        stamps: &[DateTime<Utc>],
        units: &Members<'_>,
        columns: &Members<'_>,
        decoded: &mut Decoded,
    ) -> Result<(), DecodeError> {
        let place = format!("{}.{}", self.form.block.word(), column.name);
        let missing = || lines::missing(&column.name, names(columns).filter(|name| *name != "time"));
        let values: Vec<&RawValue> = parse(columns.get(&column.name).ok_or_else(missing)?.get(), &place)?;
        let wanted = unit_name(column.unit).expect("the settings demand it");
        check_unit(column, wanted, &units.read::<Cow<'_, str>>(&column.name)?)?;
        if values.len() != stamps.len() {
            let what = format!("there are {} values for {} times", values.len(), stamps.len());
            return Err(DecodeError::schema(place, what));
        }
        let station: &Arc<str> = &self.station.name;
        let mut forecasts = Vec::new();
        for (index, (stamp, value)) in stamps.iter().zip(values).enumerate() {
            let place = || format!("{place}[{index}]");
            let span = self.span(column, *stamp);
            let sent = value.get();
            let value = match number_or_null(column, value, place)? {
                Ok(value) => value,
                Err(reason) => {
                    let refused = Refused::row(place(), reason).at(station).of(column).within(span.start, span.end);
                    decoded.refused.push(refused.sent(sent));
                    continue;
                }
            };
            match (is_forecast(span.told, self.now), value) {
                // No value for a time to come: the answer is filled up to the end of its last day.
                (true, None) => {}
                (true, Some(_)) => forecasts.push(index),
                (false, value) => decoded.readings.push(reading(self.feed, column, station, span, value, self.now)),
            }
        }
        if let [first, ..] = forecasts[..] {
            let reason = format!("{} values are after now: a forecast is no reading", forecasts.len());
            decoded.refused.push(Refused::other(format!("{place}[{first}]"), reason));
        }
        Ok(())
    }
}

/// How long it is to the end of the window that Open-Meteo's words name.
fn window(words: &str, now: DateTime<Utc>) -> Option<Duration> {
    let words = words.to_ascii_lowercase();
    let until = if words.starts_with("minutely") {
        now + TimeDelta::minutes(1)
    } else if words.starts_with("hourly") {
        now.with_minute(0)?.with_second(0)? + TimeDelta::hours(1)
    } else if words.starts_with("daily") {
        now.date_naive().with_day(now.day())?.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc()
    } else {
        return None;
    };
    (until - now).to_std().ok()
}

/// `2026-06-01T00:00`, by hand: a year has 8,760 of them, and a general form costs more than all else.
fn minute(text: &str) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    let marks = bytes.len() == 16 && [bytes[4], bytes[7], bytes[10], bytes[13]] == *b"--T:";
    let number = |from: usize, to: usize| {
        let digits = &bytes[from..to];
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    if !marks {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
    date.and_hms_opt(number(11, 13)?, number(14, 16)?, 0)
}

/// Sums, means and maxima are of the hour that ends with the stamp; everything else is at the stamp.
fn is_of_hour_before(column: &Column) -> bool {
    matches!(
        column.variable,
        Variable::Precipitation
            | Variable::WindGust
            | Variable::GlobalRadiation
            | Variable::Irradiance
            | Variable::Sunshine
            | Variable::Evapotranspiration
    ) && !column.name.ends_with("_instant")
}

#[cfg(test)]
mod tests;
