//! How an answer is given: in the form that is asked for, with a tag by which a client knows that it has it already.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::ROOT;
use super::accept::{self, CSV, JSON, PARQUET};
use crate::ledger::{Cell, Holds, hex, parse_instant, sha256};
use crate::publish::app::App;
use crate::publish::export::{Format, write_table};
use crate::publish::problem::Problem;

/// What a client takes, and what it has.
#[derive(Clone, Debug)]
pub struct Wanted {
    headers: HeaderMap,
    uri: Uri,
}

impl FromRequestParts<App> for Wanted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(Self { headers: parts.headers.clone(), uri: parts.uri.clone() })
    }
}

impl Wanted {
    /// The form that is given.
    ///
    /// # Errors
    /// Where none of those is taken.
    pub fn form(&self, offered: &[&'static str]) -> Result<&'static str, Problem> {
        accept::best(&self.headers, offered).ok_or_else(|| Problem::not_acceptable(offered))
    }

    /// A header.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// One object.
    ///
    /// # Errors
    /// Where JSON is not taken.
    pub fn object(&self, object: &impl Serialize) -> Result<Response, Problem> {
        self.form(&[JSON])?;
        Ok(self.bytes(JSON, json(object)))
    }

    /// A text or bytes, in the one form that there is.
    ///
    /// # Errors
    /// Where that is not taken.
    pub fn only(&self, form: &'static str, bytes: impl Into<Vec<u8>>) -> Result<Response, Problem> {
        self.form(&[form])?;
        Ok(self.bytes(form, bytes.into()))
    }

    /// Rows: as an object with `items` and `next`, or as a table.
    pub fn rows<R: Serialize + Table>(&self, form: &'static str, items: &[R], next: Option<String>) -> Response {
        let link = next.as_deref().and_then(|next| self.link(next));
        let bytes = match form {
            CSV => table(Format::Csv, items),
            PARQUET => table(Format::Parquet, items),
            _ => json(&Rows { items, next: next.as_deref() }),
        };
        let mut response = self.bytes(form, bytes);
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }

    /// Bytes with their tag; where the client has them, only that.
    fn bytes(&self, form: &'static str, bytes: Vec<u8>) -> Response {
        let tag = format!("\"{}\"", &hex(&sha256(&[form.as_bytes(), b"\n", &bytes].concat()))[..32]);
        let value = HeaderValue::from_str(&tag).expect("hexadecimal");
        let mut response = if self.has(&tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Body::from(bytes).into_response();
            let with_charset =
                if form.starts_with("text/") { format!("{form}; charset=utf-8") } else { form.to_owned() };
            let form = HeaderValue::from_str(&with_charset).expect("a name of ours");
            response.headers_mut().insert(header::CONTENT_TYPE, form);
            response
        };
        response.headers_mut().insert(header::ETAG, value);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, authorization, cookie"));
        response
    }

    /// Whether the client names this tag, or any.
    fn has(&self, tag: &str) -> bool {
        let lines = self.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
        let mut named = lines.flat_map(|line| line.split(',')).map(str::trim);
        named.any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
    }

    /// Where the next page is.
    fn link(&self, next: &str) -> Option<HeaderValue> {
        // Only its path and its query are used.
        let mut url = reqwest::Url::parse("http://localhost/").expect("an address");
        // The router has taken the root away.
        url.set_path(&format!("{ROOT}{}", self.uri.path()));
        url.set_query(self.uri.query());
        let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| name != "cursor").collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair("cursor", next);
        let link = format!("<{}?{}>; rel=\"next\"", url.path(), url.query().unwrap_or_default());
        HeaderValue::from_str(&link).ok()
    }
}

/// A file of Apache Parquet with the columns of the table in CSV.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "it describes what is given")]
pub struct Parquet(Vec<u8>);

/// The names of columns, what their cells are, and what a row has in each.
pub type Columns<R> = &'static [(&'static str, Holds, for<'r> fn(&'r R) -> Option<Cell<'r>>)];

/// Items as rows of a table.
pub trait Table: Sized + 'static {
    /// What they are called.
    const NAME: &'static str;
    /// Its columns.
    const COLUMNS: Columns<Self>;
}

#[derive(Serialize)]
struct Rows<'r, R> {
    items: &'r [R],
    next: Option<&'r str>,
}

fn json(object: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(object).expect("texts and numbers can be written");
    bytes.push(b'\n');
    bytes
}

fn table<R: Table>(format: Format, items: &[R]) -> Vec<u8> {
    let columns: Vec<_> = R::COLUMNS.iter().map(|(name, holds, _)| (*name, *holds)).collect();
    let lines = items.iter().map(|item| R::COLUMNS.iter().map(|(.., of)| of(item)).collect());
    let mut bytes = Vec::new();
    write_table(format, R::NAME, &columns, lines, &mut bytes)
        .expect("memory can be written, in a format that is offered");
    bytes
}

/// A cell of an instant as the ledger writes it.
pub fn moment<'c>(text: &str) -> Option<Cell<'c>> {
    parse_instant(text).map(Cell::Instant)
}
