//! Energy of the wind and the sun over a year of hours.

use fairgauge::quantity::{Fixed, Variable};

use crate::gauge::{Gauge, date, days};
use crate::measure::{Sequence, floats, report, tenths};

const SITES: usize = 20;
const DAYS: usize = 365;
const HOURS: usize = 24 * DAYS;

/// Enercon E-82/2000, 1 to 25 m/s, kW.
const POWERS: [i32; 25] = [
    0, 3, 25, 82, 174, 321, 532, 815, 1_180, 1_580, 1_810, 1_980, 2_050, 2_050, 2_050, 2_050, 2_050, 2_050, 2_050,
    2_050, 2_050, 2_050, 2_050, 2_050, 2_050,
];

const PAYOUT: &str = r#"{ when = "<", strike = "1 kWh", pays = "10 %" }"#;

/// Wind at the hub, density of the air, power through a curve that is moved for it.
pub fn wind() {
    let curve: Vec<_> = (1..).zip(POWERS).map(|(speed, power)| format!(r#"["{speed} m/s", "{power} kW"]"#)).collect();
    let index = format!(
        r#"[ {{ formula = "wind_power", wind = [
            {{ formula = "hub_wind", wind = [ {{ read = "wind_speed", every = "1 h" }} ], wind_height = "10 m", hub_height = "98 m", exponent = "0.2 1" }},
        ], density = [
            {{ formula = "air_density", temperature = [ {{ read = "air_temperature", every = "1 h" }} ], pressure = [ {{ read = "air_pressure", every = "1 h" }} ],
              temperature_height = "2 m", pressure_height = "0 m", hub_height = "98 m" }},
        ], curve = [{}], round = "0.000001 kW", mode = "half_up" }},
        {{ reduce = "energy" }}, {{ round = "0.001 kWh", mode = "half_up" }} ]"#,
        curve.join(", ")
    );
    let mut sequence = Sequence(4);
    let weather: Vec<_> =
        (0..SITES).map(|_| [windy(&mut sequence), warm(&mut sequence), airy(&mut sequence)]).collect();
    let variables = [Variable::WindSpeed, Variable::AirTemperature, Variable::AirPressure];
    let of_site = |[wind, warmth, pressure]: &[Vec<f64>; 3]| {
        let factor = power_of(9.8, 0.2);
        let powers = POWERS.map(f64::from);
        let hour = |((wind, warmth), pressure): ((&f64, &f64), &f64)| {
            let kelvin = warmth + 273.15 - 0.0065 * 96.0;
            let density = (pressure - 98.0 / 8.0) * 1.225 * 288.15 * 100.0 / (101_330.0 * kelvin);
            power(wind * factor, density, &powers)
        };
        wind.iter().zip(warmth).zip(pressure).map(hour).sum()
    };
    measure("wind", &index, variables, &weather, of_site);
}

/// Power at a wind and a density. A point of the curve is moved only where the wind comes so far.
fn power(wind: f64, density: f64, powers: &[f64; 25]) -> f64 {
    let low = power_of(1.225 / density, 1.0 / 3.0);
    let (mut left_speed, mut left_power, mut speed) = (0.0, 0.0, 0.0_f64);
    for (point, power) in powers.iter().enumerate() {
        speed += 1.0;
        let factor = match point {
            0..=6 => low,
            7..=11 => power_of(1.225 / density, (speed - 7.5) / 15.0 + 1.0 / 3.0),
            _ => low * low,
        };
        let corrected = speed * factor;
        if wind < corrected {
            let slope = (power - left_power) / (corrected - left_speed);
            return if point == 0 { 0.0 } else { left_power + slope * (wind - left_speed) };
        }
        (left_speed, left_power) = (corrected, *power);
    }
    0.0
}

/// The system's own: a script does not ask whether another machine gives the same bits.
#[expect(clippy::disallowed_methods, reason = "the bare loop's floats")]
fn power_of(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

/// Temperature of the cell after Faiman, then PVWatts before and behind the inverter.
pub fn pv() {
    let index = r#"[ { formula = "pvwatts_ac", power = [
        { formula = "pvwatts_dc", irradiance = [ { read = "irradiance", every = "1 h" } ], cell_temperature = [
            { formula = "faiman_cell_temperature", irradiance = [ { read = "irradiance", every = "1 h" } ], temperature = [ { read = "air_temperature", every = "1 h" } ],
              wind = [ { read = "wind_speed", every = "1 h" } ], u0 = "25 1", u1 = "6.84 1" },
        ], nameplate = "5 kW", coefficient = "-0.004 1" },
    ], inverter = "5 kW", efficiency = "96 %", round = "0.000001 W", mode = "half_up" },
    { reduce = "energy" }, { round = "0.001 kWh", mode = "half_up" } ]"#;
    let mut sequence = Sequence(5);
    let weather: Vec<_> = (0..SITES).map(|_| [sunny(), warm(&mut sequence), windy(&mut sequence)]).collect();
    let variables = [Variable::Irradiance, Variable::AirTemperature, Variable::WindSpeed];
    let of_site = |[sun, warmth, wind]: &[Vec<f64>; 3]| {
        let hour = |((sun, warmth), wind): ((&f64, &f64), &f64)| {
            let cell = warmth + sun / (25.0 + 6.84 * wind);
            inverted(5_000.0 * sun / 1_000.0 * (1.0 - 0.004 * (cell - 25.0)))
        };
        sun.iter().zip(warmth).zip(wind).map(hour).sum::<f64>() / 1_000.0
    };
    measure("pv", index, variables, &weather, of_site);
}

/// PVWatts' inverter that takes 5 kW and gives 96 % of it.
fn inverted(watts: f64) -> f64 {
    let load = watts / 5_000.0;
    if load <= 0.0 {
        return 0.0;
    }
    (0.96 / 0.9637 * (-0.0162 * load - 0.0059 / load + 0.9858) * watts).clamp(0.0, 4_800.0)
}

/// Both ways over all sites, in kWh.
fn measure(
    task: &str,
    index: &str,
    variables: [Variable; 3],
    weather: &[[Vec<Fixed>; 3]],
    of_site: impl Fn(&[Vec<f64>; 3]) -> f64,
) {
    let mut gauge = Gauge::new(&[(index, PAYOUT)], SITES);
    let first = date(2023, 1, 1);
    for (site, columns) in weather.iter().enumerate() {
        for (variable, column) in variables.iter().zip(columns) {
            gauge.learn(site, *variable, first, 3_600, column);
        }
    }
    let year = days(&gauge, first, i64::try_from(DAYS).expect("few"));
    let ours = || gauge.policies.iter().map(|policy| gauge.index(policy, 0, &year)).collect::<Vec<_>>();
    let float_weather: Vec<_> = weather.iter().map(|columns| columns.each_ref().map(|column| floats(column))).collect();
    let bare = || float_weather.iter().map(&of_site).collect::<Vec<f64>>();
    for (ours, bare) in ours().iter().zip(bare()) {
        let ours: f64 = ours.decimal(3).expect("three places").parse().expect("a number");
        assert!((ours - bare).abs() < 0.01, "{task}: {ours} is not {bare}");
    }
    report(task, "Fairgauge", SITES * HOURS, ours);
    report(task, "bare float loop", SITES * HOURS, bare);
}

/// Wind at 10 m, tenths of a metre a second.
fn windy(sequence: &mut Sequence) -> Vec<Fixed> {
    (0..HOURS).map(|_| tenths(sequence.below(12) * sequence.below(16))).collect()
}

fn warm(sequence: &mut Sequence) -> Vec<Fixed> {
    (0..HOURS).map(|_| sequence.around(150, 160)).collect()
}

fn airy(sequence: &mut Sequence) -> Vec<Fixed> {
    (0..HOURS).map(|_| sequence.around(10_100, 160)).collect()
}

/// Irradiance of a clear day, the same every day.
fn sunny() -> Vec<Fixed> {
    (0..).take(HOURS).map(|hour: i64| tenths((7_000 - 195 * (hour % 24 - 12) * (hour % 24 - 12)).max(0))).collect()
}
