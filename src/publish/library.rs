//! The ledger for many readers at once: a few connections, each question in a limited time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::access::Caller;
use crate::ledger::Reader;

/// Questions at a time: more would only wait for the disk.
const AT_ONCE: usize = 5;
/// Questions at a time that read through much: others need not wait for them.
const LONG_AT_ONCE: usize = 3;
/// And those of one token: whoever has another need not wait for them.
const LONG_OF_ONE: usize = 2;
/// How long one may take, and before that wait for its turn.
const LONGEST: Duration = Duration::from_secs(10);

/// How often it is broken off until it ends.
const BREAK_EVERY: Duration = Duration::from_millis(10);

/// What a token is called.
type Name = Option<Arc<str>>;

/// Connections that are open, and the right to use one.
#[derive(Clone, Debug)]
pub struct Library {
    ledger: Arc<PathBuf>,
    turns: Arc<Semaphore>,
    long_turns: Arc<Semaphore>,
    turns_of: Arc<Mutex<HashMap<Name, Weak<Semaphore>>>>,
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
            turns_of: Arc::default(),
            idle: Arc::default(),
            longest: LONGEST,
        }
    }

    /// The same of a caller's question that reads through much: it leaves turns for others, and for other callers.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn ask_long<T: Send + 'static>(
        &self,
        caller: Caller,
        question: impl FnOnce(&Reader, &Caller) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        // First their own: who waits for it keeps nobody else waiting.
        let own = self.turn(&self.turns_of(&caller.name)).await?;
        let turn = self.turn(&self.long_turns).await?;
        // The turns are over when the question is, also where nobody waits for it any more.
        self.ask(move |reader| {
            let answer = question(reader, &caller);
            drop((own, turn));
            answer
        })
        .await
    }

    /// The turns of a token, which are forgotten when nobody has or wants one.
    fn turns_of(&self, name: &Name) -> Arc<Semaphore> {
        let mut all = lock(&self.turns_of);
        if let Some(turns) = all.get(name).and_then(Weak::upgrade) {
            return turns;
        }
        all.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(LONG_OF_ONE));
        all.insert(name.clone(), Arc::downgrade(&turns));
        turns
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
        let reader = match lock(&self.idle).pop() {
            Some(reader) => reader,
            None => Reader::open(&self.ledger)?,
        };
        let breaker = reader.breaker();
        let library = self.clone();
        let mut task = tokio::task::spawn_blocking(move || {
            let answer = question(&reader);
            lock(&library.idle).push(reader);
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
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::access::Role;
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

    /// Long questions of somebody that wait until the other end is dropped.
    struct Long {
        library: Library,
        waits: Arc<Mutex<Receiver<()>>>,
    }

    impl Long {
        fn new(library: &Library) -> (Self, Sender<()>) {
            let (sender, receiver) = channel();
            (Self { library: library.clone(), waits: Arc::new(Mutex::new(receiver)) }, sender)
        }

        /// So many at once, and whether each is answered.
        fn ask(&self, who: &str, count: usize) -> Vec<tokio::task::JoinHandle<bool>> {
            let one = |_| {
                let (library, waits, caller) = (self.library.clone(), self.waits.clone(), caller(who));
                tokio::spawn(async move {
                    let wait = move |_: &Reader, _: &Caller| {
                        _ = lock(&waits).recv();
                        Ok(())
                    };
                    library.ask_long(caller, wait).await.is_ok()
                })
            };
            (0..count).map(one).collect()
        }
    }

    fn caller(name: &str) -> Caller {
        Caller { name: Some(name.into()), role: Role::Auditor, books: Default::default(), policies: Default::default() }
    }

    #[tokio::test]
    async fn a05_questions_that_read_through_much_leave_places_for_others() {
        let (_folder, store) = fresh();
        let library = Library::new(store.path().to_owned());
        let (long, sender) = Long::new(&library);
        let asked: Vec<_> = ["a", "b", "c"].iter().flat_map(|who| long.ask(who, AT_ONCE)).collect();
        tokio::task::yield_now().await;
        for _ in 0..10 {
            assert_eq!(library.ask(|reader| Ok(reader.count()?)).await.ok(), Some(1), "it need not wait for them");
        }
        drop(sender);
        for one in asked {
            assert!(one.await.expect("ended"), "each is answered in its turn");
        }
    }

    #[tokio::test]
    async fn a05_long_questions_of_one_token_leave_places_for_those_of_another() {
        let (_folder, store) = fresh();
        let library = Library::new(store.path().to_owned());
        let (long, sender) = Long::new(&library);
        let asked = long.ask("a", 2 * LONG_AT_ONCE);
        tokio::task::yield_now().await;
        for _ in 0..10 {
            let count = library.ask_long(caller("b"), |reader, _| Ok(reader.count()?)).await;
            assert_eq!(count.ok(), Some(1), "it need not wait for them");
        }
        drop(sender);
        for one in asked {
            assert!(one.await.expect("ended"), "each is answered in its turn");
        }
        drop(library.turns_of(&caller("c").name));
        assert_eq!(lock(&library.turns_of).len(), 1, "who is gone is forgotten");
    }
}
