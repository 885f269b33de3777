//! Up to where the readings of a series are all there.

use chrono::{DateTime, Utc};

use super::frame::{Frame, Inputs};
use super::read::{Uses, What};
use super::slots::instant;
use crate::contract::{Fallback, Grain, Read, SourceName};
use crate::quantity::Overflow;

/// Where the first slot begins that has no reading, from the sources as they serve; `inputs.until` where there is none,
/// as far as whole slots lie before it. Under a consensus each family of sources must have told: one that is late may still
/// turn the median. Slots before the end of a waiting are not asked for.
///
/// # Errors
/// [`Overflow`] where a reading does not fit in the unit in which it is read.
///
/// # Panics
/// Where what is read are storms, which have no slots.
pub fn complete_until(read: &Read<'_>, inputs: &Inputs<'_>) -> Result<DateTime<Utc>, Overflow> {
    let product = &inputs.policy.product;
    let mut complete = instant(inputs.until);
    let mut ask = |own: &[SourceName]| {
        complete = complete.min(first_gap(read, own, inputs)?.unwrap_or(complete));
        Ok(())
    };
    ask(read.own_sources())?;
    if let Fallback::Consensus { .. } = product.data.fallback {
        for family in product.data.families_of(read.sources(product), |source| &source.feed) {
            ask(&family.into_iter().cloned().collect::<Vec<_>>())?;
        }
    }
    Ok(complete)
}

/// Where the first slot begins that has no reading of some sources; none where each has one.
fn first_gap(read: &Read<'_>, own: &[SourceName], inputs: &Inputs<'_>) -> Result<Option<DateTime<Utc>>, Overflow> {
    let what = What { variable: read.variable, unit: read.unit, own, agree_within: read.agree_within };
    let grain = read.grain.filter(|grain| *grain != Grain::Report).expect("a series is read in steps");
    let slots = Frame::new(inputs).read(what, grain, &mut Uses::none())?;
    let gap = slots.values.iter().position(|slot| slot.is_missing());
    Ok(gap.map(|gap| slots.bounds.instant(gap)))
}
