//! Several series brought to the same slots.

use super::slots::{Bounds, Series, Slot, Slots};

/// The series with only those slots that all of them have. Series of one grain over one period have them all, as long as
/// no stretch in front of one of them takes some away and no reports differ in when they begin.
pub(super) fn common<T: Copy>(mut series: Vec<Series<T>>) -> Vec<Series<T>> {
    if are_alike(&series) {
        return series;
    }
    let shortest = series.iter().min_by_key(|slots| slots.values.len()).expect("there is a series").bounds.clone();
    let in_all = |slot: &usize| {
        let (start, end) = (shortest.start(*slot), shortest.stop(*slot));
        series.iter().all(|slots| slots.bounds.slot_near(*slot, start, end).is_some())
    };
    let kept: Vec<usize> = (0..shortest.count()).filter(in_all).collect();
    let bounds = if kept.len() == shortest.count() { shortest } else { shortest.only(kept.into_iter()) };
    for slots in &mut series {
        *slots = at(slots, &bounds, || unreachable!("only slots are kept that all series have"));
    }
    series
}

/// The series with all slots that one of them has; missing where it has none.
pub(super) fn united(mut series: Vec<Slots>) -> Vec<Slots> {
    if are_alike(&series) {
        return series;
    }
    let of = |slots: &Slots| {
        (0..slots.bounds.count()).map(|slot| (slots.bounds.start(slot), slots.bounds.stop(slot))).collect::<Vec<_>>()
    };
    let mut spans: Vec<_> = series.iter().flat_map(of).collect();
    spans.sort_unstable();
    spans.dedup();
    let bounds = Bounds::Spans { grain: series[0].bounds.grain(), spans };
    for slots in &mut series {
        *slots = at(slots, &bounds, || Slot::MISSING);
    }
    series
}

fn are_alike<T>(series: &[Series<T>]) -> bool {
    series.windows(2).all(|pair| pair[0].bounds == pair[1].bounds)
}

/// The values of a series at other slots; `otherwise` where it has none.
fn at<T: Copy>(slots: &Series<T>, bounds: &Bounds, otherwise: impl Fn() -> T) -> Series<T> {
    let mut next = 0;
    let of = |slot: usize| {
        let Some(found) = slots.bounds.slot_near(next, bounds.start(slot), bounds.stop(slot)) else {
            return otherwise();
        };
        next = found + 1;
        slots.values[found]
    };
    Series { values: (0..bounds.count()).map(of).collect(), bounds: bounds.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::Grain;

    fn reports(begins: &[i64], text: &str) -> Slots {
        let spans = begins.iter().map(|begin| (*begin, begin + 1)).collect();
        Slots { bounds: Bounds::Spans { grain: Grain::Report, spans }, values: days(text).values }
    }

    fn values(series: &[Slots]) -> Vec<Vec<Slot>> {
        series.iter().map(|slots| slots.values.clone()).collect()
    }

    #[test]
    fn slots_that_all_have_are_kept() {
        let late = Slots { bounds: days("1 2 3").bounds.behind(1), values: days("8 9").values };
        for (series, expected, why) in [
            (vec![days("1 2"), days("3 .")], vec!["1 2", "3 ."], "the same slots"),
            (vec![days("1 2 3"), late], vec!["2 3", "8 9"], "one begins later"),
            (vec![reports(&[1, 5, 9], "1 2 3"), reports(&[2, 5, 9, 12], "4 5 6 7")], vec!["2 3", "5 6"], "reports"),
            (vec![reports(&[1], "1"), reports(&[2], "2")], vec!["", ""], "none in common"),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|text| days(text).values).collect();
            let got = common(series);
            assert_eq!(values(&got), expected, "{why}");
            assert!(are_alike(&got), "{why}");
        }
    }

    #[test]
    fn slots_that_one_has_are_united() {
        let got = united(vec![reports(&[1, 5], "1 2"), reports(&[2, 5], "4 5"), reports(&[], "")]);
        assert_eq!(values(&got), ["1 . 2", ". 4 5", ". . ."].map(|text| days(text).values));
    }
}
