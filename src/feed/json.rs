//! Strict reading of JSON answers: values are passed over until they are wanted, and a name that is there twice is an
//! error.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::decode::DecodeError;

/// Members of a JSON object in their order, values unread. A name that is there twice is an error.
pub(super) struct Members<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members: Self::Value = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    if !seen.insert(name.clone()) {
                        return Err(de::Error::custom(format_args!("`{name}` is there twice")));
                    }
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

/// A name, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Members<'a> {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The value of a name, which must be there, as a type.
    ///
    /// # Errors
    /// Where it is not there or of another type.
    pub fn read<T: Deserialize<'a>>(&self, name: &str) -> Result<T, DecodeError> {
        let value = self.get(name).ok_or_else(|| DecodeError::schema(name, format!("`{name}` is missing")))?;
        parse(value.get(), name)
    }
}

/// A text as a type; a text that is cut off is told apart.
///
/// # Errors
/// Where it is of another type.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str, place: &str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|error| {
        // A number that is cut off is an invalid number to the parser.
        if error.is_eof() || (error.is_syntax() && !text.trim_end().ends_with(['}', ']'])) {
            return DecodeError::Truncated { bytes: text.len() };
        }
        DecodeError::schema(place, error.to_string())
    })
}
