//! Couriers, one for each endpoint, beside the daemon's loop: one that is slow delays neither the others nor the loop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Courier, Now, Turn};
use crate::counts::WebhookCounts;
use crate::feed::Network;
use crate::ledger::{LedgerError, OpenError, Scribe, Subscribers};
use crate::settings::{Settings, WebhookSettings};

/// How often it is looked for something new.
const LOOK: Duration = Duration::from_secs(1);
/// After a ledger that could not be written for now.
const LATER: Duration = Duration::from_secs(30);

/// Why the daemon must stop.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no TLS.
    #[error("webhooks cannot be sent: {0}")]
    Tls(String),
}

/// The endpoints of the settings, and what they may do on the network.
#[derive(Clone, Debug, PartialEq)]
struct Endpoints {
    all: BTreeMap<String, WebhookSettings>,
    network: Network,
}

/// The endpoints by the settings in force: of who writes the ledger, and of who sends.
#[derive(Debug)]
pub struct Hooks {
    subscribers: Subscribers,
    endpoints: watch::Sender<Endpoints>,
}

impl Hooks {
    /// Those of the settings.
    pub fn of(settings: &Settings) -> Self {
        let (endpoints, _) = watch::channel(endpoints(settings));
        Self { subscribers: subscribers(settings), endpoints }
    }

    /// Who wants to be told, for who writes the ledger.
    pub fn subscribers(&self) -> &Subscribers {
        &self.subscribers
    }

    /// Others are in force from now on.
    pub fn change(&self, settings: &Settings) {
        self.subscribers.change(subscriptions(settings));
        let next = endpoints(settings);
        self.endpoints.send_if_modified(|now| {
            let differs = *now != next;
            *now = next;
            differs
        });
    }

    /// Who sends. `now` tells the present instant.
    pub fn sender(&self, ledger: PathBuf, scribe: Scribe, now: Now) -> Sender {
        let counts = WebhookCounts::default();
        Sender { ledger, scribe, now, counts, endpoints: self.endpoints.subscribe() }
    }
}

fn endpoints(settings: &Settings) -> Endpoints {
    Endpoints { all: settings.webhooks.clone(), network: settings.network.clone() }
}

fn subscriptions(settings: &Settings) -> Vec<crate::ledger::Subscription> {
    settings.webhooks.values().map(WebhookSettings::subscription).collect()
}

/// Who wants to be told by the settings, for who writes the ledger without a daemon.
pub fn subscribers(settings: &Settings) -> Subscribers {
    Subscribers::new(subscriptions(settings))
}

/// What sends messages.
pub struct Sender {
    ledger: PathBuf,
    scribe: Scribe,
    now: Now,
    counts: WebhookCounts,
    endpoints: watch::Receiver<Endpoints>,
}

impl Sender {
    /// The same, with attempts counted there.
    pub fn counted(self, counts: WebhookCounts) -> Self {
        Self { counts, ..self }
    }

    /// Sends for ever; returns only where the daemon must stop. What is on its way when other settings come is given up,
    /// and sent again under the same name.
    pub async fn run(mut self) -> SenderError {
        loop {
            let endpoints = self.endpoints.borrow_and_update().clone();
            let mut couriers = JoinSet::new();
            for settings in endpoints.all.into_values() {
                let scribe = self.scribe.clone();
                match Courier::new(settings, &endpoints.network, &self.ledger, scribe, self.now.clone()) {
                    Ok(courier) => {
                        couriers.spawn(work(courier.counted(self.counts.clone()), self.now.clone()));
                    }
                    Err(error) => return error,
                }
            }
            tokio::select! {
                changed = self.endpoints.changed() => {
                    if changed.is_err() {
                        return std::future::pending().await;
                    }
                }
                Some(ended) = couriers.join_next(), if !couriers.is_empty() => {
                    return ended.expect("it does not panic");
                }
            }
        }
    }
}

/// Turn by turn.
async fn work(mut courier: Courier, now: Now) -> SenderError {
    loop {
        let wait = match courier.turn().await {
            Ok(Turn { next, .. }) => {
                let next = next.map_or(LOOK, |next| (next - now()).to_std().unwrap_or_default());
                next.min(LOOK)
            }
            Err(SenderError::Ledger(error @ (LedgerError::DiskFull | LedgerError::Busy))) => {
                tracing::error!(id = "FG0901", %error, "what became of messages cannot be recorded: {error}");
                LATER
            }
            Err(error) => return error,
        };
        // Others have their turn in any case.
        tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
    }
}
