use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::fault_server::{FaultServer, Reply, gzip};
use super::*;
use crate::feed::Feed;
use crate::feed::settings::tests::{CSV, at, feed};

pub(super) const GOOD: &str = "origin,time_hour,temp,precip\nJFK,2013-01-01T06:00:00Z,1,0\n";

pub(super) fn private() -> Network {
    Network { allow_private: true, user_agent_contact: Some("ops@example.org".to_owned()), fetcher: None, wire: None }
}

pub(super) fn settings(url: &str, more: &str) -> FeedSettings {
    let more = format!("{more}\ntimeout = \"1 s\"\nmax_body = \"16 KiB\"\n[csv]");
    feed(&CSV.replace("file = \"asos.csv\"", &format!("url = \"{url}\"")).replace("[csv]", &more))
}

async fn poll(settings: FeedSettings, known: &[(&str, &str)]) -> Result<Answer, PollError> {
    let known_until = known.iter().map(|(station, until)| (Arc::from(*station), at(until))).collect::<BTreeMap<_, _>>();
    let ask = Ask { now: at("2013-02-01 12:00"), known_until: &known_until, from: at("2013-01-01 00:00") };
    Feed::new(settings, &private()).poll(ask).await
}

/// Asks a server whose answers are given in turn, the last for ever; says what came and how often was asked.
async fn told(replies: Vec<Reply>) -> (Result<Answer, PollError>, usize) {
    let server = FaultServer::in_turn(replies);
    let answer = poll(settings(&server.url("/all.csv"), ""), &[]).await;
    (answer, server.requests().len())
}

#[tokio::test]
async fn an_answer_is_bytes_and_readings() {
    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let answer = poll(settings(&server.url("/all.csv?plan=secret-key&from={from}&to={to}"), ""), &[]).await.unwrap();
    assert_eq!(answer.readings.len(), 2);
    assert_eq!(answer.heard_until, at("2013-02-01 11:00"));
    assert_eq!(&*answer.bodies[0].bytes, GOOD.as_bytes());
    assert_eq!(answer.bodies[0].sha256, <[u8; 32]>::from(Sha256::digest(GOOD)));
    assert!(
        answer.bodies[0].name.ends_with("/all.csv?plan=…&from=2013-01-01&to=2013-02-01"),
        "{}",
        answer.bodies[0].name
    );
    let requests = server.requests();
    assert_eq!(requests[0].parameter("plan"), Some("secret-key"));
    assert!(requests[0].header("user-agent").is_some_and(|agent| agent.ends_with("(ops@example.org)")));
    assert_eq!(requests[0].header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn each_station_is_asked_from_where_it_is_known() {
    let server = FaultServer::start(|request| Reply::csv(GOOD.replace("JFK", request.parameter("station").unwrap())));
    let url = server.url("/?station={station}&from={from}");
    let known = [("JFK", "2013-01-20 00:00"), ("EWR", "2013-01-02 00:00")];
    let stations = "station.JFK = {}\nstation.LGA = {}\nstation.EWR = {}";
    let answer = poll(settings(&url, stations), &known).await.unwrap();
    assert_eq!(answer.readings.len(), 6);
    let asked: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    let wanted = ["/?station=JFK&from=2013-01-18", "/?station=LGA&from=2013-01-01", "/?station=EWR&from=2013-01-01"];
    assert_eq!(asked, wanted, "two days back, nothing known, not before what is needed");

    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let url = server.url("/?from={from}");
    poll(settings(&url, ""), &known).await.unwrap();
    poll(settings(&url, ""), &known[..1]).await.unwrap();
    poll(settings(&url, "station.JFK = {}\nstation.LGA = {}"), &known[..1]).await.unwrap();
    let asked: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(asked, ["/?from=2013-01-01", "/?from=2013-01-18", "/?from=2013-01-01"]);
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for fault in [
        Reply::Reset,
        Reply::Silent,
        Reply::Cut { announced: 1_000, body: GOOD.into() },
        Reply::status(408),
        Reply::status(425),
        Reply::status(429),
        Reply::status(500),
        Reply::status(502),
        Reply::status(503).header("retry-after", "0"),
        Reply::status(504),
    ] {
        let (answer, tries) = told(vec![fault.clone(), Reply::csv(GOOD)]).await;
        assert_eq!(answer.map(|answer| answer.readings.len()), Ok(2), "{fault:?}");
        assert_eq!(tries, 2, "{fault:?}");
    }
}

#[tokio::test]
async fn tries_end() {
    for (fault, class) in [
        (Reply::Reset, "connect"),
        (Reply::Cut { announced: 1_000, body: GOOD.into() }, "truncated"),
        (Reply::status(503), "status"),
    ] {
        let (answer, tries) = told(vec![fault.clone()]).await;
        assert_eq!((answer.unwrap_err().class(), tries), (class, 3), "{fault:?}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_told_at_once() {
    let huge = vec![b'0'; (16 << 10) + 1];
    let bomb = gzip(&[b' '; 64 << 10]);
    for (fault, class) in [
        (Reply::status(400), "status"),
        (Reply::status(401), "status"),
        (Reply::status(403), "status"),
        (Reply::status(404), "status"),
        (Reply::status(405), "status"),
        (Reply::status(410), "status"),
        (Reply::status(422), "status"),
        (Reply::status(302).header("location", "https://elsewhere.example/?key=secret"), "redirect"),
        (Reply::html(), "html"),
        (Reply::csv("<html>"), "html"),
        (Reply::csv("\u{0}\u{1}"), "decode"),
        (Reply::csv(""), "decode"),
        (Reply::csv(huge), "too_large"),
        (Reply::csv(bomb).header("content-encoding", "gzip"), "too_large"),
        (Reply::Endless { bytes: 1 << 30 }, "too_large"),
        (Reply::status(503).header("retry-after", "120"), "status"),
        (Reply::status(503).header("retry-after", "Fri, 01 Feb 2013 12:02:00 GMT"), "status"),
    ] {
        let (answer, tries) = told(vec![fault.clone()]).await;
        let error = answer.unwrap_err();
        let shown = error.to_string();
        assert_eq!((error.class(), tries), (class, 1), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
        if shown.contains("status 503") {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
        }
    }
    let (answer, _) = told(vec![Reply::csv(vec![b' '; 16 << 10])]).await;
    assert_eq!(answer.unwrap_err().class(), "decode", "as large as may be, and empty");
}

#[tokio::test]
async fn time_is_bounded() {
    let silent = told(vec![Reply::Silent]).await;
    assert_eq!(silent.0.unwrap_err().class(), "timeout");
    let slow = Reply::Slow { body: vec![b'x'; 1_000], pause: Duration::from_millis(20) };
    assert_eq!(told(vec![slow]).await.0.unwrap_err().class(), "timeout", "each byte is in time, the whole is not");
}

#[tokio::test]
async fn a_private_network_is_not_asked() {
    let name = settings("http://localhost:1/", "");
    let ask = Ask { now: at("2013-02-01 12:00"), known_until: &BTreeMap::new(), from: at("2013-01-01 00:00") };
    let error = Feed::new(name, &Network::default()).poll(ask).await.unwrap_err();
    assert_eq!(error.class(), "refused_address", "{error}");
}

#[tokio::test]
async fn an_open_meteo_error_is_told_in_its_words() {
    let text = |url: &str| {
        format!(
            "kind = \"open-meteo\"\nurl = \"{url}\"\npoll = \"6 h\"\ndelay = \"5 d\"\nvintage = \"provisional\"\ntimeout = \"1 s\"\n\
         open_meteo = {{ model = \"era5\", block = \"hourly\" }}\ncolumns.precipitation = {{ variable = \"precipitation\", unit = \"mm\" }}\n\
         station.here = {{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }}"
        )
    };
    for (status, reason, class, wait) in [
        (400, "Parameter 'end_date' is out of allowed range", "status", None),
        (429, "Minutely API request limit exceeded. Please try again in one minute.", "status", Some(60)),
        (429, "Hourly API request limit exceeded. Please try again in the next hour.", "status", Some(3_600)),
        (429, "Daily API request limit exceeded. Please try again tomorrow.", "status", Some(43_200)),
        (200, "The key secret-key is bad", "provider", None),
    ] {
        let body = format!("{{\"error\":true,\"reason\":\"{reason}\"}}");
        let server = FaultServer::start(move |_| Reply::json(body.clone()).with_status(status));
        let error = poll(feed(&text(&server.url("/v1/archive?plan=secret-key"))), &[]).await.unwrap_err();
        assert_eq!((error.class(), error.retry_after()), (class, wait.map(Duration::from_secs)), "{error}");
        assert!(error.to_string().contains(&reason.replace("secret-key", "…")), "{error}");
        let target = &server.requests()[0].target;
        assert!(
            target.starts_with(
                "/v1/archive?plan=secret-key&latitude=30.87&longitude=121.93&start_date=2013-01-01&end_date=2013-02-01&"
            ),
            "{target}"
        );
    }
}

const ROOFS: &str = r#"
    kind = "fusionsolar"
    poll = "1 h"
    delay = "2 h"
    vintage = "provisional"
    timeout = "1 s"
    fusionsolar = { interface = "getKpiStationHour", user = "api", zone = "+08:00" }
    columns.inverter_power = { variable = "energy", unit = "kWh" }
    station.A1 = {}
"#;

/// A feed of one's own plants at a server, with a key of this text.
fn roofs(server: &FaultServer, folder: &std::path::Path) -> FeedSettings {
    let key = folder.join("key");
    std::fs::write(&key, "system-code\n").unwrap();
    feed(&format!("{ROOFS}\nurl = \"{}\"\nkey = {{ file = \"{}\" }}", server.url(""), key.display()))
}

async fn poll_roofs(feed: &mut Feed) -> Result<Answer, PollError> {
    let known_until = BTreeMap::from([(Arc::from("A1"), at("2013-02-01 10:00"))]);
    let from = at("2013-02-01 08:00");
    feed.poll(Ask { now: at("2013-02-01 12:00"), known_until: &known_until, from }).await
}

const HOURS: &str = r#"{"success":true,"failCode":0,"data":[{"stationCode":"A1","collectTime":1359709200000,
    "dataItemMap":{"inverter_power":1.5}}]}"#;

/// A login, its token, and another login when the token is not known any more.
#[tokio::test]
async fn a_login_is_kept_until_it_is_not_known_any_more() {
    let server = FaultServer::start(|request| match (request.target.as_str(), request.header("xsrf-token")) {
        ("/thirdData/login", _) => Reply::json(r#"{"success":true,"failCode":0,"data":null}"#)
            .header("xsrf-token", &format!("token-{}", request.number)),
        // The token of the first login runs out before the fourth request.
        (_, Some("token-0")) if request.number >= 3 => Reply::json(r#"{"success":false,"failCode":305}"#),
        (_, Some(token)) if token.starts_with("token-") => Reply::json(HOURS),
        _ => Reply::status(500),
    });
    let folder = tempfile::tempdir().unwrap();
    let mut feed = Feed::new(roofs(&server, folder.path()), &private());
    for _ in 0..3 {
        let answer = poll_roofs(&mut feed).await.unwrap();
        assert_eq!(answer.readings.len(), 1);
        assert!(answer.bodies[0].name.ends_with("/thirdData/getKpiStationHour"));
    }
    let asked: Vec<_> = server.requests().iter().map(|request| request.target.replace("/thirdData/", "")).collect();
    let hours = "getKpiStationHour";
    assert_eq!(asked, ["login", hours, hours, hours, "login", hours], "one login more, not one for each poll");
    let requests = server.requests();
    assert_eq!(requests[0].body, r#"{"systemCode":"system-code","userName":"api"}"#);
    assert_eq!(requests[1].body, r#"{"stationCodes":"A1","collectTime":1359648000000}"#);
    assert_eq!(requests[1].header("content-type"), Some("application/json"));
    assert_eq!(requests[5].header("xsrf-token"), Some("token-4"));
}

#[tokio::test]
async fn a_login_that_is_refused_and_an_answer_without_one_are_told_once() {
    for (login, data, class, asked, wait) in [
        (r#"{"success":false,"failCode":20001,"message":"system-code is wrong"}"#, "", "provider", 1, Some(86_400)),
        (r#"{"success":true,"failCode":0}"#, "", "decode", 1, None),
        (r#"{"success":true,"failCode":0,"token":1}"#, r#"{"success":false,"failCode":305}"#, "logged_out", 4, None),
        (
            r#"{"success":true,"failCode":0,"token":1}"#,
            r#"{"success":false,"failCode":407,"data":"ACCESS_FREQUENCY_IS_TOO_HIGH"}"#,
            "provider",
            2,
            Some(3_600),
        ),
    ] {
        let server = FaultServer::start(move |request| {
            let is_login = request.target.ends_with("login");
            let reply = Reply::json(if is_login { login } else { data });
            if login.contains("token") { reply.header("xsrf-token", "a-token") } else { reply }
        });
        let folder = tempfile::tempdir().unwrap();
        let mut feed = Feed::new(roofs(&server, folder.path()), &private());
        let error = poll_roofs(&mut feed).await.unwrap_err();
        assert_eq!((error.class(), server.requests().len()), (class, asked), "{error}");
        assert_eq!(error.retry_after(), wait.map(Duration::from_secs), "{error}");
        assert!(!error.to_string().contains("system-code"), "{error}");
    }
}

/// The current weather of QWeather at a server, with a key of this text.
fn weather(server: &FaultServer, folder: &std::path::Path, key_text: &str, jwt: &str) -> FeedSettings {
    let key = folder.join("key");
    std::fs::write(&key, key_text).unwrap();
    feed(&format!(
        "kind = \"qweather\"\nurl = \"{}\"\nkey = {{ file = \"{}\" }}\npoll = \"6 h\"\ndelay = \"30 h\"\n\
         vintage = \"provisional\"\nqweather = {{ api = \"current\"{jwt} }}\n\
         columns.temperature = {{ variable = \"air_temperature\", unit = \"degC\" }}\n\
         station.here = {{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }}",
        server.url(""),
        key.display()
    ))
}

#[tokio::test]
async fn a_token_that_the_provider_repeats_is_not_shown() {
    let server = FaultServer::start(|request| {
        let detail = format!("not for {}", request.header("authorization").unwrap());
        let body = format!(r#"{{"error":{{"title":"Unauthorized","detail":"{detail}"}}}}"#);
        Reply::json(body).with_status(401)
    });
    let folder = tempfile::tempdir().unwrap();
    // The example key of RFC 8037, appendix A.
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
               -----END PRIVATE KEY-----\n";
    let jwt = ", jwt = { credential = \"ABCD\", project = \"EFGH\" }";
    let error = poll(weather(&server, folder.path(), key, jwt), &[]).await.unwrap_err();
    assert!(error.to_string().contains("(Unauthorized: not for Bearer …)"), "{error}");
}

#[tokio::test]
async fn a_key_that_cannot_be_used_asks_nobody() {
    let server = FaultServer::start(|_| Reply::status(500));
    let folder = tempfile::tempdir().unwrap();
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA";
    let error = poll(weather(&server, folder.path(), key, ""), &[]).await.unwrap_err();
    assert_eq!((error.class(), server.requests().len()), ("key", 0), "{error}");
    assert!(error.to_string().contains("add jwt") && !error.to_string().contains("AAAA"), "{error}");
}

#[test]
fn a_poll_can_be_spawned() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let known = BTreeMap::new();
    let ask = Ask { now: at("2013-02-01 12:00"), known_until: &known, from: at("2013-01-01 00:00") };
    let mut feed = is_send(Feed::new(settings("https://host.example/", ""), &private()));
    drop(is_send(feed.poll(ask)));
}
