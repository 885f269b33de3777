//! NASA POWER's CSV: a header for people, of which the words have changed, then columns by name.

use chrono::NaiveDate;
use csv::StringRecord;

use super::super::lines;
use super::{Answer, Key, Table};
use crate::feed::decode::DecodeError;
use crate::quantity::Fixed;

const BEGIN: &str = "-BEGIN HEADER-";
const END: &str = "-END HEADER-";

/// Whether a text is such a file.
pub(super) fn is_csv(text: &str) -> bool {
    text.starts_with(BEGIN)
}

/// What the header says.
struct Header<'t> {
    time_standard: Option<&'t str>,
    days: (NaiveDate, NaiveDate),
    fill: Fixed,
    position: (Fixed, Fixed),
    /// Parameters and their units.
    units: Vec<(&'t str, &'t str)>,
}

impl Answer<'_> {
    /// The rows of a file.
    pub(super) fn csv_table<'t>(&self, text: &'t str) -> Result<Table<'t>, DecodeError> {
        lines::check_whole(text)?;
        let (head, body) = text.split_once(END).ok_or(DecodeError::Truncated { bytes: text.len() })?;
        let header = read_header(head)?;
        self.check_zone(header.time_standard)?;
        self.check_position(header.position)?;
        let mut lines = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(body.trim_start().as_bytes());
        let place = |error: csv::Error| DecodeError::schema("the rows", error.to_string());
        let names = lines::Names(lines.headers().map_err(place)?.clone());
        let stamps = Stamps {
            year: names.need("YEAR")?,
            day_of_year: names.find("DOY")?,
            month_day: names.find("MO")?.zip(names.find("DY")?),
            hour: names.find("HR")?,
        };
        let mut table = Table { keys: Vec::new(), columns: Vec::new(), fill: header.fill };
        let mut places = Vec::new();
        for column in &self.feed.columns {
            places.push(names.need(&column.name)?);
            let unit = header.units.iter().find(|(name, _)| *name == column.name).map(|(_, unit)| *unit);
            let unit =
                unit.ok_or_else(|| DecodeError::schema("the header", format!("`{}` has no unit", column.name)))?;
            table.columns.push((self.divisor(column, unit)?, Vec::new()));
        }
        let mut record = StringRecord::new();
        while lines.read_record(&mut record).map_err(place)? {
            let row = table.keys.len();
            table.keys.push(stamps.key(&record, row)?);
            for ((_, texts), place) in table.columns.iter_mut().zip(&places) {
                texts.push(record[*place].to_owned().into());
            }
        }
        self.check_ends(&table.keys, header.days)?;
        Ok(table)
    }
}

fn read_header(head: &str) -> Result<Header<'_>, DecodeError> {
    let fault = |what: &str| DecodeError::schema("the header", what);
    let lower = |line: &str| line.trim().to_ascii_lowercase();
    if head.lines().nth(1).is_some_and(|title| lower(title).contains("climatology")) {
        return Err(fault("this is a climatology, means over years, and no series of readings"));
    }
    let line = |begin: &str| head.lines().map(str::trim).find(|line| lower(line).starts_with(begin));
    let dates = line("dates (").and_then(|line| line.split_once(':')?.1.split_once("through"));
    let (first, last) = dates.ok_or_else(|| fault("it has no dates"))?;
    let mut words = last.split_whitespace();
    let date = |text: Option<&str>| NaiveDate::parse_from_str(text?.trim(), "%m/%d/%Y").ok();
    let days = date(Some(first)).zip(date(words.next()));
    let time_standard = (words.next() == Some("in")).then(|| words.next()).flatten();
    let fill = line("the value for missing").and_then(|line| line.rsplit_once(':'));
    let fill = fill.and_then(|(_, value)| Fixed::parse(value.trim()).ok());
    let location = line("location:").map(str::split_whitespace).ok_or_else(|| fault("it has no location"))?;
    let location: Vec<_> = location.collect();
    let degrees = |name: &str| {
        let at = location.iter().position(|word| lower(word) == name)?;
        Fixed::parse_rounded(location.get(at + 1)?).ok()
    };
    let units = head.lines().skip_while(|line| !lower(line).starts_with("parameter(s)")).skip(1);
    let units = units.filter_map(|line| {
        let (name, rest) = line.trim().split_once(' ')?;
        Some((name, rest.trim_end().strip_suffix(')')?.rsplit_once('(')?.1))
    });
    Ok(Header {
        time_standard,
        days: days.ok_or_else(|| fault("its dates are not as month/day/year"))?,
        fill: fill.ok_or_else(|| fault("it does not say which value is missing"))?,
        position: degrees("latitude")
            .zip(degrees("longitude"))
            .ok_or_else(|| fault("it has no latitude and longitude"))?,
        units: units.collect(),
    })
}

/// Where a row has its time; the communities write it in two ways.
struct Stamps {
    year: usize,
    day_of_year: Option<usize>,
    month_day: Option<(usize, usize)>,
    hour: Option<usize>,
}

impl Stamps {
    fn key(&self, record: &StringRecord, row: usize) -> Result<Key, DecodeError> {
        let number = |place: usize| record[place].parse::<u32>().ok();
        let year = record[self.year].parse::<i32>().ok();
        let date = year.and_then(|year| match (self.day_of_year, self.month_day) {
            (Some(day), _) => NaiveDate::from_yo_opt(year, number(day)?),
            (None, Some((month, day))) => NaiveDate::from_ymd_opt(year, number(month)?, number(day)?),
            (None, None) => None,
        });
        let hour = self.hour.map(number);
        let key = date.and_then(|date| match hour {
            None => Some(Key { date, hour: None }),
            Some(hour) => Some(Key { date, hour: Some(hour.filter(|hour| *hour < 24)?) }),
        });
        key.ok_or_else(|| DecodeError::schema(format!("row {}", row + 1), "this is no day or hour"))
    }
}
