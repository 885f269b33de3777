//! Paths of requests, and query parameters of one that leads to another.

use reqwest::Url;

use crate::feed::request::Request;

/// The value of a parameter.
pub(super) fn parameter(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The same request with other values of some parameters, in their places; those that it does not have come last.
pub(super) fn with(request: &Request, changed: &[(&str, String)]) -> Request {
    let mut pairs: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    for (name, value) in changed {
        match pairs.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => old.clone_from(value),
            None => pairs.push(((*name).to_owned(), value.clone())),
        }
    }
    let mut other = request.clone();
    other.url.query_pairs_mut().clear().extend_pairs(pairs);
    other
}

/// Leads a URL on below what the settings say.
pub(super) fn below<'p>(url: &mut Url, parts: impl IntoIterator<Item = &'p str>) {
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
}
