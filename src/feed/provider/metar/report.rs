//! A METAR as it is sent: `METAR ZSPD 010030Z 09005G10MPS 9999 BKN020 21/17 Q1008 NOSIG RMK SLP081 T02120168=`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

use super::super::lines::{is_code, is_digits, short, tenths};
use crate::feed::decode::number;
use crate::feed::settings::Column;
use crate::quantity::Fixed;

/// What begins a forecast behind the observation.
const TRENDS: [&str; 5] = ["NOSIG", "TEMPO", "BECMG", "INTER", "PROB30"];
const REMARKS: &str = "RMK";
/// How long ago a report without a date may be: no month is shorter.
const MOST_AGE: TimeDelta = TimeDelta::days(27);

/// A report in a text of them.
pub(super) struct Told {
    pub place: String,
    pub text: String,
    /// The date and time before it, where there are.
    pub stamp: Option<DateTime<Utc>>,
    /// Why it is not read.
    pub fault: Option<String>,
}

/// The reports of a text: each begins a line, lines that begin with a space go on, and before a report may stand its
/// time, as `2026/06/01 00:30` in a line of its own or as `202606010030`.
pub(super) fn all(text: &str) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    let mut stamp = None;
    for (index, line) in text.lines().enumerate() {
        let time = NaiveDateTime::parse_from_str(line.trim(), "%Y/%m/%d %H:%M");
        if line.trim().is_empty() {
            continue;
        }
        if let Ok(time) = time {
            stamp = Some(time.and_utc());
            continue;
        }
        if line.starts_with([' ', '\t'])
            && let Some(last) = all.last_mut()
        {
            last.text.push_str(line);
            continue;
        }
        let (before, rest) = line.trim().split_once(' ').unwrap_or_default();
        let time = Some(before).filter(|before| before.len() == 12);
        let time = time.and_then(|time| NaiveDateTime::parse_from_str(time, "%Y%m%d%H%M").ok());
        let (own, report) = time.map_or((None, line), |time| (Some(time.and_utc()), rest));
        all.push(Told {
            place: format!("line {}", index + 1),
            text: report.to_owned(),
            stamp: own.or(stamp.take()),
            fault: None,
        });
    }
    let ends = |told: &Told| told.text.trim_end().ends_with('=');
    if let Some((last, others)) = all.split_last_mut()
        && !ends(last)
        && (!text.ends_with('\n') || others.iter().any(ends))
    {
        last.fault = Some("nothing ends the report: it may be cut off".to_owned());
    }
    all
}

/// A report, taken apart.
pub(super) struct Report<'t> {
    /// `METAR`, `SPECI`, or nothing.
    pub kind: Option<&'t str>,
    pub is_corrected: bool,
    pub station: &'t str,
    day: u32,
    hour: u32,
    minute: u32,
    /// What was observed; nothing where the report says that it is missing.
    body: Vec<&'t str>,
    remarks: Vec<&'t str>,
}

impl<'t> Report<'t> {
    /// Reads a report as far as its values.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn read(text: &'t str) -> Result<Self, String> {
        let none = || format!("`{}` is no METAR", short(text.trim()).escape_debug());
        let mut words = text.trim().trim_end_matches('=').split_ascii_whitespace().peekable();
        if words.peek() == Some(&"TAF") {
            return Err("a TAF is a forecast: a forecast is no reading".to_owned());
        }
        let kind = words.next_if(|word| matches!(*word, "METAR" | "SPECI"));
        let mut is_corrected = words.next_if(|word| *word == "COR").is_some();
        let station = words.next().filter(|word| is_code(word, 4)).ok_or_else(none)?;
        let time = words.next().and_then(|word| word.strip_suffix('Z')).filter(|time| time.len() == 6);
        let pair = |time: &str, at: usize| time.get(at..at + 2).filter(|pair| is_digits(pair, 2))?.parse().ok();
        let time = time.and_then(|time| Some((pair(time, 0)?, pair(time, 2)?, pair(time, 4)?)));
        let (day, hour, minute) = time.ok_or_else(none)?;
        let mut is_missing = false;
        while let Some(word) = words.next_if(|word| is_mark(word)) {
            is_corrected |= word.starts_with('C');
            is_missing |= word == "NIL";
        }
        let (mut body, mut remarks) = (Vec::new(), Vec::new());
        let (mut in_trend, mut in_remarks) = (false, false);
        for word in words {
            in_remarks |= word == REMARKS;
            in_trend |= TRENDS.contains(&word);
            match (in_remarks, in_trend) {
                (true, _) => remarks.push(word),
                (false, true) => {}
                (false, false) => body.push(word),
            }
        }
        if is_missing {
            (body, remarks) = (Vec::new(), Vec::new());
        }
        Ok(Self { kind, is_corrected, station, day, hour, minute, body, remarks })
    }

    /// That it is of this station and minute.
    ///
    /// # Errors
    /// Says what it is of.
    pub fn check(&self, station: &str, at: DateTime<Utc>) -> Result<(), String> {
        if self.station != station {
            return Err(format!("the report is of {}, not of {station}", self.station));
        }
        match (self.day, self.hour, self.minute) == (at.day(), at.hour(), at.minute()) {
            true => Ok(()),
            false => {
                let Self { day, hour, minute, .. } = self;
                let at = at.format("%F %RZ");
                Err(format!("the report is of {day:02}{hour:02}{minute:02}Z, and {at} stands beside it"))
            }
        }
    }

    /// Its time: the only one of its day and minute that is not long before now, nor more than a day after it. `now` is
    /// when a server was asked; none where none was.
    ///
    /// # Errors
    /// Says that there is none.
    pub fn at(&self, now: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, String> {
        let Some(now) = now else {
            let form = "202606010030 METAR ZSPD 010030Z …";
            return Err(format!("nothing says in which month this is: write its time before it, as in {form}"));
        };
        let today = now.date_naive();
        let months = [today.checked_sub_months(chrono::Months::new(1)), Some(today)];
        let months = months.into_iter().chain([today.checked_add_months(chrono::Months::new(1))]).flatten();
        let mut times = months.filter_map(|month| {
            let date = NaiveDate::from_ymd_opt(month.year(), month.month(), self.day)?;
            Some(date.and_hms_opt(self.hour, self.minute, 0)?.and_utc())
        });
        let (first, last) = (now.checked_sub_signed(MOST_AGE), now.checked_add_signed(TimeDelta::days(1)));
        let fits = |at: &DateTime<Utc>| first.is_none_or(|first| first < *at) && last.is_none_or(|last| *at <= last);
        let Self { day, hour, minute, .. } = self;
        times.find(fits).ok_or_else(|| format!("{day:02}{hour:02}{minute:02}Z is no time within the last 27 days"))
    }

    /// The value of a column.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub fn value(&self, column: &Column) -> Result<Option<Fixed>, String> {
        let text = match column.name.as_str() {
            "temp" => self.temperature(column, 0)?,
            "dewp" => self.temperature(column, 1)?,
            "wspd" => self.wind(column, |wind| Some(wind.speed))?,
            "wgst" => self.wind(column, |wind| wind.gust)?,
            "slp" => self.sea_level_pressure(),
            _ => self.altimeter(column)?,
        };
        text.map(|text| number(column, &text)).transpose()
    }

    /// Whether it says something of a column, in whatever unit.
    pub fn tells(&self, column: &Column) -> bool {
        !matches!(self.value(column), Ok(None))
    }

    /// Temperature, or dew point: in tenths where the remarks have it, else in whole degrees.
    fn temperature(&self, column: &Column, index: usize) -> Result<Option<String>, String> {
        let name = &column.name;
        let body = only(self.body.iter().filter_map(|word| temperatures(word)), name)?.and_then(|both| both[index]);
        let exact = self.remarks.iter().filter_map(|word| exact_temperatures(word));
        let exact = only(exact, name)?.and_then(|both| both[index]);
        match (body, exact) {
            (Some(body), Some(exact)) if (exact - body * 10).abs() > 5 => {
                Err(format!("`{name}`: it is {body} degC, and {} in the remarks", decimal(exact)))
            }
            (_, Some(exact)) => Ok(Some(decimal(exact))),
            (body, None) => Ok(body.map(|body| body.to_string())),
        }
    }

    fn wind(&self, column: &Column, of: impl FnOnce(Wind<'t>) -> Option<&'t str>) -> Result<Option<String>, String> {
        let name = &column.name;
        let Some(wind) = only(self.body.iter().filter_map(|word| Wind::read(word)), name)? else { return Ok(None) };
        let unit = wind.unit;
        let Some(speed) = of(wind).filter(|speed| !speed.starts_with('/')) else { return Ok(None) };
        if let Some(least) = speed.strip_prefix('P') {
            return Err(format!("`{name}`: it is more than {least} {unit}, and not said how much"));
        }
        if unit != column.unit.symbol() {
            return Err(format!("`{name}`: the report is in {unit}, and the settings say {}", column.unit));
        }
        Ok(Some(speed.to_owned()))
    }

    /// `SLP081` is 1008.1 hPa, `SLP987` is 998.7.
    fn sea_level_pressure(&self) -> Option<String> {
        let figures =
            self.remarks.iter().find_map(|word| word.strip_prefix("SLP").filter(|rest| is_digits(rest, 3)))?;
        tenths(&format!("{}{figures}", if figures >= "500" { "9" } else { "10" }))
    }

    /// `Q1008`, in hectopascals.
    fn altimeter(&self, column: &Column) -> Result<Option<String>, String> {
        let told = |mark: char| {
            let figures = self.body.iter().filter_map(move |word| word.strip_prefix(mark));
            figures.filter(|figures| is_digits(figures, 4))
        };
        match only(told('Q'), &column.name)? {
            None => match told('A').next() {
                Some(inches) => Err(format!("`{}`: A{inches} is in inches of mercury; take slp", column.name)),
                None => Ok(None),
            },
            figures => Ok(figures.map(|figures| figures.trim_start_matches('0').to_owned())),
        }
    }
}

/// The only one of what was found.
fn only<T: PartialEq>(mut found: impl Iterator<Item = T>, name: &str) -> Result<Option<T>, String> {
    let first = found.next();
    match found.all(|other| Some(&other) == first.as_ref()) {
        true => Ok(first),
        false => Err(format!("`{name}`: the report says two things")),
    }
}

struct Wind<'t> {
    speed: &'t str,
    gust: Option<&'t str>,
    unit: &'static str,
}

impl PartialEq for Wind<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.speed, self.gust, self.unit) == (other.speed, other.gust, other.unit)
    }
}

impl<'t> Wind<'t> {
    /// `24008KT`, `VRB02MPS`, `09005G10MPS`, `/////KT`.
    fn read(word: &'t str) -> Option<Self> {
        let units = [("KT", "kt"), ("MPS", "m/s"), ("KMH", "km/h")];
        let (rest, unit) = units.iter().find_map(|(mark, unit)| Some((word.strip_suffix(mark)?, *unit)))?;
        let (from, rest) = rest.split_at_checked(3)?;
        let (speed, gust) = rest.split_once('G').map_or((rest, None), |(speed, gust)| (speed, Some(gust)));
        let is_speed = |text: &str| {
            let figures = text.strip_prefix('P').unwrap_or(text);
            text == "//" || is_digits(figures, 2) || is_digits(figures, 3)
        };
        let is_right = matches!(from, "VRB" | "///") || is_digits(from, 3);
        (is_right && is_speed(speed) && gust.is_none_or(is_speed)).then_some(Self { speed, gust, unit })
    }
}

/// `21/17`, `M01/M05`, `21/`, `21///`, `/////`: whole degrees.
fn temperatures(word: &str) -> Option<[Option<i32>; 2]> {
    let (temperature, dew_point) = match word.strip_prefix("///") {
        Some(dew_point) => ("//", dew_point),
        None => word.split_once('/').filter(|(temperature, _)| !temperature.is_empty())?,
    };
    let degrees = |text: &str| match text {
        "//" | "" | "XX" => Some(None),
        text => {
            let (sign, figures) = text.strip_prefix('M').map_or((1, text), |figures| (-1, figures));
            let figures = Some(figures).filter(|figures| is_digits(figures, 2))?;
            Some(Some(sign * figures.parse::<i32>().ok()?))
        }
    };
    match (degrees(temperature)?, degrees(dew_point)?) {
        (None, None) if word != "/////" => None,
        (temperature, dew_point) => Some([temperature, dew_point]),
    }
}

/// `T02121017` is 21.2 and -1.7; tenths.
fn exact_temperatures(word: &str) -> Option<[Option<i32>; 2]> {
    let figures = word.strip_prefix('T').filter(|rest| is_digits(rest, 8) || is_digits(rest, 4))?;
    let read = |part: &str| {
        let tenths = part[1..].parse::<i32>().ok()?;
        match &part[..1] {
            "0" => Some(tenths),
            "1" => Some(-tenths),
            _ => None,
        }
    };
    let (temperature, dew_point) = figures.split_at(4);
    match dew_point {
        "" => Some([Some(read(temperature)?), None]),
        dew_point => Some([Some(read(temperature)?), Some(read(dew_point)?)]),
    }
}

/// A decimal of tenths.
fn decimal(exact: i32) -> String {
    tenths(&exact.to_string()).expect("it is a whole number")
}

/// A mark between the time and the wind: `AUTO`, `NIL`, `COR`, or `CCA` and so on of a correction.
fn is_mark(word: &str) -> bool {
    let is_correction = matches!(word.as_bytes(), [b'C', b'C', letter] if letter.is_ascii_uppercase());
    matches!(word, "AUTO" | "NIL" | "COR" | "RTD") || is_correction
}
