//! Term sheets with what is known, and their indices by the evaluator that settles.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fairgauge::calendar::{Period, Span};
use fairgauge::contract::{Book, BookSources, Policy};
use fairgauge::document::{Faults, Source};
use fairgauge::index::{Baselines, Index, Inputs, Trace, evaluate};
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Exact, Fixed, Unit, Variable};
use fairgauge::settle::{Paid, Pass, Settlement, Terms};

/// Policies, each of a station of its own, and what is known of the stations.
pub struct Gauge {
    pub policies: Vec<Arc<Policy>>,
    known: Knowledge,
    as_of: DateTime<Utc>,
}

impl Gauge {
    /// A cover for each index, each as the term sheet has it, with a payout for it.
    pub fn new(indices: &[(&str, &str)], stations: usize) -> Self {
        let covers: String = (0..).zip(indices).map(|(place, (index, payout))| cover(place, index, payout)).collect();
        let product = format!(
            r#"
            [product]
            id = "bench"
            version = 1
            name = "Bench"
            currency = "EUR"
            day = {{ zone = "UTC", starts = "00:00" }}
            [exposure]
            sum_insured = "policy"
            [policy]
            station = "station"
            [data]
            sources = ["feed/{{station}}"]
            missing = {{ at_most = "5 %", longest = "2 d" }}
            [settlement]
            lag = "0 d"
            longest_wait = "1 d"
            rounding = "half_up"
            [limit]
            aggregate = "100 %"
            {covers}
            "#
        );
        let rows: String = (0..stations)
            .map(|station| format!("P{station},bench@1,A,2024-01-01,2024-12-31,1000 EUR,S{station}\n"))
            .collect();
        let sources = BookSources {
            products: vec![Source::new("bench", product)],
            policies: vec![Source::new("book", format!("policy,product,insured,from,to,sum_insured,station\n{rows}"))],
            ..BookSources::default()
        };
        let mut faults = Faults::new();
        let policies = Book::read(&sources, &mut faults).policies;
        assert!(faults.is_empty() && policies.len() == stations, "the book is in order: {faults:?}");
        let as_of = DateTime::from_timestamp(4_000_000_000, 0).expect("an instant");
        Self { policies, known: Knowledge::new(), as_of }
    }

    /// Learns a station's readings from a date on, one for each step of so many seconds, all from one answer.
    pub fn learn(&mut self, station: usize, variable: Variable, from: NaiveDate, step: i64, values: &[Fixed]) {
        let station: Arc<str> = self.policies[station].stations["station"].clone();
        let (feed, unit): (Arc<str>, Unit) = ("feed".into(), variable.own_unit());
        let mut start = from.and_time(chrono::NaiveTime::MIN).and_utc();
        for value in values {
            let (end, value) = (start + TimeDelta::seconds(step), Some(*value));
            let vintage = Vintage::Final;
            let reading = Reading { station: station.clone(), variable, start, end, value, unit, vintage };
            self.known.learn(&feed, &reading, self.as_of, 1);
            start = end;
        }
    }

    /// The index of a cover over a period.
    pub fn index(&self, policy: &Policy, cover: usize, period: &Period) -> Exact {
        self.index_with(policy, cover, period, &mut Baselines::default())
    }

    /// The index of a cover over one period after the other, which share the years that they are compared with.
    pub fn indices(&self, policy: &Policy, cover: usize, periods: &[Period]) -> Vec<Exact> {
        let mut baselines = Baselines::default();
        periods.iter().map(|period| self.index_with(policy, cover, period, &mut baselines)).collect()
    }

    fn index_with(&self, policy: &Policy, cover: usize, period: &Period, baselines: &mut Baselines) -> Exact {
        let pipeline = &policy.product.covers[cover].limbs[0].pipeline;
        let inputs = Inputs::new(&self.known, self.as_of, policy, period, period.ends);
        match evaluate(pipeline, &inputs, baselines, &mut Trace::off()).index {
            Ok(Index::Number(number)) => number,
            other => panic!("an index, not {other:?}"),
        }
    }

    /// A cover over one period after the other, settled in one pass as the daemon does.
    pub fn settle(&self, policy: &Policy, cover: usize, periods: &[Period]) -> Vec<Settlement> {
        let mut pass = Pass::new(&self.known, self.as_of);
        let cover = &policy.product.covers[cover];
        let settle =
            |period| pass.settle(&Terms { policy, cover, period, bound_at: self.as_of, paid: Paid::default() });
        periods.iter().map(settle).collect()
    }
}

fn cover(place: usize, index: &str, payout: &str) -> String {
    format!("[[cover]]\nid = \"c{place}\"\nwindow = \"cover\"\nindex = {index}\npayout = {payout}\n")
}

/// So many insured days from a date on.
pub fn days(gauge: &Gauge, first: NaiveDate, days: i64) -> Period {
    let last = first + TimeDelta::days(days - 1);
    Period::new(Span { first, last }, &gauge.policies[0].product.day)
}

pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}
