//! Comma-separated values by RFC 4180, with a header.

use std::borrow::Cow;
use std::io::Write;

use super::{Cells, ExportError, Sheet};
use crate::ledger::{Cell, PayoutRow, decimal, instant_text};

/// A file of them.
pub(super) struct Csv<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    pub(super) fn new<'h>(out: W, headers: impl Iterator<Item = &'h str>) -> Result<Self, ExportError> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(headers).map_err(failed)?;
        Ok(Self { writer })
    }

    pub(super) fn add(&mut self, cells: &Cells<'_>) -> Result<(), ExportError> {
        for cell in cells {
            self.writer.write_field(cell.as_ref().map_or(Cow::Borrowed(""), text).as_bytes()).map_err(failed)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(failed)
    }
}

impl<W: Write> Sheet for Csv<W> {
    fn line(&mut self, _: &PayoutRow, cells: &Cells<'_>) -> Result<(), ExportError> {
        self.add(cells)
    }

    fn total(&mut self, cells: &Cells<'_>) -> Result<(), ExportError> {
        self.add(cells)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.writer.flush()?)
    }
}

/// A cell as a text that any program reads back.
pub(super) fn text<'c>(cell: &'c Cell<'_>) -> Cow<'c, str> {
    match cell {
        Cell::Text(text) => Cow::Borrowed(text),
        Cell::Decimal(text) => Cow::Borrowed(text),
        Cell::Whole(number) => number.to_string().into(),
        Cell::Money(minor, currency) => decimal(*minor, *currency).into(),
        Cell::Day(day) => day.to_string().into(),
        Cell::Flag(so) => so.to_string().into(),
        Cell::Instant(at) => instant_text(*at).expect("the ledger keeps instants to the millisecond").into(),
    }
}

/// A pipe that was closed stays one: as it is converted by `csv` it would be any error.
fn failed(error: csv::Error) -> ExportError {
    ExportError::Io(match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    })
}
