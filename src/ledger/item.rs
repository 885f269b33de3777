//! The values in an entry: texts, whole numbers, lists and objects of them.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Entry, EntryError};
use crate::quantity::Money;

/// A value in an entry. There is no null, no fraction and no truth value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A text of at most 4,096 bytes without control characters.
    Text(String),
    /// A whole number within ±(2⁵³ − 1).
    Integer(i64),
    /// Items in order.
    List(Vec<Self>),
    /// Items by name.
    Object(BTreeMap<String, Self>),
}

impl Item {
    /// An object of named items.
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, item)| (name.to_owned(), item)).collect())
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    pub fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The member of an object.
    pub fn member(&self, name: &str) -> Option<&Self> {
        if let Self::Object(members) = self { members.get(name) } else { None }
    }

    /// Reads one by itself, in any form of JSON.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, EntryError> {
        let value = serde_json::from_str(text).map_err(|error| EntryError::NotJson(error.to_string()))?;
        Self::from_json("item", value)
    }

    pub(super) fn check(&self, name: &str) -> Result<(), EntryError> {
        match self {
            Self::Text(text) => check_text(name, text),
            Self::Integer(number) if number.unsigned_abs() > Money::MOST.unsigned_abs() => {
                Err(EntryError::Integer { name: name.to_owned(), number: *number })
            }
            Self::Integer(_) => Ok(()),
            Self::List(items) => items.iter().try_for_each(|item| item.check(name)),
            Self::Object(members) => members.iter().try_for_each(|(name, item)| {
                check_name(name)?;
                item.check(name)
            }),
        }
    }

    pub(super) fn from_json(name: &str, value: serde_json::Value) -> Result<Self, EntryError> {
        use serde_json::Value;
        match value {
            Value::String(text) => Ok(Self::Text(text)),
            Value::Number(number) => number.as_i64().map(Self::Integer).ok_or_else(|| not_allowed(name)),
            Value::Array(items) => {
                items.into_iter().map(|item| Self::from_json(name, item)).collect::<Result<_, _>>().map(Self::List)
            }
            Value::Object(members) => members
                .into_iter()
                .map(|(name, item)| Self::from_json(&name, item).map(|item| (name, item)))
                .collect::<Result<_, _>>()
                .map(Self::Object),
            Value::Null | Value::Bool(_) => Err(not_allowed(name)),
        }
    }
}

fn not_allowed(name: &str) -> EntryError {
    EntryError::NotAllowed(name.to_owned())
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Item {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

/// Of what JSON is, what an entry may hold; of two members with one name the last one, which is then not in canonical form.
impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text, a whole number, a list or an object")
    }

    fn visit_str<E>(self, text: &str) -> Result<Item, E> {
        Ok(Item::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Item, E> {
        Ok(Item::Text(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Item, E> {
        Ok(Item::Integer(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Item, E> {
        i64::try_from(number).map(Item::Integer).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Item, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Item::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Item, A::Error> {
        let mut object = BTreeMap::new();
        while let Some((name, item)) = members.next_entry()? {
            object.insert(name, item);
        }
        Ok(Item::Object(object))
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::List(items) => items.serialize(serializer),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

/// Small letters, digits and `_`.
pub(super) fn check_name(name: &str) -> Result<(), EntryError> {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest = bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if first && rest { Ok(()) } else { Err(EntryError::Name(name.to_owned())) }
}

/// Short enough, and no control characters.
pub(super) fn check_text(name: &str, text: &str) -> Result<(), EntryError> {
    if text.chars().any(char::is_control) {
        return Err(EntryError::Control(name.to_owned()));
    }
    if text.len() > Entry::MOST_TEXT {
        return Err(EntryError::LongText { name: name.to_owned(), bytes: text.len() });
    }
    Ok(())
}
