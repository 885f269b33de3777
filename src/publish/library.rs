//! The ledger for many readers at once: a few connections, each question in a limited time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::ledger::Reader;

/// Questions at a time: more would only wait for the disk.
const AT_ONCE: usize = 4;
/// Questions at a time that read through much: others need not wait for them.
const LONG_AT_ONCE: usize = 2;
/// How long one may take, and before that wait for its turn.
const LONGEST: Duration = Duration::from_secs(10);

/// How often it is broken off until it ends.
const BREAK_EVERY: Duration = Duration::from_millis(10);

/// Connections that are open, and the right to use one.
#[derive(Clone, Debug)]
pub struct Library {
    ledger: Arc<PathBuf>,
    turns: Arc<Semaphore>,
    long_turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Reader>>>,
    longest: Duration,
}

impl Library {
    /// Of the ledger at a path; it is opened when something is asked.
    pub fn new(ledger: PathBuf) -> Self {
        Self {
            ledger: Arc::new(ledger),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            long_turns: Arc::new(Semaphore::new(LONG_AT_ONCE)),
            idle: Arc::default(),
            longest: LONGEST,
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
        let turn = self.turn(&self.long_turns).await?;
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
        let turn = self.turn(&self.turns).await?;
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
        match tokio::time::timeout(self.longest, &mut task).await {
            Ok(Ok(answer)) => answer,
            // It panicked, which ends the program; here only while that happens.
            Ok(Err(_)) => Err(Problem::busy()),
            Err(_) => {
                // Again and again: between two statements there is nothing to break off. One that has ended has given its
                // connection to another.
                tokio::spawn(async move {
                    while !task.is_finished() {
                        breaker.interrupt();
                        tokio::time::sleep(BREAK_EVERY).await;
                    }
                });
                Err(Problem::busy())
            }
        }
    }

    /// Waits for one of some turns, not for ever.
    async fn turn(&self, turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = tokio::time::timeout(self.longest, turns.clone().acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(Problem::busy)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::at;
    use crate::ledger::Store;

    fn fresh() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::create(&folder.path().join("l.sqlite"), "fairgauge", at("2026-11-26 12:00"));
        (folder, store.expect("a ledger"))
    }

    #[tokio::test]
    async fn a05_a_question_that_takes_too_long_is_broken_off_and_its_place_is_free() {
        let (_folder, store) = fresh();
        let longest = Duration::from_millis(50);
        let library = Library { longest, ..Library::new(store.path().to_owned()) };
        for _ in 0..(2 * AT_ONCE) {
            let Err(problem) = library.ask(|reader| Ok(reader.endless()?)).await else { panic!("it has no end") };
            assert_eq!(problem.status(), axum::http::StatusCode::SERVICE_UNAVAILABLE);
        }
        let library = Library { longest: LONGEST, ..library };
        assert_eq!(library.ask(|reader| Ok(reader.count()?)).await.ok(), Some(1), "others are answered");
        // Those that began late are broken off, too: who does so works in this runtime, which has to be there.
        let all = u32::try_from(AT_ONCE).expect("few");
        assert!(library.turns.acquire_many(all).await.is_ok(), "each has ended");
    }

    #[tokio::test]
    async fn a05_questions_that_read_through_much_leave_places_for_others() {
        let (_folder, store) = fresh();
        let library = Library::new(store.path().to_owned());
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let receiver = Arc::new(Mutex::new(receiver));
        let long: Vec<_> = (0..(2 * AT_ONCE))
            .map(|_| {
                let (library, receiver) = (library.clone(), receiver.clone());
                tokio::spawn(async move {
                    let wait = move |_: &Reader| {
                        _ = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        Ok(())
                    };
                    library.ask_long(wait).await.is_ok()
                })
            })
            .collect();
        tokio::task::yield_now().await;
        for _ in 0..10 {
            assert_eq!(library.ask(|reader| Ok(reader.count()?)).await.ok(), Some(1), "it need not wait for them");
        }
        drop(sender);
        for one in long {
            assert!(one.await.expect("ended"), "each is answered in its turn");
        }
    }
}
