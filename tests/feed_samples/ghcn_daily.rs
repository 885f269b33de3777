//! GHCN-Daily.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Fixed, Variable};
use serde_json::Value;

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("ghcn-daily/USC00411885.dly", TEXAS),
    ("ghcn-daily/by_station_USW00094728_2014on.csv", CENTRAL_PARK),
    ("ghcn-daily/ghcnd-states.txt", TEXAS),
    ("ghcn-daily/ghcnd-version.txt", CENTRAL_PARK),
];

const TEXAS: &str = r#"
    kind = "ghcn-daily"
    ghcn_daily = { form = "dly", zone = "-06:00", starts = "00:00", stamp = "begin", presumed_zero = "zero" }
    columns.PRCP = { variable = "precipitation", unit = "mm" }
    columns.TMAX = { variable = "air_temperature_max", unit = "degC" }
    columns.TMIN = { variable = "air_temperature_min", unit = "degC" }
    station.USC00411885 = {}
"#;
const CENTRAL_PARK: &str = r#"
    kind = "ghcn-daily"
    ghcn_daily = { form = "csv", zone = "America/New_York", starts = "00:00", stamp = "begin", presumed_zero = "missing" }
    columns.PRCP = { variable = "precipitation", unit = "mm" }
    columns.TMAX = { variable = "air_temperature_max", unit = "degC" }
    columns.TMIN = { variable = "air_temperature_min", unit = "degC" }
    columns.AWND = { variable = "wind_speed", unit = "m/s" }
    columns.WSF5 = { variable = "wind_gust", unit = "m/s" }
    station.USW00094728 = {}
"#;

#[test]
fn every_answer_is_read() {
    told("ghcn_daily", FILES);
}

#[test]
fn days_have_the_counts_and_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let facts = facts(&samples);
    let mut ran = 0;
    for (file, settings) in &FILES[..2] {
        let bytes = std::fs::read(samples.join(file)).unwrap();
        let settings = feed(settings);
        let decoded = decode(&settings, &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
        for column in &settings.columns {
            let case = format!("{file} {}", column.name);
            let fact = &facts[*file][&column.name];
            let number = |name: &str| fact[name].as_u64().unwrap();
            let of = decoded.readings.iter().filter(|reading| reading.variable == column.variable);
            let readings: Vec<_> = of.collect();
            let missing = readings.iter().filter(|reading| reading.value.is_none()).count() as u64;
            let refused = decoded.refused.iter().filter(|refused| refused.reason.contains(&column.name));
            let refused = refused.count() as u64;
            assert_eq!(refused, number("failed_quality"), "{case}");
            assert_eq!(readings.len() as u64 - missing + refused, number("values"), "{case}");
            assert_eq!(missing, fact["missing"].as_u64().unwrap_or(0), "{case}");
            let tenths = fact["sum_good_tenths"].as_i64().or(fact["sum_good"].as_i64()).unwrap();
            assert_eq!(sum(&decoded, column.variable), Fixed::from_micros(tenths * 100_000), "{case}");
            // Facts name the first and last date with a value.
            let values: Vec<_> = readings.iter().filter(|reading| reading.value.is_some()).collect();
            let date = |value: &Value| value.as_str().unwrap().replace('-', "");
            let local =
                |at: chrono::DateTime<chrono::Utc>| (at - chrono::TimeDelta::hours(4)).format("%Y%m%d").to_string();
            let [first, last] = [values[0], values[values.len() - 1]].map(|reading| local(reading.start));
            assert_eq!((first, last), (date(&fact["first"]), date(&fact["last"])), "{case}");
            ran += 1;
        }
    }
    println!("ran {ran} cases");
    assert_eq!(ran, 8);
}

#[test]
fn traces_are_zero_and_never_missing() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let bytes = std::fs::read(samples.join("ghcn-daily/by_station_USW00094728_2014on.csv")).unwrap();
    let decoded = decode(&feed(CENTRAL_PARK), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    let rain = decoded.readings.iter().filter(|reading| reading.variable == Variable::Precipitation);
    let rain: Vec<_> = rain.collect();
    let text = String::from_utf8(bytes).unwrap();
    let dry = text.lines().filter(|line| line.contains(",PRCP,0,")).count();
    let traces = text.lines().filter(|line| line.contains(",PRCP,0,T,")).count();
    assert_eq!(traces, 14);
    assert_eq!(rain.iter().filter(|reading| reading.value == Some(Fixed::ZERO)).count(), dry);
    assert_eq!((rain.len(), sum(&decoded, Variable::Precipitation).to_string()), (401, "1526".to_owned()));
    println!("ran 1 case");
}
