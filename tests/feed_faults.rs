//! What feeds are known to do wrong (faults F1 to F23 of the catalogue in docs/faults.md), and what becomes of it.
//! Each case is a test of its own whose name begins with the fault.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/feeds.rs"]
mod feeds;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use fairgauge::feed::{Ask, DecodeError, Decoded, PollError, Raw, Station, decode};
use fairgauge::observation::quality::{Flag, judge};
use fairgauge::observation::{Knowledge, Learned, Reading};
use fairgauge::quantity::Variable;
use fault_server::{FaultServer, Reply};
use feeds::{asked, at, feed, settings};

/// A test for each name.
macro_rules! faults {
    ($($name:ident $body:block)*) => { $(#[test] fn $name() $body)* };
}

const CSV: &str = r#"
kind = "csv"
file = "f.csv"
poll = "1 h"
delay = "0 h"
vintage = "provisional"
columns = { rain = { variable = "precipitation", unit = "mm" }, temp = { variable = "air_temperature", unit = "degC" } }
[feed.it.csv]
delimiter = ","
decimal = "."
missing = ["", "-9999", "NaN"]
station = { is = "here" }
time = { column = "time", format = "%Y-%m-%d %H:%M", zone = "UTC", stamp = "begin", every = "1 h" }
"#;

const JSON: &str = r#"
kind = "open-meteo"
url = "https://archive-api.open-meteo.com/v1/archive"
poll = "6 h"
delay = "0 h"
vintage = "provisional"
open_meteo = { model = "era5", block = "hourly" }
columns = { precipitation = { variable = "precipitation", unit = "mm" }, temperature_2m = { variable = "air_temperature", unit = "degC" } }
station.here = { latitude = "30.87 deg", longitude = "121.93 deg" }
"#;

const ANSWER: &str = r#"{"latitude":31.0,"longitude":122.0,"utc_offset_seconds":0,
"hourly_units":{"time":"iso8601","precipitation":"mm","temperature_2m":"°C"},
"hourly":{"time":["2026-06-01T00:00","2026-06-01T01:00"],"precipitation":[0.5,0.0],"temperature_2m":[20.0,21.5]}}"#;

fn read(settings: &str, bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let feed = feed(settings);
    let asked = feed.stations.first();
    decode(&feed, &Raw { bytes, name: "f", asked, now: Some(at("2030-01-01 00:00")) })
}

/// One row of the file behind its header.
fn row(row: &str) -> Decoded {
    read(CSV, format!("time,rain,temp\n{row}\n").as_bytes()).unwrap()
}

/// The answer with one part replaced.
fn answer(from: &str, to: &str) -> Result<Decoded, DecodeError> {
    assert!(ANSWER.contains(from), "{from}");
    read(JSON, ANSWER.replacen(from, to, 1).as_bytes())
}

/// The values of a variable; `.` where the source says that it has none.
fn values(decoded: &Decoded, variable: Variable) -> Vec<String> {
    let of = decoded.readings.iter().filter(|reading| reading.variable == variable);
    of.map(|reading| reading.value.map_or(".".to_owned(), |value| value.to_string())).collect()
}

fn rain(decoded: &Decoded) -> String {
    values(decoded, Variable::Precipitation).join(" ")
}

/// A value of the row is refused for that reason, and the other one of the row is taken.
fn refused(text: &str, reason: &str) {
    let decoded = row(text);
    assert_eq!(decoded.readings.len(), 1, "{text}: {decoded:?}");
    assert!(decoded.refused.len() == 1 && decoded.refused[0].reason.contains(reason), "{text}: {:?}", decoded.refused);
}

/// Readings of a series an hour each from midnight on, as they are told by a feed of columns like these.
fn hours(variable: Variable, unit: &str, values: &str) -> Vec<Reading> {
    let start = at("2026-06-01 00:00");
    let each = values.split_whitespace().zip(0..);
    each.map(|(value, hour)| Reading {
        station: "here".into(),
        variable,
        start: start + TimeDelta::hours(hour),
        end: start + TimeDelta::hours(hour + 1),
        value: (value != ".").then(|| fairgauge::quantity::Fixed::parse(value).unwrap()),
        unit: fairgauge::quantity::Unit::from_symbol(unit).unwrap(),
        vintage: fairgauge::observation::Vintage::Provisional,
    })
    .collect()
}

fn known(readings: &[Reading]) -> Knowledge {
    let mut known = Knowledge::new();
    for reading in readings {
        known.learn(&"it".into(), reading, at("2026-06-02 00:00"), 1);
    }
    known
}

/// The flags of an answer's temperatures under settings that say more of the column.
fn flags(more: &str, before: &[Reading], now: Vec<Reading>) -> Vec<Flag> {
    let text = CSV.replace("unit = \"degC\"", &format!("unit = \"degC\"{more}"));
    let rules = feed(&text).quality;
    let feed: Arc<str> = "it".into();
    let judged = judge(&rules, &feed, now, &known(before), at("2026-06-03 00:00"));
    judged.flagged.into_iter().map(|flagged| flagged.flag).collect()
}

const T: Variable = Variable::AirTemperature;

faults! {
    f01_not_a_number_that_is_not_declared_as_missing { refused("2026-06-01 00:00,nan,20", "is not a decimal number"); }
    f01_infinity { refused("2026-06-01 00:00,Infinity,20", "is not a decimal number"); }
    f01_an_exponent_beyond_all_numbers { refused("2026-06-01 00:00,1e400,20", "is not a decimal number"); }
    f01_a_decimal_comma { refused("2026-06-01 00:00,\"1,5\",20", "is not a decimal number"); }
    f01_minus_zero_is_zero { assert_eq!(rain(&row("2026-06-01 00:00,-0,20")), "0"); }
    f01_a_number_with_a_blank_in_json { assert!(answer("0.5", "\" 12\"").is_err()); }

    f02_a_mark_that_is_declared { assert_eq!(rain(&row("2026-06-01 00:00,-9999,20")), "."); }
    f02_a_mark_that_is_not_is_refused_below_zero { refused("2026-06-01 00:00,-999,20", "never below zero"); }
    f02_a_mark_that_is_not_is_beyond_the_earth {
        assert_eq!(flags("", &[], hours(T, "degC", "999.9 20")), [Flag::Limit]);
    }
    f02_the_fill_value_of_netcdf { refused("2026-06-01 00:00,9.96921e36,20", "`rain`"); }

    f03_null_is_missing_and_zero_is_not { assert_eq!(rain(&answer("0.5", "null").unwrap()), ". 0"); }
    f03_an_empty_field_is_missing { assert_eq!(rain(&row("2026-06-01 00:00,,20")), "."); }
    f03_a_column_that_is_absent_refuses_the_answer {
        let error = read(CSV, b"time,temp\n2026-06-01 00:00,20\n").unwrap_err();
        assert!(matches!(error, DecodeError::MissingColumn { .. }), "{error}");
    }
    f03_an_empty_array_is_nothing {
        let empty = ANSWER.replace("[\"2026-06-01T00:00\",\"2026-06-01T01:00\"]", "[]").replace("[0.5,0.0]", "[]").replace("[20.0,21.5]", "[]");
        assert_eq!(read(JSON, empty.as_bytes()).unwrap(), Decoded::default());
    }
    f03_an_array_shorter_than_its_times_refuses_the_answer { assert!(answer("[0.5,0.0]", "[0.5]").is_err()); }

    f04_another_unit_than_the_settings_say {
        let error = answer("\"precipitation\":\"mm\"", "\"precipitation\":\"inch\"").unwrap_err();
        assert!(matches!(error, DecodeError::Unit { .. }), "{error}");
    }
    f04_kelvin_where_celsius_was { assert_eq!(flags("", &[], hours(T, "degC", "293.15 293.2")), [Flag::Limit; 2]); }
    f04_fahrenheit_where_celsius_was {
        let before = hours(T, "degC", "10 11 12 11 10 9");
        assert_eq!(flags("", &before, hours(T, "degC", "50 51.8 53.6 51.8 50 48.2")), [Flag::Scale; 6]);
    }
    f04_a_unit_of_another_dimension_in_the_settings {
        assert!(settings(&CSV.replace("\"degC\"", "\"mm\"")).unwrap_err().contains("air_temperature is not measured in mm"));
    }

    f05_tenths {
        let before = hours(T, "degC", "10 11 12 11 10 9");
        assert_eq!(flags("", &before, hours(T, "degC", "1 1.1 1.2 1.1 1 0.9")), [Flag::Scale; 6]);
    }
    f05_thousands { assert_eq!(flags("", &[], hours(T, "degC", "20000 21000")), [Flag::Limit; 2]); }
    f05_an_exponent_lost_is_far_from_the_settings_own_limits {
        assert_eq!(flags(", least = \"-5 degC\", most = \"45 degC\"", &[], hours(T, "degC", "20 -12 21")), [Flag::Limit]);
    }

    f06_the_same_row_twice_is_one {
        let twice = hours(T, "degC", "20");
        let mut known = known(&twice);
        assert_eq!(known.learn(&"it".into(), &twice[0], at("2026-06-05 00:00"), 2), Learned::Nothing);
    }
    f06_the_same_row_twice_in_one_file { assert_eq!(rain(&row("2026-06-01 00:00,1,20\n2026-06-01 00:00,1,20")), "1 1"); }
    f06_missing_again_is_nothing_new {
        let none = hours(T, "degC", ".");
        assert_eq!(Knowledge::new().learn(&"it".into(), &none[0], at("2026-06-05 00:00"), 2), Learned::Nothing);
    }

    f08_rows_in_any_order_are_the_same_readings {
        let forth = row("2026-06-01 00:00,1,20\n2026-06-01 01:00,2,21\n2026-06-01 02:00,3,22");
        let back = row("2026-06-01 02:00,3,22\n2026-06-01 00:00,1,20\n2026-06-01 01:00,2,21");
        let sorted = |decoded: &Decoded| {
            let mut readings = decoded.readings.clone();
            readings.sort_by_key(|reading| (reading.start, reading.variable));
            readings
        };
        assert_eq!(sorted(&forth), sorted(&back));
    }
    f08_what_was_filled_in_later_was_not_known_before {
        let readings = hours(T, "degC", "20 21 22");
        let mut known = Knowledge::new();
        for (reading, day) in readings.iter().zip([2, 9, 2]) {
            known.learn(&"it".into(), reading, at(&format!("2026-06-0{day} 00:00")), 1);
        }
        let (key, series) = known.of_feed("it").next().unwrap();
        assert_eq!(key.variable, T);
        let on = |as_of: &str| series.known(readings[0].start.timestamp(), readings[2].end.timestamp(), at(as_of)).len();
        assert_eq!((on("2026-06-02 00:00"), on("2026-06-09 00:00")), (2, 3));
    }
    f08_the_order_of_an_answer_changes_no_verdict {
        let rows = hours(T, "degC", "10 11 40 12 11");
        let mut back = rows.clone();
        back.reverse();
        let step = ", step = \"8 degC\"";
        assert_eq!(flags(step, &[], rows), flags(step, &[], back));
    }

    f09_a_row_that_has_not_ended_is_a_forecast {
        let text = b"time,rain,temp\n2029-12-31 23:02,1,20\n";
        let decoded = read(CSV, text).unwrap();
        assert!(decoded.readings.is_empty() && decoded.refused[0].reason.contains("a forecast is no reading"));
    }
    f09_a_minute_is_a_clock_that_goes_ahead {
        assert_eq!(read(CSV, b"time,rain,temp\n2029-12-31 23:01,1,20\n").unwrap().readings.len(), 2);
    }
    f09_rows_filled_up_to_the_end_of_the_day_are_nothing {
        let decoded = read(CSV, b"time,rain,temp\n2030-01-01 05:00,,\n").unwrap();
        assert_eq!(decoded, Decoded::default());
    }

    f11_a_stamp_that_begins_its_hour { assert_eq!(row("2026-06-01 10:00,1,20").readings[0].end, at("2026-06-01 11:00")); }
    f11_a_stamp_that_ends_its_hour {
        let decoded = read(&CSV.replace("\"begin\"", "\"end\""), b"time,rain,temp\n2026-06-01 10:00,1,20\n").unwrap();
        assert_eq!((decoded.readings[0].start, decoded.readings[0].end), (at("2026-06-01 09:00"), at("2026-06-01 10:00")));
    }
    f11_a_stamp_of_which_nobody_says_what_it_is {
        assert!(settings(&CSV.replace("stamp = \"begin\", ", "")).unwrap_err().contains("`stamp` is missing"));
    }

    f12_a_counter_that_goes_on {
        assert_eq!(counted("10\n12.5\n12.5"), ("2.5 0".to_owned(), 0));
    }
    f12_a_counter_that_was_reset_is_missing_there { assert_eq!(counted("10\n4\n5"), ("1".to_owned(), 1)); }
    f12_a_counter_with_a_hole_says_nothing_of_it { assert_eq!(counted("10\n\n13\n14"), (". . 1".to_owned(), 0)); }

    f13_a_local_time_without_its_zone {
        assert!(settings(&CSV.replace("zone = \"UTC\", ", "")).unwrap_err().contains("`zone` is missing"));
    }
    f13_the_hour_that_is_there_twice { berlin("2026-10-25 02:30", 0, "twice"); }
    f13_the_hour_that_is_not_there { berlin("2026-03-29 02:30", 0, "does not exist"); }
    f13_the_hours_beside_them { berlin("2026-10-25 03:00", 2, ""); }

    f14_the_answer_is_of_another_cell {
        let error = answer("\"latitude\":31.0", "\"latitude\":32.1").unwrap_err();
        assert!(matches!(error, DecodeError::OtherPlace { .. }), "{error}");
    }
    f14_the_answer_is_of_the_other_side_of_the_earth { assert!(answer("\"longitude\":122.0", "\"longitude\":-122.0").is_err()); }
    f14_the_row_is_of_another_station_than_was_asked {
        let text = CSV.replace("station = { is = \"here\" }", "station = { column = \"station\" }");
        let feed = feed(&text);
        let here = Station { name: "here".into(), position: None };
        let bytes = b"station,time,rain,temp\nthere,2026-06-01 00:00,1,20\n";
        let decoded = decode(&feed, &Raw { bytes, name: "f", asked: Some(&here), now: None }).unwrap();
        assert!(decoded.readings.is_empty() && decoded.refused[0].reason.contains("not the station that was asked for"));
    }

    f15_a_spike_of_some_degrees {
        assert_eq!(flags(", step = \"3 degC\"", &[], hours(T, "degC", "18 18.5 22.5 18.7 18.6")), [Flag::Spike]);
    }
    f15_a_spike_at_the_end_waits_for_what_comes_after {
        let before = hours(T, "degC", "18 18.5");
        assert_eq!(flags(", step = \"3 degC\"", &before, hours(T, "degC", "18 18.5 22.5").split_off(2)), [Flag::Step]);
        assert_eq!(flags(", step = \"3 degC\"", &before, hours(T, "degC", "18 18.5 22.5 22").split_off(2)), []);
    }
    f15_a_sensor_that_stands_still {
        assert_eq!(flags(", stuck = \"3 h\"", &[], hours(T, "degC", "18 18 18 18 18")), [Flag::Stuck; 2]);
    }

    f19_a_renamed_key { assert!(matches!(answer("\"temperature_2m\":[", "\"temperature2m\":["), Err(DecodeError::MissingColumn { .. }))); }
    f19_a_text_where_a_number_was { assert!(matches!(answer("0.5", "\"0.5\""), Err(DecodeError::Schema { .. }))); }
    f19_one_level_deeper { assert!(answer("[0.5,0.0]", "{\"values\":[0.5,0.0]}").is_err()); }
    f19_a_renamed_column_says_what_it_may_be_called_now {
        let error = read(CSV, b"time,rain_mm,temp\n2026-06-01 00:00,1,20\n").unwrap_err().to_string();
        assert!(error.contains("`rain`"), "{error}");
    }

    f20_bytes_that_are_no_text { assert_eq!(read(CSV, b"time,rain,temp\n\xff\n"), Err(DecodeError::NotUtf8 { line: 2 })); }
    f20_a_name_that_is_there_twice { assert!(answer("\"longitude\"", "\"latitude\"").is_err()); }
    f20_a_hundred_thousand_levels {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(JSON, deep.as_bytes()).is_err());
        assert!(answer("{\"latitude\"", &format!("{{\"more\":{deep},\"latitude\"")).is_ok(), "what is not wanted is passed over");
    }
    f20_a_byte_order_mark_is_no_letter { assert_eq!(read(CSV, "\u{feff}time,rain,temp\n2026-06-01 00:00,1,20\n".as_bytes()).unwrap().readings.len(), 2); }
}

/// A register of kWh on end by hours: what was added, and how many were refused.
fn counted(states: &str) -> (String, usize) {
    let text = CSV
        .replace(
            "rain = { variable = \"precipitation\", unit = \"mm\" }",
            "total = { variable = \"energy\", unit = \"kWh\", counter = {} }",
        )
        .replace(", temp = { variable = \"air_temperature\", unit = \"degC\" }", "")
        .replace("\"begin\"", "\"end\"");
    let rows = states.lines().zip(1..).map(|(state, hour)| format!("2026-06-01 {hour:02}:00,{state}\n"));
    let decoded = read(&text, format!("time,total\n{}", rows.collect::<String>()).as_bytes()).unwrap();
    (values(&decoded, Variable::Energy).join(" "), decoded.refused.len())
}

/// A row at a time of Berlin: how many readings it has, and why it has none.
fn berlin(time: &str, readings: usize, reason: &str) {
    let text = CSV.replace("zone = \"UTC\"", "zone = \"Europe/Berlin\"");
    let decoded = read(&text, format!("time,rain,temp\n{time},1,20\n").as_bytes()).unwrap();
    assert_eq!(decoded.readings.len(), readings, "{time}");
    let said = decoded.refused.first().map_or("", |refused| refused.reason.as_str());
    assert!(said.contains(reason) && said.is_empty() == reason.is_empty(), "{time}: {said}");
}

/// Asks a server that wants a key, with what is in the file of the key; gives the error, and the key that came.
fn with_key(file: Option<&str>, status: u16) -> (Option<PollError>, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    if let Some(text) = file {
        std::fs::write(&key, text).unwrap();
    }
    let server = FaultServer::start(move |_| match status {
        200 => Reply::csv("time,rain,temp\n2026-06-01 00:00,1,20\n"),
        status => Reply::status(status),
    });
    let (url, key) = (server.url("/f.csv"), key.display().to_string());
    let text = CSV
        .replace("file = \"f.csv\"", &format!("url = \"{url}\"\nkey = {{ file = \"{key}\", header = \"X-Api-Key\" }}"));
    let known_until = BTreeMap::new();
    let ask = Ask { now: at("2026-06-02 00:00"), known_until: &known_until, from: at("2026-06-01 00:00") };
    let mut feed = asked(feed(&text));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(feed.poll(ask)).err();
    let came = server.requests().first().and_then(|request| request.header("x-api-key").map(str::to_owned));
    (error, came)
}

faults! {
    f21_a_key_that_is_not_there { assert_eq!(with_key(None, 200).0.unwrap().class(), "key"); }
    f21_a_key_that_is_empty { assert_eq!(with_key(Some(" \n"), 200).0.unwrap().class(), "key"); }
    f21_a_key_that_is_good { assert_eq!(with_key(Some("very-secret\n"), 200), (None, Some("very-secret".to_owned()))); }
    f21_a_key_that_ran_out {
        let (error, came) = with_key(Some("very-secret"), 401);
        let shown = error.unwrap().to_string();
        assert!(shown.contains("check the key") && !shown.contains("very-secret"), "{shown}");
        assert_eq!(came.as_deref(), Some("very-secret"));
    }
}
