//! The rows of an answer, whatever way they stand.

use serde_json::value::RawValue;

use super::pointer::{Opened, Pointer, absent};
use super::{JsonForm, Rows, StationRule};
use crate::feed::decode::DecodeError;
use crate::feed::json::parse;

/// The rows of an answer, opened.
pub(super) struct Table<'a> {
    /// Where they stand, with a slash in front.
    place: String,
    pub rows: usize,
    kind: TableKind<'a>,
}

enum TableKind<'a> {
    Rows(Vec<Opened<'a>>),
    Columns(Lists<'a>),
}

/// Each pointer of the settings with its list.
struct Lists<'a> {
    /// The object that holds them.
    whole: &'a RawValue,
    lists: Vec<(&'a Pointer, Option<Vec<&'a RawValue>>)>,
}

impl<'a> Table<'a> {
    pub fn of(form: &'a JsonForm, answer: &'a RawValue) -> Result<Self, DecodeError> {
        let (Rows::List(at) | Rows::Columns(at) | Rows::One(at)) = &form.rows;
        let place = at.path();
        let found = at.find(answer)?.ok_or_else(|| absent(at, answer))?;
        let wrong = |what: &str| DecodeError::schema(if place.is_empty() { "the answer" } else { &place }, what);
        match &form.rows {
            Rows::List(_) => {
                if !found.get().starts_with('[') {
                    return Err(wrong("this is not a list of rows"));
                }
                let items: Vec<&RawValue> = parse(found.get(), &place)?;
                let mut rows = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    let here = format!("{place}/{index}");
                    let row = Opened::of(item, &here)?;
                    if !row.is_open() {
                        return Err(DecodeError::schema(here, "this is not a row"));
                    }
                    rows.push(row);
                }
                Ok(Self { place, rows: rows.len(), kind: TableKind::Rows(rows) })
            }
            Rows::One(_) => {
                let row = Opened::of(found, &place)?;
                if !row.is_open() {
                    return Err(wrong("this is not a row"));
                }
                Ok(Self { place, rows: 1, kind: TableKind::Rows(vec![row]) })
            }
            Rows::Columns(_) => {
                let whole = Opened::of(found, &place)?;
                if !whole.is_open() {
                    return Err(wrong("this holds no lists"));
                }
                Self::of_columns(form, &whole, place)
            }
        }
    }

    fn of_columns(form: &'a JsonForm, whole: &Opened<'a>, place: String) -> Result<Self, DecodeError> {
        let mut lists: Vec<(&Pointer, Option<Vec<&RawValue>>)> = Vec::new();
        let mut rows = None;
        for at in form.pointers() {
            if lists.iter().any(|(known, _)| *known == at) {
                continue;
            }
            let Some(found) = at.find_in(whole)? else {
                lists.push((at, None));
                continue;
            };
            let here = format!("{place}{}", at.path());
            if !found.get().starts_with('[') {
                return Err(DecodeError::schema(here, "this is not a list"));
            }
            let list: Vec<&RawValue> = parse(found.get(), &here)?;
            let first = *rows.get_or_insert(list.len());
            if list.len() != first {
                let what = format!("there are {} values here, and {first} in the list before", list.len());
                return Err(DecodeError::schema(here, what));
            }
            lists.push((at, Some(list)));
        }
        // Where not even the time is there, the first row says so.
        let lists = Lists { whole: whole.whole, lists };
        Ok(Self { place, rows: rows.unwrap_or(1), kind: TableKind::Columns(lists) })
    }

    pub fn cell(&self, row: usize, at: &Pointer) -> Result<Option<&'a RawValue>, DecodeError> {
        match &self.kind {
            TableKind::Rows(rows) => at.find_in(&rows[row]),
            TableKind::Columns(lists) => {
                let list = lists.lists.iter().find(|(known, _)| *known == at).and_then(|(_, list)| list.as_ref());
                Ok(list.map(|list| list[row]))
            }
        }
    }

    /// Where a cell stands.
    pub fn place(&self, row: usize, at: &Pointer) -> String {
        match &self.kind {
            TableKind::Rows(rows) if rows.len() == 1 && self.rows == 1 => format!("{}{}", self.place, at.path()),
            TableKind::Rows(_) => format!("{}/{row}{}", self.place, at.path()),
            TableKind::Columns(_) => format!("{}{}/{row}", self.place, at.path()),
        }
    }

    /// Whether any row has it.
    pub fn has(&self, at: &Pointer) -> Result<bool, DecodeError> {
        for row in 0..self.rows {
            if self.cell(row, at)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// That no row has something.
    pub fn absent(&self, at: &Pointer, name: &str) -> DecodeError {
        let near = match &self.kind {
            TableKind::Rows(rows) => rows.first().and_then(|row| at.near(row.whole)),
            TableKind::Columns(lists) => at.near(lists.whole),
        };
        DecodeError::MissingColumn { column: name.to_owned(), near }
    }
}

impl JsonForm {
    /// Everything that is read of a row.
    fn pointers(&self) -> impl Iterator<Item = &Pointer> {
        let station = self.cells.station.iter().filter(|_| matches!(self.station, StationRule::Row(_)));
        let units = self.units.iter().filter(|unit| unit.in_row).map(|unit| &unit.at);
        self.cells.time.iter().chain(station).chain(&self.cells.columns).chain(&self.cells.flags).chain(units)
    }
}
