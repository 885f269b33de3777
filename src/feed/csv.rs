//! Files of lines and columns, as the settings describe them.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use csv::StringRecord;

use super::decode::{DecodeError, Decoded, Refused, Span, is_forecast, number, reading, text};
use super::settings::{Column, CsvForm, FeedSettings, Header, Station, StationRule};
use crate::document::did_you_mean;

/// Reads a file. See [`super::decode`] for the arguments.
pub(super) fn decode(
    feed: &FeedSettings,
    form: &CsvForm,
    bytes: &[u8],
    asked: Option<&Station>,
    now: Option<DateTime<Utc>>,
) -> Result<Decoded, DecodeError> {
    let text = text(bytes)?;
    let mut lines = reader(form).from_reader(text.as_bytes());
    let mut line = StringRecord::new();
    let header = match form.header {
        Header::LastCommentLine => last_comment_line(text, form)?,
        Header::FirstLine => {
            read(&mut lines, &mut line)?;
            line.clone()
        }
    };
    let table = Table::new(feed, form, &header, asked, now)?;
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
        Ok(Self { feed, form, width: header.len(), time, station, fixed, columns, now })
    }

    /// Takes a line: its readings, or why it has none.
    fn take(
        &self,
        line: &StringRecord,
        open_end: bool,
        stations: &mut HashMap<String, Arc<str>>,
        decoded: &mut Decoded,
    ) {
        let place = || format!("line {}", line.position().map_or(0, csv::Position::line));
        let mut refuse = |reason: String| decoded.refused.push(Refused { place: place(), reason });
        if line.len() != self.width {
            let cut = if open_end { ", and it is cut off" } else { "" };
            return refuse(format!("the line has {} columns, the header {}{cut}", line.len(), self.width));
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
