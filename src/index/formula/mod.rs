//! The formulas of the index library, one file each.
//!
//! A formula is computed in doubles by one software mathematics library in the order in which its file writes it, so
//! that every machine gives the same bits; its result is converted to the unit of the flow and rounded once. A formula
//! of which another one is computed may leave that to the other.

mod air_density;
mod chill_portions;
mod clear_sky_index;
mod faiman_cell_temperature;
mod hargreaves;
mod heat_index;
mod hub_wind;
mod hurricane_index;
mod penman_monteith;
mod pointwise;
mod pvwatts_ac;
mod pvwatts_dc;
mod sapm_cell_temperature;
mod sun;
mod temperature_humidity_index;
mod utah_chill_units;
mod vapour_pressure;
mod water_satisfaction;
mod wind_power;

use chrono::NaiveDate;

use crate::contract::{Formula, FormulaBlock, Round};
use crate::quantity::{Overflow, Unit};

use super::double::{Conversion, Doubles, Results, double};
use super::slots::{Slot, Slots};

use air_density::AirDensity;
use clear_sky_index::ClearSkyIndex;
use faiman_cell_temperature::Faiman;
use hargreaves::Hargreaves;
use hub_wind::HubWind;
use penman_monteith::PenmanMonteith;
use pointwise::pointwise;
use pvwatts_ac::PvwattsAc;
use pvwatts_dc::PvwattsDc;
use sapm_cell_temperature::Sapm;
use water_satisfaction::Bucket;
use wind_power::WindPower;

/// Computes a formula slot by slot, in the unit of the formula's table.
///
/// - `block`: the formula, its parameters and curve in the units of the formula's table.
/// - `inputs`: one series for each input of the table, in its order and its units, all with the same bounds.
/// - `day_of`: the insured day on which a slot begins.
///
/// A slot is out where one of the inputs is; else missing where one of them is, or where they lie outside of the
/// formula's domain (a negative humidity, a density of zero), or the result is not finite. The formulas that carry a
/// state from slot to slot pass over a slot that is out, and have no value any more behind one that is missing.
pub(super) fn compute(block: &FormulaBlock, inputs: &[Doubles], day_of: &dyn Fn(usize) -> NaiveDate) -> Doubles {
    let mut values = match block.formula {
        Formula::HubWind => {
            let formula = HubWind::new(parameters(block));
            pointwise(inputs, |_, wind| formula.at(wind))
        }
        Formula::AirDensity => {
            let formula = AirDensity::new(parameters(block));
            pointwise(inputs, |_, air| formula.at(air))
        }
        Formula::WindPower => {
            let formula = WindPower::new(&block.curve);
            pointwise(inputs, |_, air| formula.at(air))
        }
        Formula::FaimanCellTemperature => {
            let formula = Faiman::new(parameters(block));
            pointwise(inputs, |_, weather| formula.at(weather))
        }
        Formula::SapmCellTemperature => {
            let formula = Sapm::new(parameters(block));
            pointwise(inputs, |_, weather| formula.at(weather))
        }
        Formula::PvwattsDc => {
            let formula = PvwattsDc::new(parameters(block));
            pointwise(inputs, |_, panel| formula.at(panel))
        }
        Formula::PvwattsAc => {
            let formula = PvwattsAc::new(parameters(block));
            pointwise(inputs, |_, power| formula.at(power))
        }
        Formula::PenmanMonteith => {
            let mut formula = PenmanMonteith::new(parameters(block));
            pointwise(inputs, |slot, weather| formula.at(day_of(slot), weather))
        }
        Formula::Hargreaves => {
            let mut formula = Hargreaves::new(parameters(block));
            pointwise(inputs, |slot, weather| formula.at(day_of(slot), weather))
        }
        Formula::ClearSkyIndex => {
            let mut formula = ClearSkyIndex::new(parameters(block));
            pointwise(inputs, |slot, radiation| formula.at(day_of(slot), radiation))
        }
        Formula::UtahChillUnits => pointwise(inputs, |_, air| utah_chill_units::at(air)),
        Formula::ChillPortions => chill_portions::over(inputs),
        Formula::WaterSatisfaction => Bucket::new(parameters(block), &block.curve).over(inputs, day_of),
        Formula::TemperatureHumidityIndex => pointwise(inputs, |_, air| temperature_humidity_index::at(air)),
        Formula::HurricaneIndex => pointwise(inputs, |_, storm| hurricane_index::at(storm)),
        Formula::VapourPressureDeficit => pointwise(inputs, |_, air| vapour_pressure::deficit(air)),
        Formula::HeatIndex => pointwise(inputs, |_, air| heat_index::at(air)),
    };
    for value in values.iter_mut().filter(|value| value.is_ok_and(|value| !value.is_finite())) {
        *value = Err(Slot::MISSING);
    }
    let bounds = inputs.first().expect("a formula has an input").bounds.clone();
    Doubles { bounds, values }
}

/// The results of a formula as a series that flows: in the unit of the flow, rounded.
///
/// - `results`: in the unit of the formula's table; `unit`: that of the flow, of the same dimension; the step of `round`
///   is in it.
///
/// # Errors
/// [`Overflow`] where a result leaves the range of decimals.
pub(super) fn flowing(formula: Formula, results: Doubles, unit: Unit, round: Round) -> Result<Slots, Overflow> {
    let rounding = Results::new(formula.row().result, unit, round)?;
    let slot = |value: Result<f64, Slot>| value.map_or_else(Ok, |value| rounding.slot(value));
    let values = results.values.into_iter().map(slot).collect::<Result<_, _>>()?;
    Ok(Slots { bounds: results.bounds, values })
}

/// The results of a formula as an input of another one, in the unit in which that one takes it.
///
/// # Errors
/// [`Overflow`] where the factor does not fit.
pub(super) fn handed_on(formula: Formula, mut results: Doubles, unit: Unit) -> Result<Doubles, Overflow> {
    let conversion = Conversion::new(formula.row().result, unit)?;
    results.values.iter_mut().flatten().for_each(|value| *value = conversion.apply(*value));
    Ok(results)
}

/// The parameters as doubles, as many as the table names.
fn parameters<const N: usize>(block: &FormulaBlock) -> [f64; N] {
    let parameters: [_; N] = block.parameters.as_slice().try_into().expect("parameters as the table names them");
    parameters.map(double)
}

/// The value if a condition holds, else none: not a number.
fn within(domain: bool, value: f64) -> f64 {
    if domain { value } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::super::slots::Bounds;
    use super::super::slots::tests::days;
    use super::*;
    use crate::contract::FORMULAS;
    use crate::index::double::doubles;
    use crate::quantity::{Fixed, Rounding};

    /// Whether a double is as good as a published number.
    pub fn assert_close(got: f64, expected: f64, tolerance: f64, why: &str) {
        assert!((got - expected).abs() <= tolerance * expected.abs().max(1e-6), "{why}: {got} is not {expected}");
    }

    pub fn date(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    fn half_up(step: &str) -> Round {
        Round { step: fixed(step).into(), mode: Rounding::HalfUp }
    }

    /// Results in a unit, rounded to a step in it.
    pub fn rounded(unit: &str, step: &str, results: Doubles) -> Slots {
        let rounding = Results::new(unit, Unit::from_symbol(unit).expect(unit), half_up(step)).expect("small");
        let slot =
            |value: Result<f64, Slot>| value.map_or_else(|mark| mark, |value| rounding.slot(value).expect("small"));
        Slots { values: results.values.into_iter().map(slot).collect(), bounds: results.bounds }
    }

    /// As a block that flows.
    fn apply(block: &FormulaBlock, unit: Unit, inputs: &[Slots], day_of: &dyn Fn(usize) -> NaiveDate) -> Slots {
        let inputs: Vec<_> = inputs.iter().cloned().map(doubles).collect();
        let results = compute(block, &inputs, day_of);
        flowing(block.formula, results, unit, block.round.expect("rounded")).expect("small numbers")
    }

    fn block(name: &str, parameters: &[&str], step: &str) -> FormulaBlock {
        FormulaBlock {
            formula: Formula::from_name(name).expect(name).formula,
            inputs: Vec::new(),
            parameters: parameters.iter().map(|text| fixed(text)).collect(),
            curve: Vec::new(),
            round: Some(half_up(step)),
        }
    }

    fn applied(block: &FormulaBlock, unit: &str, inputs: &[&str]) -> Slots {
        let inputs: Vec<_> = inputs.iter().map(|text| days(text)).collect();
        let day_of = |slot| date("2018-07-01") + chrono::Days::new(u64::try_from(slot).expect("few"));
        apply(block, Unit::from_symbol(unit).expect(unit), &inputs, &day_of)
    }

    #[test]
    fn marks_come_before_numbers() {
        let index = block("temperature_humidity_index", &[], "0.1");
        let got = applied(&index, "1", &["30 30 . x x . 30", "50 -1 50 50 . x x"]);
        assert_eq!(
            got,
            days("78.3 . . x x x x"),
            "out where one is out, else missing where one is missing or no humidity"
        );
    }

    #[test]
    fn a_result_is_converted_and_rounded_once() {
        let dc = block("pvwatts_dc", &["5000", "-0.004"], "0.001");
        assert_eq!(applied(&dc, "kW", &["1000 800.5 .", "25 50.279 25"]), days("5000 3597.783 ."));
        assert_eq!(applied(&dc, "MW", &["1000 800.5 .", "25 50.279 25"]), days("5 3.598 ."));
    }

    #[test]
    fn days_of_the_year_reach_the_sun() {
        let hargreaves = block("hargreaves", &["52.1"], "0.01");
        let inputs = ["15.6 20 .", "26.5 19 20"];
        assert_eq!(applied(&hargreaves, "mm", &inputs), days("4.98 . ."), "p20 gives 4.978556 on 1 July 2018");
    }

    /// Each row of the table is computed from as many inputs and parameters as it names.
    #[test]
    fn every_formula_takes_what_its_row_names() {
        for row in FORMULAS.iter().filter(|row| Unit::from_symbol(row.result).is_some()) {
            let parameters = vec!["1"; row.parameters.len()];
            let mut block = block(row.name, &parameters, "0.000001");
            if row.curve.is_some() {
                block.curve = vec![(Fixed::ONE, Fixed::ONE), (fixed("30"), Fixed::ONE)];
            }
            let inputs: Vec<_> =
                row.inputs.iter().map(|input| if input.unit == "kg/m3" { "1.2" } else { "5" }).collect();
            let got = applied(&block, row.result, &inputs);
            assert_eq!(got.bounds, Bounds::Days(vec![0, 86_400]), "{}", row.name);
            assert!(got.values[0].value().is_some(), "{} has a value", row.name);
        }
    }
}
