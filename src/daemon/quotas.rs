//! Leave to send requests, for feeds that share a quota. What is sent is in the ledger before it is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::counted::left_of;
use super::{Clock, Daemon, DaemonError};
use crate::feed::{Feed, Permit, Permits, Quota};
use crate::ledger::{Batch, LedgerError, Reader};
use crate::settings::Settings;

/// Quotas by name, and the door at which leave is asked.
pub(super) struct Quotas {
    quotas: BTreeMap<Arc<str>, Quota>,
    door: Permits,
    asked: mpsc::UnboundedReceiver<Permit>,
}

/// All quotas with limits that feeds of the settings name, and what the ledger says was sent of them. Where several feeds
/// share one, all their limits hold.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn spent_quotas(
    settings: &Settings,
    reader: &Reader,
    now: DateTime<Utc>,
) -> Result<BTreeMap<Arc<str>, Quota>, LedgerError> {
    let mut limits: BTreeMap<Arc<str>, Vec<_>> = BTreeMap::new();
    for feed in settings.feeds.values().filter(|feed| !feed.limits.is_empty()) {
        if let Some(name) = feed.quota() {
            limits.entry(name.into()).or_default().extend(&feed.limits);
        }
    }
    let spent = limits.into_iter().map(|(name, limits)| {
        let mut quota = Quota::new(limits);
        reader.spent(&name, now - quota.longest())?.into_iter().for_each(|at| quota.note(at));
        Ok((name, quota))
    });
    spent.collect()
}

impl Quotas {
    pub(super) fn new(quotas: BTreeMap<Arc<str>, Quota>) -> Self {
        let (door, asked) = mpsc::unbounded_channel();
        Self { quotas, door, asked }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Arc<str>, &Quota)> {
        self.quotas.iter()
    }

    /// Has a feed ask leave, where its quota has limits.
    pub(super) fn bind(&self, feed: &mut Feed) {
        if feed.settings().quota().is_some_and(|name| self.quotas.contains_key(name.as_str())) {
            feed.ask_leave(self.door.clone());
        }
    }

    /// The next one who asks.
    pub(super) async fn asked(&mut self) -> Permit {
        self.asked.recv().await.expect("the door is kept")
    }
}

impl Daemon {
    /// Gives leave when it is in the ledger that it was given, or says how long to wait.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub(super) async fn permit(&mut self, permit: Permit, clock: &Clock) -> Result<(), DaemonError> {
        let Some(quota) = self.quotas.quotas.get_mut(&permit.quota) else { return Ok(()) };
        let taken = quota.take(clock.now());
        left_of(&permit.quota, quota, clock.now()).into_iter().for_each(|left| self.counts.feeds.left(left));
        let answer = match taken {
            Err(wait) => Err(wait.to_std().unwrap_or_default()),
            Ok(at) => {
                let mut batch = Batch::new();
                batch.spend(&permit.quota, at);
                self.writer.append(batch).await?;
                Ok(())
            }
        };
        // Who asked may have gone.
        let _ = permit.answer.send(answer);
        Ok(())
    }
}
