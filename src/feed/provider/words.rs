//! What answers say that hold no readings: errors in the provider's words, forecasts.

use serde_json::Value;

use crate::feed::decode::DecodeError;
use crate::feed::json::Members;

/// The provider's own words in the first of these members that says something: a text, or all that stands inside of
/// lists and objects; at most 300 characters.
pub(super) fn words(members: &Members<'_>, names: &[&str]) -> Option<String> {
    fn collect(value: &Value, told: &mut Vec<String>) {
        match value {
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) | Value::Number(_) => told.push(value.to_string()),
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => told.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| collect(item, told)),
            Value::Object(items) => items.values().for_each(|item| collect(item, told)),
        }
    }
    names.iter().find_map(|name| {
        let mut told = Vec::new();
        collect(&members.read(name).ok()?, &mut told);
        (!told.is_empty()).then(|| told.join("; ").chars().take(300).collect())
    })
}

/// The same of a body.
pub(super) fn words_of_body(body: &[u8], names: &[&str]) -> Option<String> {
    words(&serde_json::from_slice(body).ok()?, names)
}

/// What NCEI's services write that is wrong: in general, and of what.
pub(super) fn ncei_words(members: &Members<'_>) -> Option<String> {
    let told: Vec<_> =
        ["errorMessage", "errors", "message"].iter().filter_map(|name| words(members, &[name])).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// An answer of NCEI's data service that is an object and no list of rows.
pub(super) fn ncei_error(members: &Members<'_>) -> DecodeError {
    match ncei_words(members) {
        Some(reason) => DecodeError::Provider { reason },
        None => DecodeError::schema("the answer", "this is no list of rows"),
    }
}

/// Whose forecast this is, where it is one by its form.
pub(super) fn forecast(members: &Members<'_>) -> Option<&'static str> {
    let series = members.read::<Members<'_>>("properties").ok().and_then(|properties| properties.get("timeseries"));
    if series.is_some() {
        return Some("this is a forecast of MET Norway: nothing is settled on it");
    }
    let is_caiyun = ["api_version", "server_time", "result"].iter().all(|name| members.get(name).is_some());
    is_caiyun.then_some("this is a forecast of Caiyun: nothing is settled on it")
}
