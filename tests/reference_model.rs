//! Random term sheets and series, against what an independent evaluator in Python expects
//! (`tests/reference_model/`, written from the documentation and not from this program).
//!
//! `FAIRGAUGE_CASES=N` has Python make N fresh ones, `FAIRGAUGE_CASES=FILE` takes those of a file; `FAIRGAUGE_SEED` says which. `FAIRGAUGE_DIFFERING=NAME` keeps the
//! cases that differ in NAME.jsonl, and what differs in NAME.txt.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use fairgauge::by_hand::{Asked, Assumed, ByHand, SeriesFile, by_hand};
use fairgauge::index::Trace;
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};

/// How many differences are shown in full.
const SHOWN: usize = 10;

/// One line of a file of cases.
#[derive(Deserialize)]
struct Case {
    id: String,
    product: String,
    series: Series,
    given: BTreeMap<String, String>,
    from: String,
    to: String,
    sum_insured: Option<String>,
    units: Option<String>,
    paid_before: Option<String>,
    expected: Vec<Told>,
}

/// Readings as CSV.
#[derive(Deserialize)]
#[serde(untagged)]
enum Series {
    /// For every source.
    One(String),
    /// For feeds, or stations of them.
    Several(BTreeMap<String, String>),
}

impl Series {
    /// Writes the files.
    fn write(&self, folder: &Path) -> Vec<SeriesFile> {
        let write = |name: String, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        match self {
            Self::One(text) => vec![SeriesFile::for_all(&write("series.csv".to_owned(), text))],
            Self::Several(texts) => {
                let files = texts.iter().enumerate().map(|(number, (source, text))| {
                    let path = write(format!("series-{number}.csv"), text);
                    SeriesFile::parse(&format!("{source}={}", path.display()))
                });
                files.collect()
            }
        }
    }
}

/// What a period comes to.
#[derive(Debug, Deserialize, Serialize, PartialEq, Eq)]
struct Told {
    cover: String,
    /// First and last insured day.
    period: [String; 2],
    index: Option<Index>,
    /// What the index may be as well: those of other events that pay as much, where the terms name no one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    or_index: Vec<Option<Index>>,
    outcome: String,
    reason: String,
    amount: String,
}

#[derive(Debug, Deserialize, Serialize, PartialEq, Eq)]
struct Index {
    value: String,
    unit: String,
}

impl Told {
    /// Whether that is what the model expects.
    fn meets(&self, expected: &Self) -> bool {
        let index = self.index == expected.index || expected.or_index.contains(&self.index);
        index
            && self.cover == expected.cover
            && self.period == expected.period
            && self.outcome == expected.outcome
            && self.reason == expected.reason
            && self.amount == expected.amount
    }

    fn of(one: &ByHand) -> Self {
        let settlement = &one.settlement;
        Self {
            cover: one.cover.clone(),
            period: [one.period.span.first.to_string(), one.period.span.last.to_string()],
            index: settlement
                .index
                .as_ref()
                .map(|(value, unit)| Index { value: value.clone(), unit: unit.symbol().to_owned() }),
            or_index: Vec::new(),
            outcome: settlement.outcome.word().to_owned(),
            reason: settlement.reason_code.to_owned(),
            amount: settlement.amount.decimal(),
        }
    }
}

impl Case {
    /// What the program says, or the faults that it finds; `folder` is the caller's own.
    fn settle(&self, folder: &Path) -> Result<Vec<Told>, String> {
        let product = folder.join("product.toml");
        std::fs::write(&product, &self.product).unwrap();
        let series = self.series.write(folder);
        let assumed = Assumed {
            from: Some(self.from.parse().unwrap()),
            to: Some(self.to.parse().unwrap()),
            sum_insured: self.sum_insured.clone(),
            units: self.units.clone(),
            paid_before: self.paid_before.clone(),
            paid_by_other: None,
            given: self.given.clone(),
        };
        let asked = Asked { cover: None, as_of: None, trace: Trace::off() };
        let settled = by_hand(&product, &series, &asked, &assumed);
        settled.map(|all| all.iter().map(Told::of).collect()).map_err(|faults| format!("{faults:?}"))
    }
}

/// What a run of many cases found.
#[derive(Default)]
struct Tally {
    cases: usize,
    periods: usize,
    outcomes: BTreeMap<String, usize>,
    differing: Vec<String>,
    lines: Vec<String>,
}

impl Tally {
    fn add(&mut self, line: &str, case: &Case, told: &Result<Vec<Told>, String>) {
        self.cases += 1;
        self.periods += case.expected.len();
        for expected in &case.expected {
            *self.outcomes.entry(format!("{} {}", expected.outcome, expected.reason)).or_default() += 1;
        }
        let found = match told {
            Ok(told)
                if told.len() == case.expected.len() && told.iter().zip(&case.expected).all(|(a, b)| a.meets(b)) =>
            {
                return;
            }
            Ok(told) => {
                let pairs = told.iter().zip(&case.expected).filter(|(told, expected)| told != expected);
                let each = pairs.map(|(told, expected)| format!("  program {told:?}\n  model   {expected:?}\n"));
                let numbers = (told.len() != case.expected.len())
                    .then(|| format!("  {} periods, the model has {}\n", told.len(), case.expected.len()));
                each.chain(numbers).collect()
            }
            Err(faults) => format!("  refused: {faults}\n"),
        };
        self.differing.push(format!("{}\n{found}{}", case.id, case.product));
        self.lines.push(format!("{line}\n"));
    }
}

/// Runs cases, a line each, on every core.
fn run(sources: Vec<Box<dyn BufRead + Send>>) -> Tally {
    let sources: Vec<_> = sources.into_iter().map(|source| Mutex::new(source.lines())).collect();
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for number in 0..cores().max(sources.len()) {
            let (lines, tally) = (&sources[number % sources.len()], &tally);
            scope.spawn(move || {
                let folder = tempfile::tempdir().unwrap();
                loop {
                    let Some(line) = lines.lock().unwrap().next() else { break };
                    let line = line.unwrap();
                    let case: Case = serde_json::from_str(&line).unwrap();
                    // A panic is a difference as well, of a case that has a name.
                    let told = catch_unwind(AssertUnwindSafe(|| case.settle(folder.path())));
                    let told = told.unwrap_or_else(|_| Err("it panics".to_owned()));
                    tally.lock().unwrap().add(&line, &case, &told);
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Starts Python to make so many cases of a seed.
fn python(seed: &str, count: usize) -> Child {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference_model/generate.py");
    let mut python = Command::new("python3");
    python.args(["-B".as_ref(), script.as_os_str()]).args(["--seed", seed, "--count", &count.to_string()]);
    python.stdout(Stdio::piped()).spawn().expect("python3 starts")
}

/// Says what was run, and fails where anything differs.
fn judge(tally: &Tally, name: &str) {
    println!("{name}: {} cases with {} periods, {} differ", tally.cases, tally.periods, tally.differing.len());
    for (outcome, count) in &tally.outcomes {
        println!("  {count:>7} {outcome}");
    }
    if let Some(path) = std::env::var_os("FAIRGAUGE_DIFFERING").map(PathBuf::from) {
        std::fs::write(path.with_extension("jsonl"), tally.lines.concat()).unwrap();
        std::fs::write(path.with_extension("txt"), tally.differing.join("\n")).unwrap();
    }
    let shown: Vec<_> = tally.differing.iter().take(SHOWN).map(String::as_str).collect();
    assert!(shown.is_empty(), "{name}: {} cases differ; the first:\n{}", tally.differing.len(), shown.join("\n"));
}

#[test]
fn random_cases_come_out_as_the_independent_evaluator_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference/random-cases.jsonl.gz");
    let cases = BufReader::new(GzDecoder::new(std::fs::File::open(file).unwrap()));
    let tally = run(vec![Box::new(cases)]);
    judge(&tally, "recorded cases");
    assert!(tally.cases >= 2_000, "{}", tally.cases);
    for outcome in ["pays", "nothing_due", "undetermined"] {
        let found = tally.outcomes.iter().filter(|(key, _)| key.starts_with(outcome)).map(|(_, count)| count);
        assert!(found.sum::<usize>() >= 200, "{outcome}");
    }
}

#[test]
fn fresh_cases_come_out_as_the_independent_evaluator_says() {
    let count = std::env::var("FAIRGAUGE_CASES").unwrap_or_default();
    if count.is_empty() || !tools::there("python3") {
        println!("no fresh cases: FAIRGAUGE_CASES=N and python3 make them");
        return;
    }
    let seed = std::env::var("FAIRGAUGE_SEED").unwrap_or_else(|_| "1".to_owned());
    let Ok(wanted) = count.parse::<usize>() else {
        let file = std::fs::File::open(&count).expect("FAIRGAUGE_CASES is a number, or a file of cases");
        return judge(&run(vec![Box::new(BufReader::new(file))]), &count);
    };
    let jobs = cores();
    let count_of = |job| wanted / jobs + usize::from(job < wanted % jobs);
    let mut pythons: Vec<_> = (0..jobs).map(|job| python(&format!("{seed}.{job}"), count_of(job))).collect();
    let told = |python: &mut Child| -> Box<dyn BufRead + Send> {
        Box::new(BufReader::new(python.stdout.take().expect("it is piped")))
    };
    let tally = run(pythons.iter_mut().map(told).collect());
    assert!(pythons.iter_mut().all(|python| python.wait().unwrap().success()), "generate.py fails");
    judge(&tally, &format!("fresh cases of seed {seed}"));
    assert_eq!(tally.cases, wanted);
}
