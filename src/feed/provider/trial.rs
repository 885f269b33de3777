//! What the tests of every kind need: asking and reading without a server, and bytes that are broken on purpose.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::feed::decode::{DecodeError, Decoded, Raw};
use crate::feed::http::fault_server::{self, FaultServer};
use crate::feed::request::{Instead, Reply, Request, Wanted};
use crate::feed::secret::{Key, Secret};
use crate::feed::settings::tests::{faults, feed};
use crate::feed::settings::{FeedSettings, Origin};
use crate::feed::{Answer, Ask, Feed, Network, PollError};
use crate::observation::Reading;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%F %R").unwrap().and_utc()
}

/// Reads bytes as the answer for the only station, where there is one, long after what they tell.
pub(super) fn read(settings: &str, bytes: impl AsRef<[u8]>) -> Result<Decoded, DecodeError> {
    read_at(settings, bytes, "2099-01-01 00:00")
}

pub(super) fn read_at(settings: &str, bytes: impl AsRef<[u8]>, now: &str) -> Result<Decoded, DecodeError> {
    let feed = feed(settings);
    let asked = feed.stations.first().filter(|_| feed.stations.len() == 1);
    crate::feed::decode(&feed, &Raw { bytes: bytes.as_ref(), name: "", asked, now: Some(at(now)) })
}

/// The same of a file, which nobody asked for.
pub(super) fn read_file(settings: &str, name: &str, bytes: impl AsRef<[u8]>) -> Result<Decoded, DecodeError> {
    crate::feed::decode(&feed(settings), &Raw { bytes: bytes.as_ref(), name, asked: None, now: None })
}

fn line(reading: &Reading) -> String {
    let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
    let [start, end] = [reading.start, reading.end].map(|at| at.format("%F %R").to_string());
    let Reading { station, variable, unit, vintage, .. } = reading;
    format!("{station} {variable} {start} {} {value} {unit} {}", end.trim_start_matches(&start[..11]), vintage.word())
}

/// Readings in a line each.
pub(super) fn told(decoded: &Decoded) -> Vec<String> {
    decoded.readings.iter().map(line).collect()
}

/// Refusals in a line each.
pub(super) fn refused(decoded: &Decoded) -> Vec<String> {
    decoded.refused.iter().map(|refused| format!("{}: {}", refused.place, refused.reason)).collect()
}

/// Everything that one poll asks for at first, of every station.
pub(super) fn requests(feed: &FeedSettings, from: &str, to: &str) -> Vec<Request> {
    let all = with_wanted(feed, from, to, |wanted| feed.provider.requests(feed, wanted));
    let all: Vec<_> = all.into_iter().flatten().collect();
    all.iter().for_each(|request| may_lead_there(feed, request));
    all
}

/// The fetcher asks for what the settings allow, and for nothing else.
pub(super) fn may_lead_there(feed: &FeedSettings, request: &Request) {
    assert!(feed.may_ask(&request.url), "{feed:?} does not lead to {}", request.url);
}

pub(super) fn urls(settings: &str, from: &str, to: &str) -> Vec<String> {
    requests(&feed(settings), from, to).into_iter().map(|request| request.url.to_string()).collect()
}

/// What an answer to a request leads to.
pub(super) fn next(
    feed: &FeedSettings,
    (from, to): (&str, &str),
    request: &Request,
    bytes: &[u8],
) -> Result<Vec<String>, DecodeError> {
    let headers = reqwest::header::HeaderMap::new();
    let reply = Reply { request, bytes, headers: &headers };
    let all = with_wanted(feed, from, to, |wanted| feed.provider.next(feed, wanted, &reply));
    let first = all.into_iter().next().expect("there is a stretch");
    first.iter().flatten().for_each(|request| may_lead_there(feed, request));
    first.map(|requests| requests.into_iter().map(|request| request.url.to_string()).collect())
}

/// What is done about a request that is refused.
pub(super) fn instead(
    feed: &FeedSettings,
    (from, to): (&str, &str),
    request: &Request,
    status: u16,
    words: &str,
) -> Instead {
    let all = with_wanted(feed, from, to, |wanted| feed.provider.instead(wanted, request, status, words));
    all.into_iter().next().expect("there is a stretch")
}

fn with_wanted<T>(feed: &FeedSettings, from: &str, to: &str, take: impl Fn(&Wanted<'_>) -> T) -> Vec<T> {
    let Origin::Url(url) = &feed.origin else { panic!("the feed is a file") };
    let key = feed.key.as_ref().map(|key| Key { secret: Secret::new("secret-key"), goes: key.goes.clone() });
    let stations: Vec<_> = match feed.provider.asks_by_station() {
        true => feed.stations.iter().map(Some).collect(),
        false => vec![None],
    };
    let wanted =
        |station| Wanted { url, station, from: at(from), to: at(to), now: at(to), key: key.as_ref(), token: None };
    stations.into_iter().map(|station| take(&wanted(station))).collect()
}

/// Asks a server of our own in place of the one at `host`, at noon of 2026-03-02, for everything since then: what came,
/// and what was asked.
pub(super) async fn poll(
    settings: &str,
    host: &str,
    since: &str,
    answer: impl Fn(&fault_server::Request) -> fault_server::Reply + Send + Sync + 'static,
) -> (Result<Answer, PollError>, Vec<String>) {
    let (answer, requests) = poll_with_key(settings, host, "secret-key", since, answer).await;
    (answer, requests.into_iter().map(|request| request.target).collect())
}

/// The same with a key of one's own, and all of the requests.
pub(super) async fn poll_with_key(
    settings: &str,
    host: &str,
    key_text: &str,
    since: &str,
    answer: impl Fn(&fault_server::Request) -> fault_server::Reply + Send + Sync + 'static,
) -> (Result<Answer, PollError>, Vec<fault_server::Request>) {
    let server = FaultServer::start(answer);
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), key_text).unwrap();
    assert!(settings.contains(host), "{host}");
    let text = settings.replace(host, &server.url("")).replace("poll = ", "timeout = \"2 s\"\npoll = ");
    let text = text.replace("{ credential = ", &format!("{{ file = \"{}\" }} # ", key.path().display()));
    let network = Network { allow_private: true, ..Network::default() };
    let ask = Ask { now: at("2026-03-02 12:00"), known_until: &BTreeMap::new(), from: at(since) };
    let answer = Feed::new(feed(&text), &network).poll(ask).await;
    (answer, server.requests())
}

/// Settings that are wrong in one place say so in these words.
pub(super) fn wrong_settings(good: &str, cases: &[(&str, &str, &str)]) {
    feed(good);
    for (replace, by, message) in cases {
        assert!(good.contains(replace), "{replace}");
        let told = faults(&good.replacen(replace, by, 1));
        assert!(told.contains(message), "{by}: {told}");
    }
}

/// An answer that is wrong in one place is refused in these words.
pub(super) fn wrong_answers(settings: &str, good: &str, cases: &[(&str, &str, &str)]) {
    for (replace, by, message) in cases {
        assert!(good.contains(replace), "{replace}");
        let error = read(settings, good.replacen(replace, by, 1)).expect_err(by).to_string();
        assert!(error.contains(message), "{by}: {error}");
    }
}

/// A key that lacks something is refused in these words.
pub(super) fn wrong_keys(cases: &[(&str, &str, &str)]) {
    for (settings, key, message) in cases {
        let error = feed(settings).provider.check_key(&Secret::new(*key)).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

/// Feeds as the pages of docs/feeds write them: what is asked at first, with a login and with a token, leads to an address
/// that the fetcher takes for the feed's own.
#[test]
fn what_every_kind_asks_is_at_its_own_address() {
    let mut kinds = std::collections::BTreeSet::new();
    for page in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/feeds")).unwrap() {
        let page = std::fs::read_to_string(page.unwrap().path()).unwrap();
        let blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        for block in blocks {
            let Some((_, rest)) = block.split_once("[feed.") else { continue };
            let name = rest.split([']', '.']).next().unwrap();
            let own = block.replace(&format!("[feed.{name}]\n"), "").replace(&format!("[feed.{name}."), "[");
            let Ok(feed) = crate::feed::settings::tests::read(own.split("[network]").next().unwrap()) else { continue };
            let Origin::Url(url) = &feed.origin else { continue };
            let secret =
                "api_key = a\nclient_secret = b\npassword = c\napp_key = d\nsecret_key = e\nsubscription_key = f";
            let key = Key { secret: Secret::new(secret), goes: None };
            let (from, to) = (at("2026-06-01 00:00"), at("2026-06-03 00:00"));
            let stations: Vec<_> = match feed.provider.asks_by_station() || url.has("station") {
                true => feed.stations.iter().map(Some).collect(),
                false => vec![None],
            };
            for (station, token) in stations.into_iter().flat_map(|one| [(one, None), (one, Some(Secret::new("t")))]) {
                let wanted = Wanted { url, station, from, to, now: to, key: Some(&key), token };
                let requests = feed.provider.requests(&feed, &wanted);
                requests.iter().for_each(|request| may_lead_there(&feed, request));
                kinds.extend(requests.first().map(|_| feed.kind));
            }
        }
    }
    assert!(kinds.len() >= 20 && kinds.contains("ercot") && kinds.contains("enphase"), "{kinds:?}");
}

/// Bytes of a file that are cut off after any byte are refused, or say a part of what the whole says; bytes of which any
/// was changed never do harm.
pub(super) fn survives(settings: &str, name: &str, whole: &[u8]) {
    survives_as(&feed(settings), &Raw { bytes: whole, name, asked: None, now: None });
}

/// The same of an answer.
pub(super) fn survives_as(feed: &FeedSettings, whole: &Raw<'_>) {
    let decode = |bytes: &[u8]| crate::feed::decode(feed, &Raw { bytes, ..*whole });
    let all = decode(whole.bytes).expect("the whole is well").readings;
    assert!(!all.is_empty());
    for length in 0..whole.bytes.len() {
        if let Ok(part) = decode(&whole.bytes[..length]) {
            let strange = part.readings.iter().find(|reading| !all.contains(reading)).map(line);
            assert_eq!(strange, None, "cut off after {length} bytes");
        }
    }
    // Marsaglia's xorshift: the same bytes on every run.
    let mut state = 0x2545_f491_u32;
    let mut changed = whole.bytes.to_vec();
    for place in 0..whole.bytes.len() {
        for _ in 0..3 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            changed[place] = state.to_be_bytes()[0];
            let _ = decode(&changed);
        }
        for byte in [b'0', b'-', b',', b'\n', 0xff] {
            changed[place] = byte;
            let _ = decode(&changed);
        }
        changed[place] = whole.bytes[place];
    }
}

/// A zip file.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        packer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        packer.write_all(bytes).unwrap();
    }
    packer.finish().unwrap().into_inner()
}
