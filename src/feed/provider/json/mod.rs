//! JSON answers of any form, as the settings describe them.

mod pointer;
mod settings;
mod table;

use std::borrow::Cow;
use std::sync::Arc;

use reqwest::Url;
use serde_json::value::RawValue;

use super::flag::{Flag, judge};
use super::missing::Missing;
use super::station::{Named, StationRule};
use super::time::Stamp;
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::address::UrlTemplate;
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, told_reading};
use crate::feed::json::parse;
use crate::feed::request::{Reply, Request, Role, Wanted};
use crate::feed::settings::FeedSettings;
use crate::observation::Vintage;
use crate::quantity::Fixed;
use pointer::{Pointer, Scalar, absent, scalar};
use table::Table;

pub(super) static KIND: Kind = Kind {
    word: "json",
    table: "json",
    example: "{ rows = \"/data\", … }",
    key: KeyUse::Anywhere,
    tells_vintage: true,
    read: |node, context, faults| settings::read_json(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How a JSON answer is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct JsonForm {
    /// Where the rows stand.
    rows: Rows,
    /// Texts and numbers that stand for no value, beside `null`.
    missing: Missing,
    /// Whether a column that a row does not have is one without a value.
    absent_is_missing: bool,
    /// Where the station's name stands.
    station: StationRule,
    /// How the stamp is read.
    time: Stamp,
    /// What is read of each row.
    cells: Cells,
    /// Units that the answer states.
    units: Vec<StatedUnit>,
    /// Flags of quality.
    flags: Vec<Flag>,
    /// Where an answer says that something is wrong.
    error: Option<Pointer>,
    /// What must stand in an answer.
    expect: Vec<(Pointer, String)>,
    /// Where the address of the next page stands.
    next: Option<Pointer>,
}

/// Where the rows stand.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rows {
    /// A list of them.
    List(Pointer),
    /// An object with a list for each column.
    Columns(Pointer),
    /// One row.
    One(Pointer),
}

/// The pointers within a row. A unit's place is none where the answer states it once, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cells {
    station: Option<Pointer>,
    time: Vec<Pointer>,
    /// In the order of the settings' columns.
    columns: Vec<Pointer>,
    /// In the order of the settings' flags.
    flags: Vec<Pointer>,
}

/// A unit that the answer states.
#[derive(Clone, Debug, PartialEq, Eq)]
struct StatedUnit {
    /// The column, by its order in the settings.
    column: usize,
    at: Pointer,
    /// Whether it stands in each row.
    in_row: bool,
    /// The provider's word for the settings' unit.
    is: String,
}

impl Provider for JsonForm {
    fn interval(&self) -> Interval {
        self.time.every().clone()
    }

    fn date_zone(&self) -> Zone {
        self.time.zone().clone()
    }

    fn only_station(&self) -> Option<&Arc<str>> {
        self.station.only()
    }

    /// The next page may be anywhere on the server.
    fn leads_to(&self, home: &UrlTemplate, asked: &Url) -> bool {
        self.next.is_some() && home.is_server_of(asked)
    }

    fn next(&self, _: &FeedSettings, wanted: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        let Some(next) = &self.next else { return Ok(Vec::new()) };
        // What is no JSON is told when it is decoded.
        let Ok(answer) = serde_json::from_slice::<&RawValue>(reply.bytes) else { return Ok(Vec::new()) };
        let Some(value) = next.find(answer)? else { return Ok(Vec::new()) };
        let url = match scalar(value, &|| next.path())? {
            Scalar::Text(text) if !text.is_empty() && text != "false" => text,
            Scalar::Text(_) | Scalar::Null => return Ok(Vec::new()),
        };
        let here = &reply.request.url;
        let url = here.join(&url).map_err(|_| DecodeError::schema(next.path(), "this is not the address of a page"))?;
        if url.origin() != here.origin() {
            return Err(DecodeError::schema(next.path(), "the next page is on another server"));
        }
        if url == *here {
            return Err(DecodeError::schema(next.path(), "the next page is this one"));
        }
        let mut request = Request { url, role: Role::Data, ..reply.request.clone() };
        request.headers.clear();
        if let Some(key) = wanted.key {
            key.put_into(&mut request);
        }
        Ok(vec![request])
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        let answer: &RawValue = parse(text, "the answer")?;
        if let Some(reason) = self.told_error(answer)? {
            return Err(DecodeError::Provider { reason });
        }
        self.check(feed, answer)?;
        let table = Table::of(self, answer)?;
        let of_all = match &self.station {
            StationRule::Answer(_) => Some(self.station_of(answer, raw)?),
            rule => rule.of_all(raw)?,
        };
        let mut reader = Reader {
            feed,
            form: self,
            raw,
            table: &table,
            named: Named::new(feed, of_all.clone()),
            of_all,
            decoded: Decoded::default(),
        };
        for row in 0..table.rows {
            reader.take(row)?;
        }
        let decoded = reader.decoded;
        self.check_columns(feed, &table)?;
        Ok(decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        let answer: &RawValue = serde_json::from_slice(body).ok()?;
        self.told_error(answer).ok().flatten()
    }
}

impl JsonForm {
    /// The provider's words, where the answer says that something is wrong.
    fn told_error(&self, answer: &RawValue) -> Result<Option<String>, DecodeError> {
        let Some(error) = &self.error else { return Ok(None) };
        let words = match error.find(answer)?.map(RawValue::get) {
            None | Some("null" | "false" | "\"\"" | "[]" | "{}" | "0") => return Ok(None),
            Some(words) => words,
        };
        let words = serde_json::from_str::<String>(words).unwrap_or_else(|_| words.to_owned());
        Ok(Some(words.chars().take(300).collect()))
    }

    /// Holds what the answer says of itself against the settings.
    fn check(&self, feed: &FeedSettings, answer: &RawValue) -> Result<(), DecodeError> {
        for (at, wanted) in &self.expect {
            let found = at.find(answer)?.ok_or_else(|| absent(at, answer))?;
            let found = match scalar(found, &|| at.path())? {
                Scalar::Text(text) => text,
                Scalar::Null => "null".into(),
            };
            if found != *wanted {
                let what = format!("this is `{}`, and the settings expect `{wanted}`", shown(&found));
                return Err(DecodeError::schema(at.path(), what));
            }
        }
        for unit in self.units.iter().filter(|unit| !unit.in_row) {
            let found = unit.at.find(answer)?.ok_or_else(|| absent(&unit.at, answer))?;
            let got = match scalar(found, &|| unit.at.path())? {
                Scalar::Text(text) => shown(&text),
                Scalar::Null => "null".to_owned(),
            };
            if got != unit.is {
                let column = feed.columns[unit.column].name.clone();
                return Err(DecodeError::Unit { column, wanted: unit.is.clone(), got });
            }
        }
        Ok(())
    }

    /// The station that the answer names once.
    fn station_of(&self, answer: &RawValue, raw: &Raw<'_>) -> Result<Arc<str>, DecodeError> {
        let at = self.cells.station.as_ref().expect("the settings demand it");
        let found = at.find(answer)?.ok_or_else(|| absent(at, answer))?;
        let name = match scalar(found, &|| at.path())? {
            Scalar::Text(name) if !name.is_empty() => name,
            Scalar::Text(_) | Scalar::Null => {
                return Err(DecodeError::schema(at.path(), "the answer names no station"));
            }
        };
        match raw.asked {
            Some(asked) if *asked.name != *name => {
                let what = format!("`{}` is not the station that was asked for", shown(&name));
                Err(DecodeError::schema(at.path(), what))
            }
            Some(asked) => Ok(asked.name.clone()),
            None => Ok(name.into()),
        }
    }

    /// A column or a flag that no row has is one that has changed its name, even where rows may be without it.
    fn check_columns(&self, feed: &FeedSettings, table: &Table<'_>) -> Result<(), DecodeError> {
        if table.rows == 0 || !self.absent_is_missing {
            return Ok(());
        }
        let columns = self.cells.columns.iter().zip(feed.columns.iter().map(|column| column.name.as_str()));
        let flags = self.cells.flags.iter().map(|at| (at, at.text.as_str()));
        for (at, name) in columns.chain(flags) {
            if !table.has(at)? {
                return Err(table.absent(at, name));
            }
        }
        Ok(())
    }
}

/// A text of an answer as far as a message shows it.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

/// What a row says of all its cells.
struct Said<'a> {
    station: Arc<str>,
    stamp: String,
    span: Span,
    flags: Vec<Cow<'a, str>>,
}

/// Takes row after row.
struct Reader<'a, 'r> {
    feed: &'a FeedSettings,
    form: &'a JsonForm,
    raw: &'r Raw<'a>,
    table: &'r Table<'a>,
    named: Named,
    /// The station of all rows, where they do not name it.
    of_all: Option<Arc<str>>,
    decoded: Decoded,
}

impl<'a> Reader<'a, '_> {
    /// A cell that must be there.
    fn required(&self, row: usize, at: &Pointer) -> Result<Cow<'a, str>, DecodeError> {
        let place = || self.table.place(row, at);
        match self.table.cell(row, at)?.map(|cell| scalar(cell, &place)).transpose()? {
            Some(Scalar::Text(text)) => Ok(text),
            Some(Scalar::Null) => Err(DecodeError::schema(place(), "this is null")),
            None => Err(self.no_cell(row, at, &at.text)),
        }
    }

    fn no_cell(&self, row: usize, at: &Pointer, name: &str) -> DecodeError {
        if row == 0 {
            return self.table.absent(at, name);
        }
        let what = format!("`{name}` is not there; if that stands for no value, say absent = \"missing\"");
        DecodeError::schema(self.table.place(row, at), what)
    }

    fn take(&mut self, row: usize) -> Result<(), DecodeError> {
        let cells = &self.form.cells;
        let station = match (&self.form.station, &cells.station) {
            (StationRule::Row(_), Some(at)) => {
                let name = self.required(row, at)?;
                match self.named.get(&name) {
                    Ok(Some(station)) => station,
                    Ok(None) => return Ok(()),
                    Err(reason) => return self.refuse(row, at, reason),
                }
            }
            _ => self.of_all.clone().expect("without a place the station is asked, or in the settings"),
        };
        let parts = cells.time.iter().map(|at| self.required(row, at)).collect::<Result<Vec<_>, _>>()?;
        let stamp = parts.join(" ");
        let (start, end) = match self.form.time.interval(&stamp) {
            Ok(interval) => interval,
            Err(reason) => {
                let place = self.table.place(row, &cells.time[0]);
                self.decoded.refused.push(Refused::row(place, shown_reason(reason)).at(&station));
                return Ok(());
            }
        };
        let span = Span { start, end, told: end };
        let flags = cells.flags.iter().map(|at| self.flag(row, at)).collect::<Result<Vec<_>, _>>()?;
        let said = Said { station, stamp, span, flags };
        (0..cells.columns.len()).try_for_each(|index| self.take_cell(row, index, &said))
    }

    fn take_cell(&mut self, row: usize, index: usize, said: &Said<'_>) -> Result<(), DecodeError> {
        let at = &self.form.cells.columns[index];
        let column = &self.feed.columns[index];
        let refuse = |this: &mut Self, reason: String| {
            let (start, end) = (said.span.start, said.span.end);
            let refused =
                Refused::row(this.table.place(row, at), reason).at(&said.station).of(column).within(start, end);
            let sent = this.table.cell(row, at).ok().flatten().map(|cell| cell.get());
            let refused = sent.map_or_else(|| refused.clone(), |sent| refused.clone().sent(sent));
            this.decoded.refused.push(refused);
            Ok(())
        };
        let value = match self.value(row, index, at)? {
            Ok(value) => value,
            Err(reason) => return refuse(self, shown_reason(reason)),
        };
        let mut vintage = Vintage::Provisional;
        if value.is_some() {
            if let Err(reason) = self.check_unit(row, index)? {
                return refuse(self, reason);
            }
            vintage = match judge(self.form.flags.iter().zip(said.flags.iter().map(|flag| &**flag)), index) {
                Ok(vintage) => vintage,
                Err(reason) => return refuse(self, shown_reason(reason)),
            };
        }
        let now = self.raw.now;
        match (is_forecast(said.span.told, now), value) {
            // No value for a time to come: the provider fills its rows in advance.
            (true, None) => {}
            (true, Some(_)) => {
                let reason = format!("`{}` is after now: a forecast is no reading", said.stamp);
                self.decoded.refused.push(Refused::other(self.table.place(row, at), reason));
                return Ok(());
            }
            (false, value) => {
                let reading = told_reading(self.feed, column, &said.station, said.span, value, now, vintage);
                self.decoded.readings.push(reading);
            }
        }
        Ok(())
    }

    /// The text of a flag; nothing where it is null, or where it is absent and may be.
    fn flag(&self, row: usize, at: &Pointer) -> Result<Cow<'a, str>, DecodeError> {
        match self.table.cell(row, at)? {
            Some(cell) => match scalar(cell, &|| self.table.place(row, at))? {
                Scalar::Text(text) => Ok(text),
                Scalar::Null => Ok("".into()),
            },
            None if self.form.absent_is_missing => Ok("".into()),
            None => Err(self.no_cell(row, at, &at.text)),
        }
    }

    /// The value of a cell, or why the reading is refused.
    fn value(&self, row: usize, index: usize, at: &Pointer) -> Result<Result<Option<Fixed>, String>, DecodeError> {
        let column = &self.feed.columns[index];
        let Some(cell) = self.table.cell(row, at)? else {
            return if self.form.absent_is_missing { Ok(Ok(None)) } else { Err(self.no_cell(row, at, &column.name)) };
        };
        let place = || self.table.place(row, at);
        match scalar(cell, &place)? {
            Scalar::Null => Ok(Ok(None)),
            Scalar::Text(_) if matches!(cell.get(), "true" | "false") => {
                Err(DecodeError::schema(place(), "this is neither a number nor null"))
            }
            Scalar::Text(text) => Ok(self.form.missing.value(column, &text)),
        }
    }

    /// The unit that a row states of a column.
    fn check_unit(&self, row: usize, index: usize) -> Result<Result<(), String>, DecodeError> {
        for unit in self.form.units.iter().filter(|unit| unit.in_row && unit.column == index) {
            let got = self.required(row, &unit.at)?;
            if *got != *unit.is {
                let column = &self.feed.columns[index].name;
                let reason = format!("`{column}` is in `{}`, and the settings say `{}`", shown(&got), unit.is);
                return Ok(Err(reason));
            }
        }
        Ok(Ok(()))
    }

    /// Passes over a reading, and says why. The rest of the answer is read.
    #[expect(clippy::unnecessary_wraps, reason = "it ends the reading of a cell")]
    fn refuse(&mut self, row: usize, at: &Pointer, reason: String) -> Result<(), DecodeError> {
        let refused = Refused::row(self.table.place(row, at), reason);
        self.decoded.refused.push(if let Some(station) = &self.of_all { refused.at(station) } else { refused });
        Ok(())
    }
}

/// A reason in which a text of the answer does not take more than its room.
fn shown_reason(reason: String) -> String {
    if reason.chars().count() <= 300 { reason } else { reason.chars().take(300).collect::<String>() + "…" }
}

#[cfg(test)]
mod tests;
