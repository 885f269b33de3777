//! Style, scripts and pictures, as they were when the program was built.

use std::sync::LazyLock;

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

/// What each is called by browsers that have it, in their order: part of its hash.
static TAGS: LazyLock<Vec<HeaderValue>> = LazyLock::new(|| {
    let tag = |bytes: &[u8]| HeaderValue::from_str(&format!("\"{}\"", &hex(&sha256(bytes))[..16]));
    ASSETS.iter().map(|(.., bytes)| tag(bytes).expect("hexadecimal")).collect()
});

/// One of them. It is asked for anew each time, and sent where it is another one than the browser has.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(((_, kind, bytes), tag)) = ASSETS.iter().zip(&*TAGS).find(|(asset, _)| asset.0 == name) else {
        return Problem::not_found().into_response();
    };
    let same = headers.get(header::IF_NONE_MATCH) == Some(tag);
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    own.insert(header::ETAG, tag.clone());
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
