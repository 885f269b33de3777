//! One index by hand: a product, a series in a file, and the same `settle` as ever.

mod series;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, TimeDelta};

use self::series::Series;
use crate::calendar::{Period, Span, Window};
use crate::contract::{Book, BookSources, ColumnKind, Cover, Exposure, Policy, Product};
use crate::document::{Fault, Faults, Place, Source, did_you_mean};
use crate::index::Trace;
use crate::observation::Knowledge;
use crate::settings::read_text;
use crate::settle::{Paid, Settlement, Terms, settle};

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
            let settlement = settle_late(policy, cover, &period, known, Trace::on());
            ByHand { product: policy.product.reference(), cover: cover.id.clone(), period, settlement }
        })
        .collect()
}

/// A settlement when all waiting is over. Nothing was paid before, but for what is subtracted: that is settled first.
fn settle_late(policy: &Policy, cover: &Cover, period: &Period, known: &Knowledge, trace: Trace) -> Settlement {
    let other = cover.less.iter().filter_map(|less| policy.product.covers.iter().find(|other| other.id == *less));
    let same_period = other.map(|other| {
        let settlement = settle_late(policy, other, period, known, Trace::off());
        (other.id.clone(), Some(settlement.amount.minor()))
    });
    let paid = Paid { same_period: same_period.collect(), ..Paid::default() };
    let terms = Terms { policy, cover, period, bound_at: period.begins, paid };
    let late = terms.deadline().max(terms.lag_over());
    settle(&terms, known, late, trace)
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
            (None, kind) => {
                let name = &column.name;
                let example = match kind {
                    ColumnKind::Number(unit) => format!("1 {unit}"),
                    _ => span.first.to_string(),
                };
                let fault =
                    Fault::new(&Place::Text(sheet.clone(), 0..0), format!("the product asks the book for `{name}`"));
                faults.push(fault.hint(format!("add --given {name}=\"{example}\"")));
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
