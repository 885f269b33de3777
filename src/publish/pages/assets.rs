//! Style, scripts and pictures, as they were when the program was built.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::ledger::{hex, sha256};
use crate::publish::problem::Problem;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! assets {
    ($($name:literal: $kind:expr,)*) => {
        &[$(($name, $kind, include_bytes!(concat!("assets/", $name)))),*]
    };
}

const ASSETS: &[(&str, &str, &[u8])] = assets! {
    "style.css": STYLE,
    "print.css": STYLE,
    "page.js": SCRIPT,
    "chart.js": SCRIPT,
    "proof.js": SCRIPT,
    "check.js": SCRIPT,
    "act.js": SCRIPT,
    "icon.svg": "image/svg+xml",
    "uplot/uPlot.iife.min.js": SCRIPT,
    "uplot/uPlot.min.css": STYLE,
    "uplot/LICENSE": "text/plain; charset=utf-8",
};

/// One of them. It is asked for anew each time, and sent where it is another one than the browser has.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some((_, kind, bytes)) = ASSETS.iter().find(|asset| asset.0 == name) else {
        return Problem::not_found().into_response();
    };
    let tag = format!("\"{}\"", &hex(&sha256(bytes))[..16]);
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|asked| asked.as_bytes() == tag.as_bytes());
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    own.insert(header::ETAG, HeaderValue::from_str(&tag).expect("hexadecimal"));
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_others_is_what_they_published() {
        let sums = include_str!("assets/uplot/SHA256SUMS");
        let of_others: Vec<_> = ASSETS.iter().filter(|asset| asset.0.starts_with("uplot/")).collect();
        assert_eq!(sums.lines().count(), of_others.len());
        for (name, _, bytes) in of_others {
            let line = format!("{}  {}", hex(&sha256(bytes)), name.trim_start_matches("uplot/"));
            assert!(sums.lines().any(|other| other == line), "{line}");
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere_and_nothing_makes_code_or_markup_of_text() {
        let own = ASSETS.iter().filter(|asset| !asset.0.starts_with("uplot/"));
        for (name, _, bytes) in own {
            let text = std::str::from_utf8(bytes).expect("text");
            let names = text.replace("http://www.w3.org/2000/svg", "");
            for word in
                ["http://", "https://", "innerHTML", "outerHTML", "eval(", "new Function", "document.write", "@import"]
            {
                assert!(!names.contains(word), "{name}: {word}");
            }
        }
    }
}
