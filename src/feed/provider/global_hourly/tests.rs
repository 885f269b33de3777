use super::super::trial::{instead, requests, survives, wrong_settings};
use super::*;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::settings::tests::feed;

const CSV: &str = include_str!("../../../../fixtures/feeds/global-hourly/58362099999.csv");
const RECORD: &str = include_str!("../../../../fixtures/feeds/global-hourly/583620-99999-2026.txt");
const SETTINGS: &str = r#"
    kind = "global-hourly"
    url = "https://www.ncei.noaa.gov/data/global-hourly/access"
    poll = "1 d"
    delay = "4 d"
    vintage = { final_after = "30 d" }
    global_hourly = { form = "csv", reports = ["FM-12"] }
    columns.TMP = { variable = "air_temperature", unit = "degC" }
    columns.DEW = { variable = "dew_point", unit = "degC" }
    columns.SLP = { variable = "air_pressure", unit = "hPa" }
    columns.WND = { variable = "wind_speed", unit = "m/s" }
    columns.OC1 = { variable = "wind_gust", unit = "m/s" }
    station.58362099999 = {}
"#;

/// The settings for a file.
fn file() -> String {
    SETTINGS.replace("url = \"https://www.ncei.noaa.gov/data/global-hourly/access\"", "file = \"f\"")
}

/// The settings for a file of records.
fn record() -> String {
    let lines = file().lines().filter(|line| !line.contains("OC1")).collect::<Vec<_>>().join("\n");
    lines.replace("\"csv\"", "\"record\"").replace("58362099999", "583620-99999")
}

/// The same with rain alone.
fn rain(settings: &str, column: &str) -> String {
    let lines = settings.lines().filter(|line| !line.contains("columns.")).collect::<Vec<_>>().join("\n");
    lines.replace(
        "station.",
        &format!("columns.{column} = {{ variable = \"precipitation\", unit = \"mm\" }}\n station."),
    )
}

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    crate::feed::decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now: None })
}

fn told(decoded: &Decoded) -> Vec<String> {
    let of = decoded.readings.iter().map(|reading| {
        let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
        let span = format!("{} to {}", reading.start.format("%d %R"), reading.end.format("%d %R"));
        format!("{} {span} {value}", reading.variable)
    });
    of.collect()
}

fn refused(decoded: &Decoded) -> Vec<String> {
    decoded.refused.iter().map(|refused| format!("{}: {}", refused.place, refused.reason)).collect()
}

#[test]
fn composite_fields_are_values_with_their_quality() {
    let decoded = read(&file(), CSV).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "air_temperature 01 00:00 to 01 00:00 21.5",
            "dew_point 01 00:00 to 01 00:00 18",
            "air_pressure 01 00:00 to 01 00:00 1008.9",
            "wind_speed 01 00:00 to 01 00:00 3.6",
            "wind_gust 01 00:00 to 01 00:00 8.7",
            "dew_point 01 03:00 to 01 03:00 none",
            "air_pressure 01 03:00 to 01 03:00 none",
            "wind_speed 01 03:00 to 01 03:00 0",
            "air_pressure 01 06:00 to 01 06:00 none",
            "wind_speed 01 06:00 to 01 06:00 none",
            "air_temperature 01 12:00 to 01 12:00 23.1",
            "dew_point 01 12:00 to 01 12:00 20",
            "air_pressure 01 12:00 to 01 12:00 1007.5",
            "wind_speed 01 12:00 to 01 12:00 4.1",
        ],
        "a calm is zero, +9999 is missing, quality 9 too; a gust that is absent is nothing; FM-15 is not read"
    );
    assert_eq!(
        refused(&decoded),
        [
            "line 3, TMP: `TMP`: -0022 is suspect (quality 2)",
            "line 4, TMP: `TMP`: +0240 is wrong (quality 3)",
            "line 4, DEW: `DEW`: +0190 was edited (quality P)",
        ]
    );
    let pressure = file().replace("columns.SLP", "columns.MA1");
    let of = told(&read(&pressure, CSV).unwrap());
    let of: Vec<_> = of.iter().filter(|line| line.starts_with("air_pressure")).collect();
    assert_eq!(of, ["air_pressure 01 00:00 to 01 00:00 1008.5", "air_pressure 01 12:00 to 01 12:00 none"]);
}

#[test]
fn of_several_reports_of_a_minute_the_last_one_wins() {
    let both = file().replace("[\"FM-12\"]", "[\"FM-12\", \"FM-15\"]");
    let decoded = told(&read(&both, CSV).unwrap());
    assert!(decoded.contains(&"air_temperature 01 06:00 to 01 06:00 25".to_owned()), "{decoded:?}");
}

#[test]
fn rain_is_of_the_hours_before_and_hours_are_never_mixed() {
    let six = read(&rain(&file(), "AA_06"), CSV).unwrap();
    assert_eq!(told(&six), ["precipitation 31 18:00 to 01 00:00 0.5", "precipitation 01 00:00 to 01 06:00 0"]);
    let accumulated = "line 6, AA_06: `AA_06`: 0010 tenths have the condition `3`, which is no plain amount";
    assert_eq!(refused(&six), [accumulated]);
    let day = read(&rain(&file(), "AA_24"), CSV).unwrap();
    assert_eq!(told(&day), ["precipitation 31 00:00 to 01 00:00 12.3", "precipitation 31 12:00 to 01 12:00 none"]);
    assert_eq!(feed(&rain(&file(), "AA_24")).interval(), Interval::Fixed(86_400));
    let three = read(&rain(&file(), "AA_03"), CSV).unwrap();
    assert_eq!(told(&three), ["precipitation 01 00:00 to 01 03:00 0"], "a trace");
    let twice = CSV.replacen("\"24,0123,9,1\"", "\"06,0123,9,1\"", 1);
    let twice = read(&rain(&file(), "AA_06"), &twice).unwrap();
    assert_eq!(refused(&twice)[0], "line 2, AA_06: `AA_06`: there are 2 amounts over these hours");
}

#[test]
fn records_of_fixed_width_say_the_same() {
    let decoded = read(&record(), RECORD).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "air_temperature 01 00:00 to 01 00:00 21.5",
            "dew_point 01 00:00 to 01 00:00 18",
            "air_pressure 01 00:00 to 01 00:00 1008.9",
            "wind_speed 01 00:00 to 01 00:00 3.6",
            "dew_point 01 06:00 to 01 06:00 none",
            "air_pressure 01 06:00 to 01 06:00 none",
            "wind_speed 01 06:00 to 01 06:00 0",
            "air_temperature 01 12:00 to 01 12:00 23.1",
            "dew_point 01 12:00 to 01 12:00 20",
            "air_pressure 01 12:00 to 01 12:00 1007.5",
            "wind_speed 01 12:00 to 01 12:00 4.1",
        ]
    );
    assert_eq!(refused(&decoded), ["line 2, TMP: `TMP`: -0022 is suspect (quality 2)"]);
    let six = read(&rain(&record(), "AA_06"), RECORD).unwrap();
    assert_eq!(told(&six), ["precipitation 31 18:00 to 01 00:00 0.5", "precipitation 01 06:00 to 01 12:00 0"]);
    let day = read(&rain(&record(), "AA_24"), RECORD).unwrap();
    assert_eq!(told(&day), ["precipitation 31 00:00 to 01 00:00 12.3"]);
}

#[test]
fn what_is_not_of_the_form_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    let column: Is = |error| matches!(error, DecodeError::MissingColumn { .. });
    let (csv, record) = (file(), record());
    let cases: [(&str, &str, &str, &str, Is); 12] = [
        (&csv, CSV, "\"58362099999\",\"2026-06-01T03", "\"58367099999\",\"2026-06-01T03", schema),
        (&csv, CSV, "2026-06-01T03:00:00", "2026-06-01 03:00", schema),
        (&csv, CSV, "\"TMP\"", "\"TMQ\"", column),
        (&csv, CSV, "\"REPORT_TYPE\"", "\"TYPE\"", column),
        (&csv, CSV, "\"OC1\"", "\"TMP\"", |error| matches!(error, DecodeError::DoubleColumn { .. })),
        (&csv, CSV, "\"4\",", "", schema),
        (&record, RECORD, "0029", "0028", schema),
        (&record, RECORD, "0029", "00x9", schema),
        (&record, RECORD, "58362099999202606010600", "58367099999202606010600", schema),
        (&record, RECORD, "202606010600", "202606310600", schema),
        (&record, RECORD, "ADDAA106000021", "", schema),
        (&record, RECORD, "0029583620", "\u{e9}29583620", schema),
    ];
    for (settings, body, replace, by, is) in cases {
        assert!(body.contains(replace), "{replace}");
        let error = read(settings, &body.replacen(replace, by, 1)).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
    for (replace, by, reason) in [
        ("+0215,1", "+0215,1,2", "`TMP`: `+0215,1,2` has another form"),
        ("+0215,1", "+0215,Q", "`TMP`: the quality code `Q` is not known"),
        ("+0215,1", "+02.5,1", "`TMP`: `+02.5` is not a number of tenths"),
        ("0036,1", "-036,1", "`WND`: wind_speed is never below zero"),
    ] {
        let decoded = read(&file(), &CSV.replacen(replace, by, 1)).unwrap();
        assert!(decoded.refused[0].reason.starts_with(reason), "{by}: {}", decoded.refused[0].reason);
    }
}

#[test]
fn the_file_of_the_newest_year_may_be_absent_in_its_january() {
    let feed = feed(SETTINGS);
    let span = ("2025-12-20 00:00", "2026-01-31 23:00");
    let is_wanted = |file: &Request| matches!(instead(&feed, span, file, 404, ""), Instead::Fail);
    let files = requests(&feed, span.0, span.1);
    assert_eq!(files.iter().map(is_wanted).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_year_is_a_file() {
    let asked = |settings: &str, url: &str| {
        let feed = feed(settings);
        let template = UrlTemplate::parse(url, &Network::default()).unwrap();
        let at = |text| chrono::NaiveDateTime::parse_from_str(text, "%F %R").unwrap().and_utc();
        let (from, to) = (at("2025-12-31 23:00"), at("2026-06-01 00:00"));
        let station = feed.stations.first();
        let wanted = Wanted { url: &template, station, from, to, now: to, key: None, token: None };
        let requests = feed.provider.requests(&feed, &wanted);
        requests.iter().map(|request| request.url.to_string()).collect::<Vec<_>>()
    };
    let url = "https://www.ncei.noaa.gov/data/global-hourly/access";
    assert_eq!(asked(SETTINGS, url), [format!("{url}/2025/58362099999.csv"), format!("{url}/2026/58362099999.csv")]);
    let url = "https://www.ncei.noaa.gov/pub/data/noaa";
    let path = |year: u32| format!("{url}/{year}/583620-99999-{year}.gz");
    assert_eq!(asked(&record(), url), [path(2025), path(2026)]);
}

#[test]
fn settings_want_what_is_sent() {
    for (settings, replace, by, message) in [
        (file(), "columns.TMP", "columns.TEMP", "does not send `TEMP`"),
        (file(), "\"hPa\"", "\"Pa\"", "sends `SLP` in hPa, not in Pa"),
        (file(), "[\"FM-12\"]", "[]", "one type of report or more"),
        (file(), "[\"FM-12\"]", "[\"FM 12\"]", "one type of report or more"),
        (file(), "\"csv\"", "\"lite\"", "`lite` is no form"),
        (file(), "58362099999", "583620-99999", "is not a USAF and a WBAN number in one"),
        (file(), "\"csv\"", "\"record\"", "is not a USAF-WBAN number"),
        (record(), "columns.SLP", "columns.MA1", "`MA1` is not read of records"),
        (
            rain(&file(), "AA_06"),
            "station.",
            "columns.TMP = { variable = \"air_temperature\", unit = \"degC\" }\n station.",
            "`AA_06` speaks for 6 h, `TMP` for an instant",
        ),
    ] {
        wrong_settings(&settings, &[(replace, by, message)]);
    }
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(&file(), "", CSV.as_bytes());
    survives(&rain(&file(), "AA_06"), "", CSV.as_bytes());
    survives(&record(), "", RECORD.as_bytes());
    survives(&rain(&record(), "AA_06"), "", RECORD.as_bytes());
}
