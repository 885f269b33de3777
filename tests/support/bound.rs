//! Policies bound from text, as a book binds them.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::sync::Arc;

use fairgauge::contract::{Book, BookSources, Policy};
use fairgauge::document::{Faults, Source};

/// The policies of rows, their header first, under a term sheet; neither has a fault.
pub fn book(product: impl Into<String>, rows: impl Into<String>) -> Book {
    let sources = BookSources {
        products: vec![Source::new("p.toml", product)],
        policies: vec![Source::new("b.csv", rows)],
        ..BookSources::default()
    };
    let mut faults = Faults::new();
    let book = Book::read(&sources, &mut faults);
    assert!(faults.is_empty(), "{}", faults.render(false));
    book
}

/// The first of them.
pub fn policy(product: impl Into<String>, rows: impl Into<String>) -> Arc<Policy> {
    book(product, rows).policies[0].clone()
}

/// `P-1` from 1 June 2024 on to a last day, for 10000 CNY on the station `S` of one gauge, from its covers.
pub fn on_a_gauge(covers: &str, last: &str) -> Arc<Policy> {
    of_station(r#"sources = ["gauge/{station}"]"#, "lag = \"0 d\"\nrounding = \"half_even\"", covers, last)
}

/// The same by its sources, what its settlement has beside the longest wait, and its covers with their limits.
pub fn of_station(data: &str, settlement: &str, covers: &str, last: &str) -> Arc<Policy> {
    in_days(r#"zone = "Asia/Shanghai", starts = "20:00""#, ("2024-06-01", last), data, settlement, covers)
}

/// The same by its insured days and the first and last of them.
pub fn in_days(day: &str, (first, last): (&str, &str), data: &str, settlement: &str, covers: &str) -> Arc<Policy> {
    let product = format!(
        r#"
        [product]
        id = "p"
        version = 1
        name = "On a gauge"
        currency = "CNY"
        day = {{ {day} }}
        [exposure]
        sum_insured = "policy"
        [policy]
        station = "station"
        [data]
        {data}
        missing = {{ at_most = "10 %", longest = "2 d" }}
        [settlement]
        longest_wait = "10 d"
        {settlement}
        {covers}
        "#
    );
    policy(
        product,
        format!("policy,product,insured,from,to,sum_insured,station\nP-1,p@1,A,{first},{last},10000 CNY,S\n"),
    )
}
