//! The payout log as files that others read: one file a format. Rows are written as they come; none is kept but those of a
//! group that Parquet writes together.

mod csv;
mod json;
mod layout;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(test)]
mod tests;
mod totals;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::io::{self, Write};

use crate::ledger::{BookRows, Cell, Column, Holds, LedgerError, PayoutRow};

pub use layout::{Layout, check_book_columns};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a header; RFC 4180, UTF-8.
    Csv,
    /// One object a line.
    Jsonl,
    /// An array of objects.
    Json,
    /// Apache Parquet.
    Parquet,
    /// A workbook of Excel.
    Xlsx,
}

impl Format {
    /// All.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Jsonl, Self::Json, Self::Parquet, Self::Xlsx];

    /// Its name, which is also how a file's name ends.
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format of a name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// What it is called in HTTP.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl",
            Self::Json => "application/json",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// Whether this program was built with it.
    pub fn is_built(self) -> bool {
        let with_parquet = self != Self::Parquet || cfg!(feature = "parquet");
        let with_xlsx = self != Self::Xlsx || cfg!(feature = "xlsx");
        with_parquet && with_xlsx
    }

    /// Whether it is no text, so that nobody wants to see it on a terminal.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Xlsx)
    }
}

/// Why an export was not written whole.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The program was built without the format.
    #[error("this program was built without {0}: build it with --features {0}, or take --format csv")]
    NotBuilt(&'static str),
    /// A sheet holds no more rows.
    #[error(
        "a sheet holds {most} rows and there are more: narrow them by --from and --to, or take --format parquet or csv"
    )]
    TooManyRows {
        /// How many it holds.
        most: u32,
    },
    /// A text does not fit into a cell.
    #[error("a cell of a sheet holds {most} characters, and `{column}` of {id} has more: take --format parquet or csv")]
    TooLong {
        /// How many it holds.
        most: usize,
        /// The column's header.
        column: String,
        /// The determination.
        id: String,
    },
    /// The format's library refuses.
    #[error("the {format} file cannot be written: {reason}")]
    Refused {
        /// Which format.
        format: &'static str,
        /// What it says.
        reason: String,
    },
}

/// Writes rows that are at hand as CSV with these columns of the payout log.
///
/// # Errors
/// Where it cannot be written.
pub fn write_csv(rows: &[PayoutRow], columns: &[Column], mut out: impl Write) -> Result<(), ExportError> {
    let named: Vec<_> = columns.iter().map(|column| (column.name, column.holds)).collect();
    let lines = rows.iter().map(|row| columns.iter().map(|column| column.of(row)).collect());
    let mut bytes = Vec::new();
    write_table(Format::Csv, "payouts", &named, lines, &mut bytes)?;
    Ok(out.write_all(&bytes)?)
}

/// Writes lines of any table, in a format that has nothing but columns: CSV or Parquet. `columns`: their names, and what
/// their cells are.
///
/// # Errors
/// [`ExportError::NotBuilt`], also of other formats; where it cannot be written.
#[cfg_attr(
    not(feature = "parquet"),
    expect(unused_variables, reason = "only files of Parquet have names for their rows")
)]
pub fn write_table<'c>(
    format: Format,
    name: &str,
    columns: &[(&str, Holds)],
    mut lines: impl Iterator<Item = Vec<Option<Cell<'c>>>>,
    out: impl Write + Send,
) -> Result<(), ExportError> {
    match format {
        Format::Csv => {
            let mut sheet = Box::new(csv::Csv::new(out, columns.iter().map(|(name, _)| *name))?);
            lines.try_for_each(|line| sheet.add(&line))?;
            sheet.finish()
        }
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let mut sheet = Box::new(parquet::Parquet::new(out, name, columns.iter().copied())?);
            lines.try_for_each(|line| sheet.add(&line))?;
            sheet.finish()
        }
        other => Err(ExportError::NotBuilt(other.word())),
    }
}

/// Cells of a line, in the order of the layout's columns.
type Cells<'r> = [Option<Cell<'r>>];

/// What takes lines one by one and writes them in its form.
trait Sheet {
    fn line(&mut self, row: &PayoutRow, cells: &Cells<'_>) -> Result<(), ExportError>;
    /// A line of sums, behind all others; not in formats for programs, which add up themselves.
    fn total(&mut self, cells: &Cells<'_>) -> Result<(), ExportError>;
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

/// Writes rows, each as it comes, and what ends the file. Returns how many there were. What was written before an error is
/// no file of the format: throw it away.
///
/// # Errors
/// [`ExportError`].
pub fn write<'w>(
    format: Format,
    layout: &'w Layout,
    rows: &mut dyn Iterator<Item = Result<PayoutRow, LedgerError>>,
    book: &BookRows<'_>,
    out: impl Write + Send + 'w,
) -> Result<u64, ExportError> {
    let mut sheet: Box<dyn Sheet + 'w> = match format {
        Format::Csv => Box::new(csv::Csv::new(out, layout.headers())?),
        Format::Jsonl => Box::new(json::Lines::new(out, layout)),
        Format::Json => Box::new(json::Array::new(out, layout)?),
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let columns = layout.columns.iter().map(|place| (place.header.as_str(), place.holds()));
            Box::new(parquet::Parquet::new(out, "payouts", columns)?)
        }
        #[cfg(feature = "xlsx")]
        Format::Xlsx => Box::new(xlsx::Xlsx::new(out, layout)?),
        #[cfg(not(all(feature = "parquet", feature = "xlsx")))]
        format => return Err(ExportError::NotBuilt(format.word())),
    };
    let (mut count, mut totals) = (0, totals::Totals::new(layout));
    for row in rows {
        let row = row?;
        let cells = layout.cells(&row, book)?;
        totals.add(&row, &cells);
        sheet.line(&row, &cells)?;
        count += 1;
    }
    if layout.totals {
        for line in totals.lines() {
            sheet.total(&line)?;
        }
    }
    sheet.finish()?;
    Ok(count)
}
