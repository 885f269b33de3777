use super::super::trial::{
    instead, poll, read, read_at, read_file, refused, requests, survives, told, urls, wrong_settings,
};
use super::*;
use crate::feed::http::fault_server::{Reply, gzip};
use crate::feed::settings::tests::feed;

const CSV: &str = include_str!("../../../../fixtures/feeds/meteostat/10637.csv");
const SETTINGS: &str = r#"
    kind = "meteostat"
    url = "https://data.meteostat.net/hourly"
    poll = "6 h"
    delay = "1 d"
    vintage = { final_after = "180 d" }
    meteostat = { sources = ["dwd_hourly", "dwd_poi"] }
    columns.temp = { variable = "air_temperature", unit = "degC" }
    columns.prcp = { variable = "precipitation", unit = "mm" }
    columns.wpgt = { variable = "wind_gust", unit = "km/h" }
    station.10637 = {}
"#;

#[test]
fn sums_and_gusts_are_of_the_hour_before_in_utc_and_only_listed_sources_count() {
    let decoded = read(SETTINGS, CSV).unwrap();
    let expected = [
        "10637 air_temperature 2026-03-02 09:00 10:00 6.4 degC final",
        "10637 precipitation 2026-03-02 08:00 09:00 0 mm final",
        "10637 wind_gust 2026-03-02 08:00 09:00 none km/h final",
        "10637 air_temperature 2026-03-02 10:00 11:00 7.1 degC final",
        "10637 precipitation 2026-03-02 09:00 10:00 1.3 mm final",
        "10637 wind_gust 2026-03-02 09:00 10:00 31.7 km/h final",
        "10637 precipitation 2026-03-02 10:00 11:00 none mm final",
        "10637 wind_gust 2026-03-02 10:00 11:00 none km/h final",
        "10637 wind_gust 2026-03-02 12:00 13:00 none km/h final",
    ];
    assert_eq!(told(&decoded), expected);
    let expected = [
        "line 5: `prcp`: 2 values from here on are no readings: they are of dwd_mosmix, a forecast",
        "line 5: `temp`: 2 values from here on are no readings: they are of dwd_mosmix, a forecast",
        "line 4: `temp`: 1 values from here on are no readings: they are of metar, which is not among the sources",
        "line 5: `wpgt`: 1 values from here on are no readings: they are of dwd_mosmix, a forecast",
    ];
    assert_eq!(refused(&decoded), expected);
    assert_eq!(feed(SETTINGS).interval(), Interval::Fixed(3_600));
    let all = SETTINGS.replace("\"dwd_poi\"", "\"dwd_poi\", \"metar\"");
    assert!(
        told(&read(&all, CSV).unwrap()).contains(&"10637 air_temperature 2026-03-02 11:00 12:00 7 degC final".into())
    );
}

#[test]
fn an_hour_to_come_is_no_reading_whoever_fills_it() {
    let decoded = read_at(SETTINGS, CSV, "2026-03-02 11:00").unwrap();
    assert_eq!(decoded.readings.len(), 8, "and those of a forecast are not even refused");
    assert_eq!(decoded.refused.len(), 1, "{:?}", refused(&decoded));
    let measured = CSV.replace("dwd_mosmix", "dwd_hourly");
    let decoded = read_at(SETTINGS, measured, "2026-03-02 11:00").unwrap();
    assert_eq!(decoded.readings.len(), 8);
    assert_eq!(refused(&decoded)[0], "line 5, temp: `temp` is after now: a forecast is no reading");
}

#[test]
fn a_value_without_a_source_or_of_an_unknown_one_is_refused() {
    for (by, why) in [
        ("", "no source is named"),
        ("era5", "`era5` is no source that we know"),
        ("model", "they are of model, a forecast"),
    ] {
        let decoded = read(SETTINGS, CSV.replacen(",0,dwd_hourly,", &format!(",0,{by},"), 1)).unwrap();
        assert_eq!(decoded.readings.len(), 8, "{by}");
        let reason = format!("line 2: `temp`: 1 values from here on are no readings: {why}");
        assert!(refused(&decoded).contains(&reason), "{:?}", refused(&decoded));
    }
    let decoded = read(SETTINGS, CSV.replacen("6.4", "6,4", 1));
    assert!(matches!(decoded, Err(DecodeError::Schema { .. })), "another number of columns");
    let decoded = read(SETTINGS, CSV.replacen("6.4", "mild", 1)).unwrap();
    assert_eq!(refused(&decoded)[0], "line 2, temp: `temp`: `mild` is not a decimal number such as 12.5");
    let decoded = read(SETTINGS, CSV.replacen(",0.0,", ",-1,", 1)).unwrap();
    assert!(refused(&decoded)[0].contains("never below zero"));
}

#[test]
fn what_is_not_as_asked_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    let column: Is = |error| matches!(error, DecodeError::MissingColumn { .. });
    for (replace, by, is) in [
        ("2026,3,2,10,", "2026,3,2,24,", schema),
        ("2026,3,2,10,", "2026,2,29,10,", schema),
        ("2026,3,2,10,", "2026,3,2,9,", schema),
        ("year,", "jahr,", column),
        (",temp,", ",tavg,", column),
        (",prcp_source", ",prcp_flag", column),
        (",rhum,", ",temp,", |error| matches!(error, DecodeError::DoubleColumn { .. })),
        (",dwd_mosmix,\n", ",dwd_mosmix,", |error| matches!(error, DecodeError::Truncated { .. })),
        ("year", "<html>", |error| matches!(error, DecodeError::Html)),
    ] {
        assert!(CSV.contains(replace), "{replace}");
        let at = if replace.ends_with('\n') { CSV.rfind(replace) } else { CSV.find(replace) }.unwrap();
        let text = format!("{}{by}{}", &CSV[..at], &CSV[at + replace.len()..]);
        let error = read(SETTINGS, text).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
}

#[tokio::test]
async fn a_file_a_year_is_asked_and_unpacked() {
    assert_eq!(
        urls(SETTINGS, "2025-12-31 20:00", "2026-03-02 12:00"),
        ["https://data.meteostat.net/hourly/2025/10637.csv.gz", "https://data.meteostat.net/hourly/2026/10637.csv.gz"]
    );
    let packed = gzip(CSV.as_bytes());
    assert_eq!(read_file(SETTINGS, "10637.csv.gz", &packed), read_file(SETTINGS, "10637.csv", CSV));
    let (answer, asked) = poll(SETTINGS, "https://data.meteostat.net", "2026-03-02 08:00", move |_| {
        Reply::ok("application/gzip", packed.clone())
    })
    .await;
    assert_eq!(answer.unwrap().readings.len(), 8);
    assert_eq!(asked, ["/hourly/2026/10637.csv.gz"]);
}

#[test]
fn the_file_of_a_new_year_may_be_absent_and_no_other() {
    let feed = feed(SETTINGS);
    for (to, status, is_nothing) in
        [("2026-01-20 00:00", 404, true), ("2026-01-20 00:00", 500, false), ("2026-02-20 00:00", 404, false)]
    {
        let span = ("2026-01-01 00:00", to);
        let request = requests(&feed, span.0, span.1).pop().unwrap();
        let instead = instead(&feed, span, &request, status, "");
        assert_eq!(matches!(instead, Instead::Nothing), is_nothing, "{to} {status}");
        assert_eq!(matches!(instead, Instead::Fail), !is_nothing, "{to} {status}");
    }
}

#[test]
fn settings_name_measured_sources_and_columns_that_are_sent() {
    wrong_settings(
        SETTINGS,
        &[
            ("\"dwd_poi\"", "\"dwd_mosmix\"", "`dwd_mosmix` is a forecast: nothing is settled on a forecast"),
            ("\"dwd_poi\"", "\"dwd_pot\"", "did you mean `dwd_poi`?"),
            ("[\"dwd_hourly\", \"dwd_poi\"]", "[]", "no source counts, so no value would"),
            ("columns.temp", "columns.tavg", "Meteostat does not send `tavg`"),
            ("\"km/h\"", "\"m/s\"", "Meteostat sends `wpgt` in km/h, not in m/s"),
            (
                "columns.temp = { variable = \"air_temperature\", unit = \"degC\" }",
                "columns.snow = { variable = \"snow_depth\", unit = \"mm\" }",
                "`snow` of Meteostat is never read",
            ),
            ("station.10637", "station.Frankfurt", "the station `Frankfurt` is not Meteostat's id"),
            ("/hourly", "/{station}", "has no placeholders"),
            ("{ final_after = \"180 d\" }", "\"as told\"", "as told"),
        ],
    );
    let file = SETTINGS.replace("url = \"https://data.meteostat.net/hourly\"", "file = \"f\"");
    wrong_settings(
        &file,
        &[("station.10637 = {}", "station.10637 = {}\n station.0A9RM = {}", "are listed for one file")],
    );
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(SETTINGS, "10637.csv", CSV.as_bytes());
    let small: String = CSV.lines().take(2).map(|line| format!("{line}\n")).collect();
    survives(SETTINGS, "10637.csv.gz", &gzip(small.as_bytes()));
}
