//! Variables of one station and interval that contradict one another.

use super::sight::{Sight, interval};
use super::{Flag, Rules, Verdict};
use crate::observation::Reading;
use crate::quantity::{Exact, Unit, Variable};

/// The first is not above the second by more than so many tenths of the unit: dew points are rounded more coarsely than
/// temperatures.
const ORDERED: [(Variable, Variable, i64, &str); 6] = [
    (Variable::AirTemperatureMin, Variable::AirTemperatureMax, 0, "degC"),
    (Variable::AirTemperatureMin, Variable::AirTemperatureMean, 0, "degC"),
    (Variable::AirTemperatureMean, Variable::AirTemperatureMax, 0, "degC"),
    (Variable::AirTemperatureMin, Variable::AirTemperature, 0, "degC"),
    (Variable::AirTemperature, Variable::AirTemperatureMax, 0, "degC"),
    (Variable::DewPoint, Variable::AirTemperature, 10, "degC"),
];

/// Both are refused where both are new: nothing says which one is wrong.
pub(super) fn check(_: &Rules, sight: &Sight<'_>, readings: &[Reading]) -> Vec<Verdict> {
    readings.iter().map(|reading| verdict(sight, reading)).collect()
}

fn verdict(sight: &Sight<'_>, reading: &Reading) -> Verdict {
    let value = reading.value?;
    for (low, high, tenths, symbol) in ORDERED {
        let other = match reading.variable {
            variable if variable == low => high,
            variable if variable == high => low,
            _ => continue,
        };
        let Some((other_value, other_unit)) = sight.value(&reading.station, other, interval(reading)) else { continue };
        let unit = Unit::from_symbol(symbol).expect("the table has it");
        let mine = reading.unit.convert(value.into(), unit).ok()?;
        let theirs = other_unit.convert(other_value.into(), unit).ok()?;
        let (below, above) = if reading.variable == low { (mine, theirs) } else { (theirs, mine) };
        let slack = Exact::new(tenths.into(), 10).ok()?;
        if below > above.plus(slack).ok()? {
            let reason = format!(
                "{} of {value} {} contradicts {other} of {other_value} {other_unit} in the same interval",
                reading.variable, reading.unit
            );
            return Some((Flag::Inconsistent, reason));
        }
    }
    None
}
