//! The indices of a cover: of its limbs, and of its gates.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contract::Cover;
use crate::index::{Baselines, Evaluation, Index, Inputs, SourceUse, Trace, Undetermined, evaluate};

/// What one index came to.
pub(super) type Found = Result<Index, Undetermined>;

/// What all indices of a cover came to.
#[derive(Default)]
pub(super) struct Evaluated {
    /// In the order of the limbs.
    pub limbs: Vec<Found>,
    /// In the order of the gates.
    pub gates: Vec<Found>,
    /// What each source gave, of the limbs and then of the gates.
    pub uses: Arc<[SourceUse]>,
    /// The ledger entries that hold the readings used.
    pub recorded_by: Arc<BTreeSet<i64>>,
    /// Whether every slot of all of them has a reading.
    pub full: bool,
}

impl Evaluated {
    pub(super) fn of(cover: &Cover, inputs: &Inputs<'_>, baselines: &mut Baselines, trace: &mut Trace) -> Self {
        let several = cover.limbs.len() > 1;
        let mut limbs = Vec::new();
        for limb in &cover.limbs {
            if several {
                trace.add(&format!("limb {}", limb.id), String::new);
            }
            limbs.push(evaluate(&limb.pipeline, inputs, baselines, trace));
        }
        let mut gates = Vec::new();
        for gate in &cover.gates.list {
            trace.add(&format!("gate {}", gate.id), String::new);
            gates.push(evaluate(&gate.pipeline, inputs, baselines, trace));
        }
        Self::all(limbs, gates)
    }

    fn all(limbs: Vec<Evaluation>, gates: Vec<Evaluation>) -> Self {
        let (mut uses, mut recorded_by, mut full) = (Vec::new(), BTreeSet::new(), true);
        let mut found = |evaluations: Vec<Evaluation>| {
            let one = |mut evaluation: Evaluation| {
                uses.append(&mut evaluation.uses);
                recorded_by.append(&mut evaluation.recorded_by);
                full &= evaluation.full;
                evaluation.index
            };
            evaluations.into_iter().map(one).collect()
        };
        let (limbs, gates) = (found(limbs), found(gates));
        Self { limbs, gates, uses: uses.into(), recorded_by: Arc::new(recorded_by), full }
    }
}
