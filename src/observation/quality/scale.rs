//! A unit or a decimal point that slipped: an answer that repeats many intervals, each changed by one and the same
//! known factor.

use std::collections::BTreeMap;

use super::sight::Sight;
use super::{Flag, Rules, Verdict};
use crate::observation::Reading;
use crate::quantity::{Exact, Fixed, Unit};

/// So many intervals must have changed alike, and none otherwise.
const LEAST: usize = 5;

/// Factors between what people confuse, as fractions: powers of ten and sixty, and units.
const FACTORS: [(i128, i128, &str); 11] = [
    (10, 1, "10"),
    (100, 1, "100"),
    (1_000, 1, "1000"),
    (1_000_000, 1, "1000000"),
    (60, 1, "60"),
    (24, 1, "24"),
    (18, 5, "3.6"),
    (127, 5, "25.4"),
    (1_852, 1_000, "1.852"),
    (1_943_844, 1_000_000, "1.943844"),
    (2_236_936, 1_000_000, "2.236936"),
];

pub(super) fn check(_: &Rules, sight: &Sight<'_>, readings: &[Reading]) -> Vec<Verdict> {
    let mut series: BTreeMap<_, Vec<(usize, Fixed, Fixed)>> = BTreeMap::new();
    for (index, reading) in readings.iter().enumerate() {
        if let (Some(value), Some(before)) = (reading.value, sight.before(reading))
            && value != before
        {
            series.entry((&reading.station, reading.variable)).or_default().push((index, before, value));
        }
    }
    let mut verdicts = vec![None; readings.len()];
    for changes in series.values().filter(|changes| changes.len() >= LEAST) {
        let Some(reason) = slip(readings[changes[0].0].unit, changes) else { continue };
        // All of the series, what is told for the first time too: it comes in the same wrong unit.
        let (station, variable) = (&readings[changes[0].0].station, readings[changes[0].0].variable);
        for (reading, verdict) in readings.iter().zip(&mut verdicts) {
            if reading.station == *station && reading.variable == variable && reading.value.is_some() {
                *verdict = Some((Flag::Scale, reason.clone()));
            }
        }
    }
    verdicts
}

fn slip(unit: Unit, changes: &[(usize, Fixed, Fixed)]) -> Option<String> {
    let all = |holds: &dyn Fn(Exact, Exact) -> bool| {
        changes.iter().all(|(_, before, now)| holds(Exact::from(*before), Exact::from(*now)))
    };
    let found = FACTORS.into_iter().find_map(|(numerator, denominator, shown)| {
        let factor = Exact::new(numerator, denominator).ok()?;
        if all(&|before, now| is_near(before.times(factor), now)) {
            return Some(format!("{} values are {shown} times those known before", changes.len()));
        }
        if all(&|before, now| is_near(now.times(factor), before)) {
            return Some(format!("{} values are those known before divided by {shown}", changes.len()));
        }
        None
    });
    found.or_else(|| {
        let others = ["degC", "degF", "K"].map(|symbol| Unit::from_symbol(symbol).expect("the table has it"));
        let other = others.into_iter().filter(|other| *other != unit && other.dimension() == unit.dimension());
        other.into_iter().find_map(|other| {
            let alike = all(&|before, now| is_near(unit.convert(before, other), now));
            alike.then(|| format!("{} values look like {other}, and the column is in {unit}", changes.len()))
        })
    })
}

/// Within a hundredth of one another: the provider rounds.
fn is_near(wanted: Result<Exact, crate::quantity::Overflow>, got: Exact) -> bool {
    let near = || {
        let wanted = wanted.ok()?;
        let apart = got.minus(wanted).ok()?;
        let size = if wanted < Exact::ZERO { Exact::ZERO.minus(wanted).ok()? } else { wanted };
        let slack = size.times(Exact::new(1, 100).ok()?).ok()?;
        let apart = if apart < Exact::ZERO { Exact::ZERO.minus(apart).ok()? } else { apart };
        Some(!wanted.is_zero() && apart <= slack)
    };
    near().unwrap_or(false)
}
