//! ENTSO-E's Transparency Platform.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Fixed, Variable};
use serde_json::Value;

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("entsoe/a75_one_type.xml", BIOMASS_GERMANY),
    ("entsoe/a75_italy_north_day.xml", PUMPED_ITALY),
    ("entsoe/a75_italy_north_day.xml", SUN_ITALY),
    ("entsoe/a75_germany_day.xml", WIND_GERMANY),
    ("entsoe/a73_no_data_http200.xml", UNIT_BELGIUM),
    ("entsoe/a69_wind_solar_forecast.xml", SUN_ITALY),
    ("entsoe/a95_units_belgium.xml", UNIT_BELGIUM),
    ("entsoe/a65_actual_load.xml", LOAD_CZECHIA),
    ("entsoe/a65_netherlands.xml", LOAD_NETHERLANDS),
    ("entsoe/client_publication.a03curvetype.xml", SUN_ITALY),
    ("entsoe/client_acknowledgement.invalidrequest.xml", SUN_ITALY),
    ("entsoe/client_gl.load.singlepoint.xml", LOAD_CZECHIA),
];

const BIOMASS_GERMANY: &str = r#"
    kind = "entsoe"
    entsoe = { document = "A75", psr_type = "B01", direction = "generation", every = "15 min" }
    columns.quantity = { variable = "power", unit = "MW" }
    station.10Y1001A1001A83F = {}
"#;
const PUMPED_ITALY: &str = r#"
    kind = "entsoe"
    entsoe = { document = "A75", psr_type = "B10", direction = "consumption", every = "1 h" }
    columns.quantity = { variable = "power", unit = "MW" }
    station.10Y1001A1001A73I = {}
"#;
const SUN_ITALY: &str = r#"
    kind = "entsoe"
    entsoe = { document = "A75", psr_type = "B16", direction = "generation", every = "1 h" }
    columns.quantity = { variable = "power", unit = "MW" }
    station.10Y1001A1001A73I = {}
"#;
const WIND_GERMANY: &str = r#"
    kind = "entsoe"
    entsoe = { document = "A75", psr_type = "B19", direction = "generation", every = "15 min" }
    columns.quantity = { variable = "power", unit = "MW" }
    station.10Y1001A1001A82H = {}
"#;
const UNIT_BELGIUM: &str = r#"
    kind = "entsoe"
    entsoe = { document = "A73", domain = "10YBE----------2", direction = "generation", every = "1 h" }
    columns.quantity = { variable = "power", unit = "MW" }
    station.22WAMERCO000008L = {}
"#;
const LOAD_CZECHIA: &str = r#"
    kind = "entsoe"
    entsoe = { document = "A65", every = "1 h" }
    columns.quantity = { variable = "power", unit = "MW" }
    station.10YCZ-CEPS-----N = {}
"#;
const LOAD_NETHERLANDS: &str = r#"
    kind = "entsoe"
    entsoe = { document = "A65", every = "15 min" }
    columns.quantity = { variable = "power", unit = "MW" }
    station.10YNL----------L = {}
"#;

#[test]
fn every_answer_is_read() {
    told("entsoe", FILES);
}

/// The zone of a file's answer.
fn zone(file: &str) -> &'static str {
    match file {
        "entsoe/a75_one_type.xml" => "10Y1001A1001A83F",
        "entsoe/a75_italy_north_day.xml" => "10Y1001A1001A73I",
        "entsoe/a75_germany_day.xml" => "10Y1001A1001A82H",
        "entsoe/a65_netherlands.xml" => "10YNL----------L",
        _ => "10YCZ-CEPS-----N",
    }
}

#[test]
fn every_series_has_the_energy_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let facts = facts(&samples);
    let mut ran = 0;
    for (file, fact) in facts.as_object().unwrap().iter().filter(|(file, _)| file.starts_with("entsoe/a")) {
        let document = fact["type"].as_str().filter(|kind| matches!(*kind, "A75" | "A65"));
        let Some(document) = document else { continue };
        let bytes = std::fs::read(samples.join(file)).unwrap();
        for series in fact["series"].as_array().unwrap() {
            let text = |key: &str| series[key].as_str().unwrap();
            let (every, each_hour) = if text("resolution") == "PT15M" { ("15 min", 4) } else { ("1 h", 1) };
            let of = match &series["psr"] {
                Value::String(psr) => format!(", psr_type = \"{psr}\", direction = \"{}\"", text("direction")),
                _ => String::new(),
            };
            let settings = feed(&format!(
                "kind = \"entsoe\"\nentsoe = {{ document = \"{document}\"{of}, every = \"{every}\" }}\n\
                 columns.quantity = {{ variable = \"power\", unit = \"MW\" }}\nstation.{} = {{}}\n",
                zone(file)
            ));
            let decoded = decode(&settings, &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
            let case = format!("{file} {of}");
            assert_eq!(decoded.refused, [], "{case}");
            assert_eq!(decoded.readings.len() as u64, series["intervals"].as_u64().unwrap(), "{case}");
            let starts = [decoded.readings.first(), decoded.readings.last()]
                .map(|reading| reading.unwrap().start.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            assert_eq!((starts[0].as_str(), starts[1].as_str()), (text("first"), text("last_start")), "{case}");
            let energy = Fixed::parse_rounded(&series["energy_mwh"].to_string()).unwrap();
            assert_eq!(sum(&decoded, Variable::Power).micros(), energy.micros() * each_hour, "{case}");
            ran += 1;
        }
    }
    println!("ran {ran} cases");
    assert_eq!(ran, 1 + 13 + 19 + 2);
}
