//! Open-Meteo.

use std::sync::Arc;

use fairgauge::feed::{Decoded, Raw, Station, decode};
use fairgauge::quantity::{Fixed, Variable};
use serde_json::Value;

use super::support::{facts, feed, samples, sum, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("open-meteo/archive_era5_hourly_last_day_null.json", ERA5),
    ("open-meteo/archive_hourly_sao_paulo.json", SAO_PAULO_HOURS),
    ("open-meteo/archive_daily_sao_paulo.json", SAO_PAULO_DAYS),
    ("open-meteo/archive_ten_locations_list.json", ERA5),
    ("open-meteo/error_400_bad_unit.json", ERA5),
    ("open-meteo/error_429_minutely.json", ERA5),
    ("open-meteo/forecast_two_models.json", ERA5),
    ("open-meteo/forecast_minutely15_hourly_daily_current.json", ERA5),
    ("open-meteo/forecast_customer_host.json", ERA5),
    ("open-meteo/forecast_one_model.json", ERA5),
    ("open-meteo/ensemble_members.json", BERLIN),
    ("open-meteo/forecast_one_hour.json", BERLIN),
    ("open-meteo/historical_one_hour_dst.json", BERLIN),
];

const ERA5: &str = r#"
    kind = "open-meteo"
    open_meteo = { model = "era5", block = "hourly" }
    columns.precipitation = { variable = "precipitation", unit = "mm" }
    columns.wind_speed_10m = { variable = "wind_speed", unit = "km/h" }
    station.farm = { latitude = "-22.05 deg", longitude = "-48.1 deg" }
"#;
const SAO_PAULO_HOURS: &str = r#"
    kind = "open-meteo"
    open_meteo = { model = "era5", block = "hourly", zone = "-03:00" }
    columns.temperature_2m = { variable = "air_temperature", unit = "degC" }
    station.brasilia = { latitude = "-15.8 deg", longitude = "-47.9 deg" }
"#;
const SAO_PAULO_DAYS: &str = r#"
    kind = "open-meteo"
    open_meteo = { model = "era5", block = "daily", zone = "-03:00" }
    columns.temperature_2m_max = { variable = "air_temperature_max", unit = "degC" }
    station.brasilia = { latitude = "-15.8 deg", longitude = "-47.9 deg" }
"#;
const BERLIN: &str = r#"
    kind = "open-meteo"
    open_meteo = { model = "era5", block = "hourly", zone = "+02:00" }
    columns.temperature_2m = { variable = "air_temperature", unit = "degC" }
    station.berlin = { latitude = "52.52 deg", longitude = "13.41 deg" }
"#;

#[test]
fn every_answer_is_read() {
    told("open_meteo", FILES);
}

/// The variable and unit under which settings would have a column of a sample, for those that we know.
fn variable(column: &str, unit: &str) -> Option<(&'static str, &'static str)> {
    let variable = match column {
        "temperature_2m" => "air_temperature",
        "temperature_2m_max" => "air_temperature_max",
        "relative_humidity_2m" => "relative_humidity",
        "dew_point_2m" => "dew_point",
        "precipitation" => "precipitation",
        "wind_speed_10m" | "windspeed_10m" => "wind_speed",
        "surface_pressure" => "air_pressure",
        _ => return None,
    };
    let unit = match unit {
        "°C" => "degC",
        "%" => "%",
        "mm" => "mm",
        "km/h" => "km/h",
        "hPa" => "hPa",
        _ => return None,
    };
    Some((variable, unit))
}

/// Open-Meteo's answer for one station, read as one column.
fn open_meteo(answer: &Value, block: &str, column: &str, variable: &str, unit: &str) -> Decoded {
    let offset = answer["utc_offset_seconds"].as_i64().unwrap();
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 3_600, offset.abs() % 3_600 / 60);
    let settings = feed(&format!(
        "kind = \"open-meteo\"\nopen_meteo = {{ model = \"era5\", block = \"{block}\", zone = \"{sign}{hours:02}:{minutes:02}\" }}\n\
         columns.{column} = {{ variable = \"{variable}\", unit = \"{unit}\" }}\n\
         station.here = {{ latitude = \"0 deg\", longitude = \"0 deg\" }}\n"
    ));
    let station = Station { name: Arc::from("here"), position: None };
    let bytes = answer.to_string();
    decode(&settings, &Raw { bytes: bytes.as_bytes(), name: "", asked: Some(&station), now: None }).unwrap()
}

#[test]
fn open_meteo_answers_have_the_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let facts = facts(&samples);
    let (mut ran, mut passed_over) = (0, 0);
    for (file, series) in facts.as_object().unwrap().iter().filter(|(file, _)| file.starts_with("open-meteo/")) {
        let body: Value = serde_json::from_str(&std::fs::read_to_string(samples.join(file)).unwrap()).unwrap();
        for (path, fact) in series.as_object().unwrap() {
            let (index, path) = match path.strip_prefix('[').and_then(|rest| rest.split_once("].")) {
                Some((index, rest)) => (Some(index.parse::<usize>().unwrap()), rest),
                None => (None, path.as_str()),
            };
            let (block, column) = path.split_once('.').unwrap();
            let known = variable(column, fact["unit"].as_str().unwrap());
            let Some((name, unit)) = known.filter(|_| block == "hourly" || block == "daily") else {
                passed_over += 1;
                continue;
            };
            let decoded = open_meteo(index.map_or(&body, |index| &body[index]), block, column, name, unit);
            let variable = Variable::from_name(name).unwrap();
            let case = format!("{file} {path}");
            assert_eq!(decoded.refused, [], "{case}");
            let missing = decoded.readings.iter().filter(|reading| reading.value.is_none()).count();
            assert_eq!(
                (decoded.readings.len() as u64, missing as u64),
                (fact["rows"].as_u64().unwrap(), fact["missing"].as_u64().unwrap()),
                "{case}"
            );
            // Facts name the stamp: the end of the hour for rain, the beginning for the rest.
            let stamp = |reading: &fairgauge::observation::Reading| {
                let stamp = if variable == Variable::Precipitation { reading.end } else { reading.start };
                stamp.format("%Y-%m-%dT%H:%M:%SZ").to_string()
            };
            let [first, last] =
                [decoded.readings.first(), decoded.readings.last()].map(|reading| stamp(reading.unwrap()));
            assert_eq!(
                (first.as_str(), last.as_str()),
                (fact["first"].as_str().unwrap(), fact["last"].as_str().unwrap()),
                "{case}"
            );
            // The other program added floats: equal to six places.
            let wanted = Fixed::parse_rounded(&fact["sum"].to_string()).unwrap();
            assert_eq!(sum(&decoded, variable), wanted, "{case}");
            ran += 1;
        }
    }
    println!("ran {ran} cases, passed over {passed_over} of variables that we do not have");
    assert!(ran >= 18, "{ran}");
}

fn read(feed: &fairgauge::feed::FeedSettings, bytes: &[u8]) -> Result<Decoded, fairgauge::feed::DecodeError> {
    decode(feed, &Raw { bytes, name: "", asked: None, now: None })
}

#[test]
fn recorded_bodies_are_read_as_they_are() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let folder = samples.join("open-meteo");
    let body = std::fs::read(folder.join("archive_era5_hourly_last_day_null.json")).unwrap();
    let decoded = read(&feed(ERA5), &body).unwrap();
    assert_eq!(sum(&decoded, Variable::Precipitation), Fixed::parse("211.7").unwrap());
    let wrong = read(&feed(&ERA5.replace("km/h", "m/s")), &body).unwrap_err();
    assert_eq!(wrong.to_string(), "`wind_speed_10m` is in `km/h`, and the settings say `m/s`");
    assert!(read(&feed(&ERA5.replace("-22.05", "22.05")), &body).is_err(), "another place");

    let list = std::fs::read(folder.join("archive_ten_locations_list.json")).unwrap();
    let places: Value = serde_json::from_slice(&list).unwrap();
    let stations = places.as_array().unwrap().iter().enumerate().map(|(index, place)| {
        format!(
            "station.s{index} = {{ latitude = \"{} deg\", longitude = \"{} deg\" }}\n",
            place["latitude"], place["longitude"]
        )
    });
    let form = "kind = \"open-meteo\"\nopen_meteo = { model = \"ecmwf_ifs\", block = \"hourly\" }\n\
                columns.temperature_2m = { variable = \"air_temperature\", unit = \"degC\" }\n";
    let all = feed(&format!("{form}{}", stations.collect::<String>()));
    let decoded = read(&all, &list).unwrap();
    assert_eq!(decoded.readings.len(), all.stations.len() * 240);
    assert_eq!(decoded.readings.last().unwrap().station, all.stations.last().unwrap().name, "in their order");

    let mut ran = 3;
    for error in ["error_400_bad_unit.json", "error_429_minutely.json"] {
        let body = std::fs::read(folder.join(error)).unwrap();
        let told = read(&feed(ERA5), &body).unwrap_err().to_string();
        assert!(told.starts_with("the provider answers: "), "{told}");
        let told = read(&all, &body).unwrap_err().to_string();
        assert!(told.starts_with("the provider answers: "), "an error comes alone: {told}");
        ran += 1;
    }
    println!("ran {ran} cases");
}
