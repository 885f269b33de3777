//! Reading a file of cases, strictly: what a case says and nothing uses is a fault.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use super::expect::{Expectation, read_expectation, read_on};
use super::expect_interim::{ExpectedPayment, read_payment};
use super::literal::read_time;
use super::told::Reader;
use crate::by_hand::{Assumed, Telling, Time, no_such_cover};
use crate::contract::Product;
use crate::document::{Fault, Faults, Fields, Node, Place, Source, Value};
use crate::settings::read_text;

/// A file of cases.
#[derive(Debug)]
pub struct Cases {
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// Readings, a policy, and what is to come out.
#[derive(Debug)]
pub struct Case {
    /// Its name, the only one of its file.
    pub id: String,
    /// What it shows.
    pub why: Option<String>,
    /// The cover that it is about.
    pub cover: String,
    /// Where its id stands.
    pub place: Place,
    pub(super) assumed: Assumed,
    /// Where what is assumed was said.
    pub(super) keys: BTreeMap<String, Place>,
    pub(super) telling: Telling,
    /// When all waiting is over.
    pub(super) expect: Option<Expectation>,
    /// As known at the end of a date's insured day.
    pub(super) expect_on: Vec<(NaiveDate, Expectation)>,
    /// Every payment in advance, in their order; none where the case does not say.
    pub(super) expect_interim: Option<Vec<ExpectedPayment>>,
}

impl Cases {
    /// Reads the file at `path` for a product.
    pub fn load(product: &Product, path: &Path, faults: &mut Faults) -> Option<Self> {
        let source = read_text(path, "name the file of the cases", faults)?;
        Self::read(product, &source, path.parent().unwrap_or(Path::new("")), faults)
    }

    /// The same of a text; files that it names are relative to `folder`.
    fn read(product: &Product, source: &Arc<Source>, folder: &Path, faults: &mut Faults) -> Option<Self> {
        let before = faults.len();
        let root = Node::parse(source, faults);
        if faults.len() > before {
            return None;
        }
        let mut fields = Fields::of(&root, "the file of cases", faults)?;
        let items = fields.required("case", "a table [[case]]", faults);
        fields.finish(faults);
        let reader = CaseReader { product, readings: Reader { day: &product.day, folder } };
        let items = items?.list("tables [[case]]", faults)?;
        let mut cases: Vec<Case> = Vec::new();
        for item in items {
            let Some(case) = reader.case(item, faults) else { continue };
            if cases.iter().any(|other| other.id == case.id) {
                let fault = Fault::new(&case.place, format!("two cases are called `{}`", case.id));
                faults.push(fault.hint("give this one another id"));
            }
            cases.push(case);
        }
        if items.is_empty() {
            faults.push(Fault::new(&root.place, "the file has no case").hint("add [[case]]"));
        }
        (faults.len() == before).then_some(Self { cases })
    }
}

struct CaseReader<'a> {
    product: &'a Product,
    readings: Reader<'a>,
}

impl CaseReader<'_> {
    fn case(&self, node: &Node, faults: &mut Faults) -> Option<Case> {
        let before = faults.len();
        let mut fields = Fields::of(node, "[[case]]", faults)?;
        let id = fields.required("id", "\"dry-july\"", faults).and_then(|node| read_id(node, faults));
        let why = fields.optional("why").and_then(|node| node.text("a sentence", faults));
        let cover = self.cover(&mut fields, faults);
        let (assumed, keys) = read_assumed(&mut fields, faults);
        let mut tables = Vec::new();
        if let Some(node) = fields.optional("series") {
            self.readings.series(node, &mut tables, faults);
        }
        if let Some(node) = fields.optional("reading") {
            let items = node.list("tables [[case.reading]]", faults).unwrap_or_default();
            tables.extend(items.iter().filter_map(|item| self.readings.reading(item, faults)));
        }
        let expect = fields.optional("expect").and_then(|node| read_expectation(node, self.product, faults));
        let mut expect_on = Vec::new();
        if let Some(node) = fields.optional("expect_on") {
            let items = node.list("tables [[case.expect_on]]", faults).unwrap_or_default();
            expect_on.extend(items.iter().filter_map(|item| read_on(item, self.product, faults)));
        }
        let expect_interim = fields.optional("expect_interim").and_then(|node| {
            let interim =
                self.product.covers.iter().any(|one| cover.as_ref() == Some(&one.id) && one.interim.is_some());
            if !interim {
                let fault = Fault::new(&node.place, "the cover pays nothing in advance");
                faults.push(fault.hint("leave it out, or write interim = \"1000 CNY\" in the product's cover"));
                return None;
            }
            let items = node.list("tables [[case.expect_interim]]", faults)?;
            Some(items.iter().filter_map(|item| read_payment(item, self.product.currency, faults)).collect())
        });
        let nothing = !["expect", "expect_on", "expect_interim"].iter().any(|key| fields.has(key));
        fields.finish(faults);
        let (id, place) = id?;
        if nothing {
            let fault = Fault::new(place, "the case expects nothing");
            faults.push(fault.hint("add [case.expect] with index = \"…\", outcome = \"pays\", amount = \"…\""));
        }
        let case = Case {
            id: id.to_owned(),
            why: why.map(str::to_owned),
            cover: cover?,
            place: place.clone(),
            assumed,
            keys,
            telling: Telling { tables },
            expect,
            expect_on,
            expect_interim,
        };
        (faults.len() == before).then_some(case)
    }

    fn cover(&self, fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
        let covers = &self.product.covers;
        if let [only] = &covers[..]
            && !fields.has("cover")
        {
            return Some(only.id.clone());
        }
        let example = format!("\"{}\"", covers[0].id);
        let node = fields.required("cover", &example, faults)?;
        let wanted = node.text("the id of a cover", faults)?;
        if !covers.iter().any(|cover| cover.id == wanted) {
            faults.push(no_such_cover(wanted, self.product, &node.place));
            return None;
        }
        Some(wanted.to_owned())
    }
}

fn read_id<'n>(node: &'n Node, faults: &mut Faults) -> Option<(&'n str, &'n Place)> {
    let id = node.text("a name such as \"dry-july\"", faults)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty() || !id.chars().all(plain) {
        let fault = Fault::new(&node.place, format!("`{id}` is no name of a case"));
        faults.push(fault.hint("letters, digits, and - _ . between them, as in dry-july"));
        return None;
    }
    Some((id, &node.place))
}

/// What a policy would give, and where each of it was said.
fn read_assumed(fields: &mut Fields<'_>, faults: &mut Faults) -> (Assumed, BTreeMap<String, Place>) {
    let (mut assumed, mut keys) = (Assumed::default(), BTreeMap::new());
    for (key, day) in [("from", &mut assumed.from), ("to", &mut assumed.to)] {
        let Some(node) = fields.optional(key) else { continue };
        keys.insert(key.to_owned(), node.place.clone());
        match read_time(node, faults) {
            Some(Time::Date(date)) => *day = Some(date),
            Some(_) => faults.push(Fault::new(&node.place, "a cover period is one of days").hint("write a date")),
            None => {}
        }
    }
    for (key, text) in [
        ("sum_insured", &mut assumed.sum_insured),
        ("units", &mut assumed.units),
        ("paid_before", &mut assumed.paid_before),
        ("paid_by_other", &mut assumed.paid_by_other),
    ] {
        let Some(node) = fields.optional(key) else { continue };
        keys.insert(key.to_owned(), node.place.clone());
        *text = node.text("a text such as \"10000 CNY\" or \"12 mu\"", faults).map(str::to_owned);
    }
    if let Some(node) = fields.optional("given") {
        keys.insert("given".to_owned(), node.place.clone());
        for (key, value) in node.table("a table such as { threshold = \"33.5 degC\" }", faults).unwrap_or_default() {
            keys.insert(key.name.clone(), value.place.clone());
            let text = match &value.value {
                Value::Moment(_) => {
                    let fault = Fault::new(&value.place, "this is a TOML date");
                    faults.push(fault.hint("write it in quotes, \"2024-06-01\""));
                    None
                }
                _ => value.text("a text such as \"33.5 degC\"", faults),
            };
            assumed.given.extend(text.map(|text| (key.name.clone(), text.to_owned())));
        }
    }
    (assumed, keys)
}
