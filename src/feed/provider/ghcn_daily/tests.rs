use reqwest::header::HeaderMap;

use super::super::trial::{at, survives, wrong_settings};
use super::*;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::settings::tests::feed;

const DLY: &str = include_str!("../../../../fixtures/feeds/ghcn-daily/CHM00058362.dly");
const CSV: &str = include_str!("../../../../fixtures/feeds/ghcn-daily/CHM00058362.csv");
const JSON: &str = include_str!("../../../../fixtures/feeds/ghcn-daily/service.json");
const SETTINGS: &str = r#"
    kind = "ghcn-daily"
    url = "https://www.ncei.noaa.gov/access/services/data/v1"
    poll = "12 h"
    delay = "2 d"
    vintage = { final_after = "60 d" }
    ghcn_daily = { form = "service", zone = "Asia/Shanghai", starts = "08:00", stamp = "end", presumed_zero = "missing" }
    columns.PRCP = { variable = "precipitation", unit = "mm" }
    columns.TMAX = { variable = "air_temperature_max", unit = "degC" }
    station.CHM00058362 = {}
"#;

/// The settings for a file of a form.
fn file(form: &str) -> String {
    let url = "url = \"https://www.ncei.noaa.gov/access/services/data/v1\"";
    SETTINGS.replace(url, "file = \"f\"").replace("\"service\"", &format!("\"{form}\""))
}

fn read_at(settings: &str, body: &[u8], now: &str) -> Result<Decoded, DecodeError> {
    crate::feed::decode(&feed(settings), &Raw { bytes: body, name: "", asked: None, now: Some(at(now)) })
}

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    read_at(settings, body.as_bytes(), "2026-06-01 00:00")
}

/// Values by date of the stamp, those that are there.
fn told(decoded: &Decoded) -> Vec<String> {
    let some = decoded.readings.iter().filter_map(|reading| Some((reading, reading.value?)));
    let of = some.map(|(reading, value)| {
        format!(
            "{} {} to {} {value}",
            reading.variable,
            reading.start.format("%m-%d %R"),
            reading.end.format("%m-%d %R")
        )
    });
    of.collect()
}

#[test]
fn the_service_answers_with_texts_in_metric_units_and_leaves_out_what_is_absent() {
    let decoded = read(&file("service"), JSON).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "precipitation 01-31 00:00 to 02-01 00:00 0",
            "air_temperature_max 01-31 00:00 to 02-01 00:00 -0.5",
            "precipitation 02-01 00:00 to 02-02 00:00 12.3",
            "air_temperature_max 02-01 00:00 to 02-02 00:00 30.5",
        ],
        "a gauge that is read at 08:00 in Shanghai measured the day before; a trace is zero"
    );
    assert_eq!(decoded.readings.len(), 4, "no day is made up for the one that is absent");
    let [refused] = &decoded.refused[..] else { panic!("{:?}", decoded.refused) };
    assert_eq!(refused.place, "[2].PRCP");
    assert_eq!(refused.reason, "`PRCP`: 4.5 failed the quality check I (internal consistency)");
}

#[test]
fn months_of_fixed_width_are_in_tenths_and_their_absent_days_are_missing() {
    let settings =
        file("dly").replace("station.", "columns.SNWD = { variable = \"snow_depth\", unit = \"mm\" }\n station.");
    let decoded = read(&settings, DLY).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "precipitation 01-31 00:00 to 02-01 00:00 0",
            "precipitation 02-01 00:00 to 02-02 00:00 12.3",
            "precipitation 02-05 00:00 to 02-06 00:00 0.7",
            "air_temperature_max 01-31 00:00 to 02-01 00:00 -0.5",
            "air_temperature_max 02-01 00:00 to 02-02 00:00 30.5",
            "air_temperature_max 02-27 00:00 to 02-28 00:00 9.9",
            "snow_depth 01-31 00:00 to 02-01 00:00 12",
        ]
    );
    let missing = decoded.readings.iter().filter(|reading| reading.value.is_none()).count();
    assert_eq!((decoded.readings.len(), missing), (28 * 3 - 3, 28 * 3 - 3 - 7), "-9999, and presumed zero");
    let reasons: Vec<_> =
        decoded.refused.iter().map(|refused| format!("{}: {}", refused.place, refused.reason)).collect();
    assert_eq!(
        reasons,
        [
            "line 1, day 4: `PRCP`: 4.5 failed the quality check I (internal consistency)",
            "line 1, day 5: `PRCP`: 21.0 is a total of several days",
            "line 2, day 3: `TMAX`: -11.0 seems to belong to another time of observation",
        ]
    );
    let presumed = read(&settings.replace("presumed_zero = \"missing\"", "presumed_zero = \"zero\""), DLY).unwrap();
    assert_eq!(told(&presumed)[2], "precipitation 02-02 00:00 to 02-03 00:00 0", "where the settings say so");
}

#[test]
fn lines_of_one_value_have_a_time_of_observation_that_must_be_the_settings() {
    let decoded = read(&file("csv"), CSV).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "precipitation 01-31 00:00 to 02-01 00:00 0",
            "air_temperature_max 01-31 00:00 to 02-01 00:00 -0.5",
            "precipitation 02-01 00:00 to 02-02 00:00 12.3",
        ]
    );
    assert_eq!(decoded.readings.len(), 4, "-9999 is missing");
    let said = "`PRCP`: it was observed at 2400, and the settings say starts = \"08:00\", stamp = \"end\"";
    assert_eq!(decoded.refused[1].reason, said);
    let midnight = file("csv").replace("starts = \"08:00\", stamp = \"end\"", "starts = \"00:00\", stamp = \"begin\"");
    let decoded = read(&midnight, CSV).unwrap();
    assert_eq!(
        told(&decoded),
        ["air_temperature_max 01-31 16:00 to 02-01 16:00 -0.5", "precipitation 02-03 16:00 to 02-04 16:00 8.8"]
    );
    let headed = format!("ID,DATE,ELEMENT,DATA_VALUE,M_FLAG,Q_FLAG,S_FLAG,OBS_TIME\n{CSV}");
    assert_eq!(read(&midnight, &headed).unwrap().readings, decoded.readings);
    let without: String = CSV.lines().map(|line| format!("{}\n", &line[12..])).collect();
    assert_eq!(read(&midnight, &format!("date,attr,value,a,b,c,d\n{without}")).unwrap().readings, decoded.readings);
    assert_eq!(read(&midnight, &without).unwrap().readings, decoded.readings);
}

#[test]
fn a_day_has_as_many_hours_as_the_clocks_give_it() {
    let settings = file("csv")
        .replace("Asia/Shanghai", "America/New_York")
        .replace("starts = \"08:00\", stamp = \"end\"", "starts = \"00:00\", stamp = \"begin\"")
        .replace("CHM00058362", "USW00094728");
    for (date, hours) in [("20260308", 23), ("20251102", 25), ("20260309", 24)] {
        let decoded = read(&settings, &format!("USW00094728,{date},PRCP,1,,,W,2400\n")).unwrap();
        let [reading] = &decoded.readings[..] else { panic!("{date}") };
        assert_eq!((reading.end - reading.start).num_hours(), hours, "{date}");
    }
}

#[test]
fn packed_files_are_unpacked_and_bounded() {
    let pack = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packer, text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let decoded = read_at(&file("csv"), &pack(CSV), "2026-06-01 00:00").unwrap();
    assert_eq!(decoded, read(&file("csv"), CSV).unwrap());
    let small = file("csv").replace("poll =", "max_body = \"1 KiB\"\n poll =");
    let error = read_at(&small, &pack(&" ".repeat(1 << 20)), "2026-06-01 00:00").unwrap_err();
    assert!(error.to_string().contains("more than 1024 bytes"), "{error}");
}

#[test]
fn days_to_come_are_no_readings() {
    let decoded = read_at(&file("dly"), DLY.as_bytes(), "2026-02-01 12:00").unwrap();
    assert_eq!(decoded.readings.len(), 2, "the first day of each");
    assert_eq!(decoded.refused.iter().filter(|refused| refused.reason.contains("after now")).count(), 4);
}

#[test]
fn what_is_not_of_the_form_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    let truncated: Is = |error| matches!(error, DecodeError::Truncated { .. });
    let cases: [(&str, &str, &str, &str, Is); 19] = [
        ("dly", DLY, "CHM00058362202602PRCP", "CHM00058367202602PRCP", schema),
        ("dly", DLY, "202602PRCP", "202613PRCP", schema),
        ("dly", DLY, "202602TMAX", "202602PRCP", schema),
        ("dly", DLY, "-9999   \n", "-9999  \n", schema),
        ("dly", DLY, "-9999   \n", "    1   \n", schema),
        ("dly", DLY, "-9999   \n", "-9999  \u{e9}\n", schema),
        ("dly", "The current version of GHCN Daily is 3.27-upd-2020051420\n", "", "", schema),
        ("csv", "AB ALBERTA\nAK ALASKA\n", "", "", schema),
        ("csv", CSV, "CHM00058362,20260205,PRCP", "CHM00058367,20260205,PRCP", schema),
        ("csv", CSV, "20260205,PRCP", "20260204,PRCP", schema),
        ("csv", CSV, "20260205,PRCP", "2026-02-05,PRCP", schema),
        ("csv", CSV, "TMAX,-5,,,S,", "TMAX,-5,,,S", schema),
        ("csv", CSV, "WT01,1,,,W,\n", "WT01,1,,,W,", truncated),
        ("service", JSON, "\"STATION\":\"CHM00058362\",\"PRCP\"", "\"STATION\":\"CHM00058367\",\"PRCP\"", schema),
        ("service", JSON, "\"2026-02-04\"", "\"2026-02-02\"", schema),
        ("service", JSON, "\"2026-02-04\"", "\"2026-02-30\"", schema),
        ("service", JSON, "\"PRCP_ATTRIBUTES\":\"T,,W,0800\"", "\"other\":\"\"", schema),
        ("service", JSON, "\"T,,W,0800\"", "\"T\"", schema),
        ("service", JSON, "\"PRCP\":\"4.5\"", "\"DATE\":\"4.5\"", schema),
    ];
    for (form, body, replace, by, is) in cases {
        assert!(body.contains(replace), "{replace}");
        let error = read(&file(form), &body.replacen(replace, by, 1)).expect_err(by);
        assert!(is(&error), "{form} {by}: {error:?}");
    }
    for (replace, by, reason) in [
        ("12.3", "twelve", "`twelve` is not a decimal number"),
        ("12.3", "-12.3", "never below zero"),
        ("\",,W,0800\"", "\"Q,,W,0800\"", "the mark `Q` of 12.3 is not known"),
        ("\",,W,0800\"", "\"T,,W,0800\"", "12.3 is said to be a trace"),
        ("\",,W,0800\"", "\"P,,W,0800\"", "12.3 is said to be presumed zero"),
        ("\",,W,0800\"", "\",?,W,0800\"", "failed the quality check ? (a check that is not known)"),
    ] {
        let decoded = read(&file("service"), &JSON.replacen(replace, by, 1)).unwrap();
        assert_eq!((decoded.readings.len(), decoded.refused.len()), (3, 2), "{by}");
        assert!(decoded.refused[0].reason.contains(reason), "{by}: {}", decoded.refused[0].reason);
    }
}

#[test]
fn a_place_without_a_number_is_refused_and_no_zero() {
    for (form, body, replace, by) in
        [("csv", CSV, "PRCP,123,", "PRCP,,"), ("csv", CSV, "PRCP,123,", "PRCP,-,"), ("dly", DLY, "  123  ", "       ")]
    {
        assert!(body.contains(replace), "{replace}");
        let [whole, blank] =
            [body.to_owned(), body.replacen(replace, by, 1)].map(|body| read(&file(form), &body).unwrap());
        assert_eq!(blank.readings.len() + 1, whole.readings.len(), "{form} {by}");
        assert!(blank.refused.iter().any(|refused| refused.reason.contains("is not a decimal number")), "{form} {by}");
    }
}

#[test]
fn an_answer_without_data_is_nothing_and_an_error_is_told_in_its_words() {
    let settings = feed(SETTINGS);
    let asked = |body: &str| {
        let raw = Raw { bytes: body.as_bytes(), name: "v1", asked: settings.stations.first(), now: None };
        crate::feed::decode(&settings, &raw)
    };
    assert_eq!(asked("[]"), Ok(Decoded::default()));
    assert_eq!(asked(""), Ok(Decoded::default()));
    assert_eq!(read(&file("service"), ""), Err(DecodeError::Empty), "a file is not empty by intent");
    let body = r#"{"errorMessage":"Invalid request","errors":[{"field":"units","message":"unknown"}]}"#;
    let words = "Invalid request; units; unknown".to_owned();
    assert_eq!(asked(body), Err(DecodeError::Provider { reason: words.clone() }));
    assert_eq!(settings.provider.error_reason(body.as_bytes()), Some(words));
    let older = br#"{"status":"400","message":"Token parameter is required."}"#;
    assert_eq!(settings.provider.error_reason(older), Some("Token parameter is required.".to_owned()));
    assert!(matches!(asked("{}"), Err(DecodeError::Schema { .. })));
}

fn requests(settings: &str, url: &str, from: &str, to: &str) -> Vec<Request> {
    let feed = feed(settings);
    let url = UrlTemplate::parse(url, &Network::default()).unwrap();
    let station = feed.stations.first();
    let wanted = Wanted { url: &url, station, from: at(from), to: at(to), now: at(to), key: None, token: None };
    feed.provider.requests(&feed, &wanted)
}

#[test]
fn it_is_asked_year_by_year_and_leaves_nothing_to_the_provider() {
    let url = "https://www.ncei.noaa.gov/access/services/data/v1";
    let asked = requests(SETTINGS, url, "2025-12-30 15:59", "2026-01-01 16:00");
    let asked: Vec<_> = asked.iter().map(|request| request.url.as_str()).collect();
    let query = |from: &str, to: &str| {
        format!(
            "{url}?dataset=daily-summaries&stations=CHM00058362&startDate={from}&endDate={to}&dataTypes=PRCP%2CTMAX\
             &includeAttributes=true&units=metric&format=json"
        )
    };
    assert_eq!(
        asked,
        [query("2025-12-30", "2025-12-31"), query("2026-01-01", "2026-01-02")],
        "dates of the station's zone"
    );
    let url = "https://www.ncei.noaa.gov/pub/data/ghcn/daily/all/{station}.dly";
    let dly =
        SETTINGS.replace("https://www.ncei.noaa.gov/access/services/data/v1", url).replace("\"service\"", "\"dly\"");
    let asked = requests(&dly, url, "2020-12-30 15:59", "2026-01-01 16:00");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].url.as_str(), "https://www.ncei.noaa.gov/pub/data/ghcn/daily/all/CHM00058362.dly");
}

#[test]
fn an_empty_body_is_asked_again_once_by_months() {
    let url = "https://www.ncei.noaa.gov/access/services/data/v1";
    let settings = feed(SETTINGS);
    let first = &requests(SETTINGS, url, "2026-01-15 00:00", "2026-03-02 00:00")[0];
    let (template, headers) = (UrlTemplate::parse(url, &Network::default()).unwrap(), HeaderMap::new());
    let wanted = Wanted {
        url: &template,
        station: settings.stations.first(),
        from: at("2026-01-15 00:00"),
        to: at("2026-03-02 00:00"),
        now: at("2026-03-02 00:00"),
        key: None,
        token: None,
    };
    let next = |request: &Request, bytes: &[u8]| {
        settings.provider.next(&settings, &wanted, &Reply { request, bytes, headers: &headers }).unwrap()
    };
    let months = next(first, b"");
    let spans = months.iter().map(|request| {
        let pairs: Vec<_> = request.url.query_pairs().into_owned().collect();
        assert_eq!(pairs.len(), 8, "nothing else changes");
        format!("{} {}", pairs[2].1, pairs[3].1)
    });
    let spans: Vec<_> = spans.collect();
    assert_eq!(spans, ["2026-01-15 2026-01-31", "2026-02-01 2026-02-28", "2026-03-01 2026-03-02"]);
    assert!(months.iter().all(|request| request.station == first.station));
    assert!(next(&months[1], b"\n").is_empty(), "a month that is empty is empty");
    assert!(next(first, b"[]").is_empty(), "nothing that is said is nothing");
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        SETTINGS,
        &[
            ("PRCP", "PRECIP", "does not send `PRECIP`"),
            (
                "PRCP = { variable = \"precipitation\", unit = \"mm\" }",
                "SNOW = { variable = \"snowfall\", unit = \"mm\" }",
                "does not send `SNOW`",
            ),
            ("\"mm\"", "\"inch\"", "sends `PRCP` in mm, not in inch"),
            ("\"service\"", "\"daily\"", "`daily` is no form"),
            ("\"Asia/Shanghai\"", "\"Asia/Pudong\"", "`Asia/Pudong` is not a time zone"),
            ("\"08:00\"", "\"8\"", "`8` is not a time of day"),
            ("\"end\"", "\"middle\"", "`middle` is no stamp"),
            (", presumed_zero = \"missing\"", "", "`presumed_zero` is missing"),
            ("data/v1", "data/v1?stations={station}", "has no placeholders"),
            ("\"service\"", "\"dly\"", "the URL does not name the station"),
            ("CHM00058362 = {}", "baoshan = {}", "the station `baoshan` is not a GHCN id"),
            ("{ final_after = \"60 d\" }", "\"as told\"", "say nothing of what is final"),
        ],
    );
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(&file("dly"), "", DLY.as_bytes());
    survives(&file("csv"), "", CSV.as_bytes());
    survives(&file("service"), "", JSON.as_bytes());
}

#[tokio::test]
async fn an_empty_answer_leads_to_months_and_their_days_are_read() {
    use crate::feed::http::fault_server::{FaultServer, Reply};
    use crate::feed::{Ask, Feed};
    let server = FaultServer::start(|request| match request.parameter("startDate") {
        Some("2026-02-01") => Reply::json(JSON),
        Some("2026-03-01") => Reply::json("[]"),
        _ => Reply::json(""),
    });
    let settings = feed(&SETTINGS.replace("https://www.ncei.noaa.gov/access/services/data/v1", &server.url("/v1")));
    let network = Network { allow_private: true, ..Network::default() };
    let known = std::collections::BTreeMap::new();
    let ask = Ask { now: at("2026-03-03 00:00"), known_until: &known, from: at("2026-01-15 00:00") };
    let answer = Feed::new(settings, &network).poll(ask).await.unwrap();
    assert_eq!((answer.readings.len(), answer.refused.len(), answer.bodies.len()), (4, 1, 4));
    let asked: Vec<_> =
        server.requests().iter().map(|request| request.parameter("endDate").unwrap().to_owned()).collect();
    assert_eq!(asked, ["2026-03-03", "2026-01-31", "2026-02-28", "2026-03-03"]);
}
