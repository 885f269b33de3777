//! The first block: readings into the slots of a period, from the sources that the term sheet names.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::calendar::DayRule;
use crate::contract::{Grain, Policy, SourceName};
use crate::observation::{Knowledge, SeriesKey};
use crate::quantity::{Overflow, Unit, Variable};

use super::evaluate::Inputs;
use super::slots::{Bounds, Slot, Slots};

/// How much one source gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUse {
    /// The source.
    pub series: SeriesKey,
    /// Readings of it that were used.
    pub used: usize,
    /// Slots that it was asked for.
    pub asked: usize,
}

/// The slots of a period up to `until`; a slot that is not over by then is none yet.
pub(super) fn bounds(grain: Grain, inputs: &Inputs<'_>) -> Bounds {
    let (from, until) = (inputs.period.begins.timestamp(), inputs.until);
    match grain {
        Grain::Step(step) => {
            let count = usize::try_from((until - from).max(0) / step).expect("a period has few slots");
            Bounds::Even { from, step, count }
        }
        _ => day_bounds(inputs, until),
    }
}

fn day_bounds(inputs: &Inputs<'_>, until: i64) -> Bounds {
    let day: &DayRule = &inputs.policy.product.day;
    let begins = inputs.period.span.dates().map(|date| day.begin(date).timestamp());
    let mut edges: Vec<i64> =
        begins.chain([inputs.period.ends.timestamp()]).take_while(|edge| *edge <= until).collect();
    if edges.is_empty() {
        edges.push(inputs.period.begins.timestamp());
    }
    // A day that a zone never had has no length and is no slot.
    edges.dedup();
    Bounds::Days(edges)
}

/// The series that a source name means for a policy; none for a whole feed.
pub fn series_of(source: &SourceName, policy: &Policy, variable: Variable) -> Option<SeriesKey> {
    let name = source.station.as_deref()?;
    let station = match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(column) => policy.stations.get(column)?.clone(),
        None => Arc::from(name),
    };
    Some(SeriesKey { feed: source.feed.clone(), station, variable })
}

/// Puts a series' readings, as known at `as_of`, into those slots that are empty. Returns how many were used; the
/// ledger entries that hold them are added to `recorded_by`.
///
/// # Errors
/// [`Overflow`] where a reading does not fit in the unit in which it is read.
pub(super) fn fill(
    slots: &mut Slots,
    series: &SeriesKey,
    unit: Unit,
    inputs: &Inputs<'_>,
    recorded_by: &mut BTreeSet<i64>,
) -> Result<usize, Overflow> {
    let known: &Knowledge = inputs.known;
    let Some(readings) = known.series(series) else { return Ok(0) };
    if slots.bounds.count() == 0 {
        return Ok(0);
    }
    let conversion = readings.unit().conversion(unit)?;
    let (mut used, mut last, mut next) = (0, None, 0);
    for row in readings.known(slots.bounds.start(0), slots.bounds.end(), inputs.as_of) {
        // Readings come in the order of the slots: the next one is the likeliest.
        let Some(slot) = slots.bounds.slot_near(next, row.start, row.end) else { continue };
        next = slot + 1;
        let Some(value) = row.value.filter(|_| slots.values[slot].is_missing()) else { continue };
        slots.values[slot] = Slot::of(conversion.apply(value)?);
        used += 1;
        if last.replace(row.recorded_by) != Some(row.recorded_by) {
            recorded_by.insert(row.recorded_by);
        }
    }
    Ok(used)
}

/// Empty slots.
pub(super) fn empty(bounds: Bounds) -> Slots {
    let values = vec![Slot::MISSING; bounds.count()];
    Slots { bounds, values }
}
