use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::trial::{
    self, at, instead, poll_with_key, read, read_at, refused, requests, told, wrong_answers, wrong_keys, wrong_settings,
};
use super::*;
use crate::feed::PollError;
use crate::feed::http::fault_server::{self, Reply as Served};
use crate::feed::settings::tests::feed;

const METERS: &str = include_str!("../../../../fixtures/feeds/enphase/meters.json");
const MICROS: &str = include_str!("../../../../fixtures/feeds/enphase/micros.json");
const REVENUE_GRADE: &str = include_str!("../../../../fixtures/feeds/enphase/revenue-grade.json");
const HOST: &str = "https://api.enphaseenergy.com";
const SYSTEMS: &str = r#"
    kind = "enphase"
    url = "https://api.enphaseenergy.com/api/v4"
    key = { credential = "enphase" }
    poll = "1 d"
    delay = "2 h"
    vintage = { final_after = "7 d" }
    enphase = { telemetry = "production_meter", partial = "refuse", user = "ops@park.example", client = "an-id" }
    columns.wh_del = { variable = "energy", unit = "Wh" }
    station.1765123 = {}
"#;
const LOGIN: &str = "api_key = the-api-key\nclient_secret = the-secret\npassword = pass&word";

fn micros() -> String {
    let micros = SYSTEMS.replace("production_meter", "production_micro").replace("wh_del", "enwh");
    micros + "    columns.powr = { variable = \"power\", unit = \"W\" }\n"
}

fn revenue_grade() -> String {
    SYSTEMS.replace("production_meter", "rgm_stats")
}

/// Asked with a token of one's own.
fn urls(settings: &str, from: &str, to: &str) -> Vec<String> {
    use crate::feed::address::{Network, UrlTemplate};
    use crate::feed::secret::Key;
    let feed = feed(settings);
    let url = UrlTemplate::parse("https://api.enphaseenergy.com/api/v4", &Network::default()).unwrap();
    let key = Key { secret: Secret::new("api_key = a-key\naccess_token = a-token"), goes: None };
    let (from, to, now) = (at(from), at(to), at("2026-06-15 12:00"));
    let wanted = Wanted { url: &url, station: feed.stations.first(), from, to, now, key: Some(&key), token: None };
    let requests = feed.provider.requests(&feed, &wanted);
    assert!(requests.iter().all(|one| one.headers == [("authorization".to_owned(), "Bearer a-token".to_owned())]));
    requests.into_iter().map(|request| request.url.to_string()).collect()
}

#[test]
fn a_stamp_ends_its_quarter_hour_and_null_is_missing() {
    let decoded = read_at(SYSTEMS, METERS, "2026-06-02 00:00").unwrap();
    assert_eq!(
        told(&decoded),
        [
            "1765123 energy 2026-06-01 00:00 00:15 120 Wh provisional",
            "1765123 energy 2026-06-01 00:30 00:45 none Wh provisional",
            "1765123 energy 2026-06-01 00:45 01:00 0 Wh provisional",
        ]
    );
    assert_eq!(
        told(&read_at(&revenue_grade(), REVENUE_GRADE, "2026-06-08 00:15").unwrap()),
        ["1765123 energy 2026-06-01 00:00 00:15 120.5 Wh final"]
    );
}

#[test]
fn a_sum_to_which_not_every_device_has_added_counts_as_the_settings_say() {
    let decoded = read(SYSTEMS, METERS).unwrap();
    assert_eq!(refused(&decoded), ["intervals[1].wh_del: `wh_del`: 1 of 2 devices reported, so it is not whole"]);
    let used = read(&SYSTEMS.replace("\"refuse\"", "\"use\""), METERS).unwrap();
    assert_eq!((used.readings.len(), used.refused.len()), (4, 0));
    assert!(told(&used)[1].contains("00:15 00:30 61 Wh"));
}

#[test]
fn microinverters_are_told_by_five_minutes_and_what_is_absent_is_missing() {
    assert_eq!(
        told(&read_at(&micros(), MICROS, "2026-06-02 00:00").unwrap()),
        [
            "1765123 energy 2026-06-01 00:00 00:05 121 Wh provisional",
            "1765123 power 2026-06-01 00:00 00:05 1450 W provisional",
            "1765123 energy 2026-06-01 00:05 00:10 none Wh provisional",
            "1765123 power 2026-06-01 00:05 00:10 1380.5 W provisional",
        ]
    );
    let renamed = read(&micros(), MICROS.replace("powr", "power")).unwrap_err();
    assert_eq!(renamed.to_string(), "there is no column `powr`; did you mean `power`?");
}

#[test]
fn what_is_not_over_is_no_reading_and_no_intervals_are_nothing() {
    let decoded = read_at(SYSTEMS, METERS, "2026-06-01 00:31").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (1, 2));
    assert!(refused(&decoded)[1].contains("a forecast is no reading"));
    let none = r#"{"system_id":1765123,"granularity":"week","total_devices":2,"intervals":[],"meta":{}}"#;
    assert_eq!(read(SYSTEMS, none).unwrap(), Decoded::default());
}

#[test]
fn seven_days_or_one_are_asked_at_once_and_two_years_back() {
    let base = "https://api.enphaseenergy.com/api/v4/systems/1765123";
    let start = |text: &str| at(text).timestamp();
    let meters =
        |from: &str| format!("{base}/telemetry/production_meter?start_at={}&granularity=week&key=a-key", start(from));
    assert_eq!(
        urls(SYSTEMS, "2026-06-01 00:07", "2026-06-15 12:00"),
        ["2026-06-01 00:00", "2026-06-08 00:00", "2026-06-15 00:00"].map(meters)
    );
    let micros_of =
        |from: &str| format!("{base}/telemetry/production_micro?start_at={}&granularity=day&key=a-key", start(from));
    assert_eq!(
        urls(&micros(), "2026-06-14 10:04", "2026-06-15 12:00"),
        ["2026-06-14 10:00", "2026-06-15 10:00"].map(micros_of)
    );
    let spans = |from, to| format!("{base}/rgm_stats?start_at={}&end_at={}&key=a-key", start(from), start(to));
    assert_eq!(
        urls(&revenue_grade(), "2026-06-01 00:00", "2026-06-08 00:29"),
        [spans("2026-06-01 00:00", "2026-06-08 00:00"), spans("2026-06-08 00:00", "2026-06-08 00:15")]
    );
    let first = urls(&revenue_grade(), "2020-01-01 00:00", "2026-06-15 00:00").remove(0);
    assert!(first.contains(&format!("start_at={}&", start("2024-06-15 12:00"))), "{first}");
    assert_eq!(urls(SYSTEMS, "2026-06-15 12:00", "2026-06-15 12:00"), [""; 0]);
}

#[tokio::test]
async fn a_login_brings_a_token_and_another_one_where_it_ran_out() {
    let logins = AtomicUsize::new(0);
    let serve = move |request: &fault_server::Request| {
        if request.target.starts_with("/oauth/token") {
            let number = logins.fetch_add(1, Ordering::Relaxed) + 1;
            return Served::json(format!(r#"{{"access_token":"token-{number}","expires_in":86399}}"#));
        }
        match request.header("authorization") {
            Some("Bearer token-1") => {
                Served::json(r#"{"message":"Not Authorized","details":"User is not authorized","code":401}"#)
                    .with_status(401)
            }
            _ => Served::json(
                METERS
                    .replace("1780272", "1772280")
                    .replace("1780273", "1772281")
                    .replace("1780274", "1772282")
                    .replace("1780275", "1772283"),
            ),
        }
    };
    let (answer, asked) = poll_with_key(SYSTEMS, HOST, LOGIN, "2026-02-28 12:00", serve).await;
    let answer = answer.unwrap();
    assert_eq!((answer.readings.len(), answer.refused.len(), answer.bodies.len()), (3, 1, 1));
    assert!(!answer.bodies[0].name.contains("the-api-key"), "{}", answer.bodies[0].name);
    let paths: Vec<_> = asked.iter().map(|one| one.target.split('?').next().unwrap()).collect();
    let data = "/api/v4/systems/1765123/telemetry/production_meter";
    assert_eq!(paths, ["/oauth/token", data, "/oauth/token", data]);
    assert_eq!(asked[0].target, "/oauth/token?grant_type=password&username=ops%40park.example&password=pass%26word");
    assert_eq!(asked[0].header("authorization"), Some("Basic YW4taWQ6dGhlLXNlY3JldA=="));
    assert_eq!(asked[3].header("authorization"), Some("Bearer token-2"));
    assert_eq!(asked[3].parameter("key"), Some("the-api-key"));
}

#[tokio::test]
async fn a_login_that_stays_unknown_is_not_tried_for_ever_and_secrets_are_not_shown() {
    let serve = |request: &fault_server::Request| match request.target.starts_with("/oauth/token") {
        true => Served::json(r#"{"access_token":"token-of-today"}"#),
        false => Served::json(r#"{"message":"Not Authorized","code":401}"#).with_status(401),
    };
    let (answer, asked) = poll_with_key(SYSTEMS, HOST, LOGIN, "2026-03-01 12:00", serve).await;
    let PollError::LoggedOut { name } = answer.unwrap_err() else { panic!() };
    assert!(asked.len() == 4 && !name.contains("the-api-key"), "{name}");
    let wrong = |_: &_| {
        let body = r#"{"error":"invalid_grant","error_description":"Bad credentials: pass&word the-secret"}"#;
        Served::json(body).with_status(400)
    };
    let (answer, asked) = poll_with_key(SYSTEMS, HOST, LOGIN, "2026-03-01 12:00", wrong).await;
    let error = answer.unwrap_err().to_string();
    assert!(error.contains("invalid_grant: Bad credentials: … …") && asked.len() == 1, "{error}");
    let token = "api_key = the-api-key\naccess_token = a-token-of-the-owner";
    let refuse = |_: &_| Served::json(r#"{"message":"Not Authorized","code":401}"#).with_status(401);
    let (answer, asked) = poll_with_key(SYSTEMS, HOST, token, "2026-03-01 12:00", refuse).await;
    assert!(matches!(answer, Err(PollError::Status { status: 401, .. })) && asked.len() == 1, "there is no login");
}

#[tokio::test]
async fn a_quota_that_is_spent_is_waited_for() {
    let spent = |period: &str, end: &str| {
        let end = at(end).timestamp();
        let body = format!(
            r#"{{"message":"Too Many Requests","details":"Usage limit exceeded for plan Watt","code":429,"period":"{period}","period_start":0,"period_end":{end},"limit":10}}"#
        );
        move |_: &fault_server::Request| Served::json(body.clone()).with_status(429)
    };
    let token = "api_key = the-api-key\naccess_token = a-token";
    for (period, end, wait_s) in [("minute", "2026-03-02 12:01", 60), ("month", "2026-04-01 00:00", 86_400)] {
        let (answer, asked) = poll_with_key(SYSTEMS, HOST, token, "2026-03-02 11:00", spent(period, end)).await;
        let error = answer.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(wait_s)), "{error}");
        assert!(error.to_string().contains(&format!("plan Watt, by the {period}, spent until")), "{error}");
        assert_eq!(asked.len(), 1);
    }
    assert_eq!(feed(SYSTEMS).provider.window("Usage limit exceeded for plan Watt", at("2026-03-02 12:00")), None);
}

#[test]
fn a_span_without_reports_is_done_without() {
    let feed = feed(SYSTEMS);
    let span = ("2026-06-01 00:00", "2026-06-02 00:00");
    let login = requests(&feed, span.0, span.1).remove(0);
    let invalid = "Unprocessable Entity: Requested date range is invalid for this system";
    let told = |status, words| instead(&feed, span, &login, status, words);
    assert!(matches!(told(422, invalid), Instead::DoWithout));
    assert!(matches!(told(422, "Failed to parse date"), Instead::Fail));
    assert!(matches!(told(401, ""), Instead::Fail), "a login is not begun anew by another one");
}

#[test]
fn keys_have_lines() {
    let check = |settings: &str, key: &str| feed(settings).provider.check_key(&Secret::new(key));
    assert_eq!(check(SYSTEMS, LOGIN), Ok(()));
    let alone = SYSTEMS.replace(", user = \"ops@park.example\", client = \"an-id\"", "");
    assert_eq!(check(&alone, "api_key = k\naccess_token = t"), Ok(()));
    wrong_keys(&[
        (SYSTEMS, "the-api-key", "no line `api_key = …`"),
        (SYSTEMS, "api_key = k\npassword = p", "no line `client_secret = …`"),
        (SYSTEMS, "api_key = k\nclient_secret = s", "no line `password = …`"),
        (&alone, "api_key = k\nclient_secret = s\npassword = p", "the settings need `user` and `client`"),
    ]);
}

#[test]
fn changed_shapes_are_typed_errors() {
    wrong_answers(
        SYSTEMS,
        METERS,
        &[
            ("\"system_id\": 1765123, ", "", "`system_id` is missing"),
            ("1765123", "1765124", "the answer for `1765123` is for another place: 1765124"),
            ("\"week\"", "\"day\"", "it is `day`, and was to be `week` (granularity)"),
            (", \"total_devices\": 2", "", "`total_devices` is missing"),
            ("\"intervals\": [", "\"interval\": [", "`intervals` is missing"),
            ("\"end_at\": 1780272900, ", "", "`end_at` is missing (intervals[0].end_at)"),
            ("1780272900", "1780272901", "this is the end of no interval (intervals[0].end_at)"),
            ("1780272900", "1780272900000", "this is the end of no interval (intervals[0].end_at)"),
            ("1780272900", "\"1780272900\"", "this is the end of no interval (intervals[0].end_at)"),
            ("1780273800", "1780272900", "its end is not after the one before (intervals[1])"),
            ("\"devices_reporting\": 2, ", "", "`devices_reporting` is missing (intervals[0].devices_reporting)"),
            ("120 }", "\"120\" }", "this is neither a number nor null (intervals[0].wh_del)"),
            ("\"wh_del\": 120", "\"wh_del\": 120, \"wh_del\": 1", "`wh_del` is there twice"),
        ],
    );
    let error = read(SYSTEMS, r#"{"message":"Not Found","details":"System not found for {:id=>\"1\"}","code":404}"#);
    let reason = "Not Found: System not found for {:id=>\"1\"}".to_owned();
    assert_eq!(error, Err(DecodeError::Provider { reason }));
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        SYSTEMS,
        &[
            ("columns.wh_del", "columns.enwh", "Enphase's production_meter does not send `enwh`"),
            ("\"Wh\"", "\"kWh\"", "sends `wh_del` in Wh, not in kWh"),
            ("\"production_meter\"", "\"battery\"", "`battery` is no telemetry"),
            ("partial = \"refuse\", ", "", "`partial` is missing"),
            (", client = \"an-id\"", "", "a login has a user and a client"),
            ("1765123", "roof", "the station `roof` is not the number of a system"),
            ("/api/v4\"", "/api/v4/{station}\"", "has no placeholders"),
            ("key = { credential = \"enphase\" }", "", "enphase answers nobody without a key"),
        ],
    );
    wrong_settings(
        &micros(),
        &[("columns.enwh", "columns.wh_del", "Enphase's production_micro does not send `wh_del`")],
    );
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    let file = |settings: &str| settings.replace("url = \"https://api.enphaseenergy.com/api/v4\"", "file = \"f.json\"");
    trial::survives(&file(SYSTEMS), "f.json", METERS.as_bytes());
    trial::survives(&file(&micros()), "f.json", MICROS.as_bytes());
    trial::survives(&file(&revenue_grade()), "f.json", REVENUE_GRADE.as_bytes());
}
