//! The policy that is assumed: a book of one row, read as any other.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::teller::Teller;
use super::telling::Telling;
use crate::calendar::{Span, Window};
use crate::contract::{Book, BookSources, Column, ColumnKind, Cover, Exposure, Policy, Product};
use crate::document::{CsvRow, Fault, Faults, Place, Source, did_you_mean};
use crate::quantity::Fixed;

/// What a policy would give.
#[derive(Clone, Debug, Default)]
pub struct Assumed {
    /// First insured day; else the series' first.
    pub from: Option<NaiveDate>,
    /// Last insured day; else the series' last.
    pub to: Option<NaiveDate>,
    /// `50000 CNY`, where each policy has its own.
    pub sum_insured: Option<String>,
    /// `12.5 ha`, where amounts are for each unit.
    pub units: Option<String>,
    /// `1200 CNY`: what the policy's earlier final determinations paid; else nothing.
    pub paid_before: Option<String>,
    /// `1200 CNY`: what the other policy paid whose payout is subtracted; else that is not final.
    pub paid_by_other: Option<String>,
    /// Columns of the book, such as `threshold` and `33.5 degC`.
    pub given: BTreeMap<String, String>,
}

/// What was paid before, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    /// By earlier determinations of the policy.
    pub eroded: i64,
    /// By the other policy whose payout is subtracted; none where that is not final.
    pub by_other: Option<i64>,
}

/// Policies of a product as they are assumed.
pub(crate) struct Assumption<'a> {
    pub product: &'a Product,
    pub assumed: &'a Assumed,
    pub telling: &'a Telling,
    pub teller: Teller<'a>,
}

impl Assumption<'_> {
    /// The cover periods to settle: the one that was given; else of a window of dates or months each calendar year,
    /// as each year has its policy; else all of `told`.
    pub fn spans(&self, cover: &Cover, told: Span) -> Vec<Span> {
        let (from, to) = (self.assumed.from, self.assumed.to);
        let whole = Span { first: from.unwrap_or(told.first), last: to.unwrap_or(told.last) };
        if from.is_some() || to.is_some() {
            return vec![whole];
        }
        // A window over the year's end begins in the year before.
        let (over, window) = match cover.window {
            Window::Cover => return vec![whole],
            Window::Dates(from, to) => (to < from, Some(from)),
            _ => (false, None),
        };
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("every year has it");
        let begins = |year| match window {
            Some(from) if over => from.in_year(year).unwrap_or(day(year, 3, 1)),
            _ => day(year, 1, 1),
        };
        // To the day before the next year's policy: a year with a 29 February is a day longer.
        let policy = |year| Span { first: begins(year), last: begins(year + 1) - TimeDelta::days(1) };
        (told.first.year() - i32::from(over)..=told.last.year()).map(policy).collect()
    }

    /// The policy of one cover period, bound as any other.
    pub fn bind(&self, cover: &Cover, span: Span, faults: &mut Faults) -> Option<Arc<Policy>> {
        let before = faults.len();
        let mut row = vec![
            ("policy".to_owned(), "by-hand".to_owned()),
            ("product".to_owned(), self.product.reference()),
            ("insured".to_owned(), "nobody".to_owned()),
            ("from".to_owned(), span.first.to_string()),
            ("to".to_owned(), span.last.to_string()),
        ];
        row.push(self.exposure(faults));
        self.columns(cover, span.first, &mut row, faults);
        if faults.len() > before {
            return None;
        }
        let line = |texts: Vec<&str>| {
            texts.into_iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
        };
        let header = line(row.iter().map(|(name, _)| name.as_str()).collect());
        let values = line(row.iter().map(|(_, value)| value.as_str()).collect());
        let book = Source::new("assumed policy", format!("{header}\n{values}\n"));
        let sources = BookSources {
            products: vec![self.product.source.clone()],
            policies: vec![book.clone()],
            only_cover: Some(cover.id.clone()),
        };
        let mut found = Faults::new();
        let policy = Book::read(&sources, &mut found).policies.into_iter().next();
        for fault in found.iter() {
            faults.push(self.placed(fault, &book, header.len() + 1, &row));
        }
        policy.filter(|_| faults.len() == before)
    }

    /// A fault of the assumed row stands where its field was said. Flags have no place: there the row is shown.
    fn placed(&self, fault: &Fault, book: &Arc<Source>, row_start: usize, row: &[(String, String)]) -> Fault {
        match (&self.teller, fault.place()) {
            (Teller::Case { .. }, Place::Text(source, span)) if Arc::ptr_eq(source, book) => {
                let line = CsvRow::from_offset(book, row_start);
                let begins = |field: usize| match line.field(field) {
                    Place::Text(_, field) => field.start,
                    _ => 0,
                };
                let field = (0..row.len()).rev().find(|field| begins(*field) <= span.start);
                fault.clone().moved(self.teller.place(&row[field.unwrap_or(0)].0))
            }
            _ => fault.clone(),
        }
    }

    fn not_asked(&self, key: &str, message: String, faults: &mut Faults) {
        faults.push(Fault::new(&self.teller.place(key), message).hint(self.teller.leave_out(key)));
    }

    fn exposure(&self, faults: &mut Faults) -> (String, String) {
        let (product, assumed) = (self.product, self.assumed);
        match product.exposure {
            Exposure::PerPolicy => {
                if assumed.units.is_some() {
                    let message = "the product's amounts are not for each unit of exposure".to_owned();
                    self.not_asked("units", message, faults);
                }
                let sum = assumed.sum_insured.clone().unwrap_or_else(|| format!("100 {}", product.currency));
                ("sum_insured".to_owned(), sum)
            }
            Exposure::PerUnit { unit, .. } => {
                if assumed.sum_insured.is_some() {
                    let message = format!("the product's amounts are for each {unit}: no policy has its own");
                    self.not_asked("sum_insured", message, faults);
                }
                ("units".to_owned(), assumed.units.clone().unwrap_or_else(|| format!("1 {unit}")))
            }
        }
    }

    /// What else the book would give.
    fn columns(&self, cover: &Cover, first: NaiveDate, row: &mut Vec<(String, String)>, faults: &mut Faults) {
        let (columns, given) = (&self.product.columns, &self.assumed.given);
        for column in columns {
            match self.value_of(column, cover, first) {
                Ok(value) => row.push((column.name.clone(), value)),
                Err(fault) => faults.push(fault),
            }
        }
        for name in given.keys().filter(|name| !columns.iter().any(|column| column.name == **name)) {
            let message = format!("the product does not ask the book for `{name}`");
            let near = did_you_mean(name, columns.iter().map(|column| column.name.as_str()));
            let hint = match near.filter(|near| !given.contains_key(*near)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => self.teller.leave_out_given(name),
            };
            faults.push(Fault::new(&self.teller.place(name), message).hint(hint));
        }
    }

    /// What a column holds; a station that nobody gave is the one of the readings, and without a day of purchase the policy
    /// was bought in time.
    fn value_of(&self, column: &Column, cover: &Cover, first: NaiveDate) -> Result<String, Fault> {
        let name = &column.name;
        if let Some(value) = self.assumed.given.get(name) {
            return Ok(value.clone());
        }
        if let Some(purchase) = self.product.purchase.as_ref().filter(|purchase| purchase.column == *name) {
            return Ok(purchase.latest_for(first).to_string());
        }
        if column.kind == ColumnKind::Station {
            return match self.telling.only_station(&self.product.reads_behind(cover)) {
                Ok(only) => Ok(only.to_string()),
                Err(named) => {
                    let names: Vec<_> = named.iter().map(|name| &**name).collect();
                    let message =
                        format!("the series has rows of {}, and it is open which is `{name}`", names.join(", "));
                    let place = self.telling.place(&self.teller);
                    Err(Fault::new(&place, message).hint(self.teller.add(name, names[0])))
                }
            };
        }
        // What it paid is said by itself.
        if column.kind == ColumnKind::Policy {
            return Ok("other".to_owned());
        }
        let example =
            if let ColumnKind::Number(unit) = column.kind { format!("1 {unit}") } else { "2024-06-01".to_owned() };
        let fault = Fault::new(&self.teller.place("given"), format!("the product asks the book for `{name}`"));
        Err(fault.hint(self.teller.add(name, &example)))
    }

    /// What earlier determinations paid, and the other policy whose payout is subtracted.
    pub fn paid_before(&self, faults: &mut Faults) -> Option<Before> {
        let eroded = self.minor("paid_before", self.assumed.paid_before.as_deref(), faults)?.unwrap_or(0);
        let by_other = self.minor("paid_by_other", self.assumed.paid_by_other.as_deref(), faults)?;
        let stacked = |cover: &Cover| cover.less.as_ref().is_some_and(|less| less.policy.is_some());
        if by_other.is_some() && !self.product.covers.iter().any(stacked) {
            let message = "no cover subtracts what another policy paid".to_owned();
            self.not_asked("paid_by_other", message, faults);
            return None;
        }
        Some(Before { eroded, by_other })
    }

    /// An amount of money that was said, in minor units.
    fn minor(&self, key: &str, text: Option<&str>, faults: &mut Faults) -> Option<Option<i64>> {
        let Some(text) = text else { return Some(None) };
        let currency = self.product.currency;
        let number = text.strip_suffix(currency.code()).and_then(|number| number.strip_suffix(' '));
        let micros = number.and_then(|number| Fixed::parse(number).ok()).map(Fixed::micros);
        let minor = micros.and_then(|micros| {
            let parts = i128::from(micros) * i128::from(currency.minor_per_unit());
            let whole = parts % i128::from(Fixed::MICROS) == 0;
            i64::try_from(parts / i128::from(Fixed::MICROS)).ok().filter(|_| whole)
        });
        if minor.is_none() {
            let message = format!("`{text}` is no amount in {currency}, to its minor unit");
            let hint = format!("write it as 1200 {currency}");
            faults.push(Fault::new(&self.teller.place(key), message).hint(hint));
        }
        minor.map(Some)
    }
}
