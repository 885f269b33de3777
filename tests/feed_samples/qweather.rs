//! QWeather.

use std::sync::Arc;

use fairgauge::feed::{Raw, Station, decode};
use fairgauge::observation::Reading;
use fairgauge::quantity::Variable;
use serde_json::Value;

use super::support::{feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("qweather/getHistoricalWeather-en.json", HISTORY),
    ("qweather/getStormTrack.json", STORM),
    ("qweather/getStormList-en.json", STORM),
    ("qweather/getStormForecast.json", STORM),
    ("qweather/getWeatherCurrent-en.json", CURRENT),
    ("qweather/getWeatherNowV7-en.json", HISTORY),
    ("qweather/getWeatherHourly-en.json", CURRENT),
    ("qweather/getWeatherDaily-en.json", CURRENT),
    ("qweather/getWeatherHourlyV7-en.json", HISTORY),
    ("qweather/getGridWeatherHourly-en.json", HISTORY),
    ("qweather/getMinutelyPrecipitation-en.json", HISTORY),
    ("qweather/getSolarradiationForecast.json", CURRENT),
    ("qweather/getWeatherAlertCurrent-en.json", CURRENT),
    ("qweather/getGeoCitylookup-en.json", HISTORY),
    ("qweather/error_400_invalid_parameter.json", HISTORY),
    ("qweather/error_403_invalid_host.json", HISTORY),
    ("qweather/china_city_list_shanghai_rows.csv", HISTORY),
];

const HISTORY: &str = r#"
    kind = "qweather"
    qweather = { api = "history", zone = "Asia/Shanghai" }
    columns.temp = { variable = "air_temperature", unit = "degC" }
    columns.precip = { variable = "precipitation", unit = "mm" }
    columns.windSpeed = { variable = "wind_speed", unit = "km/h" }
    columns.humidity = { variable = "relative_humidity", unit = "%" }
    columns.pressure = { variable = "air_pressure", unit = "hPa" }
    station.101010100 = {}
"#;
const STORM: &str = r#"
    kind = "qweather"
    qweather = { api = "storms" }
    columns.lat = { variable = "storm_latitude", unit = "deg" }
    columns.lon = { variable = "storm_longitude", unit = "deg" }
    columns.windSpeed = { variable = "storm_wind", unit = "m/s" }
    columns.pressure = { variable = "storm_pressure", unit = "hPa" }
    station.NP_2401 = {}
"#;
const CURRENT: &str = r#"
    kind = "qweather"
    url = "https://abc.re.qweatherapi.com"
    key = { file = "key" }
    qweather = { api = "current" }
    columns.temperature = { variable = "air_temperature", unit = "degC" }
    columns.dewPoint = { variable = "dew_point", unit = "degC" }
    columns.humidity = { variable = "relative_humidity", unit = "1" }
    columns."wind.speed" = { variable = "wind_speed", unit = "m/s" }
    columns.windGust = { variable = "wind_gust", unit = "m/s" }
    columns.pressure = { variable = "air_pressure", unit = "hPa" }
    station.beijing = { latitude = "39.92 deg", longitude = "116.41 deg" }
"#;

#[test]
fn every_answer_is_read() {
    told("qweather", FILES);
}

/// Each number of the documented answers, found in them another way.
#[test]
fn documented_numbers_are_read_as_they_stand() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let read = |file: &str, settings: &str, now| {
        let bytes = std::fs::read(samples.join(file)).unwrap();
        let settings = feed(settings);
        let asked = Station { name: Arc::clone(&settings.stations[0].name), position: None };
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        (json, decode(&settings, &Raw { bytes: &bytes, name: "", asked: Some(&asked), now }).unwrap())
    };
    let value = |reading: &Reading| reading.value.unwrap().to_string();
    let mut ran = 0;
    let (json, history) = read("qweather/getHistoricalWeather-en.json", HISTORY, None);
    assert_eq!((history.readings.len(), history.refused.len()), (24 * 5, 0));
    for (row, readings) in json["weatherHourly"].as_array().unwrap().iter().zip(history.readings.chunks(5)) {
        for (name, reading) in ["temp", "precip", "windSpeed", "humidity", "pressure"].iter().zip(readings) {
            let wanted: f64 = row[name].as_str().unwrap().parse().unwrap();
            assert_eq!(value(reading), wanted.to_string(), "{name}");
            ran += 1;
        }
        let local = readings[0].start + chrono::TimeDelta::hours(8);
        assert_eq!(local.format("%F %R").to_string(), row["time"].as_str().unwrap());
    }
    assert_eq!(sum(&history, Variable::Precipitation).to_string(), "0");

    let now = chrono::DateTime::from_timestamp(1_780_000_000, 0);
    let (json, current) = read("qweather/getWeatherCurrent-en.json", CURRENT, now);
    for (pointer, reading) in [
        "/temperature/value",
        "/dewPoint/value",
        "/humidity",
        "/wind/speed/value",
        "/windGust/value",
        "/pressure/value",
    ]
    .iter()
    .zip(&current.readings)
    {
        assert_eq!(value(reading), json.pointer(pointer).unwrap().to_string(), "{pointer}");
        assert_eq!((Some(reading.start), reading.start), (now, reading.end));
        ran += 1;
    }
    assert_eq!(current.readings.len(), 6);
    println!("ran {ran} cases");
}
