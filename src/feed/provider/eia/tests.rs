use super::super::trial::{at, survives, wrong_settings};
use super::*;
use crate::feed::address::Network;
use crate::feed::http::fault_server::{FaultServer, Reply as Answered};
use crate::feed::settings::tests::feed;
use crate::feed::{Ask, Feed};

const WIND: &str = include_str!("../../../../fixtures/feeds/eia/wind.json");
const SETTINGS: &str = r#"
    kind = "eia"
    url = "https://api.eia.gov/v2/electricity/rto"
    key = { file = "eia.key" }
    poll = "6 h"
    delay = "2 d"
    vintage = { final_after = "45 d" }
    eia = { data = "fuel-type-data", of = "WND" }
    columns.value = { variable = "energy", unit = "MWh" }
    station.ERCO = {}
"#;

fn file() -> String {
    SETTINGS.replace("url = \"https://api.eia.gov/v2/electricity/rto\"", "file = \"f\"")
}

fn read(body: &str, now: &str) -> Result<Decoded, DecodeError> {
    crate::feed::decode(&feed(&file()), &Raw { bytes: body.as_bytes(), name: "", asked: None, now: Some(at(now)) })
}

#[test]
fn a_period_is_the_end_of_its_hour_a_value_a_number_a_text_or_null() {
    let decoded = read(WIND, "2026-02-01 00:00").unwrap();
    assert_eq!(decoded.refused, []);
    let of = decoded.readings.iter().map(|reading| {
        let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
        format!(
            "{} {} to {} {value} {}",
            reading.variable,
            reading.start.format("%R"),
            reading.end.format("%R"),
            reading.unit
        )
    });
    let told: Vec<_> = of.collect();
    assert_eq!(
        told,
        ["energy 00:00 to 01:00 12345 MWh", "energy 01:00 to 02:00 none MWh", "energy 03:00 to 04:00 -7.5 MWh"],
        "less than nothing is real"
    );
    let decoded = read(WIND, "2026-01-01 03:00").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (2, 1));
    assert!(decoded.refused[0].reason.contains("after now"));
}

#[test]
fn what_is_not_as_asked_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    for (replace, by, is) in [
        ("\"hourly\"", "\"local-hourly\"", schema),
        ("HH24\"", "HH24TZH\"", schema),
        ("\"megawatthours\"", "\"megawatts\"", |error| matches!(error, DecodeError::Unit { .. })),
        ("\"ERCO\"", "\"CISO\"", schema),
        ("\"WND\"", "\"SUN\"", schema),
        ("T02", "T01", schema),
        ("2026-01-01T02", "2026-01-01T24", schema),
        ("2026-01-01T02", "2026-01-01", schema),
        ("null", "true", schema),
        ("\"value\":null,", "", schema),
        ("\"value\":null", "\"period\":null", schema),
        ("\"total\":\"3\"", "\"total\":\"many\"", schema),
        ("\"response\"", "\"answer\"", schema),
    ] {
        assert!(WIND.contains(replace), "{replace}");
        let error = read(&WIND.replacen(replace, by, 1), "2026-02-01 00:00").expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
    let decoded = read(&WIND.replacen("\"12345\"", "\"many\"", 1), "2026-02-01 00:00").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (2, 1));
    let body = r#"{"error":{"code":"API_KEY_MISSING","message":"No api_key was supplied."}}"#;
    let reason = "API_KEY_MISSING; No api_key was supplied.".to_owned();
    assert_eq!(feed(&file()).provider.error_reason(body.as_bytes()), Some(reason.clone()));
    assert_eq!(read(body, "2026-02-01 00:00"), Err(DecodeError::Provider { reason }));
}

/// A page of hours from one row to another, of so many in all; it repeats the key as EIA does.
fn page(from: usize, to: usize, total: usize) -> Answered {
    let rows = (from..to).map(|row| {
        let at = at("2026-01-01 01:00") + chrono::TimeDelta::hours(i64::try_from(row).unwrap());
        let period = at.format(PERIOD);
        format!("{{\"period\":\"{period}\",\"respondent\":\"ERCO\",\"fueltype\":\"WND\",\"value\":{row},\"value-units\":\"{UNIT}\"}}")
    });
    let rows = rows.collect::<Vec<_>>().join(",");
    Answered::json(format!(
        "{{\"response\":{{\"total\":{total},\"dateFormat\":\"YYYY-MM-DD\\\"T\\\"HH24\",\"frequency\":\"hourly\",\"data\":[{rows}]}},\
         \"request\":{{\"params\":{{\"api_key\":\"very-secret\"}}}}}}"
    ))
}

async fn poll(server: &FaultServer) -> Result<crate::feed::Answer, crate::feed::PollError> {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("eia.key");
    std::fs::write(&key, "very-secret\n").unwrap();
    let settings = SETTINGS.replace("https://api.eia.gov", &server.url("")).replace("eia.key", key.to_str().unwrap());
    let network = Network { allow_private: true, ..Network::default() };
    let known = std::collections::BTreeMap::new();
    let ask = Ask { now: at("2026-01-10 00:30"), known_until: &known, from: at("2026-01-01 00:30") };
    Feed::new(feed(&settings), &network).poll(ask).await
}

#[tokio::test]
async fn pages_are_asked_until_all_rows_are_there_and_the_key_is_kept_nowhere() {
    let server = FaultServer::start(|request| match request.parameter("offset") {
        Some("0") => page(0, 4, 9),
        Some("4") => page(4, 8, 9),
        _ => page(8, 9, 9),
    });
    let answer = poll(&server).await.unwrap();
    assert_eq!(answer.readings.len(), 9);
    assert_eq!(answer.bodies.len(), 3);
    for body in &answer.bodies {
        assert!(!String::from_utf8_lossy(&body.bytes).contains("very-secret"), "the answer repeats the key");
        assert!(body.name.contains("the key in the answer is replaced") && !body.name.contains("very-secret"));
    }
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.header("x-api-key") == Some("very-secret")));
    let query = |offset: usize| {
        format!(
            "/v2/electricity/rto/fuel-type-data/data/?data%5B%5D=value&facets%5Brespondent%5D%5B%5D=ERCO\
             &facets%5Bfueltype%5D%5B%5D=WND&frequency=hourly&start=2026-01-01T00&end=2026-01-10T00\
             &sort%5B0%5D%5Bcolumn%5D=period&sort%5B0%5D%5Bdirection%5D=asc&offset={offset}&length=5000"
        )
    };
    let asked: Vec<_> = requests.into_iter().map(|request| request.target).collect();
    assert_eq!(asked, [query(0), query(4), query(8)]);
}

#[tokio::test]
async fn a_page_that_ends_too_early_is_an_error_and_no_loop() {
    let server = FaultServer::start(|request| match request.parameter("offset") {
        Some("0") => page(0, 4, 9),
        _ => page(0, 0, 9),
    });
    let error = poll(&server).await.unwrap_err();
    assert!(error.to_string().contains("the page from row 4 on is empty, and there are 9 rows"), "{error}");
    assert_eq!(server.requests().len(), 2);
    let server = FaultServer::start(|_| page(0, 0, 0));
    assert_eq!(poll(&server).await.unwrap().readings, [], "no rows at all are nothing");
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        SETTINGS,
        &[
            ("columns.value", "columns.values", "does not send `values`"),
            ("\"energy\", unit = \"MWh\"", "\"energy\", unit = \"kWh\"", "EIA sends `value` in MWh, not in kWh"),
            ("\"energy\", unit = \"MWh\"", "\"power\", unit = \"MW\"", "`value` of EIA is not power"),
            ("\"fuel-type-data\"", "\"fuel\"", "`fuel` is no data"),
            ("\"WND\"", "\"wind\"", "`wind` is not a code of EIA"),
            ("\"fuel-type-data\", of = \"WND\"", "\"region-data\", of = \"DF\"", "`DF` is the forecast of demand"),
            ("station.ERCO", "station.texas", "the station `texas` is not the code of a balancing authority"),
            ("key = { file = \"eia.key\" }", "", "eia answers nobody without a key"),
            ("rto\"", "rto/{station}\"", "has no placeholders"),
        ],
    );
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(&file(), "", WIND.as_bytes());
}
