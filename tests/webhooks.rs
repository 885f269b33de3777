//! Telling endpoints: attempts and their table, endpoints that fail in every way, crashes in between, many at once.
//! Receivers in another language stand in tests/webhooks_python.rs, the whole program in tests/webhooks_live.rs.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/office.rs"]
mod office;
#[path = "support/signed.rs"]
mod signed;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fairgauge::feed::{Answering, Told, Unanswered, Wire};
use fairgauge::health::untold;
use fairgauge::ledger::{Batch, LedgerError, Replay, ReplayOf, State, leaf, message_id};
use fairgauge::webhook::{SenderError, WAITS};
use fault_server::{FaultServer, Reply};
use office::{Office, endpoint};
use signed::{determination, determined};

const URL: &str = "https://hooks.example.org/in";

fn told(status: u16) -> Result<Told, Unanswered> {
    Ok(Told { status, headers: Vec::new(), body: Vec::new() })
}

/// Messages as they came: name and body.
type Came = Arc<Mutex<Vec<(String, String)>>>;

/// A receiver that keeps what comes and answers as `answer` says to the how-manieth request, 0 the first.
fn receiver(answer: impl Fn(usize) -> Result<Told, Unanswered> + Send + Sync + 'static) -> (Came, Wire) {
    let came = Came::default();
    let kept = came.clone();
    let wire = Wire::new(move |_, headers, body| {
        let mut kept = kept.lock().unwrap();
        let id = headers["webhook-id"].to_str().unwrap().to_owned();
        kept.push((id, body.unwrap().to_owned()));
        let answer = answer(kept.len() - 1);
        Box::pin(async move { answer }) as Answering
    });
    (came, wire)
}

fn ids(came: &Came) -> Vec<String> {
    came.lock().unwrap().iter().map(|(id, _)| id.clone()).collect()
}

/// A final determination of so many cents.
fn paid(policy: &str, minor: i64) -> Batch {
    determined(policy, State::Final, 0, minor, 0)
}

#[tokio::test]
async fn a_message_says_what_the_payout_log_says_and_proves_it() {
    let (came, wire) = receiver(|_| told(204));
    let office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let mut program = office.start();
    program.write(paid("P-1", 12_345)).await;
    assert_eq!(program.send().await, 1);
    let (id, body) = came.lock().unwrap()[0].clone();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let data = &body["data"];
    let entry = data["entry"].as_str().unwrap();
    assert_eq!((body["type"].as_str(), id), (Some("payout.final"), message_id(&leaf(entry))));
    assert_eq!(body["timestamp"], serde_json::from_str::<serde_json::Value>(entry).unwrap()["at"]);
    let row = office.reader().payout("P-1/rain/2013-06-01").unwrap().unwrap();
    assert_eq!(data["row"], serde_json::to_value(&row).unwrap());
    assert_eq!((data["payable_minor"].as_i64(), data["seq"].as_i64()), (Some(12_345), Some(row.seq)));
    let proof = fairgauge::ledger::merkle::Proof::read(data["proof"].as_str().unwrap()).unwrap();
    proof.verify(&leaf(entry), &signed::key(1).public()).unwrap();
    program.stop().await;
}

#[tokio::test]
async fn what_is_not_taken_is_tried_ten_times_and_parked_and_sent_again_by_hand() {
    let (came, wire) = receiver(|number| told(if number < 10 { 503 } else { 200 }));
    let office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let mut program = office.start();
    program.write(paid("P-1", 1)).await;
    let mut waits = Vec::new();
    while program.turn().await == 1 {
        let next = office.reader().next_due("acme").unwrap();
        waits.extend(next.map(|next| next - office.now()));
        office.wait(next.map_or(TimeDelta::days(30), |next| next - office.now()));
    }
    assert_eq!(waits.len(), WAITS.len());
    assert!(waits.iter().zip(WAITS).all(|(wait, least)| *wait >= least && *wait <= least * 11 / 10), "{waits:?}");
    assert_eq!(came.lock().unwrap().len(), 10);
    let status = office.reader().endpoint("acme").unwrap();
    assert_eq!((status.waiting, status.parked, status.failures), (0, 1, 10));
    let alerts: Vec<_> = untold(&status, office.now()).iter().map(ToString::to_string).collect();
    assert!(alerts.iter().any(|alert| alert.contains("replay acme --parked")), "{alerts:?}");
    let mut again = Batch::new();
    again.replay(Replay { endpoint: "acme".to_owned(), at: office.now(), what: ReplayOf::Parked });
    program.write(again).await;
    assert_eq!(program.send().await, 1);
    assert_eq!(ids(&came).into_iter().collect::<BTreeSet<_>>().len(), 1, "always the same name");
    assert_eq!(office.reader().endpoint("acme").unwrap().delivered, 1);
    assert!(untold(&office.reader().endpoint("acme").unwrap(), office.now()).is_empty());
    program.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_fails_is_tried_by_one_message_until_it_takes_it() {
    let (came, wire) = receiver(|number| told(if number < 12 { 500 } else { 204 }));
    let office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let mut program = office.start();
    let mut many = Batch::new();
    (0..100).for_each(|n| many.determine(determination(&format!("P-{n}"), State::Final, 0, 5, 0)));
    program.write(many).await;
    let first = program.turn().await;
    assert!(first <= 16, "of a page only what was on its way: {first}");
    let mut tries = 0;
    while office.reader().endpoint("acme").unwrap().delivered == 0 {
        let sent = program.turn().await;
        assert!(sent <= 1, "{sent} at once to one that fails");
        tries += sent;
        office.wait(TimeDelta::seconds(30));
    }
    assert!(tries > 0 && came.lock().unwrap().len() == 13);
    office.wait(TimeDelta::days(4));
    program.send().await;
    let status = office.reader().endpoint("acme").unwrap();
    assert_eq!((status.waiting, status.parked, status.delivered), (0, 0, 100));
    program.stop().await;
}

/// Stops a program in the midst of sending, as SIGKILL does: something came, and nothing of what it awaits comes any more.
async fn cut_off(program: &mut office::Program, came: &Came) {
    let sent = async {
        while came.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        biased;
        _ = program.send() => panic!("it came to its end"),
        () = sent => {}
    }
}

#[tokio::test]
async fn p03_killed_while_the_answer_is_awaited_it_is_sent_again_under_its_name() {
    let (came, wire) = receiver(|_| told(204));
    let hanging = {
        let came = came.clone();
        Wire::new(move |_, headers, body| {
            let id = headers["webhook-id"].to_str().unwrap().to_owned();
            came.lock().unwrap().push((id, body.unwrap().to_owned()));
            Box::pin(std::future::pending()) as Answering
        })
    };
    let mut office = Office::new(&endpoint("acme", URL, "")).told_by(hanging);
    let mut program = office.start();
    program.write(paid("P-1", 7)).await;
    cut_off(&mut program, &came).await;
    assert!(office.log().is_empty(), "nobody knows what became of it");
    program.stop().await;
    office.settings.network.wire = Some(wire);
    let mut program = office.start();
    assert_eq!(program.send().await, 1);
    let came = came.lock().unwrap().clone();
    assert_eq!((came.len(), &came[0]), (2, &came[1]), "the same name and the same bytes");
    assert_eq!(office.reader().endpoint("acme").unwrap().delivered, 1);
    program.stop().await;
}

#[tokio::test]
async fn p03_killed_behind_the_answer_and_before_it_is_recorded_it_is_sent_again_under_its_name() {
    let (came, wire) = receiver(|_| told(204));
    let office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let mut program = office.start();
    program.write(paid("P-1", 7)).await;
    // What writes the ledger is gone when the answer is there.
    let office::Program { mut couriers, writer, .. } = program;
    writer.close().await.unwrap();
    let error = couriers[0].turn().await.unwrap_err();
    assert!(matches!(error, SenderError::Ledger(LedgerError::Closed)), "{error}");
    assert!(office.log().is_empty());
    program = office.start();
    assert_eq!(program.send().await, 1);
    let came = came.lock().unwrap().clone();
    assert_eq!((came.len(), &came[0].0), (2, &came[1].0));
    program.stop().await;
}

#[tokio::test]
async fn p03_killed_between_the_commit_and_the_first_attempt_it_is_sent_at_the_next_start() {
    let (came, wire) = receiver(|_| told(204));
    let office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let program = office.start();
    program.write(paid("P-1", 7)).await;
    program.stop().await;
    assert!(came.lock().unwrap().is_empty());
    for expected in [1, 0, 0] {
        let mut program = office.start();
        assert_eq!(program.send().await, expected, "once, however often it starts");
        program.stop().await;
    }
    assert_eq!(office.outcomes(), [("acme".to_owned(), 2, "delivered".to_owned())]);
}

#[tokio::test]
async fn p03_a_try_that_failed_goes_on_where_it_was_behind_a_start_anew() {
    let (came, wire) = receiver(|number| told(if number < 3 { 500 } else { 200 }));
    let office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let program = office.start();
    program.write(paid("P-1", 7)).await;
    program.stop().await;
    let mut attempts = Vec::new();
    for wait in
        [TimeDelta::zero(), TimeDelta::seconds(4), TimeDelta::seconds(2), TimeDelta::minutes(6), TimeDelta::hours(1)]
    {
        office.wait(wait);
        let mut program = office.start();
        attempts.push(program.send().await);
        program.stop().await;
    }
    assert_eq!(attempts, [1, 0, 1, 1, 1], "nothing is due four seconds later");
    assert_eq!(ids(&came).into_iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(office.log().iter().map(|row| row.attempt).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// What one attempt comes to where a server of this machine answers so.
async fn answered(reply: Reply, more: &str) -> (Office, String) {
    let server = FaultServer::start(move |_| reply.clone());
    let office = Office::new(&endpoint("acme", &server.url("/in"), more));
    let mut program = office.start();
    program.write(paid("P-1", 7)).await;
    assert_eq!(program.turn().await, 1);
    program.stop().await;
    let row = office.log().pop().unwrap();
    (office, format!("{} {:?} {}", row.outcome, row.status, row.detail))
}

#[tokio::test]
async fn n07_a_redirect_of_a_webhook_is_not_followed() {
    let elsewhere = FaultServer::start(|_| Reply::status(200));
    for (status, to) in [
        (301, elsewhere.url("/")),
        (302, elsewhere.url("/")),
        (307, "http://169.254.169.254/latest/meta-data/".to_owned()),
        (308, "https://169.254.169.254/".to_owned()),
    ] {
        let (_, said) = answered(Reply::status(status).header("location", &to), "").await;
        assert!(
            said.starts_with(&format!("failed Some({status})")) && said.contains("no redirect is followed"),
            "{said}"
        );
    }
    assert_eq!(elsewhere.requests().len(), 0, "nobody went there");
}

#[tokio::test]
async fn n07_a_webhook_to_a_name_that_leads_into_a_private_network_is_not_sent() {
    let mut office = Office::new(&endpoint("acme", "https://localhost/in", ""));
    office.settings.network.allow_private = false;
    let mut program = office.start();
    program.write(paid("P-1", 7)).await;
    assert_eq!(program.turn().await, 1);
    let row = office.log().pop().unwrap();
    assert!(row.status.is_none() && row.detail.contains("private"), "{row:?}");
    program.stop().await;
}

#[tokio::test]
async fn a07_an_endpoint_that_answers_with_410_is_told_nothing_more() {
    let (came, wire) = receiver(|number| told(if number == 0 { 410 } else { 204 }));
    let office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let mut program = office.start();
    program.write(paid("P-1", 7)).await;
    assert_eq!(program.send().await, 1);
    program.write(paid("P-2", 8)).await;
    office.wait(TimeDelta::days(10));
    assert_eq!(program.send().await, 0, "not by itself");
    program.stop().await;
    let mut program = office.start();
    assert_eq!(program.send().await, 0, "nor behind a start anew");
    let status = office.reader().endpoint("acme").unwrap();
    assert_eq!((status.gone, status.waiting), (true, 2));
    assert!(untold(&status, office.now())[0].to_string().contains("(410)"));
    let mut again = Batch::new();
    again.replay(Replay { endpoint: "acme".to_owned(), at: office.now(), what: ReplayOf::Parked });
    program.write(again).await;
    assert_eq!(program.send().await, 2, "until a person says so");
    assert_eq!(came.lock().unwrap().len(), 3);
    program.stop().await;
}

#[tokio::test]
async fn a07_a_wait_that_an_endpoint_asks_for_is_kept_up_to_a_day() {
    for (asked, least, most) in [("3600", 3_600, 3_600), ("1", 5, 6), ("999999999", 86_400, 86_400), ("soon", 5, 6)] {
        let (office, said) = answered(Reply::status(429).header("retry-after", asked), "").await;
        assert!(said.starts_with("failed Some(429)"), "{said}");
        let wait = (office.reader().next_due("acme").unwrap().unwrap() - office.now()).num_seconds();
        assert!((least..=most).contains(&wait), "{asked}: {wait}");
    }
}

#[tokio::test]
async fn a07_an_endpoint_that_fails_in_any_other_way_is_tried_again() {
    for (reply, says) in [
        (Reply::status(404), "failed Some(404)"),
        (Reply::status(500), "failed Some(500)"),
        (Reply::json("{\"why\":\"no such\\ntenant\"}").with_status(400), "failed Some(400) status 400: {\"why\""),
        (Reply::Reset, "failed None"),
        (Reply::Silent, "failed None 127.0.0.1"),
    ] {
        let (office, said) = answered(reply.clone(), "timeout = \"1 s\"").await;
        assert!(said.starts_with(says), "{reply:?}: {said}");
        assert_eq!(office.reader().endpoint("acme").unwrap().waiting, 1);
    }
}

/// A status is an answer, whatever body comes behind it, and no more of that is read than is shown.
#[tokio::test]
async fn a07_an_answer_without_end_is_an_answer() {
    let begun = Instant::now();
    let (_, said) = answered(Reply::Endless { bytes: 1 << 40 }, "timeout = \"60 s\"").await;
    assert!(said.starts_with("delivered Some(200)"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(30), "it was not read to its end");
    let slow = Reply::Slow { body: vec![b'x'; 100], pause: Duration::from_millis(100) };
    let (_, said) = answered(slow, "timeout = \"1 s\"").await;
    assert!(said.starts_with("delivered Some(200)"), "{said}");
}

#[tokio::test]
async fn a07_a_tarpit_delays_nobody_else() {
    let tarpit = FaultServer::start(|_| Reply::Silent);
    let good = FaultServer::start(|_| Reply::status(204));
    let endpoints = endpoint("tarpit", &tarpit.url("/"), "timeout = \"60 s\"") + &endpoint("zeal", &good.url("/"), "");
    let office = Office::new(&endpoints);
    let office::Program { couriers, writer, hooks } = office.start();
    drop(couriers);
    let sender = hooks.sender(office.ledger(), writer.scribe().unwrap(), office.clock());
    let begun = Instant::now();
    let written = async {
        let mut many = Batch::new();
        (0..200).for_each(|n| many.determine(determination(&format!("P-{n}"), State::Final, 0, 5, 0)));
        writer.append(many).await.unwrap();
        let reader = office.reader();
        while reader.endpoint("zeal").unwrap().delivered < 200 {
            assert!(begun.elapsed() < Duration::from_secs(50), "it waited for the tarpit");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        must_stop = sender.run() => panic!("{must_stop}"),
        () = written => {}
    }
    assert_eq!(office.reader().endpoint("tarpit").unwrap().waiting, 200, "nothing is lost of what it is owed");
    assert!(tarpit.requests().len() <= 8, "and few were on their way to it");
    writer.close().await.unwrap();
}

#[tokio::test]
async fn endpoints_that_come_with_other_settings_are_told_from_then_on() {
    let (came, wire) = receiver(|_| told(204));
    let mut office = Office::new(&endpoint("acme", URL, "")).told_by(wire);
    let office::Program { couriers, writer, hooks } = office.start();
    drop(couriers);
    let sender = hooks.sender(office.ledger(), writer.scribe().unwrap(), office.clock());
    let ledger = office.ledger();
    let changes = async {
        let delivered = |name: &'static str, wanted: i64| {
            let ledger = ledger.clone();
            async move {
                let reader = fairgauge::ledger::Reader::open(&ledger).unwrap();
                while reader.endpoint(name).unwrap().delivered < wanted {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        writer.append(paid("P-1", 1)).await.unwrap();
        delivered("acme", 1).await;
        let other = office.settings.webhooks.remove("acme").unwrap();
        office
            .settings
            .webhooks
            .insert("bee".to_owned(), fairgauge::settings::WebhookSettings { name: "bee".to_owned(), ..other });
        hooks.change(&office.settings);
        writer.append(paid("P-2", 2)).await.unwrap();
        delivered("bee", 1).await;
    };
    tokio::select! {
        must_stop = sender.run() => panic!("{must_stop}"),
        () = changes => {}
    }
    let told: Vec<_> = office.outcomes().into_iter().map(|(endpoint, seq, _)| (endpoint, seq)).collect();
    assert_eq!(told, [("acme".to_owned(), 2), ("bee".to_owned(), 3)]);
    assert_eq!(came.lock().unwrap().len(), 2);
    writer.close().await.unwrap();
}

/// So much this process has in memory at most since it began, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn ten_thousand_events_are_told_with_few_of_them_in_memory() {
    let (flying, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (flying.clone(), most.clone());
    let wire = Wire::new(move |_, _, _| {
        let now = now.clone();
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Box::pin(async move {
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            told(204)
        }) as Answering
    });
    let office = Office::unsigned(&endpoint("acme", URL, "")).told_by(wire);
    let mut program = office.start();
    for thousand in 0..10 {
        let mut many = Batch::new();
        (0..1_000).for_each(|n| many.determine(determination(&format!("P-{thousand}-{n}"), State::Final, 0, 5, 0)));
        program.write(many).await;
    }
    let before = peak_kib();
    assert_eq!(program.send().await, 10_000);
    let grown = peak_kib() - before;
    assert!(grown < 48 << 10, "{grown} KiB more than before");
    assert!(most.load(Ordering::SeqCst) <= 8, "{most:?} on their way at one time");
    let status = office.reader().endpoint("acme").unwrap();
    assert_eq!((status.waiting, status.delivered), (0, 10_000));
    program.stop().await;
}
