//! The limbs of a cover: each an index and what it pays, and how they are combined.

use crate::document::{Fault, Faults, Fields};
use crate::quantity::Unit;

use super::limit::CoverLimit;
use super::literal::Scope;
use super::payout::{Modifiers, Shape, read_payout};
use super::pipeline::{IndexKind, Pipeline, read_index, source_text};
use super::term_sheet::{entry_place, read_id};

/// One index and what it pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limb {
    /// Its name; the cover's own where there is only one.
    pub id: String,
    /// The index.
    pub pipeline: Pipeline,
    /// The payout.
    pub shape: Shape,
    /// What is done to its amount.
    pub modifiers: Modifiers,
    /// As written, for `explain`.
    pub payout_text: String,
}

/// How the limbs of a cover are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// The one that pays most.
    Best,
    /// All added up.
    Sum,
    /// The first in order that pays.
    First,
}

impl Limb {
    /// Whether its payout is a swap.
    pub fn is_swap(&self) -> bool {
        matches!(self.shape, Shape::Swap { .. })
    }

    /// The unit of the number that readers see: of a table by storm or event that of its first axis of numbers.
    pub fn shown_unit(&self) -> Unit {
        let of_grid = if let Shape::Grid(grid) = &self.shape { grid.shown().unit() } else { None };
        of_grid.unwrap_or_else(|| self.pipeline.unit())
    }

    /// Whether an amount that is due of it while the period runs cannot be taken back by later readings.
    pub(super) fn ratchets(&self) -> bool {
        if self.is_swap() {
            return false;
        }
        match self.pipeline.kind {
            IndexKind::Number { rising, falling, .. } => {
                (rising && self.shape.rises()) || (falling && self.shape.falls())
            }
            // The day of an event may still move.
            _ if !self.modifiers.by_date.is_empty() => false,
            IndexKind::Events { .. } if matches!(self.shape, Shape::Grid(_)) => false,
            IndexKind::Events { rising, falling, .. } => {
                (rising && self.shape.rises()) || (falling && self.shape.falls())
            }
            IndexKind::Points { .. } => true,
        }
    }
}

/// Reads how the limbs are combined.
pub(super) fn read_together(
    fields: &mut Fields<'_>,
    limit: Option<CoverLimit>,
    faults: &mut Faults,
) -> Option<Together> {
    let combine = fields.required("combine", "\"best\"", faults)?;
    match combine.text("\"best\", \"sum\" or \"first\"", faults)? {
        "best" => Some(Together::Best),
        "first" => Some(Together::First),
        "sum" if limit.is_some_and(|limit| limit.period.is_none()) => {
            let fault =
                Fault::new(&combine.place, "the limbs are added up, and it is open what one period pays at most");
            faults.push(fault.hint("add limit = { period = \"100 %\" } to the cover"));
            None
        }
        "sum" => Some(Together::Sum),
        _ => {
            let fault = Fault::new(&combine.place, "it is open how the limbs are combined");
            let hint =
                "write \"best\": the one that pays most, \"sum\": all of them, or \"first\": the first that pays";
            faults.push(fault.hint(hint));
            None
        }
    }
}

/// Reads the tables `[[cover.limb]]`.
pub(super) fn read_limbs(
    fields: &mut Fields<'_>,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Vec<Limb>> {
    let mut limbs: Vec<Limb> = Vec::new();
    let mut complete = true;
    for node in fields.optional("limb")?.list("tables [[cover.limb]]", faults)? {
        let mut limb_fields = Fields::of(node, "[[cover.limb]]", faults)?;
        let id = limb_fields.required("id", "\"one-day\"", faults).and_then(|node| read_id(node, faults));
        let limb = read_limb(&mut limb_fields, id.clone().unwrap_or_default(), monthly, scope, faults);
        limb_fields.finish(faults);
        match limb.filter(|_| id.is_some()) {
            Some(limb) if limbs.iter().any(|other| other.id == limb.id) => {
                let fault = Fault::new(entry_place(node, "id"), format!("two limbs are called `{}`", limb.id));
                faults.push(fault.hint("give this one another id"));
                complete = false;
            }
            Some(limb) => limbs.push(limb),
            None => complete = false,
        }
    }
    complete.then_some(limbs)
}

/// Reads `index` and `payout`.
pub(super) fn read_limb(
    fields: &mut Fields<'_>,
    id: String,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Limb> {
    let pipeline =
        fields.required("index", "[ { read = … }, … ]", faults).and_then(|node| read_index(node, scope, faults));
    let payout = fields.required("payout", "{ when = \"<\", strike = …, … }", faults)?;
    let pipeline = pipeline?;
    let (shape, modifiers) = read_payout(payout, pipeline.kind, monthly, scope, faults)?;
    Some(Limb { id, pipeline, shape, modifiers, payout_text: source_text(&payout.place) })
}
