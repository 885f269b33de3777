//! Meter files, exports of turbines, descriptions of registers.

use fairgauge::feed::{Raw, decode};
use fairgauge::observation::Vintage;
use fairgauge::quantity::{Exact, Fixed, Variable};

use super::support::{facts, feed, samples, sum, told};

/// Every recorded file, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("scada-files/Example_NEM12_actual_interval.csv", HALF_HOURS),
    ("scada-files/Example_NEM12_multiple_quality.csv", HALF_HOURS),
    ("scada-files/Example_NEM12_substituted_interval.csv", HALF_HOURS),
    ("scada-files/Example_NEM12_month_solar.csv", FED_IN),
    ("scada-files/Example_NEM12_multiple_meters.csv", QUARTERS),
    ("scada-files/Example_NEM12_incomplete_interval.csv", HALF_HOURS),
    ("scada-files/sunspec_model_103.json", HALF_HOURS),
    ("scada-files/sunspec_model_302.json", HALF_HOURS),
    ("scada-files/sunspec_model_307.json", HALF_HOURS),
    ("scada-files/greenbyte_turbine_penmanshiel_01_cut.csv", TURBINE),
    ("scada-files/greenbyte_status_penmanshiel_01_head.csv", STATUS),
];

const HALF_HOURS: &str = r#"
    kind = "nem12"
    vintage = "as told"
    nem12 = { every = "30 min" }
    columns.E1 = { variable = "energy", unit = "kWh" }
"#;
const FED_IN: &str = r#"
    kind = "nem12"
    vintage = "as told"
    nem12 = { every = "5 min" }
    columns.B1 = { variable = "energy", unit = "kWh" }
"#;
const QUARTERS: &str = r#"
    kind = "nem12"
    vintage = "as told"
    nem12 = { every = "15 min" }
    columns.B1 = { variable = "energy", unit = "kWh" }
"#;
const TURBINE: &str = r##"
    kind = "csv"
    columns."Wind speed (m/s)" = { variable = "wind_speed", unit = "m/s" }
    [feed.it.csv]
    delimiter = ","
    decimal = "."
    comment = "#"
    header = "last comment line"
    missing = ["NaN", ""]
    station = { is = "penmanshiel-01" }
    time = { column = "Date and time", format = "%Y-%m-%d %H:%M:%S", zone = "UTC", stamp = "begin", every = "10 min" }
"##;

const STATUS: &str = r#"
    kind = "greenbyte-status"
    greenbyte_status = { turbine = "Penmanshiel 01", station = "penmanshiel-01", every = "10 min" }
    columns.Stop = { variable = "availability", unit = "%" }
"#;

#[test]
fn every_file_is_read() {
    told("scada_files", FILES);
}

/// Sums by meter and suffix, as the other program found them in the unit of the file.
#[test]
fn meter_files_have_the_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let (facts, mut ran) = (facts(&samples), 0);
    let files = facts.as_object().unwrap().iter().filter(|(file, _)| file.contains("NEM12"));
    for (file, blocks) in files.filter(|(file, _)| !file.contains("incomplete")) {
        let bytes = std::fs::read(samples.join(file)).unwrap();
        for block in blocks.as_array().unwrap() {
            let word = |name: &str| block[name].as_str().unwrap();
            let (meter, suffix, unit) = (word("nmi"), word("suffix"), word("unit"));
            if !suffix.starts_with(['E', 'B']) {
                continue;
            }
            let settings = feed(&format!(
                "kind = \"nem12\"\nvintage = \"as told\"\nnem12 = {{ every = \"{} min\" }}\n\
                 columns.{suffix} = {{ variable = \"energy\", unit = \"{unit}\" }}\nstation.{meter} = {{}}\n",
                word("interval")
            ));
            let decoded = decode(&settings, &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
            let each_day = 1_440 / word("interval").parse::<u64>().unwrap();
            let days = block["days"].as_u64().unwrap();
            assert_eq!(decoded.readings.len() as u64, days * each_day, "{file} {meter} {suffix}");
            let wanted = Fixed::parse_rounded(&block["sum"].to_string()).unwrap();
            assert_eq!(sum(&decoded, Variable::Energy), wanted, "{file} {meter} {suffix}");
            assert_eq!(decoded.refused, [], "{file} {meter} {suffix}");
            ran += 1;
        }
    }
    println!("ran {ran} cases");
    assert_eq!(ran, 9);
}

/// F 20, A 4, S 24 intervals.
#[test]
fn qualities_decide_what_is_final() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let bytes = std::fs::read(samples.join("scada-files/Example_NEM12_multiple_quality.csv")).unwrap();
    let decoded = decode(&feed(HALF_HOURS), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    let last_word: Vec<_> = decoded.readings.iter().map(|reading| reading.vintage == Vintage::Final).collect();
    assert_eq!(last_word, [vec![true; 24], vec![false; 24]].concat());
    let total: Exact = sum(&decoded, Variable::Energy).into();
    assert_eq!(total, Exact::from(Fixed::parse("896.99").unwrap()));
    println!("ran 1 case");
}

/// The first stop lasts for 325 160 s, of which 80 s lie before the first whole slot; the second begins in a slot that
/// is not known to its end.
#[test]
fn a_status_log_has_the_stops_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "scada-files/greenbyte_status_penmanshiel_01_head.csv";
    let bytes = std::fs::read(samples.join(file)).unwrap();
    let decoded = decode(&feed(STATUS), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    let stop = facts(&samples)[file]["stops"][0]["seconds"].as_i64().unwrap();
    let slots = i64::try_from(decoded.readings.len()).unwrap();
    let available = sum(&decoded, Variable::Availability);
    assert_eq!(available, Fixed::parse("20").unwrap(), "two minutes of the last slot");
    assert_eq!(slots * 600 - 120, stop - 80);
    let [first, last] = [decoded.readings.first(), decoded.readings.last()].map(|reading| reading.unwrap().end);
    let at = |at: chrono::DateTime<chrono::Utc>| at.format("%m-%d %R").to_string();
    assert_eq!([at(first), at(last)], ["06-06 17:20", "06-10 11:30"]);
    println!("ran 1 case");
}
