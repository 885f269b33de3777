//! Answers of several providers, read by what the settings say of their form and nothing else.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Fixed, Variable};

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("open-meteo/archive_era5_hourly_last_day_null.json", ERA5),
    ("open-meteo/error_400_bad_unit.json", ERA5),
    ("elexon/b1610_stream.json", B1610),
    ("elexon/b1610_base_summer_period48.json", B1610),
    ("brightsky/weather_hours.json", BRIGHTSKY),
    ("brightsky/error_404_no_sources.json", BRIGHTSKY),
    ("others/eia_v2_interchange_hourly.json", EIA),
    ("others/eia_v2_fuel_type_null_value.json", EIA),
    ("fusionsolar/plant_hours.json", PLANTS),
    ("fusionsolar/error_20009.json", PLANTS),
    ("fusionsolar/plant_list.json", PLANTS),
];

const ERA5: &str = r#"
    kind = "json"
    columns.precipitation = { variable = "precipitation", unit = "mm" }
    [feed.it.json]
    lists = "/hourly"
    missing = []
    station = { is = "farm" }
    time = { at = "time", format = "%Y-%m-%dT%H:%M", zone = "UTC", stamp = "end", every = "1 h" }
    units.precipitation = { in_answer = "/hourly_units/precipitation", is = "mm" }
    expect = { "/utc_offset_seconds" = "0" }
    error = "/reason"
"#;
const B1610: &str = r#"
    kind = "json"
    vintage = "as told"
    columns.quantity = { variable = "energy", unit = "MWh" }
    [feed.it.json]
    rows = ""
    missing = []
    station = { at = "bmUnit" }
    time = { at = "halfHourEndTime", format = "%Y-%m-%dT%H:%M:%S", zone = "UTC", stamp = "end", every = "30 min" }
    flags = [ { at = "settlementRunType", good = ["II", "SF", "R1", "R2", "R3", "RF"], final = ["RF"] } ]
    expect = { "/0/dataset" = "B1610" }
"#;
const BRIGHTSKY: &str = r#"
    kind = "json"
    columns.precipitation = { variable = "precipitation", unit = "mm" }
    columns.sunshine = { variable = "sunshine", unit = "min" }
    [feed.it.json]
    rows = "/weather"
    missing = []
    station = { is = "berlin" }
    time = { at = "timestamp", format = "%Y-%m-%dT%H:%M:%S%:z", stamp = "end", every = "1 h" }
    error = "/description"
"#;
const EIA: &str = r#"
    kind = "json"
    columns.value = { variable = "energy", unit = "MWh" }
    [feed.it.json]
    rows = "/response/data"
    missing = []
    station = { at = "toba" }
    time = { at = "period", format = "%Y-%m-%dT%H", zone = "UTC", stamp = "end", every = "1 h" }
    units.value = { at = "value-units", is = "megawatthours" }
"#;
const PLANTS: &str = r#"
    kind = "json"
    columns."/dataItemMap/inverter_power" = { variable = "energy", unit = "kWh" }
    [feed.it.json]
    rows = "/data"
    missing = [""]
    station = { at = "stationCode" }
    time = { at = "collectTime", format = "epoch ms", stamp = "begin", every = "1 h" }
    error = "/failCode"
    expect = { "/success" = "true" }
"#;

#[test]
fn every_answer_is_read() {
    told("json", FILES);
}

#[test]
fn the_sums_are_those_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "open-meteo/archive_era5_hourly_last_day_null.json";
    let fact = &facts(&samples)[file]["hourly.precipitation"];
    let body = std::fs::read(samples.join(file)).unwrap();
    let decoded = decode(&feed(ERA5), &Raw { bytes: &body, name: "", asked: None, now: None }).unwrap();
    assert_eq!(decoded.readings.len() as u64, fact["rows"].as_u64().unwrap());
    let missing = decoded.readings.iter().filter(|reading| reading.value.is_none()).count();
    assert_eq!(missing as u64, fact["missing"].as_u64().unwrap());
    assert_eq!(sum(&decoded, Variable::Precipitation), Fixed::parse_rounded(&fact["sum"].to_string()).unwrap());
    println!("ran 1 case");
}
