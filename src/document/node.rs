//! A TOML document as a tree in which every key and value knows its place.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Fault, Faults, Place, Source};

/// A key and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As written.
    pub name: String,
    /// Where.
    pub place: Place,
}

/// A value of a document. Numbers keep their text: nothing passes through a float.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `"…"`
    Text(String),
    /// A number as written, whole or not.
    Number(String),
    /// `true` or `false`.
    Flag(bool),
    /// A TOML date or time, which no file of ours uses.
    Moment(String),
    /// `[ … ]`
    List(Vec<Node>),
    /// `{ … }` or `[ … ]` of keys, in the order of the file.
    Table(Vec<(Key, Node)>),
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
}

impl Node {
    /// Reads TOML. Syntax errors are added to `faults`, all of them; what could be read is returned.
    pub fn parse(source: &Arc<Source>, faults: &mut Faults) -> Self {
        let (table, errors) = DeTable::parse_recoverable(source.text());
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().next().unwrap_or("this is not TOML");
            faults.push(
                Fault::new(&Place::Text(source.clone(), span), message)
                    .hint("see https://toml.io for the form of a TOML file"),
            );
        }
        Self::of_table(source, table.span(), table.get_ref())
    }

    fn of_table(source: &Arc<Source>, span: std::ops::Range<usize>, table: &DeTable<'_>) -> Self {
        let entries = table.iter().map(|(key, value)| {
            let name = key.get_ref().to_string();
            (Key { name, place: Place::Text(source.clone(), key.span()) }, Self::of_value(source, value))
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(|(key, _)| match &key.place {
            Place::Text(_, span) => span.start,
            Place::Environment(_) | Place::File(_) => 0,
        });
        Self { value: Value::Table(entries), place: Place::Text(source.clone(), span) }
    }

    fn of_value(source: &Arc<Source>, value: &Spanned<DeValue<'_>>) -> Self {
        let span = value.span();
        let read = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) if number.radix() == 10 => Value::Number(number.as_str().to_owned()),
            DeValue::Integer(number) => Value::Number(source.text()[span.clone()].to_owned() + number.as_str()),
            DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
            DeValue::Array(items) => Value::List(items.iter().map(|item| Self::of_value(source, item)).collect()),
            DeValue::Table(table) => return Self::of_table(source, span, table),
        };
        Self { value: read, place: Place::Text(source.clone(), span) }
    }

    /// A text that came from an environment variable.
    pub fn from_environment(variable: &str, text: String) -> Self {
        Self { value: Value::Text(text), place: Place::Environment(variable.to_owned()) }
    }

    /// What the value is, for messages: `a text`.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Number(_) => "a number without a unit",
            Value::Flag(_) => "true or false",
            Value::Moment(_) => "a TOML date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// A fault that says what stands here, and what should.
    fn wanted<T>(&self, wanted: &str, faults: &mut Faults) -> Option<T> {
        faults.push(Fault::new(&self.place, format!("this is {}", self.kind())).hint(format!("wanted is {wanted}")));
        None
    }

    /// The text, or a fault that says what was wanted.
    pub fn text(&self, wanted: &str, faults: &mut Faults) -> Option<&str> {
        if let Value::Text(text) = &self.value {
            return Some(text);
        }
        self.wanted(wanted, faults)
    }

    /// The items of a list, or a fault.
    pub fn list(&self, wanted: &str, faults: &mut Faults) -> Option<&[Self]> {
        if let Value::List(items) = &self.value {
            return Some(items);
        }
        self.wanted(wanted, faults)
    }

    /// The entries of a table, or a fault.
    pub fn table(&self, wanted: &str, faults: &mut Faults) -> Option<&[(Key, Self)]> {
        if let Value::Table(entries) = &self.value {
            return Some(entries);
        }
        self.wanted(wanted, faults)
    }
}
