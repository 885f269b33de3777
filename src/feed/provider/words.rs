//! What answers say that hold no readings: errors in the provider's words, forecasts.

use serde_json::Value;

use crate::feed::decode::DecodeError;
use crate::feed::json::Members;

/// The provider's own words in the members of these names, in their order: texts, or what stands somewhere inside of
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
    let mut told = Vec::new();
    names.iter().filter_map(|name| members.read(name).ok()).for_each(|value| collect(&value, &mut told));
    (!told.is_empty()).then(|| told.join("; ").chars().take(300).collect())
}

/// The same of a body.
pub(super) fn words_of_body(body: &[u8], names: &[&str]) -> Option<String> {
    words(&serde_json::from_slice(body).ok()?, names)
}

/// Where NCEI's services write what is wrong.
pub(super) const NCEI_ERRORS: [&str; 3] = ["errorMessage", "errors", "message"];

/// An answer of NCEI's data service that is an object and no list of rows.
pub(super) fn ncei_error(members: &Members<'_>) -> DecodeError {
    match words(members, &NCEI_ERRORS) {
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
