//! The entry: a token is written once, and kept in a cookie that no script sees.

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::visit::{Look, html, see_other};
use super::words::Words;
use crate::publish::app::{App, COOKIE};

#[derive(Template)]
#[template(path = "enter.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    to: String,
    fault: Option<&'static str>,
}

/// Where somebody wanted to go.
#[derive(Default, Deserialize)]
pub struct To {
    #[serde(default)]
    to: String,
}

/// What was written.
#[derive(Deserialize)]
pub struct Written {
    #[serde(default)]
    token: String,
    #[serde(default)]
    to: String,
}

/// A request that may come from anybody.
pub struct Anybody {
    parts: Parts,
    look: Look,
}

impl Anybody {
    /// How the page looks, for whoever has a token or needs none, too.
    pub fn known(self, app: &App) -> Look {
        let has_one = self.parts.headers.contains_key(header::COOKIE);
        let caller = if has_one { app.caller(&self.parts).ok() } else { app.without_token() };
        Look { caller, ..self.look }
    }
}

impl FromRequestParts<App> for Anybody {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(Self { look: Look::of(parts, None), parts: parts.clone() })
    }
}

/// A page of this server, and nothing else, that somebody is led to.
fn own(to: &str, look: &Look) -> String {
    let inside = ["/en", "/zh"]
        .iter()
        .any(|base| to.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?'])));
    let plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') && !to.contains("//");
    // The entry itself would lead in a circle.
    let entry = to.contains("/enter");
    if inside && plain && !entry { to.to_owned() } else { look.base() }
}

/// Whether a form was sent from a page of this server, as far as the browser says.
pub fn is_own(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// Asks for the token.
pub async fn page(anybody: Anybody) -> Response {
    let Anybody { look, parts } = anybody;
    let to = Query::<To>::try_from_uri(&parts.uri).map_or_else(|_| String::new(), |Query(To { to })| to);
    written(StatusCode::OK, &look, own(&to, &look), None)
}

fn written(status: StatusCode, look: &Look, to: String, fault: Option<&'static str>) -> Response {
    let page = Page { look, w: look.words(), to, fault };
    html(status, &page).unwrap_or_else(|()| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Takes it.
pub async fn enter(State(app): State<App>, anybody: Anybody, form: Result<Form<Written>, FormRejection>) -> Response {
    let Anybody { parts, look } = anybody;
    let w = look.words();
    let Some(Form(Written { token, to })) = form.ok().filter(|_| is_own(&parts.headers)) else {
        return written(StatusCode::BAD_REQUEST, &look, look.base(), Some(w.not_accepted));
    };
    let (token, to) = (token.trim(), own(&to, &look));
    let admitted = app.admit(&parts, Some(token));
    let value = HeaderValue::from_str(&cookie(token, app.is_private()));
    match (admitted, value) {
        (Ok(_), Ok(value)) => {
            let mut response = see_other(&to);
            response.headers_mut().insert(header::SET_COOKIE, value);
            response
        }
        (Err(problem), _) if problem.status() == StatusCode::TOO_MANY_REQUESTS => {
            written(StatusCode::TOO_MANY_REQUESTS, &look, to, Some(w.too_often))
        }
        (Err(problem), _) if problem.status() != StatusCode::UNAUTHORIZED => look.amiss(problem).into_response(),
        // Whatever it is that is wrong with it.
        _ => written(StatusCode::UNAUTHORIZED, &look, to, Some(w.not_accepted)),
    }
}

/// Forgets it.
pub async fn leave(State(app): State<App>, anybody: Anybody) -> Response {
    let Anybody { parts, look } = anybody;
    let mut response = see_other(&format!("{}/enter", look.base()));
    if is_own(&parts.headers) {
        let gone = cookie("", app.is_private()) + "; Max-Age=0";
        response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_str(&gone).expect("plain text"));
    }
    response
}

/// It ends with the browser; no script reads it, and no other site sends it.
fn cookie(token: &str, private: bool) -> String {
    let secure = if private { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn nobody_is_led_elsewhere() {
        let look = Look { language: Language::English, theme: None, path: String::new(), caller: None };
        for (to, led, why) in [
            ("/en/payouts?state=held", "/en/payouts?state=held", "a page"),
            ("/zh", "/zh", "of the other language"),
            ("", "/en", "nowhere"),
            ("https://evil.example/", "/en", "another site"),
            ("//evil.example/en", "/en", "another site without its scheme"),
            ("/en//evil.example", "/en", "two slashes"),
            ("/en/..\\evil", "/en", "a backslash"),
            ("/english", "/en", "no language"),
            ("/en/\r\nset-cookie: a=b", "/en", "a header"),
            ("/en/enter?to=/en/enter", "/en", "in a circle"),
        ] {
            assert_eq!(own(to, &look), led, "{why}");
        }
    }

    #[test]
    fn the_cookie_is_for_this_server_alone() {
        assert_eq!(cookie("fg_x", false), "fairgauge=fg_x; Path=/; HttpOnly; SameSite=Strict");
        assert_eq!(cookie("fg_x", true), "fairgauge=fg_x; Path=/; HttpOnly; SameSite=Strict; Secure");
    }
}
