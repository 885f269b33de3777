//! Files that the settings describe.

use fairgauge::feed::{Raw, decode};
use fairgauge::quantity::{Exact, Fixed, Variable};

use super::support::{facts, feed, samples};

#[test]
fn a_turbine_export_is_read_by_its_description() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let file = "scada-files/greenbyte_turbine_penmanshiel_01_cut.csv";
    let facts = facts(&samples);
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
        let decoded = decode(&settings, &Raw { bytes: &body, name: "", asked: None, now: None }).unwrap();
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
    let decoded = decode(&settings, &Raw { bytes: &body, name: "", asked: None, now: None }).unwrap();
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
