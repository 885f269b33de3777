//! Whoever listens hears what they may see, and misses nothing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use fairgauge::ledger::Batch;
use serde_json::Value;

use crate::client::{connect, head, request};
use crate::serving::{NORTH, Season, Served, serve};

struct Listener(BufReader<TcpStream>);

impl Listener {
    fn new(served: &Served, who: &str, target: &str, last: Option<i64>) -> Self {
        let bearer = format!("Bearer {}", served.tokens[who]);
        let last = last.map(|last| last.to_string());
        let mut headers = vec![("authorization", bearer.as_str()), ("accept", "text/event-stream")];
        headers.extend(last.as_deref().map(|last| ("last-event-id", last)));
        let mut stream = connect(served.address);
        stream.write_all(&request("GET", target, &headers, b"")).unwrap();
        let (status, headers, reader) = head(stream);
        assert_eq!(status, 200);
        assert!(headers.contains(&("content-type".to_owned(), "text/event-stream".to_owned())), "{headers:?}");
        Self(reader)
    }

    /// The next event: its number and its data.
    fn next(&mut self) -> (i64, Value) {
        let (mut id, mut data) = (None, None);
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            let line = line.trim_end();
            if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.parse().unwrap());
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = Some(serde_json::from_str(text).unwrap());
            }
            if let (Some(id), Some(data)) = (id, &data) {
                return (id, Value::clone(data));
            }
        }
    }
}

#[test]
fn who_comes_again_misses_nothing_and_hears_what_is_new() {
    let season = Season::new();
    let served = serve(&season.ledger);
    let seqs = |who: &str| -> Vec<i64> {
        let page = served.get(who, "/v1/payouts?history=true&limit=1000").json();
        let mut seqs: Vec<_> =
            page["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()).collect();
        seqs.sort();
        seqs
    };
    for who in ["auditor", "insurer", "insured"] {
        let expected = seqs(who);
        let mut listener = Listener::new(&served, who, "/v1/events", Some(0));
        let heard: Vec<_> = expected.iter().map(|_| listener.next()).collect();
        assert_eq!(heard.iter().map(|(id, _)| *id).collect::<Vec<_>>(), expected, "{who}");
        assert!(heard.iter().all(|(id, data)| data["seq"] == *id));
        let middle = expected[expected.len() / 2];
        let mut again = Listener::new(&served, who, &format!("/v1/events?after={middle}"), None);
        assert_eq!(again.next().0, expected[expected.len() / 2 + 1], "{who} comes again");
    }
    let mut heard = ["insured", "insurer", "auditor"].map(|who| Listener::new(&served, who, "/v1/events", None));
    let mut other = Listener::new(&served, "insured of another policy", "/v1/events", None);
    let mut next = season.advance();
    next.number = 2;
    next.paid.advance = 12_345;
    let mut batch = Batch::new();
    batch.determine(next);
    season.append(batch);
    for listener in &mut heard {
        let (_, data) = listener.next();
        assert_eq!(
            (&data["policy"], &data["state"], &data["payable"]),
            (&NORTH.into(), &"interim".into(), &"123.45".into())
        );
    }
    // When the server ends, so do streams; until then this one was told nothing of another's policy.
    drop(served);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut other.0, &mut rest).unwrap();
    assert!(!rest.contains("data:"), "{rest}");
}

#[test]
fn one_token_does_not_take_all_the_seats() {
    // Whoever else asks as this one would find no seat meanwhile.
    let season = Season::new();
    let served = &serve(&season.ledger);
    let who = "insurer of one and a policy";
    let listeners: Vec<_> = (0..8).map(|_| Listener::new(served, who, "/v1/events", None)).collect();
    let bearer = format!("Bearer {}", served.tokens[who]);
    let ninth = crate::client::send(served.address, &request("GET", "/v1/events", &[("authorization", &bearer)], b""));
    assert_eq!(ninth.status, 503, "{}", ninth.text());
    assert!(ninth.header("retry-after").is_some());
    Listener::new(served, "operator", "/v1/events", None);
    drop(listeners);
    crate::program::wait_until("seats are free again", || {
        let mut stream = connect(served.address);
        let bearer = format!("Bearer {}", served.tokens[who]);
        stream.write_all(&request("GET", "/v1/events", &[("authorization", &bearer)], b"")).unwrap();
        head(stream).0 == 200
    });
    for (last, status) in [("x", 400), ("-1", 400), ("9223372036854775807", 400)] {
        assert_eq!(served.ask("auditor", "GET", "/v1/events", &[("last-event-id", last)]).status, status, "{last}");
    }
}
