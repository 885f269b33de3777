//! Tracks of storms.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::Variable;

use super::support::{feed, samples, sum, told};

/// Every recorded file, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    ("tropical-cyclone/ibtracs_v03r10_1970143N19091.csv", IBTRACS),
    ("tropical-cyclone/cma_bst_documented_rows.txt", CMA),
    ("tropical-cyclone/atcf_bal092012_isaac.dat", ATCF),
    ("tropical-cyclone/hato_2017_reference_track.csv", HATO),
];

const IBTRACS: &str = r#"
    kind = "ibtracs"
    vintage = "as told"
    ibtracs = { version = "v3", spurs = "pass over", interpolated = "use" }
    columns.Latitude_for_mapping = { variable = "storm_latitude", unit = "deg" }
    columns.Longitude_for_mapping = { variable = "storm_longitude", unit = "deg" }
    columns."Wind(WMO)" = { variable = "storm_wind", unit = "kt" }
    columns."Pres(WMO)" = { variable = "storm_pressure", unit = "mbar" }
"#;
const CMA: &str = r#"
    kind = "cma-best-track"
    vintage = "as told"
    cma_best_track = { second_centres = "use" }
    columns.LAT = { variable = "storm_latitude", unit = "deg" }
    columns.LONG = { variable = "storm_longitude", unit = "deg" }
    columns.WND = { variable = "storm_wind", unit = "m/s" }
    columns.PRES = { variable = "storm_pressure", unit = "hPa" }
"#;
const ATCF: &str = r#"
    kind = "atcf"
    vintage = "provisional"
    atcf = {}
    columns.LAT = { variable = "storm_latitude", unit = "deg" }
    columns.LON = { variable = "storm_longitude", unit = "deg" }
    columns.VMAX = { variable = "storm_wind", unit = "kt" }
    columns.MSLP = { variable = "storm_pressure", unit = "mbar" }
"#;
const HATO: &str = r#"
    kind = "csv"
    columns.lat_ib = { variable = "storm_latitude", unit = "deg" }
    columns.lon_ib = { variable = "storm_longitude", unit = "deg" }
    columns.wind_speed_ib = { variable = "storm_wind", unit = "kt" }
    columns.msl_ib = { variable = "storm_pressure", unit = "Pa" }
    [feed.it.csv]
    delimiter = ","
    decimal = "."
    missing = [""]
    station = { is = "hato" }
    time = { column = ["year", "month", "day", "hour"], format = "%Y %m %d %H", zone = "UTC", every = "instant" }
"#;

#[test]
fn every_file_is_read() {
    told("tropical_cyclone", FILES);
}

/// The rows of the file by another way: the first of each instant.
#[test]
fn a_recorded_b_deck_has_one_fix_for_each_instant() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let body = std::fs::read_to_string(samples.join("tropical-cyclone/atcf_bal092012_isaac.dat")).unwrap();
    let decoded = decode(&feed(ATCF), &Raw { bytes: body.as_bytes(), name: "", asked: None, now: None }).unwrap();
    let mut rows: Vec<Vec<&str>> = body.lines().map(|line| line.split(',').map(str::trim).collect()).collect();
    rows.dedup_by_key(|row| (row[2], row[3]));
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (rows.len() * 4, 0));
    let mut ran = 0;
    for (row, fix) in rows.iter().zip(decoded.readings.chunks(4)) {
        assert_eq!(fix[0].start.format("%Y%m%d%H").to_string(), row[2]);
        let value = |index: usize| fix[index].value.unwrap().to_string().parse::<f64>().unwrap();
        let tenths = |text: &str| text[..text.len() - 1].parse::<f64>().unwrap() / 10.0;
        assert_eq!((value(0), value(1)), (tenths(row[6]), -tenths(row[7])));
        assert_eq!((value(2), value(3)), (row[8].parse().unwrap(), row[9].parse().unwrap()));
        ran += 1;
    }
    let strongest = decoded.readings.iter().filter(|reading| reading.variable == Variable::StormWind);
    assert_eq!(strongest.filter_map(|reading| reading.value).max().unwrap().to_string(), "70");
    assert!(sum(&decoded, Variable::StormLongitude) < fairgauge::quantity::Fixed::ZERO, "it is in the west");
    println!("ran {ran} cases");
}
