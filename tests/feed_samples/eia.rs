//! EIA and PVOutput.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Fixed, Variable};

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("others/eia_v2_fuel_type_null_value.json", PORTLAND_GAS),
    ("others/eia_v2_interchange_hourly.json", FLORIDA_NSB),
    ("others/eia_v2_interchange_b.json", FLORIDA_FPL),
    ("others/eia_v2_interchange_b.json", FLORIDA_NSB),
    ("others/eia_v2_warning_incomplete.json", PORTLAND_GAS),
    ("others/pvoutput_getstatus_history.txt", ROOF),
];

const PORTLAND_GAS: &str = r#"
    kind = "eia"
    eia = { data = "fuel-type-data", of = "NG" }
    columns.value = { variable = "energy", unit = "MWh" }
    station.PGE = {}
"#;
const FLORIDA_NSB: &str = r#"
    kind = "eia"
    eia = { data = "interchange-data", of = "NSB" }
    columns.value = { variable = "energy", unit = "MWh" }
    station.FPC = {}
"#;
const FLORIDA_FPL: &str = r#"
    kind = "eia"
    eia = { data = "interchange-data", of = "FPL" }
    columns.value = { variable = "energy", unit = "MWh" }
    station.FPC = {}
"#;
const ROOF: &str = r#"
    kind = "pvoutput"
    pvoutput = { zone = "Europe/Amsterdam", every = "5 min" }
    columns.energy = { variable = "energy", unit = "Wh" }
    columns.average_power = { variable = "power", unit = "W" }
    station.12345 = {}
"#;

#[test]
fn every_answer_is_read() {
    told("eia", FILES);
}

#[test]
fn a_history_gains_what_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "others/pvoutput_getstatus_history.txt";
    let fact = &facts(&samples)[file];
    let bytes = std::fs::read(samples.join(file)).unwrap();
    let decoded = decode(&feed(ROOF), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    let count = |variable| decoded.readings.iter().filter(|reading| reading.variable == variable).count() as u64;
    let records = fact["records"].as_u64().unwrap();
    assert_eq!((count(Variable::Power), count(Variable::Energy)), (records, records - 1));
    let gained = fact["energy_wh_first_to_last"].as_i64().unwrap();
    assert_eq!(sum(&decoded, Variable::Energy), Fixed::from_whole(gained).unwrap());
    for (end, reading) in [("first", decoded.readings.first()), ("last", decoded.readings.last())] {
        let local = reading.unwrap().end + chrono::TimeDelta::hours(1);
        let stamp = [local.format("%Y%m%d").to_string(), local.format("%H:%M").to_string()];
        assert_eq!(stamp[..], [fact[end][0].as_str().unwrap(), fact[end][1].as_str().unwrap()]);
    }
    println!("ran 1 case");
}
