use super::super::trial::{instead, read, read_at, refused, requests, survives, told, urls, wrong_settings};
use super::*;
use crate::feed::settings::tests::feed;

const BODY: &str = include_str!("../../../../fixtures/feeds/jma/20260302_09.json");
const URL: &str = "https://www.jma.go.jp/bosai/amedas/data/point";
const TEN: &str = r#"
    kind = "jma"
    url = "https://www.jma.go.jp/bosai/amedas/data/point"
    poll = "1 h"
    delay = "20 min"
    vintage = "provisional"
    jma = { every = "10 min" }
    columns.precipitation10m = { variable = "precipitation", unit = "mm" }
    columns.temp = { variable = "air_temperature", unit = "degC" }
    columns.wind = { variable = "wind_speed", unit = "m/s" }
    station.44132 = {}
"#;
const HOURLY: &str = r#"
    kind = "jma"
    url = "https://www.jma.go.jp/bosai/amedas/data/point"
    poll = "1 h"
    delay = "20 min"
    vintage = { final_after = "30 d" }
    jma = { every = "1 h" }
    columns.precipitation1h = { variable = "precipitation", unit = "mm" }
    columns.sun1h = { variable = "sunshine", unit = "h" }
    columns.humidity = { variable = "relative_humidity", unit = "%" }
    station.44132 = {}
"#;

#[test]
fn stamps_are_of_japan_and_sums_end_with_them() {
    let decoded = read(TEN, BODY).unwrap();
    let expected = [
        "44132 precipitation 2026-03-01 23:50 2026-03-02 00:00 0 mm provisional",
        "44132 air_temperature 2026-03-02 00:00 00:10 8.4 degC provisional",
        "44132 wind_speed 2026-03-01 23:50 2026-03-02 00:00 2.6 m/s provisional",
        "44132 precipitation 2026-03-02 00:00 00:10 none mm provisional",
        "44132 wind_speed 2026-03-02 00:00 00:10 2.9 m/s provisional",
        "44132 precipitation 2026-03-02 00:10 00:20 0.5 mm provisional",
        "44132 air_temperature 2026-03-02 00:20 00:30 -0.3 degC provisional",
        "44132 wind_speed 2026-03-02 00:10 00:20 none m/s provisional",
        "44132 precipitation 2026-03-02 00:50 01:00 0 mm provisional",
        "44132 air_temperature 2026-03-02 01:00 01:10 9.6 degC provisional",
        "44132 wind_speed 2026-03-02 00:50 01:00 3.4 m/s provisional",
    ];
    assert_eq!(told(&decoded), expected, "[0, 6] is no zero, and what is not sent is missing");
    let doubt = "20260302091000.temp: `temp`: the flag 1 says that it is doubtful";
    assert_eq!(refused(&decoded), [doubt]);
    assert_eq!(feed(TEN).interval(), Interval::Fixed(600));
}

#[test]
fn hours_are_read_of_the_rows_of_full_hours_alone() {
    let decoded = read(HOURLY, BODY).unwrap();
    let expected = [
        "44132 precipitation 2026-03-01 23:00 2026-03-02 00:00 0.5 mm final",
        "44132 sunshine 2026-03-01 23:00 2026-03-02 00:00 0.8 h final",
        "44132 relative_humidity 2026-03-02 00:00 01:00 61 % final",
        "44132 precipitation 2026-03-02 00:00 01:00 1 mm final",
        "44132 sunshine 2026-03-02 00:00 01:00 0.6 h final",
        "44132 relative_humidity 2026-03-02 01:00 02:00 57 % final",
    ];
    assert_eq!(told(&decoded), expected, "the sums of an hour at 00:10 and 00:20 overlap with these");
    assert_eq!(feed(HOURLY).interval(), Interval::Fixed(3_600));
}

#[test]
fn the_flag_decides_and_not_the_number() {
    for (pair, value) in [
        ("[8.4,0]", Ok("8.4")),
        ("[null,0]", Ok("none")),
        ("[8.4,5]", Ok("none")),
        ("[null,6]", Ok("none")),
        ("[8.4,2]", Err("the flag 2 says that it is doubtful")),
        ("[8.4,null]", Err("there is no flag of quality")),
    ] {
        let decoded = read(TEN, BODY.replacen("[8.4,0]", pair, 1)).unwrap();
        let line = told(&decoded).into_iter().find(|line| line.contains("air_temperature 2026-03-02 00:00"));
        match value {
            Ok(value) => assert_eq!(line.unwrap().split(' ').nth(5), Some(value), "{pair}"),
            Err(reason) => {
                assert_eq!(line, None, "{pair}");
                assert_eq!(refused(&decoded)[0], format!("20260302090000.temp: `temp`: {reason}"));
            }
        }
    }
}

#[test]
fn what_is_not_as_asked_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    for (replace, by, is) in [
        (
            "\"observationNumber\":132",
            "\"observationNumber\":133",
            (|error| matches!(error, DecodeError::OtherPlace { .. })) as Is,
        ),
        ("\"prefNumber\":44,", "", schema),
        ("\"20260302091000\"", "\"20260302091500\"", schema),
        ("\"20260302091000\"", "\"2026030209\"", schema),
        ("\"20260302091000\"", "\"20260302090000\"", schema),
        ("[8.4,0]", "[8.4]", schema),
        ("[8.4,0]", "[\"8.4\",0]", schema),
        ("[8.4,0]", "[8.4,\"0\"]", schema),
        ("[8.4,0]", "8.4", schema),
        ("[8.4,0]", "[8.4,0],\"temp\":[8.5,0]", schema),
    ] {
        assert!(BODY.contains(replace), "{replace}");
        let error = read(TEN, BODY.replacen(replace, by, 1)).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
    assert_eq!(read(TEN, "{}"), Ok(Decoded::default()), "a block that has just begun");
    assert_eq!(read(TEN, "<!DOCTYPE html>"), Err(DecodeError::Html));
    assert!(matches!(read(TEN, "[]"), Err(DecodeError::Schema { .. })));
    let map = "{\"44132\":{\"temp\":[8.4,0]}}";
    assert!(read(TEN, map).is_err_and(|error| error.to_string().contains("`44132` is no time")), "the map of all");
}

#[test]
fn a_time_to_come_is_no_reading() {
    let decoded = read_at(TEN, BODY, "2026-03-02 00:30").unwrap();
    assert_eq!(decoded.readings.len(), 8);
    assert_eq!(
        refused(&decoded)[1],
        "20260302100000.precipitation10m: `precipitation10m` is after now: a forecast is no reading"
    );
}

#[test]
fn blocks_are_asked_by_the_clock_of_japan_and_none_that_is_long_gone() {
    assert_eq!(
        urls(TEN, "2026-03-01 14:59", "2026-03-01 18:00"),
        [
            format!("{URL}/44132/20260301_21.json"),
            format!("{URL}/44132/20260302_00.json"),
            format!("{URL}/44132/20260302_03.json"),
        ]
    );
    let all = urls(TEN, "2025-01-01 00:00", "2026-03-02 00:10");
    assert_eq!((all.len(), all[0].as_str()), (81, &*format!("{URL}/44132/20260220_09.json")), "ten days");
}

#[test]
fn a_block_that_is_not_there_is_an_error_unless_it_is_the_newest_or_old() {
    let feed = feed(TEN);
    let span = ("2026-02-20 00:00", "2026-03-02 00:10");
    let asked = requests(&feed, span.0, span.1);
    let of = |block: &str, status| {
        let request = asked.iter().find(|request| request.url.path().ends_with(&format!("{block}.json")));
        match instead(&feed, span, request.unwrap(), status, "") {
            Instead::Nothing => "nothing",
            Instead::DoWithout => "without",
            Instead::Fail => "fail",
            Instead::LogIn => "log in",
            Instead::Ask(_) => "ask",
        }
    };
    for (block, status, told) in [
        ("20260302_09", 404, "nothing"),
        ("20260302_09", 503, "fail"),
        ("20260302_06", 404, "fail"),
        ("20260223_12", 404, "fail"),
        ("20260223_09", 404, "without"),
        ("20260223_09", 503, "fail"),
        ("20260220_09", 404, "without"),
    ] {
        assert_eq!(of(block, status), told, "{block} {status}");
    }
}

#[test]
fn settings_want_what_is_of_an_interval() {
    wrong_settings(
        TEN,
        &[
            ("\"10 min\"", "\"30 min\"", "`30 min` is no every"),
            ("columns.temp", "columns.temperature", "JMA by ten minutes does not send `temperature`"),
            (
                "columns.precipitation10m",
                "columns.precipitation1h",
                "JMA by ten minutes does not send `precipitation1h`",
            ),
            ("columns.precipitation10m", "columns.precipitation24h", "its hours overlap"),
            (
                "columns.wind = { variable = \"wind_speed\"",
                "columns.gust = { variable = \"wind_gust\"",
                "`gust` of JMA by ten minutes is never read: it is the day's so far",
            ),
            ("\"m/s\"", "\"km/h\"", "sends `wind` in m/s, not in km/h"),
            ("44132", "Tokyo", "the station `Tokyo` is not the number of an AMeDAS station"),
            ("data/point", "data/{station}", "has no placeholders"),
            ("\"provisional\"", "\"as told\"", "as told"),
        ],
    );
    wrong_settings(HOURLY, &[("columns.sun1h", "columns.sun10m", "JMA by the hour does not send `sun10m`")]);
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(TEN, "20260302_09.json", BODY.as_bytes());
    survives(HOURLY, "20260302_09.json", BODY.as_bytes());
}
