//! Policies that share the computation of their indices are settled as each would be by itself.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fairgauge::calendar::Period;
use fairgauge::contract::{Book, BookSources};
use fairgauge::document::{Faults, Source};
use fairgauge::index::Trace;
use fairgauge::ledger::Reader;
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Fixed, Variable};
use fairgauge::settle::{Paid, Pass, Terms, settle};
use fairgauge::setup::Setup;

const SEASONS: [&str; 5] = ["lingang-2024", "new-york-2013", "hyderabad-2002", "la-haute-borne-2014", "golden-2016"];

/// Instants between the first and the last day of a book at which all is settled.
const INSTANTS: i32 = 24;

/// A season's book with everything that its replay learned.
fn replayed(season: &str) -> (Book, Knowledge) {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(season).join("fairgauge.toml");
    let mut setup = Setup::load(&file, std::iter::empty()).unwrap();
    setup.settings.ledger = folder.path().join("ledger.sqlite");
    let (book, ledger) = (setup.book.clone(), setup.settings.ledger.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let replayed = fairgauge::replay::replay(setup, |_, _, _| ()).await.unwrap();
        replayed.finish().await.unwrap();
    });
    (book, Reader::open(&ledger).unwrap().knowledge(None).unwrap())
}

/// Every cover of every policy over every period, twice in one pass, against each by itself: all that a settlement says.
/// Returns how many were settled.
fn compare(book: &Book, known: &Knowledge, as_of: DateTime<Utc>) -> usize {
    let mut pass = Pass::new(known, as_of);
    let mut settled = 0;
    for policy in book.policies.iter().chain(&book.policies) {
        for cover in &policy.product.covers {
            for span in cover.window.periods(policy.cover).unwrap() {
                let period = Period::new(span, &policy.product.day);
                let (bound_at, paid) = (policy.product.day.begin(policy.cover.first), Paid::default());
                let terms = Terms { policy, cover, period: &period, bound_at, paid };
                let alone = format!("{:?}", settle(&terms, known, as_of, Trace::off()));
                assert_eq!(format!("{:?}", pass.settle(&terms)), alone, "{} {} {as_of}", policy.id, cover.id);
                settled += 1;
            }
        }
    }
    settled
}

fn a_pass_settles_as_each_by_itself(season: &str) -> usize {
    let (book, known) = replayed(season);
    let day = |date| book.policies[0].product.day.begin(date);
    let first = day(book.policies.iter().map(|policy| policy.cover.first).min().unwrap());
    let last = day(book.policies.iter().map(|policy| policy.cover.last).max().unwrap()) + chrono::TimeDelta::days(90);
    (0..=INSTANTS).map(|part| compare(&book, &known, first + (last - first) / INSTANTS * part)).sum()
}

#[test]
fn every_season_is_settled_in_passes_as_one_by_one() {
    let seasons = SEASONS.map(|season| std::thread::spawn(move || a_pass_settles_as_each_by_itself(season)));
    for (season, settled) in SEASONS.into_iter().zip(seasons) {
        assert!(settled.join().unwrap() > 300, "{season}");
    }
}

/// One product; the policies differ in all that an index may depend on.
const PRODUCT: &str = r#"
[product]
id = "rain"
version = 1
name = "Rain behind a waiting"
currency = "EUR"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[policy]
station = "station"
base = "mm"
[data]
sources = ["feed/{station}"]
missing = { at_most = "5 %", longest = "1 d" }
[settlement]
lag = "0 d"
longest_wait = "1 d"
rounding = "half_up"
[[cover]]
id = "rain"
window = { from = "06-10", to = "06-20" }
waiting = "10 d"
index = [ { read = "precipitation", every = "1 d" }, { excess_over = "{base}" }, { reduce = "sum" } ]
payout = { when = ">", strike = "0 mm", tick = "1 EUR/mm", limit = "100 %" }
"#;

#[test]
fn policies_share_an_index_only_where_all_that_it_depends_on_is_the_same() {
    let rows = "policy,product,insured,from,to,sum_insured,station,base
A,rain@1,X,2024-06-01,2024-06-30,1000 EUR,a,0 mm
B,rain@1,X,2024-06-05,2024-06-30,1000 EUR,a,0 mm
C,rain@1,X,2024-06-01,2024-06-30,1000 EUR,b,0 mm
D,rain@1,X,2024-06-01,2024-06-30,1000 EUR,a,1 mm
E,rain@1,X,2025-06-01,2025-06-30,1000 EUR,a,0 mm
F,rain@1,X,2024-06-01,2024-06-30,50 EUR,a,0 mm
";
    let sources = BookSources {
        products: vec![Source::new("rain", PRODUCT)],
        policies: vec![Source::new("book", rows)],
        ..BookSources::default()
    };
    let mut faults = Faults::new();
    let book = Book::read(&sources, &mut faults);
    assert!(faults.is_empty(), "{faults:?}");
    let mut known = Knowledge::new();
    for (station, year, mm) in [("a", 2024, 10), ("a", 2025, 30), ("b", 2024, 20)] {
        let first = NaiveDate::from_ymd_opt(year, 6, 1).unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
        for day in 0..30 {
            let (start, end) = (first + TimeDelta::days(day), first + TimeDelta::days(day + 1));
            let (variable, value) = (Variable::Precipitation, Some(Fixed::from_whole(mm).unwrap()));
            let (unit, vintage) = (variable.own_unit(), Vintage::Final);
            known.learn(
                &"feed".into(),
                &Reading { station: station.into(), variable, start, end, value, unit, vintage },
                end,
                day,
            );
        }
    }
    let as_of = "2026-01-01T00:00:00Z".parse().unwrap();
    compare(&book, &known, as_of);
    let mut pass = Pass::new(&known, as_of);
    let paid = book.policies.iter().map(|policy| {
        let cover = &policy.product.covers[0];
        let span = cover.window.periods(policy.cover).unwrap()[0];
        let (period, bound_at) = (Period::new(span, &policy.product.day), as_of);
        let terms = Terms { policy, cover, period: &period, bound_at, paid: Paid::default() };
        pass.settle(&terms).amount.minor() / 100
    });
    // 11 to 20 June, 15 to 20 June, another station, another base, another year, another sum insured.
    assert_eq!(paid.collect::<Vec<_>>(), [100, 60, 200, 90, 300, 50]);
}
