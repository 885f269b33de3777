//! Objects of JSON: one a line, or all in an array. Of the whole payout log they are its rows as everywhere; of an export
//! of one's own they have its headers as names, and amounts are texts, so that no reader makes them floats.

use std::io::Write;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::layout::Layout;
use super::{Cells, ExportError, Sheet, csv};
use crate::ledger::{Cell, Line, PayoutRow};

/// One a line.
pub(super) struct Lines<'l, W> {
    out: W,
    layout: &'l Layout,
}

impl<'l, W: Write> Lines<'l, W> {
    pub(super) fn new(out: W, layout: &'l Layout) -> Self {
        Self { out, layout }
    }
}

impl<W: Write> Sheet for Lines<'_, W> {
    fn line(&mut self, row: &PayoutRow, cells: &Cells<'_>) -> Result<(), ExportError> {
        object(&mut self.out, self.layout, row, cells)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn total(&mut self, _: &Cells<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

/// All in an array, an object a line.
pub(super) struct Array<'l, W> {
    lines: Lines<'l, W>,
    begun: bool,
}

impl<'l, W: Write> Array<'l, W> {
    pub(super) fn new(mut out: W, layout: &'l Layout) -> Result<Self, ExportError> {
        out.write_all(b"[")?;
        Ok(Self { lines: Lines::new(out, layout), begun: false })
    }
}

impl<W: Write> Sheet for Array<'_, W> {
    fn line(&mut self, row: &PayoutRow, cells: &Cells<'_>) -> Result<(), ExportError> {
        let before: &[u8] = if self.begun { b",\n" } else { b"\n" };
        self.begun = true;
        self.lines.out.write_all(before)?;
        object(&mut self.lines.out, self.lines.layout, row, cells)
    }

    fn total(&mut self, _: &Cells<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.lines.out.write_all(if self.begun { b"\n]\n" } else { b"]\n" })?;
        Ok(self.lines.out.flush()?)
    }
}

fn object(out: &mut impl Write, layout: &Layout, row: &PayoutRow, cells: &Cells<'_>) -> Result<(), ExportError> {
    let written = if layout.is_log {
        serde_json::to_writer(out, &Line::from(row))
    } else {
        serde_json::to_writer(out, &Object { layout, cells })
    };
    written.map_err(|error| ExportError::Io(error.into()))
}

struct Object<'o, 'r> {
    layout: &'o Layout,
    cells: &'o Cells<'r>,
}

impl Serialize for Object<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.cells.len()))?;
        for (header, cell) in self.layout.headers().zip(self.cells) {
            match cell {
                None => object.serialize_entry(header, &())?,
                Some(Cell::Whole(number)) => match i64::try_from(*number) {
                    Ok(number) => object.serialize_entry(header, &number)?,
                    Err(_) => object.serialize_entry(header, &number.to_string())?,
                },
                Some(Cell::Flag(so)) => object.serialize_entry(header, so)?,
                Some(cell) => object.serialize_entry(header, &csv::text(cell))?,
            }
        }
        object.end()
    }
}
