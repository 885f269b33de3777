use super::super::trial::{at, wrong_settings};
use super::*;
use crate::feed::address::Network;
use crate::feed::http::fault_server::{FaultServer, Reply};
use crate::feed::settings::tests::feed;
use crate::feed::{Ask, Feed};

const DAY: &str = include_str!("../../../../fixtures/feeds/pvoutput/day.txt");
const URL: &str = "https://pvoutput.org/service/r2/getstatus.jsp";
const SETTINGS: &str = r#"
    kind = "pvoutput"
    url = "https://pvoutput.org/service/r2/getstatus.jsp"
    key = { file = "pv.key" }
    poll = "6 h"
    delay = "1 d"
    vintage = "provisional"
    pvoutput = { zone = "Australia/Sydney", every = "5 min" }
    columns.energy = { variable = "energy", unit = "Wh" }
    columns.average_power = { variable = "power", unit = "W" }
    station.12345 = {}
"#;

fn file() -> String {
    SETTINGS.replace(&format!("url = \"{URL}\""), "file = \"f\"")
}

fn read(body: &str) -> Result<Decoded, DecodeError> {
    let raw = Raw { bytes: body.as_bytes(), name: "", asked: None, now: Some(at("2026-06-02 00:00")) };
    crate::feed::decode(&feed(&file()), &raw)
}

fn told(decoded: &Decoded) -> Vec<String> {
    let of = decoded.readings.iter().map(|reading| {
        let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
        format!("{} {} to {} {value}", reading.variable, reading.start.format("%R"), reading.end.format("%R"))
    });
    of.collect()
}

#[test]
fn a_stamp_is_a_local_end_and_energy_what_the_total_of_the_day_gained() {
    let decoded = read(DAY).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "power 23:55 to 00:00 none",
            "energy 00:00 to 00:05 30",
            "power 00:00 to 00:05 360",
            "power 00:10 to 00:15 420",
            "power 00:15 to 00:20 0",
            "energy 00:20 to 00:25 35",
            "power 00:20 to 00:25 430.5",
        ],
        "ten o'clock in Sydney is midnight; over a gap nothing is said of energy"
    );
    let [refused] = &decoded.refused[..] else { panic!("{:?}", decoded.refused) };
    assert_eq!(refused.place, "record 4");
    assert_eq!(refused.reason, "`energy`: the total of the day fell from 1300 to 1290");
    let newest_first = DAY.split(';').rev().collect::<Vec<_>>().join(";");
    assert_eq!(told(&read(&newest_first).unwrap()), told(&decoded));
    assert_eq!(read(&format!("{DAY};\n")).unwrap(), decoded);
}

#[test]
fn the_hour_that_the_clocks_show_twice_is_refused() {
    let night = DAY.replace("20260601", "20260405").replace(",10:", ",02:");
    let decoded = read(&night).unwrap();
    assert_eq!(decoded.readings, []);
    assert_eq!(decoded.refused.len(), 5);
    assert!(decoded.refused[0].reason.contains("occurs twice in Australia/Sydney"), "{:?}", decoded.refused[0]);
}

#[test]
fn the_total_begins_anew_each_day() {
    let midnight = "20260531,23:55,5000,0,0,0,0,NaN,NaN,NaN,NaN;20260601,00:00,0,0,0,0,0,NaN,NaN,NaN,NaN";
    let decoded = read(midnight).unwrap();
    assert_eq!(told(&decoded), ["power 13:50 to 13:55 0", "power 13:55 to 14:00 0"]);
    assert_eq!(decoded.refused, []);
}

#[test]
fn what_is_not_the_history_is_a_typed_error() {
    let provider = |text: &str| Err(DecodeError::Provider { reason: text.to_owned() });
    assert_eq!(read("Unauthorized 401: Invalid API Key\n"), provider("Unauthorized 401: Invalid API Key"));
    for (body, what) in [
        (
            "20260601,10:00,1200,400,NaN,NaN,0.1,20.5,230.1",
            "a record of the history has 11 or 17 fields, this one 9 (record 1)",
        ),
        (&DAY.replace("10:05", "10:00"), "its time is there twice (record 2)"),
    ] {
        assert_eq!(read(body).unwrap_err().to_string(), what);
    }
    let decoded = read(&DAY.replace("10:05", "25:05")).unwrap();
    assert_eq!(decoded.refused.iter().filter(|refused| refused.reason.contains("is not a time")).count(), 1);
    let decoded = read(&DAY.replace(",360,", ",much,")).unwrap();
    assert!(decoded.refused[0].reason.contains("`much` is not a decimal number"), "{:?}", decoded.refused[0]);
}

#[tokio::test]
async fn days_are_asked_one_by_one_with_key_and_system_in_headers_and_no_status_is_nothing() {
    let server = FaultServer::start(|request| match request.parameter("d") {
        Some("20260601") => Reply::csv(DAY),
        _ => match Reply::csv("Bad request 400: No status found") {
            Reply::Full { headers, body, .. } => Reply::Full { status: 400, headers, body },
            other => other,
        },
    });
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("pv.key");
    std::fs::write(&key, "very-secret").unwrap();
    let settings = SETTINGS.replace(URL, &server.url("/getstatus.jsp")).replace("pv.key", key.to_str().unwrap());
    let network = Network { allow_private: true, ..Network::default() };
    let known = std::collections::BTreeMap::new();
    let ask = Ask { now: at("2026-06-02 00:00"), known_until: &known, from: at("2026-05-30 15:00") };
    let answer = Feed::new(feed(&settings), &network).poll(ask).await.unwrap();
    assert_eq!((answer.readings.len(), answer.bodies.len()), (7, 1));
    let requests = server.requests();
    let asked: Vec<_> = requests.iter().map(|request| request.target.as_str()).collect();
    let path = |day: &str| format!("/getstatus.jsp?d={day}&h=1&limit=288");
    assert_eq!(asked, [path("20260531"), path("20260601"), path("20260602")], "days of the system's zone");
    for request in &requests {
        assert_eq!(request.header("x-pvoutput-apikey"), Some("very-secret"));
        assert_eq!(request.header("x-pvoutput-systemid"), Some("12345"));
    }
    let early = Ask { now: at("2026-06-02 00:00"), known_until: &known, from: at("2026-01-01 00:00") };
    Feed::new(feed(&settings), &network).poll(early).await.unwrap();
    assert_eq!(server.requests().len(), 3 + MOST_DAYS, "no more than the quota allows");
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        SETTINGS,
        &[
            ("columns.energy", "columns.energies", "does not send `energies`"),
            ("\"Wh\"", "\"Wh\", counter = {}", "`energy` of PVOutput is no counter"),
            ("\"Wh\"", "\"kWh\"", "PVOutput sends `energy` in Wh, not in kWh"),
            ("\"5 min\"", "\"7 min\"", "an hour is no multiple of this"),
            ("Australia/Sydney", "Sydney", "`Sydney` is not a time zone"),
            ("12345", "roof", "the station `roof` is not the number of a system"),
            ("key = { file = \"pv.key\" }", "", "pvoutput answers nobody without a key"),
        ],
    );
}

/// A history that is cut between two records has the earlier ones; one that is cut inside of one is refused.
#[test]
fn what_is_cut_or_changed_is_not_misread() {
    super::super::trial::survives(&file(), "", DAY.as_bytes());
}
