//! Elexon Insights.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Fixed, Variable};

use super::support::{feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("elexon/b1610_stream.json", DRAX),
    ("elexon/b1610_base_summer_period48.json", SEABANK),
    ("elexon/pn_stream.json", DRAX),
    ("elexon/mels_stream.json", DRAX),
    ("elexon/indo.json", DRAX),
    ("elexon/itsdo.json", DRAX),
    ("elexon/system_prices.json", DRAX),
    ("elexon/bmunits_truncated.json", DRAX),
];

const DRAX: &str = r#"
    kind = "elexon"
    vintage = "as told"
    elexon = { final_from = "II" }
    columns.quantity = { variable = "energy", unit = "MWh" }
    station.T_DRAXX-1 = {}
"#;
const SEABANK: &str = r#"
    kind = "elexon"
    vintage = "as told"
    elexon = { final_from = "II" }
    columns.quantity = { variable = "energy", unit = "MWh" }
    station.T_SEAB-1 = {}
    station.T_SEAB-2 = {}
"#;

#[test]
fn every_answer_is_read() {
    told("elexon", FILES);
}

/// There are no facts of another program: the numbers are read off the recordings, which have a few rows.
#[test]
fn period_48_of_a_summer_day_ends_at_23_utc() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let bytes = std::fs::read(samples.join("elexon/b1610_base_summer_period48.json")).unwrap();
    let decoded = decode(&feed(SEABANK), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    assert_eq!(sum(&decoded, Variable::Energy), Fixed::parse("-4.109").unwrap());
    assert!(decoded.readings.iter().all(|reading| reading.end.to_rfc3339() == "2022-10-12T23:00:00+00:00"));
    println!("ran 1 case");
}
