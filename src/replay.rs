//! A season again: the daemon's own loop on recorded feeds, under a clock that jumps.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::daemon::{Clock, Daemon, DaemonError, Service};
use crate::feed::Origin;
use crate::ledger::{Batch, ENGINE, Entry, Kind, LedgerError, OpenError, Reader, Store, Writer, hex};
use crate::setup::Setup;

/// The key of the entry that says that a replay came to its end.
const FINISHED: &str = "replay/finished";

/// Why a season was not replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A feed is live.
    #[error("feed {0} is live: a replay reads recorded files only; give it file = \"…\" in the season's settings")]
    Live(String),
    /// Nothing to settle.
    #[error("the book has no policy: there is nothing to replay")]
    NoPolicy,
    /// A recorded file cannot be read.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file holds something else.
    #[error("{path} holds a ledger already ({what}): name a file that does not exist yet")]
    Occupied {
        /// The file.
        path: PathBuf,
        /// What it holds.
        what: String,
    },
    /// The file holds this replay, and nothing of it is left to do.
    #[error("{0} holds this very replay already, finished: fairgauge payouts list --ledger {0} shows it")]
    Finished(PathBuf),
    /// The daemon stopped.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
}

impl From<OpenError> for ReplayError {
    fn from(error: OpenError) -> Self {
        Self::Daemon(error.into())
    }
}

impl From<LedgerError> for ReplayError {
    fn from(error: LedgerError) -> Self {
        Self::Daemon(error.into())
    }
}

/// Replays a season into a ledger at the path that its settings name. A ledger that an interrupted replay of the very
/// same files left there is carried on to its end; any other is not touched.
///
/// The ledger counts as finished only after [`Replayed::finish`]: one who was cut off before the payouts were shown asks
/// again and sees them.
///
/// `on_progress` is called with the present instant, the first and the last one, and the settlements still open.
///
/// # Errors
/// Where the season cannot be replayed, or the path holds something else.
pub async fn replay(
    setup: Setup,
    mut on_progress: impl FnMut(DateTime<Utc>, (DateTime<Utc>, DateTime<Utc>), usize) + Send,
) -> Result<Replayed, ReplayError> {
    let path = setup.settings.ledger.clone();
    let origin = format!("replay {}", fingerprint(&setup)?);
    let begins = setup.book.policies.iter().map(|policy| policy.product.day.begin(policy.cover.first)).min();
    let begins = begins.ok_or(ReplayError::NoPolicy)?;
    let (store, clock) = match resumable(&path, &origin)? {
        None => (Store::create(&path, &origin, begins)?, Clock::at(begins)),
        Some(instant) => (Store::open(&path)?, Clock::at(instant)),
    };
    let writer = Writer::spawn(store).map_err(DaemonError::Thread)?;
    let mut daemon = Daemon::start(setup, writer, &clock).await?;
    let span = daemon.span().unwrap_or((begins, begins));
    let mut service = Service::alone(move |now, open| on_progress(now, span, open));
    daemon.run(&clock, &mut service).await?;
    Ok(Replayed { daemon, at: clock.now() })
}

/// A replay of which everything is final and in the ledger.
pub struct Replayed {
    daemon: Daemon,
    at: DateTime<Utc>,
}

impl Replayed {
    /// Says so in the ledger and closes it. From then on no replay touches it.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub async fn finish(self) -> Result<(), ReplayError> {
        let mut batch = Batch::new();
        batch.entry(Entry::new(Kind::Note, FINISHED, self.at).text("text", "everything is final"));
        Ok(self.daemon.finish(batch).await?)
    }
}

/// The instant at which an interrupted replay of the same files goes on; none where there is no file.
fn resumable(path: &Path, origin: &str) -> Result<Option<DateTime<Utc>>, ReplayError> {
    if !path.exists() {
        return Ok(None);
    }
    let reader = Reader::open(path)?;
    let genesis = reader.genesis()?;
    let occupied = |what: String| Err(ReplayError::Occupied { path: path.to_owned(), what });
    if genesis.origin != origin {
        return occupied(format!("of {}, begun {}", genesis.origin, genesis.at.format("%Y-%m-%d")));
    }
    if reader.notes(Kind::Note)?.iter().any(|(_, entry)| entry.key() == FINISHED) {
        return Err(ReplayError::Finished(path.to_owned()));
    }
    Ok(Some(reader.last_instant()?.unwrap_or(genesis.at)))
}

/// A hash over everything that decides what a replay gives: the program, products, policies, recorded files and how
/// they are read.
fn fingerprint(setup: &Setup) -> Result<String, ReplayError> {
    let mut hash = Sha256::new();
    let mut add = |name: &str, bytes: &[u8]| {
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(bytes);
    };
    add("engine", ENGINE.as_bytes());
    for product in setup.book.products.values() {
        add(&product.reference(), product.source.text().as_bytes());
    }
    for policy in &setup.book.policies {
        add(&policy.id, format!("{:?}", policy.row).as_bytes());
    }
    for feed in setup.settings.feeds.values() {
        let Origin::File(file) = &feed.origin else { return Err(ReplayError::Live(feed.name.to_string())) };
        let bytes = std::fs::read(file).map_err(|error| ReplayError::File(file.clone(), error))?;
        let rhythm = format!("{:?} {:?} {:?} {:?}", feed.poll, feed.delay, feed.vintage, feed.provider);
        add(&feed.name, rhythm.as_bytes());
        let says = format!("{:?} {:?} {:?} {:?}", feed.columns, feed.quality, feed.stations, feed.look_back);
        add("says", says.as_bytes());
        add("recorded", &bytes);
    }
    Ok(hex(&hash.finalize())[..16].to_owned())
}
