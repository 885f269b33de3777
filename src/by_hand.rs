//! One index by hand: a product, a series in a file, and the same `settle` as ever.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use crate::calendar::{DayRule, Period, Span, Window};
use crate::contract::{Block, Book, BookSources, ColumnKind, Cover, Exposure, Grain, Policy, Product};
use crate::document::{CsvRow, Fault, Faults, Place, Source, did_you_mean};
use crate::index::Trace;
use crate::observation::{Knowledge, Reading, Vintage};
use crate::quantity::{Fixed, Unit, Variable};
use crate::settings::read_text;
use crate::settle::{Settlement, Terms, settle};

/// The station under which the series of a file stands.
const STATION: &str = "series";

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
    /// Columns of the book, such as `threshold` and `33.5 degC`.
    pub given: BTreeMap<String, String>,
}

/// One settlement by hand.
#[derive(Debug)]
pub struct ByHand {
    /// The product, `leafy-greens@1`.
    pub product: String,
    /// The cover.
    pub cover: String,
    /// The period.
    pub period: Period,
    /// What comes out when all waiting is over, with the way of the number.
    pub settlement: Settlement,
}

/// Faults of a file's rows after which reading on tells nothing new.
const ENOUGH_FAULTS: usize = 20;

/// A file of readings: `time`, perhaps `station`, then columns such as `precipitation[mm]`.
struct Series {
    source: Arc<Source>,
    columns: Vec<(Variable, Unit)>,
    rows: Vec<SeriesRow>,
}

struct SeriesRow {
    place: Place,
    time: Time,
    station: Arc<str>,
    values: Vec<Option<Fixed>>,
}

/// What a reading of a row speaks for.
struct Interval<'s> {
    row: &'s SeriesRow,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// A date is an insured day; an instant begins a step.
#[derive(Clone, Copy)]
enum Time {
    Date(NaiveDate),
    Instant(DateTime<Utc>),
}

/// Settles a product's covers, or one of them, over a series, period by period, as it stands when all waiting is over.
///
/// # Errors
/// All faults of the product, of what was assumed, or of the series.
pub fn by_hand(product: &Path, series: &Path, cover: Option<&str>, assumed: &Assumed) -> Result<Vec<ByHand>, Faults> {
    let mut faults = Faults::new();
    let (sheet, readings) = (
        read_text(product, "name the product's file", &mut faults),
        read_text(series, "name the file of the series with --series FILE", &mut faults),
    );
    let (Some(sheet), Some(readings)) = (sheet, readings) else { return Err(faults) };
    let read = Product::read(&sheet, &mut faults);
    let series = Series::read(&readings, &mut faults);
    let (Some(read), Some(series)) = (read, series) else { return Err(faults) };
    if let Some(wanted) = cover
        && !read.covers.iter().any(|cover| cover.id == wanted)
    {
        let names: Vec<_> = read.covers.iter().map(|cover| cover.id.as_str()).collect();
        let hint = did_you_mean(wanted, names.iter().copied())
            .map_or_else(|| format!("it has: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
        let fault = Fault::new(&Place::Text(sheet.clone(), 0..0), format!("the product has no cover `{wanted}`"));
        faults.push(fault.hint(hint));
        return Err(faults);
    }
    let Some(told) = series.span(&read.day) else { return Err(faults) };
    let mut settled = Vec::new();
    for cover in read.covers.iter().filter(|one| cover.is_none_or(|wanted| one.id == wanted)) {
        let mut known = None;
        for span in policy_spans(cover, told, assumed) {
            let policy = assumed_policy(&sheet, &read, &cover.id, span, assumed, &mut faults);
            let Some(policy) = policy.filter(|_| faults.is_empty()) else { return Err(faults) };
            // Each year's policy is given the same, so it means the same series.
            let known = known.get_or_insert_with(|| series.learn(&policy, &cover.id, &mut faults));
            if !faults.is_empty() {
                return Err(faults);
            }
            settled.extend(settle_all(&policy, &cover.id, known, told));
        }
    }
    if settled.is_empty() {
        let fault = Fault::new(&Place::Text(readings, 0..0), "no period of the cover meets the days of the series");
        faults.push(fault.hint(format!("the series tells of {} to {}", told.first, told.last)));
        return Err(faults);
    }
    Ok(settled)
}

/// The cover periods to settle: the one that was given; else of a window of dates or months each calendar year, as
/// each year has its policy; else the whole series.
fn policy_spans(cover: &Cover, told: Span, assumed: &Assumed) -> Vec<Span> {
    if cover.window == Window::Cover || assumed.from.is_some() || assumed.to.is_some() {
        let (first, last) = (assumed.from.unwrap_or(told.first), assumed.to.unwrap_or(told.last));
        return vec![Span { first, last }];
    }
    // A window over the year's end begins in the year before.
    let over = matches!(cover.window, Window::Dates(from, to) if to < from);
    let years = told.first.year() - i32::from(over)..=told.last.year();
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("every year has it");
    let begins = |year| match cover.window {
        Window::Dates(from, _) if over => from.in_year(year).unwrap_or(day(year, 3, 1)),
        _ => day(year, 1, 1),
    };
    // To the day before the next year's policy: a year with a 29 February is a day longer.
    let whole = |year| Span { first: begins(year), last: begins(year + 1) - TimeDelta::days(1) };
    years.map(whole).collect()
}

/// Every period that the series tells of, when all waiting is over.
fn settle_all(policy: &Policy, cover: &str, known: &Knowledge, told: Span) -> Vec<ByHand> {
    let cover = policy.product.covers.iter().find(|one| one.id == cover).expect("it was looked for");
    let spans = cover.window.periods(policy.cover).expect("the policy was bound only where its windows fit");
    let told_of = spans.into_iter().filter(|span| span.first <= told.last && told.first <= span.last);
    told_of
        .map(|span| {
            let period = Period::new(span, &policy.product.day);
            let terms = Terms { policy, cover, period: &period, bound_at: period.begins, eroded: 0 };
            let late = terms.deadline().max(terms.lag_over());
            let settlement = settle(&terms, known, late, Trace::on());
            ByHand { product: policy.product.reference(), cover: cover.id.clone(), period, settlement }
        })
        .collect()
}

/// A book of one row, read as any other.
fn assumed_policy(
    sheet: &Arc<Source>,
    product: &Product,
    cover: &str,
    span: Span,
    assumed: &Assumed,
    faults: &mut Faults,
) -> Option<Arc<Policy>> {
    let mut row = vec![
        ("policy".to_owned(), "by-hand".to_owned()),
        ("product".to_owned(), product.reference()),
        ("insured".to_owned(), "nobody".to_owned()),
        ("from".to_owned(), span.first.to_string()),
        ("to".to_owned(), span.last.to_string()),
    ];
    let mut not_asked = |message: String, flag: &str| {
        let fault = Fault::new(&Place::Text(sheet.clone(), 0..0), message);
        faults.push(fault.hint(format!("leave out {flag}")));
    };
    match product.exposure {
        Exposure::PerPolicy => {
            if assumed.units.is_some() {
                not_asked("the product's amounts are not for each unit of exposure".to_owned(), "--units");
            }
            let sum = assumed.sum_insured.clone().unwrap_or_else(|| format!("100 {}", product.currency));
            row.push(("sum_insured".to_owned(), sum));
        }
        Exposure::PerUnit { unit, .. } => {
            if assumed.sum_insured.is_some() {
                not_asked(format!("the product's amounts are for each {unit}: no policy has its own"), "--sum-insured");
            }
            row.push(("units".to_owned(), assumed.units.clone().unwrap_or_else(|| format!("1 {unit}"))));
        }
    }
    for column in &product.columns {
        match (assumed.given.get(&column.name), column.kind) {
            (Some(value), _) => row.push((column.name.clone(), value.clone())),
            (None, ColumnKind::Station) => row.push((column.name.clone(), STATION.to_owned())),
            (None, ColumnKind::Number(unit)) => {
                let name = &column.name;
                let fault =
                    Fault::new(&Place::Text(sheet.clone(), 0..0), format!("the product asks the book for `{name}`"));
                faults.push(fault.hint(format!("add --given {name}=\"1 {unit}\"")));
            }
        }
    }
    let unknown = assumed.given.keys().filter(|name| !product.columns.iter().any(|column| column.name == **name));
    for name in unknown {
        let fault =
            Fault::new(&Place::Text(sheet.clone(), 0..0), format!("the product does not ask the book for `{name}`"));
        faults.push(fault.hint(format!("leave out --given {name}=…")));
    }
    let line = |texts: Vec<&str>| {
        texts.into_iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
    };
    let header = line(row.iter().map(|(name, _)| name.as_str()).collect());
    let values = line(row.iter().map(|(_, value)| value.as_str()).collect());
    let sources = BookSources {
        products: vec![sheet.clone()],
        policies: vec![Source::new("assumed policy", format!("{header}\n{values}\n"))],
        only_cover: Some(cover.to_owned()),
    };
    if !faults.is_empty() {
        return None;
    }
    Book::read(&sources, faults).policies.into_iter().next()
}

impl Series {
    fn read(source: &Arc<Source>, faults: &mut Faults) -> Option<Self> {
        let text = source.text();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let skipped = source.text().len() - text.len();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut header: Option<Header> = None;
        let (mut rows, mut record, before) = (Vec::new(), csv::StringRecord::new(), faults.len());
        while faults.len() < before + ENOUGH_FAULTS {
            let start = skipped + usize::try_from(reader.position().byte()).expect("a file in memory");
            let at = CsvRow::from_offset(source, start);
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let fault = Fault::new(&at.whole(), format!("this row is no CSV: {error}"));
                    faults.push(fault.hint("save the file as CSV with commas"));
                    return None;
                }
            }
            match &header {
                None => header = Some(Header::read(&record, &at, faults)?),
                Some(header) => rows.extend(header.row(&record, &at, faults)),
            }
        }
        let Some(header) = header.filter(|_| !rows.is_empty()) else {
            if faults.len() == before {
                let fault = Fault::new(&Place::Text(source.clone(), 0..0), "the series has no reading");
                faults.push(fault.hint("begin it with time,precipitation[mm] and a row for each step"));
            }
            return None;
        };
        (faults.len() == before).then(|| Self { source: source.clone(), columns: header.columns, rows })
    }

    /// First and last insured day.
    fn span(&self, day: &DayRule) -> Option<Span> {
        let dates = self.rows.iter().map(|row| match row.time {
            Time::Date(date) => date,
            Time::Instant(instant) => day.date_of(instant),
        });
        Some(Span { first: dates.clone().min()?, last: dates.max()? })
    }

    /// The readings under the names by which the product's first sources mean them, in the steps in which it reads
    /// them, all known from the beginning.
    fn learn(&self, policy: &Policy, cover: &str, faults: &mut Faults) -> Knowledge {
        let mut known = Knowledge::new();
        let covers = policy.product.covers.iter().filter(|one| one.id == cover);
        for limb in covers.flat_map(|cover| &cover.limbs) {
            let own = limb.pipeline.sources();
            let source = own.first().unwrap_or(&policy.product.data.sources[0]);
            let (wanted, grain): (&[Variable], _) = match &limb.pipeline.blocks[0].block {
                Block::Read { variable, grain, .. } => (std::slice::from_ref(variable), Some(*grain)),
                _ => (&[Variable::StormLatitude, Variable::StormLongitude, Variable::StormWind], None),
            };
            let lacks = |wanted: &&Variable| !self.columns.iter().any(|(variable, _)| variable == *wanted);
            for lacking in wanted.iter().filter(lacks) {
                let place = Place::Text(self.source.clone(), 0..0);
                let fault = Fault::new(&place, format!("the series has no column of {lacking}"));
                faults.push(fault.hint(format!("add {lacking}[{}]", lacking.own_unit())));
            }
            let station = source.station.as_deref().map(|name| station_of(name, policy));
            let Some(rows) = self.rows_of(station.as_deref(), source.station.as_deref(), faults) else { return known };
            let Some(intervals) = intervals(&rows, grain, &policy.product.day, faults) else { return known };
            for Interval { row, start, end } in intervals {
                for ((variable, unit), value) in self.columns.iter().zip(&row.values) {
                    if grain.is_some() && !wanted.contains(variable) {
                        continue;
                    }
                    let station = station.clone().unwrap_or_else(|| row.station.clone());
                    let reading = Reading {
                        station,
                        variable: *variable,
                        start,
                        end,
                        value: *value,
                        unit: *unit,
                        vintage: Vintage::Final,
                    };
                    known.learn(&source.feed, &reading, DateTime::UNIX_EPOCH, 0);
                }
            }
            known.hear(&source.feed, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
        }
        known
    }

    /// The rows that a limb reads: of its own station where the file has several; of a whole feed, all. `written` is
    /// the station as the term sheet names it.
    fn rows_of(&self, station: Option<&str>, written: Option<&str>, faults: &mut Faults) -> Option<Vec<&SeriesRow>> {
        let stations: BTreeSet<&str> = self.rows.iter().map(|row| &*row.station).collect();
        match station {
            Some(own) if stations.len() > 1 && stations.contains(own) => {
                Some(self.rows.iter().filter(|row| &*row.station == own).collect())
            }
            Some(_) if stations.len() > 1 => {
                let names: Vec<_> = stations.iter().copied().collect();
                let message = format!("the series has rows of {}, and the cover reads one station", names.join(", "));
                let column = written.and_then(column_of);
                let hint = match column {
                    Some(column) => format!("add --given {column}={}", names[0]),
                    None => "leave the rows of one".to_owned(),
                };
                faults.push(Fault::new(&Place::Text(self.source.clone(), 0..0), message).hint(hint));
                None
            }
            _ => Some(self.rows.iter().collect()),
        }
    }
}

/// The book's column that a station's name such as `{station}` stands for.
fn column_of(name: &str) -> Option<&str> {
    name.strip_prefix('{').and_then(|name| name.strip_suffix('}'))
}

/// The station that a source's name means for a policy.
fn station_of(name: &str, policy: &Policy) -> Arc<str> {
    match column_of(name) {
        Some(column) => policy.stations.get(column).cloned().unwrap_or_else(|| STATION.into()),
        None => name.into(),
    }
}

/// What the rows speak for, none twice.
fn intervals<'s>(
    rows: &[&'s SeriesRow],
    grain: Option<Grain>,
    day: &DayRule,
    faults: &mut Faults,
) -> Option<Vec<Interval<'s>>> {
    let mut intervals = Vec::with_capacity(rows.len());
    for row in rows {
        let (start, end) = row.interval(grain, day, faults)?;
        intervals.push(Interval { row, start, end });
    }
    intervals.sort_by(|a, b| (&a.row.station, a.start).cmp(&(&b.row.station, b.start)));
    for [before, next] in intervals.array_windows() {
        if before.row.station != next.row.station || (before.end <= next.start && before.start < next.start) {
            continue;
        }
        let (message, hint) = match grain {
            Some(grain) if before.start < next.start => (
                format!("this step begins before the one before it is over: the product reads steps of {grain}"),
                format!("write one row for each {grain}, or let the product read the steps of the file"),
            ),
            _ => ("this time stands in the series twice".to_owned(), "leave one of the two rows".to_owned()),
        };
        faults.push(Fault::new(&next.row.place, message).hint(hint));
        return None;
    }
    Some(intervals)
}

/// What the columns of a series hold.
struct Header {
    width: usize,
    station: Option<usize>,
    columns: Vec<(Variable, Unit)>,
    fields: Vec<usize>,
}

impl Header {
    fn read(record: &csv::StringRecord, at: &CsvRow, faults: &mut Faults) -> Option<Self> {
        let before = faults.len();
        let mut header = Self { width: record.len(), station: None, columns: Vec::new(), fields: Vec::new() };
        for (field, name) in record.iter().map(str::trim).enumerate() {
            let mut fault = |message: String, hint: &str| faults.push(Fault::new(&at.field(field), message).hint(hint));
            match (field, name) {
                (0, "time") => {}
                (0, _) => fault(
                    "the first column is not `time`".to_owned(),
                    "name it so; it holds dates, or instants such as 2024-06-01T00:00:00Z",
                ),
                (_, "station") if header.station.is_some() => {
                    fault("two columns are called `station`".to_owned(), "leave one of them out");
                }
                (_, "station") => header.station = Some(field),
                _ => match variable_column(name) {
                    Ok((variable, _)) if header.columns.iter().any(|(other, _)| *other == variable) => {
                        fault(format!("two columns hold {variable}"), "leave one of them out");
                    }
                    Ok(column) => {
                        header.columns.push(column);
                        header.fields.push(field);
                    }
                    Err(hint) => fault(format!("`{name}` is no column of a series"), &hint),
                },
            }
        }
        (faults.len() == before).then_some(header)
    }

    fn row(&self, record: &csv::StringRecord, at: &CsvRow, faults: &mut Faults) -> Option<SeriesRow> {
        if record.len() != self.width {
            let message = format!("the row has {} fields, the header has {}", record.len(), self.width);
            faults.push(Fault::new(&at.whole(), message).hint("a field with a comma stands in double quotes"));
            return None;
        }
        let text = &record[0];
        let Some(time) = Time::read(text) else {
            let fault = Fault::new(&at.field(0), format!("`{text}` is no time"));
            faults
                .push(fault.hint("write a date, 2024-06-01, or an instant with its offset, 2024-06-01T20:00:00+08:00"));
            return None;
        };
        let mut values = Vec::with_capacity(self.fields.len());
        for (field, (variable, unit)) in self.fields.iter().zip(&self.columns) {
            let value = match &record[*field] {
                "" => None,
                number => match Fixed::parse_rounded(number) {
                    Ok(value) if value < Fixed::ZERO && variable.is_never_negative() => {
                        let message = format!("{number} {unit} of {variable} is below zero");
                        faults.push(Fault::new(&at.field(*field), message).hint("a missing value is an empty field"));
                        return None;
                    }
                    Ok(value) => Some(value),
                    Err(error) => {
                        let fault = Fault::new(&at.field(*field), error.to_string());
                        faults.push(fault.hint("a missing value is an empty field"));
                        return None;
                    }
                },
            };
            values.push(value);
        }
        let station = self.station.map_or(STATION, |field| &record[field]).into();
        Some(SeriesRow { place: at.field(0), time, station, values })
    }
}

impl Time {
    /// A date or an RFC 3339 instant, of the years that the book knows too.
    fn read(text: &str) -> Option<Self> {
        let years = 1900..2200;
        if text.len() == 10 {
            return text.parse().ok().filter(|date: &NaiveDate| years.contains(&date.year())).map(Self::Date);
        }
        let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        years.contains(&instant.year()).then_some(Self::Instant(instant))
    }
}

impl SeriesRow {
    /// What a reading of this row speaks for, in the steps in which the product reads it; an instant for storms.
    fn interval(
        &self,
        grain: Option<Grain>,
        day: &DayRule,
        faults: &mut Faults,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let interval = match (self.time, grain) {
            (Time::Date(date), Some(Grain::Day)) => Some(day.interval(date)),
            (Time::Instant(instant), Some(Grain::Step(seconds))) => {
                Some((instant, instant + TimeDelta::seconds(seconds)))
            }
            (Time::Instant(instant), Some(Grain::Day)) if day.begin(day.date_of(instant)) == instant => {
                Some(day.interval(day.date_of(instant)))
            }
            (Time::Instant(instant), None) => Some((instant, instant)),
            _ => None,
        };
        if interval.is_none() {
            let (message, hint) = match grain {
                Some(Grain::Day) => {
                    ("the product reads insured days, and no insured day begins at this instant", "write dates")
                }
                Some(Grain::Step(_)) => {
                    ("the product reads steps of a day, and this is a date", "write instants, 2024-06-01T00:00:00Z")
                }
                None => (
                    "storms are read from fixes at instants, and this is a date",
                    "write instants, 2024-06-01T00:00:00Z",
                ),
            };
            faults.push(Fault::new(&self.place, message).hint(hint));
        }
        interval
    }
}

/// `precipitation[mm]`, or how it should be written.
fn variable_column(name: &str) -> Result<(Variable, Unit), String> {
    let parts = name.strip_suffix(']').and_then(|name| name.split_once('['));
    let Some((name, symbol)) = parts else { return Err("write variable[unit], as in precipitation[mm]".to_owned()) };
    let near = |word, known: Vec<&'static str>| {
        did_you_mean(word, known.iter().copied())
            .map_or_else(|| format!("it is one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"))
    };
    let variable = Variable::from_name(name).ok_or_else(|| near(name, Variable::names().collect()))?;
    let unit = Unit::from_symbol(symbol).ok_or_else(|| near(symbol, Unit::symbols().collect()))?;
    if unit.dimension() != variable.own_unit().dimension() {
        return Err(format!("{variable} is not measured in {unit}; its own unit is {}", variable.own_unit()));
    }
    Ok((variable, unit))
}
