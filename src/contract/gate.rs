//! Reading gates: numbers on which it hangs whether a cover pays at all.

use crate::document::{Fault, Faults, Fields, Node};

use super::comparison::Comparison;
use super::literal::Scope;
use super::pipeline::{Pipeline, read_number_index};
use super::term_sheet::{entry_place, read_id};

/// One gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Its name.
    pub id: String,
    /// Its index, which is a number.
    pub pipeline: Pipeline,
    /// Where it holds.
    pub holds: Comparison,
    /// As written, for `explain`.
    pub text: String,
}

/// How many gates must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateRule {
    /// All of them.
    All,
    /// One of them.
    Any,
}

/// The gates of a cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gates {
    /// How many must hold.
    pub rule: GateRule,
    /// None where the cover pays whatever else happens.
    pub list: Vec<Gate>,
}

/// Reads `gates = "all"` and the tables `[[cover.gate]]` of a cover.
pub(super) fn read_gates(
    fields: &mut Fields<'_>,
    cover: &Node,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Gates> {
    let (rule, tables) = (fields.optional("gates"), fields.optional("gate"));
    let items = match tables {
        Some(node) => node.list("tables [[cover.gate]]", faults)?,
        None => &[],
    };
    let mut list: Vec<Gate> = Vec::new();
    let mut complete = true;
    for item in items {
        match read_gate(item, scope, faults) {
            Some(gate) if list.iter().any(|other| other.id == gate.id) => {
                let fault = Fault::new(entry_place(item, "id"), format!("two gates are called `{}`", gate.id));
                faults.push(fault.hint("give this one another id"));
                complete = false;
            }
            Some(gate) => list.push(gate),
            None => complete = false,
        }
    }
    let rule = match (rule, items.len()) {
        (None, 0 | 1) => Some(GateRule::All),
        (Some(node), 0 | 1) => {
            let fault = Fault::new(&node.place, "this says how several gates are combined, but there are none");
            faults.push(fault.hint("leave it out, or add another [[cover.gate]]"));
            None
        }
        (None, _) => {
            let fault = Fault::new(&cover.place, "it is open how many of the gates must hold");
            faults.push(fault.hint("add gates = \"all\" or gates = \"any\""));
            None
        }
        (Some(node), _) => match node.text("\"all\" or \"any\"", faults)? {
            "all" => Some(GateRule::All),
            "any" => Some(GateRule::Any),
            word => {
                let fault = Fault::new(&node.place, format!("`{word}` does not say how many gates must hold"));
                faults.push(fault.hint("write \"all\" or \"any\""));
                None
            }
        },
    };
    Some(Gates { rule: rule?, list: complete.then_some(list)? })
}

fn read_gate(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Gate> {
    let mut fields = Fields::of(node, "[[cover.gate]]", faults)?;
    let id = fields.required("id", "\"low-water\"", faults).and_then(|node| read_id(node, faults));
    let index_node = fields.required("index", "[ { read = … }, … ]", faults);
    let pipeline = index_node.and_then(|node| read_number_index(node, scope, faults));
    let holds = fields.required("holds", "\"< 100 MWh\"", faults);
    fields.finish(faults);
    let (pipeline, holds) = (pipeline?, holds?);
    let unit = pipeline.unit();
    let comparison = scope.comparison(holds, unit, &format!("\"< 100 {unit}\""), faults)?;
    let text = holds.text("a comparison", faults)?.to_owned();
    Some(Gate { id: id?, pipeline, holds: comparison, text })
}
