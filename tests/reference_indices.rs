//! Indices held against the field's libraries (xclim, climate-indices, pyet, windpowerlib, pvlib, numpy, pandas): every
//! reference case through a term sheet, by the same call as `fairgauge index`. The term sheets, one for each case with
//! one cover for each of its series, stand in `fixtures/reference/indices/recipes`; how a case's file becomes a series
//! says `series.toml` beside them. Cases whose data may stand in the repository are read there, the others in the
//! folder that `FAIRGAUGE_SHARED` names or in `../shared`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/shared.rs"]
mod shared;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use fairgauge::by_hand::{Asked, Assumed, ByHand, SeriesFile, Time, by_hand};
use fairgauge::contract::Product;
use fairgauge::document::{Faults, Source};
use fairgauge::index::Trace;
use serde::Deserialize;
use serde_json::Value;
use shared::shared;

/// How many cases there are.
const CASES: usize = 24;

/// `series.toml`, which says what each key means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plans {
    case: Vec<Plan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    id: String,
    time: Option<String>,
    offset: Option<String>,
    columns: BTreeMap<String, String>,
    #[serde(default)]
    trace: Vec<String>,
    #[serde(default)]
    only: String,
    #[serde(default)]
    complete: Vec<String>,
    points: Option<DateTime<Utc>>,
    periods: Option<Periods>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    as_of: Option<NaiveDate>,
    #[serde(default)]
    runs: Vec<Run>,
    #[serde(default)]
    series: Vec<SeriesPlan>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesPlan {
    name: String,
    periods: Option<Periods>,
    values: Option<Values>,
    scale: Option<f64>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Periods {
    Year,
    Month,
    MonthOfYear,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Values {
    Day,
    Hour,
    Row,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    name: String,
    given: BTreeMap<String, String>,
}

impl Periods {
    /// How a case calls a period.
    fn name(self, period: &ByHand) -> String {
        let format = match self {
            Self::Year => "%Y",
            Self::Month => "%Y-%m",
            Self::MonthOfYear => "%-m",
        };
        period.period.span.last.format(format).to_string()
    }
}

impl Values {
    /// How a case calls a value.
    fn name(self, row: usize, begins: DateTime<Utc>, offset: FixedOffset) -> String {
        let local = begins.with_timezone(&offset);
        match self {
            Self::Day => local.format("%Y-%m-%d").to_string(),
            Self::Hour => local.format("%Y-%m-%dT%H").to_string(),
            Self::Row => row.to_string(),
        }
    }
}

impl Plan {
    fn offset(&self) -> FixedOffset {
        self.offset.as_deref().unwrap_or("+00:00").parse().unwrap()
    }

    /// The case's data as the series that `fairgauge index` takes.
    fn series(&self, case: &Value, folder: &Path) -> String {
        let names: Vec<_> = self.columns.values().map(String::as_str).collect();
        let mut text = format!("time,{}\n", names.join(","));
        match self.points {
            Some(first) => self.write_points(first, &case["params"], &mut text),
            None => self.write_file(&Data::of(case, folder), &mut text),
        }
        text
    }

    fn write_points(&self, first: DateTime<Utc>, params: &Value, text: &mut String) {
        let lists: Vec<_> = self.columns.keys().map(|name| params[name].as_array().unwrap()).collect();
        let mut hour = first;
        for row in 0..lists[0].len() {
            let numbers: Vec<_> = lists.iter().map(|list| list[row].to_string()).collect();
            writeln!(text, "{},{}", hour.format("%Y-%m-%dT%H:%M:%SZ"), numbers.join(",")).unwrap();
            hour += TimeDelta::hours(1);
        }
    }

    fn write_file(&self, data: &Data, text: &mut String) {
        let time = data.column(self.time.as_deref().unwrap());
        let columns: Vec<_> = self.columns.keys().map(|name| (name, data.column(name))).collect();
        let complete: Vec<_> = self.complete.iter().map(|name| data.column(name)).collect();
        let wanted = |row: &&csv::StringRecord| {
            row[time].starts_with(&self.only) && complete.iter().all(|field| !row[*field].is_empty())
        };
        for row in data.rows.iter().filter(wanted) {
            write!(text, "{}{}", &row[time], self.offset.as_deref().unwrap_or_default()).unwrap();
            for (name, field) in &columns {
                // Less than half of the last place is sent as -0.1, and is nothing.
                let trace = self.trace.contains(name) && &row[*field] == "-0.1";
                write!(text, ",{}", if trace { "0.0" } else { &row[*field] }).unwrap();
            }
            text.push('\n');
        }
    }
}

/// A table of text.
struct Data {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

impl Data {
    /// The file that a case names.
    fn of(case: &Value, folder: &Path) -> Self {
        let name = case["data"][0]["file"].as_str().unwrap();
        let path = folder.join(name.strip_prefix("shared/reference/").unwrap_or(name));
        let mut bytes = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain).unwrap();
            bytes = plain;
        }
        let mut reader = csv::Reader::from_reader(&*bytes);
        let header = reader.headers().unwrap().clone();
        Self { header, rows: reader.records().map(Result::unwrap).collect() }
    }

    fn column(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"))
    }
}

/// What came out for a series of a case: a number for each key of the case, or why there is none.
type Found = BTreeMap<String, Result<f64, String>>;

/// Settles a cover, or each of its runs.
fn found(plan: &Plan, own: &SeriesPlan, recipe: &Path, series: &Path) -> Found {
    let settle = |given: &BTreeMap<String, String>| {
        let asked = Asked {
            cover: Some(own.name.replace('_', "-")),
            as_of: plan.as_of.map(Time::Date),
            trace: if own.values.is_some() { Trace::with_values() } else { Trace::off() },
        };
        let (from, to) = (own.from.or(plan.from), own.to.or(plan.to));
        let assumed = Assumed { from, to, given: given.clone(), ..Assumed::default() };
        let files = [SeriesFile::parse(series.to_str().unwrap())];
        by_hand(recipe, &files, &asked, &assumed).unwrap_or_else(|faults| panic!("{}", faults.render(false)))
    };
    let scale = own.scale.unwrap_or(1.0);
    if !plan.runs.is_empty() {
        return plan.runs.iter().map(|run| (run.name.clone(), index(&settle(&run.given)[0], scale))).collect();
    }
    let settled = settle(&BTreeMap::new());
    match own.values {
        Some(values) => values_of(&settled[0], values, plan.offset()),
        None => {
            let periods = own.periods.or(plan.periods).unwrap_or(Periods::Year);
            settled.iter().map(|one| (periods.name(one), index(one, scale))).collect()
        }
    }
}

fn index(one: &ByHand, scale: f64) -> Result<f64, String> {
    let (value, _) = one.settlement.index.as_ref().ok_or_else(|| one.settlement.reason.clone())?;
    Ok(number(value) * scale)
}

/// The values of the last series that flowed. Rows end where the rest of the day is missing.
fn values_of(one: &ByHand, called: Values, offset: FixedOffset) -> Found {
    let values = one.settlement.trace.iter().rev().find_map(|step| step.values.as_ref()).unwrap();
    let of = |(row, (begins, value)): (usize, &(DateTime<Utc>, Option<_>))| {
        let value = value.as_ref().map(|value: &fairgauge::quantity::Exact| number(&value.to_string()));
        (called.name(row, *begins, offset), value.ok_or_else(|| "missing".to_owned()))
    };
    let there = |(_, (_, value)): &(usize, &(DateTime<Utc>, Option<_>))| value.is_some();
    let rows = values.iter().enumerate();
    if matches!(called, Values::Row) { rows.filter(there).map(of).collect() } else { rows.map(of).collect() }
}

fn number(text: &str) -> f64 {
    text.trim_end_matches('…').parse().unwrap()
}

/// How a series compares with what is expected.
struct Comparison {
    right: usize,
    all: usize,
    worst: f64,
    wrong: Vec<String>,
}

fn compare(found: &Found, expected: &Value, tolerance: &Value) -> Comparison {
    let [abs, rel] = ["abs", "rel"].map(|name| tolerance[name].as_f64().unwrap());
    let pairs = expected["values"].as_array().unwrap();
    let key = |pair: &Value| pair[0].as_str().map_or_else(|| pair[0].to_string(), str::to_owned);
    let keys: Vec<_> = pairs.iter().map(key).collect();
    let mut comparison = Comparison { right: 0, all: pairs.len(), worst: 0.0, wrong: Vec::new() };
    for (key, pair) in keys.iter().zip(pairs) {
        let good = match (found.get(key), pair[1].as_f64()) {
            (Some(Ok(got)), Some(wanted)) => {
                let difference = (got - wanted).abs();
                comparison.worst = comparison.worst.max(difference);
                difference <= abs + rel * wanted.abs()
            }
            (Some(Err(_)), None) => true,
            _ => false,
        };
        comparison.right += usize::from(good);
        if !good {
            comparison.wrong.push(format!("{key}: {:?}, expected {}", found.get(key), pair[1]));
        }
    }
    let more = found.keys().filter(|key| !keys.contains(key));
    comparison.wrong.extend(more.map(|key| format!("{key}: the case has no such value")));
    comparison
}

fn clone() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference")
}

fn plans() -> Vec<Plan> {
    let text = std::fs::read_to_string(clone().join("indices/series.toml")).unwrap();
    toml::from_str::<Plans>(&text).unwrap().case
}

fn recipe(id: &str) -> PathBuf {
    clone().join("indices/recipes").join(id).with_extension("toml")
}

/// The case with the folder in which it and its data stand: in the repository, else in the shared folder.
fn read_case(id: &str, elsewhere: Option<&Path>) -> Option<(Value, PathBuf)> {
    let file = |folder: &Path| folder.join("indices").join(format!("{id}.json"));
    let folders = [Some(clone()), elsewhere.map(Path::to_owned)];
    let folder = folders.into_iter().flatten().find(|folder| file(folder).is_file())?;
    Some((serde_json::from_str(&std::fs::read_to_string(file(&folder)).unwrap()).unwrap(), folder))
}

/// A line for each series of a case, and what is wrong with it; none where the case is not here.
fn run(plan: &Plan, elsewhere: Option<&Path>) -> Option<(String, Vec<String>)> {
    let (case, folder) = read_case(&plan.id, elsewhere)?;
    let scratch = tempfile::tempdir().unwrap();
    let series = scratch.path().join("series.csv");
    std::fs::write(&series, plan.series(&case, &folder)).unwrap();
    let (mut table, mut wrong) = (String::new(), Vec::new());
    for expected in case["expected"].as_array().unwrap() {
        let name = expected["name"].as_str().unwrap();
        let usual = SeriesPlan { name: name.to_owned(), ..SeriesPlan::default() };
        let own = plan.series.iter().find(|own| own.name == name).unwrap_or(&usual);
        let comparison = compare(&found(plan, own, &recipe(&plan.id), &series), expected, &case["tolerance"]);
        let Comparison { right, all, worst, .. } = comparison;
        writeln!(table, "{:<26} {name:<26} {right:>3} of {all:>3}   worst difference {worst:.1e}", plan.id).unwrap();
        wrong.extend(comparison.wrong.into_iter().map(|wrong| format!("{} {name} {wrong}", plan.id)));
    }
    Some((table, wrong))
}

#[test]
fn indices_are_those_of_the_libraries() {
    let (plans, elsewhere) = (plans(), shared("reference"));
    let elsewhere = elsewhere.as_deref();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = plans.iter().map(|plan| scope.spawn(move || run(plan, elsewhere))).collect();
        running.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let (mut ran, mut wrong) = (0, Vec::new());
    for (table, differences) in outcomes.into_iter().flatten() {
        print!("{table}");
        wrong.extend(differences);
        ran += 1;
    }
    println!("ran {ran} of {CASES} cases");
    if ran < CASES {
        println!("left out: {} index cases, whose records are in ../shared", CASES - ran);
    }
    assert!(wrong.is_empty(), "{} values differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(ran == CASES || elsewhere.is_none(), "a case was passed over");
}

/// Also where the records are not here: each case has a term sheet, and it has no fault.
#[test]
fn every_recipe_is_a_product() {
    let plans = plans();
    assert_eq!(plans.len(), CASES);
    for plan in plans {
        let text = std::fs::read_to_string(recipe(&plan.id)).unwrap();
        let source: Arc<Source> = Source::new(&plan.id, text);
        let mut faults = Faults::new();
        let product = Product::read(&source, &mut faults);
        assert!(faults.is_empty(), "{}", faults.render(false));
        let covers = product.unwrap().covers;
        for own in &plan.series {
            let id = own.name.replace('_', "-");
            assert!(covers.iter().any(|cover| cover.id == id), "{} has no cover {id}", plan.id);
        }
    }
}
