//! Policies that share the computation of their indices are settled as each would be by itself.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/bound.rs"]
mod bound;

use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fairgauge::calendar::Period;
use fairgauge::contract::Book;
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
    let book = bound::book(PRODUCT, rows);
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

/// Covers that are compared with other years, in all ways that those may differ by: months, windows around 29 February,
/// days by their dates, a waiting, sources of the baseline's own.
const COMPARED: &str = r#"
[product]
id = "years"
version = 1
name = "Against other years"
currency = "EUR"
day = { zone = "Europe/Berlin", starts = "00:00" }
[exposure]
sum_insured = "policy"
[policy]
station = "station"
[data]
sources = ["feed/{station}", "feed/c", "feed/d"]
missing = { at_most = "20 %", longest = "9 d" }
FALLBACK
[settlement]
lag = "0 d"
longest_wait = "9 d"
rounding = "half_up"
COVERS"#;

/// Each with the window, what stands in front of the reducer, the comparison, what the baseline says besides.
const AGAINST: [(&str, &str, &str, &str); 8] = [
    ("{ each = \"month\" }", "", "spi", ""),
    ("{ each = \"dekad\" }", "", "anomaly", ""),
    ("{ each = \"month\" }", "{ rolling = \"40 d\", take = \"sum\", reach_before = true },", "spei", ""),
    ("{ from = \"02-10\", to = \"03-04\" }", "", "percent_of_mean", ""),
    ("{ from = \"12-20\", to = \"02-28\" }", "", "z_score_sample", ""),
    (
        "{ from = \"02-20\", to = \"03-10\" }",
        "{ only_on = [\"2018-02-28\", \"2019-03-01\", \"2020-02-29\", \"2020-03-05\", \"2021-03-02\", \"2022-02-25\"] },",
        "mean",
        "",
    ),
    ("{ each = \"month\" }\nwaiting = \"70 d\"", "", "percentile", ""),
    ("{ each = \"month\" }", "", "z_score_population", ", sources = [\"feed/c\"]"),
];

fn compared_book(fallback: &str) -> Book {
    // All that agree by far: what differs without one of them are the values. Three sources are needed for that.
    let agree = fallback.contains("consensus");
    let within = if agree { ", agree_within = \"900 mm\"" } else { "" };
    let cover = |(place, (window, blocks, compare, own)): (usize, &(&str, &str, &str, &str))| {
        let (unit, strike) = match *compare {
            "mean" | "anomaly" => ("mm", "0.5 mm"),
            "percent_of_mean" | "percentile" => ("%", "60 %"),
            _ => ("1", "0.1 1"),
        };
        let own = if agree { "" } else { own };
        format!(
            r#"
[[cover]]
id = "c{place}"
window = {window}
index = [ {{ read = "precipitation", every = "1 d"{within} }}, {blocks} {{ reduce = "sum" }},
  {{ compare = "{compare}", baseline = {{ from = 2013, to = 2020, need = 4{own} }}, round = "0.001 {unit}", mode = "half_up" }} ]
payout = {{ when = ">", strike = "{strike}", pays = "3 EUR" }}
"#
        )
    };
    let covers: String = AGAINST.iter().enumerate().map(cover).collect();
    let product = COMPARED.replace("FALLBACK", fallback).replace("COVERS", &covers);
    let years = [(2018, "a"), (2019, "a"), (2019, "b")].into_iter();
    let row = |(year, station): (i32, &str)| {
        format!("{station}{year},years@1,X,{year}-11-01,{}-10-31,1000 EUR,{station}\n", year + 2)
    };
    let rows: String = years.map(row).collect();
    bound::book(product, format!("policy,product,insured,from,to,sum_insured,station\n{rows}"))
}

/// Rain of nine years at four stations, told two days late, some of it not at all, some revised in 2019 and 2020.
fn rain_with_gaps(book: &Book) -> Knowledge {
    let mut known = Knowledge::new();
    let mut state = 7_u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % bound).unwrap()
    };
    let day = &book.policies[0].product.day;
    let dates = NaiveDate::from_ymd_opt(2012, 11, 1).unwrap().iter_days();
    for (entry, date) in (0..).zip(dates.take_while(|date| *date < NaiveDate::from_ymd_opt(2022, 2, 1).unwrap())) {
        for station in ["a", "b", "c", "d"] {
            let (start, end) = day.interval(date);
            let mut tell = |known_at, micros| {
                let (variable, value) = (Variable::Precipitation, Some(Fixed::from_micros(micros)));
                let (unit, vintage) = (variable.own_unit(), Vintage::Final);
                let reading = Reading { station: station.into(), variable, start, end, value, unit, vintage };
                known.learn(&"feed".into(), &reading, known_at, entry);
            };
            if below(25) == 0 {
                continue;
            }
            tell(end + TimeDelta::days(2), below(3) * below(90) * 100_000);
            if below(40) == 0 {
                let revised = ["2019-05-20T00:00:00Z", "2020-06-20T00:00:00Z"][usize::try_from(below(2)).unwrap()];
                let revised: DateTime<Utc> = revised.parse().unwrap();
                tell(revised.max(end + TimeDelta::days(3)), below(300) * 100_000);
            }
        }
    }
    known
}

#[test]
fn periods_share_the_years_that_they_are_compared_with_only_where_those_are_the_same() {
    for fallback in [
        "fallback = \"reading\"",
        "fallback = \"window\"",
        "fallback = \"reading\"\ncut_off = \"30 d\"",
        // What is found to hang on one source is compared with years without it.
        "fallback = \"consensus\"\nquorum = 2",
    ] {
        let book = compared_book(fallback);
        let known = rain_with_gaps(&book);
        for as_of in ["2020-03-15T00:00:00Z", "2022-06-01T00:00:00Z"] {
            let settled = compare(&book, &known, as_of.parse().unwrap());
            assert!(settled > 900, "{settled}");
        }
    }
}
