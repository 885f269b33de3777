//! Up to where the readings of a series are all there.

use chrono::{DateTime, Utc};

use super::frame::{Frame, Inputs};
use super::read::{Uses, What};
use super::slots::instant;
use crate::contract::{Grain, Read};
use crate::quantity::Overflow;

/// Where the first slot begins that has no reading, from the sources as they serve; `inputs.until` where there is none,
/// as far as whole slots lie before it. Slots before the end of a waiting are not asked for.
///
/// # Errors
/// [`Overflow`] where a reading does not fit in the unit in which it is read.
///
/// # Panics
/// Where what is read are storms, which have no slots.
pub fn complete_until(read: &Read<'_>, inputs: &Inputs<'_>) -> Result<DateTime<Utc>, Overflow> {
    let what =
        What { variable: read.variable, unit: read.unit, own: read.own_sources(), agree_within: read.agree_within };
    let grain = read.grain.filter(|grain| *grain != Grain::Report).expect("a series is read in steps");
    let slots = Frame::new(inputs).read(what, grain, &mut Uses::none())?;
    let gap = slots.values.iter().position(|slot| slot.is_missing());
    Ok(gap.map_or_else(|| instant(inputs.until), |gap| slots.bounds.instant(gap)))
}
