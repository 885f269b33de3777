//! The blocks of an index, as the reader's own table has them: a form for each row, and for each formula.

use serde_json::{Map, Value, json};

use super::block_part::{BASELINE, BOX, INSIDE, LINE, PHASES, POLYGON, STEPS};
use super::book::DATE;
use super::kind::{Kind, SHARE, TIME};
use super::named_file::FILE;
use super::product::SOURCES;
use super::table::object;
use crate::contract::{BLOCKS, BlockRow, FORMULAS, Form, FormulaRow};
use crate::quantity::Variable;

/// `index = [ … ]`, a branch too.
pub(super) static INDEX: Kind =
    Kind::Begun(&Kind::Shared("source_block", &Kind::Blocks(true)), &Kind::Shared("block", &Kind::Blocks(false)));
static BRANCH: Kind = Kind::Shared("index", &INDEX);
/// Of what a formula is computed: any branch, or nothing but another formula, which need not round.
const INPUT: Kind = Kind::Any(&[Kind::Shared("index", &INDEX), Kind::Alone(&UNROUNDED)]);
static UNROUNDED: Kind = Kind::Shared("unrounded_formula", &Kind::Unrounded);

/// What the keys mean besides the word that begins a block, which the block's own sentence explains.
#[rustfmt::skip]
static KEYS: &[(&str, &str)] = &[
    ("every", "What one reading stands for"),
    ("as", "The unit in which it is read; without it the variable's own"),
    ("from", "Other sources than the product's"),
    ("agree_within", "How far from the median a source may be, under a consensus; itself included"),
    ("none", "What no report means: that nothing happened, or that it is not known"),
    ("told_within", "How long behind its end a report may first be told, to count"),
    ("of", "Of what"),
    ("round", "The step, in the unit that flows from here on"),
    ("mode", "What becomes of a number between two steps"),
    ("take", "What is taken"),
    ("need", "The share that must be there; exactly as much is enough"),
    ("weights", "A share for each member; they add up to 100 %"),
    ("phases", "In order; their first and last days are included"),
    ("before", "So long before the beginning"),
    ("after", "So long behind the end"),
    ("outside", "The value outside of the first and the last point"),
    ("closed", "Which end belongs to a step: below, its beginning; above, its end"),
    ("at_least", "The shortest run that counts"),
    ("step", "From the beginning of one stretch to that of the next; without it a slot"),
    ("reach_before", "Stretches may begin before the period"),
    ("at", "The share"),
    ("method", "The definition, by numpy's names"),
    ("gap", "So far behind the one counted before, or between two runs"),
    ("days_from", "What day 1 is: the first of the window, or 1 January"),
    ("never", "The number where there is no such day"),
    ("baseline", "The years"),
    ("longest_gap", "Between fixes further apart than this there is no point"),
    ("no_wind", "What a fix without wind means"),
];

/// One form of a block.
pub(super) struct Shape {
    /// Its row of the table.
    pub row: &'static BlockRow,
    /// Its name: `per phase`, `formula hub_wind`.
    name: String,
    about: &'static str,
    pub keys: Vec<ShapeKey>,
}

/// One key of a form.
pub(super) struct ShapeKey {
    pub name: &'static str,
    pub kind: Kind,
    required: bool,
    about: String,
}

/// The forms of the blocks that begin an index, or of those that stand behind.
pub(super) fn shapes(first: bool) -> Vec<Shape> {
    let rows = BLOCKS.iter().filter(|row| row.is_source() == first);
    rows.flat_map(|row| match row.word {
        "formula" => FORMULAS.iter().map(|formula| of_formula(row, formula)).collect(),
        _ => vec![of_row(row)],
    })
    .collect()
}

/// The forms of formulas that do not round.
pub(super) fn unrounded() -> Vec<Shape> {
    let mut shapes = shapes(true);
    shapes.retain(|shape| shape.row.word == "formula");
    for shape in &mut shapes {
        shape.keys.retain(|key| !is_rounding(key));
    }
    shapes
}

fn is_rounding(key: &ShapeKey) -> bool {
    matches!(key.name, "round" | "mode")
}

impl Shape {
    /// Its schema. What its keys refer to is put into `definitions`.
    pub fn schema(&self, definitions: &mut super::kind::Definitions) -> Value {
        let described = |key: &ShapeKey| {
            let mut value = key.kind.schema(definitions);
            let map = value.as_object_mut().expect("a schema of a key is an object");
            map.insert("description".to_owned(), key.about.as_str().into());
            (key.name.to_owned(), value)
        };
        let properties = self.keys.iter().map(described).collect();
        let required = self.keys.iter().filter(|key| key.required).map(|key| key.name);
        let mut schema = object(&self.name, self.about, properties, required);
        schema.as_object_mut().expect("it was made one").extend(rules(self.row));
        schema
    }
}

fn of_row(row: &'static BlockRow) -> Shape {
    let keys = row.keys.iter().map(|key| {
        let about = if key.name == row.word { row.about } else { about_key(key.name) };
        ShapeKey {
            name: key.name,
            kind: kind(row, key.name, key.form),
            required: key.required,
            about: about.to_owned(),
        }
    });
    Shape { row, name: row.name.to_owned(), about: row.about, keys: keys.collect() }
}

/// A formula has the keys of its row in the table of formulas besides those that all have.
fn of_formula(row: &'static BlockRow, formula: &'static FormulaRow) -> Shape {
    let mut shape = of_row(row);
    shape.name = format!("formula {}", formula.name);
    shape.about = formula.about;
    for key in &mut shape.keys {
        if key.name == row.word {
            (key.kind, key.about) = (Kind::Word(formula.name), formula.about.to_owned());
        }
        key.required |= is_rounding(key);
    }
    let mut add = |name, kind, about| shape.keys.push(ShapeKey { name, kind, required: true, about });
    for input in formula.inputs {
        add(input.name, INPUT, format!("A series that has the dimension of {}", input.unit));
    }
    for parameter in formula.parameters {
        add(parameter.name, Kind::Number("10 m"), format!("A number that has the dimension of {}", parameter.unit));
    }
    if let Some((name, from, to)) = formula.curve {
        add(name, POINTS, format!("Pairs of {from} and {to}, the first numbers rising"));
    }
    shape
}

fn about_key(name: &str) -> &'static str {
    KEYS.iter().find(|(known, _)| *known == name).map_or("", |(_, about)| about)
}

static POINT: Kind = Kind::Number("3 m/s");
static NUMBER: Kind = Kind::Number("2 mm");
static WEIGHT: Kind = Kind::Of(SHARE, "30 %");
static COMPARISON: Kind = Kind::Comparison(">= 40 mm");
static DAY: Kind = DATE;
/// Months, dekads or phases.
const LABEL: &str = "^(?!file$)[a-z0-9-]{1,60}$";
const LABELLED: Kind = Kind::Any(&[Kind::Number("45 mm"), Kind::Named(LABEL, &NUMBER), FILE]);
const WEIGHTS: Kind = Kind::Any(&[Kind::Named(LABEL, &WEIGHT), FILE]);
const DATES: Kind = Kind::Any(&[Kind::List(1, &DAY), FILE]);
const POINTS: Kind = Kind::Any(&[Kind::Pairs(&POINT, &POINT), FILE]);
const COMPARISONS: Kind = Kind::Any(&[Kind::Comparison("< 10 degC"), Kind::List(1, &COMPARISON)]);
const PLACE: Kind = Kind::Any(&[Kind::Words(&["site"]), Kind::Table(&POLYGON), Kind::Table(&LINE)]);
const AREA: Kind = Kind::Any(&[Kind::Table(&BOX), Kind::Table(&INSIDE)]);

fn kind(row: &BlockRow, key: &str, form: Form) -> Kind {
    match form {
        Form::Words(words) => Kind::Words(words),
        Form::Variable if row.word == "report" => Kind::Reported,
        Form::Variable => Kind::Variable,
        Form::Formula => Kind::Text,
        Form::Unit => Kind::Unit,
        Form::Quantity => Kind::Number("2 mm"),
        Form::Labelled => LABELLED,
        Form::Weights => WEIGHTS,
        // Of slots that are months or dekads there are so many.
        Form::Duration if matches!(key, "rolling" | "step" | "at_least" | "gap") => {
            Kind::Any(&[Kind::Of(TIME, "48 h"), Kind::Form("^[1-9][0-9]* (month|dekad)s?$", "3 months")])
        }
        Form::Duration => Kind::Of(TIME, "1 h"),
        Form::Slot => Kind::Any(&[Kind::Words(&["day", "dekad", "month", "year"]), Kind::Of(TIME, "1 h")]),
        Form::Share => Kind::Of(SHARE, "90 %"),
        Form::Shares => Kind::List(1, &WEIGHT),
        Form::Comparison => Kind::Comparison(">= 40 mm"),
        Form::Comparisons => COMPARISONS,
        Form::Sources => SOURCES,
        Form::Branch => Kind::Shared("index", &INDEX),
        Form::Branches => Kind::List(2, &BRANCH),
        Form::Dates => DATES,
        Form::Phases => Kind::List(1, &PHASES),
        Form::Points => POINTS,
        Form::Steps => Kind::List(1, &STEPS),
        Form::Baseline => Kind::Table(&BASELINE),
        Form::Place => PLACE,
        Form::Area => AREA,
        Form::Flag => Kind::Flag,
    }
}

/// What no key says by itself.
fn rules(row: &BlockRow) -> Map<String, Value> {
    let may_have = |name: &str| row.keys.iter().any(|key| key.name == name && !key.required);
    let mut rules = Map::new();
    let mut rule = |name: &str, value: Value| rules.insert(name.to_owned(), value);
    if may_have("round") {
        rule("dependentRequired", json!({ "round": ["mode"], "mode": ["round"] }));
    }
    let none = json!({ "properties": { "round": false, "mode": false } });
    let required = json!({ "required": ["round", "mode"] });
    match row.word {
        "per" | "rolling" | "members" if may_have("round") => {
            rule("if", json!({ "properties": { "take": { "enum": ["mean", "share"] } } }));
            rule("then", required);
            rule("else", none);
        }
        // Numbers stay exact.
        "combine" => {
            rule("if", json!({ "properties": { "combine": { "enum": ["sum", "difference", "max", "min"] } } }));
            rule("then", none);
        }
        word if may_have("as") => {
            let named = |name: &&str| Variable::from_name(name).is_some_and(Variable::is_of_many_units);
            let open: Vec<_> = Variable::names().filter(named).collect();
            rule("if", json!({ "properties": { word: { "enum": open } } }));
            rule("then", json!({ "required": ["as"] }));
        }
        _ => {}
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_sentence() {
        for row in BLOCKS {
            for key in row.keys.iter().filter(|key| key.name != row.word) {
                assert!(!about_key(key.name).is_empty(), "{} of {}", key.name, row.name);
            }
        }
        let used = |name: &str| BLOCKS.iter().any(|row| row.keys.iter().any(|key| key.name == name));
        assert!(KEYS.iter().all(|(name, _)| used(name)), "a sentence of no key");
    }
}
