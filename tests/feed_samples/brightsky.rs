//! Bright Sky.

use super::support::told;

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("brightsky/weather_hours.json", MUENSTER),
    ("brightsky/weather_hours.json", SI),
    ("brightsky/current_weather.json", MUENSTER),
    ("brightsky/synop.json", MUENSTER),
    ("brightsky/sources.json", MUENSTER),
    ("brightsky/error_400_invalid_request.json", MUENSTER),
    ("brightsky/error_404_no_sources.json", MUENSTER),
];

const MUENSTER: &str = r#"
    kind = "brightsky"
    vintage = "as told"
    brightsky = { units = "dwd" }
    station.01766 = {}
    columns.precipitation = { variable = "precipitation", unit = "mm" }
    columns.solar = { variable = "global_radiation", unit = "kWh/m2" }
    columns.sunshine = { variable = "sunshine", unit = "min" }
    columns.wind_speed = { variable = "wind_speed", unit = "km/h" }
    columns.wind_gust_speed = { variable = "wind_gust", unit = "km/h" }
    columns.temperature = { variable = "air_temperature", unit = "degC" }
    columns.dew_point = { variable = "dew_point", unit = "degC" }
    columns.pressure_msl = { variable = "air_pressure", unit = "hPa" }
    columns.relative_humidity = { variable = "relative_humidity", unit = "%" }
"#;
const SI: &str = r#"
    kind = "brightsky"
    vintage = "as told"
    brightsky = { units = "si" }
    station.01766 = {}
    columns.temperature = { variable = "air_temperature", unit = "K" }
"#;

#[test]
fn every_answer_is_read() {
    told("brightsky", FILES);
}
