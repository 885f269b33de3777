//! Feeds through a fetcher: what comes of them is what comes without it, and nothing is asked that the settings do not
//! name.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/feeds.rs"]
mod feeds;
#[path = "support/fetching.rs"]
mod fetching;

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fairgauge::feed::http::post;
use fairgauge::feed::{Answer, Feed, Network, PollError, UrlTemplate};
use fairgauge::fetcher::{Fetcher, FetcherError};
use fault_server::{FaultServer, Reply, gzip};
use fetching::{Fetching, asked, csv, feed, poll_at, say};

const GOOD: &str = "station,time,rain\nJFK,2013-01-01 06:00,1.5\nJFK,2013-01-01 07:00,0\n";

async fn poll(feed: &mut Feed) -> Result<Answer, PollError> {
    poll_at(feed, "2013-02-01 12:00", "2013-01-01 00:00").await
}

/// What comes of so many polls whose requests are answered in turn, the last answer for ever, and what was asked.
async fn told(replies: &[Reply], polls: usize, through: bool) -> (Vec<String>, Vec<String>) {
    let server = FaultServer::in_turn(replies.to_vec());
    let (folder, settings) = (tempfile::tempdir().unwrap(), csv(&server.url("/all.csv?from={from}"), ""));
    let fetcher = through.then(|| Fetching::start(folder.path(), &settings));
    let mut feed = feed(&settings, fetcher.as_ref().map(|fetcher| fetcher.socket.as_path()));
    let mut came = Vec::new();
    for _ in 0..polls {
        let answer = poll(&mut feed).await;
        let all = format!("{answer:?} {:?} {:?} {}", feed.exchanges(), feed.fresh_for(), feed.requests());
        came.push(all.replace(&server.url(""), "http://SERVER"));
    }
    (came, asked(&server))
}

#[tokio::test]
async fn an_answer_comes_as_it_comes_without_a_fetcher() {
    let large = GOOD.to_owned() + &"JFK,2013-01-01 08:00,0\n".repeat(1_000);
    let of_many_bytes = "\"\u{e9}\u{4e2d}\"";
    for (replies, polls, class, why) in [
        (vec![Reply::csv(GOOD)], 1, "Ok", "good"),
        (vec![Reply::csv(gzip(GOOD.as_bytes())).header("content-encoding", "gzip")], 1, "Ok", "packed"),
        (vec![Reply::csv(GOOD).header("cache-control", "max-age=60")], 1, "Ok", "it stays for a minute"),
        (vec![Reply::csv(GOOD).header("etag", of_many_bytes), Reply::status(304)], 2, "Ok", "it has not changed"),
        (vec![Reply::csv(GOOD).header("fairgauge-token", "FG0")], 1, "Ok", "a header in our name"),
        (vec![Reply::status(500), Reply::csv(GOOD)], 1, "Ok", "it passed"),
        (vec![Reply::Reset, Reply::csv(GOOD)], 1, "Ok", "a reset"),
        (vec![Reply::Cut { announced: 1_000, body: GOOD.into() }, Reply::csv(GOOD)], 1, "Ok", "a cut body"),
        (vec![Reply::csv("nonsense")], 1, "Decode", "not understood"),
        (vec![Reply::html()], 1, "Html", "a page"),
        (vec![Reply::status(404)], 1, "Status", "not there"),
        (vec![Reply::json("{}").with_status(401)], 1, "Status", "not let in"),
        (vec![Reply::status(429).header("retry-after", "3600")], 1, "Status", "to be left alone"),
        (vec![Reply::status(302).header("location", "https://other.example/")], 1, "Redirect", "sent elsewhere"),
        (vec![Reply::status(204)], 1, "Decode", "nothing"),
        (vec![Reply::csv(large)], 1, "TooLarge", "too much, and it says so"),
        (vec![Reply::Endless { bytes: 1 << 20 }], 1, "TooLarge", "too much, without a word"),
        (vec![Reply::Cut { announced: 1_000, body: GOOD.into() }], 1, "Truncated", "always cut"),
    ] {
        let straight = told(&replies, polls, false).await;
        assert!(straight.0.iter().all(|one| one.contains(class)), "{why}: {straight:?}");
        assert_eq!(told(&replies, polls, true).await, straight, "{why}");
    }
}

#[tokio::test]
async fn a_server_that_is_slow_silent_or_not_there_is_told_from_a_fetcher_that_is() {
    for (reply, class) in [
        (Reply::Silent, "Timeout"),
        (Reply::Slow { body: GOOD.into(), pause: Duration::from_millis(100) }, "Timeout"),
        (Reply::Reset, "Connect"),
    ] {
        let [straight, through] = [false, true].map(|through| told(std::slice::from_ref(&reply), 1, through));
        let error = |came: Vec<String>| came[0].split(" [").next().unwrap().to_owned();
        let (straight, through) = (error(straight.await.0), error(through.await.0));
        assert!(straight.contains(class), "{straight}");
        assert_eq!(through.split('{').next(), straight.split('{').next(), "{through}");
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = csv("http://no-such-host.invalid/all.csv", "");
    let fetcher = Fetching::start(folder.path(), &settings);
    let straight = poll(&mut feed(&settings, None)).await.unwrap_err();
    assert_eq!(poll(&mut feed(&settings, Some(&fetcher.socket))).await.unwrap_err(), straight);
}

// What may be asked.

#[test]
fn nothing_is_asked_that_the_settings_do_not_name() {
    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let other = FaultServer::start(|_| Reply::csv(GOOD));
    let folder = tempfile::tempdir().unwrap();
    let settings = csv(&server.url("/obs/{station}.csv"), "station.JFK = {}");
    let sign = format!(
        "[ledger.sign]\nname = \"a.example\"\nkey = {{ file = \"key\" }}\ntimestamp = \"{}\"\n{settings}",
        server.url("/stamp")
    );
    let fetcher = Fetching::start(folder.path(), &sign);
    let ask = |who: &str, url: &str, body: &str| {
        let feed = format!(
            r#"{{"feed":{{"name":"{who}","opening":{{"nonce":"0123456789abcdef","now":"2026-06-01T00:00:00Z"}},"login":false}}}}"#
        );
        let who = if who == "post" { "\"post\"" } else { &feed };
        say(&fetcher.socket, "/1/ask", &format!(r#"{{"who":{who},"url":"{url}","headers":[],"body":{body}}}"#))
    };
    for (who, url, body, why) in [
        ("it", other.url("/obs/JFK.csv"), "null", "another server"),
        ("it", server.url("/key.csv"), "null", "another path"),
        ("it", server.url("/obs/../key.csv"), "null", "around a corner"),
        ("it", server.url("/obs/%2e%2e/key.csv"), "null", "around a hidden corner"),
        ("it", server.url("/stamp"), "null", "the address of somebody else"),
        ("it", server.url("/obs/JFK.csv").replace("http:", "https:"), "null", "another scheme"),
        ("it", server.url("/obs/JFK.csv").replace("//", "//me@"), "null", "in another name"),
        ("other", server.url("/obs/JFK.csv"), "null", "a feed that is not there"),
        ("post", server.url("/obs/JFK.csv"), "\"\"", "nobody who is posted to"),
        ("post", server.url("/stamp?x=1"), "\"\"", "with a query"),
        ("post", server.url("/stamp"), "null", "it is posted to, and not read"),
    ] {
        let answer = ask(who, &url, body);
        let why_not = if who == "other" { "settings" } else { "outside" };
        assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains(why_not), "{why}: {answer}");
    }
    assert!(server.requests().is_empty() && other.requests().is_empty());
    for (who, url, body) in
        [("it", "/obs/JFK.csv", "null"), ("it", "/obs/a/b?c=d", "\"e30=\""), ("post", "/stamp", "\"\"")]
    {
        let answer = ask(who, &server.url(url), body);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("fairgauge-answer: server"), "{answer}");
        assert_eq!(server.requests().last().unwrap().target, url);
    }
    for (path, body, says) in [
        ("/1/ask", "{}", "is it of this version?"),
        ("/1/ask", "", "is it of this version?"),
        ("/1/greet", "[]", "is it of this version?"),
        ("/2/ask", "{}", "is of another version"),
        ("/", "", "is of another version"),
    ] {
        let answer = say(&fetcher.socket, path, body);
        assert!(answer.contains("nonsense") && answer.contains(says), "{path} {body}: {answer}");
    }
}

#[tokio::test]
async fn who_posts_does_so_through_the_fetcher_byte_for_byte() {
    let server = FaultServer::start(|_| Reply::json("{\"ok\":true}").with_status(201));
    let folder = tempfile::tempdir().unwrap();
    let hook = format!("[webhook.acme]\nurl = \"{}\"\nsecret = {{ file = \"/nowhere/secret\" }}\n", server.url("/in"));
    let fetcher = Fetching::start(folder.path(), &hook);
    let network = Network { allow_private: true, fetcher: Some(fetcher.socket.clone()), ..Network::default() };
    let url = |path: &str| UrlTemplate::parse(&server.url(path), &network).unwrap();
    let body: Vec<u8> = (0..=255).collect();
    let answer = post(&network, &url("/in"), ("application/timestamp-query", body.clone()), 64).await;
    assert_eq!(answer, Ok((201, b"{\"ok\":true}".to_vec())));
    let [request] = &server.requests()[..] else { panic!() };
    assert_eq!(request.bytes, body);
    assert_eq!(request.header("content-type"), Some("application/timestamp-query"));
    let error = post(&network, &url("/out"), ("text/plain", Vec::new()), 64).await.unwrap_err();
    assert!(error.contains("the fetcher refuses") && error.contains("/out"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

// A fetcher that is not well.

/// Somebody at a socket who answers everything in these words.
fn somebody(socket: &Path, answer: Option<&'static str>) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            _ = stream.read(&mut [0; 4 << 10]);
            if let Some(answer) = answer {
                _ = stream.write_all(answer.as_bytes());
            } else {
                kept.push(stream);
            }
        }
    });
}

/// The poll of a feed whose fetcher answers so.
async fn poll_at_somebody(answer: Option<&'static str>, says: &str) {
    let settings = csv("http://127.0.0.1:9/all.csv", "");
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    somebody(&socket, answer);
    let mut feed = feed(&settings, Some(&socket));
    let error = poll(&mut feed).await.unwrap_err();
    assert_eq!((error.class(), feed.requests()), ("fetcher", 0), "{error}");
    assert!(error.to_string().contains(says) && error.to_string().contains("socket"), "{answer:?}: {error}");
    assert!(error.is_of_fetcher() && !error.is_of_server());
}

/// The clock of the timers jumps where everybody waits.
#[tokio::test(start_paused = true)]
async fn a_fetcher_that_hangs_fails_the_poll() {
    poll_at_somebody(None, "does not answer within 5 s").await;
}

#[tokio::test]
async fn a_fetcher_that_is_not_there_or_is_none_fails_the_poll_in_these_words() {
    for (answer, says) in [
        (Some("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), "says what is no greeting"),
        (
            Some("HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n{\"feed\":\"be\",\"key\":null}  "),
            "says what is no greeting",
        ),
        (Some("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"), "answers with status 404 and no reason"),
        (Some("HTTP/1.1 502 Bad\r\ncontent-length: 9\r\n\r\n{\"why\":1}"), "answers with status 502 and no reason"),
        (Some("SSH-2.0-OpenSSH_9.2\r\n"), "cannot be asked at"),
        (Some(""), "cannot be asked at"),
    ] {
        poll_at_somebody(answer, says).await;
    }
    let settings = csv("http://127.0.0.1:9/all.csv", "");
    let nowhere = PathBuf::from("/nowhere/socket");
    let error = poll(&mut feed(&settings, Some(&nowhere))).await.unwrap_err();
    assert_eq!(error.class(), "fetcher");
    assert!(error.to_string().contains("/nowhere/socket") && error.to_string().contains("systemctl status"), "{error}");
}

#[tokio::test]
async fn a_fetcher_with_other_settings_says_so_until_it_reads_them_again() {
    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let settings = csv(&server.url("/all.csv"), "");
    let folder = tempfile::tempdir().unwrap();
    let keyed = csv(&server.url("/all.csv"), "key = { file = \"fetcher.toml\", query = \"k\" }");
    let fetcher = Fetching::start(folder.path(), "");
    let mut feed = feed(&settings, Some(&fetcher.socket));
    for (theirs, says) in [
        ("", "no feed `it` is known here"),
        (&csv(&server.url("/other.csv"), ""), "another kind or URL"),
        (&settings.replace("url = ", "file = \"a\" #"), "has no URL here"),
        (&keyed, "one of us has a key of it"),
    ] {
        fetcher.reload(theirs);
        // Until it has read them it says what it said before.
        let error = loop {
            let error = poll(&mut feed).await.unwrap_err();
            assert_eq!(error.class(), "fetcher_refuses", "{error}");
            if error.to_string().contains(says) {
                break error.to_string();
            }
        };
        assert!(error.contains("the same settings"), "{error}");
    }
    assert!(server.requests().is_empty());
    fetcher.reload(&settings);
    let answer = loop {
        if let Ok(answer) = poll(&mut feed).await {
            break answer;
        }
    };
    assert_eq!(answer.readings.len(), 2);
    fetcher.reload("nonsense");
    assert!(poll(&mut feed).await.is_ok(), "the old settings stay in force");
}

#[test]
fn the_socket_is_for_its_group_and_for_one_fetcher() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    // One that was left behind.
    drop(UnixListener::bind(&socket).unwrap());
    let fetcher = Fetching::start(folder.path(), "");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o660);
    let start = |socket: &Path| {
        let text = format!("{}[fetcher]\nsocket = \"{}\"\n", feeds::REST, socket.display());
        let settings = feeds::load(&text).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Fetcher::start(&settings).err() })
    };
    assert!(matches!(start(&socket), Some(FetcherError::Taken(_))));
    assert!(socket.exists(), "it is the other's");
    drop(fetcher);
    assert!(!socket.exists(), "it is taken away at the end");
    std::fs::write(&socket, "a file").unwrap();
    assert!(matches!(start(&socket), Some(FetcherError::Listen { .. })));
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "a file");
    assert!(matches!(start(&folder.path().join("no/folder")), Some(FetcherError::Listen { .. })));
    let none = feeds::load(feeds::REST).unwrap();
    assert!(matches!(Fetcher::start(&none).err(), Some(FetcherError::NoSocket)));
}
