//! Neighbours.

use super::sight::{Sight, interval};
use super::{Flag, Rules, Verdict};
use crate::observation::Reading;
use crate::quantity::Fixed;

/// Held against the lower median of the neighbours' values of the same interval; where no neighbour has one, nothing is
/// said.
pub(super) fn check(rules: &Rules, sight: &Sight<'_>, readings: &[Reading]) -> Vec<Verdict> {
    readings.iter().map(|reading| verdict(rules, sight, reading)).collect()
}

fn verdict(rules: &Rules, sight: &Sight<'_>, reading: &Reading) -> Verdict {
    let value = reading.value?;
    let near = rules.of(reading.variable)?.near.as_ref()?;
    let mut theirs: Vec<Fixed> = near
        .of
        .iter()
        .filter_map(|(feed, station)| sight.of_feed(feed, station, reading.variable, interval(reading)))
        .filter_map(|(value, unit)| unit.conversion(reading.unit).ok()?.apply(value).ok())
        .collect();
    theirs.sort_unstable();
    let median = *theirs.get(theirs.len().checked_sub(1)? / 2)?;
    (value.micros().abs_diff(median.micros()) > near.within.micros().unsigned_abs()).then(|| {
        let (unit, within, count) = (reading.unit, near.within, theirs.len());
        let reason =
            format!("{value} {unit} is more than {within} {unit} from the {median} {unit} of {count} neighbours");
        (Flag::Neighbour, reason)
    })
}
