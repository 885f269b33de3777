//! Which columns an export has.

use std::borrow::Cow;

use crate::document::{Fault, Faults, did_you_mean};
#[cfg(any(feature = "parquet", feature = "xlsx"))]
use crate::ledger::Holds;
use crate::ledger::{BookRows, COLUMNS, Cell, Column, LedgerError, PayoutRow};
use crate::settings::{CellsFrom, ExportColumn, ExportSettings};

/// The columns of an export, and whether sums stand at its end.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(super) columns: Vec<Place>,
    pub(super) totals: bool,
    /// Whether these are all columns of the payout log, as they are: then an object of JSON is the row's own.
    pub(super) is_log: bool,
}

/// A column in its place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) header: String,
    pub(super) from: CellsFrom,
}

#[cfg(any(feature = "parquet", feature = "xlsx"))]
impl Place {
    /// What its cells are.
    pub(super) fn holds(&self) -> Holds {
        match &self.from {
            CellsFrom::Log(column) => column.holds,
            CellsFrom::Book(_) | CellsFrom::Is(_) => Holds::Text,
        }
    }
}

impl Layout {
    /// All columns of the payout log by their names.
    pub fn log() -> Self {
        let place = |column: &'static Column| Place { header: column.name.to_owned(), from: CellsFrom::Log(column) };
        Self { columns: COLUMNS.iter().map(place).collect(), totals: false, is_log: true }
    }

    /// The columns of the settings.
    pub fn of(settings: &ExportSettings) -> Self {
        let place = |column: &ExportColumn| Place { header: column.header.clone(), from: column.from.clone() };
        Self { columns: settings.columns.iter().map(place).collect(), totals: settings.totals, is_log: false }
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|place| place.header.as_str())
    }

    pub(super) fn cells<'r>(
        &'r self,
        row: &'r PayoutRow,
        book: &BookRows<'_>,
    ) -> Result<Vec<Option<Cell<'r>>>, LedgerError> {
        let cell = |place: &'r Place| {
            Ok(match &place.from {
                CellsFrom::Log(column) => column.of(row),
                CellsFrom::Book(column) => book.of(&row.policy, column)?.map(|text| Cell::Text(Cow::Owned(text))),
                CellsFrom::Is(text) => Some(Cell::Text(text.into())),
            })
        };
        self.columns.iter().map(cell).collect()
    }
}

/// Columns of the book that an export names and no bound policy has: of `known` ones the nearest is the hint.
///
/// # Errors
/// A fault for each.
pub fn check_book_columns(settings: &ExportSettings, known: &[String]) -> Result<(), Faults> {
    let mut faults = Faults::new();
    for column in &settings.columns {
        let CellsFrom::Book(name) = &column.from else { continue };
        if known.contains(name) || known.is_empty() {
            continue;
        }
        let fault = Fault::new(&column.place, format!("no policy has a column `{name}` in the book"));
        faults.push(match did_you_mean(name, known.iter().map(String::as_str)) {
            Some(near) => fault.hint(format!("did you mean `book.{near}`?")),
            None => fault.hint(format!("policies have: {}", known.join(", "))),
        });
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
