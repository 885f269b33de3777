//! The thread that writes.

use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::{Appended, Batch, LedgerError, Store};

/// What the thread is asked for.
enum Task {
    Append(Batch, oneshot::Sender<Result<Appended, LedgerError>>),
    Sign(oneshot::Sender<Result<(), LedgerError>>),
    Ping(oneshot::Sender<Result<i64, LedgerError>>),
    Close(oneshot::Sender<Result<(), LedgerError>>),
}

/// The owner of the [`Store`]: one thread, which does one thing after another.
///
/// After [`LedgerError::OutcomeUnknown`] it **aborts the process**, as it does when it panics: whether the last
/// batch was kept can only be learned by opening the ledger again, and nobody may go on as if it were known.
#[derive(Debug)]
pub struct Writer {
    tasks: mpsc::Sender<Task>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// How many tasks may wait; then those who ask wait.
    const QUEUE: usize = 64;

    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(store: Store) -> std::io::Result<Self> {
        let (tasks, queue) = mpsc::channel(Self::QUEUE);
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || work(store, queue))?;
        Ok(Self { tasks, thread })
    }

    /// Writes a batch; it is on the disk when this returns. One that was handed over is written even where nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// As [`Store::append`], but never [`LedgerError::OutcomeUnknown`]; [`LedgerError::Closed`].
    pub async fn append(&self, batch: Batch) -> Result<Appended, LedgerError> {
        self.ask(|answer| Task::Append(batch, answer)).await
    }

    /// Signs what is not signed yet, where the ledger is signed at all.
    ///
    /// # Errors
    /// [`LedgerError::Unsigned`], where that can be tried again; [`LedgerError::Closed`].
    pub async fn sign(&self) -> Result<(), LedgerError> {
        self.ask(Task::Sign).await
    }

    /// Has the thread read the newest entry's number from the file. What answers is alive, and so is its disk: the
    /// watchdog is fed by this.
    ///
    /// # Errors
    /// Where the file cannot be read; [`LedgerError::Closed`].
    pub async fn ping(&self) -> Result<i64, LedgerError> {
        self.ask(Task::Ping).await
    }

    /// Writes what is waiting, closes the file and ends the thread.
    ///
    /// # Errors
    /// As [`Store::close`].
    pub async fn close(self) -> Result<(), LedgerError> {
        let closed = self.ask(Task::Close).await;
        // The answer is the last thing that the thread does.
        self.thread.join().map_err(|_| LedgerError::Closed)?;
        closed
    }

    /// For somebody else who writes.
    pub fn scribe(&self) -> Scribe {
        Scribe(self.tasks.clone())
    }

    async fn ask<T>(
        &self,
        task: impl FnOnce(oneshot::Sender<Result<T, LedgerError>>) -> Task,
    ) -> Result<T, LedgerError> {
        ask(&self.tasks, task).await
    }
}

/// Writes by way of the [`Writer`]'s thread, as long as that lives.
#[derive(Clone, Debug)]
pub struct Scribe(mpsc::Sender<Task>);

impl Scribe {
    /// As [`Writer::append`].
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub async fn append(&self, batch: Batch) -> Result<Appended, LedgerError> {
        ask(&self.0, |answer| Task::Append(batch, answer)).await
    }
}

async fn ask<T>(
    tasks: &mpsc::Sender<Task>,
    task: impl FnOnce(oneshot::Sender<Result<T, LedgerError>>) -> Task,
) -> Result<T, LedgerError> {
    let (answer, answered) = oneshot::channel();
    tasks.send(task(answer)).await.map_err(|_| LedgerError::Closed)?;
    answered.await.map_err(|_| LedgerError::Closed)?
}

/// A thread that panics takes the process with it: half a daemon is worse than none.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

// Who asked may have gone: then the answer is dropped.
fn work(mut store: Store, mut queue: mpsc::Receiver<Task>) {
    let _guard = AbortOnPanic;
    while let Some(task) = queue.blocking_recv() {
        match task {
            Task::Append(batch, answer) => drop(answer.send(or_abort(store.append(batch)))),
            Task::Sign(answer) => drop(answer.send(or_abort(store.sign()))),
            Task::Ping(answer) => drop(answer.send(or_abort(store.newest()))),
            Task::Close(answer) => return drop(answer.send(store.close())),
        }
    }
    if let Err(error) = store.close() {
        tracing::error!(%error, "the ledger was left with its write-ahead log");
    }
}

fn or_abort<T>(result: Result<T, LedgerError>) -> Result<T, LedgerError> {
    if let Err(error @ LedgerError::OutcomeUnknown(_)) = &result {
        tracing::error!(%error, "the ledger's file failed; the process ends and must open it again");
        std::process::abort();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::store::tests::{fresh, poll};

    #[tokio::test]
    async fn the_thread_writes_answers_and_closes() {
        let (_folder, store) = fresh();
        let path = store.path().to_owned();
        let writer = Writer::spawn(store).expect("a thread");
        assert_eq!(writer.ping().await.expect("alive"), 0);
        assert_eq!(writer.append(poll()).await.expect("written").0[0].seq, 1);
        let (a, b) = tokio::join!(writer.append(poll()), writer.append(poll()));
        assert!(!a.expect("there").0[0].new && !b.expect("there").0[0].new);
        writer.close().await.expect("closed");
        let store = Store::open(&path).expect("nobody holds it any more");
        assert_eq!(store.newest().expect("readable"), 1);
    }

    #[tokio::test]
    async fn without_anybody_to_ask_it_the_thread_closes_the_file() {
        let (_folder, store) = fresh();
        let path = store.path().to_owned();
        let Writer { tasks, thread } = Writer::spawn(store).expect("a thread");
        drop(tasks);
        thread.join().expect("it ended by itself");
        Store::open(&path).expect("nobody holds it any more");
    }
}
