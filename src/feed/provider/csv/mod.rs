//! Files of lines and columns, as the settings describe them.

mod settings;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use csv::StringRecord;

use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, TimeRule, Zone};
use crate::document::did_you_mean;
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, number, reading};
use crate::feed::settings::{Column, FeedSettings, Station};

pub(super) static KIND: Kind = Kind {
    word: "csv",
    table: "csv",
    example: "{ delimiter = \",\", … }",
    key: KeyUse::Anywhere,
    tells_vintage: false,
    read: |node, context, faults| settings::read_csv(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How a CSV file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CsvForm {
    /// Between columns.
    delimiter: u8,
    /// `.` or `,`.
    decimal: char,
    /// Lines that begin so are preamble.
    comment: Option<u8>,
    /// Where the names of the columns stand.
    header: Header,
    /// Texts that stand for no value.
    missing: Vec<String>,
    /// Where the station's name stands.
    station: StationRule,
    /// The columns whose texts, with a space between, are the stamp.
    time_columns: Vec<String>,
    /// How the stamp is read.
    time: TimeRule,
    /// Whether the last line may end without the end of a line.
    open_end: bool,
}

/// Where the names of the columns stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// In the first line that is no comment.
    FirstLine,
    /// In the last of the comment lines at the top.
    LastCommentLine,
}

/// Where the station's name stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum StationRule {
    /// In a column.
    Column(String),
    /// In the settings.
    Is(Arc<str>),
    /// In the URL that was asked.
    Asked,
}

impl Provider for CsvForm {
    fn interval(&self) -> Interval {
        self.time.every.clone()
    }

    fn date_zone(&self) -> Zone {
        self.time.zone().clone()
    }

    fn only_station(&self) -> Option<&Arc<str>> {
        match &self.station {
            StationRule::Is(station) => Some(station),
            StationRule::Column(_) | StationRule::Asked => None,
        }
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        decode(feed, self, raw)
    }
}

fn decode(feed: &FeedSettings, form: &CsvForm, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
    let Raw { asked, now, .. } = *raw;
    let text = raw.text()?;
    let mut lines = reader(form).from_reader(text.as_bytes());
    let mut line = StringRecord::new();
    let header = match form.header {
        Header::LastCommentLine => last_comment_line(text, form)?,
        Header::FirstLine => {
            read(&mut lines, &mut line)?;
            line.clone()
        }
    };
    let table = Table::new(feed, form, text, &header, asked, now)?;
    let mut decoded = Decoded::default();
    let mut stations = HashMap::new();
    while read(&mut lines, &mut line)? {
        let cut = !text.ends_with('\n') && usize::try_from(lines.position().byte()) == Ok(text.len());
        table.take(&line, cut, &mut stations, &mut decoded);
    }
    Ok(decoded)
}

fn reader(form: &CsvForm) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(form.delimiter).comment(form.comment).has_headers(false).flexible(true).trim(csv::Trim::All);
    builder
}

fn read(lines: &mut csv::Reader<&[u8]>, line: &mut StringRecord) -> Result<bool, DecodeError> {
    lines.read_record(line).map_err(|error| DecodeError::schema("the file", error.to_string()))
}

/// The names in the last of the comment lines at the top.
fn last_comment_line(text: &str, form: &CsvForm) -> Result<StringRecord, DecodeError> {
    let mark = form.comment.map(char::from).expect("the settings demand it");
    let comments = text.lines().take_while(|line| line.starts_with(mark) || line.trim().is_empty());
    let last = comments.filter_map(|line| line.strip_prefix(mark)).last();
    let last = last.ok_or_else(|| DecodeError::schema("line 1", format!("no line begins with `{mark}`")))?;
    let mut names = StringRecord::new();
    let mut plain = form.clone();
    plain.comment = None;
    read(&mut reader(&plain).from_reader(last.trim_start().as_bytes()), &mut names)?;
    Ok(names)
}

/// A header that has been understood.
struct Table<'a> {
    feed: &'a FeedSettings,
    form: &'a CsvForm,
    text: &'a str,
    width: usize,
    time: Vec<usize>,
    station: Option<usize>,
    /// The one that is asked, or that the settings say.
    fixed: Option<&'a Arc<str>>,
    columns: Vec<(usize, &'a Column)>,
    now: Option<DateTime<Utc>>,
}

impl<'a> Table<'a> {
    fn new(
        feed: &'a FeedSettings,
        form: &'a CsvForm,
        text: &'a str,
        header: &StringRecord,
        asked: Option<&'a Station>,
        now: Option<DateTime<Utc>>,
    ) -> Result<Self, DecodeError> {
        let find = |name: &str| {
            let mut found = header.iter().enumerate().filter(|(_, column)| *column == name).map(|(index, _)| index);
            match (found.next(), found.next()) {
                (Some(index), None) => Ok(index),
                (Some(_), Some(_)) => Err(DecodeError::DoubleColumn { column: name.to_owned() }),
                (None, _) => {
                    let near = did_you_mean(name, header.iter()).map(str::to_owned);
                    Err(DecodeError::MissingColumn { column: name.to_owned(), near })
                }
            }
        };
        let station = match &form.station {
            StationRule::Column(name) => Some(find(name)?),
            StationRule::Is(_) | StationRule::Asked => None,
        };
        let fixed = match &form.station {
            StationRule::Is(name) => Some(name),
            StationRule::Column(_) | StationRule::Asked => asked.map(|station| &station.name),
        };
        let time = form.time_columns.iter().map(|name| find(name)).collect::<Result<_, _>>()?;
        let columns = feed.columns.iter().map(|column| Ok((find(&column.name)?, column)));
        let columns = columns.collect::<Result<_, DecodeError>>()?;
        Ok(Self { feed, form, text, width: header.len(), time, station, fixed, columns, now })
    }

    /// Takes a line: its readings, or why it has none.
    fn take(
        &self,
        line: &StringRecord,
        open_end: bool,
        stations: &mut HashMap<String, Arc<str>>,
        decoded: &mut Decoded,
    ) {
        let mut refuse = |reason| decoded.refused.push(Refused { place: self.place(line), reason });
        if line.len() != self.width {
            let cut = if open_end { ", and it is cut off" } else { "" };
            return refuse(format!("the line has {} columns, the header {}{cut}", line.len(), self.width));
        }
        if open_end && !self.form.open_end {
            // `1.3` that was cut to `1` looks whole.
            return refuse(
                "the last line has no end, so it may be cut off: if it never has, say open_end = true".to_owned(),
            );
        }
        let station = match self.station(line, stations) {
            Ok(Some(station)) => station,
            Ok(None) => return,
            Err(reason) => return refuse(reason),
        };
        let stamp = self.time.iter().map(|index| &line[*index]).collect::<Vec<_>>().join(" ");
        let (start, end) = match self.form.time.interval(&stamp) {
            Ok(interval) => interval,
            Err(reason) => return refuse(reason),
        };
        let span = Span { start, end, told: end };
        for (index, column) in &self.columns {
            let value = match self.value(column, &line[*index]) {
                Ok(value) => value,
                Err(reason) => {
                    refuse(reason);
                    continue;
                }
            };
            match (is_forecast(span.told, self.now), value) {
                // No value for a time to come: the provider fills its rows in advance.
                (true, None) => {}
                (true, Some(_)) => refuse(format!("`{stamp}` is after now: a forecast is no reading")),
                (false, value) => decoded.readings.push(reading(self.feed, column, &station, span, value, self.now)),
            }
        }
    }

    /// The line's number in the file. The reader's position is where it began to look: before blanks and comments.
    fn place(&self, line: &StringRecord) -> String {
        let Some(position) = line.position() else { return "the file".to_owned() };
        let from = usize::try_from(position.byte()).unwrap_or(self.text.len());
        let rest = self.text.get(from..).unwrap_or_default().split_inclusive('\n');
        let comment = |line: &str| self.form.comment.is_some_and(|mark| line.as_bytes().first() == Some(&mark));
        let passed = rest.take_while(|line| matches!(*line, "\n" | "\r\n") || comment(line)).count();
        let passed = u64::try_from(passed).expect("a file has fewer lines than that");
        format!("line {}", position.line() + passed)
    }

    /// The line's station; `None` where it is one that the settings do not list.
    fn station(
        &self,
        line: &StringRecord,
        stations: &mut HashMap<String, Arc<str>>,
    ) -> Result<Option<Arc<str>>, String> {
        let Some(name) = self.station.map(|index| &line[index]) else {
            let fixed = self.fixed.expect("without a column the station is asked or in the settings");
            return Ok(Some(fixed.clone()));
        };
        if name.is_empty() {
            return Err("the line names no station".to_owned());
        }
        if let Some(asked) = self.fixed {
            let right = &**asked == name;
            return if right {
                Ok(Some(asked.clone()))
            } else {
                Err(format!("`{name}` is not the station that was asked for"))
            };
        }
        let listed = &self.feed.stations;
        if !listed.is_empty() && !listed.iter().any(|station| &*station.name == name) {
            return Ok(None);
        }
        if let Some(known) = stations.get(name) {
            return Ok(Some(known.clone()));
        }
        let new: Arc<str> = name.into();
        stations.insert(name.to_owned(), new.clone());
        Ok(Some(new))
    }

    fn value(&self, column: &Column, text: &str) -> Result<Option<crate::quantity::Fixed>, String> {
        if self.form.missing.iter().any(|missing| missing == text) {
            return Ok(None);
        }
        if self.form.decimal == '.' {
            return number(column, text).map(Some);
        }
        if text.contains('.') {
            return Err(format!("`{}`: `{text}` has a point, and the decimal mark is a comma", column.name));
        }
        number(column, &text.replacen(',', ".", 1)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::settings::tests::{CSV, feed};

    fn read_at(settings: &str, body: &[u8], now: &str) -> Result<Decoded, DecodeError> {
        let now = chrono::NaiveDateTime::parse_from_str(now, "%F %R").unwrap().and_utc();
        crate::feed::decode(&feed(settings), &Raw { bytes: body, name: "", asked: None, now: Some(now) })
    }

    fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
        read_at(settings, body.as_bytes(), "2030-01-01 00:00")
    }

    fn values(decoded: &Decoded) -> Vec<String> {
        let value = |value: Option<crate::quantity::Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
        decoded.readings.iter().map(|reading| format!("{} {}", reading.station, value(reading.value))).collect()
    }

    const HEADER: &str = "origin,time_hour,temp,precip,extra";

    #[test]
    fn rows_become_readings() {
        let body = format!(
            "\u{feff}{HEADER}\r\nEWR,2013-01-01T06:00:00Z,39.02,0.0,x\r\n\r\nJFK,2013-01-01T06:00:00Z, NaN ,,y\n"
        );
        let decoded = read(CSV, &body).unwrap();
        assert_eq!(decoded.refused, []);
        assert_eq!(values(&decoded), ["EWR 39.02", "EWR 0", "JFK none", "JFK none"]);
        let first = &decoded.readings[0];
        assert_eq!((first.start.timestamp(), first.end.timestamp()), (1_357_020_000, 1_357_023_600));
        assert_eq!(read(CSV, HEADER).unwrap(), Decoded::default(), "a header alone is nothing, and nothing wrong");
    }

    #[test]
    fn n05_a_last_line_without_its_end_may_be_cut_off() {
        let whole = format!("{HEADER}\nEWR,2013-01-01T06:00:00Z,1.3,0.25,x\nJFK,2013-01-01T06:00:00Z,1.3,0.25,x\n");
        let header = HEADER.len() + 1;
        for length in header..whole.len() {
            let decoded = read(CSV, &whole[..length]).unwrap();
            let rows = whole[..length].matches('\n').count() - 1;
            assert_eq!(decoded.readings.len(), 2 * rows, "{length}: the lines that have their ends");
            assert_eq!(decoded.refused.len(), usize::from(!whole[..length].ends_with('\n')), "{length}");
        }
        let open = CSV.replace("[csv]", "[csv]\nopen_end = true");
        assert_eq!(
            read(&open, whole.trim_end()).unwrap().readings.len(),
            4,
            "where the settings say that it never has"
        );
    }

    #[test]
    fn wrong_rows_are_refused_with_their_line() {
        for (row, kept, reason) in [
            ("EWR,2013-01-01T06:00:00Z,\"1,5\",0.0,x\n", 1, "`temp`: `1,5` is not a decimal number"),
            ("EWR,2013-01-01T06:00:00Z,1,5,0.0,x\n", 0, "the line has 6 columns, the header 5"),
            ("EWR,2013-01-01T06:00:00Z,Infinity,0.0,x\n", 1, "is not a decimal number"),
            ("EWR,2013-01-01T06:00:00Z,1e400,0.0,x\n", 1, "is not a decimal number"),
            ("EWR,2013-01-01T06:00:00Z,1,-9999,x\n", 1, "never below zero"),
            ("EWR,2013-01-01 06:00:00,1,0.0,x\n", 0, "is not a time of the form"),
            ("EWR,2013-02-30T06:00:00Z,1,0.0,x\n", 0, "is not a time"),
            (",2013-01-01T06:00:00Z,1,0.0,x\n", 0, "the line names no station"),
            ("EWR,2013-01-01T06:00:00Z,1", 0, "the line has 3 columns, the header 5, and it is cut off"),
            ("EWR,2013-01-01T06:00:00Z,1\n", 0, "the line has 3 columns, the header 5"),
            ("EWR,2013-01-01T06:00:00Z,\"1,0.0,x\nEWR,2013-01-01T07:00:00Z,1,0.0,x\n", 0, "the line has 3 columns"),
        ] {
            let decoded = read(CSV, &format!("{HEADER}\nJFK,2013-01-01T06:00:00Z,1,0,x\n{row}")).expect(row);
            assert_eq!(decoded.readings.len(), 2 + kept, "{row}");
            let [refused] = &decoded.refused[..] else { panic!("{row}: {:?}", decoded.refused) };
            assert_eq!(refused.place, "line 3", "{row}");
            assert!(refused.reason.contains(reason), "{row}: {}", refused.reason);
            let tail = refused.reason.ends_with("cut off");
            assert_eq!(tail, !row.ends_with('\n'), "{row}");
        }
    }

    #[test]
    fn a_file_without_a_wanted_column_is_refused() {
        let missing = DecodeError::MissingColumn { column: "precip".to_owned(), near: Some("precep".to_owned()) };
        assert_eq!(read(CSV, "origin,time_hour,temp,precep\n"), Err(missing));
        let double = DecodeError::DoubleColumn { column: "temp".to_owned() };
        assert_eq!(read(CSV, "origin,time_hour,temp,precip,temp\n"), Err(double));
        assert_eq!(read(CSV, "\n \n"), Err(DecodeError::Empty));
        assert_eq!(read(CSV, "<!doctype html>"), Err(DecodeError::Html));
        let latin = b"origin,time_hour,temp,precip\nZ\xfcrich,2013-01-01T06:00:00Z,1,1\n";
        assert_eq!(read_at(CSV, latin, "2030-01-01 00:00"), Err(DecodeError::NotUtf8 { line: 2 }));
    }

    #[test]
    fn what_has_not_ended_is_a_forecast() {
        let body = format!("{HEADER}\nEWR,2013-01-01T06:00:00Z,39.02,,x\n");
        for (now, readings, refused) in
            [("2013-01-01 06:58", 0, 1), ("2013-01-01 06:59", 2, 0), ("2013-01-01 07:00", 2, 0)]
        {
            let decoded = read_at(CSV, body.as_bytes(), now).unwrap();
            assert_eq!((decoded.readings.len(), decoded.refused.len()), (readings, refused), "{now}: a minute's grace");
        }
    }

    #[test]
    fn comments_headers_in_comments_and_decimal_commas() {
        let european =
            CSV.replace("delimiter = \",\"", "delimiter = \";\"").replace("decimal = \".\"", "decimal = \",\"");
        let settings = european.replace("[csv]", "[csv]\ncomment = \"#\"\nheader = \"last comment line\"");
        let body = "# Station: a; b\n#\n# origin;time_hour;temp;\"precip\"\nEWR;2013-01-01T06:00:00Z;-1,5;0,25\n# more\nEWR;2013-01-01T07:00:00Z;1.5;1,2,3\n";
        for body in [body.to_owned(), body.replace('\n', "\r\n")] {
            let decoded = read(&settings, &body).unwrap();
            assert_eq!(values(&decoded), ["EWR -1.5", "EWR 0.25"]);
            let places: Vec<_> = decoded.refused.iter().map(|refused| refused.place.as_str()).collect();
            assert_eq!(places, ["line 6", "line 6"]);
            assert!(decoded.refused[0].reason.contains("the decimal mark is a comma"));
        }
        assert!(matches!(read(&settings, "origin;time_hour;temp;precip\n"), Err(DecodeError::Schema { .. })));
        let first = european.replace("[csv]", "[csv]\ncomment = \"#\"");
        let body = "# Station\norigin;time_hour;temp;precip\nEWR;2013-01-01T06:00:00Z;-1,5;0,25\n";
        assert_eq!(values(&read(&first, body).unwrap()), ["EWR -1.5", "EWR 0.25"]);
    }

    #[test]
    fn stations_are_those_that_are_listed_or_asked() {
        let rows = "EWR,2013-01-01T06:00:00Z,1,0,x\nJFK,2013-01-01T06:00:00Z,2,0,x\n";
        let body = format!("{HEADER}\n{rows}");
        let listed = CSV.replace("[csv]", "station.JFK = {}\n[csv]");
        assert_eq!(values(&read(&listed, &body).unwrap()), ["JFK 2", "JFK 0"]);
        let jfk = Station { name: "JFK".into(), position: None };
        let decoded =
            crate::feed::decode(&feed(CSV), &Raw { bytes: body.as_bytes(), name: "", asked: Some(&jfk), now: None })
                .unwrap();
        assert_eq!(values(&decoded), ["JFK 2", "JFK 0"]);
        assert!(decoded.refused[0].reason.contains("`EWR` is not the station that was asked for"));
        let one = CSV.replace("column = \"origin\"", "is = \"here\"");
        assert_eq!(values(&read(&one, &body).unwrap()), ["here 1", "here 0", "here 2", "here 0"]);
    }
}
