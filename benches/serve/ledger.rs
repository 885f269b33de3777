//! A ledger of many determinations: ten periods each of so many policies on one product, and a year of its readings.

use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fairgauge::ledger::{
    Batch, Determination, Life, Observed, PeriodSpan, Poll, State, Store, parse_instant, policy_entry, sha256,
};
use fairgauge::observation::{Reading, Vintage};
use fairgauge::quantity::{Currency, Fixed, Money, Rounding, Variable};
use fairgauge::settle::{Outcome, Paid};

/// Periods of each policy.
const PERIODS: usize = 10;
/// Policies in one transaction.
const A_BATCH: usize = 500;

const TERMS: &str = r#"[product]
id = "rain"
version = 1
name = "Rain by days"
currency = "CNY"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[policy]
station = "station"
[data]
sources = ["daily/{station}"]
missing = { at_most = "10 %", longest = "2 d" }
[settlement]
lag = "1 d"
longest_wait = "10 d"
rounding = "half_up"
[[cover]]
id = "rain"
window = "cover"
index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
payout = { when = ">", strike = "50 mm", tick = "100 CNY/mm", limit = "60 %" }
"#;

/// The id of a policy by its number.
pub fn policy(number: usize) -> String {
    format!("LG-{number:06}")
}

fn at(second: i64) -> DateTime<Utc> {
    parse_instant("2013-01-01T00:00:00.000Z").expect("an instant") + TimeDelta::seconds(second)
}

pub fn make(path: &Path, determinations: usize) {
    let mut store = Store::create(path, "bench", at(0)).expect("a new ledger");
    let policies = determinations.div_ceil(PERIODS);
    store.append(readings()).expect("written");
    for first in (0..policies).step_by(A_BATCH) {
        let (mut bound, mut said) = (Batch::new(), Batch::new());
        bound.evidence(TERMS.as_bytes());
        let here = first..policies.min(first + A_BATCH);
        for number in here.clone() {
            bound.entry(policy_entry(&policy(number), "rain@1", sha256(TERMS.as_bytes()), &columns(number), at(1)));
        }
        store.append(bound).expect("written");
        here.flat_map(|number| (0..PERIODS).map(move |period| determination(number, period)))
            .for_each(|next| said.determine(next));
        store.append(said).expect("written");
    }
    store.close().expect("closed");
}

fn columns(number: usize) -> Vec<(String, String)> {
    let row = [
        ("policy", policy(number)),
        ("product", "rain@1".to_owned()),
        ("from", "2013-01-01".to_owned()),
        ("to", "2013-12-31".to_owned()),
        ("sum_insured", "1000 CNY".to_owned()),
        ("station", "s".to_owned()),
    ];
    row.map(|(column, text)| (column.to_owned(), text)).to_vec()
}

/// What binds for one period, of a number of seconds after the one before.
fn determination(number: usize, period: usize) -> Determination {
    let currency = Currency::from_code("CNY").expect("known");
    let start: NaiveDate = "2003-01-01".parse().expect("a day");
    let start = start + TimeDelta::days(365 * period as i64);
    let as_of = at(86_400 + (number * PERIODS + period) as i64);
    let minor = (number * 37 % 60_000) as i64;
    Determination {
        policy: policy(number),
        product: "rain@1".into(),
        terms: sha256(TERMS.as_bytes()),
        cover: "rain".into(),
        period: PeriodSpan {
            start,
            end: start + TimeDelta::days(364),
            from: start.and_time(chrono::NaiveTime::MIN).and_utc(),
            to: (start + TimeDelta::days(365)).and_time(chrono::NaiveTime::MIN).and_utc(),
        },
        state: State::Final,
        number: 0,
        outcome: if minor > 0 { Outcome::Pays } else { Outcome::NothingDue },
        index: Some(("60.5".into(), "mm".into())),
        trigger: "> 50 mm".into(),
        amount: Money::from_minor(minor, currency).expect("small"),
        rounding: Rounding::HalfUp,
        paid: Paid::default(),
        reason_code: "paid".into(),
        reason: "60.5 mm is > 50 mm".into(),
        as_of,
        determined_at: as_of,
        observations: "1".into(),
        sources: None,
        tzdb: "2026b".into(),
        engine: "fairgauge 0.1.0".into(),
        life: Life::default(),
    }
}

/// A year of days at the station of all policies.
fn readings() -> Batch {
    let mut batch = Batch::new();
    let evidence = vec![batch.evidence(*b"date,rain\n")];
    let reading = |day: i64| Reading {
        station: "s".into(),
        variable: Variable::Precipitation,
        start: at(day * 86_400),
        end: at((day + 1) * 86_400),
        value: Some(Fixed::from_micros(100_000 * (day % 40))),
        unit: Variable::Precipitation.own_unit(),
        vintage: Vintage::Final,
    };
    let known_at = at(3_600);
    let readings = (0..365).map(reading).collect();
    batch.observe(Observed { feed: "daily".into(), known_at, evidence, readings, revisions: 0 });
    batch.poll(Poll {
        feed: "daily".to_owned(),
        at: known_at,
        outcome: Poll::OK.to_owned(),
        detail: String::new(),
        rows_new: 365,
        rows_refused: 0,
        heard_until: Some(known_at),
        requests: 1,
        not_before: None,
    });
    batch
}
