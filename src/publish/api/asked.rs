//! What a request asks for behind the `?`: each name once, and none that the route does not have.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use crate::document::did_you_mean;
use crate::ledger::{Page, to_millisecond};
use crate::publish::app::App;
use crate::publish::problem::Problem;

/// Rows of a page where nothing is said.
const ROWS: usize = 100;

/// What is asked for, as the document names it.
#[derive(Debug)]
pub struct Asked<T>(pub T);

/// What can be read from a request's pairs. The names are those of its parameters in the document.
pub trait FromPairs: IntoParams + Sized {
    /// # Errors
    /// Which value is wrong, and what is wanted.
    fn read(pairs: &Pairs) -> Result<Self, Problem>;
}

/// Names and values.
#[derive(Debug)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// # Errors
    /// Where a name is none of `known`, or comes twice.
    fn of(uri: &Uri, known: &[String]) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Problem::bad("what stands behind the `?` is not of the form name=value&name=value"))?;
        for (place, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(name) {
                return Err(Problem::bad(unknown(name, known)));
            }
            if pairs[..place].iter().any(|(before, _)| before == name) {
                return Err(Problem::bad(format!("`{name}` stands there twice: write it once")));
            }
        }
        Ok(Self(pairs))
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Anything else; `wanted` says what.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn read<T>(
        &self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let read = read(text);
        read.map(Some).ok_or_else(|| Problem::bad(format!("`{name}` is `{}`: wanted is {wanted}", shown(text))))
    }

    /// One of some words.
    ///
    /// # Errors
    /// Where it is another one.
    pub fn word<T: Copy>(&self, name: &str, all: &[T], word: impl Fn(T) -> &'static str) -> Result<Option<T>, Problem> {
        let words: Vec<_> = all.iter().map(|one| word(*one)).collect();
        self.read(name, &format!("one of {}", words.join(", ")), |text| {
            all.iter().copied().find(|one| word(*one) == text)
        })
    }

    /// An instant, as finely as the ledger keeps it.
    ///
    /// # Errors
    /// Where it is none.
    pub fn instant(&self, name: &str) -> Result<Option<DateTime<Utc>>, Problem> {
        let wanted = "an instant as in RFC 3339 with its zone, such as 2024-10-01T08:00:00Z (a `+` is written %2B)";
        self.read(name, wanted, instant)
    }

    /// A day.
    ///
    /// # Errors
    /// Where it is none.
    pub fn day(&self, name: &str) -> Result<Option<NaiveDate>, Problem> {
        self.read(name, "a day, such as 2024-09-16", |text| {
            let shape = text.len() == 10 && text.is_ascii();
            shape.then(|| text.parse().ok()).flatten()
        })
    }

    /// `true` or `false`, which is taken where nothing is said.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.read(name, "true or false", |text| text.parse().ok())?.unwrap_or(false))
    }

    /// How many rows.
    ///
    /// # Errors
    /// Where it is none or too many.
    pub fn limit(&self) -> Result<usize, Problem> {
        let most = Page::MOST;
        let limit = self.read("limit", &format!("a number of rows from 1 to {most}"), |text| {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|rows| plain && (1..=most).contains(rows))
        });
        Ok(limit?.unwrap_or(ROWS))
    }

    /// From where on.
    ///
    /// # Errors
    /// Where it is not one that an answer gave.
    pub fn cursor<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        self.read("cursor", "what stood under `next` in an answer to the same question", read)
    }
}

/// The number of an entry, written as we write it.
pub fn entry(text: &str) -> Option<i64> {
    text.parse().ok().filter(|seq: &i64| *seq >= 0 && seq.to_string() == text)
}

/// An instant that an entry of the ledger could have.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    let year = chrono::Datelike::year(&read);
    (0..=9_999).contains(&year).then(|| to_millisecond(read))
}

/// What a message repeats of what was sent.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().filter(|sign| !sign.is_control()).take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn unknown(name: &str, known: &[String]) -> String {
    let hint = match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "it has none".to_owned(),
        None => format!("it has: {}", known.join(", ")),
    };
    format!("this route has no parameter `{}`: {hint}", shown(name))
}

impl<T: FromPairs> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let known: Vec<_> = T::into_params(|| Some(ParameterIn::Query)).into_iter().map(|known| known.name).collect();
        T::read(&Pairs::of(&parts.uri, &known)?).map(Self)
    }
}

/// What stands in the path. What is no text, or no UTF-8, names nothing.
#[derive(Debug)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(named) = Path::<T>::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
        Ok(Self(named))
    }
}

/// Nothing is asked for.
#[derive(Debug, IntoParams)]
pub struct Nothing {}

impl FromPairs for Nothing {
    fn read(_: &Pairs) -> Result<Self, Problem> {
        Ok(Self {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Result<Pairs, String> {
        let known = ["policy", "period_end_from", "limit", "as_of"].map(str::to_owned);
        let uri = format!("/v1/payouts?{query}").parse().expect("an address");
        Pairs::of(&uri, &known).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn names_are_those_of_the_route_and_stand_once() {
        assert_eq!(pairs("policy=a%2Fb&limit=7").expect("good").text("policy"), Some("a/b"));
        for (query, said) in [
            ("polcy=a", "this route has no parameter `polcy`: did you mean `policy`?"),
            ("x=a", "this route has no parameter `x`: it has: policy, period_end_from, limit, as_of"),
            ("limit=1&limit=2", "`limit` stands there twice: write it once"),
            ("=1", "this route has no parameter ``: it has: policy, period_end_from, limit, as_of"),
        ] {
            assert_eq!(pairs(query).expect_err("bad"), said, "{query}");
        }
    }

    #[test]
    fn values_are_what_they_have_to_be() {
        for (query, limit) in [
            ("", Some(100)),
            ("limit=1", Some(1)),
            ("limit=1000", Some(1_000)),
            ("limit=0", None),
            ("limit=1001", None),
            ("limit=%2B5", None),
            ("limit=-1", None),
            ("limit=", None),
            ("limit=99999999999999999999999", None),
        ] {
            assert_eq!(pairs(query).expect("known").limit().ok(), limit, "{query}");
        }
        for (text, good) in [
            ("2024-10-01T08:00:00Z", true),
            ("2024-10-01T08:00:00.123%2B08:00", true),
            ("2024-10-01T08:00:00+08:00", false),
            ("2024-10-01", false),
            ("yesterday", false),
        ] {
            let query = format!("as_of={text}");
            assert_eq!(pairs(&query).expect("known").instant("as_of").is_ok(), good, "{query}");
        }
        for (text, good) in [("2024-02-29", true), ("2023-02-29", false), ("24-02-29", false), ("+2024-01-01", false)] {
            let query = format!("period_end_from={text}");
            assert_eq!(pairs(&query).expect("known").day("period_end_from").is_ok(), good, "{query}");
        }
    }
}
