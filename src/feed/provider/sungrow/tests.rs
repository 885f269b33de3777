use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::trial::{
    self, at, poll_with_key, read, read_at, refused, told, wrong_answers, wrong_keys, wrong_settings,
};
use super::*;
use crate::feed::PollError;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::http::fault_server::{self, Reply as Served};
use crate::feed::secret::Key;
use crate::feed::settings::tests::feed;

const PLANTS: &str = include_str!("../../../../fixtures/feeds/sungrow/plants.json");
const PLATFORM: &str = include_str!("../../../../fixtures/feeds/sungrow/platform.json");
const HOST: &str = "https://gateway.isolarcloud.eu";
const OPENAPI: &str = r#"
    kind = "sungrow"
    url = "https://gateway.isolarcloud.eu"
    key = { credential = "sungrow" }
    poll = "1 d"
    delay = "1 h"
    vintage = "provisional"
    sungrow = { family = "openapi", zone = "Asia/Shanghai", user = "ops" }
    columns.p83033 = { variable = "power", unit = "W" }
    columns.p83024 = { variable = "energy", unit = "Wh", counter = {} }
    station.5123456_11_0_0 = {}
    station.777_11_0_0 = {}
"#;
const LOGIN: &str = "appkey = the-app-key\nsecret_key = the-secret-key\npassword = pass&word";
const OWN: &str = "appkey = the-app-key\nsecret_key = the-secret-key\naccess_token = a-token";

fn platform() -> String {
    let lines = OPENAPI.lines().filter(|line| !line.contains("p83024") && !line.contains("777"));
    let settings = lines.collect::<Vec<_>>().join("\n").replace("openapi", "platform").replace("_11_0_0", "");
    settings + "\n    columns.p83012 = { variable = \"irradiance\", unit = \"W/m2\" }\n"
}

/// What is asked with a token of one's own.
fn asked(settings: &str, from: &str, to: &str) -> Vec<Request> {
    let feed = feed(settings);
    let url = UrlTemplate::parse(HOST, &Network::default()).unwrap();
    let key = Key { secret: Secret::new(OWN), goes: None };
    let (from, to) = (at(from), at(to));
    let wanted = Wanted { url: &url, station: None, from, to, now: to, key: Some(&key), token: None };
    feed.provider.requests(&feed, &wanted)
}

/// First and last stamp of each request.
fn spans(settings: &str, from: &str, to: &str) -> Vec<String> {
    let stamps = |request: Request| {
        let body: serde_json::Value = serde_json::from_str(&request.body.unwrap()).unwrap();
        ["start_time_stamp", "end_time_stamp"].map(|name| body[name].as_str().unwrap().to_owned()).join(" ")
    };
    asked(settings, from, to).into_iter().map(stamps).collect()
}

#[test]
fn stamps_are_local_power_begins_with_them_and_totals_are_differences() {
    let decoded = read(OPENAPI, PLANTS).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "5123456_11_0_0 power 2026-06-01 03:05 03:10 1520.5 W provisional",
            "5123456_11_0_0 power 2026-06-01 03:00 03:05 1490 W provisional",
            "5123456_11_0_0 power 2026-06-01 03:10 03:15 none W provisional",
            "5123456_11_0_0 power 2026-06-01 03:20 03:25 none W provisional",
            "777_11_0_0 power 2026-06-01 03:00 03:05 0 W provisional",
            "5123456_11_0_0 energy 2026-06-01 03:00 03:05 100 Wh provisional",
            "5123456_11_0_0 energy 2026-06-01 03:05 03:10 130 Wh provisional",
        ],
        "values are texts; null, nothing and -- are missing; other plants are passed over; over a gap nothing is said"
    );
    assert_eq!(decoded.refused, []);
    let reset = read(OPENAPI, PLANTS.replace("900230", "7")).unwrap();
    assert!(refused(&reset)[0].contains("the counter went back"), "{:?}", refused(&reset));
    let numbers = read(OPENAPI, PLANTS.replace("\"1490\"", "1490")).unwrap();
    assert_eq!(told(&numbers), told(&decoded), "a number is one too");
}

#[test]
fn the_other_family_names_units_and_they_are_compared() {
    let decoded = read(&platform(), PLATFORM).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "5123456 power 2026-06-01 03:00 03:05 1490 W provisional",
            "5123456 irradiance 2026-06-01 03:00 03:05 812.5 W/m2 provisional",
        ]
    );
    for (replace, by, wanted) in [
        ("\"W\"", "\"kW\"", "`p83033` is in `kW`, and the settings say `W`"),
        ("\"83033\"", "\"83034\"", "`p83033` is not among the points (point_dict)"),
        ("\"point_dict\"", "\"points\"", "`point_dict` is missing"),
    ] {
        let error = read(&platform(), PLATFORM.replace(replace, by)).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn success_without_rows_is_nothing() {
    for data in ["{}", "null", "{\"5123456_11_0_0\":[]}"] {
        let body = format!(r#"{{"result_code":"1","result_msg":"success","result_data":{data}}}"#);
        assert_eq!(read(OPENAPI, body).unwrap(), Decoded::default(), "{data}");
    }
    let body = r#"{"result_code":"1","result_data":{"point_dict":[]}}"#;
    assert_eq!(read(&platform(), body).unwrap(), Decoded::default());
}

#[test]
fn hours_that_the_clocks_show_twice_or_skip_are_refused() {
    let berlin = OPENAPI.replace("Asia/Shanghai", "Europe/Berlin");
    let night = PLANTS.replace("2026060111", "2026102502");
    let decoded = read(&berlin, night).unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (0, 5));
    assert!(refused(&decoded)[0].contains("occurs twice in Europe/Berlin"));
    let spring = read(&berlin, PLANTS.replace("2026060111", "2026032902")).unwrap();
    assert!(refused(&spring)[0].contains("does not exist"));
    let odd = read(OPENAPI, PLANTS.replace("20260601110500", "20260601110501")).unwrap();
    assert_eq!(refused(&odd)[0], "result_data.5123456_11_0_0[0]: `20260601110501` begins no five minutes");
}

#[test]
fn what_is_not_over_is_no_reading() {
    let decoded = read_at(OPENAPI, PLANTS, "2026-06-01 03:06").unwrap();
    assert_eq!(decoded.readings.iter().filter(|reading| reading.value.is_some()).count(), 3);
    let reasons = refused(&decoded);
    assert!(
        reasons.iter().all(|reason| reason.contains("a forecast is no reading")) && reasons.len() == 2,
        "{reasons:?}"
    );
}

#[test]
fn three_hours_of_local_time_are_asked_at_once_and_overlap() {
    assert_eq!(
        spans(OPENAPI, "2026-06-01 00:02", "2026-06-01 06:04"),
        ["20260601075000 20260601105000", "20260601104000 20260601134000", "20260601133000 20260601135500"],
        "from ten minutes before, and to the last five minutes that are over"
    );
    assert_eq!(spans(OPENAPI, "2026-06-01 06:00", "2026-06-01 06:04"), [""; 0]);
    let berlin = OPENAPI.replace("Asia/Shanghai", "Europe/Berlin");
    assert_eq!(
        spans(&berlin, "2026-03-29 00:00", "2026-03-29 02:05"),
        ["20260329005000 20260329035000", "20260329034000 20260329040000"],
        "never more than three hours on the wall"
    );
    assert_eq!(
        spans(&berlin, "2026-10-25 00:30", "2026-10-25 01:15"),
        ["20261025011000 20261025021000"],
        "clocks go back"
    );
    let stations = (0..11).map(|number| format!("station.{number}_11_0_0 = {{}}\n")).collect::<String>();
    assert_eq!(
        asked(&format!("{OPENAPI}{stations}"), "2026-06-01 00:00", "2026-06-01 01:00").len(),
        2,
        "ten and three"
    );
}

#[test]
fn bodies_and_headers_are_those_of_the_family() {
    let one = |settings: &str| asked(settings, "2026-06-01 00:00", "2026-06-01 01:00").remove(0);
    let request = one(OPENAPI);
    assert_eq!(request.url.as_str(), "https://gateway.isolarcloud.eu/openapi/getDevicePointMinuteDataList");
    let body = concat!(
        r#"{"appkey":"the-app-key","end_time_stamp":"20260601085500","lang":"_en_US","minute_interval":5,"#,
        r#""points":"p83024,p83033","ps_key_list":["5123456_11_0_0","777_11_0_0"],"start_time_stamp":"20260601075000","#,
        r#""token":"a-token"}"#,
    );
    let sorted = |text: &str| text.replace("p83033,p83024", "p83024,p83033");
    assert_eq!(sorted(request.body.as_deref().unwrap()), body);
    let headers =
        |request: &Request| request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
    assert_eq!(headers(&request), ["x-access-key: the-secret-key", "sys_code: 901", "token: a-token"]);
    let request = one(&platform());
    let path = "https://gateway.isolarcloud.eu/openapi/platform/getPowerStationPointMinuteDataList";
    assert_eq!(request.url.as_str(), path);
    let body = request.body.as_deref().unwrap();
    for part in [r#""ps_id_list":["5123456"]"#, r#""minute_interval":"5""#, r#""is_get_point_dict":"1""#] {
        assert!(body.contains(part), "{body}");
    }
    assert!(!body.contains("a-token"));
    assert_eq!(headers(&request)[2], "authorization: Bearer a-token");
}

#[test]
fn failures_come_with_status_200() {
    let error = |code: &str, words: &str| {
        let body = format!(r#"{{"result_code":"{code}","result_msg":"{words}","result_data":null}}"#);
        read(OPENAPI, body).unwrap_err()
    };
    for (code, words) in [
        ("E00003", "er_token_login_invalid"),
        ("er_token_login_invalid", "Need to login again"),
        ("E904", "token expired"),
        ("010", "er_parameter_value_invalid"),
        ("E1", "er_token_login_invalid"),
    ] {
        assert_eq!(error(code, words), DecodeError::LoggedOut, "{code}");
    }
    assert_eq!(
        read(&platform(), r#"{"error":"invalid_token","error_description":"expired"}"#),
        Err(DecodeError::LoggedOut)
    );
    for (code, words, wanted) in [
        (
            "010",
            "the query time interval exceeds the maximum limit",
            "010: the query time interval exceeds the maximum limit",
        ),
        ("009", "er_missing_parameter:ps_key_list", "009: er_missing_parameter:ps_key_list"),
        (
            "E900",
            "unauthorized access",
            "E900: unauthorized access; the application may use the other `family` alone, or an encrypted one",
        ),
    ] {
        assert_eq!(error(code, words), DecodeError::Provider { reason: wanted.to_owned() });
    }
}

#[tokio::test]
async fn a_login_is_kept_and_renewed_once() {
    let logins = AtomicUsize::new(0);
    let serve = move |request: &fault_server::Request| {
        if request.target == "/openapi/login" {
            let number = logins.fetch_add(1, Ordering::Relaxed) + 1;
            return Served::json(format!(
                r#"{{"result_code":"1","result_msg":"success","result_data":{{"login_state":"1","token":"token-{number}"}}}}"#
            ));
        }
        match request.header("token") {
            Some("token-1") => Served::json(r#"{"result_code":"E00003","result_msg":"er_token_login_invalid"}"#),
            _ => Served::json(PLANTS.replace("2026060111", "2026030211")),
        }
    };
    let (answer, asked) = poll_with_key(OPENAPI, HOST, LOGIN, "2026-03-02 11:00", serve).await;
    assert_eq!(answer.unwrap().readings.len(), 7);
    let paths: Vec<_> = asked.iter().map(|one| one.target.trim_start_matches("/openapi/")).collect();
    assert_eq!(paths, ["login", "getDevicePointMinuteDataList", "login", "getDevicePointMinuteDataList"]);
    let body = concat!(
        r#"{"appkey":"the-app-key","lang":"_en_US","login_type":"1","user_account":"ops","#,
        r#""user_password":"pass&word"}"#,
    );
    assert_eq!((asked[0].body.as_str(), asked[0].header("x-access-key")), (body, Some("the-secret-key")));
    assert!(asked[3].body.contains(r#""token":"token-2""#));
}

#[tokio::test]
async fn a_login_that_is_refused_is_not_tried_for_a_day_and_shows_no_secret() {
    for body in [
        r#"{"result_code":"1","result_data":{"login_state":"0","msg":"wrong pass&word"}}"#,
        r#"{"result_code":"E00003","result_msg":"bad appkey the-app-key"}"#,
    ] {
        let (answer, asked) =
            poll_with_key(OPENAPI, HOST, LOGIN, "2026-03-02 11:00", move |_: &_| Served::json(body)).await;
        let error = answer.unwrap_err();
        assert!(matches!(error, PollError::Provider { .. }) && asked.len() == 1, "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
        let told = error.to_string();
        assert!(told.contains("the login is refused") && told.contains('…'), "{told}");
        assert!(!told.contains("pass&word") && !told.contains("the-app-key"), "{told}");
    }
    let gone = |_: &_| Served::json(r#"{"result_code":"er_token_login_invalid","result_msg":"x"}"#);
    let (answer, asked) = poll_with_key(OPENAPI, HOST, OWN, "2026-03-02 11:00", gone).await;
    assert!(matches!(answer, Err(PollError::LoggedOut { .. })) && asked.len() == 1, "there is no login");
}

#[test]
fn keys_have_lines() {
    let check = |settings: &str, key: &str| feed(settings).provider.check_key(&Secret::new(key));
    assert_eq!((check(OPENAPI, LOGIN), check(OPENAPI, OWN)), (Ok(()), Ok(())));
    let nobody = OPENAPI.replace(", user = \"ops\"", "");
    wrong_keys(&[
        (OPENAPI, "the-app-key", "no line `appkey = …`"),
        (OPENAPI, "appkey = k\npassword = p", "no line `secret_key = …`"),
        (OPENAPI, "appkey = k\nsecret_key = s", "neither a line `password = …` nor `access_token = …`"),
        (&nobody, "appkey = k\nsecret_key = s\npassword = p", "the settings have no `user`"),
    ]);
}

#[test]
fn changed_shapes_are_typed_errors() {
    wrong_answers(
        OPENAPI,
        PLANTS,
        &[
            ("\"result_code\":\"1\",", "", "`result_code` is missing"),
            ("\"result_data\"", "\"data\"", "`result_data` is missing"),
            (
                "\"time_stamp\":\"20260601110500\",",
                "",
                "`time_stamp` is missing (result_data.5123456_11_0_0[0].time_stamp)",
            ),
            ("20260601110500", "20260601110000", "20260601110000 is there twice (result_data.5123456_11_0_0[1])"),
            ("\"1520.5\"", "true", "this is neither a number nor null (result_data.5123456_11_0_0[0].p83033)"),
            ("\"p83033\":\"1520.5\"", "\"p83024\":\"1\"", "`p83024` is there twice"),
        ],
    );
    let renamed = read(OPENAPI, PLANTS.replace("p83033", "p83034")).unwrap_err().to_string();
    assert!(renamed.contains("there is no column `p83033`"), "{renamed}");
    let text = read(OPENAPI, PLANTS.replace("1520.5", "1.5 kW")).unwrap();
    assert!(refused(&text)[0].starts_with("result_data.5123456_11_0_0[0].p83033: `p83033`"), "{:?}", refused(&text));
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        OPENAPI,
        &[
            ("columns.p83033", "columns.p83022", "a plant of Sungrow's does not send `p83022`"),
            ("\"W\" }", "\"kW\" }", "sends `p83033` in W, not in kW"),
            ("\"W\" }", "\"W\", counter = {} }", "power is nothing that a counter adds up"),
            (", counter = {}", "", "`p83024` is a total that counts on"),
            ("\"openapi\"", "\"web\"", "`web` is no family"),
            ("zone = \"Asia/Shanghai\", ", "", "`zone` is missing"),
            ("5123456_11_0_0", "5123456", "the station `5123456` is not the ps_key of a plant or a device"),
            ("777_11_0_0", "777_1_1_1", "plants and inverters have other points"),
            ("isolarcloud.eu\"", "isolarcloud.eu/{station}\"", "has no placeholders"),
            ("key = { credential = \"sungrow\" }", "", "sungrow answers nobody without a key"),
        ],
    );
    wrong_settings(&platform(), &[("station.5123456", "station.5123456_11_0_0", "is not the ps_id of a plant")]);
    let inverter = OPENAPI.replace("_11_0_0", "_1_1_1").replace("p83033", "p24");
    let inverter: Vec<_> = inverter.lines().filter(|line| !line.contains("p83024")).collect();
    wrong_settings(&inverter.join("\n"), &[("p24", "p83033", "an inverter of Sungrow's does not send `p83033`")]);
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    let file = |settings: &str| settings.replace("url = \"https://gateway.isolarcloud.eu\"", "file = \"f.json\"");
    trial::survives(&file(OPENAPI), "f.json", PLANTS.as_bytes());
    trial::survives(&file(&platform()), "f.json", PLATFORM.as_bytes());
}
