//! Messages of an MQTT broker: heard all the time, handed out at each poll, acknowledged when they are in the ledger.
//!
//! The broker keeps what it sent until it is acknowledged, and what is sent while the daemon is away: a crash loses
//! nothing. What comes twice is known already.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rumqttc::{
    AckMode, AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, Incoming, MqttOptions, Publish, QoS,
    SubscribeReasonCode, TlsConfiguration, Transport,
};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::address::{Network, PrivateAddress, lookup};
use super::decode::{Key, Raw, Refused, decode, key, printable};
use super::hex::hex;
use super::poll::{Answer, Ask, Body, PollError};
use super::secret::KeySettings;
use super::settings::{Broker, FeedSettings, Station};

/// In one poll no more messages than this are handed out; the rest at once after it.
const AT_ONCE: usize = 10_000;
/// More cannot be unacknowledged at a time: their numbers have sixteen bits.
const MOST_WAITING: usize = 65_535;
/// Nor may they have more bytes together.
const MOST_BYTES: usize = 64 << 20;
/// When nothing has come for so long, everything that the broker kept has come.
const QUIET: Duration = Duration::from_secs(1);
/// Brokers send about twenty messages before one is acknowledged: half of that says that there are more.
const MANY: usize = 10;
const KEEP_ALIVE_S: u16 = 30;
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Counts connections: an acknowledgement belongs to the one by which its message came.
static CONNECTIONS: AtomicU64 = AtomicU64::new(0);

/// What is heard of a broker.
pub(super) struct Mqtt {
    network: Network,
    session: Option<Session>,
    /// What the last poll handed out, until it is recorded.
    handed: Vec<Message>,
    more: bool,
    /// Whether everything that the broker kept has come, since that connection.
    caught_up: Option<u64>,
    /// Up to here the broker has told everything.
    heard_until: DateTime<Utc>,
}

/// A connection that is made again when it breaks. It ends when this is dropped.
struct Session {
    client: AsyncClient,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Default)]
struct Shared {
    inbox: Mutex<Inbox>,
    changed: Notify,
}

/// What has come and was not handed out.
#[derive(Default)]
struct Inbox {
    waiting: VecDeque<Message>,
    bytes: usize,
    /// Messages that need no acknowledgement and found no room.
    lost: usize,
    /// The number of the connection; none yet is 0.
    connection: u64,
    /// Since when the broker sends what is wanted.
    subscribed: Option<Instant>,
    /// Why there is no connection.
    fault: Option<Fault>,
}

#[derive(Clone)]
struct Fault {
    cause: String,
    /// Whether another attempt would end in the same way.
    lasts: bool,
}

#[derive(Clone)]
struct Message {
    publish: Publish,
    connection: u64,
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // Nothing in here is left half done.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mqtt {
    pub(super) fn new(network: Network) -> Self {
        let (heard_until, handed) = (DateTime::UNIX_EPOCH, Vec::new());
        Self { network, session: None, handed, more: false, caught_up: None, heard_until }
    }

    /// Whether more messages are there, or may come at once.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }

    /// What was handed out last is in the ledger: the broker need not keep it.
    pub(super) fn recorded(&mut self) {
        let handed = std::mem::take(&mut self.handed);
        let Some(session) = &self.session else { return };
        let connection = session.shared.inbox().connection;
        for message in handed.iter().filter(|message| message.connection == connection) {
            // A connection that is gone by now brings it again.
            let _ = session.client.try_ack(&message.publish);
        }
    }

    /// Hands out the messages that have come.
    pub(super) async fn poll(
        &mut self,
        feed: &FeedSettings,
        broker: &Broker,
        ask: Ask<'_>,
    ) -> Result<Answer, PollError> {
        self.more = false;
        self.connect(feed, broker)?;
        let session = self.session.as_ref().expect("it was just made");
        let shared = session.shared.clone();
        // What was handed out and not recorded comes first.
        let again = std::mem::take(&mut self.handed);
        shared.wait_for(feed.timeout, |inbox| inbox.subscribed.is_some() || inbox.fault.is_some()).await;
        shared.wait_for(QUIET, |inbox| !inbox.waiting.is_empty() || inbox.subscribed.is_none()).await;
        let (messages, lost, connection, subscribed, fault) = {
            let mut inbox = shared.inbox();
            let messages = again.into_iter().chain(inbox.take(AT_ONCE)).collect::<Vec<_>>();
            let lost = std::mem::take(&mut inbox.lost);
            (messages, lost, inbox.connection, inbox.subscribed, inbox.fault.clone())
        };
        if fault.as_ref().is_some_and(|fault| fault.lasts) {
            self.session = None;
        }
        let Some(subscribed) = subscribed else {
            if messages.is_empty() {
                return Err(not_connected(broker, feed, fault));
            }
            return Ok(self.hand_out(feed, broker, ask.now, messages, lost));
        };
        if messages.is_empty() || (messages.len() < MANY && subscribed.elapsed() > feed.timeout) {
            self.caught_up = Some(connection);
        }
        self.more = messages.len() >= MANY || (self.caught_up != Some(connection) && !messages.is_empty());
        if !self.more {
            self.heard_until = self.heard_until.max(ask.now - feed.delay);
        }
        Ok(self.hand_out(feed, broker, ask.now, messages, lost))
    }

    /// Starts the connection, with the password as it is now.
    fn connect(&mut self, feed: &FeedSettings, broker: &Broker) -> Result<(), PollError> {
        if self.session.as_ref().is_some_and(|session| !session.task.is_finished()) {
            return Ok(());
        }
        super::http::install_tls();
        let key = feed.key.as_ref().map(KeySettings::read).transpose().map_err(|cause| PollError::Key { cause })?;
        let password = key.as_ref().map(|key| key.secret.reveal().to_owned());
        let options = options(feed, broker, &self.network, password)?;
        let (client, events) = AsyncClient::builder(options).unbounded().build();
        let shared = Arc::new(Shared::default());
        let listener = Listener {
            client: client.clone(),
            shared: shared.clone(),
            filter: broker.topic.filter(),
            spread: broker.client.clone(),
        };
        let task = tokio::spawn(listener.listen(events));
        self.session = Some(Session { client, shared, task });
        Ok(())
    }

    fn hand_out(
        &mut self,
        feed: &FeedSettings,
        broker: &Broker,
        now: DateTime<Utc>,
        messages: Vec<Message>,
        lost: usize,
    ) -> Answer {
        let mut answer = Answer::empty(self.heard_until);
        if lost > 0 {
            let reason = format!("{lost} messages of QoS 0 found no room and are lost: let them be sent with QoS 1");
            answer.refused.push(Refused::other(broker.topic.filter(), reason));
        }
        let mut told: HashSet<Key> = HashSet::new();
        // Of two messages about one interval the one that came last counts.
        let mut readings = Vec::new();
        for message in messages.iter().rev() {
            let (mut said, refused) = read(feed, broker, now, &message.publish);
            answer.refused.extend(refused);
            said.retain(|reading| !told.contains(&key(reading)));
            told.extend(said.iter().map(key));
            readings.push(said);
        }
        answer.readings = readings.into_iter().rev().flatten().collect();
        answer.readings.sort_by_key(|reading| reading.end);
        if !answer.readings.is_empty() || !answer.refused.is_empty() {
            let lines: String = messages.iter().map(|message| line(&message.publish)).collect();
            answer.bodies.push(Body::new(format!("messages of {}", broker.topic.filter()), lines.into_bytes()));
        }
        self.handed = messages;
        answer
    }
}

impl Shared {
    /// Waits until something holds, or the time is over.
    async fn wait_for(&self, most: Duration, holds: impl Fn(&Inbox) -> bool) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if holds(&self.inbox()) {
                    return;
                }
                changed.await;
            }
        };
        let _ = timeout(most, wait).await;
    }
}

impl Inbox {
    fn put(&mut self, publish: Publish) -> Result<(), Fault> {
        let bytes = publish.payload.len() + publish.topic.len();
        if self.waiting.len() >= MOST_WAITING || self.bytes + bytes > MOST_BYTES {
            if publish.qos == QoS::AtMostOnce {
                self.lost += 1;
                return Ok(());
            }
            let cause = format!("more than {MOST_BYTES} bytes wait to be recorded; poll more often");
            return Err(Fault { cause, lasts: true });
        }
        self.bytes += bytes;
        self.waiting.push_back(Message { publish, connection: self.connection });
        Ok(())
    }

    fn take(&mut self, most: usize) -> Vec<Message> {
        let taken: Vec<_> = self.waiting.drain(..most.min(self.waiting.len())).collect();
        self.bytes -= taken.iter().map(|taken| taken.publish.payload.len() + taken.publish.topic.len()).sum::<usize>();
        taken
    }
}

/// Hears what the broker sends, and connects again when the connection breaks.
struct Listener {
    client: AsyncClient,
    shared: Arc<Shared>,
    filter: String,
    /// What the pauses differ by from daemon to daemon.
    spread: String,
}

impl Listener {
    async fn listen(self, mut events: EventLoop) {
        let mut failures = 0;
        loop {
            let told = match events.poll().await {
                Ok(Event::Incoming(event)) => self.take(event, &mut failures),
                Ok(Event::Outgoing(_)) => Ok(()),
                Err(error) => Err(fault(&error)),
            };
            let Err(fault) = told else { continue };
            let lasts = fault.lasts;
            {
                let mut inbox = self.shared.inbox();
                inbox.subscribed = None;
                inbox.fault = Some(fault);
            }
            self.shared.changed.notify_waiters();
            if lasts {
                return;
            }
            failures += 1;
            tokio::time::sleep(self.pause(failures)).await;
        }
    }

    fn take(&self, event: Incoming, failures: &mut u32) -> Result<(), Fault> {
        match event {
            Incoming::ConnAck(_) => {
                self.shared.inbox().connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed) + 1;
                let cause = |error: rumqttc::ClientError| Fault { cause: error.to_string(), lasts: false };
                self.client.try_subscribe(self.filter.clone(), QoS::AtLeastOnce).map_err(cause)?;
            }
            Incoming::SubAck(answer) => {
                if answer.return_codes.contains(&SubscribeReasonCode::Failure) {
                    let cause = format!("it does not let this user hear {}", self.filter);
                    return Err(Fault { cause, lasts: true });
                }
                *failures = 0;
                let mut inbox = self.shared.inbox();
                inbox.subscribed = Some(Instant::now());
                inbox.fault = None;
            }
            Incoming::Publish(publish) => self.shared.inbox().put(publish)?,
            _ => return Ok(()),
        }
        self.shared.changed.notify_waiters();
        Ok(())
    }

    /// Between half and the whole of a second, two, four, up to a minute.
    fn pause(&self, failures: u32) -> Duration {
        let whole = Duration::from_secs(1 << (failures - 1).min(6)).min(LONGEST_PAUSE);
        let hash: [u8; 32] = Sha256::digest(format!("{} {failures}", self.spread).as_bytes()).into();
        whole / 2 + whole / 2 * u32::from(hash[0]) / 255
    }
}

fn options(
    feed: &FeedSettings,
    broker: &Broker,
    network: &Network,
    password: Option<String>,
) -> Result<MqttOptions, PollError> {
    let mut options = MqttOptions::new(&broker.client, (broker.host.clone(), broker.port));
    options.set_clean_session(false).set_ack_mode(AckMode::Manual).set_keep_alive(KEEP_ALIVE_S);
    options.set_max_packet_size(feed.max_body, 64 << 10);
    match (&broker.user, password) {
        (Some(user), Some(password)) => options.set_credentials(user, password.into_bytes()),
        (Some(user), None) => options.set_username(user),
        (None, _) => &mut options,
    };
    if broker.tls {
        let untrusted = |cause: String| PollError::Tls { host: broker.host.clone(), cause };
        let trust = match &broker.ca {
            Some(path) => {
                let ca = std::fs::read(path).map_err(|error| untrusted(format!("{}: {error}", path.display())))?;
                TlsConfiguration::Simple { ca, alpn: None, client_auth: None }
            }
            None => TlsConfiguration::try_default_rustls().map_err(|error| untrusted(error.to_string()))?,
        };
        options.set_transport(Transport::tls_with_config(trust));
    }
    let allow_private = network.allow_private;
    options.set_socket_connector(move |address, _| connect(address, allow_private));
    Ok(options)
}

/// Connects to an address that may be connected to.
async fn connect(address: String, allow_private: bool) -> io::Result<tokio::net::TcpStream> {
    let found = lookup(address, allow_private).await?;
    let stream = tokio::net::TcpStream::connect(&found[..]).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn fault(error: &ConnectionError) -> Fault {
    let cause = match error {
        ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) => {
            return Fault { cause: "it does not let this user in; check user and key".to_owned(), lasts: true };
        }
        ConnectionError::ConnectionRefused(ConnectReturnCode::BadClientId) => {
            return Fault { cause: "it does not take this client; check client".to_owned(), lasts: true };
        }
        ConnectionError::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    Fault { cause, lasts: false }
}

fn not_connected(broker: &Broker, feed: &FeedSettings, fault: Option<Fault>) -> PollError {
    let host = broker.host.clone();
    match fault {
        Some(fault) if fault.cause.contains(&PrivateAddress.to_string()) => PollError::RefusedAddress { host },
        Some(fault) => PollError::Connect { host, cause: fault.cause },
        None => PollError::Timeout { host, timeout_s: feed.timeout.as_secs() },
    }
}

/// What a message says.
fn read(
    feed: &FeedSettings,
    broker: &Broker,
    now: DateTime<Utc>,
    publish: &Publish,
) -> (Vec<crate::observation::Reading>, Vec<Refused>) {
    let topic = String::from_utf8_lossy(&publish.topic);
    let shown = printable(&topic);
    // A session from before the settings changed may still bring other topics.
    let Some(station) = broker.topic.station(&topic) else { return Default::default() };
    let station = station.map(|name| Station { name: name.into(), position: None });
    let listed = |station: &Station| feed.stations.iter().any(|known| known.name == station.name);
    if !feed.stations.is_empty() && station.as_ref().is_some_and(|station| !listed(station)) {
        return Default::default();
    }
    let raw = Raw { bytes: &publish.payload, name: &shown, asked: station.as_ref(), now: Some(now) };
    match decode(feed, &raw) {
        Ok(decoded) => {
            let place = |refused: Refused| Refused { place: format!("{shown}: {}", refused.place), ..refused };
            (decoded.readings, decoded.refused.into_iter().map(place).collect())
        }
        Err(error) => (Vec::new(), vec![Refused::other(shown, error.to_string())]),
    }
}

/// A message as it is kept: a line of JSON, with its bytes as text, or in hexadecimal digits where they are none.
fn line(publish: &Publish) -> String {
    let topic = String::from_utf8_lossy(&publish.topic);
    let line = match std::str::from_utf8(&publish.payload) {
        Ok(text) => serde_json::json!({ "topic": topic, "payload": text }),
        Err(_) => {
            serde_json::json!({ "topic": topic, "payload_hex": hex(&publish.payload) })
        }
    };
    format!("{line}\n")
}
