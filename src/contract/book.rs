//! Reading the book: policies by the row, each bound to its product.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::calendar::Span;
use crate::document::{CsvRow, CsvRows, Fault, Faults, Place, Source, did_you_mean};
use crate::quantity::{Exact, Quantity, Unit};

use super::less::check_policies;
use super::policy::{Policy, RowPlace};
use super::product::{ColumnKind, Exposure, Product};
use super::term_sheet::Faulty;

/// The texts of a book: product files and CSV files of policies.
#[derive(Clone, Debug, Default)]
pub struct BookSources {
    /// Term sheets.
    pub products: Vec<Arc<Source>>,
    /// Files of policies.
    pub policies: Vec<Arc<Source>>,
    /// Only the cover of this name matters: for an index by hand.
    pub only_cover: Option<String>,
}

/// Products and policies, all valid.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// By reference, `leafy-greens@1`.
    pub products: BTreeMap<String, Arc<Product>>,
    /// In the order of the files.
    pub policies: Vec<Arc<Policy>>,
}

impl Book {
    /// Reads all files and binds each policy. Faults are added to `faults`, all of them.
    pub fn read(sources: &BookSources, faults: &mut Faults) -> Self {
        Self::read_from(sources, false, faults)
    }

    /// The same where some term sheet could not be read at all: what a policy refers to may stand in it.
    pub fn read_without_some(sources: &BookSources, faults: &mut Faults) -> Self {
        Self::read_from(sources, true, faults)
    }

    /// Adds a product; two of one id and version are a fault.
    pub fn add(&mut self, product: Product, faults: &mut Faults) {
        let reference = product.reference();
        if let Some(other) = self.products.get(&reference) {
            let message = format!("`{reference}` is also the product in {}", other.source.name());
            faults.push(Fault::new(&product.place, message).hint("give one of them another id or version"));
            return;
        }
        self.products.insert(reference, Arc::new(product));
    }

    fn read_from(sources: &BookSources, incomplete: bool, faults: &mut Faults) -> Self {
        let mut book = Self::default();
        let mut faulty = Vec::new();
        for source in &sources.products {
            let Some(product) = Product::read(source, faults) else {
                faulty.push(Faulty::read(source));
                continue;
            };
            book.add(product, faults);
        }
        let mut binder = Binder {
            incomplete,
            book: &mut book,
            faulty: &faulty,
            only_cover: sources.only_cover.as_deref(),
            read: HashMap::new(),
            seen: HashMap::new(),
        };
        for source in &sources.policies {
            binder.read_file(source, faults);
        }
        let seen = binder.seen;
        // By hand there is one policy alone.
        if sources.only_cover.is_none() {
            check_policies(&book.policies, &|id| incomplete || seen.contains_key(id), faults);
        }
        book
    }
}

/// A product's reference and the policy's numbers, so that equal ones are read once.
type Binding = (String, Vec<(String, Quantity)>);

struct Binder<'b> {
    book: &'b mut Book,
    faulty: &'b [Faulty],
    incomplete: bool,
    only_cover: Option<&'b str>,
    read: HashMap<Binding, Option<Arc<Product>>>,
    seen: HashMap<String, RowPlace>,
}

/// A row with the place of each of its fields.
struct Row<'r> {
    header: &'r [String],
    record: &'r csv::StringRecord,
    at: RowPlace,
}

impl<'r> Row<'r> {
    fn place(&self, column: &str) -> Place {
        self.at.of(column)
    }

    fn get(&self, column: &str) -> Option<&'r str> {
        let field = self.header.iter().position(|name| name == column)?;
        self.record.get(field).filter(|text| !text.is_empty())
    }

    fn required(&self, column: &str, example: &str, faults: &mut Faults) -> Option<&'r str> {
        let value = self.get(column);
        if value.is_none() {
            let (message, place) = if self.header.iter().any(|name| name == column) {
                (format!("`{column}` is empty"), self.place(column))
            } else {
                (format!("the book has no column `{column}`, which this policy's product needs"), self.place("product"))
            };
            faults.push(Fault::new(&place, message).hint(format!("write it as {example}")));
        }
        value
    }

    fn fault<T>(
        &self,
        column: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
        faults: &mut Faults,
    ) -> Option<T> {
        faults.push(Fault::new(&self.place(column), message).hint(hint));
        None
    }
}

const FIXED: [&str; 8] = ["policy", "product", "insured", "book", "from", "to", "sum_insured", "units"];

impl Binder<'_> {
    fn read_file(&mut self, source: &Arc<Source>, faults: &mut Faults) {
        let (mut rows, mut record) = (CsvRows::of(source), csv::StringRecord::new());
        let mut header: Option<Arc<[String]>> = None;
        while let Some(at) = rows.read(&mut record, faults) {
            let Some(header) = &header else {
                let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
                if !self.check_header(&at, &names, faults) {
                    return;
                }
                header = Some(names.into());
                continue;
            };
            let place = RowPlace { row: at, header: header.clone() };
            let row = Row { header, record: &record, at: place };
            if record.len() != header.len() {
                let message = format!("the row has {} fields, the header has {}", record.len(), header.len());
                let fault = Fault::new(&row.at.row.whole(), message);
                faults.push(fault.hint("a field with a comma stands in double quotes"));
                continue;
            }
            if let Some(policy) = self.bind(&row, faults) {
                self.book.policies.push(Arc::new(policy));
            }
        }
        if header.is_none() {
            let fault = Fault::new(&Place::Text(source.clone(), 0..0), "the book is empty");
            faults.push(fault.hint("begin it with the header policy,product,insured,from,to,sum_insured"));
        }
    }

    fn check_header(&self, at: &CsvRow, names: &[String], faults: &mut Faults) -> bool {
        let before = faults.len();
        let columns =
            self.book.products.values().flat_map(|product| &product.columns).map(|column| column.name.as_str());
        let of_faulty = self.faulty.iter().flat_map(|sheet| &sheet.columns).map(String::as_str);
        let mut known: Vec<&str> = FIXED.to_vec();
        for name in columns.chain(of_faulty) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        for (field, name) in names.iter().enumerate() {
            let place = at.field(field);
            if names[..field].contains(name) {
                let fault = Fault::new(&place, format!("two columns are called `{name}`"));
                faults.push(fault.hint("leave one of them out"));
            } else if !known.contains(&name.as_str()) && !self.incomplete {
                let hint = did_you_mean(name, known.iter().copied()).map_or_else(
                    || format!("leave it out, or name it in a product's [policy]; columns are: {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                faults.push(Fault::new(&place, format!("no product asks for a column `{name}`")).hint(hint));
            }
        }
        for name in
            ["policy", "product", "insured", "from", "to"].iter().filter(|name| !names.iter().any(|n| n == *name))
        {
            let fault = Fault::new(&at.whole(), format!("the column `{name}` is missing"));
            faults.push(fault.hint("the header begins policy,product,insured,from,to"));
        }
        faults.len() == before
    }

    fn bind(&mut self, row: &Row<'_>, faults: &mut Faults) -> Option<Policy> {
        let id = self.read_id(row, faults);
        let insured = row.required("insured", "the insured's name", faults);
        let book = read_book(row, faults);
        let cover = read_cover_period(row, faults);
        let reference = row.required("product", "leafy-greens@1", faults)?;
        let Some(product) = self.book.products.get(reference).cloned() else {
            if self.incomplete || self.faulty.iter().any(|sheet| sheet.may_be(reference)) {
                return None; // the fault is in its term sheet, and told there
            }
            let near = did_you_mean(reference, self.book.products.keys().map(String::as_str));
            let hint = near.map_or_else(
                || "name a product and its version, as in leafy-greens@1".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return row.fault("product", format!("there is no product `{reference}`"), hint, faults);
        };
        let columns = read_columns(row, &product, faults);
        check_unused(row, &product, faults);
        // The sum insured hangs on factors that the row may give.
        let bound = match &columns {
            Some(columns) if product.has_terms() => self.with_terms(&product, &columns.terms, faults),
            Some(_) => Some(product.clone()),
            None => None,
        };
        let exposure = read_exposure(row, bound.as_ref().unwrap_or(&product), faults);
        let (Columns { stations, terms, dates, policies }, product, (sum_insured, units)) =
            (columns?, bound?, exposure?);
        let (id, insured, book, cover) = (id?, insured?, book?, cover?);
        let pairs = row.header.iter().zip(row.record.iter());
        let policy = Policy {
            id: id.into(),
            product,
            insured: insured.to_owned(),
            book: book.map(Arc::from),
            cover,
            sum_insured,
            units,
            stations,
            terms,
            dates,
            policies,
            row: pairs
                .filter(|(name, value)| !matches!(name.as_str(), "insured" | "book") && !value.is_empty())
                .map(|(name, value)| (name.clone(), value.to_owned()))
                .collect(),
            place: row.at.clone(),
        };
        if let Some((column, message, hint)) = policy.bought_too_late() {
            return row.fault(column, message, hint, faults);
        }
        match policy.check(self.only_cover) {
            Ok(()) => Some(policy),
            Err((column, message, hint)) => row.fault(column, message, hint, faults),
        }
    }

    fn read_id<'r>(&mut self, row: &Row<'r>, faults: &mut Faults) -> Option<&'r str> {
        let id = row.required("policy", "NY-001", faults)?;
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if id.len() > 60 || !id.chars().all(good) {
            let message = format!("`{id}` is no policy number: letters, digits, and - _ . between them, at most 60");
            return row.fault("policy", message, "as in NY-001", faults);
        }
        if let Some(other) = self.seen.get(id) {
            // The line is counted here only: counting it for every row would take as long as the book is large.
            let other = match other.of("policy") {
                Place::Text(source, span) => format!("{}:{}", source.name(), source.line_column(span.start).0),
                Place::Environment(name) | Place::File(name) => name,
            };
            return row.fault(
                "policy",
                format!("policy {id} stands at {other} already"),
                "a policy has one row; give this one another number",
                faults,
            );
        }
        self.seen.insert(id.to_owned(), row.at.clone());
        Some(id)
    }

    /// The product read with a policy's numbers; policies with equal numbers share it.
    fn with_terms(
        &mut self,
        product: &Arc<Product>,
        terms: &BTreeMap<String, Quantity>,
        faults: &mut Faults,
    ) -> Option<Arc<Product>> {
        let key = (product.reference(), terms.iter().map(|(name, value)| (name.clone(), *value)).collect());
        let read =
            self.read.entry(key).or_insert_with(|| Product::read_with(&product.source, terms, faults).map(Arc::new));
        read.clone()
    }
}

/// The book that the row names, if it does.
fn read_book<'r>(row: &Row<'r>, faults: &mut Faults) -> Option<Option<&'r str>> {
    let Some(book) = row.get("book") else { return Some(None) };
    if book.chars().count() > 60 || book.chars().any(char::is_control) || book.trim() != book {
        let message = "a book has a name of at most 60 characters, without blanks at its ends or control characters";
        return row.fault("book", message, "as in QS-2026, or leave the field empty", faults);
    }
    Some(Some(book))
}

fn read_cover_period(row: &Row<'_>, faults: &mut Faults) -> Option<Span> {
    let (first, last) = (read_date(row, "from", faults), read_date(row, "to", faults));
    let (first, last) = (first?, last?);
    if last < first {
        return row.fault(
            "to",
            format!("the cover period ends on {last}, before it begins on {first}"),
            "both days are included",
            faults,
        );
    }
    Some(Span { first, last })
}

/// A day of the calendar, `2024-06-01`.
fn read_date(row: &Row<'_>, column: &str, faults: &mut Faults) -> Option<NaiveDate> {
    let text = row.required(column, "2024-06-01", faults)?;
    let date = text.parse::<NaiveDate>().ok().filter(|_| text.len() == 10);
    let date = date.filter(|date| (1900..2200).contains(&chrono::Datelike::year(date)));
    if date.is_none() {
        return row.fault(
            column,
            format!("`{text}` is no day of the calendar"),
            "write year, month and day, as in 2024-06-01",
            faults,
        );
    }
    date
}

/// What the row gives in the columns that the product asks for.
#[derive(Default)]
struct Columns {
    stations: BTreeMap<String, Arc<str>>,
    terms: BTreeMap<String, Quantity>,
    dates: BTreeMap<String, NaiveDate>,
    policies: BTreeMap<String, Arc<str>>,
}

/// Reads all of them; none where one has a fault.
fn read_columns(row: &Row<'_>, product: &Product, faults: &mut Faults) -> Option<Columns> {
    let (mut columns, mut complete) = (Columns::default(), true);
    for column in &product.columns {
        let name = &column.name;
        let read = match column.kind {
            ColumnKind::Station => row.required(name, "a station of the feed", faults).map(|station| {
                columns.stations.insert(name.clone(), station.into());
            }),
            ColumnKind::Date => read_date(row, name, faults).map(|date| {
                columns.dates.insert(name.clone(), date);
            }),
            ColumnKind::Policy => row.required(name, "a policy of this book", faults).map(|policy| {
                columns.policies.insert(name.clone(), policy.into());
            }),
            ColumnKind::Number(unit) => read_number(row, name, unit, faults).map(|value| {
                columns.terms.insert(name.clone(), value);
            }),
        };
        complete &= read.is_some();
    }
    complete.then_some(columns)
}

fn read_number(row: &Row<'_>, column: &str, unit: Unit, faults: &mut Faults) -> Option<Quantity> {
    let example = format!("12.5 {unit}");
    let text = row.required(column, &example, faults)?;
    match Quantity::parse(text) {
        Ok(quantity) if quantity.unit.dimension() == unit.dimension() => Some(quantity),
        Ok(quantity) => {
            let message = format!(
                "`{text}` is {}, the product asks for {}",
                quantity.unit.dimension().with_article(),
                unit.described()
            );
            row.fault(column, message, format!("write it as {example}"), faults)
        }
        Err(error) => row.fault(column, error.to_string(), format!("write it as {example}"), faults),
    }
}

fn read_exposure(row: &Row<'_>, product: &Product, faults: &mut Faults) -> Option<(Option<Exact>, Exact)> {
    match product.exposure {
        Exposure::PerPolicy => {
            let example = format!("50000 {}", product.currency);
            let text = row.required("sum_insured", &example, faults)?;
            let sum = text.split_once(' ').filter(|(_, code)| *code == product.currency.code());
            let sum = sum.and_then(|(number, _)| crate::quantity::Fixed::parse(number).ok());
            match sum.filter(|sum| *sum > crate::quantity::Fixed::ZERO) {
                Some(sum) => match product.sum_rule.apply(Exact::from(sum)) {
                    Ok(sum) => Some((Some(sum), Exact::from(1))),
                    Err(error) => row.fault("sum_insured", error.to_string(), "is the amount right?", faults),
                },
                None => row.fault(
                    "sum_insured",
                    format!("`{text}` is no sum insured in {}", product.currency),
                    format!("write it as {example}"),
                    faults,
                ),
            }
        }
        Exposure::PerUnit { unit, sum_insured } => {
            let units = read_number(row, "units", unit, faults)?;
            let count = units.in_unit(unit).ok().filter(|count| count.is_positive());
            let Some(count) = count else {
                return row.fault(
                    "units",
                    format!("`{units}` is not above zero"),
                    format!("write it as 12.5 {unit}"),
                    faults,
                );
            };
            let total = sum_insured.map(|sum| sum.times(count)).transpose();
            match total {
                Ok(total) => Some((total, count)),
                Err(error) => row.fault("units", error.to_string(), "is the unit right?", faults),
            }
        }
    }
}

/// A number in a column that the product does not know would be silently without effect.
fn check_unused(row: &Row<'_>, product: &Product, faults: &mut Faults) {
    for name in row.header.iter().filter(|name| row.get(name).is_some()) {
        let used = match (name.as_str(), product.exposure) {
            ("sum_insured", exposure) => exposure == Exposure::PerPolicy,
            ("units", exposure) => exposure != Exposure::PerPolicy,
            ("policy" | "product" | "insured" | "book" | "from" | "to", _) => true,
            (name, _) => product.columns.iter().any(|column| column.name == name),
        };
        if !used {
            let message = format!("{} does not use `{name}`", product.reference());
            faults.push(Fault::new(&row.place(name), message).hint("leave the field empty"));
        }
    }
}
