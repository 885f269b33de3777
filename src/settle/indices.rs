//! Indices that policies share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::evaluated::Evaluated;
use crate::calendar::Span;
use crate::contract::{Cover, Product};
use crate::index::{Inputs, Trace};
use crate::quantity::Quantity;

/// The indices of covers: computed anew each time, or kept for all that ask for the same.
#[derive(Default)]
pub(super) struct Indices {
    kept: Option<HashMap<Asked, Kept<Arc<Evaluated>>>>,
    /// Up to where readings are complete; empty where nothing is kept.
    complete: HashMap<Asked, Kept<Option<DateTime<Utc>>>>,
}

/// Everything of its inputs that an index depends on while what is known does not change.
#[derive(PartialEq, Eq, Hash)]
struct Asked {
    /// Where the cover lies in memory. It is the product's, which is read with the terms of its policies: those with
    /// other terms have another product.
    cover: usize,
    stations: BTreeMap<String, Arc<str>>,
    site: [Option<Quantity>; 2],
    span: Span,
    until: i64,
    counts_from: Option<i64>,
    as_of: DateTime<Utc>,
}

struct Kept<T> {
    value: T,
    /// Keeps the cover where it is.
    _product: Arc<Product>,
}

impl Indices {
    /// Kept for all that ask for the same. What is known must not change in their lifetime.
    pub(super) fn kept() -> Self {
        Self { kept: Some(HashMap::new()), complete: HashMap::new() }
    }

    /// The indices of a cover. Those that are kept leave no trace when they are asked for again.
    pub(super) fn of(&mut self, cover: &Cover, inputs: &Inputs<'_>, trace: &mut Trace) -> Arc<Evaluated> {
        let Some(kept) = &mut self.kept else { return Arc::new(Evaluated::of(cover, inputs, trace)) };
        let compute =
            || Kept { value: Arc::new(Evaluated::of(cover, inputs, trace)), _product: inputs.policy.product.clone() };
        kept.entry(Asked::of(cover, inputs)).or_insert_with(compute).value.clone()
    }

    /// Up to where the readings of a cover are complete, which `compute` finds where it is not kept.
    pub(super) fn complete(
        &mut self,
        cover: &Cover,
        inputs: &Inputs<'_>,
        compute: impl FnOnce() -> Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        if self.kept.is_none() {
            return compute();
        }
        let compute = || Kept { value: compute(), _product: inputs.policy.product.clone() };
        self.complete.entry(Asked::of(cover, inputs)).or_insert_with(compute).value
    }
}

impl Asked {
    /// Of one cover the rest of the inputs (vintage, parts of the calendar) is always the same, and the period's instants
    /// follow from its days.
    fn of(cover: &Cover, inputs: &Inputs<'_>) -> Self {
        let policy = inputs.policy;
        Self {
            cover: std::ptr::from_ref(cover).addr(),
            stations: policy.stations.clone(),
            site: ["latitude", "longitude"].map(|column| policy.terms.get(column).copied()),
            span: inputs.period.span,
            until: inputs.until,
            counts_from: inputs.counts_from,
            as_of: inputs.as_of,
        }
    }
}
