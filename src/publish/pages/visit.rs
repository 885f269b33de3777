//! Whoever looks at a page: who it is, in which language, in light or dark.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::amiss::Amiss;
use super::words::{Words, words};
use crate::access::{Caller, Right, Role};
use crate::ledger::Reader;
use crate::publish::app::App;
use crate::publish::problem::Problem;
use crate::words::Language;

/// What a page looks like, whatever is on it.
#[derive(Clone)]
pub struct Look {
    /// The language.
    pub language: Language,
    /// Light or dark, where the reader chose.
    pub theme: Option<&'static str>,
    /// The page's own address without the language, with its query.
    pub path: String,
    /// Who looks; none where nobody needs to be known.
    pub caller: Option<Caller>,
}

/// Somebody with a token, at a page.
pub struct Visit {
    /// What every route has at hand.
    pub app: App,
    /// Who.
    pub caller: Caller,
    /// How the page looks.
    pub look: Look,
    uri: Uri,
}

/// Of a language, as it stands in addresses.
pub fn tag(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Chinese => "zh",
    }
}

/// The language that a browser asks for first, of the two; English where it asks for neither.
pub fn wanted(headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weighed = accepted.split(',').filter_map(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight = weight.trim().strip_prefix("q=")?.parse::<f32>().ok()?;
        let name = name.trim().to_ascii_lowercase();
        let language = match name.split('-').next()? {
            "zh" => Language::Chinese,
            "en" | "*" => Language::English,
            _ => return None,
        };
        Some((language, weight))
    });
    // The first of those that weigh most.
    let best = weighed.fold(None, |best: Option<(Language, f32)>, one| match best {
        Some(best) if best.1 >= one.1 => Some(best),
        _ => Some(one),
    });
    best.filter(|(_, weight)| *weight > 0.0).map_or(Language::English, |(language, _)| language)
}

/// To another page of this server.
pub fn see_other(path: &str) -> Response {
    // What is no header goes to the beginning.
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// A part of a path, with everything written out that has a meaning there.
pub fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => path.push(char::from(byte)),
            _ => _ = write!(path, "%{byte:02X}"),
        }
        path
    })
}

impl Look {
    /// From what a request says.
    pub fn of(parts: &Parts, caller: Option<Caller>) -> Self {
        let language = parts.extensions.get::<Language>().copied().unwrap_or_else(|| wanted(&parts.headers));
        let whole = parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
        let path = whole.strip_prefix(&format!("/{}", tag(language))).unwrap_or(whole);
        let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let theme = cookies.flat_map(|cookies| cookies.split(';')).find_map(|pair| match pair.trim() {
            "theme=light" => Some("light"),
            "theme=dark" => Some("dark"),
            _ => None,
        });
        Self { language, theme, path: path.to_owned(), caller }
    }

    /// The texts.
    pub fn words(&self) -> &'static Words {
        words(self.language)
    }

    /// `en`, `zh-CN`: the language as browsers know it.
    pub fn lang(&self) -> &'static str {
        match self.language {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        }
    }

    /// The beginning of addresses.
    pub fn base(&self) -> String {
        format!("/{}", tag(self.language))
    }

    /// This page in the other language.
    pub fn other(&self) -> String {
        let other = match self.language {
            Language::English => Language::Chinese,
            Language::Chinese => Language::English,
        };
        format!("/{}{}", tag(other), self.path)
    }

    /// The other language, as its readers call it.
    pub fn other_name(&self) -> (&'static str, &'static str) {
        match self.language {
            Language::English => ("中文", "zh-CN"),
            Language::Chinese => ("English", "en"),
        }
    }

    /// Whether somebody came in by a token, which they can give up.
    pub fn is_named(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.name.is_some())
    }

    /// Whether the menu leads to what this right is for.
    pub fn may_health(&self) -> bool {
        self.may(Right::Health)
    }

    fn may(&self, right: Right) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.role.may(right))
    }

    /// Whether this page is the one that a part of the menu leads to.
    pub fn is_at(&self, path: &str) -> bool {
        let own = self.path.split('?').next().unwrap_or_default().trim_end_matches('/');
        if path.is_empty() { own.is_empty() } else { own.starts_with(path) }
    }

    /// What the role of somebody is called.
    pub fn role_of(&self, caller: &Caller) -> &'static str {
        let words = self.words();
        match caller.role {
            Role::Insurer => words.insurer,
            Role::Insured => words.insured,
            Role::Operator => words.operator,
            Role::Auditor => words.auditor,
        }
    }

    /// By which program the page was made.
    pub fn made_by(&self) -> String {
        super::words::fill(self.words().made_by, &[concat!("fairgauge ", env!("CARGO_PKG_VERSION"))])
    }

    /// A page as an answer.
    pub fn render(&self, page: &impl Template) -> Result<Response, Amiss> {
        html(StatusCode::OK, page).map_err(|()| self.amiss(Problem::busy()))
    }

    /// A fault as a page.
    pub fn amiss(&self, problem: Problem) -> Amiss {
        Amiss::new(self.clone(), problem)
    }
}

/// A page as an answer.
pub fn html(status: StatusCode, page: &impl Template) -> Result<Response, ()> {
    let text =
        page.render().map_err(|error| tracing::error!(id = "FG0719", %error, "a page cannot be written: {error}"))?;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    Ok((status, [(header::CONTENT_TYPE, kind)], text).into_response())
}

impl Visit {
    /// Asks the ledger.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Amiss> {
        self.app.library().ask(question).await.map_err(|problem| self.look.amiss(problem))
    }

    /// The same of a question that reads through much.
    pub async fn ask_long<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader, &Caller) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Amiss> {
        self.app.library().ask_long(self.caller.clone(), question).await.map_err(|problem| self.look.amiss(problem))
    }

    /// What the address asks for.
    pub fn asked<T: serde::de::DeserializeOwned>(&self) -> Result<T, Amiss> {
        let asked = Query::try_from_uri(&self.uri).map(|Query(asked)| asked);
        asked.map_err(|error| self.look.amiss(Problem::bad(error.body_text())))
    }

    /// The number of an entry in the path. What is none names nothing.
    pub fn entry(&self, text: &str) -> Result<i64, Amiss> {
        text.parse().map_err(|_| self.look.amiss(Problem::not_found()))
    }

    /// Refuses whoever has no such right.
    pub fn need(&self, right: Right) -> Result<(), Amiss> {
        self.app.need(&self.caller, right).map_err(|problem| self.look.amiss(problem))
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match app.caller(parts) {
            Ok(caller) => {
                let look = Look::of(parts, Some(caller.clone()));
                Ok(Self { app: app.clone(), caller, look, uri: parts.uri.clone() })
            }
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
                let look = Look::of(parts, None);
                let to = segment(&format!("{}{}", look.base(), look.path));
                Err(see_other(&format!("{}/enter?to={to}", look.base())))
            }
            Err(problem) => Err(Look::of(parts, None).amiss(problem).into_response()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_weighs_most_is_spoken() {
        use Language::{Chinese, English};
        for (accepted, language, why) in [
            ("", English, "nothing is said"),
            ("zh-CN,zh;q=0.9,en;q=0.8", Chinese, "Chinese first"),
            ("en-GB,zh;q=0.9", English, "English first"),
            ("zh;q=0.5,en;q=0.7", English, "by weight, not by order"),
            ("fr,zh;q=0.2", Chinese, "the only one that we have"),
            ("fr,de", English, "neither"),
            ("zh;q=0", English, "refused"),
            ("zh;q=x", English, "no weight"),
            ("*", English, "any"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().expect("a header"));
            assert_eq!(wanted(&headers), language, "{why}");
        }
    }

    #[test]
    fn parts_of_a_path_are_written_out() {
        assert_eq!(segment("NY-1.a_b~"), "NY-1.a_b~");
        assert_eq!(segment("a/b c?#%"), "a%2Fb%20c%3F%23%25");
        assert_eq!(segment("甲"), "%E7%94%B2");
    }
}
