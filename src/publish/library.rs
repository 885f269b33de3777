//! The ledger for many readers at once: a few connections, each question in a limited time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::problem::Problem;
use crate::ledger::Reader;

/// Questions at a time: more would only wait for the disk.
const AT_ONCE: usize = 4;
/// Questions at a time that read through much: others need not wait for them.
const LONG_AT_ONCE: usize = 2;
/// How long one may take, and before that wait for its turn.
const LONGEST: Duration = Duration::from_secs(10);

/// Connections that are open, and the right to use one.
#[derive(Clone, Debug)]
pub struct Library {
    ledger: Arc<PathBuf>,
    turns: Arc<Semaphore>,
    long_turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Reader>>>,
}

impl Library {
    /// Of the ledger at a path; it is opened when something is asked.
    pub fn new(ledger: PathBuf) -> Self {
        Self {
            ledger: Arc::new(ledger),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            long_turns: Arc::new(Semaphore::new(LONG_AT_ONCE)),
            idle: Arc::default(),
        }
    }

    /// The same of a question that reads through much: it leaves turns for others.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn ask_long<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(LONGEST, self.long_turns.clone().acquire_owned());
        let turn = turn.await.map_err(|_| Problem::busy())?.map_err(|_| Problem::busy())?;
        // The turn is over when the question is, also where nobody waits for it any more.
        self.ask(move |reader| {
            let answer = question(reader);
            drop(turn);
            answer
        })
        .await
    }

    /// Answers a question on a thread that may wait for the disk. One that takes too long is broken off, so that no
    /// reader holds a connection for ever.
    ///
    /// # Errors
    /// What the question says, or that it took too long.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(LONGEST, self.turns.clone().acquire_owned());
        let turn = turn.await.map_err(|_| Problem::busy())?.map_err(|_| Problem::busy())?;
        let reader = match self.idle().pop() {
            Some(reader) => reader,
            None => Reader::open(&self.ledger)?,
        };
        let breaker = reader.breaker();
        let library = self.clone();
        let mut task = tokio::task::spawn_blocking(move || {
            let answer = question(&reader);
            library.idle().push(reader);
            drop(turn);
            answer
        });
        match tokio::time::timeout(LONGEST, &mut task).await {
            Ok(Ok(answer)) => answer,
            // It panicked, which ends the program; here only while that happens.
            Ok(Err(_)) => Err(Problem::busy()),
            Err(_) => {
                breaker.interrupt();
                Err(Problem::busy())
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
