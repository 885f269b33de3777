//! What a key holds, and how a schema says it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::block;
use super::table::Table;
use crate::quantity::{Currency, Rounding, Unit, Variable};

/// What a key holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A text of this form, and an example of it.
    Form(&'static str, &'static str),
    /// One of these words.
    Words(&'static [&'static str]),
    /// This word.
    Word(&'static str),
    /// A whole number, this or more.
    Whole(i64),
    /// `true` or `false`.
    Flag,
    /// A variable that readings are of, storms' too.
    Measured,
    /// A variable that an index reads slot by slot.
    Variable,
    /// A variable that is reported to an index.
    Reported,
    /// A unit.
    Unit,
    /// A unit, or one of these words.
    UnitOr(&'static [&'static str]),
    /// A mode of rounding.
    Mode,
    /// A currency.
    Currency,
    /// A number with its unit, such as this example, or a term that the policy gives.
    Number(&'static str),
    /// A number in one of these units, such as this example, or a term that the policy gives.
    Of(&'static [&'static str], &'static str),
    /// A comparison with a number, such as this example.
    Comparison(&'static str),
    /// A share of the sum insured or an amount of money.
    Amount,
    /// Money for each unit of the index.
    Tick,
    /// `50000 CNY`.
    Money,
    /// A list, of at least so many, of these.
    List(usize, &'static Kind),
    /// A list of pairs of these.
    Pairs(&'static Kind, &'static Kind),
    /// A list, of at least so many, of pairs of one kind.
    Points(usize, &'static Kind),
    /// A list that begins with one of the first and goes on with the second.
    Begun(&'static Kind, &'static Kind),
    /// A list of this and nothing else.
    Alone(&'static Kind),
    /// A formula whose result is not rounded.
    Unrounded,
    /// One of the blocks that begin an index, or of those that stand behind.
    Blocks(bool),
    /// One of these.
    Any(&'static [Kind]),
    /// A table, written out where it stands.
    Table(&'static Table),
    /// The same, written out once under this name.
    Shared(&'static str, &'static Kind),
    /// A table with a key for each variable, which holds this.
    WithVariables(&'static Table, &'static Kind),
    /// A table whose keys are names of this form.
    Named(&'static str, &'static Kind),
}

/// What is written out once.
#[derive(Debug, Default)]
pub(super) struct Definitions(BTreeMap<&'static str, Value>);

impl From<Definitions> for Value {
    fn from(definitions: Definitions) -> Self {
        definitions.0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

pub(super) const TIME: &[&str] = &["s", "min", "h", "d"];
pub(super) const SHARE: &[&str] = &["%", "1"];
pub(super) const DEGREES: &[&str] = &["deg"];

/// Read with the tracks of storms only.
const POSITION: [&str; 2] = ["storm_latitude", "storm_longitude"];

/// A term that the policy gives.
const GIVEN: &str = r"\{[^{}]+\}";
const NUMBER: &str = r"-?[0-9]+(\.[0-9]+)?";
/// Letters, digits and the signs of units.
const SYMBOL: &str = "[A-Za-z0-9/%]+";

impl Kind {
    /// A text that is one of these: the words are completed, the rest is of a form.
    pub fn schema(&self, definitions: &mut Definitions) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Form(pattern, example) => form(pattern, example),
            Self::Words(words) => json!({ "enum": words }),
            Self::Word(word) => json!({ "const": word }),
            Self::Whole(least) => json!({ "type": "integer", "minimum": least }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Measured => words(Variable::names()),
            Self::Variable => words(Variable::names().filter(|name| !name.starts_with("storm_"))),
            Self::Reported => words(Variable::names().filter(|name| !POSITION.contains(name))),
            Self::Unit => words(Unit::symbols()),
            Self::UnitOr(more) => words(more.iter().copied().chain(Unit::symbols())),
            Self::Mode => words(Rounding::WORDS.into_iter()),
            Self::Currency => words(Currency::codes()),
            Self::Number(example) => form(&format!("^({NUMBER} {SYMBOL}|{GIVEN})$"), example),
            Self::Of(units, example) => form(&format!("^({NUMBER} ({})|{GIVEN})$", units.join("|")), example),
            Self::Comparison(example) => form(&format!("^(<|<=|>|>=) ({NUMBER} {SYMBOL}|{GIVEN})$"), example),
            Self::Amount => form(&format!("^({} (%|[A-Z]{{3}})|{GIVEN})$", &NUMBER[2..]), "100 %"),
            Self::Tick => form(&format!("^{} [A-Z]{{3}}/{SYMBOL}$", &NUMBER[2..]), "1.2 CNY/mm"),
            Self::Money => form(&format!("^{NUMBER} [A-Z]{{3}}$"), "50000 CNY"),
            Self::List(least, item) => {
                json!({ "type": "array", "minItems": least, "items": item.schema(definitions) })
            }
            Self::Pairs(first, second) => pairs(2, [first, second].map(|kind| kind.schema(definitions))),
            Self::Points(least, kind) => pairs(*least, [kind, kind].map(|kind| kind.schema(definitions))),
            Self::Alone(kind) => {
                let one = [kind.schema(definitions)];
                json!({ "type": "array", "minItems": 1, "prefixItems": one, "items": false })
            }
            Self::Unrounded => any_of(&block::unrounded(), definitions),
            Self::Blocks(first) => any_of(&block::shapes(*first), definitions),
            Self::Begun(first, then) => {
                let (first, then) = (first.schema(definitions), then.schema(definitions));
                json!({ "type": "array", "minItems": 1, "prefixItems": [first], "items": then })
            }
            Self::Any(kinds) => {
                let any: Vec<_> = kinds.iter().map(|kind| kind.schema(definitions)).collect();
                json!({ "anyOf": any })
            }
            Self::Table(table) => table.schema(definitions),
            Self::WithVariables(table, kind) => {
                let (mut schema, kind) = (table.schema(definitions), kind.schema(definitions));
                let properties = schema["properties"].as_object_mut().expect("a table has properties");
                properties.extend(Variable::names().map(|name| (name.to_owned(), kind.clone())));
                schema
            }
            Self::Shared(name, kind) => {
                if !definitions.0.contains_key(name) {
                    // Its place is taken first: what is shared may hold itself.
                    definitions.0.insert(name, Value::Null);
                    let schema = kind.schema(definitions);
                    definitions.0.insert(name, schema);
                }
                json!({ "$ref": format!("#/$defs/{name}") })
            }
            Self::Named(pattern, kind) => json!({
                "type": "object",
                "propertyNames": { "pattern": pattern },
                "additionalProperties": kind.schema(definitions),
            }),
        }
    }
}

fn any_of(shapes: &[block::Shape], definitions: &mut Definitions) -> Value {
    let any: Vec<_> = shapes.iter().map(|shape| shape.schema(definitions)).collect();
    json!({ "anyOf": any })
}

fn pairs(least: usize, pair: [Value; 2]) -> Value {
    let pair = json!({ "type": "array", "prefixItems": pair, "items": false, "minItems": 2 });
    json!({ "type": "array", "minItems": least, "items": pair })
}

fn form(pattern: &str, example: &str) -> Value {
    json!({ "type": "string", "pattern": pattern, "examples": [example] })
}

fn words<'w>(words: impl Iterator<Item = &'w str>) -> Value {
    json!({ "enum": words.collect::<Vec<_>>() })
}
