//! Which form of an answer a client takes: `Accept`, as RFC 9110 has it.

use axum::http::{HeaderMap, header};

/// JSON.
pub const JSON: &str = "application/json";
/// A table with a header, RFC 4180.
pub const CSV: &str = "text/csv";
/// A table with types, Apache Parquet.
pub const PARQUET: &str = "application/vnd.apache.parquet";
/// Text.
pub const TEXT: &str = "text/plain";
/// Bytes.
pub const BYTES: &str = "application/octet-stream";
/// A stream of events.
pub const EVENTS: &str = "text/event-stream";

/// The forms of rows.
pub const ROWS: &[&str] = if cfg!(feature = "parquet") { &[JSON, CSV, PARQUET] } else { &[JSON, CSV] };

/// How well a range fits: a whole type better than `text/*`, that better than `*/*`.
fn fits(range: &str, offered: &str) -> Option<u8> {
    let (kind, _) = offered.split_once('/')?;
    match range.split_once('/')? {
        ("*", "*") => Some(0),
        (of, "*") if of.eq_ignore_ascii_case(kind) => Some(1),
        _ if range.eq_ignore_ascii_case(offered) => Some(2),
        _ => None,
    }
}

/// A weight in thousandths.
fn weight(parameters: &str) -> Option<u32> {
    let named = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let Some((_, text)) = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("q")) else {
        return Some(1_000);
    };
    let (whole, parts) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let thousandths: u32 = format!("{parts:0<3}").parse().ok().filter(|_| parts.len() <= 3)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

/// The form that is taken best, of some that stand best first; none where none is taken. What nobody asks for is the first.
pub fn best<'o>(headers: &HeaderMap, offered: &[&'o str]) -> Option<&'o str> {
    let lines: Vec<_> =
        headers.get_all(header::ACCEPT).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let ranges: Vec<_> =
        lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|one| !one.is_empty()).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let weight_of = |form: &str| {
        let fitting = ranges.iter().filter_map(|range| {
            let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
            Some((fits(range.trim(), form)?, weight(parameters)?))
        });
        fitting.max_by_key(|(fit, _)| *fit).map_or(0, |(_, weight)| weight)
    };
    let weighed = offered.iter().rev().map(|form| (weight_of(form), *form)).filter(|(weight, _)| *weight > 0);
    // Of several of one weight the last of these, which is the first that is offered.
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, form)| form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_weighs_most_is_given() {
        for (accept, form, why) in [
            (None, Some(JSON), "whatever we like best"),
            (Some(""), Some(JSON), "the same"),
            (Some("*/*"), Some(JSON), "the same"),
            (Some("text/csv"), Some(CSV), "by name"),
            (Some("Text/CSV"), Some(CSV), "in any case"),
            (Some("text/*"), Some(CSV), "by kind"),
            (Some("text/csv, application/json"), Some(JSON), "both: ours"),
            (Some("text/csv, application/json;q=0.9"), Some(CSV), "one of them less"),
            (Some("application/json;q=0, */*"), Some(CSV), "all but one"),
            (Some("text/csv;q=0.001"), Some(CSV), "little is enough"),
            (Some("text/csv;header=present"), Some(CSV), "other parameters say nothing"),
            (Some("text/csv;q=0"), None, "not at all"),
            (Some("text/csv;q=2"), None, "no weight"),
            (Some("application/xml"), None, "we have none"),
            (Some("text/html, application/xml;q=0.9, */*;q=0.8"), Some(JSON), "a browser"),
            (Some("nonsense"), None, "no range"),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(accept.map(|accept| (header::ACCEPT, accept.parse().expect("a header"))));
            assert_eq!(best(&headers, &[JSON, CSV]), form, "{why}");
        }
    }
}
