//! What networks and servers do to a feed: LEDGER.md's faults N1 to N12, each by what it becomes. A feed is asked as the
//! daemon asks it; nothing leaves the machine. What needs the inside of the client is beside the code, under the same
//! names; so is what needs no network at all.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/feeds.rs"]
mod feeds;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::feed::patience::ENOUGH;
use fairgauge::feed::{Answer, Ask, Feed, Network, PollError, Scope};
use fault_server::{FaultServer, Reply, gzip};
use feeds::at;

const GOOD: &str = "station,time,rain\nJFK,2013-01-01 06:00,1.5\nJFK,2013-01-01 07:00,0\n";

fn now() -> DateTime<Utc> {
    at("2013-02-01 12:00")
}

/// A feed at a URL, with further keys, on a network where everything is allowed.
fn feed_on(url: &str, more: &str) -> Feed {
    feeds::asked(feeds::feed(&format!(
        "kind = \"csv\"\nurl = \"{url}\"\npoll = \"6 h\"\ndelay = \"1 h\"\nvintage = \"final\"\n\
         timeout = \"2 s\"\nmax_body = \"16 KiB\"\n{more}\n\
         columns.rain = {{ variable = \"precipitation\", unit = \"mm\" }}\n\
         [feed.it.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\nstation = {{ column = \"station\" }}\n\
         time = {{ column = \"time\", format = \"%Y-%m-%d %H:%M\", zone = \"UTC\", stamp = \"begin\", every = \"1 h\" }}\n"
    )))
}

fn feed(url: &str) -> Feed {
    feed_on(url, "")
}

async fn ask(feed: &mut Feed, scope: &Scope) -> Result<Answer, PollError> {
    let known_until = BTreeMap::new();
    feed.poll_in(Ask { now: now(), known_until: &known_until, from: at("2013-01-01 00:00") }, scope).await
}

async fn poll(feed: &mut Feed) -> Result<Answer, PollError> {
    ask(feed, &Scope::default()).await
}

/// What comes of answers given in turn, the last for ever; and how often was asked.
async fn told(replies: Vec<Reply>) -> (Result<Answer, PollError>, usize) {
    let server = FaultServer::in_turn(replies);
    let answer = poll(&mut feed(&server.url("/all.csv"))).await;
    (answer, server.requests().len())
}

/// That a fault ends in a class, after so many requests, and that nothing of it is handed out.
async fn ends(fault: Reply, class: &str, requests: usize) {
    let shown = format!("{fault:?}").chars().take(200).collect::<String>();
    let (answer, asked) = told(vec![fault]).await;
    let error = answer.expect_err(&shown);
    assert_eq!((error.class(), asked), (class, requests), "{shown}: {error}");
}

/// An address where nobody listens.
fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{address}/all.csv")
}

// N1: DNS fails, the address is wrong.

#[tokio::test]
async fn n01_a_name_that_does_not_exist_is_a_connect_fault_that_names_it() {
    let error = poll(&mut feed("http://no-such-host.invalid/all.csv")).await.unwrap_err();
    assert_eq!(error.class(), "connect");
    assert!(error.to_string().contains("no-such-host.invalid") && error.to_string().contains("check"), "{error}");
}

#[tokio::test]
async fn n01_an_address_where_nobody_listens_is_tried_three_times() {
    let mut feed = feed(&nobody());
    assert_eq!(poll(&mut feed).await.unwrap_err().class(), "connect");
    assert_eq!(feed.requests(), 3);
}

#[tokio::test]
async fn n01_a_server_that_comes_up_meanwhile_is_heard_at_the_next_poll() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut feed = feed(&format!("http://{address}/all.csv"));
    assert_eq!(poll(&mut feed).await.unwrap_err().class(), "connect");
    let _server = FaultServer::start_on(address, |_| Reply::csv(GOOD));
    assert_eq!(poll(&mut feed).await.unwrap().readings.len(), 2);
}

#[tokio::test]
async fn n01_after_many_failures_one_request_is_the_trial() {
    let mut feed = feed(&nobody());
    let trial = Scope { is_trial: true, ..Scope::default() };
    for _ in 0..ENOUGH {
        assert_eq!(ask(&mut feed, &trial).await.unwrap_err().class(), "connect");
        assert_eq!(feed.requests(), 1);
    }
}

// N2: the connection is accepted, and then nothing comes.

#[tokio::test]
async fn n02_silence_ends_within_the_time_of_the_settings() {
    let begun = Instant::now();
    let (answer, _) = told(vec![Reply::Silent]).await;
    assert_eq!(answer.unwrap_err().class(), "timeout");
    assert!(begun.elapsed() < Duration::from_secs(20), "two seconds, on a slow machine: {:?}", begun.elapsed());
}

#[tokio::test]
async fn n02_silence_once_is_forgiven_in_the_same_poll() {
    let (answer, asked) = told(vec![Reply::Silent, Reply::csv(GOOD)]).await;
    assert_eq!((answer.unwrap().readings.len(), asked), (2, 2));
}

#[tokio::test]
async fn n02_a_listener_that_never_accepts_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = poll(&mut feed(&format!("http://{}/", listener.local_addr().unwrap()))).await.unwrap_err();
    assert_eq!(error.class(), "timeout", "the kernel connects, nobody answers: {error}");
}

// N3: the body comes too slowly. (The rate itself: src/feed/pace.rs.)

#[tokio::test]
async fn n03_a_body_byte_by_byte_is_given_up() {
    ends(Reply::Slow { body: vec![b'x'; 10_000], pause: Duration::from_millis(20) }, "timeout", 3).await;
}

#[tokio::test]
async fn n03_a_short_body_that_comes_slowly_is_taken() {
    let slow = Reply::Slow { body: GOOD.into(), pause: Duration::from_millis(1) };
    let (answer, asked) = told(vec![slow]).await;
    assert_eq!((answer.unwrap().readings.len(), asked), (2, 1));
}

// N4: the body has no end.

#[tokio::test]
async fn n04_an_endless_body_is_not_read_on() {
    ends(Reply::Endless { bytes: 1 << 40 }, "too_large", 1).await;
}

#[tokio::test]
async fn n04_a_body_that_announces_too_much_is_not_begun() {
    ends(Reply::Cut { announced: 10 << 30, body: b"station".to_vec() }, "too_large", 1).await;
}

#[tokio::test]
async fn n04_a_byte_too_many_is_too_many_and_names_the_cap() {
    let body = |bytes: usize| format!("{GOOD}{}", "\n".repeat(bytes - GOOD.len()));
    let (answer, _) = told(vec![Reply::csv(body(16 << 10))]).await;
    assert_eq!(answer.unwrap().readings.len(), 2, "as large as may be");
    let (answer, asked) = told(vec![Reply::csv(body((16 << 10) + 1))]).await;
    let error = answer.unwrap_err();
    assert_eq!((error.class(), asked), ("too_large", 1));
    assert!(error.to_string().contains("16384 bytes"), "{error}");
}

#[tokio::test]
async fn n04_a_bomb_is_stopped_by_what_it_unpacks_to() {
    let bomb = gzip(&vec![b' '; 50 << 20]);
    assert!(bomb.len() < 64 << 10);
    ends(Reply::csv(bomb).header("content-encoding", "gzip"), "too_large", 1).await;
}

// N5: the body is cut, with status 200.

#[tokio::test]
async fn n05_a_body_shorter_than_announced_gives_nothing() {
    ends(Reply::Cut { announced: GOOD.len() + 1, body: GOOD.into() }, "truncated", 3).await;
}

#[tokio::test]
async fn n05_a_body_cut_at_any_byte_gives_nothing() {
    for cut in [0, 1, 17, 18, 30, GOOD.len() - 1] {
        let reply = Reply::Cut { announced: GOOD.len(), body: GOOD.as_bytes()[..cut].to_vec() };
        let (answer, _) = told(vec![reply]).await;
        assert_eq!(answer.unwrap_err().class(), "truncated", "{cut}");
    }
}

#[tokio::test]
async fn n05_a_cut_body_is_fetched_again_in_the_same_poll() {
    let (answer, asked) = told(vec![Reply::Cut { announced: 900, body: GOOD.into() }, Reply::csv(GOOD)]).await;
    assert_eq!((answer.unwrap().readings.len(), asked), (2, 2));
}

#[tokio::test]
async fn n05_a_cut_gzip_gives_nothing() {
    let mut packed = gzip(GOOD.as_bytes());
    packed.truncate(packed.len() - 9);
    let (answer, _) = told(vec![Reply::csv(packed).header("content-encoding", "gzip")]).await;
    assert_eq!(answer.unwrap_err().class(), "truncated");
}

// N6: the certificate is not right. (Certificates: src/feed/http.rs.)

#[tokio::test]
async fn n06_a_server_without_tls_is_not_spoken_to() {
    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let error = poll(&mut feed(&server.url("/all.csv").replace("http:", "https:"))).await.unwrap_err();
    assert!(matches!(error.class(), "tls" | "connect"), "{error}");
    assert!(server.requests().is_empty(), "nothing was asked in the clear");
}

#[tokio::test]
async fn n06_no_key_of_the_settings_turns_checking_off() {
    for switch in ["verify", "insecure", "tls_verify", "accept_invalid_certs", "ca", "skip_tls"] {
        let text = format!(
            "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n[network]\n{switch} = false\n\
             [feed.asos]\nkind = \"csv\"\n{switch} = true\n"
        );
        let faults = feeds::load(&text).unwrap_err();
        let told = faults.iter().filter(|fault| fault.message().contains(&format!("`{switch}` is not a key"))).count();
        assert_eq!(told, 2, "{switch}: {}", faults.render(false));
    }
}

// N7: a redirect.

#[tokio::test]
async fn n07_redirects_are_told_and_not_followed() {
    for (status, location, host) in [
        (301, "https://elsewhere.example/?key=s3cret", "elsewhere.example"),
        (302, "http://169.254.169.254/latest/meta-data", "169.254.169.254"),
        (303, "http://127.0.0.1:1/", "127.0.0.1"),
        (307, "/login", "127.0.0.1"),
        (308, "file:///etc/passwd", "an unknown place"),
    ] {
        let (answer, asked) = told(vec![Reply::status(status).header("location", location)]).await;
        let error = answer.unwrap_err();
        assert_eq!((error.class(), asked), ("redirect", 1), "{location}");
        assert!(error.to_string().contains(&format!("sends to {host}")), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn n07_a_redirect_with_a_body_of_data_is_no_answer() {
    ends(Reply::csv(GOOD).header("location", "https://elsewhere.example/").with_status(302), "redirect", 1).await;
}

#[tokio::test]
async fn n07_a_name_of_a_private_address_is_refused_before_anything_is_sent() {
    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let port = server.url("").rsplit(':').next().unwrap().to_owned();
    let public = Network::default();
    let settings = feed(&format!("http://localhost:{port}/all.csv")).settings().as_ref().clone();
    let error = poll(&mut Feed::new(settings, &public)).await.unwrap_err();
    assert_eq!(error.class(), "refused_address", "{error}");
    assert!(server.requests().is_empty());
}

// N8: the server wants to be left alone. (How long is read: src/feed/wait.rs; for all its feeds: src/daemon/servers.rs.)

#[tokio::test]
async fn n08_a_wait_longer_than_the_poll_ends_it_at_once() {
    for (status, text, wait) in [
        (429, "86400", 86_400),
        (503, "3600", 3_600),
        (503, "999999999999999999999", 86_400),
        (429, "Sat, 02 Feb 2013 12:00:00 GMT", 86_400),
    ] {
        let (answer, asked) = told(vec![Reply::status(status).header("retry-after", text)]).await;
        let error = answer.unwrap_err();
        assert_eq!((error.retry_after(), asked), (Some(Duration::from_secs(wait)), 1), "{text}");
    }
}

#[tokio::test]
async fn n08_a_wait_that_fits_is_waited_for() {
    let busy = Reply::status(429).header("retry-after", "1");
    let begun = Instant::now();
    let (answer, asked) = told(vec![busy, Reply::csv(GOOD)]).await;
    assert_eq!((answer.unwrap().readings.len(), asked), (2, 2));
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn n08_an_answer_says_how_long_it_stays() {
    let server = FaultServer::start(|_| Reply::csv(GOOD).header("cache-control", "max-age=900"));
    let mut feed = feed(&server.url("/all.csv"));
    poll(&mut feed).await.unwrap();
    assert_eq!(feed.fresh_for(), Some(Duration::from_secs(900)));
}

// N9: a page for people, with status 200.

#[tokio::test]
async fn n09_a_sign_in_page_is_no_data() {
    ends(Reply::html(), "html", 1).await;
}

#[tokio::test]
async fn n09_a_page_that_calls_itself_data_is_no_data() {
    ends(Reply::csv("<!DOCTYPE html><html><body>Accept our terms</body></html>"), "html", 1).await;
    ends(Reply::csv("\u{feff}\n  <html>"), "html", 1).await;
}

#[tokio::test]
async fn n09_data_that_are_called_a_page_are_not_believed() {
    ends(Reply::ok("text/html", GOOD), "html", 1).await;
}

#[tokio::test]
async fn n09_words_are_no_data() {
    ends(Reply::ok("text/plain", "Please log in to the guest network.\n"), "decode", 1).await;
    ends(Reply::csv(""), "decode", 1).await;
}

// N10: the same answer for days. (Its age: src/feed/health.rs.)

#[tokio::test]
async fn n10_the_same_body_again_is_an_answer_and_no_news() {
    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let mut feed = feed(&server.url("/all.csv"));
    let first = poll(&mut feed).await.unwrap();
    let second = poll(&mut feed).await.unwrap();
    assert_eq!(first, second);
    let newest = second.readings.iter().map(|reading| reading.end).max().unwrap();
    assert_eq!(newest, at("2013-01-01 08:00"), "its age is that of its readings, not of the answer");
}

#[tokio::test]
async fn n10_what_has_not_changed_is_asked_for_by_its_name_and_read_again() {
    let server = FaultServer::start(|request| match request.header("if-none-match") {
        Some("W/\"the first\"") => Reply::status(304).header("etag", "W/\"the first\""),
        None => Reply::csv(GOOD).header("etag", "W/\"the first\""),
        Some(other) => panic!("{other}"),
    });
    let mut feed = feed(&server.url("/all.csv"));
    let first = poll(&mut feed).await.unwrap();
    for _ in 0..3 {
        assert_eq!(poll(&mut feed).await.unwrap(), first, "as if the bytes had come again");
    }
    let conditions: Vec<_> =
        server.requests().iter().map(|request| request.header("if-none-match").map(str::to_owned)).collect();
    assert_eq!(
        conditions,
        [None, Some("W/\"the first\"".into()), Some("W/\"the first\"".into()), Some("W/\"the first\"".into())]
    );
}

#[tokio::test]
async fn n10_a_date_goes_back_byte_for_byte_and_a_new_answer_replaces_the_old() {
    const OLD: &str = "Tue, 01 Jan 2013 08:00:00 GMT";
    const NEW: &str = "tue, 1 jan 2013 9:00:00";
    let more = format!("{GOOD}JFK,2013-01-01 08:00,2\n");
    let server = FaultServer::start(move |request| match request.header("if-modified-since") {
        None => Reply::csv(GOOD).header("last-modified", OLD),
        Some(OLD) => Reply::csv(more.clone()).header("last-modified", NEW),
        Some(NEW) => Reply::status(304),
        Some(other) => panic!("{other}"),
    });
    let mut feed = feed(&server.url("/all.csv"));
    let mut counts = Vec::new();
    for _ in 0..4 {
        counts.push(poll(&mut feed).await.unwrap().readings.len());
    }
    assert_eq!(counts, [2, 3, 3, 3]);
}

#[tokio::test]
async fn n10_not_modified_without_having_been_asked_is_a_fault() {
    ends(Reply::status(304), "status", 1).await;
}

#[tokio::test]
async fn n10_an_answer_that_failed_is_not_kept_as_good() {
    let server = FaultServer::start(|request| match (request.number, request.header("if-none-match")) {
        (0, None) => Reply::csv("station,time\nJFK,2013-01-01 06:00\n").header("etag", "\"bad\""),
        (_, Some("\"bad\"")) => Reply::status(304),
        (_, other) => panic!("{other:?}"),
    });
    let mut feed = feed(&server.url("/all.csv"));
    for _ in 0..3 {
        assert_eq!(poll(&mut feed).await.unwrap_err().class(), "decode", "a fault stays one, also when unchanged");
    }
}

// N11: an answer of somebody else's question.

fn stations(server: &FaultServer) -> Feed {
    let listed = "station.JFK = {}\nstation.LGA = {}";
    feed_on(&server.url("/all.csv?of={station}"), listed)
}

#[tokio::test]
async fn n11_rows_of_a_station_that_is_not_listed_are_passed_over() {
    let server = FaultServer::start(|_| Reply::csv(GOOD.replace("JFK", "XXX")));
    let answer = poll(&mut stations(&server)).await.unwrap();
    assert!(answer.readings.is_empty());
}

#[tokio::test]
async fn n11_each_question_is_kept_under_its_own_address() {
    let server = FaultServer::start(|request| {
        let station = request.parameter("of").unwrap();
        match request.header("if-none-match") {
            None => Reply::csv(GOOD.replace("JFK", station)).header("etag", "\"1\""),
            Some(_) => Reply::status(304),
        }
    });
    let mut feed = stations(&server);
    let first = poll(&mut feed).await.unwrap();
    let second = poll(&mut feed).await.unwrap();
    assert_eq!(first, second, "the same tag of two stations is not mixed up");
    let of = |answer: &Answer| answer.readings.iter().map(|reading| reading.station.to_string()).collect::<Vec<_>>();
    assert_eq!(of(&second), ["JFK", "JFK", "LGA", "LGA"]);
}

#[tokio::test]
async fn n11_other_columns_and_other_times_are_refused() {
    ends(Reply::csv("station,time,snow\nJFK,2013-01-01 06:00,1\n"), "decode", 1).await;
    let (answer, _) = told(vec![Reply::csv("station,time,rain\nJFK,2013-02-02 06:00,1\n")]).await;
    let answer = answer.unwrap();
    assert_eq!((answer.readings.len(), answer.refused.len()), (0, 1), "tomorrow's rain");
}

// N12: addresses that lead nowhere, connections that are half open. (Several addresses: src/feed/http.rs.)

#[tokio::test]
async fn n12_a_connection_that_ended_is_not_used_again() {
    let server = FaultServer::start(|request| match request.number {
        1 => Reply::Reset,
        _ => Reply::csv(GOOD),
    });
    let mut feed = feed(&server.url("/all.csv"));
    assert_eq!(poll(&mut feed).await.unwrap().readings.len(), 2);
    assert_eq!(poll(&mut feed).await.unwrap().readings.len(), 2, "reset once, tried again");
    assert_eq!(feed.requests(), 2);
}

// What is asked for, beyond the usual.

#[tokio::test]
async fn a_trial_that_is_answered_goes_on_as_usual() {
    let server = FaultServer::start(|request| match (request.number, request.parameter("of").unwrap()) {
        (1, _) => Reply::status(503),
        (_, station) => Reply::csv(GOOD.replace("JFK", station)),
    });
    let mut feed = stations(&server);
    let trial = Scope { is_trial: true, ..Scope::default() };
    assert_eq!(ask(&mut feed, &trial).await.unwrap().readings.len(), 4);
    assert_eq!(feed.requests(), 3, "the second station is tried again");
}

#[tokio::test]
async fn gaps_and_a_short_look_back_decide_from_when_is_asked() {
    let server = FaultServer::start(|_| Reply::csv(GOOD));
    let url = server.url("/all.csv?of={station}&from={from}&to={to}");
    let mut feed = feed_on(&url, "station.JFK = {}\nstation.LGA = {}\nlook_back = \"20 d\"");
    let known: BTreeMap<Arc<str>, _> = [("JFK", "2013-01-30 00:00"), ("LGA", "2013-01-25 00:00")]
        .map(|(station, until)| (Arc::from(station), at(until)))
        .into();
    let missing: BTreeMap<Arc<str>, _> = [(Arc::from("LGA"), at("2013-01-03 05:00"))].into();
    let only = Some(Arc::from("LGA"));
    for (scope, asked, why) in [
        (Scope::default(), &["JFK&from=2013-01-10&to=2013-02-01", "LGA&from=2013-01-05&to=2013-02-01"][..], "as set"),
        (
            Scope { look_back: Some(TimeDelta::days(2)), ..Scope::default() },
            &["JFK&from=2013-01-28&to=2013-02-01", "LGA&from=2013-01-23&to=2013-02-01"],
            "only what is new",
        ),
        (
            Scope { missing_from: missing, ..Scope::default() },
            &["JFK&from=2013-01-10&to=2013-02-01", "LGA&from=2013-01-03&to=2013-02-01"],
            "one wider request from the gap on",
        ),
        (
            Scope { until: Some(at("2013-01-20 00:00")), station: only, ..Scope::default() },
            &["LGA&from=2013-01-05&to=2013-01-20"],
            "a stretch of one station",
        ),
    ] {
        let before = server.requests().len();
        let ask = Ask { now: now(), known_until: &known, from: at("2013-01-01 00:00") };
        feed.poll_in(ask, &scope).await.unwrap();
        let targets: Vec<_> = server.requests()[before..].iter().map(|request| request.target.clone()).collect();
        assert_eq!(targets, asked.iter().map(|asked| format!("/all.csv?of={asked}")).collect::<Vec<_>>(), "{why}");
    }
}
