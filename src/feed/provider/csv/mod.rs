//! Files of lines and columns, as the settings describe them.

mod settings;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use csv::StringRecord;
use encoding_rs::Encoding;

use super::flag::{Flag, judge};
use super::lines::{Names, is_cut, read, with_point};
use super::missing::Missing;
use super::station::{Named, StationRule};
use super::time::Stamp;
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, checked_text, is_forecast, told_reading};
use crate::feed::settings::{Column, FeedSettings};
use crate::observation::Vintage;
use crate::quantity::Fixed;

pub(super) static KIND: Kind = Kind {
    word: "csv",
    table: "csv",
    example: "{ delimiter = \",\", … }",
    key: KeyUse::Anywhere,
    tells_vintage: true,
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
    /// How its bytes are characters.
    encoding: &'static Encoding,
    /// Texts that stand for no value.
    missing: Missing,
    /// Where the station's name stands.
    station: StationRule,
    /// How the stamp is read.
    time: Stamp,
    /// Whether the last line may end without the end of a line.
    open_end: bool,
    /// Flags of quality.
    flags: Vec<Flag>,
}

/// Where the names of the columns stand.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Header {
    /// In the first line that is no comment.
    FirstLine,
    /// In the last of the comment lines at the top.
    LastCommentLine,
    /// In the settings: the first line is a row.
    Names(Vec<String>),
}

impl Provider for CsvForm {
    fn interval(&self) -> Interval {
        self.time.every().clone()
    }

    fn date_zone(&self) -> Zone {
        self.time.zone().clone()
    }

    fn only_station(&self) -> Option<&Arc<str>> {
        self.station.only()
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        decode(feed, self, raw)
    }
}

fn decode(feed: &FeedSettings, form: &CsvForm, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
    let text = characters(form.encoding, raw)?;
    let text = &*text;
    let mut lines = reader(form).from_reader(text.as_bytes());
    let mut line = StringRecord::new();
    let header = match &form.header {
        Header::LastCommentLine => last_comment_line(text, form)?,
        Header::FirstLine => {
            read(&mut lines, &mut line)?;
            line.clone()
        }
        Header::Names(names) => StringRecord::from_iter(names),
    };
    let table = Table::new(feed, form, text, Names(header), raw)?;
    let mut named = Named::new(feed, table.of_all.clone());
    let mut decoded = Decoded::default();
    while read(&mut lines, &mut line)? {
        table.take(&line, is_cut(text, &lines), &mut named, &mut decoded);
    }
    Ok(decoded)
}

/// The bytes as the characters that the settings say they are.
fn characters<'a>(encoding: &'static Encoding, raw: &Raw<'a>) -> Result<Cow<'a, str>, DecodeError> {
    if encoding == encoding_rs::UTF_8 {
        return raw.text().map(Cow::Borrowed);
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(raw.bytes);
    let text = text.ok_or_else(|| not_in(encoding, raw.bytes))?;
    match text {
        Cow::Borrowed(text) => checked_text(text).map(Cow::Borrowed),
        Cow::Owned(text) => checked_text(&text).map(|text| Cow::Owned(text.to_owned())),
    }
}

/// The line of the first byte that is no character.
fn not_in(encoding: &'static Encoding, bytes: &[u8]) -> DecodeError {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut characters = vec![0; 4 << 10];
    let mut read = 0;
    loop {
        let (result, more, _) = decoder.decode_to_utf8_without_replacement(&bytes[read..], &mut characters, true);
        read += more;
        if result != encoding_rs::DecoderResult::OutputFull {
            break;
        }
    }
    let line = bytes[..read].iter().filter(|byte| **byte == b'\n').count() + 1;
    DecodeError::schema(format!("line {line}"), format!("this is not {}", encoding.name()))
}

fn reader(form: &CsvForm) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(form.delimiter).comment(form.comment).has_headers(false).flexible(true).trim(csv::Trim::All);
    builder
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
    /// The station of all rows, where they do not name it.
    of_all: Option<Arc<str>>,
    columns: Vec<(usize, &'a Column)>,
    flags: Vec<(usize, &'a Flag)>,
    now: Option<DateTime<Utc>>,
}

impl<'a> Table<'a> {
    fn new(
        feed: &'a FeedSettings,
        form: &'a CsvForm,
        text: &'a str,
        names: Names,
        raw: &Raw<'_>,
    ) -> Result<Self, DecodeError> {
        let station = match &form.station {
            StationRule::Row(name) => Some(names.need(name)?),
            _ => None,
        };
        let of_all = form.station.of_all(raw)?;
        let time = form.time.from.iter().map(|name| names.need(name)).collect::<Result<_, _>>()?;
        let columns = names.places(&feed.columns)?;
        let flags = form.flags.iter().map(|flag| Ok((names.need(&flag.from)?, flag)));
        let flags = flags.collect::<Result<_, DecodeError>>()?;
        Ok(Self { feed, form, text, width: names.0.len(), time, station, of_all, columns, flags, now: raw.now })
    }

    /// Takes a line: its readings, or why it has none.
    fn take(&self, line: &StringRecord, open_end: bool, named: &mut Named, decoded: &mut Decoded) {
        let row = |reason: String| {
            let refused = Refused::row(self.place(line), reason);
            if let Some(station) = &self.of_all { refused.at(station) } else { refused }
        };
        let mut refuse = |reason| decoded.refused.push(row(reason));
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
        let station = match self.station.map(|index| named.get(&line[index])) {
            None => self.of_all.clone().expect("without a column the station is asked or in the settings"),
            Some(Ok(Some(station))) => station,
            Some(Ok(None)) => return,
            Some(Err(reason)) => return refuse(reason),
        };
        let stamp = self.time.iter().map(|index| &line[*index]).collect::<Vec<_>>().join(" ");
        let (start, end) = match self.form.time.interval(&stamp) {
            Ok(interval) => interval,
            Err(reason) => return decoded.refused.push(row(reason).at(&station)),
        };
        let span = Span { start, end, told: end };
        for (number, (index, column)) in self.columns.iter().enumerate() {
            let (value, vintage) = match self.value(line, number, column, &line[*index]) {
                Ok(told) => told,
                Err(reason) => {
                    let refused = row(reason).at(&station).of(column).within(start, end).sent(&line[*index]);
                    decoded.refused.push(refused);
                    continue;
                }
            };
            match (is_forecast(span.told, self.now), value) {
                // No value for a time to come: the provider fills its rows in advance.
                (true, None) => {}
                (true, Some(_)) => {
                    let reason = format!("`{stamp}` is after now: a forecast is no reading");
                    decoded.refused.push(Refused::other(self.place(line), reason));
                }
                (false, value) => {
                    let reading = told_reading(self.feed, column, &station, span, value, self.now, vintage);
                    decoded.readings.push(reading);
                }
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

    /// A value and what the flags of its line say of it. Of no value they say nothing.
    fn value(
        &self,
        line: &StringRecord,
        number: usize,
        column: &Column,
        text: &str,
    ) -> Result<(Option<Fixed>, Vintage), String> {
        let value = if self.form.decimal == '.' || self.form.missing.is(text) {
            self.form.missing.value(column, text)?
        } else {
            self.form.missing.value(column, &with_point(column, text)?)?
        };
        if value.is_none() {
            return Ok((None, Vintage::Provisional));
        }
        let flags = self.flags.iter().map(|(index, flag)| (*flag, &line[*index]));
        Ok((value, judge(flags, number)?))
    }
}

#[cfg(test)]
mod tests;
