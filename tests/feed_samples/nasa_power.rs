//! NASA POWER.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Exact, Fixed, Rounding, Variable};

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("nasa-power/daily_ag_utc_1983-01-01_known_2026-06.csv", POLE),
    ("nasa-power/daily_ag_utc_1983-01-01_known_2023-06.csv", POLE_UNSAID),
    ("nasa-power/daily_sb_lst_1983-01-01.csv", POLE_SOLAR),
    ("nasa-power/climatology_ag_point.csv", POLE),
    ("nasa-power/daily_ag_adjusted_pressure.csv", POLE_ADJUSTED),
    ("nasa-power/error_200_alert_legacy.json", FARM),
    ("nasa-power/error_422_legacy_structure.json", FARM),
    ("nasa-power/hourly_lst_2026_two_sources.json", FARM),
    // Forecasts, which are no sources: this is the kind whose answers are nearest to them.
    ("others/metno_beijing_compact.json", FARM),
    ("others/metno_newyork_compact.json", FARM),
    ("others/caiyun_v2_6_weather.json", FARM),
];

macro_rules! pole {
    ($form:literal, $pressure:literal) => {
        concat!(
            "kind = \"nasa-power\"\nnasa_power = { resolution = \"daily\", ",
            $form,
            " }\ncolumns.T2M = { variable = \"air_temperature_mean\", unit = \"degC\" }\n\
             columns.T2M_MIN = { variable = \"air_temperature_min\", unit = \"degC\" }\n\
             columns.T2M_MAX = { variable = \"air_temperature_max\", unit = \"degC\" }\n\
             columns.RH2M = { variable = \"relative_humidity\", unit = \"%\" }\n\
             columns.WS10M = { variable = \"wind_speed\", unit = \"m/s\" }\n",
            $pressure,
            "station.pole = { latitude = \"-89.5 deg\", longitude = \"-179.5 deg\" }\n"
        )
    };
}
const POLE: &str = pole!("community = \"AG\"", "columns.PS = { variable = \"air_pressure\", unit = \"kPa\" }\n");
const POLE_UNSAID: &str =
    pole!("community = \"AG\", zone = \"UTC\"", "columns.PS = { variable = \"air_pressure\", unit = \"kPa\" }\n");
const POLE_SOLAR: &str = pole!("community = \"SB\", zone = \"-11:58\"", "");
const POLE_ADJUSTED: &str =
    pole!("community = \"AG\"", "columns.PSC = { variable = \"air_pressure\", unit = \"kPa\" }\n");
const FARM: &str = r#"
    kind = "nasa-power"
    nasa_power = { resolution = "hourly", community = "AG", zone = "-03:12" }
    columns.T2M = { variable = "air_temperature", unit = "degC" }
    columns.RH2M = { variable = "relative_humidity", unit = "%" }
    columns.T2MDEW = { variable = "dew_point", unit = "degC" }
    columns.PRECTOTCORR = { variable = "precipitation", unit = "mm" }
    columns.WS10M = { variable = "wind_speed", unit = "m/s" }
    station.farm = { latitude = "-21.979 deg", longitude = "-47.883 deg" }
"#;

#[test]
fn every_answer_is_read() {
    told("nasa_power", FILES);
}

#[test]
fn hours_have_the_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "nasa-power/hourly_lst_2026_two_sources.json";
    let facts = &facts(&samples)[file];
    let bytes = std::fs::read(samples.join(file)).unwrap();
    let decoded = decode(&feed(FARM), &Raw { bytes: &bytes, name: "point", asked: None, now: None }).unwrap();
    assert_eq!(decoded.refused, []);
    let mut ran = 0;
    for (name, variable) in [
        ("T2M", Variable::AirTemperature),
        ("RH2M", Variable::RelativeHumidity),
        ("T2MDEW", Variable::DewPoint),
        ("PRECTOTCORR", Variable::Precipitation),
        ("WS10M", Variable::WindSpeed),
    ] {
        let of = decoded.readings.iter().filter(|reading| reading.variable == variable);
        let readings: Vec<_> = of.collect();
        assert_eq!(readings.len() as u64, facts[name]["rows"].as_u64().unwrap(), "{name}");
        assert_eq!(readings.iter().filter(|reading| reading.value.is_none()).count(), 0, "{name}");
        // Keys are hours of solar time, here twelve minutes more than three hours behind.
        let key =
            |at: chrono::DateTime<chrono::Utc>| (at - chrono::TimeDelta::minutes(192)).format("%Y%m%d%H").to_string();
        assert_eq!(key(readings[0].start), facts[name]["first"].as_str().unwrap());
        assert_eq!(key(readings[readings.len() - 1].start), facts[name]["last"].as_str().unwrap());
        let fact = Fixed::parse_rounded(&facts[name]["sum"].to_string()).unwrap();
        if variable == Variable::Precipitation {
            // The facts add millimetres by the day: each hour's share is rounded by half a millionth at most.
            let wanted = Exact::from(fact).over(Exact::from(24)).unwrap();
            let apart = Exact::from(sum(&decoded, variable)).minus(wanted).unwrap();
            let apart = apart.round_to(Fixed::from_micros(1), Rounding::HalfUp).unwrap().micros().abs();
            assert!(apart <= 2_928 / 2, "{apart} millionths");
            assert_eq!(wanted.round_to(Fixed::from_micros(10_000), Rounding::HalfUp).unwrap().to_string(), "161.72");
        } else {
            assert_eq!(sum(&decoded, variable), fact, "{name}");
        }
        ran += 1;
    }
    println!("ran {ran} cases");
}

#[test]
fn days_have_the_values_that_another_program_found_and_one_of_them_was_restated() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let facts = facts(&samples);
    let mut ran = 0;
    for (file, settings) in FILES.iter().filter(|(file, _)| file.contains("daily_")) {
        let bytes = std::fs::read(samples.join(file)).unwrap();
        let settings = feed(settings);
        let decoded = decode(&settings, &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
        assert_eq!(decoded.readings.len(), settings.columns.len(), "{file}");
        for (column, reading) in settings.columns.iter().zip(&decoded.readings) {
            let fact = facts[*file]["rows"][0][&column.name].as_str().unwrap();
            assert_eq!(reading.value, Some(Fixed::parse(fact).unwrap()), "{file} {}", column.name);
            ran += 1;
        }
    }
    println!("ran {ran} cases");
    assert!(ran >= 23, "{ran}");
}
