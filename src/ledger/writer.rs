//! The thread that writes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::{Appended, Batch, Disk, LedgerError, OpenError, Reader, Store};
use crate::counts::LedgerCounts;

/// What the thread is asked for.
enum Task {
    Append(Batch, oneshot::Sender<Result<Appended, LedgerError>>),
    Sign(oneshot::Sender<Result<(), LedgerError>>),
    Ping(oneshot::Sender<Result<i64, LedgerError>>),
    Close(oneshot::Sender<Result<(), LedgerError>>),
}

/// Who writes a ledger: the [`Store`], or one around it.
pub trait Keeper: Send {
    /// As [`Store::append`].
    ///
    /// # Errors
    /// As [`Store::append`].
    fn append(&mut self, batch: Batch) -> Result<Appended, LedgerError>;

    /// As [`Store::sign`].
    ///
    /// # Errors
    /// As [`Store::sign`].
    fn sign(&mut self) -> Result<(), LedgerError>;

    /// As [`Store::newest`].
    ///
    /// # Errors
    /// As [`Store::newest`].
    fn newest(&self) -> Result<i64, LedgerError>;

    /// As [`Store::close`].
    ///
    /// # Errors
    /// As [`Store::close`].
    fn close(self: Box<Self>) -> Result<(), LedgerError>;

    /// The disk and the ledger's file on it.
    fn place(&self) -> (&'static dyn Disk, &Path);
}

impl Keeper for Store {
    fn append(&mut self, batch: Batch) -> Result<Appended, LedgerError> {
        Self::append(self, batch)
    }

    fn sign(&mut self) -> Result<(), LedgerError> {
        Self::sign(self)
    }

    fn newest(&self) -> Result<i64, LedgerError> {
        Self::newest(self)
    }

    fn close(self: Box<Self>) -> Result<(), LedgerError> {
        Self::close(*self)
    }

    fn place(&self) -> (&'static dyn Disk, &Path) {
        (self.disk(), self.path())
    }
}

/// The owner of the [`Store`]: one thread, which does one thing after another.
///
/// After [`LedgerError::OutcomeUnknown`] it **aborts the process**, as it does when it panics: whether the last
/// batch was kept can only be learned by opening the ledger again, and nobody may go on as if it were known.
pub struct Writer {
    disk: &'static dyn Disk,
    path: PathBuf,
    way: Way,
}

enum Way {
    Thread(mpsc::Sender<Task>, JoinHandle<()>),
    InPlace(Mutex<Box<dyn Keeper>>),
}

impl Writer {
    /// How many tasks may wait; then those who ask wait.
    const QUEUE: usize = 64;

    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(store: Store) -> std::io::Result<Self> {
        Self::counted(store, LedgerCounts::default())
    }

    /// The same; what it does is counted.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn counted(store: Store, counts: LedgerCounts) -> std::io::Result<Self> {
        let (disk, path) = (store.disk(), store.path().to_owned());
        let (tasks, queue) = mpsc::channel(Self::QUEUE);
        let thread =
            std::thread::Builder::new().name("ledger".to_owned()).spawn(move || work(store, queue, &counts))?;
        Ok(Self { disk, path, way: Way::Thread(tasks, thread) })
    }

    /// One without a thread: who asks waits while it writes. After [`LedgerError::OutcomeUnknown`] the process is not
    /// aborted: who drives it must drop everything and open the ledger again.
    pub fn in_place(keeper: impl Keeper + 'static) -> Self {
        let (disk, path) = keeper.place();
        Self { disk, path: path.to_owned(), way: Way::InPlace(Mutex::new(Box::new(keeper))) }
    }

    /// For somebody else who writes; there is none without a thread.
    pub fn scribe(&self) -> Option<Scribe> {
        match &self.way {
            Way::Thread(tasks, _) => Some(Scribe(tasks.clone())),
            Way::InPlace(_) => None,
        }
    }

    /// A reader of the same ledger.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn reader(&self) -> Result<Reader, OpenError> {
        Reader::open_on(self.disk, &self.path)
    }

    /// Writes a batch; it is on the disk when this returns. One that was handed over is written even where nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// As [`Store::append`], but never [`LedgerError::OutcomeUnknown`] from a thread; [`LedgerError::Closed`].
    pub async fn append(&self, batch: Batch) -> Result<Appended, LedgerError> {
        match &self.way {
            Way::Thread(tasks, _) => ask(tasks, |answer| Task::Append(batch, answer)).await,
            Way::InPlace(keeper) => held(keeper).append(batch),
        }
    }

    /// Signs what is not signed yet, where the ledger is signed at all.
    ///
    /// # Errors
    /// [`LedgerError::Unsigned`], where that can be tried again; [`LedgerError::Closed`].
    pub async fn sign(&self) -> Result<(), LedgerError> {
        match &self.way {
            Way::Thread(tasks, _) => ask(tasks, Task::Sign).await,
            Way::InPlace(keeper) => held(keeper).sign(),
        }
    }

    /// Has the thread read the newest entry's number from the file. What answers is alive, and so is its disk: the
    /// watchdog is fed by this.
    ///
    /// # Errors
    /// Where the file cannot be read; [`LedgerError::Closed`].
    pub async fn ping(&self) -> Result<i64, LedgerError> {
        match &self.way {
            Way::Thread(tasks, _) => ask(tasks, Task::Ping).await,
            Way::InPlace(keeper) => held(keeper).newest(),
        }
    }

    /// Writes what is waiting, closes the file and ends the thread.
    ///
    /// # Errors
    /// As [`Store::close`].
    pub async fn close(self) -> Result<(), LedgerError> {
        let (tasks, thread) = match self.way {
            Way::Thread(tasks, thread) => (tasks, thread),
            Way::InPlace(keeper) => return keeper.into_inner().map_err(|_| LedgerError::Closed)?.close(),
        };
        let closed = ask(&tasks, Task::Close).await;
        // The answer is the last thing that the thread does.
        thread.join().map_err(|_| LedgerError::Closed)?;
        closed
    }
}

fn held(keeper: &Mutex<Box<dyn Keeper>>) -> MutexGuard<'_, Box<dyn Keeper>> {
    keeper.lock().expect("nothing panics while it is held")
}

/// Writes by way of the [`Writer`]'s thread, as long as that lives.
#[derive(Clone, Debug)]
pub struct Scribe(mpsc::Sender<Task>);

impl Scribe {
    /// How many tasks wait for the thread.
    pub fn waiting(&self) -> usize {
        self.0.max_capacity() - self.0.capacity()
    }

    /// As [`Writer::append`].
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub async fn append(&self, batch: Batch) -> Result<Appended, LedgerError> {
        ask(&self.0, |answer| Task::Append(batch, answer)).await
    }

    /// As [`Writer::ping`].
    ///
    /// # Errors
    /// As [`Writer::ping`].
    pub async fn ping(&self) -> Result<i64, LedgerError> {
        ask(&self.0, Task::Ping).await
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
fn work(mut store: Store, mut queue: mpsc::Receiver<Task>, counts: &LedgerCounts) {
    let _guard = AbortOnPanic;
    while let Some(task) = queue.blocking_recv() {
        match task {
            Task::Append(batch, answer) => {
                let begun = Instant::now();
                let appended = or_abort(store.append(batch));
                match &appended {
                    Ok(_) => counts.committed(begun.elapsed()),
                    Err(error) => counts.failed(error.word()),
                }
                drop(answer.send(appended));
            }
            Task::Sign(answer) => {
                let signed = or_abort(store.sign());
                if let Err(error) = &signed {
                    counts.failed(error.word());
                }
                drop(answer.send(signed));
            }
            Task::Ping(answer) => drop(answer.send(or_abort(store.newest()))),
            Task::Close(answer) => return drop(answer.send(store.close())),
        }
    }
    if let Err(error) = store.close() {
        tracing::error!(id = "FG0308", %error, "the ledger was left with its write-ahead log");
    }
}

fn or_abort<T>(result: Result<T, LedgerError>) -> Result<T, LedgerError> {
    if let Err(error @ LedgerError::OutcomeUnknown(_)) = &result {
        tracing::error!(id = "FG0302", %error, "the ledger's file failed; the process ends and must open it again");
        std::process::abort();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::store::tests::{fresh, poll};
    use crate::ledger::world::{World, note};

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
    async fn in_place_the_same_is_written_and_an_unknown_outcome_is_said() {
        let (_folder, store) = fresh();
        let path = store.path().to_owned();
        let writer = Writer::in_place(store);
        assert_eq!(writer.ping().await.expect("alive"), 0);
        assert_eq!(writer.append(poll()).await.expect("written").0[0].seq, 1);
        assert_eq!(writer.ping().await.expect("alive"), 1);
        writer.reader().expect("a ledger").verify().expect("whole");
        writer.close().await.expect("closed");
        let mut store = Store::open(&path).expect("nobody holds it any more");
        store.connection().commit_hook(Some(|| true)).expect("set");
        let writer = Writer::in_place(store);
        let mut note = Batch::new();
        note.evidence("what nobody knows");
        assert!(matches!(writer.append(note).await, Err(LedgerError::OutcomeUnknown(_))), "and the process lives");
    }

    /// Readings alone wait for something that binds, for a signature or for the end.
    #[tokio::test]
    async fn what_waits_is_signed_when_that_is_asked_and_when_it_is_closed() {
        for in_place in [true, false] {
            let world = World::published();
            let store = world.create();
            let writer = if in_place { Writer::in_place(store) } else { Writer::spawn(store).expect("a thread") };
            let signed = || world.reader().newest_checkpoint().expect("readable").map(|(size, _)| size);
            writer.append(poll()).await.expect("written");
            assert_eq!(signed(), Some(2), "genesis and key");
            writer.sign().await.expect("signed");
            assert_eq!(signed(), Some(3));
            writer.append(note("more")).await.expect("written");
            assert_eq!(signed(), Some(3));
            writer.close().await.expect("closed");
            assert_eq!(signed(), Some(4), "closing signs the rest");
        }
    }

    /// In a process of its own, which is this test again.
    #[test]
    fn a_panic_of_its_thread_ends_the_process() {
        use std::os::unix::process::ExitStatusExt as _;
        const PANICS: &str = "LEDGER_THREAD_PANICS";
        if std::env::var_os(PANICS).is_some() {
            let thread = std::thread::spawn(|| {
                let _guard = AbortOnPanic;
                panic!("of the ledger's thread");
            });
            drop(thread.join());
            return;
        }
        let name = "ledger::writer::tests::a_panic_of_its_thread_ends_the_process";
        let mut again = std::process::Command::new(std::env::current_exe().expect("a program"));
        let run = again.args(["--exact", name]).env(PANICS, "1").output().expect("it runs");
        assert_eq!(run.status.signal(), Some(6), "aborted: {}", String::from_utf8_lossy(&run.stderr));
    }

    #[test]
    fn what_waits_for_the_thread_is_counted() {
        let (tasks, mut queue) = mpsc::channel(Writer::QUEUE);
        let scribe = Scribe(tasks.clone());
        for waiting in 0..=2 {
            assert_eq!(scribe.waiting(), waiting);
            tasks.try_send(Task::Ping(oneshot::channel().0)).expect("there is room");
        }
        queue.try_recv().expect("one is taken");
        assert_eq!(scribe.waiting(), 2);
    }

    #[tokio::test]
    async fn without_anybody_to_ask_it_the_thread_closes_the_file() {
        let (_folder, store) = fresh();
        let path = store.path().to_owned();
        let Way::Thread(tasks, thread) = Writer::spawn(store).expect("a thread").way else { panic!("no thread") };
        drop(tasks);
        thread.join().expect("it ended by itself");
        Store::open(&path).expect("nobody holds it any more");
    }
}
