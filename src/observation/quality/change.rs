//! A number that jumps, and one that stays.

use std::sync::Arc;

use super::sight::{Sight, interval};
use super::{ColumnRules, Flag, Rules, Verdict};
use crate::observation::Reading;
use crate::quantity::{Fixed, Variable};

/// How far back a run is followed, in times of how long it may be.
const LONGEST_RUN: i64 = 60;

/// In the order of time. A jump that the next value confirms is weather; one that it does not is a spike; one behind
/// which there is nothing yet is refused until there is. Only intervals that touch are compared.
pub(super) fn check(rules: &Rules, sight: &Sight<'_>, readings: &[Reading]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(readings.len());
    // The interval that was refused last: it is not there for the one behind it.
    let mut refused: Option<(&Arc<str>, Variable, (i64, i64))> = None;
    for reading in readings {
        let verdict = rules.of(reading.variable).and_then(|column| verdict(column, sight, reading, refused));
        if verdict.is_some() {
            refused = Some((&reading.station, reading.variable, interval(reading)));
        }
        verdicts.push(verdict);
    }
    verdicts
}

fn verdict(
    column: &ColumnRules,
    sight: &Sight<'_>,
    reading: &Reading,
    refused: Option<(&Arc<str>, Variable, (i64, i64))>,
) -> Verdict {
    let value = reading.value?;
    if let Some(step) = column.step {
        let at = |offset: i64| {
            let (start, end) = interval(reading);
            let length = end - start;
            let at = (start + offset * length, end + offset * length);
            let gone = refused == Some((&reading.station, reading.variable, at));
            (length > 0 && !gone).then(|| sight.value(&reading.station, reading.variable, at)).flatten()
        };
        let far = |other: Fixed| value.micros().abs_diff(other.micros()) > step.micros().unsigned_abs();
        if let Some((before, unit)) = at(-1).filter(|(before, _)| far(*before)) {
            match at(1) {
                Some((behind, _)) if !far(behind) => {}
                Some((behind, _)) => {
                    let reason = format!("{value} {unit} stands between {before} and {behind} {unit}: a spike");
                    return Some((Flag::Spike, reason));
                }
                None => {
                    let reason = format!(
                        "{value} {unit} is more than {step} {unit} from the {before} {unit} before it, and nothing behind it says the same yet"
                    );
                    return Some((Flag::Step, reason));
                }
            }
        }
    }
    let stuck = column.stuck_s?;
    if value == Fixed::ZERO && may_rest_at_zero(reading.variable) {
        return None;
    }
    let (start, end) = interval(reading);
    let mut run = (start, end - start);
    // Holes do not end it: what was refused for standing still is one.
    for ((before, until), other) in sight.values_before(reading, start - LONGEST_RUN * stuck) {
        if other != value {
            break;
        }
        run = (before, run.1 + until - before);
    }
    let (since, filled) = run;
    (end - since > stuck && filled > stuck).then(|| {
        let reason = format!("{value} {} has stood there for {} s, longer than {stuck} s", reading.unit, end - since);
        (Flag::Stuck, reason)
    })
}

/// No rain, no sun and no output last for days.
fn may_rest_at_zero(variable: Variable) -> bool {
    matches!(
        variable,
        Variable::Precipitation
            | Variable::Snowfall
            | Variable::SnowDepth
            | Variable::GlobalRadiation
            | Variable::Irradiance
            | Variable::Sunshine
            | Variable::Evapotranspiration
            | Variable::Power
            | Variable::Energy
            | Variable::CurtailedEnergy
    )
}
