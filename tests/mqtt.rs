//! Messages of a real broker: Mosquitto, on this machine's loopback.

#![cfg(feature = "mqtt")]
#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::feed::{Answer, Ask, Feed, Network, PollError};
use fairgauge::settings::Settings;
use program::{PATIENCE, Program, contents, daemon, wait_for, wait_until};
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, Outgoing, PublishOptions, QoS};

/// A broker of its own, which keeps what it has over a restart.
struct Mosquitto {
    folder: tempfile::TempDir,
    port: u16,
    child: Option<Child>,
}

impl Mosquitto {
    /// None where there is none on this machine.
    fn start(more: &str, prepare: impl FnOnce(&Path)) -> Option<Self> {
        if !tools::there("mosquitto") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let more = more.replace("FOLDER", folder.path().to_str().unwrap());
        let settings = format!(
            "listener {port} 127.0.0.1\npersistence true\npersistence_location {}/\nautosave_interval 1\nautosave_on_changes true\n\
             user root\n{more}\n",
            folder.path().display()
        );
        fs::write(folder.path().join("mosquitto.conf"), settings).unwrap();
        let mut broker = Self { folder, port, child: None };
        broker.up();
        Some(broker)
    }

    fn open() -> Option<Self> {
        Self::start("allow_anonymous true", |_| {})
    }

    fn up(&mut self) {
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(self.folder.path().join("mosquitto.conf"));
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let port = self.port;
        wait_until("the broker listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    }

    /// Ends it in good order, so that it keeps what it has.
    fn down(&mut self) {
        let mut child = self.child.take().unwrap();
        let sent = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", child.id())).status().unwrap();
        assert!(sent.success());
        wait_for("the broker ends", || child.try_wait().unwrap());
    }

    /// The feed's settings.
    fn feed(&self, more: &str) -> String {
        format!(
            r#"
[feed.plants]
kind = "json"
mqtt = {{ url = "mqtt://127.0.0.1:{}", topic = "plants/{{station}}/power", client = "fairgauge-test"{more} }}
poll = "1 s"
timeout = "10 s"
delay = "0 s"
vintage = "provisional"
columns.power = {{ variable = "power", unit = "kW" }}
[feed.plants.json]
row = ""
missing = []
time = {{ at = "ts", format = "epoch ms", stamp = "begin", every = "1 min" }}
"#,
            self.port
        )
    }

    /// Publishes and waits until the broker has it all.
    async fn publish(&self, messages: &[(String, String)]) {
        let mut options = MqttOptions::new("plant", ("127.0.0.1", self.port));
        options.set_keep_alive(30);
        let (client, mut events) = AsyncClient::builder(options).unbounded().build();
        for (topic, payload) in messages {
            client.try_publish(topic.clone(), payload.clone(), PublishOptions::new(QoS::AtLeastOnce)).unwrap();
        }
        let mut acknowledged = 0;
        let all = async {
            while acknowledged < messages.len() {
                if let Event::Incoming(Incoming::PubAck(_)) = events.poll().await.unwrap() {
                    acknowledged += 1;
                }
            }
            client.try_disconnect().unwrap();
            while !matches!(events.poll().await, Ok(Event::Outgoing(Outgoing::Disconnect)) | Err(_)) {}
        };
        tokio::time::timeout(PATIENCE, all).await.unwrap();
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

const HEAD: &str = "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"products\"\npolicies = [\"book.csv\"]\n\
                    [network]\nallow_private = true\n";

fn feed(text: &str, folder: &Path) -> Feed {
    let path = folder.join("feed.toml");
    fs::write(&path, format!("{HEAD}{text}")).unwrap();
    let settings = Settings::load(&path, std::iter::empty());
    let settings = settings.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    Feed::new(settings.feeds["plants"].clone(), &Network { allow_private: true, ..Network::default() })
}

/// 1 June 2026, so many minutes after midnight, and a power.
fn message(station: &str, minute: i64, power: i64) -> (String, String) {
    let ts = 1_780_272_000_000 + minute * 60_000;
    (format!("plants/{station}/power"), format!(r#"{{"ts":{ts},"power":{power}}}"#))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

async fn poll(feed: &mut Feed) -> Result<Answer, PollError> {
    let ask = Ask { now: now(), known_until: &BTreeMap::new(), from: now() - TimeDelta::days(1) };
    feed.poll(ask).await
}

fn told(answer: &Answer) -> Vec<String> {
    let line = |reading: &fairgauge::observation::Reading| {
        format!("{} {} {}", reading.station, reading.start.format("%H:%M"), reading.value.unwrap())
    };
    answer.readings.iter().map(line).collect()
}

/// Polls until the feed has no more to say; `record` says whether what it said is kept.
async fn all(feed: &mut Feed, record: bool) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let answer = poll(feed).await.unwrap();
        all.extend(told(&answer));
        if record {
            feed.recorded();
        }
        if !feed.has_more() {
            assert_eq!(answer.heard_until, now());
            return all;
        }
        assert!(record, "what is not recorded comes again and again");
        assert!(answer.heard_until < now(), "it has not said everything");
    }
}

#[tokio::test]
async fn what_was_not_recorded_is_sent_again() {
    let Some(broker) = Mosquitto::open() else { return };
    let text = broker.feed("");
    let mut first = feed(&text, broker.folder.path());
    assert_eq!(all(&mut first, true).await, [""; 0]);
    broker.publish(&[message("T01", 0, 5), message("T02", 0, 6), message("T01", 1, 7)]).await;
    let wanted = ["T01 00:00 5", "T02 00:00 6", "T01 00:01 7"];
    // What was handed out and not recorded comes again, with what has come since.
    let mut polls = 0;
    while told(&poll(&mut first).await.unwrap()) != wanted {
        polls += 1;
        assert!(polls < 10, "there are three messages");
    }
    assert_eq!(told(&poll(&mut first).await.unwrap()), wanted, "it was not recorded");
    // A crash before the ledger had it.
    drop(first);
    let mut second = feed(&text, broker.folder.path());
    assert_eq!(all(&mut second, true).await, wanted);
    assert_eq!(all(&mut second, true).await, [""; 0], "once");
    drop(second);
    let mut third = feed(&text, broker.folder.path());
    assert_eq!(all(&mut third, true).await, [""; 0], "the broker has forgotten it");
}

#[tokio::test]
async fn what_is_sent_while_nobody_listens_is_kept() {
    let Some(mut broker) = Mosquitto::open() else { return };
    let text = broker.feed("");
    let mut here = feed(&text, broker.folder.path());
    assert_eq!(all(&mut here, true).await, [""; 0]);
    drop(here);
    let messages: Vec<_> = (0..100).map(|minute| message("T01", minute, minute)).collect();
    broker.publish(&messages).await;
    // The broker goes down in between, too.
    broker.down();
    broker.up();
    let mut back = feed(&text, broker.folder.path());
    let said = all(&mut back, true).await;
    let wanted: Vec<_> = (0..100).map(|minute| format!("T01 {:02}:{:02} {minute}", minute / 60, minute % 60)).collect();
    assert_eq!(said, wanted, "more than the broker sends before one is acknowledged");
}

#[tokio::test]
async fn a_broker_that_goes_is_waited_for() {
    let Some(mut broker) = Mosquitto::open() else { return };
    let mut here = feed(&broker.feed(""), broker.folder.path());
    assert_eq!(all(&mut here, true).await, [""; 0]);
    broker.down();
    let fault = loop {
        match poll(&mut here).await {
            Ok(answer) => assert_eq!(told(&answer), [""; 0]),
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.class(), "connect", "{fault}");
    broker.up();
    broker.publish(&[message("T01", 0, 5)]).await;
    let answer = loop {
        if let Ok(answer) = poll(&mut here).await {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(told(&answer), ["T01 00:00 5"]);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_holds_up_nothing() {
    let Some(broker) = Mosquitto::open() else { return };
    let mut here = feed(&broker.feed(""), broker.folder.path());
    assert_eq!(all(&mut here, true).await, [""; 0]);
    let bad = ("plants/T01/power".to_owned(), "no JSON".to_owned());
    let other = ("plants/T01/wind".to_owned(), "{}".to_owned());
    broker.publish(&[bad, other, message("T01", 0, 5), message("T01", 0, 6)]).await;
    let (mut readings, mut refused, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let answer = poll(&mut here).await.unwrap();
        readings.extend(told(&answer));
        refused.extend(answer.refused);
        bodies.extend(answer.bodies);
        here.recorded();
        if readings.last().is_some_and(|last| last == "T01 00:00 6") {
            break;
        }
        assert!(readings.len() < 2, "of two about one minute the last counts: {readings:?}");
    }
    let [refused] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(refused.place, "plants/T01/power");
    assert!(refused.reason.contains("the answer"), "{}", refused.reason);
    let kept: String = bodies.iter().map(|body| String::from_utf8_lossy(&body.bytes)).collect();
    assert!(kept.contains(r#"{"payload":"no JSON","topic":"plants/T01/power"}"#), "{kept}");
    assert_eq!(all(&mut here, true).await, [""; 0], "it is not sent again");
}

#[tokio::test]
async fn a_wrong_password_is_said() {
    if !tools::there("mosquitto_passwd") {
        return;
    }
    let prepare = |folder: &Path| {
        let passwords = folder.join("passwords");
        let made =
            Command::new("mosquitto_passwd").args(["-b", "-c"]).arg(passwords).args(["me", "right-horse"]).status();
        assert!(made.unwrap().success());
    };
    let with_passwords = "allow_anonymous false\npassword_file FOLDER/passwords";
    let Some(broker) = Mosquitto::start(with_passwords, prepare) else { return };
    let text = broker.feed(", user = \"me\"").replace("poll =", "key = { file = \"password\" }\npoll =");
    let password = broker.folder.path().join("password");
    fs::write(&password, "wrong-horse\n").unwrap();
    let mut here = feed(&text, broker.folder.path());
    let fault = poll(&mut here).await.unwrap_err();
    assert_eq!(fault.class(), "connect");
    let words = fault.to_string();
    assert!(words.contains("it does not let this user in") && !words.contains("horse"), "{words}");
    // The next poll reads it anew.
    fs::write(&password, "right-horse\n").unwrap();
    assert_eq!(all(&mut here, true).await, [""; 0]);
}

#[tokio::test]
async fn a_broker_on_a_private_network_is_refused_by_its_name() {
    let Some(broker) = Mosquitto::open() else { return };
    let path = broker.folder.path().join("feed.toml");
    fs::write(&path, format!("{HEAD}{}", broker.feed("").replace("127.0.0.1", "localhost"))).unwrap();
    let settings = Settings::load(&path, std::iter::empty()).unwrap().feeds["plants"].clone();
    let mut here = Feed::new(settings, &Network::default());
    assert_eq!(poll(&mut here).await.unwrap_err().class(), "refused_address");
}

/// The whole program, killed between messages.
#[test]
fn a_crash_loses_no_message() {
    let Some(broker) = Mosquitto::open() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = broker.folder.path();
    fs::create_dir(folder.join("products")).unwrap();
    fs::write(folder.join("book.csv"), "policy,product,insured,from,to\n").unwrap();
    fs::write(folder.join("fairgauge.toml"), format!("{HEAD}{}", broker.feed(""))).unwrap();
    let ledger = folder.join("ledger.sqlite");
    let start = || Program::start(daemon(&folder.join("fairgauge.toml")));
    let count = || {
        let lines = if ledger.exists() { contents(&ledger) } else { Vec::new() };
        let (observations, polls): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.starts_with("observation"));
        (observations.len(), polls.iter().filter(|line| line.contains("\"ok\"")).count())
    };
    let mut program = start();
    wait_until("it listens", || count().1 > 0);
    let mut sent = 0;
    for round in 0..4 {
        let messages: Vec<_> = (sent..sent + 25).map(|minute| message("T01", minute, minute)).collect();
        sent += 25;
        runtime.block_on(broker.publish(&messages));
        if round % 2 == 0 {
            // At any instant: nothing, some or all of it is in the ledger.
            assert!(program.kill());
            program = start();
        }
    }
    wait_until("all of it is in the ledger", || count().0 == 100);
    program.stop();
    assert_eq!(count().0, 100, "and none of it twice");
}
