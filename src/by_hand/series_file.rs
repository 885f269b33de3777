//! A file of readings: `time`, perhaps `station`, then columns such as `precipitation[mm]`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Time;
use super::telling::{Address, Kind, Row, Table};
use crate::document::{CsvRow, CsvRows, Fault, Faults, Place, Source, did_you_mean};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Unit, Variable};
use crate::settings::read_text;

/// Faults of a file's rows after which reading on tells nothing new.
const ENOUGH_FAULTS: usize = 20;

/// A file of readings and the sources that it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesFile {
    address: Address,
    path: PathBuf,
}

impl SeriesFile {
    /// A file for every source that has none of its own.
    pub fn for_all(path: &Path) -> Self {
        Self { address: Address::default(), path: path.to_owned() }
    }

    /// `FILE`, `FEED=FILE` or `FEED/STATION=FILE`. A file whose own name looks so is written `./a=b.csv`.
    pub fn parse(text: &str) -> Self {
        let meant = text.split_once('=').and_then(|(meant, path)| Some((source(meant)?, path)));
        match meant {
            Some(((feed, station), path)) => Self {
                address: Address { feed: Some(feed.into()), station: station.map(Into::into) },
                path: path.into(),
            },
            None => Self::for_all(Path::new(text)),
        }
    }

    pub(super) fn read(&self, faults: &mut Faults) -> Option<Table> {
        let source = read_text(&self.path, "name the file of the series with --series FILE", faults)?;
        read_series(&source, self.address.clone(), faults)
    }
}

/// Feed and station of `asos/JFK` or `asos`, where it is the name of a source.
fn source(text: &str) -> Option<(&str, Option<&str>)> {
    let (feed, station) = text.split_once('/').map_or((text, None), |(feed, station)| (feed, Some(station)));
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let named = feed.starts_with(|first: char| first.is_ascii_lowercase()) && feed.bytes().all(plain);
    (named && station.is_none_or(|station| !station.is_empty() && !station.contains('/'))).then_some((feed, station))
}

/// Reads such a file. Of one that is meant for a station and names several, only the rows of that one.
pub(crate) fn read_series(source: &Arc<Source>, address: Address, faults: &mut Faults) -> Option<Table> {
    let whole = Place::Text(source.clone(), 0..0);
    let (mut lines, mut record) = (CsvRows::of(source), csv::StringRecord::new());
    let (mut header, mut rows, before): (Option<Header>, _, _) = (None, Vec::new(), faults.len());
    while faults.len() < before + ENOUGH_FAULTS
        && let Some(at) = lines.read(&mut record, faults)
    {
        match &header {
            None => header = Some(Header::read(&record, &at, faults)?),
            Some(header) => rows.extend(header.row(&record, &at, faults)),
        }
    }
    let Some(header) = header.filter(|_| !rows.is_empty()) else {
        if faults.len() == before {
            let fault = Fault::new(&whole, "the series has no reading");
            faults.push(fault.hint("begin it with time,precipitation[mm] and a row for each step"));
        }
        return None;
    };
    if faults.len() > before {
        return None;
    }
    if let (Some(station), Some(_)) = (&address.station, header.station) {
        rows.retain(|row: &Row| row.station.as_ref() == Some(station));
        if rows.is_empty() {
            let fault = Fault::new(&whole, format!("the series has no row of `{station}`"));
            faults.push(fault.hint("name another station, or leave out the column `station`"));
            return None;
        }
    }
    Some(Table::new(whole, Kind::File, address, header.columns, rows))
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

    fn row(&self, record: &csv::StringRecord, at: &CsvRow, faults: &mut Faults) -> Option<Row> {
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
        let station = self.station.map(|field| record[field].into());
        Some(Row { place: at.field(0), time, station, vintage: Vintage::Final, known_at: None, values })
    }
}

/// `precipitation[mm]`, or how it should be written.
fn variable_column(name: &str) -> Result<(Variable, Unit), String> {
    let parts = name.strip_suffix(']').and_then(|name| name.split_once('['));
    let Some((name, symbol)) = parts else { return Err("write variable[unit], as in precipitation[mm]".to_owned()) };
    let variable = Variable::from_name(name).ok_or_else(|| near(name, Variable::names().collect()))?;
    unit_of(variable, symbol).map(|unit| (variable, unit))
}

fn near(word: &str, known: Vec<&'static str>) -> String {
    did_you_mean(word, known.iter().copied())
        .map_or_else(|| format!("it is one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"))
}

/// The unit of a symbol, one in which the variable is measured; or how it should be written.
pub(crate) fn unit_of(variable: Variable, symbol: &str) -> Result<Unit, String> {
    let unit = Unit::from_symbol(symbol).ok_or_else(|| near(symbol, Unit::symbols().collect()))?;
    if variable.takes(unit) {
        return Ok(unit);
    }
    let own = if variable.is_of_many_units() { "one of its units is" } else { "its own unit is" };
    Err(format!("{variable} is not measured in {unit}; {own} {}", variable.own_unit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_meant_for_a_feed_or_a_station() {
        for (text, feed, station, path, why) in [
            ("rain.csv", None, None, "rain.csv", "for all"),
            ("asos=rain.csv", Some("asos"), None, "rain.csv", "for a feed"),
            ("asos/JFK=rain.csv", Some("asos"), Some("JFK"), "rain.csv", "for a station"),
            ("cells/a b=rain.csv", Some("cells"), Some("a b"), "rain.csv", "stations are called as they are"),
            ("asos=a=b.csv", Some("asos"), None, "a=b.csv", "the first mark divides"),
            ("./asos=rain.csv", None, None, "./asos=rain.csv", "no feed is called so"),
            ("Asos=rain.csv", None, None, "Asos=rain.csv", "nor with a capital"),
            ("asos/=rain.csv", None, None, "asos/=rain.csv", "a station has a name"),
            ("a/b/c=rain.csv", None, None, "a/b/c=rain.csv", "and no stroke in it"),
        ] {
            let address = Address { feed: feed.map(Into::into), station: station.map(Into::into) };
            assert_eq!(SeriesFile::parse(text), SeriesFile { address, path: path.into() }, "{why}");
        }
    }

    #[test]
    fn a_column_is_in_any_unit_that_its_variable_takes() {
        for (variable, symbol, wrong, why) in [
            (Variable::Precipitation, "inch", None, "its dimension's"),
            (Variable::Price, "EUR/MWh", None, "any price"),
            (Variable::ModelledLoss, "CNY", None, "any currency"),
            (Variable::PublishedIndex, "km", None, "any unit at all"),
            (
                Variable::Precipitation,
                "km/h",
                Some("precipitation is not measured in km/h; its own unit is mm"),
                "another dimension",
            ),
            (Variable::Price, "CNY", Some("price is not measured in CNY; one of its units is CNY/kWh"), "no price"),
        ] {
            let read = unit_of(variable, symbol).map(Unit::symbol);
            assert_eq!(read, wrong.map_or(Ok(symbol), |wrong| Err(wrong.to_owned())), "{why}");
        }
    }
}
