//! Station hours: IEM, ISD-Lite, global-hourly.

use fairgauge::feed::{Decoded, Raw, decode};
use fairgauge::quantity::{Fixed, Variable};

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("station-hourly/isd_lite_725300-2017.gz", O_HARE),
    ("station-hourly/isd_lite_725300-2017.gz", O_HARE_SIX),
    ("station-hourly/isd_fixed_011490-99999-1986.gz", NORWAY),
    ("station-hourly/isd_fixed_011490-99999-1986.gz", NORWAY_RAIN),
    ("station-hourly/global_hourly_minimal.csv", ARABIA),
    ("station-hourly/global_hourly_minimal.csv", ARABIA_METAR),
    ("station-hourly/iem_asos_35_days.tsv", HYDERABAD),
    ("station-hourly/iem_asos_no_data.tsv", HYDERABAD),
    ("station-hourly/iem_asos_routine_one_day.tsv", CINCINNATI),
    ("station-hourly/iem_asos_specials_only.tsv", CINCINNATI),
];

const O_HARE: &str = r#"
    kind = "isd-lite"
    columns.air_temperature = { variable = "air_temperature", unit = "degC" }
    columns.dew_point = { variable = "dew_point", unit = "degC" }
    columns.sea_level_pressure = { variable = "air_pressure", unit = "hPa" }
    columns.wind_speed = { variable = "wind_speed", unit = "m/s" }
    columns.precipitation_1h = { variable = "precipitation", unit = "mm" }
    station.725300-94846 = {}
"#;
const O_HARE_SIX: &str = r#"
    kind = "isd-lite"
    columns.precipitation_6h = { variable = "precipitation", unit = "mm" }
    station.725300-94846 = {}
"#;
const NORWAY: &str = r#"
    kind = "global-hourly"
    global_hourly = { form = "record", reports = ["FM-12"] }
    columns.TMP = { variable = "air_temperature", unit = "degC" }
    columns.DEW = { variable = "dew_point", unit = "degC" }
    columns.SLP = { variable = "air_pressure", unit = "hPa" }
    columns.WND = { variable = "wind_speed", unit = "m/s" }
    station.011490-99999 = {}
"#;
const NORWAY_RAIN: &str = r#"
    kind = "global-hourly"
    global_hourly = { form = "record", reports = ["FM-12"] }
    columns.AA_06 = { variable = "precipitation", unit = "mm" }
    station.011490-99999 = {}
"#;
const ARABIA: &str = r#"
    kind = "global-hourly"
    global_hourly = { form = "csv", reports = ["FM-12"] }
    columns.TMP = { variable = "air_temperature", unit = "degC" }
    columns.DEW = { variable = "dew_point", unit = "degC" }
    columns.SLP = { variable = "air_pressure", unit = "hPa" }
    columns.WND = { variable = "wind_speed", unit = "m/s" }
    station.40435099999 = {}
"#;
const ARABIA_METAR: &str = r#"
    kind = "global-hourly"
    global_hourly = { form = "csv", reports = ["FM-15"] }
    columns.TMP = { variable = "air_temperature", unit = "degC" }
    station.40435099999 = {}
"#;
const HYDERABAD: &str = r#"
    kind = "iem-asos"
    iem_asos = { reports = "routine and special" }
    columns.tmpf = { variable = "air_temperature", unit = "degF" }
    columns.dwpf = { variable = "dew_point", unit = "degF" }
    columns.relh = { variable = "relative_humidity", unit = "%" }
    columns.sknt = { variable = "wind_speed", unit = "kt" }
    columns.gust = { variable = "wind_gust", unit = "kt" }
    columns.mslp = { variable = "air_pressure", unit = "hPa" }
    station.VOHY = {}
"#;
const CINCINNATI: &str = r#"
    kind = "iem-asos"
    iem_asos = { reports = "routine" }
    columns.tmpf = { variable = "air_temperature", unit = "degF" }
    station.CVG = {}
"#;

#[test]
fn every_answer_is_read() {
    told("station_hours", FILES);
}

fn read(samples: &std::path::Path, file: &str, settings: &str) -> Decoded {
    let bytes = std::fs::read(samples.join(file)).unwrap();
    let decoded = decode(&feed(settings), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    assert_eq!(decoded.refused, [], "{file}");
    decoded
}

/// Rows and missing values of a variable.
fn count(decoded: &Decoded, variable: Variable) -> (u64, u64) {
    let of = || decoded.readings.iter().filter(|reading| reading.variable == variable);
    (of().count() as u64, of().filter(|reading| reading.value.is_none()).count() as u64)
}

#[test]
fn a_year_of_isd_lite_has_the_counts_and_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "station-hourly/isd_lite_725300-2017.gz";
    let facts = &facts(&samples)[file];
    let hours = read(&samples, file, O_HARE);
    let six = read(&samples, file, O_HARE_SIX);
    let mut ran = 0;
    for (name, decoded, variable) in [
        ("temp", &hours, Variable::AirTemperature),
        ("dew", &hours, Variable::DewPoint),
        ("slp", &hours, Variable::AirPressure),
        ("wspd", &hours, Variable::WindSpeed),
        ("p1", &hours, Variable::Precipitation),
        ("p6", &six, Variable::Precipitation),
    ] {
        let fact = |key: &str| facts[name][key].as_i64().unwrap();
        let missing = u64::try_from(fact("missing")).unwrap();
        assert_eq!(count(decoded, variable), (facts["rows"].as_u64().unwrap(), missing), "{name}");
        assert_eq!(sum(decoded, variable), Fixed::from_micros(fact("sum_tenths") * 100_000), "{name}");
        ran += 1;
    }
    let at = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(at(hours.readings[0].start), facts["first"].as_str().unwrap());
    assert_eq!(at(hours.readings[hours.readings.len() - 1].end), facts["last"].as_str().unwrap(), "rain ends there");
    println!("ran {ran} cases");
}

#[test]
fn five_weeks_of_metar_have_the_counts_and_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "station-hourly/iem_asos_35_days.tsv";
    let facts = &facts(&samples)[file];
    let decoded = read(&samples, file, HYDERABAD);
    let mut ran = 0;
    for (name, variable) in
        [("tmpf", Variable::AirTemperature), ("sknt", Variable::WindSpeed), ("gust", Variable::WindGust)]
    {
        let fact = &facts[name];
        let counts = (facts["rows"].as_u64().unwrap(), fact["M"].as_u64().unwrap());
        assert_eq!(count(&decoded, variable), counts, "{name}");
        assert_eq!(sum(&decoded, variable), Fixed::parse_rounded(&fact["sum"].to_string()).unwrap(), "{name}");
        ran += 1;
    }
    let at = |at: chrono::DateTime<chrono::Utc>| at.format("%F %R").to_string();
    assert_eq!(at(decoded.readings[0].start), facts["first"].as_str().unwrap());
    assert_eq!(at(decoded.readings[decoded.readings.len() - 1].end), facts["last"].as_str().unwrap());
    println!("ran {ran} cases");
}

#[test]
fn a_year_of_records_has_the_values_that_stand_in_its_columns() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "station-hourly/isd_fixed_011490-99999-1986.gz";
    let bytes = std::fs::read(samples.join(file)).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
    let decoded = decode(&feed(NORWAY), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    let mut ran = 0;
    // Counted by column, apart from the reader.
    for (variable, value, quality, missing) in [
        (Variable::AirTemperature, 87..92, 92..93, "+9999"),
        (Variable::DewPoint, 93..98, 98..99, "+9999"),
        (Variable::AirPressure, 99..104, 104..105, "99999"),
        (Variable::WindSpeed, 65..69, 69..70, "9999"),
    ] {
        let passed =
            |line: &&str| ["0", "1", "4", "5"].contains(&&line[quality.clone()]) && &line[value.clone()] != missing;
        let tenths: i64 = text.lines().filter(passed).map(|line| line[value.clone()].parse::<i64>().unwrap()).sum();
        assert_eq!(sum(&decoded, variable), Fixed::from_micros(tenths * 100_000), "{variable}");
        let (rows, none) = count(&decoded, variable);
        assert_eq!(rows - none, text.lines().filter(passed).count() as u64, "{variable}");
        ran += 1;
    }
    let rain = decode(&feed(NORWAY_RAIN), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
    let six = || text.lines().filter(|line| line[105..].starts_with("ADDAA106"));
    let plain = six().filter(|line| ["91", "95", "21"].contains(&&line[117..119]));
    let tenths: i64 = plain.map(|line| line[113..117].parse::<i64>().unwrap()).sum();
    assert_eq!(sum(&rain, Variable::Precipitation), Fixed::from_micros(tenths * 100_000));
    assert_eq!(rain.readings.len() + rain.refused.len(), six().count(), "amounts over six hours");
    assert!(six().count() >= 294);
    println!("ran {} cases", ran + 1);
}
