//! What several sources agree on.

use crate::quantity::Fixed;

use super::slots::{Slot, Slots};

/// The lower median of the values that are there, if at least `quorum` of them are no further from it than `tolerance`.
///
/// - `values`: one for each source, in any order; `None` where it has no reading.
/// - `tolerance`: in the unit of the values, not below zero; a value at exactly that distance agrees.
///
/// The lower median of an even number of values is the lower of the two in the middle, so that it is always a value that
/// some source gave.
pub fn consensus(values: &[Option<Fixed>], tolerance: Fixed, quorum: usize) -> Option<Fixed> {
    let there = || values.iter().copied().flatten();
    // There are few sources: counting is quicker than sorting, and nothing is allocated for each slot.
    let rank = (there().count().checked_sub(1)?) / 2;
    let median = there().find(|candidate| {
        let below = there().filter(|value| value < candidate).count();
        let same = there().filter(|value| value == candidate).count();
        (below..below + same).contains(&rank)
    })?;
    let distance = |value: Fixed| value.micros().abs_diff(median.micros());
    let agree = there().filter(|value| distance(*value) <= tolerance.micros().unsigned_abs()).count();
    (agree >= quorum).then_some(median)
}

/// The series of what the sources agree on, slot by slot. All have the slots of `empty`; a slot is out where one of them
/// is, and missing where too few agree. The second part says of each source in which slots its value was too far from
/// what was agreed on, or stood where too few agreed.
pub(super) fn agreed(empty: Slots, sources: &[Slots], tolerance: Fixed, quorum: usize) -> (Slots, Vec<Vec<usize>>) {
    let mut agreed = empty;
    let mut apart = vec![Vec::new(); sources.len()];
    let mut values = vec![None; sources.len()];
    for place in 0..agreed.values.len() {
        for (value, source) in values.iter_mut().zip(sources) {
            *value = source.values[place].value();
        }
        if sources.iter().any(|source| source.values[place].is_out()) {
            agreed.values[place] = Slot::OUT;
            continue;
        }
        let found = consensus(&values, tolerance, quorum);
        agreed.values[place] = found.map_or(Slot::MISSING, Slot::of);
        for (value, apart) in values.iter().zip(&mut apart) {
            let agrees = |value: Fixed| {
                found.is_some_and(|found| value.micros().abs_diff(found.micros()) <= tolerance.micros().unsigned_abs())
            };
            if value.is_some_and(|value| !agrees(value)) {
                apart.push(place);
            }
        }
    }
    (agreed, apart)
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;

    #[test]
    fn a_slot_is_what_enough_sources_agree_on() {
        for (values, tolerance, quorum, agreed, why) in [
            ("10 11 12", "1", 2, Some("11"), "the median, both neighbours at exactly the tolerance"),
            ("10 11 12.000001", "1", 3, None, "one just beyond it"),
            ("10 11 12.000001", "1", 2, Some("11"), "two of three are enough"),
            ("10 10.5", "1", 2, Some("10"), "the lower of two"),
            ("10.5 10", "1", 2, Some("10"), "in any order"),
            ("10 20", "1", 2, None, "two that contradict one another"),
            ("10 20", "1", 1, Some("10"), "one is enough where the terms say so"),
            (". 10 .", "1", 1, Some("10"), "one source"),
            (". 10 .", "1", 2, None, "one source where two are asked for"),
            (". . .", "1", 1, None, "nothing is no agreement"),
            ("", "1", 0, None, "no source at all"),
            ("5 5 5 80", "0", 3, Some("5"), "equal values, one outlier"),
            ("80 1 5 5", "0", 2, Some("5"), "the lower median of four"),
            ("-1 0 1", "0.5", 1, Some("0"), "around zero"),
        ] {
            let fixed = |text: &str| Fixed::parse(text).expect(text);
            let values: Vec<_> = values.split_whitespace().map(|word| (word != ".").then(|| fixed(word))).collect();
            assert_eq!(consensus(&values, fixed(tolerance), quorum), agreed.map(fixed), "{why}");
        }
    }

    #[test]
    fn a_series_is_agreed_on_slot_by_slot() {
        let sources = ["1 5 . 7 x", "1.1 9 3 . x", "9 . 3 . x"].map(days);
        let empty = Slots::empty(sources[0].bounds.clone());
        let (got, apart) = agreed(empty, &sources, Fixed::from_micros(100_000), 2);
        assert_eq!(got, days("1.1 . 3 . x"));
        let expected: [&[usize]; 3] = [&[1, 3], &[1], &[0]];
        assert_eq!(apart, expected, "the third of the first day, two that contradict one another, one alone");
    }
}
