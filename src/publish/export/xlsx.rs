//! A workbook of Excel with one sheet: the header stays in sight, days and instants (UTC) are such, amounts are numbers in
//! the form of their currency. A sheet's numbers are floats, exact up to fifteen digits; an amount with more is a text.
//! The same rows give the same bytes.

use std::collections::HashMap;
use std::io::Write;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::layout::Layout;
use super::{Cells, ExportError, Sheet};
use crate::ledger::{Cell, Holds, PayoutRow, decimal};
use crate::quantity::Currency;

/// Rows of a sheet.
const ROWS: u32 = 1 << 20;
/// Characters of a cell.
const LENGTH: usize = 32_767;
/// Digits of a number that a float keeps.
const DIGITS: usize = 15;

/// A workbook.
pub(super) struct Xlsx<W: Write + Send> {
    out: W,
    workbook: Workbook,
    headers: Vec<String>,
    forms: Forms,
    next: u32,
}

impl<W: Write + Send> Xlsx<W> {
    pub(super) fn new(out: W, layout: &Layout) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        // Any day that is always the same.
        let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(refused)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        // Rows go to a temporary file as they come.
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(refused)?;
        let forms = Forms::new();
        head(sheet, layout, &forms).map_err(refused)?;
        let headers = layout.headers().map(str::to_owned).collect();
        Ok(Self { out, workbook, headers, forms, next: 1 })
    }

    /// As if so many rows were there.
    #[cfg(test)]
    pub(super) fn skip_to(&mut self, row: u32) {
        self.next = row;
    }

    fn write(&mut self, id: &str, cells: &Cells<'_>, bold: bool) -> Result<(), ExportError> {
        if self.next == ROWS {
            return Err(ExportError::TooManyRows { most: ROWS - 1 });
        }
        let sheet = self.workbook.worksheet_from_index(0).map_err(refused)?;
        for ((column, header), cell) in (0..).zip(&self.headers).zip(cells) {
            let Some(cell) = cell else { continue };
            let written = match cell {
                Cell::Day(day) => sheet.write_datetime_with_format(self.next, column, date(*day)?, &self.forms.day),
                Cell::Instant(at) => {
                    sheet.write_datetime_with_format(self.next, column, instant(*at)?, &self.forms.instant)
                }
                Cell::Money(minor, currency) => {
                    let form = self.forms.of(*currency, bold);
                    number_or_text(sheet, self.next, column, &decimal(*minor, *currency), form)
                }
                Cell::Whole(number) => {
                    let form = if bold { &self.forms.bold } else { &self.forms.plain };
                    number_or_text(sheet, self.next, column, &number.to_string(), form)
                }
                Cell::Flag(so) => sheet.write_boolean(self.next, column, *so),
                Cell::Decimal(text) => number_or_text(sheet, self.next, column, text, &self.forms.plain),
                Cell::Text(text) => {
                    let form = if bold { &self.forms.bold } else { &self.forms.plain };
                    sheet.write_string_with_format(self.next, column, text.as_ref(), form)
                }
            };
            written.map(|_| ()).map_err(|error| match error {
                XlsxError::MaxStringLengthExceeded => {
                    ExportError::TooLong { most: LENGTH, column: header.clone(), id: id.to_owned() }
                }
                error => refused(error),
            })?;
        }
        self.next += 1;
        Ok(())
    }
}

impl<W: Write + Send> Sheet for Xlsx<W> {
    fn line(&mut self, row: &PayoutRow, cells: &Cells<'_>) -> Result<(), ExportError> {
        self.write(&row.id, cells, false)
    }

    fn total(&mut self, cells: &Cells<'_>) -> Result<(), ExportError> {
        self.write("the sums", cells, true)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.workbook.save_to_writer(&mut self.out).map_err(refused)?;
        Ok(self.out.flush()?)
    }
}

/// How cells look.
struct Forms {
    plain: Format,
    bold: Format,
    day: Format,
    instant: Format,
    money: HashMap<(Currency, bool), Format>,
}

impl Forms {
    fn new() -> Self {
        Self {
            plain: Format::new(),
            bold: Format::new().set_bold(),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
            money: HashMap::new(),
        }
    }

    /// `1,138.50 CNY`, with the currency's places.
    fn of(&mut self, currency: Currency, bold: bool) -> &Format {
        self.money.entry((currency, bold)).or_insert_with(|| {
            let places = "0".repeat(currency.places().into());
            let point = if places.is_empty() { "" } else { "." };
            let form = Format::new().set_num_format(format!("#,##0{point}{places} [${}]", currency.code()));
            if bold { form.set_bold() } else { form }
        })
    }
}

fn head(sheet: &mut Worksheet, layout: &Layout, forms: &Forms) -> Result<(), XlsxError> {
    sheet.set_name("payouts")?.set_freeze_panes(1, 0)?;
    for (column, place) in (0..).zip(&layout.columns) {
        let width = match place.holds() {
            Holds::Day => 12,
            Holds::Instant => 25,
            Holds::Money => 22,
            Holds::Text | Holds::Whole | Holds::Minor | Holds::Decimal | Holds::Flag => 16,
        };
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, &place.header, &forms.bold)?;
    }
    Ok(())
}

/// A decimal as a number where a float keeps every digit, else as the text that it is.
fn number_or_text<'s>(
    sheet: &'s mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    form: &Format,
) -> Result<&'s mut Worksheet, XlsxError> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // Not a number for us: what is written out is the shortest text that reads as the same float, which is this one.
    match text.parse::<f64>() {
        Ok(number) if digits <= DIGITS => sheet.write_number_with_format(row, column, number, form),
        _ => sheet.write_string_with_format(row, column, text, form),
    }
}

fn date(day: NaiveDate) -> Result<ExcelDateTime, ExportError> {
    let out = || ExportError::Refused { format: "xlsx", reason: format!("a sheet has no day {day}") };
    let year = u16::try_from(day.year()).map_err(|_| out())?;
    let [month, number] = [day.month(), day.day()].map(|part| u8::try_from(part).expect("at most 31"));
    ExcelDateTime::from_ymd(year, month, number).map_err(|_| out())
}

fn instant(at: DateTime<Utc>) -> Result<ExcelDateTime, ExportError> {
    let time = at.time();
    let [hour, milli] = [time.hour(), time.nanosecond() / 1_000_000 % 1_000].map(|part| part.try_into());
    let [minute, second] = [time.minute(), time.second()].map(|part| part.try_into().expect("at most 59"));
    let (hour, milli) = (hour.expect("at most 23"), milli.expect("at most 999"));
    date(at.date_naive())?.and_hms_milli(hour, minute, second, milli).map_err(refused)
}

fn refused(error: XlsxError) -> ExportError {
    match error {
        XlsxError::IoError(error) | XlsxError::ZipError(zip::result::ZipError::Io(error)) => ExportError::Io(error),
        error => ExportError::Refused { format: "xlsx", reason: error.to_string() },
    }
}
