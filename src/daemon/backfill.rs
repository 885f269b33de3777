//! Asking once for a stretch of the past, by the same way into the ledger as every poll.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::feeds::ask;
use super::{Clock, Daemon, DaemonError};
use crate::feed::Scope;
use crate::ledger::{Poll, Reader};

impl Daemon {
    /// Asks a feed from an instant on, and records what is new of its answer, as known now. Returns the ledger's account
    /// of it, also where it failed.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    ///
    /// # Panics
    /// Where the settings have no feed of this name.
    pub async fn backfill(
        &mut self,
        name: &str,
        from: DateTime<Utc>,
        scope: &Scope,
        clock: &Clock,
    ) -> Result<Poll, DaemonError> {
        let name: Arc<str> = Arc::from(name);
        let feed = self.feeds.get_mut(&name).and_then(super::FeedState::take).expect("the settings have the feed");
        let asking = ask(feed, self.generation, clock.now(), [].into(), from, scope.clone());
        let mut asking = std::pin::pin!(asking);
        let polled = loop {
            tokio::select! {
                polled = &mut asking => break polled,
                part = self.parts.came() => self.take_parts(Some(part), clock).await?,
                permit = self.quotas.asked() => self.permit(permit, clock).await?,
            }
        };
        self.take_in(polled, clock).await?;
        let last = Reader::open(&self.settings.ledger)?.polls(Some(&name), None, Some(1))?.pop();
        Ok(last.expect("it was just recorded"))
    }
}
