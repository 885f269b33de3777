//! What was never measured on earth, what the place cannot have, what the plant cannot make.
//!
//! The limits are the records of the World Meteorological Organization's archive of extremes, or the ends of a scale.

use super::sight::{Sight, interval};
use super::{ColumnRules, Flag, Rules, Verdict};
use crate::observation::Reading;
use crate::quantity::{Exact, Fixed, Quantity, Unit, Variable};

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;

/// The least and the most, in thousandths of the unit, that a variable can have over an interval of so many seconds.
fn extremes(variable: Variable, seconds: i64) -> Option<(i64, i64, &'static str)> {
    Some(match variable {
        // Vostok 1983, Death Valley 1913.
        Variable::AirTemperature
        | Variable::AirTemperatureMax
        | Variable::AirTemperatureMin
        | Variable::AirTemperatureMean => (-89_200, 56_700, "degC"),
        Variable::DewPoint => (-100_000, 36_000, "degC"),
        // Shangdi 1975, an hour; Foc-Foc 1966, a day.
        Variable::Precipitation if seconds <= HOUR_S => (0, 401_000, "mm"),
        Variable::Precipitation | Variable::Snowfall if seconds <= DAY_S + HOUR_S => (0, 1_825_000, "mm"),
        // Supersaturated air is measured, a little.
        Variable::RelativeHumidity => (0, 105_000, "%"),
        // Barrow Island 1996, a gust.
        Variable::WindSpeed | Variable::WindGust => (0, 113_300, "m/s"),
        // Above the highest stations; Tosontsengel 2001.
        Variable::AirPressure => (300_000, 1_085_000, "hPa"),
        Variable::GlobalRadiation if seconds <= DAY_S + HOUR_S => (0, 45_000, "MJ/m2"),
        // Between clouds the sky gives more than the sun alone.
        Variable::Irradiance => (0, 2_000_000, "W/m2"),
        Variable::SnowDepth => (0, 1_200_000, "cm"),
        Variable::SeaSurfaceTemperature => (-3_000, 45_000, "degC"),
        Variable::Ndvi => (-1_000, 1_000, "1"),
        Variable::SoilMoisture | Variable::Availability => (0, 100_000, "%"),
        Variable::WaveHeight => (0, 40_000, "m"),
        Variable::StormLatitude => (-90_000, 90_000, "deg"),
        Variable::StormLongitude => (-360_000, 360_000, "deg"),
        Variable::StormWind => (0, 210_000, "kt"),
        Variable::StormPressure => (850_000, 1_085_000, "hPa"),
        _ => return None,
    })
}

pub(super) fn check(rules: &Rules, _: &Sight<'_>, readings: &[Reading]) -> Vec<Verdict> {
    readings.iter().map(|reading| verdict(rules, reading)).collect()
}

fn verdict(rules: &Rules, reading: &Reading) -> Verdict {
    let value = reading.value?;
    if let Some(declared) = rules.of(reading.variable).and_then(|column| beyond_declared(column, value)) {
        return Some((Flag::Limit, declared));
    }
    let (start, end) = interval(reading);
    if let Some((least, most, symbol)) = extremes(reading.variable, end - start) {
        let unit = Unit::from_symbol(symbol).expect("the table has it");
        let [least, most] = [least, most].map(|milli| Exact::new(milli.into(), 1_000).expect("these are small"));
        let beyond = reading.unit.convert(value.into(), unit).map_or(true, |value| value < least || value > most);
        if beyond {
            let [least, most] = [least, most].map(|end| end.as_fixed().expect("thousandths"));
            let reason =
                format!("{value} {} is beyond what was ever measured: {least} to {most} {symbol}", reading.unit);
            return Some((Flag::Limit, reason));
        }
    }
    if reading.variable == Variable::Sunshine {
        let most = Exact::from(end - start);
        let second = Unit::from_symbol("s").expect("the table has it");
        if end > start && reading.unit.convert(value.into(), second).map_or(true, |value| value > most) {
            return Some((Flag::Limit, format!("{value} {} of sunshine in {} s", reading.unit, end - start)));
        }
    }
    let nameplate = rules.station(&reading.station).nameplate?;
    beyond_nameplate(reading, value, nameplate).map(|reason| (Flag::Nameplate, reason))
}

fn beyond_declared(column: &ColumnRules, value: Fixed) -> Option<String> {
    let unit = column.unit;
    if let Some(least) = column.least.filter(|least| value < *least) {
        return Some(format!("{value} {unit} is less than the {least} {unit} of the settings"));
    }
    let most = column.most.filter(|most| value > *most)?;
    Some(format!("{value} {unit} is more than the {most} {unit} of the settings"))
}

/// Power between minus a fifth of the nameplate, which is a plant's own use, and a fifth above it; energy the same over
/// its interval.
fn beyond_nameplate(reading: &Reading, value: Fixed, nameplate: Quantity) -> Option<String> {
    let kilowatt = Unit::from_symbol("kW").expect("the table has it");
    let rated = nameplate.in_unit(kilowatt).ok()?;
    let got = match reading.variable {
        Variable::Power => reading.unit.convert(value.into(), kilowatt).ok()?,
        Variable::Energy | Variable::CurtailedEnergy => {
            let (start, end) = interval(reading);
            let hours = Exact::new(i128::from(end - start), i128::from(HOUR_S)).ok()?;
            let kilowatt_hour = Unit::from_symbol("kWh").expect("the table has it");
            if hours.is_zero() {
                return None;
            }
            reading.unit.convert(value.into(), kilowatt_hour).ok()?.over(hours).ok()?
        }
        _ => return None,
    };
    let fifth = rated.times(Exact::new(1, 5).ok()?).ok()?;
    let (least, most) = (Exact::ZERO.minus(fifth).ok()?, rated.plus(fifth).ok()?);
    (got < least || got > most).then(|| {
        format!(
            "{value} {} is not between -20 % and 120 % of the nameplate of {} {}",
            reading.unit, nameplate.value, nameplate.unit
        )
    })
}
