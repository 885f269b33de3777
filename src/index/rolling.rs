//! Stretches of a fixed length that slide over the period.

use crate::contract::Take;
use crate::quantity::{Fixed, Overflow};

use super::group::added;
use super::slots::{Slot, Slots, largest, plain_sum, smallest};

/// One value for each stretch of `length` slots that lies in the series, at the stretch's last slot; from one stretch to
/// the next it is `step` slots. A stretch with a missing slot is missing: its sum is not known. Slots that are out are no
/// part of it; a stretch in which nothing counts is out.
///
/// # Errors
/// [`Overflow`] where a sum does not fit.
pub(super) fn rolling(slots: &Slots, length: usize, take: Take, step: usize) -> Result<Slots, Overflow> {
    let skipped = length.saturating_sub(1).min(slots.values.len());
    let values = match take {
        Take::Sum if step == 1 => {
            plain_sums(&slots.values, length).map_or_else(|| slide(&slots.values, length, take, step), Ok)?
        }
        Take::Sum | Take::Mean(_) => slide(&slots.values, length, take, step)?,
        Take::Max | Take::Min => {
            slots.values.windows(length).step_by(step).map(|stretch| extreme(stretch, take)).collect()
        }
    };
    let bounds = if step == 1 {
        slots.bounds.behind(skipped)
    } else {
        slots.bounds.only((skipped..slots.values.len()).step_by(step))
    };
    Ok(Slots { bounds, values })
}

fn extreme(stretch: &[Slot], take: Take) -> Slot {
    if stretch.iter().any(|slot| slot.is_missing()) {
        return Slot::MISSING;
    }
    let value = if take == Take::Max { largest(stretch) } else { smallest(stretch) };
    value.map_or(Slot::OUT, Slot::of)
}

/// Sums and means: what comes in is added, what goes out is taken off, so that the length costs nothing.
fn slide(values: &[Slot], length: usize, take: Take, step: usize) -> Result<Vec<Slot>, Overflow> {
    let (mut sum, mut there, mut missing) = (0_i128, 0_usize, 0_usize);
    let mut found = Vec::with_capacity((values.len() + 1).saturating_sub(length).div_ceil(step));
    for (place, slot) in values.iter().enumerate() {
        match slot.value() {
            Some(value) => (sum, there) = (sum + i128::from(value.micros()), there + 1),
            None => missing += usize::from(slot.is_missing()),
        }
        let Some(first) = (place + 1).checked_sub(length) else { continue };
        if first.is_multiple_of(step) {
            found.push(match missing {
                0 => added(sum, there, take)?.map_or(Slot::OUT, Slot::of),
                _ => Slot::MISSING,
            });
        }
        match values[first].value() {
            Some(value) => (sum, there) = (sum - i128::from(value.micros()), there - 1),
            None => missing -= usize::from(values[first].is_missing()),
        }
    }
    Ok(found)
}

/// Sums of all stretches where every slot is a number and no sum leaves the range; else none.
fn plain_sums(values: &[Slot], length: usize) -> Option<Vec<Slot>> {
    if length > values.len() {
        return None;
    }
    plain_sum(values)?;
    let (front, rest) = values.split_at(length - 1);
    let mut sum: i64 = front.iter().map(|slot| slot.micros()).sum();
    let sums = values.iter().zip(rest).map(|(goes, comes)| {
        let whole = sum + comes.micros();
        sum = whole - goes.micros();
        Slot::of(Fixed::from_micros(whole))
    });
    Some(sums.collect())
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::Round;
    use crate::quantity::{Exact, Rounding};

    #[test]
    fn stretches_lie_inside_the_period() {
        let mean = Take::Mean(Round { step: Exact::new(1, 10).expect("a step"), mode: Rounding::HalfUp });
        for (slots, length, take, step, values, why) in [
            ("1 2 3 4", 2, Take::Sum, 1, "3 5 7", "pairs"),
            ("1 2 3 4", 4, Take::Sum, 1, "10", "the whole"),
            ("1 2 3 4", 5, Take::Sum, 1, "", "longer than the period"),
            ("1 2 3 4", 5, Take::Max, 1, "", "the same of extremes"),
            ("1 2 3 4", 1, Take::Sum, 1, "1 2 3 4", "one slot each"),
            ("1 . 3 4 5", 2, Take::Sum, 1, ". . 7 9", "a gap is not zero"),
            ("1 x 3 x x", 2, Take::Sum, 1, "1 3 3 x", "what is out is no part"),
            ("1 5 3 4", 2, Take::Max, 1, "5 5 4", "max"),
            ("1 5 3 4", 2, Take::Min, 1, "1 3 3", "min"),
            ("1 . 3 x x", 2, Take::Max, 1, ". . 3 x", "marks in an extreme"),
            ("1 2 2 9", 3, mean, 1, "1.7 4.3", "means are rounded"),
            ("1 2 3 4 5 6 7", 3, Take::Sum, 3, "6 15", "blocks, the last of which is not whole"),
            ("1 2 3 4 5 6", 3, Take::Sum, 3, "6 15", "blocks"),
            ("1 2 3 4 5", 3, Take::Sum, 2, "6 12", "steps shorter than the stretch"),
            ("1 2 3 4 5", 1, Take::Sum, 2, "1 3 5", "steps longer than the stretch"),
            ("1 2 3 4 5", 2, Take::Max, 3, "2 5", "steps of extremes"),
            ("1 . 3 4 5 6", 2, Take::Sum, 2, ". 7 11", "a gap in a block"),
        ] {
            let got = rolling(&days(slots), length, take, step).expect("small");
            assert_eq!(got.values, days(values).values, "{why}");
            assert_eq!(got.bounds.count(), got.values.len(), "{why}");
        }
    }

    #[test]
    fn a_stretch_is_booked_to_its_last_slot() {
        let rolled = rolling(&days("1 2 3 4"), 2, Take::Sum, 1).expect("small");
        assert_eq!((rolled.bounds.start(0), rolled.bounds.stop(0)), (86_400, 172_800));
        let blocks = rolling(&days("1 2 3 4 5 6"), 2, Take::Sum, 2).expect("small");
        let begins: Vec<_> = (0..3).map(|slot| blocks.bounds.start(slot) / 86_400).collect();
        assert_eq!((begins, blocks.bounds.grain()), (vec![1, 3, 5], crate::contract::Grain::Day));
    }
}
