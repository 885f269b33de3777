//! Reading a product: one TOML file, checked as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::calendar::{DayRule, DayRuleError};
use crate::document::{Fault, Faults, Fields, Node, Place, Source, Value, did_you_mean};
use crate::quantity::{Currency, Quantity, Unit};

use super::covers::read_covers;
use super::data_rules::{read_data, read_settlement};
use super::exposure::read_exposure;
use super::files::put_in_files;
use super::limit::read_aggregate;
use super::literal::Scope;
use super::policy::Given;
use super::product::{Column, ColumnKind, Product};
use super::purchase::read_purchase;

/// What a term sheet with faults says all the same: by it, its policies and columns are known, and their rows are not
/// faults of their own.
pub(super) struct Faulty {
    id: Option<String>,
    version: Option<u32>,
    pub columns: Vec<String>,
}

impl Faulty {
    pub fn read(source: &Arc<Source>) -> Self {
        let mut unheard = Faults::new();
        let root = Node::parse(source, &mut unheard);
        let entry = |table: &str, key: &str| {
            let Value::Table(entries) = &entry_of(&root, table)?.value else { return None };
            entries.iter().find(|(entry, _)| entry.name == key).map(|(_, node)| node.value.clone())
        };
        let id = entry("product", "id").and_then(|id| if let Value::Text(id) = id { Some(id) } else { None });
        let version =
            entry("product", "version").and_then(|it| if let Value::Number(it) = it { it.parse().ok() } else { None });
        let columns = match entry_of(&root, "policy").map(|node| &node.value) {
            Some(Value::Table(entries)) => entries.iter().map(|(key, _)| key.name.clone()).collect(),
            _ => Vec::new(),
        };
        Self { id: id.filter(|id: &String| is_id(id)), version: version.filter(|version| *version >= 1), columns }
    }

    /// Whether a policy may mean it: what cannot be read of it is no objection.
    pub fn may_be(&self, reference: &str) -> bool {
        let (id, version) = reference.split_once('@').unwrap_or((reference, ""));
        self.id.as_ref().is_none_or(|own| own == id)
            && self.version.is_none_or(|own| version.parse::<u32>().is_ok_and(|version| version == own))
    }
}

impl Product {
    /// Reads a product for no policy: numbers that the book gives stand open.
    pub fn read(source: &Arc<Source>, faults: &mut Faults) -> Option<Self> {
        Self::read_for(source, None, faults)
    }

    /// Reads a product for no policy, with a number that stands for each that the book gives.
    pub fn read_with_placeholders(
        source: &Arc<Source>,
        placeholders: &BTreeMap<String, Quantity>,
        faults: &mut Faults,
    ) -> Option<Self> {
        Self::read_for(source, Some(Given::placeholders(placeholders.clone())), faults)
    }

    /// Reads a product with the numbers of one policy.
    pub fn read_with(source: &Arc<Source>, terms: &BTreeMap<String, Quantity>, faults: &mut Faults) -> Option<Self> {
        Self::read_for(source, Some(Given::of_policy(terms.clone())), faults)
    }

    fn read_for(source: &Arc<Source>, given: Option<Given>, faults: &mut Faults) -> Option<Self> {
        let before = faults.len();
        let mut root = Node::parse(source, faults);
        if faults.len() > before {
            return None;
        }
        let lost = put_in_files(&mut root, source, faults);
        let told = faults.len();
        let mut fields = Fields::of(&root, "the term sheet", faults)?;
        let head = fields.required("product", "a table [product]", faults).and_then(|node| read_head(node, faults));
        let columns = fields.optional("policy").map_or(Some(Vec::new()), |node| read_columns(node, faults))?;
        let given = match given {
            Some(given) => given,
            None => Given::columns(
                columns
                    .iter()
                    .filter_map(|column| match column.kind {
                        ColumnKind::Number(unit) => Some((column.name.clone(), unit)),
                        ColumnKind::Station | ColumnKind::Date | ColumnKind::Policy => None,
                    })
                    .collect(),
            ),
        };
        let scope = Scope { currency: head.as_ref().map(|head| head.currency), given: &given };
        let exposure = fields
            .required("exposure", "a table [exposure]", faults)
            .and_then(|node| read_exposure(node, &scope, faults));
        let data = fields
            .required("data", "a table [data]", faults)
            .and_then(|node| read_data(node, &columns, &scope, faults));
        let settlement = fields
            .required("settlement", "a table [settlement]", faults)
            .and_then(|node| read_settlement(node, &scope, faults));
        let aggregate = match fields.optional("limit") {
            None => Some(None),
            Some(node) => read_aggregate(node, &scope, faults).map(Some),
        };
        let purchase = match fields.optional("purchase") {
            None => Some(None),
            Some(node) => read_purchase(node, &columns, &scope, faults).map(Some),
        };
        let covers = fields
            .required("cover", "a table [[cover]]", faults)
            .and_then(|node| read_covers(node, &columns, &scope, faults));
        faults.forget(told, &lost);
        fields.finish(faults);
        let (head, (exposure, sum_rule)) = (head?, exposure?);
        let product = Self {
            id: head.id,
            version: head.version,
            name: head.name,
            currency: head.currency,
            day: head.day,
            exposure,
            sum_rule,
            columns,
            purchase: purchase?,
            data: data?,
            settlement: settlement?,
            aggregate: aggregate?,
            covers: covers?,
            // The whole text, the files that it carries included.
            terms: Sha256::digest(source.text().as_bytes()).into(),
            source: source.clone(),
            place: head.place,
        };
        product.check(entry_place(&root, "data"), faults);
        (faults.len() == before).then_some(product)
    }
}

pub(super) fn entry_place<'a>(root: &'a Node, key: &str) -> &'a Place {
    entry_of(root, key).map_or(&root.place, |node| &node.place)
}

fn entry_of<'a>(root: &'a Node, key: &str) -> Option<&'a Node> {
    let Value::Table(entries) = &root.value else { return None };
    entries.iter().find(|(entry, _)| entry.name == key).map(|(_, node)| node)
}

struct Head {
    place: Place,
    id: String,
    version: u32,
    name: String,
    currency: Currency,
    day: DayRule,
}

fn read_head(node: &Node, faults: &mut Faults) -> Option<Head> {
    let mut fields = Fields::of(node, "[product]", faults)?;
    let id_node = fields.required("id", "\"leafy-greens\"", faults);
    let id = id_node.and_then(|node| read_id(node, faults));
    let version = fields.required("version", "1", faults).and_then(|node| {
        let version = match &node.value {
            Value::Number(text) => text.parse::<u32>().ok().filter(|version| *version >= 1),
            _ => None,
        };
        if version.is_none() {
            faults.push(Fault::new(&node.place, "a version is a whole number from 1 on").hint("write version = 1"));
        }
        version
    });
    let name = fields.text("name", "\"Leafy greens: too much rain\"", faults).map(str::to_owned);
    let currency = fields.required("currency", "\"CNY\"", faults).and_then(|node| {
        let code = node.text("a code of ISO 4217", faults)?;
        let currency = Currency::from_code(code);
        if currency.is_none() {
            let fault = Fault::new(&node.place, format!("`{code}` is no currency"));
            faults.push(fault.hint("use a code of ISO 4217 in capitals, such as CNY"));
        }
        currency
    });
    let example = "{ zone = \"Asia/Shanghai\", starts = \"20:00\" }";
    let day = fields.required("day", example, faults).and_then(|node| read_day(node, faults));
    fields.finish(faults);
    let place = id_node?.place.clone();
    Some(Head { place, id: id?, version: version?, name: name?, currency: currency?, day: day? })
}

/// A name that may stand in keys of the ledger: small letters, digits, hyphens.
pub(super) fn read_id(node: &Node, faults: &mut Faults) -> Option<String> {
    let text = node.text("a name", faults)?;
    if !is_id(text) {
        let fault = Fault::new(&node.place, format!("`{text}` is no name"));
        faults.push(fault.hint("small letters, digits and hyphens, at most 60, as in \"leafy-greens\""));
        return None;
    }
    Some(text.to_owned())
}

fn is_id(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=60).contains(&text.len()) && text.chars().all(good)
}

fn read_day(node: &Node, faults: &mut Faults) -> Option<DayRule> {
    let mut fields = Fields::of(node, "the insured day", faults)?;
    let zone_node = fields.required("zone", "\"Asia/Shanghai\"", faults);
    let starts_node = fields.required("starts", "\"20:00\"", faults);
    fields.finish(faults);
    let (zone_node, starts_node) = (zone_node?, starts_node?);
    let zone = zone_node.text("a time zone", faults)?;
    let starts = starts_node.text("a time of day", faults)?;
    DayRule::new(zone, starts)
        .map_err(|error| {
            let (place, hint) = match error {
                DayRuleError::UnknownZone(_) => (
                    &zone_node.place,
                    "write one of the IANA list, such as Asia/Shanghai, or an offset, such as +08:00",
                ),
                DayRuleError::NotATime(_) => (&starts_node.place, "write it as 20:00"),
            };
            faults.push(Fault::new(place, error.to_string()).hint(hint));
        })
        .ok()
}

fn read_columns(node: &Node, faults: &mut Faults) -> Option<Vec<Column>> {
    const TAKEN: [&str; 8] = ["policy", "product", "insured", "book", "from", "to", "sum_insured", "units"];
    let mut columns = Vec::new();
    for (key, value) in node.table("the table [policy]", faults)? {
        if TAKEN.contains(&key.name.as_str()) {
            let message = format!("`{}` is a column that every book has", key.name);
            faults.push(Fault::new(&key.place, message).hint("use another name"));
            return None;
        }
        let word = value.text("\"station\", \"date\", \"policy\" or a unit", faults)?;
        let kind = match (word, Unit::from_symbol(word)) {
            ("station", _) => ColumnKind::Station,
            ("date", _) => ColumnKind::Date,
            ("policy", _) => ColumnKind::Policy,
            (_, Some(unit)) => ColumnKind::Number(unit),
            _ => {
                let near = did_you_mean(word, Unit::symbols().chain(["station", "date", "policy"]));
                let hint = near.map_or_else(
                    || "write \"station\", \"date\", \"policy\" or a unit".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                faults.push(
                    Fault::new(
                        &value.place,
                        format!("`{word}` is neither \"station\", \"date\" nor \"policy\", nor a unit"),
                    )
                    .hint(hint),
                );
                return None;
            }
        };
        columns.push(Column { name: key.name.clone(), kind });
    }
    Some(columns)
}
