//! Bytes into readings, beside the same bytes into typed rows of floats that nobody checks.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use fairgauge::feed::{Raw, decode};
use serde::Deserialize;

use crate::feeds::feed;

const HOURS: usize = 24 * 365;
const TURNS: usize = 9;

/// A year of hours of three variables, as Open-Meteo writes it.
fn json() -> String {
    let time = |hour: usize| {
        let at = chrono::DateTime::from_timestamp(1_735_689_600 + 3_600 * i64::try_from(hour).expect("few"), 0)
            .expect("a time");
        at.format("\"%Y-%m-%dT%H:%M\"").to_string()
    };
    let list = |value: &dyn Fn(usize) -> String| (0..HOURS).map(value).collect::<Vec<_>>().join(",");
    format!(
        "{{\"latitude\":31.0,\"longitude\":122.0,\"utc_offset_seconds\":0,\"hourly_units\":{{\"time\":\"iso8601\",\"precipitation\":\"mm\",\
         \"temperature_2m\":\"°C\",\"wind_speed_10m\":\"m/s\"}},\"hourly\":{{\"time\":[{}],\"precipitation\":[{}],\"temperature_2m\":[{}],\
         \"wind_speed_10m\":[{}]}}}}",
        list(&time),
        list(&|hour| format!("{}.{}", hour % 3, hour % 10)),
        list(&|hour| format!("{}.{}", hour % 35, hour % 10)),
        list(&|hour| format!("{}.{:02}", hour % 20, hour % 100)),
    )
}

/// The same as lines of ten minutes, as SCADA writes them.
fn csv() -> String {
    let mut text = "time,power,wind\n".to_owned();
    for row in 0..HOURS * 6 {
        let at = chrono::DateTime::from_timestamp(1_735_689_600 + 600 * i64::try_from(row).expect("few"), 0)
            .expect("a time");
        let (power, wind, tenth) = (row % 2_000, row % 20, row % 10);
        writeln!(text, "{},{power}.{tenth},{wind}.{tenth}", at.format("%Y-%m-%d %H:%M:%S"))
            .expect("a String takes all");
    }
    text
}

#[derive(Deserialize)]
struct Answer {
    hourly: Hourly,
}

#[derive(Deserialize)]
struct Hourly {
    time: Vec<String>,
    precipitation: Vec<Option<f64>>,
    temperature_2m: Vec<Option<f64>>,
    wind_speed_10m: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Row {
    time: String,
    power: Option<f64>,
    wind: Option<f64>,
}

/// The best time of several, in seconds.
fn best(mut run: impl FnMut() -> usize) -> f64 {
    let turn = |_| {
        let begun = Instant::now();
        black_box(run());
        begun.elapsed().as_secs_f64()
    };
    (0..TURNS).map(turn).fold(f64::INFINITY, f64::min)
}

fn report(what: &str, bytes: usize, ours: f64, plain: f64) {
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{{\"task\":\"decode {what}\",\"mb\":{megabytes:.2},\"mb_per_s\":{:.0},\"plain_mb_per_s\":{:.0},\"times_plain\":{:.2}}}",
        megabytes / ours,
        megabytes / plain,
        ours / plain
    );
}

pub fn measure() {
    let text = json();
    let settings = feed(
        "kind = \"open-meteo\"\nurl = \"https://archive-api.open-meteo.com/v1/archive\"\npoll = \"6 h\"\ndelay = \"0 h\"\nvintage = \"final\"\n\
         open_meteo = { model = \"era5\", block = \"hourly\" }\n\
         columns = { precipitation = { variable = \"precipitation\", unit = \"mm\" }, temperature_2m = { variable = \"air_temperature\", unit = \"degC\" }, wind_speed_10m = { variable = \"wind_speed\", unit = \"m/s\" } }\n\
         station.here = { latitude = \"30.87 deg\", longitude = \"121.93 deg\" }\n",
    );
    let ours = best(|| {
        let raw = Raw { bytes: text.as_bytes(), name: "", asked: settings.stations.first(), now: None };
        let decoded = decode(&settings, &raw).expect("good");
        assert_eq!((decoded.readings.len(), decoded.refused.len()), (3 * HOURS, 0));
        decoded.readings.len()
    });
    let plain = best(|| {
        let Hourly { time, precipitation, temperature_2m, wind_speed_10m } =
            serde_json::from_str::<Answer>(&text).expect("good").hourly;
        time.len() + precipitation.len() + temperature_2m.len() + wind_speed_10m.len()
    });
    report("Open-Meteo's JSON", text.len(), ours, plain);

    let text = csv();
    let settings = feed(
        "kind = \"csv\"\nfile = \"f\"\npoll = \"6 h\"\ndelay = \"0 h\"\nvintage = \"final\"\n\
         columns = { power = { variable = \"power\", unit = \"kW\" }, wind = { variable = \"wind_speed\", unit = \"m/s\" } }\n\
         [feed.it.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\nstation = { is = \"park\" }\n\
         time = { column = \"time\", format = \"%Y-%m-%d %H:%M:%S\", zone = \"UTC\", stamp = \"begin\", every = \"10 min\" }\n",
    );
    let ours = best(|| {
        let decoded =
            decode(&settings, &Raw { bytes: text.as_bytes(), name: "", asked: None, now: None }).expect("good");
        assert_eq!((decoded.readings.len(), decoded.refused.len()), (2 * 6 * HOURS, 0));
        decoded.readings.len()
    });
    let plain = best(|| {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<Row> = reader.deserialize().map(|row| row.expect("good")).collect();
        rows.iter().map(|row| row.time.len() + usize::from(row.power.is_some()) + usize::from(row.wind.is_some())).sum()
    });
    report("CSV", text.len(), ours, plain);
}
