//! `[operators.NAME]` and `[approval]` of the settings.

use std::collections::BTreeMap;

use super::key::PublicKey;
use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::{Currency, Exact, Fixed};

/// Who may intervene, and above what two are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operators {
    keys: BTreeMap<String, PublicKey>,
    above: BTreeMap<String, i64>,
}

impl Operators {
    /// Persons by their keys, and the amounts, in minor units of each currency's code, above which two are needed.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>, above: BTreeMap<String, i64>) -> Self {
        Self { keys: keys.into_iter().map(|key| (key.name().to_owned(), key)).collect(), above }
    }

    /// The key of a person.
    pub fn key(&self, name: &str) -> Option<&PublicKey> {
        self.keys.get(name)
    }

    /// Everybody, by name.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values()
    }

    /// Every amount above which two are needed: the currency and the minor units.
    pub fn amounts(&self) -> impl Iterator<Item = (&str, i64)> {
        self.above.iter().map(|(code, minor)| (code.as_str(), *minor))
    }

    /// The amount above which two are needed, in minor units; none where the settings name none of this currency.
    pub fn above(&self, currency: Currency) -> Option<i64> {
        self.above.get(currency.code()).copied()
    }
}

/// Reads both tables; without them nobody may intervene.
pub fn read_operators(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Operators> {
    let keys = fields.optional("operators").map_or(Some(BTreeMap::new()), |node| read_keys(node, faults));
    let above = fields.optional("approval").map_or(Some(BTreeMap::new()), |node| read_approval(node, faults));
    Some(Operators::new(keys?.into_values(), above?))
}

fn read_keys(node: &Node, faults: &mut Faults) -> Option<BTreeMap<String, PublicKey>> {
    let mut keys: BTreeMap<String, PublicKey> = BTreeMap::new();
    let before = faults.len();
    for (name, node) in node.table("tables [operators.NAME]", faults)? {
        let what = format!("the operator `{}`", name.name);
        let Some(mut fields) = Fields::of(node, &what, faults) else { continue };
        let example = "the line that `fairgauge key new FILE --operator NAME` prints";
        let key = fields.required("key", "\"lin+1a2b3c4d+AQ…\"", faults);
        let parsed = key.and_then(|node| Some((node, node.text(example, faults)?)));
        fields.finish(faults);
        let Some((node, text)) = parsed else { continue };
        let key = match PublicKey::parse(text) {
            Ok(key) => key,
            Err(error) => {
                faults.push(Fault::new(&node.place, error.to_string()).hint(format!("write {example}")));
                continue;
            }
        };
        if key.name() != name.name {
            let message = format!("this is the key of `{}`, not of `{}`", key.name(), name.name);
            faults.push(Fault::new(&node.place, message).hint("name the table as the key is called"));
        } else if let Some(other) = keys.values().find(|other| other.is_same_key(&key)) {
            let message = format!("`{}` has the same key: two persons with one key are one", other.name());
            faults.push(Fault::new(&node.place, message).hint("let each make a key of their own"));
        } else {
            keys.insert(name.name.clone(), key);
        }
    }
    (faults.len() == before).then_some(keys)
}

/// `[approval] above = "100000 CNY"`, or a list, one of each currency.
fn read_approval(node: &Node, faults: &mut Faults) -> Option<BTreeMap<String, i64>> {
    let mut fields = Fields::of(node, "[approval]", faults)?;
    let example = "\"100000 CNY\", or a list with one of each currency";
    let above = fields.required("above", "\"100000 CNY\"", faults);
    fields.finish(faults);
    let before = faults.len();
    let above = above?;
    let items = match &above.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![above],
    };
    let mut amounts = BTreeMap::new();
    for item in items {
        let Some(text) = item.text(example, faults) else { continue };
        match money(text) {
            Some((currency, minor)) => {
                if amounts.insert(currency.code().to_owned(), minor).is_some() {
                    let fault = Fault::new(&item.place, format!("there is an amount in {currency} already"));
                    faults.push(fault.hint("leave one of them out"));
                }
            }
            None => {
                let message = format!("`{text}` is no amount of a currency, to its minor unit");
                faults.push(Fault::new(&item.place, message).hint(format!("write {example}")));
            }
        }
    }
    (faults.len() == before).then_some(amounts)
}

/// Not below zero, exactly in minor units.
fn money(text: &str) -> Option<(Currency, i64)> {
    let (number, code) = text.split_once(' ')?;
    let currency = Currency::from_code(code)?;
    let value = Exact::from(Fixed::parse(number).ok()?);
    let micros = i128::from(Fixed::parse(number).ok()?.micros()) * i128::from(currency.minor_per_unit());
    let whole = micros % i128::from(Fixed::MICROS) == 0 && value >= Exact::ZERO;
    whole.then(|| i64::try_from(micros / i128::from(Fixed::MICROS)).ok()).flatten().map(|minor| (currency, minor))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::key::tests::key_of;
    use super::*;
    use crate::document::Source;

    fn read(text: &str) -> Result<Operators, Vec<String>> {
        let source: Arc<Source> = Source::new("f.toml", text.to_owned());
        let mut faults = Faults::new();
        let node = Node::parse(&source, &mut faults);
        let mut fields = Fields::of(&node, "the settings", &mut faults).unwrap();
        let operators = read_operators(&mut fields, &mut faults);
        fields.finish(&mut faults);
        operators
            .filter(|_| faults.is_empty())
            .ok_or_else(|| faults.iter().map(|fault| format!("{}: {}", fault.position(), fault.message())).collect())
    }

    #[test]
    fn persons_and_amounts_are_read() {
        let (lin, wu) = (key_of("lin", 1).1, key_of("wu", 2).1);
        let text = format!(
            "[operators.lin]\nkey = \"{}\"\n[operators.wu]\nkey = \"{}\"\n[approval]\nabove = [\"100000 CNY\", \"0.01 EUR\", \"5 JPY\"]",
            lin.text(),
            wu.text()
        );
        let operators = read(&text).expect("good");
        assert_eq!(operators.keys().map(PublicKey::name).collect::<Vec<_>>(), ["lin", "wu"]);
        let above = |code| operators.above(Currency::from_code(code).unwrap());
        assert_eq!(
            (above("CNY"), above("EUR"), above("JPY"), above("USD")),
            (Some(10_000_000), Some(1), Some(5), None)
        );
        assert_eq!(read(""), Ok(Operators::default()), "nobody may intervene");
    }

    #[test]
    fn faults_have_their_places() {
        let lin = key_of("lin", 1).1;
        let other = key_of("wu", 1).1;
        for (text, message) in [
            (format!("[operators.wu]\nkey = \"{}\"", lin.text()), "f.toml:2:7: this is the key of `lin`, not of `wu`"),
            (
                format!("[operators.lin]\nkey = \"{}\"\n[operators.wu]\nkey = \"{}\"", lin.text(), other.text()),
                "f.toml:4:7: `lin` has the same key: two persons with one key are one",
            ),
            ("[operators.lin]".to_owned(), "f.toml:1:1: `key` is missing in the operator `lin`"),
            (
                "[approval]\nabove = \"1 XYZ\"".to_owned(),
                "f.toml:2:9: `1 XYZ` is no amount of a currency, to its minor unit",
            ),
            (
                "[approval]\nabove = \"-1 CNY\"".to_owned(),
                "f.toml:2:9: `-1 CNY` is no amount of a currency, to its minor unit",
            ),
            (
                "[approval]\nabove = \"0.5 JPY\"".to_owned(),
                "f.toml:2:9: `0.5 JPY` is no amount of a currency, to its minor unit",
            ),
            ("[approval]\nabove = [\"1 CNY\", \"2 CNY\"]".to_owned(), "f.toml:2:19: there is an amount in CNY already"),
        ] {
            let faults = read(&text).expect_err(message);
            assert!(faults.iter().any(|fault| fault.starts_with(message)), "{message}: {faults:?}");
        }
    }
}
