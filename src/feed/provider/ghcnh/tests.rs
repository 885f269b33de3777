use super::super::trial::{instead, requests, survives, wrong_settings};
use super::*;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::settings::tests::feed;

const PSV: &str = include_str!("../../../../fixtures/feeds/ghcnh/GHCNh_CHM00058362_2026.psv");
const JSON: &str = r#"[{"STATION":"CHM00058362","DATE":"2026-06-01T00:00:00","temperature":"21.5","temperature_Measurement_Code":"","temperature_Quality_Code":"1","temperature_Report_Type":"FM12"},
{"STATION":"CHM00058362","DATE":"2026-06-01T06:00:00Z","temperature":"  24.5","temperature_Report_Type":"FM12"},
{"STATION":"CHM00058362","DATE":"2026-06-01T09:00:00"}]"#;
const PSV_URL: &str = "https://www.ncei.noaa.gov/oa/global-historical-climatology-network/hourly/access";
const SETTINGS: &str = r#"
    kind = "ghcnh"
    url = "https://www.ncei.noaa.gov/oa/global-historical-climatology-network/hourly/access"
    poll = "1 d"
    delay = "4 d"
    vintage = { final_after = "30 d" }
    ghcnh = { form = "psv", reports = ["FM12"] }
    columns.temperature = { variable = "air_temperature", unit = "degC" }
    station.CHM00058362 = {}
"#;

fn file() -> String {
    SETTINGS.replace(&format!("url = \"{PSV_URL}\""), "file = \"f\"")
}

fn rain() -> String {
    let column = "columns.temperature = { variable = \"air_temperature\", unit = \"degC\" }";
    file().replace(column, "columns.precipitation_6_hour = { variable = \"precipitation\", unit = \"mm\" }")
}

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    crate::feed::decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now: None })
}

fn told(decoded: &Decoded) -> Vec<String> {
    let of = decoded.readings.iter().map(|reading| {
        let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
        format!("{} to {} {value}", reading.start.format("%d %R"), reading.end.format("%d %R"))
    });
    of.collect()
}

fn refused(decoded: &Decoded) -> Vec<String> {
    decoded.refused.iter().map(|refused| format!("{}: {}", refused.place, refused.reason)).collect()
}

#[test]
fn reports_of_the_types_that_are_read_are_instants_and_the_last_one_of_a_minute_wins() {
    let decoded = read(&file(), PSV).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "01 00:00 to 01 00:00 21.5",
            "01 06:00 to 01 06:00 24.5",
            "01 12:00 to 01 12:00 none",
            "01 18:00 to 01 18:00 -0.5"
        ],
        "quality 9 is missing; no quality code has passed"
    );
    assert_eq!(decoded.refused, [], "the value that failed was sent again");
    let alone: String = PSV.lines().filter(|line| !line.contains("24.5")).map(|line| format!("{line}\n")).collect();
    let alone = read(&file(), &alone).unwrap();
    assert_eq!(refused(&alone), ["line 4, temperature: `temperature`: the quality code `L` is not known"]);
    let all = file().replace("[\"FM12\"]", "[\"FM12\", \"FM15\"]");
    assert_eq!(told(&read(&all, PSV).unwrap())[1], "01 00:30 to 01 00:30 22");
}

#[test]
fn rain_is_of_the_hours_before_a_trace_is_zero_and_other_marks_are_no_amounts() {
    let decoded = read(&rain(), PSV).unwrap();
    assert_eq!(told(&decoded), ["31 18:00 to 01 00:00 0.5", "01 00:00 to 01 06:00 0"]);
    assert_eq!(
        refused(&decoded),
        [
            "line 6, precipitation_6_hour: `precipitation_6_hour`: 3.0 is marked `A`, which is no plain amount",
            "line 7, precipitation_6_hour: `precipitation_6_hour`: 1.0 is wrong (quality 3)",
        ]
    );
    assert_eq!(feed(&rain()).interval(), Interval::Fixed(21_600));
    let trace = read(&rain(), &PSV.replacen("0.0|T", "0.2|T", 1)).unwrap();
    assert!(refused(&trace)[0].ends_with("0.2 is said to be a trace"), "{trace:?}");
}

#[test]
fn times_may_be_in_parts_as_earlier_files_had_them() {
    let parts = PSV.replace("STATION|Station_name|DATE", "Station_ID|Station_name|Year|Month|Day|Hour|Minute");
    let parts = parts.replace("2026-06-01T", "2026|06|01|").replace(":00:00|", "|00|").replace(":30:00|", "|30|");
    assert_eq!(read(&file(), &parts).unwrap(), read(&file(), PSV).unwrap());
}

#[test]
fn the_service_says_the_same_and_leaves_out_what_is_absent() {
    let service = file().replace("\"psv\"", "\"service\"");
    let decoded = read(&service, JSON).unwrap();
    assert_eq!(told(&decoded), ["01 00:00 to 01 00:00 21.5", "01 06:00 to 01 06:00 24.5"]);
    let url = "https://www.ncei.noaa.gov/access/services/data/v1";
    let settings = feed(&SETTINGS.replace("\"psv\"", "\"service\"").replace(PSV_URL, url));
    let asked = |body: &str| {
        let raw = Raw { bytes: body.as_bytes(), name: "v1", asked: settings.stations.first(), now: None };
        crate::feed::decode(&settings, &raw)
    };
    assert_eq!(asked(""), Ok(Decoded::default()), "200 and empty");
    assert_eq!(asked("[]"), Ok(Decoded::default()));
    let reason = "no such data set".to_owned();
    assert_eq!(asked(r#"{"errorMessage":"no such data set"}"#), Err(DecodeError::Provider { reason }));
}

#[test]
fn what_is_not_of_the_form_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    let column: Is = |error| matches!(error, DecodeError::MissingColumn { .. });
    let (psv, service) = (file(), file().replace("\"psv\"", "\"service\""));
    let cases: [(&str, &str, &str, &str, Is); 9] = [
        (&psv, PSV, "\nCHM00058362", "\nCHM00058367", schema),
        (&psv, PSV, "2026-06-01T00:00:00", "2026-06-01", schema),
        (&psv, PSV, "|temperature|", "|temperatur|", column),
        (&psv, PSV, "temperature_Quality_Code", "temperature_QC", column),
        (&psv, PSV, "|temperature_Source_Code", "|temperature", |error| {
            matches!(error, DecodeError::DoubleColumn { .. })
        }),
        (&psv, PSV, "|31.4", "", schema),
        (&service, JSON, "CHM00058362", "CHM00058367", schema),
        (&service, JSON, "\"21.5\"", "21.5", schema),
        (&service, JSON, "\"temperature_Quality_Code\"", "\"temperature\"", schema),
    ];
    for (settings, body, replace, by, is) in cases {
        assert!(body.contains(replace), "{replace}");
        let error = read(settings, &body.replacen(replace, by, 1)).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
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
fn files_are_asked_by_year_and_the_service_by_month_with_each_column_by_name() {
    let at = |text: &str| chrono::NaiveDateTime::parse_from_str(text, "%F %R").unwrap().and_utc();
    let asked = |settings: &str, url: &str| {
        let feed = feed(settings);
        let template = UrlTemplate::parse(url, &Network::default()).unwrap();
        let (from, to) = (at("2026-05-31 23:00"), at("2026-06-02 00:00"));
        let station = feed.stations.first();
        let wanted = Wanted { url: &template, station, from, to, now: to, key: None, token: None };
        let requests = feed.provider.requests(&feed, &wanted);
        requests.iter().map(|request| request.url.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(asked(SETTINGS, PSV_URL), [format!("{PSV_URL}/by-year/2026/psv/GHCNh_CHM00058362_2026.psv")]);
    let url = "https://www.ncei.noaa.gov/access/services/data/v1";
    let query = |from: &str, to: &str| {
        format!(
            "{url}?dataset=global-historical-climatology-network-hourly&stations=CHM00058362&startDate={from}T00%3A00%3A00Z\
             &endDate={to}T23%3A59%3A59Z&dataTypes=DATE%2Ctemperature%2Ctemperature_Measurement_Code%2C\
             temperature_Quality_Code%2Ctemperature_Report_Type&units=metric&format=json"
        )
    };
    let wanted = [query("2026-05-31", "2026-05-31"), query("2026-06-01", "2026-06-02")];
    assert_eq!(asked(&SETTINGS.replace("\"psv\"", "\"service\""), url), wanted);
}

#[test]
fn settings_want_what_is_sent() {
    for (settings, replace, by, message) in [
        (file(), "columns.temperature", "columns.temprature", "does not send `temprature`"),
        (file(), "\"degC\"", "\"K\"", "GHCNh sends `temperature` in degC, not in K"),
        (file(), "[\"FM12\"]", "\"FM12\"", "this is a text"),
        (file(), "CHM00058362", "ZSPD", "the station `ZSPD` is not a GHCN id"),
        (
            rain(),
            "station.",
            "columns.precipitation = { variable = \"precipitation\", unit = \"mm\" }\n station.",
            "are both precipitation",
        ),
        (
            rain(),
            "station.",
            "columns.wind_gust = { variable = \"wind_gust\", unit = \"m/s\" }\n station.",
            "speaks for 6 h, `wind_gust` for an instant",
        ),
    ] {
        wrong_settings(&settings, &[(replace, by, message)]);
    }
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(&file(), "", PSV.as_bytes());
    survives(&rain(), "", PSV.as_bytes());
    survives(&file().replace("\"psv\"", "\"service\""), "", JSON.as_bytes());
}
