//! The keys of one block while it is read.

use crate::document::{Fault, Faults, Fields, Node, Place, Value, did_you_mean};
use crate::quantity::{Exact, Fixed, Unit};

use super::super::comparison::Comparison;
use super::super::literal::{Literal, Places, rounding_mode};
use super::super::product::Product;
use super::super::reduce::Round;
use super::reader::Reader;

/// The keys of one block, with all that is needed to read them and to say what is wrong with them.
pub(super) struct Keys<'a, 'r> {
    /// The block.
    pub node: &'a Node,
    /// Where it stands in the index.
    pub reader: Reader<'r>,
    /// Where faults go.
    pub faults: &'r mut Faults,
    fields: Fields<'a>,
}

impl<'a, 'r> Keys<'a, 'r> {
    /// Starts on a block; a fault where the node is no table.
    pub fn of(node: &'a Node, what: &'a str, reader: Reader<'r>, faults: &'r mut Faults) -> Option<Self> {
        let fields = Fields::of(node, what, faults)?;
        Some(Self { node, reader, faults, fields })
    }

    /// A fault at a place.
    pub fn wrong<T>(&mut self, place: &Place, message: impl Into<String>, hint: impl Into<String>) -> Option<T> {
        self.faults.push(Fault::new(place, message).hint(hint));
        None
    }

    /// A key that may be left out.
    pub fn optional(&mut self, key: &'static str) -> Option<&'a Node> {
        self.fields.optional(key)
    }

    /// A key that must be there.
    pub fn required(&mut self, key: &'static str, example: &str) -> Option<&'a Node> {
        self.fields.required(key, example, self.faults)
    }

    /// One of several words. `wrong` says what the word does not do: "`%` cannot be taken here".
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)], wrong: &str) -> Option<T> {
        let node = self.required(key, &format!("\"{}\"", words[0].0))?;
        self.word_of(node, words, wrong)
    }

    /// The same of a node.
    pub fn word_of<T: Copy>(&mut self, node: &Node, words: &[(&'static str, T)], wrong: &str) -> Option<T> {
        let names = || words.iter().map(|(name, _)| *name);
        let list = names().collect::<Vec<_>>().join(", ");
        let word = node.text(&format!("one of {list}"), self.faults)?;
        if let Some((_, value)) = words.iter().find(|(name, _)| *name == word) {
            return Some(*value);
        }
        let near = did_you_mean(word, names());
        let hint = near.map_or_else(|| format!("one of {list}"), |near| format!("did you mean `{near}`?"));
        self.wrong(&node.place, format!("`{word}` {wrong}"), hint)
    }

    /// A number in `unit`.
    pub fn quantity(&mut self, key: &'static str, unit: Unit) -> Option<Literal> {
        let node = self.required(key, &Product::example_in(unit))?;
        self.quantity_of(node, unit)
    }

    /// The same of a node.
    pub fn quantity_of(&mut self, node: &Node, unit: Unit) -> Option<Literal> {
        self.reader.scope.in_unit(node, unit, &Product::example_in(unit), self.faults)
    }

    /// The number alone.
    pub fn number(&mut self, key: &'static str, unit: Unit) -> Option<Fixed> {
        self.quantity(key, unit).map(|literal| literal.quantity.value)
    }

    /// A comparison with a number in `unit`.
    pub fn comparison_of(&mut self, node: &Node, unit: Unit, example: &str) -> Option<Comparison> {
        self.reader.scope.comparison(node, unit, &format!("\"{example} {unit}\""), self.faults)
    }

    /// A share above zero: how much must be there.
    pub fn need(&mut self) -> Option<Exact> {
        let node = self.required("need", "\"90 %\"")?;
        let need = self.reader.scope.share(node, "\"90 %\"", self.faults)?;
        if need.is_zero() {
            let message = "a slot of which nothing need be there is never missing";
            return self.wrong(&node.place, message, "write need = \"90 %\" or the like");
        }
        Some(need)
    }

    /// A duration in seconds.
    pub fn seconds(&mut self, key: &'static str, example: &str) -> Option<i64> {
        let node = self.required(key, example)?;
        self.reader.scope.seconds(node, example, self.faults)
    }

    /// A duration in seconds that may be left out: none is 0.
    pub fn seconds_or_none(&mut self, key: &'static str, example: &str) -> Option<i64> {
        let Some(node) = self.optional(key) else { return Some(0) };
        self.reader.scope.seconds(node, example, self.faults)
    }

    /// `true` or `false`; none is false.
    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        match self.optional(key) {
            None => Some(false),
            Some(Node { value: Value::Flag(flag), .. }) => Some(*flag),
            Some(node) => self.wrong(&node.place, format!("this is {}", node.kind()), "wanted is true or false"),
        }
    }

    /// `round` and `mode`, the step in `unit`.
    pub fn rounding(&mut self, unit: Unit, places: Places) -> Option<Round> {
        self.rounding_in(|_| unit, unit, places).map(|(round, _)| round)
    }

    /// `round` and `mode` of a block that can bring its result to the unit in which the step is written: one of the
    /// dimension of `unit`.
    pub fn rounding_to(&mut self, unit: Unit) -> Option<(Round, Unit)> {
        let same = move |written: Unit| if written.dimension() == unit.dimension() { written } else { unit };
        self.rounding_in(same, unit, Places::Series)
    }

    /// The same of a block that can do so by a factor alone, which no scale of temperature has.
    pub fn rounding_by_factor(&mut self, unit: Unit) -> Option<(Round, Unit)> {
        let scales =
            move |written: Unit| written.dimension() == unit.dimension() && !written.has_offset() && !unit.has_offset();
        self.rounding_in(move |written| if scales(written) { written } else { unit }, unit, Places::Series)
    }

    fn rounding_in(&mut self, target: impl Fn(Unit) -> Unit, shown: Unit, places: Places) -> Option<(Round, Unit)> {
        let scope = self.reader.scope;
        let step = self.required("round", &format!("\"0.1 {shown}\""));
        let mode = self.required("mode", "\"half_up\"");
        let (Some(step), Some(mode)) = (step, mode) else {
            if let Some(mode) = mode {
                rounding_mode(mode, self.faults);
            }
            return None;
        };
        let written = scope.step_unit(step, shown);
        let unit = target(written);
        let round = scope.rounding(step, mode, unit, places, self.faults)?;
        if written != unit {
            let message = format!("the step is written in {written}, what is rounded here is in {unit}");
            return self.wrong(&step.place, message, format!("write it in {unit}"));
        }
        Some((round, unit))
    }

    /// Whether a rounding is written, or a part of one.
    pub fn is_rounded(&mut self) -> bool {
        self.optional("round").or(self.optional("mode")).is_some()
    }

    /// A rounding where nothing is to be rounded is a fault.
    pub fn no_rounding(&mut self, why: &str, hint: &str) {
        let step = self.optional("round");
        if let Some(node) = step.or(self.optional("mode")) {
            self.optional("mode");
            let _: Option<()> = self.wrong(&node.place, why, hint);
        }
    }

    /// Every key that was not asked for is a fault.
    pub fn finish(self) {
        self.fields.finish(self.faults);
    }
}
