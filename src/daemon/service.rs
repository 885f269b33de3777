//! What is around the loop: signals, systemd, the watchdog, and whoever wants to see progress.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::notify::Notifier;
use crate::operator::Inbox;
use crate::setup::Setup;

/// What a person or systemd asks of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM, SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// What the loop is asked while it waits.
pub(super) enum Asked {
    /// For a sign of life.
    Alive,
    /// By a signal.
    Signal(Signal),
    /// By a person, in the folder beside the ledger.
    Act(Inbox),
}

/// The loop's surroundings. Of a replay they are nothing but a progress bar.
pub struct Service<'s> {
    signals: Option<mpsc::Receiver<Signal>>,
    load: Box<dyn Fn() -> Result<Setup, String> + Send + 's>,
    watchdog: Option<tokio::time::Interval>,
    inbox: Option<(Inbox, tokio::time::Interval)>,
    on_progress: Box<dyn FnMut(DateTime<Utc>, usize) + Send + 's>,
    systemd: Notifier,
    told: String,
}

impl<'s> Service<'s> {
    /// Nobody asks and nobody watches; `on_progress` is called with the present instant and the number of settlements
    /// that are not final.
    pub fn alone(on_progress: impl FnMut(DateTime<Utc>, usize) + Send + 's) -> Self {
        Self {
            signals: None,
            load: Box::new(|| Err("nothing is read again here".to_owned())),
            watchdog: None,
            inbox: None,
            on_progress: Box::new(on_progress),
            systemd: Notifier::default(),
            told: String::new(),
        }
    }

    /// Under systemd or at a terminal. `load` reads the settings again and returns a report where they have a fault;
    /// `watchdog` is how long systemd waits for a sign of life, if it waits.
    pub fn new(
        signals: mpsc::Receiver<Signal>,
        load: impl Fn() -> Result<Setup, String> + Send + 's,
        watchdog: Option<Duration>,
    ) -> Self {
        let watchdog = watchdog.map(|patience| {
            let mut interval = tokio::time::interval(patience / 3);
            interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            interval
        });
        let systemd = Notifier::connect().unwrap_or_else(|error| {
            tracing::warn!(id = "FG0509", %error, "systemd cannot be told: {error}");
            Notifier::default()
        });
        Self { signals: Some(signals), load: Box::new(load), watchdog, systemd, ..Self::alone(|_, _| ()) }
    }

    /// The same, with somebody who is told the present instant and the number of settlements that are not final at each
    /// turn.
    pub fn telling(self, on_progress: impl FnMut(DateTime<Utc>, usize) + Send + 's) -> Self {
        Self { on_progress: Box::new(on_progress), ..self }
    }

    /// Looks into the folder beside the ledger, every so often, for what persons put there.
    #[must_use]
    pub fn with_inbox(self, inbox: Inbox, every: Duration) -> Self {
        let mut interval = tokio::time::interval(every);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Self { inbox: Some((inbox, interval)), ..self }
    }

    /// The next thing that somebody asks; never where nobody does.
    pub(super) async fn asked(&mut self) -> Asked {
        let Some(signals) = &mut self.signals else { return std::future::pending().await };
        let watchdog = async {
            match &mut self.watchdog {
                Some(interval) => interval.tick().await,
                None => std::future::pending().await,
            }
        };
        let acts = async {
            let Some((inbox, interval)) = &mut self.inbox else { return std::future::pending().await };
            loop {
                interval.tick().await;
                if inbox.has_any() {
                    return inbox.clone();
                }
            }
        };
        tokio::select! {
            signal = signals.recv() => Asked::Signal(signal.unwrap_or(Signal::Stop)),
            _ = watchdog => Asked::Alive,
            inbox = acts => Asked::Act(inbox),
        }
    }

    pub(super) fn load(&self) -> Result<Setup, String> {
        (self.load)()
    }

    /// The ledger has just been read: the daemon is alive.
    pub(super) fn alive(&mut self) {
        self.tell(&[sd_notify::NotifyState::Watchdog]);
    }

    pub(super) fn ready(&mut self, state: &str) {
        self.tell(&[sd_notify::NotifyState::Ready, sd_notify::NotifyState::Status(state)]);
        state.clone_into(&mut self.told);
    }

    pub(super) fn reloading(&mut self) {
        if let Ok(monotonic) = sd_notify::NotifyState::monotonic_usec_now() {
            self.tell(&[sd_notify::NotifyState::Reloading, monotonic]);
        }
    }

    pub(super) fn stopping(&mut self) {
        self.tell(&[sd_notify::NotifyState::Stopping]);
    }

    pub(super) fn progress(&mut self, now: DateTime<Utc>, open: usize, state: &str) {
        (self.on_progress)(now, open);
        if self.told != state {
            self.tell(&[sd_notify::NotifyState::Status(state)]);
            state.clone_into(&mut self.told);
        }
        warn_unless(self.systemd.catch_up());
    }

    /// Tells systemd, where the daemon runs under it.
    fn tell(&mut self, state: &[sd_notify::NotifyState<'_>]) {
        warn_unless(self.systemd.tell(state));
    }
}

fn warn_unless(told: std::io::Result<()>) {
    if let Err(error) = told {
        tracing::warn!(id = "FG0508", %error, "systemd could not be told");
    }
}
