//! Secrets behind a fetcher: servers hear them, and whoever has no network does not.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/feeds.rs"]
mod feeds;
#[path = "support/fetching.rs"]
mod fetching;

use base64ct::{Base64, Encoding as _};
use fault_server::{FaultServer, Reply, Request};
use fetching::{Fetching, asked, csv, feed, poll_at, tap};

/// What a feed asks of a server, whatever comes of it; and what passed at the socket where there is one.
async fn with_key(
    settings: &str,
    key: &str,
    reply: fn(&Request) -> Reply,
    through: bool,
) -> (String, Vec<String>, Vec<u8>) {
    let server = FaultServer::start(reply);
    let (folder, secret) = (tempfile::tempdir().unwrap(), "/nowhere/key");
    let settings = settings.replace("SERVER", &server.url(""));
    let file = folder.path().join("key");
    std::fs::write(&file, key).unwrap();
    let with_file = settings.replace(secret, file.to_str().unwrap());
    let (now, from) = ("2026-06-02 12:00", "2026-06-01 00:00");
    let (answer, passed) = if through {
        let fetcher = Fetching::start(folder.path(), &with_file);
        let tapped = folder.path().join("tapped");
        let passed = tap(&tapped, &fetcher.socket);
        let mut feed = feed(&settings, Some(&tapped));
        let answer = (poll_at(&mut feed, now, from).await, feed.exchanges());
        let passed = passed.lock().unwrap().clone();
        (answer, passed)
    } else {
        let mut feed = feed(&with_file, None);
        ((poll_at(&mut feed, now, from).await, feed.exchanges()), Vec::new())
    };
    (format!("{answer:?}").replace(&server.url(""), "http://SERVER"), asked(&server), passed)
}

fn repeats_the_key(request: &Request) -> Reply {
    let headers: Vec<_> = request.headers.iter().filter(|(name, _)| name != "host").collect();
    let said = format!("{} {headers:?}", request.target).replace(',', ";").replace('"', "'");
    Reply::csv(format!("station,time,rain,note\nJFK,2026-06-01 06:00,1.5,{said}\n")).header("etag", "\"p&ss:w0rd\"")
}

fn logs_in(request: &Request) -> Reply {
    if !request.target.contains("login") && !request.target.contains("/oauth/token") {
        let refused = request.number == 1;
        return if refused { Reply::json(r#"{"message":"old"}"#).with_status(401) } else { Reply::json("{}") };
    }
    let token = format!("tok/en-{}", request.number);
    let body = serde_json::json!({
        "access_token": token, "refresh_token": "refresh-me", "success": true, "failCode": 0,
        "result_code": "1", "result_data": { "login_state": "1", "token": token },
    });
    Reply::json(body.to_string()).header("xsrf-token", &token)
}

fn providers(name: &str) -> String {
    let all = include_str!("settings/providers.toml");
    let (_, from) = all.split_once(&format!("[feed.{name}]\n")).unwrap();
    let end = from.match_indices("\n[").find(|(at, _)| !from[at + 2..].starts_with(&format!("feed.{name}.")));
    let text = format!("[feed.it]\n{}", &from[..end.map_or(from.len(), |(at, _)| at)]);
    let text = text.replace(&format!("[feed.{name}."), "[feed.it.");
    let lines = text.lines().filter(|line| !line.starts_with("limit = "));
    let line = |line: &str| match line.split_once(" = ") {
        Some(("url", url)) => {
            let path = url.trim_matches('"').splitn(4, '/').nth(3).map(|path| path.split('"').next().unwrap());
            format!("url = \"SERVER/{}\"\n", path.unwrap_or_default())
        }
        Some(("key", _)) => "key = { file = \"/nowhere/key\" }\n".to_owned(),
        _ => format!("{line}\n"),
    };
    lines.map(line).collect()
}

const FUSIONSOLAR: &str = r#"
[feed.it]
kind = "fusionsolar"
url = "SERVER"
key = { file = "/nowhere/key" }
poll = "1 d"
delay = "2 h"
vintage = "provisional"
fusionsolar = { interface = "getKpiStationHour", user = "api", zone = "Asia/Shanghai" }
columns.inverter_power = { variable = "energy", unit = "kWh" }
station.A1 = {}
"#;

const QWEATHER: &str = r#"
[feed.it]
kind = "qweather"
url = "SERVER"
key = { file = "/nowhere/key" }
poll = "12 h"
delay = "30 h"
vintage = "provisional"
qweather = { api = "history", zone = "Asia/Shanghai", jwt = { credential = "ABCD1234EF", project = "AB12CD34EF" } }
columns.temp = { variable = "air_temperature", unit = "degC" }
station.101020600 = {}
"#;

/// RFC 8410, 10.3.
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----";

#[tokio::test]
async fn servers_hear_the_secrets_and_the_settler_does_not() {
    let csv = |goes: &str| csv("SERVER/all.csv?x=1", &format!("key = {{ file = \"/nowhere/key\", {goes} }}"));
    let secret = "p&ss:w0rd";
    let lines =
        "api_key = api/secret\nclient_secret = cl\"ient\npassword = p&ss:w0rd\nappkey = app-key\nsecret_key = sk-4711";
    let private = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp";
    for (settings, key, reply, asks, sent, secrets) in [
        (
            csv("query = \"k\""),
            secret,
            repeats_the_key as fn(&Request) -> Reply,
            1,
            "k=p%26ss%3Aw0rd",
            vec![secret, "p%26ss%3Aw0rd"],
        ),
        (csv("header = \"X-Key\""), secret, repeats_the_key, 1, secret, vec![secret]),
        (csv("bearer = true"), secret, repeats_the_key, 1, "Bearer p&ss:w0rd", vec![secret]),
        (providers("solaredge"), "abc-1234567", |_| Reply::status(404), 1, "abc-1234567", vec!["abc-1234567"]),
        (providers("roof"), "abc-1234567", |_| Reply::status(403), 1, "abc-1234567", vec!["abc-1234567"]),
        (
            providers("enphase"),
            lines,
            logs_in,
            4,
            "key=api%2Fsecret",
            vec!["api/secret", "api%2F", "cl\"ient", "p&ss", "p%26ss", "tok/en", "refresh-me"],
        ),
        (
            providers("sungrow"),
            lines,
            logs_in,
            2,
            "sk-4711",
            vec!["app-key", "sk-4711", secret, "tok/en", "refresh-me"],
        ),
        (
            FUSIONSOLAR.to_owned(),
            "sys\"code",
            logs_in,
            2,
            "\"systemCode\":\"sys\\\"code\"",
            vec!["sys\"code", "sys\\\"code", "tok/en", "refresh-me"],
        ),
        (QWEATHER.to_owned(), PRIVATE_KEY, |_| Reply::status(404), 1, "Bearer eyJhbGci", vec![private, "eyJhbGci"]),
    ] {
        let (came, asked, _) = with_key(&settings, key, reply, false).await;
        let (came_through, asked_through, passed) = with_key(&settings, key, reply, true).await;
        assert_eq!(asked_through, asked, "{settings}");
        assert!(asked.len() >= asks, "{settings}: {asked:?} {came}");
        assert_eq!(came_through, came, "{settings}");
        let passed = String::from_utf8_lossy(&passed).into_owned();
        assert!(passed.contains("/1/greet") && passed.contains("/1/ask"), "{passed}");
        // Bodies go in base64.
        let bodies = passed.split("\"body\":\"").skip(1).filter_map(|rest| rest.split('"').next());
        let bodies: Vec<_> = bodies.map(|body| String::from_utf8(Base64::decode_vec(body).unwrap()).unwrap()).collect();
        let basic = passed.split("Basic ").skip(1).filter_map(|rest| rest.split('"').next());
        let basic: Vec<_> = basic.map(|text| String::from_utf8(Base64::decode_vec(text).unwrap()).unwrap()).collect();
        assert!(asked.concat().contains(sent), "{sent} is not sent: {asked:?}");
        for secret in secrets {
            assert!(
                !passed.contains(secret) && !bodies.concat().contains(secret),
                "{secret} crosses: {passed} {bodies:?}"
            );
            assert!(!basic.concat().contains(secret), "{basic:?}");
            assert!(!came_through.contains(secret), "{secret} is shown: {came_through}");
        }
    }
}

#[tokio::test]
async fn a_login_that_the_fetcher_forgot_is_made_again_in_the_same_poll() {
    let answer = |request: &Request| match request.target.contains("/oauth/token") {
        true => Reply::json(r#"{"access_token":"tok/en"}"#),
        false => Reply::json("{}").with_status(422),
    };
    let server = FaultServer::start(answer);
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "api_key = api/secret\nclient_secret = client\npassword = pass").unwrap();
    let settings = providers("enphase").replace("SERVER", &server.url(""));
    let settings = settings.replace("/nowhere/key", key.to_str().unwrap());
    let fetcher = Fetching::start(folder.path(), &settings);
    let mut feed = feed(&settings, Some(&fetcher.socket));
    let logins = || server.requests().iter().filter(|request| request.target.contains("/oauth/token")).count();
    for _ in 0..2 {
        let error = poll_at(&mut feed, "2026-06-02 12:00", "2026-06-01 00:00").await.unwrap_err();
        assert_eq!((error.class(), logins()), ("status", 1), "one login is enough: {error}");
    }
    drop(fetcher);
    let _fetcher = Fetching::start(folder.path(), &settings);
    let error = poll_at(&mut feed, "2026-06-02 12:00", "2026-06-01 00:00").await.unwrap_err();
    assert_eq!((error.class(), logins()), ("status", 2), "{error}");
}

#[tokio::test]
async fn a_key_that_the_fetcher_cannot_read_is_told_as_without_one() {
    let settings = csv("http://127.0.0.1:9/all.csv", "key = { file = \"/nowhere/key\", query = \"k\" }");
    let folder = tempfile::tempdir().unwrap();
    let fetcher = Fetching::start(folder.path(), &settings);
    let straight = poll_at(&mut feed(&settings, None), "2026-06-02 12:00", "2026-06-01 00:00").await.unwrap_err();
    assert_eq!(straight.class(), "key");
    let mut through = feed(&settings, Some(&fetcher.socket));
    let error = poll_at(&mut through, "2026-06-02 12:00", "2026-06-01 00:00").await.unwrap_err();
    assert_eq!(error, straight);
}
