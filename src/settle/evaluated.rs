//! The indices of a cover: of its limbs, and of its gates.

use crate::contract::Cover;
use crate::index::{Anchor, Evaluation, Inputs, Trace, evaluate};

/// What all indices of a cover came to.
#[derive(Default)]
pub(super) struct Evaluated {
    /// What was looked at to find the anchor, where one is searched.
    pub anchor: Option<Anchor>,
    /// In the order of the limbs.
    pub limbs: Vec<Evaluation>,
    /// In the order of the gates.
    pub gates: Vec<Evaluation>,
}

impl Evaluated {
    pub(super) fn of(cover: &Cover, inputs: &Inputs<'_>, trace: &mut Trace) -> Self {
        let several = cover.limbs.len() > 1;
        let mut limbs = Vec::new();
        for limb in &cover.limbs {
            if several {
                trace.add(&format!("limb {}", limb.id), String::new);
            }
            limbs.push(evaluate(&limb.pipeline, inputs, trace));
        }
        let mut gates = Vec::new();
        for gate in &cover.gates.list {
            trace.add(&format!("gate {}", gate.id), String::new);
            gates.push(evaluate(&gate.pipeline, inputs, trace));
        }
        Self { anchor: None, limbs, gates }
    }

    /// Limbs, then gates.
    pub(super) fn all(&self) -> impl Iterator<Item = &Evaluation> {
        self.limbs.iter().chain(&self.gates)
    }
}
