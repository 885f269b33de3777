//! Answers of providers as they were recorded, against numbers that another program worked out from them. They are
//! read in place, from the folder that `FAIRGAUGE_SHARED` names or from `../shared`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fairgauge::feed::{Decoded, FeedSettings, Station, decode};
use fairgauge::quantity::{Exact, Fixed, Variable};
use fairgauge::settings::Settings;
use serde_json::Value;

/// The folder of samples; nothing where it is not there and nobody demands it.
fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("FAIRGAUGE_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let samples = shared.join("feeds/samples");
    if samples.is_dir() {
        return Some(samples);
    }
    let demanded = std::env::var_os("FAIRGAUGE_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!demanded, "the recorded answers are not in {}", samples.display());
    None
}

/// A feed of settings that are written as in a file.
fn feed(text: &str) -> FeedSettings {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairgauge.toml");
    let rest = "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n[feed.it]\n\
                file = \"f\"\npoll = \"1 h\"\ndelay = \"0 h\"\nvintage = \"final\"\n";
    std::fs::write(&path, format!("{rest}{text}")).unwrap();
    let settings = Settings::load(&path, std::iter::empty());
    let settings = settings.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    settings.feeds["it"].clone()
}

fn sum(decoded: &Decoded, variable: Variable) -> Fixed {
    let values =
        decoded.readings.iter().filter(|reading| reading.variable == variable).filter_map(|reading| reading.value);
    values.reduce(|sum, value| sum.plus(value).unwrap()).unwrap_or_default()
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
    decode(&settings, answer.to_string().as_bytes(), Some(&station), None).unwrap()
}

#[test]
fn open_meteo_answers_have_the_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(samples.join("facts.json")).unwrap()).unwrap();
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

#[test]
fn recorded_bodies_are_read_as_they_are() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let folder = samples.join("open-meteo");
    let era5 = "kind = \"open-meteo\"\nopen_meteo = { model = \"era5\", block = \"hourly\" }\n\
                columns.precipitation = { variable = \"precipitation\", unit = \"mm\" }\n\
                columns.wind_speed_10m = { variable = \"wind_speed\", unit = \"km/h\" }\n\
                station.farm = { latitude = \"-22.05 deg\", longitude = \"-48.1 deg\" }\n";
    let body = std::fs::read(folder.join("archive_era5_hourly_last_day_null.json")).unwrap();
    let decoded = decode(&feed(era5), &body, None, None).unwrap();
    assert_eq!(sum(&decoded, Variable::Precipitation), Fixed::parse("211.7").unwrap());
    let wrong = decode(&feed(&era5.replace("km/h", "m/s")), &body, None, None).unwrap_err();
    assert_eq!(wrong.to_string(), "`wind_speed_10m` is in `km/h`, and the settings say `m/s`");
    assert!(decode(&feed(&era5.replace("-22.05", "22.05")), &body, None, None).is_err(), "another place");

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
    let decoded = decode(&all, &list, None, None).unwrap();
    assert_eq!(decoded.readings.len(), all.stations.len() * 240);
    assert_eq!(decoded.readings.last().unwrap().station, all.stations.last().unwrap().name, "in their order");

    let mut ran = 3;
    for error in ["error_400_bad_unit.json", "error_429_minutely.json"] {
        let body = std::fs::read(folder.join(error)).unwrap();
        let told = decode(&feed(era5), &body, None, None).unwrap_err().to_string();
        assert!(told.starts_with("the provider answers: "), "{told}");
        let told = decode(&all, &body, None, None).unwrap_err().to_string();
        assert!(told.starts_with("the provider answers: "), "an error comes alone: {told}");
        ran += 1;
    }
    println!("ran {ran} cases");
}

#[test]
fn a_turbine_export_is_read_by_its_description() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "scada-files/greenbyte_turbine_penmanshiel_01_cut.csv";
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(samples.join("facts.json")).unwrap()).unwrap();
    let body = std::fs::read(samples.join(file)).unwrap();
    let columns = facts[file]["columns"].as_array().unwrap();
    let mut ran = 0;
    for column in columns.iter().skip(1).map(|column| column.as_str().unwrap()) {
        let settings = feed(&format!(
            "kind = \"csv\"\ncolumns.\"{column}\" = {{ variable = \"wind_speed\", unit = \"m/s\" }}\n[feed.it.csv]\n\
             delimiter = \",\"\ndecimal = \".\"\ncomment = \"#\"\nheader = \"last comment line\"\nmissing = [\"NaN\", \"\"]\n\
             station = {{ is = \"penmanshiel-01\" }}\n\
             time = {{ column = \"Date and time\", format = \"%Y-%m-%d %H:%M:%S\", zone = \"UTC\", stamp = \"begin\", every = \"10 min\" }}\n"
        ));
        let decoded = decode(&settings, &body, None, None).unwrap();
        assert_eq!(decoded.refused, []);
        assert_eq!(decoded.readings.len() as u64, facts[file]["rows"].as_u64().unwrap());
        let [first, last] = [decoded.readings.first(), decoded.readings.last()].map(|reading| reading.unwrap().start);
        assert_eq!(first.format("%F %T").to_string(), facts[file]["first"].as_str().unwrap());
        assert_eq!(last.format("%F %T").to_string(), facts[file]["last"].as_str().unwrap());
        // The other program rounded each value to thousandths.
        let step = Fixed::from_micros(1_000);
        let milli = decoded
            .readings
            .iter()
            .map(|reading| reading.value.unwrap().round_to(step, fairgauge::quantity::Rounding::HalfUp).unwrap());
        let total = milli.reduce(|sum, value| sum.plus(value).unwrap()).unwrap();
        let wanted = Fixed::parse_rounded(&facts[file][column]["sum_rounded_to_milli"].to_string()).unwrap();
        assert_eq!(total, wanted, "{column}");
        ran += 1;
    }
    println!("ran {ran} cases");
}

#[test]
fn a_typhoon_track_is_a_feed_of_instants() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let settings = feed(
        "kind = \"csv\"\n[feed.it.columns]\nlat_ib = { variable = \"storm_latitude\", unit = \"deg\" }\n\
         lon_ib = { variable = \"storm_longitude\", unit = \"deg\" }\nwind_speed_ib = { variable = \"storm_wind\", unit = \"kt\" }\n\
         msl_ib = { variable = \"storm_pressure\", unit = \"Pa\" }\n[feed.it.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\n\
         station = { is = \"hato\" }\ntime = { column = [\"year\", \"month\", \"day\", \"hour\"], format = \"%Y %m %d %H\", zone = \"UTC\", every = \"instant\" }\n",
    );
    let body = std::fs::read(samples.join("tropical-cyclone/hato_2017_reference_track.csv")).unwrap();
    let decoded = decode(&settings, &body, None, None).unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (17 * 4, 0));
    assert!(decoded.readings.iter().all(|reading| reading.start == reading.end));
    let strongest = decoded.readings.iter().filter(|reading| reading.variable == Variable::StormWind);
    let strongest = strongest.max_by_key(|reading| reading.value).unwrap();
    assert_eq!(strongest.value, Some(Fixed::parse("90").unwrap()));
    assert_eq!(strongest.start.format("%F %R").to_string(), "2017-08-23 00:00");
    let lowest = decoded.readings.iter().filter(|reading| reading.variable == Variable::StormPressure);
    let lowest = lowest.filter_map(|reading| reading.value).min().unwrap();
    assert_eq!(Exact::from(lowest), Exact::from(95_600));
    println!("ran 1 case");
}
