//! Pages of a large payout log, from a file that the system holds in memory: the time of each kind of page.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fairgauge::ledger::{
    Ask, Batch, Determination, Filter, Order, PeriodSpan, Reader, Scope, State, in_book, policy_entry,
};
use fairgauge::settle::Outcome;

use crate::{A_BATCH, determination, new_store, policy_id};

/// Each policy has so many periods.
const PERIODS: usize = 4;
/// Pages of a kind.
const PAGES: usize = 300;

/// The book of a policy: half of them in the first, a few in the last.
fn book(policy: usize) -> &'static str {
    match policy % 1_000 {
        0..500 => "default",
        500..800 => "QS-2026",
        800..950 => "XL-2026",
        950..999 => "pool",
        _ => "pilot",
    }
}

/// The n-th of a log that grows as a daemon's does: period by period, of twenty products with three covers; one of ten pays,
/// one of a hundred is undetermined, one of two hundred provisional.
fn of_log(number: usize, policies: usize) -> Determination {
    let (policy, year) = (number % policies, i32::try_from(number / policies).expect("few"));
    let base = determination(policy);
    let at = base.determined_at + TimeDelta::days(365 * i64::from(year));
    let at = at + TimeDelta::milliseconds(i64::try_from(policy).expect("few") * 60_000);
    let day = |month, day| chrono::NaiveDate::from_ymd_opt(2013 + year, month, day).expect("a day");
    let pays = number % 10 == 3;
    let outcome = match number % 100 {
        _ if pays => Outcome::Pays,
        7 => Outcome::Undetermined,
        _ => Outcome::NothingDue,
    };
    let amount = if pays {
        base.amount
    } else {
        fairgauge::quantity::Money::from_minor(0, base.amount.currency()).expect("small")
    };
    Determination {
        product: format!("product-{}@1", policy % 20),
        cover: ["rain", "heat", "wind"][policy % 3].to_owned(),
        period: PeriodSpan { start: day(6, 1), end: day(8, 31), ..base.period },
        state: if number % 200 == 9 { State::Provisional } else { State::Final },
        outcome,
        amount,
        as_of: at,
        determined_at: at,
        ..base
    }
}

fn write(path: &Path, count: usize) {
    let mut store = new_store(path, false);
    let policies = count.div_ceil(PERIODS);
    let at = determination(0).determined_at;
    for from in (0..policies).step_by(A_BATCH) {
        let mut batch = Batch::new();
        let terms = batch.evidence(*b"[product]");
        for policy in from..policies.min(from + A_BATCH) {
            let entry = policy_entry(&policy_id(policy), &format!("product-{}@1", policy % 20), terms, &[], at);
            batch.entry(if book(policy) == "default" { entry } else { in_book(entry, book(policy)) });
        }
        store.append(batch).expect("written");
    }
    for from in (0..count).step_by(A_BATCH) {
        let mut batch = Batch::new();
        (from..count.min(from + A_BATCH)).for_each(|number| batch.determine(of_log(number, policies)));
        store.append(batch).expect("written");
    }
    store.close().expect("closed");
}

/// The kinds of pages that are asked for.
fn asks(policies: usize) -> Vec<(&'static str, Ask)> {
    let page = Ask { limit: 50, ..Ask::default() };
    let some = |text: &str| Some(text.to_owned());
    let filtered = |filter: Filter| Ask { filter, ..page.clone() };
    let of = |scope: Scope| Ask { scope, ..page.clone() };
    let books = |names: &[&str]| Scope::Books(names.iter().map(|name| (*name).to_owned()).collect());
    let hundred = (0..100).map(|n| policy_id(n * policies / 100)).collect();
    let middle = determination(0).determined_at + TimeDelta::days(500);
    let day = |year| chrono::NaiveDate::from_ymd_opt(year, 8, 31);
    vec![
        ("newest", page.clone()),
        ("by policy", Ask { order: Order::Policy, ..page.clone() }),
        ("a product", filtered(Filter { product: some("product-7@1"), ..Filter::default() })),
        (
            "a product by policy",
            Ask { order: Order::Policy, ..filtered(Filter { product: some("product-7@1"), ..Filter::default() }) },
        ),
        ("a cover", filtered(Filter { cover: some("heat"), ..Filter::default() })),
        ("what pays", filtered(Filter { outcome: Some(Outcome::Pays), ..Filter::default() })),
        ("what is undetermined", filtered(Filter { outcome: Some(Outcome::Undetermined), ..Filter::default() })),
        ("what is provisional", filtered(Filter { state: Some(State::Provisional), ..Filter::default() })),
        ("what was restated (nothing)", filtered(Filter { state: Some(State::Restated), ..Filter::default() })),
        ("a policy", filtered(Filter { policy: some(&policy_id(policies / 3)), ..Filter::default() })),
        ("periods of a year", filtered(Filter { ends_from: day(2015), ends_to: day(2015), ..Filter::default() })),
        ("determined before", filtered(Filter { determined_before: Some(middle), ..Filter::default() })),
        (
            "determined in a month",
            filtered(Filter {
                determined_from: Some(middle),
                determined_before: Some(middle + TimeDelta::days(30)),
                ..Filter::default()
            }),
        ),
        ("a book of 15 %", of(books(&["XL-2026"]))),
        ("a book of 0.1 %", of(books(&["pilot"]))),
        (
            "what pays in a book of 0.1 %, by policy",
            Ask {
                order: Order::Policy,
                filter: Filter { outcome: Some(Outcome::Pays), ..Filter::default() },
                ..of(books(&["pilot"]))
            },
        ),
        ("two books", of(books(&["pool", "QS-2026"]))),
        ("a hundred policies", of(Scope::Policies(hundred))),
    ]
}

/// How long this thread was on a processor: others on the machine do not count.
fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|ns| ns.parse().ok()).expect("the system counts"))
}

/// The memory of this process, in MB.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4_096.0 / 1e6
}

pub fn run(folder: &Path, count: usize) {
    let path = folder.join("pages.db");
    let begun = Instant::now();
    write(&path, count);
    println!(r#"{{"pages":"written","determinations":{count},"s":{:.1}}}"#, begun.elapsed().as_secs_f64());
    let reader = Reader::open(&path).expect("a ledger");
    let before = resident_mb();
    for (what, ask) in asks(count.div_ceil(PERIODS)) {
        let used = on_processor();
        let (mut times, mut rows, mut ask) = (Vec::with_capacity(PAGES), 0, ask);
        for _ in 0..PAGES {
            let begun = Instant::now();
            let page = reader.page(&ask).expect("readable");
            times.push(begun.elapsed());
            rows += page.rows.len();
            ask.after = page.next;
        }
        // The system counts it by the tick: of one page it says nothing, of all of them it does.
        let mean_ms = (on_processor() - used).as_secs_f64() * 1e3 / PAGES as f64;
        times.sort();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (p50, p99) = (ms(times[PAGES / 2]), ms(times[PAGES * 99 / 100]));
        println!(
            r#"{{"page":"{what}","rows_a_page":{:.1},"processor_ms":{mean_ms:.2},"p50_ms":{p50:.2},"p99_ms":{p99:.2}}}"#,
            rows as f64 / PAGES as f64
        );
    }
    let begun = Instant::now();
    let total = reader.page(&Ask { limit: 1, total: true, ..Ask::default() }).expect("readable").total;
    println!(r#"{{"page":"with the total","total":{},"s":{:.2}}}"#, total.unwrap_or(0), begun.elapsed().as_secs_f64());
    println!(r#"{{"page":"memory","mb_before":{before:.1},"mb_after":{:.1}}}"#, resident_mb());
}
