//! METAR texts that IEM keeps beside what it decoded of them: read as plain text they say the same.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use fairgauge::feed::{Decoded, Raw, decode};
use fairgauge::quantity::{Fixed, Variable};

use super::support::{feed, samples, sum};

const TEXT: &str = r#"
    kind = "metar"
    metar = { form = "text", reports = "routine and special" }
    columns.temp = { variable = "air_temperature", unit = "degC" }
    columns.dewp = { variable = "dew_point", unit = "degC" }
    columns.wspd = { variable = "wind_speed", unit = "kt" }
    columns.wgst = { variable = "wind_gust", unit = "kt" }
    columns.slp = { variable = "air_pressure", unit = "hPa" }
    station.STATION = {}
"#;

/// The rows of a recorded answer by the names of its columns.
fn rows(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
    let names: Vec<_> = lines.next().unwrap().collect();
    lines.map(|line| names.iter().copied().zip(line).collect()).collect()
}

fn at(row: &BTreeMap<&str, &str>) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(row["valid"], "%Y-%m-%d %H:%M").unwrap().and_utc()
}

/// The reports of the rows, each with its time before it.
fn read(rows: &[BTreeMap<&str, &str>], station: &str) -> Decoded {
    let lines = rows.iter().map(|row| format!("{} {}\n", at(row).format("%Y%m%d%H%M"), row["metar"]));
    let text: String = lines.collect();
    let feed = feed(&TEXT.replace("STATION", station));
    decode(&feed, &Raw { bytes: text.as_bytes(), name: "reports.txt", asked: None, now: None }).unwrap()
}

fn recorded(file: &str) -> Option<String> {
    Some(std::fs::read_to_string(samples()?.join("station-hourly").join(file)).unwrap())
}

#[test]
fn hyderabad_says_in_text_what_was_decoded_of_it() {
    let Some(text) = recorded("iem_asos_35_days.tsv") else { return println!("ran 0 cases") };
    let rows = rows(&text);
    assert_eq!(rows.len(), 414);
    let decoded = read(&rows, "VOHY");
    let told: BTreeMap<_, _> =
        decoded.readings.iter().map(|reading| ((reading.variable, reading.start), reading.value)).collect();
    let (mut ran, mut more) = (0, 0);
    for row in &rows {
        for (variable, name) in [
            (Variable::AirTemperature, "tmpf"),
            (Variable::DewPoint, "dwpf"),
            (Variable::WindSpeed, "sknt"),
            (Variable::WindGust, "gust"),
            (Variable::AirPressure, "mslp"),
        ] {
            let theirs = Some(row[name]).filter(|text| *text != "M").map(|text| Fixed::parse(text).unwrap().micros());
            let in_their_unit = |value: Fixed| match name {
                "tmpf" | "dwpf" => value.micros() * 9 / 5 + 32 * Fixed::MICROS,
                _ => value.micros(),
            };
            let ours = told[&(variable, at(row))].map(in_their_unit);
            let report = row["metar"];
            // They do not read what stands behind a cloud with a space in it, and take a wind without a unit.
            let has_space = report.contains("FEW 020") || report.contains("SCT 020");
            let has_no_unit = !report.split(' ').nth(2).unwrap().ends_with("KT");
            match (has_space && name.ends_with('f'), has_no_unit && name == "sknt") {
                (true, _) => {
                    assert!(ours.is_some() && theirs.is_none(), "{name} {report}");
                    more += 1;
                }
                (false, true) => assert!(ours.is_none() && theirs.is_some(), "{name} {report}"),
                (false, false) => assert_eq!(ours, theirs, "{name} {report}"),
            }
            ran += 1;
        }
    }
    assert_eq!((ran, more, decoded.refused.len()), (2_070, 8, 0));
    println!("ran {ran} cases");
}

/// The numbers are sums of the groups T, SLP and wind of the texts, taken by another program.
#[test]
fn american_reports_have_tenths_and_pressure_in_their_remarks() {
    let mut ran = 0;
    for (file, count, sums) in [
        ("iem_asos_routine_one_day.tsv", 24, ["51.6", "-128.7", "177", "24630.3"]),
        ("iem_asos_specials_only.tsv", 6, ["28.8", "6.7", "51", "0"]),
    ] {
        let Some(text) = recorded(file) else { return println!("ran 0 cases") };
        let decoded = read(&rows(&text), "KCVG");
        assert_eq!((decoded.readings.len(), decoded.refused.len()), (5 * count, 0), "{file}");
        let variables = [Variable::AirTemperature, Variable::DewPoint, Variable::WindSpeed, Variable::AirPressure];
        for (variable, wanted) in variables.into_iter().zip(sums) {
            assert_eq!(sum(&decoded, variable), Fixed::parse(wanted).unwrap(), "{file} {variable}");
            ran += 1;
        }
    }
    println!("ran {ran} cases");
}
