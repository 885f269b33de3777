//! What an index comes to where the looking ends early: for whoever wants to see how a number grew.

use chrono::{DateTime, Utc};

use super::anchor::Days;
use super::terms::Terms;
use crate::contract::Pipeline;
use crate::index::{Baselines, Index, Trace, Undetermined, evaluate_each};
use crate::observation::Knowledge;

/// An index of a cover as known at `as_of`, of the readings before each of `ends`; in the order of `ends`. What is behind
/// an end is not missing. Of an anchored cover the anchor is the one of the whole period.
///
/// # Errors
/// Why there is no anchor.
pub fn index_until(
    terms: &Terms<'_>,
    pipeline: &Pipeline,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    ends: &[DateTime<Utc>],
) -> Result<Vec<Result<Index, Undetermined>>, Undetermined> {
    let period = Days::of(terms, known, as_of, &[], &mut Trace::off()).period?;
    let narrowed = terms.over(&period);
    let inputs = narrowed.inputs(known, as_of, period.ends);
    let ends: Vec<_> = ends.iter().map(|end| (*end).clamp(period.begins, period.ends).timestamp()).collect();
    Ok(evaluate_each(pipeline, &inputs, &ends, &mut Baselines::default()))
}
