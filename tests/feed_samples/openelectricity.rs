//! OpenElectricity.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Fixed, Variable};

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[(TASMANIA, HYDRO), ("aemo/openelectricity_demand_nsw1.json", HYDRO)];

const TASMANIA: &str = "aemo/openelectricity_power_tas1_5m.json";
const HYDRO: &str = r#"
    kind = "openelectricity"
    openelectricity = { network = "NEM", fueltech = "HYDRO", interval = "5m" }
    columns.power = { variable = "power", unit = "MW" }
    station.TAS1 = {}
"#;

#[test]
fn every_answer_is_read() {
    told("openelectricity", FILES);
}

#[test]
fn fuels_have_the_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let facts = facts(&samples);
    let bytes = std::fs::read(samples.join(TASMANIA)).unwrap();
    let series = facts[TASMANIA].as_array().unwrap();
    for fact in series {
        let name = fact["name"].as_str().unwrap();
        let fuel = name.split('|').nth(1).unwrap();
        let settings = feed(&HYDRO.replace("HYDRO", fuel));
        let decoded = decode(&settings, &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
        assert_eq!(decoded.refused, [], "{name}");
        let missing = decoded.readings.iter().filter(|reading| reading.value.is_none()).count();
        let counts = (decoded.readings.len() as u64, missing as u64);
        assert_eq!(counts, (fact["rows"].as_u64().unwrap(), fact["nulls"].as_u64().unwrap()), "{name}");
        let ten_hours = chrono::FixedOffset::east_opt(36_000).unwrap();
        let start = |index: usize| decoded.readings[index].start.with_timezone(&ten_hours).to_rfc3339();
        assert_eq!(start(0), fact["first"].as_str().unwrap(), "{name}");
        assert_eq!(start(decoded.readings.len() - 1), fact["last"].as_str().unwrap(), "{name}");
        let wanted = Fixed::parse_rounded(&fact["sum"].to_string()).unwrap();
        assert_eq!(sum(&decoded, Variable::Power), wanted, "{name}");
    }
    println!("ran {} cases", series.len());
    assert_eq!(series.len(), 6);
}
