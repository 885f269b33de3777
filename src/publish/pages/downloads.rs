//! What is taken away: rows as CSV, and proof bundles.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::amiss::Amiss;
use super::log::Asked;
use super::visit::Visit;
use crate::audit::{Bundle, BundleError, rederive};
use crate::ledger::{COLUMNS, Column, Order, Page, Reader};
use crate::publish::export::write_csv;
use crate::publish::problem::Problem;
use crate::publish::scope;

/// No file has more rows: who wants more asks for less at a time, or uses `fairgauge payouts export`.
const MOST_ROWS: usize = 100_000;

/// How many of the columns of `fairgauge payouts export` a file has: the first, up to the cause of a correction.
const FIRST_COLUMNS: usize = 22;

/// Rows as CSV.
pub async fn csv(visit: Visit) -> Result<Response, Amiss> {
    let asked: Asked = visit.asked()?;
    let ask = asked.ask(&visit.caller, Page::MOST).map_err(|problem| visit.look.amiss(problem))?;
    let text = visit
        .ask_long(move |reader, _| {
            let (mut ask, mut found) = (ask, Vec::new());
            ask.order = Order::Policy;
            ask.after = None;
            loop {
                let Page { rows, next, .. } = reader.page(&ask)?;
                found.extend(rows);
                ask.after = next;
                if found.len() > MOST_ROWS {
                    return Err(Problem::bad(format!("these are more than {MOST_ROWS} rows: ask for fewer at a time")));
                }
                if ask.after.is_none() {
                    break;
                }
            }
            let mut text = Vec::new();
            write_csv(&found, columns(), &mut text).map_err(|_| Problem::busy())?;
            Ok(text)
        })
        .await?;
    Ok(file("payouts.csv", "text/csv; charset=utf-8", text))
}

fn columns() -> &'static [Column] {
    &COLUMNS[..FIRST_COLUMNS]
}

/// The proof bundle of an entry.
pub async fn proof(visit: Visit, Path(entry): Path<String>) -> Result<Response, Amiss> {
    let entry = visit.entry(&entry)?;
    let text = visit
        .ask_long(move |reader, caller| {
            scope::row(reader, caller, entry)?;
            bundle(reader, entry)
        })
        .await?;
    Ok(file(&format!("proof-{entry}.json"), "application/json", text))
}

/// The text of the bundle of an entry.
fn bundle(reader: &Reader, entry: i64) -> Result<String, Problem> {
    let determination = reader.determination_of(entry)?.ok_or_else(Problem::not_found)?;
    let amiss = |error: &dyn std::fmt::Display| {
        tracing::error!(id = "FG0718", %error, "entry {entry} has no proof: {error}");
        Problem::ledger()
    };
    let again = rederive(reader, &determination).map_err(|error| amiss(&error))?;
    if !again.differences.is_empty() {
        return Err(amiss(&again.differences.join("; ")));
    }
    match Bundle::of(reader, (entry, &determination), &again) {
        Ok(bundle) => Ok(bundle.text()),
        Err(BundleError::Unsigned(_)) => Err(Problem::not_found()),
        Err(error) => Err(amiss(&error)),
    }
}

fn file(name: &str, kind: &'static str, bytes: impl Into<axum::body::Body>) -> Response {
    let attached = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).expect("a plain name");
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, attached)];
    (headers, bytes.into()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs read these by their places.
    #[test]
    fn the_columns_of_a_file_stay() {
        let names: Vec<_> = columns().iter().map(|column| column.name).collect();
        assert_eq!(
            names.join(","),
            "id,policy,product,cover,period_start,period_end,outcome,state,index_value,index_unit,amount,currency,reason,\
             as_of,determined_at,payable,paid_in_advance,contested_until,correctable_until,delta,booked,cause"
        );
    }
}
