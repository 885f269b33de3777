//! FusionSolar.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::Variable;
use serde_json::Value;

use super::support::{feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("fusionsolar/plant_hours.json", HOURS),
    ("fusionsolar/plant_days.json", DAYS),
    ("fusionsolar/plant_months.json", DAYS),
    ("fusionsolar/plant_realtime.json", HOURS),
    ("fusionsolar/plant_list.json", HOURS),
    ("fusionsolar/device_history_5min.json", DEVICES),
    ("fusionsolar/device_realtime.json", DEVICES),
    ("fusionsolar/device_list.json", DEVICES),
    ("fusionsolar/login_ok.json", HOURS),
    ("fusionsolar/login_failed_20001.json", HOURS),
    ("fusionsolar/error_20009.json", HOURS),
    ("fusionsolar/error_407_frequency.json", HOURS),
];

const HOURS: &str = r#"
    kind = "fusionsolar"
    fusionsolar = { interface = "getKpiStationHour", user = "api", zone = "Asia/Shanghai" }
    columns.inverter_power = { variable = "energy", unit = "kWh" }
    columns.radiation_intensity = { variable = "global_radiation", unit = "kWh/m2" }
    station.BA4372D08E014822AB065017416F254C = {}
    station.5D02E8B40AD342159AC8D8A2BCD4FAB5 = {}
"#;
const DAYS: &str = r#"
    kind = "fusionsolar"
    fusionsolar = { interface = "getKpiStationDay", user = "api", zone = "Asia/Shanghai" }
    columns.ongrid_power = { variable = "energy", unit = "kWh" }
    columns.radiation_intensity = { variable = "global_radiation", unit = "kWh/m2" }
    station.BA4372D08E014822AB065017416F254C = {}
    station.5D02E8B40AD342159AC8D8A2BCD4FAB5 = {}
"#;
const DEVICES: &str = r#"
    kind = "fusionsolar"
    fusionsolar = { interface = "getDevHistoryKpi", user = "api", zone = "Asia/Shanghai", device_type = 1, curtailed = "refuse" }
    columns.active_power = { variable = "power", unit = "kW" }
    station.213472461631079 = {}
    station.214060404588862 = {}
"#;

#[test]
fn every_answer_is_read() {
    told("fusionsolar", FILES);
}

/// The numbers of the documented answers, added up another way.
#[test]
fn documented_rows_add_up() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    for (file, settings, column, variable) in [
        ("plant_hours.json", HOURS, "inverter_power", Variable::Energy),
        ("plant_hours.json", HOURS, "radiation_intensity", Variable::GlobalRadiation),
        ("plant_days.json", DAYS, "ongrid_power", Variable::Energy),
        ("plant_days.json", DAYS, "radiation_intensity", Variable::GlobalRadiation),
        ("device_history_5min.json", DEVICES, "active_power", Variable::Power),
    ] {
        let bytes = std::fs::read(samples.join("fusionsolar").join(file)).unwrap();
        let decoded = decode(&feed(settings), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        let rows = json["data"].as_array().unwrap();
        let values: Vec<_> = rows.iter().filter_map(|row| row["dataItemMap"][column].as_f64()).collect();
        let readings: Vec<_> = decoded.readings.iter().filter(|reading| reading.variable == variable).collect();
        let known = readings.iter().filter(|reading| reading.value.is_some()).count();
        assert_eq!((readings.len(), known, decoded.refused.len()), (rows.len(), values.len(), 0), "{file} {column}");
        let wanted = format!("{:.6}", values.iter().sum::<f64>());
        let wanted = fairgauge::quantity::Fixed::parse(&wanted).unwrap();
        assert_eq!(sum(&decoded, variable), wanted, "{file} {column}");
        for (reading, row) in readings.iter().zip(rows) {
            assert_eq!(reading.start.timestamp_millis(), row["collectTime"].as_i64().unwrap(), "{file}");
        }
    }
    println!("ran 5 cases");
}
