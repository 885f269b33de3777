use super::super::trial::{self, at, instead, read, read_at, refused, requests, told, wrong_answers, wrong_settings};
use super::*;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::request::Role;
use crate::feed::secret::Key;
use crate::feed::settings::tests::feed;

const WIND: &str = include_str!("../../../../fixtures/feeds/ercot/wind.json");
const GRID: &str = r#"
    kind = "ercot"
    url = "https://api.ercot.com/api/public-reports"
    key = { credential = "ercot" }
    poll = "3 h"
    delay = "2 h"
    vintage = "provisional"
    ercot = { report = "wind", user = "ops@park.example" }
    columns.genSystemWide = { variable = "power", unit = "MW" }
    station.ERCOT = {}
"#;
const KEY: &str = "subscription_key = the-key\npassword = pass&word";

/// What is asked, with or without a token.
fn asked(from: &str, to: &str, token: Option<&str>) -> Vec<Request> {
    let feed = feed(GRID);
    let url = UrlTemplate::parse("https://api.ercot.com/api/public-reports", &Network::default()).unwrap();
    let key = Key { secret: Secret::new(KEY), goes: None };
    let (from, to, token) = (at(from), at(to), token.map(Secret::new));
    let wanted = Wanted { url: &url, station: None, from, to, now: to, key: Some(&key), token };
    feed.provider.requests(&feed, &wanted)
}

#[test]
fn hours_end_on_the_wall_of_texas_and_the_doubled_one_has_a_flag() {
    let decoded = read(GRID, WIND).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "ERCOT power 2026-11-01 05:00 06:00 11020.5 MW provisional",
            "ERCOT power 2026-11-01 06:00 07:00 10800 MW provisional",
            "ERCOT power 2026-11-01 07:00 08:00 10750.25 MW provisional",
            "ERCOT power 2026-11-01 08:00 09:00 none MW provisional",
            "ERCOT power 2026-11-02 05:00 06:00 9100 MW provisional",
        ],
        "of an hour the newest posting counts; null of an hour that was over is missing; a forecast is passed over"
    );
    assert_eq!(decoded.refused, []);
    let with_time = WIND.replacen("\"2026-11-01\"", "\"2026-11-01T00:00:00\"", 1);
    assert_eq!(read(GRID, with_time).unwrap(), decoded, "a date may have a midnight");
    let summer = read(GRID, WIND.replace("2026-11-0", "2026-06-0").replace("true", "false")).unwrap();
    assert_eq!(told(&summer)[0], "ERCOT power 2026-06-01 05:00 06:00 11020.5 MW provisional");
    assert_eq!(told(&summer)[2], "ERCOT power 2026-06-01 07:00 08:00 none MW provisional", "no hour is doubled");
}

#[test]
fn hours_that_cannot_be_are_refused() {
    let spring = read(GRID, WIND.replace("2026-11-0", "2026-03-0").replace("2026-03-01", "2026-03-08")).unwrap();
    let reasons = refused(&spring);
    assert!(reasons[0].contains("data[3]: 2026-03-08 01:00:00 is there once"), "{reasons:?}");
    assert!(reasons[1].contains("data[4]: 2026-03-08 02:00:00 does not exist in America/Chicago"), "{reasons:?}");
}

#[test]
fn an_hour_that_is_not_over_is_no_reading() {
    let decoded = read_at(GRID, WIND, "2026-11-01 06:30").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (1, 3));
    assert!(refused(&decoded)[0].contains("a forecast is no reading"));
}

#[test]
fn each_local_day_is_asked_with_its_postings_behind_a_login() {
    let [login] = &asked("2026-06-01 12:00", "2026-06-01 13:00", None)[..] else { panic!() };
    let query = concat!(
        "username=ops%40park.example&password=pass%26word&grant_type=password",
        "&scope=openid+fec253ea-0d06-4272-a5e6-b478baeecd70+offline_access",
        "&client_id=fec253ea-0d06-4272-a5e6-b478baeecd70&response_type=id_token",
    );
    assert_eq!((login.url.as_str(), login.role), (format!("{LOGIN}?{query}").as_str(), Role::Login));
    let days = asked("2026-06-02 04:59", "2026-06-02 05:00", Some("a-token"));
    let url = |day: &str, again: &str| {
        format!(
            "https://api.ercot.com/api/public-reports/np4-732-cd/wpp_hrly_avrg_actl_fcast?deliveryDateFrom={day}\
             &deliveryDateTo={day}&postedDatetimeFrom={day}T00%3A00%3A00&postedDatetimeTo={again}T00%3A00%3A00&size=5000"
        )
    };
    assert_eq!(
        days.iter().map(|request| request.url.to_string()).collect::<Vec<_>>(),
        [url("2026-06-01", "2026-06-04"), url("2026-06-02", "2026-06-05")]
    );
    let headers: Vec<_> = days[0].headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(headers, ["Ocp-Apim-Subscription-Key: the-key", "authorization: Bearer a-token"]);
}

#[test]
fn a_login_brings_the_id_token_and_a_401_another_one() {
    let feed = feed(GRID);
    let [login] = &asked("2026-06-01 12:00", "2026-06-01 13:00", None)[..] else { panic!() };
    let headers = reqwest::header::HeaderMap::new();
    let token = |bytes: &[u8]| feed.provider.token(&Reply { request: login, bytes, headers: &headers });
    let good = br#"{"access_token":"other","token_type":"Bearer","expires_in":"3600","id_token":"x-0123"}"#;
    assert_eq!(token(good).unwrap().map(|token| token.reveal().to_owned()).as_deref(), Some("x-0123"));
    let wrong = br#"{"error":"access_denied","error_description":"AADB2C90225: The username or password is invalid."}"#;
    let reason = "AADB2C90225: The username or password is invalid.".to_owned();
    assert_eq!(token(wrong), Err(DecodeError::Provider { reason }));
    assert!(token(br#"{"access_token":"other"}"#).unwrap_err().to_string().contains("`id_token` is missing"));
    let span = ("2026-06-01 00:00", "2026-06-01 01:00");
    let first = requests(&feed, span.0, span.1).remove(0);
    assert!(matches!(instead(&feed, span, &first, 401, ""), Instead::Fail), "of a login itself");
    let url = UrlTemplate::parse("https://api.ercot.com/api/public-reports", &Network::default()).unwrap();
    let (from, to) = (at(span.0), at(span.1));
    let wanted = Wanted { url: &url, station: None, from, to, now: to, key: None, token: Some(Secret::new("t")) };
    let data = asked(span.0, span.1, Some("t")).remove(0);
    assert!(matches!(feed.provider.instead(&wanted, &data, 401, ""), Instead::LogIn));
    assert!(matches!(feed.provider.instead(&wanted, &data, 403, ""), Instead::Fail));
}

#[test]
fn keys_have_lines_and_a_throttle_is_a_minute() {
    let provider = feed(GRID).provider;
    assert_eq!(provider.check_key(&Secret::new(KEY)), Ok(()));
    for (key, told) in [("the-key", "`subscription_key = …`"), ("subscription_key = k", "`password = …`")] {
        assert!(provider.check_key(&Secret::new(key)).unwrap_err().contains(told));
    }
    let now = at("2026-06-01 00:00");
    for (body, reason, wait) in [
        (r#"{"error_key":"throttled"}"#, "throttled", Some(60)),
        (
            r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 20 seconds."}"#,
            "Rate limit is exceeded. Try again in 20 seconds.",
            Some(60),
        ),
        (r#"{"timestamp":"t","code":400,"message":"Invalid parameter"}"#, "Invalid parameter", None),
    ] {
        assert_eq!(provider.error_reason(body.as_bytes()).as_deref(), Some(reason));
        assert_eq!(provider.window(reason, now), wait.map(Duration::from_secs));
        assert_eq!(read(GRID, body), Err(DecodeError::Provider { reason: reason.to_owned() }));
    }
}

#[test]
fn no_rows_are_nothing_and_changed_shapes_are_typed_errors() {
    let none = format!("{}\"data\":[]}}", WIND.split("\"data\"").next().unwrap());
    assert_eq!(read(GRID, none).unwrap(), Decoded::default());
    wrong_answers(
        GRID,
        WIND,
        &[
            ("\"totalPages\":1", "\"totalPages\":2", "there are 2 pages, and the rows of a day were to be on one"),
            ("\"_meta\"", "\"meta\"", "`_meta` is missing"),
            (
                "STWPFSystemWide",
                "STPPFSystemWide",
                "there is no column `STWPFSystemWide`; did you mean `STPPFSystemWide`?",
            ),
            ("genSystemWide", "actualSystemWide", "there is no column `genSystemWide`"),
            (",false]", "]", "the row has 5 values, and there are 6 fields (data[0])"),
            ("2026-11-01T05:55:27", "yesterday", "is none (data[0].postedDatetime)"),
            ("\"2026-11-01\",1,", "\"11/01/2026\",1,", "is none (data[0].deliveryDate)"),
            (",1,11020.5", ",25,11020.5", "`25` is none (data[0].hourEnding)"),
            (",false]", ",\"N\"]", "is none (data[0].DSTFlag)"),
            ("11020.5", "\"11020.5\"", "this is neither a number nor null (data[0].genSystemWide)"),
        ],
    );
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        GRID,
        &[
            ("columns.genSystemWide", "columns.STWPFSystemWide", "ERCOT does not send `STWPFSystemWide`"),
            ("\"MW\"", "\"kW\"", "ERCOT sends `genSystemWide` in MW, not in kW"),
            ("\"wind\"", "\"load\"", "`load` is no report"),
            (", user = \"ops@park.example\"", "", "`user` is missing"),
            ("station.ERCOT", "station.LZ_WEST", "the station `LZ_WEST` is not ERCOT, the whole grid"),
            ("public-reports\"", "public-reports/{station}\"", "has no placeholders"),
            ("key = { credential = \"ercot\" }", "", "ercot answers nobody without a key"),
        ],
    );
}

/// The order of postings decides, not their place: what is cut off is refused.
#[test]
fn what_is_cut_or_changed_is_not_misread() {
    trial::survives(
        &GRID.replace("url = \"https://api.ercot.com/api/public-reports\"", "file = \"f.json\""),
        "f.json",
        WIND.as_bytes(),
    );
}
