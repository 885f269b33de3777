use super::super::trial::{
    at, poll, read, read_at, read_file, refused, survives, survives_as, told, urls, wrong_settings,
};
use super::*;
use crate::feed::settings::tests::feed;

const JSON_BODY: &str = include_str!("../../../../fixtures/feeds/metar/zspd.json");
const ENDED: &str = include_str!("../../../../fixtures/feeds/metar/ended.txt");
const RAW: &str = include_str!("../../../../fixtures/feeds/metar/raw.txt");
const URL: &str = "https://aviationweather.gov/api/data/metar";
const DECODED: &str = r#"
    kind = "metar"
    url = "https://aviationweather.gov/api/data/metar"
    poll = "1 h"
    delay = "30 min"
    vintage = { final_after = "30 d" }
    metar = { form = "json", reports = "routine and special" }
    columns.temp = { variable = "air_temperature", unit = "degC" }
    columns.wspd = { variable = "wind_speed", unit = "kt" }
    columns.wgst = { variable = "wind_gust", unit = "kt" }
    station.ZSPD = {}
"#;
const PLAIN: &str = r#"
    kind = "metar"
    url = "https://aviationweather.gov/api/data/metar"
    poll = "1 h"
    delay = "30 min"
    vintage = "provisional"
    metar = { form = "text", reports = "routine and special" }
    columns.temp = { variable = "air_temperature", unit = "degC" }
    columns.dewp = { variable = "dew_point", unit = "degC" }
    columns.wspd = { variable = "wind_speed", unit = "m/s" }
    columns.wgst = { variable = "wind_gust", unit = "m/s" }
    columns.altim = { variable = "air_pressure", unit = "hPa" }
    station.ZSPD = {}
"#;

fn seattle() -> String {
    PLAIN.replace("ZSPD", "KSEA").replace("m/s", "kt").replace("altim", "slp")
}

/// What one report says of each column, without the head of the lines.
fn report(settings: &str, report: &str) -> Result<String, String> {
    let decoded = read(settings, format!("202606010030 METAR ZSPD 010030Z {report}=\n")).unwrap();
    match decoded.refused.first() {
        Some(refused) => Err(refused.reason.clone()),
        None => {
            let values = decoded.readings.iter().map(|reading| reading.value);
            let texts = values.map(|value| value.map_or("none".to_owned(), |value| value.to_string()));
            Ok(texts.collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn a_report_is_an_instant_of_obs_time_and_the_one_received_last_of_a_minute_counts() {
    let decoded = read(DECODED, JSON_BODY).unwrap();
    assert_eq!(decoded.refused, []);
    let expected = [
        "ZSPD air_temperature 2026-06-01 00:30 00:30 none degC final",
        "ZSPD wind_speed 2026-06-01 00:30 00:30 0 kt final",
        "ZSPD wind_gust 2026-06-01 00:30 00:30 none kt final",
        "ZSPD air_temperature 2026-06-01 00:41 00:41 21 degC final",
        "ZSPD wind_speed 2026-06-01 00:41 00:41 16 kt final",
        "ZSPD wind_gust 2026-06-01 00:41 00:41 27 kt final",
        "ZSPD air_temperature 2026-06-01 01:00 01:00 22 degC final",
        "ZSPD wind_speed 2026-06-01 01:00 01:00 4 kt final",
        "ZSPD wind_gust 2026-06-01 01:00 01:00 none kt final",
    ];
    assert_eq!(told(&decoded), expected, "a gust that is absent is not zero, a calm is; 23 was corrected to 22");
    assert_eq!(feed(DECODED).interval(), Interval::Instant);
    let routine = read(&DECODED.replace(" and special", ""), JSON_BODY).unwrap();
    assert_eq!(routine.readings.len(), 6, "without the special one");
    let same = JSON_BODY.replace("01:12:40.120", "01:04:10.511");
    let decoded = read(DECODED, same).unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (6, 1));
    assert_eq!(refused(&decoded), ["[0]: another report of ZSPD at 2026-06-01 01:00Z differs"]);
}

#[test]
fn an_answer_is_checked_against_the_report_in_it() {
    for (replace, by, reason) in [
        ("010030Z", "010031Z", "[3]: the report is of 010031Z, and 2026-06-01 00:30Z stands beside it"),
        ("METAR ZSPD 010030Z", "METAR ZSSS 010030Z", "[3]: the report is of ZSSS, not of ZSPD"),
        ("METAR ZSPD 010030Z", "", "[3]: `00000MPS 9999 ///// Q1008 BECMG AT0110 0` is no METAR"),
    ] {
        let decoded = read(DECODED, JSON_BODY.replacen(replace, by, 1)).unwrap();
        assert_eq!((decoded.readings.len(), refused(&decoded)), (6, vec![reason.to_owned()]), "{by}");
    }
    let zero = JSON_BODY.replacen("\"temp\":null", "\"temp\":0", 1);
    let decoded = read(DECODED, zero).unwrap();
    let reason = "[3]: `temp` is 0, and the report itself does not tell it";
    assert_eq!((decoded.readings.len(), refused(&decoded)), (8, vec![reason.to_owned()]), "a default is no value");
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    for (replace, by, is) in [
        ("\"icaoId\":\"ZSPD\"", "\"icaoId\":\"ZSSS\"", (|error| matches!(error, DecodeError::OtherPlace { .. })) as Is),
        ("1780275600", "1780275601", schema),
        ("\"obsTime\":1780275600", "\"obsTime\":\"now\"", schema),
        ("\"obsTime\"", "\"temp\"", schema),
        ("\"wspd\":4", "\"wspd\":\"4\"", schema),
        ("\"metarType\":\"METAR\",", "", schema),
        ("[\n{", "{\"of\":[{", |error| matches!(error, DecodeError::Truncated { .. } | DecodeError::Schema { .. })),
    ] {
        assert!(JSON_BODY.contains(replace), "{replace}");
        let error = read(DECODED, JSON_BODY.replacen(replace, by, 1)).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
}

#[test]
fn nothing_is_no_data_and_an_error_is_told() {
    assert_eq!(read(DECODED, "[]"), Ok(Decoded::default()));
    assert_eq!(read(DECODED, ""), Ok(Decoded::default()), "a station that does not report");
    assert_eq!(read_file(DECODED, "f", ""), Err(DecodeError::Empty), "but a file has something in it");
    let body = "{\"status\":\"error\",\"error\":\"Invalid station\"}";
    assert_eq!(read(DECODED, body), Err(DecodeError::Provider { reason: "Invalid station".to_owned() }));
    assert_eq!(feed(DECODED).provider.error_reason(body.as_bytes()).as_deref(), Some("Invalid station"));
    assert!(matches!(read(DECODED, "{}"), Err(DecodeError::Schema { .. })));
}

#[test]
fn an_answer_as_long_as_answers_get_may_not_be_all() {
    let row = JSON_BODY.lines().nth(4).unwrap();
    let many = |count: usize| format!("[{}]", vec![row; count].join(","));
    assert_eq!(read(DECODED, many(399)).unwrap().readings.len(), 3, "the same report again");
    assert!(read(DECODED, many(400)).is_err_and(|error| error.to_string().contains("some may be missing")));
}

#[test]
fn a_text_is_read_as_it_was_sent_in_its_own_unit_and_without_its_forecast() {
    let decoded = read_file(PLAIN, "f", ENDED).unwrap();
    assert_eq!(decoded.refused, []);
    let of = |time: &str| {
        let lines = told(&decoded).into_iter().filter(|line| line.contains(&format!(" {time} {time} ")));
        lines.map(|line| line.split(' ').nth(5).unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("23:30"), "20 16 3 none 1009", "of the last day of May");
    assert_eq!(of("00:00"), "21 17 4 10 1008", "what begins with TEMPO is a forecast");
    assert_eq!(of("00:41"), "none none 5 none none", "strokes are missing");
    assert_eq!(of("02:00"), "none none none none none", "NIL");
    assert_eq!(of("02:30"), "22 17 4 none 998", "the correction counts, wherever it stands");
    assert_eq!(decoded.readings.len(), 25);
    let routine = PLAIN.replace(" and special", "");
    assert_eq!(read_file(&routine, "f", ENDED).unwrap().readings.len(), 20);
    let untold = ENDED.replace("METAR ZSPD 010200Z", "ZSPD 010200Z");
    assert_eq!(read_file(PLAIN, "f", &untold).unwrap(), decoded);
    let untold = read_file(&routine, "f", &untold).unwrap();
    assert_eq!(refused(&untold), ["line 6: it does not say whether it is routine or special"]);
}

#[test]
fn tenths_stand_in_the_remarks_and_pressure_at_sea_level_too() {
    let decoded = read_at(&seattle(), RAW, "2026-06-01 02:00").unwrap();
    assert_eq!(decoded.refused, []);
    let expected = [
        "KSEA air_temperature 2026-06-01 00:53 00:53 -0.4 degC provisional",
        "KSEA dew_point 2026-06-01 00:53 00:53 -5 degC provisional",
        "KSEA wind_speed 2026-06-01 00:53 00:53 12 kt provisional",
        "KSEA wind_gust 2026-06-01 00:53 00:53 none kt provisional",
        "KSEA air_pressure 2026-06-01 00:53 00:53 1013.5 hPa provisional",
        "KSEA air_temperature 2026-06-01 01:10 01:10 0 degC provisional",
        "KSEA dew_point 2026-06-01 01:10 01:10 -5 degC provisional",
        "KSEA wind_speed 2026-06-01 01:10 01:10 3 kt provisional",
        "KSEA wind_gust 2026-06-01 01:10 01:10 none kt provisional",
        "KSEA air_pressure 2026-06-01 01:10 01:10 none hPa provisional",
        "KSEA air_temperature 2026-06-01 01:53 01:53 0.6 degC provisional",
        "KSEA dew_point 2026-06-01 01:53 01:53 -5.3 degC provisional",
        "KSEA wind_speed 2026-06-01 01:53 01:53 14 kt provisional",
        "KSEA wind_gust 2026-06-01 01:53 01:53 23 kt provisional",
        "KSEA air_pressure 2026-06-01 01:53 01:53 998.7 hPa provisional",
    ];
    assert_eq!(told(&decoded), expected);
}

#[test]
fn the_month_is_that_of_the_poll_or_stands_before_the_report() {
    let days = |now: &str, day: &str| {
        let text = format!("METAR ZSPD {day}2350Z 09003MPS CAVOK 20/16 Q1009\n");
        let decoded = read_at(PLAIN, text, now).unwrap();
        let line = told(&decoded).into_iter().next().map(|line| line.split(' ').nth(2).unwrap().to_owned());
        line.ok_or_else(|| decoded.refused[0].reason.clone())
    };
    assert_eq!(days("2026-06-01 00:10", "31").as_deref(), Ok("2026-05-31"));
    assert_eq!(days("2026-03-01 00:10", "28").as_deref(), Ok("2026-02-28"));
    assert_eq!(days("2026-01-01 00:10", "31").as_deref(), Ok("2025-12-31"));
    assert_eq!(days("2026-05-31 23:49", "31").as_deref(), Ok("2026-05-31"), "a minute before it");
    let after = days("2026-05-31 10:00", "31").unwrap_err();
    assert_eq!(after, "`temp` is after now: a forecast is no reading");
    assert_eq!(days("2026-06-20 00:00", "22").unwrap_err(), "222350Z is no time within the last 27 days");
    assert!(days("2026-04-15 00:00", "31").is_ok_and(|day| day == "2026-03-31"));
    let feed = feed(PLAIN);
    for (asked, now) in [(None, None), (None, Some(at("2026-06-01 00:10")))] {
        let bytes = b"METAR ZSPD 312350Z 09003MPS CAVOK 20/16 Q1009\n";
        let decoded = crate::feed::decode(&feed, &Raw { bytes, name: "f", asked, now }).unwrap();
        assert_eq!(decoded.readings, [], "a file may be a month old when it is read");
        assert!(refused(&decoded)[0].starts_with("line 1: nothing says in which month this is"), "{decoded:?}");
    }
    for before in ["202605302350 ", "2026/06/30 23:50\n"] {
        let file = format!("{before}METAR ZSPD 312350Z 09003MPS CAVOK 20/16 Q1009\n");
        assert!(refused(&read_file(PLAIN, "f", file).unwrap())[0].contains("the report is of 312350Z"), "{before}");
    }
}

#[test]
fn what_a_report_says_in_another_way_is_refused_or_missing_and_never_guessed() {
    let whole = "09003MPS 9999 20/16 Q1009";
    assert_eq!(report(PLAIN, whole).as_deref(), Ok("20 16 3 none 1009"));
    for (told, values) in [
        ("VRB02MPS R35L/1200 M03/M11 Q1031", "-3 -11 2 none 1031"),
        ("/////MPS 20/16 Q1009", "20 16 none none 1009"),
        ("09003MPS 20/// Q1009", "20 none 3 none 1009"),
        ("09003MPS ////// 20/16 Q////", "20 16 3 none none"),
        ("090103G121MPS 20/16 Q1009", "20 16 103 121 1009"),
        ("09003G//MPS 20/16 Q1009", "20 16 3 none 1009"),
        ("9999 20/16", "20 16 none none none"),
        ("09003MPS 20/16 Q1009 20/16", "20 16 3 none 1009"),
        ("09003MPS 2/16 Q101", "none none 3 none none"),
        ("09003MPS 20 /16 Q1009", "none none 3 none 1009"),
        ("09003 20/ Q1009", "20 none none none 1009"),
    ] {
        assert_eq!(report(PLAIN, told).as_deref(), Ok(values), "{told}");
    }
    for (told, reason) in [
        ("09006KT 20/16 Q1009", "`wspd`: the report is in kt, and the settings say m/s"),
        ("P4909MPS 20/16 09003G09MPS 10003MPS Q1009", "`wspd`: the report says two things"),
        ("090P49MPS 20/16 Q1009", "`wspd`: it is more than 49 m/s, and not said how much"),
        ("09003MPS 20/16 22/16 Q1009", "`temp`: the report says two things"),
        ("09003MPS 20/16 Q1009 RMK T02060160", "`temp`: it is 20 degC, and 20.6 in the remarks"),
        ("09003MPS 20/16 A2992", "`altim`: A2992 is in inches of mercury; take slp"),
    ] {
        assert_eq!(report(PLAIN, told).unwrap_err(), reason, "{told}");
    }
    let lines = "TAF ZSPD 010020Z 0106/0212 09005MPS\nMETAR ZSPD 0100Z 09003MPS 20/16\n";
    assert!(matches!(read(PLAIN, lines), Err(DecodeError::Schema { place, what })
        if place == "line 1" && what == "a TAF is a forecast: a forecast is no reading"));
    let decoded = read_at(PLAIN, format!("{lines}METAR ZSPD 010030Z {whole}\n"), "2026-06-01 01:00").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (5, 2));
    assert_eq!(decoded.refused[1].reason, "`METAR ZSPD 0100Z 09003MPS 20/16` is no METAR");
}

#[test]
fn each_station_is_asked_in_pieces_that_fit_and_not_for_what_is_not_kept() {
    let query = |form: &str, hours: u32, date: &str| format!("{URL}?ids=ZSPD&format={form}&hours={hours}&date={date}");
    assert_eq!(urls(DECODED, "2026-05-31 23:30", "2026-06-01 01:10"), [query("json", 2, "2026-06-01T01%3A10%3A00Z")]);
    assert_eq!(
        urls(PLAIN, "2026-05-29 00:00", "2026-06-01 00:00"),
        [query("raw", 49, "2026-05-31T00%3A00%3A00Z"), query("raw", 25, "2026-06-01T00%3A00%3A00Z")]
    );
    let long = urls(DECODED, "2025-01-01 00:00", "2026-06-01 00:00");
    assert_eq!(long.len(), 8, "fifteen days");
    assert!(long[0].ends_with("date=2026-05-19T00%3A00%3A00Z"), "{}", long[0]);
    let two = DECODED.replace("station.ZSPD = {}", "station.ZSPD = {}\n    station.ZSSS = {}");
    assert_eq!(urls(&two, "2026-06-01 00:00", "2026-06-01 01:00").len(), 2);
}

#[tokio::test]
async fn a_poll_of_a_station_that_does_not_report_is_well() {
    let settings = DECODED.replace("final_after = \"30 d\"", "final_after = \"31 d\"");
    let (answer, asked) = poll(&settings, "https://aviationweather.gov", "2026-03-02 10:00", |_| {
        crate::feed::http::fault_server::Reply::ok("application/json", "")
    })
    .await;
    assert_eq!(answer.unwrap().readings, []);
    assert_eq!(asked, ["/api/data/metar?ids=ZSPD&format=json&hours=3&date=2026-03-02T12%3A00%3A00Z"]);
}

#[test]
fn settings_want_what_counts_and_never_rain() {
    wrong_settings(
        DECODED,
        &[
            ("columns.temp", "columns.tempp", "does not send `tempp`"),
            (
                "columns.temp = { variable = \"air_temperature\", unit = \"degC\" }",
                "columns.precip = { variable = \"precipitation\", unit = \"inch\" }",
                "`precip` of aviationweather.gov is never read: outside of the USA a METAR has no amounts",
            ),
            ("columns.temp", "columns.maxT", "it is of the hours before, in some reports only"),
            ("unit = \"kt\"", "unit = \"m/s\"", "aviationweather.gov sends `wspd` in kt, not in m/s"),
            ("\"json\"", "\"xml\"", "`xml` is no form"),
            ("routine and special", "all", "`all` is no reports"),
            ("ZSPD", "Pudong", "the station `Pudong` is not the ICAO code of an airport"),
            ("data/metar", "data/metar?ids={station}", "has no placeholders"),
            ("{ final_after = \"30 d\" }", "\"as told\"", "as told"),
            (
                "station.",
                "columns.slp = { variable = \"air_pressure\", unit = \"hPa\" }\n    \
                 columns.altim = { variable = \"air_pressure\", unit = \"hPa\" }\n    station.",
                "air_pressure",
            ),
        ],
    );
    feed(PLAIN);
    feed(&seattle());
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(DECODED, "", JSON_BODY.as_bytes());
    survives(PLAIN, "", ENDED.as_bytes());
    let feed = feed(&seattle());
    let asked = feed.stations.first();
    survives_as(&feed, &Raw { bytes: RAW.as_bytes(), name: "metar", asked, now: Some(at("2026-06-01 02:00")) });
}
