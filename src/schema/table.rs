//! A table of a file: its keys, what each holds, which of them must be there.

use serde_json::{Map, Value, json};

use super::kind::{Definitions, Kind};

/// A table of a file.
#[derive(Debug)]
pub(super) struct Table {
    /// What the reader's messages call it: `the payout`. For a row of the book and for cases, what it is.
    pub what: &'static str,
    /// What it says, in a sentence.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// What the keys do not say, as JSON Schema.
    pub rules: &'static str,
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub about: &'static str,
}

/// A key that must be there.
pub(super) const fn must(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: true, about }
}

/// A key that may be left out.
pub(super) const fn may(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: false, about }
}

impl Table {
    pub const fn new(what: &'static str, about: &'static str, keys: &'static [Key]) -> Self {
        Self { what, about, keys, rules: "" }
    }

    /// The same with rules that no key says.
    pub const fn with(self, rules: &'static str) -> Self {
        Self { rules, ..self }
    }

    /// The schema of the table. What its keys refer to is put into `definitions`.
    pub fn schema(&self, definitions: &mut Definitions) -> Value {
        let mut properties = Map::new();
        for key in self.keys {
            let mut value = key.kind.schema(definitions);
            if let Some(object) = value.as_object_mut().filter(|_| !key.about.is_empty()) {
                object.insert("description".to_owned(), key.about.into());
            }
            properties.insert(key.name.to_owned(), value);
        }
        let required = self.keys.iter().filter(|key| key.required).map(|key| key.name);
        let mut schema = object(self.what, self.about, properties, required);
        if !self.rules.is_empty()
            && let Ok(Value::Object(rules)) = serde_json::from_str(self.rules)
        {
            schema.as_object_mut().expect("it was made one").extend(rules);
        }
        schema
    }
}

/// The schema of a table that has these keys and no others.
pub(super) fn object<'k>(
    title: &str,
    about: &str,
    properties: Map<String, Value>,
    required: impl Iterator<Item = &'k str>,
) -> Value {
    json!({
        "type": "object",
        "title": title,
        "description": about,
        "properties": properties,
        "required": required.collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}
