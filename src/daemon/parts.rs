//! What servers say of single stations, written when it is there: a reading does not wait for the last station of its
//! feed. What belongs to the whole poll (until when it was heard, its account, the settling) waits for its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Clock, Daemon, DaemonError};
use crate::feed::{Answer, Feed, Part, Parts};
use crate::ledger::Batch;

/// As many wait at most: then servers are asked no faster than the ledger is written.
const MOST_WAITING: usize = 64;

/// Where parts come in.
pub(super) struct PartsIn {
    door: Parts,
    came: mpsc::Receiver<Part>,
}

/// What the parts of a poll that is under way have brought.
#[derive(Default)]
pub(super) struct SoFar {
    /// Readings that were recorded.
    pub new: usize,
    /// Readings that were refused.
    pub refused: usize,
    /// More about it.
    pub detail: String,
    /// Why the poll fails, whatever its end says.
    pub fault: Option<(&'static str, String)>,
}

impl PartsIn {
    pub(super) fn new() -> Self {
        let (door, came) = mpsc::channel(MOST_WAITING);
        Self { door, came }
    }

    /// Has a feed hand out parts, unless its stations are held against one another: then all of them are judged at once.
    pub(super) fn bind(&self, feed: &mut Feed) {
        let quality = &feed.settings().quality;
        if quality.columns.iter().all(|column| column.near.is_none()) {
            feed.hand_out(self.door.clone());
        }
    }

    /// The next one.
    pub(super) async fn came(&mut self) -> Part {
        self.came.recv().await.expect("the door is kept")
    }

    /// Those that have come, by feed; all of a feed whose poll has ended are among them.
    fn waiting(&mut self, first: Option<Part>) -> BTreeMap<Arc<str>, Answer> {
        let mut waiting: BTreeMap<_, Answer> = BTreeMap::new();
        let others = std::iter::from_fn(|| self.came.try_recv().ok()).take(MOST_WAITING);
        for Part { feed, answer } in first.into_iter().chain(others) {
            match waiting.get_mut(&feed) {
                Some(before) => before.add(answer),
                None => _ = waiting.insert(feed, answer),
            }
        }
        waiting
    }
}

impl Daemon {
    /// Writes the parts that have come, those of a feed in one transaction.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub(super) async fn take_parts(&mut self, first: Option<Part>, clock: &Clock) -> Result<(), DaemonError> {
        for (name, answer) in self.parts.waiting(first) {
            let known_at = self.known_now(&name, clock.now());
            let mut batch = Batch::new();
            let gathered = match self.gather(&name, answer, known_at, &mut batch) {
                Ok(gathered) => gathered,
                Err(fault) => {
                    if let Some(state) = self.feeds.get_mut(&name) {
                        state.so_far.fault = Some(fault);
                    }
                    continue;
                }
            };
            if let Some(state) = self.feeds.get_mut(&name) {
                let so_far = &mut state.so_far;
                (so_far.new, so_far.refused) = (so_far.new + gathered.new.len(), so_far.refused + gathered.refused);
                if so_far.detail.is_empty() {
                    so_far.detail.clone_from(&gathered.detail);
                }
            }
            if !batch.is_empty() {
                let appended = self.writer.append(batch).await?;
                self.keep(&name, gathered, known_at, &appended);
            }
        }
        Ok(())
    }
}
