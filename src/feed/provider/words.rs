//! What providers say when something is wrong, in JSON.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::feed::json::Members;

/// The first of these members that says something, at most 300 characters of it.
pub(super) fn words(members: &Members<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let value =
            members.get(name).map(RawValue::get).filter(|value| !matches!(*value, "null" | "false" | "\"\""))?;
        let text = serde_json::from_str::<Cow<'_, str>>(value).unwrap_or(Cow::Borrowed(value));
        Some(text.chars().take(300).collect())
    })
}

/// The same of a body.
pub(super) fn words_of_body(body: &[u8], names: &[&str]) -> Option<String> {
    words(&serde_json::from_slice(body).ok()?, names)
}
