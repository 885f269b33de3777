//! Stretches of a fixed length that slide over the period.

use crate::contract::Take;
use crate::quantity::Overflow;

use super::group::over;
use super::slots::{Bounds, Slot, Slots};

/// One value for each stretch of `length` slots that lies in the period, at the stretch's last slot. A stretch with a
/// missing slot is missing: its sum is not known.
///
/// # Errors
/// [`Overflow`] where a sum does not fit.
pub(super) fn rolling(slots: &Slots, length: usize, take: Take) -> Result<Slots, Overflow> {
    let skipped = length.saturating_sub(1).min(slots.values.len());
    let values = slots.values.windows(length).map(|stretch| {
        if stretch.iter().any(|slot| slot.is_missing()) {
            return Ok(Slot::MISSING);
        }
        over(stretch, take).map(|value| value.map_or(Slot::MISSING, Slot::of))
    });
    let bounds = match &slots.bounds {
        Bounds::Even { step, .. } if skipped < slots.values.len() => {
            Bounds::Even { from: slots.bounds.start(skipped), step: *step, count: slots.values.len() - skipped }
        }
        Bounds::Even { from, step, .. } => Bounds::Even { from: *from, step: *step, count: 0 },
        Bounds::Days(edges) => Bounds::Days(edges[skipped..].to_vec()),
    };
    Ok(Slots { bounds, values: values.collect::<Result<_, Overflow>>()? })
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;

    #[test]
    fn stretches_lie_inside_the_period() {
        for (slots, length, take, values, why) in [
            ("1 2 3 4", 2, Take::Sum, "3 5 7", "pairs"),
            ("1 2 3 4", 4, Take::Sum, "10", "the whole"),
            ("1 2 3 4", 5, Take::Sum, "", "longer than the period"),
            ("1 . 3 4", 2, Take::Sum, ". . 7", "a gap is not zero"),
            ("1 5 3 4", 2, Take::Max, "5 5 4", "max"),
            ("1 5 3 4", 2, Take::Min, "1 3 3", "min"),
        ] {
            assert_eq!(rolling(&days(slots), length, take).expect("small").values, days(values).values, "{why}");
        }
    }
}
