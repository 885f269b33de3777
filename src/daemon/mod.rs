//! The one loop: poll what is due, settle what is due, wait. `run` drives it by the system's clock, `replay` by one
//! that jumps.

mod acts;
mod ahead;
mod backfill;
mod bind;
mod clock;
mod cosign;
mod counted;
mod due;
mod feeds;
mod hold;
mod learn;
mod missing;
mod notices;
mod notify;
mod parts;
mod quotas;
mod restate;
mod servers;
mod service;
mod settled;
mod settling;
mod take_up;
mod tally;
mod watch;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;

pub use acts::{Judged, judge_request};
pub use bind::{BindError, bind};
pub use clock::{Clock, Time};
pub use cosign::{CosignError, Cosigner};
pub use quotas::spent_quotas;
pub use service::{Service, Signal};

use crate::counts::Counts;
use crate::feed::Scope;
use crate::health::Board;
use crate::ledger::{Batch, LedgerError, OpenError, SIGN_EVERY, Writer};
use crate::observation::Knowledge;
use crate::settings::Settings;
use crate::setup::Setup;
use crate::webhook::Hooks;
use ahead::Ahead;
use due::Item;
use feeds::{FeedState, Polled, ask, next_poll};
use learn::RefusedKey;
use missing::{known_until, missing_from};
use parts::PartsIn;
use quotas::Quotas;
use servers::Servers;
use service::Asked;
use settled::SettledItems;
use settling::{determination, log};
use tally::Tally;
use watch::Watch;

/// Policies or determinations that are written in one transaction at most: a large book does not wait in memory for the
/// disk.
const AT_ONCE: usize = 5_000;

/// Why the daemon stopped other than by request.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The ledger cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The ledger cannot be written or read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A policy contradicts what the ledger says of it.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system gave no thread.
    #[error("the writer's thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// A daemon between start and stop.
pub struct Daemon {
    settings: Settings,
    writer: Writer,
    knowledge: Knowledge,
    feeds: BTreeMap<Arc<str>, FeedState>,
    servers: Servers,
    watch: Watch,
    board: Board,
    quotas: Quotas,
    /// What servers say of single stations.
    parts: PartsIn,
    /// Counts reloads: a feed that was asked before one does not come back after it.
    generation: u64,
    items: Vec<Item>,
    /// What is final and may still be corrected.
    settled: SettledItems,
    /// What binding determinations have paid.
    paid: Tally,
    /// Policies and covers for whose payouts others wait.
    waited_for: BTreeSet<(String, String)>,
    /// The newest instant in the ledger: knowledge never runs backwards, whatever the clock does.
    latest: DateTime<Utc>,
    /// The newest instant whose knowledge was settled by: what comes later is known later, also while the clock stands
    /// still or goes back a little.
    decided: Option<DateTime<Utc>>,
    clock_was_back: bool,
    /// When what is unsigned by then is signed; none where nothing is signed, or the clock jumps and nobody waits.
    next_sign: Option<DateTime<Utc>>,
    /// Whether the clock went ahead by far.
    ahead: Ahead,
    /// What was refused, so that it is recorded once.
    refused: HashSet<RefusedKey>,
    /// Who is told, by the settings in force; none where nobody is.
    hooks: Option<Hooks>,
    /// Whether the last reload was refused: what is in force is not what stands in the files.
    has_old_settings: bool,
    /// What is counted for whoever runs it.
    counts: Counts,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// On request.
    Stopped,
    /// Everything is final, and the clock is one that jumps.
    AllFinal,
}

impl Daemon {
    /// Puts what deserves a look where others see it.
    pub fn show_on(&mut self, board: Board) {
        self.board = board;
    }

    /// A daemon on an open ledger: what the ledger says is taken over, and policies that it does not know are bound.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written, or contradicts the book.
    pub async fn start(setup: Setup, writer: Writer, clock: &Clock) -> Result<Self, DaemonError> {
        let now = clock.now();
        let reader = writer.reader()?;
        let last = reader.last_instant()?;
        let latest = last.map_or(now, |latest| latest.max(now));
        let knowledge = reader.knowledge(None)?;
        let refused = reader.refused(None)?.iter().map(RefusedKey::recorded).collect();
        let next_sign = setup.settings.sign.as_ref().filter(|_| !clock.is_virtual()).map(|_| now + SIGN_EVERY);
        let mut daemon = Self {
            feeds: BTreeMap::new(),
            servers: Servers::default(),
            watch: Watch::default(),
            board: Board::default(),
            quotas: Quotas::new(BTreeMap::new()),
            parts: PartsIn::new(),
            items: Vec::new(),
            settled: SettledItems::default(),
            paid: Tally::default(),
            waited_for: BTreeSet::new(),
            settings: setup.settings,
            generation: 0,
            writer,
            knowledge,
            latest,
            decided: None,
            clock_was_back: false,
            next_sign,
            ahead: Ahead::default(),
            refused,
            hooks: None,
            has_old_settings: false,
            counts: Counts::default(),
        };
        if let Some(last) = last {
            daemon.ahead.turn(last);
            daemon.ahead.turn(now);
        }
        daemon.take_up(&setup.book, &reader, clock).await?;
        Ok(daemon)
    }

    /// The same, which says when others are to be told by new settings.
    #[must_use]
    pub fn with_hooks(self, hooks: Hooks) -> Self {
        Self { hooks: Some(hooks), ..self }
    }

    /// The oldest and the newest instant at which anything is to be settled.
    pub fn span(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let first = self.items.iter().map(|item| item.period.begins).min()?;
        let last = self.items.iter().map(Item::last_look).max()?;
        Some((first, last))
    }

    /// Settlements that are not final.
    pub fn open(&self) -> usize {
        self.items.len()
    }

    /// Runs until a signal, or under a clock that jumps until everything is final.
    ///
    /// # Errors
    /// Where the ledger cannot be written. Feeds that fail are no error.
    pub async fn run(&mut self, clock: &Clock, service: &mut Service<'_>) -> Result<End, DaemonError> {
        let mut polls: JoinSet<Polled> = JoinSet::new();
        service.ready(&self.state_line());
        self.counts.course.at_work();
        tracing::info!(id = "FG0501", "at work: {}", self.state_line());
        loop {
            let now = clock.now();
            // One that jumps goes ahead by design.
            if !clock.is_virtual() {
                self.ahead.turn(now);
            }
            self.start_polls(now, &mut polls);
            if clock.is_virtual() {
                let mut answers = polls.join_all().await;
                polls = JoinSet::new();
                answers.sort_by(|a, b| a.name.cmp(&b.name));
                for polled in answers {
                    self.take_in(polled, clock).await?;
                }
            }
            self.settle_due(now, clock.is_virtual()).await?;
            self.restate_due(now).await?;
            self.sign(now).await?;
            self.watch(now).await?;
            service.progress(now, self.items.len(), &self.state_line());
            if clock.is_virtual() && self.items.is_empty() && self.settled.is_empty() {
                return Ok(End::AllFinal);
            }
            let next = self.next_due(now);
            // In this order, so that a run is the same each time.
            tokio::select! {
                biased;
                asked = service.asked() => match asked {
                    Asked::Alive => {
                        self.writer.ping().await?;
                        service.alive();
                    }
                    Asked::Act(inbox) => self.take_acts(&inbox, clock).await?,
                    Asked::Signal(Signal::Stop) => {
                        service.stopping();
                        polls.shutdown().await;
                        return Ok(End::Stopped);
                    }
                    Asked::Signal(Signal::Reload) => self.reload(clock, service).await?,
                },
                Some(polled) = polls.join_next(), if !polls.is_empty() => {
                    // A task that panicked takes the process with it: no half-alive daemon.
                    self.take_in(polled.expect("a poll does not panic"), clock).await?;
                }
                part = self.parts.came() => self.take_parts(Some(part), clock).await?,
                permit = self.quotas.asked() => self.permit(permit, clock).await?,
                () = clock.sleep_until(next) => {}
            }
        }
    }

    /// Writes a last batch and ends the writer.
    ///
    /// # Errors
    /// Where the ledger could not be written.
    pub async fn finish(self, last: Batch) -> Result<(), DaemonError> {
        self.writer.append(last).await?;
        self.close().await
    }

    /// Ends the writer: everything is in the file.
    ///
    /// # Errors
    /// Where the file could not be closed well; nothing that was acknowledged is lost.
    pub async fn close(self) -> Result<(), DaemonError> {
        Ok(self.writer.close().await?)
    }

    fn start_polls(&mut self, now: DateTime<Utc>, polls: &mut JoinSet<Polled>) {
        let mut due = Vec::new();
        for (name, state) in &mut self.feeds {
            let host = state.settings.host();
            if self.servers.may_be_asked(host, now) != Some(now) {
                continue;
            }
            if let Some((feed, is_open)) = state.take_due(now) {
                let is_trial = self.servers.ask(state.settings.host()) || is_open;
                due.push((name.clone(), feed, is_trial));
            }
        }
        for (name, feed, is_trial) in due {
            let scope = Scope { is_trial, ..self.scope(&name, now) };
            let known = known_until(&self.knowledge, feed.settings(), now, scope.look_back.is_none());
            polls.spawn(ask(feed, self.generation, now, known, self.needed_from(&name, now), scope));
        }
    }

    /// Once a day, and when something is to be settled, a server is asked for all that is missing or may still change;
    /// in between for what is new.
    fn scope(&mut self, name: &Arc<str>, now: DateTime<Utc>) -> Scope {
        let items = || self.items.iter().filter(|item| item.feeds.contains(name));
        let Some(state) = self.feeds.get_mut(name).filter(|state| state.settings.host().is_some()) else {
            return Scope::default();
        };
        let whole = state
            .swept
            .is_none_or(|last| now - last >= missing::SWEEP || items().any(|item| item.has_passed(last, now)));
        state.sweeps = whole.then_some(now);
        if !whole {
            return Scope { look_back: Some(state.settings.look_back.min(missing::SHORT)), ..Scope::default() };
        }
        let begins = items().map(|item| item.period.begins).min();
        let missing_from =
            begins.map_or(BTreeMap::new(), |begins| missing_from(&self.knowledge, &state.settings, begins, now));
        Scope { missing_from, ..Scope::default() }
    }

    /// The oldest instant of which a policy needs this feed that is not final, or may still be corrected.
    fn needed_from(&self, feed: &Arc<str>, now: DateTime<Utc>) -> DateTime<Utc> {
        let needs = self.items.iter().chain(self.settled.items()).filter(|item| item.feeds.contains(feed));
        needs.map(Item::needs_from).min().unwrap_or(now - TimeDelta::days(1)).min(now)
    }

    /// When anything is due by time alone; an hour on where nothing is.
    fn next_due(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let items = self.items.iter().filter_map(|item| item.next(now));
        let due = items.chain(next_poll(&self.feeds, &self.servers)).chain(self.settled.next_close());
        due.chain(self.next_sign).min().unwrap_or(now + TimeDelta::hours(1))
    }

    /// The instant of knowledge now: the clock's, but never before what the ledger holds.
    fn knowledge_now(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.latest = self.latest.max(now);
        self.latest
    }

    /// Signs every few minutes what was learned since; a determination is signed when it is written.
    async fn sign(&mut self, now: DateTime<Utc>) -> Result<(), DaemonError> {
        let Some(next) = self.next_sign.as_mut().filter(|next| **next <= now) else { return Ok(()) };
        *next = now + SIGN_EVERY;
        self.sign_now().await
    }

    /// Signs what there is; where that cannot be done now, the next time.
    async fn sign_now(&self) -> Result<(), DaemonError> {
        match self.writer.sign().await {
            Err(error @ (LedgerError::Unsigned(..) | LedgerError::DiskFull | LedgerError::Busy)) => {
                tracing::error!(id = "FG0304", %error, "not signed: {error}");
                Ok(())
            }
            signed => Ok(signed?),
        }
    }

    /// Whether the clock shows a time well before what the ledger holds; then nothing is settled until it is right.
    fn clock_is_back(&mut self, now: DateTime<Utc>) -> bool {
        let back = now + TimeDelta::minutes(1) < self.latest;
        if back && !self.clock_was_back {
            tracing::error!(id = "FG0401", %now, ledger = %self.latest, "the clock shows a time before the ledger's last entry: nothing is settled until it is right");
        } else if !back && self.clock_was_back {
            tracing::info!(id = "FG0402", "the clock is right again");
        }
        self.clock_was_back = back;
        self.counts.course.clock(back, self.ahead.is_ahead());
        back
    }

    /// Reads settings and book again. Where they have a fault, all stays as it is.
    async fn reload(&mut self, clock: &Clock, service: &mut Service<'_>) -> Result<(), DaemonError> {
        service.reloading();
        self.has_old_settings = true;
        match service.load() {
            Err(report) => {
                tracing::error!(id = "FG0503", "the new settings have faults, the old ones stay in force:\n{report}")
            }
            Ok(setup)
                if (&setup.settings.ledger, &setup.settings.sign) != (&self.settings.ledger, &self.settings.sign) =>
            {
                tracing::error!(
                    id = "FG0504",
                    "another ledger or another key of it needs a restart: the old settings stay in force"
                );
            }
            Ok(setup) => {
                let reader = self.writer.reader()?;
                let now = self.latest.max(clock.now());
                let fits = bind(&setup.book, &reader)
                    .and_then(|bound| bound.refuse_begun(setup.settings.book.back_dated, now));
                match fits {
                    Err(error) => tracing::error!(id = "FG0505", "the old book stays in force: {error}"),
                    Ok(_) => {
                        self.has_old_settings = false;
                        self.generation += 1;
                        self.servers.forget_trials();
                        self.settings = setup.settings;
                        self.hooks.iter().for_each(|hooks| hooks.change(&self.settings));
                        self.take_up(&setup.book, &reader, clock).await?;
                        tracing::info!(id = "FG0506", "settings and book were read again: {}", self.state_line());
                    }
                }
            }
        }
        service.ready(&self.state_line());
        Ok(())
    }

    /// One line for `systemctl status`.
    fn state_line(&self) -> String {
        let failing: Vec<_> =
            self.feeds.values().filter(|state| state.failing.is_some()).map(|state| &*state.settings.name).collect();
        let feeds =
            if failing.is_empty() { "all feeds well".to_owned() } else { format!("failing: {}", failing.join(", ")) };
        let old = if self.has_old_settings { ", the new settings were refused: see the log" } else { "" };
        format!("{} settlements open, {} feeds, {feeds}{old}", self.items.len(), self.feeds.len())
    }
}
