//! A file of readings, and the readings as a product's sources would have told them.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::STATION;
use crate::calendar::{DayRule, Span};
use crate::contract::{Cover, Grain, Policy};
use crate::document::{CsvRow, Fault, Faults, Place, Source, did_you_mean};
use crate::observation::{Knowledge, Reading, Vintage};
use crate::quantity::{Fixed, Unit, Variable};

/// Faults of a file's rows after which reading on tells nothing new.
const ENOUGH_FAULTS: usize = 20;

/// A file of readings: `time`, perhaps `station`, then columns such as `precipitation[mm]`.
pub(super) struct Series {
    source: Arc<Source>,
    columns: Vec<(Variable, Unit)>,
    rows: Vec<SeriesRow>,
}

struct SeriesRow {
    place: Place,
    time: Time,
    station: Arc<str>,
    values: Vec<Option<Fixed>>,
}

/// What a reading of a row speaks for.
struct Interval<'s> {
    row: &'s SeriesRow,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// A date is an insured day; an instant begins a step.
#[derive(Clone, Copy)]
enum Time {
    Date(NaiveDate),
    Instant(DateTime<Utc>),
}

impl Series {
    pub(super) fn read(source: &Arc<Source>, faults: &mut Faults) -> Option<Self> {
        let text = source.text();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let skipped = source.text().len() - text.len();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut header: Option<Header> = None;
        let (mut rows, mut record, before) = (Vec::new(), csv::StringRecord::new(), faults.len());
        while faults.len() < before + ENOUGH_FAULTS {
            let start = skipped + usize::try_from(reader.position().byte()).expect("a file in memory");
            let at = CsvRow::from_offset(source, start);
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let fault = Fault::new(&at.whole(), format!("this row is no CSV: {error}"));
                    faults.push(fault.hint("save the file as CSV with commas"));
                    return None;
                }
            }
            match &header {
                None => header = Some(Header::read(&record, &at, faults)?),
                Some(header) => rows.extend(header.row(&record, &at, faults)),
            }
        }
        let Some(header) = header.filter(|_| !rows.is_empty()) else {
            if faults.len() == before {
                let fault = Fault::new(&Place::Text(source.clone(), 0..0), "the series has no reading");
                faults.push(fault.hint("begin it with time,precipitation[mm] and a row for each step"));
            }
            return None;
        };
        (faults.len() == before).then(|| Self { source: source.clone(), columns: header.columns, rows })
    }

    /// First and last insured day.
    pub(super) fn span(&self, day: &DayRule) -> Option<Span> {
        let dates = self.rows.iter().map(|row| match row.time {
            Time::Date(date) => date,
            Time::Instant(instant) => day.date_of(instant),
        });
        Some(Span { first: dates.clone().min()?, last: dates.max()? })
    }

    /// The readings under the names by which the product's first sources mean them, in the steps in which it reads
    /// them, all known from the beginning.
    pub(super) fn learn(&self, policy: &Policy, cover: &str, faults: &mut Faults) -> Knowledge {
        let mut known = Knowledge::new();
        for read in policy.product.covers_behind(cover).into_iter().flat_map(Cover::reads) {
            let source = read.sources(&policy.product).first().expect("a product has a source");
            let grain = read.grain;
            let wanted: &[Variable] = match grain {
                Some(_) => std::slice::from_ref(&read.variable),
                None => &[Variable::StormLatitude, Variable::StormLongitude, Variable::StormWind],
            };
            let lacks = |wanted: &&Variable| !self.columns.iter().any(|(variable, _)| variable == *wanted);
            for lacking in wanted.iter().filter(lacks) {
                let place = Place::Text(self.source.clone(), 0..0);
                let fault = Fault::new(&place, format!("the series has no column of {lacking}"));
                faults.push(fault.hint(format!("add {lacking}[{}]", lacking.own_unit())));
            }
            // Of a variable without a unit of its own: a price in EUR is none in CNY.
            let other = |(variable, unit): &&(Variable, Unit)| {
                *variable == read.variable && unit.dimension() != read.unit.dimension()
            };
            if let Some((variable, unit)) = self.columns.iter().find(other) {
                let place = Place::Text(self.source.clone(), 0..0);
                let fault =
                    Fault::new(&place, format!("{variable} is in {unit} here, the index reads it in {}", read.unit));
                faults.push(fault.hint(format!("write it as {variable}[{}]", read.unit)));
                return known;
            }
            let station = source.station.as_deref().map(|name| station_of(name, policy));
            let Some(rows) = self.rows_of(station.as_deref(), source.station.as_deref(), faults) else { return known };
            let Some(intervals) = intervals(&rows, grain, &policy.product.day, faults) else { return known };
            for Interval { row, start, end } in intervals {
                for ((variable, unit), value) in self.columns.iter().zip(&row.values) {
                    if grain.is_some() && !wanted.contains(variable) {
                        continue;
                    }
                    let station = station.clone().unwrap_or_else(|| row.station.clone());
                    let reading = Reading {
                        station,
                        variable: *variable,
                        start,
                        end,
                        value: *value,
                        unit: *unit,
                        vintage: Vintage::Final,
                    };
                    known.learn(&source.feed, &reading, DateTime::UNIX_EPOCH, 0);
                }
            }
            known.hear(&source.feed, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
        }
        known
    }

    /// The rows that a limb reads: of its own station where the file has several; of a whole feed, all. `written` is
    /// the station as the term sheet names it.
    fn rows_of(&self, station: Option<&str>, written: Option<&str>, faults: &mut Faults) -> Option<Vec<&SeriesRow>> {
        let stations: BTreeSet<&str> = self.rows.iter().map(|row| &*row.station).collect();
        match station {
            Some(own) if stations.len() > 1 && stations.contains(own) => {
                Some(self.rows.iter().filter(|row| &*row.station == own).collect())
            }
            Some(_) if stations.len() > 1 => {
                let names: Vec<_> = stations.iter().copied().collect();
                let message = format!("the series has rows of {}, and the cover reads one station", names.join(", "));
                let column = written.and_then(column_of);
                let hint = match column {
                    Some(column) => format!("add --given {column}={}", names[0]),
                    None => "leave the rows of one".to_owned(),
                };
                faults.push(Fault::new(&Place::Text(self.source.clone(), 0..0), message).hint(hint));
                None
            }
            _ => Some(self.rows.iter().collect()),
        }
    }
}

/// The book's column that a station's name such as `{station}` stands for.
fn column_of(name: &str) -> Option<&str> {
    name.strip_prefix('{').and_then(|name| name.strip_suffix('}'))
}

/// The station that a source's name means for a policy.
fn station_of(name: &str, policy: &Policy) -> Arc<str> {
    match column_of(name) {
        Some(column) => policy.stations.get(column).cloned().unwrap_or_else(|| STATION.into()),
        None => name.into(),
    }
}

/// What the rows speak for, none twice.
fn intervals<'s>(
    rows: &[&'s SeriesRow],
    grain: Option<Grain>,
    day: &DayRule,
    faults: &mut Faults,
) -> Option<Vec<Interval<'s>>> {
    let mut intervals = Vec::with_capacity(rows.len());
    for row in rows {
        let (start, end) = row.interval(grain, day, faults)?;
        intervals.push(Interval { row, start, end });
    }
    intervals.sort_by(|a, b| (&a.row.station, a.start).cmp(&(&b.row.station, b.start)));
    for [before, next] in intervals.array_windows() {
        if before.row.station != next.row.station || (before.end <= next.start && before.start < next.start) {
            continue;
        }
        let (message, hint) = match grain {
            Some(grain) if before.start < next.start => (
                format!("this step begins before the one before it is over: the product reads steps of {grain}"),
                format!("write one row for each {grain}, or let the product read the steps of the file"),
            ),
            _ => ("this time stands in the series twice".to_owned(), "leave one of the two rows".to_owned()),
        };
        faults.push(Fault::new(&next.row.place, message).hint(hint));
        return None;
    }
    Some(intervals)
}

/// What the columns of a series hold.
struct Header {
    width: usize,
    station: Option<usize>,
    columns: Vec<(Variable, Unit)>,
    fields: Vec<usize>,
}

impl Header {
    fn read(record: &csv::StringRecord, at: &CsvRow, faults: &mut Faults) -> Option<Self> {
        let before = faults.len();
        let mut header = Self { width: record.len(), station: None, columns: Vec::new(), fields: Vec::new() };
        for (field, name) in record.iter().map(str::trim).enumerate() {
            let mut fault = |message: String, hint: &str| faults.push(Fault::new(&at.field(field), message).hint(hint));
            match (field, name) {
                (0, "time") => {}
                (0, _) => fault(
                    "the first column is not `time`".to_owned(),
                    "name it so; it holds dates, or instants such as 2024-06-01T00:00:00Z",
                ),
                (_, "station") if header.station.is_some() => {
                    fault("two columns are called `station`".to_owned(), "leave one of them out");
                }
                (_, "station") => header.station = Some(field),
                _ => match variable_column(name) {
                    Ok((variable, _)) if header.columns.iter().any(|(other, _)| *other == variable) => {
                        fault(format!("two columns hold {variable}"), "leave one of them out");
                    }
                    Ok(column) => {
                        header.columns.push(column);
                        header.fields.push(field);
                    }
                    Err(hint) => fault(format!("`{name}` is no column of a series"), &hint),
                },
            }
        }
        (faults.len() == before).then_some(header)
    }

    fn row(&self, record: &csv::StringRecord, at: &CsvRow, faults: &mut Faults) -> Option<SeriesRow> {
        if record.len() != self.width {
            let message = format!("the row has {} fields, the header has {}", record.len(), self.width);
            faults.push(Fault::new(&at.whole(), message).hint("a field with a comma stands in double quotes"));
            return None;
        }
        let text = &record[0];
        let Some(time) = Time::read(text) else {
            let fault = Fault::new(&at.field(0), format!("`{text}` is no time"));
            faults
                .push(fault.hint("write a date, 2024-06-01, or an instant with its offset, 2024-06-01T20:00:00+08:00"));
            return None;
        };
        let mut values = Vec::with_capacity(self.fields.len());
        for (field, (variable, unit)) in self.fields.iter().zip(&self.columns) {
            let value = match &record[*field] {
                "" => None,
                number => match Fixed::parse_rounded(number) {
                    Ok(value) if value < Fixed::ZERO && variable.is_never_negative() => {
                        let message = format!("{number} {unit} of {variable} is below zero");
                        faults.push(Fault::new(&at.field(*field), message).hint("a missing value is an empty field"));
                        return None;
                    }
                    Ok(value) => Some(value),
                    Err(error) => {
                        let fault = Fault::new(&at.field(*field), error.to_string());
                        faults.push(fault.hint("a missing value is an empty field"));
                        return None;
                    }
                },
            };
            values.push(value);
        }
        let station = self.station.map_or(STATION, |field| &record[field]).into();
        Some(SeriesRow { place: at.field(0), time, station, values })
    }
}

impl Time {
    /// A date or an RFC 3339 instant, of the years that the book knows too.
    fn read(text: &str) -> Option<Self> {
        let years = 1900..2200;
        if text.len() == 10 {
            return text.parse().ok().filter(|date: &NaiveDate| years.contains(&date.year())).map(Self::Date);
        }
        let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        years.contains(&instant.year()).then_some(Self::Instant(instant))
    }
}

impl SeriesRow {
    /// What a reading of this row speaks for, in the steps in which the product reads it; an instant for storms.
    fn interval(
        &self,
        grain: Option<Grain>,
        day: &DayRule,
        faults: &mut Faults,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let interval = match (self.time, grain) {
            (Time::Date(date), Some(Grain::Day)) => Some(day.interval(date)),
            (Time::Instant(instant), Some(Grain::Step(seconds))) => {
                Some((instant, instant + TimeDelta::seconds(seconds)))
            }
            (Time::Instant(instant), Some(Grain::Day)) if day.begin(day.date_of(instant)) == instant => {
                Some(day.interval(day.date_of(instant)))
            }
            (Time::Instant(instant), None) => Some((instant, instant)),
            _ => None,
        };
        if interval.is_none() {
            let (message, hint) = match grain {
                Some(Grain::Day) => {
                    ("the product reads insured days, and no insured day begins at this instant", "write dates")
                }
                Some(_) => {
                    ("the product reads steps of a day, and this is a date", "write instants, 2024-06-01T00:00:00Z")
                }
                None => (
                    "storms are read from fixes at instants, and this is a date",
                    "write instants, 2024-06-01T00:00:00Z",
                ),
            };
            faults.push(Fault::new(&self.place, message).hint(hint));
        }
        interval
    }
}

/// `precipitation[mm]`, or how it should be written.
fn variable_column(name: &str) -> Result<(Variable, Unit), String> {
    let parts = name.strip_suffix(']').and_then(|name| name.split_once('['));
    let Some((name, symbol)) = parts else { return Err("write variable[unit], as in precipitation[mm]".to_owned()) };
    let near = |word, known: Vec<&'static str>| {
        did_you_mean(word, known.iter().copied())
            .map_or_else(|| format!("it is one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"))
    };
    let variable = Variable::from_name(name).ok_or_else(|| near(name, Variable::names().collect()))?;
    let unit = Unit::from_symbol(symbol).ok_or_else(|| near(symbol, Unit::symbols().collect()))?;
    if !variable.takes(unit) {
        return Err(format!("{variable} is not measured in {unit}; its own unit is {}", variable.own_unit()));
    }
    Ok((variable, unit))
}
