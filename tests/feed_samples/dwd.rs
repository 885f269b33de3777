//! Files of Deutscher Wetterdienst.

use std::collections::BTreeMap;

use fairgauge::feed::{Origin, Raw, Reply, Role, Wanted, decode};
use fairgauge::quantity::Fixed;

use super::support::{feed, samples, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("brightsky/dwd_observations_current.csv", POI),
    ("brightsky/dwd_observations_recent_FF_akt.zip", HOURLY),
    ("brightsky/dwd_opendata_index.html", HOURLY),
];

const POI: &str = r#"
    kind = "dwd"
    vintage = "as told"
    dwd = { files = "poi" }
    station.01049 = {}
    [feed.it.columns]
    precipitation_amount_last_hour = { variable = "precipitation", unit = "mm" }
    global_radiation_last_hour = { variable = "irradiance", unit = "W/m2" }
    total_time_of_sunshine_during_last_hour = { variable = "sunshine", unit = "min" }
    maximum_wind_speed_last_hour = { variable = "wind_gust", unit = "km/h" }
    "mean_wind_speed_during last_10_min_at_10_meters_above_ground" = { variable = "wind_speed", unit = "km/h" }
    dry_bulb_temperature_at_2_meter_above_ground = { variable = "air_temperature", unit = "degC" }
    dew_point_temperature_at_2_meter_above_ground = { variable = "dew_point", unit = "degC" }
    pressure_reduced_to_mean_sea_level = { variable = "air_pressure", unit = "hPa" }
    relative_humidity = { variable = "relative_humidity", unit = "%" }
    total_snow_depth = { variable = "snow_depth", unit = "cm" }
"#;
const HOURLY: &str = r#"
    kind = "dwd"
    vintage = "as told"
    dwd = { files = "hourly" }
    columns.F = { variable = "wind_speed", unit = "m/s" }
    station.04911 = {}
"#;

#[test]
fn every_answer_is_read() {
    told("dwd", FILES);
}

/// No other program gave facts of these files: the columns are added up here once more, from their text.
#[test]
fn columns_of_poi_have_the_sums_of_their_text() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let text = std::fs::read_to_string(samples.join("brightsky/dwd_observations_current.csv")).unwrap();
    let settings = feed(POI);
    let decoded = decode(&settings, &Raw { bytes: text.as_bytes(), name: "", asked: None, now: None }).unwrap();
    assert_eq!(decoded.refused, []);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(';').collect()).collect();
    for column in &settings.columns {
        let index = lines[0].iter().position(|name| *name == column.name).unwrap();
        let values: Vec<_> = lines[3..].iter().map(|line| line[index]).collect();
        let micros = |text: &str| Fixed::parse(&text.replace(',', ".")).unwrap().micros();
        let given: BTreeMap<_, _> = values.iter().filter(|text| **text != "---").enumerate().collect();
        let wanted = (values.len(), given.len(), given.values().map(|text| micros(text)).sum::<i64>());
        let readings: Vec<_> = decoded.readings.iter().filter(|reading| reading.variable == column.variable).collect();
        let found: Vec<_> = readings.iter().filter_map(|reading| reading.value).collect();
        let sum = found.iter().map(|value| value.micros()).sum::<i64>();
        assert_eq!((readings.len(), found.len(), sum), wanted, "{}", column.name);
    }
    println!("ran {} cases", settings.columns.len());
}

#[test]
fn the_page_of_a_folder_leads_to_the_file_of_a_station() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let page = std::fs::read(samples.join("brightsky/dwd_opendata_index.html")).unwrap();
    let folder = "climate_environment/CDC/observations_germany/climate/hourly/wind/recent/";
    let cases = [("00011", Some("stundenwerte_FF_00011_akt.zip")), ("00012", None)];
    for (station, name) in cases {
        let settings = HOURLY.replace("04911", station);
        let feed = feed(&format!("url = \"https://opendata.dwd.de/{folder}\"\n{settings}"));
        let Origin::Url(url) = &feed.origin else { panic!("it is a server") };
        let [from, to] = ["2020-03-01T00:00:00Z", "2020-03-29T00:00:00Z"].map(|at| at.parse().unwrap());
        let wanted = Wanted { url, station: None, from, to, now: to, key: None, token: None };
        let request = feed.provider.requests(&feed, &wanted).remove(0);
        let reply = Reply { request: &request, bytes: &page, headers: &reqwest::header::HeaderMap::new() };
        let next = feed.provider.next(&feed, &wanted, &reply).ok();
        assert_eq!(next.is_some(), name.is_some());
        for (request, name) in next.into_iter().flatten().zip(name) {
            assert_eq!(request.url.as_str(), format!("https://opendata.dwd.de/{folder}{name}"));
            assert_eq!((request.role, &*request.station.unwrap().name), (Role::Data, station));
        }
    }
    println!("ran {} cases", cases.len());
}
