//! Indices that policies share, and other years that periods share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::evaluated::Evaluated;
use crate::calendar::Span;
use crate::contract::{Cover, Product};
use crate::index::{Baselines, Inputs, Trace, Voice};
use crate::quantity::Quantity;

/// The indices of covers.
pub(super) enum Indices {
    /// Of one policy's cover at one instant: computed anew each time, but for the other years.
    Anew(Baselines),
    /// Kept for all that ask for the same.
    Kept(HashMap<Whose, Kept>),
}

/// Whose indices: everything of its inputs that an index depends on while what is known does not change, but the days.
/// Of one cover the rest (vintage, parts of the calendar) is always the same.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Whose {
    /// Where the cover lies in memory. It is the product's, which is read with the terms of its policies: those with
    /// other terms have another product.
    cover: usize,
    stations: BTreeMap<String, Arc<str>>,
    site: [Option<Quantity>; 2],
    as_of: DateTime<Utc>,
    without: Vec<Voice>,
}

/// What was computed of them.
pub(super) struct Kept {
    by_days: HashMap<Days, Arc<Evaluated>>,
    /// Up to where readings are complete.
    complete: HashMap<Days, Option<DateTime<Utc>>>,
    baselines: Baselines,
    /// Keeps the cover where it is.
    _product: Arc<Product>,
}

/// Over which days. The period's instants follow from its days.
#[derive(PartialEq, Eq, Hash)]
struct Days {
    span: Span,
    until: i64,
    counts_from: Option<i64>,
}

impl Indices {
    /// Of one policy's cover at one instant.
    pub(super) fn anew() -> Self {
        Self::Anew(Baselines::default())
    }

    /// Kept for all that ask for the same. What is known must not change in their lifetime.
    pub(super) fn kept() -> Self {
        Self::Kept(HashMap::new())
    }

    /// The indices of a cover. Those that are kept leave no trace when they are asked for again.
    pub(super) fn of(&mut self, cover: &Cover, inputs: &Inputs<'_>, trace: &mut Trace) -> Arc<Evaluated> {
        match self {
            // Other sources have other years.
            Self::Anew(_) if !inputs.without.is_empty() => {
                Arc::new(Evaluated::of(cover, inputs, &mut Baselines::default(), trace))
            }
            Self::Anew(baselines) => Arc::new(Evaluated::of(cover, inputs, baselines, trace)),
            Self::Kept(kept) => {
                let Kept { by_days, baselines, .. } =
                    kept.entry(Whose::of(cover, inputs)).or_insert_with(|| Kept::nothing(inputs));
                let compute = || Arc::new(Evaluated::of(cover, inputs, baselines, trace));
                by_days.entry(Days::of(inputs)).or_insert_with(compute).clone()
            }
        }
    }

    /// Up to where the readings of a cover are complete, which `compute` finds where it is not kept.
    pub(super) fn complete(
        &mut self,
        cover: &Cover,
        inputs: &Inputs<'_>,
        compute: impl FnOnce() -> Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        let Self::Kept(kept) = self else { return compute() };
        let kept = kept.entry(Whose::of(cover, inputs)).or_insert_with(|| Kept::nothing(inputs));
        *kept.complete.entry(Days::of(inputs)).or_insert_with(compute)
    }
}

impl Whose {
    fn of(cover: &Cover, inputs: &Inputs<'_>) -> Self {
        let policy = inputs.policy;
        Self {
            cover: std::ptr::from_ref(cover).addr(),
            stations: policy.stations.clone(),
            site: ["latitude", "longitude"].map(|column| policy.terms.get(column).copied()),
            as_of: inputs.as_of,
            without: inputs.without.to_vec(),
        }
    }
}

impl Kept {
    fn nothing(inputs: &Inputs<'_>) -> Self {
        let _product = inputs.policy.product.clone();
        Self { by_days: HashMap::new(), complete: HashMap::new(), baselines: Baselines::default(), _product }
    }
}

impl Days {
    fn of(inputs: &Inputs<'_>) -> Self {
        Self { span: inputs.period.span, until: inputs.until, counts_from: inputs.counts_from }
    }
}
