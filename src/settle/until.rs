//! What the indices of a cover come to where the looking ends early: for whoever wants to see how a number grew.

use chrono::{DateTime, Utc};

use super::anchor::Days;
use super::terms::Terms;
use crate::index::{Baselines, Index, Trace, Undetermined, evaluate};
use crate::observation::Knowledge;

/// The indices of the limbs as known at `as_of`, of the readings before each of `ends`; in the order of `ends`, and
/// there in the order of the limbs. What is behind an end is not missing. Of an anchored cover the anchor is the one of
/// the whole period.
///
/// # Errors
/// Why there is no anchor.
pub fn limbs_until(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    ends: &[DateTime<Utc>],
) -> Result<Vec<Vec<Result<Index, Undetermined>>>, Undetermined> {
    let period = Days::of(terms, known, as_of, &[], &mut Trace::off()).period?;
    let narrowed = terms.over(&period);
    let mut baselines = Baselines::default();
    let mut at = |end: &DateTime<Utc>| {
        let inputs = narrowed.inputs(known, as_of, (*end).clamp(period.begins, period.ends));
        let limbs = narrowed.cover.limbs.iter();
        limbs.map(|limb| evaluate(&limb.pipeline, &inputs, &mut baselines, &mut Trace::off()).index).collect()
    };
    Ok(ends.iter().map(&mut at).collect())
}
